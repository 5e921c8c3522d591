//! The user token: a JWT that the host application's backend signs for one of its users, or that an
//! identity provider of the project issued. RS256 only, checked with the project's signing keys or with
//! those that the issuer publishes.
//!
//! A verified token is held in memory by its hash. What is held is not believed for longer than it is
//! true: its end is compared with the clock on every use, a changed key or project makes it be verified
//! again, and a changed user is read again.

mod claims;
mod issuer;
mod keys;
mod permissions;
mod preview;
mod visits;

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

use axum::extract::{FromRequestParts, OriginalUri};
use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use linchpin_connectors::Client;
use linchpin_domain::id::{ConnectedUserId, MemberId, ProjectId};
use linchpin_domain::{Clock, Timestamp};
use linchpin_store::{Change, Store, connected_users};
use quick_cache::sync::Cache;
use sha2::{Digest, Sha256};

use crate::http::error::ApiError;
use crate::state::App;
use keys::{Keys, Signer};
use visits::Visits;

pub use permissions::{Permission, Permissions, Subject};

/// Verified tokens held in memory.
const TOKENS: usize = 100_000;
/// Users held in memory.
const USERS: usize = 100_000;
/// Projects whose keys are held in memory.
const PROJECTS: usize = 10_000;
/// `last_seen_at` of a user is this exact, so that a busy user is not a write per call.
const SEEN_MS: i64 = 15 * 60 * 1000;

/// A verified connected user. Whoever takes one as an argument is reached with a good token only.
#[derive(Debug, Clone)]
pub struct ConnectedUser {
    /// The tenant that the token is for.
    pub project_id: ProjectId,
    /// The user.
    pub id: ConnectedUserId,
    /// The user's id in the host application.
    pub external_id: Arc<str>,
    /// What the token says that it may; `None` for everything.
    pub permissions: Option<Arc<Permissions>>,
}

/// Verifies user tokens. Cheap to clone.
#[derive(Clone)]
pub struct UserTokens {
    inner: Arc<Inner>,
}

struct Inner {
    store: Store,
    clock: Arc<dyn Clock>,
    /// Fetches the keys of issuers.
    client: Client,
    tokens: Arc<Cache<[u8; 32], Arc<Verified>>>,
    keys: Arc<Cache<ProjectId, Arc<Keys>>>,
    users: Arc<Cache<ConnectedUserId, Arc<Known>>>,
    changes: Arc<AtomicU64>,
    visits: Visits,
}

/// A token that was good when it was verified.
struct Verified {
    user: ConnectedUser,
    expires_at: i64,
    keys: Arc<Keys>,
    signer: Signer,
}

/// What is known of a user.
struct Known {
    disabled: bool,
    seen_at: AtomicI64,
}

impl UserTokens {
    /// Over a store; follows its changes.
    pub fn new(store: Store, client: Client) -> Self {
        let inner = Inner {
            clock: Arc::clone(store.clock()),
            visits: Visits::new(store.clone()),
            store,
            client,
            tokens: Arc::new(Cache::new(TOKENS)),
            keys: Arc::new(Cache::new(PROJECTS)),
            users: Arc::new(Cache::new(USERS)),
            changes: Arc::default(),
        };
        let (tokens, keys, users) = (inner.tokens.clone(), inner.keys.clone(), inner.users.clone());
        let changes = Arc::clone(&inner.changes);
        inner.store.on_change(move |change| {
            changes.fetch_add(1, Ordering::SeqCst);
            match change {
                Change::Project(project) => {
                    keys.remove(&project);
                }
                Change::User(_, user) => {
                    users.remove(&user);
                }
                Change::Everything => {
                    keys.clear();
                    users.clear();
                    tokens.clear();
                }
            }
        });
        Self { inner: Arc::new(inner) }
    }

    /// The user that a token stands for. The first good token of a user creates the user.
    pub async fn verify(&self, project_id: ProjectId, token: &str) -> Result<ConnectedUser, ApiError> {
        let hash = hash(project_id, token);
        let mut verified = match self.held(project_id, &hash) {
            Some(verified) => verified,
            None => self.verify_anew(project_id, token, hash).await?,
        };
        let now = self.inner.clock.now().as_millis();
        if now >= verified.expires_at {
            self.inner.tokens.remove(&hash);
            return Err(claims::expired(verified.expires_at));
        }
        let known = match self.known(&verified.user).await? {
            Some(known) => known,
            None => {
                // A user who was removed comes back with the next token, as a new one.
                verified = self.verify_anew(project_id, token, hash).await?;
                self.known(&verified.user).await?.ok_or_else(|| ApiError::not_found("connected user"))?
            }
        };
        if known.disabled {
            return Err(ApiError::forbidden("this user is disabled in the project"));
        }
        // The user was not here: somebody of the team was.
        if matches!(verified.signer, Signer::Preview) {
            return Ok(verified.user.clone());
        }
        let seen = known.seen_at.load(Ordering::Relaxed);
        if now - seen > SEEN_MS
            && known.seen_at.compare_exchange(seen, now, Ordering::Relaxed, Ordering::Relaxed).is_ok()
        {
            self.inner.visits.note(verified.user.id, Timestamp::from_millis(now));
        }
        verified.keys.note(verified.signer, &self.inner.store, project_id, now).await;
        Ok(verified.user.clone())
    }

    fn held(&self, project_id: ProjectId, hash: &[u8; 32]) -> Option<Arc<Verified>> {
        let verified = self.inner.tokens.get(hash)?;
        let keys = self.inner.keys.get(&project_id)?;
        let stands = verified.keys.stands(verified.signer, self.inner.clock.now());
        (Arc::ptr_eq(&keys, &verified.keys) && stands).then_some(verified)
    }

    async fn verify_anew(&self, project_id: ProjectId, token: &str, hash: [u8; 32]) -> Result<Arc<Verified>, ApiError> {
        let keys = self.keys(project_id).await?;
        let now = self.inner.clock.now();
        if let Some(claims) = preview::read(self.inner.store.vault(), project_id, token, now)? {
            let user = self.existing(project_id, &claims.subject).await?;
            let verified = Arc::new(Verified { user, expires_at: claims.expires_at, keys, signer: Signer::Preview });
            self.inner.tokens.insert(hash, Arc::clone(&verified));
            return Ok(verified);
        }
        let (signer, payload) = keys.check(token, &self.inner.client, now).await?;
        let claims = claims::read(&payload, project_id, keys.audience(signer), now)?;
        let permissions = claims.permissions.map(Arc::new);
        let user = ConnectedUser { permissions, ..self.meet(project_id, &claims.subject).await? };
        let verified = Arc::new(Verified { user, expires_at: claims.expires_at, keys, signer });
        self.inner.tokens.insert(hash, Arc::clone(&verified));
        Ok(verified)
    }

    async fn keys(&self, project_id: ProjectId) -> Result<Arc<Keys>, ApiError> {
        if let Some(keys) = self.inner.keys.get(&project_id) {
            return Ok(keys);
        }
        let changes = self.inner.changes.load(Ordering::SeqCst);
        let keys = Arc::new(Keys::load(&self.inner.store, project_id).await?);
        self.inner.keys.insert(project_id, Arc::clone(&keys));
        // A change that came while they were read may have been announced before they were held.
        if self.inner.changes.load(Ordering::SeqCst) != changes {
            self.inner.keys.remove(&project_id);
        }
        Ok(keys)
    }

    async fn known(&self, user: &ConnectedUser) -> Result<Option<Arc<Known>>, ApiError> {
        if let Some(known) = self.inner.users.get(&user.id) {
            return Ok(Some(known));
        }
        let changes = self.inner.changes.load(Ordering::SeqCst);
        let mut conn = self.inner.store.read().await?;
        let row = connected_users::find(&mut conn, user.project_id, user.id).await?;
        drop(conn);
        let Some(row) = row else { return Ok(None) };
        Ok(Some(self.hold(&row, changes)))
    }

    /// Holds what is known of a user, unless something changed since it was read.
    fn hold(&self, row: &connected_users::ConnectedUser, changes: u64) -> Arc<Known> {
        let known = Arc::new(Known {
            disabled: row.disabled,
            seen_at: AtomicI64::new(row.last_seen_at.map_or(0, Timestamp::as_millis)),
        });
        self.inner.users.insert(row.id, Arc::clone(&known));
        if self.inner.changes.load(Ordering::SeqCst) != changes {
            self.inner.users.remove(&row.id);
        }
        known
    }

    async fn meet(&self, project_id: ProjectId, external_id: &str) -> Result<ConnectedUser, ApiError> {
        let changes = self.inner.changes.load(Ordering::SeqCst);
        let mut conn = self.inner.store.read().await?;
        let found = connected_users::find_by_external_id(&mut conn, project_id, external_id).await?;
        drop(conn);
        let row = match found.filter(|user| user.token_seen) {
            Some(user) => user,
            None => self.inner.visits.meet(project_id, external_id).await?,
        };
        self.hold(&row, changes);
        Ok(ConnectedUser { project_id, id: row.id, external_id: row.external_id.into(), permissions: None })
    }

    /// Of a preview no user comes into being.
    async fn existing(&self, project_id: ProjectId, external_id: &str) -> Result<ConnectedUser, ApiError> {
        let mut conn = self.inner.store.read().await?;
        let row = connected_users::find_by_external_id(&mut conn, project_id, external_id).await?;
        let row = row.ok_or_else(|| ApiError::unauthorized("token_invalid", "the user of this token was deleted"))?;
        Ok(ConnectedUser { project_id, id: row.id, external_id: row.external_id.into(), permissions: None })
    }

    /// A token by which a member acts as a user; see [`preview`]. The project's data key must have been opened.
    pub fn preview(
        &self,
        project_id: ProjectId,
        member: MemberId,
        external_id: &str,
        expires_at: Timestamp,
    ) -> Result<String, ApiError> {
        let (vault, now) = (self.inner.store.vault(), self.inner.clock.now());
        Ok(preview::make(vault, project_id, member, external_id, now, expires_at)?)
    }
}

impl FromRequestParts<App> for ConnectedUser {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        let path = parts.extensions.get::<OriginalUri>().map_or_else(|| parts.uri.path(), |original| original.0.path());
        let project_id = project_of(path).ok_or_else(|| ApiError::not_found("project"))?;
        let token = bearer(&parts.headers)?;
        let user = app.tokens.verify(project_id, token).await?;
        app.rate_limits.user(project_id, user.id)?;
        Ok(user)
    }
}

/// The user token that a request brings.
pub fn bearer(headers: &HeaderMap) -> Result<&str, ApiError> {
    headers
        .get(AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.split_once(' '))
        .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
        .map(|(_, token)| token.trim())
        .filter(|token| !token.is_empty())
        .ok_or_else(|| {
            ApiError::unauthorized("token_missing", "send the user token as `Authorization: Bearer <token>`")
        })
}

/// The project that an address of an SDK door names.
pub fn project_of(path: &str) -> Option<ProjectId> {
    let mut segments = path.split('/').filter(|segment| !segment.is_empty());
    let first = segments.next()?;
    let first = if first == "v2" { segments.next()? } else { first };
    (first == "projects").then(|| segments.next()).flatten()?.parse().ok()
}

fn hash(project_id: ProjectId, token: &str) -> [u8; 32] {
    let mut hasher = Sha256::new();
    hasher.update(project_id.0.as_bytes());
    hasher.update(token.as_bytes());
    hasher.finalize().into()
}
