//! Team, secrets and audit log, through HTTP only.

use serde_json::{Value, json};

use crate::app::{Client, PASSWORD, TestApp};

/// Invites somebody and takes the invitation.
async fn joined(app: &TestApp, admin: &Client, project: &str, name: &str, role: &str) -> Client {
    let email = format!("{}@example.com", name.to_lowercase());
    let made = admin.post(&format!("{project}/invitations"), json!({"email": email, "role": role})).await;
    let token = token(&made.body);
    let mut client = app.anonymous();
    let accept = json!({"token": token, "name": name, "password": PASSWORD});
    let answer = client.post("/api/v1/invitation/accept", accept).await;
    assert_eq!(answer.status, 201, "{}", answer.body);
    client.take_session(&answer);
    client
}

fn token(made: &Value) -> String {
    made["link"].as_str().and_then(|link| link.split("token=").nth(1)).expect("a link").to_owned()
}

fn names(log: &Value) -> Vec<String> {
    let text = |value: &Value| value.as_str().unwrap_or("-").to_owned();
    log["items"]
        .as_array()
        .expect("items")
        .iter()
        .map(|line| {
            format!("{} {} {}", text(&line["actor"]["name"]), text(&line["operation"]), text(&line["subject"]["name"]))
        })
        .collect()
}

#[tokio::test]
async fn an_invitation_works_once_for_whom_it_is_for() {
    let app = TestApp::start().await;
    let ann = app.member("Ann").await;
    let acme = ann.project("Acme").await;
    let invite = json!({"email": " Bob@Example.com ", "role": "member"});
    let first = ann.post(&format!("{acme}/invitations"), invite.clone()).await;
    // A second invitation of the same person: the first link is void.
    let second = ann.post(&format!("{acme}/invitations"), invite).await;
    let anyone = app.anonymous();
    let preview =
        |token: String| anyone.send(reqwest::Method::POST, "/api/v1/invitation/preview", Some(json!({"token": token})));
    assert_eq!(preview(token(&first.body)).await.error().0, 403);
    assert_eq!(
        preview(token(&second.body)).await.body,
        json!({"project": "Acme", "email": "bob@example.com", "role": "member", "invitedBy": "Ann", "hasAccount": false})
    );
    let accept = json!({"token": token(&second.body), "name": "Bob", "password": "short"});
    assert_eq!(anyone.post("/api/v1/invitation/accept", accept).await.error().1, "invalid");
    let accept = json!({"token": token(&second.body), "name": "Bob", "password": PASSWORD});
    let answer = anyone.post("/api/v1/invitation/accept", accept.clone()).await;
    assert_eq!(answer.status, 201, "{}", answer.body);
    assert_eq!(anyone.post("/api/v1/invitation/accept", accept).await.error().1, "invitation_wrong");
    let listed = ann.get(&format!("{acme}/invitations")).await;
    assert_eq!(listed.body["items"], json!([]));
    // The link is nowhere in the database.
    let database = app.database();
    let text = token(&second.body);
    assert!(!database.windows(text.len()).any(|window| window == text.as_bytes()));

    // Who has an account shows the password of it, and is in both projects.
    let other = ann.project("Other").await;
    let made = ann.post(&format!("{other}/invitations"), json!({"email": "bob@example.com", "role": "support"})).await;
    assert_eq!(preview(token(&made.body)).await.body["hasAccount"], true);
    let wrong = json!({"token": token(&made.body), "password": "another password"});
    assert_eq!(anyone.post("/api/v1/invitation/accept", wrong).await.error().0, 422);
    let right = json!({"token": token(&made.body), "password": PASSWORD});
    let answer = anyone.post("/api/v1/invitation/accept", right).await;
    let roles: Vec<&Value> =
        answer.body["projects"].as_array().expect("projects").iter().map(|one| &one["role"]).collect();
    assert_eq!(roles, ["member", "support"]);
    let again = ann.post(&format!("{other}/invitations"), json!({"email": "bob@example.com", "role": "admin"})).await;
    assert_eq!(again.error().1, "invalid");
}

#[tokio::test]
async fn a_role_counts_at_once_and_the_last_admin_stays() {
    let app = TestApp::start().await;
    let ann = app.member("Ann").await;
    let acme = ann.project("Acme").await;
    let bob = joined(&app, &ann, &acme, "Bob", "support").await;
    let event = json!({"name": "Contact Created", "example": {}});
    assert_eq!(bob.post(&format!("{acme}/app-events"), event.clone()).await.error().1, "role_missing");
    let team = ann.get(&format!("{acme}/members")).await.body;
    let id = |at: usize| team["items"][at]["id"].as_str().expect("an id").to_owned();
    let (anns, bobs) = (id(0), id(1));
    let promoted = ann.patch(&format!("{acme}/members/{bobs}"), json!({"role": "member"})).await;
    assert_eq!(promoted.body["role"], "member");
    assert_eq!(bob.post(&format!("{acme}/app-events"), event).await.status, 201);
    for refused in [
        ann.patch(&format!("{acme}/members/{anns}"), json!({"role": "member"})).await,
        ann.delete(&format!("{acme}/members/{anns}")).await,
    ] {
        assert_eq!(refused.error().1, "last_admin");
    }
    assert_eq!(ann.patch(&format!("{acme}/members/{bobs}"), json!({"role": "owner"})).await.error().1, "invalid");
    assert_eq!(ann.delete(&format!("{acme}/members/{bobs}")).await.status, 204);
    assert_eq!(bob.get(&format!("{acme}/runs")).await.error().0, 404);
}

#[tokio::test]
async fn a_secret_can_be_written_and_never_read() {
    let app = TestApp::start().await;
    let ann = app.member("Ann").await;
    let acme = ann.project("Acme").await;
    let integration = ann.hubspot(&acme).await;
    let workflow = ann.workflow(&acme, &integration).await;
    assert_eq!(ann.put(&format!("{acme}/secrets/4KEY"), json!({"value": "x"})).await.error().1, "invalid");
    assert_eq!(ann.put(&format!("{acme}/secrets/KEY"), json!({"value": ""})).await.error().1, "invalid");
    let value = "secret-marker-5150";
    assert_eq!(ann.put(&format!("{acme}/secrets/KEY"), json!({"value": value})).await.status, 204);
    let mut definition = crate::app::definition();
    definition["steps"][0]["inputs"]["company"] = json!("{{ secrets.KEY }}");
    let draft = json!({"revision": 2, "definition": definition});
    assert_eq!(ann.put(&format!("{acme}/workflows/{workflow}/draft"), draft).await.body["problems"], json!([]));
    let listed = ann.get(&format!("{acme}/secrets")).await;
    assert!(!listed.text.contains(value));
    assert_eq!(listed.body["items"][0]["usedBy"][0]["deployed"], false);
    assert_eq!(ann.post(&format!("{acme}/workflows/{workflow}/deploy"), json!({})).await.status, 200);
    assert_eq!(ann.delete(&format!("{acme}/secrets/KEY")).await.error().1, "secret_in_use");
    assert_eq!(ann.post(&format!("{acme}/workflows/{workflow}/undeploy"), json!({})).await.status, 200);
    assert_eq!(ann.delete(&format!("{acme}/secrets/KEY")).await.status, 204);
    assert_eq!(ann.delete(&format!("{acme}/secrets/KEY")).await.error().0, 404);
    let log = ann.get(&format!("{acme}/audit-log")).await;
    assert!(!log.text.contains(value));
}

#[tokio::test]
async fn the_audit_log_says_who_did_what_to_what() {
    let app = TestApp::start().await;
    let ann = app.member("Ann").await;
    let acme = ann.project("Acme").await;
    let bob = joined(&app, &ann, &acme, "Bob", "support").await;
    let event = ann.post(&format!("{acme}/app-events"), json!({"name": "Lead Created", "example": {}})).await.created();
    // Refused, only looked at, or only tried: no line.
    bob.post(&format!("{acme}/app-events"), json!({"name": "X", "example": {}})).await;
    ann.get(&format!("{acme}/app-events")).await;
    ann.post(&format!("{acme}/runs/replay"), json!({"dryRun": true})).await;
    let asked = ann.post(&format!("{acme}/evaluate"), json!({"template": "{{ trigger.email }}"})).await;
    assert_eq!(asked.status, 200, "{}", asked.text);
    let checked = ann.post(&format!("{acme}/custom-integrations/check"), json!({"manifest": "kind: x"})).await;
    assert_eq!(checked.status, 200, "{}", checked.text);
    assert_eq!(ann.delete(&format!("{acme}/app-events/{event}")).await.status, 204);
    let made = ann.post(&format!("{acme}/api-keys"), json!({"name": "deploy"})).await;
    let mut key = app.anonymous();
    key.key = made.body["key"].as_str().map(str::to_owned);
    assert_eq!(key.put(&format!("{acme}/secrets/KEY"), json!({"value": "x"})).await.status, 204);
    let log = ann.get(&format!("{acme}/audit-log")).await.body;
    assert_eq!(
        names(&log),
        [
            "API key deploy secrets.set KEY",
            "Ann apiKeys.add deploy",
            "Ann appEvents.remove Lead Created",
            "Ann appEvents.add Lead Created",
            "Bob invitations.accept bob@example.com",
            "Ann invitations.add bob@example.com",
            "Ann projects.add Acme",
        ]
    );
    assert_eq!(log["items"][2]["title"], "Delete an App Event");
    let page = ann.get(&format!("{acme}/audit-log?operation=appEvents.add&limit=1")).await.body;
    assert_eq!(names(&page), ["Ann appEvents.add Lead Created"]);
    assert_eq!(bob.get(&format!("{acme}/audit-log")).await.error().1, "role_missing");
}

#[tokio::test]
async fn a_draft_that_saves_itself_makes_one_line() {
    let app = TestApp::start().await;
    let ann = app.member("Ann").await;
    let acme = ann.project("Acme").await;
    let integration = ann.hubspot(&acme).await;
    let workflow = ann.workflow(&acme, &integration).await;
    for revision in 2..5 {
        let draft = json!({"revision": revision, "definition": crate::app::definition()});
        assert_eq!(ann.put(&format!("{acme}/workflows/{workflow}/draft"), draft).await.status, 200);
    }
    let log = ann.get(&format!("{acme}/audit-log?operation=workflows.saveDraft")).await.body;
    // One before the deploy, one after it.
    assert_eq!(names(&log).len(), 2, "{log}");
}

#[tokio::test]
async fn the_overview_counts_runs_and_groups_failures() {
    let app = TestApp::start().await;
    let ann = app.member("Ann").await;
    let acme = ann.project("Acme").await;
    let empty = ann.get(&format!("{acme}/overview")).await.body;
    assert_eq!(empty["totals"], json!({"runs": 0, "succeeded": 0, "failed": 0, "medianMs": null}));
    assert_eq!(empty["slots"].as_array().map(Vec::len), Some(24));
    assert_eq!(ann.get(&format!("{acme}/overview?period=1y")).await.error().1, "wrong_query");
    let integration = ann.hubspot(&acme).await;
    let workflow = ann.workflow(&acme, &integration).await;
    let id = acme.rsplit('/').next().expect("an id");
    let user = app.connected_user(id, &integration, Some(&workflow), "user-1").await;
    for _ in 0..3 {
        let event = linchpin_engine::AppEvent {
            project_id: id.parse().expect("an id"),
            user_id: user,
            name: "Contact Created".into(),
            payload: "{}".into(),
            target: None,
            idempotency: None,
        };
        app.app.engine.accept_app_event(event).await.expect("accepted");
    }
    // The account has no token, so that every run fails for the same reason.
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(30);
    let counted = loop {
        let counted = ann.get(&format!("{acme}/overview")).await.body;
        if counted["totals"]["failed"] == 3 {
            break counted;
        }
        assert!(std::time::Instant::now() < deadline, "{counted}");
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    };
    assert_eq!(counted["totals"]["runs"], 3);
    let failures = counted["failures"].as_array().expect("failures");
    assert_eq!(failures.len(), 1, "{counted}");
    assert_eq!((&failures[0]["runs"], &failures[0]["users"]), (&json!(3), &json!(1)));
    assert_eq!(failures[0]["workflowName"], "Sync contacts");
    assert_eq!(failures[0]["userId"], user.to_string());
}
