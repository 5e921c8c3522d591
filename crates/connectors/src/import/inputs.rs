//! Parameters and bodies: what an action asks for, and the request that it is put into.

mod body;

use indexmap::IndexMap;
use serde_json::{Map, Value, json};

use super::choose::Operation;
use super::names::Shape;
use super::report::Findings;
use super::schemas::{self, What};
use super::spec::{Dialect, Node, Spec};
use super::text::{cut, label, literal, sentence, words};
use super::{object, some};

/// Inputs of one action: what a form can show.
const MOST_INPUTS: usize = 80;
/// Choices of one input.
const MOST_OPTIONS: usize = 100;
/// Headers that the call itself has.
const OWN_HEADERS: [&str; 6] = ["authorization", "content-type", "accept", "user-agent", "host", "content-length"];
/// Names that mean something else within a manifest's requests.
const TAKEN: [&str; 4] = ["fields", "fieldNames", "additionalFields", "properties"];
const LIMIT: [&str; 15] = [
    "limit",
    "per_page",
    "perpage",
    "page_size",
    "pagesize",
    "page-size",
    "max_results",
    "maxresults",
    "maxitems",
    "count",
    "size",
    "top",
    "page[size]",
    "page[limit]",
    "first",
];
const AFTER: [&str; 19] = [
    "after",
    "cursor",
    "starting_after",
    "page_token",
    "pagetoken",
    "next_token",
    "nexttoken",
    "next_page_token",
    "continuation",
    "continuation_token",
    "offset",
    "skip",
    "start",
    "startat",
    "page",
    "pagenumber",
    "page_number",
    "page[cursor]",
    "page[number]",
];

/// One input.
#[derive(Debug, Clone)]
pub(super) struct Input {
    pub name: String,
    pub required: bool,
    /// As the manifest has it.
    pub written: Value,
}

/// What an operation asks for.
#[derive(Debug, Clone, Default)]
pub(super) struct Asked {
    pub inputs: Vec<Input>,
    /// The path after the part that all share.
    pub path: String,
    pub query: Map<String, Value>,
    pub headers: Map<String, Value>,
    pub body: Option<Value>,
    pub form: bool,
    /// Whether lists in the query repeat their names.
    pub repeated: bool,
    /// The header that makes repeating safe.
    pub idempotency: Option<String>,
    /// Names of body properties by input.
    pub of_body: IndexMap<String, String>,
}

/// Why an operation has no place in a manifest.
pub(super) struct NotToBeHad(pub &'static str, pub String);

struct Making<'a, 's, 'f> {
    spec: &'s Spec<'a>,
    findings: &'s mut Findings<'f>,
    asked: Asked,
    left: usize,
}

/// Reads what an operation asks for. An error says why no action can be made of it.
pub(super) fn read<'a>(
    spec: &Spec<'a>,
    operation: &Operation<'a>,
    shape: Shape,
    keys: &[String],
    findings: &mut Findings<'_>,
) -> Result<Asked, NotToBeHad> {
    let mut making = Making { spec, findings, asked: Asked::default(), left: 0 };
    let parameters = parameters(spec, operation);
    making.path(operation, shape, &parameters)?;
    for parameter in &parameters {
        let place = parameter.text("in").unwrap_or_default();
        let name = parameter.text("name").unwrap_or_default();
        match place {
            "query" | "header" if keys.iter().any(|key| key.eq_ignore_ascii_case(name)) => {}
            "query" => making.query(parameter, name),
            "header" if OWN_HEADERS.contains(&name.to_lowercase().as_str()) => {}
            "header" => making.header(parameter, name),
            "cookie" => making.findings.left_out(
                "cookie",
                parameter,
                format!(
                    "`{name}` would stand in a cookie, which actions do not send; if it is needed, use a request step"
                ),
            ),
            _ => {}
        }
    }
    making.body(operation, &parameters)?;
    if making.left > 0 {
        let message = format!(
            "{} inputs are left out: an action has {MOST_INPUTS} at most, those that are needed first",
            making.left
        );
        making.findings.left_out("inputs", &operation.node, message);
    }
    Ok(making.asked)
}

/// The parameters of an operation: its own, and those of its path that it does not say anew.
fn parameters<'a>(spec: &Spec<'a>, operation: &Operation<'a>) -> Vec<Node<'a>> {
    let mut found: Vec<Node<'a>> = Vec::new();
    for node in [&operation.node, &operation.item] {
        for parameter in node.get("parameters").map(|list| list.items()).unwrap_or_default() {
            let Some(parameter) = spec.resolve(&parameter) else { continue };
            let key = |node: &Node<'_>| (node.text("in").map(str::to_owned), node.text("name").map(str::to_owned));
            if !found.iter().any(|one| key(one) == key(&parameter)) {
                found.push(parameter);
            }
        }
    }
    found
}

impl<'a> Making<'a, '_, '_> {
    fn path(&mut self, operation: &Operation<'a>, shape: Shape, parameters: &[Node<'a>]) -> Result<(), NotToBeHad> {
        let wrong = |message: &str| NotToBeHad("path", format!("{}: {message}", operation.title()));
        let (path, query) = match operation.path.split_once('?') {
            Some((path, query)) => (path, Some(query)),
            None => (operation.path, None),
        };
        if path.contains('#') {
            return Err(wrong("a path with `#` in it is no path that can be called; write the action by hand"));
        }
        for (name, value) in query.into_iter().flat_map(|query| url::form_urlencoded::parse(query.as_bytes())) {
            if !value.contains('{') {
                self.asked.query.insert(name.into_owned(), literal(&value).into());
            }
        }
        let path = path.trim_end_matches('/');
        let last = path.rfind('{').filter(|_| path.ends_with('}'));
        let mut written = String::new();
        let mut rest = path;
        let mut at = 0;
        while let Some(open) = rest.find('{') {
            let Some(close) = rest[open..].find('}').map(|close| open + close) else {
                return Err(wrong("a brace is not closed; write the action by hand"));
            };
            let name = &rest[open + 1..close];
            written.push_str(&literal(&rest[..open]));
            let is_id = last == Some(at + open) && matches!(shape, Shape::Get | Shape::Update | Shape::Delete);
            let parameter =
                parameters.iter().find(|one| one.text("in") == Some("path") && one.text("name") == Some(name));
            if parameter.is_none() {
                self.findings.guessed(
                    "path-parameter",
                    &operation.item,
                    format!("`{name}` stands in the path and is described nowhere; it is asked for as a text"),
                );
            }
            let wanted = if is_id { "id" } else { name };
            let schema = parameter.and_then(|one| self.schema(one));
            let input = self.add(wanted, name, parameter, schema.as_ref(), true);
            written.push_str(&format!("{{{input}}}"));
            at += close + 1;
            rest = &rest[close + 1..];
        }
        if rest.contains('}') {
            return Err(wrong("a brace is closed that was not opened; write the action by hand"));
        }
        written.push_str(&literal(rest));
        self.asked.path = written;
        Ok(())
    }

    /// A parameter's schema: in Swagger 2.0 it is the parameter itself.
    fn schema(&self, parameter: &Node<'a>) -> Option<Node<'a>> {
        if self.spec.dialect == Dialect::Swagger {
            return Some(parameter.clone());
        }
        parameter.get("schema").or_else(|| {
            let content = parameter.get("content")?.entries();
            content.into_iter().next()?.1.get("schema")
        })
    }

    fn query(&mut self, parameter: &Node<'a>, name: &str) {
        let schema = self.schema(parameter);
        let folded = name.trim_start_matches('$').to_lowercase();
        let required = parameter.flag("required");
        let wanted = if required {
            name
        } else if LIMIT.contains(&folded.as_str()) && !self.has("limit") {
            "limit"
        } else if AFTER.contains(&folded.as_str()) && !self.has("after") {
            "after"
        } else {
            name
        };
        if self.full(required) {
            return;
        }
        let input = self.add(wanted, name, Some(parameter), schema.as_ref(), required);
        let what = schema.as_ref().map_or(What::Anything, |schema| schemas::what(self.spec, schema));
        if what == What::List {
            let separate = match self.spec.dialect {
                Dialect::Swagger => parameter.text("collectionFormat") == Some("multi"),
                Dialect::OpenApi(_) => {
                    let explode = parameter.value.get("explode").and_then(Value::as_bool);
                    explode.unwrap_or_else(|| parameter.text("style").is_none_or(|style| style == "form"))
                }
            };
            self.asked.repeated |= separate;
            let other = parameter.text("style").is_some_and(|style| style != "form")
                || matches!(parameter.text("collectionFormat"), Some("ssv" | "tsv" | "pipes"));
            if other {
                self.findings.changed(
                    "list-style",
                    parameter,
                    format!("the values of `{name}` are sent with commas between them; the document has another way"),
                );
            }
        } else if what == What::Object {
            self.findings.changed("object-in-query", parameter, format!("`{name}` is an object in the query: it is sent as JSON; where the API wants its parts by name, write them as inputs of their own"));
        }
        self.asked.query.insert(name.to_owned(), format!("{{{input}}}").into());
    }

    fn header(&mut self, parameter: &Node<'a>, name: &str) {
        if http::HeaderName::try_from(name).is_err() {
            self.findings.left_out("header", parameter, format!("`{name}` is no header name"));
            return;
        }
        if name.to_lowercase().replace('_', "-").ends_with("idempotency-key") {
            self.asked.idempotency = Some(name.to_owned());
            return;
        }
        let required = parameter.flag("required");
        if self.full(required) {
            return;
        }
        let schema = self.schema(parameter);
        let input = self.add(name, name, Some(parameter), schema.as_ref(), required);
        self.asked.headers.insert(name.to_owned(), format!("{{{input}}}").into());
    }

    fn has(&self, name: &str) -> bool {
        self.asked.inputs.iter().any(|input| input.name == name)
    }

    /// Whether there is no more room for an input that is not needed.
    fn full(&mut self, required: bool) -> bool {
        let full = !required && self.asked.inputs.len() >= MOST_INPUTS;
        self.left += usize::from(full);
        full
    }

    /// Adds an input, and gives the name that it has now.
    fn add(
        &mut self,
        wanted: &str,
        original: &str,
        described: Option<&Node<'a>>,
        schema: Option<&Node<'a>>,
        required: bool,
    ) -> String {
        let plain: String =
            wanted.chars().map(|c| if c.is_ascii_alphanumeric() || matches!(c, '_' | '-') { c } else { '_' }).collect();
        let plain = plain.trim_matches('_').to_owned();
        let base = if plain.is_empty() { "input".to_owned() } else { plain };
        let mut name = if TAKEN.contains(&base.as_str()) { format!("{base}_") } else { base.clone() };
        let mut count = 2;
        while self.has(&name) {
            name = format!("{base}_{count}");
            count += 1;
        }
        let resolved = schema.and_then(|schema| self.spec.resolve(schema));
        let (kind, options) = self.kind(wanted, original, resolved.as_ref(), schema.is_none());
        let help = help(wanted, original, described, resolved.as_ref());
        let found = [resolved.as_ref(), described].into_iter().flatten().find_map(schemas::example);
        let placeholder = found.filter(|_| options.is_empty()).map(|value| match value {
            Value::String(text) if kind != "json" => cut(&super::text::one_line(text), 60),
            value => value.to_string(),
        });
        let sample = || {
            let schema = resolved.as_ref().filter(|_| kind == "json")?;
            let sample = schemas::sample(self.spec, schema);
            Some(sample.to_string()).filter(|text| text.len() > 2 && text.len() <= 300 && text != "null")
        };
        let placeholder =
            placeholder.filter(|text| text.len() <= 300 && !text.is_empty() && text != "null").or_else(sample);
        let title = if wanted == "id" && original != "id" { id_label(original) } else { label(original) };
        let written = object([
            ("name", Some(name.clone().into())),
            ("title", Some(cut(&title, 60).into())),
            ("type", (kind != "text").then(|| kind.into())),
            ("required", required.then(|| true.into())),
            ("placeholder", placeholder.map(Value::from)),
            ("help", help.map(Value::from)),
            ("options", some(options)),
        ]);
        self.asked.inputs.push(Input { name: name.clone(), required, written: Value::Object(written) });
        name
    }

    fn kind(
        &self,
        wanted: &str,
        original: &str,
        schema: Option<&Node<'a>>,
        anything: bool,
    ) -> (&'static str, Vec<Value>) {
        let Some(schema) = schema else {
            return (if anything && original == "body" { "json" } else { "text" }, Vec::new());
        };
        let what = schemas::what(self.spec, schema);
        let values: Vec<Value> = schema
            .get("enum")
            .map(|values| values.items())
            .unwrap_or_default()
            .into_iter()
            .filter(|one| !one.value.is_null())
            .map(|one| one.value.clone())
            .collect();
        match what {
            What::Text if !values.is_empty() && values.len() <= MOST_OPTIONS => {
                let options = values.iter().filter_map(Value::as_str).filter(|value| !value.is_empty());
                ("enum", options.map(|value| json!({"value": value, "label": option_label(value)})).collect())
            }
            What::Text => {
                let name = original.to_lowercase();
                let long = ["description", "body", "content", "message", "notes", "note", "comment", "html", "text"]
                    .contains(&name.as_str());
                let kind = match schema.text("format").unwrap_or_default() {
                    "date-time" => "time",
                    "email" => "email",
                    _ if long && wanted != "id" => "textarea",
                    _ => "text",
                };
                (kind, Vec::new())
            }
            What::Number => ("number", Vec::new()),
            What::Boolean => ("boolean", Vec::new()),
            What::List => {
                let items = schema.get("items").map(|items| schemas::what(self.spec, &items));
                // A list of texts can be written with commas; numbers would become texts.
                (if items == Some(What::Text) { "list" } else { "json" }, Vec::new())
            }
            What::Object => ("json", Vec::new()),
            What::Anything => (
                if schema.get("oneOf").or_else(|| schema.get("anyOf")).is_some() { "json" } else { "text" },
                Vec::new(),
            ),
        }
    }
}

/// A sentence beside an input.
fn help(wanted: &str, original: &str, described: Option<&Node<'_>>, schema: Option<&Node<'_>>) -> Option<String> {
    let text = [described, schema].into_iter().flatten().find_map(|node| sentence(node.text("description")?, 160));
    // What the inputs of pages are called at the API is what its answers and documents say.
    if matches!(wanted, "limit" | "after") && wanted != original {
        let text = text.map_or_else(String::new, |text| format!(" {text}"));
        return Some(format!("The API calls it {original}.{text}"));
    }
    text.filter(|text| !text.eq_ignore_ascii_case(&label(original)))
}

/// A value in which braces stand for themselves.
pub(super) fn literal_value(value: &Value) -> Value {
    match value {
        Value::String(text) => literal(text).into(),
        Value::Array(items) => items.iter().map(literal_value).collect(),
        Value::Object(entries) => {
            Value::Object(entries.iter().map(|(key, value)| (key.clone(), literal_value(value))).collect())
        }
        other => other.clone(),
    }
}

fn option_label(value: &str) -> String {
    if value.chars().all(|c| c.is_ascii_lowercase() || matches!(c, '_' | '-')) && !words(value).is_empty() {
        label(value)
    } else {
        value.to_owned()
    }
}

/// `petId` as `Pet ID`.
fn id_label(original: &str) -> String {
    let label = label(original);
    if label.to_lowercase().contains("id") { label } else { format!("{label} ID").replace("ID ID", "ID") }
}
