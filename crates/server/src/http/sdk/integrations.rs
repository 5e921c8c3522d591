//! The project's integrations as users see them.

use axum::Json;
use axum::extract::State;
use serde_json::{Value, json};

use super::deployed::Deployed;
use super::described::{ProjectPath, Refused, SdkIntegration, SdkIntegrationHead};
use super::shapes::{Snapshot, integration_shape};
use crate::http::auth::ConnectedUser;
use crate::http::error::ApiError;
use crate::state::App;

/// The integrations (R2): a bare array
#[utoipa::path(get, path = "/projects/{projectId}/sdk/integrations", tag = "sdk", operation_id = "sdk.integrations", params(ProjectPath), responses((status = 200, body = Vec<SdkIntegration>), Refused), security(("userToken" = [])))]
pub(super) async fn list(user: ConnectedUser, State(app): State<App>) -> Result<Json<Vec<Value>>, ApiError> {
    let registry = app.connections.registry_of(user.project_id).await?;
    let mut conn = app.store.read().await?;
    let snapshot = Snapshot::read(&mut conn, &user).await?;
    let Snapshot { integrations: all, workflows, denied, onboarding, .. } = &snapshot;
    let versions = Deployed::read(&mut conn, user.project_id, all, app.connections.registry()).await?;
    let shapes = all.iter().map(|integration| {
        let manifest = registry.find(&integration.kind);
        let connected = snapshot.accounts(integration.id).next().is_some();
        let manifest = manifest.map(|manifest| &**manifest);
        integration_shape(integration, manifest, workflows, onboarding, denied, &versions, connected)
    });
    Ok(Json(shapes.collect()))
}

/// Names, colours and icons of the active integrations
#[utoipa::path(get, path = "/projects/{projectId}/sdk/metadata", tag = "sdk", operation_id = "sdk.metadata", params(ProjectPath), responses((status = 200, body = Vec<SdkIntegrationHead>), Refused), security(("userToken" = [])))]
pub(super) async fn metadata(user: ConnectedUser, State(app): State<App>) -> Result<Json<Vec<Value>>, ApiError> {
    let registry = app.connections.registry_of(user.project_id).await?;
    let mut conn = app.store.read().await?;
    let all = Snapshot::read(&mut conn, &user).await?.integrations;
    let base = app.config.public_base();
    let shapes = all.iter().filter(|integration| integration.active).filter_map(|integration| {
        let manifest = registry.find(&integration.kind)?;
        Some(json!({
            "type": integration.kind,
            "name": manifest.name,
            "brandColor": manifest.brand_color,
            "icon": format!("{base}/integrations/{}.svg", integration.kind),
        }))
    });
    Ok(Json(shapes.collect()))
}
