//! That one server alone serves a database. The writer numbers events and runs within its process, and
//! the scheduler takes every unfinished run to be its own, so that a second one must not begin.
//!
//! A SQLite database is guarded by the lock on its directory. On PostgreSQL a connection of its own holds
//! an advisory lock; it is the database's and the schema's, and goes with the connection, so that a killed
//! server leaves nothing behind.

use std::str::FromStr;
use std::time::Duration;

use sqlx::any::AnyConnectOptions;
use sqlx::{AnyConnection, ConnectOptions, Connection, Executor, Row};

use crate::dialect::Dialect;
use crate::error::{Error, Result};

/// The first half of the lock's key; the second half is the schema's.
const KEY: i32 = 0x6c69_6e63;
/// How long the database may take to answer.
const PATIENCE: Duration = Duration::from_secs(10);

/// Held as long as a server serves a database.
#[derive(Debug)]
pub struct Serving {
    url: String,
    connection: Option<AnyConnection>,
}

impl Serving {
    /// Claims a database; `None` when another server serves it.
    pub async fn claim(url: &str) -> Result<Option<Self>> {
        let mut serving = Self { url: url.to_owned(), connection: None };
        if Dialect::of(url)? == Dialect::Sqlite || serving.connect().await? { Ok(Some(serving)) } else { Ok(None) }
    }

    /// Makes sure that the claim still holds, and claims the database again when its connection was lost;
    /// false when another server serves it now.
    pub async fn hold(&mut self) -> Result<bool> {
        if Dialect::of(&self.url)? == Dialect::Sqlite {
            return Ok(true);
        }
        if let Some(connection) = &mut self.connection
            && matches!(tokio::time::timeout(PATIENCE, connection.ping()).await, Ok(Ok(())))
        {
            return Ok(true);
        }
        self.connection = None;
        self.connect().await
    }

    async fn connect(&mut self) -> Result<bool> {
        sqlx::any::install_default_drivers();
        let options = AnyConnectOptions::from_str(&self.url).map_err(|source| Error::Open { source })?;
        let connecting = tokio::time::timeout(PATIENCE, options.connect()).await;
        let timed_out = |_| Error::Open { source: sqlx::Error::PoolTimedOut };
        let mut connection = connecting.map_err(timed_out)?.map_err(|source| Error::Open { source })?;
        // A machine that died says no good-bye: the database finds out within a minute.
        for statement in
            ["SET tcp_keepalives_idle = 20", "SET tcp_keepalives_interval = 10", "SET tcp_keepalives_count = 3"]
        {
            connection.execute(statement).await?;
        }
        let row = sqlx::query(
            "SELECT CASE WHEN pg_try_advisory_lock($1, hashtext(COALESCE(current_schema(), ''))) THEN 1 ELSE 0 END AS got",
        )
        .bind(KEY)
        .fetch_one(&mut connection)
        .await?;
        let got = row.try_get::<i32, _>("got")? == 1;
        self.connection = got.then_some(connection);
        Ok(got)
    }
}
