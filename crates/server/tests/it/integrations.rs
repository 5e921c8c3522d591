//! Connectors and integrations.

use serde_json::json;

use crate::app::TestApp;

const SECRET: &str = "marker-secret-5f1c";

#[tokio::test]
async fn hubspot_is_set_up_and_its_secret_can_never_be_read_back() {
    let app = TestApp::start().await;
    let ann = app.member("Ann").await;
    let project = ann.project("Acme").await;
    let hubspot = async || {
        let cards = ann.get(&format!("{project}/connectors")).await.body;
        let cards = cards["items"].as_array().expect("cards").clone();
        cards.into_iter().find(|card| card["type"] == "hubspot").expect("it comes with the binary")
    };
    assert_eq!(hubspot().await["state"], "not_set_up");
    let list = format!("{project}/integrations");
    let made = ann.post(&list, json!({"type": "hubspot"})).await;
    let id = made.created();
    assert_eq!(made.body["active"], false);
    assert_eq!(made.body["hasClientSecret"], false);
    assert_eq!(made.body["redirectUrl"], format!("{}/oauth", app.base));
    assert!(made.body["scopes"].as_array().is_some_and(|scopes| scopes.contains(&json!("oauth"))), "{}", made.body);
    assert_eq!(ann.post(&list, json!({"type": "hubspot"})).await.error().0, 409);
    let (status, _, fields) = ann.post(&list, json!({"type": "hubspt"})).await.error();
    assert_eq!(status, 422);
    let said = fields["type"].as_str().expect("said");
    assert!(said.starts_with("there is no connector `hubspt`; there are `airtable`, "), "{said}");

    let at = format!("{list}/{id}");
    let early = ann.patch(&at, json!({"active": true})).await.error();
    assert_eq!(early.2["active"], "enter client id and client secret before switching it on");
    let patch = json!({"clientId": "abc", "clientSecret": SECRET, "active": true, "scopes": ["oauth", "oauth", " crm.objects.contacts.write "], "optionalScopes": ["oauth", "tickets"], "baseUrls": {"api": "http://127.0.0.1:4801/"}});
    let answer = ann.patch(&at, patch).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    assert_eq!(answer.body["scopes"], json!(["oauth", "crm.objects.contacts.write"]));
    assert_eq!(answer.body["optionalScopes"], json!(["tickets"]));
    assert_eq!(answer.body["baseUrls"], json!({"api": "http://127.0.0.1:4801"}));
    assert_eq!(answer.body["hasClientSecret"], true);
    for text in [answer.text, ann.get(&at).await.text, ann.get(&list).await.text, ann.get("/openapi.json").await.text] {
        assert!(!text.contains(SECRET), "{text}");
    }
    let held = app.database();
    assert!(!held.windows(SECRET.len()).any(|bytes| bytes == SECRET.as_bytes()), "the database holds the secret");
    assert_eq!(hubspot().await["state"], "active");

    let cleared = ann.patch(&at, json!({"clientSecret": null})).await.error();
    assert_eq!(cleared.2["active"], "enter the client secret before switching it on");
    assert_eq!(ann.get(&at).await.body["hasClientSecret"], true, "nothing was changed");
    let off = ann.patch(&at, json!({"active": false, "clientSecret": null})).await;
    assert_eq!((off.status.as_u16(), &off.body["hasClientSecret"]), (200, &json!(false)));
    assert_eq!(ann.delete(&at).await.status, 204);
    assert_eq!(ann.get(&at).await.error().0, 404);
}

#[tokio::test]
async fn wrong_settings_of_an_integration_are_named() {
    let app = TestApp::start().await;
    let ann = app.member("Ann").await;
    let project = ann.project("Acme").await;
    let at = format!("{project}/integrations/{}", ann.hubspot(&project).await);
    for (patch, field, said) in [
        (json!({"apiVersion": "v9"}), "apiVersion", "there is no version `v9`; there are"),
        (json!({"baseUrls": {"apo": "http://x.y"}}), "baseUrls.apo", "there is no address `apo`; there are `api`"),
        (json!({"baseUrls": {"api": "ftp://x.y"}}), "baseUrls.api", "is no web address"),
        (json!({"baseUrls": {"api": "https://u:p@x.y"}}), "baseUrls.api", "is no web address"),
        (json!({"scopes": ["a b"]}), "scopes", "more than one scope"),
        (json!({"portal": {"accentColor": "red"}}), "portal.accentColor", "is no colour"),
        (json!({"portal": {"acentColor": "#ffffff"}}), "portal.acentColor", "unknown field"),
        (json!({"clientSecrt": "x"}), "clientSecrt", "unknown field"),
    ] {
        let (status, _, fields) = ann.patch(&at, patch.clone()).await.error();
        assert_eq!(status, 422, "{patch}");
        assert!(fields[field].as_str().is_some_and(|message| message.contains(said)), "{patch}: {fields}");
    }
}

#[tokio::test]
async fn a_connector_describes_its_actions() {
    let app = TestApp::start().await;
    let ann = app.member("Ann").await;
    let hubspot = ann.get("/api/v1/connectors/hubspot").await.body;
    assert_eq!(hubspot["name"], "HubSpot");
    assert!(hubspot["baseUrls"]["api"].is_string(), "{hubspot}");
    let actions = hubspot["actions"].as_array().expect("actions");
    let create = actions.iter().find(|action| action["name"] == "contacts.create").expect("Create Contact");
    assert_eq!((&create["writes"], &create["additionalFields"]), (&json!(true), &json!(true)));
    let fields: Vec<_> =
        create["fields"].as_array().expect("fields").iter().map(|field| field["name"].clone()).collect();
    for name in ["email", "firstname", "lastname", "company", "jobtitle"] {
        assert!(fields.contains(&json!(name)), "{fields:?}");
    }
    assert_eq!(ann.get("/api/v1/connectors/nothing").await.error().0, 404);
}
