//! Task History for backends: filters, pages of a hundred, the steps of a run, replay.

use std::time::Duration;

use linchpin_engine::AppEvent;
use serde_json::{Value, json};

use crate::app::{Client, TestApp};
use crate::sdk::world::World;

const AT: &str = "/task-history/workflow-executions";

async fn executions(client: &Client, query: &str) -> Vec<Value> {
    let answer = client.get(&format!("{AT}?{query}")).await;
    assert_eq!(answer.status, 200, "{query}: {}", answer.text);
    answer.body["workflowExecutions"].as_array().expect("a list").clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backend_filters_reads_and_replays_executions() {
    let world = World::start().await;
    let backend = world.backend().await;
    for user in ["ann", "bob"] {
        world.connect(user).await;
        world.workflow_on(user).await;
        assert_eq!(world.event(user, &format!("{user}@example.com")).await.status, 201);
        world.newest_run(&["succeeded"]).await;
    }
    // Bob's second contact has an e-mail that is taken: the run fails for good.
    assert_eq!(world.event("bob", "ann@example.com").await.status, 201);
    let failed = world.newest_run(&["failed"]).await;
    world.faults(json!({"next": [{"kind": "status", "status": 503, "count": 100}]})).await;
    assert_eq!(world.event("ann", "waits@example.com").await.status, 201);
    let waiting = world.newest_run(&["waiting"]).await;

    let all = backend.get(AT).await;
    assert_eq!((&all.body["total"], &all.body["nextLink"]), (&json!(4), &json!(null)), "{}", all.text);
    let statuses = |list: &[Value]| {
        list.iter()
            .map(|one| {
                format!("{} {}", one["userId"].as_str().expect("a user"), one["status"].as_str().expect("a status"))
            })
            .collect::<Vec<_>>()
    };
    let list = executions(&backend, "").await;
    assert_eq!(statuses(&list), ["ann DELAYED", "bob FAILED", "bob SUCCEEDED", "ann SUCCEEDED"]);
    assert_eq!((&list[0]["id"], &list[1]["id"]), (&waiting["id"], &failed["id"]));
    let keys: Vec<&String> = list[2].as_object().expect("an object").keys().collect();
    assert_eq!(keys, ["id", "userId", "workflowId", "status", "taskCount", "runDuration", "dateStarted", "dateEnded"]);
    assert_eq!((&list[2]["taskCount"], &list[2]["workflowId"]), (&json!(1), &json!(world.workflow)));
    assert_eq!(list[0]["dateEnded"], json!(null));

    let newest = waiting["createdAt"].as_str().expect("a time").to_owned();
    for (query, expected) in [
        ("userId=bob".to_owned(), vec!["bob FAILED", "bob SUCCEEDED"]),
        ("userId=nobody".into(), vec![]),
        ("status=SUCCEEDED".into(), vec!["bob SUCCEEDED", "ann SUCCEEDED"]),
        ("status=FAILED&userId=ann".into(), vec![]),
        ("status=DELAYED".into(), vec!["ann DELAYED"]),
        ("status=EXECUTING".into(), vec![]),
        ("integration=hubspot&sortBy=ASC&offset=3".into(), vec!["ann DELAYED"]),
        ("integration=slack".into(), vec![]),
        (format!("workflowId={}&sortBy=DESC&offset=3", world.workflow), vec!["ann SUCCEEDED"]),
        ("workflowId=0192a0c0-0000-7000-8000-000000000000".into(), vec![]),
        ("afterDate=2000-01-01&beforeDate=2001-01-01".into(), vec![]),
        (format!("afterDate={newest}"), vec!["ann DELAYED"]),
    ] {
        assert_eq!(statuses(&executions(&backend, &query).await), expected, "{query}");
    }
    for (query, word) in [
        ("status=DONE", "EXECUTING"),
        ("workflowId=x", "workflowId"),
        ("offset=-1", "offset"),
        ("afterDate=yesterday", "2030-01-31"),
        ("sortBy=UP", "ASC"),
    ] {
        let (status, code, _) = backend.get(&format!("{AT}?{query}")).await.error();
        assert_eq!((status, code.as_str()), (400, "wrong_query"), "{query}");
        let text = backend.get(&format!("{AT}?{query}")).await.text;
        assert!(text.contains(word), "{query}: {text}");
    }

    let at = format!("{AT}/{}", failed["id"].as_str().expect("an id"));
    let detail = backend.get(&at).await.body;
    assert_eq!((&detail["status"], &detail["userId"]), (&json!("FAILED"), &json!("bob")));
    let steps = detail["stepExecutions"].as_array().expect("steps");
    let types: Vec<_> = steps.iter().map(|step| (step["type"].as_str(), step["status"].as_str())).collect();
    assert_eq!(
        types,
        [(Some("TRIGGER/APP_EVENT"), Some("SUCCEEDED")), (Some("ACTION/HUBSPOT"), Some("FAILED"))],
        "{detail}"
    );
    assert_eq!((&steps[0]["prev"], &steps[0]["next"]), (&json!(null), &json!([steps[1]["id"]])));
    assert_eq!((&steps[1]["prev"], &steps[1]["next"]), (&steps[0]["id"], &json!([])));
    assert_eq!(steps[1]["stepId"], "create_contact");
    let content = async |step: &Value| {
        let at = format!("{at}/step-executions/{}", step["id"].as_str().expect("an id"));
        let answer = backend.get(&at).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        answer.body
    };
    let trigger = content(&steps[0]).await;
    assert_eq!(trigger["output"], json!({"first_name": "Buddha", "email": "ann@example.com"}));
    assert_eq!(steps[0]["outputSize"], trigger["output"].to_string().len());
    let action = content(&steps[1]).await;
    assert_eq!(action["input"]["email"], "ann@example.com", "{action}");
    assert_eq!(action["output"]["error"]["code"], "conflict", "{action}");
    // What to do is said with it: the action that changes the record which is there.
    let message = action["output"]["error"]["message"].as_str().unwrap_or_default();
    assert!(message.contains("use `contacts.upsert` (Create or update contact)"), "{action}");
    assert_eq!((&action["isLargeInput"], &action["isLargeOutput"]), (&json!(false), &json!(false)));
    for wrong in [
        format!("{at}/step-executions/0192a0c0-0000-7000-8000-000000000000"),
        format!("{at}/step-executions/create_contact"),
        format!("{AT}/0192a0c0-0000-7000-8000-000000000000"),
        format!("{AT}/x"),
    ] {
        assert_eq!(backend.get(&wrong).await.error().0, 404, "{wrong}");
    }

    world.faults(json!({"next": []})).await;
    let replayed = backend.post(&format!("{at}/replay"), json!({})).await;
    assert_eq!(replayed.status, 201, "{}", replayed.text);
    assert_eq!((&replayed.body["replayOf"], &replayed.body["userId"]), (&failed["id"], &json!("bob")));
    assert_ne!(replayed.body["id"], failed["id"]);
    assert_eq!(world.newest_run(&["failed"]).await["id"], replayed.body["id"]);
}

#[tokio::test]
async fn pages_have_a_hundred_executions_and_link_to_the_next() {
    let app = TestApp::start().await;
    let ann = app.member("Ann").await;
    let project = ann.project("Acme").await;
    let project_id = project.rsplit('/').next().expect("an id");
    let integration = ann.hubspot(&project).await;
    let workflow = ann.workflow(&project, &integration).await;
    let user = app.connected_user(project_id, &integration, Some(&workflow), "user-1").await;
    for _ in 0..203 {
        let event = AppEvent {
            project_id: project_id.parse().expect("an id"),
            user_id: user,
            name: "Contact Created".into(),
            payload: "{}".into(),
            target: None,
            idempotency: None,
        };
        app.app.engine.accept_app_event(event).await.expect("accepted");
    }
    let made = ann.post(&format!("{project}/api-keys"), json!({"name": "backend"})).await;
    let mut backend = app.anonymous();
    backend.key = made.body["key"].as_str().map(str::to_owned);
    let mut address = format!("{AT}?userId=user-1&sortBy=ASC");
    let (mut sizes, mut ids) = (Vec::new(), Vec::new());
    loop {
        let page = tokio::time::timeout(Duration::from_secs(10), backend.get(&address)).await.expect("in time").body;
        assert_eq!(page["total"], 203);
        let list = page["workflowExecutions"].as_array().expect("a list");
        sizes.push(list.len());
        ids.extend(list.iter().map(|one| one["id"].as_str().expect("an id").to_owned()));
        let Some(next) = page["nextLink"].as_str() else { break };
        assert!(next.contains("userId=user-1") && next.contains("sortBy=ASC"), "{next}");
        address = next.strip_prefix(&app.base).expect("on this server").to_owned();
    }
    assert_eq!(sizes, [100, 100, 3]);
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), 203, "no execution twice");
}
