//! Every connector against its own simulator: each action over HTTP, each way to connect, each trigger
//! that is found by asking.

use std::collections::BTreeMap;
use std::sync::Arc;

use linchpin_connectors::manifest::{Effect, Field, FieldKind, Method};
use linchpin_connectors::simulator::{self, Options};
use linchpin_connectors::{Access, Account, Client, Endpoint, Manifest, Registry, identify, perform};
use linchpin_domain::Timestamp;
use linchpin_domain::clock::ManualClock;
use linchpin_domain::connector::ActionError;
use serde_json::{Map, Value, json};

struct Running {
    manifest: Arc<Manifest>,
    endpoint: Endpoint,
    client: Client,
    url: String,
    server: tokio::task::JoinHandle<()>,
}

impl Drop for Running {
    fn drop(&mut self) {
        self.server.abort();
    }
}

impl Running {
    async fn start(manifest: &Arc<Manifest>) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("bound");
        let clock = Arc::new(ManualClock::at(Timestamp::parse("2026-11-25T12:00:00Z").expect("valid")));
        let options = Options { no_quota: true, ..Options::default() };
        let serving = simulator::serve(Arc::clone(manifest), listener, options, clock, std::future::pending());
        let server = tokio::spawn(async move { serving.await.expect("serves") });
        let url = format!("http://{address}");
        let base_urls: BTreeMap<_, _> = manifest.base_urls.keys().map(|name| (name.clone(), url.clone())).collect();
        Self {
            manifest: Arc::clone(manifest),
            endpoint: Endpoint { base_urls, api_version: None },
            client: Client::new(address.to_string().parse().expect("valid")),
            url,
            server,
        }
    }

    /// What an account of a way holds: a token of the admin door, or what the simulated account has.
    async fn access(&self, name: &str, method: &Method) -> Access {
        let simulator = self.manifest.simulator.as_ref().expect("a simulator");
        let account = &simulator.accounts[0];
        let mut access = Access { method: name.to_owned(), ..Access::bearer("") };
        let known = |name: &str| account.inputs.get(name).map(|value| Value::from(value.as_str()));
        access.inputs =
            method.all_inputs().filter_map(|input| Some((input.name.clone(), known(&input.name)?))).collect();
        if method.oauth2.is_some() || method.client_credentials.is_some() {
            let http = reqwest::Client::builder().build().expect("a client");
            let answer = http.post(format!("{}/_simulator/tokens", self.url)).json(&json!({})).send().await;
            let tokens: Value = answer.expect("sent").json().await.expect("JSON");
            access.token = tokens["access_token"].as_str().expect("a token").to_owned().into();
            let account = Account { access: &access, endpoint: &self.endpoint };
            let extra = tokens.as_object().expect("an object");
            let identity = identify(&self.client, &self.manifest, account, extra).await;
            access.facts = identity.unwrap_or_else(|error| panic!("{}: {error}", self.manifest.kind)).data;
            return access;
        }
        let account = Account { access: &access, endpoint: &self.endpoint };
        let identity = identify(&self.client, &self.manifest, account, &Map::new()).await;
        access.facts = identity.unwrap_or_else(|error| panic!("{} by {name}: {error}", self.manifest.kind)).data;
        access
    }

    async fn perform(&self, access: &Access, action: &str, inputs: &Map<String, Value>) -> Result<Value, ActionError> {
        let account = Account { access, endpoint: &self.endpoint };
        perform(&self.client, &self.manifest, account, action, inputs, "key-1").await.map(|done| done.output)
    }
}

fn registry() -> Registry {
    Registry::builtin().unwrap_or_else(|problem| panic!("{problem}"))
}

/// A value that fits a field.
fn sample(field: &Field) -> Value {
    if let Some(option) = field.options.first() {
        return option.value.as_str().into();
    }
    match field.kind {
        FieldKind::Number => json!(7),
        FieldKind::Boolean => json!(true),
        FieldKind::List => json!(["a", "b"]),
        FieldKind::Json => match field.placeholder.as_deref().and_then(|text| serde_json::from_str(text).ok()) {
            Some(value) => value,
            None => json!({"a": "1"}),
        },
        FieldKind::Email => "ann@acme.example".into(),
        _ => "sample".into(),
    }
}

/// Inputs that an action takes. Records are named by `ids`, those made before of the same resource.
fn inputs(manifest: &Manifest, name: &str, ids: &BTreeMap<String, String>) -> Map<String, Value> {
    let action = &manifest.actions[name];
    let mut inputs = Map::new();
    for field in action.fields.values() {
        let paging =
            matches!(field.name.as_str(), "limit" | "after" | "idProperty" | "properties" | "additionalFields");
        let searching = action.effect.reads_only() && !field.required;
        if paging || searching {
            continue;
        }
        let value = match field.name.as_str() {
            "id" => ids.get(&action.resource).cloned().unwrap_or_else(|| "101".into()).into(),
            "createdSince" | "updatedSince" | "since" if field.kind != FieldKind::Number => {
                "2026-01-01T00:00:00Z".into()
            }
            _ => sample(field),
        };
        inputs.insert(field.name.clone(), value);
    }
    inputs
}

/// The id of a record in an output: at the pointer that the get action's answers and creates share.
fn id_in(output: &Value) -> Option<String> {
    ["/key", "/ts", "/spreadsheetId", "/Id", "/id"].iter().find_map(|pointer| match output.pointer(pointer)? {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    })
}

/// Creates come first, deletes last.
fn order(effect: Effect) -> u8 {
    match effect {
        Effect::Create => 0,
        Effect::Upsert => 1,
        Effect::Delete => 3,
        _ => 2,
    }
}

#[tokio::test]
async fn every_action_of_every_connector_is_answered_by_its_simulator() {
    for manifest in registry().list().filter(|manifest| manifest.kind != "hubspot") {
        let running = Running::start(manifest).await;
        let access = running.access("default", &manifest.auth).await;
        let mut names: Vec<&String> = manifest.actions.keys().collect();
        names.sort_by_key(|name| order(manifest.actions[*name].effect));
        assert!(names.len() >= 5, "{} has only {} actions", manifest.kind, names.len());
        let mut ids = BTreeMap::new();
        for name in names {
            let inputs = inputs(manifest, name, &ids);
            let output = running
                .perform(&access, name, &inputs)
                .await
                .unwrap_or_else(|error| panic!("{} {name} with {inputs:?}: {error:?}", manifest.kind));
            if matches!(manifest.actions[name].effect, Effect::Create)
                && let Some(id) = id_in(&output)
            {
                ids.entry(manifest.actions[name].resource.clone()).or_insert(id);
            }
        }
    }
}

#[tokio::test]
async fn a_wrong_key_is_refused_by_every_connector_and_way() {
    for manifest in registry().list() {
        let running = Running::start(manifest).await;
        for (name, method) in manifest.methods().filter(|(_, method)| method.oauth2.is_none()) {
            let mut access = running.access(name, method).await;
            if method.client_credentials.is_none() {
                let secret = method.inputs.iter().find(|input| input.secret()).expect("a key is secret");
                access.inputs.insert(secret.name.clone(), "wrong".into());
            } else {
                access.token = "wrong".into();
            }
            let account = Account { access: &access, endpoint: &running.endpoint };
            let refused = identify(&running.client, manifest, account, &Map::new()).await;
            if manifest.account.request.is_some() {
                let error = refused.expect_err("a wrong key is refused");
                let code = error.code();
                assert!(matches!(code, "reconnect_needed"), "{} by {name}: {error:?}", manifest.kind);
            }
        }
    }
}

#[tokio::test]
async fn triggers_that_are_found_by_asking_find_what_was_made() {
    let mut tried = 0;
    for manifest in registry().list().filter(|manifest| manifest.kind != "hubspot") {
        let running = Running::start(manifest).await;
        let access = running.access("default", &manifest.auth).await;
        let made = |resource: &str| {
            manifest.actions.iter().find(|(_, action)| action.effect == Effect::Create && action.resource == resource)
        };
        for (name, trigger) in &manifest.triggers {
            let Some(poll) = &trigger.poll else { continue };
            let resource = &manifest.actions[&poll.action].resource;
            let Some((create, _)) = made(resource) else {
                panic!("{} {name}: nothing makes a record of {resource}", manifest.kind)
            };
            let inputs = inputs(manifest, create, &BTreeMap::new());
            running.perform(&access, create, &inputs).await.unwrap_or_else(|error| panic!("{create}: {error:?}"));
            let wanted: Map<String, Value> = trigger
                .inputs
                .iter()
                .filter(|field| field.required)
                .map(|field| (field.name.clone(), inputs.get(&field.name).cloned().unwrap_or_else(|| sample(field))))
                .collect();
            let since = Timestamp::parse("2026-11-25T11:59:00Z").expect("valid");
            let question = poll.question(trigger, &wanted, since, None);
            let output = running
                .perform(&access, &poll.action, &question)
                .await
                .unwrap_or_else(|error| panic!("{} {name} with {question:?}: {error:?}", manifest.kind));
            let page = poll.read(&output);
            assert_eq!(page.found.len(), 1, "{} {name}: {output}", manifest.kind);
            let at = page.found[0].at;
            assert!(at >= since && at <= Timestamp::parse("2026-11-25T12:00:01Z").expect("valid"), "{name}: {at}");
            assert!(page.next.is_none(), "{} {name}: {:?}", manifest.kind, page.next);
            let later = Timestamp::parse("2026-11-25T13:00:00Z").expect("valid");
            let question = poll.question(trigger, &wanted, later, None);
            let none = running.perform(&access, &poll.action, &question).await.expect("answered");
            assert!(poll.read(&none).found.is_empty(), "{} {name} finds what is older: {none}", manifest.kind);
            tried += 1;
        }
    }
    assert!(tried >= 3, "only {tried} triggers were tried");
}
