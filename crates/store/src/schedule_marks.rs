//! Up to which moment the schedules of deployed workflows were looked after, by time zone: what a
//! restarted server goes on from.

use std::collections::HashMap;

use linchpin_domain::Timestamp;
use linchpin_domain::id::{ProjectId, WorkflowId};

use crate::conn::{Columns, Conn, Tx};
use crate::error::Result;

/// The marks of a project, by workflow and zone.
pub async fn list(conn: &mut Conn, project_id: ProjectId) -> Result<HashMap<(WorkflowId, String), Timestamp>> {
    let rows = sqlx::query("SELECT workflow_id, zone, handled_at FROM schedule_marks WHERE project_id = $1")
        .bind(project_id.to_string())
        .fetch_all(conn.raw())
        .await?;
    rows.iter().map(|row| Ok(((row.id("workflow_id")?, row.text("zone")?), row.time("handled_at")?))).collect()
}

/// Sets a mark.
pub async fn set(
    tx: &mut Tx,
    project_id: ProjectId,
    workflow_id: WorkflowId,
    zone: &str,
    handled_at: Timestamp,
) -> Result<()> {
    sqlx::query(
        "INSERT INTO schedule_marks (project_id, workflow_id, zone, handled_at)
         VALUES ($1, $2, $3, $4)
         ON CONFLICT (workflow_id, zone) DO UPDATE
         SET handled_at = $4",
    )
    .bind(project_id.to_string())
    .bind(workflow_id.to_string())
    .bind(zone.to_owned())
    .bind(handled_at.as_millis())
    .execute(tx.raw())
    .await?;
    Ok(())
}

/// Removes the marks of a workflow, or the one of a zone.
pub async fn remove(tx: &mut Tx, project_id: ProjectId, workflow_id: WorkflowId, zone: Option<&str>) -> Result<()> {
    sqlx::query(
        "DELETE FROM schedule_marks
         WHERE project_id = $1
           AND workflow_id = $2
           AND ($3 = '' OR zone = $3)",
    )
    .bind(project_id.to_string())
    .bind(workflow_id.to_string())
    .bind(zone.unwrap_or_default().to_owned())
    .execute(tx.raw())
    .await?;
    Ok(())
}
