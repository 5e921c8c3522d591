//! One at a time per key: writes with the same natural key on one account.

use std::collections::HashMap;
use std::sync::{Arc, Weak};

use parking_lot::Mutex;
use tokio::sync::{Mutex as AsyncMutex, OwnedMutexGuard};

/// Locks that exist while somebody holds or awaits them.
#[derive(Default)]
pub struct KeyedLocks {
    locks: Mutex<HashMap<String, Weak<AsyncMutex<()>>>>,
}

impl KeyedLocks {
    /// The key's turn, if nobody has or awaits it; else what gives it, first come, first served.
    pub fn turn(&self, key: String) -> Result<OwnedMutexGuard<()>, impl Future<Output = OwnedMutexGuard<()>> + use<>> {
        let lock = {
            let mut locks = self.locks.lock();
            if locks.len() > 4_096 {
                locks.retain(|_, lock| lock.strong_count() > 0);
            }
            match locks.get(&key).and_then(Weak::upgrade) {
                Some(lock) => lock,
                None => {
                    let lock = Arc::new(AsyncMutex::new(()));
                    locks.insert(key, Arc::downgrade(&lock));
                    lock
                }
            }
        };
        Arc::clone(&lock).try_lock_owned().map_err(|_| lock.lock_owned())
    }
}
