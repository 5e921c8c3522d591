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
use linchpin_store::Store;
use linchpin_store::hook_registrations::{self as rows, Account, HookRegistration, State};
use secrecy::SecretString;
use serde_json::json;
use sha2::{Digest, Sha256};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::registering::{Plan, url_of};
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
                match self.plan().await {
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
            rows::add(&mut tx, &hook, &plan.seal()).await?;
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
            let Some(Trigger::Webhook(trigger)) = declared.definition.trigger.clone() else { continue };
            if trigger.register.is_none() {
                continue;
            }
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
        let filled = self
            .engine
            .hook_request(declared.project_id, &register.request, &values, &json!({"url": url_of(&base, "")}))
            .await?;
        let endpoint = setup.endpoint.clone();
        let parts = json!([filled.ok(), register, endpoint, base]).to_string();
        let fingerprint = hex::encode(Sha256::digest(parts.as_bytes()));
        let plan = Plan { connector: setup.manifest.kind.clone(), endpoint, base, register, values };
        Ok(Some(Wanted { declared, account, plan, fingerprint }))
    }
}

impl Plan {
    fn seal(&self) -> SecretString {
        SecretString::from(serde_json::to_string(self).expect("a plan is JSON"))
    }
}

fn going(hook: HookRegistration, now: Timestamp) -> HookRegistration {
    HookRegistration { state: State::Removing, attempts: 0, fault: None, due_at: Some(now), updated_at: now, ..hook }
}
