//! The simulator's admin door and page.

use std::sync::Arc;
use std::time::Duration;

use linchpin_connectors::simulator::Options;
use secrecy::SecretString;
use serde_json::json;

use crate::simulated::Simulated;

#[tokio::test]
async fn the_door_is_open_to_this_machine_alone() {
    let simulated = Simulated::start().await;
    let url = format!("{}/_simulator/requests", simulated.url);
    for (name, value, status) in [
        ("host", "evil.example", 403),
        ("host", "localhost:4801", 200),
        ("origin", "https://evil.example", 403),
        ("origin", "null", 403),
        ("origin", "http://localhost:4801", 200),
    ] {
        let answer = simulated.http.get(&url).header(name, value).send().await.expect("sent");
        assert_eq!(answer.status(), status, "{name}: {value}");
    }
}

#[tokio::test]
async fn faults_that_are_not_understood_change_nothing() {
    let simulated = Simulated::start().await;
    let before = simulated.read("faults").await;
    for body in [
        json!({"latency": 5}),
        json!({"quota": "off"}),
        json!({"next": [{"kind": "explode"}]}),
        json!({"next": [{"kind": "status"}]}),
        json!({"next": [{"kind": "dropAfter", "status": 500}]}),
        json!({"latencyMs": 5, "next": [{"kind": "status", "status": 99}]}),
    ] {
        let answer = simulated.http.post(format!("{}/_simulator/faults", simulated.url)).json(&body).send().await;
        assert_eq!(answer.expect("sent").status(), 400, "{body}");
    }
    assert_eq!(simulated.read("faults").await, before);
}

#[tokio::test]
async fn switches_do_what_they_say() {
    let mut simulated = Simulated::start().await;
    simulated.admin("faults", json!({"uniqueEmail": false})).await;
    for _ in 0..2 {
        simulated.done("contacts.create", json!({"email": "a@example.com"})).await;
    }
    assert_eq!(simulated.read("records/contacts").await["total"], 2);
    simulated.admin("faults", json!({"expireAccessTokens": true})).await;
    let error = simulated.perform("contacts.list", json!({})).await.expect_err("expired");
    assert_eq!(error.code(), "reconnect_needed");
    // A token of one's own choice, as a project file holds it, outlives the clock.
    simulated.admin("tokens", json!({"accessToken": "demo-token", "portalId": "7654321"})).await;
    simulated.clock.advance(Duration::from_hours(24));
    simulated.access.token = SecretString::from("demo-token");
    let list = simulated.done("contacts.list", json!({})).await;
    assert_eq!(list["results"], json!([]), "accounts do not see each other's records");
    let url = format!("{}/_simulator/records", simulated.url);
    simulated.http.delete(url).send().await.expect("sent");
    assert_eq!(simulated.read("records/contacts").await["total"], 0);
}

#[tokio::test]
async fn any_token_is_taken_when_told_so() {
    let mut simulated = Simulated::start_with(Options { accept_any_token: true, ..Options::default() }).await;
    simulated.access.token = SecretString::from("made-up");
    simulated.done("contacts.create", json!({"email": "a@example.com"})).await;
    // What ends every token ends these too, or an imported account could not be seen to fail.
    simulated.admin("faults", json!({"expireAccessTokens": true})).await;
    let error = simulated.perform("contacts.list", json!({})).await.expect_err("expired");
    assert_eq!(error.code(), "reconnect_needed");
    simulated.admin("faults", json!({"reset": true})).await;
    simulated.done("contacts.list", json!({})).await;
}

#[tokio::test]
async fn the_page_lists_the_newest_and_escapes_them() {
    let simulated = Arc::new(Simulated::start_with(Options { no_quota: true, ..Options::default() }).await);
    let page = |simulated: Arc<Simulated>| async move {
        simulated.http.get(&simulated.url).send().await.expect("sent").text().await.expect("text")
    };
    assert!(page(simulated.clone()).await.contains("No contacts yet."));
    for number in 0..201 {
        let inputs = json!({"email": format!("a{number}@example.com"), "firstname": "<script>"});
        simulated.done("contacts.create", inputs).await;
    }
    let text = page(simulated.clone()).await;
    assert!(text.contains("the newest 200 of 201 contacts") && text.contains("a200@example.com"));
    assert!(!text.contains(">a0@example.com<") && !text.contains("<script><"));
    assert!(text.contains("&lt;script&gt;"));
    let health = simulated.http.get(format!("{}/healthz", simulated.url)).send().await.expect("sent");
    assert_eq!(health.status(), 200);
}
