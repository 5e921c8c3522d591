//! Connections and transactions.

use std::collections::BTreeSet;
use std::ops::{Deref, DerefMut};
use std::sync::Arc;

use sqlx::any::AnyRow;
use sqlx::pool::PoolConnection;
use sqlx::{Any, AnyConnection, Row, Transaction};
use tokio::sync::OwnedMutexGuard;

use crate::error::{Error, Result};
use crate::permissions::{self, Review};
use crate::{Change, Inner, Store, audit_log};

/// A connection for reading, or the inside of a [`Tx`].
pub struct Conn {
    link: Link,
    pub(crate) inner: Arc<Inner>,
}

enum Link {
    Pool(PoolConnection<Any>),
    Transaction(Transaction<'static, Any>),
}

impl Conn {
    pub(crate) async fn read(inner: &Arc<Inner>) -> Result<Self> {
        Ok(Self { link: Link::Pool(inner.pool.acquire().await?), inner: Arc::clone(inner) })
    }

    pub(crate) fn raw(&mut self) -> &mut AnyConnection {
        match &mut self.link {
            Link::Pool(connection) => connection,
            Link::Transaction(transaction) => transaction,
        }
    }

    /// The routing generation in the database.
    pub async fn generation(&mut self) -> Result<u64> {
        let row = sqlx::query("SELECT value FROM generation WHERE id = 1").fetch_one(self.raw()).await?;
        Ok(row.try_get::<i64, _>(0)?.unsigned_abs())
    }
}

/// A transaction. Dropped without [`Tx::commit`] it changes nothing.
pub struct Tx {
    conn: Conn,
    store: Store,
    changes: Vec<Change>,
    /// Whose permissions to look at before the commit: one transaction may change both sides of them.
    reviews: BTreeSet<Review>,
    /// What it changes, by id and name, for the line of the audit log.
    about: Option<(String, String)>,
    _routing: OwnedMutexGuard<()>,
}

impl Tx {
    pub(crate) async fn begin(store: Store, routing: OwnedMutexGuard<()>) -> Result<Self> {
        let inner = Arc::clone(store.inner());
        let transaction = inner.pool.begin_with(inner.dialect.begin()).await?;
        Ok(Self {
            conn: Conn { link: Link::Transaction(transaction), inner },
            store,
            changes: Vec::new(),
            reviews: BTreeSet::new(),
            about: None,
            _routing: routing,
        })
    }

    /// Says that this transaction changes what intake holds in memory. Announced after the commit.
    pub fn changed(&mut self, change: Change) {
        if !self.changes.contains(&change) {
            self.changes.push(change);
        }
    }

    /// Has permissions looked at before the commit, when everything that they depend on is written.
    pub(crate) fn review(&mut self, review: Review) {
        self.reviews.insert(review);
    }

    /// Says what this transaction changes: the line of the audit log is then a part of it.
    pub fn about(&mut self, id: impl ToString, name: impl Into<String>) {
        self.about = Some((id.to_string(), name.into()));
    }

    /// Commits, then announces the changes.
    pub async fn commit(mut self) -> Result<()> {
        let line = audit_log::waiting(self.about.as_ref());
        if let Some((_, entry)) = &line {
            audit_log::add_about(&mut self, entry.clone(), false).await?;
        }
        for review in std::mem::take(&mut self.reviews) {
            permissions::withdraw(&mut self, review).await?;
        }
        let mut generation = None;
        if !self.changes.is_empty() {
            let row = sqlx::query("UPDATE generation SET value = value + 1 WHERE id = 1 RETURNING value")
                .fetch_one(self.conn.raw())
                .await?;
            generation = Some(row.try_get::<i64, _>(0)?.unsigned_abs());
        }
        let Link::Transaction(transaction) = self.conn.link else { unreachable!("a Tx holds a transaction") };
        transaction.commit().await?;
        if let Some((line, _)) = &line {
            audit_log::taken_along(line);
        }
        if let Some(generation) = generation {
            // A jump by more than one means that another process changed something in between.
            let foreign = generation != self.store.generation() + 1;
            let everything = [Change::Everything];
            self.store.announce(generation, if foreign { &everything } else { &self.changes });
        }
        Ok(())
    }
}

impl Deref for Tx {
    type Target = Conn;
    fn deref(&self) -> &Conn {
        &self.conn
    }
}

impl DerefMut for Tx {
    fn deref_mut(&mut self) -> &mut Conn {
        &mut self.conn
    }
}

/// Reads columns by name with an error that says which.
pub(crate) trait Columns {
    fn text(&self, column: &'static str) -> Result<String>;
    fn maybe_text(&self, column: &'static str) -> Result<Option<String>>;
    fn int(&self, column: &'static str) -> Result<i64>;
    fn maybe_int(&self, column: &'static str) -> Result<Option<i64>>;
    fn flag(&self, column: &'static str) -> Result<bool>;
    fn id<T: From<uuid::Uuid>>(&self, column: &'static str) -> Result<T>;
    fn json<T: serde::de::DeserializeOwned>(&self, column: &'static str) -> Result<T>;
    fn time(&self, column: &'static str) -> Result<linchpin_domain::Timestamp>;
    fn maybe_time(&self, column: &'static str) -> Result<Option<linchpin_domain::Timestamp>>;
}

impl Columns for AnyRow {
    fn text(&self, column: &'static str) -> Result<String> {
        Ok(self.try_get(column)?)
    }

    fn maybe_text(&self, column: &'static str) -> Result<Option<String>> {
        Ok(self.try_get(column)?)
    }

    fn int(&self, column: &'static str) -> Result<i64> {
        Ok(self.try_get(column)?)
    }

    fn maybe_int(&self, column: &'static str) -> Result<Option<i64>> {
        Ok(self.try_get(column)?)
    }

    fn flag(&self, column: &'static str) -> Result<bool> {
        Ok(self.int(column)? != 0)
    }

    fn id<T: From<uuid::Uuid>>(&self, column: &'static str) -> Result<T> {
        let text: String = self.try_get(column)?;
        uuid::Uuid::parse_str(&text).map(T::from).map_err(|error| Error::corrupt(column, error))
    }

    fn json<T: serde::de::DeserializeOwned>(&self, column: &'static str) -> Result<T> {
        let text: String = self.try_get(column)?;
        linchpin_domain::readable::read_back(&text).map_err(|error| Error::corrupt(column, error))
    }

    fn time(&self, column: &'static str) -> Result<linchpin_domain::Timestamp> {
        Ok(linchpin_domain::Timestamp::from_millis(self.int(column)?))
    }

    fn maybe_time(&self, column: &'static str) -> Result<Option<linchpin_domain::Timestamp>> {
        Ok(self.maybe_int(column)?.map(linchpin_domain::Timestamp::from_millis))
    }
}

/// A JSON column's text.
pub(crate) fn to_json(value: &impl serde::Serialize) -> String {
    serde_json::to_string(value).expect("stored types serialize to JSON")
}
