//! The connected user's own state and metadata.

use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::http::HeaderMap;
use linchpin_store::connected_users;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::described::{ProjectPath, Refused, SdkMetadata, SdkUser, TooLarge, Unfit, Unreadable};
use super::scoped::require_anywhere;
use super::shapes::{FEATURES, Snapshot};
use super::{body, resources};
use crate::http::auth::ConnectedUser;
use crate::http::auth::user_token::Permission;
use crate::http::error::ApiError;
use crate::http::metadata::{MAX_METADATA, metadata_fits};
use crate::state::App;

/// The user's state (R1)
#[utoipa::path(get, path = "/projects/{projectId}/sdk/me", tag = "sdk", operation_id = "sdk.me", params(ProjectPath), responses((status = 200, body = SdkUser), Refused), security(("userToken" = [])))]
pub(super) async fn show(user: ConnectedUser, State(app): State<App>) -> Result<Json<Value>, ApiError> {
    let registry = app.connections.registry_of(user.project_id).await?;
    let mut conn = app.store.read().await?;
    let row = connected_users::find(&mut conn, user.project_id, user.id).await?;
    let row = row.ok_or_else(|| ApiError::not_found("connected user"))?;
    let snapshot = Snapshot::read(&mut conn, &user).await?;
    let integrations: Map<String, Value> = snapshot
        .integrations
        .iter()
        .map(|integration| (integration.kind.clone(), snapshot.state_shape(integration)))
        .collect();
    Ok(Json(json!({
        "authenticated": true,
        "userId": user.external_id.as_ref(),
        "meta": row.metadata,
        "integrations": integrations,
        "resources": resources::list(&snapshot, &registry),
        "project": {
            "id": user.project_id,
            "billingPlan": "connect_enterprise",
            "accessibleFeatures": FEATURES,
        },
    })))
}

#[derive(Deserialize)]
struct Update {
    #[serde(default)]
    meta: Option<Value>,
}

/// Merge metadata (R3)
///
/// Keys that are not named stay; objects are merged within.
#[utoipa::path(patch, path = "/projects/{projectId}/sdk/me", tag = "sdk", operation_id = "sdk.setMetadata", params(ProjectPath), request_body = SdkMetadata, responses((status = 200, body = SdkMetadata), Unreadable, TooLarge, Unfit, Refused), security(("userToken" = [])))]
pub(super) async fn update(
    user: ConnectedUser,
    State(app): State<App>,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<Value>, ApiError> {
    // Metadata belongs to the user as a whole; a token that may only read changes nothing.
    require_anywhere(&user, Permission::ConfigurationWrite)?;
    let bytes = body::read(&headers, body, MAX_METADATA).await?;
    let update: Update = body::json(&bytes)?;
    let Some(Value::Object(values)) = update.meta else {
        return Err(ApiError::bad_request("meta_invalid", "`meta` must be a JSON object"));
    };
    let mut tx = app.store.begin().await?;
    let meta = connected_users::merge_metadata(&mut tx, user.project_id, user.id, &values).await?;
    let meta = meta.ok_or_else(|| ApiError::not_found("connected user"))?;
    metadata_fits("meta", &meta)?;
    tx.commit().await?;
    Ok(Json(json!({"meta": meta})))
}
