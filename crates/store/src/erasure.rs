//! Erasing a connected user: everything that is stored of one user, in every table, and the count of it.
//!
//! Runs and events are many, so they go first, in small transactions beside the writer; what hangs on
//! the user's row goes with it, in the last one. Whoever calls has disabled the user, so that nothing
//! new comes in between; an erasure that was cut short is taken up by calling again, since the user's
//! row goes last.
//!
//! To add a table that holds something of a user: add it to [`Erased`] and here; the test in
//! `tests/it/erasure.rs` looks through every table of the database and finds what was forgotten.

use std::time::Duration;

use linchpin_domain::id::{ConnectedUserId, ProjectId};
use sqlx::AnyConnection;

use crate::conn::{Columns, Conn, to_json};
use crate::error::Result;
use crate::{Change, Dialect, Store, connected_users};

/// Rows that one transaction removes, and rows with what hangs on them that are looked for at once.
const BATCH: i64 = 500;
/// Names the newest sequence number that was ever given, where its row was erased: a number is never given twice.
pub(crate) const NEWEST_RUN: &str = "newest_run";
/// The same for received events.
pub(crate) const NEWEST_EVENT: &str = "newest_event";

/// What was removed of a user, by table.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Erased {
    /// The user, with the metadata: one.
    pub connected_users: u64,
    /// Connected accounts, with their sealed tokens.
    pub credentials: u64,
    /// Configurations, with their settings.
    pub configurations: u64,
    /// Workflows that were switched on or off, with their settings.
    pub enablements: u64,
    /// Attempts to connect an account.
    pub connect_sessions: u64,
    /// How far providers were asked for the user's accounts.
    pub poll_cursors: u64,
    /// Webhooks of the provider that nobody took, for accounts that were this user's alone.
    pub webhook_deliveries: u64,
    /// Hooks that were made at a provider for the user's accounts.
    pub hook_registrations: u64,
    /// Outputs of the user's accounts that members keep for tests.
    pub pins: u64,
    /// What event destinations were told, or are to be told, about the user.
    pub event_deliveries: u64,
    /// Records of the user's accounts that are kept the same at the provider.
    pub sync_records: u64,
    /// How far those accounts were.
    pub sync_accounts: u64,
    /// Received events, with their payloads.
    pub received_events: u64,
    /// Idempotency keys.
    pub idempotency_keys: u64,
    /// Runs.
    pub runs: u64,
    /// Lines of the runs' journals: inputs, outputs, exchanges with the provider.
    pub journal: u64,
}

/// Which of the numbered tables.
#[derive(Clone, Copy)]
enum Numbered {
    Runs,
    Events,
}

impl Numbered {
    fn newest(self) -> &'static str {
        match self {
            Self::Runs => NEWEST_RUN,
            Self::Events => NEWEST_EVENT,
        }
    }

    /// The user's rows after a number, in order.
    fn find(self) -> &'static str {
        match self {
            Self::Runs => {
                "SELECT seq FROM runs
                 WHERE project_id = $1
                   AND user_id = $2
                   AND seq > $3
                 ORDER BY seq
                 LIMIT $4"
            }
            Self::Events => {
                "SELECT seq FROM received_events
                 WHERE project_id = $1
                   AND user_id = $2
                   AND seq > $3
                 ORDER BY seq
                 LIMIT $4"
            }
        }
    }
}

/// Erases a user. `None` when there is no such user. `pause` is waited between transactions.
pub async fn erase(
    store: &Store,
    project_id: ProjectId,
    id: ConnectedUserId,
    pause: Duration,
) -> Result<Option<Erased>> {
    let mut conn = store.read().await?;
    if connected_users::find(&mut conn, project_id, id).await?.is_none() {
        return Ok(None);
    }
    drop(conn);
    let mut erased = Erased::default();
    let mut last = [0; 2];
    for (at, table) in [Numbered::Runs, Numbered::Events].into_iter().enumerate() {
        loop {
            // Looked for outside of the transaction: a long look must not hold up the writer.
            let mut conn = store.read().await?;
            let seqs = find(&mut conn, table, project_id, id, last[at], BATCH).await?;
            drop(conn);
            let Some(newest) = seqs.last().copied() else { break };
            let mut transaction = store.inner().pool.begin_with(store.dialect().begin()).await?;
            remove(&mut transaction, store.dialect(), table, &seqs, &mut erased).await?;
            transaction.commit().await?;
            last[at] = newest;
            tokio::time::sleep(pause).await;
        }
    }

    let mut tx = store.begin().await?;
    // What is being taken in just now is committed before, or routed again after, and finds no user.
    sqlx::query(store.dialect().own_generation()).fetch_one(tx.raw()).await?;
    for (at, table) in [Numbered::Runs, Numbered::Events].into_iter().enumerate() {
        let seqs = find(&mut tx, table, project_id, id, last[at], i64::MAX).await?;
        remove(tx.raw(), store.dialect(), table, &seqs, &mut erased).await?;
    }
    for (count, statement) in [
        (&mut erased.webhook_deliveries, DELIVERIES),
        (&mut erased.idempotency_keys, KEYS),
        (&mut erased.hook_registrations, HOOKS),
        (&mut erased.pins, PINS),
        (&mut erased.event_deliveries, TOLD),
        (&mut erased.sync_records, SYNC_RECORDS),
        (&mut erased.sync_accounts, SYNC_ACCOUNTS),
        (&mut erased.poll_cursors, CURSORS),
        (&mut erased.enablements, ENABLEMENTS),
        (&mut erased.configurations, CONFIGURATIONS),
        (&mut erased.connect_sessions, SESSIONS),
        (&mut erased.credentials, CREDENTIALS),
    ] {
        let done = sqlx::query(statement).bind(project_id.to_string()).bind(id.to_string()).execute(tx.raw()).await?;
        *count = done.rows_affected();
    }
    erased.connected_users = u64::from(connected_users::remove(&mut tx, project_id, id).await?);
    tx.changed(Change::User(project_id, id));
    tx.commit().await?;
    Ok(Some(erased))
}

/// Removes lines that were appended to erased runs while they were erased. Returns how many.
pub async fn sweep(store: &Store, run_seqs: &[i64]) -> Result<u64> {
    if run_seqs.is_empty() {
        return Ok(0);
    }
    let mut transaction = store.inner().pool.begin_with(store.dialect().begin()).await?;
    let done = sqlx::query(store.dialect().pick(ORPHANS_SQLITE, ORPHANS_POSTGRES))
        .bind(to_json(&run_seqs))
        .execute(&mut *transaction)
        .await?;
    transaction.commit().await?;
    Ok(done.rows_affected())
}

/// How many rows are left that name the user.
pub async fn left(conn: &mut Conn, project_id: ProjectId, id: ConnectedUserId) -> Result<u64> {
    let row = sqlx::query(LEFT).bind(project_id.to_string()).bind(id.to_string()).fetch_one(conn.raw()).await?;
    Ok(row.int("found")?.unsigned_abs())
}

async fn find(
    conn: &mut Conn,
    table: Numbered,
    project_id: ProjectId,
    id: ConnectedUserId,
    after: i64,
    limit: i64,
) -> Result<Vec<i64>> {
    let rows = sqlx::query(table.find())
        .bind(project_id.to_string())
        .bind(id.to_string())
        .bind(after)
        .bind(limit)
        .fetch_all(conn.raw())
        .await?;
    rows.iter().map(|row| row.int("seq")).collect()
}

async fn remove(
    connection: &mut AnyConnection,
    dialect: Dialect,
    table: Numbered,
    seqs: &[i64],
    erased: &mut Erased,
) -> Result<()> {
    let Some(newest) = seqs.last() else { return Ok(()) };
    sqlx::query(REMEMBER).bind(table.newest()).bind(newest.to_string()).execute(&mut *connection).await?;
    let seqs = to_json(&seqs);
    let mut run = async |sqlite, postgres| -> Result<u64> {
        let done = sqlx::query(dialect.pick(sqlite, postgres)).bind(seqs.clone()).execute(&mut *connection).await?;
        Ok(done.rows_affected())
    };
    match table {
        Numbered::Runs => {
            erased.journal += run(
                "DELETE FROM journal WHERE run_seq IN (SELECT value FROM json_each($1))",
                "DELETE FROM journal WHERE run_seq IN (SELECT value::BIGINT FROM json_array_elements_text($1::json))",
            )
            .await?;
            erased.runs += run(
                "DELETE FROM runs WHERE seq IN (SELECT value FROM json_each($1))",
                "DELETE FROM runs WHERE seq IN (SELECT value::BIGINT FROM json_array_elements_text($1::json))",
            )
            .await?;
        }
        Numbered::Events => {
            erased.received_events += run(
                "DELETE FROM received_events WHERE seq IN (SELECT value FROM json_each($1))",
                "DELETE FROM received_events WHERE seq IN (SELECT value::BIGINT FROM json_array_elements_text($1::json))",
            )
            .await?;
        }
    }
    Ok(())
}

const REMEMBER: &str = "
    INSERT INTO installation (name, value)
    VALUES ($1, $2)
    ON CONFLICT (name) DO UPDATE
    SET value = excluded.value
    WHERE CAST(installation.value AS BIGINT) < CAST(excluded.value AS BIGINT)";

// An account that another user has connected, too, keeps its inbox.
const DELIVERIES: &str = "
    DELETE FROM webhook_deliveries
    WHERE project_id = $1
      AND EXISTS (
          SELECT 1
          FROM credentials AS c
          WHERE c.project_id = $1
            AND c.user_id = $2
            AND c.integration_id = webhook_deliveries.integration_id
            AND c.provider_id = webhook_deliveries.account
      )
      AND NOT EXISTS (
          SELECT 1
          FROM credentials AS o
          WHERE o.project_id = $1
            AND o.user_id <> $2
            AND o.integration_id = webhook_deliveries.integration_id
            AND o.provider_id = webhook_deliveries.account
      )";
const KEYS: &str = "
    DELETE FROM idempotency_keys
    WHERE project_id = $1
      AND user_id = $2";
// What is made at the provider can no longer be removed there: the grant is gone.
const HOOKS: &str = "
    DELETE FROM hook_registrations
    WHERE project_id = $1
      AND user_id = $2";
const PINS: &str = "
    DELETE FROM pins
    WHERE project_id = $1
      AND user_id = $2";
const TOLD: &str = "
    DELETE FROM event_deliveries
    WHERE project_id = $1
      AND user_id = $2";
const SYNC_RECORDS: &str = "
    DELETE FROM sync_records
    WHERE project_id = $1
      AND user_id = $2";
const SYNC_ACCOUNTS: &str = "
    DELETE FROM sync_accounts
    WHERE project_id = $1
      AND user_id = $2";
const CURSORS: &str = "
    DELETE FROM poll_cursors
    WHERE configuration_id IN (
        SELECT f.id
        FROM configurations AS f
        JOIN credentials AS c ON c.id = f.credential_id
        WHERE c.project_id = $1
          AND c.user_id = $2
    )";
const ENABLEMENTS: &str = "
    DELETE FROM enablements
    WHERE project_id = $1
      AND configuration_id IN (
          SELECT f.id
          FROM configurations AS f
          JOIN credentials AS c ON c.id = f.credential_id
          WHERE c.project_id = $1
            AND c.user_id = $2
      )";
const CONFIGURATIONS: &str = "
    DELETE FROM configurations
    WHERE project_id = $1
      AND credential_id IN (SELECT id FROM credentials WHERE project_id = $1 AND user_id = $2)";
const SESSIONS: &str = "
    DELETE FROM connect_sessions
    WHERE project_id = $1
      AND user_id = $2";
const CREDENTIALS: &str = "
    DELETE FROM credentials
    WHERE project_id = $1
      AND user_id = $2";

const ORPHANS_SQLITE: &str = "
    DELETE FROM journal
    WHERE run_seq IN (SELECT value FROM json_each($1))
      AND NOT EXISTS (SELECT 1 FROM runs AS r WHERE r.seq = journal.run_seq)";
const ORPHANS_POSTGRES: &str = "
    DELETE FROM journal
    WHERE run_seq IN (SELECT value::BIGINT FROM json_array_elements_text($1::json))
      AND NOT EXISTS (SELECT 1 FROM runs AS r WHERE r.seq = journal.run_seq)";

// What hangs on these rows cannot be there without them.
const LEFT: &str = "
    SELECT CAST(
        (SELECT COUNT(*) FROM connected_users WHERE project_id = $1 AND id = $2)
        + (SELECT COUNT(*) FROM credentials WHERE project_id = $1 AND user_id = $2)
        + (SELECT COUNT(*) FROM connect_sessions WHERE project_id = $1 AND user_id = $2)
        + (SELECT COUNT(*) FROM hook_registrations WHERE project_id = $1 AND user_id = $2)
        + (SELECT COUNT(*) FROM pins WHERE project_id = $1 AND user_id = $2)
        + (SELECT COUNT(*) FROM event_deliveries WHERE project_id = $1 AND user_id = $2)
        + (SELECT COUNT(*) FROM sync_records WHERE project_id = $1 AND user_id = $2)
        + (SELECT COUNT(*) FROM sync_accounts WHERE project_id = $1 AND user_id = $2)
        + (SELECT COUNT(*) FROM received_events WHERE project_id = $1 AND user_id = $2)
        + (SELECT COUNT(*) FROM idempotency_keys WHERE project_id = $1 AND user_id = $2)
        + (SELECT COUNT(*) FROM runs WHERE project_id = $1 AND user_id = $2)
        AS BIGINT) AS found";
