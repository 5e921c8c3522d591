//! Where the API is: base URLs, and the part of paths that all share.

use indexmap::IndexMap;
use linchpin_domain::source::Problem;
use serde_json::{Map, Value, json};
use url::{Host, Url};

use super::report::Findings;
use super::spec::{Dialect, Node, Spec};
use super::text::{camel, label, literal};

/// Something that is asked of who connects an account, because it is a part of the address.
#[derive(Debug, Clone)]
pub(super) struct Asked {
    pub name: String,
    pub title: String,
    pub whole: bool,
    pub suffix: Option<String>,
    pub sample: String,
}

/// An address taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Place {
    /// The name of the base URL.
    pub base: String,
    /// What stands before the path: `{paths.api}`, or a path as it is.
    pub before: String,
}

/// The base URLs of a manifest.
pub(super) struct Servers {
    bases: IndexMap<String, String>,
    /// What all paths begin with.
    prefix: String,
    pub asked: Vec<Asked>,
    /// The address of the API, for addresses that are told in relation to it.
    api: Option<Url>,
}

impl Servers {
    /// Reads what the document says. `given` is used in its place.
    pub(super) fn new(spec: &Spec<'_>, given: Option<&str>, findings: &mut Findings<'_>) -> Result<Self, Problem> {
        let mut servers = Self { bases: IndexMap::new(), prefix: String::new(), asked: Vec::new(), api: None };
        if let Some(given) = given {
            let url = Url::parse(given).ok().filter(|url| url.scheme() == "https" && url.query().is_none());
            let Some(url) = url.filter(|url| matches!(url.host(), Some(Host::Domain(_)))) else {
                return Err(spec.document.problem(
                    "",
                    format!("`{given}` is no address of an API; write --server https://api.example.com/v1"),
                ));
            };
            servers.take(&url);
            return Ok(servers);
        }
        let (told, at, more) = first(spec);
        if more {
            findings.changed("servers", &at, "there are several servers: the first is taken. Take another with --server, or set base URLs at the integration");
        }
        let url = told.map(|server| fill(spec, &server, &mut servers.asked, findings));
        match url.as_deref().and_then(known) {
            Some((url, http)) => {
                if http {
                    findings.changed(
                        "http",
                        &at,
                        "this server is called without encryption; `https` is written in its place",
                    );
                }
                servers.take(&url);
            }
            None => {
                // The path may still be told.
                let path = url.as_deref().and_then(path_of).unwrap_or_default();
                servers.asked = vec![Asked {
                    name: "host".into(),
                    title: "Host".into(),
                    whole: true,
                    suffix: None,
                    sample: "api.example.com".into(),
                }];
                servers.bases.insert("api".into(), "https://{account.host}".into());
                servers.prefix = path;
                findings.guessed("server", &at, "the document does not say where on the internet the API is: each user is asked for its host. Where there is one for all, say --server https://api.example.com");
            }
        }
        Ok(servers)
    }

    fn take(&mut self, url: &Url) {
        let mut base = origin(url);
        for asked in &self.asked {
            base = base.replace(&asked.sample, &format!("{{account.{}}}", asked.name));
        }
        self.bases.insert("api".into(), base);
        url.path().trim_end_matches('/').clone_into(&mut self.prefix);
        self.api = Some(url.clone());
    }

    /// The place of an operation: where its own servers say another address than the document's.
    pub(super) fn place(&mut self, spec: &Spec<'_>, own: Option<Node<'_>>, findings: &mut Findings<'_>) -> Place {
        let general = Place {
            base: "api".into(),
            before: if self.prefix.is_empty() { String::new() } else { "{paths.api}".into() },
        };
        let Some(server) = own.as_ref().and_then(|own| own.items().into_iter().next()) else { return general };
        let mut asked = Vec::new();
        let url = fill(spec, &server, &mut asked, findings);
        let found = self.resolve(&url).filter(|_| asked.is_empty());
        let Some(url) = found else {
            findings.changed(
                "servers",
                &server,
                "this operation has a server of its own that could not be read; the document's is taken",
            );
            return general;
        };
        let base = self.base(&url);
        let before = url.path().trim_end_matches('/').to_owned();
        if base == "api" && before == self.prefix { general } else { Place { base, before: literal(&before) } }
    }

    /// The name of an address's base URL, which is added where it is new.
    pub(super) fn base(&mut self, url: &Url) -> String {
        let origin = origin(url);
        if let Some((name, _)) = self.bases.iter().find(|(_, known)| **known == origin) {
            return name.clone();
        }
        let first = url.host_str().unwrap_or_default().split('.').next().unwrap_or_default();
        let mut name = camel(first);
        if name.is_empty() || self.bases.contains_key(&name) {
            name = format!("{name}{}", self.bases.len() + 1);
        }
        self.bases.insert(name.clone(), origin);
        name
    }

    /// An address as the document writes it, perhaps in relation to the API's.
    pub(super) fn resolve(&self, text: &str) -> Option<Url> {
        let text = text.trim();
        let url = match known(text) {
            Some((url, _)) => url,
            None => self.api.as_ref()?.join(text).ok()?,
        };
        (url.scheme() == "https").then_some(url)
    }

    pub(super) fn base_urls(&self) -> Value {
        Value::Object(self.bases.iter().map(|(name, url)| (name.clone(), Value::from(url.as_str()))).collect())
    }

    pub(super) fn hosts(&self) -> Value {
        if self.asked.iter().any(|asked| asked.whole) { json!(["*"]) } else { Value::Null }
    }

    pub(super) fn versions(&self) -> Value {
        let last = self.prefix.rsplit('/').next().unwrap_or_default();
        let version =
            if last.strip_prefix(['v', 'V']).is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit())) {
                last
            } else {
                "v1"
            };
        let mut versions = Map::new();
        versions.insert("default".into(), version.into());
        if !self.prefix.is_empty() {
            versions.insert("paths".into(), json!({"api": self.prefix}));
        }
        versions.insert("offered".into(), json!({version: {}}));
        Value::Object(versions)
    }
}

/// The first server, where it stands, and whether there are others.
fn first<'a>(spec: &Spec<'a>) -> (Option<Node<'a>>, Node<'a>, bool) {
    let root = spec.root();
    match spec.dialect {
        Dialect::Swagger => (
            root.get("host").map(|_| root.clone()).or_else(|| root.get("basePath").map(|_| root.clone())),
            root.get("host").unwrap_or(root),
            false,
        ),
        Dialect::OpenApi(_) => {
            let at = root.get("servers").unwrap_or_else(|| root.clone());
            let all = root.get("servers").map(|servers| servers.items()).unwrap_or_default();
            let more = all.len() > 1;
            (all.into_iter().next(), at, more)
        }
    }
}

/// A server's address with its variables: one in the host is asked for, all else has its default.
fn fill(spec: &Spec<'_>, server: &Node<'_>, asked: &mut Vec<Asked>, findings: &mut Findings<'_>) -> String {
    if spec.dialect == Dialect::Swagger {
        let schemes = server.get("schemes").map(|list| list.items()).unwrap_or_default();
        let secure = schemes.is_empty() || schemes.iter().any(|scheme| scheme.value == "https");
        let path = server.text("basePath").unwrap_or_default();
        return match server.text("host") {
            Some(host) => format!("{}://{host}{path}", if secure { "https" } else { "http" }),
            None => path.to_owned(),
        };
    }
    let mut url = server.text("url").unwrap_or_default().trim().to_owned();
    if url.starts_with("//") {
        url.insert_str(0, "https:");
    }
    let variables = server.get("variables").map(|node| node.entries()).unwrap_or_default();
    for (name, variable) in variables {
        let placeholder = format!("{{{name}}}");
        let default = match variable.value.get("default") {
            Some(Value::String(text)) => text.clone(),
            Some(Value::Number(number)) => number.to_string(),
            _ => String::new(),
        };
        let begins_host = url.starts_with(&format!("https://{placeholder}."));
        if begins_host && variable.get("enum").is_none() {
            let sample = format!("linchpin-{}", asked.len());
            let rest = url[8 + placeholder.len()..].split(['/', ':']).next().unwrap_or_default().to_owned();
            asked.push(Asked {
                name: camel(name),
                title: label(name),
                whole: false,
                suffix: Some(rest),
                sample: sample.clone(),
            });
            url = url.replace(&placeholder, &sample);
            continue;
        }
        findings.changed("server-variable", &variable, format!("the variable `{name}` of the server's address has its default, `{default}`; say another address with --server"));
        url = url.replace(&placeholder, &default);
    }
    url
}

/// An address on the internet, and whether it was told without encryption.
fn known(text: &str) -> Option<(Url, bool)> {
    let mut url = Url::parse(text).ok()?;
    let http = url.scheme() == "http";
    if http {
        url.set_scheme("https").ok()?;
        if url.port() == Some(80) {
            url.set_port(None).ok()?;
        }
    }
    let outside = match url.host() {
        Some(Host::Domain(name)) => {
            name.rsplit_once('.').is_some_and(|(_, last)| !matches!(last, "local" | "localhost"))
        }
        _ => false,
    };
    (url.scheme() == "https" && outside && !text.contains(['{', '}'])).then_some((url, http))
}

/// The path of an address that is none on the internet.
fn path_of(text: &str) -> Option<String> {
    let path = match Url::parse(text) {
        Ok(url) => url.path().to_owned(),
        Err(_) => match text.split_once("://") {
            Some((_, rest)) => format!("/{}", rest.split_once('/')?.1),
            None => text.to_owned(),
        },
    };
    let path = path.trim_end_matches('/');
    (path.starts_with('/') && !path.contains(['{', '}', '?'])).then(|| path.to_owned())
}

fn origin(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    url.port().map_or_else(|| format!("https://{host}"), |port| format!("https://{host}:{port}"))
}
