//! Single writes sent as one call.

use linchpin_connectors::{Outcome, alike, blames_a_record, perform_joined};
use linchpin_domain::connector::{ActionError, Sent};
use serde_json::{Map, Value, json};

use crate::simulated::{Simulated, manifest, object};

async fn joined(simulated: &Simulated, action: &str, inputs: Vec<Value>) -> Result<Vec<Outcome>, ActionError> {
    let inputs: Vec<Map<String, Value>> = inputs.into_iter().map(object).collect();
    let inputs: Vec<_> = inputs.iter().collect();
    let seen = |_: u16, _: &_| {};
    perform_joined(&simulated.client, &simulated.manifest, simulated.account(), action, &inputs, &seen).await
}

async fn calls(simulated: &Simulated, class: &str) -> Value {
    simulated.read("requests").await["counts"][class].clone()
}

/// The code of an error, or the first name of a contact.
fn short(outcome: &Outcome) -> String {
    match outcome {
        Ok(done) => done.output["properties"]["firstname"].as_str().unwrap_or("no name").to_owned(),
        Err(error) => error.code().to_owned(),
    }
}

#[tokio::test]
async fn every_write_of_a_batch_gets_its_own_outcome() {
    let simulated = Simulated::start().await;
    simulated.done("contacts.create", json!({"email": "old@example.com"})).await;
    let outcomes = joined(
        &simulated,
        "contacts.create",
        vec![
            json!({"email": "a@example.com", "firstname": "Ann"}),
            json!({"email": "old@example.com", "firstname": "Old"}),
            json!({"email": "b@example.com", "additionalFields": {"shoe_size": 42}}),
            json!({"firstname": "Bob"}),
        ],
    )
    .await
    .expect("answered");
    assert_eq!(outcomes.iter().map(short).collect::<Vec<_>>(), ["Ann", "conflict", "validation", "Bob"]);
    assert_eq!(calls(&simulated, "POST /crm/objects/2026-03/contacts/batch/create").await, 1);
    assert_eq!(simulated.read("records/contacts").await["total"], 3);

    let ann = outcomes[0].as_ref().expect("made");
    assert_eq!(ann.output.get("objectWriteTraceId"), None, "the output is that of a single call");
    let exchange = ann.exchange.as_ref().expect("kept");
    assert_eq!((exchange.joined, exchange.status), (Some(4), Some(207)));
    let sent = exchange.request_body.as_ref().expect("kept");
    assert_eq!(sent["inputs"].as_array().map(Vec::len), Some(1), "history shows nobody else's part");
    assert_eq!(sent["inputs"][0]["properties"]["firstname"], "Ann");
    let conflict = outcomes[1].as_ref().expect_err("refused");
    assert!(conflict.to_string().contains("Existing ID: 101"), "{conflict}");
    assert_eq!(conflict.exchange().and_then(|exchange| exchange.joined), Some(4));
    let wrong = outcomes[2].as_ref().expect_err("refused").to_string();
    assert!(wrong.contains("shoe_size"), "{wrong}");
}

#[tokio::test]
async fn updates_and_upserts_are_joined_too_and_one_that_is_not_there_fails_alone() {
    let simulated = Simulated::start().await;
    let made = simulated.done("contacts.create", json!({"email": "a@example.com", "firstname": "Ann"})).await;
    let id = made["id"].clone();
    let inputs = vec![json!({"id": id, "firstname": "Anna"}), json!({"id": "999", "firstname": "Nobody"})];
    let outcomes = joined(&simulated, "contacts.update", inputs).await.expect("answered");
    assert_eq!(outcomes.iter().map(short).collect::<Vec<_>>(), ["Anna", "not_found"]);

    let inputs = vec![
        json!({"email": "a@example.com", "firstname": "Anne"}),
        json!({"email": "c@example.com", "firstname": "Cleo"}),
        json!({"email": "no address", "firstname": "Nobody"}),
    ];
    let outcomes = joined(&simulated, "contacts.upsert", inputs).await.expect("answered");
    assert_eq!(outcomes.iter().map(short).collect::<Vec<_>>(), ["Anne", "Cleo", "validation"]);
    let new = |index: usize| outcomes[index].as_ref().expect("done").output["new"].clone();
    assert_eq!((new(0), new(1)), (json!(false), json!(true)));

    let inputs = vec![
        json!({"objectType": "cars", "additionalFields": {"name": "A"}}),
        json!({"objectType": "cars", "additionalFields": {"name": "B"}}),
    ];
    let outcomes = joined(&simulated, "objects.create", inputs).await.expect("answered");
    assert!(outcomes.iter().all(Result::is_ok), "{outcomes:?}");
    assert_eq!(
        simulated.done("objects.list", json!({"objectType": "cars"})).await["results"].as_array().map(Vec::len),
        Some(2)
    );
}

#[tokio::test]
async fn a_batch_that_is_refused_or_lost_says_so_for_all() {
    let simulated = Simulated::start().await;
    let contacts = || vec![json!({"email": "a@example.com"}), json!({"email": "b@example.com"})];
    simulated.admin("faults", json!({"next": [{"kind": "status", "status": 400, "path": "batch/create"}]})).await;
    let error = joined(&simulated, "contacts.create", contacts()).await.expect_err("refused");
    assert!(blames_a_record(&error), "{error:?}");
    simulated.admin("faults", json!({"next": [{"kind": "status", "status": 403, "path": "batch/create"}]})).await;
    let error = joined(&simulated, "contacts.create", contacts()).await.expect_err("refused");
    assert!(!blames_a_record(&error), "leaving a record out gives no permission: {error:?}");
    simulated.admin("faults", json!({"next": [{"kind": "dropAfter", "path": "batch/create"}]})).await;
    let error = joined(&simulated, "contacts.create", contacts()).await.expect_err("lost");
    assert!(matches!(error, ActionError::Unreachable { sent: Sent::Maybe, .. }), "{error:?}");
    assert_eq!(simulated.read("records/contacts").await["total"], 2, "it took effect before its answer was lost");
}

#[test]
fn what_can_be_one_call_has_the_same_kind_and_no_record_twice() {
    let manifest = manifest();
    let alike = |action: &str, inputs: Value| alike(&manifest, action, &object(inputs));
    let group = |action: &str, inputs: Value| alike(action, inputs).expect("is joined").group;
    assert_eq!(alike("contacts.create", json!({"email": "a@b.c"})).expect("is joined").most, 100);
    assert_eq!(
        group("objects.create", json!({"objectType": "cars", "additionalFields": {"a": 1}})),
        group("objects.create", json!({"objectType": "cars", "additionalFields": {"b": 1}}))
    );
    assert_ne!(
        group("objects.create", json!({"objectType": "cars"})),
        group("objects.create", json!({"objectType": "boats"}))
    );
    assert_ne!(
        group("contacts.update", json!({"id": "7", "city": "Bonn"})),
        group("contacts.update", json!({"id": "a@b.c", "idProperty": "email", "city": "Bonn"}))
    );
    let distinct = |inputs: Value| alike("contacts.update", inputs).expect("is joined").distinct;
    assert_eq!(distinct(json!({"id": "A@b.c ", "city": "Bonn"})), distinct(json!({"id": "a@b.c", "city": "Ulm"})));
    for (action, inputs) in [("contacts.get", json!({"id": "7"})), ("contacts.delete", json!({"id": "7"}))] {
        assert_eq!(alike(action, inputs), None, "{action}");
    }
}
