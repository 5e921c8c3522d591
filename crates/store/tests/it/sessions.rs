use std::time::Duration;

use linchpin_store::sessions::{self, Session};

use crate::database::each;

#[tokio::test]
async fn a_session_lasts_until_it_ends() {
    each(async |db| {
        let session = Session { id: "a".into(), data: "{}".into(), expires_at: db.now().plus(Duration::from_mins(1)) };
        let mut tx = db.begin().await;
        assert!(sessions::add(&mut tx, &session).await.expect("adds"));
        assert!(!sessions::add(&mut tx, &session).await.expect("the id is taken"));
        sessions::save(&mut tx, &Session { data: "{\"x\":1}".into(), ..session.clone() }).await.expect("saves");
        sessions::save(&mut tx, &Session { id: "b".into(), ..session }).await.expect("saves a new one");
        tx.commit().await.expect("commits");
        let mut conn = db.store.read().await.expect("reads");
        let found = sessions::find(&mut conn, "a", db.now()).await.expect("reads").expect("there");
        assert_eq!(found.data, "{\"x\":1}");
        db.clock.advance(Duration::from_mins(1));
        assert!(sessions::find(&mut conn, "a", db.now()).await.expect("reads").is_none(), "it has ended");
        let mut tx = db.begin().await;
        sessions::remove(&mut tx, "b").await.expect("removes");
        assert_eq!(sessions::remove_expired(&mut tx, db.now()).await.expect("removes"), 1);
    })
    .await;
}
