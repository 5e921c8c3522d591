//! Workflows that nobody's event starts: schedules, and accounts that were just connected.

use std::sync::Arc;
use std::time::Duration;

use linchpin_domain::clock::ManualClock;
use linchpin_domain::workflow::Definition;
use linchpin_domain::{Clock, Timestamp};
use linchpin_engine::{Engine, Limits};
use linchpin_store::received_events::{self, ReceivedEvent};
use linchpin_store::testkit::{self, User, World};
use linchpin_store::{configurations, connected_users, enablements, schedule_marks, workflow_versions};
use serde_json::{Map, Value, json};
use tempfile::TempDir;

use crate::scripted::Scripted;

struct Place {
    world: World,
    engine: Engine,
    clock: Arc<ManualClock>,
    connector: Arc<Scripted>,
    _directory: TempDir,
}

fn definition(trigger: Value) -> Definition {
    let steps = json!([{"key": "create", "action": "contacts.create", "inputs": {
        "email": "{{ user.id ~ ' ' ~ (trigger.scheduledFor or 'begun') ~ ' ' ~ (trigger.timeZone or '') }}"
    }}]);
    serde_json::from_value(json!({"trigger": trigger, "steps": steps})).expect("a valid definition")
}

fn schedule(cron: &str, zone: &str) -> Definition {
    definition(json!({"schedule": {"cron": cron, "timeZone": zone}}))
}

impl Place {
    async fn at(now: &str, definition: &Definition) -> Self {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let clock = Arc::new(ManualClock::at(Timestamp::parse(now).expect("a time")));
        let store = testkit::open(directory.path(), clock.clone()).await.expect("opens");
        let world = World::new(store.clone(), definition).await.expect("a world");
        let connector = Scripted::new();
        let engine = Engine::start(store, connector.clone(), Limits::default()).await.expect("starts");
        let place = Self { world, engine, clock, connector, _directory: directory };
        place.settle().await;
        place
    }

    /// Longer than the engine looks at the clock.
    async fn settle(&self) {
        tokio::time::sleep(Duration::from_millis(600)).await;
    }

    async fn go_to(&self, moment: &str) {
        let moment = Timestamp::parse(moment).expect("a time");
        self.clock.advance(moment.since(self.clock.now()));
        self.settle().await;
    }

    /// What was done, in an order of its own.
    fn done(&self) -> Vec<String> {
        let mut done = self.connector.records.lock().clone();
        done.sort();
        done
    }

    async fn restart_after(&mut self, moment: &str) {
        self.engine.stop(Duration::from_secs(5)).await;
        let moment = Timestamp::parse(moment).expect("a time");
        self.clock.advance(moment.since(self.clock.now()));
        self.engine = Engine::start(self.world.store.clone(), self.connector.clone(), Limits::default())
            .await
            .expect("starts again");
        self.settle().await;
    }

    async fn metadata(&self, user: User, values: Value) {
        let Value::Object(values) = values else { panic!("an object is given") };
        let mut tx = self.world.store.begin().await.expect("begins");
        connected_users::merge_metadata(&mut tx, self.world.project_id, user.id, &values).await.expect("merges");
        tx.commit().await.expect("commits");
        self.settle().await;
    }

    async fn switch(&self, user: User, on: bool) {
        let mut tx = self.world.store.begin().await.expect("begins");
        let (project, workflow) = (self.world.project_id, self.world.workflow_id);
        enablements::switch(&mut tx, project, user.id, user.configuration_id, workflow, on).await.expect("switches");
        tx.commit().await.expect("commits");
        self.settle().await;
    }

    async fn deploy(&self, definition: &Definition) {
        let mut tx = self.world.store.begin().await.expect("begins");
        let deployment = workflow_versions::Deployment {
            project_id: self.world.project_id,
            workflow_id: self.world.workflow_id,
            definition,
            note: None,
            deployed_by: None,
            now: self.clock.now(),
        };
        workflow_versions::deploy(&mut tx, deployment).await.expect("deploys");
        tx.commit().await.expect("commits");
        self.settle().await;
    }

    async fn events(&self) -> Vec<ReceivedEvent> {
        let mut conn = self.world.store.read().await.expect("reads");
        received_events::list(&mut conn, self.world.project_id, received_events::Filter::default(), None, 100)
            .await
            .expect("lists")
    }

    async fn zones(&self) -> Vec<String> {
        let mut conn = self.world.store.read().await.expect("reads");
        let marks = schedule_marks::list(&mut conn, self.world.project_id).await.expect("lists");
        let mut zones: Vec<String> = marks.into_keys().map(|(_, zone)| zone).collect();
        zones.sort();
        zones
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_schedule_runs_once_for_each_enabled_user_at_the_time_of_its_zone_across_daylight_saving() {
    let place = Place::at("2026-03-28T12:00:00Z", &schedule("0 30 2 * * *", "Europe/Berlin")).await;
    let (_ann, bob) = (place.world.user("ann").await.expect("a user"), place.world.user("bob").await.expect("a user"));
    place.go_to("2026-03-29T00:59:59Z").await;
    assert_eq!(place.done(), Vec::<String>::new(), "02:30 does not exist on this day");
    place.go_to("2026-03-29T01:00:00Z").await;
    let at = |user: &str, moment: &str| format!("{user} {moment}.000Z Europe/Berlin");
    assert_eq!(place.done(), [at("ann", "2026-03-29T01:00:00"), at("bob", "2026-03-29T01:00:00")]);
    place.switch(bob, false).await;
    place.go_to("2026-03-30T00:30:00Z").await;
    assert_eq!(
        place.done(),
        [at("ann", "2026-03-29T01:00:00"), at("ann", "2026-03-30T00:30:00"), at("bob", "2026-03-29T01:00:00")]
    );
    let events = place.events().await;
    assert!(events.iter().all(|event| event.kind.as_str() == "schedule" && event.note.is_none()), "{events:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_the_moments_that_a_stopped_server_missed_the_last_is_made_up_for_and_none_runs_twice() {
    let mut place = Place::at("2026-06-01T08:00:00Z", &schedule("0 0 9 * * *", "UTC")).await;
    place.world.user("ann").await.expect("a user");
    place.go_to("2026-06-01T09:00:00Z").await;
    let first = "ann 2026-06-01T09:00:00.000Z UTC".to_owned();
    assert_eq!(place.done(), std::slice::from_ref(&first));
    place.restart_after("2026-06-01T09:00:01Z").await;
    assert_eq!(place.done(), std::slice::from_ref(&first), "a restart repeats nothing");
    // A mark that was not written any more is made up for by the runs' keys.
    let mut tx = place.world.store.begin().await.expect("begins");
    let before = Timestamp::parse("2026-06-01T08:00:00Z").expect("a time");
    let (project, workflow) = (place.world.project_id, place.world.workflow_id);
    schedule_marks::set(&mut tx, project, workflow, "UTC", before).await.expect("sets");
    tx.commit().await.expect("commits");
    place.restart_after("2026-06-01T09:00:02Z").await;
    assert_eq!(place.done(), std::slice::from_ref(&first), "a crash before the mark repeats nothing");
    place.restart_after("2026-06-05T12:00:00Z").await;
    assert_eq!(place.done(), [first, "ann 2026-06-05T09:00:00.000Z UTC".to_owned()]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_stops_while_it_starts_for_everybody_goes_on_there() {
    // More than one page of users.
    const USERS: usize = 300;
    let mut place = Place::at("2026-06-01T08:00:00Z", &schedule("0 0 9 * * *", "UTC")).await;
    for number in 0..USERS {
        place.world.user(&format!("u{number:03}")).await.expect("a user");
    }
    place.clock.advance(Duration::from_hours(1));
    let begun = async |place: &Place| place.world.states().await.expect("reads").len();
    for _ in 0..1_000 {
        if begun(&place).await > 0 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    place.engine.stop(Duration::ZERO).await;
    let before = begun(&place).await;
    assert!((1..USERS).contains(&before), "the server was to stop in between: {before} of {USERS}");
    place.restart_after("2026-06-01T09:00:01Z").await;
    for _ in 0..1_000 {
        if place.connector.records.lock().len() >= USERS {
            break;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    place.settle().await;
    let done = place.done();
    let mut once = done.clone();
    once.dedup();
    assert_eq!((done.len(), once.len(), begun(&place).await), (USERS, USERS, USERS));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_user_has_the_zone_of_the_metadata_and_a_wrong_one_is_seen() {
    let place = Place::at("2026-06-01T00:00:00Z", &schedule("0 0 9 * * *", "{{ user.metadata.zone }}")).await;
    let (ann, bob) = (place.world.user("ann").await.expect("a user"), place.world.user("bob").await.expect("a user"));
    place.metadata(ann, json!({"zone": "Asia/Tokyo"})).await;
    place.metadata(bob, json!({"zone": "Mars/Base"})).await;
    place.go_to("2026-06-01T00:00:01Z").await;
    assert_eq!(place.done(), Vec::<String>::new(), "nine o'clock in Tokyo had passed when the zone was set");
    place.go_to("2026-06-01T09:00:00Z").await;
    assert_eq!(place.done(), ["bob 2026-06-01T09:00:00.000Z UTC"]);
    assert_eq!(
        place.events().await[0].note.as_deref(),
        Some("the user's time zone `Mars/Base` is unknown: UTC was used")
    );
    place.metadata(bob, json!({"zone": "Europe/London"})).await;
    place.go_to("2026-06-02T00:00:00Z").await;
    place.go_to("2026-06-02T08:00:00Z").await;
    place.go_to("2026-06-02T09:00:00Z").await;
    assert_eq!(
        place.done(),
        [
            "ann 2026-06-02T00:00:00.000Z Asia/Tokyo",
            "bob 2026-06-01T09:00:00.000Z UTC",
            "bob 2026-06-02T08:00:00.000Z Europe/London"
        ]
    );
    assert_eq!(place.zones().await, ["Asia/Tokyo", "Europe/London"], "a zone without users is forgotten");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_schedule_follows_what_is_deployed() {
    let place = Place::at("2026-06-01T08:00:00Z", &schedule("0 0 9 * * *", "UTC")).await;
    place.world.user("ann").await.expect("a user");
    place.go_to("2026-06-01T15:00:00Z").await;
    let first = "ann 2026-06-01T09:00:00.000Z UTC".to_owned();
    assert_eq!(place.done(), std::slice::from_ref(&first));
    place.deploy(&schedule("0 0 12 * * *", "UTC")).await;
    assert_eq!(place.done(), std::slice::from_ref(&first), "noon was before the deployment");
    place.go_to("2026-06-02T10:00:00Z").await;
    assert_eq!(place.done(), std::slice::from_ref(&first), "nine o'clock is no longer scheduled");
    place.go_to("2026-06-02T12:00:00Z").await;
    let second = "ann 2026-06-02T12:00:00.000Z UTC".to_owned();
    assert_eq!(place.done(), [first.clone(), second.clone()]);
    place.deploy(&definition(json!({"appEvent": "Contact Created"}))).await;
    place.go_to("2026-06-05T12:00:00Z").await;
    assert_eq!(place.done(), [first, second]);
    assert_eq!(place.zones().await, Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_schedule_of_seconds_goes_by_the_second() {
    let place = Place::at("2026-06-01T08:00:00Z", &schedule("*/5 * * * * *", "UTC")).await;
    place.world.user("ann").await.expect("a user");
    for second in 1..=12 {
        place.go_to(&format!("2026-06-01T08:00:{second:02}Z")).await;
    }
    assert_eq!(place.done(), ["ann 2026-06-01T08:00:05.000Z UTC", "ann 2026-06-01T08:00:10.000Z UTC"]);
}

/// Makes a setting of the workflow required.
async fn require(world: &World) {
    let mut tx = world.store.begin().await.expect("begins");
    let found = linchpin_store::workflows::find(&mut tx, world.project_id, world.workflow_id).await.expect("reads");
    let mut workflow = found.expect("there");
    workflow.settings = vec![
        serde_json::from_value(json!({"id": "list", "title": "List", "type": "TEXT_NO_VARS"})).expect("a setting"),
    ];
    linchpin_store::workflows::update(&mut tx, &workflow).await.expect("updates");
    tx.commit().await.expect("commits");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_connected_account_starts_its_workflow_once_and_only_when_the_settings_are_complete() {
    let mut place = Place::at("2026-06-01T08:00:00Z", &definition(json!({"integrationEnabled": {}}))).await;
    require(&place.world).await;
    let ann = place.world.user("ann").await.expect("a user");
    place.settle().await;
    assert_eq!(place.done(), Vec::<String>::new(), "a required setting has no value");
    let set = async |place: &Place, value: &str| {
        let enablement = enablements::Enablement {
            configuration_id: ann.configuration_id,
            workflow_id: place.world.workflow_id,
            enabled: true,
            settings: Map::from_iter([("list".to_owned(), json!(value))]),
        };
        let mut tx = place.world.store.begin().await.expect("begins");
        enablements::set(&mut tx, place.world.project_id, ann.id, &enablement).await.expect("sets");
        tx.commit().await.expect("commits");
        place.settle().await;
    };
    set(&place, " ").await;
    assert_eq!(place.done(), Vec::<String>::new());
    set(&place, "7").await;
    assert_eq!(place.done(), ["ann begun "]);
    set(&place, "8").await;
    place.deploy(&definition(json!({"integrationEnabled": {}}))).await;
    place.restart_after("2026-09-01T08:00:00Z").await;
    assert_eq!(place.done(), ["ann begun "], "once, ever");
    assert_eq!(place.events().await[0].kind.as_str(), "integrationEnabled");
    // A further configuration is begun with on its own.
    let further = configurations::Configuration {
        id: linchpin_domain::id::ConfigurationId::fresh(&*place.clock),
        project_id: place.world.project_id,
        credential_id: ann.credential_id,
        is_default: false,
        external_id: Some("second".into()),
        settings: Map::new(),
        meta: Map::new(),
        created_at: place.clock.now(),
    };
    let mut tx = place.world.store.begin().await.expect("begins");
    configurations::add(&mut tx, ann.id, &further).await.expect("adds");
    let enablement = enablements::Enablement {
        configuration_id: further.id,
        workflow_id: place.world.workflow_id,
        enabled: true,
        settings: Map::from_iter([("list".to_owned(), json!("9"))]),
    };
    enablements::set(&mut tx, place.world.project_id, ann.id, &enablement).await.expect("sets");
    tx.commit().await.expect("commits");
    place.settle().await;
    assert_eq!(place.done(), ["ann begun ", "ann begun "]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn accounts_from_before_the_deployment_and_those_that_switched_it_off_are_left_alone() {
    let place = Place::at("2026-06-01T08:00:00Z", &definition(json!({"appEvent": "Contact Created"}))).await;
    let mut tx = place.world.store.begin().await.expect("begins");
    testkit::forget_versions(&mut tx, &place.world).await.expect("forgets");
    tx.commit().await.expect("commits");
    place.world.user("old").await.expect("a user");
    place.deploy(&definition(json!({"integrationEnabled": {}}))).await;
    assert_eq!(place.done(), Vec::<String>::new());
    place.world.user_at("new", place.clock.now(), false).await.expect("a user");
    place.settle().await;
    assert_eq!(place.done(), Vec::<String>::new(), "it was switched off");
    place.world.user_at("other", place.clock.now(), true).await.expect("a user");
    place.settle().await;
    assert_eq!(place.done(), ["other begun "]);
}
