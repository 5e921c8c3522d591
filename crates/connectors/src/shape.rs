//! Placeholders in a manifest: `{name}` in texts, and JSON whose texts hold them.
//!
//! Parsed once, when the manifest is read; filling one in is a walk without any parsing. A value
//! that is missing or null is left out, together with an object that held nothing else. A text
//! that is one placeholder keeps its value's JSON type.

use std::borrow::Cow;
use std::fmt::Write as _;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};

/// Where the values of placeholders come from.
pub(crate) trait Values {
    /// The value of a name; `None` when it is missing or null.
    fn value(&self, name: &str) -> Option<Cow<'_, Value>>;
}

impl Values for Map<String, Value> {
    fn value(&self, name: &str) -> Option<Cow<'_, Value>> {
        self.get(name).filter(|value| !value.is_null()).map(Cow::Borrowed)
    }
}

/// A text with placeholders.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Pattern {
    parts: Vec<Part>,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Part {
    Text(String),
    Name(String),
}

/// JSON with placeholders.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Shape {
    Literal(Value),
    Text(Pattern),
    List(Vec<Shape>),
    Object(Vec<(String, Shape)>),
}

impl Pattern {
    /// Takes a text apart. `{{` and `}}` stand for literal braces.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let mut parts = Vec::new();
        let mut literal = String::new();
        let mut rest = text;
        while let Some(at) = rest.find(['{', '}']) {
            let (before, after) = rest.split_at(at);
            literal.push_str(before);
            if after.starts_with("{{") || after.starts_with("}}") {
                literal.push_str(&after[..1]);
                rest = &after[2..];
                continue;
            }
            let name = after.strip_prefix('{').and_then(|inner| inner.split_once('}'));
            let Some((name, next)) = name else {
                return Err(format!("a brace stands alone in `{text}`; write `{{name}}`, or `{{{{` for a brace"));
            };
            if name.is_empty() || !name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-')) {
                return Err(format!("`{{{name}}}` is no placeholder; a name has letters, digits, `_`, `.` and `-`"));
            }
            if !literal.is_empty() {
                parts.push(Part::Text(std::mem::take(&mut literal)));
            }
            parts.push(Part::Name(name.to_owned()));
            rest = next;
        }
        literal.push_str(rest);
        if !literal.is_empty() {
            parts.push(Part::Text(literal));
        }
        Ok(Self { parts })
    }

    pub(crate) fn parts(&self) -> &[Part] {
        &self.parts
    }

    /// The name, when the text is one placeholder and nothing else.
    pub(crate) fn single(&self) -> Option<&str> {
        match self.parts.as_slice() {
            [Part::Name(name)] => Some(name),
            _ => None,
        }
    }

    /// The text, when nothing in it is a placeholder.
    pub(crate) fn literal(&self) -> Option<String> {
        self.fill(&Map::new())
    }

    /// How many parts of it are no placeholders.
    pub(crate) fn literals(&self) -> usize {
        self.parts.iter().filter(|part| matches!(part, Part::Text(_))).count()
    }

    /// Every name in it.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.parts.iter().filter_map(|part| match part {
            Part::Name(name) => Some(name.as_str()),
            Part::Text(_) => None,
        })
    }

    /// The other way round: see [`capture`].
    pub(crate) fn capture(&self, text: &str, into: &mut Map<String, Value>) -> bool {
        capture(&self.parts, text, into)
    }

    /// The text with every placeholder filled in; `None` when one is missing.
    pub(crate) fn fill(&self, values: &dyn Values) -> Option<String> {
        let mut text = String::new();
        for part in &self.parts {
            match part {
                Part::Text(literal) => text.push_str(literal),
                Part::Name(name) => push_text(&mut text, &*values.value(name)?),
            }
        }
        Some(text)
    }
}

/// What the placeholders must have been for this text to come out. `false` when the text cannot have
/// come from these parts.
pub(crate) fn capture(parts: &[Part], text: &str, into: &mut Map<String, Value>) -> bool {
    let mut rest = text;
    for (index, part) in parts.iter().enumerate() {
        match part {
            Part::Text(literal) => match rest.strip_prefix(literal.as_str()) {
                Some(after) => rest = after,
                None => return false,
            },
            Part::Name(name) => {
                let end = match parts.get(index + 1) {
                    Some(Part::Text(next)) => match rest.find(next.as_str()) {
                        Some(at) => at,
                        None => return false,
                    },
                    _ => rest.len(),
                };
                into.insert(name.clone(), Value::String(rest[..end].to_owned()));
                rest = &rest[end..];
            }
        }
    }
    rest.is_empty()
}

impl Shape {
    fn parse(value: &Value) -> Result<Self, String> {
        Ok(match value {
            Value::String(text) => {
                let pattern = Pattern::parse(text)?;
                match pattern.parts() {
                    [] => Self::Literal(Value::String(String::new())),
                    [Part::Text(literal)] => Self::Literal(Value::String(literal.clone())),
                    _ => Self::Text(pattern),
                }
            }
            Value::Array(items) => Self::List(items.iter().map(Self::parse).collect::<Result<_, _>>()?),
            Value::Object(entries) => {
                Self::Object(entries.iter().map(|(key, item)| Ok((key.clone(), Self::parse(item)?))).collect::<Result<
                    _,
                    String,
                >>(
                )?)
            }
            other => Self::Literal(other.clone()),
        })
    }

    /// The value with every placeholder filled in; `None` when nothing of it is left.
    pub(crate) fn fill(&self, values: &dyn Values) -> Option<Value> {
        match self {
            Self::Literal(value) => Some(value.clone()),
            Self::Text(pattern) => match pattern.single() {
                Some(name) => values.value(name).map(Cow::into_owned),
                None => pattern.fill(values).map(Value::String),
            },
            Self::List(items) => Some(Value::Array(items.iter().filter_map(|item| item.fill(values)).collect())),
            Self::Object(entries) => {
                let mut object = Map::with_capacity(entries.len());
                for (key, item) in entries {
                    if let Some(value) = item.fill(values) {
                        object.insert(key.clone(), value);
                    }
                }
                (entries.is_empty() || !object.is_empty()).then_some(Value::Object(object))
            }
        }
    }

    /// Whether a value has everything that the shape says itself: filling it in leaves none of that out.
    pub(crate) fn is_said_in(&self, value: Option<&Value>) -> bool {
        match self {
            Self::Literal(literal) => value == Some(literal),
            Self::Text(_) => true,
            Self::List(items) => {
                let values = value.and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
                items.iter().enumerate().all(|(index, item)| item.is_said_in(values.get(index)))
            }
            Self::Object(entries) => {
                entries.iter().all(|(key, item)| item.is_said_in(value.and_then(|value| value.get(key))))
            }
        }
    }

    /// How many parts of it are no placeholders.
    pub(crate) fn literals(&self) -> usize {
        match self {
            Self::Literal(_) => 1,
            Self::Text(pattern) => pattern.literals(),
            Self::List(items) => items.iter().map(Self::literals).sum(),
            Self::Object(entries) => entries.iter().map(|(_, item)| item.literals()).sum(),
        }
    }

    /// Every name in it.
    pub(crate) fn names(&self) -> Vec<&str> {
        match self {
            Self::Literal(_) => Vec::new(),
            Self::Text(pattern) => pattern.names().collect(),
            Self::List(items) => items.iter().flat_map(Self::names).collect(),
            Self::Object(entries) => entries.iter().flat_map(|(_, item)| item.names()).collect(),
        }
    }

    /// The other way round: what the placeholders must have been for this value to come out.
    /// Parts of the value that the shape does not have are left aside.
    pub(crate) fn capture(&self, value: &Value, into: &mut Map<String, Value>) {
        match (self, value) {
            (Self::Text(pattern), value) => {
                if let Some(name) = pattern.single() {
                    into.insert(name.to_owned(), value.clone());
                } else if let Value::String(text) = value {
                    pattern.capture(text, into);
                }
            }
            (Self::List(items), Value::Array(values)) => {
                for (item, value) in items.iter().zip(values) {
                    item.capture(value, into);
                }
            }
            (Self::Object(entries), Value::Object(values)) => {
                for (key, item) in entries {
                    if let Some(value) = values.get(key) {
                        item.capture(value, into);
                    }
                }
            }
            _ => {}
        }
    }
}

impl Shape {
    /// Whether a value holds something that the shape has no place for: another literal, another key.
    pub(crate) fn unknown_part(&self, value: &Value) -> Option<String> {
        match (self, value) {
            (Self::Literal(literal), value) => {
                (literal != value).then(|| format!("`{value}` where `{literal}` stands"))
            }
            (Self::Object(entries), Value::Object(values)) => {
                values.iter().find_map(|(key, value)| match entries.iter().find(|(known, _)| known == key) {
                    Some((_, shape)) => shape.unknown_part(value),
                    None => Some(format!("the key `{key}`")),
                })
            }
            (Self::List(items), Value::Array(values)) => {
                let item = items.first()?;
                values.iter().find_map(|value| item.unknown_part(value))
            }
            _ => None,
        }
    }

    /// The values of each element of the first list in the shape: a batch.
    pub(crate) fn capture_batch(&self, value: &Value) -> Option<Vec<Map<String, Value>>> {
        match (self, value) {
            (Self::Object(entries), Value::Object(values)) => {
                entries.iter().find_map(|(key, item)| item.capture_batch(values.get(key)?))
            }
            (Self::List(items), Value::Array(values)) => {
                let item = items.first()?;
                Some(
                    values
                        .iter()
                        .map(|value| {
                            let mut captured = Map::new();
                            item.capture(value, &mut captured);
                            captured
                        })
                        .collect(),
                )
            }
            _ => None,
        }
    }
}

/// A value as it stands within text: texts bare, all else as JSON.
pub(crate) fn text_of(value: &Value) -> Cow<'_, str> {
    match value {
        Value::String(text) => Cow::Borrowed(text),
        other => Cow::Owned(other.to_string()),
    }
}

pub(crate) fn push_text(text: &mut String, value: &Value) {
    match value {
        Value::String(inner) => text.push_str(inner),
        other => {
            // Writing to a String cannot fail.
            let _ = write!(text, "{other}");
        }
    }
}

impl<'de> Deserialize<'de> for Pattern {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::parse(&String::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}

impl<'de> Deserialize<'de> for Shape {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::parse(&Value::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn values() -> Map<String, Value> {
        json!({"id": 7, "name": "A \"quoted\" {name}", "gone": null, "map": {"a": "1"}})
            .as_object()
            .expect("object")
            .clone()
    }

    fn fill(shape: Value) -> Option<Value> {
        Shape::parse(&shape).expect("valid").fill(&values())
    }

    #[test]
    fn one_placeholder_keeps_its_type_and_values_are_never_evaluated() {
        assert_eq!(fill(json!({"a": "{id}", "b": "x-{id}"})), Some(json!({"a": 7, "b": "x-7"})));
        assert_eq!(fill(json!(["{name}"])), Some(json!(["A \"quoted\" {name}"])));
        assert_eq!(fill(json!("{{id}}")), Some(json!("{id}")));
    }

    #[test]
    fn what_is_missing_is_left_out_with_what_held_only_it() {
        assert_eq!(fill(json!({"a": {"b": {"c": "{gone}"}}, "d": 1})), Some(json!({"d": 1})));
        assert_eq!(fill(json!("{nowhere}")), None);
        assert_eq!(fill(json!({"keep": {}})), Some(json!({"keep": {}})));
    }

    #[test]
    fn a_shape_reads_back_what_it_wrote() {
        let shape = Shape::parse(&json!({"inputs": [{"key": "{id}", "properties": "{map}"}]})).expect("valid");
        let written = shape.fill(&values()).expect("filled");
        let mut read = Map::new();
        shape.capture(&written, &mut read);
        assert_eq!(Value::Object(read), json!({"id": 7, "map": {"a": "1"}}));
    }

    #[test]
    fn wrong_placeholders_are_refused() {
        for text in ["{", "a}b", "{a b}", "{}"] {
            assert!(Pattern::parse(text).is_err(), "{text}");
        }
    }
}
