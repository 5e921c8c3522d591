//! Syncs, how far their accounts are, and their records.

use std::time::Duration;

use linchpin_domain::Timestamp;
use linchpin_domain::id::{CredentialId, ProjectId, SyncId, SyncRecordId};
use linchpin_domain::sync::{Direction, Origin, Record, Rule};
use linchpin_store::integrations::{self, Integration};
use linchpin_store::sync_accounts::{self, Asked, Phase, SyncAccount};
use linchpin_store::sync_records::{self, Counts, Filter, Place};
use linchpin_store::syncs::{self, Sync};
use linchpin_store::{Tx, credentials};
use serde_json::{Value, json};

use crate::accounts::{account, user};
use crate::database::{Database, each};

pub fn sync(db: &Database, project_id: ProjectId, integration_id: linchpin_domain::id::IntegrationId) -> Sync {
    Sync {
        id: SyncId::fresh(&*db.clock),
        project_id,
        integration_id,
        name: "Contacts".into(),
        object: "contacts".into(),
        direction: Direction::Both,
        fields: vec!["email".into(), "city".into()],
        conflict: Rule::Newest,
        every_minutes: 5,
        check_hours: 24,
        enabled: true,
        created_at: db.now(),
        updated_at: db.now(),
    }
}

pub fn record(db: &Database, provider_id: Option<&str>, fields: Value) -> Record {
    Record {
        provider_id: provider_id.map(str::to_owned),
        fields: fields.as_object().expect("an object").clone(),
        modified_at: provider_id.map(|_| db.now()),
        ..Record::new(SyncRecordId::fresh(&*db.clock), Origin::Provider)
    }
}

struct Scene {
    sync: Sync,
    place: Place,
}

async fn scene(db: &Database) -> Scene {
    let project = db.project("Acme").await;
    let integration = db.integration(project.id, "hubspot").await;
    let ann = user(db, project.id, "ann").await;
    let mut tx = db.begin().await;
    integrations::update(&mut tx, &Integration { active: true, ..integration.clone() }).await.expect("activates");
    let credential = account(db, &ann, &integration, None);
    credentials::add(&mut tx, &credential, None).await.expect("adds");
    let sync = sync(db, project.id, integration.id);
    syncs::add(&mut tx, &sync).await.expect("adds");
    assert_eq!(sync_accounts::enrol(&mut tx, db.now()).await.expect("enrols"), 1);
    assert_eq!(sync_accounts::enrol(&mut tx, db.now()).await.expect("enrols"), 0, "once");
    tx.commit().await.expect("commits");
    let place = Place { project_id: project.id, sync_id: sync.id, credential_id: credential.id, user_id: ann.id };
    Scene { sync, place }
}

async fn one(tx: &mut Tx, place: Place) -> SyncAccount {
    sync_accounts::find(tx, place.project_id, place.sync_id, place.credential_id).await.expect("reads").expect("there")
}

#[tokio::test]
async fn a_sync_is_read_as_it_was_written_and_by_nobody_else() {
    each(async |db| {
        let Scene { mut sync, place } = scene(&db).await;
        let other = db.project("Other").await;
        let mut tx = db.begin().await;
        assert_eq!(syncs::list(&mut tx, sync.project_id).await.expect("reads"), [sync.clone()]);
        assert_eq!(syncs::find(&mut tx, other.id, sync.id).await.expect("reads"), None);
        (sync.name, sync.direction, sync.conflict, sync.enabled) = ("People".into(), Direction::Read, Rule::App, false);
        syncs::update(&mut tx, &sync).await.expect("writes");
        assert_eq!(syncs::find(&mut tx, sync.project_id, sync.id).await.expect("reads"), Some(sync.clone()));
        assert_eq!(sync_accounts::due(&mut tx, db.now(), 10).await.expect("reads"), [], "it is off");
        assert!(!syncs::remove(&mut tx, other.id, sync.id).await.expect("removes"));
        assert!(syncs::remove(&mut tx, sync.project_id, sync.id).await.expect("removes"));
        let gone =
            sync_accounts::find(&mut tx, place.project_id, place.sync_id, place.credential_id).await.expect("reads");
        assert_eq!(gone, None, "its accounts go with it");
    })
    .await;
}

#[tokio::test]
async fn a_pass_keeps_what_somebody_asked_for_meanwhile() {
    each(async |db| {
        let Scene { place, .. } = scene(&db).await;
        let other = db.project("Other").await;
        let key = (place.project_id, place.sync_id, place.credential_id);
        let mut tx = db.begin().await;
        let mut account = sync_accounts::due(&mut tx, db.now(), 10).await.expect("reads").remove(0);
        let was_due = account.due_at;
        assert_eq!((account.progress.phase, account.asked), (Phase::Load, None));
        account.progress.page = Some("7".into());
        sync_accounts::set_progress(&mut tx, &account).await.expect("writes");
        assert_eq!(one(&mut tx, place).await.progress.page.as_deref(), Some("7"));
        let later = db.now().plus(Duration::from_mins(5));
        (account.due_at, account.passed_at) = (later, Some(db.now()));
        sync_accounts::set_passed(&mut tx, &account, was_due).await.expect("writes");
        assert_eq!(one(&mut tx, place).await.due_at, later);
        // While the next pass runs somebody wants everything compared.
        let soon = db.now().plus(Duration::from_secs(1));
        assert!(sync_accounts::set_due(&mut tx, key, soon, Some(Asked::Check)).await.expect("writes"));
        account.due_at = later.plus(Duration::from_mins(5));
        sync_accounts::set_passed(&mut tx, &account, later).await.expect("writes");
        let found = one(&mut tx, place).await;
        assert_eq!((found.due_at, found.asked), (soon, Some(Asked::Check)));
        sync_accounts::set_begun(&mut tx, &found, Asked::Check).await.expect("writes");
        assert_eq!(one(&mut tx, place).await.asked, None);
        sync_accounts::set_paused(&mut tx, key, true).await.expect("writes");
        assert_eq!(sync_accounts::due(&mut tx, soon, 10).await.expect("reads"), []);
        let elsewhere = (other.id, place.sync_id, place.credential_id);
        assert!(!sync_accounts::set_paused(&mut tx, elsewhere, false).await.expect("writes"));
    })
    .await;
}

#[tokio::test]
async fn records_come_in_the_order_of_their_changes() {
    each(async |db| {
        let Scene { sync, place } = scene(&db).await;
        let other = db.project("Other").await;
        let dialect = db.store.dialect();
        let mut tx = db.begin().await;
        assert_eq!(syncs::take_numbers(&mut tx, place.project_id, sync.id, 3).await.expect("takes"), Some(1));
        assert_eq!(syncs::take_numbers(&mut tx, place.project_id, sync.id, 2).await.expect("takes"), Some(4));
        let mut all = Vec::new();
        for (seq, (id, email)) in
            (1..).zip([("a", "Ann@example.com"), ("b", "bob@example.com"), ("c", "cem@example.com")])
        {
            let record = record(&db, Some(id), json!({"email": email}));
            sync_records::write(&mut tx, place, &record, seq, 1).await.expect("writes");
            all.push(record);
        }
        let page = async |tx: &mut Tx, filter: Filter| {
            let found = sync_records::page(tx, place.project_id, sync.id, filter, 10).await.expect("reads");
            found.into_iter().map(|kept| (kept.record.provider_id.unwrap_or_default(), kept.seq)).collect::<Vec<_>>()
        };
        let seen = |list: &[(&str, i64)]| list.iter().map(|(id, seq)| ((*id).to_owned(), *seq)).collect::<Vec<_>>();
        assert_eq!(page(&mut tx, Filter::default()).await, seen(&[("a", 1), ("b", 2), ("c", 3)]));
        all[0].fields.insert("city".into(), json!("Ulm"));
        sync_records::write(&mut tx, place, &all[0], 4, 0).await.expect("writes");
        // Without a number it keeps its place.
        all[1].external_id = Some("mine".into());
        all[1].write(json!({"city": "Bonn"}).as_object().expect("an object"), db.now());
        sync_records::write(&mut tx, place, &all[1], 0, 0).await.expect("writes");
        assert_eq!(
            page(&mut tx, Filter { after: 1, ..Filter::default() }).await,
            seen(&[("b", 2), ("c", 3), ("a", 4)])
        );
        assert_eq!(page(&mut tx, Filter { pending: true, ..Filter::default() }).await, seen(&[("b", 2)]));
        let nobody = CredentialId::fresh(&*db.clock);
        assert_eq!(page(&mut tx, Filter { credential_id: Some(nobody), ..Filter::default() }).await, []);

        let wanted = ["a".to_owned(), "c".to_owned(), "z".to_owned()];
        assert_eq!(sync_records::of_provider(&mut tx, dialect, place, &wanted).await.expect("reads").len(), 2);
        let same = sync_records::with_value(&mut tx, dialect, place, "email", " ANN@example.com").await.expect("reads");
        assert_eq!(same.map(|kept| kept.record), Some(all[0].clone()));
        let ours = sync_records::of_app(&mut tx, place, "mine").await.expect("reads").expect("there");
        assert_eq!(ours.record, all[1]);

        sync_records::found(&mut tx, dialect, place, &wanted, 2).await.expect("writes");
        let later = db.now().plus(Duration::from_secs(1));
        let missing = sync_records::not_found(&mut tx, place, 2, later, 10).await.expect("reads");
        assert_eq!(missing.iter().map(|kept| kept.record.id).collect::<Vec<_>>(), [all[1].id]);
        assert_eq!(sync_records::not_found(&mut tx, place, 2, db.now(), 10).await.expect("reads"), [], "too young");

        let counts =
            sync_records::count(&mut tx, place.project_id, sync.id, place.credential_id).await.expect("counts");
        assert_eq!(counts, Counts { records: 3, pending: 1, refused: 0 });
        assert_eq!(sync_records::find(&mut tx, other.id, sync.id, all[0].id).await.expect("reads"), None);
        all[2].gone(db.now(), Rule::Newest);
        sync_records::write(&mut tx, place, &all[2], 5, 0).await.expect("writes");
        tx.commit().await.expect("commits");
        assert_eq!(sync_records::forget_deleted(&db.store, Timestamp::from_millis(1)).await.expect("forgets"), 0);
        assert_eq!(sync_records::forget_deleted(&db.store, later).await.expect("forgets"), 1);
    })
    .await;
}
