//! The inbox of webhooks that started nothing, and the cursors of polling.

use std::time::Duration;

use linchpin_domain::id::{ConfigurationId, CredentialId, HookRegistrationId, WebhookDeliveryId, WorkflowId};
use linchpin_domain::workflow::Definition;
use linchpin_store::credentials::{self, Credential, Status};
use linchpin_store::enablements::{self, Enablement};
use linchpin_store::hook_registrations::{self as hooks, HookRegistration};
use linchpin_store::integrations::{self, Integration};
use linchpin_store::poll_cursors::{self, Cursor};
use linchpin_store::webhook_deliveries::{self as inbox, WebhookDelivery};
use linchpin_store::workflow_versions::{self, Deployment};
use linchpin_store::workflows::{self, Workflow};
use linchpin_store::{configurations, connected_users};
use secrecy::ExposeSecret;
use serde_json::{Map, json};

use crate::database::{Database, each};
use crate::workflows::workflow;

fn delivery(db: &Database, template: &WebhookDelivery, key: &str) -> WebhookDelivery {
    db.clock.advance(Duration::from_millis(1));
    WebhookDelivery {
        id: WebhookDeliveryId::fresh(&*db.clock),
        event_key: key.into(),
        received_at: db.now(),
        ..template.clone()
    }
}

#[tokio::test]
async fn the_inbox_keeps_an_event_once_and_forgets_it_in_time() {
    each(async |db| {
        let (acme, other) = (db.project("Acme").await, db.project("Other").await);
        let integration = db.integration(acme.id, "hubspot").await;
        let template = WebhookDelivery {
            id: WebhookDeliveryId::fresh(&*db.clock),
            project_id: acme.id,
            integration_id: integration.id,
            event_key: String::new(),
            account: "1234567".into(),
            kind: "contact.creation".into(),
            event: "{\"a\":\"\\u0000\"}".into(),
            reason: "no_account".into(),
            received_at: db.now(),
            replayed_at: None,
        };
        let (first, again, second) =
            (delivery(&db, &template, "k1"), delivery(&db, &template, "k1"), delivery(&db, &template, "k2"));
        let mut tx = db.begin().await;
        for one in [&first, &again, &second] {
            inbox::add(&mut tx, one).await.expect("adds");
        }
        assert_eq!(inbox::trim(&mut tx, acme.id).await.expect("trims"), 0);
        tx.commit().await.expect("commits");
        let mut conn = db.store.read().await.expect("reads");
        let all = inbox::list(&mut conn, acme.id, None, 10).await.expect("lists");
        assert_eq!(all, [second.clone(), first.clone()], "newest first; the first delivery of an event stands");
        assert_eq!(
            inbox::list(&mut conn, acme.id, Some(second.id), 10).await.expect("lists"),
            std::slice::from_ref(&first)
        );
        assert_eq!(inbox::list(&mut conn, other.id, None, 10).await.expect("lists"), []);
        assert_eq!(inbox::find(&mut conn, other.id, first.id).await.expect("looks"), None);
        drop(conn);
        let mut tx = db.begin().await;
        inbox::mark_replayed(&mut tx, acme.id, first.id, db.now()).await.expect("marks");
        inbox::set_reason(&mut tx, acme.id, second.id, "reconnect_needed").await.expect("marks");
        tx.commit().await.expect("commits");
        let mut conn = db.store.read().await.expect("reads");
        let found = inbox::find(&mut conn, acme.id, first.id).await.expect("looks").expect("there");
        assert_eq!(found.replayed_at, Some(db.now()));
        let found = inbox::find(&mut conn, acme.id, second.id).await.expect("looks").expect("there");
        assert_eq!((found.reason.as_str(), found.replayed_at), ("reconnect_needed", None));
        drop(conn);
        assert_eq!(inbox::remove_older(&db.store, second.received_at).await.expect("removes"), 1);
    })
    .await;
}

#[tokio::test]
async fn a_poll_cursor_survives_redeploying_and_goes_with_the_switch() {
    each(async |db| {
        let acme = db.project("Acme").await;
        let integration = db.integration(acme.id, "hubspot").await;
        let definition: Definition =
            serde_json::from_value(json!({"trigger": {"provider": {"event": "contacts.createdPolled"}}, "steps": []}))
                .expect("a definition");
        let workflow = Workflow { draft: definition.clone(), ..workflow(&db, acme.id, integration.id, "Poll") };
        let mut tx = db.begin().await;
        workflows::add(&mut tx, &workflow).await.expect("adds");
        integrations::update(&mut tx, &Integration { active: true, ..integration.clone() }).await.expect("activates");
        tx.commit().await.expect("commits");
        let deploy = async || {
            let mut tx = db.begin().await;
            let deployment = Deployment {
                project_id: acme.id,
                workflow_id: workflow.id,
                definition: &definition,
                note: None,
                deployed_by: None,
                now: db.now(),
            };
            workflow_versions::deploy(&mut tx, deployment).await.expect("deploys");
            tx.commit().await.expect("commits");
        };
        deploy().await;
        let mut tx = db.begin().await;
        let ann = connected_users::meet(&mut tx, acme.id, "ann", db.now()).await.expect("met");
        let credential = Credential {
            id: CredentialId::fresh(&*db.clock),
            project_id: acme.id,
            user_id: ann.id,
            integration_id: integration.id,
            external_id: None,
            status: Status::Valid,
            status_reason: None,
            provider_id: Some("1234567".into()),
            provider_data: Map::new(),
            scopes: Vec::new(),
            expires_at: None,
            token_version: 0,
            refresh_failures: 0,
            refreshed_at: None,
            created_at: db.now(),
            updated_at: db.now(),
        };
        credentials::add(&mut tx, &credential, None).await.expect("adds");
        let configuration = configurations::add_default(&mut tx, acme.id, ann.id, credential.id, Map::new(), db.now())
            .await
            .expect("adds");
        let mut state = Enablement {
            configuration_id: configuration.id,
            workflow_id: workflow.id,
            enabled: true,
            settings: Map::new(),
        };
        enablements::set(&mut tx, acme.id, ann.id, &state).await.expect("sets");
        tx.commit().await.expect("commits");

        let mut conn = db.store.read().await.expect("reads");
        let found = credentials::list_of_provider(&mut conn, acme.id, integration.id, "1234567").await.expect("lists");
        assert_eq!(found, [(ann.id, credential.id)]);
        assert_eq!(credentials::list_of_provider(&mut conn, acme.id, integration.id, "7").await.expect("lists"), []);
        let polled = poll_cursors::workflows(&mut conn).await.expect("lists");
        assert_eq!(
            polled.iter().map(|one| (one.workflow_id, one.kind.as_str())).collect::<Vec<_>>(),
            [(workflow.id, "hubspot")]
        );
        let waiting = poll_cursors::waiting(&mut conn, acme.id, workflow.id).await.expect("lists");
        assert_eq!((waiting[0].configuration_id, waiting[0].event.clone()), (configuration.id, None));
        drop(conn);

        let cursor = Cursor {
            event: "contacts.createdPolled".into(),
            begun_at: db.now(),
            newest_at: db.now(),
            seen: vec![("101".into(), db.now())],
            place: Some(7),
        };
        let mut tx = db.begin().await;
        poll_cursors::set(&mut tx, workflow.id, configuration.id, &cursor).await.expect("sets");
        poll_cursors::set(&mut tx, workflow.id, ConfigurationId::fresh(&*db.clock), &cursor)
            .await
            .expect("no such one");
        assert_eq!(poll_cursors::forget_disabled(&mut tx).await.expect("forgets"), 0);
        tx.commit().await.expect("commits");
        deploy().await;
        let mut conn = db.store.read().await.expect("reads");
        let waiting = poll_cursors::waiting(&mut conn, acme.id, workflow.id).await.expect("lists");
        assert_eq!(waiting[0].event.as_deref(), Some("contacts.createdPolled"));
        let found = poll_cursors::find(&mut conn, workflow.id, configuration.id).await.expect("looks");
        assert_eq!(found, Some(cursor));
        drop(conn);

        state.enabled = false;
        let mut tx = db.begin().await;
        enablements::set(&mut tx, acme.id, ann.id, &state).await.expect("sets");
        assert_eq!(poll_cursors::forget_disabled(&mut tx).await.expect("forgets"), 1);
        tx.commit().await.expect("commits");
        let mut conn = db.store.read().await.expect("reads");
        assert!(poll_cursors::waiting(&mut conn, acme.id, workflow.id).await.expect("lists").is_empty());
    })
    .await;
}

#[tokio::test]
async fn a_hook_outlives_its_account_and_keeps_what_removes_it() {
    each(async |db| {
        let (acme, other) = (db.project("Acme").await, db.project("Other").await);
        let integration = db.integration(acme.id, "hubspot").await;
        let mut tx = db.begin().await;
        let ann = connected_users::meet(&mut tx, acme.id, "ann", db.now()).await.expect("met");
        let credential = Credential {
            id: CredentialId::fresh(&*db.clock),
            project_id: acme.id,
            user_id: ann.id,
            integration_id: integration.id,
            external_id: None,
            status: Status::Valid,
            status_reason: None,
            provider_id: None,
            provider_data: Map::new(),
            scopes: Vec::new(),
            expires_at: None,
            token_version: 0,
            refresh_failures: 0,
            refreshed_at: None,
            created_at: db.now(),
            updated_at: db.now(),
        };
        let tokens = credentials::Tokens {
            access_token: "the-token".to_owned().into(),
            refresh_token: Some("never-kept".to_owned().into()),
            more: Map::new(),
        };
        credentials::add(&mut tx, &credential, Some(&tokens)).await.expect("adds");
        let hook = HookRegistration {
            id: HookRegistrationId::fresh(&*db.clock),
            project_id: acme.id,
            integration_id: integration.id,
            workflow_id: WorkflowId::fresh(&*db.clock),
            account: Some(hooks::Account {
                user_id: ann.id,
                credential_id: credential.id,
                configuration_id: ConfigurationId::fresh(&*db.clock),
            }),
            address: "abc".into(),
            fingerprint: "f".into(),
            state: hooks::State::Registering,
            provider_id: None,
            sent_at: None,
            attempts: 0,
            fault: None,
            due_at: Some(db.now()),
            created_at: db.now(),
            updated_at: db.now(),
        };
        hooks::add(&mut tx, &hook, &"the plan".to_owned().into()).await.expect("adds");
        hooks::set_secret(&mut tx, acme.id, hook.id, &"the secret".to_owned().into()).await.expect("sets");
        tx.commit().await.expect("commits");

        let mut conn = db.store.read().await.expect("reads");
        assert_eq!(hooks::due(&mut conn, db.now(), 10).await.expect("lists"), std::slice::from_ref(&hook));
        assert_eq!(hooks::all(&mut conn).await.expect("lists"), std::slice::from_ref(&hook));
        assert_eq!(
            hooks::list(&mut conn, acme.id, Some(hook.workflow_id), None, 10).await.expect("lists"),
            std::slice::from_ref(&hook)
        );
        assert_eq!(hooks::list(&mut conn, other.id, None, None, 10).await.expect("lists"), []);
        assert_eq!(hooks::find(&mut conn, other.id, hook.id).await.expect("looks"), None);
        let found = hooks::of_address(&mut conn, acme.id, hook.workflow_id, "abc").await.expect("looks");
        assert_eq!(found, Some(hook.clone()));
        assert_eq!(hooks::of_address(&mut conn, other.id, hook.workflow_id, "abc").await.expect("looks"), None);
        assert!(hooks::open(&mut conn, other.id, hook.id).await.expect("looks").is_none());
        drop(conn);

        // One that goes is first tried to be removed before its successor is made.
        let fault = Some(hooks::Fault { code: "x".into(), message: "y".into() });
        let going =
            HookRegistration { state: hooks::State::Removing, provider_id: Some("7".into()), fault, ..hook.clone() };
        let next =
            HookRegistration { id: HookRegistrationId::fresh(&*db.clock), address: "def".into(), ..hook.clone() };
        let mut tx = db.begin().await;
        hooks::update(&mut tx, &going).await.expect("updates");
        hooks::add(&mut tx, &next, &"another".to_owned().into()).await.expect("adds");
        tx.commit().await.expect("commits");
        let mut conn = db.store.read().await.expect("reads");
        assert_eq!(hooks::due(&mut conn, db.now(), 10).await.expect("lists"), std::slice::from_ref(&going));
        drop(conn);
        let mut tx = db.begin().await;
        hooks::update(&mut tx, &HookRegistration { attempts: 1, ..going.clone() }).await.expect("updates");
        credentials::remove(&mut tx, acme.id, ann.id, credential.id).await.expect("removes");
        tx.commit().await.expect("commits");
        let mut conn = db.store.read().await.expect("reads");
        assert_eq!(hooks::due(&mut conn, db.now(), 10).await.expect("lists").len(), 2);
        let sealed = hooks::open(&mut conn, acme.id, hook.id).await.expect("opens").expect("there");
        let shown = |secret: Option<secrecy::SecretString>| secret.map(|secret| secret.expose_secret().to_owned());
        assert_eq!(sealed.plan.expose_secret(), "the plan");
        assert_eq!(shown(sealed.secret).as_deref(), Some("the secret"));
        assert_eq!(shown(sealed.access.map(|access| access.token)).as_deref(), Some("the-token"));
        drop(conn);
        let mut tx = db.begin().await;
        assert!(!hooks::remove(&mut tx, other.id, hook.id).await.expect("looks"));
        assert!(hooks::remove(&mut tx, acme.id, hook.id).await.expect("removes"));
        tx.commit().await.expect("commits");
    })
    .await;
}
