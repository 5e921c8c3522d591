//! Who may work in which project.

use linchpin_domain::id::{MemberId, ProjectId};

use crate::conn::{Columns, Conn, Tx};
use crate::error::{Error, Result};

/// What a member may do in a project.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Everything.
    Owner,
    /// Everything but removing the project and its members.
    Member,
}

impl Role {
    /// As stored.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Owner => "owner",
            Self::Member => "member",
        }
    }
}

/// A member's role in a project; `None` when the member has none there.
pub async fn find(conn: &mut Conn, project_id: ProjectId, member_id: MemberId) -> Result<Option<Role>> {
    let row = sqlx::query(
        "SELECT role
         FROM memberships
         WHERE project_id = $1
           AND member_id = $2",
    )
    .bind(project_id.to_string())
    .bind(member_id.to_string())
    .fetch_optional(conn.raw())
    .await?;
    let Some(row) = row else { return Ok(None) };
    match row.text("role")?.as_str() {
        "owner" => Ok(Some(Role::Owner)),
        "member" => Ok(Some(Role::Member)),
        other => Err(Error::corrupt("memberships.role", format!("unknown role `{other}`"))),
    }
}

/// Lets a member work in a project, or changes the role.
pub async fn set(tx: &mut Tx, project_id: ProjectId, member_id: MemberId, role: Role) -> Result<()> {
    sqlx::query(
        "INSERT INTO memberships (project_id, member_id, role)
         VALUES ($1, $2, $3)
         ON CONFLICT (project_id, member_id) DO UPDATE SET role = excluded.role",
    )
    .bind(project_id.to_string())
    .bind(member_id.to_string())
    .bind(role.as_str().to_owned())
    .execute(tx.raw())
    .await?;
    Ok(())
}
