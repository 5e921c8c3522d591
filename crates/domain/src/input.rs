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

/// Widgets of user settings (contract 7.7).
pub const WIDGETS: [&str; 17] = [
    "TEXT_NO_VARS",
    "TEXTAREA_NO_VARS",
    "NUMBER",
    "EMAIL",
    "URL",
    "PASSWORD",
    "BOOLEAN_INPUT",
    "SWITCH",
    "ENUM",
    "DYNAMIC_ENUM",
    "COMBO_INPUT",
    "DYNAMIC_COMBO_INPUT",
    "FIELD_MAPPER",
    "CUSTOM_DROPDOWN",
    "COPYABLE_BUTTON_INPUT",
    "PERMISSION",
    "FILE",
];

/// What stands for a stored password in every answer. Sent back, it means "as it is".
pub const STORED_SECRET: &str = "••••••••";

/// The required settings among some that have no value.
pub fn missing<'a>(inputs: &'a [Input], values: &Map<String, Value>) -> Vec<&'a Input> {
    inputs
        .iter()
        .filter(|input| input.is_required() && values.get(&input.id).is_none_or(|value| input.is_empty(value)))
        .collect()
}

/// Values as they may be shown: passwords are not.
pub fn shown(inputs: &[Input], values: &Map<String, Value>) -> Map<String, Value> {
    let mut shown = values.clone();
    for input in inputs.iter().filter(|input| input.is_secret()) {
        if let Some(value) = shown.get_mut(&input.id).filter(|value| !input.is_empty(value)) {
            *value = STORED_SECRET.into();
        }
    }
    shown
}

impl Input {
    /// Whether a workflow may be on without a value for this setting.
    pub fn is_required(&self) -> bool {
        self.required.unwrap_or(true)
            && self.default_value.is_none()
            // These always have a value.
            && !matches!(self.kind.as_str(), "COPYABLE_BUTTON_INPUT" | "BOOLEAN_INPUT" | "SWITCH")
    }

    /// Whether its value is never shown again.
    pub fn is_secret(&self) -> bool {
        self.kind == "PASSWORD"
    }

    /// Whether a value says nothing yet.
    pub fn is_empty(&self, value: &Value) -> bool {
        let blank = |value: &Value| match value {
            Value::Null => true,
            Value::String(text) => text.trim().is_empty(),
            _ => false,
        };
        let lacks = |name: &str| value.get(name).is_none_or(blank);
        match (self.kind.as_str(), value) {
            ("COMBO_INPUT" | "DYNAMIC_COMBO_INPUT", Value::Object(_)) => lacks("mainInput") || lacks("dependentInput"),
            ("FIELD_MAPPER", Value::Object(_)) => crate::field_mapping::pairs(value).is_empty(),
            _ => blank(value),
        }
    }

    /// What is wrong with a value, in words that follow the setting's title. `null` clears and is never wrong.
    pub fn problem(&self, value: &Value) -> Option<&'static str> {
        if value.is_null() {
            return None;
        }
        match self.kind.as_str() {
            "NUMBER" => match value {
                Value::Number(_) => None,
                Value::String(text) if text.is_empty() || text.trim().parse::<f64>().is_ok_and(f64::is_finite) => None,
                _ => Some("must be a number"),
            },
            "BOOLEAN_INPUT" | "SWITCH" => (!value.is_boolean()).then_some("must be true or false"),
            "COPYABLE_BUTTON_INPUT" => Some("cannot be set, only copied"),
            "COMBO_INPUT" | "DYNAMIC_COMBO_INPUT" => combination(value),
            "FIELD_MAPPER" => mapping(value),
            kind => {
                let Value::String(text) = value else { return Some("must be a text") };
                match kind {
                    _ if text.is_empty() => None,
                    "EMAIL" if !is_email(text) => Some("must be an e-mail address"),
                    "URL" if !is_address(text) => Some("must be an address such as https://example.com"),
                    "ENUM" => self.not_offered(text),
                    "PERMISSION" => self.not_allowed(text),
                    _ => None,
                }
            }
        }
    }

    /// For a fixed list: an entry that is not in it.
    fn not_offered(&self, text: &str) -> Option<&'static str> {
        let lists = ["values", "options"].into_iter().filter_map(|key| self.more.get(key)?.as_array());
        let mut lists = lists.peekable();
        // Without a list of its own it belongs to a data source.
        lists.peek()?;
        let is_it = |entry: &Value| entry.get("value").unwrap_or(entry).as_str() == Some(text);
        let holds = |entry: &Value| match entry.get("items").and_then(Value::as_array) {
            Some(items) => items.iter().any(is_it),
            None => is_it(entry),
        };
        (!lists.flatten().any(holds)).then_some("must be one of the entries offered")
    }

    /// For a choice of permissions: names it does not offer, or one that is always needed and left out.
    fn not_allowed(&self, text: &str) -> Option<&'static str> {
        let offered = self.more.get("scopes").and_then(|scopes| scopes.get("values")?.as_array());
        let offered: Vec<&Value> = offered.into_iter().flatten().collect();
        let name = |scope: &&Value| scope.get("name").and_then(Value::as_str).unwrap_or_default().to_owned();
        let chosen: Vec<&str> = text.split_whitespace().collect();
        if !offered.is_empty() && chosen.iter().any(|one| !offered.iter().any(|scope| name(scope) == *one)) {
            return Some("must name permissions that are offered");
        }
        let always = self.more.get("requiredScopes").and_then(Value::as_array).into_iter().flatten();
        let mut always: Vec<String> = always.filter_map(|scope| scope.as_str().map(str::to_owned)).collect();
        always.extend(offered.iter().filter(|scope| scope.get("required") == Some(&Value::Bool(true))).map(name));
        always
            .iter()
            .any(|scope| !chosen.contains(&scope.as_str()))
            .then_some("must keep the permissions that are always needed")
    }
}

fn combination(value: &Value) -> Option<&'static str> {
    let Value::Object(fields) = value else { return Some("must be a choice from two lists") };
    fields
        .iter()
        .any(|(name, part)| match name.as_str() {
            "mainInput" | "dependentInput" | "variableInput" => !part.is_string() && !part.is_null(),
            "fieldMappings" => !part.is_object(),
            _ => true,
        })
        .then_some("must hold `mainInput` and `dependentInput`, two texts")
}

fn mapping(value: &Value) -> Option<&'static str> {
    let Value::Object(fields) = value else { return Some("must be a field mapping") };
    fields
        .iter()
        .any(|(name, part)| match name.as_str() {
            "objectMapping" => !part.is_string() && !part.is_null(),
            "mappingType" => !matches!(part.as_str(), Some("STATIC" | "DYNAMIC")),
            "fieldMappings" => {
                !part.as_object().is_some_and(|pairs| pairs.values().all(|field| field.is_string() || field.is_null()))
            }
            "dynamicMappings" => !part.as_object().is_some_and(|pairs| pairs.values().all(Value::is_object)),
            "userCreatedFields" | "removedFields" => {
                !part.as_array().is_some_and(|names| names.iter().all(Value::is_string))
            }
            _ => true,
        })
        .then_some("must hold `objectMapping` and `fieldMappings` or `dynamicMappings`")
}

fn is_email(text: &str) -> bool {
    text.split_once('@').is_some_and(|(name, host)| {
        !name.is_empty() && host.contains('.') && !host.starts_with('.') && !host.ends_with('.') && !text.contains(' ')
    })
}

fn is_address(text: &str) -> bool {
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    rest.is_some_and(|rest| {
        !rest.is_empty() && !rest.starts_with(['/', '?', '#', ':']) && !text.chars().any(char::is_whitespace)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn input(kind: &str, more: Value) -> Input {
        let mut all = json!({"id": "x", "title": "X", "type": kind});
        all.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
        serde_json::from_value(all).expect("an input")
    }

    fn check(kind: &str, more: Value, good: &[Value], bad: &[Value]) {
        let input = input(kind, more);
        for value in good {
            assert_eq!(input.problem(value), None, "{kind} takes {value}");
        }
        for value in bad {
            assert!(input.problem(value).is_some(), "{kind} refuses {value}");
        }
    }

    #[test]
    fn each_type_takes_its_own_values_alone() {
        let none = json!({});
        check("TEXT_NO_VARS", none.clone(), &[json!(""), json!("{{ x }}"), Value::Null], &[json!(1), json!({})]);
        check("NUMBER", none.clone(), &[json!(1.5), json!("12"), json!("")], &[json!("a"), json!("inf"), json!(true)]);
        check("EMAIL", none.clone(), &[json!("a@b.org"), json!("")], &[json!("a"), json!("a@b"), json!("a b@c.org")]);
        check(
            "URL",
            none.clone(),
            &[json!("https://a.org/x")],
            &[json!("a.org"), json!("javascript:x"), json!("https://")],
        );
        check("SWITCH", none.clone(), &[json!(true)], &[json!("true"), json!(1)]);
        check("FILE", none.clone(), &[json!("a,b\n1,2")], &[json!([1])]);
        check("COPYABLE_BUTTON_INPUT", none.clone(), &[], &[json!("x")]);
        let values = json!({"values": ["a", {"value": "b", "label": "B"}, {"title": "T", "items": [{"value": "c"}]}]});
        check("ENUM", values, &[json!("a"), json!("b"), json!("c"), json!("")], &[json!("d"), json!("B")]);
        check("CUSTOM_DROPDOWN", none.clone(), &[json!("anything")], &[json!(["x"])]);
        let combo = [json!({"mainInput": "p", "dependentInput": "s"}), json!({"mainInput": "p"})];
        check("COMBO_INPUT", none.clone(), &combo, &[json!("p"), json!({"mainInput": 1}), json!({"other": "x"})]);
        let mapping = [
            json!({"objectMapping": "contacts", "fieldMappings": {"Email": "email"}, "mappingType": "STATIC"}),
            json!({"dynamicMappings": {"a": {"applicationField": "a", "integrationField": "b"}}, "userCreatedFields": ["c"]}),
        ];
        check("FIELD_MAPPER", none, &mapping, &[json!("x"), json!({"fieldMappings": {"a": 1}}), json!({"x": 1})]);
        let scopes = json!({"requiredScopes": ["r"], "scopes": {"values": [{"name": "r"}, {"name": "w"}]}});
        check("PERMISSION", scopes, &[json!("r"), json!("r w")], &[json!("w"), json!("r x")]);
    }

    #[test]
    fn what_is_required_and_not_whole_is_missing() {
        let inputs = [
            input("COMBO_INPUT", json!({"id": "combo"})),
            input("FIELD_MAPPER", json!({"id": "map"})),
            input("SWITCH", json!({"id": "switch"})),
            input("TEXT_NO_VARS", json!({"id": "optional", "required": false})),
        ];
        let names = |values: Value| -> Vec<String> {
            let values = values.as_object().expect("an object").clone();
            missing(&inputs, &values).iter().map(|input| input.id.clone()).collect()
        };
        assert_eq!(names(json!({})), ["combo", "map"]);
        assert_eq!(names(json!({"combo": {"mainInput": "p"}, "map": {"objectMapping": "contacts"}})), ["combo", "map"]);
        let whole = json!({
            "combo": {"mainInput": "p", "dependentInput": "s"},
            "map": {"objectMapping": "contacts", "fieldMappings": {"Email": "email"}},
        });
        assert!(names(whole).is_empty());
    }

    #[test]
    fn passwords_are_not_shown() {
        let inputs = [input("PASSWORD", json!({"id": "key"})), input("TEXT_NO_VARS", json!({"id": "note"}))];
        let values = json!({"key": "hunter2", "note": "hi"}).as_object().expect("an object").clone();
        assert_eq!(Value::Object(shown(&inputs, &values)), json!({"key": STORED_SECRET, "note": "hi"}));
    }
}
