use std::time::Duration;

use linchpin_domain::condition::Conditions;
use linchpin_domain::id::{ConnectedUserId, CredentialId, IntegrationId, ProjectId, WorkflowId};
use linchpin_domain::workflow::Definition;
use linchpin_store::workflow_versions::{self, Deployment, Kind};
use linchpin_store::workflows::{self, Workflow};
use linchpin_store::{Change, Error, configurations, connected_users, credentials, enablements};
use serde_json::{Map, json};

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
        permissions: None,
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

        let kept = Deployment {
            project_id: acme.id,
            workflow_id: sync.id,
            definition: &definition("three"),
            note: None,
            deployed_by: Some("Ann".into()),
            now: db.now(),
        };
        let kept = workflow_versions::keep(&mut tx, kept, Kind::Saved).await.expect("keeps");
        assert_eq!((kept.number, kept.kind), (3, Kind::Saved));
        let found = workflow_versions::find_number(&mut tx, acme.id, sync.id, 3).await.expect("reads");
        assert_eq!(found, Some(kept));
        assert_eq!(workflow_versions::find_number(&mut tx, other.id, sync.id, 3).await.expect("reads"), None);
        let running = workflows::find(&mut tx, acme.id, sync.id).await.expect("reads").expect("there");
        assert_eq!(running.deployed_version_id, Some(versions[0].id), "what runs stays");

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

/// Users of the plan `pro`.
fn pro() -> Conditions {
    serde_json::from_value(json!({"any": [{"all": [
        {"left": "{{ user.metadata.plan }}", "operator": "$stringExactlyMatches", "right": "pro"},
    ]}]}))
    .expect("conditions")
}

#[tokio::test]
async fn users_lose_a_workflow_that_they_are_not_permitted() {
    each(async |db| {
        let acme = db.project("Acme").await;
        let hubspot = db.integration(acme.id, "hubspot").await;
        let plan = |plan: &str| Map::from_iter([("plan".to_owned(), plan.into())]);
        let mut tx = db.begin().await;
        let mut sync = Workflow { default_enabled: true, ..workflow(&db, acme.id, hubspot.id, "Sync contacts") };
        let free = Workflow { default_enabled: true, ..workflow(&db, acme.id, hubspot.id, "For everybody") };
        workflows::add(&mut tx, &sync).await.expect("adds");
        workflows::add(&mut tx, &free).await.expect("adds");
        let mut users = Vec::new();
        for (name, on) in [("ann", "pro"), ("bob", "free")] {
            let user = connected_users::meet(&mut tx, acme.id, name, db.now()).await.expect("meets");
            connected_users::set_metadata(&mut tx, acme.id, user.id, &plan(on)).await.expect("sets");
            let credential = account(&db, acme.id, user.id, hubspot.id);
            credentials::add(&mut tx, &credential, None).await.expect("adds");
            let configuration =
                configurations::add_default(&mut tx, acme.id, user.id, credential.id, Map::new(), db.now())
                    .await
                    .expect("adds");
            enablements::switch_defaults_on(&mut tx, acme.id, user.id, configuration.id, hubspot.id).await.expect("on");
            users.push((user.id, configuration.id));
        }
        tx.commit().await.expect("commits");

        let mut changes = db.store.changes();
        let mut tx = db.begin().await;
        sync.permissions = Some(pro());
        workflows::update(&mut tx, &sync).await.expect("updates");
        assert_eq!(workflows::find(&mut tx, acme.id, sync.id).await.expect("reads").as_ref(), Some(&sync));
        tx.commit().await.expect("commits");
        let on = async || {
            let mut conn = db.store.read().await.expect("reads");
            let on = workflows::users_enabled(&mut conn, acme.id).await.expect("counts");
            (on.get(&sync.id).copied(), on.get(&free.id).copied())
        };
        assert_eq!(on().await, (Some(1), Some(2)), "bob loses the one that he may not have");
        assert_eq!(changes.recv().await.expect("announced"), Change::Project(acme.id));
        assert_eq!(changes.recv().await.expect("announced"), Change::User(acme.id, users[1].0));

        let mut tx = db.begin().await;
        connected_users::set_metadata(&mut tx, acme.id, users[0].0, &plan("gold")).await.expect("sets");
        let gold = serde_json::to_string(&pro()).expect("JSON").replace("\"pro\"", "\"gold\"");
        let renamed = Workflow { permissions: Some(serde_json::from_str(&gold).expect("conditions")), ..sync.clone() };
        workflows::update(&mut tx, &renamed).await.expect("updates");
        tx.commit().await.expect("commits");
        assert_eq!(on().await, (Some(1), Some(2)), "what counts is the end of the transaction, on both sides");

        let mut tx = db.begin().await;
        connected_users::set_metadata(&mut tx, acme.id, users[0].0, &plan("free")).await.expect("sets");
        connected_users::set_metadata(&mut tx, acme.id, users[1].0, &plan("gold")).await.expect("sets");
        tx.commit().await.expect("commits");
        assert_eq!(on().await, (None, Some(2)), "and nobody gets it unasked");

        let mut tx = db.begin().await;
        let third = connected_users::meet(&mut tx, acme.id, "eve", db.now()).await.expect("meets");
        let credential = account(&db, acme.id, third.id, hubspot.id);
        credentials::add(&mut tx, &credential, None).await.expect("adds");
        let configuration =
            configurations::add_default(&mut tx, acme.id, third.id, credential.id, Map::new(), db.now())
                .await
                .expect("adds");
        enablements::switch_defaults_on(&mut tx, acme.id, third.id, configuration.id, hubspot.id).await.expect("on");
        let on = enablements::list_of_user(&mut tx, acme.id, third.id).await.expect("reads");
        assert_eq!(on.iter().map(|one| one.workflow_id).collect::<Vec<_>>(), [free.id]);
    })
    .await;
}

fn account(
    db: &Database,
    project_id: ProjectId,
    user_id: ConnectedUserId,
    integration_id: IntegrationId,
) -> credentials::Credential {
    credentials::Credential {
        id: CredentialId::fresh(&*db.clock),
        project_id,
        user_id,
        integration_id,
        external_id: None,
        status: credentials::Status::Valid,
        status_reason: None,
        provider_id: None,
        provider_data: Map::new(),
        scopes: Vec::new(),
        expires_at: None,
        token_version: 1,
        refresh_failures: 0,
        refreshed_at: None,
        created_at: db.now(),
        updated_at: db.now(),
    }
}
