//! What a simulator holds.

use std::sync::Arc;
use std::time::Duration;

use linchpin_domain::{Clock, Timestamp};
use parking_lot::Mutex;
use serde_json::{Map, Value};

use super::Options;
use super::documents::Documents;
use super::faults::Faults;
use super::grants::{Grant, Grants};
use super::hooks::Hooks;
use super::log::Log;
use super::quota::Quotas;
use super::records::Records;
use super::route::Routes;
use super::webhooks::Webhooks;
use crate::manifest::{BodyKind, Manifest, Request, Simulator};
use crate::shape::{Part, Pattern};

/// Lifetime of a token that does not expire.
pub(super) const LASTING: Duration = Duration::from_hours(10 * 365 * 24);

/// Where the token endpoint is when an account says its whole address.
pub const TOKEN_PATH: &str = "/token";

/// Shared by all requests.
pub(super) struct Shared {
    pub manifest: Arc<Manifest>,
    pub simulator: Simulator,
    pub options: Options,
    pub clock: Arc<dyn Clock>,
    pub routes: Routes,
    /// The grant of a token that anybody made up: the first account, every scope.
    pub everything: Grant,
    /// One lock: every call holds it for a few microseconds, never while it waits.
    pub state: Mutex<State>,
}

pub(super) struct State {
    pub records: Records,
    pub documents: Documents,
    pub grants: Grants,
    pub faults: Faults,
    pub quotas: Quotas,
    pub log: Log,
    pub webhooks: Webhooks,
    pub hooks: Hooks,
}

impl Shared {
    pub(super) fn new(manifest: Arc<Manifest>, options: Options, clock: Arc<dyn Clock>) -> Result<Arc<Self>, String> {
        let simulator =
            manifest.simulator.clone().ok_or_else(|| format!("the manifest of {} has no simulator", manifest.name))?;
        let faults = Faults::new(options.no_quota);
        let routes = Routes::new(&manifest);
        let scopes = manifest.scopes.keys().cloned().collect();
        let everything = Grant { account: 0, client_id: String::new(), scopes };
        let state = Mutex::new(State {
            records: Records::new(simulator.first_id),
            documents: Documents::new(simulator.first_id),
            grants: Grants::default(),
            faults,
            quotas: Quotas::default(),
            log: Log::default(),
            webhooks: Webhooks::new(options.webhooks.as_ref()),
            hooks: Hooks::default(),
        });
        Ok(Arc::new(Self { manifest, simulator, options, clock, routes, everything, state }))
    }

    pub(super) fn correlation_id(&self) -> String {
        let bits = format!("{:032x}", self.clock.random());
        format!("{}-{}-{}-{}-{}", &bits[..8], &bits[8..12], &bits[12..16], &bits[16..20], &bits[20..])
    }

    /// What is known of an account, for the bodies of answers.
    pub(super) fn about(&self, account: usize) -> Map<String, Value> {
        let mut values = Map::new();
        if let Some(about) = self.simulator.accounts.get(account) {
            // Ids that are numbers are numbers in JSON.
            let id = about.id.parse::<u64>().map_or_else(|_| Value::from(about.id.clone()), Value::from);
            values.insert("portalId".into(), id);
            values.insert("userId".into(), (account as u64 + 1001).into());
            values.insert("name".into(), about.name.clone().into());
            values.insert("domain".into(), about.domain.clone().into());
            values.insert("user".into(), about.user.clone().into());
            values.insert("accountId".into(), about.id.clone().into());
            values.extend(about.more.clone());
        }
        values
    }

    /// How long its access tokens are good.
    pub(super) fn token_lifetime(&self) -> Duration {
        let seconds = self.manifest.methods().find_map(|(_, method)| {
            let credentials = method.client_credentials.as_ref().map(|grant| grant.token_lifetime_seconds);
            method.oauth2.as_ref().and_then(|oauth2| oauth2.token_lifetime_seconds).or(credentials)
        });
        seconds.map_or(LASTING, Duration::from_secs)
    }

    /// How the body of a route is written.
    pub(super) fn body_kind(&self, route: &super::route::Route) -> BodyKind {
        self.request(route).map_or(BodyKind::Json, |request| request.body_kind)
    }

    /// What the manifest says of the requests that come this way.
    pub(super) fn request(&self, route: &super::route::Route) -> Option<&Request> {
        let action = self.manifest.actions.get(&route.action)?;
        // An action that takes several records says their request itself.
        let joined = route.batch && action.each.is_none();
        if joined { action.batch.as_ref().map(|batch| &batch.request) } else { Some(&action.request) }
    }

    /// What the id of a record looks like.
    pub(super) fn id_text(&self, resource: &str, number: u64, created_at: Timestamp) -> String {
        let pattern = self.simulator.resources.get(resource).and_then(|one| one.id.as_ref());
        let seconds = created_at.as_millis() / 1_000;
        let values =
            Map::from_iter([("number".to_owned(), Value::from(number)), ("seconds".to_owned(), Value::from(seconds))]);
        pattern.and_then(|pattern| pattern.fill(&values)).unwrap_or_else(|| number.to_string())
    }

    /// The record that an id names.
    pub(super) fn id_number(&self, resource: &str, text: &str) -> Option<u64> {
        let Some(pattern) = self.simulator.resources.get(resource).and_then(|one| one.id.as_ref()) else {
            return text.parse().ok();
        };
        let mut values = Map::new();
        let fits = pattern.capture(text, &mut values);
        values.get("number").filter(|_| fits)?.as_str()?.parse().ok()
    }

    /// A path of the manifest in every version it offers.
    pub(super) fn oauth_paths(&self, pattern: Option<&Pattern>) -> Vec<String> {
        let Some(pattern) = pattern else { return Vec::new() };
        let mut paths: Vec<String> = Vec::new();
        for version in self.manifest.versions.offered.keys() {
            let path: Option<String> = pattern
                .parts()
                .iter()
                .map(|part| match part {
                    Part::Text(text) => Some(text.as_str()),
                    Part::Name(name) => self.manifest.path(version, name.strip_prefix("paths.")?),
                })
                .collect();
            let path = path.map(|path| if path.is_empty() { TOKEN_PATH.to_owned() } else { path });
            paths.extend(path.filter(|path| !paths.contains(path)));
        }
        paths
    }
}
