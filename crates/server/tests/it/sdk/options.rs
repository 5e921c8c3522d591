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
