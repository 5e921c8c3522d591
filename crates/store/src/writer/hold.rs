//! Hold points for crash tests: the process stands still before or after its N-th commit, so that a
//! test can kill it exactly there. Compiled into debug builds only; a release build has none.

/// Stands still for ever when `LINCHPIN_HOLD` says so, for example `after:2`. The file named by
/// `LINCHPIN_HOLD_FILE` appears when the point is reached.
#[cfg(debug_assertions)]
pub fn point(side: &str) {
    use std::sync::LazyLock;
    use std::sync::atomic::{AtomicU64, Ordering};

    static HOLD: LazyLock<Option<(String, u64)>> = LazyLock::new(|| {
        let text = std::env::var("LINCHPIN_HOLD").ok()?;
        let (side, number) = text.split_once(':')?;
        Some((side.to_owned(), number.parse().ok()?))
    });
    static PASSED: AtomicU64 = AtomicU64::new(0);

    let Some((wanted, number)) = &*HOLD else { return };
    if wanted != side || PASSED.fetch_add(1, Ordering::SeqCst) + 1 != *number {
        return;
    }
    if let Ok(file) = std::env::var("LINCHPIN_HOLD_FILE") {
        std::fs::write(file, format!("{side}:{number}")).expect("the hold file can be written");
    }
    loop {
        std::thread::park();
    }
}

/// A release build has no hold points.
#[cfg(not(debug_assertions))]
pub fn point(_: &str) {}
