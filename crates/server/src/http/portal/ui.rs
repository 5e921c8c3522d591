//! What is embedded in the binary for pages: the Connect Portal and the SDK that belongs to this server.

use axum::extract::{Path, Query, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG, IF_NONE_MATCH, REFERRER_POLICY};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use linchpin_domain::id::ProjectId;
use linchpin_store::projects;
use rust_embed::{EmbeddedFile, RustEmbed};
use serde::Deserialize;

use super::origins::frame_ancestors;
use super::page::Page;
use crate::http::error::ApiError;
use crate::state::App;

#[derive(RustEmbed)]
#[folder = "../../web/dist/portal"]
struct Portal;

#[derive(RustEmbed)]
#[folder = "../../sdk/js/dist"]
struct Sdk;

#[derive(Deserialize)]
pub(super) struct Question {
    #[serde(default, rename = "projectId")]
    project_id: Option<String>,
}

/// The Connect Portal's page (R26)
///
/// Shown in a frame over the host application's page: any page's, or those of the project's allowed
/// origins once the address names the project.
pub(super) async fn portal(State(app): State<App>, Query(question): Query<Question>) -> Result<Response, ApiError> {
    let Some(page) = Portal::get("portal.html") else {
        return Ok(without_assets(&app, "the Connect Portal"));
    };
    let project_id: Option<ProjectId> = question.project_id.and_then(|id| id.parse().ok());
    let origins = match project_id {
        None => Vec::new(),
        Some(id) => {
            let mut conn = app.store.read().await?;
            projects::find(&mut conn, id).await?.map(|project| project.allowed_origins).unwrap_or_default()
        }
    };
    let policy = format!(
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors {}",
        frame_ancestors(&origins)
    );
    let mut response = page.data.into_owned().into_response();
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    if let Ok(policy) = HeaderValue::from_str(&policy) {
        headers.insert(CONTENT_SECURITY_POLICY, policy);
    }
    Ok(response)
}

/// A file of the portal's page; its name changes with its content
pub(super) async fn asset(headers: HeaderMap, Path(path): Path<String>) -> Result<Response, ApiError> {
    let file = Portal::get(&path).filter(|_| path != "portal.html").ok_or_else(|| ApiError::not_found("file"))?;
    let kind = mime_guess::from_path(&path).first_or_octet_stream();
    Ok(send(&headers, file, kind.as_ref(), "public, max-age=31536000, immutable"))
}

/// The SDK for a script tag
pub(super) async fn sdk_script(State(app): State<App>, headers: HeaderMap) -> Response {
    match Sdk::get("connect.global.js") {
        Some(file) => send(&headers, file, "text/javascript; charset=utf-8", "no-cache"),
        None => without_assets(&app, "the SDK"),
    }
}

/// The SDK for `npm install`
pub(super) async fn sdk_package(State(app): State<App>, headers: HeaderMap) -> Response {
    match Sdk::get("linchpin-connect.tgz") {
        Some(file) => send(&headers, file, "application/gzip", "no-cache"),
        None => without_assets(&app, "the SDK"),
    }
}

fn send(asked: &HeaderMap, file: EmbeddedFile, kind: &str, cache: &'static str) -> Response {
    let tag = format!("\"{}\"", hex::encode(&file.metadata.sha256_hash()[..16]));
    let known = asked.get(IF_NONE_MATCH).is_some_and(|value| value.as_bytes() == tag.as_bytes());
    let mut response =
        if known { StatusCode::NOT_MODIFIED.into_response() } else { file.data.into_owned().into_response() };
    let headers = response.headers_mut();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static(cache));
    if let Ok(tag) = HeaderValue::from_str(&tag) {
        headers.insert(ETAG, tag);
    }
    if let Ok(kind) = HeaderValue::from_str(kind) {
        headers.insert(CONTENT_TYPE, kind);
    }
    response
}

fn without_assets(app: &App, what: &str) -> Response {
    let text = format!("This binary was built without {what}. Run `cargo xtask build` and use the binary it makes.");
    Page::new(StatusCode::NOT_FOUND, "Built without web assets", &text).answer(&*app.clock)
}
