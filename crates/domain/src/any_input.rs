//! Everything here that reads what others wrote, with what nobody would write.

use proptest::prelude::*;
use serde_json::{Map, Value, json};

use crate::Timestamp;
use crate::condition::{Condition, Conditions, Operator, compare};
use crate::file::File;
use crate::mac::Encoding;
use crate::schedule::{Pattern, time_zone};
use crate::source::Document;
use crate::template::{Context, Template};
use crate::testkit::{json, nearly, text};
use crate::workflow::{ActionCatalog, Definition, Surroundings};

fn texts<const N: usize>(texts: [&str; N]) -> Vec<String> {
    texts.map(str::to_owned).to_vec()
}

fn templates() -> Vec<String> {
    texts([
        "{{ trigger.email }}",
        "Hello {{ trigger.first_name | default('you') }}, of {{ steps.find.output.results[0].name | upper }}!",
        "{{ trigger.items | map(attribute='id') | join(', ') }}",
        "{{ 'yes' if trigger.amount * 1.2 > 100 and not settings.quiet else trigger.tags | length }}",
        "https://{{ user.region }}.example.com/v1/{{ trigger.id }}?q={{ trigger['full name'] | tojson }}",
        "{{ trigger.when | date('%Y-%m-%d') }} {{ {'a': [1, 2.5, -3e2], \"b\": none}.a[1:] }}",
    ])
}

const WORKFLOW: &str = r#"
trigger: { appEvent: Contact Created }
steps:
  - key: large
    if: { any: [{ all: [{ left: "{{ trigger.amount }}", operator: $numberGreaterThan, right: 100 }] }] }
    then:
      - { key: create, action: contacts.create, inputs: { email: "{{ trigger.email }}" } }
    else:
      - { key: pause, delay: { amount: 5, unit: minutes } }
  - key: each
    forEach: "{{ trigger.items }}"
    as: one
    concurrency: 5
    onError: continue
    steps:
      - key: ask
        request:
          method: POST
          url: https://example.com/{{ one.id }}
          query: { limit: 2, after: "{{ pageToken }}" }
          paginate: { items: "{{ response.body.results }}", pageToken: "{{ response.body.next }}" }
  - key: count
    function: { code: return parameters.a + 1, parameters: { a: "{{ trigger.amount }}" } }
  - key: answer
    response: { status: "{{ 200 if steps.large.selectedChoice else 404 }}", body: { count: "{{ steps.count.result }}" } }
"#;

/// A provider without actions.
struct NoActions;

impl ActionCatalog for NoActions {
    fn input_problems(&self, _: Option<&str>, _: &str, _: &Map<String, Value>) -> Option<Vec<(String, String)>> {
        None
    }

    fn action_names(&self, _: Option<&str>) -> Vec<String> {
        Vec::new()
    }
}

proptest! {
    #[test]
    fn a_text_without_an_expression_is_filled_in_as_it_is(text in text()) {
        prop_assume!(!["{{", "{%", "{#"].iter().any(|begin| text.contains(begin)));
        let template = Template::parse(&json!([text])).expect("no expression");
        prop_assert_eq!(template.fill(&Context::default()).expect("nothing to fill in"), json!([text]));
    }

    #[test]
    fn one_expression_keeps_what_it_names(value in json()) {
        let mut context = Context::default();
        context.set("trigger", &json!({"field": value}));
        let filled = Template::parse(&json!("{{ trigger.field }}")).expect("valid").fill(&context).expect("filled in");
        prop_assert_eq!(&filled, &value);
        // The same by the expression engine, instead of by the path alone.
        let filled = Template::parse(&json!("{{ (trigger.field) }}")).expect("valid").fill(&context).expect("filled in");
        prop_assert_eq!(&filled, &value);
    }

    #[test]
    fn any_template_is_filled_in_or_says_why_not(written in nearly(templates()), value in json()) {
        let mut context = Context::default();
        context.set("trigger", &value);
        context.set("steps", &json!({"find": {"output": value}}));
        match Template::parse(&Value::String(written)) {
            Err(error) => prop_assert!(!error.message.trim().is_empty(), "{error:?}"),
            Ok(template) => {
                let _ = template.roots();
                for failed in [template.fill(&context).err(), template.fill_url(&context).err()].into_iter().flatten() {
                    prop_assert!(!failed.message.trim().is_empty(), "{failed:?}");
                }
            }
        }
    }

    #[test]
    fn any_two_values_compare_and_opposites_are_opposites(left in json(), right in json()) {
        use Operator as O;
        for (is, is_not) in [
            (O::Exists, O::DoesNotExist),
            (O::IsUndefinedOrNull, O::IsNotUndefinedOrNull),
        ] {
            let (is, is_not) = (compare::holds(is, &left, &right), compare::holds(is_not, &left, &right));
            prop_assert_ne!(is, is_not, "{} {}", left, right);
        }
        for operator in O::ALL {
            let held = compare::holds(*operator, &left, &right);
            let condition = Condition { left: left.clone(), operator: *operator, right: Some(right.clone()) };
            let all = Conditions { any: vec![crate::condition::All { all: vec![condition] }] };
            prop_assert_eq!(all.holds(&all.templates()), Ok(held));
        }
    }

    #[test]
    fn a_schedule_is_due_after_and_was_due_before(
        written in nearly(texts(["0 0 9 * * *", "*/5 * * * *", "0 30 2 29 2 MON-FRI", "0 0 0 L * *", "@daily", "0 15,45 8-17/2 1-7 JAN,JUN 1#2"])),
        millis in -2_000_000_000_000_i64..4_000_000_000_000,
        zone in prop::sample::select(vec!["UTC", "Europe/Berlin", "America/St_Johns", "Pacific/Apia", "Australia/Lord_Howe", "Asia/Kathmandu"]),
    ) {
        let zone = time_zone(zone).expect("a zone");
        let now = Timestamp::from_millis(millis);
        match Pattern::parse(&written) {
            Err(message) => prop_assert!(message.contains("for example"), "{message}"),
            Ok(pattern) => {
                if let Some(next) = pattern.next_after(now, &zone) {
                    prop_assert!(next > now, "`{written}` after {now:?}: {next:?}");
                }
                if let Some(last) = pattern.last_until(now, &zone) {
                    prop_assert!(last <= now, "`{written}` until {now:?}: {last:?}");
                }
            }
        }
    }

    #[test]
    fn a_file_is_read_as_it_is_written(bytes in prop::collection::vec(any::<u8>(), 0..64), any in json(), as_hex in any::<bool>()) {
        let file = File { name: Some("a".into()), mime_type: "text/plain".into(), bytes };
        let written = file.to_value(if as_hex { Encoding::Hex } else { Encoding::Base64 });
        prop_assert_eq!(File::read(&written).expect("a file").expect("readable").bytes, file.bytes);
        let odd = json!({"dataType": "FILE", "data": any, "mimeType": any, "encoding": any, "name": any});
        if let Some(Err(message)) = File::read(&odd) {
            prop_assert!(!message.is_empty());
        }
    }

    #[test]
    fn any_document_is_read_or_its_problem_has_a_place(written in nearly(texts([WORKFLOW]))) {
        match Document::parse("any.yaml", &written) {
            Err(problem) => {
                prop_assert!(problem.at.line >= 1 && problem.at.column >= 1, "{problem:?}");
                prop_assert!(!problem.message.is_empty());
            }
            Ok(document) => {
                if let Err(problem) = document.read::<Definition>("") {
                    prop_assert!(problem.at.line >= 1 && !problem.message.is_empty(), "{problem:?}");
                }
            }
        }
        // What is no JSON is refused with a place, what is JSON is the same value as for everybody else.
        match (Document::parse_json("any.json", &written), serde_json::from_str::<Value>(&written)) {
            (Ok(document), Ok(value)) => prop_assert_eq!(document.value(), &value),
            (Err(problem), _) => prop_assert!(problem.at.line >= 1, "{problem:?}"),
            (Ok(document), Err(error)) => prop_assert!(false, "{:?} is no JSON: {error}", document.value()),
        }
    }

    #[test]
    fn any_workflow_that_is_read_is_checked_to_the_end(written in nearly(texts([WORKFLOW]))) {
        if let Ok(document) = Document::parse("any.yaml", &written)
            && let Ok(definition) = document.read::<Definition>("")
        {
            for problem in definition.problems(&Surroundings::default(), &NoActions) {
                prop_assert!(!problem.message.is_empty());
            }
        }
    }
}

/// Far too deep, and far too much: refused with a place, and the process goes on.
#[test]
fn what_would_exhaust_memory_or_stack_is_refused() {
    let deep = |open: &str| format!("a: {}", open.repeat(100_000));
    // Nine lists of nine times the one before: a thousand million items.
    let laughs = (1..10).fold("a0: &a0 [ha, ha, ha]\n".to_owned(), |all, n| {
        format!("{all}a{n}: &a{n} [{}]\n", vec![format!("*a{}", n - 1); 9].join(", "))
    });
    for text in [deep("["), deep("{a: "), deep("- "), deep("? "), deep("[{a: "), laughs] {
        let problem = Document::parse("any.yaml", &text).expect_err("too much");
        assert!(problem.at.line >= 1 && !problem.message.is_empty(), "{problem:?}");
    }
    assert!(Document::parse_json("any.json", &"[".repeat(100_000)).is_err());
    for piece in ["(", "[", "{'a': ", "not ", "-", "1 + ", "a.", "a | upper | ", "a[0]", "1 if a else "] {
        let deep = format!("{{{{ {}1 }}}}", piece.repeat(100_000));
        assert!(Template::parse(&json!(deep)).is_err(), "{piece}");
        // As long as it may be: whatever comes of it, the stack of a thread is enough.
        let _ = Template::parse(&json!(format!("{{{{ {}1 }}}}", piece.repeat(3_990 / piece.len()))));
    }
    let endless = Template::parse(&json!("{{ range(100000) | map('upper') | list | join('x') * 10000 }}"));
    assert!(endless.and_then(|template| template.fill(&Context::default())).is_err());
}
