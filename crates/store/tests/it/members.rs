use std::time::Duration;

use linchpin_domain::id::{AuditEntryId, InvitationId};
use linchpin_store::audit_log::{self, Entry};
use linchpin_store::invitations::{self, Invitation};
use linchpin_store::memberships::{self, Role};
use linchpin_store::{Error, members, projects};

use crate::database::each;

#[tokio::test]
async fn a_member_is_found_by_e_mail_in_any_case_and_only_once() {
    each(async |db| {
        let mut conn = db.store.read().await.expect("reads");
        assert!(!members::any(&mut conn).await.expect("reads"));
        let ann = db.member("ann").await;
        assert!(members::any(&mut conn).await.expect("reads"));
        let found = members::find_by_email(&mut conn, " ANN@example.com").await.expect("reads").expect("there");
        assert_eq!((found.id, found.name.as_str()), (ann.id, "ann"));
        assert!(members::find_by_email(&mut conn, "bob@example.com").await.expect("reads").is_none());
        let mut tx = db.begin().await;
        let twice = members::Member {
            id: linchpin_domain::id::MemberId::fresh(&*db.clock),
            email: "Ann@example.com".into(),
            ..ann
        };
        let error = members::add(&mut tx, &twice).await.expect_err("taken");
        assert!(matches!(error, Error::Taken { .. }), "{error}");
    })
    .await;
}

#[tokio::test]
async fn a_member_sees_the_projects_of_the_memberships() {
    each(async |db| {
        let (ann, bob) = (db.member("ann").await, db.member("bob").await);
        let (acme, other) = (db.project("Acme").await, db.project("Other").await);
        let mut tx = db.begin().await;
        memberships::set(&mut tx, acme.id, ann.id, Role::Member).await.expect("set");
        memberships::set(&mut tx, acme.id, ann.id, Role::Admin).await.expect("set again");
        memberships::set(&mut tx, other.id, bob.id, Role::Member).await.expect("set");
        tx.commit().await.expect("commits");
        let mut conn = db.store.read().await.expect("reads");
        assert_eq!(memberships::find(&mut conn, acme.id, ann.id).await.expect("reads"), Some(Role::Admin));
        assert_eq!(memberships::find(&mut conn, other.id, ann.id).await.expect("reads"), None);
        assert_eq!(projects::list_of_member(&mut conn, ann.id).await.expect("reads"), [acme]);
    })
    .await;
}

#[tokio::test]
async fn an_invitation_is_found_by_its_hash_until_it_ends_or_gives_way() {
    each(async |db| {
        let (acme, other) = (db.project("Acme").await, db.project("Other").await);
        let invitation = Invitation {
            id: InvitationId::fresh(&*db.clock),
            project_id: acme.id,
            email: "bob@example.com".into(),
            role: Role::Support,
            invited_by: "Ann".into(),
            created_at: db.now(),
            expires_at: db.now().plus(Duration::from_hours(1)),
        };
        let mut tx = db.begin().await;
        invitations::add(&mut tx, &invitation, "hash-1").await.expect("added");
        tx.commit().await.expect("commits");
        let mut conn = db.store.read().await.expect("reads");
        let found = invitations::find_by_hash(&mut conn, "hash-1", db.now()).await.expect("reads");
        assert_eq!(found.as_ref(), Some(&invitation));
        assert!(invitations::list(&mut conn, other.id).await.expect("reads").is_empty());
        let later = db.now().plus(Duration::from_hours(1));
        assert_eq!(invitations::find_by_hash(&mut conn, "hash-1", later).await.expect("reads"), None);

        let second = Invitation { id: InvitationId::fresh(&*db.clock), role: Role::Admin, ..invitation.clone() };
        let mut tx = db.begin().await;
        invitations::add(&mut tx, &second, "hash-2").await.expect("added");
        assert!(!invitations::remove(&mut tx, other.id, second.id).await.expect("removes"));
        tx.commit().await.expect("commits");
        assert_eq!(invitations::find_by_hash(&mut conn, "hash-1", db.now()).await.expect("reads"), None);
        assert_eq!(invitations::list(&mut conn, acme.id).await.expect("reads"), [second]);
    })
    .await;
}

#[tokio::test]
async fn the_audit_log_is_read_newest_first_by_its_project() {
    each(async |db| {
        let (acme, other) = (db.project("Acme").await, db.project("Other").await);
        let entry = |operation: &str, subject: &str| Entry {
            id: AuditEntryId::fresh(&*db.clock),
            project_id: acme.id,
            actor_kind: "member".into(),
            actor_id: "a".into(),
            actor_name: "Ann".into(),
            operation: operation.into(),
            subject_id: subject.into(),
            subject_name: String::new(),
            at: db.now(),
        };
        let first = entry("workflows.deploy", "w");
        db.clock.advance(Duration::from_secs(1));
        let second = entry("secrets.set", "KEY");
        let mut tx = db.begin().await;
        audit_log::add(&mut tx, &first).await.expect("added");
        audit_log::add(&mut tx, &second).await.expect("added");
        tx.commit().await.expect("commits");
        let mut conn = db.store.read().await.expect("reads");
        let all = audit_log::Filter::default();
        let found = audit_log::list(&mut conn, acme.id, &all, None, 10).await.expect("lists");
        assert_eq!(found, [second.clone(), first.clone()]);
        assert_eq!(audit_log::list(&mut conn, acme.id, &all, Some(second.id), 10).await.expect("lists"), [first]);
        assert!(audit_log::list(&mut conn, other.id, &all, None, 10).await.expect("lists").is_empty());
        let about = audit_log::last_about(&mut conn, acme.id, "KEY").await.expect("reads");
        assert_eq!(about, Some(second));
    })
    .await;
}
