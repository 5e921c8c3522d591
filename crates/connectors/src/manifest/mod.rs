//! A connector's manifest: everything Linchpin knows of a provider, as data.
//!
//! Read with [`check`], which reports every mistake with file, line and column.

mod account;
mod action;
mod auth;
mod batch;
mod checker;
mod each;
mod errors;
mod hook;
mod oauth2;
mod schema;
mod simulator;
mod source;
mod sync;
mod trigger;

use std::collections::HashMap;

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

use crate::shape::Pattern;

pub use account::AccountRule;
pub use action::{
    Action, BodyKind, Choice, Doubt, Effect, Field, FieldKind, Lists, Lookup, RecordRule, Request, Resource,
};
pub use auth::{AccountInput, AccountInputKind, ApiKey, Basic, DEFAULT as DEFAULT_METHOD, Method, Scheme};
pub use batch::{Batch, BatchErrors, BatchResults, Batches};
pub(crate) use batch::{ITEMS, TRACE};
pub(crate) use checker::{ACCOUNT, whole_host};
pub use checker::{OWN, check, check_own};
pub use each::Each;
pub use errors::{Class, ErrorClass, Errors, Items, Wait, WaitTime};
pub use hook::{HookRule, HookSecret, SimulatedHook};
pub use oauth2::{ClientAuthentication, ClientCredentials, OAuth2, Rotation, TokenBody};
pub use schema::schema;
pub use simulator::{
    FixedAnswer, LinkRule, Reply, SimulatedAccount, SimulatedAction, SimulatedResource, Simulator, Since, Stamps,
};
pub use source::{Combination, DataSource, MappingSource};
pub use sync::{Sync, SyncWrite, SyncedRecord};
pub use trigger::{
    Algorithm, Encoding, Handshake, Names, Places, Poll, RecordChange, Signature, SignatureParts, SignatureSecret,
    Simulate, TimeUnit, TimestampRule, Trigger, TriggerModel, WebhookRule, Webhooks,
};

/// One provider.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Manifest {
    /// Stable name in addresses and files, the folder's name.
    pub kind: String,
    /// What people call it.
    pub name: String,
    /// `#rrggbb`.
    pub brand_color: String,
    /// One sentence for catalogues.
    pub description: String,
    /// What it is for, for who looks for a connector or a tool: `crm`, `messaging`.
    #[serde(default)]
    pub categories: Vec<String>,
    /// Where the facts in this manifest come from.
    pub source: String,
    /// SPDX expression of the manifest's licence.
    pub licence: String,
    /// Markdown for the portal's overview tab, until a project writes its own.
    #[serde(default)]
    pub overview: String,
    /// Origins by name. The one called `api` must exist. `{account.<name>}` in a host stands for what was
    /// asked of the user, or for a fact about the account.
    pub base_urls: IndexMap<String, String>,
    /// Where a whole host is asked for or told: those that are taken, `*.example.com` for all below one,
    /// `*` for any.
    #[serde(default)]
    pub hosts: Vec<String>,
    /// Headers of every request; `{version}` stands for the API version.
    #[serde(default)]
    pub(crate) headers: IndexMap<String, Pattern>,
    /// API versions and the path prefixes that differ between them.
    pub versions: Versions,
    /// How an account is connected.
    pub auth: Method,
    /// Other ways to connect one, by name. Users choose.
    #[serde(default)]
    pub also_auth: IndexMap<String, Method>,
    /// Scopes a new integration asks for.
    #[serde(default)]
    pub default_scopes: Vec<String>,
    /// Every scope that may be asked for, with what it allows.
    #[serde(default)]
    pub scopes: IndexMap<String, String>,
    /// The provider's own limits.
    #[serde(default)]
    pub quotas: Vec<Quota>,
    /// How single writes go together in one call while a quota is short.
    #[serde(default)]
    pub batches: Option<Batches>,
    /// How its answers are classified.
    pub errors: Errors,
    /// How the connected account is told apart from others.
    pub account: AccountRule,
    /// Kinds of records and their fields.
    #[serde(default)]
    pub resources: IndexMap<String, Resource>,
    /// Actions by name, `<resource>.<verb>`.
    pub actions: IndexMap<String, Action>,
    /// Lists in the customer's account that settings offer, by name.
    #[serde(default)]
    pub data_sources: IndexMap<String, DataSource>,
    /// Lists that depend on each other, by name.
    #[serde(default)]
    pub combinations: IndexMap<String, Combination>,
    /// Where field mappings find the provider's fields, by name.
    #[serde(default)]
    pub field_mappings: IndexMap<String, MappingSource>,
    /// How its webhooks are signed and read.
    #[serde(default)]
    pub webhooks: Option<Webhooks>,
    /// What can start a workflow, by name, `<resource>.<what happened>`.
    #[serde(default)]
    pub triggers: IndexMap<String, Trigger>,
    /// What can be kept the same at the provider and in the host application, by name.
    #[serde(default)]
    pub syncs: IndexMap<String, Sync>,
    /// What the simulator needs beyond the actions.
    #[serde(default)]
    pub simulator: Option<Simulator>,
    /// The base URLs taken apart.
    #[serde(skip)]
    pub(crate) bases: HashMap<String, Pattern>,
}

/// The API versions a connector can speak.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Versions {
    /// Used unless an integration says otherwise.
    pub default: String,
    /// Path prefixes by name; `{version}` inside stands for the version.
    #[serde(default)]
    pub paths: IndexMap<String, String>,
    /// The versions on offer.
    pub offered: IndexMap<String, Version>,
}

/// One API version.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Version {
    /// Prefixes that differ from the general ones.
    #[serde(default)]
    pub paths: IndexMap<String, String>,
    /// All prefixes with the version filled in.
    #[serde(skip)]
    pub(crate) resolved: HashMap<String, String>,
}

/// A limit of the provider: so many calls in so much time.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Quota {
    /// For people and for error bodies, for example `burst`.
    pub name: String,
    /// Calls allowed …
    pub max: u32,
    /// … in this many milliseconds, per connected account.
    pub per_ms: u64,
    /// The name the provider gives it in its refusals.
    #[serde(default)]
    pub policy: Option<String>,
    /// The only actions it counts; all when empty.
    #[serde(default)]
    pub only: Vec<String>,
    /// Actions it does not count.
    #[serde(default)]
    pub except: Vec<String>,
    /// Response headers that report it.
    #[serde(default)]
    pub headers: Option<QuotaHeaders>,
}

/// Response headers that report a quota.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct QuotaHeaders {
    /// Calls allowed.
    pub max: String,
    /// Calls left.
    pub remaining: String,
    /// Length of the window in milliseconds.
    pub interval_ms: String,
}

impl Quota {
    /// Whether a call of this action counts.
    pub fn counts(&self, action: &str) -> bool {
        (self.only.is_empty() || self.only.iter().any(|name| name == action))
            && !self.except.iter().any(|name| name == action)
    }
}

impl Manifest {
    /// The ways to connect an account, the default one first.
    pub fn methods(&self) -> impl Iterator<Item = (&str, &Method)> {
        std::iter::once((DEFAULT_METHOD, &self.auth))
            .chain(self.also_auth.iter().map(|(name, method)| (name.as_str(), method)))
    }

    /// The way of a name.
    pub fn method(&self, name: &str) -> Option<&Method> {
        self.methods().find(|(known, _)| *known == name).map(|(_, method)| method)
    }

    /// Whether users sign in with the project's own app at the provider, whichever way they choose.
    pub fn needs_app(&self) -> bool {
        self.methods().all(|(_, method)| method.needs_app())
    }

    /// Whether one of the ways uses the project's own app.
    pub fn can_use_app(&self) -> bool {
        self.methods().any(|(_, method)| method.needs_app())
    }

    /// The prefix of a path in an API version.
    pub(crate) fn path(&self, version: &str, name: &str) -> Option<&str> {
        self.versions.offered.get(version)?.resolved.get(name).map(String::as_str)
    }

    /// Fills in what follows from the rest. Called once, by [`check`].
    fn finish(&mut self) {
        for (name, version) in &mut self.versions.offered {
            version.resolved = self
                .versions
                .paths
                .iter()
                .chain(&version.paths)
                .map(|(key, path)| (key.clone(), path.replace("{version}", name)))
                .collect();
        }
        self.bases = self
            .base_urls
            .iter()
            .map(|(name, url)| (name.clone(), Pattern::parse(url).expect("the checker has read it")))
            .collect();
        for action in self.actions.values_mut() {
            let resource = action.record.as_ref().and_then(|name| self.resources.get(name));
            action.finish(resource);
        }
        // The single actions are whole now.
        let most = self.batches.as_ref().map_or(1, |batches| batches.most);
        let singles: Vec<_> = self
            .actions
            .values()
            .map(|action| Some(self.actions.get(&action.each.as_ref()?.action)?.clone()))
            .collect();
        for (action, one) in self.actions.values_mut().zip(singles) {
            if let Some(each) = &mut action.each {
                each.one = one.map(Box::new);
                each.most = most;
            }
        }
    }
}
