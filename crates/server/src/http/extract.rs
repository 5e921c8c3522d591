//! Extractors that answer wrong requests in this API's own words.

use std::error::Error;
use std::str::FromStr;

use axum::extract::rejection::BytesRejection;
use axum::extract::{FromRequest, FromRequestParts, RawPathParams, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use tower_http::timeout::TimeoutError;

use super::error::ApiError;

/// A JSON body: read, with the place of a mistake; or written.
#[derive(Debug, Clone, Copy)]
pub struct Json<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Json<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, _: &S) -> Result<Self, ApiError> {
        let coded = is_coded(request.headers());
        let bytes = body(request).await?;
        if coded {
            return Err(ApiError::status(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "unsupported_media_type",
                "compressed bodies are not read; send the JSON as it is",
            ));
        }
        read(&bytes).map(Self)
    }
}

impl<T: Serialize> IntoResponse for Json<T> {
    fn into_response(self) -> Response {
        axum::Json(self.0).into_response()
    }
}

/// A JSON body that may be missing: the default then.
#[derive(Debug, Clone, Copy)]
pub struct MaybeJson<T>(pub T);

impl<T: DeserializeOwned + Default, S: Send + Sync> FromRequest<S> for MaybeJson<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, _: &S) -> Result<Self, ApiError> {
        let bytes = body(request).await?;
        if bytes.iter().all(u8::is_ascii_whitespace) { Ok(Self(T::default())) } else { read(&bytes).map(Self) }
    }
}

/// The whole body, within the limit.
pub async fn body(request: Request) -> Result<Bytes, ApiError> {
    Bytes::from_request(request, &()).await.map_err(|rejection| {
        if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE {
            ApiError::too_large("the body is larger than the limit (1 MiB, unless limits.body says otherwise)")
        } else if is_too_slow(&rejection) {
            ApiError::status(StatusCode::REQUEST_TIMEOUT, "body_too_slow", "the body stopped coming; send it again")
        } else {
            ApiError::bad_request("body_unreadable", "the body could not be read to its end")
        }
    })
}

fn is_too_slow(rejection: &BytesRejection) -> bool {
    std::iter::successors(rejection.source(), |error| (*error).source()).any(<dyn Error>::is::<TimeoutError>)
}

/// Reads JSON. What is no JSON is 400 with line and column; what has the wrong shape is 422 with the field.
pub fn read<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, ApiError> {
    if bytes.iter().all(u8::is_ascii_whitespace) {
        return Err(ApiError::bad_request("body_missing", "the body is empty; a JSON object is expected"));
    }
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    let value = serde_path_to_error::deserialize(&mut reader).map_err(|error| {
        let path = error.path().to_string();
        let inner = error.into_inner();
        match inner.classify() {
            serde_json::error::Category::Data if path == "." => {
                ApiError::status(StatusCode::UNPROCESSABLE_ENTITY, "invalid", without_place(&inner))
            }
            serde_json::error::Category::Data => ApiError::invalid([(path, without_place(&inner))]),
            _ => malformed(&inner),
        }
    })?;
    reader.end().map_err(|error| malformed(&error))?;
    Ok(value)
}

fn malformed(error: &serde_json::Error) -> ApiError {
    ApiError::bad_request(
        "malformed_json",
        format!("the body is not JSON: {} at line {}, column {}", without_place(error), error.line(), error.column()),
    )
}

/// The message of a JSON error without serde's "at line … column …".
pub fn without_place(error: &serde_json::Error) -> String {
    let text = error.to_string();
    text.rsplit_once(" at line ").map_or(text.clone(), |(message, _)| message.to_owned())
}

fn is_coded(headers: &HeaderMap) -> bool {
    headers.get(header::CONTENT_ENCODING).is_some_and(|coding| coding != "identity")
}

/// Query parameters.
#[derive(Debug, Clone, Copy)]
pub struct Query<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Query<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        axum::extract::Query::from_request_parts(parts, state)
            .await
            .map(|axum::extract::Query(value)| Self(value))
            .map_err(|rejection| {
                let text = rejection.body_text();
                let what = text.strip_prefix("Failed to deserialize query string: ").unwrap_or(&text);
                ApiError::bad_request("wrong_query", what)
            })
    }
}

/// The `id` of the address. What is no id cannot exist: 404.
#[derive(Debug, Clone, Copy)]
pub struct Id<T>(pub T);

impl<T: FromStr, S: Send + Sync> FromRequestParts<S> for Id<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        path_parameter(parts, "id").await.map(Self).ok_or_else(|| ApiError::not_found("thing here"))
    }
}

/// The `name` of the address.
#[derive(Debug, Clone)]
pub struct Name(pub String);

impl<S: Send + Sync> FromRequestParts<S> for Name {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        path_parameter(parts, "name").await.map(Self).ok_or_else(|| ApiError::not_found("thing here"))
    }
}

/// The `eventId` of the address.
#[derive(Debug, Clone)]
pub struct EventId(pub String);

impl<S: Send + Sync> FromRequestParts<S> for EventId {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        path_parameter(parts, "eventId").await.map(Self).ok_or_else(|| ApiError::not_found("thing here"))
    }
}

/// The `number` of the address. What is no number cannot exist: 404.
#[derive(Debug, Clone, Copy)]
pub struct Number(pub i64);

impl<S: Send + Sync> FromRequestParts<S> for Number {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        path_parameter(parts, "number").await.map(Self).ok_or_else(|| ApiError::not_found("thing here"))
    }
}

/// One parameter of the address; `None` when it cannot be read.
pub async fn path_parameter<T: FromStr>(parts: &mut Parts, name: &str) -> Option<T> {
    let parameters = RawPathParams::from_request_parts(parts, &()).await.ok()?;
    parameters.iter().find(|(found, _)| *found == name).and_then(|(_, value)| value.parse().ok())
}

/// Keeps "absent" apart from `null` in a PATCH: `None` is absent, `Some(None)` is `null`.
pub fn present<'de, T, D>(deserializer: D) -> Result<Option<Option<T>>, D::Error>
where
    T: Deserialize<'de>,
    D: serde::Deserializer<'de>,
{
    Option::<T>::deserialize(deserializer).map(Some)
}
