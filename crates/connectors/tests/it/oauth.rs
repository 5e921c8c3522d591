//! OAuth 2 from the consent page to revocation.

use std::sync::LazyLock;
use std::time::Duration;

use linchpin_connectors::oauth2::{self, App, TokenError, Tokens, Way, new_pkce};
use linchpin_connectors::{Access, Account, identify, perform};
use linchpin_domain::connector::Sent;
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Map, Value, json};
use url::Url;

use crate::simulated::{Simulated, object};

const REDIRECT: &str = "http://127.0.0.1:4800/oauth";

fn app() -> App {
    App {
        client_id: "abc".into(),
        client_secret: SecretString::from("s3cret"),
        scopes: vec!["oauth".into(), "crm.objects.contacts.read".into(), "crm.objects.contacts.write".into()],
        optional_scopes: vec!["crm.objects.deals.read".into()],
    }
}

/// HubSpot asks for nothing before the consent page.
static NOTHING: LazyLock<Map<String, Value>> = LazyLock::new(Map::new);

fn way(simulated: &Simulated) -> Way<'_> {
    Way::of(&simulated.manifest, "default", &simulated.endpoint, &NOTHING).expect("the default way")
}

/// Opens the consent page and presses its button; where the browser is sent.
async fn allow(simulated: &Simulated, challenge: Option<&str>) -> Url {
    let url = oauth2::authorize_url(way(simulated), &app(), REDIRECT, "st/ate", challenge).expect("an address");
    let page = simulated.http.get(url.clone()).send().await.expect("sent").text().await.expect("text");
    for part in
        ["Allow access", "Cancel", "abc", "crm.objects.contacts.write", "crm.objects.deals.read", "Simulated HubSpot"]
    {
        assert!(page.contains(part), "the page does not show {part}");
    }
    let answer = simulated.http.post(url).send().await.expect("sent");
    assert_eq!(answer.status(), 303);
    Url::parse(answer.headers()["location"].to_str().expect("text")).expect("an address")
}

fn value(url: &Url, name: &str) -> Option<String> {
    url.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
}

async fn exchange(simulated: &Simulated, code: &str, verifier: Option<&SecretString>) -> Result<Tokens, TokenError> {
    oauth2::exchange(&simulated.client, way(simulated), &app(), code, REDIRECT, verifier).await
}

async fn refresh(simulated: &Simulated, token: &SecretString) -> Result<Tokens, TokenError> {
    oauth2::refresh(&simulated.client, way(simulated), &app(), token).await
}

async fn connect(simulated: &Simulated) -> Tokens {
    let (verifier, challenge) = new_pkce(&*simulated.clock);
    let back = allow(simulated, Some(&challenge)).await;
    let code = value(&back, "code").expect("a code");
    exchange(simulated, &code, Some(&verifier)).await.expect("tokens")
}

#[tokio::test]
async fn a_user_connects_and_the_account_is_known() {
    let simulated = Simulated::start().await;
    let tokens = connect(&simulated).await;
    assert_eq!(tokens.expires_in, Some(Duration::from_mins(30)));
    assert!(tokens.scopes.contains(&"crm.objects.deals.read".to_owned()));
    let kept = serde_json::to_string(&tokens.extra).expect("JSON");
    assert!(!kept.contains(tokens.access_token.expose_secret()) && !kept.contains("sim-refresh"), "{kept}");
    let access = Access::bearer(tokens.access_token.clone());
    let account = Account { access: &access, endpoint: &simulated.endpoint };
    let identity = identify(&simulated.client, &simulated.manifest, account, &tokens.extra).await.expect("known");
    assert_eq!((identity.provider_id.as_str(), identity.label.as_str()), ("1234567", "HubSpot account 1234567"));
    assert_eq!(identity.data["timeZone"], "Europe/Berlin");
    let inputs = object(json!({"email": "a@example.com"}));
    perform(&simulated.client, &simulated.manifest, account, "contacts.create", &inputs, "k").await.expect("created");
    let error = perform(
        &simulated.client,
        &simulated.manifest,
        account,
        "deals.create",
        &object(json!({"dealname": "D"})),
        "k",
    )
    .await
    .expect_err("not granted");
    assert_eq!(error.code(), "missing_scope");
}

#[tokio::test]
async fn the_state_comes_back_and_a_refusal_too() {
    let simulated = Simulated::start().await;
    let back = allow(&simulated, None).await;
    assert!(back.as_str().starts_with(REDIRECT));
    assert_eq!(value(&back, "state").as_deref(), Some("st/ate"));
    simulated.admin("faults", json!({"denyConsent": true})).await;
    let back = allow(&simulated, None).await;
    assert_eq!((value(&back, "error").as_deref(), value(&back, "code")), (Some("access_denied"), None));
}

#[tokio::test]
async fn a_code_serves_once_and_only_with_its_verifier_and_secret() {
    let simulated = Simulated::start().await;
    let (verifier, challenge) = new_pkce(&*simulated.clock);
    let code = value(&allow(&simulated, Some(&challenge)).await, "code").expect("a code");
    let wrong = exchange(&simulated, &code, Some(&SecretString::from("other"))).await;
    assert_eq!(wrong.expect_err("refused"), TokenError::Rejected { message: "code verifier mismatch".into() });
    // The code is spent even so.
    let again = exchange(&simulated, &code, Some(&verifier)).await;
    assert_eq!(again.expect_err("refused"), TokenError::Rejected { message: "missing or unknown auth code".into() });
    simulated.admin("faults", json!({"clientSecret": "another"})).await;
    let code = value(&allow(&simulated, Some(&challenge)).await, "code").expect("a code");
    let error = exchange(&simulated, &code, Some(&verifier)).await.expect_err("refused");
    assert_eq!(error, TokenError::Rejected { message: "missing or invalid client id or secret".into() });
}

#[tokio::test]
async fn a_refresh_keeps_the_token_or_rotates_it() {
    let simulated = Simulated::start().await;
    let first = connect(&simulated).await.refresh_token.expect("a refresh token");
    let kept = refresh(&simulated, &first).await.expect("renewed").refresh_token.expect("given");
    assert_eq!(first.expose_secret(), kept.expose_secret());
    simulated.admin("faults", json!({"rotateRefreshTokens": true})).await;
    let second = refresh(&simulated, &first).await.expect("renewed").refresh_token.expect("given");
    assert_ne!(first.expose_secret(), second.expose_secret());
    // The answer may have been lost: the old one lives until the new one is used.
    refresh(&simulated, &first).await.expect("still alive");
    refresh(&simulated, &second).await.expect("alive");
    let error = refresh(&simulated, &first).await.expect_err("dead");
    assert_eq!(error, TokenError::Revoked { message: "missing or invalid refresh token".into() });
}

#[tokio::test]
async fn revoked_is_not_the_same_as_down() {
    let simulated = Simulated::start().await;
    let token = connect(&simulated).await.refresh_token.expect("a refresh token");
    for (fault, sent) in [
        (json!({"kind": "status", "status": 503, "path": "/token"}), Sent::Maybe),
        (json!({"kind": "status", "status": 429, "path": "/token"}), Sent::Maybe),
        (json!({"kind": "dropAfter", "path": "/token"}), Sent::Maybe),
    ] {
        simulated.admin("faults", json!({"next": [fault]})).await;
        match refresh(&simulated, &token).await.expect_err("down") {
            TokenError::Unavailable { sent: found, .. } => assert_eq!(found, sent, "{fault}"),
            other => panic!("{fault}: {other:?}"),
        }
    }
    refresh(&simulated, &token).await.expect("up again");
    oauth2::revoke(&simulated.client, way(&simulated), &app(), &token).await.expect("revoked");
    assert!(matches!(refresh(&simulated, &token).await, Err(TokenError::Revoked { .. })));
}

#[tokio::test]
async fn a_wrong_request_is_shown_and_never_redirected() {
    let simulated = Simulated::start().await;
    for (query, message) in [
        ("redirect_uri=http://a.example/&scope=oauth", "client_id is missing"),
        ("client_id=a&scope=oauth", "redirect_uri is missing"),
        ("client_id=a&redirect_uri=javascript:alert(1)&scope=oauth", "not an address"),
        (
            "client_id=a&redirect_uri=http://a.example/&scope=everything%3Cb%3E",
            "The scope everything&lt;b&gt; does not exist",
        ),
    ] {
        for method in [reqwest::Method::GET, reqwest::Method::POST] {
            let url = format!("{}/oauth/authorize?{query}", simulated.url);
            let answer = simulated.http.request(method, url).send().await.expect("sent");
            assert_eq!(answer.status(), 400, "{query}");
            let page = answer.text().await.expect("text");
            assert!(page.contains(message), "{query}: {page}");
        }
    }
}
