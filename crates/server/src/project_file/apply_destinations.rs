//! Event destinations of a plan against the database.

use std::collections::BTreeMap;

use linchpin_domain::id::{EventDestinationId, ProjectId, WorkflowId, secret_text};
use linchpin_domain::source::nearest;
use linchpin_store::event_destinations::{self, EventDestination, Target};
use linchpin_store::{event_deliveries, workflows};
use secrecy::{ExposeSecret, SecretString};

use super::apply::{Done, Work, set};
use super::destinations::PlannedDestination;
use crate::destinations;

impl Work<'_> {
    pub async fn destinations(&mut self, project_id: ProjectId) -> Done {
        let plan = self.plan;
        if plan.destinations.is_empty() {
            return Ok(());
        }
        let workflows = workflows::list(&mut self.tx, project_id, None).await?;
        let ids: BTreeMap<String, WorkflowId> =
            workflows.into_iter().map(|workflow| (workflow.name, workflow.id)).collect();
        let existing = event_destinations::list(&mut self.tx, project_id).await?;
        for planned in &plan.destinations {
            let found = existing.iter().find(|destination| destination.name == planned.name).cloned();
            self.destination(project_id, planned, found, &ids).await?;
        }
        Ok(())
    }

    async fn destination(
        &mut self,
        project_id: ProjectId,
        planned: &PlannedDestination,
        found: Option<EventDestination>,
        ids: &BTreeMap<String, WorkflowId>,
    ) -> Done {
        let workflows = self.named(planned, ids);
        let is_new = found.is_none();
        let was_enabled = found.as_ref().is_some_and(|destination| destination.enabled);
        let mut destination = found.unwrap_or_else(|| EventDestination {
            id: EventDestinationId::fresh(&*self.clock),
            project_id,
            name: planned.name.clone(),
            target: planned.target.clone(),
            kinds: Vec::new(),
            workflows: Vec::new(),
            header_names: Vec::new(),
            payload: None,
            enabled: true,
            disabled_reason: None,
            failures: 0,
            paused_until: None,
            created_at: self.now,
            updated_at: self.now,
            subscription: None,
        });
        let mut fields = Vec::new();
        let target = match planned.target {
            Target::Webhook(_) => "webhook",
            Target::Email(_) => "email",
        };
        set(&mut destination.target, Some(&planned.target), target, &mut fields);
        set(&mut destination.kinds, planned.kinds.as_ref(), "events", &mut fields);
        set(&mut destination.workflows, workflows.as_ref(), "workflows", &mut fields);
        let payload = planned.payload.as_ref().map(|payload| Some(payload.clone()).filter(|one| !one.is_null()));
        set(&mut destination.payload, payload.as_ref(), "payload", &mut fields);
        set(&mut destination.enabled, planned.enabled.as_ref(), "enabled", &mut fields);
        let id = destination.id;
        if destination.enabled && !was_enabled {
            destination.disabled_reason = None;
            destination.failures = 0;
            destination.paused_until = None;
        } else if was_enabled && !destination.enabled {
            event_deliveries::drop_pending(&mut self.tx, project_id, id, "the destination was disabled").await?;
        }
        if is_new {
            event_destinations::add(&mut self.tx, &destination).await?;
        } else if !fields.is_empty() {
            destination.updated_at = self.now;
            event_destinations::update(&mut self.tx, &destination).await?;
        }
        if matches!(destination.target, Target::Webhook(_)) && self.sign(project_id, planned, id).await? {
            fields.push("secret");
        }
        if self.headers(project_id, planned, id).await? {
            fields.push("headers");
        }
        if is_new {
            self.added("event destination", &planned.name);
        } else if !fields.is_empty() {
            self.changed("event destination", &planned.name, fields);
        }
        Ok(())
    }

    /// Gives a webhook the file's headers; answers whether it has others now.
    async fn headers(
        &mut self,
        project_id: ProjectId,
        planned: &PlannedDestination,
        id: EventDestinationId,
    ) -> Done<bool> {
        let Some(wanted) = &planned.headers else { return Ok(false) };
        let known = event_destinations::headers(&mut self.tx, project_id, id).await?;
        let same = |(a, b): ((&String, &SecretString), (&String, &SecretString))| {
            a.0 == b.0 && a.1.expose_secret() == b.1.expose_secret()
        };
        if known.len() == wanted.len() && known.iter().zip(wanted).all(same) {
            return Ok(false);
        }
        event_destinations::set_headers(&mut self.tx, project_id, id, wanted).await?;
        Ok(true)
    }

    /// Gives a webhook the file's secret, or one of its own when it has none; answers whether it has another one now.
    async fn sign(
        &mut self,
        project_id: ProjectId,
        planned: &PlannedDestination,
        id: EventDestinationId,
    ) -> Done<bool> {
        let known = event_destinations::secrets(&mut self.tx, project_id, id, self.now).await?;
        let secret = match (&planned.secret, known) {
            (Some(wanted), Some(known)) if wanted.expose_secret() == known.current.expose_secret() => return Ok(false),
            (Some(wanted), _) => wanted.clone(),
            (None, Some(_)) => return Ok(false),
            (None, None) => {
                self.notes.push(format!(
                    "a signing secret was made for the event destination {}; to see one, give it a new one in the dashboard (Settings, Event destinations)",
                    planned.name
                ));
                destinations::secret(&secret_text(&*self.clock))
            }
        };
        let until = self.now.plus(destinations::OVERLAP);
        event_destinations::set_secret(&mut self.tx, project_id, id, &secret, until).await?;
        Ok(true)
    }

    /// The ids of the workflows that a destination names.
    fn named(&mut self, planned: &PlannedDestination, ids: &BTreeMap<String, WorkflowId>) -> Option<Vec<WorkflowId>> {
        let mut found = Vec::new();
        for (index, name) in planned.workflows.as_ref()?.iter().enumerate() {
            match ids.get(name) {
                Some(id) => found.push(*id),
                None => {
                    let near = nearest(name, ids.keys().map(String::as_str))
                        .map(|near| format!("; did you mean `{near}`?"))
                        .unwrap_or_default();
                    self.problem(
                        &format!("{}/workflows/{index}", planned.pointer),
                        format!("there is no workflow `{name}` in this project{near}"),
                    );
                }
            }
        }
        Some(found)
    }
}
