//! Tokens: refreshed once, however many ask.

use std::sync::Arc;
use std::time::Duration;

use linchpin_domain::connector::{ActionCall, ActionError, Connector};
use linchpin_store::credentials::{self, Grant, Tokens};
use secrecy::SecretString;
use serde_json::{Map, json};

use super::world::World;

impl World {
    /// Makes the stored access token one that the provider does not know, expired or not.
    async fn age(&self, credential: &str, expired: bool) {
        let app = &self.test.app;
        let (project, id) = (self.project.parse().expect("an id"), credential.parse().expect("an id"));
        let mut tx = app.store.begin().await.expect("begins");
        let opened = credentials::open(&mut tx, project, id).await.expect("reads").expect("is there");
        let now = app.clock.now();
        let grant = Grant {
            tokens: Tokens {
                access_token: SecretString::from("stale".to_owned()),
                refresh_token: opened.tokens.expect("tokens").refresh_token,
                more: Map::new(),
            },
            expires_at: Some(now.plus(Duration::from_secs(if expired { 1 } else { 3600 }))),
            scopes: None,
        };
        credentials::reconnect(&mut tx, &opened.credential, &grant, now).await.expect("writes");
        tx.commit().await.expect("commits");
    }

    async fn perform(&self, credential: &str, email: &str) -> Result<(), ActionError> {
        let app = &self.test.app;
        let call = ActionCall {
            project_id: self.project.parse().expect("an id"),
            credential_id: credential.parse().expect("an id"),
            connector: "hubspot".into(),
            action: "contacts.create".into(),
            inputs: json!({"email": email}).as_object().expect("an object").clone(),
            idempotency_key: email.into(),
            intent_at: app.clock.now(),
            urgent: false,
            together: false,
        };
        app.connections.perform(&call).await.map(|_| ())
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_thousand_calls_at_once_on_one_expired_account_refresh_it_once() {
    for expired in [true, false] {
        let world = Arc::new(World::start().await);
        world.faults(json!({"rotateRefreshTokens": true, "tokenLatencyMs": 100})).await;
        let credential = world.connect("ann").await;
        world.age(&credential, expired).await;
        let before = world.calls("token").await;
        let calls: Vec<_> = (0..1_000)
            .map(|n| {
                let (world, credential) = (Arc::clone(&world), credential.clone());
                tokio::spawn(async move { world.perform(&credential, &format!("c{n}@example.com")).await })
            })
            .collect();
        for call in calls {
            call.await.expect("ends").expect("every call succeeds");
        }
        assert_eq!(world.calls("token").await - before, 1, "expired: {expired}");
        assert_eq!(world.state("ann").await["credentialStatus"], "VALID");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_grant_that_is_gone_makes_the_account_invalid_and_a_provider_that_is_down_does_not() {
    let world = World::start().await;
    let credential = world.connect("ann").await;
    world.age(&credential, true).await;
    world.faults(json!({"next": [{"kind": "status", "status": 503, "count": 1, "path": "token"}]})).await;
    let down = world.perform(&credential, "a@example.com").await;
    assert!(matches!(down, Err(ActionError::Unreachable { .. })), "{down:?}");
    assert_eq!(world.state("ann").await["credentialStatus"], "VALID");
    world.perform(&credential, "a@example.com").await.expect("the next one refreshes");

    let app = &world.test.app;
    let (project, id) = (world.project.parse().expect("an id"), credential.parse().expect("an id"));
    let mut tx = app.store.begin().await.expect("begins");
    let opened = credentials::open(&mut tx, project, id).await.expect("reads").expect("is there");
    let dead = |text: &str| SecretString::from(text.to_owned());
    let grant = Grant {
        tokens: Tokens { access_token: dead("dead"), refresh_token: Some(dead("dead")), more: Map::new() },
        expires_at: Some(app.clock.now().plus(Duration::from_hours(1))),
        scopes: None,
    };
    credentials::reconnect(&mut tx, &opened.credential, &grant, app.clock.now()).await.expect("writes");
    tx.commit().await.expect("commits");
    let gone = world.perform(&credential, "b@example.com").await;
    assert!(matches!(gone, Err(ActionError::Reauthorize { .. })), "{gone:?}");
    let state = world.state("ann").await;
    assert_eq!((&state["enabled"], &state["credentialStatus"]), (&json!(false), &json!("INVALID")));
    let reason = state["allCredentials"][0]["statusReason"].as_str().expect("a reason");
    assert!(reason.contains("took the grant back"), "{reason}");

    let again = world.connect("ann").await;
    assert_eq!(again, credential, "connecting again mends the same account");
    world.perform(&credential, "b@example.com").await.expect("works again");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_with_a_token_in_memory_needs_no_database() {
    let world = World::start().await;
    let credential = world.connect("ann").await;
    world.perform(&credential, "a@example.com").await.expect("works");
    // The writer holds a connection of its own.
    world.test.app.engine.stop(Duration::from_secs(5)).await;
    world.test.app.store.close().await;
    assert!(world.test.app.store.read().await.is_err(), "the database is gone");
    world.perform(&credential, "b@example.com").await.expect("works without it");
}
