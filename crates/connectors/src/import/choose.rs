//! Which operations become actions.

use linchpin_domain::source::{Problem, nearest};

use super::MOST_ACTIONS;
use super::report::Findings;
use super::spec::{METHODS, Node, Spec};

/// Methods that no action has.
const OTHER_METHODS: [&str; 3] = ["head", "options", "trace"];

/// Which operations are wanted. Nothing said: all that are not deprecated, as many as fit.
#[derive(Debug, Clone, Default)]
pub struct Choice {
    /// Only operations with one of these tags.
    pub tags: Vec<String>,
    /// Only paths that begin so; a `*` at the end ends within a part of a path.
    pub paths: Vec<String>,
    /// Only operations with these ids.
    pub operations: Vec<String>,
    /// Deprecated ones too.
    pub deprecated: bool,
    /// How many at most.
    pub most: Option<usize>,
}

/// An operation of the document.
#[derive(Debug, Clone)]
pub(super) struct Operation<'a> {
    pub path: &'a str,
    pub method: &'static str,
    /// What all operations of the path share.
    pub item: Node<'a>,
    pub node: Node<'a>,
    pub id: Option<&'a str>,
    pub tags: Vec<&'a str>,
    pub deprecated: bool,
}

impl Operation<'_> {
    /// As people know it.
    pub(super) fn title(&self) -> String {
        format!("{} {}", self.method.to_ascii_uppercase(), self.path)
    }
}

/// Every operation, in the order of the document.
pub(super) fn operations<'a>(spec: &Spec<'a>, findings: &mut Findings<'_>) -> Vec<Operation<'a>> {
    let mut operations = Vec::new();
    for (path, item) in spec.paths() {
        if item.text("$ref").is_some() {
            findings.left_out(
                "reference",
                &item,
                "this path stands elsewhere and could not be read; bundle the documents into one",
            );
            continue;
        }
        for (key, node) in item.entries() {
            if OTHER_METHODS.contains(&key) {
                let method = key.to_ascii_uppercase();
                findings.left_out(
                    "method",
                    &node,
                    format!("{method} is no method of actions; nothing needs to be done unless you want it"),
                );
            }
            let Some(method) = METHODS.into_iter().find(|method| *method == key) else { continue };
            if !node.value.is_object() {
                continue;
            }
            let tags = node.get("tags").map(|tags| tags.items()).unwrap_or_default();
            operations.push(Operation {
                path,
                method,
                item: item.clone(),
                id: node.text("operationId").filter(|id| !id.trim().is_empty()),
                tags: tags.into_iter().filter_map(|tag| tag.value.as_str()).collect(),
                deprecated: node.flag("deprecated"),
                node,
            });
        }
    }
    operations
}

/// Those that become actions. The error says which choice fits nothing.
pub(super) fn choose<'a>(
    spec: &Spec<'a>,
    all: &[Operation<'a>],
    choice: &Choice,
    findings: &mut Findings<'_>,
) -> Result<Vec<Operation<'a>>, Problem> {
    let wrong = |message: String| Err(spec.document.problem("/paths", message));
    if all.is_empty() {
        return wrong("the document describes no operation that an action could be made of".into());
    }
    for tag in &choice.tags {
        let known = || all.iter().flat_map(|operation| operation.tags.iter().copied());
        if !known().any(|one| one == tag) {
            return wrong(no_such("tag", tag, known()));
        }
    }
    for id in &choice.operations {
        let known = || all.iter().filter_map(|operation| operation.id);
        if !known().any(|one| one == id) {
            return wrong(no_such("operation", id, known()));
        }
    }
    for path in &choice.paths {
        if !all.iter().any(|operation| below(operation.path, path)) {
            return wrong(no_such("path", path, all.iter().map(|operation| operation.path)));
        }
    }
    let wanted = |operation: &&Operation<'a>| {
        (choice.tags.is_empty() || choice.tags.iter().any(|tag| operation.tags.contains(&tag.as_str())))
            && (choice.operations.is_empty() || choice.operations.iter().any(|id| operation.id == Some(id)))
            && (choice.paths.is_empty() || choice.paths.iter().any(|path| below(operation.path, path)))
    };
    let mut chosen: Vec<&Operation<'a>> = all.iter().filter(wanted).collect();
    if !choice.deprecated {
        // Who names an operation wants it.
        let kept = |operation: &&Operation<'a>| !operation.deprecated || !choice.operations.is_empty();
        for operation in chosen.iter().filter(|operation| !kept(operation)) {
            let message = format!("{} is deprecated; --deprecated takes such ones too", operation.title());
            findings.left_out("deprecated", &operation.node, message);
        }
        chosen.retain(kept);
    }
    if chosen.is_empty() {
        return wrong("no operation is left: choose others, or take deprecated ones too with --deprecated".into());
    }
    let most = choice.most.unwrap_or(MOST_ACTIONS);
    if chosen.len() > most {
        let at = &chosen[most].node;
        let message = format!(
            "{} more operations are left out, from {} on: {most} actions are made at most. Choose with --tag, --path or --operation, or say --limit",
            chosen.len() - most,
            chosen[most].title()
        );
        findings.left_out("limit", at, message);
        chosen.truncate(most);
    }
    Ok(chosen.into_iter().cloned().collect())
}

fn below(path: &str, prefix: &str) -> bool {
    if let Some(start) = prefix.strip_suffix('*') {
        return path.starts_with(start);
    }
    let prefix = prefix.trim_end_matches('/');
    path.strip_prefix(prefix).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

fn no_such<'n>(what: &str, name: &str, known: impl Iterator<Item = &'n str>) -> String {
    let mut names: Vec<&str> = known.collect();
    names.sort_unstable();
    names.dedup();
    if let Some(near) = nearest(name, names.iter().copied()) {
        return format!("there is no {what} `{name}`; did you mean `{near}`?");
    }
    let more = names.len().saturating_sub(20);
    let listed: Vec<String> = names.iter().take(20).map(|name| format!("`{name}`")).collect();
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    if listed.is_empty() {
        format!("there is no {what} `{name}`; there are none")
    } else {
        format!("there is no {what} `{name}`; there are {}{more}", listed.join(", "))
    }
}
