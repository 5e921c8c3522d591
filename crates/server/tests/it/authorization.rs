//! Every operation of the API's description, called by those who may not.

use std::collections::BTreeMap;

use linchpin_domain::id::{HookRegistrationId, ReleaseId, WebhookDeliveryId};
use linchpin_store::hook_registrations::{self, HookRegistration};
use linchpin_store::releases::{self, Release};
use linchpin_store::webhook_deliveries::WebhookDelivery;
use reqwest::Method;
use serde_json::{Value, json};

use crate::app::{Client, TestApp};

struct Operation {
    name: String,
    method: Method,
    path: String,
    open: bool,
    /// For the user token alone: neither a session nor an API key opens it.
    for_users: bool,
    /// For API keys alone, which name the project.
    for_keys: bool,
}

/// The operations of the description that the server itself gives.
async fn operations(client: &Client) -> Vec<Operation> {
    let document = client.get("/openapi.json").await.body;
    let mut operations = Vec::new();
    for (path, methods) in document["paths"].as_object().expect("paths") {
        for (method, operation) in methods.as_object().expect("methods") {
            operations.push(Operation {
                name: operation["operationId"].as_str().expect("every operation has an id").to_owned(),
                method: method.to_uppercase().parse().expect("a method"),
                path: path.clone(),
                open: operation["security"] == json!([{}]),
                for_users: operation["security"] == json!([{"userToken": []}]),
                for_keys: operation["security"] == json!([{"apiKey": []}]),
            });
        }
    }
    operations
}

/// A body that would be taken, so that nothing but the caller is wrong.
fn body(name: &str) -> Option<Value> {
    Some(match name {
        "projects.add" | "apiKeys.add" | "signingKeys.add" => json!({"name": "X"}),
        "secrets.set" => json!({"value": "X"}),
        "members.update" => json!({"role": "member"}),
        "eventDestinations.add" => json!({"name": "X", "url": "https://example.com/"}),
        "releases.add" | "releases.preview" => json!({"sourceProjectId": "00000000-0000-7000-8000-000000000000"}),
        "releaseSettings.set" => json!({"readOnly": false}),
        "workflows.setRollout" => json!({"percent": 10}),
        "eventDestinations.update" | "eventDestinations.test" => json!({}),
        "invitations.add" => json!({"email": "x@example.com", "role": "support"}),
        "appEvents.add" => json!({"name": "X", "example": {}}),
        "tokenIssuers.add" => json!({"firebaseProjectId": "x"}),
        "customIntegrations.add" | "customIntegrations.check" | "customIntegrations.update" => {
            json!({"manifest": "kind: x"})
        }
        "integrations.add" => json!({"type": "hubspot"}),
        "connectLinks.add" => json!({"userId": "ann", "integration": "hubspot"}),
        "workflows.add" => json!({"integrationId": "00000000-0000-7000-8000-000000000000", "name": "X"}),
        "workflows.saveDraft" => json!({"revision": 1, "definition": {}}),
        "projects.update"
        | "integrations.update"
        | "workflows.update"
        | "workflows.deploy"
        | "workflows.copy"
        | "integrations.updateSimulator"
        | "users.update" => {
            json!({})
        }
        "appEvents.update" => json!({"example": {}}),
        "runs.settle" => json!({"happened": true}),
        "workflows.forecast" => json!({}),
        "expressions.evaluate" => json!({"template": "{{ trigger.email }}"}),
        "integrations.options" => json!({"userId": "00000000-0000-7000-8000-000000000000", "source": "owners"}),
        "pins.set" => json!({"output": 1}),
        "syncs.add" => {
            json!({"name": "X", "integrationId": "00000000-0000-7000-8000-000000000000", "object": "contacts"})
        }
        "syncs.update" | "syncs.setAccount" => json!({}),
        "syncs.writeRecord" => json!({"externalId": "1", "user": "ext:ann", "fields": {"email": "a@example.com"}}),
        "projectFile.write" => json!({"file": "project: X"}),
        "workflows.test" => json!({"userId": "00000000-0000-7000-8000-000000000000"}),
        _ => return None,
    })
}

/// A webhook in the inbox of a project.
async fn kept_webhook(app: &TestApp, project: &str, integration: &str) -> WebhookDeliveryId {
    let delivery = WebhookDelivery {
        id: WebhookDeliveryId::fresh(&*app.app.clock),
        project_id: project.parse().expect("an id"),
        integration_id: integration.parse().expect("an id"),
        event_key: "1".into(),
        account: "1234567".into(),
        kind: "contact.creation".into(),
        event: json!({"portalId": 1_234_567, "subscriptionType": "contact.creation"}).to_string(),
        reason: "no_account".into(),
        received_at: app.app.clock.now(),
        replayed_at: None,
    };
    let mut tx = app.app.store.begin().await.expect("begins");
    linchpin_store::webhook_deliveries::add(&mut tx, &delivery).await.expect("kept");
    tx.commit().await.expect("commits");
    delivery.id
}

/// A hook that was left at a provider.
async fn left_hook(app: &TestApp, project: &str, integration: &str, workflow: &str) -> HookRegistrationId {
    let now = app.app.clock.now();
    let hook = HookRegistration {
        id: HookRegistrationId::fresh(&*app.app.clock),
        project_id: project.parse().expect("an id"),
        integration_id: integration.parse().expect("an id"),
        workflow_id: workflow.parse().expect("an id"),
        account: None,
        address: "a".into(),
        fingerprint: "f".into(),
        state: hook_registrations::State::Left,
        provider_id: Some("h1".into()),
        sent_at: None,
        attempts: 1,
        fault: None,
        due_at: None,
        created_at: now,
        updated_at: now,
    };
    let mut tx = app.app.store.begin().await.expect("begins");
    hook_registrations::add(&mut tx, &hook, &"{}".to_owned().into()).await.expect("kept");
    tx.commit().await.expect("commits");
    hook.id
}

/// A release into a project.
async fn past_release(app: &TestApp, project: &str) -> ReleaseId {
    let project_id = project.parse().expect("an id");
    let release = Release {
        id: ReleaseId::fresh(&*app.app.clock),
        project_id,
        number: 1,
        source_id: project_id,
        source_name: "Staging".into(),
        message: String::new(),
        changes: json!([]),
        back_to: None,
        released_by: "Ann".into(),
        released_at: app.app.clock.now(),
    };
    let mut tx = app.app.store.begin().await.expect("begins");
    releases::add(&mut tx, &release, "{}").await.expect("kept");
    tx.commit().await.expect("commits");
    release.id
}

#[tokio::test]
async fn nobody_reaches_what_is_not_theirs() {
    let app = TestApp::start().await;
    let ann = app.member("Ann").await;
    let acme = ann.project("Acme").await;
    let acme_id = acme.rsplit('/').next().expect("an id").to_owned();
    let integration = ann.hubspot(&acme).await;
    let workflow = ann.workflow(&acme, &integration).await;
    let user = app.connected_user(&acme_id, &integration, Some(&workflow), "user-1").await;
    let event = linchpin_engine::AppEvent {
        project_id: acme_id.parse().expect("an id"),
        user_id: user,
        name: "Contact Created".into(),
        payload: "{}".into(),
        target: None,
        idempotency: None,
    };
    let accepted = app.app.engine.accept_app_event(event).await.expect("accepted");
    let key = ann.post(&format!("{acme}/signing-keys"), json!({"name": "backend"})).await.created();
    let issuer = ann.post(&format!("{acme}/token-issuers"), json!({"firebaseProjectId": "acme"})).await.created();
    let made = ann.post(&format!("{acme}/api-keys"), json!({"name": "deploy"})).await;
    let api_key = made.created();
    let mut anns_key = app.anonymous();
    anns_key.key = made.body["key"].as_str().map(str::to_owned);
    let app_event =
        ann.get(&format!("{acme}/app-events")).await.body["items"][0]["id"].as_str().expect("an id").to_owned();
    let delivery = kept_webhook(&app, &acme_id, &integration).await;
    let hook = left_hook(&app, &acme_id, &integration, &workflow).await;
    let team = ann.get(&format!("{acme}/members")).await.body;
    let invited = json!({"email": "carl@example.com", "role": "member"});
    let invitation = ann.post(&format!("{acme}/invitations"), invited).await.created();
    let destination = json!({"name": "Alerts", "url": "https://example.com/"});
    let destination = ann.post(&format!("{acme}/event-destinations"), destination).await.created();
    let sync = json!({"name": "Contacts", "integrationId": integration, "object": "contacts"});
    let sync = ann.post(&format!("{acme}/syncs"), sync).await.created();
    let ids: BTreeMap<&str, String> = [
        ("syncs", sync),
        ("event-destinations", destination),
        ("releases", past_release(&app, &acme_id).await.to_string()),
        ("members", team["items"][0]["id"].as_str().expect("an id").to_owned()),
        ("invitations", invitation),
        ("custom-integrations", integration.clone()),
        ("integrations", integration),
        ("workflows", workflow),
        ("app-events", app_event),
        ("signing-keys", key),
        ("token-issuers", issuer),
        ("api-keys", api_key),
        ("users", user.to_string()),
        ("runs", accepted.runs[0].to_string()),
        ("hooks", delivery.to_string()),
        ("hook-registrations", hook.to_string()),
    ]
    .into();

    // Bob is added last, so that he is no member of Ann's project.
    let bob = app.outsider("Bob").await;
    let own = bob.project("Bob's").await;
    let own_id = own.rsplit('/').next().expect("an id").to_owned();
    let made = bob.post(&format!("{own}/api-keys"), json!({"name": "bob"})).await;
    let mut bobs_key = app.anonymous();
    bobs_key.key = made.body["key"].as_str().map(str::to_owned);

    let address = |operation: &Operation, project: &str| {
        let noun = operation.path.split('/').nth(5).unwrap_or_default();
        operation
            .path
            .replace("{projectId}", project)
            .replace("{type}", "hubspot")
            .replace("{number}", "1")
            .replace("{executionId}", &ids["runs"])
            .replace("{eventId}", "e")
            .replace("{credentialId}", "0192a0c0-0000-4000-8000-000000000000")
            .replace("{recordId}", "0192a0c0-0000-7000-8000-000000000000")
            .replace("{stepExecutionId}", "0192a0c0-0000-7000-8000-000000000000")
            .replace("{name}", "KEY")
            .replace("{id}", ids.get(noun).map_or("", String::as_str))
    };
    let operations = operations(&ann).await;
    assert!(operations.len() > 30, "the description holds only {} operations", operations.len());
    let mut open = Vec::new();
    let mut foreign = 0;
    let (mut user_doors, mut key_doors) = (0, 0);
    for operation in &operations {
        let call = async |client: &Client, project: &str| {
            let path = address(operation, project);
            assert!(!path.contains('{') && !path.contains("//"), "{path}");
            client.send(operation.method.clone(), &path, body(&operation.name)).await
        };
        if operation.open {
            open.push(operation.name.clone());
            continue;
        }
        let name = &operation.name;
        if operation.for_users {
            let parts: Vec<_> = operation
                .path
                .split('/')
                .map(|part| match part {
                    "{projectId}" => acme_id.as_str(),
                    "{type}" => "hubspot",
                    part if part.starts_with('{') => "x",
                    part => part,
                })
                .collect();
            let path = parts.join("/");
            for (client, who) in [(&app.anonymous(), "anonymous"), (&ann, "a session"), (&anns_key, "an API key")] {
                let (status, code, _) = client.send(operation.method.clone(), &path, Some(json!({}))).await.error();
                assert_eq!(status, 401, "{name}, {who}: {code}");
            }
            user_doors += 1;
            continue;
        }
        if operation.for_keys {
            for (client, who) in [(&app.anonymous(), "anonymous"), (&ann, "a session")] {
                assert_eq!(call(client, &acme_id).await.error().0, 401, "{name}, {who}");
            }
            let answer = call(&bobs_key, &acme_id).await;
            if operation.path.contains('{') {
                assert_eq!(answer.error().0, 404, "{name}, a foreign id with a key");
            } else {
                assert_eq!(answer.body["total"], 0, "{name}, another project's key: {}", answer.text);
            }
            key_doors += 1;
            continue;
        }
        assert_eq!(call(&app.anonymous(), &acme_id).await.error().0, 401, "{name}, anonymous");
        let mut wrong_key = app.anonymous();
        wrong_key.key = Some(format!("lp_{}", "0".repeat(64)));
        assert_eq!(call(&wrong_key, &acme_id).await.error().0, 401, "{name}, wrong key");
        if operation.method != Method::GET {
            let mut forged = ann.clone();
            forged.csrf = None;
            let (status, code, _) = call(&forged, &acme_id).await.error();
            let expected =
                if name == "projectFile.apply" { (401, "api_key_needed") } else { (403, "csrf_token_wrong") };
            assert_eq!((status, code.as_str()), expected, "{name}, no CSRF token");
        }
        if operation.path.contains("{projectId}") {
            assert_eq!(call(&bob, &acme_id).await.error().0, 404, "{name}, another project's member");
            assert_eq!(call(&bobs_key, &acme_id).await.error().0, 404, "{name}, another project's key");
            foreign += 1;
        }
        if operation.path.contains("{id}") {
            // His own project, and an id from Ann's.
            assert_eq!(call(&bob, &own_id).await.error().0, 404, "{name}, a foreign id");
            assert_eq!(call(&bobs_key, &own_id).await.error().0, 404, "{name}, a foreign id with a key");
        }
    }
    open.sort();
    // The hooks ask for a provider's signature, or for what a workflow's own webhook says.
    let expected = [
        "hooks.answerApp",
        "hooks.answerCustom",
        "hooks.receive",
        "hooks.receiveApp",
        "hooks.receiveCustom",
        "invitations.accept",
        "invitations.preview",
        "session.signIn",
        "setup.find",
        "setup.use",
    ];
    assert_eq!(open, expected, "no other operation is open to everybody");
    assert!(user_doors >= 22, "{user_doors}");
    assert!(key_doors >= 4, "{key_doors}");
    assert!(foreign > 25, "{foreign}");

    for noun in [
        "integrations",
        "workflows",
        "app-events",
        "signing-keys",
        "api-keys",
        "users",
        "runs",
        "hook-registrations",
        "invitations",
        "event-destinations",
    ] {
        let listed = ann.get(&format!("{acme}/{noun}")).await.body;
        assert_eq!(listed["items"][0]["id"], ids[noun], "{noun} is still there");
        assert_eq!(
            bob.get(&format!("{own}/{noun}")).await.body["items"].as_array().map_or(0, Vec::len),
            usize::from(noun == "api-keys")
        );
    }
}

/// What changes something and takes no more than the role Support, beside everything about connected users.
const SUPPORT: [&str; 6] =
    ["runs.cancel", "runs.replay", "runs.replayAll", "runs.settle", "hooks.replay", "receivedEvents.replaySkipped"];
/// What takes the role Admin.
const ADMIN: [&str; 17] = [
    "apiKeys.add",
    "apiKeys.remove",
    "auditLog.list",
    "eventDestinations.add",
    "eventDestinations.redeliver",
    "eventDestinations.remove",
    "eventDestinations.setSecret",
    "eventDestinations.test",
    "eventDestinations.update",
    "invitations.add",
    "invitations.remove",
    "members.remove",
    "members.update",
    "projectFile.write",
    "releaseSettings.set",
    "secrets.remove",
    "secrets.set",
];

#[tokio::test]
async fn every_door_of_a_project_asks_for_its_role() {
    let app = TestApp::start().await;
    let ann = app.member("Ann").await;
    let acme = ann.project("Acme").await;
    let acme_id = acme.rsplit('/').next().expect("an id").to_owned();
    let mut clients = Vec::new();
    for role in ["support", "member", "admin"] {
        let email = format!("{role}@example.com");
        let made = ann.post(&format!("{acme}/invitations"), json!({"email": email, "role": role})).await;
        let link = made.body["link"].as_str().expect("a link").to_owned();
        let token = link.split("token=").nth(1).expect("a token");
        let mut client = app.anonymous();
        let accept = json!({"token": token, "name": role, "password": crate::app::PASSWORD});
        let joined = client.post("/api/v1/invitation/accept", accept).await;
        assert_eq!(joined.status, 201, "{}", joined.body);
        assert_eq!(joined.body["projects"][0]["role"], role);
        client.take_session(&joined);
        clients.push((role, client));
    }
    let mut checked = 0;
    for operation in operations(&ann).await {
        if operation.open || operation.for_users || operation.for_keys || !operation.path.contains("{projectId}") {
            continue;
        }
        let name = operation.name.as_str();
        let needed = if ADMIN.contains(&name) {
            "admin"
        } else if operation.method == Method::GET || SUPPORT.contains(&name) || name.starts_with("users.") {
            "support"
        } else {
            "member"
        };
        // Nothing has this id, so that what is allowed changes nothing.
        let path = operation
            .path
            .replace("{projectId}", &acme_id)
            .replace("{id}", "00000000-0000-7000-8000-000000000000")
            .replace("{number}", "1")
            .replace("{name}", "KEY")
            .replace("{eventId}", "e")
            .replace("{type}", "hubspot");
        let mut allowed = false;
        for (role, client) in &clients {
            allowed |= *role == needed;
            let answer = client.send(operation.method.clone(), &path, body(name)).await;
            let refused = answer.status == 403 && answer.body["code"] == "role_missing";
            assert_eq!(refused, !allowed, "{name} as {role}: {} {}", answer.status, answer.body);
        }
        checked += 1;
    }
    assert!(checked > 45, "{checked}");
}

#[test]
fn operation_ids_are_unique_and_every_operation_says_what_it_does() {
    let document = serde_json::to_value(linchpin::http::openapi::document()).expect("JSON");
    let mut seen = std::collections::BTreeSet::new();
    for methods in document["paths"].as_object().expect("paths").values() {
        for operation in methods.as_object().expect("methods").values() {
            let id = operation["operationId"].as_str().expect("an id");
            assert!(seen.insert(id.to_owned()), "{id} twice");
            assert!(operation["summary"].as_str().is_some_and(|text| !text.is_empty()), "{id} has no summary");
        }
    }
    assert!(seen.contains("workflows.deploy"), "{seen:?}");
}
