//! Subscriptions of agents and backends to a provider's events in one account. Each is a destination of its own
//! ([`event_destinations`](crate::event_destinations)); what happened goes through the same outbox, is signed, tried
//! again and given up in the same way.

use linchpin_domain::Timestamp;
use linchpin_domain::id::{ConnectedUserId, CredentialId, EventDestinationId, ProjectId};
use linchpin_domain::notice::Kind;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::Change;
use crate::conn::{Columns, Conn, Tx, to_json};
use crate::error::{Error, Result};
use crate::event_destinations::{EventDestination, read};
use crate::poll_cursors::Cursor;

/// A subscription that may have to be asked for.
#[derive(Debug)]
pub struct Polled {
    /// The subscription.
    pub destination: EventDestination,
    /// The connector's type.
    pub kind: String,
    /// Whether it was asked for before.
    pub begun: bool,
}

const COLUMNS: &str =
    "d.id, d.project_id, d.name, d.target, d.kinds, d.workflows, d.header_names, d.payload, d.enabled,
                d.disabled_reason, d.failures, d.paused_until, d.created_at, d.updated_at, d.subscription, d.credential_id";

/// Those of a user, oldest first.
pub async fn list(conn: &mut Conn, project_id: ProjectId, user_id: ConnectedUserId) -> Result<Vec<EventDestination>> {
    let statement = format!(
        "SELECT {COLUMNS}
         FROM event_destinations AS d
         JOIN credentials AS c ON c.id = d.credential_id
         WHERE d.project_id = $1
           AND c.user_id = $2
           AND d.subscription IS NOT NULL
         ORDER BY d.created_at, d.id"
    );
    let rows = sqlx::query(sqlx::AssertSqlSafe(statement))
        .bind(project_id.to_string())
        .bind(user_id.to_string())
        .fetch_all(conn.raw())
        .await?;
    rows.iter().map(read).collect()
}

/// The live ones to an event of an account.
pub async fn of_account(
    conn: &mut Conn,
    project_id: ProjectId,
    credential_id: CredentialId,
    event: &str,
) -> Result<Vec<EventDestination>> {
    let statement = format!(
        "SELECT {COLUMNS}
         FROM event_destinations AS d
         WHERE d.project_id = $1
           AND d.credential_id = $2
           AND d.enabled = 1
           AND d.subscription IS NOT NULL"
    );
    let rows = sqlx::query(sqlx::AssertSqlSafe(statement))
        .bind(project_id.to_string())
        .bind(credential_id.to_string())
        .fetch_all(conn.raw())
        .await?;
    let all: Vec<EventDestination> = rows.iter().map(read).collect::<Result<_>>()?;
    Ok(all.into_iter().filter(|one| one.subscription.as_ref().is_some_and(|to| to.event == event)).collect())
}

/// The live ones on accounts that work, over all projects.
pub async fn polled(conn: &mut Conn) -> Result<Vec<Polled>> {
    let statement = format!(
        "SELECT {COLUMNS}, d.cursor, i.type
         FROM event_destinations AS d
         JOIN credentials AS c ON c.id = d.credential_id
         JOIN connected_users AS u ON u.id = c.user_id
         JOIN integrations AS i ON i.id = c.integration_id
         WHERE d.enabled = 1
           AND d.subscription IS NOT NULL
           AND c.status = 'VALID'
           AND u.disabled = 0
           AND i.active = 1
         ORDER BY d.id"
    );
    let rows = sqlx::query(sqlx::AssertSqlSafe(statement)).fetch_all(conn.raw()).await?;
    rows.iter()
        .map(|row| {
            Ok(Polled { destination: read(row)?, kind: row.text("type")?, begun: row.maybe_text("cursor")?.is_some() })
        })
        .collect()
}

/// As it is stored.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct StoredCursor {
    event: String,
    begun_at: i64,
    newest_at: i64,
    seen: Vec<(String, i64)>,
    place: Option<i64>,
}

/// How far the provider was asked for a subscription.
pub async fn cursor(conn: &mut Conn, project_id: ProjectId, id: EventDestinationId) -> Result<Option<Cursor>> {
    let row = sqlx::query("SELECT cursor FROM event_destinations WHERE project_id = $1 AND id = $2 AND enabled = 1")
        .bind(project_id.to_string())
        .bind(id.to_string())
        .fetch_optional(conn.raw())
        .await?;
    let Some(text) = row.map(|row| row.maybe_text("cursor")).transpose()?.flatten() else { return Ok(None) };
    let stored: StoredCursor =
        serde_json::from_str(&text).map_err(|error| Error::corrupt("event_destinations.cursor", error))?;
    Ok(Some(Cursor {
        event: stored.event,
        begun_at: Timestamp::from_millis(stored.begun_at),
        newest_at: Timestamp::from_millis(stored.newest_at),
        seen: stored.seen.into_iter().map(|(key, at)| (key, Timestamp::from_millis(at))).collect(),
        place: stored.place,
    }))
}

/// Writes how far the provider was asked; nothing where it begins anew.
pub async fn set_cursor(
    tx: &mut Tx,
    project_id: ProjectId,
    id: EventDestinationId,
    cursor: Option<&Cursor>,
) -> Result<()> {
    let stored = cursor.map(|cursor| {
        to_json(&StoredCursor {
            event: cursor.event.clone(),
            begun_at: cursor.begun_at.as_millis(),
            newest_at: cursor.newest_at.as_millis(),
            seen: cursor.seen.iter().map(|(key, at)| (key.clone(), at.as_millis())).collect(),
            place: cursor.place,
        })
    });
    sqlx::query("UPDATE event_destinations SET cursor = $3 WHERE project_id = $1 AND id = $2")
        .bind(project_id.to_string())
        .bind(id.to_string())
        .bind(stored)
        .execute(tx.raw())
        .await?;
    Ok(())
}

/// Says that it is to be planned anew who is asked for what.
pub fn changed(tx: &mut Tx, project_id: ProjectId, user_id: ConnectedUserId) {
    tx.changed(Change::User(project_id, user_id));
}

/// Puts an event into a subscription's outbox; once for one id. Answers whether it was new.
pub async fn tell(tx: &mut Tx, to: &EventDestination, event_id: &str, data: &Value) -> Result<bool> {
    let Some(subscription) = &to.subscription else { return Ok(false) };
    let now = tx.inner.clock.now();
    let done = sqlx::query(
        "INSERT INTO event_deliveries (project_id, destination_id, event_id, kind, user_id, data, happened_at, state,
                                       attempts, due_at)
         SELECT d.project_id, d.id, $3, $4, $5, $6, $7, 'pending', 0, $7
         FROM event_destinations AS d
         WHERE d.project_id = $1
           AND d.id = $2
           AND d.enabled = 1
         ON CONFLICT DO NOTHING",
    )
    .bind(to.project_id.to_string())
    .bind(to.id.to_string())
    .bind(event_id.to_owned())
    .bind(Kind::TriggerEvent.as_str())
    .bind(subscription.user_id.to_string())
    .bind(to_json(data))
    .bind(now.as_millis())
    .execute(tx.raw())
    .await?;
    Ok(done.rows_affected() == 1)
}
