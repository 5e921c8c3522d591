//! Tools: actions without a workflow, for somebody who waits.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use linchpin_domain::connector::DoubtStrategy;
use linchpin_domain::id::RunId;
use linchpin_engine::{Called, Engine, Limits, ToolCall, ToolError};
use linchpin_store::testkit::User;
use serde_json::json;

use crate::runs::{Scene, create};
use crate::scripted::{Answer, Scripted};

impl Scene {
    fn tool(&self, user: User, email: &str) -> ToolCall {
        let parameters = json!({"email": email, "note": "{{ secrets.none }}"});
        ToolCall {
            project_id: self.world.project_id,
            user_id: user.id,
            integration_id: self.world.integration_id,
            connector: "test".into(),
            credential_id: user.credential_id,
            action: "contacts.create".into(),
            parameters: parameters.as_object().cloned().unwrap_or_default(),
            idempotency: None,
            patience: Duration::from_secs(10),
            together: false,
        }
    }

    async fn call(&self, call: ToolCall) -> Called {
        self.engine.call_tool(call).await.expect("called")
    }
}

fn failed(called: Called) -> (String, Option<Duration>) {
    match called {
        Called::Failed { fault, retry_after, .. } => (fault.code, retry_after),
        other => panic!("{other:?}"),
    }
}

fn id(called: &Called) -> RunId {
    match called {
        Called::Done { run_id, .. }
        | Called::Failed { run_id, .. }
        | Called::InDoubt { run_id, .. }
        | Called::Unfinished { run_id } => *run_id,
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_tool_is_done_once_and_answers_what_came_of_it() {
    let scene = Scene::new(create()).await;
    let user = scene.world.user("ann").await.expect("a user");
    let called = scene.call(scene.tool(user, "a@b.c")).await;
    let Called::Done { output, .. } = &called else { panic!("{called:?}") };
    assert_eq!(*output, json!({"id": "1", "email": "a@b.c"}));
    scene.connector.answer("bad@b.c", vec![Answer::Rejected]);
    assert_eq!(failed(scene.call(scene.tool(user, "bad@b.c")).await), ("validation".into(), None));
    scene.connector.answer("off@b.c", vec![Answer::NotSent, Answer::Done]);
    assert_eq!(failed(scene.call(scene.tool(user, "off@b.c")).await).0, "unreachable", "the caller decides to retry");
    let unfit = failed(scene.call(scene.tool(user, "")).await);
    assert_eq!(unfit.0, "invalid_inputs");
    scene.until(&["succeeded", "failed validation", "failed unreachable", "failed invalid_inputs"]).await;
    // A run can be repeated like any other.
    let again = scene.engine.replay(scene.world.project_id, id(&called), linchpin_engine::Replay::default()).await;
    again.expect("replayed");
    for _ in 0..500 {
        if scene.connector.count("a@b.c") == 2 {
            return;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    panic!("the replay did nothing: {:?}", scene.world.states().await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_that_comes_again_performs_nothing_and_learns_what_came_of_the_first() {
    let connector = Arc::new(Scripted { latency: Duration::from_millis(300), ..Scripted::default() });
    let scene = Scene::with(create(), connector.clone(), Limits::default()).await;
    let user = scene.world.user("ann").await.expect("a user");
    let keyed = |email: &str, hash: &str, patience| ToolCall {
        idempotency: Some(("key".into(), hash.into())),
        patience: Duration::from_millis(patience),
        ..scene.tool(user, email)
    };
    let first = scene.call(keyed("a@b.c", "h", 50)).await;
    assert!(matches!(first, Called::Unfinished { .. }), "{first:?}");
    let second = scene.call(keyed("a@b.c", "h", 10_000)).await;
    assert!(matches!(second, Called::Done { .. }), "{second:?}");
    assert_eq!(id(&first), id(&second));
    assert_eq!(scene.call(keyed("a@b.c", "h", 10_000)).await, second);
    assert_eq!(connector.calls.load(Ordering::SeqCst), 1);
    let other = scene.engine.call_tool(keyed("b@b.c", "other", 1_000)).await;
    assert!(matches!(other, Err(ToolError::KeyReused)), "{other:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_write_whose_answer_is_lost_is_looked_up_not_repeated() {
    let scene = Scene::new(create()).await;
    let user = scene.world.user("ann").await.expect("a user");
    scene.connector.answer("done@b.c", vec![Answer::DoneButLost]);
    scene.connector.answer("lost@b.c", vec![Answer::Lost]);
    for email in ["done@b.c", "lost@b.c"] {
        let called = scene.call(scene.tool(user, email)).await;
        assert!(matches!(called, Called::Done { .. }), "{called:?}");
        assert_eq!(scene.connector.count(email), 1, "{email}");
    }
    let nobody_knows = Arc::new(Scripted { strategy: Some(DoubtStrategy::Ask), ..Scripted::default() });
    let scene = Scene::with(create(), nobody_knows.clone(), Limits::default()).await;
    let user = scene.world.user("ann").await.expect("a user");
    nobody_knows.answer("lost@b.c", vec![Answer::Lost]);
    let called = scene.call(scene.tool(user, "lost@b.c")).await;
    assert!(matches!(called, Called::InDoubt { .. }), "{called:?}");
    scene
        .engine
        .settle(scene.world.project_id, id(&called), None, true, Some(json!({"id": "9"})))
        .await
        .expect("settled");
    scene.until(&["succeeded"]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_an_account_has_to_wait_for_is_told_and_not_done_later() {
    let scene = Scene::new(create()).await;
    let user = scene.world.user("ann").await.expect("a user");
    scene.connector.answer("a@b.c", vec![Answer::Limited(Duration::from_hours(1))]);
    let (code, wait) = failed(scene.call(scene.tool(user, "a@b.c")).await);
    assert_eq!(code, "rate_limited");
    assert!(wait.is_some_and(|wait| wait >= Duration::from_hours(1)), "{wait:?}");
    let held = scene.engine.call_tool(scene.tool(user, "b@b.c")).await;
    assert!(matches!(held, Err(ToolError::Paused { .. })), "{held:?}");
    scene.clock.advance(Duration::from_hours(2));
    tokio::time::sleep(Duration::from_millis(600)).await;
    assert!(scene.connector.records.lock().is_empty(), "the caller was told that nothing happens any more");
    scene.until(&["failed rate_limited"]).await;
    assert!(matches!(scene.call(scene.tool(user, "b@b.c")).await, Called::Done { .. }));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_tool_goes_before_what_its_user_has_queued_and_nothing_is_done_twice() {
    let connector = Arc::new(Scripted { latency: Duration::from_millis(10), ..Scripted::default() });
    // Most of the flood is left to the database, and fetched while tools go past it.
    let limits = Limits { total: 2, per_credential: 1, held_per_user: 8, ..Limits::default() };
    let scene = Scene::with(create(), connector.clone(), limits).await;
    let user = scene.world.user("ann").await.expect("a user");
    for n in 0..100 {
        scene.send(user, &format!("f{n}")).await;
    }
    for n in 0..10 {
        let before = connector.records.lock().len();
        let called = scene.call(scene.tool(user, &format!("t{n}"))).await;
        assert!(matches!(called, Called::Done { .. }), "{called:?}");
        let waited = connector.records.lock().len() - before;
        assert!(waited <= 10, "tool {n} waited for {waited} runs");
    }
    assert!(connector.records.lock().len() < 100, "the flood was over before: this proves nothing");
    scene.until(&["succeeded"; 110]).await;
    let mut records = connector.records.lock().clone();
    records.sort();
    records.dedup();
    assert_eq!((records.len(), connector.calls.load(Ordering::SeqCst)), (110, 110));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_call_that_gets_no_turn_in_time_is_taken_back() {
    let connector = Arc::new(Scripted { latency: Duration::from_millis(500), ..Scripted::default() });
    let limits = Limits { per_credential: 1, ..Limits::default() };
    let scene = Scene::with(create(), connector.clone(), limits).await;
    let user = scene.world.user("ann").await.expect("a user");
    scene.send(user, "long").await;
    while connector.calls.load(Ordering::SeqCst) == 0 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let called = scene.call(ToolCall { patience: Duration::from_millis(50), ..scene.tool(user, "late") }).await;
    assert_eq!(failed(called).0, "rate_limited");
    scene.until(&["succeeded", "failed rate_limited"]).await;
    assert_eq!(connector.count("late"), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_tool_that_was_under_way_when_the_process_ended_is_settled_by_the_next() {
    let connector = Arc::new(Scripted { latency: Duration::from_millis(400), ..Scripted::default() });
    let mut scene = Scene::with(create(), connector.clone(), Limits::default()).await;
    let user = scene.world.user("ann").await.expect("a user");
    let called = scene.call(ToolCall { patience: Duration::from_millis(50), ..scene.tool(user, "a@b.c") }).await;
    assert!(matches!(called, Called::Unfinished { .. }), "{called:?}");
    scene.engine.stop(Duration::ZERO).await;
    // It takes effect, and nobody is left to write that down.
    while connector.count("a@b.c") == 0 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    // `queued` or `running`: a run's row says that it runs only when a call takes long.
    assert_ne!(scene.world.states().await.expect("readable"), ["succeeded"]);
    scene.engine = Engine::start(scene.world.store.clone(), connector.clone() as _, Limits::default())
        .await
        .expect("starts again");
    scene.until(&["succeeded"]).await;
    assert_eq!((connector.count("a@b.c"), connector.calls.load(Ordering::SeqCst)), (1, 1));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_passed_on_stands_in_history_and_is_never_sent_again() {
    let mut scene = Scene::new(create()).await;
    let user = scene.world.user("ann").await.expect("a user");
    let passed = |status: u16| linchpin_engine::PassedOn {
        project_id: scene.world.project_id,
        user_id: user.id,
        integration_id: scene.world.integration_id,
        credential_id: user.credential_id,
        method: "POST".into(),
        path: "/things/{{ secrets.x }}".into(),
        began: scene.world.store.clock().now(),
        status: Some(status),
        failed: (status >= 400).then(|| (format!("status_{status}"), "no".into())),
        sizes: (3, 4),
        attempts: 1,
    };
    scene.engine.record_passed_on(passed(201)).await.expect("recorded");
    scene.engine.record_passed_on(passed(404)).await.expect("recorded");
    scene.until(&["succeeded", "failed status_404"]).await;
    scene.engine.stop(Duration::ZERO).await;
    // As a process leaves it that ends between the two commits.
    let mut tx = scene.world.store.begin().await.expect("begins");
    linchpin_store::testkit::unfinish(&mut tx).await.expect("written");
    tx.commit().await.expect("commits");
    let connector = Scripted::new();
    scene.engine = Engine::start(scene.world.store.clone(), connector.clone() as _, Limits::default())
        .await
        .expect("starts again");
    scene.until(&["succeeded", "failed status_404"]).await;
    assert!(connector.requests.lock().is_empty());
}
