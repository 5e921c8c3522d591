//! Sessions in the database, for tower-sessions. The published store wants an older sqlx.

use std::collections::HashMap;
use std::fmt;

use async_trait::async_trait;
use linchpin_domain::Timestamp;
use linchpin_store::{Store, sessions};
use serde_json::Value;
use sha2::{Digest, Sha256};
use time::OffsetDateTime;
use tower_sessions::cookie::SameSite;
use tower_sessions::session::{Id, Record};
use tower_sessions::session_store::{Error, Result};
use tower_sessions::{Expiry, SessionManagerLayer, SessionStore};

use crate::config::Config;

const DAYS: i64 = 14;

/// Keeps sessions in the database.
#[derive(Clone)]
pub struct Sessions {
    store: Store,
}

impl fmt::Debug for Sessions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sessions")
    }
}

/// Reads and writes the session cookie. On https it is a `__Host-` cookie.
pub fn layer(store: Store, config: &Config) -> SessionManagerLayer<Sessions> {
    let secure = config.public_url.scheme() == "https";
    SessionManagerLayer::new(Sessions { store })
        .with_name(if secure { "__Host-linchpin" } else { "linchpin_session" })
        .with_secure(secure)
        .with_http_only(true)
        .with_same_site(SameSite::Lax)
        .with_path("/")
}

/// When a session that begins now ends.
pub fn expiry(now: Timestamp) -> Expiry {
    Expiry::AtDateTime(to_date(now) + time::Duration::days(DAYS))
}

#[async_trait]
impl SessionStore for Sessions {
    async fn create(&self, record: &mut Record) -> Result<()> {
        loop {
            let mut tx = self.store.begin().await.map_err(failed)?;
            if sessions::add(&mut tx, &row(record)?).await.map_err(failed)? {
                // Ended sessions go when new ones come.
                sessions::remove_expired(&mut tx, self.store.clock().now()).await.map_err(failed)?;
                return tx.commit().await.map_err(failed);
            }
            record.id = Id::default();
        }
    }

    async fn save(&self, record: &Record) -> Result<()> {
        let mut tx = self.store.begin().await.map_err(failed)?;
        sessions::save(&mut tx, &row(record)?).await.map_err(failed)?;
        tx.commit().await.map_err(failed)
    }

    async fn load(&self, id: &Id) -> Result<Option<Record>> {
        let mut conn = self.store.read().await.map_err(failed)?;
        let found = sessions::find(&mut conn, &hash(id), self.store.clock().now()).await.map_err(failed)?;
        found
            .map(|session| {
                let data: HashMap<String, Value> =
                    serde_json::from_str(&session.data).map_err(|error| Error::Decode(error.to_string()))?;
                Ok(Record { id: *id, data, expiry_date: to_date(session.expires_at) })
            })
            .transpose()
    }

    async fn delete(&self, id: &Id) -> Result<()> {
        let mut tx = self.store.begin().await.map_err(failed)?;
        sessions::remove(&mut tx, &hash(id)).await.map_err(failed)?;
        tx.commit().await.map_err(failed)
    }
}

fn row(record: &Record) -> Result<sessions::Session> {
    Ok(sessions::Session {
        id: hash(&record.id),
        data: serde_json::to_string(&record.data).map_err(|error| Error::Encode(error.to_string()))?,
        expires_at: Timestamp::from_millis((record.expiry_date.unix_timestamp_nanos() / 1_000_000) as i64),
    })
}

fn hash(id: &Id) -> String {
    hex::encode(Sha256::digest(id.to_string().as_bytes()))
}

fn to_date(at: Timestamp) -> OffsetDateTime {
    OffsetDateTime::from_unix_timestamp_nanos(i128::from(at.as_millis()) * 1_000_000)
        .unwrap_or(OffsetDateTime::UNIX_EPOCH)
}

fn failed(error: linchpin_store::Error) -> Error {
    tracing::error!(error = &error as &dyn std::error::Error, "a session could not be read or written");
    Error::Backend(error.to_string())
}
