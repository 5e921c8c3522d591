//! Hooks that clients make for one account: made, listed, renewed and removed by requests, and called when records
//! change, each with its own secret.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use axum::extract::State as Shown;
use axum::response::Response;
use http::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use linchpin_domain::Timestamp;
use linchpin_domain::http_request::RequestSpec;
use serde::Serialize;
use serde_json::{Map, Value, json};

use super::reply::{Refusal, json_reply, refuse};
use super::state::{Shared, State};
use super::webhooks::Changed;
use crate::manifest::{HookRule, Manifest, SimulatedHook};
use crate::shape::{Pattern, Shape};

/// What the pseudo-actions of hooks begin with.
pub(super) const HOOK: &str = "hook:";
/// How long the receiver may take.
const PATIENCE: Duration = Duration::from_secs(5);
/// Calls that are kept for looking at.
const KEPT: usize = 200;

/// A hook.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
struct Hook {
    number: u64,
    id: String,
    trigger: String,
    account: usize,
    url: String,
    name: String,
    expires_at: Option<Timestamp>,
    #[serde(skip)]
    secret: String,
    #[serde(skip)]
    inputs: Map<String, Value>,
}

/// A call that was made.
#[derive(Debug, Clone, Serialize)]
struct Call {
    id: String,
    /// Status; 0 when no answer came.
    status: u16,
}

/// The hooks of all accounts.
#[derive(Debug, Default)]
pub(super) struct Hooks {
    held: BTreeMap<u64, Hook>,
    next: u64,
    waiting: Vec<(u64, Map<String, Value>)>,
    sent: VecDeque<Call>,
}

/// A request of a rule as a route: its name, method, and path.
pub(super) fn routes(manifest: &Manifest) -> Vec<(String, String, Pattern)> {
    let mut routes = Vec::new();
    for (name, trigger) in &manifest.triggers {
        let Some(rule) = trigger.hook.as_ref().filter(|rule| rule.simulate.is_some()) else { continue };
        for (verb, request) in requests(rule) {
            let path = request.url.split('?').next().unwrap_or_default();
            if let Ok(pattern) = Pattern::parse(&placeholders(path)) {
                routes.push((format!("{HOOK}{verb}:{name}"), request.method.to_ascii_uppercase(), pattern));
            }
        }
    }
    routes
}

fn requests(rule: &HookRule) -> Vec<(&'static str, &RequestSpec)> {
    let mut requests = vec![("make", &rule.register.request), ("remove", &rule.register.remove)];
    requests.extend(rule.register.find.as_ref().map(|find| ("list", &find.request)));
    requests.extend(rule.secret.as_ref().map(|secret| ("secret", &secret.request)));
    requests.extend(rule.renew.as_ref().map(|renew| ("renew", renew)));
    requests
}

/// `{{ webhook.id }}` as `{webhook.id}`.
fn placeholders(text: &str) -> String {
    let (mut written, mut rest) = (String::new(), text);
    while let Some((before, after)) = rest.split_once("{{") {
        let Some((name, next)) = after.split_once("}}") else { break };
        written.push_str(before);
        written.push_str(&format!("{{{}}}", name.trim()));
        rest = next;
    }
    written.push_str(rest);
    written
}

/// A body with such placeholders.
fn shape(body: &Value) -> Option<Shape> {
    fn walk(value: &Value) -> Value {
        match value {
            Value::String(text) => placeholders(text).into(),
            Value::Array(items) => items.iter().map(walk).collect(),
            Value::Object(fields) => fields.iter().map(|(name, value)| (name.clone(), walk(value))).collect(),
            other => other.clone(),
        }
    }
    serde_json::from_value(walk(body)).ok()
}

/// Answers a request about hooks. Triggers may share a path: the one is meant whose request says what the body
/// says.
pub(super) fn answer(
    shared: &Shared,
    state: &mut State,
    found: &str,
    captured: Map<String, Value>,
    body: &Value,
    account: usize,
) -> Response {
    let Some((verb, first)) = found.strip_prefix(HOOK).and_then(|rest| rest.split_once(':')) else {
        return json_reply(500, &Value::Null);
    };
    let rule_of = |name: &str| shared.manifest.triggers.get(name).and_then(|trigger| trigger.hook.as_ref());
    let request_of = |rule: &HookRule| {
        requests(rule).into_iter().find(|(known, _)| *known == verb).map(|(_, request)| request.clone())
    };
    let fits = |name: &&String| {
        let request = rule_of(name).and_then(request_of);
        let same =
            rule_of(first).and_then(request_of).map(|one| one.url) == request.as_ref().map(|one| one.url.clone());
        let said = request.as_ref().and_then(|one| one.body.as_ref()).and_then(shape);
        same && said.is_none_or(|said| said.is_said_in(Some(body)))
    };
    let name = shared.manifest.triggers.keys().find(fits).cloned().unwrap_or_else(|| first.to_owned());
    let Some((rule, simulate)) = rule_of(&name).and_then(|rule| Some((rule, rule.simulate.as_ref()?))) else {
        return json_reply(500, &Value::Null);
    };
    let mut values = captured;
    if let Some(shape) = request_of(rule).and_then(|request| shape(request.body.as_ref()?)) {
        shape.capture(body, &mut values);
    }
    let text = |name: &str| values.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    let now = shared.clock.now();
    let expires_at = simulate.lifetime_seconds.map(|seconds| now.plus(Duration::from_secs(seconds)));
    let hooks = &mut state.hooks;
    if verb == "make" {
        hooks.next += 1;
        let number = 100 + hooks.next;
        let id = Map::from_iter([("number".to_owned(), Value::from(number))]);
        let id = simulate.id.as_ref().and_then(|pattern| pattern.fill(&id)).unwrap_or_else(|| number.to_string());
        let inputs = values.iter().filter(|(name, _)| name.starts_with("inputs.")).map(|(n, v)| (n.clone(), v.clone()));
        let own = text("webhook.secret");
        let secret = if own.is_empty() { fresh(shared, rule) } else { own };
        let (url, name_of) = (text("webhook.url"), text("webhook.name"));
        let inputs = inputs.collect();
        let hook = Hook { number, id, trigger: name, account, url, name: name_of, expires_at, secret, inputs };
        let body = simulate.made.fill(&known(&hook)).unwrap_or_default();
        hooks.held.insert(number, hook);
        return json_reply(simulate.status, &body);
    }
    if verb == "list" {
        let mine = hooks.held.values().filter(|hook| hook.account == account);
        let shown: Vec<Value> = mine.filter_map(|hook| simulate.one.as_ref()?.fill(&known(hook))).collect();
        let values = Map::from_iter([("hooks".to_owned(), Value::Array(shown))]);
        return json_reply(200, &simulate.list.as_ref().and_then(|list| list.fill(&values)).unwrap_or_default());
    }
    let (id, own) = (text("webhook.id"), text("webhook.name"));
    let number = hooks
        .held
        .values()
        .find(|hook| hook.account == account && (hook.id == id || (!own.is_empty() && hook.name == own)));
    let Some(number) = number.map(|hook| hook.number) else {
        return refuse(shared, Refusal::new("notFound", json!({"id": id})), None);
    };
    if verb == "remove" {
        hooks.held.remove(&number);
        let mut response = Response::default();
        *response.status_mut() = http::StatusCode::NO_CONTENT;
        return response;
    }
    let Some(hook) = hooks.held.get_mut(&number) else { return json_reply(500, &Value::Null) };
    let said = if verb == "renew" {
        hook.expires_at = expires_at;
        simulate.renewed.as_ref()
    } else {
        simulate.secret.as_ref()
    };
    json_reply(200, &said.and_then(|shape| shape.fill(&known(hook))).unwrap_or_default())
}

fn fresh(shared: &Shared, rule: &HookRule) -> String {
    use base64::Engine as _;
    let text = format!("{:032x}", shared.clock.random());
    if rule.secret_in_base64 { base64::engine::general_purpose::STANDARD.encode(text) } else { text }
}

/// The values that shapes may hold.
fn known(hook: &Hook) -> Map<String, Value> {
    let mut values = hook.inputs.clone();
    values.insert("hookId".into(), hook.id.clone().into());
    values.insert("number".into(), hook.number.into());
    values.insert("url".into(), hook.url.clone().into());
    values.insert("name".into(), hook.name.clone().into());
    values.insert("secret".into(), hook.secret.clone().into());
    if let Some(at) = hook.expires_at {
        values.insert("expiresAt".into(), at.to_string().into());
        values.insert("expiresAtMs".into(), at.as_millis().into());
    }
    values
}

/// Notes a change for the hooks of its account.
pub(super) fn note(shared: &Shared, state: &mut State, changed: &Changed<'_>) {
    let hooks = &mut state.hooks;
    for hook in hooks.held.values() {
        let rule = shared.manifest.triggers.get(&hook.trigger).and_then(|trigger| trigger.hook.as_ref());
        let Some(simulate) = rule.and_then(|rule| rule.simulate.as_ref()) else { continue };
        let lives = hook.expires_at.is_none_or(|end| end > changed.at);
        let told = simulate.resource == changed.resource && simulate.on.contains(&changed.on);
        if hook.account == changed.account && lives && told {
            let mut values = shared.about(changed.account);
            values.extend(changed.values.clone());
            values.insert("occurredAt".into(), changed.at.to_string().into());
            values.extend(known(hook));
            hooks.waiting.push((hook.number, values));
        }
    }
}

/// Makes the calls that wait.
pub(super) fn flush(shared: &Arc<Shared>) {
    let waiting = std::mem::take(&mut shared.state.lock().hooks.waiting);
    if waiting.is_empty() {
        return;
    }
    let shared = Arc::clone(shared);
    tokio::spawn(async move {
        // Not the client of connectors: this one stands for the provider.
        let client = reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none());
        let Ok(client) = client.timeout(PATIENCE).build() else { return };
        for (number, values) in waiting {
            let hook = shared.state.lock().hooks.held.get(&number).cloned();
            let Some(hook) = hook else { continue };
            let Some((headers, body)) = call(&shared, &hook, &values) else { continue };
            let sent = client.post(&hook.url).headers(headers).body(body).send().await;
            let status = sent.map_or(0, |answer| answer.status().as_u16());
            let mut state = shared.state.lock();
            if state.hooks.sent.len() == KEPT {
                state.hooks.sent.pop_front();
            }
            state.hooks.sent.push_back(Call { id: hook.id, status });
        }
    });
}

/// Headers and body of a call.
fn call(shared: &Shared, hook: &Hook, values: &Map<String, Value>) -> Option<(HeaderMap, Vec<u8>)> {
    let rule: &HookRule = shared.manifest.triggers.get(&hook.trigger)?.hook.as_ref()?;
    let simulate: &SimulatedHook = rule.simulate.as_ref()?;
    let body = simulate.body.as_ref().and_then(|shape| shape.fill(values));
    let body = body.map_or_else(Vec::new, |body| serde_json::to_vec(&body).expect("a JSON value is JSON"));
    let mut headers = match (&rule.signature, rule.key(&hook.secret)) {
        (Some(signature), Some(key)) => signature.sign(&key, "POST", &hook.url, &body, shared.clock.now()),
        _ => HeaderMap::new(),
    };
    let own = simulate.headers.iter().filter_map(|(name, pattern)| Some((name.clone(), pattern.fill(values)?)));
    let token = rule.token.as_ref().map(|name| (name.clone(), hook.secret.clone()));
    for (name, value) in own.chain(token) {
        headers.insert(HeaderName::try_from(name).ok()?, HeaderValue::try_from(value).ok()?);
    }
    if !body.is_empty() {
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    }
    Some((headers, body))
}

/// `GET /_simulator/hooks`: which hooks there are, and which calls were made.
pub(super) async fn show(Shown(shared): Shown<Arc<Shared>>) -> Response {
    let state = shared.state.lock();
    let held: Vec<&Hook> = state.hooks.held.values().collect();
    json_reply(200, &json!({"hooks": held, "sent": state.hooks.sent}))
}
