use linchpin_store::{Change, Error, projects};
use serde_json::json;

use crate::database::each;

#[tokio::test]
async fn a_project_is_found_by_id_and_name_and_its_name_is_unique() {
    each(async |db| {
        let mut acme = db.project("Acme").await;
        let other = db.project("Other").await;
        acme.name = "Acme CRM".into();
        acme.allowed_origins = vec!["https://app.acme.com".into()];
        acme.user_metadata = json!({"zeta": 1, "alpha": 2}).as_object().expect("an object").clone();
        let mut changes = db.store.changes();
        let mut tx = db.begin().await;
        projects::update(&mut tx, &acme).await.expect("updates");
        tx.commit().await.expect("commits");
        assert_eq!(changes.recv().await.expect("announced"), Change::Project(acme.id));
        let mut conn = db.store.read().await.expect("reads");
        assert_eq!(projects::find(&mut conn, acme.id).await.expect("reads").as_ref(), Some(&acme));
        assert_eq!(projects::find_by_name(&mut conn, "Acme CRM").await.expect("reads").as_ref(), Some(&acme));
        assert_eq!(projects::find_by_name(&mut conn, "Acme").await.expect("reads"), None);
        assert_eq!(projects::list(&mut conn).await.expect("reads"), [acme, other.clone()]);
        let mut tx = db.begin().await;
        let taken = projects::Project { name: "Acme CRM".into(), ..other };
        let error = projects::update(&mut tx, &taken).await.expect_err("taken");
        assert_eq!(error.to_string(), "a project named `Acme CRM` exists already");
        assert!(matches!(error, Error::Taken { .. }));
    })
    .await;
}
