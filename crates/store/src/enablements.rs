//! Enablements: which workflows are on in a configuration, and their settings there.

use linchpin_domain::id::{ConfigurationId, ConnectedUserId, IntegrationId, ProjectId, WorkflowId};
use linchpin_domain::permission::permit;
use serde_json::{Map, Value};

use crate::Change;
use crate::conn::{Columns, Conn, Tx, to_json};
use crate::error::Result;
use crate::{connected_users, notices, sealed_settings, workflows};

/// A workflow's state in a configuration.
#[derive(Debug, Clone, PartialEq)]
pub struct Enablement {
    /// Where.
    pub configuration_id: ConfigurationId,
    /// Which.
    pub workflow_id: WorkflowId,
    /// Whether it is on.
    pub enabled: bool,
    /// Values of the workflow's user settings.
    pub settings: Map<String, Value>,
}

/// The workflows that a user ever switched or set, over all accounts.
pub async fn list_of_user(conn: &mut Conn, project_id: ProjectId, user_id: ConnectedUserId) -> Result<Vec<Enablement>> {
    let rows = sqlx::query(
        "SELECT e.configuration_id, e.workflow_id, e.enabled, e.settings
         FROM enablements AS e
         JOIN configurations AS f ON f.id = e.configuration_id
         JOIN credentials AS c ON c.id = f.credential_id
         WHERE c.project_id = $1
           AND c.user_id = $2
         ORDER BY e.configuration_id, e.workflow_id",
    )
    .bind(project_id.to_string())
    .bind(user_id.to_string())
    .fetch_all(conn.raw())
    .await?;
    let mut found = Vec::with_capacity(rows.len());
    for row in &rows {
        let mut enablement = Enablement {
            configuration_id: row.id("configuration_id")?,
            workflow_id: row.id("workflow_id")?,
            enabled: row.flag("enabled")?,
            settings: row.json("settings")?,
        };
        let place = place(enablement.configuration_id, enablement.workflow_id);
        sealed_settings::open(conn, project_id, &place, &mut enablement.settings).await?;
        found.push(enablement);
    }
    Ok(found)
}

/// What a sealed setting of a workflow belongs to.
pub(crate) fn place(configuration_id: ConfigurationId, workflow_id: WorkflowId) -> String {
    format!("{configuration_id}/{workflow_id}")
}

/// Switches a workflow on or off in a configuration; its settings are kept.
pub async fn switch(
    tx: &mut Tx,
    project_id: ProjectId,
    user_id: ConnectedUserId,
    configuration_id: ConfigurationId,
    workflow_id: WorkflowId,
    enabled: bool,
) -> Result<()> {
    if notices::heard(tx, project_id).await? && is_on(tx, project_id, configuration_id, workflow_id).await? != enabled {
        notices::about_switch(tx, project_id, user_id, workflow_id, enabled).await?;
    }
    sqlx::query(
        "INSERT INTO enablements (configuration_id, workflow_id, project_id, enabled, settings)
         VALUES ($1, $2, $3, $4, '{}')
         ON CONFLICT (configuration_id, workflow_id) DO UPDATE
         SET enabled = $4",
    )
    .bind(configuration_id.to_string())
    .bind(workflow_id.to_string())
    .bind(project_id.to_string())
    .bind(i64::from(enabled))
    .execute(tx.raw())
    .await?;
    tx.changed(Change::User(project_id, user_id));
    Ok(())
}

async fn is_on(
    conn: &mut Conn,
    project_id: ProjectId,
    configuration_id: ConfigurationId,
    workflow_id: WorkflowId,
) -> Result<bool> {
    let row = sqlx::query(
        "SELECT enabled
         FROM enablements
         WHERE project_id = $1
           AND configuration_id = $2
           AND workflow_id = $3",
    )
    .bind(project_id.to_string())
    .bind(configuration_id.to_string())
    .bind(workflow_id.to_string())
    .fetch_optional(conn.raw())
    .await?;
    row.map_or(Ok(false), |row| row.flag("enabled"))
}

/// Writes a workflow's state and settings in a configuration.
pub async fn set(tx: &mut Tx, project_id: ProjectId, user_id: ConnectedUserId, enablement: &Enablement) -> Result<()> {
    let inputs = workflows::find(tx, project_id, enablement.workflow_id).await?.map(|workflow| workflow.settings);
    let place = place(enablement.configuration_id, enablement.workflow_id);
    let settings =
        sealed_settings::seal(tx, project_id, &place, &inputs.unwrap_or_default(), &enablement.settings).await?;
    sqlx::query(
        "INSERT INTO enablements (configuration_id, workflow_id, project_id, enabled, settings)
         VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (configuration_id, workflow_id) DO UPDATE
         SET enabled = $4, settings = $5",
    )
    .bind(enablement.configuration_id.to_string())
    .bind(enablement.workflow_id.to_string())
    .bind(project_id.to_string())
    .bind(i64::from(enablement.enabled))
    .bind(to_json(&settings))
    .execute(tx.raw())
    .await?;
    tx.changed(Change::User(project_id, user_id));
    Ok(())
}

/// Switches the workflows on that are on by default and permitted to the user, in the configuration of
/// a new account.
pub async fn switch_defaults_on(
    tx: &mut Tx,
    project_id: ProjectId,
    user_id: ConnectedUserId,
    configuration_id: ConfigurationId,
    integration_id: IntegrationId,
) -> Result<()> {
    let Some(user) = connected_users::find(tx, project_id, user_id).await? else { return Ok(()) };
    for workflow in workflows::list(tx, project_id, Some(integration_id)).await? {
        if !workflow.default_enabled || !permit(workflow.permissions.as_ref(), &user.external_id, &user.metadata) {
            continue;
        }
        sqlx::query(
            "INSERT INTO enablements (configuration_id, workflow_id, project_id, enabled, settings)
             VALUES ($1, $2, $3, 1, '{}')
             ON CONFLICT (configuration_id, workflow_id) DO NOTHING",
        )
        .bind(configuration_id.to_string())
        .bind(workflow.id.to_string())
        .bind(project_id.to_string())
        .execute(tx.raw())
        .await?;
    }
    tx.changed(Change::User(project_id, user_id));
    Ok(())
}
