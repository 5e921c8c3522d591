//! Replays: one run, or all that a filter finds.

use axum::extract::State;
use axum::http::StatusCode;
use linchpin_domain::Timestamp;
use linchpin_domain::id::{ConnectedUserId, IntegrationId, RunId, WorkflowId};
use linchpin_domain::run::State as RunState;
use linchpin_engine::{ControlError, From, Replay, VersionToRun};
use linchpin_store::runs;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::http::auth::ProjectAccess;
use crate::http::error::ApiError;
use crate::http::extract::{Id, Json, MaybeJson};
use crate::http::page::{ItemPath, ProjectPath};
use crate::state::App;

/// Runs that one call replays at most; the answer says how many are left.
const AT_ONCE: i64 = 500;

/// How a run is replayed.
#[derive(Debug, Clone, Copy, Default, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(as = Replay)]
pub struct ReplayBody {
    /// The version that the run had (default), or the one that is deployed now.
    #[serde(default)]
    version: Version,
    /// From the first step (default), or from the step that failed: what was finished is not done again.
    #[serde(default)]
    from: Begin,
}

#[derive(Debug, Clone, Copy, Default, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = ReplayVersion)]
enum Version {
    #[default]
    Original,
    Current,
}

#[derive(Debug, Clone, Copy, Default, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = ReplayFrom)]
enum Begin {
    #[default]
    Start,
    Failed,
}

/// Which runs are replayed, and how.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ReplayAll {
    /// Only runs that are over can be replayed in bulk: `failed` (default), `cancelled` or `succeeded`.
    #[serde(default)]
    state: Option<String>,
    #[serde(default)]
    #[schema(value_type = Option<Uuid>)]
    workflow_id: Option<WorkflowId>,
    #[serde(default)]
    #[schema(value_type = Option<Uuid>)]
    user_id: Option<ConnectedUserId>,
    #[serde(default)]
    #[schema(value_type = Option<Uuid>)]
    integration_id: Option<IntegrationId>,
    /// What started them, by name.
    #[serde(default)]
    event: Option<String>,
    /// As in the list of runs.
    #[serde(default)]
    text: Option<String>,
    /// Created at or after.
    #[serde(default)]
    #[schema(value_type = Option<String>, format = DateTime)]
    after: Option<Timestamp>,
    /// Created before.
    #[serde(default)]
    #[schema(value_type = Option<String>, format = DateTime)]
    before: Option<Timestamp>,
    #[serde(default)]
    version: Version,
    #[serde(default)]
    from: Begin,
    /// Counts what would be replayed, and does nothing.
    #[serde(default)]
    dry_run: bool,
    /// Where an earlier call stopped.
    #[serde(default)]
    cursor: Option<String>,
}

/// A replay.
#[derive(Serialize, ToSchema)]
pub struct Replayed {
    /// The new run.
    #[schema(value_type = Uuid)]
    id: RunId,
}

/// What was replayed.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ReplayedAll {
    /// Runs that the filter finds.
    found: i64,
    /// New runs of this call.
    replayed: usize,
    /// Runs of this call that could not be replayed, and why.
    skipped: Vec<Skipped>,
    /// Send it again as `cursor` to go on; null when this was all.
    next_cursor: Option<String>,
}

/// A run that could not be replayed.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = SkippedReplay)]
pub struct Skipped {
    #[schema(value_type = Uuid)]
    id: RunId,
    reason: String,
}

fn how(version: Version, from: Begin) -> Replay {
    let version = match version {
        Version::Original => VersionToRun::Original,
        Version::Current => VersionToRun::Current,
    };
    let from = match from {
        Begin::Start => From::Start,
        Begin::Failed => From::Failed,
    };
    Replay { version, from }
}

/// Replay a run
///
/// Starts a new run with the same event: on the version that the run had or on the one that is deployed now, from
/// the start or on from the step that failed.
#[utoipa::path(post, path = "/api/v1/projects/{projectId}/runs/{id}/replay", tag = "runs", operation_id = "runs.replay", params(ItemPath), request_body = Option<ReplayBody>, responses((status = 201, body = Replayed)))]
pub async fn replay(
    State(app): State<App>,
    access: ProjectAccess,
    Id(id): Id<RunId>,
    MaybeJson(body): MaybeJson<ReplayBody>,
) -> Result<(StatusCode, Json<Replayed>), ApiError> {
    let id = app.engine.replay(access.id(), id, how(body.version, body.from)).await?;
    Ok((StatusCode::CREATED, Json(Replayed { id })))
}

/// Replay many runs
///
/// Of workflows: who called a tool or passed a request on has decided for themselves. Newest first, five hundred a
/// call; `dryRun` counts them. Every run that was found and not replayed is named with
/// the reason.
#[utoipa::path(post, path = "/api/v1/projects/{projectId}/runs/replay", tag = "runs", operation_id = "runs.replayAll", params(ProjectPath), request_body = ReplayAll, responses((status = 200, body = ReplayedAll)))]
pub async fn replay_all(
    State(app): State<App>,
    access: ProjectAccess,
    Json(body): Json<ReplayAll>,
) -> Result<Json<ReplayedAll>, ApiError> {
    let state = body.state.as_deref().unwrap_or("failed");
    let state = RunState::parse(state).filter(|state| state.is_final());
    let state =
        state.ok_or_else(|| ApiError::invalid([("state", "only failed, cancelled and succeeded runs are over")]))?;
    let before_seq = body.cursor.as_deref().map(str::parse::<i64>).transpose();
    let before_seq =
        before_seq.map_err(|_| ApiError::invalid([("cursor", "this is no cursor of an earlier answer")]))?;
    let filter = runs::Filter {
        states: vec![state],
        workflow_id: body.workflow_id,
        user_id: body.user_id,
        integration_id: body.integration_id,
        event: body.event.filter(|event| !event.is_empty()),
        text: body.text.filter(|text| !text.trim().is_empty()),
        after: body.after,
        before: body.before,
        integration: None,
        // Who called a tool was told what came of it, and may have called again since.
        of_workflows: true,
    };
    let mut conn = app.store.read().await?;
    let found = runs::count(&mut conn, access.id(), &filter, before_seq).await?;
    let mut answer = ReplayedAll { found, replayed: 0, skipped: Vec::new(), next_cursor: None };
    if body.dry_run {
        return Ok(Json(answer));
    }
    // What this call starts is newer than all that it finds, so that it never finds its own.
    let page = runs::list(&mut conn, access.id(), &filter, before_seq, AT_ONCE).await?;
    drop(conn);
    if found > AT_ONCE {
        answer.next_cursor = page.last().map(|last| last.run.seq.to_string());
    }
    for listed in page {
        match app.engine.replay(access.id(), listed.run.id, how(body.version, body.from)).await {
            Ok(_) => answer.replayed += 1,
            Err(ControlError::Store(error)) => return Err(error.into()),
            Err(error) => answer.skipped.push(Skipped { id: listed.run.id, reason: error.to_string() }),
        }
    }
    Ok(Json(answer))
}
