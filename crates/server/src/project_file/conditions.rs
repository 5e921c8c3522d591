//! Conditions in the file: of a workflow's `permissions` and of an `if`.

use linchpin_domain::condition::{All, Condition, Conditions, Operator};
use serde_json::{Value, json};

use super::reader::{Reader, join};

const EXAMPLE: &str = "for example { any: [ { all: [ { left: \"{{ user.metadata.plan }}\", operator: $stringExactlyMatches, right: pro } ] } ] }";

/// As they are read. Everything wrong with them is a problem at its place, except in their
/// templates: those need to know which names exist.
pub fn read(reader: &mut Reader<'_>, pointer: &str) -> Option<Conditions> {
    let before = reader.problems.len();
    let object = reader.struct_of(pointer, &["any"])?;
    if !object.contains_key("any") {
        reader.problem(pointer, format!("`any` is missing, {EXAMPLE}"));
        return None;
    }
    let at = join(pointer, "any");
    let groups = reader.list(&at)?.len();
    let any = (0..groups).filter_map(|index| group(reader, &format!("{at}/{index}"))).collect();
    if reader.problems.len() > before {
        return None;
    }
    let conditions = Conditions { any };
    for (below, message) in conditions.problems() {
        reader.problem(&format!("{pointer}{below}"), message);
    }
    (reader.problems.len() == before).then_some(conditions)
}

fn group(reader: &mut Reader<'_>, pointer: &str) -> Option<All> {
    let object = reader.struct_of(pointer, &["all"])?;
    if !object.contains_key("all") {
        reader.problem(pointer, format!("`all` is missing, {EXAMPLE}"));
        return None;
    }
    let at = join(pointer, "all");
    let conditions = reader.list(&at)?.len();
    let all = (0..conditions).filter_map(|index| condition(reader, &format!("{at}/{index}"))).collect();
    Some(All { all })
}

fn condition(reader: &mut Reader<'_>, pointer: &str) -> Option<Condition> {
    let object = reader.struct_of(pointer, &["left", "operator", "right"])?;
    if !object.contains_key("operator") {
        reader.problem(pointer, "`operator` is missing, for example `operator: $stringContains`");
        return None;
    }
    let operator: Operator = reader.value(&join(pointer, "operator"))?;
    let left = object.get("left").cloned().unwrap_or_default();
    Some(Condition { left, operator, right: object.get("right").cloned() })
}

/// Their JSON Schema.
pub fn schema() -> Value {
    let (unary, binary): (Vec<Operator>, Vec<Operator>) =
        Operator::ALL.iter().filter(|operator| **operator != Operator::None).partition(|operator| operator.is_unary());
    let left = json!({"description": "What is compared, for example {{ user.metadata.plan }}"});
    json!({
        "type": "object", "required": ["any"], "additionalProperties": false,
        "description": "Holds when all conditions of any group hold",
        "properties": {"any": {"type": "array", "minItems": 1, "items": {
            "type": "object", "required": ["all"], "additionalProperties": false,
            "properties": {"all": {"type": "array", "minItems": 1, "items": {"oneOf": [
                {
                    "type": "object", "required": ["left", "operator", "right"], "additionalProperties": false,
                    "properties": {"left": left, "operator": {"enum": binary}, "right": {"description": "What it is compared with"}}
                },
                {
                    "type": "object", "required": ["left", "operator"], "additionalProperties": false,
                    "properties": {"left": left, "operator": {"enum": unary}}
                }
            ]}}}
        }}}
    })
}

#[cfg(test)]
mod tests {
    use linchpin_domain::source::Document;

    use super::super::Resolver;
    use super::*;

    fn problems(text: &str) -> (Option<Conditions>, Vec<String>) {
        let doc = Document::parse("p.yaml", text).expect("YAML");
        let resolver = Resolver::none();
        let mut reader = Reader { doc: &doc, problems: Vec::new(), resolver: &resolver };
        let read = read(&mut reader, "/if");
        (read, reader.problems.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn conditions_are_read_as_data() {
        let (read, problems) = problems(
            "if:\n  any:\n    - all:\n        - { left: \"{{ a }}\", operator: $stringContains, right: x }\n        - { left: \"{{ b }}\", operator: $exists }\n",
        );
        assert_eq!(problems, Vec::<String>::new());
        assert_eq!(
            serde_json::to_value(read).expect("JSON"),
            json!({"any": [{"all": [
                {"left": "{{ a }}", "operator": "$stringContains", "right": "x"},
                {"left": "{{ b }}", "operator": "$exists"},
            ]}]})
        );
    }

    #[test]
    fn each_thing_that_is_wrong_is_named_at_its_place() {
        for (text, expected) in [
            ("if: true", "p.yaml:1:5: `if`: true or false stands here; an object"),
            ("if: {}", "p.yaml:1:5: `if`: `any` is missing, for example"),
            ("if: { any: [] }", "p.yaml:1:12: `if.any`: add at least one group"),
            ("if: { all: [] }", "p.yaml:1:7: `if.all`: "),
            ("if: { any: [ { all: [] } ] }", "p.yaml:1:21: `if.any.0.all`: add at least one condition"),
            ("if: { any: [ { left: 1 } ] }", "p.yaml:1:16: `if.any.0.left`: "),
            ("if: { any: [ { all: [ { left: 1 } ] } ] }", "p.yaml:1:23: `if.any.0.all.0`: `operator` is missing"),
            (
                "if:\n  any:\n    - all:\n        - left: 1\n          operator: $stringContain\n          right: x",
                "p.yaml:5:21: `if.any.0.all.0.operator`: there is no operator `$stringContain`; did you mean `$stringContains`?",
            ),
            (
                "if: { any: [ { all: [ { left: 1, operator: $numberEquals } ] } ] }",
                "p.yaml:1:23: `if.any.0.all.0`: `right` is missing",
            ),
            (
                "if: { any: [ { all: [ { left: 1, operator: $exists, right: 2 } ] } ] }",
                "p.yaml:1:60: `if.any.0.all.0.right`: `$exists` looks at `left` alone",
            ),
            (
                "if: { any: [ { all: [ { left: 1, operator: $exists, rigth: 2 } ] } ] }",
                "p.yaml:1:53: `if.any.0.all.0.rigth`: ",
            ),
        ] {
            let (read, problems) = problems(text);
            assert_eq!(read, None, "{text}");
            assert!(problems.iter().any(|problem| problem.starts_with(expected)), "{text}: {problems:#?}");
        }
    }

    #[test]
    fn the_schema_knows_every_operator_but_none() {
        let text = schema().to_string();
        for operator in Operator::ALL {
            assert_eq!(text.contains(&format!("\"{operator}\"")), *operator != Operator::None, "{operator}");
        }
    }
}
