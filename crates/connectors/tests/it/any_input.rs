//! Manifests, API descriptions and webhooks as nobody would write them: each is taken, or refused with a reason.

use std::sync::LazyLock;

use http::HeaderMap;
use linchpin_connectors::import::{self, Options};
use linchpin_connectors::webhook::{self, Delivered};
use linchpin_connectors::{Registry, check};
use linchpin_domain::Timestamp;
use linchpin_domain::testkit::{json, nearly, nearly_bytes, text};
use proptest::prelude::*;
use proptest::sample::Index;

use crate::imports::SHOP;

static REGISTRY: LazyLock<Registry> = LazyLock::new(|| Registry::builtin().expect("the connectors are good"));

/// The manifests that come with the binary, as they are written.
fn manifests() -> Vec<String> {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../connectors");
    let entries = std::fs::read_dir(folder).expect("the connectors");
    let paths = entries.map(|entry| entry.expect("an entry").path().join("connector.yaml"));
    let found: Vec<_> = paths.filter_map(|path| std::fs::read_to_string(path).ok()).collect();
    assert!(found.len() > 10, "{}", found.len());
    found
}

fn events() -> Vec<String> {
    [
        r#"[{"eventId":1,"subscriptionType":"contact.creation","portalId":62515,"occurredAt":1760000000000,"objectId":512,"attemptNumber":0}]"#,
        r#"{"type":"event_callback","team_id":"T1","event_id":"Ev1","event":{"type":"message","channel":"C1","text":"hi"}}"#,
        r#"{"type":"url_verification","challenge":"abc"}"#,
        r#"{"id":"evt_1","account":"acct_1","type":"customer.created","data":{"object":{"id":"cus_1","email":"ann@example.com"}}}"#,
        r#"{"webhookEvent":"jira:issue_created","issue":{"id":"10001","key":"A-1","fields":{"summary":"x"}},"timestamp":1}"#,
    ]
    .map(str::to_owned)
    .to_vec()
}

proptest! {
    // A manifest of a thousand lines is checked in some milliseconds, unoptimised.
    #![proptest_config(ProptestConfig { cases: ProptestConfig::default().cases / 4, ..ProptestConfig::default() })]

    #[test]
    fn any_manifest_is_good_or_its_problems_have_places(written in nearly(manifests())) {
        if let Err(problems) = check("connector.yaml", &written) {
            prop_assert!(!problems.is_empty());
            for problem in problems {
                prop_assert!(problem.at.line >= 1 && !problem.message.trim().is_empty(), "{problem:?}");
            }
        }
    }
}

proptest! {
    #[test]
    fn any_api_description_becomes_a_good_manifest_or_says_why_not(written in nearly(vec![SHOP.to_owned()])) {
        match import::read("openapi.yaml", &written).and_then(|document| import::import(&document, &Options::default())) {
            Err(problem) => prop_assert!(problem.at.line >= 1 && !problem.message.trim().is_empty(), "{problem:?}"),
            // What is made is what the checker takes: nobody gets a file that does not load.
            Ok(imported) => {
                let text = imported.manifest.to_string();
                if let Err(problems) = check("connector.yaml", &text) {
                    prop_assert!(false, "{}\n{text}", problems[0]);
                }
            }
        }
    }

    #[test]
    fn any_webhook_is_read_or_says_what_does_not_fit(body in nearly_bytes(events())) {
        for manifest in REGISTRY.list().filter(|manifest| manifest.webhooks.is_some()) {
            let kind = &manifest.kind;
            match webhook::read(manifest, &HeaderMap::new(), &body) {
                Err(message) => prop_assert!(!message.is_empty(), "{kind}"),
                Ok(webhook::Told::Handshake(_)) => {}
                Ok(webhook::Told::Events(events)) => {
                    for event in events {
                        // What goes into columns and indexes stays short and visible.
                        for held in [&event.account, &event.kind, &event.key] {
                            prop_assert!(held.chars().count() <= 255 && !held.contains(char::is_control), "{kind}: {held:?}");
                        }
                    }
                }
            }
        }
    }

    #[test]
    fn what_is_signed_is_proven_and_nothing_else(
        body in nearly_bytes(events()),
        at in any::<Index>(),
        byte in any::<u8>(),
        noise in text(),
        seconds in 1_500_000_000_i64..2_000_000_000,
    ) {
        let now = Timestamp::from_millis(seconds * 1000);
        let url = "https://hooks.example.com/h/1?a=b%20c";
        let signatures = REGISTRY.list().filter_map(|manifest| Some((&manifest.kind, &manifest.webhooks.as_ref()?.signature)));
        for (kind, signature) in signatures {
            let headers = signature.sign(b"secret", "POST", url, &body, now);
            let verify = |secret: &[u8], headers: &HeaderMap, body: &[u8]| {
                signature.verify(secret, Delivered { method: "POST", url, headers, body }, now)
            };
            prop_assert_eq!(verify(b"secret", &headers, &body), Ok(()), "{}", kind);
            prop_assert!(verify(b"secreT", &headers, &body).is_err(), "{kind}");
            let mut other = body.clone();
            other.insert(at.index(body.len() + 1), byte);
            prop_assert!(verify(b"secret", &headers, &other).is_err(), "{kind}");
            // No header of another's making is taken, and none makes it fall over.
            for name in headers.keys() {
                let Ok(value) = noise.parse() else { continue };
                let mut forged = headers.clone();
                if forged.insert(name, value).is_some_and(|before| before != forged[name]) {
                    prop_assert!(verify(b"secret", &forged, &body).is_err(), "{kind}: {name}: {noise:?}");
                }
            }
        }
    }

    #[test]
    fn any_event_can_be_asked_whether_it_is_wanted(event in json(), inputs in json()) {
        let inputs = inputs.as_object().cloned().unwrap_or_default();
        for manifest in REGISTRY.list() {
            for trigger in manifest.triggers.values() {
                let _ = (trigger.wants(&inputs, &event), trigger.input_problems(&inputs));
            }
            let _ = webhook::event(manifest, &event);
        }
    }
}
