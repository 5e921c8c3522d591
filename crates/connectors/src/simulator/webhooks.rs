//! Webhooks that the simulator sends when records change: signed as the provider signs, gathered in
//! batches, sent again when they were not taken, and twice when told so.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Bytes;
use axum::extract::State as Shown;
use axum::response::Response;
use http::HeaderMap;
use http::header::{CONTENT_TYPE, HeaderName, HeaderValue};
use linchpin_domain::Timestamp;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::reply::json_reply;
use super::state::{Shared, State};
use crate::manifest::RecordChange;
use crate::shape::text_of;

/// Deliveries kept for looking at.
const KEPT: usize = 200;
/// How long the receiver may take, as at the provider.
const PATIENCE: Duration = Duration::from_secs(5);

/// Where webhooks go, and how. Set at the admin door.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Target {
    url: String,
    /// What signs them: the app's client secret, or the provider's own for webhooks.
    #[serde(skip_serializing)]
    secret: String,
    /// Sends every batch that was taken once more.
    #[serde(default)]
    duplicates: bool,
    /// How long events are gathered into one batch.
    #[serde(default = "soon")]
    gather_ms: u64,
    /// How long after a failure a batch is sent again.
    #[serde(default = "second")]
    retry_ms: u64,
    /// How often at most.
    #[serde(default = "ten")]
    attempts: u32,
}

fn soon() -> u64 {
    20
}

fn second() -> u64 {
    1_000
}

fn ten() -> u32 {
    10
}

/// An event that waits to be sent.
#[derive(Debug, Clone)]
enum Event {
    /// Of a change: the trigger, and the values of its shape.
    Change(String, Map<String, Value>),
    /// Given at the admin door, sent as it is.
    Given(Value),
}

/// One request that was made.
#[derive(Debug, Clone, Serialize)]
struct Delivery {
    at: Timestamp,
    events: usize,
    attempt: u32,
    /// Status; 0 when no answer came.
    status: u16,
}

/// What waits and what was sent.
#[derive(Debug, Default)]
pub(super) struct Webhooks {
    target: Option<Target>,
    waiting: VecDeque<Event>,
    sent: VecDeque<Delivery>,
    next_event: u64,
    /// Whether a task is about to send what waits.
    flushing: bool,
}

impl Webhooks {
    pub(super) fn new(target: Option<&(String, SecretString)>) -> Self {
        let target = target.map(|(url, secret)| Target {
            url: url.clone(),
            secret: secret.expose_secret().to_owned(),
            duplicates: false,
            gather_ms: soon(),
            retry_ms: second(),
            attempts: ten(),
        });
        Self { target, ..Self::default() }
    }
}

/// A change of a record, for those who subscribe to it.
pub(super) struct Changed<'a> {
    pub account: usize,
    pub resource: &'a str,
    pub on: RecordChange,
    pub id: u64,
    /// The field that changed, and its value.
    pub field: Option<(&'a str, &'a Value)>,
    /// The record's values, and itself as it is answered.
    pub values: &'a Map<String, Value>,
    pub at: Timestamp,
}

/// Notes a change: every trigger of the manifest that stands for it becomes an event.
pub(super) fn note(shared: &Shared, state: &mut State, changed: &Changed<'_>) {
    if state.webhooks.target.is_none() {
        return;
    }
    for (index, (name, trigger)) in shared.manifest.triggers.iter().enumerate() {
        let Some(rule) = &trigger.webhook else { continue };
        let simulate = rule.simulate.as_ref();
        let Some(simulate) = simulate.filter(|one| one.resource == changed.resource && one.on == changed.on) else {
            continue;
        };
        state.webhooks.next_event += 1;
        let mut values = shared.about(changed.account);
        if simulate.event.is_some() {
            values.extend(changed.values.clone());
        }
        let change = match changed.on {
            RecordChange::Created => "CREATED",
            RecordChange::FieldChanged => "UPDATED",
            RecordChange::Deleted => "DELETED",
        };
        values.insert("type".into(), rule.when.values().next().cloned().unwrap_or_default().into());
        values.insert("eventId".into(), state.webhooks.next_event.into());
        values.insert("subscriptionId".into(), (index as u64 + 1).into());
        values.insert("occurredAt".into(), changed.at.as_millis().into());
        values.insert("occurredAtSeconds".into(), (changed.at.as_millis() / 1_000).into());
        values.insert("recordId".into(), changed.id.into());
        values.insert("change".into(), change.into());
        if let Some((field, value)) = changed.field {
            values.insert("field".into(), field.into());
            values.insert("value".into(), value.clone());
        }
        state.webhooks.waiting.push_back(Event::Change(name.clone(), values));
    }
}

/// Sends what waits, after a moment in which more may come.
pub(super) fn flush(shared: &Arc<Shared>) {
    let gather = {
        let mut state = shared.state.lock();
        let webhooks = &mut state.webhooks;
        let Some(gather) = webhooks.target.as_ref().map(|target| target.gather_ms) else { return };
        if webhooks.flushing || webhooks.waiting.is_empty() {
            return;
        }
        webhooks.flushing = true;
        Duration::from_millis(gather)
    };
    let shared = Arc::clone(shared);
    let batches = shared.manifest.webhooks.as_ref().is_some_and(|webhooks| webhooks.list.is_some());
    let most = if batches { shared.simulator.max_webhook_events as usize } else { 1 };
    tokio::spawn(async move {
        tokio::time::sleep(gather).await;
        loop {
            let batch = {
                let mut state = shared.state.lock();
                let webhooks = &mut state.webhooks;
                let count = webhooks.waiting.len().min(most);
                let events: Vec<Event> = webhooks.waiting.drain(..count).collect();
                match &webhooks.target {
                    Some(target) if !events.is_empty() => (target.clone(), events),
                    _ => {
                        webhooks.flushing = false;
                        return;
                    }
                }
            };
            tokio::spawn(deliver(Arc::clone(&shared), batch.0, batch.1));
        }
    });
}

/// Sends one batch until it is taken.
async fn deliver(shared: Arc<Shared>, target: Target, events: Vec<Event>) {
    // Not the client of connectors: this one stands for the provider, and calls whom the admin named.
    let client = reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none()).timeout(PATIENCE);
    let Ok(client) = client.build() else { return };
    for attempt in 0..target.attempts {
        if attempt > 0 {
            tokio::time::sleep(Duration::from_millis(target.retry_ms)).await;
        }
        if send(&shared, &client, &target, &events, attempt).await {
            if target.duplicates {
                send(&shared, &client, &target, &events, attempt).await;
            }
            return;
        }
    }
}

async fn send(shared: &Shared, client: &reqwest::Client, target: &Target, events: &[Event], attempt: u32) -> bool {
    let Some(webhooks) = &shared.manifest.webhooks else { return true };
    let mut list: Vec<Value> = events.iter().filter_map(|event| filled(shared, event, attempt)).collect();
    let mut own = HeaderMap::new();
    if !webhooks.headers.is_empty() {
        for event in &mut list {
            for (name, value) in event["headers"].as_object().into_iter().flatten() {
                if let (Ok(name), Ok(value)) =
                    (HeaderName::try_from(name.as_str()), HeaderValue::try_from(&*text_of(value)))
                {
                    own.insert(name, value);
                }
            }
            *event = event["body"].take();
        }
    }
    let body = match webhooks.list.as_deref() {
        Some(_) => Value::Array(list),
        None => list.pop().unwrap_or_default(),
    };
    let body = serde_json::to_vec(&body).expect("a JSON value is JSON");
    let now = shared.clock.now();
    let signed = webhooks.signature.sign(target.secret.as_bytes(), "POST", &target.url, &body, now);
    let request =
        client.post(&target.url).headers(own).headers(signed).header(CONTENT_TYPE, "application/json").body(body);
    let status = request.send().await.map_or(0, |answer| answer.status().as_u16());
    let mut state = shared.state.lock();
    if state.webhooks.sent.len() == KEPT {
        state.webhooks.sent.pop_front();
    }
    state.webhooks.sent.push_back(Delivery { at: now, events: events.len(), attempt, status });
    (200..300).contains(&status)
}

fn filled(shared: &Shared, event: &Event, attempt: u32) -> Option<Value> {
    match event {
        Event::Given(event) => Some(event.clone()),
        Event::Change(trigger, values) => {
            let mut values = values.clone();
            values.insert("attempt".into(), attempt.into());
            let own = shared.manifest.triggers.get(trigger)?.webhook.as_ref()?.simulate.as_ref()?.event.as_ref();
            own.or(shared.simulator.webhook_event.as_ref())?.fill(&values)
        }
    }
}

/// `POST /_simulator/webhooks`: where webhooks go from now on.
pub(super) async fn set(Shown(shared): Shown<Arc<Shared>>, body: Bytes) -> Response {
    if shared.manifest.webhooks.is_none() {
        return json_reply(400, &json!({"message": format!("{} sends no webhooks", shared.manifest.name)}));
    }
    match serde_json::from_slice::<Target>(&body) {
        Ok(target) => {
            shared.state.lock().webhooks.target = Some(target);
            view(&shared)
        }
        Err(error) => json_reply(400, &json!({"message": format!("this target is not understood: {error}")})),
    }
}

/// `GET /_simulator/webhooks`: the target, what waits, what was sent.
pub(super) async fn show(Shown(shared): Shown<Arc<Shared>>) -> Response {
    view(&shared)
}

/// `DELETE /_simulator/webhooks`: none from now on.
pub(super) async fn remove(Shown(shared): Shown<Arc<Shared>>) -> Response {
    shared.state.lock().webhooks = Webhooks::default();
    view(&shared)
}

/// `POST /_simulator/webhooks/events`: a list of events that are sent as they are.
pub(super) async fn give(Shown(shared): Shown<Arc<Shared>>, body: Bytes) -> Response {
    let events: Vec<Value> = match serde_json::from_slice(&body) {
        Ok(events) => events,
        Err(error) => return json_reply(400, &json!({"message": format!("a list of events is expected: {error}")})),
    };
    shared.state.lock().webhooks.waiting.extend(events.into_iter().map(Event::Given));
    flush(&shared);
    view(&shared)
}

fn view(shared: &Shared) -> Response {
    let state = shared.state.lock();
    let webhooks = &state.webhooks;
    json_reply(200, &json!({"target": webhooks.target, "waiting": webhooks.waiting.len(), "sent": webhooks.sent}))
}
