//! Refreshing tokens: one at a time per account, in this process by a lock and across processes by a
//! lease in the row. The lease outlives the call; the tokens are written only over the version that was
//! read. A refusal is believed only after reading again.

use std::sync::Arc;
use std::time::Duration;

use linchpin_connectors::oauth2::{self, TokenError, Way};
use linchpin_domain::connector::{ActionError, Sent};
use linchpin_store::credentials::{self, Claim, Grant, Opened, Status, Tokens};
use secrecy::ExposeSecret;

use super::live::{Held, Waiting};
use super::{Inner, Live, Setup};

/// How much longer than the call the lease holds.
const MARGIN: Duration = Duration::from_secs(15);
/// Between looks at a refresh that another process does.
const LOOK_AGAIN: Duration = Duration::from_millis(100);
/// After a provider that did not answer, before it is asked again while the old token is good.
const PAUSE: Duration = Duration::from_secs(20);
/// Tokens that could not be written are tried again this often: the provider has forgotten the old ones.
const WRITES: u32 = 20;

impl Inner {
    /// A token that the provider refused is renewed, unless somebody did so meanwhile.
    pub(super) async fn renew(self: &Arc<Self>, refused: &Live) -> Result<Arc<Live>, ActionError> {
        let lock = self.locks.of(refused.credential_id);
        let _guard = lock.lock().await;
        let waiting = Waiting::begin(self);
        let opened = self.open(refused.project_id, refused.credential_id).await?;
        if opened.credential.token_version != refused.version || opened.credential.status != Status::Valid {
            return self.keep(opened, waiting).await;
        }
        if !self.renewable(&opened).await {
            let key = refused.account().access.token.expose_secret().is_empty();
            let what = if key { "its key or password" } else { "the access token" };
            let reason = format!("{} no longer accepts {what}", refused.setup.manifest.name);
            self.give_up(refused, &reason).await;
            return Err(reconnect(&refused.setup, &reason));
        }
        self.refreshed(opened).await
    }

    /// Refreshes in a task of its own: when the caller goes away the answer is still written.
    pub(super) async fn refreshed(self: &Arc<Self>, opened: Opened) -> Result<Arc<Live>, ActionError> {
        let inner = Arc::clone(self);
        let task = self.tasks.spawn(async move { inner.refresh(opened).await });
        task.await.unwrap_or_else(|error| {
            tracing::error!(error = &error as &dyn std::error::Error, "a token refresh broke off");
            Err(passing("the account", "the token refresh broke off"))
        })
    }

    async fn refresh(self: &Arc<Self>, opened: Opened) -> Result<Arc<Live>, ActionError> {
        let (project_id, id) = (opened.credential.project_id, opened.credential.id);
        let stale = opened.credential.token_version;
        let lease = self.client.timeout() + MARGIN;
        let deadline = self.clock.now().plus(lease * 2);
        let setup = self
            .setup(project_id, opened.credential.integration_id)
            .await
            .map_err(|error| self.not_written(&error))?
            .ok_or_else(|| ActionError::Invalid { message: "the integration of this account is gone".into() })?;
        loop {
            let now = self.clock.now();
            let claim = async {
                let mut tx = self.store.begin().await?;
                let claim =
                    credentials::claim_refresh(&mut tx, project_id, id, stale, &self.owner, now, now.plus(lease))
                        .await?;
                tx.commit().await?;
                Ok(claim)
            };
            match claim.await.map_err(|error| self.not_written(&error))? {
                Claim::Granted { interrupted } => return self.ask_provider(opened, &setup, interrupted).await,
                Claim::Refused => {
                    let waiting = Waiting::begin(self);
                    let current = self.open(project_id, id).await?;
                    if current.credential.token_version != stale || current.credential.status != Status::Valid {
                        return self.keep(current, waiting).await;
                    }
                    if now > deadline {
                        return Err(passing(
                            &setup.manifest.name,
                            "another process is refreshing this account's token",
                        ));
                    }
                    tokio::time::sleep(LOOK_AGAIN).await;
                }
            }
        }
    }

    async fn ask_provider(
        self: &Arc<Self>,
        opened: Opened,
        setup: &Setup,
        interrupted: bool,
    ) -> Result<Arc<Live>, ActionError> {
        let provider = &setup.manifest.name;
        let credential = &opened.credential;
        let (project_id, id) = (credential.project_id, credential.id);
        let Some(tokens) = &opened.tokens else { return Err(reconnect(setup, "there are no tokens")) };
        let held = Held::of(tokens);
        let Some(way) = Way::of(&setup.manifest, &held.method, &setup.endpoint, &held.inputs) else {
            return Err(reconnect(setup, "it was connected in a way that is no longer offered"));
        };
        let refresh_token = tokens.refresh_token.clone();
        let answer = match (&refresh_token, way.app(setup.app.as_ref())) {
            // A refresh token that came with client credentials is of no use: they are there themselves.
            (_, Some(_)) if way.method.client_credentials.is_some() => {
                oauth2::client_credentials(&self.client, way).await.map_err(revoked)
            }
            (Some(token), Some(app)) => oauth2::refresh(&self.client, way, &app, token).await,
            (None, Some(_)) => return Err(reconnect(setup, "there is no refresh token")),
            (_, None) => Err(TokenError::Rejected { message: "the integration has no client id and secret".into() }),
        };
        match answer {
            Ok(tokens) => {
                let now = self.clock.now();
                let more = opened.tokens.as_ref().map(|tokens| tokens.more.clone()).unwrap_or_default();
                let grant = Grant {
                    tokens: Tokens {
                        access_token: tokens.access_token,
                        // Most providers keep the refresh token and do not repeat it.
                        refresh_token: tokens.refresh_token.or(refresh_token),
                        more,
                    },
                    expires_at: tokens.expires_in.map(|time| now.plus(time)),
                    scopes: (!tokens.scopes.is_empty()).then_some(tokens.scopes),
                };
                self.write_grant(&opened, &grant).await?;
                tracing::debug!(credential.id = %id, "refreshed an account's token");
                let waiting = Waiting::begin(self);
                let current = self.open(project_id, id).await?;
                self.keep(current, waiting).await
            }
            Err(TokenError::Revoked { message }) => {
                let waiting = Waiting::begin(self);
                let current = self.open(project_id, id).await?;
                if current.credential.token_version != credential.token_version {
                    return self.keep(current, waiting).await;
                }
                let reason = if interrupted {
                    format!(
                        "a token refresh was cut off before its answer could be stored, and the provider refuses the old token: {message}"
                    )
                } else {
                    format!("the provider took the grant back: {message}")
                };
                self.invalidate(&opened.credential, &reason).await;
                Err(reconnect(setup, &reason))
            }
            Err(TokenError::Rejected { message }) => {
                self.release(&opened).await;
                // The app is wrong, not the account: nobody could help by signing in again.
                Err(ActionError::Rejected {
                    provider: provider.clone(),
                    status: 400,
                    code: "app_rejected".into(),
                    message: format!(
                        "the token could not be refreshed: {message}; check client id and secret of the integration"
                    ),
                    exchange: None,
                })
            }
            Err(TokenError::Unavailable { message, .. }) => {
                self.release(&opened).await;
                let now = self.clock.now();
                if credential.expires_at.is_some_and(|at| at > now.plus(PAUSE)) {
                    // The token is good for a while: go on with it and ask again later.
                    let waiting = Waiting::begin(self);
                    let current = self.open(project_id, id).await?;
                    return self.keep_until(current, waiting, Some(now.plus(PAUSE))).await;
                }
                Err(passing(provider, &format!("the token could not be refreshed: {message}")))
            }
        }
    }

    async fn write_grant(&self, opened: &Opened, grant: &Grant) -> Result<(), ActionError> {
        let mut wait = Duration::from_millis(100);
        let mut attempt = 0;
        loop {
            attempt += 1;
            let write = async {
                let mut tx = self.store.begin().await?;
                let now = self.clock.now();
                let written = credentials::finish_refresh(&mut tx, &opened.credential, &self.owner, grant, now).await?;
                tx.commit().await?;
                Ok::<_, linchpin_store::Error>(written)
            };
            match write.await {
                Ok(true) => return Ok(()),
                // A new sign-in came between: its tokens are the newer ones.
                Ok(false) => return Ok(()),
                Err(error) if error.is_passing() && attempt < WRITES => {
                    tracing::warn!(error = &error as &dyn std::error::Error, "refreshed tokens are not written yet");
                    tokio::time::sleep(wait).await;
                    wait = (wait * 2).min(Duration::from_secs(2));
                }
                Err(error) => return Err(self.not_written(&error)),
            }
        }
    }

    /// The user must connect the account again.
    pub(super) async fn give_up(&self, live: &Live, reason: &str) {
        if let Ok(opened) = self.open(live.project_id, live.credential_id).await
            && opened.credential.token_version == live.version
        {
            self.invalidate(&opened.credential, reason).await;
        }
    }

    async fn invalidate(&self, credential: &credentials::Credential, reason: &str) {
        let write = async {
            let mut tx = self.store.begin().await?;
            credentials::invalidate(&mut tx, credential, reason, self.clock.now()).await?;
            tx.commit().await
        };
        match write.await {
            Ok(()) => tracing::info!(credential.id = %credential.id, "an account must be connected again"),
            Err(error) => {
                tracing::error!(error = &error as &dyn std::error::Error, "an account could not be marked as invalid");
            }
        }
    }

    async fn release(&self, opened: &Opened) {
        let write = async {
            let mut tx = self.store.begin().await?;
            let (project_id, id) = (opened.credential.project_id, opened.credential.id);
            credentials::release_refresh(&mut tx, project_id, id, &self.owner).await?;
            tx.commit().await
        };
        if let Err(error) = write.await {
            tracing::warn!(error = &error as &dyn std::error::Error, "a lease was not given back; it ends by itself");
        }
    }
}

/// Client credentials that are refused are the user's: nobody else can help.
fn revoked(error: TokenError) -> TokenError {
    match error {
        TokenError::Rejected { message } => TokenError::Revoked { message },
        other => other,
    }
}

fn reconnect(setup: &Setup, message: &str) -> ActionError {
    ActionError::Reauthorize { provider: setup.manifest.name.clone(), message: message.into(), exchange: None }
}

fn passing(provider: &str, message: &str) -> ActionError {
    ActionError::Unreachable { provider: provider.into(), sent: Sent::No, message: message.into(), exchange: None }
}
