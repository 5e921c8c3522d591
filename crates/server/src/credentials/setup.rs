//! A project's integrations as calls need them: manifest, addresses, the project's app.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use linchpin_connectors::{Endpoint, Manifest, Registry, oauth2};
use linchpin_domain::id::{IntegrationId, ProjectId};
use linchpin_store::integrations;

use super::Inner;

/// The integrations of a project, and the connectors that it can use.
pub(super) struct Setups {
    pub(super) by_id: HashMap<IntegrationId, Arc<Setup>>,
    pub(super) registry: Arc<Registry>,
}

/// An integration as calls need it.
pub struct Setup {
    /// The integration.
    pub integration_id: IntegrationId,
    /// Its connector.
    pub manifest: Arc<Manifest>,
    /// Where the provider is.
    pub endpoint: Endpoint,
    /// The project's app at the provider; `None` until client id and secret are set.
    pub app: Option<oauth2::App>,
    /// Whether users may connect and workflows run.
    pub active: bool,
}

impl Inner {
    pub(super) async fn setup(
        &self,
        project_id: ProjectId,
        integration_id: IntegrationId,
    ) -> linchpin_store::Result<Option<Arc<Setup>>> {
        Ok(self.setups_of(project_id).await?.by_id.get(&integration_id).cloned())
    }

    pub(super) async fn setups_of(&self, project_id: ProjectId) -> linchpin_store::Result<Arc<Setups>> {
        if let Some(setups) = self.setups.get(&project_id) {
            return Ok(setups);
        }
        let changes = self.project_changes.load(Ordering::SeqCst);
        let setups = Arc::new(self.load_setups(project_id).await?);
        self.setups.insert(project_id, Arc::clone(&setups));
        // A change that came while it was read may have been announced before it was held.
        if self.project_changes.load(Ordering::SeqCst) != changes {
            self.setups.remove(&project_id);
        }
        Ok(setups)
    }

    async fn load_setups(&self, project_id: ProjectId) -> linchpin_store::Result<Setups> {
        let mut conn = self.store.read().await?;
        let mut by_id = HashMap::new();
        let integrations = integrations::list(&mut conn, project_id).await?;
        let registry = self.own.set(project_id, &self.registry, &integrations);
        for integration in integrations {
            let Some(manifest) = registry.find(&integration.kind) else { continue };
            let secret = integrations::client_secret(&mut conn, project_id, integration.id).await?;
            let app = integration.client_id.clone().zip(secret).map(|(client_id, client_secret)| oauth2::App {
                client_id,
                client_secret,
                scopes: integration.scopes.clone(),
                optional_scopes: integration.optional_scopes.clone(),
            });
            let setup = Setup {
                integration_id: integration.id,
                manifest: Arc::clone(manifest),
                endpoint: Endpoint {
                    base_urls: integration.base_urls.clone(),
                    api_version: integration.api_version.clone(),
                },
                app,
                active: integration.active,
            };
            by_id.insert(integration.id, Arc::new(setup));
        }
        Ok(Setups { by_id, registry })
    }
}
