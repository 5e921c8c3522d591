//! Identifiers. Each kind of thing has a type of its own over a UUID that begins with the time, so that
//! a wrong one does not compile. On the wire they are bare UUIDs: the client SDK tells a credential id
//! from an external id by its being a UUID.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::Clock;

/// A fresh UUIDv7 from the injected clock and randomness.
pub fn fresh(clock: &dyn Clock) -> Uuid {
    let millis = u64::try_from(clock.now().as_millis()).unwrap_or(0);
    let random = clock.random().to_be_bytes();
    let mut bytes = [0_u8; 10];
    bytes.copy_from_slice(&random[..10]);
    uuid::Builder::from_unix_timestamp_millis(millis, &bytes).into_uuid()
}

/// As [`fresh`], but called a version 4: `@useparagon/connect` takes an id for a UUID only up to version 5, and
/// every other text for an external id. It still begins with the time, so that an index stays in order.
fn fresh_for_sdk(clock: &dyn Clock) -> Uuid {
    uuid::Builder::from_bytes(fresh(clock).into_bytes()).with_version(uuid::Version::Random).into_uuid()
}

/// 128 random bits as 32 lower-case hexadecimal digits: states, session keys, one-time secrets.
pub fn secret_text(clock: &dyn Clock) -> String {
    format!("{:032x}{:032x}", clock.random(), clock.random())
}

/// The id after another: its random part counted up, or a millisecond later where that has no room.
fn next(id: Uuid) -> Uuid {
    const RANDOM: u128 = (1 << 62) - 1;
    const MILLISECOND: u128 = 1 << 80;
    let bits = id.as_u128();
    Uuid::from_u128(if bits & RANDOM == RANDOM { bits + MILLISECOND } else { bits + 1 })
}

macro_rules! ids {
    ($make:ident: $($(#[$doc:meta])* $name:ident),* $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl $name {
            /// A new id, ordered by the clock's time.
            pub fn fresh(clock: &dyn Clock) -> Self {
                Self($make(clock))
            }

            /// A new id that comes after another: what is made within one millisecond stays in order.
            pub fn fresh_after(clock: &dyn Clock, before: Option<Self>) -> Self {
                let id = Self::fresh(clock);
                match before {
                    Some(before) if id <= before => Self(next(before.0)),
                    _ => id,
                }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(&self.0, f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self.0)
            }
        }

        impl From<Uuid> for $name {
            fn from(id: Uuid) -> Self {
                Self(id)
            }
        }

        impl FromStr for $name {
            type Err = uuid::Error;
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Uuid::parse_str(text).map(Self)
            }
        }
    )*};
}

ids! { fresh:
    /// A project: the isolated workspace of one product.
    ProjectId,
    /// A person who signs in to the dashboard.
    MemberId,
    /// A public key that user tokens are checked with.
    SigningKeyId,
    /// An identity provider whose tokens are taken as user tokens.
    TokenIssuerId,
    /// A key for backends and the command line.
    ApiKeyId,
    /// A named event definition with its example.
    AppEventId,
    /// One event as it was received.
    ReceivedEventId,
    /// A connector activated in a project.
    IntegrationId,
    /// A workflow, over all its versions.
    WorkflowId,
    /// One immutable deployed state of a workflow.
    VersionId,
    /// A customer of the host application.
    ConnectedUserId,
    /// One execution of a workflow version for one configuration.
    RunId,
    /// One event of a provider's webhook that started no run.
    WebhookDeliveryId,
    /// One hook that is made at a provider by requests of ours.
    HookRegistrationId,
    /// A link that lets somebody into a project.
    InvitationId,
    /// A line of the audit log.
    AuditEntryId,
    /// Where a project's notices are sent.
    EventDestinationId,
    /// What was promoted from one project into another.
    ReleaseId,
    /// Records that are kept the same here and at a provider.
    SyncId,
    /// One of those records.
    SyncRecordId,
}

// What the client SDK names by its id or by an external id.
ids! { fresh_for_sdk:
    /// One connected account at a provider.
    CredentialId,
    /// Settings and enablements on a credential.
    ConfigurationId,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Timestamp;

    struct Fixed;

    impl Clock for Fixed {
        fn now(&self) -> Timestamp {
            Timestamp::from_millis(1_795_600_000_000)
        }
        fn random(&self) -> u128 {
            u128::MAX
        }
    }

    /// The SDK's own pattern: versions 0 to 5, variants 0, 8, 9, a and b.
    fn is_uuid_to_the_sdk(text: &str) -> bool {
        let digit = |at: usize| text.as_bytes()[at] as char;
        ('0'..='5').contains(&digit(14)) && "089ab".contains(digit(19))
    }

    #[test]
    fn ids_that_are_made_one_after_another_are_in_order() {
        let mut ids = vec![CredentialId::fresh_after(&Fixed, None)];
        for _ in 0..3 {
            ids.push(CredentialId::fresh_after(&Fixed, ids.last().copied()));
        }
        assert!(ids.is_sorted() && ids.windows(2).all(|two| two[0] != two[1]), "{ids:?}");
        assert!(ids.iter().all(|id| is_uuid_to_the_sdk(&id.to_string())), "{ids:?}");
        assert_eq!(next(Uuid::from_u128(5)), Uuid::from_u128(6));
    }

    #[test]
    fn the_sdk_takes_credential_and_configuration_ids_for_ids() {
        assert!(is_uuid_to_the_sdk(&CredentialId::fresh(&Fixed).to_string()));
        assert!(is_uuid_to_the_sdk(&ConfigurationId::fresh(&Fixed).to_string()));
        assert!(!is_uuid_to_the_sdk(&RunId::fresh(&Fixed).to_string()));
        // In order of time all the same.
        assert_eq!(CredentialId::fresh(&Fixed).to_string()[..13], RunId::fresh(&Fixed).to_string()[..13]);
    }
}
