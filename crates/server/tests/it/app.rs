//! A server for one test, and clients that speak to it.

use std::sync::Arc;

use linchpin::clock::SystemClock;
use linchpin::config::Config;
use linchpin::http::auth::setup::{self, Person};
use linchpin::state::App;
use linchpin_domain::Clock;
use linchpin_domain::id::ConnectedUserId;
use linchpin_store::credentials::{Credential, Status};
use linchpin_store::vault::MasterKey;
use linchpin_store::{Options, Store, configurations, connected_users, credentials, enablements};
use reqwest::{Method, StatusCode};
use serde_json::{Map, Value, json};

/// The password of every member.
pub const PASSWORD: &str = "correct horse battery";

/// A running server.
pub struct TestApp {
    /// Its inside, for what no route can do.
    pub app: App,
    /// Where it listens.
    pub base: String,
    /// Its data directory.
    pub data: tempfile::TempDir,
    /// What seals its secrets, as text.
    pub master_key: String,
    server: tokio::task::JoinHandle<()>,
}

impl TestApp {
    /// A server with an empty database and the system's clock.
    pub async fn start() -> Self {
        Self::start_with(Arc::new(SystemClock), |_| {}).await
    }

    /// A server with a clock of the test's and changed settings.
    pub async fn start_with(clock: Arc<dyn Clock>, change: impl FnOnce(&mut Config)) -> Self {
        let data = tempfile::tempdir().expect("a temporary folder");
        let mut config = Config::defaults(data.path());
        change(&mut config);
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let base = format!("http://{}", listener.local_addr().expect("bound"));
        config.public_url = base.parse().expect("a web address");
        let key = MasterKey::generate();
        let master_key = key.to_text().to_string();
        let store = Store::open(Options {
            url: format!("sqlite://{}?mode=rwc", data.path().join("linchpin.db").display()),
            master_key: key,
            clock: Arc::clone(&clock),
        })
        .await
        .expect("the database opens");
        let app = linchpin::server::build(config, store, clock).await.expect("the engine starts");
        let server = serve(&app, listener);
        Self { app, base, data, master_key, server }
    }

    /// Ends the server and starts another one on the same data and address. Nothing that is under way is waited for.
    pub async fn restart(&mut self) {
        self.server.abort();
        self.app.lifecycle.stop();
        self.app.engine.stop(std::time::Duration::ZERO).await;
        self.app.store.close().await;
        let store = Store::open(Options {
            url: self.app.config.database(),
            master_key: MasterKey::parse(&self.master_key).expect("a key"),
            clock: Arc::clone(&self.app.clock),
        })
        .await
        .expect("the database opens again");
        let config = Config::clone(&self.app.config);
        let clock = Arc::clone(&self.app.clock);
        self.app = linchpin::server::build(config, store, clock).await.expect("the engine starts");
        let address = self.base.trim_start_matches("http://").to_owned();
        let listener = tokio::net::TcpListener::bind(address).await.expect("the port is free again");
        self.server = serve(&self.app, listener);
    }

    /// Nobody in particular.
    pub fn anonymous(&self) -> Client {
        #[expect(clippy::disallowed_methods, reason = "the test's own client asks the test's own server")]
        Client { http: reqwest::Client::new(), base: self.base.clone(), cookie: None, csrf: None, key: None }
    }

    /// A new member, signed in.
    pub async fn member(&self, name: &str) -> Client {
        let email = format!("{}@example.com", name.to_lowercase());
        let person = Person { name: name.into(), email: email.clone(), password: PASSWORD.into() };
        setup::add_member(&self.app.store, person).await.expect("added");
        self.sign_in(&email).await
    }

    /// A new member who is in no project that exists already, signed in.
    pub async fn outsider(&self, name: &str) -> Client {
        let email = format!("{}@example.com", name.to_lowercase());
        let member = linchpin_store::members::Member {
            id: linchpin_domain::id::MemberId::fresh(&*self.app.clock),
            email: email.clone(),
            name: name.into(),
            password_hash: linchpin::http::auth::password::hash(PASSWORD.into()).await,
            created_at: self.app.clock.now(),
        };
        let mut tx = self.app.store.begin().await.expect("begins");
        linchpin_store::members::add(&mut tx, &member).await.expect("added");
        tx.commit().await.expect("commits");
        self.sign_in(&email).await
    }

    /// A member, signed in.
    pub async fn sign_in(&self, email: &str) -> Client {
        let mut client = self.anonymous();
        let answer = client.post("/api/v1/session", json!({"email": email, "password": PASSWORD})).await;
        assert_eq!(answer.status, 201, "{}", answer.body);
        client.take_session(&answer);
        client
    }

    /// A connected user with a valid account of an integration; the workflow is on when one is given.
    pub async fn connected_user(
        &self,
        project: &str,
        integration: &str,
        workflow: Option<&str>,
        external_id: &str,
    ) -> ConnectedUserId {
        let now = self.app.clock.now();
        let project_id = project.parse().expect("an id");
        let mut tx = self.app.store.begin().await.expect("begins");
        let user = connected_users::meet(&mut tx, project_id, external_id, now).await.expect("met");
        let credential = Credential {
            id: linchpin_domain::id::CredentialId::fresh(&*self.app.clock),
            project_id,
            user_id: user.id,
            integration_id: integration.parse().expect("an id"),
            external_id: None,
            status: Status::Valid,
            status_reason: None,
            provider_id: Some("123".into()),
            provider_data: Map::new(),
            scopes: vec!["oauth".into()],
            expires_at: None,
            token_version: 1,
            refresh_failures: 0,
            refreshed_at: None,
            created_at: now,
            updated_at: now,
        };
        credentials::add(&mut tx, &credential, None).await.expect("added");
        let configuration = configurations::add_default(&mut tx, project_id, user.id, credential.id, Map::new(), now)
            .await
            .expect("added");
        if let Some(workflow) = workflow {
            let workflow = workflow.parse().expect("an id");
            enablements::switch(&mut tx, project_id, user.id, configuration.id, workflow, true).await.expect("on");
        }
        tx.commit().await.expect("commits");
        user.id
    }

    /// Everything the database holds, as bytes.
    pub fn database(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        for entry in std::fs::read_dir(self.data.path()).expect("a folder").flatten() {
            bytes.extend(std::fs::read(entry.path()).unwrap_or_default());
        }
        bytes
    }
}

fn serve(app: &App, listener: tokio::net::TcpListener) -> tokio::task::JoinHandle<()> {
    use linchpin::http::listen::{Patience, serve};
    let router = linchpin::http::router(app.clone());
    tokio::spawn(serve(listener, router, app.lifecycle.token(), Patience::default()))
}

impl Drop for TestApp {
    fn drop(&mut self) {
        self.server.abort();
    }
}

/// Somebody who calls the API.
#[derive(Clone)]
pub struct Client {
    http: reqwest::Client,
    base: String,
    /// The session cookie, `name=value`.
    pub cookie: Option<String>,
    /// The session's CSRF token.
    pub csrf: Option<String>,
    /// An API key.
    pub key: Option<String>,
}

/// What was answered.
#[derive(Debug)]
pub struct Answer {
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: reqwest::header::HeaderMap,
    /// The body as text.
    pub text: String,
    /// The body as JSON; null when it is none.
    pub body: Value,
}

impl Client {
    /// The same caller at another server.
    pub fn at(self, base: &str) -> Self {
        Self { base: base.to_owned(), ..self }
    }

    /// Sends a request; a body is sent as JSON.
    pub async fn send(&self, method: Method, path: &str, body: Option<Value>) -> Answer {
        self.send_text(method, path, body.map(|body| body.to_string())).await
    }

    /// Sends a request with a body as it is.
    pub async fn send_text(&self, method: Method, path: &str, body: Option<String>) -> Answer {
        let mut request = self.http.request(method, format!("{}{path}", self.base));
        if let Some(body) = body {
            request = request.header("content-type", "application/json").body(body);
        }
        if let Some(cookie) = &self.cookie {
            request = request.header("cookie", cookie);
        }
        if let Some(csrf) = &self.csrf {
            request = request.header("x-linchpin-csrf", csrf);
        }
        if let Some(key) = &self.key {
            request = request.bearer_auth(key);
        }
        let answer = request.send().await.expect("an answer");
        let (status, headers) = (answer.status(), answer.headers().clone());
        let text = answer.text().await.expect("a whole answer");
        Answer { status, headers, body: serde_json::from_str(&text).unwrap_or(Value::Null), text }
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.send(Method::GET, path, None).await
    }

    pub async fn post(&self, path: &str, body: Value) -> Answer {
        self.send(Method::POST, path, Some(body)).await
    }

    pub async fn put(&self, path: &str, body: Value) -> Answer {
        self.send(Method::PUT, path, Some(body)).await
    }

    pub async fn patch(&self, path: &str, body: Value) -> Answer {
        self.send(Method::PATCH, path, Some(body)).await
    }

    pub async fn delete(&self, path: &str) -> Answer {
        self.send(Method::DELETE, path, None).await
    }

    /// Remembers the session of an answer, as a browser does.
    pub fn take_session(&mut self, answer: &Answer) {
        let cookie = answer.headers.get("set-cookie").expect("a cookie").to_str().expect("readable");
        self.cookie = cookie.split(';').next().map(str::to_owned);
        self.csrf = answer.body["csrfToken"].as_str().map(str::to_owned);
    }

    /// A new project; its address.
    pub async fn project(&self, name: &str) -> String {
        let id = self.post("/api/v1/projects", json!({"name": name})).await.created();
        format!("/api/v1/projects/{id}")
    }

    /// HubSpot, set up and active; its id.
    pub async fn hubspot(&self, project: &str) -> String {
        let id = self.post(&format!("{project}/integrations"), json!({"type": "hubspot"})).await.created();
        let patch = json!({"clientId": "client", "clientSecret": "client-secret", "active": true});
        let answer = self.patch(&format!("{project}/integrations/{id}"), patch).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        id
    }

    /// The tutorial's App Event and workflow, deployed; the workflow's id.
    pub async fn workflow(&self, project: &str, integration: &str) -> String {
        let example = json!({"first_name": "Buddha", "email": "buddha@example.com"});
        self.post(&format!("{project}/app-events"), json!({"name": "Contact Created", "example": example}))
            .await
            .created();
        let new = json!({"integrationId": integration, "name": "Sync contacts"});
        let id = self.post(&format!("{project}/workflows"), new).await.created();
        let draft = json!({"revision": 1, "definition": definition()});
        let saved = self.put(&format!("{project}/workflows/{id}/draft"), draft).await;
        assert_eq!(saved.body, json!({"draftRevision": 2, "problems": []}));
        let deployed = self.post(&format!("{project}/workflows/{id}/deploy"), json!({})).await;
        assert_eq!(deployed.status, 200, "{}", deployed.body);
        id
    }
}

/// The tutorial's workflow.
pub fn definition() -> Value {
    json!({
        "trigger": {"appEvent": "Contact Created"},
        "steps": [{
            "key": "create_contact",
            "action": "contacts.create",
            "inputs": {"email": "{{ trigger.email }}", "firstname": "{{ trigger.first_name }}"},
            "onError": "stop",
            "retry": true
        }]
    })
}

impl Answer {
    /// The id of what was created.
    pub fn created(&self) -> String {
        assert_eq!(self.status, 201, "{}", self.text);
        self.body["id"].as_str().expect("an id").to_owned()
    }

    /// Status, code and fields of an error, checked for its whole shape.
    pub fn error(&self) -> (u16, String, Value) {
        let status = self.status.as_u16();
        assert!(status >= 400, "{}", self.text);
        assert_eq!(self.body["status"], status, "{}", self.text);
        assert!(self.body["message"].as_str().is_some_and(|message| !message.is_empty()), "{}", self.text);
        let request_id = self.body["meta"]["requestId"].as_str().expect("a request id");
        assert_eq!(self.headers["x-request-id"], request_id);
        (status, self.body["code"].as_str().expect("a code").to_owned(), self.body["meta"]["fields"].clone())
    }
}
