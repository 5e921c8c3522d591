//! Accounts that a provider's hook told of something: they are asked at once, not when their time comes.

use std::collections::HashSet;
use std::sync::Arc;

use linchpin_domain::id::CredentialId;
use parking_lot::Mutex;

/// Accounts that are to be asked at once. Cheap to clone. Nothing is lost when this is: their time comes.
#[derive(Debug, Clone, Default)]
pub struct Wakes(Arc<Mutex<HashSet<CredentialId>>>);

impl Wakes {
    /// Something happened in an account.
    pub fn wake(&self, credential_id: CredentialId) {
        self.0.lock().insert(credential_id);
    }

    /// Those that were told of since the last time.
    pub fn take(&self) -> HashSet<CredentialId> {
        std::mem::take(&mut *self.0.lock())
    }
}
