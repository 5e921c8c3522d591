//! Workflows: drafts, deployments, versions.

use serde_json::json;

use crate::app::{TestApp, definition};

#[tokio::test]
async fn edits_change_nothing_until_they_are_deployed() {
    let app = TestApp::start().await;
    let ann = app.member("Ann").await;
    let project = ann.project("Acme").await;
    let integration = ann.hubspot(&project).await;
    let at = format!("{project}/workflows/{}", ann.workflow(&project, &integration).await);
    let first = ann.get(&at).await.body;
    assert_eq!((&first["state"], &first["deployed"]["number"]), (&json!("deployed"), &json!(1)));
    assert_eq!(first["deployed"]["deployedBy"], "Ann");
    assert_eq!(first["integrationType"], "hubspot");

    let mut edited = definition();
    edited["steps"][0]["inputs"]["company"] = json!("Acme");
    let saved = ann.put(&format!("{at}/draft"), json!({"revision": 2, "definition": edited})).await;
    assert_eq!(saved.body, json!({"draftRevision": 3, "problems": []}));
    let changed = ann.get(&at).await.body;
    assert_eq!(changed["state"], "changed");
    assert_eq!(changed["deployed"]["definition"], first["deployed"]["definition"]);

    let deployed = ann.post(&format!("{at}/deploy"), json!({"note": "company too"})).await.body;
    assert_eq!((&deployed["state"], &deployed["deployed"]["number"]), (&json!("deployed"), &json!(2)));
    let versions = ann.get(&format!("{at}/versions")).await.body;
    let shown: Vec<_> = versions["items"]
        .as_array()
        .expect("versions")
        .iter()
        .map(|one| (one["number"].clone(), one["note"].clone(), one["current"].clone()))
        .collect();
    assert_eq!(shown, [(json!(2), json!("company too"), json!(true)), (json!(1), json!(null), json!(false))]);

    let undeployed = ann.post(&format!("{at}/undeploy"), json!({})).await.body;
    assert_eq!((&undeployed["state"], &undeployed["deployed"]), (&json!("draft"), &json!(null)));
    let again = ann.send(reqwest::Method::POST, &format!("{at}/deploy"), None).await;
    assert_eq!(again.body["deployed"]["number"], 3, "no body is needed: {}", again.text);
    assert_eq!(ann.delete(&at).await.status, 204);
    assert_eq!(ann.get(&at).await.error().0, 404);
}

#[tokio::test]
async fn a_draft_that_somebody_else_changed_is_not_overwritten() {
    let app = TestApp::start().await;
    let ann = app.member("Ann").await;
    let project = ann.project("Acme").await;
    let integration = ann.hubspot(&project).await;
    let at = format!("{project}/workflows/{}", ann.workflow(&project, &integration).await);
    let late =
        ann.put(&format!("{at}/draft"), json!({"revision": 1, "definition": {"trigger": null, "steps": []}})).await;
    assert_eq!(late.error().1, "draft_changed");
    assert_eq!(late.status, 409);
    assert_eq!(late.body["meta"]["draftRevision"], 2);
    assert_eq!(late.body["meta"]["definition"], definition());
    assert_eq!(ann.get(&at).await.body["draft"], definition());
    let wrong = json!({"revision": 2, "definition": {"steps": [{"key": "a", "inptus": {}}]}});
    let (status, _, fields) = ann.put(&format!("{at}/draft"), wrong).await.error();
    assert_eq!(status, 422);
    assert!(
        fields["definition.steps[0].inptus"].as_str().is_some_and(|text| text.contains("unknown field")),
        "{fields}"
    );
}

#[tokio::test]
async fn what_keeps_a_draft_from_being_deployed_is_listed() {
    let app = TestApp::start().await;
    let ann = app.member("Ann").await;
    let project = ann.project("Acme").await;
    let integration = ann.hubspot(&project).await;
    let list = format!("{project}/workflows");
    let made = ann.post(&list, json!({"integrationId": integration, "name": "Empty"})).await;
    let at = format!("{list}/{}", made.created());
    assert_eq!(made.body["problems"][0], json!({"pointer": "/trigger", "message": "choose what starts this workflow"}));
    let refused = ann.post(&format!("{at}/deploy"), json!({})).await;
    assert_eq!(refused.error().1, "workflow_has_problems");
    assert_eq!(refused.status, 422);
    assert_eq!(refused.body["meta"]["problems"].as_array().map(Vec::len), Some(2));

    let draft = json!({"trigger": {"appEvent": "Nothing"}, "steps": [
        {"key": "a", "action": "contacts.creat", "inputs": {}},
        {"key": "b", "action": "contacts.create", "inputs": {"email": "{{ steps.c.id }}", "colour": "red"}},
        {"key": "c", "action": "contacts.create", "inputs": {"email": "{{ settings.list }}"}},
    ]});
    let saved = ann.put(&format!("{at}/draft"), json!({"revision": 1, "definition": draft})).await.body;
    let pointers: Vec<_> = saved["problems"]
        .as_array()
        .expect("problems")
        .iter()
        .map(|one| one["pointer"].as_str().expect("a pointer"))
        .collect();
    assert_eq!(
        pointers,
        ["/trigger", "/steps/0/action", "/steps/1/inputs/colour", "/steps/1/inputs/email", "/steps/2/inputs/email"]
    );
    assert_eq!(ann.get(&at).await.body["deployed"], json!(null));

    assert_eq!(ann.post(&list, json!({"integrationId": integration, "name": "Empty"})).await.error().0, 409);
    assert_eq!(
        ann.post(&list, json!({"integrationId": integration, "name": " "})).await.error().2,
        json!({"name": "give it a name"})
    );
    let renamed = ann.patch(&at, json!({"name": "Renamed", "order": 7, "hidden": true})).await.body;
    assert_eq!((&renamed["name"], &renamed["order"], &renamed["hidden"]), (&json!("Renamed"), &json!(7), &json!(true)));
    let listed = ann.get(&format!("{list}?integrationId={integration}")).await.body;
    assert_eq!(listed["items"][0]["stepCount"], 3);
}

#[tokio::test]
async fn a_workflow_with_required_settings_cannot_be_on_from_the_start() {
    let app = TestApp::start().await;
    let ann = app.member("Ann").await;
    let project = ann.project("Acme").await;
    let integration = ann.hubspot(&project).await;
    let at = format!("{project}/workflows/{}", ann.workflow(&project, &integration).await);
    let settings = json!({"settings": [{"id": "list", "title": "List", "type": "TEXT_NO_VARS"}]});
    assert_eq!(ann.patch(&format!("{project}/integrations/{integration}"), settings).await.status, 200);
    let (status, _, fields) = ann.patch(&at, json!({"defaultEnabled": true})).await.error();
    assert_eq!(status, 422);
    assert!(fields["defaultEnabled"].as_str().is_some_and(|text| text.contains("`List`")), "{fields}");
}

#[tokio::test]
async fn a_workflow_has_user_settings_of_its_own() {
    let app = TestApp::start().await;
    let ann = app.member("Ann").await;
    let project = ann.project("Acme").await;
    let integration = ann.hubspot(&project).await;
    let at = format!("{project}/workflows/{}", ann.workflow(&project, &integration).await);
    let list =
        json!({"id": "list", "title": "List", "type": "TEXT_NO_VARS", "required": false, "tooltip": "Which one"});
    let set = ann.patch(&at, json!({"settings": [list]})).await;
    assert_eq!((set.status.as_u16(), &set.body["settings"]), (200, &json!([list])), "{}", set.text);
    let mut uses = definition();
    uses["steps"][0]["inputs"]["company"] = json!("{{ settings.list }}");
    let saved = ann.put(&format!("{at}/draft"), json!({"revision": 2, "definition": uses})).await;
    assert_eq!(saved.body["problems"], json!([]));
    let (status, _, fields) = ann.patch(&at, json!({"settings": [list, list]})).await.error();
    assert_eq!((status, fields["settings[1].id"].is_string()), (422, true), "{fields}");
    let removed = ann.patch(&at, json!({"settings": []})).await.body;
    let problem = removed["problems"][0]["message"].as_str().unwrap_or_default();
    assert!(problem.contains("there is no setting `list`"), "{removed}");
}
