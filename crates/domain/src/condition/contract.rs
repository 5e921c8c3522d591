//! Conditions in the form that the client SDK knows (contract 7.10), for its answers.

use serde_json::{Value, json};

use super::{Condition, Conditions};

impl Conditions {
    /// Joined conditions with sources instead of templates.
    pub fn to_contract(&self) -> Value {
        let groups: Vec<Value> = self
            .any
            .iter()
            .map(|group| {
                let conditions: Vec<Value> = group.all.iter().map(condition).collect();
                json!({"type": "JOIN", "join": "AND", "conditions": conditions})
            })
            .collect();
        json!({"type": "JOIN", "join": "OR", "conditions": groups})
    }
}

fn condition(condition: &Condition) -> Value {
    let mut inner = json!({"operator": condition.operator, "variable": source(&condition.left)});
    if !condition.operator.is_unary() {
        inner["argument"] = source(condition.right.as_ref().unwrap_or(&Value::Null));
    }
    json!({"type": "OPERATOR", "condition": inner})
}

/// User metadata where the value is that alone; else the value as it is written.
fn source(value: &Value) -> Value {
    match value.as_str().and_then(metadata_path) {
        Some(path) => json!({"type": "PERSONA_METADATA", "path": path}),
        None => json!({"type": "VALUE", "value": value}),
    }
}

/// The path below `user.metadata` of a text that is one plain expression: `a.b`, `["a b"]`.
fn metadata_path(text: &str) -> Option<Vec<String>> {
    let expression = text.trim().strip_prefix("{{")?.strip_suffix("}}")?.trim();
    let mut rest = expression.strip_prefix("user.metadata")?;
    let mut path = Vec::new();
    while !rest.is_empty() {
        if let Some(after) = rest.strip_prefix('.') {
            let end = after.find(['.', '[']).unwrap_or(after.len());
            let name = &after[..end];
            let is_name = name.chars().all(|c| c == '_' || c.is_ascii_alphanumeric());
            if !is_name || !name.starts_with(|c: char| c == '_' || c.is_ascii_alphabetic()) {
                return None;
            }
            path.push(name.to_owned());
            rest = &after[end..];
        } else {
            let after = rest.strip_prefix('[')?;
            let quote = after.chars().next().filter(|c| matches!(c, '"' | '\''))?;
            let (name, after) = after[1..].split_once(quote)?;
            if name.contains('\\') {
                return None;
            }
            path.push(name.to_owned());
            rest = after.strip_prefix(']')?;
        }
    }
    Some(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn user_metadata_becomes_a_path_and_anything_else_a_value() {
        for (text, expected) in [
            ("{{ user.metadata.plan }}", Some(vec!["plan"])),
            ("{{user.metadata.company.size}}", Some(vec!["company", "size"])),
            ("{{ user.metadata[\"First Name\"].x }}", Some(vec!["First Name", "x"])),
            ("{{ user.metadata }}", Some(vec![])),
            ("{{ user.metadata.plan | upper }}", None),
            ("{{ user.metadata.a }} and {{ user.metadata.b }}", None),
            ("{{ user.metadatax }}", None),
            ("{{ user.id }}", None),
            ("plan", None),
        ] {
            let expected: Option<Vec<String>> = expected.map(|path| path.into_iter().map(str::to_owned).collect());
            assert_eq!(metadata_path(text), expected, "{text}");
        }
    }

    #[test]
    fn groups_are_joined_by_or_and_conditions_by_and() {
        let conditions: Conditions = serde_json::from_value(json!({"any": [{"all": [
            {"left": "{{ user.metadata.plan }}", "operator": "$stringExactlyMatches", "right": "pro"},
            {"left": "{{ user.id }}", "operator": "$exists"},
        ]}]}))
        .expect("readable");
        assert_eq!(
            conditions.to_contract(),
            json!({"type": "JOIN", "join": "OR", "conditions": [{"type": "JOIN", "join": "AND", "conditions": [
                {"type": "OPERATOR", "condition": {
                    "operator": "$stringExactlyMatches",
                    "variable": {"type": "PERSONA_METADATA", "path": ["plan"]},
                    "argument": {"type": "VALUE", "value": "pro"},
                }},
                {"type": "OPERATOR", "condition": {"operator": "$exists", "variable": {"type": "VALUE", "value": "{{ user.id }}"}}},
            ]}]})
        );
    }
}
