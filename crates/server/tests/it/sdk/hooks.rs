//! Events of a provider: told by signed webhooks of the real simulator, found by asking, and webhooks of
//! a workflow's own.

use std::time::Duration;

use aws_lc_rs::hmac;
use linchpin_store::received_events;
use reqwest::Method;
use serde_json::{Value, json};

use super::world::{World, answer};
use crate::app::Answer;

/// The client secret of the world's integration.
const SECRET: &str = "client-secret";
const FIRST: &str = "1234567";
const SECOND: &str = "7654321";

impl World {
    /// A deployed workflow with this trigger and one step that does nothing at the provider.
    pub async fn waits(&self, name: &str, trigger: Value) -> String {
        let made = json!({"name": name, "integrationId": self.integration});
        let workflow = self.admin.post(&format!("{}/workflows", self.api), made).await.created();
        self.deploy(&workflow, trigger).await;
        workflow
    }

    pub async fn deploy(&self, workflow: &str, trigger: Value) {
        let address = format!("{}/workflows/{workflow}", self.api);
        let revision = self.admin.get(&address).await.body["draftRevision"].clone();
        let draft = json!({"trigger": trigger, "steps": [{"key": "echo", "function": {"code": "return parameters", "parameters": {"id": "{{ trigger.id }}", "all": "{{ trigger }}"}}}]});
        let saved =
            self.admin.put(&format!("{address}/draft"), json!({"revision": revision, "definition": draft})).await;
        assert_eq!(saved.status, 200, "{}", saved.text);
        let deployed = self.admin.post(&format!("{address}/deploy"), json!({})).await;
        assert!(deployed.status.is_success(), "{}", deployed.text);
    }

    pub async fn switch(&self, user: &str, workflow: &str, on: bool) {
        let address = format!("/sdk/workflows/{workflow}");
        let done = if on { self.post(user, &address, json!({})).await } else { self.delete(user, &address).await };
        assert!(done.status.is_success(), "{}", done.text);
    }

    fn hook(&self) -> String {
        format!("{}/hooks/{}/{}", self.test.base, self.project, self.integration)
    }

    pub async fn simulator(&self, method: Method, door: &str, body: Value) -> Value {
        let address = format!("{}/_simulator/{door}", self.hubspot);
        let done = answer(self.http.request(method, address).body(body.to_string())).await;
        assert_eq!(done.status, 200, "{door}: {}", done.text);
        done.body
    }

    /// Points the simulator's webhooks at the integration's address.
    pub async fn subscribe(&self, more: Value) {
        let mut target = json!({"url": self.hook(), "secret": SECRET, "retryMs": 50, "gatherMs": 100});
        target.as_object_mut().expect("an object").extend(more.as_object().cloned().unwrap_or_default());
        self.simulator(Method::POST, "webhooks", target).await;
    }

    pub async fn create_contact(&self, account: &str, email: &str) {
        let token = format!("direct-{account}");
        self.simulator(Method::POST, "tokens", json!({"accessToken": token, "portalId": account})).await;
        let address = format!("{}/crm/objects/2026-03/contacts", self.hubspot);
        let body = json!({"properties": {"email": email}}).to_string();
        let made =
            answer(self.http.post(address).bearer_auth(token).header("content-type", "application/json").body(body))
                .await;
        assert_eq!(made.status, 201, "{}", made.text);
    }

    /// The runs that a workflow has had: user and trigger, oldest first.
    pub async fn runs_of(&self, workflow: &str) -> Vec<(String, Value)> {
        let listed = self.admin.get(&format!("{}/runs?workflowId={workflow}", self.api)).await;
        let runs = listed.body["items"].as_array().expect("runs").iter().rev();
        runs.map(|run| (run["user"]["userId"].as_str().expect("a user").to_owned(), run["trigger"].clone())).collect()
    }

    /// Waits for so many runs of a workflow, and for a moment in which more could come.
    pub async fn settled(&self, workflow: &str, count: usize) -> Vec<String> {
        let mut users = Vec::new();
        for round in 0..100 {
            users = self.runs_of(workflow).await.into_iter().map(|(user, _)| user).collect();
            if users.len() >= count && round > 0 {
                tokio::time::sleep(Duration::from_millis(400)).await;
                users = self.runs_of(workflow).await.into_iter().map(|(user, _)| user).collect();
                break;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        assert_eq!(
            users.len(),
            count,
            "{users:?}; sent: {}",
            self.simulator(Method::GET, "webhooks", Value::Null).await
        );
        users
    }

    pub async fn inbox(&self) -> Vec<Value> {
        let listed = self.admin.get(&format!("{}/hooks/deliveries", self.api)).await;
        assert_eq!(listed.status, 200, "{}", listed.text);
        listed.body["items"].as_array().expect("items").clone()
    }

    /// Posts a body to the integration's address, signed for a moment before now.
    async fn signed(&self, body: &str, secret: &str, age_ms: i64) -> Answer {
        let at = (self.test.app.clock.now().as_millis() - age_ms).to_string();
        let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
        let tag = hmac::sign(&key, format!("POST{}{body}{at}", self.hook()).as_bytes());
        let signature = base64::Engine::encode(&base64::engine::general_purpose::STANDARD, tag.as_ref());
        let request = self.http.post(self.hook()).header("content-type", "application/json");
        let request = request.header("x-hubspot-signature-v3", signature).header("x-hubspot-request-timestamp", at);
        answer(request.body(body.to_owned())).await
    }
}

fn event(id: u64, account: &str, kind: &str) -> Value {
    json!({"eventId": id, "subscriptionId": 7, "portalId": account.parse::<u64>().expect("a number"), "occurredAt": 1_764_000_000_000_u64 + id, "subscriptionType": kind, "attemptNumber": 0, "objectId": 100 + id, "changeSource": "CRM"})
}

#[tokio::test(flavor = "multi_thread")]
async fn a_signed_webhook_runs_the_workflow_of_its_account_alone_and_once() {
    let world = World::start().await;
    let created = world.waits("On created", json!({"provider": {"event": "contacts.created"}})).await;
    let deleted = world.waits("On deleted", json!({"provider": {"event": "contacts.deleted"}})).await;
    for (user, account) in [("ann", FIRST), ("bob", SECOND)] {
        world.connect_as(user, account, json!({})).await;
        for workflow in [&created, &deleted] {
            world.switch(user, workflow, true).await;
        }
    }
    world.subscribe(json!({})).await;
    world.create_contact(FIRST, "a@example.com").await;
    assert_eq!(world.settled(&created, 1).await, ["ann"]);
    let runs = world.runs_of(&created).await;
    assert_eq!((&runs[0].1["kind"], &runs[0].1["name"]), (&json!("provider"), &json!("contacts.created")));
    assert_eq!(world.settled(&deleted, 0).await, [""; 0], "other events start other workflows");

    // The same delivery a second time, and a batch for two accounts.
    world.subscribe(json!({"duplicates": true})).await;
    world.create_contact(FIRST, "b@example.com").await;
    world.create_contact(SECOND, "c@example.com").await;
    let mut users = world.settled(&created, 3).await;
    users.sort();
    assert_eq!(users, ["ann", "ann", "bob"]);
    let sent = world.simulator(Method::GET, "webhooks", Value::Null).await["sent"].clone();
    let sent: Vec<_> =
        sent.as_array().expect("deliveries").iter().map(|one| (one["events"].clone(), one["status"].clone())).collect();
    assert_eq!(
        sent,
        [(json!(1), json!(200)), (json!(2), json!(200)), (json!(2), json!(200))],
        "one batch of two, twice"
    );
    assert_eq!(world.inbox().await, [Value::Null; 0]);

    // An id that repeats with another time is another event, as HubSpot says.
    let (mut one, mut other) = (event(1, FIRST, "contact.creation"), event(1, FIRST, "contact.creation"));
    other["occurredAt"] = json!(5);
    let body = json!([one, other]).to_string();
    assert_eq!(world.signed(&body, SECRET, 0).await.status, 200);
    one["attemptNumber"] = json!(1);
    assert_eq!(world.signed(&json!([one]).to_string(), SECRET, 0).await.status, 200);
    world.settled(&created, 5).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_proven_is_refused_and_nothing_of_it_is_kept() {
    let world = World::start().await;
    let created = world.waits("On created", json!({"provider": {"event": "contacts.created"}})).await;
    world.connect_as("ann", FIRST, json!({})).await;
    world.switch("ann", &created, true).await;
    let body = json!([event(1, FIRST, "contact.creation"), event(2, SECOND, "contact.creation")]).to_string();
    for (secret, age, expected) in [("other", 0, 401), (SECRET, 300_500, 401), (SECRET, -310_000, 401)] {
        let refused = world.signed(&body, secret, age).await;
        assert_eq!(refused.status, expected, "{}", refused.text);
        assert_eq!(refused.error().1, "signature_invalid");
    }
    let unsigned = answer(world.http.post(world.hook()).body(body.clone())).await;
    assert_eq!(unsigned.status, 401);
    assert_eq!(world.signed("{", SECRET, 0).await.status, 400);
    let large = format!("[{}]", "1".repeat(2 << 20));
    assert_eq!(world.signed(&large, SECRET, 0).await.status, 413);
    for address in
        [world.hook().replace(&world.project, "00000000-0000-7000-8000-000000000000"), format!("{}x", world.hook())]
    {
        assert_eq!(answer(world.http.post(address).body(body.clone())).await.status, 404);
    }
    assert_eq!(world.inbox().await, [Value::Null; 0]);
    world.settled(&created, 0).await;
    assert_eq!(world.signed(&body, SECRET, 299_000).await.status, 200, "almost too old");
    world.settled(&created, 1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_nobody_takes_waits_in_the_inbox_until_somebody_connects() {
    let world = World::start().await;
    let created = world.waits("On created", json!({"provider": {"event": "contacts.created"}})).await;
    world.subscribe(json!({})).await;
    world.create_contact(FIRST, "a@example.com").await;
    for _ in 0..100 {
        if !world.inbox().await.is_empty() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let inbox = world.inbox().await;
    assert_eq!((inbox.len(), &inbox[0]["reason"], &inbox[0]["account"]), (1, &json!("no_account"), &json!(FIRST)));
    assert_eq!(inbox[0]["event"]["subscriptionType"], "contact.creation");
    let replay = format!("{}/hooks/deliveries/{}/replay", world.api, inbox[0]["id"].as_str().expect("an id"));
    let refused = world.admin.post(&replay, json!({})).await;
    assert_eq!(refused.status, 409, "{}", refused.text);

    world.connect_as("ann", FIRST, json!({})).await;
    let refused = world.admin.post(&replay, json!({})).await;
    assert_eq!((refused.status.as_u16(), world.inbox().await[0]["reason"].as_str()), (409, Some("workflow_off")));
    world.switch("ann", &created, true).await;
    let replayed = world.admin.post(&replay, json!({})).await;
    assert_eq!(replayed.status, 200, "{}", replayed.text);
    assert_eq!(replayed.body["runs"].as_array().map(Vec::len), Some(1));
    assert!(world.inbox().await[0]["replayedAt"].is_string());
    let again = world.admin.post(&replay, json!({})).await;
    assert_eq!((again.status.as_u16(), again.body["runs"].clone()), (200, json!([])), "it started its run already");
    assert_eq!(world.settled(&created, 1).await, ["ann"]);

    let other = world.admin.project("Other").await;
    let foreign = replay.replace(&world.api, &other);
    assert_eq!(world.admin.post(&foreign, json!({})).await.status, 404);
    // Events that no trigger stands for, and events that nobody listens to, say so.
    let body = json!([event(8, FIRST, "conversation.creation"), event(9, FIRST, "deal.creation")]).to_string();
    assert_eq!(world.signed(&body, SECRET, 0).await.status, 200);
    let mut reasons: Vec<_> =
        world.inbox().await.iter().map(|one| one["reason"].as_str().expect("a reason").to_owned()).collect();
    reasons.sort();
    assert_eq!(reasons, ["nobody_listens", "unknown_event", "workflow_off"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn everybody_who_connected_the_account_gets_an_event_and_who_missed_it_gets_it_after_reconnecting() {
    let world = World::start().await;
    let created = world.waits("On created", json!({"provider": {"event": "contacts.created"}})).await;
    let mut credentials = Vec::new();
    for user in ["ann", "bob"] {
        credentials.push(world.connect_as(user, FIRST, json!({})).await);
        world.switch(user, &created, true).await;
    }
    let store = &world.test.app.store;
    let (project, bobs) = (world.project.parse().expect("an id"), credentials[1].parse().expect("an id"));
    let mut tx = store.begin().await.expect("begins");
    let account = linchpin_store::credentials::find(&mut tx, project, bobs).await.expect("looks").expect("there");
    let now = world.test.app.clock.now();
    assert!(linchpin_store::credentials::invalidate(&mut tx, &account, "revoked", now).await.expect("marks"));
    tx.commit().await.expect("commits");
    let body = json!([event(1, FIRST, "contact.creation")]).to_string();
    for _ in 0..2 {
        assert_eq!(world.signed(&body, SECRET, 0).await.status, 200);
    }
    assert_eq!(world.settled(&created, 1).await, ["ann"]);
    let inbox = world.inbox().await;
    assert_eq!(
        (inbox.len(), inbox[0]["reason"].as_str()),
        (1, Some("reconnect_needed")),
        "the repetition is no second one"
    );
    world.connect_as("bob", FIRST, json!({"selectedCredentialId": credentials[1]})).await;
    let replay = format!("{}/hooks/deliveries/{}/replay", world.api, inbox[0]["id"].as_str().expect("an id"));
    let replayed = world.admin.post(&replay, json!({})).await;
    assert_eq!(
        (replayed.status.as_u16(), replayed.body["runs"].as_array().map(Vec::len)),
        (200, Some(1)),
        "{}",
        replayed.text
    );
    assert_eq!(world.settled(&created, 2).await, ["ann", "bob"], "ann had hers");
}

#[tokio::test(flavor = "multi_thread")]
async fn inputs_of_the_trigger_say_which_events_start_it_also_by_a_users_setting() {
    let world = World::start().await;
    let patched =
        json!({"settings": [{"id": "watched", "title": "Watched", "type": "TEXT_NO_VARS", "required": false}]});
    let done = world.admin.patch(&format!("{}/integrations/{}", world.api, world.integration), patched).await;
    assert_eq!(done.status, 200, "{}", done.text);
    let fixed = json!({"provider": {"event": "contacts.updated", "inputs": {"propertyName": "email, phone"}}});
    let (fixed, chosen) = (
        world.waits("Fixed", fixed).await,
        world.waits("Chosen", json!({"provider": {"event": "contacts.updated", "inputs": {"propertyName": "{{ settings.watched }}"}}})).await,
    );
    let credential = world.connect_as("ann", FIRST, json!({})).await;
    let settings = json!({"config": {"sharedSettings": {"watched": "jobtitle"}}}).to_string();
    let set = answer(
        world.call(Method::PATCH, &format!("/sdk/credentials/{credential}"), &world.token("ann")).body(settings),
    )
    .await;
    assert_eq!(set.status, 200, "{}", set.text);
    for workflow in [&fixed, &chosen] {
        world.switch("ann", workflow, true).await;
    }
    let changed = |id: u64, property: &str| {
        let mut one = event(id, FIRST, "contact.propertyChange");
        one["propertyName"] = json!(property);
        one["propertyValue"] = json!("x");
        one
    };
    let body = json!([changed(1, "phone"), changed(2, "jobtitle"), changed(3, "city")]).to_string();
    assert_eq!(world.signed(&body, SECRET, 0).await.status, 200);
    world.settled(&fixed, 1).await;
    world.settled(&chosen, 1).await;
    assert_eq!(world.inbox().await, [Value::Null; 0], "what everybody leaves out is not kept");

    for (trigger, expected) in [
        (
            json!({"provider": {"event": "contact.created"}}),
            "there is no event `contact.created`; did you mean `contacts.created`?",
        ),
        (
            json!({"provider": {"event": "contacts.updated", "inputs": {"property": "x"}}}),
            "there is no input `property`; did you mean `propertyName`?",
        ),
        (
            json!({"provider": {"event": "contacts.updated", "inputs": {"propertyName": "{{ trigger.x }}"}}}),
            "`trigger` is not known before there is an event; there are `settings`, `user`, `secrets`",
        ),
    ] {
        let address = format!("{}/workflows/{fixed}", world.api);
        let revision = world.admin.get(&address).await.body["draftRevision"].clone();
        let draft = json!({"trigger": trigger, "steps": [{"key": "a", "function": {"code": "return 1"}}]});
        let saved =
            world.admin.put(&format!("{address}/draft"), json!({"revision": revision, "definition": draft})).await;
        let problems = &saved.body["problems"];
        assert_eq!(problems[0]["message"], expected, "{}", saved.text);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn polling_finds_a_new_record_once_and_nothing_older_also_after_redeploying() {
    let world = World::start_with(|config| config.limits.poll_every = Duration::from_millis(200)).await;
    let trigger = json!({"provider": {"event": "contacts.createdPolled", "inputs": {"properties": "email"}}});
    let workflow = world.waits("Poll", trigger.clone()).await;
    world.connect_as("ann", FIRST, json!({})).await;
    world.connect_as("bob", SECOND, json!({})).await;
    world.create_contact(FIRST, "old@example.com").await;
    world.switch("ann", &workflow, true).await;
    // The first question has been asked before there is something new.
    world.asked("contacts/search", 1).await;
    world.create_contact(FIRST, "a@example.com").await;
    world.create_contact(SECOND, "other@example.com").await;
    assert_eq!(world.settled(&workflow, 1).await, ["ann"]);
    world.deploy(&workflow, json!({"provider": {"event": "contacts.createdPolled"}})).await;
    world.create_contact(FIRST, "b@example.com").await;
    assert_eq!(world.settled(&workflow, 2).await, ["ann", "ann"]);
    world.switch("ann", &workflow, false).await;
    tokio::time::sleep(Duration::from_millis(600)).await;
    world.create_contact(FIRST, "c@example.com").await;
    let asked = world.calls("contacts/search").await;
    tokio::time::sleep(Duration::from_millis(600)).await;
    assert_eq!(world.calls("contacts/search").await, asked, "nobody is asked in vain");
    world.switch("ann", &workflow, true).await;
    world.asked("contacts/search", asked + 1).await;
    world.create_contact(FIRST, "d@example.com").await;
    let runs = world.settled(&workflow, 3).await;
    assert_eq!(runs.len(), 3, "switched on again, it begins anew");
}

#[tokio::test(flavor = "multi_thread")]
async fn polling_loses_nothing_while_the_provider_is_down_and_reads_every_page() {
    let world = World::start_with(|config| config.limits.poll_every = Duration::from_millis(200)).await;
    let workflow = world.waits("Poll", json!({"provider": {"event": "contacts.updatedPolled"}})).await;
    world.connect_as("ann", FIRST, json!({})).await;
    world.switch("ann", &workflow, true).await;
    world.asked("contacts/search", 1).await;
    world.faults(json!({"next": [{"kind": "status", "status": 503, "count": 3, "path": "search"}, {"kind": "dropAfter", "count": 1, "path": "search"}]})).await;
    for number in 0..3 {
        world.create_contact(FIRST, &format!("a{number}@example.com")).await;
    }
    world.settled(&workflow, 3).await;
    // One is changed: that is an event of its own; the others are not told again.
    let records = answer(world.http.get(format!("{}/_simulator/records/contacts", world.hubspot))).await.body;
    let id = records["results"][0]["id"].as_str().expect("an id").to_owned();
    let address = format!("{}/crm/objects/2026-03/contacts/{id}", world.hubspot);
    let change =
        world.http.patch(address).bearer_auth(format!("direct-{FIRST}")).header("content-type", "application/json");
    assert_eq!(answer(change.body("{\"properties\": {\"firstname\": \"B\"}}")).await.status, 200);
    world.settled(&workflow, 4).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_workflows_own_webhook_is_proven_as_it_says_and_shows_what_came() {
    let world = World::start().await;
    let project = world.project.parse().expect("an id");
    let mut tx = world.test.app.store.begin().await.expect("begins");
    let (key, now) = ("hook-key".to_owned().into(), world.test.app.clock.now());
    linchpin_store::secrets::set(&mut tx, project, "KEY", &key, now).await.expect("kept");
    tx.commit().await.expect("commits");
    let open = world.waits("Open", json!({"webhook": {"name": "Open"}})).await;
    let token =
        json!({"webhook": {"name": "Token", "verify": {"header": {"name": "X-Token", "equals": "{{ secrets.KEY }}"}}}});
    let token = world.waits("Token", token).await;
    let signed = json!({"webhook": {"name": "Signed", "verify": {"hmac": {"header": "X-Sig", "prefix": "sha256=", "secret": "{{ secrets.KEY }}"}}}});
    let signed = world.waits("Signed", signed).await;
    let credential = world.connect_as("ann", FIRST, json!({})).await;
    for workflow in [&open, &token, &signed] {
        world.switch("ann", workflow, true).await;
    }
    let shown = world.get("ann", "/sdk/integrations").await.body[0]["workflows"].clone();
    let ids: Vec<_> =
        shown.as_array().expect("workflows").iter().filter_map(|one| one["customWebhookTriggerId"].as_str()).collect();
    assert_eq!(ids, [open.as_str(), token.as_str(), signed.as_str()]);
    let address = |workflow: &str, account: &str| {
        format!(
            "{}/triggers/connect/{}/{}/custom-triggers/{workflow}?id={account}",
            world.test.base, world.project, world.integration
        )
    };
    let send = async |workflow: &str, headers: &[(&str, &str)], body: &str| {
        let mut request = world.http.post(format!("{}&x=1", address(workflow, &credential)));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        answer(request.body(body.to_owned())).await
    };
    let taken = send(&open, &[("x-from", "shop"), ("authorization", "Bearer hidden")], "{\"order\": 7}").await;
    assert_eq!(taken.status, 200, "{}", taken.text);
    world.settled(&open, 1).await;
    let mut conn = world.test.app.store.read().await.expect("reads");
    let kind = Some(linchpin_domain::trigger::Kind::Webhook);
    let webhooks = received_events::Filter { kind, ..Default::default() };
    let events = received_events::list(&mut conn, project, webhooks, None, 1).await.expect("lists");
    drop(conn);
    let payload: Value = serde_json::from_str(&events[0].payload).expect("JSON");
    assert_eq!((&payload["body"], &payload["params"]), (&json!({"order": 7}), &json!({"x": "1"})));
    assert_eq!((&payload["headers"]["x-from"], &payload["headers"]["authorization"]), (&json!("shop"), &Value::Null));

    assert_eq!(send(&token, &[], "{}").await.status, 401);
    assert_eq!(send(&token, &[("x-token", "hook-kez")], "{}").await.status, 401);
    assert_eq!(send(&token, &[("x-token", "hook-key")], "{}").await.status, 200);
    world.settled(&token, 1).await;
    let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, b"hook-key"), b"a=1");
    let tag = format!("sha256={}", hex::encode(tag.as_ref()));
    assert_eq!(send(&signed, &[("x-sig", &tag[7..])], "a=1").await.status, 401, "the prefix belongs to it");
    assert_eq!(send(&signed, &[("x-sig", &tag)], "a=2").await.status, 401);
    let form = [("x-sig", tag.as_str()), ("content-type", "application/x-www-form-urlencoded")];
    assert_eq!(send(&signed, &form, "a=1").await.status, 200);
    world.settled(&signed, 1).await;

    let nobody = "00000000-0000-4000-8000-000000000000";
    for wrong in [
        address(&open, nobody),
        address(&open, "x"),
        address(nobody, &credential),
        address(&world.workflow, &credential),
    ] {
        assert_eq!(answer(world.http.post(&wrong).body("{}")).await.status, 404, "{wrong}");
    }
    let database = world.test.database();
    assert!(!database.windows(8).any(|window| window == b"hook-key"), "the secret stands nowhere");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_sdk_lists_a_providers_triggers_and_the_api_the_address_of_its_webhooks() {
    let world = World::start().await;
    let listed = world.get("ann", "/triggers?integrations=hubspot").await;
    assert_eq!(listed.status, 200, "{}", listed.text);
    let triggers = listed.body["triggers"]["hubspot"].as_array().expect("triggers");
    let find = |name: &str| triggers.iter().find(|one| one["type"] == name).expect("there").clone();
    assert_eq!(find("contacts.created")["triggerModel"], "WEBHOOK");
    assert_eq!(find("contacts.createdPolled")["triggerModel"], "POLLING");
    assert_eq!(find("contacts.updated")["parameters"][0]["id"], "propertyName");
    for name in ["contacts.created", "contacts.updated", "contacts.deleted", "contacts.deletedForPrivacy"] {
        assert!(find(name)["description"].is_string() && find(name)["title"].is_string());
    }
    assert_eq!(world.get("ann", "/triggers?integrations=hubspot,slack").await.status, 404);
    assert_eq!(
        world.get("ann", "/triggers").await.body["triggers"]["hubspot"].as_array().map(Vec::len),
        Some(triggers.len())
    );
    let integration = world.admin.get(&format!("{}/integrations/{}", world.api, world.integration)).await.body;
    assert_eq!(integration["webhookUrl"], world.hook());
    let connector = world.admin.get("/api/v1/connectors/hubspot").await.body;
    assert!(connector["triggers"].as_array().is_some_and(|list| list.iter().any(|one| one["name"] == "deals.updated")));
    assert!(connector["webhookSetup"].as_str().is_some_and(|text| text.contains("target URL")));
}
