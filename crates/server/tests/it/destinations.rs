//! Event destinations, against a real endpoint and a real mail server: what happened is told, signed, once more
//! after a restart, and not a thousand times.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use aws_lc_rs::hmac;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use linchpin::clock::SystemClock;
use linchpin::config::mail::Encryption;
use linchpin_domain::notice::Kind;
use linchpin_domain::{Clock, Timestamp};
use linchpin_store::{credentials, event_destinations, notices};
use serde_json::{Value, json};

use crate::app::{Client, TestApp};
use crate::receivers::{Endpoint, MailServer, Received};
use crate::sdk::world::World;

/// The system's clock, moved on by the test.
#[derive(Default)]
struct Ahead(AtomicI64);

impl Ahead {
    fn by(&self, time: Duration) {
        self.0.fetch_add(time.as_millis() as i64, Ordering::SeqCst);
    }
}

impl Clock for Ahead {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(SystemClock.now().as_millis() + self.0.load(Ordering::SeqCst))
    }

    fn random(&self) -> u128 {
        SystemClock.random()
    }
}

/// Whether a webhook is signed with a secret, as a receiver would find out.
pub fn is_signed(webhook: &Received, secret: &str) -> bool {
    let key = STANDARD.decode(secret.strip_prefix("whsec_").expect("a secret")).expect("base64");
    let at = webhook.headers["webhook-timestamp"].to_str().expect("text");
    let content = format!("{}.{at}.{}", webhook.id(), webhook.text);
    let code = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, &key), content.as_bytes());
    let expected = format!("v1,{}", STANDARD.encode(code));
    webhook.headers["webhook-signature"].to_str().expect("text").split(' ').any(|one| one == expected)
}

async fn add(client: &Client, api: &str, body: Value) -> Value {
    let added = client.post(&format!("{api}/event-destinations"), body).await;
    assert_eq!(added.status, 201, "{}", added.text);
    added.body
}

/// The deliveries of a destination once they are as wanted.
async fn deliveries(client: &Client, api: &str, id: &str, wanted: impl Fn(&Value) -> bool) -> Value {
    let mut last = Value::Null;
    for _ in 0..400 {
        last = client.get(&format!("{api}/event-destinations/{id}/deliveries")).await.body["items"].clone();
        if wanted(&last) {
            return last;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    panic!("the deliveries did not come to what was wanted: {last}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_happens_to_a_user_is_posted_signed_and_logged() {
    let world = World::start().await;
    let (endpoint, narrow) = (Endpoint::start().await, Endpoint::start().await);
    let made = add(&world.admin, &world.api, json!({"name": "All", "url": endpoint.url})).await;
    let (id, secret) = (made["id"].as_str().expect("an id"), made["secret"].as_str().expect("a secret"));
    let only =
        json!({"name": "Failures", "url": narrow.url, "events": ["run.failed"], "workflowIds": [world.workflow]});
    add(&world.admin, &world.api, only).await;
    world.connect("ann").await;
    world.workflow_on("ann").await;
    world.faults(json!({"next": [{"kind": "status", "status": 400, "count": 1, "path": "contacts"}]})).await;
    world.event("ann", "a@example.com").await;
    let run = world.newest_run(&["failed"]).await;
    world.event("ann", "b@example.com").await;
    world.newest_run(&["succeeded"]).await;
    let disconnected = world.delete("ann", &format!("/sdk/integrations/{}", world.integration)).await;
    assert_eq!(disconnected.status, 200, "{}", disconnected.text);

    let received = endpoint.wait_for(4).await;
    let mut kinds: Vec<_> = received.iter().map(Received::kind).collect();
    kinds.sort_unstable();
    assert_eq!(kinds, ["integration.connected", "integration.disconnected", "run.failed", "workflow.enabled"]);
    for webhook in &received {
        assert!(is_signed(webhook, secret), "{webhook:?}");
        assert!(!is_signed(webhook, &format!("whsec_{}", STANDARD.encode([1; 32]))));
        assert_eq!(webhook.headers["content-type"], "application/json");
        assert_eq!(webhook.body["id"], webhook.id());
        assert_eq!(webhook.body["project"], json!({"id": world.project, "name": "Acme"}));
    }
    let failed = received.iter().find(|webhook| webhook.kind() == "run.failed").expect("there");
    assert_eq!(failed.body["data"]["run"]["id"], run["id"]);
    assert_eq!(failed.body["data"]["workflow"], json!({"id": world.workflow, "name": "Sync contacts", "version": 1}));
    assert_eq!(failed.body["data"]["user"]["userId"], "ann");
    assert_eq!(failed.body["data"]["error"]["step"], "create_contact");
    let page = format!("{}/app/p/{}/task-history/{}", world.test.base, world.project, run["id"].as_str().expect("id"));
    assert_eq!(failed.body["url"], page);
    let of_narrow = narrow.wait_for(1).await;
    assert_eq!((of_narrow.len(), of_narrow[0].id()), (1, failed.id()), "one id at every destination");

    let log = deliveries(&world.admin, &world.api, id, |all| {
        all.as_array().is_some_and(|all| all.len() == 4 && all.iter().all(|one| one["state"] == "delivered"))
    })
    .await;
    assert_eq!(log[0]["event"], "integration.disconnected");
    assert_eq!(
        (&log[0]["lastAttempt"]["status"], &log[0]["lastAttempt"]["answer"]),
        (&json!(200), &json!("answer 200"))
    );
    let again = format!("{}/event-destinations/{id}/deliveries/{}/redeliver", world.api, failed.id());
    assert_eq!(world.admin.post(&again, json!({})).await.status, 202);
    let received = endpoint.wait_for(5).await;
    assert_eq!((received[4].id(), &received[4].body), (failed.id(), &failed.body), "the same event once more");

    // Neither the answer of a list nor the database shows the secret.
    let listed = world.admin.get(&format!("{}/event-destinations", world.api)).await;
    assert!(!listed.text.contains("whsec_"), "{}", listed.text);
    let found = world.test.database().windows(secret.len()).any(|window| window == secret.as_bytes());
    assert!(!found, "the secret stands in the database");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restart_loses_nothing_and_an_unheard_answer_means_once_more() {
    let clock = Arc::new(Ahead::default());
    let mut test = TestApp::start_with(clock.clone(), |config| config.egress_allow = vec!["127.0.0.1:*".into()]).await;
    let ann = test.member("Ann").await;
    let api = ann.project("Acme").await;
    let integration = ann.hubspot(&api).await;
    let endpoint = Endpoint::start().await;
    let made = add(&ann, &api, json!({"name": "Alerts", "url": endpoint.url, "events": ["workflow.deployed"]})).await;
    let id = made["id"].as_str().expect("an id").to_owned();
    endpoint.hold(true);
    let workflow = ann.workflow(&api, &integration).await;
    let held = endpoint.wait_for(1).await;
    test.restart().await;
    endpoint.hold(false);
    let received = endpoint.wait_for(2).await;
    assert_eq!(held[0].id(), received[1].id());
    assert_eq!(held[0].body, received[1].body);
    deliveries(&ann, &api, &id, |all| all[0]["state"] == "delivered" && all[0]["attempts"] == 1).await;

    // It fails, and is not tried before its time, whoever restarts.
    endpoint.answer(&[500]);
    assert_eq!(ann.post(&format!("{api}/workflows/{workflow}/deploy"), json!({})).await.status, 200);
    let waiting = deliveries(&ann, &api, &id, |all| all[0]["attempts"] == 1).await;
    assert_eq!((&waiting[0]["state"], &waiting[0]["lastAttempt"]["status"]), (&json!("pending"), &json!(500)));
    assert_eq!(waiting[0]["lastAttempt"]["error"], "it answered 500");
    test.restart().await;
    tokio::time::sleep(Duration::from_millis(1_200)).await;
    assert_eq!(endpoint.received().len(), 3);
    clock.by(Duration::from_secs(11));
    let received = endpoint.wait_for(4).await;
    assert_eq!(received[2].id(), received[3].id());
    deliveries(&ann, &api, &id, |all| all[0]["state"] == "delivered").await;
    let shown = ann.get(&format!("{api}/event-destinations/{id}")).await.body;
    assert_eq!((&shown["failures"], &shown["pending"], &shown["enabled"]), (&json!(0), &json!(0), &json!(true)));
}

/// Puts an event about a made-up destination into the outbox.
async fn tell(test: &TestApp, api: &str, count: usize) {
    let project = api.rsplit('/').next().expect("an id").parse().expect("an id");
    let mut tx = test.app.store.begin().await.expect("begins");
    for n in 0..count {
        let about = json!({"name": "Other", "reason": format!("reason {n}")});
        notices::about_destination(&mut tx, project, about).await.expect("tells");
    }
    tx.commit().await.expect("commits");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_destination_that_fails_too_often_is_disabled_and_others_are_told() {
    let test =
        TestApp::start_with(Arc::new(SystemClock), |config| config.egress_allow = vec!["127.0.0.1:*".into()]).await;
    let ann = test.member("Ann").await;
    let api = ann.project("Acme").await;
    let (bad, good) = (Endpoint::start().await, Endpoint::start().await);
    let made = add(&ann, &api, json!({"name": "Bad", "url": bad.url})).await;
    let other = json!({"name": "Good", "url": good.url, "events": ["destination.disabled"]});
    let id = made["id"].as_str().expect("an id").to_owned();
    bad.answer(&[500]);
    tell(&test, &api, 1).await;
    deliveries(&ann, &api, &id, |all| all[0]["attempts"] == 1).await;
    assert_eq!(ann.get(&format!("{api}/event-destinations/{id}")).await.body["failures"], 1);
    add(&ann, &api, other).await;
    let (project, destination) =
        (api.rsplit('/').next().expect("an id").parse().expect("an id"), id.parse().expect("an id"));
    let mut tx = test.app.store.begin().await.expect("begins");
    event_destinations::set_health(&mut tx, project, destination, 19, None).await.expect("sets");
    tx.commit().await.expect("commits");
    bad.answer(&[503]);
    let again = bad.received()[0].id().to_owned();
    let redelivered = ann.post(&format!("{api}/event-destinations/{id}/deliveries/{again}/redeliver"), json!({})).await;
    assert_eq!(redelivered.status, 202, "{}", redelivered.text);
    let told = good.wait_for(1).await;
    assert_eq!(told[0].kind(), "destination.disabled");
    let reason = "20 attempts in a row failed; the last one: it answered 503";
    assert_eq!(told[0].body["data"]["destination"]["name"], "Bad");
    assert_eq!(told[0].body["data"]["destination"]["reason"], reason);
    let shown = ann.get(&format!("{api}/event-destinations/{id}")).await.body;
    assert_eq!((&shown["enabled"], &shown["disabledReason"]), (&json!(false), &json!(reason)));
    deliveries(&ann, &api, &id, |all| all[0]["state"] == "dropped").await;
    let (status, code, _) =
        ann.post(&format!("{api}/event-destinations/{id}/deliveries/{again}/redeliver"), json!({})).await.error();
    assert_eq!((status, code.as_str()), (409, "destination_disabled"));

    let enabled = ann.patch(&format!("{api}/event-destinations/{id}"), json!({"enabled": true})).await.body;
    assert_eq!((&enabled["failures"], &enabled["disabledReason"]), (&json!(0), &Value::Null));
    bad.answer(&[410]);
    tell(&test, &api, 1).await;
    deliveries(&ann, &api, &id, |all| all[0]["state"] == "dropped" && all[0]["lastAttempt"]["status"] == 410).await;
    assert_eq!(ann.get(&format!("{api}/event-destinations/{id}")).await.body["enabled"], false, "410 wants no more");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_thousand_events_are_one_mail_and_what_follows_is_gathered() {
    let mails = MailServer::start().await;
    let clock = Arc::new(Ahead::default());
    let port = mails.port;
    let mut test = TestApp::start_with(clock.clone(), |config| {
        config.mail.host = "127.0.0.1".into();
        config.mail.port = port.into();
        config.mail.security = Encryption::None;
        config.mail.from = "Linchpin <linchpin@example.com>".into();
    })
    .await;
    let ann = test.member("Ann").await;
    let api = ann.project("Acme").await;
    let body = json!({"name": "Team", "to": ["ops@example.com", "dev@example.com"]});
    let made = add(&ann, &api, body).await;
    assert_eq!(made["secret"], Value::Null);
    let id = made["id"].as_str().expect("an id").to_owned();
    tell(&test, &api, 1_000).await;
    let got = mails.wait_for(1).await;
    assert_eq!((got[0].from.as_str(), &got[0].to), ("linchpin@example.com", &body_to()));
    assert!(
        got[0].text.contains("Subject: Acme: the event destination Other was disabled (1000 times)"),
        "{}",
        got[0].text
    );
    assert!(got[0].text.contains("reason 0") && got[0].text.contains("and 995 more"), "{}", got[0].text);
    let log = deliveries(&ann, &api, &id, |all| all[0]["state"] == "delivered").await;
    assert_eq!(log[0]["lastAttempt"]["answer"], "250 taken as 17");
    assert_eq!(ann.get(&format!("{api}/event-destinations/{id}")).await.body["pending"], 0);

    // What follows waits until the gathering ends, and a refusal loses nothing: not by a restart either.
    tell(&test, &api, 2).await;
    clock.by(Duration::from_mins(4));
    tokio::time::sleep(Duration::from_millis(1_200)).await;
    assert_eq!(mails.mails().len(), 1);
    mails.refuse(true);
    clock.by(Duration::from_mins(2));
    let refused = deliveries(&ann, &api, &id, |all| all[0]["attempts"] == 1).await;
    let error = refused[0]["lastAttempt"]["error"].as_str().expect("an error");
    assert!(error.contains("no such mailbox here"), "{error}");
    test.restart().await;
    mails.refuse(false);
    clock.by(Duration::from_hours(1));
    let got = mails.wait_for(2).await;
    assert_eq!(got.len(), 2);
    assert!(got[1].text.contains("(2 times)"), "{}", got[1].text);

    let tested = ann.post(&format!("{api}/event-destinations/{id}/test"), json!({"event": "run.failed"})).await;
    assert_eq!(
        (&tested.body["ok"], &tested.body["answer"]),
        (&json!(true), &json!("250 taken as 17")),
        "{}",
        tested.text
    );
    let got = mails.wait_for(3).await;
    assert!(got[2].text.contains("Subject: Test: Acme: Sync contacts failed"), "{}", got[2].text);
}

fn body_to() -> Vec<String> {
    vec!["ops@example.com".into(), "dev@example.com".into()]
}

#[tokio::test(flavor = "multi_thread")]
async fn a_test_shows_the_answer_and_another_secret_signs_beside_the_old_one() {
    let test =
        TestApp::start_with(Arc::new(SystemClock), |config| config.egress_allow = vec!["127.0.0.1:*".into()]).await;
    let ann = test.member("Ann").await;
    let api = ann.project("Acme").await;
    let endpoint = Endpoint::start().await;
    let made = add(&ann, &api, json!({"name": "Alerts", "url": endpoint.url})).await;
    let (id, old) = (made["id"].as_str().expect("an id"), made["secret"].as_str().expect("a secret"));
    endpoint.answer(&[404]);
    let tested = ann.post(&format!("{api}/event-destinations/{id}/test"), json!({"event": "credential.invalid"})).await;
    assert_eq!(tested.status, 200, "{}", tested.text);
    assert_eq!((&tested.body["ok"], &tested.body["status"]), (&json!(false), &json!(404)));
    assert_eq!((&tested.body["answer"], &tested.body["error"]), (&json!("answer 404"), &json!("it answered 404")));
    let sample = &endpoint.received()[0];
    assert_eq!((sample.kind(), &sample.body["test"]), ("credential.invalid", &json!(true)));
    assert_eq!(
        ann.get(&format!("{api}/event-destinations/{id}")).await.body["failures"],
        0,
        "a test counts for nothing"
    );

    let renewed = ann.post(&format!("{api}/event-destinations/{id}/secret"), json!({})).await.body;
    let new = renewed["secret"].as_str().expect("a secret");
    ann.post(&format!("{api}/event-destinations/{id}/test"), json!({})).await;
    let received = endpoint.received();
    assert!(is_signed(&received[1], new) && is_signed(&received[1], old) && new != old);
    // Every kind has a sample.
    for kind in Kind::ALL {
        let tested = ann.post(&format!("{api}/event-destinations/{id}/test"), json!({"event": kind})).await;
        assert_eq!(tested.body["ok"], true, "{}", tested.text);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_webhook_carries_headers_of_its_own_and_a_body_of_a_template() {
    let test =
        TestApp::start_with(Arc::new(SystemClock), |config| config.egress_allow = vec!["127.0.0.1:*".into()]).await;
    let ann = test.member("Ann").await;
    let api = ann.project("Acme").await;
    let endpoint = Endpoint::start().await;
    let slack = json!({"text": "{{ event.type }}: {{ event.data.error.message }}", "run": "{{ event.data.run }}"});
    let new = json!({
        "name": "Alerts", "url": endpoint.url, "events": ["run.failed"],
        "headers": {"DD-API-KEY": "hush-hush", "X-Team": "integrations"}, "payload": slack,
    });
    let made = ann.post(&format!("{api}/event-destinations"), new).await;
    assert_eq!(made.status, 201, "{}", made.text);
    assert!(!made.text.contains("hush-hush"), "{}", made.text);
    assert_eq!((&made.body["headers"], &made.body["payload"]), (&json!(["dd-api-key", "x-team"]), &slack));
    let secret = made.body["secret"].as_str().expect("a secret");
    let at = format!("{api}/event-destinations/{}", made.body["id"].as_str().expect("an id"));

    let tested = ann.post(&format!("{at}/test"), json!({})).await.body;
    let got = &endpoint.wait_for(1).await[0];
    let text = "run.failed: HubSpot answered 500 at every one of 6 attempts";
    assert_eq!((got.body["text"].as_str(), &got.body["run"]["state"]), (Some(text), &json!("failed")));
    assert_eq!(
        (&got.headers["dd-api-key"], &got.headers["x-team"]),
        (&"hush-hush".parse().expect("a value"), &"integrations".parse().expect("a value"))
    );
    assert!(is_signed(got, secret), "what is sent is what is signed");
    assert_eq!(tested["sent"], got.body);

    // A value that is null stays, a name that is left out goes, and so does the template.
    let kept = ann.patch(&at, json!({"headers": {"DD-API-KEY": null}, "payload": null})).await;
    assert_eq!((&kept.body["headers"], &kept.body["payload"]), (&json!(["dd-api-key"]), &Value::Null), "{}", kept.text);
    ann.post(&format!("{at}/test"), json!({})).await;
    let got = &endpoint.wait_for(2).await[1];
    assert_eq!(
        (got.kind(), got.headers.get("dd-api-key").is_some(), got.headers.get("x-team")),
        ("run.failed", true, None)
    );

    for (change, field, said) in [
        (json!({"headers": {"Content-Type": "text/plain"}}), "headers", "is set by us"),
        (json!({"headers": {"X-New": null}}), "headers", "give the header `x-new` a value"),
        (json!({"headers": {"X-New": "a\nb"}}), "headers", "line break"),
        (json!({"payload": "{{ trigger.email }}"}), "payload", "there is no `trigger` here"),
        (json!({"payload": "{{ event.type | shout }}"}), "payload", "shout"),
    ] {
        let (status, _, fields) = ann.patch(&at, change.clone()).await.error();
        let message = fields[field].as_str().unwrap_or_default().to_owned();
        assert!(status == 422 && message.contains(said), "{change}: {fields}");
    }
    let log = ann.get(&format!("{api}/audit-log")).await;
    assert!(!log.text.contains("hush-hush"));
}

#[tokio::test]
async fn what_cannot_be_sent_to_is_refused_with_what_would_be_right() {
    let test = TestApp::start().await;
    let ann = test.member("Ann").await;
    let api = ann.project("Acme").await;
    let refused = async |body: Value| {
        let (status, code, fields) = ann.post(&format!("{api}/event-destinations"), body).await.error();
        assert_eq!((status, code.as_str()), (422, "invalid"));
        fields
    };
    let inner = refused(json!({"name": "X", "url": "https://127.0.0.1:1/"})).await;
    assert!(inner["url"].as_str().is_some_and(|text| text.contains("private network")), "{inner}");
    let plain = refused(json!({"name": "X", "url": "http://example.com/"})).await;
    assert!(plain["url"].as_str().is_some_and(|text| text.contains("not called without https")), "{plain}");
    for (body, field) in [
        (json!({"name": "", "url": "https://example.com/"}), "name"),
        (json!({"name": "X"}), "url"),
        (json!({"name": "X", "url": "https://example.com/", "to": ["a@b.c"]}), "url"),
        (json!({"name": "X", "url": "nowhere"}), "url"),
        (json!({"name": "X", "url": "https://user:pass@example.com/"}), "url"),
        (json!({"name": "X", "to": []}), "to"),
        (json!({"name": "X", "to": ["Ops <ops@example.com>"]}), "to"),
        (
            json!({"name": "X", "url": "https://example.com/", "workflowIds": ["00000000-0000-7000-8000-000000000000"]}),
            "workflowIds",
        ),
        (json!({"name": "X", "url": "https://example.com/", "events": ["run.finished"]}), "events[0]"),
    ] {
        let fields = refused(body.clone()).await;
        assert!(fields.get(field).is_some(), "{body}: {fields}");
    }
    let (status, code, _) =
        ann.post(&format!("{api}/event-destinations"), json!({"name": "X", "to": ["a@example.com"]})).await.error();
    assert_eq!((status, code.as_str()), (409, "no_mail_server"));
    let made = add(&ann, &api, json!({"name": "X", "url": "https://example.com/"})).await;
    let address = format!("{api}/event-destinations/{}", made["id"].as_str().expect("an id"));
    let (status, _, fields) = ann.patch(&address, json!({"to": ["a@example.com"]})).await.error();
    assert!(status == 422 && fields.get("to").is_some(), "{fields}");
    // Nobody is told without a destination, and none is left behind by a removed one.
    assert_eq!(ann.delete(&address).await.status, 204);
    assert_eq!(ann.delete(&address).await.status, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_that_must_be_connected_again_is_told() {
    let world = World::start().await;
    let endpoint = Endpoint::start().await;
    let body = json!({"name": "Accounts", "url": endpoint.url, "events": ["credential.invalid"]});
    add(&world.admin, &world.api, body).await;
    let credential = world.connect("ann").await;
    let app = &world.test.app;
    let (project, id) = (world.project.parse().expect("an id"), credential.parse().expect("an id"));
    let mut tx = app.store.begin().await.expect("begins");
    let opened = credentials::open(&mut tx, project, id).await.expect("reads").expect("is there");
    let dead = credentials::Tokens {
        access_token: "dead".into(),
        refresh_token: Some("dead".into()),
        ..opened.tokens.expect("tokens")
    };
    let grant = credentials::Grant { tokens: dead, expires_at: Some(app.clock.now()), scopes: None };
    credentials::reconnect(&mut tx, &opened.credential, &grant, app.clock.now()).await.expect("writes");
    tx.commit().await.expect("commits");
    world.workflow_on("ann").await;
    world.event("ann", "a@example.com").await;
    world.newest_run(&["failed"]).await;
    let received = endpoint.wait_for(1).await;
    assert_eq!(received.len(), 1);
    let told = &received[0].body["data"];
    assert_eq!((&told["credential"]["id"], &told["credential"]["status"]), (&json!(credential), &json!("INVALID")));
    assert_eq!((&told["integration"]["type"], &told["user"]["userId"]), (&json!("hubspot"), &json!("ann")));
    assert!(told["credential"]["reason"].as_str().is_some_and(|text| text.contains("took the grant back")), "{told}");
}
