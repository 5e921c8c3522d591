//! Idempotency keys of accepted events. They are written by the [writer](crate::writer) only.

use linchpin_domain::Timestamp;

use crate::Store;
use crate::error::Result;

/// Forgets keys that were first used before a moment, over all projects. Returns how many.
pub async fn remove_older(store: &Store, before: Timestamp) -> Result<u64> {
    let mut tx = store.begin().await?;
    let done = sqlx::query("DELETE FROM idempotency_keys WHERE created_at < $1")
        .bind(before.as_millis())
        .execute(tx.raw())
        .await?;
    tx.commit().await?;
    Ok(done.rows_affected())
}
