//! Versions that are kept and restored, and copies of workflows.

use serde_json::{Value, json};

use crate::app::{Client, TestApp, definition};

/// Number, kind, note and author of each version, newest first.
async fn versions(client: &Client, at: &str) -> Vec<Value> {
    let listed = client.get(&format!("{at}/versions")).await.body;
    let items = listed["items"].as_array().expect("versions");
    items.iter().map(|one| json!([one["number"], one["kind"], one["note"], one["createdBy"], one["current"]])).collect()
}

fn with_company(company: &str) -> Value {
    let mut edited = definition();
    edited["steps"][0]["inputs"]["company"] = json!(company);
    edited
}

#[tokio::test]
async fn a_restored_version_brings_the_old_steps_back_as_a_new_version() {
    let app = TestApp::start().await;
    let ann = app.member("Ann").await;
    let project = ann.project("Acme").await;
    let integration = ann.hubspot(&project).await;
    let at = format!("{project}/workflows/{}", ann.workflow(&project, &integration).await);
    ann.put(&format!("{at}/draft"), json!({"revision": 2, "definition": with_company("Acme")})).await;
    let saved = ann.post(&format!("{at}/versions"), json!({"note": " before lunch "})).await;
    assert_eq!((saved.status.as_u16(), &saved.body["number"]), (201, &json!(2)), "{}", saved.text);
    ann.put(&format!("{at}/draft"), json!({"revision": 3, "definition": with_company("Other")})).await;

    let old = ann.get(&format!("{at}/versions/1")).await.body;
    let refused = ann.post(&format!("{at}/versions/1/restore"), json!({"revision": 3})).await;
    assert_eq!(refused.error().1, "draft_changed");
    let restored = ann.post(&format!("{at}/versions/1/restore"), json!({"revision": 4})).await;
    assert_eq!(restored.status, 200, "{}", restored.text);
    assert_eq!((&restored.body["draft"], &restored.body["draftRevision"]), (&old["definition"], &json!(5)));
    assert_eq!((&restored.body["state"], &restored.body["deployed"]["number"]), (&json!("deployed"), &json!(1)));
    assert_eq!(
        versions(&ann, &at).await,
        [
            json!([4, "restored", "version 1 again", "Ann", false]),
            json!([3, "saved", "before version 1 was restored", "Ann", false]),
            json!([2, "saved", "before lunch", "Ann", false]),
            json!([1, "deployed", null, "Ann", true]),
        ]
    );
    let given_up = ann.get(&format!("{at}/versions/3")).await.body;
    assert_eq!(given_up["definition"]["steps"][0]["inputs"]["company"], "Other", "nothing is lost");

    // What a version holds already is not saved once more.
    assert_eq!(ann.post(&format!("{at}/versions/2/restore"), json!({})).await.status, 200);
    assert_eq!(versions(&ann, &at).await.len(), 5);
    let deployed = ann.post(&format!("{at}/deploy"), json!({})).await.body;
    assert_eq!(deployed["deployed"]["number"], 6);
    assert_eq!(deployed["deployed"]["definition"]["steps"][0]["inputs"]["company"], "Acme");
    for missing in ["versions/99", "versions/x"] {
        assert_eq!(ann.get(&format!("{at}/{missing}")).await.error().0, 404, "{missing}");
    }
}

#[tokio::test]
async fn a_workflow_is_duplicated_beside_itself() {
    let app = TestApp::start().await;
    let ann = app.member("Ann").await;
    let project = ann.project("Acme").await;
    let integration = ann.hubspot(&project).await;
    let workflow = ann.workflow(&project, &integration).await;
    let at = format!("{project}/workflows/{workflow}");
    let permissions = json!({"any": [{"all": [{"left": "{{ user.metadata.plan }}", "operator": "$exists"}]}]});
    let looks =
        json!({"description": "Creates contacts", "hidden": true, "defaultEnabled": true, "permissions": permissions});
    assert_eq!(ann.patch(&at, looks.clone()).await.status, 200);

    let copied = ann.post(&format!("{at}/copy"), json!({})).await;
    assert_eq!(copied.status, 201, "{}", copied.text);
    assert_eq!((&copied.body["name"], &copied.body["state"]), (&json!("Sync contacts (copy)"), &json!("draft")));
    assert_eq!(copied.body["draft"], ann.get(&at).await.body["draft"]);
    for (key, value) in looks.as_object().expect("an object") {
        assert_eq!(&copied.body[key], value, "{key}");
    }
    let again = ann.send(reqwest::Method::POST, &format!("{at}/copy"), None).await;
    assert_eq!(again.body["name"], "Sync contacts (copy 2)", "{}", again.text);
    assert_eq!(ann.post(&format!("{at}/copy"), json!({"name": "Mine"})).await.body["name"], "Mine");
    assert_eq!(ann.post(&format!("{at}/copy"), json!({"name": "Mine"})).await.error().0, 409);
    assert_eq!(ann.post(&format!("{at}/copy"), json!({"workflowId": workflow})).await.error().0, 422);
}

#[tokio::test]
async fn a_workflow_is_copied_into_another_project_whose_old_draft_is_kept() {
    let app = TestApp::start().await;
    let ann = app.member("Ann").await;
    let (from, into) = (ann.project("Acme").await, ann.project("Staging").await);
    let id = |address: &str| address.rsplit('/').next().expect("an id").to_owned();
    let integration = ann.hubspot(&from).await;
    let at = format!("{from}/workflows/{}", ann.workflow(&from, &integration).await);
    let copy = format!("{at}/copy");
    assert_eq!(ann.post(&copy, json!({"projectId": id(&into)})).await.error().1, "no_integration");
    let there = ann.hubspot(&into).await;

    let landed = ann.post(&copy, json!({"projectId": id(&into)})).await;
    assert_eq!(landed.status, 201, "{}", landed.text);
    assert_eq!((&landed.body["name"], &landed.body["integrationId"]), (&json!("Sync contacts"), &json!(there)));
    let problem = landed.body["problems"][0]["message"].as_str().expect("the App Event is missing");
    assert!(problem.contains("there is no App Event `Contact Created`"), "{problem}");
    let copied = landed.created();
    let beside = format!("{into}/workflows/{copied}");
    assert_eq!(ann.get(&beside).await.body["draft"], ann.get(&at).await.body["draft"]);

    ann.put(&format!("{beside}/draft"), json!({"revision": 1, "definition": with_company("Staging")})).await;
    let over = ann.post(&copy, json!({"projectId": id(&into), "workflowId": copied})).await;
    assert_eq!((over.status.as_u16(), &over.body["id"]), (200, &json!(copied)), "{}", over.text);
    assert_eq!(over.body["draft"], ann.get(&at).await.body["draft"]);
    assert_eq!(
        versions(&ann, &beside).await,
        [json!([1, "saved", "before `Sync contacts` was copied into it", "Ann", false])]
    );
    let kept = ann.get(&format!("{beside}/versions/1")).await.body;
    assert_eq!(kept["definition"]["steps"][0]["inputs"]["company"], "Staging");

    // Into a project of somebody else, or past the one that a key opens, nothing goes.
    let bob = app.outsider("Bob").await;
    let bobs = bob.project("Bob's").await;
    assert_eq!(ann.post(&copy, json!({"projectId": id(&bobs)})).await.error().0, 404);
    let mut key = app.anonymous();
    let made = ann.post(&format!("{from}/api-keys"), json!({"name": "deploy"})).await;
    key.key = made.body["key"].as_str().map(str::to_owned);
    assert_eq!(key.post(&copy, json!({"projectId": id(&into)})).await.error().0, 404);
    assert_eq!(key.post(&copy, json!({})).await.status, 201);
    // A workflow of another project is no place to copy into.
    assert_eq!(ann.post(&copy, json!({"workflowId": copied})).await.error().0, 404);
}
