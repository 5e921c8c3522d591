//! The tools, as the protocol lists and calls them. What goes wrong with a call is an outcome that the agent
//! reads, not an error of the protocol: it says what to do.

use axum::response::IntoResponse;
use linchpin_connectors::manifest::{Action, Effect};
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use super::messages::Fault;
use super::subscriptions;
use crate::http::auth::ConnectedUser;
use crate::http::error::ApiError;
use crate::http::sdk::tools::call::{self, Call};
use crate::http::sdk::tools::catalogue::{Catalogue, Standing, Wanted};
use crate::http::sdk::tools::{own, schema};
use crate::state::App;

/// Tools of one page.
const PAGE: usize = 100;
/// Characters of an outcome's text: more than that fills a model's memory and tells it nothing.
const MOST_TEXT: usize = 100_000;
/// The tool that gives a link.
const CONNECT: &str = "CONNECT_ACCOUNT";
/// Under `_meta`: the caller's key, so that a call that is repeated is performed once.
const KEY: &str = "linchpin/idempotencyKey";

/// `tools/list`.
pub async fn list(app: &App, user: &ConnectedUser, params: &Map<String, Value>) -> Result<Value, Fault> {
    let from = match params.get("cursor") {
        None | Some(Value::Null) => 0,
        Some(cursor) => cursor
            .as_str()
            .and_then(|text| text.parse::<usize>().ok())
            .ok_or_else(|| Fault::invalid("`cursor` is none of this server's"))?,
    };
    let catalogue = Catalogue::read(app, user).await.map_err(|error| fault(&error))?;
    let (tools, _) = catalogue.tools(&Wanted::default()).map_err(|error| fault(&error))?;
    let mut page = Vec::new();
    if from == 0 {
        page.extend(connect_tool(&catalogue));
        // Without an account that works nothing can be told.
        if !tools.is_empty() {
            page.extend(subscriptions::tools());
        }
    }
    for tool in tools.iter().skip(from).take(PAGE) {
        // Without the account's own fields a tool is still one.
        let (own, _) = own::of(app, user, tool).await;
        let mut shown = json!({
            "name": tool.name,
            "title": format!("{}: {}", tool.manifest.name, tool.action.title),
            "description": schema::description(tool.action),
            "inputSchema": schema::json(tool.action, &own),
            "annotations": annotations(tool.action),
        });
        if let Some(output) = schema::output(tool.action) {
            shown["outputSchema"] = output;
        }
        page.push(shown);
    }
    let mut result = json!({"tools": page});
    if tools.len() > from + PAGE {
        result["nextCursor"] = (from + PAGE).to_string().into();
    }
    Ok(result)
}

/// What a client may tell its user before a call.
fn annotations(action: &Action) -> Value {
    json!({
        "title": action.title,
        "readOnlyHint": action.effect.reads_only(),
        "destructiveHint": matches!(action.effect, Effect::Update | Effect::Upsert | Effect::Delete),
        "idempotentHint": action.effect.reads_only() || matches!(action.effect, Effect::Upsert | Effect::Update | Effect::Delete),
        "openWorldHint": true,
    })
}

/// There where something is not connected.
fn connect_tool(catalogue: &Catalogue) -> Option<Value> {
    let open: Vec<&str> = catalogue
        .integrations()
        .filter(|(integration, _)| !matches!(catalogue.standing(integration, None), Some(Standing::Ready(_))))
        .map(|(integration, _)| integration.kind.as_str())
        .collect();
    (!open.is_empty()).then(|| {
        json!({
            "name": CONNECT,
            "title": "Connect an account",
            "description": "Gives a page where the user connects an account that is not connected yet, or connects \
                one again that does not work any more. Give the link to the user; it works for 15 minutes. \
                The integration's tools are listed once that is done.",
            "inputSchema": {
                "type": "object",
                "properties": {"integration": {"type": "string", "enum": open, "description": "What to connect."}},
                "required": ["integration"],
                "additionalProperties": false,
            },
            "annotations": {"title": "Connect an account", "readOnlyHint": false, "destructiveHint": false},
        })
    })
}

/// `tools/call`.
pub async fn call(app: &App, user: &ConnectedUser, params: &Map<String, Value>) -> Result<Value, Fault> {
    let name = params.get("name").and_then(Value::as_str).ok_or_else(|| Fault::invalid("`name` must be a text"))?;
    let arguments = match params.get("arguments") {
        None | Some(Value::Null) => Map::new(),
        Some(Value::Object(arguments)) => arguments.clone(),
        Some(_) => return Err(Fault::invalid("`arguments` must be an object")),
    };
    let catalogue = Catalogue::read(app, user).await.map_err(|error| fault(&error))?;
    if name == CONNECT {
        return Ok(connect(app, user, &catalogue, &arguments).await.unwrap_or_else(|error| failed(&error)));
    }
    if let Some(done) = subscriptions::call(app, user, &catalogue, name, &arguments).await {
        return Ok(done.map_or_else(|error| failed(&error), succeeded));
    }
    if catalogue.find(name).is_none() {
        let hint = own::nearest(name, &catalogue.all_names());
        return Err(Fault::invalid(format!("Unknown tool: {name}{hint}")));
    }
    let wanted = Call {
        name: name.to_owned(),
        idempotency: key(params, name, &arguments)?,
        parameters: arguments,
        credential: None,
    };
    Ok(match call::perform(app, user, &catalogue, wanted).await {
        Ok(done) => succeeded(done.output),
        Err(error) => failed(&error),
    })
}

async fn connect(
    app: &App,
    user: &ConnectedUser,
    catalogue: &Catalogue,
    arguments: &Map<String, Value>,
) -> Result<Value, ApiError> {
    let wanted = arguments.get("integration").and_then(Value::as_str).unwrap_or_default();
    let found = catalogue.integrations().find(|(integration, _)| integration.kind == wanted);
    let (integration, manifest) = found.ok_or_else(|| {
        let known: Vec<&str> = catalogue.integrations().map(|(one, _)| one.kind.as_str()).collect();
        ApiError::invalid([("integration", format!("there is no `{wanted}`; there are {}", known.join(", ")))])
    })?;
    let account = match catalogue.standing(integration, None) {
        Some(Standing::Ready(_)) => {
            return Ok(succeeded(json!({"connected": true, "message": format!("{} is connected.", manifest.name)})));
        }
        Some(Standing::Broken(account)) => Some(account),
        _ => None,
    };
    let url = call::connect_link(app, user, integration, account).await?;
    let message = format!("Give this link to the user, to connect {}: {url}", manifest.name);
    Ok(succeeded(json!({"connected": false, "connectUrl": url, "message": message})))
}

/// The caller's key, with a hash of what is asked.
fn key(
    params: &Map<String, Value>,
    name: &str,
    arguments: &Map<String, Value>,
) -> Result<Option<(String, String)>, Fault> {
    let Some(key) = params.get("_meta").and_then(|meta| meta.get(KEY)) else { return Ok(None) };
    let key = key
        .as_str()
        .map(str::trim)
        .filter(|key| (1..=255).contains(&key.len()) && key.chars().all(|c| !c.is_control()));
    let key = key.ok_or_else(|| Fault::invalid(format!("`_meta[\"{KEY}\"]` must be 1 to 255 visible characters")))?;
    let hash = Sha256::new().chain_update(name).chain_update(Value::Object(arguments.clone()).to_string());
    Ok(Some((key.to_owned(), hex::encode(hash.finalize()))))
}

/// An outcome: as JSON for programs, and the same as text for those that read no other.
fn succeeded(output: Value) -> Value {
    let structured = match output {
        Value::Object(fields) => Value::Object(fields),
        other => json!({"result": other}),
    };
    let text = structured.to_string();
    if text.len() <= MOST_TEXT {
        return json!({"content": [{"type": "text", "text": text}], "structuredContent": structured, "isError": false});
    }
    let end = (0..=MOST_TEXT).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
    let note = format!(
        "The output has {} bytes; this is the first part of it. Ask for less, for example with a smaller `limit` or \
         fewer fields.",
        text.len()
    );
    let content = json!([{"type": "text", "text": note}, {"type": "text", "text": &text[..end]}]);
    // A tool that says what its output holds must answer with an object.
    json!({"content": content, "structuredContent": {"truncated": true}, "isError": false})
}

/// What went wrong, in words that an agent can act on.
fn failed(error: &ApiError) -> Value {
    let mut text = error.message().to_owned();
    if let Some(url) = error.meta("connectUrl").and_then(Value::as_str) {
        text.push_str(&format!(". The user connects the account here: {url}"));
    }
    let status = error.clone().into_response().status().as_u16();
    let structured = json!({"error": {"code": error.code(), "message": error.message(), "status": status, "meta": error.all_meta()}});
    json!({"content": [{"type": "text", "text": text}], "structuredContent": structured, "isError": true})
}

fn fault(error: &ApiError) -> Fault {
    Fault::internal(error.message())
}
