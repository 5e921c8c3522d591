//! Events that no provider tells: its records are asked for every minute, since the newest that was seen.
//!
//! Each account has its time; when it comes, one question for each event that somebody waits for there,
//! further ones only while an answer is full. The window that is asked for reaches back behind the newest
//! record, since records show up late; what was seen in it is remembered, so that nothing comes twice.
//! Where it stands is kept per workflow and configuration: redeploying does not touch it, switching the
//! workflow off and on begins anew. It begins when the workflow is switched on: older records are
//! nobody's event.
//!
//! Records without a time are told apart by their places in a list: see `places`.

mod places;

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use linchpin_connectors::Found;
use linchpin_connectors::manifest::{Poll, Trigger};
use linchpin_domain::connector::ActionError;
use linchpin_domain::id::{ConfigurationId, ConnectedUserId, CredentialId, IntegrationId, ProjectId, WorkflowId};
use linchpin_domain::trigger::Trigger as DomainTrigger;
use linchpin_domain::{Clock, Timestamp};
use linchpin_engine::{AcceptError, Engine, ProviderEvent};
use linchpin_store::event_destinations::EventDestination;
use linchpin_store::poll_cursors::{self, Cursor};
use linchpin_store::{Store, Tx, trigger_subscriptions, webhook_deliveries};
use serde_json::{Map, Value};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::{Wakes, subscriptions};
use crate::credentials::{Connections, Reader};

/// How long after a hook's call an account is asked.
const TOLD: Duration = Duration::from_secs(1);
/// Accounts that are asked at once.
const AT_ONCE: usize = 16;
/// Pages of one question: HubSpot's searches, for example, end at 10,000 records.
const PAGES: usize = 50;
/// Questions that follow each other when there is more than one can be paged to.
const ROUNDS: usize = 5;
/// How long events that nobody took are kept.
const INBOX_KEPT: Duration = Duration::from_hours(30 * 24);
/// How often those that are too old are removed.
const SWEEP: Duration = Duration::from_mins(10);

/// What polling works with.
#[derive(Clone)]
pub struct Poller {
    /// Where cursors are.
    pub store: Store,
    /// Takes what is found.
    pub engine: Engine,
    /// Asks.
    pub connections: Connections,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// How often an account is asked.
    pub every: Duration,
    /// Who is to be asked before that.
    pub wakes: Wakes,
    /// Cancelled when it ends.
    pub stop: CancellationToken,
}

/// One who waits for an event.
#[derive(Debug, Clone)]
struct Job {
    project_id: ProjectId,
    integration_id: IntegrationId,
    /// The connector's type.
    kind: String,
    event: String,
    user_id: ConnectedUserId,
    waits: Waits,
}

/// Who waits.
#[derive(Debug, Clone)]
enum Waits {
    /// A workflow, in one configuration.
    Workflow(WorkflowId, ConfigurationId),
    /// Somebody who subscribes.
    Subscription(Box<EventDestination>),
}

/// What is asked for, and when.
#[derive(Default)]
struct Plan {
    accounts: HashMap<CredentialId, Vec<Job>>,
    /// When each account is due; those being asked just now are not in it.
    due: BTreeSet<(Timestamp, CredentialId)>,
    asking: HashSet<CredentialId>,
    /// The generation it was made from.
    generation: Option<u64>,
}

/// Starts polling; it ends when `stop` is cancelled.
pub fn start(poller: Poller) {
    tokio::spawn(async move {
        let stop = poller.stop.clone();
        tokio::select! {
            () = stop.cancelled() => {}
            () = poller.run() => {}
        }
    });
}

impl Poller {
    async fn run(self) {
        let mut plan = Plan::default();
        let mut asked: JoinSet<(CredentialId, Duration)> = JoinSet::new();
        let (mut swept_at, mut next_plan) = (Timestamp::default(), Timestamp::default());
        let pause = self.every.clamp(Duration::from_millis(50), Duration::from_secs(1));
        loop {
            tokio::time::sleep(pause).await;
            let now = self.clock.now();
            if now.since(swept_at) >= SWEEP {
                swept_at = now;
                let before = Timestamp::from_millis(now.as_millis() - INBOX_KEPT.as_millis() as i64);
                if let Err(error) = webhook_deliveries::remove_older(&self.store, before).await {
                    tracing::warn!(error = &error as &dyn std::error::Error, "old webhooks could not be removed");
                }
            }
            let generation = self.store.generation();
            if plan.generation != Some(generation) && now >= next_plan {
                match self.plan(&mut plan).await {
                    Ok(()) => plan.generation = Some(generation),
                    Err(error) => {
                        tracing::warn!(error = &error as &dyn std::error::Error, "it is not known what to poll for");
                    }
                }
                // With very many users planning takes its time: it must not be all that is done.
                next_plan = self.clock.now().plus(self.clock.now().since(now) * 20);
            }
            while let Some(done) = asked.try_join_next() {
                let Ok((credential_id, wait)) = done else { continue };
                plan.asking.remove(&credential_id);
                if plan.accounts.contains_key(&credential_id) {
                    plan.due.insert((self.clock.now().plus(wait), credential_id));
                }
            }
            for credential_id in self.wakes.take() {
                if plan.asking.contains(&credential_id) {
                    // What is asked just now may not hold it yet.
                    self.wakes.wake(credential_id);
                } else if plan.accounts.contains_key(&credential_id) {
                    // A moment, in which more may be told.
                    let at = now.plus(TOLD.min(self.every));
                    let sooner = plan.due.iter().any(|(due, id)| *id == credential_id && *due <= at);
                    if !sooner {
                        plan.due.retain(|(_, id)| *id != credential_id);
                        plan.due.insert((at, credential_id));
                    }
                }
            }
            while asked.len() < AT_ONCE {
                let Some((at, credential_id)) = plan.due.first().copied().filter(|(at, _)| *at <= now) else { break };
                plan.due.remove(&(at, credential_id));
                let Some(jobs) = plan.accounts.get(&credential_id).cloned() else { continue };
                plan.asking.insert(credential_id);
                let poller = self.clone();
                asked.spawn(async move {
                    let wait = poller.ask(credential_id, jobs).await;
                    (credential_id, wait)
                });
            }
        }
    }

    /// Finds who waits for what; those who wait for the first time begin now, or when their hook was
    /// wanted.
    async fn plan(&self, plan: &mut Plan) -> linchpin_store::Result<()> {
        let mut conn = self.store.read().await?;
        let mut accounts: HashMap<CredentialId, Vec<Job>> = HashMap::new();
        let (mut fresh, mut counted) = (Vec::new(), HashSet::new());
        for polled in poll_cursors::workflows(&mut conn).await? {
            let Some(DomainTrigger::Provider(trigger)) = &polled.definition.trigger else { continue };
            let Some((_, rule)) = self.rule(polled.project_id, &polled.kind, &trigger.event) else { continue };
            for waiting in poll_cursors::waiting(&mut conn, polled.project_id, polled.workflow_id).await? {
                let job = Job {
                    project_id: polled.project_id,
                    integration_id: polled.integration_id,
                    kind: polled.kind.clone(),
                    event: trigger.event.clone(),
                    user_id: waiting.user_id,
                    waits: Waits::Workflow(polled.workflow_id, waiting.configuration_id),
                };
                if waiting.event.as_deref() != Some(trigger.event.as_str()) {
                    if rule.places.is_some() {
                        counted.insert(waiting.credential_id);
                    }
                    // A hook may have told of something before this plan; providers cut times to the second.
                    let hooked = waiting.event.is_none().then_some(waiting.hooked_at).flatten();
                    fresh.push((job.clone(), hooked.map(|at| Timestamp::from_millis(at.as_millis() / 1_000 * 1_000))));
                }
                accounts.entry(waiting.credential_id).or_default().push(job);
            }
        }
        for trigger_subscriptions::Polled { destination, kind, begun } in
            trigger_subscriptions::polled(&mut conn).await?
        {
            let Some(to) = destination.subscription.clone() else { continue };
            let Some((_, rule)) = self.rule(destination.project_id, &kind, &to.event) else { continue };
            let job = Job {
                project_id: destination.project_id,
                integration_id: to.integration_id,
                kind,
                event: to.event,
                user_id: to.user_id,
                waits: Waits::Subscription(Box::new(destination)),
            };
            if !begun {
                if rule.places.is_some() {
                    counted.insert(to.credential_id);
                }
                fresh.push((job.clone(), None));
            }
            accounts.entry(to.credential_id).or_default().push(job);
        }
        drop(conn);
        let now = self.clock.now();
        if !accounts.is_empty() || !plan.accounts.is_empty() || plan.generation.is_none() {
            let mut tx = self.store.begin().await?;
            poll_cursors::forget_disabled(&mut tx).await?;
            for (job, hooked) in fresh {
                let event = job.event.clone();
                let begun_at = hooked.unwrap_or(now);
                let cursor = Cursor { event, begun_at, newest_at: begun_at, seen: Vec::new(), place: None };
                set_cursor(&mut tx, &job, &cursor).await?;
            }
            tx.commit().await?;
        }
        plan.due.retain(|(_, credential_id)| accounts.contains_key(credential_id));
        let known: HashSet<CredentialId> =
            plan.due.iter().map(|(_, id)| *id).chain(plan.asking.iter().copied()).collect();
        for credential_id in accounts.keys().filter(|id| !known.contains(id)) {
            // Accounts are spread over the time between two questions.
            let offset = self.clock.random() % self.every.as_millis().max(1);
            let offset = Duration::from_millis(u64::try_from(offset).unwrap_or(0));
            plan.due.insert((now.plus(offset), *credential_id));
        }
        // What has no time is counted when it is switched on: until then nothing can be told to be new.
        for credential_id in counted {
            plan.due.retain(|(_, due)| *due != credential_id);
            if !plan.asking.contains(&credential_id) {
                plan.due.insert((now, credential_id));
            }
        }
        plan.accounts = accounts;
        Ok(())
    }

    fn rule(&self, project_id: ProjectId, kind: &str, event: &str) -> Option<(Trigger, Poll)> {
        let registry = self.connections.known_registry_of(project_id);
        let trigger = registry.find(kind)?.triggers.get(event)?;
        trigger.poll.clone().map(|poll| (trigger.clone(), poll))
    }

    /// Asks an account for everything that is waited for there. Answers how long to leave it alone.
    async fn ask(&self, credential_id: CredentialId, jobs: Vec<Job>) -> Duration {
        let mut wait = self.every;
        let mut groups: Vec<(Job, Map<String, Value>, Vec<Job>)> = Vec::new();
        for job in jobs {
            let inputs = match &job.waits {
                Waits::Workflow(workflow, configuration) => {
                    self.engine.trigger_inputs(job.project_id, job.user_id, *workflow, *configuration, &job.event).await
                }
                Waits::Subscription(to) => Ok(to.subscription.as_ref().map(|to| to.inputs.clone())),
            };
            // Switched off or changed since; the next plan knows.
            let Ok(Some(inputs)) = inputs else { continue };
            match groups.iter_mut().find(|(one, same, _)| one.event == job.event && *same == inputs) {
                Some((_, _, members)) => members.push(job),
                None => groups.push((job.clone(), inputs, vec![job])),
            }
        }
        for (first, inputs, members) in groups {
            let asked = self.ask_for(credential_id, &first, &inputs, &members).await;
            if let Err(Unanswered(retry_after)) = asked {
                wait = wait.max(retry_after);
            }
        }
        wait
    }

    /// One question, and what follows from its answer for each who waits for it.
    async fn ask_for(
        &self,
        credential_id: CredentialId,
        first: &Job,
        inputs: &Map<String, Value>,
        members: &[Job],
    ) -> Result<(), Unanswered> {
        let Some((trigger, poll)) = self.rule(first.project_id, &first.kind, &first.event) else { return Ok(()) };
        if let Some(places) = &poll.places {
            let asked = places::Asked { credential_id, first, trigger: &trigger, poll: &poll, places, inputs };
            return self.ask_places(&asked, members).await;
        }
        let overlap = Duration::from_secs(poll.overlap_seconds);
        let mut waiting = self.cursors(members).await?;
        let since = |cursor: &Cursor| {
            let back = Timestamp::from_millis(cursor.newest_at.as_millis() - overlap.as_millis() as i64);
            back.max(cursor.begun_at)
        };
        let Some(mut from) = waiting.iter().map(|(_, cursor)| since(cursor)).min() else { return Ok(()) };
        let mut page = None;
        for number in 1..=PAGES * ROUNDS {
            let question = poll.question(&trigger, inputs, (from, self.clock.now()), page.as_deref());
            let output = self.perform(credential_id, first, &poll.action, question).await;
            let answer = poll.read(&output.map_err(|error| unanswered(credential_id, first, &error))?);
            for (job, cursor) in &mut waiting {
                self.hand_on(credential_id, job, cursor, &answer.found, overlap).await?;
            }
            page = answer.next;
            if page.is_none() {
                break;
            }
            if number % PAGES == 0 {
                // As far as one question can be paged: the next one begins where it ended.
                page = None;
                from = answer.found.last().map_or(from, |last| last.at);
            }
        }
        Ok(())
    }

    /// How far each has come who still waits for the event.
    async fn cursors<'j>(&self, members: &'j [Job]) -> Result<Vec<(&'j Job, Cursor)>, Unanswered> {
        let mut conn = self.store.read().await?;
        let mut waiting = Vec::with_capacity(members.len());
        for job in members {
            let cursor = match &job.waits {
                Waits::Workflow(workflow, configuration) => {
                    poll_cursors::find(&mut conn, *workflow, *configuration).await?
                }
                Waits::Subscription(to) => trigger_subscriptions::cursor(&mut conn, to.project_id, to.id).await?,
            };
            waiting.extend(cursor.filter(|cursor| cursor.event == job.event).map(|cursor| (job, cursor)));
        }
        Ok(waiting)
    }

    /// Makes a call of an action that reads.
    async fn perform(
        &self,
        credential_id: CredentialId,
        job: &Job,
        action: &str,
        inputs: Map<String, Value>,
    ) -> Result<Value, ActionError> {
        let reader = Reader {
            connections: &self.connections,
            project_id: job.project_id,
            credential_id,
            connector: &job.kind,
            stop: &self.stop,
        };
        reader.read(action, inputs).await
    }

    /// Starts a run for an event, or tells the one who subscribes. Nothing starts where the workflow was switched off a moment ago: that is as
    /// wanted.
    async fn start_run(
        &self,
        credential_id: CredentialId,
        job: &Job,
        key: &str,
        payload: &Value,
    ) -> Result<(), Unanswered> {
        let (workflow, configuration) = match &job.waits {
            Waits::Workflow(workflow, configuration) => (*workflow, *configuration),
            Waits::Subscription(to) => {
                let happened = subscriptions::Happened {
                    project_id: job.project_id,
                    credential_id,
                    event: &job.event,
                    key,
                    payload,
                };
                return Ok(subscriptions::tell(&self.store, to, &happened).await?);
            }
        };
        let accepted = self
            .engine
            .accept_provider_event(ProviderEvent {
                project_id: job.project_id,
                integration_id: job.integration_id,
                user_id: job.user_id,
                credential_id,
                event: job.event.clone(),
                payload: payload.to_string().into(),
                key: key.to_owned(),
                only: Some((workflow, configuration)),
                wants: Arc::new(|_| true),
            })
            .await;
        match accepted {
            Ok(_) | Err(AcceptError::Nothing { .. }) => Ok(()),
            Err(error) => {
                tracing::warn!(error = &error as &dyn std::error::Error, "a found event could not be recorded");
                Err(Unanswered(Duration::from_secs(1)))
            }
        }
    }

    /// Starts a run for each record that is new to a workflow, oldest first, and notes how far it came.
    async fn hand_on(
        &self,
        credential_id: CredentialId,
        job: &Job,
        cursor: &mut Cursor,
        found: &[Found],
        overlap: Duration,
    ) -> Result<(), Unanswered> {
        let before = cursor.clone();
        let mut seen: HashSet<String> = cursor.seen.iter().map(|(key, _)| key.clone()).collect();
        let mut outcome = Ok(());
        for record in found.iter().filter(|record| record.at >= cursor.begun_at) {
            if seen.contains(&record.key) {
                continue;
            }
            outcome = self.start_run(credential_id, job, &record.key, &record.payload).await;
            if outcome.is_err() {
                break;
            }
            seen.insert(record.key.clone());
            cursor.seen.push((record.key.clone(), record.at));
            cursor.newest_at = cursor.newest_at.max(record.at);
        }
        let window = Timestamp::from_millis(cursor.newest_at.as_millis() - overlap.as_millis() as i64);
        cursor.seen.retain(|(_, at)| *at >= window);
        if *cursor != before {
            self.keep(job, cursor).await?;
        }
        outcome
    }

    /// Notes how far a workflow has come.
    async fn keep(&self, job: &Job, cursor: &Cursor) -> Result<(), Unanswered> {
        let mut tx = self.store.begin().await?;
        set_cursor(&mut tx, job, cursor).await?;
        tx.commit().await?;
        Ok(())
    }
}

/// An account that could not be asked, or whose answer could not be kept: how long to wait.
struct Unanswered(Duration);

async fn set_cursor(tx: &mut Tx, job: &Job, cursor: &Cursor) -> linchpin_store::Result<()> {
    match &job.waits {
        Waits::Workflow(workflow, configuration) => poll_cursors::set(tx, *workflow, *configuration, cursor).await,
        Waits::Subscription(to) => trigger_subscriptions::set_cursor(tx, to.project_id, to.id, Some(cursor)).await,
    }
}

/// An account could not be asked.
fn unanswered(credential_id: CredentialId, job: &Job, error: &ActionError) -> Unanswered {
    tracing::warn!(
        credential.id = %credential_id,
        event = job.event,
        code = error.code(),
        "an account could not be asked for new events; it is asked again"
    );
    Unanswered::of(error)
}

impl Unanswered {
    fn of(error: &ActionError) -> Self {
        match error {
            ActionError::RateLimited { retry_after, .. } => Self(*retry_after),
            _ => Self(Duration::ZERO),
        }
    }
}

impl From<linchpin_store::Error> for Unanswered {
    fn from(error: linchpin_store::Error) -> Self {
        tracing::warn!(error = &error as &dyn std::error::Error, "the database did not answer a poll");
        Self(Duration::ZERO)
    }
}
