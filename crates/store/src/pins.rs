//! Pins: outputs that a member keeps for the tests of a workflow's draft. Each says whose data it is, so that it goes
//! with the user.

use linchpin_domain::Timestamp;
use linchpin_domain::id::{ConnectedUserId, MemberId, ProjectId, WorkflowId};
use serde_json::Value;

use crate::conn::{Columns, Conn, Tx, to_json};
use crate::error::Result;

/// An output that stands for a step.
#[derive(Debug, Clone, PartialEq)]
pub struct Pin {
    /// The step.
    pub step_key: String,
    /// Whose data it is; `None` where somebody wrote it.
    pub user_id: Option<ConnectedUserId>,
    /// What the step gives.
    pub output: Value,
    /// When it was kept.
    pub pinned_at: Timestamp,
}

/// Whose pins of which draft.
#[derive(Debug, Clone, Copy)]
pub struct Owner {
    /// The project.
    pub project_id: ProjectId,
    /// The workflow.
    pub workflow_id: WorkflowId,
    /// The member.
    pub member_id: MemberId,
}

/// A member's pins of a workflow.
pub async fn list(conn: &mut Conn, owner: Owner) -> Result<Vec<Pin>> {
    let rows = sqlx::query(
        "SELECT step_key, user_id, output, pinned_at
         FROM pins
         WHERE project_id = $1
           AND workflow_id = $2
           AND member_id = $3
         ORDER BY step_key",
    )
    .bind(owner.project_id.to_string())
    .bind(owner.workflow_id.to_string())
    .bind(owner.member_id.to_string())
    .fetch_all(conn.raw())
    .await?;
    rows.iter()
        .map(|row| {
            Ok(Pin {
                step_key: row.text("step_key")?,
                user_id: row.maybe_text("user_id")?.and_then(|id| id.parse().ok()),
                output: row.json("output")?,
                pinned_at: row.time("pinned_at")?,
            })
        })
        .collect()
}

/// Keeps an output, in the place of what was kept for the step before.
pub async fn set(tx: &mut Tx, owner: Owner, pin: &Pin) -> Result<()> {
    sqlx::query(
        "INSERT INTO pins (project_id, workflow_id, member_id, step_key, user_id, output, pinned_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7)
         ON CONFLICT (workflow_id, member_id, step_key) DO UPDATE
         SET user_id = excluded.user_id, output = excluded.output, pinned_at = excluded.pinned_at",
    )
    .bind(owner.project_id.to_string())
    .bind(owner.workflow_id.to_string())
    .bind(owner.member_id.to_string())
    .bind(pin.step_key.clone())
    .bind(pin.user_id.map(|id| id.to_string()))
    .bind(to_json(&pin.output))
    .bind(pin.pinned_at.as_millis())
    .execute(tx.raw())
    .await?;
    Ok(())
}

/// Forgets one; answers whether there was one.
pub async fn remove(tx: &mut Tx, owner: Owner, step_key: &str) -> Result<bool> {
    let done = sqlx::query(
        "DELETE FROM pins
         WHERE project_id = $1
           AND workflow_id = $2
           AND member_id = $3
           AND step_key = $4",
    )
    .bind(owner.project_id.to_string())
    .bind(owner.workflow_id.to_string())
    .bind(owner.member_id.to_string())
    .bind(step_key.to_owned())
    .execute(tx.raw())
    .await?;
    Ok(done.rows_affected() == 1)
}
