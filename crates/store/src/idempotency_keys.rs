//! Idempotency keys of accepted events. They are written by the [writer](crate::writer) only.

use linchpin_domain::Timestamp;

use crate::Store;
use crate::error::Result;

/// Forgets keys whose time is over, over all projects. Returns how many.
pub async fn remove_expired(store: &Store, now: Timestamp) -> Result<u64> {
    let mut tx = store.begin().await?;
    let done = sqlx::query("DELETE FROM idempotency_keys WHERE kept_until < $1")
        .bind(now.as_millis())
        .execute(tx.raw())
        .await?;
    tx.commit().await?;
    Ok(done.rows_affected())
}
