//! Events of providers, on their way to the runs they start.
//!
//! What an event is and how it is proven is known elsewhere; here it already names one connected
//! account. It is taken once for each account and key, in the commit that holds its runs.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use linchpin_domain::id::{ConfigurationId, ConnectedUserId, CredentialId, IntegrationId, ProjectId, WorkflowId};
use linchpin_domain::template::{Context, Template, has_expression};
use linchpin_domain::trigger::{Kind, Trigger};
use linchpin_store::routing::{ConfigurationRouting, UserRouting};
use linchpin_store::writer::Idempotency;
use serde_json::{Map, Value};

use crate::Engine;
use crate::context::{settings_of, user_of};
use crate::intake::{AcceptError, Accepted, Incoming, Keep, Reason, Target, Wanted};
use crate::snapshot::{Project, Version};

/// How long an event is known as one that was taken: providers repeat a delivery for a day or more.
pub const KEYS_KEPT: Duration = Duration::from_hours(7 * 24);

/// Whether a workflow that waits with these inputs wants an event.
pub type Wants = Arc<dyn Fn(&Map<String, Value>) -> bool + Send + Sync>;

/// An event of a provider for one connected account.
pub struct ProviderEvent {
    /// The tenant.
    pub project_id: ProjectId,
    /// The integration whose provider it is.
    pub integration_id: IntegrationId,
    /// Whose account it is.
    pub user_id: ConnectedUserId,
    /// The account.
    pub credential_id: CredentialId,
    /// The event, as the connector names it.
    pub event: String,
    /// What templates see as `trigger`: the text of a JSON object.
    pub payload: Arc<str>,
    /// The same text on the same account is the same event.
    pub key: String,
    /// Restricts it to one workflow and configuration.
    pub only: Option<(WorkflowId, ConfigurationId)>,
    /// Which inputs want it.
    pub wants: Wants,
}

/// Which workflows an event of a provider is for.
#[derive(Clone)]
pub(crate) struct ProviderWanted {
    integration_id: IntegrationId,
    event: String,
    only: Option<WorkflowId>,
    wants: Wants,
}

impl fmt::Debug for ProviderWanted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ProviderWanted").field("event", &self.event).field("only", &self.only).finish_non_exhaustive()
    }
}

impl ProviderWanted {
    /// The deployed versions that wait for it, whatever their inputs.
    pub fn listening<'a>(&'a self, project: &'a Project) -> impl Iterator<Item = &'a Arc<Version>> {
        project.deployed.iter().filter(|version| {
            version.integration_id == self.integration_id
                && self.only.is_none_or(|only| only == version.workflow_id)
                && version
                    .definition
                    .trigger
                    .as_ref()
                    .and_then(Trigger::provider)
                    .is_some_and(|one| one.event == self.event)
        })
    }

    /// Whether a configuration's inputs want it.
    pub fn takes(&self, version: &Version, project: &Project, user: &UserRouting, on: &ConfigurationRouting) -> bool {
        inputs(version, project, user, on).is_some_and(|inputs| (self.wants)(&inputs))
    }
}

/// The inputs of a version's provider trigger for one configuration; `None` when they cannot be told.
fn inputs(
    version: &Version,
    project: &Project,
    user: &UserRouting,
    configuration: &ConfigurationRouting,
) -> Option<Map<String, Value>> {
    let trigger = version.definition.trigger.as_ref().and_then(Trigger::provider)?;
    let written = Value::Object(trigger.inputs.clone());
    if !has_expression(&written) {
        return Some(trigger.inputs.clone());
    }
    let mut context = Context::default();
    context.set("settings", &Value::Object(settings_of(configuration, version.workflow_id)));
    context.set("user", &user_of(user));
    context.set("secrets", &Value::Object(project.secrets.clone()));
    let filled = Template::parse(&written).and_then(|template| template.fill(&context));
    match filled {
        Ok(Value::Object(filled)) => Some(filled),
        Ok(_) => None,
        Err(error) => {
            tracing::warn!(
                workflow.id = %version.workflow_id,
                configuration.id = %configuration.id,
                // The expression alone: values may be secret.
                expression = error.expression,
                "the inputs of a trigger cannot be filled in; it takes no event"
            );
            None
        }
    }
}

impl Engine {
    /// Accepts an event of a provider: it and its runs are durable when this returns. One that starts
    /// nothing is not recorded: [`AcceptError::Nothing`] says why.
    pub async fn accept_provider_event(&self, event: ProviderEvent) -> Result<Accepted, AcceptError> {
        let ProviderEvent { project_id, integration_id, user_id, credential_id, event, payload, key, only, wants } =
            event;
        let place = only.map(|(workflow, configuration)| format!("{workflow}/{configuration}"));
        let key = format!("provider/{credential_id}/{}/{event}/{key}", place.as_deref().unwrap_or("-"));
        let configuration = only.map(|(_, configuration)| configuration.to_string());
        let wanted =
            ProviderWanted { integration_id, event: event.clone(), only: only.map(|(workflow, _)| workflow), wants };
        let incoming = Incoming {
            project_id,
            user_id,
            kind: Kind::Provider,
            name: event,
            payload,
            wanted: Wanted::Provider(wanted),
            target: Some(Target::one(credential_id, configuration)),
            idempotency: Some(Idempotency::own(&key, self.inner.clock.now().plus(KEYS_KEPT))),
            note: None,
            keep: Keep::WithRuns,
        };
        // The user may have gone, or removed the configuration, since the event was addressed.
        match self.accept(incoming).await {
            Err(AcceptError::NoConfiguration) => Err(AcceptError::Nothing { reason: Reason::NoAccount }),
            outcome => outcome,
        }
    }

    /// The inputs with which a deployed workflow waits for its provider's event in a configuration.
    /// `None` when it does not wait there, or not for this event.
    pub async fn trigger_inputs(
        &self,
        project_id: ProjectId,
        user_id: ConnectedUserId,
        workflow_id: WorkflowId,
        configuration_id: ConfigurationId,
        event: &str,
    ) -> linchpin_store::Result<Option<Map<String, Value>>> {
        let project = self.inner.snapshot.project(project_id).await?;
        let Some(version) = project.of_workflow(workflow_id) else { return Ok(None) };
        let trigger = version.definition.trigger.as_ref().and_then(Trigger::provider);
        if trigger.is_none_or(|trigger| trigger.event != event) {
            return Ok(None);
        }
        let Some(user) = self.inner.snapshot.user(project_id, user_id).await? else { return Ok(None) };
        if !project.permits(workflow_id, &user) {
            return Ok(None);
        }
        let mut configurations = user.credentials.iter().flat_map(|credential| &credential.configurations);
        let Some(on) = configurations.find(|one| one.id == configuration_id) else { return Ok(None) };
        Ok(inputs(version, &project, &user, on))
    }
}
