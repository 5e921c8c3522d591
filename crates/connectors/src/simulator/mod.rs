//! A fake provider over HTTP, made from a manifest, with state.
//!
//! It serves the manifest's actions, its consent page and its token endpoint, and answers with the
//! bodies that the manifest's `simulator` part gives. What it does not model answers 501 and says so.
//!
//! Which access tokens it takes: those from its own token endpoint, those registered by
//! `POST /_simulator/tokens` (which also takes a token of one's own choice, `{"accessToken":
//! "demo-token"}`), and, with [`Options::accept_any_token`], any that is not empty: it then stands
//! for the first account with every scope and does not expire.
//!
//! Where an account is connected by a key, it takes what the manifest's simulated accounts have as
//! `inputs`; its page shows them.
//!
//! The admin door (`/_simulator/…`) is open to this machine alone: peer, `Host` and `Origin` must
//! be loopback.
//!
//! | file | what it does |
//! |---|---|
//! | `serve` | connections, which can be hung up on |
//! | `api`, `route`, `effect` | actions: find, authenticate, limit, perform |
//! | `records`, `search` | the records |
//! | `documents` | what stands at free paths |
//! | `consent`, `grants` | OAuth 2 |
//! | `keys` | API keys, passwords and headers: those of the manifest's simulated accounts |
//! | `faults`, `quota` | what goes wrong on demand, and limits |
//! | `webhooks` | events of changes, signed and sent |
//! | `hooks` | hooks that are made for one account, and their calls |
//! | `inside`, `stand_in` | calls without a socket, and an account that is made for them |
//! | `admin`, `log`, `page` | the admin door, its list of calls, the page for people |

mod admin;
mod api;
mod batch;
mod consent;
mod documents;
mod effect;
mod faults;
mod fixed;
mod grants;
mod hooks;
pub(crate) mod inside;
mod keys;
mod links;
mod log;
mod page;
mod quota;
mod records;
mod reply;
mod route;
mod search;
mod serve;
pub(crate) mod stand_in;
mod state;
mod webhooks;

use std::collections::BTreeSet;
use std::io;
use std::sync::Arc;

use axum::Router;
use axum::extract::{RawQuery, Request, State};
use axum::response::Response;
use axum::routing::{get, post};
use http::header::ACCEPT;
use linchpin_domain::Clock;
use secrecy::SecretString;

use crate::manifest::Manifest;
pub use serve::serve;
pub use stand_in::{StandIn, Told};
use state::Shared;
pub use state::TOKEN_PATH;

/// How a simulator behaves from its start.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Takes every access token that is not empty, for benchmarks and imported credentials.
    pub accept_any_token: bool,
    /// Begins without quotas. The admin door can switch them at any time.
    pub no_quota: bool,
    /// Where webhooks go from the start, and the app's client secret that signs them. The admin door can
    /// change it at any time.
    pub webhooks: Option<(String, SecretString)>,
}

/// The simulator's routes. Hanging up needs [`serve`]; under another server it shows as an answer
/// that breaks off.
pub fn router(manifest: Arc<Manifest>, options: Options, clock: Arc<dyn Clock>) -> io::Result<Router> {
    let shared =
        Shared::new(manifest, options, clock).map_err(|message| io::Error::new(io::ErrorKind::Unsupported, message))?;
    let mut router = Router::new()
        .route("/", get(root).fallback(api::call))
        .route("/healthz", get(|| async { "ok" }))
        .nest("/_simulator", admin::routes());
    // Several ways may share a page or an endpoint.
    let [mut pages, mut token, mut introspect, mut revoke] = [const { BTreeSet::new() }; 4];
    for (_, method) in shared.manifest.methods() {
        if let Some(oauth2) = &method.oauth2 {
            pages.insert(oauth2.authorize_path.clone());
            token.extend(shared.oauth_paths(Some(&oauth2.token_path)));
            token.extend(oauth2.also_token_paths.iter().cloned());
            introspect.extend(shared.oauth_paths(oauth2.introspect_path.as_ref()));
            revoke.extend(shared.oauth_paths(oauth2.revoke_path.as_ref()));
        }
        if let Some(grant) = &method.client_credentials {
            token.extend(shared.oauth_paths(Some(&grant.token_path)));
        }
    }
    let routes = [
        (pages, get(consent::show).post(consent::decide)),
        (token, post(consent::token)),
        (introspect, post(consent::introspect)),
        (revoke, post(consent::revoke)),
    ];
    for (paths, handler) in routes {
        for path in paths {
            router = router.route(&path, handler.clone());
        }
    }
    Ok(router.fallback(api::call).with_state(shared))
}

/// A page for people, and for programs the action that has no path, where there is one.
async fn root(state: State<Arc<Shared>>, query: RawQuery, request: Request) -> Response {
    let accepted = request.headers().get(ACCEPT).and_then(|value| value.to_str().ok());
    let program = accepted.is_some_and(|accepted| accepted.starts_with("application/json"));
    if program && !state.routes.find("GET", "/").is_empty() {
        api::call(state, request).await
    } else {
        page::show(state, query)
    }
}
