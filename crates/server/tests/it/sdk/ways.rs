//! Accounts that are connected by what their user enters, and connectors of a project's own.

use std::sync::Arc;

use linchpin::clock::SystemClock;
use linchpin_connectors::{check, simulator};
use serde_json::{Value, json};

use super::world::{ORIGIN, World, answer};

/// A connector with several ways, and something that is asked afterwards.
const DESK: &str = r##"
kind: desk
name: Desk
brandColor: "#112233"
description: A desk.
source: made up
licence: Apache-2.0
baseUrls: { api: "https://{account.site}.desk.example", sign: https://sign.desk.example }
versions: { default: v1, paths: { api: /api }, offered: { v1: {} } }
auth:
  title: With a key
  inputs:
    - { name: site, title: Site, type: subdomain, suffix: .desk.example }
    - { name: key, title: Key, type: secret }
  laterInputs: [ { name: queue, title: Queue } ]
  apiKey: { input: key, header: X-Key }
alsoAuth:
  app:
    title: With client credentials
    inputs:
      - { name: site, title: Site, type: subdomain, suffix: .desk.example }
      - { name: clientId, title: Client ID }
      - { name: clientSecret, title: Client secret, type: secret }
    clientCredentials: { tokenPath: "{paths.api}/token", tokenLifetimeSeconds: 600 }
  own:
    title: Sign in with an app of your own
    inputs:
      - { name: site, title: Site, type: subdomain, suffix: .desk.example }
      - { name: clientId, title: Client ID }
      - { name: clientSecret, title: Client secret, type: secret }
    oauth2: { authorizeBase: sign, authorizePath: /consent, tokenBase: sign, tokenPath: "{paths.api}/token", userApp: true }
scopes: {}
errors: { message: [/message], classes: [ { statuses: [401], class: reauthorize } ] }
account: { request: { method: GET, path: "{paths.api}/me" }, data: { who: [/account/name] }, providerId: who, label: "{who}" }
resources: { tickets: { title: ticket, fields: [] } }
actions:
  tickets.create:
    title: Create ticket
    description: Makes a ticket.
    group: Tickets
    effect: create
    resource: tickets
    inputs: [ { name: subject, title: Subject, required: true } ]
    request: { method: POST, path: "{paths.api}/tickets", body: { subject: "{subject}", queue: "{account.queue}" } }
    doubt: { strategy: ask }
simulator:
  accounts: [ { id: a-1, name: Acme, domain: acme, user: ann, inputs: { key: right-key, clientId: c-1, clientSecret: right-secret } } ]
  firstId: 1
  record: { id: "{id}", subject: "{subject}" }
  page: { tickets: "{results}" }
  token: { access_token: "{accessToken}", refresh_token: "{refreshToken}" }
  account: { name: "{name}" }
  replies:
    noToken: { status: 401, body: { message: that key is not known } }
    notFound: { status: 404, body: { message: none } }
    invalidBody: { status: 400, body: { message: "{reason}" } }
    serverFault: { status: 500, body: { message: down } }
    badClient: { status: 401, body: { error: invalid_client } }
    badCode: { status: 400, body: { error: invalid_grant } }
    badRefreshToken: { status: 400, body: { error: invalid_grant } }
    badGrantType: { status: 400, body: { error: unsupported_grant_type } }
    badRequest: { status: 400, body: { error: invalid_request } }
"##;

struct Desk {
    world: World,
    url: String,
    integration: String,
    task: tokio::task::JoinHandle<()>,
}

impl Drop for Desk {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Desk {
    async fn start() -> Self {
        let world = World::start().await;
        let manifest = Arc::new(check("desk.yaml", DESK).unwrap_or_else(|problems| panic!("{problems:?}")));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let url = format!("http://{}", listener.local_addr().expect("bound"));
        let task = tokio::spawn(async move {
            let options = simulator::Options::default();
            simulator::serve(manifest, listener, options, Arc::new(SystemClock), std::future::pending())
                .await
                .expect("serves");
        });
        let added = world.admin.post(&format!("{}/custom-integrations", world.api), json!({"manifest": DESK})).await;
        assert_eq!(added.status, 201, "{}", added.text);
        assert_eq!((&added.body["type"], &added.body["needsApp"]), (&json!("custom.desk"), &json!(false)));
        let integration = added.body["id"].as_str().expect("an id").to_owned();
        let settings = json!({"baseUrls": {"api": url, "sign": url}, "active": true});
        let patched = world.admin.patch(&format!("{}/integrations/{integration}", world.api), settings).await;
        assert_eq!(patched.status, 200, "{}", patched.text);
        Self { world, url, integration, task }
    }

    async fn connect(&self, user: &str, payload: Value, options: Value) -> crate::app::Answer {
        let body =
            json!({"integrationId": self.integration, "config": {}, "payload": payload, "installOptions": options});
        self.world.post(user, "/sdk/credentials", body).await
    }

    async fn state(&self, user: &str) -> Value {
        self.world.get(user, "/sdk/me").await.body["integrations"]["custom.desk"].clone()
    }

    async fn faults(&self, faults: Value) {
        let done =
            answer(self.world.http.post(format!("{}/_simulator/faults", self.url)).body(faults.to_string())).await;
        assert_eq!(done.status, 200, "{}", done.text);
    }

    async fn me(&self, user: &str) -> crate::app::Answer {
        self.world.get(user, "/sdk/proxy/custom.desk/api/me").await
    }
}

fn key(value: &str) -> Value {
    json!({"site": "acme", "key": value})
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_key_is_refused_at_once_and_a_right_one_waits_for_what_is_still_asked() {
    let desk = Desk::start().await;
    for (payload, status, said) in [
        (key("wrong"), 422, "Desk does not accept this: that key is not known"),
        (json!({"key": "right-key"}), 422, "Site is needed"),
        (json!({"site": "evil.example/x", "key": "right-key"}), 422, "Site is the part of the address"),
        (json!({"site": "a", "kee": "right-key"}), 422, "did you mean `key`?"),
    ] {
        let refused = desk.connect("ann", payload, json!({})).await;
        assert_eq!(refused.status.as_u16(), status, "{}", refused.text);
        assert!(refused.text.contains(said), "{}", refused.text);
        assert!(!refused.text.contains("wrong\""), "{}", refused.text);
    }
    assert_eq!(desk.state("ann").await["allCredentials"], json!([]));

    let taken = desk.connect("ann", key("right-key"), json!({"externalId": "main"})).await;
    assert_eq!(taken.status, 200, "{}", taken.text);
    assert_eq!((&taken.body["status"], &taken.body["externalId"]), (&json!("PENDING"), &json!("main")));
    assert_eq!(taken.body["accountType"], "default");
    let offered = desk.world.get("ann", "/sdk/integrations").await.body;
    let offered = offered.as_array().and_then(|all| all.iter().find(|one| one["type"] == "custom.desk").cloned());
    let config = offered.expect("it is listed")["sdkIntegrationConfig"].clone();
    assert_eq!(config["laterInputs"]["default"][0]["id"], "queue");
    assert_eq!(config["postOauthInputs"], json!([]), "the known SDK cannot end a form with another one");
    assert_eq!(taken.body["configurations"].as_array().map(Vec::len), Some(1));
    assert_eq!(desk.state("ann").await["enabled"], false);
    assert_eq!(desk.me("ann").await.status, 401, "what is still asked for is not used");
    let path = format!("/sdk/credentials/{}/complete-setup", taken.body["id"].as_str().expect("an id"));
    let refused = desk.world.post("ann", &path, json!({"payload": {}})).await;
    assert!(refused.status == 422 && refused.text.contains("Queue is needed"), "{}", refused.text);
    assert_eq!(desk.world.post("bob", &path, json!({"payload": {"queue": "q"}})).await.status, 404);
    let done = desk.world.post("ann", &path, json!({"payload": {"queue": "support"}})).await;
    assert_eq!((done.status.as_u16(), &done.body["status"]), (200, &json!("VALID")), "{}", done.text);
    assert_eq!(desk.me("ann").await.body["name"], "Acme");
    for text in [taken.text, done.text, desk.world.get("ann", "/sdk/me").await.text] {
        assert!(!text.contains("right-key"), "{text}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_is_withdrawn_makes_the_account_invalid_and_a_new_one_keeps_it() {
    let desk = Desk::start().await;
    let taken = desk.connect("ann", key("right-key"), json!({})).await;
    let id = taken.body["id"].as_str().expect("an id").to_owned();
    desk.world.post("ann", &format!("/sdk/credentials/{id}/complete-setup"), json!({"payload": {"queue": "q"}})).await;
    desk.faults(json!({"revokedKeys": true})).await;
    assert_eq!(desk.me("ann").await.status, 401);
    let state = desk.state("ann").await;
    assert_eq!(state["credentialStatus"], "INVALID");
    assert_eq!(state["allCredentials"][0]["accountType"], "default");
    let reason = state["allCredentials"][0]["statusReason"].as_str().expect("a reason");
    assert!(reason.contains("no longer accepts its key"), "{reason}");
    desk.faults(json!({"revokedKeys": false})).await;
    let again = desk.connect("ann", key("right-key"), json!({"selectedCredentialId": id})).await;
    assert_eq!((again.status.as_u16(), &again.body["id"]), (200, &json!(id)), "{}", again.text);
    assert_eq!(again.body["status"], "VALID", "what was asked afterwards is known: {}", again.text);
    assert_eq!(desk.state("ann").await["allCredentials"][0].get("accountType"), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn client_credentials_are_exchanged_and_a_token_that_is_refused_is_fetched_anew() {
    let desk = Desk::start().await;
    let pair = |secret: &str| json!({"site": "acme", "clientId": "c-1", "clientSecret": secret});
    let refused = desk.connect("ann", pair("wrong"), json!({"accountType": "app"})).await;
    assert!(refused.status == 422 && refused.text.contains("invalid_client"), "{}", refused.text);
    // Without a word which way: what was entered says it.
    let taken = desk.connect("ann", pair("right-secret"), json!({})).await;
    assert_eq!((taken.status.as_u16(), &taken.body["status"]), (200, &json!("VALID")), "{}", taken.text);
    assert_eq!(desk.me("ann").await.body["name"], "Acme");
    desk.faults(json!({"expireAccessTokens": true})).await;
    assert_eq!(desk.me("ann").await.body["name"], "Acme", "a fresh token was fetched");
    assert_eq!(desk.state("ann").await["credentialStatus"], "VALID");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_user_signs_in_with_an_app_of_their_own() {
    let desk = Desk::start().await;
    let world = &desk.world;
    let (token, project, id) = (world.token("ann"), &world.project, &desk.integration);
    let nonce = format!(
        "{}/projects/{project}/sdk/actions/oauth-nonce?action=custom.desk&integrationId={id}&originForPostMessage={ORIGIN}&userToken={token}",
        world.test.base
    );
    let page =
        answer(world.http.get(nonce).header("sec-fetch-site", "cross-site").header("referer", format!("{ORIGIN}/")))
            .await;
    let cookie = super::world::cookie_of(&page);
    let values = json!({"site": "acme", "clientId": "anns-app", "clientSecret": "anns-secret"});
    let build = |values: Value| {
        let query = url::form_urlencoded::Serializer::new(String::new())
            .append_pair("action", "custom")
            .append_pair("integrationId", id)
            .append_pair("originForPostMessage", ORIGIN)
            .append_pair("endUserSuppliedValues", &values.to_string())
            .append_pair("installOptions", &json!({"accountType": "own"}).to_string())
            .append_pair("oauthMetaKeyId", "own1")
            .finish();
        let address = format!("{}/v2/projects/{project}/sdk/actions/build-oauth?{query}", world.test.base);
        answer(world.http.get(address).bearer_auth(&token))
    };
    let refused = build(json!({"site": "acme", "clientId": "anns-app"})).await;
    assert!(refused.status == 422 && refused.text.contains("Client secret is needed"), "{}", refused.text);
    let built = build(values).await;
    assert_eq!(built.status, 200, "{}", built.text);
    let address = built.body["redirectUrl"].as_str().expect("an address").to_owned();
    assert!(address.contains("client_id=anns-app") && !address.contains("anns-secret"), "{address}");
    let back = world.consent(&address, "a-1").await;
    let page = world.come_back(&back, Some(&cookie)).await;
    assert!(page.text.contains("Desk is connected"), "{}", page.text);
    assert_eq!(desk.state("ann").await["credentialStatus"], "VALID");
    assert_eq!(desk.me("ann").await.body["name"], "Acme");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_asked_is_told_to_the_sdk() {
    let desk = Desk::start().await;
    let all = desk.world.get("ann", "/sdk/integrations").await.body;
    let desk_shape = all.as_array().expect("a list").iter().find(|one| one["type"] == "custom.desk").expect("there");
    assert_eq!(desk_shape["authenticationType"], "basic");
    assert_eq!(desk_shape["needPreOauthInputs"], true);
    assert_eq!(desk_shape["customIntegration"]["slug"], "custom.desk");
    let fields = desk_shape["customIntegration"]["inputFields"].as_array().expect("fields");
    assert_eq!(
        fields.iter().map(|one| one["type"].as_str().unwrap_or_default()).collect::<Vec<_>>(),
        ["TEXT_NO_VARS", "PASSWORD"]
    );
    let types = desk_shape["sdkIntegrationConfig"]["accountTypes"].as_array().expect("types");
    let named: Vec<_> = types
        .iter()
        .map(|one| (one["id"].as_str().unwrap_or_default(), one["scheme"].as_str().unwrap_or_default()))
        .collect();
    assert_eq!(named, [("default", "basic"), ("app", "oauth_client_credential"), ("own", "oauth")]);
    assert_eq!(desk_shape["sdkIntegrationConfig"]["postOauthInputs"], json!([]));
    let me = desk.world.get("ann", "/sdk/me").await.body;
    assert_eq!(
        me["resources"],
        json!([{"id": desk.integration, "slug": "custom.desk", "integrationId": desk.integration}])
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_custom_integration_is_its_projects_alone_and_its_mistakes_are_named() {
    let desk = Desk::start().await;
    let (admin, api) = (&desk.world.admin, &desk.world.api);
    let wrong = DESK.replace("header: X-Key", "headr: X-Key");
    for (body, said) in [
        (
            json!({"manifest": wrong}),
            "connector.yaml:16:25: `auth.apiKey.headr`: unknown key `headr`; did you mean `header`?",
        ),
        (json!({"manifest": DESK, "slug": "No Slug"}), "a name has lower-case letters"),
    ] {
        let refused = admin.post(&format!("{api}/custom-integrations"), body).await;
        assert!(refused.status == 422 && refused.text.contains(said), "{}", refused.text);
    }
    assert_eq!(admin.post(&format!("{api}/custom-integrations"), json!({"manifest": DESK})).await.status, 409);
    let other = admin.project("Other").await;
    let path = format!("{other}/custom-integrations/{}", desk.integration);
    assert_eq!(admin.get(&path).await.status, 404);
    assert_eq!(admin.get(&format!("{other}/connectors/custom.desk")).await.status, 404);
    let kept = admin.get(&format!("{api}/custom-integrations/{}", desk.integration)).await;
    assert_eq!(kept.body["manifest"], DESK);
    let shown = admin.get(&format!("{api}/connectors/custom.desk")).await;
    assert_eq!(shown.body["actions"][0]["name"], "tickets.create");
    let replaced = DESK.replace("title: Create ticket", "title: Open ticket");
    let path = format!("{api}/custom-integrations/{}", desk.integration);
    let nobody = desk.world.test.anonymous().put(&path, json!({"manifest": replaced})).await;
    assert!(nobody.status == 401 || nobody.status == 403, "{}", nobody.text);
    let done = admin.put(&path, json!({"manifest": replaced})).await;
    assert_eq!(done.status, 200, "{}", done.text);
    let shown = admin.get(&format!("{api}/connectors/custom.desk")).await;
    assert_eq!(shown.body["actions"][0]["title"], "Open ticket");
}
