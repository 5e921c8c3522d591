//! Connected users and imported credentials of a file.
//!
//! An imported account remembers, sealed with its tokens, which tokens it was imported with. The same
//! file later changes nothing, also after the tokens were refreshed or the user has reconnected.

use std::collections::BTreeSet;
use std::sync::Arc;

use linchpin_connectors::Asked;
use linchpin_connectors::manifest::DEFAULT_METHOD;
use linchpin_domain::id::{ConnectedUserId, CredentialId, ProjectId};
use linchpin_domain::input::{self, Input};
use linchpin_domain::permission::permit;
use linchpin_store::Result;
use linchpin_store::configurations::{self, Configuration};
use linchpin_store::connected_users::{self, ConnectedUser};
use linchpin_store::credentials::{self, Credential, Grant, Status, Tokens};
use linchpin_store::enablements::{self, Enablement};
use linchpin_store::integrations::{self, Integration};
use linchpin_store::workflows::{self, Workflow};
use secrecy::ExposeSecret;
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use super::apply::Work;
use super::reader::join;
use super::{PlannedCredential, PlannedUser};
use crate::credentials::Held;

/// Where an account keeps what it was imported with.
const IMPORTED: &str = "imported";

impl Work<'_> {
    pub(super) async fn users(&mut self, project_id: ProjectId) -> Result<()> {
        let plan = self.plan;
        if plan.users.is_empty() {
            return Ok(());
        }
        let integrations = integrations::list(&mut self.tx, project_id).await?;
        let workflows = workflows::list(&mut self.tx, project_id, None).await?;
        for planned in &plan.users {
            let user = self.user(project_id, planned).await?;
            for credential in &planned.credentials {
                let Some(integration) = integrations.iter().find(|found| found.kind == credential.integration) else {
                    let message = format!(
                        "the project has no integration `{}`; add it under `integrations`",
                        credential.integration
                    );
                    self.problem(&credential.pointer, message);
                    continue;
                };
                self.credential(&user, integration, &workflows, credential).await?;
            }
        }
        Ok(())
    }

    async fn user(&mut self, project_id: ProjectId, planned: &PlannedUser) -> Result<ConnectedUser> {
        let found = connected_users::find_by_external_id(&mut self.tx, project_id, &planned.external_id).await?;
        if let Some(mut user) = found {
            if let Some(metadata) = planned.metadata.as_ref().filter(|metadata| **metadata != user.metadata) {
                connected_users::set_metadata(&mut self.tx, project_id, user.id, metadata).await?;
                user.metadata.clone_from(metadata);
                self.changed("connected user", &planned.external_id, vec!["metadata"]);
            }
            return Ok(user);
        }
        let user = ConnectedUser {
            id: ConnectedUserId::fresh(&*self.clock),
            project_id,
            external_id: planned.external_id.clone(),
            metadata: planned.metadata.clone().unwrap_or_default(),
            disabled: false,
            token_seen: false,
            created_at: self.now,
            last_seen_at: None,
        };
        connected_users::add(&mut self.tx, &user).await?;
        self.added("connected user", &planned.external_id);
        Ok(user)
    }

    async fn credential(
        &mut self,
        user: &ConnectedUser,
        integration: &Integration,
        workflows: &[Workflow],
        planned: &PlannedCredential,
    ) -> Result<()> {
        let label = match &planned.external_id {
            Some(id) => format!("{} of {} ({id})", planned.integration, user.external_id),
            None => format!("{} of {}", planned.integration, user.external_id),
        };
        let accounts = credentials::list_of_user(&mut self.tx, user.project_id, user.id).await?;
        let found = accounts
            .into_iter()
            .find(|account| account.integration_id == integration.id && account.external_id == planned.external_id);
        let Some(tokens) = self.tokens(integration, planned) else { return Ok(()) };
        let is_new = found.is_none();
        let mut fields = Vec::new();
        let credential = match found {
            None => {
                let credential = self.new_credential(user, integration, planned);
                credentials::add(&mut self.tx, &credential, Some(&tokens)).await?;
                credential
            }
            Some(credential) => {
                let opened = credentials::open(&mut self.tx, user.project_id, credential.id).await?;
                let known = opened.and_then(|opened| opened.tokens).and_then(|known| known.more.get(IMPORTED).cloned());
                // Without the mark the user has connected the account since: that grant is the newer one.
                if known.is_some() && known.as_ref() != tokens.more.get(IMPORTED) {
                    let credential = Credential {
                        provider_id: planned.provider_id.clone().or(credential.provider_id.clone()),
                        ..credential.clone()
                    };
                    let grant = Grant { tokens, expires_at: planned.expires_at, scopes: planned.scopes.clone() };
                    credentials::reconnect(&mut self.tx, &credential, &grant, self.now).await?;
                    fields.push("tokens");
                }
                credential
            }
        };
        let configuration = self.configuration(user, &credential, planned, is_new, &mut fields).await?;
        self.enable(user, integration, workflows, &configuration, planned, is_new, &mut fields).await?;
        if is_new {
            self.added("account", &label);
        } else if !fields.is_empty() {
            self.changed("account", &label, fields);
        }
        Ok(())
    }

    fn new_credential(
        &mut self,
        user: &ConnectedUser,
        integration: &Integration,
        planned: &PlannedCredential,
    ) -> Credential {
        let label = planned.external_id.clone().or_else(|| planned.provider_id.clone());
        let id = CredentialId::fresh_after(&*self.clock, self.last_account);
        self.last_account = Some(id);
        Credential {
            id,
            project_id: user.project_id,
            user_id: user.id,
            integration_id: integration.id,
            external_id: planned.external_id.clone(),
            status: Status::Valid,
            status_reason: None,
            provider_id: planned.provider_id.clone(),
            provider_data: label.map(|label| Map::from_iter([("label".to_owned(), label.into())])).unwrap_or_default(),
            scopes: planned.scopes.clone().unwrap_or_else(|| integration.scopes.clone()),
            expires_at: planned.expires_at,
            token_version: 1,
            refresh_failures: 0,
            refreshed_at: None,
            created_at: self.now,
            updated_at: self.now,
        }
    }

    async fn configuration(
        &mut self,
        user: &ConnectedUser,
        credential: &Credential,
        planned: &PlannedCredential,
        is_new: bool,
        fields: &mut Vec<&'static str>,
    ) -> Result<Configuration> {
        let project_id = user.project_id;
        let settings = planned.settings.clone();
        let found = if is_new {
            None
        } else {
            configurations::list_of_credential(&mut self.tx, project_id, credential.id).await?.into_iter().next()
        };
        let Some(mut configuration) = found else {
            let settings = settings.unwrap_or_default();
            return configurations::add_default(&mut self.tx, project_id, user.id, credential.id, settings, self.now)
                .await;
        };
        if let Some(settings) = settings.filter(|settings| *settings != configuration.settings) {
            configurations::set_settings(&mut self.tx, project_id, user.id, configuration.id, &settings).await?;
            configuration.settings = settings;
            fields.push("settings");
        }
        Ok(configuration)
    }

    #[expect(clippy::too_many_arguments, reason = "the parts of one account, read in one place")]
    async fn enable(
        &mut self,
        user: &ConnectedUser,
        integration: &Integration,
        workflows: &[Workflow],
        configuration: &Configuration,
        planned: &PlannedCredential,
        is_new: bool,
        fields: &mut Vec<&'static str>,
    ) -> Result<()> {
        let project_id = user.project_id;
        let Some(listed) = &planned.workflows else {
            if is_new {
                enablements::switch_defaults_on(&mut self.tx, project_id, user.id, configuration.id, integration.id)
                    .await?;
            }
            return Ok(());
        };
        let existing = enablements::list_of_user(&mut self.tx, project_id, user.id).await?;
        for entry in listed {
            let mine = |workflow: &&Workflow| workflow.integration_id == integration.id;
            let Some(workflow) = workflows.iter().filter(mine).find(|workflow| workflow.name == entry.workflow) else {
                let names = workflows.iter().filter(mine).map(|workflow| workflow.name.clone()).collect();
                let message = format!(
                    "{} has no workflow `{}`; {}",
                    integration.kind,
                    entry.workflow,
                    linchpin_domain::workflow::names_that_exist(&names)
                );
                self.problems.push(self.plan.doc.key_problem(&entry.pointer, message));
                continue;
            };
            let known = existing
                .iter()
                .find(|known| known.configuration_id == configuration.id && known.workflow_id == workflow.id);
            let settings =
                entry.settings.clone().or_else(|| known.map(|known| known.settings.clone())).unwrap_or_default();
            if entry.enabled && !permit(workflow.permissions.as_ref(), &user.external_id, &user.metadata) {
                let message = format!("the workflow's permissions do not match the metadata of `{}`", user.external_id);
                self.problem(&join(&entry.pointer, "enabled"), message);
            }
            if entry.enabled {
                let missing = missing(&integration.settings, &configuration.settings)
                    .or_else(|| missing(&workflow.settings, &settings));
                if let Some(id) = missing {
                    self.problem(
                        &join(&entry.pointer, "settings"),
                        format!("the workflow needs a value for the setting `{id}` before it can be on"),
                    );
                }
            }
            let wanted = Enablement {
                configuration_id: configuration.id,
                workflow_id: workflow.id,
                enabled: entry.enabled,
                settings,
            };
            let same = known.is_some_and(|known| known.enabled == wanted.enabled && known.settings == wanted.settings);
            if !same {
                enablements::set(&mut self.tx, project_id, user.id, &wanted).await?;
                if !fields.contains(&"workflows") {
                    fields.push("workflows");
                }
            }
        }
        Ok(())
    }
}

fn missing(inputs: &[Input], values: &Map<String, Value>) -> Option<String> {
    input::missing(inputs, values).first().map(|input| input.id.clone())
}

impl Work<'_> {
    /// What an account is imported with. What does not fit the connector is a problem.
    fn tokens(&mut self, integration: &Integration, planned: &PlannedCredential) -> Option<Tokens> {
        let Some(manifest) = self.registry.find(&integration.kind).map(Arc::clone) else {
            let message = format!("name {} under `integrations`, with its connector", integration.kind);
            self.problem(&planned.pointer, message);
            return None;
        };
        let name = planned.account_type.as_deref().unwrap_or(DEFAULT_METHOD);
        let Some(method) = manifest.method(name) else {
            let names: BTreeSet<String> = manifest.methods().map(|(name, _)| name.to_owned()).collect();
            let known = linchpin_domain::workflow::names_that_exist(&names);
            let at = join(&planned.pointer, "accountType");
            self.problem(&at, format!("{} is not connected by `{name}`; {known}", manifest.name));
            return None;
        };
        let given: Map<String, Value> =
            planned.inputs.iter().map(|(name, value)| (name.clone(), value.expose_secret().into())).collect();
        let inputs = match linchpin_connectors::answers(&manifest, method, Asked::Before, &given) {
            Ok(inputs) => inputs,
            Err(misfits) => {
                for misfit in misfits {
                    let at = join(&join(&planned.pointer, "inputs"), &misfit.input);
                    self.problem(&at, misfit.to_string());
                }
                return None;
            }
        };
        if method.oauth2.is_some() && planned.access_token.is_none() {
            self.problem(&planned.pointer, "`accessToken` is missing: an imported account needs one");
            return None;
        }
        let mut hash = Sha256::new();
        let parts = [planned.access_token.as_ref(), planned.refresh_token.as_ref()];
        for part in parts.into_iter().flatten().chain(planned.inputs.iter().map(|(_, value)| value)) {
            hash.update(part.expose_secret().as_bytes());
            hash.update([0]);
        }
        hash.update(planned.expires_at.map(|at| at.as_millis().to_string()).unwrap_or_default());
        let mut more = Held { method: name.to_owned(), inputs }.into_more();
        more.insert(IMPORTED.to_owned(), hex::encode(hash.finalize()).into());
        Some(Tokens {
            access_token: planned.access_token.clone().unwrap_or_default(),
            refresh_token: planned.refresh_token.clone(),
            more,
        })
    }
}
