//! Reading bodies, with a limit and with errors that say what is wrong.

use axum::body::{Body, to_bytes};
use axum::http::HeaderMap;
use axum::http::header::CONTENT_LENGTH;
use bytes::Bytes;
use serde::de::DeserializeOwned;

use crate::http::error::ApiError;

/// The body of a request, at most `limit` bytes.
pub(in crate::http) async fn read(headers: &HeaderMap, body: Body, limit: usize) -> Result<Bytes, ApiError> {
    let said = headers.get(CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
    if said.is_some_and(|said| said > limit as u64) {
        return Err(too_large(limit));
    }
    to_bytes(body, limit).await.map_err(|error| {
        let mut cause: &dyn std::error::Error = &error;
        while let Some(inner) = cause.source() {
            cause = inner;
        }
        if cause.to_string().contains("length limit") {
            too_large(limit)
        } else {
            ApiError::bad_request("body_cut", "the body broke off")
        }
    })
}

/// A JSON body. An empty one counts as `{}`.
pub(super) fn json<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, ApiError> {
    let bytes = if bytes.iter().all(u8::is_ascii_whitespace) { b"{}" } else { bytes };
    serde_json::from_slice(bytes).map_err(|error| not_json(&error))
}

/// The answer to a body that cannot be read.
pub(super) fn not_json(error: &serde_json::Error) -> ApiError {
    ApiError::bad_request("body_invalid", format!("the body cannot be read as JSON: {error}"))
}

fn too_large(limit: usize) -> ApiError {
    ApiError::too_large(format!("the body is larger than {limit} bytes"))
}
