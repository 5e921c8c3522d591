//! What the dashboard gives the team: acting as a user, testing credentials, quota use, pinned outputs, and the project
//! file of a project.

use reqwest::Method;
use secrecy::ExposeSecret;
use serde_json::{Value, json};

use crate::sdk::world::{World, answer};

#[tokio::test(flavor = "multi_thread")]
async fn a_member_acts_as_a_user_for_a_while_and_nobody_else_does() {
    let world = World::start().await;
    world.connect("ann").await;
    world.connect("bob").await;
    let at = |user: &str| format!("{}/users/ext:{user}/preview-tokens", world.api);
    let made = world.admin.post(&at("ann"), json!({})).await;
    assert_eq!(made.status, 201, "{}", made.text);
    let token = made.body["token"].as_str().expect("a token").to_owned();
    let me = answer(world.call(Method::GET, "/sdk/me", &token)).await;
    assert_eq!((me.status.as_u16(), &me.body["userId"]), (200, &json!("ann")), "{}", me.text);
    assert_eq!(me.body["integrations"]["hubspot"]["enabled"], true);

    // Who changes a letter of it, or uses it in another project, is nobody.
    let (said, seal) = token.rsplit_once('.').expect("three parts");
    let other =
        said.replace(said.split('.').nth(1).expect("claims"), "eyJzdWIiOiJib2IiLCJpYXQiOjAsImV4cCI6OTk5OTk5OTk5OX0");
    for wrong in [format!("{other}.{seal}"), format!("{said}.{}", "A".repeat(40)), format!("{said}.")] {
        let refused = answer(world.call(Method::GET, "/sdk/me", &wrong)).await;
        assert_eq!((refused.status.as_u16(), refused.body["code"].as_str()), (401, Some("token_invalid")), "{wrong}");
    }
    let elsewhere = world.admin.project("Other").await;
    let elsewhere = elsewhere.rsplit('/').next().expect("an id");
    let address = format!("{}/projects/{elsewhere}/sdk/me", world.test.base);
    assert_eq!(answer(world.http.get(address).bearer_auth(&token)).await.status, 401);

    // A backend has signing keys for that; a disabled user is acted as by nobody.
    let backend = world.backend().await;
    assert_eq!(backend.post(&at("ann"), json!({})).await.error().1, "member_needed");
    let user = format!("{}/users/ext:bob", world.api);
    assert_eq!(backend.patch(&user, json!({"disabled": true})).await.status, 200);
    assert_eq!(world.admin.post(&at("bob"), json!({})).await.error().1, "user_disabled");
    assert_eq!(world.admin.post(&at("nobody"), json!({})).await.error().0, 404);
    // Nobody was seen by it, and the audit log says who acted.
    let log = world.admin.get(&format!("{}/audit-log", world.api)).await.body;
    let lines = log["items"].as_array().expect("lines");
    let line = lines.iter().find(|line| line["operation"] == "users.preview").expect("a line");
    assert_eq!((&line["subject"]["name"], &line["actor"]["name"]), (&json!("ann"), &json!("Ada")));
    // With the user the token is void, and brings nobody back.
    assert_eq!(backend.delete(&format!("{}/users/ext:ann", world.api)).await.status, 200);
    assert_eq!(answer(world.call(Method::GET, "/sdk/me", &token)).await.status, 401);
    assert_eq!(backend.get(&format!("{}/users/ext:ann", world.api)).await.status, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn credentials_are_tested_without_a_user() {
    let world = World::start().await;
    world.faults(json!({"clientSecret": "right-marker"})).await;
    let at = format!("{}/integrations/{}/test-credentials", world.api, world.integration);
    let wrong = world.admin.post(&at, json!({})).await;
    assert_eq!((wrong.status.as_u16(), &wrong.body["outcome"]), (200, &json!("unknown")), "{}", wrong.text);
    assert!(wrong.body["answer"].as_str().is_some_and(|text| text.contains("client id or secret")), "{}", wrong.text);
    // What is typed is tried before it is saved.
    let right = world.admin.post(&at, json!({"clientSecret": "right-marker"})).await;
    assert_eq!(right.body["outcome"], "known", "{}", right.text);
    assert!(right.body["checked"].as_str().is_some_and(|text| text.contains("/oauth/")), "{}", right.text);
    assert!(!right.text.contains("right-marker"));
    let integration = format!("{}/integrations/{}", world.api, world.integration);
    let nowhere = json!({"baseUrls": {"api": "http://127.0.0.1:9", "authorize": "http://127.0.0.1:9"}});
    assert_eq!(world.admin.patch(&integration, nowhere).await.status, 200);
    assert_eq!(world.admin.post(&at, json!({})).await.body["outcome"], "unreachable");
    let cleared = json!({"active": false, "clientId": null, "clientSecret": null});
    assert_eq!(world.admin.patch(&integration, cleared).await.status, 200);
    assert_eq!(world.admin.post(&at, json!({})).await.error().2["clientId"], "enter the client id first");
    let own = world.admin.post(&format!("{}/integrations", world.api), json!({"type": "stripe"})).await.created();
    let at = format!("{}/integrations/{own}/test-credentials", world.api);
    assert_eq!(world.admin.post(&at, json!({})).await.error().1, "nothing_to_test");
}

#[tokio::test(flavor = "multi_thread")]
async fn quota_use_is_shown_for_accounts_that_were_called() {
    let world = World::start().await;
    let at = format!("{}/quotas", world.api);
    assert_eq!(world.admin.get(&at).await.body["items"], json!([]));
    world.connect("ann").await;
    world.workflow_on("ann").await;
    assert_eq!(world.event("ann", "one@example.com").await.status, 201);
    world.newest_run(&["succeeded"]).await;
    let found = world.admin.get(&at).await;
    let account = &found.body["items"][0];
    assert_eq!(
        (&account["integrationType"], &account["userName"]),
        (&json!("hubspot"), &json!("ann")),
        "{}",
        found.text
    );
    assert_eq!((&account["quotas"][0]["name"], &account["quotas"][0]["used"]), (&json!("burst"), &json!(1)));
    let elsewhere = world.admin.project("Other").await;
    assert_eq!(world.admin.get(&format!("{elsewhere}/quotas")).await.body["items"], json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn pins_are_kept_for_each_member_and_go_with_the_user() {
    let world = World::start().await;
    world.connect("ann").await;
    let user = world.admin.get(&format!("{}/users/ext:ann", world.api)).await.body["id"].clone();
    let at = format!("{}/workflows/{}/pins", world.api, world.workflow);
    let set = async |name: &str, body: Value| world.admin.put(&format!("{at}/{name}"), body).await;
    assert_eq!(set("create_contact", json!({"output": {"id": "7-marker"}, "userId": user})).await.status, 204);
    assert_eq!(set("typed", json!({"output": [1, null]})).await.status, 204);
    let pins = world.admin.get(&at).await.body["items"].clone();
    assert_eq!((&pins[0]["step"], &pins[0]["output"]["id"]), (&json!("create_contact"), &json!("7-marker")));
    assert_eq!(pins[1]["output"], json!([1, null]));
    let carl = world.test.member("Carl").await;
    assert_eq!(carl.get(&at).await.body["items"], json!([]), "each has their own");
    let nobody = json!({"output": 1, "userId": "0192a0c0-0000-7000-8000-000000000000"});
    assert_eq!(set("typed", nobody).await.error().2["userId"], "there is no such connected user");
    let large = json!({"output": "x".repeat(300_000)});
    assert_eq!(set("typed", large).await.error().2["output"], "an output of at most 256 KiB can be pinned");
    assert_eq!(world.admin.delete(&format!("{at}/typed")).await.status, 204);
    assert_eq!(world.admin.delete(&format!("{at}/typed")).await.error().0, 404);
    assert_eq!(world.backend().await.get(&at).await.error().1, "member_needed");
    let removed = world.admin.delete(&format!("{}/users/ext:ann", world.api)).await;
    assert_eq!((&removed.body["removed"]["pins"], &removed.body["left"]), (&json!(1), &json!(0)), "{}", removed.text);
    assert_eq!(world.admin.get(&at).await.body["items"], json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_project_file_goes_out_and_comes_in_again() {
    let world = World::start().await;
    let at = format!("{}/project-file", world.api);
    let secret = format!("{}/secrets/STRIPE_KEY", world.api);
    assert_eq!(world.admin.put(&secret, json!({"value": "marker-kept"})).await.status, 204);
    let file = world.admin.get(&at).await.text;
    assert!(file.contains("project: Acme") && file.contains("STRIPE_KEY") && !file.contains("marker-kept"), "{file}");
    let apply = async |path: &str, body: Value| world.admin.put(path, body).await;

    // What the project has needs no value, and stays as it is.
    let same = apply(&at, json!({"file": file})).await;
    assert_eq!((same.status.as_u16(), &same.body["changes"]), (200, &json!([])), "{}", same.text);

    let more =
        file.replace("project: Acme", "project: Elsewhere").replace("appEvents:", "appEvents:\n  Lead Created: {}");
    assert_ne!(more, file);
    let dry = apply(&format!("{at}?dryRun=true"), json!({"file": more})).await;
    assert_eq!(dry.body["fileProject"], "Elsewhere", "{}", dry.text);
    assert_eq!(dry.body["changes"], json!([{"action": "add", "what": "App Event", "name": "Lead Created"}]));
    let events = format!("{}/app-events", world.api);
    assert_eq!(
        world.admin.get(&events).await.body["items"].as_array().map(Vec::len),
        Some(1),
        "a dry run changes nothing"
    );
    assert_eq!(apply(&at, json!({"file": more})).await.status, 200);
    assert_eq!(world.admin.get(&events).await.body["items"].as_array().map(Vec::len), Some(2));
    assert_eq!(world.admin.get(&world.api).await.body["name"], "Acme");

    // A secret that is new needs its value; one that is there goes nowhere else.
    let unknown = apply(&at, json!({"file": "project: X\nsecrets: { NEW_KEY: { env: NEW_KEY } }"})).await;
    assert_eq!((unknown.error().1.as_str(), &unknown.body["meta"]["missing"]), ("values_missing", &json!(["NEW_KEY"])));
    let given =
        json!({"file": "project: X\nsecrets: { NEW_KEY: { env: NEW_KEY } }", "values": {"NEW_KEY": "marker-new"}});
    assert_eq!(apply(&at, given).await.body["changes"][0]["name"], "NEW_KEY");
    let stolen = "project: X\nintegrations: { hubspot: { app: { clientId: { env: STRIPE_KEY } } } }";
    let stolen = apply(&at, json!({"file": stolen})).await;
    assert_eq!(stolen.body["meta"]["missing"], json!(["STRIPE_KEY"]), "{}", stolen.text);

    let wrong = apply(&at, json!({"file": "project: X\nappEvent: {}"})).await;
    assert_eq!(wrong.error().1, "project_file_wrong");
    assert_eq!(
        (&wrong.body["meta"]["problems"][0]["line"], &wrong.body["meta"]["problems"][0]["column"]),
        (&json!(2), &json!(1))
    );

    // Both secrets are there, and in nobody's hands.
    let project = world.project.parse().expect("an id");
    let mut conn = world.test.app.store.read().await.expect("reads");
    for (name, expected) in [("STRIPE_KEY", "marker-kept"), ("NEW_KEY", "marker-new")] {
        let value = linchpin_store::secrets::value(&mut conn, project, name).await.expect("reads").expect("there");
        assert_eq!(value.expose_secret(), expected);
    }
}
