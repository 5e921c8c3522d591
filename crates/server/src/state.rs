//! What every handler can reach.

use std::ops::Deref;
use std::sync::Arc;

use linchpin_connectors::Registry;
use linchpin_domain::Clock;
use linchpin_engine::Engine;
use linchpin_store::Store;

use crate::config::Config;
use crate::credentials::Connections;
use crate::destinations::Destinations;
use crate::hooks::Wakes;
use crate::http::auth::UserTokens;
use crate::http::auth::login_limit::LoginLimit;
use crate::http::portal::Beginnings;
use crate::http::rate_limit::RateLimits;
use crate::lifecycle::Lifecycle;
use crate::simulators::Simulators;

/// The application: cheap to clone, shared by all handlers. One counter for all of it: the layers around a
/// handler clone it several times for each request.
#[derive(Clone)]
pub struct App(Arc<Parts>);

impl From<Parts> for App {
    fn from(parts: Parts) -> Self {
        Self(Arc::new(parts))
    }
}

impl Deref for App {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0
    }
}

/// What there is once.
#[derive(Clone)]
pub struct Parts {
    /// Database and vault.
    pub store: Store,
    /// Accepts events and runs workflows.
    pub engine: Engine,
    /// Effective configuration.
    pub config: Arc<Config>,
    /// Time and randomness.
    pub clock: Arc<dyn Clock>,
    /// Connected accounts in use: connectors, tokens, calls to providers.
    pub connections: Connections,
    /// Stand in for providers where drafts are tried out without an account.
    pub simulators: Simulators,
    /// Sends what event destinations want to know.
    pub destinations: Destinations,
    /// Accounts that are to be asked for news at once.
    pub wakes: Wakes,
    /// Verifies user tokens.
    pub tokens: UserTokens,
    /// How often callers may call.
    pub rate_limits: RateLimits,
    /// What became of beginnings of sign-ins, for the window that waits.
    pub beginnings: Beginnings,
    /// Starting, ready, stopping.
    pub lifecycle: Lifecycle,
    /// The connectors.
    pub registry: Arc<Registry>,
    /// Slows down who guesses passwords.
    pub login_limit: Arc<LoginLimit>,
}
