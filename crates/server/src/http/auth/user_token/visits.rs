//! Visits of users, written many in one commit: thousands of users may come back in the same second, and each would
//! otherwise wait for a commit of its own, one after another.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use linchpin_domain::Timestamp;
use linchpin_domain::id::{ConnectedUserId, ProjectId};
use linchpin_store::Store;
use linchpin_store::connected_users::{self, ConnectedUser};
use linchpin_store::error::Result;
use parking_lot::Mutex;
use tokio::sync::{Notify, mpsc, oneshot};
use tokio::time::{Instant, sleep_until};

/// First visits that one commit takes.
const MOST: usize = 256;
/// First visits that wait for their commit; who comes then waits before that.
const WAITING: usize = 1024;
/// How long last visits are gathered before they are written. Those of a process that ends meanwhile are not noted.
const GATHER: Duration = Duration::from_secs(1);

/// Writes visits. They stop being written when this is dropped.
pub struct Visits {
    store: Store,
    first: mpsc::Sender<First>,
    last: Arc<Last>,
}

/// A user who may be new, and whoever waits for it.
struct First {
    project_id: ProjectId,
    external_id: String,
    met: oneshot::Sender<ConnectedUser>,
}

/// Users who came back.
#[derive(Default)]
struct Last {
    users: Mutex<HashMap<ConnectedUserId, Timestamp>>,
    some: Notify,
}

impl Visits {
    /// Over a store. Must be called within a runtime.
    pub fn new(store: Store) -> Self {
        let (first, waiting) = mpsc::channel(WAITING);
        let last = Arc::new(Last::default());
        tokio::spawn(write(store.clone(), waiting, Arc::clone(&last)));
        Self { store, first, last }
    }

    /// The user of an external id, who is added when new. A token has proven who it is.
    pub async fn meet(&self, project_id: ProjectId, external_id: &str) -> Result<ConnectedUser> {
        let (met, answer) = oneshot::channel();
        let visit = First { project_id, external_id: external_id.to_owned(), met };
        if self.first.send(visit).await.is_ok()
            && let Ok(user) = answer.await
        {
            return Ok(user);
        }
        let met = meet_in_one(&self.store, [(project_id, external_id)]).await?;
        Ok(met.into_iter().next().expect("who is wanted is met"))
    }

    /// Notes that a user came back, soon.
    pub fn note(&self, user: ConnectedUserId, at: Timestamp) {
        self.last.users.lock().insert(user, at);
        self.last.some.notify_one();
    }
}

async fn write(store: Store, mut waiting: mpsc::Receiver<First>, last: Arc<Last>) {
    let mut visits = Vec::with_capacity(MOST);
    let mut due: Option<Instant> = None;
    loop {
        tokio::select! {
            count = waiting.recv_many(&mut visits, MOST) => {
                if count == 0 {
                    return;
                }
                meet(&store, std::mem::take(&mut visits)).await;
            }
            () = last.some.notified(), if due.is_none() => due = Some(Instant::now() + GATHER),
            () = sleep_until(due.unwrap_or_else(Instant::now)), if due.is_some() => {
                due = None;
                let users = std::mem::take(&mut *last.users.lock());
                if let Err(error) = note(&store, users).await {
                    tracing::warn!(error = &error as &dyn std::error::Error, "users' last visits were not noted");
                }
            }
        }
    }
}

/// Meets all in one commit. Who is not answered, because that failed, tries alone.
async fn meet(store: &Store, visits: Vec<First>) {
    let wanted: HashSet<_> = visits.iter().map(|visit| (visit.project_id, visit.external_id.as_str())).collect();
    let Ok(users) = meet_in_one(store, wanted).await else { return };
    let met: HashMap<_, _> = users.iter().map(|user| ((user.project_id, user.external_id.clone()), user)).collect();
    for First { project_id, external_id, met: answer } in visits {
        if let Some(user) = met.get(&(project_id, external_id.clone())) {
            // Whoever hung up is told nothing.
            let _ = answer.send(ConnectedUser::clone(user));
        }
    }
}

async fn meet_in_one(store: &Store, wanted: impl IntoIterator<Item = (ProjectId, &str)>) -> Result<Vec<ConnectedUser>> {
    let mut tx = store.begin().await?;
    let met = connected_users::meet_all(&mut tx, wanted, store.clock().now()).await?;
    tx.commit().await?;
    Ok(met)
}

async fn note(store: &Store, users: HashMap<ConnectedUserId, Timestamp>) -> Result<()> {
    let mut tx = store.begin().await?;
    connected_users::seen(&mut tx, users).await?;
    tx.commit().await
}
