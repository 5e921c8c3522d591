//! The user's accounts, or the provider's account behind one integration.

use axum::Json;
use axum::extract::{Query, State};
use axum::http::HeaderMap;
use serde::Deserialize;
use serde_json::Value;

use super::deployed::Deployed;
use super::described::{NotThere, ProjectPath, Refused, SdkAccounts, Selecting, Unreadable};
use super::shapes::{Selection, Snapshot, integration_shape};
use crate::http::auth::ConnectedUser;
use crate::http::error::ApiError;
use crate::state::App;

#[derive(Deserialize)]
pub(super) struct Question {
    #[serde(default)]
    integration: Option<String>,
}

/// The user's accounts, or an integration with its account's data (R13)
///
/// Without `integration`, a list of all accounts. Tokens are never handed out: no connector of this version needs
/// them in the browser.
#[utoipa::path(get, path = "/projects/{projectId}/sdk/credentials", tag = "sdk", operation_id = "sdk.account", params(ProjectPath, ("integration" = Option<String>, Query, description = "Its type, such as `hubspot`"), Selecting), responses((status = 200, body = SdkAccounts), Unreadable, NotThere, Refused), security(("userToken" = [])))]
pub(super) async fn show(
    user: ConnectedUser,
    State(app): State<App>,
    Query(question): Query<Question>,
    headers: HeaderMap,
) -> Result<Json<Value>, ApiError> {
    let selection = Selection::of(&headers)?;
    let registry = app.connections.registry_of(user.project_id).await?;
    let mut conn = app.store.read().await?;
    let snapshot = Snapshot::read(&mut conn, &user).await?;
    let Some(kind) = question.integration.filter(|kind| !kind.is_empty()) else {
        return Ok(Json(snapshot.credentials.iter().map(|account| snapshot.credential_shape(account)).collect()));
    };
    let integration = snapshot
        .integrations
        .iter()
        .find(|integration| integration.kind == kind)
        .ok_or_else(|| ApiError::not_found("integration"))?;
    let account = snapshot.account(integration.id, selection.credential.as_deref());
    if account.is_none() && selection.credential.is_some() {
        return Err(ApiError::not_found("credential"));
    }
    let manifest = registry.find(&integration.kind);
    let versions = Deployed::read(&mut conn, user.project_id, &snapshot.integrations, &registry).await?;
    let mut shape = integration_shape(
        integration,
        manifest.map(|manifest| &**manifest),
        &snapshot.workflows,
        &snapshot.onboarding,
        &snapshot.denied,
        &versions,
        account.is_some(),
    );
    if let Some(account) = account {
        shape["providerId"] = account.provider_id.clone().into();
        shape["providerData"] = account.provider_data.clone().into();
    }
    Ok(Json(shape))
}
