//! A run: one execution of a workflow version for one connected user, credential and configuration.

use serde::{Deserialize, Serialize};

/// Where a run stands.
///
/// What may follow on what is in [`State::next`], drawn in `docs/state-machine.md`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Accepted, not begun.
    Queued,
    /// A step is being performed.
    Running,
    /// Until its wake time: a retry, a quota or a delay.
    Waiting,
    /// A write may or may not have happened and no rule can tell.
    InDoubt,
    /// Every step is done.
    Succeeded,
    /// A step failed for good.
    Failed,
    /// Stopped by a person, a disconnect or a disabled user.
    Cancelled,
}

impl State {
    /// As stored and sent.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Running => "running",
            Self::Waiting => "waiting",
            Self::InDoubt => "in_doubt",
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
        }
    }

    /// Reads what [`State::as_str`] writes.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Queued, Self::Running, Self::Waiting, Self::InDoubt, Self::Succeeded, Self::Failed, Self::Cancelled]
            .into_iter()
            .find(|state| state.as_str() == text)
    }

    /// The states that may follow. A run that was queued when the server stopped, or whose steps need
    /// nobody, can end or wait without being seen running.
    pub fn next(self) -> &'static [Self] {
        match self {
            Self::Queued | Self::Running | Self::Waiting => {
                &[Self::Running, Self::Waiting, Self::InDoubt, Self::Succeeded, Self::Failed, Self::Cancelled]
            }
            Self::InDoubt => &[Self::Waiting, Self::Cancelled],
            Self::Succeeded | Self::Failed | Self::Cancelled => &[],
        }
    }

    /// Whether nothing will happen to the run any more.
    pub fn is_final(self) -> bool {
        matches!(self, Self::Succeeded | Self::Failed | Self::Cancelled)
    }
}

/// Why a run failed, was cancelled or is in doubt, for people and for code.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Fault {
    /// Stable code, for example `conflict`, `missing_scope`, `unreachable`.
    pub code: String,
    /// What happened, in whose system.
    pub message: String,
    /// The step it happened in.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub step: Option<String>,
}
