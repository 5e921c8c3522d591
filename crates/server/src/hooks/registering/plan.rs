//! What is kept of how a hook is made and removed, and what its requests are filled in with.

use std::time::Duration;

use linchpin_connectors::Endpoint;
use linchpin_connectors::manifest::{HookRule, HookSecret};
use linchpin_domain::Timestamp;
use linchpin_domain::http_request::RequestSpec;
use linchpin_domain::template::{Context, Template};
use linchpin_domain::webhook_trigger::Register;
use linchpin_engine::HookValues;
use linchpin_store::hook_registrations::{HookRegistration, Sealed};
use secrecy::ExposeSecret;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// When a hook is renewed whose end the provider did not tell.
const UNTOLD: Duration = Duration::from_hours(1);
/// No hook is renewed more often.
const SOONEST: Duration = Duration::from_secs(2);

/// How a hook is made and removed, kept with it: the workflow and the account may be gone by then.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Plan {
    /// The connector's type.
    pub connector: String,
    /// Where the provider is.
    pub endpoint: Endpoint,
    /// The address that is called, without what tells one hook from another.
    pub base: String,
    /// What the workflow declares.
    pub register: Register,
    /// What its requests are filled in with.
    pub values: HookValues,
    /// What the connector says besides, where the hook is for an event of the provider.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hook: Option<HookPlan>,
}

/// What a connector says of a hook besides how it is made.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct HookPlan {
    /// The trigger that it is for.
    pub event: String,
    /// Whether its secret is one that we choose.
    pub own_secret: bool,
    /// How its secret is read once it is there.
    pub secret: Option<HookSecret>,
    /// Until when it lives, of `response`.
    pub expires: Option<String>,
    /// Makes it live longer.
    pub renew: Option<RequestSpec>,
}

impl HookPlan {
    /// As the connector's manifest says.
    pub fn of(event: &str, rule: &HookRule) -> Self {
        Self {
            event: event.to_owned(),
            own_secret: rule.own_secret(),
            secret: rule.secret.clone(),
            expires: rule.expires.clone(),
            renew: rule.renew.clone(),
        }
    }

    /// When one is renewed whose end a response tells: half-way. One whose end is not told soon.
    pub(super) fn renewal(&self, response: Option<&Value>, now: Timestamp) -> Option<Timestamp> {
        let expires = self.expires.as_ref()?;
        let told = response.and_then(|response| text_of(expires, "response", response));
        let end = told.and_then(|told| linchpin_connectors::read_time(&Value::String(told)));
        Some(end.map_or_else(|| now.plus(UNTOLD), |end| now.plus((end.since(now) / 2).max(SOONEST))))
    }
}

/// The address of one hook.
pub fn url_of(base: &str, address: &str) -> String {
    let separator = if base.contains('?') { '&' } else { '?' };
    format!("{base}{separator}hook={address}")
}

/// What an expression over one root gives, as text.
pub fn text_of(expression: &str, root: &'static str, value: &Value) -> Option<String> {
    match value_of(expression, root, value)? {
        Value::String(text) if !text.is_empty() => Some(text),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// What the requests of a hook see as `webhook`.
pub(super) fn values(hook: &HookRegistration, plan: &Plan, sealed: &Sealed, id: Option<&str>) -> Value {
    let mut webhook = json!({"url": url_of(&plan.base, &hook.address), "name": hook.address, "id": id});
    // Where the provider gives the secret, no request holds it.
    if plan.hook.as_ref().is_some_and(|hook| hook.own_secret) {
        webhook["secret"] = json!(sealed.secret.as_ref().map(ExposeSecret::expose_secret));
    }
    webhook
}

pub(super) fn value_of(expression: &str, root: &'static str, value: &Value) -> Option<Value> {
    let template = Template::parse(&Value::String(expression.to_owned())).ok()?;
    let mut context = Context::default();
    context.set(root, value);
    template.fill(&context).ok()
}
