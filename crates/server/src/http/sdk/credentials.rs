//! Accounts: one to show, and the ways to store one that do not go through the consent window.

use axum::Json;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use linchpin_connectors::oauth2;
use linchpin_domain::id::{CredentialId, ProjectId};
use linchpin_store::projects;
use serde::Deserialize;
use serde_json::Value;

use super::body;
use super::described::{
    Conflicting, Gateway, NotThere, ProjectPath, Refused, SdkCredential, SdkNewCredential, TooLarge, Unfit, Unreadable,
};
use super::shapes::Snapshot;
use crate::credentials::connect::{Options, Owner};
use crate::http::auth::ConnectedUser;
use crate::http::error::ApiError;
use crate::http::portal::{allows_redirect, connect_refused, token_refused};
use crate::state::App;

/// The largest body here.
const MAX_BODY: usize = 64 * 1024;

#[derive(Deserialize)]
pub(super) struct Place {
    #[expect(dead_code, reason = "the user token says it")]
    project_id: ProjectId,
    credential: String,
}

/// One account (R14)
#[utoipa::path(get, path = "/projects/{projectId}/sdk/credentials/{credential}", tag = "sdk", operation_id = "sdk.credential", params(ProjectPath, ("credential" = String, Path, description = "Its id, or `ext:` and its label")), responses((status = 200, body = SdkCredential), NotThere, Conflicting, Refused), security(("userToken" = [])))]
pub(super) async fn show(
    user: ConnectedUser,
    State(app): State<App>,
    Path(place): Path<Place>,
) -> Result<Json<Value>, ApiError> {
    let mut conn = app.store.read().await?;
    let snapshot = Snapshot::read(&mut conn, &user).await?;
    Ok(Json(snapshot.credential_shape(snapshot.named(&place.credential)?)))
}

/// Finish connecting (R11)
///
/// Nothing is asked after the consent, so the account is as it is.
#[utoipa::path(post, path = "/projects/{projectId}/sdk/credentials/{credential}/complete-setup", tag = "sdk", operation_id = "sdk.completeSetup", params(ProjectPath, ("credential" = String, Path, description = "Its id, or `ext:` and its label")), responses((status = 200, body = SdkCredential), NotThere, Conflicting, Refused), security(("userToken" = [])))]
pub(super) async fn complete_setup(
    user: ConnectedUser,
    state: State<App>,
    place: Path<Place>,
) -> Result<Json<Value>, ApiError> {
    show(user, state, place).await
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct New {
    #[serde(default)]
    integration_id: Option<String>,
    #[serde(default)]
    code: Option<String>,
    #[serde(default)]
    redirect_url: Option<String>,
    #[serde(default)]
    integration_options: Option<Options>,
}

/// Store an account from an authorization code that the host application received itself (R12)
///
/// Tokens or keys in a payload (R10) are not taken: every connector of this version uses OAuth.
#[utoipa::path(post, path = "/projects/{projectId}/sdk/credentials", tag = "sdk", operation_id = "sdk.addCredential", params(ProjectPath), request_body = SdkNewCredential, responses((status = 200, body = SdkCredential), Unreadable, NotThere, Conflicting, TooLarge, Unfit, Gateway, Refused), security(("userToken" = [])))]
pub(super) async fn add(
    user: ConnectedUser,
    State(app): State<App>,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<Value>, ApiError> {
    let bytes = body::read(&headers, body, MAX_BODY).await?;
    let new: New = body::json(&bytes)?;
    let id = new.integration_id.as_deref().and_then(|id| id.parse().ok());
    let setup = match id {
        Some(id) => app.connections.setup(user.project_id, id).await?,
        None => None,
    };
    let setup = setup.filter(|setup| setup.active).ok_or_else(|| ApiError::not_found("integration"))?;
    let Some(code) = new.code.filter(|code| !code.is_empty()) else {
        return Err(ApiError::conflict(
            "oauth_needed",
            format!(
                "{} is connected by signing in there; open the Connect Portal, or send a `code`",
                setup.manifest.name
            ),
        ));
    };
    let oauth = setup
        .app
        .as_ref()
        .ok_or_else(|| ApiError::conflict("not_set_up", "the integration has no client id and secret yet"))?;
    let redirect_url = match new.redirect_url {
        None => format!("{}/oauth", app.config.public_base()),
        Some(url) => {
            let mut conn = app.store.read().await?;
            let project = projects::find(&mut conn, user.project_id).await?;
            let origins = project.map(|project| project.allowed_origins).unwrap_or_default();
            allows_redirect(&origins, &url)?;
            url
        }
    };
    let options = new.integration_options.unwrap_or_default();
    let owner = Owner { project_id: user.project_id, user_id: user.id };
    app.connections.check(owner, &setup, &options).await.map_err(connect_refused)?;
    let tokens =
        oauth2::exchange(app.connections.client(), &setup.manifest, &setup.endpoint, oauth, &code, &redirect_url, None)
            .await
            .map_err(|error| token_refused(&setup.manifest.name, &error))?;
    let id = app.connections.connect(owner, &setup, tokens, &options).await.map_err(connect_refused)?;
    shape(&app, &user, id).await
}

async fn shape(app: &App, user: &ConnectedUser, id: CredentialId) -> Result<Json<Value>, ApiError> {
    let mut conn = app.store.read().await?;
    let snapshot = Snapshot::read(&mut conn, user).await?;
    let account = snapshot.credentials.iter().find(|credential| credential.id == id);
    Ok(Json(snapshot.credential_shape(account.ok_or_else(|| ApiError::not_found("credential"))?)))
}
