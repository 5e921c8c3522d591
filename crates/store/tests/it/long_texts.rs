//! Long payloads and journal lines: kept compressed, read as they were.

use linchpin_domain::Clock;
use linchpin_domain::id::{
    ConfigurationId, ConnectedUserId, CredentialId, ReceivedEventId, RunId, VersionId, WorkflowId,
};
use linchpin_domain::journal::{Entry, Event};
use linchpin_domain::trigger::Kind;
use linchpin_store::writer::{Append, EventRow, Intake, Line, NewEvent, NewRun, Taken, Writer};
use linchpin_store::{journal, received_events};
use serde_json::json;
use tokio_util::sync::CancellationToken;

use crate::database::each;

#[tokio::test]
async fn a_long_payload_and_a_long_line_come_back_as_they_were() {
    each(async |db| {
        let project = db.project("Acme").await;
        let stop = CancellationToken::new();
        let (writer, task) = Writer::start(db.store.clone(), stop.clone()).await.expect("starts");
        let clock: &dyn Clock = &*db.clock;
        let user_id = ConnectedUserId::fresh(clock);
        let long = "A contact with a note. ".repeat(20_000);
        let payload = json!({"note": long, "nothing": "\u{0}", "more": "ü€"}).to_string();
        let event = NewEvent {
            id: ReceivedEventId::fresh(clock),
            project_id: project.id,
            user_id,
            kind: Kind::AppEvent,
            name: "Contact Created".into(),
            payload: payload.as_str().into(),
            note: None,
            skipped: Vec::new(),
            received_at: db.now(),
        };
        let run = NewRun {
            id: RunId::fresh(clock),
            workflow_id: WorkflowId::fresh(clock),
            version_id: VersionId::fresh(clock),
            credential_id: CredentialId::fresh(clock),
            configuration_id: ConfigurationId::fresh(clock),
            replay_of: None,
            lines: Vec::new(),
        };
        let intake = Intake {
            event: EventRow::New(event),
            runs: vec![run],
            project_id: project.id,
            user_id,
            idempotency: None,
            generation: db.store.generation(),
            created_at: db.now(),
            hand_over: Box::new(|_| {}),
        };
        assert_eq!(writer.accept(intake).await.expect("written"), Taken::Written);
        let output = json!({"records": [long, long]});
        let event = Event::Succeeded { inputs: None, output, duration_ms: 1, exchange: None, adopted: false };
        let entry = Entry { step: "find".into(), attempt: 1, at: db.now(), event };
        let lines = vec![Line::new(0, &entry)];
        writer.append(Append { run_seq: 1, lines, change: None }).await.expect("written");
        stop.cancel();
        task.await.expect("ends");

        let mut conn = db.store.read().await.expect("reads");
        let kept = received_events::find(&mut conn, project.id, 1).await.expect("reads").expect("there");
        assert_eq!(kept.payload, payload);
        assert_eq!(journal::page(&mut conn, 1, 0, 10).await.expect("reads"), [entry]);
    })
    .await;
}
