//! Function steps in a run.

use serde_json::json;

use crate::runs::Scene;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_function_gives_its_result_to_later_steps() {
    let steps = json!([
        {"key": "lower", "function": {
            "code": "function yourFunction(parameters) { return { email: parameters.email.toLowerCase() }; }",
            "parameters": {"email": "{{ trigger.email }}"},
        }},
        {"key": "create", "action": "contacts.create", "inputs": {"email": "{{ steps.lower.result.email }}"}},
    ]);
    let scene = Scene::new(steps).await;
    let user = scene.world.user("ann").await.expect("a user");
    scene.send(user, "A@B.C").await;
    scene.until(&["succeeded"]).await;
    assert_eq!(scene.connector.count("a@b.c"), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_function_that_throws_fails_the_run_or_lets_it_go_on() {
    let throws = |on_error: &str| {
        json!([
            {"key": "check", "onError": on_error, "function": {"code": "throw new Error('no ' + parameters.email)", "parameters": {"email": "{{ trigger.email }}"}}},
            {"key": "create", "action": "contacts.create", "inputs": {"email": "{{ steps.check.error.code }}"}},
        ])
    };
    for (on_error, expected, made) in [("stop", "failed function_threw", 0), ("continue", "succeeded", 1)] {
        let scene = Scene::new(throws(on_error)).await;
        let user = scene.world.user("ann").await.expect("a user");
        scene.send(user, "a@b.c").await;
        scene.until(&[expected]).await;
        assert_eq!(scene.connector.count("function_threw"), made, "{on_error}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_journal_is_readable_however_deep_what_is_in_it() {
    let steps = json!([
        {"key": "deep", "function": {"code": "let a = 1; for (let i = 0; i < 126; i++) a = [a]; return a;"}},
        // What it is given is deeper than anything that is read from outside.
        {"key": "deeper", "onError": "continue", "function": {
            "code": "return parameters", "parameters": {"a": [["{{ steps.deep.result }}"]]},
        }},
        {"key": "create", "action": "contacts.create", "inputs": {
            "email": "{{ steps.deeper.error.code }}", "notes": {"all": ["{{ steps.deep.result }}"]},
        }},
    ]);
    let scene = Scene::new(steps).await;
    let user = scene.world.user("ann").await.expect("a user");
    scene.send(user, "a@b.c").await;
    scene.until(&["succeeded"]).await;
    assert_eq!(*scene.connector.records.lock(), ["function_result_not_json"]);
    let mut conn = scene.world.store.read().await.expect("reads");
    let lines = linchpin_store::journal::page(&mut conn, 1, 0, 100).await.expect("every line is readable");
    assert!(lines.len() >= 4, "{lines:?}");
}
