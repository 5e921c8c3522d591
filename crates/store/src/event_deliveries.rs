//! What is sent to event destinations, and what came of it: the outbox and the log in one table. A row is
//! written in the transaction of what happened ([`notices`](crate::notices)); nothing is lost by a kill, and
//! what was sent without our hearing of it is sent again under the same id.

use linchpin_domain::Timestamp;
use linchpin_domain::id::{EventDestinationId, ProjectId};
use linchpin_domain::notice::Kind;
use serde_json::Value;

use crate::Store;
use crate::conn::{Columns, Conn, Tx, to_json};
use crate::error::{Error, Result};

/// An event on its way to a destination.
#[derive(Debug, Clone, PartialEq)]
pub struct EventDelivery {
    /// Order of recording.
    pub seq: i64,
    /// The tenant.
    pub project_id: ProjectId,
    /// Where to.
    pub destination_id: EventDestinationId,
    /// The event's id: the same at every destination and attempt.
    pub event_id: String,
    /// What happened.
    pub kind: Kind,
    /// The facts of it.
    pub data: Value,
    /// When it happened.
    pub happened_at: Timestamp,
    /// Where it stands.
    pub state: State,
    /// How often it was tried.
    pub attempts: i64,
    /// When it is tried next.
    pub due_at: Option<Timestamp>,
    /// The last attempt.
    pub last: Option<Attempt>,
}

/// Where a delivery stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// It is to be tried, for the first time or again.
    Pending,
    /// The destination took it.
    Delivered,
    /// Every attempt failed.
    Failed,
    /// Its destination was disabled before it was delivered.
    Dropped,
}

impl State {
    /// As stored and sent.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Delivered => "delivered",
            Self::Failed => "failed",
            Self::Dropped => "dropped",
        }
    }

    /// Reads what [`State::as_str`] writes.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Pending, Self::Delivered, Self::Failed, Self::Dropped].into_iter().find(|state| state.as_str() == text)
    }
}

/// An attempt and what came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempt {
    /// When.
    pub at: Timestamp,
    /// The answer's status; `None` when there was no answer, and for e-mail.
    pub status: Option<i64>,
    /// The beginning of the answer.
    pub answer: Option<String>,
    /// What went wrong.
    pub error: Option<String>,
    /// How long it took.
    pub duration_ms: i64,
}

/// The deliveries of a destination that are due, oldest first.
pub async fn due(
    conn: &mut Conn,
    project_id: ProjectId,
    destination_id: EventDestinationId,
    now: Timestamp,
    limit: i64,
) -> Result<Vec<EventDelivery>> {
    let rows = sqlx::query(
        "SELECT seq, project_id, destination_id, event_id, kind, data, happened_at, state, attempts, due_at, tried_at,
                status, answer, error, duration_ms
         FROM event_deliveries
         WHERE project_id = $1
           AND destination_id = $2
           AND due_at IS NOT NULL
           AND due_at <= $3
         ORDER BY due_at, seq
         LIMIT $4",
    )
    .bind(project_id.to_string())
    .bind(destination_id.to_string())
    .bind(now.as_millis())
    .bind(limit)
    .fetch_all(conn.raw())
    .await?;
    rows.iter().map(read).collect()
}

/// How many deliveries of a destination wait, due or not.
pub async fn count_pending(conn: &mut Conn, project_id: ProjectId, destination_id: EventDestinationId) -> Result<i64> {
    let row = sqlx::query(
        "SELECT COUNT(*) AS found
         FROM event_deliveries
         WHERE project_id = $1
           AND destination_id = $2
           AND due_at IS NOT NULL",
    )
    .bind(project_id.to_string())
    .bind(destination_id.to_string())
    .fetch_one(conn.raw())
    .await?;
    row.int("found")
}

/// The deliveries of a destination, newest first, before a number.
pub async fn list(
    conn: &mut Conn,
    project_id: ProjectId,
    destination_id: EventDestinationId,
    state: Option<State>,
    before: Option<i64>,
    limit: i64,
) -> Result<Vec<EventDelivery>> {
    let rows = sqlx::query(
        "SELECT seq, project_id, destination_id, event_id, kind, data, happened_at, state, attempts, due_at, tried_at,
                status, answer, error, duration_ms
         FROM event_deliveries
         WHERE project_id = $1
           AND destination_id = $2
           AND ($3 = '' OR state = $3)
           AND seq < $4
         ORDER BY seq DESC
         LIMIT $5",
    )
    .bind(project_id.to_string())
    .bind(destination_id.to_string())
    .bind(state.map(State::as_str).unwrap_or_default())
    .bind(before.unwrap_or(i64::MAX))
    .bind(limit)
    .fetch_all(conn.raw())
    .await?;
    rows.iter().map(read).collect()
}

/// The delivery of an event to a destination.
pub async fn find(
    conn: &mut Conn,
    project_id: ProjectId,
    destination_id: EventDestinationId,
    event_id: &str,
) -> Result<Option<EventDelivery>> {
    let row = sqlx::query(
        "SELECT seq, project_id, destination_id, event_id, kind, data, happened_at, state, attempts, due_at, tried_at,
                status, answer, error, duration_ms
         FROM event_deliveries
         WHERE project_id = $1
           AND destination_id = $2
           AND event_id = $3",
    )
    .bind(project_id.to_string())
    .bind(destination_id.to_string())
    .bind(event_id.to_owned())
    .fetch_optional(conn.raw())
    .await?;
    row.as_ref().map(read).transpose()
}

/// Notes what came of an attempt: the new state, and when it is tried again.
pub async fn record(
    tx: &mut Tx,
    delivery: &EventDelivery,
    attempt: &Attempt,
    state: State,
    due_at: Option<Timestamp>,
) -> Result<()> {
    sqlx::query(
        "UPDATE event_deliveries
         SET state = $3, attempts = attempts + 1, due_at = $4, tried_at = $5, status = $6, answer = $7, error = $8,
             duration_ms = $9
         WHERE project_id = $1
           AND seq = $2",
    )
    .bind(delivery.project_id.to_string())
    .bind(delivery.seq)
    .bind(state.as_str())
    .bind(due_at.map(Timestamp::as_millis))
    .bind(attempt.at.as_millis())
    .bind(attempt.status)
    .bind(attempt.answer.clone())
    .bind(attempt.error.clone())
    .bind(attempt.duration_ms)
    .execute(tx.raw())
    .await?;
    Ok(())
}

/// The same for many deliveries of one destination that were sent together. What is still pending stays due.
pub async fn record_all(
    tx: &mut Tx,
    project_id: ProjectId,
    destination_id: EventDestinationId,
    seqs: &[i64],
    attempt: &Attempt,
    state: State,
) -> Result<()> {
    let statement = tx.inner.dialect.pick(RECORD_ALL_SQLITE, RECORD_ALL_POSTGRES);
    sqlx::query(statement)
        .bind(project_id.to_string())
        .bind(destination_id.to_string())
        .bind(to_json(&seqs))
        .bind(state.as_str())
        .bind(attempt.at.as_millis())
        .bind(attempt.answer.clone())
        .bind(attempt.error.clone())
        .bind(attempt.duration_ms)
        .execute(tx.raw())
        .await?;
    Ok(())
}

const RECORD_ALL_SQLITE: &str = "
    UPDATE event_deliveries
    SET state = $4, attempts = attempts + 1, due_at = CASE WHEN $4 = 'pending' THEN due_at END, tried_at = $5,
        answer = $6, error = $7, duration_ms = $8
    WHERE project_id = $1
      AND destination_id = $2
      AND seq IN (SELECT value FROM json_each($3))";
const RECORD_ALL_POSTGRES: &str = "
    UPDATE event_deliveries
    SET state = $4, attempts = attempts + 1, due_at = CASE WHEN $4 = 'pending' THEN due_at END, tried_at = $5,
        answer = $6, error = $7, duration_ms = $8
    WHERE project_id = $1
      AND destination_id = $2
      AND seq IN (SELECT value::BIGINT FROM json_array_elements_text($3::json))";

/// Sends a delivery once more, from the first attempt on, whatever came of it before.
pub async fn redeliver(tx: &mut Tx, delivery: &EventDelivery, now: Timestamp) -> Result<()> {
    sqlx::query(
        "UPDATE event_deliveries
         SET state = 'pending', attempts = 0, due_at = $3
         WHERE project_id = $1
           AND seq = $2",
    )
    .bind(delivery.project_id.to_string())
    .bind(delivery.seq)
    .bind(now.as_millis())
    .execute(tx.raw())
    .await?;
    Ok(())
}

/// Gives up what waits for a destination. Returns how many.
pub async fn drop_pending(
    tx: &mut Tx,
    project_id: ProjectId,
    destination_id: EventDestinationId,
    reason: &str,
) -> Result<u64> {
    let done = sqlx::query(
        "UPDATE event_deliveries
         SET state = 'dropped', due_at = NULL, error = COALESCE(error, $3)
         WHERE project_id = $1
           AND destination_id = $2
           AND due_at IS NOT NULL",
    )
    .bind(project_id.to_string())
    .bind(destination_id.to_string())
    .bind(reason.to_owned())
    .execute(tx.raw())
    .await?;
    Ok(done.rows_affected())
}

/// Forgets what is done and happened before a moment, over all projects. Returns how many.
pub async fn remove_older(store: &Store, before: Timestamp) -> Result<u64> {
    let mut tx = store.begin().await?;
    let done = sqlx::query("DELETE FROM event_deliveries WHERE happened_at < $1 AND due_at IS NULL")
        .bind(before.as_millis())
        .execute(tx.raw())
        .await?;
    tx.commit().await?;
    Ok(done.rows_affected())
}

fn read(row: &sqlx::any::AnyRow) -> Result<EventDelivery> {
    let kind = row.text("kind")?;
    let state = row.text("state")?;
    let last = match row.maybe_time("tried_at")? {
        None => None,
        Some(at) => Some(Attempt {
            at,
            status: row.maybe_int("status")?,
            answer: row.maybe_text("answer")?,
            error: row.maybe_text("error")?,
            duration_ms: row.maybe_int("duration_ms")?.unwrap_or_default(),
        }),
    };
    Ok(EventDelivery {
        seq: row.int("seq")?,
        project_id: row.id("project_id")?,
        destination_id: row.id("destination_id")?,
        event_id: row.text("event_id")?,
        kind: Kind::parse(&kind)
            .ok_or_else(|| Error::corrupt("event_deliveries.kind", format!("`{kind}` is no kind of event")))?,
        data: row.json("data")?,
        happened_at: row.time("happened_at")?,
        state: State::parse(&state)
            .ok_or_else(|| Error::corrupt("event_deliveries.state", format!("`{state}` is no state")))?,
        attempts: row.int("attempts")?,
        due_at: row.maybe_time("due_at")?,
        last,
    })
}
