//! The group-commit writer: every write of the hot path in one place.
//!
//! It takes whatever has arrived while the last commit ran (no added delay), writes it in one
//! transaction with few statements per table, commits, hands committed runs to the scheduler in commit
//! order, then answers everybody. A failing batch is halved until the culprit stands alone; what the
//! database cannot take just now (disk full, connection lost) fails each command with a passing error
//! and the caller decides whether to hold it.
//!
//! ```text
//! Writer::accept ─┐                         ┌─ received_events ─┐
//! Writer::append ─┼─► channel ─► batch ────►├─ runs             ├─► COMMIT ─► hand over ─► answer
//!  (many tasks)   ┘                         └─ journal          ┘
//! ```

mod batch;
mod hold;
mod link;
pub(crate) mod short;

use std::sync::Arc;

use linchpin_domain::Timestamp;
use linchpin_domain::id::{
    ConfigurationId, ConnectedUserId, CredentialId, ProjectId, ReceivedEventId, RunId, VersionId, WorkflowId,
};
use linchpin_domain::journal::Entry;
use linchpin_domain::run::{Fault, State};
use linchpin_domain::trigger::Kind;
use tokio::runtime::Handle;
use tokio::sync::{mpsc, oneshot};
use tokio_util::sync::CancellationToken;

use crate::error::{Error, Result};
use crate::received_events::Skipped;
use crate::{Store, checkpoint, packed};

/// Rows that one transaction may hold, so that no commit takes long.
const BATCH_ROWS: usize = 1_024;
/// Payload bytes that one transaction may hold.
const BATCH_BYTES: usize = 4 << 20;
/// Commands that may wait for the writer before senders wait.
const QUEUE: usize = 8_192;

/// An event to be recorded.
#[derive(Debug, Clone)]
pub struct NewEvent {
    /// Its id, answered to the sender.
    pub id: ReceivedEventId,
    /// The tenant.
    pub project_id: ProjectId,
    /// Who sent it.
    pub user_id: ConnectedUserId,
    /// What kind of trigger it is for.
    pub kind: Kind,
    /// Its name, as given.
    pub name: String,
    /// Its payload: the text of a JSON object.
    pub payload: Arc<str>,
    /// Why it started fewer runs than one may expect; `None` when all is well.
    pub note: Option<String>,
    /// The runs that it did not start because an account must be reconnected.
    pub skipped: Vec<Skipped>,
    /// When it was received.
    pub received_at: Timestamp,
}

/// A run to be recorded.
#[derive(Debug, Clone)]
pub struct NewRun {
    /// Its id.
    pub id: RunId,
    /// The workflow.
    pub workflow_id: WorkflowId,
    /// The version it ends on.
    pub version_id: VersionId,
    /// The account it runs with.
    pub credential_id: CredentialId,
    /// Its settings.
    pub configuration_id: ConfigurationId,
    /// The run that it repeats.
    pub replay_of: Option<RunId>,
    /// What its journal begins with: the finished steps of the run that it goes on from.
    pub lines: Vec<Line>,
}

/// What makes a second intake a repetition of the first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Idempotency {
    /// A caller's `Idempotency-Key`, or one of our own, which begins with [`Idempotency::OWN`].
    pub key: String,
    /// The hash of the body it came with: the same key with another body is refused.
    pub body_hash: String,
    /// Until when the key is remembered.
    pub kept_until: Timestamp,
}

impl Idempotency {
    /// Begins keys of our own: a caller's key has visible characters only.
    pub const OWN: char = '\u{1}';

    /// A key of our own.
    pub fn own(key: &str, kept_until: Timestamp) -> Self {
        Self { key: format!("{}{key}", Self::OWN), body_hash: String::new(), kept_until }
    }
}

/// Called in commit order with the sequence numbers of the runs, before the sender is answered.
pub type HandOver = Box<dyn FnOnce(&[i64]) + Send>;

/// An intake: one event and its runs, in one commit.
pub struct Intake {
    /// The event. For a replay, the sequence number of the event that is used again.
    pub event: EventRow,
    /// Its runs.
    pub runs: Vec<NewRun>,
    /// The tenant of the runs.
    pub project_id: ProjectId,
    /// The user of the runs.
    pub user_id: ConnectedUserId,
    /// So that it is taken once.
    pub idempotency: Option<Idempotency>,
    /// The generation that the runs were routed on; an older one than the database's is refused.
    pub generation: u64,
    /// When the runs were made.
    pub created_at: Timestamp,
    /// Takes the runs over after the commit.
    pub hand_over: HandOver,
}

/// The event of an intake.
pub enum EventRow {
    /// A new one.
    New(NewEvent),
    /// One that is stored already (replay).
    Stored {
        /// Its sequence number.
        seq: i64,
        /// Its id.
        id: ReceivedEventId,
    },
}

/// What became of an intake.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Taken {
    /// Durable.
    Written,
    /// An earlier intake had the same key and body: this is its event.
    Repeated(ReceivedEventId),
    /// An earlier intake had the same key and another body. Nothing was written.
    KeyReused,
    /// Routing has changed since; route again. Nothing was written.
    Stale {
        /// The database's generation.
        generation: u64,
    },
}

/// A change of a run's state.
#[derive(Debug, Clone)]
pub struct StateChange {
    /// The new state. Final states are never left: such a change is dropped.
    pub state: State,
    /// Steps that are done.
    pub steps_done: u32,
    /// When a waiting run wakes.
    pub wake_at: Option<Timestamp>,
    /// Why it failed, was cancelled or is in doubt.
    pub fault: Option<Fault>,
    /// When its first step began; the first such time stands.
    pub started_at: Option<Timestamp>,
    /// The moment of the change; a final state's `finished_at`.
    pub at: Timestamp,
}

/// A line for a run's journal, as it is stored. Its JSON is made by whoever appends, so that the writer,
/// through which everything goes, has less to do.
#[derive(Debug, Clone)]
pub struct Line {
    /// Its number in the journal, from 0.
    n: u32,
    step: Arc<str>,
    attempt: u32,
    at: Timestamp,
    event: Arc<str>,
}

impl Line {
    /// The `n`-th line of a journal.
    pub fn new(n: usize, entry: &Entry) -> Self {
        Self {
            n: u32::try_from(n).unwrap_or(u32::MAX),
            step: entry.step.as_str().into(),
            attempt: entry.attempt,
            at: entry.at,
            event: packed::pack(&short::write(&entry.event)).into(),
        }
    }
}

/// Lines for a run's journal, and its new state, in one commit.
#[derive(Debug, Clone)]
pub struct Append {
    /// The run's sequence number.
    pub run_seq: i64,
    /// The lines.
    pub lines: Vec<Line>,
    /// The run's new state.
    pub change: Option<StateChange>,
}

pub(crate) enum Command {
    Intake(Intake, oneshot::Sender<Result<Taken>>),
    Append(Append, oneshot::Sender<Result<()>>),
}

/// A handle to the writer. Cheap to clone.
#[derive(Clone)]
pub struct Writer {
    sender: mpsc::Sender<Command>,
}

impl Writer {
    /// Starts the writer; it ends when `stop` is cancelled and what had arrived is written, or when
    /// every handle is gone.
    pub async fn start(store: Store, stop: CancellationToken) -> Result<(Self, tokio::task::JoinHandle<()>)> {
        let (sender, receiver) = mpsc::channel(QUEUE);
        checkpoint::at_start(&store).await;
        let batches = batch::Batches::open(store.clone()).await?;
        let runtime = Handle::current();
        // A thread of its own: SQLite's statements block it, and nothing else.
        let task = tokio::task::spawn_blocking(move || {
            let checkpoints = runtime.spawn(checkpoint::run(store, stop.clone()));
            runtime.block_on(run(batches, receiver, stop.clone()));
            stop.cancel();
            // It ends with the token; a panic in it must not hide what was written.
            let _ = runtime.block_on(checkpoints);
        });
        Ok((Self { sender }, task))
    }

    /// Records an event and its runs. Returns after the commit.
    pub async fn accept(&self, mut intake: Intake) -> Result<Taken> {
        if let EventRow::New(event) = &mut intake.event
            && let std::borrow::Cow::Owned(packed) = packed::pack(&event.payload)
        {
            // Here and not in the writer, through which everything goes.
            event.payload = packed.into();
        }
        let (reply, answer) = oneshot::channel();
        self.sender.send(Command::Intake(intake, reply)).await.map_err(|_| Error::Stopped)?;
        answer.await.map_err(|_| Error::Stopped)?
    }

    /// Appends to a journal and changes the run's state. Returns after the commit.
    pub async fn append(&self, append: Append) -> Result<()> {
        let (reply, answer) = oneshot::channel();
        self.sender.send(Command::Append(append, reply)).await.map_err(|_| Error::Stopped)?;
        answer.await.map_err(|_| Error::Stopped)?
    }

    /// How many further commands would be taken without waiting.
    pub fn room(&self) -> usize {
        self.sender.capacity()
    }
}

async fn run(mut batches: batch::Batches, mut receiver: mpsc::Receiver<Command>, stop: CancellationToken) {
    let mut commands = Vec::new();
    loop {
        let first = tokio::select! {
            biased;
            command = receiver.recv() => command,
            () = stop.cancelled() => {
                // Nobody new may send; what is in the channel is still written.
                receiver.close();
                receiver.recv().await
            }
        };
        let Some(first) = first else { break };
        let mut bytes = size(&first);
        commands.push(first);
        while commands.len() < BATCH_ROWS && bytes < BATCH_BYTES {
            match receiver.try_recv() {
                Ok(command) => {
                    bytes += size(&command);
                    commands.push(command);
                }
                Err(_) => break,
            }
        }
        metrics::histogram!("linchpin_writer_batch_commands").record(commands.len() as f64);
        batches.write(std::mem::take(&mut commands)).await;
    }
}

fn size(command: &Command) -> usize {
    match command {
        Command::Intake(Intake { event: EventRow::New(event), .. }, _) => event.payload.len() + 256,
        Command::Intake(..) => 256,
        Command::Append(append, _) => append.lines.iter().map(|line| line.event.len() + 128).sum::<usize>() + 128,
    }
}
