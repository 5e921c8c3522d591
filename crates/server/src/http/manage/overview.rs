//! The overview: numbers of a while, and what failed, grouped by its cause.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use axum::extract::State;
use linchpin_domain::Timestamp;
use linchpin_domain::id::{ConnectedUserId, RunId, WorkflowId};
use linchpin_domain::run::State as RunState;
use linchpin_store::runs::numbers::{self, Failure, Slot, Span, Took};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::http::auth::ProjectAccess;
use crate::http::error::ApiError;
use crate::http::extract::{Json, Query};
use crate::http::page::ProjectPath;
use crate::state::App;

/// Causes that are listed.
const CAUSES: usize = 20;
const HOUR: i64 = 3_600_000;

/// Of which while.
#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Period {
    /// `24h` (unless given), `7d` or `30d`, up to now.
    period: Option<String>,
}

/// Numbers of a while.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Overview {
    /// What is counted begins here: later than the period where a project has more than 200,000 runs in it.
    #[schema(value_type = String, format = DateTime)]
    since: Timestamp,
    /// Length of a slot.
    slot_seconds: i64,
    slots: Vec<SlotView>,
    totals: Totals,
    /// Newest first; grouped by connector and code.
    failures: Vec<Cause>,
}

/// A part of the while.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = OverviewSlot)]
pub struct SlotView {
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
    succeeded: i64,
    failed: i64,
    /// Queued, running, waiting, in doubt, cancelled.
    other: i64,
    /// From acceptance to the end, of the runs that succeeded.
    median_ms: Option<i64>,
}

/// The same over the whole while.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = OverviewTotals)]
pub struct Totals {
    runs: i64,
    succeeded: i64,
    failed: i64,
    /// Of the newest 10,000 that succeeded.
    median_ms: Option<i64>,
}

/// Runs that failed for one reason.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = FailureCause)]
pub struct Cause {
    /// As in a run's fault.
    code: String,
    integration_type: String,
    /// Of the newest run.
    message: String,
    runs: usize,
    users: usize,
    /// Of the oldest run that is counted.
    #[schema(value_type = String, format = DateTime)]
    since: Timestamp,
    #[schema(value_type = String, format = DateTime)]
    last_at: Timestamp,
    #[schema(value_type = Uuid)]
    last_run_id: RunId,
    #[schema(value_type = Uuid)]
    workflow_id: WorkflowId,
    workflow_name: String,
    /// The one user it fails for, where it is one.
    #[schema(value_type = Option<Uuid>)]
    user_id: Option<ConnectedUserId>,
}

/// Read the overview
///
/// Runs by time, their success and how long they took, and failures by cause. Cheap: at most the newest 200,000 runs
/// are counted, 10,000 timed, and 2,000 failures looked at.
#[utoipa::path(get, path = "/api/v1/projects/{projectId}/overview", tag = "overview", operation_id = "overview.find", params(ProjectPath, Period), responses((status = 200, body = Overview)))]
pub async fn find(
    State(app): State<App>,
    access: ProjectAccess,
    Query(period): Query<Period>,
) -> Result<Json<Overview>, ApiError> {
    let (slot_hours, count) = match period.period.as_deref().unwrap_or("24h") {
        "24h" => (1, 24),
        "7d" => (6, 28),
        "30d" => (24, 30),
        other => {
            let message = format!("period: there is no `{other}`; there are 24h, 7d and 30d");
            return Err(ApiError::bad_request("wrong_query", message));
        }
    };
    let slot_ms = slot_hours * HOUR;
    // Slots begin on the hour, so that one call shows the same bars as the next.
    let last = app.clock.now().as_millis() / HOUR * HOUR + HOUR;
    let span = Span { from: Timestamp::from_millis(last - slot_ms * count), slot_ms };
    let mut conn = app.store.read().await?;
    let begin = numbers::begin(&mut conn, access.id(), span.from).await?;
    let counted = numbers::slots(&mut conn, access.id(), begin, span).await?;
    let times = numbers::times(&mut conn, access.id(), begin, span).await?;
    let failures = numbers::failures(&mut conn, access.id(), begin).await?;
    let slots = slots(span, count, &counted, &times);
    let sum = |of: fn(&SlotView) -> i64| slots.iter().map(of).sum();
    Ok(Json(Overview {
        since: begin.since,
        slot_seconds: slot_ms / 1000,
        totals: Totals {
            runs: sum(|slot| slot.succeeded + slot.failed + slot.other),
            succeeded: sum(|slot| slot.succeeded),
            failed: sum(|slot| slot.failed),
            median_ms: median(times.iter().map(|took| took.ms).collect()),
        },
        slots,
        failures: causes(failures),
    }))
}

fn slots(span: Span, count: i64, counted: &[Slot], times: &[Took]) -> Vec<SlotView> {
    let mut took: HashMap<i64, Vec<i64>> = HashMap::new();
    for one in times {
        took.entry(one.slot).or_default().push(one.ms);
    }
    (0..count)
        .map(|slot| {
            let of = |wanted: fn(RunState) -> bool| {
                counted.iter().filter(|one| one.slot == slot && wanted(one.state)).map(|one| one.count).sum()
            };
            SlotView {
                at: Timestamp::from_millis(span.from.as_millis() + slot * span.slot_ms),
                succeeded: of(|state| state == RunState::Succeeded),
                failed: of(|state| state == RunState::Failed),
                other: of(|state| !matches!(state, RunState::Succeeded | RunState::Failed)),
                median_ms: took.remove(&slot).and_then(median),
            }
        })
        .collect()
}

fn median(mut values: Vec<i64>) -> Option<i64> {
    let middle = values.len() / 2;
    (!values.is_empty()).then(|| *values.select_nth_unstable(middle).1)
}

fn causes(failures: Vec<Failure>) -> Vec<Cause> {
    let mut causes: Vec<Cause> = Vec::new();
    let mut users: BTreeMap<usize, BTreeSet<ConnectedUserId>> = BTreeMap::new();
    for failure in failures {
        let integration_type = failure.integration_type.unwrap_or_default();
        let same = |cause: &Cause| cause.code == failure.fault.code && cause.integration_type == integration_type;
        let place = causes.iter().position(same).unwrap_or_else(|| {
            causes.push(Cause {
                code: failure.fault.code.clone(),
                integration_type: integration_type.clone(),
                message: failure.fault.message.clone(),
                runs: 0,
                users: 0,
                since: failure.created_at,
                last_at: failure.created_at,
                last_run_id: failure.run_id,
                workflow_id: failure.workflow_id,
                workflow_name: failure.workflow_name.clone().unwrap_or_else(|| "deleted workflow".into()),
                user_id: None,
            });
            causes.len() - 1
        });
        let cause = &mut causes[place];
        cause.runs += 1;
        cause.since = cause.since.min(failure.created_at);
        users.entry(place).or_default().insert(failure.user_id);
    }
    for (place, users) in users {
        causes[place].users = users.len();
        causes[place].user_id = users.first().copied().filter(|_| users.len() == 1);
    }
    causes.truncate(CAUSES);
    causes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_the_middle_one() {
        assert_eq!(median(vec![]), None);
        assert_eq!(median(vec![7]), Some(7));
        assert_eq!(median(vec![9, 1, 5]), Some(5));
    }
}
