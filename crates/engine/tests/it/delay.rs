//! Delays: a run that waits is a row, not a task.

use std::sync::Arc;
use std::time::Duration;

use linchpin_engine::{Engine, Limits};
use serde_json::json;

use crate::runs::Scene;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_delay_waits_without_a_worker_survives_a_restart_and_goes_on_in_time() {
    let steps = json!([
        {"key": "pause", "delay": {"amount": "{{ trigger.hours }}", "unit": "hours"}},
        {"key": "create", "action": "contacts.create", "inputs": {"email": "{{ trigger.email }}"}},
    ]);
    let mut scene = Scene::new(steps).await;
    let user = scene.world.user("ann").await.expect("a user");
    let event = scene.event(user, &json!({"email": "a@b.c", "hours": 2}));
    scene.engine.accept_app_event(event).await.expect("accepted");
    scene.until(&["waiting"]).await;
    for _ in 0..1_000 {
        if scene.engine.load() == (0, 0) {
            break;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    assert_eq!(scene.engine.load(), (0, 0), "a waiting run holds no slot and no place in memory");
    scene.engine.stop(Duration::from_secs(5)).await;
    scene.clock.advance(Duration::from_secs(7_199));
    scene.engine = Engine::start(scene.world.store.clone(), Arc::clone(&scene.connector) as _, Limits::default())
        .await
        .expect("starts again");
    // Longer than the waker looks at the clock.
    tokio::time::sleep(Duration::from_millis(600)).await;
    scene.until(&["waiting"]).await;
    assert_eq!(scene.connector.count("a@b.c"), 0, "one second is missing");
    scene.clock.advance(Duration::from_secs(1));
    scene.until(&["succeeded"]).await;
    assert_eq!(scene.connector.count("a@b.c"), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_amount_that_is_no_number_fails_the_step_and_says_so() {
    let scene =
        Scene::new(json!([{"key": "pause", "delay": {"amount": "{{ trigger.hours }}", "unit": "hours"}}])).await;
    let user = scene.world.user("ann").await.expect("a user");
    scene.send(user, "a@b.c").await;
    scene.until(&["failed invalid_inputs"]).await;
}
