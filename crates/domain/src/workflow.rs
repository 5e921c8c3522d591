//! A workflow: one trigger and its steps, as data.
//!
//! A [`Definition`] is what the editor holds, the project file says and a version pins. A draft may
//! be incomplete (no trigger, an action not chosen yet); [`Definition::problems`] lists what keeps
//! it from being deployed. Layout is computed from it, never stored.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::delay::Delay;
use crate::template::{self, Names};
use crate::trigger::Trigger;

/// A workflow's trigger and steps. Stored as JSON in drafts and versions, and sent to the editor.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Definition {
    /// What starts a run; `None` in a draft where it was not chosen yet.
    #[serde(default)]
    pub trigger: Option<Trigger>,
    /// The steps, in order.
    #[serde(default)]
    pub steps: Vec<Step>,
}

/// One step.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Step {
    /// How templates and history name it: a lower-case identifier, unique in the workflow.
    pub key: String,
    /// What people call it; the action's title when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// The action, `<resource>.<verb>`; `None` in a draft where it was not chosen yet.
    #[serde(default)]
    pub action: Option<String>,
    /// The connector that has the action; the workflow's own integration when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub connector: Option<String>,
    /// The action's inputs. Texts may hold `{{ … }}`.
    #[serde(default)]
    pub inputs: Map<String, Value>,
    /// How long the run waits here, in a step that is a delay instead of an action.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delay: Option<Delay>,
    /// The code that runs here, in a step that is a Function instead of an action.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub function: Option<Function>,
    /// What a failure of this step means for the run.
    #[serde(default)]
    pub on_error: OnError,
    /// Whether failures that may pass are retried.
    #[serde(default = "yes")]
    pub retry: bool,
}

/// JavaScript that a step runs, without access to anything but its parameters.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Function {
    /// The code, as `docs/functions.md` describes it. `{{` in it is JavaScript, never an expression.
    pub code: String,
    /// What the code gets as `parameters`. Texts may hold `{{ … }}`.
    #[serde(default)]
    pub parameters: Map<String, Value>,
}

fn yes() -> bool {
    true
}

impl Step {
    /// What is filled in before the step is performed: an action's inputs, a delay's parts, a
    /// Function's parameters.
    pub fn templates(&self) -> Value {
        match (&self.delay, &self.function) {
            (Some(delay), _) => delay.templates(),
            (None, Some(function)) => Value::Object(function.parameters.clone()),
            (None, None) => Value::Object(self.inputs.clone()),
        }
    }

    /// The kinds that the step is of: one, or none in a draft.
    fn kinds(&self) -> Vec<&'static str> {
        let kinds =
            [("action", self.action.is_some()), ("delay", self.delay.is_some()), ("function", self.function.is_some())];
        kinds.into_iter().filter(|(_, is)| *is).map(|(kind, _)| kind).collect()
    }
}

/// What a failure of a step means for the run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum OnError {
    /// The run fails.
    #[default]
    Stop,
    /// The run goes on; the error is the step's output.
    Continue,
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

/// What a connector says about one action, for checking a step.
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
}

impl Definition {
    /// Everything that keeps this workflow from being deployed, in the order of the steps.
    pub fn problems(&self, around: &Surroundings, actions: &dyn ActionCatalog) -> Vec<Problem> {
        let mut problems = Vec::new();
        let mut add = |pointer: String, step: Option<&str>, message: String| {
            problems.push(Problem { pointer, step: step.map(str::to_owned), message });
        };
        match &self.trigger {
            None => add("/trigger".into(), None, "choose what starts this workflow".into()),
            Some(trigger) => {
                for (pointer, message) in trigger.problems(around) {
                    add(format!("/trigger{pointer}"), None, message);
                }
            }
        }
        if self.steps.is_empty() {
            add("/steps".into(), None, "add at least one step".into());
        }
        let mut earlier = BTreeSet::new();
        for (index, step) in self.steps.iter().enumerate() {
            let at = format!("/steps/{index}");
            let key = Some(step.key.as_str());
            if !is_key(&step.key) {
                add(
                    format!("{at}/key"),
                    key,
                    format!(
                        "`{}` cannot be a step's key: use lower-case letters, digits and `_`, and begin with a letter",
                        step.key
                    ),
                );
            }
            if let [one, another, ..] = step.kinds()[..] {
                let message = format!("a step is one thing: this has `{one}` and `{another}`; remove one of them");
                add(format!("{at}/{another}"), key, message);
            }
            if step.function.as_ref().is_some_and(|function| function.code.trim().is_empty()) {
                add(format!("{at}/function/code"), key, "write the code".into());
            }
            if let Some((pointer, message)) = step.delay.as_ref().and_then(Delay::problems) {
                add(format!("{at}/delay/{pointer}"), key, message);
            }
            match &step.action {
                None if step.delay.is_some() || step.function.is_some() => {}
                None => add(format!("{at}/action"), key, "choose an action".into()),
                Some(action) => match actions.input_problems(step.connector.as_deref(), action, &step.inputs) {
                    None => {
                        let names = actions.action_names(step.connector.as_deref());
                        let hint = crate::source::nearest(action, names.iter().map(String::as_str)).map_or_else(
                            || format!("the actions are {}", names.join(", ")),
                            |near| format!("did you mean `{near}`?"),
                        );
                        add(format!("{at}/action"), key, format!("there is no action `{action}`; {hint}"));
                    }
                    Some(found) => {
                        for (input, message) in found {
                            add(format!("{at}/inputs/{}", crate::source::escape(&input)), key, message);
                        }
                    }
                },
            }
            let names = Names { steps: &earlier, settings: &around.settings, secrets: &around.secrets };
            let below = match (&step.delay, &step.function) {
                (Some(_), _) => "delay",
                (None, Some(_)) => "function/parameters",
                (None, None) => "inputs",
            };
            for (pointer, message) in template::problems(&step.templates(), &names) {
                add(format!("{at}/{below}{pointer}"), key, message);
            }
            if !earlier.insert(step.key.clone()) {
                add(format!("{at}/key"), key, format!("two steps have the key `{}`", step.key));
            }
        }
        problems
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

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    struct OneAction;
    impl ActionCatalog for OneAction {
        fn input_problems(
            &self,
            _: Option<&str>,
            action: &str,
            inputs: &Map<String, Value>,
        ) -> Option<Vec<(String, String)>> {
            (action == "contacts.create").then(|| {
                inputs
                    .keys()
                    .filter(|name| *name == "colour")
                    .map(|name| (name.clone(), "there is no field `colour`".into()))
                    .collect()
            })
        }
        fn action_names(&self, _: Option<&str>) -> Vec<String> {
            vec!["contacts.create".into()]
        }
    }

    fn check(definition: Value, expected: &[(&str, &str)]) {
        let definition: Definition = serde_json::from_value(definition).expect("readable");
        let around = Surroundings { app_events: ["Contact Created".to_owned()].into(), ..Surroundings::default() };
        let found = definition.problems(&around, &OneAction);
        let found: Vec<_> = found.iter().map(|problem| (problem.pointer.as_str(), problem.message.as_str())).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn a_complete_workflow_has_no_problems() {
        check(
            json!({"trigger": {"appEvent": "Contact Created"}, "steps": [{"key": "a", "action": "contacts.create", "inputs": {"email": "{{ trigger.email }}"}}]}),
            &[],
        );
    }

    #[test]
    fn an_empty_draft_says_what_is_missing() {
        check(json!({}), &[("/trigger", "choose what starts this workflow"), ("/steps", "add at least one step")]);
    }

    #[test]
    fn a_delay_needs_no_action_and_its_amount_is_checked() {
        let one =
            |delay: Value| json!({"trigger": {"appEvent": "Contact Created"}, "steps": [{"key": "a", "delay": delay}]});
        check(one(json!({"amount": 5, "unit": "minutes"})), &[]);
        check(one(json!({"amount": "{{ trigger.days }}", "unit": "days"})), &[]);
        check(
            one(json!({"amount": -1, "unit": "hours"})),
            &[("/steps/0/delay/amount", "a delay is a number from 0 up, or one `{{ expression }}` that gives one")],
        );
        check(
            one(json!({"amount": 400, "unit": "days"})),
            &[("/steps/0/delay/amount", "400 days are too long: a delay is at most 365 days")],
        );
        check(
            one(json!({"amount": "{{ steps.b.days }}", "unit": "days"})),
            &[("/steps/0/delay/amount", "in `{{ steps.b.days }}`: there is no earlier step `b`; there are none yet")],
        );
        check(
            json!({"trigger": {"appEvent": "Contact Created"}, "steps": [{"key": "a", "action": "contacts.create", "delay": {"amount": 1}}]}),
            &[("/steps/0/delay", "a step is one thing: this has `action` and `delay`; remove one of them")],
        );
    }

    #[test]
    fn a_function_needs_code_and_its_parameters_are_checked() {
        let one = |function: Value| json!({"trigger": {"appEvent": "Contact Created"}, "steps": [{"key": "a", "function": function}]});
        check(one(json!({"code": "return {{}}", "parameters": {"x": "{{ trigger.x }}"}})), &[]);
        check(
            one(json!({"code": " ", "parameters": {"x": "{{ triger.x }}"}})),
            &[
                ("/steps/0/function/code", "write the code"),
                (
                    "/steps/0/function/parameters/x",
                    "in `{{ triger.x }}`: there is no `triger`; expressions begin with `trigger`, `steps`, `settings`, `user`, `secrets`",
                ),
            ],
        );
    }

    #[test]
    fn wrong_names_are_reported_where_they_stand() {
        check(
            json!({"trigger": {"appEvent": "Contact Create"}, "steps": [
                {"key": "a", "action": "contact.create", "inputs": {"email": "{{ trigger.email }}"}},
                {"key": "a", "action": "contacts.create", "inputs": {"colour": "{{ steps.b.id }}"}},
            ]}),
            &[
                ("/trigger", "there is no App Event `Contact Create`; there are `Contact Created`"),
                ("/steps/0/action", "there is no action `contact.create`; did you mean `contacts.create`?"),
                ("/steps/1/inputs/colour", "there is no field `colour`"),
                ("/steps/1/inputs/colour", "in `{{ steps.b.id }}`: there is no earlier step `b`; there are `a`"),
                ("/steps/1/key", "two steps have the key `a`"),
            ],
        );
    }
}
