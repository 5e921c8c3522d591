//! Hooks that are made at providers by requests of ours: what is wanted is compared with what there is,
//! and the difference is worked off, again and again until there is none.
//!
//! Wanted is a hook for each account that has a workflow on which declares one, and one for an app's. It
//! goes when the workflow is switched off or undeployed, and when the account is disconnected. An account
//! that must be reconnected keeps its hooks. Nothing is lost by a kill: that a request is about to be sent
//! is written before it is, and a hook that may have been made is looked for, or gets another address.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use linchpin_domain::id::{CredentialId, HookRegistrationId, WorkflowId, secret_text};
use linchpin_domain::trigger::Trigger;
use linchpin_domain::webhook_trigger::{Scope, WebhookTrigger};
use linchpin_domain::{Clock, Timestamp};
use linchpin_engine::{Engine, HookValues};
use linchpin_store::hook_registrations::{self as rows, Account, HookRegistration, State};
use linchpin_store::{Store, Tx};
use secrecy::SecretString;
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::registering::{HookPlan, Plan, url_of};
use crate::config::Config;
use crate::credentials::Connections;

/// Hooks that are worked on at once.
const AT_ONCE: usize = 8;

/// What hooks are made and removed with.
#[derive(Clone)]
pub struct Registrar {
    /// Where hooks are remembered.
    pub store: Store,
    /// Knows who wants which.
    pub engine: Engine,
    /// Asks providers.
    pub connections: Connections,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// The address that providers call.
    pub config: Arc<Config>,
    /// Cancelled when it ends.
    pub stop: CancellationToken,
}

/// A hook that should be there.
struct Wanted {
    declared: rows::Declared,
    account: Option<Account>,
    plan: Plan,
    fingerprint: String,
}

type Key = (WorkflowId, Option<CredentialId>);

/// Starts it; it ends when `stop` is cancelled.
pub fn start(registrar: Registrar) {
    tokio::spawn(async move {
        let stop = registrar.stop.clone();
        tokio::select! {
            () = stop.cancelled() => {}
            () = registrar.run() => {}
        }
    });
}

impl Registrar {
    async fn run(self) {
        let (mut planned, mut next_plan) = (None, Timestamp::default());
        let mut working: JoinSet<HookRegistrationId> = JoinSet::new();
        let mut busy: HashSet<HookRegistrationId> = HashSet::new();
        loop {
            tokio::time::sleep(Duration::from_millis(500)).await;
            let (generation, now) = (self.store.generation(), self.clock.now());
            if planned != Some(generation) && now >= next_plan {
                match Box::pin(self.plan()).await {
                    Ok(()) => planned = Some(generation),
                    Err(error) => {
                        tracing::warn!(
                            error = &error as &dyn std::error::Error,
                            "it is not known which hooks are wanted"
                        );
                    }
                }
                // With very many users planning takes its time: it must not be all that is done.
                next_plan = self.clock.now().plus(self.clock.now().since(now) * 20);
            }
            while let Some(done) = working.try_join_next() {
                if let Ok(id) = done {
                    busy.remove(&id);
                }
            }
            let due = match self.due().await {
                Ok(due) => due,
                Err(error) => {
                    tracing::warn!(error = &error as &dyn std::error::Error, "hooks that are due could not be read");
                    continue;
                }
            };
            for hook in due {
                if working.len() >= AT_ONCE || !busy.insert(hook.id) {
                    continue;
                }
                let registrar = self.clone();
                working.spawn(async move {
                    let id = hook.id;
                    if let Err(error) = registrar.work(hook).await {
                        tracing::warn!(error = &error as &dyn std::error::Error, hook.id = %id, "a hook could not be worked on");
                    }
                    id
                });
            }
        }
    }

    async fn due(&self) -> linchpin_store::Result<Vec<HookRegistration>> {
        let mut conn = self.store.read().await?;
        rows::due(&mut conn, self.clock.now(), 4 * AT_ONCE as i64).await
    }

    /// Compares what is wanted with what there is, and writes down what is to be done.
    async fn plan(&self) -> linchpin_store::Result<()> {
        let (wanted, held) = self.wanted().await?;
        let mut conn = self.store.read().await?;
        let mut live: HashMap<Key, Vec<HookRegistration>> = HashMap::new();
        for hook in rows::all(&mut conn).await? {
            if matches!(hook.state, State::Registering | State::Registered) {
                live.entry((hook.workflow_id, hook.account.map(|account| account.credential_id)))
                    .or_default()
                    .push(hook);
            }
        }
        drop(conn);
        if wanted.is_empty() && live.is_empty() {
            return Ok(());
        }
        let now = self.clock.now();
        let mut tx = self.store.begin().await?;
        for Wanted { declared, account, plan, fingerprint } in wanted {
            let there = live.remove(&(declared.workflow_id, account.map(|account| account.credential_id)));
            let (same, other): (Vec<_>, Vec<_>) =
                there.unwrap_or_default().into_iter().partition(|hook| hook.fingerprint == fingerprint);
            for hook in other {
                rows::update(&mut tx, &going(hook, now)).await?;
            }
            if !same.is_empty() {
                continue;
            }
            let hook = HookRegistration {
                id: HookRegistrationId::fresh(&*self.clock),
                project_id: declared.project_id,
                integration_id: declared.integration_id,
                workflow_id: declared.workflow_id,
                account,
                address: secret_text(&*self.clock)[..32].to_owned(),
                fingerprint,
                state: State::Registering,
                provider_id: None,
                sent_at: None,
                attempts: 0,
                fault: None,
                due_at: Some(now),
                created_at: now,
                updated_at: now,
            };
            self.add(&mut tx, &hook, &plan).await?;
        }
        let unwanted = live.into_iter().filter(|(key, _)| !held.contains(key)).flat_map(|(_, hooks)| hooks);
        for hook in unwanted {
            rows::update(&mut tx, &going(hook, now)).await?;
        }
        tx.commit().await
    }

    /// What is wanted; and whose hooks stay as they are, because nothing can be asked there just now.
    async fn wanted(&self) -> linchpin_store::Result<(Vec<Wanted>, HashSet<Key>)> {
        let (mut wanted, mut held) = (Vec::new(), HashSet::new());
        let mut conn = self.store.read().await?;
        let all = rows::declared(&mut conn).await?;
        drop(conn);
        for declared in all {
            let trigger = match declared.definition.trigger.clone() {
                Some(Trigger::Webhook(trigger)) if trigger.register.is_some() => trigger,
                Some(Trigger::Provider(trigger)) => {
                    self.of_provider(declared, &trigger.event, &mut wanted, &mut held).await?;
                    continue;
                }
                _ => continue,
            };
            if trigger.scope == Scope::App {
                wanted.extend(self.wants(declared, &trigger, None, HookValues::default()).await?);
                continue;
            }
            let mut conn = self.store.read().await?;
            let accounts = rows::wanting(&mut conn, declared.project_id, declared.workflow_id).await?;
            drop(conn);
            for rows::Wanting { account, works } in accounts {
                let key = (declared.workflow_id, Some(account.credential_id));
                if !works {
                    held.insert(key);
                    continue;
                }
                let (project, workflow) = (declared.project_id, declared.workflow_id);
                let values =
                    self.engine.hook_values(project, account.user_id, workflow, account.configuration_id).await?;
                let Some(values) = values else { continue };
                let declared = rows::Declared { definition: declared.definition.clone(), ..declared };
                wanted.extend(self.wants(declared, &trigger, Some(account), values).await?);
            }
        }
        Ok((wanted, held))
    }

    /// The hooks of an event of the provider, where its connector says how they are made. Where providers
    /// cannot call this server none is wanted: the poll finds everything.
    async fn of_provider(
        &self,
        declared: rows::Declared,
        event: &str,
        wanted: &mut Vec<Wanted>,
        held: &mut HashSet<Key>,
    ) -> linchpin_store::Result<()> {
        let (project, workflow) = (declared.project_id, declared.workflow_id);
        let Some(setup) = self.connections.setup(project, declared.integration_id).await? else { return Ok(()) };
        let Some(trigger) = setup.manifest.triggers.get(event) else { return Ok(()) };
        let Some(rule) = &trigger.hook else { return Ok(()) };
        if self.config.public_url.scheme() != "https" && setup.endpoint.base_urls.is_empty() {
            return Ok(());
        }
        let mut conn = self.store.read().await?;
        let accounts = rows::wanting(&mut conn, project, workflow).await?;
        drop(conn);
        for rows::Wanting { account, works } in accounts {
            if !works {
                held.insert((workflow, Some(account.credential_id)));
                continue;
            }
            let configuration = account.configuration_id;
            let values = self.engine.hook_values(project, account.user_id, workflow, configuration).await?;
            let inputs = self.engine.trigger_inputs(project, account.user_id, workflow, configuration, event).await?;
            let (Some(values), Some(inputs)) = (values, inputs) else { continue };
            let inputs: Map<String, Value> = trigger.input_values(&inputs).into_iter().collect();
            let values = HookValues { inputs: Value::Object(inputs), ..values };
            let url = self.config.custom_webhook_url(project, declared.integration_id, workflow);
            let declared = rows::Declared { definition: declared.definition.clone(), ..declared };
            let plan = Plan {
                connector: setup.manifest.kind.clone(),
                endpoint: setup.endpoint.clone(),
                base: format!("{url}?id={}", account.credential_id),
                register: rule.register.clone(),
                values,
                hook: Some(HookPlan::of(event, rule)),
            };
            wanted.push(self.want(declared, Some(account), plan).await?);
        }
        Ok(())
    }

    async fn wants(
        &self,
        declared: rows::Declared,
        trigger: &WebhookTrigger,
        account: Option<Account>,
        values: HookValues,
    ) -> linchpin_store::Result<Option<Wanted>> {
        let Some(register) = trigger.register.clone() else { return Ok(None) };
        let Some(setup) = self.connections.setup(declared.project_id, declared.integration_id).await? else {
            return Ok(None);
        };
        let base = match account {
            Some(account) => {
                let url =
                    self.config.custom_webhook_url(declared.project_id, declared.integration_id, declared.workflow_id);
                format!("{url}?id={}", account.credential_id)
            }
            None => self.config.app_webhook_url(declared.project_id, declared.integration_id, &trigger.name),
        };
        let (connector, endpoint) = (setup.manifest.kind.clone(), setup.endpoint.clone());
        let plan = Plan { connector, endpoint, base, register, values, hook: None };
        self.want(declared, account, plan).await.map(Some)
    }

    /// A hook that is wanted, with what tells it from one that is made otherwise.
    async fn want(
        &self,
        declared: rows::Declared,
        account: Option<Account>,
        plan: Plan,
    ) -> linchpin_store::Result<Wanted> {
        let webhook = json!({"url": url_of(&plan.base, ""), "name": "", "secret": ""});
        let Plan { register, endpoint, base, hook, .. } = &plan;
        let filled = self.engine.hook_request(declared.project_id, &register.request, &plan.values, &webhook).await?;
        // A workflow's own hooks are told apart as ever: those that are there stay.
        let parts = match hook {
            None => json!([filled.ok(), register, endpoint, base]),
            Some(hook) => json!([filled.ok(), register, endpoint, base, hook]),
        };
        let fingerprint = hex::encode(Sha256::digest(parts.to_string().as_bytes()));
        Ok(Wanted { declared, account, plan, fingerprint })
    }

    /// Writes a new hook down, with the secret that is chosen for it where the provider gives none.
    pub(super) async fn add(&self, tx: &mut Tx, hook: &HookRegistration, plan: &Plan) -> linchpin_store::Result<()> {
        rows::add(tx, hook, &plan.seal()).await?;
        if plan.hook.as_ref().is_some_and(|hook| hook.own_secret) {
            let secret = SecretString::from(secret_text(&*self.clock));
            rows::set_secret(tx, hook.project_id, hook.id, &secret).await?;
        }
        Ok(())
    }
}

impl Plan {
    fn seal(&self) -> SecretString {
        SecretString::from(serde_json::to_string(self).expect("a plan is JSON"))
    }
}

/// A hook that is to be removed.
pub(super) fn going(hook: HookRegistration, now: Timestamp) -> HookRegistration {
    HookRegistration { state: State::Removing, attempts: 0, fault: None, due_at: Some(now), updated_at: now, ..hook }
}
