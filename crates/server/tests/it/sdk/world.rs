//! A project with HubSpot pointed at a simulator, a deployed workflow, a signing key, and users.

use std::sync::Arc;

use jsonwebtoken::{Algorithm, EncodingKey, Header};
use linchpin::clock::SystemClock;
use linchpin_connectors::{Registry, simulator};
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};

use crate::app::{Answer, Client, TestApp};

/// A page of the host application.
pub const ORIGIN: &str = "http://localhost:4802";

pub struct World {
    pub test: TestApp,
    pub admin: Client,
    /// Address of the project in the management API.
    pub api: String,
    /// The project's id.
    pub project: String,
    pub integration: String,
    pub workflow: String,
    pub key: EncodingKey,
    pub kid: String,
    /// Address of the simulator.
    pub hubspot: String,
    /// Follows no redirects.
    pub http: reqwest::Client,
    simulator: tokio::task::JoinHandle<()>,
}

impl World {
    pub async fn start() -> Self {
        Self::start_with(|_| {}).await
    }

    /// A world with changed settings.
    pub async fn start_with(change: impl FnOnce(&mut linchpin::config::Config)) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("bound");
        let hubspot = format!("http://{address}");
        let registry = Registry::builtin().expect("the connectors are good");
        let manifest = Arc::clone(registry.find("hubspot").expect("HubSpot is there"));
        let options = simulator::Options { no_quota: true, ..simulator::Options::default() };
        let simulator = tokio::spawn(async move {
            let clock = Arc::new(SystemClock);
            simulator::serve(manifest, listener, options, clock, std::future::pending()).await.expect("serves");
        });
        let test = TestApp::start_with(Arc::new(SystemClock), |config| {
            config.egress_allow = vec!["127.0.0.1:*".into()];
            config.limits.response = std::time::Duration::from_secs(3);
            change(config);
        })
        .await;
        let admin = test.member("Ada").await;
        let api = admin.project("Acme").await;
        let project = api.rsplit('/').next().expect("an id").to_owned();
        let allowed = admin.patch(&api, json!({"allowedOrigins": ["http://localhost:*"]})).await;
        assert_eq!(allowed.status, 200, "{}", allowed.text);
        let integration = admin.hubspot(&api).await;
        let settings = json!({"baseUrls": {"api": hubspot, "authorize": hubspot}});
        let patched = admin.patch(&format!("{api}/integrations/{integration}"), settings).await;
        assert_eq!(patched.status, 200, "{}", patched.text);
        let workflow = admin.workflow(&api, &integration).await;
        let created = admin.post(&format!("{api}/signing-keys"), json!({"name": "backend"})).await;
        let pem = created.body["privateKey"].as_str().expect("the private half").to_owned();
        let key = EncodingKey::from_rsa_pem(pem.as_bytes()).expect("a key");
        let kid = created.body["kid"].as_str().expect("a kid").to_owned();
        let http = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().expect("a client");
        Self { test, admin, api, project, integration, workflow, key, kid, hubspot, http, simulator }
    }

    /// A backend with an API key of the project.
    pub async fn backend(&self) -> Client {
        let made = self.admin.post(&format!("{}/api-keys", self.api), json!({"name": "backend"})).await;
        let mut backend = self.test.anonymous();
        backend.key = made.body["key"].as_str().map(str::to_owned);
        backend
    }

    /// Switches the workflow on for a user.
    pub async fn workflow_on(&self, user: &str) {
        let on = self.post(user, &format!("/sdk/workflows/{}", self.workflow), json!({})).await;
        assert_eq!(on.status, 200, "{}", on.text);
    }

    /// Sends the tutorial's event.
    pub async fn event(&self, user: &str, email: &str) -> Answer {
        let event = json!({"name": "Contact Created", "payload": {"first_name": "Buddha", "email": email}});
        self.post(user, "/sdk/events/trigger", event).await
    }

    /// The newest run of the project once it is in one of these states.
    pub async fn newest_run(&self, states: &[&str]) -> Value {
        for _ in 0..250 {
            let run = self.admin.get(&format!("{}/runs", self.api)).await.body["items"][0].clone();
            if states.iter().any(|state| run["state"] == *state) {
                return run;
            }
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
        panic!("no run came to {states:?}: {}", self.admin.get(&format!("{}/runs", self.api)).await.text);
    }

    /// The present second.
    pub fn now(&self) -> i64 {
        self.test.app.clock.now().as_millis() / 1000
    }

    /// A good token.
    pub fn token(&self, user: &str) -> String {
        self.sign(json!({"sub": user, "iat": self.now(), "exp": self.now() + 600}))
    }

    /// Claims signed with the project's key.
    pub fn sign(&self, claims: Value) -> String {
        let mut header = Header::new(Algorithm::RS256);
        header.kid = Some(self.kid.clone());
        jsonwebtoken::encode(&header, &claims, &self.key).expect("signs")
    }

    /// A call of the SDK.
    pub fn call(&self, method: Method, path: &str, token: &str) -> RequestBuilder {
        self.http
            .request(method, format!("{}/projects/{}{path}", self.test.base, self.project))
            .bearer_auth(token)
            .header("accept", "application/json")
            .header("content-type", "application/json")
            .header("x-paragon-sdk-version", "2.4.0")
            .header("origin", ORIGIN)
    }

    pub async fn get(&self, user: &str, path: &str) -> Answer {
        answer(self.call(Method::GET, path, &self.token(user))).await
    }

    pub async fn post(&self, user: &str, path: &str, body: Value) -> Answer {
        answer(self.call(Method::POST, path, &self.token(user)).body(body.to_string())).await
    }

    pub async fn delete(&self, user: &str, path: &str) -> Answer {
        answer(self.call(Method::DELETE, path, &self.token(user))).await
    }

    /// The state of HubSpot in `/sdk/me`.
    pub async fn state(&self, user: &str) -> Value {
        self.get(user, "/sdk/me").await.body["integrations"]["hubspot"].clone()
    }

    /// The first page of the OAuth window: its answer.
    pub async fn nonce_page(&self, user: &str) -> Answer {
        let (project, integration, token) = (&self.project, &self.integration, self.token(user));
        // As the SDK writes it: nothing is encoded.
        let address = format!(
            "{}/projects/{project}/sdk/actions/oauth-nonce?action=hubspot&integrationId={integration}&originForPostMessage={ORIGIN}&userToken={token}",
            self.test.base
        );
        answer(self.http.get(address).header("sec-fetch-site", "cross-site").header("referer", format!("{ORIGIN}/")))
            .await
    }

    /// Begins a sign-in: the address of the consent page, or what was refused.
    pub async fn build(&self, user: &str, session: &str, options: Value) -> Answer {
        self.build_with(&self.token(user), session, options).await
    }

    /// The same with a token of the caller's.
    async fn build_with(&self, token: &str, session: &str, options: Value) -> Answer {
        let query = url::form_urlencoded::Serializer::new(String::new())
            .append_pair("action", "hubspot")
            .append_pair("integrationId", &self.integration)
            .append_pair("originForPostMessage", ORIGIN)
            .append_pair("endUserSuppliedValues", "{}")
            .append_pair("parameters", "{}")
            .append_pair("installOptions", &options.to_string())
            .append_pair("isPreviewMode", "false")
            .append_pair("oauthMetaKeyId", session)
            .finish();
        let address = format!("{}/v2/projects/{}/sdk/actions/build-oauth?{query}", self.test.base, self.project);
        answer(self.http.get(address).bearer_auth(token)).await
    }

    /// "Allow access" at the simulator: the address that the window goes back to.
    pub async fn consent(&self, address: &str, account: &str) -> String {
        let request = self.http.post(address).header("content-type", "application/x-www-form-urlencoded");
        let decided = request.body(format!("account={account}")).send().await.expect("an answer");
        assert_eq!(decided.status(), 303);
        decided.headers()["location"].to_str().expect("readable").to_owned()
    }

    /// The last page of the window, with a cookie.
    pub async fn come_back(&self, address: &str, cookie: Option<&str>) -> Answer {
        let mut request = self.http.get(address);
        if let Some(cookie) = cookie {
            request = request.header("cookie", cookie);
        }
        answer(request).await
    }

    /// A whole sign-in; the credential's id.
    pub async fn connect_as(&self, user: &str, account: &str, options: Value) -> String {
        self.connect_with(user, &self.token(user), account, options).await
    }

    /// The same with a token of the caller's.
    pub async fn connect_with(&self, user: &str, token: &str, account: &str, options: Value) -> String {
        let session = format!("s{}", linchpin_domain::id::fresh(&*self.test.app.clock).simple());
        let cookie = cookie_of(&self.nonce_page(user).await);
        let built = self.build_with(token, &session, options).await;
        assert_eq!(built.status, 200, "{}", built.text);
        let back = self.consent(built.body["redirectUrl"].as_str().expect("an address"), account).await;
        let page = self.come_back(&back, Some(&cookie)).await;
        assert!(page.text.contains("HubSpot is connected"), "{}", page.text);
        let polled = self.get(user, &format!("/sdk/actions/session-id/{session}")).await;
        polled.body["connectCredentialId"].as_str().expect("connected").to_owned()
    }

    /// A whole sign-in with the first account.
    pub async fn connect(&self, user: &str) -> String {
        self.connect_as(user, "1234567", json!({})).await
    }

    /// Sets faults of the simulator.
    pub async fn faults(&self, faults: Value) {
        let address = format!("{}/_simulator/faults", self.hubspot);
        let done = answer(self.http.post(address).body(faults.to_string())).await;
        assert_eq!(done.status, 200, "{}", done.text);
    }

    /// How many calls of a class the simulator has had.
    pub async fn calls(&self, class: &str) -> u64 {
        let seen = answer(self.http.get(format!("{}/_simulator/requests", self.hubspot))).await.body;
        seen["counts"]
            .as_object()
            .expect("counts")
            .iter()
            .filter(|(name, _)| name.contains(class))
            .filter_map(|(_, count)| count.as_u64())
            .sum()
    }

    /// Waits until the simulator has had so many calls of a class.
    pub async fn asked(&self, class: &str, count: u64) {
        for _ in 0..400 {
            if self.calls(class).await >= count {
                return;
            }
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
        panic!("`{class}` was called {} times, not {count}", self.calls(class).await);
    }
}

impl Drop for World {
    fn drop(&mut self) {
        self.simulator.abort();
    }
}

/// Sends a request.
pub async fn answer(request: RequestBuilder) -> Answer {
    let answer = request.send().await.expect("an answer");
    let (status, headers) = (answer.status(), answer.headers().clone());
    let text = answer.text().await.expect("a whole answer");
    Answer { status, headers, body: serde_json::from_str(&text).unwrap_or(Value::Null), text }
}

/// The cookie that a page set, as a browser sends it back.
pub fn cookie_of(page: &Answer) -> String {
    let cookie = page.headers.get("set-cookie").unwrap_or_else(|| panic!("no cookie: {}", page.text));
    cookie.to_str().expect("readable").split(';').next().expect("a pair").to_owned()
}
