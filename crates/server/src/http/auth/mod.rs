//! Who is calling: extractors that carry authority.
//!
//! A member signs in and holds a session (cookie + `X-Linchpin-CSRF` on everything that changes);
//! a backend or the command line shows an API key, which opens one project.

pub mod api_key;
pub mod login_limit;
pub mod password;
pub mod read_only;
pub mod rights;
pub mod session_store;
pub mod setup;
pub mod user_token;

use axum::extract::{FromRequestParts, MatchedPath};
use axum::http::request::Parts;
use axum::http::{StatusCode, header};
use linchpin_domain::id::{MemberId, ProjectId};
use linchpin_store::Conn;
use linchpin_store::api_keys::ApiKey;
use linchpin_store::members::{self, Member};
use linchpin_store::memberships::{self, Role};
use linchpin_store::projects::{self, Project};
use serde::{Deserialize, Serialize};
use subtle::ConstantTimeEq;

pub use user_token::{ConnectedUser, UserTokens};

use super::audit::Act;
use super::error::ApiError;
use super::extract::path_parameter;
use crate::state::App;

/// Carries the session's token on everything that changes.
pub const CSRF_HEADER: &str = "x-linchpin-csrf";

const SIGNED_IN: &str = "signedIn";

/// What a session remembers.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct SignedIn {
    member_id: MemberId,
    csrf_token: String,
}

/// A signed-in member.
pub struct Session {
    /// Who it is.
    pub member: Member,
    /// What must come back in [`CSRF_HEADER`].
    pub csrf_token: String,
    inner: tower_sessions::Session,
}

impl Session {
    /// Signs a member in on a new session; an older one of the same cookie is forgotten.
    pub async fn begin(inner: tower_sessions::Session, member: Member, app: &App) -> Result<Self, ApiError> {
        let csrf_token = linchpin_domain::id::secret_text(&*app.clock);
        // Without a cookie there is none to forget, and the library warns of it.
        if inner.id().is_some() {
            inner.flush().await.map_err(|error| session_failed(&error))?;
        }
        inner.set_expiry(Some(session_store::expiry(app.clock.now())));
        inner
            .insert(SIGNED_IN, SignedIn { member_id: member.id, csrf_token: csrf_token.clone() })
            .await
            .map_err(|error| session_failed(&error))?;
        Ok(Self { member, csrf_token, inner })
    }

    /// Signs the member out.
    pub async fn end(self) -> Result<(), ApiError> {
        self.inner.flush().await.map_err(|error| session_failed(&error))
    }
}

impl FromRequestParts<App> for Session {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        let needed = || ApiError::unauthorized("sign_in_needed", "sign in first");
        let inner = tower_sessions::Session::from_request_parts(parts, app).await.map_err(|_| needed())?;
        let signed_in: Option<SignedIn> = inner.get(SIGNED_IN).await.map_err(|error| session_failed(&error))?;
        let signed_in = signed_in.ok_or_else(needed)?;
        if !parts.method.is_safe() {
            let given = parts.headers.get(CSRF_HEADER).map(http::HeaderValue::as_bytes);
            let agrees = given.is_some_and(|given| given.ct_eq(signed_in.csrf_token.as_bytes()).into());
            if !agrees {
                return Err(ApiError::status(
                    StatusCode::FORBIDDEN,
                    "csrf_token_wrong",
                    "the header X-Linchpin-CSRF is missing or wrong; it holds csrfToken of GET /api/v1/session",
                ));
            }
        }
        let mut conn = app.store.read().await?;
        let member = members::find(&mut conn, signed_in.member_id).await?.ok_or_else(needed)?;
        Ok(Self { member, csrf_token: signed_in.csrf_token, inner })
    }
}

fn session_failed(error: &tower_sessions::session::Error) -> ApiError {
    tracing::error!(error = error as &dyn std::error::Error, "the session could not be read or written");
    ApiError::unavailable("the session could not be read or written; try again in a moment")
}

/// Who acts on a project.
#[derive(Debug, Clone)]
pub enum Actor {
    /// A person.
    Member(Member, Role),
    /// A backend or the command line.
    ApiKey(ApiKey),
}

impl Actor {
    /// Readable, for "deployed by".
    pub fn name(&self) -> String {
        match self {
            Self::Member(member, _) => member.name.clone(),
            Self::ApiKey(key) => format!("API key {}", key.name),
        }
    }
}

/// A caller who may work in the project of the address: a member of it whose role is enough for the door
/// ([`rights`]), or its API key, which may everything.
#[derive(Debug, Clone)]
pub struct ProjectAccess {
    /// The project.
    pub project: Project,
    /// Who calls.
    pub actor: Actor,
}

impl ProjectAccess {
    /// The project's id.
    pub fn id(&self) -> ProjectId {
        self.project.id
    }

    /// The same caller in another project, which must be theirs as well.
    pub async fn in_project(&self, conn: &mut Conn, id: ProjectId) -> Result<Self, ApiError> {
        let unknown = || ApiError::not_found("project");
        let actor = match &self.actor {
            Actor::Member(member, _) => {
                let role = memberships::find(conn, id, member.id).await?.ok_or_else(unknown)?;
                // Only what builds goes into another project.
                rights::check(role, Role::Member)?;
                Actor::Member(member.clone(), role)
            }
            Actor::ApiKey(key) if key.project_id == id => self.actor.clone(),
            Actor::ApiKey(_) => return Err(unknown()),
        };
        let project = projects::find(conn, id).await?.ok_or_else(unknown)?;
        Ok(Self { project, actor })
    }
}

impl FromRequestParts<App> for ProjectAccess {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        let caller = Caller::from_request_parts(parts, app).await?;
        let unknown = || ApiError::not_found("project");
        let id: ProjectId = path_parameter(parts, "projectId").await.ok_or_else(unknown)?;
        let mut conn = app.store.read().await?;
        let actor = match caller {
            Caller::Member(session) => {
                let role = memberships::find(&mut conn, id, session.member.id).await?.ok_or_else(unknown)?;
                Actor::Member(session.member, role)
            }
            Caller::ApiKey(key) if key.project_id == id => Actor::ApiKey(key),
            Caller::ApiKey(_) => return Err(unknown()),
        };
        let project = projects::find(&mut conn, id).await?.ok_or_else(unknown)?;
        if let Actor::Member(_, role) = &actor {
            let route = parts.extensions.get::<MatchedPath>().map_or("", MatchedPath::as_str);
            rights::check(*role, rights::needed(&parts.method, route))?;
        }
        let route = parts.extensions.get::<MatchedPath>().map_or("", MatchedPath::as_str);
        if read_only::concerns(&parts.method, route) {
            read_only::refuse(&mut conn, id).await?;
        }
        if let Some(act) = parts.extensions.get::<Act>() {
            act.prove(id, &actor);
        }
        Ok(Self { project, actor })
    }
}

/// The project that an API key opens; for addresses that name none.
#[derive(Debug, Clone)]
pub struct KeyAccess(pub ProjectAccess);

impl FromRequestParts<App> for KeyAccess {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        let Some(key) = bearer_key(parts, app).await? else {
            return Err(ApiError::unauthorized(
                "api_key_needed",
                "an API key is needed: Authorization: Bearer lp_… (dashboard, Settings, API keys)",
            ));
        };
        let mut conn = app.store.read().await?;
        let project = projects::find(&mut conn, key.project_id).await?.ok_or_else(|| ApiError::not_found("project"))?;
        let actor = Actor::ApiKey(key);
        if let Some(act) = parts.extensions.get::<Act>() {
            act.prove(project.id, &actor);
        }
        Ok(Self(ProjectAccess { project, actor }))
    }
}

/// Anybody who may call this API at all.
pub enum Caller {
    /// A signed-in member.
    Member(Session),
    /// An API key.
    ApiKey(ApiKey),
}

impl FromRequestParts<App> for Caller {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        match bearer_key(parts, app).await? {
            Some(key) => Ok(Self::ApiKey(key)),
            None => Session::from_request_parts(parts, app).await.map(Self::Member),
        }
    }
}

/// The API key of the request; `None` when it shows no `Authorization` at all.
async fn bearer_key(parts: &Parts, app: &App) -> Result<Option<ApiKey>, ApiError> {
    let Some(value) = parts.headers.get(header::AUTHORIZATION) else { return Ok(None) };
    let wrong = || ApiError::unauthorized("api_key_wrong", "this API key is unknown or was revoked");
    let key = value
        .to_str()
        .ok()
        .and_then(|text| text.split_once(' '))
        .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
        .map(|(_, key)| key.trim())
        .ok_or_else(wrong)?;
    let key = api_key::find(app, key).await?.ok_or_else(wrong)?;
    app.rate_limits.api(key.project_id)?;
    Ok(Some(key))
}
