//! Releases: a project's workflows, integrations and App Events promoted into another project.

use std::collections::BTreeMap;

use axum::extract::State;
use axum::http::StatusCode;
use linchpin_connectors::Registry;
use linchpin_domain::Timestamp;
use linchpin_domain::id::{ProjectId, ReleaseId};
use linchpin_store::releases::{self, Release};
use linchpin_store::{Conn, workflows};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;

use crate::http::auth::ProjectAccess;
use crate::http::error::ApiError;
use crate::http::extract::{Id, Json, Query};
use crate::http::page::{ItemPath, Items, Page, ProjectPath};
use crate::project_file::release::{self, read};
use crate::project_file::{ApplyError, Change, ChangeAction, Outcome, Plan, Problems};
use crate::state::App;

/// The longest message.
const LONGEST: usize = 2_000;

/// How a project takes releases.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ReleaseSettings {
    /// Whether workflows, integrations and App Events are changed by releases alone.
    read_only: bool,
}

/// What is released.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewRelease {
    /// The project that it comes from; the caller must be a member of it.
    #[schema(value_type = Uuid)]
    source_project_id: ProjectId,
    /// What is said about it.
    #[serde(default)]
    message: String,
}

/// What a release would change.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ReleasePreview {
    changes: Vec<ReleaseChange>,
    /// What keeps it from being released: a secret that the project does not have, say.
    problems: Vec<String>,
    /// What must be done beside it, or is good to know.
    messages: Vec<ReleaseMessage>,
}

/// One difference.
#[derive(Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ReleaseChange {
    /// `add`, `change` or `remove`.
    action: &'static str,
    /// `workflow`, `integration` or `App Event`.
    what: &'static str,
    name: String,
    /// Which parts.
    fields: Vec<&'static str>,
    /// Connected users who have the workflow on.
    users: i64,
}

/// Something to know or to do.
#[derive(Serialize, ToSchema)]
pub struct ReleaseMessage {
    /// `warning` or `information`.
    level: &'static str,
    text: String,
}

/// A release.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Release)]
pub struct ReleaseView {
    #[schema(value_type = Uuid)]
    id: ReleaseId,
    /// 1, 2, 3 …; 0 is what the project was before its first release.
    number: i64,
    #[schema(value_type = Uuid)]
    source_project_id: ProjectId,
    source_project_name: String,
    message: String,
    #[schema(value_type = Vec<Object>)]
    changes: Value,
    /// The release that it brought back.
    back_to: Option<i64>,
    released_by: String,
    #[schema(value_type = String, format = DateTime)]
    released_at: Timestamp,
}

/// Read how a project takes releases
#[utoipa::path(get, path = "/api/v1/projects/{projectId}/release-settings", tag = "releases", operation_id = "releaseSettings.find", params(ProjectPath), responses((status = 200, body = ReleaseSettings)))]
pub async fn find_settings(State(app): State<App>, access: ProjectAccess) -> Result<Json<ReleaseSettings>, ApiError> {
    let mut conn = app.store.read().await?;
    Ok(Json(ReleaseSettings { read_only: releases::is_read_only(&mut conn, access.id()).await? }))
}

/// Say how a project takes releases
///
/// While it is read-only, what releases bring is changed by releases alone: every other change of workflows,
/// integrations' settings and portal, App Events and project files is answered 409 `read_only`.
#[utoipa::path(put, path = "/api/v1/projects/{projectId}/release-settings", tag = "releases", operation_id = "releaseSettings.set", params(ProjectPath), request_body = ReleaseSettings, responses((status = 200, body = ReleaseSettings)))]
pub async fn set_settings(
    State(app): State<App>,
    access: ProjectAccess,
    Json(body): Json<ReleaseSettings>,
) -> Result<Json<ReleaseSettings>, ApiError> {
    let mut tx = app.store.begin().await?;
    releases::set_read_only(&mut tx, access.id(), body.read_only).await?;
    tx.about(access.id(), &access.project.name);
    tx.commit().await?;
    Ok(Json(body))
}

/// List releases
///
/// Newest first.
#[utoipa::path(get, path = "/api/v1/projects/{projectId}/releases", tag = "releases", operation_id = "releases.list", params(ProjectPath, Page), responses((status = 200, body = Items<ReleaseView>)))]
pub async fn list(
    State(app): State<App>,
    access: ProjectAccess,
    Query(page): Query<Page>,
) -> Result<Json<Items<ReleaseView>>, ApiError> {
    let limit = page.limit()?;
    let mut conn = app.store.read().await?;
    let mut found = releases::list(&mut conn, access.id(), page.seq()?, limit + 1).await?;
    let next_cursor = Page::cut(&mut found, limit).map(|last| last.number.to_string());
    Ok(Json(Items { items: found.into_iter().map(ReleaseView::from).collect(), next_cursor }))
}

/// Preview a release
///
/// What it would change in this project, what keeps it from that, and what must be done beside it. Nothing is changed.
#[utoipa::path(post, path = "/api/v1/projects/{projectId}/releases/preview", tag = "releases", operation_id = "releases.preview", params(ProjectPath), request_body = NewRelease, responses((status = 200, body = ReleasePreview)))]
pub async fn preview(
    State(app): State<App>,
    access: ProjectAccess,
    Json(body): Json<NewRelease>,
) -> Result<Json<ReleasePreview>, ApiError> {
    let (_, file) = source(&app, &access, body.source_project_id).await?;
    Ok(Json(look(&app, &access, &file).await?))
}

/// Release
///
/// Promotes the deployed workflows, the integrations and the App Events of another project into this one, all or
/// nothing. Secrets, keys, app credentials, base URLs, event destinations and connected users stay what they are. Runs
/// that are under way end on the version they began with.
#[utoipa::path(post, path = "/api/v1/projects/{projectId}/releases", tag = "releases", operation_id = "releases.add", params(ProjectPath), request_body = NewRelease, responses((status = 201, body = ReleaseView)))]
pub async fn add(
    State(app): State<App>,
    access: ProjectAccess,
    Json(body): Json<NewRelease>,
) -> Result<(StatusCode, Json<ReleaseView>), ApiError> {
    let message = body.message.trim().to_owned();
    if message.chars().count() > LONGEST {
        return Err(ApiError::invalid([("message", format!("use at most {LONGEST} characters"))]));
    }
    let (source, file) = source(&app, &access, body.source_project_id).await?;
    let from = From { source_id: source.id, source_name: source.name, message, back_to: None };
    Ok((StatusCode::CREATED, Json(carry_out(&app, &access, &file, from).await?)))
}

/// Roll back to a release
///
/// Makes workflows, integrations and App Events what they were after that release, as a new release. 409
/// `nothing_changes` when they are so already.
#[utoipa::path(post, path = "/api/v1/projects/{projectId}/releases/{id}/roll-back", tag = "releases", operation_id = "releases.rollBack", params(ItemPath), responses((status = 201, body = ReleaseView)))]
pub async fn roll_back(
    State(app): State<App>,
    access: ProjectAccess,
    Id(id): Id<ReleaseId>,
) -> Result<(StatusCode, Json<ReleaseView>), ApiError> {
    let mut conn = app.store.read().await?;
    let found = releases::find(&mut conn, access.id(), id).await?;
    drop(conn);
    let (to, file) = found.ok_or_else(|| ApiError::not_found("release"))?;
    let from = From {
        source_id: to.source_id,
        source_name: to.source_name,
        message: if to.number == 0 {
            "Before the first release".into()
        } else {
            format!("Back to release {}", to.number)
        },
        back_to: Some(to.number),
    };
    Ok((StatusCode::CREATED, Json(carry_out(&app, &access, &file, from).await?)))
}

/// Where a release comes from.
struct From {
    source_id: ProjectId,
    source_name: String,
    message: String,
    back_to: Option<i64>,
}

/// The project that is released from, which must be the caller's, and the file.
async fn source(
    app: &App,
    access: &ProjectAccess,
    id: ProjectId,
) -> Result<(linchpin_store::projects::Project, String), ApiError> {
    if id == access.id() {
        return Err(ApiError::invalid([("sourceProjectId", "a project is not released into itself")]));
    }
    let mut conn = app.store.read().await?;
    let source = access.in_project(&mut conn, id).await?.project;
    let file = release::file(&mut conn, id, &access.project.name).await?;
    let file = file.ok_or_else(|| ApiError::not_found("project"))?;
    Ok((source, file.to_string()))
}

async fn look(app: &App, access: &ProjectAccess, file: &str) -> Result<ReleasePreview, ApiError> {
    let plan = read(file, &app.registry);
    let (tx, outcome) = match applied(app, access, plan, "").await? {
        Ok(done) => done,
        Err(problems) => {
            return Ok(ReleasePreview { changes: Vec::new(), problems: words(&problems), messages: Vec::new() });
        }
    };
    drop(tx);
    let mut conn = app.store.read().await?;
    let users = users_of(&mut conn, access.id()).await?;
    let messages = messages(&app.registry, &outcome, &users);
    Ok(ReleasePreview { changes: shown(&outcome.changes, &users), problems: Vec::new(), messages })
}

type Applied = Result<(linchpin_store::Tx, Outcome), Problems>;

async fn applied(
    app: &App,
    access: &ProjectAccess,
    plan: Result<Plan, Problems>,
    note: &str,
) -> Result<Applied, ApiError> {
    let plan = match plan {
        Ok(plan) => plan,
        Err(problems) => return Ok(Err(problems)),
    };
    let by = access.actor.name();
    match release::release(&app.store, &app.registry, &plan, &access.project, &by, note).await {
        Ok(done) => Ok(Ok(done)),
        Err(ApplyError::Problems(problems)) => Ok(Err(problems)),
        Err(ApplyError::Store(error)) => Err(error.into()),
        Err(other) => Err(ApiError::conflict("read_only", other.to_string())),
    }
}

async fn carry_out(app: &App, access: &ProjectAccess, file: &str, from: From) -> Result<ReleaseView, ApiError> {
    let mut conn = app.store.read().await?;
    let users = users_of(&mut conn, access.id()).await?;
    let baseline = release::file(&mut conn, access.id(), &access.project.name).await?;
    drop(conn);
    let note =
        if from.message.is_empty() { format!("released from {}", from.source_name) } else { from.message.clone() };
    let (mut tx, outcome) = match applied(app, access, read(file, &app.registry), &note).await? {
        Ok(done) => done,
        Err(problems) => {
            let words = words(&problems);
            return Err(ApiError::status(StatusCode::UNPROCESSABLE_ENTITY, "release_has_problems", words.join("\n"))
                .with("problems", json!(words)));
        }
    };
    if outcome.changes.is_empty() {
        return Err(ApiError::conflict("nothing_changes", "this project is so already; nothing was released"));
    }
    let now = app.clock.now();
    let number = match releases::next_number(&mut tx, access.id()).await? {
        Some(number) => number,
        None => {
            let before = Release {
                id: ReleaseId::fresh(&*app.clock),
                project_id: access.id(),
                number: 0,
                source_id: access.id(),
                source_name: access.project.name.clone(),
                message: "Before the first release".into(),
                changes: json!([]),
                back_to: None,
                released_by: access.actor.name(),
                released_at: now,
            };
            releases::add(&mut tx, &before, &baseline.unwrap_or_default().to_string()).await?;
            1
        }
    };
    let release = Release {
        id: ReleaseId::fresh(&*app.clock),
        project_id: access.id(),
        number,
        source_id: from.source_id,
        source_name: from.source_name,
        message: from.message,
        changes: json!(shown(&outcome.changes, &users)),
        back_to: from.back_to,
        released_by: access.actor.name(),
        released_at: now,
    };
    releases::add(&mut tx, &release, file).await?;
    tx.commit().await?;
    Ok(release.into())
}

/// How many users have each workflow on, by its name.
async fn users_of(conn: &mut Conn, project_id: ProjectId) -> Result<BTreeMap<String, i64>, ApiError> {
    let users = workflows::users_enabled(conn, project_id).await?;
    let all = workflows::list(conn, project_id, None).await?;
    Ok(all.into_iter().map(|workflow| (workflow.name, users.get(&workflow.id).copied().unwrap_or(0))).collect())
}

fn shown(changes: &[Change], users: &BTreeMap<String, i64>) -> Vec<ReleaseChange> {
    changes
        .iter()
        .map(|change| ReleaseChange {
            action: match change.action {
                ChangeAction::Add => "add",
                ChangeAction::Change => "change",
                ChangeAction::Remove => "remove",
            },
            what: change.what,
            name: change.name.clone(),
            fields: change.fields.clone(),
            users: if change.what == "workflow" { users.get(&change.name).copied().unwrap_or(0) } else { 0 },
        })
        .collect()
}

/// What must be done beside a release, and what is good to know.
fn messages(registry: &Registry, outcome: &Outcome, users: &BTreeMap<String, i64>) -> Vec<ReleaseMessage> {
    let warning = |text: String| ReleaseMessage { level: "warning", text };
    let information = |text: String| ReleaseMessage { level: "information", text };
    let mut all = Vec::new();
    for Change { action, what, name, fields } in &outcome.changes {
        let on = users.get(name).copied().unwrap_or(0);
        // A connector of the project's own is called by its type.
        let called = registry.find(name).map_or(name.as_str(), |manifest| manifest.name.as_str());
        match (*what, action) {
            ("integration", ChangeAction::Add) => all.push(warning(format!(
                "{called} is new here: enter its app credentials and switch it on before anybody can connect it"
            ))),
            ("integration", ChangeAction::Change) if fields.iter().any(|field| field.contains("copes")) => all.push(
                warning(format!("the scopes of {called} change: add them to its app, and users must connect again to grant what is new")),
            ),
            ("integration", ChangeAction::Change) if fields.contains(&"settings") => {
                all.push(information(format!("users are asked for other settings of {called}")));
            }
            ("workflow", ChangeAction::Remove) => {
                all.push(warning(format!("{name} is removed; {}", people(on))));
            }
            ("workflow", ChangeAction::Change) if fields.contains(&"trigger") => {
                all.push(information(format!("what starts {name} changes; {}", people(on))));
            }
            ("workflow", ChangeAction::Change) if fields.contains(&"settings") => {
                all.push(information(format!("users are asked for other settings of {name}; {}", people(on))));
            }
            ("workflow", _) if fields.contains(&"defaultEnabled") => all.push(information(format!(
                "{name} is on, or off, from the start for accounts that are connected from now on; who is connected already keeps what they have"
            ))),
            ("App Event", ChangeAction::Remove) => all.push(warning(format!(
                "the App Event {name} is removed: what is still sent under this name starts nothing"
            ))),
            ("App Event", ChangeAction::Change) => {
                all.push(information(format!("the example of the App Event {name} changes")));
            }
            _ => {}
        }
    }
    all.extend(outcome.notes.iter().cloned().map(information));
    all
}

fn people(on: i64) -> String {
    match on {
        0 => "nobody has it on".into(),
        1 => "1 user has it on".into(),
        many => format!("{many} users have it on"),
    }
}

fn words(problems: &Problems) -> Vec<String> {
    problems
        .0
        .iter()
        .map(|problem| match problem.field.as_str() {
            "" => problem.message.clone(),
            field => format!("{field}: {}", problem.message),
        })
        .collect()
}

impl std::convert::From<Release> for ReleaseView {
    fn from(release: Release) -> Self {
        Self {
            id: release.id,
            number: release.number,
            source_project_id: release.source_id,
            source_project_name: release.source_name,
            message: release.message,
            changes: release.changes,
            back_to: release.back_to,
            released_by: release.released_by,
            released_at: release.released_at,
        }
    }
}
