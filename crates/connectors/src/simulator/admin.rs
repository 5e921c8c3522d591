//! The admin door: faults on demand, records and calls as they are. For this machine alone.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{ConnectInfo, Path, Request, State};
use axum::middleware::{self, Next};
use axum::response::Response;
use axum::routing::{delete, get, post};
use http::header::{HOST, ORIGIN};
use serde::Deserialize;
use serde_json::{Value, json};
use url::{Host, Url};

use super::faults::Change;
use super::grants::Grant;
use super::reply::json_reply;
use super::state::{LASTING, Shared};
use super::{hooks, webhooks};

pub(super) fn routes() -> Router<Arc<Shared>> {
    Router::new()
        .route("/records", delete(clear))
        .route("/records/{collection}", get(records))
        .route("/faults", get(faults).post(set_faults))
        .route("/requests", get(requests).delete(forget_requests))
        .route("/tokens", post(add_token))
        .route("/webhooks", get(webhooks::show).post(webhooks::set).delete(webhooks::remove))
        .route("/hooks", get(hooks::show))
        .route("/webhooks/events", post(webhooks::give))
        .layer(middleware::from_fn(guard))
}

fn refused(status: u16, message: impl Into<String>) -> Response {
    json_reply(status, &json!({"message": message.into()}))
}

/// Peer, `Host` and `Origin` must be this machine: the first keeps the network out, the others keep
/// out web pages that a browser on this machine has open.
async fn guard(request: Request, next: Next) -> Response {
    if is_from_here(&request) {
        next.run(request).await
    } else {
        refused(403, "the simulator's admin door is open to this machine alone")
    }
}

fn is_from_here(request: &Request) -> bool {
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>();
    let header = |name| request.headers().get(&name).map(|value| value.to_str().unwrap_or("?").to_owned());
    peer.is_some_and(|peer| peer.0.ip().to_canonical().is_loopback())
        && header(HOST).is_some_and(|host| is_loopback(&format!("http://{host}")))
        && header(ORIGIN).is_none_or(|origin| is_loopback(&origin))
}

fn is_loopback(url: &str) -> bool {
    Url::parse(url).is_ok_and(|url| match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        None => false,
    })
}

async fn records(State(shared): State<Arc<Shared>>, Path(name): Path<String>) -> Response {
    if !shared.manifest.resources.contains_key(&name) {
        let known: Vec<_> = shared.manifest.resources.keys().map(String::as_str).collect();
        return refused(404, format!("there is no collection `{name}`; there are {}", known.join(", ")));
    }
    let results: Vec<Value> = {
        let state = shared.state.lock();
        let mut newest = state.records.newest(&name, usize::MAX);
        newest.reverse();
        newest
            .into_iter()
            .map(|(account, record)| {
                json!({
                    "id": record.id.to_string(),
                    "shownId": shared.id_text(&name, record.id, record.created_at),
                    "properties": record.properties,
                    "createdAt": record.created_at,
                    "updatedAt": record.updated_at,
                    "links": record.links.iter().map(u64::to_string).collect::<Vec<_>>(),
                    "account": shared.simulator.accounts[account].id,
                })
            })
            .collect()
    };
    json_reply(200, &json!({"total": results.len(), "results": results}))
}

async fn clear(State(shared): State<Arc<Shared>>) -> Response {
    let mut state = shared.state.lock();
    state.records.clear();
    state.documents.clear();
    drop(state);
    json_reply(200, &json!({"total": 0}))
}

async fn faults(State(shared): State<Arc<Shared>>) -> Response {
    json_reply(200, &json!(shared.state.lock().faults))
}

async fn set_faults(State(shared): State<Arc<Shared>>, body: Bytes) -> Response {
    let change: Change = match serde_json::from_slice(&body) {
        Ok(change) => change,
        Err(error) => return refused(400, format!("these faults are not understood: {error}")),
    };
    let mut state = shared.state.lock();
    if let Err(message) = state.faults.apply(&change, shared.options.no_quota) {
        return refused(400, message);
    }
    state.quotas.clear();
    if change.reset {
        state.grants.trust();
    }
    if change.expire_access_tokens {
        state.grants.expire_access(shared.clock.now());
    }
    if change.revoke_refresh_tokens {
        state.grants.revoke_all();
    }
    json_reply(200, &json!(state.faults))
}

async fn requests(State(shared): State<Arc<Shared>>) -> Response {
    json_reply(200, &shared.state.lock().log.view())
}

async fn forget_requests(State(shared): State<Arc<Shared>>) -> Response {
    let mut state = shared.state.lock();
    state.log.clear();
    json_reply(200, &state.log.view())
}

/// A token without a consent page. All keys are optional.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
struct NewToken {
    scopes: Option<Vec<String>>,
    /// Id of the account; the first one when absent. `portalId` is the same.
    #[serde(alias = "portalId")]
    account: Option<String>,
    client_id: String,
    access_token: Option<String>,
    refresh_token: Option<String>,
    expires_in_seconds: Option<u64>,
}

async fn add_token(State(shared): State<Arc<Shared>>, body: Bytes) -> Response {
    let text: &[u8] = if body.is_empty() { b"{}" } else { &body };
    let new: NewToken = match serde_json::from_slice(text) {
        Ok(new) => new,
        Err(error) => return refused(400, format!("this token is not understood: {error}")),
    };
    let account = match &new.account {
        None => Some(0),
        Some(id) => shared.simulator.accounts.iter().position(|account| &account.id == id),
    };
    let Some(account) = account else {
        let known: Vec<_> = shared.simulator.accounts.iter().map(|account| account.id.as_str()).collect();
        return refused(400, format!("there is no such account; there are {}", known.join(", ")));
    };
    let scopes = new.scopes.map_or_else(|| shared.everything.scopes.clone(), Into::into);
    let grant = Grant { account, client_id: new.client_id, scopes };
    let lifetime = new.expires_in_seconds.map_or_else(|| shared.token_lifetime(), Duration::from_secs);
    let mut state = shared.state.lock();
    let mut issued = state.grants.issue(&*shared.clock, grant.clone(), lifetime);
    if let Some(access) = new.access_token {
        // A token of one's own choice stands in a file and cannot follow the clock.
        let lasting = new.expires_in_seconds.map_or(LASTING, Duration::from_secs);
        state.grants.register(access.clone(), grant.clone(), shared.clock.now().plus(lasting));
        issued.access = access;
    }
    if let Some(refresh) = new.refresh_token {
        state.grants.revoke(&issued.refresh);
        state.grants.add_refresh(refresh.clone(), grant);
        issued.refresh = refresh;
    }
    drop(state);
    super::consent::tell(&shared, &issued)
}
