//! What a provider's refusals become.

use std::time::Duration;

use linchpin_domain::connector::{ActionError, Sent};
use secrecy::SecretString;
use serde_json::{Value, json};

use crate::simulated::Simulated;

#[tokio::test]
async fn refusals_have_a_code_and_name_what_is_wrong() {
    let simulated = Simulated::start().await;
    simulated.done("contacts.create", json!({"email": "a@example.com"})).await;
    for (action, inputs, status, code, message) in [
        (
            "contacts.create",
            json!({"email": "a@example.com"}),
            409,
            "conflict",
            "Contact already exists. Existing ID: 101. To change the record that is there use `contacts.upsert` (Create or update contact)",
        ),
        (
            "contacts.create",
            json!({"email": "nonsense"}),
            400,
            "validation",
            "email: Email address nonsense is invalid",
        ),
        (
            "contacts.create",
            json!({"email": "b@example.com", "additionalFields": {"shoe_size": 42}}),
            400,
            "validation",
            "shoe_size: Property \"shoe_size\" does not exist",
        ),
        ("contacts.get", json!({"id": "999"}), 404, "not_found", "Object not found.  objectId are usually numeric."),
        (
            "contacts.list",
            json!({"limit": 500}),
            400,
            "validation",
            "Invalid input JSON: the limit is between 1 and 100",
        ),
    ] {
        let error = simulated.perform(action, inputs).await.expect_err("refused");
        let ActionError::Rejected { status: s, code: c, message: m, exchange, .. } = error else {
            panic!("{action}: {error:?}");
        };
        assert_eq!((s, c.as_str(), m.as_str()), (status, code, message));
        assert_eq!(exchange.expect("kept").status, Some(status));
    }
}

#[tokio::test]
async fn missing_scopes_are_named() {
    let mut simulated = Simulated::start().await;
    let tokens = simulated.admin("tokens", json!({"scopes": ["oauth", "crm.objects.contacts.read"]})).await;
    simulated.access.token = SecretString::from(tokens["access_token"].as_str().expect("a token").to_owned());
    let error = simulated.perform("contacts.create", json!({"email": "a@example.com"})).await.expect_err("refused");
    assert_eq!(error.code(), "missing_scope");
    assert!(error.to_string().contains("(scopes needed: crm.objects.contacts.write)"), "{error}");
}

#[tokio::test]
async fn a_token_that_is_not_taken_asks_for_a_refresh() {
    let mut simulated = Simulated::start().await;
    simulated.clock.advance(Duration::from_secs(1807));
    let error = simulated.perform("contacts.list", json!({})).await.expect_err("expired");
    let ActionError::Reauthorize { message, .. } = &error else { panic!("{error:?}") };
    assert_eq!(message, "The OAuth token used to make this call expired 7 second(s) ago.");
    simulated.access.token = SecretString::from("made-up");
    let error = simulated.perform("contacts.list", json!({})).await.expect_err("unknown");
    assert_eq!(error.code(), "reconnect_needed");
}

#[tokio::test]
async fn statuses_become_classes() {
    let simulated = Simulated::start().await;
    let slow = |seconds: u64| Some(Duration::from_secs(seconds));
    for (fault, code, wait) in [
        (json!({"status": 429, "retryAfterSeconds": 3}), "rate_limited", slow(3)),
        (json!({"status": 429}), "rate_limited", slow(10)),
        (json!({"status": 423}), "rate_limited", slow(2)),
        (json!({"status": 477, "retryAfterSeconds": 86_400}), "rate_limited", slow(86_400)),
        (json!({"status": 401}), "reconnect_needed", None),
        (json!({"status": 403}), "missing_scope", None),
        (json!({"status": 404}), "not_found", None),
        (json!({"status": 409}), "conflict", None),
        (json!({"status": 414}), "too_long", None),
        (json!({"status": 418}), "status_418", None),
        (json!({"status": 302}), "status_302", None),
        (json!({"status": 408}), "unreachable", None),
        (json!({"status": 500}), "unreachable", None),
        (json!({"status": 502}), "unreachable", None),
        (json!({"status": 504}), "unreachable", None),
    ] {
        let mut next = fault.clone();
        next["kind"] = "status".into();
        simulated.admin("faults", json!({"next": [next]})).await;
        let error = simulated.perform("contacts.list", json!({})).await.expect_err("a fault");
        assert_eq!(error.code(), code, "{fault}");
        match error {
            ActionError::RateLimited { retry_after, .. } => assert_eq!(Some(retry_after), wait, "{fault}"),
            ActionError::Unreachable { sent, .. } => assert_eq!(sent, Sent::Maybe, "{fault}"),
            _ => {}
        }
    }
}

#[tokio::test]
async fn a_dropped_connection_leaves_a_write_in_doubt() {
    let simulated = Simulated::start().await;
    for (kind, records) in [("dropBefore", 0), ("dropAfter", 1)] {
        simulated.admin("faults", json!({"next": [{"kind": kind}]})).await;
        let error =
            simulated.perform("contacts.create", json!({"email": "a@example.com"})).await.expect_err("no answer");
        let ActionError::Unreachable { sent, exchange, .. } = error else { panic!("{error:?}") };
        assert_eq!(sent, Sent::Maybe);
        assert_eq!(exchange.expect("as far as it got").status, None);
        assert_eq!(simulated.read("records/contacts").await["total"], records, "{kind}");
    }
}

#[tokio::test]
async fn a_late_answer_is_in_doubt_and_no_connection_is_not() {
    let mut simulated = Simulated::start().await;
    simulated.client = simulated.client.clone().with_timeout(Duration::from_millis(100));
    simulated.admin("faults", json!({"latencyMs": 1000})).await;
    let error = simulated.perform("contacts.list", json!({})).await.expect_err("too late");
    let ActionError::Unreachable { sent, message, .. } = error else { panic!("{error:?}") };
    assert_eq!((sent, message.as_str()), (Sent::Maybe, "no answer in time"));

    // A port that was free a moment ago.
    let gone = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port").local_addr().expect("bound");
    simulated.client = linchpin_connectors::Client::new(gone.to_string().parse().expect("valid"));
    simulated.endpoint.base_urls.insert("api".into(), format!("http://{gone}"));
    let error = simulated.perform("contacts.list", json!({})).await.expect_err("nobody there");
    let ActionError::Unreachable { sent, .. } = error else { panic!("{error:?}") };
    assert_eq!(sent, Sent::No);
}

#[tokio::test]
async fn the_quota_is_kept_and_reported() {
    let simulated = Simulated::start().await;
    simulated.admin("faults", json!({"quota": {"max": 2, "perMs": 10_000}})).await;
    for _ in 0..2 {
        simulated.done("contacts.list", json!({})).await;
    }
    let error = simulated.perform("contacts.list", json!({})).await.expect_err("used up");
    let ActionError::RateLimited { retry_after, exchange, .. } = error else { panic!("{error:?}") };
    assert_eq!(retry_after, Duration::from_secs(10));
    let body = exchange.expect("kept").response_body.expect("a body");
    assert_eq!(body["policyName"], "TEN_SECONDLY_ROLLING");
    simulated.clock.advance(Duration::from_secs(10));
    simulated.done("contacts.list", json!({})).await;
    // Search has a quota of its own.
    simulated.admin("faults", json!({"quota": true})).await;
    for _ in 0..5 {
        simulated.done("contacts.search", json!({})).await;
    }
    let error = simulated.perform("contacts.search", json!({})).await.expect_err("used up");
    let ActionError::RateLimited { retry_after, .. } = error else { panic!("{error:?}") };
    assert_eq!(retry_after, Duration::from_secs(1));
}

#[tokio::test]
async fn long_bodies_are_cut_in_history_only() {
    let simulated = Simulated::start().await;
    let long = "ä".repeat(20_000);
    let made = simulated.perform("contacts.create", json!({"firstname": long})).await.expect("created");
    assert_eq!(made.output["properties"]["firstname"], Value::String(long));
    let exchange = made.exchange.expect("kept");
    for body in [exchange.request_body, exchange.response_body] {
        let text = body.expect("a body").as_str().expect("cut to a text").to_owned();
        assert!(text.len() < 17_000 && text.contains("cut here"), "{}", text.len());
    }
}
