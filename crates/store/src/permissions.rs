//! What follows from a workflow's permissions: who has it on without being permitted loses it, at the
//! end of the transaction that changed the conditions or the user's metadata. Settings are kept.

use std::collections::BTreeSet;

use linchpin_domain::condition::Conditions;
use linchpin_domain::id::{ConfigurationId, ConnectedUserId, ProjectId, WorkflowId};
use linchpin_domain::permission::Permissions;
use serde_json::Value;

use crate::Change;
use crate::conn::{Columns, Tx};
use crate::error::{Error, Result};
use crate::workflows::{self, Workflow};
use crate::{enablements, notices};

/// Whose permissions are looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Review {
    /// A user's metadata changed.
    User(ProjectId, ConnectedUserId),
    /// A workflow's permissions may have changed.
    Workflow(ProjectId, WorkflowId),
}

/// Switches off what is on and not permitted.
pub(crate) async fn withdraw(tx: &mut Tx, review: Review) -> Result<()> {
    match review {
        Review::User(project_id, user_id) => withdraw_user(tx, project_id, user_id).await,
        Review::Workflow(project_id, id) => match workflows::find(tx, project_id, id).await? {
            Some(workflow) => withdraw_workflow(tx, &workflow).await,
            None => Ok(()),
        },
    }
}

/// More users than this are not announced one by one.
const MANY: usize = 100;

/// The column `permissions` of a workflow.
pub(crate) fn read(row: &sqlx::any::AnyRow) -> Result<Option<Conditions>> {
    let Some(text) = row.maybe_text("permissions")? else { return Ok(None) };
    serde_json::from_str(&text).map(Some).map_err(|error| Error::corrupt("workflows.permissions", error))
}

async fn withdraw_user(tx: &mut Tx, project_id: ProjectId, user_id: ConnectedUserId) -> Result<()> {
    let rows = sqlx::query(
        "SELECT e.configuration_id, e.workflow_id, w.permissions, u.external_id, u.metadata
         FROM connected_users AS u
         JOIN credentials AS c ON c.user_id = u.id
         JOIN configurations AS f ON f.credential_id = c.id
         JOIN enablements AS e ON e.configuration_id = f.id
         JOIN workflows AS w ON w.id = e.workflow_id
         WHERE u.project_id = $1
           AND u.id = $2
           AND e.enabled = 1
           AND w.permissions IS NOT NULL",
    )
    .bind(project_id.to_string())
    .bind(user_id.to_string())
    .fetch_all(tx.raw())
    .await?;
    for row in &rows {
        let (configuration_id, workflow_id): (ConfigurationId, WorkflowId) =
            (row.id("configuration_id")?, row.id("workflow_id")?);
        let Some(conditions) = read(row)? else { continue };
        let metadata: Value = row.json("metadata")?;
        if !Permissions::new(&conditions).permit(&row.text("external_id")?, &metadata) {
            enablements::switch(tx, project_id, user_id, configuration_id, workflow_id, false).await?;
        }
    }
    Ok(())
}

async fn withdraw_workflow(tx: &mut Tx, workflow: &Workflow) -> Result<()> {
    let Some(conditions) = &workflow.permissions else { return Ok(()) };
    let permissions = Permissions::new(conditions);
    let rows = sqlx::query(
        "SELECT e.configuration_id, u.id AS user_id, u.external_id, u.metadata
         FROM enablements AS e
         JOIN configurations AS f ON f.id = e.configuration_id
         JOIN credentials AS c ON c.id = f.credential_id
         JOIN connected_users AS u ON u.id = c.user_id
         WHERE e.project_id = $1
           AND e.workflow_id = $2
           AND e.enabled = 1",
    )
    .bind(workflow.project_id.to_string())
    .bind(workflow.id.to_string())
    .fetch_all(tx.raw())
    .await?;
    let mut denied: BTreeSet<(ConnectedUserId, ConfigurationId)> = BTreeSet::new();
    for row in &rows {
        let metadata: Value = row.json("metadata")?;
        if !permissions.permit(&row.text("external_id")?, &metadata) {
            denied.insert((row.id("user_id")?, row.id("configuration_id")?));
        }
    }
    if denied.len() > MANY {
        tx.changed(Change::Everything);
    }
    let heard = notices::heard(tx, workflow.project_id).await?;
    for (user_id, configuration_id) in &denied {
        if heard {
            notices::about_switch(tx, workflow.project_id, *user_id, workflow.id, false).await?;
        }
        sqlx::query(
            "UPDATE enablements
             SET enabled = 0
             WHERE configuration_id = $1
               AND workflow_id = $2",
        )
        .bind(configuration_id.to_string())
        .bind(workflow.id.to_string())
        .execute(tx.raw())
        .await?;
        if denied.len() <= MANY {
            tx.changed(Change::User(workflow.project_id, *user_id));
        }
    }
    Ok(())
}
