//! Invitations into a project, by a link that works once.

use std::time::Duration;

use axum::extract::State;
use axum::http::StatusCode;
use linchpin_domain::Timestamp;
use linchpin_domain::id::{InvitationId, MemberId, secret_text};
use linchpin_store::invitations::{self, Invitation};
use linchpin_store::members::{self, Member};
use linchpin_store::{Conn, memberships, projects};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use utoipa::ToSchema;

use super::fields::Findings;
use super::members::role;
use super::session::{self, SessionView};
use super::setup::is_email;
use crate::http::audit::Act;
use crate::http::auth::login_limit::Address;
use crate::http::auth::{Actor, ProjectAccess, Session, password};
use crate::http::error::ApiError;
use crate::http::extract::{Id, Json};
use crate::http::page::{ItemPath, Items, ProjectPath};
use crate::state::App;

/// How long a link works.
const VALID: Duration = Duration::from_hours(24 * 7);

/// An invitation without its link.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Invitation)]
pub struct InvitationView {
    #[schema(value_type = Uuid)]
    id: InvitationId,
    email: String,
    /// `support`, `member` or `admin`.
    role: &'static str,
    invited_by: String,
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
    #[schema(value_type = String, format = DateTime)]
    expires_at: Timestamp,
}

/// A new invitation. The only answer that holds the link.
#[derive(Serialize, ToSchema)]
pub struct NewInvitation {
    #[serde(flatten)]
    view: InvitationView,
    /// Give it to the person; it works once, for a week.
    link: String,
}

/// Whom to invite.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Invite {
    email: String,
    /// `support`, `member` or `admin`.
    role: String,
}

/// The text of a link.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct InvitationToken {
    token: String,
}

/// What a link leads to.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct InvitationPreview {
    /// The project's name.
    project: String,
    email: String,
    role: &'static str,
    invited_by: String,
    /// True where the address is a member's already: its password is asked for, and no new one is chosen.
    has_account: bool,
}

/// Taking an invitation.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AcceptInvitation {
    token: String,
    /// For a new member.
    #[serde(default)]
    name: String,
    /// A new member's choice, or the one that the member has.
    #[schema(value_type = String)]
    password: SecretString,
}

/// List invitations
#[utoipa::path(get, path = "/api/v1/projects/{projectId}/invitations", tag = "team", operation_id = "invitations.list", params(ProjectPath), responses((status = 200, body = Items<InvitationView>)))]
pub async fn list(State(app): State<App>, access: ProjectAccess) -> Result<Json<Items<InvitationView>>, ApiError> {
    let mut conn = app.store.read().await?;
    let found = invitations::list(&mut conn, access.id()).await?;
    Ok(Items::whole(found.into_iter().map(view).collect()))
}

/// Invite somebody
///
/// An earlier invitation of the same address gives way. The link is in this answer only.
#[utoipa::path(post, path = "/api/v1/projects/{projectId}/invitations", tag = "team", operation_id = "invitations.add", params(ProjectPath), request_body = Invite, responses((status = 201, body = NewInvitation)))]
pub async fn add(
    State(app): State<App>,
    access: ProjectAccess,
    Json(body): Json<Invite>,
) -> Result<(StatusCode, Json<NewInvitation>), ApiError> {
    let email = body.email.trim().to_lowercase();
    let mut findings = Findings::default();
    if !is_email(&email) {
        findings.add("email", "this is no e-mail address");
    }
    findings.done()?;
    let role = role("role", &body.role)?;
    let mut tx = app.store.begin().await?;
    if memberships::list(&mut tx, access.id()).await?.iter().any(|(member, _)| member.email == email) {
        return Err(ApiError::invalid([("email", "this person is in the team already")]));
    }
    let now = app.clock.now();
    let invitation = Invitation {
        id: InvitationId::fresh(&*app.clock),
        project_id: access.id(),
        email,
        role,
        invited_by: access.actor.name(),
        created_at: now,
        expires_at: now.plus(VALID),
    };
    let token = secret_text(&*app.clock);
    invitations::add(&mut tx, &invitation, &hash(&token)).await?;
    tx.about(invitation.id, &invitation.email);
    tx.commit().await?;
    let link = format!("{}/app/invitation?token={token}", app.config.public_base());
    Ok((StatusCode::CREATED, Json(NewInvitation { view: view(invitation), link })))
}

/// Withdraw an invitation
#[utoipa::path(delete, path = "/api/v1/projects/{projectId}/invitations/{id}", tag = "team", operation_id = "invitations.remove", params(ItemPath), responses((status = 204)))]
pub async fn remove(
    State(app): State<App>,
    access: ProjectAccess,
    Id(id): Id<InvitationId>,
) -> Result<StatusCode, ApiError> {
    let mut tx = app.store.begin().await?;
    if !invitations::remove(&mut tx, access.id(), id).await? {
        return Err(ApiError::not_found("invitation"));
    }
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Look at an invitation
///
/// What a link leads to, for whoever has it.
#[utoipa::path(post, path = "/api/v1/invitation/preview", tag = "team", operation_id = "invitations.preview", security(()), request_body = InvitationToken, responses((status = 200, body = InvitationPreview)))]
pub async fn preview(
    State(app): State<App>,
    Json(body): Json<InvitationToken>,
) -> Result<Json<InvitationPreview>, ApiError> {
    let mut conn = app.store.read().await?;
    let invitation = by_token(&app, &mut conn, &body.token).await?;
    let project = projects::find(&mut conn, invitation.project_id).await?.ok_or_else(used)?;
    let has_account = members::find_by_email(&mut conn, &invitation.email).await?.is_some();
    Ok(Json(InvitationPreview {
        project: project.name,
        email: invitation.email,
        role: invitation.role.as_str(),
        invited_by: invitation.invited_by,
        has_account,
    }))
}

/// Take an invitation
///
/// A new member is added, and signed in; whoever is a member already shows the password. The link is used up.
#[utoipa::path(post, path = "/api/v1/invitation/accept", tag = "team", operation_id = "invitations.accept", security(()), request_body = AcceptInvitation, responses((status = 201, body = SessionView)))]
pub async fn accept(
    State(app): State<App>,
    address: Address,
    act: axum::Extension<Act>,
    session: tower_sessions::Session,
    Json(body): Json<AcceptInvitation>,
) -> Result<(StatusCode, Json<SessionView>), ApiError> {
    let mut conn = app.store.read().await?;
    let invitation = by_token(&app, &mut conn, &body.token).await?;
    let known = members::find_by_email(&mut conn, &invitation.email).await?;
    drop(conn);
    let member = if let Some(member) = known {
        let mut names = vec![format!("email:{}", member.email)];
        names.extend(address.0.map(|address| format!("address:{address}")));
        app.login_limit.begin(&names, app.clock.now()).map_err(session::too_many)?;
        if !password::verify(body.password, Some(member.password_hash.clone())).await {
            return Err(ApiError::invalid([("password", "this is not the password of the account")]));
        }
        app.login_limit.succeeded(&names);
        act.prove(invitation.project_id, &Actor::Member(member.clone(), invitation.role));
        let mut tx = app.store.begin().await?;
        join(&app, &mut tx, &body.token, member.id).await?;
        tx.about(invitation.id, &invitation.email);
        tx.commit().await?;
        member
    } else {
        let mut findings = Findings::default();
        let name = findings.name("name", &body.name);
        if let Some(problem) = password::problem(&body.password) {
            findings.add("password", problem);
        }
        findings.done()?;
        let member = Member {
            id: MemberId::fresh(&*app.clock),
            email: invitation.email.clone(),
            name,
            password_hash: password::hash(body.password).await,
            created_at: app.clock.now(),
        };
        act.prove(invitation.project_id, &Actor::Member(member.clone(), invitation.role));
        let mut tx = app.store.begin().await?;
        members::add(&mut tx, &member).await?;
        join(&app, &mut tx, &body.token, member.id).await?;
        tx.about(invitation.id, &invitation.email);
        tx.commit().await?;
        member
    };
    let session = Session::begin(session, member, &app).await?;
    Ok((StatusCode::CREATED, Json(session::view(&app, &session).await?)))
}

/// Uses the link up, now that nobody else can write.
async fn join(app: &App, tx: &mut linchpin_store::Tx, token: &str, member_id: MemberId) -> Result<(), ApiError> {
    let invitation = by_token(app, tx, token).await?;
    invitations::remove(tx, invitation.project_id, invitation.id).await?;
    memberships::set(tx, invitation.project_id, member_id, invitation.role).await?;
    Ok(())
}

async fn by_token(app: &App, conn: &mut Conn, token: &str) -> Result<Invitation, ApiError> {
    invitations::find_by_hash(conn, &hash(token), app.clock.now()).await?.ok_or_else(used)
}

fn used() -> ApiError {
    ApiError::status(
        StatusCode::FORBIDDEN,
        "invitation_wrong",
        "this invitation was used, withdrawn or ran out; ask for a new one",
    )
}

fn hash(token: &str) -> String {
    hex::encode(Sha256::digest(token.as_bytes()))
}

fn view(invitation: Invitation) -> InvitationView {
    InvitationView {
        id: invitation.id,
        email: invitation.email,
        role: invitation.role.as_str(),
        invited_by: invitation.invited_by,
        created_at: invitation.created_at,
        expires_at: invitation.expires_at,
    }
}
