//! What goes wrong on demand. Set at the admin door.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use super::quota::Limit;
use crate::manifest::Quota;

/// The switches as they stand.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Faults {
    pub latency_ms: u64,
    pub token_latency_ms: u64,
    pub quota: QuotaSwitch,
    pub unique_email: bool,
    pub rotate_refresh_tokens: bool,
    pub deny_consent: bool,
    /// The only client secret that is taken; any when absent.
    #[serde(skip)]
    pub client_secret: Option<String>,
    /// No key is taken any more, as if all had been withdrawn.
    pub revoked_keys: bool,
    pub next: VecDeque<Fault>,
}

/// Quotas: off, as the manifest says, or one of one's own.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(untagged)]
pub(super) enum QuotaSwitch {
    Switch(bool),
    Own(OwnQuota),
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct OwnQuota {
    max: u32,
    per_ms: u64,
    /// The name that refusals give it, such as `DAILY`; that of the manifest's first quota unless given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    policy: Option<String>,
}

/// A fault that befalls the next calls.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Fault {
    pub kind: FaultKind,
    /// For `status`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// How many calls it befalls.
    #[serde(default = "one")]
    pub count: u32,
    /// `Retry-After` of a `status`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after_seconds: Option<u64>,
    /// Only calls whose method and path (`POST /crm/…`) hold this text. Without it, calls of actions
    /// only; with it, the token endpoint too.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
}

fn one() -> u32 {
    1
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum FaultKind {
    /// Answers this status without effect.
    Status,
    /// Closes the socket before the effect.
    DropBefore,
    /// Performs the effect, then closes the socket.
    DropAfter,
}

/// What the admin door takes. Absent keys change nothing.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Change {
    #[serde(default)]
    latency_ms: Option<u64>,
    #[serde(default)]
    token_latency_ms: Option<u64>,
    #[serde(default)]
    quota: Option<QuotaSwitch>,
    #[serde(default)]
    unique_email: Option<bool>,
    #[serde(default)]
    rotate_refresh_tokens: Option<bool>,
    #[serde(default)]
    deny_consent: Option<bool>,
    #[serde(default)]
    client_secret: Option<String>,
    #[serde(default)]
    revoked_keys: Option<bool>,
    /// Replaces the faults that wait.
    #[serde(default)]
    next: Option<Vec<Fault>>,
    #[serde(default)]
    pub expire_access_tokens: bool,
    #[serde(default)]
    pub revoke_refresh_tokens: bool,
    /// Everything as at the start, before the other keys are applied.
    #[serde(default)]
    pub reset: bool,
}

impl Faults {
    pub(super) fn new(no_quota: bool) -> Self {
        Self {
            latency_ms: 0,
            token_latency_ms: 0,
            quota: QuotaSwitch::Switch(!no_quota),
            unique_email: true,
            rotate_refresh_tokens: false,
            deny_consent: false,
            client_secret: None,
            revoked_keys: false,
            next: VecDeque::new(),
        }
    }

    pub(super) fn apply(&mut self, change: &Change, no_quota: bool) -> Result<(), String> {
        for fault in change.next.iter().flatten() {
            if (fault.kind == FaultKind::Status) != fault.status.is_some() {
                return Err("`status` belongs to the kind `status`, and to it alone".into());
            }
            if fault.status.is_some_and(|status| !(200..=599).contains(&status)) {
                return Err("a status is between 200 and 599".into());
            }
        }
        if change.reset {
            *self = Self::new(no_quota);
        }
        self.latency_ms = change.latency_ms.unwrap_or(self.latency_ms);
        self.token_latency_ms = change.token_latency_ms.unwrap_or(self.token_latency_ms);
        if let Some(quota) = &change.quota {
            self.quota = quota.clone();
        }
        self.revoked_keys = change.revoked_keys.unwrap_or(self.revoked_keys);
        self.unique_email = change.unique_email.unwrap_or(self.unique_email);
        self.rotate_refresh_tokens = change.rotate_refresh_tokens.unwrap_or(self.rotate_refresh_tokens);
        self.deny_consent = change.deny_consent.unwrap_or(self.deny_consent);
        if let Some(secret) = &change.client_secret {
            self.client_secret = (!secret.is_empty()).then(|| secret.clone());
        }
        if let Some(next) = &change.next {
            self.next = next.iter().filter(|fault| fault.count > 0).cloned().collect();
        }
        Ok(())
    }

    /// Takes the fault that befalls this call, if one does.
    pub(super) fn strike(&mut self, method: &str, path: &str, is_action: bool) -> Option<Fault> {
        if self.next.is_empty() {
            return None;
        }
        let call = format!("{method} {path}");
        let at = self.next.iter().position(|fault| match &fault.path {
            Some(part) => call.contains(part.as_str()),
            None => is_action,
        })?;
        let fault = self.next.get_mut(at)?;
        fault.count -= 1;
        let struck = fault.clone();
        if fault.count == 0 {
            self.next.remove(at);
        }
        Some(struck)
    }

    /// The limit that a quota of the manifest has just now.
    pub(super) fn limit(&self, index: usize, quota: &Quota) -> Option<Limit> {
        match &self.quota {
            QuotaSwitch::Switch(true) => Some(Limit { max: quota.max, per_ms: quota.per_ms }),
            // One of one's own takes the place of the first.
            QuotaSwitch::Own(own) if index == 0 => Some(Limit { max: own.max, per_ms: own.per_ms }),
            QuotaSwitch::Own(_) | QuotaSwitch::Switch(false) => None,
        }
    }

    /// The name that refusals give a quota of the manifest just now.
    pub(super) fn policy(&self, index: usize, quota: &Quota) -> Option<String> {
        match &self.quota {
            QuotaSwitch::Own(OwnQuota { policy: Some(policy), .. }) if index == 0 => Some(policy.clone()),
            _ => quota.policy.clone(),
        }
    }
}
