//! A step of a workflow, as data.
//!
//! A step is one thing: an action, a request, a Function, a condition, a loop, a delay or a response. To
//! add a kind: a field here, its row in [`Step::kinds`] and [`Step::templates`], its checks in
//! `check.rs`, its performer in the engine, and its reading and writing in the project file.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::condition::Conditions;
use crate::delay::Delay;
use crate::http_request::RequestSpec;

/// Items that a loop takes at most.
pub const MOST_ITEMS: usize = 10_000;
/// Items that a loop works on at once, where it does not say.
pub const CONCURRENCY: u32 = 10;
/// Items that a loop may work on at once.
pub const MOST_CONCURRENCY: u32 = 100;

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
    /// The HTTP request that is made here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request: Option<RequestSpec>,
    /// How long the run waits here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delay: Option<Delay>,
    /// The code that runs here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub function: Option<Function>,
    /// What decides between `then` and `else`.
    #[serde(default, rename = "if", skip_serializing_if = "Option::is_none")]
    pub conditions: Option<Conditions>,
    /// The steps where the conditions hold.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub then: Vec<Step>,
    /// The steps where they do not.
    #[serde(default, rename = "else", skip_serializing_if = "Vec::is_empty")]
    pub otherwise: Vec<Step>,
    /// The list whose items `steps` are done for: a text that is one `{{ expression }}`, or a list.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub for_each: Option<Value>,
    /// What expressions call the item; `item` when absent.
    #[serde(default, rename = "as", skip_serializing_if = "Option::is_none")]
    pub item_name: Option<String>,
    /// The steps of a loop.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub steps: Vec<Step>,
    /// Items that are worked on at once, 1 to 100 (10 when absent).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub concurrency: Option<u32>,
    /// What the caller of a Request trigger is answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub response: Option<Response>,
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

/// What the caller of a Request trigger is answered.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Response {
    /// HTTP status, 200 to 599; may be a text that is one `{{ expression }}`.
    #[serde(default = "ok")]
    pub status: Value,
    /// Headers; null is left out.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub headers: Map<String, Value>,
    /// The body; texts may hold `{{ … }}`. A text is sent as it is, anything else as JSON.
    #[serde(default)]
    pub body: Value,
    /// A file instead of a body: a text that is one `{{ expression }}`, or a [file](crate::file::File).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<Value>,
}

impl Response {
    fn templates(&self) -> Value {
        let mut templates = json!({"status": self.status, "headers": self.headers, "body": self.body});
        if let Some(file) = &self.file {
            templates["file"] = file.clone();
        }
        templates
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

fn yes() -> bool {
    true
}

fn ok() -> Value {
    json!(200)
}

/// Where the steps inside a step stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Branch {
    /// Done where the conditions hold.
    Then,
    /// Done where they do not.
    Else,
    /// Done for each item.
    Loop,
}

impl Branch {
    /// The field of the step.
    pub fn field(self) -> &'static str {
        match self {
            Self::Then => "then",
            Self::Else => "else",
            Self::Loop => "steps",
        }
    }
}

impl Default for Step {
    fn default() -> Self {
        Self {
            key: String::new(),
            title: None,
            action: None,
            connector: None,
            inputs: Map::new(),
            request: None,
            delay: None,
            function: None,
            conditions: None,
            then: Vec::new(),
            otherwise: Vec::new(),
            for_each: None,
            item_name: None,
            steps: Vec::new(),
            concurrency: None,
            response: None,
            on_error: OnError::default(),
            retry: true,
        }
    }
}

impl Step {
    /// What is filled in before the step is performed: an action's inputs, a delay's parts, a
    /// Function's parameters, and so on. Its pointers are those of [`Step::below`].
    pub fn templates(&self) -> Value {
        if let Some(delay) = &self.delay {
            delay.templates()
        } else if let Some(function) = &self.function {
            Value::Object(function.parameters.clone())
        } else if let Some(request) = &self.request {
            request.templates()
        } else if let Some(conditions) = &self.conditions {
            conditions.templates()
        } else if let Some(list) = &self.for_each {
            list.clone()
        } else if let Some(response) = &self.response {
            response.templates()
        } else {
            Value::Object(self.inputs.clone())
        }
    }

    /// Where in the step the templates stand, as a JSON pointer.
    pub fn below(&self) -> &'static str {
        match self.kinds()[..] {
            ["delay", ..] => "/delay",
            ["function", ..] => "/function/parameters",
            ["request", ..] => "/request",
            ["if", ..] => "/if",
            ["forEach", ..] => "/forEach",
            ["response", ..] => "/response",
            _ => "/inputs",
        }
    }

    /// The kinds that the step is of: one, or none in a draft.
    pub fn kinds(&self) -> Vec<&'static str> {
        let kinds = [
            ("action", self.action.is_some()),
            ("request", self.request.is_some()),
            ("function", self.function.is_some()),
            ("if", self.conditions.is_some()),
            ("forEach", self.for_each.is_some()),
            ("delay", self.delay.is_some()),
            ("response", self.response.is_some()),
        ];
        kinds.into_iter().filter(|(_, is)| *is).map(|(kind, _)| kind).collect()
    }

    /// The steps inside it, by where they stand.
    pub fn branches(&self) -> impl Iterator<Item = (Branch, &[Step])> {
        [(Branch::Then, &self.then[..]), (Branch::Else, &self.otherwise[..]), (Branch::Loop, &self.steps[..])]
            .into_iter()
            .filter(|(_, steps)| !steps.is_empty())
    }

    /// What expressions call the item of a loop.
    pub fn item(&self) -> &str {
        self.item_name.as_deref().unwrap_or("item")
    }

    /// What people call a step that has no title of its own and no action: `Wait 5 minutes`, `Function`.
    pub fn kind_title(&self) -> Option<String> {
        if let Some(delay) = &self.delay {
            return Some(delay.title());
        }
        if let Some(request) = &self.request {
            return Some(format!("{} request", request.method));
        }
        Some(
            match self.kinds()[..] {
                ["function", ..] => "Function",
                ["if", ..] => "Condition",
                ["forEach", ..] => "For each item",
                ["response", ..] => "Response",
                _ => return None,
            }
            .to_owned(),
        )
    }
}

/// Visits every step, those inside others too, in the order of the file.
pub fn each<'a>(steps: &'a [Step], visit: &mut impl FnMut(&'a Step)) {
    for step in steps {
        visit(step);
        for (_, inside) in step.branches() {
            each(inside, visit);
        }
    }
}
