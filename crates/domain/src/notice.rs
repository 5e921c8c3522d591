//! Notices: what a developer must know about a project while nobody looks at the dashboard. Event
//! destinations send them on.

use serde::{Deserialize, Serialize};

/// What happened. The names are stored and sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Kind {
    /// A run failed for good: its last retry is used up.
    #[serde(rename = "run.failed")]
    RunFailed,
    /// A run stands still because nobody but a person can tell whether a write happened.
    #[serde(rename = "run.inDoubt")]
    RunInDoubt,
    /// An account no longer works: its user must connect it again.
    #[serde(rename = "credential.invalid")]
    CredentialInvalid,
    /// A user connected an account, or connected it again.
    #[serde(rename = "integration.connected")]
    IntegrationConnected,
    /// A user disconnected an account.
    #[serde(rename = "integration.disconnected")]
    IntegrationDisconnected,
    /// A workflow was switched on for a user.
    #[serde(rename = "workflow.enabled")]
    WorkflowEnabled,
    /// A workflow was switched off for a user.
    #[serde(rename = "workflow.disabled")]
    WorkflowDisabled,
    /// A version of a workflow was deployed.
    #[serde(rename = "workflow.deployed")]
    WorkflowDeployed,
    /// A workflow was taken away from all users.
    #[serde(rename = "workflow.undeployed")]
    WorkflowUndeployed,
    /// Another event destination was disabled because it failed again and again.
    #[serde(rename = "destination.disabled")]
    DestinationDisabled,
    /// Records of a sync were made, changed or deleted.
    #[serde(rename = "sync.changed")]
    SyncChanged,
    /// Both sides of a sync had changed the same field of a record.
    #[serde(rename = "sync.conflict")]
    SyncConflict,
    /// An account of a sync could not be read, or a record could not be written.
    #[serde(rename = "sync.failed")]
    SyncFailed,
    /// Something happened in an account that somebody subscribes to. It is sent to that subscription alone, and
    /// no destination can ask for it.
    #[serde(rename = "trigger.event", skip_deserializing)]
    TriggerEvent,
}

impl Kind {
    /// Every kind that destinations can ask for.
    pub const ALL: [Self; 13] = [
        Self::RunFailed,
        Self::RunInDoubt,
        Self::CredentialInvalid,
        Self::IntegrationConnected,
        Self::IntegrationDisconnected,
        Self::WorkflowEnabled,
        Self::WorkflowDisabled,
        Self::WorkflowDeployed,
        Self::WorkflowUndeployed,
        Self::DestinationDisabled,
        Self::SyncChanged,
        Self::SyncConflict,
        Self::SyncFailed,
    ];

    /// As stored and sent.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::RunFailed => "run.failed",
            Self::RunInDoubt => "run.inDoubt",
            Self::CredentialInvalid => "credential.invalid",
            Self::IntegrationConnected => "integration.connected",
            Self::IntegrationDisconnected => "integration.disconnected",
            Self::WorkflowEnabled => "workflow.enabled",
            Self::WorkflowDisabled => "workflow.disabled",
            Self::WorkflowDeployed => "workflow.deployed",
            Self::WorkflowUndeployed => "workflow.undeployed",
            Self::DestinationDisabled => "destination.disabled",
            Self::SyncChanged => "sync.changed",
            Self::SyncConflict => "sync.conflict",
            Self::SyncFailed => "sync.failed",
            Self::TriggerEvent => "trigger.event",
        }
    }

    /// Reads what [`Kind::as_str`] writes.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().chain([Self::TriggerEvent]).find(|kind| kind.as_str() == text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kind_is_sent_as_it_is_stored() {
        for kind in Kind::ALL {
            assert_eq!(serde_json::to_value(kind).expect("JSON"), kind.as_str());
            assert_eq!(Kind::parse(kind.as_str()), Some(kind));
        }
        assert_eq!(Kind::parse("run.succeeded"), None);
    }
}
