//! Requests of the host application's own to the provider.

use reqwest::Method;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::world::{World, answer};

const CONTACTS: &str = "/sdk/proxy/hubspot/crm/objects/2026-03/contacts";

#[tokio::test(flavor = "multi_thread")]
async fn requests_reach_the_provider_and_its_answers_come_back() {
    let world = World::start().await;
    world.connect("ann").await;
    let token = world.token("ann");
    let new = json!({"properties": {"email": "a@example.com"}});
    let create = |body: &Value| world.call(Method::POST, CONTACTS, &token).body(body.to_string());
    let created = answer(create(&new)).await;
    assert_eq!(created.status, 201, "{}", created.text);
    assert_eq!(created.body["properties"]["email"], "a@example.com");
    let listed = answer(world.call(Method::GET, &format!("{CONTACTS}?limit=5"), &token)).await;
    assert_eq!(listed.body["results"].as_array().map(Vec::len), Some(1), "{}", listed.text);
    let conflict = answer(create(&new)).await;
    assert_eq!(conflict.status, 409);
    assert!(conflict.body["message"].is_string(), "the provider's own message: {}", conflict.text);
    let id = created.body["id"].as_str().expect("an id");
    let deleted = answer(world.call(Method::DELETE, &format!("{CONTACTS}/{id}"), &token)).await;
    assert_eq!((deleted.status.as_u16(), deleted.text.as_str()), (204, ""));
    let automatic = world.http.post(format!("{}/projects/{}{CONTACTS}", world.test.base, world.project));
    let automatic = automatic.bearer_auth(&token).header("content-type", "auto").body(new.to_string());
    assert_eq!(answer(automatic).await.status, 201, "`auto` is not forwarded");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_the_users_or_not_the_providers_is_refused() {
    let world = World::start().await;
    let token = world.token("ann");
    let early = answer(world.call(Method::GET, CONTACTS, &token)).await;
    assert_eq!((early.status.as_u16(), early.body["code"].as_str()), (404, Some("not_connected")));
    let bobs = world.connect("bob").await;
    world.connect("ann").await;
    let foreign = world.call(Method::GET, CONTACTS, &token).header("x-paragon-credential", bobs);
    assert_eq!(answer(foreign).await.status, 404);
    assert_eq!(answer(world.call(Method::GET, "/sdk/proxy/slack/x", &token)).await.status, 404);
    for path in ["/https://evil.example/x", "/http://127.0.0.1:1/x", "https://169.254.169.254/latest"] {
        let refused = answer(world.call(Method::GET, &format!("/sdk/proxy/hubspot/{path}"), &token)).await;
        assert_eq!(refused.status, 400, "{path}: {}", refused.text);
    }
    // Slashes in front cannot name another host.
    let slashes = answer(world.call(Method::GET, "/sdk/proxy/hubspot///evil.example/x", &token)).await;
    assert!(slashes.text.contains("NOT_SIMULATED"), "it went to the provider itself: {}", slashes.text);
    let own = format!("/sdk/proxy/hubspot/{}/crm/objects/2026-03/contacts", world.hubspot);
    assert_eq!(answer(world.call(Method::GET, &own, &token)).await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn shapes_of_answers_survive_and_our_own_headers_do_not_travel() {
    let world = World::start().await;
    world.connect("ann").await;
    let (provider, seen) = provider().await;
    let ask = async |path: &str, raw: bool| {
        let mut request = world.call(Method::GET, &format!("/sdk/proxy/hubspot{path}"), &world.token("ann"));
        request = request.header("x-custom", "yes").header("cookie", "a=b");
        if raw {
            request = request.header("x-paragon-use-raw-response", "1");
        }
        answer(request).await
    };
    moved(&world, "http://localhost:9").await;
    let refused = ask("/list", false).await;
    assert_eq!(refused.status, 422, "an address that the operator did not allow: {}", refused.text);

    moved(&world, &provider).await;
    for (path, status, body) in [
        ("/list", 200, "[1,2]"),
        ("/object", 200, "{\"a\":1}"),
        ("/output", 200, "{\"output\":{\"output\":1,\"b\":2}}"),
        ("/text", 200, "plain"),
        ("/empty", 204, ""),
        ("/invalid", 422, "{\"message\":\"no\",\"output\":1}"),
        ("/down", 503, "busy"),
        ("/%2e%2e%20x/a%2Fb?q=%C3%BC+1", 200, "{\"a\":1}"),
    ] {
        let came = ask(path, false).await;
        assert_eq!((came.status.as_u16(), came.text.as_str()), (status, body), "{path}");
        assert!(!came.headers.contains_key("set-cookie"), "{path}");
        assert_eq!(came.headers["content-security-policy"], "sandbox; default-src 'none'");
        assert_eq!(came.headers["x-content-type-options"], "nosniff");
    }
    let raw = ask("/output", true).await;
    assert_eq!(raw.text, "{\"output\":1,\"b\":2}");
    assert_eq!(raw.headers["x-provider"], "yes");
    assert!(!raw.headers.contains_key("set-cookie"));

    let seen = seen.lock().join("\n").to_lowercase();
    assert!(seen.contains("get /%2e%2e%20x/a%2fb?q=%c3%bc+1 ") || seen.contains("/a%2fb?q=%c3%bc+1 "), "{seen}");
    assert!(seen.contains("x-custom: yes"));
    assert!(!seen.contains(&world.token("ann").to_lowercase()), "the user token does not travel");
    for header in ["cookie:", "x-paragon", "origin:"] {
        assert!(!seen.contains(header), "{header}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_provider_that_refuses_the_account_makes_it_invalid() {
    let world = World::start().await;
    world.connect("ann").await;
    let (provider, _) = provider().await;
    let settings = json!({"baseUrls": {"api": provider, "authorize": world.hubspot}});
    let path = format!("{}/integrations/{}", world.api, world.integration);
    assert_eq!(world.admin.patch(&path, settings).await.status, 200);
    let refused = answer(world.call(Method::GET, "/sdk/proxy/hubspot/refused", &world.token("ann"))).await;
    assert_eq!((refused.status.as_u16(), refused.body["message"].as_str()), (401, Some("who are you")));
    assert!(refused.body["meta"].is_null(), "so that the SDK reads the state again");
    assert_eq!(world.state("ann").await["credentialStatus"], "INVALID");
    let next = answer(world.call(Method::GET, "/sdk/proxy/hubspot/list", &world.token("ann"))).await;
    assert_eq!((next.status.as_u16(), next.body["code"].as_str()), (401, Some("reconnect_needed")));
}

/// Sends HubSpot's requests to another address.
async fn moved(world: &World, api: &str) {
    let settings = json!({"baseUrls": {"api": api, "authorize": world.hubspot}});
    let path = format!("{}/integrations/{}", world.api, world.integration);
    assert_eq!(world.admin.patch(&path, settings).await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_provider_that_asks_to_wait_is_waited_for_within_bounds() {
    let world = World::start().await;
    world.connect("ann").await;
    let (provider, seen) = provider().await;
    moved(&world, &provider).await;
    let ask = async |path: &str| {
        answer(world.call(Method::POST, &format!("/sdk/proxy/hubspot{path}"), &world.token("ann")).body("{}")).await
    };
    let came = ask("/busy").await;
    assert_eq!((came.status.as_u16(), came.text.as_str()), (200, "{\"a\":1}"));
    assert_eq!(seen.lock().iter().filter(|request| request.contains("/busy")).count(), 3, "two refusals, then done");
    let began = std::time::Instant::now();
    let refused = ask("/closed").await;
    assert_eq!((refused.status.as_u16(), refused.text.as_str()), (429, "later"));
    assert_eq!(refused.headers["retry-after"], "3600");
    assert!(began.elapsed().as_secs() < 10, "an hour is longer than a caller waits");
    let run = world.newest_run(&["failed"]).await;
    assert_eq!((&run["trigger"]["name"], &run["fault"]["code"]), (&json!("POST /closed"), &json!("status_429")));
    // The account is one: its workflows wait as well.
    world.workflow_on("ann").await;
    assert_eq!(world.event("ann", "a@example.com").await.status, 201);
    tokio::time::sleep(std::time::Duration::from_millis(700)).await;
    let run = world.newest_run(&["queued", "waiting"]).await;
    assert_eq!(run["trigger"]["kind"], "appEvent");
    assert!(!seen.lock().iter().any(|request| request.contains("/contacts")), "{:?}", seen.lock());
}

#[tokio::test(flavor = "multi_thread")]
async fn every_call_stands_in_history_without_query_and_bodies() {
    let world = World::start().await;
    world.connect("ann").await;
    let (provider, _) = provider().await;
    moved(&world, &provider).await;
    let ask = |method: Method, path: &str| {
        world.call(method, &format!("/sdk/proxy/hubspot{path}"), &world.token("ann")).body("{\"card\":\"4711\"}")
    };
    for method in [Method::POST, Method::PUT, Method::PATCH, Method::DELETE] {
        assert_eq!(answer(ask(method, "/text?key=hidden")).await.status, 200);
    }
    let run = world.newest_run(&["succeeded"]).await;
    assert_eq!(run["trigger"], json!({"kind": "proxy", "name": "DELETE /text"}));
    assert_eq!((&run["workflowName"], &run["integrationType"]), (&json!("Passed-on request"), &json!("hubspot")));
    assert_eq!(run["steps"], json!({"done": 1, "total": 1}));
    let id = run["id"].as_str().expect("an id");
    let whole = world.admin.get(&format!("{}/runs/{id}", world.api)).await;
    let attempt = &whole.body["steps"][0]["attempts"][0];
    assert_eq!(attempt["output"], json!({"statusCode": 200, "bytes": 7, "attempts": 1}), "{}", whole.text);
    for hidden in ["hidden", "4711", "{\\\"a\\\":1}"] {
        assert!(!whole.text.contains(hidden), "{hidden} in {}", whole.text);
    }
    let again = world.admin.post(&format!("{}/runs/{id}/replay", world.api), json!({})).await;
    assert_eq!(again.status, 409, "what is not kept cannot be sent again: {}", again.text);
    assert_eq!(answer(ask(Method::GET, "/down")).await.status, 503);
    let failed = world.newest_run(&["failed"]).await;
    assert_eq!(failed["fault"]["message"], "HubSpot answered 503");
    let only = world.admin.get(&format!("{}/runs?integrationId={}", world.api, world.integration)).await;
    assert_eq!(only.body["items"].as_array().map(Vec::len), Some(5), "{}", only.text);
    let activity = world.get("ann", "/sdk/activity?integration=hubspot").await;
    let newest = &activity.body["items"][0];
    assert_eq!((&newest["by"], &newest["title"]), (&json!("request"), &json!("GET /down")), "{}", activity.text);
    assert_eq!((&newest["outcome"], &newest["status"]), (&json!("failed"), &json!(503)));
    let backend = world.backend().await;
    let listed = backend.get("/task-history/workflow-executions").await;
    assert_eq!(listed.body["total"], 5, "{}", listed.text);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_path_is_what_it_looks_like_and_other_verbs_are_not_passed_on() {
    let world = World::start().await;
    world.connect("ann").await;
    let (provider, seen) = provider().await;
    moved(&world, &provider).await;
    let token = world.token("ann");
    for path in ["/a/../b", "/a/%2E%2e/b", "/./a", "/a%5Cb", "/a\\..\\b", "https://api.hubapi.com/a/../../b"] {
        let request = world.call(Method::GET, "/sdk/proxy/hubspot/x", &token).header("x-paragon-proxy-url", path);
        let refused = answer(request).await;
        assert_eq!((refused.status.as_u16(), &refused.body["code"]), (400, &json!("request_invalid")), "{path}");
    }
    for path in ["/a..b", "/a?next=../b", "/.well-known/x"] {
        let request = world.call(Method::GET, "/sdk/proxy/hubspot/x", &token).header("x-paragon-proxy-url", path);
        assert_eq!(answer(request).await.status, 200, "{path}");
    }
    let traced = answer(world.call(Method::TRACE, "/sdk/proxy/hubspot/a", &token)).await;
    assert_eq!((traced.status.as_u16(), &traced.body["code"]), (405, &json!("method_not_allowed")));
    assert_eq!(seen.lock().len(), 3, "{:?}", seen.lock());
}

/// A provider with answers that a simulator never gives, and what it was asked.
async fn provider() -> (String, std::sync::Arc<parking_lot::Mutex<Vec<String>>>) {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = format!("http://{}", listener.local_addr().expect("bound"));
    let seen = std::sync::Arc::new(parking_lot::Mutex::new(Vec::new()));
    let kept = std::sync::Arc::clone(&seen);
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut bytes = vec![0; 8192];
            let read = stream.read(&mut bytes).await.unwrap_or(0);
            let request = String::from_utf8_lossy(&bytes[..read]).into_owned();
            let path = request.split(' ').nth(1).unwrap_or_default().to_owned();
            kept.lock().push(request);
            let (status, kind, body) = match path.as_str() {
                "/list" => (200, "application/json", "[1,2]"),
                "/output" => (200, "application/json; charset=utf-8", "{\"output\":1,\"b\":2}"),
                "/text" => (200, "text/plain", "plain"),
                "/empty" => (204, "text/plain", ""),
                "/invalid" => (422, "application/json", "{\"message\":\"no\",\"output\":1}"),
                "/down" => (503, "text/plain", "busy"),
                "/busy" if kept.lock().iter().filter(|request| request.contains("/busy")).count() < 3 => {
                    (429, "text/plain", "soon")
                }
                "/closed" => (429, "text/plain", "later"),
                "/refused" => (401, "application/json", "{\"message\":\"who are you\"}"),
                // The token endpoint too: a refresh brings the same token again.
                _ if path.contains("token") => {
                    (200, "application/json", "{\"access_token\":\"t\",\"expires_in\":1800}")
                }
                _ => (200, "application/json", "{\"a\":1}"),
            };
            let length = if status == 204 { String::new() } else { format!("content-length: {}\r\n", body.len()) };
            let wait = match body {
                "soon" => "retry-after: 1\r\n",
                "later" => "retry-after: 3600\r\n",
                _ => "",
            };
            let text = format!(
                "HTTP/1.1 {status} X\r\ncontent-type: {kind}\r\n{length}{wait}set-cookie: a=b\r\ncontent-security-policy: default-src *\r\nx-provider: yes\r\nconnection: close\r\n\r\n{body}"
            );
            let _ = stream.write_all(text.as_bytes()).await;
        }
    });
    (address, seen)
}
