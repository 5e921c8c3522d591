//! What the simulator needs: accounts, records in the shapes of the document's schemas, refusals.

use serde_json::{Map, Value, json};

use super::account::Account;
use super::actions::{Made, singular};
use super::auth::Auth;
use super::inputs::literal_value;
use super::schemas::{self, What};
use super::servers::Servers;
use super::spec::{Node, Spec};
use super::text::camel;

/// Properties of a simulated record.
const WIDTH: usize = 40;
const IDS: [&str; 5] = ["id", "uuid", "gid", "key", "guid"];
const CREATED: [&str; 6] = ["created_at", "createdAt", "created", "createdOn", "date_created", "dateCreated"];
const UPDATED: [&str; 7] =
    ["updated_at", "updatedAt", "updated", "modified", "modified_at", "lastModified", "updatedOn"];

/// The simulator's part of a manifest.
pub(super) fn part(spec: &Spec<'_>, made: &[Made], auth: &Auth, account: &Account, servers: &Servers) -> Value {
    let mut inputs = Map::new();
    if auth.has_keys() {
        for asked in &servers.asked {
            inputs.insert(asked.name.clone(), if asked.whole { asked.sample.as_str() } else { "acme" }.into());
        }
        if account.input().is_some() {
            inputs.insert("accountName".into(), "Acme".into());
        }
        inputs.extend(auth.samples());
    }
    let mut simulator = Map::new();
    simulator.insert("accounts".into(), json!([{"id": "acme", "name": "Acme GmbH", "domain": "acme.example", "user": "ann@acme.example", "inputs": inputs}]));
    simulator.insert("firstId".into(), json!(101));
    simulator.insert("record".into(), json!({"id": "{id}"}));
    simulator.insert("page".into(), json!({"results": "{results}", "next": "{after}"}));
    if auth.has_page() || auth.has_keys() {
        simulator.insert("token".into(), json!({"access_token": "{accessToken}", "refresh_token": "{refreshToken}", "expires_in": "{expiresIn}", "scope": "{scopeText}", "token_type": "Bearer"}));
    }
    simulator.insert("account".into(), account.simulated());
    let (mut resources, mut actions, mut answers) = (Map::new(), Map::new(), Map::new());
    for one in made {
        if one.effect == "create" && !resources.contains_key(&one.resource) {
            resources.insert(one.resource.clone(), json!({"record": record(spec, made, &one.resource)}));
        }
        let rule = action(spec, made, one);
        if !rule.is_empty() {
            actions.insert(one.name.clone(), Value::Object(rule));
        }
        if one.effect == "read" {
            let mut answer = literal_value(one.example().unwrap_or(&Value::Null));
            if account.action.as_ref() == Some(&one.name) {
                merge(&mut answer, account.simulated());
            } else if one.example().is_some() {
                // The example itself is the answer.
                continue;
            }
            if answer.is_null() {
                answer = json!({});
            }
            answers.insert(one.name.clone(), json!({"entries": [], "answer": answer}));
        }
    }
    for (key, value) in [("resources", resources), ("actions", actions), ("answers", answers)] {
        if !value.is_empty() {
            simulator.insert(key.into(), Value::Object(value));
        }
    }
    simulator.insert("replies".into(), replies(auth.has_page()));
    Value::Object(simulator)
}

fn merge(into: &mut Value, from: Value) {
    match (into, from) {
        (Value::Object(into), Value::Object(from)) => {
            for (key, value) in from {
                merge(into.entry(key).or_insert(Value::Null), value);
            }
        }
        (into, from) => *into = from,
    }
}

fn replies(page: bool) -> Value {
    let mut replies = json!({
        "noToken": {"status": 401, "body": {"message": "This key or token is not valid.", "error": {"message": "This key or token is not valid."}}},
        "notFound": {"status": 404, "body": {"message": "There is no such record.", "error": {"message": "There is no such record."}}},
        "invalidBody": {"status": 400, "body": {"message": "{reason}", "error": {"message": "{reason}"}}},
        "serverFault": {"status": 500, "body": {"message": "Something went wrong.", "error": {"message": "Something went wrong."}}},
    });
    if page {
        merge(
            &mut replies,
            json!({
                "badClient": {"status": 401, "body": {"error": "invalid_client"}},
                "badCode": {"status": 400, "body": {"error": "invalid_grant", "error_description": "{reason}"}},
                "badRefreshToken": {"status": 400, "body": {"error": "invalid_grant"}},
                "badGrantType": {"status": 400, "body": {"error": "unsupported_grant_type"}},
                "badRequest": {"status": 400, "body": {"error": "invalid_request", "error_description": "{reason}"}},
            }),
        );
    }
    replies
}

fn schema<'a>(spec: &Spec<'a>, one: &Made) -> Option<Node<'a>> {
    let at = one.success.clone()?;
    Some(Node { value: spec.document.value().pointer(&at)?, at })
}

/// What an answer puts around a record: the property's name, and the record's schema.
fn around<'a>(spec: &Spec<'a>, schema: &Node<'a>, resource: &str) -> Option<(String, Node<'a>)> {
    let found = schemas::properties(spec, schema)?;
    if IDS.iter().any(|id| found.all.contains_key(*id)) {
        return None;
    }
    let names = ["data".to_owned(), camel(&singular(resource)), resource.to_owned(), "result".into(), "item".into()];
    names.into_iter().find_map(|name| {
        let inner = found.all.iter().find(|(key, _)| camel(key) == camel(&name))?;
        (schemas::what(spec, &inner.1.schema) == What::Object).then(|| (inner.0.clone(), inner.1.schema.clone()))
    })
}

/// A record in the shape in which the API gives it.
fn record(spec: &Spec<'_>, made: &[Made], resource: &str) -> Value {
    let of = |effect: &str| made.iter().find(|one| one.effect == effect && one.resource == resource);
    let told = of("get").or_else(|| of("create")).and_then(|one| schema(spec, one)).or_else(|| {
        let (_, item) = schemas::list(spec, &schema(spec, of("list")?)?)?;
        item
    });
    let mut record = Map::new();
    let inner = told.map(|told| around(spec, &told, resource).map_or(told, |(_, inner)| inner));
    let properties = inner.and_then(|inner| schemas::properties(spec, &inner)).unwrap_or_default();
    let own = format!("{}Id", camel(&singular(resource)));
    let is_id = |name: &str| camel(name) == own;
    let id = IDS.iter().find(|id| properties.all.contains_key(**id)).map(|id| (*id).to_owned());
    let id = id.or_else(|| properties.all.keys().find(|name| is_id(name)).cloned());
    let inputs: Vec<(&String, &String)> = made
        .iter()
        .filter(|one| one.resource == resource && matches!(one.effect, "create" | "update"))
        .flat_map(|one| one.asked.of_body.iter())
        .collect();
    for (name, property) in properties.all.iter().take(WIDTH) {
        let text = schemas::what(spec, &property.schema) != What::Number;
        let value = if id.as_ref() == Some(name) {
            if text { "{id}".to_owned() } else { "{number}".into() }
        } else if CREATED.contains(&name.as_str()) {
            if text { "{createdAt}".into() } else { "{createdAtSeconds}".into() }
        } else if UPDATED.contains(&name.as_str()) {
            if text { "{updatedAt}".into() } else { "{updatedAtSeconds}".into() }
        } else if let Some((input, _)) = inputs.iter().find(|(_, of_body)| *of_body == name) {
            format!("{{{input}}}")
        } else {
            continue;
        };
        record.insert(name.clone(), value.into());
    }
    if id.is_none() {
        record.insert("id".into(), "{id}".into());
    }
    Value::Object(record)
}

/// What differs in an action's answer from what the simulator would give.
fn action(spec: &Spec<'_>, made: &[Made], one: &Made) -> Map<String, Value> {
    let mut rule = Map::new();
    let usual = match one.effect {
        "create" => 201,
        "delete" => 204,
        _ => 200,
    };
    let status = one.status.unwrap_or(usual);
    if status != usual {
        rule.insert("status".into(), status.into());
    }
    let told = schema(spec, one);
    match one.effect {
        "create" | "get" | "update" => {
            if let Some((name, _)) = told.and_then(|told| around(spec, &told, &one.resource)) {
                rule.insert("body".into(), json!({name: "{record}"}));
            }
        }
        "list" => {
            if let Some(told) = told {
                rule.insert("body".into(), page(spec, &told));
            }
            let stored: Vec<&str> = made
                .iter()
                .filter(|other| other.effect == "create" && other.resource == one.resource)
                .flat_map(|other| other.asked.inputs.iter().map(|input| input.name.as_str()))
                .collect();
            let aside = one.asked.inputs.iter().map(|input| input.name.as_str());
            let aside: Vec<&str> =
                aside.filter(|name| !matches!(*name, "limit" | "after") && !stored.contains(name)).collect();
            if !aside.is_empty() {
                rule.insert("aside".into(), json!(aside));
            }
        }
        _ => {}
    }
    rule
}

/// A page of records in the shape in which the API gives it.
fn page(spec: &Spec<'_>, told: &Node<'_>) -> Value {
    let Some((Some(name), _)) = schemas::list(spec, told) else { return "{results}".into() };
    let mut page = Map::new();
    let properties = schemas::properties(spec, told).unwrap_or_default();
    for (key, property) in &properties.all {
        let what = schemas::what(spec, &property.schema);
        let value = match (key.as_str(), what) {
            (key, _) if key == name => "{results}",
            ("has_more" | "hasMore" | "more", What::Boolean) => "{more}",
            ("total" | "total_count" | "totalCount" | "count" | "total_entries" | "totalResults", What::Number) => {
                "{total}"
            }
            ("next_cursor" | "nextCursor" | "next_page_token" | "nextPageToken" | "cursor" | "next", What::Text) => {
                "{after}"
            }
            _ => continue,
        };
        page.insert(key.clone(), value.into());
    }
    Value::Object(page)
}
