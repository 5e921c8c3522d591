//! Task History, received events, connected users, the checklist.

use std::time::Duration;

use linchpin_engine::AppEvent;
use serde_json::{Value, json};

use crate::app::{Client, TestApp};

async fn send(app: &TestApp, project: &str, user: linchpin_domain::id::ConnectedUserId, name: &str) {
    let project_id = project.rsplit('/').next().expect("an id").parse().expect("an id");
    let event = AppEvent {
        project_id,
        user_id: user,
        name: name.into(),
        payload: r#"{"email":"buddha@example.com","first_name":"Buddha"}"#.into(),
        target: None,
        idempotency: None,
    };
    app.app.engine.accept_app_event(event).await.expect("accepted");
}

/// The newest run once it is at rest.
async fn settled(client: &Client, project: &str) -> Value {
    for _ in 0..100 {
        let run = client.get(&format!("{project}/runs")).await.body["items"][0].clone();
        if ["failed", "succeeded", "cancelled", "waiting"].iter().any(|state| run["state"] == *state) {
            return run;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("the run did not come to rest");
}

#[tokio::test]
async fn a_run_is_listed_shown_and_replayed() {
    let app = TestApp::start().await;
    let ann = app.member("Ann").await;
    let project = ann.project("Acme").await;
    let project_id = project.rsplit('/').next().expect("an id");
    let integration = ann.hubspot(&project).await;
    let workflow = ann.workflow(&project, &integration).await;
    let checklist = ann.get(&format!("{project}/checklist")).await.body;
    assert_eq!(
        (&checklist["deployed"], &checklist["signingKey"], &checklist["eventReceived"]),
        (&json!(true), &json!(false), &json!(false))
    );
    let user = app.connected_user(project_id, &integration, Some(&workflow), "user-1").await;
    send(&app, &project, user, "Contact Created").await;

    let run = settled(&ann, &project).await;
    assert_eq!(run["workflowName"], "Sync contacts");
    assert_eq!(run["versionNumber"], 1);
    assert_eq!(run["integrationType"], "hubspot");
    assert_eq!(run["user"], json!({"id": user, "userId": "user-1", "name": null}));
    assert_eq!(run["trigger"], json!({"kind": "appEvent", "name": "Contact Created"}));
    assert_eq!(run["steps"]["total"], 1);
    let at = format!("{project}/runs/{}", run["id"].as_str().expect("an id"));
    let detail = ann.get(&at).await.body;
    assert_eq!(detail["event"]["payload"]["email"], "buddha@example.com");
    assert_eq!(detail["steps"][0]["key"], "create_contact");
    assert_eq!(detail["steps"][0]["title"], "Create contact");
    assert!(!detail["steps"][0]["attempts"].as_array().expect("attempts").is_empty(), "{detail}");
    assert_eq!(detail["definition"]["steps"][0]["action"], "contacts.create");

    let replayed = ann.post(&format!("{at}/replay"), json!({})).await.created();
    let newest = settled(&ann, &project).await;
    assert_eq!(newest["id"], replayed);
    assert_eq!(ann.get(&format!("{project}/runs/{replayed}")).await.body["replayOf"], run["id"]);
    assert_eq!(ann.post(&format!("{at}/settle"), json!({"happened": true})).await.error().0, 409);

    let page = ann.get(&format!("{project}/runs?limit=1")).await.body;
    let cursor = page["nextCursor"].as_str().expect("there is a second page");
    let second = ann.get(&format!("{project}/runs?limit=1&cursor={cursor}")).await.body;
    assert_eq!((&second["items"][0]["id"], &second["nextCursor"]), (&run["id"], &json!(null)));
    assert_eq!(ann.get(&format!("{project}/runs?event=Other")).await.body["items"], json!([]));
    assert_eq!(
        ann.get(&format!("{project}/runs?workflowId={workflow}")).await.body["items"].as_array().map(Vec::len),
        Some(2)
    );
    for wrong in ["state=lost", "limit=0", "limit=x", "cursor=x", "workflowId=x", "before=yesterday"] {
        assert_eq!(ann.get(&format!("{project}/runs?{wrong}")).await.error().0, 400, "{wrong}");
    }

    let user = ann.get(&format!("{project}/users/{user}")).await.body;
    assert_eq!(
        user["accounts"][0]["configurations"][0]["workflows"],
        json!([{"workflowId": workflow, "name": "Sync contacts", "enabled": true, "permitted": true}])
    );
    assert_eq!(user["why"]["runStarted"], true, "{user}");
    let counts = ann.get(&format!("{project}/checklist")).await.body["counts"].clone();
    assert_eq!((&counts["runs"], &counts["users"]), (&json!(2), &json!(1)));
}

#[tokio::test]
async fn an_event_that_nobody_listens_to_is_shown_as_that() {
    let app = TestApp::start().await;
    let ann = app.member("Ann").await;
    let project = ann.project("Acme").await;
    let project_id = project.rsplit('/').next().expect("an id");
    let integration = ann.hubspot(&project).await;
    let user = app.connected_user(project_id, &integration, None, "user-1").await;
    send(&app, &project, user, "Contact Craeted").await;
    let events = ann.get(&format!("{project}/received-events")).await.body;
    assert_eq!(events["items"][0]["note"], "unknown name");
    assert_eq!((&events["items"][0]["userId"], &events["items"][0]["runs"]), (&json!("user-1"), &json!(0)));
    let unknown = ann.get(&format!("{project}/app-events")).await.body["unknown"].clone();
    assert_eq!((&unknown[0]["name"], &unknown[0]["count"]), (&json!("Contact Craeted"), &json!(1)));
}

#[tokio::test]
async fn users_are_searched_and_disabled() {
    let app = TestApp::start().await;
    let ann = app.member("Ann").await;
    let project = ann.project("Acme").await;
    let project_id = project.rsplit('/').next().expect("an id");
    let integration = ann.hubspot(&project).await;
    for name in ["ann", "bob", "carol"] {
        app.connected_user(project_id, &integration, None, name).await;
    }
    let users = format!("{project}/users");
    let first = ann.get(&format!("{users}?limit=2")).await.body;
    assert_eq!(first["nextCursor"], "bob");
    let second = ann.get(&format!("{users}?limit=2&cursor=bob")).await.body;
    assert_eq!((&second["items"][0]["userId"], &second["nextCursor"]), (&json!("carol"), &json!(null)));
    let found = ann.get(&format!("{users}?search=BO")).await.body;
    assert_eq!(found["items"].as_array().map(Vec::len), Some(1));
    assert_eq!(found["items"][0]["accounts"][0]["status"], "VALID");
    let at = format!("{users}/{}", found["items"][0]["id"].as_str().expect("an id"));
    let changed =
        ann.patch(&at, json!({"disabled": true, "metadata": {"Name": "Bob", "Email": "bob@acme.com"}})).await.body;
    assert_eq!(
        (&changed["disabled"], &changed["name"], &changed["email"]),
        (&json!(true), &json!("Bob"), &json!("bob@acme.com"))
    );
    assert_eq!(ann.get(&format!("{users}?search=bob@acme")).await.body["items"][0]["disabled"], true);
}

#[tokio::test]
async fn many_runs_are_counted_and_replayed_at_once() {
    let app = TestApp::start().await;
    let ann = app.member("Ann").await;
    let project = ann.project("Acme").await;
    let integration = ann.hubspot(&project).await;
    let workflow = ann.workflow(&project, &integration).await;
    let project_id = project.rsplit('/').next().expect("an id");
    let user = app.connected_user(project_id, &integration, Some(&workflow), "user-1").await;
    for _ in 0..3 {
        send(&app, &project, user, "Contact Created").await;
    }
    let cancelled = async || {
        let runs = ann.get(&format!("{project}/runs?state=cancelled")).await.body;
        runs["items"].as_array().expect("a list").len()
    };
    for run in ann.get(&format!("{project}/runs")).await.body["items"].as_array().expect("a list") {
        ann.post(&format!("{project}/runs/{}/cancel", run["id"].as_str().expect("an id")), json!({})).await;
    }
    // One that had failed before it could be cancelled does not count.
    let stopped = cancelled().await;
    let at = format!("{project}/runs/replay");
    let ask = |more: Value| {
        let mut body = json!({"state": "cancelled", "workflowId": workflow});
        body.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
        body
    };
    let counted = ann.post(&at, ask(json!({"dryRun": true}))).await;
    assert_eq!(counted.body, json!({"found": stopped, "replayed": 0, "skipped": [], "nextCursor": null}));
    let all = async |path: String| ann.get(&path).await.body["items"].as_array().expect("a list").len();
    assert_eq!(all(format!("{project}/runs")).await, 3, "counting does nothing");
    let failed = ann.post(&at, ask(json!({"from": "failed"}))).await.body;
    assert_eq!((&failed["replayed"], failed["skipped"].as_array().map(Vec::len)), (&json!(0), Some(stopped)));
    let done = ann.post(&at, ask(json!({"version": "current"}))).await;
    assert_eq!(done.body["replayed"], stopped, "{}", done.text);
    assert_eq!(all(format!("{project}/runs")).await, 3 + stopped);
    let (status, ..) = ann.post(&at, json!({"state": "running"})).await.error();
    assert_eq!(status, 422);
    let nobody = ann.post(&at, ask(json!({"userId": workflow, "dryRun": true}))).await;
    assert_eq!(nobody.body["found"], 0, "a filter of another user finds nothing");
}
