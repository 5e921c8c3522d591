//! A trigger that is a webhook of the project's own: the workflow has an address for each account, and
//! whoever calls it can be made to prove that it knows a secret.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::mac::{Algorithm, Encoding};
use crate::provider_trigger::expression_problems;
use crate::template::has_expression;
use crate::workflow::Surroundings;

/// A webhook that the project declares itself.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct WebhookTrigger {
    /// Its name, for lists.
    pub name: String,
    /// How a delivery proves where it comes from; the secrecy of the address alone when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verify: Option<Verify>,
}

/// How a delivery proves where it comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Verify {
    /// A header holds a secret.
    Header(SecretHeader),
    /// A header holds an HMAC of the body.
    Hmac(HmacHeader),
}

/// A header that holds a secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SecretHeader {
    /// The header.
    pub name: String,
    /// What it must be, for example `{{ secrets.HOOK_TOKEN }}`.
    pub equals: String,
}

/// A header that holds an HMAC of the body.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct HmacHeader {
    /// The header.
    pub header: String,
    /// How it is computed.
    #[serde(default)]
    pub algorithm: Algorithm,
    /// How it is written.
    #[serde(default)]
    pub encoding: Encoding,
    /// What stands before it, for example `sha256=`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub prefix: String,
    /// The key, for example `{{ secrets.HOOK_KEY }}`.
    pub secret: String,
}

impl Verify {
    /// The header that is looked at.
    pub fn header(&self) -> &str {
        match self {
            Self::Header(check) => &check.name,
            Self::Hmac(check) => &check.header,
        }
    }

    /// The secret, as an expression.
    pub fn secret(&self) -> &str {
        match self {
            Self::Header(check) => &check.equals,
            Self::Hmac(check) => &check.secret,
        }
    }
}

impl WebhookTrigger {
    /// What keeps it from being deployed: `(JSON pointer below it, message)`.
    pub fn problems(&self, around: &Surroundings) -> Vec<(String, String)> {
        let mut problems = Vec::new();
        if self.name.trim().is_empty() {
            problems.push(("/name".to_owned(), "a webhook needs a name".to_owned()));
        }
        let Some(verify) = &self.verify else { return problems };
        let (header_at, secret_at) = match verify {
            Verify::Header(_) => ("/verify/header/name", "/verify/header/equals"),
            Verify::Hmac(_) => ("/verify/hmac/header", "/verify/hmac/secret"),
        };
        let header = verify.header();
        if header.is_empty() || !header.chars().all(|c| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c)) {
            problems.push((header_at.into(), format!("`{header}` is no header name")));
        }
        let secret = Value::String(verify.secret().to_owned());
        if has_expression(&secret) {
            problems.extend(expression_problems(&secret, around, &["secrets"], secret_at));
        } else {
            let message =
                "a secret does not stand in a workflow: write `{{ secrets.NAME }}` and keep it in the project";
            problems.push((secret_at.into(), message.into()));
        }
        problems
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_secret_comes_from_the_project_and_the_header_is_one() {
        let around = Surroundings { secrets: ["KEY".to_owned()].into(), ..Surroundings::default() };
        for (verify, expected) in [
            (json!(null), ""),
            (json!({"header": {"name": "X-Token", "equals": "{{ secrets.KEY }}"}}), ""),
            (json!({"hmac": {"header": "X-Sig", "algorithm": "sha256", "secret": "{{ secrets.KEY }}"}}), ""),
            (
                json!({"header": {"name": "X Token", "equals": "{{ secrets.KEY }}"}}),
                "/verify/header/name: `X Token` is no header name",
            ),
            (
                json!({"header": {"name": "X-Token", "equals": "hunter2"}}),
                "/verify/header/equals: a secret does not stand in a workflow: write `{{ secrets.NAME }}` and keep it in the project",
            ),
            (
                json!({"hmac": {"header": "X-Sig", "secret": "{{ secrets.KEYS }}"}}),
                "/verify/hmac/secret: in `{{ secrets.KEYS }}`: there is no secret `KEYS`; there are `KEY`",
            ),
            (
                json!({"hmac": {"header": "X-Sig", "secret": "{{ trigger.body }}"}}),
                "/verify/hmac/secret: `trigger` is not known before there is an event; there are `secrets`",
            ),
        ] {
            let trigger: WebhookTrigger =
                serde_json::from_value(json!({"name": "orders", "verify": verify})).expect("readable");
            let found: Vec<_> = trigger.problems(&around).iter().map(|(at, text)| format!("{at}: {text}")).collect();
            assert_eq!(found.join(" | "), expected, "{verify}");
        }
    }
}
