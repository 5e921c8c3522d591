//! Durable runs: accept, decide, perform, resume.
//!
//! This crate names no provider, no route and no SQL word. An accepted event is durable before it is
//! answered; a step's outcome is written before the next step starts; what comes next is decided by a
//! pure function of version and journal.
//!
//! ```text
//! accept_app_event ─► writer (commit) ─► scheduler ─► perform ─► decide ─► connector
//!                                          ▲              │
//!                             wake ────────┘              └─► writer (intent, outcome)
//! ```
//!
//!
//! To add a step kind: its field in `domain::step`, what it comes to in `task.rs` (a line at once, or a
//! `flight.rs`), its arm in [`decide`] when it has steps inside, and its row in the crash test.
//! What nobody's event starts (a schedule, a connected account) is started by the task in `follow.rs`,
//! and goes the same way from there on. To add a trigger kind: a variant in `domain::trigger`, whoever
//! notices it, and [`Engine::accept`] with an idempotency key of our own.

mod active;
mod begin;
mod context;
mod control;
pub mod decide;
mod direct;
mod erase;
mod flight;
mod follow;
mod forecast;
pub mod function;
mod intake;
mod join;
mod locks;
mod onboarding;
mod outcome;
mod passed_on;
mod perform;
pub mod progress;
mod provider;
mod record;
mod replay;
mod request;
mod requesting;
mod responses;
pub mod retry;
mod schedule;
mod scheduler;
mod skipped;
mod snapshot;
mod task;
mod trial;
mod wake;
mod webhook;

use std::sync::Arc;
use std::time::Duration;

use linchpin_domain::id::CredentialId;
use linchpin_domain::{Clock, Connector};
use linchpin_store::Store;
use linchpin_store::writer::Writer;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

pub use control::ControlError;
pub use direct::{Called, ToolCall, ToolError};
pub use forecast::{Compared, Forecast, Foreseen, Passed, Write};
pub use intake::{AcceptError, Accepted, AppEvent, Reason, Target};
pub use passed_on::PassedOn;
pub use provider::{ProviderEvent, Wants};
pub use replay::{From, Replay, VersionToRun};
pub use request::{Request, RequestError};
pub use responses::{Answer, Response, Waiting};
pub use scheduler::{Because, Held, Limits};
pub use skipped::Resumed;
pub use trial::{StandIn, Trial, TrialError, Tried};
pub use webhook::{HookValues, Listening, WebhookDelivery, WebhookOf};

/// The engine. Cheap to clone.
#[derive(Clone)]
pub struct Engine {
    inner: Arc<Inner>,
}

pub(crate) struct Inner {
    pub(crate) store: Store,
    pub(crate) connector: Arc<dyn Connector>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) writer: Writer,
    pub(crate) snapshot: Arc<snapshot::Snapshot>,
    pub(crate) scheduler: scheduler::Scheduler,
    pub(crate) wake: wake::Wake,
    pub(crate) serial: locks::KeyedLocks,
    pub(crate) joints: join::Joints,
    pub(crate) responses: Arc<responses::Responses>,
    pub(crate) callers: direct::Callers,
    /// Every task of the engine: runs, fetches, the waker.
    pub(crate) tasks: TaskTracker,
    /// Cancelled when no further step may begin.
    pub(crate) stopping: CancellationToken,
    /// Cancelled when the writer may end.
    writer_stop: CancellationToken,
    writer_task: parking_lot::Mutex<Option<JoinHandle<()>>>,
}

impl Engine {
    /// Starts the engine and resumes every run that is unfinished.
    pub async fn start(store: Store, connector: Arc<dyn Connector>, limits: Limits) -> linchpin_store::Result<Self> {
        let writer_stop = CancellationToken::new();
        let (writer, writer_task) = Writer::start(store.clone(), writer_stop.clone()).await?;
        let clock = Arc::clone(store.clock());
        let engine = Self {
            inner: Arc::new(Inner {
                snapshot: snapshot::Snapshot::new(store.clone()),
                store,
                connector,
                clock,
                writer,
                scheduler: scheduler::Scheduler::new(limits),
                wake: wake::Wake::default(),
                serial: locks::KeyedLocks::default(),
                joints: join::Joints::default(),
                responses: Arc::default(),
                callers: direct::Callers::default(),
                tasks: TaskTracker::new(),
                stopping: CancellationToken::new(),
                writer_stop,
                writer_task: parking_lot::Mutex::new(Some(writer_task)),
            }),
        };
        engine.resume().await?;
        Ok(engine)
    }

    /// Lets running steps finish for at most `patience`, begins no further ones, then ends the writer.
    /// What is unfinished is resumed by the next start.
    pub async fn stop(&self, patience: Duration) {
        self.inner.stopping.cancel();
        self.inner.tasks.close();
        if tokio::time::timeout(patience, self.inner.tasks.wait()).await.is_err() {
            tracing::warn!("some steps did not finish in time; they are settled at the next start");
        }
        self.inner.writer_stop.cancel();
        let task = self.inner.writer_task.lock().take();
        if let Some(task) = task {
            let _ = tokio::time::timeout(Duration::from_secs(5), task).await;
        }
    }

    /// How many runs are being performed and how many wait in memory for their turn.
    pub fn load(&self) -> (usize, usize) {
        self.inner.scheduler.load()
    }

    /// Whether nothing begins on an account just now, and why.
    pub fn held(&self, credential_id: CredentialId) -> Option<Held> {
        self.inner.scheduler.held(credential_id, self.inner.clock.now())
    }

    /// Finds every unfinished run: users with queued or running ones are fetched in their turn, waiting
    /// ones wake at their time.
    async fn resume(&self) -> linchpin_store::Result<()> {
        let mut conn = self.inner.store.read().await?;
        for (wake_at, seq, credential_id) in linchpin_store::runs::wake_times(&mut conn).await? {
            self.inner.wake.add(wake_at, seq, credential_id);
        }
        let users = linchpin_store::runs::users_with_unfinished(&mut conn).await?;
        drop(conn);
        if !users.is_empty() {
            tracing::info!(users = users.len(), "resuming unfinished runs");
        }
        for (project_id, user_id) in users {
            self.inner.scheduler.mark_spilled(project_id, user_id);
        }
        wake::start(self);
        follow::start(self);
        self.pump();
        Ok(())
    }
}
