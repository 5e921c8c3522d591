//! Accounts that prove themselves by a key, a password or headers of the provider's own.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::HeaderMap;
use http::header::AUTHORIZATION;
use serde_json::{Map, Value};
use url::form_urlencoded::parse;

use super::grants::Grant;
use super::state::Shared;
use crate::manifest::Method;

/// The account whose key a call carries.
pub(super) fn account(shared: &Shared, headers: &HeaderMap, query: &str) -> Option<Grant> {
    let scopes = Arc::clone(&shared.everything.scopes);
    shared.manifest.methods().find_map(|(_, method)| {
        let given = given(method, headers, query)?;
        if shared.options.accept_any_token {
            return Some(shared.everything.clone());
        }
        let account = shared.simulator.accounts.iter().position(|account| {
            given.iter().all(|(name, value)| account.inputs.get(name).is_some_and(|held| value == held.as_str()))
        })?;
        Some(Grant { account, client_id: String::new(), scopes: Arc::clone(&scopes) })
    })
}

/// The parameters that hold keys: they are no part of a request.
pub(super) fn parameters(shared: &Shared) -> impl Iterator<Item = &str> {
    shared.manifest.methods().filter_map(|(_, method)| method.api_key.as_ref()?.query.as_deref())
}

/// What a call carries of a way's inputs; `None` when it does not go that way.
fn given(method: &Method, headers: &HeaderMap, query: &str) -> Option<Map<String, Value>> {
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let mut given = Map::new();
    if let Some(key) = &method.api_key {
        let held = match (&key.header, &key.query) {
            (Some(name), _) => header(name)?.strip_prefix(key.prefix.as_str())?.to_owned(),
            (None, Some(name)) => parse(query.as_bytes()).find(|(known, _)| known == name)?.1.into_owned(),
            (None, None) => return None,
        };
        given.insert(key.input.clone(), held.into());
    } else if let Some(basic) = &method.basic {
        let pair = header(AUTHORIZATION.as_str())?.strip_prefix("Basic ")?;
        let pair = String::from_utf8(STANDARD.decode(pair).ok()?).ok()?;
        let (name, password) = pair.split_once(':')?;
        let fits = basic.username.capture(name, &mut given) && basic.password.capture(password, &mut given);
        fits.then_some(())?;
    } else if !method.headers.is_empty() {
        for (name, pattern) in &method.headers {
            pattern.capture(header(name)?, &mut given).then_some(())?;
        }
    } else {
        return None;
    }
    // Nothing is proven by nothing.
    given.values().any(|value| value.as_str().is_some_and(|text| !text.is_empty())).then_some(given)
}
