//! Waiting runs: rows with a wake time. In memory there are only times, the runs whose time has come and whose account
//! has no room for them, and one task.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap, VecDeque};
use std::time::Duration;

use linchpin_domain::Timestamp;
use linchpin_domain::id::CredentialId;
use linchpin_domain::run::State;
use parking_lot::Mutex;
use tokio::sync::Notify;

use crate::Engine;
use crate::active::TakenUp;

/// The times at which runs wake.
#[derive(Default)]
pub struct Wake {
    times: Mutex<Times>,
    earlier: Notify,
}

#[derive(Default)]
struct Times {
    heap: BinaryHeap<Reverse<(Timestamp, i64, Option<CredentialId>)>>,
    /// Runs whose time has come, by account: they stay in the database until the account has room.
    due: HashMap<CredentialId, VecDeque<i64>>,
    /// The accounts of these, each once, in turn.
    turns: VecDeque<CredentialId>,
}

/// Runs that are taken up at once.
const AT_ONCE: usize = 256;

impl Wake {
    /// A run that waits, in the database too.
    pub fn add(&self, at: Timestamp, seq: i64, credential_id: CredentialId) {
        self.push(at, seq, Some(credential_id));
    }

    /// A run that does not wait, and has to be taken up again. It waits for no account's room: a fetch could find it
    /// meanwhile, and it would be performed twice.
    pub fn add_again(&self, at: Timestamp, seq: i64) {
        self.push(at, seq, None);
    }

    fn push(&self, at: Timestamp, seq: i64, credential_id: Option<CredentialId>) {
        self.times.lock().heap.push(Reverse((at, seq, credential_id)));
        self.earlier.notify_one();
    }

    /// Some of the runs whose time has come, as many of each account as `room` says, and whether there may be more
    /// in a moment.
    fn due(&self, now: Timestamp, room: impl Fn(CredentialId) -> usize) -> (Vec<i64>, bool) {
        let (mut taken, mut more) = (Vec::new(), false);
        let mut times = self.times.lock();
        let Times { heap, due, turns } = &mut *times;
        while let Some(Reverse((at, seq, credential_id))) = heap.peek().copied()
            && at <= now
        {
            heap.pop();
            let Some(credential_id) = credential_id else {
                taken.push(seq);
                continue;
            };
            let runs = due.entry(credential_id).or_default();
            if runs.is_empty() {
                turns.push_back(credential_id);
            }
            runs.push_back(seq);
        }
        for _ in 0..turns.len() {
            if taken.len() >= AT_ONCE {
                more = true;
                break;
            }
            let Some(credential_id) = turns.pop_front() else { break };
            let Some(runs) = due.get_mut(&credential_id) else { continue };
            let room = room(credential_id);
            taken.extend(runs.drain(..room.min(runs.len())));
            if runs.is_empty() {
                due.remove(&credential_id);
            } else {
                more |= room > 0;
                turns.push_back(credential_id);
            }
        }
        (taken, more)
    }

    fn next(&self) -> Option<Timestamp> {
        self.times.lock().heap.peek().map(|Reverse((at, ..))| *at)
    }
}

/// How long the task sleeps at most before it looks at the clock and the database.
const LOOK: Duration = Duration::from_millis(250);
/// The same while accounts are busy with runs that woke and have more of them.
const SOON: Duration = Duration::from_millis(20);
/// How often what is too old is removed.
const SWEEP: Duration = Duration::from_mins(10);

/// Starts the task that wakes runs, and notices changes that other processes made.
pub fn start(engine: &Engine) {
    let engine = engine.clone();
    engine.inner.tasks.clone().spawn(async move {
        let mut swept_at = Timestamp::default();
        let mut more = false;
        loop {
            let now = engine.inner.clock.now();
            if now.since(swept_at) >= SWEEP {
                swept_at = now;
                let keys = linchpin_store::idempotency_keys::remove_expired(&engine.inner.store, now).await;
                let sessions = linchpin_store::connect_sessions::remove_expired(&engine.inner.store, now).await;
                if let Err(error) = linchpin_store::connect_links::remove_expired(&engine.inner.store, now).await {
                    tracing::warn!(error = &error as &dyn std::error::Error, "expired connect links were not removed");
                }
                for error in [keys.err(), sessions.err()].into_iter().flatten() {
                    tracing::warn!(error = &error as &dyn std::error::Error, "what is too old could not be removed");
                }
            }
            // The database is looked at now and then, because another process may have applied a project
            // file; the clock is, because it may have been set.
            let longest = if more { SOON } else { LOOK };
            let pause = engine.inner.wake.next().map_or(longest, |at| at.since(engine.inner.clock.now()));
            tokio::select! {
                () = engine.inner.stopping.cancelled() => return,
                () = engine.inner.wake.earlier.notified() => {}
                () = tokio::time::sleep(pause.clamp(Duration::from_millis(1), longest)) => {}
            }
            let now = engine.inner.clock.now();
            engine.inner.scheduler.release(now);
            let due;
            (due, more) = engine.inner.wake.due(now, |account| engine.inner.scheduler.room(account, now));
            for seq in due {
                if let Err(error) = wake(&engine, seq).await {
                    tracing::error!(
                        error = &error as &dyn std::error::Error,
                        run.seq = seq,
                        "a run could not be woken; it is tried again"
                    );
                    engine.inner.wake.add_again(engine.inner.clock.now().plus(Duration::from_secs(1)), seq);
                }
            }
            if let Err(error) = engine.inner.store.catch_up().await {
                tracing::warn!(error = &error as &dyn std::error::Error, "the database did not answer");
            }
            engine.pump();
        }
    });
}

async fn wake(engine: &Engine, seq: i64) -> linchpin_store::Result<()> {
    let mut conn = engine.inner.store.read().await?;
    let Some(run) = linchpin_store::runs::find_by_seq(&mut conn, seq).await? else { return Ok(()) };
    drop(conn);
    // Waiting, or left by a performer that the database did not answer.
    if run.state.is_final() || run.state == State::InDoubt {
        return Ok(());
    }
    match engine.inner.take_up(&run, true).await? {
        TakenUp::Ready(active) => engine.inner.scheduler.enqueue_woken(active),
        TakenUp::Ended(fault) => engine.inner.end(&run, State::Failed, Some(fault)).await?,
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use linchpin_domain::clock::ManualClock;

    use super::*;

    #[test]
    fn as_many_wake_as_their_accounts_have_room_for_and_nobody_waits_behind_others() {
        let clock = ManualClock::default();
        let [away, busy, free] = [(); 3].map(|()| CredentialId::fresh(&clock));
        let wake = Wake::default();
        let at = Timestamp::from_millis;
        for seq in 0..100 {
            wake.add(at(10), seq, away);
            wake.add(at(20), 100 + seq, busy);
        }
        wake.add(at(30), 200, free);
        wake.add(at(90), 201, free);
        let due = |now, rooms: [usize; 3]| {
            let room = |account| rooms[[away, busy, free].iter().position(|one| *one == account).expect("known")];
            wake.due(at(now), room)
        };
        assert_eq!(due(5, [9, 9, 9]), (vec![], false), "it is too early");
        assert_eq!(due(40, [0, 2, 9]), (vec![100, 101, 200], true), "the busy account has more in a moment");
        assert_eq!(due(40, [0, 0, 9]), (vec![], false), "nothing is to come before an account has room");
        assert_eq!(due(40, [1, 0, 9]), (vec![0], true));
        wake.add_again(at(40), 300);
        assert_eq!(due(40, [0, 0, 0]), (vec![300], false), "what does not wait needs no room");
        assert_eq!(wake.next(), Some(at(90)));
        let all: Vec<i64> = (1..100).chain(102..200).chain([201]).collect();
        let (mut rest, more) = due(90, [999, 999, 999]);
        rest.sort_unstable();
        assert_eq!((rest, more), (all, false));
        assert!(wake.times.lock().due.is_empty());
    }

    #[test]
    fn no_more_are_taken_at_once_than_are_soon_done() {
        let clock = ManualClock::default();
        let wake = Wake::default();
        let accounts: Vec<_> = (0..20).map(|_| CredentialId::fresh(&clock)).collect();
        for seq in 0..2_000 {
            wake.add(Timestamp::from_millis(1), seq, accounts[usize::try_from(seq % 20).expect("small")]);
        }
        let (mut seen, mut rounds) = (std::collections::HashSet::new(), 0);
        loop {
            let (runs, more) = wake.due(Timestamp::from_millis(1), |_| 32);
            assert!(runs.len() < AT_ONCE + 32);
            if rounds == 1 {
                assert!((8..16).all(|account| runs.iter().any(|seq| seq % 20 == account)), "they take turns");
            }
            seen.extend(runs);
            rounds += 1;
            if !more {
                break;
            }
        }
        assert_eq!(seen.len(), 2_000);
    }
}
