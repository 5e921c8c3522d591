//! Answers in the provider's words.

use std::io;

use axum::body::{Body, Bytes};
use axum::response::Response;
use http::header::{CONTENT_TYPE, RETRY_AFTER};
use http::{HeaderValue, StatusCode};
use serde_json::{Map, Value, json};

use super::state::Shared;
use crate::shape::text_of;

/// Marks a response in whose place the socket is closed.
#[derive(Debug, Clone, Copy)]
pub(super) struct HangUp;

/// A refusal by name, with the values of its body.
#[derive(Debug)]
pub(super) struct Refusal {
    pub name: &'static str,
    pub values: Map<String, Value>,
    pub retry_after: Option<u64>,
}

impl Refusal {
    pub(super) fn new(name: &'static str, values: Value) -> Self {
        let values = match values {
            Value::Object(values) => values,
            _ => Map::new(),
        };
        Self { name, values, retry_after: None }
    }
}

/// A JSON answer.
pub(super) fn json_reply(status: u16, body: &Value) -> Response {
    let bytes = serde_json::to_vec(body).expect("a JSON value is JSON");
    let mut response = Response::new(Body::from(bytes));
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json;charset=utf-8"));
    response
}

/// An answer without a body.
pub(super) fn no_content() -> Response {
    let mut response = Response::default();
    *response.status_mut() = StatusCode::NO_CONTENT;
    response
}

/// A page for people.
pub(super) fn html(status: StatusCode, text: String) -> Response {
    let mut response = Response::new(Body::from(text));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    response
}

/// What a refusal says, where it is a part of an answer.
pub(super) fn refusal_body(shared: &Shared, refusal: Refusal) -> Value {
    worded(shared, refusal).1
}

/// A refusal as the manifest words it; another status can stand in for its own.
pub(super) fn refuse(shared: &Shared, refusal: Refusal, status: Option<u16>) -> Response {
    let retry_after = refusal.retry_after;
    let (own, body) = worded(shared, refusal);
    let mut response = json_reply(status.unwrap_or(own), &body);
    if let Some(seconds) = retry_after {
        response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
    }
    response
}

/// Status and body of a refusal.
fn worded(shared: &Shared, mut refusal: Refusal) -> (u16, Value) {
    refusal.values.insert("correlationId".into(), Value::String(shared.correlation_id()));
    let replies = &shared.simulator.replies;
    let mut found = replies.get(refusal.name);
    if found.is_none() {
        let (name, reason) = instead(refusal.name);
        let detail = ["field", "fields", "id", "after"].iter().find_map(|name| refusal.values.get(*name));
        let reason = detail.map_or_else(|| reason.to_owned(), |detail| format!("{reason}: {}", text_of(detail)));
        refusal.values.entry("reason").or_insert(reason.into());
        found = replies.get(name);
    }
    let Some(reply) = found else {
        return (500, json!({"message": format!("the manifest has no reply `{}`", refusal.name)}));
    };
    (reply.status, reply.body.fill(&refusal.values).unwrap_or_default())
}

/// The reply that tells what a manifest has no own reply for, and what it says then.
fn instead(name: &str) -> (&'static str, &'static str) {
    match name {
        "expiredToken" | "missingScope" => ("noToken", "this token is not good for that"),
        "rateLimited" => ("serverFault", "too many requests"),
        "conflict" => ("invalidBody", "there is such a record already"),
        "unknownField" => ("invalidBody", "there is no such field"),
        "invalidEmail" => ("invalidBody", "this is no e-mail address"),
        "noFields" => ("invalidBody", "a value is missing"),
        "noSuchPage" => ("invalidBody", "there is no such page"),
        _ => ("invalidBody", "this request cannot be read"),
    }
}

/// Loudly: this simulator does not do that.
pub(super) fn not_modelled(what: &str) -> Response {
    json_reply(
        501,
        &json!({
            "status": "error",
            "category": "NOT_SIMULATED",
            "message": format!("THE SIMULATOR DOES NOT MODEL THIS: {what}. The real provider may; nothing was changed here."),
        }),
    )
}

/// Closes the socket without an answer. Where the server cannot, the answer breaks off.
pub(super) fn hang_up() -> Response {
    let broken = futures::stream::once(async { Err::<Bytes, _>(io::Error::other("hung up on purpose")) });
    let mut response = Response::new(Body::from_stream(broken));
    response.extensions_mut().insert(HangUp);
    response
}

/// Text for HTML.
pub(super) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            other => escaped.push(other),
        }
    }
    escaped
}
