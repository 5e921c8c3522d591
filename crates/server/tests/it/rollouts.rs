//! Staged rollouts: who gets the new version, that raising drops nobody, and the ways out.

use std::collections::BTreeMap;

use linchpin_engine::AppEvent;
use serde_json::{Value, json};

use crate::app::{Client, TestApp, definition};

struct Shop {
    test: TestApp,
    ann: Client,
    api: String,
    workflow: String,
    users: Vec<(String, linchpin_domain::id::ConnectedUserId)>,
}

impl Shop {
    /// Users who have a deployed workflow on that only waits.
    async fn open(users: usize) -> Self {
        let test = TestApp::start().await;
        let ann = test.member("Ann").await;
        let api = ann.project("Acme").await;
        let integration = ann.hubspot(&api).await;
        let workflow = ann.workflow(&api, &integration).await;
        let project = api.rsplit('/').next().expect("an id").to_owned();
        let mut all = Vec::new();
        for n in 0..users {
            let name = format!("user-{n}");
            let id = test.connected_user(&project, &integration, Some(&workflow), &name).await;
            all.push((name, id));
        }
        let shop = Self { test, ann, api, workflow, users: all };
        shop.draft("first").await;
        shop.deploy(json!({})).await;
        shop
    }

    /// Another draft, which calls nobody.
    async fn draft(&self, key: &str) {
        self.draft_on(definition()["trigger"].clone(), key).await;
    }

    async fn draft_on(&self, trigger: Value, key: &str) {
        let address = format!("{}/workflows/{}", self.api, self.workflow);
        let revision = self.ann.get(&address).await.body["draftRevision"].clone();
        let steps = json!([{"key": key, "delay": {"amount": 1, "unit": "hours"}}]);
        let body = json!({"revision": revision, "definition": {"trigger": trigger, "steps": steps}});
        let saved = self.ann.put(&format!("{address}/draft"), body).await;
        assert_eq!(saved.status, 200, "{}", saved.text);
    }

    async fn deploy(&self, body: Value) -> Value {
        let deployed = self.ann.post(&format!("{}/workflows/{}/deploy", self.api, self.workflow), body).await;
        assert_eq!(deployed.status, 200, "{}", deployed.text);
        deployed.body
    }

    fn rollout(&self) -> String {
        format!("{}/workflows/{}/rollout", self.api, self.workflow)
    }

    /// Sends everybody's event; the version that each user's run has.
    async fn versions(&self) -> BTreeMap<String, i64> {
        self.versions_on("Contact Created").await
    }

    /// The same of another event; users whom it starts nothing for are left out.
    async fn versions_on(&self, event: &str) -> BTreeMap<String, i64> {
        let mut found = BTreeMap::new();
        for (name, id) in &self.users {
            let event = AppEvent {
                project_id: self.api.rsplit('/').next().expect("an id").parse().expect("an id"),
                user_id: *id,
                name: event.into(),
                payload: "{}".into(),
                target: None,
                idempotency: None,
            };
            let accepted = self.test.app.engine.accept_app_event(event).await.expect("accepted");
            let Some(run) = accepted.runs.first() else { continue };
            assert_eq!(accepted.runs.len(), 1, "one run an event");
            let run = self.ann.get(&format!("{}/runs/{run}", self.api)).await.body;
            found.insert(name.clone(), run["versionNumber"].as_i64().expect("a number"));
        }
        found
    }
}

fn on(versions: &BTreeMap<String, i64>, number: i64) -> Vec<&str> {
    versions.iter().filter(|(_, version)| **version == number).map(|(name, _)| name.as_str()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_share_of_users_gets_the_new_version_and_raising_it_drops_nobody() {
    let shop = Shop::open(40).await;
    assert_eq!(on(&shop.versions().await, 2).len(), 40);
    shop.draft("second").await;
    let deployed = shop.deploy(json!({"note": "careful", "rollout": {"percent": 20, "userIds": ["user-7"]}})).await;
    assert_eq!(deployed["deployed"]["number"], 2, "the others stay on it");
    let first = shop.versions().await;
    let with_it = on(&first, 3);
    assert!((3..=18).contains(&with_it.len()) && with_it.contains(&"user-7"), "{with_it:?}");
    assert_eq!(on(&first, 2).len() + with_it.len(), 40);
    assert_eq!(shop.versions().await, first, "the same users every time");
    let shown = shop.ann.get(&shop.rollout()).await.body["rollout"].clone();
    assert_eq!((&shown["versionNumber"], &shown["deployedNumber"]), (&json!(3), &json!(2)));
    assert_eq!((&shown["usersOnIt"], &shown["usersEnabled"]), (&json!(with_it.len()), &json!(40)));
    let listed = shop.ann.get(&format!("{}/workflows/{}/versions", shop.api, shop.workflow)).await.body;
    assert_eq!((&listed["items"][0]["rolledOut"], &listed["items"][1]["current"]), (&json!(true), &json!(true)));

    let raised = shop.ann.put(&shop.rollout(), json!({"percent": 60, "userIds": ["user-7"]})).await;
    assert_eq!(raised.status, 200, "{}", raised.text);
    let second = shop.versions().await;
    let more = on(&second, 3);
    assert!(more.len() > with_it.len() && with_it.iter().all(|user| more.contains(user)), "{with_it:?} {more:?}");

    // A replay on the version that is deployed now is on the one that the user has.
    let runs = shop.ann.get(&format!("{}/runs?limit=200", shop.api)).await.body;
    let old = runs["items"]
        .as_array()
        .expect("runs")
        .iter()
        .find(|run| run["versionNumber"] == 2 && run["user"]["userId"] == "user-7");
    let old = old.expect("its first run")["id"].as_str().expect("an id").to_owned();
    let replayed = shop.ann.post(&format!("{}/runs/{old}/replay", shop.api), json!({"version": "current"})).await;
    let new = replayed.body["id"].as_str().expect(&replayed.text).to_owned();
    assert_eq!(shop.ann.get(&format!("{}/runs/{new}", shop.api)).await.body["versionNumber"], 3);
    assert_eq!(
        shop.ann.get(&format!("{}/runs/{old}", shop.api)).await.body["versionNumber"],
        2,
        "a run stays on its own"
    );

    let finished = shop.ann.post(&format!("{}/finish", shop.rollout()), json!({})).await;
    assert_eq!(finished.body["deployed"]["number"], 3, "{}", finished.text);
    assert_eq!(on(&shop.versions().await, 3).len(), 40);
    assert_eq!(shop.ann.get(&shop.rollout()).await.body["rollout"], Value::Null);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_version_that_waits_for_another_app_event_is_rolled_out_user_by_user() {
    let shop = Shop::open(3).await;
    let event = json!({"name": "Lead Created", "example": {"email": "a@example.com"}});
    let event = shop.ann.post(&format!("{}/app-events", shop.api), event).await.created();
    shop.draft_on(json!({"appEvent": "Lead Created"}), "second").await;
    shop.deploy(json!({"rollout": {"userIds": ["user-1"]}})).await;
    let both = || async { (shop.versions_on("Contact Created").await, shop.versions_on("Lead Created").await) };
    let (old, new) = both().await;
    assert_eq!((on(&old, 2), on(&new, 3)), (vec!["user-0", "user-2"], vec!["user-1"]));
    assert_eq!((old.len(), new.len()), (2, 1), "each user's version waits for one of them");
    let unused = shop.ann.get(&format!("{}/received-events?unused=true", shop.api)).await.body;
    assert_eq!(unused["items"].as_array().map(Vec::len), Some(3), "{unused}");
    assert_eq!(unused["items"][0]["note"], "nobody listens");
    // It is in use, although it is not the deployed version that waits for it.
    let (status, code, _) = shop.ann.delete(&format!("{}/app-events/{event}", shop.api)).await.error();
    assert_eq!((status, code.as_str()), (409, "app_event_in_use"));

    let raised = shop.ann.put(&shop.rollout(), json!({"userIds": ["user-1", "user-2"], "percent": 0})).await;
    assert_eq!(raised.status, 200, "{}", raised.text);
    let (old, new) = both().await;
    assert_eq!((on(&old, 2), on(&new, 3)), (vec!["user-0"], vec!["user-1", "user-2"]));
    assert_eq!(shop.ann.delete(&shop.rollout()).await.status, 200);
    let (old, new) = both().await;
    assert_eq!((on(&old, 2).len(), new.len()), (3, 0), "rolled back");

    shop.deploy(json!({"rollout": {"userIds": ["user-0"]}})).await;
    assert_eq!(shop.ann.post(&format!("{}/finish", shop.rollout()), json!({})).await.status, 200);
    let (old, new) = both().await;
    assert_eq!((old.len(), on(&new, 4).len()), (0, 3), "finished");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rollout_is_rolled_back_for_everybody_at_once() {
    let shop = Shop::open(6).await;
    shop.draft("second").await;
    shop.deploy(json!({"rollout": {"userIds": ["user-1", "user-4"]}})).await;
    let versions = shop.versions().await;
    assert_eq!(on(&versions, 3), ["user-1", "user-4"]);
    let back = shop.ann.delete(&shop.rollout()).await;
    assert_eq!(
        (&back.body["deployed"]["number"], &back.body["state"]),
        (&json!(2), &json!("changed")),
        "{}",
        back.text
    );
    assert_eq!(on(&shop.versions().await, 2).len(), 6);
    // The version stays, and can be rolled out again as a new one.
    shop.deploy(json!({"rollout": {"percent": 100}})).await;
    assert_eq!(on(&shop.versions().await, 4).len(), 6);
    // A deploy for everybody ends it.
    shop.draft("third").await;
    assert_eq!(shop.deploy(json!({})).await["deployed"]["number"], 5);
    assert_eq!(on(&shop.versions().await, 5).len(), 6);
    let (status, code, _) = shop.ann.delete(&shop.rollout()).await.error();
    assert_eq!((status, code.as_str()), (409, "no_rollout"));
}

#[tokio::test]
async fn what_cannot_be_rolled_out_is_refused_with_the_reason() {
    let shop = Shop::open(1).await;
    let deploy = format!("{}/workflows/{}/deploy", shop.api, shop.workflow);
    shop.draft("second").await;
    for (rollout, field) in [
        (json!({"percent": 101}), "rollout.percent"),
        (json!({}), "rollout.percent"),
        (json!({"percent": -1}), "rollout.percent"),
    ] {
        let (status, _, fields) = shop.ann.post(&deploy, json!({"rollout": rollout})).await.error();
        assert!(status == 422 && fields.get(field).is_some(), "{fields}");
    }
    shop.deploy(json!({"rollout": {"percent": 50}})).await;
    let (status, code, _) = shop.ann.post(&deploy, json!({"rollout": {"percent": 50}})).await.error();
    assert_eq!((status, code.as_str()), (409, "rollout_running"));
    assert_eq!(shop.ann.delete(&shop.rollout()).await.status, 200);

    let address = format!("{}/workflows/{}", shop.api, shop.workflow);
    let revision = shop.ann.get(&address).await.body["draftRevision"].clone();
    let steps = json!([{"key": "x", "delay": {"amount": 1, "unit": "hours"}}]);
    let body = json!({"revision": revision, "definition": {"trigger": {"request": {}}, "steps": steps}});
    assert_eq!(shop.ann.put(&format!("{address}/draft"), body).await.status, 200);
    let (status, code, _) = shop.ann.post(&deploy, json!({"rollout": {"percent": 50}})).await.error();
    assert_eq!((status, code.as_str()), (409, "rollout_trigger"));
    assert_eq!(shop.ann.post(&format!("{address}/undeploy"), json!({})).await.status, 200);
    let (status, code, _) = shop.ann.post(&deploy, json!({"rollout": {"percent": 50}})).await.error();
    assert_eq!((status, code.as_str()), (409, "nothing_deployed"));
}
