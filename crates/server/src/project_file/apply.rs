//! A [`Plan`] against the database: compare, write what differs, all in one transaction.
//!
//! A dry run does the same and drops the transaction. Problems that need the database (an action's
//! inputs against the project's App Events and settings) drop it too.

use std::collections::BTreeMap;
use std::sync::Arc;

use linchpin_connectors::Registry;
use linchpin_domain::id::{AppEventId, CredentialId, IntegrationId, ProjectId, SigningKeyId};
use linchpin_domain::source::Problem;
use linchpin_domain::{Clock, Timestamp};
use linchpin_store::app_events::{self, AppEvent};
use linchpin_store::integrations::{self, Integration, Portal};
use linchpin_store::projects::{self, Project};
use linchpin_store::signing_keys::{self, SigningKey};
use linchpin_store::workflows;
use linchpin_store::{Store, Tx, members, memberships, releases, secrets};
use secrecy::ExposeSecret;

use super::reader::same_manifest;
use super::{Change, ChangeAction, Mode, Outcome, Plan, PlannedIntegration, Problems};

/// Why a file was not applied. Nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum ApplyError {
    /// The file is wrong.
    #[error(transparent)]
    Problems(#[from] Problems),
    /// The project of the key is another one.
    #[error("the API key belongs to the project `{allowed}`, and the file is for `{named}`; use a key of that project")]
    OtherProject {
        /// The key's project.
        allowed: String,
        /// The file's project.
        named: String,
    },
    /// The project is changed by releases alone.
    #[error(
        "the project `{project}` takes its workflows from releases alone; apply the file to the project that is released from, or allow changes in Settings, Releases"
    )]
    ReadOnly {
        /// The project.
        project: String,
    },
    /// The database.
    #[error(transparent)]
    Store(#[from] linchpin_store::Error),
}

/// Applies a file. `only` is the project that the caller may write to; `None` means any.
pub async fn apply(
    store: &Store,
    registry: &Registry,
    plan: &Plan,
    mode: Mode,
    only: Option<&Project>,
) -> Result<Outcome, ApplyError> {
    if let Some(allowed) = only.filter(|project| project.name != plan.project) {
        return Err(ApplyError::OtherProject { allowed: allowed.name.clone(), named: plan.project.clone() });
    }
    let registry = &plan.registry(registry);
    let mut work = Work::begin(store, registry, plan).await?;
    let project = work.project().await?;
    if !mode.dry_run && releases::is_read_only(&mut work.tx, project).await? {
        return Err(ApplyError::ReadOnly { project: plan.project.clone() });
    }
    work.signing_keys(project).await?;
    work.token_issuers(project).await?;
    work.secrets(project).await?;
    work.app_events(project).await?;
    work.integrations(project).await?;
    work.destinations(project).await?;
    work.users(project).await?;
    if mode.prune {
        work.prune(project).await?;
    }
    let outcome = work.checked(project).await?;
    if !mode.dry_run && !outcome.changes.is_empty() {
        work.tx.commit().await?;
    }
    Ok(outcome)
}

/// Applies what a plan says of connected users, to a project that exists.
pub(super) async fn apply_users(
    store: &Store,
    registry: &Registry,
    plan: &Plan,
    project_id: ProjectId,
    dry_run: bool,
) -> Result<Vec<Change>, ApplyError> {
    let mut work = Work::begin(store, registry, plan).await?;
    work.users(project_id).await?;
    if !work.problems.is_empty() {
        return Err(Problems(work.problems).into());
    }
    if !dry_run && !work.changes.is_empty() {
        work.tx.commit().await?;
    }
    Ok(work.changes)
}

/// One application under way.
pub(super) struct Work<'a> {
    pub tx: Tx,
    pub registry: &'a Registry,
    pub plan: &'a Plan,
    pub clock: Arc<dyn Clock>,
    pub now: Timestamp,
    /// The account that was added last: the next one comes after it.
    pub last_account: Option<CredentialId>,
    /// Who deploys, readable, and what is noted about it.
    pub deployed_by: String,
    pub note: String,
    pub changes: Vec<Change>,
    pub notes: Vec<String>,
    pub problems: Vec<Problem>,
}

pub(super) type Done<T = ()> = Result<T, linchpin_store::Error>;

impl<'a> Work<'a> {
    pub async fn begin(store: &Store, registry: &'a Registry, plan: &'a Plan) -> Done<Self> {
        Ok(Self {
            tx: store.begin().await?,
            registry,
            plan,
            clock: Arc::clone(store.clock()),
            now: store.clock().now(),
            last_account: None,
            deployed_by: "linchpin apply".into(),
            note: "from the project file".into(),
            changes: Vec::new(),
            notes: Vec::new(),
            problems: Vec::new(),
        })
    }
}

impl Work<'_> {
    pub fn added(&mut self, what: &'static str, name: &str) {
        self.changes.push(Change { action: ChangeAction::Add, what, name: name.to_owned(), fields: Vec::new() });
    }

    pub fn changed(&mut self, what: &'static str, name: &str, fields: Vec<&'static str>) {
        self.changes.push(Change { action: ChangeAction::Change, what, name: name.to_owned(), fields });
    }

    pub fn removed(&mut self, what: &'static str, name: &str) {
        self.changes.push(Change { action: ChangeAction::Remove, what, name: name.to_owned(), fields: Vec::new() });
    }

    pub fn problem(&mut self, pointer: &str, message: impl Into<String>) {
        self.problems.push(self.plan.doc.problem(pointer, message));
    }

    async fn project(&mut self) -> Done<ProjectId> {
        let plan = self.plan;
        if let Some(mut project) = projects::find_by_name(&mut self.tx, &plan.project).await? {
            let mut fields = Vec::new();
            set(&mut project.allowed_origins, plan.allowed_origins.as_ref(), "allowedOrigins", &mut fields);
            set(&mut project.user_metadata, plan.user_metadata.as_ref(), "userMetadata", &mut fields);
            if !fields.is_empty() {
                projects::update(&mut self.tx, &project).await?;
                self.changed("project", &plan.project, fields);
            }
            return Ok(project.id);
        }
        let project = Project {
            id: ProjectId::fresh(&*self.clock),
            name: plan.project.clone(),
            allowed_origins: plan.allowed_origins.clone().unwrap_or_default(),
            user_metadata: plan.user_metadata.clone().unwrap_or_default(),
            created_at: self.now,
        };
        projects::add(&mut self.tx, &project).await?;
        // Whoever signs in to this installation finds the project there.
        for member in members::list(&mut self.tx).await? {
            memberships::set(&mut self.tx, project.id, member.id, memberships::Role::Admin).await?;
        }
        self.added("project", &plan.project);
        Ok(project.id)
    }

    async fn signing_keys(&mut self, project_id: ProjectId) -> Done {
        let existing = signing_keys::list(&mut self.tx, project_id).await?;
        // In the file's order, as an export has them.
        let mut last = existing.iter().map(|key| key.id).max();
        for planned in &self.plan.signing_keys {
            let kid = planned.kid.as_ref().unwrap_or(&planned.key.kid);
            let same_name = existing.iter().find(|key| key.name == planned.name);
            if same_name.is_some_and(|key| key.public_key == planned.key.pem && key.kid == *kid) {
                continue;
            }
            let replaced = existing.iter().filter(|key| key.name == planned.name || key.kid == *kid);
            for key in replaced {
                signing_keys::remove(&mut self.tx, project_id, key.id).await?;
                if key.name != planned.name {
                    self.removed("signing key", &key.name);
                }
            }
            let key = SigningKey {
                id: SigningKeyId::fresh_after(&*self.clock, last),
                project_id,
                name: planned.name.clone(),
                kid: kid.clone(),
                public_key: planned.key.pem.clone(),
                created_at: self.now,
                last_used_at: None,
            };
            last = Some(key.id);
            signing_keys::add(&mut self.tx, &key).await?;
            match same_name {
                Some(_) => self.changed("signing key", &planned.name, vec!["publicKey"]),
                None => self.added("signing key", &planned.name),
            }
        }
        Ok(())
    }

    async fn secrets(&mut self, project_id: ProjectId) -> Done {
        for (name, value) in &self.plan.secrets {
            let known = secrets::value(&mut self.tx, project_id, name).await?;
            if known.as_ref().is_some_and(|known| known.expose_secret() == value.expose_secret()) {
                continue;
            }
            secrets::set(&mut self.tx, project_id, name, value, self.now).await?;
            match known {
                Some(_) => self.changed("secret", name, vec!["value"]),
                None => self.added("secret", name),
            }
        }
        Ok(())
    }

    pub async fn app_events(&mut self, project_id: ProjectId) -> Done {
        for (name, example) in &self.plan.app_events {
            match app_events::find_by_name(&mut self.tx, project_id, name).await? {
                Some(event) if event.example == *example => {}
                Some(event) => {
                    let event = AppEvent { example: example.clone(), updated_at: self.now, ..event };
                    app_events::update(&mut self.tx, &event).await?;
                    self.changed("App Event", name, vec!["example"]);
                }
                None => {
                    let event = AppEvent {
                        id: AppEventId::fresh(&*self.clock),
                        project_id,
                        name: name.clone(),
                        example: example.clone(),
                        created_at: self.now,
                        updated_at: self.now,
                    };
                    app_events::add(&mut self.tx, &event).await?;
                    self.added("App Event", name);
                }
            }
        }
        Ok(())
    }

    pub async fn integrations(&mut self, project_id: ProjectId) -> Done {
        let plan = self.plan;
        for planned in &plan.integrations {
            let integration = self.integration(project_id, planned).await?;
            for sync in &planned.syncs {
                self.sync(project_id, &integration, &planned.manifest, sync).await?;
            }
            for workflow in &planned.workflows {
                self.workflow(project_id, &integration, workflow).await?;
            }
        }
        Ok(())
    }

    async fn integration(&mut self, project_id: ProjectId, planned: &PlannedIntegration) -> Done<Integration> {
        let found = integrations::find_by_type(&mut self.tx, project_id, &planned.kind).await?;
        let is_new = found.is_none();
        let manifest = &planned.manifest;
        let mut integration = found.unwrap_or_else(|| Integration {
            id: IntegrationId::fresh(&*self.clock),
            project_id,
            kind: planned.kind.clone(),
            active: false,
            client_id: None,
            has_client_secret: false,
            scopes: manifest.default_scopes.clone(),
            optional_scopes: Vec::new(),
            api_version: None,
            base_urls: BTreeMap::new(),
            portal: Portal::default(),
            settings: Vec::new(),
            manifest: planned.own.clone(),
            created_at: self.now,
            updated_at: self.now,
        });
        let mut fields = Vec::new();
        set(&mut integration.active, planned.active.as_ref(), "active", &mut fields);
        set_some(&mut integration.client_id, planned.client_id.as_ref(), "app.clientId", &mut fields);
        set(&mut integration.scopes, planned.scopes.as_ref(), "app.scopes", &mut fields);
        set(&mut integration.optional_scopes, planned.optional_scopes.as_ref(), "app.optionalScopes", &mut fields);
        set_some(&mut integration.api_version, planned.api_version.as_ref(), "apiVersion", &mut fields);
        set(&mut integration.base_urls, planned.base_urls.as_ref(), "baseUrls", &mut fields);
        let portal = &planned.portal;
        set_some(&mut integration.portal.description, portal.description.as_ref(), "portal.description", &mut fields);
        set_some(&mut integration.portal.overview, portal.overview.as_ref(), "portal.overview", &mut fields);
        set_some(&mut integration.portal.accent_color, portal.accent_color.as_ref(), "portal.accentColor", &mut fields);
        set(&mut integration.portal.theme, portal.theme.as_ref(), "portal.theme", &mut fields);
        set(&mut integration.portal.branding, portal.branding.as_ref(), "portal.branding", &mut fields);
        set(&mut integration.settings, planned.settings.as_ref(), "settings", &mut fields);
        if !same_manifest(integration.manifest.as_deref(), planned.own.as_deref()) {
            integration.manifest.clone_from(&planned.own);
            fields.push("connector");
        }
        if is_new {
            integrations::add(&mut self.tx, &integration).await?;
        } else if !fields.is_empty() {
            integration.updated_at = self.now;
            integrations::update(&mut self.tx, &integration).await?;
        }
        if let Some(secret) = &planned.client_secret {
            let known = integrations::client_secret(&mut self.tx, project_id, integration.id).await?;
            if known.is_none_or(|known| known.expose_secret() != secret.expose_secret()) {
                integrations::set_client_secret(&mut self.tx, project_id, integration.id, Some(secret)).await?;
                fields.push("app.clientSecret");
            }
        }
        if is_new {
            self.added("integration", &planned.kind);
        } else if !fields.is_empty() {
            self.changed("integration", &planned.kind, fields);
        }
        Ok(integration)
    }

    /// What changed, when nothing is wrong.
    pub async fn checked(&mut self, project_id: ProjectId) -> Result<Outcome, ApplyError> {
        if !self.problems.is_empty() {
            return Err(Problems(std::mem::take(&mut self.problems)).into());
        }
        let integrations = integrations::list(&mut self.tx, project_id).await?;
        let workflows = workflows::list(&mut self.tx, project_id, None).await?;
        let keys = signing_keys::list(&mut self.tx, project_id).await?;
        Ok(Outcome {
            project_id,
            integrations: integrations.into_iter().map(|integration| (integration.kind, integration.id)).collect(),
            workflows: workflows.into_iter().map(|workflow| (workflow.name, workflow.id)).collect(),
            signing_keys: keys.into_iter().map(|key| (key.name, key.id)).collect(),
            changes: std::mem::take(&mut self.changes),
            notes: std::mem::take(&mut self.notes),
        })
    }
}

/// Takes a mentioned value over and notes when it is another one.
pub(super) fn set<T: PartialEq + Clone>(
    place: &mut T,
    wanted: Option<&T>,
    name: &'static str,
    fields: &mut Vec<&'static str>,
) {
    if let Some(wanted) = wanted.filter(|wanted| *wanted != place) {
        *place = wanted.clone();
        fields.push(name);
    }
}

/// The same for a value that may be absent.
pub(super) fn set_some<T: PartialEq + Clone>(
    place: &mut Option<T>,
    wanted: Option<&T>,
    name: &'static str,
    fields: &mut Vec<&'static str>,
) {
    if let Some(wanted) = wanted.filter(|wanted| place.as_ref() != Some(*wanted)) {
        *place = Some(wanted.clone());
        fields.push(name);
    }
}
