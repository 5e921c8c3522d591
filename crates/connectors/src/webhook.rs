//! Webhooks of a provider: whether it sent them, and which events are in one.

use std::borrow::Cow;
use std::collections::BTreeMap;

use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderMap, HeaderName, HeaderValue};
use linchpin_domain::Timestamp;
use linchpin_domain::source::nearest;
use linchpin_domain::template::has_expression;
use serde_json::{Map, Value};

use crate::call::encode;
use crate::inputs;
use crate::manifest::{Algorithm, Encoding, HookRule, Manifest, Signature, TimeUnit, Trigger};
use crate::shape::{Part, Values, text_of};

/// A webhook as it came.
#[derive(Debug, Clone, Copy)]
pub struct Delivered<'a> {
    /// The method in capitals.
    pub method: &'a str,
    /// The URL as the provider called it, with host and query.
    pub url: &'a str,
    /// Its headers.
    pub headers: &'a HeaderMap,
    /// Its body as it came.
    pub body: &'a [u8],
}

/// Why it is not shown that a webhook came from the provider.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotProven {
    /// No signature.
    #[error("the header `{0}` with the signature is missing")]
    Missing(String),
    /// No time, or one that is none.
    #[error("the header `{0}` with the time of the signature is missing or no time")]
    NoTime(String),
    /// Signed too long ago, or in the future.
    #[error("it was signed more than {0} seconds ago or ahead of now")]
    NotNow(u64),
    /// Another signature.
    #[error("the signature does not fit the request")]
    Wrong,
}

/// One event of a webhook.
#[derive(Debug, Clone, PartialEq)]
pub struct HookEvent {
    /// The account it is about: a credential's provider id.
    pub account: String,
    /// The provider's name for what happened.
    pub kind: String,
    /// The manifest's trigger; `None` for an event that no trigger stands for.
    pub trigger: Option<String>,
    /// The same text is the same event.
    pub key: String,
    /// What a workflow gets.
    pub payload: Value,
    /// As the provider sent it.
    pub event: Value,
}

/// An HMAC, written out.
pub fn mac(algorithm: Algorithm, encoding: Encoding, secret: &[u8], signed: &[u8]) -> String {
    let tag = hmac::sign(&key(algorithm, secret), signed);
    match encoding {
        Encoding::Base64 => STANDARD.encode(tag.as_ref()),
        Encoding::Hex => hex::encode(tag.as_ref()),
    }
}

/// Whether a text is the HMAC, compared in constant time.
pub fn is_mac(algorithm: Algorithm, encoding: Encoding, secret: &[u8], signed: &[u8], given: &str) -> bool {
    let tag = match encoding {
        Encoding::Base64 => STANDARD.decode(given).ok(),
        Encoding::Hex => hex::decode(given).ok(),
    };
    tag.is_some_and(|tag| hmac::verify(&key(algorithm, secret), signed, &tag).is_ok())
}

fn key(algorithm: Algorithm, secret: &[u8]) -> hmac::Key {
    let algorithm = match algorithm {
        Algorithm::Sha256 => hmac::HMAC_SHA256,
        Algorithm::Sha512 => hmac::HMAC_SHA512,
        Algorithm::Sha1 => hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY,
    };
    hmac::Key::new(algorithm, secret)
}

impl HookRule {
    /// Whether a call shows that whoever made it knows the hook's secret.
    pub fn proves(&self, secret: &str, delivered: Delivered<'_>, now: Timestamp) -> bool {
        if let Some(header) = &self.token {
            let held = delivered.headers.get(header).map(HeaderValue::as_bytes).unwrap_or_default();
            return !secret.is_empty() && verify_slices_are_equal(held, secret.as_bytes()).is_ok();
        }
        self.key(secret)
            .zip(self.signature.as_ref())
            .is_some_and(|(key, signature)| !key.is_empty() && signature.verify(&key, delivered, now).is_ok())
    }

    /// What a secret signs with.
    pub(crate) fn key(&self, secret: &str) -> Option<Vec<u8>> {
        if self.secret_in_base64 { STANDARD.decode(secret).ok() } else { Some(secret.as_bytes().to_vec()) }
    }
}

impl Signature {
    /// Checks that whoever knows the secret signed this, lately.
    pub fn verify(&self, secret: &[u8], delivered: Delivered<'_>, now: Timestamp) -> Result<(), NotProven> {
        let text = |name: &str| delivered.headers.get(name).and_then(|value| value.to_str().ok()).map(str::trim);
        let held = text(&self.header).ok_or_else(|| NotProven::Missing(self.header.clone()))?;
        let mut timestamp = "";
        if let Some(rule) = &self.timestamp {
            let missing = || NotProven::NoTime(rule.header.clone().unwrap_or_else(|| self.header.clone()));
            let told = match (&rule.header, &self.parts) {
                (Some(header), _) => text(header),
                (None, Some(named)) => parts(held, &named.timestamp).first().copied(),
                (None, None) => None,
            };
            timestamp = told.ok_or_else(missing)?;
            let number = || timestamp.parse::<i64>().ok();
            let at = match rule.unit {
                TimeUnit::Milliseconds => number().map(Timestamp::from_millis),
                TimeUnit::Seconds => number().map(|seconds| Timestamp::from_millis(seconds.saturating_mul(1000))),
                TimeUnit::Iso => Timestamp::parse(timestamp),
            };
            let at = at.ok_or_else(missing)?;
            if at.since(now).max(now.since(at)).as_millis() > u128::from(rule.max_age_seconds) * 1000 {
                return Err(NotProven::NotNow(rule.max_age_seconds));
            }
        }
        let signed = self.signed(delivered.method, delivered.url, delivered.body, timestamp);
        let proven = |given: &str| {
            given
                .strip_prefix(self.prefix.as_str())
                .is_some_and(|given| is_mac(self.algorithm, self.encoding, secret, &signed, given))
        };
        let proven = match &self.parts {
            None => proven(held),
            Some(named) => parts(held, &named.signature).into_iter().any(proven),
        };
        if proven { Ok(()) } else { Err(NotProven::Wrong) }
    }

    /// The headers that sign a request: what the simulator sends.
    pub fn sign(&self, secret: &[u8], method: &str, url: &str, body: &[u8], now: Timestamp) -> HeaderMap {
        let mut headers = HeaderMap::new();
        let mut add = |name: &str, value: &str| {
            if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
                headers.insert(name, value);
            }
        };
        let mut timestamp = String::new();
        if let Some(rule) = &self.timestamp {
            timestamp = match rule.unit {
                TimeUnit::Milliseconds => now.as_millis().to_string(),
                TimeUnit::Seconds => (now.as_millis() / 1000).to_string(),
                TimeUnit::Iso => now.to_string(),
            };
            if let Some(header) = &rule.header {
                add(header, &timestamp);
            }
        }
        let signed = self.signed(method, url, body, &timestamp);
        let mut signature = format!("{}{}", self.prefix, mac(self.algorithm, self.encoding, secret, &signed));
        if let Some(named) = &self.parts {
            signature = format!("{}={timestamp},{}={signature}", named.timestamp, named.signature);
        }
        add(&self.header, &signature);
        headers
    }

    fn signed(&self, method: &str, url: &str, body: &[u8], timestamp: &str) -> Vec<u8> {
        let mut signed = Vec::with_capacity(method.len() + url.len() + body.len() + timestamp.len());
        for part in self.signed.parts() {
            match part {
                Part::Text(text) => signed.extend_from_slice(text.as_bytes()),
                Part::Name(name) => match name.as_str() {
                    "method" => signed.extend_from_slice(method.as_bytes()),
                    "url" => signed.extend_from_slice(self.plain_url(url).as_bytes()),
                    "body" => signed.extend_from_slice(body),
                    _ => signed.extend_from_slice(timestamp.as_bytes()),
                },
            }
        }
        signed
    }

    fn plain_url<'u>(&self, url: &'u str) -> Cow<'u, str> {
        if self.decoded_in_url.is_empty() || !url.contains('%') {
            return Cow::Borrowed(url);
        }
        let mut plain = url.to_owned();
        for plain_char in &self.decoded_in_url {
            let mut escaped = String::new();
            // `encode` leaves nothing of these characters as it is.
            encode(&mut escaped, plain_char.encode_utf8(&mut [0; 4]));
            plain = plain.replace(&escaped, &plain_char.to_string());
            plain = plain.replace(&escaped.to_lowercase(), &plain_char.to_string());
        }
        Cow::Owned(plain)
    }
}

/// The values of a name in `name=value` with commas between.
fn parts<'t>(text: &'t str, name: &str) -> Vec<&'t str> {
    let pairs = text.split(',').filter_map(|part| part.trim().split_once('='));
    pairs.filter(|(key, _)| *key == name).map(|(_, value)| value).collect()
}

/// The values of a payload: the event's own keys, and all of it, unless it has a key of that name.
struct OfEvent<'a>(&'a Value);

impl Values for OfEvent<'_> {
    fn value(&self, name: &str) -> Option<Cow<'_, Value>> {
        let value = self.0.get(name).or((name == "event").then_some(self.0));
        value.filter(|value| !value.is_null()).map(Cow::Borrowed)
    }
}

/// What a webhook is.
#[derive(Debug, Clone, PartialEq)]
pub enum Told {
    /// A question whether the address is ours, and what is answered.
    Handshake(Value),
    /// Events.
    Events(Vec<HookEvent>),
}

/// Reads a webhook. The error says what does not fit.
pub fn read(manifest: &Manifest, headers: &HeaderMap, body: &[u8]) -> Result<Told, String> {
    let Some(webhooks) = &manifest.webhooks else { return Err(format!("{} sends no webhooks", manifest.name)) };
    let body: Value = serde_json::from_slice(body).map_err(|error| format!("the body is not JSON: {error}"))?;
    if let Some(handshake) = &webhooks.handshake
        && handshake.when.iter().all(|(pointer, wanted)| holds(&body, pointer, wanted))
    {
        return Ok(Told::Handshake(handshake.answer.fill(&OfEvent(&body)).unwrap_or_default()));
    }
    let list = match &webhooks.list {
        None => std::slice::from_ref(&body),
        Some(pointer) => match body.pointer(pointer) {
            Some(Value::Array(list)) => list.as_slice(),
            _ => return Err("the body has no list of events where one is expected".into()),
        },
    };
    let events = list.iter().map(|one| match webhooks.headers.as_slice() {
        [] => event(manifest, one),
        named => {
            let held =
                named.iter().filter_map(|name| Some((name.to_lowercase(), headers.get(name)?.to_str().ok()?.into())));
            event(manifest, &serde_json::json!({"headers": held.collect::<Map<String, Value>>(), "body": one}))
        }
    });
    events.collect::<Result<_, _>>().map(Told::Events)
}

fn holds(event: &Value, pointer: &str, wanted: &str) -> bool {
    event.pointer(pointer).filter(|value| !value.is_null()).is_some_and(|value| text_of(value) == wanted)
}

/// One event as the provider sent it. The error says what does not fit.
pub fn event(manifest: &Manifest, event: &Value) -> Result<HookEvent, String> {
    let Some(webhooks) = &manifest.webhooks else { return Err(format!("{} sends no webhooks", manifest.name)) };
    let text = |pointer: &String| event.pointer(pointer).filter(|value| !value.is_null()).map(text_of);
    let account = text(&webhooks.account)
        .ok_or_else(|| format!("an event does not say its account at `{}`", webhooks.account))?;
    let key: Vec<_> = webhooks.key.iter().map(|pointer| text(pointer).unwrap_or_default()).collect();
    let found = manifest.triggers.iter().find_map(|(name, trigger)| {
        let rule = trigger.webhook.as_ref()?;
        let fits = rule.when.iter().all(|(pointer, wanted)| holds(event, pointer, wanted));
        let marked = rule.without.iter().any(|pointer| text(pointer).is_some());
        (fits && !marked).then_some((name, rule))
    });
    let payload = found.and_then(|(_, rule)| rule.payload.as_ref()).unwrap_or(&webhooks.payload);
    Ok(HookEvent {
        account: visible(&account),
        kind: visible(&text(&webhooks.kind).unwrap_or_default()),
        trigger: found.map(|(name, _)| name.clone()),
        key: bounded(&key.join("/")),
        payload: payload.fill(&OfEvent(event)).unwrap_or_default(),
        event: event.clone(),
    })
}

/// A name without control characters, which no database column takes.
fn visible(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(255).collect()
}

/// A key as it is, or its hash where it is no short visible text.
pub(crate) fn bounded(key: &str) -> String {
    if key.len() <= 200 && !key.contains(char::is_control) {
        return key.to_owned();
    }
    hex::encode(aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, key.as_bytes()).as_ref())
}

impl Trigger {
    /// Whether a workflow that waits with these inputs wants an event.
    pub fn wants(&self, inputs: &Map<String, Value>, event: &Value) -> bool {
        let Some(rule) = &self.webhook else { return false };
        rule.matches.iter().all(|(input, pointer)| {
            let wanted = match inputs.get(input) {
                None | Some(Value::Null) => return true,
                Some(Value::String(text)) => list_of(text),
                Some(Value::Array(list)) => list.iter().map(|one| text_of(one).into_owned()).collect(),
                Some(other) => vec![other.to_string()],
            };
            wanted.is_empty()
                || event.pointer(pointer).is_some_and(|held| wanted.iter().any(|one| one.as_str() == text_of(held)))
        })
    }

    /// What is wrong with inputs as they are written in a workflow.
    pub fn input_problems(&self, inputs: &Map<String, Value>) -> Vec<(String, String)> {
        let mut problems = Vec::new();
        for (name, value) in inputs {
            let Some(field) = self.inputs.iter().find(|field| field.name == *name) else {
                let hint = match nearest(name, self.inputs.iter().map(|field| field.name.as_str())) {
                    Some(near) => format!("; did you mean `{near}`?"),
                    None if self.inputs.is_empty() => "; this trigger has none".into(),
                    None => {
                        let names: Vec<_> = self.inputs.iter().map(|field| format!("`{}`", field.name)).collect();
                        format!("; there are {}", names.join(", "))
                    }
                };
                problems.push((name.clone(), format!("there is no input `{name}`{hint}")));
                continue;
            };
            if !value.is_null()
                && !has_expression(value)
                && let Err(message) = inputs::own_value(field, value)
            {
                problems.push((name.clone(), message));
            }
        }
        for field in self.inputs.iter().filter(|field| field.required) {
            let missing = inputs.get(&field.name).is_none_or(|value| value.is_null() || value == "");
            if missing {
                problems.push((field.name.clone(), format!("`{}` is needed", field.name)));
            }
        }
        problems
    }

    /// The values of inputs, each in the type that its field takes; what does not fit stays as it is.
    pub fn input_values(&self, inputs: &Map<String, Value>) -> BTreeMap<String, Value> {
        let fields = self.inputs.iter().filter_map(|field| {
            let value = inputs.get(&field.name).filter(|value| !value.is_null() && **value != "")?;
            let value = inputs::own_value(field, value).unwrap_or_else(|_| value.clone());
            Some((field.name.clone(), value))
        });
        fields.collect()
    }
}

fn list_of(text: &str) -> Vec<String> {
    text.split(',').map(str::trim).filter(|part| !part.is_empty()).map(str::to_owned).collect()
}
