//! Looking after the database: integrity, copies, pending migrations.

use std::path::Path;

use sqlx::Row;

use crate::conn::{Columns, Conn};
use crate::dialect::Dialect;
use crate::error::Result;
use crate::migrations;

/// What the database itself finds wrong with its files; PostgreSQL looks after its own.
pub async fn integrity_problems(conn: &mut Conn) -> Result<Vec<String>> {
    if conn.inner.dialect != Dialect::Sqlite {
        return Ok(Vec::new());
    }
    let rows = sqlx::query("PRAGMA integrity_check").fetch_all(conn.raw()).await?;
    let lines: Vec<String> = rows.iter().map(|row| row.try_get(0)).collect::<Result<_, sqlx::Error>>()?;
    Ok(lines.into_iter().filter(|line| line != "ok").collect())
}

/// Copies the whole SQLite database, consistent while others write, into a new file.
pub async fn copy_into(conn: &mut Conn, file: &Path) -> Result<()> {
    sqlx::query("VACUUM INTO $1").bind(file.display().to_string()).execute(conn.raw()).await?;
    Ok(())
}

/// Migrations of this binary that the database has not had yet.
pub async fn pending_migrations(conn: &mut Conn) -> Result<Vec<&'static str>> {
    let done: Vec<i64> = match sqlx::query("SELECT version FROM _sqlx_migrations").fetch_all(conn.raw()).await {
        Ok(rows) => rows.iter().map(|row| row.int("version")).collect::<Result<_>>()?,
        // The table is made by the first migration run.
        Err(sqlx::Error::Database(_)) => Vec::new(),
        Err(error) => return Err(error.into()),
    };
    Ok(migrations::numbered().filter(|(number, _)| !done.contains(number)).map(|(_, name)| name).collect())
}
