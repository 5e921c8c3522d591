//! Starts what the queues give, and fetches what has spilled.

use linchpin_domain::id::{ConnectedUserId, ProjectId};
use linchpin_domain::run::State as RunState;

use super::slot::Slot;
use super::{FETCH, Start};
use crate::Engine;
use crate::active::{Active, TakenUp};
use crate::perform::Course;

impl Engine {
    /// Performs a run that has a slot.
    pub(crate) fn set_going(&self, mut course: Box<Course>, slot: Slot) {
        let engine = self.clone();
        self.inner.tasks.spawn(async move {
            engine.perform(&mut course).await;
            drop(slot);
        });
    }

    /// Starts what may start.
    pub(crate) fn pump(&self) {
        while !self.inner.stopping.is_cancelled() {
            match self.inner.scheduler.next(self.inner.clock.now()) {
                None => return,
                Some(Start::Run(run)) => {
                    let slot = Slot::of(self, &run);
                    self.set_going(Box::new(Course::new(run)), slot);
                }
                Some(Start::Fetch(project_id, user_id, after, drops)) => {
                    let engine = self.clone();
                    self.inner.tasks.spawn(async move { engine.fetch(project_id, user_id, after, drops).await });
                }
            }
        }
    }

    async fn fetch(&self, project_id: ProjectId, user_id: ConnectedUserId, after: i64, drops: u64) {
        match self.try_fetch(project_id, user_id, after).await {
            Ok((runs, last_seq, complete)) => {
                self.inner.scheduler.fetched(project_id, user_id, runs, last_seq, complete, drops);
            }
            Err(error) => {
                tracing::error!(error = &error as &dyn std::error::Error, user.id = %user_id, "a user's runs could not be fetched; tried again");
                tokio::select! {
                    () = tokio::time::sleep(std::time::Duration::from_secs(1)) => {}
                    () = self.inner.stopping.cancelled() => {}
                }
                self.inner.scheduler.fetched(project_id, user_id, Vec::new(), 0, false, drops);
            }
        }
        self.pump();
    }

    async fn try_fetch(
        &self,
        project_id: ProjectId,
        user_id: ConnectedUserId,
        after: i64,
    ) -> linchpin_store::Result<(Vec<Active>, i64, bool)> {
        let mut conn = self.inner.store.read().await?;
        let found = linchpin_store::runs::list_ready(&mut conn, project_id, user_id, after, FETCH).await?;
        let begun = linchpin_store::journal::begun(&mut conn, found.iter().map(|run| run.seq)).await?;
        drop(conn);
        let complete = (found.len() as i64) < FETCH;
        let last_seq = found.last().map_or(after, |run| run.seq);
        let mut runs = Vec::with_capacity(found.len());
        for run in &found {
            match self.inner.take_up(run, begun.contains(&run.seq)).await? {
                TakenUp::Ready(active) => runs.push(*active),
                TakenUp::Ended(fault) => self.inner.end(run, RunState::Failed, Some(fault)).await?,
            }
        }
        Ok((runs, last_seq, complete))
    }
}
