//! The route table: who may call what. One listener serves every door (architecture: "One origin,
//! many doors").

pub mod audit;
pub mod auth;
pub mod below;
pub mod dashboard;
pub mod definitions;
pub mod error;
pub mod extract;
pub mod health;
pub mod hooks;
pub mod layers;
pub mod listen;
pub mod manage;
pub mod mcp;
pub mod metadata;
pub mod openapi;
pub mod outside;
pub mod page;
pub mod portal;
pub mod rate_limit;
pub mod sdk;
pub mod task_history;

use axum::body::Bytes;
use axum::extract::DefaultBodyLimit;
use axum::http::header::CONTENT_TYPE;
use axum::routing::get;
use axum::{Router, middleware};
use tower::ServiceBuilder;
use tower_http::catch_panic::CatchPanicLayer;
use utoipa_axum::router::OpenApiRouter;

use crate::state::App;

/// Every door.
pub fn router(app: App) -> Router {
    let (described, mut description) = OpenApiRouter::with_openapi(openapi::frame())
        .merge(manage::router(&app))
        .merge(task_history::router())
        .split_for_parts();
    openapi::complete(&mut description);
    // As text: the description takes ten times the memory.
    let description = serde_json::to_vec(&description).expect("a description of the API is JSON");
    let description = ([(CONTENT_TYPE, "application/json")], Bytes::from(description));
    let body_limit = app.config.limits.body;
    Router::new()
        .merge(dashboard::router())
        .merge(health::router())
        .merge(sdk::router())
        .merge(portal::router())
        .merge(mcp::router())
        .merge(hooks::router())
        .merge(described)
        .route("/openapi.json", get(move || std::future::ready(description.clone())))
        .fallback(layers::not_found)
        .method_not_allowed_fallback(layers::method_not_allowed)
        .layer(
            // One layer of several: the router boxes each request's way through each of its own.
            ServiceBuilder::new()
                .layer(middleware::from_fn(outside::cors))
                .layer(middleware::from_fn_with_state(app.clone(), layers::request))
                .layer(CatchPanicLayer::custom(layers::panicked))
                .layer(DefaultBodyLimit::max(body_limit)),
        )
        .with_state(app)
}
