//! The document: its parts with their places, references, and what differs between its versions.

use linchpin_domain::source::{Document, Problem, escape};
use serde_json::Value;

/// References that lead from one to the next.
const HOPS: usize = 32;
/// Methods that an action can have.
pub(super) const METHODS: [&str; 5] = ["get", "post", "put", "patch", "delete"];

/// A part of the document, and where it stands.
#[derive(Debug, Clone)]
pub(super) struct Node<'a> {
    pub at: String,
    pub value: &'a Value,
}

impl<'a> Node<'a> {
    pub(super) fn get(&self, key: &str) -> Option<Node<'a>> {
        let value = self.value.get(key).filter(|value| !value.is_null())?;
        Some(Node { at: format!("{}/{}", self.at, escape(key)), value })
    }

    pub(super) fn text(&self, key: &str) -> Option<&'a str> {
        self.value.get(key)?.as_str()
    }

    pub(super) fn flag(&self, key: &str) -> bool {
        self.value.get(key).and_then(Value::as_bool).unwrap_or(false)
    }

    /// Keys and values of an object.
    pub(super) fn entries(&self) -> Vec<(&'a str, Node<'a>)> {
        let entries = self.value.as_object().into_iter().flatten();
        entries.map(|(key, value)| (key.as_str(), Node { at: format!("{}/{}", self.at, escape(key)), value })).collect()
    }

    /// Elements of a list.
    pub(super) fn items(&self) -> Vec<Node<'a>> {
        let items = self.value.as_array().into_iter().flatten().enumerate();
        items.map(|(index, value)| Node { at: format!("{}/{index}", self.at), value }).collect()
    }
}

/// Which language the document is written in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Dialect {
    /// Swagger 2.0.
    Swagger,
    /// OpenAPI 3.0 or 3.1, with its number.
    OpenApi(String),
}

impl Dialect {
    pub(super) fn text(&self) -> String {
        match self {
            Self::Swagger => "Swagger 2.0".into(),
            Self::OpenApi(number) => format!("OpenAPI {number}"),
        }
    }
}

/// A document that describes an API.
pub(super) struct Spec<'a> {
    pub document: &'a Document,
    pub dialect: Dialect,
}

impl<'a> Spec<'a> {
    /// Sees what the document is. The error says what is wrong with it.
    pub(super) fn new(document: &'a Document) -> Result<Self, Problem> {
        let root = document.value();
        if !root.is_object() {
            return Err(document
                .problem("", "this is no OpenAPI document: an object with `openapi`, `info` and `paths` is expected"));
        }
        // A number where the text is written without quotes.
        let number = |key: &str| match root.get(key)? {
            Value::String(text) => Some(text.trim().to_owned()),
            Value::Number(number) => Some(number.to_string()),
            _ => None,
        };
        let dialect = match (number("openapi"), number("swagger")) {
            (Some(number), _) if number.starts_with("3.0") || number.starts_with("3.1") => Dialect::OpenApi(number),
            (Some(number), _) => {
                return Err(document.problem(
                    "/openapi",
                    format!("OpenAPI {number} is not read here; OpenAPI 3.0 and 3.1 and Swagger 2.0 are"),
                ));
            }
            (None, Some(number)) if number == "2.0" || number == "2" => Dialect::Swagger,
            (None, Some(number)) => {
                return Err(document.problem(
                    "/swagger",
                    format!("Swagger {number} is not read here; Swagger 2.0 and OpenAPI 3.0 and 3.1 are"),
                ));
            }
            (None, None) => {
                return Err(document.problem(
                    "",
                    "this is no OpenAPI document: neither `openapi` nor `swagger` says which version it has",
                ));
            }
        };
        if !root.get("paths").is_none_or(Value::is_object) {
            return Err(document.problem("/paths", "`paths` is an object of paths, each with its operations"));
        }
        Ok(Self { document, dialect })
    }

    pub(super) fn root(&self) -> Node<'a> {
        Node { at: String::new(), value: self.document.value() }
    }

    pub(super) fn info_text(&self, key: &str) -> Option<String> {
        match self.root().get("info")?.value.get(key)? {
            Value::String(text) => Some(text.trim().to_owned()).filter(|text| !text.is_empty()),
            Value::Number(number) => Some(number.to_string()),
            _ => None,
        }
    }

    /// What a part is, references followed. `None` where a reference leads nowhere, in a circle, or into
    /// another document.
    pub(super) fn resolve(&self, node: &Node<'a>) -> Option<Node<'a>> {
        let mut node = node.clone();
        for _ in 0..HOPS {
            let Some(reference) = node.text("$ref") else { return Some(node) };
            let pointer = decoded(reference.strip_prefix('#')?);
            node = Node { value: self.document.value().pointer(&pointer)?, at: pointer };
        }
        None
    }

    /// The ways to prove who calls, by name.
    pub(super) fn security_schemes(&self) -> Vec<(&'a str, Node<'a>)> {
        let found = match self.dialect {
            Dialect::Swagger => self.root().get("securityDefinitions"),
            Dialect::OpenApi(_) => self.root().get("components").and_then(|node| node.get("securitySchemes")),
        };
        let entries = found.map(|node| node.entries()).unwrap_or_default();
        entries.into_iter().filter_map(|(name, node)| Some((name, self.resolve(&node)?))).collect()
    }

    /// Every path with its item.
    pub(super) fn paths(&self) -> Vec<(&'a str, Node<'a>)> {
        let entries = self.root().get("paths").map(|node| node.entries()).unwrap_or_default();
        entries
            .into_iter()
            .filter(|(path, _)| path.starts_with('/'))
            .map(|(path, node)| (path, self.resolve(&node).unwrap_or(node)))
            .collect()
    }

    /// The answer to a success: status and schema of its JSON; whether it has a body that is none.
    pub(super) fn success(&self, operation: &Node<'a>) -> Success<'a> {
        let mut success = Success { status: None, schema: None, other: None };
        let Some(responses) = operation.get("responses") else { return success };
        let mut all: Vec<(&str, Node<'a>)> = responses.entries();
        all.retain(|(code, _)| code.starts_with('2') || *code == "default");
        all.sort_by_key(|(code, _)| (*code == "default", *code));
        let Some((code, response)) = all.into_iter().find_map(|(code, node)| Some((code, self.resolve(&node)?))) else {
            return success;
        };
        success.status = code.parse().ok();
        let found = match self.dialect {
            Dialect::Swagger => {
                let produces = operation.get("produces").or_else(|| self.root().get("produces"));
                let kinds: Vec<&str> =
                    produces.iter().flat_map(Node::items).filter_map(|kind| kind.value.as_str()).collect();
                let schema = response.get("schema");
                if schema.is_some() && !kinds.is_empty() && !kinds.iter().any(|kind| is_json(kind)) {
                    success.other = kinds.first().map(|kind| (*kind).to_owned());
                }
                schema
            }
            Dialect::OpenApi(_) => {
                let content = response.get("content").map(|node| node.entries()).unwrap_or_default();
                let json = content.iter().find(|(kind, _)| is_json(kind));
                if json.is_none() {
                    success.other = content.first().map(|(kind, _)| (*kind).to_owned());
                }
                json.and_then(|(_, media)| media.get("schema"))
            }
        };
        success.schema = found;
        success
    }

    /// Schemas of what is answered in place of a success.
    pub(super) fn failures(&self, operation: &Node<'a>) -> Vec<Node<'a>> {
        let responses = operation.get("responses").map(|node| node.entries()).unwrap_or_default();
        let failures = responses.into_iter().filter(|(code, _)| code.starts_with(['4', '5']) || *code == "default");
        failures
            .filter_map(|(_, node)| {
                let response = self.resolve(&node)?;
                match self.dialect {
                    Dialect::Swagger => response.get("schema"),
                    Dialect::OpenApi(_) => {
                        let content = response.get("content")?.entries();
                        content.into_iter().find(|(kind, _)| is_json(kind))?.1.get("schema")
                    }
                }
            })
            .collect()
    }
}

/// What a success answers.
pub(super) struct Success<'a> {
    pub status: Option<u16>,
    pub schema: Option<Node<'a>>,
    /// The type of a body that is no JSON.
    pub other: Option<String>,
}

/// Whether a media type is JSON. One that stands for all is taken for it.
pub(super) fn is_json(kind: &str) -> bool {
    let kind = kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    kind == "application/json"
        || kind.ends_with("+json")
        || kind.ends_with("/json")
        || kind == "*/*"
        || kind == "application/*"
}

/// A pointer in a reference: percent-encoding undone.
fn decoded(pointer: &str) -> String {
    crate::call::decode(pointer)
}
