//! Workflows of a file: their drafts, what keeps them from being deployed, their deploys.

use std::collections::BTreeSet;

use linchpin_connectors::Catalog;
use linchpin_domain::id::{ProjectId, WorkflowId};
use linchpin_domain::trigger::Trigger;
use linchpin_domain::workflow::{Definition, Surroundings};
use linchpin_store::integrations::Integration;
use linchpin_store::workflow_versions::{self, Deployment};
use linchpin_store::workflows::{self, Workflow};
use linchpin_store::{app_events, secrets};

use super::PlannedWorkflow;
use super::apply::{Done, Work, set};

impl Work<'_> {
    pub(super) async fn workflow(
        &mut self,
        project_id: ProjectId,
        integration: &Integration,
        planned: &PlannedWorkflow,
    ) -> Done {
        let found = workflows::find_by_name(&mut self.tx, project_id, &planned.name).await?;
        if found.as_ref().is_some_and(|workflow| workflow.integration_id != integration.id) {
            self.problem(
                &planned.pointer,
                format!("a workflow named `{}` belongs to another integration of this project; names are unique in a project", planned.name),
            );
            return Ok(());
        }
        let deployed = match found.as_ref().and_then(|workflow| workflow.deployed_version_id) {
            Some(version) => workflow_versions::find(&mut self.tx, project_id, version).await?,
            None => None,
        };
        let was = deployed.as_ref().map(|version| version.definition.clone());
        let base = was.clone().or_else(|| found.as_ref().map(|workflow| workflow.draft.clone())).unwrap_or_default();
        let wanted = Definition {
            trigger: planned.trigger.clone().or(base.trigger),
            field_mapping: match &planned.field_mapping {
                Some(setting) => Some(setting.clone()).filter(|setting| !setting.is_empty()),
                None => base.field_mapping,
            },
            steps: planned.steps.clone().unwrap_or(base.steps),
        };
        let is_new = found.is_none();
        let mut workflow = found.unwrap_or_else(|| Workflow {
            id: WorkflowId::fresh(&*self.clock),
            project_id,
            integration_id: integration.id,
            name: planned.name.clone(),
            description: String::new(),
            position: 0,
            hidden: false,
            default_enabled: false,
            permissions: None,
            settings: Vec::new(),
            draft: Definition::default(),
            draft_revision: 1,
            deployed_version_id: None,
            created_at: self.now,
            updated_at: self.now,
        });
        let mut fields = Vec::new();
        set(&mut workflow.description, planned.description.as_ref(), "description", &mut fields);
        set(&mut workflow.default_enabled, planned.default_enabled.as_ref(), "defaultEnabled", &mut fields);
        set(&mut workflow.hidden, planned.hidden.as_ref(), "hidden", &mut fields);
        set(&mut workflow.position, planned.order.as_ref(), "order", &mut fields);
        set(&mut workflow.permissions, planned.permissions.as_ref(), "permissions", &mut fields);
        set(&mut workflow.settings, planned.settings.as_ref(), "settings", &mut fields);
        self.check(project_id, integration, &workflow, &wanted, planned).await?;
        if is_new {
            workflow.draft = wanted.clone();
            workflows::add(&mut self.tx, &workflow).await?;
        } else if !fields.is_empty() {
            workflow.updated_at = self.now;
            workflows::update(&mut self.tx, &workflow).await?;
        }
        if was.as_ref() != Some(&wanted) {
            if workflow.draft != wanted {
                let revision = workflow.draft_revision;
                workflows::save_draft(&mut self.tx, project_id, workflow.id, revision, &wanted, self.now).await?;
            }
            workflow_versions::deploy(
                &mut self.tx,
                Deployment {
                    project_id,
                    workflow_id: workflow.id,
                    definition: &wanted,
                    note: Some(self.note.clone()),
                    deployed_by: Some(self.deployed_by.clone()),
                    now: self.now,
                },
            )
            .await?;
            match &was {
                None => fields.push("deployed"),
                Some(was) if was.trigger != wanted.trigger => fields.push("trigger"),
                Some(_) => {}
            }
            if was.is_some_and(|was| was.steps != wanted.steps) {
                fields.push("steps");
            }
        }
        if is_new {
            self.added("workflow", &planned.name);
        } else if !fields.is_empty() {
            self.changed("workflow", &planned.name, fields);
        }
        Ok(())
    }

    /// What keeps the workflow from being deployed, at its place in the file.
    async fn check(
        &mut self,
        project_id: ProjectId,
        integration: &Integration,
        workflow: &Workflow,
        wanted: &Definition,
        planned: &PlannedWorkflow,
    ) -> Done {
        let app_events = app_events::list(&mut self.tx, project_id).await?;
        let around = Surroundings {
            app_events: app_events.iter().map(|event| event.name.clone()).collect(),
            settings: integration.settings.iter().chain(&workflow.settings).map(|input| input.id.clone()).collect(),
            secrets: secrets::list(&mut self.tx, project_id).await?.into_iter().map(|secret| secret.name).collect(),
        };
        let catalog = Catalog { registry: self.registry, default_connector: &integration.kind };
        let mut seen = BTreeSet::new();
        for problem in wanted.problems(&around, &catalog) {
            let pointer = in_file(planned, wanted, &problem.pointer);
            let message = match problem.pointer.as_str() {
                "/trigger" if wanted.trigger.is_none() => {
                    "`trigger` is missing, for example `trigger: { appEvent: Contact Created }`".to_owned()
                }
                _ => problem.message,
            };
            if seen.insert((pointer.clone(), message.clone())) {
                self.problem(&pointer, message);
            }
        }
        if let Some(Trigger::AppEvent(name)) = &wanted.trigger
            && let Some(event) = app_events.iter().find(|event| event.name == *name)
        {
            for hint in wanted.hints(&event.example) {
                let pointer = in_file(planned, wanted, &hint.pointer);
                self.notes.push(self.plan.doc.problem(&pointer, hint.message).to_string());
            }
        }
        Ok(())
    }
}

/// A pointer into the definition as a pointer into the file, where a step stands under its key.
fn in_file(planned: &PlannedWorkflow, wanted: &Definition, pointer: &str) -> String {
    if let Some(below) = pointer.strip_prefix("/steps").filter(|below| below.starts_with('/')) {
        return format!("{}/steps{}", planned.pointer, super::steps::in_file(&wanted.steps, below));
    }
    format!("{}{pointer}", planned.pointer)
}
