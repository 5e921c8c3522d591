//! Requests of one's own with an account's token.

use axum::Router;
use axum::body::Bytes;
use axum::extract::Request;
use http::{HeaderMap, Method};
use linchpin_connectors::{Access, Account, Client, Endpoint, RawRequest, RawResponse, raw};
use linchpin_domain::connector::ActionError;
use serde_json::{Value, json};

use crate::simulated::{Simulated, manifest};

/// A provider that tells what it was sent.
async fn echo() -> (String, tokio::task::JoinHandle<()>) {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let url = format!("http://{}", listener.local_addr().expect("bound"));
    let tell = |request: Request| async move {
        let (parts, body) = request.into_parts();
        let body = axum::body::to_bytes(body, 1 << 20).await.expect("small");
        let headers: Vec<_> = parts
            .headers
            .iter()
            .map(|(name, value)| (name.to_string(), String::from_utf8_lossy(value.as_bytes()).into_owned()))
            .collect();
        let told = json!({"path": parts.uri.to_string(), "headers": headers, "body": String::from_utf8_lossy(&body)});
        ([("set-cookie", "a=b"), ("x-kept", "yes"), ("connection", "keep-alive")], axum::Json(told))
    };
    let server =
        tokio::spawn(async move { axum::serve(listener, Router::new().fallback(tell)).await.expect("serves") });
    (url, server)
}

async fn send(url: &str, path: &str, headers: &[(&'static str, &str)], body: &str) -> Result<RawResponse, ActionError> {
    let endpoint = Endpoint { base_urls: [("api".to_owned(), url.to_owned())].into(), api_version: None };
    let access = Access::bearer("right-token");
    let account = Account { access: &access, endpoint: &endpoint };
    let client = Client::new("127.0.0.1:*".parse().expect("valid"));
    let mut map = HeaderMap::new();
    for (name, value) in headers {
        map.append(*name, value.parse().expect("a value"));
    }
    let request = RawRequest {
        method: Method::POST,
        path_and_query: path,
        headers: map,
        body: Bytes::copy_from_slice(body.as_bytes()),
    };
    raw(&client, &manifest(), account, request).await
}

fn header<'a>(told: &'a Value, name: &str) -> Option<&'a str> {
    let headers = told["headers"].as_array().expect("a list");
    headers.iter().find(|one| one[0] == name).and_then(|one| one[1].as_str())
}

#[tokio::test]
async fn headers_that_are_not_the_providers_business_stay_here() {
    let (url, server) = echo().await;
    let sent = [
        ("authorization", "Bearer user-token"),
        ("cookie", "session=1"),
        ("host", "evil.example"),
        ("x-paragon-sdk-version", "2.4.0"),
        ("x-forwarded-for", "10.0.0.1"),
        ("connection", "x-private"),
        ("x-private", "1"),
        ("content-type", "auto"),
        ("x-custom", "kept"),
    ];
    let answer = send(&url, "/a/b?c=d%20e", &sent, "{\"a\": 1}").await.expect("answered");
    assert_eq!(answer.status, 200);
    assert_eq!(answer.headers.get("x-kept").map(http::HeaderValue::as_bytes), Some(&b"yes"[..]));
    assert_eq!(answer.headers.get("set-cookie"), None);
    let told: Value = serde_json::from_slice(&answer.body).expect("JSON");
    assert_eq!(told["path"], "/a/b?c=d%20e");
    assert_eq!(header(&told, "authorization"), Some("Bearer right-token"));
    assert_eq!(header(&told, "content-type"), Some("application/json"));
    assert_eq!(header(&told, "x-custom"), Some("kept"));
    for gone in ["cookie", "x-paragon-sdk-version", "x-forwarded-for", "x-private"] {
        assert_eq!(header(&told, gone), None, "{gone}");
    }
    assert!(header(&told, "host").is_some_and(|host| host.starts_with("127.0.0.1")));
    let told = send(&url, "x", &[("content-type", "auto")], "plain words").await.expect("answered");
    let told: Value = serde_json::from_slice(&told.body).expect("JSON");
    assert_eq!(header(&told, "content-type"), Some("text/plain; charset=utf-8"));
    server.abort();
}

#[tokio::test]
async fn a_token_goes_to_no_other_host() {
    let (url, server) = echo().await;
    for path in [
        "https://evil.example/x",
        "http://api.hubapi.com/x",
        "https://api.hubapi.com.evil.example/x",
        "https://api.hubapi.com@evil.example/x",
        "https://user@api.hubapi.com/x",
        "https://api.hubapi.com:444/x",
        "/a\r\nX-Evil: 1",
        "\\\\evil.example/x",
        "/a/../b",
        "/a/%2e%2E/b",
    ] {
        let error = send(&url, path, &[], "").await.expect_err(path);
        assert_eq!(error.code(), "invalid_inputs", "{path}");
    }
    for (path, expected) in [
        ("//evil.example/x", "/evil.example/x"),
        ("@evil.example/x", "/@evil.example/x"),
        (".evil.example/x", "/.evil.example/x"),
        ("https://api.hubapi.com/x?y=1", "/x?y=1"),
    ] {
        let answer = send(&url, path, &[], "").await.unwrap_or_else(|error| panic!("{path}: {error:?}"));
        let told: Value = serde_json::from_slice(&answer.body).expect("JSON");
        assert_eq!(told["path"], expected, "{path}");
    }
    server.abort();
}

#[tokio::test]
async fn refusals_come_back_as_they_are() {
    let simulated = Simulated::start().await;
    let ask = |path: &'static str| {
        let request =
            RawRequest { method: Method::GET, path_and_query: path, headers: HeaderMap::new(), body: Bytes::new() };
        raw(&simulated.client, &simulated.manifest, simulated.account(), request)
    };
    assert_eq!(ask("/crm/objects/2026-03/contacts/1").await.expect("answered").status, 404);
    assert_eq!(ask("/crm/v3/objects/contacts").await.expect("answered").status, 200);
    let unknown = ask("/cms/v3/blogs/posts").await.expect("answered");
    assert_eq!(unknown.status, 501);
    assert!(String::from_utf8_lossy(&unknown.body).contains("THE SIMULATOR DOES NOT MODEL THIS"));
}
