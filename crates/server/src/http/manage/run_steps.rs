//! A run's journal as steps and attempts.

use std::time::Duration;

use linchpin_domain::Timestamp;
use linchpin_domain::connector::Exchange;
use linchpin_domain::journal::{Entry, Event};
use linchpin_domain::run::State as RunState;
use linchpin_domain::workflow::Definition;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::runs::FaultView;

/// A step of a run.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = RunStep)]
pub struct StepView {
    key: String,
    title: String,
    action: Option<String>,
    state: StepState,
    attempts: Vec<AttemptView>,
}

/// Where a step or an attempt stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum StepState {
    /// Its turn has not come.
    NotReached,
    /// Under way.
    Running,
    /// For its next attempt.
    Waiting,
    /// A write may or may not have happened.
    InDoubt,
    /// Done.
    Succeeded,
    /// For good.
    Failed,
    /// The run ended before it.
    Skipped,
}

/// One attempt of a step.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Attempt)]
pub struct AttemptView {
    /// From 1.
    attempt: u32,
    #[schema(value_type = Option<String>, format = DateTime)]
    started_at: Option<Timestamp>,
    #[schema(value_type = Option<String>, format = DateTime)]
    finished_at: Option<Timestamp>,
    duration_ms: Option<u64>,
    state: StepState,
    /// As filled in; secrets masked.
    #[schema(value_type = Option<Object>)]
    inputs: Option<Value>,
    #[schema(value_type = Option<Object>)]
    output: Option<Value>,
    #[schema(value_type = Option<Object>)]
    exchange: Option<Exchange>,
    fault: Option<FaultView>,
    #[schema(value_type = Option<String>, format = DateTime)]
    next_attempt_at: Option<Timestamp>,
    /// The rule that decided about another attempt.
    rule: Option<String>,
    /// True when the record was found after a doubt instead of made.
    adopted: bool,
}

/// The steps of a run, in the workflow's order. `title_of` names actions.
pub(super) fn view(
    definition: &Definition,
    lines: &[Entry],
    run: RunState,
    title_of: impl Fn(&str) -> Option<String>,
) -> Vec<StepView> {
    let mut reached = true;
    definition
        .steps
        .iter()
        .map(|step| {
            let attempts = attempts(lines.iter().filter(|entry| entry.step == step.key), run);
            let state = match attempts.last() {
                Some(last) if last.state == StepState::Failed && last.next_attempt_at.is_some() && !run.is_final() => {
                    StepState::Waiting
                }
                Some(last) => last.state,
                None if run.is_final() => StepState::Skipped,
                None if reached && run == RunState::Running => StepState::Running,
                None => StepState::NotReached,
            };
            let goes_on = step.on_error == linchpin_domain::workflow::OnError::Continue;
            reached &= state == StepState::Succeeded || (state == StepState::Failed && goes_on);
            let title = step
                .title
                .clone()
                .or_else(|| step.delay.as_ref().map(linchpin_domain::delay::Delay::title))
                .or_else(|| step.function.as_ref().map(|_| "Function".into()))
                .or_else(|| step.action.as_deref().and_then(&title_of));
            StepView {
                key: step.key.clone(),
                title: title.unwrap_or_else(|| step.key.clone()),
                action: step.action.clone(),
                state,
                attempts,
            }
        })
        .collect()
}

fn attempts<'a>(lines: impl Iterator<Item = &'a Entry>, run: RunState) -> Vec<AttemptView> {
    let mut attempts: Vec<AttemptView> = Vec::new();
    for entry in lines {
        if attempts.last().is_none_or(|last| last.attempt != entry.attempt) {
            attempts.push(AttemptView {
                attempt: entry.attempt,
                started_at: None,
                finished_at: None,
                duration_ms: None,
                state: StepState::Running,
                inputs: None,
                output: None,
                exchange: None,
                fault: None,
                next_attempt_at: None,
                rule: None,
                adopted: false,
            });
        }
        let attempt = attempts.last_mut().expect("one was pushed above");
        add(attempt, entry, run);
    }
    attempts
}

fn add(attempt: &mut AttemptView, entry: &Entry, run: RunState) {
    match &entry.event {
        Event::Intent { inputs, .. } => {
            attempt.started_at = Some(entry.at);
            attempt.inputs = Some(inputs.clone());
            // Sent, and no answer was written down: under way, unless the run stands.
            attempt.state = match run {
                RunState::InDoubt => StepState::InDoubt,
                RunState::Cancelled => StepState::Skipped,
                _ => StepState::Running,
            };
        }
        Event::Succeeded { inputs, output, duration_ms, exchange, adopted } => {
            attempt.state = StepState::Succeeded;
            attempt.next_attempt_at = None;
            keep(&mut attempt.inputs, inputs.as_ref());
            attempt.output = Some(output.clone());
            attempt.adopted = *adopted;
            finish(attempt, entry.at, *duration_ms, exchange.as_ref());
        }
        Event::Failed { inputs, fault, duration_ms, exchange, next_attempt_at, rule, .. } => {
            attempt.state = StepState::Failed;
            keep(&mut attempt.inputs, inputs.as_ref());
            attempt.fault = Some(fault.clone().into());
            attempt.next_attempt_at = *next_attempt_at;
            attempt.rule = Some(rule.clone());
            finish(attempt, entry.at, *duration_ms, exchange.as_ref());
        }
        Event::Waiting { inputs, until } => {
            attempt.started_at = Some(entry.at);
            attempt.inputs = Some(inputs.clone());
            attempt.next_attempt_at = Some(*until);
            attempt.state = if run.is_final() { StepState::Skipped } else { StepState::Waiting };
        }
        Event::InDoubt { fault, exchange } => {
            attempt.state = StepState::InDoubt;
            attempt.fault = Some(fault.clone().into());
            attempt.exchange.clone_from(exchange);
        }
    }
}

/// What an intent said is not said again by the outcome.
fn keep(known: &mut Option<Value>, said: Option<&Value>) {
    if let Some(said) = said {
        *known = Some(said.clone());
    }
}

fn finish(attempt: &mut AttemptView, at: Timestamp, duration_ms: u64, exchange: Option<&Exchange>) {
    let began = || at.since(Timestamp::default()).saturating_sub(Duration::from_millis(duration_ms));
    attempt.started_at.get_or_insert_with(|| Timestamp::from_millis(began().as_millis() as i64));
    attempt.finished_at = Some(at);
    attempt.duration_ms = Some(duration_ms);
    if let Some(exchange) = exchange {
        attempt.exchange = Some(exchange.clone());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use linchpin_domain::run::Fault;
    use serde_json::json;

    fn definition() -> Definition {
        serde_json::from_value(json!({
            "trigger": {"appEvent": "Contact Created"},
            "steps": [{"key": "a", "action": "contacts.create"}, {"key": "b", "title": "Second", "action": "notes.create"}]
        }))
        .expect("a definition")
    }

    fn entry(step: &str, attempt: u32, at: i64, event: Event) -> Entry {
        Entry { step: step.into(), attempt, at: Timestamp::from_millis(at), event }
    }

    fn failed(next: Option<i64>) -> Event {
        Event::Failed {
            inputs: None,
            fault: Fault { code: "unreachable".into(), message: "no answer".into(), step: None },
            duration_ms: 10,
            exchange: None,
            next_attempt_at: next.map(Timestamp::from_millis),
            rule: "retried".into(),
            counts: true,
        }
    }

    fn check(lines: &[Entry], run: RunState, expected: &[(&str, StepState, usize)]) {
        let steps = view(&definition(), lines, run, |_| Some("Create contact".into()));
        let found: Vec<_> = steps.iter().map(|step| (step.key.as_str(), step.state, step.attempts.len())).collect();
        assert_eq!(found, expected);
        assert_eq!(steps[0].title, "Create contact");
        assert_eq!(steps[1].title, "Second");
    }

    #[test]
    fn a_journal_reads_as_steps_and_attempts() {
        use StepState::{Failed, InDoubt, NotReached, Running, Skipped, Succeeded, Waiting};
        let intent = || Event::Intent { inputs: json!({}), strategy: None };
        let done = || Event::Succeeded {
            inputs: None,
            output: json!({"id": 1}),
            duration_ms: 5,
            exchange: None,
            adopted: false,
        };
        check(&[], RunState::Queued, &[("a", NotReached, 0), ("b", NotReached, 0)]);
        check(&[], RunState::Running, &[("a", Running, 0), ("b", NotReached, 0)]);
        check(&[entry("a", 1, 100, intent())], RunState::Running, &[("a", Running, 1), ("b", NotReached, 0)]);
        check(&[entry("a", 1, 100, intent())], RunState::InDoubt, &[("a", InDoubt, 1), ("b", NotReached, 0)]);
        check(&[entry("a", 1, 100, failed(Some(900)))], RunState::Waiting, &[("a", Waiting, 1), ("b", NotReached, 0)]);
        check(
            &[entry("a", 1, 100, failed(Some(900))), entry("a", 2, 900, done())],
            RunState::Running,
            &[("a", Succeeded, 2), ("b", Running, 0)],
        );
        check(&[entry("a", 1, 100, failed(None))], RunState::Failed, &[("a", Failed, 1), ("b", Skipped, 0)]);
        let waiting =
            || Event::Waiting { inputs: json!({"amount": 1, "unit": "seconds"}), until: Timestamp::from_millis(1_100) };
        check(&[entry("a", 1, 100, waiting())], RunState::Waiting, &[("a", Waiting, 1), ("b", NotReached, 0)]);
        check(&[entry("a", 1, 100, waiting())], RunState::Cancelled, &[("a", Skipped, 1), ("b", Skipped, 0)]);
        check(
            &[entry("a", 1, 100, waiting()), entry("a", 1, 1_100, done())],
            RunState::Running,
            &[("a", Succeeded, 1), ("b", Running, 0)],
        );
        let steps = view(&definition(), &[entry("a", 1, 100, failed(None))], RunState::Failed, |_| None);
        assert_eq!(steps[0].attempts[0].started_at, Some(Timestamp::from_millis(90)));
    }
}
