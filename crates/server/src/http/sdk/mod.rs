//! What a connected user may call through an SDK or a backend. Auth: user token (RS256).

use axum::Router;

use crate::state::App;

/// The routes of this door.
pub fn router() -> Router<App> {
    Router::new()
}
