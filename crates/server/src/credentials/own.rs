//! Connectors of projects' own, beside those of the binary. Kept in memory whole: a workflow's step is
//! planned without waiting.

use std::collections::HashMap;
use std::sync::{Arc, Weak};

use linchpin_connectors::{Manifest, Registry, check_own};
use linchpin_domain::id::ProjectId;
use linchpin_store::integrations::{self, Integration};
use linchpin_store::{Conn, Store};
use parking_lot::RwLock;

use super::Inner;

/// The connectors of each project that has some of its own.
#[derive(Default)]
pub(super) struct OwnConnectors(RwLock<HashMap<ProjectId, Arc<Registry>>>);

impl OwnConnectors {
    /// The connectors of a project.
    pub(super) fn of(&self, project_id: ProjectId, builtin: &Arc<Registry>) -> Arc<Registry> {
        self.0.read().get(&project_id).unwrap_or(builtin).clone()
    }

    /// Replaces those of a project.
    pub(super) fn set(
        &self,
        project_id: ProjectId,
        builtin: &Arc<Registry>,
        integrations: &[Integration],
    ) -> Arc<Registry> {
        let own = of_project(builtin, integrations);
        let mut all = self.0.write();
        match own {
            Some(registry) => {
                let registry = Arc::new(registry);
                all.insert(project_id, Arc::clone(&registry));
                registry
            }
            None => {
                all.remove(&project_id);
                Arc::clone(builtin)
            }
        }
    }

    async fn load_one(
        &self,
        store: &Store,
        builtin: &Arc<Registry>,
        project_id: ProjectId,
    ) -> linchpin_store::Result<()> {
        let mut conn = store.read().await?;
        let integrations = integrations::list(&mut conn, project_id).await?;
        self.set(project_id, builtin, &integrations);
        Ok(())
    }

    /// Reads those of all projects.
    pub(super) async fn load(&self, store: &Store, builtin: &Arc<Registry>) -> linchpin_store::Result<()> {
        let mut conn = store.read().await?;
        let mut by_project: HashMap<ProjectId, Vec<Integration>> = HashMap::new();
        for integration in integrations::list_own(&mut conn).await? {
            by_project.entry(integration.project_id).or_default().push(integration);
        }
        let all = by_project.into_iter().filter_map(|(id, own)| Some((id, Arc::new(of_project(builtin, &own)?))));
        *self.0.write() = all.collect();
        Ok(())
    }
}

/// Reads the connectors of a project, or of all, once more: a step must not wait for them when it is planned.
pub(super) fn read_again(inner: &Weak<Inner>, project_id: Option<ProjectId>) {
    let inner = inner.clone();
    let read = async move {
        let Some(inner) = inner.upgrade() else { return };
        let done = match project_id {
            None => inner.own.load(&inner.store, &inner.registry).await,
            Some(project_id) => inner.own.load_one(&inner.store, &inner.registry, project_id).await,
        };
        if let Err(error) = done {
            tracing::warn!(error = &error as &dyn std::error::Error, "connectors of projects' own could not be read");
        }
    };
    // Outside a runtime nothing runs that could need them.
    if let Ok(runtime) = tokio::runtime::Handle::try_current() {
        runtime.spawn(read);
    }
}

/// The connectors of the binary and those among a project's integrations; `None` when it has none of its
/// own.
fn of_project(builtin: &Registry, integrations: &[Integration]) -> Option<Registry> {
    let own: Vec<_> = integrations.iter().filter_map(manifest).collect();
    (!own.is_empty()).then(|| builtin.with(own))
}

/// The manifest of an integration whose connector is the project's own.
fn manifest(integration: &Integration) -> Option<Arc<Manifest>> {
    let text = integration.manifest.as_deref()?;
    match check_own("connector.yaml", text) {
        Ok(mut manifest) => {
            // The integration's name counts, whatever the manifest is called by now.
            manifest.kind.clone_from(&integration.kind);
            Some(Arc::new(manifest))
        }
        Err(problems) => {
            let problem = problems.first().map(ToString::to_string).unwrap_or_default();
            tracing::error!(integration.id = %integration.id, problem, "this version cannot read a connector of a project's own");
            None
        }
    }
}

/// The connectors that a project can use, read from the database.
pub async fn connectors(
    conn: &mut Conn,
    builtin: &Registry,
    project_id: ProjectId,
) -> linchpin_store::Result<Registry> {
    let integrations = integrations::list(conn, project_id).await?;
    Ok(of_project(builtin, &integrations).unwrap_or_else(|| builtin.clone()))
}
