//! How far a project has come: what the Overview shows.

use axum::extract::State;
use linchpin_domain::trigger::Kind;
use linchpin_store::{app_events, connected_users, integrations, received_events, runs, signing_keys, workflows};
use serde::Serialize;
use utoipa::ToSchema;

use crate::http::auth::ProjectAccess;
use crate::http::error::ApiError;
use crate::http::extract::Json;
use crate::http::page::ProjectPath;
use crate::state::App;

/// What is done on the way to the first delivered event.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Checklist {
    /// An integration has client id and secret.
    credentials: bool,
    /// There is an App Event.
    app_event: bool,
    /// There is a workflow.
    workflow: bool,
    /// A workflow is deployed.
    deployed: bool,
    /// There is a signing key.
    signing_key: bool,
    /// A user token was accepted.
    token_seen: bool,
    /// A user has connected an account.
    user_connected: bool,
    /// An App Event was received.
    event_received: bool,
    counts: Counts,
}

/// Counts of a project.
#[derive(Serialize, ToSchema)]
pub struct Counts {
    runs: i64,
    succeeded: i64,
    failed: i64,
    users: i64,
}

/// Read the checklist
#[utoipa::path(get, path = "/api/v1/projects/{projectId}/checklist", tag = "projects", operation_id = "projects.checklist", params(ProjectPath), responses((status = 200, body = Checklist)))]
pub async fn find(State(app): State<App>, access: ProjectAccess) -> Result<Json<Checklist>, ApiError> {
    let project_id = access.id();
    let mut conn = app.store.read().await?;
    let integrations = integrations::list(&mut conn, project_id).await?;
    let workflows = workflows::list(&mut conn, project_id, None).await?;
    let counts = runs::counts(&mut conn, project_id).await?;
    Ok(Json(Checklist {
        credentials: integrations.iter().any(|one| one.client_id.is_some() && one.has_client_secret),
        app_event: !app_events::list(&mut conn, project_id).await?.is_empty(),
        workflow: !workflows.is_empty(),
        deployed: workflows.iter().any(|workflow| workflow.deployed_version_id.is_some()),
        signing_key: !signing_keys::list(&mut conn, project_id).await?.is_empty(),
        token_seen: connected_users::any_token_seen(&mut conn, project_id).await?,
        user_connected: !integrations::connected_users(&mut conn, project_id).await?.is_empty(),
        event_received: !received_events::list(
            &mut conn,
            project_id,
            received_events::Filter { kind: Some(Kind::AppEvent), ..Default::default() },
            None,
            1,
        )
        .await?
        .is_empty(),
        counts: Counts {
            runs: counts.total,
            succeeded: counts.succeeded,
            failed: counts.failed,
            users: connected_users::count(&mut conn, project_id).await?,
        },
    }))
}
