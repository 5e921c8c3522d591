//! App Events from the host application.

use std::borrow::Cow;

use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use linchpin_domain::readable;
use linchpin_engine::{AcceptError, AppEvent, Reason};
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::body;
use super::described::{
    Busy, NotThere, ProjectPath, Refused, SdkAccepted, SdkEvent, Selecting, TooLarge, Unfit, Unreadable,
};
use super::scoped::target;
use super::shapes::Selection;
use crate::http::auth::ConnectedUser;
use crate::http::auth::user_token::Permission;
use crate::http::error::ApiError;
use crate::state::App;

/// The payload stays the text that came: nothing of it is written again or evaluated.
#[derive(Deserialize)]
struct Event<'a> {
    #[serde(borrow, default)]
    name: Option<Name<'a>>,
    #[serde(borrow, default)]
    payload: Option<&'a RawValue>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Name<'a> {
    Text(#[serde(borrow)] Cow<'a, str>),
    Other(serde::de::IgnoredAny),
}

/// Trigger an App Event (R4)
///
/// Records the event and starts every enabled workflow that listens for it. 201 is sent when both are
/// durable. Sending the same `Idempotency-Key` with the same body again returns the first answer.
#[utoipa::path(post, path = "/projects/{projectId}/sdk/events/trigger", tag = "sdk", operation_id = "sdk.triggerEvent", params(ProjectPath, ("Idempotency-Key" = Option<String>, Header, description = "1 to 255 visible characters; kept for 24 hours"), Selecting), request_body = SdkEvent, responses((status = 201, body = SdkAccepted), Unreadable, NotThere, TooLarge, Unfit, Busy, Refused), security(("userToken" = [])))]
pub(super) async fn trigger(
    user: ConnectedUser,
    State(app): State<App>,
    headers: HeaderMap,
    body: Body,
) -> Result<(StatusCode, Json<Value>), ApiError> {
    let bytes = body::read(&headers, body, app.config.limits.body).await?;
    let event: Event<'_> = serde_json::from_slice(&bytes).map_err(|error| body::not_json(&error))?;
    let name = match event.name {
        Some(Name::Text(name)) if !name.trim().is_empty() => name,
        Some(Name::Text(_)) | None => {
            return Err(ApiError::bad_request("name_missing", "`name` is missing: the name of the App Event"));
        }
        Some(Name::Other(_)) => return Err(ApiError::bad_request("name_invalid", "`name` must be a text")),
    };
    let payload = event.payload.map_or("", RawValue::get);
    if !payload.starts_with('{') {
        return Err(ApiError::bad_request("payload_invalid", "`payload` must be a JSON object"));
    }
    readable::check(payload).map_err(|error| {
        ApiError::bad_request(
            "payload_invalid",
            format!("`payload` cannot be read, counted from its beginning: {error}"),
        )
    })?;
    let selection = Selection::of(&headers)?;
    let target = target(&app, &user, &selection, Permission::EventSend, None).await?;
    let event = AppEvent {
        project_id: user.project_id,
        user_id: user.id,
        name: name.into_owned(),
        payload: payload.to_owned(),
        target,
        idempotency: idempotency(&headers, &[&bytes], &selection)?,
    };
    let accepted = app.engine.accept_app_event(event).await.map_err(refused)?;
    Ok((StatusCode::CREATED, Json(json!({"id": accepted.event_id}))))
}

/// The `Idempotency-Key`, and a hash of all that is asked.
pub(super) fn idempotency(
    headers: &HeaderMap,
    asked: &[&[u8]],
    selection: &Selection,
) -> Result<Option<(String, String)>, ApiError> {
    let Some(key) = headers.get("idempotency-key") else { return Ok(None) };
    let key = key.to_str().ok().map(str::trim).filter(|key| !key.is_empty() && key.len() <= 255);
    let key = key.ok_or_else(|| {
        ApiError::bad_request("idempotency_key_invalid", "`Idempotency-Key` must be 1 to 255 visible characters")
    })?;
    let mut hasher = Sha256::new();
    for part in asked {
        hasher.update(part);
    }
    // Whom an event is for is a part of what is asked.
    for part in [&selection.credential, &selection.configuration] {
        hasher.update([0]);
        hasher.update(part.as_deref().unwrap_or_default());
    }
    Ok(Some((key.to_owned(), hex::encode(hasher.finalize()))))
}

pub(super) fn refused(error: AcceptError) -> ApiError {
    match error {
        AcceptError::KeyReused => ApiError::invalid([(
            "Idempotency-Key",
            "this key was used within the last 24 hours with another body; use a new key for a new event",
        )]),
        AcceptError::NoConfiguration => ApiError::not_found("configuration"),
        AcceptError::Nothing { reason } => match reason {
            Reason::NotPermitted => ApiError::forbidden("this workflow is not available to the user"),
            Reason::ReconnectNeeded => {
                ApiError::conflict("reconnect_needed", "the account must be connected again before a workflow can run")
            }
            Reason::NoAccount => ApiError::conflict(
                "not_connected",
                "the user has not connected an account of this workflow's integration",
            ),
            Reason::NobodyListens | Reason::UnknownName | Reason::UserDisabled | Reason::NotWanted => {
                ApiError::not_found("workflow")
            }
            Reason::WorkflowOff => {
                ApiError::conflict("workflow_off", "the workflow is not on for the user; switch it on first")
            }
        },
        AcceptError::Full { retry_after_seconds } => ApiError::too_many(
            "events arrive faster than they can be recorded; try again in a moment",
            retry_after_seconds,
        ),
        AcceptError::Store(error) => error.into(),
    }
}
