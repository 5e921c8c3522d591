use linchpin_store::installation;

use crate::database::each;

#[tokio::test]
async fn a_fact_is_what_was_written_last() {
    each(async |db| {
        let mut tx = db.begin().await;
        installation::set(&mut tx, "a", "1").await.expect("sets");
        installation::set(&mut tx, "a", "2").await.expect("sets");
        assert_eq!(installation::find(&mut tx, "a").await.expect("reads").as_deref(), Some("2"));
        assert!(installation::remove(&mut tx, "a").await.expect("removes"));
        assert!(!installation::remove(&mut tx, "a").await.expect("there is none"));
        assert_eq!(installation::find(&mut tx, "a").await.expect("reads"), None);
    })
    .await;
}
