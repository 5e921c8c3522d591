//! What a tool takes: as a JSON Schema for language models, or as the inputs of a form.

use linchpin_connectors::manifest::{Action, Each, Field, FieldKind};
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
        let schema = match &action.each {
            Some(each) if each.input == *name => several(each, action, field, own),
            _ if name == ADDITIONAL_FIELDS => additional(action, field, own),
            _ => of(field, own),
        };
        properties.insert(name.clone(), schema);
    }
    let required: Vec<&str> =
        action.fields.values().filter(|field| field.required).map(|field| field.name.as_str()).collect();
    json!({"type": "object", "properties": properties, "required": required, "additionalProperties": false})
}

/// How deep the fields of an output are told.
const MOST_DEEP: usize = 5;

/// The fields of a tool's output, by the connector's sample; `None` where it has none. It names no types: what a
/// provider leaves out, empties or changes is no reason to refuse its answer.
pub fn output(action: &Action) -> Option<Value> {
    let mut schema = match &action.example {
        Value::Null => return None,
        Value::Object(_) => known(&action.example, 0),
        // As the door wraps what is no object.
        other => json!({"properties": {"result": known(other, 0)}}),
    };
    schema["type"] = "object".into();
    Some(schema)
}

/// What is known of a value by a sample of it.
fn known(sample: &Value, depth: usize) -> Value {
    match sample {
        _ if depth == MOST_DEEP => json!({}),
        Value::Object(fields) => {
            let properties: Map<String, Value> =
                fields.iter().map(|(name, value)| (name.clone(), known(value, depth + 1))).collect();
            json!({"properties": properties})
        }
        Value::Array(items) => match items.first() {
            Some(first) => json!({"items": known(first, depth + 1)}),
            None => json!({}),
        },
        Value::Null => json!({}),
        value => json!({"examples": [value]}),
    }
}

/// The schema of a trigger's parameters.
pub fn parameters(inputs: &[Field]) -> Value {
    let none = Own::default();
    let properties: Map<String, Value> = inputs.iter().map(|field| (field.name.clone(), of(field, &none))).collect();
    let required: Vec<&str> = inputs.iter().filter(|field| field.required).map(|field| field.name.as_str()).collect();
    json!({"type": "object", "properties": properties, "required": required, "additionalProperties": false})
}

/// A list of records: their ids, or what the action for a single one takes.
fn several(each: &Each, action: &Action, field: &Field, own: &Own) -> Value {
    let items = match each.one() {
        Some(one) if !each.by_id() => {
            let mut schema = json(one, own);
            // What is said once for all records needs not be said of each.
            let said = |name: &str| action.fields.contains_key(name);
            if let Some(Value::Object(properties)) = schema.get_mut("properties") {
                properties.retain(|name, _| !said(name));
            }
            if let Some(Value::Array(required)) = schema.get_mut("required") {
                required.retain(|name| !name.as_str().is_some_and(said));
            }
            schema
        }
        _ => json!({"type": "string"}),
    };
    let mut schema = of(field, own);
    schema["description"] = match &field.help {
        Some(help) => help.clone().into(),
        None => format!("At most {}.", each.most()).into(),
    };
    schema["type"] = "array".into();
    schema["items"] = items;
    schema["minItems"] = 1.into();
    schema["maxItems"] = each.most().into();
    schema
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
