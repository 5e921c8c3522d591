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

impl Event {
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
