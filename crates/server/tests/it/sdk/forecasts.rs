//! What a version would have sent for runs of the past, and expressions tried out over examples.

use std::time::Duration;

use serde_json::{Value, json};

use super::world::World;

/// A workflow that looks a contact up and creates one; its id.
async fn workflow(world: &World, steps: Value) -> String {
    let new = json!({"integrationId": world.integration, "name": "Lead"});
    let id = world.admin.post(&format!("{}/workflows", world.api), new).await.created();
    save(world, &id, 1, steps).await;
    let deployed = world.admin.post(&format!("{}/workflows/{id}/deploy", world.api), json!({})).await;
    assert_eq!(deployed.status, 200, "{}", deployed.body);
    id
}

async fn save(world: &World, id: &str, revision: i64, steps: Value) {
    let definition = json!({"trigger": {"request": {}}, "steps": steps});
    let draft = json!({"revision": revision, "definition": definition});
    let saved = world.admin.put(&format!("{}/workflows/{id}/draft", world.api), draft).await;
    assert_eq!(saved.body["problems"], json!([]), "{}", saved.text);
}

fn steps(inputs: &Value) -> Value {
    json!([
        {"key": "tidy", "function": {"code": "return parameters.email.toLowerCase();", "parameters": {"email": "{{ trigger.body.email }}"}}},
        {"key": "find", "action": "contacts.search", "inputs": {"filterGroups": [{"filters": [
            {"propertyName": "email", "operator": "EQ", "value": "{{ steps.tidy.result }}"}]}]}},
        {"key": "known", "if": {"any": [{"all": [{"left": "{{ steps.find.total }}", "operator": "$numberEquals", "right": 0}]}]},
            "then": [{"key": "create", "action": "contacts.create", "inputs": inputs}]},
    ])
}

/// Starts a run of a user and waits until it is over.
async fn run(world: &World, user: &str, id: &str, body: Value) {
    let begun = world.post(user, &format!("/sdk/triggers/{id}"), body).await;
    assert_eq!(begun.status, 202, "{}", begun.text);
    let path = format!("{}/runs/{}", world.api, begun.body["runId"].as_str().expect("a run"));
    for _ in 0..200 {
        if world.admin.get(&path).await.body["state"] == "succeeded" {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("the run is not over: {}", world.admin.get(&path).await.text);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_draft_says_what_it_would_have_sent_for_the_runs_there_were_and_sends_nothing() {
    let world = World::start().await;
    let inputs = json!({"email": "{{ steps.tidy.result }}", "phone": "{{ trigger.body.phone }}"});
    let id = workflow(&world, steps(&inputs)).await;
    let path = format!("{}/workflows/{id}/forecast", world.api);
    for user in ["ann", "bob"] {
        world.connect(user).await;
        assert_eq!(world.post(user, &format!("/sdk/workflows/{id}"), json!({})).await.status, 200);
    }
    run(&world, "ann", &id, json!({"email": "A@example.com", "phone": "1", "mobile": "9"})).await;
    run(&world, "ann", &id, json!({"email": "b@example.com"})).await;
    run(&world, "bob", &id, json!({"email": "c@example.com", "phone": "3"})).await;
    let calls = world.calls("").await;

    let same = world.admin.post(&path, json!({})).await;
    assert_eq!(same.status, 200, "{}", same.text);
    let counts = |body: &Value| json!([body["runs"], body["users"], body["different"], body["differentUsers"]]);
    assert_eq!(counts(&same.body), json!([3, 2, 0, 0]), "{}", same.text);
    assert_eq!(same.body["items"], json!([]));

    // The phone comes from elsewhere, a field is new, and who has no phone gets a note besides.
    let inputs = json!({"email": "{{ steps.tidy.result }}", "phone": "{{ trigger.body.mobile }}", "company": "Acme"});
    let mut changed = steps(&inputs);
    changed[2]["then"].as_array_mut().expect("a branch").push(json!(
        {"key": "company", "action": "companies.create", "inputs": {"name": "{{ steps.create.id }}"}}
    ));
    save(&world, &id, 2, changed).await;
    let other = world.admin.post(&path, json!({})).await.body;
    assert_eq!(counts(&other), json!([3, 2, 3, 2]), "{other}");
    let changes = other["changes"].as_array().expect("a list");
    let change = |step: &str, field: Value, kind: &str| {
        changes
            .iter()
            .find(|one| one["step"] == step && one["field"] == field && one["kind"] == kind)
            .map(|one| json!([one["runs"], one["users"]]))
    };
    assert_eq!(change("create", json!("company"), "added"), Some(json!([3, 2])));
    assert_eq!(change("create", json!("phone"), "changed"), Some(json!([1, 1])));
    assert_eq!(change("create", json!("phone"), "emptied"), Some(json!([1, 1])));
    assert_eq!(change("company", Value::Null, "added"), Some(json!([3, 2])));
    let newest = &other["items"][0];
    assert_eq!((&newest["externalId"], &newest["unknown"]), (&json!("bob"), &json!([])));
    let write = newest["writes"].as_array().and_then(|all| all.iter().find(|one| one["path"] == "company"));
    let named = write.expect("the company")["after"]["inputs"]["name"].as_str().expect("a name").to_owned();
    assert!(!named.is_empty(), "what the run's own journal answered is read: {other}");

    // Nobody was called, nothing was made, and nothing stands in Task History.
    assert_eq!(world.calls("").await, calls);
    let listed = world.admin.get(&format!("{}/runs?workflowId={id}", world.api)).await.body;
    assert_eq!(listed["items"].as_array().map(Vec::len), Some(3));
    // A version can be asked about, too; another project cannot.
    let first = world.admin.post(&path, json!({"version": 1})).await.body;
    assert_eq!(counts(&first), json!([3, 2, 0, 0]));
    assert_eq!(world.admin.post(&path, json!({"version": 9})).await.error().0, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_read_that_was_never_made_is_said_to_be_unknown() {
    let world = World::start().await;
    let inputs = json!({"email": "{{ steps.tidy.result }}"});
    let id = workflow(&world, steps(&inputs)).await;
    world.connect("ann").await;
    assert_eq!(world.post("ann", &format!("/sdk/workflows/{id}"), json!({})).await.status, 200);
    run(&world, "ann", &id, json!({"email": "a@example.com"})).await;
    let mut changed = steps(&inputs);
    changed[0]["function"]["code"] = json!("return 'x' + parameters.email;");
    save(&world, &id, 2, changed).await;
    let foreseen = world.admin.post(&format!("{}/workflows/{id}/forecast", world.api), json!({})).await.body;
    assert_eq!(foreseen["items"][0]["unknown"], json!(["find"]), "{foreseen}");
    assert_eq!(foreseen["items"][0]["writes"][0]["fields"][0]["after"], "xa@example.com");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_expression_is_evaluated_over_examples_with_the_checks_of_a_deploy() {
    let world = World::start().await;
    let path = format!("{}/evaluate", world.api);
    let values = json!({
        "trigger": {"email": "ANN@example.com", "people": [{"n": 1}, {"n": 2}]}, "steps": {"find": {"total": 3}},
        "settings": {}, "user": {"id": "u"}, "person": {"n": 7},
    });
    let evaluate = async |template: Value| {
        let answer = world.admin.post(&path, json!({"template": template, "values": values})).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        (answer.body["value"].clone(), answer.body["problems"].clone())
    };
    assert_eq!(evaluate(json!("{{ trigger.email | lower }}")).await, (json!("ann@example.com"), json!([])));
    assert_eq!(evaluate(json!("{{ steps.find.total + person.n }}")).await, (json!(10), json!([])));
    assert_eq!(evaluate(json!({"n": "no. {{ trigger.people[1].n }}"})).await.0, json!({"n": "no. 2"}));
    assert_eq!(evaluate(json!("{{ trigger.nothing }}")).await, (Value::Null, json!([])));
    let (_, unknown) = evaluate(json!("{{ steps.fnd.total }}")).await;
    assert!(
        unknown[0].as_str().is_some_and(|message| message.contains("fnd") && message.contains("find")),
        "{unknown}"
    );
    let (value, broken) = evaluate(json!("{{ trigger. }}")).await;
    assert_eq!(value, Value::Null);
    assert_eq!(broken.as_array().map(Vec::len), Some(1), "{broken}");
}
