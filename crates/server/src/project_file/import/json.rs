//! JSON: a list of objects, or an object with the list under `credentials`.

use std::collections::HashMap;

use linchpin_domain::source::{Position, escape};
use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

use super::Records;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Named<'a> {
    #[serde(borrow)]
    credentials: Vec<&'a RawValue>,
}

/// The records, each and each of its fields with its position. The error says where and what.
pub(super) fn records(text: &str) -> Result<Records, (Position, String)> {
    let text = text.trim_start_matches('\u{feff}');
    // For its position: an untagged type has none, and what it would say may repeat a value.
    if let Err(error) = serde_json::from_str::<serde::de::IgnoredAny>(text) {
        let at = Position { line: error.line().max(1), column: error.column().max(1) };
        return Err((at, "here the file ceases to be JSON".into()));
    }
    let begin = Position { line: 1, column: 1 };
    let list = match text.trim_start().as_bytes().first() {
        Some(b'[') => serde_json::from_str::<Vec<&RawValue>>(text).ok(),
        _ => serde_json::from_str::<Named<'_>>(text).ok().map(|file| file.credentials),
    };
    let list = list.ok_or((begin, "a list of accounts is expected, or {\"credentials\": [accounts]}".to_owned()))?;
    let lines = Lines::of(text);
    let (mut values, mut positions) = (Vec::with_capacity(list.len()), HashMap::new());
    for (index, raw) in list.into_iter().enumerate() {
        let pointer = format!("/{index}");
        positions.insert(pointer.clone(), lines.position(raw));
        if let Ok(fields) = serde_json::from_str::<HashMap<String, &RawValue>>(raw.get()) {
            for (name, field) in fields {
                positions.insert(format!("{pointer}/{}", escape(&name)), lines.position(field));
            }
        }
        values.push(serde_json::from_str::<Value>(raw.get()).unwrap_or_default());
    }
    Ok(Records { value: Value::Array(values), positions })
}

/// Finds lines and columns of parts of a text.
struct Lines<'a> {
    text: &'a str,
    /// Where each line begins, in bytes.
    begins: Vec<usize>,
}

impl<'a> Lines<'a> {
    fn of(text: &'a str) -> Self {
        let begins = std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect();
        Self { text, begins }
    }

    fn position(&self, part: &RawValue) -> Position {
        // The part lies in the text: it was borrowed from it.
        let offset = (part.get().as_ptr() as usize).saturating_sub(self.text.as_ptr() as usize).min(self.text.len());
        let line = self.begins.partition_point(|begin| *begin <= offset);
        let begin = self.begins[line - 1];
        Position { line, column: self.text[begin..offset].chars().count() + 1 }
    }
}
