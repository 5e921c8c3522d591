//! Callers that call too often are told to slow down, and the others are not.

use reqwest::Method;
use serde_json::json;

use crate::sdk::world::{ORIGIN, World, answer};

#[tokio::test(flavor = "multi_thread")]
async fn a_user_over_the_limit_is_told_when_to_come_again_and_others_go_on() {
    // What is counted before the recorder is there is lost.
    let metrics = linchpin::telemetry::metrics();
    let world = World::start_with(|config| config.limits.requests_per_user = 5).await;
    let event = json!({"name": "Contact Created", "payload": {}}).to_string();
    let send = async |user: &str| {
        answer(world.call(Method::POST, "/sdk/events/trigger", &world.token(user)).body(event.clone())).await
    };
    for _ in 0..5 {
        assert_eq!(send("ann").await.status, 201);
    }
    let refused = send("ann").await;
    assert_eq!((refused.error().0, refused.error().1.as_str()), (429, "too_many_requests"));
    let seconds: u64 = refused.headers["retry-after"].to_str().expect("readable").parse().expect("seconds");
    assert!((1..=12).contains(&seconds), "{seconds}");
    assert_eq!(refused.headers["access-control-allow-origin"], "*", "a page of {ORIGIN} can read it");
    assert_eq!(refused.body["meta"]["limit"], "user");
    assert_eq!(send("bob").await.status, 201);
    let events = world.admin.get(&format!("{}/received-events", world.api)).await.body;
    assert_eq!(events["items"].as_array().map(Vec::len), Some(6), "what was refused is not recorded");
    let metrics = metrics.render();
    assert!(metrics.contains("linchpin_rate_limited{limit=\"user\"}"), "{metrics}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_users_of_a_project_and_its_api_keys_have_limits_of_their_own() {
    let world = World::start_with(|config| {
        config.limits.requests_per_project = 4;
        config.limits.api_requests_per_project = 3;
    })
    .await;
    for user in ["ann", "bob", "cem", "dan"] {
        assert_eq!(world.get(user, "/sdk/me").await.status, 200);
    }
    let refused = world.get("eve", "/sdk/me").await;
    assert_eq!((refused.status.as_u16(), &refused.body["meta"]["limit"]), (429, &json!("project")));

    let backend = world.backend().await;
    for _ in 0..3 {
        assert_eq!(backend.get(&format!("{}/users", world.api)).await.status, 200);
    }
    let refused = backend.get(&format!("{}/users", world.api)).await;
    assert_eq!((refused.error().0, &refused.body["meta"]["limit"]), (429, &json!("api")));
    assert!(refused.headers.contains_key("retry-after"));
    assert_eq!(backend.get("/task-history/workflow-executions").await.error().0, 429);
    assert_eq!(world.admin.get(&format!("{}/users", world.api)).await.status, 200, "people are not counted with keys");
}
