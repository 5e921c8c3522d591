//! App Events: what the host application may send, each with an example that feeds the variable menu.

use linchpin_domain::Timestamp;
use linchpin_domain::id::{AppEventId, ProjectId};
use serde_json::{Map, Value};

use crate::Change;
use crate::conn::{Columns, Conn, Tx, to_json};
use crate::error::{Error, Result};

/// A named event definition.
#[derive(Debug, Clone, PartialEq)]
pub struct AppEvent {
    /// Its id.
    pub id: AppEventId,
    /// The tenant.
    pub project_id: ProjectId,
    /// What the host application sends it by. Unique in the project.
    pub name: String,
    /// An example payload.
    pub example: Map<String, Value>,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

/// One App Event.
pub async fn find(conn: &mut Conn, project_id: ProjectId, id: AppEventId) -> Result<Option<AppEvent>> {
    let row = sqlx::query(
        "SELECT id, project_id, name, example, created_at, updated_at
         FROM app_events
         WHERE project_id = $1
           AND id = $2",
    )
    .bind(project_id.to_string())
    .bind(id.to_string())
    .fetch_optional(conn.raw())
    .await?;
    row.as_ref().map(read).transpose()
}

/// The App Event of this name.
pub async fn find_by_name(conn: &mut Conn, project_id: ProjectId, name: &str) -> Result<Option<AppEvent>> {
    let row = sqlx::query(
        "SELECT id, project_id, name, example, created_at, updated_at
         FROM app_events
         WHERE project_id = $1
           AND name = $2",
    )
    .bind(project_id.to_string())
    .bind(name.to_owned())
    .fetch_optional(conn.raw())
    .await?;
    row.as_ref().map(read).transpose()
}

/// The App Events of a project, by name.
pub async fn list(conn: &mut Conn, project_id: ProjectId) -> Result<Vec<AppEvent>> {
    let rows = sqlx::query(
        "SELECT id, project_id, name, example, created_at, updated_at
         FROM app_events
         WHERE project_id = $1
         ORDER BY name",
    )
    .bind(project_id.to_string())
    .fetch_all(conn.raw())
    .await?;
    rows.iter().map(read).collect()
}

/// Adds an App Event.
pub async fn add(tx: &mut Tx, event: &AppEvent) -> Result<()> {
    sqlx::query(
        "INSERT INTO app_events (id, project_id, name, example, created_at, updated_at)
         VALUES ($1, $2, $3, $4, $5, $6)",
    )
    .bind(event.id.to_string())
    .bind(event.project_id.to_string())
    .bind(event.name.clone())
    .bind(to_json(&event.example))
    .bind(event.created_at.as_millis())
    .bind(event.updated_at.as_millis())
    .execute(tx.raw())
    .await
    .map_err(|error| taken(error.into(), &event.name))?;
    tx.changed(Change::Project(event.project_id));
    Ok(())
}

/// Writes name and example; `updated_at` is taken as given.
pub async fn update(tx: &mut Tx, event: &AppEvent) -> Result<()> {
    sqlx::query(
        "UPDATE app_events
         SET name = $3, example = $4, updated_at = $5
         WHERE project_id = $1
           AND id = $2",
    )
    .bind(event.project_id.to_string())
    .bind(event.id.to_string())
    .bind(event.name.clone())
    .bind(to_json(&event.example))
    .bind(event.updated_at.as_millis())
    .execute(tx.raw())
    .await
    .map_err(|error| taken(error.into(), &event.name))?;
    tx.changed(Change::Project(event.project_id));
    Ok(())
}

/// Removes an App Event; answers whether there was one.
pub async fn remove(tx: &mut Tx, project_id: ProjectId, id: AppEventId) -> Result<bool> {
    let done = sqlx::query(
        "DELETE FROM app_events
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

fn taken(error: Error, name: &str) -> Error {
    error.or_taken(|| format!("an App Event named `{name}`"))
}

fn read(row: &sqlx::any::AnyRow) -> Result<AppEvent> {
    Ok(AppEvent {
        id: row.id("id")?,
        project_id: row.id("project_id")?,
        name: row.text("name")?,
        example: row.json("example")?,
        created_at: row.time("created_at")?,
        updated_at: row.time("updated_at")?,
    })
}
