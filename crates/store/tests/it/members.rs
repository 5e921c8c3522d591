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
        memberships::set(&mut tx, acme.id, ann.id, Role::Owner).await.expect("set again");
        memberships::set(&mut tx, other.id, bob.id, Role::Member).await.expect("set");
        tx.commit().await.expect("commits");
        let mut conn = db.store.read().await.expect("reads");
        assert_eq!(memberships::find(&mut conn, acme.id, ann.id).await.expect("reads"), Some(Role::Owner));
        assert_eq!(memberships::find(&mut conn, other.id, ann.id).await.expect("reads"), None);
        assert_eq!(projects::list_of_member(&mut conn, ann.id).await.expect("reads"), [acme]);
    })
    .await;
}
