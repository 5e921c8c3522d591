//! Names of actions, `<resource>.<verb>`: readable, and the same whatever is chosen of a document.
//!
//! They are made of paths for all operations, before any is chosen. Where two would have the same name
//! both get a longer one, so that the order of the document means nothing.

use std::collections::HashMap;

use super::choose::Operation;
use super::schemas;
use super::spec::Spec;
use super::text::{camel, words};

/// What an operation does, as far as its method and path tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    /// `POST /pets`
    Create,
    /// `GET /pets`
    List,
    /// `GET /pets/{id}`
    Get,
    /// `PUT` or `PATCH /pets/{id}`
    Update,
    /// `DELETE /pets/{id}`
    Delete,
    /// All else.
    Call,
}

/// A path taken apart.
struct Parts {
    /// Words of the path that are no parameters, without versions.
    literals: Vec<String>,
    /// Whether it ends in a parameter.
    ends_in_parameter: bool,
    /// Whether a parameter stands before the last literal.
    within_one: bool,
}

fn parts(path: &str) -> Parts {
    let path = path.split(['?', '#']).next().unwrap_or_default();
    let segments: Vec<&str> = path.split('/').filter(|segment| !segment.is_empty()).collect();
    let is_parameter = |segment: &str| segment.starts_with('{') && segment.ends_with('}');
    let is_version = |segment: &str| {
        matches!(segment, "api" | "rest")
            || segment.strip_prefix(['v', 'V']).is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
            || segment.chars().all(|c| c.is_ascii_digit() || c == '.')
    };
    let literal = |segment: &&&str| !is_parameter(segment) && !is_version(segment) && !words(segment).is_empty();
    let literals: Vec<&&str> = segments.iter().filter(literal).collect();
    let last = segments.iter().rposition(|segment| literal(&segment));
    let within_one = last.is_some_and(|last| segments[..last].iter().any(|segment| is_parameter(segment)));
    Parts {
        literals: literals
            .into_iter()
            .map(|segment| segment.trim_end_matches(".json").replace(['{', '}'], " "))
            .collect(),
        ends_in_parameter: segments.last().is_some_and(|segment| is_parameter(segment)),
        within_one,
    }
}

/// The resource and what is done, and what stands before the resource.
fn of(spec: &Spec<'_>, operation: &Operation<'_>) -> (Vec<String>, String, String, Shape) {
    let Parts { mut literals, ends_in_parameter, within_one } = parts(operation.path);
    let last = literals.pop().unwrap_or_default();
    let method = operation.method;
    if last.is_empty() {
        let resource = operation.tags.first().map(|tag| camel(tag)).filter(|tag| !tag.is_empty());
        let verb = if method == "get" { "get" } else { method };
        return (literals, resource.unwrap_or_else(|| "root".into()), verb.to_owned(), Shape::Call);
    }
    // `chat.postMessage` and its like say both.
    if !ends_in_parameter
        && let Some((resource, verb)) = last.rsplit_once(['.', ':'])
        && !camel(resource).is_empty()
        && !camel(verb).is_empty()
    {
        return (literals, camel(resource), camel(verb), Shape::Call);
    }
    let (verb, shape) = match (method, ends_in_parameter) {
        ("get", true) => ("get", Shape::Get),
        ("get", false) => {
            let schema = spec.success(&operation.node).schema;
            let list = schema.is_none_or(|schema| schemas::list(spec, &schema).is_some());
            if list { ("list", Shape::List) } else { ("get", Shape::Call) }
        }
        ("post", false) => ("create", Shape::Create),
        ("patch", true) => ("update", Shape::Update),
        ("put", true) => ("replace", Shape::Update),
        ("delete", true) => ("delete", Shape::Delete),
        ("post", true) => ("post", Shape::Call),
        ("delete", _) => ("clear", Shape::Call),
        ("patch", _) => ("update", Shape::Call),
        _ => ("set", Shape::Call),
    };
    // `POST /messages/{id}/send` sends a message, and makes no send.
    if shape == Shape::Create
        && within_one
        && !last.ends_with('s')
        && let Some(owner) = literals.last()
    {
        let owner = camel(owner);
        literals.pop();
        return (literals, owner, camel(&last), Shape::Call);
    }
    (literals, camel(&last), verb.to_owned(), shape)
}

/// The names of all operations of a document.
pub(super) struct Names {
    /// By where the operation stands.
    names: HashMap<String, (String, Shape)>,
}

impl Names {
    pub(super) fn of(spec: &Spec<'_>, operations: &[Operation<'_>]) -> Self {
        let told: Vec<_> = operations.iter().map(|operation| of(spec, operation)).collect();
        let mut level = vec![0_u8; operations.len()];
        let name = |index: usize, level: u8| {
            let (before, resource, verb, _) = &told[index];
            let longer = |count: usize| {
                let from = before.len().saturating_sub(count);
                camel(&format!("{} {resource}", before[from..].join(" ")))
            };
            let resource = match level {
                0 => resource.clone(),
                1 => longer(1),
                _ => longer(usize::MAX),
            };
            let own = operations[index].id.map(camel).filter(|id| !id.is_empty());
            let verb = match (level, own) {
                (3.., Some(own)) => own,
                (3.., None) => camel(&format!("{verb} {}", operations[index].path)),
                _ => verb.clone(),
            };
            format!("{resource}.{verb}")
        };
        let mut names: Vec<String> = (0..operations.len()).map(|index| name(index, 0)).collect();
        for _ in 0..8 {
            let mut seen: HashMap<String, usize> = HashMap::new();
            for name in &names {
                *seen.entry(name.to_lowercase()).or_default() += 1;
            }
            let mut again = false;
            for index in 0..operations.len() {
                if seen[&names[index].to_lowercase()] > 1 && level[index] < 3 {
                    level[index] += 1;
                    names[index] = name(index, level[index]);
                    again = true;
                }
            }
            if !again {
                break;
            }
        }
        // What is still the same is told apart by its place among those that are.
        let mut order: Vec<usize> = (0..operations.len()).collect();
        order.sort_by_key(|index| (operations[*index].path, operations[*index].method));
        let mut taken: HashMap<String, usize> = HashMap::new();
        for index in order {
            let count = taken.entry(names[index].to_lowercase()).or_default();
            *count += 1;
            if *count > 1 {
                names[index] = format!("{}{count}", names[index]);
            }
        }
        let names = operations.iter().zip(names).zip(&told);
        Self { names: names.map(|((operation, name), told)| (operation.node.at.clone(), (name, told.3))).collect() }
    }

    /// The name of an operation, and what it does.
    pub(super) fn find(&self, operation: &Operation<'_>) -> (String, Shape) {
        self.names.get(&operation.node.at).cloned().unwrap_or_else(|| ("root.call".into(), Shape::Call))
    }
}
