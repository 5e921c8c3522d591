//! Custom integrations: connectors of the project's own, made from a manifest.

use std::collections::BTreeMap;

use axum::extract::State;
use axum::http::StatusCode;
use linchpin_connectors::manifest::OWN;
use linchpin_connectors::{Manifest, check_own};
use linchpin_domain::id::IntegrationId;
use linchpin_store::integrations::{self, Integration, Portal};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::integrations::{IntegrationView, view};
use crate::http::auth::ProjectAccess;
use crate::http::error::ApiError;
use crate::http::extract::{Id, Json};
use crate::http::page::{ItemPath, ProjectPath};
use crate::project_file::is_slug;
use crate::state::App;

/// A connector of the project's own.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AddCustomIntegration {
    /// Its name: the type is `custom.` and this. The manifest's `kind` when absent.
    slug: Option<String>,
    /// The manifest, as YAML or JSON; see `linchpin schema connector`.
    manifest: String,
}

/// What is changed of it.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UpdateCustomIntegration {
    /// The manifest, as YAML or JSON. Accounts and workflows stay.
    manifest: String,
}

/// A manifest as it was given.
#[derive(Serialize, ToSchema)]
pub struct CustomManifest {
    r#type: String,
    manifest: String,
}

/// Add a custom integration
///
/// From the same manifest that the connectors of this server are made of. Every mistake is named with its
/// line and column. It begins inactive.
#[utoipa::path(post, path = "/api/v1/projects/{projectId}/custom-integrations", tag = "integrations", operation_id = "customIntegrations.add", params(ProjectPath), request_body = AddCustomIntegration, responses((status = 201, body = IntegrationView)))]
pub async fn add(
    State(app): State<App>,
    access: ProjectAccess,
    Json(body): Json<AddCustomIntegration>,
) -> Result<(StatusCode, Json<IntegrationView>), ApiError> {
    let mut manifest = read(&body.manifest)?;
    if let Some(slug) = body.slug {
        manifest.kind = format!("{OWN}{}", slug.trim());
    }
    if !is_slug(&manifest.kind) {
        return Err(ApiError::invalid([("slug", "a name has lower-case letters, digits, `-` and `_`")]));
    }
    let now = app.clock.now();
    let integration = Integration {
        id: IntegrationId::fresh(&*app.clock),
        project_id: access.id(),
        kind: manifest.kind.clone(),
        manifest: Some(body.manifest),
        active: false,
        client_id: None,
        has_client_secret: false,
        scopes: manifest.default_scopes.clone(),
        optional_scopes: Vec::new(),
        api_version: None,
        base_urls: BTreeMap::new(),
        portal: Portal::default(),
        settings: Vec::new(),
        created_at: now,
        updated_at: now,
    };
    let mut tx = app.store.begin().await?;
    integrations::add(&mut tx, &integration).await?;
    tx.about(integration.id, &manifest.name);
    tx.commit().await?;
    let registry = app.connections.registry_of(access.id()).await?;
    Ok((StatusCode::CREATED, Json(view(&app, &registry, integration, 0))))
}

/// What a manifest comes to.
#[derive(Serialize, ToSchema)]
pub struct CheckedManifest {
    /// Every mistake; empty for a good one.
    problems: Vec<ManifestProblem>,
    /// Its type as an integration, where it is good.
    r#type: Option<String>,
    name: Option<String>,
    /// How many actions and triggers it offers.
    actions: usize,
    triggers: usize,
}

/// A mistake, and where it stands.
#[derive(Serialize, ToSchema)]
pub struct ManifestProblem {
    /// From 1.
    line: usize,
    /// From 1, in characters.
    column: usize,
    /// The field's path with dots; empty at the root.
    field: String,
    message: String,
}

/// Check a custom integration's manifest
///
/// As adding it would, and nothing is stored.
#[utoipa::path(post, path = "/api/v1/projects/{projectId}/custom-integrations/check", tag = "integrations", operation_id = "customIntegrations.check", params(ProjectPath), request_body = UpdateCustomIntegration, responses((status = 200, body = CheckedManifest)))]
pub async fn check(_: ProjectAccess, Json(body): Json<UpdateCustomIntegration>) -> Json<CheckedManifest> {
    Json(match check_own("connector.yaml", &body.manifest) {
        Ok(manifest) => CheckedManifest {
            problems: Vec::new(),
            actions: manifest.actions.len(),
            triggers: manifest.triggers.len(),
            r#type: Some(manifest.kind),
            name: Some(manifest.name),
        },
        Err(problems) => CheckedManifest {
            problems: problems
                .into_iter()
                .map(|problem| ManifestProblem {
                    line: problem.at.line,
                    column: problem.at.column,
                    field: problem.field,
                    message: problem.message,
                })
                .collect(),
            r#type: None,
            name: None,
            actions: 0,
            triggers: 0,
        },
    })
}

/// Read a custom integration's manifest
#[utoipa::path(get, path = "/api/v1/projects/{projectId}/custom-integrations/{id}", tag = "integrations", operation_id = "customIntegrations.find", params(ItemPath), responses((status = 200, body = CustomManifest)))]
pub async fn find(
    State(app): State<App>,
    access: ProjectAccess,
    Id(id): Id<IntegrationId>,
) -> Result<Json<CustomManifest>, ApiError> {
    let mut conn = app.store.read().await?;
    let found = integrations::find(&mut conn, access.id(), id).await?;
    let custom = found.and_then(|one| Some(CustomManifest { r#type: one.kind, manifest: one.manifest? }));
    custom.map(Json).ok_or_else(|| ApiError::not_found("integration"))
}

/// Replace a custom integration's manifest
///
/// Runs that began before may meet the new one; its actions must still be there.
#[utoipa::path(put, path = "/api/v1/projects/{projectId}/custom-integrations/{id}", tag = "integrations", operation_id = "customIntegrations.update", params(ItemPath), request_body = UpdateCustomIntegration, responses((status = 200, body = IntegrationView)))]
pub async fn update(
    State(app): State<App>,
    access: ProjectAccess,
    Id(id): Id<IntegrationId>,
    Json(body): Json<UpdateCustomIntegration>,
) -> Result<Json<IntegrationView>, ApiError> {
    let mut tx = app.store.begin().await?;
    let found = integrations::find(&mut tx, access.id(), id).await?;
    let mut integration =
        found.filter(|one| one.manifest.is_some()).ok_or_else(|| ApiError::not_found("integration"))?;
    read(&body.manifest)?;
    integration.manifest = Some(body.manifest);
    integration.updated_at = app.clock.now();
    integrations::update(&mut tx, &integration).await?;
    tx.about(id, &integration.kind);
    let users = integrations::connected_users(&mut tx, access.id()).await?;
    tx.commit().await?;
    let users = users.get(&id).copied().unwrap_or(0);
    let registry = app.connections.registry_of(access.id()).await?;
    Ok(Json(view(&app, &registry, integration, users)))
}

fn read(text: &str) -> Result<Manifest, ApiError> {
    check_own("connector.yaml", text).map_err(|problems| {
        let text: Vec<String> = problems.iter().map(ToString::to_string).collect();
        ApiError::invalid([("manifest", text.join("\n"))])
    })
}
