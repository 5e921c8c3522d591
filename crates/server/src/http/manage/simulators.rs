//! The simulator that answers simulated tests of an integration's workflows: what it holds, and what shall go wrong.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use linchpin_connectors::simulator::{StandIn, Told};
use linchpin_domain::id::IntegrationId;
use linchpin_store::integrations::{self, Integration};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::http::auth::ProjectAccess;
use crate::http::error::ApiError;
use crate::http::extract::{Id, Json, Name};
use crate::http::page::ItemPath;
use crate::state::App;

/// A simulator as it stands.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Simulator)]
pub struct SimulatorView {
    /// Kinds of records that it has, for example `contacts`.
    collections: Vec<String>,
    /// What goes wrong on demand: `latencyMs`, `quota`, `uniqueEmail`, `revokedKeys`, and `next`, the faults that
    /// befall the next calls.
    #[schema(value_type = Object)]
    faults: Value,
    /// The calls that were made: `total`, `counts` by method and path, and the newest `requests`.
    #[schema(value_type = Object)]
    calls: Value,
}

/// The records of a kind, oldest first.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct SimulatedRecords {
    total: u64,
    /// Each with its `id`, `properties`, `createdAt` and `updatedAt`.
    #[schema(value_type = Vec<Object>)]
    results: Vec<Value>,
}

/// The project, the integration and a kind of records in an address.
#[derive(Debug, utoipa::IntoParams)]
#[into_params(parameter_in = Path)]
#[expect(dead_code, reason = "it is read by the API's description alone")]
pub struct RecordsPath {
    /// The project.
    #[param(rename = "projectId")]
    project_id: Uuid,
    /// The integration.
    id: Uuid,
    /// The kind of records, as `collections` has it.
    name: String,
}

/// Switches and faults, as the admin door of a simulator takes them.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(transparent)]
#[schema(value_type = Object)]
pub struct SimulatorFaults(Map<String, Value>);

/// The simulator of an integration. A manifest that describes none is the caller's to complete.
pub(super) async fn of(app: &App, integration: &Integration) -> Result<Arc<StandIn>, ApiError> {
    let registry = app.connections.registry_of(integration.project_id).await?;
    let manifest = registry.find(&integration.kind).ok_or_else(|| ApiError::not_found("connector"))?;
    let stand_in = app.simulators.of(integration, manifest).await;
    stand_in.map_err(|error| ApiError::conflict("not_simulated", format!("this cannot be simulated: {error}")))
}

async fn find(app: &App, access: &ProjectAccess, id: IntegrationId) -> Result<Arc<StandIn>, ApiError> {
    let mut conn = app.store.read().await?;
    let integration = integrations::find(&mut conn, access.id(), id).await?;
    drop(conn);
    of(app, &integration.ok_or_else(|| ApiError::not_found("integration"))?).await
}

async fn view(stand_in: &StandIn) -> SimulatorView {
    SimulatorView {
        collections: stand_in.collections().map(str::to_owned).collect(),
        faults: stand_in.faults().await.body,
        calls: stand_in.requests().await.body,
    }
}

fn said(told: &Told) -> String {
    told.body["message"].as_str().unwrap_or("the simulator refused").to_owned()
}

/// Look at an integration's simulator
///
/// It answers simulated tests of the integration's workflows (`workflows.test` with `simulated`), holds what they
/// made, and is forgotten when the server stops or nobody has used it for six hours.
#[utoipa::path(get, path = "/api/v1/projects/{projectId}/integrations/{id}/simulator", tag = "integrations", operation_id = "integrations.simulator", params(ItemPath), responses((status = 200, body = SimulatorView)))]
pub async fn show(
    State(app): State<App>,
    access: ProjectAccess,
    Id(id): Id<IntegrationId>,
) -> Result<Json<SimulatorView>, ApiError> {
    Ok(Json(view(&*find(&app, &access, id).await?).await))
}

/// Make calls to an integration's simulator fail
///
/// Takes what the admin door of `linchpin simulate` takes at `/_simulator/faults`, for example
/// `{"next": [{"kind": "status", "status": 429}]}`. Absent keys change nothing; `{"reset": true}` ends all faults.
#[utoipa::path(patch, path = "/api/v1/projects/{projectId}/integrations/{id}/simulator", tag = "integrations", operation_id = "integrations.updateSimulator", params(ItemPath), request_body = SimulatorFaults, responses((status = 200, body = SimulatorView)))]
pub async fn update(
    State(app): State<App>,
    access: ProjectAccess,
    Id(id): Id<IntegrationId>,
    Json(SimulatorFaults(change)): Json<SimulatorFaults>,
) -> Result<Json<SimulatorView>, ApiError> {
    let stand_in = find(&app, &access, id).await?;
    let told = stand_in.set_faults(&Value::Object(change)).await;
    if !told.ok {
        return Err(ApiError::bad_request("faults_invalid", said(&told)));
    }
    Ok(Json(view(&stand_in).await))
}

/// Empty an integration's simulator
///
/// Its records, its faults and its list of calls are gone.
#[utoipa::path(delete, path = "/api/v1/projects/{projectId}/integrations/{id}/simulator", tag = "integrations", operation_id = "integrations.resetSimulator", params(ItemPath), responses((status = 204)))]
pub async fn reset(
    State(app): State<App>,
    access: ProjectAccess,
    Id(id): Id<IntegrationId>,
) -> Result<StatusCode, ApiError> {
    let mut conn = app.store.read().await?;
    if integrations::find(&mut conn, access.id(), id).await?.is_none() {
        return Err(ApiError::not_found("integration"));
    }
    app.simulators.reset(access.id(), id);
    Ok(StatusCode::NO_CONTENT)
}

/// List records of an integration's simulator
#[utoipa::path(get, path = "/api/v1/projects/{projectId}/integrations/{id}/simulator/records/{name}", tag = "integrations", operation_id = "integrations.simulatedRecords", params(RecordsPath), responses((status = 200, body = SimulatedRecords)))]
pub async fn records(
    State(app): State<App>,
    access: ProjectAccess,
    Id(id): Id<IntegrationId>,
    Name(name): Name,
) -> Result<Json<SimulatedRecords>, ApiError> {
    let told = find(&app, &access, id).await?.records(&name).await;
    if !told.ok {
        return Err(ApiError::status(StatusCode::NOT_FOUND, "not_found", said(&told)));
    }
    Ok(Json(serde_json::from_value(told.body).unwrap_or(SimulatedRecords { total: 0, results: Vec::new() })))
}
