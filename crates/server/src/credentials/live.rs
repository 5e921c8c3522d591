//! Tokens held in memory, and how they leave it.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Weak};
use std::time::Duration;

use linchpin_connectors::manifest::DEFAULT_METHOD;
use linchpin_connectors::{Access, Account};
use linchpin_domain::Timestamp;
use linchpin_domain::connector::{ActionError, Sent};
use linchpin_domain::id::{ConnectedUserId, CredentialId, ProjectId};
use linchpin_store::credentials::{self, Opened, Status, Tokens};
use parking_lot::Mutex;
use serde_json::{Map, Value};

use super::{Inner, Setup};

/// At most this long before its end a token is renewed.
const AHEAD: Duration = Duration::from_mins(5);

/// An account that can be called with.
pub struct Live {
    /// The tenant.
    pub project_id: ProjectId,
    /// The account.
    pub credential_id: CredentialId,
    /// Its integration.
    pub setup: Arc<Setup>,
    pub(super) version: i64,
    access: Access,
    renew_at: Option<Timestamp>,
    mark: Mark,
}

/// Cleared when the account's user changes.
#[derive(Clone)]
pub(super) struct Mark(Arc<AtomicBool>);

impl Mark {
    fn new() -> Self {
        Self(Arc::new(AtomicBool::new(true)))
    }

    pub(super) fn clear(&self) {
        self.0.store(false, Ordering::SeqCst);
    }

    fn holds(&self) -> bool {
        self.0.load(Ordering::SeqCst)
    }
}

/// What an account was connected with, besides tokens.
pub(crate) struct Held {
    pub(crate) method: String,
    pub(crate) inputs: Map<String, Value>,
}

const METHOD: &str = "method";
const INPUTS: &str = "inputs";

impl Held {
    pub(crate) fn of(tokens: &Tokens) -> Self {
        let method = tokens.more.get(METHOD).and_then(Value::as_str).unwrap_or(DEFAULT_METHOD);
        let inputs = tokens.more.get(INPUTS).and_then(Value::as_object).cloned().unwrap_or_default();
        Self { method: method.to_owned(), inputs }
    }

    /// As it is sealed with the tokens.
    pub(crate) fn into_more(self) -> Map<String, Value> {
        let mut more = Map::new();
        if self.method != DEFAULT_METHOD {
            more.insert(METHOD.to_owned(), self.method.into());
        }
        if !self.inputs.is_empty() {
            more.insert(INPUTS.to_owned(), Value::Object(self.inputs));
        }
        more
    }

    fn renewable(&self, setup: &Setup, tokens: &Tokens) -> bool {
        tokens.refresh_token.is_some()
            || setup.manifest.method(&self.method).is_some_and(|method| method.client_credentials.is_some())
    }
}

/// A lock per account in this process.
#[derive(Default)]
pub(super) struct Locks(Mutex<HashMap<CredentialId, Weak<tokio::sync::Mutex<()>>>>);

impl Locks {
    pub(super) fn of(&self, id: CredentialId) -> Arc<tokio::sync::Mutex<()>> {
        let mut locks = self.0.lock();
        if let Some(lock) = locks.get(&id).and_then(Weak::upgrade) {
            return lock;
        }
        if locks.len() > 1_024 {
            locks.retain(|_, lock| lock.strong_count() > 0);
        }
        let lock = Arc::default();
        locks.insert(id, Arc::downgrade(&lock));
        lock
    }
}

impl Live {
    /// The account as a call takes it.
    pub fn account(&self) -> Account<'_> {
        Account { access: &self.access, endpoint: &self.setup.endpoint }
    }
}

impl Inner {
    /// The account, from memory where it is still good there.
    pub(super) async fn live(
        self: &Arc<Self>,
        project_id: ProjectId,
        credential_id: CredentialId,
    ) -> Result<Arc<Live>, ActionError> {
        if let Some(live) = self.held(project_id, credential_id) {
            return Ok(live);
        }
        let lock = self.locks.of(credential_id);
        let _guard = lock.lock().await;
        if let Some(live) = self.held(project_id, credential_id) {
            return Ok(live);
        }
        let mark = Waiting::begin(self);
        let opened = self.open(project_id, credential_id).await?;
        if opened.credential.status == Status::Valid
            && renew_at(&opened).is_some_and(|at| at <= self.clock.now())
            && self.renewable(&opened).await
        {
            return self.refreshed(opened).await;
        }
        self.keep(opened, mark).await
    }

    fn held(&self, project_id: ProjectId, credential_id: CredentialId) -> Option<Arc<Live>> {
        let live = self.live.get(&credential_id)?;
        let setups = self.setups.get(&project_id)?;
        let good = live.project_id == project_id
            && live.mark.holds()
            && setups.by_id.get(&live.setup.integration_id).is_some_and(|setup| Arc::ptr_eq(setup, &live.setup))
            && live.renew_at.is_none_or(|at| at > self.clock.now());
        good.then_some(live)
    }

    /// Whether there is a way to a fresh token without the user.
    pub(super) async fn renewable(&self, opened: &Opened) -> bool {
        let credential = &opened.credential;
        let setup = self.setup(credential.project_id, credential.integration_id).await;
        match (&opened.tokens, setup) {
            (Some(tokens), Ok(Some(setup))) => Held::of(tokens).renewable(&setup, tokens),
            _ => false,
        }
    }

    /// The row with its tokens. An account that is gone must be connected again.
    pub(super) async fn open(&self, project_id: ProjectId, id: CredentialId) -> Result<Opened, ActionError> {
        let read = async {
            let mut conn = self.store.read().await?;
            credentials::open(&mut conn, project_id, id).await
        };
        read.await.map_err(|error| self.not_written(&error))?.ok_or_else(|| ActionError::Reauthorize {
            provider: "the account".into(),
            message: "it was disconnected".into(),
            exchange: None,
        })
    }

    /// Holds an opened account in memory.
    pub(super) async fn keep(&self, opened: Opened, waiting: Waiting) -> Result<Arc<Live>, ActionError> {
        let renew_at = renew_at(&opened);
        self.keep_until(opened, waiting, renew_at).await
    }

    /// Holds an opened account in memory until a moment.
    pub(super) async fn keep_until(
        &self,
        opened: Opened,
        waiting: Waiting,
        renew_at: Option<Timestamp>,
    ) -> Result<Arc<Live>, ActionError> {
        let Opened { credential, tokens, .. } = opened;
        let setup = self
            .setup(credential.project_id, credential.integration_id)
            .await
            .map_err(|error| self.not_written(&error))?
            .ok_or_else(|| ActionError::Invalid { message: "the integration of this account is gone".into() })?;
        let tokens = tokens.filter(|_| credential.status == Status::Valid).ok_or_else(|| ActionError::Reauthorize {
            provider: setup.manifest.name.clone(),
            message: credential.status_reason.clone().unwrap_or_else(|| "the account is not connected".into()),
            exchange: None,
        })?;
        let held = Held::of(&tokens);
        // Past its end nothing renews it: the provider's answer decides.
        let renew_at = held.renewable(&setup, &tokens).then_some(renew_at).flatten();
        let access = Access {
            method: held.method,
            token: tokens.access_token,
            inputs: held.inputs,
            facts: credential.provider_data,
        };
        let live = Arc::new(Live {
            project_id: credential.project_id,
            credential_id: credential.id,
            setup,
            version: credential.token_version,
            access,
            renew_at,
            mark: waiting.mark(self, credential.user_id),
        });
        self.live.insert(credential.id, Arc::clone(&live));
        Ok(live)
    }

    /// A database that does not answer is no fault of the provider; nothing was sent.
    #[expect(clippy::unused_self, reason = "it reads as the other ways in which an account fails")]
    pub(super) fn not_written(&self, error: &linchpin_store::Error) -> ActionError {
        tracing::error!(error = error as &dyn std::error::Error, "an account could not be read or written");
        ActionError::Unreachable {
            provider: "the database".into(),
            sent: Sent::No,
            message: "the account could not be read or written".into(),
            exchange: None,
        }
    }
}

/// What was true before an account was read: a change that comes while it is read must not be missed.
pub(super) struct Waiting {
    changes: u64,
}

impl Waiting {
    pub(super) fn begin(inner: &Inner) -> Self {
        Self { changes: inner.store.generation() }
    }

    fn mark(&self, inner: &Inner, user: ConnectedUserId) -> Mark {
        let mark = inner.marks.get_with(user, Mark::new);
        // The mark is in place now; what was announced before that is seen in the generation. A change of
        // somebody else in that moment costs one more read.
        if inner.store.generation() == self.changes {
            mark
        } else {
            let used_up = Mark::new();
            used_up.clear();
            used_up
        }
    }
}

/// When a token is to be renewed: five minutes, or a sixth of its life, before its end.
pub(super) fn renew_at(opened: &Opened) -> Option<Timestamp> {
    let expires_at = opened.credential.expires_at?;
    let ahead = match opened.credential.refreshed_at {
        Some(since) => AHEAD.min(expires_at.since(since) / 6),
        None => AHEAD,
    };
    Some(Timestamp::from_millis(expires_at.as_millis() - ahead.as_millis() as i64))
}
