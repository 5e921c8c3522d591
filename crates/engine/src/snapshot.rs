//! What intake and performers know without asking the database: per project the routes, per connected
//! user the accounts and enablements. Loaded on first use; forgotten when the store announces a change.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use linchpin_domain::Timestamp;
use linchpin_domain::direct;
use linchpin_domain::id::{ConnectedUserId, IntegrationId, ProjectId, VersionId, WorkflowId};
use linchpin_domain::input::Input;
use linchpin_domain::permission::Permissions;
use linchpin_domain::rollout::Rollout;
use linchpin_domain::schedule::Schedule;
use linchpin_domain::step::{self, Step};
use linchpin_domain::template::{Template, TemplateError};
use linchpin_domain::trigger::Trigger;
use linchpin_domain::workflow::Definition;
use linchpin_store::routing::UserRouting;
use linchpin_store::{Change, Store, routing};
use parking_lot::Mutex;
use quick_cache::sync::Cache;
use serde_json::{Map, Value};

/// Users held in memory; beyond, the least recently used are loaded again.
const USERS: usize = 100_000;
/// Versions held in memory.
const VERSIONS: usize = 4_096;

/// A deployed version with its templates parsed.
#[derive(Debug)]
pub struct Version {
    pub workflow_id: WorkflowId,
    pub id: VersionId,
    pub integration_id: IntegrationId,
    /// Type of the workflow's own connector.
    pub connector: String,
    pub definition: Definition,
    /// Per step's key, what is filled in before it is performed.
    templates: HashMap<String, Result<Template, TemplateError>>,
    /// Per step's key, the roots that its templates name.
    roots: HashMap<String, BTreeSet<String>>,
    /// Whether any template names a secret: only then are secrets opened and masked.
    pub uses_secrets: bool,
    /// Whether what it sends goes together with others of its kind.
    pub together: bool,
}

impl Version {
    pub fn new(
        workflow_id: WorkflowId,
        id: VersionId,
        integration_id: IntegrationId,
        connector: String,
        definition: Definition,
    ) -> Self {
        let (mut templates, mut roots, mut uses_secrets) = (HashMap::new(), HashMap::new(), false);
        step::each(&definition.steps, &mut |step| {
            let written = step.templates();
            uses_secrets |= written.to_string().contains("secrets");
            let template = Template::parse(&written);
            roots.insert(step.key.clone(), template.as_ref().map(Template::roots).unwrap_or_default());
            templates.insert(step.key.clone(), template);
        });
        Self { workflow_id, id, integration_id, connector, definition, templates, roots, uses_secrets, together: false }
    }

    /// What a run is made of that no workflow began.
    pub fn direct(integration_id: IntegrationId, connector: String, definition: Definition) -> Self {
        let workflow_id = direct::workflow_id(integration_id);
        let mut version = Self::new(workflow_id, direct::VERSION, integration_id, connector, definition);
        // What came is data: nothing in it is an expression, whatever it looks like.
        for (key, template) in &mut version.templates {
            *template = Template::parse(&direct::inputs());
            version.roots.insert(key.clone(), template.as_ref().map(Template::roots).unwrap_or_default());
        }
        version.uses_secrets = false;
        version
    }

    /// Whether no workflow began what runs on it.
    pub fn is_direct(&self) -> bool {
        self.id == direct::VERSION
    }

    /// The App Event that begins it.
    pub fn app_event(&self) -> Option<&str> {
        self.definition.trigger.as_ref().and_then(Trigger::app_event)
    }

    /// What is filled in before a step is performed.
    pub fn template(&self, key: &str) -> Option<&Result<Template, TemplateError>> {
        self.templates.get(key)
    }

    /// The roots that the templates of a step name.
    pub fn roots(&self, key: &str) -> Option<&BTreeSet<String>> {
        self.roots.get(key)
    }

    /// The step with this key, wherever it stands.
    pub fn step(&self, key: &str) -> Option<&Step> {
        let mut found = None;
        step::each(&self.definition.steps, &mut |step| {
            if step.key == key {
                found = Some(step);
            }
        });
        found
    }
}

/// What a project routes.
#[derive(Debug, Default)]
pub struct Project {
    pub app_events: HashSet<String>,
    /// Deployed versions of active integrations, in the order of their workflows.
    pub deployed: Vec<Arc<Version>>,
    /// Secrets of the project, opened.
    pub secrets: Map<String, Value>,
    /// Those that begin at a time.
    pub schedules: Vec<Scheduled>,
    /// Those that begin when an account is connected.
    pub onboarding: Vec<Onboarding>,
    /// Ids of user settings that are passwords.
    pub passwords: HashSet<String>,
    /// App Event → places in `deployed`.
    by_app_event: HashMap<String, Vec<usize>>,
    /// Workflow → place in `deployed`.
    by_workflow: HashMap<WorkflowId, usize>,
    /// Who may have the workflows that are not for everybody.
    permissions: HashMap<WorkflowId, Permissions>,
    /// Workflows of which some users have another version than the deployed one.
    rollouts: HashMap<WorkflowId, (Rollout, Arc<Version>)>,
}

/// A workflow that begins at a time.
#[derive(Debug)]
pub struct Scheduled {
    pub version: Arc<Version>,
    pub schedule: Schedule,
    pub deployed_at: Timestamp,
}

/// A workflow that begins when an account is connected.
#[derive(Debug)]
pub struct Onboarding {
    pub version: Arc<Version>,
    /// Its first deployment: older configurations are not begun with.
    pub since: Timestamp,
    /// Its own user settings.
    pub settings: Vec<Input>,
    pub integration_settings: Vec<Input>,
}

impl Project {
    /// Whether a user may have a workflow.
    pub fn permits(&self, workflow_id: WorkflowId, user: &UserRouting) -> bool {
        self.permissions
            .get(&workflow_id)
            .is_none_or(|permissions| permissions.permit(&user.external_id, &user.metadata))
    }

    /// Deployed versions of workflows of which some user's version waits for an App Event; see [`Self::awaits`].
    pub fn of_app_event<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Arc<Version>> {
        let places = self.by_app_event.get(name).map(Vec::as_slice).unwrap_or_default();
        places.iter().map(|place| &self.deployed[*place])
    }

    /// The deployed version of a workflow.
    pub fn of_workflow(&self, workflow_id: WorkflowId) -> Option<&Arc<Version>> {
        self.by_workflow.get(&workflow_id).map(|place| &self.deployed[*place])
    }

    /// The version of a deployed workflow that a user has: the deployed one, or the one that is being rolled out.
    pub fn version_for<'a>(&'a self, deployed: &'a Arc<Version>, user: &UserRouting) -> &'a Arc<Version> {
        match self.rollouts.get(&deployed.workflow_id) {
            Some((rollout, version)) if rollout.includes(version.id, &user.external_id) => version,
            _ => deployed,
        }
    }

    /// Whether a user's version of a deployed workflow waits for an App Event: one that is being rolled out may wait
    /// for another than the deployed one.
    pub fn awaits(&self, deployed: &Arc<Version>, user: &UserRouting, name: &str) -> bool {
        self.rollouts.is_empty() || self.version_for(deployed, user).app_event() == Some(name)
    }

    fn add(&mut self, version: Arc<Version>) {
        let place = self.deployed.len();
        let rolled_out = self.rollouts.get(&version.workflow_id).map(|(_, rolled_out)| rolled_out);
        let names: BTreeSet<&str> =
            [Some(&version), rolled_out].into_iter().flatten().filter_map(|one| one.app_event()).collect();
        for name in names {
            self.by_app_event.entry(name.to_owned()).or_default().push(place);
        }
        self.by_workflow.insert(version.workflow_id, place);
        self.deployed.push(version);
    }
}

/// The two halves.
pub struct Snapshot {
    store: Store,
    projects: Mutex<HashMap<ProjectId, Arc<Project>>>,
    users: Cache<ConnectedUserId, Arc<UserRouting>>,
    versions: Cache<VersionId, Arc<Version>>,
    /// Raised with every change; what was loaded before a raise is used once but not kept.
    epoch: AtomicU64,
    /// Held while the epoch is compared and a loaded value kept, and while a change is followed.
    keeping: Mutex<()>,
}

impl Snapshot {
    pub fn new(store: Store) -> Arc<Self> {
        let snapshot = Arc::new(Self {
            store: store.clone(),
            projects: Mutex::default(),
            users: Cache::new(USERS),
            versions: Cache::new(VERSIONS),
            epoch: AtomicU64::new(0),
            keeping: Mutex::default(),
        });
        let weak = Arc::downgrade(&snapshot);
        store.on_change(move |change| {
            if let Some(snapshot) = weak.upgrade() {
                snapshot.follow(change);
            }
        });
        snapshot
    }

    fn follow(&self, change: Change) {
        let _keeping = self.keeping.lock();
        self.epoch.fetch_add(1, Ordering::SeqCst);
        match change {
            Change::Project(project_id) => {
                self.projects.lock().remove(&project_id);
            }
            Change::User(_, user_id) => {
                self.users.remove(&user_id);
            }
            Change::Everything => {
                self.projects.lock().clear();
                self.users.clear();
            }
        }
    }

    /// Keeps a loaded value unless something changed while it was being loaded.
    fn keep(&self, epoch: u64, keep: impl FnOnce()) {
        let _keeping = self.keeping.lock();
        if self.epoch.load(Ordering::SeqCst) == epoch {
            keep();
        }
    }

    pub async fn project(&self, project_id: ProjectId) -> linchpin_store::Result<Arc<Project>> {
        if let Some(project) = self.projects.lock().get(&project_id) {
            return Ok(Arc::clone(project));
        }
        let epoch = self.epoch.load(Ordering::SeqCst);
        let project = Arc::new(self.load_project(project_id).await?);
        self.keep(epoch, || {
            self.projects.lock().insert(project_id, Arc::clone(&project));
        });
        Ok(project)
    }

    async fn load_project(&self, project_id: ProjectId) -> linchpin_store::Result<Project> {
        let mut conn = self.store.read().await?;
        let found = routing::project(&mut conn, project_id).await?;
        let mut project = Project { app_events: found.app_events.into_iter().collect(), ..Project::default() };
        for (name, value) in found.secrets {
            use secrecy::ExposeSecret;
            project.secrets.insert(name, Value::String(value.expose_secret().to_owned()));
        }
        project.passwords.extend(passwords(found.integrations.iter().flat_map(|integration| &integration.settings)));
        for deployed in found.deployed {
            project.passwords.extend(passwords(deployed.settings.iter()));
            if let Some(conditions) = &deployed.permissions {
                project.permissions.insert(deployed.workflow_id, Permissions::new(conditions));
            }
            let Some(integration) =
                found.integrations.iter().find(|integration| integration.id == deployed.integration_id)
            else {
                continue;
            };
            if !integration.active {
                continue;
            }
            let held = |id: VersionId, definition: Definition| {
                self.versions.get(&id).unwrap_or_else(|| {
                    let (workflow, integration_id) = (deployed.workflow_id, deployed.integration_id);
                    let version =
                        Arc::new(Version::new(workflow, id, integration_id, integration.kind.clone(), definition));
                    self.versions.insert(id, Arc::clone(&version));
                    version
                })
            };
            let version = held(deployed.version_id, deployed.definition);
            if let Some((running, definition)) = deployed.rollout {
                let rolled_out = held(running.version_id, definition);
                project.rollouts.insert(deployed.workflow_id, (running.rollout, rolled_out));
            }
            match &version.definition.trigger {
                Some(Trigger::Schedule(schedule)) => project.schedules.push(Scheduled {
                    version: Arc::clone(&version),
                    schedule: schedule.clone(),
                    deployed_at: deployed.deployed_at,
                }),
                Some(Trigger::IntegrationEnabled {}) => project.onboarding.push(Onboarding {
                    version: Arc::clone(&version),
                    since: deployed.first_deployed_at,
                    settings: deployed.settings,
                    integration_settings: integration.settings.clone(),
                }),
                _ => {}
            }
            project.add(version);
        }
        Ok(project)
    }

    /// A version that a run is pinned to, deployed or not.
    pub async fn version(
        &self,
        project_id: ProjectId,
        version_id: VersionId,
    ) -> linchpin_store::Result<Option<Arc<Version>>> {
        if let Some(version) = self.versions.get(&version_id) {
            return Ok(Some(version));
        }
        let mut conn = self.store.read().await?;
        let Some(found) = routing::version(&mut conn, project_id, version_id).await? else { return Ok(None) };
        let version = Arc::new(Version::new(
            found.workflow_id,
            version_id,
            found.integration_id,
            found.integration_type,
            found.definition,
        ));
        self.versions.insert(version_id, Arc::clone(&version));
        Ok(Some(version))
    }

    /// A user's accounts and enablements; `None` when the user does not exist (any more).
    pub async fn user(
        &self,
        project_id: ProjectId,
        user_id: ConnectedUserId,
    ) -> linchpin_store::Result<Option<Arc<UserRouting>>> {
        if let Some(user) = self.users.get(&user_id) {
            return Ok(Some(user));
        }
        let epoch = self.epoch.load(Ordering::SeqCst);
        let mut conn = self.store.read().await?;
        let Some(user) = routing::user(&mut conn, project_id, user_id).await? else { return Ok(None) };
        let user = Arc::new(user);
        self.keep(epoch, || self.users.insert(user_id, Arc::clone(&user)));
        Ok(Some(user))
    }
}

fn passwords<'a>(settings: impl Iterator<Item = &'a Input>) -> impl Iterator<Item = String> {
    settings.filter(|input| input.is_secret()).map(|input| input.id.clone())
}
