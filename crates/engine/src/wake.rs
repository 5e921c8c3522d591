//! Waiting runs: rows with a wake time. In memory there is only a heap of times, and one task.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::time::Duration;

use linchpin_domain::Timestamp;
use linchpin_domain::run::State;
use parking_lot::Mutex;
use tokio::sync::Notify;

use crate::Engine;
use crate::active::TakenUp;

/// The times at which runs wake.
#[derive(Default)]
pub struct Wake {
    heap: Mutex<BinaryHeap<Reverse<(Timestamp, i64)>>>,
    earlier: Notify,
}

impl Wake {
    pub fn add(&self, at: Timestamp, seq: i64) {
        self.heap.lock().push(Reverse((at, seq)));
        self.earlier.notify_one();
    }

    fn due(&self, now: Timestamp) -> Vec<i64> {
        let mut heap = self.heap.lock();
        let mut due = Vec::new();
        while let Some(Reverse((at, seq))) = heap.peek().copied() {
            if at > now {
                break;
            }
            heap.pop();
            due.push(seq);
        }
        due
    }

    fn next(&self) -> Option<Timestamp> {
        self.heap.lock().peek().map(|Reverse((at, _))| *at)
    }
}

/// How often what is too old is removed.
const SWEEP: Duration = Duration::from_mins(10);

/// Starts the task that wakes runs, and notices changes that other processes made.
pub fn start(engine: &Engine) {
    let engine = engine.clone();
    engine.inner.tasks.clone().spawn(async move {
        let mut swept_at = Timestamp::default();
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
            let pause =
                engine.inner.wake.next().map_or(Duration::from_millis(250), |at| at.since(engine.inner.clock.now()));
            tokio::select! {
                () = engine.inner.stopping.cancelled() => return,
                () = engine.inner.wake.earlier.notified() => {}
                () = tokio::time::sleep(pause.clamp(Duration::from_millis(1), Duration::from_millis(250))) => {}
            }
            for seq in engine.inner.wake.due(engine.inner.clock.now()) {
                if let Err(error) = wake(&engine, seq).await {
                    tracing::error!(
                        error = &error as &dyn std::error::Error,
                        run.seq = seq,
                        "a run could not be woken; it is tried again"
                    );
                    engine.inner.wake.add(engine.inner.clock.now().plus(Duration::from_secs(1)), seq);
                }
            }
            if let Err(error) = engine.inner.store.catch_up().await {
                tracing::warn!(error = &error as &dyn std::error::Error, "the database did not answer");
            }
            engine.inner.scheduler.release_paused(engine.inner.clock.now());
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
