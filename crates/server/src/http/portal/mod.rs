//! The Connect Portal's page, OAuth start and callback, icons.

use axum::Router;

use crate::state::App;

/// The routes of this door.
pub fn router() -> Router<App> {
    Router::new()
}
