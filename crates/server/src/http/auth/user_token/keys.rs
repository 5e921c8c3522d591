//! A project's signing keys, ready to check signatures with.

use std::sync::atomic::{AtomicI64, Ordering};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use linchpin_connectors::Client;
use linchpin_domain::Timestamp;
use linchpin_domain::id::{ProjectId, SigningKeyId};
use linchpin_store::{Store, projects, signing_keys, token_issuers};
use serde_json::{Map, Value};

use super::issuer::Issuer;

use crate::http::error::ApiError;

/// A longer text is no token of ours.
const MAX_TOKEN: usize = 16 * 1024;
/// `last_used_at` of a key is this exact.
const USED_MS: i64 = 60 * 1000;

/// The keys of a project, and the issuers whose tokens it takes.
pub(super) struct Keys {
    own: Vec<Key>,
    issuers: Vec<Issuer>,
}

/// Who signed a token: the place of a signing key, or of an issuer; or this installation, for a preview.
#[derive(Debug, Clone, Copy)]
pub(super) enum Signer {
    Key(usize),
    Issuer(usize),
    Preview,
}

struct Key {
    id: SigningKeyId,
    kid: String,
    key: DecodingKey,
    used_at: AtomicI64,
}

impl Keys {
    /// The keys of a project; 404 when there is no such project.
    pub(super) async fn load(store: &Store, project_id: ProjectId) -> Result<Self, ApiError> {
        let mut conn = store.read().await?;
        if projects::find(&mut conn, project_id).await?.is_none() {
            return Err(ApiError::not_found("project"));
        }
        let mut keys = Vec::new();
        for row in signing_keys::list(&mut conn, project_id).await? {
            match DecodingKey::from_rsa_pem(row.public_key.as_bytes()) {
                Ok(key) => keys.push(Key {
                    id: row.id,
                    kid: row.kid,
                    key,
                    used_at: AtomicI64::new(row.last_used_at.map_or(0, Timestamp::as_millis)),
                }),
                Err(error) => tracing::error!(signing_key.id = %row.id, %error, "a stored signing key cannot be read"),
            }
        }
        let issuers = token_issuers::list(&mut conn, project_id).await?;
        Ok(Self { own: keys, issuers: issuers.into_iter().map(Issuer::new).collect() })
    }

    /// What `aud` of a signer's tokens must hold; `None` for our own rule.
    pub(super) fn audience(&self, signer: Signer) -> Option<&str> {
        match signer {
            Signer::Key(_) | Signer::Preview => None,
            Signer::Issuer(at) => Some(&self.issuers[at].audience),
        }
    }

    /// Whether a token that was verified before needs no second look.
    pub(super) fn stands(&self, signer: Signer, now: Timestamp) -> bool {
        match signer {
            Signer::Key(_) | Signer::Preview => true,
            Signer::Issuer(at) => self.issuers[at].good_until().is_some_and(|until| until > now),
        }
    }

    /// The claims of a token that one of the keys or issuers signed, and which. The claims are not judged yet.
    pub(super) async fn check(
        &self,
        token: &str,
        client: &Client,
        now: Timestamp,
    ) -> Result<(Signer, Map<String, Value>), ApiError> {
        let header = header(token)?;
        match header.get("alg").and_then(Value::as_str) {
            Some("RS256") => {}
            Some(other) => {
                return Err(wrong(format!("the user token says `alg: {other}`; only RS256 is accepted")));
            }
            None => return Err(wrong("the user token's header has no `alg`; sign it with RS256")),
        }
        if header.contains_key("crit") {
            return Err(wrong("the user token has a `crit` header, which is not supported"));
        }
        let kid = header.get("kid").and_then(Value::as_str);
        if !self.issuers.is_empty()
            && let Some(said) = issuer_of(token)
            && let Some(at) = self.issuers.iter().position(|issuer| issuer.issuer == said)
        {
            let claims = self.issuers[at].check(token, kid, client, now).await?;
            return Ok((Signer::Issuer(at), claims));
        }
        if self.own.is_empty() {
            return Err(wrong(
                "this project has no signing key yet; add one in the dashboard under Settings, Signing Keys",
            ));
        }
        let named = self.own.iter().position(|key| Some(key.kid.as_str()) == kid);
        // An unknown kid may be the backend's own name for a key that we know: try them all.
        let candidates = named.map_or(0..self.own.len(), |at| at..at + 1);
        for at in candidates {
            if let Some(claims) = verify(token, &self.own[at].key)? {
                return Ok((Signer::Key(at), claims));
            }
        }
        let known = self.own.iter().map(|key| format!("`{}`", key.kid)).collect::<Vec<_>>().join(", ");
        Err(match named {
            Some(_) => wrong(format!(
                "the user token's signature does not fit the signing key `{}`: it was signed with another key, or changed afterwards",
                kid.unwrap_or_default()
            )),
            None => wrong(format!(
                "the user token was signed with another key, or changed afterwards; this project's signing keys are {known}"
            )),
        })
    }

    /// Notes the use of a key, at most once a minute, best effort.
    pub(super) async fn note(&self, signer: Signer, store: &Store, project_id: ProjectId, now: i64) {
        let Signer::Key(at) = signer else { return };
        let key = &self.own[at];
        let used = key.used_at.load(Ordering::Relaxed);
        if now - used <= USED_MS
            || key.used_at.compare_exchange(used, now, Ordering::Relaxed, Ordering::Relaxed).is_err()
        {
            return;
        }
        let write = async {
            let mut tx = store.begin().await?;
            signing_keys::touch(&mut tx, project_id, key.id, Timestamp::from_millis(now)).await?;
            tx.commit().await
        };
        if let Err(error) = write.await {
            tracing::warn!(error = &error as &dyn std::error::Error, "a signing key's use was not noted");
        }
    }
}

/// The claims of a token, when this key signed it.
pub(super) fn verify(token: &str, key: &DecodingKey) -> Result<Option<Map<String, Value>>, ApiError> {
    let mut validation = Validation::new(Algorithm::RS256);
    // Claims are judged by our own rules and clock.
    validation.validate_exp = false;
    validation.validate_nbf = false;
    validation.validate_aud = false;
    validation.required_spec_claims.clear();
    match jsonwebtoken::decode::<Value>(token, key, &validation) {
        Ok(data) => match data.claims {
            Value::Object(claims) => Ok(Some(claims)),
            _ => Err(wrong("the user token's claims are not a JSON object")),
        },
        Err(error) if matches!(error.kind(), jsonwebtoken::errors::ErrorKind::InvalidSignature) => Ok(None),
        Err(error) => Err(wrong(format!("the user token cannot be read: {error}"))),
    }
}

/// Who a token says that it comes from. Nothing is proven yet.
fn issuer_of(token: &str) -> Option<String> {
    let claims = URL_SAFE_NO_PAD.decode(token.split('.').nth(1)?).ok()?;
    let claims: Map<String, Value> = serde_json::from_slice(&claims).ok()?;
    claims.get("iss")?.as_str().map(str::to_owned)
}

pub(super) fn header(token: &str) -> Result<Map<String, Value>, ApiError> {
    if token.len() > MAX_TOKEN {
        return Err(wrong("the user token is longer than 16 KiB"));
    }
    let parts: Vec<&str> = token.split('.').collect();
    let [header, _, _] = parts.as_slice() else {
        return Err(wrong("the user token is not a JWT: three parts with dots between are expected"));
    };
    let header = URL_SAFE_NO_PAD.decode(header).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok());
    header.ok_or_else(|| wrong("the user token is not a JWT: its header is not JSON in base64url"))
}

pub(super) fn wrong(message: impl Into<String>) -> ApiError {
    ApiError::unauthorized("token_invalid", message)
}
