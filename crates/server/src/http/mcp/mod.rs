//! The MCP door: a connected user's tools for agents, by the Model Context Protocol over streamable HTTP.
//!
//! It keeps no session. Every message proves who sends it with the user token, is answered with JSON in the
//! same exchange, and can go to any process. There is nothing that the server would say on its own, so it
//! opens no stream (`GET` is 405, as the protocol has it for such servers).
//!
//! [`messages`] reads what came and writes what goes, [`tools`] knows what can be called, [`subscriptions`] what
//! can be told.

mod messages;
mod subscriptions;
mod tools;

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::header::{ALLOW, ORIGIN, WWW_AUTHENTICATE};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::any;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use linchpin_domain::id::ProjectId;
use linchpin_store::projects;
use serde_json::Value;

use self::messages::{Fault, Message};
use super::auth::{ConnectedUser, user_token};
use super::error::ApiError;
use super::portal;
use super::sdk::body;
use super::sdk::described::{ErrorBody, Refused, TooLarge, Unreadable};
use crate::state::App;

/// The largest message.
const MAX_BODY: usize = 1024 * 1024;
/// Names the project where neither address nor token does.
const PROJECT: &str = "x-linchpin-project";
/// Names the revision of the protocol that a client speaks, once that is agreed on.
const REVISION: &str = "mcp-protocol-version";

/// The routes of this door.
pub fn router() -> Router<App> {
    Router::new().route("/mcp", any(door)).route("/projects/{project_id}/mcp", any(door))
}

/// The door's description.
#[derive(utoipa::OpenApi)]
#[openapi(paths(described))]
pub struct Description;

/// A message of the protocol.
#[derive(utoipa::ToSchema)]
#[expect(dead_code, reason = "it is read by the API's description alone")]
struct JsonRpc {
    /// `2.0`.
    jsonrpc: String,
    /// Absent in notifications.
    #[schema(value_type = Object)]
    id: Option<Value>,
    /// `initialize`, `ping`, `tools/list`, `tools/call` or a notification.
    method: String,
    #[schema(value_type = Object)]
    params: Option<Value>,
}

/// Speak MCP
///
/// The Model Context Protocol over streamable HTTP, revisions 2025-11-25, 2025-06-18 and 2025-03-26, without
/// sessions: every message carries the user token and is answered in the same exchange. The tools are those of `GET
/// /projects/{projectId}/tools`, some to subscribe to triggers, and one that gives the user a page to connect what is not
/// connected. The project is
/// that of the token's `aud`, of the header `X-Linchpin-Project`, or of the address `/projects/{projectId}/mcp`.
#[utoipa::path(post, path = "/mcp", tag = "tools", operation_id = "mcp", params(("X-Linchpin-Project" = Option<String>, Header, description = "The project, where the token's `aud` does not name it")), request_body = JsonRpc, responses((status = 200, description = "The response", body = Object), (status = 202, description = "A notification was taken"), (status = 405, description = "There is no stream to open and no session to end", body = ErrorBody), Unreadable, TooLarge, Refused), security(("userToken" = [])))]
#[expect(dead_code, reason = "it is read by the API's description alone")]
fn described() {}

async fn door(State(app): State<App>, request: Request) -> Response {
    if request.method() != Method::POST {
        let mut response = ApiError::status(
            StatusCode::METHOD_NOT_ALLOWED,
            "method_not_allowed",
            "messages are sent with POST; there is no stream to open and no session to end",
        )
        .into_response();
        response.headers_mut().insert(ALLOW, HeaderValue::from_static("POST"));
        return response;
    }
    let (parts, body) = request.into_parts();
    match speak(&app, parts, body).await {
        Ok(response) => response,
        Err(error) => {
            let mut response = error.into_response();
            if response.status() == StatusCode::UNAUTHORIZED {
                let value = HeaderValue::from_static("Bearer realm=\"linchpin\", error=\"invalid_token\"");
                response.headers_mut().insert(WWW_AUTHENTICATE, value);
            }
            response
        }
    }
}

async fn speak(app: &App, parts: Parts, body: Body) -> Result<Response, ApiError> {
    let user = authorize(app, &parts).await?;
    from_where(app, &user, &parts.headers).await?;
    let bytes = body::read(&parts.headers, body, MAX_BODY).await?;
    if let Some(revision) = parts.headers.get(REVISION)
        && !revision.to_str().is_ok_and(messages::speaks)
    {
        let known = messages::REVISIONS.join(", ");
        let message = format!("this revision of the protocol is not spoken here; there are {known}");
        return Err(ApiError::bad_request("unknown_revision", message));
    }
    let answer = match Message::read(&bytes) {
        Err(fault) => messages::refused(&Value::Null, &fault),
        // What a client tells or answers is taken; nothing here waits for it.
        Ok(Message { id: None, .. }) => return Ok(StatusCode::ACCEPTED.into_response()),
        Ok(Message { id: Some(id), method, params }) => {
            let outcome = match method.as_str() {
                "initialize" => messages::welcome(&params),
                "ping" => Ok(Value::Object(serde_json::Map::new())),
                "tools/list" => tools::list(app, &user, &params).await,
                "tools/call" => tools::call(app, &user, &params).await,
                _ => Err(Fault::unknown_method(&method)),
            };
            match outcome {
                Ok(result) => messages::answered(&id, result),
                Err(fault) => messages::refused(&id, &fault),
            }
        }
    };
    Ok(axum::Json(answer).into_response())
}

/// Who speaks.
async fn authorize(app: &App, parts: &Parts) -> Result<ConnectedUser, ApiError> {
    let token = user_token::bearer(&parts.headers)?;
    let named = || parts.headers.get(PROJECT)?.to_str().ok()?.trim().parse::<ProjectId>().ok();
    let project_id = user_token::project_of(parts.uri.path()).or_else(named).or_else(|| of_token(token));
    let project_id = project_id.ok_or_else(|| {
        ApiError::unauthorized(
            "project_missing",
            "the user token does not say which project it is for: sign it with `aud` `linchpin/<project id>`, send \
             the header X-Linchpin-Project, or use the address /projects/<project id>/mcp",
        )
    })?;
    let user = app.tokens.verify(project_id, token).await?;
    app.rate_limits.user(project_id, user.id)?;
    Ok(user)
}

/// The project that a token says it is for. It is not believed before the token was verified for that project.
fn of_token(token: &str) -> Option<ProjectId> {
    let claims = URL_SAFE_NO_PAD.decode(token.split('.').nth(1)?).ok()?;
    let claims: Value = serde_json::from_slice(&claims).ok()?;
    let project = |text: &str| text.split_once('/')?.1.parse().ok();
    match claims.get("aud")? {
        Value::String(text) => project(text),
        Value::Array(list) => list.iter().filter_map(Value::as_str).find_map(project),
        _ => None,
    }
}

/// A page of a browser may speak for a user only where the project allows the page: what resolves a foreign
/// name to this machine gets nowhere.
async fn from_where(app: &App, user: &ConnectedUser, headers: &HeaderMap) -> Result<(), ApiError> {
    let Some(origin) = headers.get(ORIGIN).and_then(|value| value.to_str().ok()) else { return Ok(()) };
    if origin == app.config.public_url.origin().ascii_serialization() {
        return Ok(());
    }
    let mut conn = app.store.read().await?;
    let project = projects::find(&mut conn, user.project_id).await?.ok_or_else(|| ApiError::not_found("project"))?;
    if portal::allows_origin(&project.allowed_origins, origin) {
        return Ok(());
    }
    let message = format!("{origin} is not among the project's allowed origins");
    Err(ApiError::status(StatusCode::FORBIDDEN, "origin_not_allowed", message))
}
