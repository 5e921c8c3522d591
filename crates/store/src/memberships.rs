//! Who may work in which project.

use linchpin_domain::id::{MemberId, ProjectId};

use crate::conn::{Columns, Conn, Tx};
use crate::error::{Error, Result};
use crate::members::{self, Member};

/// What a member may do in a project. Ordered: who comes later may all that who comes earlier may.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// Looks, helps users, replays runs.
    Support,
    /// Builds integrations and workflows, too.
    Member,
    /// Everything: secrets, API keys, event destinations, the team.
    Admin,
}

impl Role {
    /// As stored and sent.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Support => "support",
            Self::Member => "member",
            Self::Admin => "admin",
        }
    }

    /// The other way round.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Support, Self::Member, Self::Admin].into_iter().find(|role| role.as_str() == text)
    }

    /// A column's role.
    pub(crate) fn stored(column: &'static str, text: &str) -> Result<Self> {
        Self::parse(text).ok_or_else(|| Error::corrupt(column, format!("unknown role `{text}`")))
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
    row.map(|row| Role::stored("memberships.role", &row.text("role")?)).transpose()
}

/// The team of a project, oldest members first.
pub async fn list(conn: &mut Conn, project_id: ProjectId) -> Result<Vec<(Member, Role)>> {
    let rows = sqlx::query(
        "SELECT m.id, m.email, m.name, m.password_hash, m.created_at, s.role
         FROM memberships AS s
         JOIN members AS m ON m.id = s.member_id
         WHERE s.project_id = $1
         ORDER BY m.created_at, m.id",
    )
    .bind(project_id.to_string())
    .fetch_all(conn.raw())
    .await?;
    rows.iter().map(|row| Ok((members::read(row)?, Role::stored("memberships.role", &row.text("role")?)?))).collect()
}

/// A member's projects and roles there.
pub async fn list_of_member(conn: &mut Conn, member_id: MemberId) -> Result<Vec<(ProjectId, Role)>> {
    let rows = sqlx::query(
        "SELECT project_id, role
         FROM memberships
         WHERE member_id = $1",
    )
    .bind(member_id.to_string())
    .fetch_all(conn.raw())
    .await?;
    rows.iter().map(|row| Ok((row.id("project_id")?, Role::stored("memberships.role", &row.text("role")?)?))).collect()
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

/// Takes a member out of a project; answers whether there was one.
pub async fn remove(tx: &mut Tx, project_id: ProjectId, member_id: MemberId) -> Result<bool> {
    let done = sqlx::query(
        "DELETE FROM memberships
         WHERE project_id = $1
           AND member_id = $2",
    )
    .bind(project_id.to_string())
    .bind(member_id.to_string())
    .execute(tx.raw())
    .await?;
    Ok(done.rows_affected() == 1)
}
