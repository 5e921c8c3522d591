//! Requests that steps say themselves, seen by a server that tells what it was sent.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use linchpin_connectors::{
    Account, Client, ClientTokens, EgressPolicy, Pace, Urgency, from_account, perform_seen, prepare_request, raw,
    request,
};
use linchpin_domain::Timestamp;
use linchpin_domain::clock::ManualClock;
use linchpin_domain::connector::{ActionError, ActionOutput, Sent};
use linchpin_domain::http_request::RequestSpec;
use linchpin_domain::id::CredentialId;
use serde_json::{Value, json};

use crate::simulated::{Simulated, object};

struct Echo {
    url: String,
    seen: Arc<Mutex<Vec<Value>>>,
    client: Client,
    tokens: ClientTokens,
    clock: Arc<ManualClock>,
    server: tokio::task::JoinHandle<()>,
}

impl Drop for Echo {
    fn drop(&mut self) {
        self.server.abort();
    }
}

async fn told(request: Request) -> Value {
    let (parts, body) = request.into_parts();
    let body = axum::body::to_bytes(body, 1 << 20).await.expect("small");
    let headers: serde_json::Map<String, Value> = parts
        .headers
        .iter()
        .map(|(name, value)| (name.to_string(), String::from_utf8_lossy(value.as_bytes()).into()))
        .collect();
    json!({
        "method": parts.method.as_str(), "path": parts.uri.to_string(),
        "headers": headers, "body": String::from_utf8_lossy(&body),
    })
}

fn reply(told: &Value, port: u16) -> Response {
    let path = told["path"].as_str().expect("a path");
    match path.split('?').next().expect("a path") {
        "/token" => axum::Json(json!({"access_token": "fetched", "expires_in": 3600})).into_response(),
        "/limited" => (http::StatusCode::TOO_MANY_REQUESTS, [("retry-after", "7")]).into_response(),
        "/down" => http::StatusCode::BAD_GATEWAY.into_response(),
        "/wrong" => {
            (http::StatusCode::BAD_REQUEST, axum::Json(json!({"error": {"message": "bad name"}}))).into_response()
        }
        "/near" => (http::StatusCode::FOUND, [("location", "/end")]).into_response(),
        "/far" => (http::StatusCode::FOUND, [("location", format!("http://localhost:{port}/end"))]).into_response(),
        "/inside" => (http::StatusCode::FOUND, [("location", "http://169.254.169.254/")]).into_response(),
        "/text" => ([("x-two", "a")], "123").into_response(),
        "/a%20b.png" => ([("content-type", "image/png")], vec![0_u8, 159, 255]).into_response(),
        "/big" => ([("content-type", "image/png")], vec![255_u8; (5 << 20) + 1]).into_response(),
        "/latin" => ([("content-type", "text/plain; charset=latin1")], vec![b'a', 0xfc]).into_response(),
        _ => axum::Json(told.clone()).into_response(),
    }
}

impl Echo {
    async fn start() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let port = listener.local_addr().expect("bound").port();
        let seen: Arc<Mutex<Vec<Value>>> = Arc::default();
        let noted = seen.clone();
        let tell = move |request: Request| {
            let noted = noted.clone();
            async move {
                let told = told(request).await;
                let answer = reply(&told, port);
                noted.lock().expect("whole").push(told);
                answer
            }
        };
        let server =
            tokio::spawn(async move { axum::serve(listener, Router::new().fallback(tell)).await.expect("serves") });
        let allowed = ["127.0.0.1", "localhost"].map(|host| format!("{host}:{port}").parse().expect("valid"));
        Self {
            url: format!("http://127.0.0.1:{port}"),
            seen,
            client: Client::new(EgressPolicy::strict().with_steps(allowed.into())),
            tokens: ClientTokens::default(),
            clock: Arc::new(ManualClock::at(Timestamp::from_millis(1_000_000))),
            server,
        }
    }

    async fn send(&self, path: &str, mut spec: Value) -> Result<ActionOutput, ActionError> {
        spec["url"] = format!("{}{path}", self.url).into();
        let spec: RequestSpec = serde_json::from_value(spec).expect("a request");
        request(&self.client, &self.tokens, &*self.clock, &spec).await
    }

    async fn body(&self, path: &str, spec: Value) -> Value {
        self.send(path, spec).await.expect("answered").output["response"]["body"].clone()
    }

    fn count(&self, path: &str) -> usize {
        self.seen.lock().expect("whole").iter().filter(|one| one["path"] == path).count()
    }
}

#[tokio::test]
async fn every_kind_of_body_arrives_as_it_was_written() {
    let echo = Echo::start().await;
    for (spec, kind, body) in [
        (json!({"body": {"b": 1, "a": ["ü", null]}}), "application/json", "{\"b\":1,\"a\":[\"ü\",null]}"),
        (
            json!({"form": {"a": "1 & 2", "b": ["x", "y"], "c": null}}),
            "application/x-www-form-urlencoded",
            "a=1+%26+2&b=x&b=y",
        ),
        (json!({"xml": "<a>1</a>"}), "application/xml", "<a>1</a>"),
        (json!({"raw": "words"}), "text/plain; charset=utf-8", "words"),
        (json!({"raw": {"contentType": "text/csv", "text": "a,b"}}), "text/csv", "a,b"),
        (json!({"xml": "<a/>", "headers": {"Content-Type": "text/xml"}}), "text/xml", "<a/>"),
    ] {
        let mut post = spec.clone();
        post["method"] = "post".into();
        let told = echo.body("/x", post).await;
        assert_eq!((&told["method"], &told["headers"]["content-type"]), (&json!("POST"), &json!(kind)), "{spec}");
        assert_eq!(told["body"], body, "{spec}");
    }
    let spec = json!({"method": "POST", "multipart": {
        "name": "A", "f\"": {"filename": "a\".txt", "contentType": "text/plain", "base64": "aGk="},
        "g": {"filename": "b", "hex": "4142"},
    }});
    let told = echo.body("/x", spec).await;
    let kind = told["headers"]["content-type"].as_str().expect("a type");
    let boundary = kind.strip_prefix("multipart/form-data; boundary=").expect("a boundary");
    let expected = [
        "--B\r\nContent-Disposition: form-data; name=\"name\"\r\n\r\nA\r\n",
        "--B\r\nContent-Disposition: form-data; name=\"f%22\"; filename=\"a%22.txt\"\r\nContent-Type: text/plain\r\n\r\nhi\r\n",
        "--B\r\nContent-Disposition: form-data; name=\"g\"; filename=\"b\"\r\nContent-Type: application/octet-stream\r\n\r\nAB\r\n",
        "--B--\r\n",
    ];
    assert_eq!(told["body"], expected.concat().replace("--B", &format!("--{boundary}")));
    let both = echo.send("/x", json!({"method": "POST", "body": 1, "xml": "<a/>"})).await.expect_err("two bodies");
    assert_eq!(both.code(), "invalid_inputs");
}

#[tokio::test]
async fn query_headers_and_authorization_arrive_and_cannot_be_broken_out_of() {
    let echo = Echo::start().await;
    let spec =
        json!({"query": {"a": "1&b=2", "l": [1, 2], "n": null}, "headers": {"X-Own": "yes"}, "auth": {"bearer": "t0"}});
    let told = echo.body("/x?z=0", spec).await;
    assert_eq!(told["path"], "/x?z=0&a=1%26b%3D2&l=1&l=2");
    assert_eq!((&told["headers"]["x-own"], &told["headers"]["authorization"]), (&json!("yes"), &json!("Bearer t0")));
    let told = echo.body("/x", json!({"auth": {"basic": {"username": "ann", "password": "p:w"}}})).await;
    assert_eq!(told["headers"]["authorization"], "Basic YW5uOnA6dw==");
    let error = echo.send("/x", json!({"headers": {"X": "a\r\nY: b"}})).await.expect_err("a line break");
    assert_eq!(error.code(), "invalid_inputs");
    let text = echo.send("/text", json!({})).await.expect("answered").output["response"].clone();
    assert_eq!(
        (&text["statusCode"], &text["body"], &text["headers"]["x-two"]),
        (&json!(200), &json!("123"), &json!("a"))
    );
}

#[tokio::test]
async fn a_client_credentials_token_is_fetched_once_until_it_expires() {
    let echo = Echo::start().await;
    let auth = json!({"oauthClientCredentials": {"tokenUrl": format!("{}/token", echo.url), "clientId": "c", "clientSecret": "s", "scope": "read"}});
    for _ in 0..3 {
        let told = echo.body("/x", json!({"auth": auth})).await;
        assert_eq!(told["headers"]["authorization"], "Bearer fetched");
    }
    assert_eq!(echo.count("/token"), 1);
    let asked = echo.seen.lock().expect("whole")[0].clone();
    assert_eq!(asked["body"], "grant_type=client_credentials&scope=read");
    assert_eq!(asked["headers"]["authorization"], "Basic Yzpz");
    echo.clock.advance(Duration::from_hours(1));
    echo.body("/x", json!({"auth": auth})).await;
    assert_eq!(echo.count("/token"), 2);
}

#[tokio::test]
async fn redirects_are_followed_by_reads_alone_and_take_no_authorization_elsewhere() {
    let echo = Echo::start().await;
    let keys = json!({"auth": {"bearer": "t0"}, "headers": {"x-api-key": "k"}});
    assert_eq!(echo.body("/near", keys.clone()).await["headers"]["authorization"], "Bearer t0");
    let told = echo.body("/far", keys).await;
    assert_eq!(
        (&told["path"], &told["headers"]["authorization"], &told["headers"]["x-api-key"]),
        (&json!("/end"), &Value::Null, &Value::Null)
    );
    let error = echo.send("/inside", json!({})).await.expect_err("an inner address");
    assert_eq!(error.code(), "egress_refused");
    let before = echo.count("/end");
    let error = echo.send("/near", json!({"method": "POST", "body": 1})).await.expect_err("a write");
    assert_eq!((error.code(), echo.count("/end")), ("redirected", before));
}

#[tokio::test]
async fn failures_are_told_apart() {
    let echo = Echo::start().await;
    match echo.send("/limited", json!({})).await {
        Err(ActionError::RateLimited { retry_after, .. }) => assert_eq!(retry_after, Duration::from_secs(7)),
        other => panic!("{other:?}"),
    }
    for (method, expected) in [("POST", Sent::Maybe), ("PATCH", Sent::Maybe), ("GET", Sent::No), ("DELETE", Sent::No)] {
        match echo.send("/down", json!({"method": method})).await {
            Err(ActionError::Unreachable { sent, exchange, .. }) => {
                assert_eq!((sent, exchange.and_then(|one| one.status)), (expected, Some(502)), "{method}");
            }
            other => panic!("{other:?}"),
        }
    }
    let error = echo.send("/wrong", json!({})).await.expect_err("refused");
    assert_eq!((error.code(), error.to_string().contains("bad name")), ("status_400", true), "{error}");
    let strict = Client::new("127.0.0.1:*".parse().expect("valid"));
    let spec = RequestSpec { url: format!("{}/x", echo.url), ..RequestSpec::default() };
    let refused = request(&strict, &echo.tokens, &*echo.clock, &spec).await.expect_err("not for steps");
    assert_eq!(refused.code(), "egress_refused");
    assert!(refused.to_string().contains("egress_allow_steps"), "{refused}");
    assert_eq!(echo.count("/x"), 0);
}

#[tokio::test]
async fn a_relative_path_goes_to_the_provider_with_the_accounts_token() {
    let simulated = Simulated::start().await;
    let ask = async |spec: Value| {
        let spec: RequestSpec = serde_json::from_value(spec).expect("a request");
        let prepared = prepare_request(&spec).expect("a request");
        let account: Account<'_> = simulated.account();
        let answer = raw(&simulated.client, &simulated.manifest, account, prepared.raw()).await;
        from_account(&simulated.manifest, &prepared, answer)
    };
    let path = "/crm/objects/2026-03/contacts";
    let made = ask(json!({"method": "POST", "url": path, "body": {"properties": {"email": "a@example.com"}}})).await;
    assert_eq!(made.expect("created").output["response"]["statusCode"], 201);
    let again = ask(json!({"method": "POST", "url": path, "body": {"properties": {"email": "a@example.com"}}})).await;
    assert_eq!(again.expect_err("twice").code(), "conflict");
    let listed = ask(json!({"url": path, "query": {"limit": 5}})).await.expect("listed");
    assert_eq!(listed.output["response"]["body"]["results"][0]["properties"]["email"], "a@example.com");
    let foreign = ask(json!({"url": "https://evil.example/x"})).await.expect_err("another host");
    assert_eq!(foreign.code(), "invalid_inputs");
}

#[tokio::test]
async fn the_pace_of_a_quota_is_kept_and_the_provider_never_has_to_refuse() {
    let simulated = Simulated::start().await;
    simulated.admin("faults", json!({"quota": {"max": 100, "perMs": 10_000}})).await;
    let pace = Pace::new(simulated.clock.clone());
    let account = CredentialId::fresh(&*simulated.clock);
    let begun = simulated.now();
    for number in 0..150 {
        let action = "contacts.create";
        while let Err(wait) = pace.take(account, &simulated.manifest, Some(action), Urgency::Background) {
            simulated.clock.advance(wait);
        }
        let inputs = object(json!({"email": format!("a{number}@example.com")}));
        let learn = |status, headers: &_| pace.learn(account, &simulated.manifest, Some(action), status, headers);
        let sending =
            perform_seen(&simulated.client, &simulated.manifest, simulated.account(), action, &inputs, "k", &learn);
        sending.await.unwrap_or_else(|error| panic!("call {number}: {error:?}"));
    }
    let waited = simulated.now().as_millis() - begun.as_millis();
    assert!((10_000..12_000).contains(&waited), "one window was waited for, not {waited} ms");
    assert_eq!(simulated.read("records/contacts").await["total"], 150);
}

#[tokio::test]
async fn files_go_out_as_bytes_and_answers_that_are_no_text_come_in_as_files() {
    let echo = Echo::start().await;
    let file = json!({"data": "414200", "mimeType": "image/png", "name": "a.png"});
    let told = echo.body("/x", json!({"method": "POST", "raw": file})).await;
    assert_eq!((&told["headers"]["content-type"], &told["body"]), (&json!("image/png"), &json!("AB\u{0}")));
    let told = echo.body("/x", json!({"method": "POST", "multipart": {"doc": file}})).await;
    let body = told["body"].as_str().expect("a body");
    let part = "Content-Disposition: form-data; name=\"doc\"; filename=\"a.png\"\r\nContent-Type: image/png\r\n\r\nAB\u{0}\r\n";
    assert!(body.contains(part), "{body}");
    let wrong = json!({"method": "POST", "raw": {"data": "4", "mimeType": "image/png"}});
    assert_eq!(echo.send("/x", wrong).await.expect_err("no hex").code(), "invalid_inputs");

    let came = echo.send("/a%20b.png", json!({})).await.expect("answers");
    let file = json!({"dataType": "FILE", "name": "a b.png", "mimeType": "image/png", "encoding": "base64", "size": 3, "data": "AJ//"});
    assert_eq!(came.output["response"]["body"], file);
    let shown = came.exchange.expect("shown").response_body;
    assert_eq!(shown, Some(json!({"name": "a b.png", "mimeType": "image/png", "bytes": 3})));
    let text = echo.send("/text", json!({"headers": {"X-Paragon-Encoding": "hex"}})).await.expect("answers");
    assert_eq!(text.output["response"]["body"]["data"], "313233", "asked for as a file");
    assert_eq!(echo.send("/latin", json!({})).await.expect("answers").output["response"]["body"], "a\u{fffd}");
    assert_eq!(echo.send("/big", json!({})).await.expect_err("too large").code(), "file_too_large");
    let unknown = echo.send("/text", json!({"headers": {"x-paragon-encoding": "utf8"}})).await;
    assert_eq!(unknown.expect_err("no encoding").code(), "invalid_inputs");
}
