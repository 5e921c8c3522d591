//! The databases of servers under test.

use std::path::Path;

use anyhow::{Context, Result};
use sqlx::any::AnyRow;
use sqlx::{AnyConnection, AssertSqlSafe, Connection};

/// An empty database of a PostgreSQL server, by the URL of another one there; none without a server.
pub async fn fresh(server: Option<&str>, name: &str) -> Result<Option<String>> {
    let Some(server) = server else { return Ok(None) };
    for statement in ["DROP DATABASE IF EXISTS", "CREATE DATABASE"] {
        ask(server, &format!("{statement} {name}")).await.context("PostgreSQL does not answer")?;
    }
    let (server, query) =
        server.split_once('?').map_or((server, String::new()), |(server, query)| (server, format!("?{query}")));
    let (server, _) = server.rsplit_once('/').context("the URL of PostgreSQL ends with a database")?;
    Ok(Some(format!("{server}/{name}{query}")))
}

/// What a database answers to one statement.
pub async fn ask(url: &str, statement: &str) -> Result<Vec<AnyRow>> {
    sqlx::any::install_default_drivers();
    let mut connection = AnyConnection::connect(url).await?;
    let rows = sqlx::query(AssertSqlSafe(statement.to_owned())).fetch_all(&mut connection).await?;
    connection.close().await?;
    Ok(rows)
}

/// The URL of the SQLite database in a data directory.
pub fn sqlite(data: &Path) -> String {
    format!("sqlite://{}", data.join("linchpin.db").display())
}

/// How large a SQLite database is on disk, with its log.
pub fn bytes(data: &Path) -> u64 {
    ["linchpin.db", "linchpin.db-wal"]
        .map(|name| std::fs::metadata(data.join(name)).map_or(0, |file| file.len()))
        .iter()
        .sum()
}
