//! Journals what came of a run's steps, and the run's state with it, in one commit.

use std::time::Duration;

use linchpin_domain::Timestamp;
use linchpin_domain::run::{Fault, State};
use linchpin_store::writer::{Append, StateChange};

use crate::Engine;
use crate::active::Active;
use crate::decide::steps_done;
use crate::perform::Course;

/// Between attempts to write what could not be written.
const WRITE_AGAIN: Duration = Duration::from_millis(500);

impl Engine {
    pub(crate) async fn finish(&self, course: &mut Course, state: State, fault: Option<Fault>) {
        self.write(course, state, None, fault.clone()).await;
        metrics::counter!("linchpin_runs_finished", "state" => state.as_str()).increment(1);
        self.inner.responses.ended(course.run.id, state, fault.as_ref());
    }

    pub(crate) async fn wait(&self, course: &mut Course, at: Timestamp, fault: Option<Fault>) {
        self.write(course, State::Waiting, Some(at), fault).await;
        self.inner.wake.add(at, course.run.seq, course.run.credential_id);
        self.inner.responses.moved(course.run.id);
    }

    /// Writes the lines that are held, and the run's state; then gives the answers that they allow.
    pub(crate) async fn write(
        &self,
        course: &mut Course,
        state: State,
        wake_at: Option<Timestamp>,
        fault: Option<Fault>,
    ) {
        let run = &course.run;
        let change = StateChange {
            state,
            steps_done: steps_done(&course.version.definition, &run.progress),
            wake_at,
            fault,
            started_at: run.progress.began_at(),
            at: self.inner.clock.now(),
        };
        course.shown = Some((state, change.steps_done));
        self.append(course, Some(change)).await;
    }

    /// Writes the lines that are held and leaves the run's row as it is: a call that is over in a moment
    /// is not worth a row that says that it runs.
    pub(crate) async fn keep(&self, course: &mut Course) {
        self.append(course, None).await;
    }

    /// Whether the run's row says that it runs, and how far it is.
    pub(crate) fn is_shown(course: &Course) -> bool {
        let done = steps_done(&course.version.definition, &course.run.progress);
        course.shown == Some((State::Running, done))
    }

    /// What cannot be written is held and tried again until it can, or until the engine stops: then the
    /// lines stay held, and what is in the journal leads to the same question at the next start.
    async fn append(&self, course: &mut Course, change: Option<StateChange>) {
        let run = &course.run;
        let append = Append { run_seq: run.seq, lines: std::mem::take(&mut course.lines), change };
        while let Err(error) = self.inner.writer.append(append.clone()).await {
            tracing::error!(
                error = &error as &dyn std::error::Error,
                run.id = %run.id,
                "what came of a run's steps could not be written; it is held and written again"
            );
            tokio::select! {
                () = tokio::time::sleep(WRITE_AGAIN) => {}
                () = self.inner.stopping.cancelled() => {
                    course.lines = append.lines;
                    return;
                }
            }
        }
        self.written(course);
    }

    /// What is held was written: calls may be sent, and callers are answered.
    pub(crate) fn written(&self, course: &mut Course) {
        course.written();
        for response in std::mem::take(&mut course.answers) {
            self.respond(course.run.id, response);
        }
    }
}

impl crate::Inner {
    /// A run that could not go on (the database did not answer) is taken up again in a second. Its state
    /// in the database is still queued or running: it is found there as after a crash.
    pub(crate) fn wake_later(&self, run: &Active) {
        self.wake.add_again(self.clock.now().plus(Duration::from_secs(1)), run.seq);
    }
}
