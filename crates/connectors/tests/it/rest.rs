//! The connector for any API: what is sent where, by each way to connect, and what no value can do.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::Request;
use axum::http::HeaderMap;
use axum::response::Response;
use linchpin_connectors::{Access, Account, Asked, Client, Endpoint, Manifest, Registry, answers, check, perform};
use linchpin_domain::connector::{ActionError, ActionOutput};
use serde_json::{Map, Value, json};

type Seen = Arc<Mutex<Vec<(String, String, HeaderMap, String)>>>;

struct Api {
    manifest: Arc<Manifest>,
    client: Client,
    endpoint: Endpoint,
    seen: Seen,
    task: tokio::task::JoinHandle<()>,
}

impl Drop for Api {
    fn drop(&mut self) {
        self.task.abort();
    }
}

fn object(value: Value) -> Map<String, Value> {
    value.as_object().expect("an object").clone()
}

fn manifest() -> Arc<Manifest> {
    let registry = Registry::builtin().unwrap_or_else(|problem| panic!("{problem}"));
    Arc::clone(registry.find("rest").expect("it comes with the binary"))
}

/// An API below a path that answers everything with a text, and tells what it was asked.
async fn api() -> Api {
    let seen = Seen::default();
    let noted = seen.clone();
    let reply = move |request: Request| {
        let noted = noted.clone();
        async move {
            let (parts, body) = request.into_parts();
            let body = axum::body::to_bytes(body, 1 << 20).await.expect("small");
            let body = String::from_utf8_lossy(&body).into_owned();
            noted.lock().expect("not poisoned").push((
                parts.method.to_string(),
                parts.uri.to_string(),
                parts.headers,
                body,
            ));
            Response::builder().status(202).header("x-trace", "t-1").body("taken".to_owned()).expect("valid")
        }
    };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("bound");
    let task = tokio::spawn(async move { axum::serve(listener, Router::new().fallback(reply)).await.expect("serves") });
    let base_urls = [("api".to_owned(), format!("http://{address}/v2"))].into();
    Api {
        manifest: manifest(),
        client: Client::new(address.to_string().parse().expect("valid")),
        endpoint: Endpoint { base_urls, api_version: None },
        seen,
        task,
    }
}

impl Api {
    async fn call(&self, way: &str, account: Value, action: &str, inputs: Value) -> Result<ActionOutput, ActionError> {
        let access = Access { method: way.to_owned(), inputs: object(account), ..Access::bearer("t-live") };
        let account = Account { access: &access, endpoint: &self.endpoint };
        perform(&self.client, &self.manifest, account, action, &object(inputs), "key").await
    }

    fn last(&self) -> (String, String, HeaderMap, String) {
        self.seen.lock().expect("not poisoned").pop().expect("it was asked")
    }
}

#[tokio::test]
async fn each_way_proves_itself_and_history_shows_no_key() {
    let api = api().await;
    let inputs = json!({"path": "/orders", "query": {"open": true}});
    for (way, account, header, address) in [
        ("default", json!({"token": "s3cret"}), Some(("authorization", "Bearer s3cret")), "/v2/orders?open=true"),
        (
            "header",
            json!({"header": "X-Key", "prefix": "Token", "key": "s3cret"}),
            Some(("x-key", "Token s3cret")),
            "/v2/orders?open=true",
        ),
        ("header", json!({"header": "X-Key", "key": "s3cret"}), Some(("x-key", "s3cret")), "/v2/orders?open=true"),
        ("query", json!({"parameter": "k", "key": "s3cret"}), None, "/v2/orders?open=true&k=s3cret"),
        (
            "basic",
            json!({"username": "ann", "password": "s3cret"}),
            Some(("authorization", "Basic YW5uOnMzY3JldA==")),
            "/v2/orders?open=true",
        ),
        ("clientCredentials", json!({}), Some(("authorization", "Bearer t-live")), "/v2/orders?open=true"),
        ("open", json!({}), None, "/v2/orders?open=true"),
    ] {
        let done =
            api.call(way, account, "requests.get", inputs.clone()).await.unwrap_or_else(|e| panic!("{way}: {e:?}"));
        let shown = serde_json::to_string(&done.exchange).expect("JSON");
        assert!(!shown.contains("s3cret") && shown.contains("open=true"), "{way}: {shown}");
        let (method, asked, headers, body) = api.last();
        assert_eq!((method.as_str(), asked.as_str(), body.as_str()), ("GET", address, ""), "{way}");
        match header {
            Some((name, value)) => assert_eq!(headers[name], value, "{way}"),
            None => assert!(!headers.contains_key("authorization"), "{way}"),
        }
        assert_eq!(done.output["statusCode"], 202);
        assert_eq!(done.output["headers"]["x-trace"], "t-1");
        assert_eq!(done.output["body"], "taken");
    }
}

#[tokio::test]
async fn path_query_headers_and_body_go_as_they_are_said() {
    let api = api().await;
    let key = || json!({"token": "t"});
    let inputs = json!({
        "path": "customers/a b/ü%2F",
        "query": {"tag": ["x&y=z", 2], "none": null},
        "headers": {"Accept": "text/csv", "Content-Type": "application/vnd.api+json", "X-Reason": "sync"},
        "body": "[1, {\"a\": \"ü\"}]",
    });
    api.call("default", key(), "requests.post", inputs.clone()).await.expect("answered");
    let (method, asked, headers, body) = api.last();
    assert_eq!((method.as_str(), asked.as_str()), ("POST", "/v2/customers/a%20b/%C3%BC%2F?tag=x%26y%3Dz&tag=2"));
    assert_eq!(headers["accept"], "text/csv");
    assert_eq!(headers["content-type"], "application/vnd.api+json");
    assert_eq!(headers["x-reason"], "sync");
    assert_eq!(body, "[1,{\"a\":\"ü\"}]");
    for (action, verb) in [("requests.put", "PUT"), ("requests.patch", "PATCH"), ("requests.delete", "DELETE")] {
        api.call("default", key(), action, json!({"path": "/a"})).await.expect("answered");
        let (method, _, headers, body) = api.last();
        assert_eq!((method.as_str(), body.as_str()), (verb, ""), "nothing is made up as a body");
        assert!(!headers.contains_key("content-type"), "{verb}");
    }
    let form = json!({"path": "/a", "body": {"a": "1 2", "b": {"c": true}}});
    api.call("default", key(), "requests.postForm", form).await.expect("answered");
    let (.., headers, body) = api.last();
    assert_eq!(headers["content-type"], "application/x-www-form-urlencoded");
    assert!(body.contains("a=1+2") && (body.contains("b[c]=true") || body.contains("b%5Bc%5D=true")), "{body}");
}

#[tokio::test]
async fn no_value_leads_anywhere_else() {
    let api = api().await;
    let key = || json!({"parameter": "k", "key": "s3cret"});
    for inputs in [
        json!({"path": "/../admin"}),
        json!({"path": "/a/%2e%2e/%2e%2e/admin"}),
        json!({"path": "/a/..%2f..%2fadmin"}),
        json!({"path": "/a\\..\\admin"}),
        json!({"path": "https://evil.example/"}),
        json!({"path": "/a?k=mine"}),
        json!({"path": "/a#b"}),
        json!({"path": "/a", "query": {"k": "mine"}}),
        json!({"path": "/a", "query": "[1]"}),
        json!({"path": "/a", "headers": {"Host": "evil.example"}}),
        json!({"path": "/a", "headers": {"Authorization": "Bearer mine"}}),
        json!({"path": "/a", "headers": {"X-A": "1\r\nX-B: 2"}}),
        json!({"path": "/a", "headers": {"Transfer-Encoding": "chunked"}}),
    ] {
        let error = api.call("query", key(), "requests.get", inputs.clone()).await.expect_err("refused");
        assert!(matches!(error, ActionError::Invalid { .. }), "{inputs}: {error:?}");
    }
    // A path that begins with two slashes names no host.
    api.call("query", key(), "requests.get", json!({"path": "//evil.example/a"})).await.expect("answered");
    assert_eq!(api.last().1, "/v2/evil.example/a?k=s3cret");
    assert!(api.seen.lock().expect("not poisoned").is_empty());
    let form = json!({"path": "/a", "body": [1]});
    let error = api.call("query", key(), "requests.postForm", form).await.expect_err("refused");
    assert!(error.to_string().contains("a form is a JSON object"), "{error}");
}

#[tokio::test]
async fn an_address_that_is_asked_for_is_a_public_host_or_refused() {
    let manifest = manifest();
    let given = |address: &str| object(json!({"name": "Acme", "address": address, "token": "t"}));
    let read =
        answers(&manifest, &manifest.auth, Asked::Before, &given("https://API.acme.example/v1/")).expect("taken");
    assert_eq!(read["address"], "https://api.acme.example/v1");
    // The operator's exceptions are for addresses that an administrator sets, not for those of users.
    let client = Client::new("127.0.0.1:*,localhost:*".parse().expect("valid"));
    for address in
        ["http://api.acme.example", "https://127.0.0.1/", "https://localhost:8443", "https://api.acme.example/../x"]
    {
        let problems = answers(&manifest, &manifest.auth, Asked::Before, &given(address)).expect_err(address);
        assert_eq!(problems[0].input, "address");
        // Nor when it got there in another way.
        let access = Access { inputs: given(address), ..Access::bearer("") };
        let endpoint = Endpoint::default();
        let account = Account { access: &access, endpoint: &endpoint };
        let inputs = object(json!({"path": "/a"}));
        let error = perform(&client, &manifest, account, "requests.get", &inputs, "k").await.expect_err(address);
        assert!(matches!(error, ActionError::Invalid { .. }), "{address}: {error:?}");
    }
    for (header, fits) in
        [("X-API-Key", true), ("Authorization", true), ("Host", false), ("a b", false), ("Cookie", false)]
    {
        let given = object(json!({"name": "Acme", "header": header, "key": "k"}));
        let method = manifest.method("header").expect("a way");
        assert_eq!(answers(&manifest, method, Asked::Before, &given).is_ok(), fits, "{header}");
    }
}

#[tokio::test]
async fn an_account_without_any_address_is_refused_when_it_is_connected() {
    let manifest = manifest();
    let access = Access { inputs: object(json!({"name": "Acme", "token": "t"})), ..Access::bearer("") };
    let endpoint = Endpoint::default();
    let client = Client::new(linchpin_connectors::EgressPolicy::strict());
    let account = Account { access: &access, endpoint: &endpoint };
    let error = linchpin_connectors::identify(&client, &manifest, account, &Map::new()).await.expect_err("no address");
    assert_eq!(error.to_string(), "the account has no `address`, and no base URL is set for REST API");
    let endpoint =
        Endpoint { base_urls: [("api".to_owned(), "https://api.acme.example".to_owned())].into(), api_version: None };
    let account = Account { access: &access, endpoint: &endpoint };
    let known = linchpin_connectors::identify(&client, &manifest, account, &Map::new()).await.expect("known");
    assert_eq!((known.provider_id.as_str(), known.label.as_str()), ("Acme", "Acme"));
}

#[test]
fn mistakes_about_free_parts_are_reported_where_they_stand() {
    let right = include_str!("../../../../connectors/rest/connector.yaml");
    check("rest.yaml", right).unwrap_or_else(|problems| panic!("{problems:?}"));
    for (from, to, expected) in [
        ("pathFrom: path,", "pathFrom: paths,", "there is no input `paths`; did you mean `path`?"),
        (
            "bodyFrom: body }",
            "bodyFrom: body, body: { a: 1 } }",
            "the body is said by `body` or taken from an input: give one of them",
        ),
        ("hosts: [\"*\"]", "hosts: []", "a whole address is asked for: say by `hosts` which hosts are taken"),
        (
            "name: address, title: Base address, type: address",
            "name: address, title: Base address, type: text",
            "`address` is a whole base address: ask for it with the type `address`",
        ),
        (
            "name: header, title: Header, type: header",
            "name: header, title: Header",
            "`header` names a header: ask for it with the type `header`",
        ),
        ("header: \"{header}\"", "header: \"{key}\"", "there is no input `key`"),
        (
            "wholeAnswer: true",
            "wholeAnswer: true\n    output: /body",
            "of a whole answer no part is picked: leave `output` or `wholeAnswer` out",
        ),
    ] {
        assert!(right.contains(from), "`{from}` is not in the manifest");
        let problems = check("rest.yaml", &right.replacen(from, to, 1)).expect_err(to);
        let said: Vec<String> = problems.iter().map(ToString::to_string).collect();
        assert!(said.iter().any(|one| one.contains(expected)), "with `{to}`:\n{}", said.join("\n"));
    }
}
