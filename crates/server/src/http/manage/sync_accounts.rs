//! How far each account of a sync is: what was read, what waits, what failed, and what a comparison found.

use axum::extract::{FromRequestParts, State};
use axum::http::request::Parts;
use linchpin_domain::Timestamp;
use linchpin_domain::id::{ConnectedUserId, CredentialId, SyncId};
use linchpin_domain::run::Fault;
use linchpin_store::sync_accounts::{self, Asked, Checked, Phase, SyncAccount};
use linchpin_store::syncs::Sync;
use linchpin_store::{Conn, connected_users, sync_records};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::syncs::{one, user_of};
use crate::http::auth::ProjectAccess;
use crate::http::error::ApiError;
use crate::http::extract::{Id, Json, Query, path_parameter};
use crate::http::page::{ItemPath, Items, Page};
use crate::state::App;

/// How far an account is.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SyncStatus {
    #[schema(value_type = Uuid)]
    credential_id: CredentialId,
    #[schema(value_type = Uuid)]
    connected_user_id: ConnectedUserId,
    /// The user's id in the host application (`sub`).
    user_id: Option<String>,
    /// `loading` (everything, for the first time), `active`, `checking`, `failed`, `paused`, or `off` where the sync is.
    state: &'static str,
    paused: bool,
    /// Records that are not deleted.
    records: i64,
    /// Writes of the application that wait to be sent.
    pending: i64,
    /// Writes that the provider has refused.
    refused: i64,
    /// Conflicts so far.
    conflicts: u64,
    /// Records read so far while everything is read.
    read: u64,
    #[schema(value_type = Option<String>, format = DateTime)]
    loaded_at: Option<Timestamp>,
    #[schema(value_type = Option<String>, format = DateTime)]
    last_pass_at: Option<Timestamp>,
    #[schema(value_type = String, format = DateTime)]
    next_pass_at: Timestamp,
    /// Passes that failed since the last that did not.
    failures: i64,
    error: Option<SyncFault>,
    /// The last comparison of everything. What it found it has mended.
    check: Option<SyncCheck>,
}

/// Why something failed.
#[derive(Serialize, ToSchema)]
pub struct SyncFault {
    code: String,
    message: String,
}

impl From<Fault> for SyncFault {
    fn from(fault: Fault) -> Self {
        Self { code: fault.code, message: fault.message }
    }
}

/// What a comparison of everything found.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SyncCheck {
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
    /// Records at the provider.
    records: u64,
    /// There, and not here.
    missing: u64,
    /// On both sides, and not the same.
    differing: u64,
    /// Here, and not there.
    surplus: u64,
}

impl From<Checked> for SyncCheck {
    fn from(Checked { at, records, drift }: Checked) -> Self {
        Self { at, records, missing: drift.missing, differing: drift.differing, surplus: drift.surplus }
    }
}

/// Whose accounts are listed.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[serde(rename_all = "camelCase")]
#[into_params(parameter_in = Query)]
pub struct OfUser {
    /// Of one user: the id here, or `ext:` and the id in the host application.
    pub user: Option<String>,
}

/// The project, the sync, and one of its accounts.
#[derive(Debug, utoipa::IntoParams)]
#[into_params(parameter_in = Path)]
#[expect(dead_code, reason = "it is read by the API's description alone")]
pub struct AccountPath {
    /// The project.
    #[param(rename = "projectId")]
    project_id: Uuid,
    /// The sync.
    id: Uuid,
    /// The account.
    #[param(rename = "credentialId")]
    credential_id: Uuid,
}

/// What is done with an account.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SetSyncAccount {
    /// Stops it, or lets it go on.
    #[serde(default)]
    paused: Option<bool>,
    /// Has a pass begin now: `changes`, `check` (compare everything), or `reload` (read everything as for the first time).
    #[serde(default)]
    run: Option<RunNow>,
}

/// What a pass that is asked for reads.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub enum RunNow {
    /// What has changed.
    Changes,
    /// Everything, to compare.
    Check,
    /// Everything, as for the first time.
    Reload,
}

/// List a sync's accounts
///
/// How far each connected account is: what was read, what waits to be sent, what failed, and what the last comparison found.
#[utoipa::path(get, path = "/api/v1/projects/{projectId}/syncs/{id}/accounts", tag = "syncs", operation_id = "syncs.accounts", params(ItemPath, OfUser, Page), responses((status = 200, body = Items<SyncStatus>)))]
pub async fn list(
    State(app): State<App>,
    access: ProjectAccess,
    Id(id): Id<SyncId>,
    Query(of): Query<OfUser>,
    Query(page): Query<Page>,
) -> Result<Json<Items<SyncStatus>>, ApiError> {
    let limit = page.limit()?;
    let after = page
        .cursor
        .as_deref()
        .map(|cursor| cursor.parse().map_err(|_| ApiError::bad_request("wrong_query", "cursor: unknown cursor")))
        .transpose()?;
    let mut conn = app.store.read().await?;
    let sync = one(&mut conn, &access, id).await?;
    let user = user_of(&mut conn, &access, of.user.as_deref()).await?;
    let mut found = sync_accounts::list(&mut conn, access.id(), id, user, after, limit + 1).await?;
    let next_cursor = Page::cut(&mut found, limit).map(|last| last.credential_id.to_string());
    let mut items = Vec::with_capacity(found.len());
    for account in found {
        items.push(status(&mut conn, &sync, account).await?);
    }
    Ok(Json(Items { items, next_cursor }))
}

/// Run, check, pause or resume an account
#[utoipa::path(patch, path = "/api/v1/projects/{projectId}/syncs/{id}/accounts/{credentialId}", tag = "syncs", operation_id = "syncs.setAccount", params(AccountPath), request_body = SetSyncAccount, responses((status = 200, body = SyncStatus)))]
pub async fn update(
    State(app): State<App>,
    access: ProjectAccess,
    Id(id): Id<SyncId>,
    credential: CredentialOf,
    Json(body): Json<SetSyncAccount>,
) -> Result<Json<SyncStatus>, ApiError> {
    let mut tx = app.store.begin().await?;
    let sync = one(&mut tx, &access, id).await?;
    let unknown = || ApiError::not_found("account of this sync");
    let account = sync_accounts::find(&mut tx, access.id(), id, credential.0).await?.ok_or_else(unknown)?;
    let key = (access.id(), id, credential.0);
    if let Some(paused) = body.paused {
        sync_accounts::set_paused(&mut tx, key, paused).await?;
    }
    let wakes = body.run.is_some() || (account.paused && body.paused == Some(false));
    if wakes {
        let asked = body.run.map(|run| match run {
            RunNow::Changes => Asked::Changes,
            RunNow::Check => Asked::Check,
            RunNow::Reload => Asked::Reload,
        });
        sync_accounts::set_due(&mut tx, key, app.clock.now(), asked).await?;
    }
    tx.commit().await?;
    let mut conn = app.store.read().await?;
    let account = sync_accounts::find(&mut conn, access.id(), id, credential.0).await?.ok_or_else(unknown)?;
    status(&mut conn, &sync, account).await.map(Json)
}

/// The `credentialId` of the address.
pub struct CredentialOf(pub CredentialId);

impl FromRequestParts<App> for CredentialOf {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &App) -> Result<Self, ApiError> {
        let id = path_parameter(parts, "credentialId").await;
        id.map(Self).ok_or_else(|| ApiError::not_found("account of this sync"))
    }
}

/// How far an account is.
pub async fn status(conn: &mut Conn, sync: &Sync, account: SyncAccount) -> Result<SyncStatus, ApiError> {
    let user = connected_users::find(conn, sync.project_id, account.user_id).await?;
    let counts = sync_records::count(conn, sync.project_id, sync.id, account.credential_id).await?;
    let progress = account.progress;
    let state = match progress.phase {
        _ if !sync.enabled => "off",
        _ if account.paused => "paused",
        _ if account.fault.is_some() => "failed",
        Phase::Load => "loading",
        Phase::Check => "checking",
        Phase::Follow => "active",
    };
    Ok(SyncStatus {
        credential_id: account.credential_id,
        connected_user_id: account.user_id,
        user_id: user.map(|user| user.external_id),
        state,
        paused: account.paused,
        records: counts.records,
        pending: counts.pending,
        refused: counts.refused,
        conflicts: progress.conflicts,
        read: progress.read,
        loaded_at: progress.loaded_at,
        last_pass_at: account.passed_at,
        next_pass_at: account.due_at,
        failures: account.failures,
        error: account.fault.map(SyncFault::from),
        check: progress.checked.map(SyncCheck::from),
    })
}
