//! Who did what in a project. Append only: the database itself refuses to change or remove a line.
//!
//! A line belongs into the transaction of what it is about: neither is there without the other. Whoever answers a
//! request runs it [`along`] a [`Line`]; the first transaction that the request commits and that says what it is
//! [about](crate::Tx::about) takes the line with it, as does the one of a deletion, whose address says it.

use std::sync::Arc;
use std::time::Duration;

use linchpin_domain::Timestamp;
use linchpin_domain::id::{AuditEntryId, ProjectId};
use parking_lot::Mutex;

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

/// A line that waits for the transaction of what it is about.
#[derive(Debug, Clone, Default)]
pub struct Line(Arc<Mutex<Pending>>);

#[derive(Debug, Default)]
struct Pending {
    entry: Option<Entry>,
    /// The address says what it is about: no handler needs to.
    is_known: bool,
    written: bool,
}

tokio::task_local! {
    static LINE: Line;
}

/// Runs something that may commit, with a line that its transaction takes along.
pub async fn along<F: Future>(line: Line, run: F) -> F::Output {
    LINE.scope(line, run).await
}

impl Line {
    /// Says what the line is. `is_known`: what it is about is known already, as of a deletion.
    pub fn set(&self, entry: Entry, is_known: bool) {
        *self.0.lock() = Pending { entry: Some(entry), is_known, written: false };
    }

    /// Whether a transaction has taken it along.
    pub fn is_written(&self) -> bool {
        self.0.lock().written
    }

    /// The line as far as it is known.
    pub fn entry(&self) -> Option<Entry> {
        self.0.lock().entry.clone()
    }
}

/// The line that a transaction about to be committed takes along.
pub(crate) fn waiting(about: Option<&(String, String)>) -> Option<(Line, Entry)> {
    let line = LINE.try_with(Line::clone).ok()?;
    let mut entry = {
        let pending = line.0.lock();
        (!pending.written && (pending.is_known || about.is_some())).then(|| pending.entry.clone())??
    };
    if let Some((id, name)) = about {
        entry.subject_id.clone_from(id);
        entry.subject_name.clone_from(name);
    }
    Some((line, entry))
}

/// Says that a transaction with the line was committed.
pub(crate) fn taken_along(line: &Line) {
    line.0.lock().written = true;
}

/// Operations that repeat by themselves while somebody works make one line in so long a time.
pub const ONE_LINE: Duration = Duration::from_mins(10);

/// Writes a line, unless the last one about the same thing says it already and `repeats` allows that. What has no name
/// is called what it was called last.
pub async fn add_about(tx: &mut Tx, mut entry: Entry, repeats: bool) -> Result<()> {
    if !entry.subject_id.is_empty()
        && let Some(last) = last_about(tx, entry.project_id, &entry.subject_id).await?
    {
        let same = last.operation == entry.operation && last.actor_id == entry.actor_id;
        if same && repeats && entry.at.since(last.at) < ONE_LINE {
            return Ok(());
        }
        // What is deleted answers nothing.
        if entry.subject_name.is_empty() {
            entry.subject_name = last.subject_name;
        }
    }
    add(tx, &entry).await
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
