//! Every SQL statement, for SQLite and PostgreSQL alike, and the sealing of secrets.
//!
//! This crate answers no HTTP and calls nobody. Reads take a [`Conn`]; writes take a [`Tx`], and the
//! caller commits. The hot path (accepted events, journals, run states) goes through the
//! [`writer`](writer::Writer), which commits in groups.
//!
//! To add a table: add the same migration to `migrations/sqlite` and `migrations/postgres`, give it a
//! module with `find`, `list`, `add`, `update`, `remove` as free functions whose first parameter after
//! the connection is the project id, and add its tests to `tests/it`, which run on both databases.

pub mod api_keys;
pub mod app_events;
pub mod audience;
pub mod audit_log;
mod checkpoint;
pub mod configurations;
pub mod conn;
pub mod connect_links;
pub mod connect_sessions;
pub mod connected_users;
pub mod credentials;
pub mod dialect;
pub mod enablements;
pub mod erasure;
pub mod error;
pub mod event_deliveries;
pub mod event_destinations;
pub mod hook_registrations;
pub mod idempotency_keys;
pub mod installation;
pub mod integrations;
pub mod invitations;
pub mod journal;
pub mod maintenance;
pub mod members;
pub mod memberships;
pub mod migrations;
pub mod notices;
mod packed;
mod permissions;
pub mod pins;
pub mod poll_cursors;
pub mod projects;
pub mod received_events;
pub mod releases;
pub mod retention;
pub mod rollouts;
pub mod routing;
mod rows;
pub mod runs;
pub mod schedule_marks;
mod sealed_settings;
pub mod secrets;
pub mod serving;
pub mod sessions;
pub mod signing_keys;
pub mod sync_accounts;
pub mod sync_records;
pub mod syncs;
#[cfg(feature = "testkit")]
pub mod testkit;
pub mod token_issuers;
pub mod trigger_subscriptions;
pub mod vault;
pub mod webhook_deliveries;
pub mod workflow_versions;
pub mod workflows;
pub mod writer;

use std::str::FromStr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

pub use conn::{Conn, Tx};
pub use dialect::Dialect;
pub use error::{Error, Result};
use linchpin_domain::Clock;
use linchpin_domain::id::{ConnectedUserId, ProjectId};
use parking_lot::RwLock;
use sqlx::any::{AnyConnectOptions, AnyPoolOptions};
use sqlx::{AnyPool, Executor};
use tokio::sync::{Mutex, broadcast};
use vault::{MasterKey, Vault};

/// The database and the vault. Cheap to clone.
#[derive(Clone)]
pub struct Store {
    inner: Arc<Inner>,
}

pub(crate) struct Inner {
    pub(crate) pool: AnyPool,
    pub(crate) dialect: Dialect,
    /// Where SQLite's database is.
    pub(crate) file: Option<std::path::PathBuf>,
    pub(crate) vault: Vault,
    pub(crate) clock: Arc<dyn Clock>,
    /// Held from the begin of a transaction that changes routing until its changes are announced,
    /// so that whoever finds a raised generation can wait for the announcement.
    routing_lock: Arc<Mutex<()>>,
    /// The generation whose changes have been announced in this process.
    generation: AtomicU64,
    changes: broadcast::Sender<Change>,
    listeners: RwLock<Vec<Listener>>,
}

/// Called for each change before the raised generation is visible.
type Listener = Box<dyn Fn(Change) + Send + Sync>;

/// A change that what intake holds in memory must follow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// App Events, workflows, integrations, secrets or keys of a project.
    Project(ProjectId),
    /// Credentials, configurations, enablements or state of one connected user.
    User(ProjectId, ConnectedUserId),
    /// Another process changed something: forget everything.
    Everything,
}

/// How to open a [`Store`].
pub struct Options {
    /// `sqlite:///path/linchpin.db` or `postgres://user@host/db`.
    pub url: String,
    /// Seals the projects' data keys.
    pub master_key: MasterKey,
    /// Time and randomness.
    pub clock: Arc<dyn Clock>,
}

impl Store {
    /// Opens the database and brings its tables up to date.
    pub async fn open(options: Options) -> Result<Self> {
        let store = Self::connect(options).await?;
        migrations::run(&store.inner.pool, store.inner.dialect).await?;
        let generation = store.read().await?.generation().await?;
        store.inner.generation.store(generation, Ordering::SeqCst);
        Ok(store)
    }

    /// Opens the database as it is, for looking at it only: its tables may be older, or missing.
    pub async fn connect(options: Options) -> Result<Self> {
        sqlx::any::install_default_drivers();
        let dialect = Dialect::of(&options.url)?;
        let connect = AnyConnectOptions::from_str(&options.url).map_err(|source| Error::Open { source })?;
        let file = dialect.file(&options.url).map_err(|source| Error::Open { source })?;
        let pool = AnyPoolOptions::new()
            .max_connections(dialect.pool_size())
            .after_connect(move |connection, _| {
                Box::pin(async move {
                    for statement in dialect.on_connect() {
                        connection.execute(*statement).await?;
                    }
                    Ok(())
                })
            })
            .connect_with(connect)
            .await
            .map_err(|source| Error::Open { source })?;
        Ok(Self {
            inner: Arc::new(Inner {
                pool,
                dialect,
                file,
                vault: Vault::new(options.master_key),
                clock: options.clock,
                routing_lock: Arc::default(),
                generation: AtomicU64::new(0),
                changes: broadcast::channel(4096).0,
                listeners: RwLock::default(),
            }),
        })
    }

    /// A connection for reading.
    pub async fn read(&self) -> Result<Conn> {
        Conn::read(&self.inner).await
    }

    /// A transaction. Several statements, one commit; dropped without [`Tx::commit`] it changes nothing.
    pub async fn begin(&self) -> Result<Tx> {
        let guard = Arc::clone(&self.inner.routing_lock).lock_owned().await;
        Tx::begin(self.clone(), guard).await
    }

    /// Seals and opens secrets.
    pub fn vault(&self) -> &Vault {
        &self.inner.vault
    }

    /// The injected clock.
    pub fn clock(&self) -> &Arc<dyn Clock> {
        &self.inner.clock
    }

    /// Which database this is.
    pub fn dialect(&self) -> Dialect {
        self.inner.dialect
    }

    /// The routing generation whose changes have been announced in this process.
    pub fn generation(&self) -> u64 {
        self.inner.generation.load(Ordering::SeqCst)
    }

    /// Changes that what is held in memory must follow. A receiver that lags must forget everything.
    pub fn changes(&self) -> broadcast::Receiver<Change> {
        self.inner.changes.subscribe()
    }

    /// Calls `listener` for every change, before the raised generation is visible: whoever then reads
    /// the generation sees memory without the outdated value. It must not block.
    pub fn on_change(&self, listener: impl Fn(Change) + Send + Sync + 'static) {
        self.inner.listeners.write().push(Box::new(listener));
    }

    /// Compares the generation with the database: what another process changed is announced as
    /// [`Change::Everything`]. Returns the generation that is now announced.
    pub async fn catch_up(&self) -> Result<u64> {
        // Changes of this process are announced under the lock, so after it only foreign ones differ.
        let _guard = self.inner.routing_lock.lock().await;
        let found = self.read().await?.generation().await?;
        if found != self.generation() {
            self.announce(found, &[Change::Everything]);
        }
        Ok(found)
    }

    pub(crate) fn announce(&self, generation: u64, changes: &[Change]) {
        for change in changes {
            for listener in self.inner.listeners.read().iter() {
                listener(*change);
            }
            // Nobody listening is fine: nothing is held in memory then.
            let _ = self.inner.changes.send(*change);
        }
        self.inner.generation.store(generation, Ordering::SeqCst);
    }

    pub(crate) fn inner(&self) -> &Arc<Inner> {
        &self.inner
    }

    /// Closes every connection; on SQLite the WAL is folded into the database file.
    pub async fn close(&self) {
        self.inner.pool.close().await;
    }
}
