//! A call of a webhook, read: what it proves, what it holds, and how it is answered.

use std::collections::BTreeMap;

use axum::body::Body;
use axum::extract::Request;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, header};
use axum::response::Response;
use bytes::Bytes;
use linchpin_connectors::webhook;
use linchpin_domain::webhook_trigger::{self as declared, EchoAs, HANDSHAKE, Match, Place, Verify};
use linchpin_engine::Listening;
use secrecy::SecretString;
use serde_json::{Map, Value, json};
use subtle::ConstantTimeEq;

use crate::hooks;
use crate::http::error::ApiError;
use crate::http::extract;

/// Headers that never stand in history.
const KEPT_OUT: [HeaderName; 3] = [header::AUTHORIZATION, header::COOKIE, header::PROXY_AUTHORIZATION];
/// The longest text of a handshake.
const CHALLENGE: usize = 4_096;

/// A call of a webhook.
pub struct Call {
    pub method: Method,
    /// The query, without what belongs to the address.
    pub params: BTreeMap<String, String>,
    headers: HeaderMap,
    bytes: Bytes,
    body: Value,
    named: Map<String, Value>,
}

impl Call {
    /// Reads a request.
    pub async fn read(request: Request) -> Result<Self, ApiError> {
        let query = request.uri().query().unwrap_or_default().as_bytes();
        let params = url::form_urlencoded::parse(query).into_owned().collect();
        let (method, headers) = (request.method().clone(), request.headers().clone());
        let bytes = extract::body(request).await?;
        let (body, named) = (read(&headers, &bytes), named(&headers));
        Ok(Self { method, params, headers, bytes, body, named })
    }

    /// Method, headers and body as they came.
    pub fn as_it_came(&self) -> (&str, &HeaderMap, &[u8]) {
        (self.method.as_str(), &self.headers, &self.bytes)
    }

    fn delivery(&self) -> declared::Delivery<'_> {
        declared::Delivery { body: &self.body, headers: &self.named, params: &self.params }
    }

    /// What stands at a place.
    pub fn find(&self, place: &Place) -> Option<String> {
        place.find(self.delivery())
    }

    /// Whether it holds all of these.
    pub fn holds(&self, listening: &Listening, all: &[Match], webhook: &Value) -> bool {
        all.iter().all(|one| {
            let wanted =
                if one.equals.contains("{{") { listening.fill(&one.equals, webhook) } else { Some(one.equals.clone()) };
            let found = self.find(&one.at);
            // What is compared may be a secret.
            wanted.zip(found).is_some_and(|(wanted, found)| bool::from(wanted.as_bytes().ct_eq(found.as_bytes())))
        })
    }

    /// Whether it proves what the workflow asks for. A secret that the project does not have proves nothing.
    pub fn prove(&self, listening: &Listening, webhook: &Value) -> Result<(), ApiError> {
        let Some(verify) = &listening.trigger.verify else { return Ok(()) };
        let secret = listening.fill(verify.secret(), webhook);
        if secret.is_some_and(|secret| self.is_proven(verify, &secret)) {
            return Ok(());
        }
        let message = format!("the header `{}` is missing or wrong", verify.header());
        Err(ApiError::unauthorized("signature_invalid", message))
    }

    fn is_proven(&self, verify: &Verify, secret: &str) -> bool {
        let Some(given) = self.headers.get(verify.header()).map(HeaderValue::as_bytes) else { return false };
        match verify {
            Verify::Header(_) => bool::from(given.ct_eq(secret.as_bytes())),
            Verify::Hmac(check) => std::str::from_utf8(given)
                .ok()
                .and_then(|given| given.trim().strip_prefix(check.prefix.as_str()))
                .is_some_and(|given| {
                    webhook::is_mac(check.algorithm, check.encoding, secret.as_bytes(), &self.bytes, given)
                }),
        }
    }

    /// The answer to a handshake, if it is one.
    pub fn handshake(&self, listening: &Listening, webhook: &Value) -> Option<Response> {
        let handshake = listening.trigger.handshake.as_ref()?;
        if !self.holds(listening, &handshake.when, webhook) {
            return None;
        }
        let text = self.find(&handshake.echo).filter(|text| text.len() <= CHALLENGE)?;
        let (kind, body) = match handshake.echo_as {
            _ if matches!(handshake.echo, Place::Header(_)) => ("text/plain; charset=utf-8", String::new()),
            EchoAs::Text => ("text/plain; charset=utf-8", text.clone()),
            EchoAs::Json => {
                let name = handshake.echo.name().rsplit('.').next().unwrap_or_default();
                ("application/json", json!({name: text}).to_string())
            }
        };
        let mut answer = Response::new(Body::from(body));
        let headers = answer.headers_mut();
        // What somebody else wrote must not act on our origin.
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
        headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
        headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static("sandbox; default-src 'none'"));
        if let Place::Header(name) = &handshake.echo {
            headers.insert(HeaderName::try_from(name.as_str()).ok()?, HeaderValue::try_from(text).ok()?);
        }
        Some(answer)
    }

    /// What the provider will sign with, of a handshake.
    pub fn secret(&self, expression: &str) -> Option<SecretString> {
        let seen = json!({"body": self.body, "headers": self.named, "params": self.params});
        hooks::text_of(expression, HANDSHAKE, &seen).map(SecretString::from)
    }

    /// What the workflow sees, without what holds secrets.
    pub fn payload(&self, listening: &Listening) -> Value {
        let verify = listening.trigger.verify.as_ref();
        let secret =
            |name: &str| matches!(verify, Some(Verify::Header(check)) if check.name.eq_ignore_ascii_case(name));
        let mut shown = self.named.clone();
        shown.retain(|name, _| !KEPT_OUT.iter().any(|hidden| hidden == name.as_str()) && !secret(name));
        json!({"body": self.body, "headers": shown, "params": self.params})
    }
}

/// The body as the workflow sees it: JSON and forms as values, all else as text.
fn read(headers: &HeaderMap, body: &[u8]) -> Value {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if kind.starts_with("application/x-www-form-urlencoded") {
        let fields = url::form_urlencoded::parse(body).into_owned();
        return Value::Object(fields.map(|(name, value)| (name, Value::String(value))).collect());
    }
    if body.iter().all(u8::is_ascii_whitespace) {
        return Value::Null;
    }
    serde_json::from_slice(body).unwrap_or_else(|_| Value::String(String::from_utf8_lossy(body).into_owned()))
}

fn named(headers: &HeaderMap) -> Map<String, Value> {
    let mut named = Map::new();
    for name in headers.keys() {
        let values: Vec<_> =
            headers.get_all(name).iter().map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned()).collect();
        named.insert(name.as_str().to_owned(), Value::String(values.join(", ")));
    }
    named
}
