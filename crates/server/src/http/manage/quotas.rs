//! How much of a provider's quota each account has used, as the pace of calls counts it.

use axum::extract::State;
use linchpin_domain::id::{ConnectedUserId, CredentialId};
use linchpin_store::{connected_users, credentials, integrations};
use serde::Serialize;
use utoipa::ToSchema;

use super::users::{display_name, metadata_text};
use crate::http::auth::ProjectAccess;
use crate::http::error::ApiError;
use crate::http::extract::Json;
use crate::http::page::{Items, ProjectPath};
use crate::state::App;

/// Accounts that are listed, and busy ones that are looked at for them.
const SHOWN: usize = 20;
const LOOKED_AT: usize = 500;

/// An account that was called a moment ago.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AccountQuota {
    #[schema(value_type = Uuid)]
    credential_id: CredentialId,
    integration_type: String,
    label: Option<String>,
    #[schema(value_type = Uuid)]
    user_id: ConnectedUserId,
    user_name: String,
    quotas: Vec<QuotaUse>,
}

/// One quota of the account.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct QuotaUse {
    /// As the connector calls it.
    name: String,
    /// Calls in the window that ends now; those of others where the provider tells of them.
    used: u64,
    max: u64,
    window_ms: u64,
    /// Whether calls are held back by it: always, or once the provider's answers have reported it.
    in_force: bool,
}

/// List quota use by account
///
/// The accounts that are nearest to a limit of their provider, counted by this process over each quota's window. An
/// account that was not called for two windows is not listed.
#[utoipa::path(get, path = "/api/v1/projects/{projectId}/quotas", tag = "overview", operation_id = "quotas.list", params(ProjectPath), responses((status = 200, body = Items<AccountQuota>)))]
pub async fn list(State(app): State<App>, access: ProjectAccess) -> Result<Json<Items<AccountQuota>>, ApiError> {
    let mut conn = app.store.read().await?;
    let kinds = integrations::list(&mut conn, access.id()).await?;
    let registry = app.connections.registry_of(access.id()).await?;
    let mut items = Vec::new();
    for (id, used) in app.connections.quotas(LOOKED_AT) {
        let Some(account) = credentials::find(&mut conn, access.id(), id).await? else { continue };
        let Some(user) = connected_users::find(&mut conn, access.id(), account.user_id).await? else { continue };
        let Some(kind) = kinds.iter().find(|integration| integration.id == account.integration_id) else { continue };
        let Some(manifest) = registry.find(&kind.kind) else { continue };
        let quotas = manifest.quotas.iter().zip(used).map(|(quota, used)| QuotaUse {
            name: quota.name.clone(),
            used: used.used,
            max: used.max,
            window_ms: used.per_ms,
            in_force: used.in_force,
        });
        items.push(AccountQuota {
            credential_id: account.id,
            integration_type: kind.kind.clone(),
            label: metadata_text(&account.provider_data, "label").or(account.external_id),
            user_id: user.id,
            user_name: display_name(&user),
            quotas: quotas.collect(),
        });
        if items.len() == SHOWN {
            break;
        }
    }
    Ok(Items::whole(items))
}
