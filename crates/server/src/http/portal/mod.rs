//! The Connect Portal's page, the OAuth window from its first page to its last, icons, and the SDK that
//! belongs to this server. Auth: none, a one-time state with a nonce cookie, or the user token where a
//! page of the host application calls.
//!
//! ```text
//! window: oauth-nonce ── posts "oauth-nonce-loaded" ──► page ──► provider ──► /oauth ── closes
//!           │ sets the nonce cookie                      ▲                      │ cookie + state agree:
//! page:   build-oauth ── state, redirectUrl ─────────────┘                      └─► account stored
//!         session-id  ── polled until the account is there
//! ```

mod callback;
mod icons;
mod nonce;
mod origins;
mod page;
pub(super) mod session;
pub(super) mod start;
mod ui;

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::http::StatusCode;
use axum::routing::get;
use linchpin_connectors::oauth2::TokenError;
use linchpin_domain::id::{ConnectedUserId, IntegrationId};
use moka::sync::Cache;

use crate::credentials::connect::ConnectError;
use crate::http::error::ApiError;
use crate::state::App;

pub use origins::allows_redirect;

/// The routes of this door that belong to no project.
pub fn router() -> Router<App> {
    Router::new()
        .route("/oauth", get(callback::callback))
        .route("/ui", get(ui::portal))
        .route("/ui/", get(ui::portal))
        .route("/ui-assets/{*path}", get(ui::asset))
        .route("/sdk/connect.js", get(ui::sdk_script))
        .route("/sdk/linchpin-connect.tgz", get(ui::sdk_package))
        .route("/integrations/{file}", get(icons::integration))
        .route("/images/icons/byo-placeholder.svg", get(icons::placeholder))
}

/// The routes of this door below a project's address.
pub fn project_router() -> Router<App> {
    Router::new()
        .route("/sdk/actions/oauth-nonce", get(nonce::show).post(nonce::confirm))
        .route("/sdk/actions/oauth-nonce/status", get(nonce::status))
        .route("/sdk/actions/build-oauth", get(start::build))
        .route("/sdk/actions/session-id/{key}", get(session::show).delete(session::end))
}

/// Why sign-ins could not begin, for a short while: the page of the host application does not show it,
/// so the waiting window asks. Cheap to clone.
#[derive(Clone)]
pub struct Failures(Cache<(ConnectedUserId, IntegrationId), Arc<str>>);

impl Default for Failures {
    fn default() -> Self {
        Self(Cache::builder().max_capacity(10_000).time_to_live(Duration::from_mins(1)).build())
    }
}

impl Failures {
    fn set(&self, user: ConnectedUserId, integration: IntegrationId, message: Option<&str>) {
        match message {
            Some(message) => self.0.insert((user, integration), message.into()),
            None => self.0.invalidate(&(user, integration)),
        }
    }

    fn find(&self, user: ConnectedUserId, integration: IntegrationId) -> Option<Arc<str>> {
        self.0.get(&(user, integration))
    }
}

/// The answer to an account that was not stored.
pub fn connect_refused(error: ConnectError) -> ApiError {
    let message = error.to_string();
    match error {
        ConnectError::NoSuchAccount(_) => ApiError::not_found("credential"),
        ConnectError::OtherAccount { .. } => ApiError::conflict("other_account", message),
        ConnectError::LabelTaken(_) => ApiError::invalid([("externalId", message)]),
        ConnectError::Identify(_) => ApiError::status(StatusCode::BAD_GATEWAY, "account_unknown", message),
        ConnectError::Store(error) => error.into(),
    }
}

/// The answer to tokens that were not granted.
pub fn token_refused(provider: &str, error: &TokenError) -> ApiError {
    match error {
        TokenError::Revoked { message } | TokenError::Rejected { message } => ApiError::status(
            StatusCode::UNPROCESSABLE_ENTITY,
            "code_rejected",
            format!("{provider} did not take the code: {message}"),
        ),
        TokenError::Unavailable { message, .. } => {
            ApiError::status(StatusCode::BAD_GATEWAY, "unreachable", format!("{provider} did not answer: {message}"))
        }
    }
}
