//! A small world for the tests of other crates: one project, one integration, one deployed workflow,
//! connected users. Compiled with the `testkit` feature only.

use std::sync::Arc;

use linchpin_domain::id::{
    ConfigurationId, ConnectedUserId, CredentialId, IntegrationId, ProjectId, VersionId, WorkflowId,
};
use linchpin_domain::workflow::Definition;
use linchpin_domain::{Clock, Timestamp};

use crate::conn::to_json;
use crate::vault::MasterKey;
use crate::{Change, Options, Result, Store, Tx};

/// A world on a SQLite file in a directory.
pub struct World {
    /// The store.
    pub store: Store,
    /// The project.
    pub project_id: ProjectId,
    /// Its integration, of type `test`.
    pub integration_id: IntegrationId,
    /// The deployed workflow.
    pub workflow_id: WorkflowId,
    /// Its deployed version.
    pub version_id: VersionId,
}

/// A connected user of the world, with one valid account and the workflow on.
#[derive(Debug, Clone, Copy)]
pub struct User {
    /// The user.
    pub id: ConnectedUserId,
    /// The account.
    pub credential_id: CredentialId,
    /// Its default configuration.
    pub configuration_id: ConfigurationId,
}

/// Opens (or opens again) the database in a directory. The master key is fixed.
pub async fn open(directory: &std::path::Path, clock: Arc<dyn Clock>) -> Result<Store> {
    open_url(format!("sqlite://{}?mode=rwc", directory.join("linchpin.db").display()), clock).await
}

/// Opens (or opens again) a database by its URL. The master key is fixed.
pub async fn open_url(url: String, clock: Arc<dyn Clock>) -> Result<Store> {
    let master_key = MasterKey::parse(&"ab".repeat(32)).expect("64 hexadecimal digits");
    Store::open(Options { url, master_key, clock }).await
}

/// Removes the versions of the world's workflow, as if it had never been deployed.
pub async fn forget_versions(tx: &mut Tx, world: &World) -> Result<()> {
    sqlx::query("UPDATE workflows SET deployed_version_id = NULL WHERE id = $1")
        .bind(world.workflow_id.to_string())
        .execute(tx.raw())
        .await?;
    sqlx::query("DELETE FROM workflow_versions WHERE workflow_id = $1")
        .bind(world.workflow_id.to_string())
        .execute(tx.raw())
        .await?;
    tx.changed(Change::Project(world.project_id));
    Ok(())
}

/// Takes the ends of all runs back, as a process leaves them that ends before it has written them.
pub async fn unfinish(tx: &mut Tx) -> Result<()> {
    sqlx::query("UPDATE runs SET state = 'queued', fault = NULL, started_at = NULL, finished_at = NULL")
        .execute(tx.raw())
        .await?;
    Ok(())
}

impl World {
    /// A new world with a deployed workflow.
    pub async fn new(store: Store, definition: &Definition) -> Result<Self> {
        let clock = Arc::clone(store.clock());
        let world = Self {
            project_id: ProjectId::fresh(&*clock),
            integration_id: IntegrationId::fresh(&*clock),
            workflow_id: WorkflowId::fresh(&*clock),
            version_id: VersionId::fresh(&*clock),
            store,
        };
        let sealed = world.store.vault().add_project(world.project_id);
        let (project, integration, workflow) = (world.project_id, world.integration_id, world.workflow_id);
        let definition = to_json(definition);
        let mut tx = world.store.begin().await?;
        for statement in [
            format!(
                "INSERT INTO projects (id, name, allowed_origins, user_metadata, sealed_data_key, created_at) VALUES ('{project}', 'P-{project}', '[]', '{{}}', '{sealed}', 0)"
            ),
            format!(
                "INSERT INTO integrations (id, project_id, type, active, scopes, optional_scopes, base_urls, portal, settings, created_at, updated_at) VALUES ('{integration}', '{project}', 'test', 1, '[]', '[]', '{{}}', '{{}}', '[]', 0, 0)"
            ),
            format!(
                "INSERT INTO app_events (id, project_id, name, example, created_at, updated_at) VALUES ('{}', '{project}', 'Contact Created', '{{}}', 0, 0)",
                WorkflowId::fresh(&*clock)
            ),
        ] {
            sqlx::query(sqlx::AssertSqlSafe(statement)).execute(tx.raw()).await?;
        }
        sqlx::query(
            "INSERT INTO workflows (id, project_id, integration_id, name, description, position, hidden, default_enabled, settings, draft, draft_revision, deployed_version_id, created_at, updated_at)
             VALUES ($1, $2, $3, 'Sync contacts', '', 0, 0, 0, '[]', $4, 1, $5, 0, 0)",
        )
        .bind(workflow.to_string())
        .bind(project.to_string())
        .bind(integration.to_string())
        .bind(definition.clone())
        .bind(world.version_id.to_string())
        .execute(tx.raw())
        .await?;
        sqlx::query("INSERT INTO workflow_versions (id, project_id, workflow_id, number, definition, deployed_at) VALUES ($1, $2, $3, 1, $4, 0)")
            .bind(world.version_id.to_string())
            .bind(project.to_string())
            .bind(workflow.to_string())
            .bind(definition)
            .execute(tx.raw())
            .await?;
        tx.changed(Change::Project(project));
        tx.commit().await?;
        Ok(world)
    }

    /// A further connected user.
    pub async fn user(&self, external_id: &str) -> Result<User> {
        self.user_at(external_id, Timestamp::default(), true).await
    }

    /// The same, connected at a moment, with the workflow on or off.
    pub async fn user_at(&self, external_id: &str, at: Timestamp, enabled: bool) -> Result<User> {
        let clock = self.store.clock();
        let user = User {
            id: ConnectedUserId::fresh(&**clock),
            credential_id: CredentialId::fresh(&**clock),
            configuration_id: ConfigurationId::fresh(&**clock),
        };
        let (project, integration, workflow) = (self.project_id, self.integration_id, self.workflow_id);
        let User { id, credential_id, configuration_id } = user;
        let mut tx = self.store.begin().await?;
        for statement in [
            format!(
                "INSERT INTO connected_users (id, project_id, external_id, metadata, disabled, token_seen, created_at) VALUES ('{id}', '{project}', '{external_id}', '{{}}', 0, 0, 0)"
            ),
            format!(
                "INSERT INTO credentials (id, project_id, user_id, integration_id, status, provider_data, scopes, token_version, refresh_failures, created_at, updated_at) VALUES ('{credential_id}', '{project}', '{id}', '{integration}', 'VALID', '{{}}', '[]', 1, 0, 0, 0)"
            ),
            format!(
                "INSERT INTO configurations (id, project_id, credential_id, is_default, settings, meta, created_at) VALUES ('{configuration_id}', '{project}', '{credential_id}', 1, '{{}}', '{{}}', {})",
                at.as_millis()
            ),
            format!(
                "INSERT INTO enablements (configuration_id, workflow_id, project_id, enabled, settings) VALUES ('{configuration_id}', '{workflow}', '{project}', {}, '{{}}')",
                i64::from(enabled)
            ),
        ] {
            sqlx::query(sqlx::AssertSqlSafe(statement)).execute(tx.raw()).await?;
        }
        tx.changed(Change::User(project, id));
        tx.commit().await?;
        Ok(user)
    }

    /// The states of all runs, in the order of their commits, with their faults' codes.
    pub async fn states(&self) -> Result<Vec<String>> {
        use crate::conn::Columns;
        let mut conn = self.store.read().await?;
        let rows = sqlx::query("SELECT state, fault FROM runs ORDER BY seq").fetch_all(conn.raw()).await?;
        rows.iter()
            .map(|row| {
                let fault: Option<linchpin_domain::run::Fault> = row
                    .maybe_text("fault")?
                    .map(|text| serde_json::from_str(&text))
                    .transpose()
                    .map_err(|error| crate::Error::corrupt("runs.fault", error))?;
                Ok(fault.map_or(row.text("state")?, |fault| {
                    format!("{} {}", row.text("state").unwrap_or_default(), fault.code)
                }))
            })
            .collect()
    }
}
