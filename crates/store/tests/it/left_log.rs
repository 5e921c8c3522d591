//! The write-ahead log of a process that was killed.

use std::fs;
use std::sync::Arc;

use linchpin_domain::Timestamp;
use linchpin_domain::clock::ManualClock;
use linchpin_domain::id::ProjectId;
use linchpin_store::projects::{self, Project};
use linchpin_store::testkit;
use linchpin_store::writer::Writer;
use tokio_util::sync::CancellationToken;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_start_folds_in_the_log_that_a_killed_process_left() {
    let (killed, folder) = (tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder"));
    let clock = Arc::new(ManualClock::default());
    let store = testkit::open(killed.path(), clock.clone()).await.expect("opens");
    let project = Project {
        id: ProjectId::fresh(&*clock),
        name: "Acme".into(),
        allowed_origins: Vec::new(),
        user_metadata: serde_json::Map::new(),
        created_at: Timestamp::default(),
    };
    let mut tx = store.begin().await.expect("begins");
    projects::add(&mut tx, &project).await.expect("inserts");
    tx.commit().await.expect("commits");
    // What is on the disk at this moment is what a process leaves that is killed now.
    for file in ["linchpin.db", "linchpin.db-wal"] {
        fs::copy(killed.path().join(file), folder.path().join(file)).expect("a file of the database");
    }
    let log = folder.path().join("linchpin.db-wal");
    assert!(fs::metadata(&log).expect("a log").len() > 0, "the project is in the log");

    let store = testkit::open(folder.path(), clock).await.expect("opens again");
    let stop = CancellationToken::new();
    let (_writer, task) = Writer::start(store.clone(), stop.clone()).await.expect("starts");
    assert_eq!(fs::metadata(&log).expect("a log").len(), 0);
    let mut conn = store.read().await.expect("reads");
    assert_eq!(projects::find(&mut conn, project.id).await.expect("reads").map(|found| found.name), Some(project.name));
    stop.cancel();
    task.await.expect("ends");
}
