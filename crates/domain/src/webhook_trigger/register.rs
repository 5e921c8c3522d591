//! A hook that is made and removed at the provider by requests of ours.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Scope;
use crate::http_request::RequestSpec;
use crate::template::{Names, has_expression, problems, problems_over};
use crate::workflow::Surroundings;

/// How a hook is made at the provider, and how it goes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Register {
    /// Makes it. Texts may hold `{{ … }}` over `webhook.url`, `settings`, `user` and `secrets`.
    pub request: RequestSpec,
    /// What the provider calls it, of `response`: `{{ response.body.id }}`. Later seen as `webhook.id`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// What the provider signs with, of `response` or of the `handshake`. Later seen as `webhook.secret`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secret: Option<String>,
    /// How it is looked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub find: Option<Find>,
    /// Removes it. Texts may hold `{{ webhook.id }}` too.
    pub remove: RequestSpec,
}

/// How a hook is looked for at the provider: after a lost answer, and once a day.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Find {
    /// Lists the hooks.
    pub request: RequestSpec,
    /// The list, of `response`.
    pub items: String,
    /// The address that one of them calls, of `item`.
    pub url: String,
    /// What the provider calls it, of `item`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
}

/// What an expression calls the provider's first call.
pub const HANDSHAKE: &str = "handshake";

impl Register {
    /// Whether the secret comes with the provider's first call and not with its answer.
    pub fn secret_in_handshake(&self) -> bool {
        self.secret.as_deref().is_some_and(|text| text.contains(HANDSHAKE))
    }

    /// Whether the secret comes with the answer to the request that makes it.
    pub fn answer_has_secret(&self) -> bool {
        self.secret.is_some() && !self.secret_in_handshake()
    }

    /// What keeps it from being deployed: `(JSON pointer below it, message)`.
    pub(super) fn problems(&self, around: &Surroundings, scope: Scope) -> Vec<(String, String)> {
        let mut found = Vec::new();
        let roots: &[&str] = match scope {
            Scope::Account => &["webhook", "settings", "user", "secrets"],
            // An app's hook is nobody's.
            Scope::App => &["webhook", "secrets"],
        };
        for (at, request) in self.requests() {
            if scope == Scope::App && !request.has_full_address() && !request.url.trim().is_empty() {
                let message = "an app's hook belongs to no account: write a full address and `auth`";
                found.push((format!("{at}/url"), message.into()));
            }
            found.extend(filled_in_early(&request.templates(), around, roots, at));
        }
        found.extend(self.whole());
        found
    }

    /// What is wrong with one that stands in a connector: its requests are filled in over these roots.
    pub fn problems_over(&self, roots: &[&str]) -> Vec<(String, String)> {
        let mut found = Vec::new();
        for (at, request) in self.requests() {
            let filled = problems_over(&request.templates(), roots).into_iter();
            found.extend(filled.map(|(pointer, message)| (format!("{at}{pointer}"), message)));
        }
        found.extend(self.whole());
        found
    }

    fn requests(&self) -> Vec<(&'static str, &RequestSpec)> {
        let mut requests = vec![("/request", &self.request), ("/remove", &self.remove)];
        requests.extend(self.find.as_ref().map(|find| ("/find/request", &find.request)));
        requests
    }

    /// What does not depend on where it is declared.
    fn whole(&self) -> Vec<(String, String)> {
        let mut found = Vec::new();
        for (at, request) in self.requests() {
            found.extend(request.problems().into_iter().map(|(pointer, message)| (format!("{at}{pointer}"), message)));
            if request.paginate.is_some() {
                found.push((format!("{at}/paginate"), "pages are collected by request steps alone".into()));
            }
        }
        if !serde_json::to_string(&self.request).unwrap_or_default().contains("webhook.url") {
            let message = "tell the provider where to call: `{{ webhook.url }}` stands nowhere in the request";
            found.push(("/request".into(), message.into()));
        }
        let uses_id = serde_json::to_string(&self.remove).unwrap_or_default().contains("webhook.id");
        if uses_id && self.id.is_none() {
            let message = "`webhook.id` is not known: say where the provider names the hook, for example \"{{ response.body.id }}\"";
            found.push(("/id".into(), message.into()));
        }
        if uses_id && self.find.as_ref().is_some_and(|find| find.id.is_none()) {
            let message = "say where the list names a hook, for example \"{{ item.id }}\"";
            found.push(("/find/id".into(), message.into()));
        }
        let find = self.find.as_ref();
        for (at, text, roots) in [
            ("/id", self.id.as_ref(), &["response"][..]),
            ("/secret", self.secret.as_ref(), &["response", HANDSHAKE]),
            ("/find/items", find.map(|find| &find.items), &["response"]),
            ("/find/url", find.map(|find| &find.url), &["item"]),
            ("/find/id", find.and_then(|find| find.id.as_ref()), &["item"]),
        ] {
            let Some(text) = text else { continue };
            let value = Value::String(text.clone());
            if !has_expression(&value) {
                found
                    .push((at.into(), format!("`{text}` is no expression, for example \"{{{{ {}.id }}}}\"", roots[0])));
            }
            found.extend(problems_over(&value, roots).into_iter().map(|(_, message)| (at.to_owned(), message)));
        }
        found
    }
}

/// What is wrong with expressions that are filled in where only some roots exist.
pub(super) fn filled_in_early(value: &Value, around: &Surroundings, roots: &[&str], at: &str) -> Vec<(String, String)> {
    let below = |found: Vec<(String, String)>| -> Vec<(String, String)> {
        found.into_iter().map(|(pointer, message)| (format!("{at}{pointer}"), message)).collect()
    };
    let found = below(problems_over(value, roots));
    if !found.is_empty() {
        return found;
    }
    let (none, items) = (std::collections::BTreeSet::new(), ["webhook".to_owned()].into());
    let names = Names { steps: &none, settings: &around.settings, secrets: &around.secrets, items: &items };
    below(problems(value, &names))
}
