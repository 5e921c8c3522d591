//! Stands for the provider: answers creates as HubSpot does, as fast as it can, and enforces nothing.
//!
//! It does not refuse an e-mail address it has seen, so that a duplicate is *counted* instead of hidden. Companies are
//! answered and only counted: they are the earlier steps of longer workflows. Its rate
//! headers give everybody a large allowance. Latency and faults can be asked for.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Path, State};
use axum::http::{StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, put};
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
    /// Do every n-th create and lose the answer
    #[arg(long)]
    lose_every: Option<u64>,
}

/// What the target saw. Times are microseconds since 1970.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Seen {
    pub creates: u64,
    pub distinct: u64,
    pub duplicated: u64,
    pub other_calls: u64,
    pub lost_answers: u64,
    pub refused: u64,
    pub last_at: u64,
    /// From the moment the load began to send the event until its create arrived here.
    pub end_to_end: Quantiles,
}

struct Target {
    latency: Duration,
    fail_every: Option<u64>,
    lose_every: Option<u64>,
    /// Everything is answered 503.
    is_down: AtomicBool,
    book: Mutex<Book>,
}

#[derive(Default)]
struct Book {
    by_email: HashMap<String, u64>,
    /// What was created, where answers are lost: it is asked for then.
    contacts: HashMap<String, Value>,
    attempts: u64,
    lost_answers: u64,
    /// Calls while it was down.
    refused: u64,
    creates: u64,
    other_calls: u64,
    last_at: u64,
    end_to_end: Vec<u64>,
    /// The same by the first letter of the address.
    by_label: HashMap<char, Vec<u64>>,
}

pub async fn serve(options: Options) -> anyhow::Result<()> {
    let target = Arc::new(Target {
        latency: Duration::from_millis(options.latency_ms),
        fail_every: options.fail_every,
        lose_every: options.lose_every,
        is_down: AtomicBool::new(false),
        book: Mutex::default(),
    });
    let app = Router::new()
        .route("/_seen", get(seen).delete(forget))
        .route("/_times/{label}/{from}", get(times))
        .route("/_down", put(go_down).delete(come_back))
        .fallback(answer)
        .with_state(target);
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
        lost_answers: book.lost_answers,
        refused: book.refused,
        last_at: book.last_at,
        end_to_end: Quantiles::of(book.end_to_end.clone()),
    })
}

/// How many events of a label have come, and how long those after a number took from sending to arrival.
async fn times(
    State(target): State<Arc<Target>>,
    Path((label, from)): Path<(char, usize)>,
) -> axum::Json<(usize, Vec<u64>)> {
    let book = target.book.lock();
    let times = book.by_label.get(&label).map_or(&[][..], Vec::as_slice);
    axum::Json((times.len(), times.get(from..).unwrap_or_default().to_vec()))
}

async fn forget(State(target): State<Arc<Target>>) -> StatusCode {
    *target.book.lock() = Book::default();
    StatusCode::NO_CONTENT
}

async fn go_down(State(target): State<Arc<Target>>) {
    target.is_down.store(true, Ordering::SeqCst);
}

async fn come_back(State(target): State<Arc<Target>>) {
    target.is_down.store(false, Ordering::SeqCst);
}

async fn answer(State(target): State<Arc<Target>>, uri: Uri, body: Bytes) -> Response {
    let now = clock::micros();
    if !target.latency.is_zero() {
        tokio::time::sleep(target.latency).await;
    }
    if target.is_down.load(Ordering::SeqCst) {
        target.book.lock().refused += 1;
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    }
    if uri.path().ends_with("/contacts") {
        return create(&target, now, &body);
    }
    let number = {
        let mut book = target.book.lock();
        book.other_calls += 1;
        book.other_calls
    };
    if let Some((_, email)) = uri.path().split_once("/contacts/") {
        let email = email.replace("%40", "@");
        return match target.book.lock().contacts.get(&email) {
            Some(contact) => axum::Json(contact.clone()).into_response(),
            None => StatusCode::NOT_FOUND.into_response(),
        };
    }
    if !uri.path().ends_with("/companies") {
        return StatusCode::NOT_FOUND.into_response();
    }
    match serde_json::from_slice::<Value>(&body) {
        Ok(mut body) => created(record(number, now, body["properties"].take())),
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
    let mut book = target.book.lock();
    book.attempts += 1;
    let is_nth = |n: Option<u64>| n.is_some_and(|n| book.attempts.is_multiple_of(n));
    if is_nth(target.fail_every) {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    }
    let is_lost = is_nth(target.lose_every);
    book.creates += 1;
    book.last_at = now;
    if let Some(sent) = sent_at(&email) {
        let took = now.saturating_sub(sent);
        book.end_to_end.push(took);
        if let Some(label) = email.chars().next() {
            book.by_label.entry(label).or_default().push(took);
        }
    }
    let contact = record(book.creates, now, body["properties"].take());
    if target.lose_every.is_some() {
        book.contacts.entry(email.clone()).or_insert_with(|| contact.clone());
    }
    *book.by_email.entry(email).or_default() += 1;
    if is_lost {
        book.lost_answers += 1;
        let cut = futures::stream::once(std::future::ready(Err::<Bytes, _>(std::io::Error::other("lost"))));
        return (StatusCode::CREATED, Body::from_stream(cut)).into_response();
    }
    drop(book);
    created(contact)
}

fn created(record: Value) -> Response {
    const ALLOWANCE: [(&str, &str); 3] = [
        ("x-hubspot-ratelimit-max", "1000000"),
        ("x-hubspot-ratelimit-remaining", "999999"),
        ("x-hubspot-ratelimit-interval-milliseconds", "10000"),
    ];
    (StatusCode::CREATED, ALLOWANCE, axum::Json(record)).into_response()
}

fn record(id: u64, at: u64, properties: Value) -> Value {
    let at = jiff::Timestamp::from_microsecond(at as i64).unwrap_or_default().to_string();
    json!({"id": id.to_string(), "properties": properties, "createdAt": at, "updatedAt": at, "archived": false})
}

/// The load writes the moment of sending into the address: `n.<micros>@…`.
fn sent_at(email: &str) -> Option<u64> {
    email.split('@').next()?.rsplit('.').next()?.parse().ok()
}
