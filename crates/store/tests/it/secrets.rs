use linchpin_store::{Change, secrets};
use secrecy::{ExposeSecret, SecretString};

use crate::database::each;

#[tokio::test]
async fn a_secret_is_sealed_replaced_and_opened() {
    each(async |db| {
        let (acme, other) = (db.project("Acme").await, db.project("Other").await);
        let mut changes = db.store.changes();
        let mut tx = db.begin().await;
        secrets::set(&mut tx, acme.id, "SLACK_URL", &SecretString::from("first"), db.now()).await.expect("sets");
        secrets::set(&mut tx, acme.id, "SLACK_URL", &SecretString::from("second"), db.now()).await.expect("replaces");
        tx.commit().await.expect("commits");
        assert_eq!(changes.recv().await.expect("announced"), Change::Project(acme.id));
        let mut tx = db.begin().await;
        let opened = secrets::value(&mut tx, acme.id, "SLACK_URL").await.expect("reads").expect("there");
        assert_eq!(opened.expose_secret(), "second");
        assert_eq!(secrets::list(&mut tx, acme.id).await.expect("reads").len(), 1);
        assert!(secrets::value(&mut tx, other.id, "SLACK_URL").await.expect("reads").is_none());
        assert!(!secrets::remove(&mut tx, other.id, "SLACK_URL").await.expect("foreign"));
        assert!(secrets::remove(&mut tx, acme.id, "SLACK_URL").await.expect("removes"));
    })
    .await;
}
