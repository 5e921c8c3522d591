//! The last calls, for tests and for people. No token and no body is kept.

use std::collections::{BTreeMap, VecDeque};

use linchpin_domain::Timestamp;
use serde::Serialize;

/// Calls kept.
const KEPT: usize = 500;

/// One call.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Entry {
    pub at: Timestamp,
    pub method: String,
    pub path: String,
    /// The manifest's action, when it is one.
    pub action: Option<String>,
    /// Status; 0 when the socket was closed instead.
    pub status: u16,
    pub account: Option<String>,
}

/// The last calls and how many there were of each kind.
#[derive(Debug, Default)]
pub(super) struct Log {
    last: VecDeque<Entry>,
    total: u64,
    counts: BTreeMap<String, u64>,
}

impl Log {
    /// Adds a call. Its class is method and path without ids.
    pub(super) fn add(&mut self, class: &str, entry: Entry) {
        self.total += 1;
        match self.counts.get_mut(class) {
            Some(count) => *count += 1,
            None => {
                self.counts.insert(class.to_owned(), 1);
            }
        }
        if self.last.len() == KEPT {
            self.last.pop_front();
        }
        self.last.push_back(entry);
    }

    pub(super) fn clear(&mut self) {
        *self = Self::default();
    }

    pub(super) fn view(&self) -> serde_json::Value {
        serde_json::json!({"total": self.total, "counts": self.counts, "requests": self.last})
    }
}
