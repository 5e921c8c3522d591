//! API keys: `lp_` and 32 random bytes in hexadecimal, stored as a hash.

use std::time::Duration;

use linchpin_domain::Clock;
use linchpin_domain::id::secret_text;
use linchpin_store::api_keys::{self, ApiKey};
use secrecy::SecretString;
use sha2::{Digest, Sha256};

use crate::state::App;

const PREFIX: &str = "lp_";
/// How much of a key is kept to recognise it by.
const SHOWN: usize = 10;

/// A fresh key, its hash and its recognisable beginning.
pub struct Minted {
    /// Shown once.
    pub key: SecretString,
    /// Stored.
    pub hash: String,
    /// Stored and shown.
    pub prefix: String,
}

/// Makes a key. 256 random bits need no slow hash.
pub fn mint(clock: &dyn Clock) -> Minted {
    let key = format!("{PREFIX}{}", secret_text(clock));
    Minted { hash: hash(&key), prefix: key[..SHOWN].to_owned(), key: SecretString::from(key) }
}

/// The hash by which a key is found.
pub fn hash(key: &str) -> String {
    hex::encode(Sha256::digest(key.as_bytes()))
}

/// Finds a key and notes its use, at most once a minute.
pub(super) async fn find(app: &App, key: &str) -> linchpin_store::Result<Option<ApiKey>> {
    if !key.starts_with(PREFIX) {
        return Ok(None);
    }
    let mut conn = app.store.read().await?;
    let Some(mut found) = api_keys::find_by_hash(&mut conn, &hash(key)).await? else { return Ok(None) };
    drop(conn);
    let now = app.clock.now();
    if found.last_used_at.is_none_or(|last| now.since(last) >= Duration::from_mins(1)) {
        let mut tx = app.store.begin().await?;
        api_keys::touch(&mut tx, found.project_id, found.id, now).await?;
        tx.commit().await?;
        found.last_used_at = Some(now);
    }
    Ok(Some(found))
}
