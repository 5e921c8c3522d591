//! What the overview counts: runs by time and state, how long they took, why they failed. Bounded: of a project
//! with very many runs the newest are counted, and the answer says since when.

use linchpin_domain::Timestamp;
use linchpin_domain::id::{ConnectedUserId, CredentialId, ProjectId, RunId, WorkflowId};
use linchpin_domain::run::{Fault, State};

use super::search::around;
use crate::conn::{Columns, Conn};
use crate::error::{Error, Result};

/// Runs that are counted at most.
const COUNTED: i64 = 200_000;
/// Durations that are looked at.
const TIMED: i64 = 10_000;
/// Failures that are looked at.
const FAILURES: i64 = 2_000;

/// A part of the time that is looked at.
#[derive(Debug, Clone, Copy)]
pub struct Span {
    /// From.
    pub from: Timestamp,
    /// Length of one slot, in milliseconds.
    pub slot_ms: i64,
}

/// Runs of one slot in one state.
#[derive(Debug, Clone, Copy)]
pub struct Slot {
    /// Counted from zero.
    pub slot: i64,
    /// The state.
    pub state: State,
    /// How many.
    pub count: i64,
}

/// How long a run took that has succeeded.
#[derive(Debug, Clone, Copy)]
pub struct Took {
    /// The slot it was created in.
    pub slot: i64,
    /// From acceptance to its end, in milliseconds: what a customer waits.
    pub ms: i64,
}

/// A run that failed.
#[derive(Debug, Clone)]
pub struct Failure {
    /// The run.
    pub run_id: RunId,
    /// Its workflow.
    pub workflow_id: WorkflowId,
    /// Its workflow's name, unless it was deleted.
    pub workflow_name: Option<String>,
    /// The connector's type.
    pub integration_type: Option<String>,
    /// Whom it failed for.
    pub user_id: ConnectedUserId,
    /// The account.
    pub credential_id: CredentialId,
    /// Why.
    pub fault: Fault,
    /// When the run was created.
    pub created_at: Timestamp,
}

/// The first number that is counted, and since when all runs are.
#[derive(Debug, Clone, Copy)]
pub struct Begin {
    seq: i64,
    /// The span's beginning, or later where there are too many runs.
    pub since: Timestamp,
}

/// Where counting begins.
pub async fn begin(conn: &mut Conn, project_id: ProjectId, from: Timestamp) -> Result<Begin> {
    let seq = around(conn, from.as_millis().saturating_sub(60_000)).await?.0;
    let row = sqlx::query(
        "SELECT seq, created_at
         FROM runs
         WHERE project_id = $1
           AND seq >= $2
         ORDER BY seq DESC
         LIMIT 1 OFFSET $3",
    )
    .bind(project_id.to_string())
    .bind(seq)
    .bind(COUNTED)
    .fetch_optional(conn.raw())
    .await?;
    match row {
        Some(row) => Ok(Begin { seq: row.int("seq")?, since: row.time("created_at")?.max(from) }),
        None => Ok(Begin { seq, since: from }),
    }
}

/// Runs by slot and state.
pub async fn slots(conn: &mut Conn, project_id: ProjectId, begin: Begin, span: Span) -> Result<Vec<Slot>> {
    let rows = sqlx::query(
        "SELECT (created_at - $4) / $5 AS slot, state, CAST(COUNT(*) AS BIGINT) AS count
         FROM runs
         WHERE project_id = $1
           AND seq >= $2
           AND created_at >= $3
         GROUP BY 1, 2",
    )
    .bind(project_id.to_string())
    .bind(begin.seq)
    .bind(begin.since.as_millis())
    .bind(span.from.as_millis())
    .bind(span.slot_ms)
    .fetch_all(conn.raw())
    .await?;
    rows.iter()
        .map(|row| {
            let state = row.text("state")?;
            Ok(Slot {
                slot: row.int("slot")?,
                state: State::parse(&state)
                    .ok_or_else(|| Error::corrupt("runs.state", format!("unknown state `{state}`")))?,
                count: row.int("count")?,
            })
        })
        .collect()
}

/// How long the newest runs took.
pub async fn times(conn: &mut Conn, project_id: ProjectId, begin: Begin, span: Span) -> Result<Vec<Took>> {
    let rows = sqlx::query(
        "SELECT (created_at - $4) / $5 AS slot, finished_at - created_at AS took
         FROM runs
         WHERE project_id = $1
           AND seq >= $2
           AND created_at >= $3
           AND state = 'succeeded'
         ORDER BY seq DESC
         LIMIT $6",
    )
    .bind(project_id.to_string())
    .bind(begin.seq)
    .bind(begin.since.as_millis())
    .bind(span.from.as_millis())
    .bind(span.slot_ms)
    .bind(TIMED)
    .fetch_all(conn.raw())
    .await?;
    rows.iter()
        .filter_map(|row| match (row.int("slot"), row.maybe_int("took")) {
            (Ok(slot), Ok(Some(ms))) => Some(Ok(Took { slot, ms })),
            (Ok(_), Ok(None)) => None,
            (Err(error), _) | (_, Err(error)) => Some(Err(error)),
        })
        .collect()
}

/// The newest failures of workflows; who called a tool or passed a request on was told.
pub async fn failures(conn: &mut Conn, project_id: ProjectId, begin: Begin) -> Result<Vec<Failure>> {
    let rows = sqlx::query(
        "SELECT r.id, r.workflow_id, w.name, i.type, r.user_id, r.credential_id, r.fault, r.created_at
         FROM runs AS r
         LEFT JOIN workflows AS w ON w.id = r.workflow_id
         LEFT JOIN integrations AS i ON i.id = w.integration_id
         WHERE r.project_id = $1
           AND r.version_id <> '00000000-0000-0000-0000-000000000000'
           AND r.seq >= $2
           AND r.created_at >= $3
           AND r.state = 'failed'
         ORDER BY r.seq DESC
         LIMIT $4",
    )
    .bind(project_id.to_string())
    .bind(begin.seq)
    .bind(begin.since.as_millis())
    .bind(FAILURES)
    .fetch_all(conn.raw())
    .await?;
    rows.iter()
        .map(|row| {
            let fault = row.maybe_text("fault")?.unwrap_or_default();
            let unknown = || Fault { code: "failed".into(), message: String::new(), step: None };
            Ok(Failure {
                run_id: row.id("id")?,
                workflow_id: row.id("workflow_id")?,
                workflow_name: row.maybe_text("name")?,
                integration_type: row.maybe_text("type")?,
                user_id: row.id("user_id")?,
                credential_id: row.id("credential_id")?,
                fault: serde_json::from_str(&fault).unwrap_or_else(|_| unknown()),
                created_at: row.time("created_at")?,
            })
        })
        .collect()
}
