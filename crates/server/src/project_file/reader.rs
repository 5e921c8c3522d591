//! Reads values out of a document and gathers every problem instead of stopping at the first.

use std::path::PathBuf;

use linchpin_domain::source::{Document, Problem, escape, unknown_key_message};
use linchpin_store::event_destinations::Target;
use secrecy::{ExposeSecret, SecretString};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::Plan;

/// What `{env: NAME}` stands for, by the pointer to the place where it stands and by its name.
pub type Variable = Box<dyn Fn(&str, &str) -> Option<String>>;

/// What `{env: NAME}` and paths stand for.
pub struct Resolver {
    /// Reads a variable of the environment; `None` where files may not name any (on a server).
    pub variable: Option<Variable>,
    /// The folder that relative paths begin in; `None` where files may not be named.
    pub folder: Option<PathBuf>,
}

impl Resolver {
    /// For a file on this machine.
    pub fn local(folder: PathBuf) -> Self {
        Self { variable: Some(Box::new(|_, name| std::env::var(name).ok())), folder: Some(folder) }
    }

    /// For what came over HTTP: everything must be resolved already.
    pub fn none() -> Self {
        Self { variable: None, folder: None }
    }
}

impl Resolver {
    /// The text of a file beside the one that is read.
    pub fn text(&self, path: &str) -> Result<String, String> {
        let Some(folder) = &self.folder else {
            return Err("a path cannot be read here; put the text itself in its place".into());
        };
        let path = folder.join(path);
        std::fs::read_to_string(&path).map_err(|error| format!("{} cannot be read: {error}", path.display()))
    }
}

/// A document being read.
pub struct Reader<'a> {
    pub doc: &'a Document,
    pub problems: Vec<Problem>,
    pub resolver: &'a Resolver,
}

impl<'a> Reader<'a> {
    pub fn problem(&mut self, pointer: &str, message: impl Into<String>) {
        self.problems.push(self.doc.problem(pointer, message));
    }

    pub fn key_problem(&mut self, pointer: &str, message: impl Into<String>) {
        self.problems.push(self.doc.key_problem(pointer, message));
    }

    /// The object under a pointer; `null` counts as empty. Anything else is a problem.
    pub fn object(&mut self, pointer: &str) -> Option<&'a Map<String, Value>> {
        static EMPTY: std::sync::LazyLock<Map<String, Value>> = std::sync::LazyLock::new(Map::new);
        match self.doc.value().pointer(pointer)? {
            Value::Object(object) => Some(object),
            Value::Null => Some(&EMPTY),
            other => {
                self.problem(
                    pointer,
                    format!("{} stands here; an object (`name: value` lines) is expected", kind(other)),
                );
                None
            }
        }
    }

    /// The same, with keys that are known. Unknown ones are problems that name the nearest.
    pub fn struct_of(&mut self, pointer: &str, known: &[&str]) -> Option<&'a Map<String, Value>> {
        let object = self.object(pointer)?;
        for key in object.keys() {
            if !known.contains(&key.as_str()) {
                self.key_problem(&join(pointer, key), unknown_key_message(key, known));
            }
        }
        Some(object)
    }

    pub fn list(&mut self, pointer: &str) -> Option<&'a Vec<Value>> {
        match self.doc.value().pointer(pointer)? {
            Value::Array(list) => Some(list),
            other => {
                self.problem(pointer, format!("{} stands here; a list is expected", kind(other)));
                None
            }
        }
    }

    /// A value of a type; `None` when it is absent or wrong.
    pub fn value<T: DeserializeOwned>(&mut self, pointer: &str) -> Option<T> {
        self.doc.value().pointer(pointer)?;
        match self.doc.read(pointer) {
            Ok(value) => Some(value),
            Err(mut problem) => {
                problem.message = friendlier(&problem.message);
                self.problems.push(problem);
                None
            }
        }
    }

    pub fn text(&mut self, pointer: &str) -> Option<String> {
        self.value(pointer)
    }

    /// A text that must not be empty.
    pub fn name(&mut self, pointer: &str) -> Option<String> {
        let text = self.text(pointer)?;
        if text.trim().is_empty() {
            self.problem(pointer, "this must not be empty");
            return None;
        }
        Some(text)
    }

    pub fn texts(&mut self, pointer: &str) -> Option<Vec<String>> {
        let list = self.list(pointer)?;
        (0..list.len()).map(|index| self.name(&format!("{pointer}/{index}"))).collect()
    }

    /// A text, or `{env: NAME}` for one that does not belong into a file.
    pub fn secret(&mut self, pointer: &str) -> Option<SecretString> {
        match self.doc.value().pointer(pointer)? {
            Value::String(text) => Some(SecretString::from(text.clone())),
            Value::Object(_) => {
                self.struct_of(pointer, &["env"])?;
                let at = join(pointer, "env");
                if self.doc.value().pointer(&at).is_none() {
                    self.problem(pointer, "name a variable of the environment: { env: NAME }");
                    return None;
                }
                let name = self.name(&at)?;
                let Some(variable) = &self.resolver.variable else {
                    self.problem(&at, "a server reads no variables for a file; `linchpin apply --server` fills them in before it sends");
                    return None;
                };
                let value = variable(pointer, &name);
                if value.is_none() {
                    self.problem(&at, format!("the environment variable {name} is not set"));
                }
                value.map(SecretString::from)
            }
            other => {
                let message = format!("{} stands here; a text or {{ env: NAME }} is expected", kind(other));
                self.problem(pointer, message);
                None
            }
        }
    }

    /// A text that may come from the environment but is no secret.
    pub fn plain(&mut self, pointer: &str) -> Option<String> {
        self.secret(pointer).map(|text| text.expose_secret().to_owned())
    }
}

/// Pointer to a key below another.
pub fn join(pointer: &str, key: &str) -> String {
    format!("{pointer}/{}", escape(key))
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "nothing",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

/// serde's words in ours.
fn friendlier(message: &str) -> String {
    let message = message.strip_prefix("invalid type: ").unwrap_or(message);
    for (theirs, ours) in [
        ("expected a string", "a text is expected (put it in quotes)"),
        ("expected a boolean", "true or false is expected"),
        ("expected a map", "an object (`name: value` lines) is expected"),
        ("expected i64", "a whole number is expected"),
    ] {
        if let Some(found) = message.strip_suffix(theirs) {
            let found = found.trim_end_matches(", ").replace("string ", "the text ").replace("integer ", "the number ");
            let found = match found.as_str() {
                "map" => "an object".to_owned(),
                "sequence" => "a list".to_owned(),
                "null" | "unit value" => "nothing".to_owned(),
                _ => found,
            };
            return format!("{found} stands here; {ours}");
        }
    }
    message.to_owned()
}

/// The document with secrets and paths filled in.
pub fn resolved(plan: &Plan) -> Value {
    let mut value = plan.doc.value().clone();
    let mut set = |pointer: String, text: &str| {
        if let Some(place) = value.pointer_mut(&pointer) {
            *place = Value::String(text.to_owned());
        }
    };
    for (name, secret) in &plan.secrets {
        set(join("/secrets", name), secret.expose_secret());
    }
    for key in &plan.signing_keys {
        set(join(&key.pointer, "publicKey"), &key.key.pem);
    }
    for integration in &plan.integrations {
        let app = join(&integration.pointer, "app");
        if let Some(text) = &integration.own {
            // A path means nothing elsewhere; a manifest that stands in the file is the same as text.
            set(join(&integration.pointer, "connector"), text);
        }
        if let Some(id) = &integration.client_id {
            set(join(&app, "clientId"), id);
        }
        if let Some(secret) = &integration.client_secret {
            set(join(&app, "clientSecret"), secret.expose_secret());
        }
    }
    for destination in &plan.destinations {
        if let Target::Webhook(url) = &destination.target {
            set(join(&destination.pointer, "webhook"), url);
        }
        if let Some(secret) = &destination.secret {
            set(join(&destination.pointer, "secret"), secret.expose_secret());
        }
        for (name, value) in &destination.written_headers {
            set(join(&join(&destination.pointer, "headers"), name), value.expose_secret());
        }
    }
    for credential in plan.users.iter().flat_map(|user| &user.credentials) {
        if let Some(token) = &credential.access_token {
            set(join(&credential.pointer, "accessToken"), token.expose_secret());
        }
        for (name, value) in &credential.inputs {
            set(join(&join(&credential.pointer, "inputs"), name), value.expose_secret());
        }
        if let Some(token) = &credential.refresh_token {
            set(join(&credential.pointer, "refreshToken"), token.expose_secret());
        }
    }
    value
}

/// Whether two texts of manifests say the same; an export writes one otherwise than a person did.
pub fn same_manifest(a: Option<&str>, b: Option<&str>) -> bool {
    let read = |text: &str| Document::parse("", text).ok().map(|document| document.value().clone());
    a == b || a.zip(b).is_some_and(|(a, b)| read(a).is_some_and(|a| Some(a) == read(b)))
}
