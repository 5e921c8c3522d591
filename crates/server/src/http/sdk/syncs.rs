//! A user's own syncs: how far they are, and their records.

use axum::Json;
use axum::extract::{Path, State};
use linchpin_domain::id::SyncId;
use linchpin_store::sync_records::Filter;
use linchpin_store::{sync_accounts, syncs};
use serde::Serialize;
use utoipa::ToSchema;

use super::described::{NotThere, ProjectPath, Refused, Unreadable};
use crate::http::auth::ConnectedUser;
use crate::http::error::ApiError;
use crate::http::extract::Query;
use crate::http::manage::sync_accounts::{SyncStatus, status};
use crate::http::manage::sync_records::{SyncRecords, records};
use crate::http::page::Page;
use crate::state::App;

/// Accounts of one user.
const MOST: i64 = 100;

/// A sync of a user's accounts.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct UserSync {
    #[schema(value_type = Uuid)]
    id: SyncId,
    name: String,
    object: String,
    accounts: Vec<SyncStatus>,
}

/// The syncs of a user.
#[derive(Serialize, ToSchema)]
pub struct UserSyncs {
    items: Vec<UserSync>,
}

/// The user's syncs
///
/// Those that one of the user's accounts is in, with how far it is.
#[utoipa::path(get, path = "/projects/{projectId}/sdk/syncs", tag = "sdk", operation_id = "sdk.syncs", params(ProjectPath), responses((status = 200, body = UserSyncs), Refused), security(("userToken" = [])))]
pub(super) async fn list(user: ConnectedUser, State(app): State<App>) -> Result<Json<UserSyncs>, ApiError> {
    let mut conn = app.store.read().await?;
    let mut items = Vec::new();
    for sync in syncs::list(&mut conn, user.project_id).await? {
        let found = sync_accounts::list(&mut conn, user.project_id, sync.id, Some(user.id), None, MOST).await?;
        if found.is_empty() {
            continue;
        }
        let mut accounts = Vec::with_capacity(found.len());
        for account in found {
            accounts.push(status(&mut conn, &sync, account).await?);
        }
        items.push(UserSync { id: sync.id, name: sync.name, object: sync.object, accounts });
    }
    Ok(Json(UserSyncs { items }))
}

/// The records of the user's accounts
///
/// As a backend reads them with an API key, those of this user alone.
#[utoipa::path(get, path = "/projects/{projectId}/sdk/syncs/{syncId}/records", tag = "sdk", operation_id = "sdk.syncRecords", params(ProjectPath, ("syncId" = Uuid, Path, description = "The sync"), Page), responses((status = 200, body = SyncRecords), Unreadable, NotThere, Refused), security(("userToken" = [])))]
pub(super) async fn read(
    user: ConnectedUser,
    State(app): State<App>,
    Path(address): Path<(String, String)>,
    Query(page): Query<Page>,
) -> Result<Json<SyncRecords>, ApiError> {
    let unknown = || ApiError::not_found("sync");
    let sync_id: SyncId = address.1.parse().map_err(|_| unknown())?;
    let mut conn = app.store.read().await?;
    syncs::find(&mut conn, user.project_id, sync_id).await?.ok_or_else(unknown)?;
    let filter = Filter { user_id: Some(user.id), after: page.seq()?.unwrap_or(0), ..Filter::default() };
    records(&mut conn, user.project_id, sync_id, filter, page.limit()?).await.map(Json)
}
