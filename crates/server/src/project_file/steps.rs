//! A workflow's steps in the file: a list of one-key objects, steps within steps included.

use linchpin_connectors::Manifest;
use linchpin_domain::delay::Delay;
use linchpin_domain::http_request::{METHODS, RequestSpec};
use linchpin_domain::step::{Function, MOST_CONCURRENCY, OnError, Response, Step};
use serde_json::{Map, Value, json};

use super::conditions;
use super::export::put;
use super::reader::{Reader, join};

/// The kinds of steps; a step is one of them.
const KINDS: [&str; 7] = ["action", "request", "function", "if", "forEach", "delay", "response"];
/// The keys of a step.
const KEYS: [&str; 16] = [
    "title",
    "action",
    "inputs",
    "request",
    "function",
    "if",
    "then",
    "else",
    "forEach",
    "as",
    "steps",
    "concurrency",
    "delay",
    "response",
    "onError",
    "retry",
];
/// What belongs to one kind alone.
const BELONGS: [(&str, &str); 6] = [
    ("inputs", "action"),
    ("then", "if"),
    ("else", "if"),
    ("as", "forEach"),
    ("steps", "forEach"),
    ("concurrency", "forEach"),
];
const REQUEST_KEYS: [&str; 11] =
    ["method", "url", "query", "headers", "body", "form", "multipart", "xml", "raw", "auth", "paginate"];

/// As they are read.
pub fn read(reader: &mut Reader<'_>, pointer: &str) -> Option<Vec<Step>> {
    let list = reader.list(pointer)?;
    Some(
        list.iter().enumerate().filter_map(|(index, item)| step(reader, &format!("{pointer}/{index}"), item)).collect(),
    )
}

fn step(reader: &mut Reader<'_>, pointer: &str, item: &Value) -> Option<Step> {
    let key = key(reader, pointer, item)?;
    let at = join(pointer, &key);
    let object = reader.struct_of(&at, &KEYS)?;
    let kinds: Vec<&str> = KINDS.into_iter().filter(|kind| object.contains_key(*kind)).collect();
    let kind = match kinds[..] {
        [kind] => kind,
        [] => {
            let message = "what the step does is missing, for example `action: contacts.create`; a step is one of";
            reader.problem(&at, format!("{message} {}", KINDS.join(", ")));
            return None;
        }
        [one, another, ..] => {
            reader.problem(&at, format!("a step is one thing: this has `{one}` and `{another}`; make two steps of it"));
            return None;
        }
    };
    for (field, of) in BELONGS {
        if object.contains_key(field) && of != kind {
            reader
                .problem(&join(&at, field), format!("`{field}` belongs to a step with `{of}`, and this has `{kind}`"));
        }
    }
    let mut step = Step {
        title: reader.text(&join(&at, "title")),
        on_error: on_error(reader, &join(&at, "onError")),
        retry: reader.value(&join(&at, "retry")).unwrap_or(true),
        key,
        ..Step::default()
    };
    let inside = join(&at, kind);
    match kind {
        "action" => {
            step.action = Some(reader.name(&inside)?);
            step.inputs = reader.object(&join(&at, "inputs")).cloned().unwrap_or_default();
        }
        "request" => step.request = Some(request(reader, &inside)?),
        "function" => step.function = Some(function(reader, &inside)?),
        "if" => {
            step.conditions = Some(conditions::read(reader, &inside)?);
            step.then = branch(reader, &join(&at, "then"));
            step.otherwise = branch(reader, &join(&at, "else"));
        }
        "forEach" => {
            step.for_each = object.get("forEach").cloned();
            step.item_name = reader.text(&join(&at, "as"));
            step.steps = branch(reader, &join(&at, "steps"));
            step.concurrency = reader.value(&join(&at, "concurrency"));
        }
        "delay" => step.delay = Some(delay(reader, &inside)?),
        _ => step.response = Some(response(reader, &inside)?),
    }
    Some(step)
}

fn key(reader: &mut Reader<'_>, pointer: &str, item: &Value) -> Option<String> {
    let example =
        "a step is one key with its parts below it, for example `- create_contact: { action: contacts.create }`";
    match item.as_object() {
        Some(object) if object.contains_key("action") || object.contains_key("inputs") => {
            reader.problem(pointer, format!("this step has no key; {example}"));
        }
        Some(object) if object.len() == 1 => return object.keys().next().cloned(),
        Some(object) if object.len() > 1 => {
            reader.problem(
                pointer,
                format!(
                    "this step has {} keys ({}): indent its parts below its key; {example}",
                    object.len(),
                    object.keys().cloned().collect::<Vec<_>>().join(", ")
                ),
            );
        }
        _ => reader.problem(pointer, example),
    }
    None
}

fn branch(reader: &mut Reader<'_>, pointer: &str) -> Vec<Step> {
    read(reader, pointer).unwrap_or_default()
}

fn on_error(reader: &mut Reader<'_>, pointer: &str) -> OnError {
    match reader.text(pointer).as_deref() {
        None | Some("stop") => OnError::Stop,
        Some("continue") => OnError::Continue,
        Some(other) => {
            reader.problem(pointer, format!("`{other}` is not known here; there are stop and continue"));
            OnError::Stop
        }
    }
}

pub fn request(reader: &mut Reader<'_>, pointer: &str) -> Option<RequestSpec> {
    let object = reader.struct_of(pointer, &REQUEST_KEYS)?;
    if !object.contains_key("url") {
        reader
            .problem(pointer, "`url` is missing, for example { method: POST, url: \"https://api.example.com/items\" }");
        return None;
    }
    reader.value(pointer)
}

fn delay(reader: &mut Reader<'_>, pointer: &str) -> Option<Delay> {
    let object = reader.struct_of(pointer, &["amount", "unit"])?;
    let Some(amount) = object.get("amount").cloned() else {
        reader.problem(pointer, "`amount` is missing, for example { amount: 5, unit: minutes }");
        return None;
    };
    let unit = reader.value(&join(pointer, "unit")).unwrap_or_default();
    Some(Delay { amount, unit })
}

fn function(reader: &mut Reader<'_>, pointer: &str) -> Option<Function> {
    reader.struct_of(pointer, &["code", "parameters"])?;
    let at = join(pointer, "parameters");
    let parameters = reader.object(&at).cloned().unwrap_or_default();
    let Some(code) = reader.text(&join(pointer, "code")) else {
        reader.problem(pointer, "`code` is missing, for example { code: \"return parameters.email.toLowerCase()\" }");
        return None;
    };
    Some(Function { code, parameters })
}

fn response(reader: &mut Reader<'_>, pointer: &str) -> Option<Response> {
    reader.struct_of(pointer, &["status", "headers", "body", "file"])?;
    reader.value(pointer)
}

/// As they are written.
pub fn write(steps: &[Step]) -> Value {
    steps
        .iter()
        .map(|step| {
            let mut body = Map::new();
            put(&mut body, "title", json!(step.title));
            put(&mut body, "action", json!(step.action));
            put(&mut body, "inputs", Value::Object(step.inputs.clone()));
            put(&mut body, "request", json!(step.request));
            put(&mut body, "function", json!(step.function));
            put(&mut body, "if", json!(step.conditions));
            put(&mut body, "then", write(&step.then));
            put(&mut body, "else", write(&step.otherwise));
            // A list without items is one, so it is written too.
            if let Some(list) = &step.for_each {
                body.insert("forEach".into(), list.clone());
            }
            put(&mut body, "as", json!(step.item_name));
            put(&mut body, "steps", write(&step.steps));
            put(&mut body, "concurrency", json!(step.concurrency));
            put(&mut body, "delay", json!(step.delay));
            put(&mut body, "response", json!(step.response));
            if step.on_error == OnError::Continue {
                body.insert("onError".into(), "continue".into());
            }
            if !step.retry {
                body.insert("retry".into(), false.into());
            }
            json!({step.key.clone(): body})
        })
        .collect()
}

/// Where a pointer into a definition's steps stands in the file, where a step's parts are below its key.
pub fn in_file(steps: &[Step], pointer: &str) -> String {
    let Some((index, rest)) = pointer.strip_prefix('/').map(|rest| rest.split_once('/').unwrap_or((rest, ""))) else {
        return pointer.to_owned();
    };
    let Some(step) = index.parse::<usize>().ok().and_then(|index| steps.get(index)) else { return pointer.to_owned() };
    let at = join(&format!("/{index}"), &step.key);
    if rest.is_empty() || rest == "key" {
        return at;
    }
    for (branch, inside) in step.branches() {
        if let Some(below) = rest.strip_prefix(branch.field()).filter(|below| below.starts_with('/')) {
            return format!("{at}/{}{}", branch.field(), in_file(inside, below));
        }
    }
    format!("{at}/{rest}")
}

/// The definitions that [`schema`] refers to.
pub fn definitions() -> Value {
    json!({
        "conditions": conditions::schema(),
        "request": {
            "type": "object", "required": ["url"], "additionalProperties": false,
            "properties": {
                "method": {"description": METHODS.join(", "), "type": "string", "default": "GET"},
                "url": text("A full address, or a path below the provider's API, which is sent with the account's token"),
                "query": {"type": "object"},
                "headers": {"type": "object"},
                "body": {"description": "A JSON body"},
                "form": {"type": "object"},
                "multipart": {"type": "object"},
                "xml": {"type": "string"},
                "raw": {"description": "A text, or {contentType, text}"},
                "auth": {"oneOf": [
                    {"const": "none"},
                    {"type": "object", "required": ["bearer"], "additionalProperties": false, "properties": {"bearer": {"type": "string"}}},
                    {"type": "object", "required": ["basic"], "additionalProperties": false, "properties": {"basic": {
                        "type": "object", "required": ["username"], "additionalProperties": false,
                        "properties": {"username": {"type": "string"}, "password": {"type": "string"}}
                    }}},
                    {"type": "object", "required": ["oauthClientCredentials"], "additionalProperties": false, "properties": {"oauthClientCredentials": {
                        "type": "object", "required": ["tokenUrl", "clientId", "clientSecret"], "additionalProperties": false,
                        "properties": {"tokenUrl": {"type": "string"}, "clientId": {"type": "string"}, "clientSecret": {"type": "string"}, "scope": {"type": "string"}}
                    }}}
                ]},
                "paginate": {
                    "type": "object", "required": ["items", "pageToken"], "additionalProperties": false,
                    "properties": {
                        "items": text("Gives the page's list, for example {{ response.body.results }}"),
                        "pageToken": text("Gives what the next request sees as pageToken; null ends it"),
                        "stopWhen": {"$ref": "#/$defs/conditions"},
                        "maxPages": {"type": "integer", "minimum": 1}
                    }
                }
            }
        },
        "steps": {"type": "array", "items": {
            "type": "object", "minProperties": 1, "maxProperties": 1,
            "propertyNames": {"pattern": "^[a-z][a-z0-9_]{0,63}$"},
            "additionalProperties": step_schema(&json!({"type": "string"}))
        }}
    })
}

/// The JSON Schema of an integration's steps. Those inside others may be of any action.
pub fn schema(manifest: &Manifest) -> Value {
    let actions: Vec<&String> = manifest.actions.keys().collect();
    json!({"type": "array", "minItems": 1, "items": {
        "type": "object", "minProperties": 1, "maxProperties": 1,
        "propertyNames": {"pattern": "^[a-z][a-z0-9_]{0,63}$"},
        "additionalProperties": step_schema(&json!({"enum": actions}))
    }})
}

fn step_schema(action: &Value) -> Value {
    let steps = json!({"$ref": "#/$defs/steps"});
    let one_of: Vec<Value> = KINDS.iter().map(|kind| json!({"required": [kind]})).collect();
    json!({
        "type": "object", "additionalProperties": false,
        "oneOf": one_of,
        "properties": {
            "title": text("What people call the step"),
            "action": action,
            "inputs": {"type": "object", "description": "The action's inputs; texts may hold {{ expressions }}"},
            "request": {"$ref": "#/$defs/request"},
            "function": {
                "type": "object", "required": ["code"], "additionalProperties": false,
                "properties": {
                    "code": text("JavaScript; {{ in it is JavaScript too"),
                    "parameters": {"type": "object", "description": "What the code gets as parameters; texts may hold {{ expressions }}"}
                }
            },
            "if": {"$ref": "#/$defs/conditions"},
            "then": steps,
            "else": steps,
            "forEach": {"description": "One {{ expression }} that gives a list, or a list", "type": ["string", "array"]},
            "as": text("What expressions call the item (item)"),
            "steps": steps,
            "concurrency": {"type": "integer", "minimum": 1, "maximum": MOST_CONCURRENCY, "default": 10},
            "delay": {
                "type": "object", "required": ["amount"], "additionalProperties": false,
                "properties": {
                    "amount": {"description": "From 0 up, at most 365 days; or one {{ expression }}", "oneOf": [{"type": "number", "minimum": 0}, {"type": "string"}]},
                    "unit": {"enum": ["seconds", "minutes", "hours", "days"], "default": "minutes"}
                }
            },
            "response": {
                "type": "object", "additionalProperties": false,
                "properties": {
                    "status": {"description": "200 to 599, or one {{ expression }}", "type": ["integer", "string"], "default": 200},
                    "headers": {"type": "object"},
                    "body": {"description": "A text is sent as it is, anything else as JSON"},
                    "file": {"description": "A file instead of a body: one {{ expression }}, or {data, encoding, mimeType, name}"}
                }
            },
            "onError": {"enum": ["stop", "continue"]},
            "retry": {"type": "boolean"}
        }
    })
}

fn text(description: &str) -> Value {
    json!({"type": "string", "description": description})
}
