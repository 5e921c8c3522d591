//! Connected accounts in use: tokens held in memory, refreshed one at a time, and the [`Connector`] that
//! the engine performs actions through.
//!
//! A call with an account whose token is in memory costs no database read. A change that the store
//! announces for the account's user, or for its project, makes the next call read again.
//!
//! ```text
//! perform ─► live (memory) ──────────────► call ─► answer
//!              │ unknown, or about to expire  ▲ │ 401
//!              └─► refresh: lock, lease ──────┘ └─► renew once, call once more, else INVALID
//! ```

pub mod connect;
mod joined;
mod live;
mod own;
mod reader;
mod refresh;
mod revoke;
mod setup;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use linchpin_connectors::manifest::OWN;
use linchpin_connectors::{
    Access, Account, Client, ClientTokens, Endpoint, Pace, RawRequest, RawResponse, Registry, Urgency,
};
use linchpin_domain::Clock;
use linchpin_domain::connector::{ActionCall, ActionError, ActionOutput, ActionPlan, Connector, Sent, Settled};
use linchpin_domain::http_request::{RequestCall, RequestSpec};
use linchpin_domain::id::{ConnectedUserId, CredentialId, ProjectId, secret_text};
use linchpin_store::credentials::{self as rows, Tokens};
use linchpin_store::hook_registrations::KeptAccess;
use linchpin_store::{Change, Store};
use quick_cache::sync::Cache;
use tokio_util::task::TaskTracker;

pub(crate) use live::Held;
pub use live::Live;
pub use own::connectors;
pub use reader::Reader;
pub use revoke::Revocation;
pub use setup::Setup;

/// Accounts whose tokens are held in memory.
const ACCOUNTS: usize = 100_000;
/// Projects whose integrations are held in memory.
const PROJECTS: usize = 10_000;
/// How often a request of the caller's own is sent again where the account had to wait.
const REPEATS: u32 = 4;
/// Between two times.
const SHORTEST_WAIT: Duration = Duration::from_millis(100);

/// The connected accounts of all projects, ready to be called with. Cheap to clone.
#[derive(Clone)]
pub struct Connections {
    inner: Arc<Inner>,
}

pub(crate) struct Inner {
    store: Store,
    registry: Arc<Registry>,
    client: Client,
    clock: Arc<dyn Clock>,
    /// Holds calls back that an account's quota does not allow yet.
    pace: Pace,
    /// Tokens that request steps fetch with client credentials.
    tokens: ClientTokens,
    /// Names this process in leases.
    owner: String,
    live: Arc<Cache<CredentialId, Arc<Live>>>,
    /// One per user with live accounts; cleared when the user changes.
    marks: moka::sync::Cache<ConnectedUserId, live::Mark>,
    setups: Arc<Cache<ProjectId, Arc<setup::Setups>>>,
    /// Connectors of projects' own.
    own: own::OwnConnectors,
    /// Raised by every change of a project.
    project_changes: Arc<AtomicU64>,
    locks: live::Locks,
    /// Refreshes under way: they outlive the call that asked for them.
    tasks: TaskTracker,
}

impl Connections {
    /// Over a store; follows its changes.
    pub fn new(store: Store, registry: Arc<Registry>, client: Client) -> Self {
        let clock = Arc::clone(store.clock());
        let inner = Inner {
            owner: secret_text(&*clock)[..32].to_owned(),
            store,
            registry,
            client,
            pace: Pace::new(Arc::clone(&clock)),
            tokens: ClientTokens::default(),
            clock,
            live: Arc::new(Cache::new(ACCOUNTS)),
            marks: moka::sync::Cache::builder()
                .max_capacity(ACCOUNTS as u64)
                // A user who is forgotten can no longer be told of a change.
                .eviction_listener(|_, mark: live::Mark, _| mark.clear())
                .build(),
            setups: Arc::new(Cache::new(PROJECTS)),
            own: own::OwnConnectors::default(),
            project_changes: Arc::default(),
            locks: live::Locks::default(),
            tasks: TaskTracker::new(),
        };
        let (live, marks, setups) = (inner.live.clone(), inner.marks.clone(), inner.setups.clone());
        let changes = Arc::clone(&inner.project_changes);
        let inner = Arc::new(inner);
        // The store holds what it tells of changes, and must not hold itself.
        let weak = Arc::downgrade(&inner);
        inner.store.on_change(move |change| match change {
            Change::User(_, user) => {
                if let Some(mark) = marks.get(&user) {
                    mark.clear();
                }
                marks.invalidate(&user);
            }
            Change::Project(project) => {
                changes.fetch_add(1, Ordering::SeqCst);
                setups.remove(&project);
                own::read_again(&weak, Some(project));
            }
            Change::Everything => {
                changes.fetch_add(1, Ordering::SeqCst);
                setups.clear();
                // Another process may have given an account new tokens.
                live.clear();
                marks.invalidate_all();
                own::read_again(&weak, None);
            }
        });
        Self { inner }
    }

    /// At the start of a process that has the database to itself: leases of an earlier process are void.
    pub async fn take_over(&self) -> linchpin_store::Result<()> {
        let mut tx = self.inner.store.begin().await?;
        let voided = rows::expire_claims(&mut tx, &self.inner.owner, self.inner.clock.now()).await?;
        tx.commit().await?;
        self.inner.own.load(&self.inner.store, &self.inner.registry).await?;
        if voided > 0 {
            tracing::warn!(accounts = voided, "an earlier process ended while it refreshed tokens");
        }
        Ok(())
    }

    /// Lets refreshes under way finish for at most `patience`: a grant whose answer is not written is lost.
    pub async fn stop(&self, patience: Duration) {
        self.inner.tasks.close();
        if tokio::time::timeout(patience, self.inner.tasks.wait()).await.is_err() {
            tracing::warn!("a token refresh did not finish in time");
        }
    }

    /// The connectors.
    pub fn registry(&self) -> &Arc<Registry> {
        &self.inner.registry
    }

    /// The connectors that a project can use: those of the binary and its own.
    pub async fn registry_of(&self, project_id: ProjectId) -> linchpin_store::Result<Arc<Registry>> {
        Ok(Arc::clone(&self.inner.setups_of(project_id).await?.registry))
    }

    /// The same without asking the database.
    pub fn known_registry_of(&self, project_id: ProjectId) -> Arc<Registry> {
        self.inner.own.of(project_id, &self.inner.registry)
    }

    /// The client that calls providers.
    pub fn client(&self) -> &Client {
        &self.inner.client
    }

    /// The accounts that are nearest to a limit of their provider, with what is used of each of its quotas.
    pub fn quotas(&self, count: usize) -> Vec<(CredentialId, Vec<linchpin_connectors::Used>)> {
        self.inner.pace.busiest(count)
    }

    /// An integration as calls need it; `None` when the project has none of this id or no connector for it.
    pub async fn setup(
        &self,
        project_id: ProjectId,
        integration_id: linchpin_domain::id::IntegrationId,
    ) -> linchpin_store::Result<Option<Arc<Setup>>> {
        self.inner.setup(project_id, integration_id).await
    }

    /// Sends a request of the caller's own with an account's token. A 401 is answered only after a
    /// refresh did not help; the account is INVALID then. Where the account has to wait, by the provider's
    /// word or by our count of its quota, it is sent again as long as `patience` lasts: what was refused so
    /// was not done. `told` learns of every wait that the provider asks for.
    pub async fn raw(
        &self,
        project_id: ProjectId,
        credential_id: CredentialId,
        request: RawRequest<'_>,
        patience: Duration,
        told: &(dyn Fn(Duration) + Sync),
    ) -> (Result<RawResponse, ActionError>, u32) {
        let (mut left, mut sent) = (patience, 0);
        loop {
            let live = match self.inner.live(project_id, credential_id).await {
                Ok(live) => live,
                Err(error) => return (Err(error), sent),
            };
            let outcome = self.raw_with(Arc::clone(&live), request.clone(), Urgency::Interactive).await;
            let wait = match &outcome {
                Ok(answer) => {
                    let wait = answer.asks_to_wait(&live.setup.manifest);
                    wait.into_iter().for_each(told);
                    wait
                }
                Err(ActionError::RateLimited { retry_after, .. }) => Some(*retry_after),
                Err(_) => None,
            };
            // What is held back here was not sent.
            sent += u32::from(!matches!(outcome, Err(ActionError::RateLimited { .. })));
            match wait.map(|wait| wait.max(SHORTEST_WAIT)) {
                Some(wait) if wait <= left && sent <= REPEATS => {
                    left -= wait;
                    tokio::time::sleep(wait).await;
                }
                _ => return (outcome, sent),
            }
        }
    }

    /// Reads a list that a setting offers, from an account.
    pub async fn options(
        &self,
        project_id: ProjectId,
        credential_id: CredentialId,
        source: &str,
        wanted: linchpin_connectors::Wanted<'_>,
    ) -> Result<linchpin_connectors::Choices, ActionError> {
        let read = |live: Arc<Live>| async move {
            self.inner.permit(&live, None, Urgency::Interactive)?;
            let manifest = &live.setup.manifest;
            linchpin_connectors::options(&self.inner.client, manifest, live.account(), source, wanted).await
        };
        let live = self.inner.live(project_id, credential_id).await?;
        match read(Arc::clone(&live)).await {
            Err(ActionError::Reauthorize { .. }) => {
                let renewed = self.inner.renew(&live).await?;
                let outcome = read(Arc::clone(&renewed)).await;
                self.inner.note(&renewed, outcome.as_ref().err()).await;
                outcome
            }
            outcome => outcome,
        }
    }

    /// Sends a step's own kind of request with the token of an account whose row is gone.
    pub async fn request_without_row(
        &self,
        (project_id, connector, endpoint): (ProjectId, &str, &Endpoint),
        kept: &KeptAccess,
        request: &RequestSpec,
    ) -> Result<ActionOutput, ActionError> {
        let unknown = || ActionError::Invalid { message: format!("there is no connector `{connector}`") };
        let registry = self.known_registry_of(project_id);
        let manifest = registry.find(connector).ok_or_else(unknown)?;
        let prepared = linchpin_connectors::prepare_request(request)?;
        let tokens = Tokens { access_token: kept.token.clone(), refresh_token: None, more: kept.more.clone() };
        let Held { method, inputs } = Held::of(&tokens);
        let access = Access { method, inputs, ..Access::bearer(kept.token.clone()) };
        let account = Account { access: &access, endpoint };
        let answer = linchpin_connectors::raw(&self.inner.client, manifest, account, prepared.raw()).await;
        linchpin_connectors::from_account(manifest, &prepared, answer)
    }

    async fn raw_with(
        &self,
        live: Arc<Live>,
        request: RawRequest<'_>,
        urgency: Urgency,
    ) -> Result<RawResponse, ActionError> {
        let send = |live: Arc<Live>, request| async move {
            self.inner.permit(&live, None, urgency)?;
            let manifest = &live.setup.manifest;
            let answer = linchpin_connectors::raw(&self.inner.client, manifest, live.account(), request).await?;
            self.inner.pace.learn(live.credential_id, manifest, None, answer.status, &answer.headers);
            Ok::<_, ActionError>(answer)
        };
        let answer = send(Arc::clone(&live), request.clone()).await?;
        if answer.status != 401 {
            return Ok(answer);
        }
        let Ok(renewed) = self.inner.renew(&live).await else { return Ok(answer) };
        let answer = send(Arc::clone(&renewed), request).await?;
        if answer.status == 401 {
            self.inner.give_up(&renewed, "the provider no longer accepts this account").await;
        }
        Ok(answer)
    }
}

#[async_trait]
impl Connector for Connections {
    fn plan(&self, call: &ActionCall) -> Result<ActionPlan, ActionError> {
        let registry = self.known_registry_of(call.project_id);
        let manifest = registry.find(&call.connector).ok_or_else(|| {
            if call.connector.starts_with(OWN) {
                // Another process may have added it a moment ago.
                return ActionError::Unreachable {
                    provider: call.connector.clone(),
                    sent: Sent::No,
                    message: "this connector is not known yet".into(),
                    exchange: None,
                };
            }
            ActionError::Invalid { message: format!("there is no connector `{}`", call.connector) }
        })?;
        let mut plan = linchpin_connectors::plan(manifest, &call.action, &call.inputs)?;
        plan.join = self.inner.join(manifest, call);
        Ok(plan)
    }

    async fn perform(&self, call: &ActionCall) -> Result<ActionOutput, ActionError> {
        let live = self.inner.live_for(call).await?;
        match self.inner.perform_once(&live, call).await {
            Err(ActionError::Reauthorize { .. }) => {
                let renewed = self.inner.renew(&live).await?;
                let outcome = self.inner.perform_once(&renewed, call).await;
                self.inner.note(&renewed, outcome.as_ref().err()).await;
                outcome
            }
            outcome => outcome,
        }
    }

    async fn perform_joined(&self, calls: &[ActionCall]) -> Vec<Result<ActionOutput, ActionError>> {
        self.part(calls).await
    }

    async fn settle(&self, call: &ActionCall) -> Result<Settled, ActionError> {
        let live = self.inner.live_for(call).await?;
        match self.inner.settle_once(&live, call).await {
            Err(ActionError::Reauthorize { .. }) => {
                let renewed = self.inner.renew(&live).await?;
                let outcome = self.inner.settle_once(&renewed, call).await;
                self.inner.note(&renewed, outcome.as_ref().err()).await;
                outcome
            }
            outcome => outcome,
        }
    }

    async fn request(&self, call: &RequestCall) -> Result<ActionOutput, ActionError> {
        let Some(connector) = &call.connector else {
            return linchpin_connectors::request(
                &self.inner.client,
                &self.inner.tokens,
                &*self.inner.clock,
                &call.request,
            )
            .await;
        };
        let prepared = linchpin_connectors::prepare_request(&call.request)?;
        let credential_id = call.credential_id.ok_or_else(|| ActionError::Invalid {
            message: format!("a request to {connector} needs a connected account"),
        })?;
        let live = self.inner.live_of(call.project_id, credential_id, connector).await?;
        let answer = self.raw_with(Arc::clone(&live), prepared.raw(), Urgency::Background).await;
        linchpin_connectors::from_account(&live.setup.manifest, &prepared, answer)
    }
}

impl Inner {
    async fn live_for(self: &Arc<Self>, call: &ActionCall) -> Result<Arc<Live>, ActionError> {
        self.live_of(call.project_id, call.credential_id, &call.connector).await
    }

    /// The account, which must be one of this connector.
    async fn live_of(
        self: &Arc<Self>,
        project_id: ProjectId,
        credential_id: CredentialId,
        connector: &str,
    ) -> Result<Arc<Live>, ActionError> {
        let live = self.live(project_id, credential_id).await?;
        if live.setup.manifest.kind != connector {
            return Err(ActionError::Invalid {
                message: format!("this account is one of {}, not of {connector}", live.setup.manifest.kind),
            });
        }
        Ok(live)
    }

    /// Counts a call about to be made; an error when the account's quota does not allow it yet.
    fn permit(&self, live: &Live, action: Option<&str>, urgency: Urgency) -> Result<(), ActionError> {
        let manifest = &live.setup.manifest;
        self.pace.take(live.credential_id, manifest, action, urgency).map_err(|retry_after| ActionError::RateLimited {
            provider: manifest.name.clone(),
            retry_after,
            exchange: None,
        })
    }

    async fn perform_once(&self, live: &Live, call: &ActionCall) -> Result<ActionOutput, ActionError> {
        let urgency = if call.urgent { Urgency::Interactive } else { Urgency::Background };
        self.permit(live, Some(&call.action), urgency)?;
        linchpin_connectors::perform_seen(
            &self.client,
            &live.setup.manifest,
            live.account(),
            &call.action,
            &call.inputs,
            &call.idempotency_key,
            &|status, headers| {
                self.pace.learn(live.credential_id, &live.setup.manifest, Some(&call.action), status, headers);
            },
        )
        .await
    }

    async fn settle_once(&self, live: &Live, call: &ActionCall) -> Result<Settled, ActionError> {
        self.permit(live, None, Urgency::Background)?;
        linchpin_connectors::settle(
            &self.client,
            &live.setup.manifest,
            live.account(),
            &call.action,
            &call.inputs,
            call.intent_at,
        )
        .await
    }

    /// A second refusal right after a refresh: the account is gone.
    async fn note(&self, live: &Live, error: Option<&ActionError>) {
        if let Some(ActionError::Reauthorize { message, .. }) = error {
            self.give_up(live, message).await;
        }
    }
}
