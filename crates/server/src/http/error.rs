//! The only place that chooses a status. Bodies are always
//! `{"message", "code", "status", "meta": {"requestId", …}}`.

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value, json};

/// Why a request was not done. `code` is stable and listed in `docs/errors.md`.
#[derive(Debug, Clone)]
pub struct ApiError {
    status: StatusCode,
    code: &'static str,
    message: String,
    meta: Box<Map<String, Value>>,
    retry_after_seconds: Option<u64>,
}

impl ApiError {
    fn new(status: StatusCode, code: &'static str, message: impl Into<String>) -> Self {
        Self { status, code, message: message.into(), meta: Box::default(), retry_after_seconds: None }
    }

    /// 400: the request cannot be read.
    pub fn bad_request(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, code, message)
    }

    /// 401: who is calling is not proven. On SDK doors this logs the user out, so it is used for
    /// the token itself only.
    pub fn unauthorized(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(StatusCode::UNAUTHORIZED, code, message)
    }

    /// 403 with the code that the client SDK knows as "not allowed, stay signed in".
    pub fn forbidden(message: impl Into<String>) -> Self {
        Self::new(StatusCode::FORBIDDEN, "7210", message)
    }

    /// 404: does not exist, or belongs to somebody else.
    pub fn not_found(what: &str) -> Self {
        Self::new(StatusCode::NOT_FOUND, "not_found", format!("there is no such {what}"))
    }

    /// 409: a state that does not allow it.
    pub fn conflict(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(StatusCode::CONFLICT, code, message)
    }

    /// 413: more than the limit.
    pub fn too_large(message: impl Into<String>) -> Self {
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, "too_large", message)
    }

    /// 422: values that do not validate, each named.
    pub fn invalid(fields: impl IntoIterator<Item = (impl Into<String>, impl Into<String>)>) -> Self {
        let fields: Map<String, Value> =
            fields.into_iter().map(|(field, message)| (field.into(), Value::String(message.into()))).collect();
        let message = fields
            .iter()
            .map(|(field, message)| format!("{field}: {}", message.as_str().unwrap_or_default()))
            .collect::<Vec<_>>()
            .join("; ");
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid", message).with("fields", Value::Object(fields))
    }

    /// 429: slow down.
    pub fn too_many(message: impl Into<String>, retry_after_seconds: u64) -> Self {
        Self {
            retry_after_seconds: Some(retry_after_seconds),
            ..Self::new(StatusCode::TOO_MANY_REQUESTS, "too_many_requests", message)
        }
    }

    /// 503: nothing can be written just now.
    pub fn unavailable(message: impl Into<String>) -> Self {
        Self { retry_after_seconds: Some(2), ..Self::new(StatusCode::SERVICE_UNAVAILABLE, "unavailable", message) }
    }

    /// Any other status with a stable code.
    pub fn status(status: StatusCode, code: &'static str, message: impl Into<String>) -> Self {
        Self::new(status, code, message)
    }

    /// What is wrong, for people.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// The stable code.
    pub fn code(&self) -> &'static str {
        self.code
    }

    /// A field of `meta`.
    pub fn meta(&self, key: &str) -> Option<&Value> {
        self.meta.get(key)
    }

    /// All of `meta`.
    pub fn all_meta(&self) -> &Map<String, Value> {
        &self.meta
    }

    /// Adds a field to `meta`.
    #[must_use]
    pub fn with(mut self, key: &str, value: impl Into<Value>) -> Self {
        self.meta.insert(key.to_owned(), value.into());
        self
    }
}

impl From<linchpin_store::Error> for ApiError {
    fn from(error: linchpin_store::Error) -> Self {
        match &error {
            linchpin_store::Error::Taken { what } => Self::conflict("taken", format!("{what} exists already")),
            passing if passing.is_passing() => {
                tracing::error!(error = &error as &dyn std::error::Error, "the database did not answer");
                Self::unavailable("nothing can be written just now; try again in a moment")
            }
            _ => {
                tracing::error!(error = &error as &dyn std::error::Error, "the store failed");
                Self::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", "something went wrong on our side")
            }
        }
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let body =
            json!({"message": self.message, "code": self.code, "status": self.status.as_u16(), "meta": self.meta});
        let mut response = (self.status, Json(body)).into_response();
        if let Some(seconds) = self.retry_after_seconds {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        // The outermost layer knows the request's id and completes the body with it.
        response.extensions_mut().insert(self);
        response
    }
}
