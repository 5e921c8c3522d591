//! One attempt of one step: its inputs, its call, what its outcome means.

use std::sync::Arc;

use linchpin_domain::Timestamp;
use linchpin_domain::connector::{ActionCall, ActionError, DoubtStrategy};
use linchpin_domain::delay::Delay;
use linchpin_domain::journal::{Entry, Event};
use linchpin_domain::run::Fault;
use linchpin_store::routing::UserRouting;
use serde_json::{Map, Value, json};

use crate::active::Active;
use crate::context::{self, Masker};
use crate::function::FunctionError;
use crate::retry::{self, Question, Verdict};
use crate::snapshot::Project;

/// A step about to be performed or settled.
pub struct Task<'a> {
    pub run: &'a Active,
    pub project: Arc<Project>,
    pub step: usize,
    pub attempt: u32,
    /// Retries of the step that are used up.
    pub used: usize,
}

/// A failed attempt.
pub struct Failure<'a> {
    pub error: &'a ActionError,
    pub strategy: DoubtStrategy,
    /// The inputs, masked, when no intent holds them.
    pub inputs: Option<Value>,
    pub began: Timestamp,
    pub ended: Timestamp,
    /// For the jitter of the next attempt.
    pub random: u128,
}

impl Task<'_> {
    pub fn key(&self) -> &str {
        &self.run.version.definition.steps[self.step].key
    }

    pub fn entry(&self, at: Timestamp, event: Event) -> Entry {
        Entry { step: self.key().to_owned(), attempt: self.attempt, at, event }
    }

    pub fn fault(&self, code: &str, message: &str) -> Fault {
        Fault { code: code.to_owned(), message: message.to_owned(), step: Some(self.key().to_owned()) }
    }

    pub fn masker(&self) -> Masker<'_> {
        Masker::new(self.run, &self.project)
    }

    /// The step's inputs, filled in. A null is left out by the connector.
    pub fn inputs(&self, user: &UserRouting) -> Result<Map<String, Value>, String> {
        let template = self.run.version.inputs[self.step].as_ref().map_err(ToString::to_string)?;
        match template.fill(&context::context(self.run, user, &self.project)) {
            Ok(Value::Object(inputs)) => Ok(inputs),
            Ok(_) => Ok(Map::new()),
            Err(error) => Err(error.to_string()),
        }
    }

    pub fn call(&self, inputs: Map<String, Value>, intent_at: Timestamp) -> ActionCall {
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

    /// The step's inputs could not be filled in.
    pub fn unfilled(&self, message: &str) -> Event {
        Event::Failed {
            inputs: None,
            fault: self.fault("template", message),
            duration_ms: 0,
            exchange: None,
            next_attempt_at: None,
            rule: "the step's inputs could not be filled in: repeating it cannot help".into(),
            counts: true,
        }
    }

    /// A delay begins, or, when it was begun before and its time has come, is done.
    pub fn delay(&self, delay: &Delay, inputs: Map<String, Value>, now: Timestamp) -> Event {
        let begun = self.run.journal.iter().rev().find(|entry| entry.step == self.key());
        if let Some(Entry { at, event: Event::Waiting { .. }, .. }) = begun {
            let output = Value::Object(Map::new());
            let duration_ms = duration(*at, now);
            return Event::Succeeded { inputs: None, output, duration_ms, exchange: None, adopted: false };
        }
        match delay.duration(inputs.get("amount").unwrap_or(&Value::Null)) {
            Ok(length) => {
                Event::Waiting { inputs: self.masker().value(Value::Object(inputs)), until: now.plus(length) }
            }
            Err(message) => Event::Failed {
                inputs: Some(self.masker().value(Value::Object(inputs))),
                fault: self.fault("invalid_inputs", &self.masker().text(message)),
                duration_ms: 0,
                exchange: None,
                next_attempt_at: None,
                rule: "the delay's amount is no number: repeating it cannot help".into(),
                counts: true,
            },
        }
    }

    /// What came of a Function. It has no effect outside, so it needs no intent: a crash runs it again.
    pub fn function(
        &self,
        inputs: Map<String, Value>,
        result: Result<Value, FunctionError>,
        began: Timestamp,
        ended: Timestamp,
    ) -> Event {
        let masker = self.masker();
        let inputs = Some(masker.value(Value::Object(inputs)));
        let duration_ms = duration(began, ended);
        match result {
            Ok(result) => Event::Succeeded {
                inputs,
                output: json!({"result": masker.value(result)}),
                duration_ms,
                exchange: None,
                adopted: false,
            },
            Err(error) => Event::Failed {
                inputs,
                fault: self.fault(error.code(), &masker.text(error.to_string())),
                duration_ms,
                exchange: None,
                next_attempt_at: None,
                rule: "a Function does the same with the same parameters: repeating it cannot help".into(),
                counts: true,
            },
        }
    }

    /// How often this step was sent again after a doubt.
    fn interruptions(&self) -> usize {
        let interrupted = |event: &Event| matches!(event, Event::Failed { fault, .. } if fault.code == INTERRUPTED);
        self.run.journal.iter().filter(|entry| entry.step == self.key() && interrupted(&entry.event)).count()
    }

    /// What the journal says about a failed attempt: failed, tried again, or in doubt.
    pub fn outcome(&self, failure: Failure<'_>) -> Event {
        let masker = self.masker();
        let fault = self.fault(failure.error.code(), &masker.text(failure.error.to_string()));
        let exchange = masker.exchange(failure.error.exchange());
        if failure.error.code() == CONFLICT && self.interruptions() == 1 {
            // The first request was still travelling when it was looked up, and has arrived since: ask
            // again. Once only: a second time the record in the way is somebody else's.
            return Event::InDoubt { fault, exchange };
        }
        let question = Question {
            error: failure.error,
            strategy: failure.strategy,
            used: self.used,
            retry: self.run.version.definition.steps[self.step].retry,
            now: failure.ended,
            random: failure.random,
        };
        let (next_attempt_at, rule, counts) = match retry::decide(question) {
            Verdict::Doubt => return Event::InDoubt { fault, exchange },
            Verdict::Retry { at, counts, rule } => (Some(at), rule, counts),
            Verdict::Fail { rule } => (None, rule, true),
        };
        let duration_ms = duration(failure.began, failure.ended);
        Event::Failed { inputs: failure.inputs, fault, duration_ms, exchange, next_attempt_at, rule, counts }
    }
}

/// The class of an error that says that the record exists already.
const CONFLICT: &str = "conflict";
/// The fault of an attempt that was found not to have happened after a doubt.
pub const INTERRUPTED: &str = "interrupted";

/// Milliseconds between two moments.
pub fn duration(from: Timestamp, to: Timestamp) -> u64 {
    u64::try_from(to.since(from).as_millis()).unwrap_or(u64::MAX)
}
