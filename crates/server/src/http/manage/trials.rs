//! Trying a draft out as a preview user.

use axum::extract::State;
use axum::http::StatusCode;
use linchpin_domain::connector::Exchange;
use linchpin_domain::id::{ConnectedUserId, WorkflowId};
use linchpin_domain::input::Input;
use linchpin_domain::trigger::Trigger;
use linchpin_engine::{StandIn, Trial, TrialError, Tried};
use linchpin_store::{app_events, integrations, projects, workflows};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use utoipa::ToSchema;

use super::runs::FaultView;
use super::simulators;
use super::workflow_views::Frame;
use crate::http::auth::ProjectAccess;
use crate::http::error::ApiError;
use crate::http::extract::{Id, Json};
use crate::http::page::ItemPath;
use crate::state::App;

/// What is tried.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Try {
    /// The preview user: the calls are made with this connected user's account and settings. Only a simulated test
    /// can do without one.
    #[serde(default)]
    #[schema(value_type = Option<Uuid>)]
    user_id: Option<ConnectedUserId>,
    /// The calls are answered by the connector's simulator in this server: no account is needed, nothing leaves the
    /// machine, and requests to other addresses are refused. What a test makes there later tests find.
    #[serde(default)]
    simulated: bool,
    /// What the user has set, for a simulated test of a user without an account. The settings' defaults when absent.
    #[serde(default)]
    #[schema(value_type = Option<Object>)]
    settings: Option<Map<String, Value>>,
    /// What the trigger gives; the App Event's example when absent.
    #[serde(default)]
    #[schema(value_type = Option<Object>)]
    payload: Option<Map<String, Value>>,
    /// This step alone, by its key; else all.
    #[serde(default)]
    step: Option<String>,
    /// Outputs of steps that are not performed again, by key: what an earlier trial gave. Those of a loop's steps
    /// hold for every item.
    #[serde(default)]
    #[schema(value_type = Object)]
    outputs: Map<String, Value>,
    /// For one step alone: the items that the loops around it are at, by the loop's key.
    #[serde(default)]
    #[schema(value_type = Object)]
    items: Map<String, Value>,
}

/// What came of it.
#[derive(Debug, Serialize, ToSchema)]
pub struct Trials {
    /// Whether the connector's simulator answered the calls: the provider knows nothing of them.
    simulated: bool,
    /// In the order in which they were performed.
    steps: Vec<TrialView>,
}

/// One step that was tried.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = TriedStep)]
pub struct TrialView {
    /// Where it stands, as history names it.
    path: String,
    /// As filled in; secrets masked.
    #[schema(value_type = Option<Object>)]
    inputs: Option<Value>,
    /// What later steps see; null when it failed.
    #[schema(value_type = Option<Object>)]
    output: Option<Value>,
    fault: Option<FaultView>,
    #[schema(value_type = Option<Object>)]
    exchange: Option<Exchange>,
    duration_ms: u64,
    /// It was not performed: its output was given.
    pinned: bool,
}

impl From<Tried> for TrialView {
    fn from(tried: Tried) -> Self {
        let Tried { path, inputs, output, fault, exchange, duration_ms, given } = tried;
        Self { path, inputs, output, fault: fault.map(Into::into), exchange, duration_ms, pinned: given }
    }
}

/// Try a draft out
///
/// Performs its steps, or one of them, as a preview user and shows what came of each. **The calls are real.** Nothing
/// is recorded, attempts are not repeated, delays are passed over, lists are cut to 20 items, pages to 3.
///
/// With `simulated` the connector's simulator answers in the provider's place, and neither an account nor a user is
/// needed. `integrations.simulator` shows what it holds, and makes calls fail on demand.
#[utoipa::path(post, path = "/api/v1/projects/{projectId}/workflows/{id}/test", tag = "workflows", operation_id = "workflows.test", params(ItemPath), request_body = Try, responses((status = 200, body = Trials)))]
pub async fn test(
    State(app): State<App>,
    access: ProjectAccess,
    Id(id): Id<WorkflowId>,
    Json(body): Json<Try>,
) -> Result<Json<Trials>, ApiError> {
    let mut conn = app.store.read().await?;
    let workflow = workflows::find(&mut conn, access.id(), id).await?.ok_or_else(|| ApiError::not_found("workflow"))?;
    let integration = integrations::find(&mut conn, access.id(), workflow.integration_id).await?;
    let integration = integration.ok_or_else(|| ApiError::not_found("integration"))?;
    let frame = Frame::read(&mut conn, access.id()).await?;
    // Of a step that is tried alone only its own problems matter.
    let problems: Vec<Value> = frame
        .problems(&app, &workflow, &workflow.draft)
        .iter()
        .map(|problem| json!(problem))
        .filter(|problem| body.step.as_deref().is_none_or(|step| problem["step"] == step))
        .collect();
    if !problems.is_empty() {
        let message = format!("the draft cannot be tried: {}", problems[0]["message"].as_str().unwrap_or_default());
        return Err(ApiError::status(StatusCode::UNPROCESSABLE_ENTITY, "workflow_has_problems", message)
            .with("problems", problems));
    }
    let example = match &workflow.draft.trigger {
        Some(Trigger::AppEvent(name)) => {
            app_events::find_by_name(&mut conn, access.id(), name).await?.map(|event| event.example)
        }
        _ => None,
    };
    let project = projects::find(&mut conn, access.id()).await?.ok_or_else(|| ApiError::not_found("project"))?;
    drop(conn);
    if body.user_id.is_none() && !body.simulated {
        return Err(ApiError::invalid([("userId", "name the connected user to test as, or test `simulated`")]));
    }
    let stand_in = if body.simulated {
        Some(StandIn {
            connector: simulators::of(&app, &integration).await?,
            settings: body.settings.unwrap_or_else(|| defaults(integration.settings.iter().chain(&workflow.settings))),
            metadata: project.user_metadata,
        })
    } else {
        None
    };
    let trial = Trial {
        project_id: access.id(),
        workflow_id: id,
        integration_id: workflow.integration_id,
        connector: integration.kind,
        definition: workflow.draft,
        user_id: body.user_id,
        stand_in,
        payload: body.payload.map_or_else(|| json!(example.unwrap_or_default()), Value::Object),
        outputs: body.outputs,
        items: body.items,
        step: body.step,
    };
    let steps = app.engine.try_out(trial).await.map_err(refused)?;
    Ok(Json(Trials { simulated: body.simulated, steps: steps.into_iter().map(Into::into).collect() }))
}

/// What settings are until a user gives a value.
fn defaults<'a>(settings: impl Iterator<Item = &'a Input>) -> Map<String, Value> {
    settings.filter_map(|input| Some((input.id.clone(), input.default_value.clone()?))).collect()
}

fn refused(error: TrialError) -> ApiError {
    match error {
        TrialError::NoUser => ApiError::not_found("connected user"),
        TrialError::NotConnected => ApiError::conflict("not_connected", error.to_string()),
        TrialError::NoStep(_) => ApiError::invalid([("step", error.to_string())]),
        TrialError::Store(error) => error.into(),
    }
}
