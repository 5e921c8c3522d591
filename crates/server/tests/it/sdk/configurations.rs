//! Several configurations on one account, and what providers can start workflows with.

use reqwest::Method;
use serde_json::{Value, json};

use super::world::{World, answer};

#[tokio::test(flavor = "multi_thread")]
async fn configurations_are_added_described_switched_and_removed_but_the_default_one_stays() {
    let world = World::start().await;
    let id = world.connect_as("ann", "1234567", json!({"externalId": "acct-a"})).await;
    let at = "/sdk/credentials/ext:acct-a/configurations";
    let call = async |method: Method, configuration: Option<&str>, body: Value| {
        let mut request = world.call(method, at, &world.token("ann")).body(body.to_string());
        if let Some(configuration) = configuration {
            request = request.header("x-paragon-configuration-id", configuration);
        }
        answer(request).await
    };
    let added = call(Method::POST, None, json!({"externalId": "list-1"})).await;
    assert_eq!((added.status.as_u16(), &added.body["id"]), (200, &json!(id)), "{}", added.text);
    let all = added.body["configurations"].as_array().expect("a list");
    let flags: Vec<_> = all.iter().map(|one| one["isDefault"].as_bool().expect("a flag")).collect();
    assert_eq!(flags, [true, false], "the default one comes first");
    let (first, second) = (all[0]["id"].as_str().expect("an id"), all[1]["id"].as_str().expect("an id"));
    assert_eq!((&all[1]["externalId"], &all[1]["connectCredentialId"]), (&json!("list-1"), &json!(id)));
    assert!(all[1]["workflowSettings"][&world.workflow]["settings"].is_object(), "{}", all[1]);
    let taken = call(Method::POST, None, json!({"externalId": "list-1"})).await;
    assert_eq!(taken.error().2["externalId"].as_str().map(|text| text.contains("list-1")), Some(true));

    let enable = format!("/sdk/workflows/{}", world.workflow);
    let enabled = world
        .call(Method::POST, &enable, &world.token("ann"))
        .header("x-paragon-credential", &id)
        .header("x-paragon-configuration-id", "ext:list-1");
    assert_eq!(answer(enabled).await.status, 200);
    let on = async || {
        let account = world.get("ann", &format!("/sdk/credentials/{id}")).await.body;
        let states = account["configurations"].as_array().expect("a list").iter();
        states.map(|one| one["workflowSettings"][&world.workflow]["enabled"] == true).collect::<Vec<_>>()
    };
    assert_eq!(on().await, [false, true], "only there");

    for (meta, then) in
        [(json!({"region": "EU"}), json!({"region": "EU"})), (json!({"n": 1}), json!({"region": "EU", "n": 1}))]
    {
        let merged = call(Method::PATCH, Some(second), json!({"meta": meta})).await;
        assert_eq!((merged.status.as_u16(), &merged.body["configurations"][1]["configMeta"]), (200, &then));
    }
    assert_eq!(call(Method::PATCH, None, json!({"meta": {}})).await.error().0, 422, "which one?");
    assert_eq!(call(Method::PATCH, Some("nobody"), json!({"meta": {}})).await.error().0, 404);
    assert_eq!(call(Method::PATCH, Some(second), json!({"meta": 7})).await.error().0, 400);
    assert_eq!(call(Method::DELETE, Some(first), json!({})).await.error().1, "default_configuration");
    assert_eq!(call(Method::DELETE, Some("ext:list-1"), json!({})).await.status, 200);
    assert_eq!(call(Method::DELETE, Some(second), json!({})).await.error().0, 404, "it is gone");
    assert_eq!(on().await, [false]);
    let foreign = world.call(Method::POST, at, &world.token("bob")).body("{}");
    assert_eq!(answer(foreign).await.error().0, 404, "another user's account");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_providers_triggers_are_listed_by_integration() {
    let world = World::start().await;
    for query in ["", "?integrations=hubspot"] {
        let listed = world.get("ann", &format!("/triggers{query}")).await;
        assert_eq!(listed.status, 200, "{}", listed.text);
        let triggers = listed.body["triggers"]["hubspot"].as_array().expect("a list").clone();
        assert!(triggers.len() > 2, "{}", listed.text);
        for trigger in triggers {
            let model = trigger["triggerModel"].as_str().expect("a model");
            assert!(["POLLING", "WEBHOOK"].contains(&model), "{trigger}");
            assert!(trigger["title"].is_string() && trigger["parameters"].is_array(), "{trigger}");
        }
    }
    assert_eq!(world.get("ann", "/triggers?integrations=nothing").await.error().0, 404);
    let resource = "/sdk/resources/0192a0c0-0000-7000-8000-000000000000/connect";
    assert_eq!(world.post("ann", resource, json!({})).await.error().0, 404);
}
