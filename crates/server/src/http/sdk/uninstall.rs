//! Disconnecting an account.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use linchpin_domain::id::ProjectId;
use linchpin_domain::run::Fault;
use linchpin_store::credentials;
use serde::Deserialize;
use serde_json::{Value, json};

use super::described::{NotThere, ProjectPath, Refused, Selecting, Unfit};
use super::shapes::{Selection, Snapshot};
use crate::http::auth::ConnectedUser;
use crate::http::auth::user_token::Permission;
use crate::http::error::ApiError;
use crate::state::App;

#[derive(Deserialize)]
pub(super) struct Place {
    #[expect(dead_code, reason = "the user token says it")]
    project_id: ProjectId,
    integration_id: String,
}

/// Disconnect an account (R9)
///
/// Its unfinished runs are cancelled; its settings are forgotten. The grant is revoked at the provider, where that has
/// an address for it and no other user of the project has the same account there. Where the user has several accounts,
/// `X-Paragon-Credential` says which.
#[utoipa::path(delete, path = "/projects/{projectId}/sdk/integrations/{integrationId}", tag = "sdk", operation_id = "sdk.uninstall", params(ProjectPath, ("integrationId" = String, Path, description = "The integration"), Selecting), responses((status = 200, body = Object), NotThere, Unfit, Refused), security(("userToken" = [])))]
pub(super) async fn uninstall(
    user: ConnectedUser,
    State(app): State<App>,
    Path(place): Path<Place>,
    headers: HeaderMap,
) -> Result<Json<Value>, ApiError> {
    let selection = Selection::of(&headers)?;
    let mut conn = app.store.read().await?;
    let snapshot = Snapshot::read(&mut conn, &user).await?;
    drop(conn);
    let integration = snapshot
        .integrations
        .iter()
        .find(|integration| integration.id.to_string() == place.integration_id)
        .ok_or_else(|| ApiError::not_found("integration"))?;
    if selection.credential.is_none() && snapshot.accounts(integration.id).count() > 1 {
        return Err(ApiError::invalid([(
            "X-Paragon-Credential",
            "this user has several accounts of this integration; say which one to disconnect",
        )]));
    }
    let account = snapshot
        .account(integration.id, selection.credential.as_deref())
        .ok_or_else(|| ApiError::not_found("credential"))?;
    snapshot.require(&user, Permission::CredentialWrite, account, None)?;
    let grant = app.connections.revocable(user.project_id, account.id).await?;
    let mut tx = app.store.begin().await?;
    credentials::remove(&mut tx, user.project_id, user.id, account.id).await?;
    // Some providers end every grant of an account at once: one that is in use elsewhere stays.
    let shared = match &account.provider_id {
        Some(there) => {
            !credentials::list_of_provider(&mut tx, user.project_id, integration.id, there).await?.is_empty()
        }
        None => false,
    };
    tx.commit().await?;
    // After the commit: no run can begin with the account any more.
    let reason = Fault { code: "disconnected".into(), message: "the user disconnected the account".into(), step: None };
    if let Err(error) = app.engine.cancel_runs(user.project_id, user.id, Some(account.id), reason).await {
        tracing::error!(error = &error as &dyn std::error::Error, "runs of a disconnected account were not cancelled");
    }
    if let Some(grant) = grant.filter(|_| !shared) {
        app.connections.revoke_later(grant);
    }
    Ok(Json(json!({})))
}
