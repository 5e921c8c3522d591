//! What a version would have sent for runs of the past.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use axum::extract::State;
use linchpin_domain::Timestamp;
use linchpin_domain::id::{ConnectedUserId, ProjectId, RunId, WorkflowId};
use linchpin_domain::run::State as RunState;
use linchpin_engine::{Compared, Forecast, Foreseen, Write};
use linchpin_store::runs::{self, ListedRun};
use linchpin_store::{Conn, integrations, workflow_versions};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use super::runs::FaultView;
use super::workflows::one;
use crate::http::auth::ProjectAccess;
use crate::http::error::ApiError;
use crate::http::extract::{Id, Json, MaybeJson};
use crate::http::page::ItemPath;
use crate::state::App;

/// Runs that are compared where nothing else is asked for, and at most.
const RUNS: usize = 50;
const MOST: usize = 200;
/// Runs of one user, so that a busy one leaves room for the others.
const OF_A_USER: usize = 5;
/// Runs that are looked through for them.
const LOOKED_THROUGH: i64 = 2_000;
/// How long it may take; what is left then is left out.
const LONGEST: Duration = Duration::from_secs(20);
/// How deep values are compared field by field.
const DEPTH: usize = 5;

/// What is foreseen.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AskForecast {
    /// A version by its number; the draft when absent.
    #[serde(default)]
    version: Option<i64>,
    /// Runs that are compared: 50 when absent, at most 200, five of each user.
    #[serde(default)]
    runs: Option<usize>,
}

/// What it would change.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Forecast)]
pub struct ForecastView {
    /// Runs that were compared, and of how many users.
    runs: usize,
    users: usize,
    /// Those for which something else would be sent, or that would fail.
    different: usize,
    different_users: usize,
    /// Runs that could not be compared: their event or account is gone, or they did too much.
    passed_over: usize,
    /// What changes, counted over all runs; the most frequent first.
    changes: Vec<ChangeView>,
    /// The runs that would be different, newest first.
    items: Vec<RunForecast>,
}

/// One kind of difference.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = ForecastChange)]
pub struct ChangeView {
    /// The step's key.
    step: String,
    /// The field of its inputs; absent where the whole call is new, gone or another one.
    field: Option<String>,
    kind: ChangeKind,
    runs: usize,
    users: usize,
}

/// What happens to a call or to a field of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ChangeKind {
    /// It would be sent, and was not.
    Added,
    /// It was sent, and would not be.
    Removed,
    /// It would have another value.
    Changed,
    /// It had a value and would have none.
    Emptied,
}

/// A run that would be different.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct RunForecast {
    #[schema(value_type = Uuid)]
    run_id: RunId,
    #[schema(value_type = Uuid)]
    user_id: ConnectedUserId,
    /// The user's id in the host application.
    external_id: Option<String>,
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
    /// Why it would fail.
    fault: Option<FaultView>,
    /// Steps that read something else than they did, so that what follows from them is a guess.
    unknown: Vec<String>,
    writes: Vec<WriteForecast>,
}

/// A call that would be different.
#[derive(Debug, Serialize, ToSchema)]
pub struct WriteForecast {
    /// Where it stands, as history names it.
    path: String,
    before: Option<WriteView>,
    after: Option<WriteView>,
    fields: Vec<FieldForecast>,
}

/// A call.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ForecastWrite)]
pub struct WriteView {
    /// The action's name, or a request's method and address.
    what: String,
    /// Filled in; secrets masked.
    #[schema(value_type = Object)]
    inputs: Value,
}

/// A field that would be different.
#[derive(Debug, Serialize, ToSchema)]
pub struct FieldForecast {
    field: String,
    kind: ChangeKind,
    #[schema(value_type = Option<Object>)]
    before: Value,
    #[schema(value_type = Option<Object>)]
    after: Value,
}

impl From<Write> for WriteView {
    fn from(Write { what, inputs }: Write) -> Self {
        Self { what, inputs }
    }
}

/// Foresee what a version would send
///
/// Takes the newest runs that are over, five of each user at most, and fills the draft's or a version's steps in over
/// the events they began with. **Nothing is sent**: writes are captured, reads are answered from the run's journal.
/// Settings, metadata and secrets are those of now.
#[utoipa::path(post, path = "/api/v1/projects/{projectId}/workflows/{id}/forecast", tag = "workflows", operation_id = "workflows.forecast", params(ItemPath), request_body = AskForecast, responses((status = 200, body = ForecastView)))]
pub async fn forecast(
    State(app): State<App>,
    access: ProjectAccess,
    Id(id): Id<WorkflowId>,
    MaybeJson(body): MaybeJson<AskForecast>,
) -> Result<Json<ForecastView>, ApiError> {
    let mut conn = app.store.read().await?;
    let workflow = one(&mut conn, access.id(), id).await?;
    let integration = integrations::find(&mut conn, access.id(), workflow.integration_id).await?;
    let integration = integration.ok_or_else(|| ApiError::not_found("integration"))?;
    let definition = match body.version {
        None => workflow.draft,
        Some(number) => {
            let found = workflow_versions::find_number(&mut conn, access.id(), id, number).await?;
            found.ok_or_else(|| ApiError::not_found("version"))?.definition
        }
    };
    let chosen = choose(&mut conn, access.id(), id, body.runs.unwrap_or(RUNS).min(MOST)).await?;
    drop(conn);
    let forecast = Forecast {
        project_id: access.id(),
        workflow_id: id,
        integration_id: workflow.integration_id,
        connector: integration.kind,
        definition,
    };
    let began = app.clock.now();
    let mut tally = Tally::default();
    for listed in chosen {
        if app.clock.now().since(began) > LONGEST {
            tally.passed_over += 1;
            continue;
        }
        match app.engine.foresee(&forecast, &listed.run).await? {
            Ok(foreseen) => tally.add(listed, foreseen),
            Err(_) => tally.passed_over += 1,
        }
    }
    Ok(Json(tally.done()))
}

/// The newest runs that are over, a few of each user.
async fn choose(
    conn: &mut Conn,
    project_id: ProjectId,
    workflow_id: WorkflowId,
    most: usize,
) -> Result<Vec<ListedRun>, ApiError> {
    let filter = runs::Filter { workflow_id: Some(workflow_id), ..runs::Filter::default() };
    let mut of_user: BTreeMap<ConnectedUserId, usize> = BTreeMap::new();
    let found = runs::list(conn, project_id, &filter, None, LOOKED_THROUGH).await?;
    let over = found.into_iter().filter(|listed| matches!(listed.run.state, RunState::Succeeded | RunState::Failed));
    Ok(over
        .filter(|listed| {
            let count = of_user.entry(listed.run.user_id).or_default();
            *count += 1;
            *count <= OF_A_USER
        })
        .take(most)
        .collect())
}

/// What is counted: a step, the field of it if it is about one, and what happens to it.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Difference {
    step: String,
    field: Option<String>,
    kind: ChangeKind,
}

#[derive(Default)]
struct Counted {
    runs: BTreeSet<RunId>,
    users: BTreeSet<ConnectedUserId>,
}

#[derive(Default)]
struct Tally {
    runs: usize,
    users: BTreeSet<ConnectedUserId>,
    passed_over: usize,
    counts: BTreeMap<Difference, Counted>,
    items: Vec<RunForecast>,
}

impl Tally {
    fn add(&mut self, listed: ListedRun, Foreseen { writes, fault, unknown }: Foreseen) {
        let ListedRun { run, user_external_id, .. } = listed;
        self.runs += 1;
        self.users.insert(run.user_id);
        let writes: Vec<WriteForecast> = writes.into_iter().filter_map(different).collect();
        if writes.is_empty() && fault.is_none() {
            return;
        }
        for write in &writes {
            let step = write.path.rsplit_once('/').map_or(write.path.as_str(), |(_, key)| key).to_owned();
            let mut count = |field: Option<&String>, kind| {
                let difference = Difference { step: step.clone(), field: field.cloned(), kind };
                let counted = self.counts.entry(difference).or_default();
                counted.runs.insert(run.id);
                counted.users.insert(run.user_id);
            };
            match (&write.before, &write.after) {
                (None, _) => count(None, ChangeKind::Added),
                (_, None) => count(None, ChangeKind::Removed),
                (Some(before), Some(after)) if before.what != after.what => count(None, ChangeKind::Changed),
                _ => {}
            }
            for field in &write.fields {
                count(Some(&field.field), field.kind);
            }
        }
        self.items.push(RunForecast {
            run_id: run.id,
            user_id: run.user_id,
            external_id: user_external_id,
            created_at: run.created_at,
            fault: fault.map(Into::into),
            unknown,
            writes,
        });
    }

    fn done(self) -> ForecastView {
        let mut changes: Vec<ChangeView> = self
            .counts
            .into_iter()
            .map(|(Difference { step, field, kind }, Counted { runs, users })| ChangeView {
                step,
                field,
                kind,
                runs: runs.len(),
                users: users.len(),
            })
            .collect();
        changes.sort_by_key(|change| std::cmp::Reverse(change.runs));
        let different_users: BTreeSet<ConnectedUserId> = self.items.iter().map(|item| item.user_id).collect();
        ForecastView {
            runs: self.runs,
            users: self.users.len(),
            different: self.items.len(),
            different_users: different_users.len(),
            passed_over: self.passed_over,
            changes,
            items: self.items,
        }
    }
}

/// A call with what is different about it; `None` where it is the same.
fn different(Compared { path, before, after }: Compared) -> Option<WriteForecast> {
    if before == after {
        return None;
    }
    let mut fields = Vec::new();
    if let (Some(before), Some(after)) = (&before, &after) {
        differences(String::new(), &before.inputs, &after.inputs, 0, &mut fields);
    }
    Some(WriteForecast { path, before: before.map(Into::into), after: after.map(Into::into), fields })
}

/// Down to the fields that differ.
fn differences(field: String, before: &Value, after: &Value, depth: usize, found: &mut Vec<FieldForecast>) {
    if before == after {
        return;
    }
    if let (Value::Object(was), Value::Object(is)) = (before, after)
        && depth < DEPTH
    {
        let names: BTreeSet<&String> = was.keys().chain(is.keys()).collect();
        for name in names {
            let at = if field.is_empty() { name.clone() } else { format!("{field}.{name}") };
            let of = |fields: &serde_json::Map<String, Value>| fields.get(name).cloned().unwrap_or_default();
            differences(at, &of(was), &of(is), depth + 1, found);
        }
        return;
    }
    let kind = match (is_empty(before), is_empty(after)) {
        // Neither is sent.
        (true, true) => return,
        (true, false) => ChangeKind::Added,
        (false, true) => ChangeKind::Emptied,
        (false, false) => ChangeKind::Changed,
    };
    found.push(FieldForecast { field, kind, before: before.clone(), after: after.clone() });
}

fn is_empty(value: &Value) -> bool {
    value.is_null() || value.as_str().is_some_and(str::is_empty)
}
