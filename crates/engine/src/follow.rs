//! The tasks that start what nobody's event starts: schedules, and workflows for accounts that were
//! just connected. Both follow what changes in the store; the first also looks at the clock.

use std::collections::BTreeSet;
use std::time::Duration;

use linchpin_domain::id::{ConnectedUserId, ProjectId};
use linchpin_store::{Change, projects};
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::{RecvError, TryRecvError};

use crate::Engine;
use crate::schedule::Timetable;

/// How often the clock is looked at, because it may have been set.
const LOOK: Duration = Duration::from_millis(250);
/// Configurations that are started for at once: they share commits.
pub const AT_ONCE: usize = 64;
/// After the database did not answer.
const AGAIN: Duration = Duration::from_secs(1);

/// What changed since it was last followed: at first, everything.
struct Changes {
    receiver: Receiver<Change>,
    everything: bool,
    projects: BTreeSet<ProjectId>,
    users: BTreeSet<(ProjectId, ConnectedUserId)>,
}

/// Projects to look at, and users of other projects.
struct Changed {
    everything: bool,
    projects: BTreeSet<ProjectId>,
    users: BTreeSet<(ProjectId, ConnectedUserId)>,
}

impl Changes {
    fn new(engine: &Engine) -> Self {
        let receiver = engine.inner.store.changes();
        Self { receiver, everything: true, projects: BTreeSet::new(), users: BTreeSet::new() }
    }

    fn add(&mut self, change: Change) {
        match change {
            Change::Everything => self.everything = true,
            Change::Project(project_id) => {
                self.projects.insert(project_id);
            }
            Change::User(project_id, user_id) => {
                self.users.insert((project_id, user_id));
            }
        }
    }

    /// Waits for a change; false when there will be none any more.
    async fn arrive(&mut self) -> bool {
        match self.receiver.recv().await {
            Ok(change) => self.add(change),
            Err(RecvError::Lagged(_)) => self.everything = true,
            Err(RecvError::Closed) => return false,
        }
        true
    }

    /// What has changed, if anything.
    async fn read(&mut self, engine: &Engine) -> linchpin_store::Result<Option<Changed>> {
        loop {
            match self.receiver.try_recv() {
                Ok(change) => self.add(change),
                Err(TryRecvError::Lagged(_)) => self.everything = true,
                Err(TryRecvError::Empty | TryRecvError::Closed) => break,
            }
        }
        if !self.everything && self.projects.is_empty() && self.users.is_empty() {
            return Ok(None);
        }
        let mut changed =
            Changed { everything: self.everything, projects: self.projects.clone(), users: self.users.clone() };
        if self.everything {
            let mut conn = engine.inner.store.read().await?;
            changed.projects = projects::list(&mut conn).await?.into_iter().map(|project| project.id).collect();
        }
        changed.users.retain(|(project_id, _)| !changed.projects.contains(project_id));
        Ok(Some(changed))
    }

    /// All that was read has been followed. What has arrived since is still in the receiver.
    fn done(&mut self) {
        self.everything = false;
        self.projects.clear();
        self.users.clear();
    }
}

/// Starts the tasks.
pub fn start(engine: &Engine) {
    // Before anything is looked at, so that no change is missed.
    let (first, second) = (Changes::new(engine), Changes::new(engine));
    engine.inner.tasks.spawn(schedules(engine.clone(), first));
    engine.inner.tasks.spawn(onboarding(engine.clone(), second));
}

async fn schedules(engine: Engine, mut changes: Changes) {
    let mut timetable = Timetable::default();
    while !engine.inner.stopping.is_cancelled() {
        if let Err(error) = follow_schedules(&engine, &mut timetable, &mut changes).await {
            failed(&engine, &error).await;
            continue;
        }
        timetable.begin_due(&engine);
        let next = timetable.next().map(|at| at.since(engine.inner.clock.now()));
        // Nothing to wait for is no reason to look at the clock.
        let pause = next.map(|pause| pause.clamp(Duration::from_millis(1), LOOK));
        tokio::select! {
            () = engine.inner.stopping.cancelled() => return,
            more = changes.arrive() => if !more { return },
            () = timetable.ended(&engine) => {}
            () = tokio::time::sleep(pause.unwrap_or_default()), if pause.is_some() => {}
        }
    }
}

async fn follow_schedules(
    engine: &Engine,
    timetable: &mut Timetable,
    changes: &mut Changes,
) -> linchpin_store::Result<()> {
    let Some(changed) = changes.read(engine).await? else { return Ok(()) };
    if changed.everything {
        timetable.doubt();
    }
    for project_id in &changed.projects {
        timetable.follow_project(engine, *project_id).await?;
    }
    for (project_id, user_id) in &changed.users {
        timetable.follow_user(engine, *project_id, *user_id).await?;
    }
    changes.done();
    Ok(())
}

async fn onboarding(engine: Engine, mut changes: Changes) {
    while !engine.inner.stopping.is_cancelled() {
        if let Err(error) = follow_onboarding(&engine, &mut changes).await {
            failed(&engine, &error).await;
            continue;
        }
        tokio::select! {
            () = engine.inner.stopping.cancelled() => return,
            more = changes.arrive() => if !more { return },
        }
    }
}

async fn follow_onboarding(engine: &Engine, changes: &mut Changes) -> linchpin_store::Result<()> {
    let Some(changed) = changes.read(engine).await? else { return Ok(()) };
    for project_id in &changed.projects {
        engine.begin_onboarding(*project_id, None).await?;
    }
    for (project_id, user_id) in &changed.users {
        engine.begin_onboarding(*project_id, Some(*user_id)).await?;
    }
    changes.done();
    Ok(())
}

async fn failed(engine: &Engine, error: &linchpin_store::Error) {
    if !engine.inner.stopping.is_cancelled() {
        tracing::error!(
            error = error as &dyn std::error::Error,
            "schedules or new accounts could not be looked after; tried again"
        );
        sleep(engine, AGAIN).await;
    }
}

/// Waits, or until the engine stops.
pub async fn sleep(engine: &Engine, time: Duration) {
    tokio::select! {
        () = engine.inner.stopping.cancelled() => {}
        () = tokio::time::sleep(time) => {}
    }
}
