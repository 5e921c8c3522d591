//! The project file over HTTP: what `linchpin apply --server` and `linchpin export --server` call.

use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::http::auth::KeyAccess;
use crate::http::error::ApiError;
use crate::http::extract::{Json, Query};
use crate::project_file::{self, ApplyError, Mode, Resolver};
use crate::state::App;

/// How to apply.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ApplyQuery {
    /// Change nothing; answer what would change.
    #[serde(default)]
    dry_run: bool,
    /// Remove what the file does not mention (never connected users).
    #[serde(default)]
    prune: bool,
}

/// Apply a project file
///
/// The body is the project file as JSON, with everything filled in: no `{env: …}`, keys as PEM texts.
/// All or nothing; applying the same file twice changes nothing.
#[utoipa::path(post, path = "/api/v1/apply", tag = "project file", operation_id = "projectFile.apply", params(ApplyQuery), request_body = Value, responses((status = 200, body = Value)))]
pub async fn apply(
    State(app): State<App>,
    KeyAccess(access): KeyAccess,
    Query(query): Query<ApplyQuery>,
    Json(file): Json<Value>,
) -> Result<Json<Value>, ApiError> {
    let mode = Mode { dry_run: query.dry_run, prune: query.prune };
    let text = serde_json::to_string_pretty(&file).expect("a JSON value can be written");
    let plan = project_file::parse("project file", &text, &Resolver::none(), &app.registry).map_err(wrong)?;
    let outcome = match project_file::apply(&app.store, &app.registry, &plan, mode, Some(&access.project)).await {
        Ok(outcome) => outcome,
        Err(ApplyError::Problems(problems)) => return Err(wrong(problems)),
        Err(error @ ApplyError::OtherProject { .. }) => {
            return Err(ApiError::conflict("other_project", error.to_string()));
        }
        Err(error @ ApplyError::ReadOnly { .. }) => return Err(ApiError::conflict("read_only", error.to_string())),
        Err(ApplyError::Store(error)) => return Err(error.into()),
    };
    Ok(Json(serde_json::to_value(outcome).expect("an outcome can be written")))
}

/// Export the project as a project file
///
/// YAML that `linchpin apply` reads. Secrets stand as `{ env: NAME }`; connected users are not part of it.
#[utoipa::path(get, path = "/api/v1/export", tag = "project file", operation_id = "projectFile.export", responses((status = 200, body = String, content_type = "application/yaml")))]
pub async fn export(State(app): State<App>, KeyAccess(access): KeyAccess) -> Result<Response, ApiError> {
    let mut conn = app.store.read().await?;
    let text =
        project_file::export(&mut conn, access.project.id).await?.ok_or_else(|| ApiError::not_found("project"))?;
    Ok(([(header::CONTENT_TYPE, "application/yaml; charset=utf-8")], text).into_response())
}

/// Every problem with its field; lines of the JSON would say nothing to whoever wrote the YAML.
fn wrong(problems: project_file::Problems) -> ApiError {
    let lines: Vec<String> = problems
        .0
        .iter()
        .map(|problem| match problem.field.as_str() {
            "" => problem.message.clone(),
            field => format!("`{field}`: {}", problem.message),
        })
        .collect();
    let details: Vec<Value> =
        problems.0.iter().map(|problem| json!({"field": problem.field, "message": problem.message})).collect();
    ApiError::status(StatusCode::UNPROCESSABLE_ENTITY, "project_file_wrong", lines.join("\n"))
        .with("problems", Value::Array(details))
}
