//! Passwords among user settings, and connect links.

use std::time::Duration;

use linchpin_domain::id::CredentialId;
use linchpin_domain::input::Input;
use linchpin_store::connect_links::{self, ConnectLink};
use linchpin_store::enablements::{self, Enablement};
use linchpin_store::{configurations, connect_sessions, credentials, integrations, routing, workflows};
use serde_json::{Value, json};

use crate::accounts::{account, object, user};
use crate::database::each;
use crate::workflows::workflow;

fn inputs(id: &str) -> Vec<Input> {
    serde_json::from_value(json!([
        {"id": id, "title": "Key", "type": "PASSWORD"},
        {"id": "note", "title": "Note", "type": "TEXT_NO_VARS"},
    ]))
    .expect("inputs")
}

#[tokio::test]
async fn passwords_among_settings_are_sealed_where_they_are_stored() {
    each(async |db| {
        let acme = db.project("Acme").await;
        let mut hubspot = db.integration(acme.id, "hubspot").await;
        let ann = user(&db, acme.id, "ann").await;
        let credential = account(&db, &ann, &hubspot, None);
        let mut tx = db.begin().await;
        hubspot.settings = inputs("key");
        integrations::update(&mut tx, &hubspot).await.expect("updates");
        let sync = workflows::Workflow { settings: inputs("own"), ..workflow(&db, acme.id, hubspot.id, "Sync") };
        workflows::add(&mut tx, &sync).await.expect("adds");
        credentials::add(&mut tx, &credential, None).await.expect("adds");
        let values = object(json!({"key": "correct-horse", "note": "hi"}));
        let made = configurations::add_default(&mut tx, acme.id, ann.id, credential.id, values.clone(), db.now()).await;
        let made = made.expect("adds");
        let own = object(json!({"own": "battery-staple"}));
        let on = Enablement { configuration_id: made.id, workflow_id: sync.id, enabled: true, settings: own };
        enablements::set(&mut tx, acme.id, ann.id, &on).await.expect("sets");
        tx.commit().await.expect("commits");

        let mut conn = db.store.read().await.expect("reads");
        let [found] = &configurations::list_of_user(&mut conn, acme.id, ann.id).await.expect("lists")[..] else {
            panic!("one configuration")
        };
        assert_eq!(found.settings, values, "who asks the store gets it opened");
        let listed = enablements::list_of_user(&mut conn, acme.id, ann.id).await.expect("lists");
        assert_eq!(listed, std::slice::from_ref(&on));
        let routed = routing::user(&mut conn, acme.id, ann.id).await.expect("reads").expect("there");
        let routed = &routed.credentials[0].configurations[0];
        assert_eq!((&routed.settings, &routed.enabled[0].1), (&values, &on.settings), "and so do runs");
        drop(conn);

        if let Some(stored) = db.stored() {
            assert!(stored.contains("$sealed"), "they are stored at all");
            assert!(!stored.contains("correct-horse") && !stored.contains("battery-staple"));
        }

        // What looks like a sealed value, and was sent by somebody, is not kept.
        let mut tx = db.begin().await;
        let forged = object(json!({"note": {"$sealed": "x"}, "key": null}));
        configurations::set_settings(&mut tx, acme.id, ann.id, made.id, &forged).await.expect("sets");
        tx.commit().await.expect("commits");
        let mut conn = db.store.read().await.expect("reads");
        let found = configurations::list_of_user(&mut conn, acme.id, ann.id).await.expect("lists");
        assert_eq!(Value::Object(found[0].settings.clone()), json!({"key": null}));
    })
    .await;
}

#[tokio::test]
async fn a_connect_link_is_used_once_and_expires() {
    each(async |db| {
        let acme = db.project("Acme").await;
        let other = db.project("Other").await;
        let hubspot = db.integration(acme.id, "hubspot").await;
        let ann = user(&db, acme.id, "ann").await;
        let link = ConnectLink {
            token_hash: connect_sessions::hash("secret"),
            project_id: acme.id,
            user_id: ann.id,
            integration_id: hubspot.id,
            install_options: json!({"externalId": "main"}),
            return_url: Some("https://acme.example/back".into()),
            created_at: db.now(),
            expires_at: db.now().plus(Duration::from_mins(15)),
            used_at: None,
            credential_id: None,
        };
        let account = CredentialId::fresh(&*db.clock);
        let mut tx = db.begin().await;
        connect_links::add(&mut tx, &link).await.expect("adds");
        assert_eq!(connect_links::find(&mut tx, &link.token_hash).await.expect("reads"), Some(link.clone()));
        assert_eq!(
            connect_links::find(&mut tx, "secret").await.expect("reads"),
            None,
            "the secret itself is not stored"
        );
        let use_up = async |tx: &mut linchpin_store::Tx, project| {
            connect_links::use_up(tx, project, &link.token_hash, account, db.now()).await.expect("asks")
        };
        assert!(!use_up(&mut tx, other.id).await, "another project's");
        assert!(use_up(&mut tx, acme.id).await);
        assert!(!use_up(&mut tx, acme.id).await, "once");
        let used = connect_links::find(&mut tx, &link.token_hash).await.expect("reads").expect("is there");
        assert_eq!((used.used_at, used.credential_id), (Some(db.now()), Some(account)));
        tx.commit().await.expect("commits");
        assert_eq!(connect_links::remove_expired(&db.store, db.now()).await.expect("removes"), 0);
        db.clock.advance(Duration::from_mins(15));
        assert_eq!(connect_links::remove_expired(&db.store, db.now()).await.expect("removes"), 1);
    })
    .await;
}
