//! A trigger that is a webhook of the project's own: the workflow has an address for each account, or
//! one for the whole app, and whoever calls it can be made to prove that it knows a secret. The hook at
//! the provider is made by hand, or by a request of ours ([`Register`]).

mod delivery;
mod register;

use serde::{Deserialize, Serialize};
use serde_json::Value;

pub use delivery::{Delivery, Match, Place};
pub use register::{Find, HANDSHAKE, Register};

use crate::mac::{Algorithm, Encoding};
use crate::provider_trigger::expression_problems;
use crate::template::has_expression;
use crate::workflow::Surroundings;
use delivery::is_header_name;
use register::filled_in_early;

/// A webhook that the project declares itself.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct WebhookTrigger {
    /// Its name, for lists; of an app's webhook, a part of the address.
    pub name: String,
    /// Whether each account has an address, or the app one for all.
    #[serde(default, skip_serializing_if = "Scope::is_account")]
    pub scope: Scope,
    /// Where an app's delivery names the account: its id at the provider.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<Place>,
    /// What a delivery must hold to start a run; all of it. Others are answered and start nothing.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub when: Vec<Match>,
    /// Where a delivery names what happened: the same text on the same account starts one run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub once: Option<Place>,
    /// How a delivery proves where it comes from; the secrecy of the address alone when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verify: Option<Verify>,
    /// How the provider asks first whether the address is ours.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub handshake: Option<Handshake>,
    /// How the hook is made and removed at the provider; by hand when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub register: Option<Register>,
}

/// Who has an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Scope {
    /// Each connected account.
    #[default]
    Account,
    /// The app, one for all its accounts.
    App,
}

impl Scope {
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it so")]
    fn is_account(&self) -> bool {
        *self == Self::Account
    }
}

/// How the provider asks whether the address is ours: it sends a text, and wants it back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Handshake {
    /// Where the text stands. One of a header goes back in the same header.
    pub echo: Place,
    /// How one of the body or the query goes back.
    #[serde(default, rename = "as", skip_serializing_if = "EchoAs::is_text")]
    pub echo_as: EchoAs,
    /// What tells such a call from others; that the text is there, when empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub when: Vec<Match>,
}

/// How a handshake's text goes back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum EchoAs {
    /// As plain text.
    #[default]
    Text,
    /// As a JSON object with the name under which it came.
    Json,
}

impl EchoAs {
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it so")]
    fn is_text(&self) -> bool {
        *self == Self::Text
    }
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
        match (self.scope, &self.account) {
            (Scope::App, None) => {
                let message = "an app's webhook is for the account whose id at the provider it holds: say where, for example { body: team_id }";
                problems.push(("/account".into(), message.into()));
            }
            (Scope::Account, Some(_)) => {
                let message = "each account has an address of its own; `account` is for `scope: app`";
                problems.push(("/account".into(), message.into()));
            }
            _ => {}
        }
        for (at, place) in [("/account", &self.account), ("/once", &self.once)] {
            problems.extend(place.as_ref().and_then(Place::problem).map(|message| (at.to_owned(), message)));
        }
        let matches = |at: &str, list: &[Match]| -> Vec<(String, String)> {
            let each = list.iter().enumerate().flat_map(|(index, one)| {
                let at = format!("{at}/{index}");
                let mut found: Vec<_> = one.at.problem().map(|message| (at.clone(), message)).into_iter().collect();
                let value = Value::String(one.equals.clone());
                found.extend(filled_in_early(&value, around, &["secrets"], &format!("{at}/equals")));
                found
            });
            each.collect()
        };
        problems.extend(matches("/when", &self.when));
        if let Some(handshake) = &self.handshake {
            problems.extend(handshake.echo.problem().map(|message| ("/handshake/echo".to_owned(), message)));
            problems.extend(matches("/handshake/when", &handshake.when));
        }
        if let Some(register) = &self.register {
            let found = register.problems(around, self.scope);
            problems.extend(found.into_iter().map(|(at, message)| (format!("/register{at}"), message)));
            if register.secret_in_handshake() && self.handshake.is_none() {
                let message = "there is no handshake that the secret could come with; declare `handshake`";
                problems.push(("/register/secret".into(), message.into()));
            }
        }
        problems.extend(self.verify_problems(around));
        problems
    }

    fn verify_problems(&self, around: &Surroundings) -> Vec<(String, String)> {
        let mut problems = Vec::new();
        let Some(verify) = &self.verify else { return problems };
        let (header_at, secret_at) = match verify {
            Verify::Header(_) => ("/verify/header/name", "/verify/header/equals"),
            Verify::Hmac(_) => ("/verify/hmac/header", "/verify/hmac/secret"),
        };
        let header = verify.header();
        if !is_header_name(header) {
            problems.push((header_at.into(), format!("`{header}` is no header name")));
        }
        let secret = Value::String(verify.secret().to_owned());
        let given = self.register.as_ref().is_some_and(|register| register.secret.is_some());
        if !has_expression(&secret) {
            let message =
                "a secret does not stand in a workflow: write `{{ secrets.NAME }}` and keep it in the project";
            problems.push((secret_at.into(), message.into()));
        } else if given {
            problems.extend(filled_in_early(&secret, around, &["secrets", "webhook"], secret_at));
        } else {
            problems.extend(expression_problems(&secret, around, &["secrets"], secret_at));
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

    #[test]
    fn what_is_registered_is_whole() {
        let around = Surroundings {
            secrets: ["KEY".to_owned()].into(),
            settings: ["list".to_owned()].into(),
            ..Surroundings::default()
        };
        let register = json!({
            "request": {"method": "POST", "url": "/hooks", "body": {"to": "{{ webhook.url }}", "list": "{{ settings.list }}"}},
            "id": "{{ response.body.id }}",
            "secret": "{{ response.body.secret }}",
            "find": {"request": {"url": "/hooks"}, "items": "{{ response.body.items }}", "url": "{{ item.to }}", "id": "{{ item.id }}"},
            "remove": {"method": "DELETE", "url": "/hooks/{{ webhook.id }}"}
        });
        let whole = json!({"name": "tasks", "register": register, "verify": {"hmac": {"header": "X-Sig", "secret": "{{ webhook.secret }}"}}});
        let with = |pointer: &str, value: Value| {
            let mut changed = whole.clone();
            *changed.pointer_mut(pointer).unwrap_or_else(|| panic!("{pointer}")) = value;
            changed
        };
        let app = json!({"name": "slack", "scope": "app", "account": {"body": "team_id"}, "when": [{"body": "event.type", "equals": "message"}], "once": {"body": "event_id"},
            "handshake": {"echo": {"body": "challenge"}, "as": "json", "when": [{"body": "type", "equals": "url_verification"}]}});
        for (trigger, expected) in [
            (whole.clone(), ""),
            (app.clone(), ""),
            (
                with("/register/request/body", json!({})),
                "/register/request: tell the provider where to call: `{{ webhook.url }}` stands nowhere in the request",
            ),
            (
                with("/register/request/body/list", json!("{{ settings.lists }}")),
                "/register/request/body/list: in `{{ settings.lists }}`: there is no setting `lists`; there are `list`",
            ),
            (
                with("/register/request/body/list", json!("{{ trigger.x }}")),
                "/register/request/body/list: in `{{ trigger.x }}`: there is no `trigger` here; expressions begin with `webhook`, `settings`, `user`, `secrets`",
            ),
            (
                with("/register/id", Value::Null),
                "/register/id: `webhook.id` is not known: say where the provider names the hook, for example \"{{ response.body.id }}\"",
            ),
            (
                with("/register/secret", json!("{{ handshake.headers['x-hook-secret'] }}")),
                "/register/secret: there is no handshake that the secret could come with; declare `handshake`",
            ),
            (
                with("/register/find/url", json!("to")),
                "/register/find/url: `to` is no expression, for example \"{{ item.id }}\"",
            ),
            (
                json!({"name": "slack", "scope": "app"}),
                "/account: an app's webhook is for the account whose id at the provider it holds: say where, for example { body: team_id }",
            ),
            (
                json!({"name": "slack", "account": {"body": "team_id"}}),
                "/account: each account has an address of its own; `account` is for `scope: app`",
            ),
            (
                json!({"name": "x", "once": {"body": "a..b"}}),
                "/once: `a..b` is no path; write names with a dot between them, for example `event.id`",
            ),
            (
                json!({"name": "x", "scope": "app", "account": {"body": "t"}, "register": {"request": {"method": "POST", "url": "/h", "body": "{{ webhook.url }}"}, "remove": {"url": "https://x.example/h"}}}),
                "/register/request/url: an app's hook belongs to no account: write a full address and `auth`",
            ),
        ] {
            let read: WebhookTrigger = serde_json::from_value(trigger.clone()).expect("readable");
            let found: Vec<_> = read.problems(&around).iter().map(|(at, text)| format!("{at}: {text}")).collect();
            assert_eq!(found.join(" | "), expected, "{trigger}");
        }
        for trigger in [whole, app] {
            let read: WebhookTrigger = serde_json::from_value(trigger.clone()).expect("readable");
            let mut written = serde_json::to_value(&read).expect("writes");
            // Defaults of the signature and the method are written out.
            if let Some(hmac) = written.pointer_mut("/verify/hmac").and_then(Value::as_object_mut) {
                hmac.retain(|name, _| name == "header" || name == "secret");
            }
            if let Some(request) = written.pointer_mut("/register/find/request").and_then(Value::as_object_mut) {
                request.remove("method");
            }
            assert_eq!(written, trigger);
        }
    }
}
