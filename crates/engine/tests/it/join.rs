//! Writes of several runs that go as one call.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use linchpin_engine::Limits;

use crate::runs::{Scene, create};
use crate::scripted::{Answer, Scripted};

fn short(latency: u64) -> Arc<Scripted> {
    Arc::new(Scripted { short: AtomicBool::new(true), latency: Duration::from_millis(latency), ..Scripted::default() })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_write_that_is_alone_waits_for_nobody() {
    let scene = Scene::with(create(), short(0), Limits::default()).await;
    let user = scene.world.user("ann").await.expect("a user");
    let began = Instant::now();
    scene.send(user, "a@b.c").await;
    scene.until(&["succeeded"]).await;
    assert!(began.elapsed() < Duration::from_millis(900), "it waited for company: {:?}", began.elapsed());
    assert_eq!(*scene.connector.batches.lock(), Vec::<usize>::new());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn while_the_quota_is_plenty_every_write_goes_alone() {
    let connector = Arc::new(Scripted { latency: Duration::from_millis(20), ..Scripted::default() });
    let scene = Scene::with(create(), connector, Limits::default()).await;
    let user = scene.world.user("ann").await.expect("a user");
    for n in 0..40 {
        scene.send(user, &format!("{n}@b.c")).await;
    }
    scene.until(&["succeeded"; 40]).await;
    assert_eq!(scene.connector.calls.load(Ordering::SeqCst), 40);
    assert_eq!(*scene.connector.batches.lock(), Vec::<usize>::new());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_arrives_while_a_write_travels_goes_together_and_each_run_has_its_own_outcome() {
    let scene = Scene::with(create(), short(300), Limits::default()).await;
    let user = scene.world.user("ann").await.expect("a user");
    scene.connector.answer("7@b.c", vec![Answer::Rejected]);
    scene.connector.answer("8@b.c", vec![Answer::DoneButLost]);
    scene.connector.answer("9@b.c", vec![Answer::Lost]);
    for n in 0..120 {
        scene.send(user, &format!("{n}@b.c")).await;
    }
    let mut expected = ["succeeded"; 120];
    expected[7] = "failed validation";
    scene.until(&expected).await;
    for n in (0..120).filter(|n| *n != 7) {
        assert_eq!(scene.connector.count(&format!("{n}@b.c")), 1, "{n}");
    }
    let (calls, batches) = (scene.connector.calls.load(Ordering::SeqCst), scene.connector.batches.lock().clone());
    assert!(calls <= 20, "{calls} calls for 120 writes: {batches:?}");
    let largest = batches.iter().max().copied().unwrap_or_default();
    assert!(largest > 16, "slots that wait are lent to others: {batches:?}");
    assert!(largest <= 100, "{batches:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_waits_longer_than_a_second_for_a_call_that_hangs() {
    let connector = short(4_000);
    let scene = Scene::with(create(), connector, Limits::default()).await;
    let user = scene.world.user("ann").await.expect("a user");
    scene.send(user, "first@b.c").await;
    while scene.connector.calls.load(Ordering::SeqCst) == 0 {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    scene.send(user, "second@b.c").await;
    scene.send(user, "third@b.c").await;
    let began = Instant::now();
    while scene.connector.calls.load(Ordering::SeqCst) < 2 {
        assert!(began.elapsed() < Duration::from_millis(3_500), "they waited for the first one");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    assert_eq!(*scene.connector.batches.lock(), [2]);
}
