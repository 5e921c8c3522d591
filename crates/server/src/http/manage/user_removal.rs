//! Deleting a connected user with everything that is stored of the user.

use axum::extract::State;
use futures::StreamExt as _;
use linchpin_domain::id::{ConnectedUserId, CredentialId};
use linchpin_store::erasure::{self, Erased};
use linchpin_store::{connected_users, credentials, integrations};
use serde::Serialize;
use utoipa::ToSchema;

use super::user_ref::{UserPath, UserRef};
use crate::credentials::Revocation;
use crate::http::auth::ProjectAccess;
use crate::http::error::ApiError;
use crate::http::extract::Json;
use crate::state::App;

/// Accounts that are revoked at once.
const AT_ONCE: usize = 8;

/// A user who was deleted.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct RemovedUser {
    #[schema(value_type = Uuid)]
    id: ConnectedUserId,
    /// The user's id in the host application (`sub`).
    user_id: String,
    /// The accounts that were connected, and whether the provider was told.
    accounts: Vec<RemovedAccount>,
    /// Rows that were removed, by table.
    removed: RemovedRows,
    /// Rows that still name the user, counted afterwards: 0.
    left: u64,
}

/// An account of a user who was deleted.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct RemovedAccount {
    #[schema(value_type = Uuid)]
    credential_id: CredentialId,
    integration_type: String,
    revocation: RevocationState,
    /// Why the provider was not told.
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<String>,
}

/// Whether a provider was told that the grant is no longer wanted.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub enum RevocationState {
    /// It has forgotten the grant.
    Revoked,
    /// It has no address for that, or there was nothing to revoke.
    NotOffered,
    /// It could not be told; `message` says why. The account is deleted here all the same.
    Failed,
}

/// Rows that were removed, by table.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct RemovedRows {
    connected_users: u64,
    credentials: u64,
    configurations: u64,
    /// Workflows switched on or off, with their settings.
    enablements: u64,
    /// Attempts to connect an account.
    connect_sessions: u64,
    poll_cursors: u64,
    /// Webhooks in the inbox for accounts that nobody else has connected.
    webhook_deliveries: u64,
    /// Hooks that were made at a provider.
    hook_registrations: u64,
    /// Outputs that members kept for tests.
    pins: u64,
    /// What event destinations were told, or were to be told.
    event_deliveries: u64,
    /// Records that were kept the same at the provider.
    sync_records: u64,
    sync_accounts: u64,
    /// With their payloads.
    received_events: u64,
    idempotency_keys: u64,
    runs: u64,
    /// Inputs, outputs and exchanges of the runs' steps.
    journal: u64,
}

impl From<Erased> for RemovedRows {
    fn from(erased: Erased) -> Self {
        Self {
            connected_users: erased.connected_users,
            credentials: erased.credentials,
            configurations: erased.configurations,
            enablements: erased.enablements,
            connect_sessions: erased.connect_sessions,
            poll_cursors: erased.poll_cursors,
            webhook_deliveries: erased.webhook_deliveries,
            hook_registrations: erased.hook_registrations,
            pins: erased.pins,
            event_deliveries: erased.event_deliveries,
            sync_records: erased.sync_records,
            sync_accounts: erased.sync_accounts,
            received_events: erased.received_events,
            idempotency_keys: erased.idempotency_keys,
            runs: erased.runs,
            journal: erased.journal,
        }
    }
}

/// Delete a connected user
///
/// With all that is stored of the user: accounts (revoked at the provider where it has an address for that), settings,
/// events with their payloads, runs with their histories. Unfinished runs are cancelled first. The answer counts what
/// was removed. A call that broke off is taken up by the next one. A user token that is still good brings the user
/// back as a new one, without anything.
#[utoipa::path(delete, path = "/api/v1/projects/{projectId}/users/{id}", tag = "users", operation_id = "users.remove", params(UserPath), responses((status = 200, body = RemovedUser)))]
pub async fn remove(
    State(app): State<App>,
    access: ProjectAccess,
    user: UserRef,
) -> Result<Json<RemovedUser>, ApiError> {
    let mut tx = app.store.begin().await?;
    let user = user.find(&mut tx, access.id()).await?;
    // From here on nothing begins for the user, and no token is taken.
    connected_users::set_disabled(&mut tx, access.id(), user.id, true).await?;
    tx.about(user.id, &user.external_id);
    tx.commit().await?;

    let mut conn = app.store.read().await?;
    let kinds = integrations::list(&mut conn, access.id()).await?;
    let accounts = credentials::list_of_user(&mut conn, access.id(), user.id).await?;
    drop(conn);
    let accounts: Vec<RemovedAccount> = futures::stream::iter(accounts)
        .map(async |account| {
            let (revocation, message) = match app.connections.revoke(access.id(), account.id).await? {
                Revocation::Revoked => (RevocationState::Revoked, None),
                Revocation::NotOffered => (RevocationState::NotOffered, None),
                Revocation::Failed(message) => (RevocationState::Failed, Some(message)),
            };
            let kind = kinds.iter().find(|integration| integration.id == account.integration_id);
            Ok::<_, ApiError>(RemovedAccount {
                credential_id: account.id,
                integration_type: kind.map(|integration| integration.kind.clone()).unwrap_or_default(),
                revocation,
                message,
            })
        })
        .buffered(AT_ONCE)
        .collect::<Vec<_>>()
        .await
        .into_iter()
        .collect::<Result<_, _>>()?;

    let erased = app.engine.erase_user(access.id(), user.id).await?;
    let erased = erased.ok_or_else(|| ApiError::not_found("connected user"))?;
    let mut conn = app.store.read().await?;
    let left = erasure::left(&mut conn, access.id(), user.id).await?;
    tracing::info!(project.id = %access.id(), user.id = %user.id, left, "a connected user was deleted");
    Ok(Json(RemovedUser { id: user.id, user_id: user.external_id, accounts, removed: erased.into(), left }))
}
