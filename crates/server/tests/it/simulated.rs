//! Drafts that are tried out against the connector's simulator, without an account.

use serde_json::{Value, json};

use crate::app::{Client, TestApp, definition};

/// A workflow of a project that nobody is connected to: its address and the simulator's.
async fn workflow(ann: &Client) -> (String, String) {
    let project = ann.project("Acme").await;
    let integration = ann.hubspot(&project).await;
    let workflow = ann.workflow(&project, &integration).await;
    (format!("{project}/workflows/{workflow}"), format!("{project}/integrations/{integration}/simulator"))
}

async fn draft(ann: &Client, at: &str, definition: Value) {
    let revision = ann.get(at).await.body["draftRevision"].clone();
    let saved = ann.put(&format!("{at}/draft"), json!({"revision": revision, "definition": definition})).await;
    assert_eq!(saved.body["problems"], json!([]), "{}", saved.text);
}

#[tokio::test]
async fn a_draft_is_tried_out_without_user_account_and_network() {
    let app = TestApp::start().await;
    let ann = app.member("Ann").await;
    let (at, simulator) = workflow(&ann).await;
    let tried = ann.post(&format!("{at}/test"), json!({"simulated": true})).await;
    assert_eq!(tried.status, 200, "{}", tried.text);
    assert_eq!(tried.body["simulated"], true);
    let step = &tried.body["steps"][0];
    assert_eq!(step["fault"], Value::Null, "{}", tried.text);
    assert_eq!(step["output"]["properties"]["email"], "buddha@example.com");
    assert_eq!(step["exchange"]["url"], "https://hubspot.simulated/crm/objects/2026-03/contacts");
    assert_eq!(step["exchange"]["status"], 201);

    // What a test made is there for the next one, as it would be at the provider.
    let again = ann.post(&format!("{at}/test"), json!({"simulated": true})).await;
    assert_eq!(again.body["steps"][0]["fault"]["code"], "conflict", "{}", again.text);
    let records = ann.get(&format!("{simulator}/records/contacts")).await.body;
    assert_eq!((&records["total"], &records["results"][0]["properties"]["firstname"]), (&json!(1), &json!("Buddha")));
    assert_eq!(ann.get(&simulator).await.body["calls"]["total"], 2);
    assert_eq!(ann.delete(&simulator).await.status, 204);
    assert_eq!(ann.get(&format!("{simulator}/records/contacts")).await.body["total"], 0);
    let unknown = ann.get(&format!("{simulator}/records/things")).await;
    assert!(unknown.error().0 == 404 && unknown.text.contains("contacts"), "{}", unknown.text);

    // A real test still needs somebody, and says so.
    let real = ann.post(&format!("{at}/test"), json!({})).await.error();
    assert_eq!((real.0, real.1.as_str()), (422, "invalid"));
}

#[tokio::test]
async fn what_the_simulator_shall_do_wrong_the_test_shows() {
    let app = TestApp::start().await;
    let ann = app.member("Ann").await;
    let (at, simulator) = workflow(&ann).await;
    for (fault, code) in [
        (json!({"kind": "status", "status": 429}), "rate_limited"),
        (json!({"kind": "dropBefore"}), "unreachable"),
        (json!({"kind": "status", "status": 401}), "reconnect_needed"),
    ] {
        let set = ann.patch(&simulator, json!({"next": [fault]})).await;
        assert_eq!(set.body["faults"]["next"][0]["kind"], fault["kind"], "{}", set.text);
        let tried = ann.post(&format!("{at}/test"), json!({"simulated": true})).await;
        assert_eq!(tried.body["steps"][0]["fault"]["code"], code, "{}", tried.text);
    }
    let wrong = ann.patch(&simulator, json!({"nxet": []})).await;
    assert_eq!((wrong.error().0, wrong.error().1.as_str()), (400, "faults_invalid"), "{}", wrong.text);
}

#[tokio::test]
async fn settings_are_those_of_the_account_or_those_given() {
    let app = TestApp::start().await;
    let ann = app.member("Ann").await;
    let (at, _) = workflow(&ann).await;
    let setting =
        json!({"id": "source", "title": "Source", "type": "TEXT_NO_VARS", "required": false, "defaultValue": "web"});
    assert_eq!(ann.patch(&at, json!({"settings": [setting]})).await.status, 200);
    let mut edited = definition();
    edited["steps"][0]["inputs"]["company"] = json!("{{ settings.source }} of {{ user.id }}");
    draft(&ann, &at, edited).await;
    let company = async |body: Value| {
        let tried = ann.post(&format!("{at}/test"), body).await;
        tried.body["steps"][0]["inputs"]["company"].as_str().map(str::to_owned).expect("filled in")
    };
    assert_eq!(company(json!({"simulated": true})).await, "web of preview");
    assert_eq!(company(json!({"simulated": true, "settings": {"source": "mail"}})).await, "mail of preview");
}

#[tokio::test]
async fn a_request_to_another_address_is_not_sent() {
    let app = TestApp::start().await;
    let ann = app.member("Ann").await;
    let (at, _) = workflow(&ann).await;
    let mut asks = definition();
    asks["steps"] = json!([{"key": "ask", "request": {"method": "GET", "url": "https://example.com/secret"}}]);
    draft(&ann, &at, asks).await;
    let tried = ann.post(&format!("{at}/test"), json!({"simulated": true})).await;
    let fault = &tried.body["steps"][0]["fault"];
    assert_eq!(fault["code"], "egress_refused", "{}", tried.text);
    assert!(fault["message"].as_str().is_some_and(|text| text.contains("pin an output")), "{fault}");
}

#[tokio::test]
async fn a_field_offers_what_the_simulated_account_has() {
    let app = TestApp::start().await;
    let ann = app.member("Ann").await;
    let (_, simulator) = workflow(&ann).await;
    let options = simulator.replace("/simulator", "/options");
    let offered = ann.post(&options, json!({"simulated": true, "source": "owners"})).await;
    assert_eq!(offered.status, 200, "{}", offered.text);
    assert!(offered.body["items"].as_array().is_some_and(|items| !items.is_empty()), "{}", offered.text);
    assert_eq!(ann.post(&options, json!({"source": "owners"})).await.error().0, 422);
}
