//! From an OpenAPI document to a manifest: `linchpin connector import`.
//!
//! OpenAPI 3.0 and 3.1 and Swagger 2.0, as YAML or JSON. What a manifest has no word for is not passed
//! over in silence: the report names it, where it stands, and what to do.
//!
//! | file | what it does |
//! |---|---|
//! | `spec` | the document: parts with their places, references, what differs between versions |
//! | `choose` | which operations become actions |
//! | `names` | names of actions that stay the same whatever is chosen |
//! | `schemas` | objects, kinds of values, samples |
//! | `inputs` | parameters and bodies: inputs and the request |
//! | `servers`, `auth`, `account` | where the API is, how an account is connected and told apart |
//! | `actions` | one action of one operation |
//! | `simulated` | what the simulator needs |
//! | `report` | what could not be carried over |

mod account;
mod actions;
mod auth;
mod choose;
mod inputs;
mod names;
mod report;
mod schemas;
mod servers;
mod simulated;
mod spec;
mod text;

use linchpin_domain::source::{Document, Problem};
use serde_json::{Map, Value, json};

pub use auth::Wanted;
pub use choose::Choice;
pub use report::{Finding, Kind, Report};

use report::Findings;
use spec::Spec;

/// Actions of one manifest unless said otherwise: what a person can find their way in.
pub const MOST_ACTIONS: usize = 100;

/// What the one who imports says.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// The connector's kind; made of the title when absent.
    pub kind: Option<String>,
    /// What people call it; the title when absent.
    pub name: Option<String>,
    /// Under which licence the document may be used, where it does not say.
    pub licence: Option<String>,
    /// Where the API is, in place of what the document says.
    pub server: Option<String>,
    /// How an account is connected, in place of what the document says.
    pub auth: Option<Wanted>,
    /// Which operations are wanted.
    pub choice: Choice,
}

/// What came of it.
#[derive(Debug, Clone)]
pub struct Imported {
    /// The manifest, as it is written to a file.
    pub manifest: Value,
    /// What it is made of, and what could not be carried over.
    pub report: Report,
}

/// Reads a document, JSON or YAML.
pub fn read(file: &str, text: &str) -> Result<Document, Problem> {
    let text = text.trim_start_matches('\u{feff}');
    if text.trim_start().starts_with('{') { Document::parse_json(file, text) } else { Document::parse(file, text) }
}

/// Makes a manifest. The error says why nothing could be made of the document.
pub fn import(document: &Document, options: &Options) -> Result<Imported, Problem> {
    let spec = Spec::new(document)?;
    let mut findings = Findings::new(&spec);
    let operations = choose::operations(&spec, &mut findings);
    let names = names::Names::of(&spec, &operations);
    let chosen = choose::choose(&spec, &operations, &options.choice, &mut findings)?;

    let mut servers = servers::Servers::new(&spec, options.server.as_deref(), &mut findings)?;
    let auth = auth::Auth::of(&spec, &chosen, options.auth.as_ref(), &mut servers, &mut findings);
    let made = actions::make(&spec, &chosen, &names, &auth, &mut servers, &mut findings)?;
    let account = account::Account::of(&spec, &made, &auth, &servers);
    account.note(&mut findings);
    beside(&spec, &mut findings);

    let title = spec.info_text("title").unwrap_or_else(|| "API".into());
    let name = options.name.clone().unwrap_or_else(|| text::name_of(&title));
    let kind = options.kind.clone().unwrap_or_else(|| text::kind_of(&name));
    let licence = licence(&spec, options, &mut findings);
    let description = spec
        .info_text("description")
        .and_then(|text| text::sentence(&text, 160))
        .unwrap_or_else(|| format!("Actions of {name}."));
    let version = spec.info_text("version").filter(|version| !version.is_empty());
    let source = format!(
        "Imported from {}, {} {}.",
        text::one_line(&title),
        spec.dialect.text(),
        version.as_deref().map_or_else(String::new, |version| format!("document version {version}")).trim(),
    )
    .replace(" .", ".");

    let mut manifest = Map::new();
    let mut put = |key: &str, value: Value| {
        let empty = value.is_null()
            || value.as_object().is_some_and(Map::is_empty)
            || value.as_array().is_some_and(Vec::is_empty);
        if !empty || key == "actions" {
            manifest.insert(key.to_owned(), value);
        }
    };
    put("kind", kind.into());
    put("name", name.clone().into());
    put("brandColor", "#475569".into());
    put("description", description.into());
    put("source", source.into());
    put("licence", licence.into());
    put("baseUrls", servers.base_urls());
    put("hosts", servers.hosts());
    put("versions", servers.versions());
    let (method, also) = auth.written(&account, &servers);
    put("auth", method);
    put("alsoAuth", also);
    let scopes = auth.scopes(&made);
    put("defaultScopes", scopes.keys().cloned().collect());
    put("scopes", Value::Object(scopes));
    put("errors", actions::errors(&spec, &chosen));
    put("account", account.rule());
    put("resources", actions::resources(&made));
    put("actions", Value::Object(made.iter().map(|one| (one.name.clone(), one.written())).collect()));
    put("simulator", simulated::part(&spec, &made, &auth, &account, &servers));

    let report = Report {
        file: document.file().to_owned(),
        title,
        version: version.unwrap_or_default(),
        format: spec.dialect.text(),
        operations: operations.len(),
        actions: made.len(),
        findings: findings.done(),
    };
    Ok(Imported { manifest: Value::Object(manifest), report })
}

/// What stands in the document beside operations and has no place in what is made of it.
fn beside(spec: &Spec<'_>, findings: &mut Findings<'_>) {
    if let Some(webhooks) = spec.root().get("webhooks") {
        for (_, hook) in webhooks.entries() {
            let message = "webhooks are not carried over: how a provider signs them does not stand in the document. \
                 Write `webhooks` and `triggers` by hand, or begin a workflow with a webhook of its own";
            findings.left_out("webhook", &hook, message);
        }
    }
}

/// The document's licence as SPDX writes it.
fn licence(spec: &Spec<'_>, options: &Options, findings: &mut Findings<'_>) -> String {
    if let Some(licence) = &options.licence {
        return licence.clone();
    }
    let info = spec.root().get("info");
    let stated = info.as_ref().and_then(|info| info.get("license"));
    let text = |key: &str| stated.as_ref().and_then(|node| node.text(key)).unwrap_or_default().to_owned();
    let (name, url, identifier) = (text("name"), text("url"), text("identifier"));
    if !identifier.is_empty() {
        return identifier;
    }
    if let Some(known) = text::spdx(&name, &url) {
        return known.to_owned();
    }
    let at = stated.or(info).unwrap_or_else(|| spec.root());
    let message = if name.is_empty() {
        "the document states no licence: find out whether you may use it, and say so with --licence".to_owned()
    } else {
        format!(
            "the licence `{}` is none that is known here: read it, and say by --licence which it is",
            text::one_line(&name)
        )
    };
    findings.guessed("licence", &at, message);
    "NOASSERTION".into()
}

/// A list of inputs or of values, left out where there is nothing in it.
fn some(list: Vec<Value>) -> Option<Value> {
    (!list.is_empty()).then(|| Value::Array(list))
}

/// An object without what has no value.
fn object<const N: usize>(entries: [(&str, Option<Value>); N]) -> Map<String, Value> {
    entries.into_iter().filter_map(|(key, value)| Some((key.to_owned(), value?))).collect()
}

/// `doubt: { strategy }`.
fn doubt(strategy: &str, header: Option<&str>) -> Value {
    match header {
        Some(header) => json!({"strategy": strategy, "header": header}),
        None => json!({"strategy": strategy}),
    }
}
