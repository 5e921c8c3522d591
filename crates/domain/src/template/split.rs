//! Texts, split at `{{ … }}`.

use super::TemplateError;

/// A piece of a text.
pub enum Piece {
    Literal(String),
    Expression(String),
}

/// Splits a text at `{{ … }}`. Quotes inside an expression may hold `}}`; `{{{{` is a literal `{{`.
pub fn split(text: &str) -> Result<Vec<Piece>, TemplateError> {
    let mut pieces = Vec::new();
    let mut literal = String::new();
    let mut rest = text;
    while let Some(open) = rest.find("{{") {
        literal.push_str(&rest[..open]);
        rest = &rest[open + 2..];
        if let Some(after) = rest.strip_prefix("{{") {
            literal.push_str("{{");
            rest = after;
            continue;
        }
        let Some(close) = closing(rest) else {
            return Err(TemplateError {
                expression: rest.trim().chars().take(60).collect(),
                message: "`{{` is not closed: add `}}`, or write `{{{{` for a literal `{{`".into(),
            });
        };
        if !literal.is_empty() {
            pieces.push(Piece::Literal(std::mem::take(&mut literal)));
        }
        pieces.push(Piece::Expression(rest[..close].trim().to_owned()));
        rest = &rest[close + 2..];
    }
    literal.push_str(rest);
    if !literal.is_empty() {
        pieces.push(Piece::Literal(literal));
    }
    Ok(pieces)
}

fn closing(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut quote = None;
    let mut depth = 0_usize;
    let mut index = 0;
    while index < bytes.len() {
        let byte = bytes[index];
        match quote {
            Some(_) if byte == b'\\' => index += 1,
            Some(mark) if byte == mark => quote = None,
            Some(_) => {}
            None => match byte {
                b'"' | b'\'' => quote = Some(byte),
                b'{' => depth += 1,
                b'}' if depth > 0 => depth -= 1,
                b'}' if bytes.get(index + 1) == Some(&b'}') => return Some(index),
                _ => {}
            },
        }
        index += 1;
    }
    None
}
