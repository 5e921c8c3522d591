//! Workflows: drafts and deployments. Their versions are in [`versions`](super::versions).

use axum::extract::State;
use axum::http::StatusCode;
use linchpin_domain::condition::Conditions;
use linchpin_domain::id::{IntegrationId, ProjectId, WorkflowId};
use linchpin_domain::input::Input;
use linchpin_domain::permission;
use linchpin_domain::workflow::Definition;
use linchpin_store::workflow_versions::{self, Deployment, Kind};
use linchpin_store::workflows::{self, Workflow};
use linchpin_store::{Conn, integrations};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::fields::Findings;
use super::rollouts::{self, RolloutBody};
use super::workflow_views::{Frame, ProblemView, WorkflowSummary, WorkflowView};
use crate::http::auth::ProjectAccess;
use crate::http::error::ApiError;
use crate::http::extract::{Id, Json, MaybeJson, Query, present};
use crate::http::page::{ItemPath, Items, ProjectPath};
use crate::state::App;

/// Which workflows.
#[derive(Deserialize, utoipa::IntoParams)]
#[serde(rename_all = "camelCase")]
#[into_params(parameter_in = Query)]
pub struct Filter {
    /// Those of one integration.
    #[param(value_type = Option<Uuid>)]
    integration_id: Option<IntegrationId>,
}

/// A new workflow.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AddWorkflow {
    #[schema(value_type = Uuid)]
    integration_id: IntegrationId,
    name: String,
}

/// What is changed of a workflow, apart from its draft.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[expect(clippy::option_option, reason = "absent and null differ")]
pub struct UpdateWorkflow {
    name: Option<String>,
    description: Option<String>,
    /// Order in the portal.
    order: Option<i64>,
    /// Not shown in the portal.
    hidden: Option<bool>,
    /// On for accounts that are connected from now on.
    default_enabled: Option<bool>,
    /// What users fill in for this workflow alone. Values of settings that are gone are kept and not used.
    #[schema(value_type = Option<Vec<Object>>)]
    settings: Option<Vec<Input>>,
    /// Which users may have it: conditions over `{{ user.metadata.… }}`; null for everybody. Who has it on
    /// and is not permitted loses it.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<Object>)]
    permissions: Option<Option<Value>>,
}

/// A draft.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SaveDraft {
    #[schema(value_type = Object)]
    definition: Definition,
    /// `draftRevision` of the draft that was edited.
    revision: i64,
}

/// A draft that was saved.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SavedDraft {
    draft_revision: i64,
    problems: Vec<ProblemView>,
}

/// What is said about a deployment.
#[derive(Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Deploy {
    #[serde(default)]
    note: Option<String>,
    /// Who has the version at first; everybody when absent. The others stay on the version that is deployed.
    #[serde(default)]
    rollout: Option<RolloutBody>,
}

/// List workflows
#[utoipa::path(get, path = "/api/v1/projects/{projectId}/workflows", tag = "workflows", operation_id = "workflows.list", params(ProjectPath), responses((status = 200, body = Items<WorkflowSummary>)))]
pub async fn list(
    State(app): State<App>,
    access: ProjectAccess,
    Query(filter): Query<Filter>,
) -> Result<Json<Items<WorkflowSummary>>, ApiError> {
    let mut conn = app.store.read().await?;
    let frame = Frame::read(&mut conn, access.id()).await?;
    let found = workflows::list(&mut conn, access.id(), filter.integration_id).await?;
    Ok(Items::whole(found.iter().map(|workflow| frame.summary(workflow)).collect()))
}

/// Create a workflow
///
/// Its draft is empty and nothing is deployed.
#[utoipa::path(post, path = "/api/v1/projects/{projectId}/workflows", tag = "workflows", operation_id = "workflows.add", params(ProjectPath), request_body = AddWorkflow, responses((status = 201, body = WorkflowView)))]
pub async fn add(
    State(app): State<App>,
    access: ProjectAccess,
    Json(body): Json<AddWorkflow>,
) -> Result<(StatusCode, Json<WorkflowView>), ApiError> {
    let mut findings = Findings::default();
    let name = findings.name("name", &body.name);
    let mut tx = app.store.begin().await?;
    if integrations::find(&mut tx, access.id(), body.integration_id).await?.is_none() {
        findings.add("integrationId", "there is no such integration");
    }
    findings.done()?;
    let now = app.clock.now();
    let workflow = Workflow {
        id: WorkflowId::fresh(&*app.clock),
        project_id: access.id(),
        integration_id: body.integration_id,
        name,
        description: String::new(),
        position: workflows::list(&mut tx, access.id(), Some(body.integration_id)).await?.len() as i64,
        hidden: false,
        default_enabled: false,
        permissions: None,
        settings: Vec::new(),
        draft: Definition::default(),
        draft_revision: 1,
        deployed_version_id: None,
        created_at: now,
        updated_at: now,
    };
    workflows::add(&mut tx, &workflow).await?;
    tx.about(workflow.id, &workflow.name);
    tx.commit().await?;
    shown(&app, workflow).await.map(|workflow| (StatusCode::CREATED, workflow))
}

/// Read a workflow
#[utoipa::path(get, path = "/api/v1/projects/{projectId}/workflows/{id}", tag = "workflows", operation_id = "workflows.find", params(ItemPath), responses((status = 200, body = WorkflowView)))]
pub async fn find(
    State(app): State<App>,
    access: ProjectAccess,
    Id(id): Id<WorkflowId>,
) -> Result<Json<WorkflowView>, ApiError> {
    let mut conn = app.store.read().await?;
    let workflow = one(&mut conn, access.id(), id).await?;
    drop(conn);
    shown(&app, workflow).await
}

/// Change a workflow
///
/// Takes effect at once; the draft is saved separately.
#[utoipa::path(patch, path = "/api/v1/projects/{projectId}/workflows/{id}", tag = "workflows", operation_id = "workflows.update", params(ItemPath), request_body = UpdateWorkflow, responses((status = 200, body = WorkflowView)))]
pub async fn update(
    State(app): State<App>,
    access: ProjectAccess,
    Id(id): Id<WorkflowId>,
    Json(body): Json<UpdateWorkflow>,
) -> Result<Json<WorkflowView>, ApiError> {
    let mut tx = app.store.begin().await?;
    let mut workflow = one(&mut tx, access.id(), id).await?;
    let mut findings = Findings::default();
    if let Some(name) = body.name {
        workflow.name = findings.name("name", &name);
    }
    if let Some(description) = body.description {
        description.trim().clone_into(&mut workflow.description);
    }
    workflow.position = body.order.unwrap_or(workflow.position);
    workflow.hidden = body.hidden.unwrap_or(workflow.hidden);
    workflow.default_enabled = body.default_enabled.unwrap_or(workflow.default_enabled);
    if let Some(settings) = body.settings {
        findings.settings("settings", &settings);
        workflow.settings = settings;
    }
    if let Some(permissions) = body.permissions {
        workflow.permissions = permissions.and_then(|permissions| conditions(&permissions, &mut findings));
    }
    if workflow.default_enabled {
        let integration = integrations::find(&mut tx, access.id(), workflow.integration_id).await?;
        let settings = integration.iter().flat_map(|one| &one.settings).chain(&workflow.settings);
        let required: Vec<String> =
            settings.filter(|input| input.is_required()).map(|input| format!("`{}`", input.title)).collect();
        if !required.is_empty() {
            findings.add(
                "defaultEnabled",
                format!("a workflow cannot be on from the start while users must fill in {}", required.join(", ")),
            );
        }
    }
    findings.done()?;
    workflow.updated_at = app.clock.now();
    workflows::update(&mut tx, &workflow).await?;
    tx.about(id, &workflow.name);
    tx.commit().await?;
    shown(&app, workflow).await
}

/// Delete a workflow
///
/// With its versions; runs that are under way end where they are.
#[utoipa::path(delete, path = "/api/v1/projects/{projectId}/workflows/{id}", tag = "workflows", operation_id = "workflows.remove", params(ItemPath), responses((status = 204)))]
pub async fn remove(
    State(app): State<App>,
    access: ProjectAccess,
    Id(id): Id<WorkflowId>,
) -> Result<StatusCode, ApiError> {
    let mut tx = app.store.begin().await?;
    if !workflows::remove(&mut tx, access.id(), id).await? {
        return Err(unknown());
    }
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Save a draft
///
/// Changes nothing for users until it is deployed. When somebody else saved since `revision`, nothing is
/// saved: 409 `draft_changed` holds their draft.
#[utoipa::path(put, path = "/api/v1/projects/{projectId}/workflows/{id}/draft", tag = "workflows", operation_id = "workflows.saveDraft", params(ItemPath), request_body = SaveDraft, responses((status = 200, body = SavedDraft)))]
pub async fn save_draft(
    State(app): State<App>,
    access: ProjectAccess,
    Id(id): Id<WorkflowId>,
    Json(body): Json<SaveDraft>,
) -> Result<Json<SavedDraft>, ApiError> {
    let mut tx = app.store.begin().await?;
    let workflow = one(&mut tx, access.id(), id).await?;
    let saved =
        workflows::save_draft(&mut tx, access.id(), id, body.revision, &body.definition, app.clock.now()).await?;
    let Some(draft_revision) = saved else {
        return Err(ApiError::conflict("draft_changed", "somebody else changed this draft; nothing was saved")
            .with("draftRevision", workflow.draft_revision)
            .with("definition", json!(workflow.draft)));
    };
    let frame = Frame::read(&mut tx, access.id()).await?;
    tx.commit().await?;
    let problems = frame.problems(&app, &workflow, &body.definition);
    Ok(Json(SavedDraft { draft_revision, problems: problems.into_iter().map(ProblemView::from).collect() }))
}

/// Deploy a workflow
///
/// Makes the draft the version that runs. What keeps it from that is in `meta.problems` of 422
/// `workflow_has_problems`. Runs that are under way end on the version they began with.
///
/// With `rollout` only some users have the version at first: raise the share with `workflows.setRollout`, then finish it
/// or roll it back. It needs a version that is deployed, with the same trigger.
#[utoipa::path(post, path = "/api/v1/projects/{projectId}/workflows/{id}/deploy", tag = "workflows", operation_id = "workflows.deploy", params(ItemPath), request_body = Deploy, responses((status = 200, body = WorkflowView)))]
pub async fn deploy(
    State(app): State<App>,
    access: ProjectAccess,
    Id(id): Id<WorkflowId>,
    MaybeJson(body): MaybeJson<Deploy>,
) -> Result<Json<WorkflowView>, ApiError> {
    let mut tx = app.store.begin().await?;
    let workflow = one(&mut tx, access.id(), id).await?;
    let frame = Frame::read(&mut tx, access.id()).await?;
    let problems = frame.problems(&app, &workflow, &workflow.draft);
    if !problems.is_empty() {
        let message = match problems.len() {
            1 => format!("one thing is missing: {}", problems[0].message),
            more => format!("{more} things are missing; the first: {}", problems[0].message),
        };
        let problems: Vec<Value> = problems.iter().map(|problem| json!(problem)).collect();
        return Err(ApiError::status(StatusCode::UNPROCESSABLE_ENTITY, "workflow_has_problems", message)
            .with("problems", problems));
    }
    let deployment = Deployment {
        project_id: access.id(),
        workflow_id: id,
        definition: &workflow.draft,
        note: body.note.map(|note| note.trim().to_owned()).filter(|note| !note.is_empty()),
        deployed_by: Some(access.actor.name()),
        now: app.clock.now(),
    };
    match body.rollout {
        None => {
            workflow_versions::deploy(&mut tx, deployment).await?;
        }
        Some(rollout) => {
            let mut findings = Findings::default();
            let rollout = rollout.checked("rollout.", &mut findings);
            findings.done()?;
            if let Some(refusal) = rollouts::refusal(&mut tx, &workflow).await? {
                return Err(refusal);
            }
            let version = workflow_versions::keep(&mut tx, deployment, Kind::Deployed).await?;
            rollouts::begin(&mut tx, &workflow, version.id, rollout, app.clock.now()).await?;
        }
    }
    let workflow = one(&mut tx, access.id(), id).await?;
    tx.about(id, &workflow.name);
    tx.commit().await?;
    shown(&app, workflow).await
}

/// Undeploy a workflow
///
/// Withdraws it from users; runs that are under way finish.
#[utoipa::path(post, path = "/api/v1/projects/{projectId}/workflows/{id}/undeploy", tag = "workflows", operation_id = "workflows.undeploy", params(ItemPath), responses((status = 200, body = WorkflowView)))]
pub async fn undeploy(
    State(app): State<App>,
    access: ProjectAccess,
    Id(id): Id<WorkflowId>,
) -> Result<Json<WorkflowView>, ApiError> {
    let mut tx = app.store.begin().await?;
    one(&mut tx, access.id(), id).await?;
    workflows::set_deployed(&mut tx, access.id(), id, None, app.clock.now()).await?;
    let workflow = one(&mut tx, access.id(), id).await?;
    tx.about(id, &workflow.name);
    tx.commit().await?;
    shown(&app, workflow).await
}

/// Permissions as they were sent; what is wrong with them is found at its place.
fn conditions(sent: &Value, findings: &mut Findings) -> Option<Conditions> {
    match serde_path_to_error::deserialize::<_, Conditions>(sent) {
        Ok(conditions) => {
            for (pointer, message) in permission::problems(&conditions) {
                findings.add(format!("permissions{}", pointer.replace('/', ".")), message);
            }
            Some(conditions)
        }
        Err(error) => {
            findings.add(format!("permissions.{}", error.path()), error.inner().to_string());
            None
        }
    }
}

pub(super) fn unknown() -> ApiError {
    ApiError::not_found("workflow")
}

pub(super) async fn one(conn: &mut Conn, project_id: ProjectId, id: WorkflowId) -> Result<Workflow, ApiError> {
    workflows::find(conn, project_id, id).await?.ok_or_else(unknown)
}

pub(super) async fn shown(app: &App, workflow: Workflow) -> Result<Json<WorkflowView>, ApiError> {
    let mut conn = app.store.read().await?;
    let frame = Frame::read(&mut conn, workflow.project_id).await?;
    Ok(Json(frame.view(app, workflow)))
}
