//! Rolling windows of calls per account.

use std::collections::{HashMap, VecDeque};

use linchpin_domain::Timestamp;

/// Calls of the last window, per account and quota.
#[derive(Debug, Default)]
pub(super) struct Quotas {
    windows: HashMap<(usize, usize), VecDeque<i64>>,
}

/// A limit as it stands just now.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limit {
    pub max: u32,
    pub per_ms: u64,
}

impl Quotas {
    /// Counts a call; `Ok` with what is left, `Err` with the milliseconds until one is free.
    /// A refused call does not count.
    pub(super) fn take(&mut self, account: usize, quota: usize, limit: Limit, now: Timestamp) -> Result<u32, u64> {
        let window = self.windows.entry((account, quota)).or_default();
        let begin = now.as_millis() - limit.per_ms as i64;
        while window.front().is_some_and(|at| *at <= begin) {
            window.pop_front();
        }
        if window.len() >= limit.max as usize {
            let free = window.front().map_or(0, |at| at - begin);
            return Err(u64::try_from(free).unwrap_or(0));
        }
        window.push_back(now.as_millis());
        Ok(limit.max - window.len() as u32)
    }

    pub(super) fn clear(&mut self) {
        self.windows.clear();
    }
}
