//! Switching workflows on and off.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use linchpin_domain::id::{ConfigurationId, ProjectId, WorkflowId};
use linchpin_store::credentials::Status;
use linchpin_store::enablements;
use linchpin_store::workflows::Workflow;
use serde::Deserialize;
use serde_json::{Value, json};

use super::described::{Conflicting, NotThere, ProjectPath, Refused, SdkSwitched, Selecting, Unfit};
use super::settings::missing;
use super::shapes::{Selection, Snapshot};
use crate::http::auth::ConnectedUser;
use crate::http::auth::user_token::Permission;
use crate::http::error::ApiError;
use crate::state::App;

#[derive(Deserialize)]
pub(super) struct Place {
    #[expect(dead_code, reason = "the user token says it")]
    project_id: ProjectId,
    workflow_id: String,
}

/// Switch a workflow on (R7)
#[utoipa::path(post, path = "/projects/{projectId}/sdk/workflows/{workflowId}", tag = "sdk", operation_id = "sdk.enableWorkflow", params(ProjectPath, ("workflowId" = String, Path, description = "The workflow"), Selecting), responses((status = 200, body = SdkSwitched), NotThere, Conflicting, Unfit, Refused), security(("userToken" = [])))]
pub(super) async fn enable(
    user: ConnectedUser,
    State(app): State<App>,
    Path(place): Path<Place>,
    headers: HeaderMap,
) -> Result<Json<Value>, ApiError> {
    switch(user, app, place, headers, true).await
}

/// Switch a workflow off (R8)
///
/// Runs that were accepted before finish.
#[utoipa::path(delete, path = "/projects/{projectId}/sdk/workflows/{workflowId}", tag = "sdk", operation_id = "sdk.disableWorkflow", params(ProjectPath, ("workflowId" = String, Path, description = "The workflow"), Selecting), responses((status = 200, body = SdkSwitched), NotThere, Conflicting, Refused), security(("userToken" = [])))]
pub(super) async fn disable(
    user: ConnectedUser,
    State(app): State<App>,
    Path(place): Path<Place>,
    headers: HeaderMap,
) -> Result<Json<Value>, ApiError> {
    switch(user, app, place, headers, false).await
}

async fn switch(
    user: ConnectedUser,
    app: App,
    place: Place,
    headers: HeaderMap,
    on: bool,
) -> Result<Json<Value>, ApiError> {
    let selection = Selection::of(&headers)?;
    // Read in the transaction that writes: the user's metadata may change meanwhile.
    let mut tx = app.store.begin().await?;
    let snapshot = Snapshot::read(&mut tx, &user).await?;
    let denied = snapshot.denied.iter().find(|workflow| !on && workflow.id.to_string() == place.workflow_id);
    let workflow = match denied {
        Some(workflow) => workflow,
        None => find(&snapshot, &place.workflow_id)?,
    };
    let configuration = configuration(&snapshot, &user, workflow, &selection, on)?;
    enablements::switch(&mut tx, user.project_id, user.id, configuration, workflow.id, on).await?;
    tx.commit().await?;
    Ok(Json(json!({"id": workflow.id, "enabled": on})))
}

/// A workflow that the user may have.
fn find<'a>(snapshot: &'a Snapshot, id: &str) -> Result<&'a Workflow, ApiError> {
    let id: Option<WorkflowId> = id.parse().ok();
    if snapshot.denied.iter().any(|workflow| Some(workflow.id) == id) {
        return Err(ApiError::forbidden("this workflow is not available to the user"));
    }
    snapshot.workflows.iter().find(|workflow| Some(workflow.id) == id).ok_or_else(|| ApiError::not_found("workflow"))
}

fn configuration(
    snapshot: &Snapshot,
    user: &ConnectedUser,
    workflow: &Workflow,
    selection: &Selection,
    on: bool,
) -> Result<ConfigurationId, ApiError> {
    let account = snapshot.account(workflow.integration_id, selection.credential.as_deref());
    let account = match account {
        Some(account) => account,
        None if selection.credential.is_some() => return Err(ApiError::not_found("credential")),
        None => {
            return Err(ApiError::conflict(
                "not_connected",
                "the user has not connected an account of this workflow's integration",
            ));
        }
    };
    let configuration = snapshot
        .configuration(account, selection.configuration.as_deref())
        .ok_or_else(|| ApiError::not_found("configuration"))?;
    snapshot.require(user, Permission::ConfigurationWrite, account, Some(configuration))?;
    if on {
        if account.status != Status::Valid {
            return Err(ApiError::conflict(
                "reconnect_needed",
                "the account must be connected again before a workflow can be switched on",
            ));
        }
        let (_, settings) = snapshot.workflow_state(configuration.id, workflow.id);
        let mut fields = missing(&workflow.settings, &settings);
        if let Some(integration) =
            snapshot.integrations.iter().find(|integration| integration.id == workflow.integration_id)
        {
            fields.extend(missing(&integration.settings, &configuration.settings));
        }
        if !fields.is_empty() {
            return Err(ApiError::invalid(fields));
        }
    }
    Ok(configuration.id)
}
