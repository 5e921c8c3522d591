//! What a person entered to connect an account: checked against what the manifest asks for.

use std::fmt;

use linchpin_domain::source::nearest;
use serde_json::{Map, Value};

use crate::access::is_host_part;
use crate::free;
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

/// A value that does not fit what is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Misfit {
    /// The input's name.
    pub input: String,
    /// What people call it; the name where nothing of that name is asked.
    pub title: String,
    /// What is wrong with it.
    pub why: Why,
}

/// What is wrong with a value. Its words are those of whoever shows it: [`Misfit`] has English ones.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Why {
    /// It is missing.
    Needed,
    /// It is a list or an object.
    NotText,
    /// It is very long, or of several lines.
    NotOneLine,
    /// It is no e-mail address.
    NotEmail,
    /// It is none of these.
    NotOffered(Vec<String>),
    /// It is not one part of a host name, before this suffix.
    NotSubdomain(Option<String>),
    /// It is no host name, or none of these.
    NotHost(Vec<String>),
    /// It is no base address.
    NotAddress,
    /// It is no header, or one of the connection.
    NotHeader,
    /// Nothing of that name is asked.
    NotAsked {
        /// Who does not ask.
        connector: String,
        /// What may have been meant.
        nearest: Option<String>,
    },
}

impl fmt::Display for Misfit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let title = &self.title;
        match &self.why {
            Why::Needed => write!(f, "{title} is needed"),
            Why::NotText => write!(f, "{title} takes a text"),
            Why::NotOneLine => write!(f, "{title} is one line of text"),
            Why::NotEmail => write!(f, "{title} is an e-mail address, such as ann@example.com"),
            Why::NotOffered(values) => {
                let known: Vec<_> = values.iter().map(|value| format!("`{value}`")).collect();
                write!(f, "{title} is one of {}", known.join(", "))
            }
            Why::NotSubdomain(suffix) => {
                let suffix = suffix.as_deref().map_or_else(String::new, |suffix| format!(" before `{suffix}`"));
                write!(f, "{title} is the part of the address{suffix}: letters, digits and hyphens")
            }
            Why::NotHost(hosts) => {
                let hosts = hosts.join(", ");
                write!(f, "{title} is the name of a host, such as api.example.com (taken are: {hosts})")
            }
            Why::NotAddress => {
                write!(
                    f,
                    "{title} is the base address of an API, https and a host by name, such as https://api.example.com/v1"
                )
            }
            Why::NotHeader => write!(f, "{title} is the name of a header that a key can travel in, such as X-API-Key"),
            Why::NotAsked { connector, nearest } => {
                let hint = nearest.as_deref().map_or_else(String::new, |near| format!("; did you mean `{near}`?"));
                write!(f, "{connector} does not ask for `{title}`{hint}")
            }
        }
    }
}

/// Reads what was entered. All values that do not fit are the error.
pub fn answers(
    manifest: &Manifest,
    method: &Method,
    asked: Asked,
    given: &Map<String, Value>,
) -> Result<Map<String, Value>, Vec<Misfit>> {
    let inputs = method.asked(asked);
    let mut read = Map::new();
    let mut misfits = Vec::new();
    for input in inputs {
        let found = match given.get(&input.name).filter(|value| !value.is_null()) {
            Some(Value::Object(_) | Value::Array(_)) => Err(Why::NotText),
            Some(value) => one(manifest, input, &text_of(value)),
            None if input.optional => Ok(None),
            None => Err(Why::Needed),
        };
        match found {
            Ok(Some(text)) => {
                read.insert(input.name.clone(), Value::String(text));
            }
            Ok(None) => {}
            Err(why) => misfits.push(Misfit { input: input.name.clone(), title: input.title.clone(), why }),
        }
    }
    for name in given.keys().filter(|name| !method.all_inputs().any(|input| input.name == **name)) {
        let nearest = nearest(name, inputs.iter().map(|input| input.name.as_str())).map(str::to_owned);
        let why = Why::NotAsked { connector: manifest.name.clone(), nearest };
        misfits.push(Misfit { input: name.clone(), title: name.clone(), why });
    }
    if misfits.is_empty() { Ok(read) } else { Err(misfits) }
}

fn one(manifest: &Manifest, input: &AccountInput, text: &str) -> Result<Option<String>, Why> {
    let text = text.trim();
    if text.is_empty() {
        return if input.optional { Ok(None) } else { Err(Why::Needed) };
    }
    if text.len() > LONGEST || text.chars().any(char::is_control) {
        return Err(Why::NotOneLine);
    }
    match input.kind {
        AccountInputKind::Text | AccountInputKind::Secret => Ok(Some(text.to_owned())),
        AccountInputKind::Email => match text.split_once('@') {
            Some((name, host)) if !name.is_empty() && !host.is_empty() && !text.contains(char::is_whitespace) => {
                Ok(Some(text.to_owned()))
            }
            _ => Err(Why::NotEmail),
        },
        AccountInputKind::Enum => {
            if input.options.iter().any(|option| option.value == text) {
                return Ok(Some(text.to_owned()));
            }
            Err(Why::NotOffered(input.options.iter().map(|option| option.value.clone()).collect()))
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
            Err(Why::NotSubdomain(input.suffix.clone()))
        }
        AccountInputKind::Address => {
            let url = free::address(text).map_err(|_| Why::NotAddress)?;
            if !manifest.takes_host(url.host_str().unwrap_or_default()) {
                return Err(Why::NotHost(manifest.hosts.clone()));
            }
            Ok(Some(url.as_str().trim_end_matches('/').to_owned()))
        }
        AccountInputKind::Header => match free::header(text) {
            Ok(_) => Ok(Some(text.to_owned())),
            Err(_) => Err(Why::NotHeader),
        },
        AccountInputKind::Host => {
            let text = without_scheme(text);
            if is_host_part(&text) && manifest.takes_host(&text) {
                return Ok(Some(text));
            }
            Err(Why::NotHost(manifest.hosts.clone()))
        }
    }
}

fn without_scheme(text: &str) -> String {
    let text = text.to_ascii_lowercase();
    let text = text.strip_prefix("https://").unwrap_or(&text);
    text.trim_end_matches('/').to_owned()
}
