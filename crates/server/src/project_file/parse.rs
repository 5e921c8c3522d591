//! Text to [`Plan`]: everything that can be checked without the database, every problem at once.

use std::collections::BTreeMap;
use std::sync::Arc;

use linchpin_connectors::manifest::OWN;
use linchpin_connectors::{Manifest, Registry};
use linchpin_domain::source::{Document, nearest};
use linchpin_store::integrations::Theme;
use serde_json::{Map, Value};
use url::Url;

use super::reader::{Reader, Resolver, join};
use super::{
    Plan, PlannedIntegration, PlannedKey, PlannedPortal, Problems, beside, destinations, syncs, users, workflows,
};
use crate::signing_key;

/// Reads and checks a file.
pub fn parse(file: &str, text: &str, resolver: &Resolver, registry: &Registry) -> Result<Plan, Problems> {
    let doc = Document::parse(file, text).map_err(|problem| Problems(vec![problem]))?;
    let mut reader = Reader { doc: &doc, problems: Vec::new(), resolver };
    let parts = root(&mut reader, registry, resolver);
    let problems = reader.problems;
    match parts {
        Some(parts) if problems.is_empty() => Ok(Plan { doc, ..parts }),
        _ => {
            let mut problems = problems;
            // In the order of the file, as a person mends them.
            problems.sort_by_key(|problem| (problem.at.line, problem.at.column));
            Err(Problems(problems))
        }
    }
}

fn root(reader: &mut Reader<'_>, registry: &Registry, resolver: &Resolver) -> Option<Plan> {
    let known = [
        "project",
        "allowedOrigins",
        "signingKeys",
        "tokenIssuers",
        "secrets",
        "userMetadata",
        "appEvents",
        "integrations",
        "eventDestinations",
        "connectedUsers",
    ];
    let object = reader.struct_of("", &known)?;
    let project = if object.contains_key("project") {
        reader.name("/project")
    } else {
        reader.problem("", "`project: NAME` is missing; the name is the project's identity");
        None
    };
    let allowed_origins = reader.texts("/allowedOrigins");
    for (index, origin) in allowed_origins.iter().flatten().enumerate() {
        if let Some(message) = origin_problem(origin) {
            reader.problem(&format!("/allowedOrigins/{index}"), message);
        }
    }
    let signing_keys = signing_keys(reader);
    let token_issuers = super::issuers::read(reader);
    let secrets = secrets(reader);
    let user_metadata = reader.object("/userMetadata").cloned();
    let app_events = app_events(reader);
    let integrations = integrations(reader, registry, resolver);
    let destinations = destinations::read(reader);
    let users = users::read(reader);
    Some(Plan {
        doc: reader.doc.clone(),
        project: project?,
        allowed_origins,
        signing_keys,
        token_issuers,
        secrets,
        user_metadata,
        app_events,
        integrations,
        destinations,
        users,
    })
}

/// What is wrong with an allowed origin, if anything: `https://host`, `https://*.host`, `http://host:*`.
pub fn origin_problem(origin: &str) -> Option<String> {
    let example = "write for example `https://app.example.com`, `https://*.example.com` or `http://localhost:*`";
    let wrong = || Some(format!("`{origin}` is no origin; {example}"));
    let Some((scheme @ ("http" | "https"), rest)) = origin.split_once("://") else { return wrong() };
    let rest = rest.strip_suffix(":*").unwrap_or(rest);
    let rest = rest.strip_prefix("*.").unwrap_or(rest);
    if rest.contains(['*', '/', '?', '#', '@']) {
        return wrong();
    }
    match Url::parse(&format!("{scheme}://{rest}")) {
        Ok(url) if url.host_str().is_some_and(|host| !host.is_empty()) => None,
        _ => wrong(),
    }
}

fn signing_keys(reader: &mut Reader<'_>) -> Vec<PlannedKey> {
    let count = reader.list("/signingKeys").map_or(0, Vec::len);
    let mut keys: Vec<PlannedKey> = Vec::new();
    for index in 0..count {
        let pointer = format!("/signingKeys/{index}");
        let Some(object) = reader.struct_of(&pointer, &["name", "publicKey", "kid"]) else { continue };
        for needed in ["name", "publicKey"] {
            if !object.contains_key(needed) {
                reader.problem(
                    &pointer,
                    format!("`{needed}` is missing; a signing key is {{ name: backend, publicKey: public.pem }}"),
                );
            }
        }
        let name = reader.name(&join(&pointer, "name"));
        let kid = reader.name(&join(&pointer, "kid"));
        let key = public_key(reader, &join(&pointer, "publicKey"));
        let (Some(name), Some(key)) = (name, key) else { continue };
        if keys.iter().any(|other| other.name == name) {
            reader.problem(&join(&pointer, "name"), format!("two signing keys are named `{name}`"));
        } else if keys.iter().any(|other| other.key.kid == key.kid) {
            reader.problem(&join(&pointer, "publicKey"), "this key stands in the list twice");
        }
        keys.push(PlannedKey { pointer, name, key, kid });
    }
    keys
}

fn public_key(reader: &mut Reader<'_>, pointer: &str) -> Option<signing_key::PublicKey> {
    let text = reader.name(pointer)?;
    let pem = if text.contains("-----BEGIN") {
        text
    } else {
        let Some(folder) = &reader.resolver.folder else {
            reader.problem(pointer, "the PEM text of a public key is expected (-----BEGIN PUBLIC KEY-----)");
            return None;
        };
        let path = beside(folder, &text);
        match std::fs::read_to_string(&path) {
            Ok(pem) => pem,
            Err(error) => {
                reader.problem(pointer, format!("the key file {} cannot be read: {error}", path.display()));
                return None;
            }
        }
    };
    match signing_key::public(&pem) {
        Ok(key) => Some(key),
        Err(error) => {
            reader.problem(pointer, error.to_string());
            None
        }
    }
}

fn secrets(reader: &mut Reader<'_>) -> Vec<(String, secrecy::SecretString)> {
    let names: Vec<String> =
        reader.object("/secrets").map(|object| object.keys().cloned().collect()).unwrap_or_default();
    let mut secrets = Vec::new();
    for name in names {
        let pointer = join("/secrets", &name);
        if !is_identifier(&name) {
            reader.key_problem(
                &pointer,
                format!("`{name}` cannot be a secret's name: use letters, digits and `_`, and begin with a letter"),
            );
        }
        if let Some(value) = reader.secret(&pointer) {
            secrets.push((name, value));
        }
    }
    secrets
}

/// Letters, digits and `_`, beginning with no digit: what an expression can name after a dot.
pub fn is_identifier(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

fn app_events(reader: &mut Reader<'_>) -> Vec<(String, Map<String, Value>)> {
    let names: Vec<String> =
        reader.object("/appEvents").map(|object| object.keys().cloned().collect()).unwrap_or_default();
    let mut events = Vec::new();
    for name in names {
        let pointer = join("/appEvents", &name);
        if name.trim().is_empty() {
            reader.key_problem(&pointer, "an App Event needs a name");
        }
        if let Some(example) = reader.object(&pointer) {
            events.push((name, example.clone()));
        }
    }
    events
}

fn integrations(reader: &mut Reader<'_>, registry: &Registry, resolver: &Resolver) -> Vec<PlannedIntegration> {
    let kinds: Vec<String> =
        reader.object("/integrations").map(|object| object.keys().cloned().collect()).unwrap_or_default();
    let mut planned: Vec<PlannedIntegration> = Vec::new();
    for kind in kinds {
        let pointer = join("/integrations", &kind);
        if kind.starts_with(OWN) {
            let Some((manifest, text)) = own_connector(reader, &pointer, &kind, resolver) else { continue };
            if let Some(integration) = integration(reader, pointer, &kind, &manifest, Some(text)) {
                add(reader, &mut planned, integration);
            }
            continue;
        }
        let Some(manifest) = registry.find(&kind) else {
            let known: Vec<&str> = registry.list().map(|manifest| manifest.kind.as_str()).collect();
            let hint = nearest(&kind, known.iter().copied()).map_or_else(
                || format!("the connectors are {}", known.join(", ")),
                |near| format!("did you mean `{near}`?"),
            );
            reader.key_problem(&pointer, format!("there is no connector `{kind}`; {hint}"));
            continue;
        };
        if let Some(integration) = integration(reader, pointer, &kind, manifest, None) {
            add(reader, &mut planned, integration);
        }
    }
    planned
}

fn add(reader: &mut Reader<'_>, planned: &mut Vec<PlannedIntegration>, integration: PlannedIntegration) {
    for workflow in &integration.workflows {
        if planned.iter().flat_map(|other| &other.workflows).any(|other| other.name == workflow.name) {
            reader.key_problem(
                &workflow.pointer,
                format!("another integration has a workflow named `{}`; names are unique in a project", workflow.name),
            );
        }
    }
    planned.push(integration);
}

/// A connector of the project's own: a path beside the file, or the manifest itself.
fn own_connector(
    reader: &mut Reader<'_>,
    pointer: &str,
    kind: &str,
    resolver: &Resolver,
) -> Option<(Arc<Manifest>, String)> {
    if !is_slug(kind) {
        reader.key_problem(pointer, "a name after `custom.` has lower-case letters, digits, `-` and `_`");
        return None;
    }
    let at = join(pointer, "connector");
    let (name, text) = match reader.doc.value().pointer(&at).cloned() {
        // Between machines the manifest travels as text.
        Some(Value::String(text)) if text.contains('\n') => ("connector".to_owned(), text),
        Some(Value::String(path)) => match resolver.text(&path) {
            Ok(text) => (path, text),
            Err(message) => {
                reader.problem(&at, message);
                return None;
            }
        },
        Some(manifest @ Value::Object(_)) => ("connector".to_owned(), super::yaml::write(&manifest)),
        _ => {
            reader.problem(pointer, "say by `connector` what it is: the path of a manifest, or the manifest itself");
            return None;
        }
    };
    match linchpin_connectors::check_own(&name, &text) {
        Ok(mut manifest) => {
            kind.clone_into(&mut manifest.kind);
            Some((Arc::new(manifest), text))
        }
        Err(problems) => {
            for problem in problems {
                reader.problem(&at, format!("the connector has a mistake: {problem}"));
            }
            None
        }
    }
}

/// `custom.` and a name.
pub fn is_slug(kind: &str) -> bool {
    kind.strip_prefix(OWN).is_some_and(|name| {
        (1..=64).contains(&name.len())
            && name
                .bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'-' | b'_'))
    })
}

fn integration(
    reader: &mut Reader<'_>,
    pointer: String,
    kind: &str,
    manifest: &Arc<Manifest>,
    own: Option<String>,
) -> Option<PlannedIntegration> {
    let known = ["active", "app", "apiVersion", "baseUrls", "portal", "settings", "syncs", "workflows", "connector"];
    reader.struct_of(&pointer, &known)?;
    if own.is_none() && reader.doc.value().pointer(&join(&pointer, "connector")).is_some() {
        reader.key_problem(
            &join(&pointer, "connector"),
            format!("`{kind}` comes with the binary; a connector of your own is called `custom.` and a name"),
        );
    }
    let app = join(&pointer, "app");
    reader.struct_of(&app, &["clientId", "clientSecret", "scopes", "optionalScopes"]);
    let settings = workflows::settings(reader, &join(&pointer, "settings"), manifest);
    let syncs = syncs::read(reader, &join(&pointer, "syncs"), manifest);
    let workflows = workflows::read(reader, &join(&pointer, "workflows"), settings.as_deref(), manifest);
    Some(PlannedIntegration {
        kind: kind.to_owned(),
        manifest: Arc::clone(manifest),
        own,
        active: reader.value(&join(&pointer, "active")),
        client_id: reader.plain(&join(&app, "clientId")),
        client_secret: reader.secret(&join(&app, "clientSecret")),
        scopes: scopes(reader, &join(&app, "scopes")),
        optional_scopes: scopes(reader, &join(&app, "optionalScopes")),
        api_version: api_version(reader, &join(&pointer, "apiVersion"), manifest),
        base_urls: base_urls(reader, &join(&pointer, "baseUrls"), manifest),
        portal: portal(reader, &join(&pointer, "portal")),
        settings,
        syncs,
        workflows,
        pointer,
    })
}

fn scopes(reader: &mut Reader<'_>, pointer: &str) -> Option<Vec<String>> {
    let scopes = reader.texts(pointer)?;
    for (index, scope) in scopes.iter().enumerate() {
        if scope.contains(char::is_whitespace) {
            reader.problem(&format!("{pointer}/{index}"), format!("`{scope}` holds a space; write one scope an entry"));
        }
    }
    Some(scopes)
}

fn api_version(reader: &mut Reader<'_>, pointer: &str, manifest: &Manifest) -> Option<String> {
    let version = reader.name(pointer)?;
    if !manifest.versions.offered.contains_key(&version) {
        let offered: Vec<String> = manifest.versions.offered.keys().map(|name| format!("\"{name}\"")).collect();
        reader.problem(
            pointer,
            format!("{} has no API version \"{version}\"; it has {}", manifest.name, offered.join(", ")),
        );
        return None;
    }
    Some(version)
}

fn base_urls(reader: &mut Reader<'_>, pointer: &str, manifest: &Manifest) -> Option<BTreeMap<String, String>> {
    let known: Vec<&str> = manifest.base_urls.keys().map(String::as_str).collect();
    let names: Vec<String> = reader.struct_of(pointer, &known)?.keys().cloned().collect();
    let mut urls = BTreeMap::new();
    for name in names {
        let at = join(pointer, &name);
        let Some(text) = reader.plain(&at) else { continue };
        match Url::parse(&text) {
            Ok(url)
                if matches!(url.scheme(), "http" | "https") && url.query().is_none() && url.username().is_empty() =>
            {
                urls.insert(name, text.trim_end_matches('/').to_owned());
            }
            _ => {
                reader
                    .problem(&at, format!("`{text}` is no base address; write for example \"http://127.0.0.1:4801\""));
            }
        }
    }
    Some(urls)
}

fn portal(reader: &mut Reader<'_>, pointer: &str) -> PlannedPortal {
    reader.struct_of(pointer, &["description", "overview", "accentColor", "theme", "branding"]);
    let accent_color = reader.text(&join(pointer, "accentColor"));
    if let Some(colour) = &accent_color {
        let valid = colour.len() == 7 && colour.starts_with('#') && colour[1..].chars().all(|c| c.is_ascii_hexdigit());
        if !valid {
            let message = format!("`{colour}` is no colour; write for example \"#ff7a59\", in quotes");
            reader.problem(&join(pointer, "accentColor"), message);
        }
    }
    let theme = match reader.text(&join(pointer, "theme")).as_deref() {
        None => None,
        Some("system") => Some(Theme::System),
        Some("light") => Some(Theme::Light),
        Some("dark") => Some(Theme::Dark),
        Some(other) => {
            reader.problem(&join(pointer, "theme"), format!("`{other}` is no theme; there are system, light, dark"));
            None
        }
    };
    PlannedPortal {
        description: reader.text(&join(pointer, "description")),
        overview: reader.text(&join(pointer, "overview")),
        accent_color,
        theme,
        branding: reader.value(&join(pointer, "branding")),
    }
}
