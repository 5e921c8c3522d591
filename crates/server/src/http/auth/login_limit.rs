//! Slows down who guesses passwords: five failures a minute for an e-mail address and for the address
//! that the requests come from.

use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use axum::extract::{ConnectInfo, FromRequestParts};
use axum::http::request::Parts;
use linchpin_domain::Timestamp;
use parking_lot::Mutex;

const WINDOW: Duration = Duration::from_mins(1);
const ALLOWED: usize = 5;
/// Beyond this many names the outdated ones are swept out.
const SWEEP: usize = 10_000;

/// Attempts that did not succeed, or are still under way.
#[derive(Debug, Default)]
pub struct LoginLimit {
    attempts: Mutex<HashMap<String, Vec<Timestamp>>>,
}

impl LoginLimit {
    /// Counts an attempt before it is made, so that many at once do not slip through. `Err` holds the
    /// seconds to wait.
    pub fn begin(&self, names: &[String], now: Timestamp) -> Result<(), u64> {
        let mut attempts = self.attempts.lock();
        if attempts.len() > SWEEP {
            attempts.retain(|_, times| times.iter().any(|time| now.since(*time) < WINDOW));
        }
        for name in names {
            let Some(times) = attempts.get_mut(name) else { continue };
            times.retain(|time| now.since(*time) < WINDOW);
            if times.len() >= ALLOWED {
                let wait = times.first().map_or(WINDOW, |first| WINDOW.saturating_sub(now.since(*first)));
                return Err(wait.as_secs().max(1));
            }
        }
        for name in names {
            attempts.entry(name.clone()).or_default().push(now);
        }
        Ok(())
    }

    /// The attempt succeeded: it and what failed before it do not count.
    pub fn succeeded(&self, names: &[String]) {
        let mut attempts = self.attempts.lock();
        for name in names {
            attempts.remove(name);
        }
    }
}

/// Where a request comes from.
#[derive(Debug, Clone, Copy)]
pub struct Address(pub Option<IpAddr>);

impl<S: Send + Sync> FromRequestParts<S> for Address {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|info| info.0.ip());
        // A reverse proxy on the same machine says who asked it; what others say is not believed.
        let forwarded = peer
            .is_none_or(|peer| peer.is_loopback())
            .then(|| parts.headers.get("x-forwarded-for")?.to_str().ok()?.rsplit(',').next()?.trim().parse().ok())
            .flatten();
        Ok(Self(forwarded.or(peer)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sixth_failure_within_a_minute_waits() {
        let limit = LoginLimit::default();
        let at = |seconds: i64| Timestamp::from_millis(seconds * 1000);
        let ann = ["email:ann".to_owned(), "address:10.0.0.1".to_owned()];
        for second in 0..5 {
            assert_eq!(limit.begin(&ann, at(second)), Ok(()));
        }
        assert_eq!(limit.begin(&ann, at(10)), Err(50));
        assert_eq!(limit.begin(&["email:bob".into(), "address:10.0.0.1".into()], at(10)), Err(50), "by address");
        assert_eq!(limit.begin(&["email:ann".into(), "address:10.0.0.2".into()], at(10)), Err(50), "by e-mail");
        assert_eq!(limit.begin(&["email:bob".into(), "address:10.0.0.2".into()], at(10)), Ok(()));
        assert_eq!(limit.begin(&ann, at(60)), Ok(()), "the first one is a minute old");
        limit.succeeded(&ann);
        assert_eq!(limit.begin(&ann, at(61)), Ok(()));
    }
}
