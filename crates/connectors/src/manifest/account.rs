//! How one connected account is told apart from another, and how it is tried when it is connected.

use indexmap::IndexMap;
use serde::Deserialize;

use super::action::Request;
use crate::shape::Pattern;

/// How the connected account is identified. Pointers go into `{"token": <token answer>, "account":
/// <answer of the request>, "inputs": <what was asked, without secrets>}`.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AccountRule {
    /// Sent once when an account is connected. An account that was connected by a key is refused when
    /// this is; after a consent page the token answer may be enough.
    #[serde(default)]
    pub request: Option<Request>,
    /// There is no request that needs nothing but a key: accounts are taken untried, and a wrong key shows
    /// at the first action.
    #[serde(default)]
    pub untried: bool,
    /// Facts by name: the first pointer that holds a value counts.
    pub data: IndexMap<String, Vec<String>>,
    /// The fact that is the account's id at the provider.
    pub provider_id: String,
    /// The fact that is the account's time zone, where the provider counts by its days.
    #[serde(default)]
    pub time_zone: Option<String>,
    /// What people see, with facts as placeholders.
    pub(crate) label: Pattern,
}
