//! From a manifest's request and its values to a call, and the exchange kept of it.

use std::borrow::Cow;
use std::collections::BTreeMap;

use bytes::Bytes;
use http::header::{ACCEPT, CONTENT_TYPE, HeaderName, HeaderValue};
use http::{HeaderMap, Method};
use linchpin_domain::connector::{ActionError, Exchange, Sent};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use url::Url;

use crate::access::{self, Account, WithAccount};
use crate::client::{Answer, Call, Client, Failure};
use crate::form;
use crate::free;
use crate::manifest::{BodyKind, Lists, Manifest, Request};
use crate::shape::{Part, Pattern, Values, text_of};

/// What history keeps of a body at most.
const KEPT: usize = 16 * 1024;

/// Where an integration's provider is: the manifest's addresses and version unless set otherwise
/// by an administrator.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Endpoint {
    /// Base URLs by the names that the manifest declares.
    pub base_urls: BTreeMap<String, String>,
    /// API version.
    pub api_version: Option<String>,
}

impl Endpoint {
    /// What is wrong with these settings, by key: asked before they are saved.
    pub fn problems(&self, manifest: &Manifest) -> Vec<(String, String)> {
        let mut problems = Vec::new();
        for (name, url) in &self.base_urls {
            let key = format!("baseUrls.{name}");
            if !manifest.base_urls.contains_key(name) {
                let known: Vec<_> = manifest.base_urls.keys().map(|one| format!("`{one}`")).collect();
                problems
                    .push((key, format!("{} has no base URL `{name}`; it has {}", manifest.name, known.join(", "))));
                continue;
            }
            let fits = Url::parse(url).is_ok_and(|url| {
                matches!(url.scheme(), "http" | "https")
                    && url.username().is_empty()
                    && url.password().is_none()
                    && url.query().is_none()
                    && url.fragment().is_none()
            });
            if !fits {
                problems.push((key, format!("`{url}` is no base URL; write `https://` and a host")));
            }
        }
        if let Some(version) = &self.api_version
            && !manifest.versions.offered.contains_key(version)
        {
            problems.push(("apiVersion".into(), no_version(manifest, version)));
        }
        problems
    }

    /// The API version in use.
    pub(crate) fn version<'a>(&'a self, manifest: &'a Manifest) -> &'a str {
        self.api_version.as_deref().unwrap_or(&manifest.versions.default)
    }
}

/// A request with its values filled in.
#[derive(Debug)]
pub(crate) struct Filled {
    pub method: Method,
    pub url: Url,
    pub set_by_administrator: bool,
    pub headers: HeaderMap,
    pub body: Option<Value>,
    pub body_kind: BodyKind,
}

fn no_version(manifest: &Manifest, version: &str) -> String {
    let offered: Vec<_> = manifest.versions.offered.keys().map(String::as_str).collect();
    format!("{} has no API version `{version}`; it has {}", manifest.name, offered.join(", "))
}

fn invalid(message: impl Into<String>) -> ActionError {
    ActionError::Invalid { message: message.into() }
}

/// Fills in a request.
pub(crate) fn fill(
    manifest: &Manifest,
    account: Account<'_>,
    request: &Request,
    values: &dyn Values,
) -> Result<Filled, ActionError> {
    let values = &WithAccount { access: account.access, own: values };
    let (base, set_by_administrator) = access::base(manifest, account.endpoint, account.access, &request.base)?;
    let mut url = String::with_capacity(160);
    url.push_str(&base);
    path(&mut url, manifest, account.endpoint, &request.path, values)?;
    let free = |input: &Option<String>| input.as_ref().and_then(|name| values.value(name));
    if let Some(name) = &request.path_from {
        let value = values.value(name).ok_or_else(|| invalid(format!("`{name}` is needed and has no value")))?;
        url.push_str(&free::path(&text_of(&value)).map_err(invalid)?);
    }
    let mut separator = '?';
    if let Some(query) = free(&request.query_from) {
        let key = access::key_parameter(manifest, account.access);
        for (name, value) in free::query(&query).map_err(invalid)? {
            if key.as_ref() == Some(&name) {
                return Err(invalid(format!("the query parameter `{name}` holds the account's key and cannot be set")));
            }
            url.push(separator);
            separator = '&';
            encode(&mut url, &name);
            url.push('=');
            encode(&mut url, &value);
        }
    }
    for (name, pattern) in &request.query {
        for value in query_values(pattern, values, request.lists) {
            url.push(separator);
            separator = '&';
            encode(&mut url, name);
            url.push('=');
            encode(&mut url, &value);
        }
    }
    let url = Url::parse(&url).map_err(|_| invalid(format!("the base URL `{base}` is no address")))?;
    let mut headers = HeaderMap::with_capacity(4);
    if let Some(given) = free(&request.headers_from) {
        headers.extend(free::headers(&given).map_err(invalid)?);
    }
    for (name, pattern) in &request.headers {
        let Some(value) = pattern.fill(values) else { continue };
        let header = HeaderName::try_from(name.as_str()).map_err(|_| invalid(format!("`{name}` is no header name")))?;
        // Refuses line breaks, so that a value cannot add headers.
        let value = HeaderValue::try_from(value)
            .map_err(|_| invalid(format!("the value of the header `{name}` has a line break or control character")))?;
        headers.insert(header, value);
    }
    let body = match &request.body {
        Some(body) => Some(body.fill(values).unwrap_or_else(|| Value::Object(Map::new()))),
        None => free(&request.body_from).map(Cow::into_owned),
    };
    if request.body_kind == BodyKind::Form && body.as_ref().is_some_and(|body| !body.is_object()) {
        return Err(invalid("a form is a JSON object of names and values"));
    }
    let method = Method::from_bytes(request.method.as_bytes()).map_err(|_| invalid("the method is not valid"))?;
    Ok(Filled { method, url, set_by_administrator, headers, body, body_kind: request.body_kind })
}

/// Appends a path. Values are percent-encoded and cannot leave their segment.
pub(crate) fn path(
    url: &mut String,
    manifest: &Manifest,
    endpoint: &Endpoint,
    pattern: &Pattern,
    values: &dyn Values,
) -> Result<(), ActionError> {
    for part in pattern.parts() {
        match part {
            Part::Text(text) => url.push_str(text),
            Part::Name(name) => {
                if let Some(prefix) = name.strip_prefix("paths.") {
                    let version = endpoint.version(manifest);
                    let prefix =
                        manifest.path(version, prefix).ok_or_else(|| invalid(no_version(manifest, version)))?;
                    url.push_str(prefix);
                    continue;
                }
                let value =
                    values.value(name).ok_or_else(|| invalid(format!("`{name}` is needed and has no value")))?;
                let text = text_of(&value);
                let text = text.trim();
                // `.` and `..` would be resolved away even when encoded.
                if text.is_empty() || text == "." || text == ".." {
                    return Err(invalid(format!("`{name}` is needed and `{text}` is no value for it")));
                }
                encode(url, text);
            }
        }
    }
    Ok(())
}

/// What a query parameter has: nothing, one value, or each of a list.
fn query_values(pattern: &Pattern, values: &dyn Values, lists: Lists) -> Vec<String> {
    let Some(name) = pattern.single() else { return pattern.fill(values).into_iter().collect() };
    match values.value(name).as_deref() {
        None => Vec::new(),
        Some(Value::Array(items)) if items.is_empty() || lists == Lists::Repeated => {
            items.iter().map(|item| text_of(item).into_owned()).collect()
        }
        Some(Value::Array(items)) => vec![items.iter().map(text_of).collect::<Vec<_>>().join(",")],
        Some(value) => vec![text_of(value).into_owned()],
    }
}

/// Percent-encodes everything but the unreserved characters.
pub(crate) fn encode(into: &mut String, text: &str) {
    const HEX: &[u8; 16] = b"0123456789ABCDEF";
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'~') {
            into.push(byte as char);
        } else {
            into.push('%');
            into.push(HEX[usize::from(byte >> 4)] as char);
            into.push(HEX[usize::from(byte & 15)] as char);
        }
    }
}

/// Undoes percent-encoding. What is no escape stays as it is.
pub(crate) fn decode(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let escaped = (bytes[at] == b'%').then(|| text.get(at + 1..at + 3)).flatten();
        match escaped.and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
            Some(byte) => {
                decoded.push(byte);
                at += 3;
            }
            None => {
                decoded.push(bytes[at]);
                at += 1;
            }
        }
    }
    String::from_utf8_lossy(&decoded).into_owned()
}

/// An answer with its body read as JSON, and the exchange for history.
#[derive(Debug)]
pub(crate) struct Exchanged {
    pub answer: Answer,
    /// The body; `Null` when it is empty or no JSON.
    pub body: Value,
    /// Whether there was a body that is no JSON.
    pub not_json: bool,
    pub exchange: Exchange,
    /// The account's time zone, where it is known.
    pub zone: Option<String>,
}

/// Sends a filled request with what proves the account.
pub(crate) async fn send(
    client: &Client,
    manifest: &Manifest,
    account: Account<'_>,
    filled: Filled,
) -> Result<Exchanged, ActionError> {
    let Filled { method, mut url, set_by_administrator, mut headers, body, body_kind } = filled;
    access::common(manifest, account.endpoint, &mut headers)?;
    // A request of the step's own may know better, here and below.
    headers.entry(ACCEPT).or_insert(HeaderValue::from_static("application/json"));
    let bytes = body.as_ref().map(|body| match body_kind {
        BodyKind::Json => Bytes::from(serde_json::to_vec(body).expect("a JSON value is JSON")),
        BodyKind::Form => Bytes::from(form::write(body)),
    });
    if bytes.is_some() {
        let kind = match body_kind {
            BodyKind::Json => "application/json",
            BodyKind::Form => "application/x-www-form-urlencoded",
        };
        headers.entry(CONTENT_TYPE).or_insert(HeaderValue::from_static(kind));
    }
    let mut exchange = Exchange {
        method: method.to_string(),
        url: url.to_string(),
        request_body: body.map(|body| kept(body, bytes.as_ref().map_or(0, Bytes::len))),
        status: None,
        response_body: None,
        joined: None,
    };
    // History has the address as it was before: a key may be put into it here.
    access::prove(manifest, account, &mut headers, &mut url)?;
    let call = Call { method, url, set_by_administrator, headers, body: bytes };
    let answer = match client.send(call).await {
        Ok(answer) => answer,
        Err(failure) => return Err(no_answer(manifest, failure, Some(exchange))),
    };
    exchange.status = Some(answer.status);
    let body = if answer.body.is_empty() { Some(Value::Null) } else { serde_json::from_slice(&answer.body).ok() };
    let not_json = body.is_none();
    exchange.response_body = match &body {
        Some(Value::Null) => None,
        Some(body) => Some(kept(body.clone(), answer.body.len())),
        None => Some(Value::String(cut(&String::from_utf8_lossy(&answer.body)))),
    };
    let zone = manifest.account.time_zone.as_ref().and_then(|fact| account.access.facts.get(fact));
    let zone = zone.and_then(Value::as_str).map(str::to_owned);
    Ok(Exchanged { answer, body: body.unwrap_or_default(), not_json, exchange, zone })
}

/// The error of a call that has no answer.
pub(crate) fn no_answer(manifest: &Manifest, failure: Failure, exchange: Option<Exchange>) -> ActionError {
    match failure {
        Failure::Refused(message) => ActionError::Rejected {
            provider: manifest.name.clone(),
            status: 0,
            code: "egress_refused".into(),
            message,
            exchange: exchange.map(Box::new),
        },
        Failure::NoAnswer { sent, message } => ActionError::Unreachable {
            provider: manifest.name.clone(),
            sent,
            message,
            exchange: exchange.map(Box::new),
        },
    }
}

/// The error of an answer that cannot be read.
pub(crate) fn unreadable(manifest: &Manifest, exchange: Exchange) -> ActionError {
    ActionError::Unreachable {
        provider: manifest.name.clone(),
        sent: Sent::Maybe,
        message: "the answer is not JSON".into(),
        exchange: Some(Box::new(exchange)),
    }
}

pub(crate) fn kept(body: Value, size: usize) -> Value {
    if size <= KEPT { body } else { Value::String(cut(&body.to_string())) }
}

fn cut(text: &str) -> String {
    if text.len() <= KEPT {
        return text.to_owned();
    }
    let mut end = KEPT;
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    format!("{}… (cut here: {} bytes in all)", &text[..end], text.len())
}
