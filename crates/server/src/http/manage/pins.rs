//! Pins: outputs that a member keeps for the tests of a workflow's draft.

use axum::extract::State;
use axum::http::StatusCode;
use linchpin_domain::Timestamp;
use linchpin_domain::id::{ConnectedUserId, WorkflowId};
use linchpin_store::pins::{self, Owner, Pin};
use linchpin_store::{Conn, connected_users};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

use super::workflows::one;
use crate::http::auth::{Actor, ProjectAccess};
use crate::http::error::ApiError;
use crate::http::extract::{Id, Json, Name};
use crate::http::page::{ItemPath, Items};
use crate::state::App;

/// The largest output that is kept.
const MOST: usize = 256 * 1024;

/// A workflow and one of its steps.
#[derive(Debug, utoipa::IntoParams)]
#[into_params(parameter_in = Path)]
#[expect(dead_code, reason = "it is read by the API's description alone")]
pub struct PinPath {
    /// The project.
    #[param(rename = "projectId")]
    project_id: Uuid,
    /// The workflow.
    id: Uuid,
    /// The step's key.
    name: String,
}

/// An output that stands for a step in tests.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Pin)]
pub struct PinView {
    /// The step's key.
    step: String,
    /// The connected user whose data it is.
    #[schema(value_type = Option<Uuid>)]
    user_id: Option<ConnectedUserId>,
    output: Value,
    #[schema(value_type = String, format = DateTime)]
    pinned_at: Timestamp,
}

/// What is kept.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SetPin {
    /// 256 KiB at most.
    output: Value,
    /// The connected user whose data it is: it is erased with the user.
    #[serde(default)]
    #[schema(value_type = Option<Uuid>)]
    user_id: Option<ConnectedUserId>,
}

/// List pinned outputs
///
/// Those of the signed-in member: what tests of this workflow use in the place of performing a step.
#[utoipa::path(get, path = "/api/v1/projects/{projectId}/workflows/{id}/pins", tag = "workflows", operation_id = "pins.list", params(ItemPath), responses((status = 200, body = Items<PinView>)))]
pub async fn list(
    State(app): State<App>,
    access: ProjectAccess,
    Id(id): Id<WorkflowId>,
) -> Result<Json<Items<PinView>>, ApiError> {
    let mut conn = app.store.read().await?;
    let owner = owner(&mut conn, &access, id).await?;
    let found = pins::list(&mut conn, owner).await?.into_iter().map(|pin| PinView {
        step: pin.step_key,
        user_id: pin.user_id,
        output: pin.output,
        pinned_at: pin.pinned_at,
    });
    Ok(Items::whole(found.collect()))
}

/// Pin an output
///
/// For the signed-in member, in the place of what was pinned for the step before.
#[utoipa::path(put, path = "/api/v1/projects/{projectId}/workflows/{id}/pins/{name}", tag = "workflows", operation_id = "pins.set", params(PinPath), request_body = SetPin, responses((status = 204)))]
pub async fn set(
    State(app): State<App>,
    access: ProjectAccess,
    Id(id): Id<WorkflowId>,
    Name(name): Name,
    Json(body): Json<SetPin>,
) -> Result<StatusCode, ApiError> {
    if body.output.to_string().len() > MOST {
        return Err(ApiError::invalid([("output", "an output of at most 256 KiB can be pinned")]));
    }
    let mut tx = app.store.begin().await?;
    let owner = owner(&mut tx, &access, id).await?;
    if let Some(user) = body.user_id
        && connected_users::find(&mut tx, access.id(), user).await?.is_none()
    {
        return Err(ApiError::invalid([("userId", "there is no such connected user")]));
    }
    let pin = Pin { step_key: name, user_id: body.user_id, output: body.output, pinned_at: app.clock.now() };
    pins::set(&mut tx, owner, &pin).await?;
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Unpin an output
#[utoipa::path(delete, path = "/api/v1/projects/{projectId}/workflows/{id}/pins/{name}", tag = "workflows", operation_id = "pins.remove", params(PinPath), responses((status = 204)))]
pub async fn remove(
    State(app): State<App>,
    access: ProjectAccess,
    Id(id): Id<WorkflowId>,
    Name(name): Name,
) -> Result<StatusCode, ApiError> {
    let mut tx = app.store.begin().await?;
    let owner = owner(&mut tx, &access, id).await?;
    if !pins::remove(&mut tx, owner, &name).await? {
        return Err(ApiError::not_found("pinned output"));
    }
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn owner(conn: &mut Conn, access: &ProjectAccess, id: WorkflowId) -> Result<Owner, ApiError> {
    let workflow = one(conn, access.id(), id).await?;
    match &access.actor {
        Actor::Member(member, _) => {
            Ok(Owner { project_id: access.id(), workflow_id: workflow.id, member_id: member.id })
        }
        Actor::ApiKey(_) => Err(ApiError::status(
            StatusCode::FORBIDDEN,
            "member_needed",
            "outputs are pinned by signed-in members, each for their own tests",
        )),
    }
}
