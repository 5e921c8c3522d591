//! What the dashboard, backends and the command line may call: `/api/v1`. Auth: session or API key.

use axum::Router;

use crate::state::App;

/// The routes of this door.
pub fn router() -> Router<App> {
    Router::new()
}
