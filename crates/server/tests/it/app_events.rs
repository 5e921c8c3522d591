//! App Events.

use serde_json::json;

use crate::app::TestApp;

#[tokio::test]
async fn an_app_event_is_created_from_an_object_or_its_text() {
    let app = TestApp::start().await;
    let ann = app.member("Ann").await;
    let events = format!("{}/app-events", ann.project("Acme").await);
    let made = ann.post(&events, json!({"name": " Contact Created ", "example": {"email": "a@b.c"}})).await;
    let id = made.created();
    assert_eq!(made.body["name"], "Contact Created");
    assert_eq!(made.body["usedBy"], json!([]));
    let text = "{\n  \"zeta\": 1,\n  \"alpha\": 2\n}";
    let second = ann.post(&events, json!({"name": "Second", "example": text})).await;
    second.created();
    let keys: Vec<_> = second.body["example"].as_object().expect("an object").keys().cloned().collect();
    assert_eq!(keys, ["zeta", "alpha"], "in the order they were written");
    assert_eq!(ann.post(&events, json!({"name": "Second", "example": {}})).await.error().0, 409);

    for (example, said) in [
        (json!("{\n  \"a\": 1,\n}"), "trailing comma at line 3, column 1"),
        (json!("[1]"), "an App Event's example is a JSON object"),
        (json!([1]), "an App Event's example is a JSON object"),
        (json!("\"text\""), "an App Event's example is a JSON object"),
        (json!(null), "an App Event's example is a JSON object"),
        (json!(""), "EOF while parsing a value at line 1, column 0"),
    ] {
        let (status, _, fields) = ann.post(&events, json!({"name": "Wrong", "example": example})).await.error();
        assert_eq!(status, 422, "{example}");
        assert!(fields["example"].as_str().is_some_and(|message| message.contains(said)), "{example}: {fields}");
        let changed = ann.patch(&format!("{events}/{id}"), json!({"example": example})).await;
        assert!(changed.status == 422 || example.is_null(), "{example}: {}", changed.text);
    }
    let (_, _, fields) = ann.post(&events, json!({"name": "  ", "example": {}})).await.error();
    assert_eq!(fields, json!({"name": "give it a name"}));
    let listed = ann.get(&events).await.body;
    assert_eq!(listed["items"].as_array().map(Vec::len), Some(2), "nothing wrong was saved");
    assert_eq!(listed["items"][0]["example"], json!({"email": "a@b.c"}));
}

#[tokio::test]
async fn an_app_event_that_a_deployed_workflow_waits_for_stays() {
    let app = TestApp::start().await;
    let ann = app.member("Ann").await;
    let project = ann.project("Acme").await;
    let integration = ann.hubspot(&project).await;
    let workflow = ann.workflow(&project, &integration).await;
    let event = ann.get(&format!("{project}/app-events")).await.body["items"][0].clone();
    assert_eq!(event["usedBy"], json!([{"workflowId": workflow, "name": "Sync contacts"}]));
    let at = format!("{project}/app-events/{}", event["id"].as_str().expect("an id"));
    let (status, code, _) = ann.delete(&at).await.error();
    assert_eq!((status, code.as_str()), (409, "app_event_in_use"));
    let renamed = ann.patch(&at, json!({"name": "Other"})).await;
    assert_eq!(renamed.error().0, 409);
    assert!(renamed.text.contains("`Sync contacts`"), "{}", renamed.text);
    assert_eq!(ann.patch(&at, json!({"example": {"email": "x"}})).await.status, 200, "its example may change");
    assert_eq!(ann.post(&format!("{project}/workflows/{workflow}/undeploy"), json!({})).await.status, 200);
    assert_eq!(ann.delete(&at).await.status, 204);
}
