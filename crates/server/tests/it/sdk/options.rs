//! What settings offer from the customer's account.

use serde_json::json;

use super::world::World;

#[tokio::test(flavor = "multi_thread")]
async fn a_setting_offers_what_the_account_has_and_says_what_it_may_not_read() {
    let world = World::start().await;
    let ask = |source: &str, search: Option<&str>| {
        json!({"action": "hubspot", "sourceKey": source, "parameters": [],
               "paginationParameters": {"pageCursor": 0, "search": search}})
    };
    let before = world.post("ann", "/sdk/actions", ask("contactProperties", None)).await;
    assert_eq!(before.error().1, "not_connected");
    world.connect("ann").await;

    let all = world.post("ann", "/sdk/actions", ask("contactProperties", None)).await;
    assert_eq!(all.status, 200, "{}", all.text);
    let records = all.body["output"]["records"].as_array().expect("records").clone();
    assert!(
        records.contains(&json!({"value": "jobtitle", "label": "Job title", "subtitle": "jobtitle"})),
        "{}",
        all.text
    );
    assert_eq!(all.body["output"]["nextPageCursor"], json!(null));
    let found = world.post("ann", "/sdk/actions", ask("contactProperties", Some("JOB"))).await.body;
    assert_eq!(found["output"]["records"].as_array().map(Vec::len), Some(1), "{found}");

    let (status, code, _) = world.post("ann", "/sdk/actions", ask("owners", None)).await.error();
    assert_eq!((status, code.as_str()), (422, "request_refused"), "the account granted no owners");
    let wrong = world.post("ann", "/sdk/actions", ask("contactPropertie", None)).await;
    assert!(wrong.status == 400 && wrong.text.contains("did you mean `contactProperties`"), "{}", wrong.text);
    for (body, status) in [
        (json!({"action": "nothing", "sourceKey": "owners"}), 404),
        (json!({"action": "hubspot"}), 400),
        (ask("dealStages", None), 400),
    ] {
        assert_eq!(world.post("ann", "/sdk/actions", body.clone()).await.error().0, status, "{body}");
    }
    assert_eq!(world.post("bob", "/sdk/actions", ask("contactProperties", None)).await.error().0, 409);

    let described = world.get("ann", "/sdk/integrations").await.body;
    let sources = &described[0]["sdkIntegrationConfig"]["dataSources"];
    assert_eq!(sources["owners"]["cacheKey"], "owners");
    assert_eq!(sources["dealStages"]["refreshDependencies"], json!(["pipeline"]));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_editor_is_offered_what_a_preview_users_account_has() {
    let world = World::start().await;
    world.connect("ann").await;
    let users = world.admin.get(&format!("{}/users", world.api)).await.body;
    let user = users["items"][0]["id"].as_str().expect("an id").to_owned();
    let connector = world.admin.get("/api/v1/connectors/hubspot").await.body;
    let action = connector["actions"].as_array().expect("actions").iter().find(|one| one["name"] == "deals.create");
    let field = |name: &str| {
        let fields = action.expect("there are deals")["fields"].as_array().expect("fields");
        fields.iter().find(|one| one["name"] == name).expect("the field")["source"].clone()
    };
    assert_eq!(field("hubspot_owner_id"), json!({"name": "owners", "parameters": []}));
    assert_eq!(field("dealstage"), json!({"name": "dealStages", "parameters": ["pipeline"]}));

    let path = format!("{}/integrations/{}/options", world.api, world.integration);
    let properties = json!({"userId": user, "source": "contactProperties", "search": "JOB"});
    let properties = world.admin.post(&path, properties).await;
    assert_eq!(properties.status, 200, "{}", properties.text);
    let title = json!({"value": "jobtitle", "label": "Job title", "subtitle": "jobtitle"});
    assert_eq!(properties.body, json!({"items": [title], "nextPage": null}));
    let refused = world.admin.post(&path, json!({"userId": user, "source": "owners"})).await.error();
    assert_eq!((refused.0, refused.1.as_str()), (422, "request_refused"), "the account granted no owners");
    let nobody = json!({"userId": "00000000-0000-7000-8000-000000000000", "source": "owners"});
    assert_eq!(world.admin.post(&path, nobody).await.error().1, "not_connected");
    assert_eq!(world.admin.post(&path, json!({"userId": user, "source": "ownrs"})).await.error().0, 400);
}
