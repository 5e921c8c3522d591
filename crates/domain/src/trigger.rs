//! What starts a run of a workflow, as data.

use serde::{Deserialize, Serialize};

use crate::workflow::{Surroundings, names_that_exist};

/// What starts a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Trigger {
    /// An App Event of this name.
    AppEvent(String),
}

impl Trigger {
    /// What keeps a workflow with this trigger from being deployed: `(JSON pointer below the trigger, message)`.
    pub fn problems(&self, around: &Surroundings) -> Vec<(String, String)> {
        match self {
            Self::AppEvent(name) if !around.app_events.contains(name) => vec![(
                String::new(),
                format!("there is no App Event `{name}`; {}", names_that_exist(&around.app_events)),
            )],
            Self::AppEvent(_) => Vec::new(),
        }
    }
}
