//! What is allowed and probably a mistake: a field of the event that its example does not have.

use serde_json::{Map, Value};

use crate::source::nearest;
use crate::step::Step;
use crate::template;
use crate::workflow::{Definition, Problem};

/// What can be called on an object in an expression: no fields of it.
const METHODS: [&str; 4] = ["get", "items", "keys", "values"];

impl Definition {
    /// Fields of an App Event that expressions read and the example does not have, where they stand.
    ///
    /// They do not keep a workflow from being deployed: a payload is not checked against the example.
    pub fn hints(&self, example: &Map<String, Value>) -> Vec<Problem> {
        let mut found = Vec::new();
        // What a customer maps arrives under the mapping's names.
        if self.field_mapping.is_none() {
            hints("/steps", &self.steps, example, &mut found);
        }
        found
    }
}

fn hints(at: &str, steps: &[Step], example: &Map<String, Value>, found: &mut Vec<Problem>) {
    for (index, step) in steps.iter().enumerate() {
        let at = format!("{at}/{index}");
        for (pointer, path) in template::paths(&step.templates()) {
            let Some(message) = path.strip_prefix("trigger.").and_then(|below| absent(below, example)) else {
                continue;
            };
            found.push(Problem {
                pointer: format!("{at}{}{pointer}", step.below()),
                step: Some(step.key.clone()),
                message: format!("`{path}` is not in the example of the App Event{message}"),
            });
        }
        for (branch, inside) in step.branches() {
            hints(&format!("{at}/{}", branch.field()), inside, example, found);
        }
    }
}

/// What to say of a path below `trigger` that the example does not have.
fn absent(path: &str, example: &Map<String, Value>) -> Option<String> {
    let mut fields = example;
    let mut above = String::from("trigger");
    for name in path.split('.') {
        match fields.get(name) {
            Some(Value::Object(inside)) => {
                fields = inside;
                above = format!("{above}.{name}");
            }
            Some(_) => return None,
            None if METHODS.contains(&name) => return None,
            None => {
                let near = nearest(name, fields.keys().map(String::as_str));
                return Some(near.map_or_else(String::new, |near| format!("; did you mean `{above}.{near}`?")));
            }
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn hints_of(text: &str, field_mapping: Option<&str>) -> Vec<(String, String)> {
        let definition: Definition = serde_json::from_value(json!({
            "trigger": {"appEvent": "A"},
            "fieldMapping": field_mapping,
            "steps": [{"key": "a", "forEach": "{{ trigger.tags }}", "steps": [
                {"key": "b", "action": "contacts.create", "inputs": {"email": text}}
            ]}],
        }))
        .expect("a definition");
        let example = json!({"email": "a@b.c", "owner": {"name": "Ann"}, "tags": ["x"]});
        let example = example.as_object().expect("an object");
        definition.hints(example).into_iter().map(|hint| (hint.pointer, hint.message)).collect()
    }

    #[test]
    fn a_field_that_the_example_lacks_is_named_with_the_one_that_was_meant() {
        let place = "/steps/0/steps/0/inputs/email".to_owned();
        let lacks = |name: &str, more: &str| format!("`trigger.{name}` is not in the example of the App Event{more}");
        for (text, message) in [
            ("{{ trigger.emial }}", lacks("emial", "; did you mean `trigger.email`?")),
            ("x {{ trigger.owner.nmae }}", lacks("owner.nmae", "; did you mean `trigger.owner.name`?")),
            ("{{ trigger.zzzzzzzzzzz }}", lacks("zzzzzzzzzzz", "")),
        ] {
            assert_eq!(hints_of(text, None), [(place.clone(), message)], "{text}");
        }
    }

    #[test]
    fn what_is_there_or_cannot_be_known_is_left_alone() {
        for text in [
            "{{ trigger.email.length }}",
            "{{ trigger.email | upper }}",
            "{{ trigger.tags[0].x }}",
            "{{ trigger.owner.items() }}",
            "{{ trigger }}",
            "{{ user.nothing }}",
            "{{ broken",
        ] {
            assert_eq!(hints_of(text, None), [], "{text}");
        }
        assert_eq!(hints_of("{{ trigger.emial }}", Some("mapping")), [], "the customer's mapping names the fields");
    }
}
