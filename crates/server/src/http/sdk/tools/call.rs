//! A tool, called: the account is found, the action performed by the engine, and what came of it told in a
//! way that says what to do.

use std::time::Duration;

use axum::http::StatusCode;
use linchpin_domain::connector::Exchange;
use linchpin_domain::id::RunId;
use linchpin_domain::run::Fault;
use linchpin_engine::{Called, ToolCall, ToolError};
use linchpin_store::credentials::Credential;
use linchpin_store::integrations::Integration;
use serde_json::{Map, Value};

use super::catalogue::{self, Catalogue, Standing, Tool};
use super::own;
use super::schema::ADDITIONAL_FIELDS;
use crate::credentials::connect::{Options, Owner};
use crate::http::auth::ConnectedUser;
use crate::http::error::ApiError;
use crate::http::portal::links;
use crate::http::sdk::scoped::may_connect;
use crate::state::App;

/// How long a caller waits.
const PATIENCE: Duration = Duration::from_secs(45);
/// The largest output that is answered, as JSON.
pub const MOST_BYTES: usize = 1024 * 1024;
/// How long a connect link works that comes with an error.
const LINK: Duration = Duration::from_mins(15);

/// A call of a tool.
pub struct Call {
    pub name: String,
    pub parameters: Map<String, Value>,
    /// The caller's key, and a hash of what came with it.
    pub idempotency: Option<(String, String)>,
    /// The account that is meant.
    pub credential: Option<String>,
}

/// What a tool gave.
pub struct Done {
    pub run_id: RunId,
    pub output: Value,
}

/// Performs a tool. Every error says what to do.
pub async fn perform(app: &App, user: &ConnectedUser, catalogue: &Catalogue, call: Call) -> Result<Done, ApiError> {
    let tool = catalogue.find(&call.name).ok_or_else(|| {
        let hint = own::nearest(&call.name, &catalogue.all_names());
        let message = format!("there is no tool `{}`{hint}", call.name);
        let message = advised(message, "list the tools to see which there are");
        ApiError::status(StatusCode::NOT_FOUND, "unknown_tool", message)
    })?;
    let provider = &tool.manifest.name;
    let standing = catalogue.standing(tool.integration, call.credential.as_deref());
    let account = match standing.ok_or_else(|| ApiError::not_found("credential"))? {
        Standing::Ready(account) => account,
        Standing::NotConnected => {
            let error = ApiError::status(StatusCode::NOT_FOUND, "not_connected", catalogue::not_connected(provider));
            return Err(with_link(app, user, tool.integration, None, error).await);
        }
        Standing::Broken(account) => {
            let error = ApiError::conflict("reconnect_needed", catalogue::broken(provider, account));
            return Err(with_link(app, user, tool.integration, Some(account), error).await);
        }
    };
    catalogue.require(user, account)?;
    let lacking = catalogue::missing(account, tool.action);
    if !lacking.is_empty() {
        let error = unscoped(&tool, &lacking);
        return Err(with_link(app, user, tool.integration, Some(account), error).await);
    }
    let called = app.engine.call_tool(ToolCall {
        project_id: user.project_id,
        user_id: user.id,
        integration_id: tool.integration.id,
        connector: tool.kind.to_owned(),
        credential_id: account.id,
        action: tool.key.to_owned(),
        parameters: parameters(&tool, call.parameters),
        idempotency: call.idempotency,
        patience: PATIENCE,
        together: false,
    });
    let outcome = match called.await {
        Ok(outcome) => outcome,
        Err(error) => return Err(refused(error, provider)),
    };
    match outcome {
        Called::Done { run_id, output } => {
            let size = output.to_string().len();
            if size > MOST_BYTES {
                return Err(too_large(&tool, run_id, size));
            }
            Ok(Done { run_id, output })
        }
        Called::Failed { run_id, fault, exchange, retry_after } => {
            let reconnect = fault.code == "reconnect_needed";
            let error = failed(provider, fault, exchange.as_deref(), retry_after).with("runId", run_id.to_string());
            if reconnect {
                return Err(with_link(app, user, tool.integration, Some(account), error).await);
            }
            Err(error)
        }
        Called::InDoubt { run_id, fault } => {
            Err(ApiError::status(StatusCode::GATEWAY_TIMEOUT, "in_doubt", fault.message)
                .with("runId", run_id.to_string()))
        }
        Called::Unfinished { run_id } => {
            let message = format!(
                "{provider} has not answered yet and the call goes on; do not send it anew. Call again with the same \
                 Idempotency-Key to learn what came of it, or look at the run in Task History"
            );
            Err(ApiError::status(StatusCode::GATEWAY_TIMEOUT, "unfinished", message).with("runId", run_id.to_string()))
        }
    }
}

/// The inputs as the action names them. Callers that come from elsewhere say `field-email` for `email`,
/// `additionalFieldsJSON` and `recordId`.
fn parameters(tool: &Tool<'_>, given: Map<String, Value>) -> Map<String, Value> {
    let known = |name: &str| tool.action.fields.contains_key(name);
    let mut parameters = Map::with_capacity(given.len());
    for (name, value) in given {
        let other = match name.as_str() {
            name if known(name) => None,
            "additionalFieldsJSON" => Some(ADDITIONAL_FIELDS),
            "recordId" => Some("id"),
            name => name.strip_prefix("field-"),
        };
        let other = other.filter(|other| known(other)).map(str::to_owned);
        let name = other.unwrap_or(name);
        parameters.insert(name, value);
    }
    parameters
}

/// A message with what to do about it, unless it ends with a better guess.
fn advised(message: String, advice: &str) -> String {
    if message.ends_with('?') { message } else { format!("{message}; {advice}") }
}

fn unscoped(tool: &Tool<'_>, lacking: &[&str]) -> ApiError {
    let provider = &tool.manifest.name;
    let scopes = lacking.join(", ");
    let asked = tool.integration.scopes.iter().chain(&tool.integration.optional_scopes);
    let asked: Vec<&String> = asked.collect();
    let message = if lacking.iter().all(|scope| asked.iter().any(|one| one == scope)) {
        format!("the account has not granted {scopes}; the user must connect {provider} again and allow it")
    } else {
        format!(
            "{} needs {scopes}, which this project does not ask for; add it to the scopes of the {provider} \
             integration, then have the user connect again",
            tool.name
        )
    };
    ApiError::status(StatusCode::UNPROCESSABLE_ENTITY, "missing_scope", message).with("scopes", scopes)
}

fn too_large(tool: &Tool<'_>, run_id: RunId, size: usize) -> ApiError {
    let what = if tool.action.effect.reads_only() { "ask for less, for example with `limit`" } else { "it is done" };
    let message = format!(
        "the output has {size} bytes, and {MOST_BYTES} are answered at most: {what}. The whole output stands in Task \
         History"
    );
    ApiError::status(StatusCode::UNPROCESSABLE_ENTITY, "result_too_large", message)
        .with("runId", run_id.to_string())
        .with("done", true)
}

/// What a failure means to the caller.
fn failed(provider: &str, fault: Fault, exchange: Option<&Exchange>, retry_after: Option<Duration>) -> ApiError {
    if let Some(wait) = retry_after {
        return paused(provider, wait);
    }
    let answered = exchange.and_then(|exchange| exchange.status);
    let error = match fault.code.as_str() {
        "invalid_inputs" => {
            let message = advised(fault.message, "the tool's schema says what it takes");
            ApiError::status(StatusCode::UNPROCESSABLE_ENTITY, "invalid_parameters", message)
        }
        "reconnect_needed" => ApiError::conflict(
            "reconnect_needed",
            format!("the user must connect the {provider} account again, then call again: {}", fault.message),
        ),
        "disconnected" | "user_deleted" | "user_disabled" => {
            ApiError::status(StatusCode::NOT_FOUND, "not_connected", catalogue::not_connected(provider))
        }
        "unreachable" => ApiError::status(
            StatusCode::BAD_GATEWAY,
            "unreachable",
            format!("{}; nothing was changed, so it can be called again", fault.message),
        ),
        "cancelled" => ApiError::conflict("cancelled", "the call was cancelled by a person before it was done"),
        code => {
            let hint = match code {
                "missing_scope" => "; the user must connect again and allow what is missing",
                "not_found" => "; look the record up first",
                _ => "",
            };
            ApiError::status(StatusCode::UNPROCESSABLE_ENTITY, "refused", format!("{}{hint}", fault.message))
                .with("reason", code)
        }
    };
    match answered {
        Some(status) => error.with("providerStatus", status),
        None => error,
    }
}

fn paused(provider: &str, wait: Duration) -> ApiError {
    let seconds = wait.as_secs().max(1);
    ApiError::too_many(
        format!("{provider} asks this account to wait {seconds} seconds; nothing was done, call again after that"),
        seconds,
    )
}

fn refused(error: ToolError, provider: &str) -> ApiError {
    match error {
        ToolError::NotConnected => {
            ApiError::status(StatusCode::NOT_FOUND, "not_connected", catalogue::not_connected(provider))
        }
        ToolError::KeyReused => ApiError::invalid([(
            "Idempotency-Key",
            "this key was used within the last 24 hours with another body; use a new key for a new call",
        )]),
        ToolError::Full => ApiError::too_many("too many calls of this user are under way; wait for some of them", 1),
        ToolError::Paused { retry_after } => paused(provider, retry_after),
        ToolError::Store(error) => error.into(),
    }
}

/// Adds the page where the user connects the account, where one can be made.
async fn with_link(
    app: &App,
    user: &ConnectedUser,
    integration: &Integration,
    account: Option<&Credential>,
    error: ApiError,
) -> ApiError {
    match connect_link(app, user, integration, account).await {
        Ok(url) => error.with("connectUrl", url),
        // Connecting needs the provider's app, which the project may not have entered yet.
        Err(_) => error,
    }
}

/// A page where the user connects an account, or connects one again in place.
pub async fn connect_link(
    app: &App,
    user: &ConnectedUser,
    integration: &Integration,
    account: Option<&Credential>,
) -> Result<String, ApiError> {
    may_connect(user, &integration.kind, account)?;
    let new = links::NewLink {
        owner: Owner { project_id: user.project_id, user_id: user.id },
        integration_id: integration.id,
        options: Options {
            allow_multiple_credentials: None,
            selected_credential_id: account.map(|account| account.id.to_string()),
            external_id: None,
            account_type: None,
        },
        return_url: None,
        lifetime: LINK,
    };
    links::make(app, new).await.map(links::Made::into_url)
}
