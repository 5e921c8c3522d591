//! Accepting what starts runs: route in memory, write, answer after the commit.
//!
//! Every kind of trigger comes through [`Engine::accept`]: an App Event from its door, a request from
//! its own, a schedule's moment, a connected account, a provider's event. What is accepted is one
//! received event with its runs, in one commit, at most once for each idempotency key.

use std::sync::Arc;

use linchpin_domain::id::{
    ConfigurationId, ConnectedUserId, CredentialId, ProjectId, ReceivedEventId, RunId, WorkflowId,
};
use linchpin_domain::journal::Entry;
use linchpin_domain::trigger::{Kind, Trigger};
use linchpin_store::received_events::Skipped;
use linchpin_store::routing::{ConfigurationRouting, CredentialRouting, UserRouting};
use linchpin_store::writer::{EventRow, Idempotency, Intake, Line, NewEvent, Taken};

use crate::Engine;
use crate::active::{Account, Active};
use crate::begin::Begun;
use crate::progress::Progress;
use crate::provider::ProviderWanted;
use crate::responses::{Waiting, answers};
use crate::scheduler::slot::Place;
use crate::snapshot::{Project, Version};

/// How long a caller's idempotency key is remembered.
const KEYS_KEPT: std::time::Duration = std::time::Duration::from_hours(24);

/// An App Event as a connected user sent it.
#[derive(Debug, Clone)]
pub struct AppEvent {
    /// The tenant.
    pub project_id: ProjectId,
    /// Who sent it.
    pub user_id: ConnectedUserId,
    /// Its name, as given.
    pub name: String,
    /// Its payload: the text of a JSON object, as received.
    pub payload: String,
    /// Restricts it to one account or configuration.
    pub target: Option<Target>,
    /// `Idempotency-Key` and a hash of the body it came with.
    pub idempotency: Option<(String, String)>,
}

/// Restricts an event to what the caller names: accounts, or one configuration.
#[derive(Debug, Clone)]
pub struct Target {
    /// The accounts, resolved by the caller: several where accounts of several integrations have the
    /// label that was given.
    pub credentials: Vec<CredentialId>,
    /// One configuration: its id, `ext:` and its external id, or the external id alone.
    pub configuration: Option<String>,
    /// Where the caller may use a part of the user's configurations alone: these.
    pub only: Option<Vec<ConfigurationId>>,
}

impl Target {
    /// One account, or one configuration of it.
    pub(crate) fn one(credential_id: CredentialId, configuration: Option<String>) -> Self {
        Self { credentials: vec![credential_id], configuration, only: None }
    }
}

/// Something that starts runs, of whatever kind.
#[derive(Debug, Clone)]
pub(crate) struct Incoming {
    pub project_id: ProjectId,
    pub user_id: ConnectedUserId,
    pub kind: Kind,
    /// What lists show: an App Event's name, a workflow's.
    pub name: String,
    /// What templates see as `trigger`: the text of a JSON object.
    pub payload: Arc<str>,
    /// Which deployed workflows it is for.
    pub wanted: Wanted,
    pub target: Option<Target>,
    pub idempotency: Option<Idempotency>,
    /// What people should know about it although all is well.
    pub note: Option<String>,
    /// Whether it is recorded when it starts nothing.
    pub keep: Keep,
}

/// Which deployed workflows something is for.
#[derive(Debug, Clone)]
pub(crate) enum Wanted {
    /// Those that wait for the App Event of this name.
    AppEvent(String),
    /// One.
    Workflow(WorkflowId),
    /// Those that wait for an event of their provider.
    Provider(ProviderWanted),
}

/// Whether something is recorded when it starts nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Keep {
    /// With a note that says why.
    Always,
    /// Only with runs: the sender is told otherwise, or nobody sent it.
    WithRuns,
}

/// The durable answer.
#[derive(Debug, Clone)]
pub struct Accepted {
    /// The event's id.
    pub event_id: ReceivedEventId,
    /// The runs it started; empty when nobody listens.
    pub runs: Vec<RunId>,
    /// True when an earlier call with the same idempotency key had been accepted.
    pub repeated: bool,
}

/// Why an event was not accepted. Nothing was written.
#[derive(Debug, thiserror::Error)]
pub enum AcceptError {
    /// Another body came with the same idempotency key.
    #[error("this idempotency key was used with another body")]
    KeyReused,
    /// The target names no configuration of its accounts.
    #[error("there is no such configuration")]
    NoConfiguration,
    /// It would have started nothing and is of a kind that is then not recorded.
    #[error("no run was started: {}", reason.as_str())]
    Nothing {
        /// Why.
        reason: Reason,
    },
    /// Intake is full; try again after this many seconds.
    #[error("intake is full")]
    Full {
        /// When to try again.
        retry_after_seconds: u64,
    },
    /// It could not be written.
    #[error("the event could not be written")]
    Store(#[from] linchpin_store::Error),
}

/// Why something started fewer runs than one may expect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// No deployed workflow waits for it.
    NobodyListens,
    /// There is no App Event of this name.
    UnknownName,
    /// The user is disabled.
    UserDisabled,
    /// The account must be connected again.
    ReconnectNeeded,
    /// The workflow's permissions do not let the user have it.
    NotPermitted,
    /// The user has not connected an account.
    NoAccount,
    /// The workflow is switched off.
    WorkflowOff,
    /// Every workflow that waits for such events of the provider leaves this one out by its inputs.
    NotWanted,
}

impl Reason {
    /// As stored and shown.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NobodyListens => "nobody listens",
            Self::UnknownName => "unknown name",
            Self::UserDisabled => "user disabled",
            Self::ReconnectNeeded => "reconnect needed",
            Self::NotPermitted => "not permitted",
            Self::NoAccount => "no account",
            Self::WorkflowOff => "workflow off",
            Self::NotWanted => "not wanted",
        }
    }
}

/// What a run repeats.
#[derive(Default)]
pub(crate) struct Repeats {
    /// Which run.
    pub of: Option<RunId>,
    /// What its journal begins with.
    pub lines: Vec<Entry>,
}

/// One run that an event starts.
pub(crate) struct Route {
    version: Arc<Version>,
    credential_id: CredentialId,
    configuration_id: ConfigurationId,
}

impl Engine {
    /// Accepts an App Event: the event and its runs are durable when this returns.
    pub async fn accept_app_event(&self, event: AppEvent) -> Result<Accepted, AcceptError> {
        self.accept(Incoming {
            project_id: event.project_id,
            user_id: event.user_id,
            kind: Kind::AppEvent,
            wanted: Wanted::AppEvent(event.name.clone()),
            name: event.name,
            payload: event.payload.into(),
            target: event.target,
            idempotency: self.of_caller(event.idempotency),
            note: None,
            keep: Keep::Always,
        })
        .await
    }

    /// A caller's key and the hash of its body.
    pub(crate) fn of_caller(&self, idempotency: Option<(String, String)>) -> Option<Idempotency> {
        let kept_until = self.inner.clock.now().plus(KEYS_KEPT);
        idempotency.map(|(key, body_hash)| Idempotency { key, body_hash, kept_until })
    }

    /// Accepts what starts runs: it and its runs are durable when this returns.
    pub(crate) async fn accept(&self, incoming: Incoming) -> Result<Accepted, AcceptError> {
        self.accept_some(incoming, false).await.map(|(accepted, _)| accepted)
    }

    /// Accepts what starts one run, whose answer can be waited for when the workflow gives one.
    pub(crate) async fn accept_one(&self, incoming: Incoming) -> Result<(Accepted, Option<Waiting>), AcceptError> {
        self.accept_some(incoming, true).await
    }

    async fn accept_some(&self, incoming: Incoming, one: bool) -> Result<(Accepted, Option<Waiting>), AcceptError> {
        let event_id = ReceivedEventId::fresh(&*self.inner.clock);
        loop {
            if self.inner.writer.room() == 0 {
                return Err(AcceptError::Full { retry_after_seconds: 1 });
            }
            // Before anything is looked up: what is routed on an older generation is refused by the writer.
            let generation = self.inner.store.generation();
            let project = self.inner.snapshot.project(incoming.project_id).await?;
            let user = self.inner.snapshot.user(incoming.project_id, incoming.user_id).await?;
            let Some(user) = user else {
                // Erased since the caller looked: nothing of the user is recorded any more.
                return Err(AcceptError::Nothing { reason: Reason::UserDisabled });
            };
            let Routed { mut routes, reason, skipped } = route(&project, &user, &incoming)?;
            if one {
                routes.truncate(1);
            }
            let answers = one && routes.first().is_some_and(|route| answers(&route.version.definition));
            if routes.is_empty() && incoming.keep == Keep::WithRuns {
                return Err(AcceptError::Nothing { reason: reason.unwrap_or(Reason::NobodyListens) });
            }
            let now = self.inner.clock.now();
            let row = EventRow::New(NewEvent {
                id: event_id,
                project_id: incoming.project_id,
                user_id: incoming.user_id,
                kind: incoming.kind,
                name: incoming.name.clone(),
                payload: Arc::clone(&incoming.payload),
                note: reason.map(|reason| reason.as_str().to_owned()).or_else(|| incoming.note.clone()),
                skipped,
                received_at: now,
            });
            let mut waiting = None;
            let mut ids = Vec::with_capacity(routes.len());
            let mut runs = Vec::with_capacity(routes.len());
            for route in routes {
                let run = self.active(incoming.project_id, incoming.user_id, route, &incoming.payload);
                if answers {
                    // Before the run begins: its answer may come before this does.
                    let full = AcceptError::Full { retry_after_seconds: 1 };
                    waiting = Some(self.inner.responses.wait(run.id).ok_or(full)?);
                }
                ids.push(run.id);
                runs.push(self.begin(run, &project, &user, now));
            }
            let intake = self.intake(row, incoming.project_id, incoming.user_id, runs, Repeats::default());
            let intake = Intake { idempotency: incoming.idempotency.clone(), generation, ..intake };
            match self.inner.writer.accept(intake).await? {
                Taken::Written => return Ok((Accepted { event_id, runs: ids, repeated: false }, waiting)),
                Taken::Repeated(event_id) => {
                    return Ok((Accepted { event_id, runs: Vec::new(), repeated: true }, None));
                }
                Taken::KeyReused => return Err(AcceptError::KeyReused),
                Taken::Stale { .. } => {
                    self.inner.store.catch_up().await?;
                }
            }
        }
    }

    /// The run of a route, in memory.
    fn active(&self, project_id: ProjectId, user_id: ConnectedUserId, route: Route, payload: &Arc<str>) -> Box<Active> {
        let account = Account {
            project_id,
            user_id,
            credential_id: route.credential_id,
            configuration_id: route.configuration_id,
        };
        Active::new(RunId::fresh(&*self.inner.clock), account, route.version, Arc::clone(payload))
    }

    /// An intake whose run goes to the scheduler with the commit; and the run.
    pub(crate) fn intake_of_one(
        &self,
        event: EventRow,
        project_id: ProjectId,
        user_id: ConnectedUserId,
        route: Route,
        payload: &Arc<str>,
        repeats: Repeats,
    ) -> (RunId, Intake) {
        let mut run = self.active(project_id, user_id, route, payload);
        run.progress = Progress::of(&repeats.lines);
        let id = run.id;
        let place = Place::keep(self, &run);
        (id, self.intake(event, project_id, user_id, vec![Begun::Queued(run, place)], repeats))
    }

    /// An intake whose runs go on with the commit.
    fn intake(
        &self,
        event: EventRow,
        project_id: ProjectId,
        user_id: ConnectedUserId,
        mut runs: Vec<Begun>,
        repeats: Repeats,
    ) -> Intake {
        let mut rows = Vec::with_capacity(runs.len());
        for begun in &mut runs {
            let mut lines: Vec<Line> = repeats.lines.iter().enumerate().map(|(n, entry)| Line::new(n, entry)).collect();
            lines.extend(begun.take_lines());
            rows.push(begun.run().row(repeats.of, lines));
        }
        let engine = self.clone();
        let hand_over = Box::new(move |seqs: &[i64]| {
            for (begun, seq) in runs.into_iter().zip(seqs) {
                begun.go_on(&engine, *seq);
            }
            engine.pump();
        });
        Intake {
            event,
            runs: rows,
            project_id,
            user_id,
            idempotency: None,
            generation: self.inner.store.generation(),
            created_at: self.inner.clock.now(),
            hand_over,
        }
    }
}

impl Route {
    pub(crate) fn of(version: Arc<Version>, credential_id: CredentialId, configuration_id: ConfigurationId) -> Self {
        Self { version, credential_id, configuration_id }
    }
}

/// What something starts.
struct Routed {
    routes: Vec<Route>,
    /// Why it starts less than one may expect.
    reason: Option<Reason>,
    /// What it would have started on accounts that must be reconnected.
    skipped: Vec<Skipped>,
}

impl Routed {
    fn nothing(reason: Reason) -> Self {
        Self { routes: Vec::new(), reason: Some(reason), skipped: Vec::new() }
    }
}

/// Which runs something starts, and why fewer than one may expect.
fn route(project: &Project, user: &UserRouting, incoming: &Incoming) -> Result<Routed, AcceptError> {
    let Incoming { kind, wanted, target, .. } = incoming;
    let target = target.as_ref();
    let mut listening: Vec<&Arc<Version>> = match wanted {
        Wanted::AppEvent(name) => project.of_app_event(name).collect(),
        Wanted::Workflow(workflow_id) => project.of_workflow(*workflow_id).into_iter().collect(),
        Wanted::Provider(wanted) => wanted.listening(project).collect(),
    };
    // It may have been deployed with another trigger since.
    listening.retain(|version| version.definition.trigger.as_ref().is_some_and(|trigger| trigger.kind() == *kind));
    if listening.is_empty() {
        let unknown = matches!(wanted, Wanted::AppEvent(name) if !project.app_events.contains(name));
        return Ok(Routed::nothing(if unknown { Reason::UnknownName } else { Reason::NobodyListens }));
    }
    if user.disabled {
        return Ok(Routed::nothing(Reason::UserDisabled));
    }
    if let Wanted::AppEvent(name) = wanted {
        listening.retain(|version| project.awaits(version, user, name));
        if listening.is_empty() {
            return Ok(Routed::nothing(Reason::NobodyListens));
        }
    }
    let (mut routes, mut skipped) = (Vec::new(), Vec::new());
    let (mut connected, mut named, mut denied, mut unwanted) = (false, false, false, false);
    for version in listening {
        if !project.permits(version.workflow_id, user) {
            denied = true;
            continue;
        }
        for credential in &user.credentials {
            if credential.integration_id != version.integration_id
                || target.is_some_and(|target| !target.credentials.contains(&credential.id))
            {
                continue;
            }
            connected = true;
            for configuration in configurations(credential, target) {
                named = true;
                if !is_on(version, configuration) {
                    continue;
                }
                if let Wanted::Provider(wanted) = wanted
                    && !wanted.takes(version, project, user, configuration)
                {
                    unwanted = true;
                    continue;
                }
                if credential.status == "VALID" {
                    let version = Arc::clone(project.version_for(version, user));
                    routes.push(Route::of(version, credential.id, configuration.id));
                } else {
                    skipped.push(Skipped {
                        workflow_id: version.workflow_id,
                        credential_id: credential.id,
                        configuration_id: configuration.id,
                    });
                }
            }
        }
    }
    if connected && !named && target.is_some_and(|target| target.configuration.is_some()) {
        return Err(AcceptError::NoConfiguration);
    }
    let reason = match (routes.is_empty(), connected, !skipped.is_empty()) {
        (_, _, true) => Some(Reason::ReconnectNeeded),
        (true, false, _) if denied => Some(Reason::NotPermitted),
        (true, false, _) => Some(Reason::NoAccount),
        (true, true, _) if unwanted => Some(Reason::NotWanted),
        (true, true, _) => Some(Reason::WorkflowOff),
        (false, ..) => None,
    };
    Ok(Routed { routes, reason, skipped })
}

/// Whether a workflow is on. One that begins when an account is connected is so from the start.
pub(crate) fn is_on(version: &Version, configuration: &ConfigurationRouting) -> bool {
    if matches!(version.definition.trigger, Some(Trigger::IntegrationEnabled {})) {
        return !configuration.switched_off.contains(&version.workflow_id);
    }
    configuration.enabled.iter().any(|(workflow_id, _)| *workflow_id == version.workflow_id)
}

/// The configurations of an account that are meant.
fn configurations<'a>(
    credential: &'a CredentialRouting,
    target: Option<&'a Target>,
) -> impl Iterator<Item = &'a ConfigurationRouting> {
    let wanted = target.and_then(|target| target.configuration.as_deref());
    let only = target.and_then(|target| target.only.as_deref());
    credential.configurations.iter().filter(move |configuration| {
        if only.is_some_and(|only| !only.contains(&configuration.id)) {
            return false;
        }
        wanted.is_none_or(|wanted| {
            let label = wanted.strip_prefix("ext:").unwrap_or(wanted);
            configuration.id.to_string().eq_ignore_ascii_case(wanted)
                || configuration.external_id.as_deref() == Some(label)
        })
    })
}
