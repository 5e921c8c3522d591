//! A workflow's trigger in the file.

use linchpin_domain::trigger::Trigger;
use serde_json::{Value, json};

use super::reader::{Reader, join};

const TRIGGERS: [&str; 6] = ["appEvent", "request", "schedule", "integrationEnabled", "provider", "webhook"];

/// As it is read.
pub fn read(reader: &mut Reader<'_>, pointer: &str) -> Option<Trigger> {
    let object = reader.struct_of(pointer, &TRIGGERS)?;
    let found: Vec<&String> = object.keys().filter(|key| TRIGGERS.contains(&key.as_str())).collect();
    if found.len() != 1 {
        if found.len() > 1 || object.is_empty() {
            reader.problem(pointer, "exactly one trigger is expected, for example { appEvent: Contact Created }");
        }
        return None;
    }
    if reader.unsupported(pointer, &TRIGGERS[1..], "triggers are") {
        return None;
    }
    reader.name(&join(pointer, "appEvent")).map(Trigger::AppEvent)
}

/// As it is written.
pub fn write(trigger: &Trigger) -> Value {
    match trigger {
        Trigger::AppEvent(name) => json!({"appEvent": name}),
    }
}

/// The JSON Schema of it.
pub fn schema() -> Value {
    json!({"type": "object", "required": ["appEvent"], "additionalProperties": false, "properties": {
        "appEvent": {"type": "string", "description": "Name of an App Event"}
    }})
}
