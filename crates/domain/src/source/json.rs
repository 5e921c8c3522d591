//! JSON text to a document with positions. What writes surrogate pairs or very long keys is JSON and no YAML.

use std::collections::HashMap;

use serde_json::Value;

use super::{Document, Position, Problem, escape};

impl Document {
    /// Reads JSON. Of keys that stand twice the last counts, as everywhere.
    pub fn parse_json(file: &str, text: &str) -> Result<Self, Problem> {
        let value: Value = serde_json::from_str(text).map_err(|error| {
            let message = error.to_string();
            let bare = message.rsplit_once(" at line ").map_or(message.as_str(), |(bare, _)| bare);
            Problem {
                file: file.to_owned(),
                at: Position { line: error.line().max(1), column: error.column().max(1) },
                field: String::new(),
                message: format!("this is not valid JSON: {bare}"),
            }
        })?;
        let mut scanner =
            Scanner { rest: text.chars().peekable(), at: Position { line: 1, column: 1 }, positions: HashMap::new() };
        scanner.value(&mut String::new());
        Ok(Self::of(file, value, scanner.positions))
    }
}

/// Walks through text that is known to be JSON.
struct Scanner<'a> {
    rest: std::iter::Peekable<std::str::Chars<'a>>,
    at: Position,
    positions: HashMap<String, Position>,
}

impl Scanner<'_> {
    fn next(&mut self) -> Option<char> {
        let c = self.rest.next()?;
        if c == '\n' {
            self.at = Position { line: self.at.line + 1, column: 1 };
        } else {
            self.at.column += 1;
        }
        Some(c)
    }

    /// Skips what stands between values.
    fn space(&mut self) {
        while self.rest.peek().is_some_and(|c| c.is_ascii_whitespace() || matches!(c, ',' | ':' | '\u{feff}')) {
            self.next();
        }
    }

    fn value(&mut self, pointer: &mut String) {
        self.space();
        self.positions.insert(pointer.clone(), self.at);
        match self.rest.peek() {
            Some('{') => {
                self.next();
                loop {
                    self.space();
                    let key_at = self.at;
                    if self.rest.peek() != Some(&'"') {
                        break;
                    }
                    let key = self.text();
                    let length = pointer.len();
                    pointer.push('/');
                    pointer.push_str(&escape(&key));
                    self.positions.insert(format!("{pointer}#key"), key_at);
                    self.value(pointer);
                    pointer.truncate(length);
                }
                self.next();
            }
            Some('[') => {
                self.next();
                for index in 0.. {
                    self.space();
                    if self.rest.peek().is_none_or(|c| *c == ']') {
                        break;
                    }
                    let length = pointer.len();
                    pointer.push_str(&format!("/{index}"));
                    self.value(pointer);
                    pointer.truncate(length);
                }
                self.next();
            }
            Some('"') => {
                self.text();
            }
            _ => {
                while self.rest.peek().is_some_and(|c| !c.is_ascii_whitespace() && !matches!(c, ',' | '}' | ']')) {
                    self.next();
                }
            }
        }
    }

    /// A text, its escapes undone.
    fn text(&mut self) -> String {
        let mut raw = String::from('"');
        self.next();
        while let Some(c) = self.next() {
            raw.push(c);
            match c {
                '\\' => raw.extend(self.next()),
                '"' => break,
                _ => {}
            }
        }
        serde_json::from_str(&raw).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_are_those_of_the_text() {
        let text = "{\n  \"a\\u002fb\": [1, {\"ü\": \"\\ud83d\\ude00\"}],\n  \"c\": null\n}";
        let document = Document::parse_json("a.json", text).expect("JSON");
        assert_eq!(document.value()["a/b"][1]["ü"], "😀");
        for (pointer, line, column) in
            [("", 1, 1), ("/a~1b", 2, 15), ("/a~1b/1", 2, 19), ("/a~1b/1/ü", 2, 25), ("/c", 3, 8)]
        {
            assert_eq!(document.position(pointer), Position { line, column }, "{pointer}");
        }
        assert_eq!(document.key_position("/c"), Position { line: 3, column: 3 });
        let error = Document::parse_json("a.json", "{\"a\": [1,]}").expect_err("wrong");
        assert_eq!(error.to_string(), "a.json:1:10: this is not valid JSON: trailing comma");
    }
}
