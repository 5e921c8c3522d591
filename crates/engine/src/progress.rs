//! How far a run is: its journal, folded line by line. What is done for an item of a loop is forgotten
//! when the item is done, so that a loop of ten thousand items needs no more memory than a short one.

use std::collections::HashMap;

use linchpin_domain::Timestamp;
use linchpin_domain::journal::{Entry, Event};
use linchpin_domain::run::Fault;
use linchpin_domain::template::Shared;
use serde_json::{Value, json};

use crate::task::INTERRUPTED;

/// Faults of items that a loop's outcome names.
const NAMED_FAULTS: usize = 10;

/// How far a run is.
#[derive(Debug, Default)]
pub struct Progress {
    /// Lines of the journal so far.
    lines: usize,
    began_at: Option<Timestamp>,
    /// By path.
    steps: HashMap<String, StepProgress>,
    /// By path.
    loops: HashMap<String, Loop>,
}

/// How far one step is.
#[derive(Debug)]
pub struct StepProgress {
    /// The last attempt, from 1.
    pub attempt: u32,
    /// Retries that are used up.
    pub used: usize,
    /// How often it was sent again after a doubt.
    pub interruptions: usize,
    /// The last attempt's inputs, where a line of its holds them; secrets masked.
    pub inputs: Option<Value>,
    /// Why it is tried again or in doubt.
    pub fault: Option<Fault>,
    /// What its last line says.
    pub stand: Stand,
}

/// What the last line of a step says.
#[derive(Debug)]
pub enum Stand {
    /// Done, with this output.
    Done(Shared),
    /// Failed for good.
    Failed(Fault),
    /// Tried again then.
    Retry(Timestamp),
    /// A delay that began and ends then.
    Waiting {
        /// When it began.
        since: Timestamp,
        /// When the run goes on.
        until: Timestamp,
    },
    /// A write that may have happened, with its intent's time.
    Doubt(Timestamp),
    /// A loop whose items are being worked on.
    Looping,
}

/// A loop that began.
#[derive(Debug)]
pub struct Loop {
    items: Vec<Shared>,
    /// One bit an item: done.
    ended: Vec<u64>,
    open: usize,
    failed: usize,
    faults: Vec<(usize, Fault)>,
}

impl Progress {
    /// The journal's lines, folded.
    pub fn of(entries: &[Entry]) -> Self {
        let mut progress = Self::default();
        for entry in entries {
            progress.add(entry.clone());
        }
        progress
    }

    /// How many lines the journal has.
    pub fn lines(&self) -> usize {
        self.lines
    }

    /// When the first line was written.
    pub fn began_at(&self) -> Option<Timestamp> {
        self.began_at
    }

    /// How far the step at a path is; `None` before it began.
    pub fn step(&self, path: &str) -> Option<&StepProgress> {
        self.steps.get(path)
    }

    /// The loop at a path.
    pub fn looping(&self, path: &str) -> Option<&Loop> {
        self.loops.get(path)
    }

    /// Folds one more line in.
    pub fn add(&mut self, mut entry: Entry) {
        self.lines += 1;
        self.began_at.get_or_insert(entry.at);
        if let Some((path, index)) = item_of(&entry.step) {
            return self.end_item(path, index, &entry.event);
        }
        if let Event::Looping { items } = &mut entry.event {
            self.loops.insert(entry.step.clone(), Loop::new(std::mem::take(items)));
        }
        match self.steps.get_mut(&entry.step) {
            None => {
                self.steps.insert(entry.step.clone(), StepProgress::new(entry));
            }
            Some(step) if matches!(step.stand, Stand::Looping) => {
                let path = entry.step.clone();
                step.add(entry);
                if matches!(step.stand, Stand::Done(_) | Stand::Failed(_)) {
                    self.loops.remove(&path);
                }
            }
            Some(step) => step.add(entry),
        }
    }

    fn end_item(&mut self, path: &str, index: usize, event: &Event) {
        let Some(looping) = self.loops.get_mut(path) else { return };
        looping.end(index, event);
        let below = format!("{path}[{index}]/");
        self.steps.retain(|step, _| !step.starts_with(&below));
        self.loops.retain(|inner, _| !inner.starts_with(&below));
    }

    /// What templates at a path see as `steps`: outputs of the steps around it, or `{"error": …}` of one
    /// that failed and let the run go on.
    pub fn outputs<'a>(&'a self, path: &'a str) -> impl Iterator<Item = (&'a str, Shared)> {
        self.steps.iter().filter_map(move |(done, step)| {
            let (around, key) = done.rsplit_once('/').unwrap_or(("", done));
            let visible = around.is_empty() || path.strip_prefix(around).is_some_and(|rest| rest.starts_with('/'));
            match &step.stand {
                Stand::Done(output) if visible => Some((key, output.clone())),
                Stand::Failed(fault) if visible => {
                    let error = json!({"error": {"code": fault.code, "message": fault.message}});
                    Some((key, Shared::new(error)))
                }
                _ => None,
            }
        })
    }

    /// The items of the loops around a path, outermost first: the loop's key and the item.
    pub fn items<'a>(&'a self, path: &'a str) -> Vec<(&'a str, &'a Shared)> {
        let mut found = Vec::new();
        for (end, _) in path.match_indices('/') {
            let Some((loop_path, index)) = item_of(&path[..end]) else { continue };
            let Some(item) = self.loops.get(loop_path).and_then(|looping| looping.items.get(index)) else { continue };
            found.push((key_of(loop_path), item));
        }
        found
    }
}

/// The key of the step at a path.
pub fn key_of(path: &str) -> &str {
    path.rsplit_once('/').map_or(path, |(_, key)| key)
}

/// The loop and the place of a path that is about an item.
pub fn item_of(path: &str) -> Option<(&str, usize)> {
    let (looping, place) = path.strip_suffix(']')?.rsplit_once('[')?;
    Some((looping, place.parse().ok()?))
}

impl StepProgress {
    fn new(entry: Entry) -> Self {
        let stand = Stand::Retry(entry.at);
        let mut step = Self { attempt: entry.attempt, used: 0, interruptions: 0, inputs: None, fault: None, stand };
        step.add(entry);
        step
    }

    fn add(&mut self, entry: Entry) {
        if self.attempt != entry.attempt {
            self.attempt = entry.attempt;
            self.inputs = None;
        }
        let at = entry.at;
        self.fault = None;
        self.stand = match entry.event {
            Event::Intent { inputs, .. } => {
                self.inputs = Some(inputs);
                Stand::Doubt(at)
            }
            Event::InDoubt { fault, .. } => {
                self.fault = Some(fault);
                match self.stand {
                    Stand::Doubt(intent_at) => Stand::Doubt(intent_at),
                    _ => Stand::Doubt(at),
                }
            }
            Event::Waiting { inputs, until } => {
                self.inputs = Some(inputs);
                Stand::Waiting { since: at, until }
            }
            Event::Looping { .. } => Stand::Looping,
            Event::Succeeded { output, .. } => {
                self.inputs = None;
                Stand::Done(Shared::new(output))
            }
            Event::Failed { inputs, fault, next_attempt_at, counts, .. } => {
                self.inputs = inputs.or_else(|| self.inputs.take());
                self.interruptions += usize::from(fault.code == INTERRUPTED);
                self.fault = Some(fault.clone());
                match next_attempt_at {
                    Some(at) => {
                        self.used += usize::from(counts);
                        Stand::Retry(at)
                    }
                    None => Stand::Failed(fault),
                }
            }
        };
    }
}

impl Loop {
    fn new(items: Vec<Value>) -> Self {
        let words = items.len().div_ceil(64);
        Self {
            open: items.len(),
            ended: vec![0; words],
            items: items.into_iter().map(Shared::new).collect(),
            failed: 0,
            faults: Vec::new(),
        }
    }

    fn end(&mut self, index: usize, event: &Event) {
        let Some(word) = self.ended.get_mut(index / 64) else { return };
        let bit = 1 << (index % 64);
        if *word & bit != 0 {
            return;
        }
        *word |= bit;
        self.open -= 1;
        if let Event::Failed { fault, .. } = event {
            self.failed += 1;
            if self.faults.len() < NAMED_FAULTS {
                self.faults.push((index, fault.clone()));
            }
        }
    }

    /// Whether every item is done.
    pub fn is_done(&self) -> bool {
        self.open == 0
    }

    /// The first items that are not done, at most `most`.
    pub fn open(&self, most: usize) -> impl Iterator<Item = usize> {
        let items = self.items.len();
        let words = self.ended.iter().enumerate().filter(|(_, word)| **word != u64::MAX);
        words
            .flat_map(|(place, word)| {
                let word = *word;
                (0..64).filter(move |bit| word & (1 << bit) == 0).map(move |bit| place * 64 + bit)
            })
            .take_while(move |index| *index < items)
            .take(most)
    }

    /// What later steps see of the loop.
    pub fn output(&self) -> Value {
        let errors: Vec<Value> = self
            .faults
            .iter()
            .map(|(index, fault)| {
                json!({"index": index, "step": fault.step, "code": fault.code, "message": fault.message})
            })
            .collect();
        json!({
            "count": self.items.len(),
            "succeeded": self.items.len() - self.failed,
            "failed": self.failed,
            "errors": errors,
        })
    }

    /// Why the loop failed, when an item did.
    pub fn fault(&self, key: &str) -> Option<Fault> {
        let (index, first) = self.faults.iter().min_by_key(|(index, _)| *index)?;
        Some(Fault {
            code: "items_failed".into(),
            message: format!(
                "{} of {} items failed; the item at {index}{}: {}",
                self.failed,
                self.items.len(),
                first.step.as_deref().map(|step| format!(", step {}", key_of(step))).unwrap_or_default(),
                first.message
            ),
            step: Some(key.to_owned()),
        })
    }
}
