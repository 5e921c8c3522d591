//! YAML text to typed values, with exact positions for what is wrong.
//!
//! The text becomes a JSON value and a map from JSON pointers to positions. A typed value is read
//! from the JSON with serde; where that fails, the path of the failure is looked up, so that every
//! error says file, line, column, what is wrong, and what would be right.

mod json;
mod limits;

use std::collections::HashMap;
use std::fmt;

use saphyr::{LoadableYamlNode, MarkedYaml, Scalar, YamlData};
use serde::de::DeserializeOwned;
use serde_json::{Map, Number, Value};

/// A place in a text. Line and column start at 1; the column counts characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Position {
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
}

/// What is wrong with a document, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The document's name, usually its path.
    pub file: String,
    /// Where.
    pub at: Position,
    /// Dotted path of the field, for people; empty at the root.
    pub field: String,
    /// What is wrong, and what would be right.
    pub message: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}: ", self.file, self.at.line, self.at.column)?;
        if !self.field.is_empty() {
            write!(f, "`{}`: ", self.field)?;
        }
        f.write_str(&self.message)
    }
}

impl std::error::Error for Problem {}

/// A document that was read: its value, and where each part of it stands.
#[derive(Debug, Clone)]
pub struct Document {
    file: String,
    value: Value,
    /// JSON pointer → position of the value, or, with a trailing `#key`, of the key itself.
    positions: HashMap<String, Position>,
}

impl Document {
    /// Reads YAML (and therefore JSON). Refuses duplicate keys, keys that are no text, tags, and
    /// more than one document, and what is more than 127 levels deep.
    pub fn parse(file: &str, text: &str) -> Result<Self, Problem> {
        let problem =
            |at: Position, message: String| Problem { file: file.to_owned(), at, field: String::new(), message };
        if let Some((at, message)) = limits::too_deep(text) {
            return Err(problem(at, message));
        }
        let documents = MarkedYaml::load_from_str(text).map_err(|error| {
            let marker = error.marker();
            problem(
                Position { line: marker.line(), column: marker.col() + 1 },
                format!("this is not valid YAML: {}", error.info()),
            )
        })?;
        if documents.len() > 1 {
            let marker = documents[1].span.start;
            return Err(problem(
                Position { line: marker.line(), column: marker.col() + 1 },
                "one document is expected, a second begins here".into(),
            ));
        }
        let mut document = Self { file: file.to_owned(), value: Value::Null, positions: HashMap::new() };
        if let Some(root) = documents.first() {
            document.value = document.convert(root, &mut String::new())?;
        }
        Ok(document)
    }

    /// A document that was read by somebody else: its value, and positions by JSON pointer.
    pub fn of(file: &str, value: Value, positions: HashMap<String, Position>) -> Self {
        Self { file: file.to_owned(), value, positions }
    }

    /// The whole document as JSON.
    pub fn value(&self) -> &Value {
        &self.value
    }

    /// The document's name.
    pub fn file(&self) -> &str {
        &self.file
    }

    /// Where the value under a JSON pointer stands; the nearest known parent where it is absent.
    pub fn position(&self, pointer: &str) -> Position {
        let mut pointer = pointer;
        loop {
            if let Some(position) = self.positions.get(pointer) {
                return *position;
            }
            match pointer.rfind('/') {
                Some(cut) => pointer = &pointer[..cut],
                None => return Position { line: 1, column: 1 },
            }
        }
    }

    /// Where the *key* under a JSON pointer stands.
    pub fn key_position(&self, pointer: &str) -> Position {
        self.positions.get(&format!("{pointer}#key")).copied().unwrap_or_else(|| self.position(pointer))
    }

    /// A problem with the value under a JSON pointer.
    pub fn problem(&self, pointer: &str, message: impl Into<String>) -> Problem {
        Problem { file: self.file.clone(), at: self.position(pointer), field: dotted(pointer), message: message.into() }
    }

    /// A problem with the key under a JSON pointer.
    pub fn key_problem(&self, pointer: &str, message: impl Into<String>) -> Problem {
        Problem {
            file: self.file.clone(),
            at: self.key_position(pointer),
            field: dotted(pointer),
            message: message.into(),
        }
    }

    /// Reads the value under a JSON pointer as a type. Structs that deny unknown fields get errors
    /// with the position of the unknown key and the nearest known one.
    pub fn read<T: DeserializeOwned>(&self, pointer: &str) -> Result<T, Problem> {
        let value = self.value.pointer(pointer).unwrap_or(&Value::Null);
        serde_path_to_error::deserialize(value).map_err(|error| {
            let mut at = pointer.to_owned();
            for segment in error.path() {
                use serde_path_to_error::Segment;
                match segment {
                    Segment::Seq { index } => at.push_str(&format!("/{index}")),
                    Segment::Map { key } => {
                        at.push('/');
                        at.push_str(&escape(key));
                    }
                    Segment::Enum { .. } | Segment::Unknown => {}
                }
            }
            let message = error.inner().to_string();
            match unknown_field(&message) {
                Some((field, known)) => {
                    // serde_path_to_error may or may not include the unknown key in the path.
                    let key = if at.ends_with(&format!("/{}", escape(field))) {
                        at
                    } else {
                        format!("{at}/{}", escape(field))
                    };
                    self.key_problem(&key, unknown_key_message(field, &known))
                }
                None => self.problem(&at, message),
            }
        })
    }

    fn convert(&mut self, node: &MarkedYaml<'_>, pointer: &mut String) -> Result<Value, Problem> {
        let start = node.span.start;
        let at = Position { line: start.line().max(1), column: start.col() + 1 };
        self.positions.insert(pointer.clone(), at);
        let refuse = |file: &str, message: &str| Problem {
            file: file.to_owned(),
            at,
            field: String::new(),
            message: message.to_owned(),
        };
        match &node.data {
            YamlData::Value(scalar) => Ok(match scalar {
                Scalar::Null => Value::Null,
                Scalar::Boolean(value) => Value::Bool(*value),
                Scalar::Integer(value) => Value::Number((*value).into()),
                Scalar::FloatingPoint(value) => {
                    Number::from_f64(value.into_inner()).map_or_else(|| Value::Null, Value::Number)
                }
                Scalar::String(value) => Value::String(value.to_string()),
            }),
            YamlData::Sequence(items) => {
                let mut list = Vec::with_capacity(items.len());
                for (index, item) in items.iter().enumerate() {
                    let length = pointer.len();
                    pointer.push_str(&format!("/{index}"));
                    list.push(self.convert(item, pointer)?);
                    pointer.truncate(length);
                }
                Ok(Value::Array(list))
            }
            YamlData::Mapping(entries) => {
                let mut object = Map::new();
                for (key, value) in entries {
                    let key_at = Position { line: key.span.start.line(), column: key.span.start.col() + 1 };
                    let name = match &key.data {
                        YamlData::Value(Scalar::String(text)) => text.to_string(),
                        YamlData::Value(Scalar::Integer(number)) => number.to_string(),
                        YamlData::Value(Scalar::Boolean(flag)) => flag.to_string(),
                        _ => {
                            return Err(Problem {
                                file: self.file.clone(),
                                at: key_at,
                                field: dotted(pointer),
                                message: "a key must be a text".into(),
                            });
                        }
                    };
                    let length = pointer.len();
                    pointer.push('/');
                    pointer.push_str(&escape(&name));
                    self.positions.insert(format!("{pointer}#key"), key_at);
                    let value = self.convert(value, pointer)?;
                    pointer.truncate(length);
                    if object.insert(name.clone(), value).is_some() {
                        return Err(Problem {
                            file: self.file.clone(),
                            at: key_at,
                            field: dotted(pointer),
                            message: format!("`{name}` stands here a second time"),
                        });
                    }
                }
                Ok(Value::Object(object))
            }
            YamlData::Tagged(..) => Err(refuse(&self.file, "YAML tags (`!…`) are not understood here")),
            YamlData::Alias(_) | YamlData::BadValue | YamlData::Representation(..) => {
                Err(refuse(&self.file, "this value is not understood"))
            }
        }
    }
}

/// The message for a key that does not exist, naming the nearest known one.
pub fn unknown_key_message(field: &str, known: &[&str]) -> String {
    match nearest(field, known.iter().copied()) {
        Some(near) => format!("unknown key `{field}`; did you mean `{near}`?"),
        None if known.is_empty() => format!("unknown key `{field}`; no keys are allowed here"),
        None => format!(
            "unknown key `{field}`; known keys are {}",
            known.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
        ),
    }
}

/// The known name that is most like a wrong one, if any is close.
pub fn nearest<'a>(wrong: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    known
        .map(|name| (strsim::damerau_levenshtein(&wrong.to_lowercase(), &name.to_lowercase()), name))
        .filter(|(distance, name)| *distance <= (name.len().max(wrong.len()) / 3).max(1))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, name)| name)
}

/// Escapes one JSON pointer segment.
pub fn escape(segment: &str) -> String {
    segment.replace('~', "~0").replace('/', "~1")
}

fn dotted(pointer: &str) -> String {
    pointer
        .split('/')
        .skip(1)
        .map(|segment| segment.replace("~1", "/").replace("~0", "~"))
        .collect::<Vec<_>>()
        .join(".")
}

/// Takes serde's "unknown field `x`, expected one of `a`, `b`" apart.
fn unknown_field(message: &str) -> Option<(&str, Vec<&str>)> {
    let rest = message.strip_prefix("unknown field `")?;
    let (field, rest) = rest.split_once('`')?;
    Some((field, rest.split('`').skip(1).step_by(2).collect()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;

    #[derive(Debug, Deserialize, PartialEq)]
    #[serde(deny_unknown_fields, rename_all = "camelCase")]
    struct Sample {
        project: String,
        #[serde(default)]
        app_events: Map<String, Value>,
        #[serde(default)]
        count: u8,
    }

    fn check(text: &str, expected: &str) {
        let error =
            Document::parse("a.yaml", text).and_then(|document| document.read::<Sample>("")).expect_err("must fail");
        assert_eq!(error.to_string(), expected);
    }

    #[test]
    fn a_document_keeps_types_and_order() {
        let document = Document::parse("a.yaml", "b: 1\na: [x, 2.5, true, ~]\n").expect("valid");
        assert_eq!(document.value().to_string(), r#"{"b":1,"a":["x",2.5,true,null]}"#);
        assert_eq!(document.position("/a/1"), Position { line: 2, column: 8 });
        assert_eq!(document.position("/a/9/z"), Position { line: 2, column: 4 });
    }

    #[test]
    fn errors_say_where_and_what_would_be_right() {
        check(
            "project: A\nappEvent: {}\n",
            "a.yaml:2:1: `appEvent`: unknown key `appEvent`; did you mean `appEvents`?",
        );
        check("project: A\ncount: 300\n", "a.yaml:2:8: `count`: invalid value: integer `300`, expected u8");
        check("project: [1]\n", "a.yaml:1:10: `project`: invalid type: sequence, expected a string");
        check("count: 1\n", "a.yaml:1:1: missing field `project`");
    }

    #[test]
    fn broken_yaml_is_refused_with_its_position() {
        let error = Document::parse("a.yaml", "project: A\n  count: [1\n").expect_err("must fail");
        assert!(error.to_string().starts_with("a.yaml:2:"), "{error}");
        let error = Document::parse("a.yaml", "project: A\nproject: B\n").expect_err("must fail");
        assert!(error.to_string().contains("2:1"), "{error}");
    }
}
