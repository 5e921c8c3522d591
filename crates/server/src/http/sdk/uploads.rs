//! The body of a request to a workflow: JSON, a form, text, or files.

use axum::body::Body;
use axum::extract::{DefaultBodyLimit, FromRequest, Multipart, Request};
use axum::http::HeaderMap;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use bytes::Bytes;
use linchpin_domain::file::{File, MOST_BYTES};
use linchpin_domain::mac::Encoding;
use linchpin_domain::readable;
use serde_json::{Map, Value};

use super::body;
use super::requests::params;
use crate::http::error::ApiError;

/// Types of bodies that are no files although they are no text by name.
const TEXTS: [&str; 4] = ["json", "xml", "javascript", "yaml"];

/// The body as JSON text.
pub(super) async fn read(headers: &HeaderMap, bytes: &Bytes) -> Result<String, ApiError> {
    let kind = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    if kind == "multipart/form-data" {
        return parts(headers, bytes).await.map(|fields| Value::Object(fields).to_string());
    }
    let is_text = kind.is_empty()
        || kind == "auto"
        || kind.starts_with("text/")
        || kind == "application/x-www-form-urlencoded"
        || TEXTS.iter().any(|text| kind.contains(text));
    if !is_text {
        let said = headers.get(CONTENT_DISPOSITION).and_then(|value| value.to_str().ok());
        let said = said.and_then(|value| value.split(';').find_map(|part| part.trim().strip_prefix("filename=")));
        let name = said.map(|name| name.trim_matches('"').to_owned());
        return file(name, kind, bytes).map(|file| file.to_string());
    }
    text(&kind, bytes)
}

fn text(kind: &str, bytes: &[u8]) -> Result<String, ApiError> {
    let text = std::str::from_utf8(bytes)
        .map_err(|_| ApiError::bad_request("body_invalid", "the body is not UTF-8; send JSON, a form, or text"))?;
    if kind == "application/x-www-form-urlencoded" {
        return Ok(Value::Object(params(text)).to_string());
    }
    if text.trim().is_empty() {
        return Ok("{}".into());
    }
    if kind.starts_with("text/") && kind != "text/json" {
        // What a script sends without a type is called text by its browser, and is JSON.
        return Ok(if readable::check(text).is_ok() {
            text.to_owned()
        } else {
            Value::String(text.to_owned()).to_string()
        });
    }
    readable::check(text).map_err(|error| body::not_json(&error))?;
    Ok(text.to_owned())
}

fn file(name: Option<String>, mime_type: String, bytes: &[u8]) -> Result<Value, ApiError> {
    if bytes.len() > MOST_BYTES {
        return Err(ApiError::too_large(format!("a file has at most {} MiB", MOST_BYTES / 1024 / 1024)));
    }
    Ok(File { name, mime_type, bytes: bytes.to_vec() }.to_value(Encoding::Base64))
}

/// The fields of a multipart form: files as objects, all else as texts; a name that comes twice is a list.
async fn parts(headers: &HeaderMap, bytes: &Bytes) -> Result<Map<String, Value>, ApiError> {
    let wrong = |what: String| ApiError::bad_request("body_invalid", format!("the form cannot be read: {what}"));
    let mut request = Request::new(Body::from(bytes.clone()));
    *request.headers_mut() = headers.clone();
    // The whole body was limited when it was read.
    DefaultBodyLimit::disable().apply(&mut request);
    let form = Multipart::from_request(request, &()).await;
    let mut form = form.map_err(|error| wrong(error.body_text()))?;
    let mut fields: Map<String, Value> = Map::new();
    while let Some(field) = form.next_field().await.map_err(|error| wrong(error.body_text()))? {
        let name = field.name().unwrap_or_default().to_owned();
        let filename = field.file_name().map(str::to_owned);
        let kind = field.content_type().map(str::to_owned);
        let data = field.bytes().await.map_err(|error| wrong(error.body_text()))?;
        let value = match (filename, kind) {
            (None, kind) if kind.as_deref().is_none_or(|kind| kind.starts_with("text/")) => {
                let text = std::str::from_utf8(&data);
                Value::String(text.map_err(|_| wrong(format!("the field `{name}` is not UTF-8")))?.to_owned())
            }
            (filename, kind) => file(filename, kind.unwrap_or_else(|| "application/octet-stream".into()), &data)?,
        };
        match fields.get_mut(&name) {
            None => {
                fields.insert(name, value);
            }
            Some(Value::Array(values)) => values.push(value),
            Some(first) => *first = Value::Array(vec![first.take(), value]),
        }
    }
    Ok(fields)
}
