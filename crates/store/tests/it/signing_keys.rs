use linchpin_domain::id::SigningKeyId;
use linchpin_store::signing_keys::{self, SigningKey};
use linchpin_store::{Change, Error};

use crate::database::each;

#[tokio::test]
async fn keys_belong_to_their_project_and_their_going_is_announced() {
    each(async |db| {
        let (acme, other) = (db.project("Acme").await, db.project("Other").await);
        let key = SigningKey {
            id: SigningKeyId::fresh(&*db.clock),
            project_id: acme.id,
            name: "backend".into(),
            kid: "kid".into(),
            public_key: "pem".into(),
            created_at: db.now(),
            last_used_at: None,
        };
        let mut tx = db.begin().await;
        signing_keys::add(&mut tx, &key).await.expect("adds");
        let elsewhere = SigningKey { id: SigningKeyId::fresh(&*db.clock), project_id: other.id, ..key.clone() };
        signing_keys::add(&mut tx, &elsewhere).await.expect("another project may have the same key");
        tx.commit().await.expect("commits");
        let mut tx = db.begin().await;
        let twice = SigningKey { id: SigningKeyId::fresh(&*db.clock), ..key.clone() };
        assert!(matches!(signing_keys::add(&mut tx, &twice).await, Err(Error::Taken { .. })));
        drop(tx);

        let mut changes = db.store.changes();
        let mut tx = db.begin().await;
        signing_keys::touch(&mut tx, acme.id, key.id, db.now()).await.expect("touches");
        assert!(!signing_keys::remove(&mut tx, other.id, key.id).await.expect("foreign"));
        assert_eq!(
            signing_keys::list(&mut tx, acme.id).await.expect("reads"),
            [SigningKey { last_used_at: Some(db.now()), ..key.clone() }]
        );
        assert_eq!(signing_keys::find(&mut tx, other.id, key.id).await.expect("reads"), None);
        assert!(signing_keys::remove(&mut tx, acme.id, key.id).await.expect("removes"));
        tx.commit().await.expect("commits");
        let announced = [changes.recv().await.expect("announced"), changes.recv().await.expect("announced")];
        assert!(announced.contains(&Change::Project(acme.id)), "{announced:?}");
    })
    .await;
}
