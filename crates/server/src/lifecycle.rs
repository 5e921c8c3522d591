//! The life of a serving process: ready, stopping, stopped.
//!
//! The first SIGTERM or SIGINT stops accepting, lets running requests and steps finish, and closes
//! the store; a second one ends the process at once. What did not finish is resumed by the next start.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

use tokio_util::sync::CancellationToken;

const STARTING: u8 = 0;
const READY: u8 = 1;
const STOPPING: u8 = 2;

/// Where the process is in its life. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct Lifecycle {
    state: Arc<AtomicU8>,
    stop: CancellationToken,
}

impl Lifecycle {
    /// From now on `/readyz` answers 200.
    pub fn ready(&self) {
        let _ = self.state.compare_exchange(STARTING, READY, Ordering::SeqCst, Ordering::SeqCst);
    }

    /// Whether requests are accepted.
    pub fn is_ready(&self) -> bool {
        self.state.load(Ordering::SeqCst) == READY
    }

    /// What to say while it is not ready.
    pub fn describe(&self) -> &'static str {
        match self.state.load(Ordering::SeqCst) {
            STARTING => "starting",
            READY => "ready",
            _ => "stopping",
        }
    }

    /// Begins the end.
    pub fn stop(&self) {
        self.state.store(STOPPING, Ordering::SeqCst);
        self.stop.cancel();
    }

    /// Waits until the end begins.
    pub async fn stopped(&self) {
        self.stop.cancelled().await;
    }

    /// A token that is cancelled when the end begins.
    pub fn token(&self) -> CancellationToken {
        self.stop.clone()
    }

    /// Waits for signals. Owned by the serving command, which aborts it when it ends by itself.
    pub async fn watch_signals(self) {
        signal().await;
        // First of all: nothing that goes wrong with a log line may keep the process from stopping.
        self.stop();
        tracing::info!("stopping: running steps may finish; a second signal ends at once");
        signal().await;
        tracing::warn!("ended at once by a second signal");
        std::process::exit(130);
    }
}

#[cfg(unix)]
async fn signal() {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate()).expect("a handler for SIGTERM can be set");
    let mut interrupt = signal(SignalKind::interrupt()).expect("a handler for SIGINT can be set");
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
}

#[cfg(not(unix))]
async fn signal() {
    let _ = tokio::signal::ctrl_c().await;
}
