//! Where a queued run stands, and when it is likely to begin.

use std::time::Duration;

use linchpin_domain::Timestamp;
use linchpin_domain::run::State;
use linchpin_engine::{Because, Held};
use linchpin_store::runs::Run;
use linchpin_store::runs::queue::{self, Place};
use linchpin_store::{Conn, Result};
use serde::Serialize;
use utoipa::ToSchema;

use crate::state::App;

/// Where a queued run stands.
#[derive(Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = RunQueue)]
pub struct RunQueue {
    /// Runs of the same user that were accepted before it and have not begun.
    ahead: u64,
    /// Nothing begins on the account before then; `null` where nothing holds it.
    #[schema(value_type = Option<String>, format = DateTime)]
    held_until: Option<Timestamp>,
    /// Why it is held: `quota` (the provider asked to wait, or its quota is used up) or `away` (the provider does not
    /// answer on this account).
    held_because: Option<&'static str>,
    /// When it is likely to begin: as fast as the user's last runs did. `null` where too few began lately.
    #[schema(value_type = Option<String>, format = DateTime)]
    expected_at: Option<Timestamp>,
}

/// What began longer ago says nothing about now.
const LATELY: Duration = Duration::from_mins(10);
/// Fewer runs than these say nothing.
const ENOUGH: usize = 5;

/// Where a run stands; `None` unless it is queued.
pub async fn of(app: &App, conn: &mut Conn, run: &Run) -> Result<Option<RunQueue>> {
    if run.state != State::Queued {
        return Ok(None);
    }
    let place = queue::place(conn, run).await?;
    Ok(Some(RunQueue::new(&place, app.engine.held(run.credential_id), app.clock.now())))
}

impl RunQueue {
    fn new(place: &Place, held: Option<Held>, now: Timestamp) -> Self {
        Self {
            ahead: place.ahead,
            held_until: held.map(|held| held.until),
            held_because: held.map(|held| match held.because {
                Because::Quota => "quota",
                Because::Away => "away",
            }),
            expected_at: expected(place, held.map_or(now, |held| held.until), now),
        }
    }
}

/// The user's runs began with a pause between them; as many pauses from when the account goes on.
fn expected(place: &Place, from: Timestamp, now: Timestamp) -> Option<Timestamp> {
    let lately: Vec<Timestamp> = place.began.iter().copied().filter(|at| now.since(*at) < LATELY).collect();
    let (first, last) = (lately.iter().min()?, lately.iter().max()?);
    if lately.len() < ENOUGH {
        return None;
    }
    let pause = last.since(*first) / u32::try_from(lately.len() - 1).ok()?;
    Some(from.plus(pause.saturating_mul(u32::try_from(place.ahead + 1).unwrap_or(u32::MAX))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_is_expected_as_fast_as_the_last_ones_began() {
        let at = |seconds: i64| Timestamp::from_millis(seconds * 1_000);
        let place = |began: &[i64]| Place { ahead: 9, began: began.iter().map(|seconds| at(*seconds)).collect() };
        let held = Held { until: at(1_060), because: Because::Away };
        let steady = place(&[1_000, 998, 996, 994, 992]);
        let seen = RunQueue::new(&steady, None, at(1_000));
        assert_eq!((seen.ahead, seen.held_until, seen.held_because), (9, None, None));
        assert_eq!(seen.expected_at, Some(at(1_020)), "ten pauses of two seconds");
        let seen = RunQueue::new(&steady, Some(held), at(1_000));
        assert_eq!((seen.held_until, seen.held_because), (Some(at(1_060)), Some("away")));
        assert_eq!(seen.expected_at, Some(at(1_080)), "after the account goes on");
        assert_eq!(RunQueue::new(&place(&[1_000, 998, 996, 994]), None, at(1_000)).expected_at, None, "too few");
        assert_eq!(RunQueue::new(&steady, None, at(2_000)).expected_at, None, "too long ago");
    }
}
