//! Every connector against its own simulator: each action over HTTP, each way to connect, each trigger
//! that is found by asking.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use linchpin_connectors::manifest::{Effect, Method};
use linchpin_connectors::trial::{Outcome, Trial, Tried, sample, sample_inputs};
use linchpin_connectors::{Access, Manifest, Registry};
use linchpin_domain::clock::ManualClock;
use linchpin_domain::{Clock as _, Timestamp};
use serde_json::{Map, Value};

fn now() -> Timestamp {
    Timestamp::parse("2026-11-25T12:00:00Z").expect("valid")
}

async fn start(manifest: &Arc<Manifest>) -> Trial {
    start_at(manifest, Arc::new(ManualClock::at(now()))).await
}

async fn start_at(manifest: &Arc<Manifest>, clock: Arc<ManualClock>) -> Trial {
    Trial::start(manifest, clock).await.expect("a simulator")
}

async fn connect(trial: &Trial, manifest: &Manifest, name: &str, method: &Method) -> Access {
    let access = trial.connect(name, method).await;
    access.unwrap_or_else(|error| panic!("{} by {name}: {error}", manifest.kind))
}

fn registry() -> Registry {
    Registry::builtin().unwrap_or_else(|problem| panic!("{problem}"))
}

#[tokio::test]
async fn every_action_of_every_connector_is_answered_by_its_simulator() {
    for manifest in registry().list().filter(|manifest| manifest.kind != "hubspot") {
        let trial = start(manifest).await;
        assert!(manifest.actions.len() >= 5, "{} has only {} actions", manifest.kind, manifest.actions.len());
        // Any API has no events that are known.
        assert!(!manifest.triggers.is_empty() || manifest.kind == "rest", "{} has no trigger", manifest.kind);
        for (name, method) in manifest.methods() {
            let access = connect(&trial, manifest, name, method).await;
            let tried = trial.run(&access).await.expect("answers");
            assert_eq!(tried.len(), manifest.actions.len());
            for Tried { action, inputs, outcome } in tried {
                assert_eq!(outcome, Outcome::Answered, "{} {action} by {name} with {inputs:?}", manifest.kind);
            }
        }
    }
}

#[tokio::test]
async fn a_wrong_key_is_refused_by_every_connector_and_way() {
    for manifest in registry().list() {
        let trial = start(manifest).await;
        for (name, method) in manifest.methods().filter(|(_, method)| method.oauth2.is_none() && !method.open) {
            let mut access = connect(&trial, manifest, name, method).await;
            if method.client_credentials.is_none() {
                let secret = method.inputs.iter().find(|input| input.secret()).expect("a key is secret");
                access.inputs.insert(secret.name.clone(), "wrong".into());
            } else {
                access.token = "wrong".into();
            }
            let refused = trial.identify(&access, &Map::new()).await;
            if manifest.account.request.is_some() {
                let error = refused.expect_err("a wrong key is refused");
                let code = error.code();
                assert!(matches!(code, "reconnect_needed"), "{} by {name}: {error:?}", manifest.kind);
            }
        }
    }
}

#[tokio::test]
async fn triggers_that_are_found_by_asking_find_what_was_made() {
    let mut tried = 0;
    for manifest in registry().list().filter(|manifest| manifest.kind != "hubspot") {
        let clock = Arc::new(ManualClock::at(now()));
        let trial = start_at(manifest, clock.clone()).await;
        let access = connect(&trial, manifest, "default", &manifest.auth).await;
        let made = |resource: &str| {
            manifest.actions.iter().find(|(_, action)| action.effect == Effect::Create && action.resource == resource)
        };
        for (name, trigger) in &manifest.triggers {
            let Some(poll) = &trigger.poll else { continue };
            let resource = &manifest.actions[&poll.action].resource;
            let Some((create, _)) = made(resource) else {
                panic!("{} {name}: nothing makes a record of {resource}", manifest.kind)
            };
            let inputs = sample_inputs(manifest, create, &BTreeMap::new());
            trial.perform(&access, create, &inputs).await.unwrap_or_else(|error| panic!("{create}: {error:?}"));
            let wanted: Map<String, Value> = trigger
                .inputs
                .iter()
                .filter(|field| field.required)
                .map(|field| (field.name.clone(), inputs.get(&field.name).cloned().unwrap_or_else(|| sample(field))))
                .collect();
            if let Some(places) = &poll.places {
                let question = poll.question_from(trigger, &wanted, places.first);
                let output = trial.perform(&access, &poll.action, &question).await.expect("answered");
                let [record] = poll.placed(&output) else { panic!("{} {name}: {output}", manifest.kind) };
                assert!(places.event(places.first, record, &[]).is_some(), "{name}: {record}");
                let question = poll.question_from(trigger, &wanted, places.first + 1);
                let none = trial.perform(&access, &poll.action, &question).await.expect("answered");
                assert!(poll.placed(&none).is_empty(), "{} {name} finds what stands before: {none}", manifest.kind);
                tried += 1;
                continue;
            }
            let since = Timestamp::from_millis(clock.now().as_millis() - 60_000);
            let question = poll.question(trigger, &wanted, (since, clock.now()), None);
            let output = trial
                .perform(&access, &poll.action, &question)
                .await
                .unwrap_or_else(|error| panic!("{} {name} with {question:?}: {error:?}", manifest.kind));
            let page = poll.read(&output);
            assert_eq!(page.found.len(), 1, "{} {name}: {output}", manifest.kind);
            let at = page.found[0].at;
            assert!(at >= since && at <= clock.now(), "{name}: {at}");
            assert!(page.next.is_none(), "{} {name}: {:?}", manifest.kind, page.next);
            clock.advance(Duration::from_mins(5));
            let later = clock.now();
            let question = poll.question(trigger, &wanted, (later, later), None);
            let none = trial.perform(&access, &poll.action, &question).await.expect("answered");
            assert!(poll.read(&none).found.is_empty(), "{} {name} finds what is older: {none}", manifest.kind);
            tried += 1;
        }
    }
    assert!(tried >= 3, "only {tried} triggers were tried");
}
