//! Set-up, sign-in, sessions, limits, headers.

use reqwest::Method;
use serde_json::json;

use crate::app::{PASSWORD, TestApp};
use linchpin::http::auth::setup;
use linchpin::state::{App, Parts};

#[tokio::test]
async fn the_first_member_is_set_up_by_a_link_that_works_once() {
    let app = TestApp::start().await;
    let mut client = app.anonymous();
    assert_eq!(client.get("/api/v1/setup").await.body, json!({"needed": true}));
    let older = setup::link(&app.app.store, &app.base).await.expect("reads").expect("nobody is there");
    let link = setup::link(&app.app.store, &app.base).await.expect("reads").expect("nobody is there");
    assert!(link.starts_with(&format!("{}/app/setup?token=", app.base)), "{link}");
    let token = |link: &str| link.split_once("token=").expect("a token").1.to_owned();
    let person =
        |token: String| json!({"token": token, "name": "Ann", "email": "Ann@Example.com", "password": PASSWORD});

    let wrong = json!({"token": token(&link), "name": " ", "email": "ann", "password": "short"});
    let (status, code, fields) = client.post("/api/v1/setup", wrong).await.error();
    assert_eq!((status, code.as_str()), (422, "invalid"));
    assert_eq!(
        fields,
        json!({"name": "give it a name", "email": "this is no e-mail address", "password": "use at least 10 characters"})
    );
    assert_eq!(client.post("/api/v1/setup", person(token(&older))).await.error().1, "setup_token_wrong");

    let answer = client.post("/api/v1/setup", person(token(&link))).await;
    assert_eq!(answer.status, 201, "{}", answer.body);
    client.take_session(&answer);
    assert_eq!(answer.body["member"]["email"], "ann@example.com");
    assert_eq!(answer.body["server"]["redirectUrl"], format!("{}/oauth", app.base));
    assert_eq!(client.get("/api/v1/session").await.body["member"]["name"], "Ann");

    assert_eq!(app.anonymous().post("/api/v1/setup", person(token(&link))).await.error().1, "set_up_already");
    assert_eq!(client.get("/api/v1/setup").await.body, json!({"needed": false}));
    assert!(setup::link(&app.app.store, &app.base).await.expect("reads").is_none());
}

#[tokio::test]
async fn signing_in_and_out() {
    let app = TestApp::start().await;
    let ann = app.member("Ann").await;
    let wrong = app.anonymous().post("/api/v1/session", json!({"email": "ann@example.com", "password": "wrong"})).await;
    let nobody =
        app.anonymous().post("/api/v1/session", json!({"email": "eve@example.com", "password": "wrong"})).await;
    assert_eq!(wrong.error(), nobody.error(), "an answer does not tell whose addresses are known");
    assert_eq!(wrong.error().1, "wrong_credentials");

    let mut again = app.anonymous();
    let answer = again.post("/api/v1/session", json!({"email": "ANN@example.com ", "password": PASSWORD})).await;
    let cookie = answer.headers["set-cookie"].to_str().expect("readable").to_owned();
    assert!(cookie.starts_with("linchpin_session="), "{cookie}");
    for part in ["HttpOnly", "SameSite=Lax", "Path=/"] {
        assert!(cookie.contains(part), "{cookie}");
    }
    again.take_session(&answer);
    assert_ne!(again.cookie, ann.cookie);
    let value = again.cookie.as_deref().and_then(|cookie| cookie.split_once('=')).expect("a value").1.to_owned();
    let held = app.database();
    assert!(!held.windows(value.len()).any(|bytes| bytes == value.as_bytes()), "the database holds the cookie");

    assert_eq!(again.delete("/api/v1/session").await.status, 204);
    assert_eq!(again.get("/api/v1/session").await.error().0, 401);
    assert_eq!(ann.get("/api/v1/session").await.status, 200, "the other session goes on");
}

#[tokio::test]
async fn on_https_the_cookie_is_bound_to_the_host() {
    let app = TestApp::start().await;
    app.member("Ann").await;
    let mut config = (*app.app.config).clone();
    config.public_url = "https://linchpin.example.com".parse().expect("a web address");
    let inside = App::from(Parts { config: std::sync::Arc::new(config), ..(*app.app).clone() });
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let base = format!("http://{}", listener.local_addr().expect("bound"));
    let stop = inside.lifecycle.token();
    let patience = linchpin::http::listen::Patience::default();
    let router = linchpin::http::router(inside);
    let server = tokio::spawn(linchpin::http::listen::serve(listener, router, stop, patience));
    let sign_in = json!({"email": "ann@example.com", "password": PASSWORD});
    let client = app.anonymous().at(&base);
    let answer = client.post("/api/v1/session", sign_in).await;
    let cookie = answer.headers["set-cookie"].to_str().expect("readable");
    assert!(cookie.starts_with("__Host-linchpin=") && cookie.contains("Secure"), "{cookie}");
    server.abort();
}

#[tokio::test]
async fn what_changes_anything_needs_the_csrf_token() {
    let app = TestApp::start().await;
    let ann = app.member("Ann").await;
    let mut forged = ann.clone();
    for csrf in [None, Some("0".repeat(64)), Some(String::new())] {
        forged.csrf = csrf;
        let (status, code, _) = forged.post("/api/v1/projects", json!({"name": "Evil"})).await.error();
        assert_eq!((status, code.as_str()), (403, "csrf_token_wrong"));
        assert_eq!(forged.get("/api/v1/projects").await.status, 200, "reading needs none");
    }
    assert_eq!(ann.get("/api/v1/projects").await.body["items"], json!([]));
}

#[tokio::test]
async fn the_sixth_wrong_password_within_a_minute_waits() {
    let app = TestApp::start().await;
    app.member("Ann").await;
    let client = app.anonymous();
    for _ in 0..5 {
        let wrong = json!({"email": "ann@example.com", "password": "wrong"});
        assert_eq!(client.post("/api/v1/session", wrong).await.error().0, 401);
    }
    let right = json!({"email": "ann@example.com", "password": PASSWORD});
    let answer = client.post("/api/v1/session", right).await;
    assert_eq!(answer.error().0, 429);
    let seconds: u64 = answer.headers["retry-after"].to_str().expect("readable").parse().expect("seconds");
    assert!((1..=60).contains(&seconds), "{seconds}");
}

#[tokio::test]
async fn wrong_requests_are_told_what_is_wrong() {
    let app = TestApp::start().await;
    let ann = app.member("Ann").await;
    let post = async |body: &str| {
        let answer = ann.send_text(Method::POST, "/api/v1/projects", Some(body.into())).await;
        let (status, code, _) = answer.error();
        (status, code, answer.body["message"].as_str().expect("a message").to_owned())
    };
    let expected = |status: u16, code: &str, message: &str| (status, code.to_owned(), message.to_owned());
    assert_eq!(post("").await, expected(400, "body_missing", "the body is empty; a JSON object is expected"));
    assert_eq!(
        post("{\"name\":\n  Acme}").await,
        expected(400, "malformed_json", "the body is not JSON: expected value at line 2, column 3")
    );
    assert_eq!(
        post("{\"name\": \"Acme\"} x").await,
        expected(400, "malformed_json", "the body is not JSON: trailing characters at line 1, column 18")
    );
    assert_eq!(
        post("{\"name\": 7}").await,
        expected(422, "invalid", "name: invalid type: integer `7`, expected a string")
    );
    assert_eq!(post("{\"nmae\": \"x\"}").await.1, "invalid");
    let (status, code, _) = post(&format!("{{\"name\": \"{}\"}}", "x".repeat(2 << 20))).await;
    assert_eq!((status, code.as_str()), (413, "too_large"));
    assert_eq!(ann.get("/api/v1/nothing").await.error().0, 404);
    assert_eq!(ann.put("/api/v1/projects", json!({})).await.error().0, 405);
    assert_eq!(ann.get("/api/v1/projects/no-id").await.error().0, 404);
}

#[tokio::test]
async fn answers_carry_security_headers() {
    let app = TestApp::start().await;
    let ann = app.member("Ann").await;
    for answer in [ann.get("/api/v1/session").await, app.anonymous().get("/api/v1/session").await] {
        assert_eq!(answer.headers["x-content-type-options"], "nosniff");
        assert_eq!(answer.headers["referrer-policy"], "no-referrer");
        assert_eq!(answer.headers["cache-control"], "no-store");
        let policy = answer.headers["content-security-policy"].to_str().expect("readable");
        assert!(policy.contains("default-src 'self'") && policy.contains("frame-ancestors 'none'"), "{policy}");
    }
}

#[tokio::test]
async fn projects_are_created_changed_and_listed_for_their_members() {
    let app = TestApp::start().await;
    let ann = app.member("Ann").await;
    let acme = ann.project("Acme").await;
    assert_eq!(ann.post("/api/v1/projects", json!({"name": "Acme"})).await.error().0, 409);
    let patch = json!({"name": "Acme CRM", "allowedOrigins": ["https://app.acme.com/", "http://localhost:*"], "userMetadata": {"Name": "Ann"}});
    let answer = ann.patch(&acme, patch).await;
    assert_eq!(answer.body["allowedOrigins"], json!(["https://app.acme.com", "http://localhost:*"]));
    assert_eq!(answer.body["retentionSeconds"], 90 * 24 * 3_600, "the default of the setting");
    let wrong = ann.patch(&acme, json!({"allowedOrigins": ["https://ok.com", "acme.com"]})).await.error();
    assert_eq!(wrong.0, 422);
    assert!(
        wrong.2["allowedOrigins[1]"].as_str().is_some_and(|text| text.contains("`acme.com` is no origin")),
        "{wrong:?}"
    );
    let found = ann.get(&acme).await.body;
    assert_eq!(found["name"], "Acme CRM");
    assert_eq!(found["userMetadata"], json!({"Name": "Ann"}));
    let project = json!({"id": found["id"], "name": "Acme CRM", "role": "admin"});
    assert_eq!(ann.get("/api/v1/session").await.body["projects"], json!([project]));
    let bob = app.member("Bob").await;
    assert_eq!(bob.get("/api/v1/projects").await.body["items"][0]["name"], "Acme CRM", "who is added owns what exists");
}
