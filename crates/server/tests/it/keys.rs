//! Signing keys and API keys.

use linchpin::signing_key;
use secrecy::ExposeSecret;
use serde_json::json;

use crate::app::TestApp;

#[tokio::test]
async fn a_generated_key_is_shown_once_and_its_private_half_is_not_stored() {
    let app = TestApp::start().await;
    let ann = app.member("Ann").await;
    let keys = format!("{}/signing-keys", ann.project("Acme").await);
    let made = ann.post(&keys, json!({"name": "backend"})).await;
    let id = made.created();
    let private = made.body["privateKey"].as_str().expect("a private key").to_owned();
    assert!(private.starts_with("-----BEGIN PRIVATE KEY-----\n"), "PKCS#8");
    assert!(made.body["publicKey"].as_str().is_some_and(|key| key.starts_with("-----BEGIN PUBLIC KEY-----\n")));
    assert_eq!(made.body["kid"].as_str().map(str::len), Some(43));
    let claims = signing_key::Claims { sub: "u".into(), aud: "a".into(), iat: 1, exp: 2 };
    let token = signing_key::sign(&private.clone().into(), &claims).expect("it signs");
    let header = jsonwebtoken::decode_header(&token).expect("a token");
    assert_eq!(header.kid.as_deref(), made.body["kid"].as_str(), "the token names the key that was stored");

    let listed = ann.get(&keys).await;
    assert_eq!(listed.body["items"][0]["id"], id);
    assert!(listed.body["items"][0].get("privateKey").is_none());
    assert_eq!(listed.body["items"][0]["fingerprint"], made.body["fingerprint"]);
    let marker = private.lines().nth(5).expect("a line of the key");
    assert!(!listed.text.contains(marker));
    let held = app.database();
    assert!(!held.windows(marker.len()).any(|bytes| bytes == marker.as_bytes()), "the database holds the private half");

    assert_eq!(ann.delete(&format!("{keys}/{id}")).await.status, 204);
    assert_eq!(ann.delete(&format!("{keys}/{id}")).await.error().0, 404);
    assert_eq!(ann.get(&keys).await.body["items"], json!([]));
}

#[tokio::test]
async fn a_key_of_ones_own_is_taken_when_it_is_public_rsa_and_long_enough() {
    let app = TestApp::start().await;
    let ann = app.member("Ann").await;
    let keys = format!("{}/signing-keys", ann.project("Acme").await);
    let pair = signing_key::generate();
    let taken = ann.post(&keys, json!({"name": "own", "publicKey": pair.public.pem})).await;
    taken.created();
    assert_eq!(taken.body["kid"], pair.public.kid);
    assert!(taken.body.get("privateKey").is_none());
    assert_eq!(ann.post(&keys, json!({"name": "twice", "publicKey": pair.public.pem})).await.error().0, 409);

    let private = pair.private_pem.expose_secret();
    let short = "-----BEGIN PUBLIC KEY-----\nMIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDRn8LBIPMrfdcK8g4CKDERfVED\nXmvzV4TXZeHUHJN2dZ6ziuoUlpwiP4fmlSfYgrszH6TFTs4mZg8Px+SaSRhgOUOm\nz3QbI3dFdRiCY6OIqKdfiIevqSrOX4ynp+x/UcvOS8TPIPUENTp0JXlEeAT4Di8m\nQ4OsWlUzWZ8ZySOaVwIDAQAB\n-----END PUBLIC KEY-----\n";
    let curve = "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=\n-----END PUBLIC KEY-----";
    for (given, said) in [(private, "private key"), (short, "RSA key"), (curve, "no RSA key"), ("hello", "no RSA key")]
    {
        let answer = ann.post(&keys, json!({"name": "wrong", "publicKey": given})).await;
        let (status, _, fields) = answer.error();
        assert_eq!(status, 422);
        assert!(fields["publicKey"].as_str().is_some_and(|message| message.contains(said)), "{fields}");
        assert!(!answer.text.contains(private.lines().nth(3).expect("a line")), "the answer repeats a private key");
    }
    assert_eq!(ann.get(&keys).await.body["items"].as_array().map(Vec::len), Some(1));
}

#[tokio::test]
async fn an_api_key_opens_its_project_alone_until_it_is_revoked() {
    let app = TestApp::start().await;
    let ann = app.member("Ann").await;
    let (acme, other) = (ann.project("Acme").await, ann.project("Other").await);
    let made = ann.post(&format!("{acme}/api-keys"), json!({"name": "deploy"})).await;
    let id = made.created();
    let key = made.body["key"].as_str().expect("a key").to_owned();
    assert!(key.starts_with("lp_") && key.len() == 67, "{key}");
    assert!(key.starts_with(made.body["prefix"].as_str().expect("a prefix")));
    let held = app.database();
    assert!(!held.windows(key.len()).any(|bytes| bytes == key.as_bytes()), "the database holds the key");

    let mut backend = app.anonymous();
    backend.key = Some(key);
    assert_eq!(backend.get(&acme).await.body["name"], "Acme");
    assert_eq!(backend.get(&other).await.error().0, 404);
    assert_eq!(backend.get("/api/v1/projects").await.body["items"].as_array().map(Vec::len), Some(1));
    let event = json!({"name": "Contact Created", "example": {}});
    assert_eq!(backend.post(&format!("{acme}/app-events"), event).await.status, 201, "no CSRF token is needed");
    assert_eq!(backend.get("/api/v1/session").await.error().0, 401, "a key is no session");
    let listed = ann.get(&format!("{acme}/api-keys")).await;
    assert!(listed.body["items"][0]["lastUsedAt"].is_string(), "{}", listed.body);
    assert!(!listed.text.contains(backend.key.as_deref().expect("set above")));

    assert_eq!(ann.delete(&format!("{acme}/api-keys/{id}")).await.status, 204);
    assert_eq!(backend.get(&acme).await.error().1, "api_key_wrong");
    for wrong in ["lp_0", "", "nonsense"] {
        backend.key = Some(wrong.into());
        assert_eq!(backend.get(&acme).await.error().0, 401);
    }
}
