//! What starts runs without an event of a user: whom it is for, and that it happens once.

use std::time::Duration;

use linchpin_domain::id::{
    ConfigurationId, ConnectedUserId, CredentialId, ProjectId, ReceivedEventId, RunId, VersionId, WorkflowId,
};
use linchpin_domain::trigger::Kind;
use linchpin_domain::workflow::Definition;
use linchpin_store::audience::{self, NotBegun};
use linchpin_store::configurations::{self, Configuration};
use linchpin_store::connected_users;
use linchpin_store::credentials::{self, Credential, Status};
use linchpin_store::enablements;
use linchpin_store::integrations::Integration;
use linchpin_store::workflow_versions::{self, Deployment};
use linchpin_store::writer::{EventRow, Idempotency, Intake, NewEvent, NewRun, Taken, Writer};
use linchpin_store::{idempotency_keys, received_events, routing, runs, schedule_marks, workflows};
use serde_json::{Map, json};
use tokio_util::sync::CancellationToken;

use crate::database::{Database, each};
use crate::workflows::workflow;

/// A user with an account and its default configuration, with a workflow on.
async fn account(
    db: &Database,
    integration: &Integration,
    workflow_id: WorkflowId,
    name: &str,
    status: Status,
) -> (ConnectedUserId, CredentialId, ConfigurationId) {
    let project_id = integration.project_id;
    let mut tx = db.begin().await;
    let user = connected_users::meet(&mut tx, project_id, name, db.now()).await.expect("met");
    let credential = Credential {
        id: CredentialId::fresh(&*db.clock),
        project_id,
        user_id: user.id,
        integration_id: integration.id,
        external_id: None,
        status,
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
    };
    credentials::add(&mut tx, &credential, None).await.expect("adds");
    let configuration: Configuration =
        configurations::add_default(&mut tx, project_id, user.id, credential.id, Map::new(), db.now())
            .await
            .expect("adds");
    enablements::switch(&mut tx, project_id, user.id, configuration.id, workflow_id, true).await.expect("switches");
    tx.commit().await.expect("commits");
    (user.id, credential.id, configuration.id)
}

struct Started {
    project_id: ProjectId,
    workflow_id: WorkflowId,
    user_id: ConnectedUserId,
    credential_id: CredentialId,
    configuration_id: ConfigurationId,
}

/// One intake of a schedule's moment.
fn intake(db: &Database, of: &Started, idempotency: Idempotency) -> Intake {
    Intake {
        event: EventRow::New(NewEvent {
            id: ReceivedEventId::fresh(&*db.clock),
            project_id: of.project_id,
            user_id: of.user_id,
            kind: Kind::Schedule,
            name: "Schedule".into(),
            payload: "{}".into(),
            note: None,
            skipped: Vec::new(),
            received_at: db.now(),
        }),
        runs: vec![NewRun {
            id: RunId::fresh(&*db.clock),
            workflow_id: of.workflow_id,
            version_id: VersionId::fresh(&*db.clock),
            credential_id: of.credential_id,
            configuration_id: of.configuration_id,
            replay_of: None,
            lines: Vec::new(),
        }],
        project_id: of.project_id,
        user_id: of.user_id,
        idempotency: Some(idempotency),
        generation: db.store.generation(),
        created_at: db.now(),
        hand_over: Box::new(|_| {}),
    }
}

#[tokio::test]
async fn a_workflow_is_for_working_accounts_of_users_who_have_it_on_in_pages() {
    each(async |db| {
        let (acme, other) = (db.project("Acme").await, db.project("Other").await);
        let hubspot = db.integration(acme.id, "hubspot").await;
        let daily = workflow(&db, acme.id, hubspot.id, "Daily");
        let mut tx = db.begin().await;
        workflows::add(&mut tx, &daily).await.expect("adds");
        tx.commit().await.expect("commits");
        let mut expected = Vec::new();
        for name in ["ann", "bob", "cleo"] {
            expected.push(account(&db, &hubspot, daily.id, name, Status::Valid).await);
        }
        account(&db, &hubspot, daily.id, "invalid", Status::Invalid).await;
        let off = account(&db, &hubspot, daily.id, "off", Status::Valid).await;
        let disabled = account(&db, &hubspot, daily.id, "disabled", Status::Valid).await;
        let mut tx = db.begin().await;
        enablements::switch(&mut tx, acme.id, off.0, off.2, daily.id, false).await.expect("switches");
        connected_users::set_disabled(&mut tx, acme.id, disabled.0, true).await.expect("disables");
        let zone = Map::from_iter([("zone".to_owned(), json!("Asia/Tokyo"))]);
        connected_users::merge_metadata(&mut tx, acme.id, expected[0].0, &zone).await.expect("merges");
        tx.commit().await.expect("commits");

        let mut conn = db.store.read().await.expect("reads");
        let (mut found, mut after) = (Vec::new(), None);
        loop {
            let page = audience::enabled(&mut conn, acme.id, daily.id, after, 2).await.expect("reads");
            let Some(last) = page.last() else { break };
            after = Some(last.configuration_id);
            assert!(page.len() <= 2);
            found.extend(page);
        }
        let ann = found.iter().find(|place| place.user_id == expected[0].0).expect("there");
        assert_eq!((ann.external_id.as_str(), &ann.metadata), ("ann", &json!({"zone": "Asia/Tokyo"})));
        let mut found: Vec<_> =
            found.iter().map(|place| (place.user_id, place.credential_id, place.configuration_id)).collect();
        found.sort_by_key(|place| place.0);
        expected.sort_by_key(|place| place.0);
        assert_eq!(found, expected);
        assert_eq!(audience::enabled(&mut conn, other.id, daily.id, None, 9).await.expect("reads"), []);
        let routed = routing::user(&mut conn, acme.id, off.0).await.expect("reads").expect("there");
        let configuration = &routed.credentials[0].configurations[0];
        assert_eq!((configuration.enabled.len(), &configuration.switched_off), (0, &vec![daily.id]));
    })
    .await;
}

#[tokio::test]
async fn what_is_started_with_a_key_of_our_own_is_started_once_and_remembered_as_long_as_it_says() {
    each(async |db| {
        let acme = db.project("Acme").await;
        let hubspot = db.integration(acme.id, "hubspot").await;
        let begin = workflow(&db, acme.id, hubspot.id, "Begin");
        let mut tx = db.begin().await;
        workflows::add(&mut tx, &begin).await.expect("adds");
        tx.commit().await.expect("commits");
        let old = db.now();
        let ann = account(&db, &hubspot, begin.id, "ann", Status::Valid).await;
        db.clock.advance(Duration::from_secs(10));
        let since = db.now();
        let bob = account(&db, &hubspot, begin.id, "bob", Status::Valid).await;
        let off = account(&db, &hubspot, begin.id, "off", Status::Valid).await;
        account(&db, &hubspot, begin.id, "invalid", Status::Invalid).await;
        let mut tx = db.begin().await;
        enablements::switch(&mut tx, acme.id, off.0, off.2, begin.id, false).await.expect("switches");
        tx.commit().await.expect("commits");
        let wanted = NotBegun {
            project_id: acme.id,
            integration_id: hubspot.id,
            workflow_id: begin.id,
            user_id: None,
            since,
            key: "begin/".into(),
        };
        let list = async |wanted: &NotBegun| {
            let mut conn = db.store.read().await.expect("reads");
            let found = audience::not_begun(&mut conn, wanted, None, 10).await.expect("reads");
            found.into_iter().map(|place| place.configuration_id).collect::<Vec<_>>()
        };
        assert_eq!(list(&wanted).await, [bob.2]);
        let of_ann = NotBegun { user_id: Some(ann.0), since: old, ..wanted.clone() };
        assert_eq!(list(&of_ann).await, [ann.2]);

        let stop = CancellationToken::new();
        let (writer, task) = Writer::start(db.store.clone(), stop.clone()).await.expect("starts");
        let (project_id, workflow_id) = (acme.id, begin.id);
        let started =
            Started { project_id, workflow_id, user_id: bob.0, credential_id: bob.1, configuration_id: bob.2 };
        let key = || Idempotency::own(&format!("begin/{}", bob.2), db.now().plus(Duration::from_hours(48)));
        let (first, second) = (intake(&db, &started, key()), intake(&db, &started, key()));
        let EventRow::New(event) = &first.event else { panic!("a new event") };
        let id = event.id;
        let (first, second) = tokio::join!(writer.accept(first), writer.accept(second));
        assert_eq!((first.expect("written"), second.expect("read")), (Taken::Written, Taken::Repeated(id)));
        assert_eq!(writer.accept(intake(&db, &started, key())).await.expect("read"), Taken::Repeated(id));
        assert_eq!(list(&wanted).await, Vec::<ConfigurationId>::new());

        let mut conn = db.store.read().await.expect("reads");
        let found = runs::list(&mut conn, acme.id, &runs::Filter::default(), None, 10).await.expect("lists");
        assert_eq!(found.iter().map(|listed| listed.event_kind).collect::<Vec<_>>(), [Some(Kind::Schedule)]);
        let list = async |conn: &mut linchpin_store::Conn, kind| {
            received_events::list(conn, acme.id, received_events::Filter { kind, ..Default::default() }, None, 10)
                .await
                .expect("lists")
                .len()
        };
        assert_eq!(list(&mut conn, None).await, 1);
        assert_eq!(list(&mut conn, Some(Kind::Schedule)).await, 1);
        assert_eq!(list(&mut conn, Some(Kind::AppEvent)).await, 0);
        assert!(received_events::names(&mut conn, acme.id).await.expect("lists").is_empty());
        assert!(!received_events::any_of_user(&mut conn, acme.id, bob.0).await.expect("reads"));
        drop(conn);

        db.clock.advance(Duration::from_hours(47));
        assert_eq!(idempotency_keys::remove_expired(&db.store, db.now()).await.expect("removes"), 0);
        db.clock.advance(Duration::from_hours(2));
        assert_eq!(idempotency_keys::remove_expired(&db.store, db.now()).await.expect("removes"), 1);
        stop.cancel();
        task.await.expect("ends");
    })
    .await;
}

#[tokio::test]
async fn marks_of_schedules_are_set_read_and_removed_by_project() {
    each(async |db| {
        let (acme, other) = (db.project("Acme").await, db.project("Other").await);
        let hubspot = db.integration(acme.id, "hubspot").await;
        let daily = workflow(&db, acme.id, hubspot.id, "Daily");
        let mut tx = db.begin().await;
        workflows::add(&mut tx, &daily).await.expect("adds");
        let later = db.now().plus(Duration::from_secs(5));
        for (zone, at) in [("UTC", db.now()), ("UTC", later), ("Asia/Tokyo", db.now())] {
            schedule_marks::set(&mut tx, acme.id, daily.id, zone, at).await.expect("sets");
        }
        let marks = schedule_marks::list(&mut tx, acme.id).await.expect("lists");
        assert_eq!(marks.len(), 2);
        assert_eq!(marks[&(daily.id, "UTC".to_owned())], later);
        assert!(schedule_marks::list(&mut tx, other.id).await.expect("lists").is_empty());
        schedule_marks::remove(&mut tx, other.id, daily.id, None).await.expect("foreign");
        schedule_marks::remove(&mut tx, acme.id, daily.id, Some("Asia/Tokyo")).await.expect("removes");
        assert_eq!(schedule_marks::list(&mut tx, acme.id).await.expect("lists").len(), 1);
        schedule_marks::remove(&mut tx, acme.id, daily.id, None).await.expect("removes");
        assert!(schedule_marks::list(&mut tx, acme.id).await.expect("lists").is_empty());
    })
    .await;
}

#[tokio::test]
async fn a_project_is_routed_with_the_times_of_its_deployments_and_the_settings() {
    each(async |db| {
        let acme = db.project("Acme").await;
        let hubspot = db.integration(acme.id, "hubspot").await;
        let mut begin = workflow(&db, acme.id, hubspot.id, "Begin");
        begin.settings = vec![
            serde_json::from_value(json!({"id": "list", "title": "List", "type": "TEXT_NO_VARS"})).expect("a setting"),
        ];
        let plain = workflow(&db, acme.id, hubspot.id, "Plain");
        let of = |trigger| -> Definition {
            serde_json::from_value(json!({"trigger": trigger, "steps": []})).expect("a definition")
        };
        let (onboarding, named) =
            (of(json!({"integrationEnabled": {}})), of(json!({"appEvent": "\"integrationEnabled\""})));
        let first = db.now();
        let mut tx = db.begin().await;
        workflows::add(&mut tx, &begin).await.expect("adds");
        workflows::add(&mut tx, &plain).await.expect("adds");
        for (workflow_id, definition) in [(begin.id, &named), (begin.id, &onboarding), (plain.id, &named)] {
            let deployment = Deployment {
                project_id: acme.id,
                workflow_id,
                definition,
                note: None,
                deployed_by: None,
                now: db.now(),
            };
            workflow_versions::deploy(&mut tx, deployment).await.expect("deploys");
            db.clock.advance(Duration::from_secs(5));
        }
        tx.commit().await.expect("commits");
        let mut conn = db.store.read().await.expect("reads");
        let hidden = workflow_versions::onboarding(&mut conn, acme.id).await.expect("reads");
        assert_eq!(hidden.into_iter().collect::<Vec<_>>(), [begin.id]);
        let routed = routing::project(&mut conn, acme.id).await.expect("reads");
        let deployed = routed.deployed.iter().find(|one| one.workflow_id == begin.id).expect("deployed");
        assert_eq!(deployed.first_deployed_at, first);
        assert_eq!(deployed.deployed_at, first.plus(Duration::from_secs(5)));
        assert_eq!(deployed.settings, begin.settings);
    })
    .await;
}
