//! Writes of several runs that go to the provider as one call while an account's quota is short.
//!
//! A write waits only for one of its kind that is under way on the same account, or for a quota that has no
//! room for a moment; so a write that is alone is sent at once, and what arrives while it travels goes
//! together. Nobody waits longer than [`LONGEST`]: then those who have gathered go beside the call that is
//! under way.
//!
//! ```text
//! nobody under way ─► sent alone ─► over ─► those who gathered meanwhile: one call
//! somebody is ─► gathers ─┬─ the call is over ─┐
//!                         ├─ so many as fit ───┼─► one call; each run gets its own outcome
//!                         └─ a second ─────────┘
//! ```
//!
//! Every run has journaled its own intent before it comes here, and journals its own outcome: after a crash
//! each doubt is settled by itself, as if it had been sent alone. Who gathers lends its slot of the account
//! to others, or a batch could never be larger than the account has slots.

use std::collections::HashMap;
use std::time::Duration;

use linchpin_domain::connector::{ActionCall, ActionError, ActionOutput, Join, Sent};
use linchpin_domain::id::CredentialId;
use parking_lot::Mutex;
use tokio::sync::oneshot;

use crate::Engine;

/// Nobody waits longer for company.
const LONGEST: Duration = Duration::from_secs(1);
/// Calls of one group that are under way at once.
const AT_ONCE: usize = 4;

type Outcome = Result<ActionOutput, ActionError>;
/// The account, and what can be one call there.
type Key = (CredentialId, String);

/// Who waits for whom.
#[derive(Default)]
pub struct Joints(Mutex<HashMap<Key, Group>>);

#[derive(Default)]
struct Group {
    /// Calls that are under way.
    flying: usize,
    gathered: Vec<Waiting>,
    /// Somebody will send those who have gathered when their time is over.
    timed: bool,
    /// The quota has no room: nobody is sent before that time.
    held: bool,
}

struct Waiting {
    call: ActionCall,
    distinct: Option<String>,
    tell: oneshot::Sender<Outcome>,
}

/// A call that is under way, alone or for many.
struct Flying<'a>(&'a Engine, &'a Key, usize);

impl Drop for Flying<'_> {
    fn drop(&mut self) {
        let Self(engine, key, most) = self;
        {
            let mut groups = engine.inner.joints.0.lock();
            let Some(group) = groups.get_mut(*key) else { return };
            group.flying -= 1;
            if group.flying == 0 && group.gathered.is_empty() && !group.timed {
                groups.remove(*key);
                return;
            }
        }
        engine.send_gathered(key, *most, false);
    }
}

impl Engine {
    /// Makes a call together with others of its kind, where there are some.
    pub(crate) async fn perform_joined(&self, call: &ActionCall, join: Join) -> Outcome {
        let Join { group, most, distinct, wait } = join;
        let key = (call.credential_id, group);
        let gathered = {
            let mut groups = self.inner.joints.0.lock();
            let group = groups.entry(key.clone()).or_default();
            if wait.is_zero() && group.flying == 0 && group.gathered.is_empty() {
                group.flying = 1;
                None
            } else {
                let (tell, told) = oneshot::channel();
                group.gathered.push(Waiting { call: call.clone(), distinct, tell });
                if !std::mem::replace(&mut group.timed, true) {
                    group.held = !wait.is_zero();
                    self.send_later(key.clone(), most, if group.held { wait } else { LONGEST });
                }
                Some((told, group.gathered.len() >= most))
            }
        };
        let Some((told, full)) = gathered else {
            let _flying = Flying(self, &key, most);
            return self.inner.connector.perform(call).await;
        };
        if full {
            self.send_gathered(&key, most, false);
        }
        let lent = self.inner.scheduler.lend(call.credential_id);
        if lent {
            self.pump();
        }
        let outcome = told.await;
        if lent {
            self.inner.scheduler.take_back(call.credential_id);
        }
        outcome.unwrap_or_else(|_| {
            Err(ActionError::Unreachable {
                provider: call.connector.clone(),
                sent: Sent::Maybe,
                message: "the call that this write was a part of broke off".into(),
                exchange: None,
            })
        })
    }

    /// Sends those who have gathered when their time is over.
    fn send_later(&self, key: Key, most: usize, after: Duration) {
        let engine = self.clone();
        self.inner.tasks.spawn(async move {
            tokio::select! {
                () = tokio::time::sleep(after) => {}
                // Their intents are written: sent now they are settled now, and not at the next start.
                () = engine.inner.stopping.cancelled() => {}
            }
            engine.send_gathered(&key, most, true);
        });
    }

    /// Sends those who have gathered, as far as they fit into one call. `due` is whether their time is over.
    fn send_gathered(&self, key: &Key, most: usize, due: bool) {
        let batch = {
            let mut groups = self.inner.joints.0.lock();
            let Some(group) = groups.get_mut(key) else { return };
            if due {
                (group.timed, group.held) = (false, false);
            }
            let batch = if group.held || group.flying >= AT_ONCE { Vec::new() } else { group.take(most) };
            if batch.is_empty() {
                if group.flying == 0 && group.gathered.is_empty() && !group.timed {
                    groups.remove(key);
                }
                return;
            }
            group.flying += 1;
            if !group.gathered.is_empty() && !std::mem::replace(&mut group.timed, true) {
                self.send_later(key.clone(), most, LONGEST);
            }
            batch
        };
        let (engine, key) = (self.clone(), key.clone());
        self.inner.tasks.spawn(async move {
            let (calls, tell): (Vec<_>, Vec<_>) = batch.into_iter().map(|one| (one.call, one.tell)).unzip();
            let outcomes = {
                let _flying = Flying(&engine, &key, most);
                match calls.as_slice() {
                    [alone] => vec![engine.inner.connector.perform(alone).await],
                    calls => engine.inner.connector.perform_joined(calls).await,
                }
            };
            if calls.len() > 1 {
                metrics::counter!("linchpin_joined_writes").increment(calls.len() as u64);
                metrics::counter!("linchpin_joined_calls").increment(1);
            }
            for (tell, outcome) in tell.into_iter().zip(outcomes) {
                // Nobody is there any more when the engine is being dropped.
                let _ = tell.send(outcome);
            }
        });
    }
}

impl Group {
    /// Takes those who can be one call, first come first; who must not be in it with another stays.
    fn take(&mut self, most: usize) -> Vec<Waiting> {
        let mut batch: Vec<Waiting> = Vec::new();
        let mut left = Vec::new();
        for one in std::mem::take(&mut self.gathered) {
            let meets = one.distinct.is_some() && batch.iter().chain(&left).any(|other| other.distinct == one.distinct);
            if meets || batch.len() >= most {
                left.push(one);
            } else {
                batch.push(one);
            }
        }
        self.gathered = left;
        batch
    }
}
