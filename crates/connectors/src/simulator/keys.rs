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
use crate::manifest::{Method, SimulatedAccount};

/// The account whose key a call carries.
pub(super) fn account(shared: &Shared, headers: &HeaderMap, query: &str) -> Option<Grant> {
    let scopes = Arc::clone(&shared.everything.scopes);
    shared.manifest.methods().find_map(|(_, method)| {
        let account = shared.simulator.accounts.iter().position(|account| {
            given(method, account, headers, query).is_some_and(|given| {
                shared.options.accept_any_token
                    || given
                        .iter()
                        .all(|(name, value)| account.inputs.get(name).is_some_and(|held| value == held.as_str()))
            })
        })?;
        if shared.options.accept_any_token {
            return Some(shared.everything.clone());
        }
        Some(Grant { account, client_id: String::new(), scopes: Arc::clone(&scopes) })
    })
}

/// Whether a call carries a key at all, a wrong one.
pub(super) fn carried(shared: &Shared, headers: &HeaderMap, query: &str) -> bool {
    let accounts = &shared.simulator.accounts;
    shared
        .manifest
        .methods()
        .any(|(_, method)| accounts.iter().any(|account| given(method, account, headers, query).is_some()))
}

/// The parameters that hold keys: they are no part of a request.
pub(super) fn parameters(shared: &Shared) -> impl Iterator<Item = String> {
    let patterns = shared.manifest.methods().filter_map(|(_, method)| method.api_key.as_ref()?.query.as_ref());
    patterns.flat_map(|pattern| shared.simulator.accounts.iter().filter_map(|account| pattern.fill(&inputs(account))))
}

/// What was asked when an account was connected.
fn inputs(account: &SimulatedAccount) -> Map<String, Value> {
    account.inputs.iter().map(|(name, value)| (name.clone(), value.as_str().into())).collect()
}

/// What a call carries of a way's inputs; `None` when it does not go that way. An account may say itself
/// where its key stands.
fn given(method: &Method, account: &SimulatedAccount, headers: &HeaderMap, query: &str) -> Option<Map<String, Value>> {
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let mut given = Map::new();
    if let Some(key) = &method.api_key {
        let asked = inputs(account);
        let name = key.header.as_ref().or(key.query.as_ref())?.fill(&asked)?;
        let held = if key.header.is_some() {
            header(&name)?.strip_prefix(&key.prefix.fill(&asked).unwrap_or_default())?.to_owned()
        } else {
            parse(query.as_bytes()).find(|(known, _)| *known == name)?.1.into_owned()
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
