//! A workflow that begins with a request: what it declares about one, and the check of one.

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// A workflow that begins with a request. Without `validate` any request is taken.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RequestTrigger {
    /// What is expected of a request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub validate: Option<Validation>,
}

/// What is expected of a request's parts, by name. What is not named is passed on unchecked.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Validation {
    /// Of the query: always texts, so a type here means a text that reads as one.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub params: IndexMap<String, Field>,
    /// Of the headers, in any case.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub headers: IndexMap<String, Field>,
    /// Of the body, which is then a JSON object.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub body: IndexMap<String, Field>,
}

/// What is expected of one value.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Field {
    /// Its type; any when absent.
    #[serde(default, rename = "type", skip_serializing_if = "Option::is_none")]
    pub kind: Option<Type>,
    /// Whether it must be there and not null.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub required: bool,
    /// The one value that a header may have.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
}

/// The type of a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Type {
    /// A text.
    String,
    /// A number.
    Number,
    /// True or false.
    Boolean,
    /// An object.
    Object,
    /// A list.
    Array,
}

impl Type {
    fn is(self, value: &Value) -> bool {
        match self {
            Self::String => value.is_string(),
            Self::Number => value.is_number(),
            Self::Boolean => value.is_boolean(),
            Self::Object => value.is_object(),
            Self::Array => value.is_array(),
        }
    }

    fn reads(self, text: &str) -> bool {
        match self {
            Self::String => true,
            Self::Number => text.trim().parse::<f64>().is_ok_and(f64::is_finite),
            Self::Boolean => matches!(text, "true" | "false"),
            Self::Object | Self::Array => serde_json::from_str(text).is_ok_and(|value| self.is(&value)),
        }
    }

    fn named(self) -> &'static str {
        match self {
            Self::String => "a text",
            Self::Number => "a number",
            Self::Boolean => "true or false",
            Self::Object => "an object",
            Self::Array => "a list",
        }
    }
}

impl RequestTrigger {
    /// What keeps a workflow with this trigger from being deployed: `(JSON pointer, message)`.
    pub fn problems(&self) -> Vec<(String, String)> {
        let mut found = Vec::new();
        let Some(validation) = &self.validate else { return found };
        for (part, fields) in
            [("params", &validation.params), ("headers", &validation.headers), ("body", &validation.body)]
        {
            for (name, field) in fields {
                let at = format!("/validate/{part}/{}", crate::source::escape(name));
                if name.trim().is_empty() {
                    found.push((at.clone(), "a name must not be empty".into()));
                }
                if part == "headers" && field.kind.is_some_and(|kind| kind != Type::String) {
                    found.push((format!("{at}/type"), "a header is always a text".into()));
                }
                if part != "headers" && field.value.is_some() {
                    found.push((format!("{at}/value"), "only a header can be asked to have one value".into()));
                }
            }
        }
        found
    }

    /// What is wrong with a request: `(part.name, message)`. Header names are lower-case.
    pub fn findings(
        &self,
        params: &Map<String, Value>,
        headers: &Map<String, Value>,
        body: &Value,
    ) -> Vec<(String, String)> {
        let mut found = Vec::new();
        let Some(validation) = &self.validate else { return found };
        for (name, field) in &validation.params {
            check(&mut found, "params", name, field, params.get(name), true);
        }
        for (name, field) in &validation.headers {
            check(&mut found, "headers", name, field, headers.get(&name.to_ascii_lowercase()), true);
        }
        if !validation.body.is_empty() && !body.is_object() {
            found.push(("body".into(), "a JSON object is expected".into()));
            return found;
        }
        for (name, field) in &validation.body {
            check(&mut found, "body", name, field, body.get(name), false);
        }
        found
    }
}

fn check(
    found: &mut Vec<(String, String)>,
    part: &str,
    name: &str,
    field: &Field,
    value: Option<&Value>,
    is_text: bool,
) {
    let mut add = |message: String| found.push((format!("{part}.{name}"), message));
    let value = match value {
        None | Some(Value::Null) => {
            if field.required || field.value.is_some() {
                add("is required".into());
            }
            return;
        }
        Some(value) => value,
    };
    if let Some(kind) = field.kind {
        // A parameter that is given more than once is a list of texts.
        let fits = match value {
            Value::String(text) if is_text => kind.reads(text),
            other => kind.is(other),
        };
        if !fits {
            add(format!("must be {}", kind.named()));
        }
    }
    if field.value.as_ref().is_some_and(|wanted| value.as_str() != Some(wanted)) {
        // What is expected may be a shared secret: it is not told.
        add("does not have the expected value".into());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn trigger(validate: Value) -> RequestTrigger {
        serde_json::from_value(json!({"validate": validate})).expect("readable")
    }

    fn findings(trigger: &RequestTrigger, params: Value, headers: Value, body: &Value) -> Vec<(String, String)> {
        let (Value::Object(params), Value::Object(headers)) = (params, headers) else { panic!("objects are given") };
        trigger.findings(&params, &headers, body)
    }

    #[test]
    fn a_request_is_checked_by_part_and_every_finding_is_named() {
        let trigger = trigger(json!({
            "params": {"page": {"type": "number"}, "tag": {"type": "array"}},
            "headers": {"X-Source": {"value": "crm"}, "X-Other": {"required": true}},
            "body": {"email": {"type": "string", "required": true}, "age": {"type": "number"}},
        }));
        assert_eq!(
            findings(
                &trigger,
                json!({"page": "3", "tag": ["a", "b"]}),
                json!({"x-source": "crm", "x-other": ""}),
                &json!({"email": "a@b.c", "age": null, "more": 1})
            ),
            []
        );
        let found = findings(&trigger, json!({"page": "x"}), json!({"x-source": "else"}), &json!({"age": "7"}));
        let found: Vec<_> = found.iter().map(|(field, message)| (field.as_str(), message.as_str())).collect();
        assert_eq!(
            found,
            [
                ("params.page", "must be a number"),
                ("headers.X-Source", "does not have the expected value"),
                ("headers.X-Other", "is required"),
                ("body.email", "is required"),
                ("body.age", "must be a number"),
            ]
        );
        let found = findings(&trigger, json!({}), json!({"x-source": "crm", "x-other": "1"}), &json!([1]));
        assert_eq!(found, [("body".into(), "a JSON object is expected".into())]);
    }

    #[test]
    fn a_declaration_that_means_nothing_is_a_problem() {
        let trigger = trigger(json!({
            "headers": {"x": {"type": "number"}},
            "body": {"a/b": {"value": "1"}},
        }));
        let found = trigger.problems();
        let pointers: Vec<_> = found.iter().map(|(pointer, _)| pointer.as_str()).collect();
        assert_eq!(pointers, ["/validate/headers/x/type", "/validate/body/a~1b/value"]);
    }
}
