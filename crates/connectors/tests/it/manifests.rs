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
            "demo.yaml:10:18: `auth.authorizeBase`: there is no base URL `app`; did you mean `api`?",
        ),
        (
            "refreshAheadSeconds: 10",
            "refreshAheadSeconds: 60",
            "demo.yaml:14:24: `auth.refreshAheadSeconds`: a token cannot be renewed before it is given: choose less than its lifetime",
        ),
        (
            "defaultScopes: [read]",
            "defaultScopes: [raed]",
            "demo.yaml:15:17: `defaultScopes.0`: there is no scope `raed`; did you mean `read`?",
        ),
        (
            ", code: validation",
            "",
            "demo.yaml:20:7: `errors.classes.0`: a rejection needs a `code`, for example `validation`",
        ),
        ("statuses: [400]", "statuses: [4]", "demo.yaml:20:20: `errors.classes.0.statuses.0`: 4 is no HTTP status"),
        (
            "class: rejected",
            "class: refused",
            "demo.yaml:20:33: `errors.classes.0.class`: unknown variant `refused`, expected one of `rate-limited`, `reauthorize`, `rejected`, `unreachable`",
        ),
        (
            "id: [/token/id]",
            "id: [token.id]",
            "demo.yaml:21:25: `account.data.id.0`: a pointer into the answers begins with `/token/` or `/account/`",
        ),
        (
            "unique: [code]",
            "unique: [cod]",
            "demo.yaml:23:36: `resources.things.unique.0`: there is no field `cod`; did you mean `code`?",
        ),
        (
            "  things.create:",
            "  create:",
            "demo.yaml:25:3: `actions.create`: an action is named `<resource>.<verb>`, not `create`",
        ),
        (
            "resource: things\n    record",
            "resource: thing\n    record",
            "demo.yaml:30:15: `actions.things.create.resource`: there is no resource `thing`; did you mean `things`?",
        ),
        (
            "method: POST",
            "method: SEND",
            "demo.yaml:33:24: `actions.things.create.request.method`: `SEND` is no method; use GET, POST, PUT, PATCH or DELETE",
        ),
        (
            "{paths.things}",
            "{paths.thing}",
            "demo.yaml:33:36: `actions.things.create.request.path`: there is no path `thing`; did you mean `things`?",
        ),
        (
            "{fields}",
            "{field}",
            "demo.yaml:33:60: `actions.things.create.request.body`: there is no input `field`; did you mean `fields`?",
        ),
        (
            "{fields}",
            "{fields",
            "demo.yaml:33:60: `actions.things.create.request.body`: a brace stands alone in `{fields`; write `{name}`, or `{{` for a brace",
        ),
        (
            "strategy: ask",
            "strategy: natural-key",
            "demo.yaml:34:12: `actions.things.create.doubt`: a natural key needs a `key`: the input that tells records apart",
        ),
        ("    group: Things\n", "", "demo.yaml:26:5: `actions.things.create`: missing field `group`"),
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
