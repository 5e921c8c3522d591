//! What a user's page reads and changes: state, metadata, integrations, workflows, CORS.

use reqwest::Method;
use serde_json::json;

use super::world::{ORIGIN, World, answer};

#[tokio::test(flavor = "multi_thread")]
async fn a_new_user_sees_every_integration_in_the_shapes_of_the_contract() {
    let world = World::start().await;
    let me = world.get("ann", "/sdk/me").await;
    assert_eq!(me.status, 200, "{}", me.text);
    assert_eq!(me.body["authenticated"], true);
    assert_eq!(me.body["userId"], "ann");
    assert_eq!(me.body["meta"], json!({}));
    assert_eq!(me.body["resources"], json!([]));
    assert_eq!(me.body["integrations"], json!({"hubspot": {"enabled": false, "allCredentials": []}}));
    assert_eq!(me.body["project"]["id"], json!(world.project));
    let features = me.body["project"]["accessibleFeatures"].as_array().expect("features");
    assert!(features.contains(&json!("headless-cp")) && features.contains(&json!("dfm")));

    let all = world.get("ann", "/sdk/integrations").await.body;
    let hubspot = &all.as_array().expect("a bare array")[0];
    assert_eq!(hubspot["type"], "hubspot");
    assert_eq!(hubspot["name"], "HubSpot");
    assert_eq!(hubspot["isActive"], true);
    assert_eq!(hubspot["authenticationType"], "oauth");
    assert_eq!(hubspot["needPreOauthInputs"], false);
    assert_eq!(hubspot["sdkIntegrationConfig"]["accountTypes"], json!([]));
    assert_eq!(hubspot["workflows"][0]["id"], json!(world.workflow));
    let values = &hubspot["configs"][0]["values"];
    assert_eq!(values["workflowMeta"][&world.workflow]["id"], json!(world.workflow));
    assert_eq!(values["workflowMeta"][&world.workflow]["inputs"], json!([]));
    assert_eq!(values["sharedMeta"], json!({"inputs": []}));

    let icon = answer(world.http.get(format!("{}/integrations/hubspot.svg", world.test.base))).await;
    assert_eq!((icon.status.as_u16(), icon.headers["content-type"].to_str().ok()), (200, Some("image/svg+xml")));
    let metadata = world.get("ann", "/sdk/metadata").await.body;
    assert_eq!(metadata[0]["icon"], json!(format!("{}/integrations/hubspot.svg", world.test.base)));
}

#[tokio::test(flavor = "multi_thread")]
async fn metadata_is_merged_and_survives_any_text() {
    let world = World::start().await;
    let patch = async |body| answer(world.call(Method::PATCH, "/sdk/me", &world.token("ann")).body(body)).await;
    assert_eq!(patch(json!({"meta": {"Name": "Änn 🐘", "a": {"x": 1}}}).to_string()).await.status, 200);
    let merged = patch(json!({"meta": {"b": "{{ trigger.x }}", "a": {"y": 2}}}).to_string()).await;
    let expected = json!({"Name": "Änn 🐘", "a": {"x": 1, "y": 2}, "b": "{{ trigger.x }}"});
    assert_eq!(merged.body["meta"], expected);
    assert_eq!(world.get("ann", "/sdk/me").await.body["meta"], expected);
    assert_eq!(world.get("bob", "/sdk/me").await.body["meta"], json!({}));
    for body in ["", "[]", "{\"meta\": 7}", "{\"meta\": null}", "{"] {
        assert_eq!(patch(body.to_owned()).await.status, 400, "{body}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn preflights_and_refusals_carry_cors_on_every_path() {
    let world = World::start().await;
    let asked = "authorization,content-type,x-paragon-sdk-version,x-paragon-credential,x-anything";
    for path in
        ["/projects/x/sdk/me", "/v2/projects/x/sdk/events/trigger", "/projects/x/nowhere", "//projects/x/sdk/me"]
    {
        let request = world
            .http
            .request(Method::OPTIONS, format!("{}{path}", world.test.base))
            .header("origin", ORIGIN)
            .header("access-control-request-method", "PATCH")
            .header("access-control-request-headers", asked);
        let preflight = answer(request).await;
        assert_eq!(preflight.status, 204, "{path}");
        assert_eq!(preflight.headers["access-control-allow-headers"], asked, "{path}");
        assert_eq!(preflight.headers["access-control-allow-methods"], "PATCH", "{path}");
        assert!(!preflight.headers.contains_key("access-control-allow-credentials"));
        let refused = answer(world.http.get(format!("{}{path}", world.test.base)).header("origin", ORIGIN)).await;
        assert!(refused.status.is_client_error(), "{path}");
        assert_eq!(refused.headers["access-control-allow-origin"], "*", "{path}");
        assert!(refused.body["message"].is_string(), "{path}: {}", refused.text);
    }
    let api = answer(world.http.get(format!("{}/api/v1/session", world.test.base)).header("origin", ORIGIN)).await;
    assert!(!api.headers.contains_key("access-control-allow-origin"), "the dashboard's API is for its own origin");
    let doubled = world.http.get(format!("{}//projects/{}/sdk/me", world.test.base, world.project));
    assert_eq!(answer(doubled.bearer_auth(world.token("ann"))).await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn switching_a_workflow_shows_in_the_state_and_foreign_things_do_not_exist() {
    let world = World::start().await;
    let path = format!("/sdk/workflows/{}", world.workflow);
    let early = world.post("ann", &path, json!({})).await;
    assert_eq!((early.status.as_u16(), early.body["code"].as_str()), (409, Some("not_connected")));
    let credential = world.connect("ann").await;
    let bobs = world.connect("bob").await;
    let on = |state: &serde_json::Value| state["workflowSettings"][&world.workflow]["enabled"].clone();
    assert_eq!(on(&world.state("ann").await), false);
    for selector in [Some(credential.as_str()), None] {
        let mut enable = world.call(Method::POST, &path, &world.token("ann"));
        if let Some(selector) = selector {
            enable = enable.header("x-paragon-credential", selector);
        }
        assert_eq!(answer(enable).await.status, 200);
    }
    assert_eq!(on(&world.state("ann").await), true);
    assert_eq!(on(&world.state("bob").await), false, "another user's switch is another one");
    assert_eq!(world.delete("ann", &path).await.status, 200);
    assert_eq!(on(&world.state("ann").await), false);

    let nowhere = "0192a0c0-0000-7000-8000-000000000000";
    assert_eq!(world.post("ann", &format!("/sdk/workflows/{nowhere}"), json!({})).await.status, 404);
    assert_eq!(world.get("ann", &format!("/sdk/credentials/{bobs}")).await.status, 404);
    let foreign = world.call(Method::POST, &path, &world.token("ann")).header("x-paragon-credential", &bobs);
    assert_eq!(answer(foreign).await.status, 404);
    let uninstall = format!("/sdk/integrations/{}", world.integration);
    let foreign = world.call(Method::DELETE, &uninstall, &world.token("ann")).header("x-paragon-credential", &bobs);
    assert_eq!(answer(foreign).await.status, 404);
    assert_eq!(world.delete("ann", &format!("/sdk/integrations/{nowhere}")).await.status, 404);
    assert_eq!(world.state("bob").await["enabled"], true);
}

#[tokio::test(flavor = "multi_thread")]
async fn disconnecting_one_of_two_accounts_leaves_the_other() {
    let world = World::start().await;
    let first = world.connect("ann").await;
    let second = world.connect_as("ann", "7654321", json!({"allowMultipleCredentials": true})).await;
    assert_ne!(first, second);
    let uninstall = format!("/sdk/integrations/{}", world.integration);
    assert_eq!(world.delete("ann", &uninstall).await.status, 422, "it must be said which");
    let named = world.call(Method::DELETE, &uninstall, &world.token("ann")).header("x-paragon-credential", &first);
    assert_eq!(answer(named).await.status, 200);
    let state = world.state("ann").await;
    assert_eq!(state["enabled"], true);
    assert_eq!(state["credentialId"], json!(second));
    assert_eq!(world.delete("ann", &uninstall).await.status, 200);
    assert_eq!(world.state("ann").await, json!({"enabled": false, "allCredentials": []}));
}
