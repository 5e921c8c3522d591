//! Who did what in a project. Append only: the database itself refuses to change or remove a line.

use linchpin_domain::Timestamp;
use linchpin_domain::id::{AuditEntryId, ProjectId};

use crate::conn::{Columns, Conn, Tx};
use crate::error::Result;

/// One line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its id, in the order of time.
    pub id: AuditEntryId,
    /// The project.
    pub project_id: ProjectId,
    /// `member` or `apiKey`.
    pub actor_kind: String,
    /// The member's or the key's id.
    pub actor_id: String,
    /// Readable, as it was then.
    pub actor_name: String,
    /// The operation's id in the API's description.
    pub operation: String,
    /// What it was done to; empty when that is the project.
    pub subject_id: String,
    /// Its name, as far as it was known.
    pub subject_name: String,
    /// When.
    pub at: Timestamp,
}

/// What the log is narrowed to.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// One actor's id.
    pub actor_id: Option<String>,
    /// One operation.
    pub operation: Option<String>,
    /// What it was done to.
    pub subject_id: Option<String>,
}

/// Writes a line.
pub async fn add(tx: &mut Tx, entry: &Entry) -> Result<()> {
    sqlx::query(
        "INSERT INTO audit_log (id, project_id, actor_kind, actor_id, actor_name, operation, subject_id, subject_name, at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
    )
    .bind(entry.id.to_string())
    .bind(entry.project_id.to_string())
    .bind(entry.actor_kind.clone())
    .bind(entry.actor_id.clone())
    .bind(entry.actor_name.clone())
    .bind(entry.operation.clone())
    .bind(entry.subject_id.clone())
    .bind(entry.subject_name.clone())
    .bind(entry.at.as_millis())
    .execute(tx.raw())
    .await?;
    Ok(())
}

/// Lines of a project, newest first, before one of them.
pub async fn list(
    conn: &mut Conn,
    project_id: ProjectId,
    filter: &Filter,
    before: Option<AuditEntryId>,
    limit: i64,
) -> Result<Vec<Entry>> {
    let rows = sqlx::query(
        "SELECT id, project_id, actor_kind, actor_id, actor_name, operation, subject_id, subject_name, at
         FROM audit_log
         WHERE project_id = $1
           AND ($2 = '' OR id < $2)
           AND ($3 = '' OR actor_id = $3)
           AND ($4 = '' OR operation = $4)
           AND ($5 = '' OR subject_id = $5)
         ORDER BY id DESC
         LIMIT $6",
    )
    .bind(project_id.to_string())
    .bind(before.map(|id| id.to_string()).unwrap_or_default())
    .bind(filter.actor_id.clone().unwrap_or_default())
    .bind(filter.operation.clone().unwrap_or_default())
    .bind(filter.subject_id.clone().unwrap_or_default())
    .bind(limit)
    .fetch_all(conn.raw())
    .await?;
    rows.iter().map(read).collect()
}

/// The newest line about a thing.
pub async fn last_about(conn: &mut Conn, project_id: ProjectId, subject_id: &str) -> Result<Option<Entry>> {
    let row = sqlx::query(
        "SELECT id, project_id, actor_kind, actor_id, actor_name, operation, subject_id, subject_name, at
         FROM audit_log
         WHERE project_id = $1
           AND subject_id = $2
         ORDER BY id DESC
         LIMIT 1",
    )
    .bind(project_id.to_string())
    .bind(subject_id.to_owned())
    .fetch_optional(conn.raw())
    .await?;
    row.as_ref().map(read).transpose()
}

fn read(row: &sqlx::any::AnyRow) -> Result<Entry> {
    Ok(Entry {
        id: row.id("id")?,
        project_id: row.id("project_id")?,
        actor_kind: row.text("actor_kind")?,
        actor_id: row.text("actor_id")?,
        actor_name: row.text("actor_name")?,
        operation: row.text("operation")?,
        subject_id: row.text("subject_id")?,
        subject_name: row.text("subject_name")?,
        at: row.time("at")?,
    })
}
