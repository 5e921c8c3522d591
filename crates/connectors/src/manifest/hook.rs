//! Hooks that are made at the provider for one account, each with a secret or a channel of its own. Their calls
//! say that something happened; what it is, the trigger's poll finds, which is asked at once.

use indexmap::IndexMap;
use linchpin_domain::http_request::RequestSpec;
use linchpin_domain::webhook_trigger::Register;
use serde::{Deserialize, Serialize};

use super::trigger::{RecordChange, Signature};
use crate::shape::{Pattern, Shape};

/// How a hook is made, proven, kept alive and removed. Texts of the requests hold `{{ … }}` over `webhook` (`url`,
/// `name`, `secret`, later `id`) and the trigger's `inputs`.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct HookRule {
    /// A call is signed. Exactly one of this and `token`.
    #[serde(default)]
    pub signature: Option<Signature>,
    /// The header that holds the hook's secret in each call.
    #[serde(default)]
    pub token: Option<String>,
    /// The secret is base64 of the key.
    #[serde(default)]
    pub secret_in_base64: bool,
    /// How it is made, looked for and removed.
    pub register: Register,
    /// How its secret is read once it is there. Without this and without `register.secret` we choose one:
    /// `webhook.secret` in the request.
    #[serde(default)]
    pub secret: Option<HookSecret>,
    /// Until when it lives, of `response`.
    #[serde(default)]
    pub expires: Option<String>,
    /// Makes it live longer. Without it another one is made in its place.
    #[serde(default)]
    pub renew: Option<RequestSpec>,
    /// How the simulator plays it.
    #[serde(default)]
    pub simulate: Option<SimulatedHook>,
}

/// How a hook's secret is read.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct HookSecret {
    /// The request.
    pub request: RequestSpec,
    /// Where it stands, of `response`.
    pub at: String,
}

impl HookRule {
    /// Whether the secret is one that we choose.
    pub fn own_secret(&self) -> bool {
        self.secret.is_none() && self.register.secret.is_none()
    }
}

/// How the simulator plays a hook. Shapes may hold `{hookId}`, `{number}`, `{url}`, `{name}`, `{secret}`,
/// `{expiresAt}` (and with `Ms` at the end) and the trigger's inputs as `{inputs.<name>}`.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SimulatedHook {
    /// It calls after a change of a record of this resource …
    pub resource: String,
    /// … of these kinds.
    pub on: Vec<RecordChange>,
    /// What ids look like, `{number}` within a text.
    #[serde(default)]
    pub(crate) id: Option<Pattern>,
    /// Status of the answer to the request that makes it.
    #[serde(default = "ok")]
    pub status: u16,
    /// The answer to the request that makes it.
    pub(crate) made: Shape,
    /// One of a list.
    #[serde(default)]
    pub(crate) one: Option<Shape>,
    /// The list: `{hooks}`.
    #[serde(default)]
    pub(crate) list: Option<Shape>,
    /// The answer to the request that reads the secret.
    #[serde(default)]
    pub(crate) secret: Option<Shape>,
    /// The answer to the request that renews it.
    #[serde(default)]
    pub(crate) renewed: Option<Shape>,
    /// How long it lives.
    #[serde(default)]
    pub lifetime_seconds: Option<u64>,
    /// The body of a call; none when absent.
    #[serde(default)]
    pub(crate) body: Option<Shape>,
    /// Headers of a call.
    #[serde(default)]
    pub(crate) headers: IndexMap<String, Pattern>,
}

fn ok() -> u16 {
    200
}
