//! The writer's own connection. SQLite is called in the writer's thread, statement by statement, without
//! the driver's channel in between; PostgreSQL through the driver that everything else uses.

use rusqlite::OptionalExtension;
use sqlx::pool::PoolConnection;
use sqlx::{Any, Connection, Row};

use crate::error::Result;
use crate::rows::Rows;
use crate::{Dialect, Store};

/// Statements that SQLite keeps prepared: more than the writer has.
const PREPARED: usize = 32;

/// The connection.
pub enum Link {
    /// SQLite.
    File(rusqlite::Connection),
    /// PostgreSQL.
    Server(PoolConnection<Any>),
}

/// A transaction. Dropped without [`Transaction::commit`] it changes nothing.
pub enum Transaction<'a> {
    /// On SQLite.
    File(rusqlite::Transaction<'a>),
    /// On PostgreSQL.
    Server(sqlx::Transaction<'a, Any>),
}

/// A statement for each of the two databases.
pub type Texts = (&'static str, &'static str);

impl Link {
    pub async fn open(store: &Store) -> Result<Self> {
        let inner = store.inner();
        let Some(file) = &inner.file else { return Ok(Self::Server(inner.pool.acquire().await?)) };
        let connection = rusqlite::Connection::open(file)?;
        for statement in Dialect::Sqlite.on_connect() {
            connection.execute_batch(statement)?;
        }
        connection.set_prepared_statement_cache_capacity(PREPARED);
        Ok(Self::File(connection))
    }

    pub async fn begin(&mut self) -> Result<Transaction<'_>> {
        Ok(match self {
            Self::File(connection) => {
                Transaction::File(connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?)
            }
            Self::Server(connection) => Transaction::Server(connection.begin().await?),
        })
    }
}

impl Transaction<'_> {
    /// Runs the rows' statement.
    pub async fn execute(&mut self, rows: Rows<'_>) -> Result<()> {
        match self {
            Self::File(transaction) => rows.execute_each(transaction),
            Self::Server(transaction) => rows.execute(&mut *transaction, Dialect::Postgres).await,
        }
    }

    /// Runs the rows' statement and returns what it finds: `N` texts each.
    pub async fn fetch<const N: usize>(&mut self, rows: Rows<'_>) -> Result<Vec<[String; N]>> {
        match self {
            Self::File(transaction) => rows.fetch_each(transaction, |row| {
                let mut texts = [const { String::new() }; N];
                for (column, text) in texts.iter_mut().enumerate() {
                    *text = row.get(column)?;
                }
                Ok(texts)
            }),
            Self::Server(transaction) => {
                let found = rows.fetch(&mut *transaction, Dialect::Postgres).await?;
                found
                    .iter()
                    .map(|row| {
                        let mut texts = [const { String::new() }; N];
                        for (column, text) in texts.iter_mut().enumerate() {
                            *text = row.try_get(column)?;
                        }
                        Ok(texts)
                    })
                    .collect()
            }
        }
    }

    /// Runs a statement with one text.
    pub async fn execute_with(&mut self, (sqlite, postgres): Texts, text: &str) -> Result<()> {
        match self {
            Self::File(transaction) => {
                transaction.prepare_cached(sqlite)?.execute([text])?;
            }
            Self::Server(transaction) => {
                sqlx::query(postgres).bind(text).execute(&mut **transaction).await?;
            }
        }
        Ok(())
    }

    /// The number that a statement finds for these texts, if any.
    pub async fn number(&mut self, statement: &'static str, texts: &[&str]) -> Result<Option<i64>> {
        match self {
            Self::File(transaction) => {
                let found = transaction
                    .prepare_cached(statement)?
                    .query_row(rusqlite::params_from_iter(texts), |row| row.get(0));
                Ok(found.optional()?)
            }
            Self::Server(transaction) => {
                let query = texts.iter().fold(sqlx::query(statement), |query, text| query.bind(*text));
                let row = query.fetch_optional(&mut **transaction).await?;
                Ok(row.map(|row| row.try_get(0)).transpose()?)
            }
        }
    }

    pub async fn commit(self) -> Result<()> {
        match self {
            Self::File(transaction) => transaction.commit()?,
            Self::Server(transaction) => transaction.commit().await?,
        }
        Ok(())
    }
}
