//! Webhooks: signatures with known answers, events taken out of a body, and what the simulator sends.

use std::sync::Arc;
use std::time::Duration;

use http::{HeaderMap, HeaderName, HeaderValue};
use linchpin_connectors::manifest::{Algorithm, Encoding, TriggerModel};
use linchpin_connectors::webhook::{self, Delivered, HookEvent, NotProven, Told};
use linchpin_connectors::{Manifest, Registry};
use linchpin_domain::Timestamp;
use parking_lot::Mutex;
use serde_json::{Value, json};

use crate::simulated::{Simulated, manifest, object};

const SECRET: &[u8] = b"yyyyyyyy-yyyy-yyyy-yyyy-yyyyyyyyyyyy";
const URL: &str = "https://www.example.com/webhook_uri";
const BODY: &[u8] = br#"{"example_field":"example_value"}"#;
/// As HubSpot's own client computes it for this secret, URL, body and time.
const KNOWN: &str = "rQEKkaNUiu+1qGF//O/pw4BCzstSqO1PyUnGICmf+7o=";
const SIGNED_AT: i64 = 1_700_000_000_000;

fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
    pairs
        .iter()
        .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_str(value).expect("a header")))
        .collect()
}

fn verify(pairs: &[(&'static str, &str)], url: &str, body: &[u8], now: i64) -> Result<(), NotProven> {
    let manifest = manifest();
    let signature = &manifest.webhooks.as_ref().expect("HubSpot sends webhooks").signature;
    let headers = headers(pairs);
    let delivered = Delivered { method: "POST", url, headers: &headers, body };
    signature.verify(SECRET, delivered, Timestamp::from_millis(now))
}

#[test]
fn the_known_signature_is_accepted_and_nothing_near_it() {
    let good = [("x-hubspot-signature-v3", KNOWN), ("x-hubspot-request-timestamp", "1700000000000")];
    assert_eq!(verify(&good, URL, BODY, SIGNED_AT), Ok(()));
    assert_eq!(verify(&good, URL, BODY, SIGNED_AT + 300_000), Ok(()), "five minutes old is not too old");
    assert_eq!(verify(&good, URL, BODY, SIGNED_AT + 300_001), Err(NotProven::NotNow(300)));
    assert_eq!(verify(&good, URL, BODY, SIGNED_AT - 300_001), Err(NotProven::NotNow(300)));
    assert_eq!(verify(&good, "https://www.example.com/webhook_url", BODY, SIGNED_AT), Err(NotProven::Wrong));
    assert_eq!(verify(&good, URL, br#"{"example_field":"example_valuf"}"#, SIGNED_AT), Err(NotProven::Wrong));
    let later = [("x-hubspot-signature-v3", KNOWN), ("x-hubspot-request-timestamp", "1700000000001")];
    assert_eq!(verify(&later, URL, BODY, SIGNED_AT), Err(NotProven::Wrong), "the time is signed too");
    assert_eq!(verify(&good[..1], URL, BODY, SIGNED_AT), Err(NotProven::NoTime("X-HubSpot-Request-Timestamp".into())));
    assert_eq!(verify(&good[1..], URL, BODY, SIGNED_AT), Err(NotProven::Missing("X-HubSpot-Signature-v3".into())));
    // An earlier version's signature is not taken in its place.
    let v2 = "9569219f8ba981ffa6f6f16aa0f48637d35d728c7e4d93d0d52efaa512af7900";
    let old = [("x-hubspot-signature-v3", v2), ("x-hubspot-request-timestamp", "1700000000000")];
    assert_eq!(verify(&old, URL, BODY, SIGNED_AT), Err(NotProven::Wrong));
}

#[test]
fn a_url_is_signed_with_some_escapes_undone() {
    let manifest = manifest();
    let signature = &manifest.webhooks.as_ref().expect("HubSpot sends webhooks").signature;
    let now = Timestamp::from_millis(SIGNED_AT);
    let url = "https://a.example/h?x=a%2Fb%3ac%20d%26e";
    let plain = "https://a.example/h?x=a/b:c%20d%26e";
    let as_called = signature.sign(SECRET, "POST", url, BODY, now);
    let signed = format!("POST{plain}{}{SIGNED_AT}", std::str::from_utf8(BODY).expect("text"));
    let expected = webhook::mac(Algorithm::Sha256, Encoding::Base64, SECRET, signed.as_bytes());
    assert_eq!(as_called["x-hubspot-signature-v3"], expected.as_str());
}

#[test]
fn the_macs_of_other_providers_are_known_too() {
    // RFC 4231, test case 2; RFC 2202, test case 2.
    let (key, text) = (b"Jefe", b"what do ya want for nothing?");
    for (algorithm, expected) in [
        (Algorithm::Sha256, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"),
        (Algorithm::Sha1, "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79"),
    ] {
        assert_eq!(webhook::mac(algorithm, Encoding::Hex, key, text), expected);
        assert!(webhook::is_mac(algorithm, Encoding::Hex, key, text, &expected.to_uppercase()));
        assert!(!webhook::is_mac(algorithm, Encoding::Hex, key, text, &expected[2..]));
        assert!(!webhook::is_mac(algorithm, Encoding::Hex, b"other", text, expected));
    }
}

#[test]
fn events_are_taken_out_of_a_batch_with_account_trigger_key_and_payload() {
    let body = json!([
        {"eventId": 1, "subscriptionId": 12, "portalId": 62515, "occurredAt": 1_564_113_600_000_u64, "subscriptionType": "contact.creation", "attemptNumber": 0, "objectId": 123, "changeSource": "CRM"},
        {"eventId": 1, "subscriptionId": 13, "portalId": 7, "occurredAt": 5, "subscriptionType": "deal.propertyChange", "objectId": 9, "propertyName": "dealstage", "propertyValue": "won"},
        {"eventId": 2, "subscriptionId": 14, "portalId": 7, "occurredAt": 6, "subscriptionType": "contact.merge", "newObjectId": 11, "primaryObjectId": 9, "mergedObjectIds": [10]},
        {"eventId": 3, "portalId": 7, "subscriptionType": "conversation.creation"},
    ]);
    let manifest = manifest();
    let read = |body: &[u8]| webhook::read(&manifest, &HeaderMap::new(), body);
    let Ok(Told::Events(events)) = read(body.to_string().as_bytes()) else { panic!("they are events") };
    let told: Vec<_> =
        events.iter().map(|event| (event.account.as_str(), event.trigger.as_deref(), event.key.as_str())).collect();
    assert_eq!(
        told,
        [
            ("62515", Some("contacts.created"), "62515/12/1/123/1564113600000"),
            ("7", Some("deals.updated"), "7/13/1/9/5"),
            ("7", Some("contacts.merged"), "7/14/2//6"),
            ("7", None, "7//3//"),
        ]
    );
    assert_eq!(events[0].payload["id"], 123);
    assert_eq!(events[0].payload["event"]["eventId"], 1);
    assert_eq!(
        (&events[1].payload["propertyName"], &events[1].payload["propertyValue"]),
        (&json!("dealstage"), &json!("won"))
    );
    assert_eq!(events[2].payload["mergedObjectIds"], json!([10]));
    assert_eq!(events[3].kind, "conversation.creation");
    for wrong in ["{", "{}", "[{\"eventId\": 1}]"] {
        assert!(read(wrong.as_bytes()).is_err(), "{wrong}");
    }
}

/// The manifest of a connector of the binary.
fn of(kind: &str) -> Arc<Manifest> {
    let registry = Registry::builtin().unwrap_or_else(|problem| panic!("{problem}"));
    registry.find(kind).unwrap_or_else(|| panic!("{kind}")).clone()
}

fn events_of(manifest: &Manifest, headers: &HeaderMap, body: &str) -> Vec<HookEvent> {
    match webhook::read(manifest, headers, body.as_bytes()).expect("readable") {
        Told::Events(events) => events,
        told @ Told::Handshake(_) => panic!("{told:?}"),
    }
}

#[test]
fn other_providers_signatures_are_known_by_their_manifests() {
    // Computed by Python's `hmac`.
    let slack = (
        "slack",
        "8f742231b10e8888abcd99yyyzzz85a5",
        "token=xyzz0WbapA4vBCDEFsx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c",
        1_531_420_618_000,
    );
    let stripe = (
        "stripe",
        "whsec_test",
        r#"{"id":"evt_1","account":"acct_acme","type":"invoice.paid","data":{"object":{"id":"in_1"}}}"#,
        1_700_000_000_000,
    );
    let shopify = ("shopify", "hush", r#"{"id":820982911946154508,"email":"jon@example.com"}"#, 1_700_000_000_000);
    let v1 = "be1ecf90615732c14caee441be474d0b0857249d9dde8fee53dac117a07d2959";
    for ((kind, secret, body, at), pairs) in [
        (
            slack,
            vec![
                ("x-slack-signature", "v0=ce6e60d410a73ffee14f9eaba16a1d8b7f3dee5846611fd32327a904f2ce6b05".to_owned()),
                ("x-slack-request-timestamp", "1531420618".to_owned()),
            ],
        ),
        // While a secret is changed there are two signatures; `v0` is that of test mode.
        (stripe, vec![("stripe-signature", format!("t=1700000000,v1=00ff,v1={v1},v0={v1}"))]),
        (shopify, vec![("x-shopify-hmac-sha256", "D0UMXmhjwBRi4y66TmhJrDlhQABD7zI2fm3p6/QLMo8=".to_owned())]),
    ] {
        let manifest = of(kind);
        let signature = &manifest.webhooks.as_ref().expect("webhooks").signature;
        let pairs: Vec<(&'static str, &str)> = pairs.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let signed = headers(&pairs);
        let verify = |headers: &HeaderMap, body: &str, at: i64, secret: &str| {
            let delivered = Delivered { method: "POST", url: URL, headers, body: body.as_bytes() };
            signature.verify(secret.as_bytes(), delivered, Timestamp::from_millis(at))
        };
        assert_eq!(verify(&signed, body, at, secret), Ok(()), "{kind}");
        assert_eq!(verify(&signed, body, at, "other"), Err(NotProven::Wrong), "{kind}");
        assert_eq!(verify(&signed, &format!("{body} "), at, secret), Err(NotProven::Wrong), "{kind}");
        assert!(verify(&HeaderMap::new(), body, at, secret).is_err(), "{kind}");
        if signature.timestamp.is_some() {
            assert_eq!(verify(&signed, body, at + 301_000, secret), Err(NotProven::NotNow(300)), "{kind}");
        }
        let ours = signature.sign(secret.as_bytes(), "POST", URL, body.as_bytes(), Timestamp::from_millis(at));
        assert_eq!(verify(&ours, body, at, secret), Ok(()), "{kind}: what the simulator sends");
    }
    let stripe = of("stripe");
    let signature = &stripe.webhooks.as_ref().expect("webhooks").signature;
    let old = headers(&[("stripe-signature", &format!("t=1700000000,v0={v1}"))]);
    let body = br#"{"id":"evt_1","account":"acct_acme","type":"invoice.paid","data":{"object":{"id":"in_1"}}}"#;
    let delivered = Delivered { method: "POST", url: URL, headers: &old, body };
    assert_eq!(
        signature.verify(b"whsec_test", delivered, Timestamp::from_millis(1_700_000_000_000)),
        Err(NotProven::Wrong),
        "another version's signature is not taken"
    );
}

#[test]
fn handshakes_headers_and_marks_are_read() {
    let (slack, none) = (of("slack"), HeaderMap::new());
    let asked = webhook::read(&slack, &none, br#"{"type": "url_verification", "challenge": "abc", "token": "t"}"#);
    assert_eq!(asked, Ok(Told::Handshake(json!({"challenge": "abc"}))));
    let message = |more: Value| {
        let mut event = json!({"type": "message", "channel": "C1", "text": "hi"});
        event.as_object_mut().expect("an object").extend(more.as_object().cloned().unwrap_or_default());
        json!({"type": "event_callback", "team_id": "T1", "event_id": "Ev1", "event": event}).to_string()
    };
    let told = |more: Value| {
        let events = events_of(&slack, &none, &message(more));
        (events[0].account.clone(), events[0].trigger.clone(), events[0].key.clone())
    };
    assert_eq!(told(json!({})), ("T1".into(), Some("messages.received".into()), "Ev1".into()));
    assert_eq!(told(json!({"bot_id": "B1"})).1, None, "the app's own message is no event");
    assert_eq!(told(json!({"subtype": "message_changed"})).1, None);
    assert_eq!(events_of(&slack, &none, &message(json!({})))[0].payload["text"], "hi");
    let trigger = &slack.triggers["messages.received"];
    let event = serde_json::from_str(&message(json!({}))).expect("JSON");
    assert!(
        trigger.wants(&object(json!({"channel": "C1"})), &event)
            && !trigger.wants(&object(json!({"channel": "C2"})), &event)
    );

    let shopify = of("shopify");
    let sent = headers(&[
        ("x-shopify-topic", "orders/create"),
        ("x-shopify-shop-domain", "acme.myshopify.com"),
        ("x-shopify-webhook-id", "w1"),
        ("authorization", "secret"),
    ]);
    let events = events_of(&shopify, &sent, r#"{"id": 7}"#);
    let event = &events[0];
    assert_eq!(
        (event.account.as_str(), event.trigger.as_deref(), event.key.as_str()),
        ("acme.myshopify.com", Some("orders.created"), "w1")
    );
    assert_eq!(event.payload, json!({"id": 7}));
    assert!(!event.event.to_string().contains("secret"), "headers that are not named are not kept");
    // As the inbox has it.
    assert_eq!(webhook::event(&shopify, &event.event).as_ref(), Ok(event));
    assert!(webhook::read(&shopify, &none, br#"{"id": 7}"#).is_err(), "without the shop nobody knows whose it is");

    let stripe = of("stripe");
    let events = events_of(
        &stripe,
        &none,
        r#"{"id": "evt_1", "account": "acct_1", "type": "invoice.paid", "data": {"object": {"id": "in_1"}}}"#,
    );
    assert_eq!(
        (events[0].trigger.as_deref(), &events[0].payload["object"]["id"]),
        (Some("invoices.paid"), &json!("in_1"))
    );
}

#[test]
fn inputs_say_which_events_are_wanted_and_which_inputs_exist() {
    let manifest = manifest();
    let trigger = &manifest.triggers["contacts.updated"];
    let event = json!({"propertyName": "email"});
    for (inputs, wanted) in [
        (json!({}), true),
        (json!({"propertyName": ""}), true),
        (json!({"propertyName": "email"}), true),
        (json!({"propertyName": "phone, email"}), true),
        (json!({"propertyName": ["phone", "email"]}), true),
        (json!({"propertyName": ["phone"]}), false),
    ] {
        assert_eq!(trigger.wants(&object(inputs.clone()), &event), wanted, "{inputs}");
    }
    let problems = trigger.input_problems(&object(json!({"propertyname": "email"})));
    assert_eq!(problems[0].1, "there is no input `propertyname`; did you mean `propertyName`?");
    let none = manifest.triggers["contacts.created"].input_problems(&object(json!({"x": 1})));
    assert_eq!(none[0].1, "there is no input `x`; this trigger has none");
    assert_eq!(trigger.model(), TriggerModel::Webhook);
}

/// What a receiver was sent: URL, headers, body.
type Got = Arc<Mutex<Vec<(HeaderMap, Vec<u8>)>>>;

/// A receiver that answers the first calls 503.
async fn receiver(refusals: usize) -> (String, Got) {
    let got: Got = Arc::default();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let url = format!("http://{}/hooks?x=1", listener.local_addr().expect("bound"));
    let kept = got.clone();
    let app = axum::Router::new().fallback(move |headers: HeaderMap, body: bytes::Bytes| {
        let kept = kept.clone();
        async move {
            let mut kept = kept.lock();
            kept.push((headers, body.to_vec()));
            if kept.len() <= refusals { http::StatusCode::SERVICE_UNAVAILABLE } else { http::StatusCode::OK }
        }
    });
    tokio::spawn(async move { axum::serve(listener, app).await.expect("serves") });
    (url, got)
}

async fn eventually(what: &str, holds: impl Fn() -> bool) {
    for _ in 0..200 {
        if holds() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("{what}");
}

fn types(body: &[u8]) -> Vec<(String, Value, Value)> {
    let events: Vec<Value> = serde_json::from_slice(body).expect("a list");
    let told = |event: &Value| {
        (
            event["subscriptionType"].as_str().expect("a type").to_owned(),
            event["portalId"].clone(),
            event["propertyName"].clone(),
        )
    };
    events.iter().map(told).collect()
}

#[tokio::test]
async fn the_simulator_sends_signed_batches_of_what_changed() {
    let mut simulated = Simulated::start().await;
    let (url, got) = receiver(0).await;
    let target = json!({"url": url, "secret": "app-secret", "gatherMs": 200});
    simulated.admin("webhooks", target).await;
    let id = simulated.done("contacts.create", json!({"email": "a@example.com", "firstname": "A"})).await["id"].clone();
    simulated.done("contacts.update", json!({"id": id, "firstname": "B", "email": "a@example.com"})).await;
    simulated.done("contacts.delete", json!({"id": id})).await;
    simulated.admin("tokens", json!({"accessToken": "other", "portalId": "7654321"})).await;
    simulated.access.token = "other".into();
    simulated.done("companies.create", json!({"name": "Acme"})).await;
    eventually("a batch came", || !got.lock().is_empty()).await;
    let (headers, body) = got.lock()[0].clone();
    assert_eq!(
        types(&body),
        [
            ("contact.creation".into(), json!(1_234_567), Value::Null),
            ("contact.propertyChange".into(), json!(1_234_567), json!("firstname")),
            ("contact.deletion".into(), json!(1_234_567), Value::Null),
            ("company.creation".into(), json!(7_654_321), Value::Null),
        ],
        "one batch, two accounts; a value that stayed is no change"
    );
    let signature = &simulated.manifest.webhooks.as_ref().expect("webhooks").signature;
    let delivered = Delivered { method: "POST", url: &url, headers: &headers, body: &body };
    assert_eq!(signature.verify(b"app-secret", delivered, simulated.now()), Ok(()));
    assert_eq!(signature.verify(b"other", delivered, simulated.now()), Err(NotProven::Wrong));
}

#[tokio::test]
async fn the_simulator_sends_again_what_was_not_taken_at_most_100_events_at_once_and_twice_when_told() {
    let simulated =
        Simulated::start_with(linchpin_connectors::simulator::Options { no_quota: true, ..Default::default() }).await;
    let (url, got) = receiver(1).await;
    simulated.admin("webhooks", json!({"url": url, "secret": "s", "retryMs": 10, "gatherMs": 2_000})).await;
    for number in 0..101 {
        simulated.done("contacts.create", json!({"email": format!("a{number}@example.com")})).await;
    }
    eventually("three requests", || got.lock().len() >= 3).await;
    let sizes: Vec<usize> = got.lock().iter().map(|(_, body)| types(body).len()).collect();
    let mut sorted = sizes.clone();
    sorted.sort_unstable();
    assert!(sorted == [1, 1, 100] || sorted == [1, 100, 100], "one of the two batches was sent twice: {sizes:?}");
    let last: Vec<Value> = serde_json::from_slice(&got.lock()[2].1).expect("a list");
    assert_eq!(last[0]["attemptNumber"], 1);
    simulated.admin("webhooks", json!({"url": url, "secret": "s", "duplicates": true})).await;
    simulated.admin("webhooks/events", json!([{"eventId": 7, "portalId": 1, "subscriptionType": "x"}])).await;
    eventually("it came twice", || got.lock().len() == 5).await;
    let bodies: Vec<Vec<u8>> = got.lock().iter().skip(3).map(|(_, body)| body.clone()).collect();
    assert_eq!(bodies[0], bodies[1]);
}

#[tokio::test]
async fn a_poll_asks_for_what_is_newer_and_reads_times_and_keys() {
    let simulated = Simulated::start().await;
    simulated.done("contacts.create", json!({"email": "old@example.com"})).await;
    simulated.clock.advance(Duration::from_mins(10));
    let since = simulated.now();
    for email in ["a@example.com", "b@example.com"] {
        simulated.clock.advance(Duration::from_secs(1));
        simulated.done("contacts.create", json!({"email": email})).await;
    }
    let trigger = &simulated.manifest.triggers["contacts.createdPolled"];
    assert_eq!(trigger.model(), TriggerModel::Polling);
    let poll = trigger.poll.as_ref().expect("it polls");
    let question =
        poll.question(trigger, &object(json!({"properties": "email, firstname"})), (since, simulated.now()), None);
    let output = simulated.done(&poll.action, Value::Object(question)).await;
    let page = poll.read(&output);
    let emails: Vec<_> =
        page.found.iter().map(|found| found.payload["properties"]["email"].as_str().expect("asked for")).collect();
    assert_eq!(emails, ["a@example.com", "b@example.com"]);
    assert_eq!(page.found[0].at, since.plus(Duration::from_secs(1)));
    assert_eq!(page.found[0].key, page.found[0].payload["id"].as_str().expect("an id"));
    assert_eq!(page.next, None);
}
