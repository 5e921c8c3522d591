//! Event destinations, and the outbox: what happened and what is told of it are one commit.

use std::collections::BTreeMap;
use std::time::Duration;

use linchpin_domain::id::{
    ConfigurationId, CredentialId, EventDestinationId, ProjectId, ReceivedEventId, RunId, VersionId,
};
use linchpin_domain::notice::Kind;
use linchpin_domain::run::{Fault, State as RunState};
use linchpin_domain::trigger;
use linchpin_domain::workflow::Definition;
use linchpin_store::event_deliveries::{self as deliveries, Attempt, EventDelivery, State};
use linchpin_store::event_destinations::{self, EventDestination, Target};
use linchpin_store::workflow_versions::{self, Deployment};
use linchpin_store::writer::{Append, EventRow, Intake, NewEvent, NewRun, StateChange, Taken, Writer};
use linchpin_store::{Error, configurations, credentials, enablements, notices, workflows};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Map, json};
use tokio_util::sync::CancellationToken;

use crate::accounts::{account, user};
use crate::database::{Database, each};
use crate::workflows::workflow;

pub fn destination(db: &Database, project_id: ProjectId, name: &str) -> EventDestination {
    EventDestination {
        id: EventDestinationId::fresh(&*db.clock),
        project_id,
        name: name.into(),
        target: Target::Webhook("https://example.com/events".into()),
        kinds: Vec::new(),
        workflows: Vec::new(),
        header_names: Vec::new(),
        payload: None,
        enabled: true,
        disabled_reason: None,
        failures: 0,
        paused_until: None,
        created_at: db.now(),
        updated_at: db.now(),
        subscription: None,
    }
}

async fn add(db: &Database, destination: &EventDestination) {
    let mut tx = db.begin().await;
    event_destinations::add(&mut tx, destination).await.expect("adds");
    tx.commit().await.expect("commits");
}

/// What is in a destination's outbox, oldest first.
async fn told(db: &Database, destination: &EventDestination) -> Vec<EventDelivery> {
    let mut conn = db.store.read().await.expect("reads");
    let mut all =
        deliveries::list(&mut conn, destination.project_id, destination.id, None, None, 100).await.expect("reads");
    all.reverse();
    all
}

async fn kinds(db: &Database, destination: &EventDestination) -> Vec<&'static str> {
    told(db, destination).await.iter().map(|delivery| delivery.kind.as_str()).collect()
}

#[tokio::test]
async fn a_destination_belongs_to_its_project_and_its_secret_is_sealed() {
    each(async |db| {
        let (acme, other) = (db.project("Acme").await, db.project("Other").await);
        let alerts = destination(&db, acme.id, "Alerts");
        add(&db, &alerts).await;
        let mut tx = db.begin().await;
        let twice = destination(&db, acme.id, "Alerts");
        assert!(matches!(event_destinations::add(&mut tx, &twice).await, Err(Error::Taken { .. })));
        drop(tx);
        let mut tx = db.begin().await;
        let secret = |text: &str| SecretString::from(format!("whsec-marker-{text}"));
        let soon = db.now().plus(Duration::from_hours(1));
        event_destinations::set_secret(&mut tx, acme.id, alerts.id, &secret("one"), soon).await.expect("sets");
        let read = async |tx: &mut linchpin_store::Tx, project, now| {
            event_destinations::secrets(tx, project, alerts.id, now).await.expect("reads")
        };
        let first = read(&mut tx, acme.id, db.now()).await.expect("there");
        assert_eq!(first.current.expose_secret(), "whsec-marker-one");
        assert!(first.previous.is_none());
        event_destinations::set_secret(&mut tx, acme.id, alerts.id, &secret("two"), soon).await.expect("sets");
        let both = read(&mut tx, acme.id, db.now()).await.expect("there");
        assert_eq!(both.current.expose_secret(), "whsec-marker-two");
        assert_eq!(both.previous.expect("still counts").expose_secret(), "whsec-marker-one");
        assert!(read(&mut tx, acme.id, soon).await.expect("there").previous.is_none(), "it no longer counts");
        assert!(read(&mut tx, other.id, db.now()).await.is_none());
        assert_eq!(event_destinations::find(&mut tx, other.id, alerts.id).await.expect("reads"), None);
        assert!(!event_destinations::remove(&mut tx, other.id, alerts.id).await.expect("foreign"));
        tx.commit().await.expect("commits");
        assert!(db.stored().is_none_or(|stored| !stored.contains("whsec-marker")));
        let mut tx = db.begin().await;
        assert!(event_destinations::remove(&mut tx, acme.id, alerts.id).await.expect("removes"));
    })
    .await;
}

#[tokio::test]
async fn what_happened_is_told_with_it_or_not_at_all() {
    each(async |db| {
        let (acme, other) = (db.project("Acme").await, db.project("Other").await);
        let hubspot = db.integration(acme.id, "hubspot").await;
        let sync = workflow(&db, acme.id, hubspot.id, "Sync contacts");
        let further = workflow(&db, acme.id, hubspot.id, "Further");
        let mut tx = db.begin().await;
        workflows::add(&mut tx, &sync).await.expect("adds");
        workflows::add(&mut tx, &further).await.expect("adds");
        tx.commit().await.expect("commits");
        let all = destination(&db, acme.id, "All");
        let narrow = EventDestination {
            kinds: vec![Kind::WorkflowDisabled, Kind::CredentialInvalid, Kind::WorkflowDeployed],
            workflows: vec![further.id],
            ..destination(&db, acme.id, "Narrow")
        };
        let off = EventDestination { enabled: false, ..destination(&db, acme.id, "Off") };
        let foreign = destination(&db, other.id, "Foreign");
        for one in [&all, &narrow, &off, &foreign] {
            add(&db, one).await;
        }
        let ann = user(&db, acme.id, "ann").await;
        let credential = account(&db, &ann, &hubspot, Some("main"));
        let mut tx = db.begin().await;
        credentials::add(&mut tx, &credential, None).await.expect("adds");
        let place = configurations::add_default(&mut tx, acme.id, ann.id, credential.id, Map::new(), db.now())
            .await
            .expect("adds");
        notices::about_credential(&mut tx, Kind::IntegrationConnected, &credential, json!({"again": false}))
            .await
            .expect("tells");
        tx.commit().await.expect("commits");

        let mut tx = db.begin().await;
        for (workflow, on) in [(&sync, true), (&sync, true), (&sync, false), (&further, true), (&further, false)] {
            enablements::switch(&mut tx, acme.id, ann.id, place.id, workflow.id, on).await.expect("switches");
        }
        credentials::invalidate(&mut tx, &credential, "revoked", db.now()).await.expect("marks");
        drop(tx);
        assert_eq!(kinds(&db, &all).await, ["integration.connected"], "what is not committed is not told");

        let mut tx = db.begin().await;
        for (workflow, on) in [(&sync, true), (&sync, true), (&sync, false), (&further, true), (&further, false)] {
            enablements::switch(&mut tx, acme.id, ann.id, place.id, workflow.id, on).await.expect("switches");
        }
        let stale = credentials::Credential { token_version: 0, ..credential.clone() };
        assert!(!credentials::invalidate(&mut tx, &stale, "late", db.now()).await.expect("too late"));
        assert!(credentials::invalidate(&mut tx, &credential, "revoked", db.now()).await.expect("marks"));
        let (definition, note) = (Definition::default(), Some("first".to_owned()));
        let deployment = Deployment {
            project_id: acme.id,
            workflow_id: further.id,
            definition: &definition,
            note,
            deployed_by: Some("Ann".into()),
            now: db.now(),
        };
        workflow_versions::deploy(&mut tx, deployment).await.expect("deploys");
        workflows::set_deployed(&mut tx, acme.id, further.id, None, db.now()).await.expect("undeploys");
        credentials::remove(&mut tx, acme.id, ann.id, credential.id).await.expect("removes");
        tx.commit().await.expect("commits");

        let expected = [
            "integration.connected",
            "workflow.enabled",
            "workflow.disabled",
            "workflow.enabled",
            "workflow.disabled",
            "credential.invalid",
            "workflow.deployed",
            "workflow.undeployed",
            "integration.disconnected",
        ];
        assert_eq!(kinds(&db, &all).await, expected);
        let of_narrow = told(&db, &narrow).await;
        assert_eq!(kinds(&db, &narrow).await, ["workflow.disabled", "credential.invalid", "workflow.deployed"]);
        assert_eq!(of_narrow[0].data["workflow"]["name"], "Further");
        assert_eq!(of_narrow[0].data["user"], json!({"id": ann.id, "userId": "ann"}));
        assert_eq!(of_narrow[1].data["credential"]["reason"], "revoked");
        assert_eq!(of_narrow[1].data["credential"]["label"], "Acme");
        assert_eq!(of_narrow[1].data["integration"]["type"], "hubspot");
        assert_eq!(
            (&of_narrow[2].data["workflow"]["version"], &of_narrow[2].data["workflow"]["deployedBy"]),
            (&json!(1), &json!("Ann"))
        );
        let of_all = told(&db, &all).await;
        assert_eq!(of_all[5].event_id, of_narrow[1].event_id, "one id at every destination");
        assert_eq!(told(&db, &off).await, []);
        assert_eq!(told(&db, &foreign).await, []);
    })
    .await;
}

struct Runs {
    writer: Writer,
    seqs: Vec<i64>,
    ids: Vec<RunId>,
}

/// Some runs of one user.
async fn runs(
    db: &Database,
    project_id: ProjectId,
    sync: &workflows::Workflow,
    version: VersionId,
    count: usize,
) -> Runs {
    let (writer, _) = Writer::start(db.store.clone(), CancellationToken::new()).await.expect("starts");
    let ann = user(db, project_id, "ann").await;
    let new = || NewRun {
        id: RunId::fresh(&*db.clock),
        workflow_id: sync.id,
        version_id: version,
        credential_id: CredentialId::fresh(&*db.clock),
        configuration_id: ConfigurationId::fresh(&*db.clock),
        replay_of: None,
        lines: Vec::new(),
    };
    let runs: Vec<NewRun> = (0..count).map(|_| new()).collect();
    let ids = runs.iter().map(|run| run.id).collect();
    let event = NewEvent {
        id: ReceivedEventId::fresh(&*db.clock),
        project_id,
        user_id: ann.id,
        kind: trigger::Kind::AppEvent,
        name: "Contact Created".into(),
        payload: "{}".into(),
        note: None,
        skipped: Vec::new(),
        received_at: db.now(),
    };
    let (given, seqs) = std::sync::mpsc::channel();
    let taken = writer
        .accept(Intake {
            event: EventRow::New(event),
            runs,
            project_id,
            user_id: ann.id,
            idempotency: None,
            generation: db.store.generation(),
            created_at: db.now(),
            hand_over: Box::new(move |seqs| given.send(seqs.to_vec()).expect("awaited")),
        })
        .await
        .expect("accepts");
    assert_eq!(taken, Taken::Written);
    Runs { writer, seqs: seqs.recv().expect("handed over"), ids }
}

impl Runs {
    async fn end(&self, db: &Database, which: usize, state: RunState) {
        let fault = Fault { code: "rejected".into(), message: "no \u{0} \"luck\"".into(), step: Some("create".into()) };
        let change =
            StateChange { state, steps_done: 0, wake_at: None, fault: Some(fault), started_at: None, at: db.now() };
        let append = Append { run_seq: self.seqs[which], lines: Vec::new(), change: Some(change) };
        self.writer.append(append).await.expect("written");
    }
}

#[tokio::test]
async fn a_run_that_fails_is_told_once_with_its_end() {
    each(async |db| {
        let acme = db.project("Acme").await;
        let hubspot = db.integration(acme.id, "hubspot").await;
        let sync = workflow(&db, acme.id, hubspot.id, "Sync contacts");
        let further = workflow(&db, acme.id, hubspot.id, "Further");
        let mut tx = db.begin().await;
        workflows::add(&mut tx, &sync).await.expect("adds");
        workflows::add(&mut tx, &further).await.expect("adds");
        let definition = Definition::default();
        let deployment = Deployment {
            project_id: acme.id,
            workflow_id: sync.id,
            definition: &definition,
            note: None,
            deployed_by: None,
            now: db.now(),
        };
        let version = workflow_versions::deploy(&mut tx, deployment).await.expect("deploys").id;
        tx.commit().await.expect("commits");
        let all = destination(&db, acme.id, "All");
        let failures = EventDestination { kinds: vec![Kind::RunFailed], ..destination(&db, acme.id, "Failures") };
        let others = EventDestination { workflows: vec![further.id], ..destination(&db, acme.id, "Others") };
        for one in [&all, &failures, &others] {
            add(&db, one).await;
        }
        let runs = runs(&db, acme.id, &sync, version, 4).await;
        runs.end(&db, 0, RunState::Failed).await;
        // An outcome that is written twice, and one that comes after the end.
        runs.end(&db, 0, RunState::Failed).await;
        runs.end(&db, 1, RunState::Cancelled).await;
        runs.end(&db, 1, RunState::Failed).await;
        runs.end(&db, 2, RunState::Succeeded).await;
        runs.end(&db, 3, RunState::InDoubt).await;
        db.clock.advance(Duration::from_secs(1));
        runs.end(&db, 3, RunState::InDoubt).await;
        assert_eq!(kinds(&db, &all).await, ["run.failed", "run.inDoubt", "run.inDoubt"]);
        assert_eq!(told(&db, &others).await, []);
        let one = told(&db, &failures).await;
        assert_eq!(one.len(), 1);
        assert_eq!(one[0].event_id, format!("{}-failed", runs.ids[0]));
        let data = &one[0].data;
        assert_eq!(data["run"], json!({"id": runs.ids[0], "state": "failed", "replayOf": null}));
        assert_eq!(data["workflow"], json!({"id": sync.id, "name": "Sync contacts", "version": 1}));
        assert_eq!(data["integration"], json!({"id": hubspot.id, "type": "hubspot"}));
        assert_eq!(data["user"]["userId"], "ann");
        assert_eq!(data["error"], json!({"code": "rejected", "message": "no \u{0} \"luck\"", "step": "create"}));
    })
    .await;
}

#[tokio::test]
async fn a_delivery_waits_until_it_is_due_and_is_sent_again_when_asked() {
    each(async |db| {
        let (acme, other) = (db.project("Acme").await, db.project("Other").await);
        let alerts = destination(&db, acme.id, "Alerts");
        add(&db, &alerts).await;
        let mut tx = db.begin().await;
        for n in 0..3 {
            notices::about_destination(&mut tx, acme.id, json!({"n": n})).await.expect("tells");
        }
        tx.commit().await.expect("commits");
        let due = async |project| {
            let mut conn = db.store.read().await.expect("reads");
            deliveries::due(&mut conn, project, alerts.id, db.now(), 10).await.expect("reads")
        };
        let waiting = async || {
            let mut conn = db.store.read().await.expect("reads");
            event_destinations::waiting(&mut conn, db.now()).await.expect("reads").len()
        };
        let found = due(acme.id).await;
        assert_eq!((found.len(), due(other.id).await.len(), waiting().await), (3, 0, 1));
        let attempt = |error: Option<&str>| Attempt {
            at: db.now(),
            status: Some(if error.is_some() { 500 } else { 200 }),
            answer: Some("hm".into()),
            error: error.map(str::to_owned),
            duration_ms: 7,
        };
        let later = db.now().plus(Duration::from_secs(10));
        let mut tx = db.begin().await;
        deliveries::record(&mut tx, &found[0], &attempt(Some("no")), State::Pending, Some(later)).await.expect("notes");
        deliveries::record(&mut tx, &found[1], &attempt(None), State::Delivered, None).await.expect("notes");
        tx.commit().await.expect("commits");
        assert_eq!(due(acme.id).await.iter().map(|one| one.data["destination"]["n"].clone()).collect::<Vec<_>>(), [2]);
        db.clock.advance(Duration::from_secs(10));
        let again = due(acme.id).await;
        assert_eq!(again.len(), 2);
        let first = again.iter().find(|one| one.seq == found[0].seq).expect("due again");
        assert_eq!((first.attempts, first.last.as_ref().and_then(|last| last.status)), (1, Some(500)));

        let mut tx = db.begin().await;
        let paused = Some(db.now().plus(Duration::from_secs(5)));
        event_destinations::set_health(&mut tx, acme.id, alerts.id, 3, paused).await.expect("sets");
        tx.commit().await.expect("commits");
        assert_eq!(waiting().await, 0, "it is left alone");
        let mut tx = db.begin().await;
        assert!(event_destinations::disable(&mut tx, acme.id, alerts.id, "too often").await.expect("disables"));
        assert!(!event_destinations::disable(&mut tx, acme.id, alerts.id, "too often").await.expect("once"));
        assert_eq!(deliveries::drop_pending(&mut tx, acme.id, alerts.id, "disabled").await.expect("drops"), 2);
        tx.commit().await.expect("commits");
        let states: Vec<_> = told(&db, &alerts).await.iter().map(|one| one.state).collect();
        assert_eq!(states, [State::Dropped, State::Delivered, State::Dropped]);

        let mut tx = db.begin().await;
        deliveries::redeliver(&mut tx, &found[1], db.now()).await.expect("asks");
        tx.commit().await.expect("commits");
        let once_more = due(acme.id).await;
        assert_eq!((once_more.len(), once_more[0].seq, once_more[0].attempts), (1, found[1].seq, 0));
        let mut tx = db.begin().await;
        let seqs = [found[1].seq, found[2].seq];
        deliveries::record_all(&mut tx, acme.id, alerts.id, &seqs, &attempt(None), State::Delivered)
            .await
            .expect("notes");
        tx.commit().await.expect("commits");
        assert_eq!(due(acme.id).await, []);
        db.clock.advance(Duration::from_hours(1));
        assert_eq!(deliveries::remove_older(&db.store, db.now()).await.expect("removes"), 3);
        assert_eq!(told(&db, &alerts).await, []);
    })
    .await;
}

#[tokio::test]
async fn headers_are_sealed_and_known_by_their_names() {
    each(async |db| {
        let acme = db.project("Acme").await;
        let hook = destination(&db, acme.id, "On-call");
        add(&db, &hook).await;
        let headers = BTreeMap::from([("authorization".to_owned(), SecretString::from("Bearer hush-hush"))]);
        let mut tx = db.begin().await;
        event_destinations::set_headers(&mut tx, acme.id, hook.id, &headers).await.expect("sets");
        tx.commit().await.expect("commits");
        let mut conn = db.store.read().await.expect("reads");
        let found = event_destinations::find(&mut conn, acme.id, hook.id).await.expect("reads").expect("found");
        assert_eq!(found.header_names, ["authorization"]);
        let opened = event_destinations::headers(&mut conn, acme.id, hook.id).await.expect("opens");
        assert_eq!(opened["authorization"].expose_secret(), "Bearer hush-hush");
        drop(conn);
        assert!(db.stored().is_none_or(|stored| !stored.contains("hush-hush")));

        let mut tx = db.begin().await;
        event_destinations::set_headers(&mut tx, acme.id, hook.id, &BTreeMap::new()).await.expect("sets");
        assert!(event_destinations::headers(&mut tx, acme.id, hook.id).await.expect("opens").is_empty());
    })
    .await;
}
