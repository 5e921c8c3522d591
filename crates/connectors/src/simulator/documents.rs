//! What stands at free paths: documents, each below the path that it was posted to or at the one it was put to.

use std::collections::BTreeMap;

use axum::response::Response;
use http::StatusCode;
use serde_json::{Map, Value, json};

use super::reply::{Refusal, json_reply, refuse};
use super::state::Shared;
use crate::manifest::Action;
use crate::shape::text_of;

/// The documents of all accounts, by account and path.
#[derive(Debug)]
pub(super) struct Documents {
    held: BTreeMap<(usize, String), Value>,
    next: u64,
}

impl Documents {
    pub(super) fn new(first: u64) -> Self {
        Self { held: BTreeMap::new(), next: first }
    }

    pub(super) fn clear(&mut self) {
        self.held.clear();
    }
}

/// Answers a request with a free path.
pub(super) fn answer(
    shared: &Shared,
    documents: &mut Documents,
    action: &Action,
    values: Map<String, Value>,
    body: &Value,
    account: usize,
) -> Response {
    let rule = &action.request;
    let value = |input: &Option<String>| input.as_ref().and_then(|name| values.get(name));
    let path = value(&rule.path_from).map(text_of).unwrap_or_default().trim_end_matches('/').to_owned();
    let at = (account, path.clone());
    let missing = || refuse(shared, Refusal::new("notFound", json!({"id": path.clone()})), None);
    match rule.method.as_str() {
        "GET" => {
            if let Some(document) = documents.held.get(&at) {
                return json_reply(200, document);
            }
            // What is asked for by an odd number of names is a list: /customers, /customers/7/orders.
            if path.matches('/').count() % 2 == 0 && !path.is_empty() {
                return missing();
            }
            let below = format!("{path}/");
            let wanted = value(&rule.query_from).and_then(Value::as_object);
            let list: Vec<&Value> = documents
                .held
                .range((account, below.clone())..)
                .take_while(|((owner, key), _)| *owner == account && key.starts_with(&below))
                .filter(|((_, key), _)| !key[below.len()..].contains('/'))
                .map(|(_, document)| document)
                .filter(|document| fits(document, wanted))
                .collect();
            json_reply(200, &json!(list))
        }
        "POST" => {
            let id = documents.next;
            documents.next += 1;
            let document = with_id(body, id);
            documents.held.insert((account, format!("{path}/{id}")), document.clone());
            json_reply(201, &document)
        }
        "PUT" => {
            let document = if body.is_null() { json!({}) } else { body.clone() };
            documents.held.insert(at, document.clone());
            json_reply(200, &document)
        }
        "PATCH" => match documents.held.get_mut(&at) {
            None => missing(),
            Some(held) => {
                match (held.as_object_mut(), body.as_object()) {
                    (Some(held), Some(body)) => held.extend(body.clone()),
                    _ => *held = body.clone(),
                }
                json_reply(200, held)
            }
        },
        _ => match documents.held.remove(&at) {
            None => missing(),
            Some(_) => {
                let mut response = Response::default();
                *response.status_mut() = StatusCode::NO_CONTENT;
                response
            }
        },
    }
}

/// A posted document with the id that it got; one that is no object as its `value`.
fn with_id(body: &Value, id: u64) -> Value {
    let mut document = match body {
        Value::Object(fields) => fields.clone(),
        Value::Null => Map::new(),
        other => Map::from_iter([("value".to_owned(), other.clone())]),
    };
    document.insert("id".into(), id.into());
    Value::Object(document)
}

/// Whether a document has what the query says.
fn fits(document: &Value, wanted: Option<&Map<String, Value>>) -> bool {
    wanted.is_none_or(|wanted| {
        wanted.iter().all(|(name, wanted)| document.get(name).is_some_and(|held| text_of(held) == text_of(wanted)))
    })
}
