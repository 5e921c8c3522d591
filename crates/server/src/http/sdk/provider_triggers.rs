//! What providers can start workflows with.

use axum::Json;
use axum::extract::{Query, State};
use linchpin_connectors::manifest::{Field, FieldKind, Trigger};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::described::{NotThere, ProjectPath, Refused, SdkTriggers};
use super::shapes::Snapshot;
use super::tools::catalogue;
use crate::http::auth::ConnectedUser;
use crate::http::error::ApiError;
use crate::state::App;

#[derive(Deserialize)]
pub(super) struct Question {
    #[serde(default)]
    integrations: Option<String>,
}

/// The providers' triggers (R20)
///
/// Of the integrations that are named, else of all of the project.
#[utoipa::path(get, path = "/projects/{projectId}/triggers", tag = "sdk", operation_id = "sdk.triggers", params(ProjectPath, ("integrations" = Option<String>, Query, description = "Types, with commas between them")), responses((status = 200, body = SdkTriggers), NotThere, Refused), security(("userToken" = [])))]
pub(super) async fn list(
    user: ConnectedUser,
    State(app): State<App>,
    Query(question): Query<Question>,
) -> Result<Json<Value>, ApiError> {
    let registry = app.connections.registry_of(user.project_id).await?;
    let mut conn = app.store.read().await?;
    let all = Snapshot::read(&mut conn, &user).await?.integrations;
    let wanted: Option<Vec<&str>> = question
        .integrations
        .as_deref()
        .map(|text| text.split(',').map(str::trim).filter(|kind| !kind.is_empty()).collect());
    if let Some(wanted) = &wanted
        && wanted.iter().any(|kind| !all.iter().any(|integration| integration.kind == *kind))
    {
        return Err(ApiError::not_found("integration"));
    }
    let mut triggers = Map::new();
    for integration in all {
        if wanted.as_ref().is_some_and(|wanted| !wanted.contains(&integration.kind.as_str())) {
            continue;
        }
        let Some(manifest) = registry.find(&integration.kind) else { continue };
        let kind = &integration.kind;
        let shapes: Vec<_> = manifest.triggers.iter().map(|(name, trigger)| shape(kind, name, trigger)).collect();
        triggers.insert(integration.kind, shapes.into());
    }
    Ok(Json(json!({"triggers": triggers})))
}

/// §7.8
fn shape(kind: &str, name: &str, trigger: &Trigger) -> Value {
    json!({
        "type": name,
        // What it is subscribed to by.
        "name": catalogue::name(kind, name),
        "triggerModel": trigger.model(),
        "title": trigger.title,
        "description": trigger.description,
        "parameters": trigger.inputs.iter().map(parameter).collect::<Vec<_>>(),
    })
}

fn parameter(field: &Field) -> Value {
    let kind = match field.kind {
        FieldKind::Text | FieldKind::List | FieldKind::Time | FieldKind::Json => "TEXT",
        FieldKind::Textarea => "TEXTAREA",
        FieldKind::Email => "EMAIL",
        FieldKind::Number => "NUMBER",
        FieldKind::Boolean => "BOOLEAN_INPUT",
        FieldKind::Enum => "ENUM",
    };
    let mut shape = json!({"id": field.name, "title": field.title, "type": kind, "required": field.required});
    if let Some(help) = &field.help {
        shape["subtitle"] = help.clone().into();
    }
    if let Some(placeholder) = &field.placeholder {
        shape["placeholder"] = placeholder.clone().into();
    }
    if !field.options.is_empty() {
        shape["values"] = json!(field.options);
    }
    shape
}
