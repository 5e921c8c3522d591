//! What a user token may do, where it says so: the claim `urn:useparagon:connect:permissions`.
//!
//! The claim is an object of scopes. A scope is given what it may: everything, nothing, a list of
//! permissions, or narrower scopes. For each thing that is asked for the rule with the narrowest scope
//! decides alone; what no rule speaks of is refused. A token without the claim may do everything.
//!
//! ```text
//! integration:* < integration:<type> < credential:* < credential:<id> < configuration:* < configuration:<id>
//! ```

use linchpin_store::configurations::Configuration;
use linchpin_store::credentials::Credential;
use serde_json::{Map, Value};

use super::keys::wrong;
use crate::http::error::ApiError;

/// The claim's name, and the one that other systems know.
const CLAIMS: [&str; 2] = ["urn:linchpin:connect:permissions", "urn:useparagon:connect:permissions"];
/// More rules than anybody writes by hand.
const MOST_RULES: usize = 1_000;

/// One thing that a token may be allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Permission {
    /// See an account. Every other permission implies it.
    CredentialRead,
    /// Connect an account, connect it again, disconnect it.
    CredentialWrite,
    /// Change settings, switch workflows on and off, add and remove configurations.
    ConfigurationWrite,
    /// Send App Events.
    EventSend,
    /// Run workflows by request.
    WorkflowRun,
    /// Call the provider through the proxy.
    ProxyCall,
    /// Run tools for agents.
    ToolRun,
}

impl Permission {
    const ALL: [(Self, &'static str); 7] = [
        (Self::CredentialRead, "credential:read"),
        (Self::CredentialWrite, "credential:write"),
        (Self::ConfigurationWrite, "configuration:write"),
        (Self::EventSend, "event:send"),
        (Self::WorkflowRun, "workflow:run"),
        (Self::ProxyCall, "proxy:call"),
        (Self::ToolRun, "tool:run"),
    ];

    /// As the claim names it.
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(one, _)| *one == self).map_or("", |(_, name)| name)
    }

    fn bit(self) -> u8 {
        1 << self as u8
    }
}

/// What a token says that it may.
#[derive(Debug, Default)]
pub struct Permissions {
    rules: Vec<Rule>,
}

#[derive(Debug)]
struct Rule {
    /// From the widest to the narrowest; all of them must fit.
    scopes: Vec<Scope>,
    grants: u8,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Scope {
    AnyIntegration,
    Integration(String),
    AnyCredential,
    Credential(String),
    AnyConfiguration,
    Configuration(String),
}

impl Scope {
    fn rank(&self) -> u8 {
        match self {
            Self::AnyIntegration => 0,
            Self::Integration(_) => 1,
            Self::AnyCredential => 2,
            Self::Credential(_) => 3,
            Self::AnyConfiguration => 4,
            Self::Configuration(_) => 5,
        }
    }

    fn read(text: &str) -> Option<Self> {
        let (kind, which) = text.split_once(':')?;
        if which.is_empty() {
            return None;
        }
        Some(match (kind, which) {
            ("integration", "*") => Self::AnyIntegration,
            ("integration", name) => Self::Integration(name.to_owned()),
            ("credential", "*") => Self::AnyCredential,
            ("credential", id) => Self::Credential(id.to_owned()),
            ("configuration", "*") => Self::AnyConfiguration,
            ("configuration", id) => Self::Configuration(id.to_owned()),
            _ => return None,
        })
    }

    fn fits(&self, what: &Subject<'_>) -> bool {
        let is = |selector: &str, id: String, label: Option<&str>| {
            id.eq_ignore_ascii_case(selector) || (label.is_some() && selector.strip_prefix("ext:") == label)
        };
        match self {
            Self::AnyIntegration | Self::AnyCredential | Self::AnyConfiguration => true,
            Self::Integration(name) => name == what.integration,
            Self::Credential(id) => {
                what.credential.is_some_and(|one| is(id, one.id.to_string(), one.external_id.as_deref()))
            }
            Self::Configuration(id) => {
                what.configuration.is_some_and(|one| is(id, one.id.to_string(), one.external_id.as_deref()))
            }
        }
    }
}

/// What is asked for. Without an account: one that is yet to be connected.
#[derive(Debug, Clone, Copy)]
pub struct Subject<'a> {
    /// The integration's type.
    pub integration: &'a str,
    /// The account.
    pub credential: Option<&'a Credential>,
    /// A configuration of it.
    pub configuration: Option<&'a Configuration>,
}

impl Permissions {
    /// Reads the claim; `None` where a token has none.
    pub(super) fn read(claims: &Map<String, Value>) -> Result<Option<Self>, ApiError> {
        let mut said = CLAIMS.iter().filter_map(|name| Some((*name, claims.get(*name)?)));
        let Some((name, claim)) = said.next() else { return Ok(None) };
        if said.next().is_some() {
            return Err(wrong(format!("the user token has both `{}` and `{}`; say it once", CLAIMS[0], CLAIMS[1])));
        }
        // Libraries that know only texts as claims write the object as one.
        let parsed: Value;
        let claim = match claim {
            Value::String(text) => {
                parsed = serde_json::from_str(text)
                    .map_err(|_| wrong(format!("the user token's `{name}` must be an object of scopes")))?;
                &parsed
            }
            claim => claim,
        };
        let Value::Object(scopes) = claim else {
            return Err(wrong(format!(
                "the user token's `{name}` must be an object of scopes, such as {{\"integration:*\": true}}"
            )));
        };
        let mut permissions = Self::default();
        permissions.add(name, &mut Vec::new(), scopes)?;
        Ok(Some(permissions))
    }

    fn add(&mut self, at: &str, outer: &mut Vec<Scope>, scopes: &Map<String, Value>) -> Result<(), ApiError> {
        for (text, value) in scopes {
            let scope = Scope::read(text).ok_or_else(|| {
                wrong(format!(
                    "the user token's `{at}` has the scope `{text}`; a scope is `integration:*`, `integration:<type>`, \
                     `credential:*`, `credential:<id>`, `configuration:*`, `configuration:<id>`, or one of the last \
                     two with `ext:` and a label"
                ))
            })?;
            if let Some(last) = outer.last()
                && last.rank() >= scope.rank()
            {
                return Err(wrong(format!(
                    "the user token's `{at}` has the scope `{text}` within one that is not wider"
                )));
            }
            let place = format!("{at} › {text}");
            outer.push(scope);
            match value {
                Value::Object(inner) => self.add(&place, outer, inner)?,
                value => {
                    let grants = grants(&place, value)?;
                    if self.rules.len() >= MOST_RULES {
                        return Err(wrong(format!("the user token's `{at}` has more than {MOST_RULES} rules")));
                    }
                    self.rules.push(Rule { scopes: outer.clone(), grants });
                }
            }
            outer.pop();
        }
        Ok(())
    }

    fn granted(&self, what: &Subject<'_>) -> u8 {
        let fitting = || self.rules.iter().filter(|rule| rule.scopes.iter().all(|scope| scope.fits(what)));
        // The narrowest scope first: where two rules have it in common, the scopes around it decide.
        let narrow = |rule: &Rule| rule.scopes.iter().rev().map(Scope::rank).collect::<Vec<_>>();
        let Some(narrowest) = fitting().map(narrow).max() else { return 0 };
        // One account may be named by its id and by its label: what both allow.
        fitting().filter(|rule| narrow(rule) == narrowest).fold(u8::MAX, |all, rule| all & rule.grants)
    }

    /// Whether something is allowed.
    pub fn allows(&self, permission: Permission, what: &Subject<'_>) -> bool {
        self.granted(what) & permission.bit() != 0
    }

    /// Whether something may be seen: whoever may do anything with it may see it.
    pub fn shows(&self, what: &Subject<'_>) -> bool {
        self.granted(what) != 0
    }

    /// Whether an integration may be seen although the user has no account there that may be.
    pub fn offers(&self, integration: &str) -> bool {
        self.shows(&Subject { integration, credential: None, configuration: None })
            || self.rules.iter().any(|rule| {
                rule.grants != 0
                    && rule.scopes.iter().any(|one| matches!(one, Scope::Integration(name) if name == integration))
            })
    }

    /// Whether something is allowed anywhere at all.
    pub fn anywhere(&self, permission: Permission) -> bool {
        self.rules.iter().any(|rule| rule.grants & permission.bit() != 0)
    }
}

fn grants(at: &str, value: &Value) -> Result<u8, ApiError> {
    let known = || Permission::ALL.iter().map(|(_, name)| format!("`{name}`")).collect::<Vec<_>>().join(", ");
    match value {
        Value::Bool(all) => Ok(if *all { u8::MAX } else { 0 }),
        Value::Array(names) => {
            let mut grants = 0;
            for name in names {
                let found = Permission::ALL.iter().find(|(_, known)| name.as_str() == Some(*known));
                let (permission, _) = found.ok_or_else(|| {
                    wrong(format!(
                        "the user token's `{at}` has the permission {name}, which is not known; there are {}",
                        known()
                    ))
                })?;
                grants |= permission.bit();
            }
            Ok(grants)
        }
        _ => Err(wrong(format!(
            "the user token's `{at}` must be true, false, a list of permissions ({}), or an object of narrower scopes",
            known()
        ))),
    }
}

#[cfg(test)]
mod tests;
