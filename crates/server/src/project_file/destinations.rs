//! Event destinations in the file: `eventDestinations: { Alerts: { webhook: "https://…", events: [run.failed] } }`.
//! Secrets are not written: a webhook's is made where it is applied, or named by `secret: { env: NAME }`.

use std::collections::BTreeMap;

use linchpin_connectors::mail::is_address;
use linchpin_domain::notice::Kind;
use linchpin_domain::source::nearest;
use linchpin_store::event_destinations::{EventDestination, Target};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Map, Value, json};
use url::Url;

use super::reader::{Reader, join};
use crate::destinations::payload;

/// A destination of the file. `None` is "not mentioned".
#[derive(Debug)]
pub struct PlannedDestination {
    pub pointer: String,
    pub name: String,
    pub target: Target,
    pub secret: Option<SecretString>,
    pub kinds: Option<Vec<Kind>>,
    /// By their names.
    pub workflows: Option<Vec<String>>,
    pub enabled: Option<bool>,
    /// Of a webhook, by the names that are stored.
    pub headers: Option<BTreeMap<String, SecretString>>,
    /// As it is written in the file, by the names that stand there.
    pub written_headers: BTreeMap<String, SecretString>,
    /// What a webhook's body is made of. Null is the whole event.
    pub payload: Option<Value>,
}

pub fn read(reader: &mut Reader<'_>) -> Vec<PlannedDestination> {
    let Some(all) = reader.object("/eventDestinations") else { return Vec::new() };
    all.keys().filter_map(|name| one(reader, name)).collect()
}

fn one(reader: &mut Reader<'_>, name: &str) -> Option<PlannedDestination> {
    let pointer = join("/eventDestinations", name);
    let known = ["webhook", "email", "secret", "headers", "payload", "events", "workflows", "enabled"];
    let object = reader.struct_of(&pointer, &known)?;
    let target = match (object.contains_key("webhook"), object.contains_key("email")) {
        (true, false) => webhook(reader, &join(&pointer, "webhook")),
        (false, true) => email(reader, &join(&pointer, "email")),
        _ => {
            let message = "write `webhook: https://…` or `email: [ops@example.com]`, one of the two";
            reader.problem(&pointer, message);
            None
        }
    };
    let secret = reader.secret(&join(&pointer, "secret"));
    if secret.as_ref().is_some_and(|secret| !crate::destinations::is_secret(secret.expose_secret())) {
        let message = "a secret is `whsec_` and 24 to 64 random bytes as base64; leave it out to have one made";
        reader.problem(&join(&pointer, "secret"), message);
    }
    let kinds = kinds(reader, &join(&pointer, "events"));
    let workflows = reader.texts(&join(&pointer, "workflows"));
    let enabled = reader.value(&join(&pointer, "enabled"));
    let is_email = object.contains_key("email");
    let written_headers = headers(reader, &join(&pointer, "headers"), is_email);
    let mentioned = object.contains_key("headers");
    let payload = object.contains_key("payload").then(|| payload(reader, &pointer, object, kinds.as_deref(), is_email));
    Some(PlannedDestination {
        name: name.to_owned(),
        target: target?,
        secret,
        kinds,
        workflows,
        enabled,
        headers: mentioned.then(|| {
            let stored =
                |(name, value): (&String, &SecretString)| Some((payload::header_name(name).ok()?, value.clone()));
            written_headers.iter().filter_map(stored).collect()
        }),
        written_headers,
        payload,
        pointer,
    })
}

const NOT_OF_EMAIL: &str = "e-mail has none; only a webhook does";

fn headers(reader: &mut Reader<'_>, pointer: &str, is_email: bool) -> BTreeMap<String, SecretString> {
    let mut headers = BTreeMap::new();
    let Some(object) = reader.object(pointer) else { return headers };
    if is_email {
        reader.problem(pointer, NOT_OF_EMAIL);
    }
    for name in object.keys() {
        let at = join(pointer, name);
        let value = reader.secret(&at);
        if let Err(message) = payload::header_name(name) {
            reader.problem(&at, message);
        }
        let Some(value) = value else { continue };
        if let Some(message) = payload::value_problem(value.expose_secret()) {
            reader.problem(&at, message);
        }
        headers.insert(name.clone(), value);
    }
    headers
}

fn payload(
    reader: &mut Reader<'_>,
    pointer: &str,
    object: &Map<String, Value>,
    kinds: Option<&[Kind]>,
    is_email: bool,
) -> Value {
    let template = object["payload"].clone();
    let pointer = join(pointer, "payload");
    if template.is_null() {
        return template;
    }
    if is_email {
        reader.problem(&pointer, NOT_OF_EMAIL);
    } else if let Some(message) = payload::problem(&template, kinds.unwrap_or_default()) {
        reader.problem(&pointer, message);
    }
    template
}

fn webhook(reader: &mut Reader<'_>, pointer: &str) -> Option<Target> {
    let text = reader.plain(pointer)?;
    let is_address = Url::parse(&text).is_ok_and(|url| matches!(url.scheme(), "https" | "http") && url.has_host());
    if !is_address {
        reader.problem(pointer, "an address such as https://example.com/linchpin-events is expected");
        return None;
    }
    Some(Target::Webhook(text))
}

fn email(reader: &mut Reader<'_>, pointer: &str) -> Option<Target> {
    let to = reader.texts(pointer)?;
    if to.is_empty() {
        reader.problem(pointer, "name at least one e-mail address");
        return None;
    }
    for (index, address) in to.iter().enumerate() {
        if !is_address(address) {
            reader.problem(&format!("{pointer}/{index}"), format!("`{address}` is no e-mail address"));
        }
    }
    Some(Target::Email(to))
}

fn kinds(reader: &mut Reader<'_>, pointer: &str) -> Option<Vec<Kind>> {
    let mut kinds = Vec::new();
    for (index, text) in reader.texts(pointer)?.iter().enumerate() {
        match Kind::parse(text) {
            Some(kind) => kinds.push(kind),
            None => {
                let near = nearest(text, Kind::ALL.into_iter().map(Kind::as_str))
                    .map(|near| format!("; did you mean `{near}`?"))
                    .unwrap_or_default();
                reader.problem(&format!("{pointer}/{index}"), format!("there is no event `{text}`{near}"));
            }
        }
    }
    Some(kinds)
}

/// A destination as it is written.
pub fn write(destination: &EventDestination, workflows: &[String]) -> Value {
    let EventDestination { target, kinds, enabled, payload, .. } = destination;
    let mut entry = Map::new();
    match target {
        Target::Webhook(url) => entry.insert("webhook".into(), url.clone().into()),
        Target::Email(to) => entry.insert("email".into(), json!(to)),
    };
    super::export::put(&mut entry, "events", json!(kinds));
    super::export::put(&mut entry, "workflows", json!(workflows));
    if let Some(payload) = payload {
        entry.insert("payload".into(), payload.clone());
    }
    if !enabled {
        entry.insert("enabled".into(), false.into());
    }
    Value::Object(entry)
}

pub fn schema(secret: &Value) -> Value {
    let kinds = Kind::ALL.map(Kind::as_str);
    json!({
        "type": "object", "additionalProperties": false,
        "oneOf": [{"required": ["webhook"]}, {"required": ["email"]}],
        "properties": {
            "webhook": {"type": "string", "format": "uri", "description": "Where events are posted to"},
            "email": {"type": "array", "items": {"type": "string", "format": "email"}, "description": "Who gets e-mail"},
            "secret": secret,
            "headers": {"type": "object", "additionalProperties": secret, "description": "Headers of the webhook, by name"},
            "payload": {"description": "What the webhook's body is made of, over `event`; the whole event when absent or null"},
            "events": {"type": "array", "items": {"enum": kinds}, "description": "What is sent; everything when empty"},
            "workflows": {"type": "array", "items": {"type": "string"}, "description": "Of which workflows, by name; of all when empty"},
            "enabled": {"type": "boolean"}
        }
    })
}
