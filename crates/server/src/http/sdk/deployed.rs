//! The deployed workflows of a project, and what their versions say of them.

use std::collections::{BTreeMap, BTreeSet};

use linchpin_connectors::Registry;
use linchpin_domain::id::{ProjectId, WorkflowId};
use linchpin_domain::permission::permit;
use linchpin_domain::step;
use linchpin_domain::trigger::Trigger;
use linchpin_store::integrations::Integration;
use linchpin_store::workflows::Workflow;
use linchpin_store::{Conn, connected_users, workflow_versions, workflows};
use serde_json::Map;

use crate::http::auth::ConnectedUser;

/// The deployed workflows of a project, users see no others: those that this user may have, and those
/// that the user may not have.
pub(super) async fn deployed(
    conn: &mut Conn,
    user: &ConnectedUser,
) -> linchpin_store::Result<(Vec<Workflow>, Vec<Workflow>)> {
    let mut all = workflows::list(conn, user.project_id, None).await?;
    all.retain(|workflow| workflow.deployed_version_id.is_some());
    let metadata = if all.iter().any(|workflow| workflow.permissions.is_some()) {
        connected_users::find(conn, user.project_id, user.id).await?.map(|row| row.metadata).unwrap_or_default()
    } else {
        Map::new()
    };
    Ok(all.into_iter().partition(|workflow| permit(workflow.permissions.as_ref(), &user.external_id, &metadata)))
}

/// What the deployed versions of a project say about their workflows.
pub(super) struct Deployed {
    /// Those that have a webhook of their own.
    pub(super) webhooks: BTreeSet<WorkflowId>,
    /// The scopes that an account must have granted.
    pub(super) needs: BTreeMap<WorkflowId, BTreeSet<String>>,
}

impl Deployed {
    pub(super) async fn read(
        conn: &mut Conn,
        project_id: ProjectId,
        integrations: &[Integration],
        registry: &Registry,
    ) -> linchpin_store::Result<Self> {
        let mut found = Self { webhooks: BTreeSet::new(), needs: BTreeMap::new() };
        let kinds: BTreeMap<WorkflowId, &str> = workflows::list(conn, project_id, None)
            .await?
            .iter()
            .filter_map(|workflow| {
                let integration = integrations.iter().find(|one| one.id == workflow.integration_id)?;
                Some((workflow.id, integration.kind.as_str()))
            })
            .collect();
        for version in workflow_versions::list_deployed(conn, project_id).await? {
            let trigger = version.definition.trigger.as_ref();
            if matches!(trigger, Some(Trigger::Webhook(_))) {
                found.webhooks.insert(version.workflow_id);
            }
            let Some(manifest) = kinds.get(&version.workflow_id).and_then(|kind| registry.find(kind)) else { continue };
            let mut needs = BTreeSet::new();
            if let Some(event) = trigger.and_then(Trigger::provider).and_then(|one| manifest.triggers.get(&one.event)) {
                needs.extend(event.scopes.iter().cloned());
            }
            step::each(&version.definition.steps, &mut |step| {
                // Steps of other connectors run with other accounts.
                if step.connector.as_ref().is_some_and(|other| *other != manifest.kind) {
                    return;
                }
                let action = step.action.as_ref().and_then(|name| manifest.actions.get(name));
                needs.extend(action.into_iter().flat_map(|action| action.scopes.iter().cloned()));
            });
            // Where two versions are rolled out side by side an account needs what either of them needs.
            found.needs.entry(version.workflow_id).or_default().extend(needs);
        }
        Ok(found)
    }
}
