//! A world with one more provider that comes with the binary, at its simulator.

use std::sync::Arc;
use std::time::Duration;

use linchpin::clock::SystemClock;
use linchpin_connectors::{Registry, simulator};
use serde_json::{Value, json};

use super::world::{World, answer};

pub struct Provider {
    /// Its integration is the provider's.
    pub world: World,
    pub kind: &'static str,
    /// Address of the simulator.
    pub url: String,
    task: tokio::task::JoinHandle<()>,
}

impl Drop for Provider {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Provider {
    /// Accounts are asked five times a second.
    pub async fn start(kind: &'static str) -> Self {
        Self::start_with(kind, |config| config.limits.poll_every = Duration::from_millis(200)).await
    }

    pub async fn start_with(kind: &'static str, change: impl FnOnce(&mut linchpin::config::Config)) -> Self {
        let mut world = World::start_with(change).await;
        let registry = Registry::builtin().expect("the connectors are good");
        let manifest = Arc::clone(registry.find(kind).expect("it comes with the binary"));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let url = format!("http://{}", listener.local_addr().expect("bound"));
        let app = manifest.needs_app();
        let base_urls: Value = manifest.base_urls.keys().map(|name| (name.clone(), Value::from(url.clone()))).collect();
        let task = tokio::spawn(async move {
            let options = simulator::Options { no_quota: true, accept_any_token: app, ..Default::default() };
            let clock = Arc::new(SystemClock);
            simulator::serve(manifest, listener, options, clock, std::future::pending()).await.expect("serves");
        });
        let added = world.admin.post(&format!("{}/integrations", world.api), json!({"type": kind})).await.created();
        let mut settings = json!({"baseUrls": base_urls, "active": true});
        if app {
            settings["clientId"] = "client".into();
            settings["clientSecret"] = "client-secret".into();
        }
        let patched = world.admin.patch(&format!("{}/integrations/{added}", world.api), settings).await;
        assert_eq!(patched.status, 200, "{}", patched.text);
        world.integration = added;
        Self { world, kind, url, task }
    }

    /// Connects an account by what is entered; its id.
    pub async fn connect(&self, user: &str, payload: Value) -> String {
        let body = json!({"integrationId": self.world.integration, "config": {}, "payload": payload});
        let done = self.world.post(user, "/sdk/credentials", body).await;
        assert!(done.status.is_success(), "{}", done.text);
        done.body["id"].as_str().expect("an id").to_owned()
    }

    /// Brings an account along whose token the simulator takes.
    pub async fn import(&self, user: &str) {
        let accounts = json!([{"userId": user, "integration": self.kind, "accessToken": "brought-along"}]);
        let backend = self.world.backend().await;
        let at = format!("{}{}/credentials/import", self.world.test.base, self.world.api);
        let request = self.world.http.post(at).bearer_auth(backend.key.expect("a key"));
        let done = answer(request.header("content-type", "application/json").body(accounts.to_string())).await;
        assert_eq!(done.status, 200, "{}", done.text);
    }

    /// A call of the provider that no account of ours makes.
    pub async fn elsewhere(&self, method: reqwest::Method, path: &str, body: Value) -> Value {
        let request = self.world.http.request(method, format!("{}{path}", self.url)).bearer_auth("elsewhere");
        let request = if body.is_null() { request } else { request.json(&body) };
        let done = answer(request).await;
        assert!(done.status.is_success(), "{path}: {}", done.text);
        done.body
    }

    /// How many calls the simulator has had whose path holds a text.
    pub async fn calls(&self, part: &str) -> usize {
        let log = answer(self.world.http.get(format!("{}/_simulator/requests", self.url))).await.text;
        log.matches(part).count()
    }

    /// Waits until a count of calls is reached.
    pub async fn called(&self, part: &str, count: usize) {
        for _ in 0..400 {
            if self.calls(part).await >= count {
                return;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("`{part}` was called {} times, not {count}", self.calls(part).await);
    }

    /// Waits for so many runs of a workflow; their triggers' payloads, oldest first.
    pub async fn payloads(&self, workflow: &str, count: usize) -> Vec<Value> {
        for _ in 0..400 {
            if self.world.runs_of(workflow).await.len() >= count {
                break;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        let listed = self.world.admin.get(&format!("{}/runs?workflowId={workflow}", self.world.api)).await;
        let ids: Vec<&str> =
            listed.body["items"].as_array().expect("runs").iter().rev().filter_map(|run| run["id"].as_str()).collect();
        let log = answer(self.world.http.get(format!("{}/_simulator/requests", self.url))).await.text;
        assert_eq!(ids.len(), count, "{}\nThe provider was asked: {log}", listed.text);
        let mut payloads = Vec::new();
        for id in ids {
            let run = self.world.admin.get(&format!("{}/runs/{id}", self.world.api)).await.body;
            payloads.push(run["event"]["payload"].clone());
        }
        payloads
    }
}
