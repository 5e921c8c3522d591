use linchpin_domain::id::TokenIssuerId;
use linchpin_store::token_issuers::{self, TokenIssuer};
use linchpin_store::{Change, Error};

use crate::database::each;

#[tokio::test]
async fn issuers_belong_to_their_project_and_their_going_is_announced() {
    each(async |db| {
        let (acme, other) = (db.project("Acme").await, db.project("Other").await);
        let issuer = TokenIssuer {
            id: TokenIssuerId::fresh(&*db.clock),
            project_id: acme.id,
            issuer: "https://acme.example/".into(),
            audience: "acme".into(),
            jwks_url: "https://acme.example/.well-known/jwks.json".into(),
            created_at: db.now(),
        };
        let mut tx = db.begin().await;
        token_issuers::add(&mut tx, &issuer).await.expect("adds");
        let elsewhere = TokenIssuer { id: TokenIssuerId::fresh(&*db.clock), project_id: other.id, ..issuer.clone() };
        token_issuers::add(&mut tx, &elsewhere).await.expect("another project may have the same issuer");
        tx.commit().await.expect("commits");
        let mut tx = db.begin().await;
        let twice = TokenIssuer { id: TokenIssuerId::fresh(&*db.clock), ..issuer.clone() };
        assert!(matches!(token_issuers::add(&mut tx, &twice).await, Err(Error::Taken { .. })));
        drop(tx);

        let mut changes = db.store.changes();
        let mut tx = db.begin().await;
        assert!(!token_issuers::remove(&mut tx, other.id, issuer.id).await.expect("foreign"));
        assert_eq!(token_issuers::list(&mut tx, acme.id).await.expect("reads"), std::slice::from_ref(&issuer));
        assert!(token_issuers::remove(&mut tx, acme.id, issuer.id).await.expect("removes"));
        assert_eq!(token_issuers::list(&mut tx, acme.id).await.expect("reads"), []);
        tx.commit().await.expect("commits");
        let announced = [changes.recv().await.expect("announced"), changes.recv().await.expect("announced")];
        assert!(announced.contains(&Change::Project(acme.id)), "{announced:?}");
    })
    .await;
}
