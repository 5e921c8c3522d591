//! Routes below one prefix.

use axum::Router;
use axum::routing::MethodRouter;

use crate::state::App;

/// Routes whose addresses begin with the same prefix. [`Router::nest`] serves the same addresses, but takes each
/// request's apart and puts it together again on the way.
#[must_use]
pub struct Below {
    prefix: &'static str,
    router: Router<App>,
}

impl Below {
    pub fn new(prefix: &'static str) -> Self {
        Self { prefix, router: Router::new() }
    }

    /// Adds a route; its path begins with a slash.
    pub fn route(self, path: &str, methods: MethodRouter<App>) -> Self {
        let Self { prefix, router } = self;
        Self { prefix, router: router.route(&format!("{prefix}{path}"), methods) }
    }
}

impl From<Below> for Router<App> {
    fn from(routes: Below) -> Self {
        routes.router
    }
}
