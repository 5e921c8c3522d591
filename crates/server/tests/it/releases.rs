//! Releases from one project into another: what goes along, what never does, and a target that only releases change.

use linchpin::project_file::{self, ApplyError, Mode, Resolver};
use linchpin_connectors::Registry;
use serde_json::{Value, json};

use crate::app::{Client, TestApp, definition};

struct Stages {
    test: TestApp,
    ann: Client,
    staging: String,
    production: String,
    workflow: String,
}

fn id(api: &str) -> &str {
    api.rsplit('/').next().expect("an id")
}

impl Stages {
    async fn set_up() -> Self {
        let test = TestApp::start().await;
        let ann = test.member("Ann").await;
        let (staging, production) = (ann.project("Staging").await, ann.project("Production").await);
        let integration = ann.hubspot(&staging).await;
        let workflow = ann.workflow(&staging, &integration).await;
        let patch =
            json!({"portal": {"description": "From staging"}, "baseUrls": {"api": "https://staging.example.com"}});
        let patched = ann.patch(&format!("{staging}/integrations/{integration}"), patch).await;
        assert_eq!(patched.status, 200, "{}", patched.text);
        assert_eq!(ann.put(&format!("{staging}/secrets/ONLY_STAGING"), json!({"value": "marker-1"})).await.status, 204);
        Self { test, ann, staging, production, workflow }
    }

    async fn release(&self, message: &str) -> Value {
        let body = json!({"sourceProjectId": id(&self.staging), "message": message});
        let released = self.ann.post(&format!("{}/releases", self.production), body).await;
        assert_eq!(released.status, 201, "{}", released.text);
        released.body
    }

    async fn preview(&self) -> Value {
        let body = json!({"sourceProjectId": id(&self.staging)});
        let shown = self.ann.post(&format!("{}/releases/preview", self.production), body).await;
        assert_eq!(shown.status, 200, "{}", shown.text);
        shown.body
    }

    /// Changes the staging workflow's steps and deploys it.
    async fn change(&self, steps: Value) {
        let address = format!("{}/workflows/{}", self.staging, self.workflow);
        let revision = self.ann.get(&address).await.body["draftRevision"].clone();
        let body = json!({"revision": revision, "definition": {"trigger": definition()["trigger"], "steps": steps}});
        assert_eq!(self.ann.put(&format!("{address}/draft"), body).await.status, 200);
        let deployed = self.ann.post(&format!("{address}/deploy"), json!({})).await;
        assert_eq!(deployed.status, 200, "{}", deployed.text);
    }

    async fn production_workflow(&self) -> Value {
        let all = self.ann.get(&format!("{}/workflows", self.production)).await.body["items"].clone();
        let found = all.as_array().expect("a list").iter().find(|one| one["name"] == "Sync contacts").expect("there");
        let id = found["id"].as_str().expect("an id");
        self.ann.get(&format!("{}/workflows/{id}", self.production)).await.body
    }
}

#[tokio::test]
async fn a_release_brings_workflows_with_a_difference_and_never_what_is_secret() {
    let stages = Stages::set_up().await;
    let preview = stages.preview().await;
    let named = |value: &Value| -> Vec<String> {
        let all = value.as_array().expect("a list").iter();
        all.map(|one| format!("{} {} {}", one["action"], one["what"], one["name"]).replace('"', "")).collect()
    };
    let expected = ["add App Event Contact Created", "add integration hubspot", "add workflow Sync contacts"];
    let mut changes = named(&preview["changes"]);
    changes.sort();
    assert_eq!(changes, expected);
    assert!(preview["messages"].to_string().contains("HubSpot is new here"), "{preview}");
    assert_eq!(stages.ann.get(&format!("{}/workflows", stages.production)).await.body["items"], json!([]), "a look");

    let released = stages.release("First").await;
    assert_eq!((&released["number"], &released["message"]), (&json!(1), &json!("First")));
    assert_eq!(released["sourceProjectName"], "Staging");
    let workflow = stages.production_workflow().await;
    assert_eq!(workflow["deployed"]["deployedBy"], "Ann");
    let integration = stages.ann.get(&format!("{}/integrations", stages.production)).await.body["items"][0].clone();
    assert_eq!(integration["portal"]["description"], "From staging");
    assert_eq!((&integration["active"], &integration["clientId"]), (&json!(false), &Value::Null));
    assert_eq!(integration["baseUrls"], json!({}));
    assert_eq!(stages.ann.get(&format!("{}/secrets", stages.production)).await.body["items"], json!([]));
    let (status, code, _) = stages
        .ann
        .post(&format!("{}/releases", stages.production), json!({"sourceProjectId": id(&stages.staging)}))
        .await
        .error();
    assert_eq!((status, code.as_str()), (409, "nothing_changes"));

    // What belongs to production stays, whatever is released.
    let address = format!("{}/integrations/{}", stages.production, integration["id"].as_str().expect("an id"));
    let own = json!({"clientId": "prod", "clientSecret": "marker-2", "active": true});
    assert_eq!(stages.ann.patch(&address, own).await.status, 200);
    let project = id(&stages.production);
    let (integration_id, workflow_id) =
        (integration["id"].as_str().expect("an id"), workflow["id"].as_str().expect("an id"));
    stages.test.connected_user(project, integration_id, Some(workflow_id), "user-1").await;
    stages.change(json!([{"key": "pause", "delay": {"amount": 1, "unit": "hours"}}])).await;
    let preview = stages.preview().await;
    assert_eq!(named(&preview["changes"]), ["change workflow Sync contacts"]);
    assert_eq!((&preview["changes"][0]["fields"], &preview["changes"][0]["users"]), (&json!(["steps"]), &json!(1)));
    stages.release("Second").await;
    assert_eq!(stages.production_workflow().await["deployed"]["number"], 2);
    let integration = stages.ann.get(&address).await.body;
    assert_eq!((&integration["clientId"], &integration["active"]), (&json!("prod"), &json!(true)));

    // A secret that production does not have is named before anything is released.
    let request =
        json!({"method": "GET", "url": "https://example.com", "headers": {"X-Key": "{{ secrets.ONLY_STAGING }}"}});
    stages.change(json!([{"key": "call", "request": request}])).await;
    let preview = stages.preview().await;
    assert!(preview["problems"][0].as_str().is_some_and(|text| text.contains("ONLY_STAGING")), "{preview}");
    let (status, code, _) = stages
        .ann
        .post(&format!("{}/releases", stages.production), json!({"sourceProjectId": id(&stages.staging)}))
        .await
        .error();
    assert_eq!((status, code.as_str()), (422, "release_has_problems"));
    assert_eq!(stages.production_workflow().await["deployed"]["number"], 2, "all or nothing");
}

#[tokio::test]
async fn a_release_is_rolled_back_and_the_list_tells_of_it() {
    let stages = Stages::set_up().await;
    stages.release("First").await;
    stages.change(json!([{"key": "pause", "delay": {"amount": 1, "unit": "hours"}}])).await;
    let more = json!({"name": "Lead Created", "example": {}});
    stages.ann.post(&format!("{}/app-events", stages.staging), more).await.created();
    stages.release("Second").await;
    let list = stages.ann.get(&format!("{}/releases", stages.production)).await.body["items"].clone();
    let numbers: Vec<_> = list.as_array().expect("a list").iter().map(|one| one["number"].clone()).collect();
    assert_eq!(numbers, [2, 1, 0]);
    let back = |which: usize| {
        let release = list[which]["id"].as_str().expect("an id").to_owned();
        let address = format!("{}/releases/{release}/roll-back", stages.production);
        let ann = stages.ann.clone();
        async move { ann.post(&address, json!({})).await }
    };
    let rolled = back(1).await;
    assert_eq!(rolled.status, 201, "{}", rolled.text);
    assert_eq!((&rolled.body["number"], &rolled.body["backTo"]), (&json!(3), &json!(1)));
    let workflow = stages.production_workflow().await;
    assert_eq!(workflow["deployed"]["definition"]["steps"][0]["key"], "create_contact");
    let events = stages.ann.get(&format!("{}/app-events", stages.production)).await.body;
    assert_eq!(events["items"].as_array().map(Vec::len), Some(1), "{events}");
    let (status, code, _) = back(1).await.error();
    assert_eq!((status, code.as_str()), (409, "nothing_changes"));
    let rolled = back(2).await;
    assert_eq!(rolled.status, 201, "{}", rolled.text);
    assert_eq!(stages.ann.get(&format!("{}/workflows", stages.production)).await.body["items"], json!([]));
}

#[tokio::test]
async fn a_target_that_is_read_only_refuses_every_other_change() {
    let stages = Stages::set_up().await;
    stages.release("First").await;
    let address = format!("{}/release-settings", stages.production);
    assert_eq!(stages.ann.put(&address, json!({"readOnly": true})).await.body, json!({"readOnly": true}));
    assert_eq!(stages.ann.get(&address).await.body, json!({"readOnly": true}));
    let workflow = stages.production_workflow().await;
    let workflow = format!("{}/workflows/{}", stages.production, workflow["id"].as_str().expect("an id"));
    let integration =
        stages.ann.get(&format!("{}/integrations", stages.production)).await.body["items"][0]["id"].clone();
    let integration = format!("{}/integrations/{}", stages.production, integration.as_str().expect("an id"));
    let copy = json!({"projectId": id(&stages.production)});
    let refused = [
        stages.ann.put(&format!("{workflow}/draft"), json!({"revision": 1, "definition": {}})).await,
        stages.ann.post(&format!("{workflow}/deploy"), json!({})).await,
        stages.ann.delete(&workflow).await,
        stages.ann.post(&format!("{}/app-events", stages.production), json!({"name": "X", "example": {}})).await,
        stages.ann.patch(&integration, json!({"portal": {"description": "By hand"}})).await,
        stages.ann.delete(&integration).await,
        stages.ann.post(&format!("{}/workflows/{}/copy", stages.staging, stages.workflow), copy).await,
    ];
    for answer in refused {
        let (status, code, _) = answer.error();
        assert_eq!((status, code.as_str()), (409, "read_only"), "{}", answer.text);
        assert!(answer.text.contains("release"), "{}", answer.text);
    }
    let registry = Registry::builtin().expect("the connectors are good");
    let file = "project: Production\nappEvents: { X: {} }\n";
    let plan = project_file::parse("a.yaml", file, &Resolver::none(), &registry).expect("good");
    let applied = project_file::apply(&stages.test.app.store, &registry, &plan, Mode::default(), None).await;
    assert!(matches!(applied, Err(ApplyError::ReadOnly { .. })), "{applied:?}");

    // What belongs to the project itself, and releases, still work.
    assert_eq!(stages.ann.patch(&integration, json!({"clientId": "prod"})).await.status, 200);
    assert_eq!(stages.ann.put(&format!("{}/secrets/KEY", stages.production), json!({"value": "x"})).await.status, 204);
    stages.change(json!([{"key": "pause", "delay": {"amount": 1, "unit": "hours"}}])).await;
    stages.release("Second").await;
    assert_eq!(stages.ann.put(&address, json!({"readOnly": false})).await.status, 200);
    assert_eq!(stages.ann.post(&format!("{workflow}/deploy"), json!({})).await.status, 200);
}

#[tokio::test]
async fn another_projects_workflows_are_released_by_its_members_alone() {
    let stages = Stages::set_up().await;
    let bob = stages.test.outsider("Bob").await;
    let own = bob.project("Bob's").await;
    let body = json!({"sourceProjectId": id(&stages.staging)});
    for address in [format!("{own}/releases"), format!("{own}/releases/preview")] {
        assert_eq!(bob.post(&address, body.clone()).await.error().0, 404, "{address}");
    }
    let (status, _, fields) = bob.post(&format!("{own}/releases"), json!({"sourceProjectId": id(&own)})).await.error();
    assert!(status == 422 && fields.get("sourceProjectId").is_some(), "{fields}");
}
