//! A simulator in this process in the place of a provider.

use std::collections::BTreeMap;
use std::sync::Arc;

use linchpin_connectors::manifest::Effect;
use linchpin_connectors::simulator::StandIn;
use linchpin_connectors::trial::sample_inputs;
use linchpin_connectors::{Client, EgressPolicy, Manifest, Registry};
use linchpin_domain::clock::ManualClock;
use linchpin_domain::connector::{ActionCall, ActionError, ActionOutput};
use linchpin_domain::id::{CredentialId, ProjectId};
use linchpin_domain::{Connector as _, Timestamp};
use serde_json::{Map, json};

fn registry() -> Registry {
    Registry::builtin().unwrap_or_else(|problem| panic!("{problem}"))
}

async fn start(manifest: &Arc<Manifest>) -> (StandIn, Arc<ManualClock>) {
    let clock = Arc::new(ManualClock::at(Timestamp::parse("2026-11-25T12:00:00Z").expect("valid")));
    // Nothing is excepted: a call that went to a socket would be refused.
    let client = Client::new(EgressPolicy::new(Vec::new()));
    let started = StandIn::start(Arc::clone(manifest), None, &client, clock.clone()).await;
    (started.unwrap_or_else(|error| panic!("{}: {error}", manifest.kind)), clock)
}

async fn call(
    (stand_in, clock): &(StandIn, Arc<ManualClock>),
    manifest: &Manifest,
    action: &str,
    inputs: Map<String, serde_json::Value>,
) -> Result<ActionOutput, ActionError> {
    let call = ActionCall {
        project_id: ProjectId::fresh(&**clock),
        credential_id: CredentialId::fresh(&**clock),
        connector: manifest.kind.clone(),
        action: action.to_owned(),
        inputs,
        idempotency_key: "key-1".into(),
        intent_at: Timestamp::from_millis(0),
        urgent: true,
        together: false,
    };
    stand_in.plan(&call)?;
    stand_in.perform(&call).await
}

#[tokio::test]
async fn every_connector_is_stood_in_for_without_a_socket() {
    for manifest in registry().list() {
        let stand_in = start(manifest).await;
        let creates = manifest.actions.iter().filter(|(_, action)| action.effect == Effect::Create);
        for (name, _) in creates {
            let mut inputs = sample_inputs(manifest, name, &BTreeMap::new());
            // What HubSpot takes is not all samples: an address is one.
            if manifest.kind == "hubspot" {
                inputs.retain(|name, _| matches!(name.as_str(), "email" | "name" | "dealname"));
            }
            let outcome = call(&stand_in, manifest, name, inputs.clone()).await;
            if manifest.kind == "hubspot" && name != "contacts.create" {
                continue;
            }
            assert!(outcome.is_ok(), "{} {name} with {inputs:?}: {outcome:?}", manifest.kind);
        }
    }
}

#[tokio::test]
async fn a_call_that_is_hung_up_on_is_in_doubt_and_another_connectors_is_refused() {
    let registry = registry();
    let manifest = registry.find("hubspot").expect("HubSpot");
    let stand_in = start(manifest).await;
    let told = stand_in.0.set_faults(&json!({"next": [{"kind": "dropAfter"}]})).await;
    assert!(told.ok, "{told:?}");
    let email = || json!({"email": "ann@acme.example"}).as_object().expect("an object").clone();
    let lost = call(&stand_in, manifest, "contacts.create", email()).await.expect_err("no answer");
    assert!(matches!(lost, ActionError::Unreachable { .. }), "{lost:?}");
    // It was made all the same.
    assert_eq!(stand_in.0.records("contacts").await.body["total"], 1);
    let slack = registry.list().find(|other| other.kind != "hubspot").expect("another");
    let other = call(&stand_in, slack, "contacts.create", email()).await.expect_err("not its account");
    assert!(matches!(other, ActionError::Invalid { .. }), "{other:?}");
    assert!(!stand_in.0.set_faults(&json!({"what": 1})).await.ok);
}
