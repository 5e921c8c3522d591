//! A simulator in this process that stands in for the provider: an account of it is called as a connected one
//! would be, and nothing leaves the machine.

use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;

use async_trait::async_trait;
use http::Method;
use linchpin_domain::connector::{ActionCall, ActionError, ActionOutput, ActionPlan, Connector, Settled};
use linchpin_domain::http_request::RequestCall;
use linchpin_domain::{Clock, Timestamp};
use serde_json::{Map, Value, json};

use super::{Options, inside};
use crate::access::{Access, Account};
use crate::call::Endpoint;
use crate::client::Client;
use crate::manifest::{Manifest, Method as Way};
use crate::options::{Choices, Wanted, options};
use crate::request::ClientTokens;
use crate::{from_account, identify, perform, plan, prepare_request, raw, request, settle};

/// Taken by a simulator that takes every token.
const TOKEN: &str = "simulated";

/// A provider's simulator with an account that is connected to it.
pub struct StandIn {
    manifest: Arc<Manifest>,
    router: axum::Router,
    client: Client,
    endpoint: Endpoint,
    access: Access,
    clock: Arc<dyn Clock>,
    tokens: ClientTokens,
}

/// What a simulator answered at its admin door.
#[derive(Debug, Clone, PartialEq)]
pub struct Told {
    /// Whether it did what was asked.
    pub ok: bool,
    /// What it said; where it refused, with a `message`.
    pub body: Value,
}

impl StandIn {
    /// Starts one, with no records, and connects the first account of the first way to connect that there is.
    /// It is called in this version of the API, the manifest's default where none is said. Fails where the manifest
    /// says nothing of a simulator.
    pub async fn start(
        manifest: Arc<Manifest>,
        api_version: Option<String>,
        client: &Client,
        clock: Arc<dyn Clock>,
    ) -> io::Result<Self> {
        let behaviour = Options { accept_any_token: true, ..Options::default() };
        let router = super::router(Arc::clone(&manifest), behaviour, Arc::clone(&clock))?;
        let client = client.clone().inside(router.clone());
        // A name that nobody can own: whoever reads a request sees where it went.
        let host: String =
            manifest.kind.chars().map(|one| if one.is_ascii_alphanumeric() { one } else { '-' }).collect();
        let url = format!("https://{host}.simulated");
        let base_urls: BTreeMap<_, _> = manifest.base_urls.keys().map(|name| (name.clone(), url.clone())).collect();
        let endpoint = Endpoint { base_urls, api_version };
        let (_, tokens) = inside::admin(&router, Method::POST, "tokens", Some(&json!({}))).await;
        let tokens = tokens.as_object().cloned().unwrap_or_default();
        let mut found = None;
        for (name, way) in manifest.methods() {
            match connect(&client, &manifest, &endpoint, name, way, &tokens).await {
                Ok(access) => {
                    found = Some(Ok(access));
                    break;
                }
                Err(error) => {
                    found.get_or_insert(Err(error));
                }
            }
        }
        let mut access = found
            .ok_or_else(|| io::Error::other("the manifest has no way to connect"))?
            .map_err(|error| io::Error::other(format!("the simulated account was not taken: {error}")))?;
        access.token = TOKEN.to_owned().into();
        // Connecting is nothing that a test asked for.
        inside::admin(&router, Method::DELETE, "requests", None).await;
        let tokens = ClientTokens::default();
        Ok(Self { manifest, router, client, endpoint, access, clock, tokens })
    }

    /// Reads a list that a field offers.
    pub async fn options(&self, source: &str, wanted: Wanted<'_>) -> Result<Choices, ActionError> {
        options(&self.client, &self.manifest, self.account(), source, wanted).await
    }

    /// The kinds of records that there are.
    pub fn collections(&self) -> impl Iterator<Item = &str> {
        self.manifest.resources.keys().map(String::as_str)
    }

    /// The records of a kind.
    pub async fn records(&self, collection: &str) -> Told {
        if !self.manifest.resources.contains_key(collection) {
            let known: Vec<_> = self.collections().collect();
            let message = format!("there are no records called `{collection}`; there are {}", known.join(", "));
            return Told { ok: false, body: json!({ "message": message }) };
        }
        self.admin(Method::GET, &format!("records/{collection}"), None).await
    }

    /// What goes wrong on demand, as it is set.
    pub async fn faults(&self) -> Told {
        self.admin(Method::GET, "faults", None).await
    }

    /// Sets what goes wrong: the same keys as `linchpin simulate` takes.
    pub async fn set_faults(&self, change: &Value) -> Told {
        self.admin(Method::POST, "faults", Some(change)).await
    }

    /// The calls that were made, counted and listed.
    pub async fn requests(&self) -> Told {
        self.admin(Method::GET, "requests", None).await
    }

    async fn admin(&self, method: Method, path: &str, body: Option<&Value>) -> Told {
        let (status, body) = inside::admin(&self.router, method, path, body).await;
        Told { ok: status.is_success(), body }
    }

    fn account(&self) -> Account<'_> {
        Account { access: &self.access, endpoint: &self.endpoint }
    }

    /// The account is one of this connector, as a connected one is of its own.
    fn is_of(&self, connector: &str) -> Result<(), ActionError> {
        if self.manifest.kind == connector {
            return Ok(());
        }
        let message = format!("this account is one of {}, not of {connector}", self.manifest.kind);
        Err(ActionError::Invalid { message })
    }
}

#[async_trait]
impl Connector for StandIn {
    fn plan(&self, call: &ActionCall) -> Result<ActionPlan, ActionError> {
        self.is_of(&call.connector)?;
        plan(&self.manifest, &call.action, &call.inputs)
    }

    async fn perform(&self, call: &ActionCall) -> Result<ActionOutput, ActionError> {
        self.is_of(&call.connector)?;
        let key = &call.idempotency_key;
        perform(&self.client, &self.manifest, self.account(), &call.action, &call.inputs, key).await
    }

    async fn settle(&self, call: &ActionCall) -> Result<Settled, ActionError> {
        let since: Timestamp = call.intent_at;
        settle(&self.client, &self.manifest, self.account(), &call.action, &call.inputs, since).await
    }

    async fn request(&self, call: &RequestCall) -> Result<ActionOutput, ActionError> {
        let Some(connector) = &call.connector else {
            return request(&self.client, &self.tokens, &*self.clock, &call.request).await;
        };
        self.is_of(connector)?;
        let prepared = prepare_request(&call.request)?;
        let answer = raw(&self.client, &self.manifest, self.account(), prepared.raw()).await;
        from_account(&self.manifest, &prepared, answer)
    }
}

/// An account of a way as a simulator has it, told apart as one that a user connects. `tokens` is what its
/// token endpoint answered. The error says why it was not taken.
pub(crate) async fn connect(
    client: &Client,
    manifest: &Manifest,
    endpoint: &Endpoint,
    name: &str,
    way: &Way,
    tokens: &Map<String, Value>,
) -> Result<Access, ActionError> {
    let simulated = manifest.simulator.as_ref().and_then(|simulator| simulator.accounts.first());
    let mut access = Access { method: name.to_owned(), ..Access::bearer("") };
    let known =
        |name: &str| simulated.and_then(|account| account.inputs.get(name)).map(|value| Value::from(value.as_str()));
    // What a consent page asks for besides stands in no simulated account.
    let inputs = way.all_inputs().filter_map(|input| {
        Some((input.name.clone(), known(&input.name).or_else(|| way.oauth2.is_some().then(|| "acme".into()))?))
    });
    access.inputs = inputs.collect();
    let mut extra = Map::new();
    if way.oauth2.is_some() || way.client_credentials.is_some() {
        let token = ["access_token", "accessToken"].iter().find_map(|key| tokens.get(*key)?.as_str());
        access.token = token.unwrap_or_default().to_owned().into();
        extra.clone_from(tokens);
    }
    let account = Account { access: &access, endpoint };
    access.facts = identify(client, manifest, account, &extra).await?.data;
    Ok(access)
}
