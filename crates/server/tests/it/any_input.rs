//! What the server reads from others, as nobody would write it: it is taken, or refused with a reason and a status
//! that says whose fault it is, and the server goes on.

use std::sync::LazyLock;

use linchpin::project_file::{Resolver, import, parse};
use linchpin_connectors::Registry;
use linchpin_domain::source::Document;
use linchpin_domain::testkit::{nearly, nearly_bytes};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, TestRunner};
use reqwest::{Method, StatusCode};
use serde_json::json;

use crate::sdk::world::{World, answer};

static REGISTRY: LazyLock<Registry> = LazyLock::new(|| Registry::builtin().expect("the connectors are good"));

/// Values of a strategy, as many as a property has cases.
fn some<T: std::fmt::Debug>(strategy: &impl Strategy<Value = T>) -> impl Iterator<Item = T> {
    let mut runner = TestRunner::new(Config::default());
    let cases = runner.config().cases;
    (0..cases).map(move |_| strategy.new_tree(&mut runner).expect("a value").current())
}

fn project_files() -> Vec<String> {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples");
    ["demo", "every-step", "custom-connector"]
        .map(|name| std::fs::read_to_string(root.join(name).join("linchpin.yaml")).expect("an example"))
        .to_vec()
}

proptest! {
    #[test]
    fn any_project_file_is_good_or_its_problems_have_places(written in nearly(project_files())) {
        if let Err(problems) = parse("linchpin.yaml", &written, &Resolver::none(), &REGISTRY) {
            prop_assert!(!problems.0.is_empty());
            for problem in problems.0 {
                prop_assert!(problem.at.line >= 1 && !problem.message.trim().is_empty(), "{problem:?}");
            }
        }
    }

    #[test]
    fn any_list_of_accounts_is_good_or_its_problems_have_places(
        csv in nearly(vec!["userId,integration,accessToken,refreshToken,externalId,metadata\nann,hubspot,a,b,,\"{\"\"n\"\":1}\"\nbob,hubspot,c,,\"x\",\n".into()]),
        json in nearly(vec![r#"[{"userId":"ann","integration":"hubspot","accessToken":"a","metadata":{"n":1}},{"userId":"bob","integration":"hubspot","accessToken":"c","externalId":"x"}]"#.into()]),
    ) {
        for (text, format) in [(csv, import::Format::Csv), (json, import::Format::Json)] {
            if let Err(problems) = import::read("accounts", &text, format) {
                prop_assert!(!problems.0.is_empty());
                for problem in problems.0 {
                    prop_assert!(problem.at.line >= 1 && !problem.message.trim().is_empty(), "{problem:?}");
                }
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn any_token_is_refused_and_nobody_is_made_of_it() {
    let world = World::start().await;
    let good = world.token("ann");
    let mut tried = 0;
    for token in some(&nearly(vec![good.clone()])) {
        // What no header can hold never comes here.
        let Ok(header) = reqwest::header::HeaderValue::from_str(&format!("Bearer {token}")) else { continue };
        if token.trim() == good || header.len() > 8_000 {
            continue;
        }
        tried += 1;
        let request = world.http.get(format!("{}/projects/{}/sdk/me", world.test.base, world.project));
        let refused = answer(request.header("authorization", header)).await;
        assert_eq!(refused.status, StatusCode::UNAUTHORIZED, "{token:?}: {}", refused.text);
        assert!(refused.body["message"].as_str().is_some_and(|message| !message.is_empty()), "{}", refused.text);
    }
    assert!(tried > 20, "{tried}");
    let users = world.admin.get(&format!("{}/users", world.api)).await.body;
    assert_eq!(users["items"], json!([]), "nobody came in");
}

#[tokio::test(flavor = "multi_thread")]
async fn any_body_is_taken_or_refused_and_what_is_taken_can_be_read() {
    let world = World::start().await;
    let token = world.token("ann");
    let body = r#"{"name":"Contact Created","payload":{"email":"ann@example.com","tags":["a",{"b":null}],"amount":12.5e3,"text":"\u00e9\n\ud83d\ude00"}}"#;
    let (mut taken, mut refused) = (0, 0);
    // What a reader that skips takes, and one that reads does not.
    let skipped = [r#""\ud800""#, "1e999", &"[".repeat(200), &format!("{}{}", "[".repeat(100), "]".repeat(100))];
    let skipped =
        skipped.map(|value| format!(r#"{{"name":"Contact Created","payload":{{"a":{value}}}}}"#).into_bytes());
    for body in skipped.into_iter().chain(some(&nearly_bytes(vec![body.into()]))) {
        let sent = body.clone();
        let request = world.call(Method::POST, "/sdk/events/trigger", &token);
        let said = answer(request.header("content-type", "application/json").body(body)).await;
        let shown = String::from_utf8_lossy(&sent);
        match said.status.as_u16() {
            200..=299 => {
                taken += 1;
                serde_json::from_slice::<serde_json::Value>(&sent).unwrap_or_else(|error| panic!("{error}: {shown}"));
            }
            400..=499 => {
                refused += 1;
                assert!(said.body["message"].as_str().is_some_and(|text| !text.is_empty()), "{}: {shown}", said.text);
            }
            other => panic!("{other}: {}: {shown}", said.text),
        }
    }
    assert!(taken > 5 && refused > 20, "{taken} taken, {refused} refused");
}

#[tokio::test(flavor = "multi_thread")]
async fn any_project_file_is_applied_whole_or_not_at_all() {
    let world = World::start().await;
    let backend = world.backend().await;
    let export = async || {
        let file = backend.get("/api/v1/export").await;
        assert_eq!(file.status, StatusCode::OK, "{}", file.text);
        file.text
    };
    let good = project_files().into_iter().take(2).map(|file| file.replace("Acme CRM", "Acme")).collect();
    let (mut applied, mut refused) = (0, 0);
    for file in some(&nearly(good)) {
        // What is no YAML is refused by the command line already.
        let Ok(file) = Document::parse("linchpin.yaml", &file) else { continue };
        let before = export().await;
        let said = backend.post("/api/v1/apply", file.value().clone()).await;
        match said.status.as_u16() {
            200 => {
                applied += 1;
                // What was written out is what was put in: applied again it changes nothing.
                let again = backend.post("/api/v1/apply", file.value().clone()).await;
                assert_eq!(
                    (again.status.as_u16(), &again.body["changes"]),
                    (200, &json!([])),
                    "{}\n{}",
                    again.text,
                    file.value()
                );
            }
            400..=499 => {
                refused += 1;
                assert!(said.body["message"].as_str().is_some_and(|text| !text.is_empty()), "{}", said.text);
                assert_eq!(export().await, before, "{}", file.value());
            }
            other => panic!("{other}: {}\n{}", said.text, file.value()),
        }
    }
    assert!(applied > 5 && refused > 20, "{applied} applied, {refused} refused");
}
