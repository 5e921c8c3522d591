//! Writes the audit log: a layer around every door that changes something in a project.
//!
//! The extractor that proves who calls says so to the layer ([`Act`]); the layer writes the line when the door has
//! answered that it is done. A line that cannot be written is an error in the server's log; the change stands.

use std::collections::HashMap;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use axum::body::Body;
use axum::extract::{MatchedPath, Request, State};
use axum::http::{Method, header};
use axum::middleware::Next;
use axum::response::Response;
use linchpin_domain::id::{AuditEntryId, ProjectId};
use linchpin_store::audit_log::{self, Entry};
use parking_lot::Mutex;
use serde_json::Value;

use super::auth::Actor;
use crate::state::App;

/// Drafts save themselves while someone types: one line for a while of it.
const SAVE_DRAFT: &str = "workflows.saveDraft";
const ONE_LINE: Duration = Duration::from_mins(10);
/// What backends do with records all day long is no administration; it stands in Task History.
const DATA: [&str; 2] = ["syncs.writeRecord", "syncs.deleteRecord"];
/// Answers that are looked into for a name. Longer ones are lists or exports.
const READ: usize = 256 * 1024;

/// Who acts in which project, once it is proven.
#[derive(Debug, Clone, Default)]
pub struct Act(Arc<Mutex<Option<(ProjectId, Actor)>>>);

impl Act {
    /// Says it.
    pub fn prove(&self, project_id: ProjectId, actor: &Actor) {
        *self.0.lock() = Some((project_id, actor.clone()));
    }
}

/// What is done, as the API's description names it.
#[derive(Debug)]
pub struct Operation {
    /// `workflows.deploy`.
    pub id: String,
    /// `Deploy a workflow`.
    pub title: String,
}

/// The layer.
pub async fn record(State(app): State<App>, mut request: Request, next: Next) -> Response {
    if request.method().is_safe() {
        return next.run(request).await;
    }
    let act = Act::default();
    request.extensions_mut().insert(act.clone());
    let method = request.method().clone();
    let route = request.extensions().get::<MatchedPath>().map(|path| path.as_str().to_owned()).unwrap_or_default();
    let subject = subject(&route, request.uri().path());
    let trial = request.uri().query().is_some_and(|query| query.contains("dryRun=true"));
    let response = next.run(request).await;
    let Some((project_id, actor)) = act.0.lock().take() else { return response };
    if !response.status().is_success() || trial {
        return response;
    }
    let Some(operation) = operations().get(&(method, route)) else { return response };
    if DATA.contains(&operation.id.as_str()) {
        return response;
    }
    let (response, answer) = look_into(response).await;
    // A dry run of a bulk replay, and one that found nothing.
    if operation.id == "runs.replayAll" && answer["replayed"] == 0 {
        return response;
    }
    let named = |value: &Value| value.as_str().map(str::to_owned);
    let (subject_id, name) = match subject {
        Some((true, id)) => (id, None),
        Some((false, name)) => (name.clone(), Some(name)),
        None => (named(&answer["id"]).unwrap_or_default(), None),
    };
    let name = name.or_else(|| ["name", "userId", "email", "url"].iter().find_map(|field| named(&answer[*field])));
    let (actor_kind, actor_id) = match &actor {
        Actor::Member(member, _) => ("member", member.id.to_string()),
        Actor::ApiKey(key) => ("apiKey", key.id.to_string()),
    };
    let entry = Entry {
        id: AuditEntryId::fresh(&*app.clock),
        project_id,
        actor_kind: actor_kind.into(),
        actor_id,
        actor_name: actor.name(),
        operation: operation.id.clone(),
        subject_id,
        subject_name: name.unwrap_or_default(),
        at: app.clock.now(),
    };
    if let Err(error) = write(&app, entry).await {
        tracing::error!(
            error = &error as &dyn std::error::Error,
            operation = operation.id,
            "a line of the audit log could not be written"
        );
    }
    response
}

async fn write(app: &App, mut entry: Entry) -> linchpin_store::Result<()> {
    let mut tx = app.store.begin().await?;
    if !entry.subject_id.is_empty()
        && let Some(last) = audit_log::last_about(&mut tx, entry.project_id, &entry.subject_id).await?
    {
        let same = last.operation == entry.operation && last.actor_id == entry.actor_id;
        if same && entry.operation == SAVE_DRAFT && entry.at.since(last.at) < ONE_LINE {
            return Ok(());
        }
        // What is deleted answers nothing: it is called what it was called last.
        if entry.subject_name.is_empty() {
            entry.subject_name = last.subject_name;
        }
    }
    audit_log::add(&mut tx, &entry).await?;
    tx.commit().await
}

/// What the address names below the project: whether it is an id, and the text.
fn subject(route: &str, path: &str) -> Option<(bool, String)> {
    route.split('/').zip(path.split('/')).find_map(|(pattern, part)| match pattern {
        "{id}" => Some((true, part.to_owned())),
        "{name}" => Some((false, part.to_owned())),
        _ => None,
    })
}

/// A small JSON answer, and the response with it still inside.
async fn look_into(response: Response) -> (Response, Value) {
    let is_json = response
        .headers()
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|text| text.starts_with("application/json"));
    let length = axum::body::HttpBody::size_hint(response.body()).exact();
    if !is_json || length.is_none_or(|length| length > READ as u64) {
        return (response, Value::Null);
    }
    let (parts, body) = response.into_parts();
    match axum::body::to_bytes(body, READ).await {
        Ok(bytes) => {
            let value = serde_json::from_slice(&bytes).unwrap_or_default();
            (Response::from_parts(parts, Body::from(bytes)), value)
        }
        // The size was exact and small: this does not happen, and an empty answer is the honest one if it does.
        Err(_) => (Response::from_parts(parts, Body::empty()), Value::Null),
    }
}

/// Every operation by method and route.
pub fn operations() -> &'static HashMap<(Method, String), Operation> {
    static OPERATIONS: OnceLock<HashMap<(Method, String), Operation>> = OnceLock::new();
    OPERATIONS.get_or_init(|| {
        let document = serde_json::to_value(super::openapi::document()).unwrap_or_default();
        let mut operations = HashMap::new();
        for (path, methods) in document["paths"].as_object().into_iter().flatten() {
            for (method, operation) in methods.as_object().into_iter().flatten() {
                let Ok(method) = method.to_uppercase().parse() else { continue };
                let text = |field: &str| operation[field].as_str().unwrap_or_default().to_owned();
                operations
                    .insert((method, path.clone()), Operation { id: text("operationId"), title: text("summary") });
            }
        }
        operations
    })
}
