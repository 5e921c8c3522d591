use std::time::Duration;

use linchpin_domain::id::{IntegrationId, ProjectId, WorkflowId};
use linchpin_domain::workflow::Definition;
use linchpin_store::workflow_versions::{self, Deployment};
use linchpin_store::workflows::{self, Workflow};
use linchpin_store::{Change, Error};
use serde_json::json;

use crate::database::{Database, each};

pub fn workflow(db: &Database, project_id: ProjectId, integration_id: IntegrationId, name: &str) -> Workflow {
    Workflow {
        id: WorkflowId::fresh(&*db.clock),
        project_id,
        integration_id,
        name: name.into(),
        description: String::new(),
        position: 0,
        hidden: false,
        default_enabled: false,
        settings: Vec::new(),
        draft: Definition::default(),
        draft_revision: 1,
        deployed_version_id: None,
        created_at: db.now(),
        updated_at: db.now(),
    }
}

fn definition(step: &str) -> Definition {
    serde_json::from_value(
        json!({"trigger": {"appEvent": "Contact Created"}, "steps": [{"key": step, "action": "contacts.create"}]}),
    )
    .expect("a definition")
}

#[tokio::test]
async fn a_draft_is_saved_only_over_the_revision_that_was_edited() {
    each(async |db| {
        let (acme, other) = (db.project("Acme").await, db.project("Other").await);
        let hubspot = db.integration(acme.id, "hubspot").await;
        let sync = workflow(&db, acme.id, hubspot.id, "Sync contacts");
        let mut tx = db.begin().await;
        workflows::add(&mut tx, &sync).await.expect("adds");
        db.clock.advance(Duration::from_secs(1));
        let save = async |tx: &mut linchpin_store::Tx, project, revision, step| {
            workflows::save_draft(tx, project, sync.id, revision, &definition(step), db.now()).await.expect("saves")
        };
        assert_eq!(save(&mut tx, acme.id, 1, "first").await, Some(2));
        assert_eq!(save(&mut tx, acme.id, 1, "late").await, None);
        assert_eq!(save(&mut tx, other.id, 2, "foreign").await, None);
        let found = workflows::find(&mut tx, acme.id, sync.id).await.expect("reads").expect("there");
        assert_eq!(found.draft, definition("first"));
        assert_eq!((found.draft_revision, found.updated_at), (2, db.now()));
        assert_eq!(workflows::find(&mut tx, other.id, sync.id).await.expect("reads"), None);
        let twice = workflow(&db, acme.id, hubspot.id, "Sync contacts");
        assert!(matches!(workflows::add(&mut tx, &twice).await, Err(Error::Taken { .. })));
    })
    .await;
}

#[tokio::test]
async fn each_deployment_is_a_version_with_the_next_number() {
    each(async |db| {
        let (acme, other) = (db.project("Acme").await, db.project("Other").await);
        let hubspot = db.integration(acme.id, "hubspot").await;
        let mut sync = workflow(&db, acme.id, hubspot.id, "Sync contacts");
        let second = workflow(&db, acme.id, hubspot.id, "Another");
        let mut tx = db.begin().await;
        workflows::add(&mut tx, &sync).await.expect("adds");
        workflows::add(&mut tx, &second).await.expect("adds");
        tx.commit().await.expect("commits");
        let mut changes = db.store.changes();
        let (first_definition, second_definition) = (definition("one"), definition("two"));
        let mut tx = db.begin().await;
        for (workflow, definition, number) in
            [(&sync, &first_definition, 1), (&second, &first_definition, 1), (&sync, &second_definition, 2)]
        {
            let deployment = Deployment {
                project_id: acme.id,
                workflow_id: workflow.id,
                definition,
                note: Some("a note".into()),
                deployed_by: None,
                now: db.now(),
            };
            let version = workflow_versions::deploy(&mut tx, deployment).await.expect("deploys");
            assert_eq!(version.number, number);
        }
        tx.commit().await.expect("commits");
        assert_eq!(changes.recv().await.expect("announced"), Change::Project(acme.id));

        let mut tx = db.begin().await;
        let found = workflows::find(&mut tx, acme.id, sync.id).await.expect("reads").expect("there");
        let versions = workflow_versions::list(&mut tx, acme.id, sync.id).await.expect("reads");
        assert_eq!(versions.iter().map(|version| version.number).collect::<Vec<_>>(), [2, 1]);
        assert_eq!(found.deployed_version_id, Some(versions[0].id));
        assert_eq!(versions[1].definition, first_definition, "the older version stays as it was");
        assert_eq!(workflow_versions::list_deployed(&mut tx, acme.id).await.expect("reads").len(), 2);
        assert_eq!(workflow_versions::find(&mut tx, other.id, versions[0].id).await.expect("reads"), None);

        workflows::set_deployed(&mut tx, acme.id, sync.id, None, db.now()).await.expect("undeploys");
        assert_eq!(workflow_versions::list_deployed(&mut tx, acme.id).await.expect("reads").len(), 1);
        sync.position = 5;
        sync.hidden = true;
        workflows::update(&mut tx, &sync).await.expect("updates");
        let listed = workflows::list(&mut tx, acme.id, Some(hubspot.id)).await.expect("reads");
        assert_eq!(listed.iter().map(|one| one.name.as_str()).collect::<Vec<_>>(), ["Another", "Sync contacts"]);
        assert!(listed[1].hidden && listed[1].deployed_version_id.is_none());
        assert!(!workflows::remove(&mut tx, other.id, sync.id).await.expect("foreign"));
        assert!(workflows::remove(&mut tx, acme.id, sync.id).await.expect("removes"));
        assert_eq!(workflow_versions::list(&mut tx, acme.id, sync.id).await.expect("reads"), []);
    })
    .await;
}
