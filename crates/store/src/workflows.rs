//! Workflows and their drafts. Edits change the draft alone; what runs is the deployed version
//! (see [`workflow_versions`](crate::workflow_versions)).

use std::collections::BTreeMap;

use linchpin_domain::Timestamp;
use linchpin_domain::condition::Conditions;
use linchpin_domain::id::{IntegrationId, ProjectId, VersionId, WorkflowId};
use linchpin_domain::input::Input;
use linchpin_domain::workflow::Definition;

use crate::Change;
use crate::conn::{Columns, Conn, Tx, to_json};
use crate::error::{Error, Result};
use crate::notices;
use crate::permissions::{self, Review};

/// A workflow.
#[derive(Debug, Clone, PartialEq)]
pub struct Workflow {
    /// Its id.
    pub id: WorkflowId,
    /// The tenant.
    pub project_id: ProjectId,
    /// The integration that it belongs to.
    pub integration_id: IntegrationId,
    /// Unique in the project.
    pub name: String,
    /// Shown in the portal.
    pub description: String,
    /// Order in the portal.
    pub position: i64,
    /// Hidden from the portal.
    pub hidden: bool,
    /// On for accounts that are connected from now on.
    pub default_enabled: bool,
    /// Which users may have it; everybody when absent.
    pub permissions: Option<Conditions>,
    /// Workflow-level user settings.
    pub settings: Vec<Input>,
    /// What the editor holds.
    pub draft: Definition,
    /// Raised by every change of the draft.
    pub draft_revision: i64,
    /// What runs.
    pub deployed_version_id: Option<VersionId>,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it or its draft was last changed.
    pub updated_at: Timestamp,
}

/// One workflow.
pub async fn find(conn: &mut Conn, project_id: ProjectId, id: WorkflowId) -> Result<Option<Workflow>> {
    let row = sqlx::query(
        "SELECT id, project_id, integration_id, name, description, position, hidden, default_enabled, permissions,
                settings, draft, draft_revision, deployed_version_id, created_at, updated_at
         FROM workflows
         WHERE project_id = $1
           AND id = $2",
    )
    .bind(project_id.to_string())
    .bind(id.to_string())
    .fetch_optional(conn.raw())
    .await?;
    row.as_ref().map(read).transpose()
}

/// The workflow of this name.
pub async fn find_by_name(conn: &mut Conn, project_id: ProjectId, name: &str) -> Result<Option<Workflow>> {
    let row = sqlx::query(
        "SELECT id, project_id, integration_id, name, description, position, hidden, default_enabled, permissions,
                settings, draft, draft_revision, deployed_version_id, created_at, updated_at
         FROM workflows
         WHERE project_id = $1
           AND name = $2",
    )
    .bind(project_id.to_string())
    .bind(name.to_owned())
    .fetch_optional(conn.raw())
    .await?;
    row.as_ref().map(read).transpose()
}

/// The workflows of a project, or of one of its integrations, in the portal's order.
pub async fn list(
    conn: &mut Conn,
    project_id: ProjectId,
    integration_id: Option<IntegrationId>,
) -> Result<Vec<Workflow>> {
    let rows = sqlx::query(
        "SELECT id, project_id, integration_id, name, description, position, hidden, default_enabled, permissions,
                settings, draft, draft_revision, deployed_version_id, created_at, updated_at
         FROM workflows
         WHERE project_id = $1
           AND ($2 = '' OR integration_id = $2)
         ORDER BY position, name",
    )
    .bind(project_id.to_string())
    .bind(integration_id.map(|id| id.to_string()).unwrap_or_default())
    .fetch_all(conn.raw())
    .await?;
    rows.iter().map(read).collect()
}

/// Adds a workflow, not deployed.
pub async fn add(tx: &mut Tx, workflow: &Workflow) -> Result<()> {
    sqlx::query(
        "INSERT INTO workflows (id, project_id, integration_id, name, description, position, hidden, default_enabled,
                                permissions, settings, draft, draft_revision, deployed_version_id, created_at,
                                updated_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, NULL, $13, $14)",
    )
    .bind(workflow.id.to_string())
    .bind(workflow.project_id.to_string())
    .bind(workflow.integration_id.to_string())
    .bind(workflow.name.clone())
    .bind(workflow.description.clone())
    .bind(workflow.position)
    .bind(i64::from(workflow.hidden))
    .bind(i64::from(workflow.default_enabled))
    .bind(workflow.permissions.as_ref().map(to_json))
    .bind(to_json(&workflow.settings))
    .bind(to_json(&workflow.draft))
    .bind(workflow.draft_revision)
    .bind(workflow.created_at.as_millis())
    .bind(workflow.updated_at.as_millis())
    .execute(tx.raw())
    .await
    .map_err(|error| taken(error.into(), &workflow.name))?;
    tx.changed(Change::Project(workflow.project_id));
    Ok(())
}

/// Writes name, description, position, visibility, default, permissions and settings; neither draft nor
/// deployment. Users who have it on and are not permitted lose it
/// with the commit.
pub async fn update(tx: &mut Tx, workflow: &Workflow) -> Result<()> {
    sqlx::query(
        "UPDATE workflows
         SET name = $3, description = $4, position = $5, hidden = $6, default_enabled = $7, settings = $8,
             updated_at = $9, permissions = $10
         WHERE project_id = $1
           AND id = $2",
    )
    .bind(workflow.project_id.to_string())
    .bind(workflow.id.to_string())
    .bind(workflow.name.clone())
    .bind(workflow.description.clone())
    .bind(workflow.position)
    .bind(i64::from(workflow.hidden))
    .bind(i64::from(workflow.default_enabled))
    .bind(to_json(&workflow.settings))
    .bind(workflow.updated_at.as_millis())
    .bind(workflow.permissions.as_ref().map(to_json))
    .execute(tx.raw())
    .await
    .map_err(|error| taken(error.into(), &workflow.name))?;
    tx.changed(Change::Project(workflow.project_id));
    if workflow.permissions.is_some() {
        tx.review(Review::Workflow(workflow.project_id, workflow.id));
    }
    Ok(())
}

/// Replaces the draft if nobody changed it since `revision`; returns the new revision, or `None` when
/// somebody did. Routing does not depend on drafts.
pub async fn save_draft(
    tx: &mut Tx,
    project_id: ProjectId,
    id: WorkflowId,
    revision: i64,
    draft: &Definition,
    now: Timestamp,
) -> Result<Option<i64>> {
    let row = sqlx::query(
        "UPDATE workflows
         SET draft = $4, draft_revision = draft_revision + 1, updated_at = $5
         WHERE project_id = $1
           AND id = $2
           AND draft_revision = $3
         RETURNING draft_revision",
    )
    .bind(project_id.to_string())
    .bind(id.to_string())
    .bind(revision)
    .bind(to_json(draft))
    .bind(now.as_millis())
    .fetch_optional(tx.raw())
    .await?;
    row.map(|row| row.int("draft_revision")).transpose()
}

/// Makes a version the one that runs; `None` withdraws the workflow from users. A rollout under way ends with it.
pub async fn set_deployed(
    tx: &mut Tx,
    project_id: ProjectId,
    id: WorkflowId,
    version_id: Option<VersionId>,
    now: Timestamp,
) -> Result<()> {
    sqlx::query(
        "UPDATE workflows
         SET deployed_version_id = $3, updated_at = $4, rollout_version_id = NULL, rollout = NULL
         WHERE project_id = $1
           AND id = $2",
    )
    .bind(project_id.to_string())
    .bind(id.to_string())
    .bind(version_id.map(|id| id.to_string()))
    .bind(now.as_millis())
    .execute(tx.raw())
    .await?;
    tx.changed(Change::Project(project_id));
    notices::about_deployment(tx, project_id, id, version_id.is_some()).await?;
    Ok(())
}

/// Removes a workflow with its versions; answers whether there was one.
pub async fn remove(tx: &mut Tx, project_id: ProjectId, id: WorkflowId) -> Result<bool> {
    let done = sqlx::query(
        "DELETE FROM workflows
         WHERE project_id = $1
           AND id = $2",
    )
    .bind(project_id.to_string())
    .bind(id.to_string())
    .execute(tx.raw())
    .await?;
    // The users who had it on are held with it.
    tx.changed(Change::Everything);
    Ok(done.rows_affected() == 1)
}

/// For how many connected users each workflow is on.
pub async fn users_enabled(conn: &mut Conn, project_id: ProjectId) -> Result<BTreeMap<WorkflowId, i64>> {
    let rows = sqlx::query(
        "SELECT e.workflow_id, CAST(COUNT(DISTINCT c.user_id) AS BIGINT) AS users
         FROM enablements AS e
         JOIN configurations AS f ON f.id = e.configuration_id
         JOIN credentials AS c ON c.id = f.credential_id
         WHERE e.project_id = $1
           AND e.enabled = 1
         GROUP BY e.workflow_id",
    )
    .bind(project_id.to_string())
    .fetch_all(conn.raw())
    .await?;
    rows.iter().map(|row| Ok((row.id("workflow_id")?, row.int("users")?))).collect()
}

fn taken(error: Error, name: &str) -> Error {
    error.or_taken(|| format!("a workflow named `{name}`"))
}

fn read(row: &sqlx::any::AnyRow) -> Result<Workflow> {
    Ok(Workflow {
        id: row.id("id")?,
        project_id: row.id("project_id")?,
        integration_id: row.id("integration_id")?,
        name: row.text("name")?,
        description: row.text("description")?,
        position: row.int("position")?,
        hidden: row.flag("hidden")?,
        default_enabled: row.flag("default_enabled")?,
        permissions: permissions::read(row)?,
        settings: row.json("settings")?,
        draft: row.json("draft")?,
        draft_revision: row.int("draft_revision")?,
        deployed_version_id: row
            .maybe_text("deployed_version_id")?
            .map(|text| text.parse().map_err(|error| Error::corrupt("workflows.deployed_version_id", error)))
            .transpose()?,
        created_at: row.time("created_at")?,
        updated_at: row.time("updated_at")?,
    })
}
