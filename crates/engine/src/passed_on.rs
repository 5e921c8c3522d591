//! Requests of the application's own that were passed on to a provider: one line of history each, written
//! when the answer is there. Bodies are not kept.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use linchpin_domain::Timestamp;
use linchpin_domain::connector::Exchange;
use linchpin_domain::direct;
use linchpin_domain::id::{ConnectedUserId, CredentialId, IntegrationId, ProjectId, ReceivedEventId, RunId};
use linchpin_domain::journal::{Entry, Event};
use linchpin_domain::run::{Fault, State};
use linchpin_domain::trigger::Kind;
use linchpin_store::writer::{Append, Line, StateChange, Taken};
use serde_json::json;

use crate::Engine;
use crate::active::{Account, Active};
use crate::direct::{Row, account};
use crate::snapshot::Version;

/// A request that was passed on to a provider, and what came of it.
#[derive(Debug, Clone)]
pub struct PassedOn {
    /// The tenant.
    pub project_id: ProjectId,
    /// Whose account it was.
    pub user_id: ConnectedUserId,
    /// The integration.
    pub integration_id: IntegrationId,
    /// The account.
    pub credential_id: CredentialId,
    /// HTTP method.
    pub method: String,
    /// Where it went, without its query: that may hold what history has no business with.
    pub path: String,
    /// When it was sent.
    pub began: Timestamp,
    /// What the provider answered.
    pub status: Option<u16>,
    /// Why it failed.
    pub failed: Option<(String, String)>,
    /// Bytes that were sent and that came.
    pub sizes: (usize, usize),
    /// How often it was sent.
    pub attempts: u32,
}

impl Engine {
    /// The provider asked an account to wait: runs do not call with it before.
    pub fn hold(&self, credential_id: CredentialId, wait: Duration) {
        self.inner.scheduler.pause(credential_id, self.inner.clock.now().plus(wait));
    }

    /// Records a request that was passed on, with what came of it.
    pub async fn record_passed_on(&self, passed: PassedOn) -> linchpin_store::Result<()> {
        let inner = &self.inner;
        let name = format!("{} {}", passed.method, passed.path);
        let definition = direct::definition(Kind::Proxy, &name).expect("a request is made of its name");
        let version = Arc::new(Version::direct(passed.integration_id, String::new(), definition));
        let now = inner.clock.now();
        let entry = Entry { step: direct::STEP.into(), attempt: 1, at: now, event: passed.event(now) };
        let (state, fault) = match &entry.event {
            Event::Failed { fault, .. } => (State::Failed, Some(fault.clone())),
            _ => (State::Succeeded, None),
        };
        let event_id = ReceivedEventId::fresh(&*inner.clock);
        let payload: Arc<str> = json!({"method": passed.method, "path": passed.path}).to_string().into();
        let seq = Arc::new(OnceLock::new());
        loop {
            let generation = inner.store.generation();
            let user = inner.snapshot.user(passed.project_id, passed.user_id).await?;
            // Of somebody who was erased meanwhile nothing is recorded.
            let Ok(configuration_id) = account(user.as_deref(), passed.credential_id) else { return Ok(()) };
            let account = Account {
                project_id: passed.project_id,
                user_id: passed.user_id,
                credential_id: passed.credential_id,
                configuration_id,
            };
            let active = Active::new(RunId(event_id.0), account, Arc::clone(&version), Arc::clone(&payload));
            let row = Row {
                event_id,
                kind: Kind::Proxy,
                name: name.clone(),
                payload: Arc::clone(&payload),
                lines: vec![Line::new(0, &entry)],
                idempotency: None,
                generation,
            };
            let kept = Arc::clone(&seq);
            let intake = row.intake(
                active,
                move |seq, _| {
                    let _ = kept.set(seq);
                },
                now,
            );
            match inner.writer.accept(intake).await? {
                Taken::Stale { .. } => {
                    inner.store.catch_up().await?;
                }
                _ => break,
            }
        }
        let Some(run_seq) = seq.get().copied() else { return Ok(()) };
        // After a crash in between the run is found unfinished, with its line: it is ended then.
        let change = StateChange {
            state,
            steps_done: u32::from(state == State::Succeeded),
            wake_at: None,
            fault,
            started_at: Some(passed.began),
            at: now,
        };
        inner.writer.append(Append { run_seq, lines: Vec::new(), change: Some(change) }).await
    }
}

impl PassedOn {
    fn event(&self, now: Timestamp) -> Event {
        let inputs = Some(json!({"method": self.method, "url": self.path, "bytes": self.sizes.0}));
        let duration_ms = u64::try_from(now.since(self.began).as_millis()).unwrap_or(u64::MAX);
        let exchange = Some(Exchange {
            method: self.method.clone(),
            url: self.path.clone(),
            request_body: None,
            status: self.status,
            response_body: None,
            joined: None,
        });
        match &self.failed {
            None => Event::Succeeded {
                inputs,
                output: json!({"statusCode": self.status, "bytes": self.sizes.1, "attempts": self.attempts}),
                duration_ms,
                exchange,
                adopted: false,
            },
            Some((code, message)) => Event::Failed {
                inputs,
                fault: Fault { code: code.clone(), message: message.clone(), step: Some(direct::STEP.into()) },
                duration_ms,
                exchange,
                next_attempt_at: None,
                rule: "the caller got the answer, and decides".into(),
                counts: true,
            },
        }
    }
}
