//! Workflows that only some users may have: seen, switched on, and run by nobody else.

use reqwest::Method;
use serde_json::{Value, json};

use super::world::{World, answer};

const EVENT: &str = "/sdk/events/trigger";

/// Users of the plan `pro`, and nobody else.
fn pro() -> Value {
    json!({"any": [{"all": [{"left": "{{ user.metadata.plan }}", "operator": "$stringExactlyMatches", "right": "pro"}]}]})
}

impl World {
    async fn permissions(&self, permissions: Value) {
        let address = format!("{}/workflows/{}", self.api, self.workflow);
        let patched = self.admin.patch(&address, json!({"permissions": permissions})).await;
        assert_eq!((patched.status.as_u16(), &patched.body["permissions"]), (200, &permissions), "{}", patched.text);
    }

    async fn plan(&self, user: &str, plan: &str) {
        let body = json!({"meta": {"plan": plan}}).to_string();
        let patched = answer(self.call(Method::PATCH, "/sdk/me", &self.token(user)).body(body)).await;
        assert_eq!(patched.status, 200, "{}", patched.text);
    }

    async fn switch_on(&self, user: &str) -> u16 {
        self.post(user, &format!("/sdk/workflows/{}", self.workflow), json!({})).await.status.as_u16()
    }

    /// Whether the workflow is on, as the user's state says; `None` when it is not there.
    async fn is_on(&self, user: &str) -> Option<bool> {
        self.state(user).await["workflowSettings"][&self.workflow]["enabled"].as_bool()
    }

    /// How many users have it on, as the dashboard says.
    async fn users_on(&self) -> Value {
        let address = format!("{}/workflows/{}", self.api, self.workflow);
        self.admin.get(&address).await.body["usersEnabled"].clone()
    }

    /// Sends the event; the number of runs so far, and the newest event's note.
    async fn happens(&self, user: &str) -> (usize, Value) {
        let event = json!({"name": "Contact Created", "payload": {"email": "a@example.com"}});
        let sent = self.post(user, EVENT, event).await;
        assert_eq!(sent.status, 201, "{}", sent.text);
        let runs = self.admin.get(&format!("{}/runs", self.api)).await.body;
        let events = self.admin.get(&format!("{}/received-events", self.api)).await.body;
        (runs["items"].as_array().expect("runs").len(), events["items"][0]["note"].clone())
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_not_permitted_neither_sees_a_workflow_nor_switches_it_on_nor_runs_it() {
    let world = World::start().await;
    world.connect("ann").await;
    world.permissions(pro()).await;

    let denied = world.get("ann", "/sdk/integrations").await;
    assert_eq!(denied.body[0]["workflows"], json!([]));
    assert_eq!(denied.body[0]["noPermissionWorkflows"], json!([world.workflow]));
    assert_eq!(denied.body[0]["configs"][0]["values"]["workflowMeta"], json!({}));
    assert_eq!(world.is_on("ann").await, None);
    let refused = world.post("ann", &format!("/sdk/workflows/{}", world.workflow), json!({})).await;
    assert_eq!((refused.status.as_u16(), &refused.body["code"]), (403, &json!("7210")), "{}", refused.text);
    let credential = world.state("ann").await["credentialId"].as_str().expect("an id").to_owned();
    let settings = json!({"config": {"workflowSettings": {(&world.workflow): {"enabled": true, "settings": {}}}}});
    let path = format!("/sdk/credentials/{credential}");
    let patched = answer(world.call(Method::PATCH, &path, &world.token("ann")).body(settings.to_string())).await;
    assert_eq!(patched.status, 200, "{}", patched.text);
    assert!(patched.body["errors"][0].is_string(), "{}", patched.text);
    assert_eq!(world.users_on().await, json!(0));
    assert_eq!(world.happens("ann").await, (0, json!("not permitted")));

    world.plan("ann", "pro").await;
    let permitted = world.get("ann", "/sdk/integrations").await;
    assert_eq!(permitted.body[0]["workflows"][0]["id"], json!(world.workflow));
    assert_eq!(permitted.body[0]["noPermissionWorkflows"], json!([]));
    let meta = &permitted.body[0]["configs"][0]["values"]["workflowMeta"][&world.workflow];
    assert_eq!(meta["permissions"]["join"], "OR");
    assert_eq!(world.is_on("ann").await, Some(false), "it was not switched on behind anybody's back");
    assert_eq!(world.switch_on("ann").await, 200);
    assert_eq!(world.happens("ann").await, (1, Value::Null));
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_not_permitted_any_more_loses_the_workflow_and_may_switch_it_off() {
    let world = World::start().await;
    for user in ["ann", "bob"] {
        world.plan(user, "pro").await;
        world.connect(user).await;
        assert_eq!(world.switch_on(user).await, 200);
    }
    world.permissions(pro()).await;
    assert_eq!(world.users_on().await, json!(2), "both match");
    world.plan("ann", "free").await;
    assert_eq!(world.users_on().await, json!(1), "changed metadata switch it off");
    assert_eq!(world.happens("ann").await, (0, json!("not permitted")));
    world.plan("ann", "pro").await;
    assert_eq!(world.is_on("ann").await, Some(false), "off it stays");
    assert_eq!(world.happens("ann").await, (0, json!("workflow off")));

    world
        .permissions(
            json!({"any": [{"all": [{"left": "{{ user.id }}", "operator": "$stringIsIn", "right": "ann, eve"}]}]}),
        )
        .await;
    assert_eq!(world.users_on().await, json!(0), "changed conditions switch it off");
    assert_eq!(world.happens("bob").await, (0, json!("not permitted")));
    let off = world.delete("bob", &format!("/sdk/workflows/{}", world.workflow)).await;
    assert_eq!(off.status, 200, "switching off is always allowed: {}", off.text);
    world.permissions(Value::Null).await;
    assert_eq!(world.switch_on("bob").await, 200);
    assert_eq!(world.happens("bob").await, (1, Value::Null));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_workflow_that_is_on_by_default_is_off_for_who_is_not_permitted() {
    let world = World::start().await;
    world.permissions(pro()).await;
    let address = format!("{}/workflows/{}", world.api, world.workflow);
    assert_eq!(world.admin.patch(&address, json!({"defaultEnabled": true})).await.status, 200);
    world.connect("ann").await;
    world.plan("bob", "pro").await;
    world.connect("bob").await;
    assert_eq!((world.is_on("ann").await, world.is_on("bob").await), (None, Some(true)));
    assert_eq!(world.users_on().await, json!(1));
}

#[tokio::test(flavor = "multi_thread")]
async fn routing_refuses_also_where_the_workflow_is_on() {
    let world = World::start().await;
    world.permissions(pro()).await;
    // No door does this: what is stored as on was so before the permissions came, or in a backup.
    world.test.connected_user(&world.project, &world.integration, Some(&world.workflow), "ann").await;
    assert_eq!(world.users_on().await, json!(1));
    assert_eq!(world.happens("ann").await, (0, json!("not permitted")));
}

#[tokio::test(flavor = "multi_thread")]
async fn permissions_that_cannot_be_are_refused_at_their_place() {
    let world = World::start().await;
    let address = format!("{}/workflows/{}", world.api, world.workflow);
    let one = |condition: Value| json!({"permissions": {"any": [{"all": [condition]}]}});
    for (body, field) in [
        (
            one(json!({"left": "{{ user.id }}", "operator": "$stringIs", "right": "x"})),
            "permissions.any[0].all[0].operator",
        ),
        (one(json!({"left": "{{ trigger.x }}", "operator": "$exists"})), "permissions.any.0.all.0.left"),
        (one(json!({"left": "{{ user.id }}", "operator": "$stringIsIn"})), "permissions.any.0.all.0"),
        (json!({"permissions": {"any": []}}), "permissions.any"),
    ] {
        let refused = world.admin.patch(&address, body.clone()).await;
        assert_eq!(refused.status, 422, "{body}: {}", refused.text);
        assert!(refused.body["meta"]["fields"][field].is_string(), "{field}: {}", refused.text);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_and_connected_accounts_start_nothing_for_who_is_not_permitted() {
    let world = World::start().await;
    world.connect("ann").await;
    let steps = json!([{"key": "a", "action": "contacts.create", "inputs": {"email": "a@example.com"}}]);
    let revise = async |revision: i64, trigger: Value| {
        let address = format!("{}/workflows/{}", world.api, world.workflow);
        let draft = json!({"revision": revision, "definition": {"trigger": trigger, "steps": steps}});
        assert_eq!(world.admin.put(&format!("{address}/draft"), draft).await.status, 200);
        let deployed = world.admin.post(&format!("{address}/deploy"), json!({})).await;
        assert_eq!(deployed.status, 200, "{}", deployed.body);
    };
    revise(2, json!({"request": {}})).await;
    assert_eq!(world.switch_on("ann").await, 200);
    let path = format!("/sdk/triggers/{}", world.workflow);
    assert_eq!(world.post("ann", &path, json!({})).await.status, 202);
    world.permissions(pro()).await;
    let refused = world.post("ann", &path, json!({})).await;
    assert_eq!((refused.status.as_u16(), &refused.body["code"]), (403, &json!("7210")), "{}", refused.text);

    let runs = async || {
        let listed = world.admin.get(&format!("{}/runs?workflowId={}", world.api, world.workflow)).await.body;
        listed["items"].as_array().expect("runs").len()
    };
    assert_eq!(runs().await, 1);
    revise(3, json!({"integrationEnabled": {}})).await;
    world.connect("bob").await;
    world.plan("eve", "pro").await;
    world.connect("eve").await;
    for _ in 0..100 {
        if runs().await > 1 {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    // Eve's came after Bob's account, and Bob's had not begun by then.
    assert_eq!(runs().await, 2);
}
