//! Random workflows, what starts them, and what each run must come to.

use std::collections::BTreeSet;

use linchpin_domain::connector::DoubtStrategy;
use linchpin_domain::step::{OnError, Step};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use serde_json::{Map, Value, json};

/// How a write's doubt is settled, by the name of its action.
pub const STRATEGIES: [(&str, DoubtStrategy); 4] = [
    ("natural.create", DoubtStrategy::NaturalKey),
    ("keyed.create", DoubtStrategy::IdempotencyKey),
    ("safe.create", DoubtStrategy::Safe),
    ("ask.create", DoubtStrategy::Ask),
];

/// What a record comes to in the end, whatever happens before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    Made,
    Refused,
    /// The account's grant is gone.
    Gone,
}

/// Random bits of a seed and a name: the same for everybody who asks.
pub fn roll(seed: u64, name: &str) -> StdRng {
    let mixed = name
        .bytes()
        .fold(seed ^ 0x9e37_79b9_7f4a_7c15, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3));
    StdRng::seed_from_u64(mixed)
}

pub fn fate(seed: u64, record: &str) -> Fate {
    match roll(seed, record).random_range(0..40) {
        0 | 1 => Fate::Refused,
        2 => Fate::Gone,
        _ => Fate::Made,
    }
}

/// Makes workflows.
pub struct Maker {
    random: StdRng,
    keys: usize,
}

impl Maker {
    pub fn new(random: StdRng) -> Self {
        Self { random, keys: 0 }
    }

    /// The steps of a workflow.
    pub fn workflow(mut self) -> Value {
        Value::Array(self.steps(0, &mut Vec::new()))
    }

    fn key(&mut self) -> String {
        self.keys += 1;
        format!("s{}", self.keys)
    }

    /// `items` are the names of the loops around.
    fn steps(&mut self, depth: usize, items: &mut Vec<String>) -> Vec<Value> {
        let count = self.random.random_range(1..=3);
        (0..count).map(|_| self.step(depth, items)).collect()
    }

    fn step(&mut self, depth: usize, items: &mut Vec<String>) -> Value {
        let key = self.key();
        let on_error = if self.random.random_bool(0.3) { "continue" } else { "stop" };
        let kind = self.random.random_range(0..if depth < 3 { 10 } else { 6 });
        match kind {
            0..=4 => {
                let (action, _) = STRATEGIES[self.random.random_range(0..STRATEGIES.len())];
                let items = items.iter().fold(String::new(), |all, item| format!("{all}-{{{{ {item} }}}}"));
                json!({"key": key, "action": action, "onError": on_error, "inputs": {
                    "record": format!("{{{{ trigger.id }}}}-{key}{items}"),
                }})
            }
            5 => json!({"key": key, "delay": {"amount": self.random.random_range(1..120), "unit": "seconds"}}),
            6 | 7 => {
                let flag = format!("{{{{ trigger.f{} }}}}", self.random.random_range(0..3));
                let conditions = json!({"any": [{"all": [{"left": flag, "operator": "$booleanTrue"}]}]});
                let (then, otherwise) = (self.steps(depth + 1, items), self.steps(depth + 1, items));
                json!({"key": key, "if": conditions, "then": then, "else": otherwise, "onError": on_error})
            }
            _ => {
                let list = format!("{{{{ trigger.l{} }}}}", self.random.random_range(0..3));
                let item = format!("i{}", self.keys);
                items.push(item.clone());
                let steps = self.steps(depth + 1, items);
                items.pop();
                let at_once = self.random.random_range(1..=4);
                json!({"key": key, "forEach": list, "as": item, "concurrency": at_once, "steps": steps, "onError": on_error})
            }
        }
    }
}

/// What a run must come to.
pub struct Oracle<'a> {
    seed: u64,
    payload: &'a Value,
    /// Records that must exist, each made in the order of its list.
    pub made: Vec<String>,
    /// Records that are refused.
    pub refused: BTreeSet<String>,
    /// Records of a `safe` action, which may be made several times.
    pub often: BTreeSet<String>,
    /// Whether the run succeeds.
    pub succeeds: bool,
}

impl<'a> Oracle<'a> {
    pub fn of(seed: u64, workflow: &[Step], payload: &'a Value) -> Self {
        let (made, refused, often) = (Vec::new(), BTreeSet::new(), BTreeSet::new());
        let mut oracle = Self { seed, payload, made, refused, often, succeeds: false };
        oracle.succeeds = oracle.steps(workflow, &mut Vec::new());
        oracle
    }

    /// False when a step failed for good.
    fn steps(&mut self, steps: &[Step], items: &mut Vec<String>) -> bool {
        steps.iter().all(|step| self.step(step, items) || step.on_error == OnError::Continue)
    }

    fn step(&mut self, step: &Step, items: &mut Vec<String>) -> bool {
        if let Some(action) = &step.action {
            let id = self.payload["id"].as_str().expect("an id");
            let record = items.iter().fold(format!("{id}-{}", step.key), |record, item| format!("{record}-{item}"));
            if action == "safe.create" {
                self.often.insert(record.clone());
            }
            let made = fate(self.seed, &record) == Fate::Made;
            if made {
                self.made.push(record);
            } else {
                self.refused.insert(record);
            }
            return made;
        }
        if let Some(conditions) = &step.conditions {
            let flag = conditions.any[0].all[0].left.as_str().expect("a flag");
            let flag = self.payload[&flag[11..13]] == true;
            return self.steps(if flag { &step.then } else { &step.otherwise }, items);
        }
        let Some(list) = &step.for_each else { return true };
        let list = self.payload[&list.as_str().expect("a list")[11..13]].as_array().expect("a list").clone();
        let mut all = true;
        for item in list {
            items.push(item.as_str().expect("a text").to_owned());
            all &= self.steps(&step.steps, items);
            items.pop();
        }
        all
    }
}

/// What starts a run.
pub fn payload(seed: u64, run: usize) -> Value {
    let mut random = roll(seed, &format!("payload {run}"));
    let mut payload = Map::from_iter([("id".to_owned(), json!(format!("r{run}")))]);
    for n in 0..3 {
        payload.insert(format!("f{n}"), random.random_bool(0.5).into());
        let items = random.random_range(0..5);
        payload.insert(format!("l{n}"), (0..items).map(|item| json!(format!("i{item}"))).collect());
    }
    Value::Object(payload)
}
