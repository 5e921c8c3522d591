//! App Events.

use axum::extract::State;
use axum::http::StatusCode;
use linchpin_domain::Timestamp;
use linchpin_domain::id::{AppEventId, ProjectId, WorkflowId};
use linchpin_domain::trigger::Trigger;
use linchpin_domain::workflow::Definition;
use linchpin_store::app_events::{self, AppEvent};
use linchpin_store::{Conn, received_events, workflow_versions, workflows};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::fields::Findings;
use crate::http::auth::ProjectAccess;
use crate::http::error::ApiError;
use crate::http::extract::{Id, Json, without_place};
use crate::http::page::{ItemPath, ProjectPath};
use crate::state::App;

/// An App Event: what the host application may send.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = AppEvent)]
pub struct AppEventView {
    #[schema(value_type = Uuid)]
    id: AppEventId,
    name: String,
    /// An example payload; feeds the variable menu.
    #[schema(value_type = Object)]
    example: Map<String, Value>,
    /// Workflows whose draft or deployed version it starts.
    used_by: Vec<UsedBy>,
    #[schema(value_type = Option<String>, format = DateTime)]
    last_received_at: Option<Timestamp>,
    /// Among the newest 10,000 events of the project.
    received_count: i64,
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
}

/// A workflow that an App Event starts.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct UsedBy {
    #[schema(value_type = Uuid)]
    workflow_id: WorkflowId,
    name: String,
}

/// App Events, and names that were received without being one.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AppEvents {
    items: Vec<AppEventView>,
    next_cursor: Option<String>,
    /// Received, but no App Event has this name: often a misspelling.
    unknown: Vec<UnknownName>,
}

/// A name that no App Event has.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct UnknownName {
    name: String,
    count: i64,
    #[schema(value_type = String, format = DateTime)]
    last_received_at: Timestamp,
}

/// A new App Event.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AddAppEvent {
    name: String,
    /// A JSON object, or its text.
    #[schema(value_type = Object)]
    example: Value,
}

/// What is changed of an App Event.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UpdateAppEvent {
    name: Option<String>,
    /// A JSON object, or its text.
    #[schema(value_type = Option<Object>)]
    example: Option<Value>,
}

/// List App Events
#[utoipa::path(get, path = "/api/v1/projects/{projectId}/app-events", tag = "appEvents", operation_id = "appEvents.list", params(ProjectPath), responses((status = 200, body = AppEvents)))]
pub async fn list(State(app): State<App>, access: ProjectAccess) -> Result<Json<AppEvents>, ApiError> {
    let mut conn = app.store.read().await?;
    let events = app_events::list(&mut conn, access.id()).await?;
    let received = received_events::names(&mut conn, access.id()).await?;
    let users = users(&mut conn, access.id()).await?;
    let unknown = received
        .iter()
        .filter(|name| !events.iter().any(|event| event.name == name.name))
        .map(|name| UnknownName { name: name.name.clone(), count: name.count, last_received_at: name.last_received_at })
        .collect();
    let items = events.into_iter().map(|event| view(event, &users, &received)).collect();
    Ok(Json(AppEvents { items, next_cursor: None, unknown }))
}

/// Create an App Event
#[utoipa::path(post, path = "/api/v1/projects/{projectId}/app-events", tag = "appEvents", operation_id = "appEvents.add", params(ProjectPath), request_body = AddAppEvent, responses((status = 201, body = AppEventView)))]
pub async fn add(
    State(app): State<App>,
    access: ProjectAccess,
    Json(body): Json<AddAppEvent>,
) -> Result<(StatusCode, Json<AppEventView>), ApiError> {
    let mut findings = Findings::default();
    let name = findings.name("name", &body.name);
    let example = read_example(body.example, &mut findings);
    findings.done()?;
    let now = app.clock.now();
    let event = AppEvent {
        id: AppEventId::fresh(&*app.clock),
        project_id: access.id(),
        name,
        example,
        created_at: now,
        updated_at: now,
    };
    let mut tx = app.store.begin().await?;
    app_events::add(&mut tx, &event).await?;
    tx.about(event.id, &event.name);
    tx.commit().await?;
    shown(&app, event).await.map(|event| (StatusCode::CREATED, event))
}

/// Change an App Event
///
/// One that deployed workflows wait for cannot be renamed.
#[utoipa::path(patch, path = "/api/v1/projects/{projectId}/app-events/{id}", tag = "appEvents", operation_id = "appEvents.update", params(ItemPath), request_body = UpdateAppEvent, responses((status = 200, body = AppEventView)))]
pub async fn update(
    State(app): State<App>,
    access: ProjectAccess,
    Id(id): Id<AppEventId>,
    Json(body): Json<UpdateAppEvent>,
) -> Result<Json<AppEventView>, ApiError> {
    let mut findings = Findings::default();
    let name = body.name.map(|name| findings.name("name", &name));
    let example = body.example.map(|example| read_example(example, &mut findings));
    findings.done()?;
    let mut tx = app.store.begin().await?;
    let mut event = app_events::find(&mut tx, access.id(), id).await?.ok_or_else(unknown)?;
    if let Some(name) = name.filter(|name| *name != event.name) {
        refuse_when_deployed(&mut tx, &event, "renamed").await?;
        event.name = name;
    }
    if let Some(example) = example {
        event.example = example;
    }
    event.updated_at = app.clock.now();
    app_events::update(&mut tx, &event).await?;
    tx.about(id, &event.name);
    tx.commit().await?;
    shown(&app, event).await
}

/// Delete an App Event
///
/// One that deployed workflows wait for stays.
#[utoipa::path(delete, path = "/api/v1/projects/{projectId}/app-events/{id}", tag = "appEvents", operation_id = "appEvents.remove", params(ItemPath), responses((status = 204)))]
pub async fn remove(
    State(app): State<App>,
    access: ProjectAccess,
    Id(id): Id<AppEventId>,
) -> Result<StatusCode, ApiError> {
    let mut tx = app.store.begin().await?;
    let event = app_events::find(&mut tx, access.id(), id).await?.ok_or_else(unknown)?;
    refuse_when_deployed(&mut tx, &event, "deleted").await?;
    app_events::remove(&mut tx, access.id(), id).await?;
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}

fn unknown() -> ApiError {
    ApiError::not_found("App Event")
}

/// An example as an object, or as the text of one.
fn read_example(example: Value, findings: &mut Findings) -> Map<String, Value> {
    let example = match example {
        Value::String(text) => match serde_json::from_str(&text) {
            Ok(value) => value,
            Err(error) => {
                findings.add(
                    "example",
                    format!("{} at line {}, column {}", without_place(&error), error.line(), error.column()),
                );
                return Map::new();
            }
        },
        value => value,
    };
    match example {
        Value::Object(example) => example,
        _ => {
            findings.add(
                "example",
                r#"an App Event's example is a JSON object, for example {"email": "buddha@example.com"}"#,
            );
            Map::new()
        }
    }
}

async fn refuse_when_deployed(conn: &mut Conn, event: &AppEvent, what: &str) -> Result<(), ApiError> {
    let deployed = workflow_versions::list_deployed(conn, event.project_id).await?;
    let waiting: Vec<WorkflowId> = deployed
        .into_iter()
        .filter(|version| listens(&version.definition, &event.name))
        .map(|version| version.workflow_id)
        .collect();
    if waiting.is_empty() {
        return Ok(());
    }
    let names: Vec<String> = workflows::list(conn, event.project_id, None)
        .await?
        .into_iter()
        .filter(|workflow| waiting.contains(&workflow.id))
        .map(|workflow| format!("`{}`", workflow.name))
        .collect();
    Err(ApiError::conflict(
        "app_event_in_use",
        format!("`{}` cannot be {what}: {} is deployed and waits for it", event.name, names.join(", ")),
    ))
}

fn listens(definition: &Definition, name: &str) -> bool {
    definition.trigger.as_ref().and_then(Trigger::app_event) == Some(name)
}

/// Each workflow with the names that its draft and its deployed version wait for.
async fn users(
    conn: &mut Conn,
    project_id: ProjectId,
) -> linchpin_store::Result<Vec<(WorkflowId, String, Vec<String>)>> {
    let deployed = workflow_versions::list_deployed(conn, project_id).await?;
    let workflows = workflows::list(conn, project_id, None).await?;
    Ok(workflows
        .into_iter()
        .map(|workflow| {
            let names = deployed
                .iter()
                .filter(|version| version.workflow_id == workflow.id)
                .map(|version| &version.definition)
                .chain([&workflow.draft])
                .filter_map(|definition| definition.trigger.as_ref().and_then(Trigger::app_event).map(str::to_owned))
                .collect();
            (workflow.id, workflow.name, names)
        })
        .collect())
}

async fn shown(app: &App, event: AppEvent) -> Result<Json<AppEventView>, ApiError> {
    let mut conn = app.store.read().await?;
    let received = received_events::names(&mut conn, event.project_id).await?;
    let users = users(&mut conn, event.project_id).await?;
    Ok(Json(view(event, &users, &received)))
}

fn view(
    event: AppEvent,
    users: &[(WorkflowId, String, Vec<String>)],
    received: &[received_events::NameCount],
) -> AppEventView {
    let received = received.iter().find(|name| name.name == event.name);
    AppEventView {
        id: event.id,
        used_by: users
            .iter()
            .filter(|(_, _, names)| names.contains(&event.name))
            .map(|(id, name, _)| UsedBy { workflow_id: *id, name: name.clone() })
            .collect(),
        name: event.name,
        example: event.example,
        last_received_at: received.map(|name| name.last_received_at),
        received_count: received.map_or(0, |name| name.count),
        created_at: event.created_at,
    }
}
