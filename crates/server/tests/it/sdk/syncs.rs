//! A contacts sync against HubSpot's simulator.

use std::time::{Duration, Instant};

use reqwest::StatusCode;
use serde_json::{Value, json};

use super::world::{World, answer};

/// A world with a sync of Ann's contacts.
struct Synced {
    world: World,
    /// Its address.
    sync: String,
    credential: String,
}

impl Synced {
    async fn start(more: Value) -> Self {
        let world = World::start_with(|config| config.limits.poll_every = Duration::from_millis(50)).await;
        Self::of(world, more).await
    }

    async fn of(world: World, more: Value) -> Self {
        let credential = world.connect("ann").await;
        let mut new = json!({
            "name": "Contacts", "integrationId": world.integration, "object": "contacts",
            "fields": ["email", "firstname", "city", "phone"],
        });
        new.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
        let id = world.admin.post(&format!("{}/syncs", world.api), new).await.created();
        let sync = format!("{}/syncs/{id}", world.api);
        Self { world, sync, credential }
    }

    /// A call of HubSpot's API as somebody else makes it.
    async fn hubspot(&self, method: reqwest::Method, path: &str, body: Value) -> Value {
        self.hubspot_of("contacts", method, path, body).await
    }

    async fn hubspot_of(&self, kind: &str, method: reqwest::Method, path: &str, body: Value) -> Value {
        let token = answer(self.world.http.post(format!("{}/_simulator/tokens", self.world.hubspot)).body("{}")).await;
        let token = token.body["access_token"].as_str().expect("a token").to_owned();
        let address = format!("{}/crm/objects/2026-03/{kind}{path}", self.world.hubspot);
        let mut request = self.world.http.request(method, address).bearer_auth(token);
        if !body.is_null() {
            request = request.header("content-type", "application/json").body(body.to_string());
        }
        let done = answer(request).await;
        assert!(done.status.is_success(), "{path}: {} {}", done.status, done.text);
        done.body
    }

    async fn make(&self, properties: Value) -> String {
        let made = self.hubspot(reqwest::Method::POST, "", json!({"properties": properties})).await;
        made["id"].as_str().expect("an id").to_owned()
    }

    async fn change(&self, id: &str, properties: Value) {
        self.hubspot(reqwest::Method::PATCH, &format!("/{id}"), json!({"properties": properties})).await;
    }

    async fn delete(&self, id: &str) {
        self.hubspot(reqwest::Method::DELETE, &format!("/{id}"), Value::Null).await;
    }

    async fn status(&self) -> Value {
        let answer = self.world.admin.get(&format!("{}/accounts?user=ext:ann", self.sync)).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        answer.body["items"][0].clone()
    }

    /// Waits until the account says so.
    async fn until(&self, what: &str, holds: impl Fn(&Value) -> bool) -> Value {
        let begun = Instant::now();
        loop {
            let status = self.status().await;
            if holds(&status) {
                return status;
            }
            assert!(begun.elapsed() < Duration::from_secs(30), "not yet {what}: {status}");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    async fn loaded(&self) -> Value {
        self.until("loaded", |status| !status["loadedAt"].is_null() && status["state"] == "active").await
    }

    /// Has a pass begin, and waits until it is over and none follows at once. The end of one that was under way already
    /// does not put off the one that is asked for.
    async fn run(&self, what: &str) -> Value {
        let checked = self.status().await["check"].clone();
        let address = format!("{}/accounts/{}", self.sync, self.credential);
        let asked = self.world.admin.patch(&address, json!({"run": what})).await;
        assert_eq!(asked.status, 200, "{}", asked.text);
        let soon = self.world.test.app.clock.now().plus(Duration::from_secs(30)).to_string();
        self.until("passed", |status| {
            let idle = status["nextPassAt"].as_str().is_some_and(|next| next > soon.as_str());
            idle && status["state"] != "checking" && (what != "check" || status["check"] != checked)
        })
        .await
    }

    /// Records after a cursor, and the cursor after them.
    async fn records(&self, cursor: &str) -> (Vec<Value>, String) {
        let (mut all, mut at) = (Vec::new(), cursor.to_owned());
        loop {
            let page = self.world.admin.get(&format!("{}/records?limit=7&cursor={at}", self.sync)).await;
            assert_eq!(page.status, 200, "{}", page.text);
            all.extend(page.body["items"].as_array().expect("a list").clone());
            page.body["cursor"].as_str().expect("a cursor").clone_into(&mut at);
            if page.body["nextCursor"].is_null() {
                return (all, at);
            }
        }
    }

    async fn write(&self, body: Value) -> (StatusCode, Value) {
        let answer = self.world.admin.put(&format!("{}/records", self.sync), body).await;
        (answer.status, answer.body)
    }

    /// The contact as HubSpot has it.
    async fn contact(&self, id: &str) -> Value {
        self.hubspot(reqwest::Method::GET, &format!("/{id}?properties=email,firstname,city,phone"), Value::Null).await["properties"].clone()
    }
}

fn both() -> Value {
    json!({"direction": "both"})
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everything_is_read_then_what_changes_and_what_is_deleted() {
    let synced = Synced::start(json!({})).await;
    synced.loaded().await;
    let mut ids = Vec::new();
    for n in 0..25 {
        ids.push(synced.make(json!({"email": format!("{n}@example.com"), "firstname": "A"})).await);
    }
    let status = synced.run("changes").await;
    assert_eq!(status["records"], 25, "{status}");
    let (records, cursor) = synced.records("0").await;
    assert_eq!(records.len(), 25);
    assert!(records.iter().all(|one| one["fields"]["firstname"] == "A" && one["origin"] == "provider"), "{records:?}");

    synced.change(&ids[3], json!({"firstname": "B"})).await;
    // Not a field that is kept: nothing new.
    synced.change(&ids[4], json!({"jobtitle": "Dog"})).await;
    synced.delete(&ids[5]).await;
    let status = synced.run("changes").await;
    assert_eq!(status["records"], 24, "{status}");
    let (changed, cursor) = synced.records(&cursor).await;
    let seen: Vec<_> =
        changed.iter().map(|one| (one["providerId"].as_str(), &one["fields"]["firstname"], &one["deleted"])).collect();
    assert_eq!(
        seen,
        [(Some(ids[3].as_str()), &json!("B"), &json!(false)), (Some(ids[5].as_str()), &json!("A"), &json!(true))]
    );
    synced.run("changes").await;
    assert_eq!(synced.records(&cursor).await.0, Vec::<Value>::new(), "nothing is told twice");

    // The user's own door shows the same, and nobody else's.
    let own = synced.world.get("ann", "/sdk/syncs").await;
    assert_eq!(own.body["items"][0]["accounts"][0]["records"], 24, "{}", own.text);
    let id = own.body["items"][0]["id"].as_str().expect("an id").to_owned();
    let records = synced.world.get("ann", &format!("/sdk/syncs/{id}/records?limit=200")).await;
    assert_eq!(records.body["items"].as_array().map(Vec::len), Some(25), "{}", records.text);
    assert_eq!(synced.world.get("bob", "/sdk/syncs").await.body["items"], json!([]));
    let foreign = synced.world.get("bob", &format!("/sdk/syncs/{id}/records")).await;
    assert_eq!(foreign.body["items"], json!([]), "{}", foreign.text);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_first_reading_goes_on_where_it_was_when_the_server_is_killed() {
    let world = World::start_with(|config| config.limits.poll_every = Duration::from_millis(50)).await;
    let mut synced = Synced::of(world, json!({"everyMinutes": 60})).await;
    synced.loaded().await;
    for n in 0..330 {
        synced.make(json!({"email": format!("{n}@example.com")})).await;
    }
    // The third page fails for a while: the first two are kept.
    synced.world.faults(json!({"latencyMs": 150})).await;
    let before = synced.world.calls("GET /crm/objects/2026-03/contacts").await;
    let address = format!("{}/accounts/{}", synced.sync, synced.credential);
    synced.world.admin.patch(&address, json!({"run": "reload"})).await;
    synced.until("in the middle", |status| status["read"].as_u64() >= Some(200)).await;
    synced.world.test.restart().await;
    synced.world.faults(json!({"latencyMs": 0})).await;
    let status = synced.until("read", |status| status["state"] == "active" && status["records"] == 330).await;
    assert_eq!(status["read"], 330, "{status}");
    let calls = synced.world.calls("GET /crm/objects/2026-03/contacts").await - before;
    // Four pages; the one under way may have been asked for twice. The recycling bin is one more list.
    assert!(calls <= 6, "{calls} lists: it began anew");
    assert_eq!(synced.records("0").await.0.len(), 330, "nobody is there twice");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_the_application_writes_reaches_the_provider_once_and_does_not_come_back() {
    let synced = Synced::start(both()).await;
    synced.loaded().await;
    let new = json!({"user": "ext:ann", "externalId": "c-1", "fields": {"email": "New@example.com", "city": "Ulm"}});
    let (status, record) = synced.write(new.clone()).await;
    assert_eq!(status, 202, "{record}");
    synced.until("sent", |status| status["records"] == 1 && status["pending"] == 0).await;
    let (records, cursor) = synced.records("0").await;
    assert_eq!(records[0]["externalId"], "c-1");
    let id = records[0]["providerId"].as_str().expect("the provider has it").to_owned();
    assert_eq!(synced.contact(&id).await["city"], "Ulm");
    assert_eq!(synced.write(new).await.0, 200, "the same again says nothing new");

    let creates = synced.world.calls("POST /crm/objects/2026-03/contacts").await;
    let record = json!({"user": "ext:ann", "externalId": "c-1", "fields": {"city": "Bonn"}});
    assert_eq!(synced.write(record).await.0, 202);
    synced.until("sent", |status| status["pending"] == 0).await;
    assert_eq!(synced.contact(&id).await["city"], "Bonn");
    // Several passes later HubSpot tells of our own change: nobody is told of it.
    let (_, cursor) = synced.records(&cursor).await;
    synced.run("changes").await;
    synced.run("check").await;
    let (echo, _) = synced.records(&cursor).await;
    assert_eq!(echo, Vec::<Value>::new(), "an echo");
    let check = synced.status().await["check"].clone();
    assert_eq!(
        (&check["missing"], &check["differing"], &check["surplus"]),
        (&json!(0), &json!(0), &json!(0)),
        "{check}"
    );
    assert_eq!(synced.world.calls("POST /crm/objects/2026-03/contacts/batch").await, 0);
    assert!(synced.world.calls("PATCH").await == 1 && creates >= 1, "the change was sent once");

    // A write is a run in Task History.
    let runs = synced.world.admin.get(&format!("{}/runs", synced.world.api)).await.body;
    assert_eq!(runs["items"].as_array().map(Vec::len), Some(2), "{runs}");
    let deleted = synced
        .world
        .admin
        .delete(&format!("{}/records/{}", synced.sync, records[0]["id"].as_str().expect("an id")))
        .await;
    assert_eq!(deleted.status, 202, "{}", deleted.text);
    synced.until("deleted", |status| status["records"] == 0).await;
    assert_eq!(synced.world.emails_of_contacts().await, Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_writes_are_few_calls_and_each_has_its_own_outcome() {
    let synced = Synced::start(json!({"direction": "both", "everyMinutes": 60})).await;
    synced.loaded().await;
    let account = format!("{}/accounts/{}", synced.sync, synced.credential);
    let pause = async |paused: bool| {
        let set = synced.world.admin.patch(&account, json!({"paused": paused})).await;
        assert_eq!(set.status, 200, "{}", set.text);
    };
    pause(true).await;
    for n in 0..60 {
        let email = if n == 30 { "no address".to_owned() } else { format!("{n}@example.com") };
        let new = json!({"user": "ext:ann", "externalId": format!("c-{n}"), "fields": {"email": email}});
        assert_eq!(synced.write(new).await.0, StatusCode::ACCEPTED);
    }
    pause(false).await;
    synced.until("sent", |status| status["pending"] == 0 && status["refused"] == 1).await;
    let all = synced.world.calls("POST /crm/objects/2026-03/contacts").await;
    let batches = synced.world.calls("contacts/batch/create").await;
    let searches = synced.world.calls("contacts/search").await;
    assert!(batches >= 3 && all - searches <= 20, "60 contacts took {all} calls, {batches} of them batches");
    let (records, _) = synced.records("0").await;
    let refused: Vec<_> = records.iter().filter(|one| !one["pending"]["error"].is_null()).collect();
    assert_eq!(refused.len(), 1, "{refused:?}");
    assert_eq!(
        (&refused[0]["externalId"], &refused[0]["pending"]["error"]["code"]),
        (&json!("c-30"), &json!("validation"))
    );

    pause(true).await;
    for n in 0..30 {
        let change = json!({"user": "ext:ann", "externalId": format!("c-{n}"), "fields": {"city": "Bonn"}});
        assert_eq!(synced.write(change).await.0, StatusCode::ACCEPTED);
    }
    pause(false).await;
    synced.until("sent", |status| status["pending"] == 0).await;
    assert!(synced.world.calls("contacts/batch/update").await >= 1);
    let patches = synced.world.calls("PATCH /crm").await;
    assert!(patches <= 10, "30 changes took {patches} single calls");
    assert_eq!(synced.contact(records[0]["providerId"].as_str().expect("an id")).await["city"], "Bonn");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_conflict_follows_the_rule_and_different_fields_are_merged() {
    for (rule, city) in [("provider", "Rome"), ("app", "Bonn")] {
        let synced = Synced::start(json!({"direction": "both", "conflict": rule, "everyMinutes": 60})).await;
        let id = synced.make(json!({"email": "a@example.com", "city": "Ulm", "phone": "1"})).await;
        synced.loaded().await;
        synced.run("changes").await;
        // The provider's change is there before the application's is sent, and no pass has seen it.
        synced.change(&id, json!({"city": "Rome", "firstname": "Ann"})).await;
        let body = json!({"user": "ext:ann", "providerId": id, "fields": {"city": "Bonn", "phone": "2"}});
        assert_eq!(synced.write(body).await.0, 202);
        let status = synced.until("sent", |status| status["pending"] == 0 && status["conflicts"] == 1).await;
        assert_eq!(status["refused"], 0, "{status}");
        let contact = synced.contact(&id).await;
        assert_eq!(
            (&contact["city"], &contact["phone"], &contact["firstname"]),
            (&json!(city), &json!("2"), &json!("Ann")),
            "{rule}"
        );
        let (records, _) = synced.records("0").await;
        assert_eq!(records[0]["fields"]["city"], city, "{rule}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_has_drifted_is_found_and_mended() {
    let synced = Synced::start(json!({"everyMinutes": 60})).await;
    let mut ids = Vec::new();
    for n in 0..6 {
        ids.push(synced.make(json!({"email": format!("{n}@example.com"), "city": "Ulm"})).await);
    }
    synced.loaded().await;
    synced.run("changes").await;
    // Behind the sync's back: in the database, as if a page had been lost.
    let project = synced.world.project.parse().expect("an id");
    let store = &synced.world.test.app.store;
    let sync_id = synced.sync.rsplit('/').next().expect("an id").parse().expect("an id");
    let mut tx = store.begin().await.expect("begins");
    let found = linchpin_store::sync_records::page(
        &mut tx,
        project,
        sync_id,
        linchpin_store::sync_records::Filter::default(),
        10,
    )
    .await
    .expect("reads");
    linchpin_store::sync_records::remove(&mut tx, project, found[0].record.id).await.expect("removes");
    let mut other = found[1].record.clone();
    other.fields.insert("city".into(), json!("Paris"));
    linchpin_store::sync_records::write(&mut tx, found[1].place, &other, 0, 0).await.expect("writes");
    let mut surplus = found[2].record.clone();
    surplus.id = linchpin_domain::id::SyncRecordId::fresh(&*synced.world.test.app.clock);
    surplus.provider_id = Some("999999".into());
    linchpin_store::sync_records::write(&mut tx, found[2].place, &surplus, 1, 0).await.expect("writes");
    // The window that is asked for again is long over.
    let credential = synced.credential.parse().expect("an id");
    let mut account = linchpin_store::sync_accounts::find(&mut tx, project, sync_id, credential)
        .await
        .expect("reads")
        .expect("there");
    account.progress.newest_at = synced.world.test.app.clock.now().plus(Duration::from_hours(1));
    linchpin_store::sync_accounts::set_progress(&mut tx, &account).await.expect("writes");
    tx.commit().await.expect("commits");
    let status = synced.run("check").await;
    let check = &status["check"];
    assert_eq!(
        (&check["records"], &check["missing"], &check["differing"], &check["surplus"]),
        (&json!(6), &json!(1), &json!(1), &json!(1)),
        "{check}"
    );
    assert_eq!(status["records"], 6);
    synced.run("check").await;
    let again = synced.until("checked again", |status| status["check"]["surplus"] == 0).await;
    assert_eq!((&again["check"]["missing"], &again["check"]["differing"]), (&json!(0), &json!(0)), "{again}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refused_write_is_shown_and_a_record_that_both_made_is_one() {
    let synced = Synced::start(both()).await;
    synced.loaded().await;
    let (_, record) =
        synced.write(json!({"user": "ext:ann", "externalId": "bad", "fields": {"email": "no address"}})).await;
    let status = synced.until("refused", |status| status["refused"] == 1).await;
    assert_eq!(status["state"], "active", "one record stops nobody: {status}");
    let address = format!("{}/records/{}", synced.sync, record["id"].as_str().expect("an id"));
    let shown = synced.world.admin.get(&address).await.body;
    assert_eq!(shown["pending"]["error"]["code"], "validation", "{shown}");
    // Mended, it is sent.
    synced.write(json!({"user": "ext:ann", "externalId": "bad", "fields": {"email": "good@example.com"}})).await;
    synced.until("sent", |status| status["refused"] == 0 && status["pending"] == 0).await;

    let id = synced.make(json!({"email": "same@example.com", "city": "Ulm"})).await;
    synced.run("changes").await;
    synced
        .write(json!({"user": "ext:ann", "externalId": "s", "fields": {"email": "same@example.com", "phone": "7"}}))
        .await;
    synced.until("linked", |status| status["pending"] == 0 && status["records"] == 2).await;
    assert_eq!(synced.contact(&id).await["phone"], "7");
    let (records, _) = synced.records("0").await;
    let linked = records.iter().find(|one| one["providerId"] == id.as_str()).expect("there");
    assert_eq!(linked["externalId"], "s", "{linked}");

    for (body, status) in [
        (json!({"user": "ext:ann", "fields": {"shoe_size": "42"}}), 422),
        (json!({"user": "ext:ann", "fields": {}}), 422),
        (json!({"fields": {"city": "Ulm"}}), 422),
        (json!({"user": "ext:nobody", "fields": {"city": "Ulm"}}), 404),
    ] {
        assert_eq!(synced.write(body.clone()).await.0, status, "{body}");
    }
    let one_way = synced.world.admin.patch(&synced.sync, json!({"direction": "read"})).await;
    assert_eq!(one_way.status, 200);
    let refused = synced.write(json!({"user": "ext:ann", "externalId": "s", "fields": {"city": "X"}})).await;
    assert_eq!((refused.0, &refused.1["code"]), (StatusCode::CONFLICT, &json!("one_way")));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn destinations_are_told_of_changes_and_everything_goes_with_the_user() {
    let synced = Synced::start(json!({})).await;
    let told = json!({"name": "Backend", "url": "https://127.0.0.1:1/hook", "events": ["sync.changed"]});
    let destination =
        synced.world.admin.post(&format!("{}/event-destinations", synced.world.api), told).await.created();
    synced.loaded().await;
    synced.make(json!({"email": "a@example.com"})).await;
    synced.run("changes").await;
    let deliveries = format!("{}/event-destinations/{destination}/deliveries", synced.world.api);
    let log = synced.world.admin.get(&deliveries).await.body;
    let event = &log["items"][0];
    assert_eq!(event["event"], "sync.changed", "{log}");
    let user = synced.world.admin.get(&format!("{}/users/ext:ann", synced.world.api)).await.body;
    let gone =
        synced.world.admin.delete(&format!("{}/users/{}", synced.world.api, user["id"].as_str().expect("an id"))).await;
    assert_eq!(
        (&gone.body["removed"]["syncRecords"], &gone.body["removed"]["syncAccounts"], &gone.body["left"]),
        (&json!(1), &json!(1), &json!(0)),
        "{}",
        gone.text
    );
    assert_eq!(synced.records("0").await.0, Vec::<Value>::new());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn other_kinds_of_records_are_kept_the_same_by_the_manifest_alone() {
    for (kind, field) in [("companies", "name"), ("deals", "dealname"), ("tickets", "subject")] {
        let more = json!({"direction": "both", "object": kind, "fields": [field], "everyMinutes": 60});
        let world = World::start_with(|config| config.limits.poll_every = Duration::from_millis(50)).await;
        let scopes = ["read", "write"].map(|verb| format!("crm.objects.{kind}.{verb}"));
        let scopes = if kind == "tickets" { vec!["tickets".to_owned()] } else { scopes.to_vec() };
        let integration = format!("{}/integrations/{}", world.api, world.integration);
        assert_eq!(world.admin.patch(&integration, json!({"scopes": scopes})).await.status, 200);
        let synced = Synced::of(world, more).await;
        synced.loaded().await;
        let of =
            async |method: reqwest::Method, path: &str, body: Value| synced.hubspot_of(kind, method, path, body).await;
        let properties = json!({"properties": {field: "Theirs", "hs_pipeline_stage": "1"}});
        let properties = if kind == "tickets" { properties } else { json!({"properties": {field: "Theirs"}}) };
        let theirs = of(reqwest::Method::POST, "", properties).await["id"].clone();
        let theirs = theirs.as_str().expect("an id");
        synced.run("changes").await;
        let (records, cursor) = synced.records("0").await;
        assert_eq!((records.len(), &records[0]["fields"][field]), (1, &json!("Theirs")), "{kind}: {records:?}");

        // Ours goes there, changed and new.
        let (status, _) =
            synced.write(json!({"user": "ext:ann", "providerId": theirs, "fields": {field: "Changed"}})).await;
        assert_eq!(status, StatusCode::ACCEPTED, "{kind}");
        if kind != "tickets" {
            let (status, _) =
                synced.write(json!({"user": "ext:ann", "externalId": "ours", "fields": {field: "Ours"}})).await;
            assert_eq!(status, StatusCode::ACCEPTED, "{kind}");
        }
        synced.run("changes").await;
        let read = of(reqwest::Method::GET, &format!("/{theirs}?properties={field}"), Value::Null).await;
        assert_eq!(read["properties"][field], "Changed", "{kind}");
        let all = of(reqwest::Method::GET, "", Value::Null).await;
        let expected = if kind == "tickets" { 1 } else { 2 };
        assert_eq!(all["results"].as_array().map(Vec::len), Some(expected), "{kind}: {all}");

        of(reqwest::Method::DELETE, &format!("/{theirs}"), Value::Null).await;
        synced.run("changes").await;
        let (changed, _) = synced.records(&cursor).await;
        assert!(changed.iter().any(|one| one["providerId"] == theirs && one["deleted"] == true), "{kind}: {changed:?}");
    }
}
