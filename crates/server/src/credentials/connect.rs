//! Storing what a sign-in at a provider brought, or what was entered: a new account, or the same one
//! connected again.

use linchpin_connectors::oauth2::{self, TokenError, Tokens, Way};
use linchpin_connectors::{Access, Account, AccountIdentity, Asked, Misfit};
use linchpin_domain::connector::ActionError;
use linchpin_domain::id::{ConnectedUserId, CredentialId, ProjectId};
use linchpin_domain::notice::Kind;
use linchpin_store::credentials::{self, Credential, Grant, Status};
use linchpin_store::{configurations, connect_links, enablements, notices};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::live::Held;
use super::{Connections, Setup};

/// What the caller wants with a sign-in: the install options of the SDK that matter to the server.
#[derive(Debug, Clone, Default, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Options {
    /// Add a further account instead of connecting the present one again.
    pub allow_multiple_credentials: Option<bool>,
    /// Connect this account again, in place.
    pub selected_credential_id: Option<String>,
    /// The customer's label of the new account.
    pub external_id: Option<String>,
    /// By which way, where there are several: its name, or a list of those that may be chosen.
    pub account_type: Option<Value>,
}

impl Options {
    /// Whether an account may be connected in this way.
    pub fn allows(&self, method: &str) -> bool {
        let named = self.account_types();
        named.is_empty() || named.contains(&method)
    }

    /// The ways that may be chosen; none where all may.
    pub fn account_types(&self) -> Vec<&str> {
        match self.account_type.as_ref() {
            Some(Value::String(name)) => vec![name],
            Some(Value::Array(names)) => names.iter().filter_map(Value::as_str).collect(),
            _ => Vec::new(),
        }
    }

    /// The way that is meant; `None` where none is named.
    pub fn method(&self) -> Option<&str> {
        match self.account_types().as_slice() {
            [one] => Some(one),
            _ => None,
        }
    }
}

/// What an account is connected with.
pub struct Connecting {
    /// By which of the manifest's ways.
    pub method: String,
    /// What the user was asked.
    pub inputs: Map<String, Value>,
    /// What a sign-in brought; absent where there is none.
    pub tokens: Option<Tokens>,
    /// Hash of the connect link that it began with; used up with it.
    pub link: Option<String>,
}

/// Whose account it becomes.
#[derive(Debug, Clone, Copy)]
pub struct Owner {
    /// The tenant.
    pub project_id: ProjectId,
    /// The connected user.
    pub user_id: ConnectedUserId,
}

/// Why an account was not stored.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// The account that should be connected again does not exist.
    #[error("there is no account `{0}` of this user to connect again")]
    NoSuchAccount(String),
    /// A different account was signed in to.
    #[error(
        "this is another account than the one that should be connected again ({found} instead of {expected}); sign in to that one, or connect this one as a further account"
    )]
    OtherAccount {
        /// The account that was to be connected again.
        expected: String,
        /// The one that came.
        found: String,
    },
    /// The label is taken.
    #[error("another account of this user is labelled `{0}` already")]
    LabelTaken(String),
    /// The provider does not take what was entered.
    #[error("{provider} does not accept this: {message}")]
    NotTaken {
        /// The provider.
        provider: String,
        /// What it said.
        message: String,
    },
    /// An account was connected with the link meanwhile.
    #[error("an account was connected with this link already; it works once")]
    LinkUsed,
    /// The connector is not connected in this way.
    #[error("{0}")]
    NoSuchWay(String),
    /// The provider did not say which account it is.
    #[error("the account could not be identified: {0}")]
    Identify(#[from] ActionError),
    /// The store failed.
    #[error("the account could not be stored")]
    Store(#[from] linchpin_store::Error),
}

impl Connections {
    /// Whether a sign-in with these options could be stored: asked before the user is sent away.
    pub async fn check(&self, owner: Owner, setup: &Setup, options: &Options) -> Result<(), ConnectError> {
        let mut conn = self.inner.store.read().await?;
        let present = present(&mut conn, owner, setup).await?;
        target(&present, options).map(|_| ())
    }

    /// Stores what an account was connected with, after the provider has taken it. A new account gets its
    /// default configuration, with the workflows on that are on by default. Where something is still asked
    /// of the user it is PENDING.
    pub async fn connect(
        &self,
        owner: Owner,
        setup: &Setup,
        connecting: Connecting,
        options: &Options,
    ) -> Result<CredentialId, ConnectError> {
        let Connecting { method: name, inputs, tokens, link } = connecting;
        let way = Way::of(&setup.manifest, &name, &setup.endpoint, &inputs)
            .ok_or_else(|| ConnectError::NoSuchWay(format!("{} is not connected by `{name}`", setup.manifest.name)))?;
        let later_inputs =
            setup.manifest.method(&name).map(|method| method.later_inputs.as_slice()).unwrap_or_default();
        let by_key = way.method.oauth2.is_none();
        let tokens = match tokens {
            None if way.method.client_credentials.is_some() => {
                Some(oauth2::client_credentials(&self.inner.client, way).await.map_err(|error| match error {
                    TokenError::Unavailable { message, sent } => ConnectError::Identify(ActionError::Unreachable {
                        provider: setup.manifest.name.clone(),
                        sent,
                        message,
                        exchange: None,
                    }),
                    TokenError::Revoked { message } | TokenError::Rejected { message } => {
                        ConnectError::NotTaken { provider: setup.manifest.name.clone(), message }
                    }
                })?)
            }
            tokens => tokens,
        };
        let mut access = Access { method: name, inputs, ..Access::bearer("") };
        let mut extra = Map::new();
        let (mut scopes, mut expires_in, mut refresh_token) = (None, None, None);
        if let Some(tokens) = tokens {
            access.token = tokens.access_token;
            extra = tokens.extra;
            scopes = Some(tokens.scopes);
            expires_in = tokens.expires_in;
            refresh_token = tokens.refresh_token;
        }
        let account = Account { access: &access, endpoint: &setup.endpoint };
        let identity = linchpin_connectors::identify(&self.inner.client, &setup.manifest, account, &extra).await;
        let identity = identity.map_err(|error| match error {
            // Without a status the provider was not asked: this server's own rules forbid the call.
            ActionError::Rejected { provider, message, status: 1.., .. }
            | ActionError::Reauthorize { provider, message, .. }
                if by_key =>
            {
                ConnectError::NotTaken { provider, message }
            }
            other => ConnectError::Identify(other),
        })?;
        let now = self.inner.clock.now();
        let data = data_of(&identity);
        let mut held = Held { method: access.method, inputs: access.inputs };
        let mut tx = self.inner.store.begin().await?;
        let present = present(&mut tx, owner, setup).await?;
        let target = target(&present, options)?;
        if let Some((again, _)) = target
            && let Some(known) =
                credentials::open(&mut tx, owner.project_id, again.id).await?.and_then(|one| one.tokens)
        {
            // What was asked afterwards before is not asked again.
            let known = Held::of(&known).inputs;
            for input in later_inputs {
                if let Some(value) = known.get(&input.name) {
                    held.inputs.insert(input.name.clone(), value.clone());
                }
            }
        }
        let still = later_inputs.iter().filter(|input| !input.optional && !held.inputs.contains_key(&input.name));
        let later: Vec<String> = still.map(|input| input.title.clone()).collect();
        let grant = Grant {
            expires_at: expires_in.map(|time| now.plus(time)),
            scopes,
            tokens: credentials::Tokens { access_token: access.token, refresh_token, more: held.into_more() },
        };
        let (credential, is_again) = match target {
            Some((again, in_place)) => {
                let known = again.provider_id.as_deref().filter(|known| *known != identity.provider_id);
                if let (true, Some(_)) = (in_place, known) {
                    let label = |data: &Map<String, Value>| {
                        data.get("label").and_then(Value::as_str).unwrap_or("another").to_owned()
                    };
                    return Err(ConnectError::OtherAccount {
                        expected: label(&again.provider_data),
                        found: identity.label,
                    });
                }
                let again =
                    Credential { provider_id: Some(identity.provider_id), provider_data: data, ..again.clone() };
                credentials::reconnect(&mut tx, &again, &grant, now).await?;
                (again, true)
            }
            None => {
                let credential = Credential {
                    id: CredentialId::fresh(&*self.inner.clock),
                    project_id: owner.project_id,
                    user_id: owner.user_id,
                    integration_id: setup.integration_id,
                    external_id: options.external_id.clone(),
                    status: Status::Valid,
                    status_reason: None,
                    provider_id: Some(identity.provider_id),
                    provider_data: data,
                    scopes: grant.scopes.clone().unwrap_or_default(),
                    expires_at: grant.expires_at,
                    token_version: 1,
                    refresh_failures: 0,
                    refreshed_at: Some(now),
                    created_at: now,
                    updated_at: now,
                };
                credentials::add(&mut tx, &credential, Some(&grant.tokens)).await?;
                let configuration = configurations::add_default(
                    &mut tx,
                    owner.project_id,
                    owner.user_id,
                    credential.id,
                    Map::new(),
                    now,
                )
                .await?;
                enablements::switch_defaults_on(
                    &mut tx,
                    owner.project_id,
                    owner.user_id,
                    configuration.id,
                    setup.integration_id,
                )
                .await?;
                (credential, false)
            }
        };
        let status = if later.is_empty() { Status::Valid } else { Status::Pending };
        let told = json!({"status": status, "again": is_again});
        notices::about_credential(&mut tx, Kind::IntegrationConnected, &credential, told).await?;
        if let Some(link) = &link
            && !connect_links::use_up(&mut tx, owner.project_id, link, credential.id, now).await?
        {
            return Err(ConnectError::LinkUsed);
        }
        if !later.is_empty() {
            let reason = format!("something is still needed: {}", later.join(", "));
            credentials::hold(&mut tx, &credential, &reason, now).await?;
        }
        tx.commit().await?;
        Ok(credential.id)
    }

    /// In which of the manifest's ways an account was connected; `None` where it has no tokens.
    pub async fn method_of(&self, credential: &Credential) -> linchpin_store::Result<Option<String>> {
        let mut conn = self.inner.store.read().await?;
        let opened = credentials::open(&mut conn, credential.project_id, credential.id).await?;
        Ok(opened.and_then(|opened| opened.tokens).map(|tokens| Held::of(&tokens).method))
    }

    /// Takes what was asked once the account was there; it works from then on.
    pub async fn complete(
        &self,
        setup: &Setup,
        credential: &Credential,
        given: &Map<String, Value>,
    ) -> Result<(), CompleteError> {
        let mut tx = self.inner.store.begin().await?;
        let opened = credentials::open(&mut tx, credential.project_id, credential.id).await?;
        let Some(tokens) = opened.and_then(|opened| opened.tokens) else { return Ok(()) };
        let mut held = Held::of(&tokens);
        let Some(method) = setup.manifest.method(&held.method) else { return Ok(()) };
        if method.later_inputs.is_empty() {
            return Ok(());
        }
        let answers =
            linchpin_connectors::answers(&setup.manifest, method, Asked::After, given).map_err(CompleteError::Unfit)?;
        held.inputs.extend(answers);
        let grant = Grant {
            expires_at: credential.expires_at,
            scopes: None,
            tokens: credentials::Tokens { more: held.into_more(), ..tokens },
        };
        credentials::reconnect(&mut tx, credential, &grant, self.inner.clock.now()).await?;
        tx.commit().await?;
        Ok(())
    }
}

/// Why an account was not completed.
#[derive(Debug, thiserror::Error)]
pub enum CompleteError {
    /// Values that do not fit.
    #[error("values do not fit what is asked for")]
    Unfit(Vec<Misfit>),
    /// The store failed.
    #[error("the account could not be stored")]
    Store(#[from] linchpin_store::Error),
}

async fn present(
    conn: &mut linchpin_store::Conn,
    owner: Owner,
    setup: &Setup,
) -> linchpin_store::Result<Vec<Credential>> {
    let mut present = credentials::list_of_user(conn, owner.project_id, owner.user_id).await?;
    present.retain(|credential| credential.integration_id == setup.integration_id);
    Ok(present)
}

/// The account that is connected again, and whether it must be the same one at the provider; `None`
/// for a new one.
fn target<'a>(present: &'a [Credential], options: &Options) -> Result<Option<(&'a Credential, bool)>, ConnectError> {
    if let Some(selector) = options.selected_credential_id.as_deref().filter(|selector| !selector.is_empty()) {
        return match credentials::select(present, selector).first().copied() {
            Some(again) => Ok(Some((again, true))),
            None => Err(ConnectError::NoSuchAccount(selector.to_owned())),
        };
    }
    if let Some(label) = &options.external_id
        && present.iter().any(|credential| credential.external_id.as_ref() == Some(label))
    {
        return Err(ConnectError::LabelTaken(label.clone()));
    }
    if options.allow_multiple_credentials == Some(true) || options.external_id.is_some() {
        return Ok(None);
    }
    // The portal connects "again": the one that stopped working, else the first.
    let again = present.iter().find(|credential| credential.status != Status::Valid).or_else(|| present.first());
    Ok(again.map(|again| (again, false)))
}

fn data_of(identity: &AccountIdentity) -> Map<String, Value> {
    let mut data = identity.data.clone();
    data.insert("label".into(), Value::String(identity.label.clone()));
    data
}
