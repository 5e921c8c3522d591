//! A workflow's trigger in the file.

use linchpin_domain::request_trigger::{Field, RequestTrigger, Validation};
use linchpin_domain::schedule::{Schedule, UTC};
use linchpin_domain::trigger::{ProviderTrigger, Trigger};
use serde_json::{Value, json};

use super::reader::{Reader, join};
use super::webhook_trigger;

const TRIGGERS: [&str; 6] = ["appEvent", "request", "schedule", "integrationEnabled", "provider", "webhook"];

/// As it is read.
pub fn read(reader: &mut Reader<'_>, pointer: &str) -> Option<Trigger> {
    let object = reader.struct_of(pointer, &TRIGGERS)?;
    let found: Vec<&str> = object.keys().map(String::as_str).filter(|key| TRIGGERS.contains(key)).collect();
    let [kind] = found[..] else {
        if found.len() > 1 || object.is_empty() {
            reader.problem(pointer, "exactly one trigger is expected, for example { appEvent: Contact Created }");
        }
        return None;
    };
    let at = join(pointer, kind);
    match kind {
        "appEvent" => reader.name(&at).map(Trigger::AppEvent),
        "request" => request(reader, &at).map(Trigger::Request),
        "schedule" => schedule(reader, &at).map(Trigger::Schedule),
        "provider" => provider(reader, &at).map(Trigger::Provider),
        "webhook" => webhook_trigger::read(reader, &at).map(Box::new).map(Trigger::Webhook),
        _ => reader.struct_of(&at, &[]).map(|_| Trigger::IntegrationEnabled {}),
    }
}

fn request(reader: &mut Reader<'_>, pointer: &str) -> Option<RequestTrigger> {
    reader.struct_of(pointer, &["validate"])?;
    let at = join(pointer, "validate");
    if reader.doc.value().pointer(&at).is_none() {
        return Some(RequestTrigger { validate: None });
    }
    reader.struct_of(&at, &["params", "headers", "body"])?;
    let mut part = |name| {
        let at = join(&at, name);
        let names: Vec<String> = reader.object(&at).map(|fields| fields.keys().cloned().collect()).unwrap_or_default();
        names
            .into_iter()
            .filter_map(|name| {
                let at = join(&at, &name);
                reader.struct_of(&at, &["type", "required", "value"])?;
                Some((
                    name,
                    Field {
                        kind: reader.value(&join(&at, "type")),
                        required: reader.value(&join(&at, "required")).unwrap_or(false),
                        value: reader.text(&join(&at, "value")),
                    },
                ))
            })
            .collect()
    };
    let validation = Validation { params: part("params"), headers: part("headers"), body: part("body") };
    Some(RequestTrigger { validate: Some(validation) })
}

fn schedule(reader: &mut Reader<'_>, pointer: &str) -> Option<Schedule> {
    let object = reader.struct_of(pointer, &["cron", "timeZone"])?;
    if !object.contains_key("cron") {
        reader.problem(pointer, "`cron` is missing, for example { cron: \"0 0 9 * * *\", timeZone: Europe/Berlin }");
        return None;
    }
    let cron = reader.name(&join(pointer, "cron"))?;
    let time_zone =
        if object.contains_key("timeZone") { reader.name(&join(pointer, "timeZone"))? } else { UTC.to_owned() };
    Some(Schedule { cron, time_zone })
}

fn provider(reader: &mut Reader<'_>, pointer: &str) -> Option<ProviderTrigger> {
    let object = reader.struct_of(pointer, &["event", "inputs"])?;
    if !object.contains_key("event") {
        reader.problem(pointer, "`event` is missing, for example { event: contacts.created }");
        return None;
    }
    let event = reader.name(&join(pointer, "event"))?;
    let inputs = reader.object(&join(pointer, "inputs")).cloned().unwrap_or_default();
    Some(ProviderTrigger { event, inputs })
}

/// As it is written.
pub fn write(trigger: &Trigger) -> Value {
    json!(trigger)
}

/// The JSON Schema of it.
pub fn schema() -> Value {
    let field = |more: Value| {
        let mut properties = json!({"required": {"type": "boolean", "default": false}});
        if let (Some(all), Value::Object(more)) = (properties.as_object_mut(), more) {
            all.extend(more);
        }
        json!({"type": "object", "additionalProperties": {"type": ["object", "null"], "additionalProperties": false, "properties": properties}})
    };
    let kind = json!({"type": {"enum": ["string", "number", "boolean", "object", "array"]}});
    let value = json!({"value": {"type": "string", "description": "The one value that the header may have"}});
    let required: Vec<Value> = TRIGGERS.iter().map(|kind| json!({"required": [kind]})).collect();
    let text = |description: &str| json!({"type": "string", "description": description});
    json!({"type": "object", "oneOf": required, "additionalProperties": false, "properties": {
        "appEvent": {"type": "string", "description": "Name of an App Event"},
        "request": {
            "type": ["object", "null"], "additionalProperties": false,
            "description": "A request to the workflow's own address; templates see trigger.body, trigger.headers, trigger.params",
            "properties": {"validate": {"type": ["object", "null"], "additionalProperties": false, "properties": {
                "params": field(kind.clone()), "headers": field(value), "body": field(kind)
            }}}
        },
        "schedule": {
            "type": "object", "required": ["cron"], "additionalProperties": false,
            "description": "The time, once for each configuration that has the workflow on",
            "properties": {
                "cron": {"type": "string", "description": "Six fields with the seconds first, or five without them"},
                "timeZone": {"type": "string", "default": UTC, "description": "An IANA name such as Europe/Berlin, or {{ user.metadata.zone }}"}
            }
        },
        "integrationEnabled": {
            "type": ["object", "null"], "additionalProperties": false,
            "description": "An account was connected and its required settings are filled in"
        },
        "provider": {
            "type": "object", "required": ["event"], "additionalProperties": false,
            "description": "An event of the integration's provider, told by a webhook or found by asking every minute",
            "properties": {
                "event": text("As the connector names it, for example contacts.created"),
                "inputs": {"type": ["object", "null"], "description": "Which events, by the inputs that the event declares"}
            }
        },
        "webhook": webhook_trigger::schema()
    }})
}
