//! The journal of a run: what was begun and what came of it, in order. Deciding what comes next is
//! a pure function of the workflow version and this.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::Timestamp;
use crate::connector::Exchange;
use crate::run::Fault;

/// One line of a journal.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// The step's path: its key, and within a loop the item's place first, as in `each[3]/create`. A
    /// path that ends with a place (`each[3]`) is about all that is done for that item.
    pub step: String,
    /// Which attempt of the step, from 1.
    pub attempt: u32,
    /// When it was written.
    pub at: Timestamp,
    /// What it says.
    pub event: Event,
}

/// What a line of a journal is, and how a failed attempt goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Line {
    /// A write is about to be sent.
    Intent,
    /// It is not known whether a write happened.
    InDoubt,
    /// An attempt failed, and another follows.
    Retry,
    /// A delay began.
    Waiting,
    /// A loop began.
    Looping,
    /// The step is done.
    Succeeded,
    /// The step has failed.
    Failed,
}

impl Line {
    /// All of them.
    pub const ALL: [Self; 7] =
        [Self::Intent, Self::InDoubt, Self::Retry, Self::Waiting, Self::Looping, Self::Succeeded, Self::Failed];

    /// As `docs/state-machine.md` calls it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Intent => "intent",
            Self::InDoubt => "in doubt",
            Self::Retry => "failed, tried again",
            Self::Waiting => "waiting",
            Self::Looping => "looping",
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
        }
    }

    /// The lines that may begin a step.
    pub const FIRST: &'static [Self] =
        &[Self::Intent, Self::Retry, Self::Waiting, Self::Looping, Self::Succeeded, Self::Failed];

    /// The lines of the same step that may follow.
    pub fn next(self) -> &'static [Self] {
        match self {
            Self::Intent => &[Self::InDoubt, Self::Retry, Self::Succeeded, Self::Failed],
            Self::InDoubt => &[Self::Retry, Self::Succeeded],
            Self::Retry => &[Self::Intent, Self::Retry, Self::Succeeded, Self::Failed],
            Self::Waiting | Self::Looping => &[Self::Succeeded, Self::Failed],
            Self::Succeeded | Self::Failed => &[],
        }
    }
}

impl Event {
    /// What line this is.
    pub fn line(&self) -> Line {
        match self {
            Self::Intent { .. } => Line::Intent,
            Self::InDoubt { .. } => Line::InDoubt,
            Self::Waiting { .. } => Line::Waiting,
            Self::Looping { .. } => Line::Looping,
            Self::Succeeded { .. } => Line::Succeeded,
            Self::Failed { next_attempt_at: Some(_), .. } => Line::Retry,
            Self::Failed { .. } => Line::Failed,
        }
    }

    /// The inputs that this line holds itself.
    pub fn inputs(&self) -> Option<&Value> {
        match self {
            Self::Intent { inputs, .. } | Self::Waiting { inputs, .. } => Some(inputs),
            Self::Succeeded { inputs, .. } | Self::Failed { inputs, .. } => inputs.as_ref(),
            Self::Looping { .. } | Self::InDoubt { .. } => None,
        }
    }
}

/// What a line of a journal says. Stored as JSON.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Event {
    /// A write is about to be sent. Without a later line for the same attempt it is in doubt.
    Intent {
        /// The inputs, filled in, secrets masked.
        inputs: Value,
        /// How a doubt about this write is settled.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        strategy: Option<String>,
    },
    /// The step is done.
    Succeeded {
        /// Inputs, filled in, secrets masked; absent when the attempt's intent holds them.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        inputs: Option<Value>,
        /// Output.
        output: Value,
        /// Milliseconds that the attempt took.
        duration_ms: u64,
        /// The exchange with the provider, secrets masked.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        exchange: Option<Exchange>,
        /// True when the record was found after a doubt instead of made.
        #[serde(skip_serializing_if = "std::ops::Not::not", default)]
        adopted: bool,
    },
    /// The attempt failed; whether there is another is in `next_attempt_at`.
    Failed {
        /// Inputs, filled in, secrets masked; absent when the attempt's intent holds them.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        inputs: Option<Value>,
        /// Why.
        fault: Fault,
        /// Milliseconds that the attempt took.
        duration_ms: u64,
        /// The exchange with the provider, secrets masked.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        exchange: Option<Exchange>,
        /// When the step is tried again; `None` when this was the last attempt.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        next_attempt_at: Option<Timestamp>,
        /// The rule that decided, in one sentence.
        rule: String,
        /// False for a postponement that uses up no retry (429, quota).
        counts: bool,
    },
    /// A delay began. The step is done at that moment.
    Waiting {
        /// The delay's parts, filled in.
        inputs: Value,
        /// When the run goes on.
        until: Timestamp,
    },
    /// A loop began.
    Looping {
        /// Its items, secrets masked.
        items: Vec<Value>,
    },
    /// After a failure that leaves a write in doubt, before it is settled.
    InDoubt {
        /// What happened.
        fault: Fault,
        /// The exchange as far as it got.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        exchange: Option<Exchange>,
    },
}

#[cfg(test)]
mod tests {
    use super::Line;
    use crate::run::State;

    /// The rows of the table below a heading of `docs/state-machine.md`: name, names that may follow.
    fn table(heading: &str) -> Vec<(String, Vec<String>)> {
        let page = include_str!("../../../docs/state-machine.md");
        let section = page.split("\n## ").find(|section| section.starts_with(heading)).expect("the heading is there");
        let rows = section.lines().filter(|line| line.starts_with("| ")).skip(1).map(|line| {
            let cells: Vec<&str> = line.split('|').map(str::trim).collect();
            let after = cells[2].split(" · ").filter(|name| *name != "nothing").map(str::to_owned).collect();
            (cells[1].to_owned(), after)
        });
        rows.collect()
    }

    fn names<'a>(of: impl IntoIterator<Item = &'a str>) -> Vec<String> {
        of.into_iter().map(|name| name.replace('_', " ")).collect()
    }

    #[test]
    fn the_documents_table_of_runs_is_the_codes() {
        let states = [
            State::Queued,
            State::Running,
            State::Waiting,
            State::InDoubt,
            State::Succeeded,
            State::Failed,
            State::Cancelled,
        ];
        let code: Vec<_> = states
            .iter()
            .map(|state| (state.as_str().replace('_', " "), names(state.next().iter().map(|next| next.as_str()))))
            .collect();
        assert_eq!(table("A run"), code);
    }

    #[test]
    fn the_documents_table_of_steps_is_the_codes() {
        let mut code = vec![("(nothing yet)".to_owned(), names(Line::FIRST.iter().map(|line| line.as_str())))];
        code.extend(
            Line::ALL
                .iter()
                .map(|line| (line.as_str().to_owned(), names(line.next().iter().map(|next| next.as_str())))),
        );
        assert_eq!(table("A step"), code);
    }
}
