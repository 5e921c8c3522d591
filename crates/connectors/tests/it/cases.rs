//! The recorded cases of every connector: inputs, the request that must be made, the answer, and
//! what must come of it.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::Request;
use axum::response::Response;
use linchpin_connectors::{Access, Account, Client, Endpoint, Registry, perform};
use linchpin_domain::connector::ActionError;
use linchpin_domain::source::Document;
use serde::Deserialize;
use serde_json::{Map, Value};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    action: String,
    inputs: Map<String, Value>,
    request: Expected,
    answer: Answer,
    #[serde(default)]
    output: Value,
    #[serde(default)]
    error: Option<Failure>,
}

#[derive(Debug, Deserialize, PartialEq)]
#[serde(deny_unknown_fields)]
struct Expected {
    method: String,
    path: String,
    #[serde(default)]
    body: Value,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Answer {
    status: u16,
    #[serde(default)]
    body: Option<Value>,
    #[serde(default)]
    text: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Failure {
    code: String,
    message: String,
    #[serde(default)]
    wait_seconds: Option<u64>,
}

fn cases() -> Vec<(String, PathBuf)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../connectors");
    let mut found = Vec::new();
    for connector in std::fs::read_dir(root).expect("the connectors") {
        let connector = connector.expect("readable");
        let kind = connector.file_name().to_string_lossy().into_owned();
        for case in std::fs::read_dir(connector.path().join("cases")).expect("every connector has cases") {
            found.push((kind.clone(), case.expect("readable").path()));
        }
    }
    found.sort();
    found
}

async fn run(kind: &str, path: &Path) {
    let name = path.display().to_string();
    let text = std::fs::read_to_string(path).expect("readable");
    let case: Case = Document::parse(&name, &text)
        .and_then(|document| document.read(""))
        .unwrap_or_else(|problem| panic!("{problem}"));
    let seen = Arc::new(Mutex::new(None));
    let (answer, noted) = (case.answer.clone(), seen.clone());
    let reply = move |request: Request| {
        let (answer, noted) = (answer.clone(), noted.clone());
        async move {
            let (parts, body) = request.into_parts();
            let body = axum::body::to_bytes(body, 1 << 20).await.expect("small");
            let form =
                parts.headers.get("content-type").is_some_and(|kind| kind == "application/x-www-form-urlencoded");
            let body = match &body[..] {
                [] => Value::Null,
                text if form => String::from_utf8_lossy(text).into(),
                text => serde_json::from_slice(text).expect("JSON"),
            };
            let request = Expected { method: parts.method.to_string(), path: parts.uri.to_string(), body };
            *noted.lock().expect("not poisoned") = Some(request);
            let text = answer.text.or_else(|| answer.body.map(|body| body.to_string())).unwrap_or_default();
            Response::builder().status(answer.status).body(text).expect("valid")
        }
    };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("bound");
    let server =
        tokio::spawn(async move { axum::serve(listener, Router::new().fallback(reply)).await.expect("serves") });
    let registry = Registry::builtin().unwrap_or_else(|problem| panic!("{problem}"));
    let manifest = registry.find(kind).expect("the folder is a connector");
    let endpoint = Endpoint { base_urls: [("api".to_owned(), format!("http://{address}"))].into(), api_version: None };
    let account = manifest.simulator.as_ref().and_then(|simulator| simulator.accounts.first());
    let known = account.map(|account| account.inputs.iter().map(|(name, value)| (name.clone(), value.as_str().into())));
    let access = Access { inputs: known.into_iter().flatten().collect(), ..Access::bearer("t") };
    let account = Account { access: &access, endpoint: &endpoint };
    let client = Client::new(address.to_string().parse().expect("valid"));
    let result = perform(&client, manifest, account, &case.action, &case.inputs, "key").await;
    server.abort();
    assert_eq!(seen.lock().expect("not poisoned").as_ref(), Some(&case.request), "{name}");
    match (case.error, result) {
        (None, Ok(done)) => assert_eq!(done.output, case.output, "{name}"),
        (Some(expected), Err(error)) => {
            assert_eq!((error.code(), error.to_string()), (expected.code.as_str(), expected.message), "{name}");
            if let ActionError::RateLimited { retry_after, .. } = error {
                assert_eq!(Some(retry_after.as_secs()), expected.wait_seconds, "{name}");
            }
        }
        (expected, result) => panic!("{name}: expected {expected:?}, got {result:?}"),
    }
}

#[tokio::test]
async fn every_recorded_case_comes_out_as_it_says() {
    let cases = cases();
    assert!(cases.len() >= 14, "only {} cases were found", cases.len());
    for (kind, path) in cases {
        run(&kind, &path).await;
    }
}
