//! Request steps with a connected account, as the engine has them performed.

use linchpin_domain::Connector;
use linchpin_domain::connector::{ActionError, ActionOutput};
use linchpin_domain::http_request::RequestCall;
use serde_json::{Value, json};

use super::world::World;

const CONTACTS: &str = "/crm/objects/2026-03/contacts";

async fn request(
    world: &World,
    credential: Option<&str>,
    connector: Option<&str>,
    spec: Value,
) -> Result<ActionOutput, ActionError> {
    let call = RequestCall {
        project_id: world.project.parse().expect("an id"),
        credential_id: credential.map(|id| id.parse().expect("an id")),
        connector: connector.map(str::to_owned),
        request: serde_json::from_value(spec).expect("a request"),
        idempotency_key: "k".into(),
        intent_at: world.test.app.clock.now(),
    };
    world.test.app.connections.request(&call).await
}

#[tokio::test(flavor = "multi_thread")]
async fn an_integration_request_goes_out_with_the_users_token_and_renews_it_once() {
    let world = World::start().await;
    let ann = world.connect("ann").await;
    let create = json!({"method": "POST", "url": CONTACTS, "body": {"properties": {"email": "a@example.com"}}});
    let made = request(&world, Some(&ann), Some("hubspot"), create).await.expect("created");
    assert_eq!(made.output["response"]["statusCode"], 201);
    world.faults(json!({"expireAccessTokens": true})).await;
    let listed = request(&world, Some(&ann), Some("hubspot"), json!({"url": CONTACTS})).await.expect("listed");
    assert_eq!(listed.output["response"]["body"]["results"].as_array().map(Vec::len), Some(1));
    let other = request(&world, Some(&ann), Some("slack"), json!({"url": "/x"})).await.expect_err("another connector");
    assert_eq!(other.code(), "invalid_inputs");
    // Without an account it is a plain request, and the exceptions for base URLs do not serve it.
    let plain = json!({"url": format!("{}{CONTACTS}", world.hubspot)});
    assert_eq!(request(&world, None, None, plain).await.expect_err("an inner address").code(), "egress_refused");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_that_the_quota_does_not_allow_yet_is_not_sent() {
    let world = World::start().await;
    let ann = world.connect("ann").await;
    world.faults(json!({"quota": {"max": 20, "perMs": 60_000}})).await;
    let mut sent = 0;
    let held = loop {
        match request(&world, Some(&ann), Some("hubspot"), json!({"url": CONTACTS})).await {
            Ok(_) => sent += 1,
            Err(error) => break error,
        }
    };
    assert!((15..=18).contains(&sent), "a tenth is left to people: {sent}");
    assert!(matches!(held, ActionError::RateLimited { exchange: None, .. }), "held back here: {held:?}");
    let proxied = world.get("ann", &format!("/sdk/proxy/hubspot{CONTACTS}")).await;
    assert_eq!(proxied.status, 200, "people are still served: {}", proxied.text);
}
