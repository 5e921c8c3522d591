//! Syncs: which records of an integration's accounts are kept the same here and at the provider, and how.

use linchpin_domain::Timestamp;
use linchpin_domain::id::{IntegrationId, ProjectId, SyncId};
use linchpin_domain::sync::{Direction, Rule};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::Change;
use crate::conn::{Columns, Conn, Tx, to_json};
use crate::error::{Error, Result};

/// A sync of a project.
#[derive(Debug, Clone, PartialEq)]
pub struct Sync {
    /// Its id.
    pub id: SyncId,
    /// The tenant.
    pub project_id: ProjectId,
    /// Whose accounts.
    pub integration_id: IntegrationId,
    /// What people call it. Unique in the project.
    pub name: String,
    /// The connector's name for the kind of records.
    pub object: String,
    /// Who may change records.
    pub direction: Direction,
    /// The fields that are kept, by the provider's names.
    pub fields: Vec<String>,
    /// Who is right when both sides changed the same field.
    pub conflict: Rule,
    /// Minutes between two questions for what has changed.
    pub every_minutes: i64,
    /// Hours between two comparisons of everything; 0 for never.
    pub check_hours: i64,
    /// Whether it is on.
    pub enabled: bool,
    /// When it was added.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

/// A word of an enum as a column holds it.
pub(crate) fn word(value: &impl Serialize) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(word)) => word,
        _ => String::new(),
    }
}

/// The enum's value of a column's word.
pub(crate) fn of_word<T: DeserializeOwned>(column: &'static str, word: String) -> Result<T> {
    serde_json::from_value(serde_json::Value::String(word)).map_err(|error| Error::corrupt(column, error))
}

/// The syncs of a project, by name.
pub async fn list(conn: &mut Conn, project_id: ProjectId) -> Result<Vec<Sync>> {
    let rows = sqlx::query(
        "SELECT id, project_id, integration_id, name, object, direction, fields, conflict, every_minutes, check_hours,
                enabled, created_at, updated_at
         FROM syncs
         WHERE project_id = $1
         ORDER BY name",
    )
    .bind(project_id.to_string())
    .fetch_all(conn.raw())
    .await?;
    rows.iter().map(read).collect()
}

/// One sync.
pub async fn find(conn: &mut Conn, project_id: ProjectId, id: SyncId) -> Result<Option<Sync>> {
    let row = sqlx::query(
        "SELECT id, project_id, integration_id, name, object, direction, fields, conflict, every_minutes, check_hours,
                enabled, created_at, updated_at
         FROM syncs
         WHERE project_id = $1
           AND id = $2",
    )
    .bind(project_id.to_string())
    .bind(id.to_string())
    .fetch_optional(conn.raw())
    .await?;
    row.as_ref().map(read).transpose()
}

/// Adds one. Its accounts begin at once.
pub async fn add(tx: &mut Tx, sync: &Sync) -> Result<()> {
    sqlx::query(
        "INSERT INTO syncs (id, project_id, integration_id, name, object, direction, fields, conflict, every_minutes,
                            check_hours, enabled, last_seq, created_at, updated_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 0, $12, $13)",
    )
    .bind(sync.id.to_string())
    .bind(sync.project_id.to_string())
    .bind(sync.integration_id.to_string())
    .bind(sync.name.clone())
    .bind(sync.object.clone())
    .bind(word(&sync.direction))
    .bind(to_json(&sync.fields))
    .bind(word(&sync.conflict))
    .bind(sync.every_minutes)
    .bind(sync.check_hours)
    .bind(i64::from(sync.enabled))
    .bind(sync.created_at.as_millis())
    .bind(sync.updated_at.as_millis())
    .execute(tx.raw())
    .await?;
    tx.changed(Change::Project(sync.project_id));
    Ok(())
}

/// Writes what can be changed.
pub async fn update(tx: &mut Tx, sync: &Sync) -> Result<()> {
    sqlx::query(
        "UPDATE syncs
         SET name = $3, direction = $4, fields = $5, conflict = $6, every_minutes = $7, check_hours = $8, enabled = $9,
             updated_at = $10
         WHERE project_id = $1
           AND id = $2",
    )
    .bind(sync.project_id.to_string())
    .bind(sync.id.to_string())
    .bind(sync.name.clone())
    .bind(word(&sync.direction))
    .bind(to_json(&sync.fields))
    .bind(word(&sync.conflict))
    .bind(sync.every_minutes)
    .bind(sync.check_hours)
    .bind(i64::from(sync.enabled))
    .bind(sync.updated_at.as_millis())
    .execute(tx.raw())
    .await?;
    tx.changed(Change::Project(sync.project_id));
    Ok(())
}

/// Removes one, with every record that it holds. Nothing is changed at the provider.
pub async fn remove(tx: &mut Tx, project_id: ProjectId, id: SyncId) -> Result<bool> {
    let done = sqlx::query("DELETE FROM syncs WHERE project_id = $1 AND id = $2")
        .bind(project_id.to_string())
        .bind(id.to_string())
        .execute(tx.raw())
        .await?;
    tx.changed(Change::Project(project_id));
    Ok(done.rows_affected() == 1)
}

/// Takes so many numbers for changes, and keeps everybody else from writing records of this sync until the
/// transaction's end. The first of them; `None` when the sync is gone.
pub async fn take_numbers(tx: &mut Tx, project_id: ProjectId, id: SyncId, count: usize) -> Result<Option<i64>> {
    let count = i64::try_from(count).unwrap_or(i64::MAX);
    let row = sqlx::query(
        "UPDATE syncs
         SET last_seq = last_seq + $3
         WHERE project_id = $1
           AND id = $2
         RETURNING last_seq",
    )
    .bind(project_id.to_string())
    .bind(id.to_string())
    .bind(count)
    .fetch_optional(tx.raw())
    .await?;
    row.map(|row| Ok(row.int("last_seq")? - count + 1)).transpose()
}

fn read(row: &sqlx::any::AnyRow) -> Result<Sync> {
    Ok(Sync {
        id: row.id("id")?,
        project_id: row.id("project_id")?,
        integration_id: row.id("integration_id")?,
        name: row.text("name")?,
        object: row.text("object")?,
        direction: of_word("syncs.direction", row.text("direction")?)?,
        fields: row.json("fields")?,
        conflict: of_word("syncs.conflict", row.text("conflict")?)?,
        every_minutes: row.int("every_minutes")?,
        check_hours: row.int("check_hours")?,
        enabled: row.flag("enabled")?,
        created_at: row.time("created_at")?,
        updated_at: row.time("updated_at")?,
    })
}
