//! What of a workflow is offered to whom, and which of a user's values its steps see.

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};

use super::world::{World, answer};

impl World {
    /// Applies a file with one workflow, `Offer`, besides what there is; the workflow's id.
    async fn offer(&self, workflow: Value, around: Value) -> String {
        let key = self.admin.post(&format!("{}/api-keys", self.api), json!({"name": "deploy"})).await;
        let mut backend = self.test.anonymous();
        backend.key = key.body["key"].as_str().map(str::to_owned);
        let mut file = json!({"project": "Acme", "integrations": {"hubspot": {"workflows": {"Offer": workflow}}}});
        for (pointer, value) in around.as_object().expect("an object") {
            match pointer.as_str() {
                "settings" => file["integrations"]["hubspot"]["settings"] = value.clone(),
                other => file[other] = value.clone(),
            }
        }
        let applied = backend.post("/api/v1/apply", file).await;
        assert_eq!(applied.status, 200, "{}", applied.text);
        applied.body["workflows"]["Offer"].as_str().unwrap_or_else(|| panic!("{}", applied.text)).to_owned()
    }

    async fn on(&self, user: &str, workflow: &str) -> bool {
        self.state(user).await["workflowSettings"][workflow]["enabled"].as_bool().unwrap_or(false)
    }

    async fn set(&self, user: &str, config: Value) {
        let credential = self.state(user).await["credentialId"].as_str().expect("an id").to_owned();
        let path = format!("/sdk/credentials/{credential}");
        let body = json!({"config": config}).to_string();
        let set = answer(self.call(Method::PATCH, &path, &self.token(user)).body(body)).await;
        assert!(set.status.is_success() && set.body["errors"].is_null(), "{}", set.text);
    }

    async fn happen(&self, user: &str, email: &str) {
        let event = json!({"name": "Contact Created", "payload": {"email": email}});
        assert_eq!(self.post(user, "/sdk/events/trigger", event).await.status, 201);
    }

    /// The properties of a contact, once it is there.
    async fn contact(&self, email: &str) -> Value {
        for _ in 0..200 {
            let all = answer(self.http.get(format!("{}/_simulator/records/contacts", self.hubspot))).await;
            let records = all.body.as_array().or(all.body["results"].as_array()).expect("records").clone();
            if let Some(found) = records.into_iter().find(|one| one["properties"]["email"] == email) {
                return found["properties"].clone();
            }
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
        panic!("no contact came; runs: {}", self.admin.get(&format!("{}/runs", self.api)).await.text);
    }
}

/// A workflow that creates a contact with these inputs.
fn creates(inputs: Value) -> Value {
    let mut all = json!({"email": "{{ trigger.email }}"});
    all.as_object_mut().expect("an object").extend(inputs.as_object().expect("an object").clone());
    json!({
        "trigger": {"appEvent": "Contact Created"},
        "steps": [{"create_contact": {"action": "contacts.create", "inputs": all}}],
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn on_by_default_is_for_accounts_that_are_connected_from_then_on() {
    let world = World::start().await;
    world.connect("ann").await;
    let address = format!("{}/workflows/{}", world.api, world.workflow);
    assert_eq!(world.admin.patch(&address, json!({"defaultEnabled": true})).await.status, 200);
    world.connect("bob").await;
    assert_eq!((world.on("ann", &world.workflow).await, world.on("bob", &world.workflow).await), (false, true));
    // A second account of a user is a new one; connecting one again is not.
    world.connect("ann").await;
    assert!(!world.on("ann", &world.workflow).await, "connecting again switches nothing on");
    assert_eq!(world.admin.patch(&address, json!({"defaultEnabled": false})).await.status, 200);
    assert!(world.on("bob", &world.workflow).await, "and off it goes for nobody");
    world.connect("eve").await;
    assert!(!world.on("eve", &world.workflow).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hidden_workflow_can_be_switched_on_by_api_and_be_on_by_default() {
    let world = World::start().await;
    world.connect("ann").await;
    let address = format!("{}/workflows/{}", world.api, world.workflow);
    let hidden = world.admin.patch(&address, json!({"hidden": true, "defaultEnabled": true})).await;
    assert_eq!(hidden.status, 200, "{}", hidden.text);
    let all = world.get("ann", "/sdk/integrations").await.body;
    assert_eq!(all[0]["configs"][0]["values"]["workflowMeta"][&world.workflow]["hidden"], json!(true));
    assert!(!world.on("ann", &world.workflow).await);
    assert_eq!(world.post("ann", &format!("/sdk/workflows/{}", world.workflow), json!({})).await.status, 200);
    world.happen("ann", "ann@example.com").await;
    world.contact("ann@example.com").await;
    world.connect("bob").await;
    assert!(world.on("bob", &world.workflow).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_undeployed_workflow_disappears_and_no_event_runs_it() {
    let world = World::start().await;
    world.connect("ann").await;
    assert_eq!(world.post("ann", &format!("/sdk/workflows/{}", world.workflow), json!({})).await.status, 200);
    world.happen("ann", "before@example.com").await;
    world.contact("before@example.com").await;
    let address = format!("{}/workflows/{}", world.api, world.workflow);
    assert_eq!(world.admin.post(&format!("{address}/undeploy"), json!({})).await.status, 200);
    let all = world.get("ann", "/sdk/integrations").await.body;
    assert_eq!((&all[0]["workflows"], &all[0]["noPermissionWorkflows"]), (&json!([]), &json!([])));
    assert_eq!(all[0]["configs"][0]["values"]["workflowMeta"], json!({}));
    assert_eq!(world.post("ann", &format!("/sdk/workflows/{}", world.workflow), json!({})).await.status, 404);
    world.happen("ann", "after@example.com").await;
    let events = world.admin.get(&format!("{}/received-events", world.api)).await.body;
    assert_eq!(events["items"][0]["note"], "nobody listens");
    let runs = world.admin.get(&format!("{}/runs", world.api)).await.body;
    assert_eq!(runs["items"].as_array().map(Vec::len), Some(1));
    // Who had it on has it on again when it comes back.
    assert_eq!(world.admin.post(&format!("{address}/deploy"), json!({})).await.status, 200);
    world.happen("ann", "again@example.com").await;
    world.contact("again@example.com").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn steps_see_each_users_own_settings_a_workflows_over_its_integrations() {
    let world = World::start().await;
    let setting = |id: &str| json!({"id": id, "title": id, "type": "TEXT_NO_VARS", "required": false});
    let mut workflow =
        creates(json!({"firstname": "{{ settings.note }}", "lastname": "{{ settings.list }} of {{ settings.note }}"}));
    workflow["settings"] = json!([setting("list")]);
    let id = world.offer(workflow, json!({"settings": [setting("note"), setting("list")]})).await;
    for (user, note) in [("ann", "Ann's"), ("bob", "Bob's {{ secrets.X }}")] {
        world.connect(user).await;
        let own = if user == "ann" { json!({"list": "hers"}) } else { json!({}) };
        let config = json!({"sharedSettings": {"note": note, "list": "common"}, "workflowSettings": {(&id): {"enabled": true, "settings": own}}});
        world.set(user, config).await;
        world.happen(user, &format!("{user}@example.com")).await;
    }
    let ann = world.contact("ann@example.com").await;
    assert_eq!((&ann["firstname"], &ann["lastname"]), (&json!("Ann's"), &json!("hers of Ann's")));
    let bob = world.contact("bob@example.com").await;
    assert_eq!(bob["firstname"], "Bob's {{ secrets.X }}", "values are never evaluated");
    assert_eq!(bob["lastname"], "common of Bob's {{ secrets.X }}");
}

#[tokio::test(flavor = "multi_thread")]
async fn steps_see_the_users_metadata_and_id_as_they_are_when_the_event_comes() {
    let world = World::start().await;
    let inputs = json!({"firstname": "{{ user.metadata.company.name }}", "lastname": "{{ user.id }} {{ user.metadata.missing }}"});
    let id = world.offer(creates(inputs), json!({})).await;
    world.connect("ann").await;
    assert_eq!(world.post("ann", &format!("/sdk/workflows/{id}"), json!({})).await.status, 200);
    for name in ["Acme", "Acme \"& Söhne\""] {
        let meta = json!({"meta": {"company": {"name": name}}}).to_string();
        assert_eq!(answer(world.call(Method::PATCH, "/sdk/me", &world.token("ann")).body(meta)).await.status, 200);
        let email = format!("m{}@example.com", name.len());
        world.happen("ann", &email).await;
        let contact = world.contact(&email).await;
        assert_eq!((&contact["firstname"], &contact["lastname"]), (&json!(name), &json!("ann ")));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_secret_reaches_the_provider_and_is_masked_in_history_also_where_it_is_echoed() {
    const SECRET: &str = "s3cret-7b1f";
    let world = World::start().await;
    let workflow = creates(json!({"firstname": "{{ secrets.KEY }}", "lastname": "key: {{ secrets.KEY }}!"}));
    let id = world.offer(workflow, json!({"secrets": {"KEY": SECRET}})).await;
    world.connect("ann").await;
    assert_eq!(world.post("ann", &format!("/sdk/workflows/{id}"), json!({})).await.status, 200);
    world.happen("ann", "ann@example.com").await;
    let contact = world.contact("ann@example.com").await;
    assert_eq!((&contact["firstname"], &contact["lastname"]), (&json!(SECRET), &json!(format!("key: {SECRET}!"))));
    let address = format!("{}/runs", world.api);
    let mut run = Value::Null;
    for _ in 0..200 {
        run = world.admin.get(&address).await.body["items"][0].clone();
        if run["state"] == "succeeded" {
            break;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    let shown = world.admin.get(&format!("{address}/{}", run["id"].as_str().expect("a run"))).await.text;
    assert!(shown.contains("ann@example.com") && shown.matches("••••••").count() >= 4, "sent and echoed: {shown}");
    assert!(!shown.contains(SECRET), "{shown}");
}
