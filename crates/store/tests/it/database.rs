//! Both databases for a test: SQLite in a temporary folder, and a private PostgreSQL.

use std::sync::Arc;

use linchpin_domain::clock::ManualClock;
use linchpin_domain::id::{IntegrationId, MemberId, ProjectId};
use linchpin_domain::{Clock, Timestamp};
use linchpin_store::integrations::{self, Integration, Portal};
use linchpin_store::members::{self, Member};
use linchpin_store::projects::{self, Project};
use linchpin_store::vault::MasterKey;
use linchpin_store::{Options, Store, Tx};

use crate::postgres::Postgres;

/// One database of a test.
pub struct Database {
    pub store: Store,
    pub clock: Arc<ManualClock>,
    /// Where it is, for a look past the store.
    pub url: String,
    folder: Option<tempfile::TempDir>,
}

/// Runs a test on every database.
pub async fn each<F: AsyncFn(Database)>(test: F) {
    for url in ["sqlite", "postgres"] {
        test(Database::open(url).await).await;
    }
}

impl Database {
    async fn open(which: &str) -> Self {
        let clock = Arc::new(ManualClock::at(Timestamp::parse("2030-01-01T00:00:00Z").expect("a time")));
        let (url, folder) = if which == "sqlite" {
            let folder = tempfile::tempdir().expect("a temporary folder");
            (format!("sqlite://{}?mode=rwc", folder.path().join("linchpin.db").display()), Some(folder))
        } else {
            (Postgres::shared().fresh_database(), None)
        };
        let options = Options { url: url.clone(), master_key: MasterKey::generate(), clock: clock.clone() };
        let store = Store::open(options).await.expect("the database opens");
        Self { store, clock, url, folder }
    }

    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// What SQLite wrote to its files; `None` for PostgreSQL.
    pub fn stored(&self) -> Option<String> {
        let files = std::fs::read_dir(self.folder.as_ref()?.path()).expect("a folder");
        let bytes = files.flat_map(|file| std::fs::read(file.expect("a file").path()).expect("it can be read"));
        Some(String::from_utf8_lossy(&bytes.collect::<Vec<_>>()).into_owned())
    }

    pub async fn begin(&self) -> Tx {
        self.store.begin().await.expect("begins")
    }

    /// A member.
    pub async fn member(&self, name: &str) -> Member {
        let member = Member {
            id: MemberId::fresh(&*self.clock),
            email: format!("{name}@example.com"),
            name: name.into(),
            password_hash: "hash".into(),
            created_at: self.now(),
        };
        let mut tx = self.begin().await;
        members::add(&mut tx, &member).await.expect("added");
        tx.commit().await.expect("commits");
        member
    }

    /// A project.
    pub async fn project(&self, name: &str) -> Project {
        let project = Project {
            id: ProjectId::fresh(&*self.clock),
            name: name.into(),
            allowed_origins: Vec::new(),
            user_metadata: serde_json::Map::new(),
            created_at: self.now(),
        };
        let mut tx = self.begin().await;
        projects::add(&mut tx, &project).await.expect("added");
        tx.commit().await.expect("commits");
        project
    }

    /// An integration of a project.
    pub async fn integration(&self, project_id: ProjectId, kind: &str) -> Integration {
        let integration = Integration {
            id: IntegrationId::fresh(&*self.clock),
            project_id,
            kind: kind.into(),
            active: false,
            client_id: None,
            has_client_secret: false,
            scopes: vec!["oauth".into()],
            optional_scopes: Vec::new(),
            api_version: None,
            base_urls: std::collections::BTreeMap::new(),
            portal: Portal::default(),
            settings: Vec::new(),
            manifest: None,
            created_at: self.now(),
            updated_at: self.now(),
        };
        let mut tx = self.begin().await;
        integrations::add(&mut tx, &integration).await.expect("added");
        tx.commit().await.expect("commits");
        integration
    }
}
