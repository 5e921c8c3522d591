//! What the page polls while its user is at the provider (R24, R25). Never 401 or 403 for a good token,
//! never an error for an unknown key: the SDK would log the user out, or fail.

use axum::Json;
use axum::extract::{Path, State};
use linchpin_domain::id::ProjectId;
use linchpin_store::connect_sessions::{self, ConnectSession};
use serde::Deserialize;
use serde_json::{Value, json};

use super::callback::DENIED;
use crate::http::auth::ConnectedUser;
use crate::http::error::ApiError;
use crate::http::sdk::described::{ProjectPath, Refused, SdkOauthSession};
use crate::state::App;

#[derive(Deserialize)]
pub(in crate::http) struct Place {
    #[expect(dead_code, reason = "the user token says it")]
    project_id: ProjectId,
    key: String,
}

/// What came of a sign-in (R24): nothing while it goes on
///
/// `window` is `alone` where the window went on without its page, which may take it for closed.
#[utoipa::path(get, path = "/projects/{projectId}/sdk/actions/session-id/{key}", tag = "sdk", operation_id = "sdk.oauthSession", params(ProjectPath, ("key" = String, Path, description = "`oauthMetaKeyId` of the beginning")), responses((status = 200, body = SdkOauthSession), Refused), security(("userToken" = [])))]
pub(in crate::http) async fn show(
    user: ConnectedUser,
    State(app): State<App>,
    Path(place): Path<Place>,
) -> Result<Json<Value>, ApiError> {
    let mut conn = app.store.read().await?;
    let session = connect_sessions::find_by_key(&mut conn, user.project_id, user.id, &place.key).await?;
    Ok(Json(match session {
        Some(session) if session.credential_id.is_some() => json!({"connectCredentialId": session.credential_id}),
        Some(ConnectSession { error: Some(message), .. }) => {
            let code = if message.starts_with(DENIED) { "oauth_denied" } else { "oauth_failed" };
            json!({"error": {"code": code, "message": message}})
        }
        // The page takes a window that it has lost for closed.
        _ if app.beginnings.is_alone(user.id, &place.key) => json!({"window": "alone"}),
        _ => json!({}),
    }))
}

/// End the polling (R25)
#[utoipa::path(delete, path = "/projects/{projectId}/sdk/actions/session-id/{key}", tag = "sdk", operation_id = "sdk.endOauthSession", params(ProjectPath, ("key" = String, Path, description = "`oauthMetaKeyId` of the beginning")), responses((status = 200, body = Object), Refused), security(("userToken" = [])))]
pub(in crate::http) async fn end(
    user: ConnectedUser,
    State(app): State<App>,
    Path(place): Path<Place>,
) -> Result<Json<Value>, ApiError> {
    let mut tx = app.store.begin().await?;
    connect_sessions::remove_by_key(&mut tx, user.project_id, user.id, &place.key).await?;
    tx.commit().await?;
    Ok(Json(json!({})))
}
