//! Random workflows under random failures: providers that refuse, hold back, lose answers or forget who
//! we are, engines that are dropped in the middle, clocks that jump. Whatever happens, nothing is lost,
//! nothing is done twice, and what is done is what the workflow says.
//!
//! What each run must come to is computed beside the engine by [`Oracle`], which knows no journal, no
//! retry and no crash. A failing case prints its seed; `LINCHPIN_SEED=… cargo test -p linchpin-engine
//! property` runs that one alone, and `LINCHPIN_ROUNDS=200` runs ten thousand cases.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use linchpin_domain::Connector;
use linchpin_domain::connector::{
    ActionCall, ActionError, ActionOutput, ActionPlan, DoubtStrategy, Join, Sent, Settled,
};
use linchpin_domain::journal::{Event, Line};
use linchpin_domain::run::State;
use linchpin_engine::{Engine, Limits};
use linchpin_store::{journal, runs};
use parking_lot::Mutex;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use serde_json::{Value, json};

use crate::postgres::Postgres;
use crate::random_workflow::{Fate, Maker, Oracle, STRATEGIES, fate, payload, roll};
use crate::runs::{Scene, definition};
use crate::scripted::Scripted;

/// Runs of one round. All are of one workflow, each with a payload of its own.
const RUNS: usize = 50;

/// A provider that has bad days, but at most three for one record.
struct Fickle {
    seed: u64,
    /// Bad days so far, by record.
    bad: Mutex<HashMap<String, u32>>,
    /// Idempotency keys that were seen.
    keys: Mutex<BTreeSet<String>>,
    /// Records in the order of their making.
    records: Mutex<Vec<String>>,
    calls: AtomicUsize,
    /// Writes that went together with others.
    joined: AtomicUsize,
    busy: AtomicUsize,
}

impl Fickle {
    fn count(&self, record: &str) -> usize {
        self.records.lock().iter().filter(|made| *made == record).count()
    }

    fn make(&self, call: &ActionCall) {
        if call.action == "keyed.create" && !self.keys.lock().insert(call.idempotency_key.clone()) {
            return;
        }
        self.records.lock().push(name(call));
    }

    fn answer(&self, call: &ActionCall) -> Result<ActionOutput, ActionError> {
        let (record, provider) = (name(call), "fickle".to_owned());
        let lost = |sent| ActionError::Unreachable {
            provider: "fickle".into(),
            sent,
            message: "reset".into(),
            exchange: None,
        };
        let day = {
            let mut bad = self.bad.lock();
            let days = bad.entry(record.clone()).or_default();
            let day = if *days < 3 { roll(self.seed, &format!("{record}/{days}")).random_range(0..16) } else { 15 };
            *days += u32::from(day < 4);
            day
        };
        match (day, fate(self.seed, &record)) {
            (0, _) => Err(lost(Sent::No)),
            (1, _) => Err(ActionError::RateLimited { provider, retry_after: Duration::from_secs(3), exchange: None }),
            (2, _) => Err(lost(Sent::Maybe)),
            (3, Fate::Made) => {
                self.make(call);
                Err(lost(Sent::Maybe))
            }
            (_, Fate::Made) => {
                self.make(call);
                Ok(ActionOutput { output: json!({"record": record}), exchange: None })
            }
            (_, Fate::Refused) => Err(ActionError::Rejected {
                provider,
                status: 400,
                code: "validation".into(),
                message: "no".into(),
                exchange: None,
            }),
            (_, Fate::Gone) => {
                Err(ActionError::Reauthorize { provider, message: "the grant is gone".into(), exchange: None })
            }
        }
    }
}

fn name(call: &ActionCall) -> String {
    call.inputs.get("record").and_then(Value::as_str).unwrap_or_default().to_owned()
}

#[async_trait]
impl Connector for Fickle {
    fn plan(&self, call: &ActionCall) -> Result<ActionPlan, ActionError> {
        let strategy = STRATEGIES.iter().find(|(action, _)| *action == call.action).map(|(_, strategy)| *strategy);
        let strategy = strategy.ok_or(ActionError::Invalid { message: "no such action".into() })?;
        let serial_key = (strategy == DoubtStrategy::NaturalKey).then(|| name(call));
        // Now and then the quota is short; what was planned then may be joined.
        let short = roll(self.seed, &format!("quota {}", self.calls.load(Ordering::SeqCst) / 16)).random_bool(0.5);
        let wait = Duration::from_millis(if name(call).len().is_multiple_of(3) { 2 } else { 0 });
        // The provider knows keys of single calls only.
        let join = (short && strategy != DoubtStrategy::IdempotencyKey).then(|| Join {
            group: call.action.clone(),
            most: 5,
            distinct: Some(name(call)),
            wait,
        });
        Ok(ActionPlan { strategy, serial_key, reads_only: false, join })
    }

    async fn perform_joined(&self, calls: &[ActionCall]) -> Vec<Result<ActionOutput, ActionError>> {
        assert!(calls.len() <= 5, "{} writes in one call", calls.len());
        self.joined.fetch_add(calls.len(), Ordering::SeqCst);
        self.calls.fetch_add(1, Ordering::SeqCst);
        self.busy.fetch_add(1, Ordering::SeqCst);
        tokio::task::yield_now().await;
        let answers = calls.iter().map(|call| self.answer(call)).collect();
        tokio::time::sleep(Duration::from_micros(500)).await;
        self.busy.fetch_sub(1, Ordering::SeqCst);
        answers
    }

    async fn perform(&self, call: &ActionCall) -> Result<ActionOutput, ActionError> {
        self.calls.fetch_add(1, Ordering::SeqCst);
        self.busy.fetch_add(1, Ordering::SeqCst);
        // The effect may come before or after the engine is dropped; the answer may find nobody.
        tokio::task::yield_now().await;
        let answer = self.answer(call);
        tokio::time::sleep(Duration::from_micros(u64::try_from(name(call).len() % 7).unwrap_or(0) * 100)).await;
        self.busy.fetch_sub(1, Ordering::SeqCst);
        answer
    }

    async fn settle(&self, call: &ActionCall) -> Result<Settled, ActionError> {
        let record = name(call);
        Ok(match self.count(&record) {
            0 => Settled::DidNotHappen,
            _ => Settled::Happened(ActionOutput { output: json!({"record": record}), exchange: None }),
        })
    }
}

/// One round: a random workflow, runs of it, and whatever may go wrong.
async fn round(seed: u64, url: Option<String>) {
    let mut random = StdRng::seed_from_u64(seed);
    let steps = Maker::new(StdRng::seed_from_u64(random.random())).workflow();
    let provider = Arc::new(Fickle {
        seed,
        bad: Mutex::default(),
        keys: Mutex::default(),
        records: Mutex::default(),
        calls: AtomicUsize::new(0),
        joined: AtomicUsize::new(0),
        busy: AtomicUsize::new(0),
    });
    let mut scene = Scene::on(url, steps.clone(), Scripted::new(), Limits::default()).await;
    let limits = Limits {
        per_credential: random.random_range(1..=8),
        held_per_user: random.random_range(2..=50),
        ..Limits::default()
    };
    scene.engine.stop(Duration::from_secs(5)).await;
    let start = async |scene: &Scene| {
        let connector = Arc::clone(&provider) as Arc<dyn Connector>;
        Engine::start(scene.world.store.clone(), connector, limits).await.expect("starts")
    };
    scene.engine = start(&scene).await;
    let users = [scene.world.user("ann").await.expect("a user"), scene.world.user("bob").await.expect("a user")];
    let mut accepted = Vec::new();
    for run in 0..RUNS {
        let event = scene.event(users[run % 2], &payload(seed, run));
        accepted.push(scene.engine.accept_app_event(event).await.expect("accepted").runs[0]);
        if random.random_bool(0.1) {
            scene.engine = dropped(&scene, &provider, &start, random.random_range(0..4)).await;
        }
    }
    // Time goes by, in jumps; now and then the engine is dropped.
    let mut turns = 0;
    let found = loop {
        let found = states(&scene, &accepted).await;
        if found.iter().all(|state| state.is_final()) {
            break found;
        }
        turns += 1;
        assert!(turns < 4_000, "it does not end: {found:?}\n{steps:#}");
        if turns < 40 && random.random_bool(0.1) {
            scene.engine = dropped(&scene, &provider, &start, random.random_range(0..6)).await;
        }
        for (run, state) in accepted.iter().zip(&found) {
            if *state == State::InDoubt {
                settle_by_truth(&scene, &provider, *run).await;
            }
        }
        scene.clock.advance(Duration::from_millis(random.random_range(0..60_000)));
        tokio::time::sleep(Duration::from_millis(3)).await;
    };
    scene.engine.stop(Duration::from_secs(5)).await;
    check(&scene, &provider, seed, &steps, &found).await;
}

/// Drops the engine as a crash would, lets calls that are travelling arrive, and starts another.
async fn dropped(scene: &Scene, provider: &Fickle, start: &impl AsyncFn(&Scene) -> Engine, after: u64) -> Engine {
    tokio::time::sleep(Duration::from_millis(after)).await;
    scene.engine.stop(Duration::ZERO).await;
    // A call whose intent is written may not have been sent yet: a process that is gone would never send it, this
    // one does, so that nobody may look before.
    while scene.engine.load().0 > 0 || provider.busy.load(Ordering::SeqCst) > 0 {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    start(scene).await
}

async fn states(scene: &Scene, accepted: &[linchpin_domain::id::RunId]) -> Vec<State> {
    let mut conn = scene.world.store.read().await.expect("reads");
    let mut states = Vec::new();
    for id in accepted {
        let run = runs::find(&mut conn, scene.world.project_id, *id).await.expect("reads").expect("accepted is kept");
        states.push(run.run.state);
    }
    states
}

/// A person looks at the provider, and says what is there.
async fn settle_by_truth(scene: &Scene, provider: &Fickle, run: linchpin_domain::id::RunId) {
    let mut conn = scene.world.store.read().await.expect("reads");
    let found = runs::find(&mut conn, scene.world.project_id, run).await.expect("reads").expect("there");
    let path = found.run.fault.and_then(|fault| fault.step).expect("a doubt names its step");
    let lines = journal::page(&mut conn, found.run.seq, 0, 100_000).await.expect("reads");
    drop(conn);
    let inputs = lines.iter().rev().filter(|line| line.step == path).find_map(|line| line.event.inputs());
    let record = inputs.and_then(|inputs| inputs["record"].as_str()).expect("an intent holds its inputs").to_owned();
    let happened = provider.count(&record) > 0;
    let output = happened.then(|| json!({"record": record}));
    // It may have gone on meanwhile: then there is nothing to settle.
    let _ = scene.engine.settle(scene.world.project_id, run, Some(&path), happened, output).await;
}

async fn check(scene: &Scene, provider: &Fickle, seed: u64, steps: &Value, found: &[State]) {
    let workflow = definition(steps.clone());
    let records = provider.records.lock().clone();
    let mut conn = scene.world.store.read().await.expect("reads");
    let mut expected_somewhere = BTreeSet::new();
    for (run, state) in found.iter().enumerate() {
        let payload = payload(seed, run);
        let oracle = Oracle::of(seed, &workflow.steps, &payload);
        let expected = if oracle.succeeds { State::Succeeded } else { State::Failed };
        assert_eq!(*state, expected, "run {run}");
        for record in &oracle.made {
            let count = records.iter().filter(|made| *made == record).count();
            assert!(count > 0, "run {run}: {record} was lost");
            assert!(count == 1 || oracle.often.contains(record), "run {run}: {record} was made {count} times");
            expected_somewhere.insert(record.clone());
        }
        for record in &oracle.refused {
            assert!(!records.contains(record), "run {run}: {record} was made although it was refused");
        }
        journal_is_sound(&journal::page(&mut conn, run as i64 + 1, 0, 100_000).await.expect("reads"), run);
    }
    for record in &records {
        assert!(expected_somewhere.contains(record), "{record} was made although no run should have come to it");
    }
}

/// What every journal keeps to: an outcome ends a step, an attempt begins after the one before it.
fn journal_is_sound(lines: &[linchpin_domain::journal::Entry], run: usize) {
    let mut ended: BTreeMap<&str, &Event> = BTreeMap::new();
    let mut attempts: BTreeMap<&str, u32> = BTreeMap::new();
    let mut lasts: BTreeMap<&str, Line> = BTreeMap::new();
    for line in lines {
        let step = line.step.as_str();
        assert!(!ended.contains_key(step), "run {run}: {step} has a line after its end: {line:?}");
        let last = attempts.entry(step).or_insert(1);
        assert!(line.attempt == *last || line.attempt == *last + 1, "run {run}: {step} skips an attempt: {line:?}");
        *last = line.attempt;
        let may = lasts.get(step).map_or(Line::FIRST, |last| last.next());
        assert!(may.contains(&line.event.line()), "run {run}: {step}: {:?} after {:?}", line.event, lasts.get(step));
        lasts.insert(step, line.event.line());
        if matches!(line.event, Event::Succeeded { .. } | Event::Failed { next_attempt_at: None, .. }) {
            ended.insert(step, &line.event);
        }
    }
}

/// Says the seed of a round that fails.
struct Named(u64);

impl Drop for Named {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("this round has the seed {}; LINCHPIN_SEED={} runs it alone", self.0, self.0);
        }
    }
}

async fn rounds(default: u64, url: impl Fn() -> Option<String>) {
    let number = |name: &str| std::env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
    let seeds: Vec<u64> = match number("LINCHPIN_SEED") {
        Some(seed) => vec![seed],
        None => {
            let base: u64 = rand::rng().random();
            (0..number("LINCHPIN_ROUNDS").unwrap_or(default)).map(|n| base.wrapping_add(n)).collect()
        }
    };
    for seed in seeds {
        let _named = Named(seed);
        round(seed, url()).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_happens_nothing_is_lost_and_nothing_is_done_twice() {
    rounds(10, || None).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_postgresql_too_nothing_is_lost_and_nothing_is_done_twice() {
    rounds(3, || Some(Postgres::shared().fresh_database())).await;
}
