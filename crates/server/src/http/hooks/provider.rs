//! Webhooks of an integration's provider: proven first, read then, answered when all is durable.

use std::time::Duration;

use axum::extract::{Path, Request, State};
use futures::{StreamExt as _, TryStreamExt as _};
use indexmap::IndexMap;
use linchpin_connectors::manifest::SignatureSecret;
use linchpin_connectors::webhook::{self, Delivered, HookEvent, Told};
use linchpin_domain::id::{IntegrationId, ProjectId, WebhookDeliveryId};
use linchpin_store::webhook_deliveries::{self as inbox, WebhookDelivery};
use linchpin_store::{integrations, secrets};
use secrecy::ExposeSecret;
use serde_json::{Value, json};

use super::{id, refused};
use crate::hooks;
use crate::http::error::ApiError;
use crate::http::extract::{self, Json};
use crate::state::App;

/// Providers wait for 5 seconds; who was not answered in time sends again, and nothing starts twice.
const IN_TIME: Duration = Duration::from_millis(4_500);
/// Accounts of one webhook whose events are handed on at once.
const ACCOUNTS: usize = 16;

/// Take a provider's webhook
///
/// The address to enter at the provider: `webhookUrl` of the integration. The body is taken when its
/// signature is right and fresh; a question whether the address is ours is answered, and each event in it goes to every connected account that it is for, once.
/// Events that nobody takes are kept for a while and can be replayed.
#[utoipa::path(post, path = "/hooks/{projectId}/{integrationId}", tag = "hooks", operation_id = "hooks.receive", params(("projectId" = uuid::Uuid, Path, description = "The project."), ("integrationId" = uuid::Uuid, Path, description = "The integration.")), responses((status = 200, description = "Every event is recorded"), (status = 400, description = "The body is not what this provider sends"), (status = 401, description = "The signature is missing, wrong or too old"), (status = 404, description = "There is no such integration, or its provider sends no webhooks"), (status = 503, description = "It could not be recorded in time; send it again")), security(()))]
pub(super) async fn receive(
    State(app): State<App>,
    Path((project, integration)): Path<(String, String)>,
    request: Request,
) -> Result<Json<Value>, ApiError> {
    let project_id: ProjectId = id(&project, "integration")?;
    let integration_id: IntegrationId = id(&integration, "integration")?;
    let called = request.uri().path_and_query().map_or("", |called| called.as_str());
    // As the provider called it: a proxy in front of us has another address inside.
    let url = format!("{}{called}", app.config.public_base());
    let headers = request.headers().clone();
    let body = extract::body(request).await?;

    let registry = app.connections.registry_of(project_id).await?;
    let mut conn = app.store.read().await?;
    let found = integrations::find(&mut conn, project_id, integration_id).await?;
    let manifest = found.and_then(|integration| registry.find(&integration.kind).cloned());
    let manifest = manifest.ok_or_else(|| ApiError::not_found("integration"))?;
    let Some(webhooks) = &manifest.webhooks else { return Err(ApiError::not_found("webhook")) };
    let signature = &webhooks.signature;
    let (secret, missing) = match (signature.secret, &signature.secret_name) {
        (SignatureSecret::ProjectSecret, Some(name)) => (
            secrets::value(&mut conn, project_id, name).await?,
            format!("the project has no secret `{name}` to check the signature with"),
        ),
        _ => (
            integrations::client_secret(&mut conn, project_id, integration_id).await?,
            "the integration has no client secret to check the signature with".to_owned(),
        ),
    };
    drop(conn);
    let unproven = |message: String| ApiError::unauthorized("signature_invalid", message);
    let secret = secret.ok_or_else(|| unproven(missing))?;
    let delivered = Delivered { method: "POST", url: &url, headers: &headers, body: &body };
    signature
        .verify(secret.expose_secret().as_bytes(), delivered, app.clock.now())
        .map_err(|error| unproven(error.to_string()))?;

    let told = webhook::read(&manifest, &headers, &body);
    let events = match told.map_err(|message| ApiError::bad_request("body_invalid", message))? {
        Told::Handshake(answer) => return Ok(Json(answer)),
        Told::Events(events) => events,
    };
    let taken = take(&app, project_id, integration_id, &manifest, events);
    match tokio::time::timeout(IN_TIME, taken).await {
        Ok(outcome) => outcome.map(|()| Json(json!({}))),
        Err(_) => Err(ApiError::unavailable("the events could not be recorded in time; send them again")),
    }
}

/// Hands the events on, those of one account in the order of the body, and keeps what nobody takes.
async fn take(
    app: &App,
    project_id: ProjectId,
    integration_id: IntegrationId,
    manifest: &std::sync::Arc<linchpin_connectors::Manifest>,
    events: Vec<HookEvent>,
) -> Result<(), ApiError> {
    let mut accounts: IndexMap<String, Vec<HookEvent>> = IndexMap::new();
    for event in events {
        accounts.entry(event.account.clone()).or_default().push(event);
    }
    let kept: Vec<Vec<WebhookDelivery>> = futures::stream::iter(accounts.into_values())
        .map(|events| async move {
            let mut kept = Vec::new();
            for event in events {
                let delivered =
                    hooks::deliver(&app.store, &app.engine, project_id, integration_id, manifest, &event).await?;
                if let Some(reason) = delivered.kept {
                    kept.push(WebhookDelivery {
                        id: WebhookDeliveryId::fresh(&*app.clock),
                        project_id,
                        integration_id,
                        event_key: event.key,
                        account: event.account,
                        kind: event.kind,
                        event: event.event.to_string(),
                        reason,
                        received_at: app.clock.now(),
                        replayed_at: None,
                    });
                }
            }
            Ok::<_, linchpin_engine::AcceptError>(kept)
        })
        .buffer_unordered(ACCOUNTS)
        .try_collect()
        .await
        .map_err(refused)?;
    let kept: Vec<WebhookDelivery> = kept.into_iter().flatten().collect();
    if kept.is_empty() {
        return Ok(());
    }
    tracing::debug!(integration.id = %integration_id, events = kept.len(), "events of a webhook were taken by nobody");
    let mut tx = app.store.begin().await?;
    for delivery in &kept {
        inbox::add(&mut tx, delivery).await?;
    }
    inbox::trim(&mut tx, project_id).await?;
    tx.commit().await?;
    Ok(())
}
