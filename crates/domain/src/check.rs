//! What keeps a workflow from being deployed: every problem, where it stands.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::delay::Delay;
use crate::http_request::RequestSpec;
use crate::source::{escape, nearest};
use crate::step::{Branch, MOST_CONCURRENCY, Step};
use crate::template::{self, Names};
use crate::workflow::{ActionCatalog, Definition, Problem, Surroundings, is_key, names_that_exist};

impl Definition {
    /// Everything that keeps this workflow from being deployed, in the order of the steps.
    pub fn problems(&self, around: &Surroundings, actions: &dyn ActionCatalog) -> Vec<Problem> {
        let mut check =
            Check { around, actions, problems: Vec::new(), keys: BTreeSet::new(), answers: self.can_answer() };
        match &self.trigger {
            None => check.add("/trigger", None, "choose what starts this workflow"),
            Some(trigger) => {
                for (pointer, message) in trigger.problems(around, actions) {
                    check.add(&format!("/trigger{pointer}"), None, message);
                }
            }
        }
        if let Some(setting) = &self.field_mapping
            && !around.settings.contains(setting)
        {
            let known = names_that_exist(&around.settings);
            check.add("/fieldMapping", None, format!("there is no setting `{setting}`; {known}"));
        }
        if self.steps.is_empty() {
            check.add("/steps", None, "add at least one step");
        }
        check.steps("/steps", &self.steps, &mut BTreeSet::new(), &BTreeSet::new());
        check.problems
    }

    /// Whether somebody waits for an answer of this workflow's runs.
    fn can_answer(&self) -> bool {
        // Only a Request trigger has a caller. A draft without a trigger is told about the trigger first.
        self.trigger.as_ref().is_none_or(crate::trigger::Trigger::has_caller)
    }
}

struct Check<'a> {
    around: &'a Surroundings,
    actions: &'a dyn ActionCatalog,
    problems: Vec<Problem>,
    /// Every key so far, over all branches: history and expressions know a step by its key alone.
    keys: BTreeSet<String>,
    answers: bool,
}

impl Check<'_> {
    fn add(&mut self, pointer: &str, step: Option<&str>, message: impl Into<String>) {
        self.problems.push(Problem {
            pointer: pointer.to_owned(),
            step: step.map(str::to_owned),
            message: message.into(),
        });
    }

    /// `earlier` are the steps whose outputs can be read here; `items` the names of the loops around.
    fn steps(&mut self, at: &str, steps: &[Step], earlier: &mut BTreeSet<String>, items: &BTreeSet<String>) {
        for (index, step) in steps.iter().enumerate() {
            self.step(&format!("{at}/{index}"), step, earlier, items);
        }
    }

    fn step(&mut self, at: &str, step: &Step, earlier: &mut BTreeSet<String>, items: &BTreeSet<String>) {
        let key = Some(step.key.as_str());
        if !is_key(&step.key) {
            self.add(
                &format!("{at}/key"),
                key,
                format!(
                    "`{}` cannot be a step's key: use lower-case letters, digits and `_`, and begin with a letter",
                    step.key
                ),
            );
        }
        let kinds = step.kinds();
        if let [one, another, ..] = kinds[..] {
            let message = format!("a step is one thing: this has `{one}` and `{another}`; remove one of them");
            self.add(&format!("{at}/{another}"), key, message);
        }
        if step.function.as_ref().is_some_and(|function| function.code.trim().is_empty()) {
            self.add(&format!("{at}/function/code"), key, "write the code");
        }
        if let Some((pointer, message)) = step.delay.as_ref().and_then(Delay::problems) {
            self.add(&format!("{at}/delay/{pointer}"), key, message);
        }
        for (pointer, message) in step.request.iter().flat_map(RequestSpec::problems) {
            self.add(&format!("{at}/request{pointer}"), key, message);
        }
        for (pointer, message) in step.conditions.iter().flat_map(crate::condition::Conditions::problems) {
            self.add(&format!("{at}/if{pointer}"), key, message);
        }
        match (&step.action, &kinds[..]) {
            (None, []) => self.add(&format!("{at}/action"), key, "choose an action"),
            (None, _) => {}
            (Some(action), _) => self.action(at, step, action),
        }
        self.shape(at, step, items);
        let mut names = items.clone();
        if step.request.as_ref().is_some_and(|request| request.paginate.is_some()) {
            names.extend(["self".to_owned(), "pageToken".to_owned()]);
        }
        let names =
            Names { steps: earlier, settings: &self.around.settings, secrets: &self.around.secrets, items: &names };
        for (pointer, message) in template::problems(&step.templates(), &names) {
            self.problems.push(Problem {
                pointer: format!("{at}{}{pointer}", step.below()),
                step: Some(step.key.clone()),
                message,
            });
        }
        for (branch, inside) in step.branches() {
            let mut items = items.clone();
            if branch == Branch::Loop {
                items.insert(step.item().to_owned());
                // What is done for an item is read inside the loop alone: outside there are many of it.
                self.steps(&format!("{at}/steps"), inside, &mut earlier.clone(), &items);
            } else {
                let mut seen = earlier.clone();
                self.steps(&format!("{at}/{}", branch.field()), inside, &mut seen, &items);
            }
        }
        // After both branches have come together again each of their steps can be read; one that was not
        // done is null.
        for (branch, inside) in step.branches() {
            if branch != Branch::Loop {
                readable(inside, earlier);
            }
        }
        if !self.keys.insert(step.key.clone()) {
            self.add(&format!("{at}/key"), key, format!("two steps have the key `{}`", step.key));
        }
        earlier.insert(step.key.clone());
    }

    fn action(&mut self, at: &str, step: &Step, action: &str) {
        let key = Some(step.key.as_str());
        match self.actions.input_problems(step.connector.as_deref(), action, &step.inputs) {
            None => {
                let names = self.actions.action_names(step.connector.as_deref());
                let hint = nearest(action, names.iter().map(String::as_str)).map_or_else(
                    || format!("the actions are {}", names.join(", ")),
                    |near| format!("did you mean `{near}`?"),
                );
                self.add(&format!("{at}/action"), key, format!("there is no action `{action}`; {hint}"));
            }
            Some(found) => {
                for (input, message) in found {
                    self.add(&format!("{at}/inputs/{}", escape(&input)), key, message);
                }
            }
        }
    }

    /// What belongs to one kind alone, and what a kind needs.
    fn shape(&mut self, at: &str, step: &Step, items: &BTreeSet<String>) {
        let key = Some(step.key.as_str());
        let (conditional, looping) = (step.conditions.is_some(), step.for_each.is_some());
        for (field, is, of, fits) in [
            ("then", !step.then.is_empty(), "if", conditional),
            ("else", !step.otherwise.is_empty(), "if", conditional),
            ("steps", !step.steps.is_empty(), "forEach", looping),
            ("as", step.item_name.is_some(), "forEach", looping),
            ("concurrency", step.concurrency.is_some(), "forEach", looping),
        ] {
            if is && !fits {
                self.add(&format!("{at}/{field}"), key, format!("`{field}` belongs to a step with `{of}`"));
            }
        }
        if conditional && step.then.is_empty() && step.otherwise.is_empty() {
            self.add(&format!("{at}/then"), key, "add a step to `then` or `else`: this condition decides nothing");
        }
        if let Some(list) = &step.for_each {
            if step.steps.is_empty() {
                self.add(&format!("{at}/steps"), key, "add the steps that are done for each item");
            }
            let is_expression = list.as_str().is_some_and(|text| text.trim_start().starts_with("{{"));
            if !is_expression && !list.is_array() {
                self.add(&format!("{at}/forEach"), key, "the list is one `{{ expression }}` that gives a list");
            }
            let name = step.item();
            if !is_key(name) || template::ROOTS.contains(&name) && name != "item" {
                let message = format!("an item cannot be called `{name}`: use a lower-case name of its own");
                self.add(&format!("{at}/as"), key, message);
            } else if items.contains(name) {
                let message = format!("the loop around this one calls its item `{name}` too; give one `as: another`");
                self.add(&format!("{at}/as"), key, message);
            }
            if step.concurrency.is_some_and(|items| items == 0 || items > MOST_CONCURRENCY) {
                let message = format!("1 to {MOST_CONCURRENCY} items can be worked on at once");
                self.add(&format!("{at}/concurrency"), key, message);
            }
        }
        if let Some(response) = &step.response {
            if !self.answers {
                let message = "only a workflow with a Request trigger has a caller to answer";
                self.add(&format!("{at}/response"), key, message);
            }
            let status = match &response.status {
                Value::String(text) => text.trim_start().starts_with("{{"),
                status => status.as_u64().is_some_and(|status| (200..600).contains(&status)),
            };
            if !status {
                self.add(&format!("{at}/response/status"), key, "a status is a number from 200 to 599");
            }
            if response.file.is_some() && !response.body.is_null() {
                self.add(&format!("{at}/response/file"), key, "a response is a body or a file: remove one of them");
            }
            if !items.is_empty() {
                self.add(&format!("{at}/response"), key, "a caller is answered once: move this step out of the loop");
            }
        }
    }
}

/// The steps of a branch that can be read after it.
fn readable(steps: &[Step], names: &mut BTreeSet<String>) {
    for step in steps {
        names.insert(step.key.clone());
        for (branch, inside) in step.branches() {
            if branch != Branch::Loop {
                readable(inside, names);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Map;
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
