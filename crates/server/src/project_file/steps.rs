//! A workflow's steps in the file.

use linchpin_domain::delay::Delay;
use linchpin_domain::workflow::{Function, OnError, Step};
use serde_json::Value;

use super::reader::{Reader, join};

const LATER_STEPS: [&str; 4] = ["request", "if", "forEach", "response"];
/// The kinds of steps; a step is one of them.
const KINDS: [&str; 3] = ["action", "delay", "function"];

/// As they are read.
pub fn read(reader: &mut Reader<'_>, pointer: &str) -> Option<Vec<Step>> {
    let list = reader.list(pointer)?;
    Some(
        list.iter().enumerate().filter_map(|(index, item)| step(reader, &format!("{pointer}/{index}"), item)).collect(),
    )
}

fn step(reader: &mut Reader<'_>, pointer: &str, item: &Value) -> Option<Step> {
    let example =
        "a step is one key with its parts below it, for example `- create_contact: { action: contacts.create }`";
    let key = match item.as_object() {
        Some(object) if object.contains_key("action") || object.contains_key("inputs") => {
            reader.problem(pointer, format!("this step has no key; {example}"));
            return None;
        }
        Some(object) if object.len() == 1 => object.keys().next().expect("it has one").clone(),
        Some(object) if object.len() > 1 => {
            reader.problem(
                pointer,
                format!(
                    "this step has {} keys ({}): indent its parts below its key; {example}",
                    object.len(),
                    object.keys().cloned().collect::<Vec<_>>().join(", ")
                ),
            );
            return None;
        }
        _ => {
            reader.problem(pointer, example);
            return None;
        }
    };
    let at = join(pointer, &key);
    let known = [
        "title",
        "action",
        "inputs",
        "onError",
        "retry",
        "request",
        "function",
        "if",
        "then",
        "else",
        "forEach",
        "as",
        "steps",
        "concurrency",
        "delay",
        "response",
    ];
    let object = reader.struct_of(&at, &known)?;
    if reader.unsupported(&at, &LATER_STEPS, "steps are") {
        return None;
    }
    reader.unsupported(&at, &["then", "else", "as", "steps", "concurrency"], "of steps is");
    let kinds: Vec<&str> = KINDS.into_iter().filter(|kind| object.contains_key(*kind)).collect();
    let kind = match kinds[..] {
        [kind] => kind,
        [] => {
            reader.problem(&at, "`action` is missing, for example `action: contacts.create`");
            return None;
        }
        [one, another, ..] => {
            reader.problem(&at, format!("a step is one thing: this has `{one}` and `{another}`; make two steps of it"));
            return None;
        }
    };
    let delay = if kind == "delay" { Some(delay(reader, &join(&at, "delay"))?) } else { None };
    let function = if kind == "function" { Some(function(reader, &join(&at, "function"))?) } else { None };
    let on_error = match reader.text(&join(&at, "onError")).as_deref() {
        None | Some("stop") => OnError::Stop,
        Some("continue") => OnError::Continue,
        Some(other) => {
            reader.problem(&join(&at, "onError"), format!("`{other}` is not known here; there are stop and continue"));
            OnError::Stop
        }
    };
    Some(Step {
        key,
        title: reader.text(&join(&at, "title")),
        action: if kind == "action" { Some(reader.name(&join(&at, "action"))?) } else { None },
        connector: None,
        inputs: reader.object(&join(&at, "inputs")).cloned().unwrap_or_default(),
        delay,
        function,
        on_error,
        retry: reader.value(&join(&at, "retry")).unwrap_or(true),
    })
}

fn delay(reader: &mut Reader<'_>, pointer: &str) -> Option<Delay> {
    let object = reader.struct_of(pointer, &["amount", "unit"])?;
    let Some(amount) = object.get("amount").cloned() else {
        reader.problem(pointer, "`amount` is missing, for example { amount: 5, unit: minutes }");
        return None;
    };
    let unit = reader.value(&join(pointer, "unit")).unwrap_or_default();
    Some(Delay { amount, unit })
}

fn function(reader: &mut Reader<'_>, pointer: &str) -> Option<Function> {
    reader.struct_of(pointer, &["code", "parameters"])?;
    let at = join(pointer, "parameters");
    let parameters = reader.object(&at).cloned().unwrap_or_default();
    let Some(code) = reader.text(&join(pointer, "code")) else {
        reader.problem(pointer, "`code` is missing, for example { code: \"return parameters.email.toLowerCase()\" }");
        return None;
    };
    Some(Function { code, parameters })
}
