//! One server serves a database.

use std::time::Duration;

use linchpin_store::serving::Serving;

use crate::postgres::Postgres;

#[tokio::test]
async fn a_second_server_is_refused_until_the_first_one_is_gone() {
    let (url, other) = (Postgres::shared().fresh_database(), Postgres::shared().fresh_database());
    let mut first = Serving::claim(&url).await.expect("answers").expect("nobody serves it");
    assert!(first.hold().await.expect("answers"));
    assert!(Serving::claim(&url).await.expect("answers").is_none(), "a second server");
    let elsewhere = Serving::claim(&other).await.expect("answers");
    assert!(elsewhere.is_some(), "another database");
    // As a kill leaves it: nobody says good-bye.
    drop(first);
    for _ in 0..100 {
        if Serving::claim(&url).await.expect("answers").is_some() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("the claim of a server that is gone still holds");
}

#[tokio::test]
async fn a_claim_whose_connection_was_cut_is_made_again_unless_another_server_was_faster() {
    let url = Postgres::shared().fresh_database();
    let mut first = Serving::claim(&url).await.expect("answers").expect("nobody serves it");
    cut(&url).await;
    assert!(first.hold().await.expect("answers"), "claimed again");
    assert!(Serving::claim(&url).await.expect("answers").is_none());
    cut(&url).await;
    let second = Serving::claim(&url).await.expect("answers");
    assert!(second.is_some());
    assert!(!first.hold().await.expect("answers"), "another server has it");
}

/// Cuts every other connection to a database.
async fn cut(url: &str) {
    use sqlx::Connection;
    let mut connection = sqlx::AnyConnection::connect(url).await.expect("connects");
    let statement = "SELECT CAST(COUNT(pg_terminate_backend(pid)) AS BIGINT)
         FROM pg_stat_activity
         WHERE datname = current_database()
           AND pid <> pg_backend_pid()";
    sqlx::query(statement).fetch_one(&mut connection).await.expect("cuts");
    tokio::time::sleep(Duration::from_millis(200)).await;
}
