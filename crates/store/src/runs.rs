//! Runs: what Task History lists and what the scheduler resumes. Their states are written by the
//! [writer](crate::writer) only.

pub mod numbers;
pub mod queue;
mod search;

use linchpin_domain::Timestamp;
use linchpin_domain::id::{ConfigurationId, ConnectedUserId, CredentialId, ProjectId, RunId, VersionId, WorkflowId};
use linchpin_domain::run::{Fault, State};
use linchpin_domain::trigger::Kind;

#[cfg(feature = "testkit")]
pub use self::search::plan;
pub use self::search::{Filter, Found, Order, count, list, list_from, search};
use crate::conn::{Columns, Conn};
use crate::error::{Error, Result};

/// A run as it is stored.
#[derive(Debug, Clone)]
pub struct Run {
    /// Order of commit.
    pub seq: i64,
    /// Its id.
    pub id: RunId,
    /// The tenant.
    pub project_id: ProjectId,
    /// The workflow.
    pub workflow_id: WorkflowId,
    /// The version it ends on.
    pub version_id: VersionId,
    /// The connected user it runs for.
    pub user_id: ConnectedUserId,
    /// The account it runs with.
    pub credential_id: CredentialId,
    /// Its settings.
    pub configuration_id: ConfigurationId,
    /// The event that started it.
    pub event_seq: i64,
    /// The run that it repeats.
    pub replay_of: Option<RunId>,
    /// Where it stands.
    pub state: State,
    /// Steps that are done.
    pub steps_done: u32,
    /// When it wakes, while waiting.
    pub wake_at: Option<Timestamp>,
    /// Why it failed, was cancelled or is in doubt.
    pub fault: Option<Fault>,
    /// When it was accepted.
    pub created_at: Timestamp,
    /// When its first step began.
    pub started_at: Option<Timestamp>,
    /// When it ended.
    pub finished_at: Option<Timestamp>,
}

/// A run with the names that a list shows.
#[derive(Debug, Clone)]
pub struct ListedRun {
    /// The run.
    pub run: Run,
    /// The workflow's name; `None` when it was deleted.
    pub workflow_name: Option<String>,
    /// The number of the version it runs on.
    pub version_number: Option<i64>,
    /// The connector's type.
    pub integration_type: Option<String>,
    /// The user's id in the host application.
    pub user_external_id: Option<String>,
    /// The user's metadata, JSON text.
    pub user_metadata: Option<String>,
    /// The event's name.
    pub event_name: Option<String>,
    /// What kind of trigger the event is for.
    pub event_kind: Option<Kind>,
}

/// Counts of a project's runs.
#[derive(Debug, Clone, Copy, Default)]
pub struct Counts {
    /// All.
    pub total: i64,
    /// Succeeded.
    pub succeeded: i64,
    /// Failed.
    pub failed: i64,
}

const COLUMNS: &str =
    "r.seq, r.id, r.project_id, r.workflow_id, r.version_id, r.user_id, r.credential_id, r.configuration_id,
    r.event_seq, r.replay_of, r.state, r.steps_done, r.wake_at, r.fault, r.created_at, r.started_at, r.finished_at";

const LISTED: &str = "w.name AS workflow_name, v.number AS version_number, i.type AS integration_type,
    u.external_id AS user_external_id, u.metadata AS user_metadata, e.name AS event_name, e.kind AS event_kind
    FROM runs AS r
    LEFT JOIN workflows AS w ON w.id = r.workflow_id
    LEFT JOIN workflow_versions AS v ON v.id = r.version_id
    LEFT JOIN integrations AS i ON i.id = COALESCE(w.integration_id, r.workflow_id)
    LEFT JOIN connected_users AS u ON u.id = r.user_id
    LEFT JOIN received_events AS e ON e.seq = r.event_seq";

/// One run of a project.
pub async fn find(conn: &mut Conn, project_id: ProjectId, id: RunId) -> Result<Option<ListedRun>> {
    let statement = format!("SELECT {COLUMNS}, {LISTED} WHERE r.project_id = $1 AND r.id = $2");
    let row = sqlx::query(sqlx::AssertSqlSafe(statement))
        .bind(project_id.to_string())
        .bind(id.to_string())
        .fetch_optional(conn.raw())
        .await?;
    row.as_ref().map(read_listed).transpose()
}

/// Counts of a project's runs.
pub async fn counts(conn: &mut Conn, project_id: ProjectId) -> Result<Counts> {
    let rows = sqlx::query(
        "SELECT state, CAST(COUNT(*) AS BIGINT) AS count
         FROM runs
         WHERE project_id = $1
         GROUP BY state",
    )
    .bind(project_id.to_string())
    .fetch_all(conn.raw())
    .await?;
    let mut counts = Counts::default();
    for row in &rows {
        let count = row.int("count")?;
        counts.total += count;
        match State::parse(&row.text("state")?) {
            Some(State::Succeeded) => counts.succeeded += count,
            Some(State::Failed) => counts.failed += count,
            _ => {}
        }
    }
    Ok(counts)
}

/// Users who have unfinished runs, over all projects: what the scheduler resumes after a start.
pub async fn users_with_unfinished(conn: &mut Conn) -> Result<Vec<(ProjectId, ConnectedUserId)>> {
    let rows = sqlx::query(
        "SELECT MIN(project_id) AS project_id, user_id
         FROM runs
         WHERE finished_at IS NULL
           AND state <> 'waiting'
           AND state <> 'in_doubt'
         GROUP BY user_id
         ORDER BY MIN(seq)",
    )
    .fetch_all(conn.raw())
    .await?;
    rows.iter().map(|row| Ok((row.id("project_id")?, row.id("user_id")?))).collect()
}

/// Unfinished runs of a user after a sequence number that are neither waiting nor in doubt, in order.
pub async fn list_ready(
    conn: &mut Conn,
    project_id: ProjectId,
    user_id: ConnectedUserId,
    after_seq: i64,
    limit: i64,
) -> Result<Vec<Run>> {
    let statement = format!(
        "SELECT {COLUMNS}
         FROM runs AS r
         WHERE r.project_id = $1
           AND r.user_id = $2
           AND r.finished_at IS NULL
           AND r.state <> 'waiting'
           AND r.state <> 'in_doubt'
           AND r.seq > $3
         ORDER BY r.seq
         LIMIT $4"
    );
    let rows = sqlx::query(sqlx::AssertSqlSafe(statement))
        .bind(project_id.to_string())
        .bind(user_id.to_string())
        .bind(after_seq)
        .bind(limit)
        .fetch_all(conn.raw())
        .await?;
    rows.iter().map(read).collect()
}

/// Wake times of all waiting runs: `(wake_at, seq)`.
pub async fn wake_times(conn: &mut Conn) -> Result<Vec<(Timestamp, i64, CredentialId)>> {
    let rows = sqlx::query(
        "SELECT wake_at, seq, credential_id FROM runs WHERE finished_at IS NULL AND state = 'waiting' AND wake_at IS NOT NULL",
    )
    .fetch_all(conn.raw())
    .await?;
    rows.iter().map(|row| Ok((row.time("wake_at")?, row.int("seq")?, row.id("credential_id")?))).collect()
}

/// One run by its order of commit. Only the engine, which knows no tenant yet when a run wakes, asks so.
pub async fn find_by_seq(conn: &mut Conn, seq: i64) -> Result<Option<Run>> {
    let statement = format!("SELECT {COLUMNS} FROM runs AS r WHERE r.seq = $1");
    let row = sqlx::query(sqlx::AssertSqlSafe(statement)).bind(seq).fetch_optional(conn.raw()).await?;
    row.as_ref().map(read).transpose()
}

/// Unfinished runs of one user, or of one account of the user.
pub async fn list_unfinished(
    conn: &mut Conn,
    project_id: ProjectId,
    user_id: ConnectedUserId,
    credential_id: Option<CredentialId>,
) -> Result<Vec<Run>> {
    let statement = format!(
        "SELECT {COLUMNS}
         FROM runs AS r
         WHERE r.project_id = $1
           AND r.user_id = $2
           AND r.finished_at IS NULL
           AND ($3 = '' OR r.credential_id = $3)
         ORDER BY r.seq"
    );
    let rows = sqlx::query(sqlx::AssertSqlSafe(statement))
        .bind(project_id.to_string())
        .bind(user_id.to_string())
        .bind(credential_id.map(|id| id.to_string()).unwrap_or_default())
        .fetch_all(conn.raw())
        .await?;
    rows.iter().map(read).collect()
}

fn read(row: &sqlx::any::AnyRow) -> Result<Run> {
    let state = row.text("state")?;
    Ok(Run {
        seq: row.int("seq")?,
        id: row.id("id")?,
        project_id: row.id("project_id")?,
        workflow_id: row.id("workflow_id")?,
        version_id: row.id("version_id")?,
        user_id: row.id("user_id")?,
        credential_id: row.id("credential_id")?,
        configuration_id: row.id("configuration_id")?,
        event_seq: row.int("event_seq")?,
        replay_of: row
            .maybe_text("replay_of")?
            .map(|text| text.parse().map_err(|error| Error::corrupt("runs.replay_of", error)))
            .transpose()?,
        state: State::parse(&state).ok_or_else(|| Error::corrupt("runs.state", format!("unknown state `{state}`")))?,
        steps_done: row.int("steps_done")? as u32,
        wake_at: row.maybe_time("wake_at")?,
        fault: row
            .maybe_text("fault")?
            .map(|text| serde_json::from_str(&text).map_err(|error| Error::corrupt("runs.fault", error)))
            .transpose()?,
        created_at: row.time("created_at")?,
        started_at: row.maybe_time("started_at")?,
        finished_at: row.maybe_time("finished_at")?,
    })
}

fn read_listed(row: &sqlx::any::AnyRow) -> Result<ListedRun> {
    Ok(ListedRun {
        run: read(row)?,
        workflow_name: row.maybe_text("workflow_name")?,
        version_number: row.maybe_int("version_number")?,
        integration_type: row.maybe_text("integration_type")?,
        user_external_id: row.maybe_text("user_external_id")?,
        user_metadata: row.maybe_text("user_metadata")?,
        event_name: row.maybe_text("event_name")?,
        event_kind: row.maybe_text("event_kind")?.map(|text| crate::received_events::kind(&text)).transpose()?,
    })
}
