//! Task History's questions: each filter finds what it says, page by page, and an index answers it.

use std::time::Duration;

use linchpin_domain::Timestamp;
use linchpin_domain::id::{
    ConfigurationId, ConnectedUserId, CredentialId, ProjectId, ReceivedEventId, RunId, VersionId, WorkflowId,
};
use linchpin_domain::run::State;
use linchpin_store::runs::{self, Filter};
use linchpin_store::writer::{Append, EventRow, Intake, NewEvent, NewRun, StateChange, Taken, Writer};
use linchpin_store::{Conn, received_events};
use tokio_util::sync::CancellationToken;

use crate::database::{Database, each};

/// Records an event with one run.
async fn take(db: &Database, writer: &Writer, of: Of, payload: &str) -> RunId {
    take_many(db, writer, of, payload, 1).await
}

/// Whose runs: project, connected user, workflow.
type Of = (ProjectId, ConnectedUserId, WorkflowId);

/// Records an event with many runs; answers the last one.
async fn take_many(db: &Database, writer: &Writer, of: Of, payload: &str, count: usize) -> RunId {
    let (project_id, user_id, workflow_id) = of;
    let event = NewEvent {
        id: ReceivedEventId::fresh(&*db.clock),
        project_id,
        user_id,
        name: "Contact Created".into(),
        payload: payload.into(),
        note: None,
        skipped: Vec::new(),
        received_at: db.now(),
        kind: linchpin_domain::trigger::Kind::AppEvent,
    };
    let run = || NewRun {
        id: RunId::fresh(&*db.clock),
        workflow_id,
        version_id: VersionId::fresh(&*db.clock),
        credential_id: CredentialId::fresh(&*db.clock),
        configuration_id: ConfigurationId::fresh(&*db.clock),
        replay_of: None,
        lines: Vec::new(),
    };
    let runs: Vec<NewRun> = std::iter::repeat_with(run).take(count).collect();
    let id = runs.last().expect("at least one").id;
    let taken = writer
        .accept(Intake {
            event: EventRow::New(event),
            runs,
            project_id,
            user_id,
            idempotency: None,
            generation: db.store.generation(),
            created_at: db.now(),
            hand_over: Box::new(|_| {}),
        })
        .await
        .expect("accepts");
    assert_eq!(taken, Taken::Written);
    id
}

async fn ids(conn: &mut Conn, project_id: ProjectId, filter: &Filter) -> Vec<RunId> {
    let found = runs::search(conn, project_id, filter, None, 50).await.expect("searches");
    assert_eq!(found.next, None);
    found.runs.iter().map(|listed| listed.run.id).collect()
}

#[tokio::test]
async fn every_filter_finds_what_it_says_and_nothing_of_another_project() {
    each(async |db| {
        let (acme, other) = (db.project("Acme").await.id, db.project("Other").await.id);
        let (writer, _worker) = Writer::start(db.store.clone(), CancellationToken::new()).await.expect("starts");
        let (ann, bob) = (ConnectedUserId::fresh(&*db.clock), ConnectedUserId::fresh(&*db.clock));
        let (sync, route) = (WorkflowId::fresh(&*db.clock), WorkflowId::fresh(&*db.clock));
        let first = take(&db, &writer, (acme, ann, sync), r#"{"email":"Buddha@example.com"}"#).await;
        db.clock.advance(Duration::from_hours(1));
        let middle = db.now();
        let second = take(&db, &writer, (acme, ann, route), r#"{"email":"100%_sure@example.com"}"#).await;
        let third = take(&db, &writer, (acme, bob, sync), "{}").await;
        take(&db, &writer, (other, ann, sync), r#"{"email":"buddha@example.com"}"#).await;

        let mut conn = db.store.read().await.expect("reads");
        let all = Filter::default();
        assert_eq!(ids(&mut conn, acme, &all).await, [third, second, first]);
        for (filter, expected) in [
            (Filter { user_id: Some(ann), ..all.clone() }, vec![second, first]),
            (Filter { workflow_id: Some(sync), ..all.clone() }, vec![third, first]),
            (Filter { user_id: Some(bob), workflow_id: Some(route), ..all.clone() }, vec![]),
            (Filter { text: Some(" buddha@EXAMPLE ".into()), ..all.clone() }, vec![first]),
            (Filter { text: Some("100%_s".into()), ..all.clone() }, vec![second]),
            (Filter { text: Some(third.to_string()), ..all.clone() }, vec![third]),
            (Filter { event: Some("Contact Created".into()), ..all.clone() }, vec![third, second, first]),
            (Filter { event: Some("contact created".into()), ..all.clone() }, vec![]),
            (Filter { after: Some(middle), ..all.clone() }, vec![third, second]),
            (Filter { before: Some(middle), ..all.clone() }, vec![first]),
            (Filter { states: vec![State::Queued], ..all.clone() }, vec![third, second, first]),
            (Filter { states: vec![State::Failed], ..all.clone() }, vec![]),
        ] {
            assert_eq!(ids(&mut conn, acme, &filter).await, expected, "{filter:?}");
            let count = runs::count(&mut conn, acme, &filter, None).await.expect("counts");
            assert_eq!(count as usize, expected.len(), "{filter:?}");
        }

        let page = runs::search(&mut conn, acme, &all, None, 2).await.expect("searches");
        assert_eq!(page.runs.len(), 2);
        let rest = runs::search(&mut conn, acme, &all, page.next, 2).await.expect("searches");
        assert_eq!(rest.runs.iter().map(|listed| listed.run.id).collect::<Vec<_>>(), [first]);
        assert_eq!(rest.next, None);
        let unused = received_events::Filter { unused: true, ..Default::default() };
        assert!(received_events::list(&mut conn, acme, unused, None, 10).await.expect("lists").is_empty());
    })
    .await;
}

#[tokio::test]
async fn a_queued_run_knows_who_goes_before_it_and_when_the_last_ones_began() {
    each(async |db| {
        let acme = db.project("Acme").await.id;
        let (writer, _worker) = Writer::start(db.store.clone(), CancellationToken::new()).await.expect("starts");
        let (ann, bob) = (ConnectedUserId::fresh(&*db.clock), ConnectedUserId::fresh(&*db.clock));
        let workflow = WorkflowId::fresh(&*db.clock);
        let mut began = Vec::new();
        for _ in 0..22 {
            let id = take(&db, &writer, (acme, ann, workflow), "{}").await;
            let mut conn = db.store.read().await.expect("reads");
            let seq = runs::find(&mut conn, acme, id).await.expect("reads").expect("is there").run.seq;
            db.clock.advance(Duration::from_secs(2));
            began.push(db.now());
            let change = StateChange {
                state: State::Succeeded,
                steps_done: 1,
                wake_at: None,
                fault: None,
                started_at: Some(db.now()),
                at: db.now(),
            };
            writer.append(Append { run_seq: seq, lines: Vec::new(), change: Some(change) }).await.expect("appends");
        }
        take_many(&db, &writer, (acme, ann, workflow), "{}", 3).await;
        take(&db, &writer, (acme, bob, workflow), "{}").await;
        let last = take(&db, &writer, (acme, ann, workflow), "{}").await;
        let mut conn = db.store.read().await.expect("reads");
        let run = runs::find(&mut conn, acme, last).await.expect("reads").expect("is there").run;
        let place = runs::queue::place(&mut conn, &run).await.expect("reads");
        began.reverse();
        assert_eq!((place.ahead, &place.began[..]), (3, &began[..20]));
    })
    .await;
}

#[tokio::test]
async fn a_search_without_an_index_stops_and_goes_on_where_it_stopped() {
    each(async |db| {
        let acme = db.project("Acme").await.id;
        let (writer, _worker) = Writer::start(db.store.clone(), CancellationToken::new()).await.expect("starts");
        let of = (acme, ConnectedUserId::fresh(&*db.clock), WorkflowId::fresh(&*db.clock));
        let needle = take(&db, &writer, of, r#"{"email":"needle@example.com"}"#).await;
        for _ in 0..21 {
            take_many(&db, &writer, of, "{}", 1_000).await;
        }
        let mut conn = db.store.read().await.expect("reads");
        let filter = Filter { text: Some("needle".into()), ..Filter::default() };
        let found = runs::search(&mut conn, acme, &filter, None, 50).await.expect("searches");
        assert!(found.runs.is_empty());
        assert!(found.searched_to.is_some());
        let found = runs::search(&mut conn, acme, &filter, found.next, 50).await.expect("searches");
        assert_eq!(found.runs.iter().map(|listed| listed.run.id).collect::<Vec<_>>(), [needle]);
        assert_eq!((found.next, found.searched_to), (None, None::<Timestamp>));
        // A run's id is found wherever it is, among what the other filters leave.
        let filter = Filter { text: Some(format!(" {} ", needle.to_string().to_uppercase())), ..Filter::default() };
        assert_eq!(ids(&mut conn, acme, &filter).await, [needle]);
        let filter = Filter { states: vec![State::Failed], ..filter };
        assert!(runs::search(&mut conn, acme, &filter, None, 50).await.expect("searches").runs.is_empty());
    })
    .await;
}

#[tokio::test]
async fn an_index_answers_each_question_on_both_databases() {
    each(async |db| {
        let acme = db.project("Acme").await.id;
        let all = Filter::default();
        let state = |state| Filter { states: vec![state], ..Filter::default() };
        for (filter, index) in [
            (all.clone(), "runs_by_project"),
            (Filter { user_id: Some(ConnectedUserId::fresh(&*db.clock)), ..all.clone() }, "runs_by_user"),
            (Filter { workflow_id: Some(WorkflowId::fresh(&*db.clock)), ..all.clone() }, "runs_by_workflow"),
            (state(State::Failed), "runs_failed"),
            (state(State::Waiting), "runs_under_way"),
        ] {
            let mut conn = db.store.read().await.expect("reads");
            let plan = runs::plan(&mut conn, acme, &filter).await.expect("explains");
            let by_id = plan.lines().any(|line| line.contains("SCAN r") && !line.contains("INDEX"));
            assert!(plan.contains(index) && !by_id && !plan.contains("Seq Scan on runs"), "{filter:?}: {plan}");
        }
    })
    .await;
}
