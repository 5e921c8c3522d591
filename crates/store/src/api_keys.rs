//! Keys for backends and the command line, stored as hashes: a key is shown once, when it is made.

use linchpin_domain::Timestamp;
use linchpin_domain::id::{ApiKeyId, ProjectId};

use crate::conn::{Columns, Conn, Tx};
use crate::error::Result;

/// An API key without the key itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiKey {
    /// Its id.
    pub id: ApiKeyId,
    /// The one project that it opens.
    pub project_id: ProjectId,
    /// What people call it.
    pub name: String,
    /// The key's first characters, to recognise it by.
    pub prefix: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last used, to the minute.
    pub last_used_at: Option<Timestamp>,
}

/// The key with this hash. The one question that is asked without a project: the key names it.
pub async fn find_by_hash(conn: &mut Conn, hash: &str) -> Result<Option<ApiKey>> {
    let row = sqlx::query(
        "SELECT id, project_id, name, prefix, created_at, last_used_at
         FROM api_keys
         WHERE hash = $1",
    )
    .bind(hash.to_owned())
    .fetch_optional(conn.raw())
    .await?;
    row.as_ref().map(read).transpose()
}

/// The keys of a project, oldest first.
pub async fn list(conn: &mut Conn, project_id: ProjectId) -> Result<Vec<ApiKey>> {
    let rows = sqlx::query(
        "SELECT id, project_id, name, prefix, created_at, last_used_at
         FROM api_keys
         WHERE project_id = $1
         ORDER BY created_at, id",
    )
    .bind(project_id.to_string())
    .fetch_all(conn.raw())
    .await?;
    rows.iter().map(read).collect()
}

/// Adds a key by its hash.
pub async fn add(tx: &mut Tx, key: &ApiKey, hash: &str) -> Result<()> {
    sqlx::query(
        "INSERT INTO api_keys (id, project_id, name, prefix, hash, created_at, last_used_at)
         VALUES ($1, $2, $3, $4, $5, $6, NULL)",
    )
    .bind(key.id.to_string())
    .bind(key.project_id.to_string())
    .bind(key.name.clone())
    .bind(key.prefix.clone())
    .bind(hash.to_owned())
    .bind(key.created_at.as_millis())
    .execute(tx.raw())
    .await?;
    Ok(())
}

/// Revokes a key; answers whether there was one.
pub async fn remove(tx: &mut Tx, project_id: ProjectId, id: ApiKeyId) -> Result<bool> {
    let done = sqlx::query(
        "DELETE FROM api_keys
         WHERE project_id = $1
           AND id = $2",
    )
    .bind(project_id.to_string())
    .bind(id.to_string())
    .execute(tx.raw())
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Notes that the key was used.
pub async fn touch(tx: &mut Tx, project_id: ProjectId, id: ApiKeyId, at: Timestamp) -> Result<()> {
    sqlx::query(
        "UPDATE api_keys
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

fn read(row: &sqlx::any::AnyRow) -> Result<ApiKey> {
    Ok(ApiKey {
        id: row.id("id")?,
        project_id: row.id("project_id")?,
        name: row.text("name")?,
        prefix: row.text("prefix")?,
        created_at: row.time("created_at")?,
        last_used_at: row.maybe_time("last_used_at")?,
    })
}
