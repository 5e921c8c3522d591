//! What can go wrong with the database. Absence is never an error here: `find` answers `None`.

/// Result of a store operation.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why a store operation failed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The URL names no database that is known.
    #[error("`{url}` is no database URL; use sqlite:///path/to/linchpin.db or postgres://user:password@host/database")]
    Url {
        /// What was given, without its password.
        url: String,
    },
    /// The database could not be opened.
    #[error("could not open the database")]
    Open {
        /// The driver's reason.
        #[source]
        source: sqlx::Error,
    },
    /// The tables could not be brought up to date.
    #[error("could not bring the database's tables up to date")]
    Migrate {
        /// The driver's reason.
        #[source]
        source: sqlx::migrate::MigrateError,
    },
    /// A unique name or key is taken.
    #[error("{what} exists already")]
    Taken {
        /// What is taken, for people.
        what: String,
    },
    /// A stored value cannot be read: damage, or a newer version's writing.
    #[error("stored {what} cannot be read: {reason}")]
    Corrupt {
        /// Table and column.
        what: &'static str,
        /// Why.
        reason: String,
    },
    /// A sealed value cannot be opened: another master key, or damage.
    #[error("a sealed value cannot be opened: the master key is another one, or the value was changed")]
    Seal,
    /// The writer has stopped.
    #[error("the server is stopping")]
    Stopped,
    /// A statement failed: disk full, database away, or a fault of ours.
    #[error("a database statement failed")]
    Statement {
        /// The driver's reason.
        #[source]
        source: sqlx::Error,
    },
    /// The same on the writer's own connection to SQLite.
    #[error("a database statement failed")]
    File {
        /// SQLite's reason.
        #[source]
        source: rusqlite::Error,
    },
}

impl Error {
    /// Whether trying again later can help (disk full, database away, locked).
    pub fn is_passing(&self) -> bool {
        match self {
            Self::Statement { source } | Self::Open { source } => !matches!(
                source,
                sqlx::Error::ColumnDecode { .. } | sqlx::Error::ColumnNotFound(_) | sqlx::Error::Decode(_)
            ),
            Self::Stopped | Self::File { source: rusqlite::Error::SqliteFailure(..) } => true,
            _ => false,
        }
    }

    /// Turns a violated uniqueness into [`Error::Taken`].
    #[must_use]
    pub fn or_taken(self, what: impl FnOnce() -> String) -> Self {
        match &self {
            Self::Statement { source: sqlx::Error::Database(error) } if error.is_unique_violation() => {
                Self::Taken { what: what() }
            }
            _ => self,
        }
    }

    /// A stored value that cannot be read.
    pub fn corrupt(what: &'static str, reason: impl ToString) -> Self {
        Self::Corrupt { what, reason: reason.to_string() }
    }
}

impl From<sqlx::Error> for Error {
    fn from(source: sqlx::Error) -> Self {
        Self::Statement { source }
    }
}

impl From<rusqlite::Error> for Error {
    fn from(source: rusqlite::Error) -> Self {
        Self::File { source }
    }
}
