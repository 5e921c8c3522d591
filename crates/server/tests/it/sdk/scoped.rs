//! User tokens that say what they may: the claim `urn:useparagon:connect:permissions`, at each door.

use reqwest::Method;
use serde_json::{Value, json};

use super::world::{World, answer};
use crate::app::Answer;

const CLAIM: &str = "urn:useparagon:connect:permissions";

/// A user with two accounts, and a token that speaks of the first alone.
struct Scoped {
    world: World,
    mine: String,
    other: String,
}

impl Scoped {
    async fn start() -> Self {
        let world = World::start().await;
        for label in ["mine", "other"] {
            world.connect_as("ann", "1234567", json!({"externalId": label})).await;
        }
        let all = world.state("ann").await["allCredentials"].clone();
        let id = |label: &str| {
            let found = all.as_array().expect("accounts").iter().find(|one| one["externalId"] == label);
            found.expect("it was imported")["id"].as_str().expect("an id").to_owned()
        };
        let (mine, other) = (id("mine"), id("other"));
        Self { world, mine, other }
    }

    fn token(&self, claim: Value) -> String {
        let now = self.world.now();
        self.world.sign(json!({"sub": "ann", "iat": now, "exp": now + 600, CLAIM: claim}))
    }

    fn only_mine(&self) -> String {
        self.token(json!({"integration:hubspot": {format!("credential:{}", self.mine): true}}))
    }

    async fn call(&self, method: Method, path: &str, token: &str, headers: &[(&str, &str)], body: Value) -> Answer {
        let mut request = self.world.call(method, path, token);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        if !body.is_null() {
            request = request.body(body.to_string());
        }
        answer(request).await
    }

    async fn runs(&self) -> usize {
        let runs = self.world.admin.get(&format!("{}/runs", self.world.api)).await.body;
        runs["items"].as_array().expect("runs").len()
    }
}

fn said(answer: &Answer) -> (u16, &str) {
    (answer.status.as_u16(), answer.body["code"].as_str().unwrap_or_default())
}

/// A call: method, address, headers, body.
type Door = (Method, String, Vec<(&'static str, String)>, Value);

/// Every door that names an account, as it is called for one.
fn doors(world: &World, credential: &str) -> Vec<Door> {
    let header = vec![("X-Paragon-Credential", credential.to_owned())];
    let with_configuration = [header.clone(), vec![("X-Paragon-Configuration-Id", "ext:team".to_owned())]].concat();
    let account = format!("/sdk/credentials/{credential}");
    let workflow = format!("/sdk/workflows/{}", world.workflow);
    let again = json!({"integrationId": world.integration, "code": "c", "integrationOptions": {"selectedCredentialId": credential}});
    let options = json!({"selectedCredentialId": credential}).to_string();
    let build = url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs([
            ("integrationId", world.integration.as_str()),
            ("oauthMetaKeyId", "key"),
            ("originForPostMessage", super::world::ORIGIN),
            ("installOptions", &options),
        ])
        .finish();
    let event = json!({"name": "Contact Created", "payload": {"email": "a@example.com"}});
    let question = json!({"action": "hubspot", "sourceKey": "contactProperties"});
    vec![
        (Method::GET, account.clone(), vec![], Value::Null),
        (Method::GET, "/sdk/credentials?integration=hubspot".into(), header.clone(), Value::Null),
        (Method::PATCH, account.clone(), vec![], json!({"config": {"sharedSettings": {}}})),
        (Method::POST, format!("{account}/complete-setup"), vec![], json!({"payload": {}})),
        (Method::POST, format!("{account}/configurations"), vec![], json!({"externalId": "team"})),
        (Method::PATCH, format!("{account}/configurations"), with_configuration.clone(), json!({"meta": {"a": 1}})),
        (Method::DELETE, format!("{account}/configurations"), with_configuration, Value::Null),
        (Method::POST, workflow.clone(), header.clone(), Value::Null),
        (Method::DELETE, workflow, header.clone(), Value::Null),
        (Method::POST, "/sdk/events/trigger".into(), header.clone(), event),
        (Method::GET, "/sdk/proxy/hubspot/crm/v3/objects/contacts".into(), header.clone(), Value::Null),
        (Method::POST, "/sdk/actions".into(), header.clone(), question),
        (Method::GET, format!("/sdk/activity?integration=hubspot&credential={credential}"), vec![], Value::Null),
        (Method::POST, "/sdk/credentials".into(), vec![], again),
        (Method::GET, format!("/sdk/actions/build-oauth?{build}"), vec![], Value::Null),
        (
            Method::POST,
            "/sdk/connect-links".into(),
            vec![],
            json!({"integrationId": world.integration, "selectedCredentialId": credential}),
        ),
        (Method::DELETE, format!("/sdk/integrations/{}", world.integration), header, Value::Null),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn a_scoped_token_sees_its_account_alone_and_reaches_no_other_by_any_door() {
    let scoped = Scoped::start().await;
    let token = scoped.only_mine();
    let me = scoped.call(Method::GET, "/sdk/me", &token, &[], Value::Null).await;
    let state = &me.body["integrations"]["hubspot"];
    assert_eq!(
        (&state["credentialId"], state["allCredentials"].as_array().map(Vec::len)),
        (&json!(scoped.mine), Some(1))
    );
    let all = scoped.call(Method::GET, "/sdk/credentials", &token, &[], Value::Null).await;
    for text in [&me.text, &all.text] {
        assert!(!text.contains(&scoped.other), "{text}");
    }
    for (method, path, headers, body) in doors(&scoped.world, &scoped.other) {
        let headers: Vec<_> = headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let answer = scoped.call(method.clone(), &path, &token, &headers, body).await;
        assert_eq!(said(&answer), (404, "not_found"), "{method} {path}: {}", answer.text);
    }
    let whole = scoped.world.state("ann").await["allCredentials"].clone();
    assert_eq!(whole.as_array().map(Vec::len), Some(2), "nothing was disconnected");
    assert_eq!(whole[0]["configurations"].as_array().map(Vec::len), Some(1));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_scoped_token_uses_its_own_account_and_one_that_only_reads_changes_nothing() {
    let scoped = Scoped::start().await;
    let reading = scoped.token(json!({"integration:*": ["credential:read"]}));
    let read = [0, 1, 11, 12];
    for (at, (method, path, headers, body)) in doors(&scoped.world, &scoped.mine).into_iter().enumerate() {
        let headers: Vec<_> = headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let answer = scoped.call(method.clone(), &path, &reading, &headers, body).await;
        // A configuration that nobody made is none.
        let expected = if read.contains(&at) {
            (200, "")
        } else if matches!(at, 5 | 6) {
            (404, "not_found")
        } else {
            (403, "7210")
        };
        assert_eq!(said(&answer), expected, "{method} {path}: {}", answer.text);
    }
    let meta = scoped.call(Method::PATCH, "/sdk/me", &reading, &[], json!({"meta": {"a": 1}})).await;
    assert_eq!(said(&meta), (403, "7210"), "{}", meta.text);
    let token = scoped.only_mine();
    for (at, (method, path, headers, body)) in doors(&scoped.world, &scoped.mine).into_iter().enumerate() {
        let headers: Vec<_> = headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let answer = scoped.call(method.clone(), &path, &token, &headers, body).await;
        // The code is none of the provider's.
        let expected = match at {
            9 => 201,
            13 => 422,
            _ => 200,
        };
        assert_eq!(answer.status.as_u16(), expected, "{method} {path}: {}", answer.text);
    }
    let left = scoped.world.state("ann").await["allCredentials"].clone();
    assert_eq!((left.as_array().map(Vec::len), &left[0]["id"]), (Some(1), &json!(scoped.other)));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_of_a_scoped_token_runs_for_what_it_may_alone() {
    let scoped = Scoped::start().await;
    let everything = scoped.token(json!({"integration:*": true}));
    for credential in [&scoped.mine, &scoped.other] {
        let path = format!("/sdk/workflows/{}", scoped.world.workflow);
        let on =
            scoped.call(Method::POST, &path, &everything, &[("X-Paragon-Credential", credential)], Value::Null).await;
        assert_eq!(on.status, 200, "{}", on.text);
    }
    let event = json!({"name": "Contact Created", "payload": {"email": "a@example.com"}});
    let sent = scoped.call(Method::POST, "/sdk/events/trigger", &scoped.only_mine(), &[], event.clone()).await;
    assert_eq!((sent.status.as_u16(), scoped.runs().await), (201, 1), "{}", sent.text);
    let mine_read_only = scoped.token(json!({
        "integration:*": ["event:send"], "credential:ext:mine": ["credential:read"],
    }));
    let sent = scoped.call(Method::POST, "/sdk/events/trigger", &mine_read_only, &[], event.clone()).await;
    assert_eq!((sent.status.as_u16(), scoped.runs().await), (201, 2), "{}", sent.text);
    let named = [("X-Paragon-Credential", "ext:mine")];
    let refused = scoped.call(Method::POST, "/sdk/events/trigger", &mine_read_only, &named, event.clone()).await;
    assert_eq!(said(&refused), (403, "7210"), "{}", refused.text);
    let sent = scoped.call(Method::POST, "/sdk/events/trigger", &everything, &[], event).await;
    assert_eq!((sent.status.as_u16(), scoped.runs().await), (201, 4), "{}", sent.text);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_for_one_integration_does_not_know_another_nor_connects_it() {
    let scoped = Scoped::start().await;
    let stripe =
        scoped.world.admin.post(&format!("{}/integrations", scoped.world.api), json!({"type": "stripe"})).await;
    let id = stripe.body["id"].as_str().expect("an id").to_owned();
    let patched =
        scoped.world.admin.patch(&format!("{}/integrations/{id}", scoped.world.api), json!({"active": true})).await;
    assert_eq!(patched.status, 200, "{}", patched.text);
    let token = scoped.token(json!({"integration:hubspot": true}));
    for path in ["/sdk/me", "/sdk/integrations", "/sdk/metadata", "/triggers"] {
        let answer = scoped.call(Method::GET, path, &token, &[], Value::Null).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        assert!(answer.text.contains("hubspot") && !answer.text.contains("stripe"), "{path}: {}", answer.text);
        assert!(
            scoped.call(Method::GET, path, &scoped.world.token("ann"), &[], Value::Null).await.text.contains("stripe")
        );
    }
    let payload = json!({"apiKey": "sk_test_acme"});
    for (path, body) in [
        ("/sdk/credentials".to_owned(), json!({"integrationId": id, "payload": payload})),
        (format!("/sdk/resources/{id}/connect"), payload.clone()),
    ] {
        let refused = scoped.call(Method::POST, &path, &token, &[], body).await;
        assert_eq!(said(&refused), (404, "not_found"), "{}", refused.text);
    }
    // May see it, may not connect it.
    let sees = scoped.token(json!({"integration:*": ["credential:read"]}));
    let refused = scoped
        .call(Method::POST, "/sdk/credentials", &sees, &[], json!({"integrationId": id, "payload": payload}))
        .await;
    assert_eq!(said(&refused), (403, "7210"), "{}", refused.text);
}

#[tokio::test(flavor = "multi_thread")]
async fn connecting_with_a_scoped_token_never_takes_the_place_of_an_account_that_it_does_not_see() {
    let scoped = Scoped::start().await;
    // May connect accounts, and see those that it is told of.
    let token = scoped.token(json!({"integration:hubspot": {
        "credential:*": ["credential:write"],
        format!("credential:{}", scoped.mine): false,
        format!("credential:{}", scoped.other): false,
    }}));
    let before = scoped.world.state("ann").await["allCredentials"].clone();
    let connected = scoped.world.connect_with("ann", &token, "1234567", json!({})).await;
    let after = scoped.world.state("ann").await["allCredentials"].clone();
    assert_eq!(after.as_array().map(Vec::len), Some(3), "a further account");
    for (was, is) in [(&before[0], &after[0]), (&before[1], &after[1])] {
        assert_eq!((&was["id"], &was["dateUpdated"]), (&is["id"], &is["dateUpdated"]));
    }
    let mine = scoped.call(Method::GET, "/sdk/me", &token, &[], Value::Null).await;
    assert_eq!(mine.body["integrations"]["hubspot"]["allCredentials"][0]["id"], json!(connected));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_configuration_is_all_that_a_token_for_it_reaches() {
    let scoped = Scoped::start().await;
    let all = scoped.world.token("ann");
    let path = format!("/sdk/credentials/{}/configurations", scoped.mine);
    let made = scoped.call(Method::POST, &path, &all, &[], json!({"externalId": "team"})).await;
    assert_eq!(made.status, 200, "{}", made.text);
    let token =
        scoped.token(json!({"integration:hubspot": {"configuration:ext:team": ["configuration:write", "event:send"]}}));
    let me = scoped.call(Method::GET, "/sdk/me", &token, &[], Value::Null).await;
    let accounts = me.body["integrations"]["hubspot"]["allCredentials"].clone();
    assert_eq!(accounts.as_array().map(Vec::len), Some(1), "{}", me.text);
    let configurations = accounts[0]["configurations"].as_array().expect("configurations");
    assert_eq!(configurations.len(), 1, "{}", me.text);
    assert_eq!((&configurations[0]["externalId"], &configurations[0]["isDefault"]), (&json!("team"), &json!(true)));
    let workflow = format!("/sdk/workflows/{}", scoped.world.workflow);
    let on = scoped.call(Method::POST, &workflow, &token, &[], Value::Null).await;
    assert_eq!(on.status, 200, "{}", on.text);
    let event = json!({"name": "Contact Created", "payload": {"email": "a@example.com"}});
    let sent = scoped.call(Method::POST, "/sdk/events/trigger", &token, &[], event).await;
    assert_eq!((sent.status.as_u16(), scoped.runs().await), (201, 1), "{}", sent.text);
    let proxied =
        scoped.call(Method::GET, "/sdk/proxy/hubspot/crm/v3/objects/contacts", &token, &[], Value::Null).await;
    assert_eq!(said(&proxied), (403, "7210"), "{}", proxied.text);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_claim_of_a_wrong_shape_is_refused_with_a_reason() {
    let scoped = Scoped::start().await;
    for (claim, words) in [
        (json!(["integration:*"]), "must be an object of scopes"),
        (json!({"integration:hubspot": ["proxy"]}), "there are `credential:read`"),
        (json!({"account:1": true}), "a scope is `integration:*`"),
    ] {
        let refused = scoped.call(Method::GET, "/sdk/me", &scoped.token(claim), &[], Value::Null).await;
        assert_eq!(said(&refused), (401, "token_invalid"));
        assert!(refused.text.contains(words), "{}", refused.text);
    }
}
