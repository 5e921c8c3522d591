//! Slots that are lent: who waits to be sent together with others makes no call, and leaves room for those
//! others.

use linchpin_domain::id::CredentialId;

use super::Scheduler;

/// Slots that one account lends at most: more than fit into one call help nobody.
const PER_CREDENTIAL: usize = 128;
/// And over all accounts: every one is a run in memory.
const TOTAL: usize = 4_096;

impl Scheduler {
    /// Lends a slot of the account to whoever comes next. False where enough are lent.
    pub fn lend(&self, credential_id: CredentialId) -> bool {
        let mut state = self.state.lock();
        let full = state.lent >= TOTAL;
        let Some(account) = state.credentials.get_mut(&credential_id) else { return false };
        if full || account.lent >= PER_CREDENTIAL || account.active == 0 {
            return false;
        }
        account.active -= 1;
        account.lent += 1;
        state.active -= 1;
        state.lent += 1;
        state.unblock(credential_id);
        true
    }

    /// Takes a lent slot back, whether one is free or not: what was lent is only late.
    pub fn take_back(&self, credential_id: CredentialId) {
        let mut state = self.state.lock();
        state.active += 1;
        state.lent -= 1;
        let account = state.credentials.entry(credential_id).or_default();
        account.active += 1;
        account.lent = account.lent.saturating_sub(1);
    }
}
