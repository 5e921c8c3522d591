//! Carries out what [`decide`] says, until the run ends, waits, is in doubt, or the engine stops.
//!
//! One turn of the loop: decide, do at once what needs nobody else (conditions, loops, delays), set off
//! the calls, write what there is to write, then wait for the first call to land. Everything is written
//! before the loop waits for anything: an intent before its call is sent, an outcome before the next
//! step starts. An outcome that cannot be written just now (disk full, database away) is held and
//! written again.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use futures::future::BoxFuture;
use futures::stream::FuturesUnordered;
use futures::{FutureExt, StreamExt};
use linchpin_domain::Timestamp;
use linchpin_domain::journal::{Entry, Event};
use linchpin_domain::run::{Fault, State};
use linchpin_store::routing::UserRouting;
use linchpin_store::writer::Line;
use tokio::sync::OwnedMutexGuard;

use crate::Engine;
use crate::active::{Active, fault};
use crate::decide::{Job, Next, What, decide};
use crate::flight::{Flight, Landed};
use crate::responses::Response;
use crate::snapshot::{Project, Version};
use crate::task::{Outcome, Prepared, Task};

/// Lines that are held back at most; a loop that makes no calls writes now and then.
const HELD_LINES: usize = 200;
/// Lines that a run may have before its event is accepted: whoever sent it waits.
const PREPARED_LINES: usize = 8;
/// A call that takes longer than this is worth a row that says that the run runs.
const SHOWN_AFTER: Duration = Duration::from_millis(200);
/// How long the loop sleeps at most before it looks at the clock, which may have been set.
const LOOK: Duration = Duration::from_millis(250);

/// A run that is being performed.
pub(crate) struct Course {
    pub run: Box<Active>,
    pub version: Arc<Version>,
    /// Lines that are not written yet.
    pub lines: Vec<Line>,
    /// What the run's row says, as far as this performer wrote it: its state, and how many steps are done.
    pub shown: Option<(State, u32)>,
    /// Answers to callers, given when the lines before them are written.
    pub answers: Vec<Response>,
    /// Calls whose intents are not written yet: nothing of them is sent before.
    launched: Vec<Launched>,
    /// Among the lines that are not written yet, the first intent.
    first_intent: Option<usize>,
    flying: FuturesUnordered<BoxFuture<'static, Landed>>,
    /// Paths that are launched or flying.
    under_way: HashSet<String>,
    /// Flights whose turn has come: nobody else writes with the same natural key.
    granted: Vec<Flight>,
    /// Turns among writes with one natural key, by path: one in doubt is settled before the next.
    turns: HashMap<String, OwnedMutexGuard<()>>,
    /// Doubts that only a person can settle, by path.
    pub asked: HashMap<String, Fault>,
    /// Doubts whose provider could not be asked: again then, and why.
    pub postponed: HashMap<String, (Timestamp, Fault)>,
}

/// A call that waits for its intent to be written.
struct Launched {
    path: String,
    extra: bool,
    call: BoxFuture<'static, Landed>,
}

/// What a turn of the loop came to.
enum Turn {
    /// Something was done: decide again.
    Moved,
    /// Nothing can be done before a call lands, or until then.
    Wait(Option<Timestamp>),
    /// The run left: it ended, waits, or is in doubt.
    Left,
}

impl Course {
    pub fn new(run: Box<Active>) -> Self {
        Self {
            version: Arc::clone(&run.version),
            run,
            lines: Vec::new(),
            shown: None,
            answers: Vec::new(),
            launched: Vec::new(),
            first_intent: None,
            flying: FuturesUnordered::new(),
            under_way: HashSet::new(),
            granted: Vec::new(),
            turns: HashMap::new(),
            asked: HashMap::new(),
            postponed: HashMap::new(),
        }
    }

    /// What is held was written: the calls may be sent.
    pub fn written(&mut self) {
        self.first_intent = None;
        self.flying.extend(self.launched.drain(..).map(|launched| launched.call));
    }

    /// Folds a line in, to be written with the next write.
    pub fn add(&mut self, entry: Entry) {
        self.lines.push(Line::new(self.run.progress.lines(), &entry));
        self.run.progress.add(entry);
    }
}

impl Engine {
    /// Performs a run.
    pub(crate) async fn perform(&self, course: &mut Course) {
        loop {
            if self.inner.stopping.is_cancelled() || self.inner.scheduler.is_cancelled(course.run.seq) {
                return self.land_all(course).await;
            }
            match self.turn(course).await {
                Ok(Turn::Moved) if course.lines.len() < HELD_LINES => {}
                Ok(Turn::Moved) => self.write(course, State::Running, None, None).await,
                Ok(Turn::Wait(until)) => self.wait_for_landing(course, until).await,
                Ok(Turn::Left) => return,
                Err(error) => {
                    tracing::error!(error = &error as &dyn std::error::Error, run.id = %course.run.id, "a run could not go on; it is taken up again");
                    self.land_all(course).await;
                    self.inner.wake_later(&course.run);
                    return;
                }
            }
        }
    }

    async fn turn(&self, course: &mut Course) -> linchpin_store::Result<Turn> {
        let version = Arc::clone(&course.version);
        let jobs = match decide(&version.definition, &course.run.progress) {
            Next::Succeed => {
                self.finish(course, State::Succeeded, None).await;
                return Ok(Turn::Left);
            }
            Next::Fail(fault) => {
                self.finish(course, State::Failed, Some(fault)).await;
                return Ok(Turn::Left);
            }
            Next::Go(jobs) => jobs,
        };
        let user = match self.user(&course.run).await? {
            Ok(user) => user,
            Err(reason) => {
                self.land_all(course).await;
                self.finish(course, State::Cancelled, Some(reason)).await;
                return Ok(Turn::Left);
            }
        };
        let project = self.inner.snapshot.project(course.run.project_id).await?;
        let now = self.inner.clock.now();
        for flight in std::mem::take(&mut course.granted) {
            self.launch(course, flight, &project);
        }
        let (earliest, moved) = self.take_all(course, &jobs, &project, &user, now);
        if moved {
            return Ok(Turn::Moved);
        }
        if !course.under_way.is_empty() {
            return Ok(Turn::Wait(earliest.map(|(at, _)| at)));
        }
        // Nothing is under way and nothing can be begun: the run gives its slot back.
        match (earliest, course.asked.values().next().cloned()) {
            (Some((at, path)), doubt) => {
                let postponed = course.postponed.get(path).map(|(_, fault)| fault.clone());
                let failed = || course.run.progress.step(path).and_then(|step| step.fault.clone());
                let why = doubt.or(postponed).or_else(failed);
                self.wait(course, at, why).await;
            }
            (None, Some(doubt)) => {
                self.write(course, State::InDoubt, None, Some(doubt)).await;
                self.inner.responses.moved(course.run.id);
            }
            (None, None) => unreachable!("decide gives something to do unless the run is over"),
        }
        Ok(Turn::Left)
    }

    /// The user's accounts; or why the run cannot go on for this user.
    async fn user(&self, run: &Active) -> linchpin_store::Result<Result<Arc<UserRouting>, Fault>> {
        let Some(user) = self.inner.snapshot.user(run.project_id, run.user_id).await? else {
            return Ok(Err(fault("user_deleted", "the connected user was deleted")));
        };
        if user.disabled {
            return Ok(Err(fault("user_disabled", "the connected user is disabled")));
        }
        if !user.credentials.iter().any(|credential| credential.id == run.credential_id) {
            return Ok(Err(fault("disconnected", "the account was disconnected")));
        }
        Ok(Ok(user))
    }

    /// Goes as far as the first call of a run that is not written yet, with what it is accepted with. The call is
    /// not sent before [`Course::written`].
    pub(crate) fn prepare(&self, course: &mut Course, project: &Arc<Project>, user: &UserRouting, now: Timestamp) {
        let version = Arc::clone(&course.version);
        while course.under_way.is_empty() && course.lines.len() < PREPARED_LINES {
            let Next::Go(jobs) = decide(&version.definition, &course.run.progress) else { return };
            if !self.take_all(course, &jobs[..1], project, user, now).1 {
                return;
            }
        }
    }

    /// Does what can be done at once and sets off what can be. Says when the earliest of the others can be, and
    /// whether anything was done.
    fn take_all<'j>(
        &self,
        course: &mut Course,
        jobs: &'j [Job<'_>],
        project: &Arc<Project>,
        user: &UserRouting,
        now: Timestamp,
    ) -> (Option<(Timestamp, &'j str)>, bool) {
        let (mut earliest, mut moved): (Option<(Timestamp, &str)>, bool) = (None, false);
        for job in jobs {
            if course.under_way.contains(&*job.path) || course.asked.contains_key(&*job.path) {
                continue;
            }
            let took = match not_before(course, job) {
                Some(at) if at > now => Took::Later(at),
                _ => self.take(course, job, project, user, now),
            };
            match took {
                Took::Line => moved = true,
                Took::Flight => {}
                Took::Later(at) if earliest.is_some_and(|(earlier, _)| earlier <= at) => {}
                Took::Later(at) => earliest = Some((at, &*job.path)),
            }
            if moved && course.lines.len() >= HELD_LINES {
                break;
            }
        }
        (earliest, moved)
    }

    /// Does a job at once, or sets it off.
    fn take(
        &self,
        course: &mut Course,
        job: &Job<'_>,
        project: &Arc<Project>,
        user: &UserRouting,
        now: Timestamp,
    ) -> Took {
        let task = Task { run: &course.run, project, step: job.step, path: &job.path, attempt: job.attempt };
        match task.begin(&job.what, user, &*self.inner.connector, now) {
            Prepared::Line(event) => {
                let entry = task.entry(now, event);
                course.add(entry);
                Took::Line
            }
            Prepared::Answer(event, response) => {
                let entry = task.entry(now, event);
                course.add(entry);
                course.answers.push(response);
                Took::Line
            }
            Prepared::Ask(fault) => {
                course.asked.insert(job.path.clone().into_owned(), fault);
                // The others may go on; decide says the same again without this one.
                Took::Flight
            }
            Prepared::Flight(flight) => self.set_off(course, *flight, project, now),
        }
    }

    /// Sets a flight off, or says when it can be.
    fn set_off(&self, course: &mut Course, mut flight: Flight, project: &Arc<Project>, now: Timestamp) -> Took {
        let credential_id = course.run.credential_id;
        // Another server's address does not wait for the account's limits.
        if flight.is_on_account()
            && let Some(until) = self.inner.scheduler.paused(credential_id, now)
        {
            return Took::Later(until);
        }
        if flight.calls_outside() {
            // The run has one slot; a loop takes further ones as long as the account has some.
            if !course.under_way.is_empty() {
                if !self.inner.scheduler.try_extra(credential_id) {
                    return Took::Flight;
                }
                flight.extra = true;
            }
        }
        course.under_way.insert(flight.path.clone());
        let turn = match course.turns.remove(&flight.path) {
            Some(held) => Some(Ok(held)),
            None => flight.serial_key().map(|key| self.inner.serial.turn(format!("{credential_id}/{key}"))),
        };
        match turn {
            None => self.launch(course, flight, project),
            Some(Ok(guard)) => {
                flight.turn = Some(guard);
                self.launch(course, flight, project);
            }
            // Writes with one natural key go one after another: two must not both find nothing and create.
            Some(Err(turn)) => course.flying.push(
                async move {
                    flight.turn = Some(turn.await);
                    Landed::Granted(Box::new(flight))
                }
                .boxed(),
            ),
        }
        Took::Flight
    }

    /// The call itself. It is sent only after its intent, which is added here, was written.
    fn launch(&self, course: &mut Course, mut flight: Flight, project: &Arc<Project>) {
        if let Some(entry) = flight.intent(&course.run, project, self.inner.clock.now()) {
            course.first_intent.get_or_insert(course.lines.len());
            course.add(entry);
        }
        let (path, extra) = (flight.path.clone(), flight.extra);
        course.launched.push(Launched { path, extra, call: flight.fly(self.clone()).boxed() });
    }

    /// Writes what there is, then waits until a call lands or a time comes.
    async fn wait_for_landing(&self, course: &mut Course, until: Option<Timestamp>) {
        if course.lines.is_empty() {
            // Reads and Functions have no intent.
            course.written();
        } else {
            self.keep(course).await;
            if !course.lines.is_empty() {
                // The engine stops, and what could not be written is not sent either.
                return;
            }
        }
        let sleep = until.map_or(LOOK * 4, |at| at.since(self.inner.clock.now()).clamp(Duration::from_millis(1), LOOK));
        let is_shown = Self::is_shown(course);
        let landed = tokio::select! {
            landed = course.flying.next() => landed,
            () = tokio::time::sleep(sleep), if until.is_some() => None,
            () = tokio::time::sleep(SHOWN_AFTER), if !is_shown => {
                self.write(course, State::Running, None, None).await;
                None
            }
        };
        if let Some(landed) = landed {
            self.land(course, landed).await;
            // Whatever else has landed meanwhile is written with it.
            while let Some(Some(landed)) = course.flying.next().now_or_never() {
                self.land(course, landed).await;
            }
        }
    }

    /// Waits for the calls that are under way and writes what came of them. Begins nothing: a call that
    /// was not sent yet is forgotten together with its intent.
    async fn land_all(&self, course: &mut Course) {
        if let Some(first) = course.first_intent.take() {
            course.lines.truncate(first);
        }
        for Launched { path, extra, .. } in std::mem::take(&mut course.launched) {
            self.give_back(course, &path, extra);
        }
        while let Some(landed) = course.flying.next().await {
            self.land(course, landed).await;
        }
        for flight in std::mem::take(&mut course.granted) {
            self.give_back(course, &flight.path, flight.extra);
        }
        if !course.lines.is_empty() {
            self.write(course, State::Running, None, None).await;
        }
    }

    async fn land(&self, course: &mut Course, landed: Landed) {
        let (mut flight, landing) = match landed {
            Landed::Granted(flight) => {
                course.granted.push(*flight);
                return;
            }
            Landed::Done(flight, landing) => (flight, landing),
        };
        self.give_back(course, &flight.path, flight.extra);
        let version = Arc::clone(&course.version);
        let (Some(step), Ok(project)) =
            (version.step(flight.key()), self.inner.snapshot.project(course.run.project_id).await)
        else {
            // Without the project's secrets nothing can be masked; the intent leads to the same question.
            tracing::error!(run.id = %course.run.id, "an outcome could not be kept: the database did not answer");
            return;
        };
        let task = Task { run: &course.run, project: &project, step, path: &flight.path, attempt: flight.attempt };
        let now = self.inner.clock.now();
        if flight.is_on_account() {
            let credential_id = course.run.credential_id;
            match landing.was_heard() {
                Some(true) => self.inner.scheduler.answered(credential_id),
                Some(false) => self.inner.scheduler.unanswered(credential_id, flight.began, now),
                None => {}
            }
        }
        match task.landed(&flight, *landing, now, self.inner.clock.random()) {
            Outcome::Line { event, pause } => {
                if let Some(until) = pause {
                    self.inner.scheduler.pause(course.run.credential_id, until);
                }
                if matches!(event, Event::InDoubt { .. }) {
                    tracing::warn!(run.id = %course.run.id, step.key = %flight.path, "a write is in doubt");
                    metrics::counter!("linchpin_doubts").increment(1);
                    if let Some(turn) = flight.turn.take() {
                        course.turns.insert(flight.path.clone(), turn);
                    }
                }
                let entry = task.entry(now, event);
                course.add(entry);
            }
            Outcome::Ask(fault) => {
                course.asked.insert(flight.path.clone(), fault);
            }
            Outcome::AskLater { at, fault, pause } => {
                if pause {
                    self.inner.scheduler.pause(course.run.credential_id, at);
                }
                course.postponed.insert(flight.path.clone(), (at, fault));
            }
        }
    }

    fn give_back(&self, course: &mut Course, path: &str, extra: bool) {
        course.under_way.remove(path);
        if extra {
            self.inner.scheduler.give_extra(course.run.credential_id);
        }
    }
}

/// What became of a job.
enum Took {
    /// A line says that it is done.
    Line,
    /// It is under way, or waits for a slot of another that is.
    Flight,
    /// Not before then.
    Later(Timestamp),
}

fn not_before(course: &Course, job: &Job<'_>) -> Option<Timestamp> {
    match job.what {
        What::Perform { not_before } => not_before,
        What::Settle { .. } => course.postponed.get(&*job.path).map(|(at, _)| *at),
        _ => None,
    }
}
