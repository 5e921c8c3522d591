//! Schemas: the properties of an object, what a value is, and a sample of one.
//!
//! Schemas refer to themselves. Every walk has a depth and remembers what it is within.

use indexmap::IndexMap;
use serde_json::{Map, Value, json};

use super::spec::{Node, Spec};

/// How deep parts of an object are merged.
const MERGED: usize = 12;
/// How deep samples go.
const SAMPLED: usize = 3;
/// Properties of a sample.
const SAMPLE_WIDTH: usize = 12;

/// A property of an object.
#[derive(Debug, Clone)]
pub(super) struct Property<'a> {
    pub schema: Node<'a>,
    pub required: bool,
}

/// An object's properties, and whether there are several forms of which only one is meant.
#[derive(Debug, Default)]
pub(super) struct Properties<'a> {
    pub all: IndexMap<String, Property<'a>>,
    pub alternatives: bool,
}

/// What a value is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum What {
    Text,
    Number,
    Boolean,
    List,
    Object,
    Anything,
}

/// What a schema describes.
pub(super) fn what(spec: &Spec<'_>, node: &Node<'_>) -> What {
    what_within(spec, node, 0)
}

fn what_within(spec: &Spec<'_>, node: &Node<'_>, depth: usize) -> What {
    let Some(node) = spec.resolve(node).filter(|_| depth < MERGED) else { return What::Anything };
    let named = |name: &str| match name {
        "string" => Some(What::Text),
        "number" | "integer" => Some(What::Number),
        "boolean" => Some(What::Boolean),
        "array" => Some(What::List),
        "object" => Some(What::Object),
        _ => None,
    };
    let told = match node.value.get("type") {
        Some(Value::String(name)) => named(name),
        Some(Value::Array(names)) => {
            let mut known = names.iter().filter_map(Value::as_str).filter_map(named);
            // Several types are anything; null besides one changes nothing.
            known.next().filter(|_| known.next().is_none())
        }
        _ => None,
    };
    if let Some(told) = told {
        return told;
    }
    if node.get("properties").is_some() {
        return What::Object;
    }
    if node.get("items").is_some() {
        return What::List;
    }
    if let Some(values) = node.get("enum").filter(|values| values.items().iter().all(|one| one.value.is_string())) {
        return if values.items().is_empty() { What::Anything } else { What::Text };
    }
    for key in ["allOf", "oneOf", "anyOf"] {
        let parts = node.get(key).map(|parts| parts.items()).unwrap_or_default();
        let mut kinds: Vec<What> = parts
            .iter()
            .filter(|part| part.text("type") != Some("null"))
            .map(|part| what_within(spec, part, depth + 1))
            .filter(|kind| key != "allOf" || *kind != What::Anything)
            .collect();
        kinds.dedup();
        if let [one] = kinds.as_slice() {
            return *one;
        }
    }
    What::Anything
}

/// The properties of an object, with what it is made of put together. `None` where it is no object.
pub(super) fn properties<'a>(spec: &Spec<'a>, node: &Node<'a>) -> Option<Properties<'a>> {
    if what(spec, node) != What::Object {
        return None;
    }
    let mut found = Properties::default();
    gather(spec, node, true, &mut Vec::new(), &mut found);
    Some(found)
}

fn gather<'a>(spec: &Spec<'a>, node: &Node<'a>, all_meant: bool, within: &mut Vec<String>, into: &mut Properties<'a>) {
    let Some(node) = spec.resolve(node) else { return };
    if within.contains(&node.at) || within.len() >= MERGED {
        return;
    }
    within.push(node.at.clone());
    let required: Vec<&str> = node
        .get("required")
        .map(|list| list.items())
        .unwrap_or_default()
        .iter()
        .filter_map(|one| one.value.as_str())
        .collect();
    for (name, schema) in node.get("properties").map(|node| node.entries()).unwrap_or_default() {
        let needed = all_meant && required.contains(&name);
        let property = into.all.entry(name.to_owned()).or_insert(Property { schema, required: false });
        property.required |= needed;
    }
    for part in node.get("allOf").map(|parts| parts.items()).unwrap_or_default() {
        gather(spec, &part, all_meant, within, into);
    }
    // `required` may stand beside what it is about.
    for name in required.iter().filter(|_| all_meant) {
        if let Some(property) = into.all.get_mut(*name) {
            property.required = true;
        }
    }
    for key in ["oneOf", "anyOf"] {
        let parts = node.get(key).map(|parts| parts.items()).unwrap_or_default();
        into.alternatives |= parts.len() > 1;
        for part in &parts {
            gather(spec, part, all_meant && parts.len() == 1, within, into);
        }
    }
    within.pop();
}

/// The list that an answer holds: itself, or the one property that is a list of objects. With the name of
/// that property.
pub(super) fn list<'a>(spec: &Spec<'a>, node: &Node<'a>) -> Option<(Option<String>, Option<Node<'a>>)> {
    let items = |node: &Node<'a>| spec.resolve(node).and_then(|node| node.get("items"));
    match what(spec, node) {
        What::List => Some((None, items(node))),
        What::Object => {
            let found = properties(spec, node)?;
            let lists: Vec<_> = found.all.iter().filter(|(_, one)| what(spec, &one.schema) == What::List).collect();
            let of_objects = |one: &Node<'a>| items(one).is_some_and(|item| what(spec, &item) == What::Object);
            let usual = ["data", "items", "results", "values", "records", "entries"];
            // A record may hold lists too: it says its own id.
            if found.all.contains_key("id") {
                return None;
            }
            let objects: Vec<_> = lists.iter().filter(|(_, one)| of_objects(&one.schema)).collect();
            let meant = match objects.as_slice() {
                [one] => Some(*one),
                [] => lists.first().filter(|_| lists.len() == 1),
                several => several.iter().find(|(name, _)| usual.contains(&name.as_str())).copied(),
            };
            meant.map(|(name, one)| (Some((*name).clone()), items(&one.schema)))
        }
        _ => None,
    }
}

/// A value that fits a schema: its example, or made of what it says.
pub(super) fn sample(spec: &Spec<'_>, node: &Node<'_>) -> Value {
    sample_within(spec, node, SAMPLED, &mut Vec::new())
}

fn sample_within(spec: &Spec<'_>, node: &Node<'_>, depth: usize, within: &mut Vec<String>) -> Value {
    let Some(node) = spec.resolve(node) else { return Value::Null };
    if let Some(example) = example(&node) {
        return example.clone();
    }
    if within.contains(&node.at) || depth == 0 {
        return match what(spec, &node) {
            What::List => json!([]),
            What::Object => json!({}),
            _ => scalar(spec, &node),
        };
    }
    match what(spec, &node) {
        What::List => {
            within.push(node.at.clone());
            let item = node.get("items").map(|items| sample_within(spec, &items, depth - 1, within));
            within.pop();
            Value::Array(item.into_iter().filter(|item| !item.is_null()).collect())
        }
        What::Object => {
            within.push(node.at.clone());
            let found = properties(spec, &node).unwrap_or_default();
            let mut object = Map::new();
            // What must be there comes first where not all has room.
            let mut order: Vec<_> = found.all.iter().collect();
            order.sort_by_key(|(_, property)| !property.required);
            for (name, property) in order.into_iter().take(SAMPLE_WIDTH) {
                let value = sample_within(spec, &property.schema, depth - 1, within);
                if !value.is_null() {
                    object.insert(name.clone(), value);
                }
            }
            within.pop();
            Value::Object(object)
        }
        _ => scalar(spec, &node),
    }
}

/// The example that a schema or a parameter gives.
pub(super) fn example<'a>(node: &Node<'a>) -> Option<&'a Value> {
    let first = || node.value.get("examples").and_then(|examples| examples.as_array()?.first());
    let found = node
        .value
        .get("example")
        .or_else(first)
        .or_else(|| node.value.get("default"))
        .or_else(|| node.value.get("const"));
    // Examples of whole documents make no readable manifest.
    found.filter(|value| !value.is_null() && value.to_string().len() <= 600)
}

fn scalar(spec: &Spec<'_>, node: &Node<'_>) -> Value {
    if let Some(first) = node.get("enum").and_then(|values| values.items().into_iter().find(|one| !one.value.is_null()))
    {
        return first.value.clone();
    }
    match what(spec, node) {
        What::Number => json!(1),
        What::Boolean => json!(true),
        What::Text => match node.text("format").unwrap_or_default() {
            "date-time" => json!("2026-11-25T12:00:00Z"),
            "date" => json!("2026-11-25"),
            "email" => json!("ann@example.com"),
            "uri" | "url" => json!("https://example.com"),
            "uuid" => json!("0198c0de-0000-7000-8000-000000000001"),
            _ => json!("text"),
        },
        _ => Value::Null,
    }
}
