//! Nothing is left of a user who was erased: every column of every table is looked through.

use std::time::Duration;

use linchpin_domain::id::{
    ConnectedUserId, CredentialId, MemberId, ProjectId, ReceivedEventId, RunId, VersionId, WebhookDeliveryId,
};
use linchpin_domain::journal::{Entry, Event};
use linchpin_domain::notice;
use linchpin_domain::run::State;
use linchpin_domain::trigger::Kind;
use linchpin_store::connect_sessions::{self, ConnectSession};
use linchpin_store::credentials::{self, Credential, Status, Tokens};
use linchpin_store::enablements::{self, Enablement};
use linchpin_store::erasure::{self, Erased};
use linchpin_store::integrations::Integration;
use linchpin_store::members::{self, Member};
use linchpin_store::pins::{self, Owner, Pin};
use linchpin_store::poll_cursors::{self, Cursor};
use linchpin_store::webhook_deliveries::{self as inbox, WebhookDelivery};
use linchpin_store::workflows::{self, Workflow};
use linchpin_store::writer::{
    Append, EventRow, Idempotency, Intake, Line, NewEvent, NewRun, StateChange, Taken, Writer,
};
use linchpin_store::{
    Dialect, Tx, configurations, connected_users, event_destinations, notices, sync_accounts, sync_records, syncs,
};
use secrecy::SecretString;
use serde_json::{Map, Value, json};
use sqlx::any::AnyPoolOptions;
use sqlx::{AnyPool, Row};
use tokio_util::sync::CancellationToken;

use crate::database::{Database, each};
use crate::event_destinations::destination;
use crate::workflows::workflow;

/// What a user has in every table, and what to look for afterwards.
struct Stored {
    id: ConnectedUserId,
    needles: Vec<String>,
}

fn object(value: Value) -> Map<String, Value> {
    value.as_object().expect("an object").clone()
}

async fn store_everything(
    db: &Database,
    writer: &Writer,
    integration: &Integration,
    sync: &Workflow,
    name: &str,
    provider_id: &str,
    runs: usize,
) -> Stored {
    let project_id = integration.project_id;
    let mark = |what: &str| format!("{name}-{what}-0x7d");
    let mut tx = db.begin().await;
    let user = connected_users::meet(&mut tx, project_id, &mark("user"), db.now()).await.expect("met");
    let metadata = object(json!({"name": mark("metadata")}));
    connected_users::set_metadata(&mut tx, project_id, user.id, &metadata).await.expect("sets");
    let credential = Credential {
        id: CredentialId::fresh(&*db.clock),
        project_id,
        user_id: user.id,
        integration_id: integration.id,
        external_id: Some(mark("label")),
        status: Status::Valid,
        status_reason: None,
        provider_id: Some(provider_id.into()),
        provider_data: object(json!({"label": mark("account")})),
        scopes: Vec::new(),
        expires_at: None,
        token_version: 1,
        refresh_failures: 0,
        refreshed_at: None,
        created_at: db.now(),
        updated_at: db.now(),
    };
    let tokens = Tokens {
        access_token: SecretString::from("access"),
        refresh_token: Some(SecretString::from("refresh")),
        more: Map::new(),
    };
    credentials::add(&mut tx, &credential, Some(&tokens)).await.expect("adds");
    let settings = object(json!({"note": mark("setting")}));
    let configuration = configurations::add_default(&mut tx, project_id, user.id, credential.id, settings, db.now())
        .await
        .expect("adds");
    let on = Enablement {
        configuration_id: configuration.id,
        workflow_id: sync.id,
        enabled: true,
        settings: object(json!({"list": mark("workflow-setting")})),
    };
    enablements::set(&mut tx, project_id, user.id, &on).await.expect("sets");
    let session = ConnectSession {
        state_hash: connect_sessions::hash(name),
        project_id,
        user_id: user.id,
        integration_id: integration.id,
        session_key: mark("session"),
        origin: "https://acme.example".into(),
        redirect_url: "https://linchpin.example/oauth".into(),
        install_options: json!({}),
        credential_id: None,
        error: None,
        created_at: db.now(),
    };
    connect_sessions::add(&mut tx, &session, &connect_sessions::Carried::default()).await.expect("adds");
    let cursor = Cursor {
        event: "contacts.createdPolled".into(),
        begun_at: db.now(),
        newest_at: db.now(),
        seen: vec![(mark("seen"), db.now())],
        place: None,
    };
    poll_cursors::set(&mut tx, sync.id, configuration.id, &cursor).await.expect("sets");
    let delivery = WebhookDelivery {
        id: WebhookDeliveryId::fresh(&*db.clock),
        project_id,
        integration_id: integration.id,
        event_key: mark("event-key"),
        account: provider_id.into(),
        kind: "contact.creation".into(),
        event: "{}".into(),
        reason: "reconnect_needed".into(),
        received_at: db.now(),
        replayed_at: None,
    };
    inbox::add(&mut tx, &delivery).await.expect("adds");
    let member = Member {
        id: MemberId::fresh(&*db.clock),
        email: format!("{name}@team.example"),
        name: "Tess".into(),
        password_hash: String::new(),
        created_at: db.now(),
    };
    members::add(&mut tx, &member).await.expect("adds");
    let pin = Pin {
        step_key: "create".into(),
        user_id: Some(user.id),
        output: json!({"email": mark("pinned")}),
        pinned_at: db.now(),
    };
    let owner = Owner { project_id, workflow_id: sync.id, member_id: member.id };
    pins::set(&mut tx, owner, &pin).await.expect("pins");
    let place = sync_records::Place {
        project_id,
        sync_id: contacts(db, integration, &mut tx).await,
        credential_id: credential.id,
        user_id: user.id,
    };
    sync_accounts::enrol(&mut tx, db.now()).await.expect("enrols");
    let record = crate::syncs::record(db, Some("1"), json!({"email": mark("synced")}));
    sync_records::write(&mut tx, place, &record, 1, 0).await.expect("writes");
    let told = json!({"reason": mark("told")});
    notices::about_credential(&mut tx, notice::Kind::IntegrationConnected, &credential, told).await.expect("tells");
    tx.commit().await.expect("commits");

    let mut needles = vec![user.id.to_string(), credential.id.to_string(), configuration.id.to_string()];
    for what in [
        "user",
        "metadata",
        "label",
        "account",
        "setting",
        "workflow-setting",
        "session",
        "seen",
        "event-key",
        "pinned",
        "told",
        "synced",
        "payload",
        "key",
        "output",
    ] {
        needles.push(mark(what));
    }
    for number in 0..runs {
        let run = NewRun {
            id: RunId::fresh(&*db.clock),
            workflow_id: sync.id,
            version_id: VersionId::fresh(&*db.clock),
            credential_id: credential.id,
            configuration_id: configuration.id,
            replay_of: None,
            lines: vec![Line::new(0, &entry(db, &mark("output")))],
        };
        needles.push(run.id.to_string());
        let key = format!("{}-{number}", mark("key"));
        let event = NewEvent {
            id: ReceivedEventId::fresh(&*db.clock),
            project_id,
            user_id: user.id,
            kind: Kind::AppEvent,
            name: "Contact Created".into(),
            payload: json!({"email": mark("payload")}).to_string().into(),
            note: None,
            skipped: Vec::new(),
            received_at: db.now(),
        };
        let taken = writer
            .accept(Intake {
                event: EventRow::New(event),
                runs: vec![run],
                project_id,
                user_id: user.id,
                idempotency: Some(Idempotency {
                    key,
                    body_hash: "hash".into(),
                    kept_until: db.now().plus(Duration::from_hours(24)),
                }),
                generation: db.store.generation(),
                created_at: db.now(),
                hand_over: Box::new(|_| {}),
            })
            .await
            .expect("accepts");
        assert_eq!(taken, Taken::Written);
    }
    Stored { id: user.id, needles }
}

/// The integration's sync, which is added once.
async fn contacts(db: &Database, integration: &Integration, tx: &mut Tx) -> linchpin_domain::id::SyncId {
    if let Some(found) = syncs::list(tx, integration.project_id).await.expect("reads").first() {
        return found.id;
    }
    let sync = crate::syncs::sync(db, integration.project_id, integration.id);
    syncs::add(tx, &sync).await.expect("adds");
    sync.id
}

fn entry(db: &Database, output: &str) -> Entry {
    let event = Event::Intent { inputs: json!({"email": output}), strategy: None };
    Entry { step: "create".into(), attempt: 1, at: db.now(), event }
}

/// Every text column of every table, as `table.column`.
async fn columns(db: &Database, pool: &AnyPool) -> Vec<(String, String)> {
    let statement = match db.store.dialect() {
        Dialect::Sqlite => {
            "SELECT m.name AS t, p.name AS c FROM sqlite_master AS m, pragma_table_info(m.name) AS p
             WHERE m.type = 'table' AND p.type = 'TEXT' AND m.name NOT LIKE '!_%' ESCAPE '!' ORDER BY 1, 2"
        }
        Dialect::Postgres => {
            "SELECT CAST(table_name AS TEXT) AS t, CAST(column_name AS TEXT) AS c FROM information_schema.columns
             WHERE table_schema = 'public' AND data_type = 'text' AND table_name NOT LIKE '!_%' ESCAPE '!' ORDER BY 1, 2"
        }
    };
    let rows = sqlx::query(statement).fetch_all(pool).await.expect("the tables are listed");
    rows.iter().map(|row| (row.get("t"), row.get("c"))).collect()
}

/// Where in the database any of the texts is.
async fn found(db: &Database, pool: &AnyPool, needles: &[String]) -> Vec<String> {
    let mut places = Vec::new();
    for (table, column) in columns(db, pool).await {
        let statement = format!("SELECT {column} AS value FROM {table} WHERE {column} IS NOT NULL");
        for row in sqlx::query(sqlx::AssertSqlSafe(statement)).fetch_all(pool).await.expect("reads") {
            let value: String = row.get("value");
            if let Some(needle) = needles.iter().find(|needle| value.contains(*needle)) {
                places.push(format!("{table}.{column}: {needle}"));
            }
        }
    }
    places.sort();
    places.dedup();
    places
}

async fn journal_lines(pool: &AnyPool) -> i64 {
    let row = sqlx::query("SELECT CAST(COUNT(*) AS BIGINT) AS n FROM journal").fetch_one(pool).await.expect("counts");
    row.get("n")
}

#[tokio::test]
async fn nothing_is_left_of_a_user_who_was_erased_and_everything_of_the_others() {
    each(async |db| {
        let (acme, other) = (db.project("Acme").await, db.project("Other").await);
        let integration = db.integration(acme.id, "hubspot").await;
        let sync = workflow(&db, acme.id, integration.id, "Sync contacts");
        let mut tx = db.begin().await;
        event_destinations::add(&mut tx, &destination(&db, acme.id, "Alerts")).await.expect("adds");
        workflows::add(&mut tx, &sync).await.expect("adds");
        tx.commit().await.expect("commits");
        let stop = CancellationToken::new();
        let (writer, task) = Writer::start(db.store.clone(), stop.clone()).await.expect("starts");
        let bob = store_everything(&db, &writer, &integration, &sync, "bob", "shared", 2).await;
        let cem = store_everything(&db, &writer, &integration, &sync, "cem", "shared", 1).await;
        let ann = store_everything(&db, &writer, &integration, &sync, "ann", "anns-own", 3).await;
        let pool = AnyPoolOptions::new().max_connections(1).connect(&db.url).await.expect("opens");
        let before = found(&db, &pool, &ann.needles).await;
        for table in [
            "connected_users",
            "credentials",
            "configurations",
            "enablements",
            "connect_sessions",
            "poll_cursors",
            "webhook_deliveries",
            "pins",
            "event_deliveries",
            "sync_records",
            "sync_accounts",
            "received_events",
            "idempotency_keys",
            "runs",
            "journal",
        ] {
            assert!(before.iter().any(|place| place.starts_with(table)), "nothing in {table}: {before:?}");
        }
        let (bobs, cems) = (found(&db, &pool, &bob.needles).await, found(&db, &pool, &cem.needles).await);

        let erase = async |project: ProjectId, id| {
            erasure::erase(&db.store, project, id, Duration::ZERO).await.expect("erases")
        };
        assert_eq!(erase(other.id, ann.id).await, None, "another project's user is as good as none");
        assert_eq!(found(&db, &pool, &ann.needles).await, before);
        let generation = db.store.generation();
        let erased = erase(acme.id, ann.id).await.expect("there");
        let expected = Erased {
            connected_users: 1,
            credentials: 1,
            configurations: 1,
            enablements: 1,
            connect_sessions: 1,
            poll_cursors: 1,
            webhook_deliveries: 1,
            hook_registrations: 0,
            pins: 1,
            event_deliveries: 1,
            sync_records: 1,
            sync_accounts: 1,
            received_events: 3,
            idempotency_keys: 3,
            runs: 3,
            journal: 3,
        };
        assert_eq!(erased, expected);
        assert_eq!(found(&db, &pool, &ann.needles).await, Vec::<String>::new());
        let mut conn = db.store.read().await.expect("reads");
        assert_eq!(erasure::left(&mut conn, acme.id, ann.id).await.expect("counts"), 0);
        assert_eq!(
            erasure::left(&mut conn, acme.id, bob.id).await.expect("counts"),
            1 + 1 + 1 + 1 + 1 + 1 + 1 + 2 + 2 + 2
        );
        drop(conn);
        assert_eq!(erase(acme.id, ann.id).await, None, "once");
        assert!(db.store.generation() > generation, "what is held in memory is told");

        // An outcome that comes late finds no run.
        let change = StateChange {
            state: State::Failed,
            steps_done: 0,
            wake_at: None,
            fault: None,
            started_at: None,
            at: db.now(),
        };
        let lines = vec![Line::new(1, &entry(&db, "ann-late"))];
        let lines_before = journal_lines(&pool).await;
        writer.append(Append { run_seq: 6, lines, change: Some(change) }).await.expect("appends");
        assert_eq!(journal_lines(&pool).await, lines_before);
        assert_eq!(erasure::sweep(&db.store, &[4, 5, 6]).await.expect("sweeps"), 0);

        assert_eq!(found(&db, &pool, &bob.needles).await, bobs);
        assert_eq!(found(&db, &pool, &cem.needles).await, cems);
        // An inbox that two users share goes with the second one.
        assert_eq!(erase(acme.id, bob.id).await.expect("there").webhook_deliveries, 0);
        assert_eq!(erase(acme.id, cem.id).await.expect("there").webhook_deliveries, 2);
        stop.cancel();
        task.await.expect("ends");

        // A number is not given twice, although no row has it any more.
        let stop = CancellationToken::new();
        let (writer, task) = Writer::start(db.store.clone(), stop.clone()).await.expect("starts");
        store_everything(&db, &writer, &integration, &sync, "dan", "dans-own", 1).await;
        for table in ["runs", "received_events"] {
            let statement = format!("SELECT seq FROM {table}");
            let rows = sqlx::query(sqlx::AssertSqlSafe(statement)).fetch_all(&pool).await.expect("reads");
            assert_eq!(rows.iter().map(|row| row.get::<i64, _>("seq")).collect::<Vec<_>>(), [7], "{table}");
        }
        stop.cancel();
        task.await.expect("ends");
        pool.close().await;
    })
    .await;
}
