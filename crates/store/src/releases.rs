//! Releases: what was promoted into a project from another one, so that it can be told and taken back.

use linchpin_domain::Timestamp;
use linchpin_domain::id::{ProjectId, ReleaseId};
use serde_json::Value;

use crate::conn::{Columns, Conn, Tx};
use crate::error::Result;
use crate::packed;

/// A release.
#[derive(Debug, Clone, PartialEq)]
pub struct Release {
    /// Its id.
    pub id: ReleaseId,
    /// The project that was released into.
    pub project_id: ProjectId,
    /// 1, 2, 3 … within the project; 0 is what the project was before the first one.
    pub number: i64,
    /// The project that it came from.
    pub source_id: ProjectId,
    /// Its name then.
    pub source_name: String,
    /// What the person said about it.
    pub message: String,
    /// What changed, as it was shown.
    pub changes: Value,
    /// The release that it brought back.
    pub back_to: Option<i64>,
    /// Who released, readable.
    pub released_by: String,
    /// When.
    pub released_at: Timestamp,
}

/// Whether a project takes its workflows from releases alone.
pub async fn is_read_only(conn: &mut Conn, project_id: ProjectId) -> Result<bool> {
    let row = sqlx::query("SELECT read_only FROM projects WHERE id = $1")
        .bind(project_id.to_string())
        .fetch_optional(conn.raw())
        .await?;
    row.map_or(Ok(false), |row| row.flag("read_only"))
}

/// Says whether it does.
pub async fn set_read_only(tx: &mut Tx, project_id: ProjectId, read_only: bool) -> Result<()> {
    sqlx::query("UPDATE projects SET read_only = $2 WHERE id = $1")
        .bind(project_id.to_string())
        .bind(i64::from(read_only))
        .execute(tx.raw())
        .await?;
    Ok(())
}

/// The number that the next release of a project gets; `None` before the first one.
pub async fn next_number(conn: &mut Conn, project_id: ProjectId) -> Result<Option<i64>> {
    let row = sqlx::query("SELECT MAX(number) + 1 AS next FROM releases WHERE project_id = $1")
        .bind(project_id.to_string())
        .fetch_one(conn.raw())
        .await?;
    row.maybe_int("next")
}

/// Adds a release, with the file that was applied.
pub async fn add(tx: &mut Tx, release: &Release, file: &str) -> Result<()> {
    sqlx::query(
        "INSERT INTO releases (id, project_id, number, source_id, source_name, message, file, changes, back_to,
                               released_by, released_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
    )
    .bind(release.id.to_string())
    .bind(release.project_id.to_string())
    .bind(release.number)
    .bind(release.source_id.to_string())
    .bind(release.source_name.clone())
    .bind(release.message.clone())
    .bind(packed::pack(file).into_owned())
    .bind(release.changes.to_string())
    .bind(release.back_to)
    .bind(release.released_by.clone())
    .bind(release.released_at.as_millis())
    .execute(tx.raw())
    .await?;
    Ok(())
}

/// The releases of a project, newest first.
pub async fn list(conn: &mut Conn, project_id: ProjectId, before: Option<i64>, limit: i64) -> Result<Vec<Release>> {
    let rows = sqlx::query(
        "SELECT id, project_id, number, source_id, source_name, message, changes, back_to, released_by, released_at
         FROM releases
         WHERE project_id = $1
           AND number < $2
         ORDER BY number DESC
         LIMIT $3",
    )
    .bind(project_id.to_string())
    .bind(before.unwrap_or(i64::MAX))
    .bind(limit)
    .fetch_all(conn.raw())
    .await?;
    rows.iter().map(read).collect()
}

/// One release, with the file that was applied.
pub async fn find(conn: &mut Conn, project_id: ProjectId, id: ReleaseId) -> Result<Option<(Release, String)>> {
    let row = sqlx::query(
        "SELECT id, project_id, number, source_id, source_name, message, changes, back_to, released_by, released_at,
                file
         FROM releases
         WHERE project_id = $1
           AND id = $2",
    )
    .bind(project_id.to_string())
    .bind(id.to_string())
    .fetch_optional(conn.raw())
    .await?;
    let Some(row) = row else { return Ok(None) };
    let file = packed::unpack(row.text("file")?, "releases.file")?;
    Ok(Some((read(&row)?, file)))
}

fn read(row: &sqlx::any::AnyRow) -> Result<Release> {
    Ok(Release {
        id: row.id("id")?,
        project_id: row.id("project_id")?,
        number: row.int("number")?,
        source_id: row.id("source_id")?,
        source_name: row.text("source_name")?,
        message: row.text("message")?,
        changes: row.json("changes")?,
        back_to: row.maybe_int("back_to")?,
        released_by: row.text("released_by")?,
        released_at: row.time("released_at")?,
    })
}
