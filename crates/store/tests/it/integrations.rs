use linchpin_domain::id::IntegrationId;
use linchpin_store::integrations::{self, Integration, Portal, Theme};
use linchpin_store::{Change, Error};
use secrecy::{ExposeSecret, SecretString};
use serde_json::json;

use crate::database::each;

#[tokio::test]
async fn an_integration_reads_what_was_written() {
    each(async |db| {
        let (acme, other) = (db.project("Acme").await, db.project("Other").await);
        let mut hubspot = db.integration(acme.id, "hubspot").await;
        hubspot.active = true;
        hubspot.client_id = Some("abc".into());
        hubspot.optional_scopes = vec!["tickets".into()];
        hubspot.api_version = Some("v3".into());
        hubspot.base_urls.insert("api".into(), "http://127.0.0.1:4801".into());
        hubspot.portal = Portal { accent_color: Some("#ff7a59".into()), theme: Theme::Dark, ..Portal::default() };
        hubspot.settings =
            serde_json::from_value(json!([{"id": "note", "title": "Note", "type": "TEXT_NO_VARS"}])).expect("settings");
        let mut tx = db.begin().await;
        integrations::update(&mut tx, &hubspot).await.expect("updates");
        tx.commit().await.expect("commits");
        let mut conn = db.store.read().await.expect("reads");
        assert_eq!(integrations::find(&mut conn, acme.id, hubspot.id).await.expect("reads").as_ref(), Some(&hubspot));
        assert_eq!(
            integrations::find_by_type(&mut conn, acme.id, "hubspot").await.expect("reads").as_ref(),
            Some(&hubspot)
        );
        assert_eq!(integrations::find(&mut conn, other.id, hubspot.id).await.expect("reads"), None);
        assert_eq!(integrations::list(&mut conn, other.id).await.expect("reads"), []);
        let mut tx = db.begin().await;
        let twice = Integration { id: IntegrationId::fresh(&*db.clock), ..hubspot };
        assert!(matches!(integrations::add(&mut tx, &twice).await, Err(Error::Taken { .. })));
    })
    .await;
}

#[tokio::test]
async fn the_client_secret_is_sealed_and_opened_by_one_function_alone() {
    each(async |db| {
        let (acme, other) = (db.project("Acme").await, db.project("Other").await);
        let hubspot = db.integration(acme.id, "hubspot").await;
        let secret = SecretString::from("marker-secret");
        let mut tx = db.begin().await;
        integrations::set_client_secret(&mut tx, acme.id, hubspot.id, Some(&secret)).await.expect("sets");
        integrations::set_client_secret(&mut tx, other.id, hubspot.id, None)
            .await
            .expect("does nothing to a foreign one");
        tx.commit().await.expect("commits");
        let mut conn = db.store.read().await.expect("reads");
        let found = integrations::find(&mut conn, acme.id, hubspot.id).await.expect("reads").expect("there");
        assert!(found.has_client_secret);
        assert!(!format!("{found:?}").contains("marker-secret"));
        let opened = integrations::client_secret(&mut conn, acme.id, hubspot.id).await.expect("opens").expect("set");
        assert_eq!(opened.expose_secret(), "marker-secret");
        assert!(integrations::client_secret(&mut conn, other.id, hubspot.id).await.expect("reads").is_none());
        drop(conn);
        let mut changes = db.store.changes();
        let mut tx = db.begin().await;
        integrations::set_client_secret(&mut tx, acme.id, hubspot.id, None).await.expect("clears");
        assert!(integrations::client_secret(&mut tx, acme.id, hubspot.id).await.expect("reads").is_none());
        assert!(!integrations::remove(&mut tx, other.id, hubspot.id).await.expect("foreign"));
        assert!(integrations::remove(&mut tx, acme.id, hubspot.id).await.expect("removes"));
        tx.commit().await.expect("commits");
        assert_eq!(changes.recv().await.expect("announced"), Change::Project(acme.id));
        assert_eq!(changes.recv().await.expect("announced"), Change::Everything);
    })
    .await;
}
