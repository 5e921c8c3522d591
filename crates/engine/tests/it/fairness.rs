//! Nobody's flood delays anybody else.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use linchpin_engine::Limits;

use crate::runs::{Scene, create};
use crate::scripted::Scripted;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_user_is_served_while_one_floods_and_an_account_is_never_called_more_often_than_its_cap() {
    let connector = Arc::new(Scripted { latency: Duration::from_millis(20), ..Scripted::default() });
    let limits = Limits { total: 4, per_credential: 3, ..Limits::default() };
    let scene = Scene::with(create(), connector.clone(), limits).await;
    let flood = scene.world.user("flood").await.expect("a user");
    let other = scene.world.user("other").await.expect("a user");
    let emails: Vec<String> = (0..200).map(|n| format!("f{n}@b.c")).collect();
    futures::future::join_all(emails.iter().map(|email| scene.send(flood, email))).await;
    scene.send(other, "other@b.c").await;
    for _ in 0..400 {
        if connector.count("other@b.c") == 1 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    assert_eq!(connector.count("other@b.c"), 1);
    let before = connector.records.lock().len();
    assert!(before < 150, "the other user waited behind {before} runs");
    scene.until(&["succeeded"; 201]).await;
    assert!(connector.most_busy.load(Ordering::SeqCst) <= 4);
}
