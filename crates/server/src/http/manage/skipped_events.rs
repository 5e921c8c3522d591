//! Events that started nothing because an account had to be reconnected: started once it was.

use axum::extract::State;
use linchpin_domain::Timestamp;
use linchpin_domain::id::{ConnectedUserId, ReceivedEventId};
use linchpin_store::received_events::{self, SkippedFilter};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::http::auth::ProjectAccess;
use crate::http::error::ApiError;
use crate::http::extract::Json;
use crate::http::page::ProjectPath;
use crate::state::App;

/// Events that one call replays at most; the answer says how many are left.
const AT_ONCE: i64 = 500;

/// Which skipped events are replayed.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ReplaySkipped {
    /// Those of one connected user.
    #[serde(default)]
    #[schema(value_type = Option<Uuid>)]
    user_id: Option<ConnectedUserId>,
    /// Those of one name.
    #[serde(default)]
    event: Option<String>,
    /// Received at or after.
    #[serde(default)]
    #[schema(value_type = Option<String>, format = DateTime)]
    after: Option<Timestamp>,
    /// Received before.
    #[serde(default)]
    #[schema(value_type = Option<String>, format = DateTime)]
    before: Option<Timestamp>,
    /// Counts what would be replayed, and does nothing.
    #[serde(default)]
    dry_run: bool,
    /// Where an earlier call stopped.
    #[serde(default)]
    cursor: Option<String>,
}

/// What was replayed.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ReplayedSkipped {
    /// Skipped events that the filter finds.
    found: i64,
    /// New runs of this call.
    replayed: usize,
    /// Events of this call that still skip runs, and why.
    skipped: Vec<StillSkipped>,
    /// Send it again as `cursor` to go on; null when this was all.
    next_cursor: Option<String>,
}

/// An event that still skips runs.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct StillSkipped {
    #[schema(value_type = Uuid)]
    id: ReceivedEventId,
    reason: String,
}

/// Replay events that were skipped
///
/// Starts the runs that were noted as `reconnect needed`, once the account works again: for the same account and
/// configuration, on the version that is deployed now, each once. Newest first, five hundred events a call;
/// `dryRun` counts them. Those whose account still must be reconnected stay as they are and are named.
#[utoipa::path(post, path = "/api/v1/projects/{projectId}/received-events/replay-skipped", tag = "receivedEvents", operation_id = "receivedEvents.replaySkipped", params(ProjectPath), request_body = ReplaySkipped, responses((status = 200, body = ReplayedSkipped)))]
pub async fn replay(
    State(app): State<App>,
    access: ProjectAccess,
    Json(body): Json<ReplaySkipped>,
) -> Result<Json<ReplayedSkipped>, ApiError> {
    let before_seq = body.cursor.as_deref().map(str::parse::<i64>).transpose();
    let before_seq =
        before_seq.map_err(|_| ApiError::invalid([("cursor", "this is no cursor of an earlier answer")]))?;
    let filter = SkippedFilter { user_id: body.user_id, event: body.event, after: body.after, before: body.before };
    let mut conn = app.store.read().await?;
    let found = received_events::count_skipped(&mut conn, access.id(), &filter, before_seq).await?;
    let mut answer = ReplayedSkipped { found, replayed: 0, skipped: Vec::new(), next_cursor: None };
    if body.dry_run {
        return Ok(Json(answer));
    }
    let page = received_events::list_skipped(&mut conn, access.id(), &filter, before_seq, AT_ONCE).await?;
    drop(conn);
    if found > AT_ONCE {
        answer.next_cursor = page.last().map(|(last, _)| last.seq.to_string());
    }
    for (event, skipped) in page {
        let resumed = app.engine.start_skipped(access.id(), &event, &skipped).await?;
        answer.replayed += resumed.runs.len();
        answer.skipped.extend(resumed.still.map(|reason| StillSkipped { id: event.id, reason: reason.to_owned() }));
    }
    Ok(Json(answer))
}
