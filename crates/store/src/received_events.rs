//! Events as they were received. They are added by the [writer](crate::writer) only.

use linchpin_domain::Timestamp;
use linchpin_domain::id::{ConfigurationId, ConnectedUserId, CredentialId, ProjectId, ReceivedEventId, WorkflowId};
use linchpin_domain::trigger::Kind;
use serde::{Deserialize, Serialize};

use crate::conn::{Columns, Conn, Tx, to_json};
use crate::error::{Error, Result};
use crate::packed;

/// An event as it was received.
#[derive(Debug, Clone)]
pub struct ReceivedEvent {
    /// Order of commit.
    pub seq: i64,
    /// Its id.
    pub id: ReceivedEventId,
    /// Who sent it.
    pub user_id: ConnectedUserId,
    /// The sender's id in the host application.
    pub user_external_id: Option<String>,
    /// What kind of trigger it is for.
    pub kind: Kind,
    /// Its name, as given.
    pub name: String,
    /// Its payload: the text of a JSON object.
    pub payload: String,
    /// How many runs it started.
    pub runs: i64,
    /// Why it started fewer runs than one may expect.
    pub note: Option<String>,
    /// When it was received.
    pub received_at: Timestamp,
}

/// A run that an event did not start because the account must be reconnected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Skipped {
    /// The workflow.
    pub workflow_id: WorkflowId,
    /// The account.
    pub credential_id: CredentialId,
    /// The configuration.
    pub configuration_id: ConfigurationId,
}

/// Which events that skipped runs are meant.
#[derive(Debug, Clone, Default)]
pub struct SkippedFilter {
    /// One connected user.
    pub user_id: Option<ConnectedUserId>,
    /// One name.
    pub event: Option<String>,
    /// Received at or after.
    pub after: Option<Timestamp>,
    /// Received before.
    pub before: Option<Timestamp>,
}

/// How often a name was received.
#[derive(Debug, Clone)]
pub struct NameCount {
    /// The event's name.
    pub name: String,
    /// How many times.
    pub count: i64,
    /// The last time.
    pub last_received_at: Timestamp,
}

/// One event by its order of commit.
pub async fn find(conn: &mut Conn, project_id: ProjectId, seq: i64) -> Result<Option<ReceivedEvent>> {
    let row = sqlx::query(
        "SELECT e.seq, e.id, e.user_id, u.external_id, e.kind, e.name, e.payload, e.runs, e.note, e.received_at
         FROM received_events AS e
         LEFT JOIN connected_users AS u ON u.id = e.user_id
         WHERE e.project_id = $1
           AND e.seq = $2",
    )
    .bind(project_id.to_string())
    .bind(seq)
    .fetch_optional(conn.raw())
    .await?;
    row.as_ref().map(read).transpose()
}

/// What a list of events is narrowed to.
#[derive(Debug, Clone, Copy, Default)]
pub struct Filter<'a> {
    /// One kind.
    pub kind: Option<Kind>,
    /// One name.
    pub name: Option<&'a str>,
    /// Those that started no run.
    pub unused: bool,
}

/// Events of a project, newest first, before a sequence number.
pub async fn list(
    conn: &mut Conn,
    project_id: ProjectId,
    filter: Filter<'_>,
    before: Option<i64>,
    limit: i64,
) -> Result<Vec<ReceivedEvent>> {
    // Said in the text, as the partial index says it.
    let unused = if filter.unused { "AND e.runs = 0" } else { "" };
    let statement = format!(
        "SELECT e.seq, e.id, e.user_id, u.external_id, e.kind, e.name, e.payload, e.runs, e.note, e.received_at
         FROM received_events AS e
         LEFT JOIN connected_users AS u ON u.id = e.user_id
         WHERE e.project_id = $1
           AND e.seq < $2
           AND ($3 = '' OR e.kind = $3)
           AND ($4 = '' OR e.name = $4)
           {unused}
         ORDER BY e.seq DESC
         LIMIT $5"
    );
    let rows = sqlx::query(sqlx::AssertSqlSafe(statement))
        .bind(project_id.to_string())
        .bind(before.unwrap_or(i64::MAX))
        .bind(filter.kind.map_or("", Kind::as_str).to_owned())
        .bind(filter.name.unwrap_or_default().to_owned())
        .bind(limit)
        .fetch_all(conn.raw())
        .await?;
    rows.iter().map(read).collect()
}

const SKIPPED: &str = "FROM received_events AS e
         LEFT JOIN connected_users AS u ON u.id = e.user_id
         WHERE e.project_id = $1
           AND e.skipped IS NOT NULL
           AND e.seq < $2
           AND ($3 = '' OR e.user_id = $3)
           AND ($4 = '' OR e.name = $4)
           AND e.received_at >= $5
           AND e.received_at < $6";

fn skipped<'q>(
    statement: String,
    project_id: ProjectId,
    filter: &SkippedFilter,
    before: Option<i64>,
) -> sqlx::query::Query<'q, sqlx::Any, sqlx::any::AnyArguments> {
    sqlx::query(sqlx::AssertSqlSafe(statement))
        .bind(project_id.to_string())
        .bind(before.unwrap_or(i64::MAX))
        .bind(filter.user_id.map(|id| id.to_string()).unwrap_or_default())
        .bind(filter.event.clone().unwrap_or_default())
        .bind(filter.after.map_or(i64::MIN, Timestamp::as_millis))
        .bind(filter.before.map_or(i64::MAX, Timestamp::as_millis))
}

/// How many events of a project skipped runs, before a sequence number.
pub async fn count_skipped(
    conn: &mut Conn,
    project_id: ProjectId,
    filter: &SkippedFilter,
    before: Option<i64>,
) -> Result<i64> {
    let statement = format!("SELECT CAST(COUNT(*) AS BIGINT) AS count {SKIPPED}");
    skipped(statement, project_id, filter, before).fetch_one(conn.raw()).await?.int("count")
}

/// Events of a project that skipped runs, newest first, before a sequence number, each with those runs.
pub async fn list_skipped(
    conn: &mut Conn,
    project_id: ProjectId,
    filter: &SkippedFilter,
    before: Option<i64>,
    limit: i64,
) -> Result<Vec<(ReceivedEvent, Vec<Skipped>)>> {
    let statement = format!(
        "SELECT e.seq, e.id, e.user_id, u.external_id, e.kind, e.name, e.payload, e.runs, e.note, e.received_at, e.skipped
         {SKIPPED}
         ORDER BY e.seq DESC
         LIMIT $7"
    );
    let rows = skipped(statement, project_id, filter, before).bind(limit).fetch_all(conn.raw()).await?;
    rows.iter().map(|row| Ok((read(row)?, row.json("skipped")?))).collect()
}

/// Notes that runs which an event skipped were started after all, and which are still skipped.
pub async fn set_skipped(
    tx: &mut Tx,
    project_id: ProjectId,
    seq: i64,
    started: usize,
    still: &[Skipped],
) -> Result<()> {
    sqlx::query(
        "UPDATE received_events
         SET runs = runs + $3, skipped = $4, note = CASE WHEN $4 IS NULL THEN NULL ELSE note END
         WHERE project_id = $1
           AND seq = $2",
    )
    .bind(project_id.to_string())
    .bind(seq)
    .bind(i64::try_from(started).unwrap_or(0))
    .bind((!still.is_empty()).then(|| to_json(&still)))
    .execute(tx.raw())
    .await?;
    Ok(())
}

/// Whether a user ever sent an App Event.
pub async fn any_of_user(conn: &mut Conn, project_id: ProjectId, user_id: ConnectedUserId) -> Result<bool> {
    let row = sqlx::query(
        "SELECT seq
         FROM received_events
         WHERE project_id = $1
           AND user_id = $2
           AND kind = 'appEvent'
         LIMIT 1",
    )
    .bind(project_id.to_string())
    .bind(user_id.to_string())
    .fetch_optional(conn.raw())
    .await?;
    Ok(row.is_some())
}

/// Names among the newest 10,000 App Events that a project received, with counts.
pub async fn names(conn: &mut Conn, project_id: ProjectId) -> Result<Vec<NameCount>> {
    let rows = sqlx::query(
        "SELECT name, CAST(COUNT(*) AS BIGINT) AS count, MAX(received_at) AS last_received_at
         FROM (SELECT name, received_at FROM received_events WHERE project_id = $1 AND kind = 'appEvent' ORDER BY seq DESC LIMIT 10000) AS recent
         GROUP BY name
         ORDER BY name",
    )
    .bind(project_id.to_string())
    .fetch_all(conn.raw())
    .await?;
    rows.iter()
        .map(|row| {
            Ok(NameCount {
                name: row.text("name")?,
                count: row.int("count")?,
                last_received_at: row.time("last_received_at")?,
            })
        })
        .collect()
}

fn read(row: &sqlx::any::AnyRow) -> Result<ReceivedEvent> {
    Ok(ReceivedEvent {
        seq: row.int("seq")?,
        id: row.id("id")?,
        user_id: row.id("user_id")?,
        user_external_id: row.maybe_text("external_id")?,
        kind: kind(&row.text("kind")?)?,
        name: row.text("name")?,
        payload: packed::unpack(row.text("payload")?, "received_events.payload")?,
        runs: row.int("runs")?,
        note: row.maybe_text("note")?,
        received_at: row.time("received_at")?,
    })
}

/// A stored kind.
pub(crate) fn kind(text: &str) -> Result<Kind> {
    Kind::parse(text).ok_or_else(|| Error::corrupt("received_events.kind", format!("unknown kind `{text}`")))
}
