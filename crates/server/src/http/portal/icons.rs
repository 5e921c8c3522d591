//! Icons (R27): the SDK only builds their addresses, pages of any origin show them.

use axum::extract::{Path, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};

use linchpin_connectors::manifest::OWN;

use crate::http::error::ApiError;
use crate::state::App;

const PLACEHOLDER: &str = "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 32 32\" fill=\"none\" stroke=\"#6b7280\" stroke-width=\"2\"><rect x=\"4\" y=\"4\" width=\"24\" height=\"24\" rx=\"6\"/><path d=\"M11 16h10M16 11v10\" stroke-linecap=\"round\"/></svg>";

/// A connector's icon
pub(super) async fn integration(State(app): State<App>, Path(file): Path<String>) -> Result<Response, ApiError> {
    let kind = file.strip_suffix(".svg").ok_or_else(|| ApiError::not_found("icon"))?;
    // A project's own connector has no drawing of its own.
    if kind.starts_with(OWN) {
        return Ok(svg(PLACEHOLDER.into()));
    }
    let icon = app.connections.registry().icon(kind).ok_or_else(|| ApiError::not_found("icon"))?;
    Ok(svg(icon.into_owned()))
}

/// The icon of what has none
pub(super) async fn placeholder() -> Response {
    svg(PLACEHOLDER.into())
}

/// An SVG can hold scripts: opened by itself it may run none.
fn svg(bytes: Vec<u8>) -> Response {
    let headers = [
        (CONTENT_TYPE, "image/svg+xml"),
        (CACHE_CONTROL, "public, max-age=3600"),
        (CONTENT_SECURITY_POLICY, "default-src 'none'; style-src 'unsafe-inline'; sandbox"),
    ];
    (headers, bytes).into_response()
}
