//! Staged rollouts: who already has a new version, raising that, finishing it, and taking it back.

use axum::extract::State;
use linchpin_domain::id::{ProjectId, VersionId, WorkflowId};
use linchpin_domain::rollout::Rollout;
use linchpin_domain::trigger::Trigger;
use linchpin_store::rollouts::{self, Running};
use linchpin_store::workflow_versions;
use linchpin_store::workflows::{self, Workflow};
use linchpin_store::{Conn, Tx};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::fields::Findings;
use super::workflow_views::WorkflowView;
use super::workflows::{one, shown};
use crate::http::auth::ProjectAccess;
use crate::http::error::ApiError;
use crate::http::extract::{Id, Json};
use crate::http::page::ItemPath;
use crate::state::App;

/// Users that one rollout may name.
const MOST_USERS: usize = 1_000;
/// Users that are counted at once.
const PAGE: i64 = 1_000;

/// Who has a version: a share of all users, some users, or both.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(as = Rollout)]
pub struct RolloutBody {
    /// Of all connected users, 0 to 100. Raising it adds users and drops none.
    #[serde(default)]
    percent: u8,
    /// These users as well, by their ids in the host application.
    #[serde(default)]
    user_ids: Vec<String>,
}

/// The rollout of a workflow.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = WorkflowRollout)]
pub struct RolloutState {
    /// Null while there is none.
    rollout: Option<RolloutView>,
}

/// A rollout under way.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = RunningRollout)]
pub struct RolloutView {
    #[schema(value_type = Uuid)]
    version_id: VersionId,
    /// The version that is rolled out.
    version_number: i64,
    /// The version that the others have.
    deployed_number: i64,
    percent: u8,
    user_ids: Vec<String>,
    /// Users who have the workflow on and have the new version.
    users_on_it: i64,
    /// Users who have the workflow on.
    users_enabled: i64,
}

impl RolloutBody {
    /// What is wrong with it is noted.
    pub(super) fn checked(self, field: &str, findings: &mut Findings) -> Rollout {
        let mut users: Vec<String> = Vec::new();
        for user in self.user_ids {
            let user = user.trim().to_owned();
            if !user.is_empty() && !users.contains(&user) {
                users.push(user);
            }
        }
        if self.percent > 100 {
            findings.add(format!("{field}percent"), "a share from 0 to 100 is expected");
        }
        if users.len() > MOST_USERS {
            findings.add(format!("{field}userIds"), format!("name at most {MOST_USERS} users"));
        }
        if self.percent == 0 && users.is_empty() {
            findings
                .add(format!("{field}percent"), "nobody would have the version: give a share above 0, or name users");
        }
        Rollout { percent: self.percent, users }
    }
}

/// Begins the rollout of a version that was just kept.
pub(super) async fn begin(
    tx: &mut Tx,
    workflow: &Workflow,
    version_id: VersionId,
    rollout: Rollout,
    now: linchpin_domain::Timestamp,
) -> Result<(), ApiError> {
    Ok(rollouts::set(tx, workflow.project_id, workflow.id, &Running { version_id, rollout }, now).await?)
}

/// Why a draft cannot be rolled out in stages, if anything.
pub(super) async fn refusal(conn: &mut Conn, workflow: &Workflow) -> Result<Option<ApiError>, ApiError> {
    let Some(deployed) = workflow.deployed_version_id else {
        return Ok(Some(ApiError::conflict(
            "nothing_deployed",
            "there is no version that the other users could stay on; deploy the first one for everybody",
        )));
    };
    if let Some(running) = rollouts::find(conn, workflow.project_id, workflow.id).await? {
        let number = number(conn, workflow.project_id, running.version_id).await?;
        return Ok(Some(ApiError::conflict(
            "rollout_running",
            format!("version {number} is being rolled out; finish it or roll it back first"),
        )));
    }
    let deployed = workflow_versions::find(conn, workflow.project_id, deployed).await?;
    let before = deployed.as_ref().and_then(|version| version.definition.trigger.as_ref());
    if !may_differ(before, workflow.draft.trigger.as_ref()) {
        return Ok(Some(ApiError::conflict(
            "rollout_trigger",
            "the trigger is another one than the deployed version's: a time, an address or a hook at the provider is the same for all users, only one App Event can take another's place user by user; deploy it for everybody",
        )));
    }
    Ok(None)
}

/// Whether two versions with these triggers can run side by side. An App Event is looked at when it comes, with its
/// user; what else starts workflows is set up once for all users.
fn may_differ(deployed: Option<&Trigger>, next: Option<&Trigger>) -> bool {
    deployed == next || matches!((deployed, next), (Some(Trigger::AppEvent(_)), Some(Trigger::AppEvent(_))))
}

/// Read a staged rollout
#[utoipa::path(get, path = "/api/v1/projects/{projectId}/workflows/{id}/rollout", tag = "workflows", operation_id = "workflows.rollout", params(ItemPath), responses((status = 200, body = RolloutState)))]
pub async fn find(
    State(app): State<App>,
    access: ProjectAccess,
    Id(id): Id<WorkflowId>,
) -> Result<Json<RolloutState>, ApiError> {
    let mut conn = app.store.read().await?;
    let workflow = one(&mut conn, access.id(), id).await?;
    Ok(Json(state(&mut conn, &workflow).await?))
}

/// Change who has the version that is rolled out
///
/// A larger share adds users and drops none. A smaller one takes users back to the version before. Runs that are under
/// way end on the version they began with.
#[utoipa::path(put, path = "/api/v1/projects/{projectId}/workflows/{id}/rollout", tag = "workflows", operation_id = "workflows.setRollout", params(ItemPath), request_body = RolloutBody, responses((status = 200, body = RolloutState)))]
pub async fn set(
    State(app): State<App>,
    access: ProjectAccess,
    Id(id): Id<WorkflowId>,
    Json(body): Json<RolloutBody>,
) -> Result<Json<RolloutState>, ApiError> {
    let mut findings = Findings::default();
    let rollout = body.checked("", &mut findings);
    let mut tx = app.store.begin().await?;
    let workflow = one(&mut tx, access.id(), id).await?;
    findings.done()?;
    let running = running(&mut tx, &workflow).await?;
    rollouts::set(&mut tx, access.id(), id, &Running { rollout, ..running }, app.clock.now()).await?;
    let state = state(&mut tx, &workflow).await?;
    tx.about(id, &workflow.name);
    tx.commit().await?;
    Ok(Json(state))
}

/// Finish a staged rollout
///
/// Everybody has the version from now on.
#[utoipa::path(post, path = "/api/v1/projects/{projectId}/workflows/{id}/rollout/finish", tag = "workflows", operation_id = "workflows.finishRollout", params(ItemPath), responses((status = 200, body = WorkflowView)))]
pub async fn finish(
    State(app): State<App>,
    access: ProjectAccess,
    Id(id): Id<WorkflowId>,
) -> Result<Json<WorkflowView>, ApiError> {
    let mut tx = app.store.begin().await?;
    let workflow = one(&mut tx, access.id(), id).await?;
    let running = running(&mut tx, &workflow).await?;
    workflows::set_deployed(&mut tx, access.id(), id, Some(running.version_id), app.clock.now()).await?;
    let workflow = one(&mut tx, access.id(), id).await?;
    tx.about(id, &workflow.name);
    tx.commit().await?;
    shown(&app, workflow).await
}

/// Roll a staged rollout back
///
/// Everybody has the version before again. The draft stays as it is.
#[utoipa::path(delete, path = "/api/v1/projects/{projectId}/workflows/{id}/rollout", tag = "workflows", operation_id = "workflows.rollBack", params(ItemPath), responses((status = 200, body = WorkflowView)))]
pub async fn roll_back(
    State(app): State<App>,
    access: ProjectAccess,
    Id(id): Id<WorkflowId>,
) -> Result<Json<WorkflowView>, ApiError> {
    let mut tx = app.store.begin().await?;
    let workflow = one(&mut tx, access.id(), id).await?;
    running(&mut tx, &workflow).await?;
    rollouts::end(&mut tx, access.id(), id, app.clock.now()).await?;
    let workflow = one(&mut tx, access.id(), id).await?;
    tx.about(id, &workflow.name);
    tx.commit().await?;
    shown(&app, workflow).await
}

async fn running(conn: &mut Conn, workflow: &Workflow) -> Result<Running, ApiError> {
    rollouts::find(conn, workflow.project_id, workflow.id)
        .await?
        .ok_or_else(|| ApiError::conflict("no_rollout", format!("no version of {} is being rolled out", workflow.name)))
}

async fn number(conn: &mut Conn, project_id: ProjectId, version_id: VersionId) -> Result<i64, ApiError> {
    Ok(workflow_versions::find(conn, project_id, version_id).await?.map_or(0, |version| version.number))
}

async fn state(conn: &mut Conn, workflow: &Workflow) -> Result<RolloutState, ApiError> {
    let (project_id, id) = (workflow.project_id, workflow.id);
    let Some(Running { version_id, rollout }) = rollouts::find(conn, project_id, id).await? else {
        return Ok(RolloutState { rollout: None });
    };
    let (mut users_on_it, mut users_enabled, mut after) = (0, 0, String::new());
    loop {
        let users = rollouts::users_on(conn, project_id, id, &after, PAGE).await?;
        let Some(last) = users.last() else { break };
        users_enabled += users.len() as i64;
        users_on_it += users.iter().filter(|user| rollout.includes(version_id, user)).count() as i64;
        after.clone_from(last);
    }
    let deployed_number = match workflow.deployed_version_id {
        Some(deployed) => number(conn, project_id, deployed).await?,
        None => 0,
    };
    Ok(RolloutState {
        rollout: Some(RolloutView {
            version_id,
            version_number: number(conn, project_id, version_id).await?,
            deployed_number,
            percent: rollout.percent,
            user_ids: rollout.users,
            users_on_it,
            users_enabled,
        }),
    })
}
