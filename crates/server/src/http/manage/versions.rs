//! Versions of a workflow: what was deployed, what was kept, and going back to one of them.

use axum::extract::State;
use axum::http::StatusCode;
use linchpin_domain::Timestamp;
use linchpin_domain::id::{VersionId, WorkflowId};
use linchpin_domain::workflow::Definition;
use linchpin_store::workflow_versions::{self, Deployment, Kind, Version};
use linchpin_store::workflows::{self, Workflow};
use linchpin_store::{Conn, Tx, rollouts};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;
use uuid::Uuid;

use super::workflow_views::WorkflowView;
use super::workflows::{one, shown};
use crate::http::auth::{Actor, ProjectAccess};
use crate::http::error::ApiError;
use crate::http::extract::{Id, Json, MaybeJson, Number};
use crate::http::page::{ItemPath, Items};
use crate::state::App;

/// A version in an address.
#[derive(Debug, utoipa::IntoParams)]
#[into_params(parameter_in = Path)]
#[expect(dead_code, reason = "it describes the address")]
pub struct VersionPath {
    /// The project.
    #[param(rename = "projectId")]
    project_id: Uuid,
    /// The workflow.
    id: Uuid,
    /// The version's number.
    number: i64,
}

/// A version of a workflow.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct VersionView {
    #[schema(value_type = Uuid)]
    id: VersionId,
    /// 1, 2, 3 … within the workflow.
    number: i64,
    /// `deployed`, `saved` or `restored`.
    kind: &'static str,
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
    created_by: Option<String>,
    note: Option<String>,
    /// Whether it is the one that runs.
    current: bool,
    /// Whether it is the one that some users have already.
    rolled_out: bool,
}

/// A version with what it does.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct VersionDetail {
    #[serde(flatten)]
    view: VersionView,
    #[schema(value_type = Object)]
    definition: Definition,
}

/// What is said about a version.
#[derive(Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SaveVersion {
    #[serde(default)]
    note: Option<String>,
}

/// Going back to a version.
#[derive(Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RestoreVersion {
    /// `draftRevision` of the draft that is given up; when it is another one by now, nothing is done.
    #[serde(default)]
    revision: Option<i64>,
}

/// List versions
///
/// Newest first.
#[utoipa::path(get, path = "/api/v1/projects/{projectId}/workflows/{id}/versions", tag = "workflows", operation_id = "workflows.versions", params(ItemPath), responses((status = 200, body = Items<VersionView>)))]
pub async fn list(
    State(app): State<App>,
    access: ProjectAccess,
    Id(id): Id<WorkflowId>,
) -> Result<Json<Items<VersionView>>, ApiError> {
    let mut conn = app.store.read().await?;
    let workflow = one(&mut conn, access.id(), id).await?;
    let found = workflow_versions::list(&mut conn, access.id(), id).await?;
    let rolled_out = rolled_out(&mut conn, &workflow).await?;
    Ok(Items::whole(found.iter().map(|version| view(version, &workflow, rolled_out)).collect()))
}

/// Read a version
#[utoipa::path(get, path = "/api/v1/projects/{projectId}/workflows/{id}/versions/{number}", tag = "workflows", operation_id = "workflows.version", params(VersionPath), responses((status = 200, body = VersionDetail)))]
pub async fn find(
    State(app): State<App>,
    access: ProjectAccess,
    Id(id): Id<WorkflowId>,
    Number(number): Number,
) -> Result<Json<VersionDetail>, ApiError> {
    let mut conn = app.store.read().await?;
    let workflow = one(&mut conn, access.id(), id).await?;
    let version = workflow_versions::find_number(&mut conn, access.id(), id, number).await?.ok_or_else(unknown)?;
    let rolled_out = rolled_out(&mut conn, &workflow).await?;
    Ok(Json(VersionDetail { view: view(&version, &workflow, rolled_out), definition: version.definition }))
}

/// Save a version
///
/// Keeps the draft as it is. Nothing is deployed.
#[utoipa::path(post, path = "/api/v1/projects/{projectId}/workflows/{id}/versions", tag = "workflows", operation_id = "workflows.saveVersion", params(ItemPath), request_body = SaveVersion, responses((status = 201, body = VersionView)))]
pub async fn save(
    State(app): State<App>,
    access: ProjectAccess,
    Id(id): Id<WorkflowId>,
    MaybeJson(body): MaybeJson<SaveVersion>,
) -> Result<(StatusCode, Json<VersionView>), ApiError> {
    let mut tx = app.store.begin().await?;
    let workflow = one(&mut tx, access.id(), id).await?;
    let note = body.note.map(|note| note.trim().to_owned()).filter(|note| !note.is_empty());
    let version = keep(&mut tx, &workflow, &workflow.draft, note, Kind::Saved, &access.actor, app.clock.now()).await?;
    tx.commit().await?;
    Ok((StatusCode::CREATED, Json(view(&version, &workflow, None))))
}

/// Restore a version
///
/// Its trigger and steps become the draft, and a new version says so. A draft that no version holds is
/// saved as one first. What runs stays what it was until the draft is deployed.
#[utoipa::path(post, path = "/api/v1/projects/{projectId}/workflows/{id}/versions/{number}/restore", tag = "workflows", operation_id = "workflows.restoreVersion", params(VersionPath), request_body = RestoreVersion, responses((status = 200, body = WorkflowView)))]
pub async fn restore(
    State(app): State<App>,
    access: ProjectAccess,
    Id(id): Id<WorkflowId>,
    Number(number): Number,
    MaybeJson(body): MaybeJson<RestoreVersion>,
) -> Result<Json<WorkflowView>, ApiError> {
    let mut tx = app.store.begin().await?;
    let workflow = one(&mut tx, access.id(), id).await?;
    let version = workflow_versions::find_number(&mut tx, access.id(), id, number).await?.ok_or_else(unknown)?;
    if body.revision.is_some_and(|revision| revision != workflow.draft_revision) {
        return Err(ApiError::conflict("draft_changed", "somebody else changed this draft; nothing was restored")
            .with("draftRevision", workflow.draft_revision)
            .with("definition", json!(workflow.draft)));
    }
    let now = app.clock.now();
    let note = format!("before version {number} was restored");
    replace_draft(&mut tx, &workflow, &version.definition, note, &access.actor, now).await?;
    let note = Some(format!("version {number} again"));
    keep(&mut tx, &workflow, &version.definition, note, Kind::Restored, &access.actor, now).await?;
    let workflow = one(&mut tx, access.id(), id).await?;
    tx.about(id, &workflow.name);
    tx.commit().await?;
    shown(&app, workflow).await
}

/// Puts something in the place of a draft. A draft that no version holds is saved as one first.
pub(super) async fn replace_draft(
    tx: &mut Tx,
    workflow: &Workflow,
    definition: &Definition,
    note: String,
    actor: &Actor,
    now: Timestamp,
) -> Result<(), ApiError> {
    let versions = workflow_versions::list(tx, workflow.project_id, workflow.id).await?;
    let is_lost = workflow.draft != Definition::default()
        && workflow.draft != *definition
        && !versions.iter().any(|version| version.definition == workflow.draft);
    if is_lost {
        keep(tx, workflow, &workflow.draft, Some(note), Kind::Saved, actor, now).await?;
    }
    workflows::save_draft(tx, workflow.project_id, workflow.id, workflow.draft_revision, definition, now).await?;
    Ok(())
}

async fn keep(
    tx: &mut Tx,
    workflow: &Workflow,
    definition: &Definition,
    note: Option<String>,
    kind: Kind,
    actor: &Actor,
    now: Timestamp,
) -> Result<Version, ApiError> {
    let kept = Deployment {
        project_id: workflow.project_id,
        workflow_id: workflow.id,
        definition,
        note,
        deployed_by: Some(actor.name()),
        now,
    };
    Ok(workflow_versions::keep(tx, kept, kind).await?)
}

fn view(version: &Version, workflow: &Workflow, rolled_out: Option<VersionId>) -> VersionView {
    VersionView {
        id: version.id,
        number: version.number,
        kind: version.kind.as_str(),
        created_at: version.deployed_at,
        created_by: version.deployed_by.clone(),
        note: version.note.clone(),
        current: workflow.deployed_version_id == Some(version.id),
        rolled_out: rolled_out == Some(version.id),
    }
}

async fn rolled_out(conn: &mut Conn, workflow: &Workflow) -> Result<Option<VersionId>, ApiError> {
    let running = rollouts::find(conn, workflow.project_id, workflow.id).await?;
    Ok(running.map(|running| running.version_id))
}

fn unknown() -> ApiError {
    ApiError::not_found("version")
}
