//! Connected users: read and changed by a backend that knows them by its own ids, disabled, deleted.

use reqwest::Method;
use secrecy::ExposeSecret;
use serde_json::{Value, json};

use crate::sdk::world::{World, answer};

#[tokio::test(flavor = "multi_thread")]
async fn a_backend_reads_and_changes_a_user_by_its_own_id() {
    let world = World::start().await;
    world.connect("ann/1 ü").await;
    let backend = world.backend().await;
    let at = format!("{}/users/ext:ann%2F1%20%C3%BC", world.api);
    let found = backend.get(&at).await;
    assert_eq!(found.status, 200, "{}", found.text);
    assert_eq!(found.body["userId"], "ann/1 ü");
    assert_eq!(found.body["accounts"][0]["integrationType"], "hubspot");
    let by_id = format!("{}/users/{}", world.api, found.body["id"].as_str().expect("an id"));
    assert_eq!(backend.get(&by_id).await.body["userId"], "ann/1 ü");

    let changed = backend.patch(&at, json!({"metadata": {"Name": "Ann", "plan": "pro"}})).await;
    assert_eq!(changed.status, 200, "{}", changed.text);
    assert_eq!((&changed.body["name"], &changed.body["disabled"]), (&json!("Ann"), &json!(false)));
    assert_eq!(world.get("ann/1 ü", "/sdk/me").await.body["meta"], json!({"Name": "Ann", "plan": "pro"}));
    let large = backend.patch(&at, json!({"metadata": {"x": "y".repeat(70_000)}})).await;
    assert_eq!(large.error().2["metadata"], "the metadata of one user may have 64 KiB in all");
    assert_eq!(backend.patch(&at, json!({"name": "Ann"})).await.error().0, 422, "an unknown field");
    for wrong in ["ext:nobody", "ext:", "nonsense", "0192a0c0-0000-7000-8000-000000000000"] {
        let at = format!("{}/users/{wrong}", world.api);
        assert_eq!(backend.get(&at).await.error().0, 404, "{wrong}");
        assert_eq!(backend.patch(&at, json!({})).await.error().0, 404, "{wrong}");
        assert_eq!(backend.delete(&at).await.error().0, 404, "{wrong}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_disabled_user_runs_nothing_and_cannot_open_the_portal() {
    let world = World::start().await;
    let backend = world.backend().await;
    world.connect("ann").await;
    world.workflow_on("ann").await;
    assert_eq!(world.event("ann", "one@example.com").await.status, 201);
    let done = world.newest_run(&["succeeded"]).await;
    // A run that waits for its next attempt.
    world.faults(json!({"next": [{"kind": "status", "status": 503, "count": 100}]})).await;
    assert_eq!(world.event("ann", "two@example.com").await.status, 201);
    let waiting = world.newest_run(&["waiting"]).await;

    let at = format!("{}/users/ext:ann", world.api);
    let disabled = backend.patch(&at, json!({"disabled": true})).await;
    assert_eq!((disabled.status.as_u16(), &disabled.body["disabled"]), (200, &json!(true)));
    let cancelled = world.newest_run(&["cancelled"]).await;
    assert_eq!(cancelled["id"], waiting["id"]);
    assert_eq!(cancelled["fault"]["code"], "user_disabled", "{cancelled}");

    // The portal shows what these doors say, and begins with them.
    for (method, path) in [
        (Method::GET, "/sdk/me".to_owned()),
        (Method::GET, "/sdk/integrations".into()),
        (Method::POST, "/sdk/events/trigger".into()),
        (Method::POST, format!("/sdk/workflows/{}", world.workflow)),
        (Method::POST, format!("/sdk/triggers/{}", world.workflow)),
        (Method::GET, "/sdk/proxy/hubspot/crm/v3/objects/contacts".into()),
    ] {
        let refused = answer(world.call(method, &path, &world.token("ann")).body("{}")).await;
        assert_eq!((refused.status.as_u16(), refused.body["code"].as_str()), (403, Some("7210")), "{path}");
    }
    assert_eq!(world.build("ann", "session-1", json!({})).await.status, 403);
    assert!(!world.nonce_page("ann").await.status.is_success());
    let replay = format!("{}/runs/{}/replay", world.api, done["id"].as_str().expect("an id"));
    let refused = backend.post(&replay, json!({})).await;
    assert_eq!(refused.error().0, 409, "{}", refused.text);
    assert!(refused.text.contains("disabled"), "{}", refused.text);
    assert_eq!(world.get("bob", "/sdk/me").await.status, 200, "others go on");

    assert_eq!(backend.patch(&at, json!({"disabled": false})).await.status, 200);
    world.faults(json!({"next": []})).await;
    assert_eq!(world.event("ann", "three@example.com").await.status, 201);
    let done = world.newest_run(&["succeeded"]).await;
    assert_ne!(done["id"], cancelled["id"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deleted_user_is_revoked_at_the_provider_and_gone_with_everything() {
    let world = World::start().await;
    let backend = world.backend().await;
    for user in ["ann", "bob"] {
        world.connect(user).await;
        world.workflow_on(user).await;
        assert_eq!(world.event(user, &format!("{user}-marker@example.com")).await.status, 201);
        world.newest_run(&["succeeded"]).await;
    }
    world.faults(json!({"next": [{"kind": "status", "status": 503, "count": 100}]})).await;
    assert_eq!(world.event("ann", "ann-marker@example.com").await.status, 201);
    world.newest_run(&["waiting"]).await;

    let at = format!("{}/users/ext:ann", world.api);
    let credential = world.state("ann").await["credentialId"].clone();
    let grant = refresh_token(&world, credential.as_str().expect("an id")).await;
    assert!(introspected(&world, &grant).await);
    let removed = backend.delete(&at).await;
    assert_eq!(removed.status, 200, "{}", removed.text);
    assert_eq!(removed.body["userId"], "ann");
    assert_eq!(
        removed.body["accounts"],
        json!([{"credentialId": credential, "integrationType": "hubspot", "revocation": "revoked"}])
    );
    assert!(!introspected(&world, &grant).await, "the provider has forgotten the grant");
    let rows = &removed.body["removed"];
    for (table, count) in [
        ("connectedUsers", 1),
        ("credentials", 1),
        ("configurations", 1),
        ("enablements", 1),
        ("receivedEvents", 2),
        ("runs", 2),
        ("connectSessions", 1),
    ] {
        assert_eq!(rows[table], count, "{table}: {rows}");
    }
    assert!(rows["journal"].as_u64().is_some_and(|lines| lines >= 3), "{rows}");
    assert_eq!(removed.body["left"], 0);

    assert_eq!(backend.get(&at).await.error().0, 404);
    assert_eq!(backend.delete(&at).await.error().0, 404);
    let runs = backend.get(&format!("{}/runs", world.api)).await.body;
    let users: Vec<&Value> =
        runs["items"].as_array().expect("a list").iter().map(|run| &run["user"]["userId"]).collect();
    assert_eq!(users, ["bob"]);
    assert!(!backend.get(&format!("{}/received-events", world.api)).await.text.contains("ann-marker"));
    // A call that was under way when the user went leaves nothing behind either.
    let mut conn = world.test.app.store.read().await.expect("reads");
    let id = removed.body["id"].as_str().expect("an id").parse().expect("an id");
    let left = linchpin_store::erasure::left(&mut conn, world.project.parse().expect("an id"), id).await;
    assert_eq!(left.expect("counts"), 0);
    drop(conn);

    // A token that is still good brings the user back, with nothing.
    let back = world.get("ann", "/sdk/me").await;
    assert_eq!((back.status.as_u16(), &back.body["meta"]), (200, &json!({})));
    assert_eq!(back.body["integrations"]["hubspot"]["allCredentials"], json!([]));
    assert_eq!(world.state("bob").await["credentialStatus"], "VALID");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_provider_that_cannot_be_told_does_not_keep_a_user_from_being_deleted() {
    let world = World::start().await;
    world.connect("ann").await;
    world.faults(json!({"clientSecret": "another one"})).await;
    let removed = world.admin.delete(&format!("{}/users/ext:ann", world.api)).await;
    assert_eq!(removed.status, 200, "{}", removed.text);
    assert_eq!(removed.body["accounts"][0]["revocation"], "failed", "{}", removed.text);
    assert!(removed.body["accounts"][0]["message"].is_string(), "{}", removed.text);
    assert_eq!((&removed.body["removed"]["credentials"], &removed.body["left"]), (&json!(1), &json!(0)));
}

#[tokio::test(flavor = "multi_thread")]
async fn disconnecting_revokes_the_grant_unless_another_user_has_the_same_account() {
    let world = World::start().await;
    let disconnect = format!("/sdk/integrations/{}", world.integration);
    let alone = world.connect("ann").await;
    let grant = refresh_token(&world, &alone).await;
    assert!(introspected(&world, &grant).await);
    assert_eq!(world.delete("ann", &disconnect).await.status, 200);
    for _ in 0..100 {
        if !introspected(&world, &grant).await {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    assert!(!introspected(&world, &grant).await, "the provider has forgotten the grant");
    assert_eq!(world.state("ann").await["allCredentials"], json!([]));

    // Some providers end all grants of an account at once.
    let shared = world.connect("ann").await;
    world.connect("bob").await;
    let grant = refresh_token(&world, &shared).await;
    assert_eq!(world.delete("ann", &disconnect).await.status, 200);
    tokio::time::sleep(std::time::Duration::from_millis(300)).await;
    assert!(introspected(&world, &grant).await, "ann's grant stands, because of bob's");
    assert_eq!(world.state("bob").await["credentialStatus"], "VALID");

    // A provider that cannot be told does not stop it.
    world.faults(json!({"clientSecret": "another one"})).await;
    assert_eq!(world.delete("bob", &disconnect).await.status, 200);
    assert_eq!(world.state("bob").await["allCredentials"], json!([]));
}

/// What ann's account is renewed with.
async fn refresh_token(world: &World, credential: &str) -> String {
    let mut conn = world.test.app.store.read().await.expect("reads");
    let (project, credential) = (world.project.parse().expect("an id"), credential.parse().expect("an id"));
    let opened = linchpin_store::credentials::open(&mut conn, project, credential).await.expect("opens");
    let tokens = opened.and_then(|opened| opened.tokens).expect("tokens");
    tokens.refresh_token.expect("one").expose_secret().to_owned()
}

/// Whether the provider still knows a grant.
async fn introspected(world: &World, token: &str) -> bool {
    let form = [("client_id", "client"), ("client_secret", "client-secret"), ("token", token)];
    let form = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
    let request = world.http.post(format!("{}/oauth/2026-03/token/introspect", world.hubspot));
    let request = request.header("content-type", "application/x-www-form-urlencoded").body(form);
    let told = answer(request).await;
    assert_eq!(told.status, 200, "{}", told.text);
    told.body["active"] != false
}
