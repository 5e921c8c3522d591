//! The task that starts what nobody's event starts: schedules, and workflows for accounts that were
//! just connected. It follows what changes in the store, and looks at the clock.

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
/// After the database did not answer.
const AGAIN: Duration = Duration::from_secs(1);

/// What changed since it was last followed.
#[derive(Default)]
struct Changes {
    everything: bool,
    projects: BTreeSet<ProjectId>,
    users: BTreeSet<(ProjectId, ConnectedUserId)>,
}

impl Changes {
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

    fn are_none(&self) -> bool {
        !self.everything && self.projects.is_empty() && self.users.is_empty()
    }

    /// Adds what has arrived meanwhile.
    fn drain(&mut self, receiver: &mut Receiver<Change>) {
        loop {
            match receiver.try_recv() {
                Ok(change) => self.add(change),
                Err(TryRecvError::Lagged(_)) => self.everything = true,
                Err(TryRecvError::Empty | TryRecvError::Closed) => return,
            }
        }
    }
}

/// Starts the task.
pub fn start(engine: &Engine) {
    // Before anything is looked at, so that no change is missed.
    let mut receiver = engine.inner.store.changes();
    let engine = engine.clone();
    engine.inner.tasks.clone().spawn(async move {
        let mut timetable = Timetable::default();
        let mut changes = Changes { everything: true, ..Changes::default() };
        while !engine.inner.stopping.is_cancelled() {
            changes.drain(&mut receiver);
            if !changes.are_none() {
                match follow(&engine, &mut timetable, &changes).await {
                    Ok(()) => changes = Changes::default(),
                    Err(error) => {
                        tracing::error!(
                            error = &error as &dyn std::error::Error,
                            "schedules and new accounts could not be looked after; tried again"
                        );
                        sleep(&engine, AGAIN).await;
                        continue;
                    }
                }
            }
            timetable.begin_due(&engine);
            let next = timetable.next().map(|at| at.since(engine.inner.clock.now()));
            // Nothing to wait for is no reason to look at the clock.
            let pause = next.map(|pause| pause.clamp(Duration::from_millis(1), LOOK));
            tokio::select! {
                () = engine.inner.stopping.cancelled() => return,
                change = receiver.recv() => match change {
                    Ok(change) => changes.add(change),
                    Err(RecvError::Lagged(_)) => changes.everything = true,
                    Err(RecvError::Closed) => return,
                },
                () = timetable.ended(&engine) => {}
                () = tokio::time::sleep(pause.unwrap_or(Duration::from_hours(1))), if pause.is_some() => {}
            }
        }
    });
}

async fn follow(engine: &Engine, timetable: &mut Timetable, changes: &Changes) -> linchpin_store::Result<()> {
    let all = if changes.everything {
        let mut conn = engine.inner.store.read().await?;
        timetable.doubt();
        projects::list(&mut conn).await?.into_iter().map(|project| project.id).collect()
    } else {
        changes.projects.clone()
    };
    for project_id in &all {
        timetable.follow_project(engine, *project_id).await?;
        engine.begin_onboarding(*project_id, None).await?;
    }
    for (project_id, user_id) in changes.users.iter().filter(|(project_id, _)| !all.contains(project_id)) {
        timetable.follow_user(engine, *project_id, *user_id).await?;
        engine.begin_onboarding(*project_id, Some(*user_id)).await?;
    }
    Ok(())
}

/// Waits, or until the engine stops.
pub async fn sleep(engine: &Engine, time: Duration) {
    tokio::select! {
        () = engine.inner.stopping.cancelled() => {}
        () = tokio::time::sleep(time) => {}
    }
}
