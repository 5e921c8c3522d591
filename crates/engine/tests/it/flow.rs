//! Conditions, loops and requests in a run.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use linchpin_engine::{ControlError, Engine, From, Limits, Replay};
use serde_json::{Value, json};

use crate::runs::Scene;
use crate::scripted::{Answer, Scripted};

fn create(key: &str, email: &str) -> Value {
    json!({"key": key, "action": "contacts.create", "inputs": {"email": email}})
}

async fn send(scene: &Scene, payload: &Value) {
    let user = scene.world.user("ann").await.expect("a user");
    scene.engine.accept_app_event(scene.event(user, payload)).await.expect("accepted");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_condition_takes_one_branch_and_both_rejoin() {
    let steps = json!([
        {"key": "check", "if": {"any": [{"all": [{"left": "{{ trigger.plan }}", "operator": "$stringExactlyMatches", "right": "pro"}]}]},
         "then": [create("yes", "{{ 'yes-' ~ trigger.plan }}")],
         "else": [create("no", "{{ 'no-' ~ trigger.plan }}")]},
        create("after", "{{ steps.check.selectedChoice ~ '-' ~ (steps.yes.email or steps.no.email) }}"),
    ]);
    let scene = Scene::new(steps).await;
    let user = scene.world.user("ann").await.expect("a user");
    for plan in ["pro", "free"] {
        scene.engine.accept_app_event(scene.event(user, &json!({"plan": plan}))).await.expect("accepted");
    }
    scene.until(&["succeeded", "succeeded"]).await;
    let mut records = scene.connector.records.lock().clone();
    records.sort();
    assert_eq!(records, ["No-no-free", "Yes-yes-pro", "no-free", "yes-pro"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hundred_items_run_in_parallel_within_the_bound_and_the_next_step_sees_that_they_are_done() {
    let connector = Arc::new(Scripted { latency: Duration::from_millis(5), ..Scripted::default() });
    let steps = json!([
        {"key": "each", "forEach": "{{ trigger.people }}", "as": "person", "concurrency": 8,
         "steps": [create("one", "{{ person.email }}"), create("two", "{{ steps.one.email ~ '.2' }}")]},
        create("after", "{{ 'done-' ~ steps.each.count ~ '-' ~ steps.each.failed }}"),
    ]);
    let scene = Scene::with(steps, connector.clone(), Limits::default()).await;
    let people: Vec<Value> = (0..100).map(|n| json!({"email": format!("p{n}")})).collect();
    send(&scene, &json!({"people": people})).await;
    scene.until(&["succeeded"]).await;
    let records = connector.records.lock().clone();
    assert_eq!(records.len(), 201);
    assert_eq!(records.last().map(String::as_str), Some("done-100-0"), "the step after the loop is the last");
    for n in 0..100 {
        assert_eq!((connector.count(&format!("p{n}")), connector.count(&format!("p{n}.2"))), (1, 1), "item {n}");
    }
    let most = connector.most_busy.load(Ordering::SeqCst);
    assert!((2..=8).contains(&most), "{most} calls at once");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_loop_never_calls_an_account_more_often_than_its_cap() {
    let connector = Arc::new(Scripted { latency: Duration::from_millis(5), ..Scripted::default() });
    let steps = json!([{"key": "each", "forEach": "{{ trigger.list }}", "concurrency": 50, "steps": [create("one", "{{ item }}")]}]);
    let limits = Limits { per_credential: 5, ..Limits::default() };
    let scene = Scene::with(steps, connector.clone(), limits).await;
    let list: Vec<String> = (0..60).map(|n| format!("p{n}")).collect();
    send(&scene, &json!({"list": list})).await;
    scene.until(&["succeeded"]).await;
    assert_eq!(connector.records.lock().len(), 60, "what had to wait was not dropped");
    assert_eq!(connector.most_busy.load(Ordering::SeqCst), 5);
    assert_eq!(scene.engine.load(), (0, 0), "every slot was given back");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ten_thousand_items_are_all_done_once_also_when_the_engine_is_dropped_in_the_middle() {
    let connector = Scripted::new();
    let steps = json!([{"key": "each", "forEach": "{{ trigger.list }}", "concurrency": 16, "steps": [create("one", "{{ item }}")]}]);
    let mut scene = Scene::with(steps, connector.clone(), Limits::default()).await;
    let list: Vec<String> = (0..10_000).map(|n| format!("p{n}")).collect();
    send(&scene, &json!({"list": list})).await;
    while connector.records.lock().len() < 3_000 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    scene.engine.stop(Duration::ZERO).await;
    assert!(connector.records.lock().len() < 10_000, "it was stopped in the middle");
    scene.engine = Engine::start(scene.world.store.clone(), connector.clone() as _, Limits::default())
        .await
        .expect("starts again");
    for _ in 0..60 {
        if scene.world.states().await.expect("readable") == ["succeeded"] {
            break;
        }
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
    scene.until(&["succeeded"]).await;
    let mut records = connector.records.lock().clone();
    assert_eq!(records.len(), 10_000);
    records.sort();
    records.dedup();
    assert_eq!(records.len(), 10_000, "none was made twice");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn items_that_fail_do_not_keep_the_others_from_being_done() {
    let steps = |on_error: &str| {
        json!([
            {"key": "each", "forEach": "{{ trigger.list }}", "onError": on_error, "steps": [create("one", "{{ item }}")]},
            create("after", "{{ steps.each.failed ~ ' of ' ~ steps.each.count ~ ': ' ~ steps.each.errors[0].code }}"),
        ])
    };
    for (on_error, expected, after) in [("stop", "failed items_failed", 0), ("continue", "succeeded", 1)] {
        let scene = Scene::new(steps(on_error)).await;
        scene.connector.answer("b", vec![Answer::Rejected]);
        send(&scene, &json!({"list": ["a", "b", "c"]})).await;
        scene.until(&[expected]).await;
        assert_eq!((scene.connector.count("a"), scene.connector.count("b"), scene.connector.count("c")), (1, 0, 1));
        assert_eq!(scene.connector.count("1 of 3: validation"), after);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_item_waits_for_its_retry_while_the_others_go_on() {
    let steps = json!([{"key": "each", "forEach": ["a", "b"], "steps": [create("one", "{{ item }}"), create("two", "{{ item ~ 2 }}")]}]);
    let scene = Scene::new(steps).await;
    scene.connector.answer("a", vec![Answer::NotSent, Answer::Limited(Duration::from_secs(3))]);
    send(&scene, &json!({})).await;
    scene.until(&["waiting unreachable"]).await;
    assert_eq!((scene.connector.count("a"), scene.connector.count("b2")), (0, 1));
    scene.clock.advance(Duration::from_secs(13));
    scene.until(&["waiting rate_limited"]).await;
    scene.clock.advance(Duration::from_secs(4));
    scene.until(&["succeeded"]).await;
    assert_eq!((scene.connector.count("a"), scene.connector.count("a2")), (1, 1));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_no_list_fails_the_loop_and_says_so_and_null_is_an_empty_list() {
    let steps = json!([{"key": "each", "forEach": "{{ trigger.list }}", "steps": [create("one", "{{ item }}")]}]);
    let scene = Scene::new(steps).await;
    let user = scene.world.user("ann").await.expect("a user");
    for payload in [json!({"list": "a text"}), json!({"list": vec![0; 10_001]}), json!({})] {
        scene.engine.accept_app_event(scene.event(user, &payload)).await.expect("accepted");
    }
    scene.until(&["failed no_list", "failed too_many_items", "succeeded"]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn doubts_of_several_items_are_settled_one_by_one() {
    let connector =
        Arc::new(Scripted { strategy: Some(linchpin_domain::connector::DoubtStrategy::Ask), ..Scripted::default() });
    let steps = json!([{"key": "each", "forEach": ["a", "b", "c"], "steps": [create("one", "{{ item }}")]}]);
    let scene = Scene::with(steps, connector.clone(), Limits::default()).await;
    connector.answer("a", vec![Answer::Lost]);
    connector.answer("b", vec![Answer::DoneButLost]);
    let user = scene.world.user("ann").await.expect("a user");
    let run = scene.engine.accept_app_event(scene.event(user, &json!({}))).await.expect("accepted").runs[0];
    scene.until(&["in_doubt in_doubt"]).await;
    assert_eq!(connector.count("c"), 1, "the third item did not wait for the doubts");
    let project = scene.world.project_id;
    let unknown = scene.engine.settle(project, run, Some("each[2]/one"), true, None).await;
    assert!(unknown.is_err(), "there is no doubt about that step");
    scene.engine.settle(project, run, Some("each[1]/one"), true, None).await.expect("settled");
    scene.until(&["in_doubt in_doubt"]).await;
    scene.engine.settle(project, run, None, false, None).await.expect("settled");
    scene.until(&["succeeded"]).await;
    assert_eq!((connector.count("a"), connector.count("b")), (1, 1));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_request_fills_in_its_address_safely_and_collects_pages() {
    let steps = json!([
        {"key": "list", "request": {
            "url": "{{ trigger.base }}/people/{{ trigger.name }}",
            "query": {"after": "{{ self.pageToken }}"},
            "paginate": {"items": "{{ response.body.items }}", "pageToken": "{{ response.body.next }}"},
        }},
        create("after", "{{ steps.list.output | join('+') }}"),
    ]);
    let scene = Scene::new(steps).await;
    let page = |items: Value, next: Value| {
        Ok(json!({"response": {"statusCode": 200, "headers": {}, "body": {"items": items, "next": next}}}))
    };
    scene.connector.pages.lock().extend([
        page(json!(["a", "b"]), json!("t1")),
        Err(Answer::Limited(Duration::from_millis(1))),
        page(json!(["c"]), json!("t2")),
        page(json!(["d"]), Value::Null),
    ]);
    send(&scene, &json!({"base": "https://api.example.com", "name": "a/b?c"})).await;
    scene.until(&["succeeded"]).await;
    assert_eq!(scene.connector.count("a+b+c+d"), 1);
    let asked = scene.connector.requests.lock();
    let urls: Vec<&str> = asked.iter().map(|call| call.request.url.as_str()).collect();
    assert_eq!(urls, ["https://api.example.com/people/a%2Fb%3Fc"; 4]);
    let tokens: Vec<Value> = asked.iter().map(|call| call.request.query["after"].clone()).collect();
    assert_eq!(tokens, [json!(null), json!("t1"), json!("t1"), json!("t2")]);
    assert!(asked.iter().all(|call| call.credential_id.is_none()), "a full address gets no account's token");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_request_that_fails_in_the_middle_keeps_what_came_before() {
    let steps = json!([
        {"key": "list", "request": {
            "url": "crm/people",
            "paginate": {"items": "response.body.items", "pageToken": "response.body.next"},
        }},
        create("after", "{{ steps.list.output | join('+') ~ ': ' ~ steps.list.error.message }}"),
    ]);
    let scene = Scene::new(steps).await;
    scene.connector.pages.lock().extend([
        Ok(json!({"response": {"statusCode": 200, "headers": {}, "body": {"items": ["a"], "next": "t"}}})),
        Err(Answer::Rejected),
    ]);
    send(&scene, &json!({})).await;
    scene.until(&["succeeded"]).await;
    assert_eq!(*scene.connector.records.lock(), ["a: test rejected the request (400): no"]);
    let asked = scene.connector.requests.lock();
    assert!(asked.iter().all(|call| call.connector.as_deref() == Some("test")), "a path goes to the provider");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_post_whose_answer_is_lost_is_asked_about_and_a_get_is_simply_repeated() {
    let steps =
        json!([{"key": "call", "request": {"method": "{{ trigger.method }}", "url": "https://api.example.com/x"}}]);
    let scene = Scene::new(steps).await;
    scene.connector.pages.lock().extend([Err(Answer::Lost), Err(Answer::Lost)]);
    let user = scene.world.user("ann").await.expect("a user");
    scene.engine.accept_app_event(scene.event(user, &json!({"method": "POST"}))).await.expect("accepted");
    scene.until(&["in_doubt in_doubt"]).await;
    scene.engine.accept_app_event(scene.event(user, &json!({"method": "GET"}))).await.expect("accepted");
    scene.until(&["in_doubt in_doubt", "waiting unreachable"]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_doubt_about_a_request_is_settled_by_the_method_that_was_sent() {
    for (method, ends_as, requests) in [("PUT", "succeeded", 2), ("POST", "in_doubt in_doubt", 1)] {
        let step = json!({"method": "{{ trigger.method }}", "url": "https://api.example.com/x"});
        let mut scene = Scene::new(json!([{"key": "call", "request": step}])).await;
        scene.connector.pages.lock().push_back(Err(Answer::Hangs));
        send(&scene, &json!({"method": method})).await;
        while scene.connector.requests.lock().is_empty() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        scene.engine.stop(Duration::ZERO).await;
        scene.engine = Engine::start(scene.world.store.clone(), scene.connector.clone() as _, Limits::default())
            .await
            .expect("starts again");
        scene.until(&[ends_as]).await;
        assert_eq!(scene.connector.requests.lock().len(), requests, "{method}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_request_to_another_server_does_not_wait_for_the_accounts_limits() {
    let elsewhere: Vec<Value> = (0..5)
        .map(|n| json!({"key": format!("call_{n}"), "request": {"url": format!("https://api.example.com/{n}")}}))
        .collect();
    let is_a = json!({"any": [{"all": [{"left": "{{ item }}", "operator": "$stringExactlyMatches", "right": "a"}]}]});
    let each = json!({"key": "check", "if": is_a, "then": [create("one", "a")], "else": elsewhere});
    let scene = Scene::new(json!([{"key": "each", "forEach": ["a", "b"], "steps": [each]}])).await;
    scene.connector.answer("a", vec![Answer::Limited(Duration::from_hours(1))]);
    send(&scene, &json!({})).await;
    scene.until(&["waiting rate_limited"]).await;
    assert_eq!(scene.connector.requests.lock().len(), 5, "the account's own call alone waits");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_replay_from_the_failed_step_does_not_repeat_what_was_finished() {
    let steps = json!([
        create("first", "{{ 'first-' ~ trigger.id }}"),
        {"key": "each", "forEach": ["a", "b", "c"], "as": "letter", "steps": [
            create("one", "{{ 'one-' ~ letter }}"),
            create("two", "{{ steps.first.email ~ '/' ~ steps.one.email }}"),
        ]},
        create("last", "{{ 'last-' ~ steps.each.count ~ '-' ~ steps.each.failed }}"),
    ]);
    let mut scene = Scene::new(steps).await;
    scene.connector.answer("first-7/one-b", vec![Answer::Rejected]);
    let user = scene.world.user("ann").await.expect("a user");
    let run = scene.engine.accept_app_event(scene.event(user, &json!({"id": 7}))).await.expect("accepted").runs[0];
    scene.until(&["failed items_failed"]).await;
    let before = scene.connector.records.lock().clone();
    assert_eq!(before.len(), 6, "all but the second step of one item: {before:?}");
    let project = scene.world.project_id;
    let on = Replay { from: From::Failed, ..Replay::default() };
    // The account stands still meanwhile, so that the new run is found in the database after a restart.
    scene.engine.stop(Duration::from_secs(5)).await;
    scene.engine = Engine::start(scene.world.store.clone(), scene.connector.clone() as _, Limits::default())
        .await
        .expect("starts again");
    let again = scene.engine.replay(project, run, on).await.expect("replayed");
    scene.until(&["failed items_failed", "succeeded"]).await;
    assert_eq!(scene.connector.records.lock()[6..], ["first-7/one-b", "last-3-0"]);
    let refused = scene.engine.replay(project, again, on).await.expect_err("it did not fail");
    assert!(matches!(refused, ControlError::State { .. }), "{refused}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_replay_that_was_not_begun_is_taken_up_with_what_it_goes_on_from() {
    let steps = json!([create("first", "{{ trigger.id }}"), create("second", "{{ steps.first.email ~ '-2' }}")]);
    let limits = Limits { total: 0, ..Limits::default() };
    let mut scene = Scene::new(steps).await;
    scene.connector.answer("x-2", vec![Answer::Rejected]);
    let user = scene.world.user("ann").await.expect("a user");
    let run = scene.engine.accept_app_event(scene.event(user, &json!({"id": "x"}))).await.expect("accepted").runs[0];
    scene.until(&["failed validation"]).await;
    scene.engine.stop(Duration::from_secs(5)).await;
    let start = async |limits| {
        Engine::start(scene.world.store.clone(), scene.connector.clone() as _, limits).await.expect("starts")
    };
    let idle = start(limits).await;
    let on = Replay { from: From::Failed, ..Replay::default() };
    idle.replay(scene.world.project_id, run, on).await.expect("replayed");
    idle.stop(Duration::from_secs(5)).await;
    scene.engine = start(Limits::default()).await;
    scene.until(&["failed validation", "succeeded"]).await;
    assert_eq!(*scene.connector.records.lock(), ["x", "x-2"]);
}
