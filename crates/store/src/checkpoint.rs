//! Folds SQLite's write-ahead log into the database file, beside the writer instead of inside its
//! commits: a checkpoint syncs the whole file, and a commit must not wait for that.

use std::time::Duration;

use sqlx::{Executor, Row};
use tokio_util::sync::CancellationToken;

use crate::dialect::Dialect;
use crate::{Result, Store};

const PAUSE: Duration = Duration::from_secs(1);
/// Pages in the log beyond which it is begun anew (64 MiB).
const LONG_LOG: i64 = 16_384;

/// Folds in what a process left that was killed. One that is killed again and again before its first checkpoint would
/// otherwise leave a longer log each time, and take longer to start.
pub async fn at_start(store: &Store) {
    if store.dialect() != Dialect::Sqlite {
        return;
    }
    let folded = async { Ok(store.inner().pool.acquire().await?.fetch_one("PRAGMA wal_checkpoint(TRUNCATE)").await?) };
    if let Err(error) = folded.await {
        say(&error);
    }
}

fn say(error: &crate::Error) {
    tracing::warn!(error = error as &dyn std::error::Error, "the write-ahead log could not be folded in; tried again");
}

/// Checkpoints once a second until `stop`.
pub async fn run(store: Store, stop: CancellationToken) {
    if store.dialect() != Dialect::Sqlite {
        return;
    }
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(PAUSE) => {}
        }
        match checkpoint(&store).await {
            Ok(pages) => metrics::gauge!("linchpin_wal_pages").set(pages as f64),
            Err(error) => say(&error),
        }
    }
}

/// A passive checkpoint: it waits for nobody and blocks nobody. Under constant writing it never sees the
/// end of the log, so a long log is begun anew: what is left to copy then is little, and the writer waits
/// for that alone. Returns the pages in the log.
async fn checkpoint(store: &Store) -> Result<i64> {
    let mut connection = store.inner().pool.acquire().await?;
    let row = connection.fetch_one("PRAGMA wal_checkpoint(PASSIVE)").await?;
    let pages = row.try_get::<i64, _>(1)?;
    if pages > LONG_LOG {
        connection.fetch_one("PRAGMA wal_checkpoint(RESTART)").await?;
    }
    Ok(pages)
}
