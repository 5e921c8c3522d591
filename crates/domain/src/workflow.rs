//! A workflow: one trigger and its steps, as data.
//!
//! A [`Definition`] is what the editor holds, the project file says and a version pins. A draft may
//! be incomplete (no trigger, an action not chosen yet); [`Definition::problems`] lists what keeps
//! it from being deployed. Layout is computed from it, never stored.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::step::Step;
use crate::trigger::Trigger;

/// A workflow's trigger and steps. Stored as JSON in drafts and versions, and sent to the editor.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Definition {
    /// What starts a run; `None` in a draft where it was not chosen yet.
    #[serde(default)]
    pub trigger: Option<Trigger>,
    /// The user setting that holds a field mapping, which is applied to what started a run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub field_mapping: Option<String>,
    /// The steps, in order.
    #[serde(default)]
    pub steps: Vec<Step>,
}

/// Something that keeps a workflow from being deployed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Problem {
    /// JSON pointer into the definition, for example `/steps/0/inputs/email`.
    pub pointer: String,
    /// The step's key, when it is about a step.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub step: Option<String>,
    /// What is wrong and what to do.
    pub message: String,
}

/// What the world around a workflow offers, for checking it. All names, no values.
#[derive(Debug, Clone, Default)]
pub struct Surroundings {
    /// App Events of the project.
    pub app_events: BTreeSet<String>,
    /// Setting ids of the integration and of the workflow.
    pub settings: BTreeSet<String>,
    /// Secrets of the project.
    pub secrets: BTreeSet<String>,
}

/// What a connector says about its actions and events, for checking a workflow.
pub trait ActionCatalog {
    /// The problems of these inputs: unknown or missing fields. `None` when the action does not exist.
    fn input_problems(
        &self,
        connector: Option<&str>,
        action: &str,
        inputs: &Map<String, Value>,
    ) -> Option<Vec<(String, String)>>;
    /// The names of the actions that exist.
    fn action_names(&self, connector: Option<&str>) -> Vec<String>;
    /// The problems of a trigger's inputs. `None` when the workflow's provider has no such event.
    fn event_problems(&self, _event: &str, _inputs: &Map<String, Value>) -> Option<Vec<(String, String)>> {
        None
    }
    /// The names of the events of the workflow's provider that can start it.
    fn event_names(&self) -> Vec<String> {
        Vec::new()
    }
}

/// Whether a text can be a step's key.
pub fn is_key(text: &str) -> bool {
    text.len() <= 64
        && text.starts_with(|c: char| c.is_ascii_lowercase())
        && text.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
}

/// A readable list of the names that exist.
pub fn names_that_exist(names: &BTreeSet<String>) -> String {
    if names.is_empty() {
        "there are none yet".into()
    } else {
        format!("there are {}", names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", "))
    }
}
