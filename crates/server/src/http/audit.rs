//! Writes the audit log: a layer around every door that changes something in a project.
//!
//! The extractor that proves who calls says so to the layer ([`Act`]), which makes the line of it. Deletions, and
//! whatever names in its transaction what it is about, take the line along: it is a part of the change. Of all else
//! the layer writes the line when the door has answered that it is done; one that cannot be written then is an error
//! in the server's log, and the change stands.

use std::collections::HashMap;
use std::sync::{Arc, OnceLock};

use axum::body::Body;
use axum::extract::{MatchedPath, Request, State};
use axum::http::{Method, header};
use axum::middleware::Next;
use axum::response::Response;
use linchpin_domain::Clock;
use linchpin_domain::id::{AuditEntryId, ProjectId};
use linchpin_store::audit_log::{self, Entry, Line};
use serde_json::Value;

use super::auth::Actor;
use crate::state::App;

/// Drafts save themselves while someone types: one line for a while of it.
const SAVE_DRAFT: &str = "workflows.saveDraft";
/// What backends do with records all day long is no administration; it stands in Task History.
const DATA: [&str; 2] = ["syncs.writeRecord", "syncs.deleteRecord"];
/// Questions that are too long for an address. They change nothing, and pages ask them as somebody types.
const QUESTIONS: [&str; 5] = [
    "customIntegrations.check",
    "expressions.evaluate",
    "integrations.options",
    "releases.preview",
    "workflows.forecast",
];
/// Answers that are looked into for a name. Longer ones are lists or exports.
const READ: usize = 256 * 1024;

/// The line of a request, once it is proven who acts in which project.
#[derive(Clone)]
pub struct Act {
    line: Line,
    clock: Arc<dyn Clock>,
    operation: &'static Operation,
    /// What the address names below the project: whether it is an id, and the text.
    subject: Option<(bool, String)>,
    deletes: bool,
}

impl Act {
    /// Says it.
    pub fn prove(&self, project_id: ProjectId, actor: &Actor) {
        let (actor_kind, actor_id) = match actor {
            Actor::Member(member, _) => ("member", member.id.to_string()),
            Actor::ApiKey(key) => ("apiKey", key.id.to_string()),
        };
        let (subject_id, subject_name) = match &self.subject {
            Some((true, id)) => (id.clone(), String::new()),
            Some((false, name)) => (name.clone(), name.clone()),
            None => (String::new(), String::new()),
        };
        let entry = Entry {
            id: AuditEntryId::fresh(&*self.clock),
            project_id,
            actor_kind: actor_kind.into(),
            actor_id,
            actor_name: actor.name(),
            operation: self.operation.id.clone(),
            subject_id,
            subject_name,
            at: self.clock.now(),
        };
        let is_named = matches!(self.subject, Some((false, _)));
        self.line.set(entry, self.deletes || is_named);
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
    let method = request.method().clone();
    let route = request.extensions().get::<MatchedPath>().map(|path| path.as_str().to_owned()).unwrap_or_default();
    let Some(operation) = operations().get(&(method.clone(), route.clone())) else { return next.run(request).await };
    let is_trial = request.uri().query().is_some_and(|query| query.contains("dryRun=true"));
    let id = operation.id.as_str();
    let is_noted = !is_trial && !DATA.contains(&id) && !QUESTIONS.contains(&id);
    let line = Line::default();
    let subject = subject(&route, request.uri().path());
    request.extensions_mut().insert(Act {
        line: line.clone(),
        clock: Arc::clone(&app.clock),
        operation,
        subject,
        deletes: method == Method::DELETE,
    });
    if !is_noted {
        return next.run(request).await;
    }
    let response = audit_log::along(line.clone(), next.run(request)).await;
    let Some(mut entry) = line.entry() else { return response };
    if line.is_written() || !response.status().is_success() {
        return response;
    }
    let (response, answer) = look_into(response).await;
    // A dry run of a bulk replay, and one that found nothing.
    if operation.id == "runs.replayAll" && answer["replayed"] == 0 {
        return response;
    }
    let named = |field: &str| answer[field].as_str().map(str::to_owned);
    if entry.subject_id.is_empty() {
        entry.subject_id = named("id").unwrap_or_default();
    }
    if entry.subject_name.is_empty() {
        entry.subject_name = ["name", "userId", "email", "url"].into_iter().find_map(named).unwrap_or_default();
    }
    entry.at = app.clock.now();
    if let Err(error) = write(&app, entry).await {
        tracing::error!(
            error = &error as &dyn std::error::Error,
            operation = operation.id,
            "a line of the audit log could not be written"
        );
    }
    response
}

async fn write(app: &App, entry: Entry) -> linchpin_store::Result<()> {
    let mut tx = app.store.begin().await?;
    let repeats = entry.operation == SAVE_DRAFT;
    audit_log::add_about(&mut tx, entry, repeats).await?;
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
