//! What a person entered to connect an account: checked against what the manifest asks for.

use linchpin_domain::source::nearest;
use serde_json::{Map, Value};

use crate::access::is_host_part;
use crate::manifest::{AccountInput, AccountInputKind, Manifest, Method};
use crate::shape::text_of;

/// The longest value.
const LONGEST: usize = 8 * 1024;

/// Which of what is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asked {
    /// Before connecting.
    Before,
    /// Once the account is there.
    After,
}

/// Reads what was entered. Values that do not fit are the error, each with the input's name.
pub fn answers(
    manifest: &Manifest,
    method: &Method,
    asked: Asked,
    given: &Map<String, Value>,
) -> Result<Map<String, Value>, Vec<(String, String)>> {
    let inputs = match asked {
        Asked::Before => &method.inputs,
        Asked::After => &method.later_inputs,
    };
    let mut read = Map::new();
    let mut problems = Vec::new();
    for input in inputs {
        match given.get(&input.name).filter(|value| !value.is_null()) {
            Some(Value::Object(_) | Value::Array(_)) => {
                problems.push((input.name.clone(), format!("{} takes a text", input.title)));
            }
            Some(value) => match one(manifest, input, &text_of(value)) {
                Ok(Some(text)) => {
                    read.insert(input.name.clone(), Value::String(text));
                }
                Ok(None) => {}
                Err(message) => problems.push((input.name.clone(), message)),
            },
            None if input.optional => {}
            None => problems.push((input.name.clone(), needed(input))),
        }
    }
    for name in given.keys().filter(|name| !method.all_inputs().any(|input| input.name == **name)) {
        let hint = nearest(name, inputs.iter().map(|input| input.name.as_str()))
            .map_or_else(String::new, |near| format!("; did you mean `{near}`?"));
        problems.push((name.clone(), format!("{} does not ask for `{name}`{hint}", manifest.name)));
    }
    if problems.is_empty() { Ok(read) } else { Err(problems) }
}

fn needed(input: &AccountInput) -> String {
    format!("{} is needed", input.title)
}

fn one(manifest: &Manifest, input: &AccountInput, text: &str) -> Result<Option<String>, String> {
    let text = text.trim();
    if text.is_empty() {
        return if input.optional { Ok(None) } else { Err(needed(input)) };
    }
    if text.len() > LONGEST || text.chars().any(char::is_control) {
        return Err(format!("{} is one line of text", input.title));
    }
    match input.kind {
        AccountInputKind::Text | AccountInputKind::Secret => Ok(Some(text.to_owned())),
        AccountInputKind::Email => match text.split_once('@') {
            Some((name, host)) if !name.is_empty() && !host.is_empty() && !text.contains(char::is_whitespace) => {
                Ok(Some(text.to_owned()))
            }
            _ => Err(format!("{} is an e-mail address, such as ann@example.com", input.title)),
        },
        AccountInputKind::Enum => {
            if input.options.iter().any(|option| option.value == text) {
                return Ok(Some(text.to_owned()));
            }
            let known: Vec<_> = input.options.iter().map(|option| format!("`{}`", option.value)).collect();
            Err(format!("{} is one of {}", input.title, known.join(", ")))
        }
        AccountInputKind::Subdomain => {
            // People copy the whole address.
            let mut text = without_scheme(text);
            if let Some(suffix) = &input.suffix {
                text = text.strip_suffix(&suffix.to_ascii_lowercase()).unwrap_or(&text).to_owned();
            }
            if is_host_part(&text) && !text.contains('.') {
                return Ok(Some(text));
            }
            let suffix = input.suffix.as_deref().map_or_else(String::new, |suffix| format!(" before `{suffix}`"));
            Err(format!("{} is the part of the address{suffix}: letters, digits and `-`", input.title))
        }
        AccountInputKind::Host => {
            let text = without_scheme(text);
            if is_host_part(&text) && manifest.takes_host(&text) {
                return Ok(Some(text));
            }
            let hosts = manifest.hosts.join(", ");
            Err(format!("{} is the name of a host, such as api.example.com (taken are: {hosts})", input.title))
        }
    }
}

fn without_scheme(text: &str) -> String {
    let text = text.to_ascii_lowercase();
    let text = text.strip_prefix("https://").unwrap_or(&text);
    text.trim_end_matches('/').to_owned()
}
