//! Recognisable markers in every secret, searched where none may be: in the database's bytes, in the log
//! at its most talkative, in exports, and in what the API answers.

use std::collections::BTreeMap;
use std::io::Write;
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

use linchpin::telemetry::JsonLines;
use linchpin_store::credentials;
use linchpin_store::vault::MasterKey;
use reqwest::Method;
use secrecy::ExposeSecret;
use serde_json::{Value, json};
use tracing_subscriber::EnvFilter;

use crate::app::{Client, PASSWORD};
use crate::sdk::world::{World, cookie_of};

const CLIENT_SECRET: &str = "marker-client-secret-5b1f";
const PROJECT_SECRET: &str = "marker-project-secret-77c0";
const EMAIL: &str = "marker-payload@leak.example";

/// Everything that this process logs from the first call on.
fn log() -> &'static Arc<Mutex<Vec<u8>>> {
    static LOG: OnceLock<Arc<Mutex<Vec<u8>>>> = OnceLock::new();
    LOG.get_or_init(|| {
        let log: Arc<Mutex<Vec<u8>>> = Arc::default();
        let writer = Arc::clone(&log);
        // The simulator's own log is the provider's business, and it runs in this process.
        tracing_subscriber::fmt()
            .with_env_filter(EnvFilter::new("debug,linchpin_connectors::simulator=off"))
            .with_writer(move || Tee(Arc::clone(&writer)))
            .json()
            .event_format(JsonLines)
            .init();
        log
    })
}

struct Tee(Arc<Mutex<Vec<u8>>>);

impl Write for Tee {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().expect("nobody panicked with it").extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// What is looked for, by name.
#[derive(Default)]
struct Markers(BTreeMap<&'static str, String>);

impl Markers {
    fn plant(&mut self, name: &'static str, value: impl Into<String>) {
        let value = value.into();
        assert!(value.len() >= 8, "{name}: `{value}` would be found by chance");
        self.0.insert(name, value);
    }

    /// The names of the markers that a text holds.
    fn found_in(&self, bytes: &[u8], allowed: &[&str]) -> Vec<&'static str> {
        let holds = |value: &str| bytes.windows(value.len()).any(|window| window == value.as_bytes());
        self.0.iter().filter(|(name, value)| !allowed.contains(name) && holds(value)).map(|(name, _)| *name).collect()
    }
}

/// A parameter of an address, from its name and the noun before it.
fn fill(path: &str, ids: &BTreeMap<&str, String>, project: &str) -> String {
    let parts: Vec<&str> = path.split('/').collect();
    let filled: Vec<&str> = parts
        .iter()
        .enumerate()
        .map(|(index, part)| match *part {
            "{projectId}" => project,
            "{type}" => "hubspot",
            part if part.starts_with('{') => ids.get(parts[index - 1]).map_or("none", String::as_str),
            part => part,
        })
        .collect();
    filled.join("/")
}

/// Every address of the description that can be read, with its answer.
async fn everything_readable(who: &Client, user: &World, ids: &BTreeMap<&str, String>) -> Vec<(String, String)> {
    let document = who.get("/openapi.json").await;
    let mut answers = Vec::new();
    for (path, methods) in document.body["paths"].as_object().expect("paths") {
        let Some(operation) = methods.get("get") else { continue };
        let at = fill(path, ids, &user.project);
        let answer = if operation["security"] == json!([{"userToken": []}]) {
            crate::sdk::world::answer(user.http.get(format!("{}{at}", user.test.base)).bearer_auth(user.token("ann")))
                .await
        } else {
            who.get(&at).await
        };
        answers.push((format!("GET {at} ({})", answer.status), format!("{:?}\n{}", answer.headers, answer.text)));
    }
    answers
}

#[tokio::test(flavor = "multi_thread")]
async fn no_secret_is_in_the_database_the_log_an_export_or_an_answer() {
    let log = log();
    let world = World::start().await;
    let mut markers = Markers::default();
    markers.plant("password", PASSWORD);
    markers.plant("master key", world.test.master_key.clone());
    markers.plant("session cookie", world.admin.cookie.clone().expect("signed in").split_once('=').expect("a pair").1);

    // The app's secret, a project's secret that a workflow uses, an API key.
    let integration = format!("{}/integrations/{}", world.api, world.integration);
    let set = world.admin.patch(&integration, json!({"clientSecret": CLIENT_SECRET})).await;
    assert_eq!(set.status, 200, "{}", set.text);
    markers.plant("client secret", CLIENT_SECRET);
    let made = world.admin.post(&format!("{}/api-keys", world.api), json!({"name": "deploy"})).await;
    let mut with_key = world.test.anonymous();
    with_key.key = made.body["key"].as_str().map(str::to_owned);
    markers.plant("API key", with_key.key.clone().expect("shown once"));
    let file = json!({
        "project": "Acme",
        "secrets": {"MARKER": PROJECT_SECRET},
        "integrations": {"hubspot": {"workflows": {"With a secret": {
            "defaultEnabled": true,
            "trigger": {"appEvent": "Contact Created"},
            "steps": [{"create_contact": {"action": "contacts.create", "inputs": {
                "email": "{{ trigger.email }}", "company": "{{ secrets.MARKER }}",
            }}}],
        }}}},
    });
    let applied = with_key.post("/api/v1/apply", file).await;
    assert_eq!(applied.status, 200, "{}", applied.text);
    markers.plant("project secret", PROJECT_SECRET);

    // A sign-in, step by step, for the values that only travel.
    let token = world.token("ann");
    markers.plant("user token", token.rsplit('.').next().expect("a signature"));
    let nonce = world.nonce_page("ann").await;
    markers.plant("nonce", cookie_of(&nonce).split_once('=').expect("a pair").1);
    let built = world.build("ann", "marker-session", json!({})).await;
    let consent = built.body["redirectUrl"].as_str().expect("an address");
    let back = world.consent(consent, "1234567").await;
    let query: BTreeMap<String, String> =
        url::Url::parse(&back).expect("an address").query_pairs().into_owned().collect();
    markers.plant("OAuth code", query["code"].as_str());
    markers.plant("state", query["state"].as_str());
    let done = world.come_back(&back, Some(&cookie_of(&nonce))).await;
    assert!(done.text.contains("HubSpot is connected"), "{}", done.text);
    let polled = world.get("ann", "/sdk/actions/session-id/marker-session").await;
    let credential = polled.body["connectCredentialId"].as_str().expect("connected").to_owned();
    let opened = {
        let mut conn = world.test.app.store.read().await.expect("reads");
        let project = world.project.parse().expect("an id");
        credentials::open(&mut conn, project, credential.parse().expect("an id")).await.expect("opens")
    };
    let tokens = opened.expect("there").tokens.expect("tokens");
    markers.plant("access token", tokens.access_token.expose_secret());
    markers.plant("refresh token", tokens.refresh_token.expect("one").expose_secret());

    // A run with the secret in its inputs, and wrong calls with every marker in them.
    markers.plant("payload e-mail", EMAIL);
    let event = json!({"name": "Contact Created", "payload": {"email": EMAIL}});
    assert_eq!(world.post("ann", "/sdk/events/trigger", event.clone()).await.status, 201);
    let run = settled(&world).await;
    assert_eq!(run["state"], "succeeded", "{run}");
    for path in [
        format!("/sdk/nothing?userToken={token}&code={}&state={}", query["code"], query["state"]),
        format!("/sdk/actions/oauth-nonce?integrationId=x&userToken={token}"),
    ] {
        assert!(world.get("ann", &path).await.status.is_client_error(), "{path}");
    }
    let wrong = world.test.anonymous().post("/api/v1/session", json!({"email": EMAIL, "password": PASSWORD})).await;
    assert_eq!(wrong.status, 401, "{}", wrong.text);
    world
        .test
        .anonymous()
        .send_text(Method::POST, "/api/v1/session", Some(format!("{{\"password\": \"{PASSWORD}\"")))
        .await;
    assert!(!world.get("ann", "/sdk/proxy/hubspot/nothing").await.status.is_success());
    world.faults(json!({"revokeRefreshTokens": true})).await;

    let first = |list: &Value| list["items"][0]["id"].as_str().unwrap_or("none").to_owned();
    let mut ids = BTreeMap::from([
        ("integrations", world.integration.clone()),
        ("workflows", world.workflow.clone()),
        ("versions", "1".to_owned()),
        ("credentials", credential),
        ("session-id", "marker-session".to_owned()),
        ("runs", run["id"].as_str().expect("an id").to_owned()),
    ]);
    for noun in ["app-events", "signing-keys", "api-keys", "users"] {
        ids.insert(noun, first(&world.admin.get(&format!("{}/{noun}", world.api)).await.body));
    }
    let mut answers = everything_readable(&world.admin, &world, &ids).await;
    answers.extend(everything_readable(&with_key, &world, &ids).await);
    let good = answers.iter().filter(|(name, _)| name.ends_with("(200 OK)")).count();
    assert!(good > 40, "only {good} of {} answers are good", answers.len());
    let task = answers.iter().find(|(name, _)| name.contains("/runs/") && name.ends_with("(200 OK)")).expect("the run");
    assert!(task.1.contains("••••••"), "the run shows that there was a secret: {}", task.1);
    for (name, text) in &answers {
        // The payload is what Task History is for; a session's own answer names its own cookie.
        assert_eq!(markers.found_in(text.as_bytes(), &["payload e-mail"]), Vec::<&str>::new(), "{name}");
    }
    let export = with_key.get("/api/v1/export").await;
    assert!(export.text.contains("With a secret"), "{}", export.text);
    assert_eq!(markers.found_in(export.text.as_bytes(), &[]), Vec::<&str>::new(), "the export");
    let metrics = world.test.anonymous().get("/metrics").await;
    assert_eq!(markers.found_in(metrics.text.as_bytes(), &[]), Vec::<&str>::new(), "the metrics");

    let database = world.test.database();
    assert!(database.windows(EMAIL.len()).any(|window| window == EMAIL.as_bytes()), "the payload is kept");
    assert_eq!(markers.found_in(&database, &["payload e-mail"]), Vec::<&str>::new(), "the database");

    let log = log.lock().expect("nobody panicked with it").clone();
    let text = String::from_utf8_lossy(&log);
    assert!(text.contains("\"DEBUG\"") && text.contains("/sdk/events/trigger"), "the log was on: {} bytes", log.len());
    assert_eq!(markers.found_in(&log, &[]), Vec::<&str>::new(), "the log");
}

async fn settled(world: &World) -> Value {
    for _ in 0..250 {
        let runs = world.admin.get(&format!("{}/runs", world.api)).await.body;
        if let Some(run) = runs["items"].as_array().into_iter().flatten().find(|run| run["state"] == "succeeded") {
            return run.clone();
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("no run succeeded: {}", world.admin.get(&format!("{}/runs", world.api)).await.text);
}

#[test]
fn a_master_key_says_nothing_of_itself() {
    let key = MasterKey::generate();
    assert_eq!(format!("{key:?}"), "[secret]");
}
