//! What became of the beginnings of sign-ins, for a short while and in memory alone: the page of the host
//! application and the window that it opened ask for the same thing at the same moment, by two requests.
//!
//! A page with `Cross-Origin-Opener-Policy: same-origin` loses its window and cannot send it on. The window
//! then fetches the address of the consent page itself, once, and the page is told that it did.

use std::sync::Arc;
use std::time::Duration;

use linchpin_domain::id::{ConnectedUserId, IntegrationId};
use linchpin_store::connect_sessions;
use moka::sync::Cache;

use crate::http::error::ApiError;

/// How long a beginning is kept for the window.
const KEPT: Duration = Duration::from_mins(1);

/// One beginning.
#[derive(Clone)]
enum Beginning {
    /// Why it failed.
    Failed(ApiError),
    /// The consent page, and what the page polls with.
    Ready { address: Arc<str>, session_key: Arc<str> },
}

/// The latest beginning of each user and integration. Cheap to clone.
#[derive(Clone)]
pub struct Beginnings {
    latest: Cache<(ConnectedUserId, IntegrationId), Beginning>,
    /// Session keys whose window went on by itself.
    alone: Cache<(ConnectedUserId, Arc<str>), ()>,
}

impl Default for Beginnings {
    fn default() -> Self {
        Self {
            latest: Cache::builder().max_capacity(10_000).time_to_live(KEPT).build(),
            alone: Cache::builder().max_capacity(10_000).time_to_live(connect_sessions::LIFETIME).build(),
        }
    }
}

impl Beginnings {
    pub(super) fn failed(&self, user: ConnectedUserId, integration: IntegrationId, error: &ApiError) {
        self.latest.insert((user, integration), Beginning::Failed(error.clone()));
    }

    pub(super) fn ready(&self, user: ConnectedUserId, integration: IntegrationId, address: &str, session_key: &str) {
        let beginning = Beginning::Ready { address: address.into(), session_key: session_key.into() };
        self.latest.insert((user, integration), beginning);
    }

    /// Why the latest could not begin.
    pub(super) fn failure(&self, user: ConnectedUserId, integration: IntegrationId) -> Option<ApiError> {
        match self.latest.get(&(user, integration))? {
            Beginning::Failed(error) => Some(error),
            Beginning::Ready { .. } => None,
        }
    }

    /// The consent page of the latest, for the window that is alone. Given out once. `session_key` is what
    /// the window's address says, where it says one: then no other beginning is meant.
    pub(super) fn take(
        &self,
        user: ConnectedUserId,
        integration: IntegrationId,
        session_key: Option<&str>,
    ) -> Option<Arc<str>> {
        let Beginning::Ready { session_key: key, .. } = self.latest.get(&(user, integration))? else { return None };
        if session_key.is_some_and(|wanted| *wanted != *key) {
            return None;
        }
        // Two that ask at once: one gets it.
        let Some(Beginning::Ready { address, session_key }) = self.latest.remove(&(user, integration)) else {
            return None;
        };
        self.alone.insert((user, session_key), ());
        Some(address)
    }

    /// Whether the window of this session key went on by itself.
    pub(super) fn is_alone(&self, user: ConnectedUserId, session_key: &str) -> bool {
        self.alone.contains_key(&(user, Arc::from(session_key)))
    }

    /// The sign-in came to its end: what it began with is of no more use.
    pub(super) fn forget(&self, user: ConnectedUserId, integration: IntegrationId) {
        self.latest.invalidate(&(user, integration));
    }
}
