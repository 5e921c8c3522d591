//! Runs: what Task History shows, and what people do to them.

use std::collections::HashMap;

use axum::extract::State;
use linchpin_domain::Timestamp;
use linchpin_domain::id::{
    ConfigurationId, ConnectedUserId, CredentialId, IntegrationId, ProjectId, ReceivedEventId, RunId, VersionId,
    WorkflowId,
};
use linchpin_domain::run::{Fault, State as RunState};
use linchpin_domain::trigger::Kind;
use linchpin_domain::workflow::Definition;
use linchpin_engine::ControlError;
use linchpin_store::runs::{self, ListedRun};
use linchpin_store::{Conn, received_events};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use super::run_queue::{self, RunQueue};
use super::run_steps::{self, StepView};
use super::users::metadata_text;
use crate::http::auth::ProjectAccess;
use crate::http::definitions;
use crate::http::error::ApiError;
use crate::http::extract::{Id, Json, Query};
use crate::http::page::{ItemPath, Page, ProjectPath};
use crate::state::App;

/// Which runs.
#[derive(Deserialize, utoipa::IntoParams)]
#[serde(rename_all = "camelCase")]
#[into_params(parameter_in = Query)]
pub struct Filter {
    /// `queued`, `running`, `waiting`, `in_doubt`, `succeeded`, `failed` or `cancelled`.
    state: Option<String>,
    #[param(value_type = Option<Uuid>)]
    workflow_id: Option<WorkflowId>,
    #[param(value_type = Option<Uuid>)]
    integration_id: Option<IntegrationId>,
    /// The connected user's id here.
    #[param(value_type = Option<Uuid>)]
    user_id: Option<ConnectedUserId>,
    /// The App Event's name.
    event: Option<String>,
    /// Stands somewhere in the event's name or payload (up to 64 KiB), the user's id or metadata, the workflow's
    /// name or the reason why it failed, in any case; or is the run's id.
    text: Option<String>,
    /// Created before.
    #[param(value_type = Option<String>)]
    before: Option<Timestamp>,
    /// Created at or after.
    #[param(value_type = Option<String>)]
    after: Option<Timestamp>,
}

/// A page of runs.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct RunPage {
    items: Vec<RunView>,
    /// Give it as `cursor` to get the next page; `null` on the last one.
    next_cursor: Option<String>,
    /// Where a search stopped before its page was full: how far back it has looked. The next page goes on from there.
    #[schema(value_type = Option<String>, format = DateTime)]
    searched_to: Option<Timestamp>,
}

/// A run in a list.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Run)]
pub struct RunView {
    #[schema(value_type = Uuid)]
    id: RunId,
    /// Order of acceptance.
    seq: i64,
    state: &'static str,
    #[schema(value_type = Uuid)]
    workflow_id: WorkflowId,
    workflow_name: String,
    version_number: i64,
    integration_type: String,
    user: RunUser,
    trigger: RunTrigger,
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
    #[schema(value_type = Option<String>, format = DateTime)]
    started_at: Option<Timestamp>,
    #[schema(value_type = Option<String>, format = DateTime)]
    finished_at: Option<Timestamp>,
    /// From its first step to its end.
    duration_ms: Option<u64>,
    /// When a waiting run goes on.
    #[schema(value_type = Option<String>, format = DateTime)]
    wake_at: Option<Timestamp>,
    steps: StepCount,
    fault: Option<FaultView>,
}

/// The connected user of a run.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct RunUser {
    #[schema(value_type = Uuid)]
    id: ConnectedUserId,
    /// The user's id in the host application.
    user_id: String,
    name: Option<String>,
}

/// What started a run.
#[derive(Serialize, ToSchema)]
pub struct RunTrigger {
    /// `appEvent`, `request`, `schedule`, `integrationEnabled`, `provider` or `webhook`. `tool` (an action that
    /// was called without a workflow) and `proxy` (a request that was passed on) have no workflow: where a run
    /// names one, theirs name the integration.
    kind: &'static str,
    /// The App Event's name; for the other kinds what came, the workflow's name, a tool's action, or the method
    /// and path of a request.
    name: String,
}

/// How far a run has come.
#[derive(Serialize, ToSchema)]
pub struct StepCount {
    done: u32,
    total: usize,
}

/// Why a run or an attempt failed.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Fault)]
pub struct FaultView {
    /// Stable.
    code: String,
    message: String,
    /// The step that it happened in.
    #[serde(skip_serializing_if = "Option::is_none")]
    step: Option<String>,
}

impl From<Fault> for FaultView {
    fn from(fault: Fault) -> Self {
        Self { code: fault.code, message: fault.message, step: fault.step }
    }
}

/// A run with everything that happened in it.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct RunDetail {
    #[serde(flatten)]
    run: RunHead,
    /// The version that it runs on; empty when the workflow was deleted.
    #[schema(value_type = Object)]
    definition: Definition,
    /// The event that started it; `null` when it is no longer stored.
    event: Option<RunEvent>,
    #[schema(value_type = Uuid)]
    credential_id: CredentialId,
    #[schema(value_type = Uuid)]
    configuration_id: ConfigurationId,
    /// The run that it repeats.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Uuid>)]
    replay_of: Option<RunId>,
    /// Where it stands while it is queued.
    queue: Option<RunQueue>,
    steps: Vec<StepView>,
}

/// A run without the count of its steps.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct RunHead {
    #[schema(value_type = Uuid)]
    id: RunId,
    seq: i64,
    state: &'static str,
    #[schema(value_type = Uuid)]
    workflow_id: WorkflowId,
    workflow_name: String,
    version_number: i64,
    integration_type: String,
    user: RunUser,
    trigger: RunTrigger,
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
    #[schema(value_type = Option<String>, format = DateTime)]
    started_at: Option<Timestamp>,
    #[schema(value_type = Option<String>, format = DateTime)]
    finished_at: Option<Timestamp>,
    duration_ms: Option<u64>,
    #[schema(value_type = Option<String>, format = DateTime)]
    wake_at: Option<Timestamp>,
    fault: Option<FaultView>,
}

/// The event that started a run.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct RunEvent {
    #[schema(value_type = Uuid)]
    id: ReceivedEventId,
    name: String,
    #[schema(value_type = Object)]
    payload: Value,
    #[schema(value_type = String, format = DateTime)]
    received_at: Timestamp,
    /// What people should know about it, for example that a user's time zone is unknown.
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<String>,
}

/// What a person found out about a write in doubt.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Settle {
    /// Path of the step, where the run has several doubts; else the first one is meant.
    #[serde(default)]
    step: Option<String>,
    /// Whether the write took effect at the provider.
    happened: bool,
    /// What later steps see as the step's output, when it happened.
    #[serde(default)]
    #[schema(value_type = Option<Object>)]
    output: Option<Value>,
}

/// List runs
///
/// Newest first. A page of a search by text, event, integration, or the states `succeeded` and `cancelled`, looks
/// through 20,000 runs at most: it may hold fewer than asked for, or none, and `nextCursor` goes on.
#[utoipa::path(get, path = "/api/v1/projects/{projectId}/runs", tag = "runs", operation_id = "runs.list", params(ProjectPath, Filter, Page), responses((status = 200, body = RunPage)))]
pub async fn list(
    State(app): State<App>,
    access: ProjectAccess,
    Query(filter): Query<Filter>,
    Query(page): Query<Page>,
) -> Result<Json<RunPage>, ApiError> {
    let limit = page.limit()?;
    let state = filter.state.as_deref().filter(|state| !state.is_empty());
    let state = state.map(|state| RunState::parse(state).ok_or_else(|| unknown_state(state))).transpose()?;
    let filter = runs::Filter {
        states: state.into_iter().collect(),
        workflow_id: filter.workflow_id,
        integration_id: filter.integration_id,
        user_id: filter.user_id,
        event: filter.event.filter(|event| !event.is_empty()),
        text: filter.text.filter(|text| !text.trim().is_empty()),
        after: filter.after,
        before: filter.before,
        integration: None,
        of_workflows: false,
    };
    let mut conn = app.store.read().await?;
    let found = runs::search(&mut conn, access.id(), &filter, page.seq()?, limit).await?;
    let (next_cursor, searched_to) = (found.next.map(|seq| seq.to_string()), found.searched_to);
    let found = found.runs;
    let mut sizes: HashMap<VersionId, usize> = HashMap::new();
    for listed in &found {
        if let std::collections::hash_map::Entry::Vacant(entry) = sizes.entry(listed.run.version_id) {
            let definition = definitions::of(&mut conn, listed).await?;
            entry.insert(definition.map_or(0, |definition| definition.steps.len()));
        }
    }
    let items = found
        .into_iter()
        .map(|listed| {
            let total = sizes.get(&listed.run.version_id).copied().unwrap_or(0);
            view(listed, total)
        })
        .collect();
    Ok(Json(RunPage { items, next_cursor, searched_to }))
}

/// Read a run
///
/// With its event, its steps, and each attempt's inputs, output and exchange. Secrets are masked.
#[utoipa::path(get, path = "/api/v1/projects/{projectId}/runs/{id}", tag = "runs", operation_id = "runs.find", params(ItemPath), responses((status = 200, body = RunDetail)))]
pub async fn find(
    State(app): State<App>,
    access: ProjectAccess,
    Id(id): Id<RunId>,
) -> Result<Json<RunDetail>, ApiError> {
    let registry = app.connections.registry_of(access.id()).await?;
    let mut conn = app.store.read().await?;
    let listed = one(&mut conn, access.id(), id).await?;
    let definition = definitions::of(&mut conn, &listed).await?.unwrap_or_default();
    let lines = run_steps::Lines::read(&mut conn, listed.run.seq).await?;
    let event = received_events::find(&mut conn, access.id(), listed.run.event_seq).await?;
    let queue = run_queue::of(&app, &mut conn, &listed.run).await?;
    let steps = run_steps::view(&definition, &lines, listed.run.state, &|action| {
        let manifest = registry.find(listed.integration_type.as_deref()?)?;
        manifest.actions.get(action).map(|action| action.title.clone())
    });
    Ok(Json(RunDetail {
        credential_id: listed.run.credential_id,
        configuration_id: listed.run.configuration_id,
        replay_of: listed.run.replay_of,
        run: head(listed),
        definition,
        event: event.map(|event| RunEvent {
            id: event.id,
            name: event.name,
            payload: serde_json::from_str(&event.payload).unwrap_or(Value::String(event.payload)),
            received_at: event.received_at,
            note: event.note,
        }),
        queue,
        steps,
    }))
}

/// Cancel a run
///
/// A call that is under way is not called back; nothing follows it.
#[utoipa::path(post, path = "/api/v1/projects/{projectId}/runs/{id}/cancel", tag = "runs", operation_id = "runs.cancel", params(ItemPath), responses((status = 200, body = RunView)))]
pub async fn cancel(
    State(app): State<App>,
    access: ProjectAccess,
    Id(id): Id<RunId>,
) -> Result<Json<RunView>, ApiError> {
    app.engine.cancel(access.id(), id).await?;
    shown(&app, access.id(), id).await
}

/// Settle a run in doubt
///
/// After a look at the provider: whether the write happened. If not, it is sent again.
#[utoipa::path(post, path = "/api/v1/projects/{projectId}/runs/{id}/settle", tag = "runs", operation_id = "runs.settle", params(ItemPath), request_body = Settle, responses((status = 200, body = RunView)))]
pub async fn settle(
    State(app): State<App>,
    access: ProjectAccess,
    Id(id): Id<RunId>,
    Json(body): Json<Settle>,
) -> Result<Json<RunView>, ApiError> {
    app.engine.settle(access.id(), id, body.step.as_deref(), body.happened, body.output).await?;
    shown(&app, access.id(), id).await
}

impl From<ControlError> for ApiError {
    fn from(error: ControlError) -> Self {
        match error {
            ControlError::NotFound => Self::not_found("run"),
            ControlError::State { state } => {
                Self::conflict("run_state", format!("this run is {}", state.as_str().replace('_', " ")))
            }
            ControlError::Gone(message) => Self::conflict("run_needs", message),
            ControlError::Store(error) => error.into(),
        }
    }
}

fn unknown_state(state: &str) -> ApiError {
    ApiError::bad_request(
        "wrong_query",
        format!(
            "state: there is no state `{state}`; there are queued, running, waiting, in_doubt, succeeded, failed, cancelled"
        ),
    )
}

pub(in crate::http) async fn one(conn: &mut Conn, project_id: ProjectId, id: RunId) -> Result<ListedRun, ApiError> {
    runs::find(conn, project_id, id).await?.ok_or_else(|| ApiError::not_found("run"))
}

async fn shown(app: &App, project_id: ProjectId, id: RunId) -> Result<Json<RunView>, ApiError> {
    let mut conn = app.store.read().await?;
    let listed = one(&mut conn, project_id, id).await?;
    let definition = definitions::of(&mut conn, &listed).await?;
    Ok(Json(view(listed, definition.map_or(0, |definition| definition.steps.len()))))
}

fn view(listed: ListedRun, total: usize) -> RunView {
    let steps = StepCount { done: listed.run.steps_done, total };
    let head = head(listed);
    RunView {
        id: head.id,
        seq: head.seq,
        state: head.state,
        workflow_id: head.workflow_id,
        workflow_name: head.workflow_name,
        version_number: head.version_number,
        integration_type: head.integration_type,
        user: head.user,
        trigger: head.trigger,
        created_at: head.created_at,
        started_at: head.started_at,
        finished_at: head.finished_at,
        duration_ms: head.duration_ms,
        wake_at: head.wake_at,
        steps,
        fault: head.fault,
    }
}

fn head(listed: ListedRun) -> RunHead {
    let workflow_name = definitions::name(&listed);
    let run = listed.run;
    let metadata = listed.user_metadata.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default();
    RunHead {
        id: run.id,
        seq: run.seq,
        state: run.state.as_str(),
        workflow_id: run.workflow_id,
        workflow_name,
        version_number: listed.version_number.unwrap_or(0),
        integration_type: listed.integration_type.unwrap_or_default(),
        user: RunUser {
            id: run.user_id,
            user_id: listed.user_external_id.unwrap_or_else(|| "deleted user".into()),
            name: metadata_text(&metadata, "name"),
        },
        trigger: RunTrigger {
            kind: listed.event_kind.unwrap_or(Kind::AppEvent).as_str(),
            name: listed.event_name.unwrap_or_default(),
        },
        created_at: run.created_at,
        started_at: run.started_at,
        finished_at: run.finished_at,
        duration_ms: run
            .finished_at
            .map(|finished| finished.since(run.started_at.unwrap_or(run.created_at)).as_millis() as u64),
        wake_at: run.wake_at.filter(|_| run.state == RunState::Waiting),
        fault: run.fault.map(FaultView::from),
    }
}
