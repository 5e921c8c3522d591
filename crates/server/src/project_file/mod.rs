//! The project file: a whole project as one YAML file, in (`apply`) and out (`export`).
//!
//! ```text
//! text ─► parse (every problem, with its position) ─► Plan ─► apply (one transaction) ─► Outcome
//! ```
//!
//! All or nothing: a problem anywhere applies nothing. What the file does not mention stays as it is.
//! To add a key: read it in `parse` (or `workflows`, `users`), carry it in the [`Plan`], compare and
//! write it in `apply`, write it out in `export`, describe it in `schema`.

mod apply;
mod apply_destinations;
mod apply_prune;
mod apply_users;
mod apply_workflows;
mod conditions;
mod destinations;
mod export;
pub mod import;
mod issuers;
mod parse;
mod reader;
pub mod release;
pub mod schema;
mod steps;
mod syncs;
mod trigger;
mod users;
mod webhook_trigger;
mod workflows;
pub mod yaml;

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use indexmap::IndexMap;
use linchpin_connectors::{Manifest, Registry};
use linchpin_domain::Timestamp;
use linchpin_domain::condition::Conditions;
use linchpin_domain::id::{IntegrationId, ProjectId, SigningKeyId, WorkflowId};
use linchpin_domain::input::Input;
use linchpin_domain::source::{Document, Problem};
use linchpin_domain::step::Step;
use linchpin_domain::trigger::Trigger;
use linchpin_store::integrations::Theme;
use secrecy::SecretString;
use serde::Serialize;
use serde_json::{Map, Value};

pub use apply::{ApplyError, apply};
pub use export::export;
pub use parse::is_slug;
pub use parse::{is_identifier, origin_problem, parse};
pub use reader::Resolver;

use crate::signing_key::PublicKey;
use crate::token_issuer::Addresses;

/// What is wrong with a file: every problem that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problems(pub Vec<Problem>);

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, problem) in self.0.iter().enumerate() {
            if index > 0 {
                writeln!(f)?;
            }
            write!(f, "{problem}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Problems {}

/// A file that was read and checked as far as it can be without the database. `None` is "not mentioned".
#[derive(Debug)]
pub struct Plan {
    doc: Document,
    project: String,
    allowed_origins: Option<Vec<String>>,
    signing_keys: Vec<PlannedKey>,
    token_issuers: Vec<Addresses>,
    secrets: Vec<(String, SecretString)>,
    user_metadata: Option<Map<String, Value>>,
    app_events: Vec<(String, Map<String, Value>)>,
    integrations: Vec<PlannedIntegration>,
    destinations: Vec<destinations::PlannedDestination>,
    users: Vec<PlannedUser>,
}

#[derive(Debug)]
struct PlannedKey {
    pointer: String,
    name: String,
    key: PublicKey,
    kid: Option<String>,
}

#[derive(Debug)]
struct PlannedIntegration {
    pointer: String,
    kind: String,
    manifest: Arc<Manifest>,
    /// The text of a connector of the project's own.
    own: Option<String>,
    active: Option<bool>,
    client_id: Option<String>,
    client_secret: Option<SecretString>,
    scopes: Option<Vec<String>>,
    optional_scopes: Option<Vec<String>>,
    api_version: Option<String>,
    base_urls: Option<BTreeMap<String, String>>,
    portal: PlannedPortal,
    settings: Option<Vec<Input>>,
    syncs: Vec<syncs::PlannedSync>,
    workflows: Vec<PlannedWorkflow>,
}

#[derive(Debug, Default)]
struct PlannedPortal {
    description: Option<String>,
    overview: Option<String>,
    accent_color: Option<String>,
    theme: Option<Theme>,
    branding: Option<bool>,
}

#[derive(Debug)]
struct PlannedWorkflow {
    pointer: String,
    name: String,
    description: Option<String>,
    default_enabled: Option<bool>,
    hidden: Option<bool>,
    order: Option<i64>,
    /// `null` is for everybody.
    #[expect(clippy::option_option, reason = "not mentioned, null, and conditions are three things")]
    permissions: Option<Option<Conditions>>,
    settings: Option<Vec<Input>>,
    trigger: Option<Trigger>,
    field_mapping: Option<String>,
    steps: Option<Vec<Step>>,
}

#[derive(Debug)]
struct PlannedUser {
    external_id: String,
    metadata: Option<Map<String, Value>>,
    credentials: Vec<PlannedCredential>,
}

#[derive(Debug)]
struct PlannedCredential {
    pointer: String,
    integration: String,
    external_id: Option<String>,
    /// By which of the connector's ways; the default one when absent.
    account_type: Option<String>,
    /// What the user was asked, where there is no consent page.
    inputs: Vec<(String, SecretString)>,
    access_token: Option<SecretString>,
    refresh_token: Option<SecretString>,
    expires_at: Option<Timestamp>,
    provider_id: Option<String>,
    scopes: Option<Vec<String>>,
    settings: Option<Map<String, Value>>,
    workflows: Option<Vec<PlannedEnablement>>,
}

#[derive(Debug)]
struct PlannedEnablement {
    pointer: String,
    workflow: String,
    enabled: bool,
    settings: Option<Map<String, Value>>,
}

impl Plan {
    /// The project's name in the file.
    pub fn project(&self) -> &str {
        &self.project
    }

    /// Has the file meant for a project of this name.
    pub fn rename(&mut self, project: &str) {
        project.clone_into(&mut self.project);
    }

    /// A registry with the connectors that the file brings along.
    fn registry(&self, registry: &Registry) -> Registry {
        let own = self.integrations.iter().filter(|one| one.own.is_some()).map(|one| Arc::clone(&one.manifest));
        registry.with(own)
    }

    /// The file as JSON with every `{env: …}` and path replaced by what it stands for: what is sent to
    /// a server. It holds secrets.
    pub fn resolved(&self) -> Value {
        reader::resolved(self)
    }
}

/// How to apply.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Mode {
    /// Change nothing; say what would change.
    pub dry_run: bool,
    /// Remove what the file does not mention.
    pub prune: bool,
}

/// What applying did, or would do.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Outcome {
    /// The project.
    pub project_id: ProjectId,
    /// Its integrations by type.
    pub integrations: IndexMap<String, IntegrationId>,
    /// Its workflows by name.
    pub workflows: IndexMap<String, WorkflowId>,
    /// Its signing keys by name.
    pub signing_keys: IndexMap<String, SigningKeyId>,
    /// What changed, in order; empty when the project was so already.
    pub changes: Vec<Change>,
    /// What was not done, and why.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
}

/// One difference between the file and the project.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Change {
    /// Added, changed, removed.
    pub action: ChangeAction,
    /// Kind of thing, for people.
    pub what: &'static str,
    /// Its name.
    pub name: String,
    /// Which parts changed.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<&'static str>,
}

/// What happened to a thing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum ChangeAction {
    /// It is new.
    Add,
    /// It was different.
    Change,
    /// It is gone.
    Remove,
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = match self.action {
            ChangeAction::Add => '+',
            ChangeAction::Change => '~',
            ChangeAction::Remove => '-',
        };
        write!(f, "{sign} {} {}", self.what, self.name)?;
        if !self.fields.is_empty() {
            write!(f, " ({})", self.fields.join(", "))?;
        }
        Ok(())
    }
}

/// Where a file's relative paths begin.
fn beside(base: &std::path::Path, path: &str) -> PathBuf {
    base.join(path)
}
