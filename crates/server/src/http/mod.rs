//! The route table: who may call what. One listener serves every door (architecture: "One origin,
//! many doors").

pub mod auth;
pub mod error;
pub mod health;
pub mod manage;
pub mod portal;
pub mod sdk;

use axum::Router;

use crate::state::App;

/// Every door.
pub fn router(app: App) -> Router {
    Router::new()
        .merge(health::router())
        .merge(sdk::router())
        .merge(portal::router())
        .merge(manage::router())
        .with_state(app)
}
