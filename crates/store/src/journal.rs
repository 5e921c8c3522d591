//! Journals of runs. They are written by the [writer](crate::writer) only.

use linchpin_domain::journal::Entry;

use crate::conn::{Columns, Conn};
use crate::error::Result;

/// The lines of one run's journal, in order. The run must have been found within its project.
pub async fn load(conn: &mut Conn, run_seq: i64) -> Result<Vec<Entry>> {
    let rows = sqlx::query(
        "SELECT step, attempt, at, event
         FROM journal
         WHERE run_seq = $1
         ORDER BY n",
    )
    .bind(run_seq)
    .fetch_all(conn.raw())
    .await?;
    rows.iter()
        .map(|row| {
            Ok(Entry {
                step: row.text("step")?,
                attempt: row.int("attempt")? as u32,
                at: row.time("at")?,
                event: row.json("event")?,
            })
        })
        .collect()
}
