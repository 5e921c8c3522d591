//! Webhooks of a project's own: who listens, what their hooks at the provider are made with, and the
//! deliveries on their way to the runs they start.

use std::sync::Arc;

use linchpin_domain::http_request::RequestSpec;
use linchpin_domain::id::{ConfigurationId, ConnectedUserId, CredentialId, IntegrationId, ProjectId, WorkflowId};
use linchpin_domain::template::{Context, Template};
use linchpin_domain::trigger::{Kind, Trigger};
use linchpin_domain::webhook_trigger::{Scope, WebhookTrigger};
use linchpin_store::writer::Idempotency;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::Engine;
use crate::context::{Masker, settings_of, user_of};
use crate::intake::{AcceptError, Accepted, Incoming, Keep, Target, Wanted};
use crate::provider::KEYS_KEPT;
use crate::requesting;
use crate::snapshot::Project;

/// Whose webhook it is.
#[derive(Debug, Clone, Copy)]
pub enum WebhookOf<'a> {
    /// One workflow's, with an address for each account.
    Workflow(WorkflowId),
    /// The app's of this name: every workflow that declares it.
    App(&'a str),
}

/// A deployed workflow that waits for a webhook.
pub struct Listening {
    /// The workflow.
    pub workflow_id: WorkflowId,
    /// What it declares.
    pub trigger: WebhookTrigger,
    project: Arc<Project>,
}

/// A delivery for one account, proven.
pub struct WebhookDelivery {
    /// The tenant.
    pub project_id: ProjectId,
    /// Whose account it is.
    pub user_id: ConnectedUserId,
    /// The account.
    pub credential_id: CredentialId,
    /// The workflow.
    pub workflow_id: WorkflowId,
    /// What lists show.
    pub name: String,
    /// What templates see as `trigger`: the text of a JSON object.
    pub payload: Arc<str>,
    /// The same text on the same account is the same event.
    pub once: Option<String>,
    /// Whether it is recorded also when it starts nothing; else [`AcceptError::Nothing`] says why.
    pub keep_without_runs: bool,
}

/// What the requests of a hook are filled in with, besides secrets: an account's settings and user.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct HookValues {
    /// `settings`.
    pub settings: Value,
    /// `user`.
    pub user: Value,
    /// `inputs`: of the trigger that is an event of the provider.
    #[serde(default)]
    pub inputs: Value,
}

impl Listening {
    /// Fills a text of the declaration in, over `secrets` and `webhook`. A secret that the project does not
    /// have fills nothing in.
    pub fn fill(&self, text: &str, webhook: &Value) -> Option<String> {
        let mut context = Context::default();
        context.set("secrets", &Value::Object(self.project.secrets.clone()));
        context.set("webhook", webhook);
        let template = Template::parse(&Value::String(text.to_owned())).ok()?;
        match template.fill(&context).ok()? {
            Value::String(filled) if !filled.is_empty() => Some(filled),
            _ => None,
        }
    }
}

impl Engine {
    /// The deployed workflows that wait for a webhook.
    pub async fn listening(
        &self,
        project_id: ProjectId,
        integration_id: IntegrationId,
        of: WebhookOf<'_>,
    ) -> linchpin_store::Result<Vec<Listening>> {
        let project = self.inner.snapshot.project(project_id).await?;
        let versions: Vec<_> = match of {
            WebhookOf::Workflow(workflow_id) => project.of_workflow(workflow_id).into_iter().collect(),
            WebhookOf::App(_) => project.deployed.iter().collect(),
        };
        let listening = versions.into_iter().filter(|version| version.integration_id == integration_id);
        let listening = listening.filter_map(|version| {
            let Some(Trigger::Webhook(trigger)) = &version.definition.trigger else { return None };
            let meant = match of {
                WebhookOf::Workflow(_) => trigger.scope == Scope::Account,
                WebhookOf::App(name) => trigger.scope == Scope::App && trigger.name == name,
            };
            let (workflow_id, project) = (version.workflow_id, Arc::clone(&project));
            meant.then(|| Listening { workflow_id, trigger: (**trigger).clone(), project })
        });
        Ok(listening.collect())
    }

    /// Accepts a delivery of a workflow's own webhook for one account.
    pub async fn accept_webhook(&self, delivery: WebhookDelivery) -> Result<Accepted, AcceptError> {
        let WebhookDelivery { project_id, user_id, credential_id, workflow_id, name, payload, once, keep_without_runs } =
            delivery;
        let idempotency = once.map(|once| {
            let key = format!("webhook/{credential_id}/{workflow_id}/{once}");
            Idempotency::own(&key, self.inner.clock.now().plus(KEYS_KEPT))
        });
        self.accept(Incoming {
            project_id,
            user_id,
            kind: Kind::Webhook,
            name,
            payload,
            wanted: Wanted::Workflow(workflow_id),
            target: Some(Target::one(credential_id, None)),
            idempotency,
            note: None,
            keep: if keep_without_runs { Keep::Always } else { Keep::WithRuns },
        })
        .await
    }

    /// What a workflow's hook is made with for a configuration. `None` when the workflow is not deployed or
    /// not on there, or not permitted to its user.
    pub async fn hook_values(
        &self,
        project_id: ProjectId,
        user_id: ConnectedUserId,
        workflow_id: WorkflowId,
        configuration_id: ConfigurationId,
    ) -> linchpin_store::Result<Option<HookValues>> {
        let project = self.inner.snapshot.project(project_id).await?;
        let Some(user) = self.inner.snapshot.user(project_id, user_id).await? else { return Ok(None) };
        if project.of_workflow(workflow_id).is_none() || !project.permits(workflow_id, &user) {
            return Ok(None);
        }
        let mut configurations = user.credentials.iter().flat_map(|credential| &credential.configurations);
        let found = configurations
            .find(|one| one.id == configuration_id && one.enabled.iter().any(|(enabled, _)| *enabled == workflow_id));
        Ok(found.map(|configuration| HookValues {
            settings: Value::Object(settings_of(configuration, workflow_id)),
            user: user_of(&user),
            inputs: Value::Null,
        }))
    }

    /// Fills in a request of a hook, with the secrets that the project has now.
    pub async fn hook_request(
        &self,
        project_id: ProjectId,
        request: &RequestSpec,
        values: &HookValues,
        webhook: &Value,
    ) -> linchpin_store::Result<Result<RequestSpec, String>> {
        let project = self.inner.snapshot.project(project_id).await?;
        let mut context = Context::default();
        context.set("settings", &values.settings);
        context.set("user", &values.user);
        context.set("inputs", &values.inputs);
        context.set("webhook", webhook);
        context.set("secrets", &Value::Object(project.secrets.clone()));
        let filled = Template::parse(&request.templates()).map_err(|error| error.to_string());
        let filled = filled.and_then(|template| requesting::spec(&template, &context));
        Ok(filled.map_err(|message| Masker::of(&project).text(message)))
    }

    /// Masks the project's secrets in a text that is kept or shown.
    pub async fn masked(&self, project_id: ProjectId, text: String) -> linchpin_store::Result<String> {
        let project = self.inner.snapshot.project(project_id).await?;
        Ok(Masker::of(&project).text(text))
    }
}
