//! A webhook of a project's own, in the file.

use linchpin_domain::trigger::WebhookTrigger;
use linchpin_domain::webhook_trigger::{EchoAs, Find, Handshake, Match, Place, Register, Scope, Verify};
use serde_json::{Value, json};

use super::reader::{Reader, join};
use super::steps::request as request_spec;

const KEYS: [&str; 8] = ["name", "scope", "account", "when", "once", "verify", "handshake", "register"];
/// Where in a call something can stand.
const PLACES: [&str; 3] = ["body", "header", "query"];

/// As it is read.
pub fn read(reader: &mut Reader<'_>, pointer: &str) -> Option<WebhookTrigger> {
    let object = reader.struct_of(pointer, &KEYS)?;
    if !object.contains_key("name") {
        reader.problem(pointer, "`name` is missing, for example { name: Order paid }");
        return None;
    }
    let name = reader.name(&join(pointer, "name"))?;
    let verify = match object.get("verify") {
        None | Some(Value::Null) => None,
        Some(Value::String(text)) if text == "none" => None,
        Some(_) => Some(verify(reader, &join(pointer, "verify"))?),
    };
    let has = |key: &str| object.get(key).is_some_and(|value| !value.is_null());
    let scope = if has("scope") { scope(reader, &join(pointer, "scope"))? } else { Scope::default() };
    let account = if has("account") { Some(place(reader, &join(pointer, "account"))?) } else { None };
    let once = if has("once") { Some(place(reader, &join(pointer, "once"))?) } else { None };
    let when = if has("when") { matches(reader, &join(pointer, "when"))? } else { Vec::new() };
    let handshake = if has("handshake") { Some(handshake(reader, &join(pointer, "handshake"))?) } else { None };
    let register = if has("register") { Some(register(reader, &join(pointer, "register"))?) } else { None };
    Some(WebhookTrigger { name, scope, account, when, once, verify, handshake, register })
}

fn scope(reader: &mut Reader<'_>, pointer: &str) -> Option<Scope> {
    match reader.name(pointer)?.as_str() {
        "account" => Some(Scope::Account),
        "app" => Some(Scope::App),
        other => {
            reader.problem(pointer, format!("`{other}` is not known here; there are account and app"));
            None
        }
    }
}

/// A place in a call, with what further keys stand beside it.
fn place_beside(reader: &mut Reader<'_>, pointer: &str, more: &[&str]) -> Option<()> {
    let known: Vec<&str> = PLACES.iter().chain(more).copied().collect();
    let object = reader.struct_of(pointer, &known)?;
    if object.keys().filter(|key| PLACES.contains(&key.as_str())).count() == 1 {
        return Some(());
    }
    // An unknown key is told already.
    if object.keys().any(|key| !known.contains(&key.as_str())) {
        return None;
    }
    reader.problem(pointer, "one of `body`, `header` and `query` is expected, for example { body: event.id }");
    None
}

fn place(reader: &mut Reader<'_>, pointer: &str) -> Option<Place> {
    place_beside(reader, pointer, &[])?;
    reader.value(pointer)
}

fn matches(reader: &mut Reader<'_>, pointer: &str) -> Option<Vec<Match>> {
    let count = reader.list(pointer)?.len();
    let each = (0..count).map(|index| {
        let at = format!("{pointer}/{index}");
        place_beside(reader, &at, &["equals"])?;
        reader.value(&at)
    });
    each.collect()
}

fn handshake(reader: &mut Reader<'_>, pointer: &str) -> Option<Handshake> {
    let object = reader.struct_of(pointer, &["echo", "as", "when"])?;
    if !object.contains_key("echo") {
        reader.problem(pointer, "`echo` is missing: where the text stands, for example { echo: { body: challenge } }");
        return None;
    }
    let echo = place(reader, &join(pointer, "echo"))?;
    let echo_as = if object.contains_key("as") { reader.value(&join(pointer, "as"))? } else { EchoAs::default() };
    let when = if object.contains_key("when") { matches(reader, &join(pointer, "when"))? } else { Vec::new() };
    Some(Handshake { echo, echo_as, when })
}

fn register(reader: &mut Reader<'_>, pointer: &str) -> Option<Register> {
    let object = reader.struct_of(pointer, &["request", "id", "secret", "find", "remove"])?;
    for (key, example) in [
        ("request", "{ method: POST, url: /hooks, body: { url: \"{{ webhook.url }}\" } }"),
        ("remove", "{ method: DELETE, url: \"/hooks/{{ webhook.id }}\" }"),
    ] {
        if !object.contains_key(key) {
            reader.problem(pointer, format!("`{key}` is missing, for example {key}: {example}"));
            return None;
        }
    }
    let sent = request_spec(reader, &join(pointer, "request"));
    let removed = request_spec(reader, &join(pointer, "remove"));
    let find = if object.contains_key("find") {
        let at = join(pointer, "find");
        let inside = reader.struct_of(&at, &["request", "items", "url", "id"])?;
        for key in ["request", "items", "url"] {
            if !inside.contains_key(key) {
                let message = format!(
                    "`{key}` is missing, for example {{ request: {{ url: /hooks }}, items: \"{{{{ response.body }}}}\", url: \"{{{{ item.url }}}}\" }}"
                );
                reader.problem(&at, message);
                return None;
            }
        }
        Some(Find {
            request: request_spec(reader, &join(&at, "request"))?,
            items: reader.name(&join(&at, "items"))?,
            url: reader.name(&join(&at, "url"))?,
            id: reader.text(&join(&at, "id")),
        })
    } else {
        None
    };
    let id = reader.text(&join(pointer, "id"));
    let secret = reader.text(&join(pointer, "secret"));
    Some(Register { request: sent?, id, secret, find, remove: removed? })
}

fn verify(reader: &mut Reader<'_>, pointer: &str) -> Option<Verify> {
    let object = reader.struct_of(pointer, &["header", "hmac"])?;
    match (object.contains_key("header"), object.contains_key("hmac")) {
        (true, false) => {
            let at = join(pointer, "header");
            reader.struct_of(&at, &["name", "equals"])?;
            reader.value(&at).map(Verify::Header)
        }
        (false, true) => {
            let at = join(pointer, "hmac");
            reader.struct_of(&at, &["header", "algorithm", "encoding", "prefix", "secret"])?;
            reader.value(&at).map(Verify::Hmac)
        }
        // An unknown key is told already.
        (false, false) if !object.is_empty() => None,
        _ => {
            let message = "a webhook is verified by one of `header` and `hmac`, for example { header: { name: X-Token, equals: \"{{ secrets.HOOK_TOKEN }}\" } }";
            reader.problem(pointer, message);
            None
        }
    }
}

fn text(description: &str) -> Value {
    json!({"type": "string", "description": description})
}

fn place_schema(description: &str) -> Value {
    let one_of: Vec<Value> = PLACES.iter().map(|kind| json!({"required": [kind]})).collect();
    json!({
        "type": "object", "description": description, "oneOf": one_of, "additionalProperties": false,
        "properties": {
            "body": text("A field of the body, names separated by dots"),
            "header": text("A header"),
            "query": text("A parameter of the query")
        }
    })
}

fn when_schema(description: &str) -> Value {
    let mut one = place_schema("What a call must hold");
    one["properties"]["equals"] = text("What stands there; may be {{ secrets.NAME }}");
    one["required"] = json!(["equals"]);
    json!({"type": "array", "description": description, "items": one})
}

fn handshake_schema() -> Value {
    json!({
        "type": "object", "required": ["echo"], "additionalProperties": false,
        "description": "How the provider asks whether the address is ours",
        "properties": {
            "echo": place_schema("The text that goes back"),
            "as": {"enum": ["text", "json"], "default": "text", "description": "How a text of the body or the query goes back"},
            "when": when_schema("What tells such a call from others")
        }
    })
}

fn register_schema() -> Value {
    json!({
        "type": "object", "required": ["request", "remove"], "additionalProperties": false,
        "description": "How the hook is made and removed at the provider; texts see webhook.url, settings, user, secrets",
        "properties": {
            "request": {"$ref": "#/$defs/request"},
            "id": text("What the provider calls it: {{ response.body.id }}"),
            "secret": text("What the provider signs with: {{ response.body.secret }}, or of the handshake"),
            "find": {
                "type": "object", "required": ["request", "items", "url"], "additionalProperties": false,
                "description": "How the hook is looked for, after a lost answer and once a day",
                "properties": {
                    "request": {"$ref": "#/$defs/request"},
                    "items": text("The list: {{ response.body.results }}"),
                    "url": text("The address that one calls: {{ item.url }}"),
                    "id": text("What the provider calls it: {{ item.id }}")
                }
            },
            "remove": {"$ref": "#/$defs/request"}
        }
    })
}

fn verify_schema() -> Value {
    json!({"oneOf": [
        {"enum": ["none", null]},
        {"type": "object", "required": ["header"], "additionalProperties": false, "properties": {"header": {
            "type": "object", "required": ["name", "equals"], "additionalProperties": false,
            "properties": {"name": text("The header that holds the secret"), "equals": text("{{ secrets.NAME }}")}
        }}},
        {"type": "object", "required": ["hmac"], "additionalProperties": false, "properties": {"hmac": {
            "type": "object", "required": ["header", "secret"], "additionalProperties": false,
            "properties": {
                "header": text("The header that holds the HMAC of the body"),
                "algorithm": {"enum": ["hmac-sha256", "hmac-sha512", "hmac-sha1", "sha256", "sha512", "sha1"], "default": "hmac-sha256"},
                "encoding": {"enum": ["hex", "base64"], "default": "hex"},
                "prefix": text("What stands before it, for example sha256="),
                "secret": text("{{ secrets.NAME }}")
            }
        }}}
    ]})
}

/// The JSON Schema of it.
pub fn schema() -> Value {
    json!({
        "type": "object", "required": ["name"], "additionalProperties": false,
        "description": "A webhook of your own: an address for each connected account; templates see trigger.body, trigger.headers, trigger.params",
        "properties": {
            "name": text("For lists; of an app's webhook, a part of the address"),
            "scope": {"enum": ["account", "app"], "default": "account", "description": "Whether each account has an address, or the app one for all"},
            "account": place_schema("Where an app's call names the account, by its id at the provider"),
            "when": when_schema("What a call must hold to start a run"),
            "once": place_schema("Where a call names the event: the same starts one run"),
            "handshake": handshake_schema(),
            "register": register_schema(),
            "verify": verify_schema()
        }
    })
}
