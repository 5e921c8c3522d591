//! What a definition would have sent for runs of the past. Its steps are decided and filled in over the
//! events that those runs began with; writes are captured instead of sent, reads are answered from the
//! run's own journal. Nothing is recorded, and no provider is asked.

use std::collections::BTreeMap;
use std::sync::Arc;

use linchpin_domain::id::{IntegrationId, ProjectId, RunId, VersionId, WorkflowId};
use linchpin_domain::journal::{Entry, Event};
use linchpin_domain::run::Fault;
use linchpin_domain::step::Step;
use linchpin_domain::workflow::Definition;
use linchpin_store::runs::Run;
use linchpin_store::{journal, received_events};
use serde_json::{Map, Value};

use crate::Engine;
use crate::active::{Account, Active};
use crate::decide::{Next, What, decide};
use crate::flight::{Call, Flight};
use crate::progress::key_of;
use crate::snapshot::Version;
use crate::task::{Prepared, Task};
use crate::trial::{failed, fly, once};

/// Attempts of one run that are looked at, over all steps and items.
const ATTEMPTS: usize = 2_000;
/// Lines of a run's journal that are read; what is longer is not compared.
const LINES: usize = 5_000;

/// What is foreseen.
#[derive(Debug, Clone)]
pub struct Forecast {
    /// The tenant.
    pub project_id: ProjectId,
    /// The workflow.
    pub workflow_id: WorkflowId,
    /// Its integration.
    pub integration_id: IntegrationId,
    /// The connector's type.
    pub connector: String,
    /// What would run.
    pub definition: Definition,
}

/// One write, as it was sent or would be.
#[derive(Debug, Clone, PartialEq)]
pub struct Write {
    /// The action's name, or a request's method and address.
    pub what: String,
    /// Its inputs, filled in; secrets masked.
    pub inputs: Value,
}

/// One place in a run, then and now. At least one of both is there.
#[derive(Debug, Clone)]
pub struct Compared {
    /// Where it stands, as history names it.
    pub path: String,
    /// What was sent.
    pub before: Option<Write>,
    /// What would be.
    pub after: Option<Write>,
}

/// What a run of the past would have been.
#[derive(Debug, Clone, Default)]
pub struct Foreseen {
    /// Its writes, by path.
    pub writes: Vec<Compared>,
    /// Why it would fail, where the run itself did not fail so.
    pub fault: Option<Fault>,
    /// Reads whose answers nobody knows, because the run did not make them like this.
    pub unknown: Vec<String>,
}

/// Why a run is not compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Passed {
    /// Its event, its version, its user or its account is gone.
    Gone,
    /// It did too much.
    TooLong,
}

/// What a run did at one path.
#[derive(Default)]
struct Past {
    inputs: Option<Value>,
    /// Something was sent that is no read.
    wrote: bool,
    outcome: Option<Result<Value, Fault>>,
}

impl Engine {
    /// What a definition would have sent for a run.
    pub async fn foresee(&self, forecast: &Forecast, run: &Run) -> linchpin_store::Result<Result<Foreseen, Passed>> {
        let inner = &self.inner;
        let Some(version) = inner.snapshot.version(run.project_id, run.version_id).await? else {
            return Ok(Err(Passed::Gone));
        };
        let mut conn = inner.store.read().await?;
        let Some(event) = received_events::find(&mut conn, run.project_id, run.event_seq).await? else {
            return Ok(Err(Passed::Gone));
        };
        let lines = journal::page(&mut conn, run.seq, 0, LINES).await?;
        drop(conn);
        if lines.len() == LINES {
            return Ok(Err(Passed::TooLong));
        }
        let user = inner.snapshot.user(run.project_id, run.user_id).await?;
        // Without its account a user has no settings: everything that uses one would seem to change.
        let Some(user) = user.filter(|user| user.credentials.iter().any(|one| one.id == run.credential_id)) else {
            return Ok(Err(Passed::Gone));
        };
        let project = inner.snapshot.project(run.project_id).await?;
        let past = past(&lines);
        let mut active = self.imagined(forecast, run, event.payload.into());
        let mut foreseen = Foreseen::default();
        let mut after = BTreeMap::new();
        let next = Arc::clone(&active.version);
        for attempt in 0.. {
            if attempt == ATTEMPTS {
                return Ok(Err(Passed::TooLong));
            }
            let jobs = match decide(&next.definition, &active.progress) {
                Next::Go(jobs) => jobs,
                Next::Succeed => break,
                Next::Fail(fault) => {
                    foreseen.fault = Some(fault).filter(|fault| run.fault.as_ref() != Some(fault));
                    break;
                }
            };
            let Some(job) = jobs.into_iter().next() else { break };
            let now = inner.clock.now();
            let task = Task { run: &active, project: &project, step: job.step, path: &job.path, attempt: job.attempt };
            // Doubts are foreseen as what they would be without one.
            let again = What::Perform { not_before: None };
            let what = if matches!(job.what, What::Settle { .. }) { &again } else { &job.what };
            let event = match task.begin(what, &user, &*inner.connector, now) {
                Prepared::Line(event) | Prepared::Answer(event, _) => event,
                Prepared::Ask(fault) => failed(None, fault, 0, None),
                Prepared::Flight(flight) => match written(&flight) {
                    None => fly(self, &inner.connector, &task, *flight).await,
                    Some((what, reads_only)) => {
                        let inputs = flight.inputs.unwrap_or_default();
                        let before = past.get(&*job.path);
                        if !reads_only {
                            after.insert(job.path.to_string(), Write { what, inputs: inputs.clone() });
                        }
                        let (event, known) = answered(before, inputs);
                        if reads_only && !known {
                            foreseen.unknown.push(job.path.to_string());
                        }
                        event
                    }
                },
            };
            let entry = task.entry(now, once(event));
            active.progress.add(entry);
        }
        foreseen.writes = compared(&version, &past, after);
        Ok(Ok(foreseen))
    }

    /// The run as if it had begun on the definition.
    fn imagined(&self, forecast: &Forecast, run: &Run, payload: Arc<str>) -> Box<Active> {
        let Forecast { workflow_id, integration_id, connector, definition, .. } = forecast.clone();
        let clock = &*self.inner.clock;
        let id = VersionId::fresh(clock);
        let version = Arc::new(Version::new(workflow_id, id, integration_id, connector, definition));
        Active::new(RunId::fresh(clock), Account::of(run), version, payload)
    }
}

/// What a call is to people, and whether it only reads; `None` for what calls nobody.
fn written(flight: &Flight) -> Option<(String, bool)> {
    match &flight.call {
        Call::Action(call, plan) | Call::Settle(call, plan) => Some((call.action.clone(), plan.reads_only)),
        Call::Request(requesting) => {
            let request = &requesting.call.request;
            Some((format!("{} {}", request.method, request.url), request.reads_only()))
        }
        Call::Function { .. } => None,
    }
}

/// What came of a call in the past, and whether that is what would come of it now.
fn answered(past: Option<&Past>, inputs: Value) -> (Event, bool) {
    let same = past.is_some_and(|past| past.inputs.as_ref() == Some(&inputs));
    match past.and_then(|past| past.outcome.clone()) {
        Some(Err(fault)) if same => (failed(Some(inputs), fault, 0, None), true),
        // Another call would have had another answer; the old one is of the same shape.
        Some(Ok(output)) => (succeeded(inputs, output), same),
        _ => (succeeded(inputs, Value::Object(Map::new())), false),
    }
}

fn succeeded(inputs: Value, output: Value) -> Event {
    Event::Succeeded { inputs: Some(inputs), output, duration_ms: 0, exchange: None, adopted: false }
}

/// A journal by path.
fn past(lines: &[Entry]) -> BTreeMap<&str, Past> {
    let mut by_path: BTreeMap<&str, Past> = BTreeMap::new();
    for Entry { step, event, .. } in lines {
        let past = by_path.entry(step).or_default();
        if let Some(inputs) = event.inputs() {
            past.inputs = Some(inputs.clone());
        }
        match event {
            Event::Intent { .. } => past.wrote = true,
            Event::Succeeded { output, .. } => past.outcome = Some(Ok(output.clone())),
            Event::Failed { fault, next_attempt_at: None, .. } => past.outcome = Some(Err(fault.clone())),
            _ => {}
        }
    }
    by_path
}

fn compared(version: &Version, past: &BTreeMap<&str, Past>, mut after: BTreeMap<String, Write>) -> Vec<Compared> {
    let mut all: Vec<Compared> = past
        .iter()
        .filter(|(_, past)| past.wrote)
        .map(|(path, past)| {
            let inputs = past.inputs.clone().unwrap_or_default();
            let what = version.step(key_of(path)).map(|step| described(step, &inputs)).unwrap_or_default();
            let after = after.remove(*path);
            Compared { path: (*path).to_owned(), before: Some(Write { what, inputs }), after }
        })
        .collect();
    all.extend(after.into_iter().map(|(path, write)| Compared { path, before: None, after: Some(write) }));
    all
}

/// What a step of the past sent, as [`written`] says it.
fn described(step: &Step, inputs: &Value) -> String {
    step.action.clone().unwrap_or_else(|| {
        let part = |name: &str| inputs[name].as_str().unwrap_or_default().to_owned();
        format!("{} {}", part("method"), part("url"))
    })
}
