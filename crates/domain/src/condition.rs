//! Conditions as data: any of several groups, in each of which all conditions hold.
//!
//! ```json
//! {"any": [{"all": [{"left": "{{ trigger.email }}", "operator": "$stringEndsWith", "right": "@acme.com"}]}]}
//! ```
//!
//! The texts on both sides are templates. [`Conditions::templates`] is what to fill in;
//! [`Conditions::holds`] compares what came of it, without clock or IO. [`Compiled`] does both for
//! whoever has a [`Context`]. What each operator means is said in [`compare`].

pub mod compare;
mod contract;
mod operator;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::template::{Context, Template, TemplateError};

pub use operator::{Operator, UnknownOperator};

/// Holds when any of its groups does.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Conditions {
    /// The groups.
    pub any: Vec<All>,
}

/// Holds when all of its conditions do.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct All {
    /// The conditions.
    pub all: Vec<Condition>,
}

/// One comparison.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Condition {
    /// What is compared: usually one `{{ expression }}`.
    #[serde(default)]
    pub left: Value,
    /// How.
    pub operator: Operator,
    /// What it is compared with; nothing for operators that look at one value alone.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    pub right: Option<Value>,
}

/// A `right` of `null` is written, and is something else than none.
fn present<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<Value>, D::Error> {
    Value::deserialize(deserializer).map(Some)
}

/// Why filled-in values could not be compared: they are not those of these conditions.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the filled-in values do not belong to these conditions: there is nothing at {pointer}")]
pub struct ConditionError {
    /// JSON pointer of what is missing.
    pub pointer: String,
}

impl Conditions {
    /// What is filled in before comparing: the same shape, with `left` and `right` alone.
    pub fn templates(&self) -> Value {
        let group = |group: &All| {
            let conditions: Vec<Value> = group
                .all
                .iter()
                .map(|condition| match &condition.right {
                    Some(right) => json!({"left": condition.left, "right": right}),
                    None => json!({"left": condition.left}),
                })
                .collect();
            json!({ "all": conditions })
        };
        json!({ "any": self.any.iter().map(group).collect::<Vec<_>>() })
    }

    /// Whether they hold over `filled`, which is [`Conditions::templates`] filled in.
    pub fn holds(&self, filled: &Value) -> Result<bool, ConditionError> {
        let mut holds = false;
        for (index, group) in self.any.iter().enumerate() {
            let mut all = !group.all.is_empty();
            for (position, condition) in group.all.iter().enumerate() {
                let pointer = format!("/any/{index}/all/{position}");
                let values = filled.pointer(&pointer).ok_or_else(|| ConditionError { pointer: pointer.clone() })?;
                let left = values.get("left").ok_or_else(|| ConditionError { pointer: format!("{pointer}/left") })?;
                let right = values.get("right").unwrap_or(&Value::Null);
                all &= compare::holds(condition.operator, left, right);
            }
            holds |= all;
        }
        Ok(holds)
    }

    /// What keeps them from being used: `(JSON pointer, message)`. The templates are checked with
    /// [`crate::template::problems`] over [`Conditions::templates`], whose pointers are the same.
    pub fn problems(&self) -> Vec<(String, String)> {
        let mut found = Vec::new();
        if self.any.is_empty() {
            found.push(("/any".into(), "add at least one group of conditions".into()));
        }
        for (index, group) in self.any.iter().enumerate() {
            if group.all.is_empty() {
                found.push((format!("/any/{index}/all"), "add at least one condition".into()));
            }
            for (position, condition) in group.all.iter().enumerate() {
                let at = format!("/any/{index}/all/{position}");
                let operator = condition.operator;
                if condition.left.is_null() {
                    found.push((
                        format!("{at}/left"),
                        "say what is compared, for example \"{{ trigger.email }}\"".into(),
                    ));
                }
                if operator == Operator::None {
                    found.push((format!("{at}/operator"), "choose how the two are compared".into()));
                } else if operator.is_unary() && condition.right.is_some() {
                    let message = format!("`{operator}` looks at `left` alone; remove `right`");
                    found.push((format!("{at}/right"), message));
                } else if !operator.is_unary() && condition.right.is_none() {
                    let message = format!("`right` is missing: what does `{operator}` compare with?");
                    found.push((at, message));
                }
            }
        }
        found
    }

    /// Parses the templates, for many evaluations.
    pub fn compile(self) -> Result<Compiled, TemplateError> {
        let template = Template::parse(&self.templates())?;
        Ok(Compiled { conditions: self, template })
    }
}

/// Conditions whose templates are parsed.
#[derive(Debug, Clone)]
pub struct Compiled {
    conditions: Conditions,
    template: Template,
}

impl Compiled {
    /// Whether they hold over a context. An expression that fails is an error; a name that the
    /// context does not have is null.
    pub fn holds(&self, context: &Context) -> Result<bool, TemplateError> {
        let filled = self.template.fill(context)?;
        Ok(self.conditions.holds(&filled).expect("a template keeps the shape that it was parsed from"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::template;

    fn conditions(value: Value) -> Conditions {
        serde_json::from_value(value).expect("readable")
    }

    fn over(user: Value, given: Value) -> bool {
        let mut context = Context::default();
        context.set("user", &user);
        conditions(given).compile().expect("compiles").holds(&context).expect("evaluates")
    }

    #[test]
    fn any_group_holds_in_which_all_conditions_hold() {
        let given = json!({"any": [
            {"all": [
                {"left": "{{ user.metadata.plan }}", "operator": "$stringExactlyMatches", "right": "pro"},
                {"left": "{{ user.metadata.seats }}", "operator": "$numberGreaterThan", "right": 5},
            ]},
            {"all": [{"left": "{{ user.metadata.beta }}", "operator": "$booleanTrue"}]},
        ]});
        for (metadata, expected) in [
            (json!({"plan": "pro", "seats": 6}), true),
            (json!({"plan": "pro", "seats": 5}), false),
            (json!({"plan": "free", "seats": 6}), false),
            (json!({"plan": "free", "beta": true}), true),
            (json!({}), false),
        ] {
            assert_eq!(over(json!({"metadata": metadata}), given.clone()), expected, "{metadata}");
        }
    }

    #[test]
    fn both_sides_are_templates_and_values_are_never_evaluated_again() {
        let same = json!({"any": [{"all": [{"left": "{{ user.a }}", "operator": "$stringExactlyMatches", "right": "{{ user.b }}"}]}]});
        assert!(over(json!({"a": "x", "b": "x"}), same.clone()));
        assert!(!over(json!({"a": "x", "b": "y"}), same.clone()));
        assert!(!over(json!({"a": "x", "b": "{{ user.a }}"}), same));
    }

    #[test]
    fn nothing_holds_where_there_are_no_conditions() {
        assert!(!over(json!({}), json!({"any": []})));
        assert!(!over(json!({}), json!({"any": [{"all": []}]})));
    }

    #[test]
    fn what_is_missing_or_too_much_is_a_problem_at_its_place() {
        let found = conditions(json!({"any": [
            {"all": [
                {"left": "{{ user.a }}", "operator": "$stringContains"},
                {"left": "{{ user.a }}", "operator": "$exists", "right": null},
                {"operator": "$none"},
                {"left": "{{ user.a }}", "operator": "$numberEquals", "right": null},
            ]},
            {"all": []},
        ]}))
        .problems();
        assert_eq!(
            found.iter().map(|(pointer, message)| (pointer.as_str(), message.as_str())).collect::<Vec<_>>(),
            [
                ("/any/0/all/0", "`right` is missing: what does `$stringContains` compare with?"),
                ("/any/0/all/1/right", "`$exists` looks at `left` alone; remove `right`"),
                ("/any/0/all/2/left", "say what is compared, for example \"{{ trigger.email }}\""),
                ("/any/0/all/2/operator", "choose how the two are compared"),
                ("/any/1/all", "add at least one condition"),
            ]
        );
        assert_eq!(conditions(json!({"any": []})).problems()[0].0, "/any");
    }

    #[test]
    fn problems_of_templates_have_the_pointers_of_the_conditions() {
        let given = conditions(json!({"any": [{"all": [
            {"left": "{{ user.a }}", "operator": "$stringContains", "right": "{{ usr.b }}"},
        ]}]}));
        let none = std::collections::BTreeSet::new();
        let names = template::Names { steps: &none, settings: &none, secrets: &none, items: &none };
        let found = template::problems(&given.templates(), &names);
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].0, "/any/0/all/0/right");
    }

    #[test]
    fn they_read_as_they_are_written_and_name_the_nearest_operator() {
        let written = json!({"any": [{"all": [
            {"left": "{{ user.a }}", "operator": "$stringContains", "right": "x"},
            {"left": "{{ user.a }}", "operator": "$exists"},
        ]}]});
        assert_eq!(serde_json::to_value(conditions(written.clone())).expect("JSON"), written);
        let wrong = serde_json::from_value::<Conditions>(
            json!({"any": [{"all": [{"left": 1, "operator": "$stringContain"}]}]}),
        );
        assert_eq!(
            wrong.expect_err("unknown").to_string(),
            "there is no operator `$stringContain`; did you mean `$stringContains`?"
        );
        assert!(serde_json::from_value::<Conditions>(json!({"any": [{"all": [], "or": 1}]})).is_err());
    }

    #[test]
    fn values_of_other_conditions_are_refused() {
        let given = conditions(json!({"any": [{"all": [{"left": 1, "operator": "$exists"}]}]}));
        assert_eq!(given.holds(&json!({})), Err(ConditionError { pointer: "/any/0/all/0".into() }));
    }
}
