//! Requests of the host application's own to the provider, with a connected account's token.
//!
//! The address is taken as it came, not decoded and encoded again. A path below the provider's API or a
//! full address at one of the connector's own origins is followed; any other host is refused.

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderName};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::Response;
use linchpin_connectors::{RawRequest, RawResponse};
use linchpin_domain::connector::{ActionError, Sent};
use linchpin_store::credentials::Status;
use serde_json::{Value, json};

use super::body;
use super::described::{Conflicting, Gateway, NotThere, ProjectPath, Refused, Selecting, TooLarge, Unfit, Unreadable};
use super::shapes::{Selection, Snapshot};
use crate::http::auth::ConnectedUser;
use crate::http::error::ApiError;
use crate::state::App;

/// The largest body that is passed on.
const MAX_BODY: usize = 10 * 1024 * 1024;
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
#[utoipa::path(get, path = "/projects/{projectId}/sdk/proxy/{type}/{path}", tag = "sdk", operation_id = "sdk.proxy.get", params(ProjectPath, ("type" = String, Path, description = "The integration: its type or id"), ("path" = String, Path, description = "Below the provider's API; may hold slashes and a query"), Selecting), responses((status = 200, description = "What the provider answers, with its status", body = Object), Unreadable, NotThere, Conflicting, TooLarge, Unfit, Gateway, Refused), security(("userToken" = [])))]
pub(super) async fn pass_on(
    user: ConnectedUser,
    State(app): State<App>,
    request: Request,
) -> Result<Response, ApiError> {
    let (parts, body) = request.into_parts();
    let address = parts.uri.path_and_query().map_or("", |address| address.as_str());
    let (kind, mut path) = address
        .split_once("/sdk/proxy/")
        .map(|(_, rest)| match rest.find(['/', '?']) {
            Some(at) => (&rest[..at], &rest[at..]),
            None => (rest, ""),
        })
        .ok_or_else(|| ApiError::not_found("page"))?;
    // `custom/<integration id>/…` names an integration by its id.
    let mut kind = kind;
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
    let path = if begins("https://") || begins("http://") { full } else { path };

    let selection = Selection::of(&parts.headers)?;
    let mut conn = app.store.read().await?;
    let snapshot = Snapshot::read(&mut conn, &user).await?;
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
    if !integration.active {
        return Err(ApiError::conflict("inactive", format!("{} is switched off in this project", integration.kind)));
    }
    if account.status != Status::Valid {
        return Err(reconnect(account.status_reason.as_deref().unwrap_or("the account is not connected")));
    }

    let bytes = body::read(&parts.headers, body, MAX_BODY).await?;
    let path = path.to_owned();
    let raw =
        parts.headers.get("x-paragon-use-raw-response").is_some_and(|value| matches!(value.as_bytes(), b"1" | b"true"));
    let request = RawRequest { method: parts.method, path_and_query: &path, headers: parts.headers, body: bytes };
    let answer = app.connections.raw(user.project_id, account.id, request).await.map_err(failed)?;
    Ok(if raw { as_it_is(answer) } else { for_the_sdk(answer) })
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
