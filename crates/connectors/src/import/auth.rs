//! How an account is connected: the document's security schemes as the ways of a manifest.

mod ways;

pub use self::ways::Wanted;

use serde_json::{Map, Value};

use self::ways::{Way, said, ways_of};
use super::account::Account;
use super::actions::Made;
use super::choose::Operation;
use super::report::Findings;
use super::servers::Servers;
use super::spec::{Node, Spec};
use super::text::sentence;
use super::{object, some};

/// Ways that one manifest offers.
const MOST_WAYS: usize = 6;
/// All ways of a manifest.
pub(super) struct Auth {
    ways: Vec<Way>,
}

impl Auth {
    pub(super) fn of(
        spec: &Spec<'_>,
        chosen: &[Operation<'_>],
        wanted: Option<&Wanted>,
        servers: &mut Servers,
        findings: &mut Findings<'_>,
    ) -> Self {
        if let Some(wanted) = wanted {
            return Self { ways: vec![said(wanted)] };
        }
        let schemes = spec.security_schemes();
        let mut sets: Vec<(Vec<String>, usize)> = Vec::new();
        for operation in chosen {
            for set in required(spec, operation) {
                match sets.iter_mut().find(|(known, _)| *known == set) {
                    Some((_, count)) => *count += 1,
                    None => sets.push((set, 1)),
                }
            }
        }
        if sets.is_empty() {
            // Described, and nowhere asked for: any of them may be meant.
            sets = schemes.iter().map(|(name, _)| (vec![(*name).to_owned()], 0)).collect();
        }
        sets.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        let mut ways: Vec<Way> = Vec::new();
        for (set, _) in &sets {
            let mut known: Vec<(&str, Node<'_>)> = Vec::new();
            for name in set {
                match schemes.iter().find(|(scheme, _)| scheme == name) {
                    Some((scheme, node)) => known.push((scheme, node.clone())),
                    None => findings.left_out(
                        "security",
                        &spec.root(),
                        format!("`{name}` is asked for, and is none of the document's security schemes"),
                    ),
                }
            }
            if known.len() < set.len() {
                continue;
            }
            for way in ways_of(&known, servers, findings) {
                if ways.len() < MOST_WAYS && !ways.iter().any(|one| one.how == way.how) {
                    ways.push(way);
                }
            }
        }
        if ways.is_empty() {
            let at = schemes.first().map_or_else(|| spec.root(), |(_, node)| node.clone());
            if schemes.is_empty() {
                findings.guessed("auth", &at, "the document names no way to prove who calls: the connector calls without. If the API wants a key, say how with --auth, for example --auth bearer or --auth header:X-Key");
                ways.push(said(&Wanted::Open));
            } else {
                findings.guessed("auth", &at, "none of the document's ways to prove who calls can be carried over: an access token is asked for and sent as a bearer token. Say another way with --auth, or write `auth` by hand");
                ways.push(said(&Wanted::Bearer));
            }
        }
        Self { ways }
    }

    /// Parameters that are no inputs, because what proves the account stands there.
    pub(super) fn carriers(&self) -> Vec<String> {
        self.ways.iter().flat_map(|way| way.carriers.iter().cloned()).collect()
    }

    pub(super) fn has_page(&self) -> bool {
        self.ways.iter().any(|way| way.how.0 == "oauth2")
    }

    pub(super) fn has_keys(&self) -> bool {
        self.ways.iter().any(|way| way.how.0 != "oauth2")
    }

    /// Scopes that an operation needs, of those that the ways have.
    pub(super) fn scopes_of(&self, spec: &Spec<'_>, operation: &Operation<'_>) -> Vec<String> {
        let mut needed: Vec<String> = Vec::new();
        for requirement in requirements(spec, operation) {
            for (name, scopes) in requirement.entries() {
                let way = self.ways.iter().find(|way| way.schemes.iter().any(|scheme| scheme == name));
                let scopes = scopes.items().into_iter().filter_map(|scope| scope.value.as_str().map(str::to_owned));
                let known =
                    scopes.filter(|scope| way.is_some_and(|way| way.scopes.iter().any(|(known, _)| known == scope)));
                needed.extend(known);
            }
            if !needed.is_empty() {
                break;
            }
        }
        needed.dedup();
        needed
    }

    /// Scopes of the actions that were made, with what they allow.
    pub(super) fn scopes(&self, made: &[Made]) -> Map<String, Value> {
        let all = || self.ways.iter().flat_map(|way| way.scopes.iter());
        let mut scopes = Map::new();
        for scope in made.iter().flat_map(|one| one.scopes.iter()) {
            let told = all().find(|(known, _)| known == scope).map(|(_, text)| text.as_str());
            let told = told.and_then(|text| sentence(text, 120)).unwrap_or_else(|| scope.clone());
            scopes.entry(scope.clone()).or_insert(told.into());
        }
        scopes
    }

    /// `auth` and `alsoAuth`.
    pub(super) fn written(&self, account: &Account, servers: &Servers) -> (Value, Value) {
        let several = self.ways.len() > 1;
        let mut written: Vec<(String, Value)> = Vec::new();
        for way in &self.ways {
            let mut inputs: Vec<Value> = servers
                .asked
                .iter()
                .map(|asked| {
                    Value::Object(object([
                        ("name", Some(asked.name.clone().into())),
                        ("title", Some(asked.title.clone().into())),
                        ("type", Some(if asked.whole { "host" } else { "subdomain" }.into())),
                        ("suffix", asked.suffix.clone().map(Value::from)),
                        ("placeholder", asked.whole.then(|| asked.sample.clone().into())),
                    ]))
                })
                .collect();
            inputs.extend(account.input());
            inputs.extend(way.inputs.iter().cloned());
            let mut method = object([
                ("title", several.then(|| way.title.clone().into())),
                ("description", way.description.clone().filter(|_| several).map(Value::from)),
                ("inputs", some(inputs)),
            ]);
            method.insert(way.how.0.to_owned(), way.how.1.clone());
            let mut name = way.name.clone();
            while written.iter().any(|(known, _)| *known == name) || name == "default" || name.is_empty() {
                name.push_str("Way");
            }
            written.push((name, Value::Object(method)));
        }
        let mut written = written.into_iter();
        let first = written.next().map(|(_, method)| method).unwrap_or_default();
        (first, Value::Object(written.collect()))
    }

    /// What a simulated account has as inputs.
    pub(super) fn samples(&self) -> Map<String, Value> {
        let keyed = self.ways.iter().filter(|way| way.how.0 != "oauth2");
        keyed.flat_map(|way| way.samples.clone()).collect()
    }
}

fn requirements<'a>(spec: &Spec<'a>, operation: &Operation<'a>) -> Vec<Node<'a>> {
    operation.node.get("security").or_else(|| spec.root().get("security")).map(|list| list.items()).unwrap_or_default()
}

/// Which schemes go together, for each way that an operation takes.
fn required(spec: &Spec<'_>, operation: &Operation<'_>) -> Vec<Vec<String>> {
    let sets = requirements(spec, operation)
        .into_iter()
        .map(|one| one.entries().into_iter().map(|(name, _)| name.to_owned()).collect::<Vec<_>>());
    sets.filter(|set| !set.is_empty()).collect()
}
