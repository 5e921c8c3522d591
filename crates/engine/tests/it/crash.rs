//! A run that is interrupted anywhere ends as if it had not been. The process is not killed here (the
//! kill test of the executable does that): the engine is dropped with everything that it holds.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use linchpin_engine::{Engine, Limits};
use linchpin_store::testkit;

use crate::runs::{Scene, create};
use crate::scripted::Scripted;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_interrupted_is_resumed_and_nothing_is_made_twice() {
    for pause in [0, 1, 2, 4, 8, 16] {
        let connector = Arc::new(Scripted { latency: Duration::from_millis(3), ..Scripted::default() });
        let scene = Scene::with(create(), connector.clone(), Limits::default()).await;
        let user = scene.world.user("ann").await.expect("a user");
        let emails: Vec<String> = (0..20).map(|n| format!("u{n}@b.c")).collect();
        for email in &emails {
            scene.send(user, email).await;
        }
        tokio::time::sleep(Duration::from_millis(pause)).await;
        scene.engine.stop(Duration::ZERO).await;
        let store = testkit::open(scene.directory.path(), scene.clock.clone()).await.expect("opens again");
        let _engine = Engine::start(store, connector.clone(), Limits::default()).await.expect("starts again");
        scene.until(&["succeeded"; 20]).await;
        for email in &emails {
            assert_eq!(connector.count(email), 1, "{email} with a pause of {pause} ms");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn more_runs_than_memory_holds_are_all_done_in_order() {
    let connector = Scripted::new();
    let limits = Limits { per_credential: 1, held_per_user: 8, ..Limits::default() };
    let scene = Scene::with(create(), connector.clone(), limits).await;
    let user = scene.world.user("ann").await.expect("a user");
    let emails: Vec<String> = (0..300).map(|n| format!("u{n:04}@b.c")).collect();
    for email in &emails {
        scene.send(user, email).await;
    }
    scene.until(&["succeeded"; 300]).await;
    assert_eq!(*connector.records.lock(), emails);
    assert_eq!(connector.calls.load(Ordering::SeqCst), 300);
}
