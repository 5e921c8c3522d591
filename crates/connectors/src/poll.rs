//! Events that are found by asking: the inputs of the next question, and what an answer holds.

use std::borrow::Cow;

use linchpin_domain::Timestamp;
use serde_json::{Map, Value};

use crate::inputs::whole_seconds;
use crate::manifest::{Names, Places, Poll, Trigger};
use crate::shape::{Values, text_of};
use crate::webhook::bounded;

/// One record that was found.
#[derive(Debug, Clone, PartialEq)]
pub struct Found {
    /// The same text is the same event.
    pub key: String,
    /// The time that records are sorted by.
    pub at: Timestamp,
    /// What a workflow gets: the record as the provider gave it.
    pub payload: Value,
}

/// What one answer holds.
#[derive(Debug, Clone, PartialEq)]
pub struct Page {
    /// The records, in the order of the answer.
    pub found: Vec<Found>,
    /// Where the next page begins, when there is one.
    pub next: Option<String>,
}

struct Asked<'a> {
    inputs: &'a Map<String, Value>,
    since: Timestamp,
    now: Timestamp,
    page: Option<&'a str>,
    place: Option<u64>,
}

impl Values for Asked<'_> {
    fn value(&self, name: &str) -> Option<Cow<'_, Value>> {
        match name {
            "sinceMs" => Some(Cow::Owned(Value::String(self.since.as_millis().to_string()))),
            "sinceSeconds" => Some(Cow::Owned(Value::String(self.since.as_millis().div_euclid(1_000).to_string()))),
            // One more than is needed: providers cut seconds off.
            "sinceMinutesAgo" => Some(Cow::Owned(Value::from(self.now.since(self.since).as_secs() / 60 + 1))),
            "sinceIso" => Some(Cow::Owned(Value::String(whole_seconds(self.since)))),
            "since" => Some(Cow::Owned(Value::String(self.since.to_string()))),
            "place" => self.place.map(|place| Cow::Owned(Value::from(place))),
            "page" => self.page.map(|page| Cow::Owned(Value::String(page.to_owned()))),
            name => self.inputs.value(name),
        }
    }
}

impl Poll {
    /// The inputs of the action that asks for records since a moment.
    pub fn question(
        &self,
        trigger: &Trigger,
        inputs: &Map<String, Value>,
        (since, now): (Timestamp, Timestamp),
        page: Option<&str>,
    ) -> Map<String, Value> {
        self.ask(&trigger.input_values(inputs).into_iter().collect(), (since, now), page)
    }

    /// The inputs of the action that asks for records from a place on.
    pub fn question_from(&self, trigger: &Trigger, inputs: &Map<String, Value>, place: u64) -> Map<String, Value> {
        let inputs = trigger.input_values(inputs).into_iter().collect();
        self.filled(&inputs, (Timestamp::default(), Timestamp::default()), None, Some(place))
    }

    /// The same with values of another kind than a trigger's inputs.
    pub(crate) fn ask(
        &self,
        inputs: &Map<String, Value>,
        (since, now): (Timestamp, Timestamp),
        page: Option<&str>,
    ) -> Map<String, Value> {
        self.filled(inputs, (since, now), page, None)
    }

    fn filled(
        &self,
        inputs: &Map<String, Value>,
        (since, now): (Timestamp, Timestamp),
        page: Option<&str>,
        place: Option<u64>,
    ) -> Map<String, Value> {
        match self.inputs.fill(&Asked { inputs, since, now, page, place }) {
            Some(Value::Object(filled)) => filled,
            _ => Map::new(),
        }
    }

    /// The records of an answer to a question by place, in their order.
    pub fn placed<'o>(&self, output: &'o Value) -> &'o [Value] {
        output.pointer(&self.items).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
    }

    /// What tells a record apart.
    pub(crate) fn key_of(&self, item: &Value) -> Option<String> {
        let key: Option<Vec<_>> = self.key.iter().map(|pointer| item.pointer(pointer).map(text_of)).collect();
        Some(bounded(&key?.join("/")))
    }

    /// The time that records are sorted by.
    pub(crate) fn time_of(&self, item: &Value) -> Option<Timestamp> {
        time(item.pointer(self.cursor.as_deref()?)?)
    }

    /// What the action's output holds. A record without key or time is left aside.
    pub fn read(&self, output: &Value) -> Page {
        let items = self.placed(output);
        let found = items
            .iter()
            .filter_map(|item| Some(Found { key: self.key_of(item)?, at: self.time_of(item)?, payload: item.clone() }));
        let more = self.more.as_ref().is_none_or(|pointer| output.pointer(pointer) == Some(&Value::Bool(true)));
        let next = match (&self.next_page, &self.next_from_last) {
            (Some(pointer), _) => output.pointer(pointer),
            (None, Some(pointer)) => items.last().and_then(|item| item.pointer(pointer)),
            (None, None) => None,
        };
        let next = next.filter(|next| more && next.as_str() != Some(""));
        Page {
            found: found.collect(),
            next: next.filter(|next| !next.is_null()).map(|next| text_of(next).into_owned()),
        }
    }
}

impl Places {
    /// What a workflow gets of a record; `None` for an empty one, such as a blank row.
    pub fn event(&self, place: u64, record: &Value, names: &[Value]) -> Option<Value> {
        let blank = |value: &Value| value.is_null() || value.as_str().is_some_and(str::is_empty);
        let cells = record.as_array();
        if cells.map_or_else(|| blank(record), |cells| cells.iter().all(blank)) {
            return None;
        }
        let mut named = Map::new();
        for (name, cell) in names.iter().map(text_of).zip(cells.into_iter().flatten()) {
            let name = name.trim();
            // Of columns of one name the first counts.
            if !name.is_empty() && !named.contains_key(name) {
                named.insert(name.to_owned(), cell.clone());
            }
        }
        let values = Map::from_iter([
            ("place".to_owned(), Value::from(place)),
            ("record".to_owned(), record.clone()),
            ("named".to_owned(), Value::Object(named)),
        ]);
        self.payload.fill(&values)
    }
}

impl Names {
    /// The inputs of the action that reads the names.
    pub fn question(&self, trigger: &Trigger, inputs: &Map<String, Value>) -> Map<String, Value> {
        let inputs: Map<String, Value> = trigger.input_values(inputs).into_iter().collect();
        match self.inputs.fill(&inputs) {
            Some(Value::Object(filled)) => filled,
            _ => Map::new(),
        }
    }

    /// The names in its output.
    pub fn read<'o>(&self, output: &'o Value) -> &'o [Value] {
        output.pointer(&self.list).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
    }
}

/// A time as providers write it: RFC 3339, or seconds or milliseconds since 1970. Seconds are what is too
/// small for milliseconds of this century.
pub fn time(value: &Value) -> Option<Timestamp> {
    /// The beginning of 2001 in milliseconds; as seconds, the year 32658.
    const LEAST_MS: f64 = 978_307_200_000.0;
    let number = |number: f64| {
        let ms = if number < LEAST_MS { number * 1_000.0 } else { number };
        Timestamp::from_millis(ms as i64)
    };
    match value {
        Value::Number(given) => given.as_f64().map(number),
        Value::String(text) => Timestamp::parse(text).or_else(|| text.parse().ok().map(number)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_row_is_told_by_its_place_and_by_the_names_of_its_columns() {
        let places: Places = serde_json::from_value(
            json!({"first": 1, "payload": {"row": "{place}", "cells": "{record}", "values": "{named}"}}),
        )
        .expect("readable");
        let names = [json!("Name"), json!(""), json!("Age"), json!("Name")];
        assert_eq!(
            places.event(7, &json!(["Ann", "x", 9, "again"]), &names),
            Some(json!({"row": 7, "cells": ["Ann", "x", 9, "again"], "values": {"Name": "Ann", "Age": 9}}))
        );
        assert_eq!(
            places.event(8, &json!(["Bob"]), &[]),
            Some(json!({"row": 8, "cells": ["Bob"], "values": {}})),
            "a sheet without a header"
        );
        assert_eq!(places.event(9, &json!(["", null]), &names), None);
        assert_eq!(places.event(9, &json!([]), &names), None);
    }

    #[test]
    fn times_are_read_as_providers_write_them() {
        let noon = Timestamp::parse("2026-11-24T12:00:00Z");
        for written in [
            json!("2026-11-24T12:00:00Z"),
            json!("2026-11-24T12:00:00.000+0000"),
            json!("2026-11-24T14:00:00+02:00"),
            json!(1_795_521_600),
            json!("1795521600.000101"),
            json!(1_795_521_600_000_u64),
        ] {
            assert_eq!(time(&written), noon, "{written}");
        }
        assert_eq!(time(&json!("soon")), None);
    }
}
