//! How an account is told apart from others, and tried when it is connected.

use serde_json::{Map, Value, json};

use super::actions::Made;
use super::auth::Auth;
use super::object;
use super::report::Findings;
use super::schemas::{self, What};
use super::servers::Servers;
use super::spec::{Node, Spec};

/// Last words of paths that tell who is calling, the best first.
const OWN: [&str; 14] = [
    "me",
    "self",
    "whoami",
    "myself",
    "userinfo",
    "current",
    "currentuser",
    "current_user",
    "user",
    "account",
    "profile",
    "accounts",
    "shop",
    "organization",
];
const IDS: [&str; 9] = ["id", "gid", "uuid", "account_id", "accountId", "user_id", "userId", "login", "email"];
const LABELS: [&str; 8] = ["name", "display_name", "displayName", "full_name", "username", "login", "email", "title"];
/// What answers put around what they are about.
const AROUND: [&str; 5] = ["data", "user", "account", "result", "me"];

/// The account's part of a manifest.
pub(super) struct Account {
    request: Option<Value>,
    /// The action that is the same call.
    pub action: Option<String>,
    /// Where the answer holds id and label.
    facts: Option<(String, String)>,
    untried: bool,
    at: String,
}

impl Account {
    pub(super) fn of(spec: &Spec<'_>, made: &[Made], auth: &Auth, servers: &Servers) -> Self {
        let usable = |one: &&Made| {
            one.method == "get" && one.asked.inputs.iter().all(|input| !input.required) && one.asked.headers.is_empty()
        };
        let rank = |one: &Made| {
            let last = one.path.rsplit('/').find(|part| !part.is_empty()).unwrap_or_default().to_lowercase();
            OWN.iter().position(|own| *own == last.trim_end_matches(".json"))
        };
        let own = made
            .iter()
            .filter(usable)
            .filter_map(|one| Some((rank(one)?, one.path.len(), one)))
            .min_by_key(|(rank, length, _)| (*rank, *length));
        let (meant, facts) = match own {
            Some((_, _, one)) => (Some(one), one.success.as_deref().and_then(|at| facts(spec, at))),
            None => (made.iter().filter(usable).min_by_key(|one| (!one.secured, one.path.len())), None),
        };
        let untried = meant.is_none() && auth.has_keys() && !servers.asked.iter().any(|asked| asked.whole);
        Self {
            request: meant.map(Made::bare_request),
            action: meant.map(|one| one.name.clone()),
            facts,
            untried,
            at: meant.map_or_else(String::new, |one| one.at.clone()),
        }
    }

    /// Tells what was guessed.
    pub(super) fn note(&self, findings: &mut Findings<'_>) {
        let at = Node { at: self.at.clone(), value: &Value::Null };
        match (&self.request, &self.facts) {
            (Some(_), Some(_)) => findings.guessed("account", &at, "an account is tried and told apart by this call; look at `account`"),
            (Some(_), None) => findings.guessed("account", &at, "an account is tried by this call, which does not tell whose it is: the one who connects it names it. Where a call tells, write it under `account`"),
            (None, _) => findings.guessed("account", &at, "no call needs nothing but a key: accounts are taken untried, and the one who connects one names it. Where a call tells whose an account is, write it under `account`"),
        }
    }

    /// The input that asks for the account's name, where no answer tells it.
    pub(super) fn input(&self) -> Option<Value> {
        self.facts.is_none().then(|| json!({"name": "accountName", "title": "Account name", "placeholder": "Acme", "help": "How this account is called in lists; two accounts have two names."}))
    }

    pub(super) fn rule(&self) -> Value {
        let (id, label) =
            self.facts.clone().unwrap_or_else(|| ("/inputs/accountName".into(), "/inputs/accountName".into()));
        Value::Object(object([
            ("request", self.request.clone()),
            ("untried", self.untried.then(|| true.into())),
            ("data", Some(json!({"accountId": [id], "accountLabel": [label, id]}))),
            ("providerId", Some("accountId".into())),
            ("label", Some("{accountLabel}".into())),
        ]))
    }

    /// What the simulator answers.
    pub(super) fn simulated(&self) -> Value {
        let Some((id, label)) = &self.facts else { return json!({"ok": true}) };
        let mut answer = Value::Object(Map::new());
        for (pointer, value) in [(label, "{name}"), (id, "{accountId}")] {
            let mut place = &mut answer;
            for part in pointer.trim_start_matches("/account/").split('/') {
                if !place.is_object() {
                    *place = Value::Object(Map::new());
                }
                place = place.as_object_mut().expect("just made one").entry(part.to_owned()).or_insert(Value::Null);
            }
            *place = value.into();
        }
        answer
    }
}

/// Pointers to id and label in the answer whose schema stands at a place.
fn facts(spec: &Spec<'_>, at: &str) -> Option<(String, String)> {
    let schema = Node { value: spec.document.value().pointer(at)?, at: at.to_owned() };
    let mut around = String::from("/account");
    let mut found = schemas::properties(spec, &schema)?;
    if !IDS.iter().any(|id| found.all.contains_key(*id)) {
        let (name, inner) = AROUND.iter().find_map(|name| Some((*name, found.all.get(*name)?.schema.clone())))?;
        around = format!("{around}/{name}");
        found = schemas::properties(spec, &inner)?;
    }
    let scalar = |name: &&&str| {
        found
            .all
            .get(**name)
            .is_some_and(|one| matches!(schemas::what(spec, &one.schema), What::Text | What::Number | What::Anything))
    };
    let id = IDS.iter().find(scalar)?;
    let label = LABELS.iter().find(scalar).unwrap_or(id);
    Some((format!("{around}/{id}"), format!("{around}/{label}")))
}
