//! What a failed attempt means: one table, from which the documentation page is made as well.

use std::time::Duration;

use linchpin_domain::Timestamp;
use linchpin_domain::connector::{ActionError, DoubtStrategy, Sent};

/// Waits before the retries of one step, before jitter.
pub const WAITS: [Duration; 5] = [
    Duration::from_secs(10),
    Duration::from_secs(20),
    Duration::from_secs(30),
    Duration::from_secs(50),
    Duration::from_secs(80),
];

/// How a failed attempt goes on.
#[derive(Debug, Clone, PartialEq)]
pub enum Verdict {
    /// Another attempt at this time.
    Retry {
        /// Not before.
        at: Timestamp,
        /// Whether it uses up one of the retries.
        counts: bool,
        /// The rule in one sentence.
        rule: String,
    },
    /// The step has failed.
    Fail {
        /// The rule in one sentence.
        rule: String,
    },
    /// The write may have happened; it is settled before anything else.
    Doubt,
}

/// What the table is asked with.
#[derive(Debug, Clone, Copy)]
pub struct Question<'a> {
    /// Why the attempt failed.
    pub error: &'a ActionError,
    /// How a doubt about this action is settled.
    pub strategy: DoubtStrategy,
    /// Retries already used by this step.
    pub used: usize,
    /// Whether the step is retried at all.
    pub retry: bool,
    /// The present moment.
    pub now: Timestamp,
    /// Random bits for the jitter.
    pub random: u128,
}

/// Decides how a failed attempt goes on.
///
/// | failure | repeatable action | natural key, or nobody can tell |
/// |---|---|---|
/// | rate limited | wait as told, uses up no retry | same |
/// | reconnect needed, rejected, invalid inputs | fail | fail |
/// | unreachable, surely not sent | retry after about 10, 20, 30, 50, 80 s | same |
/// | unreachable, may have been sent | retry as above | settle the doubt first |
pub fn decide(question: Question<'_>) -> Verdict {
    match question.error {
        ActionError::RateLimited { provider, retry_after, .. } => Verdict::Retry {
            // Runs of one account must not all wake in the same instant.
            at: question
                .now
                .plus(*retry_after + jitter(*retry_after / 10 + Duration::from_millis(100), question.random)),
            counts: false,
            rule: format!(
                "{provider} asked to wait {}: the step waits, and no retry is used up",
                seconds(*retry_after)
            ),
        },
        ActionError::Reauthorize { provider, .. } => {
            Verdict::Fail { rule: format!("the {provider} account must be reconnected: not retried") }
        }
        ActionError::Rejected { provider, .. } => Verdict::Fail {
            rule: format!("{provider} understood the request and refused it: repeating it cannot help"),
        },
        ActionError::Invalid { .. } => {
            Verdict::Fail { rule: "the inputs do not make a request: repeating it cannot help".into() }
        }
        ActionError::Unreachable { sent, .. } => {
            let repeatable = matches!(question.strategy, DoubtStrategy::Safe | DoubtStrategy::IdempotencyKey);
            if *sent == Sent::Maybe && !repeatable {
                return Verdict::Doubt;
            }
            later(
                question,
                if *sent == Sent::No { "the request was surely not sent" } else { "the action may be repeated safely" },
            )
        }
    }
}

/// The next retry by the table of waits, or failure when they are used up.
pub fn later(question: Question<'_>, reason: &str) -> Verdict {
    if !question.retry {
        return Verdict::Fail { rule: "retries are switched off for this step".into() };
    }
    match WAITS.get(question.used) {
        Some(wait) => Verdict::Retry {
            at: question.now.plus(*wait + jitter(*wait / 5, question.random)),
            counts: true,
            rule: format!("{reason}: retry {} of {} after about {}", question.used + 1, WAITS.len(), seconds(*wait)),
        },
        None => Verdict::Fail { rule: format!("all {} retries are used up", WAITS.len()) },
    }
}

/// The longest wait between two questions whether a write happened.
const LONGEST_ASK: Duration = Duration::from_mins(5);

/// When to ask again whether a write of this age happened, while the provider cannot say. The older the doubt, the
/// rarer: the questions of an hour would else be all that a provider hears when it is back.
pub fn ask_after(age: Duration, random: u128) -> Duration {
    let wait = (age / 2).clamp(WAITS[0], LONGEST_ASK);
    wait + jitter(wait / 5, random)
}

fn jitter(up_to: Duration, random: u128) -> Duration {
    let millis = up_to.as_millis().max(1);
    Duration::from_millis(u64::try_from(random % millis).unwrap_or(0))
}

fn seconds(duration: Duration) -> String {
    if duration.as_millis().is_multiple_of(1_000) {
        format!("{} s", duration.as_secs())
    } else {
        format!("{:.1} s", duration.as_secs_f64())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(error: &ActionError, strategy: DoubtStrategy, used: usize, retry: bool) -> Verdict {
        decide(Question { error, strategy, used, retry, now: Timestamp::from_millis(0), random: 0 })
    }

    fn unreachable(sent: Sent) -> ActionError {
        ActionError::Unreachable { provider: "p".into(), sent, message: "m".into(), exchange: None }
    }

    #[test]
    fn each_row_of_the_table_holds() {
        let limited =
            ActionError::RateLimited { provider: "p".into(), retry_after: Duration::from_secs(7), exchange: None };
        assert!(
            matches!(check(&limited, DoubtStrategy::Ask, 5, false), Verdict::Retry { at, counts: false, .. } if at.as_millis() == 7_000)
        );
        let rejected = ActionError::Rejected {
            provider: "p".into(),
            status: 400,
            code: "validation".into(),
            message: String::new(),
            exchange: None,
        };
        assert!(matches!(check(&rejected, DoubtStrategy::Safe, 0, true), Verdict::Fail { .. }));
        let gone = ActionError::Reauthorize { provider: "p".into(), message: String::new(), exchange: None };
        assert!(matches!(check(&gone, DoubtStrategy::Safe, 0, true), Verdict::Fail { .. }));
        assert_eq!(check(&unreachable(Sent::Maybe), DoubtStrategy::NaturalKey, 0, true), Verdict::Doubt);
        assert_eq!(check(&unreachable(Sent::Maybe), DoubtStrategy::Ask, 0, true), Verdict::Doubt);
        for (used, wait) in WAITS.iter().enumerate() {
            for (sent, strategy) in [
                (Sent::No, DoubtStrategy::Ask),
                (Sent::Maybe, DoubtStrategy::Safe),
                (Sent::Maybe, DoubtStrategy::IdempotencyKey),
            ] {
                let verdict = check(&unreachable(sent), strategy, used, true);
                assert!(
                    matches!(verdict, Verdict::Retry { at, counts: true, .. } if at.as_millis() == wait.as_millis() as i64),
                    "{verdict:?}"
                );
            }
        }
        assert!(matches!(check(&unreachable(Sent::No), DoubtStrategy::Safe, 5, true), Verdict::Fail { .. }));
        assert!(matches!(check(&unreachable(Sent::No), DoubtStrategy::Safe, 0, false), Verdict::Fail { .. }));
    }
}
