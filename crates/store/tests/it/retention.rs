//! What is older than it is kept goes, whole; what is not finished stays.

use std::time::Duration;

use linchpin_domain::id::{
    ConfigurationId, ConnectedUserId, CredentialId, ProjectId, ReceivedEventId, RunId, VersionId, WorkflowId,
};
use linchpin_domain::journal::{Entry, Event};
use linchpin_domain::run::State;
use linchpin_store::retention::{self, Removed};
use linchpin_store::writer::{Append, EventRow, Intake, Line, NewEvent, NewRun, StateChange, Taken, Writer};
use linchpin_store::{journal, received_events, runs};
use tokio_util::sync::CancellationToken;

use crate::database::{Database, each};

const DAY: Duration = Duration::from_hours(24);

/// Records an event with one run, or a further run of an event.
async fn take(db: &Database, writer: &Writer, project_id: ProjectId, event: Option<i64>) {
    let user_id = ConnectedUserId::fresh(&*db.clock);
    let event_id = ReceivedEventId::fresh(&*db.clock);
    let new = NewEvent {
        id: event_id,
        project_id,
        user_id,
        name: "Contact Created".into(),
        payload: r#"{"email":"a@example.com"}"#.into(),
        note: None,
        skipped: Vec::new(),
        received_at: db.now(),
        kind: linchpin_domain::trigger::Kind::AppEvent,
    };
    let run = NewRun {
        id: RunId::fresh(&*db.clock),
        workflow_id: WorkflowId::fresh(&*db.clock),
        version_id: VersionId::fresh(&*db.clock),
        credential_id: CredentialId::fresh(&*db.clock),
        configuration_id: ConfigurationId::fresh(&*db.clock),
        replay_of: event.map(|_| RunId::fresh(&*db.clock)),
        lines: Vec::new(),
    };
    let taken = writer
        .accept(Intake {
            event: event.map_or(EventRow::New(new), |seq| EventRow::Stored { seq, id: event_id }),
            runs: vec![run],
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
}

async fn finish(db: &Database, writer: &Writer, run_seq: i64, state: State) {
    let entry = Entry {
        step: "create".into(),
        attempt: 1,
        at: db.now(),
        event: Event::Intent { inputs: serde_json::json!({}), strategy: None },
    };
    let change =
        StateChange { state, steps_done: 1, wake_at: None, fault: None, started_at: Some(db.now()), at: db.now() };
    writer.append(Append { run_seq, lines: vec![Line::new(0, &entry)], change: Some(change) }).await.expect("appends");
}

#[tokio::test]
async fn old_runs_go_with_their_journals_and_events_and_what_is_not_finished_stays() {
    each(async |db| {
        let acme = db.project("Acme").await.id;
        let stop = CancellationToken::new();
        let (writer, task) = Writer::start(db.store.clone(), stop.clone()).await.expect("starts");
        // Runs 1 to 3 in old times: one done, one still waiting, one whose event is replayed later.
        for _ in 0..3 {
            take(&db, &writer, acme, None).await;
        }
        finish(&db, &writer, 1, State::Succeeded).await;
        finish(&db, &writer, 2, State::Waiting).await;
        finish(&db, &writer, 3, State::Failed).await;
        db.clock.advance(DAY * 100);
        // 4 repeats the third event; 5 and 6 are of today.
        take(&db, &writer, acme, Some(3)).await;
        for _ in 0..2 {
            take(&db, &writer, acme, None).await;
        }
        finish(&db, &writer, 5, State::Succeeded).await;

        let sweep = async || {
            let before = db.now().as_millis() - (DAY * 90).as_millis() as i64;
            let before = linchpin_domain::Timestamp::from_millis(before);
            retention::remove_older(&db.store, before, Duration::ZERO).await.expect("removes")
        };
        let left = async || {
            let mut conn = db.store.read().await.expect("reads");
            let (mut seqs, mut events) = (Vec::new(), Vec::new());
            for seq in 1..=6 {
                if runs::find_by_seq(&mut conn, seq).await.expect("finds").is_some() {
                    seqs.push((seq, journal::page(&mut conn, seq, 0, 100).await.expect("loads").len()));
                } else {
                    assert_eq!(
                        journal::page(&mut conn, seq, 0, 100).await.expect("loads").len(),
                        0,
                        "no journal without its run"
                    );
                }
                if received_events::find(&mut conn, acme, seq).await.expect("finds").is_some() {
                    events.push(seq);
                }
            }
            (seqs, events)
        };
        assert_eq!(left().await, (vec![(1, 1), (2, 1), (3, 1), (4, 0), (5, 1), (6, 0)], vec![1, 2, 3, 4, 5]));
        assert_eq!(sweep().await, Removed { runs: 2, events: 1 });
        assert_eq!(left().await, (vec![(2, 1), (4, 0), (5, 1), (6, 0)], vec![2, 3, 4, 5]));
        assert_eq!(sweep().await, Removed::default(), "once");

        // The waiting run ends: it goes 90 days after that, and its event with it.
        finish(&db, &writer, 2, State::Cancelled).await;
        finish(&db, &writer, 4, State::Succeeded).await;
        assert_eq!(sweep().await, Removed::default());
        db.clock.advance(DAY * 91);
        assert_eq!(sweep().await, Removed { runs: 3, events: 3 });
        assert_eq!(left().await, (vec![(6, 0)], vec![5]), "the newest ones keep the count");
        stop.cancel();
        task.await.expect("ends");
    })
    .await;
}
