//! Writes JSON values as YAML that a person can edit: block style, quotes where they are needed.

use std::fmt::Write as _;

use serde_json::Value;

/// The text of a document.
pub fn write(value: &Value) -> String {
    let mut text = String::new();
    block(value, 0, &mut text);
    text
}

fn block(value: &Value, indent: usize, text: &mut String) {
    let pad = " ".repeat(indent);
    match value {
        Value::Object(object) => {
            for (key, value) in object {
                text.push_str(&format!("{pad}{}:", scalar(key)));
                below(value, indent + 2, text);
            }
        }
        Value::Array(list) => {
            for item in list {
                text.push_str(&format!("{pad}-"));
                match item {
                    Value::Object(object) if !object.is_empty() && !is_flow(item) => {
                        let mut inner = String::new();
                        block(item, indent + 2, &mut inner);
                        text.push(' ');
                        text.push_str(inner.trim_start());
                    }
                    other => below(other, indent + 2, text),
                }
            }
        }
        other => text.push_str(&format!("{pad}{}\n", flow(other))),
    }
}

fn below(value: &Value, indent: usize, text: &mut String) {
    match value {
        Value::Object(_) | Value::Array(_) if !is_flow(value) => {
            text.push('\n');
            block(value, indent, text);
        }
        Value::String(long) if long.contains('\n') && is_printable(long) => {
            // A literal block keeps PEM texts and Markdown readable. `-` drops the last line break, `+` keeps all.
            let body = long.strip_suffix('\n');
            let mark = match body {
                Some(body) if !body.ends_with('\n') => "|",
                Some(_) => "|+",
                None => "|-",
            };
            text.push_str(&format!(" {mark}\n"));
            for line in long.strip_suffix('\n').unwrap_or(long).split('\n') {
                if line.is_empty() {
                    text.push('\n');
                } else {
                    text.push_str(&format!("{}{line}\n", " ".repeat(indent)));
                }
            }
        }
        other => text.push_str(&format!(" {}\n", flow(other))),
    }
}

/// Small things stand on one line.
fn is_flow(value: &Value) -> bool {
    match value {
        Value::Object(object) => object.is_empty() || (object.len() == 1 && object.contains_key("env")),
        Value::Array(list) => {
            list.iter().all(|item| !item.is_object() && !item.is_array())
                && list.iter().map(|item| item.to_string().len() + 2).sum::<usize>() < 100
        }
        _ => true,
    }
}

fn flow(value: &Value) -> String {
    match value {
        Value::String(text) => scalar(text),
        Value::Array(list) => format!("[{}]", list.iter().map(flow).collect::<Vec<_>>().join(", ")),
        Value::Object(object) if object.is_empty() => "{}".into(),
        Value::Object(object) => {
            let entries: Vec<String> =
                object.iter().map(|(key, value)| format!("{}: {}", scalar(key), flow(value))).collect();
            format!("{{ {} }}", entries.join(", "))
        }
        other => other.to_string(),
    }
}

/// A text without quotes where nothing in it means something else in YAML; else as JSON writes it.
fn scalar(text: &str) -> String {
    let first = text.chars().next();
    let plain = first.is_some_and(|c| c.is_ascii_alphabetic())
        && !text.ends_with(' ')
        && text.chars().all(|c| c.is_alphanumeric() || matches!(c, ' ' | '_' | '-' | '.' | '/' | '@'))
        && !matches!(
            text.to_ascii_lowercase().as_str(),
            "true" | "false" | "null" | "yes" | "no" | "on" | "off" | "y" | "n"
        );
    if plain {
        return text.to_owned();
    }
    let quoted = Value::String(text.to_owned()).to_string();
    quoted.chars().fold(String::with_capacity(quoted.len()), |mut safe, c| {
        if may_stand(c) {
            safe.push(c);
        } else {
            let _ = write!(safe, "\\u{:04x}", u32::from(c));
        }
        safe
    })
}

/// Whether YAML lets a character stand as it is (1.2, production 1, without the separators of lines that
/// parsers of YAML 1.1 would break at). JSON lets more.
fn may_stand(c: char) -> bool {
    !matches!(c, '\u{7f}'..='\u{9f}' | '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}')
}

/// Whether a text can stand in a literal block as it is.
fn is_printable(text: &str) -> bool {
    !text.starts_with([' ', '\n', '\t'])
        && text.chars().all(|c| c == '\n' || (!c.is_control() && may_stand(c)))
        && !text.contains(" \n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use linchpin_domain::source::Document;
    use serde_json::json;

    #[test]
    fn what_is_written_reads_back_the_same() {
        let value = json!({
            "project": "Acme: & Sons",
            "yes": "no",
            "empty": {},
            "none": [],
            "numbers": [1, 2.5, -3, true, null],
            "quoted": ["2026-03", "1e3", "", " a", "a ", "#x", "{{ trigger.email }}", "- a", "tab\t", "\u{e9}t\u{e9}", "line\nbreak"],
            "unprintable": ["\u{91}", "\u{7f}a\u{85}", "\u{feff}b", "\u{2028}\u{ffff}", "\u{91}\nin a block\n"],
            "pem": "-----BEGIN X-----\nab\n\ncd\n-----END X-----\n",
            "markdown": "# Title\n\n- a: b\n",
            "nobreak": "a\nb",
            "breaks": "a\n\n\n",
            "secret": {"env": "NAME"},
            "steps": [{"a": {"action": "x.y", "inputs": {"First Name": "b"}}}, {"b": {}}],
            "deep": [[1], [{"a": [{"b": 1}]}], []],
        });
        let text = write(&value);
        assert!(text.chars().all(may_stand), "{text}");
        let read = Document::parse("a.yaml", &text).unwrap_or_else(|problem| panic!("{problem}\n{text}"));
        assert_eq!(*read.value(), value, "{text}");
    }
}
