//! Stands for the provider: answers creates as HubSpot does, as fast as it can, and enforces nothing.
//!
//! It does not refuse an e-mail address it has seen, so that a duplicate is *counted* instead of hidden. Companies are
//! answered and only counted: they are the earlier steps of longer workflows. Its rate
//! headers give everybody a large allowance. Latency and faults can be asked for.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use clap::Args;
use parking_lot::Mutex;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::clock;
use crate::measure::Quantiles;

#[derive(Args)]
pub struct Options {
    #[arg(long)]
    listen: SocketAddr,
    /// Wait this long before each answer
    #[arg(long, default_value_t = 0)]
    latency_ms: u64,
    /// Answer every n-th create with 500, without having done it
    #[arg(long)]
    fail_every: Option<u64>,
}

/// What the target saw. Times are microseconds since 1970.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Seen {
    pub creates: u64,
    pub distinct: u64,
    pub duplicated: u64,
    pub other_calls: u64,
    pub last_at: u64,
    /// From the moment the load began to send the event until its create arrived here.
    pub end_to_end: Quantiles,
}

struct Target {
    latency: Duration,
    fail_every: Option<u64>,
    book: Mutex<Book>,
}

#[derive(Default)]
struct Book {
    by_email: HashMap<String, (u64, u32)>,
    attempts: u64,
    creates: u64,
    other_calls: u64,
    last_at: u64,
    end_to_end: Vec<u64>,
}

pub async fn serve(options: Options) -> anyhow::Result<()> {
    let target = Arc::new(Target {
        latency: Duration::from_millis(options.latency_ms),
        fail_every: options.fail_every,
        book: Mutex::default(),
    });
    let app = Router::new().route("/_seen", get(seen).delete(forget)).fallback(answer).with_state(target);
    let listener = tokio::net::TcpListener::bind(options.listen).await?;
    axum::serve(listener, app).await?;
    Ok(())
}

async fn seen(State(target): State<Arc<Target>>) -> axum::Json<Seen> {
    let book = target.book.lock();
    axum::Json(Seen {
        creates: book.creates,
        distinct: book.by_email.len() as u64,
        duplicated: book.creates - book.by_email.len() as u64,
        other_calls: book.other_calls,
        last_at: book.last_at,
        end_to_end: Quantiles::of(book.end_to_end.clone()),
    })
}

async fn forget(State(target): State<Arc<Target>>) -> StatusCode {
    *target.book.lock() = Book::default();
    StatusCode::NO_CONTENT
}

async fn answer(State(target): State<Arc<Target>>, uri: Uri, body: Bytes) -> Response {
    let now = clock::micros();
    if !target.latency.is_zero() {
        tokio::time::sleep(target.latency).await;
    }
    if uri.path().ends_with("/contacts") {
        return create(&target, now, &body);
    }
    let number = {
        let mut book = target.book.lock();
        book.other_calls += 1;
        book.other_calls
    };
    if uri.path().ends_with("/search") {
        return search(&target, &body);
    }
    if !uri.path().ends_with("/companies") {
        return StatusCode::NOT_FOUND.into_response();
    }
    match serde_json::from_slice::<Value>(&body) {
        Ok(mut body) => record(StatusCode::CREATED, number, body["properties"].take()),
        Err(_) => StatusCode::BAD_REQUEST.into_response(),
    }
}

fn create(target: &Target, now: u64, body: &[u8]) -> Response {
    let Ok(mut body) = serde_json::from_slice::<Value>(body) else {
        return StatusCode::BAD_REQUEST.into_response();
    };
    let Some(email) = body["properties"]["email"].as_str().map(str::to_owned) else {
        return StatusCode::BAD_REQUEST.into_response();
    };
    let id = {
        let mut book = target.book.lock();
        book.attempts += 1;
        if target.fail_every.is_some_and(|n| book.attempts.is_multiple_of(n)) {
            return StatusCode::INTERNAL_SERVER_ERROR.into_response();
        }
        book.creates += 1;
        book.last_at = now;
        if let Some(sent) = sent_at(&email) {
            book.end_to_end.push(now.saturating_sub(sent));
        }
        let id = book.creates;
        book.by_email.entry(email).or_insert((id, 0)).1 += 1;
        id
    };
    record(StatusCode::CREATED, id, body["properties"].take())
}

/// What an interpreter asks when it must know whether a create happened.
fn search(target: &Target, body: &[u8]) -> Response {
    let text = String::from_utf8_lossy(body);
    let book = target.book.lock();
    let results: Vec<Value> = book
        .by_email
        .iter()
        .filter(|(email, _)| text.contains(email.as_str()))
        .map(|(email, (id, _))| json!({"id": id.to_string(), "properties": {"email": email}}))
        .collect();
    axum::Json(json!({"total": results.len(), "results": results})).into_response()
}

fn record(status: StatusCode, id: u64, properties: Value) -> Response {
    const ALLOWANCE: [(&str, &str); 3] = [
        ("x-hubspot-ratelimit-max", "1000000"),
        ("x-hubspot-ratelimit-remaining", "999999"),
        ("x-hubspot-ratelimit-interval-milliseconds", "10000"),
    ];
    let at = "2026-11-25T00:00:00.000Z";
    let body =
        json!({"id": id.to_string(), "properties": properties, "createdAt": at, "updatedAt": at, "archived": false});
    (status, ALLOWANCE, axum::Json(body)).into_response()
}

/// The load writes the moment of sending into the address: `n.<micros>@…`.
fn sent_at(email: &str) -> Option<u64> {
    email.split('@').next()?.rsplit('.').next()?.parse().ok()
}
