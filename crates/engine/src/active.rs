//! A run in memory: its row, its version, its event and its journal.

use std::sync::{Arc, OnceLock};

use linchpin_domain::direct;
use linchpin_domain::id::{ConfigurationId, ConnectedUserId, CredentialId, ProjectId, RunId};
use linchpin_domain::run::{Fault, State};
use linchpin_domain::template::Shared;
use linchpin_store::runs::Run;
use linchpin_store::writer::{Append, Line, NewRun, StateChange};
use linchpin_store::{Conn, integrations, journal, received_events};

use crate::Inner;
use crate::progress::Progress;
use crate::snapshot::Version;

/// A run in memory.
#[derive(Debug)]
pub struct Active {
    pub seq: i64,
    pub id: RunId,
    pub project_id: ProjectId,
    pub user_id: ConnectedUserId,
    pub credential_id: CredentialId,
    pub configuration_id: ConfigurationId,
    pub version: Arc<Version>,
    /// The event's payload, as received.
    pub payload: Arc<str>,
    /// The payload made ready for expressions, once a step has some.
    pub trigger: OnceLock<Shared>,
    /// Passwords among the user's settings, once a step has seen them: history does not show them.
    pub passwords: OnceLock<Vec<String>>,
    pub progress: Progress,
    /// It waited, and is in a queue again.
    pub is_woken: bool,
}

/// Whose run it is, and with what.
#[derive(Debug, Clone, Copy)]
pub struct Account {
    pub project_id: ProjectId,
    pub user_id: ConnectedUserId,
    pub credential_id: CredentialId,
    pub configuration_id: ConfigurationId,
}

impl Account {
    /// Of a stored run.
    pub fn of(run: &Run) -> Self {
        let Run { project_id, user_id, credential_id, configuration_id, .. } = *run;
        Self { project_id, user_id, credential_id, configuration_id }
    }
}

impl Active {
    /// A run that is not written yet.
    pub fn new(id: RunId, account: Account, version: Arc<Version>, payload: Arc<str>) -> Box<Self> {
        let Account { project_id, user_id, credential_id, configuration_id } = account;
        Box::new(Self {
            seq: 0,
            id,
            project_id,
            user_id,
            credential_id,
            configuration_id,
            version,
            payload,
            trigger: OnceLock::new(),
            passwords: OnceLock::new(),
            progress: Progress::default(),
            is_woken: false,
        })
    }

    /// Whether somebody waits for what comes of it.
    pub fn is_urgent(&self) -> bool {
        self.version.is_direct() && !self.version.together
    }

    /// Its row, and the lines that its journal begins with.
    pub fn row(&self, replay_of: Option<RunId>, lines: Vec<Line>) -> NewRun {
        NewRun {
            id: self.id,
            workflow_id: self.version.workflow_id,
            version_id: self.version.id,
            credential_id: self.credential_id,
            configuration_id: self.configuration_id,
            replay_of,
            lines,
        }
    }
}

/// How a stored run is taken up.
pub enum TakenUp {
    /// Ready.
    Ready(Box<Active>),
    /// It cannot be performed any more; this is its end.
    Ended(Fault),
}

impl Inner {
    /// Takes a stored run up: loads its version, its event and, where it has one, its journal. A run may
    /// have one although its row says that it is queued: the row is written later than the lines.
    pub(crate) async fn take_up(&self, run: &Run, begun: bool) -> linchpin_store::Result<TakenUp> {
        let Some(version) = self.version_of(run).await? else {
            return Ok(TakenUp::Ended(fault("workflow_deleted", "the workflow was deleted before this run was done")));
        };
        let mut conn = self.store.read().await?;
        let Some(event) = received_events::find(&mut conn, run.project_id, run.event_seq).await? else {
            return Ok(TakenUp::Ended(fault("event_deleted", "the event that started this run is no longer stored")));
        };
        let progress = if begun { self.progress(&mut conn, run.seq).await? } else { Progress::default() };
        let mut active = Active::new(run.id, Account::of(run), version, event.payload.into());
        active.seq = run.seq;
        active.progress = progress;
        Ok(TakenUp::Ready(active))
    }

    /// What a run runs on; `None` when that is gone.
    pub(crate) async fn version_of(&self, run: &Run) -> linchpin_store::Result<Option<Arc<Version>>> {
        if run.version_id != direct::VERSION {
            return self.snapshot.version(run.project_id, run.version_id).await;
        }
        let mut conn = self.store.read().await?;
        let integration_id = direct::integration_id(run.workflow_id);
        let integration = integrations::find(&mut conn, run.project_id, integration_id).await?;
        let event = received_events::find(&mut conn, run.project_id, run.event_seq).await?;
        let Some((integration, event)) = integration.zip(event) else { return Ok(None) };
        let definition = direct::definition(event.kind, &event.name);
        Ok(definition.map(|definition| Arc::new(Version::direct(integration_id, integration.kind, definition))))
    }

    /// A run's journal, folded page by page.
    pub(crate) async fn progress(&self, conn: &mut Conn, run_seq: i64) -> linchpin_store::Result<Progress> {
        let mut progress = Progress::default();
        journal::each(conn, run_seq, |entry| progress.add(entry)).await?;
        Ok(progress)
    }

    /// Ends a run that cannot be performed any more.
    pub(crate) async fn end(&self, run: &Run, state: State, fault: Option<Fault>) -> linchpin_store::Result<()> {
        let change = StateChange {
            state,
            steps_done: run.steps_done,
            wake_at: None,
            fault: fault.clone(),
            started_at: None,
            at: self.clock.now(),
        };
        self.writer.append(Append { run_seq: run.seq, lines: Vec::new(), change: Some(change) }).await?;
        self.responses.ended(run.id, state, fault.as_ref());
        Ok(())
    }
}

/// A fault that belongs to no step.
pub fn fault(code: &str, message: impl Into<String>) -> Fault {
    Fault { code: code.to_owned(), message: message.into(), step: None }
}
