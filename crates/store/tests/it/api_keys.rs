use linchpin_domain::id::ApiKeyId;
use linchpin_store::api_keys::{self, ApiKey};

use crate::database::each;

#[tokio::test]
async fn a_key_is_found_by_its_hash_until_it_is_revoked() {
    each(async |db| {
        let (acme, other) = (db.project("Acme").await, db.project("Other").await);
        let key = ApiKey {
            id: ApiKeyId::fresh(&*db.clock),
            project_id: acme.id,
            name: "deploy".into(),
            prefix: "lp_0123456".into(),
            created_at: db.now(),
            last_used_at: None,
        };
        let mut tx = db.begin().await;
        api_keys::add(&mut tx, &key, "hash").await.expect("adds");
        assert_eq!(api_keys::find_by_hash(&mut tx, "hash").await.expect("reads"), Some(key.clone()));
        assert_eq!(api_keys::find_by_hash(&mut tx, "other").await.expect("reads"), None);
        api_keys::touch(&mut tx, acme.id, key.id, db.now()).await.expect("touches");
        assert_eq!(api_keys::list(&mut tx, acme.id).await.expect("reads")[0].last_used_at, Some(db.now()));
        assert_eq!(api_keys::list(&mut tx, other.id).await.expect("reads"), []);
        assert!(!api_keys::remove(&mut tx, other.id, key.id).await.expect("foreign"));
        assert!(api_keys::remove(&mut tx, acme.id, key.id).await.expect("removes"));
        assert_eq!(api_keys::find_by_hash(&mut tx, "hash").await.expect("reads"), None);
    })
    .await;
}
