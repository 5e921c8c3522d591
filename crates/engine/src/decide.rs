//! What comes next in a run: a pure function of the workflow version and the folded journal. It knows
//! no clock, does no IO and cannot wait; the same journal always gives the same answer.

use std::borrow::Cow;

use linchpin_domain::Timestamp;
use linchpin_domain::run::Fault;
use linchpin_domain::step::{CONCURRENCY, OnError, Step};
use linchpin_domain::template::Shared;
use linchpin_domain::workflow::Definition;

use crate::progress::{Progress, Stand};

/// What comes next.
#[derive(Debug, Clone, PartialEq)]
pub enum Next<'d> {
    /// These, in any order; several within a loop alone. Never none.
    Go(Vec<Job<'d>>),
    /// Every step is done.
    Succeed,
    /// A step failed for good.
    Fail(Fault),
}

/// One thing to do.
#[derive(Debug, Clone, PartialEq)]
pub struct Job<'d> {
    /// Where, as the journal says it.
    pub path: Cow<'d, str>,
    /// The step; for the end of an item the loop.
    pub step: &'d Step,
    /// The attempt, from 1.
    pub attempt: u32,
    /// What.
    pub what: What,
}

/// What is to be done.
#[derive(Debug, Clone, PartialEq)]
pub enum What {
    /// Perform the step.
    Perform {
        /// Not before this moment.
        not_before: Option<Timestamp>,
    },
    /// A write may have happened: find out.
    Settle {
        /// When its intent was journaled.
        intent_at: Timestamp,
    },
    /// All that is done for an item is done, or failed for good.
    EndItem(Option<Fault>),
    /// Every item of the loop is done.
    EndLoop,
}

/// How a list of steps stands.
enum Flow {
    Done,
    Busy,
    Failed(Fault),
}

/// Decides what comes next.
pub fn decide<'d>(definition: &'d Definition, progress: &Progress) -> Next<'d> {
    let mut jobs = Vec::new();
    match walk(&definition.steps, "", progress, &mut jobs) {
        Flow::Done => Next::Succeed,
        Flow::Busy => Next::Go(jobs),
        Flow::Failed(fault) => Next::Fail(fault),
    }
}

/// `around` is the path of the item that the steps are done for, with its slash; empty outside loops.
fn walk<'d>(steps: &'d [Step], around: &str, progress: &Progress, jobs: &mut Vec<Job<'d>>) -> Flow {
    for step in steps {
        let path: Cow<'d, str> =
            if around.is_empty() { Cow::Borrowed(&step.key) } else { Cow::Owned(format!("{around}{}", step.key)) };
        let mut go = |attempt, what| {
            jobs.push(Job { path: path.clone(), step, attempt, what });
            Flow::Busy
        };
        let Some(found) = progress.step(&path) else {
            return go(1, What::Perform { not_before: None });
        };
        match &found.stand {
            Stand::Retry(at) => return go(found.attempt + 1, What::Perform { not_before: Some(*at) }),
            Stand::Waiting { until, .. } => return go(found.attempt, What::Perform { not_before: Some(*until) }),
            Stand::Doubt(intent_at) => return go(found.attempt, What::Settle { intent_at: *intent_at }),
            Stand::Failed(fault) => {
                if step.on_error == OnError::Stop {
                    return Flow::Failed(fault.clone());
                }
            }
            Stand::Looping => return items(step, path, progress, jobs),
            Stand::Done(output) if step.conditions.is_some() => {
                match walk(chosen(step, output), around, progress, jobs) {
                    Flow::Done => {}
                    // The branch's failure, where the step says that the run goes on after one.
                    Flow::Failed(_) if step.on_error == OnError::Continue => {}
                    other => return other,
                }
            }
            Stand::Done(_) => {}
        }
    }
    Flow::Done
}

/// What a condition's output says: the branch that was chosen.
fn chosen<'d>(step: &'d Step, output: &Shared) -> &'d [Step] {
    if output.says("selectedChoice", YES) { &step.then } else { &step.otherwise }
}

/// The choice of a condition that holds.
pub const YES: &str = "Yes";
/// The choice of a condition that does not hold.
pub const NO: &str = "No";

fn items<'d>(step: &'d Step, path: Cow<'d, str>, progress: &Progress, jobs: &mut Vec<Job<'d>>) -> Flow {
    let attempt = progress.step(&path).map_or(1, |found| found.attempt);
    let Some(looping) = progress.looping(&path) else { return Flow::Done };
    if looping.is_done() {
        jobs.push(Job { path, step, attempt, what: What::EndLoop });
        return Flow::Busy;
    }
    let at_once = step.concurrency.unwrap_or(CONCURRENCY).max(1) as usize;
    for index in looping.open(at_once) {
        let end = match walk(&step.steps, &format!("{path}[{index}]/"), progress, jobs) {
            Flow::Busy => continue,
            Flow::Done => None,
            Flow::Failed(fault) => Some(fault),
        };
        jobs.push(Job { path: format!("{path}[{index}]").into(), step, attempt, what: What::EndItem(end) });
    }
    Flow::Busy
}

/// How many of the workflow's steps are done; those inside others do not count.
pub fn steps_done(definition: &Definition, progress: &Progress) -> u32 {
    let done = definition.steps.iter().take_while(|step| match progress.step(&step.key).map(|found| &found.stand) {
        Some(Stand::Done(output)) if step.conditions.is_some() => {
            match walk(chosen(step, output), "", progress, &mut Vec::new()) {
                Flow::Done => true,
                Flow::Busy => false,
                Flow::Failed(_) => step.on_error == OnError::Continue,
            }
        }
        Some(Stand::Done(_)) => true,
        Some(Stand::Failed(_)) => step.on_error == OnError::Continue,
        _ => false,
    });
    u32::try_from(done.count()).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests;
