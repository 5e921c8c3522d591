//! Calls of actions: find, fail on demand, authenticate, limit, perform.

use std::sync::Arc;
use std::time::Duration;

use axum::body::to_bytes;
use axum::extract::{Request, State};
use axum::response::Response;
use http::header::{AUTHORIZATION, CONTENT_TYPE};
use http::{HeaderMap, HeaderName, HeaderValue};
use serde_json::{Map, Value, json};

use super::batch;
use super::documents;
use super::effect::{Asked, Done, perform};
use super::faults::{Fault, FaultKind};
use super::grants::Grant;
use super::hooks::{self, HOOK};
use super::keys;
use super::log::Entry;
use super::reply::{Refusal, hang_up, json_reply, no_content, not_modelled, refuse};
use super::route::{ACCOUNT, Route, SOURCE};
use super::state::{Shared, State as Held};
use crate::form;
use crate::manifest::{ACCOUNT as ACCOUNT_VALUES, BodyKind, Request as RequestRule};
use crate::shape::{Pattern, Shape};

/// The largest body that is read.
const MAX_BODY: usize = 10 * 1024 * 1024;

/// Answers a call of an action, or says that there is none.
pub(super) async fn call(State(shared): State<Arc<Shared>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let (method, path) = (parts.method.as_str(), parts.uri.path());
    let query = parts.uri.query().unwrap_or_default();
    let mut found = shared.routes.find(method, path);
    let Some((mut route, mut captured)) = found.first().cloned() else {
        // An unknown path under the provider's sign-in may hold a token: it is not kept.
        let shown = if path.contains("/oauth") { "/oauth/…" } else { path };
        log(&shared, "not modelled", method, shown.to_owned(), None, None, 501);
        return not_modelled(&format!("{method} {shown}"));
    };
    let (struck, latency) = {
        let mut state = shared.state.lock();
        (state.faults.strike(method, path, true), state.faults.latency_ms)
    };
    if latency > 0 {
        tokio::time::sleep(Duration::from_millis(latency)).await;
    }
    let shown = shown(&shared, path, query);
    let action = Some(route.action.clone());
    let action = action.as_deref();
    match &struck {
        Some(Fault { kind: FaultKind::DropBefore, .. }) => {
            log(&shared, &route.class, method, shown, action, None, 0);
            return hang_up();
        }
        Some(fault @ Fault { kind: FaultKind::Status, .. }) => {
            let status = fault.status.unwrap_or(500);
            log(&shared, &route.class, method, shown, action, None, status);
            return forced(&shared, status, fault.retry_after_seconds);
        }
        _ => {}
    }
    let kind = parts.headers.get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let form = kind.starts_with("application/x-www-form-urlencoded") || shared.body_kind(route) == BodyKind::Form;
    let read = match to_bytes(body, MAX_BODY).await {
        Ok(body) if body.is_empty() => Ok(Value::Null),
        Ok(body) if form => Ok(form::read(&body)),
        Ok(body) => serde_json::from_slice(&body).map_err(|error| error.to_string()),
        Err(_) => Err("too large".to_owned()),
    };
    let body = match read {
        Ok(body) => body,
        Err(reason) => {
            log(&shared, &route.class, method, shown, action, None, 400);
            return refuse(&shared, Refusal::new("invalidBody", json!({"reason": reason})), None);
        }
    };
    // Of several actions with this path the one is meant that has a place for all of the request.
    let fitting = found.iter().enumerate().filter(|(_, (one, _))| shared.has_place(one, query, &body));
    // The last of equals counts for `max_by_key`; the first one is meant.
    let meant = fitting.rev().max_by_key(|(_, (one, _))| shared.says(one)).map(|(index, _)| index);
    if let Some(index) = meant {
        (route, captured) = found.swap_remove(index);
    }
    let (mut response, account) = answer(&shared, route, captured, query, &parts.headers, &body);
    super::webhooks::flush(&shared);
    hooks::flush(&shared);
    let mut status = response.status().as_u16();
    if struck.is_some_and(|fault| fault.kind == FaultKind::DropAfter) {
        response = hang_up();
        status = 0;
    }
    log(&shared, &route.class, method, shown, Some(&route.action), account, status);
    response
}

fn log(
    shared: &Shared,
    class: &str,
    method: &str,
    path: String,
    action: Option<&str>,
    account: Option<usize>,
    status: u16,
) {
    let entry = Entry {
        at: shared.clock.now(),
        method: method.to_owned(),
        path,
        action: action.map(str::to_owned),
        status,
        account: account.and_then(|index| Some(shared.simulator.accounts.get(index)?.id.clone())),
    };
    shared.state.lock().log.add(class, entry);
}

/// The answer of a fault that was set.
pub(super) fn forced(shared: &Shared, status: u16, retry_after: Option<u64>) -> Response {
    let quota = shared.manifest.quotas.first();
    let values = json!({
        "quota": quota.map(|quota| quota.name.clone()),
        "policy": quota.and_then(|quota| quota.policy.clone()),
        "seconds": 1, "scopes": [], "id": "0", "title": "Record",
    });
    let name = match status {
        401 => "expiredToken",
        403 => "missingScope",
        404 => "notFound",
        409 => "conflict",
        429 => "rateLimited",
        _ => "serverFault",
    };
    let mut refusal = Refusal::new(name, values);
    refusal.retry_after = retry_after;
    refuse(shared, refusal, Some(status))
}

fn answer(
    shared: &Shared,
    route: &Route,
    captured: Map<String, Value>,
    query: &str,
    headers: &HeaderMap,
    body: &Value,
) -> (Response, Option<usize>) {
    let now = shared.clock.now();
    let mut state = shared.state.lock();
    let state = &mut *state;
    let grant = match authenticate(shared, state, headers, query) {
        Ok(grant) => grant,
        Err(refusal) => return (refuse(shared, refusal, None), None),
    };
    let account = grant.account;
    let mut limits = HeaderMap::new();
    if let Err(refusal) = count(shared, state, &route.action, account, &mut limits) {
        let mut response = refuse(shared, refusal, None);
        response.headers_mut().extend(limits);
        return (response, Some(account));
    }
    let mut response = if route.action == ACCOUNT {
        let shape = shared.simulator.account.as_ref();
        json_reply(200, &shape.and_then(|shape| shape.fill(&shared.about(account))).unwrap_or_default())
    } else if route.action.starts_with(HOOK) {
        hooks::answer(shared, state, &route.action, captured, body, account)
    } else if let Some(source) = route.action.strip_prefix(SOURCE) {
        list(shared, route, source, &grant)
    } else {
        act(shared, state, route, captured, query, &grant, body, now)
    };
    response.headers_mut().extend(limits);
    (response, Some(account))
}

/// A data source's list.
fn list(shared: &Shared, route: &Route, source: &str, grant: &Grant) -> Response {
    let scopes = shared.manifest.data_sources.get(source).map(|source| source.scopes.as_slice()).unwrap_or_default();
    let missing: Vec<_> = scopes.iter().filter(|scope| !grant.scopes.contains(scope)).collect();
    if !missing.is_empty() {
        return refuse(shared, Refusal::new("missingScope", json!({"scopes": missing})), None);
    }
    match shared.simulator.data_sources.get(source) {
        Some(answer) => json_reply(200, answer),
        None => not_modelled(&route.class),
    }
}

fn authenticate(shared: &Shared, state: &Held, headers: &HeaderMap, query: &str) -> Result<Grant, Refusal> {
    let none = || Refusal::new("noToken", Value::Null);
    if let Some(grant) = keys::account(shared, headers, query) {
        return if state.faults.revoked_keys { Err(none()) } else { Ok(grant) };
    }
    let open = shared.manifest.methods().any(|(_, method)| method.open);
    if open && !headers.contains_key(AUTHORIZATION) && !keys::carried(shared, headers, query) {
        return Ok(shared.everything.clone());
    }
    let mut token = None;
    for (_, method) in shared.manifest.methods() {
        let oauth2 = method.oauth2.as_ref().map(|one| (&one.token_header, &one.token_prefix));
        let credentials = method.client_credentials.as_ref().map(|one| (&one.token_header, &one.token_prefix));
        let Some((header, prefix)) = oauth2.or(credentials) else { continue };
        let held = headers.get(header.as_str()).and_then(|value| value.to_str().ok()).unwrap_or_default();
        // The scheme's case does not matter.
        let scheme = held.get(..prefix.len()).filter(|start| start.eq_ignore_ascii_case(prefix));
        token = token.or(scheme.map(|_| held[prefix.len()..].trim()).filter(|token| !token.is_empty()));
    }
    let Some(token) = token else { return Err(none()) };
    let expired = |at| {
        let ago = shared.clock.now().since(at).as_secs();
        Err(Refusal::new("expiredToken", json!({"seconds": ago})))
    };
    match state.grants.access(token) {
        Some(access) if shared.clock.now() < access.expires_at => Ok(access.grant.clone()),
        Some(access) => expired(access.expires_at),
        None if shared.options.accept_any_token => {
            state.grants.trusted_expired_at().map_or_else(|| Ok(shared.everything.clone()), expired)
        }
        None => Err(none()),
    }
}

/// A path as the list of calls shows it: without keys.
fn shown(shared: &Shared, path: &str, query: &str) -> String {
    let keys: Vec<String> = keys::parameters(shared).collect();
    let kept: Vec<&str> = query
        .split('&')
        .filter(|pair| !pair.is_empty() && !keys.iter().any(|key| key == pair.split('=').next().unwrap_or_default()))
        .collect();
    if kept.is_empty() { path.to_owned() } else { format!("{path}?{}", kept.join("&")) }
}

/// Counts the call against every quota it falls under, and reports them in headers.
fn count(
    shared: &Shared,
    state: &mut Held,
    action: &str,
    account: usize,
    headers: &mut HeaderMap,
) -> Result<(), Refusal> {
    for (index, quota) in shared.manifest.quotas.iter().enumerate().filter(|(_, quota)| quota.counts(action)) {
        let Some(limit) = state.faults.limit(index, quota) else { continue };
        let taken = state.quotas.take(account, index, limit, shared.clock.now());
        if let Some(names) = &quota.headers {
            let values = [
                (&names.max, u64::from(limit.max)),
                (&names.remaining, u64::from(*taken.as_ref().unwrap_or(&0))),
                (&names.interval_ms, limit.per_ms),
            ];
            for (name, value) in values {
                if let Ok(name) = HeaderName::try_from(name.as_str()) {
                    headers.insert(name, HeaderValue::from(value));
                }
            }
        }
        if taken.is_err() {
            let values = json!({"quota": quota.name, "policy": state.faults.policy(index, quota)});
            return Err(Refusal::new("rateLimited", values));
        }
    }
    Ok(())
}

#[expect(clippy::too_many_arguments, reason = "one call site; the parts of a request and the state it works on")]
fn act(
    shared: &Shared,
    state: &mut Held,
    route: &Route,
    mut values: Map<String, Value>,
    query: &str,
    grant: &Grant,
    body: &Value,
    now: linchpin_domain::Timestamp,
) -> Response {
    let Some(action) = shared.manifest.actions.get(&route.action) else {
        return not_modelled(&route.class);
    };
    let missing: Vec<_> = action.scopes.iter().filter(|scope| !grant.scopes.contains(scope)).collect();
    if !missing.is_empty() {
        return refuse(shared, Refusal::new("missingScope", json!({"scopes": missing})), None);
    }
    let Some(rule) = shared.request(route) else { return not_modelled(&route.class) };
    if let Err(what) = read_query(shared, rule, query, &mut values) {
        return not_modelled(&format!("{} with {what}", route.class));
    }
    let mut inputs = None;
    if let Some(shape) = &rule.body {
        if let Some(what) = shape.unknown_part(body) {
            return not_modelled(&format!("{} with {what} in the body", route.class));
        }
        shape.capture(body, &mut values);
        inputs = shape.capture_batch(body);
    }
    if action.request.path_from.is_some() {
        return documents::answer(shared, &mut state.documents, action, values, body, grant.account);
    }
    // What a request holds of the account itself is no input.
    values.retain(|name, _| !name.starts_with(ACCOUNT_VALUES));
    if route.batch {
        return batch::answer(shared, state, route, batch::Whole { action, values, account: grant.account, now });
    }
    let asked = Asked { name: &route.action, action, values, batch: inputs, account: grant.account, now };
    match perform(shared, state, asked) {
        Ok(Done { status: 204, .. }) => no_content(),
        Ok(Done { status, body }) => json_reply(status, &body),
        Err(refusal) => refuse(shared, refusal, None),
    }
}

impl Shared {
    /// How much of its request an action says itself.
    fn says(&self, route: &Route) -> usize {
        let Some(rule) = self.request(route) else { return 0 };
        let query: usize = rule.query.values().map(Pattern::literals).sum();
        route.literals() + query + rule.body.as_ref().map_or(0, Shape::literals)
    }

    /// Whether an action has a place for all of a request, and the request has all that the action says.
    fn has_place(&self, route: &Route, query: &str, body: &Value) -> bool {
        let Some(rule) = self.request(route) else { return true };
        let given: Vec<_> = url::form_urlencoded::parse(query.as_bytes()).map(|(name, _)| name).collect();
        read_query(self, rule, query, &mut Map::new()).is_ok()
            && rule.query.iter().all(|(name, value)| value.literals() == 0 || given.iter().any(|one| one == name))
            && match &rule.body {
                Some(shape) => shape.unknown_part(body).is_none() && shape.is_said_in(Some(body)),
                None => body.is_null() || rule.body_from.is_some(),
            }
    }
}

/// Query parameters by the names of the inputs that they carry.
fn read_query(shared: &Shared, rule: &RequestRule, query: &str, values: &mut Map<String, Value>) -> Result<(), String> {
    for (name, value) in url::form_urlencoded::parse(query.as_bytes()) {
        if keys::parameters(shared).any(|key| key == name) {
            continue;
        }
        let Some(pattern) = rule.query.get(name.as_ref()) else {
            if let Some(input) = &rule.query_from {
                let free = values.entry(input.clone()).or_insert_with(|| json!({}));
                free[name.as_ref()] = value.into();
                continue;
            }
            return Err(format!("the query parameter `{name}`"));
        };
        if !pattern.capture(&value, values) {
            return Err(format!("`{value}` as the query parameter `{name}`"));
        }
    }
    Ok(())
}
