//! Runs that were not started because an account had to be reconnected: started once it was.

use std::sync::Arc;
use std::time::Duration;

use linchpin_domain::id::{ProjectId, RunId};
use linchpin_store::received_events::{self, ReceivedEvent, Skipped};
use linchpin_store::routing::UserRouting;
use linchpin_store::writer::{EventRow, Idempotency, Intake, Taken};

use crate::Engine;
use crate::intake::{Repeats, Route, is_on};
use crate::snapshot::Project;

/// How long it is known that a skipped run was started: longer than events are kept.
const KEYS_KEPT: Duration = Duration::from_hours(400 * 24);

/// What came of an event's skipped runs.
#[derive(Debug, Default)]
pub struct Resumed {
    /// The new runs.
    pub runs: Vec<RunId>,
    /// Why the others were not started; empty when all were, or are no longer wanted.
    pub still: Option<&'static str>,
}

/// Whether a skipped run can be started now.
enum Standing {
    Ready(Route),
    /// Later perhaps.
    Still(&'static str),
    /// Never: it is not wanted any more.
    Over,
}

impl Engine {
    /// Starts the runs that an event skipped, on what is deployed now, each once. Those whose account still
    /// must be reconnected stay skipped; those that nobody wants any more are forgotten.
    pub async fn start_skipped(
        &self,
        project_id: ProjectId,
        event: &ReceivedEvent,
        skipped: &[Skipped],
    ) -> linchpin_store::Result<Resumed> {
        let payload: Arc<str> = event.payload.as_str().into();
        let (mut resumed, mut still) = (Resumed::default(), Vec::new());
        for one in skipped {
            loop {
                // Before anything is looked up: what is routed on an older generation is refused by the writer.
                let generation = self.inner.store.generation();
                let project = self.inner.snapshot.project(project_id).await?;
                let user = self.inner.snapshot.user(project_id, event.user_id).await?;
                let route = match standing(&project, user.as_deref(), one) {
                    Standing::Ready(route) => route,
                    Standing::Still(reason) => {
                        resumed.still = Some(reason);
                        still.push(*one);
                        break;
                    }
                    Standing::Over => break,
                };
                let row = EventRow::Stored { seq: event.seq, id: event.id };
                let (id, intake) =
                    self.intake_of_one(row, project_id, event.user_id, route, &payload, Repeats::default());
                let key = format!("skipped/{}/{}/{}", event.id, one.workflow_id, one.configuration_id);
                let idempotency = Some(Idempotency::own(&key, self.inner.clock.now().plus(KEYS_KEPT)));
                match self.inner.writer.accept(Intake { idempotency, generation, ..intake }).await? {
                    Taken::Written => {
                        resumed.runs.push(id);
                        break;
                    }
                    // Another call was faster.
                    Taken::Repeated(_) | Taken::KeyReused => break,
                    Taken::Stale { .. } => {
                        self.inner.store.catch_up().await?;
                    }
                }
            }
        }
        if still.len() < skipped.len() {
            let mut tx = self.inner.store.begin().await?;
            received_events::set_skipped(&mut tx, project_id, event.seq, resumed.runs.len(), &still).await?;
            tx.commit().await?;
        }
        Ok(resumed)
    }
}

fn standing(project: &Project, user: Option<&UserRouting>, one: &Skipped) -> Standing {
    let Some(user) = user else { return Standing::Over };
    let Some(credential) = user.credentials.iter().find(|credential| credential.id == one.credential_id) else {
        return Standing::Over;
    };
    let mut configurations = credential.configurations.iter();
    let Some(configuration) = configurations.find(|configuration| configuration.id == one.configuration_id) else {
        return Standing::Over;
    };
    if user.disabled {
        return Standing::Still("the connected user is disabled");
    }
    if credential.status != "VALID" {
        return Standing::Still("the account must be reconnected first");
    }
    let Some(version) = project.of_workflow(one.workflow_id) else {
        return Standing::Still("the workflow is not deployed");
    };
    if !project.permits(one.workflow_id, user) {
        return Standing::Still("the workflow's permissions leave this user out");
    }
    if !is_on(version, configuration) {
        return Standing::Still("the workflow is not switched on for this account");
    }
    let version = Arc::clone(project.version_for(version, user));
    Standing::Ready(Route::of(version, credential.id, configuration.id))
}
