use linchpin_domain::id::{ApiKeyId, AuditEntryId, ProjectId};
use linchpin_store::api_keys::{self, ApiKey};
use linchpin_store::audit_log::{self, Entry, Filter, Line};

use crate::database::{Database, each};

fn key(db: &Database, project_id: ProjectId) -> ApiKey {
    ApiKey {
        id: ApiKeyId::fresh(&*db.clock),
        project_id,
        name: "deploy".into(),
        prefix: "lp_0123456".into(),
        created_at: db.now(),
        last_used_at: None,
    }
}

fn entry(db: &Database, project_id: ProjectId) -> Entry {
    Entry {
        id: AuditEntryId::fresh(&*db.clock),
        project_id,
        actor_kind: "member".into(),
        actor_id: "ann".into(),
        actor_name: "Ann".into(),
        operation: "apiKeys.add".into(),
        subject_id: String::new(),
        subject_name: String::new(),
        at: db.now(),
    }
}

async fn lines(db: &Database, project_id: ProjectId) -> Vec<Entry> {
    let mut tx = db.begin().await;
    audit_log::list(&mut tx, project_id, &Filter::default(), None, 10).await.expect("reads")
}

/// Adds a key and says so, as a handler does.
async fn add(db: &Database, key: &ApiKey, commits: bool) -> linchpin_store::Result<()> {
    let mut tx = db.begin().await;
    api_keys::add(&mut tx, key, &key.id.to_string()).await.expect("adds");
    tx.about(key.id, &key.name);
    if commits { tx.commit().await } else { Ok(()) }
}

#[tokio::test]
async fn a_line_is_there_with_its_change_or_not_at_all() {
    each(async |db| {
        let acme = db.project("Acme").await.id;
        let (line, made) = (Line::default(), key(&db, acme));
        line.set(entry(&db, acme), false);
        audit_log::along(line.clone(), add(&db, &made, false)).await.expect("gives up");
        assert!(!line.is_written());
        assert_eq!(lines(&db, acme).await, []);

        audit_log::along(line.clone(), add(&db, &made, true)).await.expect("commits");
        assert!(line.is_written());
        let found = lines(&db, acme).await;
        assert_eq!((found[0].subject_id.clone(), found[0].subject_name.as_str()), (made.id.to_string(), "deploy"));

        // Only once, however many transactions a request has.
        audit_log::along(line.clone(), add(&db, &key(&db, acme), true)).await.expect("commits");
        assert_eq!(lines(&db, acme).await.len(), 1);

        // A line that cannot be written takes its change back.
        let (again, other) = (Line::default(), key(&db, acme));
        again.set(Entry { id: found[0].id, ..entry(&db, acme) }, false);
        audit_log::along(again.clone(), add(&db, &other, true)).await.expect_err("there is such a line");
        assert!(!again.is_written());
        let mut tx = db.begin().await;
        assert!(api_keys::list(&mut tx, acme).await.expect("reads").iter().all(|key| key.id != other.id));
    })
    .await;
}

#[tokio::test]
async fn what_does_not_say_what_it_is_about_takes_no_line_but_a_known_one() {
    each(async |db| {
        let acme = db.project("Acme").await.id;
        let key = key(&db, acme);
        add(&db, &key, true).await.expect("commits");
        let remove = async || {
            let mut tx = db.begin().await;
            api_keys::remove(&mut tx, acme, key.id).await.expect("removes");
            tx.commit().await.expect("commits");
        };
        let line = Line::default();
        line.set(entry(&db, acme), false);
        audit_log::along(line.clone(), remove()).await;
        assert!(!line.is_written());
        line.set(Entry { subject_id: key.id.to_string(), ..entry(&db, acme) }, true);
        audit_log::along(line.clone(), remove()).await;
        assert!(line.is_written());
    })
    .await;
}
