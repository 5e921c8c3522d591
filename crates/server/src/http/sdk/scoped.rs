//! What a user token's permissions leave of its user. Nothing here matters to a token without the claim.

use std::collections::HashMap;

use linchpin_domain::id::{IntegrationId, WorkflowId};
use linchpin_engine::Target;
use linchpin_store::configurations::Configuration;
use linchpin_store::credentials::{self, Credential, Status};

use super::shapes::{Selection, Snapshot};
use crate::credentials::Setup;
use crate::credentials::connect::Options;
use crate::http::auth::ConnectedUser;
use crate::http::auth::user_token::{Permission, Subject};
use crate::http::error::ApiError;
use crate::state::App;

impl Snapshot {
    /// Without what the token may not see. What it may not see does not exist for it: whoever reads a
    /// snapshot answers 404.
    pub(super) fn shown_to(mut self, user: &ConnectedUser) -> Self {
        let Some(permissions) = user.permissions.as_deref() else { return self };
        let kinds: HashMap<IntegrationId, String> =
            self.integrations.iter().map(|integration| (integration.id, integration.kind.clone())).collect();
        self.configurations.retain(|configuration| {
            let credential = self.credentials.iter().find(|credential| credential.id == configuration.credential_id);
            credential.is_some_and(|credential| {
                permissions.shows(&Subject {
                    integration: kinds.get(&credential.integration_id).map_or("", String::as_str),
                    credential: Some(credential),
                    configuration: Some(configuration),
                })
            })
        });
        // An account is its configurations: every answer shows one at least.
        self.credentials.retain(|credential| self.configurations.iter().any(|one| one.credential_id == credential.id));
        self.integrations.retain(|integration| {
            permissions.offers(&integration.kind)
                || self.credentials.iter().any(|credential| credential.integration_id == integration.id)
        });
        let seen = |id: IntegrationId| self.integrations.iter().any(|integration| integration.id == id);
        self.workflows.retain(|workflow| seen(workflow.integration_id));
        self.denied.retain(|workflow| seen(workflow.integration_id));
        self
    }

    fn subject<'a>(&'a self, credential: &'a Credential, configuration: Option<&'a Configuration>) -> Subject<'a> {
        let integration = self.integrations.iter().find(|integration| integration.id == credential.integration_id);
        let integration = integration.map_or("", |integration| integration.kind.as_str());
        Subject { integration, credential: Some(credential), configuration }
    }

    /// 403 unless the token may do this with an account, or with a configuration of it.
    pub(in crate::http) fn require(
        &self,
        user: &ConnectedUser,
        permission: Permission,
        credential: &Credential,
        configuration: Option<&Configuration>,
    ) -> Result<(), ApiError> {
        match user.permissions.as_deref() {
            Some(permissions) if !permissions.allows(permission, &self.subject(credential, configuration)) => {
                Err(refused(permission))
            }
            _ => Ok(()),
        }
    }
}

/// 403 unless the token may do this anywhere at all.
pub(super) fn require_anywhere(user: &ConnectedUser, permission: Permission) -> Result<(), ApiError> {
    match user.permissions.as_deref() {
        Some(permissions) if !permissions.anywhere(permission) => Err(refused(permission)),
        _ => Ok(()),
    }
}

/// 403 unless the token may connect an account of an integration, or connect this one again.
pub(super) fn may_connect(user: &ConnectedUser, kind: &str, credential: Option<&Credential>) -> Result<(), ApiError> {
    let subject = Subject { integration: kind, credential, configuration: None };
    match user.permissions.as_deref() {
        Some(permissions) if !permissions.allows(Permission::CredentialWrite, &subject) => {
            Err(refused(Permission::CredentialWrite))
        }
        _ => Ok(()),
    }
}

fn refused(permission: Permission) -> ApiError {
    ApiError::forbidden(format!("the user token's permissions do not hold `{}` for this", permission.name()))
}

/// The options of a sign-in, if the token may begin it. A token that sees a part of the user's accounts
/// alone never connects one of the others again: which account is meant is settled here.
pub(in crate::http) async fn connectable(
    app: &App,
    user: &ConnectedUser,
    setup: &Setup,
    options: Options,
) -> Result<Options, ApiError> {
    let Some(permissions) = user.permissions.as_deref() else { return Ok(options) };
    let mut conn = app.store.read().await?;
    let snapshot = Snapshot::read(&mut conn, user).await?;
    drop(conn);
    let integration = snapshot.integrations.iter().find(|integration| integration.id == setup.integration_id);
    let integration = integration.ok_or_else(|| ApiError::not_found("integration"))?;
    let again = match options.selected_credential_id.as_deref().filter(|selector| !selector.is_empty()) {
        Some(selector) => {
            let named = snapshot.account(integration.id, Some(selector));
            Some(named.ok_or_else(|| ApiError::not_found("credential"))?)
        }
        None if options.allow_multiple_credentials == Some(true) || options.external_id.is_some() => None,
        None => {
            let mut mine = snapshot.accounts(integration.id);
            mine.find(|account| account.status != Status::Valid).or_else(|| snapshot.accounts(integration.id).next())
        }
    };
    if let Some(account) = again {
        snapshot.require(user, Permission::CredentialWrite, account, None)?;
        return Ok(Options { selected_credential_id: Some(account.id.to_string()), ..options });
    }
    let new = Subject { integration: &integration.kind, credential: None, configuration: None };
    if !permissions.allows(Permission::CredentialWrite, &new) {
        return Err(refused(Permission::CredentialWrite));
    }
    Ok(Options { allow_multiple_credentials: Some(true), ..options })
}

/// The accounts and configurations that an event or a request is for.
pub(super) async fn target(
    app: &App,
    user: &ConnectedUser,
    selection: &Selection,
    permission: Permission,
    workflow: Option<WorkflowId>,
) -> Result<Option<Target>, ApiError> {
    if selection.credential.is_none() && selection.configuration.is_some() {
        return Err(ApiError::bad_request(
            "credential_missing",
            "a configuration is named without its credential; send X-Paragon-Credential too",
        ));
    }
    let Some(permissions) = user.permissions.as_deref() else {
        let Some(selector) = &selection.credential else { return Ok(None) };
        let mut conn = app.store.read().await?;
        let named = credentials::resolve(&mut conn, user.project_id, user.id, selector).await?;
        if named.is_empty() {
            return Err(ApiError::not_found("credential"));
        }
        let credentials = named.into_iter().map(|credential| credential.id).collect();
        return Ok(Some(Target { credentials, configuration: selection.configuration.clone(), only: None }));
    };
    require_anywhere(user, permission)?;
    let mut conn = app.store.read().await?;
    let snapshot = Snapshot::read(&mut conn, user).await?;
    drop(conn);
    if let Some(id) = workflow
        && !snapshot.workflows.iter().chain(&snapshot.denied).any(|one| one.id == id)
    {
        return Err(ApiError::not_found("workflow"));
    }
    let named: Vec<&Credential> = match &selection.credential {
        Some(selector) => credentials::select(&snapshot.credentials, selector),
        None => snapshot.credentials.iter().collect(),
    };
    if named.is_empty() && selection.credential.is_some() {
        return Err(ApiError::not_found("credential"));
    }
    let mut only = Vec::new();
    for credential in &named {
        let of_it = snapshot.configurations_of(credential);
        let allowed = |one: &&Configuration| permissions.allows(permission, &snapshot.subject(credential, Some(one)));
        only.extend(of_it.filter(allowed).map(|configuration| configuration.id));
    }
    if only.is_empty() && selection.credential.is_some() {
        return Err(refused(permission));
    }
    Ok(Some(Target {
        credentials: named.iter().map(|credential| credential.id).collect(),
        configuration: selection.configuration.clone(),
        only: Some(only),
    }))
}
