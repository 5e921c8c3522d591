//! Carries out what [`decide`] says, and journals what came of it.
//!
//! Before a write is sent, its intent is durable; before the next step starts, the outcome is. An
//! outcome that cannot be written just now (disk full, database away) is held and written again.

use std::sync::Arc;
use std::time::Duration;

use linchpin_domain::Timestamp;
use linchpin_domain::connector::{ActionCall, ActionError, ActionOutput, ActionPlan, DoubtStrategy, Settled};
use linchpin_domain::journal::{Entry, Event};
use linchpin_domain::run::{Fault, State};
use linchpin_store::routing::UserRouting;
use linchpin_store::writer::{Append, StateChange};
use serde_json::{Map, Value};

use crate::Engine;
use crate::active::{Active, fault};
use crate::context::{self, MASK, Masker};
use crate::decide::{Next, decide, steps_done};
use crate::retry::{self, Question, Verdict};
use crate::snapshot::Project;

/// Between attempts to write an outcome that could not be written.
const WRITE_AGAIN: Duration = Duration::from_millis(500);

/// A step about to be performed or settled.
struct Task<'a> {
    run: &'a Active,
    project: Arc<Project>,
    step: usize,
    attempt: u32,
    used: usize,
}

/// What the loop does after a step.
enum After {
    /// Decide again.
    GoOn,
    /// The run gives its slot back.
    Leave,
}

impl Engine {
    /// Performs a run until it ends, waits, is in doubt, or the engine stops.
    pub(crate) async fn perform(&self, mut run: Box<Active>) {
        loop {
            if self.inner.stopping.is_cancelled() || self.inner.scheduler.is_cancelled(run.seq) {
                return;
            }
            let after = match self.step(&mut run).await {
                Ok(after) => after,
                Err(error) => {
                    tracing::error!(error = &error as &dyn std::error::Error, run.id = %run.id, "a run could not go on; it is taken up again");
                    self.inner.wake_later(&run);
                    return;
                }
            };
            if matches!(after, After::Leave) {
                return;
            }
        }
    }

    async fn step(&self, run: &mut Active) -> linchpin_store::Result<After> {
        let now = self.inner.clock.now();
        match decide(&run.version.definition, &run.journal) {
            Next::Succeed => {
                self.finish(run, Vec::new(), State::Succeeded, None).await;
                Ok(After::Leave)
            }
            Next::Fail(fault) => {
                self.finish(run, Vec::new(), State::Failed, Some(fault)).await;
                Ok(After::Leave)
            }
            Next::Perform { not_before: Some(at), .. } if at > now => {
                self.wait(run, Vec::new(), at, None).await;
                Ok(After::Leave)
            }
            Next::Perform { step, attempt, used, .. } => self.attempt(run, step, attempt, used).await,
            Next::Settle { step, attempt, used, intent_at } => {
                self.settle_doubt(run, step, attempt, used, intent_at).await
            }
        }
    }

    /// One attempt of one step.
    async fn attempt(&self, run: &mut Active, step: usize, attempt: u32, used: usize) -> linchpin_store::Result<After> {
        let Some(user) = self.inner.snapshot.user(run.project_id, run.user_id).await? else {
            self.finish(
                run,
                Vec::new(),
                State::Cancelled,
                Some(fault("user_deleted", "the connected user was deleted")),
            )
            .await;
            return Ok(After::Leave);
        };
        if user.disabled {
            self.finish(
                run,
                Vec::new(),
                State::Cancelled,
                Some(fault("user_disabled", "the connected user is disabled")),
            )
            .await;
            return Ok(After::Leave);
        }
        if !user.credentials.iter().any(|credential| credential.id == run.credential_id) {
            self.finish(run, Vec::new(), State::Cancelled, Some(fault("disconnected", "the account was disconnected")))
                .await;
            return Ok(After::Leave);
        }
        let project = self.inner.snapshot.project(run.project_id).await?;
        let began = self.inner.clock.now();
        let task = Task { run, project, step, attempt, used };
        let inputs = match task.inputs(&user) {
            Ok(inputs) => inputs,
            Err(message) => {
                let entries = vec![task.entry(began, task.failed(Value::Null, "template", &message, began, began))];
                return Ok(self.record(run, entries).await);
            }
        };
        let mut call = task.call(inputs, began);
        let plan = match self.inner.connector.plan(&call) {
            Ok(plan) => plan,
            Err(error) => {
                let entries = vec![
                    task.entry(
                        began,
                        task.outcome_of_error(
                            &call,
                            &error,
                            DoubtStrategy::Safe,
                            began,
                            began,
                            self.inner.clock.random(),
                        )
                        .0,
                    ),
                ];
                return Ok(self.record(run, entries).await);
            }
        };
        // Writes with one natural key go one after another: two runs must not both find nothing and create.
        let _turn = match &plan.serial_key {
            Some(key) => Some(self.inner.serial.lock(format!("{}/{key}", run.credential_id)).await),
            None => None,
        };
        if self.inner.stopping.is_cancelled() || self.inner.scheduler.is_cancelled(run.seq) {
            return Ok(After::Leave);
        }
        let masker = Masker::new(task.run, &task.project);
        let masked = masker.value(Value::Object(call.inputs.clone()));
        let mut intent = None;
        if !plan.reads_only {
            let now = self.inner.clock.now();
            call.intent_at = now;
            intent = Some(task.entry(
                now,
                Event::Intent { inputs: masked.clone(), strategy: Some(strategy_name(plan.strategy).into()) },
            ));
        }
        let project = Arc::clone(&task.project);
        if let Some(entry) = intent {
            self.write_intent(run, entry, began).await?;
        }
        let result = self.inner.connector.perform(&call).await;
        let ended = self.inner.clock.now();
        let task = Task { run, project, step, attempt, used };
        let masker = Masker::new(task.run, &task.project);
        match result {
            Ok(ActionOutput { output, exchange }) => {
                let event = Event::Succeeded {
                    inputs: masked,
                    output: masker.value(output),
                    duration_ms: duration(began, ended),
                    exchange: masker.exchange(exchange.as_ref()),
                    adopted: false,
                };
                let entries = vec![task.entry(ended, event)];
                Ok(self.record(run, entries).await)
            }
            Err(error) => {
                if let ActionError::RateLimited { retry_after, .. } = &error {
                    self.inner.scheduler.pause(call.credential_id, ended.plus(*retry_after));
                }
                let (event, doubt) =
                    task.outcome_of_error(&call, &error, plan.strategy, began, ended, self.inner.clock.random());
                let entries = vec![task.entry(ended, event)];
                if doubt {
                    tracing::warn!(run.id = %task.run.id, step.key = %task.key(), "a write is in doubt");
                    metrics::counter!("linchpin_doubts").increment(1);
                }
                Ok(self.record(run, entries).await)
            }
        }
    }

    /// Finds out whether a write in doubt happened.
    async fn settle_doubt(
        &self,
        run: &mut Active,
        step: usize,
        attempt: u32,
        used: usize,
        intent_at: Timestamp,
    ) -> linchpin_store::Result<After> {
        let project = self.inner.snapshot.project(run.project_id).await?;
        let stored = run
            .journal
            .iter()
            .rev()
            .find_map(|entry| match &entry.event {
                Event::Intent { inputs: Value::Object(inputs), .. }
                    if entry.attempt == attempt && entry.step == run.version.definition.steps[step].key =>
                {
                    Some(inputs.clone())
                }
                _ => None,
            })
            .unwrap_or_default();
        let task = Task { run, project: Arc::clone(&project), step, attempt, used };
        // Masked inputs are no inputs: those are filled in again from the same event.
        let inputs = if Value::Object(stored.clone()).to_string().contains(MASK) {
            let Some(user) = self.inner.snapshot.user(run.project_id, run.user_id).await? else {
                self.finish(
                    run,
                    Vec::new(),
                    State::Cancelled,
                    Some(fault("user_deleted", "the connected user was deleted")),
                )
                .await;
                return Ok(After::Leave);
            };
            match task.inputs(&user) {
                Ok(inputs) => inputs,
                Err(message) => return Ok(self.leave_in_doubt(run, step, &message).await),
            }
        } else {
            stored
        };
        let call = task.call(inputs, intent_at);
        let plan = self.inner.connector.plan(&call).unwrap_or(ActionPlan {
            strategy: DoubtStrategy::Ask,
            serial_key: None,
            reads_only: false,
        });
        let _turn = match &plan.serial_key {
            Some(key) => Some(self.inner.serial.lock(format!("{}/{key}", run.credential_id)).await),
            None => None,
        };
        let masker = Masker::new(task.run, &project);
        let masked = masker.value(Value::Object(call.inputs.clone()));
        let again = |rule: &str, now: Timestamp| Event::Failed {
            inputs: masked.clone(),
            fault: task
                .fault("interrupted", "the server stopped, or the answer was lost, while this write was under way"),
            duration_ms: 0,
            exchange: None,
            next_attempt_at: Some(now),
            rule: rule.into(),
            counts: false,
        };
        if matches!(plan.strategy, DoubtStrategy::Safe | DoubtStrategy::IdempotencyKey) {
            let now = self.inner.clock.now();
            let entries = vec![task.entry(now, again("the action may be repeated safely, so it is sent again", now))];
            return Ok(self.record(run, entries).await);
        }
        if plan.strategy == DoubtStrategy::Ask {
            return Ok(self
                .leave_in_doubt(run, step, "nothing at the provider tells whether this write happened")
                .await);
        }
        let settled = self.inner.connector.settle(&call).await;
        let now = self.inner.clock.now();
        match settled {
            Ok(Settled::Happened(ActionOutput { output, exchange })) => {
                let event = Event::Succeeded {
                    inputs: masked,
                    output: masker.value(output),
                    duration_ms: duration(intent_at, now),
                    exchange: masker.exchange(exchange.as_ref()),
                    adopted: true,
                };
                let entries = vec![task.entry(now, event)];
                Ok(self.record(run, entries).await)
            }
            Ok(Settled::DidNotHappen) => {
                let rule = "the provider has no such record, so the write did not happen; it is sent again";
                let entries = vec![task.entry(now, again(rule, now))];
                Ok(self.record(run, entries).await)
            }
            Ok(Settled::Unknown(reason)) => Ok(self.leave_in_doubt(run, step, &masker.text(reason)).await),
            Err(ActionError::Reauthorize { message, .. }) => {
                Ok(self.leave_in_doubt(run, step, &masker.text(message)).await)
            }
            Err(error) => {
                // The provider cannot be asked just now. Asking uses up no retries: nothing is sent.
                let wait = match &error {
                    ActionError::RateLimited { retry_after, .. } => *retry_after,
                    _ => retry::WAITS[0],
                };
                if matches!(error, ActionError::RateLimited { .. }) {
                    self.inner.scheduler.pause(call.credential_id, now.plus(wait));
                }
                let fault = task.fault(error.code(), &masker.text(error.to_string()));
                self.wait(run, Vec::new(), now.plus(wait), Some(fault)).await;
                Ok(After::Leave)
            }
        }
    }

    /// Makes a write's intent durable. Nothing has been sent yet, so a failure is not held: the run is
    /// taken up again later.
    async fn write_intent(&self, run: &mut Active, entry: Entry, began: Timestamp) -> linchpin_store::Result<()> {
        let append = Append {
            run_seq: run.seq,
            entries: vec![(run.journal.len() as u32, entry.clone())],
            change: Some(StateChange {
                state: State::Running,
                steps_done: steps_done(&run.version.definition, &run.journal),
                wake_at: None,
                fault: None,
                started_at: Some(began),
                at: began,
            }),
        };
        self.inner.writer.append(append).await?;
        run.journal.push(entry);
        Ok(())
    }

    /// Journals an outcome. When it decides the run's end or a wait, that is in the same commit.
    async fn record(&self, run: &mut Active, entries: Vec<Entry>) -> After {
        let numbered = number(run, entries);
        match decide(&run.version.definition, &run.journal) {
            Next::Succeed => self.finish(run, numbered, State::Succeeded, None).await,
            Next::Fail(fault) => self.finish(run, numbered, State::Failed, Some(fault)).await,
            Next::Perform { not_before: Some(at), .. } if at > self.inner.clock.now() => {
                let fault = last_fault(&run.journal);
                self.wait(run, numbered, at, fault).await;
            }
            Next::Perform { .. } | Next::Settle { .. } => {
                self.write(run, numbered, State::Running, None, None).await;
                return After::GoOn;
            }
        }
        After::Leave
    }

    async fn finish(&self, run: &Active, entries: Vec<(u32, Entry)>, state: State, fault: Option<Fault>) {
        self.write(run, entries, state, None, fault).await;
        metrics::counter!("linchpin_runs_finished", "state" => state.as_str()).increment(1);
    }

    async fn wait(&self, run: &Active, entries: Vec<(u32, Entry)>, at: Timestamp, fault: Option<Fault>) {
        self.write(run, entries, State::Waiting, Some(at), fault).await;
        self.inner.wake.add(at, run.seq);
    }

    async fn leave_in_doubt(&self, run: &Active, step: usize, reason: &str) -> After {
        let step = &run.version.definition.steps[step];
        let fault = Fault {
            code: "in_doubt".into(),
            message: format!(
                "it is not known whether this write happened: {reason}. Look at the provider, then settle it by hand"
            ),
            step: Some(step.key.clone()),
        };
        self.write(run, Vec::new(), State::InDoubt, None, Some(fault)).await;
        After::Leave
    }

    /// Writes lines and state. What cannot be written is held and tried again until it can, or until
    /// the engine stops: then the intent in the journal leads to the same question at the next start.
    async fn write(
        &self,
        run: &Active,
        entries: Vec<(u32, Entry)>,
        state: State,
        wake_at: Option<Timestamp>,
        fault: Option<Fault>,
    ) {
        let at = self.inner.clock.now();
        let started_at = run.journal.first().map(|entry| entry.at);
        let append = Append {
            run_seq: run.seq,
            entries,
            change: Some(StateChange {
                state,
                steps_done: steps_done(&run.version.definition, &run.journal),
                wake_at,
                fault,
                started_at,
                at,
            }),
        };
        while let Err(error) = self.inner.writer.append(append.clone()).await {
            tracing::error!(error = &error as &dyn std::error::Error, run.id = %run.id, "an outcome could not be written; it is held and written again");
            tokio::select! {
                () = tokio::time::sleep(WRITE_AGAIN) => {}
                () = self.inner.stopping.cancelled() => return,
            }
        }
    }
}

impl crate::Inner {
    /// A run that could not go on (the database did not answer) is taken up again in a second. Its state
    /// in the database is still queued or running: it is found there as after a crash.
    fn wake_later(&self, run: &Active) {
        self.wake.add(self.clock.now().plus(Duration::from_secs(1)), run.seq);
    }
}

impl Task<'_> {
    fn key(&self) -> &str {
        &self.run.version.definition.steps[self.step].key
    }

    fn entry(&self, at: Timestamp, event: Event) -> Entry {
        Entry { step: self.key().to_owned(), attempt: self.attempt, at, event }
    }

    fn fault(&self, code: &str, message: &str) -> Fault {
        Fault { code: code.to_owned(), message: message.to_owned(), step: Some(self.key().to_owned()) }
    }

    /// The step's inputs, filled in. A null is left out by the connector.
    fn inputs(&self, user: &UserRouting) -> Result<Map<String, Value>, String> {
        let template = self.run.version.inputs[self.step].as_ref().map_err(ToString::to_string)?;
        match template.fill(&context::context(self.run, user, &self.project)) {
            Ok(Value::Object(inputs)) => Ok(inputs),
            Ok(_) => Ok(Map::new()),
            Err(error) => Err(error.to_string()),
        }
    }

    fn call(&self, inputs: Map<String, Value>, intent_at: Timestamp) -> ActionCall {
        let step = &self.run.version.definition.steps[self.step];
        ActionCall {
            project_id: self.run.project_id,
            credential_id: self.run.credential_id,
            connector: step.connector.clone().unwrap_or_else(|| self.run.version.connector.clone()),
            action: step.action.clone().unwrap_or_default(),
            inputs,
            idempotency_key: format!("{}/{}", self.run.id, step.key),
            intent_at,
        }
    }

    fn failed(&self, inputs: Value, code: &str, message: &str, began: Timestamp, ended: Timestamp) -> Event {
        Event::Failed {
            inputs,
            fault: self.fault(code, message),
            duration_ms: duration(began, ended),
            exchange: None,
            next_attempt_at: None,
            rule: "the step's inputs could not be filled in: repeating it cannot help".into(),
            counts: true,
        }
    }

    /// What the journal says about a failed attempt, and whether a write is in doubt.
    fn outcome_of_error(
        &self,
        call: &ActionCall,
        error: &ActionError,
        strategy: DoubtStrategy,
        began: Timestamp,
        ended: Timestamp,
        random: u128,
    ) -> (Event, bool) {
        let masker = Masker::new(self.run, &self.project);
        let inputs = masker.value(Value::Object(call.inputs.clone()));
        let fault = self.fault(error.code(), &masker.text(error.to_string()));
        let exchange = masker.exchange(error.exchange());
        let retry = self.run.version.definition.steps[self.step].retry;
        let (next_attempt_at, rule, counts) =
            match retry::decide(Question { error, strategy, used: self.used, retry, now: ended, random }) {
                Verdict::Doubt => return (Event::InDoubt { inputs, fault, exchange }, true),
                Verdict::Retry { at, counts, rule } => (Some(at), rule, counts),
                Verdict::Fail { rule } => (None, rule, true),
            };
        (
            Event::Failed {
                inputs,
                fault,
                duration_ms: duration(began, ended),
                exchange,
                next_attempt_at,
                rule,
                counts,
            },
            false,
        )
    }
}

/// Adds lines to the journal in memory and numbers them for the database.
fn number(run: &mut Active, entries: Vec<Entry>) -> Vec<(u32, Entry)> {
    entries
        .into_iter()
        .map(|entry| {
            run.journal.push(entry.clone());
            (run.journal.len() as u32 - 1, entry)
        })
        .collect()
}

fn last_fault(journal: &[Entry]) -> Option<Fault> {
    match &journal.last()?.event {
        Event::Failed { fault, .. } | Event::InDoubt { fault, .. } => Some(fault.clone()),
        _ => None,
    }
}

fn duration(from: Timestamp, to: Timestamp) -> u64 {
    u64::try_from(to.since(from).as_millis()).unwrap_or(u64::MAX)
}

fn strategy_name(strategy: DoubtStrategy) -> &'static str {
    match strategy {
        DoubtStrategy::Safe => "safe",
        DoubtStrategy::IdempotencyKey => "idempotency-key",
        DoubtStrategy::NaturalKey => "natural-key",
        DoubtStrategy::Ask => "ask",
    }
}
