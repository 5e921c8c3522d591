//! What was read and written in a customer's account, for the customer: the calls of their own runs, in
//! few words. The Connect Portal makes sentences of it.

use std::collections::HashMap;

use axum::Json;
use axum::extract::{Query, State};
use linchpin_domain::Timestamp;
use linchpin_domain::id::VersionId;
use linchpin_domain::journal::{Entry, Event};
use linchpin_domain::run::State as RunState;
use linchpin_domain::step::{self, Step};
use linchpin_domain::trigger::Kind;
use linchpin_domain::workflow::Definition;
use linchpin_store::runs::{self, ListedRun};
use linchpin_store::{Conn, journal, workflow_versions};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

use crate::http::auth::ConnectedUser;
use crate::http::definitions;
use crate::http::error::ApiError;
use crate::http::sdk::described::{NotThere, ProjectPath, Refused, Unreadable};
use crate::http::sdk::shapes::Snapshot;
use crate::state::App;

/// Entries of one answer, about.
const WANTED: usize = 20;
/// Runs that are looked through for one answer.
const MOST_RUNS: usize = 200;
/// Runs that are read at once.
const PAGE: i64 = 50;
/// Lines of one run that are looked at: a loop over thousands of records is not listed whole.
const MOST_LINES: usize = 500;
/// Calls of one run that are listed.
const MOST_OF_RUN: usize = 25;
/// Characters of what a call was about.
const MOST_SUBJECT: usize = 120;

#[derive(Debug, Deserialize)]
pub(in crate::http) struct Question {
    /// The integration's type.
    integration: String,
    /// A credential: its id, or `ext:` and its label. The current one when absent.
    credential: Option<String>,
    /// `nextCursor` of the page before.
    before: Option<String>,
}

/// A page of what was done.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(in crate::http) struct Activity {
    items: Vec<Done>,
    /// Give it as `before` to get the next page; `null` on the last one.
    next_cursor: Option<String>,
}

/// Something that was read or written.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::http) struct Done {
    id: String,
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
    /// `contacts.create`; empty for a request that a workflow makes itself.
    action: String,
    /// The same in the connector's words, or the request's method and path.
    title: String,
    /// What it was about: an e-mail address, a name, an id.
    subject: String,
    /// Which workflow did it; empty where none did.
    workflow: String,
    by: By,
    outcome: Outcome,
    /// Why it failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    /// What the provider answered, where a request failed and no more is known of why.
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<u16>,
}

/// Who did it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(in crate::http) enum By {
    Workflow,
    /// The application, or an agent of its, called a tool.
    Tool,
    /// The application's own request.
    Request,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(in crate::http) enum Outcome {
    Done,
    Failed,
    /// It may have happened.
    Doubt,
}

/// What was read and written in an account
///
/// The calls that were made with the user's own account, newest first: by workflows, by tools that were called,
/// and by requests that the application passed on.
#[utoipa::path(get, path = "/projects/{projectId}/sdk/activity", tag = "sdk", operation_id = "sdk.activity", params(ProjectPath, ("integration" = String, Query, description = "Its type, such as `hubspot`"), ("credential" = Option<String>, Query, description = "Its id, or `ext:` and its label; the current account when absent"), ("before" = Option<String>, Query, description = "`nextCursor` of the page before")), responses((status = 200, body = Activity), Unreadable, NotThere, Refused), security(("userToken" = [])))]
pub(in crate::http) async fn list(
    user: ConnectedUser,
    State(app): State<App>,
    Query(question): Query<Question>,
) -> Result<Json<Activity>, ApiError> {
    let mut before = question
        .before
        .as_deref()
        .map(|cursor| cursor.parse().map_err(|_| ApiError::bad_request("wrong_query", "before: unknown cursor")))
        .transpose()?;
    let mut conn = app.store.read().await?;
    let snapshot = Snapshot::read(&mut conn, &user).await?;
    let integration = snapshot.integrations.iter().find(|integration| integration.kind == question.integration);
    let integration = integration.ok_or_else(|| ApiError::not_found("integration"))?;
    let account = snapshot
        .account(integration.id, question.credential.as_deref().filter(|selector| !selector.is_empty()))
        .ok_or_else(|| ApiError::not_found("credential"))?;
    let manifest = app.connections.registry().find(&integration.kind);
    let title_of = |action: &str| manifest?.actions.get(action).map(|action| action.title.clone());

    let filter = runs::Filter { user_id: Some(user.id), ..runs::Filter::default() };
    let (mut items, mut seen) = (Vec::new(), 0);
    let mut definitions: HashMap<VersionId, Option<Definition>> = HashMap::new();
    let next_cursor = loop {
        let found = runs::list(&mut conn, user.project_id, &filter, before, PAGE).await?;
        let is_last = found.len() < PAGE as usize;
        seen += found.len();
        for listed in found {
            before = Some(listed.run.seq);
            if listed.run.credential_id != account.id {
                continue;
            }
            if let Some(definition) = definitions::direct(&listed) {
                items.extend(of_run(&mut conn, &listed, &definition, &integration.kind, &title_of).await?);
                continue;
            }
            let version = listed.run.version_id;
            if let std::collections::hash_map::Entry::Vacant(place) = definitions.entry(version) {
                let found = workflow_versions::find(&mut conn, user.project_id, version).await?;
                place.insert(found.map(|version| version.definition));
            }
            let Some(Some(definition)) = definitions.get(&version) else { continue };
            items.extend(of_run(&mut conn, &listed, definition, &integration.kind, &title_of).await?);
        }
        if is_last {
            break None;
        }
        if items.len() >= WANTED || seen >= MOST_RUNS {
            break before.map(|seq| seq.to_string());
        }
    };
    Ok(Json(Activity { items, next_cursor }))
}

/// The calls of one run with this connector, newest first.
async fn of_run(
    conn: &mut Conn,
    listed: &ListedRun,
    definition: &Definition,
    connector: &str,
    title_of: &(dyn Fn(&str) -> Option<String> + Sync),
) -> linchpin_store::Result<Vec<Done>> {
    let mut steps: HashMap<&str, &Step> = HashMap::new();
    step::each(&definition.steps, &mut |step| {
        let ours = step.connector.as_ref().is_none_or(|other| other == connector);
        if ours && (step.action.is_some() || is_integration_request(step)) {
            steps.insert(&step.key, step);
        }
    });
    let mut inputs: HashMap<String, Value> = HashMap::new();
    let mut done = Vec::new();
    for entry in journal::page(conn, listed.run.seq, 0, MOST_LINES).await? {
        let Some(step) = steps.get(key_of(&entry.step)) else { continue };
        if let Event::Intent { inputs: written, .. } = &entry.event {
            inputs.insert(entry.step.clone(), written.clone());
        }
        if let Some(one) = line(listed, step, &entry, inputs.get(&entry.step), title_of) {
            done.push(one);
        }
    }
    // A write that nobody knows the end of, as long as it stands.
    if listed.run.state != RunState::InDoubt {
        done.retain(|one| one.outcome != Outcome::Doubt);
    }
    done.reverse();
    done.truncate(MOST_OF_RUN);
    Ok(done)
}

fn line(
    listed: &ListedRun,
    step: &Step,
    entry: &Entry,
    intent: Option<&Value>,
    title_of: &(dyn Fn(&str) -> Option<String> + Sync),
) -> Option<Done> {
    let none = Value::Null;
    let (outcome, inputs, output, fault) = match &entry.event {
        Event::Succeeded { inputs, output, .. } => (Outcome::Done, inputs.as_ref(), output, None),
        Event::Failed { inputs, fault, next_attempt_at: None, .. } => {
            (Outcome::Failed, inputs.as_ref(), &none, Some(fault))
        }
        Event::InDoubt { fault, .. } => (Outcome::Doubt, None, &none, Some(fault)),
        _ => return None,
    };
    let inputs = inputs.or(intent).unwrap_or(&none);
    let action = step.action.clone().unwrap_or_default();
    let title = match &step.request {
        Some(request) => {
            let url = inputs.get("url").and_then(Value::as_str).unwrap_or(&request.url);
            // What follows the path may name more than the customer needs to read.
            format!("{} {}", request.method, url.split(['?', '#']).next().unwrap_or_default())
        }
        None => title_of(&action).unwrap_or_else(|| action.clone()),
    };
    Some(Done {
        id: format!("{}/{}/{}", listed.run.id, entry.step, entry.attempt),
        at: entry.at,
        subject: if step.request.is_some() { String::new() } else { subject(inputs, output) },
        action,
        title,
        workflow: listed.workflow_name.clone().unwrap_or_default(),
        by: match listed.event_kind {
            Some(Kind::Tool) => By::Tool,
            Some(Kind::Proxy) => By::Request,
            _ => By::Workflow,
        },
        outcome,
        status: fault.and_then(|fault| fault.code.strip_prefix("status_")?.parse().ok()),
        reason: fault.map(|fault| fault.message.clone()),
    })
}

/// A request to the integration's own provider: a path, not a full address.
fn is_integration_request(step: &Step) -> bool {
    step.request.as_ref().is_some_and(|request| !request.url.contains("://"))
}

/// The key of the step at a path such as `each[3]/create`.
fn key_of(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// What people call the record: the first of what names one.
fn subject(inputs: &Value, output: &Value) -> String {
    const NAMES: [&str; 9] =
        ["email", "name", "dealname", "domain", "subject", "title", "query", "hs_task_subject", "id"];
    let none = Map::new();
    let inputs = inputs.as_object().unwrap_or(&none);
    let properties = output.get("properties").and_then(Value::as_object).unwrap_or(&none);
    let text = |value: &Value| match value {
        Value::String(text) if !text.trim().is_empty() => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    };
    let named = |all: &Map<String, Value>| NAMES.iter().find_map(|name| text(all.get(*name)?));
    let found = named(properties).or_else(|| named(inputs)).or_else(|| text(output.get("id")?));
    found.unwrap_or_default().chars().take(MOST_SUBJECT).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_call_is_named_by_what_it_was_about() {
        assert_eq!(subject(&json!({"email": "a@b.org", "id": "7"}), &Value::Null), "a@b.org");
        assert_eq!(subject(&json!({"id": 7}), &json!({"properties": {"name": "Acme"}})), "Acme");
        assert_eq!(subject(&json!({}), &json!({"id": "9"})), "9");
        assert_eq!(subject(&json!({"body": {"secret": 1}}), &json!([1])), "");
        assert_eq!(key_of("each[3]/create"), "create");
    }
}
