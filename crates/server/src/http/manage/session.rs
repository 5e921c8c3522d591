//! Signing in and out.

use axum::extract::State;
use axum::http::StatusCode;
use linchpin_domain::id::{MemberId, ProjectId};
use linchpin_store::memberships::{self, Role};
use linchpin_store::{members, projects};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::http::auth::login_limit::Address;
use crate::http::auth::{Session, password};
use crate::http::error::ApiError;
use crate::http::extract::Json;
use crate::state::App;

/// Who is signed in, and where.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SessionView {
    member: MemberView,
    /// Send it back as `X-Linchpin-CSRF` with everything that changes.
    csrf_token: String,
    projects: Vec<ProjectName>,
    server: ServerView,
}

/// A member.
#[derive(Serialize, ToSchema)]
pub struct MemberView {
    #[schema(value_type = Uuid)]
    id: MemberId,
    name: String,
    email: String,
}

/// A project's name.
#[derive(Serialize, ToSchema)]
pub struct ProjectName {
    #[schema(value_type = Uuid)]
    id: ProjectId,
    name: String,
    /// What the member may do there: `support`, `member` or `admin`.
    role: &'static str,
}

/// The server that answers.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ServerView {
    version: &'static str,
    /// The address that browsers and providers use.
    public_url: String,
    /// Where providers send users back to.
    redirect_url: String,
    /// True for the demo.
    demo: bool,
}

/// E-mail address and password.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SignIn {
    email: String,
    #[schema(value_type = String)]
    password: SecretString,
}

/// Read the session
///
/// Who is signed in, the member's projects, and facts about the server.
#[utoipa::path(get, path = "/api/v1/session", tag = "session", operation_id = "session.find", responses((status = 200, body = SessionView)))]
pub async fn find(State(app): State<App>, session: Session) -> Result<Json<SessionView>, ApiError> {
    view(&app, &session).await.map(Json)
}

/// Sign in
///
/// Five failures within a minute, for one e-mail address or from one address, are followed by 429.
#[utoipa::path(post, path = "/api/v1/session", tag = "session", operation_id = "session.signIn", security(()), request_body = SignIn, responses((status = 201, body = SessionView)))]
pub async fn sign_in(
    State(app): State<App>,
    address: Address,
    session: tower_sessions::Session,
    Json(body): Json<SignIn>,
) -> Result<(StatusCode, Json<SessionView>), ApiError> {
    let email = body.email.trim().to_lowercase();
    let mut names = vec![format!("email:{email}")];
    names.extend(address.0.map(|address| format!("address:{address}")));
    app.login_limit.begin(&names, app.clock.now()).map_err(too_many)?;
    let mut conn = app.store.read().await?;
    let member = members::find_by_email(&mut conn, &email).await?;
    drop(conn);
    let hash = member.as_ref().map(|member| member.password_hash.clone());
    let right = password::verify(body.password, hash).await;
    let Some(member) = member.filter(|_| right) else {
        return Err(ApiError::unauthorized("wrong_credentials", "e-mail address or password is wrong"));
    };
    app.login_limit.succeeded(&names);
    let session = Session::begin(session, member, &app).await?;
    Ok((StatusCode::CREATED, Json(view(&app, &session).await?)))
}

/// Sign out
#[utoipa::path(delete, path = "/api/v1/session", tag = "session", operation_id = "session.signOut", responses((status = 204)))]
pub async fn sign_out(session: Session) -> Result<StatusCode, ApiError> {
    session.end().await?;
    Ok(StatusCode::NO_CONTENT)
}

pub(super) fn too_many(seconds: u64) -> ApiError {
    ApiError::too_many(format!("too many attempts failed; try again in {seconds} seconds"), seconds)
}

pub(super) async fn view(app: &App, session: &Session) -> Result<SessionView, ApiError> {
    let member = &session.member;
    let mut conn = app.store.read().await?;
    let projects = projects::list_of_member(&mut conn, member.id).await?;
    let roles = memberships::list_of_member(&mut conn, member.id).await?;
    let role = |id| roles.iter().find(|(project, _)| *project == id).map_or(Role::Support, |(_, role)| *role);
    Ok(SessionView {
        member: MemberView { id: member.id, name: member.name.clone(), email: member.email.clone() },
        csrf_token: session.csrf_token.clone(),
        projects: projects
            .into_iter()
            .map(|project| ProjectName { id: project.id, name: project.name, role: role(project.id).as_str() })
            .collect(),
        server: ServerView {
            version: env!("CARGO_PKG_VERSION"),
            public_url: app.config.public_base(),
            redirect_url: app.config.redirect_url(),
            demo: app.config.demo,
        },
    })
}
