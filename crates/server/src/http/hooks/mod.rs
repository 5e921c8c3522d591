//! What providers call. Auth: the provider's signature, or what a workflow's own webhook asks for.

mod custom;
mod provider;
mod woken;

use axum::Router;
use axum::routing::post;
use linchpin_engine::AcceptError;

use super::error::ApiError;
use crate::state::App;

/// The routes of this door.
pub fn router() -> Router<App> {
    Router::new()
        .route("/hooks/{project_id}/{integration_id}", post(provider::receive))
        .route(
            "/triggers/connect/{project_id}/{integration_id}/custom-triggers/{workflow_id}",
            post(custom::receive).get(custom::answer),
        )
        .route(
            "/triggers/connect/{project_id}/{integration_id}/app-triggers/{name}",
            post(custom::receive_app).get(custom::answer_app),
        )
}

/// The door's description.
#[derive(utoipa::OpenApi)]
#[openapi(paths(provider::receive, custom::receive, custom::answer, custom::receive_app, custom::answer_app))]
pub struct Description;

/// An id in an address: anything else names nothing.
fn id<T: std::str::FromStr>(text: &str, what: &str) -> Result<T, ApiError> {
    text.parse().map_err(|_| ApiError::not_found(what))
}

/// What a provider is told when its event could not be taken.
pub(in crate::http) fn refused(error: AcceptError) -> ApiError {
    match error {
        AcceptError::Full { retry_after_seconds } => ApiError::too_many(
            "events arrive faster than they can be recorded; try again in a moment",
            retry_after_seconds,
        ),
        AcceptError::Store(error) => error.into(),
        other => ApiError::conflict("nothing_started", other.to_string()),
    }
}
