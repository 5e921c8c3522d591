//! Removes runs and events that are older than the setting `retention` says, now and then.

use std::time::Duration;

use linchpin_domain::Timestamp;
use linchpin_store::{Store, retention, sync_records};

use crate::lifecycle::Lifecycle;

/// How often it is looked for old ones.
const EVERY: Duration = Duration::from_hours(1);
/// Between two small transactions.
const PAUSE: Duration = Duration::from_millis(50);

/// Runs until the server stops. A retention of zero keeps everything.
pub async fn run(store: Store, keep: Duration, lifecycle: Lifecycle) {
    if keep.is_zero() {
        return;
    }
    loop {
        let before = store.clock().now().as_millis() - keep.as_millis() as i64;
        if let Err(error) = sync_records::forget_deleted(&store, Timestamp::from_millis(before)).await {
            tracing::warn!(error = &error as &dyn std::error::Error, "deleted records of syncs could not be forgotten");
        }
        match retention::remove_older(&store, Timestamp::from_millis(before), PAUSE).await {
            Ok(removed) if removed != retention::Removed::default() => {
                tracing::info!(
                    runs = removed.runs,
                    events = removed.events,
                    "what is older than it is kept was removed"
                );
            }
            Ok(_) => {}
            Err(error) => tracing::warn!(
                error = &error as &dyn std::error::Error,
                "old runs could not be removed; it is tried again in an hour"
            ),
        }
        tokio::select! {
            () = lifecycle.stopped() => return,
            () = tokio::time::sleep(EVERY) => {}
        }
    }
}
