//! What differs between SQLite and PostgreSQL, in one place.

use std::path::PathBuf;
use std::str::FromStr;

use sqlx::sqlite::SqliteConnectOptions;

use crate::error::{Error, Result};

/// Which database is spoken to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    /// A file beside the server, in WAL mode with `synchronous=FULL`.
    Sqlite,
    /// A server.
    Postgres,
}

impl Dialect {
    pub(crate) fn of(url: &str) -> Result<Self> {
        if url.starts_with("sqlite:") {
            Ok(Self::Sqlite)
        } else if url.starts_with("postgres:") || url.starts_with("postgresql:") {
            Ok(Self::Postgres)
        } else {
            Err(Error::Url { url: url.split('@').next_back().unwrap_or_default().to_owned() })
        }
    }

    /// The file of a SQLite database.
    pub(crate) fn file(self, url: &str) -> sqlx::Result<Option<PathBuf>> {
        match self {
            Self::Sqlite => Ok(Some(SqliteConnectOptions::from_str(url)?.get_filename().to_owned())),
            Self::Postgres => Ok(None),
        }
    }

    pub(crate) fn pool_size(self) -> u32 {
        match self {
            Self::Sqlite => 8,
            Self::Postgres => 16,
        }
    }

    /// Statements for every new connection.
    pub(crate) fn on_connect(self) -> &'static [&'static str] {
        match self {
            Self::Sqlite => &[
                "PRAGMA journal_mode = WAL",
                "PRAGMA synchronous = FULL",
                "PRAGMA foreign_keys = ON",
                "PRAGMA busy_timeout = 10000",
                // Checkpoints run beside the writer, never inside one of its commits.
                "PRAGMA wal_autocheckpoint = 0",
                "PRAGMA cache_size = -16000",
                "PRAGMA temp_store = MEMORY",
            ],
            Self::Postgres => &["SET TIME ZONE 'UTC'"],
        }
    }

    /// A transaction that will write takes SQLite's write lock at once: a deferred one that reads
    /// first fails without waiting when another commit comes between (error 517).
    pub(crate) fn begin(self) -> &'static str {
        match self {
            Self::Sqlite => "BEGIN IMMEDIATE",
            Self::Postgres => "BEGIN",
        }
    }

    /// The generation, held against change until the transaction's end.
    pub(crate) fn held_generation(self) -> &'static str {
        match self {
            Self::Sqlite => "SELECT value FROM generation WHERE id = 1",
            Self::Postgres => "SELECT value FROM generation WHERE id = 1 FOR SHARE",
        }
    }

    /// The generation, kept from everybody else until the transaction's end. SQLite has one writer at a time.
    pub(crate) fn own_generation(self) -> &'static str {
        match self {
            Self::Sqlite => "SELECT value FROM generation WHERE id = 1",
            Self::Postgres => "SELECT value FROM generation WHERE id = 1 FOR UPDATE",
        }
    }

    /// Chooses between two texts of one statement.
    pub(crate) fn pick(self, sqlite: &'static str, postgres: &'static str) -> &'static str {
        match self {
            Self::Sqlite => sqlite,
            Self::Postgres => postgres,
        }
    }
}
