//! Event destinations at work: what is in the outbox is sent, by webhook or e-mail, until it is taken.
//!
//! ```text
//! what happened ─► outbox (same transaction) ─► webhook: POST, signed ─► 2xx: delivered
//!                                          │                        └─► else: again later, at last failed
//!                                          └─► e-mail: gathered, one message for all that wait
//! ```
//!
//! A delivery that was cut short by a kill is sent again under the same id. A destination that fails is given
//! pauses that grow, and is disabled after [`MOST_FAILURES`] failures in a row; its other destinations are told.

mod letter;
pub mod payload;
mod sample;
mod send;
mod webhook;

pub use send::Answered;
pub use webhook::{is_secret, secret};

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use linchpin_connectors::Client;
use linchpin_connectors::mail::Mailer;
use linchpin_domain::id::{EventDestinationId, secret_text};
use linchpin_domain::{Clock, Timestamp};
use linchpin_store::event_destinations::{self, EventDestination};
use linchpin_store::{Store, event_deliveries};
use secrecy::SecretString;
use tokio::task::{self, JoinSet};
use tokio_util::sync::CancellationToken;

use crate::config::Config;

/// Attempts that may fail in a row before a destination is disabled.
pub const MOST_FAILURES: i64 = 20;
/// Pauses between the attempts of one delivery; after the last one it has failed.
const RETRIES: [Duration; 7] = [
    Duration::from_secs(10),
    Duration::from_secs(30),
    Duration::from_mins(2),
    Duration::from_mins(10),
    Duration::from_mins(30),
    Duration::from_hours(2),
    Duration::from_hours(5),
];
/// How long the secret before the present one still counts.
pub const OVERLAP: Duration = Duration::from_hours(24);
/// How long what is done stays in the log.
const KEPT: Duration = Duration::from_hours(30 * 24);
/// Destinations that are sent to at once.
const AT_ONCE: usize = 16;
/// An endpoint that takes longer has failed.
const PATIENCE: Duration = Duration::from_secs(15);
/// How often it is looked for what waits.
const EVERY: Duration = Duration::from_millis(500);
/// How often the log is cleared of what is old.
const CLEAR_EVERY: Duration = Duration::from_hours(1);

/// Sends what waits. Cheap to clone.
#[derive(Clone)]
pub struct Destinations {
    store: Store,
    clock: Arc<dyn Clock>,
    client: Client,
    mailer: Option<Mailer>,
    config: Arc<Config>,
}

impl Destinations {
    /// With the operator's mail server, when one is set.
    pub fn new(store: Store, clock: Arc<dyn Clock>, client: &Client, config: Arc<Config>) -> anyhow::Result<Self> {
        let hello = config.public_url.host_str().unwrap_or("localhost");
        let server = config.mail.server(hello).map_err(|problem| anyhow::anyhow!("{problem}"))?;
        let mailer =
            server.map(|server| Mailer::new(&server)).transpose().map_err(|error| anyhow::anyhow!("mail.{error}"))?;
        Ok(Self { store, clock, client: client.clone().with_timeout(PATIENCE), mailer, config })
    }

    /// Whether this server sends e-mail.
    pub fn sends_mail(&self) -> bool {
        self.mailer.is_some()
    }

    /// The client that webhooks are posted with.
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// Starts sending; it ends when `stop` is cancelled.
    pub fn start(&self, stop: CancellationToken) {
        let destinations = self.clone();
        tokio::spawn(async move {
            tokio::select! {
                () = stop.cancelled() => {}
                () = destinations.run() => {}
            }
        });
    }

    async fn run(self) {
        let mut working: JoinSet<()> = JoinSet::new();
        let mut busy: HashMap<task::Id, EventDestinationId> = HashMap::new();
        let mut clear_at = Timestamp::default();
        loop {
            tokio::time::sleep(EVERY).await;
            while let Some(done) = working.try_join_next_with_id() {
                let id = match done {
                    Ok((id, ())) => id,
                    Err(error) => {
                        tracing::error!(error = &error as &dyn std::error::Error, "sending to a destination broke off");
                        error.id()
                    }
                };
                busy.remove(&id);
            }
            let now = self.clock.now();
            if now >= clear_at {
                clear_at = now.plus(CLEAR_EVERY);
                let before = Timestamp::from_millis(now.as_millis() - KEPT.as_millis() as i64);
                if let Err(error) = event_deliveries::remove_older(&self.store, before).await {
                    tracing::warn!(error = &error as &dyn std::error::Error, "old deliveries could not be removed");
                }
            }
            let waiting = match self.waiting(now).await {
                Ok(waiting) => waiting,
                Err(error) => {
                    tracing::warn!(error = &error as &dyn std::error::Error, "the outbox could not be read");
                    continue;
                }
            };
            for destination in waiting {
                let id = destination.id;
                if working.len() >= AT_ONCE || busy.values().any(|other| *other == id) {
                    continue;
                }
                let destinations = self.clone();
                let handle = working.spawn(async move {
                    if let Err(error) = destinations.drain(destination).await {
                        tracing::warn!(
                            error = &error as &dyn std::error::Error,
                            destination.id = %id,
                            "what waits for a destination could not be sent"
                        );
                    }
                });
                busy.insert(handle.id(), id);
            }
        }
    }

    async fn waiting(&self, now: Timestamp) -> linchpin_store::Result<Vec<EventDestination>> {
        let mut conn = self.store.read().await?;
        event_destinations::waiting(&mut conn, now).await
    }

    /// A secret for a webhook: `whsec_` and 32 random bytes.
    pub fn fresh_secret(&self) -> SecretString {
        secret(&secret_text(&*self.clock))
    }

    /// The dashboard's page below a project.
    fn page(&self, project_id: linchpin_domain::id::ProjectId, rest: &str) -> String {
        format!("{}/app/p/{project_id}/{rest}", self.config.public_base())
    }
}

/// How long a destination is left alone after so many failures in a row.
fn pause(failures: i64) -> Duration {
    let Ok(doublings) = u32::try_from(failures - 3) else { return Duration::ZERO };
    Duration::from_secs(15 * (1 << doublings.min(7))).min(Duration::from_mins(30))
}

/// When a delivery is tried again after so many attempts; `None` when it has failed.
fn retry(attempts: i64) -> Option<Duration> {
    usize::try_from(attempts - 1).ok().and_then(|index| RETRIES.get(index).copied())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_up_to_half_an_hour_and_disabling_takes_hours() {
        assert_eq!([1, 2, 3, 4, 9, 10, 20].map(|failures| pause(failures).as_secs()), [0, 0, 15, 30, 960, 1800, 1800]);
        let all: Duration = (1..MOST_FAILURES).map(pause).sum();
        assert!(all > Duration::from_hours(4), "{all:?}");
    }

    #[test]
    fn a_delivery_is_tried_eight_times() {
        assert_eq!(retry(1), Some(Duration::from_secs(10)));
        assert_eq!(retry(7), Some(Duration::from_hours(5)));
        assert_eq!(retry(8), None);
    }
}
