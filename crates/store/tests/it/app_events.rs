use linchpin_domain::id::AppEventId;
use linchpin_store::Error;
use linchpin_store::app_events::{self, AppEvent};
use serde_json::json;

use crate::database::each;

#[tokio::test]
async fn app_events_have_unique_names_in_their_project_and_keep_the_order_of_fields() {
    each(async |db| {
        let (acme, other) = (db.project("Acme").await, db.project("Other").await);
        let mut event = AppEvent {
            id: AppEventId::fresh(&*db.clock),
            project_id: acme.id,
            name: "Contact Created".into(),
            example: json!({"zeta": "ä\u{0}", "alpha": [1]}).as_object().expect("an object").clone(),
            created_at: db.now(),
            updated_at: db.now(),
        };
        let mut tx = db.begin().await;
        app_events::add(&mut tx, &event).await.expect("adds");
        let elsewhere = AppEvent { id: AppEventId::fresh(&*db.clock), project_id: other.id, ..event.clone() };
        app_events::add(&mut tx, &elsewhere).await.expect("another project may have the same name");
        event.name = "Contact created".into();
        app_events::update(&mut tx, &event).await.expect("updates");
        tx.commit().await.expect("commits");
        let mut conn = db.store.read().await.expect("reads");
        let found =
            app_events::find_by_name(&mut conn, acme.id, "Contact created").await.expect("reads").expect("there");
        assert_eq!(found, event);
        assert_eq!(found.example.keys().collect::<Vec<_>>(), ["zeta", "alpha"]);
        assert_eq!(app_events::find(&mut conn, other.id, event.id).await.expect("reads"), None);
        assert_eq!(app_events::list(&mut conn, other.id).await.expect("reads"), [elsewhere]);
        drop(conn);
        let mut tx = db.begin().await;
        assert!(!app_events::remove(&mut tx, other.id, event.id).await.expect("foreign"));
        assert!(app_events::remove(&mut tx, acme.id, event.id).await.expect("removes"));
        app_events::add(&mut tx, &event).await.expect("the name is free again");
        let twice = AppEvent { id: AppEventId::fresh(&*db.clock), ..event };
        assert!(matches!(app_events::add(&mut tx, &twice).await, Err(Error::Taken { .. })));
    })
    .await;
}
