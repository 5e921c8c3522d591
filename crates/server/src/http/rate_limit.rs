//! How often one caller may call: a connected user, all users of a project, a project's API keys.
//!
//! The limits are far above what a product does, and keep one caller that runs wild from taking the
//! machine from the others. A limit refills evenly: a caller that has used up a minute's calls in one go
//! is told when the next one is taken.

use std::hash::Hash;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use governor::clock::{Clock, DefaultClock};
use governor::state::keyed::HashMapStateStore;
use governor::{Quota, RateLimiter};
use linchpin_domain::id::{ConnectedUserId, ProjectId};

use super::error::ApiError;
use crate::config::Limits;

/// Calls between two sweeps of callers who are back at their full allowance.
const SWEEP: u64 = 10_000;

/// The limits. Cheap to clone.
#[derive(Clone)]
pub struct RateLimits {
    inner: Arc<Inner>,
}

struct Inner {
    users: Limit<ConnectedUserId>,
    projects: Limit<ProjectId>,
    api: Limit<ProjectId>,
}

impl RateLimits {
    /// As configured; zero is no limit.
    pub fn new(limits: &Limits) -> Self {
        let inner = Inner {
            users: Limit::new(limits.requests_per_user),
            projects: Limit::new(limits.requests_per_project),
            api: Limit::new(limits.api_requests_per_project),
        };
        Self { inner: Arc::new(inner) }
    }

    /// Counts a call of a connected user.
    pub fn user(&self, project_id: ProjectId, user_id: ConnectedUserId) -> Result<(), ApiError> {
        self.inner.users.count(&user_id, "user", "this user")?;
        self.inner.projects.count(&project_id, "project", "the users of this project together")
    }

    /// Counts a call with an API key.
    pub fn api(&self, project_id: ProjectId) -> Result<(), ApiError> {
        self.inner.api.count(&project_id, "api", "the API keys of this project")
    }
}

struct Limit<K: Hash + Eq + Clone> {
    limiter: Option<RateLimiter<K, HashMapStateStore<K>, DefaultClock>>,
    counted: AtomicU64,
}

impl<K: Hash + Eq + Clone> Limit<K> {
    fn new(a_minute: u32) -> Self {
        let quota = NonZeroU32::new(a_minute).map(Quota::per_minute);
        Self { limiter: quota.map(RateLimiter::hashmap), counted: AtomicU64::new(0) }
    }

    fn count(&self, caller: &K, limit: &'static str, who: &str) -> Result<(), ApiError> {
        let Some(limiter) = &self.limiter else { return Ok(()) };
        if self.counted.fetch_add(1, Ordering::Relaxed) % SWEEP == SWEEP - 1 {
            limiter.retain_recent();
        }
        limiter.check_key(caller).map_err(|early| {
            metrics::counter!("linchpin_rate_limited", "limit" => limit).increment(1);
            let wait = early.wait_time_from(DefaultClock::default().now());
            let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
            ApiError::too_many(format!("{who} called more often than the limit allows"), seconds.max(1))
                .with("limit", limit)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_call_after_the_last_waits_and_others_do_not() {
        let limit = Limit::new(3);
        for _ in 0..3 {
            assert!(limit.count(&"ann", "user", "ann").is_ok());
        }
        let refused = limit.count(&"ann", "user", "ann").expect_err("too often");
        assert_eq!(refused.code(), "too_many_requests");
        assert!(limit.count(&"bob", "user", "bob").is_ok());
        let none = Limit::new(0);
        assert!((0..100).all(|_| none.count(&"ann", "user", "ann").is_ok()));
    }
}
