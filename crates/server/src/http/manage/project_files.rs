//! The project file of the project of the address, as the dashboard downloads and uploads it. A backend with an API
//! key uses `apply` and `export`, which find the project by the key.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use linchpin_domain::id::ProjectId;
use linchpin_store::{Conn, integrations, secrets};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;

use crate::http::auth::ProjectAccess;
use crate::http::error::ApiError;
use crate::http::extract::{Json, Query};
use crate::http::page::ProjectPath;
use crate::project_file::{self, ApplyError, Mode, Outcome, Plan, Problems, Resolver};
use crate::state::App;

/// How to apply.
#[derive(Debug, Clone, Copy, Default, Deserialize, utoipa::IntoParams)]
#[serde(rename_all = "camelCase")]
#[into_params(parameter_in = Query)]
pub struct How {
    /// Change nothing; answer what would change.
    #[serde(default)]
    dry_run: bool,
    /// Remove what the file does not mention (never connected users).
    #[serde(default)]
    prune: bool,
}

/// A project file.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ProjectFile {
    /// Its text, YAML or JSON.
    file: String,
    /// What its `{ env: NAME }` stand for, by name. Those of secrets and client secrets that the project has already
    /// may be left out: they stay as they are.
    #[serde(default)]
    #[schema(value_type = BTreeMap<String, String>, write_only)]
    values: BTreeMap<String, SecretString>,
}

/// What applying did, or would do.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Applied {
    /// The project that the file names. It is applied to the project of the address all the same.
    file_project: String,
    /// One difference each, in order; empty when the project was so already.
    #[schema(value_type = Vec<Object>)]
    changes: Vec<project_file::Change>,
    /// What was not done, and why.
    notes: Vec<String>,
}

/// Read the project's project file
///
/// YAML that `linchpin apply` reads. Secrets stand as `{ env: NAME }`; drafts, connected users and their accounts are
/// not part of it.
#[utoipa::path(get, path = "/api/v1/projects/{projectId}/project-file", tag = "project file", operation_id = "projectFile.read", params(ProjectPath), responses((status = 200, body = String, content_type = "application/yaml")))]
pub async fn read(State(app): State<App>, access: ProjectAccess) -> Result<Response, ApiError> {
    let mut conn = app.store.read().await?;
    let text = project_file::export(&mut conn, access.id()).await?.ok_or_else(|| ApiError::not_found("project"))?;
    Ok(([(header::CONTENT_TYPE, "application/yaml; charset=utf-8")], text).into_response())
}

/// Apply a project file to the project
///
/// Whatever name the file has. All or nothing; every mistake is named with its line and column in
/// `meta.problems`. Names of the environment that stand for nothing yet are in `meta.missing`
/// (`values_missing`).
#[utoipa::path(put, path = "/api/v1/projects/{projectId}/project-file", tag = "project file", operation_id = "projectFile.write", params(ProjectPath, How), request_body = ProjectFile, responses((status = 200, body = Applied)))]
pub async fn write(
    State(app): State<App>,
    access: ProjectAccess,
    Query(how): Query<How>,
    Json(body): Json<ProjectFile>,
) -> Result<Json<Applied>, ApiError> {
    let mut conn = app.store.read().await?;
    let present = present(&mut conn, access.id()).await?;
    drop(conn);
    let mut plan = parse(&app, &body, present)?;
    let file_project = plan.project().to_owned();
    plan.rename(&access.project.name);
    let mode = Mode { dry_run: how.dry_run, prune: how.prune };
    let Outcome { changes, notes, .. } =
        match project_file::apply(&app.store, &app.registry, &plan, mode, Some(&access.project)).await {
            Ok(outcome) => outcome,
            Err(ApplyError::Problems(problems)) => return Err(wrong(&problems)),
            Err(error @ ApplyError::OtherProject { .. }) => {
                return Err(ApiError::conflict("other_project", error.to_string()));
            }
            Err(error @ ApplyError::ReadOnly { .. }) => {
                return Err(ApiError::conflict("read_only", error.to_string()));
            }
            Err(ApplyError::Store(error)) => return Err(error.into()),
        };
    Ok(Json(Applied { file_project, changes, notes }))
}

/// What the project has, by the place where a file has it. It goes back to that place alone.
async fn present(conn: &mut Conn, project_id: ProjectId) -> Result<BTreeMap<String, SecretString>, ApiError> {
    let mut present = BTreeMap::new();
    for secret in secrets::list(conn, project_id).await? {
        if let Some(value) = secrets::value(conn, project_id, &secret.name).await? {
            present.insert(format!("/secrets/{}", secret.name), value);
        }
    }
    for integration in integrations::list(conn, project_id).await? {
        if let Some(secret) = integrations::client_secret(conn, project_id, integration.id).await? {
            present.insert(format!("/integrations/{}/app/clientSecret", integration.kind), secret);
        }
    }
    Ok(present)
}

fn parse(app: &App, body: &ProjectFile, present: BTreeMap<String, SecretString>) -> Result<Plan, ApiError> {
    let missing = Rc::new(RefCell::new(BTreeSet::new()));
    let (values, unknown) = (body.values.clone(), Rc::clone(&missing));
    let variable = move |pointer: &str, name: &str| {
        let known = values.get(name).filter(|value| !value.expose_secret().is_empty()).or_else(|| present.get(pointer));
        if known.is_none() {
            unknown.borrow_mut().insert(name.to_owned());
        }
        known.map(|value| value.expose_secret().to_owned())
    };
    let resolver = Resolver { variable: Some(Box::new(variable)), folder: None };
    let parsed = project_file::parse("project file", &body.file, &resolver, &app.registry);
    let missing: Vec<String> = missing.borrow().iter().cloned().collect();
    match parsed {
        Err(problems) if problems.0.len() > missing.len() || missing.is_empty() => Err(wrong(&problems)),
        _ if !missing.is_empty() => {
            let message = format!("the file says `{{ env: … }}` of {}; give their values", missing.join(", "));
            Err(ApiError::status(StatusCode::UNPROCESSABLE_ENTITY, "values_missing", message)
                .with("missing", json!(missing)))
        }
        Err(problems) => Err(wrong(&problems)),
        Ok(plan) => Ok(plan),
    }
}

/// Every problem with its place.
fn wrong(problems: &Problems) -> ApiError {
    let details: Vec<Value> = problems
        .0
        .iter()
        .map(|problem| {
            let (line, column) = (problem.at.line, problem.at.column);
            json!({"line": line, "column": column, "field": problem.field, "message": problem.message})
        })
        .collect();
    let message = match problems.0.as_slice() {
        [one] => one.message.clone(),
        more => format!("the file has {} mistakes", more.len()),
    };
    ApiError::status(StatusCode::UNPROCESSABLE_ENTITY, "project_file_wrong", message)
        .with("problems", Value::Array(details))
}
