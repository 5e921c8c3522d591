//! Actions as a workflow performs them.

use linchpin_connectors::plan;
use linchpin_domain::connector::{ActionError, ActionPlan, DoubtStrategy};
use secrecy::ExposeSecret;
use serde_json::{Value, json};

use crate::simulated::{Simulated, manifest, object};

#[tokio::test]
async fn the_tutorials_contact_is_created_with_its_five_properties() {
    let simulated = Simulated::start().await;
    let inputs = json!({"email": "Buddha@example.com", "firstname": "Buddha", "lastname": "Samuel", "company": "Acme", "jobtitle": "Dog"});
    let done = simulated.perform("contacts.create", inputs.clone()).await.expect("created");
    assert_eq!(done.output["properties"]["jobtitle"], "Dog");
    assert_eq!(done.output["createdAt"], "2026-11-25T12:00:00.000Z");
    let exchange = done.exchange.expect("kept for history");
    assert_eq!(exchange.status, Some(201));
    assert!(exchange.url.ends_with("/crm/objects/2026-03/contacts"), "{}", exchange.url);
    assert_eq!(exchange.request_body, Some(json!({"properties": inputs})));
    let all = serde_json::to_string(&exchange).expect("JSON");
    assert!(!all.contains(simulated.access.token.expose_secret()), "history holds the token");

    let records = simulated.read("records/contacts").await;
    assert_eq!(records["total"], 1);
    assert_eq!(records["results"][0]["properties"]["email"], "buddha@example.com");
    let calls = simulated.read("requests").await;
    assert_eq!(calls["counts"]["POST /crm/objects/2026-03/contacts"], 1);
    assert!(!calls.to_string().contains(simulated.access.token.expose_secret()), "the list of calls holds the token");
}

#[tokio::test]
async fn each_action_does_what_its_name_says() {
    let simulated = Simulated::start().await;
    for (plural, first, fields) in [
        ("contacts", json!({"email": "a@example.com", "firstname": "A"}), ("firstname", "B")),
        ("companies", json!({"name": "Acme", "numberofemployees": 7}), ("name", "Globex")),
        ("deals", json!({"dealname": "Big", "amount": 12.5}), ("dealname", "Bigger")),
        ("tickets", json!({"subject": "Help", "hs_pipeline_stage": "1"}), ("subject", "Help!")),
    ] {
        let name = |verb: &str| format!("{plural}.{verb}");
        let made = simulated.done(&name("create"), first).await;
        let id = made["id"].as_str().expect("an id").to_owned();
        let mut change = json!({"id": id});
        change[fields.0] = fields.1.into();
        simulated.done(&name("update"), change).await;
        let read = simulated.done(&name("get"), json!({"id": id, "properties": [fields.0, "phone"]})).await;
        assert_eq!(read["properties"][fields.0], fields.1, "{plural}");
        assert_eq!(read["properties"]["phone"], Value::Null, "{plural}");
        let filter = json!([{"filters": [{"propertyName": fields.0, "operator": "EQ", "value": fields.1}]}]);
        let found = simulated.done(&name("search"), json!({"filterGroups": filter})).await;
        assert_eq!((&found["total"], &found["results"][0]["id"]), (&json!(1), &json!(id)), "{plural}");
        simulated.done(&name("delete"), json!({"id": id})).await;
        let left = simulated.done(&name("list"), json!({})).await;
        assert_eq!(left["results"], json!([]), "{plural}");
    }
}

#[tokio::test]
async fn upsert_makes_one_record_and_then_changes_it() {
    let simulated = Simulated::start().await;
    let made = simulated.done("contacts.upsert", json!({"email": "a@example.com", "firstname": "A"})).await;
    let again = simulated.done("contacts.upsert", json!({"email": "A@example.com", "firstname": "B"})).await;
    assert_eq!((&made["new"], &again["new"]), (&json!(true), &json!(false)));
    assert_eq!(made["id"], again["id"]);
    let read = simulated.done("contacts.get", json!({"id": "a@example.com", "idProperty": "email"})).await;
    assert_eq!(read["properties"]["firstname"], "B");
}

#[tokio::test]
async fn lists_are_paged_to_their_end() {
    let simulated = Simulated::start().await;
    for number in 0..7 {
        simulated.done("contacts.create", json!({"email": format!("a{number}@example.com")})).await;
    }
    let (mut seen, mut after) = (Vec::new(), Value::Null);
    for _ in 0..3 {
        let page = simulated.done("contacts.list", json!({"limit": 3, "after": after})).await;
        seen.extend(page["results"].as_array().expect("a list").iter().map(|one| one["properties"]["email"].clone()));
        after = page["paging"]["next"]["after"].clone();
    }
    assert_eq!(seen.len(), 7);
    assert_eq!(after, Value::Null);
}

#[tokio::test]
async fn values_are_sent_as_texts_and_never_become_syntax() {
    let simulated = Simulated::start().await;
    let nasty = "\"},{{ trigger.x }} {id}\r\nX-Evil: 1 <b>";
    let inputs = json!({
        "email": "a@example.com", "firstname": nasty, "lastname": null, "phone": 4911,
        "additionalFields": "{\"numemployees\": 7, \"hs_persona\": [\"a\", \"b\"], \"firstname\": \"loses\"}",
    });
    let made = simulated.perform("contacts.create", inputs).await.expect("created");
    let sent = made.exchange.expect("kept").request_body.expect("a body");
    assert_eq!(
        sent["properties"],
        json!({"email": "a@example.com", "firstname": nasty, "phone": "4911", "numemployees": "7", "hs_persona": "a;b"})
    );
    for (id, expected) in
        [("../companies", "not_found"), ("a/b?c=d#e", "not_found"), ("..", "invalid_inputs"), ("  ", "invalid_inputs")]
    {
        let error = simulated.perform("contacts.get", json!({"id": id})).await.expect_err("no such record");
        assert_eq!(error.code(), expected, "{id}");
    }
    let calls = simulated.read("requests").await;
    assert!(calls["requests"].as_array().expect("a list").iter().all(|call| call["action"] != "companies.list"));
}

#[tokio::test]
async fn other_versions_use_their_own_paths() {
    let mut simulated = Simulated::start().await;
    for (version, path) in [("v3", "/crm/v3/objects/contacts"), ("2026-09", "/crm/objects/2026-09/contacts")] {
        simulated.endpoint.api_version = Some(version.into());
        let made = simulated.perform("contacts.create", json!({"firstname": version})).await.expect("created");
        assert!(made.exchange.expect("kept").url.ends_with(path), "{version}");
    }
    simulated.endpoint.api_version = Some("v9".into());
    let error = simulated.perform("contacts.create", json!({"firstname": "A"})).await.expect_err("no such version");
    assert_eq!(error.to_string(), "HubSpot has no API version `v9`; it has 2026-03, 2026-09, v3");
}

#[test]
fn a_plan_says_how_doubt_is_settled_and_what_goes_one_after_another() {
    let manifest = manifest();
    let plan = |action: &str, inputs: Value| plan(&manifest, action, &object(inputs));
    let write = |strategy, key: Option<&str>| {
        Ok(ActionPlan { strategy, serial_key: key.map(str::to_owned), reads_only: false, join: None })
    };
    assert_eq!(
        plan("contacts.create", json!({"email": " Ann@Example.com"})),
        write(DoubtStrategy::NaturalKey, Some("contacts/email:ann@example.com"))
    );
    assert_eq!(plan("contacts.create", json!({"email": null, "firstname": "A"})), write(DoubtStrategy::Ask, None));
    assert_eq!(
        plan("contacts.upsert", json!({"email": "a@b.c"})),
        write(DoubtStrategy::Safe, Some("contacts/email:a@b.c"))
    );
    assert_eq!(plan("contacts.delete", json!({"id": 7})), write(DoubtStrategy::Safe, None));
    assert_eq!(plan("deals.create", json!({"dealname": "D"})), write(DoubtStrategy::Ask, None));
    assert!(plan("contacts.list", json!({})).expect("valid").reads_only);
    for (action, inputs, message) in [
        ("contact.create", json!({}), "HubSpot has no action `contact.create`; did you mean `contacts.create`?"),
        ("contacts.create", json!({"mail": "a"}), "there is no field `mail`; did you mean `email`?"),
        ("contacts.create", json!({"email": null}), "at least one of `email`, `firstname`, `lastname` is needed"),
        ("contacts.upsert", json!({"email": ""}), "`email` is needed and has no value"),
        ("contacts.create", json!({"email": {"a": 1}}), "`email` takes a text, a number or yes/no, not an object"),
    ] {
        assert_eq!(plan(action, inputs), Err(ActionError::Invalid { message: message.into() }));
    }
}

#[tokio::test]
async fn engagements_are_made_and_joined_to_a_contact() {
    let simulated = Simulated::start().await;
    let contact = simulated.done("contacts.create", json!({"email": "a@example.com"})).await;
    let at = "2026-11-25T12:00:00Z";
    for (kind, fields) in [
        ("notes", json!({"hs_timestamp": at, "hs_note_body": "Called back"})),
        ("tasks", json!({"hs_timestamp": at, "hs_task_subject": "Call"})),
        ("calls", json!({"hs_timestamp": at, "hs_call_title": "First call"})),
        ("emails", json!({"hs_timestamp": at, "hs_email_subject": "Hello", "hs_email_direction": "EMAIL"})),
        (
            "meetings",
            json!({"hs_timestamp": at, "hs_meeting_title": "Kick-off", "hs_meeting_start_time": at, "hs_meeting_end_time": at}),
        ),
    ] {
        let made = simulated.done(&format!("{kind}.create"), fields.clone()).await;
        for (field, value) in fields.as_object().expect("an object") {
            assert_eq!(&made["properties"][field], value, "{kind}.{field}");
        }
        let join = json!({"fromType": kind, "fromId": made["id"], "toType": "contacts", "toId": contact["id"]});
        simulated.done("associations.create", join.clone()).await;
        // What is joined already stays joined.
        simulated.done("associations.create", join).await;
    }
}

#[tokio::test]
async fn what_an_account_has_is_listed() {
    let simulated = Simulated::start().await;
    for (action, inputs) in [
        ("owners.list", json!({})),
        ("pipelines.list", json!({"objectType": "deals"})),
        ("properties.list", json!({"objectType": "contacts"})),
        ("forms.list", json!({})),
    ] {
        let listed = simulated.done(action, inputs).await;
        assert!(listed["results"].as_array().is_some_and(|results| !results.is_empty()), "{action}: {listed}");
    }
    let lists = simulated.done("lists.search", json!({"query": ""})).await;
    assert!(lists["lists"].is_array(), "{lists}");
}
