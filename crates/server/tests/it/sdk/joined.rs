//! Single writes that go as one call while an account's quota is short, against a simulator that keeps its quota.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::world::{World, answer};

const RUNS: usize = 200;
/// Calls that the simulator allows in ten seconds.
const QUOTA: u32 = 60;

impl World {
    /// How many runs are in each state that is not `succeeded`, once all that were started are over.
    async fn all_over(&self, expected: usize) -> Vec<Value> {
        let begun = Instant::now();
        loop {
            let mut runs = Vec::new();
            let mut cursor = String::new();
            loop {
                let page = self.admin.get(&format!("{}/runs?limit=200{cursor}", self.api)).await;
                assert_eq!(page.status, 200, "{}", page.text);
                runs.extend(page.body["items"].as_array().expect("a list").clone());
                let Some(next) = page.body["nextCursor"].as_str() else { break };
                cursor = format!("&cursor={next}");
            }
            let over = |run: &Value| matches!(run["state"].as_str(), Some("succeeded" | "failed" | "cancelled"));
            if runs.len() == expected && runs.iter().all(over) {
                return runs;
            }
            assert!(
                begun.elapsed() < Duration::from_secs(100),
                "not over: {:?}",
                runs.iter().filter(|run| !over(run)).take(3).collect::<Vec<_>>()
            );
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }

    /// The addresses of the contacts that HubSpot has, one for each contact.
    pub async fn emails_of_contacts(&self) -> Vec<String> {
        let address = format!("{}/_simulator/records/contacts", self.hubspot);
        let seen = answer(self.http.get(address)).await.body;
        let records = seen["results"].as_array().expect("records").iter();
        records.map(|record| record["properties"]["email"].as_str().unwrap_or_default().to_owned()).collect()
    }
}

async fn short_of_calls() -> World {
    let world = World::start().await;
    // Doubles must be seen: nothing but us prevents them.
    world.faults(json!({"quota": {"max": QUOTA, "perMs": 10_000}, "uniqueEmail": false, "latencyMs": 40})).await;
    world.connect("ann").await;
    world.workflow_on("ann").await;
    world
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_runs_make_few_calls_and_each_has_its_own_result() {
    let world = short_of_calls().await;
    let began = Instant::now();
    for n in 0..RUNS {
        let email = if n == 150 { "no address".to_owned() } else { format!("{n}@example.com") };
        assert_eq!(world.event("ann", &email).await.status, 201);
    }
    let runs = world.all_over(RUNS).await;
    let failed: Vec<&Value> = runs.iter().filter(|run| run["state"] == "failed").collect();
    assert_eq!(failed.len(), 1, "one bad record fails only its run: {failed:?}");
    let emails = world.emails_of_contacts().await;
    assert_eq!(emails.len(), RUNS - 1);
    assert_eq!(emails.iter().collect::<BTreeSet<_>>().len(), RUNS - 1, "nobody is there twice");

    let (single, joined) = (world.calls("/contacts").await, world.calls("/contacts/batch/create").await);
    let calls = single; // The first counts the second too.
    assert!(joined > 0 && calls < RUNS as u64 / 2, "{calls} calls, {joined} of them for many");
    println!("{RUNS} writes in {calls} calls, {joined} of them for many, in {:?}", began.elapsed());

    // History tells that the call was joined, and shows no other write.
    let mut seen = false;
    for run in &runs {
        let id = run["id"].as_str().expect("an id");
        let read = world.admin.get(&format!("{}/runs/{id}", world.api)).await.body;
        let exchange = read["steps"][0]["attempts"].as_array().and_then(|all| all.last()).map(|last| &last["exchange"]);
        let Some(exchange) = exchange.filter(|exchange| exchange["joined"].is_u64()) else { continue };
        assert!(exchange["joined"].as_u64() > Some(1), "{exchange}");
        assert_eq!(exchange["requestBody"]["inputs"].as_array().map(Vec::len), Some(1), "{exchange}");
        seen = true;
        break;
    }
    assert!(seen, "no run says that its call was joined");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_batch_that_is_refused_is_halved_until_the_others_are_through() {
    let world = short_of_calls().await;
    world
        .faults(
            json!({"next": [{"kind": "status", "status": 400, "path": "batch/create", "count": 3}], "latencyMs": 40}),
        )
        .await;
    for n in 0..80 {
        assert_eq!(world.event("ann", &format!("{n}@example.com")).await.status, 201);
    }
    let runs = world.all_over(80).await;
    assert!(runs.iter().all(|run| run["state"] == "succeeded"), "{runs:?}");
    assert_eq!(world.emails_of_contacts().await.len(), 80);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_lost_or_doubled_when_the_engine_is_dropped_in_the_middle() {
    let mut world = short_of_calls().await;
    for n in 0..RUNS {
        assert_eq!(world.event("ann", &format!("{n}@example.com")).await.status, 201);
        if matches!(n, 60 | 120 | 180) {
            // A batch's answer is lost as well.
            let lost = json!({"next": [{"kind": "dropAfter", "path": "batch/create"}], "latencyMs": 40});
            world.faults(lost).await;
            let old = world.test.app.engine.clone();
            old.stop(Duration::ZERO).await;
            // A process that is gone sends nothing any more; this one must have sent what it will.
            while old.load().0 > 0 {
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
            world.test.restart().await;
        }
    }
    let runs = world.all_over(RUNS).await;
    assert!(
        runs.iter().all(|run| run["state"] == "succeeded"),
        "{:?}",
        runs.iter().find(|run| run["state"] != "succeeded")
    );
    let emails = world.emails_of_contacts().await;
    assert_eq!(emails.iter().collect::<BTreeSet<_>>().len(), RUNS, "somebody was lost");
    assert_eq!(emails.len(), RUNS, "somebody is there twice");
    assert!(world.calls("/contacts/batch/create").await > 0, "no call was joined");
}
