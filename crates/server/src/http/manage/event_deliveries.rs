//! The log of an event destination: what was sent there, what came of it, and sending it again.

use axum::extract::State;
use axum::http::StatusCode;
use linchpin_domain::Timestamp;
use linchpin_domain::id::EventDestinationId;
use linchpin_domain::notice::Kind;
use linchpin_store::event_deliveries::{self, Attempt, EventDelivery};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

use super::event_destinations::one;
use crate::http::auth::ProjectAccess;
use crate::http::error::ApiError;
use crate::http::extract::{EventId, Id, Json, Query};
use crate::http::page::{ItemPath, Items, Page};
use crate::state::App;

/// A delivery in an address.
#[derive(Debug, utoipa::IntoParams)]
#[into_params(parameter_in = Path)]
#[expect(dead_code, reason = "it describes the address")]
pub struct DeliveryPath {
    /// The project.
    #[param(rename = "projectId")]
    project_id: Uuid,
    /// The destination.
    id: Uuid,
    /// The event.
    #[param(rename = "eventId")]
    event_id: String,
}

/// Which deliveries.
#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Filter {
    /// `pending`, `delivered`, `failed` or `dropped`.
    state: Option<String>,
}

/// An event and what came of sending it.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct EventDeliveryView {
    /// The same at every destination and attempt.
    event_id: String,
    #[schema(value_type = String)]
    event: Kind,
    /// What happened, as it is sent.
    #[schema(value_type = Object)]
    data: Value,
    #[schema(value_type = String, format = DateTime)]
    happened_at: Timestamp,
    /// `pending` (to be tried), `delivered`, `failed` (every attempt did) or `dropped` (the destination was disabled
    /// before).
    state: &'static str,
    attempts: i64,
    #[schema(value_type = Option<String>, format = DateTime)]
    next_attempt_at: Option<Timestamp>,
    last_attempt: Option<EventAttempt>,
}

/// An attempt.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct EventAttempt {
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
    /// The status of the answer to a webhook.
    status: Option<i64>,
    /// The beginning of the answer; for e-mail what the mail server said.
    answer: Option<String>,
    error: Option<String>,
    duration_ms: i64,
}

/// List what was sent to an event destination
///
/// Newest first. What is done is kept for 30 days.
#[utoipa::path(get, path = "/api/v1/projects/{projectId}/event-destinations/{id}/deliveries", tag = "event destinations", operation_id = "eventDestinations.deliveries", params(ItemPath, Filter, Page), responses((status = 200, body = Items<EventDeliveryView>)))]
pub async fn list(
    State(app): State<App>,
    access: ProjectAccess,
    Id(id): Id<EventDestinationId>,
    Query(filter): Query<Filter>,
    Query(page): Query<Page>,
) -> Result<Json<Items<EventDeliveryView>>, ApiError> {
    let limit = page.limit()?;
    let before = page.seq()?;
    let state = filter
        .state
        .as_deref()
        .map(|text| {
            event_deliveries::State::parse(text).ok_or_else(|| {
                ApiError::bad_request("wrong_query", "state: one of pending, delivered, failed, dropped is expected")
            })
        })
        .transpose()?;
    let mut conn = app.store.read().await?;
    one(&mut conn, access.id(), id).await?;
    let mut found = event_deliveries::list(&mut conn, access.id(), id, state, before, limit + 1).await?;
    let next_cursor = Page::cut(&mut found, limit).map(|last| last.seq.to_string());
    Ok(Json(Items { items: found.into_iter().map(EventDeliveryView::from).collect(), next_cursor }))
}

/// Send an event again
///
/// Under the same id, whatever came of it before; it is under way when this answers. 409 while the destination is
/// disabled.
#[utoipa::path(post, path = "/api/v1/projects/{projectId}/event-destinations/{id}/deliveries/{eventId}/redeliver", tag = "event destinations", operation_id = "eventDestinations.redeliver", params(DeliveryPath), responses((status = 202, body = EventDeliveryView)))]
pub async fn redeliver(
    State(app): State<App>,
    access: ProjectAccess,
    Id(id): Id<EventDestinationId>,
    EventId(event_id): EventId,
) -> Result<(StatusCode, Json<EventDeliveryView>), ApiError> {
    let unknown = || ApiError::not_found("delivery");
    let mut tx = app.store.begin().await?;
    let destination = one(&mut tx, access.id(), id).await?;
    let delivery = event_deliveries::find(&mut tx, access.id(), id, &event_id).await?.ok_or_else(unknown)?;
    if !destination.enabled {
        return Err(ApiError::conflict(
            "destination_disabled",
            format!("the destination {} is disabled; enable it first", destination.name),
        ));
    }
    event_deliveries::redeliver(&mut tx, &delivery, app.clock.now()).await?;
    let delivery = event_deliveries::find(&mut tx, access.id(), id, &event_id).await?.ok_or_else(unknown)?;
    tx.commit().await?;
    Ok((StatusCode::ACCEPTED, Json(delivery.into())))
}

impl From<EventDelivery> for EventDeliveryView {
    fn from(delivery: EventDelivery) -> Self {
        Self {
            event_id: delivery.event_id,
            event: delivery.kind,
            data: delivery.data,
            happened_at: delivery.happened_at,
            state: delivery.state.as_str(),
            attempts: delivery.attempts,
            next_attempt_at: delivery.due_at,
            last_attempt: delivery.last.map(|Attempt { at, status, answer, error, duration_ms }| EventAttempt {
                at,
                status,
                answer,
                error,
                duration_ms,
            }),
        }
    }
}
