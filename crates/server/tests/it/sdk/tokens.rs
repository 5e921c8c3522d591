//! Which user tokens are taken, and what is said of the others.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use linchpin_domain::Timestamp;
use linchpin_store::connected_users;
use reqwest::Method;
use serde_json::{Value, json};

use super::world::{World, answer};
use crate::app::Client;

#[tokio::test(flavor = "multi_thread")]
async fn only_good_tokens_are_taken_and_each_refusal_says_why() {
    let world = World::start().await;
    let now = world.now();
    let good = json!({"sub": "ann", "iat": now, "exp": now + 600});
    let with = |changes: Value| {
        let mut claims = good.clone();
        for (name, value) in changes.as_object().expect("an object") {
            match value {
                Value::Null => claims.as_object_mut().expect("an object").shift_remove(name),
                value => claims.as_object_mut().expect("an object").insert(name.clone(), value.clone()),
            };
        }
        world.sign(claims)
    };
    let raw = |header: Value, claims: &Value, signature: &str| {
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        format!("{}.{}.{signature}", part(&header), part(claims))
    };
    let public = world.admin.get(&format!("{}/signing-keys", world.api)).await.body["items"][0]["publicKey"].clone();
    let confused = EncodingKey::from_secret(public.as_str().expect("a key").as_bytes());
    let other_api = world.admin.project("Other").await;
    let other = world.admin.post(&format!("{other_api}/signing-keys"), json!({"name": "k"})).await.body;
    let other_key = EncodingKey::from_rsa_pem(other["privateKey"].as_str().expect("pem").as_bytes()).expect("a key");
    let sign = |algorithm, key: &EncodingKey| jsonwebtoken::encode(&Header::new(algorithm), &good, key).expect("signs");
    let mut tampered = world.token("ann");
    let middle = tampered.find('.').expect("a dot") + 5;
    tampered.replace_range(middle..=middle, if &tampered[middle..=middle] == "A" { "B" } else { "A" });

    let project = &world.project;
    let wrong = [
        ("text", "nonsense".to_owned(), "not a JWT"),
        ("two parts", "a.b".into(), "not a JWT"),
        ("no header", "!.e30.x".into(), "not a JWT"),
        ("alg none", raw(json!({"alg": "none"}), &good, ""), "only RS256"),
        ("alg None", raw(json!({"alg": "None"}), &good, "x"), "only RS256"),
        ("no alg", raw(json!({"typ": "JWT"}), &good, "x"), "no `alg`"),
        ("HS256 with the public key", sign(Algorithm::HS256, &confused), "only RS256"),
        ("RS512", sign(Algorithm::RS512, &world.key), "only RS256"),
        ("crit", raw(json!({"alg": "RS256", "crit": ["x"]}), &good, "x"), "crit"),
        ("another project's key", sign(Algorithm::RS256, &other_key), "signed with another key"),
        ("changed afterwards", tampered, "token"),
        ("expired", with(json!({"iat": now - 900, "exp": now - 61})), "expired"),
        ("no exp", with(json!({"exp": null})), "no `exp`"),
        ("exp as text", with(json!({"exp": "2999-01-01"})), "`exp` must be a number"),
        ("no iat", with(json!({"iat": null})), "no `iat`"),
        ("iat as text", with(json!({"iat": now.to_string()})), "`iat` must be a number"),
        ("iat in the future", with(json!({"iat": now + 120})), "future"),
        ("nbf in the future", with(json!({"nbf": now + 120})), "nbf"),
        ("no sub", with(json!({"sub": null})), "no `sub`"),
        ("sub as number", with(json!({"sub": 7})), "`sub` must be a text"),
        ("empty sub", with(json!({"sub": " "})), "`sub` is empty"),
        ("long sub", with(json!({"sub": "x".repeat(256)})), "longer than 255"),
        ("aud of another", with(json!({"aud": "example.com"})), "aud"),
        (
            "aud of another project",
            with(json!({"aud": format!("linchpin/{}", other["id"].as_str().expect("an id"))})),
            "aud",
        ),
        ("aud list of others", with(json!({"aud": ["a", "b"]})), "aud"),
        ("aud as number", with(json!({"aud": 7})), "aud"),
    ];
    for (what, token, said) in wrong {
        let refused = answer(world.call(Method::GET, "/sdk/me", &token)).await;
        assert_eq!(refused.status, 401, "{what}: {}", refused.text);
        let message = refused.body["message"].as_str().expect("a message");
        assert!(message.contains(said), "{what}: {message}");
        assert_eq!(refused.headers["access-control-allow-origin"], "*", "{what}");
    }
    let right = [
        ("plain", with(json!({}))),
        ("within the leeway", with(json!({"exp": now - 30, "iat": now - 600}))),
        ("aud", with(json!({"aud": format!("useparagon.com/{project}")}))),
        ("our aud", with(json!({"aud": format!("linchpin/{project}")}))),
        ("aud list", with(json!({"aud": ["x", format!("linchpin/{project}")]}))),
        ("255 characters", with(json!({"sub": "ü".repeat(255)}))),
        ("no kid", sign(Algorithm::RS256, &world.key)),
        ("an unknown kid", {
            let mut header = Header::new(Algorithm::RS256);
            header.kid = Some("backend's own name".into());
            jsonwebtoken::encode(&header, &good, &world.key).expect("signs")
        }),
    ];
    for (what, token) in right {
        let taken = answer(world.call(Method::GET, "/sdk/me", &token)).await;
        assert_eq!(taken.status, 200, "{what}: {}", taken.text);
    }
    let without = answer(world.http.get(format!("{}/projects/{project}/sdk/me", world.test.base))).await;
    assert_eq!(without.status, 401);
    let nowhere = "0192a0c0-0000-7000-8000-000000000000";
    let unknown =
        world.http.get(format!("{}/projects/{nowhere}/sdk/me", world.test.base)).bearer_auth(world.token("a"));
    assert_eq!(answer(unknown).await.status, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_removed_key_and_a_disabled_user_are_refused_at_once() {
    let world = World::start().await;
    let token = world.token("ann");
    let me = || answer(world.call(Method::GET, "/sdk/me", &token));
    assert_eq!(me().await.status, 200);
    let users = world.admin.get(&format!("{}/users", world.api)).await.body;
    let user = format!("{}/users/{}", world.api, users["items"][0]["id"].as_str().expect("an id"));
    assert_eq!(users["items"][0]["userId"], "ann");

    assert_eq!(world.admin.patch(&user, json!({"disabled": true})).await.status, 200);
    let refused = me().await;
    assert_eq!((refused.status.as_u16(), refused.body["code"].as_str()), (403, Some("7210")));
    assert_eq!(world.admin.patch(&user, json!({"disabled": false})).await.status, 200);
    assert_eq!(me().await.status, 200);

    let keys = world.admin.get(&format!("{}/signing-keys", world.api)).await.body;
    assert!(keys["items"][0]["lastUsedAt"].is_string(), "{keys}");
    let key = format!("{}/signing-keys/{}", world.api, keys["items"][0]["id"].as_str().expect("an id"));
    assert_eq!(world.admin.delete(&key).await.status, 204);
    let refused = me().await;
    assert_eq!(refused.status, 401, "{}", refused.text);
    assert!(refused.text.contains("no signing key"), "{}", refused.text);
}

#[tokio::test(flavor = "multi_thread")]
async fn many_users_who_come_at_once_are_each_met_once_and_noted_when_they_come_back() {
    let mut world = World::start().await;
    let tokens: Vec<String> =
        (0..60).flat_map(|n| [world.token(&format!("u{n}")), world.token(&format!("u{n}"))]).collect();
    let calls = tokens.iter().map(|token| answer(world.call(Method::GET, "/sdk/me", token)));
    for met in futures::future::join_all(calls).await {
        assert_eq!(met.status, 200, "{}", met.text);
    }
    let users = world.admin.get(&format!("{}/users?limit=100", world.api)).await.body;
    let users = users["items"].as_array().expect("users");
    assert_eq!(users.len(), 60);
    assert!(users.iter().all(|user| user["lastSeenAt"].is_string()), "{users:?}");

    // A long time ago, as far as the database knows, which is read again after a restart.
    let id = users[0]["id"].as_str().expect("an id").parse().expect("an id");
    let mut tx = world.test.app.store.begin().await.expect("begins");
    connected_users::seen(&mut tx, [(id, Timestamp::from_millis(0))]).await.expect("noted");
    tx.commit().await.expect("commits");
    let user = format!("{}/users/{}", world.api, users[0]["id"].as_str().expect("an id"));
    let seen = async |admin: &Client| admin.get(&user).await.body["lastSeenAt"].clone();
    assert_eq!(seen(&world.admin).await, "1970-01-01T00:00:00.000Z");
    world.test.restart().await;
    let name = users[0]["userId"].as_str().expect("a name");
    assert_eq!(answer(world.call(Method::GET, "/sdk/me", &world.token(name))).await.status, 200);
    for _ in 0..100 {
        if seen(&world.admin).await != "1970-01-01T00:00:00.000Z" {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    panic!("the visit was not noted: {}", seen(&world.admin).await);
}
