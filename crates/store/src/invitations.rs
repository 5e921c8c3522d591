//! Invitations into a project: a link that works once, for one e-mail address. Only a hash of it is kept.

use linchpin_domain::Timestamp;
use linchpin_domain::id::{InvitationId, ProjectId};

use crate::conn::{Columns, Conn, Tx};
use crate::error::{Error, Result};
use crate::memberships::Role;

/// An invitation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invitation {
    /// Its id.
    pub id: InvitationId,
    /// The project.
    pub project_id: ProjectId,
    /// Whom it is for; lower case.
    pub email: String,
    /// What the invited person will be.
    pub role: Role,
    /// Who invited, readable.
    pub invited_by: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it stops working.
    pub expires_at: Timestamp,
}

/// The open invitations of a project, oldest first; those that ran out are among them.
pub async fn list(conn: &mut Conn, project_id: ProjectId) -> Result<Vec<Invitation>> {
    let rows = sqlx::query(
        "SELECT id, project_id, email, role, invited_by, created_at, expires_at
         FROM invitations
         WHERE project_id = $1
         ORDER BY created_at, id",
    )
    .bind(project_id.to_string())
    .fetch_all(conn.raw())
    .await?;
    rows.iter().map(read).collect()
}

/// The invitation with this hash that still works. Asked without a project: the link names it.
pub async fn find_by_hash(conn: &mut Conn, token_hash: &str, now: Timestamp) -> Result<Option<Invitation>> {
    let row = sqlx::query(
        "SELECT id, project_id, email, role, invited_by, created_at, expires_at
         FROM invitations
         WHERE token_hash = $1
           AND expires_at > $2",
    )
    .bind(token_hash.to_owned())
    .bind(now.as_millis())
    .fetch_optional(conn.raw())
    .await?;
    row.as_ref().map(read).transpose()
}

/// Adds an invitation; an older one of the same person gives way, and its link stops working.
pub async fn add(tx: &mut Tx, invitation: &Invitation, token_hash: &str) -> Result<()> {
    sqlx::query("DELETE FROM invitations WHERE project_id = $1 AND email = $2")
        .bind(invitation.project_id.to_string())
        .bind(invitation.email.clone())
        .execute(tx.raw())
        .await?;
    sqlx::query(
        "INSERT INTO invitations (id, project_id, email, role, token_hash, invited_by, created_at, expires_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
    )
    .bind(invitation.id.to_string())
    .bind(invitation.project_id.to_string())
    .bind(invitation.email.clone())
    .bind(invitation.role.as_str().to_owned())
    .bind(token_hash.to_owned())
    .bind(invitation.invited_by.clone())
    .bind(invitation.created_at.as_millis())
    .bind(invitation.expires_at.as_millis())
    .execute(tx.raw())
    .await
    .map_err(|error| Error::from(error).or_taken(|| format!("an invitation for {}", invitation.email)))?;
    Ok(())
}

/// Withdraws an invitation, or uses it up; answers whether there was one.
pub async fn remove(tx: &mut Tx, project_id: ProjectId, id: InvitationId) -> Result<bool> {
    let done = sqlx::query(
        "DELETE FROM invitations
         WHERE project_id = $1
           AND id = $2",
    )
    .bind(project_id.to_string())
    .bind(id.to_string())
    .execute(tx.raw())
    .await?;
    Ok(done.rows_affected() == 1)
}

fn read(row: &sqlx::any::AnyRow) -> Result<Invitation> {
    Ok(Invitation {
        id: row.id("id")?,
        project_id: row.id("project_id")?,
        email: row.text("email")?,
        role: Role::stored("invitations.role", &row.text("role")?)?,
        invited_by: row.text("invited_by")?,
        created_at: row.time("created_at")?,
        expires_at: row.time("expires_at")?,
    })
}
