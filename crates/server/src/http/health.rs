//! For operators: `/healthz`, `/readyz`, `/metrics`.

use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use serde_json::json;

use crate::http::error::ApiError;
use crate::state::App;

/// The routes of this door.
pub fn router() -> Router<App> {
    Router::new().route("/healthz", get(healthz)).route("/readyz", get(readyz)).route("/metrics", get(metrics))
}

/// The process lives.
async fn healthz() -> Response {
    Json(json!({"status": "ok"})).into_response()
}

/// Requests are accepted: 200, and 503 while the server starts or stops.
async fn readyz(State(app): State<App>) -> Response {
    let status = if app.lifecycle.is_ready() { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, Json(json!({"status": app.lifecycle.describe()}))).into_response()
}

/// Metrics in the text format of Prometheus.
async fn metrics(State(app): State<App>) -> Result<Response, ApiError> {
    if !app.config.metrics {
        return Err(ApiError::not_found("page"));
    }
    let (running, queued) = app.engine.load();
    metrics::gauge!("linchpin_runs_running").set(running as f64);
    metrics::gauge!("linchpin_runs_queued").set(queued as f64);
    let body = crate::telemetry::metrics().render();
    Ok(([(header::CONTENT_TYPE, "text/plain; version=0.0.4")], body).into_response())
}
