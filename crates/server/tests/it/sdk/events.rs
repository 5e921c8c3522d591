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
    let events = linchpin_store::received_events::list(&mut conn, project, None, None, None, 1).await.expect("lists");
    assert_eq!(events[0].payload, payload);
    assert!(serde_json::from_str::<Value>(&events[0].payload).is_ok());
}
