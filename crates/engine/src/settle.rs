//! Settles doubts: finds out whether a write that may have been sent did happen.

use std::sync::Arc;

use linchpin_domain::Timestamp;
use linchpin_domain::connector::{ActionError, ActionOutput, ActionPlan, DoubtStrategy, Settled};
use linchpin_domain::journal::{self, Event};
use linchpin_domain::run::State;
use serde_json::Value;

use crate::Engine;
use crate::active::{Active, fault};
use crate::context::MASK;
use crate::perform::After;
use crate::retry;
use crate::task::{INTERRUPTED, Task, duration};

impl Engine {
    /// Finds out whether a write in doubt happened.
    pub(crate) async fn settle_doubt(
        &self,
        run: &mut Active,
        step: usize,
        attempt: u32,
        used: usize,
        intent_at: Timestamp,
    ) -> linchpin_store::Result<After> {
        let project = self.inner.snapshot.project(run.project_id).await?;
        let key = &run.version.definition.steps[step].key;
        let stored = match journal::inputs(&run.journal, key, attempt) {
            Some(Value::Object(inputs)) => inputs.clone(),
            _ => serde_json::Map::new(),
        };
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
        let masker = task.masker();
        let again = |rule: &str, now: Timestamp| Event::Failed {
            inputs: None,
            fault: task
                .fault(INTERRUPTED, "the server stopped, or the answer was lost, while this write was under way"),
            duration_ms: 0,
            exchange: None,
            next_attempt_at: Some(now),
            rule: rule.into(),
            counts: false,
        };
        if matches!(plan.strategy, DoubtStrategy::Safe | DoubtStrategy::IdempotencyKey) {
            let now = self.inner.clock.now();
            let entry = task.entry(now, again("the action may be repeated safely, so it is sent again", now));
            return Ok(self.record(run, entry).await);
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
                    inputs: None,
                    output: masker.value(output),
                    duration_ms: duration(intent_at, now),
                    exchange: masker.exchange(exchange.as_ref()),
                    adopted: true,
                };
                let entry = task.entry(now, event);
                Ok(self.record(run, entry).await)
            }
            Ok(Settled::DidNotHappen) => {
                let rule = "the provider has no such record, so the write did not happen; it is sent again";
                let entry = task.entry(now, again(rule, now));
                Ok(self.record(run, entry).await)
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
}
