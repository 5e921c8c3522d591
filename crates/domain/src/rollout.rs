//! A staged rollout: which connected users already have a version, while the others stay on the one before.
//!
//! Who is in is settled by a hash of the version and the user, so that it needs no list: raising the percentage
//! adds users and drops none, and each rollout begins with other users.

use serde::{Deserialize, Serialize};

use crate::id::VersionId;

/// Who has the version. Serialized: the stored form.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Rollout {
    /// Of all users, 0 to 100.
    #[serde(default)]
    pub percent: u8,
    /// These users as well, by their ids in the host application.
    #[serde(default)]
    pub users: Vec<String>,
}

impl Rollout {
    /// Whether a user has the version.
    pub fn includes(&self, version_id: VersionId, user: &str) -> bool {
        place(version_id, user) < u64::from(self.percent) || self.users.iter().any(|named| named == user)
    }
}

/// A user's place among the hundred parts of all users, the same wherever and whenever it is asked for.
fn place(version_id: VersionId, user: &str) -> u64 {
    // FNV-1a, and the finalizer of MurmurHash3 so that the low digits depend on every bit.
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    for byte in version_id.0.as_bytes().iter().chain(user.as_bytes()) {
        hash = (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
    }
    for factor in [0xff51_afd7_ed55_8ccd, 0xc4ce_b9fe_1a85_ec53] {
        hash = (hash ^ (hash >> 33)).wrapping_mul(factor);
    }
    (hash ^ (hash >> 33)) % 100
}

#[cfg(test)]
mod tests {
    use super::*;

    fn version(n: u128) -> VersionId {
        VersionId(uuid::Uuid::from_u128((0x0193_b1c2 << 96) | n))
    }

    fn those(version: VersionId, percent: u8) -> Vec<usize> {
        let rollout = Rollout { percent, users: Vec::new() };
        (0..10_000).filter(|n| rollout.includes(version, &format!("user-{n}"))).collect()
    }

    #[test]
    fn raising_the_percentage_drops_nobody_and_keeps_the_share() {
        let mut before = those(version(1), 0);
        assert!(before.is_empty());
        for percent in [1, 5, 10, 25, 50, 75, 99, 100] {
            let now = those(version(1), percent);
            assert!(before.iter().all(|user| now.contains(user)), "{percent}");
            let share = now.len() as f64 / 100.0;
            assert!((share - f64::from(percent)).abs() < 1.5, "{percent}: {share}");
            before = now;
        }
        assert_eq!(before.len(), 10_000);
    }

    #[test]
    fn each_version_begins_with_other_users() {
        let (one, two) = (those(version(1), 10), those(version(2), 10));
        let both = one.iter().filter(|user| two.contains(user)).count();
        assert!((50..150).contains(&both), "{both} of {}", one.len());
    }

    #[test]
    fn named_users_are_in_whatever_their_place() {
        let rollout = Rollout { percent: 0, users: vec!["ann".into()] };
        assert!(rollout.includes(version(1), "ann"));
        assert!(!rollout.includes(version(1), "bob"));
    }
}
