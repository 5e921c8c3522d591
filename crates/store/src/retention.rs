//! Removing finished runs and received events that are older than they are kept: in small transactions
//! beside the writer, with pauses, so that a commit of the hot path waits for a few milliseconds at most.
//!
//! Both tables are walked in the order of their commits, which is nearly that of their age, up to the
//! first row that is young enough: no index is needed, and what is kept longer (a run that still waits)
//! is stepped over. The newest row always stays: the next number is one above it.

use std::collections::HashSet;
use std::time::Duration;

use linchpin_domain::Timestamp;

use crate::Store;
use crate::conn::{Columns, to_json};
use crate::error::Result;

/// Rows looked at in one transaction.
const BATCH: i64 = 500;
/// A run is recorded in the commit of its event, a moment later by the clock.
const SAME_COMMIT: Duration = Duration::from_mins(1);

/// What was removed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Removed {
    /// Runs, with their journals.
    pub runs: u64,
    /// Events that no run refers to any more.
    pub events: u64,
}

/// Removes runs that finished before a moment, and the events before it that no run is left of.
pub async fn remove_older(store: &Store, before: Timestamp, pause: Duration) -> Result<Removed> {
    let mut removed = Removed::default();
    let mut last = 0;
    while let Some((next, count)) = runs(store, before, last).await? {
        removed.runs += count;
        last = next;
        tokio::time::sleep(pause).await;
    }
    let oldest_young = Timestamp::from_millis(before.as_millis() - SAME_COMMIT.as_millis() as i64);
    let mut after = 0;
    while let Some((next, count)) = events(store, oldest_young, after, last).await? {
        removed.events += count;
        after = next;
        tokio::time::sleep(pause).await;
    }
    Ok(removed)
}

/// The next rows after a number: the last one's, and how many were removed. `None` at the end.
async fn runs(store: &Store, before: Timestamp, after: i64) -> Result<Option<(i64, u64)>> {
    let mut conn = store.read().await?;
    let rows = sqlx::query(
        "SELECT seq, created_at, finished_at
         FROM runs
         WHERE seq > $1
           AND seq < (SELECT MAX(seq) FROM runs)
         ORDER BY seq
         LIMIT $2",
    )
    .bind(after)
    .bind(BATCH)
    .fetch_all(conn.raw())
    .await?;
    drop(conn);
    let (mut last, mut old) = (None, Vec::new());
    for row in rows {
        if row.time("created_at")? >= before {
            break;
        }
        let seq = row.int("seq")?;
        last = Some(seq);
        if row.maybe_time("finished_at")?.is_some_and(|at| at < before) {
            old.push(seq);
        }
    }
    let Some(last) = last else { return Ok(None) };
    remove(
        store,
        &old,
        &[
            (
                "DELETE FROM journal WHERE run_seq IN (SELECT value FROM json_each($1))",
                "DELETE FROM journal WHERE run_seq IN (SELECT value::BIGINT FROM json_array_elements_text($1::json))",
            ),
            (
                "DELETE FROM runs WHERE seq IN (SELECT value FROM json_each($1))",
                "DELETE FROM runs WHERE seq IN (SELECT value::BIGINT FROM json_array_elements_text($1::json))",
            ),
        ],
    )
    .await?;
    Ok(Some((last, old.len() as u64)))
}

/// The same for events. `last_run` is the newest of the old runs.
async fn events(store: &Store, before: Timestamp, after: i64, last_run: i64) -> Result<Option<(i64, u64)>> {
    let mut conn = store.read().await?;
    let rows = sqlx::query(
        "SELECT seq, received_at
         FROM received_events
         WHERE seq > $1
           AND seq < (SELECT MAX(seq) FROM received_events)
         ORDER BY seq
         LIMIT $2",
    )
    .bind(after)
    .bind(BATCH)
    .fetch_all(conn.raw())
    .await?;
    let mut old = Vec::new();
    for row in rows {
        if row.time("received_at")? >= before {
            break;
        }
        old.push(row.int("seq")?);
    }
    let (Some(first), Some(last)) = (old.first().copied(), old.last().copied()) else { return Ok(None) };
    // Old runs that are kept, and runs that were replayed later.
    let kept = sqlx::query(
        "SELECT event_seq
         FROM runs
         WHERE seq <= $3
           AND event_seq BETWEEN $1 AND $2
         UNION
         SELECT event_seq
         FROM runs
         WHERE replay_of IS NOT NULL
           AND event_seq BETWEEN $1 AND $2",
    )
    .bind(first)
    .bind(last)
    .bind(last_run)
    .fetch_all(conn.raw())
    .await?;
    drop(conn);
    let kept: HashSet<i64> = kept.iter().map(|row| row.int("event_seq")).collect::<Result<_>>()?;
    old.retain(|seq| !kept.contains(seq));
    remove(
        store,
        &old,
        &[(
            "DELETE FROM received_events WHERE seq IN (SELECT value FROM json_each($1))",
            "DELETE FROM received_events WHERE seq IN (SELECT value::BIGINT FROM json_array_elements_text($1::json))",
        )],
    )
    .await?;
    Ok(Some((last, old.len() as u64)))
}

async fn remove(store: &Store, seqs: &[i64], statements: &[(&'static str, &'static str)]) -> Result<()> {
    if seqs.is_empty() {
        return Ok(());
    }
    let dialect = store.dialect();
    // No routing depends on these rows, so its lock is not taken.
    let mut transaction = store.inner().pool.begin_with(dialect.begin()).await?;
    for (sqlite, postgres) in statements {
        sqlx::query(dialect.pick(sqlite, postgres)).bind(to_json(&seqs)).execute(&mut *transaction).await?;
    }
    transaction.commit().await?;
    Ok(())
}
