//! What intake holds in memory, read in few queries: a project's routes, a connected user's accounts
//! and enablements, a version that a run is pinned to.

use std::collections::HashMap;

use linchpin_domain::Timestamp;
use linchpin_domain::condition::Conditions;
use linchpin_domain::id::{
    ConfigurationId, ConnectedUserId, CredentialId, IntegrationId, ProjectId, VersionId, WorkflowId,
};
use linchpin_domain::input::Input;
use linchpin_domain::workflow::Definition;
use secrecy::SecretString;
use serde_json::{Map, Value};

use crate::conn::{Columns, Conn};
use crate::error::{Error, Result};
use crate::rollouts::{self, Running};
use crate::vault::Place;
use crate::{enablements, permissions, sealed_settings};

/// A project's half.
#[derive(Debug)]
pub struct ProjectRouting {
    /// Names of its App Events.
    pub app_events: Vec<String>,
    /// Its integrations.
    pub integrations: Vec<IntegrationRouting>,
    /// Its deployed workflows.
    pub deployed: Vec<DeployedRouting>,
    /// Its secrets, opened.
    pub secrets: Vec<(String, SecretString)>,
}

/// An integration.
#[derive(Debug)]
pub struct IntegrationRouting {
    /// Its id.
    pub id: IntegrationId,
    /// The connector's type.
    pub kind: String,
    /// Whether its workflows run.
    pub active: bool,
    /// Its user settings.
    pub settings: Vec<Input>,
}

/// A deployed workflow.
#[derive(Debug)]
pub struct DeployedRouting {
    /// The workflow.
    pub workflow_id: WorkflowId,
    /// Its integration.
    pub integration_id: IntegrationId,
    /// The deployed version.
    pub version_id: VersionId,
    /// When that was deployed.
    pub deployed_at: Timestamp,
    /// When the workflow was deployed for the first time.
    pub first_deployed_at: Timestamp,
    /// The workflow's user settings.
    pub settings: Vec<Input>,
    /// Which users may have it; everybody when absent.
    pub permissions: Option<Conditions>,
    /// What it does.
    pub definition: Definition,
    /// A version that some users have instead, and what it does.
    pub rollout: Option<(Running, Definition)>,
}

/// A version that a run is pinned to.
#[derive(Debug)]
pub struct VersionRouting {
    /// The workflow.
    pub workflow_id: WorkflowId,
    /// Its integration.
    pub integration_id: IntegrationId,
    /// The connector's type.
    pub integration_type: String,
    /// What it does.
    pub definition: Definition,
}

/// A connected user's half.
#[derive(Debug, Clone)]
pub struct UserRouting {
    /// The user's id in the host application.
    pub external_id: String,
    /// Metadata, a JSON object.
    pub metadata: Value,
    /// A disabled user runs nothing.
    pub disabled: bool,
    /// The connected accounts.
    pub credentials: Vec<CredentialRouting>,
}

/// A connected account.
#[derive(Debug, Clone)]
pub struct CredentialRouting {
    /// Its id.
    pub id: CredentialId,
    /// Its integration.
    pub integration_id: IntegrationId,
    /// `VALID`, `INVALID` or `PENDING`.
    pub status: String,
    /// The customer's label of the account.
    pub external_id: Option<String>,
    /// Its configurations, the default one first.
    pub configurations: Vec<ConfigurationRouting>,
}

/// Settings and enablements on an account.
#[derive(Debug, Clone)]
pub struct ConfigurationRouting {
    /// Its id.
    pub id: ConfigurationId,
    /// The customer's label.
    pub external_id: Option<String>,
    /// Whether it is the account's default.
    pub is_default: bool,
    /// Integration-level settings.
    pub settings: Map<String, Value>,
    /// Workflows that are on, each with its settings.
    pub enabled: Vec<(WorkflowId, Map<String, Value>)>,
    /// Workflows that were switched off: what is on from the start is then not.
    pub switched_off: Vec<WorkflowId>,
}

/// A project's half.
pub async fn project(conn: &mut Conn, project_id: ProjectId) -> Result<ProjectRouting> {
    let id = project_id.to_string();
    let rows =
        sqlx::query("SELECT name FROM app_events WHERE project_id = $1").bind(id.clone()).fetch_all(conn.raw()).await?;
    let app_events = rows.iter().map(|row| row.text("name")).collect::<Result<_>>()?;
    let rows = sqlx::query("SELECT id, type, active, settings FROM integrations WHERE project_id = $1")
        .bind(id.clone())
        .fetch_all(conn.raw())
        .await?;
    let integrations = rows
        .iter()
        .map(|row| {
            Ok(IntegrationRouting {
                id: row.id("id")?,
                kind: row.text("type")?,
                active: row.flag("active")?,
                settings: row.json("settings")?,
            })
        })
        .collect::<Result<_>>()?;
    let rows = sqlx::query(
        "SELECT w.id AS workflow_id, w.integration_id, w.settings, w.permissions, v.id AS version_id, v.definition, v.deployed_at,
                w.rollout_version_id, w.rollout, r.definition AS rollout_definition,
                (SELECT MIN(f.deployed_at) FROM workflow_versions AS f WHERE f.workflow_id = w.id AND f.kind = 'deployed')
                    AS first_deployed_at
         FROM workflows AS w
         JOIN workflow_versions AS v ON v.id = w.deployed_version_id
         LEFT JOIN workflow_versions AS r ON r.id = w.rollout_version_id
         WHERE w.project_id = $1
         ORDER BY w.position, w.id",
    )
    .bind(id.clone())
    .fetch_all(conn.raw())
    .await?;
    let deployed = rows
        .iter()
        .map(|row| {
            Ok(DeployedRouting {
                workflow_id: row.id("workflow_id")?,
                integration_id: row.id("integration_id")?,
                version_id: row.id("version_id")?,
                deployed_at: row.time("deployed_at")?,
                first_deployed_at: row.time("first_deployed_at")?,
                settings: row.json("settings")?,
                permissions: permissions::read(row)?,
                definition: row.json("definition")?,
                rollout: match rollouts::maybe(row)? {
                    None => None,
                    Some(running) => Some((running, row.json("rollout_definition")?)),
                },
            })
        })
        .collect::<Result<_>>()?;
    Ok(ProjectRouting { app_events, integrations, deployed, secrets: secrets(conn, project_id).await? })
}

async fn secrets(conn: &mut Conn, project_id: ProjectId) -> Result<Vec<(String, SecretString)>> {
    let id = project_id.to_string();
    let rows = sqlx::query("SELECT name, sealed FROM secrets WHERE project_id = $1")
        .bind(id.clone())
        .fetch_all(conn.raw())
        .await?;
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let inner = std::sync::Arc::clone(&conn.inner);
    let key = sqlx::query("SELECT sealed_data_key FROM projects WHERE id = $1").bind(id).fetch_one(conn.raw()).await?;
    inner.vault.open_project(project_id, &key.text("sealed_data_key")?)?;
    rows.iter()
        .map(|row| {
            let name = row.text("name")?;
            let value =
                inner.vault.open(project_id, Place { column: "secrets.sealed", row: &name }, &row.text("sealed")?)?;
            Ok((name, value))
        })
        .collect()
}

/// A version of a project's workflow, deployed or not.
pub async fn version(conn: &mut Conn, project_id: ProjectId, version_id: VersionId) -> Result<Option<VersionRouting>> {
    let row = sqlx::query(
        "SELECT v.workflow_id, v.definition, w.integration_id, i.type
         FROM workflow_versions AS v
         JOIN workflows AS w ON w.id = v.workflow_id
         JOIN integrations AS i ON i.id = w.integration_id
         WHERE v.project_id = $1
           AND v.id = $2",
    )
    .bind(project_id.to_string())
    .bind(version_id.to_string())
    .fetch_optional(conn.raw())
    .await?;
    row.map(|row| {
        Ok(VersionRouting {
            workflow_id: row.id("workflow_id")?,
            integration_id: row.id("integration_id")?,
            integration_type: row.text("type")?,
            definition: row.json("definition")?,
        })
    })
    .transpose()
}

/// A connected user's half; `None` when there is no such user in the project.
pub async fn user(conn: &mut Conn, project_id: ProjectId, user_id: ConnectedUserId) -> Result<Option<UserRouting>> {
    let row =
        sqlx::query("SELECT external_id, metadata, disabled FROM connected_users WHERE project_id = $1 AND id = $2")
            .bind(project_id.to_string())
            .bind(user_id.to_string())
            .fetch_optional(conn.raw())
            .await?;
    let Some(row) = row else { return Ok(None) };
    let mut user = UserRouting {
        external_id: row.text("external_id")?,
        metadata: row.json("metadata")?,
        disabled: row.flag("disabled")?,
        credentials: Vec::new(),
    };
    let rows = sqlx::query(
        "SELECT c.id AS credential_id, c.integration_id, c.status, c.external_id AS credential_label,
                f.id AS configuration_id, f.external_id, f.is_default, f.settings,
                e.workflow_id, e.enabled, e.settings AS workflow_settings
         FROM credentials AS c
         JOIN configurations AS f ON f.credential_id = c.id
         LEFT JOIN enablements AS e ON e.configuration_id = f.id
         WHERE c.project_id = $1
           AND c.user_id = $2
         ORDER BY c.created_at, c.id, f.is_default DESC, f.created_at, f.id",
    )
    .bind(project_id.to_string())
    .bind(user_id.to_string())
    .fetch_all(conn.raw())
    .await?;
    let mut places: HashMap<CredentialId, usize> = HashMap::new();
    for row in &rows {
        let credential_id: CredentialId = row.id("credential_id")?;
        let place = if let Some(place) = places.get(&credential_id) {
            *place
        } else {
            user.credentials.push(CredentialRouting {
                id: credential_id,
                integration_id: row.id("integration_id")?,
                status: row.text("status")?,
                external_id: row.maybe_text("credential_label")?,
                configurations: Vec::new(),
            });
            places.insert(credential_id, user.credentials.len() - 1);
            user.credentials.len() - 1
        };
        let configurations = &mut user.credentials[place].configurations;
        let configuration_id: ConfigurationId = row.id("configuration_id")?;
        if configurations.last().is_none_or(|last| last.id != configuration_id) {
            let mut settings: Map<String, Value> = row.json("settings")?;
            sealed_settings::open(conn, project_id, &configuration_id.to_string(), &mut settings).await?;
            configurations.push(ConfigurationRouting {
                id: configuration_id,
                external_id: row.maybe_text("external_id")?,
                is_default: row.flag("is_default")?,
                settings,
                enabled: Vec::new(),
                switched_off: Vec::new(),
            });
        }
        if let Some(workflow) = row.maybe_text("workflow_id")? {
            let workflow_id = workflow.parse().map_err(|error| Error::corrupt("enablements.workflow_id", error))?;
            let settings = row.maybe_text("workflow_settings")?.unwrap_or_default();
            let mut settings =
                serde_json::from_str(&settings).map_err(|error| Error::corrupt("enablements.settings", error))?;
            let place = enablements::place(configuration_id, workflow_id);
            sealed_settings::open(conn, project_id, &place, &mut settings).await?;
            let is_on = row.flag("enabled")?;
            if let Some(configuration) = configurations.last_mut() {
                if is_on {
                    configuration.enabled.push((workflow_id, settings));
                } else {
                    configuration.switched_off.push(workflow_id);
                }
            }
        }
    }
    Ok(Some(user))
}
