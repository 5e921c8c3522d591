//! What comes next in a run: a pure function of the workflow version and the journal. It knows no
//! clock, does no IO and cannot wait; the same journal always gives the same answer.

use linchpin_domain::Timestamp;
use linchpin_domain::journal::{Entry, Event};
use linchpin_domain::run::Fault;
use linchpin_domain::workflow::{Definition, OnError};

/// What comes next.
#[derive(Debug, Clone, PartialEq)]
pub enum Next {
    /// Perform a step.
    Perform {
        /// Index into the definition's steps.
        step: usize,
        /// Number of the attempt, from 1.
        attempt: u32,
        /// Retries of this step that are used up.
        used: usize,
        /// Not before this moment.
        not_before: Option<Timestamp>,
    },
    /// A write may have happened: find out.
    Settle {
        /// Index into the definition's steps.
        step: usize,
        /// The attempt in doubt.
        attempt: u32,
        /// Retries of this step that are used up.
        used: usize,
        /// When its intent was journaled.
        intent_at: Timestamp,
    },
    /// Every step is done.
    Succeed,
    /// A step failed for good.
    Fail(Fault),
}

/// Decides what comes next.
pub fn decide(definition: &Definition, journal: &[Entry]) -> Next {
    for (index, step) in definition.steps.iter().enumerate() {
        let lines = || journal.iter().filter(|entry| entry.step == step.key);
        let used = lines()
            .filter(|entry| matches!(entry.event, Event::Failed { counts: true, next_attempt_at: Some(_), .. }))
            .count();
        let Some(last) = lines().next_back() else {
            return Next::Perform { step: index, attempt: 1, used: 0, not_before: None };
        };
        match &last.event {
            Event::Succeeded { .. } => {}
            Event::Failed { next_attempt_at: Some(at), .. } => {
                return Next::Perform { step: index, attempt: last.attempt + 1, used, not_before: Some(*at) };
            }
            Event::Failed { fault, .. } => {
                if step.on_error == OnError::Stop {
                    return Next::Fail(fault.clone());
                }
            }
            Event::Waiting { until, .. } => {
                return Next::Perform { step: index, attempt: last.attempt, used, not_before: Some(*until) };
            }
            Event::Intent { .. } | Event::InDoubt { .. } => {
                let intent_at = lines()
                    .find(|entry| entry.attempt == last.attempt && matches!(entry.event, Event::Intent { .. }))
                    .map_or(last.at, |entry| entry.at);
                return Next::Settle { step: index, attempt: last.attempt, used, intent_at };
            }
        }
    }
    Next::Succeed
}

/// How many steps are done.
pub fn steps_done(definition: &Definition, journal: &[Entry]) -> u32 {
    let done = definition.steps.iter().take_while(|step| {
        journal.iter().rev().find(|entry| entry.step == step.key).is_some_and(|last| match last.event {
            Event::Succeeded { .. } => true,
            Event::Failed { next_attempt_at: None, .. } => step.on_error == OnError::Continue,
            _ => false,
        })
    });
    u32::try_from(done.count()).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn definition(on_error: &str) -> Definition {
        serde_json::from_value(json!({"trigger": {"appEvent": "E"}, "steps": [
            {"key": "a", "action": "x.y", "onError": on_error},
            {"key": "b", "action": "x.y"},
        ]}))
        .expect("valid")
    }

    fn line(step: &str, attempt: u32, at: i64, event: Value) -> Entry {
        Entry {
            step: step.into(),
            attempt,
            at: Timestamp::from_millis(at),
            event: serde_json::from_value(event).expect("valid"),
        }
    }

    fn intent() -> Value {
        json!({"kind": "intent", "inputs": {}})
    }

    fn succeeded() -> Value {
        json!({"kind": "succeeded", "inputs": {}, "output": {}, "duration_ms": 1})
    }

    fn failed(next: Option<&str>, counts: bool) -> Value {
        json!({"kind": "failed", "fault": {"code": "c", "message": "m"}, "duration_ms": 1, "next_attempt_at": next, "rule": "r", "counts": counts})
    }

    #[test]
    fn a_run_goes_from_step_to_step() {
        let workflow = definition("stop");
        assert_eq!(decide(&workflow, &[]), Next::Perform { step: 0, attempt: 1, used: 0, not_before: None });
        let mut journal = vec![line("a", 1, 5, intent())];
        assert_eq!(
            decide(&workflow, &journal),
            Next::Settle { step: 0, attempt: 1, used: 0, intent_at: Timestamp::from_millis(5) }
        );
        journal.push(line("a", 1, 6, succeeded()));
        assert_eq!(decide(&workflow, &journal), Next::Perform { step: 1, attempt: 1, used: 0, not_before: None });
        assert_eq!(steps_done(&workflow, &journal), 1);
        journal.push(line("b", 1, 7, succeeded()));
        assert_eq!(decide(&workflow, &journal), Next::Succeed);
        assert_eq!(steps_done(&workflow, &journal), 2);
    }

    #[test]
    fn a_failed_attempt_is_tried_again_not_before_its_time() {
        let workflow = definition("stop");
        let journal = [
            line("a", 1, 5, failed(Some("1970-01-01T00:00:10Z"), false)),
            line("a", 2, 6, failed(Some("1970-01-01T00:00:20Z"), true)),
        ];
        assert_eq!(
            decide(&workflow, &journal),
            Next::Perform { step: 0, attempt: 3, used: 1, not_before: Timestamp::parse("1970-01-01T00:00:20Z") }
        );
    }

    #[test]
    fn a_final_failure_stops_the_run_unless_the_step_says_continue() {
        let journal = [line("a", 1, 5, failed(None, true))];
        assert!(matches!(decide(&definition("stop"), &journal), Next::Fail(fault) if fault.code == "c"));
        assert_eq!(
            decide(&definition("continue"), &journal),
            Next::Perform { step: 1, attempt: 1, used: 0, not_before: None }
        );
    }

    #[test]
    fn a_delay_is_done_by_the_same_attempt_not_before_its_time() {
        let waiting =
            json!({"kind": "waiting", "inputs": {"amount": 1, "unit": "minutes"}, "until": "1970-01-01T00:01:00Z"});
        assert_eq!(
            decide(&definition("stop"), &[line("a", 1, 5, waiting)]),
            Next::Perform { step: 0, attempt: 1, used: 0, not_before: Timestamp::parse("1970-01-01T00:01:00Z") }
        );
    }

    #[test]
    fn a_doubt_is_settled_with_the_time_of_its_own_intent() {
        let journal = [
            line("a", 1, 5, intent()),
            line("a", 1, 6, failed(Some("1970-01-01T00:00:10Z"), true)),
            line("a", 2, 7, intent()),
            line("a", 2, 8, json!({"kind": "in_doubt", "fault": {"code": "c", "message": "m"}})),
        ];
        assert_eq!(
            decide(&definition("stop"), &journal),
            Next::Settle { step: 0, attempt: 2, used: 1, intent_at: Timestamp::from_millis(7) }
        );
    }
}
