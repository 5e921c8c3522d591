//! Tools for agents and backends: the connectors' actions, listed for a connected user and performed with
//! the user's own account, without a workflow. Addresses and shapes are those that backends of this kind of
//! service know; `/tools` is also called `/actions`.
//!
//! [`catalogue`] says which tools a user has, [`schema`] what a tool takes, [`call`] performs one. The MCP
//! door ([`crate::http::mcp`]) is made of the same three.

pub(in crate::http) mod call;
pub(in crate::http) mod catalogue;
pub(in crate::http) mod own;
pub(in crate::http) mod schema;
pub(in crate::http) mod subscriptions;

use axum::Json;
use axum::body::Body;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use self::call::Call;
use self::catalogue::{Catalogue, Tool, Wanted};
use super::body;
use super::described::{
    Conflicting, ErrorBody, Gateway, NotThere, ProjectPath, Refused, Selecting, TooLarge, Unfit, Unreadable,
};
use super::events;
use super::shapes::Selection;
use crate::http::auth::ConnectedUser;
use crate::http::error::ApiError;
use crate::state::App;

/// The largest body of a call.
const MAX_BODY: usize = 1024 * 1024;
/// Tools of one answer.
const MOST: usize = 1_000;
/// Where history has a call.
const RUN: HeaderName = HeaderName::from_static("x-linchpin-run");

/// Which tools are asked for.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Question {
    /// `json_schema` (the default), as functions of language models, or `paragon`, as inputs of a form.
    format: Option<String>,
    /// Types of integrations, with commas between them.
    integrations: Option<String>,
    /// Categories of connectors, such as `crm`, with commas between them.
    categories: Option<String>,
    /// Names of tools, with commas between them.
    actions: Option<String>,
    /// At most so many, 1 to 1000.
    limit: Option<usize>,
    /// `true` (the default): only tools that can be called now, with a working account that has granted what they
    /// need. `false`: those of all integrations that are switched on in the project.
    limit_to_available: Option<bool>,
    /// `true`: read the account's own fields and choices from the provider, and put them into the schemas.
    own_fields: Option<bool>,
}

/// A call.
#[derive(Deserialize, utoipa::ToSchema)]
struct Wish {
    /// The tool's name, such as `HUBSPOT_CONTACTS_CREATE`.
    action: String,
    /// As the tool's schema says.
    #[serde(default)]
    #[schema(value_type = Object)]
    parameters: Map<String, Value>,
}

/// The tools of a user.
#[derive(utoipa::ToSchema)]
#[expect(dead_code, reason = "it is read by the API's description alone")]
struct Tools {
    /// By type of integration: `{type: "function", function: {name, title, description, parameters}}`, or
    /// `{name, title, description, inputs}` in the format `paragon`.
    #[schema(value_type = Object)]
    actions: Value,
    /// What is not there, and why: `{integration, code, message}`.
    #[schema(value_type = Vec<Object>)]
    errors: Vec<Value>,
}

/// What only a call answers.
#[derive(utoipa::IntoResponses)]
#[expect(dead_code, reason = "it is read by the API's description alone")]
enum Late {
    /// `in_doubt`: it may have happened, and nothing at the provider tells. `unfinished`: it is under way. Ask again
    /// with the same `Idempotency-Key`
    #[response(status = 504)]
    Late(ErrorBody),
}

/// List tools
///
/// The actions of the integrations that the user has connected, as functions that language models call. An account
/// can be named in a header where the user has several. Also at `/projects/{projectId}/actions`.
#[utoipa::path(get, path = "/projects/{projectId}/tools", tag = "tools", operation_id = "tools.list", params(ProjectPath, Question, Selecting), responses((status = 200, body = Tools), Unreadable, NotThere, Refused), security(("userToken" = [])))]
pub(super) async fn list(
    user: ConnectedUser,
    State(app): State<App>,
    headers: HeaderMap,
    Query(question): Query<Question>,
) -> Result<Json<Value>, ApiError> {
    let form = match question.format.as_deref() {
        None | Some("" | "json_schema") => false,
        Some("paragon") => true,
        Some(other) => {
            let message = format!("format: there is no format `{other}`; there are json_schema and paragon");
            return Err(ApiError::bad_request("wrong_query", message));
        }
    };
    let limit = question.limit.unwrap_or(MOST);
    if !(1..=MOST).contains(&limit) {
        return Err(ApiError::bad_request("wrong_query", format!("limit: give a number from 1 to {MOST}")));
    }
    let wanted = Wanted {
        integrations: names(question.integrations.as_deref()),
        categories: names(question.categories.as_deref()),
        names: names(question.actions.as_deref()),
        all: question.limit_to_available == Some(false),
        credential: Selection::of(&headers)?.credential,
    };
    let catalogue = Catalogue::read(&app, &user).await?;
    let (tools, mut troubles) = catalogue.tools(&wanted)?;
    let mut actions: Map<String, Value> = Map::new();
    for tool in tools.iter().take(limit) {
        let (own, unread) = if question.own_fields == Some(true) {
            own::of(&app, &user, tool).await
        } else {
            (own::Own::default(), Vec::new())
        };
        troubles.extend(unread);
        let shape = if form { schema::form(tool, &own) } else { function(tool, &own) };
        let list = actions.entry(tool.kind.to_owned()).or_insert_with(|| Value::Array(Vec::new()));
        list.as_array_mut().expect("it was made as a list").push(shape);
    }
    troubles.dedup_by(|one, other| (&one.integration, one.code) == (&other.integration, other.code));
    Ok(Json(json!({"actions": actions, "errors": troubles})))
}

fn function(tool: &Tool<'_>, own: &own::Own) -> Value {
    json!({
        "type": "function",
        "function": {
            "name": tool.name,
            "title": tool.action.title,
            "description": schema::description(tool.action),
            "parameters": schema::json(tool.action, own),
        },
    })
}

/// Call a tool
///
/// Performs the action with the user's account and answers with its output. It counts for the account's quota like
/// the calls of workflows, stands in Task History, and is never sent twice for one `Idempotency-Key`: a repetition
/// answers what came of the first call. A write whose end is not known is settled as the connector says; where it
/// cannot be, the answer is 504 `in_doubt`. An answer waits at most 45 seconds. Errors say what to do;
/// `meta.connectUrl` is a page where the user connects the account (again). Also at `/projects/{projectId}/actions`.
#[utoipa::path(post, path = "/projects/{projectId}/tools", tag = "tools", operation_id = "tools.call", params(ProjectPath, ("Idempotency-Key" = Option<String>, Header, description = "1 to 255 visible characters; kept for 24 hours. A repetition performs nothing and answers what came of the first"), Selecting), request_body = Wish, responses((status = 200, description = "The action's output", body = Object), Unreadable, NotThere, Conflicting, TooLarge, Unfit, Gateway, Late, Refused), security(("userToken" = [])))]
pub(super) async fn perform(
    user: ConnectedUser,
    State(app): State<App>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, ApiError> {
    let bytes = body::read(&headers, body, MAX_BODY).await?;
    let wish: Wish = body::json(&bytes)?;
    let selection = Selection::of(&headers)?;
    let call = Call {
        name: wish.action,
        parameters: wish.parameters,
        idempotency: events::idempotency(&headers, &[&bytes], &selection)?,
        credential: selection.credential,
    };
    let catalogue = Catalogue::read(&app, &user).await?;
    let done = call::perform(&app, &user, &catalogue, call).await?;
    let mut response = Json(done.output).into_response();
    if let Ok(value) = HeaderValue::from_str(&done.run_id.to_string()) {
        response.headers_mut().insert(RUN, value);
    }
    Ok(response)
}

fn names(text: Option<&str>) -> Option<Vec<String>> {
    let names: Vec<String> =
        text?.split(',').map(str::trim).filter(|name| !name.is_empty()).map(str::to_owned).collect();
    (!names.is_empty()).then_some(names)
}
