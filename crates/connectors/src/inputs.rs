//! A step's inputs: checked against the action when a workflow is deployed, and made into the
//! values of a request when it runs.

use std::borrow::Cow;

use linchpin_domain::Timestamp;
use linchpin_domain::connector::ActionError;
use linchpin_domain::source::nearest;
use linchpin_domain::template::has_expression;
use serde_json::{Map, Value};

use crate::each;
use crate::manifest::{Action, Field, FieldKind, ITEMS};
use crate::shape::{Values, text_of};

/// The input that takes further fields as one JSON object.
const ADDITIONAL_FIELDS: &str = "additionalFields";

/// What is wrong with inputs as they are written in a workflow, where texts may still hold `{{ … }}`.
pub(crate) fn problems(action: &Action, inputs: &Map<String, Value>) -> Vec<(String, String)> {
    let mut problems = Vec::new();
    for (name, value) in inputs {
        match action.fields.get(name) {
            None => problems.push((name.clone(), unknown(action, name))),
            Some(field) if !value.is_null() && !has_expression(value) => {
                if let Err(message) = own_value(field, value) {
                    problems.push((name.clone(), message));
                }
            }
            Some(_) => {}
        }
    }
    for field in action.fields.values().filter(|field| field.required) {
        if inputs.get(&field.name).is_none_or(is_empty) {
            problems.push((field.name.clone(), format!("`{}` is needed", field.name)));
        }
    }
    if let Some(first) = lacks_all(action, inputs) {
        problems.push((first.to_owned(), at_least_one(action)));
    }
    // Records can be looked at once nothing is left to be filled in.
    if let Some(each) = action.each.as_ref().filter(|_| problems.is_empty() && !inputs.values().any(has_expression)) {
        problems.extend(each::problem(each, inputs));
    }
    problems
}

fn unknown(action: &Action, name: &str) -> String {
    match nearest(name, action.fields.keys().map(String::as_str)) {
        Some(near) => format!("there is no field `{name}`; did you mean `{near}`?"),
        None if action.additional_fields => {
            format!("there is no field `{name}`; fields not listed go into `{ADDITIONAL_FIELDS}`")
        }
        None => format!("there is no field `{name}`"),
    }
}

fn lacks_all<'a>(action: &'a Action, inputs: &Map<String, Value>) -> Option<&'a str> {
    let first = action.at_least_one.first()?;
    // Additional fields may hold one of them.
    let given = action.at_least_one.iter().any(|name| inputs.get(name).is_some_and(|value| !is_empty(value)))
        || inputs.get(ADDITIONAL_FIELDS).is_some_and(|value| !is_empty(value));
    (!given).then_some(first.as_str())
}

fn at_least_one(action: &Action) -> String {
    let names: Vec<_> = action.at_least_one.iter().map(|name| format!("`{name}`")).collect();
    format!("at least one of {} is needed", names.join(", "))
}

fn is_empty(value: &Value) -> bool {
    matches!(value, Value::Null) || value.as_str().is_some_and(str::is_empty)
}

/// Inputs made ready for a request.
#[derive(Debug)]
pub(crate) struct Prepared<'a> {
    /// The action's own inputs.
    own: Map<String, Value>,
    /// The record's fields as texts, additional fields merged in.
    pub(crate) fields: Value,
    action: &'a Action,
}

/// Checks and converts inputs whose templates are filled in.
pub(crate) fn prepare<'a>(action: &'a Action, inputs: &Map<String, Value>) -> Result<Prepared<'a>, ActionError> {
    let invalid = |message: String| ActionError::Invalid { message };
    let mut own = Map::new();
    let mut fields = Map::with_capacity(inputs.len());
    for (name, value) in inputs {
        let Some(field) = action.fields.get(name) else { return Err(invalid(unknown(action, name))) };
        if value.is_null() {
            continue;
        }
        if field.record {
            fields.insert(name.clone(), Value::String(record_text(name, value).map_err(invalid)?));
            continue;
        }
        let value = own_value(field, value).map_err(invalid)?;
        if name == ADDITIONAL_FIELDS {
            let Value::Object(more) = value else { continue };
            for (name, value) in more.into_iter().filter(|(_, value)| !value.is_null()) {
                // A field of the form wins over the same name in the JSON.
                if inputs.get(&name).is_none_or(Value::is_null) {
                    let text = record_text(&name, &value).map_err(invalid)?;
                    fields.insert(name, Value::String(text));
                }
            }
        } else if !is_empty(&value) {
            own.insert(name.clone(), value);
        }
    }
    let mut prepared = Prepared { own, fields: Value::Object(fields), action };
    for field in action.fields.values().filter(|field| field.required) {
        if prepared.value(&field.name).is_none_or(|value| is_empty(&value)) {
            return Err(invalid(format!("`{}` is needed and has no value", field.name)));
        }
    }
    if !action.at_least_one.is_empty()
        && action.at_least_one.iter().all(|name| prepared.value(name).is_none_or(|value| is_empty(&value)))
    {
        return Err(invalid(at_least_one(action)));
    }
    if let Some(each) = &action.each {
        let items = each::items(each, &prepared.own).map_err(invalid)?;
        prepared.own.insert(ITEMS.into(), items);
    }
    Ok(prepared)
}

impl Prepared<'_> {
    /// The value of the key that tells records apart, as text; `None` when it is empty.
    pub(crate) fn key(&self) -> Option<(&str, String)> {
        let name = self.action.doubt.key.as_deref()?;
        let value = self.value(name)?;
        let text = text_of(&value);
        let text = text.trim();
        (!text.is_empty()).then(|| (name, text.to_owned()))
    }

    /// How a field of the record is compared.
    pub(crate) fn same(&self, name: &str, sent: &str, held: &str) -> bool {
        let email = self.action.fields.get(name).is_some_and(|field| field.kind == FieldKind::Email);
        if email { sent.trim().eq_ignore_ascii_case(held.trim()) } else { sent.trim() == held.trim() }
    }
}

impl Values for Prepared<'_> {
    fn value(&self, name: &str) -> Option<Cow<'_, Value>> {
        match name {
            "fields" => Some(Cow::Borrowed(&self.fields)),
            "fieldNames" => {
                let names: Vec<_> = self.fields.as_object()?.keys().map(String::as_str).collect();
                (!names.is_empty()).then(|| Cow::Owned(Value::String(names.join(","))))
            }
            name => self.own.get(name).or_else(|| self.fields.get(name)).map(Cow::Borrowed),
        }
    }
}

/// A record field as the text that providers of flat records take.
fn record_text(name: &str, value: &Value) -> Result<String, String> {
    match value {
        Value::String(text) => Ok(text.clone()),
        Value::Number(_) | Value::Bool(_) => Ok(value.to_string()),
        Value::Array(items) => {
            let texts: Result<Vec<_>, _> = items
                .iter()
                .map(|item| match item {
                    Value::Object(_) | Value::Array(_) => {
                        Err(format!("`{name}` takes a list of texts, not of objects"))
                    }
                    item => Ok(text_of(item)),
                })
                .collect();
            Ok(texts?.join(";"))
        }
        Value::Object(_) => Err(format!("`{name}` takes a text, a number or yes/no, not an object")),
        Value::Null => Ok(String::new()),
    }
}

/// A moment in UTC, without fractions of a second.
pub(crate) fn whole_seconds(at: Timestamp) -> String {
    let text = at.to_string();
    let whole = text.split_once('.').map_or(text.as_str(), |(whole, _)| whole);
    format!("{}Z", whole.trim_end_matches('Z'))
}

/// An input of the action in the type that it declares.
pub(crate) fn own_value(field: &Field, value: &Value) -> Result<Value, String> {
    let name = &field.name;
    if field.record {
        return record_text(name, value).map(Value::String);
    }
    match (field.kind, value) {
        (FieldKind::Json, Value::String(text)) if text.trim().is_empty() => Ok(Value::Null),
        (FieldKind::Json, value) => {
            let value = match value {
                Value::String(text) => {
                    serde_json::from_str(text).map_err(|error| format!("`{name}` is not valid JSON: {error}"))?
                }
                other => other.clone(),
            };
            if name == ADDITIONAL_FIELDS && !value.is_object() {
                return Err(format!("`{name}` takes a JSON object, for example {{\"favorite_color\": \"blue\"}}"));
            }
            Ok(value)
        }
        (FieldKind::List, Value::String(text)) => {
            Ok(Value::Array(text.split(',').map(str::trim).filter(|item| !item.is_empty()).map(Value::from).collect()))
        }
        (FieldKind::List, Value::Array(items)) if items.iter().all(|item| !item.is_object() && !item.is_array()) => {
            Ok(Value::Array(items.iter().map(|item| Value::String(text_of(item).into_owned())).collect()))
        }
        (FieldKind::List, _) => Err(format!("`{name}` takes a list of texts, or texts separated by commas")),
        (FieldKind::Number, Value::String(text)) if text.trim().is_empty() => Ok(Value::Null),
        (FieldKind::Number, Value::String(text)) => text
            .trim()
            .parse::<serde_json::Number>()
            .map(Value::Number)
            .map_err(|_| format!("`{name}` takes a number, not `{text}`")),
        (FieldKind::Number, Value::Number(_)) | (FieldKind::Boolean, Value::Bool(_)) => Ok(value.clone()),
        (FieldKind::Number, _) => Err(format!("`{name}` takes a number")),
        (FieldKind::Boolean, Value::String(text)) => match text.as_str() {
            "true" => Ok(Value::Bool(true)),
            "false" => Ok(Value::Bool(false)),
            _ => Err(format!("`{name}` takes true or false, not `{text}`")),
        },
        (FieldKind::Time, Value::String(text)) if text.trim().is_empty() => Ok(Value::Null),
        // It may stand within a provider's query: nothing but a time gets there.
        (FieldKind::Time, Value::String(text)) => Timestamp::parse(text.trim())
            .map(|at| Value::String(whole_seconds(at)))
            .ok_or_else(|| format!("`{name}` takes a time such as 2026-11-25T12:00:00Z, not `{text}`")),
        (FieldKind::Time, _) => Err(format!("`{name}` takes a time such as 2026-11-25T12:00:00Z")),
        (FieldKind::Boolean, _) => Err(format!("`{name}` takes true or false")),
        (_, Value::Object(_) | Value::Array(_)) => Err(format!("`{name}` takes a text")),
        (_, value) => Ok(Value::String(text_of(value).into_owned())),
    }
}
