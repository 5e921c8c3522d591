//! Pruning: what the file does not mention goes, but never what people are connected to.

use std::collections::BTreeSet;

use linchpin_domain::id::ProjectId;
use linchpin_store::{app_events, event_destinations, integrations, secrets, signing_keys, token_issuers, workflows};

use super::apply::{Done, Work};
use super::reader::join;

impl Work<'_> {
    /// What a release takes away: workflows and App Events, never an integration.
    pub async fn prune_released(&mut self, project_id: ProjectId) -> Done {
        self.prune_workflows(project_id).await?;
        for integration in integrations::list(&mut self.tx, project_id).await? {
            if !self.plan.integrations.iter().any(|planned| planned.kind == integration.kind) {
                self.notes.push(format!(
                    "the integration {} is not in the project that is released from; it stays here, without workflows",
                    integration.kind
                ));
            }
        }
        self.prune_app_events(project_id).await
    }

    pub async fn prune(&mut self, project_id: ProjectId) -> Done {
        let plan = self.plan;
        self.prune_workflows(project_id).await?;
        self.prune_syncs(project_id).await?;
        for destination in event_destinations::list(&mut self.tx, project_id).await? {
            if !plan.destinations.iter().any(|planned| planned.name == destination.name) {
                event_destinations::remove(&mut self.tx, project_id, destination.id).await?;
                self.removed("event destination", &destination.name);
            }
        }
        let connected = integrations::connected_users(&mut self.tx, project_id).await?;
        for integration in integrations::list(&mut self.tx, project_id).await? {
            if plan.integrations.iter().any(|planned| planned.kind == integration.kind) {
                continue;
            }
            match connected.get(&integration.id) {
                // Removing it would disconnect people: pruning never does that.
                Some(count) if *count > 0 => self.notes.push(format!(
                    "the integration {} stays, because {count} accounts are connected to it; remove it in the dashboard if that is meant",
                    integration.kind
                )),
                _ => {
                    integrations::remove(&mut self.tx, project_id, integration.id).await?;
                    self.removed("integration", &integration.kind);
                }
            }
        }
        self.prune_app_events(project_id).await?;
        for secret in secrets::list(&mut self.tx, project_id).await? {
            if !plan.secrets.iter().any(|(name, _)| *name == secret.name) {
                secrets::remove(&mut self.tx, project_id, &secret.name).await?;
                self.removed("secret", &secret.name);
            }
        }
        for key in signing_keys::list(&mut self.tx, project_id).await? {
            if !plan.signing_keys.iter().any(|planned| planned.name == key.name) {
                signing_keys::remove(&mut self.tx, project_id, key.id).await?;
                self.removed("signing key", &key.name);
            }
        }
        for issuer in token_issuers::list(&mut self.tx, project_id).await? {
            if !plan.token_issuers.iter().any(|planned| planned.issuer == issuer.issuer) {
                token_issuers::remove(&mut self.tx, project_id, issuer.id).await?;
                self.removed("token issuer", &issuer.issuer);
            }
        }
        Ok(())
    }

    async fn prune_workflows(&mut self, project_id: ProjectId) -> Done {
        let plan = self.plan;
        let planned: BTreeSet<&str> = plan
            .integrations
            .iter()
            .flat_map(|planned| &planned.workflows)
            .map(|workflow| workflow.name.as_str())
            .collect();
        for workflow in workflows::list(&mut self.tx, project_id, None).await? {
            if !planned.contains(workflow.name.as_str()) {
                workflows::remove(&mut self.tx, project_id, workflow.id).await?;
                self.removed("workflow", &workflow.name);
            }
        }
        Ok(())
    }

    async fn prune_app_events(&mut self, project_id: ProjectId) -> Done {
        for event in app_events::list(&mut self.tx, project_id).await? {
            if !self.plan.app_events.iter().any(|(name, _)| *name == event.name) {
                app_events::remove(&mut self.tx, project_id, event.id).await?;
                self.removed("App Event", &event.name);
                self.still_used(&event.name);
            }
        }
        Ok(())
    }

    /// A workflow of the file that listens to an App Event which the same file prunes.
    fn still_used(&mut self, event: &str) {
        let plan = self.plan;
        for workflow in plan.integrations.iter().flat_map(|planned| &planned.workflows) {
            let uses = workflow.trigger.as_ref().and_then(linchpin_domain::trigger::Trigger::app_event) == Some(event);
            if uses {
                self.problem(
                    &join(&workflow.pointer, "trigger"),
                    format!(
                        "the App Event `{event}` is not in the file and would be pruned; list it under `appEvents`"
                    ),
                );
            }
        }
    }
}
