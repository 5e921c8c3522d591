//! The idea of an action at a provider, and the [`Connector`] through which the engine has one
//! performed. No provider is known here; what is odd about one is said in its manifest.

use std::time::Duration;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::Timestamp;
use crate::http_request::RequestCall;
use crate::id::{CredentialId, ProjectId};

/// How it is found out whether a write that may have been sent did happen. Declared per action in
/// the connector's manifest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DoubtStrategy {
    /// Repeating does no harm (reads, updates by id, deletes).
    Safe,
    /// Send the same idempotency key again; the provider drops the second.
    IdempotencyKey,
    /// Look the record up by a key that it holds itself.
    NaturalKey,
    /// Nobody can tell: stop and show it to a person.
    Ask,
}

/// What the engine must know about an action before it performs it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ActionPlan {
    /// How a doubt is settled for these inputs. An action with a natural key whose key input is
    /// empty falls back to [`DoubtStrategy::Ask`].
    pub strategy: DoubtStrategy,
    /// Writes with the same key on one credential go one after another. `None` for reads and for
    /// writes without a natural key.
    pub serial_key: Option<String>,
    /// True for an action that only reads: no intent is journaled for it.
    pub reads_only: bool,
    /// Set while the account's quota is short and the provider takes several of these at once.
    pub join: Option<Join>,
}

/// How a write may go together with others of its kind, each keeping an outcome of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Join {
    /// Writes on one account with the same text may be one call.
    pub group: String,
    /// So many at most.
    pub most: usize,
    /// No two of one call may have the same.
    pub distinct: Option<String>,
    /// How long the quota has no room at all. Zero where it has some.
    pub wait: Duration,
}

/// One action to perform.
#[derive(Debug, Clone)]
pub struct ActionCall {
    /// The tenant.
    pub project_id: ProjectId,
    /// The connected account that the call is made with.
    pub credential_id: CredentialId,
    /// The connector's type, for example `hubspot`.
    pub connector: String,
    /// The action's name, for example `contacts.create`.
    pub action: String,
    /// The action's inputs, templates already filled in.
    pub inputs: Map<String, Value>,
    /// Stable over every attempt of one step of one run; sent where the provider takes one.
    pub idempotency_key: String,
    /// When the intent of this call was journaled: a record older than this is not ours.
    pub intent_at: Timestamp,
    /// Whether somebody waits for the outcome: such a call may use what of a quota is kept for people.
    pub urgent: bool,
    /// Whether whoever makes it has more of its kind: it goes together with others also while a quota has room.
    pub together: bool,
}

/// What came of an action, and the exchange behind it for Task History (secrets masked).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ActionOutput {
    /// What later steps see as `steps.<key>`.
    pub output: Value,
    /// The request as it was sent, without its credential.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub exchange: Option<Exchange>,
}

/// One HTTP exchange with a provider as Task History shows it. Never holds a token.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Exchange {
    /// HTTP method.
    pub method: String,
    /// Full URL, secrets masked.
    pub url: String,
    /// Body as sent, at most 16 KiB.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub request_body: Option<Value>,
    /// HTTP status; absent when no answer came.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub status: Option<u16>,
    /// Body as received, at most 16 KiB.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub response_body: Option<Value>,
    /// How many writes went in this one call; absent for a call of its own. The bodies are this write's part.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub joined: Option<u32>,
}

/// Whether a failed request can have had an effect at the provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Sent {
    /// Surely not: the connection was never made.
    No,
    /// It may have been: time-out, reset, 5xx, truncated answer.
    Maybe,
}

/// Why an action could not be performed. The engine decides by variant, never by text.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum ActionError {
    /// The provider's quota is used up. Uses up none of the retries.
    #[error("{}", slow_down(provider, *retry_after))]
    RateLimited {
        /// The provider's name, for people.
        provider: String,
        /// How long to wait before the next call on this account.
        retry_after: Duration,
        /// The exchange that was answered so; absent when our own count of the quota held it back.
        exchange: Option<Box<Exchange>>,
    },
    /// The account's grant is gone: the connected user must sign in again.
    #[error("the connected user must reconnect {provider}: {message}")]
    Reauthorize {
        /// The provider's name, for people.
        provider: String,
        /// What the provider said.
        message: String,
        /// The exchange, when there was one.
        exchange: Option<Box<Exchange>>,
    },
    /// The provider understood and refused; repeating it as it is cannot help.
    #[error("{provider} rejected the request ({status}): {message}")]
    Rejected {
        /// The provider's name, for people.
        provider: String,
        /// HTTP status.
        status: u16,
        /// Stable code from the manifest's error classes, for example `conflict`, `missing_scope`, `validation`.
        code: String,
        /// What the provider said, readable.
        message: String,
        /// The exchange.
        exchange: Option<Box<Exchange>>,
    },
    /// No usable answer. After [`Sent::Maybe`] a write is in doubt.
    #[error("could not reach {provider}: {message}")]
    Unreachable {
        /// The provider's name, for people.
        provider: String,
        /// Whether the request may have taken effect.
        sent: Sent,
        /// What went wrong.
        message: String,
        /// The exchange as far as it got.
        exchange: Option<Box<Exchange>>,
    },
    /// The inputs do not make a request: missing field, wrong type, unknown action.
    #[error("{message}")]
    Invalid {
        /// Which input, and what would be right.
        message: String,
    },
}

/// A wait from which on people should be told why, and what to do.
const LONG_WAIT: Duration = Duration::from_mins(10);

fn slow_down(provider: &str, wait: Duration) -> String {
    if wait < LONG_WAIT {
        return format!("{provider} asked us to slow down");
    }
    let minutes = wait.as_secs().div_ceil(60);
    format!(
        "{provider} takes no more calls of this account for {} h {} min, as when the quota of a day is used up. \
         The step goes on by itself then; if this happens often, send less or have the quota raised at {provider}",
        minutes / 60,
        minutes % 60
    )
}

impl ActionError {
    /// A stable code for API, history and documentation.
    pub fn code(&self) -> &str {
        match self {
            Self::RateLimited { .. } => "rate_limited",
            Self::Reauthorize { .. } => "reconnect_needed",
            Self::Rejected { code, .. } => code,
            Self::Unreachable { .. } => "unreachable",
            Self::Invalid { .. } => "invalid_inputs",
        }
    }

    /// The exchange with the provider, where there was one.
    pub fn exchange(&self) -> Option<&Exchange> {
        match self {
            Self::RateLimited { exchange, .. }
            | Self::Reauthorize { exchange, .. }
            | Self::Rejected { exchange, .. }
            | Self::Unreachable { exchange, .. } => exchange.as_deref(),
            Self::Invalid { .. } => None,
        }
    }
}

/// How a doubt came out.
#[derive(Debug, Clone, PartialEq)]
#[expect(clippy::large_enum_variant, reason = "one is made per doubt, and doubts are rare")]
pub enum Settled {
    /// The write had happened: this is the record, adopted.
    Happened(ActionOutput),
    /// It had not happened; it may be sent again.
    DidNotHappen,
    /// It cannot be told; a person must look.
    Unknown(String),
}

/// Performs actions at providers. Implemented by the executable over the connectors and the
/// credentials; scripted in the engine's tests.
#[async_trait]
pub trait Connector: Send + Sync + 'static {
    /// What the engine must know before the call. `Err` when the connector or action does not exist.
    fn plan(&self, call: &ActionCall) -> Result<ActionPlan, ActionError>;

    /// Makes the call once. Refreshes the credential where that is due.
    async fn perform(&self, call: &ActionCall) -> Result<ActionOutput, ActionError>;

    /// Makes the calls of one [`Join::group`] as one, and says for each what came of it, in their order.
    async fn perform_joined(&self, calls: &[ActionCall]) -> Vec<Result<ActionOutput, ActionError>> {
        let mut outcomes = Vec::with_capacity(calls.len());
        for call in calls {
            outcomes.push(self.perform(call).await);
        }
        outcomes
    }

    /// Finds out whether an earlier [`Connector::perform`] of the same call took effect.
    async fn settle(&self, call: &ActionCall) -> Result<Settled, ActionError>;

    /// Makes an HTTP request of a step's own once. Its output is `{response: {statusCode, headers, body}}`.
    async fn request(&self, _call: &RequestCall) -> Result<ActionOutput, ActionError> {
        Err(ActionError::Invalid { message: "this connector makes no requests".into() })
    }
}
