//! Wrong manifests, each with where and what.

use linchpin_connectors::check;

const SMALL: &str = "\
kind: demo
name: Demo
brandColor: \"#112233\"
description: A demo.
source: made up
licence: Apache-2.0
baseUrls: { api: https://api.demo.example }
versions: { default: v1, paths: { things: \"/{version}/things\" }, offered: { v1: {} } }
auth:
  oauth2:
    authorizeBase: api
    authorizePath: /authorize
    tokenPath: /token
    tokenLifetimeSeconds: 60
    refreshAheadSeconds: 10
defaultScopes: [read]
scopes: { read: Read }
errors:
  message: [/message]
  classes:
    - { statuses: [400], class: rejected, code: validation }
account: { data: { id: [/token/id] }, providerId: id, label: \"{id}\" }
resources:
  things: { title: thing, unique: [code], fields: [ { name: code, title: Code } ] }
actions:
  things.create:
    title: Create thing
    description: Makes a thing.
    group: Things
    effect: create
    resource: things
    record: things
    scopes: [read]
    request: { method: POST, path: \"{paths.things}\", body: { thing: \"{fields}\" } }
    doubt: { strategy: ask }
";

#[test]
fn the_small_manifest_is_valid() {
    let manifest = check("demo.yaml", SMALL).expect("valid");
    let action = &manifest.actions["things.create"];
    assert_eq!(action.fields.keys().collect::<Vec<_>>(), ["code"]);
}

#[test]
fn settings_that_do_not_fit_a_manifest_are_found() {
    let manifest = check("demo.yaml", SMALL).expect("valid");
    for (name, url, version, expected) in [
        ("api", "http://127.0.0.1:4801", Some("v1"), ""),
        ("apis", "https://a.example", None, "baseUrls.apis: Demo has no base URL `apis`; it has `api`"),
        ("api", "a.example", None, "baseUrls.api: `a.example` is no base URL; write `https://` and a host"),
        (
            "api",
            "https://u:p@a.example",
            None,
            "baseUrls.api: `https://u:p@a.example` is no base URL; write `https://` and a host",
        ),
        ("api", "https://a.example", Some("v2"), "apiVersion: Demo has no API version `v2`; it has v1"),
    ] {
        let endpoint = linchpin_connectors::Endpoint {
            base_urls: [(name.to_owned(), url.to_owned())].into(),
            api_version: version.map(str::to_owned),
        };
        let found: Vec<_> = endpoint.problems(&manifest).iter().map(|(key, text)| format!("{key}: {text}")).collect();
        assert_eq!(found.join(" | "), expected);
    }
}

/// Added to the small manifest.
const TRIGGERS: &str = r#"  things.list:
    title: List things
    description: Lists things.
    group: Things
    effect: list
    resource: things
    request: { method: GET, path: "{paths.things}" }
    doubt: { strategy: safe }
webhooks:
  setup: Enter the address.
  signature: { header: X-Signature, algorithm: hmac-sha256, encoding: hex, prefix: "v1=", signed: "{timestamp}.{body}", timestamp: { header: X-Time, unit: seconds, maxAgeSeconds: 60 } }
  account: /account
  type: /type
  key: [/id]
  payload: { thing: "{thing}" }
triggers:
  things.made:
    title: Thing made
    description: A thing was made.
    group: Things
    inputs: [ { name: colour, title: Colour } ]
    webhook: { when: { /type: thing.made }, matches: { colour: /thing/colour } }
  things.new:
    title: New thing
    description: A thing is new.
    group: Things
    poll: { action: things.list, inputs: { since: "{sinceMs}" }, items: /things, cursor: /made, key: [/id], overlapSeconds: 60 }
"#;

#[test]
fn webhooks_of_another_kind_are_data_too() {
    let manifest = check("demo.yaml", &format!("{SMALL}{TRIGGERS}")).expect("valid");
    let webhooks = manifest.webhooks.as_ref().expect("there");
    let body = br#"{"id": 5, "account": "a-1", "type": "thing.made", "thing": {"colour": "red"}}"#;
    let now = linchpin_domain::Timestamp::from_millis(1_700_000_000_500);
    let headers = webhooks.signature.sign(b"key", "POST", "https://a.example/", body, now);
    assert_eq!(headers["x-time"], "1700000000");
    let mut signed = b"1700000000.".to_vec();
    signed.extend_from_slice(body);
    let (algorithm, encoding) = (webhooks.signature.algorithm, webhooks.signature.encoding);
    let expected = format!("v1={}", linchpin_connectors::webhook::mac(algorithm, encoding, b"key", &signed));
    assert_eq!(headers["x-signature"], expected.as_str());
    let delivered =
        linchpin_connectors::webhook::Delivered { method: "POST", url: "elsewhere", headers: &headers, body };
    assert_eq!(webhooks.signature.verify(b"key", delivered, now), Ok(()), "the address is not signed here");
    let told = linchpin_connectors::webhook::read(&manifest, &http::HeaderMap::new(), body).expect("one event");
    let linchpin_connectors::webhook::Told::Events(events) = told else { panic!("it is an event: {told:?}") };
    assert_eq!((events.len(), events[0].account.as_str(), events[0].key.as_str()), (1, "a-1", "5"));
    assert_eq!(events[0].trigger.as_deref(), Some("things.made"));
    assert_eq!(events[0].payload, serde_json::json!({"thing": {"colour": "red"}}));
    let inputs = |colour: &str| serde_json::Map::from_iter([("colour".to_owned(), colour.into())]);
    let trigger = &manifest.triggers["things.made"];
    assert!(trigger.wants(&inputs("red"), &events[0].event) && !trigger.wants(&inputs("blue"), &events[0].event));
}

#[test]
fn mistakes_in_triggers_and_webhooks_are_found() {
    let whole = format!("{SMALL}{TRIGGERS}");
    for (right, wrong, expected) in [
        (
            "{timestamp}.{body}",
            "{timestamp}",
            "`webhooks.signature.signed`: a signature that does not cover `{body}` proves nothing",
        ),
        (
            "{timestamp}.{body}",
            "{body}",
            "`webhooks.signature.signed`: the time is worth nothing unless `{timestamp}` is signed with the rest",
        ),
        (
            "{timestamp}.{body}",
            "{time}.{body}",
            "there is no part of a request `time`; there are `method`, `url`, `body`, `timestamp`",
        ),
        ("header: X-Signature", "header: X Signature", "`webhooks.signature.header`: `X Signature` is no header name"),
        ("account: /account", "account: account", "`webhooks.account`: `account` is no JSON pointer; write `/account`"),
        (
            "key: [/id]\n  payload",
            "key: []\n  payload",
            "`webhooks.key`: name what tells two events apart, for example [/id]",
        ),
        ("things.made:", "made:", "`triggers.made`: a trigger is named `<resource>.<what happened>`, not `made`"),
        ("matches: { colour:", "matches: { color:", "there is no input `color`; did you mean `colour`?"),
        (
            "poll: { action: things.list",
            "poll: { action: things.create",
            "`things.create` changes something; a poll only reads",
        ),
        ("{sinceMs}", "{from}", "`triggers.things.new.poll.inputs`: there is no value `from`"),
        ("when: { /type: thing.made }", "when: {}", "say which events are meant"),
        (
            "    poll:",
            "    webhook: { when: { /type: x } }\n    poll:",
            "`triggers.things.new`: a trigger is told by a `webhook` or found by a `poll`: give one of them",
        ),
    ] {
        assert!(whole.contains(right), "`{right}` is not in the manifest");
        let problems = check("demo.yaml", &whole.replacen(right, wrong, 1)).expect_err(wrong);
        let all: Vec<_> = problems.iter().map(ToString::to_string).collect();
        assert!(all.iter().any(|one| one.contains(expected)), "with `{wrong}`:\n  {}\n  {expected}", all.join("\n  "));
    }
}

#[test]
fn every_mistake_says_where_and_what_would_be_right() {
    let mut wrong_answers = Vec::new();
    for (right, wrong, expected) in [
        (
            "kind: demo",
            "kind: Demo 1",
            "demo.yaml:1:7: `kind`: a kind has lower-case letters, digits and `-`, and begins with a letter",
        ),
        (
            "brandColor: \"#112233\"",
            "brandColour: red",
            "demo.yaml:3:1: `brandColour`: unknown key `brandColour`; did you mean `brandColor`?",
        ),
        ("\"#112233\"", "red", "demo.yaml:3:13: `brandColor`: a colour is written as `#rrggbb`"),
        (
            "https://api.demo.example",
            "http://api.demo.example/",
            "demo.yaml:7:18: `baseUrls.api`: a base URL is `https://` and a host, without path and without `/` at the end",
        ),
        (
            "default: v1",
            "default: v2",
            "demo.yaml:8:22: `versions.default`: there is no offered version `v2`; did you mean `v1`?",
        ),
        (
            "authorizeBase: api",
            "authorizeBase: app",
            "demo.yaml:11:20: `auth.oauth2.authorizeBase`: there is no base URL `app`; did you mean `api`?",
        ),
        (
            "refreshAheadSeconds: 10",
            "refreshAheadSeconds: 60",
            "demo.yaml:15:26: `auth.oauth2.refreshAheadSeconds`: a token cannot be renewed before it is given: choose less than its lifetime",
        ),
        (
            "defaultScopes: [read]",
            "defaultScopes: [raed]",
            "demo.yaml:16:17: `defaultScopes.0`: there is no scope `raed`; did you mean `read`?",
        ),
        (
            ", code: validation",
            "",
            "demo.yaml:21:7: `errors.classes.0`: a rejection needs a `code`, for example `validation`",
        ),
        ("statuses: [400]", "statuses: [4]", "demo.yaml:21:20: `errors.classes.0.statuses.0`: 4 is no HTTP status"),
        (
            "class: rejected",
            "class: refused",
            "demo.yaml:21:33: `errors.classes.0.class`: unknown variant `refused`, expected one of `rate-limited`, `reauthorize`, `rejected`, `unreachable`",
        ),
        (
            "id: [/token/id]",
            "id: [token.id]",
            "demo.yaml:22:25: `account.data.id.0`: a pointer begins with `/token/`, `/account/` or `/inputs/`",
        ),
        (
            "unique: [code]",
            "unique: [cod]",
            "demo.yaml:24:36: `resources.things.unique.0`: there is no field `cod`; did you mean `code`?",
        ),
        (
            "  things.create:",
            "  create:",
            "demo.yaml:26:3: `actions.create`: an action is named `<resource>.<verb>`, not `create`",
        ),
        (
            "resource: things\n    record",
            "resource: thing\n    record",
            "demo.yaml:31:15: `actions.things.create.resource`: there is no resource `thing`; did you mean `things`?",
        ),
        (
            "method: POST",
            "method: SEND",
            "demo.yaml:34:24: `actions.things.create.request.method`: `SEND` is no method; use GET, POST, PUT, PATCH or DELETE",
        ),
        (
            "{paths.things}",
            "{paths.thing}",
            "demo.yaml:34:36: `actions.things.create.request.path`: there is no path `thing`; did you mean `things`?",
        ),
        (
            "{fields}",
            "{field}",
            "demo.yaml:34:60: `actions.things.create.request.body`: there is no input `field`; did you mean `fields`?",
        ),
        (
            "{fields}",
            "{fields",
            "demo.yaml:34:60: `actions.things.create.request.body`: a brace stands alone in `{fields`; write `{name}`, or `{{` for a brace",
        ),
        (
            "strategy: ask",
            "strategy: natural-key",
            "demo.yaml:35:12: `actions.things.create.doubt`: a natural key needs a `key`: the input that tells records apart",
        ),
        ("    group: Things\n", "", "demo.yaml:27:5: `actions.things.create`: missing field `group`"),
        ("kind: demo", "kind: [demo", "demo.yaml:"),
    ] {
        assert!(SMALL.contains(right), "`{right}` is not in the small manifest");
        let problems = check("demo.yaml", &SMALL.replacen(right, wrong, 1)).expect_err(wrong);
        let first = problems[0].to_string();
        if expected == "demo.yaml:" {
            assert!(first.contains("this is not valid YAML"), "{first}");
        } else if first != expected {
            wrong_answers.push(format!("with `{wrong}`:\n  {first}\n  {expected}"));
        }
    }
    assert!(wrong_answers.is_empty(), "{}", wrong_answers.join("\n"));
}
