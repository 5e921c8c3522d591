//! Where a queued run stands.

use linchpin_domain::Timestamp;

use super::Run;
use crate::conn::{Columns, Conn};
use crate::error::Result;

/// How many of the runs that began last say how fast it goes.
const SEEN: i64 = 20;

/// Where a queued run stands among its user's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// Queued runs of the user that were accepted before it.
    pub ahead: u64,
    /// When those began that went last, newest first.
    pub began: Vec<Timestamp>,
}

/// The place of a queued run.
pub async fn place(conn: &mut Conn, run: &Run) -> Result<Place> {
    let row = sqlx::query(
        "SELECT CAST(COUNT(*) AS BIGINT) AS ahead, CAST(COALESCE(MIN(seq), $2) AS BIGINT) AS first_seq
         FROM runs
         WHERE project_id = $1
           AND user_id = $3
           AND finished_at IS NULL
           AND seq < $2
           AND state = 'queued'",
    )
    .bind(run.project_id.to_string())
    .bind(run.seq)
    .bind(run.user_id.to_string())
    .fetch_one(conn.raw())
    .await?;
    let began = sqlx::query(
        "SELECT started_at
         FROM runs
         WHERE project_id = $1
           AND user_id = $3
           AND seq < $2
           AND started_at IS NOT NULL
         ORDER BY seq DESC
         LIMIT $4",
    )
    .bind(run.project_id.to_string())
    .bind(row.int("first_seq")?)
    .bind(run.user_id.to_string())
    .bind(SEEN)
    .fetch_all(conn.raw())
    .await?;
    Ok(Place {
        ahead: u64::try_from(row.int("ahead")?).unwrap_or_default(),
        began: began.iter().map(|row| row.time("started_at")).collect::<Result<_>>()?,
    })
}
