//! Dashboard sessions. The id is a hash of what the cookie holds, so that a copy of the database
//! signs nobody in; the data is opaque text.

use linchpin_domain::Timestamp;

use crate::conn::{Columns, Conn, Tx};
use crate::error::Result;

/// A session.
#[derive(Debug, Clone)]
pub struct Session {
    /// Hash of the cookie's value.
    pub id: String,
    /// What the server remembers.
    pub data: String,
    /// When it ends.
    pub expires_at: Timestamp,
}

/// A session that has not ended.
pub async fn find(conn: &mut Conn, id: &str, now: Timestamp) -> Result<Option<Session>> {
    let row = sqlx::query(
        "SELECT id, data, expires_at
         FROM sessions
         WHERE id = $1
           AND expires_at > $2",
    )
    .bind(id.to_owned())
    .bind(now.as_millis())
    .fetch_optional(conn.raw())
    .await?;
    row.map(|row| Ok(Session { id: row.text("id")?, data: row.text("data")?, expires_at: row.time("expires_at")? }))
        .transpose()
}

/// Adds a session; answers `false`, and changes nothing, when the id is taken.
pub async fn add(tx: &mut Tx, session: &Session) -> Result<bool> {
    let done = sqlx::query(
        "INSERT INTO sessions (id, data, expires_at)
         VALUES ($1, $2, $3)
         ON CONFLICT (id) DO NOTHING",
    )
    .bind(session.id.clone())
    .bind(session.data.clone())
    .bind(session.expires_at.as_millis())
    .execute(tx.raw())
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Adds or replaces a session.
pub async fn save(tx: &mut Tx, session: &Session) -> Result<()> {
    sqlx::query(
        "INSERT INTO sessions (id, data, expires_at)
         VALUES ($1, $2, $3)
         ON CONFLICT (id) DO UPDATE SET data = excluded.data, expires_at = excluded.expires_at",
    )
    .bind(session.id.clone())
    .bind(session.data.clone())
    .bind(session.expires_at.as_millis())
    .execute(tx.raw())
    .await?;
    Ok(())
}

/// Ends a session.
pub async fn remove(tx: &mut Tx, id: &str) -> Result<()> {
    sqlx::query("DELETE FROM sessions WHERE id = $1").bind(id.to_owned()).execute(tx.raw()).await?;
    Ok(())
}

/// Removes sessions that have ended; returns how many.
pub async fn remove_expired(tx: &mut Tx, now: Timestamp) -> Result<u64> {
    let done =
        sqlx::query("DELETE FROM sessions WHERE expires_at <= $1").bind(now.as_millis()).execute(tx.raw()).await?;
    Ok(done.rows_affected())
}
