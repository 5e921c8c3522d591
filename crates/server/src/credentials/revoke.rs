//! Telling a provider that a grant is no longer wanted.

use std::time::Duration;

use linchpin_connectors::oauth2::{self, Way};
use linchpin_domain::id::{CredentialId, ProjectId};
use linchpin_store::credentials;

use super::{Connections, Held};

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

impl Connections {
    /// Revokes an account's grant, where its provider has an address for that. The account itself stays
    /// as it is stored; best effort, once.
    pub async fn revoke(&self, project_id: ProjectId, id: CredentialId) -> linchpin_store::Result<Revocation> {
        let mut conn = self.inner.store.read().await?;
        let Some(opened) = credentials::open(&mut conn, project_id, id).await? else {
            return Ok(Revocation::NotOffered);
        };
        drop(conn);
        let setup = self.inner.setup(project_id, opened.credential.integration_id).await?;
        let Some((setup, tokens)) = setup.zip(opened.tokens) else { return Ok(Revocation::NotOffered) };
        let held = Held::of(&tokens);
        let way = Way::of(&setup.manifest, &held.method, &setup.endpoint, &held.inputs);
        let Some(way) = way.filter(|way| way.method.has_revocation()) else { return Ok(Revocation::NotOffered) };
        let Some(token) = tokens.refresh_token else { return Ok(Revocation::NotOffered) };
        let Some(app) = way.app(setup.app.as_ref()) else {
            return Ok(Revocation::Failed("the integration has no client id and secret any more".into()));
        };
        let told = oauth2::revoke(&self.inner.client, way, &app, &token);
        Ok(match tokio::time::timeout(PATIENCE, told).await {
            Ok(Ok(())) => Revocation::Revoked,
            Ok(Err(error)) => Revocation::Failed(error.to_string()),
            Err(_) => Revocation::Failed(format!("{} did not answer in time", setup.manifest.name)),
        })
    }
}
