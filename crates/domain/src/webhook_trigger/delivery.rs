//! What a call of a webhook holds, and where in it something stands.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// A call, read.
#[derive(Debug, Clone, Copy)]
pub struct Delivery<'a> {
    /// The body: JSON and forms as values, all else as text.
    pub body: &'a Value,
    /// All headers, their names in lower case.
    pub headers: &'a Map<String, Value>,
    /// The query.
    pub params: &'a BTreeMap<String, String>,
}

/// Where in a call something stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Place {
    /// A field of the body; names and list places separated by dots.
    Body(String),
    /// A header.
    Header(String),
    /// A parameter of the query.
    Query(String),
}

/// Something that a call must hold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Match {
    /// Where.
    #[serde(flatten)]
    pub at: Place,
    /// What; may be `{{ secrets.NAME }}`.
    pub equals: String,
}

impl Place {
    /// The name, or the path of names.
    pub fn name(&self) -> &str {
        match self {
            Self::Body(name) | Self::Header(name) | Self::Query(name) => name,
        }
    }

    /// The text, number or truth value that stands there; `None` when there is none, or an empty one.
    pub fn find(&self, delivery: Delivery<'_>) -> Option<String> {
        let found = match self {
            Self::Body(path) => {
                let mut found = delivery.body;
                for name in path.split('.') {
                    found = match found {
                        Value::Array(items) => items.get(name.parse::<usize>().ok()?)?,
                        other => other.get(name)?,
                    };
                }
                found.clone()
            }
            Self::Header(name) => delivery.headers.get(&name.to_ascii_lowercase())?.clone(),
            Self::Query(name) => Value::String(delivery.params.get(name)?.clone()),
        };
        let text = match found {
            Value::String(text) => text,
            Value::Number(number) => number.to_string(),
            Value::Bool(is) => is.to_string(),
            _ => return None,
        };
        (!text.is_empty()).then_some(text)
    }

    /// What keeps it from being looked for.
    pub(super) fn problem(&self) -> Option<String> {
        let name = self.name();
        match self {
            _ if name.trim().is_empty() => Some("say where it stands".into()),
            Self::Header(_) if !is_header_name(name) => Some(format!("`{name}` is no header name")),
            Self::Body(_) if name.split('.').any(|part| part.trim().is_empty()) => {
                Some(format!("`{name}` is no path; write names with a dot between them, for example `event.id`"))
            }
            _ => None,
        }
    }
}

/// Whether a text can name a header (RFC 9110, section 5.6.2).
pub(super) fn is_header_name(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_place_is_found_in_body_header_and_query() {
        let body = json!({"team": {"id": "T1", "n": 7, "ok": true, "none": null, "empty": ""}, "list": [{"id": 3}]});
        let headers = json!({"x-event": "e-1"});
        let params = BTreeMap::from([("hub.challenge".to_owned(), "c".to_owned())]);
        let delivery = Delivery { body: &body, headers: headers.as_object().expect("an object"), params: &params };
        for (place, expected) in [
            (json!({"body": "team.id"}), Some("T1")),
            (json!({"body": "team.n"}), Some("7")),
            (json!({"body": "team.ok"}), Some("true")),
            (json!({"body": "list.0.id"}), Some("3")),
            (json!({"body": "list.1.id"}), None),
            (json!({"body": "team"}), None),
            (json!({"body": "team.none"}), None),
            (json!({"body": "team.empty"}), None),
            (json!({"header": "X-Event"}), Some("e-1")),
            (json!({"query": "hub.challenge"}), Some("c")),
            (json!({"query": "hub"}), None),
        ] {
            let read: Place = serde_json::from_value(place.clone()).expect("readable");
            assert_eq!(read.find(delivery).as_deref(), expected, "{place}");
            assert_eq!(serde_json::to_value(&read).expect("writes"), place);
        }
        let matching: Match = serde_json::from_value(json!({"body": "type", "equals": "x"})).expect("readable");
        assert_eq!(serde_json::to_value(&matching).expect("writes"), json!({"body": "type", "equals": "x"}));
        assert!(serde_json::from_value::<Match>(json!({"equals": "x"})).is_err());
    }
}
