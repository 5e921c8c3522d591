//! Signing in at the provider, from the window's first page to its last.

use serde_json::{Value, json};

use super::world::{ORIGIN, World, answer, cookie_of};

#[tokio::test(flavor = "multi_thread")]
async fn a_sign_in_ends_in_one_valid_credential_with_one_default_configuration() {
    let world = World::start().await;
    let page = world.nonce_page("ann").await;
    assert_eq!(page.status, 200, "{}", page.text);
    assert!(page.text.contains("oauth-nonce-loaded") && page.text.contains(ORIGIN), "{}", page.text);
    assert_eq!(page.headers["referrer-policy"], "no-referrer");
    assert!(!page.headers.contains_key("cross-origin-opener-policy"), "the opener must not be cut");
    let cookie = page.headers["set-cookie"].to_str().expect("readable");
    assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax"), "{cookie}");

    let built = world.build("ann", "key1", json!({})).await;
    assert_eq!(built.status, 200, "{}", built.text);
    let pending = world.get("ann", "/sdk/actions/session-id/key1").await;
    assert_eq!((pending.status.as_u16(), pending.body), (200, json!({})));
    let back = world.consent(built.body["redirectUrl"].as_str().expect("an address"), "1234567").await;
    assert!(back.starts_with(&format!("{}/oauth?", world.test.base)), "{back}");
    let done = world.come_back(&back, Some(&cookie_of(&page))).await;
    assert!(done.text.contains("HubSpot is connected") && done.text.contains("window.close()"), "{}", done.text);
    assert!(!done.text.contains("postMessage"), "success is learned by polling alone");

    let polled = world.get("ann", "/sdk/actions/session-id/key1").await.body;
    let id = polled["connectCredentialId"].as_str().expect("connected").to_owned();
    assert_eq!(world.get("bob", "/sdk/actions/session-id/key1").await.body, json!({}), "another user's key is unknown");
    let credential = world.get("ann", &format!("/sdk/credentials/{id}")).await.body;
    assert_eq!(credential["status"], "VALID");
    assert_eq!(credential["providerId"], "1234567");
    assert!(credential["providerData"]["label"].is_string(), "{credential}");
    let configurations = credential["configurations"].as_array().expect("configurations");
    assert_eq!(configurations.len(), 1);
    assert_eq!(configurations[0]["isDefault"], true);
    assert_eq!(configurations[0]["connectCredentialId"], json!(id));
    let state = world.state("ann").await;
    assert_eq!((&state["enabled"], &state["credentialId"]), (&json!(true), &json!(id)));
    let text = format!("{}{}", state, world.get("ann", "/sdk/integrations").await.text);
    assert!(!text.contains("accessToken") && !text.contains("refreshToken"), "no tokens in answers");

    for _ in 0..2 {
        assert_eq!(world.delete("ann", "/sdk/actions/session-id/key1").await.status, 200);
    }
    let again = world.come_back(&back, Some(&cookie_of(&page))).await;
    assert!(again.status == 400 && again.text.contains("used already"), "{}", again.text);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_browser_that_did_not_begin_connects_nothing() {
    let world = World::start().await;
    let bobs = cookie_of(&world.nonce_page("bob").await);
    let mut forged = bobs.clone();
    forged.push('x');
    for (session, cookie) in [("none", None), ("foreign", Some(bobs.as_str())), ("forged", Some(forged.as_str()))] {
        let built = world.build("ann", session, json!({})).await;
        let back = world.consent(built.body["redirectUrl"].as_str().expect("an address"), "1234567").await;
        let page = world.come_back(&back, cookie).await;
        assert!(page.status == 400 && !page.text.contains("postMessage"), "{session}: {}", page.text);
        let polled = world.get("ann", &format!("/sdk/actions/session-id/{session}")).await.body;
        assert!(polled.get("connectCredentialId").is_none(), "{session}: {polled}");
    }
    for user in ["ann", "bob"] {
        assert_eq!(world.state(user).await["allCredentials"], json!([]), "{user}");
    }
    for query in ["", "?code=x", "?state=unknown&code=x", "?error=access_denied"] {
        let page = world.come_back(&format!("{}/oauth{query}", world.test.base), Some(&bobs)).await;
        assert_eq!(page.status, 400, "{query}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_denied_consent_tells_the_page_and_the_poller() {
    let world = World::start().await;
    world.faults(json!({"denyConsent": true})).await;
    let cookie = cookie_of(&world.nonce_page("ann").await);
    let built = world.build("ann", "denied", json!({})).await;
    let back = world.consent(built.body["redirectUrl"].as_str().expect("an address"), "1234567").await;
    let page = world.come_back(&back, Some(&cookie)).await;
    assert!(page.text.contains("oauth_error_callback") && page.text.contains(ORIGIN), "{}", page.text);
    let polled = world.get("ann", "/sdk/actions/session-id/denied").await.body;
    assert!(polled["error"]["message"].as_str().is_some_and(|text| text.contains("not granted")), "{polled}");
    assert_eq!(world.state("ann").await["allCredentials"], json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn connecting_again_keeps_id_and_settings_and_another_account_is_refused_there() {
    let world = World::start().await;
    let first = world.connect("ann").await;
    let enable = format!("/sdk/workflows/{}", world.workflow);
    assert_eq!(world.post("ann", &enable, json!({})).await.status, 200);
    let again = world.connect_as("ann", "1234567", json!({"selectedCredentialId": first})).await;
    assert_eq!(again, first);
    assert_eq!(world.state("ann").await["workflowSettings"][&world.workflow]["enabled"], true);

    let cookie = cookie_of(&world.nonce_page("ann").await);
    let built = world.build("ann", "other", json!({"selectedCredentialId": first})).await;
    let back = world.consent(built.body["redirectUrl"].as_str().expect("an address"), "7654321").await;
    let page = world.come_back(&back, Some(&cookie)).await;
    assert!(page.text.contains("another account"), "{}", page.text);

    let labelled = world.connect_as("ann", "7654321", json!({"externalId": "second"})).await;
    assert_ne!(labelled, first);
    let taken = world.build("ann", "taken", json!({"externalId": "second"})).await;
    assert_eq!(taken.status, 422, "{}", taken.text);
    for selector in ["second", "ext:second", labelled.as_str()] {
        assert_eq!(world.get("ann", &format!("/sdk/credentials/{selector}")).await.body["id"], json!(labelled));
    }
    let unknown = world.build("ann", "unknown", json!({"selectedCredentialId": "nobody"})).await;
    assert_eq!(unknown.status, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_keeps_a_sign_in_from_beginning_is_shown_in_the_window() {
    let world = World::start().await;
    let nonce = async |change: &str, to: &str| {
        let (project, integration, token) = (&world.project, &world.integration, world.token("ann"));
        let address = format!(
            "{}/projects/{project}/sdk/actions/oauth-nonce?integrationId={integration}&originForPostMessage={ORIGIN}&userToken={token}",
            world.test.base
        );
        answer(world.http.get(address.replace(change, to))).await
    };
    for (change, to, said) in [
        (ORIGIN, "https://evil.example", "allowed origins"),
        (ORIGIN, "javascript:alert(1)", "not the origin"),
        (ORIGIN, "\"><script>alert(1)</script>", "not the origin"),
        (world.integration.as_str(), "0192a0c0-0000-7000-8000-000000000000", "no such integration"),
        ("userToken=", "userToken=x", "not a JWT"),
    ] {
        let page = nonce(change, to).await;
        assert!(page.status.is_client_error() && page.text.contains(said), "{to}: {}", page.text);
        assert!(!page.text.contains("oauth-nonce-loaded") && !page.headers.contains_key("set-cookie"), "{to}");
        assert!(!page.text.contains("<script>alert"), "{to}");
    }
    // What only the page's own request can be refused for is asked for by the window.
    let refused = world.build("ann", "late", json!({"selectedCredentialId": "nobody"})).await;
    assert_eq!(refused.status, 404);
    let status =
        format!("/sdk/actions/oauth-nonce/status?integrationId={}&userToken={}", world.integration, world.token("ann"));
    let said = world.get("ann", &status).await.body;
    assert_eq!(said["message"], "There is no such credential.");

    let off = json!({"active": false});
    assert_eq!(world.admin.patch(&format!("{}/integrations/{}", world.api, world.integration), off).await.status, 200);
    let page = world.nonce_page("ann").await;
    assert!(page.status == 409 && page.text.contains("switched off"), "{}", page.text);
    assert_eq!(world.build("ann", "off", json!({})).await.status, 409);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_allowed_origins_a_person_confirms_first() {
    let world = World::start().await;
    assert_eq!(world.admin.patch(&world.api, json!({"allowedOrigins": []})).await.status, 200);
    let page = world.nonce_page("ann").await;
    assert!(page.text.contains("Acme") && page.text.contains("ann") && page.text.contains(ORIGIN), "{}", page.text);
    assert!(!page.headers.contains_key("set-cookie") && !page.text.contains("oauth-nonce-loaded"), "nothing before");
    let form = url::form_urlencoded::Serializer::new(String::new())
        .append_pair("integrationId", &world.integration)
        .append_pair("originForPostMessage", ORIGIN)
        .append_pair("userToken", &world.token("ann"))
        .finish();
    let confirm = async |site: &str| {
        let address = format!("{}/projects/{}/sdk/actions/oauth-nonce", world.test.base, world.project);
        let request = world.http.post(address).header("content-type", "application/x-www-form-urlencoded");
        answer(request.header("sec-fetch-site", site).body(form.clone())).await
    };
    let foreign = confirm("cross-site").await;
    assert!(foreign.status == 400 && !foreign.headers.contains_key("set-cookie"), "{}", foreign.text);
    let own = confirm("same-origin").await;
    assert!(own.text.contains("oauth-nonce-loaded"), "{}", own.text);
    cookie_of(&own);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_window_goes_on_at_once_only_where_the_browser_says_which_page_opened_it() {
    let world = World::start().await;
    let address = format!(
        "{}/projects/{}/sdk/actions/oauth-nonce?integrationId={}&originForPostMessage={ORIGIN}&userToken={}",
        world.test.base,
        world.project,
        world.integration,
        world.token("ann")
    );
    let open = async |headers: &[(&str, &str)]| {
        let request =
            headers.iter().fold(world.http.get(&address), |request, (name, value)| request.header(*name, *value));
        answer(request).await
    };
    let known = open(&[("sec-fetch-site", "cross-site"), ("referer", "http://localhost:4802/leads?id=1")]).await;
    assert!(known.text.contains("oauth-nonce-loaded") && known.headers.contains_key("set-cookie"), "{}", known.text);
    // Whoever has a token could open it for somebody else: without a word from the browser that person decides.
    let unknown = open(&[("sec-fetch-site", "cross-site")]).await;
    assert!(unknown.text.contains("Continue") && unknown.text.contains("ann"), "{}", unknown.text);
    let foreign = open(&[("sec-fetch-site", "cross-site"), ("referer", "https://evil.example/")]).await;
    assert!(foreign.status == 422 && foreign.text.contains("https://evil.example"), "{}", foreign.text);
    for page in [unknown, foreign] {
        assert!(!page.text.contains("oauth-nonce-loaded") && !page.headers.contains_key("set-cookie"), "{}", page.text);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_window_under_another_of_our_names_moves_to_the_public_one_once() {
    let world = World::start().await;
    let path = format!(
        "/projects/{}/sdk/actions/oauth-nonce?integrationId={}&originForPostMessage={ORIGIN}&userToken={}",
        world.project,
        world.integration,
        world.token("ann")
    );
    let open = async |path: &str| {
        let request = world.http.get(format!("{}{path}", world.test.base)).header("host", "zeus.acme.example:8443");
        answer(request).await
    };
    let moved = open(&path).await;
    let location = moved.headers["location"].to_str().expect("readable");
    assert_eq!((moved.status.as_u16(), location), (307, format!("{}{path}&moved=true", world.test.base).as_str()));
    assert!(!moved.headers.contains_key("set-cookie") && !moved.headers.contains_key("referrer-policy"));
    // A front that does not pass its name on: not for ever.
    assert_eq!(open(&format!("{path}&moved=true")).await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_window_that_lost_its_page_gets_the_consent_page_once_and_for_its_own_user() {
    let world = World::start().await;
    let proceed = async |user: &str, key: &str, cookie: Option<&str>| {
        let form = url::form_urlencoded::Serializer::new(String::new())
            .append_pair("integrationId", &world.integration)
            .append_pair("userToken", &world.token(user))
            .append_pair("oauthMetaKeyId", key)
            .finish();
        let address = format!("{}/projects/{}/sdk/actions/oauth-nonce/status", world.test.base, world.project);
        let mut request =
            world.http.post(address).header("content-type", "application/x-www-form-urlencoded").body(form);
        if let Some(cookie) = cookie {
            request = request.header("cookie", cookie);
        }
        answer(request).await
    };
    let (anns, bobs) = (cookie_of(&world.nonce_page("ann").await), cookie_of(&world.nonce_page("bob").await));
    assert_eq!(proceed("ann", "", Some(&anns)).await.body, json!({}), "nothing was begun yet");
    let built = world.build("ann", "lone", json!({})).await;
    let consent = built.body["redirectUrl"].clone();
    assert!(consent.is_string(), "{}", built.text);

    for (user, cookie, why) in [
        ("ann", None, "no cookie"),
        ("ann", Some(bobs.as_str()), "another user's cookie"),
        ("bob", Some(anns.as_str()), "another user's token"),
    ] {
        let refused = proceed(user, "", cookie).await;
        assert!(refused.status == 409 && !refused.text.contains("redirectUrl"), "{why}: {}", refused.text);
    }
    assert_eq!(proceed("bob", "", Some(&bobs)).await.body, json!({}), "another user's beginning is nobody else's");
    assert_eq!(proceed("ann", "other", Some(&anns)).await.body, json!({}), "another window's beginning");
    assert_eq!(world.get("ann", "/sdk/actions/session-id/lone").await.body, json!({}));
    assert_eq!(proceed("ann", "lone", Some(&anns)).await.body, json!({"redirectUrl": consent}));
    assert_eq!(proceed("ann", "lone", Some(&anns)).await.body, json!({}), "once");
    assert_eq!(world.get("ann", "/sdk/actions/session-id/lone").await.body, json!({"window": "alone"}));

    let back = world.consent(consent.as_str().expect("an address"), "1234567").await;
    let done = world.come_back(&back, Some(&anns)).await;
    assert!(done.text.contains("HubSpot is connected"), "{}", done.text);
    assert!(world.get("ann", "/sdk/actions/session-id/lone").await.body["connectCredentialId"].is_string());

    assert_eq!(world.build("ann", "late", json!({"selectedCredentialId": "nobody"})).await.status, 404);
    assert_eq!(proceed("ann", "late", Some(&anns)).await.body, json!({"message": "There is no such credential."}));
    // A sign-in that went the usual way leaves nothing behind for another window.
    world.connect("bob").await;
    assert_eq!(proceed("bob", "", Some(&bobs)).await.body, json!({}));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_that_the_host_application_received_is_taken() {
    let world = World::start().await;
    let redirect = "http://localhost:4802/callback";
    let authorize = format!(
        "{}/oauth/authorize?client_id=client&redirect_uri={redirect}&scope=oauth&response_type=code",
        world.hubspot
    );
    let back = world.consent(&authorize, "1234567").await;
    let code = back.split("code=").nth(1).expect("a code").split('&').next().expect("a code").to_owned();
    let new =
        json!({"integrationId": world.integration, "code": code, "redirectUrl": redirect, "integrationOptions": {}});
    let added = world.post("ann", "/sdk/credentials", new.clone()).await;
    assert_eq!((added.status.as_u16(), &added.body["status"]), (200, &json!("VALID")), "{}", added.text);
    assert_eq!(world.post("ann", "/sdk/credentials", new).await.status, 422, "a code is good once");
    let payload: Value = json!({"integrationId": world.integration, "payload": {"accessToken": "x"}, "config": {}});
    assert_eq!(world.post("ann", "/sdk/credentials", payload).await.status, 409);
}
