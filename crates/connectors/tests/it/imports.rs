//! From OpenAPI documents to manifests: what is carried over, what the report says, and that the simulator
//! answers what was made.

use std::sync::Arc;

use linchpin_connectors::import::{self, Choice, Imported, Kind, Options};
use linchpin_connectors::trial::{Outcome, Trial};
use linchpin_connectors::{Manifest, check};
use linchpin_domain::Timestamp;
use linchpin_domain::clock::ManualClock;
use serde_json::{Value, json};

pub const SHOP: &str = r##"
openapi: 3.1.0
info:
  title: Corner Shop API
  version: "2.4"
  description: Sell things. And more.
  license: { name: MIT }
servers:
  - url: https://{shop}.corner.example/api/v2
    variables: { shop: { default: demo } }
security: [ { key: [] } ]
webhooks: { sold: { post: { responses: {} } } }
paths:
  /me:
    get:
      responses: { "200": { description: ok, content: { application/json: { schema: { type: object, properties: { data: { $ref: "#/components/schemas/Owner" } } } } } } }
  /items:
    parameters: [ { name: X-Trace, in: header, schema: { type: string } } ]
    get:
      tags: [Stock]
      summary: List items.
      parameters:
        - { name: page_size, in: query, description: How many., schema: { type: integer } }
        - { name: cursor, in: query, schema: { type: string } }
        - { name: fields, in: query, schema: { type: array, items: { type: string } } }
        - { name: session, in: cookie, schema: { type: string } }
      responses: { "200": { description: ok, content: { application/json: { schema: { type: object, properties: { items: { type: array, items: { $ref: "#/components/schemas/Item" } }, next_cursor: { type: string } } } } } } }
    post:
      tags: [Stock]
      operationId: addItem
      parameters: [ { name: Idempotency-Key, in: header, schema: { type: string } } ]
      requestBody: { required: true, content: { application/json: { schema: { $ref: "#/components/schemas/Item" } } } }
      responses:
        "201": { description: made, content: { application/json: { schema: { $ref: "#/components/schemas/Item" } } } }
        "422": { description: wrong, content: { application/json: { schema: { type: object, properties: { error: { type: object, properties: { message: { type: string } } } } } } } }
  /items/{itemId}:
    parameters: [ { name: itemId, in: path, required: true, schema: { type: integer } } ]
    get: { responses: { "200": { description: ok, content: { application/json: { schema: { $ref: "#/components/schemas/Item" } } } } } }
    patch:
      requestBody: { content: { application/json: { schema: { $ref: "#/components/schemas/Item" } } } }
      responses: { "200": { description: ok, content: { application/json: { schema: { $ref: "#/components/schemas/Item" } } } } }
    delete: { responses: { "204": { description: gone } } }
  /items/{itemId}/reserve:
    post: { operationId: reserveItem, parameters: [ { name: itemId, in: path, required: true, schema: { type: integer } } ], responses: { "202": { description: later } } }
  /items/{itemId}/photo:
    put:
      parameters: [ { name: itemId, in: path, required: true, schema: { type: integer } } ]
      requestBody: { content: { multipart/form-data: { schema: { type: object } } } }
      responses: { "204": { description: ok } }
  /shelves/{shelf}/items:
    get: { parameters: [ { name: shelf, in: path, required: true, schema: { type: string } } ], responses: { "200": { description: ok, content: { application/json: { schema: { type: array, items: { $ref: "#/components/schemas/Item" } } } } } } }
  /old: { get: { deprecated: true, responses: { "200": { description: ok } } } }
components:
  securitySchemes: { key: { type: apiKey, in: header, name: X-Shop-Key, description: "From **Settings**." } }
  schemas:
    Owner: { type: object, properties: { id: { type: string }, name: { type: string } } }
    Base: { type: object, required: [title], properties: { id: { type: integer, readOnly: true }, title: { type: string } } }
    Item:
      allOf:
        - { $ref: "#/components/schemas/Base" }
        - type: object
          properties:
            state: { type: string, enum: [new, used] }
            soldAt: { type: string, format: date-time }
            tags: { type: array, items: { type: string } }
            parent: { $ref: "#/components/schemas/Item" }
            created_at: { type: string, format: date-time }
"##;

fn imported(text: &str, options: &Options) -> Imported {
    let document = import::read("openapi.yaml", text).expect("readable");
    import::import(&document, options).unwrap_or_else(|problem| panic!("{problem}"))
}

fn checked(imported: &Imported) -> Arc<Manifest> {
    let text = imported.manifest.to_string();
    Arc::new(check("connector.yaml", &text).unwrap_or_else(|problems| panic!("{}", problems[0])))
}

fn refused(text: &str, options: &Options) -> String {
    let problem = import::read("openapi.yaml", text).and_then(|document| import::import(&document, options));
    problem.expect_err("refused").to_string()
}

#[test]
fn a_document_becomes_a_manifest() {
    let Imported { manifest, report } = imported(SHOP, &Options::default());
    checked(&Imported { manifest: manifest.clone(), report: report.clone() });
    assert_eq!(
        (&manifest["kind"], &manifest["name"], &manifest["licence"]),
        (&json!("corner-shop"), &json!("Corner Shop"), &json!("MIT"))
    );
    assert_eq!(manifest["description"], "Sell things.");
    assert_eq!(manifest["baseUrls"], json!({"api": "https://{account.shop}.corner.example"}));
    assert_eq!(manifest["versions"], json!({"default": "v2", "paths": {"api": "/api/v2"}, "offered": {"v2": {}}}));
    assert_eq!(
        manifest["auth"],
        json!({
            "inputs": [
                {"name": "shop", "title": "Shop", "type": "subdomain", "suffix": ".corner.example"},
                {"name": "key", "title": "API key", "type": "secret", "help": "From Settings."},
            ],
            "apiKey": {"input": "key", "header": "X-Shop-Key"},
        })
    );
    assert_eq!(manifest["account"]["request"], json!({"method": "GET", "path": "{paths.api}/me"}));
    assert_eq!(
        manifest["account"]["data"],
        json!({"accountId": ["/account/data/id"], "accountLabel": ["/account/data/name", "/account/data/id"]})
    );
    assert_eq!(manifest["errors"]["message"], json!(["/error/message"]));
    let names: Vec<&String> = manifest["actions"].as_object().expect("actions").keys().collect();
    assert_eq!(
        names,
        [
            "me.get",
            "items.list",
            "items.create",
            "items.get",
            "items.update",
            "items.delete",
            "items.reserve",
            "shelvesItems.list"
        ]
    );
    let create = &manifest["actions"]["items.create"];
    assert_eq!(
        create["inputs"],
        json!([
            {"name": "X-Trace", "title": "X trace"},
            {"name": "title", "title": "Title", "required": true},
            {"name": "state", "title": "State", "type": "enum", "options": [{"value": "new", "label": "New"}, {"value": "used", "label": "Used"}]},
            {"name": "soldAt", "title": "Sold at", "type": "time"},
            {"name": "tags", "title": "Tags", "type": "list"},
            {"name": "parent", "title": "Parent", "type": "json", "placeholder": create["inputs"][5]["placeholder"]},
            {"name": "created_at", "title": "Created at", "type": "time"},
        ])
    );
    assert_eq!(create["doubt"], json!({"strategy": "idempotency-key", "header": "Idempotency-Key"}));
    assert_eq!(create["effect"], "create");
    assert_eq!(
        create["request"]["body"],
        json!({"title": "{title}", "state": "{state}", "soldAt": "{soldAt}", "tags": "{tags}", "parent": "{parent}", "created_at": "{created_at}"})
    );
    let list = &manifest["actions"]["items.list"];
    assert_eq!(list["request"]["query"], json!({"page_size": "{limit}", "cursor": "{after}", "fields": "{fields_}"}));
    assert_eq!(list["request"]["lists"], "repeated");
    assert_eq!(list["inputs"][0]["help"], "The API calls it page_size. How many.");
    assert_eq!((&list["title"], &list["group"]), (&json!("List items"), &json!("Stock")));
    assert_eq!(manifest["actions"]["items.get"]["request"]["path"], "{paths.api}/items/{id}");
    assert_eq!(manifest["actions"]["items.reserve"]["effect"], "call");
    assert_eq!((report.actions, report.operations, report.format.as_str()), (8, 10, "OpenAPI 3.1.0"));
}

#[test]
fn what_is_not_carried_over_is_named_with_its_place() {
    let report = imported(SHOP, &Options::default()).report;
    let told: Vec<(Kind, &str, usize)> =
        report.findings.iter().map(|one| (one.kind, one.code.as_str(), one.line)).collect();
    let line = |text: &str| 1 + SHOP.lines().position(|line| line.contains(text)).expect("a line of the document");
    for expected in [
        (Kind::LeftOut, "webhook", line("webhooks: {")),
        (Kind::LeftOut, "cookie", line("name: session")),
        (Kind::LeftOut, "file", line("    put:")),
        (Kind::LeftOut, "deprecated", line("/old:")),
        (Kind::Guessed, "account", line("/me:") + 1),
    ] {
        assert!(told.contains(&expected), "{expected:?} is none of {told:?}");
    }
    assert_eq!(told.len(), 5, "{told:?}");
    let text = report.to_string();
    assert!(text.starts_with("Corner Shop API (OpenAPI 3.1.0): 8 actions of 10 operations\n"), "{text}");
    assert!(text.contains(": left out: PUT /items/{itemId}/photo: the body is multipart/form-data, and actions send JSON or forms; use a request step"), "{text}");
}

#[test]
fn names_do_not_depend_on_what_is_chosen() {
    let names = |choice: Choice| {
        let manifest = imported(SHOP, &Options { choice, ..Options::default() }).manifest;
        manifest["actions"].as_object().expect("actions").keys().cloned().collect::<Vec<_>>()
    };
    assert_eq!(names(Choice { paths: vec!["/shelves".into()], ..Choice::default() }), ["shelvesItems.list"]);
    assert_eq!(names(Choice { tags: vec!["Stock".into()], ..Choice::default() }), ["items.list", "items.create"]);
    assert_eq!(names(Choice { operations: vec!["reserveItem".into()], ..Choice::default() }), ["items.reserve"]);
    assert_eq!(names(Choice { most: Some(2), ..Choice::default() }), ["me.get", "items.list"]);
    let report =
        imported(SHOP, &Options { choice: Choice { most: Some(2), ..Choice::default() }, ..Options::default() }).report;
    assert!(
        report.to_string().contains("7 more operations are left out, from POST /items on: 2 actions are made at most"),
        "{report}"
    );
}

#[test]
fn what_cannot_be_imported_says_why() {
    let paths = |text: &str| format!("openapi: 3.0.0\ninfo: {{ title: A, version: '1' }}\npaths:\n{text}");
    for (text, expected) in [
        (
            "[1, 2]",
            "openapi.yaml:1:1: this is no OpenAPI document: an object with `openapi`, `info` and `paths` is expected",
        ),
        ("{\"a\": 1", "openapi.yaml:1:7: this is not valid JSON: EOF while parsing an object"),
        (
            "name: x",
            "openapi.yaml:1:1: this is no OpenAPI document: neither `openapi` nor `swagger` says which version it has",
        ),
        (
            "swagger: '1.2'",
            "openapi.yaml:1:10: `swagger`: Swagger 1.2 is not read here; Swagger 2.0 and OpenAPI 3.0 and 3.1 are",
        ),
        (
            "openapi: 3.0.0\npaths: [1]",
            "openapi.yaml:2:8: `paths`: `paths` is an object of paths, each with its operations",
        ),
        (
            &paths("  {}"),
            "openapi.yaml:4:3: `paths`: the document describes no operation that an action could be made of",
        ),
        (
            &paths("  /a: { post: { requestBody: { content: { text/csv: {} } }, responses: {} } }"),
            "openapi.yaml:4:3: `paths`: no action could be made of the operations: actions send and read JSON, and none of these does",
        ),
    ] {
        assert_eq!(refused(text, &Options::default()), expected);
    }
    let of = |choice| refused(SHOP, &Options { choice, ..Options::default() });
    assert!(
        of(Choice { tags: vec!["Stok".into()], ..Choice::default() })
            .ends_with("there is no tag `Stok`; did you mean `Stock`?")
    );
    assert!(
        of(Choice { operations: vec!["x".into()], ..Choice::default() })
            .ends_with("there is no operation `x`; there are `addItem`, `reserveItem`")
    );
    assert!(of(Choice { paths: vec!["/none".into()], ..Choice::default() }).contains("there is no path `/none`"));
    let wrong = refused(SHOP, &Options { server: Some("ftp://x".into()), ..Options::default() });
    assert!(wrong.ends_with("`ftp://x` is no address of an API; write --server https://api.example.com/v1"), "{wrong}");
}

#[test]
fn references_that_lead_nowhere_or_in_circles_stop_nothing() {
    let text = r##"{"openapi": "3.0.3", "info": {"title": "Loops", "version": "1"}, "servers": [{"url": "https://loops.example"}], "paths": {
        "/a": {"post": {"requestBody": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/A"}}}}, "responses": {"200": {"description": "", "content": {"application/json": {"schema": {"$ref": "#/components/schemas/B"}}}}}}},
        "/b": {"post": {"requestBody": {"content": {"application/json": {"schema": {"$ref": "other.json#/x"}}}}, "responses": {"200": {"description": "", "content": {"application/json": {"schema": {"$ref": "#/nowhere"}}}}}}},
        "/c": {"$ref": "paths.json#/c"}},
        "components": {"schemas": {"A": {"allOf": [{"$ref": "#/components/schemas/A"}, {"type": "object", "properties": {"self": {"$ref": "#/components/schemas/A"}, "b": {"$ref": "#/components/schemas/B"}}}]}, "B": {"$ref": "#/components/schemas/B"}}}}"##;
    let all = imported(text, &Options::default());
    checked(&all);
    assert_eq!(all.manifest["actions"].as_object().expect("actions").len(), 2);
    let codes: Vec<&str> =
        all.report.findings.iter().map(|one| one.code.as_str()).filter(|code| *code == "reference").collect();
    assert_eq!(codes.len(), 4, "{}", all.report);
}

#[test]
fn ways_to_prove_who_calls_are_carried_over() {
    let with = |schemes: Value, security: Value| {
        let text = json!({"openapi": "3.0.0", "info": {"title": "Auth", "version": "1"}, "servers": [{"url": "https://auth.example/v1"}], "security": security,
            "paths": {"/me": {"get": {"responses": {"200": {"description": "", "content": {"application/json": {"schema": {"type": "object", "properties": {"id": {"type": "string"}}}}}}}}}},
            "components": {"securitySchemes": schemes}});
        let all = imported(&text.to_string(), &Options::default());
        checked(&all);
        all
    };
    let way = |schemes: Value, security: Value| {
        let mut auth = with(schemes, security).manifest["auth"].clone();
        auth.as_object_mut().expect("an object").remove("inputs");
        auth
    };
    let oauth = json!({"type": "oauth2", "flows": {"authorizationCode": {"authorizationUrl": "https://login.auth.example/go?kind=1", "tokenUrl": "/token", "scopes": {"a": "All"}}}});
    for (schemes, security, expected) in [
        (
            json!({"b": {"type": "http", "scheme": "Bearer"}}),
            json!([{"b": []}]),
            json!({"apiKey": {"input": "key", "header": "Authorization", "prefix": "Bearer "}}),
        ),
        (
            json!({"b": {"type": "http", "scheme": "basic"}}),
            json!([{"b": []}]),
            json!({"basic": {"username": "{username}", "password": "{password}"}}),
        ),
        (
            json!({"b": {"type": "apiKey", "in": "query", "name": "k"}}),
            json!([{"b": []}]),
            json!({"apiKey": {"input": "key", "query": "k"}}),
        ),
        (
            json!({"b": {"type": "apiKey", "in": "cookie", "name": "sid"}}),
            json!([{"b": []}]),
            json!({"headers": {"Cookie": "sid={key}"}}),
        ),
        (
            json!({"a": {"type": "apiKey", "in": "header", "name": "X-A"}, "b": {"type": "http", "scheme": "bearer"}}),
            json!([{"a": [], "b": []}]),
            json!({"headers": {"X-A": "{a}", "Authorization": "Bearer {b}"}}),
        ),
        (
            json!({"o": oauth}),
            json!([{"o": ["a"]}]),
            json!({"oauth2": {"authorizeBase": "login", "authorizePath": "/go", "authorizeParameters": {"kind": "1"}, "tokenBase": "api", "tokenPath": "/token", "refreshAheadSeconds": 60}}),
        ),
        (
            json!({"o": {"type": "oauth2", "flows": {"clientCredentials": {"tokenUrl": "https://auth.example/token", "scopes": {}}}}}),
            json!([{"o": []}]),
            json!({"clientCredentials": {"tokenBase": "api", "tokenPath": "/token", "tokenLifetimeSeconds": 3600}}),
        ),
        (json!({}), json!([]), json!({"open": true})),
    ] {
        assert_eq!(way(schemes.clone(), security), expected, "{schemes}");
    }
    let several = with(
        json!({"o": oauth, "k": {"type": "apiKey", "in": "header", "name": "X-K"}}),
        json!([{"o": ["a"]}, {"k": []}]),
    );
    assert_eq!(several.manifest["alsoAuth"]["k"]["apiKey"]["header"], "X-K");
    assert_eq!(
        (&several.manifest["scopes"], &several.manifest["actions"]["me.get"]["scopes"]),
        (&json!({"a": "All"}), &json!(["a"]))
    );
    let implicit = json!({"o": {"type": "oauth2", "flows": {"implicit": {"authorizationUrl": "https://auth.example/go", "scopes": {}}}}});
    let report = with(implicit, json!([{"o": []}])).report;
    assert!(
        report.findings.iter().any(|one| one.kind == Kind::LeftOut && one.message.contains("the flow `implicit`")),
        "{report}"
    );
    let together = json!({"a": {"type": "apiKey", "in": "query", "name": "a"}, "b": {"type": "apiKey", "in": "query", "name": "b"}});
    let report = with(together, json!([{"a": [], "b": []}])).report;
    assert!(report.findings.iter().any(|one| one.kind == Kind::LeftOut && one.code == "auth"), "{report}");
}

#[test]
fn swagger_2_is_read_too() {
    let text = "swagger: '2.0'\ninfo: { title: Old, version: 1.0.0 }\nhost: old.example\nbasePath: /v1\nschemes: [http, https]\nsecurityDefinitions: { basicAuth: { type: basic } }\nsecurity: [ { basicAuth: [] } ]\npaths:\n  /pets:\n    get: { parameters: [ { name: tag, in: query, type: array, items: { type: string }, collectionFormat: multi } ], responses: { 200: { description: ok, schema: { type: array, items: { $ref: '#/definitions/Pet' } } } } }\n    post: { consumes: [application/x-www-form-urlencoded], parameters: [ { name: name, in: formData, type: string, required: true } ], responses: { 201: { description: ok, schema: { $ref: '#/definitions/Pet' } } } }\n  /pets/{id}:\n    put: { parameters: [ { name: id, in: path, type: string, required: true }, { name: pet, in: body, schema: { $ref: '#/definitions/Pet' } } ], responses: { 200: { description: ok, schema: { $ref: '#/definitions/Pet' } } } }\ndefinitions: { Pet: { type: object, properties: { id: { type: string }, name: { type: string } } } }\n";
    let all = imported(text, &Options::default());
    checked(&all);
    assert_eq!(all.manifest["baseUrls"], json!({"api": "https://old.example"}));
    assert_eq!(all.manifest["auth"]["basic"]["username"], "{username}");
    let create = &all.manifest["actions"]["pets.create"]["request"];
    assert_eq!((&create["bodyKind"], &create["body"]), (&json!("form"), &json!({"name": "{name}"})));
    assert_eq!(all.manifest["actions"]["pets.list"]["request"]["lists"], "repeated");
    assert_eq!(all.manifest["actions"]["pets.replace"]["request"]["body"], json!({"id": "{id}", "name": "{name}"}));
    assert_eq!(all.report.format, "Swagger 2.0");
    assert!(all.report.findings.iter().any(|one| one.code == "licence"), "{}", all.report);
}

#[tokio::test]
async fn the_simulator_answers_what_was_made_with_state() {
    let manifest = checked(&imported(SHOP, &Options::default()));
    let clock = Arc::new(ManualClock::at(Timestamp::parse("2026-11-25T12:00:00Z").expect("valid")));
    let trial = Trial::start(&manifest, clock).await.expect("a simulator");
    let access = trial.connect("default", &manifest.auth).await.expect("it takes the key");
    assert_eq!(access.facts["accountId"], "acme");
    let input = |value: Value| value.as_object().expect("an object").clone();
    let made =
        trial.perform(&access, "items.create", &input(json!({"title": "Lamp", "state": "new", "tags": "a, b"}))).await;
    assert_eq!(
        made.expect("made"),
        json!({"id": 101, "title": "Lamp", "state": "new", "tags": ["a", "b"], "created_at": "2026-11-25T12:00:00.000Z"})
    );
    trial.perform(&access, "items.update", &input(json!({"id": "101", "title": "Old lamp"}))).await.expect("changed");
    let list =
        trial.perform(&access, "items.list", &input(json!({"fields_": ["title", "state"]}))).await.expect("listed");
    assert_eq!((&list["items"][0]["title"], list["items"].as_array().expect("a list").len()), (&json!("Old lamp"), 1));
    trial.perform(&access, "items.delete", &input(json!({"id": "101"}))).await.expect("deleted");
    let gone = trial.perform(&access, "items.get", &input(json!({"id": "101"}))).await.expect_err("gone");
    assert_eq!(gone.code(), "not_found");
    for tried in trial.run(&access).await.expect("answers") {
        assert_eq!(tried.outcome, Outcome::Answered, "{} with {:?}", tried.action, tried.inputs);
    }
}
