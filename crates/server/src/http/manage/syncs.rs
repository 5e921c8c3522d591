//! Syncs: which records are kept the same. How far each account is stands in
//! [`sync_accounts`](super::sync_accounts), what is kept in [`sync_records`](super::sync_records).

use axum::extract::State;
use axum::http::StatusCode;
use linchpin_connectors::Manifest;
use linchpin_connectors::manifest::Sync as Rule;
use linchpin_domain::Timestamp;
use linchpin_domain::id::{ConnectedUserId, IntegrationId, SyncId};
use linchpin_domain::sync::{Direction, Rule as ConflictRule};
use linchpin_store::syncs::{self, Sync};
use linchpin_store::{Conn, connected_users, integrations, sync_accounts};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::fields::Findings;
use crate::http::auth::ProjectAccess;
use crate::http::error::ApiError;
use crate::http::extract::{Id, Json};
use crate::http::page::{ItemPath, Items, ProjectPath};
use crate::state::App;

/// Fields that one sync keeps at most.
const MOST_FIELDS: usize = 100;
/// A day: what is asked for less often is no sync.
const MOST_MINUTES: i64 = 24 * 60;
/// Four weeks.
const MOST_HOURS: i64 = 28 * 24;

/// Records that are kept the same here and at a provider.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Sync)]
pub struct SyncView {
    #[schema(value_type = Uuid)]
    id: SyncId,
    name: String,
    #[schema(value_type = Uuid)]
    integration_id: IntegrationId,
    /// The connector's name for the kind of records, such as `contacts`.
    object: String,
    /// `read`: the provider's changes come here. `both`: the application's go there, too.
    #[schema(value_type = String)]
    direction: Direction,
    /// The fields that are kept, by the provider's names.
    fields: Vec<String>,
    /// Who is right when both sides changed the same field: `newest`, `provider` or `app`.
    #[schema(value_type = String)]
    conflict: ConflictRule,
    /// Minutes between two questions for what has changed.
    every_minutes: i64,
    /// Hours between two comparisons of everything; 0 for never.
    check_hours: i64,
    enabled: bool,
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
    #[schema(value_type = String, format = DateTime)]
    updated_at: Timestamp,
}

/// A sync to add.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AddSync {
    name: String,
    #[schema(value_type = Uuid)]
    integration_id: IntegrationId,
    /// One of the connector's `syncs`.
    object: String,
    /// `read` unless given.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    direction: Direction,
    /// The connector's own list when absent.
    #[serde(default)]
    fields: Option<Vec<String>>,
    /// `newest` unless given.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    conflict: ConflictRule,
    /// 1 to 1440; 5 unless given.
    #[serde(default)]
    every_minutes: Option<i64>,
    /// 0 to 672; 24 unless given.
    #[serde(default)]
    check_hours: Option<i64>,
}

/// What is changed of a sync. Other fields or none mean that everything is read anew.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct UpdateSync {
    name: Option<String>,
    #[schema(value_type = Option<String>)]
    direction: Option<Direction>,
    fields: Option<Vec<String>>,
    #[schema(value_type = Option<String>)]
    conflict: Option<ConflictRule>,
    every_minutes: Option<i64>,
    check_hours: Option<i64>,
    enabled: Option<bool>,
}

/// List syncs
#[utoipa::path(get, path = "/api/v1/projects/{projectId}/syncs", tag = "syncs", operation_id = "syncs.list", params(ProjectPath), responses((status = 200, body = Items<SyncView>)))]
pub async fn list(State(app): State<App>, access: ProjectAccess) -> Result<Json<Items<SyncView>>, ApiError> {
    let mut conn = app.store.read().await?;
    Ok(Items::whole(syncs::list(&mut conn, access.id()).await?.into_iter().map(view).collect()))
}

/// Read a sync
#[utoipa::path(get, path = "/api/v1/projects/{projectId}/syncs/{id}", tag = "syncs", operation_id = "syncs.find", params(ItemPath), responses((status = 200, body = SyncView)))]
pub async fn find(
    State(app): State<App>,
    access: ProjectAccess,
    Id(id): Id<SyncId>,
) -> Result<Json<SyncView>, ApiError> {
    let mut conn = app.store.read().await?;
    one(&mut conn, &access, id).await.map(|sync| Json(view(sync)))
}

/// Add a sync
///
/// Every account of the integration is read at once, and those that are connected later as they come.
#[utoipa::path(post, path = "/api/v1/projects/{projectId}/syncs", tag = "syncs", operation_id = "syncs.add", params(ProjectPath), request_body = AddSync, responses((status = 201, body = SyncView)))]
pub async fn add(
    State(app): State<App>,
    access: ProjectAccess,
    Json(body): Json<AddSync>,
) -> Result<(StatusCode, Json<SyncView>), ApiError> {
    let mut findings = Findings::default();
    let name = findings.name("name", &body.name);
    let registry = app.connections.registry_of(access.id()).await?;
    let mut tx = app.store.begin().await?;
    let integration = integrations::find(&mut tx, access.id(), body.integration_id).await?;
    let Some(manifest) = integration.and_then(|integration| registry.find(&integration.kind).cloned()) else {
        return Err(ApiError::invalid([("integrationId", "there is no such integration in this project")]));
    };
    let Some(rule) = manifest.syncs.get(&body.object) else {
        return Err(ApiError::invalid([("object", no_object(&manifest, &body.object))]));
    };
    let now = app.clock.now();
    let sync = Sync {
        id: SyncId::fresh(&*app.clock),
        project_id: access.id(),
        integration_id: body.integration_id,
        name,
        object: body.object,
        direction: body.direction,
        fields: body.fields.unwrap_or_else(|| usual_fields(&manifest, rule)),
        conflict: body.conflict,
        every_minutes: body.every_minutes.unwrap_or(EVERY_MINUTES),
        check_hours: body.check_hours.unwrap_or(CHECK_HOURS),
        enabled: true,
        created_at: now,
        updated_at: now,
    };
    for (field, message) in problems(&manifest, &sync) {
        findings.add(field, message);
    }
    findings.done()?;
    free(&mut tx, &sync).await?;
    syncs::add(&mut tx, &sync).await?;
    tx.commit().await?;
    Ok((StatusCode::CREATED, Json(view(sync))))
}

/// Change a sync
#[utoipa::path(patch, path = "/api/v1/projects/{projectId}/syncs/{id}", tag = "syncs", operation_id = "syncs.update", params(ItemPath), request_body = UpdateSync, responses((status = 200, body = SyncView)))]
pub async fn update(
    State(app): State<App>,
    access: ProjectAccess,
    Id(id): Id<SyncId>,
    Json(body): Json<UpdateSync>,
) -> Result<Json<SyncView>, ApiError> {
    let registry = app.connections.registry_of(access.id()).await?;
    let mut tx = app.store.begin().await?;
    let mut sync = one(&mut tx, &access, id).await?;
    let fields = sync.fields.clone();
    let mut findings = Findings::default();
    if let Some(name) = &body.name {
        sync.name = findings.name("name", name);
    }
    sync.direction = body.direction.unwrap_or(sync.direction);
    sync.fields = body.fields.unwrap_or(sync.fields);
    sync.conflict = body.conflict.unwrap_or(sync.conflict);
    sync.every_minutes = body.every_minutes.unwrap_or(sync.every_minutes);
    sync.check_hours = body.check_hours.unwrap_or(sync.check_hours);
    sync.enabled = body.enabled.unwrap_or(sync.enabled);
    sync.updated_at = app.clock.now();
    let integration = integrations::find(&mut tx, access.id(), sync.integration_id).await?;
    if let Some(manifest) = integration.and_then(|integration| registry.find(&integration.kind).cloned()) {
        for (field, message) in problems(&manifest, &sync) {
            findings.add(field, message);
        }
    }
    findings.done()?;
    free(&mut tx, &sync).await?;
    syncs::update(&mut tx, &sync).await?;
    if sync.fields != fields {
        sync_accounts::start_over(&mut tx, access.id(), id, sync.updated_at).await?;
    }
    tx.commit().await?;
    Ok(Json(view(sync)))
}

/// Remove a sync
///
/// With the records that it holds here, and with writes that were not sent yet. Nothing is changed at the provider.
#[utoipa::path(delete, path = "/api/v1/projects/{projectId}/syncs/{id}", tag = "syncs", operation_id = "syncs.remove", params(ItemPath), responses((status = 204)))]
pub async fn remove(State(app): State<App>, access: ProjectAccess, Id(id): Id<SyncId>) -> Result<StatusCode, ApiError> {
    let mut tx = app.store.begin().await?;
    if !syncs::remove(&mut tx, access.id(), id).await? {
        return Err(ApiError::not_found("sync"));
    }
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Minutes between two questions unless a sync says otherwise.
pub const EVERY_MINUTES: i64 = 5;
/// Hours between two comparisons unless a sync says otherwise.
pub const CHECK_HOURS: i64 = 24;

/// The fields that a sync keeps unless it says which.
pub fn usual_fields(manifest: &Manifest, rule: &Rule) -> Vec<String> {
    let resource = manifest.resources.get(&rule.resource);
    resource.into_iter().flat_map(|one| &one.fields).map(|field| field.name.clone()).collect()
}

/// There is no kind of records of this name.
pub fn no_object(manifest: &Manifest, object: &str) -> String {
    let known: Vec<_> = manifest.syncs.keys().map(|name| format!("`{name}`")).collect();
    if known.is_empty() {
        return format!("{} has no records that can be synced", manifest.name);
    }
    format!("{} has no `{object}` that can be synced; it has {}", manifest.name, known.join(", "))
}

/// What is wrong with a sync, by field.
pub fn problems(manifest: &Manifest, sync: &Sync) -> Vec<(&'static str, String)> {
    let mut problems = Vec::new();
    let rule = manifest.syncs.get(&sync.object);
    if sync.direction == Direction::Both && rule.is_some_and(|rule| rule.write.is_none()) {
        problems.push(("direction", format!("{}'s `{}` can only be read", manifest.name, sync.object)));
    }
    if sync.fields.is_empty() || sync.fields.len() > MOST_FIELDS {
        problems.push(("fields", format!("1 to {MOST_FIELDS} fields can be kept")));
    }
    for (index, field) in sync.fields.iter().enumerate() {
        if field.trim().is_empty() || sync.fields[..index].contains(field) {
            problems.push(("fields", format!("`{field}` is no field, or stands there twice")));
        }
    }
    if !(1..=MOST_MINUTES).contains(&sync.every_minutes) {
        problems.push(("everyMinutes", format!("1 to {MOST_MINUTES} minutes are possible")));
    }
    if !(0..=MOST_HOURS).contains(&sync.check_hours) {
        problems.push(("checkHours", format!("0 (never) to {MOST_HOURS} hours are possible")));
    }
    problems
}

async fn free(conn: &mut Conn, sync: &Sync) -> Result<(), ApiError> {
    let taken = syncs::list(conn, sync.project_id).await?;
    if taken.iter().any(|other| other.name == sync.name && other.id != sync.id) {
        return Err(ApiError::conflict("taken", format!("a sync is called `{}` already", sync.name)));
    }
    Ok(())
}

pub(super) async fn one(conn: &mut Conn, access: &ProjectAccess, id: SyncId) -> Result<Sync, ApiError> {
    syncs::find(conn, access.id(), id).await?.ok_or_else(|| ApiError::not_found("sync"))
}

/// A user in a query; 404 where there is none.
pub(super) async fn user_of(
    conn: &mut Conn,
    access: &ProjectAccess,
    text: Option<&str>,
) -> Result<Option<ConnectedUserId>, ApiError> {
    let Some(text) = text else { return Ok(None) };
    let found = match (text.strip_prefix("ext:"), text.parse::<ConnectedUserId>()) {
        (Some(external_id), _) => connected_users::find_by_external_id(conn, access.id(), external_id).await?,
        (None, Ok(id)) => connected_users::find(conn, access.id(), id).await?,
        (None, Err(_)) => None,
    };
    found.map(|user| Some(user.id)).ok_or_else(|| ApiError::not_found("connected user"))
}

fn view(sync: Sync) -> SyncView {
    SyncView {
        id: sync.id,
        name: sync.name,
        integration_id: sync.integration_id,
        object: sync.object,
        direction: sync.direction,
        fields: sync.fields,
        conflict: sync.conflict,
        every_minutes: sync.every_minutes,
        check_hours: sync.check_hours,
        enabled: sync.enabled,
        created_at: sync.created_at,
        updated_at: sync.updated_at,
    }
}
