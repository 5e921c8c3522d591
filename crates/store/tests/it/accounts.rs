//! Connected users, their accounts, and what hangs on an account.

use std::sync::Arc;
use std::time::Duration;

use linchpin_domain::id::{ConfigurationId, ConnectedUserId, CredentialId, ProjectId};
use linchpin_store::configurations::{self, Configuration};
use linchpin_store::connect_sessions::{self, Carried, ConnectSession};
use linchpin_store::connected_users::{self, ConnectedUser};
use linchpin_store::credentials::{self, Claim, Credential, Grant, Status, Tokens};
use linchpin_store::enablements::{self, Enablement};
use linchpin_store::integrations::Integration;
use linchpin_store::workflows;
use linchpin_store::{Error, Tx};
use parking_lot::Mutex;
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Map, Value, json};

use crate::database::{Database, each};
use crate::workflows::workflow;

pub fn object(value: Value) -> Map<String, Value> {
    value.as_object().expect("an object").clone()
}

fn tokens(text: &str) -> Tokens {
    Tokens {
        access_token: SecretString::from(format!("access-{text}")),
        refresh_token: Some(SecretString::from(format!("refresh-{text}"))),
        more: object(json!({"domain": text})),
    }
}

fn grant(db: &Database, text: &str) -> Grant {
    Grant { tokens: tokens(text), expires_at: Some(db.now().plus(Duration::from_mins(30))), scopes: None }
}

pub fn account(db: &Database, user: &ConnectedUser, integration: &Integration, label: Option<&str>) -> Credential {
    Credential {
        id: CredentialId::fresh(&*db.clock),
        project_id: user.project_id,
        user_id: user.id,
        integration_id: integration.id,
        external_id: label.map(str::to_owned),
        status: Status::Valid,
        status_reason: None,
        provider_id: Some("123".into()),
        provider_data: object(json!({"label": "Acme"})),
        scopes: vec!["oauth".into()],
        expires_at: None,
        token_version: 1,
        refresh_failures: 0,
        refreshed_at: None,
        created_at: db.now(),
        updated_at: db.now(),
    }
}

pub async fn user(db: &Database, project_id: ProjectId, name: &str) -> ConnectedUser {
    let mut tx = db.begin().await;
    let user = connected_users::meet(&mut tx, project_id, name, db.now()).await.expect("met");
    tx.commit().await.expect("commits");
    user
}

#[tokio::test]
async fn many_users_are_met_at_once_and_whoever_was_removed_is_not_seen_again() {
    each(async |db| {
        let (acme, other) = (db.project("Acme").await, db.project("Other").await);
        let before = user(&db, acme.id, "user 7").await;
        let (began, told) = (db.now(), Arc::new(Mutex::new(Vec::new())));
        let listener = Arc::clone(&told);
        db.store.on_change(move |change| listener.lock().push(change));
        db.clock.advance(Duration::from_mins(1));
        let names: Vec<_> = (0..100).map(|n| format!("user {n}")).collect();
        let visits = names.iter().map(|name| (acme.id, name.as_str())).chain([(other.id, "user 7")]);
        let mut tx = db.begin().await;
        let met = connected_users::meet_all(&mut tx, visits, db.now()).await.expect("met");
        tx.commit().await.expect("commits");
        assert_eq!(met.len(), 101);
        assert!(met.iter().all(|user| user.token_seen && user.last_seen_at == Some(db.now())), "{met:?}");
        let known = met.iter().find(|user| user.id == before.id).expect("the same row");
        assert_eq!((known.created_at, known.project_id), (began, acme.id));
        assert_eq!(told.lock().len(), 100, "those who are new are announced");

        db.clock.advance(Duration::from_mins(20));
        let mut tx = db.begin().await;
        let removed = met.iter().find(|user| user.project_id == other.id).expect("met");
        assert!(connected_users::remove(&mut tx, other.id, removed.id).await.expect("removes"));
        connected_users::seen(&mut tx, met.iter().map(|user| (user.id, db.now()))).await.expect("noted");
        assert_eq!(connected_users::find(&mut tx, other.id, removed.id).await.expect("reads"), None);
        let seen = connected_users::find(&mut tx, acme.id, before.id).await.expect("reads").expect("there");
        assert_eq!(seen.last_seen_at, Some(db.now()));
        tx.commit().await.expect("commits");
    })
    .await;
}

#[tokio::test]
async fn a_user_is_met_once_and_belongs_to_one_project() {
    each(async |db| {
        let (acme, other) = (db.project("Acme").await, db.project("Other").await);
        let ann = user(&db, acme.id, "ann").await;
        assert!(ann.token_seen);
        db.clock.advance(Duration::from_mins(1));
        let again = user(&db, acme.id, "ann").await;
        assert_eq!((again.id, again.created_at, again.last_seen_at), (ann.id, ann.created_at, Some(db.now())));
        let namesake = user(&db, other.id, "ann").await;
        assert_ne!(namesake.id, ann.id);

        let mut tx = db.begin().await;
        let imported =
            ConnectedUser { id: ConnectedUserId::fresh(&*db.clock), external_id: "b%b".into(), ..ann.clone() };
        connected_users::add(&mut tx, &imported).await.expect("adds");
        tx.commit().await.expect("commits");
        let mut tx = db.begin().await;
        let twice = ConnectedUser { id: ConnectedUserId::fresh(&*db.clock), ..imported.clone() };
        assert!(matches!(connected_users::add(&mut tx, &twice).await, Err(Error::Taken { .. })));
        drop(tx);

        let mut conn = db.store.read().await.expect("reads");
        assert_eq!(connected_users::count(&mut conn, acme.id).await.expect("counts"), 2);
        assert_eq!(connected_users::find(&mut conn, other.id, ann.id).await.expect("reads"), None);
        let found = connected_users::find_by_external_id(&mut conn, acme.id, "b%b").await.expect("reads");
        assert_eq!(found.as_ref(), Some(&imported));
        let names = async |conn: &mut linchpin_store::Conn, search, after, limit| {
            let found = connected_users::list(conn, acme.id, search, after, limit).await.expect("lists");
            found.into_iter().map(|user| user.external_id).collect::<Vec<_>>()
        };
        assert_eq!(names(&mut conn, None, None, 10).await, ["ann", "b%b"]);
        assert_eq!(names(&mut conn, None, None, 1).await, ["ann"]);
        assert_eq!(names(&mut conn, None, Some("ann"), 10).await, ["b%b"]);
        assert_eq!(names(&mut conn, Some("ANN"), None, 10).await, ["ann"]);
        assert_eq!(names(&mut conn, Some("%"), None, 10).await, ["b%b"], "a sign of LIKE is a letter like others");
    })
    .await;
}

#[tokio::test]
async fn metadata_is_merged_and_only_in_the_users_own_project() {
    each(async |db| {
        let (acme, other) = (db.project("Acme").await, db.project("Other").await);
        let ann = user(&db, acme.id, "ann").await;
        let mut tx = db.begin().await;
        let first = object(json!({"name": "Ann", "plan": {"seats": 3, "kind": "pro"}}));
        connected_users::merge_metadata(&mut tx, acme.id, ann.id, &first).await.expect("merges").expect("there");
        let more = object(json!({"plan": {"seats": 4}}));
        let whole =
            connected_users::merge_metadata(&mut tx, acme.id, ann.id, &more).await.expect("merges").expect("there");
        assert_eq!(Value::from(whole.clone()), json!({"name": "Ann", "plan": {"seats": 4, "kind": "pro"}}));
        assert_eq!(connected_users::merge_metadata(&mut tx, other.id, ann.id, &first).await.expect("foreign"), None);
        assert!(!connected_users::set_disabled(&mut tx, other.id, ann.id, true).await.expect("foreign"));
        assert!(connected_users::set_disabled(&mut tx, acme.id, ann.id, true).await.expect("disables"));
        let found = connected_users::find(&mut tx, acme.id, ann.id).await.expect("reads").expect("there");
        assert_eq!((found.disabled, found.metadata), (true, whole));
        assert!(!connected_users::remove(&mut tx, other.id, ann.id).await.expect("foreign"));
        assert!(connected_users::remove(&mut tx, acme.id, ann.id).await.expect("removes"));
        assert_eq!(connected_users::find(&mut tx, acme.id, ann.id).await.expect("reads"), None);
    })
    .await;
}

#[tokio::test]
async fn an_account_keeps_its_tokens_sealed_and_is_its_users_alone() {
    each(async |db| {
        let (acme, other) = (db.project("Acme").await, db.project("Other").await);
        let hubspot = db.integration(acme.id, "hubspot").await;
        let (ann, bob) = (user(&db, acme.id, "ann").await, user(&db, acme.id, "bob").await);
        let credential = account(&db, &ann, &hubspot, Some("main"));
        let mut tx = db.begin().await;
        credentials::add(&mut tx, &credential, Some(&tokens("one"))).await.expect("adds");
        tx.commit().await.expect("commits");
        let mut tx = db.begin().await;
        let twice = account(&db, &ann, &hubspot, Some("main"));
        assert!(matches!(credentials::add(&mut tx, &twice, None).await, Err(Error::Taken { .. })));
        drop(tx);

        let mut conn = db.store.read().await.expect("reads");
        assert_eq!(
            credentials::find(&mut conn, acme.id, credential.id).await.expect("reads").as_ref(),
            Some(&credential)
        );
        assert_eq!(credentials::find(&mut conn, other.id, credential.id).await.expect("reads"), None);
        assert!(credentials::open(&mut conn, other.id, credential.id).await.expect("reads").is_none());
        let opened = credentials::open(&mut conn, acme.id, credential.id).await.expect("opens").expect("there");
        assert!(!format!("{opened:?}").contains("access-one"), "secrets are not printed");
        let found = opened.tokens.expect("tokens");
        assert_eq!(found.access_token.expose_secret(), "access-one");
        assert_eq!(found.refresh_token.expect("one").expose_secret(), "refresh-one");
        assert_eq!(Value::from(found.more), json!({"domain": "one"}));
        for selector in ["main", "ext:main", &credential.id.to_string()] {
            let own = credentials::resolve(&mut conn, acme.id, ann.id, selector).await.expect("resolves");
            assert_eq!(own, std::slice::from_ref(&credential), "{selector}");
            let foreign = credentials::resolve(&mut conn, acme.id, bob.id, selector).await.expect("resolves");
            assert_eq!(foreign, [], "{selector}");
        }
        drop(conn);
        // A label is one integration's: an account of another may have it as well.
        let salesforce = db.integration(acme.id, "salesforce").await;
        let second = account(&db, &ann, &salesforce, Some("main"));
        // A label that looks like somebody's id does not stand in for it.
        let misleading = account(&db, &ann, &salesforce, Some(&credential.id.to_string()));
        let mut tx = db.begin().await;
        for one in [&second, &misleading] {
            credentials::add(&mut tx, one, None).await.expect("adds");
        }
        for (selector, expected) in [
            ("main", vec![credential.id, second.id]),
            ("ext:main", vec![credential.id, second.id]),
            (&second.id.to_string(), vec![second.id]),
            (&credential.id.to_string(), vec![credential.id]),
            (&format!("ext:{}", credential.id), vec![misleading.id]),
            ("ext:", vec![]),
        ] {
            let own = credentials::resolve(&mut tx, acme.id, ann.id, selector).await.expect("resolves");
            assert_eq!(own.iter().map(|one| one.id).collect::<Vec<_>>(), expected, "{selector}");
        }
        drop(tx);
        let mut tx = db.begin().await;
        assert!(!credentials::remove(&mut tx, acme.id, bob.id, credential.id).await.expect("foreign"));
        assert!(credentials::remove(&mut tx, acme.id, ann.id, credential.id).await.expect("removes"));
        assert_eq!(credentials::list_of_user(&mut tx, acme.id, ann.id).await.expect("lists"), []);
    })
    .await;
}

#[tokio::test]
async fn one_owner_at_a_time_refreshes_and_never_over_newer_tokens() {
    each(async |db| {
        let acme = db.project("Acme").await;
        let hubspot = db.integration(acme.id, "hubspot").await;
        let ann = user(&db, acme.id, "ann").await;
        let credential = account(&db, &ann, &hubspot, None);
        let mut tx = db.begin().await;
        credentials::add(&mut tx, &credential, Some(&tokens("one"))).await.expect("adds");
        let claim = async |tx: &mut Tx, version, owner: &str| {
            let until = db.now().plus(Duration::from_mins(1));
            credentials::claim_refresh(tx, acme.id, credential.id, version, owner, db.now(), until).await.expect("asks")
        };
        assert_eq!(claim(&mut tx, 1, "a").await, Claim::Granted { interrupted: false });
        assert_eq!(claim(&mut tx, 1, "b").await, Claim::Refused);
        db.clock.advance(Duration::from_mins(2));
        assert_eq!(claim(&mut tx, 1, "b").await, Claim::Granted { interrupted: true });
        let finish = async |tx: &mut Tx, owner, text| {
            credentials::finish_refresh(tx, &credential, owner, &grant(&db, text), db.now()).await.expect("writes")
        };
        assert!(!finish(&mut tx, "a", "late").await, "its claim is over");
        assert!(finish(&mut tx, "b", "two").await);
        assert!(!finish(&mut tx, "b", "again").await, "the version has moved on");
        assert_eq!(claim(&mut tx, 1, "a").await, Claim::Refused, "somebody has refreshed: read again");
        let opened = credentials::open(&mut tx, acme.id, credential.id).await.expect("opens").expect("there");
        assert_eq!(opened.tokens.expect("tokens").access_token.expose_secret(), "access-two");
        assert_eq!((opened.credential.token_version, opened.refresh), (2, None));
        assert!(!credentials::invalidate(&mut tx, &credential, "old", db.now()).await.expect("of old tokens"));

        assert_eq!(claim(&mut tx, 2, "a").await, Claim::Granted { interrupted: false });
        credentials::release_refresh(&mut tx, acme.id, credential.id, "a").await.expect("releases");
        let current = credentials::find(&mut tx, acme.id, credential.id).await.expect("reads").expect("there");
        assert_eq!((current.refresh_failures, current.status), (1, Status::Valid));
        assert!(credentials::invalidate(&mut tx, &current, "revoked", db.now()).await.expect("invalidates"));
        let invalid = credentials::find(&mut tx, acme.id, credential.id).await.expect("reads").expect("there");
        assert_eq!((invalid.status, invalid.status_reason.as_deref()), (Status::Invalid, Some("revoked")));
        credentials::reconnect(&mut tx, &invalid, &grant(&db, "three"), db.now()).await.expect("reconnects");
        let valid = credentials::find(&mut tx, acme.id, credential.id).await.expect("reads").expect("there");
        assert_eq!((valid.status, valid.status_reason, valid.refresh_failures), (Status::Valid, None, 0));
        assert_eq!(valid.token_version, 3);

        assert_eq!(claim(&mut tx, 3, "dead").await, Claim::Granted { interrupted: false });
        assert_eq!(credentials::expire_claims(&mut tx, "new", db.now()).await.expect("voids"), 1);
        assert_eq!(claim(&mut tx, 3, "new").await, Claim::Granted { interrupted: true });
    })
    .await;
}

#[tokio::test]
async fn configurations_and_enablements_live_and_end_with_their_account() {
    each(async |db| {
        let acme = db.project("Acme").await;
        let hubspot = db.integration(acme.id, "hubspot").await;
        let (ann, bob) = (user(&db, acme.id, "ann").await, user(&db, acme.id, "bob").await);
        let credential = account(&db, &ann, &hubspot, None);
        let sync = workflow(&db, acme.id, hubspot.id, "Sync contacts");
        let mut tx = db.begin().await;
        workflows::add(&mut tx, &sync).await.expect("adds");
        credentials::add(&mut tx, &credential, None).await.expect("adds");
        let second = Configuration {
            id: ConfigurationId::fresh(&*db.clock),
            project_id: acme.id,
            credential_id: credential.id,
            is_default: false,
            external_id: Some("second".into()),
            settings: object(json!({"zeta": 1, "alpha": 2})),
            meta: object(json!({"team": "b"})),
            created_at: db.now(),
        };
        configurations::add(&mut tx, ann.id, &second).await.expect("adds");
        let default = configurations::add_default(&mut tx, acme.id, ann.id, credential.id, Map::new(), db.now())
            .await
            .expect("adds");
        tx.commit().await.expect("commits");

        let mut tx = db.begin().await;
        let listed = configurations::list_of_credential(&mut tx, acme.id, credential.id).await.expect("lists");
        assert_eq!(listed, [default.clone(), second.clone()], "the default one first");
        assert_eq!(configurations::list_of_user(&mut tx, acme.id, ann.id).await.expect("lists"), listed);
        assert_eq!(configurations::list_of_user(&mut tx, acme.id, bob.id).await.expect("lists"), []);
        for selector in ["second", "ext:second", &second.id.to_string()] {
            assert_eq!(configurations::select(&listed, selector), Some(&second), "{selector}");
        }
        let values = object(json!({"note": "ä"}));
        assert!(configurations::set_settings(&mut tx, acme.id, ann.id, default.id, &values).await.expect("sets"));

        enablements::switch(&mut tx, acme.id, ann.id, default.id, sync.id, true).await.expect("on");
        let on = Enablement {
            configuration_id: default.id,
            workflow_id: sync.id,
            enabled: true,
            settings: object(json!({"owner": "Ann"})),
        };
        enablements::set(&mut tx, acme.id, ann.id, &on).await.expect("sets");
        enablements::switch(&mut tx, acme.id, ann.id, default.id, sync.id, false).await.expect("off");
        let off = Enablement { enabled: false, ..on };
        assert_eq!(enablements::list_of_user(&mut tx, acme.id, ann.id).await.expect("lists"), [off], "settings stay");
        assert_eq!(enablements::list_of_user(&mut tx, acme.id, bob.id).await.expect("lists"), []);
        let listed = configurations::list_of_credential(&mut tx, acme.id, credential.id).await.expect("lists");
        assert_eq!(listed[0].settings, values);

        assert!(credentials::remove(&mut tx, acme.id, ann.id, credential.id).await.expect("removes"));
        assert_eq!(configurations::list_of_user(&mut tx, acme.id, ann.id).await.expect("lists"), []);
        assert_eq!(enablements::list_of_user(&mut tx, acme.id, ann.id).await.expect("lists"), []);
    })
    .await;
}

#[tokio::test]
async fn the_state_of_a_sign_in_is_used_once_and_in_time() {
    each(async |db| {
        let acme = db.project("Acme").await;
        let hubspot = db.integration(acme.id, "hubspot").await;
        let (ann, bob) = (user(&db, acme.id, "ann").await, user(&db, acme.id, "bob").await);
        let session = |state: &str| ConnectSession {
            state_hash: connect_sessions::hash(state),
            project_id: acme.id,
            user_id: ann.id,
            integration_id: hubspot.id,
            session_key: format!("key-{state}"),
            origin: "https://acme.example".into(),
            redirect_url: "https://linchpin.example/oauth".into(),
            install_options: json!({"externalId": "main"}),
            credential_id: None,
            error: None,
            created_at: db.now(),
        };
        let credential = account(&db, &ann, &hubspot, None);
        let (one, late) = (session("one"), session("late"));
        let mut tx = db.begin().await;
        credentials::add(&mut tx, &credential, None).await.expect("adds");
        let carried =
            Carried { verifier: Some(SecretString::from("verifier")), inputs: Some(SecretString::from("{}")) };
        connect_sessions::add(&mut tx, &one, &carried).await.expect("adds");
        connect_sessions::add(&mut tx, &late, &Carried::default()).await.expect("adds");
        let (taken, carried) = connect_sessions::take(&mut tx, "one", db.now()).await.expect("takes").expect("there");
        let (verifier, inputs) = (carried.verifier.expect("one"), carried.inputs.expect("some"));
        assert_eq!((taken, verifier.expose_secret(), inputs.expose_secret()), (one, "verifier", "{}"));
        assert!(connect_sessions::take(&mut tx, "one", db.now()).await.expect("asks").is_none(), "once");
        assert!(connect_sessions::take(&mut tx, "unknown", db.now()).await.expect("asks").is_none());
        connect_sessions::finish(&mut tx, &connect_sessions::hash("one"), Ok(credential.id)).await.expect("finishes");
        let find = async |tx: &mut Tx, user, key: &str| {
            connect_sessions::find_by_key(tx, acme.id, user, key).await.expect("reads")
        };
        assert_eq!(find(&mut tx, ann.id, "key-one").await.expect("there").credential_id, Some(credential.id));
        assert_eq!(find(&mut tx, bob.id, "key-one").await, None, "another user's key is as good as none");
        connect_sessions::remove_by_key(&mut tx, acme.id, bob.id, "key-one").await.expect("does nothing");
        assert!(find(&mut tx, ann.id, "key-one").await.is_some());
        connect_sessions::remove_by_key(&mut tx, acme.id, ann.id, "key-one").await.expect("removes");
        assert_eq!(find(&mut tx, ann.id, "key-one").await, None);

        db.clock.advance(connect_sessions::LIFETIME);
        assert!(connect_sessions::take(&mut tx, "late", db.now()).await.expect("asks").is_none(), "too late");
        tx.commit().await.expect("commits");
        assert_eq!(connect_sessions::remove_expired(&db.store, db.now()).await.expect("removes"), 1);
    })
    .await;
}
