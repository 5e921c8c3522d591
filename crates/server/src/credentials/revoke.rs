//! Telling a provider that a grant is no longer wanted.

use std::sync::Arc;
use std::time::Duration;

use linchpin_connectors::Client;
use linchpin_connectors::oauth2::{self, Way};
use linchpin_domain::id::{CredentialId, ProjectId};
use linchpin_store::credentials;
use secrecy::SecretString;

use super::{Connections, Held, Setup};

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Revocation {
    /// The provider has forgotten the grant.
    Revoked,
    /// The provider offers no address for it, or there is nothing to revoke.
    NotOffered,
    /// The provider was not told, for this reason.
    Failed(String),
}

/// How long a provider may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// A grant that its provider has an address to revoke at.
pub struct Revocable {
    id: CredentialId,
    setup: Arc<Setup>,
    held: Held,
    token: SecretString,
}

impl Connections {
    /// Revokes an account's grant, where its provider has an address for that. The account itself stays
    /// as it is stored; best effort, once.
    pub async fn revoke(&self, project_id: ProjectId, id: CredentialId) -> linchpin_store::Result<Revocation> {
        Ok(match self.revocable(project_id, id).await? {
            Some(grant) => grant.revoke(&self.inner.client).await,
            None => Revocation::NotOffered,
        })
    }

    /// What can be revoked of an account, to be told once the account is gone.
    pub async fn revocable(
        &self,
        project_id: ProjectId,
        id: CredentialId,
    ) -> linchpin_store::Result<Option<Revocable>> {
        let mut conn = self.inner.store.read().await?;
        let Some(opened) = credentials::open(&mut conn, project_id, id).await? else { return Ok(None) };
        drop(conn);
        let setup = self.inner.setup(project_id, opened.credential.integration_id).await?;
        let Some((setup, tokens)) = setup.zip(opened.tokens) else { return Ok(None) };
        let held = Held::of(&tokens);
        let method = setup.manifest.method(&held.method).filter(|method| method.has_revocation());
        let Some((token, _)) = tokens.refresh_token.zip(method) else { return Ok(None) };
        Ok(Some(Revocable { id, setup, held, token }))
    }

    /// Tells a provider of an account that is gone. Nobody waits for it: the account is gone all the same.
    pub fn revoke_later(&self, grant: Revocable) {
        let client = self.inner.client.clone();
        self.inner.tasks.spawn(async move {
            if let Revocation::Failed(message) = grant.revoke(&client).await {
                let provider = &grant.setup.manifest.name;
                tracing::warn!(credential.id = %grant.id, provider, message, "the grant of a disconnected account was not revoked");
            }
        });
    }
}

impl Revocable {
    async fn revoke(&self, client: &Client) -> Revocation {
        let way = Way::of(&self.setup.manifest, &self.held.method, &self.setup.endpoint, &self.held.inputs);
        let Some(way) = way else { return Revocation::NotOffered };
        let Some(app) = way.app(self.setup.app.as_ref()) else {
            return Revocation::Failed("the integration has no client id and secret any more".into());
        };
        match tokio::time::timeout(PATIENCE, oauth2::revoke(client, way, &app, &self.token)).await {
            Ok(Ok(())) => Revocation::Revoked,
            Ok(Err(error)) => Revocation::Failed(error.to_string()),
            Err(_) => Revocation::Failed(format!("{} did not answer in time", self.setup.manifest.name)),
        }
    }
}
