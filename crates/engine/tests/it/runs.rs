//! Runs from event to end.

use std::sync::Arc;
use std::time::Duration;

use linchpin_domain::clock::ManualClock;
use linchpin_domain::connector::DoubtStrategy;
use linchpin_domain::journal::Event;
use linchpin_domain::workflow::Definition;
use linchpin_domain::{Clock, Timestamp};
use linchpin_engine::{AcceptError, Accepted, AppEvent, Engine, Limits, Replay};
use linchpin_store::journal;
use linchpin_store::testkit::{self, User, World};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::scripted::{Answer, Scripted};

pub struct Scene {
    pub world: World,
    pub engine: Engine,
    pub connector: Arc<Scripted>,
    pub clock: Arc<ManualClock>,
    pub directory: TempDir,
}

pub fn definition(steps: Value) -> Definition {
    serde_json::from_value(json!({"trigger": {"appEvent": "Contact Created"}, "steps": steps}))
        .expect("a valid definition")
}

pub fn create() -> Value {
    json!([{"key": "create", "action": "contacts.create", "inputs": {"email": "{{ trigger.email }}"}}])
}

impl Scene {
    pub async fn new(steps: Value) -> Self {
        Self::with(steps, Scripted::new(), Limits::default()).await
    }

    pub async fn with(steps: Value, connector: Arc<Scripted>, limits: Limits) -> Self {
        Self::on(None, steps, connector, limits).await
    }

    /// On the database at a URL; on a fresh SQLite file when there is none.
    pub async fn on(url: Option<String>, steps: Value, connector: Arc<Scripted>, limits: Limits) -> Self {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let clock = Arc::new(ManualClock::at(Timestamp::parse("2026-01-01T00:00:00Z").expect("a time")));
        let store = match url {
            Some(url) => testkit::open_url(url, clock.clone()).await,
            None => testkit::open(directory.path(), clock.clone()).await,
        };
        let store = store.expect("opens");
        let world = World::new(store.clone(), &definition(steps)).await.expect("a world");
        let engine = Engine::start(store, connector.clone(), limits).await.expect("starts");
        Self { world, engine, connector, clock, directory }
    }

    pub fn event(&self, user: User, payload: &Value) -> AppEvent {
        AppEvent {
            project_id: self.world.project_id,
            user_id: user.id,
            name: "Contact Created".into(),
            payload: payload.to_string(),
            target: None,
            idempotency: None,
        }
    }

    pub async fn send(&self, user: User, email: &str) -> Accepted {
        self.engine.accept_app_event(self.event(user, &json!({"email": email}))).await.expect("accepted")
    }

    /// Waits until the states of all runs are these.
    pub async fn until(&self, expected: &[&str]) {
        let mut found = Vec::new();
        for _ in 0..1_000 {
            found = self.world.states().await.expect("readable");
            if found == expected {
                return;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        assert_eq!(found, expected);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_event_runs_its_workflow_once() {
    let scene = Scene::new(create()).await;
    let user = scene.world.user("ann").await.expect("a user");
    let accepted = scene.send(user, "a@b.c").await;
    assert_eq!(accepted.runs.len(), 1);
    scene.until(&["succeeded"]).await;
    assert_eq!(scene.connector.count("a@b.c"), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_first_intent_is_written_with_its_event_where_nobody_waits() {
    let connector = Arc::new(Scripted { latency: Duration::from_mins(1), ..Scripted::default() });
    let scene = Scene::with(create(), connector, Limits { per_credential: 1, ..Limits::default() }).await;
    let user = scene.world.user("ann").await.expect("a user");
    for (email, run_seq, lines) in [("first@b.c", 1, 1), ("second@b.c", 2, 0)] {
        scene.send(user, email).await;
        let mut conn = scene.world.store.read().await.expect("reads");
        let journal = journal::page(&mut conn, run_seq, 0, 10).await.expect("reads");
        assert_eq!(journal.len(), lines, "{email}: {journal:?}");
        assert!(journal.iter().all(|entry| matches!(entry.event, Event::Intent { .. })), "{journal:?}");
    }
    let calls = scene.connector.calls.load(std::sync::atomic::Ordering::SeqCst);
    assert!(calls <= 1, "the second waits for the first");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn later_steps_see_earlier_outputs_and_failures_stop_or_go_on() {
    let steps = json!([
        {"key": "a", "action": "contacts.create", "inputs": {"email": "{{ trigger.email }}"}, "onError": "continue"},
        {"key": "b", "action": "contacts.create", "inputs": {"email": "{{ 'x' ~ (steps.a.id or steps.a.error.code) }}"}},
    ]);
    let scene = Scene::new(steps).await;
    let user = scene.world.user("ann").await.expect("a user");
    scene.connector.answer("bad@b.c", vec![Answer::Rejected]);
    scene.send(user, "good@b.c").await;
    scene.send(user, "bad@b.c").await;
    scene.until(&["succeeded", "succeeded"]).await;
    assert_eq!((scene.connector.count("x1"), scene.connector.count("xvalidation")), (1, 1));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rejected_write_fails_and_nothing_is_retried() {
    let scene = Scene::new(create()).await;
    let user = scene.world.user("ann").await.expect("a user");
    scene.connector.answer("a@b.c", vec![Answer::Rejected]);
    scene.send(user, "a@b.c").await;
    scene.until(&["failed validation"]).await;
    assert_eq!(scene.connector.calls.load(std::sync::atomic::Ordering::SeqCst), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lost_answer_is_settled_and_never_sent_blindly_again() {
    let scene = Scene::new(create()).await;
    let user = scene.world.user("ann").await.expect("a user");
    scene.connector.answer("done@b.c", vec![Answer::DoneButLost]);
    scene.connector.answer("lost@b.c", vec![Answer::Lost]);
    scene.send(user, "done@b.c").await;
    scene.send(user, "lost@b.c").await;
    scene.until(&["succeeded", "succeeded"]).await;
    assert_eq!((scene.connector.count("done@b.c"), scene.connector.count("lost@b.c")), (1, 1));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_conflict_after_a_doubt_is_looked_up_once_more_and_any_other_is_a_conflict() {
    let scene = Scene::new(create()).await;
    let user = scene.world.user("ann").await.expect("a user");
    scene.connector.answer("late@b.c", vec![Answer::Lost, Answer::ConflictWithOurOwn]);
    scene.connector.answer("first@b.c", vec![Answer::Conflict]);
    scene.connector.answer("foreign@b.c", vec![Answer::Lost, Answer::Conflict, Answer::Conflict]);
    scene.send(user, "late@b.c").await;
    scene.send(user, "first@b.c").await;
    scene.send(user, "foreign@b.c").await;
    scene.until(&["succeeded", "failed conflict", "failed conflict"]).await;
    assert_eq!(scene.connector.count("late@b.c"), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_doubt_that_nobody_can_settle_is_shown_and_settled_by_hand() {
    let connector = Arc::new(Scripted { strategy: Some(DoubtStrategy::Ask), ..Scripted::default() });
    connector.answer("a@b.c", vec![Answer::DoneButLost]);
    connector.answer("b@b.c", vec![Answer::Lost]);
    let scene = Scene::with(create(), connector, Limits::default()).await;
    let user = scene.world.user("ann").await.expect("a user");
    let first = scene.send(user, "a@b.c").await.runs[0];
    let second = scene.send(user, "b@b.c").await.runs[0];
    scene.until(&["in_doubt in_doubt", "in_doubt in_doubt"]).await;
    scene.engine.settle(scene.world.project_id, first, None, true, Some(json!({"id": "9"}))).await.expect("settled");
    scene.engine.settle(scene.world.project_id, second, None, false, None).await.expect("settled");
    scene.until(&["succeeded", "succeeded"]).await;
    assert_eq!((scene.connector.count("a@b.c"), scene.connector.count("b@b.c")), (1, 1));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn retries_and_rate_limits_wait_durably() {
    let scene = Scene::new(create()).await;
    let user = scene.world.user("ann").await.expect("a user");
    scene.connector.answer("a@b.c", vec![Answer::NotSent, Answer::Limited(Duration::from_secs(3)), Answer::Done]);
    scene.send(user, "a@b.c").await;
    scene.until(&["waiting unreachable"]).await;
    scene.clock.advance(Duration::from_secs(13));
    scene.until(&["waiting rate_limited"]).await;
    scene.clock.advance(Duration::from_secs(4));
    scene.until(&["succeeded"]).await;
    assert_eq!(scene.connector.count("a@b.c"), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_idempotency_key_returns_the_first_answer_and_refuses_another_body() {
    let scene = Scene::new(create()).await;
    let user = scene.world.user("ann").await.expect("a user");
    let with = |hash: &str| AppEvent {
        idempotency: Some(("k".into(), hash.into())),
        ..scene.event(user, &json!({"email": "a@b.c"}))
    };
    let first = scene.engine.accept_app_event(with("h")).await.expect("accepted");
    let second = scene.engine.accept_app_event(with("h")).await.expect("accepted");
    assert_eq!((second.event_id, second.repeated), (first.event_id, true));
    assert!(matches!(scene.engine.accept_app_event(with("other")).await, Err(AcceptError::KeyReused)));
    scene.until(&["succeeded"]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn events_that_start_nothing_are_recorded_with_the_reason() {
    let scene = Scene::new(create()).await;
    let user = scene.world.user("ann").await.expect("a user");
    let unknown = AppEvent { name: "Contact Craeted".into(), ..scene.event(user, &json!({})) };
    assert!(scene.engine.accept_app_event(unknown).await.expect("accepted").runs.is_empty());
    let mut conn = scene.world.store.read().await.expect("a connection");
    let all = linchpin_store::received_events::Filter::default();
    let events = linchpin_store::received_events::list(&mut conn, scene.world.project_id, all, None, 10)
        .await
        .expect("readable");
    assert_eq!(events[0].note.as_deref(), Some("unknown name"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cancelled_run_does_nothing_more_and_a_replay_repeats_the_event() {
    let scene = Scene::new(create()).await;
    let user = scene.world.user("ann").await.expect("a user");
    scene.connector.answer("a@b.c", vec![Answer::NotSent]);
    let run = scene.send(user, "a@b.c").await.runs[0];
    scene.until(&["waiting unreachable"]).await;
    scene.engine.cancel(scene.world.project_id, run).await.expect("cancelled");
    scene.clock.advance(Duration::from_mins(1));
    tokio::time::sleep(Duration::from_millis(300)).await;
    scene.until(&["cancelled cancelled"]).await;
    assert_eq!(scene.connector.count("a@b.c"), 0);
    scene.engine.replay(scene.world.project_id, run, Replay::default()).await.expect("replayed");
    scene.until(&["cancelled cancelled", "succeeded"]).await;
    assert_eq!(scene.connector.count("a@b.c"), 1);
    assert!(scene.clock.now() > Timestamp::default());
}
