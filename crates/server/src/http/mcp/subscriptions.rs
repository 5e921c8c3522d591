//! Subscriptions to triggers as tools: an agent sees what can be told, has it told to an address, and ends that
//! again. What is told goes to the address, signed, never through this door.

use linchpin_connectors::manifest::Trigger;
use serde_json::{Map, Value, json};

use crate::http::auth::ConnectedUser;
use crate::http::error::ApiError;
use crate::http::sdk::tools::catalogue::{self, Catalogue, Standing};
use crate::http::sdk::tools::{schema, subscriptions};
use crate::state::App;

const TRIGGERS: &str = "LIST_TRIGGERS";
const SUBSCRIBE: &str = "SUBSCRIBE_TO_TRIGGER";
const SUBSCRIPTIONS: &str = "LIST_TRIGGER_SUBSCRIPTIONS";
const UNSUBSCRIBE: &str = "UNSUBSCRIBE_FROM_TRIGGER";

/// The tools, as they are listed.
pub fn tools() -> Vec<Value> {
    let nothing = json!({"type": "object", "properties": {}, "required": [], "additionalProperties": false});
    let text = |description: &str| json!({"type": "string", "description": description});
    let read =
        |title: &str| json!({"title": title, "readOnlyHint": true, "destructiveHint": false, "idempotentHint": true});
    let write =
        |title: &str, destructive: bool| json!({"title": title, "readOnlyHint": false, "destructiveHint": destructive});
    vec![
        json!({
            "name": TRIGGERS,
            "title": "List triggers",
            "description": "Lists what can be told when it happens in the user's accounts, with the parameters that \
                say which events are meant.",
            "inputSchema": {
                "type": "object",
                "properties": {"integration": text("Only the triggers of this integration, such as `hubspot`.")},
                "required": [],
                "additionalProperties": false,
            },
            "annotations": read("List triggers"),
        }),
        json!({
            "name": SUBSCRIBE,
            "title": "Subscribe to a trigger",
            "description": "Has events of the user's account posted to an https address, signed, until the \
                subscription is ended. The answer holds the secret that they are signed with, once.",
            "inputSchema": {
                "type": "object",
                "properties": {
                    "trigger": text("A trigger's name, such as `HUBSPOT_CONTACTS_CREATED`; LIST_TRIGGERS has them."),
                    "parameters": {"type": "object", "description": "The trigger's parameters.", "additionalProperties": true},
                    "url": text("The https address that events are posted to."),
                    "secret": text("A secret of your own to sign with: `whsec_` and 24 to 64 random bytes as base64."),
                },
                "required": ["trigger", "url"],
                "additionalProperties": false,
            },
            "annotations": write("Subscribe to a trigger", false),
        }),
        json!({
            "name": SUBSCRIPTIONS,
            "title": "List subscriptions",
            "description": "Lists the user's subscriptions to triggers, and whether their events arrive.",
            "inputSchema": nothing,
            "annotations": read("List subscriptions"),
        }),
        json!({
            "name": UNSUBSCRIBE,
            "title": "Unsubscribe from a trigger",
            "description": "Ends a subscription. What waits to be told is dropped.",
            "inputSchema": {
                "type": "object",
                "properties": {"id": text("The subscription's id.")},
                "required": ["id"],
                "additionalProperties": false,
            },
            "annotations": write("Unsubscribe from a trigger", true),
        }),
    ]
}

/// Calls one of them; `None` where the name is of no tool here.
pub async fn call(
    app: &App,
    user: &ConnectedUser,
    catalogue: &Catalogue,
    name: &str,
    arguments: &Map<String, Value>,
) -> Option<Result<Value, ApiError>> {
    Some(match name {
        TRIGGERS => triggers(catalogue, arguments),
        SUBSCRIBE => subscribe(app, user, catalogue, arguments).await,
        SUBSCRIPTIONS => match subscriptions::all_of(app, user, catalogue).await {
            Ok(all) => Ok(json!({"subscriptions": all})),
            Err(error) => Err(error),
        },
        UNSUBSCRIBE => match text(arguments, "id") {
            Ok(id) => {
                let done = subscriptions::unsubscribe(app, user, catalogue, id).await;
                done.map(|()| json!({"id": id, "subscribed": false}))
            }
            Err(error) => Err(error),
        },
        _ => return None,
    })
}

fn text<'a>(arguments: &'a Map<String, Value>, name: &str) -> Result<&'a str, ApiError> {
    let found = arguments.get(name).and_then(Value::as_str).filter(|text| !text.trim().is_empty());
    found.ok_or_else(|| ApiError::invalid([(name.to_owned(), format!("`{name}` is needed, as a text"))]))
}

/// The triggers of the accounts that work.
fn triggers(catalogue: &Catalogue, arguments: &Map<String, Value>) -> Result<Value, ApiError> {
    let wanted = match arguments.get("integration") {
        None | Some(Value::Null) => None,
        Some(_) => Some(text(arguments, "integration")?),
    };
    let mut found = Vec::new();
    let mut known = Vec::new();
    for (integration, manifest) in catalogue.integrations() {
        if !matches!(catalogue.standing(integration, None), Some(Standing::Ready(_))) {
            continue;
        }
        known.push(integration.kind.as_str());
        if wanted.is_some_and(|wanted| wanted != integration.kind) {
            continue;
        }
        for (key, trigger) in &manifest.triggers {
            found.push(shown(&integration.kind, key, trigger));
        }
    }
    match wanted.filter(|wanted| !known.contains(wanted)) {
        Some(wanted) => Err(ApiError::invalid([(
            "integration".to_owned(),
            format!("no account of `{wanted}` is connected; there are {}", known.join(", ")),
        )])),
        None => Ok(json!({"triggers": found})),
    }
}

fn shown(kind: &str, key: &str, trigger: &Trigger) -> Value {
    json!({
        "trigger": catalogue::name(kind, key),
        "integration": kind,
        "title": trigger.title,
        "description": trigger.description,
        "parameters": schema::parameters(&trigger.inputs),
    })
}

async fn subscribe(
    app: &App,
    user: &ConnectedUser,
    catalogue: &Catalogue,
    arguments: &Map<String, Value>,
) -> Result<Value, ApiError> {
    let wish = serde_json::from_value(Value::Object(arguments.clone()))
        .map_err(|error| ApiError::invalid([("arguments".to_owned(), error.to_string())]))?;
    let made = subscriptions::subscribe(app, user, catalogue, wish, None).await?;
    Ok(json!(made))
}
