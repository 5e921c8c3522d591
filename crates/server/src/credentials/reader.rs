//! Reads at a provider that nobody waits for: polls and syncs, which go from page to page.

use std::time::Duration;

use linchpin_domain::Connector;
use linchpin_domain::connector::{ActionCall, ActionError};
use linchpin_domain::id::{CredentialId, ProjectId};
use serde_json::{Map, Value};
use tokio_util::sync::CancellationToken;

use super::Connections;

/// The longest that a page waits for a quota; one that must wait longer is refused, and whoever reads begins anew.
const PATIENCE: Duration = Duration::from_secs(15);
/// How often in a row one page waits.
const WAITS: usize = 10;

/// One account at its provider, to be read.
pub struct Reader<'a> {
    /// Makes the calls.
    pub connections: &'a Connections,
    /// The tenant.
    pub project_id: ProjectId,
    /// The account.
    pub credential_id: CredentialId,
    /// Its connector.
    pub connector: &'a str,
    /// Ends the waiting when the server stops.
    pub stop: &'a CancellationToken,
}

impl Reader<'_> {
    /// Reads with an action. Where a quota is used up for a moment it waits: who began with the first page again would,
    /// where there are more pages than the quota lets through at once, never come to the last one.
    pub async fn read(&self, action: &str, inputs: Map<String, Value>) -> Result<Value, ActionError> {
        let call = ActionCall {
            project_id: self.project_id,
            credential_id: self.credential_id,
            connector: self.connector.to_owned(),
            action: action.to_owned(),
            inputs,
            // A read is repeated safely: no key, and no intent.
            idempotency_key: String::new(),
            intent_at: linchpin_domain::Timestamp::default(),
            urgent: false,
            together: false,
        };
        let mut waits = 0..WAITS;
        loop {
            match self.connections.perform(&call).await {
                Err(ActionError::RateLimited { retry_after, .. })
                    if retry_after <= PATIENCE && !self.stop.is_cancelled() && waits.next().is_some() =>
                {
                    self.stop.run_until_cancelled(tokio::time::sleep(retry_after)).await;
                }
                answer => return answer.map(|done| done.output),
            }
        }
    }
}
