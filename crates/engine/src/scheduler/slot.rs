//! The slots of runs, also of those that are not committed yet.

use linchpin_domain::Timestamp;
use linchpin_domain::id::{ConnectedUserId, CredentialId, ProjectId};

use super::Scheduler;
use crate::Engine;
use crate::active::Active;

impl Scheduler {
    /// Takes a slot for a run that is not committed yet; false where it would go before somebody who waits.
    pub fn reserve(
        &self,
        project_id: ProjectId,
        user_id: ConnectedUserId,
        credential_id: CredentialId,
        now: Timestamp,
    ) -> bool {
        let mut state = self.state.lock();
        if state.active >= self.limits.total || !state.ready.is_empty() {
            return false;
        }
        if let Some(account) = state.credentials.get(&credential_id)
            && (!account.has_turn(false, self.limits, now) || !account.blocked.is_empty())
        {
            return false;
        }
        let user = state.user(project_id, user_id);
        if !user.runs.is_empty() || user.spilled || user.coming > 0 {
            return false;
        }
        user.reserved += 1;
        user.active += 1;
        state.active += 1;
        state.credentials.entry(credential_id).or_default().active += 1;
        true
    }

    /// The run of a reserved slot is committed.
    pub(super) fn committed(&self, project_id: ProjectId, user_id: ConnectedUserId, seq: i64) {
        let mut state = self.state.lock();
        let user = state.user(project_id, user_id);
        if user.spilled {
            user.woken.insert(seq, true);
        } else {
            user.last_seq = user.last_seq.max(seq);
        }
        state.reservation_over(project_id, user_id);
    }

    /// A run that is not committed yet will wait for its turn.
    pub(super) fn expect(&self, project_id: ProjectId, user_id: ConnectedUserId) {
        self.state.lock().user(project_id, user_id).coming += 1;
    }

    /// It has come, or will not.
    pub(super) fn came(&self, project_id: ProjectId, user_id: ConnectedUserId, credential_id: CredentialId) {
        let mut state = self.state.lock();
        state.user(project_id, user_id).coming -= 1;
        state.tidy(project_id, user_id, credential_id);
    }

    /// The run of a reserved slot was not written.
    pub(super) fn abandoned(&self, project_id: ProjectId, user_id: ConnectedUserId) {
        self.state.lock().reservation_over(project_id, user_id);
    }
}

/// The place of a run that is not committed yet and will wait for its turn.
pub(crate) struct Place {
    engine: Engine,
    project_id: ProjectId,
    user_id: ConnectedUserId,
    credential_id: CredentialId,
}

impl Place {
    /// Until this is dropped, no later run of the user begins before this one.
    pub fn keep(engine: &Engine, run: &Active) -> Self {
        let Active { project_id, user_id, credential_id, .. } = *run;
        engine.inner.scheduler.expect(project_id, user_id);
        Self { engine: engine.clone(), project_id, user_id, credential_id }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.engine.inner.scheduler.came(self.project_id, self.user_id, self.credential_id);
    }
}

/// A slot that a run has; given back when this is dropped.
pub(crate) struct Slot {
    engine: Engine,
    project_id: ProjectId,
    user_id: ConnectedUserId,
    credential_id: CredentialId,
    seq: i64,
    is_reserved: bool,
}

impl Slot {
    /// The slot that the scheduler gave this run.
    pub(super) fn of(engine: &Engine, run: &Active) -> Self {
        let Active { project_id, user_id, credential_id, seq, .. } = *run;
        Self { engine: engine.clone(), project_id, user_id, credential_id, seq, is_reserved: false }
    }

    /// A slot for a run that is not committed yet, if it would go before nobody who waits.
    pub fn reserve(engine: &Engine, run: &Active, now: Timestamp) -> Option<Self> {
        let reserved = engine.inner.scheduler.reserve(run.project_id, run.user_id, run.credential_id, now);
        if !reserved {
            return None;
        }
        let mut slot = Self::of(engine, run);
        slot.is_reserved = true;
        Some(slot)
    }

    /// The run is committed, as this number.
    pub fn committed(&mut self, seq: i64) {
        self.seq = seq;
        self.is_reserved = false;
        self.engine.inner.scheduler.committed(self.project_id, self.user_id, seq);
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        let scheduler = &self.engine.inner.scheduler;
        if self.is_reserved {
            scheduler.abandoned(self.project_id, self.user_id);
        }
        scheduler.finished(self.project_id, self.user_id, self.credential_id, self.seq);
        self.engine.pump();
    }
}
