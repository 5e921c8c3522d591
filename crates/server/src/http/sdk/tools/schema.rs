//! What a tool takes: as a JSON Schema for language models, or as the inputs of a form.

use linchpin_connectors::manifest::{Action, Field, FieldKind};
use serde_json::{Map, Value, json};

use super::catalogue::Tool;
use super::own::Own;

/// The input that takes the fields that the form does not name.
pub const ADDITIONAL_FIELDS: &str = "additionalFields";
/// Choices that a description names.
const MOST_NAMED: usize = 50;

/// What a tool does, for who has to choose one.
pub fn description(action: &Action) -> String {
    let mut text = action.description.trim_end_matches('.').to_owned();
    text.push('.');
    if !action.at_least_one.is_empty() {
        text.push_str(&format!(" Give at least one of: {}.", action.at_least_one.join(", ")));
    }
    text
}

/// The schema of a tool's parameters. It keeps to what every model's interface takes: an object without
/// alternatives at the top.
pub fn json(action: &Action, own: &Own) -> Value {
    let mut properties = Map::new();
    for (name, field) in &action.fields {
        let schema = if name == ADDITIONAL_FIELDS { additional(action, field, own) } else { of(field, own) };
        properties.insert(name.clone(), schema);
    }
    let required: Vec<&str> =
        action.fields.values().filter(|field| field.required).map(|field| field.name.as_str()).collect();
    json!({"type": "object", "properties": properties, "required": required, "additionalProperties": false})
}

/// The fields of the account's own that the form does not name.
fn additional(action: &Action, field: &Field, own: &Own) -> Value {
    let mut schema = json!({"type": "object", "title": field.title, "additionalProperties": true});
    if let Some(help) = &field.help {
        schema["description"] = help.clone().into();
    }
    let fields: Map<String, Value> = own
        .fields
        .iter()
        .filter(|choice| !action.fields.contains_key(&choice.value))
        .map(|choice| (choice.value.clone(), json!({"title": choice.label})))
        .collect();
    if !fields.is_empty() {
        schema["properties"] = Value::Object(fields);
    }
    schema
}

fn of(field: &Field, own: &Own) -> Value {
    let mut schema = Map::new();
    let choices: Vec<Value> = field.options.iter().map(|option| option.value.clone().into()).collect();
    match field.kind {
        FieldKind::Number => put(&mut schema, "type", "number"),
        FieldKind::Boolean => put(&mut schema, "type", "boolean"),
        FieldKind::List => {
            put(&mut schema, "type", "array");
            put(&mut schema, "items", json!({"type": "string"}));
        }
        // Whatever stands in it: no type.
        FieldKind::Json => {}
        FieldKind::Text | FieldKind::Textarea | FieldKind::Email | FieldKind::Enum | FieldKind::Time => {
            put(&mut schema, "type", "string");
        }
    }
    match field.kind {
        FieldKind::Email => put(&mut schema, "format", "email"),
        FieldKind::Time => put(&mut schema, "format", "date-time"),
        _ => {}
    }
    put(&mut schema, "title", field.title.clone());
    let mut text: Vec<String> = field.help.iter().map(|help| format!("{}.", help.trim_end_matches('.'))).collect();
    if field.kind == FieldKind::Json {
        text.push("Any JSON.".into());
    }
    if !field.options.is_empty() {
        let named: Vec<String> =
            field.options.iter().map(|option| format!("{} ({})", option.value, option.label)).collect();
        text.push(format!("One of: {}.", named.join(", ")));
        // Accounts have values of their own for a record's fields; an input of the action knows no others.
        put(&mut schema, if field.record { "examples" } else { "enum" }, choices);
    }
    if let Some(choices) = own.choices.get(&field.name).filter(|choices| !choices.is_empty()) {
        let named: Vec<String> =
            choices.iter().take(MOST_NAMED).map(|choice| format!("{} ({})", choice.value, choice.label)).collect();
        text.push(format!("In this account: {}.", named.join(", ")));
    } else if field.source.is_some() {
        text.push("An id or name out of the user's account.".into());
    }
    if !text.is_empty() {
        put(&mut schema, "description", text.join(" "));
    }
    if let Some(example) =
        field.placeholder.as_ref().filter(|_| field.options.is_empty() && field.kind != FieldKind::Json)
    {
        put(&mut schema, "examples", vec![Value::from(example.clone())]);
    }
    Value::Object(schema)
}

fn put(schema: &mut Map<String, Value>, name: &str, value: impl Into<Value>) {
    schema.insert(name.to_owned(), value.into());
}

/// A tool as the inputs of a form.
pub fn form(tool: &Tool<'_>, own: &Own) -> Value {
    let inputs: Vec<Value> = tool.action.fields.values().map(|field| input(field, own)).collect();
    json!({
        "name": tool.name,
        "title": tool.action.title,
        "description": description(tool.action),
        "inputs": inputs,
    })
}

fn input(field: &Field, own: &Own) -> Value {
    let chosen = own.choices.get(&field.name);
    let kind = match field.kind {
        _ if field.source.is_some() => "DYNAMIC_ENUM",
        _ if !field.options.is_empty() && field.record => "EDITABLE_ENUM",
        _ if !field.options.is_empty() => "ENUM",
        FieldKind::Text | FieldKind::Enum | FieldKind::List | FieldKind::Time => "TEXT",
        FieldKind::Textarea | FieldKind::Json => "TEXTAREA",
        FieldKind::Email => "EMAIL",
        FieldKind::Number => "NUMBER",
        FieldKind::Boolean => "BOOLEAN_INPUT",
    };
    let mut shape = json!({"id": field.name, "title": field.title, "type": kind, "required": field.required});
    if let Some(help) = &field.help {
        shape["subtitle"] = help.clone().into();
    }
    if let Some(placeholder) = &field.placeholder {
        shape["placeholder"] = placeholder.clone().into();
    }
    if let Some(source) = &field.source {
        shape["sourceKey"] = source.clone().into();
    }
    if let Some(choices) = chosen {
        let values: Vec<Value> =
            choices.iter().map(|choice| json!({"value": choice.value, "label": choice.label})).collect();
        shape["values"] = values.into();
    } else if !field.options.is_empty() {
        shape["values"] = json!(field.options);
    }
    if field.name == ADDITIONAL_FIELDS && !own.fields.is_empty() {
        let fields: Vec<Value> =
            own.fields.iter().map(|choice| json!({"id": choice.value, "title": choice.label})).collect();
        shape["fields"] = fields.into();
    }
    shape
}
