//! Simulators inside this process, for trying drafts out without an account: one for each integration that
//! somebody tests with, made when it is first needed and forgotten when nobody has used it for a while.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use linchpin_connectors::simulator::StandIn;
use linchpin_connectors::{Client, Manifest};
use linchpin_domain::Clock;
use linchpin_domain::id::{IntegrationId, ProjectId};
use linchpin_store::integrations::Integration;
use moka::sync::Cache;

/// Simulators held at once. Each holds a few records.
const HELD: u64 = 200;
/// After so long without a test its records are gone.
const UNUSED: Duration = Duration::from_hours(6);

/// The simulators in use. Cheap to clone.
#[derive(Clone)]
pub struct Simulators {
    client: Client,
    clock: Arc<dyn Clock>,
    held: Cache<(ProjectId, IntegrationId), Held>,
}

#[derive(Clone)]
struct Held {
    stand_in: Arc<StandIn>,
    of: Of,
}

/// What a simulator is made of: with another manifest or version it is another one.
type Of = (Option<String>, Option<String>);

impl Simulators {
    /// None yet.
    pub fn new(client: Client, clock: Arc<dyn Clock>) -> Self {
        Self { client, clock, held: Cache::builder().max_capacity(HELD).time_to_idle(UNUSED).build() }
    }

    /// The simulator of an integration. Fails where its manifest describes none.
    pub async fn of(&self, integration: &Integration, manifest: &Arc<Manifest>) -> io::Result<Arc<StandIn>> {
        let key = (integration.project_id, integration.id);
        let of: Of = (integration.manifest.clone(), integration.api_version.clone());
        if let Some(held) = self.held.get(&key).filter(|held| held.of == of) {
            return Ok(held.stand_in);
        }
        let version = integration.api_version.clone();
        let stand_in = StandIn::start(Arc::clone(manifest), version, &self.client, Arc::clone(&self.clock)).await?;
        let made = Held { stand_in: Arc::new(stand_in), of };
        // Of two that were made at once both tests must see the same.
        let entry = self.held.entry(key).or_insert_with_if(|| made.clone(), |known| known.of != made.of);
        Ok(entry.into_value().stand_in)
    }

    /// Forgets an integration's simulator: the next test finds a new one, without records and faults.
    pub fn reset(&self, project_id: ProjectId, integration_id: IntegrationId) {
        self.held.invalidate(&(project_id, integration_id));
    }
}
