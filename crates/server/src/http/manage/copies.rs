//! Copies of a workflow: beside it, into another project, or in the place of another workflow's draft.

use axum::extract::State;
use axum::http::StatusCode;
use linchpin_domain::id::{ProjectId, WorkflowId};
use linchpin_domain::input::Input;
use linchpin_store::Conn;
use linchpin_store::integrations::{self, Integration};
use linchpin_store::workflows::{self, Workflow};
use serde::Deserialize;
use utoipa::ToSchema;

use super::fields::Findings;
use super::versions::replace_draft;
use super::workflow_views::WorkflowView;
use super::workflows::{one, shown};
use crate::http::auth::{ProjectAccess, read_only};
use crate::http::error::ApiError;
use crate::http::extract::{Id, Json, MaybeJson};
use crate::http::page::ItemPath;
use crate::state::App;

/// Where a copy goes.
#[derive(Default, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CopyWorkflow {
    /// The project; that of the workflow unless given.
    #[schema(value_type = Option<Uuid>)]
    project_id: Option<ProjectId>,
    /// A workflow of that project whose draft is replaced; a new workflow unless given.
    #[schema(value_type = Option<Uuid>)]
    workflow_id: Option<WorkflowId>,
    /// The new workflow's name; that of the workflow, or one like it that is free, unless given.
    name: Option<String>,
}

/// Copy a workflow
///
/// Its draft, its user settings and how it is offered. A new workflow is not deployed; nobody has it on.
/// In the place of another workflow's draft, that draft is saved as a version first and settings are only
/// added. What the project does not have (App Events, secrets) is in `problems`.
#[utoipa::path(post, path = "/api/v1/projects/{projectId}/workflows/{id}/copy", tag = "workflows", operation_id = "workflows.copy", params(ItemPath), request_body = CopyWorkflow, responses((status = 200, body = WorkflowView, description = "Copied into a workflow"), (status = 201, body = WorkflowView, description = "A new workflow")))]
pub async fn copy(
    State(app): State<App>,
    access: ProjectAccess,
    Id(id): Id<WorkflowId>,
    MaybeJson(body): MaybeJson<CopyWorkflow>,
) -> Result<(StatusCode, Json<WorkflowView>), ApiError> {
    let mut tx = app.store.begin().await?;
    let source = one(&mut tx, access.id(), id).await?;
    let target = match body.project_id {
        Some(project_id) => access.in_project(&mut tx, project_id).await?,
        None => access.clone(),
    };
    read_only::refuse(&mut tx, target.id()).await?;
    let integration = same_integration(&mut tx, &access, &source, &target).await?;
    let now = app.clock.now();
    if let Some(into) = body.workflow_id {
        if body.name.is_some() {
            return Err(ApiError::invalid([("name", "a workflow that is copied into keeps its name")]));
        }
        let mut workflow = one(&mut tx, target.id(), into).await?;
        if workflow.id == source.id {
            return Err(ApiError::invalid([("workflowId", "a workflow cannot be copied into itself")]));
        }
        if workflow.integration_id != integration.id {
            return Err(ApiError::invalid([("workflowId", "this workflow belongs to another integration")]));
        }
        let note = format!("before `{}` was copied into it", source.name);
        replace_draft(&mut tx, &workflow, &source.draft, note, &target.actor, now).await?;
        add_settings(&mut workflow.settings, &source.settings);
        workflow.updated_at = now;
        workflows::update(&mut tx, &workflow).await?;
        let workflow = one(&mut tx, target.id(), into).await?;
        tx.commit().await?;
        return shown(&app, workflow).await.map(|view| (StatusCode::OK, view));
    }
    let all = workflows::list(&mut tx, target.id(), None).await?;
    let mut findings = Findings::default();
    let name = match &body.name {
        Some(name) => findings.name("name", name),
        None => free_name(&source.name, &all),
    };
    findings.done()?;
    let position = all.iter().filter(|workflow| workflow.integration_id == integration.id).count();
    let workflow = Workflow {
        id: WorkflowId::fresh(&*app.clock),
        project_id: target.id(),
        integration_id: integration.id,
        name,
        // Nobody has filled in what this project's integration asks for.
        default_enabled: source.default_enabled && !integration.settings.iter().any(Input::is_required),
        position: i64::try_from(position).unwrap_or(i64::MAX),
        draft_revision: 1,
        deployed_version_id: None,
        created_at: now,
        updated_at: now,
        ..source
    };
    workflows::add(&mut tx, &workflow).await?;
    tx.commit().await?;
    shown(&app, workflow).await.map(|view| (StatusCode::CREATED, view))
}

/// The integration of the target that is of the workflow's type.
async fn same_integration(
    conn: &mut Conn,
    access: &ProjectAccess,
    source: &Workflow,
    target: &ProjectAccess,
) -> Result<Integration, ApiError> {
    let own = integrations::find(conn, access.id(), source.integration_id).await?;
    let own = own.ok_or_else(|| ApiError::not_found("integration"))?;
    if target.id() == access.id() {
        return Ok(own);
    }
    integrations::find_by_type(conn, target.id(), &own.kind).await?.ok_or_else(|| {
        let message =
            format!("the project {} has no integration {}; add it there first", target.project.name, own.kind);
        ApiError::conflict("no_integration", message)
    })
}

/// Settings that are not there yet: what users have filled in stays.
fn add_settings(into: &mut Vec<Input>, settings: &[Input]) {
    for setting in settings {
        if !into.iter().any(|own| own.id == setting.id) {
            into.push(setting.clone());
        }
    }
}

/// The name, or one like it that no workflow has.
fn free_name(name: &str, all: &[Workflow]) -> String {
    let is_free = |name: &String| !all.iter().any(|workflow| workflow.name == *name);
    let kept: String = name.chars().take(100).collect();
    let others = (1..).map(|number| match number {
        1 => format!("{kept} (copy)"),
        more => format!("{kept} (copy {more})"),
    });
    std::iter::once(name.to_owned()).chain(others).find(is_free).expect("numbers do not end")
}
