//! Tools: the actions of connected integrations, listed and called without a workflow.

use reqwest::Method;
use serde_json::{Value, json};

use super::world::{World, answer};
use crate::app::Answer;

const CREATE: &str = "HUBSPOT_CONTACTS_CREATE";

async fn call(world: &World, action: &str, parameters: Value) -> Answer {
    world.post("ann", "/tools", json!({"action": action, "parameters": parameters})).await
}

fn names(listed: &Answer) -> Vec<&str> {
    let tools = listed.body["actions"]["hubspot"].as_array();
    tools.into_iter().flatten().filter_map(|tool| tool["function"]["name"].as_str()).collect()
}

fn told(answer: &Answer) -> (u16, &str) {
    (answer.status.as_u16(), answer.body["code"].as_str().unwrap_or_default())
}

#[tokio::test(flavor = "multi_thread")]
async fn tools_are_those_that_the_user_can_call() {
    let world = World::start().await;
    let before = world.get("ann", "/tools").await;
    assert_eq!((before.status.as_u16(), &before.body), (200, &json!({"actions": {}, "errors": []})));
    let asked = world.get("ann", "/tools?integrations=hubspot").await;
    assert_eq!(asked.body["errors"][0]["code"], "not_connected", "{}", asked.text);
    world.connect("ann").await;

    let listed = world.get("ann", "/tools").await;
    let found = names(&listed);
    assert!(found.contains(&CREATE) && found.contains(&"HUBSPOT_CONTACTS_SEARCH"), "{found:?}");
    // The project asks for the scopes of contacts alone.
    assert!(!found.contains(&"HUBSPOT_DEALS_CREATE"), "{found:?}");
    let lacking = &listed.body["errors"][0];
    assert_eq!(lacking["code"], "missing_scope", "{}", listed.body["errors"]);
    assert!(lacking["message"].as_str().is_some_and(|text| text.contains("crm.objects.deals.write")), "{lacking}");
    assert_eq!(world.get("ann", "/actions").await.body, listed.body, "the other name of the same");

    let create = listed.body["actions"]["hubspot"].as_array().expect("tools").iter();
    let create = create.clone().find(|tool| tool["function"]["name"] == CREATE).expect("there");
    assert_eq!(create["type"], "function");
    let parameters = &create["function"]["parameters"];
    assert_eq!((&parameters["type"], &parameters["additionalProperties"]), (&json!("object"), &json!(false)));
    assert_eq!(parameters["properties"]["email"]["format"], "email");
    assert_eq!(parameters["properties"]["additionalFields"]["type"], "object");

    let all = world.get("ann", "/tools?limit_to_available=false").await;
    assert!(names(&all).contains(&"HUBSPOT_DEALS_CREATE"));
    let one = world.get("ann", &format!("/tools?integrations=hubspot&actions={CREATE}")).await;
    assert_eq!(names(&one), [CREATE]);
    assert_eq!(names(&world.get("ann", "/tools?limit=2").await).len(), 2);
    assert_eq!(names(&world.get("ann", "/tools?categories=crm").await), found);
    assert_eq!(world.get("ann", "/tools?categories=payments").await.body["actions"], json!({}));
    assert_eq!(told(&world.get("ann", "/tools?integrations=slack").await), (404, "not_found"));
    assert_eq!(told(&world.get("ann", "/tools?format=xml").await), (400, "wrong_query"));
    assert_eq!(told(&world.get("ann", "/tools?limit=0").await), (400, "wrong_query"));
    assert_eq!(world.get("bob", "/tools").await.body["actions"], json!({}), "another user's account is not his");

    let form = world.get("ann", &format!("/tools?format=paragon&actions={CREATE}")).await;
    let inputs = form.body["actions"]["hubspot"][0]["inputs"].as_array().expect("inputs");
    let kind = |id: &str| inputs.iter().find(|input| input["id"] == id).map(|input| input["type"].clone());
    assert_eq!(kind("email"), Some(json!("EMAIL")));
    assert_eq!(kind("hubspot_owner_id"), Some(json!("DYNAMIC_ENUM")));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_accounts_own_fields_and_choices_stand_in_the_schema_where_they_are_asked_for() {
    let world = World::start().await;
    let scopes = json!(["oauth", "crm.objects.contacts.read", "crm.objects.contacts.write", "crm.objects.owners.read"]);
    let path = format!("{}/integrations/{}", world.api, world.integration);
    assert_eq!(world.admin.patch(&path, json!({"scopes": scopes})).await.status, 200);
    world.connect("ann").await;
    let read = async |query: &str| {
        let listed = world.get("ann", &format!("/tools?actions={CREATE}{query}")).await;
        let function = &listed.body["actions"]["hubspot"][0]["function"];
        function["parameters"]["properties"]["hubspot_owner_id"]["description"].as_str().expect("text").to_owned()
    };
    assert!(!read("").await.contains("Ann Archer"));
    assert!(read("&own_fields=true").await.contains("41 (Ann Archer)"), "{}", read("&own_fields=true").await);
    let asked = world.calls("data").await;
    read("&own_fields=true").await;
    assert_eq!(world.calls("data").await, asked, "remembered");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tool_acts_in_the_users_account_and_stands_in_history() {
    let world = World::start().await;
    world.connect("ann").await;
    let made = call(&world, CREATE, json!({"email": "a@example.com", "firstname": "{{ not.a.template }}"})).await;
    assert_eq!(made.status, 200, "{}", made.text);
    assert_eq!(made.body["properties"]["firstname"], "{{ not.a.template }}", "what is given is data");
    let run = world.newest_run(&["succeeded"]).await;
    assert_eq!(run["id"].as_str(), made.headers["x-linchpin-run"].to_str().ok());
    assert_eq!(run["trigger"], json!({"kind": "tool", "name": "contacts.create"}));
    assert_eq!((&run["workflowName"], &run["integrationType"]), (&json!("Tool call"), &json!("hubspot")));
    let whole = world.admin.get(&format!("{}/runs/{}", world.api, run["id"].as_str().expect("an id"))).await;
    let step = &whole.body["steps"][0];
    assert_eq!((&step["title"], &step["state"]), (&json!("Create contact"), &json!("succeeded")), "{}", whole.text);
    let activity = world.get("ann", "/sdk/activity?integration=hubspot").await;
    let newest = &activity.body["items"][0];
    assert_eq!((&newest["by"], &newest["subject"]), (&json!("tool"), &json!("a@example.com")), "{}", activity.text);

    // As callers say it who come from elsewhere.
    let other = json!({"field-email": "b@example.com", "additionalFieldsJSON": {"fax": "1"}});
    let made = call(&world, "HUBSPOT_CREATE_RECORD_CONTACTS", other).await;
    assert_eq!(made.body["properties"]["fax"], "1", "{}", made.text);

    let conflict = call(&world, CREATE, json!({"email": "a@example.com"})).await;
    assert_eq!(told(&conflict), (422, "refused"), "{}", conflict.text);
    assert_eq!(
        (&conflict.body["meta"]["reason"], &conflict.body["meta"]["providerStatus"]),
        (&json!("conflict"), &json!(409))
    );
    assert!(conflict.body["message"].as_str().is_some_and(|text| text.contains("upsert")), "{}", conflict.text);

    let failed = json!({"dryRun": true});
    let in_bulk = world.admin.post(&format!("{}/runs/replay", world.api), failed).await;
    assert_eq!(in_bulk.body["found"], 0, "the caller knows, and may have called again: {}", in_bulk.text);

    let found = call(&world, "HUBSPOT_CONTACTS_SEARCH", json!({"query": "a@example.com"})).await;
    assert_eq!(found.body["total"], 1, "{}", found.text);
}

#[tokio::test(flavor = "multi_thread")]
async fn errors_of_tools_say_what_to_do() {
    let world = World::start().await;
    let early = call(&world, CREATE, json!({"email": "a@example.com"})).await;
    assert_eq!(told(&early), (404, "not_connected"));
    let link = early.body["meta"]["connectUrl"].as_str().expect("a link");
    let page = answer(world.http.get(link)).await;
    assert!(page.text.contains("Connect HubSpot?"), "{}", page.text);

    let credential = world.connect("ann").await;
    let unknown = call(&world, "HUBSPOT_CONTACT_CREATE", json!({})).await;
    assert_eq!(told(&unknown), (404, "unknown_tool"));
    assert!(unknown.body["message"].as_str().is_some_and(|text| text.contains(CREATE)), "{}", unknown.text);
    let unfit = call(&world, CREATE, json!({"emial": "a@example.com"})).await;
    assert_eq!(told(&unfit), (422, "invalid_parameters"));
    assert!(
        unfit.body["message"].as_str().is_some_and(|text| text.contains("did you mean `email`?")),
        "{}",
        unfit.text
    );
    let unscoped = call(&world, "HUBSPOT_DEALS_CREATE", json!({"dealname": "Big"})).await;
    assert_eq!(told(&unscoped), (422, "missing_scope"));
    let text = unscoped.body["message"].as_str().expect("text");
    assert!(text.contains("crm.objects.deals.write") && text.contains("does not ask for"), "{text}");
    let body = json!({"action": CREATE, "parameters": {}}).to_string();
    let foreign = world.call(Method::POST, "/tools", &world.token("bob")).header("x-paragon-credential", &credential);
    assert_eq!(answer(foreign.body(body)).await.status, 404, "another user's account");
    assert_eq!(world.post("ann", "/tools", json!({"parameters": {}})).await.status, 400);
    assert_eq!(answer(world.call(Method::POST, "/tools", "none").body("{}")).await.status, 401);

    world.faults(json!({"next": [{"kind": "status", "status": 429, "retryAfterSeconds": 3600}]})).await;
    let limited = call(&world, CREATE, json!({"email": "c@example.com"})).await;
    assert_eq!(told(&limited), (429, "too_many_requests"), "{}", limited.text);
    assert!(limited.headers.contains_key("retry-after"));
    let held = call(&world, CREATE, json!({"email": "c@example.com"})).await;
    assert_eq!(told(&held), (429, "too_many_requests"));

    world.connect("eve").await;
    world.faults(json!({"revokeRefreshTokens": true, "expireAccessTokens": true})).await;
    let wish = json!({"action": CREATE, "parameters": {"email": "d@example.com"}});
    let broken = world.post("eve", "/tools", wish.clone()).await;
    assert_eq!(told(&broken), (409, "reconnect_needed"), "{}", broken.text);
    assert!(broken.body["meta"]["connectUrl"].is_string(), "{}", broken.text);
    let still = world.post("eve", "/tools", wish).await;
    assert_eq!(told(&still), (409, "reconnect_needed"), "{}", still.text);
    let listed = world.get("eve", "/tools").await;
    assert_eq!(listed.body["errors"][0]["code"], "reconnect_needed", "{}", listed.text);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_is_performed_once_for_one_key_and_once_when_its_answer_is_lost() {
    let world = World::start().await;
    world.connect("ann").await;
    // Nothing but the key keeps a second record from being made.
    world.faults(json!({"uniqueEmail": false})).await;
    let keyed = async |email: &str| {
        let body = json!({"action": CREATE, "parameters": {"email": email}}).to_string();
        let request = world.call(Method::POST, "/tools", &world.token("ann")).header("idempotency-key", "k-1");
        answer(request.body(body)).await
    };
    let first = keyed("a@example.com").await;
    assert_eq!(first.status, 200, "{}", first.text);
    let second = keyed("a@example.com").await;
    assert_eq!((second.status.as_u16(), &second.body["id"]), (200, &first.body["id"]), "{}", second.text);
    assert_eq!(second.headers["x-linchpin-run"], first.headers["x-linchpin-run"]);
    assert_eq!(keyed("b@example.com").await.status, 422, "the same key with another body");
    world.faults(json!({"next": [{"kind": "dropAfter", "path": "POST /crm/objects/2026-03/contacts"}]})).await;
    let lost = call(&world, CREATE, json!({"email": "lost@example.com"})).await;
    assert_eq!(lost.status, 200, "{}", lost.text);
    let listed = call(&world, "HUBSPOT_CONTACTS_SEARCH", json!({"query": "example.com"})).await;
    assert_eq!(listed.body["total"], 2, "{}", listed.text);
}
