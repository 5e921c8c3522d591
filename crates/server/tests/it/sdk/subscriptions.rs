//! Subscriptions of agents and backends to what happens in a user's account: signed, once, tried again, given up.

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};

use super::world::{World, answer};
use crate::app::Answer;
use crate::destinations::is_signed;
use crate::receivers::Endpoint;

const FIRST: &str = "1234567";
const SECOND: &str = "7654321";

async fn world() -> World {
    World::start_with(|config| {
        config.egress_allow_steps = vec!["127.0.0.1:*".into()];
        config.limits.poll_every = Duration::from_millis(200);
    })
    .await
}

impl World {
    async fn subscription(&self, user: &str, body: Value) -> Answer {
        self.post(user, "/trigger-subscriptions", body).await
    }

    async fn subscriptions(&self, user: &str) -> Vec<Value> {
        let listed = self.get(user, "/trigger-subscriptions").await;
        assert_eq!(listed.status, 200, "{}", listed.text);
        listed.body["subscriptions"].as_array().expect("a list").clone()
    }

    async fn change(&self, user: &str, id: &str, body: Value) -> Answer {
        let path = format!("/trigger-subscriptions/{id}");
        answer(self.call(Method::PATCH, &path, &self.token(user)).body(body.to_string())).await
    }

    /// A subscription of a user as it stands, once it is as wanted.
    async fn until(&self, user: &str, wanted: impl Fn(&Value) -> bool) -> Value {
        let mut last = Value::Null;
        for _ in 0..400 {
            last = self.subscriptions(user).await.first().cloned().unwrap_or_default();
            if wanted(&last) {
                return last;
            }
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
        panic!("it did not come to what was wanted: {last}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_of_the_account_is_told_signed_and_once_without_any_workflow() {
    let world = world().await;
    world.connect_as("ann", FIRST, json!({})).await;
    world.connect_as("bob", SECOND, json!({})).await;
    let endpoint = Endpoint::start().await;
    let wish = json!({"trigger": "HUBSPOT_CONTACTS_CREATED", "url": endpoint.url});
    let made = world.subscription("ann", wish.clone()).await;
    assert_eq!(made.status, 201, "{}", made.text);
    let (id, secret) = (made.body["id"].as_str().expect("an id"), made.body["secret"].as_str().expect("a secret"));
    let listed = world.subscriptions("ann").await;
    assert_eq!((listed.len(), &listed[0]["trigger"]), (1, &json!("HUBSPOT_CONTACTS_CREATED")));
    assert_eq!((&listed[0]["enabled"], listed[0].get("secret")), (&json!(true), None), "a secret is shown once");

    // The provider tells twice; so does somebody else's account.
    world.subscribe(json!({"duplicates": true})).await;
    world.create_contact(SECOND, "b@example.com").await;
    world.create_contact(FIRST, "a@example.com").await;
    let received = endpoint.wait_for(1).await;
    tokio::time::sleep(Duration::from_millis(1_500)).await;
    assert_eq!(endpoint.received().len(), 1, "once, and nothing of another account");
    let told = &received[0];
    assert!(is_signed(told, secret), "{told:?}");
    assert_eq!((told.kind(), &told.body["id"]), ("trigger.event", &json!(told.id())));
    let data = &told.body["data"];
    assert_eq!((&data["subscription"]["id"], &data["trigger"]), (&json!(id), &json!("contacts.created")));
    assert!(data["payload"]["id"].is_number() || data["payload"]["id"].is_string(), "{data}");
    assert_eq!(data["payload"]["event"]["subscriptionType"], "contact.creation");
    assert!(world.inbox().await.iter().all(|one| one["account"] != FIRST), "it was taken");

    // It is nobody else's, and goes with the account.
    assert_eq!(world.subscriptions("bob").await, Vec::<Value>::new());
    for (method, path) in [
        (Method::PATCH, format!("/trigger-subscriptions/{id}")),
        (Method::DELETE, format!("/trigger-subscriptions/{id}")),
        (Method::GET, format!("/trigger-subscriptions/{id}/deliveries")),
    ] {
        let refused = answer(world.call(method, &path, &world.token("bob")).body("{}")).await;
        assert_eq!(refused.error().0, 404, "{path}");
    }
    let log = world.get("ann", &format!("/trigger-subscriptions/{id}/deliveries")).await.body["deliveries"].clone();
    assert_eq!(
        (&log[0]["id"], &log[0]["state"], &log[0]["status"]),
        (&json!(told.id()), &json!("delivered"), &json!(200))
    );
    let of_project = world.admin.get(&format!("{}/event-destinations", world.api)).await;
    assert_eq!(of_project.body["items"], json!([]), "it is none of the project's destinations");
    assert_eq!(world.admin.get(&format!("{}/event-destinations/{id}", world.api)).await.error().0, 404);
    let gone = world.delete("ann", &format!("/sdk/integrations/{}", world.integration)).await;
    assert_eq!(gone.status, 200, "{}", gone.text);
    assert_eq!(world.subscriptions("ann").await, Vec::<Value>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_subscribed_to_is_refused_with_a_reason() {
    let world = world().await;
    world.connect_as("ann", FIRST, json!({})).await;
    let endpoint = Endpoint::start().await;
    let url = endpoint.url.as_str();
    for (user, body, status, said) in [
        ("ann", json!({"trigger": "HUBSPOT_NOTHING", "url": url}), 404, "there is no trigger `HUBSPOT_NOTHING`"),
        ("bob", json!({"trigger": "HUBSPOT_CONTACTS_CREATED", "url": url}), 404, "has not connected"),
        (
            "ann",
            json!({"trigger": "HUBSPOT_CONTACTS_UPDATED", "url": url, "parameters": {"propertyNam": "a"}}),
            422,
            "did you mean `propertyName`?",
        ),
        ("ann", json!({"trigger": "HUBSPOT_CONTACTS_CREATED", "url": "nowhere"}), 422, "an address such as"),
        ("ann", json!({"trigger": "HUBSPOT_CONTACTS_CREATED", "url": "http://example.com/events"}), 422, "https://"),
        (
            "ann",
            json!({"trigger": "HUBSPOT_CONTACTS_CREATED", "url": "https://10.0.0.1/events"}),
            422,
            "private network",
        ),
        (
            "ann",
            json!({"trigger": "HUBSPOT_CONTACTS_CREATED", "url": "https://localhost/events"}),
            422,
            "private network",
        ),
        ("ann", json!({"trigger": "HUBSPOT_CONTACTS_CREATED", "url": url, "secret": "short"}), 422, "whsec_"),
        ("ann", json!({"trigger": "HUBSPOT_CONTACTS_CREATED", "url": url, "more": 1}), 400, "more"),
    ] {
        let refused = world.subscription(user, body.clone()).await;
        assert_eq!(refused.status, status, "{body}: {}", refused.text);
        assert!(refused.text.contains(said), "{body}: {}", refused.text);
    }
    assert_eq!(world.subscriptions("ann").await, Vec::<Value>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_is_found_by_asking_as_well_and_told_once_more_where_the_answer_was_not_heard() {
    let mut world = world().await;
    world.connect_as("ann", FIRST, json!({})).await;
    let endpoint = Endpoint::start().await;
    let parameters = json!({"properties": "email"});
    let wish = json!({"trigger": "HUBSPOT_CONTACTS_CREATEDPOLLED", "url": endpoint.url, "parameters": parameters});
    let made = world.subscription("ann", wish).await;
    assert_eq!(made.status, 201, "{}", made.text);
    for _ in 0..200 {
        if world.calls("contacts/search").await > 0 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    endpoint.hold(true);
    world.create_contact(FIRST, "a@example.com").await;
    let held = endpoint.wait_for(1).await;
    world.test.restart().await;
    endpoint.hold(false);
    let received = endpoint.wait_for(2).await;
    assert_eq!(held[0].id(), received[1].id(), "the same event has the same id");
    assert_eq!(held[0].body, received[1].body);
    assert_eq!(received[1].body["data"]["payload"]["properties"]["email"], "a@example.com");
    world.create_contact(FIRST, "b@example.com").await;
    let received = endpoint.wait_for(3).await;
    assert_ne!(received[1].id(), received[2].id());
    tokio::time::sleep(Duration::from_millis(1_200)).await;
    assert_eq!(endpoint.received().len(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_subscription_that_is_not_wanted_is_disabled_and_begins_anew_when_it_is_enabled() {
    let world = world().await;
    world.connect_as("ann", FIRST, json!({})).await;
    let endpoint = Endpoint::start().await;
    let made = world.subscription("ann", json!({"trigger": "HUBSPOT_CONTACTS_CREATED", "url": endpoint.url})).await;
    let id = made.body["id"].as_str().expect("an id").to_owned();
    world.subscribe(json!({})).await;
    // One that fails is tried again.
    endpoint.answer(&[500]);
    world.create_contact(FIRST, "a@example.com").await;
    endpoint.wait_for(1).await;
    let failed = world.until("ann", |one| one["failures"] == 1).await;
    assert_eq!((&failed["pending"], &failed["enabled"]), (&json!(1), &json!(true)));
    let log = world.get("ann", &format!("/trigger-subscriptions/{id}/deliveries")).await.body["deliveries"].clone();
    assert_eq!((&log[0]["state"], &log[0]["error"]), (&json!("pending"), &json!("it answered 500")));
    assert!(log[0]["nextAttemptAt"].is_string(), "{log}");
    // One that says so wants nothing any more.
    endpoint.answer(&[410]);
    world.create_contact(FIRST, "b@example.com").await;
    let disabled = world.until("ann", |one| one["enabled"] == false).await;
    assert_eq!(disabled["disabledReason"], "it answered 410 Gone: it wants no more events");
    assert_eq!(disabled["pending"], 0, "what waited is dropped");
    let before = endpoint.received().len();
    world.create_contact(FIRST, "c@example.com").await;
    tokio::time::sleep(Duration::from_millis(1_200)).await;
    assert_eq!(endpoint.received().len(), before);

    let enabled = world.change("ann", &id, json!({"enabled": true})).await;
    assert_eq!(enabled.status, 200, "{}", enabled.text);
    assert_eq!((&enabled.body["enabled"], &enabled.body["failures"]), (&json!(true), &json!(0)));
    world.create_contact(FIRST, "d@example.com").await;
    endpoint.wait_for(before + 1).await;
    let removed = world.delete("ann", &format!("/trigger-subscriptions/{id}")).await;
    assert_eq!(removed.status, 204, "{}", removed.text);
    world.create_contact(FIRST, "e@example.com").await;
    tokio::time::sleep(Duration::from_millis(1_200)).await;
    assert_eq!(endpoint.received().len(), before + 1);
}
