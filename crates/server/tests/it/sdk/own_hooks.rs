//! Webhooks of a workflow's own: hooks that are made and removed at a provider, handshakes, and those of
//! a whole app.

use std::sync::Arc;
use std::time::Duration;

use aws_lc_rs::hmac;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::routing::{delete, get};
use axum::{Json, Router};
use parking_lot::Mutex;
use reqwest::Method;
use serde_json::{Value, json};

use super::world::{World, answer};

const FIRST: &str = "1234567";
const SECOND: &str = "7654321";

/// A provider with an API for hooks.
#[derive(Clone)]
struct Provider {
    base: String,
    http: reqwest::Client,
    seen: Arc<Mutex<Seen>>,
}

#[derive(Default)]
struct Seen {
    hooks: Vec<(String, String)>,
    /// Answers to the next requests that make a hook.
    refusals: Vec<u16>,
    /// Hooks that are made although the answer is lost.
    lost: usize,
    removals_refused: usize,
    made: usize,
    /// What each call proved itself with.
    callers: Vec<String>,
    /// Answers of our address to the provider's question.
    handshakes: Vec<String>,
}

const SECRET: &str = "given-by-the-provider";

impl Provider {
    async fn start() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let base = format!("http://{}", listener.local_addr().expect("bound"));
        let http = reqwest::Client::builder().build().expect("a client");
        let provider = Self { base, http, seen: Arc::default() };
        let routes = Router::new()
            .route("/hooks", get(Self::list).post(Self::make))
            .route("/hooks/{id}", delete(Self::remove))
            .with_state(provider.clone());
        tokio::spawn(async move { axum::serve(listener, routes).await });
        provider
    }

    fn note(&self, headers: &HeaderMap) {
        let caller = headers.get("authorization").and_then(|value| value.to_str().ok()).unwrap_or_default();
        self.seen.lock().callers.push(caller.to_owned());
    }

    async fn make(
        State(this): State<Self>,
        headers: HeaderMap,
        Json(body): Json<Value>,
    ) -> Result<Json<Value>, StatusCode> {
        this.note(&headers);
        let url = body["target"].as_str().expect("a target").to_owned();
        let refused = {
            let mut seen = this.seen.lock();
            if seen.refusals.is_empty() { None } else { Some(seen.refusals.remove(0)) }
        };
        if let Some(status) = refused {
            return Err(StatusCode::from_u16(status).expect("a status"));
        }
        let question = format!("{url}&challenge=are-you-there");
        let asked = answer(this.http.get(question)).await;
        let mut seen = this.seen.lock();
        seen.handshakes.push(format!("{} {}", asked.status, asked.text));
        seen.made += 1;
        let id = format!("h{}", seen.made);
        seen.hooks.push((id.clone(), url));
        if seen.lost > 0 {
            seen.lost -= 1;
            return Err(StatusCode::BAD_GATEWAY);
        }
        Ok(Json(json!({"id": id, "secret": SECRET})))
    }

    #[expect(clippy::unused_async, reason = "a handler is async")]
    async fn list(State(this): State<Self>, headers: HeaderMap) -> Json<Value> {
        this.note(&headers);
        let seen = this.seen.lock();
        let items: Vec<Value> = seen.hooks.iter().map(|(id, url)| json!({"id": id, "target": url})).collect();
        Json(json!({"items": items}))
    }

    #[expect(clippy::unused_async, reason = "a handler is async")]
    async fn remove(State(this): State<Self>, headers: HeaderMap, Path(id): Path<String>) -> StatusCode {
        this.note(&headers);
        let mut seen = this.seen.lock();
        if seen.removals_refused > 0 {
            seen.removals_refused -= 1;
            return StatusCode::INTERNAL_SERVER_ERROR;
        }
        let before = seen.hooks.len();
        seen.hooks.retain(|(held, _)| *held != id);
        if seen.hooks.len() < before { StatusCode::NO_CONTENT } else { StatusCode::NOT_FOUND }
    }

    fn urls(&self) -> Vec<String> {
        self.seen.lock().hooks.iter().map(|(_, url)| url.clone()).collect()
    }
}

fn register(find: bool) -> Value {
    let mut register = json!({
        "request": {"method": "POST", "url": "/hooks", "body": {"target": "{{ webhook.url }}"}},
        "id": "{{ response.body.id }}",
        "secret": "{{ response.body.secret }}",
        "remove": {"method": "DELETE", "url": "/hooks/{{ webhook.id }}"}
    });
    if find {
        register["find"] = json!({"request": {"url": "/hooks"}, "items": "{{ response.body.items }}", "url": "{{ item.target }}", "id": "{{ item.id }}"});
    }
    register
}

fn tasks(register: &Value) -> Value {
    json!({"webhook": {
        "name": "Tasks",
        "verify": {"hmac": {"header": "X-Sig", "secret": "{{ webhook.secret }}"}},
        "handshake": {"echo": {"query": "challenge"}},
        "register": register
    }})
}

impl World {
    async fn provider(&self) -> Provider {
        let provider = Provider::start().await;
        let settings = json!({"baseUrls": {"api": provider.base, "authorize": self.hubspot}});
        let path = format!("{}/integrations/{}", self.api, self.integration);
        assert_eq!(self.admin.patch(&path, settings).await.status, 200);
        provider
    }

    async fn registrations(&self) -> Vec<Value> {
        let listed = self.admin.get(&format!("{}/hook-registrations", self.api)).await;
        assert_eq!(listed.status, 200, "{}", listed.text);
        listed.body["items"].as_array().expect("items").clone()
    }

    /// Waits until the hooks of the project stand so, oldest first.
    async fn until_registered(&self, expected: &[&str]) -> Vec<Value> {
        let mut found = Vec::new();
        for _ in 0..400 {
            found = self.registrations().await;
            found.reverse();
            if found.iter().map(|one| one["state"].as_str().expect("a state")).eq(expected.iter().copied()) {
                return found;
            }
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
        panic!("expected {expected:?}: {found:?}");
    }

    async fn retry(&self, hook: &Value) {
        let id = hook["id"].as_str().expect("an id");
        let done = self.admin.post(&format!("{}/hook-registrations/{id}/retry", self.api), json!({})).await;
        assert_eq!(done.status, 202, "{}", done.text);
    }

    async fn deliver(&self, url: &str, key: &str, body: &str) -> u16 {
        let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key.as_bytes()), body.as_bytes());
        let request = self.http.post(url).header("x-sig", hex::encode(tag.as_ref())).body(body.to_owned());
        answer(request).await.status.as_u16()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hook_is_made_proven_and_removed_at_the_provider() {
    let world = World::start().await;
    world.connect_as("ann", FIRST, json!({})).await;
    let provider = world.provider().await;
    provider.seen.lock().refusals = vec![400, 503];
    let workflow = world.waits("Tasks", tasks(&register(false))).await;
    assert_eq!(world.registrations().await, Vec::<Value>::new(), "nobody has it on");
    world.switch("ann", &workflow, true).await;

    // A refusal is shown, and tried again.
    let mut refused = Vec::new();
    for _ in 0..400 {
        refused = world.registrations().await;
        if refused.first().is_some_and(|one| one["attempts"] == 1) {
            break;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    assert_eq!((&refused[0]["state"], &refused[0]["attempts"]), (&json!("registering"), &json!(1)), "{refused:?}");
    assert!(refused[0]["fault"]["message"].as_str().is_some_and(|text| text.contains("400")), "{refused:?}");
    assert!(refused[0]["nextAttemptAt"].is_string());
    world.retry(&refused[0]).await;
    for _ in 0..400 {
        if provider.seen.lock().refusals.is_empty() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    tokio::time::sleep(Duration::from_millis(300)).await;
    world.retry(&refused[0]).await;
    let registered = world.until_registered(&["registered"]).await;
    assert_eq!(registered[0]["providerId"], "h1");
    let urls = provider.urls();
    assert_eq!(urls.len(), 1);
    assert!(urls[0].contains("?id=") && urls[0].contains("&hook="), "{urls:?}");
    assert_eq!(provider.seen.lock().handshakes, ["200 OK are-you-there"], "asked while it was being made");
    assert!(provider.seen.lock().callers.iter().all(|caller| caller.starts_with("Bearer ") && caller.len() > 10));

    // What it proves, and what no hook of ours proves.
    assert_eq!(world.deliver(&urls[0], SECRET, "{\"task\": 1}").await, 200);
    assert_eq!(world.deliver(&urls[0], "another", "{\"task\": 2}").await, 401);
    let without = urls[0].split("&hook=").next().expect("an address");
    assert_eq!(world.deliver(without, SECRET, "{\"task\": 3}").await, 410);
    assert_eq!(world.settled(&workflow, 1).await, ["ann"]);
    assert!(!world.test.database().windows(SECRET.len()).any(|window| window == SECRET.as_bytes()), "it is sealed");

    // Redeploying as it is changes nothing at the provider; other declarations make another hook.
    world.deploy(&workflow, tasks(&register(false))).await;
    tokio::time::sleep(Duration::from_millis(1_200)).await;
    assert_eq!(provider.urls(), urls);
    let mut other = register(false);
    other["request"]["body"]["kind"] = json!("all");
    world.deploy(&workflow, tasks(&other)).await;
    for _ in 0..400 {
        if provider.seen.lock().made == 2 && provider.urls().len() == 1 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    world.until_registered(&["registered"]).await;
    let changed = provider.urls();
    assert!(changed.len() == 1 && changed != urls, "{changed:?}");
    assert_eq!(world.deliver(&urls[0], SECRET, "{}").await, 410, "the one before");

    // Off: it goes, also when the provider refuses at first.
    provider.seen.lock().removals_refused = 1;
    world.switch("ann", &workflow, false).await;
    let mut going = Vec::new();
    for _ in 0..400 {
        going = world.registrations().await;
        if going.first().is_some_and(|one| one["state"] == "removing" && one["attempts"] == 1) {
            break;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    assert!(going[0]["fault"].is_object(), "{going:?}");
    world.retry(&going[0]).await;
    world.until_registered(&[]).await;
    assert_eq!(provider.urls(), Vec::<String>::new());
    assert_eq!(world.deliver(&changed[0], SECRET, "{}").await, 410);

    // Undeployed: it goes. Disconnected: it goes, with the token that the account had.
    world.switch("ann", &workflow, true).await;
    world.until_registered(&["registered"]).await;
    let undeployed = world.admin.post(&format!("{}/workflows/{workflow}/undeploy", world.api), json!({})).await;
    assert!(undeployed.status.is_success(), "{}", undeployed.text);
    world.until_registered(&[]).await;
    assert_eq!(provider.urls(), Vec::<String>::new());
    world.deploy(&workflow, tasks(&register(false))).await;
    world.until_registered(&["registered"]).await;
    let gone = world.delete("ann", &format!("/sdk/integrations/{}", world.integration)).await;
    assert_eq!(gone.status, 200, "{}", gone.text);
    world.until_registered(&[]).await;
    assert_eq!(provider.urls(), Vec::<String>::new());
    assert!(provider.seen.lock().callers.iter().all(|caller| caller.starts_with("Bearer ")));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hook_whose_answer_is_lost_is_found_again_or_gets_another_address() {
    let world = World::start().await;
    world.connect_as("ann", FIRST, json!({})).await;
    let provider = world.provider().await;
    provider.seen.lock().lost = 1;
    let mut without_secret = register(true);
    without_secret.as_object_mut().expect("an object").remove("secret");
    let open = json!({"webhook": {"name": "Tasks", "register": without_secret}});
    let workflow = world.waits("Tasks", open).await;
    world.switch("ann", &workflow, true).await;
    for _ in 0..400 {
        if world.registrations().await.first().is_some_and(|one| one["attempts"] == 1) {
            break;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    world.retry(&world.registrations().await[0]).await;
    let found = world.until_registered(&["registered"]).await;
    assert_eq!((&found[0]["providerId"], provider.seen.lock().made), (&json!("h1"), 1), "found, not made twice");
    world.switch("ann", &workflow, false).await;
    world.until_registered(&[]).await;
    assert_eq!(provider.urls(), Vec::<String>::new());

    // What it signs with is lost with the answer: it is made again, and the first one removed.
    provider.seen.lock().lost = 1;
    world.deploy(&workflow, tasks(&register(true))).await;
    world.switch("ann", &workflow, true).await;
    for _ in 0..400 {
        if world.registrations().await.first().is_some_and(|one| one["attempts"] == 1) {
            break;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    world.retry(&world.registrations().await[0]).await;
    world.until_registered(&["registered"]).await;
    let urls = provider.urls();
    assert_eq!((urls.len(), provider.seen.lock().made), (1, 3));
    assert_eq!(world.deliver(&urls[0], SECRET, "{}").await, 200);
    world.switch("ann", &workflow, false).await;
    world.until_registered(&[]).await;

    // Where it cannot be looked for, the lost one is told apart by its address.
    provider.seen.lock().lost = 1;
    world.deploy(&workflow, tasks(&register(false))).await;
    world.switch("ann", &workflow, true).await;
    for _ in 0..400 {
        if world.registrations().await.first().is_some_and(|one| one["attempts"] == 1) {
            break;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    world.retry(&world.registrations().await[0]).await;
    let again = world.until_registered(&["registered"]).await;
    assert_eq!(again[0]["fault"]["code"], "in_doubt", "the doubt stays to be seen: {again:?}");
    let urls = provider.urls();
    assert_eq!(urls.len(), 2);
    assert_eq!(world.deliver(&urls[0], SECRET, "{}").await, 410);
    assert_eq!(world.deliver(&urls[1], SECRET, "{}").await, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_apps_webhook_is_routed_by_what_it_holds() {
    let world = World::start().await;
    let trigger = json!({"webhook": {
        "name": "team events", "scope": "app", "account": {"body": "team.id"}, "once": {"body": "event_id"},
        "when": [{"body": "type", "equals": "event"}],
        "handshake": {"echo": {"body": "challenge"}, "as": "json", "when": [{"body": "type", "equals": "url_verification"}]}
    }});
    let workflow = world.waits("Team events", trigger.clone()).await;
    let second = world.waits("Team events again", trigger).await;
    world.connect_as("ann", FIRST, json!({})).await;
    world.switch("ann", &workflow, true).await;
    world.switch("ann", &second, true).await;
    let address = format!(
        "{}/triggers/connect/{}/{}/app-triggers/team%20events",
        world.test.base, world.project, world.integration
    );
    let send = async |body: Value| {
        let request = world.http.post(&address).header("content-type", "application/json");
        answer(request.body(body.to_string())).await
    };
    let asked = send(json!({"type": "url_verification", "challenge": "<script>"})).await;
    assert_eq!((asked.status.as_u16(), asked.text.as_str()), (200, "{\"challenge\":\"<script>\"}"));
    assert_eq!(asked.headers["content-security-policy"], "sandbox; default-src 'none'");
    assert_eq!(asked.headers["x-content-type-options"], "nosniff");
    assert_eq!(answer(world.http.get(&address)).await.status, 405);

    let event = |id: &str, team: &str| json!({"type": "event", "event_id": id, "team": {"id": team}});
    assert_eq!(send(event("e1", FIRST)).await.status, 200);
    assert_eq!(send(event("e1", FIRST)).await.status, 200, "sent twice");
    assert_eq!(send(json!({"type": "other", "team": {"id": FIRST}})).await.status, 200, "not wanted");
    assert_eq!(send(json!({"type": "event"})).await.status, 422, "nobody's");
    assert_eq!(world.settled(&workflow, 1).await, ["ann"]);
    assert_eq!(world.settled(&second, 1).await, ["ann"], "both workflows that declare it");

    // For nobody yet: kept, and sent again.
    assert_eq!(send(event("e2", SECOND)).await.status, 200);
    let kept = world.inbox().await;
    assert_eq!(kept.len(), 2, "for each workflow: {kept:?}");
    assert_eq!((&kept[0]["account"], &kept[0]["reason"]), (&json!(SECOND), &json!("no_account")));
    let replay = async |one: &Value| {
        let id = one["id"].as_str().expect("an id");
        world.admin.post(&format!("{}/hooks/deliveries/{id}/replay", world.api), json!({})).await
    };
    assert_eq!(replay(&kept[0]).await.status, 409);
    world.connect_as("bob", SECOND, json!({})).await;
    assert_eq!(replay(&kept[0]).await.status, 409, "it is off");
    world.switch("bob", &workflow, true).await;
    world.switch("bob", &second, true).await;
    for one in &kept {
        let again = replay(one).await;
        assert_eq!(
            (again.status.as_u16(), again.body["runs"].as_array().map(Vec::len)),
            (200, Some(1)),
            "{}",
            again.text
        );
    }
    world.settled(&workflow, 2).await;
    let unknown = address.replace("team%20events", "others");
    assert_eq!(answer(world.http.post(unknown).body("{}")).await.status, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hook_of_an_app_is_made_when_the_workflow_is_deployed() {
    let world = World::start_with(|config| config.egress_allow_steps = vec!["127.0.0.1:*".into()]).await;
    let provider = Provider::start().await;
    let register = json!({
        "request": {"method": "POST", "url": format!("{}/hooks", provider.base), "body": {"target": "{{ webhook.url }}"}, "auth": {"bearer": "app-key"}},
        "id": "{{ response.body.id }}",
        "remove": {"method": "DELETE", "url": format!("{}/hooks/{{{{ webhook.id }}}}", provider.base), "auth": {"bearer": "app-key"}}
    });
    let trigger =
        json!({"webhook": {"name": "all", "scope": "app", "account": {"header": "x-team"}, "register": register}});
    let workflow = world.waits("All", trigger).await;
    world.until_registered(&["registered"]).await;
    world.connect_as("ann", FIRST, json!({})).await;
    world.switch("ann", &workflow, true).await;
    let urls = provider.urls();
    let sent = answer(world.http.post(&urls[0]).header("x-team", FIRST).body("{}")).await;
    assert_eq!(sent.status, 200, "{}", sent.text);
    world.settled(&workflow, 1).await;
    let plain = urls[0].split("?hook=").next().expect("an address").to_owned();
    assert_eq!(answer(world.http.post(plain).header("x-team", FIRST).body("{}")).await.status, 410);
    let removed = world.admin.send(Method::DELETE, &format!("{}/workflows/{workflow}", world.api), None).await;
    assert!(removed.status.is_success(), "{}", removed.text);
    world.until_registered(&[]).await;
    assert_eq!(provider.urls(), Vec::<String>::new());
    assert!(provider.seen.lock().callers.iter().all(|caller| caller == "Bearer app-key"));
}
