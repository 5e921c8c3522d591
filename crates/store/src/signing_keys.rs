//! Public keys that user tokens are checked with. Private halves are never stored.

use linchpin_domain::Timestamp;
use linchpin_domain::id::{ProjectId, SigningKeyId};

use crate::Change;
use crate::conn::{Columns, Conn, Tx};
use crate::error::{Error, Result};

/// A signing key's public half.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SigningKey {
    /// Its id.
    pub id: SigningKeyId,
    /// The tenant.
    pub project_id: ProjectId,
    /// What people call it.
    pub name: String,
    /// RFC 7638 thumbprint, unless one was given. Unique in the project.
    pub kid: String,
    /// SPKI PEM.
    pub public_key: String,
    /// When it was added.
    pub created_at: Timestamp,
    /// When a token was last checked with it, to the minute.
    pub last_used_at: Option<Timestamp>,
}

/// One key.
pub async fn find(conn: &mut Conn, project_id: ProjectId, id: SigningKeyId) -> Result<Option<SigningKey>> {
    let row = sqlx::query(
        "SELECT id, project_id, name, kid, public_key, created_at, last_used_at
         FROM signing_keys
         WHERE project_id = $1
           AND id = $2",
    )
    .bind(project_id.to_string())
    .bind(id.to_string())
    .fetch_optional(conn.raw())
    .await?;
    row.as_ref().map(read).transpose()
}

/// The keys of a project, oldest first.
pub async fn list(conn: &mut Conn, project_id: ProjectId) -> Result<Vec<SigningKey>> {
    let rows = sqlx::query(
        "SELECT id, project_id, name, kid, public_key, created_at, last_used_at
         FROM signing_keys
         WHERE project_id = $1
         ORDER BY created_at, id",
    )
    .bind(project_id.to_string())
    .fetch_all(conn.raw())
    .await?;
    rows.iter().map(read).collect()
}

/// Adds a key.
pub async fn add(tx: &mut Tx, key: &SigningKey) -> Result<()> {
    sqlx::query(
        "INSERT INTO signing_keys (id, project_id, name, kid, public_key, created_at, last_used_at)
         VALUES ($1, $2, $3, $4, $5, $6, NULL)",
    )
    .bind(key.id.to_string())
    .bind(key.project_id.to_string())
    .bind(key.name.clone())
    .bind(key.kid.clone())
    .bind(key.public_key.clone())
    .bind(key.created_at.as_millis())
    .execute(tx.raw())
    .await
    .map_err(|error| Error::from(error).or_taken(|| "this signing key".into()))?;
    tx.changed(Change::Project(key.project_id));
    Ok(())
}

/// Removes a key; answers whether there was one. Tokens signed with it are refused from then on.
pub async fn remove(tx: &mut Tx, project_id: ProjectId, id: SigningKeyId) -> Result<bool> {
    let done = sqlx::query(
        "DELETE FROM signing_keys
         WHERE project_id = $1
           AND id = $2",
    )
    .bind(project_id.to_string())
    .bind(id.to_string())
    .execute(tx.raw())
    .await?;
    tx.changed(Change::Project(project_id));
    Ok(done.rows_affected() == 1)
}

/// Notes that a token was checked with the key. Routing does not depend on it.
pub async fn touch(tx: &mut Tx, project_id: ProjectId, id: SigningKeyId, at: Timestamp) -> Result<()> {
    sqlx::query(
        "UPDATE signing_keys
         SET last_used_at = $3
         WHERE project_id = $1
           AND id = $2",
    )
    .bind(project_id.to_string())
    .bind(id.to_string())
    .bind(at.as_millis())
    .execute(tx.raw())
    .await?;
    Ok(())
}

fn read(row: &sqlx::any::AnyRow) -> Result<SigningKey> {
    Ok(SigningKey {
        id: row.id("id")?,
        project_id: row.id("project_id")?,
        name: row.text("name")?,
        kid: row.text("kid")?,
        public_key: row.text("public_key")?,
        created_at: row.time("created_at")?,
        last_used_at: row.maybe_time("last_used_at")?,
    })
}
