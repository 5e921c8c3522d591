//! The inbox of webhooks: events of a provider that started nothing, and sending them again.

use axum::extract::State;
use linchpin_connectors::webhook;
use linchpin_domain::Timestamp;
use linchpin_domain::id::{IntegrationId, RunId, WebhookDeliveryId};
use linchpin_engine::{Listening, WebhookOf};
use linchpin_store::integrations;
use linchpin_store::webhook_deliveries::{self as inbox, WebhookDelivery};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::hooks::{self, custom};
use crate::http;
use crate::http::auth::ProjectAccess;
use crate::http::error::ApiError;
use crate::http::extract::{Id, Json, Query};
use crate::http::page::{ItemPath, Items, Page, ProjectPath};
use crate::state::App;

/// An event of a provider's webhook that started nothing when it came.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = HookDelivery)]
pub struct DeliveryView {
    #[schema(value_type = Uuid)]
    id: WebhookDeliveryId,
    #[schema(value_type = Uuid)]
    integration_id: IntegrationId,
    /// The account at the provider that it is about.
    account: String,
    /// The provider's name for what happened.
    r#type: String,
    /// Why it started nothing: `no_account`, `reconnect_needed`, `workflow_off`, `nobody_listens`,
    /// `not_permitted`, `user_disabled` or `unknown_event`.
    reason: String,
    /// As the provider sent it.
    #[schema(value_type = Object)]
    event: Value,
    #[schema(value_type = String, format = DateTime)]
    received_at: Timestamp,
    /// When it was sent again and started a run.
    #[schema(value_type = Option<String>, format = DateTime)]
    replayed_at: Option<Timestamp>,
}

/// What came of sending an event again.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = HookReplay)]
pub struct Replayed {
    /// The runs it started; none where it had started them before.
    #[schema(value_type = Vec<Uuid>)]
    runs: Vec<RunId>,
}

/// List webhooks that started nothing
///
/// Newest first; kept for 30 days, at most 10,000 in a project.
#[utoipa::path(get, path = "/api/v1/projects/{projectId}/hooks/deliveries", tag = "hooks", operation_id = "hooks.deliveries", params(ProjectPath, Page), responses((status = 200, body = Items<DeliveryView>)))]
pub async fn list(
    State(app): State<App>,
    access: ProjectAccess,
    Query(page): Query<Page>,
) -> Result<Json<Items<DeliveryView>>, ApiError> {
    let limit = page.limit()?;
    let before = page
        .cursor
        .as_deref()
        .map(|cursor| cursor.parse().map_err(|_| ApiError::bad_request("wrong_query", "cursor: unknown cursor")))
        .transpose()?;
    let mut conn = app.store.read().await?;
    let mut found = inbox::list(&mut conn, access.id(), before, limit + 1).await?;
    let next_cursor = Page::cut(&mut found, limit).map(|last| last.id.to_string());
    Ok(Json(Items { items: found.into_iter().map(view).collect(), next_cursor }))
}

/// Send a webhook's event again
///
/// To everybody whom it is for by now. What it started before is not started again.
#[utoipa::path(post, path = "/api/v1/projects/{projectId}/hooks/deliveries/{id}/replay", tag = "hooks", operation_id = "hooks.replay", params(ItemPath), responses((status = 200, body = Replayed), (status = 409, description = "It still starts nothing; the message says why")))]
pub async fn replay(
    State(app): State<App>,
    access: ProjectAccess,
    Id(id): Id<WebhookDeliveryId>,
) -> Result<Json<Replayed>, ApiError> {
    let registry = app.connections.registry_of(access.id()).await?;
    let mut conn = app.store.read().await?;
    let delivery = inbox::find(&mut conn, access.id(), id).await?;
    let delivery = delivery.ok_or_else(|| ApiError::not_found("delivery"))?;
    let integration = integrations::find(&mut conn, access.id(), delivery.integration_id).await?;
    drop(conn);
    let integration = integration.ok_or_else(|| ApiError::not_found("integration"))?;
    if let Some(name) = custom::name_in_inbox(&delivery.kind) {
        return replay_own(&app, &access, &delivery, name).await;
    }
    let manifest = registry.find(&integration.kind).cloned();
    let manifest = manifest.ok_or_else(|| ApiError::not_found("integration"))?;
    let gone = |message| ApiError::conflict("nothing_started", message);
    let event = webhook::event(&manifest, &event_of(&delivery)).map_err(gone)?;
    let (store, integration_id) = (&app.store, delivery.integration_id);
    let outcome = hooks::deliver(store, &app.engine, access.id(), integration_id, &manifest, &event).await;
    let delivered = outcome.map_err(http::hooks::refused)?;
    let mut tx = app.store.begin().await?;
    if let Some(reason) = &delivered.kept {
        inbox::set_reason(&mut tx, access.id(), id, reason).await?;
    }
    if delivered.taken {
        inbox::mark_replayed(&mut tx, access.id(), id, app.clock.now()).await?;
    }
    tx.commit().await?;
    if delivered.taken {
        return Ok(Json(Replayed { runs: delivered.runs }));
    }
    let reason = match delivered.kept.as_deref() {
        Some("no_account") => "nobody has connected this account yet",
        Some("reconnect_needed") => "the account must be reconnected first",
        Some("workflow_off") => "no workflow that waits for it is switched on for this account",
        Some("nobody_listens") => "no deployed workflow waits for this event",
        Some("unknown_event") => "this connector has no trigger for this event",
        Some("not_permitted") => "the permissions of the workflows that wait for it leave this user out",
        Some("user_disabled") => "the connected user is disabled",
        Some(_) | None => "no workflow wants this event",
    };
    Err(ApiError::conflict("nothing_started", format!("no run was started: {reason}")))
}

/// Sends a delivery of an app's own webhook again, to the workflow that it was kept for.
async fn replay_own(
    app: &App,
    access: &ProjectAccess,
    delivery: &WebhookDelivery,
    name: &str,
) -> Result<Json<Replayed>, ApiError> {
    let gone = |message: &str| ApiError::conflict("nothing_started", format!("no run was started: {message}"));
    let found = app.engine.listening(access.id(), delivery.integration_id, WebhookOf::App(name)).await?;
    let ours = |listening: &&Listening| delivery.event_key.contains(&listening.workflow_id.to_string());
    let Some(listening) = found.iter().find(ours) else {
        return Err(gone("the workflow that it was kept for is not deployed"));
    };
    let event = event_of(delivery);
    let again = custom::AppDelivery {
        project_id: access.id(),
        integration_id: delivery.integration_id,
        account: &delivery.account,
        payload: event["payload"].to_string().into(),
        once: event["once"].as_str().map(str::to_owned),
        keep_without_runs: false,
    };
    let taken = custom::deliver(&app.store, &app.engine, listening, &again).await.map_err(http::hooks::refused)?;
    if !taken.known {
        return Err(gone("nobody has connected this account yet"));
    }
    let mut tx = app.store.begin().await?;
    inbox::mark_replayed(&mut tx, access.id(), delivery.id, app.clock.now()).await?;
    tx.commit().await?;
    Ok(Json(Replayed { runs: taken.runs }))
}

fn event_of(delivery: &WebhookDelivery) -> Value {
    serde_json::from_str(&delivery.event).unwrap_or_default()
}

fn view(delivery: WebhookDelivery) -> DeliveryView {
    DeliveryView {
        id: delivery.id,
        integration_id: delivery.integration_id,
        event: event_of(&delivery),
        account: delivery.account,
        r#type: delivery.kind,
        reason: delivery.reason,
        received_at: delivery.received_at,
        replayed_at: delivery.replayed_at,
    }
}
