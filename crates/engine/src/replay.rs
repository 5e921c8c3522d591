//! Runs that were: again from the start, or on from the step that failed.

use std::sync::Arc;

use linchpin_domain::id::{ProjectId, RunId};
use linchpin_domain::journal::{Entry, Event};
use linchpin_domain::run::State;
use linchpin_domain::step::OnError;
use linchpin_domain::trigger::Kind;
use linchpin_store::runs::Run;
use linchpin_store::writer::{EventRow, Intake, Taken};
use linchpin_store::{journal, received_events};

use crate::Engine;
use crate::control::ControlError;
use crate::intake::{Repeats, Route};
use crate::progress::{Progress, item_of, key_of};
use crate::snapshot::Version;

/// How a run is replayed.
#[derive(Debug, Clone, Copy, Default)]
pub struct Replay {
    /// On which version.
    pub version: VersionToRun,
    /// From where.
    pub from: From,
}

/// The version that a replay runs on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum VersionToRun {
    /// The one that the run had.
    #[default]
    Original,
    /// The one that is deployed now.
    Current,
}

/// Where a replay begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum From {
    /// At the first step.
    #[default]
    Start,
    /// At the step that failed: what was finished is not done again.
    Failed,
}

impl Engine {
    /// Runs a run's event again. Returns the new run; the old one stays as it is.
    pub async fn replay(&self, project_id: ProjectId, id: RunId, replay: Replay) -> Result<RunId, ControlError> {
        let gone = |message: &str| ControlError::Gone(message.into());
        let run = self.run(project_id, id).await?;
        if replay.from == From::Failed && run.state != State::Failed {
            return Err(ControlError::State { state: run.state });
        }
        if replay.from == From::Failed && replay.version == VersionToRun::Current {
            return Err(gone(
                "a run goes on from its failed step on the version that it had: finished steps of one version are none of another's",
            ));
        }
        let version = match replay.version {
            VersionToRun::Original => {
                let version = self.inner.version_of(&run).await?;
                version.ok_or_else(|| gone("the workflow was deleted"))?
            }
            VersionToRun::Current => {
                let project = self.inner.snapshot.project(project_id).await?;
                let version =
                    project.of_workflow(run.workflow_id).ok_or_else(|| gone("the workflow is not deployed"))?;
                let user = self.inner.snapshot.user(project_id, run.user_id).await?;
                Arc::clone(user.as_deref().map_or(version, |user| project.version_for(version, user)))
            }
        };
        let mut conn = self.inner.store.read().await?;
        let event = received_events::find(&mut conn, project_id, run.event_seq).await?;
        let event = event.ok_or_else(|| gone("the event is no longer stored"))?;
        if event.kind == Kind::Proxy {
            return Err(gone("a request that was passed on is not kept whole, so it cannot be sent again from here"));
        }
        let mut lines = Vec::new();
        if replay.from == From::Failed {
            journal::each(&mut conn, run.seq, |entry| lines.push(entry)).await?;
            lines = finished(&version, lines);
        }
        drop(conn);
        let payload: Arc<str> = event.payload.into();
        loop {
            // Before the user is looked at: what was looked at on an older generation is refused by the writer.
            let generation = self.inner.store.generation();
            self.may_run(&run).await?;
            let route = Route::of(Arc::clone(&version), run.credential_id, run.configuration_id);
            let repeats = Repeats { of: Some(id), lines: lines.clone() };
            let row = EventRow::Stored { seq: event.seq, id: event.id };
            let (id, intake) = self.intake_of_one(row, project_id, run.user_id, route, &payload, repeats);
            match self.inner.writer.accept(Intake { generation, ..intake }).await? {
                Taken::Written => return Ok(id),
                _ => {
                    self.inner.store.catch_up().await?;
                }
            }
        }
    }

    /// Whether the run's user can run anything with the run's account.
    async fn may_run(&self, run: &Run) -> Result<(), ControlError> {
        let gone = |message: &str| ControlError::Gone(message.into());
        let user = self.inner.snapshot.user(run.project_id, run.user_id).await?;
        let user = user.ok_or_else(|| gone("the connected user was deleted"))?;
        if user.disabled {
            return Err(gone("the connected user is disabled"));
        }
        if !user.credentials.iter().any(|credential| credential.id == run.credential_id) {
            return Err(gone("the account was disconnected; connect it again and send the event again"));
        }
        Ok(())
    }
}

/// The lines of what a run finished: steps that succeeded, loops that began, items that are done, and
/// failures that the workflow goes on after. A step whose intent held its inputs holds them itself.
fn finished(version: &Version, lines: Vec<Entry>) -> Vec<Entry> {
    let mut progress = Progress::default();
    let mut kept = Vec::new();
    for mut line in lines {
        let held = progress.step(&line.step).and_then(|step| step.inputs.clone());
        progress.add(line.clone());
        let keep = match &mut line.event {
            Event::Succeeded { inputs, .. } => {
                *inputs = inputs.take().or(held);
                true
            }
            Event::Looping { .. } => true,
            Event::Failed { next_attempt_at: None, inputs, .. } if item_of(&line.step).is_none() => {
                *inputs = inputs.take().or(held);
                version.step(key_of(&line.step)).is_some_and(|step| step.on_error == OnError::Continue)
            }
            _ => false,
        };
        if keep {
            kept.push(line);
        }
    }
    kept
}
