//! An HTTP request that a step says itself.
//!
//! [`prepare`] makes it of the step's values; then it goes either through [`crate::raw`] with an
//! account's token (and [`from_account`] reads the answer by the manifest), or with [`request`] to any
//! address, with what the step itself brings to prove who it is.

mod body;
mod token;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_DISPOSITION, CONTENT_TYPE, HeaderName, HeaderValue, LOCATION};
use http::{HeaderMap, Method};
use linchpin_domain::Clock;
use linchpin_domain::connector::{ActionError, ActionOutput, Exchange, Sent};
use linchpin_domain::file::{File, MOST_BYTES};
use linchpin_domain::http_request::{METHODS, RequestAuth, RequestSpec};
use linchpin_domain::mac::Encoding;
use secrecy::SecretString;
use serde_json::{Map, Value, json};
use url::Url;

pub use token::ClientTokens;

use crate::access;
use crate::call::{self, Exchanged};
use crate::classify;
use crate::client::{Answer, Call, Client, Failure};
use crate::manifest::Manifest;
use crate::raw::{RawRequest, RawResponse};
use crate::shape::text_of;

/// Redirects that a read follows.
const REDIRECTS: usize = 5;
/// A header that is not sent: the answer is a file, written like this.
const FILE_ENCODING: &str = "x-paragon-encoding";
/// Headers that belong to the connection.
const NOT_THE_STEPS: [&str; 7] =
    ["host", "content-length", "transfer-encoding", "connection", "upgrade", "te", "trailer"];

/// A request ready to be sent, without what proves who sends it.
#[derive(Debug, Clone)]
pub struct Prepared {
    method: Method,
    url: String,
    headers: HeaderMap,
    body: Bytes,
    shown: Option<Value>,
    repeats_safely: bool,
    /// How the answer is written as a file, where the step wants one.
    file: Option<Encoding>,
}

fn invalid(message: impl Into<String>) -> ActionError {
    ActionError::Invalid { message: message.into() }
}

/// Makes a request of a step's values.
pub fn prepare(spec: &RequestSpec) -> Result<Prepared, ActionError> {
    let method = spec.method.trim().to_ascii_uppercase();
    if !METHODS.contains(&method.as_str()) {
        return Err(invalid(format!("`{}` is no method; use {}", spec.method, METHODS.join(", "))));
    }
    let method = Method::from_bytes(method.as_bytes()).expect("one of the known methods");
    let url = spec.url.trim();
    if url.chars().any(char::is_control) {
        return Err(invalid("the URL holds a line break or control character"));
    }
    let mut url = url.split('#').next().unwrap_or_default().to_owned();
    let mut separator = if url.contains('?') { '&' } else { '?' };
    for (name, value) in body::pairs(&spec.query) {
        url.push(separator);
        separator = '&';
        call::encode(&mut url, name);
        url.push('=');
        call::encode(&mut url, &text_of(value));
    }
    let (mut headers, mut file) = (HeaderMap::new(), None);
    for (name, value) in body::pairs(&spec.headers) {
        if name.trim().eq_ignore_ascii_case(FILE_ENCODING) {
            file = Some(match text_of(value).trim() {
                "hex" => Encoding::Hex,
                "base64" => Encoding::Base64,
                other => return Err(invalid(format!("`{other}` is no encoding of a file; use hex or base64"))),
            });
            continue;
        }
        let header = HeaderName::try_from(name.trim()).map_err(|_| invalid(format!("`{name}` is no header name")))?;
        if NOT_THE_STEPS.contains(&header.as_str()) {
            return Err(invalid(format!("the header `{name}` belongs to the connection and cannot be set")));
        }
        // Refuses line breaks, so that a value cannot add headers.
        let value = HeaderValue::try_from(text_of(value).as_ref())
            .map_err(|_| invalid(format!("the value of the header `{name}` has a line break or control character")))?;
        headers.append(header, value);
    }
    let body = body::build(spec)?;
    if let Some(body) = &body
        && (body.fixed || !headers.contains_key(CONTENT_TYPE))
    {
        let value = HeaderValue::try_from(body.content_type.as_str())
            .map_err(|_| invalid("the content type has a line break or control character"))?;
        headers.insert(CONTENT_TYPE, value);
    }
    let (bytes, shown) = body.map_or((Bytes::new(), None), |body| (body.bytes, Some(body.shown)));
    Ok(Prepared { method, url, headers, body: bytes, shown, repeats_safely: spec.repeats_safely(), file })
}

impl Prepared {
    /// The request as it passes with an account's token.
    pub fn raw(&self) -> RawRequest<'_> {
        RawRequest {
            method: self.method.clone(),
            path_and_query: &self.url,
            headers: self.headers.clone(),
            body: self.body.clone(),
        }
    }

    fn exchange(&self, url: &str) -> Exchange {
        Exchange {
            method: self.method.to_string(),
            url: url.to_owned(),
            request_body: self.shown.clone().map(|shown| call::kept(shown, self.body.len())),
            status: None,
            response_body: None,
            joined: None,
        }
    }

    /// Whether a request without an answer leaves a doubt: not where sending it again does no harm.
    fn sent(&self, sent: Sent) -> Sent {
        if self.repeats_safely { Sent::No } else { sent }
    }

    /// An error of sending, with what history shows.
    fn failed(&self, error: ActionError, shown: Exchange) -> ActionError {
        match error {
            ActionError::Unreachable { provider, sent, message, exchange } => ActionError::Unreachable {
                provider,
                sent: self.sent(sent),
                message,
                exchange: exchange.or_else(|| Some(Box::new(shown))),
            },
            ActionError::Rejected { provider, status, code, message, exchange: None } => {
                ActionError::Rejected { provider, status, code, message, exchange: Some(Box::new(shown)) }
            }
            other => other,
        }
    }
}

/// What an answer to a request with an account's token means, by the manifest's classes.
pub fn from_account(
    manifest: &Manifest,
    request: &Prepared,
    answer: Result<RawResponse, ActionError>,
) -> Result<ActionOutput, ActionError> {
    let exchange = request.exchange(&request.url);
    let RawResponse { status, headers, body } = answer.map_err(|error| request.failed(error, exchange.clone()))?;
    let (response, exchange) = read(request, exchange, status, &headers, &body)?;
    let read = response["body"].clone();
    let answer = Answer { status, headers, body };
    let exchanged = Exchanged { answer, body: read, not_json: false, exchange: exchange.clone(), zone: None };
    let exchanged = classify::verdict(manifest, exchanged).map_err(|error| request.failed(error, exchange))?;
    Ok(ActionOutput { output: json!({ "response": response }), exchange: Some(exchanged.exchange) })
}

/// Sends a request to any address, with what the step brings to prove who it is.
pub async fn request(
    client: &Client,
    tokens: &ClientTokens,
    clock: &dyn Clock,
    spec: &RequestSpec,
) -> Result<ActionOutput, ActionError> {
    let mut request = prepare(spec)?;
    let url = Url::parse(&request.url)
        .ok()
        .filter(|url| matches!(url.scheme(), "http" | "https"))
        .ok_or_else(|| invalid(format!("`{}` is no full address; begin it with https://", spec.url)))?;
    let oauth = match &spec.auth {
        None | Some(RequestAuth::None) => None,
        Some(RequestAuth::Bearer(token)) => {
            request.headers.insert(AUTHORIZATION, access::bearer(&SecretString::from(token.trim()))?);
            None
        }
        Some(RequestAuth::Basic { username, password }) => {
            if username.contains(':') {
                return Err(invalid("a user name for Basic authorization has no colon"));
            }
            let value = format!("Basic {}", STANDARD.encode(format!("{username}:{password}")));
            request.headers.insert(AUTHORIZATION, sensitive(&value));
            None
        }
        Some(RequestAuth::OauthClientCredentials { token_url, client_id, client_secret, scope }) => {
            Some(token::Grant { token_url, client_id, client_secret, scope: scope.as_deref() })
        }
    };
    let Some(grant) = oauth else {
        return judge(&request, follow(client, &request, url).await?);
    };
    let token = tokens.token(client, clock, grant).await?;
    request.headers.insert(AUTHORIZATION, access::bearer(&token)?);
    let answered = follow(client, &request, url.clone()).await?;
    if answered.answer.status != 401 {
        return judge(&request, answered);
    }
    // The token may have been withdrawn before its time: one more try with a new one.
    tokens.forget(grant);
    let token = tokens.token(client, clock, grant).await?;
    request.headers.insert(AUTHORIZATION, access::bearer(&token)?);
    judge(&request, follow(client, &request, url).await?)
}

fn sensitive(text: &str) -> HeaderValue {
    let mut value = HeaderValue::try_from(text).expect("base64 is a header value");
    value.set_sensitive(true);
    value
}

struct Answered {
    answer: Answer,
    url: Url,
}

/// Sends it, and follows the redirects of a read. Each address is checked as the first was.
async fn follow(client: &Client, request: &Prepared, first: Url) -> Result<Answered, ActionError> {
    let mut url = first;
    let mut headers = request.headers.clone();
    for hop in 0..=REDIRECTS {
        let call = Call {
            method: request.method.clone(),
            url: url.clone(),
            set_by_administrator: false,
            headers: headers.clone(),
            body: (!request.body.is_empty()).then(|| request.body.clone()),
        };
        let answer = client.send_step(call).await.map_err(|failure| no_answer(request, &url, failure))?;
        let reads = matches!(request.method, Method::GET | Method::HEAD);
        let next = match answer.status {
            301 | 302 | 303 | 307 | 308 if reads => {
                answer.headers.get(LOCATION).and_then(|to| to.to_str().ok()).and_then(|to| url.join(to).ok())
            }
            _ => None,
        };
        let Some(next) = next.filter(|_| hop < REDIRECTS) else { return Ok(Answered { answer, url }) };
        if next.origin() != url.origin() {
            // What the step sends is for the host that it named: keys travel in many headers.
            headers =
                headers.into_iter().filter_map(|(name, value)| Some((name.filter(|n| n == ACCEPT)?, value))).collect();
        }
        url = next;
    }
    unreachable!("the last hop returns")
}

fn no_answer(request: &Prepared, url: &Url, failure: Failure) -> ActionError {
    let provider = host(url);
    let exchange = Some(Box::new(request.exchange(url.as_str())));
    match failure {
        Failure::Refused(message) => {
            ActionError::Rejected { provider, status: 0, code: "egress_refused".into(), message, exchange }
        }
        Failure::NoAnswer { sent, message } => {
            ActionError::Unreachable { provider, sent: request.sent(sent), message, exchange }
        }
    }
}

fn host(url: &Url) -> String {
    url.host_str().unwrap_or("the server").to_owned()
}

/// What an answer of a server that no manifest describes means.
fn judge(request: &Prepared, Answered { answer, url }: Answered) -> Result<ActionOutput, ActionError> {
    let status = answer.status;
    let exchange = request.exchange(url.as_str());
    let (response, exchange) = read(request, exchange, status, &answer.headers, &answer.body)?;
    if (200..300).contains(&status) || status == 304 {
        return Ok(ActionOutput { output: json!({ "response": response }), exchange: Some(exchange) });
    }
    let provider = host(&url);
    let said = message(&response["body"]).unwrap_or_else(|| format!("status {status}"));
    let exchange = Some(Box::new(exchange));
    Err(match status {
        429 => {
            let retry_after = classify::retry_after(&answer.headers).unwrap_or(classify::SOME_WAIT);
            ActionError::RateLimited { provider, retry_after: retry_after.min(classify::LONGEST_WAIT), exchange }
        }
        408 | 500..=599 => {
            let message = format!("it answered {status}: {said}");
            ActionError::Unreachable { provider, sent: request.sent(Sent::Maybe), message, exchange }
        }
        300..=399 => {
            let to = answer.headers.get(LOCATION).and_then(|to| to.to_str().ok()).unwrap_or("nowhere");
            let message = format!("it redirects to {to}, which is not followed; use that address if it is right");
            ActionError::Rejected { provider, status, code: "redirected".into(), message, exchange }
        }
        _ => ActionError::Rejected { provider, status, code: format!("status_{status}"), message: said, exchange },
    })
}

/// The readable part of an error body of unknown shape.
fn message(body: &Value) -> Option<String> {
    let found = match body {
        Value::String(text) => Some(text.as_str()),
        body => {
            ["/message", "/error_description", "/error/message", "/errors/0/message", "/detail", "/title", "/error"]
                .iter()
                .find_map(|pointer| body.pointer(pointer)?.as_str())
        }
    };
    let text = found?.trim();
    (!text.is_empty()).then(|| text.chars().take(300).collect())
}

/// Headers by their names in lower case; those of one name with commas between them.
pub(crate) fn named(headers: &HeaderMap) -> Map<String, Value> {
    let mut named: Map<String, Value> = Map::new();
    for (name, value) in headers {
        let value = String::from_utf8_lossy(value.as_bytes());
        match named.get_mut(name.as_str()) {
            Some(Value::String(held)) => {
                held.push_str(", ");
                held.push_str(&value);
            }
            _ => {
                named.insert(name.as_str().to_owned(), value.into_owned().into());
            }
        }
    }
    named
}

/// `{statusCode, headers, body}` as later steps see it, and the exchange with the answer.
fn read(
    request: &Prepared,
    mut exchange: Exchange,
    status: u16,
    headers: &HeaderMap,
    body: &[u8],
) -> Result<(Value, Exchange), ActionError> {
    let named = named(headers);
    let kind = headers.get(CONTENT_TYPE).map(|kind| String::from_utf8_lossy(kind.as_bytes()).to_ascii_lowercase());
    // Some servers call JSON plain text; a bare number or word stays text then.
    let json = kind.as_ref().is_none_or(|kind| kind.contains("json"))
        || matches!(body.iter().find(|byte| !byte.is_ascii_whitespace()), Some(b'{' | b'['));
    let read = match body {
        [] => Value::Null,
        body => json
            .then(|| serde_json::from_slice(body).ok())
            .flatten()
            .unwrap_or_else(|| Value::String(String::from_utf8_lossy(body).into_owned())),
    };
    exchange.status = Some(status);
    // What is no text comes as a file; text of another encoding stays text.
    let is_text = kind.as_ref().is_none_or(|kind| kind.starts_with("text/")) || std::str::from_utf8(body).is_ok();
    let encoding = request.file.or((!is_text).then_some(Encoding::Base64)).filter(|_| !body.is_empty());
    let Some(encoding) = encoding.filter(|_| (200..300).contains(&status)) else {
        exchange.response_body = (!read.is_null()).then(|| call::kept(read.clone(), body.len()));
        return Ok((json!({ "statusCode": status, "headers": named, "body": read }), exchange));
    };
    let file = file_of(&exchange.url, kind.as_deref(), headers, body);
    exchange.response_body = Some(file.shown());
    if body.len() > MOST_BYTES {
        return Err(ActionError::Rejected {
            provider: Url::parse(&exchange.url).map_or_else(|_| "the server".to_owned(), |url| host(&url)),
            status,
            code: "file_too_large".into(),
            message: format!("the file has {} bytes; a run takes at most {} MiB", body.len(), MOST_BYTES / 1024 / 1024),
            exchange: Some(Box::new(exchange)),
        });
    }
    Ok((json!({ "statusCode": status, "headers": named, "body": file.to_value(encoding) }), exchange))
}

/// An answer as a file: named as the server says, else as its address ends.
fn file_of(url: &str, kind: Option<&str>, headers: &HeaderMap, body: &[u8]) -> File {
    let said = headers.get(CONTENT_DISPOSITION).and_then(|value| value.to_str().ok());
    let said = said.and_then(|value| value.split(';').find_map(|part| part.trim().strip_prefix("filename=")));
    let last = url.split(['?', '#']).next().unwrap_or_default().rsplit('/').next();
    let name = said.map(|name| name.trim_matches('"')).or(last.filter(|last| last.contains('.')));
    let mime_type = kind.and_then(|kind| kind.split(';').next()).map(str::trim).filter(|kind| kind.contains('/'));
    File {
        name: name.filter(|name| !name.is_empty()).map(call::decode),
        mime_type: mime_type.unwrap_or("application/octet-stream").to_owned(),
        bytes: body.to_vec(),
    }
}
