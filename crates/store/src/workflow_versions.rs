//! Versions: immutable states of workflows, deployed or kept. A run ends on the version it began with,
//! so versions stay when another one is deployed.

use std::collections::BTreeSet;

use linchpin_domain::Timestamp;
use linchpin_domain::id::{ProjectId, VersionId, WorkflowId};
use linchpin_domain::trigger::Trigger;
use linchpin_domain::workflow::Definition;

use crate::conn::{Columns, Conn, Tx, to_json};
use crate::error::{Error, Result};
use crate::workflows;

/// A version.
#[derive(Debug, Clone, PartialEq)]
pub struct Version {
    /// Its id.
    pub id: VersionId,
    /// The tenant.
    pub project_id: ProjectId,
    /// The workflow.
    pub workflow_id: WorkflowId,
    /// 1, 2, 3 … within the workflow.
    pub number: i64,
    /// What it does.
    pub definition: Definition,
    /// What the person who deployed it said about it.
    pub note: Option<String>,
    /// How it came to be.
    pub kind: Kind,
    /// Who deployed or kept it, readable.
    pub deployed_by: Option<String>,
    /// When it was deployed or kept.
    pub deployed_at: Timestamp,
}

/// How a version came to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// It was made the one that runs.
    Deployed,
    /// The draft was kept as it was.
    Saved,
    /// An older version became the draft again.
    Restored,
}

impl Kind {
    /// As it is stored and sent.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Deployed => "deployed",
            Self::Saved => "saved",
            Self::Restored => "restored",
        }
    }
}

/// What is deployed, and by whom.
#[derive(Debug, Clone)]
pub struct Deployment<'a> {
    /// The tenant.
    pub project_id: ProjectId,
    /// The workflow.
    pub workflow_id: WorkflowId,
    /// What it does from now on.
    pub definition: &'a Definition,
    /// What the person says about it.
    pub note: Option<String>,
    /// Who deploys, readable.
    pub deployed_by: Option<String>,
    /// When.
    pub now: Timestamp,
}

/// One version.
pub async fn find(conn: &mut Conn, project_id: ProjectId, id: VersionId) -> Result<Option<Version>> {
    let row = sqlx::query(
        "SELECT id, project_id, workflow_id, number, definition, note, kind, deployed_by, deployed_at
         FROM workflow_versions
         WHERE project_id = $1
           AND id = $2",
    )
    .bind(project_id.to_string())
    .bind(id.to_string())
    .fetch_optional(conn.raw())
    .await?;
    row.as_ref().map(read).transpose()
}

/// The version of a workflow with this number.
pub async fn find_number(
    conn: &mut Conn,
    project_id: ProjectId,
    workflow_id: WorkflowId,
    number: i64,
) -> Result<Option<Version>> {
    let row = sqlx::query(
        "SELECT id, project_id, workflow_id, number, definition, note, kind, deployed_by, deployed_at
         FROM workflow_versions
         WHERE project_id = $1
           AND workflow_id = $2
           AND number = $3",
    )
    .bind(project_id.to_string())
    .bind(workflow_id.to_string())
    .bind(number)
    .fetch_optional(conn.raw())
    .await?;
    row.as_ref().map(read).transpose()
}

/// The versions of a workflow, newest first.
pub async fn list(conn: &mut Conn, project_id: ProjectId, workflow_id: WorkflowId) -> Result<Vec<Version>> {
    let rows = sqlx::query(
        "SELECT id, project_id, workflow_id, number, definition, note, kind, deployed_by, deployed_at
         FROM workflow_versions
         WHERE project_id = $1
           AND workflow_id = $2
         ORDER BY number DESC",
    )
    .bind(project_id.to_string())
    .bind(workflow_id.to_string())
    .fetch_all(conn.raw())
    .await?;
    rows.iter().map(read).collect()
}

/// The versions of a project's workflows that run now, for all users or for those of a rollout.
pub async fn list_deployed(conn: &mut Conn, project_id: ProjectId) -> Result<Vec<Version>> {
    let rows = sqlx::query(
        "SELECT v.id, v.project_id, v.workflow_id, v.number, v.definition, v.note, v.kind, v.deployed_by,
                v.deployed_at
         FROM workflow_versions AS v
         JOIN workflows AS w ON v.id IN (w.deployed_version_id, w.rollout_version_id)
         WHERE v.project_id = $1
         ORDER BY w.position, w.name",
    )
    .bind(project_id.to_string())
    .fetch_all(conn.raw())
    .await?;
    rows.iter().map(read).collect()
}

/// Deployed workflows of a project that begin when an account is connected: users do not see them.
pub async fn onboarding(conn: &mut Conn, project_id: ProjectId) -> Result<BTreeSet<WorkflowId>> {
    let rows = sqlx::query(
        "SELECT w.id AS workflow_id, v.definition
         FROM workflows AS w
         JOIN workflow_versions AS v ON v.id = w.deployed_version_id
         WHERE w.project_id = $1
           AND v.definition LIKE '%\"integrationEnabled\"%'",
    )
    .bind(project_id.to_string())
    .fetch_all(conn.raw())
    .await?;
    let mut found = BTreeSet::new();
    for row in &rows {
        let definition: Definition = row.json("definition")?;
        if matches!(definition.trigger, Some(Trigger::IntegrationEnabled {})) {
            found.insert(row.id("workflow_id")?);
        }
    }
    Ok(found)
}

/// Adds the next version of a workflow and makes it the one that runs.
pub async fn deploy(tx: &mut Tx, deployment: Deployment<'_>) -> Result<Version> {
    let (project_id, workflow_id, now) = (deployment.project_id, deployment.workflow_id, deployment.now);
    let version = keep(tx, deployment, Kind::Deployed).await?;
    workflows::set_deployed(tx, project_id, workflow_id, Some(version.id), now).await?;
    Ok(version)
}

/// Adds the next version of a workflow; what runs stays what it was.
pub async fn keep(tx: &mut Tx, deployment: Deployment<'_>, kind: Kind) -> Result<Version> {
    let Deployment { project_id, workflow_id, definition, note, deployed_by, now } = deployment;
    let id = VersionId::fresh(&*tx.inner.clock);
    let row = sqlx::query(
        "INSERT INTO workflow_versions (id, project_id, workflow_id, number, definition, note, kind, deployed_by,
                                        deployed_at)
         SELECT $1, $2, $3, COALESCE(MAX(number), 0) + 1, $4, $5, $6, $7, $8
         FROM workflow_versions
         WHERE project_id = $2
           AND workflow_id = $3
         RETURNING id, project_id, workflow_id, number, definition, note, kind, deployed_by, deployed_at",
    )
    .bind(id.to_string())
    .bind(project_id.to_string())
    .bind(workflow_id.to_string())
    .bind(to_json(definition))
    .bind(note)
    .bind(kind.as_str())
    .bind(deployed_by)
    .bind(now.as_millis())
    .fetch_one(tx.raw())
    .await?;
    read(&row)
}

fn read(row: &sqlx::any::AnyRow) -> Result<Version> {
    Ok(Version {
        id: row.id("id")?,
        project_id: row.id("project_id")?,
        workflow_id: row.id("workflow_id")?,
        number: row.int("number")?,
        definition: row.json("definition")?,
        note: row.maybe_text("note")?,
        kind: match row.text("kind")?.as_str() {
            "deployed" => Kind::Deployed,
            "saved" => Kind::Saved,
            "restored" => Kind::Restored,
            other => return Err(Error::corrupt("workflow_versions.kind", format!("`{other}` is no kind"))),
        },
        deployed_by: row.maybe_text("deployed_by")?,
        deployed_at: row.time("deployed_at")?,
    })
}
