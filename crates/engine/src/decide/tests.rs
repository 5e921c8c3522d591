use linchpin_domain::journal::Entry;
use serde_json::{Value, json};

use super::*;

fn definition(steps: Value) -> Definition {
    serde_json::from_value(json!({"trigger": {"appEvent": "E"}, "steps": steps})).expect("valid")
}

fn two(on_error: &str) -> Definition {
    definition(json!([{"key": "a", "action": "x.y", "onError": on_error}, {"key": "b", "action": "x.y"}]))
}

fn line(step: &str, attempt: u32, at: i64, event: Value) -> Entry {
    Entry {
        step: step.into(),
        attempt,
        at: Timestamp::from_millis(at),
        event: serde_json::from_value(event).expect("valid"),
    }
}

fn intent() -> Value {
    json!({"kind": "intent", "inputs": {}})
}

fn succeeded() -> Value {
    output(&json!({}))
}

fn output(output: &Value) -> Value {
    json!({"kind": "succeeded", "inputs": {}, "output": output, "duration_ms": 1})
}

fn failed(next: Option<&str>, counts: bool) -> Value {
    json!({"kind": "failed", "fault": {"code": "c", "message": "m", "step": "a"}, "duration_ms": 1, "next_attempt_at": next, "rule": "r", "counts": counts})
}

/// What comes next, as `path attempt what`.
fn check(definition: &Definition, journal: &[Entry], expected: &[&str]) {
    let progress = Progress::of(journal);
    let found: Vec<String> = match decide(definition, &progress) {
        Next::Succeed => vec!["succeed".into()],
        Next::Fail(fault) => vec![format!("fail {}", fault.code)],
        Next::Go(jobs) => jobs
            .iter()
            .map(|job| {
                let what = match &job.what {
                    What::Perform { not_before: None } => "perform".into(),
                    What::Perform { not_before: Some(at) } => format!("perform at {}", at.as_millis()),
                    What::Settle { intent_at } => format!("settle {}", intent_at.as_millis()),
                    What::EndItem(None) => "end".into(),
                    What::EndItem(Some(fault)) => format!("end {}", fault.code),
                    What::EndLoop => "end loop".into(),
                };
                format!("{} {} {what}", job.path, job.attempt)
            })
            .collect(),
    };
    assert_eq!(found, expected);
}

#[test]
fn a_run_goes_from_step_to_step() {
    let workflow = two("stop");
    check(&workflow, &[], &["a 1 perform"]);
    let mut journal = vec![line("a", 1, 5, intent())];
    check(&workflow, &journal, &["a 1 settle 5"]);
    journal.push(line("a", 1, 6, succeeded()));
    check(&workflow, &journal, &["b 1 perform"]);
    assert_eq!(steps_done(&workflow, &Progress::of(&journal)), 1);
    journal.push(line("b", 1, 7, succeeded()));
    check(&workflow, &journal, &["succeed"]);
    assert_eq!(steps_done(&workflow, &Progress::of(&journal)), 2);
}

#[test]
fn a_failed_attempt_is_tried_again_not_before_its_time() {
    let journal = [
        line("a", 1, 5, failed(Some("1970-01-01T00:00:10Z"), false)),
        line("a", 2, 6, failed(Some("1970-01-01T00:00:20Z"), true)),
    ];
    check(&two("stop"), &journal, &["a 3 perform at 20000"]);
    assert_eq!(Progress::of(&journal).step("a").map(|step| step.used), Some(1));
}

#[test]
fn a_final_failure_stops_the_run_unless_the_step_says_continue() {
    let journal = [line("a", 1, 5, failed(None, true))];
    check(&two("stop"), &journal, &["fail c"]);
    check(&two("continue"), &journal, &["b 1 perform"]);
}

#[test]
fn a_delay_is_done_by_the_same_attempt_not_before_its_time() {
    let waiting =
        json!({"kind": "waiting", "inputs": {"amount": 1, "unit": "minutes"}, "until": "1970-01-01T00:01:00Z"});
    check(&two("stop"), &[line("a", 1, 5, waiting)], &["a 1 perform at 60000"]);
}

#[test]
fn a_doubt_is_settled_with_the_time_of_its_own_intent() {
    let journal = [
        line("a", 1, 5, intent()),
        line("a", 1, 6, failed(Some("1970-01-01T00:00:10Z"), true)),
        line("a", 2, 7, intent()),
        line("a", 2, 8, json!({"kind": "in_doubt", "fault": {"code": "c", "message": "m"}})),
    ];
    check(&two("stop"), &journal, &["a 2 settle 7"]);
    assert_eq!(Progress::of(&journal).step("a").map(|step| step.used), Some(1));
}

#[test]
fn a_condition_chooses_a_branch_and_both_come_together_again() {
    let conditions = json!({"any": [{"all": [{"left": 1, "operator": "$exists"}]}]});
    let workflow = |on_error: &str| {
        definition(json!([
            {"key": "check", "if": conditions, "onError": on_error,
             "then": [{"key": "yes", "action": "x.y"}], "else": [{"key": "no", "action": "x.y"}]},
            {"key": "after", "action": "x.y"},
        ]))
    };
    let chose = |choice: &str| line("check", 1, 5, output(&json!({"selectedChoice": choice})));
    let stop = workflow("stop");
    check(&stop, &[], &["check 1 perform"]);
    check(&stop, &[chose("Yes")], &["yes 1 perform"]);
    check(&stop, &[chose("No")], &["no 1 perform"]);
    assert_eq!(steps_done(&stop, &Progress::of(&[chose("No")])), 0);
    check(&stop, &[chose("No"), line("no", 1, 6, succeeded())], &["after 1 perform"]);
    check(&stop, &[chose("No"), line("no", 1, 6, failed(None, true))], &["fail c"]);
    check(&workflow("continue"), &[chose("No"), line("no", 1, 6, failed(None, true))], &["after 1 perform"]);
    let empty = definition(json!([{"key": "check", "if": conditions, "then": [{"key": "yes", "action": "x.y"}]}]));
    check(&empty, &[chose("No")], &["succeed"]);
}

fn looping(on_error: &str) -> Definition {
    definition(json!([
        {"key": "each", "forEach": "{{ trigger.list }}", "concurrency": 2, "onError": on_error,
         "steps": [{"key": "one", "action": "x.y"}, {"key": "two", "action": "x.y"}]},
        {"key": "after", "action": "x.y"},
    ]))
}

fn began(items: usize) -> Entry {
    line("each", 1, 1, json!({"kind": "looping", "items": (0..items).collect::<Vec<_>>()}))
}

#[test]
fn a_loop_works_on_some_items_at_once_and_joins() {
    let workflow = looping("stop");
    check(&workflow, &[], &["each 1 perform"]);
    let mut journal = vec![began(3)];
    check(&workflow, &journal, &["each[0]/one 1 perform", "each[1]/one 1 perform"]);
    journal.push(line("each[1]/one", 1, 2, succeeded()));
    check(&workflow, &journal, &["each[0]/one 1 perform", "each[1]/two 1 perform"]);
    journal.push(line("each[1]/two", 1, 3, succeeded()));
    check(&workflow, &journal, &["each[0]/one 1 perform", "each[1] 1 end"]);
    journal.push(line("each[1]", 1, 4, succeeded()));
    check(&workflow, &journal, &["each[0]/one 1 perform", "each[2]/one 1 perform"]);
    for index in [0, 2] {
        journal.extend([
            line(&format!("each[{index}]/one"), 1, 5, succeeded()),
            line(&format!("each[{index}]/two"), 1, 5, succeeded()),
            line(&format!("each[{index}]"), 1, 5, succeeded()),
        ]);
    }
    check(&workflow, &journal, &["each 1 end loop"]);
    journal.push(line("each", 1, 6, succeeded()));
    check(&workflow, &journal, &["after 1 perform"]);
}

#[test]
fn a_failing_item_ends_alone_and_the_loop_says_so_at_its_end() {
    let workflow = looping("stop");
    let mut journal = vec![began(2), line("each[0]/one", 1, 2, failed(None, true))];
    check(&workflow, &journal, &["each[0] 1 end c", "each[1]/one 1 perform"]);
    journal.push(line("each[0]", 1, 3, failed(None, true)));
    let progress = Progress::of(&journal);
    let stand = progress.looping("each").expect("under way");
    assert_eq!(stand.output()["errors"], json!([{"index": 0, "step": "a", "code": "c", "message": "m"}]));
    assert_eq!(
        stand.fault("each").map(|fault| fault.message),
        Some("1 of 2 items failed; the item at 0, step a: m".into())
    );
    journal.push(line("each", 1, 4, failed(None, true)));
    check(&workflow, &journal, &["fail c"]);
    check(&looping("continue"), &journal, &["after 1 perform"]);
}

#[test]
fn an_empty_loop_is_done_at_once() {
    check(&looping("stop"), &[began(0)], &["each 1 end loop"]);
}

#[test]
fn what_was_done_for_an_item_is_forgotten_with_it_also_in_loops_within_loops() {
    let workflow = definition(json!([
        {"key": "outer", "forEach": "{{ trigger.list }}", "as": "row", "steps": [
            {"key": "inner", "forEach": "{{ row }}", "as": "cell", "steps": [{"key": "one", "action": "x.y"}]},
        ]},
    ]));
    let items = |path: &str| line(path, 1, 1, json!({"kind": "looping", "items": [["x"], ["y"]]}));
    let mut journal = vec![items("outer"), items("outer[0]/inner"), items("outer[1]/inner")];
    check(
        &workflow,
        &journal,
        &[
            "outer[0]/inner[0]/one 1 perform",
            "outer[0]/inner[1]/one 1 perform",
            "outer[1]/inner[0]/one 1 perform",
            "outer[1]/inner[1]/one 1 perform",
        ],
    );
    let progress = Progress::of(&journal);
    let names: Vec<&str> = progress.items("outer[0]/inner[1]/one").into_iter().map(|(key, _)| key).collect();
    assert_eq!(names, ["outer", "inner"]);
    for index in [0, 1] {
        journal.push(line(&format!("outer[0]/inner[{index}]/one"), 1, 2, succeeded()));
        journal.push(line(&format!("outer[0]/inner[{index}]"), 1, 2, succeeded()));
    }
    journal.push(line("outer[0]/inner", 1, 3, succeeded()));
    let seen: Vec<String> = Progress::of(&journal).outputs("outer[0]/next").map(|(key, _)| key.to_owned()).collect();
    assert_eq!(seen, ["inner"], "a loop's output is seen, what was done for its items is not");
    assert_eq!(Progress::of(&journal).outputs("outer[1]/next").count(), 0, "another item's outputs are not seen");
    journal.push(line("outer[0]", 1, 4, succeeded()));
    let progress = Progress::of(&journal);
    assert!(progress.step("outer[0]/inner").is_none(), "what was done for an item is forgotten with it");
    assert!(progress.looping("outer[0]/inner").is_none());
    assert!(progress.looping("outer[1]/inner").is_some());
}
