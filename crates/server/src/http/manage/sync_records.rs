//! The records of a sync: what has changed, in order; and what the application writes.

use axum::extract::{FromRequestParts, State};
use axum::http::StatusCode;
use axum::http::request::Parts;
use linchpin_domain::Timestamp;
use linchpin_domain::id::{ConnectedUserId, CredentialId, ProjectId, SyncId, SyncRecordId};
use linchpin_domain::sync::{Direction, Fields, Origin, Record};
use linchpin_store::sync_accounts;
use linchpin_store::sync_records::{self, Filter, Kept, Place};
use linchpin_store::syncs::{self, Sync};
use linchpin_store::{Conn, Tx};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;
use uuid::Uuid;

use super::fields::Findings;
use super::sync_accounts::SyncFault;
use super::syncs::{one, user_of};
use crate::http::auth::ProjectAccess;
use crate::http::error::ApiError;
use crate::http::extract::{Id, Json, Query, path_parameter};
use crate::http::page::{ItemPath, Page};
use crate::state::App;

/// The longest name that an application gives a record.
const LONGEST_NAME: usize = 200;

/// A record.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SyncRecord {
    #[schema(value_type = Uuid)]
    id: SyncRecordId,
    /// The provider's id; `null` while the provider does not have it.
    provider_id: Option<String>,
    /// The application's own, where it gave one.
    external_id: Option<String>,
    #[schema(value_type = Uuid)]
    connected_user_id: ConnectedUserId,
    #[schema(value_type = Uuid)]
    credential_id: CredentialId,
    /// With what the application has written and the provider has not refused.
    #[schema(value_type = Object)]
    fields: Map<String, Value>,
    deleted: bool,
    #[schema(value_type = Option<String>, format = DateTime)]
    deleted_at: Option<Timestamp>,
    /// When it was changed at the provider.
    #[schema(value_type = Option<String>, format = DateTime)]
    modified_at: Option<Timestamp>,
    /// When it was changed here.
    #[schema(value_type = String, format = DateTime)]
    changed_at: Timestamp,
    /// Whose the newest change is: `provider` or `app`.
    #[schema(value_type = String)]
    origin: Origin,
    /// What waits to be sent, or was refused.
    pending: Option<PendingWrite>,
}

/// What the application has written and the provider does not have yet.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PendingWrite {
    /// Whether the record is to be deleted.
    delete: bool,
    #[schema(value_type = Object)]
    fields: Map<String, Value>,
    #[schema(value_type = String, format = DateTime)]
    written_at: Timestamp,
    attempts: u32,
    #[schema(value_type = Option<String>, format = DateTime)]
    next_attempt_at: Option<Timestamp>,
    /// The run in Task History, where it is under way or in doubt.
    #[schema(value_type = Option<Uuid>)]
    run_id: Option<linchpin_domain::id::RunId>,
    /// Why it was refused. It is tried again when one of the sides changes the record.
    error: Option<SyncFault>,
}

/// Records in the order of their last changes.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SyncRecords {
    items: Vec<SyncRecord>,
    /// Where the next page begins; `null` on the last one.
    next_cursor: Option<String>,
    /// Keep it: given as `cursor` later, it asks for what has changed since this page.
    cursor: String,
}

/// Which records are listed.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[serde(rename_all = "camelCase")]
#[into_params(parameter_in = Query)]
pub struct Which {
    /// Of one user: the id here, or `ext:` and the id in the host application.
    user: Option<String>,
    /// Of one account.
    #[param(value_type = Option<Uuid>)]
    credential_id: Option<CredentialId>,
    /// `true`: only those with a write that waits or was refused.
    pending: Option<bool>,
}

/// A record of the application's. It is named by `id`, or by `externalId` or `providerId` in an account; a name that is
/// not known makes a new one.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct WriteSyncRecord {
    #[serde(default)]
    #[schema(value_type = Option<Uuid>)]
    id: Option<SyncRecordId>,
    #[serde(default)]
    external_id: Option<String>,
    #[serde(default)]
    provider_id: Option<String>,
    /// Whose account, where the user has one: the id here, or `ext:` and the id in the host application.
    #[serde(default)]
    user: Option<String>,
    /// Which account, where there are several.
    #[serde(default)]
    #[schema(value_type = Option<Uuid>)]
    credential_id: Option<CredentialId>,
    /// Those that are not named stay as they are; `null` empties one.
    #[schema(value_type = Object)]
    fields: Map<String, Value>,
}

/// The project, the sync, and one of its records.
#[derive(Debug, utoipa::IntoParams)]
#[into_params(parameter_in = Path)]
#[expect(dead_code, reason = "it is read by the API's description alone")]
pub struct RecordPath {
    /// The project.
    #[param(rename = "projectId")]
    project_id: Uuid,
    /// The sync.
    id: Uuid,
    /// The record.
    #[param(rename = "recordId")]
    record_id: Uuid,
}

/// The `recordId` of the address.
pub struct RecordOf(SyncRecordId);

impl FromRequestParts<App> for RecordOf {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &App) -> Result<Self, ApiError> {
        let id = path_parameter(parts, "recordId").await;
        id.map(Self).ok_or_else(|| ApiError::not_found("record"))
    }
}

/// List a sync's records
///
/// In the order of their last changes, deleted ones too. Read to the end and keep `cursor`: given later, it asks for what
/// has changed since. A record that changes between two pages comes again at its new place, never twice on one.
#[utoipa::path(get, path = "/api/v1/projects/{projectId}/syncs/{id}/records", tag = "syncs", operation_id = "syncs.records", params(ItemPath, Which, Page), responses((status = 200, body = SyncRecords)))]
pub async fn list(
    State(app): State<App>,
    access: ProjectAccess,
    Id(id): Id<SyncId>,
    Query(which): Query<Which>,
    Query(page): Query<Page>,
) -> Result<Json<SyncRecords>, ApiError> {
    let mut conn = app.store.read().await?;
    one(&mut conn, &access, id).await?;
    let user_id = user_of(&mut conn, &access, which.user.as_deref()).await?;
    let filter = Filter {
        credential_id: which.credential_id,
        user_id,
        after: page.seq()?.unwrap_or(0),
        pending: which.pending.unwrap_or(false),
    };
    records(&mut conn, access.id(), id, filter, page.limit()?).await.map(Json)
}

/// Read a record
#[utoipa::path(get, path = "/api/v1/projects/{projectId}/syncs/{id}/records/{recordId}", tag = "syncs", operation_id = "syncs.record", params(RecordPath), responses((status = 200, body = SyncRecord)))]
pub async fn find(
    State(app): State<App>,
    access: ProjectAccess,
    Id(id): Id<SyncId>,
    RecordOf(record): RecordOf,
) -> Result<Json<SyncRecord>, ApiError> {
    let mut conn = app.store.read().await?;
    let found = sync_records::find(&mut conn, access.id(), id, record).await?;
    found.map(|kept| Json(view(kept))).ok_or_else(|| ApiError::not_found("record"))
}

/// Write a record
///
/// What is new is sent to the provider, in a moment (202); what the record says already is not (200). Writing the same
/// again is always safe. The sync's `direction` must be `both`.
#[utoipa::path(put, path = "/api/v1/projects/{projectId}/syncs/{id}/records", tag = "syncs", operation_id = "syncs.writeRecord", params(ItemPath), request_body = WriteSyncRecord, responses((status = 200, body = SyncRecord), (status = 202, body = SyncRecord)))]
pub async fn write(
    State(app): State<App>,
    access: ProjectAccess,
    Id(id): Id<SyncId>,
    Json(body): Json<WriteSyncRecord>,
) -> Result<(StatusCode, Json<SyncRecord>), ApiError> {
    let now = app.clock.now();
    let mut tx = app.store.begin().await?;
    let sync = one(&mut tx, &access, id).await?;
    two_way(&sync)?;
    let mut findings = Findings::default();
    check_fields(&sync, &body.fields, &mut findings);
    for (field, name) in [("externalId", &body.external_id), ("providerId", &body.provider_id)] {
        if name.as_ref().is_some_and(|name| name.trim().is_empty() || name.len() > LONGEST_NAME) {
            findings.add(field, format!("1 to {LONGEST_NAME} characters are possible"));
        }
    }
    findings.done()?;
    let number = syncs::take_numbers(&mut tx, access.id(), id, 1).await?.ok_or_else(|| ApiError::not_found("sync"))?;
    let (place, record) = meant(&app, &mut tx, &access, &sync, &body).await?;
    let mut record = record;
    let renamed = body.external_id.is_some() && record.external_id != body.external_id;
    if renamed {
        record.external_id.clone_from(&body.external_id);
    }
    let news = record.write(&body.fields, now);
    if news || renamed {
        sync_records::write(&mut tx, place, &record, if news { number } else { 0 }, 0).await?;
        if news {
            sync_accounts::set_due(&mut tx, (place.project_id, id, place.credential_id), now, None).await?;
        }
        tx.commit().await?;
    }
    let status = if news { StatusCode::ACCEPTED } else { StatusCode::OK };
    let kept = Kept { record, place, seq: number, generation: 0, changed_at: now };
    Ok((status, Json(view(kept))))
}

/// Delete a record
///
/// At the provider, in a moment (202); a record that the provider never had is gone at once.
#[utoipa::path(delete, path = "/api/v1/projects/{projectId}/syncs/{id}/records/{recordId}", tag = "syncs", operation_id = "syncs.deleteRecord", params(RecordPath), responses((status = 200, body = SyncRecord), (status = 202, body = SyncRecord)))]
pub async fn remove(
    State(app): State<App>,
    access: ProjectAccess,
    Id(id): Id<SyncId>,
    RecordOf(record): RecordOf,
) -> Result<(StatusCode, Json<SyncRecord>), ApiError> {
    let now = app.clock.now();
    let mut tx = app.store.begin().await?;
    let sync = one(&mut tx, &access, id).await?;
    two_way(&sync)?;
    let number = syncs::take_numbers(&mut tx, access.id(), id, 1).await?.ok_or_else(|| ApiError::not_found("sync"))?;
    let kept = sync_records::find(&mut tx, access.id(), id, record).await?;
    let Some(mut kept) = kept else { return Err(ApiError::not_found("record")) };
    let news = kept.record.delete(now);
    if news {
        sync_records::write(&mut tx, kept.place, &kept.record, number, 0).await?;
        sync_accounts::set_due(&mut tx, (access.id(), id, kept.place.credential_id), now, None).await?;
        tx.commit().await?;
    }
    let status = if kept.record.pending.is_some() { StatusCode::ACCEPTED } else { StatusCode::OK };
    Ok((status, Json(view(kept))))
}

fn two_way(sync: &Sync) -> Result<(), ApiError> {
    if sync.direction == Direction::Both {
        return Ok(());
    }
    Err(ApiError::conflict(
        "one_way",
        format!("the sync `{}` only reads; set its direction to `both` to write records", sync.name),
    ))
}

fn check_fields(sync: &Sync, fields: &Fields, findings: &mut Findings) {
    if fields.is_empty() {
        findings.add("fields", "name at least one field");
    }
    for (name, value) in fields {
        if !sync.fields.contains(name) {
            findings.add(
                format!("fields.{name}"),
                format!("the sync keeps no field `{name}`; it keeps {}", sync.fields.join(", ")),
            );
        } else if value.is_object() || value.is_array() {
            findings.add(format!("fields.{name}"), "a text, a number, true or false, or null is expected");
        }
    }
}

/// The record that a body means, and where it is.
async fn meant(
    app: &App,
    tx: &mut Tx,
    access: &ProjectAccess,
    sync: &Sync,
    body: &WriteSyncRecord,
) -> Result<(Place, Record), ApiError> {
    if let Some(id) = body.id {
        let kept = sync_records::find(tx, access.id(), sync.id, id).await?;
        return kept.map(|kept| (kept.place, kept.record)).ok_or_else(|| ApiError::not_found("record"));
    }
    let user_id = user_of(tx, access, body.user.as_deref()).await?;
    let place = account(tx, access.id(), sync.id, user_id, body.credential_id).await?;
    if let Some(provider_id) = &body.provider_id {
        let found =
            sync_records::of_provider(tx, app.store.dialect(), place, std::slice::from_ref(provider_id)).await?;
        let kept = found.into_iter().next();
        return kept.map(|kept| (place, kept.record)).ok_or_else(|| ApiError::not_found("record"));
    }
    if let Some(external_id) = &body.external_id
        && let Some(kept) = sync_records::of_app(tx, place, external_id).await?
    {
        return Ok((place, kept.record));
    }
    Ok((place, Record::new(SyncRecordId::fresh(&*app.clock), Origin::App)))
}

/// The account that is named, or the only one there is.
async fn account(
    conn: &mut Conn,
    project_id: ProjectId,
    sync_id: SyncId,
    user_id: Option<ConnectedUserId>,
    credential_id: Option<CredentialId>,
) -> Result<Place, ApiError> {
    let unknown = || ApiError::not_found("account of this sync");
    let account = match (credential_id, user_id) {
        (Some(id), _) => sync_accounts::find(conn, project_id, sync_id, id).await?.ok_or_else(unknown)?,
        (None, Some(_)) => {
            let mut found = sync_accounts::list(conn, project_id, sync_id, user_id, None, 2).await?;
            match (found.pop(), found.pop()) {
                (Some(one), None) => one,
                (None, _) => return Err(unknown()),
                _ => return Err(ApiError::invalid([("credentialId", "the user has several accounts; name one")])),
            }
        }
        (None, None) => return Err(ApiError::invalid([("user", "name the user or the account")])),
    };
    if user_id.is_some_and(|id| id != account.user_id) {
        return Err(unknown());
    }
    Ok(Place { project_id, sync_id, credential_id: account.credential_id, user_id: account.user_id })
}

/// A page of records.
pub async fn records(
    conn: &mut Conn,
    project_id: ProjectId,
    sync_id: SyncId,
    filter: Filter,
    limit: i64,
) -> Result<SyncRecords, ApiError> {
    let mut found = sync_records::page(conn, project_id, sync_id, filter, limit + 1).await?;
    let next_cursor = Page::cut(&mut found, limit).map(|last| last.seq.to_string());
    let cursor = found.last().map_or(filter.after, |last| last.seq).to_string();
    Ok(SyncRecords { items: found.into_iter().map(view).collect(), next_cursor, cursor })
}

fn view(kept: Kept) -> SyncRecord {
    let Kept { record, place, changed_at, .. } = kept;
    let fields = record.seen();
    let pending = record.pending.map(|pending| PendingWrite {
        delete: pending.delete,
        fields: pending.fields,
        written_at: pending.at,
        attempts: pending.attempts,
        next_attempt_at: pending.due_at,
        run_id: pending.sending.and_then(|sending| sending.run),
        error: pending.fault.map(SyncFault::from),
    });
    SyncRecord {
        id: record.id,
        provider_id: record.provider_id,
        external_id: record.external_id,
        connected_user_id: place.user_id,
        credential_id: place.credential_id,
        fields,
        deleted: record.deleted_at.is_some(),
        deleted_at: record.deleted_at,
        modified_at: record.modified_at,
        changed_at,
        origin: record.origin,
        pending,
    }
}
