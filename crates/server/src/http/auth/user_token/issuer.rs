//! Tokens of identity providers: checked with the keys that the issuer publishes (JWKS), which are held
//! for a while and fetched again when a token names one that is not known.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use jsonwebtoken::DecodingKey;
use linchpin_connectors::{Client, document};
use linchpin_domain::Timestamp;
use linchpin_store::token_issuers::TokenIssuer;
use parking_lot::Mutex;
use serde_json::{Map, Value};
use url::Url;

use super::keys::{verify, wrong};
use crate::http::error::ApiError;

/// Keys are held at most this long, and at least [`AGAIN`], whatever their owner says.
const LONGEST: Duration = Duration::from_hours(24);
/// Where the owner does not say how long.
const USUAL: Duration = Duration::from_hours(1);
/// Keys are not asked for again before this time: tokens with invented keys must not become a storm.
const AGAIN: Duration = Duration::from_secs(30);
/// An issuer that does not answer is bridged this long with the keys that it had.
const BRIDGED: Duration = Duration::from_hours(24);
/// Bytes of the modulus of the smallest key that is taken: 2048 bits.
const SMALLEST: usize = 256;

/// An issuer with its keys.
pub(super) struct Issuer {
    pub(super) issuer: String,
    pub(super) audience: String,
    jwks_url: String,
    held: Mutex<Option<Held>>,
    /// One fetch at a time; whoever waits finds its keys.
    fetching: tokio::sync::Mutex<Option<Timestamp>>,
}

#[derive(Clone)]
struct Held {
    keys: Arc<HashMap<String, DecodingKey>>,
    fetched_at: Timestamp,
    good_until: Timestamp,
}

impl Issuer {
    pub(super) fn new(row: TokenIssuer) -> Self {
        Self {
            issuer: row.issuer,
            audience: row.audience,
            jwks_url: row.jwks_url,
            held: Mutex::default(),
            fetching: tokio::sync::Mutex::default(),
        }
    }

    /// Until when keys that are held now need no second look; a token is verified anew after it.
    pub(super) fn good_until(&self) -> Option<Timestamp> {
        self.held.lock().as_ref().map(|held| held.good_until)
    }

    /// The claims of a token that says it comes from here. They are not judged yet.
    pub(super) async fn check(
        &self,
        token: &str,
        kid: Option<&str>,
        client: &Client,
        now: Timestamp,
    ) -> Result<Map<String, Value>, ApiError> {
        let kid =
            kid.ok_or_else(|| wrong("the user token's header has no `kid`; it names one of the issuer's keys"))?;
        let known = self.held.lock().clone().filter(|held| held.good_until > now);
        let key = match known.and_then(|held| held.keys.get(kid).cloned()) {
            Some(key) => key,
            None => self.fetched(kid, client, now).await?,
        };
        verify(token, &key)?
            .ok_or_else(|| wrong(format!("the user token's signature does not fit the key `{kid}` of {}", self.issuer)))
    }

    /// The key, after a look at what the issuer publishes now.
    async fn fetched(&self, kid: &str, client: &Client, now: Timestamp) -> Result<DecodingKey, ApiError> {
        let mut last = self.fetching.lock().await;
        let held = self.held.lock().clone();
        // Somebody else has just asked.
        let waits = last.is_some_and(|last| now.since(last) < AGAIN && last <= now);
        if !waits {
            *last = Some(now);
            match self.fetch(client, now).await {
                Ok(fresh) => *self.held.lock() = Some(fresh),
                Err(message) => {
                    let bridged = held.as_ref().is_some_and(|held| now.since(held.fetched_at) < BRIDGED);
                    tracing::warn!(issuer = %self.issuer, message, bridged, "the keys of a token issuer could not be fetched");
                    if !bridged {
                        return Err(ApiError::unavailable(format!(
                            "the keys of {} could not be fetched: {message}; try again in a moment",
                            self.issuer
                        )));
                    }
                }
            }
        }
        let key = self.held.lock().as_ref().and_then(|held| held.keys.get(kid).cloned());
        key.ok_or_else(|| match (waits, &held) {
            // The last fetch failed, and nothing is known.
            (true, None) => ApiError::unavailable(format!(
                "the keys of {} could not be fetched; try again in a moment",
                self.issuer
            )),
            _ => wrong(format!("the user token names the key `{kid}`, which {} does not publish", self.issuer)),
        })
    }

    async fn fetch(&self, client: &Client, now: Timestamp) -> Result<Held, String> {
        let url = Url::parse(&self.jwks_url).map_err(|_| "its address is none".to_owned())?;
        let document = document::fetch(client, &url).await?;
        let keys = read(&document.body);
        if keys.is_empty() {
            return Err("there is no RSA key for RS256 in it".into());
        }
        let age = document.max_age.unwrap_or(USUAL).clamp(AGAIN, LONGEST);
        Ok(Held { keys: Arc::new(keys), fetched_at: now, good_until: now.plus(age) })
    }
}

/// The keys of a JWKS that an RS256 signature can be checked with.
fn read(jwks: &Value) -> HashMap<String, DecodingKey> {
    let text = |key: &Value, name: &str| key.get(name).and_then(Value::as_str).map(str::to_owned);
    let mut keys = HashMap::new();
    for key in jwks.get("keys").and_then(Value::as_array).into_iter().flatten() {
        let fits = text(key, "kty").as_deref() == Some("RSA")
            && text(key, "use").is_none_or(|what| what == "sig")
            && text(key, "alg").is_none_or(|algorithm| algorithm == "RS256");
        let (true, Some(kid), Some(modulus), Some(exponent)) = (fits, text(key, "kid"), text(key, "n"), text(key, "e"))
        else {
            continue;
        };
        // Four letters of base64url are three bytes.
        if modulus.len() * 3 / 4 < SMALLEST {
            continue;
        }
        if let Ok(key) = DecodingKey::from_rsa_components(&modulus, &exponent) {
            keys.insert(kid, key);
        }
    }
    keys
}
