//! Environment secrets of a project, sealed. Workflows read them as `secrets.NAME`; nobody else does.

use linchpin_domain::Timestamp;
use linchpin_domain::id::ProjectId;
use secrecy::{ExposeSecret, SecretString};

use crate::conn::{Columns, Conn, Tx};
use crate::error::Result;
use crate::vault::Place;
use crate::{Change, projects};

/// A secret's name; its value is not read with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Secret {
    /// How workflows name it.
    pub name: String,
    /// When it was last written.
    pub updated_at: Timestamp,
}

/// The names of a project's secrets.
pub async fn list(conn: &mut Conn, project_id: ProjectId) -> Result<Vec<Secret>> {
    let rows = sqlx::query(
        "SELECT name, updated_at
         FROM secrets
         WHERE project_id = $1
         ORDER BY name",
    )
    .bind(project_id.to_string())
    .fetch_all(conn.raw())
    .await?;
    rows.iter().map(|row| Ok(Secret { name: row.text("name")?, updated_at: row.time("updated_at")? })).collect()
}

/// Opens one secret.
pub async fn value(conn: &mut Conn, project_id: ProjectId, name: &str) -> Result<Option<SecretString>> {
    let row = sqlx::query(
        "SELECT sealed
         FROM secrets
         WHERE project_id = $1
           AND name = $2",
    )
    .bind(project_id.to_string())
    .bind(name.to_owned())
    .fetch_optional(conn.raw())
    .await?;
    let Some(row) = row else { return Ok(None) };
    projects::open(conn, project_id).await?;
    Ok(Some(conn.inner.vault.open(project_id, place(name), &row.text("sealed")?)?))
}

/// Writes a secret, replacing what it was.
pub async fn set(tx: &mut Tx, project_id: ProjectId, name: &str, value: &SecretString, now: Timestamp) -> Result<()> {
    projects::open(tx, project_id).await?;
    let sealed = tx.inner.vault.seal(project_id, place(name), value.expose_secret())?;
    sqlx::query(
        "INSERT INTO secrets (project_id, name, sealed, updated_at)
         VALUES ($1, $2, $3, $4)
         ON CONFLICT (project_id, name) DO UPDATE SET sealed = excluded.sealed, updated_at = excluded.updated_at",
    )
    .bind(project_id.to_string())
    .bind(name.to_owned())
    .bind(sealed)
    .bind(now.as_millis())
    .execute(tx.raw())
    .await?;
    tx.changed(Change::Project(project_id));
    Ok(())
}

/// Removes a secret; answers whether there was one.
pub async fn remove(tx: &mut Tx, project_id: ProjectId, name: &str) -> Result<bool> {
    let done = sqlx::query(
        "DELETE FROM secrets
         WHERE project_id = $1
           AND name = $2",
    )
    .bind(project_id.to_string())
    .bind(name.to_owned())
    .execute(tx.raw())
    .await?;
    tx.changed(Change::Project(project_id));
    Ok(done.rows_affected() == 1)
}

fn place(name: &str) -> Place<'_> {
    Place { column: "secrets.sealed", row: name }
}
