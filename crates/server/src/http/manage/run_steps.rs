//! A run's journal as steps and attempts.

use std::collections::{BTreeSet, HashMap};
use std::time::Duration;

use linchpin_domain::Timestamp;
use linchpin_domain::connector::Exchange;
use linchpin_domain::journal::{Entry, Event};
use linchpin_domain::run::State as RunState;
use linchpin_domain::step::{Branch, OnError, Step};
use linchpin_domain::workflow::Definition;
use linchpin_store::{Conn, journal};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::runs::FaultView;

/// Items of one loop that are shown with all that was done for them.
const SHOWN_ITEMS: usize = 100;

/// A step of a run.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = RunStep)]
pub struct StepView {
    pub(in crate::http) key: String,
    /// Where it stands, as faults and `settle` name it: the key, within loops with the item's place first.
    pub(in crate::http) path: String,
    title: String,
    /// `action`, `request`, `function`, `if`, `forEach`, `delay`, `response`.
    pub(in crate::http) kind: Option<&'static str>,
    action: Option<String>,
    pub(in crate::http) state: StepState,
    pub(in crate::http) attempts: Vec<AttemptView>,
    /// A loop's items.
    items: Option<ItemsView>,
    /// What was done inside it: the branch that was taken, or the items of a loop (the first hundred,
    /// and those that failed).
    pub(in crate::http) inside: Vec<InsideView>,
}

/// A loop's items.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = RunItems)]
pub struct ItemsView {
    count: usize,
    /// Done, those that failed included.
    done: usize,
    failed: usize,
}

/// Steps inside a step.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = RunInside)]
pub struct InsideView {
    /// `then`, `else`, or the item's place.
    name: String,
    #[schema(no_recursion)]
    pub(in crate::http) steps: Vec<StepView>,
}

/// Where a step or an attempt stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum StepState {
    /// Its turn has not come.
    NotReached,
    /// Under way.
    Running,
    /// For its next attempt.
    Waiting,
    /// A write may or may not have happened.
    InDoubt,
    /// Done.
    Succeeded,
    /// For good.
    Failed,
    /// The run ended before it.
    Skipped,
}

/// One attempt of a step.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Attempt)]
pub struct AttemptView {
    /// From 1.
    attempt: u32,
    #[schema(value_type = Option<String>, format = DateTime)]
    pub(in crate::http) started_at: Option<Timestamp>,
    #[schema(value_type = Option<String>, format = DateTime)]
    pub(in crate::http) finished_at: Option<Timestamp>,
    duration_ms: Option<u64>,
    state: StepState,
    /// As filled in; secrets masked.
    #[schema(value_type = Option<Object>)]
    pub(in crate::http) inputs: Option<Value>,
    #[schema(value_type = Option<Object>)]
    pub(in crate::http) output: Option<Value>,
    #[schema(value_type = Option<Object>)]
    exchange: Option<Exchange>,
    pub(in crate::http) fault: Option<FaultView>,
    #[schema(value_type = Option<String>, format = DateTime)]
    next_attempt_at: Option<Timestamp>,
    /// The rule that decided about another attempt.
    rule: Option<String>,
    /// True when the record was found after a doubt instead of made.
    adopted: bool,
}

/// A run's journal as far as it is shown.
#[derive(Debug, Default)]
pub(in crate::http) struct Lines {
    by_path: HashMap<String, Vec<Entry>>,
    /// By the loop's path: the items that are shown.
    shown: HashMap<String, BTreeSet<usize>>,
    /// By the loop's path: how many are done, and how many of those failed.
    ended: HashMap<String, (usize, usize)>,
}

impl Lines {
    /// Reads them page by page. Of a loop's items only those that are shown are kept.
    pub(in crate::http) async fn read(conn: &mut Conn, run_seq: i64) -> linchpin_store::Result<Self> {
        let mut lines = Self::default();
        journal::each(conn, run_seq, |entry| lines.add(entry)).await?;
        Ok(lines)
    }

    fn add(&mut self, entry: Entry) {
        let failed = matches!(entry.event, Event::Failed { next_attempt_at: None, .. });
        let mut shown = true;
        for (end, _) in entry.step.match_indices(']') {
            let Some((looping, place)) = entry.step[..end].rsplit_once('[') else { continue };
            let Ok(place) = place.parse::<usize>() else { continue };
            let items = self.shown.entry(looping.to_owned()).or_default();
            if place < SHOWN_ITEMS || (failed && items.len() < 2 * SHOWN_ITEMS) {
                items.insert(place);
            }
            shown &= items.contains(&place);
            if end + 1 == entry.step.len() {
                let (done, wrong) = self.ended.entry(looping.to_owned()).or_default();
                *done += 1;
                *wrong += usize::from(failed);
                return;
            }
        }
        if shown {
            self.by_path.entry(entry.step.clone()).or_default().push(entry);
        }
    }

    fn of(&self, path: &str) -> &[Entry] {
        self.by_path.get(path).map_or(&[], Vec::as_slice)
    }
}

/// What the view of one run is made with.
struct Viewing<'a> {
    lines: &'a Lines,
    run: RunState,
    title_of: &'a dyn Fn(&str) -> Option<String>,
}

/// The steps of a run, in the workflow's order. `title_of` names actions.
pub(in crate::http) fn view(
    definition: &Definition,
    lines: &Lines,
    run: RunState,
    title_of: &dyn Fn(&str) -> Option<String>,
) -> Vec<StepView> {
    Viewing { lines, run, title_of }.steps(&definition.steps, "", true).0
}

impl Viewing<'_> {
    /// The views of a list of steps, and whether the run has gone past them. `reached` is whether it came
    /// to them.
    fn steps(&self, steps: &[Step], around: &str, mut reached: bool) -> (Vec<StepView>, bool) {
        let views = steps
            .iter()
            .map(|step| {
                let (view, past) = self.step(step, format!("{around}{}", step.key), reached);
                reached = past;
                view
            })
            .collect();
        (views, reached)
    }

    fn step(&self, step: &Step, path: String, reached: bool) -> (StepView, bool) {
        let attempts = attempts(self.lines.of(&path).iter(), self.run);
        let over = self.run.is_final();
        let state = match attempts.last() {
            Some(last) if last.state == StepState::Failed && last.next_attempt_at.is_some() && !over => {
                StepState::Waiting
            }
            Some(last) => last.state,
            None if over => StepState::Skipped,
            None if reached && self.run == RunState::Running => StepState::Running,
            None => StepState::NotReached,
        };
        let goes_on = step.on_error == OnError::Continue;
        let mut past = reached && (state == StepState::Succeeded || (state == StepState::Failed && goes_on));
        let mut inside = Vec::new();
        if step.conditions.is_some()
            && let Some(output) = attempts.last().and_then(|last| last.output.as_ref())
        {
            let branch = if output["selectedChoice"] == "Yes" {
                (Branch::Then, &step.then)
            } else {
                (Branch::Else, &step.otherwise)
            };
            let around = path.rsplit_once('/').map_or(String::new(), |(around, _)| format!("{around}/"));
            let (steps, done) = self.steps(branch.1, &around, past);
            past &= done || (goes_on && steps.iter().any(|step| step.state == StepState::Failed));
            inside.push(InsideView { name: branch.0.field().to_owned(), steps });
        }
        let mut items = None;
        if step.for_each.is_some() {
            let begun = self.lines.of(&path).iter().find_map(|entry| match &entry.event {
                Event::Looping { items } => Some(items.len()),
                _ => None,
            });
            let (done, failed) = self.lines.ended.get(&path).copied().unwrap_or_default();
            items = begun.map(|count| ItemsView { count, done, failed });
            for place in self.lines.shown.get(&path).into_iter().flatten() {
                let (steps, _) = self.steps(&step.steps, &format!("{path}[{place}]/"), true);
                inside.push(InsideView { name: place.to_string(), steps });
            }
        }
        let title = step.title.clone().or_else(|| step.action.as_deref().and_then(self.title_of));
        let view = StepView {
            key: step.key.clone(),
            title: title.or_else(|| step.kind_title()).unwrap_or_else(|| step.key.clone()),
            kind: step.kinds().first().copied(),
            action: step.action.clone(),
            path,
            state,
            attempts,
            items,
            inside,
        };
        (view, past)
    }
}

fn attempts<'a>(lines: impl Iterator<Item = &'a Entry>, run: RunState) -> Vec<AttemptView> {
    let mut attempts: Vec<AttemptView> = Vec::new();
    for entry in lines {
        if attempts.last().is_none_or(|last| last.attempt != entry.attempt) {
            attempts.push(AttemptView {
                attempt: entry.attempt,
                started_at: None,
                finished_at: None,
                duration_ms: None,
                state: StepState::Running,
                inputs: None,
                output: None,
                exchange: None,
                fault: None,
                next_attempt_at: None,
                rule: None,
                adopted: false,
            });
        }
        let attempt = attempts.last_mut().expect("one was pushed above");
        add(attempt, entry, run);
    }
    attempts
}

fn add(attempt: &mut AttemptView, entry: &Entry, run: RunState) {
    match &entry.event {
        Event::Intent { inputs, .. } => {
            attempt.started_at = Some(entry.at);
            attempt.inputs = Some(inputs.clone());
            // Sent, and no answer was written down: under way, unless the run stands.
            attempt.state = match run {
                RunState::InDoubt => StepState::InDoubt,
                RunState::Cancelled => StepState::Skipped,
                _ => StepState::Running,
            };
        }
        Event::Succeeded { inputs, output, duration_ms, exchange, adopted } => {
            attempt.state = StepState::Succeeded;
            attempt.next_attempt_at = None;
            keep(&mut attempt.inputs, inputs.as_ref());
            attempt.output = Some(output.clone());
            attempt.adopted = *adopted;
            finish(attempt, entry.at, *duration_ms, exchange.as_ref());
        }
        Event::Failed { inputs, fault, duration_ms, exchange, next_attempt_at, rule, .. } => {
            attempt.state = StepState::Failed;
            keep(&mut attempt.inputs, inputs.as_ref());
            attempt.fault = Some(fault.clone().into());
            attempt.next_attempt_at = *next_attempt_at;
            attempt.rule = Some(rule.clone());
            finish(attempt, entry.at, *duration_ms, exchange.as_ref());
        }
        Event::Waiting { inputs, until } => {
            attempt.started_at = Some(entry.at);
            attempt.inputs = Some(inputs.clone());
            attempt.next_attempt_at = Some(*until);
            attempt.state = if run.is_final() { StepState::Skipped } else { StepState::Waiting };
        }
        Event::Looping { items } => {
            attempt.started_at = Some(entry.at);
            attempt.inputs = Some(serde_json::json!({"items": items.len()}));
            attempt.state = if run.is_final() { StepState::Skipped } else { StepState::Running };
        }
        Event::InDoubt { fault, exchange } => {
            attempt.state = StepState::InDoubt;
            attempt.fault = Some(fault.clone().into());
            attempt.exchange.clone_from(exchange);
        }
    }
}

/// What an intent said is not said again by the outcome.
fn keep(known: &mut Option<Value>, said: Option<&Value>) {
    if let Some(said) = said {
        *known = Some(said.clone());
    }
}

fn finish(attempt: &mut AttemptView, at: Timestamp, duration_ms: u64, exchange: Option<&Exchange>) {
    let began = || at.since(Timestamp::default()).saturating_sub(Duration::from_millis(duration_ms));
    attempt.started_at.get_or_insert_with(|| Timestamp::from_millis(began().as_millis() as i64));
    attempt.finished_at = Some(at);
    attempt.duration_ms = Some(duration_ms);
    if let Some(exchange) = exchange {
        attempt.exchange = Some(exchange.clone());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use linchpin_domain::run::Fault;
    use serde_json::json;

    fn definition() -> Definition {
        serde_json::from_value(json!({
            "trigger": {"appEvent": "Contact Created"},
            "steps": [{"key": "a", "action": "contacts.create"}, {"key": "b", "title": "Second", "action": "notes.create"}]
        }))
        .expect("a definition")
    }

    fn entry(step: &str, attempt: u32, at: i64, event: Event) -> Entry {
        Entry { step: step.into(), attempt, at: Timestamp::from_millis(at), event }
    }

    fn failed(next: Option<i64>) -> Event {
        Event::Failed {
            inputs: None,
            fault: Fault { code: "unreachable".into(), message: "no answer".into(), step: None },
            duration_ms: 10,
            exchange: None,
            next_attempt_at: next.map(Timestamp::from_millis),
            rule: "retried".into(),
            counts: true,
        }
    }

    fn lines_of(entries: &[Entry]) -> Lines {
        let mut lines = Lines::default();
        for entry in entries {
            lines.add(entry.clone());
        }
        lines
    }

    #[test]
    fn branches_and_items_are_shown_inside_their_steps() {
        use StepState::{Failed, NotReached, Running, Succeeded};
        let definition: Definition = serde_json::from_value(json!({"steps": [
            {"key": "check", "if": {"any": []}, "then": [{"key": "yes", "action": "x.y"}], "else": [
                {"key": "each", "forEach": "{{ trigger.list }}", "steps": [{"key": "one", "action": "x.y"}]}]},
            {"key": "after", "action": "x.y"},
        ]}))
        .expect("a definition");
        let done =
            |output: Value| Event::Succeeded { inputs: None, output, duration_ms: 5, exchange: None, adopted: false };
        let mut lines = vec![
            entry("check", 1, 1, done(json!({"selectedChoice": "No"}))),
            entry("each", 1, 2, Event::Looping { items: vec![json!(1); 300] }),
        ];
        for place in [0, 1, 250] {
            let event = || if place == 0 { done(json!({})) } else { failed(None) };
            lines.push(entry(&format!("each[{place}]/one"), 1, 3, event()));
            lines.push(entry(&format!("each[{place}]"), 1, 3, event()));
        }
        lines.push(entry("each[200]/one", 1, 3, done(json!({}))));
        let steps = view(&definition, &lines_of(&lines), RunState::Running, &|_| None);
        assert_eq!(steps.iter().map(|step| step.state).collect::<Vec<_>>(), [Succeeded, NotReached]);
        assert_eq!((steps[0].title.as_str(), steps[0].inside[0].name.as_str()), ("Condition", "else"));
        let each = &steps[0].inside[0].steps[0];
        let items = each.items.expect("a loop has items");
        assert_eq!((each.state, items.count, items.done, items.failed), (Running, 300, 3, 2));
        let shown: Vec<_> = each
            .inside
            .iter()
            .map(|item| (item.name.as_str(), item.steps[0].path.as_str(), item.steps[0].state))
            .collect();
        assert_eq!(
            shown,
            [("0", "each[0]/one", Succeeded), ("1", "each[1]/one", Failed), ("250", "each[250]/one", Failed)]
        );
    }

    fn check(lines: &[Entry], run: RunState, expected: &[(&str, StepState, usize)]) {
        let steps = view(&definition(), &lines_of(lines), run, &|_| Some("Create contact".into()));
        let found: Vec<_> = steps.iter().map(|step| (step.key.as_str(), step.state, step.attempts.len())).collect();
        assert_eq!(found, expected);
        assert_eq!(steps[0].title, "Create contact");
        assert_eq!(steps[1].title, "Second");
    }

    #[test]
    fn a_journal_reads_as_steps_and_attempts() {
        use StepState::{Failed, InDoubt, NotReached, Running, Skipped, Succeeded, Waiting};
        let intent = || Event::Intent { inputs: json!({}), strategy: None };
        let done = || Event::Succeeded {
            inputs: None,
            output: json!({"id": 1}),
            duration_ms: 5,
            exchange: None,
            adopted: false,
        };
        check(&[], RunState::Queued, &[("a", NotReached, 0), ("b", NotReached, 0)]);
        check(&[], RunState::Running, &[("a", Running, 0), ("b", NotReached, 0)]);
        check(&[entry("a", 1, 100, intent())], RunState::Running, &[("a", Running, 1), ("b", NotReached, 0)]);
        check(&[entry("a", 1, 100, intent())], RunState::InDoubt, &[("a", InDoubt, 1), ("b", NotReached, 0)]);
        check(&[entry("a", 1, 100, failed(Some(900)))], RunState::Waiting, &[("a", Waiting, 1), ("b", NotReached, 0)]);
        check(
            &[entry("a", 1, 100, failed(Some(900))), entry("a", 2, 900, done())],
            RunState::Running,
            &[("a", Succeeded, 2), ("b", Running, 0)],
        );
        check(&[entry("a", 1, 100, failed(None))], RunState::Failed, &[("a", Failed, 1), ("b", Skipped, 0)]);
        let waiting =
            || Event::Waiting { inputs: json!({"amount": 1, "unit": "seconds"}), until: Timestamp::from_millis(1_100) };
        check(&[entry("a", 1, 100, waiting())], RunState::Waiting, &[("a", Waiting, 1), ("b", NotReached, 0)]);
        check(&[entry("a", 1, 100, waiting())], RunState::Cancelled, &[("a", Skipped, 1), ("b", Skipped, 0)]);
        check(
            &[entry("a", 1, 100, waiting()), entry("a", 1, 1_100, done())],
            RunState::Running,
            &[("a", Succeeded, 1), ("b", Running, 0)],
        );
        let steps = view(&definition(), &lines_of(&[entry("a", 1, 100, failed(None))]), RunState::Failed, &|_| None);
        assert_eq!(steps[0].attempts[0].started_at, Some(Timestamp::from_millis(90)));
    }
}
