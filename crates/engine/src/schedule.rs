//! Workflows that begin at a time, once for each configuration that has them on.
//!
//! In memory there is one entry for each workflow and time zone in use, with its next moment; whom a
//! moment is for is read in pages when it comes. A moment is a run's idempotency key, written with the
//! run, so that no crash makes a run twice; when everybody has been started for, the moment is marked.
//!
//! Missed moments (the server was down, or slower than the schedule): the most recent one is made up
//! for, the others are not.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt;
use jiff::tz::TimeZone;
use linchpin_domain::Timestamp;
use linchpin_domain::id::{ConnectedUserId, ProjectId, WorkflowId};
use linchpin_domain::schedule::{Pattern, Schedule, Zone, time_zone};
use linchpin_domain::template::Context;
use linchpin_domain::trigger::Kind;
use linchpin_store::audience::{self, Place};
use linchpin_store::schedule_marks;
use linchpin_store::writer::Idempotency;
use serde_json::{Value, json};
use tokio::sync::mpsc;

use crate::Engine;
use crate::follow::{AT_ONCE, sleep};
use crate::intake::{AcceptError, Incoming, Keep, Target, Wanted};
use crate::snapshot::Scheduled;

/// Configurations read with one query.
const PAGE: i64 = 256;
/// A moment's keys are needed until the next moment has passed; this is added.
const KEYS_KEPT: Duration = Duration::from_hours(24);
/// After the database did not answer, or intake was full.
const AGAIN: Duration = Duration::from_millis(500);

/// The next moments of all schedules. Belongs to one task.
pub struct Timetable {
    entries: HashMap<Key, Entry>,
    /// Workflows whose users' zones all have entries.
    complete: HashSet<WorkflowId>,
    /// Entries that wait for their moment.
    due: BTreeSet<(Timestamp, Key)>,
    begun: mpsc::UnboundedSender<Begun>,
    ended: mpsc::UnboundedReceiver<Begun>,
}

/// A workflow in a time zone.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
struct Key {
    workflow_id: WorkflowId,
    zone: Arc<str>,
}

struct Entry {
    project_id: ProjectId,
    schedule: Schedule,
    pattern: Pattern,
    zone: Zone,
    time_zone: TimeZone,
    next: Timestamp,
    /// The moment that is being started for.
    busy: Option<Timestamp>,
    /// Somebody came to the zone while a moment was being started for.
    joined: bool,
}

/// A moment that was started for.
struct Begun {
    key: Key,
    at: Timestamp,
    /// Configurations that it was for.
    places: usize,
}

impl Default for Timetable {
    fn default() -> Self {
        let (begun, ended) = mpsc::unbounded_channel();
        Self { entries: HashMap::new(), complete: HashSet::new(), due: BTreeSet::new(), begun, ended }
    }
}

impl Timetable {
    /// The next moment of any schedule.
    pub fn next(&self) -> Option<Timestamp> {
        self.due.first().map(|(at, _)| *at)
    }

    /// Takes up what is scheduled in a project now, and drops what no longer is.
    pub async fn follow_project(&mut self, engine: &Engine, project_id: ProjectId) -> linchpin_store::Result<()> {
        let project = engine.inner.snapshot.project(project_id).await?;
        let mut conn = engine.inner.store.read().await?;
        let marks = schedule_marks::list(&mut conn, project_id).await?;
        drop(conn);
        let same = |workflow_id: WorkflowId, schedule: &Schedule| {
            project.schedules.iter().any(|one| one.version.workflow_id == workflow_id && one.schedule == *schedule)
        };
        let gone: Vec<Key> = self
            .entries
            .iter()
            .filter(|(key, entry)| entry.project_id == project_id && !same(key.workflow_id, &entry.schedule))
            .map(|(key, _)| key.clone())
            .collect();
        let mut unmarked: BTreeSet<WorkflowId> = gone.iter().map(|key| key.workflow_id).collect();
        unmarked.extend(marks.keys().map(|(workflow_id, _)| *workflow_id).filter(|workflow_id| {
            !project.schedules.iter().any(|scheduled| scheduled.version.workflow_id == *workflow_id)
        }));
        for workflow_id in &unmarked {
            self.complete.remove(workflow_id);
        }
        for key in gone {
            self.drop_entry(&key);
        }
        if !unmarked.is_empty() {
            let mut tx = engine.inner.store.begin().await?;
            for workflow_id in &unmarked {
                schedule_marks::remove(&mut tx, project_id, *workflow_id, None).await?;
            }
            tx.commit().await?;
        }
        for scheduled in &project.schedules {
            let workflow_id = scheduled.version.workflow_id;
            if self.complete.contains(&workflow_id) {
                continue;
            }
            let Ok(zone) = scheduled.schedule.zone() else { continue };
            for name in zones(engine, project_id, workflow_id, &zone).await? {
                let mark = marks.get(&(workflow_id, name.clone())).filter(|_| !unmarked.contains(&workflow_id));
                self.add(engine, project_id, scheduled, &name, mark.copied()).await?;
            }
            self.complete.insert(workflow_id);
        }
        Ok(())
    }

    /// Looks at all users again: another process may have changed any of them.
    pub fn doubt(&mut self) {
        self.complete.clear();
    }

    /// Takes up the time zone that a user has now, where schedules go by it.
    pub async fn follow_user(
        &mut self,
        engine: &Engine,
        project_id: ProjectId,
        user_id: ConnectedUserId,
    ) -> linchpin_store::Result<()> {
        let project = engine.inner.snapshot.project(project_id).await?;
        if project.schedules.is_empty() {
            return Ok(());
        }
        let Some(user) = engine.inner.snapshot.user(project_id, user_id).await? else { return Ok(()) };
        for scheduled in &project.schedules {
            let workflow_id = scheduled.version.workflow_id;
            let Ok(zone @ Zone::OfUser(_)) = scheduled.schedule.zone() else { continue };
            let mut configurations = user.credentials.iter().flat_map(|credential| &credential.configurations);
            if configurations.any(|one| one.enabled.iter().any(|(id, _)| *id == workflow_id)) {
                let (name, _) = zone.of(&context(&user.external_id, &user.metadata));
                self.add(engine, project_id, scheduled, &name, None).await?;
            }
        }
        Ok(())
    }

    /// Adds an entry that goes on from its mark, or begins now.
    async fn add(
        &mut self,
        engine: &Engine,
        project_id: ProjectId,
        scheduled: &Scheduled,
        zone: &str,
        mark: Option<Timestamp>,
    ) -> linchpin_store::Result<()> {
        let key = Key { workflow_id: scheduled.version.workflow_id, zone: zone.into() };
        if let Some(entry) = self.entries.get_mut(&key) {
            entry.joined = true;
            return Ok(());
        }
        let (Ok(pattern), Ok(of), Some(time_zone)) =
            (scheduled.schedule.pattern(), scheduled.schedule.zone(), time_zone(zone))
        else {
            return Ok(());
        };
        // What was missed before the schedule was deployed was not missed.
        let since = mark.unwrap_or_else(|| engine.inner.clock.now()).max(scheduled.deployed_at);
        if mark.is_none() {
            set_mark(engine, project_id, &key, since).await?;
        }
        let Some(next) = pattern.next_after(since, &time_zone) else { return Ok(()) };
        self.due.insert((next, key.clone()));
        let entry = Entry {
            project_id,
            schedule: scheduled.schedule.clone(),
            pattern,
            zone: of,
            time_zone,
            next,
            busy: None,
            joined: false,
        };
        self.entries.insert(key, entry);
        Ok(())
    }

    fn drop_entry(&mut self, key: &Key) {
        if let Some(entry) = self.entries.remove(key) {
            self.due.remove(&(entry.next, key.clone()));
        }
    }

    /// Begins with every moment that has come.
    pub fn begin_due(&mut self, engine: &Engine) {
        let now = engine.inner.clock.now();
        while let Some((at, key)) = self.due.first().cloned().filter(|(at, _)| *at <= now) {
            self.due.pop_first();
            let Some(entry) = self.entries.get_mut(&key) else { continue };
            // Of several missed moments the most recent one.
            let at = entry.pattern.last_until(now, &entry.time_zone).unwrap_or(at).max(at);
            (entry.busy, entry.joined) = (Some(at), false);
            let after = entry.pattern.next_after(at, &entry.time_zone).unwrap_or(at);
            let moment = Moment {
                project_id: entry.project_id,
                key,
                zone: entry.zone.clone(),
                at,
                kept_until: after.plus(KEYS_KEPT),
            };
            let (engine, begun) = (engine.clone(), self.begun.clone());
            engine.inner.tasks.clone().spawn(async move {
                if let Some(places) = moment.begin(&engine).await {
                    // The timetable is gone when the engine stops.
                    let _ = begun.send(Begun { key: moment.key, at: moment.at, places });
                }
            });
        }
    }

    /// Waits for a moment that everybody has been started for, and sets its schedule's next one.
    pub async fn ended(&mut self, engine: &Engine) {
        let Some(Begun { key, at, places }) = self.ended.recv().await else { return };
        let Some(entry) = self.entries.get_mut(&key).filter(|entry| entry.busy == Some(at)) else { return };
        entry.busy = None;
        let deserted = places == 0 && !entry.joined && matches!(entry.zone, Zone::OfUser(_));
        let next = entry.pattern.next_after(at, &entry.time_zone).filter(|_| !deserted);
        if let Some(next) = next {
            entry.next = next;
            self.due.insert((next, key));
            return;
        }
        // Nobody is in this zone any more: whoever comes to it brings it back.
        let project_id = entry.project_id;
        self.entries.remove(&key);
        if let Err(error) = unmark(engine, project_id, &key).await {
            tracing::warn!(error = &error as &dyn std::error::Error, workflow.id = %key.workflow_id, "a schedule's mark could not be removed");
        }
    }
}

/// A moment that has come.
struct Moment {
    project_id: ProjectId,
    key: Key,
    zone: Zone,
    at: Timestamp,
    kept_until: Timestamp,
}

impl Moment {
    /// Starts for everybody. How many that are; `None` when the engine stopped before it was done.
    async fn begin(&self, engine: &Engine) -> Option<usize> {
        let mut places = 0;
        let mut after = None;
        loop {
            let page = self.page(engine, after).await?;
            let mine = page.iter().filter_map(|place| {
                let (zone, note) = self.zone.of(&context(&place.external_id, &place.metadata));
                (*zone == *self.key.zone).then(|| self.incoming(place, note))
            });
            let mine: Vec<Incoming> = mine.collect();
            places += mine.len();
            let started = futures::stream::iter(mine)
                .map(|incoming| engine.accept_of_ours(incoming))
                .buffer_unordered(AT_ONCE)
                .all(|done| async move { done.is_ok() })
                .await;
            if !started || engine.inner.stopping.is_cancelled() {
                return None;
            }
            match page.last() {
                Some(last) if page.len() as i64 == PAGE => after = Some(last.configuration_id),
                _ => break,
            }
        }
        if let Err(error) = set_mark(engine, self.project_id, &self.key, self.at).await {
            // Its keys keep it from being started twice.
            tracing::warn!(error = &error as &dyn std::error::Error, workflow.id = %self.key.workflow_id, "a schedule's mark could not be set");
        }
        Some(places)
    }

    async fn page(&self, engine: &Engine, after: Option<linchpin_domain::id::ConfigurationId>) -> Option<Vec<Place>> {
        while !engine.inner.stopping.is_cancelled() {
            let read = async {
                let mut conn = engine.inner.store.read().await?;
                audience::enabled(&mut conn, self.project_id, self.key.workflow_id, after, PAGE).await
            };
            match read.await {
                Ok(page) => return Some(page),
                Err(error) => {
                    tracing::error!(error = &error as &dyn std::error::Error, workflow.id = %self.key.workflow_id, "a schedule's users could not be read; tried again");
                    sleep(engine, AGAIN).await;
                }
            }
        }
        None
    }

    fn incoming(&self, place: &Place, note: Option<String>) -> Incoming {
        let key = format!("schedule/{}/{}/{}", self.key.workflow_id, place.configuration_id, self.at.as_millis());
        Incoming {
            project_id: self.project_id,
            user_id: place.user_id,
            kind: Kind::Schedule,
            name: "Schedule".into(),
            payload: json!({"scheduledFor": self.at, "timeZone": *self.key.zone}).to_string().into(),
            wanted: Wanted::Workflow(self.key.workflow_id),
            target: Some(Target::one(place.credential_id, Some(place.configuration_id.to_string()))),
            idempotency: Some(Idempotency::own(&key, self.kept_until)),
            note,
            keep: Keep::WithRuns,
        }
    }
}

impl Engine {
    /// Accepts what we start ourselves. What the database cannot take just now is tried again until the
    /// engine stops, which is the only error; what starts nothing any more is no error.
    pub(crate) async fn accept_of_ours(&self, incoming: Incoming) -> linchpin_store::Result<()> {
        loop {
            match self.accept(incoming.clone()).await {
                Ok(_) | Err(AcceptError::Nothing { .. } | AcceptError::NoConfiguration | AcceptError::KeyReused) => {
                    return Ok(());
                }
                Err(AcceptError::Full { .. }) => {}
                Err(AcceptError::Store(error)) => {
                    tracing::error!(
                        error = &error as &dyn std::error::Error,
                        trigger.kind = incoming.kind.as_str(),
                        "a run could not be started; tried again"
                    );
                }
            }
            sleep(self, AGAIN).await;
            if self.inner.stopping.is_cancelled() {
                return Err(linchpin_store::Error::Stopped);
            }
        }
    }
}

/// The zones in which a workflow's schedule is looked after: one, or those of the users who have it on.
async fn zones(
    engine: &Engine,
    project_id: ProjectId,
    workflow_id: WorkflowId,
    zone: &Zone,
) -> linchpin_store::Result<HashSet<String>> {
    let mut found = HashSet::new();
    if let Zone::Named(name) = zone {
        found.insert(name.clone());
        return Ok(found);
    }
    let mut after = None;
    loop {
        let mut conn = engine.inner.store.read().await?;
        let page = audience::enabled(&mut conn, project_id, workflow_id, after, PAGE).await?;
        drop(conn);
        found.extend(page.iter().map(|place| zone.of(&context(&place.external_id, &place.metadata)).0));
        match page.last() {
            Some(last) if page.len() as i64 == PAGE => after = Some(last.configuration_id),
            _ => return Ok(found),
        }
    }
}

fn context(external_id: &str, metadata: &Value) -> Context {
    let mut context = Context::default();
    context.set("user", &json!({"id": external_id, "metadata": metadata}));
    context
}

async fn set_mark(engine: &Engine, project_id: ProjectId, key: &Key, at: Timestamp) -> linchpin_store::Result<()> {
    let mut tx = engine.inner.store.begin().await?;
    schedule_marks::set(&mut tx, project_id, key.workflow_id, &key.zone, at).await?;
    tx.commit().await
}

async fn unmark(engine: &Engine, project_id: ProjectId, key: &Key) -> linchpin_store::Result<()> {
    let mut tx = engine.inner.store.begin().await?;
    schedule_marks::remove(&mut tx, project_id, key.workflow_id, Some(&key.zone)).await?;
    tx.commit().await
}
