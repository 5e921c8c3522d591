//! Functions: what they may be, what they may not do, and that nothing survives them.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::{FunctionError, Limits, problem, run};

async fn call(code: &str, parameters: Value) -> Result<Value, FunctionError> {
    let limits = Limits { time: Duration::from_millis(700), ..Limits::default() };
    run(code, parameters.as_object().expect("an object"), limits).await
}

async fn ok(code: &str) -> Value {
    call(code, json!({"a": 1, "b": "text", "list": [1, 2]})).await.unwrap_or_else(|error| panic!("{code}: {error}"))
}

async fn fails(code: &str) -> FunctionError {
    let started = Instant::now();
    let error = call(code, json!({})).await.expect_err(code);
    assert!(started.elapsed() < Duration::from_secs(2), "{code} took {:?}", started.elapsed());
    error
}

#[tokio::test]
async fn every_form_of_a_function_is_called_with_its_parameters() {
    for code in [
        "function yourFunction(parameters, libraries) { return parameters.a + 1; }",
        "async function yourFunction({ a }) { return (await Promise.resolve(a)) + 1; }",
        "const more = 1;\nfunction yourFunction(parameters) { return parameters.a + more; }",
        "const yourFunction = async (parameters) => parameters.a + 1;",
        "(parameters) => parameters.a + 1;",
        "async (parameters) => parameters.a + 1",
        "function (parameters) { return parameters.a + 1 }",
        "// a comment\nexport default (parameters) => parameters.a + 1;",
        "function more(a) { return a + 1; }\nexport default function (parameters) { return more(parameters.a); }",
        "return parameters.a + 1;",
        "const a = await Promise.resolve(parameters.a);\nreturn a + 1; // done",
        "parameters.a + 1",
    ] {
        assert_eq!(ok(code).await, json!(2), "{code}");
        assert_eq!(problem(code), None, "{code}");
    }
}

#[tokio::test]
async fn results_are_json() {
    assert_eq!(ok("return;").await, Value::Null);
    assert_eq!(ok("return new Date(0)").await, json!("1970-01-01T00:00:00.000Z"));
    assert_eq!(ok("return { a: undefined, b: [undefined], c: 'ü\\u0000' }").await, json!({"b": [null], "c": "ü\0"}));
    assert_eq!(ok("console.log('x'); return parameters.list").await, json!([1, 2]));
    assert!(ok("return Date.now()").await.as_f64().expect("a number") > 1.7e12);
    for (code, says) in [
        ("return { x: 1n }", "`x` is a BigInt"),
        ("return [NaN]", "`0` is not a finite number"),
        ("const a = {}; a.a = a; return a", "circular"),
        ("return new Map()", "a Map"),
        ("return () => () => 1", "a function"),
    ] {
        let error = fails(&format!("function yourFunction() {{ {code} }}")).await;
        assert_eq!(error.code(), "function_result_not_json", "{code}: {error}");
        assert!(error.to_string().contains(says), "{code}: {error}");
    }
}

#[tokio::test]
async fn errors_name_the_line_of_the_code() {
    let error = fails("function yourFunction() {\n  const a = null;\n  return a.b;\n}").await;
    let FunctionError::Thrown { message, line } = &error else { panic!("{error:?}") };
    assert!(message.starts_with("TypeError: "), "{message}");
    assert_eq!(*line, Some(3));
    assert_eq!(error.code(), "function_threw");
    let error = fails("async () => {\n  throw new Error('broken');\n}").await;
    assert_eq!(error, FunctionError::Thrown { message: "Error: broken".into(), line: Some(2) });
    assert_eq!(fails("throw 'a text'").await, FunctionError::Thrown { message: "a text".into(), line: None });
    let error = fails("function yourFunction() {\n  return 1 +;\n}").await;
    assert_eq!(error.code(), "function_syntax");
    let (line, message) = problem("function yourFunction() {\n  return 1 +;\n}").expect("it does not parse");
    assert_eq!(line, 2, "{message}");
    assert_eq!(problem("while (true) {}"), None, "checking runs nothing");
}

#[tokio::test]
async fn a_promise_that_never_settles_is_told() {
    assert_eq!(fails("return new Promise(() => {})").await, FunctionError::NeverSettles);
}

#[tokio::test]
async fn endless_code_is_stopped() {
    for code in [
        "while (true) {}",
        "try { while (true) {} } catch { while (true) {} }",
        "await null; while (true) {}",
        "for (;;) await null;",
        "(function again() { Promise.resolve().then(again); })(); return new Promise(() => {})",
        "return /^(a+)+$/.test('a'.repeat(40) + 'b')",
    ] {
        assert_eq!(fails(code).await.code(), "function_timed_out", "{code}");
    }
    for code in [
        "return new Array(2 ** 32 - 1).indexOf(1)",
        "return Array.prototype.includes.call({ length: 2 ** 53 - 1 }, 1)",
        "let n = 0; return Array.prototype.includes.call({ get length() { return n++ ? 2 ** 53 - 1 : 0 } }, 1)",
        "return new Array(2 ** 32 - 1).forEach(() => 1)",
        "return [].concat(new Array(2 ** 32 - 1))",
        "return [new Array(2 ** 32 - 1)].flat()",
    ] {
        fails(code).await;
    }
}

#[tokio::test]
async fn memory_stack_and_output_are_bounded() {
    for code in [
        "return 'x'.repeat(2 ** 29).length",
        "const all = []; for (;;) all.push({ a: [1, 2, 3] })",
        "let a = 'x'; for (;;) a += a + Math.sqrt(2)",
        "return new ArrayBuffer(2 ** 30)",
    ] {
        let error = fails(code).await;
        assert!(error.code() == "function_out_of_memory" || error.to_string().contains("invalid"), "{code}: {error:?}");
    }
    fails("return 'x'.repeat(2 ** 30)").await;
    assert_eq!(fails("const f = () => f() + 1; return f()").await.code(), "function_threw");
    fails("let a = []; for (let i = 0; i < 100000; i++) a = [a]; return a").await;
    assert_eq!(fails("return 'x'.repeat(5 * 1024 * 1024)").await.code(), "function_output_too_large");
    assert_eq!(ok("return 1").await, json!(1), "the next one is well");
}

#[tokio::test]
async fn nothing_of_the_host_can_be_reached() {
    for name in ["require('fs')", "fetch('http://localhost')", "process.env", "setTimeout(() => 1)"] {
        let error = fails(&format!("return {name}")).await.to_string();
        assert!(error.contains("is not defined") && error.contains("`libraries`"), "{name}: {error}");
    }
    let error = fails("import fs from 'fs';\nreturn 1").await;
    assert!(error.to_string().contains("`import` is not possible"), "{error}");
    let error = fails("const fs = await import('fs'); return 1").await;
    assert!(error.to_string().contains("`libraries`"), "{error}");
    let escaped = ok("return Object.getOwnPropertyNames((() => 1).constructor.constructor('return this')())").await;
    let names: Vec<_> = escaped.as_array().expect("a list").iter().filter_map(Value::as_str).collect();
    for name in ["std", "os", "require", "process", "Proxy", "Atomics", "SharedArrayBuffer", "Deno", "scriptArgs"] {
        assert!(!names.contains(&name), "{name}");
    }
    assert!(names.contains(&"libraries"));
}

#[tokio::test]
async fn nothing_survives_a_function() {
    ok("Object.prototype.x = 1; Array.prototype.map = () => 'gone'; globalThis.y = 2; libraries.data.get = null; return 1").await;
    assert_eq!(
        ok("return [({}).x === undefined, typeof y, [1].map((n) => n), typeof libraries.data.get]").await,
        json!([true, "undefined", [1], "function"])
    );
    let parameters: Value = serde_json::from_str(r#"{"o": {"__proto__": {"admin": true}}}"#).expect("JSON");
    let code = "({ o }, { data }) => [({}).admin === undefined, data.merge({}, o).admin === undefined, ({ ...o }).admin === undefined]";
    assert_eq!(call(code, parameters).await.expect("runs"), json!([true, true, true]));
    assert_eq!(fails("return libraries.data.set({}, '__proto__.x', 1)").await.code(), "function_threw");
}

#[tokio::test]
async fn a_dropped_function_stops_and_gives_its_turn_back() {
    let limits = Limits { time: Duration::from_mins(1), ..Limits::default() };
    let none = serde_json::Map::new();
    for _ in 0..8 {
        let endless = run("while (true) {}", &none, limits);
        assert!(tokio::time::timeout(Duration::from_millis(30), endless).await.is_err());
    }
    let after = tokio::time::timeout(Duration::from_secs(5), run("return 1", &none, limits)).await;
    assert_eq!(after.expect("a turn is free").expect("it runs"), json!(1));
}

#[tokio::test]
async fn the_examples_of_the_documentation_are_true() {
    let page = include_str!("../../../../docs/functions.md");
    let mut seen = 0;
    for (code, expected) in page.lines().filter_map(|line| line.split_once(" // → ")) {
        let expected: Value = serde_json::from_str(expected).unwrap_or_else(|error| panic!("{code}: {error}"));
        assert_eq!(ok(&format!("return {code}")).await, expected, "{code}");
        seen += 1;
    }
    assert!(seen > 30, "{seen} examples were found");
}
