//! Journals what came of a step, and the run's state with it, in one commit.

use std::time::Duration;

use linchpin_domain::Timestamp;
use linchpin_domain::connector::DoubtStrategy;
use linchpin_domain::journal::{Entry, Event};
use linchpin_domain::run::{Fault, State};
use linchpin_store::writer::{Append, Line, StateChange};
use serde_json::Value;

use crate::Engine;
use crate::active::Active;
use crate::decide::{Next, decide, steps_done};
use crate::perform::After;

/// Between attempts to write an outcome that could not be written.
const WRITE_AGAIN: Duration = Duration::from_millis(500);

impl Engine {
    /// Makes a write's intent durable. Nothing has been sent yet, so a failure is not held: the run is
    /// taken up again later.
    pub(crate) async fn write_intent(
        &self,
        run: &mut Active,
        entry: Entry,
        began: Timestamp,
    ) -> linchpin_store::Result<()> {
        let change = StateChange {
            state: State::Running,
            steps_done: steps_done(&run.version.definition, &run.journal),
            wake_at: None,
            fault: None,
            started_at: Some(began),
            at: began,
        };
        let lines = vec![Line::new(run.journal.len(), &entry)];
        self.inner.writer.append(Append { run_seq: run.seq, lines, change: Some(change) }).await?;
        run.journal.push(entry);
        Ok(())
    }

    /// Journals an outcome. When it decides the run's end or a wait, that is in the same commit.
    pub(crate) async fn record(&self, run: &mut Active, entry: Entry) -> After {
        let lines = vec![Line::new(run.journal.len(), &entry)];
        run.journal.push(entry);
        match decide(&run.version.definition, &run.journal) {
            Next::Succeed => self.finish(run, lines, State::Succeeded, None).await,
            Next::Fail(fault) => self.finish(run, lines, State::Failed, Some(fault)).await,
            Next::Perform { not_before: Some(at), .. } if at > self.inner.clock.now() => {
                self.wait(run, lines, at, last_fault(&run.journal)).await;
            }
            Next::Perform { .. } | Next::Settle { .. } => {
                self.write(run, lines, State::Running, None, None).await;
                return After::GoOn;
            }
        }
        After::Leave
    }

    pub(crate) async fn finish(&self, run: &Active, lines: Vec<Line>, state: State, fault: Option<Fault>) {
        self.write(run, lines, state, None, fault.clone()).await;
        self.inner.responses.ended(run.id, state, fault.as_ref());
        metrics::counter!("linchpin_runs_finished", "state" => state.as_str()).increment(1);
    }

    pub(crate) async fn wait(&self, run: &Active, lines: Vec<Line>, at: Timestamp, fault: Option<Fault>) {
        self.write(run, lines, State::Waiting, Some(at), fault).await;
        self.inner.wake.add(at, run.seq);
    }

    pub(crate) async fn leave_in_doubt(&self, run: &Active, step: usize, reason: &str) -> After {
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
        lines: Vec<Line>,
        state: State,
        wake_at: Option<Timestamp>,
        fault: Option<Fault>,
    ) {
        let change = StateChange {
            state,
            steps_done: steps_done(&run.version.definition, &run.journal),
            wake_at,
            fault,
            started_at: run.journal.first().map(|entry| entry.at),
            at: self.inner.clock.now(),
        };
        let append = Append { run_seq: run.seq, lines, change: Some(change) };
        while let Err(error) = self.inner.writer.append(append.clone()).await {
            tracing::error!(
                error = &error as &dyn std::error::Error,
                run.id = %run.id,
                "an outcome could not be written; it is held and written again"
            );
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
    pub(crate) fn wake_later(&self, run: &Active) {
        self.wake.add(self.clock.now().plus(Duration::from_secs(1)), run.seq);
    }
}

/// The intent of a write.
pub fn intent(inputs: Value, strategy: DoubtStrategy) -> Event {
    let strategy = match strategy {
        DoubtStrategy::Safe => "safe",
        DoubtStrategy::IdempotencyKey => "idempotency-key",
        DoubtStrategy::NaturalKey => "natural-key",
        DoubtStrategy::Ask => "ask",
    };
    Event::Intent { inputs, strategy: Some(strategy.into()) }
}

fn last_fault(journal: &[Entry]) -> Option<Fault> {
    match &journal.last()?.event {
        Event::Failed { fault, .. } | Event::InDoubt { fault, .. } => Some(fault.clone()),
        _ => None,
    }
}
