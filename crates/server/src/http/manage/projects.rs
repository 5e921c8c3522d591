//! Projects.

use axum::extract::State;
use axum::http::StatusCode;
use linchpin_domain::Timestamp;
use linchpin_domain::id::ProjectId;
use linchpin_store::memberships::{self, Role};
use linchpin_store::projects::{self, Project};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use url::Url;
use utoipa::ToSchema;

use super::fields::Findings;
use crate::http::audit::Act;
use crate::http::auth::{Actor, Caller, ProjectAccess, Session};
use crate::http::error::ApiError;
use crate::http::extract::Json;
use crate::http::page::{Items, ProjectPath};
use crate::state::App;

/// A project: the isolated workspace of one product.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Project)]
pub struct ProjectView {
    #[schema(value_type = Uuid)]
    id: ProjectId,
    name: String,
    /// Pages that may open the portal; `*` stands for a host's part or a port. Empty: any.
    allowed_origins: Vec<String>,
    /// The sample of user metadata that the variable menu offers.
    #[schema(value_type = Object)]
    user_metadata: Map<String, Value>,
    /// For how many seconds finished runs and received events are kept, as the server's operator has set it; null
    /// where they are kept for good.
    retention_seconds: Option<u64>,
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
}

/// A new project.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AddProject {
    name: String,
}

/// What is changed of a project.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct UpdateProject {
    name: Option<String>,
    allowed_origins: Option<Vec<String>>,
    #[schema(value_type = Option<Object>)]
    user_metadata: Option<Map<String, Value>>,
}

/// List projects
///
/// Those of the signed-in member; with an API key, its own.
#[utoipa::path(get, path = "/api/v1/projects", tag = "projects", operation_id = "projects.list", responses((status = 200, body = Items<ProjectView>)))]
pub async fn list(State(app): State<App>, caller: Caller) -> Result<Json<Items<ProjectView>>, ApiError> {
    let mut conn = app.store.read().await?;
    let found = match caller {
        Caller::Member(session) => projects::list_of_member(&mut conn, session.member.id).await?,
        Caller::ApiKey(key) => projects::find(&mut conn, key.project_id).await?.into_iter().collect(),
    };
    Ok(Items::whole(found.into_iter().map(|project| view(&app, project)).collect()))
}

/// Create a project
///
/// The signed-in member is its admin.
#[utoipa::path(post, path = "/api/v1/projects", tag = "projects", operation_id = "projects.add", request_body = AddProject, responses((status = 201, body = ProjectView)))]
pub async fn add(
    State(app): State<App>,
    session: Session,
    act: axum::Extension<Act>,
    Json(body): Json<AddProject>,
) -> Result<(StatusCode, Json<ProjectView>), ApiError> {
    let mut findings = Findings::default();
    let name = findings.name("name", &body.name);
    findings.done()?;
    let project = Project {
        id: ProjectId::fresh(&*app.clock),
        name,
        allowed_origins: Vec::new(),
        user_metadata: Map::new(),
        created_at: app.clock.now(),
    };
    let mut tx = app.store.begin().await?;
    projects::add(&mut tx, &project).await?;
    memberships::set(&mut tx, project.id, session.member.id, Role::Admin).await?;
    act.prove(project.id, &Actor::Member(session.member, Role::Admin));
    tx.about(project.id, &project.name);
    tx.commit().await?;
    Ok((StatusCode::CREATED, Json(view(&app, project))))
}

/// Read a project
#[utoipa::path(get, path = "/api/v1/projects/{projectId}", tag = "projects", operation_id = "projects.find", params(ProjectPath), responses((status = 200, body = ProjectView)))]
pub async fn find(State(app): State<App>, access: ProjectAccess) -> Json<ProjectView> {
    Json(view(&app, access.project))
}

/// Change a project
#[utoipa::path(patch, path = "/api/v1/projects/{projectId}", tag = "projects", operation_id = "projects.update", params(ProjectPath), request_body = UpdateProject, responses((status = 200, body = ProjectView)))]
pub async fn update(
    State(app): State<App>,
    access: ProjectAccess,
    Json(body): Json<UpdateProject>,
) -> Result<Json<ProjectView>, ApiError> {
    let mut project = access.project;
    let mut findings = Findings::default();
    if let Some(name) = &body.name {
        project.name = findings.name("name", name);
    }
    if let Some(origins) = body.allowed_origins {
        project.allowed_origins = check_origins(origins, &mut findings);
    }
    if let Some(metadata) = body.user_metadata {
        project.user_metadata = metadata;
    }
    findings.done()?;
    let mut tx = app.store.begin().await?;
    projects::update(&mut tx, &project).await?;
    tx.about(project.id, &project.name);
    tx.commit().await?;
    Ok(Json(view(&app, project)))
}

fn check_origins(origins: Vec<String>, findings: &mut Findings) -> Vec<String> {
    let mut kept: Vec<String> = Vec::new();
    for (index, origin) in origins.into_iter().enumerate() {
        let origin = origin.trim().trim_end_matches('/').to_lowercase();
        if let Some(problem) = origin_problem(&origin) {
            findings.add(format!("allowedOrigins[{index}]"), problem);
        }
        if !kept.contains(&origin) {
            kept.push(origin);
        }
    }
    kept
}

/// What is wrong with `https://*.acme.com`, `http://localhost:*`, `https://app.acme.com:8443`.
fn origin_problem(origin: &str) -> Option<String> {
    let plain = origin.replacen("://*.", "://any.", 1);
    let plain = plain.strip_suffix(":*").unwrap_or(&plain);
    let good = Url::parse(plain).is_ok_and(|url| {
        matches!(url.scheme(), "http" | "https")
            && url.has_host()
            && url.path() == "/"
            && url.query().is_none()
            && url.fragment().is_none()
            && url.username().is_empty()
            && url.password().is_none()
    });
    (!good || plain.contains('*')).then(|| {
        format!(
            "`{origin}` is no origin; write for example https://app.acme.com, https://*.acme.com or http://localhost:*"
        )
    })
}

fn view(app: &App, project: Project) -> ProjectView {
    ProjectView {
        id: project.id,
        name: project.name,
        allowed_origins: project.allowed_origins,
        user_metadata: project.user_metadata,
        retention_seconds: Some(app.config.retention.as_secs()).filter(|seconds| *seconds > 0),
        created_at: project.created_at,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn origins_are_scheme_host_and_port_with_wildcards_in_their_places() {
        for good in [
            "https://app.acme.com",
            "https://*.acme.com",
            "http://localhost:*",
            "http://127.0.0.1:4802",
            "https://*.a.io:*",
        ] {
            assert_eq!(origin_problem(good), None, "{good}");
        }
        for bad in
            ["", "acme.com", "ftp://acme.com", "https://acme.com/app", "https://a.*.com", "https://u@acme.com", "*"]
        {
            assert!(origin_problem(bad).is_some(), "{bad}");
        }
    }
}
