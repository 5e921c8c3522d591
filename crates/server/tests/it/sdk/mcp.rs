//! The MCP door, message by message. A whole client is tried in the end-to-end tests.

use serde_json::{Value, json};

use super::world::{World, answer};
use crate::app::Answer;

struct Agent<'a> {
    world: &'a World,
    token: String,
}

impl Agent<'_> {
    async fn send(&self, message: &Value) -> Answer {
        answer(
            self.world
                .http
                .post(format!("{}/mcp", self.world.test.base))
                .bearer_auth(&self.token)
                .body(message.to_string()),
        )
        .await
    }

    async fn ask(&self, method: &str, params: Value) -> Value {
        let asked = self.send(&json!({"jsonrpc": "2.0", "id": 1, "method": method, "params": params})).await;
        assert_eq!((asked.status.as_u16(), &asked.body["id"]), (200, &json!(1)), "{}", asked.text);
        asked.body
    }

    async fn call(&self, name: &str, arguments: Value) -> Value {
        self.ask("tools/call", json!({"name": name, "arguments": arguments})).await["result"].clone()
    }

    async fn names(&self) -> Vec<String> {
        let listed = self.ask("tools/list", json!({})).await;
        let tools = listed["result"]["tools"].as_array().expect("tools").iter();
        tools.filter_map(|tool| tool["name"].as_str().map(str::to_owned)).collect()
    }
}

/// An agent with a token that says its project.
fn agent<'a>(world: &'a World, user: &str) -> Agent<'a> {
    let claims = json!({
        "sub": user, "iat": world.now(), "exp": world.now() + 600, "aud": format!("linchpin/{}", world.project),
    });
    Agent { world, token: world.sign(claims) }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agent_connects_lists_and_calls() {
    let world = World::start().await;
    let ann = agent(&world, "ann");
    let begun = ann.ask("initialize", json!({"protocolVersion": "2025-11-25", "capabilities": {}})).await;
    assert_eq!(begun["result"]["protocolVersion"], "2025-11-25");
    assert_eq!(begun["result"]["serverInfo"]["name"], "linchpin");
    let told = ann.send(&json!({"jsonrpc": "2.0", "method": "notifications/initialized"})).await;
    assert_eq!((told.status.as_u16(), told.text.as_str()), (202, ""));

    assert_eq!(ann.names().await, ["CONNECT_ACCOUNT"], "nothing is connected yet");
    let early = ann.call("HUBSPOT_CONTACTS_CREATE", json!({"email": "a@example.com"})).await;
    assert_eq!(
        (&early["isError"], &early["structuredContent"]["error"]["code"]),
        (&json!(true), &json!("not_connected"))
    );
    assert!(early["content"][0]["text"].as_str().is_some_and(|text| text.contains("/connect/")), "{early}");
    let link = ann.call("CONNECT_ACCOUNT", json!({"integration": "hubspot"})).await;
    let url = link["structuredContent"]["connectUrl"].as_str().expect("a link");
    assert!(answer(world.http.get(url)).await.text.contains("Connect HubSpot?"));

    world.connect("ann").await;
    let names = ann.names().await;
    assert!(names.iter().any(|name| name == "HUBSPOT_CONTACTS_CREATE"), "{names:?}");
    assert!(!names.iter().any(|name| name == "CONNECT_ACCOUNT"), "all is connected: {names:?}");
    let made = ann.call("HUBSPOT_CONTACTS_CREATE", json!({"email": "a@example.com"})).await;
    assert_eq!(made["isError"], false, "{made}");
    assert_eq!(made["structuredContent"]["properties"]["email"], "a@example.com");
    let text: Value = serde_json::from_str(made["content"][0]["text"].as_str().expect("text")).expect("JSON");
    assert_eq!(text, made["structuredContent"]);
    assert_eq!(world.newest_run(&["succeeded"]).await["trigger"]["kind"], "tool");

    let conflict = ann.call("HUBSPOT_CONTACTS_CREATE", json!({"email": "a@example.com"})).await;
    assert_eq!(
        (&conflict["isError"], &conflict["structuredContent"]["error"]["meta"]["reason"]),
        (&json!(true), &json!("conflict"))
    );
    let unfit = ann.call("HUBSPOT_CONTACTS_CREATE", json!({"emial": "x"})).await;
    assert_eq!(unfit["structuredContent"]["error"]["code"], "invalid_parameters", "{unfit}");
    let keyed = json!({
        "name": "HUBSPOT_CONTACTS_CREATE", "arguments": {"email": "k@example.com"},
        "_meta": {"linchpin/idempotencyKey": "k"},
    });
    let first = ann.ask("tools/call", keyed.clone()).await;
    assert_eq!(ann.ask("tools/call", keyed).await["result"], first["result"], "the same key again is the same call");
    let unknown = ann.ask("tools/call", json!({"name": "HUBSPOT_CONTACT_CREATE"})).await;
    assert_eq!(unknown["error"]["code"], -32602);
    assert!(
        unknown["error"]["message"].as_str().is_some_and(|text| text.contains("HUBSPOT_CONTACTS_CREATE")),
        "{unknown}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_message_or_nobodys_is_refused() {
    let world = World::start().await;
    let ann = agent(&world, "ann");
    let address = format!("{}/mcp", world.test.base);
    for token in ["", "nonsense"] {
        let refused = answer(world.http.post(&address).bearer_auth(token).body("{}")).await;
        assert_eq!(refused.status, 401, "{}", refused.text);
        assert!(refused.headers["www-authenticate"].to_str().is_ok_and(|value| value.starts_with("Bearer")));
    }
    // The token names no project: the header or the address does.
    let ping = json!({"jsonrpc": "2.0", "id": 1, "method": "ping"}).to_string();
    let plain = world.token("ann");
    let refused = answer(world.http.post(&address).bearer_auth(&plain).body(ping.clone())).await;
    assert_eq!((refused.status.as_u16(), &refused.body["code"]), (401, &json!("project_missing")));
    let named = world.http.post(&address).bearer_auth(&plain).header("x-linchpin-project", &world.project);
    assert_eq!(answer(named.body(ping.clone())).await.body["result"], json!({}));
    let at_project = format!("{}/projects/{}/mcp", world.test.base, world.project);
    assert_eq!(answer(world.http.post(at_project).bearer_auth(&plain).body(ping.clone())).await.status, 200);
    // Another project's id does not make the token good there.
    let other = world.admin.project("Other").await;
    let other = other.rsplit('/').next().expect("an id").to_owned();
    let foreign = world.http.post(&address).bearer_auth(&plain).header("x-linchpin-project", other);
    assert_eq!(answer(foreign.body(ping.clone())).await.status, 401);

    for method in [reqwest::Method::GET, reqwest::Method::DELETE] {
        let refused = answer(world.http.request(method, &address).bearer_auth(&ann.token)).await;
        assert_eq!((refused.status.as_u16(), refused.headers["allow"].to_str().ok()), (405, Some("POST")));
    }
    let page = |origin: &str| {
        let request = world.http.post(&address).bearer_auth(&ann.token).header("origin", origin);
        answer(request.body(ping.clone()))
    };
    assert_eq!(page("http://localhost:4802").await.status, 200, "an allowed origin");
    assert_eq!(page("https://evil.example").await.status, 403);
    let revision = world.http.post(&address).bearer_auth(&ann.token).header("mcp-protocol-version", "1999-01-01");
    assert_eq!(answer(revision.body(ping.clone())).await.status, 400);
    assert_eq!(ann.ask("resources/list", json!({})).await["error"]["code"], -32601);
    assert_eq!(ann.ask("tools/list", json!({"cursor": "x"})).await["error"]["code"], -32602);
    let batch = ann.send(&json!([{"jsonrpc": "2.0", "id": 1, "method": "ping"}])).await;
    assert_eq!(batch.body["error"]["code"], -32600, "{}", batch.text);
}
