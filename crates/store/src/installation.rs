//! Facts about this installation, by name: the hash of the one-time set-up link, for example.

use crate::conn::{Columns, Conn, Tx};
use crate::error::Result;

/// A fact.
pub async fn find(conn: &mut Conn, name: &str) -> Result<Option<String>> {
    let row = sqlx::query("SELECT value FROM installation WHERE name = $1")
        .bind(name.to_owned())
        .fetch_optional(conn.raw())
        .await?;
    row.map(|row| row.text("value")).transpose()
}

/// Writes a fact, replacing what it was.
pub async fn set(tx: &mut Tx, name: &str, value: &str) -> Result<()> {
    sqlx::query(
        "INSERT INTO installation (name, value)
         VALUES ($1, $2)
         ON CONFLICT (name) DO UPDATE SET value = excluded.value",
    )
    .bind(name.to_owned())
    .bind(value.to_owned())
    .execute(tx.raw())
    .await?;
    Ok(())
}

/// Forgets a fact; answers whether there was one.
pub async fn remove(tx: &mut Tx, name: &str) -> Result<bool> {
    let done = sqlx::query("DELETE FROM installation WHERE name = $1").bind(name.to_owned()).execute(tx.raw()).await?;
    Ok(done.rows_affected() == 1)
}
