//! Workflows as they are sent.

use std::collections::BTreeMap;

use linchpin_connectors::Catalog;
use linchpin_domain::Timestamp;
use linchpin_domain::condition::Conditions;
use linchpin_domain::id::{IntegrationId, ProjectId, VersionId, WorkflowId};
use linchpin_domain::input::Input;
use linchpin_domain::trigger::Trigger;
use linchpin_domain::workflow::{Definition, Problem, Surroundings};
use linchpin_store::integrations::{self, Integration};
use linchpin_store::workflow_versions::Version;
use linchpin_store::workflows::{self, Workflow};
use linchpin_store::{Conn, app_events, secrets, workflow_versions};
use serde::Serialize;
use utoipa::ToSchema;

use crate::http::error::ApiError;
use crate::state::App;

/// A workflow in a list.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct WorkflowSummary {
    #[schema(value_type = Uuid)]
    id: WorkflowId,
    #[schema(value_type = Uuid)]
    integration_id: IntegrationId,
    integration_type: String,
    name: String,
    description: String,
    state: DeployState,
    #[schema(value_type = Option<Object>)]
    trigger: Option<Trigger>,
    step_count: usize,
    users_enabled: i64,
    #[schema(value_type = String, format = DateTime)]
    updated_at: Timestamp,
    #[schema(value_type = Option<String>, format = DateTime)]
    deployed_at: Option<Timestamp>,
    order: i64,
    hidden: bool,
    default_enabled: bool,
    /// Which users may have it: conditions over `{{ user.metadata.… }}`; null for everybody.
    #[schema(value_type = Option<Object>)]
    permissions: Option<Conditions>,
}

/// Whether users have the draft.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub enum DeployState {
    /// Not deployed.
    Draft,
    /// Deployed as it is drafted.
    Deployed,
    /// Deployed, and drafted differently since.
    Changed,
}

/// A workflow with its draft and its deployed version.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Workflow)]
pub struct WorkflowView {
    #[serde(flatten)]
    summary: WorkflowSummary,
    #[schema(value_type = Object)]
    draft: Definition,
    /// What users fill in for this workflow alone.
    #[schema(value_type = Vec<Object>)]
    settings: Vec<Input>,
    /// Send it back when the draft is saved.
    draft_revision: i64,
    deployed: Option<DeployedView>,
    /// What keeps the draft from being deployed.
    problems: Vec<ProblemView>,
}

/// The version that runs.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct DeployedView {
    #[schema(value_type = Uuid)]
    version_id: VersionId,
    number: i64,
    #[schema(value_type = Object)]
    definition: Definition,
    #[schema(value_type = String, format = DateTime)]
    deployed_at: Timestamp,
    deployed_by: Option<String>,
}

/// Something that keeps a workflow from being deployed.
#[derive(Serialize, ToSchema)]
pub struct ProblemView {
    /// JSON pointer into the definition.
    pointer: String,
    /// The step's key, when it is about a step.
    #[serde(skip_serializing_if = "Option::is_none")]
    step: Option<String>,
    message: String,
}

impl From<Problem> for ProblemView {
    fn from(problem: Problem) -> Self {
        Self { pointer: problem.pointer, step: problem.step, message: problem.message }
    }
}

/// What workflows of a project are shown and checked with.
pub(super) struct Frame {
    integrations: Vec<Integration>,
    deployed: Vec<Version>,
    users: BTreeMap<WorkflowId, i64>,
    around: Surroundings,
}

impl Frame {
    pub(super) async fn read(conn: &mut Conn, project_id: ProjectId) -> Result<Self, ApiError> {
        Ok(Self {
            integrations: integrations::list(conn, project_id).await?,
            deployed: workflow_versions::list_deployed(conn, project_id).await?,
            users: workflows::users_enabled(conn, project_id).await?,
            around: Surroundings {
                app_events: app_events::list(conn, project_id).await?.into_iter().map(|event| event.name).collect(),
                secrets: secrets::list(conn, project_id).await?.into_iter().map(|secret| secret.name).collect(),
                settings: std::collections::BTreeSet::new(),
            },
        })
    }

    /// What keeps a definition of this workflow from being deployed.
    pub(super) fn problems(&self, app: &App, workflow: &Workflow, definition: &Definition) -> Vec<Problem> {
        let integration = self.integrations.iter().find(|one| one.id == workflow.integration_id);
        let inputs = integration.into_iter().flat_map(|one| &one.settings).chain(&workflow.settings);
        let around = Surroundings { settings: inputs.map(|input| input.id.clone()).collect(), ..self.around.clone() };
        let kind = integration.map_or("", |one| one.kind.as_str());
        let registry = integration.map_or_else(
            || std::sync::Arc::clone(&app.registry),
            |one| app.connections.known_registry_of(one.project_id),
        );
        definition.problems(&around, &Catalog { registry: &registry, default_connector: kind })
    }

    pub(super) fn summary(&self, workflow: &Workflow) -> WorkflowSummary {
        let deployed = self.deployed(workflow);
        WorkflowSummary {
            id: workflow.id,
            integration_id: workflow.integration_id,
            integration_type: self
                .integrations
                .iter()
                .find(|one| one.id == workflow.integration_id)
                .map(|one| one.kind.clone())
                .unwrap_or_default(),
            name: workflow.name.clone(),
            description: workflow.description.clone(),
            state: match deployed {
                None => DeployState::Draft,
                Some(version) if version.definition == workflow.draft => DeployState::Deployed,
                Some(_) => DeployState::Changed,
            },
            trigger: workflow.draft.trigger.clone(),
            step_count: workflow.draft.steps.len(),
            users_enabled: self.users.get(&workflow.id).copied().unwrap_or(0),
            updated_at: workflow.updated_at,
            deployed_at: deployed.map(|version| version.deployed_at),
            order: workflow.position,
            hidden: workflow.hidden,
            default_enabled: workflow.default_enabled,
            permissions: workflow.permissions.clone(),
        }
    }

    pub(super) fn view(&self, app: &App, workflow: Workflow) -> WorkflowView {
        WorkflowView {
            summary: self.summary(&workflow),
            problems: self.problems(app, &workflow, &workflow.draft).into_iter().map(ProblemView::from).collect(),
            deployed: self.deployed(&workflow).map(|version| DeployedView {
                version_id: version.id,
                number: version.number,
                definition: version.definition.clone(),
                deployed_at: version.deployed_at,
                deployed_by: version.deployed_by.clone(),
            }),
            draft_revision: workflow.draft_revision,
            settings: workflow.settings,
            draft: workflow.draft,
        }
    }

    fn deployed(&self, workflow: &Workflow) -> Option<&Version> {
        self.deployed.iter().find(|version| Some(version.id) == workflow.deployed_version_id)
    }
}
