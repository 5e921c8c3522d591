//! Actions that take several records in one call.

use std::sync::Arc;

use linchpin_connectors::check;
use linchpin_connectors::manifest::Effect;
use linchpin_connectors::trial::{Outcome, Trial};
use linchpin_domain::clock::ManualClock;
use linchpin_domain::connector::{ActionError, DoubtStrategy, Sent};
use serde_json::{Value, json};

use crate::simulated::{Simulated, manifest, object};

/// Ids of what a batch did.
fn ids(output: &Value) -> Vec<&str> {
    output["results"].as_array().expect("results").iter().filter_map(|one| one["id"].as_str()).collect()
}

fn invalid(result: Result<impl std::fmt::Debug, ActionError>) -> String {
    match result {
        Err(ActionError::Invalid { message }) => message,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn records_are_made_changed_read_and_deleted_in_one_call_each() {
    let simulated = Simulated::start().await;
    let made = simulated
        .done(
            "contacts.createBatch",
            json!({"records": [{"email": "a@example.com", "firstname": "Ann"}, {"lastname": "Bee"}]}),
        )
        .await;
    assert_eq!(ids(&made), ["101", "102"]);
    assert_eq!(made["results"][1]["objectWriteTraceId"], "2");
    let changed = simulated
        .done(
            "contacts.updateBatch",
            json!({"idProperty": "email", "records": [{"id": "a@example.com", "city": "Bonn"}]}),
        )
        .await;
    assert_eq!(changed["results"][0]["properties"]["city"], "Bonn");
    let both = simulated
        .done(
            "contacts.upsertBatch",
            json!({"records": [{"email": "a@example.com", "city": "Ulm"}, {"email": "new@example.com"}]}),
        )
        .await;
    assert_eq!((&both["results"][0]["new"], &both["results"][1]["new"]), (&json!(false), &json!(true)));
    // Records as a search gives them name themselves.
    let read =
        simulated.done("contacts.getBatch", json!({"ids": made["results"], "properties": "city, lastname"})).await;
    assert_eq!((ids(&read), &read["results"][0]["properties"]["city"]), (vec!["101", "102"], &json!("Ulm")));
    simulated.done("contacts.deleteBatch", json!({"ids": ["101", 102, "999"]})).await;
    assert_eq!(simulated.read("records/contacts").await["total"], 1);
    let counts = simulated.read("requests").await["counts"].clone();
    for verb in ["create", "update", "upsert", "read", "archive"] {
        assert_eq!(counts[format!("POST /crm/objects/2026-03/contacts/batch/{verb}")], 1, "{counts}");
    }
}

#[tokio::test]
async fn every_kind_of_record_has_the_five() {
    let simulated = Simulated::start().await;
    for (kind, more, record) in [
        ("companies", json!({}), json!({"name": "Acme"})),
        ("deals", json!({}), json!({"dealname": "Ten seats"})),
        ("tickets", json!({}), json!({"subject": "Help", "hs_pipeline_stage": "1"})),
        ("objects", json!({"objectType": "2-77"}), json!({"additionalFields": {"name": "Seat"}})),
    ] {
        let with = |own: Value| {
            let mut inputs = object(more.clone());
            inputs.extend(object(own));
            Value::Object(inputs)
        };
        let made = simulated.done(&format!("{kind}.createBatch"), with(json!({"records": [record, record]}))).await;
        let [one, other] = ids(&made)[..] else { panic!("{made}") };
        let changed = json!({"id": one, "additionalFields": {"external_id": "A-1"}});
        simulated.done(&format!("{kind}.updateBatch"), with(json!({"records": [changed]}))).await;
        let upserted = json!([{"id": "A-1"}, {"id": "A-2"}]);
        let upserted = with(json!({"idProperty": "external_id", "records": upserted}));
        let upserted = simulated.done(&format!("{kind}.upsertBatch"), upserted).await;
        assert_eq!(ids(&upserted)[0], one, "{kind}");
        let read = simulated.done(&format!("{kind}.getBatch"), with(json!({"ids": [one, other]}))).await;
        assert_eq!(ids(&read), [one, other], "{kind}");
        simulated.done(&format!("{kind}.deleteBatch"), with(json!({"ids": [one]}))).await;
        let gone = simulated.perform(&format!("{kind}.get"), with(json!({"id": one}))).await.expect_err("gone");
        assert_eq!(gone.code(), "not_found", "{kind}");
    }
}

#[tokio::test]
async fn what_is_refused_is_named_and_the_rest_is_done() {
    let simulated = Simulated::start().await;
    simulated.done("contacts.create", json!({"email": "old@example.com"})).await;
    let output = simulated
        .done(
            "contacts.createBatch",
            json!({"records": [{"email": "old@example.com"}, {"email": "a@example.com"}, {"email": "no address"}]}),
        )
        .await;
    assert_eq!((ids(&output), &output["numErrors"]), (vec!["102"], &json!(2)));
    assert_eq!(output["errors"][0]["context"]["objectWriteTraceId"], json!(["1"]));
    assert_eq!(output["errors"][0]["category"], "CONFLICT");
    let read = simulated.done("contacts.getBatch", json!({"ids": ["102", "999"]})).await;
    assert_eq!((ids(&read), &read["errors"][0]["category"]), (vec!["102"], &json!("OBJECT_NOT_FOUND")));
    // Nothing was done: that is no success.
    let error = simulated.perform("contacts.createBatch", json!({"records": [{"email": "old@example.com"}]})).await;
    let error = error.expect_err("refused");
    assert_eq!(error.code(), "validation");
    assert!(error.to_string().contains("Existing ID: 101"), "{error}");
}

#[tokio::test]
async fn a_list_is_checked_before_anything_is_sent() {
    let simulated = Simulated::start().await;
    for (inputs, expected) in [
        (json!({"records": []}), "`records` is an empty list"),
        (json!({"records": {"email": "a@b.example"}}), "`records` takes a list"),
        (
            json!({"records": [{"email": "a@b.example"}, {"emial": "a"}]}),
            "record 2 of `records`: there is no field `emial`; did you mean `email`?",
        ),
        (
            json!({"records": [{"city": "Bonn"}]}),
            "record 1 of `records`: at least one of `email`, `firstname`, `lastname` is needed",
        ),
        (
            json!({"records": vec![json!({"lastname": "Bee"}); 101]}),
            "`records` holds 101 records and one call takes 100; give them in parts",
        ),
    ] {
        assert_eq!(invalid(simulated.perform("contacts.createBatch", inputs).await), expected);
    }
    let twice = json!({"records": [{"email": "a@b.example"}, {"email": "A@b.example "}]});
    let message = invalid(simulated.perform("contacts.upsertBatch", twice).await);
    assert_eq!(message, "record 2 of `records`: has the same `email` as record 1");
    assert_eq!(simulated.read("requests").await["counts"], json!({}), "nothing was sent");
}

#[tokio::test]
async fn a_lost_batch_of_new_records_is_one_question() {
    let simulated = Simulated::start().await;
    let records: Vec<Value> = (0..100).map(|index| json!({"dealname": format!("Deal {index}")})).collect();
    let inputs = object(json!({"records": records}));
    let plan = linchpin_connectors::plan(&simulated.manifest, "deals.createBatch", &inputs).expect("valid");
    assert_eq!((plan.strategy, plan.reads_only), (DoubtStrategy::Ask, false));
    simulated.admin("faults", json!({"next": [{"kind": "dropAfter"}]})).await;
    let error = simulated.perform("deals.createBatch", Value::Object(inputs)).await.expect_err("lost");
    assert!(matches!(error, ActionError::Unreachable { sent: Sent::Maybe, .. }), "{error:?}");
    assert_eq!(simulated.read("records/deals").await["total"], 100);
}

#[tokio::test]
async fn every_action_of_hubspot_is_modelled() {
    let manifest = manifest();
    let clock = ManualClock::at(linchpin_domain::Timestamp::parse("2026-11-25T12:00:00Z").expect("valid"));
    let trial = Trial::start(&manifest, Arc::new(clock)).await.expect("a simulator");
    let access = trial.connect("default", &manifest.auth).await.expect("an account");
    let tried = trial.run(&access).await.expect("answers");
    assert!(tried.len() >= 140, "{}", tried.len());
    for one in tried {
        assert!(!matches!(one.outcome, Outcome::NotModelled(_)), "{one:?}");
        // What is made or read without another record is answered.
        let free = matches!(manifest.actions[&one.action].effect, Effect::Call | Effect::List | Effect::Search);
        assert!(!free || one.outcome == Outcome::Answered, "{one:?}");
    }
}

#[tokio::test]
async fn a_form_is_sent_in_at_the_host_for_forms_and_the_accounts_own_number() {
    let mut simulated = Simulated::start().await;
    simulated.endpoint.base_urls.insert("forms".into(), simulated.url.clone());
    simulated.access.facts.insert("portalId".into(), "1234567".into());
    let values = json!([{"objectTypeId": "0-1", "name": "email", "value": "ann@example.com"}]);
    let inputs = json!({"id": "f-1", "values": values, "pageUri": "https://acme.example/contact"});
    let done = simulated.perform("forms.submit", inputs).await.expect("answered");
    let exchange = done.exchange.expect("kept");
    assert!(exchange.url.ends_with("/submissions/v3/integration/secure/submit/1234567/f-1"), "{}", exchange.url);
    let expected = json!({"fields": values, "context": {"pageUri": "https://acme.example/contact"}});
    assert_eq!(exchange.request_body, Some(expected));
}

#[test]
fn mistakes_in_a_manifest_are_named() {
    let text = include_str!("../../../../connectors/hubspot/connector.yaml");
    let wrong = |from: &str, to: &str| {
        assert!(text.contains(from), "{from}");
        let problems = check("connector.yaml", &text.replacen(from, to, 1)).expect_err("a mistake");
        problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
    };
    let each = "each: { action: contacts.create, input: records }";
    let message = wrong(each, "each: { action: contacts.creat, input: records }");
    assert!(message.contains("there is no action for a single record `contacts.creat`; did you mean"), "{message}");
    let message = wrong(each, "each: { action: contacts.create, input: record }");
    assert!(message.contains("there is no input `record`; did you mean `records`?"), "{message}");
    let message = wrong(each, "each: { action: contacts.get, input: records }");
    assert!(message.contains("`contacts.get` has no `batch`"), "{message}");
    let message = wrong(
        "each: { action: contacts.get, input: ids, item: { id: \"{id}\" } }",
        "each: { action: contacts.get, input: ids, item: { id: \"{idd}\" } }",
    );
    assert!(message.contains("there is no input `idd`"), "{message}");
}
