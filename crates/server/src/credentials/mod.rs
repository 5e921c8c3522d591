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
mod live;
mod refresh;
mod setup;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use linchpin_connectors::{Client, RawRequest, RawResponse, Registry};
use linchpin_domain::Clock;
use linchpin_domain::connector::{ActionCall, ActionError, ActionOutput, ActionPlan, Connector, Settled};
use linchpin_domain::id::{ConnectedUserId, CredentialId, ProjectId, secret_text};
use linchpin_store::credentials as rows;
use linchpin_store::{Change, Store};
use moka::sync::Cache;
use tokio_util::task::TaskTracker;

pub use live::Live;
pub use setup::Setup;

/// Accounts whose tokens are held in memory.
const ACCOUNTS: u64 = 100_000;
/// Projects whose integrations are held in memory.
const PROJECTS: u64 = 10_000;

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
    /// Names this process in leases.
    owner: String,
    live: Cache<CredentialId, Arc<Live>>,
    /// One per user with live accounts; cleared when the user changes.
    marks: Cache<ConnectedUserId, live::Mark>,
    setups: Cache<ProjectId, setup::Setups>,
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
            clock,
            live: Cache::new(ACCOUNTS),
            marks: Cache::builder()
                .max_capacity(ACCOUNTS)
                // A user who is forgotten can no longer be told of a change.
                .eviction_listener(|_, mark: live::Mark, _| mark.clear())
                .build(),
            setups: Cache::new(PROJECTS),
            project_changes: Arc::default(),
            locks: live::Locks::default(),
            tasks: TaskTracker::new(),
        };
        let (live, marks, setups) = (inner.live.clone(), inner.marks.clone(), inner.setups.clone());
        let changes = Arc::clone(&inner.project_changes);
        inner.store.on_change(move |change| match change {
            Change::User(_, user) => {
                if let Some(mark) = marks.get(&user) {
                    mark.clear();
                }
                marks.invalidate(&user);
            }
            Change::Project(project) => {
                changes.fetch_add(1, Ordering::SeqCst);
                setups.invalidate(&project);
            }
            Change::Everything => {
                changes.fetch_add(1, Ordering::SeqCst);
                setups.invalidate_all();
                // Another process may have given an account new tokens.
                live.invalidate_all();
                marks.invalidate_all();
            }
        });
        Self { inner: Arc::new(inner) }
    }

    /// At the start of a process that has the database to itself: leases of an earlier process are void.
    pub async fn take_over(&self) -> linchpin_store::Result<()> {
        let mut tx = self.inner.store.begin().await?;
        let voided = rows::expire_claims(&mut tx, &self.inner.owner, self.inner.clock.now()).await?;
        tx.commit().await?;
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

    /// The client that calls providers.
    pub fn client(&self) -> &Client {
        &self.inner.client
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
    /// refresh did not help; the account is INVALID then.
    pub async fn raw(
        &self,
        project_id: ProjectId,
        credential_id: CredentialId,
        request: RawRequest<'_>,
    ) -> Result<RawResponse, ActionError> {
        let live = self.inner.live(project_id, credential_id).await?;
        let send = |live: Arc<Live>, request| async move {
            linchpin_connectors::raw(&self.inner.client, &live.setup.manifest, live.account(), request).await
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
        let manifest =
            self.inner.registry.find(&call.connector).ok_or_else(|| ActionError::Invalid {
                message: format!("there is no connector `{}`", call.connector),
            })?;
        linchpin_connectors::plan(manifest, &call.action, &call.inputs)
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
}

impl Inner {
    async fn live_for(self: &Arc<Self>, call: &ActionCall) -> Result<Arc<Live>, ActionError> {
        let live = self.live(call.project_id, call.credential_id).await?;
        if live.setup.manifest.kind != call.connector {
            return Err(ActionError::Invalid {
                message: format!("this account is one of {}, not of {}", live.setup.manifest.kind, call.connector),
            });
        }
        Ok(live)
    }

    async fn perform_once(&self, live: &Live, call: &ActionCall) -> Result<ActionOutput, ActionError> {
        linchpin_connectors::perform(
            &self.client,
            &live.setup.manifest,
            live.account(),
            &call.action,
            &call.inputs,
            &call.idempotency_key,
        )
        .await
    }

    async fn settle_once(&self, live: &Live, call: &ActionCall) -> Result<Settled, ActionError> {
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
