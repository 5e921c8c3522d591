//! Every action of a manifest against the manifest's own simulator, over HTTP: what `linchpin connector try`
//! does, and the tests of the connectors that come with the binary.

use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;

use linchpin_domain::Clock;
use linchpin_domain::connector::ActionError;
use serde_json::{Map, Value, json};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::manifest::{Action, Effect, Field, FieldKind, Manifest, Method};
use crate::simulator::{self, Options, stand_in};
use crate::{Access, Account, Client, Endpoint, identify, perform};

/// A moment that times of samples have.
const MOMENT: &str = "2026-01-01T00:00:00Z";

/// A simulator of a manifest on this machine, and a client that calls it as it would call the provider.
#[derive(Debug)]
pub struct Trial {
    manifest: Arc<Manifest>,
    endpoint: Endpoint,
    client: Client,
    http: reqwest::Client,
    url: String,
    server: JoinHandle<()>,
}

impl Drop for Trial {
    fn drop(&mut self) {
        self.server.abort();
    }
}

/// What became of an action.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It was answered.
    Answered,
    /// The simulator does not model it, and says so.
    NotModelled(String),
    /// It was refused: code and message.
    Refused(String, String),
}

/// An action that was tried.
#[derive(Debug, Clone)]
pub struct Tried {
    /// The action.
    pub action: String,
    /// What it was given.
    pub inputs: Map<String, Value>,
    /// What became of it.
    pub outcome: Outcome,
}

impl Trial {
    /// Starts the simulator at a free port of loopback.
    pub async fn start(manifest: &Arc<Manifest>, clock: Arc<dyn Clock>) -> io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        // The same check that `serve` makes, but here and now.
        let options = Options { no_quota: true, ..Options::default() };
        drop(simulator::router(Arc::clone(manifest), options.clone(), Arc::clone(&clock))?);
        let serving = simulator::serve(Arc::clone(manifest), listener, options, clock, std::future::pending());
        let server = tokio::spawn(async move {
            if let Err(error) = serving.await {
                tracing::warn!(error = &error as &dyn std::error::Error, "the simulator ended");
            }
        });
        let url = format!("http://{address}");
        let mut base_urls: BTreeMap<_, _> = manifest.base_urls.keys().map(|name| (name.clone(), url.clone())).collect();
        for (_, method) in manifest.methods() {
            // Where an account says the token endpoint's whole address, that is the base URL.
            let whole = method.client_credentials.as_ref().filter(|grant| grant.token_path.parts().is_empty());
            base_urls.extend(whole.map(|grant| (grant.token_base.clone(), format!("{url}{}", simulator::TOKEN_PATH))));
        }
        let policy = address.to_string().parse().map_err(io::Error::other)?;
        Ok(Self {
            manifest: Arc::clone(manifest),
            endpoint: Endpoint { base_urls, api_version: None },
            client: Client::new(policy),
            http: reqwest::Client::builder().no_proxy().build().map_err(io::Error::other)?,
            url,
            server,
        })
    }

    /// Where the simulator answers.
    pub fn url(&self) -> &str {
        &self.url
    }

    async fn admin(&self, path: &str, body: Option<Value>) -> io::Result<Value> {
        let url = format!("{}/_simulator/{path}", self.url);
        let request = match body {
            Some(body) => self.http.post(url).json(&body),
            None => self.http.get(url),
        };
        request.send().await.map_err(io::Error::other)?.json().await.map_err(io::Error::other)
    }

    /// An account of a way as the simulator has it, told apart as one that a user connects. The error says
    /// why it was not taken.
    pub async fn connect(&self, name: &str, method: &Method) -> Result<Access, ActionError> {
        let mut tokens = Map::new();
        if method.oauth2.is_some() || method.client_credentials.is_some() {
            let unreachable =
                |error: io::Error| ActionError::Invalid { message: format!("the simulator gave no token: {error}") };
            let answer = self.admin("tokens", Some(json!({}))).await.map_err(unreachable)?;
            tokens = answer.as_object().cloned().unwrap_or_default();
        }
        stand_in::connect(&self.client, &self.manifest, &self.endpoint, name, method, &tokens).await
    }

    /// Tells an account apart as one that is being connected: a wrong key is refused.
    pub async fn identify(
        &self,
        access: &Access,
        token_answer: &Map<String, Value>,
    ) -> Result<Map<String, Value>, ActionError> {
        let account = Account { access, endpoint: &self.endpoint };
        identify(&self.client, &self.manifest, account, token_answer).await.map(|identity| identity.data)
    }

    /// Makes a call of an action.
    pub async fn perform(
        &self,
        access: &Access,
        action: &str,
        inputs: &Map<String, Value>,
    ) -> Result<Value, ActionError> {
        let account = Account { access, endpoint: &self.endpoint };
        perform(&self.client, &self.manifest, account, action, inputs, "key-1").await.map(|done| done.output)
    }

    /// Every action once: what makes records first, what deletes them last.
    pub async fn run(&self, access: &Access) -> io::Result<Vec<Tried>> {
        // What another way made would be in the way.
        let records = format!("{}/_simulator/records", self.url);
        self.http.delete(records).send().await.map_err(io::Error::other)?;
        let mut names: Vec<&String> = self.manifest.actions.keys().collect();
        names.sort_by_key(|name| order(self.manifest.actions[*name].effect));
        let mut ids = BTreeMap::new();
        let mut all = Vec::with_capacity(names.len());
        for name in names {
            let action = &self.manifest.actions[name];
            let inputs = sample_inputs(&self.manifest, name, &ids);
            let outcome = match self.perform(access, name, &inputs).await {
                Ok(_) => Outcome::Answered,
                Err(ActionError::Unreachable { message, exchange, .. }) => {
                    let status = exchange.as_ref().and_then(|exchange| exchange.status);
                    if status == Some(501) {
                        Outcome::NotModelled(message)
                    } else {
                        Outcome::Refused("unreachable".into(), message)
                    }
                }
                Err(error) => Outcome::Refused(error.code().to_owned(), error.to_string()),
            };
            if action.effect == Effect::Create && outcome == Outcome::Answered && !ids.contains_key(&action.resource) {
                let records = self.admin(&format!("records/{}", action.resource), None).await?;
                let shown = records["results"].as_array().and_then(|list| list.last()?["shownId"].as_str());
                if let Some(id) = shown {
                    ids.insert(action.resource.clone(), id.to_owned());
                }
            }
            all.push(Tried { action: name.clone(), inputs, outcome });
        }
        Ok(all)
    }
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

/// A value that fits a field.
pub fn sample(field: &Field) -> Value {
    if let Some(option) = field.options.first() {
        return option.value.as_str().into();
    }
    match field.kind {
        FieldKind::Number => json!(7),
        FieldKind::Boolean => json!(true),
        FieldKind::List => json!(["a", "b"]),
        FieldKind::Json => {
            let shown: Option<Value> = field.placeholder.as_deref().and_then(|text| serde_json::from_str(text).ok());
            // A text would be read as JSON once more.
            shown.filter(|value| !value.is_string()).unwrap_or_else(|| json!({"a": "1"}))
        }
        FieldKind::Email => "ann@acme.example".into(),
        FieldKind::Time => MOMENT.into(),
        _ => "sample".into(),
    }
}

/// A list of records: those to be made as the form shows them, others as they were made before.
fn several(manifest: &Manifest, action: &Action, field: &Field, ids: &BTreeMap<String, String>) -> Value {
    match &action.each {
        Some(each) if action.effect != Effect::Create => json!([sample_inputs(manifest, &each.action, ids)]),
        _ => sample(field),
    }
}

/// Inputs that an action takes. Records are named by `ids`, those made before of the same resource.
pub fn sample_inputs(manifest: &Manifest, name: &str, ids: &BTreeMap<String, String>) -> Map<String, Value> {
    let mut inputs = Map::new();
    let Some(action) = manifest.actions.get(name) else { return inputs };
    for field in action.fields.values() {
        let paging =
            matches!(field.name.as_str(), "limit" | "after" | "idProperty" | "properties" | "additionalFields");
        let searching = action.effect.reads_only() && !field.required;
        // A create has no id yet, unless it says which.
        if (paging && !field.required) || searching {
            continue;
        }
        let value = match field.name.as_str() {
            _ if action.each.as_ref().is_some_and(|each| each.input == field.name) => {
                several(manifest, action, field, ids)
            }
            "id" => ids.get(&action.resource).cloned().unwrap_or_else(|| "101".into()).into(),
            "createdSince" | "updatedSince" | "since" if field.kind != FieldKind::Number => MOMENT.into(),
            _ => sample(field),
        };
        inputs.insert(field.name.clone(), value);
    }
    inputs
}
