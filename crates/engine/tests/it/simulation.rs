//! The pure half of the engine (what the journal says, and what comes next) under a virtual clock, with a journal in
//! memory and a scripted provider: every schedule of beginnings, commits, landings, crashes and time that a seed gives.
//!
//! Nothing here waits, so that a minute holds millions of steps. What writes the journal is a short performer of its
//! own: it does what `perform` promises (an intent is durable before its call is sent; what is not durable is forgotten
//! by a crash, what was sent is not) and nothing else. `LINCHPIN_SEED=…` runs one simulation again,
//! `LINCHPIN_STEPS=5000000` runs more of them.

use std::collections::{BTreeMap, HashSet};
use std::time::Duration;

use linchpin_domain::Timestamp;
use linchpin_domain::connector::DoubtStrategy;
use linchpin_domain::journal::{Entry, Event};
use linchpin_domain::run::Fault;
use linchpin_domain::step::{self, CONCURRENCY, OnError, Step};
use linchpin_domain::workflow::Definition;
use linchpin_engine::decide::{Job, NO, Next, What, YES, decide};
use linchpin_engine::progress::{Loop, Progress, Stand, key_of};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use serde_json::{Value, json};

use crate::random_workflow::{Fate, Maker, Oracle, STRATEGIES, fate, payload, roll};
use crate::runs::definition;

/// Bad days of one record, at most.
const BAD_DAYS: u32 = 3;

/// A call: its record, and the intent that allows it.
#[derive(Debug, Clone)]
struct Call {
    path: String,
    attempt: u32,
    record: String,
    strategy: DoubtStrategy,
    settles: bool,
}

struct Simulation<'a> {
    seed: u64,
    random: StdRng,
    workflow: &'a Definition,
    payload: Value,
    now: Timestamp,
    /// What a crash leaves.
    durable: Vec<Entry>,
    /// Lines that the next commit makes durable, and the calls that wait for it.
    held: Vec<Entry>,
    launched: Vec<Call>,
    flying: Vec<Call>,
    progress: Progress,
    /// Records at the provider, and how often each was made.
    made: BTreeMap<String, u32>,
    keys: HashSet<String>,
    bad: BTreeMap<String, u32>,
    steps: u64,
    crashes: u64,
}

impl Simulation<'_> {
    /// Runs to the end; whether the run succeeded.
    fn run(&mut self) -> bool {
        loop {
            self.steps += 1;
            assert!(self.steps < 100_000, "it does not end");
            match decide(self.workflow, &self.progress) {
                Next::Go(jobs) => self.move_on(&jobs),
                end => {
                    assert!(self.flying.is_empty() && self.launched.is_empty(), "it ends while calls are under way");
                    self.commit();
                    // A crash after the end finds the same end.
                    assert_eq!(decide(self.workflow, &Progress::of(&self.durable)), end);
                    return end == Next::Succeed;
                }
            }
        }
    }

    /// One of the things that can happen next, whichever.
    fn move_on(&mut self, jobs: &[Job<'_>]) {
        assert!(!jobs.is_empty(), "nothing to do, and not at the end");
        assert_eq!(decide(self.workflow, &self.progress), Next::Go(jobs.to_vec()), "the same journal says the same");
        self.keeps_to_caps(jobs);
        let free: Vec<&Job<'_>> = jobs.iter().filter(|job| !self.is_under_way(&job.path)).collect();
        match self.random.random_range(0..20) {
            0 if self.crashes < 20 => self.crash(),
            0..=3 => self.commit(),
            4..=9 if !self.flying.is_empty() => self.land(),
            10 | 11 => self.now = self.now.plus(Duration::from_secs(self.random.random_range(0..60))),
            _ if !free.is_empty() => {
                let job = free[self.random.random_range(0..free.len())].clone();
                self.begin(&job);
            }
            _ => {
                self.commit();
                if !self.flying.is_empty() {
                    self.land();
                }
            }
        }
    }

    fn is_under_way(&self, path: &str) -> bool {
        self.launched.iter().chain(&self.flying).any(|call| call.path == path)
    }

    /// No loop works on more items at once than it may.
    fn keeps_to_caps(&self, jobs: &[Job<'_>]) {
        let mut items: BTreeMap<&str, HashSet<&str>> = BTreeMap::new();
        for job in jobs {
            for (end, _) in job.path.match_indices(']') {
                let item = &job.path[..=end];
                if let Some((of, _)) = item.rsplit_once('[') {
                    items.entry(of).or_default().insert(item);
                }
            }
        }
        for (of, items) in items {
            let most = step_at(self.workflow, of).and_then(|step| step.concurrency).unwrap_or(CONCURRENCY);
            assert!(items.len() <= most as usize, "{of} works on {} items at once", items.len());
        }
    }

    fn add(&mut self, job: &Job<'_>, event: Event) {
        let entry = Entry { step: job.path.to_string(), attempt: job.attempt, at: self.now, event };
        self.held.push(entry.clone());
        self.progress.add(entry);
    }

    fn begin(&mut self, job: &Job<'_>) {
        match &job.what {
            What::EndItem(None) | What::EndLoop => {
                let output = self.progress.looping(&job.path).map(Loop::output).unwrap_or_default();
                let fault = self.progress.looping(&job.path).and_then(|looping| looping.fault(&job.step.key));
                match fault {
                    Some(fault) if job.step.on_error == OnError::Stop => {
                        self.add(job, failed(fault, None));
                    }
                    _ => self.add(job, succeeded(output)),
                }
            }
            What::EndItem(Some(fault)) => self.add(job, failed(fault.clone(), None)),
            What::Perform { not_before: Some(at) } if *at > self.now => {}
            What::Perform { .. } => self.perform(job),
            What::Settle { .. } => {
                let (record, strategy) = self.write(job);
                match strategy {
                    DoubtStrategy::Safe | DoubtStrategy::IdempotencyKey => self.add(job, again(self.now)),
                    // Somebody looks, a person or we.
                    _ => self.launched.push(Call {
                        path: job.path.to_string(),
                        attempt: job.attempt,
                        record,
                        strategy,
                        settles: true,
                    }),
                }
            }
        }
    }

    fn perform(&mut self, job: &Job<'_>) {
        let step = job.step;
        if step.conditions.is_some() {
            let holds = self.flag(step);
            return self.add(job, succeeded(json!({"selectedChoice": if holds { YES } else { NO }})));
        }
        if let Some(list) = &step.for_each {
            let items = self.payload[&list.as_str().expect("a list")[11..13]].as_array().expect("a list").clone();
            return self.add(job, Event::Looping { items });
        }
        if step.delay.is_some() {
            let waits = self.progress.step(&job.path).is_some_and(|found| matches!(found.stand, Stand::Waiting { .. }));
            if waits {
                return self.add(job, succeeded(json!({})));
            }
            let until = self.now.plus(Duration::from_secs(self.random.random_range(1..120)));
            return self.add(job, Event::Waiting { inputs: json!({}), until });
        }
        let (record, strategy) = self.write(job);
        self.add(job, Event::Intent { inputs: json!({"record": record}), strategy: None });
        let (path, attempt) = (job.path.to_string(), job.attempt);
        self.launched.push(Call { path, attempt, record, strategy, settles: false });
    }

    fn flag(&self, step: &Step) -> bool {
        let flag =
            step.conditions.as_ref().expect("a condition").any[0].all[0].left.as_str().expect("a flag").to_owned();
        self.payload[&flag[11..13]] == true
    }

    /// What a write makes, as the workflow's `record` input says it: run, step and the items around.
    fn write(&self, job: &Job<'_>) -> (String, DoubtStrategy) {
        let id = self.payload["id"].as_str().expect("an id");
        let items = self
            .progress
            .items(&job.path)
            .into_iter()
            .fold(String::new(), |all, (_, item)| format!("{all}-{}", item.value().as_str().expect("a text")));
        let action = job.step.action.as_deref().expect("an action");
        let strategy = STRATEGIES.iter().find(|(name, _)| *name == action).expect("a known one").1;
        (format!("{id}-{}{items}", job.step.key), strategy)
    }

    /// What is held becomes durable; the calls that waited for it are sent.
    fn commit(&mut self) {
        self.durable.append(&mut self.held);
        self.flying.append(&mut self.launched);
    }

    /// A process is gone: what was not durable never was, what was sent may still arrive, and nobody hears the answer.
    fn crash(&mut self) {
        self.crashes += 1;
        self.held.clear();
        self.launched.clear();
        for call in std::mem::take(&mut self.flying) {
            if !call.settles && self.random.random_bool(0.5) {
                self.arrive(&call);
            }
        }
        self.progress = Progress::of(&self.durable);
    }

    /// A call reaches the provider, which does what it is asked unless it refuses.
    fn arrive(&mut self, call: &Call) {
        let line = self.durable.iter().rev().find(|line| line.step == call.path).expect("it has a line");
        let allowed =
            matches!(line.event, Event::Intent { .. } | Event::InDoubt { .. }) && line.attempt == call.attempt;
        assert!(allowed, "{} is sent without a durable intent: {line:?}", call.path);
        if fate(self.seed, &call.record) != Fate::Made {
            return;
        }
        if call.strategy == DoubtStrategy::IdempotencyKey && !self.keys.insert(call.path.clone()) {
            return;
        }
        *self.made.entry(call.record.clone()).or_default() += 1;
    }

    /// One of the calls comes back.
    fn land(&mut self) {
        let call = self.flying.swap_remove(self.random.random_range(0..self.flying.len()));
        let (step, attempt) = (step_at(self.workflow, &call.path).expect("a step"), call.attempt);
        let job = Job { path: call.path.clone().into(), step, attempt, what: What::EndLoop };
        let output = json!({"record": call.record});
        if call.settles {
            let happened = self.made.contains_key(&call.record);
            return self.add(&job, if happened { succeeded(output) } else { again(self.now) });
        }
        let days = self.bad.entry(call.record.clone()).or_default();
        let day =
            if *days < BAD_DAYS { roll(self.seed, &format!("{}/{days}", call.record)).random_range(0..8) } else { 7 };
        *days += u32::from(day < 4);
        match day {
            // It did not arrive, and that is known.
            0 | 1 => {
                let at = self.now.plus(Duration::from_secs(10));
                self.add(&job, failed(fault("unreachable"), Some(at)));
            }
            // Nobody knows whether it arrived.
            2 => self.add(&job, Event::InDoubt { fault: fault("unreachable"), exchange: None }),
            3 => {
                self.arrive(&call);
                self.add(&job, Event::InDoubt { fault: fault("unreachable"), exchange: None });
            }
            _ => {
                self.arrive(&call);
                let made = fate(self.seed, &call.record) == Fate::Made;
                self.add(&job, if made { succeeded(output) } else { failed(fault("validation"), None) });
            }
        }
    }
}

/// The step at a path.
fn step_at<'d>(workflow: &'d Definition, path: &str) -> Option<&'d Step> {
    let mut found = None;
    step::each(&workflow.steps, &mut |step| {
        if step.key == key_of(path) {
            found = Some(step);
        }
    });
    found
}

fn fault(code: &str) -> Fault {
    Fault { code: code.into(), message: "no".into(), step: None }
}

fn failed(fault: Fault, next_attempt_at: Option<Timestamp>) -> Event {
    let rule = "simulated".into();
    Event::Failed { inputs: None, fault, duration_ms: 0, exchange: None, next_attempt_at, rule, counts: true }
}

/// A doubt was settled: it is sent again.
fn again(now: Timestamp) -> Event {
    failed(fault("interrupted"), Some(now))
}

fn succeeded(output: Value) -> Event {
    Event::Succeeded { inputs: None, output, duration_ms: 0, exchange: None, adopted: false }
}

/// One workflow and some runs of it; how many steps and crashes that were.
fn simulate(seed: u64) -> (u64, u64) {
    let workflow = definition(Maker::new(StdRng::seed_from_u64(seed)).workflow());
    let (mut steps, mut crashes) = (0, 0);
    for run in 0..4 {
        let payload = payload(seed, run);
        let mut simulation = Simulation {
            seed,
            random: roll(seed, &format!("schedule {run}")),
            workflow: &workflow,
            payload: payload.clone(),
            now: Timestamp::from_millis(1_800_000_000_000),
            durable: Vec::new(),
            held: Vec::new(),
            launched: Vec::new(),
            flying: Vec::new(),
            progress: Progress::default(),
            made: BTreeMap::new(),
            keys: HashSet::new(),
            bad: BTreeMap::new(),
            steps: 0,
            crashes: 0,
        };
        let succeeded = simulation.run();
        let oracle = Oracle::of(seed, &workflow.steps, &payload);
        assert_eq!(succeeded, oracle.succeeds, "run {run}");
        let wanted: HashSet<&String> = oracle.made.iter().collect();
        assert_eq!(simulation.made.keys().collect::<HashSet<_>>(), wanted, "run {run}: lost, or made without need");
        for (record, times) in &simulation.made {
            assert!(*times == 1 || oracle.often.contains(record), "run {run}: {record} was made {times} times");
        }
        steps += simulation.steps;
        crashes += simulation.crashes;
    }
    (steps, crashes)
}

#[test]
fn every_schedule_ends_as_the_workflow_says_and_does_nothing_twice() {
    let number = |name: &str| std::env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
    if let Some(seed) = number("LINCHPIN_SEED") {
        simulate(seed);
        return;
    }
    let wanted = number("LINCHPIN_STEPS").unwrap_or(200_000);
    let base: u64 = rand::rng().random();
    let (mut seed, mut steps, mut crashes) = (base, 0, 0);
    let began = std::time::Instant::now();
    while steps < wanted {
        let outcome = std::panic::catch_unwind(|| simulate(seed));
        let (taken, crashed) = outcome.unwrap_or_else(|panic| {
            eprintln!("this simulation has the seed {seed}; LINCHPIN_SEED={seed} runs it alone");
            std::panic::resume_unwind(panic)
        });
        (steps, crashes) = (steps + taken, crashes + crashed);
        seed = seed.wrapping_add(1);
    }
    assert!(crashes > 0, "no crash in {steps} steps");
    println!("{steps} steps and {crashes} crashes of {} workflows in {:?}", seed.wrapping_sub(base), began.elapsed());
}
