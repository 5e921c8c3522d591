//! The team of a project.

use axum::extract::State;
use axum::http::StatusCode;
use linchpin_domain::Timestamp;
use linchpin_domain::id::MemberId;
use linchpin_store::Conn;
use linchpin_store::members::Member;
use linchpin_store::memberships::{self, Role};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::http::auth::ProjectAccess;
use crate::http::error::ApiError;
use crate::http::extract::{Id, Json};
use crate::http::page::{ItemPath, Items, ProjectPath};
use crate::state::App;

/// A member of the team.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = TeamMember)]
pub struct TeamMemberView {
    #[schema(value_type = Uuid)]
    id: MemberId,
    name: String,
    email: String,
    /// `support`, `member` or `admin`.
    role: &'static str,
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
}

/// Another role.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UpdateTeamMember {
    /// `support`, `member` or `admin`.
    role: String,
}

/// List the team
#[utoipa::path(get, path = "/api/v1/projects/{projectId}/members", tag = "team", operation_id = "members.list", params(ProjectPath), responses((status = 200, body = Items<TeamMemberView>)))]
pub async fn list(State(app): State<App>, access: ProjectAccess) -> Result<Json<Items<TeamMemberView>>, ApiError> {
    let mut conn = app.store.read().await?;
    let team = memberships::list(&mut conn, access.id()).await?;
    Ok(Items::whole(team.into_iter().map(view).collect()))
}

/// Change a member's role
///
/// The last admin stays one.
#[utoipa::path(patch, path = "/api/v1/projects/{projectId}/members/{id}", tag = "team", operation_id = "members.update", params(ItemPath), request_body = UpdateTeamMember, responses((status = 200, body = TeamMemberView)))]
pub async fn update(
    State(app): State<App>,
    access: ProjectAccess,
    Id(id): Id<MemberId>,
    Json(body): Json<UpdateTeamMember>,
) -> Result<Json<TeamMemberView>, ApiError> {
    let role = role("role", &body.role)?;
    let mut tx = app.store.begin().await?;
    let (member, _) = one(&mut tx, &access, id, role).await?;
    memberships::set(&mut tx, access.id(), id, role).await?;
    tx.about(id, &member.name);
    tx.commit().await?;
    Ok(Json(view((member, role))))
}

/// Take a member out of the project
///
/// What the member built stays. The last admin stays, too.
#[utoipa::path(delete, path = "/api/v1/projects/{projectId}/members/{id}", tag = "team", operation_id = "members.remove", params(ItemPath), responses((status = 204)))]
pub async fn remove(
    State(app): State<App>,
    access: ProjectAccess,
    Id(id): Id<MemberId>,
) -> Result<StatusCode, ApiError> {
    let mut tx = app.store.begin().await?;
    one(&mut tx, &access, id, Role::Support).await?;
    memberships::remove(&mut tx, access.id(), id).await?;
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}

/// A role by its name.
pub(super) fn role(field: &str, text: &str) -> Result<Role, ApiError> {
    Role::parse(text).ok_or_else(|| ApiError::invalid([(field, "there are support, member and admin")]))
}

/// The member, unless it is the last admin and would be none.
async fn one(conn: &mut Conn, access: &ProjectAccess, id: MemberId, role: Role) -> Result<(Member, Role), ApiError> {
    let team = memberships::list(conn, access.id()).await?;
    let admins = team.iter().filter(|(_, role)| *role == Role::Admin).count();
    let found = team.into_iter().find(|(member, _)| member.id == id).ok_or_else(|| ApiError::not_found("member"))?;
    if found.1 == Role::Admin && role != Role::Admin && admins == 1 {
        return Err(ApiError::conflict(
            "last_admin",
            format!("{} is the last admin of this project; make somebody else an admin first", found.0.name),
        ));
    }
    Ok(found)
}

fn view((member, role): (Member, Role)) -> TeamMemberView {
    TeamMemberView {
        id: member.id,
        name: member.name,
        email: member.email,
        role: role.as_str(),
        created_at: member.created_at,
    }
}
