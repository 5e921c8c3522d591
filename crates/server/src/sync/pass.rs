//! One pass of one account.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures::FutureExt;
use linchpin_connectors::Manifest;
use linchpin_connectors::manifest::Sync as Rule;
use linchpin_domain::connector::ActionError;
use linchpin_domain::notice::Kind;
use linchpin_domain::run::Fault;
use linchpin_store::sync_accounts::{self, Asked, Phase, SyncAccount};
use linchpin_store::sync_records::Place;
use linchpin_store::syncs::{self, Sync};
use linchpin_store::{integrations, notices};
use serde_json::{Map, Value, json};

use super::{Syncer, after};
use crate::credentials::Reader;

/// The longest pause after passes that failed.
const LONGEST_PAUSE: Duration = Duration::from_hours(1);
/// The shortest between two passes.
const SHORTEST_PAUSE: Duration = Duration::from_secs(1);

/// Why a pass ended before its end.
pub(super) enum Stop {
    /// The provider did not do what was asked.
    Provider(ActionError),
    /// The database did not answer.
    Store(linchpin_store::Error),
    /// The sync or the account is gone, or the server stops: nothing is noted.
    Over,
    /// What was found cannot be right.
    Wrong(Fault),
}

impl From<linchpin_store::Error> for Stop {
    fn from(error: linchpin_store::Error) -> Self {
        Self::Store(error)
    }
}

impl From<ActionError> for Stop {
    fn from(error: ActionError) -> Self {
        Self::Provider(error)
    }
}

/// A pass under way.
pub(super) struct Pass<'a> {
    pub syncer: &'a Syncer,
    pub sync: Sync,
    pub manifest: Arc<Manifest>,
    pub account: SyncAccount,
    pub place: Place,
}

impl Syncer {
    /// Brings an account up to date.
    pub(super) async fn pass(&self, account: SyncAccount) {
        let was_due = account.due_at;
        let place = Place {
            project_id: account.project_id,
            sync_id: account.sync_id,
            credential_id: account.credential_id,
            user_id: account.user_id,
        };
        let begun = match self.begin(account, place).await {
            Ok(Some(pass)) => pass,
            Ok(None) => return,
            Err(error) => {
                tracing::warn!(error = &error as &dyn std::error::Error, "a sync could not be read");
                return;
            }
        };
        let mut pass = begun;
        let outcome = guarded(Box::pin(pass.go())).await;
        let (sync, mut account) = (pass.sync, pass.account);
        let outcome = match outcome {
            Ok(outcome) => outcome,
            // How far it came stands in the database; what it had in hand may be half done.
            Err(Panicked) => match self.kept(place).await {
                Ok(Some(kept)) => {
                    account = kept;
                    Err(Stop::Wrong(fault_of_ours()))
                }
                Ok(None) => return,
                Err(error) => Err(Stop::Store(error)),
            },
        };
        let now = self.clock.now();
        let failed = match outcome {
            Ok(due) => {
                (account.fault, account.failures) = (None, 0);
                account.due_at = due;
                None
            }
            Err(Stop::Over) => return,
            Err(Stop::Store(error)) => {
                // The account is due still.
                tracing::warn!(error = &error as &dyn std::error::Error, sync.id = %sync.id, "a sync could not be written");
                return;
            }
            Err(Stop::Provider(error)) => {
                account.due_at = now.plus(pause(&error, account.failures, sync.every_minutes));
                // To wait is no fault.
                let waits = matches!(error, ActionError::RateLimited { .. });
                (!waits).then(|| Fault { code: error.code().to_owned(), message: error.to_string(), step: None })
            }
            Err(Stop::Wrong(fault)) => {
                account.due_at = after(now, sync.every_minutes);
                Some(fault)
            }
        };
        account.passed_at = Some(now);
        if let Some(fault) = failed {
            tracing::warn!(sync.id = %sync.id, credential.id = %account.credential_id, code = fault.code, "a sync failed");
            account.failures += 1;
            account.fault = Some(fault);
        }
        let written = async {
            let mut tx = self.store.begin().await?;
            sync_accounts::set_passed(&mut tx, &account, was_due).await?;
            // Told once, until it has worked again.
            if account.failures == 1
                && let Some(fault) = &account.fault
            {
                let more = json!({"error": fault});
                notices::about_sync(&mut tx, Kind::SyncFailed, &sync, place, more).await?;
            }
            tx.commit().await
        };
        if let Err(error) = written.await {
            tracing::warn!(error = &error as &dyn std::error::Error, sync.id = %sync.id, "a sync could not be written");
        }
    }

    async fn kept(&self, place: Place) -> linchpin_store::Result<Option<SyncAccount>> {
        let mut conn = self.store.read().await?;
        sync_accounts::find(&mut conn, place.project_id, place.sync_id, place.credential_id).await
    }

    async fn begin(&self, account: SyncAccount, place: Place) -> linchpin_store::Result<Option<Pass<'_>>> {
        let mut conn = self.store.read().await?;
        let Some(sync) = syncs::find(&mut conn, account.project_id, account.sync_id).await? else { return Ok(None) };
        let integration = integrations::find(&mut conn, account.project_id, sync.integration_id).await?;
        drop(conn);
        let Some(integration) = integration else { return Ok(None) };
        let registry = self.connections.registry_of(account.project_id).await?;
        let Some(manifest) = registry.find(&integration.kind) else { return Ok(None) };
        let manifest = Arc::clone(manifest);
        Ok(Some(Pass { syncer: self, sync, manifest, account, place }))
    }
}

/// It panicked, which is told in the log by the panic itself.
#[derive(Debug, PartialEq, Eq)]
struct Panicked;

/// A pass that must not take its account along when there is a fault in it.
async fn guarded<T>(work: impl Future<Output = T>) -> Result<T, Panicked> {
    AssertUnwindSafe(work).catch_unwind().await.map_err(|_| Panicked)
}

fn fault_of_ours() -> Fault {
    Fault {
        code: "internal".into(),
        message: "Linchpin made a mistake in this pass and tries again; the server's log says more".into(),
        step: None,
    }
}

/// How long an account is left alone after a failure.
fn pause(error: &ActionError, failures: i64, every_minutes: i64) -> Duration {
    if let ActionError::RateLimited { retry_after, .. } = error {
        return (*retry_after).max(SHORTEST_PAUSE);
    }
    let every = Duration::from_secs(u64::try_from(every_minutes).unwrap_or(1) * 60);
    let doublings = u32::try_from(failures.clamp(0, 10)).unwrap_or(0);
    (every * 2_u32.pow(doublings)).min(LONGEST_PAUSE.max(every))
}

impl Pass<'_> {
    /// What the manifest says of these records.
    pub(super) fn rule(&self) -> Result<&Rule, Stop> {
        self.manifest.syncs.get(&self.sync.object).ok_or_else(|| {
            Stop::Wrong(Fault {
                code: "no_such_object".into(),
                message: format!("{} has no records `{}` that can be synced", self.manifest.name, self.sync.object),
                step: None,
            })
        })
    }

    /// All that there is to do; answers when the next pass is.
    async fn go(&mut self) -> Result<linchpin_domain::Timestamp, Stop> {
        self.begin_asked().await?;
        // What was under way when a pass broke off, before its effects are read as somebody else's.
        self.push(true).await?;
        if self.account.progress.phase == Phase::Load {
            self.read_all().await?;
        }
        if self.account.progress.phase == Phase::Check {
            // Begun by an earlier pass.
            self.read_all().await?;
        }
        self.follow().await?;
        self.read_deleted().await?;
        let pushed = self.push(false).await?;
        let now = self.syncer.clock.now();
        if self.account.progress.check_due.is_some_and(|due| due <= now) {
            self.account.progress.phase = Phase::Check;
            self.read_all().await?;
        }
        let next = after(now, self.sync.every_minutes);
        Ok(pushed.map_or(next, |due| due.clamp(now.plus(SHORTEST_PAUSE), next)))
    }

    /// Takes over what somebody wants this pass to read.
    async fn begin_asked(&mut self) -> Result<(), Stop> {
        let Some(asked) = self.account.asked else { return Ok(()) };
        let progress = &mut self.account.progress;
        match asked {
            Asked::Changes => {}
            Asked::Check if progress.phase == Phase::Load => {}
            Asked::Check => progress.check_due = Some(self.syncer.clock.now()),
            Asked::Reload => (progress.phase, progress.began_at, progress.page) = (Phase::Load, None, None),
        }
        let mut tx = self.syncer.store.begin().await?;
        sync_accounts::set_begun(&mut tx, &self.account, asked).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Reads with an action.
    pub(super) async fn ask(&self, action: &str, inputs: Map<String, Value>) -> Result<Value, ActionError> {
        let reader = Reader {
            connections: &self.syncer.connections,
            project_id: self.place.project_id,
            credential_id: self.place.credential_id,
            connector: &self.manifest.kind,
            stop: &self.syncer.stop,
        };
        reader.read(action, inputs).await
    }

    /// Whether the server stops.
    pub(super) fn stops(&self) -> Result<(), Stop> {
        if self.syncer.stop.is_cancelled() { Err(Stop::Over) } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_panic_is_an_outcome() {
        assert_eq!(guarded(async { 1 }).await, Ok(1));
        assert_eq!(guarded(async { panic!("a fault of ours") }).await, Err::<(), _>(Panicked));
    }
}
