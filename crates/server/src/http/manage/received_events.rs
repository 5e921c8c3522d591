//! Events as they were received, also those that started nothing.

use axum::extract::State;
use linchpin_domain::Timestamp;
use linchpin_domain::id::ReceivedEventId;
use linchpin_domain::trigger::Kind;
use linchpin_store::received_events;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::http::auth::ProjectAccess;
use crate::http::error::ApiError;
use crate::http::extract::{Json, Query};
use crate::http::page::{Items, Page, ProjectPath};
use crate::state::App;

/// Which events.
#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Filter {
    /// Those of one name.
    name: Option<String>,
    /// Those of one kind of trigger: `appEvent` (unless given), `request`, `schedule`, `integrationEnabled`,
    /// `provider` or `webhook`.
    kind: Option<String>,
    /// Those that started no run.
    unused: Option<bool>,
}

/// An event as it was received.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ReceivedEventView {
    #[schema(value_type = Uuid)]
    id: ReceivedEventId,
    /// What kind of trigger it is for.
    kind: &'static str,
    name: String,
    /// The sender's id in the host application.
    user_id: Option<String>,
    #[schema(value_type = String, format = DateTime)]
    received_at: Timestamp,
    /// How many runs it started.
    runs: i64,
    /// Why it started fewer than one may expect.
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<String>,
}

/// List received events
///
/// Newest first, also those that nobody listens to: a misspelt name is found here.
#[utoipa::path(get, path = "/api/v1/projects/{projectId}/received-events", tag = "receivedEvents", operation_id = "receivedEvents.list", params(ProjectPath, Filter, Page), responses((status = 200, body = Items<ReceivedEventView>)))]
pub async fn list(
    State(app): State<App>,
    access: ProjectAccess,
    Query(filter): Query<Filter>,
    Query(page): Query<Page>,
) -> Result<Json<Items<ReceivedEventView>>, ApiError> {
    let limit = page.limit()?;
    let kind = filter.kind.as_deref().filter(|kind| !kind.is_empty()).unwrap_or(Kind::AppEvent.as_str());
    let kind = Kind::parse(kind).ok_or_else(|| {
        let known = Kind::ALL.map(Kind::as_str).join(", ");
        ApiError::bad_request("wrong_query", format!("kind: there is no kind `{kind}`; there are {known}"))
    })?;
    let mut conn = app.store.read().await?;
    let wanted = received_events::Filter {
        kind: Some(kind),
        name: filter.name.as_deref(),
        unused: filter.unused.unwrap_or_default(),
    };
    let mut found = received_events::list(&mut conn, access.id(), wanted, page.seq()?, limit + 1).await?;
    let next_cursor = Page::cut(&mut found, limit).map(|last| last.seq.to_string());
    let items = found
        .into_iter()
        .map(|event| ReceivedEventView {
            id: event.id,
            kind: event.kind.as_str(),
            name: event.name,
            user_id: event.user_external_id,
            received_at: event.received_at,
            runs: event.runs,
            note: event.note,
        })
        .collect();
    Ok(Json(Items { items, next_cursor }))
}
