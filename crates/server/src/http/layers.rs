//! What surrounds every request: its id, a span, errors completed with the id, and headers.

use axum::extract::{Request, State};
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use linchpin_domain::id;

use super::error::ApiError;
use crate::state::App;
use crate::telemetry;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The request's id, for whoever answers.
#[derive(Debug, Clone)]
pub struct RequestId(pub String);

/// Gives the request an id; puts it into all that is logged meanwhile, into every error and into `X-Request-Id`.
pub async fn request(State(app): State<App>, mut request: Request, next: Next) -> Response {
    let id = id::fresh(&*app.clock).to_string();
    let about = telemetry::Request { id: id.clone(), method: request.method().clone(), uri: request.uri().clone() };
    request.extensions_mut().insert(RequestId(id.clone()));
    let begun = app.clock.now();
    telemetry::during(about, async {
        let mut response = next.run(request).await;
        if let Some(error) = response.extensions_mut().remove::<ApiError>() {
            let mut completed = error.with("requestId", id.clone()).into_response();
            completed.extensions_mut().remove::<ApiError>();
            // Headers that inner layers added (CORS, cookies) stay.
            for name in [header::CONTENT_LENGTH, header::CONTENT_TYPE] {
                response.headers_mut().remove(name);
            }
            for (name, value) in response.headers() {
                completed.headers_mut().append(name, value.clone());
            }
            dedupe(&mut completed, &header::RETRY_AFTER);
            response = completed;
        }
        if let Ok(value) = HeaderValue::from_str(&id) {
            response.headers_mut().insert(REQUEST_ID, value);
        }
        let duration_ms = app.clock.now().since(begun).as_millis() as u64;
        tracing::debug!(http.status = response.status().as_u16(), duration_ms, "answered");
        response
    })
    .await
}

fn dedupe(response: &mut Response, name: &HeaderName) {
    if let Some(value) = response.headers().get(name).cloned() {
        response.headers_mut().insert(name.clone(), value);
    }
}

const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
);

/// Headers of the dashboard's pages and of `/api`: no framing, no foreign scripts, no sniffing.
pub async fn protect(request: Request, next: Next) -> Response {
    let is_api = ["/api/", "/task-history/"].iter().any(|door| request.uri().path().starts_with(door));
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    headers.insert(header::CONTENT_SECURITY_POLICY, POLICY);
    headers.insert(header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
    if is_api {
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
    response
}

/// No route has this address.
pub async fn not_found() -> ApiError {
    ApiError::not_found("address")
}

/// A route has this address, for another method.
pub async fn method_not_allowed() -> ApiError {
    ApiError::status(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", "this address does not take this method")
}

/// A handler panicked: a fault of ours, told without details.
pub fn panicked(_: Box<dyn std::any::Any + Send + 'static>) -> Response {
    tracing::error!("a handler panicked");
    ApiError::status(StatusCode::INTERNAL_SERVER_ERROR, "internal", "something went wrong on our side").into_response()
}
