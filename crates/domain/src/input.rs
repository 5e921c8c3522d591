//! A user setting: an option that a connected user fills in the Connect Portal.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// One setting, in the shape the client SDK knows (contract 7.7). Stored and sent as it is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Input {
    /// Stable id: templates name it as `settings.<id>`.
    pub id: String,
    /// Label.
    pub title: String,
    /// Widget, for example `TEXT_NO_VARS`, `ENUM`, `BOOLEAN_INPUT`.
    #[serde(rename = "type")]
    pub kind: String,
    /// Absent means required.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub required: Option<bool>,
    /// Value until the user gives one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default_value: Option<Value>,
    /// Further fields of the widget, kept as they are.
    #[serde(flatten)]
    pub more: Map<String, Value>,
}

/// The required settings among some that have no value.
pub fn missing<'a>(inputs: &'a [Input], values: &Map<String, Value>) -> Vec<&'a Input> {
    let is_empty = |value: &Value| match value {
        Value::Null => true,
        Value::String(text) => text.trim().is_empty(),
        _ => false,
    };
    inputs.iter().filter(|input| input.is_required() && values.get(&input.id).is_none_or(is_empty)).collect()
}

impl Input {
    /// Whether a workflow may be on without a value for this setting.
    pub fn is_required(&self) -> bool {
        self.required.unwrap_or(true) && self.default_value.is_none()
    }
}
