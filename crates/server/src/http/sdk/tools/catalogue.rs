//! Which tools a user has.

use std::sync::Arc;

use axum::http::StatusCode;
use linchpin_connectors::manifest::Action;
use linchpin_connectors::{Manifest, Registry};
use linchpin_domain::id::{CredentialId, IntegrationId};
use linchpin_store::credentials::{Credential, Status};
use linchpin_store::integrations::Integration;
use serde::Serialize;

use crate::http::auth::ConnectedUser;
use crate::http::auth::user_token::Permission;
use crate::http::error::ApiError;
use crate::http::sdk::shapes::Snapshot;
use crate::state::App;

/// A project's integrations and a user's accounts of them.
pub struct Catalogue {
    registry: Arc<Registry>,
    snapshot: Snapshot,
}

/// An action that can be called.
pub struct Tool<'a> {
    /// As callers name it.
    pub name: String,
    /// The integration's type.
    pub kind: &'a str,
    /// The integration.
    pub integration: &'a Integration,
    /// The connector.
    pub manifest: &'a Manifest,
    /// `<resource>.<verb>`.
    pub key: &'a str,
    /// The action.
    pub action: &'a Action,
    /// The account that is meant, where there is one.
    pub account: Option<&'a Credential>,
}

/// Which tools are wanted.
#[derive(Debug, Default)]
pub struct Wanted {
    pub integrations: Option<Vec<String>>,
    pub categories: Option<Vec<String>>,
    pub names: Option<Vec<String>>,
    /// Also those that cannot be called now.
    pub all: bool,
    /// The account that is meant.
    pub credential: Option<String>,
}

/// Why tools are not there, or not whole.
#[derive(Debug, Serialize)]
pub struct Trouble {
    pub integration: String,
    /// `not_connected`, `reconnect_needed`, `missing_scope`, or why fields could not be read.
    pub code: &'static str,
    pub message: String,
}

/// How an integration stands with the user.
pub enum Standing<'a> {
    Ready(&'a Credential),
    NotConnected,
    /// It must be connected again.
    Broken(&'a Credential),
}

impl Catalogue {
    pub async fn read(app: &App, user: &ConnectedUser) -> Result<Self, ApiError> {
        let registry = app.connections.registry_of(user.project_id).await?;
        let mut conn = app.store.read().await?;
        Ok(Self { registry, snapshot: Snapshot::read(&mut conn, user).await? })
    }

    /// 403 unless the token may run tools with an account.
    pub fn require(&self, user: &ConnectedUser, account: &Credential) -> Result<(), ApiError> {
        self.snapshot.require(user, Permission::ToolRun, account, None)
    }

    /// The integrations that are switched on, with their connectors.
    pub fn integrations(&self) -> impl Iterator<Item = (&Integration, &Manifest)> {
        let active = self.snapshot.integrations.iter().filter(|integration| integration.active);
        active.filter_map(|integration| Some((integration, &**self.registry.find(&integration.kind)?)))
    }

    /// The type of an integration, also of one that is switched off.
    pub fn kind_of(&self, id: IntegrationId) -> Option<&str> {
        self.snapshot.integrations.iter().find(|one| one.id == id).map(|one| one.kind.as_str())
    }

    /// An account of the user's.
    pub fn account(&self, id: CredentialId) -> Option<&Credential> {
        self.snapshot.credentials.iter().find(|one| one.id == id)
    }

    /// How an integration stands; `None` where the caller names an account that is none of it.
    pub fn standing(&self, integration: &Integration, credential: Option<&str>) -> Option<Standing<'_>> {
        match self.snapshot.account(integration.id, credential) {
            Some(account) if account.status == Status::Valid => Some(Standing::Ready(account)),
            Some(account) => Some(Standing::Broken(account)),
            None if credential.is_some() => None,
            None => Some(Standing::NotConnected),
        }
    }

    /// The tools that are wanted, in the order of the connectors, and what keeps others from being there.
    pub fn tools(&self, wanted: &Wanted) -> Result<(Vec<Tool<'_>>, Vec<Trouble>), ApiError> {
        let (mut tools, mut troubles) = (Vec::new(), Vec::new());
        if let Some(kinds) = &wanted.integrations
            && let Some(unknown) = kinds.iter().find(|kind| !self.integrations().any(|(one, _)| one.kind == **kind))
        {
            let known: Vec<&str> = self.integrations().map(|(one, _)| one.kind.as_str()).collect();
            let message =
                format!("there is no integration `{unknown}` in this project; there are {}", known.join(", "));
            return Err(ApiError::status(StatusCode::NOT_FOUND, "not_found", message));
        }
        for (integration, manifest) in self.integrations() {
            let named = |names: &Option<Vec<String>>, name: &str| {
                names.as_ref().is_none_or(|names| names.iter().any(|one| one.eq_ignore_ascii_case(name)))
            };
            let in_category = wanted.categories.is_none()
                || manifest.categories.iter().any(|category| named(&wanted.categories, category));
            if !named(&wanted.integrations, &integration.kind) || !in_category {
                continue;
            }
            // Nobody misses what was not asked for.
            let asked = wanted.integrations.is_some();
            let Some(standing) = self.standing(integration, wanted.credential.as_deref()) else { continue };
            let (account, code, message) = match standing {
                Standing::Ready(account) => (Some(account), "", String::new()),
                Standing::NotConnected => (None, "not_connected", not_connected(&manifest.name)),
                Standing::Broken(account) => (None, "reconnect_needed", broken(&manifest.name, account)),
            };
            if account.is_none() && (asked || code == "reconnect_needed") {
                troubles.push(Trouble { integration: integration.kind.clone(), code, message });
            }
            if account.is_none() && !wanted.all {
                continue;
            }
            let (mut lacking, mut left_out) = (Vec::new(), 0);
            for (key, action) in &manifest.actions {
                let name = name(&integration.kind, key);
                if !named(&wanted.names, &name) {
                    continue;
                }
                let lacks = account.map(|account| missing(account, action)).unwrap_or_default();
                if !lacks.is_empty() && !wanted.all {
                    left_out += 1;
                    lacking.extend(lacks);
                    continue;
                }
                let kind = integration.kind.as_str();
                tools.push(Tool { name, kind, integration, manifest, key, action, account });
            }
            if left_out > 0 {
                lacking.sort_unstable();
                lacking.dedup();
                troubles.push(Trouble {
                    integration: integration.kind.clone(),
                    code: "missing_scope",
                    message: format!(
                        "{left_out} tools need scopes that the account has not granted: {}",
                        lacking.join(", ")
                    ),
                });
            }
        }
        Ok((tools, troubles))
    }

    /// The tool of a name, whether it can be called or not.
    pub fn find<'a>(&'a self, wanted: &str) -> Option<Tool<'a>> {
        self.integrations().find_map(|(integration, manifest)| {
            let kind = integration.kind.as_str();
            let (key, action) = manifest.actions.iter().find(|(key, _)| is_named(kind, key, wanted))?;
            Some(Tool { name: name(kind, key), kind, integration, manifest, key, action, account: None })
        })
    }

    /// The names of all tools, for who has misspelt one.
    pub fn all_names(&self) -> Vec<String> {
        self.integrations()
            .flat_map(|(integration, manifest)| manifest.actions.keys().map(|key| name(&integration.kind, key)))
            .collect()
    }
}

/// `HUBSPOT_CONTACTS_CREATE`.
pub fn name(kind: &str, key: &str) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_uppercase() } else { '_' };
    format!("{kind}_{key}").chars().map(plain).collect()
}

/// Whether callers mean this action. `HUBSPOT_CREATE_RECORD_CONTACTS`, as others say, is taken as well.
fn is_named(kind: &str, key: &str, wanted: &str) -> bool {
    let is = |own: String| own.eq_ignore_ascii_case(wanted.trim());
    let turned = || Some(key.split_once('.')?).map(|(resource, verb)| name(kind, &format!("{verb}.record.{resource}")));
    is(name(kind, key)) || turned().is_some_and(is)
}

/// Scopes that an action needs and the account has not granted; none where that is not known.
pub fn missing<'a>(account: &Credential, action: &'a Action) -> Vec<&'a str> {
    if account.scopes.is_empty() {
        return Vec::new();
    }
    let needed = action.scopes.iter().filter(|scope| !account.scopes.contains(scope));
    needed.map(String::as_str).collect()
}

pub fn not_connected(provider: &str) -> String {
    format!("the user has not connected an account of {provider}; have the user connect one, then call again")
}

pub fn broken(provider: &str, account: &Credential) -> String {
    let why = account.status_reason.as_deref().unwrap_or("the account does not work any more");
    format!("the user must connect the {provider} account again, then call again: {why}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tools_are_named_after_connector_and_action() {
        assert_eq!(name("hubspot", "contacts.create"), "HUBSPOT_CONTACTS_CREATE");
        assert_eq!(name("google-calendar", "events.quick-add"), "GOOGLE_CALENDAR_EVENTS_QUICK_ADD");
        for other in ["hubspot_contacts_create", "HUBSPOT_CREATE_RECORD_CONTACTS"] {
            assert!(is_named("hubspot", "contacts.create", other), "{other}");
        }
        assert!(!is_named("hubspot", "contacts.create", "HUBSPOT_CONTACTS_UPDATE"));
    }
}
