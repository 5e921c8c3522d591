//! Keeps records the same at the provider and here, account by account.
//!
//! A pass of an account reads what has changed there, then what was deleted, then sends what the application
//! has written; from time to time it reads everything and compares. How far it is stands in the database page
//! by page, in the transaction of the page's records: after a crash it goes on there.
//!
//! ```text
//! enrol ─► load (everything) ─► follow (changes, deleted) ─► push ─► due again
//!                                   ▲        now and then: check (everything) │
//!                                   └─────────────────────────────────────────┘
//! ```
//!
//! Reads go through the connector, and share the account's quota with its workflows. Writes are calls
//! without a workflow (`Engine::call_tool`): journaled before they are sent, performed once, in Task History.

mod pass;
mod push;
mod read;

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use linchpin_domain::{Clock, Timestamp};
use linchpin_engine::Engine;
use linchpin_store::{Store, sync_accounts};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::credentials::Connections;

/// Accounts that are worked on at once.
const AT_ONCE: usize = 16;

/// What syncs work with.
#[derive(Clone)]
pub struct Syncer {
    /// Where records are.
    pub store: Store,
    /// Carries writes out.
    pub engine: Engine,
    /// Reads.
    pub connections: Connections,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// How often it is looked for what is due.
    pub look: Duration,
    /// Cancelled when it ends.
    pub stop: CancellationToken,
}

/// Starts syncing; it ends when `stop` is cancelled.
pub fn start(syncer: Syncer) {
    tokio::spawn(async move {
        let stop = syncer.stop.clone();
        tokio::select! {
            () = stop.cancelled() => {}
            () = syncer.run() => {}
        }
    });
}

impl Syncer {
    async fn run(self) {
        let mut generation = None;
        let mut busy = HashSet::new();
        let mut passes = JoinSet::new();
        loop {
            tokio::time::sleep(self.look).await;
            while let Some(done) = passes.try_join_next() {
                // Nothing in a pass panics on purpose; one that did is not due for ever.
                if let Ok(key) = done {
                    busy.remove(&key);
                }
            }
            let known = self.store.generation();
            if generation != Some(known) {
                match self.enrol().await {
                    Ok(()) => generation = Some(known),
                    Err(error) => {
                        tracing::warn!(
                            error = &error as &dyn std::error::Error,
                            "accounts could not be added to syncs"
                        );
                    }
                }
            }
            let due = match self.due(busy.len()).await {
                Ok(due) => due,
                Err(error) => {
                    tracing::warn!(error = &error as &dyn std::error::Error, "it is not known which accounts are due");
                    continue;
                }
            };
            for account in due {
                let key = (account.sync_id, account.credential_id);
                if busy.len() >= AT_ONCE || !busy.insert(key) {
                    continue;
                }
                let syncer = self.clone();
                passes.spawn(async move {
                    syncer.pass(account).await;
                    key
                });
            }
        }
    }

    async fn enrol(&self) -> linchpin_store::Result<()> {
        let mut tx = self.store.begin().await?;
        sync_accounts::enrol(&mut tx, self.clock.now()).await?;
        tx.commit().await
    }

    async fn due(&self, busy: usize) -> linchpin_store::Result<Vec<sync_accounts::SyncAccount>> {
        let mut conn = self.store.read().await?;
        // Those being worked on are due as well until they are done.
        let limit = i64::try_from(AT_ONCE + busy).unwrap_or(i64::MAX);
        sync_accounts::due(&mut conn, self.clock.now(), limit).await
    }
}

/// A while after a moment.
fn after(at: Timestamp, minutes: i64) -> Timestamp {
    at.plus(Duration::from_secs(u64::try_from(minutes).unwrap_or(1) * 60))
}
