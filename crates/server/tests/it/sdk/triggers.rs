//! Workflows that begin with a request.

use std::time::Duration;

use linchpin::project_file::{self, Mode, Resolver};
use linchpin_store::workflows;
use reqwest::Method;
use serde_json::{Value, json};

use super::world::{World, answer};

/// A further deployed workflow; its id.
async fn workflow(world: &World, name: &str, definition: Value) -> String {
    let new = json!({"integrationId": world.integration, "name": name});
    let id = world.admin.post(&format!("{}/workflows", world.api), new).await.created();
    let draft = json!({"revision": 1, "definition": definition});
    let saved = world.admin.put(&format!("{}/workflows/{id}/draft", world.api), draft).await;
    assert_eq!(saved.body, json!({"draftRevision": 2, "problems": []}));
    let deployed = world.admin.post(&format!("{}/workflows/{id}/deploy", world.api), json!({})).await;
    assert_eq!(deployed.status, 200, "{}", deployed.body);
    id
}

async fn by_request(world: &World, validate: Value) -> String {
    let steps = json!([{"key": "create", "action": "contacts.create", "inputs": {
        "email": "{{ trigger.body.email }}", "firstname": "{{ trigger.params.name }}", "lastname": "{{ trigger.headers['x-last'] }}"
    }}]);
    workflow(world, "By request", json!({"trigger": {"request": {"validate": validate}}, "steps": steps})).await
}

async fn runs(world: &World, workflow: &str) -> Vec<Value> {
    let listed = world.admin.get(&format!("{}/runs?workflowId={workflow}", world.api)).await;
    listed.body["items"].as_array().expect("a list").clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_is_answered_at_once_and_runs_with_its_body_headers_and_query() {
    let world = World::start().await;
    world.connect("ann").await;
    let id = by_request(&world, json!({"body": {"email": {"type": "string", "required": true}}})).await;
    let path = format!("/sdk/triggers/{id}");
    let off = world.post("ann", &path, json!({"email": "buddha@example.com"})).await;
    assert_eq!(off.error().1, "workflow_off");
    assert_eq!(world.post("ann", &format!("/sdk/workflows/{id}"), json!({})).await.status, 200);

    let call = world
        .call(Method::POST, &format!("{path}?name=Buddha&tag=1&tag=2"), &world.token("ann"))
        .header("X-Last", "Samuel")
        .header("cookie", "secret=1")
        .body("{\"email\": \"buddha@example.com\", \"big\": 12345678901234567890123}");
    let begun = answer(call).await;
    assert_eq!(begun.status, 202, "{}", begun.text);
    let run = begun.body["runId"].as_str().expect("a run").to_owned();
    let mut found = String::new();
    for _ in 0..100 {
        found = answer(world.http.get(format!("{}/_simulator/records/contacts", world.hubspot))).await.text;
        if found.contains("buddha@example.com") {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    for value in ["buddha@example.com", "Buddha", "Samuel"] {
        assert!(found.contains(value), "{value}: {found}");
    }
    let shown = world.admin.get(&format!("{}/runs/{run}", world.api)).await.body;
    assert_eq!(shown["trigger"], json!({"kind": "request", "name": "Request"}));
    let payload = &shown["event"]["payload"];
    assert_eq!(payload["params"], json!({"name": "Buddha", "tag": ["1", "2"]}));
    let headers = payload["headers"].as_object().expect("headers");
    assert_eq!(headers["x-last"], "Samuel");
    assert!(!headers.contains_key("authorization") && !headers.contains_key("cookie"), "{headers:?}");
    let mut conn = world.test.app.store.read().await.expect("reads");
    let project = world.project.parse().expect("an id");
    let kept = linchpin_store::received_events::list(
        &mut conn,
        project,
        linchpin_store::received_events::Filter::default(),
        None,
        1,
    )
    .await
    .expect("lists");
    assert!(kept[0].payload.contains("12345678901234567890123"), "{}", kept[0].payload);
    let again = world.admin.post(&format!("{}/runs/{run}/replay", world.api), json!({})).await.created();
    let again = world.admin.get(&format!("{}/runs/{again}", world.api)).await.body;
    assert_eq!(again["trigger"]["kind"], "request");
    let received = world.admin.get(&format!("{}/received-events", world.api)).await.body;
    assert_eq!(received["items"], json!([]), "only App Events unless asked");
    let received = world.admin.get(&format!("{}/received-events?kind=request", world.api)).await.body;
    assert_eq!(received["items"].as_array().map(Vec::len), Some(1));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_does_not_validate_starts_nothing_and_says_what_is_wrong() {
    let world = World::start().await;
    world.connect("ann").await;
    let validate = json!({
        "params": {"page": {"type": "number", "required": true}},
        "headers": {"X-Source": {"value": "crm"}},
        "body": {"email": {"type": "string", "required": true}},
    });
    let id = by_request(&world, validate).await;
    assert_eq!(world.post("ann", &format!("/sdk/workflows/{id}"), json!({})).await.status, 200);
    // As the SDK sends it without options.
    let refused = world.post("ann", &format!("/sdk/triggers/{id}?"), json!({})).await;
    let (status, code, fields) = refused.error();
    assert_eq!((status, code.as_str()), (422, "invalid"));
    let names: Vec<&String> = fields.as_object().expect("fields").keys().collect();
    assert_eq!(names, ["params.page", "headers.X-Source", "body.email"]);
    assert_eq!(runs(&world, &id).await, Vec::<Value>::new());
    let address = format!("{}/v2/projects/{}/sdk/triggers/{id}?page=2", world.test.base, world.project);
    let call = world.http.post(address).bearer_auth(world.token("ann")).header("x-source", "crm");
    let call = call.header("content-type", "application/x-www-form-urlencoded");
    let form = answer(call.body("email=form%40example.com")).await;
    assert_eq!(form.status, 202, "{}", form.text);
    assert_eq!(runs(&world, &id).await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_are_refused_where_nothing_can_run_and_repeated_once() {
    let world = World::start().await;
    let id = by_request(&world, json!({})).await;
    let path = format!("/sdk/triggers/{id}");
    let code = async |user: &str, path: &str| world.post(user, path, json!({})).await.error().1;
    assert_eq!(code("ann", &path).await, "not_connected");
    assert_eq!(code("ann", "/sdk/triggers/x").await, "not_found");
    assert_eq!(code("ann", &format!("/sdk/triggers/{}", world.workflow)).await, "not_a_request_workflow");
    let credential = world.connect("ann").await;
    assert_eq!(world.post("ann", &format!("/sdk/workflows/{id}"), json!({})).await.status, 200);
    let send = async |user: &str, body: &str, headers: &[(&str, &str)]| {
        let mut request = world.call(Method::POST, &path, &world.token(user)).body(body.to_owned());
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        answer(request).await
    };
    assert_eq!(send("bob", "{}", &[("x-paragon-credential", credential.as_str())]).await.status, 404);
    assert_eq!(send("ann", "{", &[]).await.status, 400);
    let key = [("idempotency-key", "k1"), ("x-paragon-credential", credential.as_str())];
    let (first, second) = (send("ann", "[1]", &key).await, send("ann", "[1]", &key).await);
    assert_eq!((first.status.as_u16(), second.status.as_u16()), (202, 202), "{} {}", first.text, second.text);
    assert_eq!(first.body["id"], second.body["id"]);
    assert_eq!(send("ann", "[2]", &key).await.status, 422);
    assert_eq!(runs(&world, &id).await.len(), 1);
    let undeployed = world.admin.post(&format!("{}/workflows/{id}/undeploy", world.api), json!({})).await;
    assert_eq!(undeployed.status, 200, "{}", undeployed.text);
    assert_eq!(code("ann", &path).await, "not_found");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_workflow_for_new_accounts_is_in_no_list_and_waits_for_the_required_settings() {
    let world = World::start().await;
    let steps = json!([{"key": "create", "action": "contacts.create", "inputs": {"email": "{{ settings.mail }}"}}]);
    let begin = json!({"trigger": {"integrationEnabled": {}}, "steps": steps});
    let new = json!({"integrationId": world.integration, "name": "Greet"});
    let id = world.admin.post(&format!("{}/workflows", world.api), new).await.created();
    let at = format!("{}/workflows/{id}", world.api);
    let mut tx = world.test.app.store.begin().await.expect("begins");
    let project = world.project.parse().expect("an id");
    let found = workflows::find(&mut tx, project, id.parse().expect("an id")).await.expect("reads");
    let mut greet = found.expect("there");
    let setting = json!([{"id": "mail", "title": "Mail", "type": "EMAIL"}]);
    greet.settings = serde_json::from_value(setting).expect("settings");
    workflows::update(&mut tx, &greet).await.expect("updates");
    tx.commit().await.expect("commits");
    let draft = json!({"revision": 1, "definition": begin});
    assert_eq!(world.admin.put(&format!("{at}/draft"), draft).await.body["problems"], json!([]));
    assert_eq!(world.admin.post(&format!("{at}/deploy"), json!({})).await.status, 200);

    let listed = world.get("ann", "/sdk/integrations").await;
    assert!(listed.text.contains(&world.workflow) && !listed.text.contains(&id), "{}", listed.text);
    let credential = world.connect("ann").await;
    let state = world.state("ann").await;
    let of = &state["allCredentials"][0]["configurations"][0]["workflowSettings"];
    assert_eq!(of[&id]["enabled"], true, "{state}");
    assert_eq!(of[&world.workflow]["enabled"], false, "{state}");
    tokio::time::sleep(Duration::from_millis(600)).await;
    assert_eq!(runs(&world, &id).await, Vec::<Value>::new(), "a required setting has no value");
    let values = json!({"config": {"workflowSettings": {&id: {"settings": {"mail": "greeted@example.com"}}}}});
    let path = format!("/sdk/credentials/{credential}");
    let set = answer(world.call(Method::PATCH, &path, &world.token("ann")).body(values.to_string())).await;
    assert_eq!(set.status, 200, "{}", set.text);
    for _ in 0..100 {
        let found = runs(&world, &id).await;
        if found.iter().any(|run| run["state"] == "succeeded") {
            assert_eq!(found.len(), 1);
            assert_eq!(found[0]["trigger"]["kind"], "integrationEnabled");
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("no run: {:?}", runs(&world, &id).await);
}

/// The workflow of `examples/every-step`, in the world's project; its id.
async fn every_step(world: &World) -> String {
    let file = include_str!("../../../../../examples/every-step/linchpin.yaml").replace("Acme CRM", "Acme");
    let resolver = Resolver::none();
    let plan = project_file::parse("example", &file, &resolver, &world.test.app.registry).expect("a good file");
    let app = &world.test.app;
    let outcome = project_file::apply(&app.store, &app.registry, &plan, Mode::default(), None).await;
    let id = outcome.expect("applied").workflows["Route a lead"].to_string();
    assert_eq!(world.post("ann", &format!("/sdk/workflows/{id}"), json!({})).await.status, 200);
    id
}

#[tokio::test(flavor = "multi_thread")]
async fn a_workflow_of_every_kind_of_step_answers_its_caller_and_goes_on() {
    let world = World::start().await;
    world.connect("ann").await;
    let id = every_step(&world).await;
    let path = format!("/sdk/triggers/{id}");
    let wrong = world.post("ann", &path, json!({"colleagues": []})).await;
    assert_eq!(wrong.status, 422, "{}", wrong.text);
    let lead = json!({"email": " Ada@Example.com", "company": "Acme", "colleagues": ["bob@example.com", "cyd@example.com", "no address"]});
    let call = world.call(Method::POST, &path, &world.token("ann")).json(&lead).send().await.expect("answered");
    assert_eq!((call.status().as_u16(), call.headers()["x-lead"].to_str().expect("a text")), (201, "example.com"));
    let first: Value = call.json().await.expect("JSON");
    assert_eq!(first["known"], "No");
    assert!(first["contact"].is_string(), "{first}");
    // The caller has its answer; the run goes on past its delay.
    let mut run = json!({});
    for _ in 0..400 {
        let listed = runs(&world, &id).await;
        run = world.admin.get(&format!("{}/runs/{}", world.api, listed[0]["id"].as_str().expect("an id"))).await.body;
        if ["succeeded", "failed", "in_doubt"].contains(&run["state"].as_str().expect("a state")) {
            break;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    assert_eq!(run["state"], "succeeded", "{run:#}");
    let step = |key: &str| {
        let steps = run["steps"].as_array().expect("a list");
        steps.iter().find(|step| step["key"] == key).unwrap_or_else(|| panic!("no step {key}")).clone()
    };
    assert_eq!(step("summary")["attempts"][0]["output"]["result"], json!({"contacts": 3, "colleaguesAdded": 2}));
    assert_eq!(step("known")["inside"][0]["steps"][0]["key"], "create");
    let colleagues = step("colleagues");
    assert_eq!(colleagues["items"], json!({"count": 3, "done": 3, "failed": 1}));
    assert_eq!(colleagues["inside"][2]["steps"][1]["path"], "colleagues[2]/add");
    assert_eq!(colleagues["inside"][2]["steps"][1]["state"], "failed");
    assert_eq!(step("pause")["attempts"][0]["state"], "succeeded");
    let again = world.post("ann", &path, json!({"email": "ada@example.com", "company": "Acme Ltd"})).await;
    assert_eq!((again.status.as_u16(), &again.body["known"]), (200, &json!("Yes")), "{}", again.text);
    assert_eq!(again.body["contact"], first["contact"]);
}

/// A deployed workflow with these steps that is on for ann; the path that starts it.
async fn answering(world: &World, steps: Value) -> String {
    world.connect("ann").await;
    let id = workflow(world, "Answers", json!({"trigger": {"request": {}}, "steps": steps})).await;
    assert_eq!(world.post("ann", &format!("/sdk/workflows/{id}"), json!({})).await.status, 200);
    format!("/sdk/triggers/{id}")
}

/// Waits until a run is in a state.
async fn until(world: &World, run: &Value, state: &str) {
    let address = format!("{}/runs/{}", world.api, run.as_str().expect("a run"));
    let mut found = Value::Null;
    for _ in 0..200 {
        found = world.admin.get(&address).await.body;
        if found["state"] == state {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("not {state}: {found}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_caller_is_answered_by_the_response_step_and_the_run_goes_on() {
    let world = World::start().await;
    let steps = json!([
        {"key": "ask", "if": {"any": [{"all": [{"left": "{{ trigger.body.ask }}", "operator": "$booleanTrue"}]}]}, "then": [
            {"key": "answer", "response": {"status": 201, "headers": {"X-Made": "yes"}, "body": {"hello": "{{ trigger.body.name }}"}}},
        ]},
        {"key": "after", "delay": {"amount": 1, "unit": "hours"}},
    ]);
    let path = answering(&world, steps).await;
    let answered = world.post("ann", &path, json!({"ask": true, "name": "Buddha"})).await;
    assert_eq!(answered.status, 201, "{}", answered.text);
    assert_eq!(answered.body, json!({"hello": "Buddha"}));
    assert_eq!(answered.headers["x-made"], "yes");
    assert!(answered.headers["content-type"].to_str().is_ok_and(|kind| kind.starts_with("application/json")));
    assert_eq!(answered.headers["content-security-policy"], "sandbox; default-src 'none'");
    assert_eq!(answered.headers["x-content-type-options"], "nosniff");
    assert_eq!(answered.headers["access-control-allow-origin"], "*");
    let listed = runs(&world, path.rsplit('/').next().expect("an id")).await;
    until(&world, &listed[0]["id"], "waiting").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_late_response_is_answered_542_and_the_run_completes() {
    let world = World::start().await;
    let steps = json!([
        {"key": "slow", "delay": {"amount": 5, "unit": "seconds"}},
        {"key": "answer", "response": {"body": "late"}},
    ]);
    let path = answering(&world, steps).await;
    let late = world.post("ann", &path, json!({})).await;
    assert_eq!(late.status, 542, "{}", late.text);
    let body = late.body.as_object().expect("an object");
    let names: Vec<&String> = body.keys().collect();
    assert_eq!(names, ["message", "dateSubmitted", "projectId", "workflowId", "executionId"]);
    assert_eq!(body["projectId"], world.project.as_str());
    assert!(path.ends_with(body["workflowId"].as_str().expect("an id")));
    until(&world, &body["executionId"], "succeeded").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_ends_without_a_response_is_answered_at_once() {
    let world = World::start().await;
    let steps = json!([
        {"key": "check", "function": {"code": "if (parameters.bad) throw new Error('no')", "parameters": {"bad": "{{ trigger.body.bad }}"}}},
        {"key": "ask", "if": {"any": [{"all": [{"left": "{{ trigger.body.ask }}", "operator": "$booleanTrue"}]}]}, "then": [
            {"key": "answer", "response": {"body": {}}},
        ]},
    ]);
    let path = answering(&world, steps).await;
    let failed = world.post("ann", &path, json!({"bad": true})).await;
    let (status, code, _) = failed.error();
    assert_eq!((status, code.as_str()), (500, "run_failed"), "{}", failed.text);
    until(&world, &failed.body["meta"]["runId"], "failed").await;
    let silent = world.post("ann", &path, json!({})).await;
    assert_eq!(silent.status, 202, "{}", silent.text);
    until(&world, &silent.body["runId"], "succeeded").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_draft_is_tried_out_as_a_preview_user_and_leaves_no_run() {
    let world = World::start().await;
    let steps = json!([
        {"key": "tidy", "function": {"code": "return { email: parameters.email.toLowerCase() };", "parameters": {"email": "{{ trigger.email }}"}}},
        {"key": "pause", "delay": {"amount": 3, "unit": "days"}},
        {"key": "each", "forEach": "{{ trigger.people }}", "onError": "continue", "steps": [
            {"key": "create", "action": "contacts.create", "inputs": {"email": "{{ item }}"}}]},
        {"key": "last", "action": "contacts.create", "inputs": {"email": "{{ steps.tidy.result.email }}"}},
    ]);
    let new = json!({"integrationId": world.integration, "name": "Draft"});
    let id = world.admin.post(&format!("{}/workflows", world.api), new).await.created();
    let draft = json!({"revision": 1, "definition": {"trigger": {"appEvent": "Contact Created"}, "steps": steps}});
    world.admin.put(&format!("{}/workflows/{id}/draft", world.api), draft).await;
    let path = format!("{}/workflows/{id}/test", world.api);
    world.post("ann", "/sdk/events/trigger", json!({"name": "Contact Created", "payload": {}})).await;
    let users = world.admin.get(&format!("{}/users", world.api)).await.body;
    let user = users["items"][0]["id"].as_str().expect("an id").to_owned();
    let early = world.admin.post(&path, json!({"userId": user})).await.error();
    assert_eq!((early.0, early.1.as_str()), (409, "not_connected"));
    world.connect("ann").await;
    // Twenty-one people: lists are cut to twenty items.
    let people: Vec<String> =
        (0..21).map(|n| if n == 1 { "no address".into() } else { format!("p{n}@example.com") }).collect();
    let payload = json!({"email": "ANN@example.com", "people": people});
    let tried = world.admin.post(&path, json!({"userId": user, "payload": payload})).await;
    assert_eq!(tried.status, 200, "{}", tried.text);
    let steps = tried.body["steps"].as_array().expect("a list");
    let paths: Vec<&str> = steps.iter().map(|step| step["path"].as_str().expect("a path")).collect();
    assert_eq!((paths[0], paths[1], paths[2]), ("tidy", "pause", "each[0]/create"));
    assert_eq!(steps[3]["fault"]["code"], "validation", "{}", steps[3]);
    let each = steps.iter().find(|step| step["path"] == "each").expect("the loop's end");
    assert_eq!((&each["output"]["count"], &each["output"]["failed"]), (&json!(20), &json!(1)));
    assert_eq!(steps.last().expect("some")["inputs"]["email"], "ann@example.com");
    assert_eq!(runs(&world, &id).await, Vec::<Value>::new(), "a trial is no run");
    let found = answer(world.http.get(format!("{}/_simulator/records/contacts", world.hubspot))).await.text;
    assert!(found.contains("p19@example.com") && !found.contains("p20@example.com"), "{found}");

    let one = json!({"userId": user, "step": "last", "outputs": {"tidy": {"result": {"email": "solo@example.com"}}}});
    let one = world.admin.post(&path, one).await.body;
    assert_eq!(one["steps"].as_array().map(Vec::len), Some(1));
    assert_eq!(one["steps"][0]["inputs"]["email"], "solo@example.com", "{one}");
    // A step of a loop alone stands at an item; what is given of a step is taken in its place.
    let inside = json!({"userId": user, "step": "create", "items": {"each": "inside@example.com"}});
    let inside = world.admin.post(&path, inside).await.body;
    assert_eq!(inside["steps"][0]["path"], "each[0]/create", "{inside}");
    assert_eq!(inside["steps"][0]["inputs"]["email"], "inside@example.com", "{inside}");
    let pinned = json!({"userId": user, "payload": {"email": "x", "people": ["y"]}, "outputs": {
        "tidy": {"result": {"email": "pinned@example.com"}}, "create": {"id": "1"}}});
    let pinned = world.admin.post(&path, pinned).await.body;
    let of = |path: &str| pinned["steps"].as_array().and_then(|all| all.iter().find(|one| one["path"] == path));
    assert_eq!(of("each[0]/create").map(|one| json!([one["pinned"], one["exchange"]])), Some(json!([true, null])));
    assert_eq!(of("last").expect("the last")["inputs"]["email"], "pinned@example.com", "{pinned}");
    let (status, ..) = world.admin.post(&path, json!({"userId": user, "step": "nope"})).await.error();
    assert_eq!(status, 422);
}
