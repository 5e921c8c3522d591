//! Calls without a workflow: a tool that somebody calls and waits for.
//!
//! A tool's call is a run of one step ([`linchpin_domain::direct`]): the same performer, quota, ledger of
//! effects and history as in a workflow. Its run goes before what its user has queued, because somebody
//! waits; and it is not tried again on its own, because somebody is there to decide. Who waits gets one of
//! three answers: what came of it; that nothing was done and nothing will be; or that it is under way or
//! in doubt, to be asked about again with the same idempotency key.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use linchpin_domain::Timestamp;
use linchpin_domain::connector::Exchange;
use linchpin_domain::direct;
use linchpin_domain::id::{
    ConfigurationId, ConnectedUserId, CredentialId, IntegrationId, ProjectId, ReceivedEventId, RunId,
};
use linchpin_domain::journal::Event;
use linchpin_domain::run::{Fault, State};
use linchpin_domain::trigger::Kind;
use linchpin_store::journal;
use linchpin_store::routing::UserRouting;
use linchpin_store::runs::{self, Run};
use linchpin_store::writer::{EventRow, Idempotency, Intake, Line, NewEvent, Taken};
use parking_lot::Mutex;
use serde_json::{Map, Value};

use crate::Engine;
use crate::active::{Account, Active, fault};
use crate::progress::Stand;
use crate::snapshot::Version;

/// Calls that one user may wait for at once.
const AT_ONCE: usize = 32;

/// An action to be performed now.
#[derive(Debug, Clone)]
pub struct ToolCall {
    /// The tenant.
    pub project_id: ProjectId,
    /// Whose account it is.
    pub user_id: ConnectedUserId,
    /// The integration.
    pub integration_id: IntegrationId,
    /// Its connector's type.
    pub connector: String,
    /// The account.
    pub credential_id: CredentialId,
    /// The action, `<resource>.<verb>`.
    pub action: String,
    /// Its inputs. Nothing in them is an expression.
    pub parameters: Map<String, Value>,
    /// `Idempotency-Key` and a hash of the body it came with.
    pub idempotency: Option<(String, String)>,
    /// How long somebody waits.
    pub patience: Duration,
    /// Whether the caller makes more of its kind at once: they go together where the provider takes several, and wait
    /// for the account as workflows do.
    pub together: bool,
}

/// What a call came to.
#[derive(Debug, Clone, PartialEq)]
pub enum Called {
    /// It is done.
    Done {
        /// As history knows it.
        run_id: RunId,
        /// The action's output.
        output: Value,
    },
    /// It failed: nothing more will be done.
    Failed {
        /// As history knows it.
        run_id: RunId,
        /// Why.
        fault: Fault,
        /// What was exchanged with the provider.
        exchange: Option<Box<Exchange>>,
        /// When it can be tried again, where the account has to wait.
        retry_after: Option<Duration>,
    },
    /// It may have happened, and only a person can tell.
    InDoubt {
        /// As history knows it.
        run_id: RunId,
        /// What is not known.
        fault: Fault,
    },
    /// It is under way and goes on.
    Unfinished {
        /// As history knows it.
        run_id: RunId,
    },
}

/// Why nothing was called. Nothing was written.
#[derive(Debug, thiserror::Error)]
pub enum ToolError {
    /// The user or the account is gone, or the user is disabled.
    #[error("the account is not connected")]
    NotConnected,
    /// Another body came with the same idempotency key.
    #[error("this idempotency key was used with another body")]
    KeyReused,
    /// Too many calls are waited for.
    #[error("too many calls of this user are under way")]
    Full,
    /// The provider has asked the account to wait.
    #[error("the provider asked to wait")]
    Paused {
        /// How long still.
        retry_after: Duration,
    },
    /// It could not be written.
    #[error("the call could not be written")]
    Store(#[from] linchpin_store::Error),
}

/// How many calls each user waits for.
#[derive(Default)]
pub struct Callers(Mutex<HashMap<ConnectedUserId, usize>>);

/// Counted as long as it lives.
struct Calling<'a>(&'a Callers, ConnectedUserId);

impl Callers {
    fn enter(&self, user_id: ConnectedUserId) -> Option<Calling<'_>> {
        let mut calling = self.0.lock();
        let count = calling.entry(user_id).or_default();
        if *count >= AT_ONCE {
            return None;
        }
        *count += 1;
        Some(Calling(self, user_id))
    }
}

impl Drop for Calling<'_> {
    fn drop(&mut self) {
        let mut calling = self.0.0.lock();
        if let Some(count) = calling.get_mut(&self.1) {
            *count -= 1;
            if *count == 0 {
                calling.remove(&self.1);
            }
        }
    }
}

impl Engine {
    /// Performs an action and waits for what comes of it. The call is durable before anything is sent.
    pub async fn call_tool(&self, call: ToolCall) -> Result<Called, ToolError> {
        let inner = &self.inner;
        let _calling = inner.callers.enter(call.user_id).ok_or(ToolError::Full)?;
        let deadline = inner.clock.now().plus(call.patience);
        let definition = direct::definition(Kind::Tool, &call.action).expect("a tool is made of its name");
        let mut version = Version::direct(call.integration_id, call.connector.clone(), definition);
        version.together = call.together;
        let version = Arc::new(version);
        // History names the run as the event: a repetition finds it.
        let event_id = ReceivedEventId::fresh(&*inner.clock);
        let run_id = RunId(event_id.0);
        let mut watcher = inner.responses.watch(run_id).ok_or(ToolError::Full)?;
        let payload: Arc<str> = Value::Object(call.parameters.clone()).to_string().into();
        let idempotency = self.of_caller(call.idempotency.clone());
        let run_id = loop {
            let generation = inner.store.generation();
            let user = inner.snapshot.user(call.project_id, call.user_id).await?;
            let configuration_id = account(user.as_deref(), call.credential_id)?;
            let now = inner.clock.now();
            // A repetition asks what came of the first call, which needs no turn of the account.
            if idempotency.is_none()
                && let Some(until) = inner.scheduler.paused(call.credential_id, now).filter(|until| *until > deadline)
            {
                return Err(ToolError::Paused { retry_after: until.since(now) });
            }
            let active = Active::new(
                run_id,
                Account {
                    project_id: call.project_id,
                    user_id: call.user_id,
                    credential_id: call.credential_id,
                    configuration_id,
                },
                Arc::clone(&version),
                Arc::clone(&payload),
            );
            let engine = self.clone();
            let row = Row {
                event_id,
                kind: Kind::Tool,
                name: call.action.clone(),
                payload: Arc::clone(&payload),
                lines: Vec::new(),
                idempotency: idempotency.clone(),
                generation,
            };
            let intake = row.intake(
                active,
                move |seq, mut run| {
                    run.seq = seq;
                    engine.inner.scheduler.enqueue_urgent(run);
                    engine.pump();
                },
                now,
            );
            match inner.writer.accept(intake).await? {
                Taken::Written => break run_id,
                Taken::Repeated(event_id) => {
                    let first = RunId(event_id.0);
                    watcher = inner.responses.watch(first).ok_or(ToolError::Full)?;
                    if let Some(called) = self.came_of(call.project_id, first, deadline).await? {
                        return Ok(called);
                    }
                    break first;
                }
                Taken::KeyReused => return Err(ToolError::KeyReused),
                Taken::Stale { .. } => {
                    inner.store.catch_up().await?;
                }
            }
        };
        loop {
            let left = deadline.since(inner.clock.now());
            if left.is_zero() || tokio::time::timeout(left, watcher.moved()).await.is_err() {
                return self.give_up(call.project_id, run_id).await;
            }
            if let Some(called) = self.came_of(call.project_id, run_id, deadline).await? {
                return Ok(called);
            }
        }
    }

    /// What a run has come to, unless it goes on before the deadline.
    pub(crate) async fn came_of(
        &self,
        project_id: ProjectId,
        run_id: RunId,
        deadline: Timestamp,
    ) -> Result<Option<Called>, ToolError> {
        let mut conn = self.inner.store.read().await?;
        let Some(listed) = runs::find(&mut conn, project_id, run_id).await? else { return Ok(None) };
        let run = listed.run;
        match run.state {
            State::Queued | State::Running => Ok(None),
            State::InDoubt => {
                let fault =
                    run.fault.unwrap_or_else(|| fault("in_doubt", "it is not known whether this write happened"));
                Ok(Some(Called::InDoubt { run_id, fault }))
            }
            State::Waiting if run.wake_at.is_none_or(|at| at <= deadline) => Ok(None),
            State::Waiting => {
                drop(conn);
                self.end_waiting(&run, false).await.map(Some)
            }
            State::Succeeded | State::Failed | State::Cancelled => {
                let (mut output, mut exchanged) = (Value::Null, None);
                journal::each(&mut conn, run.seq, |entry| match entry.event {
                    Event::Succeeded { output: came, .. } => output = came,
                    Event::Failed { exchange, .. } => exchanged = exchange,
                    _ => {}
                })
                .await?;
                if run.state == State::Succeeded {
                    return Ok(Some(Called::Done { run_id, output }));
                }
                let fault = run.fault.unwrap_or_else(|| fault("failed", "the call failed"));
                Ok(Some(Called::Failed { run_id, fault, exchange: exchanged.map(Box::new), retry_after: None }))
            }
        }
    }

    /// Nobody waits any longer. What has not begun is not begun any more.
    async fn give_up(&self, project_id: ProjectId, run_id: RunId) -> Result<Called, ToolError> {
        let now = self.inner.clock.now();
        // It may have ended in this moment.
        if let Some(called) = self.came_of(project_id, run_id, now).await? {
            return Ok(called);
        }
        let mut conn = self.inner.store.read().await?;
        let found = runs::find(&mut conn, project_id, run_id).await?;
        drop(conn);
        let Some(run) = found.map(|listed| listed.run) else { return Ok(Called::Unfinished { run_id }) };
        if self.inner.scheduler.withdraw(project_id, run.user_id, run.seq) {
            return self.end_waiting(&run, true).await;
        }
        Ok(Called::Unfinished { run_id })
    }

    /// Ends a run that nothing is under way of; unless there is a doubt, which is settled in its time.
    /// `withdrawn` is whether it was taken out of a queue.
    async fn end_waiting(&self, run: &Run, withdrawn: bool) -> Result<Called, ToolError> {
        let run_id = run.id;
        let mut conn = self.inner.store.read().await?;
        let progress = self.inner.progress(&mut conn, run.seq).await?;
        drop(conn);
        let step = progress.step(direct::STEP);
        if step.is_some_and(|step| matches!(step.stand, Stand::Doubt(_))) {
            if withdrawn {
                self.inner.wake.add(self.inner.clock.now(), run.seq, run.credential_id);
            }
            return Ok(Called::Unfinished { run_id });
        }
        let now = self.inner.clock.now();
        let retry_after = run.wake_at.map(|at| at.since(now)).or_else(|| {
            let until = self.inner.scheduler.paused(run.credential_id, now)?;
            Some(until.since(now))
        });
        let why = run.fault.clone().or_else(|| step.and_then(|step| step.fault.clone()));
        let why =
            why.unwrap_or_else(|| fault("rate_limited", "the account had no turn before the caller's time was over"));
        self.inner.end(run, State::Failed, Some(why.clone())).await?;
        Ok(Called::Failed { run_id, fault: why, exchange: None, retry_after: Some(retry_after.unwrap_or_default()) })
    }
}

/// What stands in history of a call, apart from whose it is.
pub struct Row {
    pub event_id: ReceivedEventId,
    pub kind: Kind,
    pub name: String,
    pub payload: Arc<str>,
    pub lines: Vec<Line>,
    pub idempotency: Option<Idempotency>,
    pub generation: u64,
}

impl Row {
    pub fn intake(
        self,
        active: Box<Active>,
        hand_over: impl FnOnce(i64, Box<Active>) + Send + Sync + 'static,
        now: Timestamp,
    ) -> Intake {
        let (project_id, user_id) = (active.project_id, active.user_id);
        let run = active.row(None, self.lines);
        let event = NewEvent {
            id: self.event_id,
            project_id,
            user_id,
            kind: self.kind,
            name: self.name,
            payload: self.payload,
            note: None,
            skipped: Vec::new(),
            received_at: now,
        };
        Intake {
            event: EventRow::New(event),
            runs: vec![run],
            project_id,
            user_id,
            idempotency: self.idempotency,
            generation: self.generation,
            created_at: now,
            hand_over: Box::new(move |seqs: &[i64]| {
                if let Some(seq) = seqs.first() {
                    hand_over(*seq, active);
                }
            }),
        }
    }
}

/// The default configuration of an account that can be called with.
pub fn account(user: Option<&UserRouting>, credential_id: CredentialId) -> Result<ConfigurationId, ToolError> {
    let user = user.filter(|user| !user.disabled).ok_or(ToolError::NotConnected)?;
    let credential = user.credentials.iter().find(|credential| credential.id == credential_id);
    let configurations = &credential.ok_or(ToolError::NotConnected)?.configurations;
    Ok(configurations.first().map_or(ConfigurationId(uuid::Uuid::nil()), |configuration| configuration.id))
}
