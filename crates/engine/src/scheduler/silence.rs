//! Accounts whose provider does not answer. Their runs wait, and one after another tries, less and less often; the
//! first answer lets all of them go on. Else an hour without the provider would cost every waiting run its retries,
//! and the provider would come back to a storm.

use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

use linchpin_domain::Timestamp;
use linchpin_domain::id::CredentialId;

use super::{Account, Limits, Queues, Scheduler};

/// Tries without an answer, one after another, until the provider is taken to be away.
const TRIES: u32 = 3;
/// From the last of these to the next try; twice as long after each further one.
const FIRST_WAIT: Duration = Duration::from_secs(5);
/// Between two tries at most.
const LONGEST_WAIT: Duration = Duration::from_mins(1);
/// What was tried as long ago says nothing any more.
const FORGOTTEN_AFTER: Duration = Duration::from_mins(10);

/// What is known of a provider that did not answer on an account.
#[derive(Debug, Default, Clone, Copy)]
pub struct Silence {
    /// Tries in a row that were not answered. Calls that were under way together are one try.
    tries: u32,
    /// When the last of them was known to be in vain.
    since: Timestamp,
}

impl Silence {
    fn is_away(self) -> bool {
        self.tries >= TRIES
    }

    /// When the next try may be made; `None` when it may be made now. A clock that was set back holds nobody longer.
    fn held_until(self, now: Timestamp) -> Option<Timestamp> {
        let more = self.tries.checked_sub(TRIES)?;
        let wait = FIRST_WAIT.saturating_mul(1 << more.min(8)).min(LONGEST_WAIT);
        Some(self.since.plus(wait)).filter(|until| *until > now && until.since(now) <= wait)
    }
}

/// Nothing begins on an account before then.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Held {
    /// Then.
    pub until: Timestamp,
    /// Why.
    pub because: Because,
}

/// Why an account is held.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Because {
    /// The provider asked us to wait, or its quota is used up.
    Quota,
    /// The provider does not answer.
    Away,
}

impl Account {
    /// Whether a run may begin on the account. Who waits for an answer is not held back by a provider that is away:
    /// a caller would rather know.
    pub fn has_turn(&self, is_urgent: bool, limits: Limits, now: Timestamp) -> bool {
        let is_free = self.paused_until.is_none_or(|until| until <= now);
        if is_urgent {
            return is_free && self.active < limits.per_credential;
        }
        is_free && self.active < self.at_once(limits) && self.silence.held_until(now).is_none()
    }

    pub fn at_once(&self, limits: Limits) -> usize {
        if self.silence.is_away() { 1 } else { limits.per_credential }
    }

    /// Until when nothing begins on the account, apart from urgent runs.
    fn held(&self, now: Timestamp) -> Option<Held> {
        let quota = self.paused_until.filter(|until| *until > now);
        let quota = quota.map(|until| Held { until, because: Because::Quota });
        let away = self.silence.held_until(now).map(|until| Held { until, because: Because::Away });
        quota.into_iter().chain(away).max_by_key(|held| held.until)
    }

    /// Whether nothing is known of it that must be kept.
    pub fn is_idle(&self) -> bool {
        self.active + self.lent + self.woken == 0
            && self.paused_until.is_none()
            && self.blocked.is_empty()
            && self.silence.tries == 0
    }
}

impl Scheduler {
    /// A call that was set off at `began` was not answered.
    pub fn unanswered(&self, credential_id: CredentialId, began: Timestamp, now: Timestamp) {
        let mut state = self.state.lock();
        let silence = &mut state.credentials.entry(credential_id).or_default().silence;
        if silence.tries == 0 {
            self.silent.fetch_add(1, Relaxed);
        } else if began < silence.since || silence.held_until(began).is_some() {
            return;
        }
        *silence = Silence { tries: silence.tries.saturating_add(1), since: now };
        if silence.tries == TRIES {
            tracing::warn!(credential.id = %credential_id, "the provider does not answer on this account; its runs wait, and one after another tries");
        }
    }

    /// A call was answered, however.
    pub fn answered(&self, credential_id: CredentialId) {
        // Nearly always nobody is silent, and every call comes here.
        if self.silent.load(Relaxed) == 0 {
            return;
        }
        let mut state = self.state.lock();
        self.end_silence(&mut state, credential_id);
        state.unblock(credential_id);
    }

    /// Whether nothing begins on an account just now.
    pub fn held(&self, credential_id: CredentialId, now: Timestamp) -> Option<Held> {
        self.state.lock().credentials.get(&credential_id)?.held(now)
    }

    /// How many more runs of an account that wake can be of use in memory now.
    pub fn room(&self, credential_id: CredentialId, now: Timestamp) -> usize {
        let state = self.state.lock();
        let Some(account) = state.credentials.get(&credential_id) else { return 2 * self.limits.per_credential };
        match account.held(now) {
            Some(_) => 0,
            None => (2 * account.at_once(self.limits)).saturating_sub(account.woken),
        }
    }

    /// Lets accounts go on whose time has come.
    pub fn release(&self, now: Timestamp) {
        let mut state = self.state.lock();
        let over: Vec<CredentialId> = state
            .credentials
            .iter()
            .filter(|(_, account)| account.held(now).is_none())
            .filter(|(_, account)| account.paused_until.is_some() || account.silence.tries > 0)
            .map(|(id, _)| *id)
            .collect();
        for credential_id in over {
            let Some(account) = state.credentials.get_mut(&credential_id) else { continue };
            account.paused_until = None;
            if now.since(account.silence.since) > FORGOTTEN_AFTER {
                self.end_silence(&mut state, credential_id);
            }
            state.unblock(credential_id);
            state.forget_idle(credential_id);
        }
    }

    fn end_silence(&self, state: &mut Queues, credential_id: CredentialId) {
        let Some(account) = state.credentials.get_mut(&credential_id) else { return };
        let silence = std::mem::take(&mut account.silence);
        if silence.tries > 0 {
            self.silent.fetch_sub(1, Relaxed);
        }
        if silence.is_away() {
            tracing::info!(credential.id = %credential_id, "the account is no longer held back for its provider's silence");
        }
    }
}

impl Queues {
    /// Forgets an account that nothing is known about any more.
    pub(super) fn forget_idle(&mut self, credential_id: CredentialId) {
        if self.credentials.get(&credential_id).is_some_and(Account::is_idle) {
            self.credentials.remove(&credential_id);
        }
    }
}
