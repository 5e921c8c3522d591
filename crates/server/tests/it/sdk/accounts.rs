//! Several accounts of one user: the three ways to name one, at every door that takes it.

use reqwest::Method;
use serde_json::{Value, json};

use super::world::{World, answer};

/// Ann with two accounts of HubSpot, labelled `one` and `two`, the workflow on in both; their ids.
async fn two_accounts(world: &World) -> [String; 2] {
    let one = world.connect_as("ann", "1234567", json!({"externalId": "one"})).await;
    let two = world.connect_as("ann", "7654321", json!({"externalId": "two"})).await;
    assert_ne!(one, two);
    for id in [&one, &two] {
        let path = format!("/sdk/workflows/{}", world.workflow);
        let on = world.call(Method::POST, &path, &world.token("ann")).header("x-paragon-credential", id);
        assert_eq!(answer(on.body("{}")).await.status, 200);
    }
    [one, two]
}

/// The credentials of the project's runs, newest first.
async fn credentials_of_runs(world: &World) -> Vec<String> {
    let runs = world.admin.get(&format!("{}/runs", world.api)).await.body;
    let mut found = Vec::new();
    for run in runs["items"].as_array().expect("a list") {
        let at = format!("{}/runs/{}", world.api, run["id"].as_str().expect("an id"));
        found.push(world.admin.get(&at).await.body["credentialId"].as_str().expect("an id").to_owned());
    }
    found
}

#[tokio::test(flavor = "multi_thread")]
async fn every_door_takes_an_id_a_label_and_ext_with_a_label() {
    let world = World::start().await;
    let [one, two] = two_accounts(&world).await;
    let token = world.token("ann");
    let call = async |method: Method, path: &str, selector: &str, body: Value| {
        answer(world.call(method, path, &token).header("x-paragon-credential", selector).body(body.to_string())).await
    };
    let event = json!({"name": "Contact Created", "payload": {"email": "a@example.com"}});
    for (number, selector) in [two.as_str(), "two", "ext:two"].into_iter().enumerate() {
        let sent = call(Method::POST, "/sdk/events/trigger", selector, event.clone()).await;
        assert_eq!(sent.status, 201, "{selector}: {}", sent.text);
        let ran = credentials_of_runs(&world).await;
        // Of each round before, the event and the request that was passed on.
        assert_eq!(ran, vec![two.clone(); 2 * number + 1], "{selector}: one run more, with that account");
        let passed = call(Method::GET, "/sdk/proxy/hubspot/account-info/2026-03/details", selector, json!(null)).await;
        assert_eq!(passed.body["portalId"], 7_654_321, "{selector}: {}", passed.text);
        let shown = world.get("ann", &format!("/sdk/credentials/{selector}")).await;
        assert_eq!(shown.body["id"], two.as_str(), "{selector}: {}", shown.text);
        let account = call(Method::GET, "/sdk/credentials?integration=hubspot", selector, json!(null)).await;
        assert_eq!(account.body["providerId"], "7654321", "{selector}: {}", account.text);
        let path = format!("/sdk/workflows/{}", world.workflow);
        assert_eq!(call(Method::DELETE, &path, selector, json!({})).await.status, 200, "{selector}");
        let states = world.get("ann", "/sdk/credentials").await.body;
        let on = |id: &str| {
            let account = states.as_array().expect("a list").iter().find(|account| account["id"] == id).expect("there");
            account["configurations"][0]["workflowSettings"][&world.workflow]["enabled"].clone()
        };
        assert_eq!((on(&one), on(&two)), (json!(true), json!(false)), "{selector}");
        assert_eq!(call(Method::POST, &path, selector, json!({})).await.status, 200, "{selector}");
        let options = json!({"action": "hubspot", "sourceKey": "contactProperties"});
        assert_eq!(call(Method::POST, "/sdk/actions", selector, options).await.status, 200, "{selector}");
    }
    // Untargeted, it is for both.
    assert_eq!(world.event("ann", "b@example.com").await.status, 201);
    assert_eq!(credentials_of_runs(&world).await.len(), 3 + 3 + 2);

    let bobs = world.connect("bob").await;
    for wrong in [bobs.as_str(), "three", "ext:three", "ext:"] {
        for (method, path, body) in [
            (Method::POST, "/sdk/events/trigger".to_owned(), event.clone()),
            (Method::POST, format!("/sdk/triggers/{}", world.workflow), json!({})),
            (Method::GET, "/sdk/proxy/hubspot/account-info/2026-03/details".into(), json!(null)),
            (Method::POST, format!("/sdk/workflows/{}", world.workflow), json!({})),
            (Method::GET, "/sdk/credentials?integration=hubspot".into(), json!(null)),
            (Method::DELETE, format!("/sdk/integrations/{}", world.integration), json!({})),
        ] {
            let refused = call(method, &path, wrong, body).await;
            assert_eq!(refused.status, 404, "{path} with {wrong}: {}", refused.text);
        }
    }
    assert_eq!(
        call(Method::DELETE, &format!("/sdk/integrations/{}", world.integration), "ext:two", json!({})).await.status,
        200
    );
    let left = world.get("ann", "/sdk/credentials").await.body;
    assert_eq!(left.as_array().map(Vec::len), Some(1), "{left}");
    assert_eq!(left[0]["id"], one.as_str());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_runs_with_the_account_that_is_named() {
    let world = World::start().await;
    let [_, two] = two_accounts(&world).await;
    let steps =
        json!([{"key": "create", "action": "contacts.create", "inputs": {"email": "{{ trigger.body.email }}"}}]);
    let draft = json!({"revision": 2, "definition": {"trigger": {"request": {}}, "steps": steps}});
    let at = format!("{}/workflows/{}", world.api, world.workflow);
    assert_eq!(world.admin.put(&format!("{at}/draft"), draft).await.status, 200);
    assert_eq!(world.admin.post(&format!("{at}/deploy"), json!({})).await.status, 200);
    for selector in [two.as_str(), "two", "ext:two"] {
        let path = format!("/sdk/triggers/{}", world.workflow);
        let call = world.call(Method::POST, &path, &world.token("ann")).header("x-paragon-credential", selector);
        let started = answer(call.body("{}")).await;
        assert_eq!(started.status, 202, "{selector}: {}", started.text);
        assert_eq!(credentials_of_runs(&world).await[0], two, "{selector}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backend_lists_accounts_and_switches_workflows_by_the_whole_configuration() {
    let world = World::start().await;
    assert_eq!(world.get("ann", "/sdk/credentials").await.body, json!([]));
    let id = world.connect("ann").await;
    let listed = world.get("ann", "/sdk/credentials").await.body;
    let off = json!({&world.workflow: {"enabled": false, "settings": {}}});
    assert_eq!(listed[0]["config"], json!({"configuredWorkflows": off, "sharedSettings": {}}));
    let patch = async |state: Value| {
        let config = json!({"config": {"configuredWorkflows": {&world.workflow: state}, "sharedSettings": {}}});
        let path = format!("/sdk/credentials/{id}");
        answer(world.call(Method::PATCH, &path, &world.token("ann")).body(config.to_string())).await
    };
    let on = patch(json!({"enabled": true, "settings": {}})).await;
    assert_eq!(on.status, 200, "{}", on.text);
    assert_eq!(on.body["config"]["configuredWorkflows"][&world.workflow]["enabled"], true, "{}", on.text);
    assert_eq!(world.event("ann", "a@example.com").await.status, 201);
    world.newest_run(&["succeeded"]).await;
    assert_eq!(patch(json!({"enabled": false})).await.status, 200);

    // A required setting keeps it off, as at the door that switches one workflow.
    let settings = json!({"settings": [{"id": "list", "title": "List", "type": "TEXT_NO_VARS", "required": true}]});
    let at = format!("{}/workflows/{}", world.api, world.workflow);
    assert_eq!(world.admin.patch(&at, settings).await.status, 200);
    let refused = patch(json!({"enabled": true, "settings": {}})).await;
    assert_eq!(
        refused.body["errors"],
        json!(["Sync contacts stays off: `List` needs a value first"]),
        "{}",
        refused.text
    );
    assert_eq!(refused.body["config"]["configuredWorkflows"][&world.workflow]["enabled"], false);
    let filled = patch(json!({"enabled": true, "settings": {"list": "7"}})).await;
    assert_eq!(
        filled.body["config"]["configuredWorkflows"][&world.workflow],
        json!({"enabled": true, "settings": {"list": "7"}})
    );
}
