//! What a user token must say.

use linchpin_domain::Timestamp;
use linchpin_domain::id::ProjectId;
use serde_json::{Map, Value};

use super::keys::wrong;
use super::permissions::Permissions;
use crate::http::error::ApiError;

/// Clocks differ.
const LEEWAY_MS: i64 = 60 * 1000;
/// The longest `sub`, in characters.
const MAX_SUBJECT: usize = 255;

/// What was read.
pub(super) struct Claims {
    pub(super) subject: String,
    /// The moment from which the token is refused, leeway included.
    pub(super) expires_at: i64,
    pub(super) permissions: Option<Permissions>,
}

/// Judges the claims of a token whose signature is good.
///
/// `audience` is what `aud` must hold where the issuer is an identity provider; our own rule else.
pub(super) fn read(
    claims: &Map<String, Value>,
    project_id: ProjectId,
    audience: Option<&str>,
    now: Timestamp,
) -> Result<Claims, ApiError> {
    let subject = match claims.get("sub") {
        Some(Value::String(subject)) if !subject.trim().is_empty() => subject,
        Some(Value::String(_)) => return Err(wrong("the user token's `sub` is empty; it names the user")),
        Some(_) => return Err(wrong("the user token's `sub` must be a text: the user's id in your application")),
        None => return Err(wrong("the user token has no `sub`: the user's id in your application")),
    };
    if subject.chars().count() > MAX_SUBJECT {
        return Err(wrong(format!("the user token's `sub` is longer than {MAX_SUBJECT} characters")));
    }
    let issued_at = time(claims, "iat")?.ok_or_else(|| wrong("the user token has no `iat`: when it was signed"))?;
    let expires_at = time(claims, "exp")?.ok_or_else(|| wrong("the user token has no `exp`: when it expires"))?;
    let expires_at = expires_at.saturating_add(LEEWAY_MS);
    if now.as_millis() >= expires_at {
        return Err(expired(expires_at));
    }
    let early = now.as_millis() + LEEWAY_MS;
    if issued_at > early {
        return Err(wrong("the user token's `iat` is in the future: are the clocks right, and is it in seconds?"));
    }
    if time(claims, "nbf")?.is_some_and(|not_before| not_before > early) {
        return Err(wrong("the user token is not good yet: its `nbf` is in the future"));
    }
    match audience {
        Some(audience) => foreign_audience(claims, audience)?,
        None => own_audience(claims, project_id)?,
    }
    let permissions = Permissions::read(claims)?;
    Ok(Claims { subject: subject.clone(), expires_at, permissions })
}

/// The answer to a token whose time is over.
pub(super) fn expired(expires_at: i64) -> ApiError {
    let moment = Timestamp::from_millis(expires_at - LEEWAY_MS);
    ApiError::unauthorized("token_expired", format!("the user token expired at {moment}; sign a new one"))
}

/// A claim in seconds, as milliseconds.
fn time(claims: &Map<String, Value>, name: &str) -> Result<Option<i64>, ApiError> {
    match claims.get(name) {
        None => Ok(None),
        Some(value) => match value.as_f64() {
            Some(seconds) if seconds.is_finite() && seconds.abs() < 1e13 => Ok(Some((seconds * 1000.0) as i64)),
            _ => Err(wrong(format!("the user token's `{name}` must be a number: seconds since 1970"))),
        },
    }
}

/// An identity provider signs for many: a token of another application is not for us.
fn foreign_audience(claims: &Map<String, Value>, audience: &str) -> Result<(), ApiError> {
    let fits = match claims.get("aud") {
        Some(Value::String(text)) => text == audience,
        Some(Value::Array(list)) => list.iter().any(|one| one.as_str() == Some(audience)),
        _ => false,
    };
    if fits {
        Ok(())
    } else {
        Err(wrong(format!("the user token is for somebody else: its `aud` must be `{audience}`")))
    }
}

fn own_audience(claims: &Map<String, Value>, project_id: ProjectId) -> Result<(), ApiError> {
    let ours = |text: &str| {
        text.split_once('/').is_some_and(|(who, project)| {
            matches!(who, "useparagon.com" | "linchpin") && project.parse::<ProjectId>().ok() == Some(project_id)
        })
    };
    let fits = match claims.get("aud") {
        None => true,
        Some(Value::String(text)) => ours(text),
        Some(Value::Array(list)) => list.iter().filter_map(Value::as_str).any(ours),
        Some(_) => false,
    };
    if fits {
        return Ok(());
    }
    Err(wrong(format!(
        "the user token is for somebody else: its `aud` must be `useparagon.com/{project_id}` or `linchpin/{project_id}`, or be left out"
    )))
}
