//! Acme CRM, the demo's host application: its pages from `examples/acme-crm/public`, and the backend
//! that it needs: a user token for whoever is signed in. In a real product the user comes from the
//! session, never from the address.

use std::sync::Arc;

use axum::extract::{Path, Query, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use linchpin_domain::Clock;
use linchpin_domain::id::ProjectId;
use rust_embed::RustEmbed;
use secrecy::SecretString;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::signing_key::{self, Claims};

const TOKEN_SECONDS: i64 = 3_600;

#[derive(RustEmbed)]
#[folder = "../../examples/acme-crm/public"]
struct Pages;

struct HostApp {
    config: Value,
    project_id: ProjectId,
    private_key: SecretString,
    clock: Arc<dyn Clock>,
}

#[derive(Deserialize)]
struct TokenQuery {
    user: Option<String>,
}

/// The host application's routes.
pub fn router(config: Value, project_id: ProjectId, private_key: SecretString, clock: Arc<dyn Clock>) -> Router {
    Router::new()
        .route("/api/config", get(config_for_page))
        .route("/api/token", get(token))
        .route("/", get(|| async { page("index.html") }))
        .route("/{*path}", get(|Path(path): Path<String>| async move { page(&path) }))
        .with_state(Arc::new(HostApp { config, project_id, private_key, clock }))
}

async fn config_for_page(State(app): State<Arc<HostApp>>) -> Response {
    ([(header::CACHE_CONTROL, "no-store")], Json(app.config.clone())).into_response()
}

async fn token(State(app): State<Arc<HostApp>>, Query(query): Query<TokenQuery>) -> Response {
    let known = |user: &&String| {
        app.config["users"].as_array().is_some_and(|users| users.iter().any(|known| known["id"] == user.as_str()))
    };
    let Some(sub) = query.user.as_ref().filter(known) else {
        return (StatusCode::NOT_FOUND, Json(json!({"message": "no such user"}))).into_response();
    };
    let now = app.clock.now().as_millis() / 1_000;
    let claims =
        Claims { sub: sub.clone(), aud: format!("linchpin/{}", app.project_id), iat: now, exp: now + TOKEN_SECONDS };
    match signing_key::sign(&app.private_key, &claims) {
        Ok(token) => ([(header::CACHE_CONTROL, "no-store")], Json(json!({"token": token}))).into_response(),
        Err(error) => (StatusCode::INTERNAL_SERVER_ERROR, Json(json!({"message": error.to_string()}))).into_response(),
    }
}

fn page(path: &str) -> Response {
    let Some(file) = Pages::get(path) else {
        return (StatusCode::NOT_FOUND, Json(json!({"message": "not found"}))).into_response();
    };
    let kind = mime_guess::from_path(path).first_or_octet_stream();
    let kind = if kind.type_() == "text" || kind.subtype() == "javascript" {
        format!("{kind}; charset=utf-8")
    } else {
        kind.to_string()
    };
    (
        [
            (header::CONTENT_TYPE, kind.as_str()),
            (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
            (header::CACHE_CONTROL, "no-cache"),
        ],
        file.data.into_owned(),
    )
        .into_response()
}
