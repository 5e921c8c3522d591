//! Doubts: what is adopted and what is not.

use std::time::Duration;

use linchpin_connectors::settle;
use linchpin_domain::Timestamp;
use linchpin_domain::connector::{ActionError, Settled};
use serde_json::{Value, json};

use crate::simulated::{Simulated, object};

async fn settled(simulated: &Simulated, action: &str, inputs: Value, intent_at: Timestamp) -> Settled {
    settle(&simulated.client, &simulated.manifest, simulated.account(), action, &object(inputs), intent_at)
        .await
        .expect("the provider answers")
}

fn contact() -> Value {
    json!({"email": "Ann@example.com", "firstname": "Ann", "company": null, "phone": 49})
}

#[tokio::test]
async fn a_write_whose_answer_was_lost_is_adopted() {
    let simulated = Simulated::start().await;
    let intent_at = simulated.now();
    simulated.admin("faults", json!({"next": [{"kind": "dropAfter"}]})).await;
    let error = simulated.perform("contacts.create", contact()).await.expect_err("no answer");
    assert!(matches!(error, ActionError::Unreachable { .. }), "{error:?}");
    let Settled::Happened(output) = settled(&simulated, "contacts.create", contact(), intent_at).await else {
        panic!("not adopted");
    };
    assert_eq!(output.output["id"], "101");
    assert_eq!(output.output["properties"]["firstname"], "Ann");
    let calls = simulated.read("requests").await;
    assert_eq!(calls["counts"]["POST /crm/objects/2026-03/contacts"], 1);
}

#[tokio::test]
async fn a_write_that_never_arrived_did_not_happen() {
    let simulated = Simulated::start().await;
    simulated.admin("faults", json!({"next": [{"kind": "dropBefore"}]})).await;
    simulated.perform("contacts.create", contact()).await.expect_err("no answer");
    assert_eq!(settled(&simulated, "contacts.create", contact(), simulated.now()).await, Settled::DidNotHappen);
}

#[tokio::test]
async fn an_older_record_is_not_adopted() {
    let simulated = Simulated::start().await;
    simulated.done("contacts.create", contact()).await;
    simulated.clock.advance(Duration::from_millis(2001));
    // The key is enforced: ours cannot have been made beside it, so it is sent again and conflicts.
    assert_eq!(settled(&simulated, "contacts.create", contact(), simulated.now()).await, Settled::DidNotHappen);
    let error = simulated.perform("contacts.create", contact()).await.expect_err("a conflict");
    assert_eq!(error.code(), "conflict");
}

#[tokio::test]
async fn clocks_that_differ_a_little_do_not_hide_our_own_record() {
    let simulated = Simulated::start().await;
    simulated.done("contacts.create", contact()).await;
    let intent_at = simulated.now().plus(Duration::from_millis(1900));
    assert!(matches!(settled(&simulated, "contacts.create", contact(), intent_at).await, Settled::Happened(_)));
}

#[tokio::test]
async fn a_record_that_differs_is_left_to_a_person() {
    let simulated = Simulated::start().await;
    simulated.done("contacts.create", json!({"email": "ann@example.com", "firstname": "Anna"})).await;
    let Settled::Unknown(message) = settled(&simulated, "contacts.create", contact(), simulated.now()).await else {
        panic!("decided");
    };
    assert!(message.contains("its `firstname` is not what was sent"), "{message}");
}

#[tokio::test]
async fn other_strategies_need_no_call() {
    let simulated = Simulated::start().await;
    let now = simulated.now();
    assert_eq!(settled(&simulated, "contacts.update", json!({"id": "1"}), now).await, Settled::DidNotHappen);
    for (action, inputs) in [("contacts.create", json!({"firstname": "A"})), ("deals.create", json!({"dealname": "D"}))]
    {
        assert!(matches!(settled(&simulated, action, inputs, now).await, Settled::Unknown(_)), "{action}");
    }
    assert_eq!(simulated.read("requests").await["total"], 0);
}
