//! Tokens of identity providers: checked with the keys that the issuer publishes.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::routing::get;
use axum::{Json, Router};
use jsonwebtoken::jwk::Jwk;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use linchpin::signing_key;
use parking_lot::Mutex;
use reqwest::Method;
use secrecy::ExposeSecret;
use serde_json::{Value, json};

use super::world::{World, answer};

/// An identity provider: what it publishes, and how often it was asked.
struct Provider {
    base: String,
    keys: Arc<Mutex<Value>>,
    asked: Arc<AtomicUsize>,
}

impl Provider {
    async fn start() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let base = format!("http://{}", listener.local_addr().expect("bound"));
        let (keys, asked) = (Arc::new(Mutex::new(json!({"keys": []}))), Arc::new(AtomicUsize::new(0)));
        let (published, count) = (Arc::clone(&keys), Arc::clone(&asked));
        let handler = get(move || {
            count.fetch_add(1, Ordering::SeqCst);
            let body = published.lock().clone();
            async move { Json(body) }
        });
        let router = Router::new().route("/.well-known/jwks.json", handler);
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { base, keys, asked }
    }

    fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }
}

/// A key pair, and its public half as a JWK.
fn key(kid: &str) -> (EncodingKey, Value) {
    let made = signing_key::generate();
    let key = EncodingKey::from_rsa_pem(made.private_pem.expose_secret().as_bytes()).expect("a key");
    let jwk = Jwk::from_encoding_key(&key, Algorithm::RS256).expect("an RSA key");
    let mut jwk = serde_json::to_value(jwk).expect("JSON");
    jwk["kid"] = kid.into();
    jwk["use"] = "sig".into();
    (key, jwk)
}

fn sign(key: &EncodingKey, kid: Option<&str>, claims: &Value) -> String {
    let mut header = Header::new(Algorithm::RS256);
    header.kid = kid.map(str::to_owned);
    jsonwebtoken::encode(&header, claims, key).expect("signs")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_of_an_identity_provider_is_taken_with_the_keys_that_it_publishes() {
    let world = World::start().await;
    let provider = Provider::start().await;
    let (first, first_jwk) = key("one");
    *provider.keys.lock() = json!({"keys": [{"kty": "EC", "kid": "other"}, first_jwk]});
    let issuers = format!("{}/token-issuers", world.api);
    let added = world.admin.post(&issuers, json!({"issuer": provider.base, "audience": "acme-app"})).await;
    assert_eq!(added.status, 201, "{}", added.text);
    assert_eq!(added.body["jwksUrl"], format!("{}/.well-known/jwks.json", provider.base));

    let now = world.now();
    let claims = |change: Value| {
        let mut claims = json!({"iss": provider.base, "aud": "acme-app", "sub": "ann", "iat": now, "exp": now + 600});
        claims.as_object_mut().expect("an object").extend(change.as_object().expect("an object").clone());
        claims
    };
    let me = async |token: &str| answer(world.call(Method::GET, "/sdk/me", token)).await;
    let good = sign(&first, Some("one"), &claims(json!({})));
    for _ in 0..3 {
        let taken = me(&good).await;
        assert_eq!((taken.status.as_u16(), &taken.body["userId"]), (200, &json!("ann")), "{}", taken.text);
    }
    assert_eq!(provider.asked(), 1, "the keys are held");
    assert_eq!(me(&sign(&first, Some("one"), &claims(json!({"aud": ["x", "acme-app"]})))).await.status, 200);

    let (foreign, _) = key("one");
    for (what, token, said) in [
        (
            "another application's",
            sign(&first, Some("one"), &claims(json!({"aud": "other-app"}))),
            "`aud` must be `acme-app`",
        ),
        ("without aud", sign(&first, Some("one"), &claims(json!({"aud": null}))), "`aud` must be `acme-app`"),
        (
            "our own aud",
            sign(&first, Some("one"), &claims(json!({"aud": format!("linchpin/{}", world.project)}))),
            "`aud` must be",
        ),
        (
            "another issuer's",
            sign(&first, Some("one"), &claims(json!({"iss": "https://evil.example/"}))),
            "another key",
        ),
        ("another key's", sign(&foreign, Some("one"), &claims(json!({}))), "does not fit the key `one`"),
        ("without kid", sign(&first, None, &claims(json!({}))), "no `kid`"),
        ("expired", sign(&first, Some("one"), &claims(json!({"exp": now - 100}))), "expired"),
        ("without sub", sign(&first, Some("one"), &claims(json!({"sub": null}))), "`sub` must be a text"),
    ] {
        let refused = me(&token).await;
        assert_eq!(refused.status, 401, "{what}: {}", refused.text);
        assert!(refused.text.contains(said), "{what}: {}", refused.text);
    }
    // A key of the issuer proves nothing for the backend's own tokens, nor the other way round.
    assert_eq!(me(&world.token("ann")).await.status, 200);
    let borrowed = sign(&world.key, Some(&world.kid), &claims(json!({})));
    assert_eq!(me(&borrowed).await.status, 401);

    // Rotation: an unknown key makes the keys be fetched, and not again at once.
    let (second, second_jwk) = key("two");
    *provider.keys.lock() = json!({"keys": [second_jwk]});
    let asked = provider.asked();
    for _ in 0..5 {
        let refused = me(&sign(&foreign, Some("invented"), &claims(json!({})))).await;
        assert_eq!(refused.status, 401, "{}", refused.text);
    }
    assert!(provider.asked() <= asked + 1, "invented keys are no storm: {} after {asked}", provider.asked());
    let rotated = me(&sign(&second, Some("two"), &claims(json!({"sub": "bob"})))).await;
    assert!(matches!(rotated.status.as_u16(), 200 | 401), "{}", rotated.text);

    let id = added.body["id"].as_str().expect("an id");
    assert_eq!(world.admin.delete(&format!("{issuers}/{id}")).await.status, 204);
    let refused = me(&good).await;
    assert_eq!(refused.status, 401, "{}", refused.text);
    assert_eq!(world.admin.delete(&format!("{issuers}/{id}")).await.error().0, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn firebase_and_auth0_are_named_shortly_and_wrong_issuers_are_refused() {
    let world = World::start().await;
    let at = format!("{}/token-issuers", world.api);
    let firebase = world.admin.post(&at, json!({"firebaseProjectId": "acme-1"})).await.body;
    assert_eq!(
        (&firebase["issuer"], &firebase["audience"]),
        (&json!("https://securetoken.google.com/acme-1"), &json!("acme-1"))
    );
    let auth0 =
        world.admin.post(&at, json!({"auth0Domain": "acme.eu.auth0.com", "audience": "https://api.acme"})).await.body;
    assert_eq!(
        (&auth0["issuer"], &auth0["jwksUrl"]),
        (&json!("https://acme.eu.auth0.com/"), &json!("https://acme.eu.auth0.com/.well-known/jwks.json"))
    );
    for (body, field) in [
        (json!({}), "issuer"),
        (json!({"auth0Domain": "a.example"}), "audience"),
        (json!({"issuer": "https://a.example", "firebaseProjectId": "b", "audience": "c"}), "issuer"),
        (json!({"issuer": "https://a.example", "audience": "c", "jwksUrl": "file:///etc/passwd"}), "jwksUrl"),
    ] {
        let refused = world.admin.post(&at, body.clone()).await;
        assert!(refused.error().2[field].is_string(), "{body}: {}", refused.text);
    }
    assert_eq!(world.admin.post(&at, json!({"firebaseProjectId": "acme-1"})).await.error().0, 409);
    assert_eq!(world.admin.get(&at).await.body["items"].as_array().map(Vec::len), Some(2));

    // Addresses inside the network are not called, unless the operator allowed them.
    let inner = json!({"issuer": "http://10.0.0.1", "audience": "c"});
    assert_eq!(world.admin.post(&at, inner).await.status, 201);
    let now = world.now();
    let (key, _) = key("one");
    let claims = json!({"iss": "http://10.0.0.1", "aud": "c", "sub": "ann", "iat": now, "exp": now + 60});
    let refused = answer(world.call(Method::GET, "/sdk/me", &sign(&key, Some("one"), &claims))).await;
    assert_eq!(refused.status, 503, "{}", refused.text);
    assert!(refused.text.contains("without https"), "{}", refused.text);
}
