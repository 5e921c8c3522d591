//! Integrations: connectors set up in a project.

use std::collections::BTreeMap;

use axum::extract::State;
use axum::http::StatusCode;
use linchpin_connectors::{Manifest, Registry};
use linchpin_domain::Timestamp;
use linchpin_domain::id::IntegrationId;
use linchpin_domain::input::Input;
use linchpin_domain::run::Fault;
use linchpin_store::credentials;
use linchpin_store::integrations::{self, Integration, Portal};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use url::Url;
use utoipa::ToSchema;

use super::connectors::icon_url;
use super::fields::Findings;
use crate::http::auth::{ProjectAccess, read_only};
use crate::http::error::ApiError;
use crate::http::extract::{Id, Json, present};
use crate::http::page::{ItemPath, Items, ProjectPath};
use crate::state::App;

/// A connector set up in a project. The client secret can never be read back.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Integration)]
pub struct IntegrationView {
    #[schema(value_type = Uuid)]
    id: IntegrationId,
    r#type: String,
    name: String,
    icon_url: String,
    active: bool,
    /// Whether the connector is the project's own.
    custom: bool,
    /// Whether client id and secret are needed before it can be active.
    needs_app: bool,
    client_id: Option<String>,
    has_client_secret: bool,
    scopes: Vec<String>,
    optional_scopes: Vec<String>,
    /// The version of the provider's API that is spoken.
    api_version: String,
    /// Origins that replace the connector's own.
    base_urls: BTreeMap<String, String>,
    /// To be entered at the provider.
    redirect_url: String,
    /// To be entered at the provider as the target of its webhooks; absent where it sends none.
    #[serde(skip_serializing_if = "Option::is_none")]
    webhook_url: Option<String>,
    #[schema(value_type = Object)]
    portal: Portal,
    #[schema(value_type = Vec<Object>)]
    settings: Vec<Input>,
    connected_users: i64,
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
    #[schema(value_type = String, format = DateTime)]
    updated_at: Timestamp,
}

/// Which connector is set up.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AddIntegration {
    r#type: String,
}

/// What is changed of an integration. `null` clears.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[expect(clippy::option_option, reason = "absent and null differ")]
pub struct UpdateIntegration {
    active: Option<bool>,
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>)]
    client_id: Option<Option<String>>,
    /// Written, never read.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>, write_only)]
    client_secret: Option<Option<SecretString>>,
    scopes: Option<Vec<String>>,
    optional_scopes: Option<Vec<String>>,
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>)]
    api_version: Option<Option<String>>,
    base_urls: Option<BTreeMap<String, String>>,
    #[schema(value_type = Option<Object>)]
    portal: Option<Portal>,
    #[schema(value_type = Option<Vec<Object>>)]
    settings: Option<Vec<Input>>,
}

/// List integrations
#[utoipa::path(get, path = "/api/v1/projects/{projectId}/integrations", tag = "integrations", operation_id = "integrations.list", params(ProjectPath), responses((status = 200, body = Items<IntegrationView>)))]
pub async fn list(State(app): State<App>, access: ProjectAccess) -> Result<Json<Items<IntegrationView>>, ApiError> {
    let registry = app.connections.registry_of(access.id()).await?;
    let mut conn = app.store.read().await?;
    let users = integrations::connected_users(&mut conn, access.id()).await?;
    let found = integrations::list(&mut conn, access.id()).await?;
    let items = found
        .into_iter()
        .map(|integration| {
            let users = users.get(&integration.id).copied().unwrap_or(0);
            view(&app, &registry, integration, users)
        })
        .collect();
    Ok(Items::whole(items))
}

/// Set a connector up
///
/// It begins inactive, with the connector's default scopes.
#[utoipa::path(post, path = "/api/v1/projects/{projectId}/integrations", tag = "integrations", operation_id = "integrations.add", params(ProjectPath), request_body = AddIntegration, responses((status = 201, body = IntegrationView)))]
pub async fn add(
    State(app): State<App>,
    access: ProjectAccess,
    Json(body): Json<AddIntegration>,
) -> Result<(StatusCode, Json<IntegrationView>), ApiError> {
    let Some(manifest) = app.registry.find(&body.r#type) else {
        let names: Vec<String> = app.registry.list().map(|manifest| format!("`{}`", manifest.kind)).collect();
        let message = format!("there is no connector `{}`; there are {}", body.r#type, names.join(", "));
        return Err(ApiError::invalid([("type", message)]));
    };
    let now = app.clock.now();
    let integration = Integration {
        id: IntegrationId::fresh(&*app.clock),
        project_id: access.id(),
        kind: manifest.kind.clone(),
        manifest: None,
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
    Ok((StatusCode::CREATED, Json(view(&app, &app.registry, integration, 0))))
}

/// Read an integration
#[utoipa::path(get, path = "/api/v1/projects/{projectId}/integrations/{id}", tag = "integrations", operation_id = "integrations.find", params(ItemPath), responses((status = 200, body = IntegrationView)))]
pub async fn find(
    State(app): State<App>,
    access: ProjectAccess,
    Id(id): Id<IntegrationId>,
) -> Result<Json<IntegrationView>, ApiError> {
    let registry = app.connections.registry_of(access.id()).await?;
    let mut conn = app.store.read().await?;
    let integration = integrations::find(&mut conn, access.id(), id).await?.ok_or_else(unknown)?;
    let users = integrations::connected_users(&mut conn, access.id()).await?;
    let users = users.get(&id).copied().unwrap_or(0);
    Ok(Json(view(&app, &registry, integration, users)))
}

/// Change an integration
///
/// Where users sign in with the project's own app at the provider, client id and secret are needed before
/// it can be active. Clearing one of them while it is active is refused.
#[utoipa::path(patch, path = "/api/v1/projects/{projectId}/integrations/{id}", tag = "integrations", operation_id = "integrations.update", params(ItemPath), request_body = UpdateIntegration, responses((status = 200, body = IntegrationView)))]
pub async fn update(
    State(app): State<App>,
    access: ProjectAccess,
    Id(id): Id<IntegrationId>,
    Json(body): Json<UpdateIntegration>,
) -> Result<Json<IntegrationView>, ApiError> {
    let registry = app.connections.registry_of(access.id()).await?;
    let mut tx = app.store.begin().await?;
    let mut integration = integrations::find(&mut tx, access.id(), id).await?.ok_or_else(unknown)?;
    let before = integration.clone();
    let manifest = registry.find(&integration.kind).cloned();
    let mut findings = Findings::default();
    let secret = body.client_secret.clone().map(non_empty_secret);
    apply(&mut integration, body, manifest.as_deref(), &mut findings);
    if let Some(secret) = &secret {
        integration.has_client_secret = secret.is_some();
    }
    if integration.active && manifest.as_ref().is_none_or(|manifest| manifest.needs_app()) {
        match (integration.client_id.is_some(), integration.has_client_secret) {
            (true, true) => {}
            (false, true) => findings.add("active", "enter the client id before switching it on"),
            (true, false) => findings.add("active", "enter the client secret before switching it on"),
            (false, false) => findings.add("active", "enter client id and client secret before switching it on"),
        }
    }
    findings.done()?;
    if is_released(&before, &integration) {
        read_only::refuse(&mut tx, access.id()).await?;
    }
    integration.updated_at = app.clock.now();
    integrations::update(&mut tx, &integration).await?;
    if let Some(secret) = secret {
        integrations::set_client_secret(&mut tx, access.id(), id, secret.as_ref()).await?;
    }
    let users = integrations::connected_users(&mut tx, access.id()).await?;
    tx.about(id, manifest.as_ref().map_or(&integration.kind, |manifest| &manifest.name));
    tx.commit().await?;
    let users = users.get(&id).copied().unwrap_or(0);
    Ok(Json(view(&app, &registry, integration, users)))
}

/// Whether anything differs that a release brings. App credentials, base URLs and the switch belong to the project.
fn is_released(before: &Integration, after: &Integration) -> bool {
    before.settings != after.settings
        || before.portal != after.portal
        || before.scopes != after.scopes
        || before.optional_scopes != after.optional_scopes
        || before.api_version != after.api_version
}

/// Delete an integration
///
/// Its workflows and its users' accounts go with it; their unfinished runs are cancelled.
#[utoipa::path(delete, path = "/api/v1/projects/{projectId}/integrations/{id}", tag = "integrations", operation_id = "integrations.remove", params(ItemPath), responses((status = 204)))]
pub async fn remove(
    State(app): State<App>,
    access: ProjectAccess,
    Id(id): Id<IntegrationId>,
) -> Result<StatusCode, ApiError> {
    let mut conn = app.store.read().await?;
    integrations::find(&mut conn, access.id(), id).await?.ok_or_else(unknown)?;
    let accounts = credentials::list_of_integration(&mut conn, access.id(), id).await?;
    drop(conn);
    let mut tx = app.store.begin().await?;
    integrations::remove(&mut tx, access.id(), id).await?;
    tx.commit().await?;
    for account in accounts {
        let reason = Fault { code: "disconnected".into(), message: "the integration was deleted".into(), step: None };
        app.engine.cancel_runs(access.id(), account.user_id, Some(account.id), reason).await?;
    }
    Ok(StatusCode::NO_CONTENT)
}

fn unknown() -> ApiError {
    ApiError::not_found("integration")
}

pub(super) fn non_empty_secret(secret: Option<SecretString>) -> Option<SecretString> {
    secret.filter(|secret| !secret.expose_secret().trim().is_empty())
}

fn apply(integration: &mut Integration, body: UpdateIntegration, manifest: Option<&Manifest>, findings: &mut Findings) {
    if let Some(active) = body.active {
        integration.active = active;
    }
    if let Some(client_id) = body.client_id {
        integration.client_id = client_id.map(|id| id.trim().to_owned()).filter(|id| !id.is_empty());
    }
    if let Some(scopes) = body.scopes {
        integration.scopes = check_scopes("scopes", scopes, findings);
    }
    if let Some(scopes) = body.optional_scopes {
        integration.optional_scopes = check_scopes("optionalScopes", scopes, findings);
    }
    // What every user must grant need not be asked for a second time.
    let scopes = integration.scopes.clone();
    integration.optional_scopes.retain(|scope| !scopes.contains(scope));
    if let Some(version) = body.api_version {
        integration.api_version = version.filter(|version| !version.is_empty());
        if let (Some(version), Some(manifest)) = (&integration.api_version, manifest)
            && !manifest.versions.offered.contains_key(version)
        {
            let known = names(manifest.versions.offered.keys());
            findings.add("apiVersion", format!("there is no version `{version}`; {known}"));
        }
    }
    if let Some(urls) = body.base_urls {
        integration.base_urls = check_urls(urls, manifest, findings);
    }
    if let Some(portal) = body.portal {
        if let Some(colour) = &portal.accent_color {
            let digits = colour.strip_prefix('#').unwrap_or_default();
            if digits.len() != 6 || !digits.chars().all(|digit| digit.is_ascii_hexdigit()) {
                findings.add("portal.accentColor", format!("`{colour}` is no colour; write for example #ff7a59"));
            }
        }
        integration.portal = portal;
    }
    if let Some(settings) = body.settings {
        findings.settings("settings", &settings);
        integration.settings = settings;
    }
}

fn check_scopes(field: &str, scopes: Vec<String>, findings: &mut Findings) -> Vec<String> {
    let mut kept: Vec<String> = Vec::new();
    for scope in scopes {
        let scope = scope.trim().to_owned();
        if scope.is_empty() || kept.contains(&scope) {
            continue;
        }
        if scope.contains(char::is_whitespace) {
            findings.add(field, format!("`{scope}` is more than one scope; give them one by one"));
        }
        kept.push(scope);
    }
    kept
}

fn check_urls(
    urls: BTreeMap<String, String>,
    manifest: Option<&Manifest>,
    findings: &mut Findings,
) -> BTreeMap<String, String> {
    let mut kept = BTreeMap::new();
    for (name, url) in urls {
        let field = format!("baseUrls.{name}");
        if manifest.is_some_and(|manifest| !manifest.base_urls.contains_key(&name)) {
            let known = manifest.map(|manifest| names(manifest.base_urls.keys())).unwrap_or_default();
            findings.add(&field, format!("there is no address `{name}`; {known}"));
        }
        let url = url.trim().trim_end_matches('/').to_owned();
        if url.is_empty() {
            continue;
        }
        let good = Url::parse(&url).is_ok_and(|url| {
            matches!(url.scheme(), "http" | "https")
                && url.has_host()
                && url.query().is_none()
                && url.fragment().is_none()
                && url.username().is_empty()
                && url.password().is_none()
        });
        if !good {
            findings.add(&field, format!("`{url}` is no web address; write for example http://127.0.0.1:4801"));
        }
        kept.insert(name, url);
    }
    kept
}

fn names<'a>(names: impl Iterator<Item = &'a String>) -> String {
    format!("there are {}", names.map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", "))
}

pub(super) fn view(app: &App, registry: &Registry, integration: Integration, connected_users: i64) -> IntegrationView {
    let manifest = registry.find(&integration.kind);
    IntegrationView {
        id: integration.id,
        name: manifest.map_or_else(|| integration.kind.clone(), |manifest| manifest.name.clone()),
        icon_url: icon_url(&integration.kind),
        active: integration.active,
        custom: integration.manifest.is_some(),
        needs_app: manifest.is_none_or(|manifest| manifest.needs_app()),
        client_id: integration.client_id,
        has_client_secret: integration.has_client_secret,
        scopes: integration.scopes,
        optional_scopes: integration.optional_scopes,
        api_version: integration
            .api_version
            .or_else(|| manifest.map(|manifest| manifest.versions.default.clone()))
            .unwrap_or_default(),
        base_urls: integration.base_urls,
        redirect_url: app.config.redirect_url(),
        webhook_url: manifest
            .filter(|manifest| manifest.webhooks.is_some())
            .map(|_| app.config.webhook_url(integration.project_id, integration.id)),
        portal: integration.portal,
        settings: integration.settings,
        connected_users,
        created_at: integration.created_at,
        updated_at: integration.updated_at,
        r#type: integration.kind,
    }
}
