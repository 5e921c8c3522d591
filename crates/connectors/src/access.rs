//! What an account is called with, and how it proves itself to the provider.
//!
//! An account was connected by one of the manifest's ways. Its values (what the person who connected it
//! was asked, and facts about it) fill in base URLs and requests; secrets among them only ever stand in
//! the headers or the query parameter that the way names.

use std::borrow::Cow;
use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::HeaderMap;
use http::header::{AUTHORIZATION, HeaderName, HeaderValue};
use linchpin_domain::connector::ActionError;
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Map, Value};
use url::{Host, Url};

use crate::call::{self, Endpoint};
use crate::free;
use crate::manifest::{ACCOUNT, DEFAULT_METHOD, Manifest, Method, whole_host};
use crate::shape::{Part, Pattern, Values, text_of};

/// What an account holds.
#[derive(Clone)]
pub struct Access {
    /// By which of the manifest's ways it was connected.
    pub method: String,
    /// A live access token; empty where the way has none.
    pub token: SecretString,
    /// What the person who connected it was asked, secrets among them.
    pub inputs: Map<String, Value>,
    /// Facts about it, by the manifest's names.
    pub facts: Map<String, Value>,
}

/// The account that a call is made for.
#[derive(Debug, Clone, Copy)]
pub struct Account<'a> {
    /// What it holds.
    pub access: &'a Access,
    /// Where the provider is.
    pub endpoint: &'a Endpoint,
}

impl fmt::Debug for Access {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = self.inputs.keys().collect();
        f.debug_struct("Access").field("method", &self.method).field("inputs", &names).finish_non_exhaustive()
    }
}

impl Access {
    /// An account of the default way that has nothing but an access token.
    pub fn bearer(token: impl Into<SecretString>) -> Self {
        Self { method: DEFAULT_METHOD.into(), token: token.into(), inputs: Map::new(), facts: Map::new() }
    }

    /// The values that `{account.<name>}` may stand for.
    fn value(&self, name: &str) -> Option<Cow<'_, Value>> {
        let name = name.strip_prefix(ACCOUNT)?;
        self.facts.value(name).or_else(|| self.inputs.value(name))
    }
}

/// The values of a call: its own, and those of the account.
pub(crate) struct WithAccount<'a> {
    pub access: &'a Access,
    pub own: &'a dyn Values,
}

impl Values for WithAccount<'_> {
    fn value(&self, name: &str) -> Option<Cow<'_, Value>> {
        if name.starts_with(ACCOUNT) { self.access.value(name) } else { self.own.value(name) }
    }
}

fn invalid(message: impl Into<String>) -> ActionError {
    ActionError::Invalid { message: message.into() }
}

/// A base URL without `/` at its end, and whether an administrator set it. What the account puts into the
/// host stays within it.
pub(crate) fn base<'a>(
    manifest: &Manifest,
    endpoint: &'a Endpoint,
    access: &Access,
    name: &str,
) -> Result<(Cow<'a, str>, bool), ActionError> {
    if let Some(url) = endpoint.base_urls.get(name) {
        return Ok((Cow::Borrowed(url.trim_end_matches('/')), true));
    }
    let pattern = manifest.bases.get(name).ok_or_else(|| invalid(format!("no base URL `{name}`")))?;
    let url = match pattern.single() {
        Some(name) => whole_address(manifest, name, access)?,
        None => fill_host(manifest, pattern, access)?,
    };
    Ok((Cow::Owned(url), false))
}

/// A base URL that the account says whole, a path included. It was checked when it was entered, and is again:
/// accounts can be imported.
fn whole_address(manifest: &Manifest, name: &str, access: &Access) -> Result<String, ActionError> {
    let bare = name.strip_prefix(ACCOUNT).unwrap_or(name);
    let value = access
        .value(name)
        .ok_or_else(|| invalid(format!("the account has no `{bare}`, and no base URL is set for {}", manifest.name)))?;
    let url = free::address(&text_of(&value)).map_err(invalid)?;
    let host = url.host_str().unwrap_or_default();
    if !manifest.takes_host(host) {
        return Err(invalid(format!("{host} is no host of {}; it has {}", manifest.name, manifest.hosts.join(", "))));
    }
    Ok(url.as_str().trim_end_matches('/').to_owned())
}

fn fill_host(manifest: &Manifest, pattern: &Pattern, access: &Access) -> Result<String, ActionError> {
    let mut url = String::with_capacity(64);
    for part in pattern.parts() {
        match part {
            Part::Text(text) => url.push_str(text),
            Part::Name(name) => {
                let bare = name.strip_prefix(ACCOUNT).unwrap_or(name);
                let value = access.value(name).ok_or_else(|| {
                    invalid(format!("the account has no `{bare}`, which is a part of {}'s address", manifest.name))
                })?;
                let text = text_of(&value).trim().to_ascii_lowercase();
                // Some providers tell a whole address where only its host is wanted.
                let host = match Url::parse(&text) {
                    Ok(told) if whole_host(pattern) && told.scheme() == "https" => {
                        told.host_str().unwrap_or_default().to_owned()
                    }
                    _ => text,
                };
                if !is_host_part(&host) {
                    return Err(invalid(format!("`{host}` is no part of a host name, as `{bare}` must be")));
                }
                url.push_str(&host);
            }
        }
    }
    let parsed = Url::parse(&url).ok().filter(|url| matches!(url.host(), Some(Host::Domain(_))));
    let host = parsed.as_ref().and_then(Url::host_str).unwrap_or_default();
    let port = parsed.as_ref().and_then(Url::port).map_or_else(String::new, |port| format!(":{port}"));
    if url != format!("https://{host}{port}") {
        return Err(invalid(format!("`{url}` is no address of a host")));
    }
    if whole_host(pattern) && !manifest.takes_host(host) {
        let hosts = manifest.hosts.join(", ");
        return Err(invalid(format!("{host} is no host of {}; it has {hosts}", manifest.name)));
    }
    Ok(url)
}

impl Manifest {
    /// Whether `hosts` names this host.
    pub(crate) fn takes_host(&self, host: &str) -> bool {
        self.hosts.iter().any(|known| match known.strip_prefix("*.") {
            Some(domain) => host.strip_suffix(domain).is_some_and(|rest| rest.ends_with('.') && rest.len() > 1),
            None => known == "*" || known == host,
        })
    }
}

/// Labels of a host name, one or several.
pub(crate) fn is_host_part(text: &str) -> bool {
    text.len() <= 200
        && text.split('.').all(|label| {
            (1..=63).contains(&label.len())
                && label.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
                && !label.starts_with('-')
                && !label.ends_with('-')
        })
}

/// Adds what proves who calls to a request.
pub(crate) fn prove(
    manifest: &Manifest,
    account: Account<'_>,
    headers: &mut HeaderMap,
    url: &mut Url,
) -> Result<(), ActionError> {
    let access = account.access;
    let method = manifest
        .method(&access.method)
        .ok_or_else(|| invalid(format!("{} is no longer connected by `{}`", manifest.name, access.method)))?;
    if let Some(oauth2) = &method.oauth2 {
        return put(headers, &oauth2.token_header, &token(&oauth2.token_prefix, access));
    }
    if let Some(grant) = &method.client_credentials {
        return put(headers, &grant.token_header, &token(&grant.token_prefix, access));
    }
    if let Some(key) = &method.api_key {
        let value = access.inputs.value(&key.input).ok_or_else(|| missing(method, &key.input))?;
        let text = text_of(&value);
        if let Some(header) = &key.header {
            let prefix = key.prefix.fill(&access.inputs).unwrap_or_default();
            put(headers, &fill(method, header, access)?, &format!("{prefix}{text}"))?;
        }
        if let Some(parameter) = &key.query {
            url.query_pairs_mut().append_pair(&fill(method, parameter, access)?, &text);
        }
        return Ok(());
    }
    if let Some(basic) = &method.basic {
        let (name, password) = (fill(method, &basic.username, access)?, fill(method, &basic.password, access)?);
        if name.contains(':') {
            return Err(invalid("a user name for Basic authorization has no colon"));
        }
        return put(
            headers,
            AUTHORIZATION.as_str(),
            &format!("Basic {}", STANDARD.encode(format!("{name}:{password}"))),
        );
    }
    for (header, pattern) in &method.headers {
        put(headers, header, &fill(method, pattern, access)?)?;
    }
    Ok(())
}

/// The query parameter that carries the account's key, where one does.
pub(crate) fn key_parameter(manifest: &Manifest, access: &Access) -> Option<String> {
    let key = manifest.method(&access.method)?.api_key.as_ref()?;
    key.query.as_ref()?.fill(&access.inputs)
}

fn token(prefix: &str, access: &Access) -> String {
    format!("{prefix}{}", access.token.expose_secret())
}

fn fill(method: &Method, pattern: &Pattern, access: &Access) -> Result<String, ActionError> {
    pattern.fill(&access.inputs).ok_or_else(|| {
        let name = pattern.names().find(|name| access.inputs.value(name).is_none()).unwrap_or_default();
        missing(method, name)
    })
}

fn missing(method: &Method, name: &str) -> ActionError {
    let title = method.all_inputs().find(|input| input.name == name).map_or(name, |input| input.title.as_str());
    invalid(format!("the account has no `{title}`; it must be connected again"))
}

/// A value never adds a header: line breaks are refused.
fn put(headers: &mut HeaderMap, name: &str, value: &str) -> Result<(), ActionError> {
    let name = HeaderName::try_from(name).map_err(|_| invalid(format!("`{name}` is no header name")))?;
    let mut value = HeaderValue::try_from(value)
        .map_err(|_| invalid("the key or token of this account holds characters that no key has"))?;
    value.set_sensitive(true);
    headers.insert(name, value);
    Ok(())
}

/// Headers that the manifest sends with every request.
pub(crate) fn common(manifest: &Manifest, endpoint: &Endpoint, headers: &mut HeaderMap) -> Result<(), ActionError> {
    let version = Map::from_iter([("version".to_owned(), Value::from(endpoint.version(manifest)))]);
    for (name, pattern) in &manifest.headers {
        let name = HeaderName::try_from(name.as_str()).map_err(|_| invalid(format!("`{name}` is no header name")))?;
        let Some(value) = pattern.fill(&version).and_then(|text| HeaderValue::try_from(text).ok()) else { continue };
        // A request of the caller's own may know better.
        headers.entry(name).or_insert(value);
    }
    Ok(())
}

/// The header that carries a bearer token.
pub(crate) fn bearer(token: &SecretString) -> Result<HeaderValue, ActionError> {
    let mut headers = HeaderMap::new();
    put(&mut headers, AUTHORIZATION.as_str(), &format!("Bearer {}", token.expose_secret()))?;
    Ok(headers.remove(AUTHORIZATION).expect("it was put there"))
}

/// Appends a path to a base URL.
pub(crate) fn address(
    manifest: &Manifest,
    endpoint: &Endpoint,
    access: &Access,
    base_name: &str,
    path: &Pattern,
) -> Result<(Url, bool), ActionError> {
    let (base, set) = base(manifest, endpoint, access, base_name)?;
    let mut url = base.into_owned();
    call::path(&mut url, manifest, endpoint, path, &Map::new())?;
    let url = Url::parse(&url).map_err(|_| invalid(format!("the base URL `{url}` is no address")))?;
    Ok((url, set))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn manifest() -> Manifest {
        let text = "\
kind: demo
name: Demo
brandColor: \"#112233\"
description: A demo.
source: made up
licence: Apache-2.0
baseUrls: { api: \"https://{account.subdomain}.demo.example\", told: \"https://{account.instance}\" }
hosts: [\"*.told.example\"]
versions: { default: v1, offered: { v1: {} } }
auth:
  inputs: [ { name: subdomain, title: Subdomain, type: subdomain }, { name: key, title: Key, type: secret } ]
  apiKey: { input: key, header: X-Key }
errors: { message: [], classes: [] }
account: { request: { method: GET, path: /me }, data: { id: [/account/id], instance: [/account/url] }, providerId: id, label: \"{id}\" }
actions: {}
";
        crate::check("demo.yaml", text).unwrap_or_else(|problems| panic!("{problems:?}"))
    }

    fn account(subdomain: &str, instance: &str) -> Access {
        let object = |value: Value| value.as_object().expect("an object").clone();
        Access {
            method: DEFAULT_METHOD.into(),
            token: SecretString::from(""),
            inputs: object(json!({"subdomain": subdomain, "key": "k"})),
            facts: object(json!({"instance": instance})),
        }
    }

    #[test]
    fn a_value_stays_within_its_part_of_the_host() {
        let (manifest, endpoint) = (manifest(), Endpoint::default());
        let base_of =
            |name: &str, access: &Access| base(&manifest, &endpoint, access, name).map(|(url, _)| url.into_owned());
        assert_eq!(base_of("api", &account("Acme", "")).as_deref().ok(), Some("https://acme.demo.example"));
        for wrong in [
            "evil.example/",
            "evil.example#",
            "a@evil",
            "a:80",
            "evil.example?",
            "",
            "..",
            "-a",
            "a b",
            "a\\b",
            "é",
            "127.0.0.1/",
        ] {
            assert!(base_of("api", &account(wrong, "")).is_err(), "{wrong} was let through");
        }
        for (told, expected) in [
            ("https://a.told.example", Some("https://a.told.example")),
            ("a.b.told.example", Some("https://a.b.told.example")),
            ("https://a.told.example/path?x=1", Some("https://a.told.example")),
            ("https://told.example", None),
            ("https://evil.example", None),
            ("https://eviltold.example", None),
            ("http://a.told.example", None),
            ("https://a.told.example.evil.example", None),
            ("https://x@a.told.example:444", Some("https://a.told.example")),
            ("127.0.0.1", None),
        ] {
            assert_eq!(base_of("told", &account("a", told)).ok().as_deref(), expected, "{told}");
        }
    }

    #[test]
    fn a_key_cannot_add_a_header_and_is_never_shown() {
        let manifest = manifest();
        let endpoint = Endpoint::default();
        let mut access = account("a", "");
        access.inputs.insert("key".into(), "s3cret\r\nX-Evil: 1".into());
        let (mut headers, mut url) = (HeaderMap::new(), Url::parse("https://a.demo.example/").expect("an address"));
        let account = Account { access: &access, endpoint: &endpoint };
        assert!(prove(&manifest, account, &mut headers, &mut url).is_err());
        assert!(headers.is_empty());
        assert!(!format!("{access:?}").contains("s3cret"));
    }
}
