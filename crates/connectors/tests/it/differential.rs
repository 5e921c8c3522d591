//! The same calls to the simulator and to what HubSpot is documented to answer: status, headers, the shape of
//! the body, the words that tell errors apart, and what our connector makes of both must be the same.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Mutex;
use std::time::Duration;

use axum::Router;
use axum::response::Response;
use linchpin_connectors::{Access, Account, Client, Endpoint, perform_seen};
use linchpin_domain::Timestamp;
use linchpin_domain::connector::{ActionError, ActionOutput, Exchange};
use linchpin_domain::source::Document;
use secrecy::SecretString;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::simulated::{Simulated, object};

/// A call, and what it is documented to be answered.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Documented {
    /// Where the answer is written down.
    source: String,
    /// When it was read there.
    date: String,
    /// Calls before it.
    #[serde(default)]
    before: Vec<Step>,
    /// How often the call itself is made before it.
    #[serde(default)]
    repeat: usize,
    /// What the account has granted; everything when absent.
    #[serde(default)]
    scopes: Option<Vec<String>>,
    /// A token that is none.
    #[serde(default)]
    token: Option<String>,
    /// How long after the token was given.
    #[serde(default)]
    later_seconds: u64,
    /// Switches of the simulator.
    #[serde(default)]
    faults: Value,
    action: String,
    inputs: Value,
    answer: Answer,
    /// Parts that are there or not.
    #[serde(default)]
    optional: Vec<String>,
    /// What our connector makes of it: the code of the error.
    #[serde(default)]
    code: Option<String>,
    #[serde(default)]
    wait_seconds: Option<u64>,
    /// The wait lasts until the day ends in this zone, where the account is.
    #[serde(default)]
    wait_until_midnight_in: Option<String>,
    /// The record that the newest one of a resource is joined to.
    #[serde(default)]
    linked: Option<Linked>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Step {
    action: String,
    inputs: Value,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Answer {
    status: u16,
    /// Headers that it has.
    #[serde(default)]
    headers: Vec<String>,
    /// Headers that it does not have.
    #[serde(default)]
    without: Vec<String>,
    #[serde(default)]
    body: Option<Value>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Linked {
    resource: String,
    to: String,
}

/// What came of a call.
#[derive(Debug)]
struct Came {
    result: Result<ActionOutput, ActionError>,
    status: u16,
    headers: Vec<String>,
}

async fn call(client: &Client, endpoint: &Endpoint, access: &Access, of: &Simulated, documented: &Documented) -> Came {
    let seen = Mutex::new((0, Vec::new()));
    let note = |status: u16, headers: &http::HeaderMap| {
        let names = headers.keys().map(|name| name.as_str().to_owned()).collect();
        *seen.lock().expect("not poisoned") = (status, names);
    };
    let account = Account { access, endpoint };
    let inputs = object(documented.inputs.clone());
    let result = perform_seen(client, &of.manifest, account, &documented.action, &inputs, "key-1", &note).await;
    let (status, headers) = seen.into_inner().expect("not poisoned");
    Came { result, status, headers }
}

fn exchange(result: &Result<ActionOutput, ActionError>) -> Exchange {
    let kept = match result {
        Ok(done) => done.exchange.clone(),
        Err(
            ActionError::Rejected { exchange, .. }
            | ActionError::RateLimited { exchange, .. }
            | ActionError::Reauthorize { exchange, .. }
            | ActionError::Unreachable { exchange, .. },
        ) => exchange.as_deref().cloned(),
        Err(other) => panic!("{other:?}"),
    };
    kept.expect("it was sent")
}

/// Words that tell one answer from another; all other texts are compared by their form.
const WORDS: [&str; 6] = ["status", "category", "code", "errorType", "policyName", "associationCategory"];

/// The form of a value: names and types, the words of errors as they are.
fn form(name: &str, value: &Value) -> Value {
    match value {
        Value::Null => json!("nothing"),
        Value::Bool(_) => json!("yes or no"),
        Value::Number(_) => json!("number"),
        Value::String(text) if WORDS.contains(&name) => json!(format!("`{text}`")),
        Value::String(text) if text.parse::<u64>().is_ok() => json!("digits"),
        Value::String(text) if Timestamp::parse(text).is_some() => json!("time"),
        Value::String(_) => json!("text"),
        Value::Array(items) => Value::Array(items.iter().map(|item| form(name, item)).collect()),
        Value::Object(fields) => {
            let fields: Map<String, Value> =
                fields.iter().map(|(name, value)| (name.clone(), form(name, value))).collect();
            Value::Object(fields)
        }
    }
}

fn without(mut value: Value, optional: &[String]) -> Value {
    for pointer in optional {
        let (parent, name) = pointer.rsplit_once('/').expect("a pointer");
        if let Some(Value::Object(fields)) = value.pointer_mut(parent) {
            fields.remove(name);
        }
    }
    value
}

fn all() -> BTreeMap<String, Documented> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../connectors/hubspot/answers");
    let files = std::fs::read_dir(folder).expect("the answers");
    files
        .map(|file| {
            let path = file.expect("readable").path();
            let name = path.file_stem().expect("a name").to_string_lossy().into_owned();
            let text = std::fs::read_to_string(&path).expect("readable");
            let documented = Document::parse(&name, &text).and_then(|document| document.read(""));
            (name, documented.unwrap_or_else(|problem| panic!("{problem}")))
        })
        .collect()
}

async fn compare(name: &str, documented: &Documented) {
    assert!(!documented.source.is_empty() && documented.date.len() == 10, "{name} says where and when it was read");
    let mut simulated = Simulated::start().await;
    for step in &documented.before {
        simulated.done(&step.action, step.inputs.clone()).await;
    }
    if !documented.faults.is_null() {
        simulated.admin("faults", documented.faults.clone()).await;
    }
    if let Some(scopes) = &documented.scopes {
        let given = simulated.admin("tokens", json!({"scopes": scopes})).await;
        simulated.access.token = SecretString::from(given["access_token"].as_str().expect("a token").to_owned());
    }
    if let Some(token) = &documented.token {
        simulated.access.token = SecretString::from(token.clone());
    }
    if let Some(zone) = &documented.wait_until_midnight_in {
        simulated.access.facts.insert("timeZone".into(), zone.as_str().into());
    }
    for _ in 0..documented.repeat {
        let _ = simulated.perform(&documented.action, documented.inputs.clone()).await;
    }
    simulated.clock.advance(Duration::from_secs(documented.later_seconds));
    let ours = call(&simulated.client, &simulated.endpoint, &simulated.access, &simulated, documented).await;

    // The same call to one who answers as documented.
    let answer = documented.answer.clone();
    let reply = move || {
        let answer = answer.clone();
        async move {
            let mut response = Response::builder().status(answer.status);
            for header in &answer.headers {
                response = response.header(header, "1");
            }
            let body = answer.body.map(|body| body.to_string()).unwrap_or_default();
            response.header("content-type", "application/json").body(body).expect("valid")
        }
    };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("bound");
    let task = tokio::spawn(async move { axum::serve(listener, Router::new().fallback(reply)).await.expect("serves") });
    let endpoint = Endpoint { base_urls: [("api".to_owned(), format!("http://{address}"))].into(), api_version: None };
    let client = Client::new(address.to_string().parse().expect("valid"));
    let theirs = call(&client, &endpoint, &simulated.access, &simulated, documented).await;
    task.abort();

    assert_eq!((ours.status, theirs.status), (documented.answer.status, documented.answer.status), "{name}: {ours:?}");
    for header in &documented.answer.headers {
        assert!(ours.headers.contains(header), "{name}: the simulator sends no {header}");
    }
    for header in &documented.answer.without {
        assert!(!ours.headers.contains(header), "{name}: the simulator sends {header}");
    }
    let (one, other) = (exchange(&ours.result), exchange(&theirs.result));
    let body = |exchange: &Exchange| {
        let body = exchange.response_body.clone().unwrap_or_default();
        without(form("", &body), &documented.optional)
    };
    assert_eq!(body(&one), body(&other), "{name}: the simulator's answer has another form: {:?}", one.response_body);
    let path = |exchange: &Exchange| {
        let (_, rest) = exchange.url.split_once("://").expect("an address");
        rest.split_once('/').map(|(_, path)| path.to_owned())
    };
    assert_eq!((&one.method, path(&one), &one.request_body), (&other.method, path(&other), &other.request_body));
    let code = |came: &Came| came.result.as_ref().err().map(|error| error.code().to_owned());
    assert_eq!((code(&ours), code(&theirs)), (documented.code.clone(), documented.code.clone()), "{name}");
    for came in [&ours, &theirs] {
        let wait = match &came.result {
            Err(ActionError::RateLimited { retry_after, .. }) => Some(retry_after.as_secs()),
            _ => None,
        };
        match &documented.wait_until_midnight_in {
            None => assert_eq!(wait, documented.wait_seconds, "{name}"),
            Some(zone) => {
                #[expect(clippy::disallowed_methods, reason = "the answers come by the machine's clock, too")]
                let now = jiff::Timestamp::now().in_tz(zone).expect("a zone");
                let midnight = now.tomorrow().and_then(|day| day.start_of_day()).expect("there is a tomorrow");
                let left = midnight.timestamp().as_second() - now.timestamp().as_second();
                let wait = i64::try_from(wait.expect("it waits")).expect("short");
                assert!((wait - left).abs() < 60, "{name}: {wait} seconds, and {left} are left of the day");
            }
        }
    }
    if let Some(linked) = &documented.linked {
        let records = simulated.read(&format!("records/{}", linked.resource)).await;
        let newest = records["results"].as_array().and_then(|all| all.last()).cloned().unwrap_or_default();
        assert!(newest["links"].to_string().contains(&linked.to), "{name}: {newest}");
    }
}

#[tokio::test]
async fn the_simulator_answers_as_hubspot_is_documented_to() {
    let all = all();
    assert!(all.len() >= 24, "only {} answers were found", all.len());
    for (name, documented) in &all {
        compare(name, documented).await;
    }
}

#[tokio::test]
async fn a_simulator_that_answers_otherwise_is_found_out() {
    let answer = json!({"id": "1", "properties": {"email": "a", "more": null}, "archived": false, "category": "X"});
    for (other, same) in [
        (json!({"id": "22", "properties": {"email": "b", "more": null}, "archived": true, "category": "X"}), true),
        (json!({"id": 1, "properties": {"email": "b", "more": null}, "archived": true, "category": "X"}), false),
        (json!({"id": "1", "properties": {"email": "b"}, "archived": true, "category": "X"}), false),
        (json!({"id": "1", "properties": {"email": "b", "more": null}, "archived": true, "category": "Y"}), false),
    ] {
        assert_eq!(form("", &answer) == form("", &other), same, "{other}");
    }
    let left = without(json!({"a": {"b": 1, "c": 2}}), &["/a/b".to_owned(), "/x/y".to_owned()]);
    assert_eq!(left, json!({"a": {"c": 2}}));
}
