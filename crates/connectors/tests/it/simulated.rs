//! A simulator on a port of its own, and a client that may call it.

use std::sync::Arc;
use std::time::Duration;

use linchpin_connectors::simulator::{self, Options};
use linchpin_connectors::{Access, Account, Client, Endpoint, Manifest, Registry, perform};
use linchpin_domain::Timestamp;
use linchpin_domain::clock::{Clock, ManualClock};
use linchpin_domain::connector::{ActionError, ActionOutput};
use secrecy::SecretString;
use serde_json::{Map, Value, json};

pub struct Simulated {
    pub manifest: Arc<Manifest>,
    pub client: Client,
    pub endpoint: Endpoint,
    pub clock: Arc<ManualClock>,
    pub url: String,
    pub http: reqwest::Client,
    pub access: Access,
    server: tokio::task::JoinHandle<()>,
}

impl Drop for Simulated {
    fn drop(&mut self) {
        self.server.abort();
    }
}

pub fn manifest() -> Arc<Manifest> {
    let registry = Registry::builtin().unwrap_or_else(|problem| panic!("{problem}"));
    registry.find("hubspot").expect("it comes with the binary").clone()
}

pub fn object(value: Value) -> Map<String, Value> {
    value.as_object().expect("an object").clone()
}

impl Simulated {
    pub async fn start() -> Self {
        Self::start_with(Options::default()).await
    }

    pub async fn start_with(options: Options) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let port = listener.local_addr().expect("bound").port();
        let clock = Arc::new(ManualClock::at(Timestamp::parse("2026-11-25T12:00:00Z").expect("valid")));
        let manifest = manifest();
        let serving = simulator::serve(manifest.clone(), listener, options, clock.clone(), std::future::pending());
        let server = tokio::spawn(async move { serving.await.expect("serves") });
        let url = format!("http://127.0.0.1:{port}");
        let endpoint = Endpoint {
            base_urls: [("api".to_owned(), url.clone()), ("authorize".to_owned(), url.clone())].into(),
            api_version: None,
        };
        let policy = format!("127.0.0.1:{port}").parse().expect("valid");
        let http = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().expect("a client");
        let mut simulated = Self {
            manifest,
            client: Client::new(policy).with_timeout(Duration::from_secs(5)),
            endpoint,
            clock,
            url,
            http,
            access: Access::bearer("none"),
            server,
        };
        let tokens = simulated.admin("tokens", json!({})).await;
        simulated.access.token = SecretString::from(tokens["access_token"].as_str().expect("a token").to_owned());
        simulated
    }

    pub fn account(&self) -> Account<'_> {
        Account { access: &self.access, endpoint: &self.endpoint }
    }

    /// Posts to the admin door.
    pub async fn admin(&self, door: &str, body: Value) -> Value {
        let answer = self.http.post(format!("{}/_simulator/{door}", self.url)).json(&body).send().await.expect("sent");
        assert_eq!(answer.status(), 200, "{door} {body}");
        answer.json().await.expect("JSON")
    }

    pub async fn read(&self, door: &str) -> Value {
        let answer = self.http.get(format!("{}/_simulator/{door}", self.url)).send().await.expect("sent");
        answer.json().await.expect("JSON")
    }

    pub async fn perform(&self, action: &str, inputs: Value) -> Result<ActionOutput, ActionError> {
        perform(&self.client, &self.manifest, self.account(), action, &object(inputs), "key-1").await
    }

    pub async fn done(&self, action: &str, inputs: Value) -> Value {
        self.perform(action, inputs).await.unwrap_or_else(|error| panic!("{action}: {error:?}")).output
    }

    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }
}
