//! The one clock that the processes of a run share.

use std::time::{SystemTime, UNIX_EPOCH};

/// Microseconds since 1970, comparable between processes of one machine.
#[expect(clippy::disallowed_methods, reason = "a benchmark measures real time; there is nothing to repeat exactly")]
pub fn micros() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).expect("the clock is past 1970").as_micros() as u64
}
