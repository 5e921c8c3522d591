//! API keys.

use axum::extract::State;
use axum::http::StatusCode;
use linchpin_domain::Timestamp;
use linchpin_domain::id::ApiKeyId;
use linchpin_store::api_keys::{self, ApiKey};
use secrecy::ExposeSecret;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::fields::Findings;
use crate::http::auth::{ProjectAccess, api_key};
use crate::http::error::ApiError;
use crate::http::extract::{Id, Json};
use crate::http::page::{ItemPath, Items, ProjectPath};
use crate::state::App;

/// An API key without the key.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = ApiKey)]
pub struct ApiKeyView {
    #[schema(value_type = Uuid)]
    id: ApiKeyId,
    name: String,
    /// The key's first characters.
    prefix: String,
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
    #[schema(value_type = Option<String>, format = DateTime)]
    last_used_at: Option<Timestamp>,
}

/// A new API key. The only answer that holds the key.
#[derive(Serialize, ToSchema)]
pub struct NewApiKey {
    #[serde(flatten)]
    view: ApiKeyView,
    /// Shown once.
    key: String,
}

/// What the key is called.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AddApiKey {
    name: String,
}

/// List API keys
#[utoipa::path(get, path = "/api/v1/projects/{projectId}/api-keys", tag = "apiKeys", operation_id = "apiKeys.list", params(ProjectPath), responses((status = 200, body = Items<ApiKeyView>)))]
pub async fn list(State(app): State<App>, access: ProjectAccess) -> Result<Json<Items<ApiKeyView>>, ApiError> {
    let mut conn = app.store.read().await?;
    let keys = api_keys::list(&mut conn, access.id()).await?;
    Ok(Items::whole(keys.into_iter().map(ApiKeyView::from).collect()))
}

/// Create an API key
///
/// The key opens this project to a backend or the command line. It is shown in this answer only.
#[utoipa::path(post, path = "/api/v1/projects/{projectId}/api-keys", tag = "apiKeys", operation_id = "apiKeys.add", params(ProjectPath), request_body = AddApiKey, responses((status = 201, body = NewApiKey)))]
pub async fn add(
    State(app): State<App>,
    access: ProjectAccess,
    Json(body): Json<AddApiKey>,
) -> Result<(StatusCode, Json<NewApiKey>), ApiError> {
    let mut findings = Findings::default();
    let name = findings.name("name", &body.name);
    findings.done()?;
    let minted = api_key::mint(&*app.clock);
    let key = ApiKey {
        id: ApiKeyId::fresh(&*app.clock),
        project_id: access.id(),
        name,
        prefix: minted.prefix,
        created_at: app.clock.now(),
        last_used_at: None,
    };
    let mut tx = app.store.begin().await?;
    api_keys::add(&mut tx, &key, &minted.hash).await?;
    tx.about(key.id, &key.name);
    tx.commit().await?;
    Ok((StatusCode::CREATED, Json(NewApiKey { view: key.into(), key: minted.key.expose_secret().to_owned() })))
}

/// Revoke an API key
#[utoipa::path(delete, path = "/api/v1/projects/{projectId}/api-keys/{id}", tag = "apiKeys", operation_id = "apiKeys.remove", params(ItemPath), responses((status = 204)))]
pub async fn remove(
    State(app): State<App>,
    access: ProjectAccess,
    Id(id): Id<ApiKeyId>,
) -> Result<StatusCode, ApiError> {
    let mut tx = app.store.begin().await?;
    if !api_keys::remove(&mut tx, access.id(), id).await? {
        return Err(ApiError::not_found("API key"));
    }
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}

impl From<ApiKey> for ApiKeyView {
    fn from(key: ApiKey) -> Self {
        Self {
            id: key.id,
            name: key.name,
            prefix: key.prefix,
            created_at: key.created_at,
            last_used_at: key.last_used_at,
        }
    }
}
