//! App Events: what is accepted, what is refused, what arrives.

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};

use super::world::{World, answer};

const PATH: &str = "/sdk/events/trigger";

#[tokio::test(flavor = "multi_thread")]
async fn an_event_creates_the_contact_at_the_provider() {
    let world = World::start().await;
    world.connect("ann").await;
    assert_eq!(world.post("ann", &format!("/sdk/workflows/{}", world.workflow), json!({})).await.status, 200);
    let event = json!({"name": "Contact Created", "payload": {"first_name": "Buddha", "email": "buddha@example.com"}});
    let address = format!("{}/v2/projects/{}{PATH}", world.test.base, world.project);
    let sent = answer(world.http.post(address).bearer_auth(world.token("ann")).body(event.to_string())).await;
    assert_eq!(sent.status, 201, "{}", sent.text);
    assert!(sent.body["id"].is_string());
    let records = format!("{}/_simulator/records/contacts", world.hubspot);
    for _ in 0..100 {
        let found = answer(world.http.get(&records)).await.text;
        if found.contains("buddha@example.com") && found.contains("Buddha") {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let runs = world.admin.get(&format!("{}/runs", world.api)).await.text;
    panic!("no contact came; runs: {runs}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_queued_run_says_where_it_stands_and_why_it_does_not_begin() {
    let world = World::start().await;
    world.connect("ann").await;
    world.workflow_on("ann").await;
    world.faults(json!({"next": [{"kind": "status", "status": 503, "count": 1000, "path": "contacts"}]})).await;
    let found = async |run: &Value| {
        let id = run["id"].as_str().expect("an id");
        world.admin.get(&format!("{}/runs/{id}", world.api)).await.body
    };
    // Each write is looked up when it was not answered: after two runs the provider is taken to be away.
    for number in 0..2 {
        assert_eq!(world.event("ann", &format!("a{number}@example.com")).await.status, 201);
        let run = world.newest_run(&["waiting"]).await;
        assert_eq!(found(&run).await["queue"], json!(null));
    }
    for ahead in 0..2 {
        assert_eq!(world.event("ann", &format!("b{ahead}@example.com")).await.status, 201);
        let run = world.newest_run(&["queued"]).await;
        let queue = found(&run).await["queue"].clone();
        assert_eq!((&queue["ahead"], &queue["heldBecause"]), (&json!(ahead), &json!("away")), "{queue}");
        let until = queue["heldUntil"].as_str().expect("a time");
        assert!(until > run["createdAt"].as_str().expect("a time"), "{queue}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn events_are_refused_as_the_table_says() {
    let world = World::start().await;
    world.connect("bob").await;
    let bobs = world.state("bob").await["credentialId"].as_str().expect("an id").to_owned();
    let send = async |body: String, headers: &[(&str, &str)]| {
        let mut request = world.call(Method::POST, PATH, &world.token("ann")).body(body);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let answer = answer(request).await;
        assert_eq!(answer.headers["access-control-allow-origin"], "*");
        answer
    };
    let event = json!({"name": "Nobody Listens", "payload": {}}).to_string();
    assert_eq!(send(event.clone(), &[]).await.status, 201, "an unknown name is recorded");
    for body in [
        "",
        "{",
        "[]",
        "{}",
        "{\"payload\": {}}",
        "{\"name\": \"\", \"payload\": {}}",
        "{\"name\": 7, \"payload\": {}}",
        "{\"name\": \"A\"}",
        "{\"name\": \"A\", \"payload\": []}",
        "{\"name\": \"A\", \"payload\": \"x\"}",
        "{\"name\": \"A\", \"payload\": null}",
    ] {
        let refused = send(body.to_owned(), &[]).await;
        assert_eq!(refused.status, 400, "{body}: {}", refused.text);
    }
    let large = json!({"name": "A", "payload": {"x": "y".repeat(1 << 20)}}).to_string();
    assert_eq!(send(large, &[]).await.status, 413);
    assert_eq!(send(event.clone(), &[("x-paragon-credential", bobs.as_str())]).await.status, 404);
    assert_eq!(send(event.clone(), &[("x-paragon-credential", "ext:none")]).await.status, 404);
    assert_eq!(send(event.clone(), &[("x-paragon-configuration-id", "x")]).await.status, 400);

    let key = [("idempotency-key", "k1")];
    let first = send(event.clone(), &key).await;
    let second = send(event.clone(), &key).await;
    assert_eq!((first.status.as_u16(), second.status.as_u16()), (201, 201));
    assert_eq!(first.body["id"], second.body["id"]);
    let other = send(json!({"name": "Nobody Listens", "payload": {"x": 1}}).to_string(), &key).await;
    assert_eq!(other.status, 422, "{}", other.text);
    assert!(other.body["meta"]["fields"].is_object(), "{}", other.text);
    assert_eq!(send(event, &[("idempotency-key", "")]).await.status, 400);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payload_is_kept_as_the_text_that_came() {
    let world = World::start().await;
    let payload = "{\"b\": 1.50,  \"a\": 12345678901234567890123, \"t\": \"{{ secrets.X }} \\u0000\"}";
    let body = format!("{{\"name\":\"Contact Created\",\"payload\":{payload}}}");
    let sent = answer(world.call(Method::POST, PATH, &world.token("ann")).body(body)).await;
    assert_eq!(sent.status, 201, "{}", sent.text);
    let mut conn = world.test.app.store.read().await.expect("reads");
    let project = world.project.parse().expect("an id");
    let events = linchpin_store::received_events::list(
        &mut conn,
        project,
        linchpin_store::received_events::Filter::default(),
        None,
        1,
    )
    .await
    .expect("lists");
    assert_eq!(events[0].payload, payload);
    assert!(serde_json::from_str::<Value>(&events[0].payload).is_ok());
}

#[tokio::test(flavor = "multi_thread")]
async fn events_that_an_account_missed_are_replayed_once_after_it_was_reconnected() {
    let world = World::start().await;
    let mut credentials = Vec::new();
    for (user, account) in [("ann", "1234567"), ("bob", "7654321")] {
        credentials.push(world.connect_as(user, account, json!({})).await);
        world.post(user, &format!("/sdk/workflows/{}", world.workflow), json!({})).await;
    }
    let store = &world.test.app.store;
    let project: linchpin_domain::id::ProjectId = world.project.parse().expect("an id");
    for credential in &credentials {
        let mut tx = store.begin().await.expect("begins");
        let id = credential.parse().expect("an id");
        let account = linchpin_store::credentials::find(&mut tx, project, id).await.expect("looks").expect("there");
        let now = world.test.app.clock.now();
        assert!(linchpin_store::credentials::invalidate(&mut tx, &account, "revoked", now).await.expect("marks"));
        tx.commit().await.expect("commits");
    }
    for (user, number) in [("ann", 1), ("ann", 2), ("bob", 3)] {
        let event = json!({"name": "Contact Created", "payload": {"email": format!("c{number}@example.com")}});
        assert_eq!(world.post(user, PATH, event).await.status, 201);
    }
    let replay = async |body: Value| {
        let done = world.admin.post(&format!("{}/received-events/replay-skipped", world.api), body).await;
        assert_eq!(done.status, 200, "{}", done.text);
        (done.body["found"].as_i64(), done.body["replayed"].as_i64(), done.body["skipped"].as_array().map(Vec::len))
    };
    assert_eq!(replay(json!({"dryRun": true})).await, (Some(3), Some(0), Some(0)));
    assert_eq!(replay(json!({})).await, (Some(3), Some(0), Some(3)), "both must be reconnected first");
    world.connect_as("ann", "1234567", json!({"selectedCredentialId": credentials[0]})).await;
    assert_eq!(replay(json!({"event": "Other"})).await, (Some(0), Some(0), Some(0)));
    assert_eq!(replay(json!({})).await, (Some(3), Some(2), Some(1)), "bob is still missing");
    assert_eq!(replay(json!({})).await, (Some(1), Some(0), Some(1)), "each once");
    let records = format!("{}/_simulator/records/contacts", world.hubspot);
    for round in 0.. {
        let found = answer(world.http.get(&records)).await.body;
        if found["results"].as_array().map(Vec::len) == Some(2) {
            break;
        }
        assert!(round < 100, "{found}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let listed = world.admin.get(&format!("{}/received-events", world.api)).await.body;
    let shown: Vec<_> =
        listed["items"].as_array().expect("events").iter().map(|one| (&one["runs"], &one["note"])).collect();
    let (done, missed, note) = (json!(1), json!(0), json!("reconnect needed"));
    assert_eq!(shown, [(&missed, &note), (&done, &Value::Null), (&done, &Value::Null)]);
    // Two at once start nothing twice.
    world.connect_as("bob", "7654321", json!({"selectedCredentialId": credentials[1]})).await;
    let (one, two) = tokio::join!(replay(json!({})), replay(json!({})));
    assert_eq!(one.1.zip(two.1).map(|(one, two)| one + two), Some(1));

    let outsider = world.test.outsider("Eve").await;
    let foreign = outsider.post(&format!("{}/received-events/replay-skipped", world.api), json!({})).await;
    assert_eq!(foreign.status, 404, "{}", foreign.text);
}
