//! Trying a draft out: its steps are performed for a preview user and shown, and nothing is recorded.
//!
//! The calls are real ones, unless a stand-in of the provider is given. Attempts are not repeated, delays are passed over, lists are cut to
//! [`ITEMS`] items and pages to [`PAGES`].

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use linchpin_domain::Connector;
use linchpin_domain::connector::Exchange;
use linchpin_domain::id::{
    ConfigurationId, ConnectedUserId, CredentialId, IntegrationId, ProjectId, RunId, VersionId, WorkflowId,
};
use linchpin_domain::journal::{Entry, Event};
use linchpin_domain::run::Fault;
use linchpin_domain::step::{Branch, Step};
use linchpin_domain::workflow::Definition;
use linchpin_store::routing::{ConfigurationRouting, CredentialRouting, UserRouting};
use serde_json::{Map, Value};

use crate::Engine;
use crate::active::{Account, Active, fault};
use crate::decide::{Job, Next, What, decide};
use crate::flight::{Call, Flight, Landed};
use crate::progress::{Progress, key_of};
use crate::snapshot::Version;
use crate::task::{Outcome, Prepared, Task};

/// Items of a list that are kept.
pub const ITEMS: usize = 20;
/// Pages that a request fetches.
pub const PAGES: u32 = 3;
/// Attempts of one trial, over all steps and items.
const ATTEMPTS: usize = 1_000;
/// How long a trial may take.
const LONGEST: Duration = Duration::from_mins(1);

/// What is tried out.
#[derive(Debug, Clone)]
pub struct Trial {
    /// The tenant.
    pub project_id: ProjectId,
    /// The workflow whose draft it is.
    pub workflow_id: WorkflowId,
    /// Its integration.
    pub integration_id: IntegrationId,
    /// The connector's type.
    pub connector: String,
    /// The draft.
    pub definition: Definition,
    /// The preview user. Only a stand-in can do without one: an invented user then.
    pub user_id: Option<ConnectedUserId>,
    /// Answers the calls in place of the provider, so that no account is needed.
    pub stand_in: Option<StandIn>,
    /// What the trigger gives.
    pub payload: Value,
    /// Outputs of steps that are not performed again, by key. Those of a loop's steps hold for every item.
    pub outputs: Map<String, Value>,
    /// For a step that is tried alone: the items that the loops around it are at, by the loop's key.
    pub items: Map<String, Value>,
    /// This step alone; else all of them.
    pub step: Option<String>,
}

/// What answers in place of a provider.
#[derive(Clone)]
pub struct StandIn {
    /// Makes the calls.
    pub connector: Arc<dyn Connector>,
    /// What the user has set, where no account of the user's says it.
    pub settings: Map<String, Value>,
    /// What is known of the user, where there is none.
    pub metadata: Map<String, Value>,
}

impl fmt::Debug for StandIn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StandIn").finish_non_exhaustive()
    }
}

/// What became of one step.
#[derive(Debug, Clone)]
pub struct Tried {
    /// Where it stands, as history names it.
    pub path: String,
    /// Its inputs, filled in; secrets masked.
    pub inputs: Option<Value>,
    /// What later steps see; absent when it failed.
    pub output: Option<Value>,
    /// Why it failed.
    pub fault: Option<Fault>,
    /// The exchange with the provider; secrets masked.
    pub exchange: Option<Exchange>,
    /// Milliseconds.
    pub duration_ms: u64,
    /// It was not performed: its output was given.
    pub given: bool,
}

/// Why nothing was tried.
#[derive(Debug, thiserror::Error)]
pub enum TrialError {
    /// There is nobody to be tried as.
    #[error("there is no such connected user")]
    NoUser,
    /// The preview user has no account.
    #[error("the user has no working account of this integration: connect one first")]
    NotConnected,
    /// The step is not in the draft.
    #[error("there is no step `{0}` in the draft")]
    NoStep(String),
    /// The database did not answer.
    #[error("the draft could not be tried")]
    Store(#[from] linchpin_store::Error),
}

impl Engine {
    /// Tries a draft out: steps in the order in which they were performed. The last one may have failed.
    pub async fn try_out(&self, trial: Trial) -> Result<Vec<Tried>, TrialError> {
        let who = self.preview(&trial).await?;
        let mut rehearsal = Rehearsal::new(self, trial, who);
        let done = tokio::time::timeout(LONGEST, rehearsal.perform(self)).await;
        let mut tried = rehearsal.tried;
        match done {
            Ok(result) => result?,
            Err(_) => {
                let fault = Some(fault("trial_too_long", "the trial took longer than a minute and was ended"));
                let path = rehearsal.at;
                tried.push(Tried {
                    path,
                    inputs: None,
                    output: None,
                    fault,
                    exchange: None,
                    duration_ms: 60_000,
                    given: false,
                });
            }
        }
        Ok(tried)
    }
}

/// Whose trial it is.
struct Preview {
    user: Arc<UserRouting>,
    user_id: ConnectedUserId,
    credential_id: CredentialId,
    configuration_id: ConfigurationId,
}

impl Engine {
    /// The preview user with an account: a working one, or where a stand-in answers any one, or an invented one.
    async fn preview(&self, trial: &Trial) -> Result<Preview, TrialError> {
        let clock = &*self.inner.clock;
        let known = match trial.user_id {
            Some(id) => {
                let user = self.inner.snapshot.user(trial.project_id, id).await?.filter(|user| !user.disabled);
                Some((id, user.ok_or(TrialError::NoUser)?))
            }
            None => None,
        };
        let Some(stand_in) = &trial.stand_in else {
            let (user_id, user) = known.ok_or(TrialError::NoUser)?;
            let valid = |credential: &CredentialRouting| credential.status == "VALID";
            let (credential_id, configuration_id) =
                account(&user, trial.integration_id, valid).ok_or(TrialError::NotConnected)?;
            return Ok(Preview { user, user_id, credential_id, configuration_id });
        };
        let (user_id, user) = known.unwrap_or_else(|| {
            let invented = UserRouting {
                external_id: "preview".to_owned(),
                metadata: Value::Object(stand_in.metadata.clone()),
                disabled: false,
                credentials: Vec::new(),
            };
            (ConnectedUserId::fresh(clock), Arc::new(invented))
        });
        if let Some((credential_id, configuration_id)) = account(&user, trial.integration_id, |_| true) {
            return Ok(Preview { user, user_id, credential_id, configuration_id });
        }
        let (credential_id, configuration_id) = (CredentialId::fresh(clock), ConfigurationId::fresh(clock));
        let mut user = Arc::unwrap_or_clone(user);
        user.credentials.push(CredentialRouting {
            id: credential_id,
            integration_id: trial.integration_id,
            status: "VALID".to_owned(),
            external_id: None,
            configurations: vec![ConfigurationRouting {
                id: configuration_id,
                external_id: None,
                is_default: true,
                settings: stand_in.settings.clone(),
                enabled: Vec::new(),
                switched_off: Vec::new(),
            }],
        });
        Ok(Preview { user: Arc::new(user), user_id, credential_id, configuration_id })
    }
}

/// The first account of an integration that will do.
fn account(
    user: &UserRouting,
    integration_id: IntegrationId,
    will_do: impl Fn(&CredentialRouting) -> bool,
) -> Option<(CredentialId, ConfigurationId)> {
    let accounts = user.credentials.iter().filter(|credential| credential.integration_id == integration_id);
    accounts.filter(|one| will_do(one)).find_map(|one| Some((one.id, one.configurations.first()?.id)))
}

/// A trial under way.
struct Rehearsal {
    run: Box<Active>,
    user: Arc<UserRouting>,
    /// Makes the calls.
    connector: Arc<dyn Connector>,
    /// The path of the step that is tried alone.
    only: Option<String>,
    /// Outputs of steps that are not performed, by key.
    given: Map<String, Value>,
    tried: Vec<Tried>,
    /// The step that is being performed.
    at: String,
}

impl Rehearsal {
    fn new(engine: &Engine, trial: Trial, who: Preview) -> Self {
        let Trial { project_id, workflow_id, integration_id, connector, definition, stand_in, .. } = trial;
        let Preview { user, user_id, credential_id, configuration_id } = who;
        let calls = stand_in.map_or_else(|| Arc::clone(&engine.inner.connector), |stand_in| stand_in.connector);
        let clock = &*engine.inner.clock;
        let mut known = Vec::new();
        let mut given = trial.outputs;
        let mut only = None;
        if let Some(key) = trial.step {
            // One step alone stands in the first item of the loops around it, and sees what is known of the others.
            let mut line = |path: String, event| known.push(Entry { step: path, attempt: 1, at: clock.now(), event });
            let around = path_of(&definition.steps, &key);
            for (looping, item) in trial.items {
                if let Some(path) = path_of(&definition.steps, &looping) {
                    line(path, Event::Looping { items: vec![cut(item)] });
                }
            }
            for (other, output) in std::mem::take(&mut given) {
                let Some(path) = path_of(&definition.steps, &other) else { continue };
                let is_around = around.as_ref().is_some_and(|around| around.starts_with(&format!("{path}[")));
                if other != key && !is_around {
                    line(path, once(succeeded(output)));
                }
            }
            only = Some(around.unwrap_or(key));
        }
        let id = VersionId::fresh(clock);
        let version = Arc::new(Version::new(workflow_id, id, integration_id, connector, definition));
        let account = Account { project_id, user_id, credential_id, configuration_id };
        let payload = cut(trial.payload).to_string().into();
        let mut run = Active::new(RunId::fresh(clock), account, version, payload);
        run.progress = Progress::of(&known);
        Self { run, user, connector: calls, only, given, tried: Vec::new(), at: String::new() }
    }

    async fn perform(&mut self, engine: &Engine) -> Result<(), TrialError> {
        let version = Arc::clone(&self.run.version);
        if let Some(path) = self.only.clone() {
            let key = key_of(&path);
            let step = version.step(key).ok_or_else(|| TrialError::NoStep(key.to_owned()))?;
            let job = Job { path: path.clone().into(), step, attempt: 1, what: What::Perform { not_before: None } };
            return self.attempt(engine, &job).await;
        }
        for _ in 0..ATTEMPTS {
            let Next::Go(jobs) = decide(&version.definition, &self.run.progress) else { return Ok(()) };
            let Some(job) = jobs.into_iter().next() else { return Ok(()) };
            self.attempt(engine, &job).await?;
        }
        Ok(())
    }

    async fn attempt(&mut self, engine: &Engine, job: &Job<'_>) -> Result<(), TrialError> {
        self.at = job.path.clone().into_owned();
        let inner = &engine.inner;
        let project = inner.snapshot.project(self.run.project_id).await?;
        let began = inner.clock.now();
        let task = Task { run: &self.run, project: &project, step: job.step, path: &job.path, attempt: job.attempt };
        // What decides or repeats is performed: its output alone would say nothing about what is inside.
        let given = match job.what {
            What::Perform { .. } if job.step.branches().next().is_none() => self.given.get(&job.step.key),
            _ => None,
        };
        let prepared = match given {
            Some(output) => Prepared::Line(succeeded(output.clone())),
            None => task.begin(&job.what, &self.user, &*self.connector, began),
        };
        let is_given = given.is_some();
        let (inputs, event) = match prepared {
            Prepared::Line(event) | Prepared::Answer(event, _) => (event.inputs().cloned(), event),
            Prepared::Ask(fault) => (None, Event::InDoubt { fault, exchange: None }),
            Prepared::Flight(flight) => {
                let inputs = flight.inputs.clone();
                let event = fly(engine, &self.connector, &task, *flight).await;
                (inputs, event)
            }
        };
        let event = once(event);
        let entry = task.entry(inner.clock.now(), event);
        self.run.progress.add(entry.clone());
        if matches!(job.what, What::EndItem(_)) {
            return Ok(());
        }
        let tried = |output, fault, exchange, duration_ms| Tried {
            path: entry.step.clone(),
            inputs: inputs.clone(),
            output,
            fault,
            exchange,
            duration_ms,
            given: is_given,
        };
        match entry.event.clone() {
            Event::Succeeded { output, exchange, duration_ms, .. } => {
                self.tried.push(tried(Some(output), None, exchange, duration_ms));
            }
            Event::Failed { fault, exchange, duration_ms, .. } => {
                self.tried.push(tried(None, Some(fault), exchange, duration_ms));
            }
            _ => {}
        }
        Ok(())
    }
}

/// Makes a call of a trial, now and once.
pub async fn fly(engine: &Engine, connector: &Arc<dyn Connector>, task: &Task<'_>, mut flight: Flight) -> Event {
    if let Call::Request(requesting) = &mut flight.call
        && let Some((pages, _)) = &mut requesting.pages
    {
        pages.at_most(PAGES);
    }
    match flight.fly_alone(&**connector, &*engine.inner.clock).await {
        Landed::Done(flight, landing) => match task.landed(&flight, *landing, engine.inner.clock.now(), 0) {
            Outcome::Line { event, .. } => event,
            Outcome::Ask(fault) | Outcome::AskLater { fault, .. } => Event::InDoubt { fault, exchange: None },
        },
        Landed::Granted(_) => unreachable!("a flight lands once"),
    }
}

/// What an attempt means where there is only one: a failure is for good, a wait is over, lists are short.
pub fn once(event: Event) -> Event {
    match event {
        Event::Waiting { inputs, .. } => Event::Succeeded {
            inputs: Some(inputs),
            output: Value::Object(Map::new()),
            duration_ms: 0,
            exchange: None,
            adopted: false,
        },
        Event::Looping { mut items } => {
            items.truncate(ITEMS);
            Event::Looping { items }
        }
        Event::InDoubt { fault, exchange } => failed(None, fault, 0, exchange),
        Event::Failed { inputs, fault, duration_ms, exchange, .. } => failed(inputs, fault, duration_ms, exchange),
        Event::Succeeded { inputs, output, duration_ms, exchange, adopted } => {
            Event::Succeeded { inputs, output: cut(output), duration_ms, exchange, adopted }
        }
        intent @ Event::Intent { .. } => intent,
    }
}

fn succeeded(output: Value) -> Event {
    Event::Succeeded { inputs: None, output, duration_ms: 0, exchange: None, adopted: false }
}

/// Where a step stands, in the first item of the loops around it.
fn path_of(steps: &[Step], key: &str) -> Option<String> {
    steps.iter().find_map(|step| {
        if step.key == key {
            return Some(step.key.clone());
        }
        step.branches().find_map(|(branch, inside)| {
            let path = path_of(inside, key)?;
            Some(if branch == Branch::Loop { format!("{}[0]/{path}", step.key) } else { path })
        })
    })
}

/// An attempt that failed, where there is only one.
pub fn failed(inputs: Option<Value>, fault: Fault, duration_ms: u64, exchange: Option<Exchange>) -> Event {
    Event::Failed {
        inputs,
        fault,
        duration_ms,
        exchange,
        next_attempt_at: None,
        rule: "attempts of a trial are not repeated".into(),
        counts: true,
    }
}

/// Cuts every list in a value.
fn cut(value: Value) -> Value {
    match value {
        Value::Array(items) => items.into_iter().take(ITEMS).map(cut).collect(),
        Value::Object(fields) => fields.into_iter().map(|(name, field)| (name, cut(field))).collect(),
        other => other,
    }
}
