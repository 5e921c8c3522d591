//! Task History for backends. Auth: an API key, which names the project.
//!
//! This is a surface that clients of such systems know: it says "execution" where we say run, counts
//! pages of a hundred by their offset, and has four statuses. Everything behind it is the same as
//! behind [`manage`](super::manage), whose doors say more.

mod steps;

use axum::extract::{FromRequestParts, State};
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::middleware;
use linchpin_domain::Timestamp;
use linchpin_domain::id::{RunId, WorkflowId};
use linchpin_domain::run::State as RunState;
use linchpin_engine::Replay;
use linchpin_store::runs::{self, ListedRun, Order};
use linchpin_store::{Conn, connected_users, received_events};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use self::steps::{Recorded, StepExecution};
use super::auth::{KeyAccess, ProjectAccess};
use super::definitions;
use super::error::ApiError;
use super::extract::{Json, Query};
use super::layers;
use super::manage::run_steps::{self, Lines};
use super::manage::runs::one;
use crate::http::extract::path_parameter;
use crate::state::App;

/// Executions of one page.
const PAGE: i64 = 100;

/// The routes of this door.
pub fn router() -> OpenApiRouter<App> {
    routes().layer(middleware::from_fn(layers::protect))
}

/// The routes without the layers around them; enough for the API's description.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(find)).routes(routes!(step)).routes(routes!(replay))
}

/// Which executions.
#[derive(Debug, Clone, Deserialize, Serialize, utoipa::IntoParams)]
#[serde(rename_all = "camelCase")]
#[into_params(parameter_in = Query)]
pub struct Filter {
    /// The user's id in the host application (`sub`).
    #[serde(skip_serializing_if = "Option::is_none")]
    user_id: Option<String>,
    #[param(value_type = Option<Uuid>)]
    #[serde(skip_serializing_if = "Option::is_none")]
    workflow_id: Option<WorkflowId>,
    /// The integration's type, such as `hubspot`.
    #[serde(skip_serializing_if = "Option::is_none")]
    integration: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<Status>,
    /// Accepted before: a day (`2030-01-31`) or a moment (`2030-01-31T12:00:00Z`).
    #[serde(skip_serializing_if = "Option::is_none")]
    before_date: Option<String>,
    /// Accepted at or after.
    #[serde(skip_serializing_if = "Option::is_none")]
    after_date: Option<String>,
    /// How many to skip.
    #[param(minimum = 0)]
    #[serde(skip_serializing_if = "Option::is_none")]
    offset: Option<i64>,
    /// By the time of acceptance; the newest first when absent.
    #[param(inline)]
    #[serde(skip_serializing_if = "Option::is_none")]
    sort_by: Option<SortBy>,
}

/// Which come first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "UPPERCASE")]
pub enum SortBy {
    /// The oldest.
    Asc,
    /// The newest.
    Desc,
}

/// Where an execution or a step of it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "UPPERCASE")]
#[schema(as = ExecutionStatus)]
pub enum Status {
    /// Queued, under way, or in doubt about a write.
    Executing,
    /// Waiting: a delay, a retry, a quota.
    Delayed,
    /// Done.
    Succeeded,
    /// Failed for good, or cancelled.
    Failed,
}

impl Status {
    fn of(state: RunState) -> Self {
        match state {
            RunState::Queued | RunState::Running | RunState::InDoubt => Self::Executing,
            RunState::Waiting => Self::Delayed,
            RunState::Succeeded => Self::Succeeded,
            RunState::Failed | RunState::Cancelled => Self::Failed,
        }
    }

    fn states(self) -> Vec<RunState> {
        match self {
            Self::Executing => vec![RunState::Queued, RunState::Running, RunState::InDoubt],
            Self::Delayed => vec![RunState::Waiting],
            Self::Succeeded => vec![RunState::Succeeded],
            Self::Failed => vec![RunState::Failed, RunState::Cancelled],
        }
    }
}

/// A page of executions.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Executions {
    workflow_executions: Vec<Execution>,
    /// Address of the next page; `null` on the last one.
    next_link: Option<String>,
    /// How many the filter finds, over all pages.
    total: i64,
}

/// A run, in the words of this surface.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = WorkflowExecution)]
pub struct Execution {
    #[schema(value_type = Uuid)]
    id: RunId,
    /// The user's id in the host application; empty when the user was deleted.
    user_id: String,
    #[schema(value_type = Uuid)]
    workflow_id: WorkflowId,
    status: Status,
    /// Steps that are done.
    task_count: u32,
    /// Milliseconds from the first step to the end, or until now.
    run_duration: u64,
    #[schema(value_type = String, format = DateTime)]
    date_started: Timestamp,
    #[schema(value_type = Option<String>, format = DateTime)]
    date_ended: Option<Timestamp>,
    /// The run that it repeats.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Uuid>)]
    replay_of: Option<RunId>,
}

/// A run with its steps.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = WorkflowExecutionDetail)]
pub struct ExecutionDetail {
    #[serde(flatten)]
    execution: Execution,
    /// Those that were begun, the trigger first. Of a loop, the first hundred items and those that failed.
    step_executions: Vec<StepExecution>,
}

/// What went into a step and came out of it.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = StepExecutionContent)]
pub struct Content {
    /// Always false: the input is in this answer, whatever its size.
    is_large_input: bool,
    /// Always false, as above.
    is_large_output: bool,
    /// As filled in; secrets masked.
    #[schema(value_type = Object)]
    input: Value,
    /// Of the last attempt; of a failed one `{"error": {"code", "message"}}`.
    #[schema(value_type = Object)]
    output: Value,
}

/// The execution in an address.
#[derive(Debug, utoipa::IntoParams)]
#[into_params(parameter_in = Path)]
#[expect(dead_code, reason = "it is read by the API's description alone")]
pub struct ExecutionPath {
    /// The execution.
    #[param(rename = "executionId")]
    execution_id: Uuid,
}

/// The `executionId` of the address. What is no id cannot exist: 404.
pub struct ExecutionId(RunId);

impl<S: Send + Sync> FromRequestParts<S> for ExecutionId {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        path_parameter(parts, "executionId").await.map(Self).ok_or_else(|| ApiError::not_found("execution"))
    }
}

/// The `stepExecutionId` of the address.
pub struct StepExecutionId(Uuid);

impl<S: Send + Sync> FromRequestParts<S> for StepExecutionId {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        path_parameter(parts, "stepExecutionId").await.map(Self).ok_or_else(|| ApiError::not_found("step execution"))
    }
}

/// List executions
///
/// A hundred a page.
#[utoipa::path(get, path = "/task-history/workflow-executions", tag = "taskHistory", operation_id = "taskHistory.list", params(Filter), responses((status = 200, body = Executions)), security(("apiKey" = [])))]
pub async fn list(
    State(app): State<App>,
    KeyAccess(access): KeyAccess,
    Query(asked): Query<Filter>,
) -> Result<Json<Executions>, ApiError> {
    let offset = asked.offset.unwrap_or(0);
    if offset < 0 {
        return Err(ApiError::bad_request("wrong_query", "offset: a number from 0 is expected"));
    }
    let after = asked.after_date.as_deref().map(|text| moment("afterDate", text)).transpose()?;
    let before = asked.before_date.as_deref().map(|text| moment("beforeDate", text)).transpose()?;
    let mut conn = app.store.read().await?;
    let user_id = match &asked.user_id {
        None => None,
        Some(external_id) => {
            let user = connected_users::find_by_external_id(&mut conn, access.id(), external_id).await?;
            let Some(user) = user else {
                return Ok(Json(Executions { workflow_executions: Vec::new(), next_link: None, total: 0 }));
            };
            Some(user.id)
        }
    };
    let filter = runs::Filter {
        states: asked.status.map(Status::states).unwrap_or_default(),
        workflow_id: asked.workflow_id,
        user_id,
        event: None,
        integration: asked.integration.clone(),
        after,
        before,
        ..runs::Filter::default()
    };
    let order = if asked.sort_by == Some(SortBy::Asc) { Order::Oldest } else { Order::Newest };
    let total = runs::count(&mut conn, access.id(), &filter, None).await?;
    let found = runs::list_from(&mut conn, access.id(), &filter, order, offset, PAGE).await?;
    let next = offset.saturating_add(PAGE);
    let next_link = (next < total).then(|| next_link(&app, Filter { offset: Some(next), ..asked }));
    let now = app.clock.now();
    let workflow_executions = found.into_iter().map(|listed| Execution::of(listed, now)).collect();
    Ok(Json(Executions { workflow_executions, next_link, total }))
}

/// Read an execution
#[utoipa::path(get, path = "/task-history/workflow-executions/{executionId}", tag = "taskHistory", operation_id = "taskHistory.find", params(ExecutionPath), responses((status = 200, body = ExecutionDetail)), security(("apiKey" = [])))]
pub async fn find(
    State(app): State<App>,
    KeyAccess(access): KeyAccess,
    ExecutionId(id): ExecutionId,
) -> Result<Json<ExecutionDetail>, ApiError> {
    let mut conn = app.store.read().await?;
    let listed = one(&mut conn, access.id(), id).await?;
    let recorded = recorded(&app, &mut conn, &access, &listed).await?;
    let step_executions = recorded.into_iter().map(|recorded| recorded.execution).collect();
    Ok(Json(ExecutionDetail { execution: Execution::of(listed, app.clock.now()), step_executions }))
}

/// Read what went into a step and came out of it
#[utoipa::path(get, path = "/task-history/workflow-executions/{executionId}/step-executions/{stepExecutionId}", tag = "taskHistory", operation_id = "taskHistory.step", params(ExecutionPath, ("stepExecutionId" = Uuid, Path, description = "`id` of the step execution.")), responses((status = 200, body = Content)), security(("apiKey" = [])))]
pub async fn step(
    State(app): State<App>,
    KeyAccess(access): KeyAccess,
    ExecutionId(id): ExecutionId,
    StepExecutionId(step_id): StepExecutionId,
) -> Result<Json<Content>, ApiError> {
    let mut conn = app.store.read().await?;
    let listed = one(&mut conn, access.id(), id).await?;
    let recorded = recorded(&app, &mut conn, &access, &listed).await?;
    let found = recorded.into_iter().find(|recorded| recorded.execution.is(step_id));
    let Recorded { input, output, .. } = found.ok_or_else(|| ApiError::not_found("step execution"))?;
    Ok(Json(Content { is_large_input: false, is_large_output: false, input, output }))
}

/// Replay an execution
///
/// Starts a new one with the same event, on the version that the execution had. The answer is the new one.
#[utoipa::path(post, path = "/task-history/workflow-executions/{executionId}/replay", tag = "taskHistory", operation_id = "taskHistory.replay", params(ExecutionPath), responses((status = 201, body = Execution)), security(("apiKey" = [])))]
pub async fn replay(
    State(app): State<App>,
    KeyAccess(access): KeyAccess,
    ExecutionId(id): ExecutionId,
) -> Result<(StatusCode, Json<Execution>), ApiError> {
    let id = app.engine.replay(access.id(), id, Replay::default()).await?;
    let mut conn = app.store.read().await?;
    let listed = one(&mut conn, access.id(), id).await?;
    Ok((StatusCode::CREATED, Json(Execution::of(listed, app.clock.now()))))
}

impl Execution {
    fn of(listed: ListedRun, now: Timestamp) -> Self {
        let run = listed.run;
        let started = run.started_at.unwrap_or(run.created_at);
        Self {
            id: run.id,
            user_id: listed.user_external_id.unwrap_or_default(),
            workflow_id: run.workflow_id,
            status: Status::of(run.state),
            task_count: run.steps_done,
            run_duration: run.finished_at.unwrap_or(now).since(started).as_millis() as u64,
            date_started: started,
            date_ended: run.finished_at,
            replay_of: run.replay_of,
        }
    }
}

/// The trigger and every step that was begun.
async fn recorded(
    app: &App,
    conn: &mut Conn,
    access: &ProjectAccess,
    listed: &ListedRun,
) -> Result<Vec<Recorded>, ApiError> {
    let definition = definitions::of(conn, listed).await?.unwrap_or_default();
    let lines = Lines::read(conn, listed.run.seq).await?;
    let event = received_events::find(conn, access.id(), listed.run.event_seq).await?;
    let views = run_steps::view(&definition, &lines, listed.run.state, &|_| None);
    let connector = listed.integration_type.as_deref().filter(|kind| app.registry.find(kind).is_some());
    Ok(steps::record(listed, event.as_ref(), &views, connector))
}

/// A day begins at midnight UTC.
fn moment(name: &str, text: &str) -> Result<Timestamp, ApiError> {
    // A `+` of an offset that was not encoded arrives as a space.
    let text = text.trim().replace(' ', "+");
    Timestamp::parse(&text).or_else(|| Timestamp::parse(&format!("{text}T00:00:00Z"))).ok_or_else(|| {
        ApiError::bad_request(
            "wrong_query",
            format!("{name}: `{text}` is no date; write `2030-01-31` or `2030-01-31T12:00:00Z`"),
        )
    })
}

fn next_link(app: &App, filter: Filter) -> String {
    let mut url = app.config.public_url.clone();
    url.set_path(&format!("{}/task-history/workflow-executions", url.path().trim_end_matches('/')));
    if let Ok(Value::Object(fields)) = serde_json::to_value(filter) {
        let mut query = url.query_pairs_mut();
        for (name, value) in fields {
            query.append_pair(&name, value.as_str().unwrap_or(&value.to_string()));
        }
    }
    url.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_state_is_found_by_the_status_that_it_is_shown_with() {
        for state in [
            RunState::Queued,
            RunState::Running,
            RunState::Waiting,
            RunState::InDoubt,
            RunState::Succeeded,
            RunState::Failed,
            RunState::Cancelled,
        ] {
            assert!(Status::of(state).states().contains(&state), "{state:?}");
        }
    }

    #[test]
    fn days_and_moments_are_read() {
        let at = |text: &str| moment("afterDate", text).map(|at| at.to_string()).map_err(|error| error.code());
        assert_eq!(at("2030-01-31"), Ok("2030-01-31T00:00:00.000Z".into()));
        assert_eq!(at("2030-01-31T12:00:00Z"), Ok("2030-01-31T12:00:00.000Z".into()));
        assert_eq!(at("2030-01-31T12:00:00 02:00"), Ok("2030-01-31T10:00:00.000Z".into()));
        assert_eq!(at("yesterday"), Err("wrong_query"));
        assert_eq!(at(""), Err("wrong_query"));
    }
}
