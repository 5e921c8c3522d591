//! Acting as a connected user: a member of the team sees the portal as that user does.

use std::time::Duration;

use axum::extract::State;
use axum::http::StatusCode;
use linchpin_domain::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use super::user_ref::{UserPath, UserRef};
use crate::http::auth::{Actor, ProjectAccess};
use crate::http::error::ApiError;
use crate::http::extract::Json;
use crate::state::App;

/// Long enough to look around; whoever stays longer is given another.
const LIFETIME: Duration = Duration::from_mins(10);

/// A token that stands for the user.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PreviewToken {
    /// To be sent in the place of a user token.
    token: String,
    #[schema(value_type = String, format = DateTime)]
    expires_at: Timestamp,
    /// The user's id in the host application (`sub`).
    user_id: String,
}

/// Act as a connected user
///
/// A token for ten minutes that every door for user tokens takes as if the user's own page had sent it; what is done
/// with it is done to the user's accounts and settings. The user counts as not seen by it. For signed-in members
/// alone, and not for a disabled user.
#[utoipa::path(post, path = "/api/v1/projects/{projectId}/users/{id}/preview-tokens", tag = "users", operation_id = "users.preview", params(UserPath), responses((status = 201, body = PreviewToken)))]
pub async fn add(
    State(app): State<App>,
    access: ProjectAccess,
    user: UserRef,
) -> Result<(StatusCode, Json<PreviewToken>), ApiError> {
    let mut conn = app.store.read().await?;
    let user = user.find(&mut conn, access.id()).await?;
    let Actor::Member(member, _) = &access.actor else {
        return Err(ApiError::status(
            StatusCode::FORBIDDEN,
            "member_needed",
            "only a signed-in member acts as a user; a backend signs user tokens with its signing key",
        ));
    };
    if user.disabled {
        return Err(ApiError::conflict("user_disabled", "this user is disabled; enable the user first"));
    }
    let expires_at = app.clock.now().plus(LIFETIME);
    let token = app.tokens.preview(access.id(), member.id, &user.external_id, expires_at)?;
    Ok((StatusCode::CREATED, Json(PreviewToken { token, expires_at, user_id: user.external_id })))
}
