//! The ways to connect an account: what a manifest may say, what is asked, and what is sent.

use linchpin_connectors::oauth2::{self, TokenError, Way};
use linchpin_connectors::simulator::{self, Options};
use linchpin_connectors::{
    Access, Account, Asked, Client, Endpoint, Manifest, RawRequest, answers, check, identify, raw,
};
use linchpin_domain::clock::ManualClock;
use linchpin_domain::connector::ActionError;
use secrecy::ExposeSecret;
use serde_json::{Map, Value, json};
use std::sync::Arc;

/// A manifest with a way of one's own at the place of `auth`, and a simulator.
fn with(auth: &str) -> String {
    format!(
        "\
kind: demo
name: Demo
brandColor: \"#112233\"
description: A demo.
source: made up
licence: Apache-2.0
baseUrls: {{ api: \"https://{{account.site}}.demo.example\" }}
versions: {{ default: v1, paths: {{ api: /api }}, offered: {{ v1: {{}} }} }}
{auth}
errors: {{ message: [/message], classes: [ {{ statuses: [401], class: reauthorize }} ] }}
account: {{ request: {{ method: GET, path: \"{{paths.api}}/me\" }}, data: {{ who: [/account/name], at: [/inputs/site] }}, providerId: who, label: \"{{who}} at {{at}}\" }}
resources: {{ things: {{ title: thing, fields: [] }} }}
actions:
  things.list:
    title: List things
    description: Lists things.
    group: Things
    effect: list
    resource: things
    request: {{ method: GET, path: \"{{paths.api}}/things\", query: {{ site: \"{{account.site}}\" }} }}
    doubt: {{ strategy: safe }}
simulator:
  accounts: [ {{ id: a-1, name: Acme, domain: acme.example, user: ann, inputs: {{ SIMULATED }} }} ]
  firstId: 1
  record: {{ id: \"{{id}}\" }}
  page: {{ things: \"{{results}}\" }}
  account: {{ name: \"{{name}}\" }}
  replies:
    noToken: {{ status: 401, body: {{ message: no }} }}
    notFound: {{ status: 404, body: {{ message: none }} }}
    invalidBody: {{ status: 400, body: {{ message: \"{{reason}}\" }} }}
    serverFault: {{ status: 500, body: {{ message: down }} }}
    badClient: {{ status: 401, body: {{ error: invalid_client }} }}
"
    )
}

const SITE: &str = "{ name: site, title: Site, type: subdomain, suffix: .demo.example }";

fn ways() -> Vec<(&'static str, String, &'static str)> {
    let way = |inputs: &str, rest: &str| format!("auth:\n  inputs: [ {SITE}, {inputs} ]\n  {rest}");
    let key = "{ name: key, title: Key, type: secret }";
    let pair = "{ name: clientId, title: Client ID }, { name: clientSecret, title: Client secret, type: secret }";
    vec![
        ("a key in a header", way(key, "apiKey: { input: key, header: X-Key, prefix: \"Token \" }"), "key: right"),
        ("a key in the address", way(key, "apiKey: { input: key, query: api_key }"), "key: right"),
        (
            "Basic",
            way(
                &format!("{{ name: email, title: Email }}, {key}"),
                "basic: { username: \"{email}/token\", password: \"{key}\" }",
            ),
            "email: ann@a.example, key: right",
        ),
        (
            "headers",
            way(&format!("{{ name: app, title: App }}, {key}"), "headers: { X-App: \"{app}\", X-Secret: \"s-{key}\" }"),
            "app: seven, key: right",
        ),
        (
            "client credentials",
            way(
                pair,
                "clientCredentials: { tokenPath: \"{paths.api}/token\", clientAuthentication: basic, scopes: [read], tokenLifetimeSeconds: 600 }",
            ),
            "clientId: c-1, clientSecret: right",
        ),
    ]
}

struct Served {
    manifest: Arc<Manifest>,
    endpoint: Endpoint,
    client: Client,
    url: String,
    task: tokio::task::JoinHandle<()>,
}

impl Drop for Served {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn serve(text: &str) -> Served {
    let manifest = Arc::new(check("demo.yaml", text).unwrap_or_else(|problems| panic!("{problems:?}")));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("bound");
    let clock = Arc::new(ManualClock::at(linchpin_domain::Timestamp::from_millis(1_764_000_000_000)));
    let serving = simulator::serve(Arc::clone(&manifest), listener, Options::default(), clock, std::future::pending());
    let task = tokio::spawn(async move { serving.await.expect("serves") });
    let url = format!("http://{address}");
    Served {
        manifest,
        endpoint: Endpoint { base_urls: [("api".to_owned(), url.clone())].into(), api_version: None },
        client: Client::new(address.to_string().parse().expect("valid")),
        url,
        task,
    }
}

fn object(value: Value) -> Map<String, Value> {
    value.as_object().expect("an object").clone()
}

#[tokio::test]
async fn each_way_is_taken_with_the_right_key_and_refused_with_a_wrong_one() {
    for (name, auth, simulated) in ways() {
        let served = serve(&with(&auth).replace("SIMULATED", simulated)).await;
        let account = &served.manifest.simulator.as_ref().expect("one").accounts[0];
        let mut given: Map<String, Value> =
            account.inputs.iter().map(|(name, value)| (name.clone(), value.as_str().into())).collect();
        given.insert("site".into(), "acme".into());
        for (wrong, expected) in [(false, "ok"), (true, "refused")] {
            if wrong {
                let secret = served.manifest.auth.inputs.iter().find(|input| input.secret()).expect("a secret");
                given.insert(secret.name.clone(), "wrong".into());
            }
            let inputs = answers(&served.manifest, &served.manifest.auth, Asked::Before, &given).expect("they fit");
            let way = Way::of(&served.manifest, "default", &served.endpoint, &inputs).expect("there");
            let mut access = Access { inputs: inputs.clone(), ..Access::bearer("") };
            if served.manifest.auth.client_credentials.is_some() {
                match oauth2::client_credentials(&served.client, way).await {
                    Ok(tokens) => {
                        assert_eq!(tokens.expires_in.map(|time| time.as_secs()), Some(600));
                        access.token = tokens.access_token;
                    }
                    Err(TokenError::Rejected { message }) => {
                        assert_eq!((expected, message.as_str()), ("refused", "invalid_client"));
                        continue;
                    }
                    Err(other) => panic!("{name}: {other:?}"),
                }
            }
            let account = Account { access: &access, endpoint: &served.endpoint };
            match identify(&served.client, &served.manifest, account, &Map::new()).await {
                Ok(identity) => {
                    assert_eq!((expected, identity.label.as_str()), ("ok", "Acme at acme"), "{name}");
                    assert!(!serde_json::to_string(&identity.data).expect("JSON").contains("right"), "{name}");
                }
                Err(error) => {
                    assert_eq!((expected, error.code()), ("refused", "reconnect_needed"), "{name}: {error}");
                    assert!(!error.to_string().contains("wrong"), "{name}: {error}");
                }
            }
            if wrong {
                continue;
            }
            // An action and a request of one's own go the same way, and history shows no key.
            let done = linchpin_connectors::perform(
                &served.client,
                &served.manifest,
                account,
                "things.list",
                &Map::new(),
                "k",
            )
            .await
            .unwrap_or_else(|error| panic!("{name}: {error:?}"));
            let exchange = serde_json::to_string(&done.exchange).expect("JSON");
            assert!(exchange.contains("site=acme") && !exchange.contains("right"), "{name}: {exchange}");
            let request = RawRequest {
                method: http::Method::GET,
                path_and_query: "/api/me",
                headers: http::HeaderMap::new(),
                body: bytes::Bytes::new(),
            };
            let answer = raw(&served.client, &served.manifest, account, request).await.expect("answered");
            assert_eq!(answer.status, 200, "{name}");
            let log = reqwest::get(format!("{}/_simulator/requests", served.url)).await.expect("asked");
            assert!(!log.text().await.expect("text").contains("right"), "{name}: the list of calls holds the key");
            assert!(!format!("{access:?}").contains("right") && access.token.expose_secret() != "right", "{name}");
        }
    }
}

#[test]
fn what_is_asked_is_checked_and_named() {
    let (_, auth, simulated) = ways().swap_remove(2);
    let text = with(&auth).replace("SIMULATED", simulated);
    let manifest = check("demo.yaml", &text).unwrap_or_else(|problems| panic!("{problems:?}"));
    let given = |site: &str| object(json!({"site": site, "email": "ann@a.example", "key": "k"}));
    for (site, expected) in [
        ("acme", Ok("acme")),
        (" https://ACME.demo.example/ ", Ok("acme")),
        (
            "acme.evil.example",
            Err("Site is the part of the address before `.demo.example`: letters, digits and hyphens"),
        ),
        ("acme/../x", Err("Site is the part of the address before `.demo.example`: letters, digits and hyphens")),
        ("", Err("Site is needed")),
    ] {
        let found = answers(&manifest, &manifest.auth, Asked::Before, &given(site));
        match expected {
            Ok(value) => assert_eq!(found.expect(site)["site"], value),
            Err(message) => {
                let misfits = found.expect_err(site);
                assert_eq!(
                    misfits.iter().map(|one| (one.input.as_str(), one.to_string())).collect::<Vec<_>>(),
                    [("site", message.to_owned())]
                );
            }
        }
    }
    let problems =
        answers(&manifest, &manifest.auth, Asked::Before, &object(json!({"site": "a", "emial": "x", "key": ["k"]})));
    assert_eq!(
        problems
            .expect_err("three mistakes")
            .into_iter()
            .map(|misfit| format!("{}: {misfit}", misfit.input))
            .collect::<Vec<_>>(),
        [
            "email: Email is needed",
            "key: Key takes a text",
            "emial: Demo does not ask for `emial`; did you mean `email`?"
        ],
    );
}

#[test]
fn every_mistake_about_a_way_is_reported_where_it_stands() {
    let (_, auth, simulated) = ways().swap_remove(0);
    let right = with(&auth).replace("SIMULATED", simulated);
    check("demo.yaml", &right).unwrap_or_else(|problems| panic!("{problems:?}"));
    for (from, to, expected) in [
        (
            "input: key,",
            "input: kye,",
            "demo.yaml:11:20: `auth.apiKey.input`: there is no input `kye`; did you mean `key`?",
        ),
        ("header: X-Key", "header: \"X Key\"", "demo.yaml:11:33: `auth.apiKey.header`: `X Key` is no header name"),
        (
            "header: X-Key, prefix: \"Token \"",
            "query: k, header: X-Key",
            "demo.yaml:11:11: `auth.apiKey`: a key travels in a `header` or in the `query`: give one of them",
        ),
        ("apiKey: {", "apiKeys: {", "demo.yaml:11:3: `auth.apiKeys`: unknown key `apiKeys`; did you mean `apiKey`?"),
        (
            "apiKey: { input: key, header: X-Key, prefix: \"Token \" }",
            "title: x",
            "demo.yaml:10:3: `auth`: say how: one of `oauth2`, `clientCredentials`, `apiKey`, `basic`, `headers`, `open`",
        ),
        (
            "{account.site}.demo",
            "{account.key}.demo",
            "demo.yaml:7:18: `baseUrls.api`: `key` is a secret, which may only stand where it proves who calls",
        ),
        (
            "{account.site}.demo",
            "{account.sight}.demo",
            "demo.yaml:7:18: `baseUrls.api`: there is no account value `sight`; there are `site`, `key`, `who`, `at`",
        ),
        (
            "{account.site}.demo",
            "{account.site}-demo",
            "demo.yaml:7:18: `baseUrls.api`: a `.` follows a placeholder, so that its value cannot change the host's end",
        ),
        (
            "https://{account.site}.demo.example",
            "https://{account.site}",
            "demo.yaml:7:18: `baseUrls.api`: a whole host is told by the account: say by `hosts` which ones are taken",
        ),
        (
            "request: { method: GET, path: \"{paths.api}/me\" }, ",
            "",
            "demo.yaml:13:10: `account`: give a `request` that is sent when an account is connected, so that a wrong key is refused at once; where no call needs nothing but a key, write `untried: true`",
        ),
        (
            "name: key, title",
            "name: site, title",
            "demo.yaml:10:21: `auth.inputs.0.name`: two inputs have the name `site`",
        ),
        (
            "key: right",
            "kee: right",
            "demo.yaml:25:86: `simulator.accounts.0.inputs.kee`: there is no input `kee`; did you mean `key`?",
        ),
    ] {
        assert!(right.contains(from), "`{from}` is not in the manifest");
        let problems = check("demo.yaml", &right.replacen(from, to, 1)).expect_err(to);
        let said: Vec<String> = problems.iter().map(ToString::to_string).collect();
        assert!(said.iter().any(|one| one == expected), "with `{to}`:\n{}\nexpected\n{expected}", said.join("\n"));
    }
}

#[tokio::test]
async fn a_host_that_an_account_tells_is_called_only_when_the_manifest_lists_it() {
    let text = with("auth:\n  inputs: [ { name: site, title: Host, type: host }, { name: key, title: Key, type: secret } ]\n  apiKey: { input: key, header: X-Key }\nhosts: [\"*.demo.example\"]")
        .replace("{account.site}.demo.example", "{account.site}")
        .replace("SIMULATED", "key: right");
    let manifest = check("demo.yaml", &text).unwrap_or_else(|problems| panic!("{problems:?}"));
    for host in ["evil.example", "127.0.0.1", "demo.example.evil.example", "a.demo.example:8080"] {
        let given = object(json!({"site": host, "key": "k"}));
        assert!(answers(&manifest, &manifest.auth, Asked::Before, &given).is_err(), "{host}");
        // Nor when it got there in another way.
        let access = Access { inputs: given, ..Access::bearer("") };
        let endpoint = Endpoint::default();
        let account = Account { access: &access, endpoint: &endpoint };
        let client = Client::new("127.0.0.1:*".parse().expect("valid"));
        let error = identify(&client, &manifest, account, &Map::new()).await.expect_err(host);
        assert!(matches!(error, ActionError::Invalid { .. }), "{host}: {error:?}");
    }
}
