//! The dashboard's pages under `/app/`: one document for every address, and the files that it loads.

use axum::Router;
use axum::extract::Path;
use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG, IF_NONE_MATCH, REFERRER_POLICY};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use rust_embed::{EmbeddedFile, RustEmbed};

use crate::state::App;

#[derive(RustEmbed)]
#[folder = "../../web/dist/app"]
struct Dashboard;

/// Styles are set on elements by the component library, hence `unsafe-inline` for styles alone.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; \
     font-src 'self'; connect-src 'self'; frame-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

/// The routes.
pub fn router() -> Router<App> {
    Router::new()
        .route("/", get(|| async { Redirect::temporary("/app/") }))
        .route("/app", get(|| async { Redirect::temporary("/app/") }))
        .route("/app/", get(|headers: HeaderMap| async move { page(&headers) }))
        .route("/app/{*path}", get(file))
}

async fn file(headers: HeaderMap, Path(path): Path<String>) -> Response {
    match Dashboard::get(&path) {
        Some(file) if path != "index.html" => {
            let kind = mime_guess::from_path(&path).first_or_octet_stream();
            // What the build puts there has its content's fingerprint in its name.
            let cache = if path.starts_with("assets/") { "public, max-age=31536000, immutable" } else { "no-cache" };
            send(&headers, file, kind.as_ref(), cache)
        }
        // A missing script is an error; every other address is a page of the dashboard.
        None if path.starts_with("assets/") => StatusCode::NOT_FOUND.into_response(),
        _ => page(&headers),
    }
}

fn page(headers: &HeaderMap) -> Response {
    let Some(index) = Dashboard::get("index.html") else {
        let text = "This binary was built without the dashboard. Run `cargo xtask build` and use the binary it makes.";
        return (StatusCode::NOT_FOUND, text).into_response();
    };
    let mut response = send(headers, index, "text/html; charset=utf-8", "no-cache");
    let answer: [(HeaderName, &'static str); 4] = [
        (CONTENT_SECURITY_POLICY, POLICY),
        (REFERRER_POLICY, "same-origin"),
        (header::X_FRAME_OPTIONS, "DENY"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    for (name, value) in answer {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response
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
