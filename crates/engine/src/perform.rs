//! Carries out what [`decide`] says.
//!
//! Before a write is sent, its intent is durable; before the next step starts, the outcome is. An
//! outcome that cannot be written just now (disk full, database away) is held and written again.

use std::sync::Arc;

use linchpin_domain::connector::{ActionError, ActionOutput, DoubtStrategy};
use linchpin_domain::journal::Event;
use linchpin_domain::run::State;
use serde_json::Value;

use crate::Engine;
use crate::active::{Active, fault};
use crate::decide::{Next, decide};
use crate::function;
use crate::record::intent;
use crate::task::{Failure, Task, duration};

/// What the loop does after a step.
pub enum After {
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
        let task = Task { run, project: Arc::clone(&project), step, attempt, used };
        let inputs = match task.inputs(&user) {
            Ok(inputs) => inputs,
            Err(message) => {
                let entry = task.entry(began, task.unfilled(&message));
                return Ok(self.record(run, entry).await);
            }
        };
        if let Some(delay) = &run.version.definition.steps[step].delay {
            let entry = task.entry(began, task.delay(delay, inputs, began));
            return Ok(self.record(run, entry).await);
        }
        if let Some(function) = &run.version.definition.steps[step].function {
            let result = function::run(&function.code, &inputs, function::Limits::default()).await;
            let entry = task.entry(began, task.function(inputs, result, began, self.inner.clock.now()));
            return Ok(self.record(run, entry).await);
        }
        let mut call = task.call(inputs, began);
        let mut inputs = Some(task.masker().value(Value::Object(call.inputs.clone())));
        let plan = match self.inner.connector.plan(&call) {
            Ok(plan) => plan,
            Err(error) => {
                let strategy = DoubtStrategy::Safe;
                let failure = Failure { error: &error, strategy, inputs, began, ended: began, random: 0 };
                let entry = task.entry(began, task.outcome(failure));
                return Ok(self.record(run, entry).await);
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
        if !plan.reads_only {
            call.intent_at = self.inner.clock.now();
            let entry = task.entry(call.intent_at, intent(inputs.take().unwrap_or_default(), plan.strategy));
            self.write_intent(run, entry, began).await?;
        }
        let result = self.inner.connector.perform(&call).await;
        let ended = self.inner.clock.now();
        let task = Task { run, project, step, attempt, used };
        let event = match result {
            Ok(ActionOutput { output, exchange }) => {
                let masker = task.masker();
                Event::Succeeded {
                    inputs,
                    output: masker.value(output),
                    duration_ms: duration(began, ended),
                    exchange: masker.exchange(exchange.as_ref()),
                    adopted: false,
                }
            }
            Err(error) => {
                if let ActionError::RateLimited { retry_after, .. } = &error {
                    self.inner.scheduler.pause(call.credential_id, ended.plus(*retry_after));
                }
                let random = self.inner.clock.random();
                task.outcome(Failure { error: &error, strategy: plan.strategy, inputs, began, ended, random })
            }
        };
        if matches!(event, Event::InDoubt { .. }) {
            tracing::warn!(run.id = %task.run.id, step.key = %task.key(), "a write is in doubt");
            metrics::counter!("linchpin_doubts").increment(1);
        }
        let entry = task.entry(ended, event);
        Ok(self.record(run, entry).await)
    }
}
