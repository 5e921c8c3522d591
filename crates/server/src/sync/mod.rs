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

use std::collections::{HashMap, HashSet};
use std::hash::Hash;
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
        let mut passes = Passes::default();
        loop {
            tokio::time::sleep(self.look).await;
            passes.forget_done();
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
            let due = match self.due(passes.busy.len()).await {
                Ok(due) => due,
                Err(error) => {
                    tracing::warn!(error = &error as &dyn std::error::Error, "it is not known which accounts are due");
                    continue;
                }
            };
            for account in due {
                let key = (account.sync_id, account.credential_id);
                let syncer = self.clone();
                passes.begin(key, Box::pin(async move { syncer.pass(account).await }));
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

/// What is under way: one pass of an account at a time.
struct Passes<K> {
    tasks: JoinSet<()>,
    keys: HashMap<tokio::task::Id, K>,
    busy: HashSet<K>,
}

impl<K> Default for Passes<K> {
    fn default() -> Self {
        Self { tasks: JoinSet::new(), keys: HashMap::new(), busy: HashSet::new() }
    }
}

impl<K: Copy + Eq + Hash> Passes<K> {
    /// Begins it, unless one with this key is under way or there are enough.
    fn begin(&mut self, key: K, pass: impl Future<Output = ()> + Send + 'static) {
        if self.busy.len() < AT_ONCE && self.busy.insert(key) {
            self.keys.insert(self.tasks.spawn(pass).id(), key);
        }
    }

    /// Makes room for the next of what has ended, however it ended.
    fn forget_done(&mut self) {
        while let Some(done) = self.tasks.try_join_next_with_id() {
            let id = done.map_or_else(|error| error.id(), |(id, ())| id);
            if let Some(key) = self.keys.remove(&id) {
                self.busy.remove(&key);
            }
        }
    }
}

/// A while after a moment.
fn after(at: Timestamp, minutes: i64) -> Timestamp {
    at.plus(Duration::from_secs(u64::try_from(minutes).unwrap_or(1) * 60))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_ended_may_begin_again_also_after_a_panic() {
        let mut passes = Passes::default();
        passes.begin(1, async { panic!("a fault of ours") });
        passes.begin(2, async {});
        passes.begin(3, std::future::pending());
        assert_eq!(passes.busy.len(), 3);
        while passes.busy.len() > 1 {
            tokio::task::yield_now().await;
            passes.forget_done();
        }
        assert!(passes.busy.contains(&3));
    }
}
