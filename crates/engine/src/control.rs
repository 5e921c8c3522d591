//! What people do to runs: cancel, replay, settle a doubt by hand.

use linchpin_domain::id::{ConnectedUserId, CredentialId, ProjectId, RunId};
use linchpin_domain::journal::{Entry, Event};
use linchpin_domain::run::{Fault, State};
use linchpin_store::runs;
use linchpin_store::runs::Run;
use linchpin_store::writer::{Append, Line, StateChange};
use serde_json::Value;

use crate::Engine;
use crate::active::fault;
use crate::decide::{Next, What, decide, steps_done};
use crate::task::INTERRUPTED;

/// Why a run was not changed.
#[derive(Debug, thiserror::Error)]
pub enum ControlError {
    /// No such run in this project.
    #[error("there is no such run")]
    NotFound,
    /// The run's state does not allow it.
    #[error("this run is {}", state.as_str())]
    State {
        /// Where the run stands.
        state: State,
    },
    /// What the run needs is gone.
    #[error("{0}")]
    Gone(String),
    /// The database did not answer.
    #[error("the run could not be changed")]
    Store(#[from] linchpin_store::Error),
}

impl Engine {
    /// Cancels a run. A call that is under way is not called back; nothing follows it.
    pub async fn cancel(&self, project_id: ProjectId, id: RunId) -> Result<(), ControlError> {
        let run = self.run(project_id, id).await?;
        if run.state.is_final() {
            return Err(ControlError::State { state: run.state });
        }
        self.cancel_run(&run, fault("cancelled", "cancelled by a person")).await?;
        Ok(())
    }

    /// Cancels what is unfinished for a user, or for one of the user's accounts. Returns how many.
    pub async fn cancel_runs(
        &self,
        project_id: ProjectId,
        user_id: ConnectedUserId,
        credential_id: Option<CredentialId>,
        reason: Fault,
    ) -> Result<usize, ControlError> {
        let mut conn = self.inner.store.read().await?;
        let unfinished = runs::list_unfinished(&mut conn, project_id, user_id, credential_id).await?;
        drop(conn);
        for run in &unfinished {
            self.cancel_run(run, reason.clone()).await?;
        }
        Ok(unfinished.len())
    }

    async fn cancel_run(&self, run: &Run, reason: Fault) -> linchpin_store::Result<()> {
        self.inner.scheduler.cancel(run.seq);
        self.inner.end(run, State::Cancelled, Some(reason)).await
    }

    /// A person says whether a write in doubt happened, after a look at the provider. `step` is the path
    /// of the step, where the run has several doubts; else the first one is meant.
    pub async fn settle(
        &self,
        project_id: ProjectId,
        id: RunId,
        step: Option<&str>,
        happened: bool,
        output: Option<Value>,
    ) -> Result<(), ControlError> {
        let run = self.run(project_id, id).await?;
        if run.state != State::InDoubt {
            return Err(ControlError::State { state: run.state });
        }
        let version = self.inner.version_of(&run).await?;
        let version = version.ok_or_else(|| ControlError::Gone("the workflow was deleted".into()))?;
        let mut conn = self.inner.store.read().await?;
        let progress = self.inner.progress(&mut conn, run.seq).await?;
        drop(conn);
        let Next::Go(jobs) = decide(&version.definition, &progress) else {
            return Err(ControlError::State { state: run.state });
        };
        let mut doubts = jobs.iter().filter(|job| matches!(job.what, What::Settle { .. }));
        let doubt = match step {
            Some(path) => doubts.find(|job| job.path == path),
            None => doubts.next(),
        };
        let Some(doubt) = doubt else {
            return Err(match step {
                Some(path) => ControlError::Gone(format!("there is no doubt about the step `{path}` of this run")),
                None => ControlError::State { state: run.state },
            });
        };
        let now = self.inner.clock.now();
        let path = doubt.path.clone().into_owned();
        let event = if happened {
            Event::Succeeded {
                inputs: None,
                output: output.unwrap_or(Value::Null),
                duration_ms: 0,
                exchange: None,
                adopted: true,
            }
        } else {
            Event::Failed {
                inputs: None,
                fault: Fault {
                    code: INTERRUPTED.into(),
                    message: "a person said that this write did not happen".into(),
                    step: Some(path.clone()),
                },
                duration_ms: 0,
                exchange: None,
                next_attempt_at: Some(now),
                rule: "a person said that this write did not happen; it is sent again".into(),
                counts: false,
            }
        };
        let entry = Entry { step: path, attempt: doubt.attempt, at: now, event };
        let append = Append {
            run_seq: run.seq,
            lines: vec![Line::new(progress.lines(), &entry)],
            change: Some(StateChange {
                state: State::Waiting,
                steps_done: steps_done(&version.definition, &progress),
                wake_at: Some(now),
                fault: None,
                started_at: None,
                at: now,
            }),
        };
        self.inner.writer.append(append).await?;
        self.inner.wake.add(now, run.seq, run.credential_id);
        Ok(())
    }

    pub(crate) async fn run(&self, project_id: ProjectId, id: RunId) -> Result<Run, ControlError> {
        let mut conn = self.inner.store.read().await?;
        let found = runs::find(&mut conn, project_id, id).await?;
        found.map(|listed| listed.run).ok_or(ControlError::NotFound)
    }
}
