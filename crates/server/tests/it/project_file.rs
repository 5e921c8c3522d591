//! The project file: what applying it does, and what an export holds.

mod wrong;

use std::sync::Arc;

use linchpin::project_file::{self, Mode, Outcome, Plan, Resolver};
use linchpin::signing_key;
use linchpin_connectors::Registry;
use linchpin_domain::id::ProjectId;
use linchpin_store::{configurations, connected_users, credentials, enablements, projects, secrets, workflows};
use secrecy::ExposeSecret;
use serde_json::{Value, json};

use crate::app::TestApp;

/// A file as a person would write it, with a marker in every secret.
const FILE: &str = r##"project: Acme
allowedOrigins: ["https://app.acme.com", "https://*.acme.com", "http://localhost:*"]
secrets:
  SLACK_URL: { env: SLACK_URL }
userMetadata: { Name: Ann, plan: pro }
appEvents:
  Contact Created: { first_name: Buddha, email: buddha@example.com }
integrations:
  hubspot:
    active: true
    app: { clientId: abc, clientSecret: { env: HUBSPOT_CLIENT_SECRET }, scopes: [oauth, crm.objects.contacts.write] }
    apiVersion: "2026-03"
    baseUrls: { api: "http://127.0.0.1:4801" }
    portal: { description: Sync, accentColor: "#ff7a59" }
    settings: [ { id: note, title: Note, type: TEXT_NO_VARS, required: false } ]
    workflows:
      Sync contacts:
        description: Creates contacts
        defaultEnabled: true
        permissions: { any: [ { all: [ { left: "{{ user.metadata.Name }}", operator: $exists } ] } ] }
        settings: [ { id: list, title: List, type: TEXT_NO_VARS, required: false } ]
        trigger: { appEvent: Contact Created }
        steps:
          - pause: { delay: { amount: 5, unit: seconds } }
          - lower: { function: { code: "return parameters.email", parameters: { email: "{{ trigger.email }}" } } }
          - create_contact:
              title: Create contact
              action: contacts.create
              inputs: { email: "{{ trigger.email }}", firstname: "{{ trigger.first_name }} {{ settings.list }}" }
connectedUsers:
  user-1:
    metadata: { Name: Ann }
    credentials:
      hubspot:
        - { externalId: main, accessToken: marker-access, refreshToken: marker-refresh, expiresAt: "2035-01-01T00:00:00Z", providerId: "123", settings: { note: hi } }
        - { externalId: other, accessToken: marker-other, workflows: { Sync contacts: { enabled: false, settings: { list: "7" } } } }
"##;

fn resolver() -> Resolver {
    Resolver {
        variable: Some(Box::new(|_, name| match name {
            "SLACK_URL" => Some("marker-slack".into()),
            "HUBSPOT_CLIENT_SECRET" => Some("marker-client".into()),
            _ => None,
        })),
        folder: Some("/nonexistent".into()),
    }
}

fn registry() -> Registry {
    Registry::builtin().unwrap_or_else(|problem| panic!("{problem}"))
}

fn parse(text: &str) -> Plan {
    project_file::parse("a.yaml", text, &resolver(), &registry()).unwrap_or_else(|problems| panic!("{problems}"))
}

pub async fn apply(app: &TestApp, text: &str, mode: Mode) -> Outcome {
    let applied = project_file::apply(&app.app.store, &app.app.registry, &parse(text), mode, None).await;
    applied.unwrap_or_else(|error| panic!("{error}"))
}

async fn refused(app: &TestApp, text: &str) -> String {
    let plan = match project_file::parse("a.yaml", text, &resolver(), &registry()) {
        Ok(plan) => plan,
        Err(problems) => return problems.to_string(),
    };
    let outcome = project_file::apply(&app.app.store, &app.app.registry, &plan, Mode::default(), None).await;
    outcome.expect_err("the file must be refused").to_string()
}

pub fn changes(outcome: &Outcome) -> Vec<String> {
    outcome.changes.iter().map(ToString::to_string).collect()
}

async fn project(app: &TestApp) -> Option<ProjectId> {
    let mut conn = app.app.store.read().await.expect("a connection");
    projects::find_by_name(&mut conn, "Acme").await.expect("read").map(|project| project.id)
}

/// A workflow around some lines of a step's place.
fn with_steps(trigger: &str, steps: &str) -> String {
    format!(
        "project: Acme\nappEvents: {{ Contact Created: {{}} }}\nintegrations:\n  hubspot:\n    workflows:\n      W:\n        trigger: {trigger}\n        steps:\n{steps}"
    )
}

#[tokio::test]
async fn applying_twice_changes_nothing_and_a_dry_run_changes_nothing() {
    let app = TestApp::start().await;
    let dry = apply(&app, FILE, Mode { dry_run: true, ..Mode::default() }).await;
    assert_eq!(project(&app).await, None);
    let first = apply(&app, FILE, Mode::default()).await;
    assert_eq!(changes(&first), changes(&dry));
    assert_eq!(
        changes(&first),
        [
            "+ project Acme",
            "+ secret SLACK_URL",
            "+ App Event Contact Created",
            "+ integration hubspot",
            "+ workflow Sync contacts",
            "+ connected user user-1",
            "+ account hubspot of user-1 (main)",
            "+ account hubspot of user-1 (other)",
        ]
    );
    let second = apply(&app, FILE, Mode::default()).await;
    assert_eq!(changes(&second), Vec::<String>::new());
    assert_eq!(json!(second.workflows), json!(first.workflows));

    let changed = FILE
        .replace("email: \"{{ trigger.email }}\"", "email: \"x{{ trigger.email }}\"")
        .replace("clientId: abc", "clientId: abd");
    let third = apply(&app, &changed, Mode::default()).await;
    assert_eq!(changes(&third), ["~ integration hubspot (app.clientId)", "~ workflow Sync contacts (steps)"]);
}

#[tokio::test]
async fn an_imported_account_is_connected_and_its_workflows_are_as_the_file_says() {
    let app = TestApp::start().await;
    let outcome = apply(&app, FILE, Mode::default()).await;
    let mut conn = app.app.store.read().await.expect("a connection");
    let project_id = outcome.project_id;
    let user =
        connected_users::find_by_external_id(&mut conn, project_id, "user-1").await.expect("read").expect("there");
    assert!(!user.token_seen, "an import is no token");
    let mut accounts = credentials::list_of_user(&mut conn, project_id, user.id).await.expect("read");
    // Both were made in the same millisecond.
    accounts.sort_by(|one, other| one.external_id.cmp(&other.external_id));
    let labels: Vec<_> = accounts
        .iter()
        .map(|account| (account.external_id.clone().unwrap_or_default(), account.status.as_str()))
        .collect();
    assert_eq!(labels, [("main".to_owned(), "VALID"), ("other".to_owned(), "VALID")]);
    let opened = credentials::open(&mut conn, project_id, accounts[0].id).await.expect("read").expect("there");
    assert_eq!(opened.tokens.expect("tokens").access_token.expose_secret(), "marker-access");
    let all = configurations::list_of_user(&mut conn, project_id, user.id).await.expect("read");
    let on = enablements::list_of_user(&mut conn, project_id, user.id).await.expect("read");
    let state = |account: usize| {
        let configuration = all.iter().find(|one| one.credential_id == accounts[account].id).expect("a configuration");
        let enablement = on.iter().find(|one| one.configuration_id == configuration.id).expect("an enablement");
        (configuration.settings.clone(), enablement.enabled, enablement.settings.clone())
    };
    let object = |value: Value| value.as_object().expect("an object").clone();
    assert_eq!(state(0), (object(json!({"note": "hi"})), true, object(json!({}))), "on by default");
    assert_eq!(state(1), (object(json!({})), false, object(json!({"list": "7"}))), "as it lists");
}

#[tokio::test]
async fn pruning_removes_what_the_file_does_not_mention_but_no_people() {
    let app = TestApp::start().await;
    let first = apply(&app, FILE, Mode::default()).await;
    let small = "project: Acme\n";
    assert_eq!(changes(&apply(&app, small, Mode::default()).await), Vec::<String>::new());
    let pruned = apply(&app, small, Mode { prune: true, ..Mode::default() }).await;
    assert_eq!(changes(&pruned), ["- workflow Sync contacts", "- App Event Contact Created", "- secret SLACK_URL"]);
    assert_eq!(pruned.notes.len(), 1, "the integration stays, because accounts are connected: {:?}", pruned.notes);
    let mut conn = app.app.store.read().await.expect("a connection");
    assert_eq!(connected_users::count(&mut conn, first.project_id).await.expect("read"), 1);
    assert!(workflows::list(&mut conn, first.project_id, None).await.expect("read").is_empty());
}

#[tokio::test]
async fn an_export_holds_no_secret_and_applies_to_the_same() {
    let app = TestApp::start().await;
    let pair = signing_key::generate();
    let pem = json!(pair.public.pem).to_string();
    let file = format!(
        "{FILE}signingKeys: [ {{ name: backend, publicKey: {pem} }} ]\ntokenIssuers: [ {{ firebaseProjectId: acme-1 }}, {{ auth0Domain: acme.eu.auth0.com, audience: api }} ]\n"
    );
    let outcome = apply(&app, &file, Mode::default()).await;
    let mut conn = app.app.store.read().await.expect("a connection");
    let text = project_file::export(&mut conn, outcome.project_id).await.expect("read").expect("there");
    drop(conn);
    assert!(!text.contains("marker-"), "{text}");
    assert!(text.contains("SLACK_URL: { env: SLACK_URL }"), "{text}");
    assert!(text.contains("clientSecret: { env: HUBSPOT_CLIENT_SECRET }"), "{text}");
    assert!(
        text.contains("https://securetoken.google.com/acme-1") && text.contains("https://acme.eu.auth0.com/"),
        "{text}"
    );
    assert_eq!(changes(&apply(&app, &text, Mode::default()).await), Vec::<String>::new());
    // And elsewhere it makes the same project.
    let other = TestApp::start().await;
    let copy = apply(&other, &text, Mode::default()).await;
    let mut conn = other.app.store.read().await.expect("a connection");
    let again = project_file::export(&mut conn, copy.project_id).await.expect("read").expect("there");
    assert_eq!(again, text);
    let value = secrets::value(&mut conn, copy.project_id, "SLACK_URL").await.expect("read").expect("there");
    assert_eq!(value.expose_secret(), "marker-slack");
    drop(conn);
    for marker in ["marker-slack", "marker-client", "marker-access", "marker-refresh"] {
        let found = app.database().windows(marker.len()).any(|window| window == marker.as_bytes());
        assert!(!found, "{marker} stands in the database");
    }
}

#[tokio::test]
async fn token_issuers_of_a_file_are_added_changed_and_pruned() {
    let app = TestApp::start().await;
    let file = |issuers: &str| format!("project: Issuing\ntokenIssuers: [ {issuers} ]\n");
    let one = "{ issuer: https://issuer.example, audience: acme }";
    let first = apply(&app, &file(one), Mode::default()).await;
    assert_eq!(changes(&first), ["+ project Issuing", "+ token issuer https://issuer.example"]);
    assert_eq!(changes(&apply(&app, &file(one), Mode::default()).await), Vec::<String>::new());
    let moved = "{ issuer: https://issuer.example, audience: other, jwksUrl: https://keys.example/jwks }";
    let changed = apply(&app, &file(moved), Mode::default()).await;
    assert_eq!(changes(&changed), ["~ token issuer https://issuer.example (audience, jwksUrl)"]);
    let pruned = apply(&app, "project: Issuing\n", Mode { prune: true, ..Mode::default() }).await;
    assert_eq!(changes(&pruned), ["- token issuer https://issuer.example"]);
}

#[tokio::test]
async fn accounts_of_one_file_are_in_its_order() {
    let app = TestApp::start().await;
    let labels: Vec<String> = (0..20).map(|index| format!("account-{}", (index * 7) % 20)).collect();
    let accounts: Vec<String> =
        labels.iter().map(|label| format!("{{ externalId: {label}, accessToken: t-{label} }}")).collect();
    let file = format!(
        "project: Order\nintegrations: {{ hubspot: {{ active: true }} }}\nconnectedUsers: {{ ann: {{ credentials: {{ hubspot: [ {} ] }} }} }}\n",
        accounts.join(", ")
    );
    let outcome = apply(&app, &file, Mode::default()).await;
    let mut conn = app.app.store.read().await.expect("a connection");
    let user =
        connected_users::find_by_external_id(&mut conn, outcome.project_id, "ann").await.expect("read").expect("there");
    let listed = credentials::list_of_user(&mut conn, outcome.project_id, user.id).await.expect("read");
    let found: Vec<String> = listed.into_iter().filter_map(|account| account.external_id).collect();
    assert_eq!(found, labels);
}

#[tokio::test]
async fn steps_of_every_kind_are_written_as_they_are_read() {
    let app = TestApp::start().await;
    let file = include_str!("../../../../examples/every-step/linchpin.yaml");
    let outcome = apply(&app, file, Mode::default()).await;
    let mut conn = app.app.store.read().await.expect("a connection");
    let text = project_file::export(&mut conn, outcome.project_id).await.expect("read").expect("there");
    drop(conn);
    for line in ["forEach: \"{{ trigger.body.colleagues }}\"", "as: colleague", "$arrayIsNotEmpty", "paginate:"] {
        assert!(text.contains(line), "{line}: {text}");
    }
    assert_eq!(changes(&apply(&app, &text, Mode::default()).await), Vec::<String>::new());
    assert_eq!(changes(&apply(&app, file, Mode::default()).await), Vec::<String>::new());
}

#[tokio::test]
async fn a_key_applies_to_its_own_project_alone() {
    let app = TestApp::start().await;
    let ann = app.member("Ann").await;
    let acme = ann.project("Acme").await;
    let made = ann.post(&format!("{acme}/api-keys"), json!({"name": "deploy"})).await;
    let mut key = app.anonymous();
    key.key = made.body["key"].as_str().map(str::to_owned);
    let resolved = parse(FILE).resolved();

    let dry = key.post("/api/v1/apply?dryRun=true", resolved.clone()).await;
    assert_eq!(dry.status, 200, "{}", dry.body);
    assert_eq!(dry.body["changes"].as_array().map(Vec::len), Some(8), "{}", dry.body);
    let done = key.post("/api/v1/apply", resolved.clone()).await;
    assert_eq!(done.body["changes"], dry.body["changes"]);
    assert!(acme.ends_with(done.body["projectId"].as_str().expect("an id")));
    assert_eq!(key.post("/api/v1/apply", resolved.clone()).await.body["changes"], json!([]));

    let (status, code, _) = key.post("/api/v1/apply", json!({"project": "Other"})).await.error();
    assert_eq!((status, code.as_str()), (409, "other_project"));
    let (status, code, body) =
        key.post("/api/v1/apply", json!({"project": "Acme", "secrets": {"A": {"env": "PATH"}}})).await.error();
    assert_eq!((status, code.as_str()), (422, "project_file_wrong"), "{body}");
    let (status, ..) = key.post("/api/v1/apply?dryrun=true", resolved).await.error();
    assert_eq!(status, 400, "an unknown parameter is not overlooked");
}

#[tokio::test]
async fn what_a_person_changed_since_stays_until_the_file_changes() {
    let app = TestApp::start().await;
    let outcome = apply(&app, FILE, Mode::default()).await;
    let store = &app.app.store;
    let mut tx = store.begin().await.expect("begins");
    let user = connected_users::find_by_external_id(&mut tx, outcome.project_id, "user-1")
        .await
        .expect("read")
        .expect("there");
    let accounts = credentials::list_of_user(&mut tx, outcome.project_id, user.id).await.expect("read");
    let account = accounts.into_iter().find(|one| one.external_id.as_deref() == Some("main")).expect("there");
    let tokens = credentials::open(&mut tx, outcome.project_id, account.id)
        .await
        .expect("read")
        .expect("there")
        .tokens
        .expect("tokens");
    // A refresh keeps what belongs to the account and writes newer tokens.
    let grant = credentials::Grant {
        tokens: credentials::Tokens { access_token: "newer".into(), ..tokens },
        expires_at: None,
        scopes: None,
    };
    credentials::reconnect(&mut tx, &account, &grant, Arc::clone(store.clock()).now()).await.expect("written");
    tx.commit().await.expect("commits");
    assert_eq!(changes(&apply(&app, FILE, Mode::default()).await), Vec::<String>::new());
    let token = async || {
        let mut conn = store.read().await.expect("a connection");
        let opened = credentials::open(&mut conn, outcome.project_id, account.id).await.expect("read").expect("there");
        opened.tokens.expect("tokens").access_token.expose_secret().to_owned()
    };
    assert_eq!(token().await, "newer", "the file's older token does not come back");
    let changed = FILE.replace("marker-access", "marker-access-2");
    assert_eq!(changes(&apply(&app, &changed, Mode::default()).await), ["~ account hubspot of user-1 (main) (tokens)"]);
    assert_eq!(token().await, "marker-access-2");
}

#[tokio::test]
async fn permissions_are_set_lifted_and_checked() {
    let app = TestApp::start().await;
    apply(&app, FILE, Mode::default()).await;
    let line =
        "        permissions: { any: [ { all: [ { left: \"{{ user.metadata.Name }}\", operator: $exists } ] } ] }\n";
    let with = |permissions: &str| FILE.replace(line, &format!("        permissions: {permissions}\n"));
    assert_eq!(apply(&app, &FILE.replace(line, ""), Mode::default()).await.changes, [], "what is not mentioned stays");
    let lifted = apply(&app, &with("null"), Mode::default()).await;
    assert_eq!(changes(&lifted), ["~ workflow Sync contacts (permissions)"]);
    let pro = with("{ any: [ { all: [ { left: \"{{ user.metadata.plan }}\", operator: $exists } ] } ] }");
    assert_eq!(changes(&apply(&app, &pro, Mode::default()).await), ["~ workflow Sync contacts (permissions)"]);
    let project_id = project(&app).await.expect("there");
    let mut conn = app.app.store.read().await.expect("a connection");
    let on = workflows::users_enabled(&mut conn, project_id).await.expect("read");
    assert!(on.is_empty(), "{on:?}: the user of the file has no plan");
    drop(conn);

    let on = pro.replace("enabled: false, settings: { list: \"7\" }", "enabled: true");
    let refused_on = refused(&app, &on).await;
    assert!(refused_on.contains("the workflow's permissions do not match the metadata of `user-1`"), "{refused_on}");
    for (permissions, problem) in [
        ("yes", "a text stands here"),
        ("{ any: [ { all: [ { left: \"{{ trigger.x }}\", operator: $exists } ] } ] }", "there is no `trigger` here"),
        ("{ any: [ { all: [ { left: \"{{ user.id }}\", operator: $exist } ] } ] }", "did you mean `$exists`?"),
    ] {
        let refused = refused(&app, &with(permissions)).await;
        assert!(refused.starts_with("a.yaml:20:") && refused.contains(problem), "{permissions}: {refused}");
    }
}
