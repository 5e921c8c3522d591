//! Hooks that are made at the provider for each account, as the connector says: a call wakes the poll.

use std::time::Duration;

use linchpin_connectors::read_time;
use reqwest::Method;
use serde_json::{Value, json};

use super::provider::Provider;
use super::world::answer;

/// Nobody is asked by the clock: what is found was told.
async fn provider(kind: &'static str) -> Provider {
    Provider::start_with(kind, |config| config.limits.poll_every = Duration::from_mins(10)).await
}

impl Provider {
    /// The hooks that the simulator has, once there are so many.
    async fn hooks(&self, count: usize) -> Vec<Value> {
        let mut held = Vec::new();
        for _ in 0..400 {
            let shown = answer(self.world.http.get(format!("{}/_simulator/hooks", self.url))).await.body;
            held = shown["hooks"].as_array().expect("a list").clone();
            if held.len() == count {
                return held;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("{held:?}: not {count}")
    }

    /// What the calls of hooks were answered, once there are so many.
    async fn answered(&self, count: usize) -> Vec<i64> {
        let mut sent = Vec::new();
        for _ in 0..400 {
            let shown = answer(self.world.http.get(format!("{}/_simulator/hooks", self.url))).await.body;
            sent = shown["sent"].as_array().expect("a list").iter().filter_map(|one| one["status"].as_i64()).collect();
            if sent.len() >= count {
                return sent;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("{sent:?}: not {count}")
    }

    /// Our side of the hooks, once they are at the provider.
    async fn registered(&self, count: usize) -> Vec<Value> {
        let mut listed = Value::Null;
        for _ in 0..400 {
            listed = self.world.admin.get(&format!("{}/hook-registrations", self.world.api)).await.body;
            let items = listed["items"].as_array().expect("a list");
            if items.len() == count && items.iter().all(|one| one["state"] == "registered") {
                return items.clone();
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("{listed}: not {count}")
    }
}

fn zendesk(name: &str) -> Value {
    json!({"subdomain": name, "email": format!("{}@{name}.example", if name == "acme" { "ann" } else { "bob" }), "token": format!("zendesk-{name}")})
}

async fn open_ticket(desk: &Provider, name: &str, subject: &str) {
    let account = zendesk(name);
    let request = desk.world.http.post(format!("{}/api/v2/tickets", desk.url));
    let user = format!("{}/token", account["email"].as_str().expect("an address"));
    let request = request.basic_auth(user, account["token"].as_str());
    let made = answer(request.json(&json!({"ticket": {"subject": subject, "comment": {"body": "…"}}}))).await;
    assert_eq!(made.status, 201, "{}", made.text);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hook_with_a_secret_of_its_own_tells_of_its_account_alone_and_goes_with_it() {
    let desk = provider("zendesk").await;
    let workflow = desk.world.waits("Tickets", json!({"provider": {"event": "tickets.created"}})).await;
    let ann = desk.connect("ann", zendesk("acme")).await;
    desk.connect("bob", zendesk("globex")).await;
    for user in ["ann", "bob"] {
        desk.world.switch(user, &workflow, true).await;
    }
    let hooks = desk.hooks(2).await;
    desk.registered(2).await;
    assert_ne!(hooks[0]["url"], hooks[1]["url"], "each account has an address of its own");
    open_ticket(&desk, "acme", "Help").await;
    assert_eq!(desk.answered(1).await, [200]);
    assert_eq!(desk.payloads(&workflow, 1).await[0]["subject"], "Help");
    assert_eq!(desk.world.runs_of(&workflow).await[0].0, "ann");

    // A wrong signature, one of another time, and none: refused, and nobody is asked.
    let url = hooks[0]["url"].as_str().expect("an address").to_owned();
    let asked = desk.calls("/api/v2/search").await;
    let now = desk.world.test.app.clock.now().to_string();
    for (signature, at) in [("d3Jvbmc=", now.as_str()), ("d3Jvbmc=", "2020-01-01T00:00:00Z"), ("", now.as_str())] {
        let request = desk.world.http.post(&url).header("x-zendesk-webhook-signature-timestamp", at);
        let request = request.header("x-zendesk-webhook-signature", signature).body("{}");
        let (status, code, _) = answer(request).await.error();
        assert_eq!((status, code.as_str()), (401, "signature_invalid"));
    }
    // The hook of one account is not one of another's, and one that is not known is none.
    let other = url.replace(&ann, "00000000-0000-7000-8000-000000000000");
    assert!(answer(desk.world.http.post(other).body("{}")).await.status.is_client_error());
    tokio::time::sleep(Duration::from_millis(1_500)).await;
    assert_eq!(desk.calls("/api/v2/search").await, asked);

    // Redeploying makes no other hook; switching off removes it; so does disconnecting, by the key that is kept.
    desk.world.deploy(&workflow, json!({"provider": {"event": "tickets.created"}})).await;
    tokio::time::sleep(Duration::from_millis(1_200)).await;
    assert_eq!(
        desk.hooks(2).await.iter().map(|hook| &hook["id"]).collect::<Vec<_>>(),
        hooks.iter().map(|hook| &hook["id"]).collect::<Vec<_>>()
    );
    desk.world.switch("bob", &workflow, false).await;
    desk.hooks(1).await;
    let gone = desk.world.delete("ann", &format!("/sdk/integrations/{}", desk.world.integration)).await;
    assert!(gone.status.is_success(), "{}", gone.text);
    desk.hooks(0).await;
    desk.registered(0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hook_that_ends_is_renewed_and_the_answer_that_was_lost_makes_none_twice() {
    let base = provider("airtable").await;
    base.connect("ann", json!({"token": "patAcme"})).await;
    let inputs = json!({"baseId": "app1", "table": "Leads"});
    let workflow =
        base.world.waits("Records", json!({"provider": {"event": "records.created", "inputs": inputs}})).await;
    // The answer to the request that makes it is lost: it is looked for, and made anew for its secret.
    let fault = json!({"next": [{"kind": "dropAfter", "count": 1, "path": "webhooks"}]});
    let set = base.world.http.post(format!("{}/_simulator/faults", base.url)).body(fault.to_string());
    assert_eq!(answer(set).await.status, 200);
    base.world.switch("ann", &workflow, true).await;
    let registered = base.registered(1).await;
    let hook = base.hooks(1).await.remove(0);
    assert_eq!(hook["id"], "ach102", "the first one was removed: nothing else knows its secret");
    assert_eq!(registered[0]["providerId"], "ach102");
    base.called("webhooks", 3).await;
    let request = base.world.http.post(format!("{}/v0/app1/Leads", base.url)).bearer_auth("patAcme");
    let made = answer(request.json(&json!({"fields": {"Name": "Ann"}}))).await;
    assert_eq!(made.status, 200, "{}", made.text);
    assert_eq!(base.answered(1).await, [200]);
    assert_eq!(base.payloads(&workflow, 1).await[0]["fields"], json!({"Name": "Ann"}));

    // Half-way to its end it is made to live longer.
    let end = read_time(&hook["expiresAt"]).expect("an end");
    let due = read_time(&registered[0]["nextAttemptAt"]).expect("when it is due");
    assert!(due < end, "{due} {end}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_channel_proves_itself_by_the_secret_that_we_chose() {
    let calendar = provider("google-calendar").await;
    calendar.import("ann").await;
    let trigger = json!({"provider": {"event": "events.changed", "inputs": {"calendarId": "primary"}}});
    let workflow = calendar.world.waits("Events", trigger).await;
    calendar.world.switch("ann", &workflow, true).await;
    let hook = calendar.hooks(1).await.remove(0);
    calendar.registered(1).await;
    let event = json!({"summary": "Review", "start": {"dateTime": "2026-11-25T12:00:00Z"}, "end": {"dateTime": "2026-11-25T13:00:00Z"}});
    calendar.elsewhere(Method::POST, "/calendar/v3/calendars/primary/events", event).await;
    assert_eq!(calendar.answered(1).await, [200]);
    assert_eq!(calendar.payloads(&workflow, 1).await[0]["summary"], "Review");
    let url = hook["url"].as_str().expect("an address");
    for token in ["", "wrong"] {
        let request = calendar.world.http.post(url).header("x-goog-channel-token", token);
        assert_eq!(answer(request).await.error().0, 401, "{token}");
    }
    calendar.world.switch("ann", &workflow, false).await;
    calendar.hooks(0).await;
    assert_eq!(answer(calendar.world.http.post(url)).await.error().0, 404);
}

fn jira(name: &str) -> Value {
    let person = if name == "acme" { "ann" } else { "bob" };
    json!({"site": name, "email": format!("{person}@{name}.example"), "token": format!("jira-{name}")})
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hook_whose_answer_has_only_an_address_is_known_by_the_end_of_it() {
    let tracker = provider("jira").await;
    let account = jira("acme");
    tracker.connect("ann", account.clone()).await;
    let created = tracker.world.waits("New", json!({"provider": {"event": "issues.created"}})).await;
    let changed = tracker.world.waits("Changed", json!({"provider": {"event": "issues.updated"}})).await;
    for workflow in [&created, &changed] {
        tracker.world.switch("ann", workflow, true).await;
    }
    let hooks = tracker.hooks(2).await;
    let mut ids: Vec<_> = tracker.registered(2).await.iter().map(|one| one["providerId"].clone()).collect();
    ids.sort_by_key(ToString::to_string);
    assert_eq!(ids, [json!("101"), json!("102")], "{hooks:?}");
    let issue = json!({"fields": {"project": {"key": "ACME"}, "issuetype": {"name": "Task"}, "summary": "Call Ann"}});
    let request = tracker.world.http.post(format!("{}/rest/api/2/issue", tracker.url));
    let request = request.basic_auth(account["email"].as_str().expect("an address"), account["token"].as_str());
    let made = answer(request.json(&issue)).await;
    assert_eq!(made.status, 201, "{}", made.text);
    // Both are told, each by a hook of its own, and each finds the issue.
    assert_eq!(tracker.answered(2).await, [200, 200]);
    for workflow in [&created, &changed] {
        assert_eq!(tracker.payloads(workflow, 1).await[0]["fields"]["summary"], "Call Ann");
    }
    let url = hooks[0]["url"].as_str().expect("an address");
    for signature in ["sha256=00", "wrong"] {
        let request = tracker.world.http.post(url).header("x-hub-signature", signature).body("{}");
        assert_eq!(answer(request).await.error().0, 401, "{signature}");
    }
    for workflow in [&created, &changed] {
        tracker.world.switch("ann", workflow, false).await;
    }
    tracker.hooks(0).await;
}
