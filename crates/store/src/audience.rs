//! For whom a workflow is started that nobody's event starts: configurations of working accounts, in
//! pages, so that no number of users needs much memory.

use linchpin_domain::Timestamp;
use linchpin_domain::id::{ConfigurationId, ConnectedUserId, CredentialId, IntegrationId, ProjectId, WorkflowId};
use serde_json::Value;
use sqlx::any::AnyRow;

use crate::conn::{Columns, Conn};
use crate::error::Result;
use crate::writer::Idempotency;

/// A configuration and whose it is.
#[derive(Debug, Clone, PartialEq)]
pub struct Place {
    /// The user.
    pub user_id: ConnectedUserId,
    /// The user's id in the host application.
    pub external_id: String,
    /// The user's metadata, a JSON object.
    pub metadata: Value,
    /// The account.
    pub credential_id: CredentialId,
    /// The configuration.
    pub configuration_id: ConfigurationId,
}

/// A page of the configurations that have a workflow on, after one, in the order of their ids. Accounts
/// that must be connected again and disabled users are left out.
pub async fn enabled(
    conn: &mut Conn,
    project_id: ProjectId,
    workflow_id: WorkflowId,
    after: Option<ConfigurationId>,
    limit: i64,
) -> Result<Vec<Place>> {
    let rows = sqlx::query(
        "SELECT u.id AS user_id, u.external_id, u.metadata, c.id AS credential_id, f.id AS configuration_id
         FROM enablements AS e
         JOIN configurations AS f ON f.id = e.configuration_id
         JOIN credentials AS c ON c.id = f.credential_id
         JOIN connected_users AS u ON u.id = c.user_id
         WHERE e.workflow_id = $1
           AND e.project_id = $2
           AND e.enabled = 1
           AND c.status = 'VALID'
           AND u.disabled = 0
           AND e.configuration_id > $3
         ORDER BY e.configuration_id
         LIMIT $4",
    )
    .bind(workflow_id.to_string())
    .bind(project_id.to_string())
    .bind(after.map(|id| id.to_string()).unwrap_or_default())
    .bind(limit)
    .fetch_all(conn.raw())
    .await?;
    rows.iter().map(read).collect()
}

/// Which configurations have not been begun with yet.
#[derive(Debug, Clone)]
pub struct NotBegun {
    /// The tenant.
    pub project_id: ProjectId,
    /// The accounts' integration.
    pub integration_id: IntegrationId,
    /// The workflow; configurations that have it off are left out.
    pub workflow_id: WorkflowId,
    /// One user only.
    pub user_id: Option<ConnectedUserId>,
    /// Made at or after.
    pub since: Timestamp,
    /// The beginning of the [own key](Idempotency::own) that a configuration was begun with; its id follows.
    pub key: String,
}

/// A page of the configurations of working accounts for which no own key is stored, after one, in the
/// order of their ids.
pub async fn not_begun(
    conn: &mut Conn,
    wanted: &NotBegun,
    after: Option<ConfigurationId>,
    limit: i64,
) -> Result<Vec<Place>> {
    let rows = sqlx::query(
        "SELECT u.id AS user_id, u.external_id, u.metadata, c.id AS credential_id, f.id AS configuration_id
         FROM credentials AS c
         JOIN configurations AS f ON f.credential_id = c.id
         JOIN connected_users AS u ON u.id = c.user_id
         WHERE c.integration_id = $1
           AND c.project_id = $2
           AND c.status = 'VALID'
           AND u.disabled = 0
           AND ($3 = '' OR c.user_id = $3)
           AND f.created_at >= $4
           AND f.id > $5
           AND NOT EXISTS (
             SELECT 1 FROM enablements AS e
             WHERE e.configuration_id = f.id AND e.workflow_id = $6 AND e.enabled = 0)
           AND NOT EXISTS (
             SELECT 1 FROM idempotency_keys AS k
             WHERE k.project_id = $2 AND k.user_id = c.user_id AND k.key = $7 || f.id)
         ORDER BY f.id
         LIMIT $8",
    )
    .bind(wanted.integration_id.to_string())
    .bind(wanted.project_id.to_string())
    .bind(wanted.user_id.map(|id| id.to_string()).unwrap_or_default())
    .bind(wanted.since.as_millis())
    .bind(after.map(|id| id.to_string()).unwrap_or_default())
    .bind(wanted.workflow_id.to_string())
    .bind(format!("{}{}", Idempotency::OWN, wanted.key))
    .bind(limit)
    .fetch_all(conn.raw())
    .await?;
    rows.iter().map(read).collect()
}

fn read(row: &AnyRow) -> Result<Place> {
    Ok(Place {
        user_id: row.id("user_id")?,
        external_id: row.text("external_id")?,
        metadata: row.json("metadata")?,
        credential_id: row.id("credential_id")?,
        configuration_id: row.id("configuration_id")?,
    })
}
