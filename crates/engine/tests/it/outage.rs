//! The provider is away for long.

use std::sync::atomic::Ordering;
use std::time::Duration;

use crate::runs::{Scene, create};

/// Lets the engine see that the clock was set: it looks four times a second.
async fn passes(scene: &Scene, time: Duration) {
    scene.clock.advance(time);
    tokio::time::sleep(Duration::from_millis(350)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn runs_wait_for_a_provider_that_is_away_without_a_storm_of_tries_and_all_succeed_once_when_it_is_back() {
    let scene = Scene::new(create()).await;
    let user = scene.world.user("ann").await.expect("a user");
    scene.connector.away.store(true, Ordering::SeqCst);
    let emails: Vec<String> = (0..150).map(|n| format!("a{n}@b.c")).collect();
    futures::future::join_all(emails.iter().map(|email| scene.send(user, email))).await;
    tokio::time::sleep(Duration::from_millis(350)).await;
    let first = scene.connector.calls.load(Ordering::SeqCst);
    assert!((3..100).contains(&first), "{first} calls until it was known");
    for _ in 0..10 {
        passes(&scene, Duration::from_mins(2)).await;
    }
    let tries = scene.connector.calls.load(Ordering::SeqCst) - first;
    assert!((10..60).contains(&tries), "{tries} calls in twenty minutes");
    let (active, held) = scene.engine.load();
    let queued = scene.world.states().await.expect("readable").iter().filter(|state| *state == "queued").count();
    assert!(active <= 1 && held <= queued + 2, "of {queued} that never began, {held} are in memory; {active} run");

    scene.connector.away.store(false, Ordering::SeqCst);
    for _ in 0..4 {
        passes(&scene, Duration::from_mins(2)).await;
    }
    scene.until(&["succeeded"; 150]).await;
    assert!(emails.iter().all(|email| scene.connector.count(email) == 1), "each once");
}
