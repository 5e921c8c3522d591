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
//!
//! A window that its page has lost (`Cross-Origin-Opener-Policy`) asks for `redirectUrl` itself.

pub(super) mod activity;
mod beginnings;
mod callback;
mod icons;
pub mod links;
mod nonce;
mod origins;
mod page;
pub(super) mod session;
pub(super) mod start;
mod ui;
mod words;

use axum::Router;
use axum::http::StatusCode;
use axum::routing::{get, post};
use linchpin_connectors::oauth2::TokenError;

use crate::credentials::connect::ConnectError;
use crate::http::below::Below;
use crate::http::error::ApiError;
use crate::state::App;

pub use beginnings::Beginnings;
pub use origins::{allows_origin, allows_redirect};

/// The routes of this door that belong to no project.
pub fn router() -> Router<App> {
    Router::new()
        .route("/oauth", get(callback::callback))
        .route("/connect/{token}", get(links::show).post(links::go))
        .route("/ui", get(ui::portal))
        .route("/ui/", get(ui::portal))
        .route("/ui-assets/{*path}", get(ui::asset))
        .route("/sdk/connect.js", get(ui::sdk_script))
        .route("/sdk/linchpin-connect.tgz", get(ui::sdk_package))
        .route("/integrations/{file}", get(icons::integration))
        .route("/images/icons/byo-placeholder.svg", get(icons::placeholder))
}

/// The routes of this door below a project's address.
pub fn project_routes(routes: Below) -> Below {
    routes
        .route("/sdk/actions/oauth-nonce", get(nonce::show).post(nonce::confirm))
        .route("/sdk/actions/oauth-nonce/status", get(nonce::status).post(nonce::proceed))
        .route("/sdk/actions/build-oauth", get(start::build))
        .route("/sdk/connect-links", post(links::add))
        .route("/sdk/activity", get(activity::list))
        .route("/sdk/actions/session-id/{key}", get(session::show).delete(session::end))
}

/// The answer to an account that was not stored.
pub fn connect_refused(error: ConnectError) -> ApiError {
    let message = error.to_string();
    match error {
        ConnectError::NoSuchAccount(_) => ApiError::not_found("credential"),
        ConnectError::OtherAccount { .. } => ApiError::conflict("other_account", message),
        ConnectError::LabelTaken(_) => ApiError::invalid([("externalId", message)]),
        // Not 401 or 403: these log the SDK's user out.
        ConnectError::NotTaken { .. } => {
            ApiError::status(StatusCode::UNPROCESSABLE_ENTITY, "credential_refused", message)
        }
        ConnectError::LinkUsed => ApiError::conflict("link_used", message),
        ConnectError::NoSuchWay(_) => ApiError::invalid([("accountType", message)]),
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
