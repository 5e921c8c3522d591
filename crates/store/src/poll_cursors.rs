//! How far a provider was asked, per workflow and configuration. A cursor belongs to the workflow, not
//! to a version of it: it survives redeploying. It goes when the workflow is switched off.

use linchpin_domain::Timestamp;
use linchpin_domain::id::{ConfigurationId, ConnectedUserId, CredentialId, IntegrationId, ProjectId, WorkflowId};
use linchpin_domain::workflow::Definition;

use crate::conn::{Columns, Conn, Tx, to_json};
use crate::error::Result;

/// A deployed workflow of an active integration that may have to be asked for.
#[derive(Debug)]
pub struct Polled {
    /// The tenant.
    pub project_id: ProjectId,
    /// The workflow.
    pub workflow_id: WorkflowId,
    /// Its integration.
    pub integration_id: IntegrationId,
    /// The connector's type.
    pub kind: String,
    /// What it does.
    pub definition: Definition,
}

/// A configuration that waits for a workflow's events, on an account that works.
#[derive(Debug, Clone)]
pub struct Waiting {
    /// The configuration.
    pub configuration_id: ConfigurationId,
    /// The account.
    pub credential_id: CredentialId,
    /// Whose it is.
    pub user_id: ConnectedUserId,
    /// The event that it was asked for; `None` before the first time.
    pub event: Option<String>,
    /// Since when a hook at the provider is wanted, where there is one.
    pub hooked_at: Option<Timestamp>,
}

/// How far a provider was asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cursor {
    /// The trigger's name: another one begins anew.
    pub event: String,
    /// What is older is nobody's business.
    pub begun_at: Timestamp,
    /// The newest time seen.
    pub newest_at: Timestamp,
    /// Keys of the events seen within the window that is asked for again.
    pub seen: Vec<(String, Timestamp)>,
    /// The place of the last record seen, where records are told apart by places; `None` before the first
    /// answer.
    pub place: Option<i64>,
}

/// The deployed workflows whose trigger is an event of a provider, over all projects.
pub async fn workflows(conn: &mut Conn) -> Result<Vec<Polled>> {
    let rows = sqlx::query(
        "SELECT w.project_id, w.id AS workflow_id, w.integration_id, i.type, v.definition
         FROM workflows AS w
         JOIN workflow_versions AS v ON v.id = w.deployed_version_id
         JOIN integrations AS i ON i.id = w.integration_id
         WHERE i.active = 1
           AND v.definition LIKE '%\"provider\"%'
         ORDER BY w.id",
    )
    .fetch_all(conn.raw())
    .await?;
    rows.iter()
        .map(|row| {
            Ok(Polled {
                project_id: row.id("project_id")?,
                workflow_id: row.id("workflow_id")?,
                integration_id: row.id("integration_id")?,
                kind: row.text("type")?,
                definition: row.json("definition")?,
            })
        })
        .collect()
}

/// Who has a workflow switched on, on an account that works.
pub async fn waiting(conn: &mut Conn, project_id: ProjectId, workflow_id: WorkflowId) -> Result<Vec<Waiting>> {
    let rows = sqlx::query(
        "SELECT e.configuration_id, f.credential_id, c.user_id, k.event,
                (SELECT MIN(h.created_at)
                 FROM hook_registrations AS h
                 WHERE h.credential_id = f.credential_id
                   AND h.configuration_id = e.configuration_id
                   AND h.workflow_id = e.workflow_id) AS hooked_at
         FROM enablements AS e
         JOIN configurations AS f ON f.id = e.configuration_id
         JOIN credentials AS c ON c.id = f.credential_id
         JOIN connected_users AS u ON u.id = c.user_id
         LEFT JOIN poll_cursors AS k ON k.workflow_id = e.workflow_id AND k.configuration_id = e.configuration_id
         WHERE e.project_id = $1
           AND e.workflow_id = $2
           AND e.enabled = 1
           AND c.status = 'VALID'
           AND u.disabled = 0
         ORDER BY e.configuration_id",
    )
    .bind(project_id.to_string())
    .bind(workflow_id.to_string())
    .fetch_all(conn.raw())
    .await?;
    rows.iter()
        .map(|row| {
            Ok(Waiting {
                configuration_id: row.id("configuration_id")?,
                credential_id: row.id("credential_id")?,
                user_id: row.id("user_id")?,
                event: row.maybe_text("event")?,
                hooked_at: row.maybe_time("hooked_at")?,
            })
        })
        .collect()
}

/// How far a provider was asked for a workflow in a configuration.
pub async fn find(
    conn: &mut Conn,
    workflow_id: WorkflowId,
    configuration_id: ConfigurationId,
) -> Result<Option<Cursor>> {
    let row = sqlx::query(
        "SELECT event, begun_at, newest_at, seen, place
         FROM poll_cursors
         WHERE workflow_id = $1
           AND configuration_id = $2",
    )
    .bind(workflow_id.to_string())
    .bind(configuration_id.to_string())
    .fetch_optional(conn.raw())
    .await?;
    let Some(row) = row else { return Ok(None) };
    let seen: Vec<(String, i64)> = row.json("seen")?;
    Ok(Some(Cursor {
        event: row.text("event")?,
        begun_at: row.time("begun_at")?,
        newest_at: row.time("newest_at")?,
        seen: seen.into_iter().map(|(key, at)| (key, Timestamp::from_millis(at))).collect(),
        place: row.maybe_int("place")?,
    }))
}

/// Writes how far a provider was asked.
pub async fn set(
    tx: &mut Tx,
    workflow_id: WorkflowId,
    configuration_id: ConfigurationId,
    cursor: &Cursor,
) -> Result<()> {
    let seen: Vec<_> = cursor.seen.iter().map(|(key, at)| (key, at.as_millis())).collect();
    // The workflow may have been switched off or deleted while the provider was asked.
    sqlx::query(
        "INSERT INTO poll_cursors (workflow_id, configuration_id, event, begun_at, newest_at, seen, place)
         SELECT e.workflow_id, e.configuration_id, $3, $4, $5, $6, $7
         FROM enablements AS e
         WHERE e.workflow_id = $1
           AND e.configuration_id = $2
           AND e.enabled = 1
         ON CONFLICT (workflow_id, configuration_id) DO UPDATE
         SET event = $3, begun_at = $4, newest_at = $5, seen = $6, place = $7",
    )
    .bind(workflow_id.to_string())
    .bind(configuration_id.to_string())
    .bind(cursor.event.clone())
    .bind(cursor.begun_at.as_millis())
    .bind(cursor.newest_at.as_millis())
    .bind(to_json(&seen))
    .bind(cursor.place)
    .execute(tx.raw())
    .await?;
    Ok(())
}

/// Forgets the cursors of workflows that were switched off: switched on again, they begin anew.
pub async fn forget_disabled(tx: &mut Tx) -> Result<u64> {
    let done = sqlx::query(
        "DELETE FROM poll_cursors
         WHERE NOT EXISTS (
             SELECT 1
             FROM enablements AS e
             WHERE e.workflow_id = poll_cursors.workflow_id
               AND e.configuration_id = poll_cursors.configuration_id
               AND e.enabled = 1
         )",
    )
    .execute(tx.raw())
    .await?;
    Ok(done.rows_affected())
}
