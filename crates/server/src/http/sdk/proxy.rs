//! Requests of the host application's own to the provider, with a connected account's token.
//!
//! The address is taken as it came, not decoded and encoded again. A path below the provider's API or a
//! full address at one of the connector's own origins is followed; any other host is refused.

use std::time::Duration;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderName};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode};
use axum::response::Response;
use bytes::Bytes;
use linchpin_connectors::{RawRequest, RawResponse};
use linchpin_domain::connector::{ActionError, Sent};
use linchpin_domain::id::{CredentialId, IntegrationId};
use linchpin_engine::PassedOn;
use linchpin_store::credentials::Status;
use serde_json::{Value, json};

use super::body;
use super::described::{Conflicting, Gateway, NotThere, ProjectPath, Refused, Selecting, TooLarge, Unfit, Unreadable};
use super::shapes::{Selection, Snapshot};
use crate::http::auth::ConnectedUser;
use crate::http::auth::user_token::Permission;
use crate::http::error::ApiError;
use crate::state::App;

/// The largest body that is passed on.
const MAX_BODY: usize = 10 * 1024 * 1024;
/// How long a request waits at most until the account may call again.
const PATIENCE: Duration = Duration::from_secs(20);
/// Characters of a path that history keeps.
const MOST_PATH: usize = 500;
/// What is passed on.
const METHODS: [Method; 6] = [Method::GET, Method::HEAD, Method::POST, Method::PUT, Method::PATCH, Method::DELETE];
/// Headers of an answer that would act on our own origin.
const DROPPED: [&str; 14] = [
    "content-security-policy",
    "content-security-policy-report-only",
    "clear-site-data",
    "strict-transport-security",
    "public-key-pins",
    "set-cookie",
    "access-control-allow-origin",
    "access-control-allow-credentials",
    "access-control-allow-headers",
    "access-control-allow-methods",
    "access-control-expose-headers",
    "access-control-max-age",
    "service-worker-allowed",
    "alt-svc",
];

/// Pass a request on to the provider (R6)
///
/// With the token of the user's account, below the provider's API or to a full address at one of its own origins;
/// any other host is refused, and so are paths with `.`, `..` or a backslash in them. The answer is the provider's,
/// with its status; where that asks the account to wait, the request is sent again, up to four times and within 20
/// seconds, before the 429 is handed on. Calls count for the account's quota like those of workflows, and each
/// stands in Task History, without its query and its bodies. A path may also be in the header
/// `X-Paragon-Proxy-Url`; `X-Paragon-Use-Raw-Response: 1` gives the provider's own headers.
#[utoipa::path(get, path = "/projects/{projectId}/sdk/proxy/{type}/{path}", tag = "sdk", operation_id = "sdk.proxy.get", params(ProjectPath, ("type" = String, Path, description = "The integration: its type or id"), ("path" = String, Path, description = "Below the provider's API; may hold slashes and a query"), Selecting), responses((status = 200, description = "What the provider answers, with its status", body = Object), Unreadable, NotThere, Conflicting, TooLarge, Unfit, Gateway, Refused), security(("userToken" = [])))]
pub(super) async fn pass_on(
    user: ConnectedUser,
    State(app): State<App>,
    request: Request,
) -> Result<Response, ApiError> {
    let submitted = Submitted::of(&user, &app, request).await?;
    let (account, raw) = (submitted.account, submitted.raw);
    let began = app.clock.now();
    let (outcome, attempts) = {
        let hold = |wait| app.engine.hold(account, wait);
        let request = submitted.request();
        app.connections.raw(user.project_id, account, request, PATIENCE, &hold).await
    };
    let (status, came, failed_as) = match &outcome {
        Ok(answer) if answer.status >= 400 => {
            let message = format!("{} answered {}", submitted.provider, answer.status);
            (Some(answer.status), answer.body.len(), Some((format!("status_{}", answer.status), message)))
        }
        Ok(answer) => (Some(answer.status), answer.body.len(), None),
        Err(error) => (None, 0, Some((error.code().to_owned(), error.to_string()))),
    };
    let passed = PassedOn {
        project_id: user.project_id,
        user_id: user.id,
        integration_id: submitted.integration,
        credential_id: account,
        method: submitted.method.to_string(),
        path: submitted.path.split(['?', '#']).next().unwrap_or_default().chars().take(MOST_PATH).collect(),
        began,
        status,
        failed: failed_as,
        sizes: (submitted.body.len(), came),
        attempts,
    };
    // What was done is answered, also where it cannot be written down.
    if let Err(error) = app.engine.record_passed_on(passed).await {
        tracing::error!(error = &error as &dyn std::error::Error, "a request that was passed on is not in history");
    }
    let answer = outcome.map_err(failed)?;
    Ok(if raw { as_it_is(answer) } else { for_the_sdk(answer) })
}

/// A request and the account that it is sent with.
struct Submitted {
    integration: IntegrationId,
    account: CredentialId,
    provider: String,
    method: Method,
    path: String,
    headers: HeaderMap,
    body: Bytes,
    raw: bool,
}

impl Submitted {
    async fn of(user: &ConnectedUser, app: &App, request: Request) -> Result<Self, ApiError> {
        let (parts, body) = request.into_parts();
        if !METHODS.contains(&parts.method) {
            let known: Vec<&str> = METHODS.iter().map(Method::as_str).collect();
            return Err(ApiError::status(
                StatusCode::METHOD_NOT_ALLOWED,
                "method_not_allowed",
                format!("{} is not passed on; use {}", parts.method, known.join(", ")),
            ));
        }
        let address = parts.uri.path_and_query().map_or("", |address| address.as_str());
        let (mut kind, mut path) = address
            .split_once("/sdk/proxy/")
            .map(|(_, rest)| match rest.find(['/', '?']) {
                Some(at) => (&rest[..at], &rest[at..]),
                None => (rest, ""),
            })
            .ok_or_else(|| ApiError::not_found("page"))?;
        // `custom/<integration id>/…` names an integration by its id.
        if kind == "custom" {
            let rest = path.trim_start_matches('/');
            let at = rest.find(['/', '?']).unwrap_or(rest.len());
            (kind, path) = (&rest[..at], &rest[at..]);
        }
        let named = parts.headers.get("x-paragon-proxy-url").and_then(|value| value.to_str().ok());
        let path = named.unwrap_or(path);
        // A full address comes after the slash that every path begins with.
        let full = path.trim_start_matches('/');
        let begins = |scheme: &str| full.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme));
        let path = if begins("https://") || begins("http://") { full } else { path }.to_owned();

        let selection = Selection::of(&parts.headers)?;
        let mut conn = app.store.read().await?;
        let snapshot = Snapshot::read(&mut conn, user).await?;
        drop(conn);
        let integration = snapshot
            .integrations
            .iter()
            .find(|integration| integration.kind == kind || integration.id.to_string() == kind)
            .ok_or_else(|| ApiError::not_found("integration"))?;
        let account = match snapshot.account(integration.id, selection.credential.as_deref()) {
            Some(account) => account,
            None if selection.credential.is_some() => return Err(ApiError::not_found("credential")),
            None => {
                return Err(ApiError::status(
                    StatusCode::NOT_FOUND,
                    "not_connected",
                    format!("the user has not connected an account of {}", integration.kind),
                ));
            }
        };
        snapshot.require(user, Permission::ProxyCall, account, None)?;
        if !integration.active {
            return Err(ApiError::conflict(
                "inactive",
                format!("{} is switched off in this project", integration.kind),
            ));
        }
        if account.status != Status::Valid {
            return Err(reconnect(account.status_reason.as_deref().unwrap_or("the account is not connected")));
        }
        let registry = app.connections.registry_of(user.project_id).await?;
        let body = body::read(&parts.headers, body, MAX_BODY).await?;
        let raw = parts.headers.get("x-paragon-use-raw-response");
        Ok(Self {
            integration: integration.id,
            account: account.id,
            provider: registry.find(&integration.kind).map_or_else(|| kind.to_owned(), |found| found.name.clone()),
            method: parts.method,
            path,
            raw: raw.is_some_and(|value| matches!(value.as_bytes(), b"1" | b"true")),
            headers: parts.headers,
            body,
        })
    }

    fn request(&self) -> RawRequest<'_> {
        RawRequest {
            method: self.method.clone(),
            path_and_query: &self.path,
            headers: self.headers.clone(),
            body: self.body.clone(),
        }
    }
}

/// The body with its type. A JSON object that has a key `output` is wrapped, because the SDK takes such
/// a key for a wrapping.
fn for_the_sdk(answer: RawResponse) -> Response {
    let kind = answer.headers.get(CONTENT_TYPE).cloned();
    let json = kind.as_ref().is_some_and(|kind| kind.to_str().unwrap_or_default().contains("json"));
    let mut body = answer.body;
    if json
        && (200..300).contains(&answer.status)
        && let Ok(value @ Value::Object(_)) = serde_json::from_slice::<Value>(&body)
        && value.get("output").is_some()
    {
        body = json!({"output": value}).to_string().into();
    }
    let mut headers = HeaderMap::new();
    if let Some(kind) = kind.filter(|_| !body.is_empty()) {
        headers.insert(CONTENT_TYPE, kind);
    }
    for name in ["retry-after", "etag", "link", "location", "content-disposition", "content-language"] {
        if let Some(value) = answer.headers.get(name) {
            headers.insert(HeaderName::from_static(name), value.clone());
        }
    }
    finish(answer.status, headers, Body::from(body))
}

fn as_it_is(answer: RawResponse) -> Response {
    let mut headers = answer.headers;
    for name in DROPPED {
        headers.remove(name);
    }
    finish(answer.status, headers, Body::from(answer.body))
}

/// Whatever a provider answers must not act on our origin when a browser is led to it.
fn finish(status: u16, mut headers: HeaderMap, body: Body) -> Response {
    headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static("sandbox; default-src 'none'"));
    let mut response = Response::new(body);
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_GATEWAY);
    *response.headers_mut() = headers;
    response
}

/// 401 as the provider itself would answer: the SDK reads the user's state again and shows the account
/// as one to connect again. It does not log the user out for an address of this door.
fn reconnect(reason: &str) -> ApiError {
    ApiError::unauthorized("reconnect_needed", format!("the user must connect the account again: {reason}"))
}

fn failed(error: ActionError) -> ApiError {
    match error {
        ActionError::Reauthorize { message, .. } => reconnect(&message),
        ActionError::RateLimited { retry_after, provider, .. } => {
            ApiError::too_many(format!("{provider} asked us to slow down"), retry_after.as_secs().max(1))
        }
        ActionError::Rejected { code, message, .. } => {
            ApiError::status(StatusCode::UNPROCESSABLE_ENTITY, "request_refused", message).with("reason", code)
        }
        ActionError::Unreachable { provider, sent, message, .. } => {
            let done = if sent == Sent::Maybe { "; it may have taken effect" } else { "" };
            ApiError::status(
                StatusCode::BAD_GATEWAY,
                "unreachable",
                format!("{provider} did not answer: {message}{done}"),
            )
        }
        ActionError::Invalid { message } => ApiError::bad_request("request_invalid", message),
    }
}
