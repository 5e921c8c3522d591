//! Staged rollouts: a version that some users already have, beside the deployed one that the others have.

use linchpin_domain::Timestamp;
use linchpin_domain::id::{ProjectId, VersionId, WorkflowId};
use linchpin_domain::rollout::Rollout;

use crate::Change;
use crate::conn::{Columns, Conn, Tx, to_json};
use crate::error::{Error, Result};

/// A rollout under way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Running {
    /// The version that is rolled out.
    pub version_id: VersionId,
    /// Who has it.
    pub rollout: Rollout,
}

/// The rollout of a workflow; `None` while there is none.
pub async fn find(conn: &mut Conn, project_id: ProjectId, workflow_id: WorkflowId) -> Result<Option<Running>> {
    let row = sqlx::query(
        "SELECT rollout_version_id, rollout
         FROM workflows
         WHERE project_id = $1
           AND id = $2
           AND rollout_version_id IS NOT NULL",
    )
    .bind(project_id.to_string())
    .bind(workflow_id.to_string())
    .fetch_optional(conn.raw())
    .await?;
    row.as_ref().map(read).transpose()
}

/// Begins a rollout, or changes who has its version.
pub async fn set(
    tx: &mut Tx,
    project_id: ProjectId,
    workflow_id: WorkflowId,
    running: &Running,
    now: Timestamp,
) -> Result<()> {
    sqlx::query(
        "UPDATE workflows
         SET rollout_version_id = $3, rollout = $4, updated_at = $5
         WHERE project_id = $1
           AND id = $2",
    )
    .bind(project_id.to_string())
    .bind(workflow_id.to_string())
    .bind(running.version_id.to_string())
    .bind(to_json(&running.rollout))
    .bind(now.as_millis())
    .execute(tx.raw())
    .await?;
    tx.changed(Change::Project(project_id));
    Ok(())
}

/// Takes the version back from everybody; the deployed one is what all have again. Answers whether there was a rollout.
pub async fn end(tx: &mut Tx, project_id: ProjectId, workflow_id: WorkflowId, now: Timestamp) -> Result<bool> {
    let done = sqlx::query(
        "UPDATE workflows
         SET rollout_version_id = NULL, rollout = NULL, updated_at = $3
         WHERE project_id = $1
           AND id = $2
           AND rollout_version_id IS NOT NULL",
    )
    .bind(project_id.to_string())
    .bind(workflow_id.to_string())
    .bind(now.as_millis())
    .execute(tx.raw())
    .await?;
    tx.changed(Change::Project(project_id));
    Ok(done.rows_affected() == 1)
}

/// The external ids of the users that have a workflow on, in pages after one of them.
pub async fn users_on(
    conn: &mut Conn,
    project_id: ProjectId,
    workflow_id: WorkflowId,
    after: &str,
    limit: i64,
) -> Result<Vec<String>> {
    let rows = sqlx::query(
        "SELECT DISTINCT u.external_id
         FROM enablements AS e
         JOIN configurations AS f ON f.id = e.configuration_id
         JOIN credentials AS c ON c.id = f.credential_id
         JOIN connected_users AS u ON u.id = c.user_id
         WHERE e.project_id = $1
           AND e.workflow_id = $2
           AND e.enabled = 1
           AND u.external_id > $3
         ORDER BY u.external_id
         LIMIT $4",
    )
    .bind(project_id.to_string())
    .bind(workflow_id.to_string())
    .bind(after.to_owned())
    .bind(limit)
    .fetch_all(conn.raw())
    .await?;
    rows.iter().map(|row| row.text("external_id")).collect()
}

/// What a row of workflows says about its rollout.
pub(crate) fn read(row: &sqlx::any::AnyRow) -> Result<Running> {
    Ok(Running { version_id: row.id("rollout_version_id")?, rollout: row.json("rollout")? })
}

/// The same for a row that may have none.
pub(crate) fn maybe(row: &sqlx::any::AnyRow) -> Result<Option<Running>> {
    match row.maybe_text("rollout_version_id")? {
        None => Ok(None),
        Some(text) => Ok(Some(Running {
            version_id: text.parse().map_err(|error| Error::corrupt("workflows.rollout_version_id", error))?,
            rollout: row.json("rollout")?,
        })),
    }
}
