//! Starts what the queues give, and fetches what has spilled.

use linchpin_domain::run::State as RunState;

use super::slot::Slot;
use super::{Fetch, Start};
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
                Some(Start::Fetch(fetch)) => {
                    let engine = self.clone();
                    self.inner.tasks.spawn(async move { engine.fetch(fetch).await });
                }
            }
        }
    }

    async fn fetch(&self, fetch: Fetch) {
        match self.try_fetch(fetch).await {
            Ok((runs, last_seq, complete)) => self.inner.scheduler.fetched(fetch, runs, last_seq, complete),
            Err(error) => {
                tracing::error!(error = &error as &dyn std::error::Error, user.id = %fetch.user_id, "a user's runs could not be fetched; tried again");
                tokio::select! {
                    () = tokio::time::sleep(std::time::Duration::from_secs(1)) => {}
                    () = self.inner.stopping.cancelled() => {}
                }
                self.inner.scheduler.fetched(fetch, Vec::new(), 0, false);
            }
        }
        self.pump();
    }

    async fn try_fetch(&self, fetch: Fetch) -> linchpin_store::Result<(Vec<Active>, i64, bool)> {
        let Fetch { project_id, user_id, after, most, .. } = fetch;
        let mut conn = self.inner.store.read().await?;
        let found = linchpin_store::runs::list_ready(&mut conn, project_id, user_id, after, most as i64).await?;
        let begun = linchpin_store::journal::begun(&mut conn, found.iter().map(|run| run.seq)).await?;
        drop(conn);
        let complete = found.len() < most;
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
