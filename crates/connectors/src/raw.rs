//! A request of one's own with a connected account's token: the proxy door.

use std::time::Duration;

use bytes::Bytes;
use http::header::{CONTENT_TYPE, HeaderName, HeaderValue};
use http::{HeaderMap, Method};
use linchpin_domain::connector::{ActionError, Exchange};
use url::Url;

use crate::access::{self, Account};
use crate::call::{self, Endpoint, Exchanged};
use crate::classify;
use crate::client::{Answer, Call, Client};
use crate::free::{HOP_BY_HOP, is_ours, trick};
use crate::manifest::Manifest;

/// A request to pass on.
#[derive(Debug, Clone)]
pub struct RawRequest<'a> {
    /// HTTP method.
    pub method: Method,
    /// A path below the provider's API, or a full URL at one of the manifest's origins.
    pub path_and_query: &'a str,
    /// Headers of the caller; what must not travel is dropped.
    pub headers: HeaderMap,
    /// Body.
    pub body: Bytes,
}

/// The provider's answer, whatever its status.
#[derive(Debug, Clone)]
pub struct RawResponse {
    /// HTTP status.
    pub status: u16,
    /// Headers, without those of the connection and without cookies.
    pub headers: HeaderMap,
    /// Body.
    pub body: Bytes,
}

impl RawResponse {
    /// How long the provider asks the account to wait, where the answer says so.
    pub fn asks_to_wait(&self, manifest: &Manifest) -> Option<Duration> {
        if self.status < 400 {
            return None;
        }
        let exchange = Exchange {
            method: String::new(),
            url: String::new(),
            request_body: None,
            status: Some(self.status),
            response_body: None,
            joined: None,
        };
        let answer = Answer { status: self.status, headers: self.headers.clone(), body: self.body.clone() };
        let body = serde_json::from_slice(&self.body).unwrap_or_default();
        match classify::verdict(manifest, Exchanged { answer, body, not_json: false, exchange, zone: None }) {
            Err(ActionError::RateLimited { retry_after, .. }) => Some(retry_after),
            _ => None,
        }
    }
}

/// Sends a request as it is, with the account's token.
pub async fn raw(
    client: &Client,
    manifest: &Manifest,
    account: Account<'_>,
    request: RawRequest<'_>,
) -> Result<RawResponse, ActionError> {
    let (mut url, set_by_administrator) = target(manifest, account, request.path_and_query)?;
    let mut headers = passed_on(&request.headers);
    let automatic = headers.get(CONTENT_TYPE).is_none_or(|value| value.as_bytes().eq_ignore_ascii_case(b"auto"));
    if request.body.is_empty() {
        if automatic {
            headers.remove(CONTENT_TYPE);
        }
    } else if automatic {
        let json = serde_json::from_slice::<serde::de::IgnoredAny>(&request.body).is_ok();
        let kind = if json { "application/json" } else { "text/plain; charset=utf-8" };
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    }
    access::common(manifest, account.endpoint, &mut headers)?;
    access::prove(manifest, account, &mut headers, &mut url)?;
    let body = (!request.body.is_empty()).then_some(request.body);
    let call = Call { method: request.method, url, set_by_administrator, headers, body };
    let answer = client.send(call).await.map_err(|failure| call::no_answer(manifest, failure, None))?;
    let mut headers = HeaderMap::with_capacity(answer.headers.len());
    for (name, value) in &answer.headers {
        let name_text = name.as_str();
        if !HOP_BY_HOP.contains(&name_text) && !matches!(name_text, "set-cookie" | "content-length") {
            headers.append(name, value.clone());
        }
    }
    Ok(RawResponse { status: answer.status, headers, body: answer.body })
}

fn passed_on(headers: &HeaderMap) -> HeaderMap {
    // What `Connection` names belongs to the connection too.
    let named: Vec<HeaderName> = headers
        .get_all("connection")
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|list| list.split(',').filter_map(|name| name.trim().parse().ok()))
        .collect();
    let mut kept = HeaderMap::with_capacity(headers.len() + 1);
    for (name, value) in headers {
        if !is_ours(name.as_str()) && !named.contains(name) {
            kept.append(name, value.clone());
        }
    }
    kept
}

/// Where a request goes, and whether an administrator set that origin.
fn target(manifest: &Manifest, account: Account<'_>, path: &str) -> Result<(Url, bool), ActionError> {
    let invalid = |message: String| ActionError::Invalid { message };
    if path.chars().any(char::is_control) {
        return Err(invalid("the path holds a control character".into()));
    }
    if let Some(trick) = trick(path) {
        return Err(invalid(format!("the path holds {trick}; write the path that is meant")));
    }
    let full = path
        .get(..8)
        .is_some_and(|start| start.eq_ignore_ascii_case("https://") || start[..7].eq_ignore_ascii_case("http://"));
    if !full {
        let (base, set) = access::base(manifest, account.endpoint, account.access, "api")?;
        // One slash between, so that a path can name no other host.
        let path = path.trim_start_matches('/');
        let url = Url::parse(&format!("{base}/{path}")).map_err(|_| invalid(format!("`/{path}` is no path")))?;
        return Ok((url, set));
    }
    let wanted = Url::parse(path).map_err(|_| invalid("the address is not valid".into()))?;
    let usual = Endpoint::default();
    let mut origins = Vec::new();
    for name in manifest.base_urls.keys() {
        // An address that depends on another account's values is none of this one's.
        let Ok((base, set)) = access::base(manifest, account.endpoint, account.access, name) else { continue };
        let declared = access::base(manifest, &usual, account.access, name).map(|(url, _)| url.into_owned());
        let same = |url: &str| Url::parse(url).is_ok_and(|url| url.origin() == wanted.origin());
        // A request for the provider's usual address goes where that address was set to.
        if (same(&base) || declared.as_ref().is_ok_and(|url| same(url)))
            && wanted.username().is_empty()
            && wanted.password().is_none()
        {
            // A base address may have a path, which stands in a full address already.
            if declared.as_deref().ok() == Some(&*base) {
                return Ok((wanted, set));
            }
            let rest = &wanted[url::Position::BeforePath..url::Position::AfterQuery];
            let url = Url::parse(&format!("{base}{rest}")).map_err(|_| invalid("the address is not valid".into()))?;
            return Ok((url, set));
        }
        origins.push(declared.unwrap_or_else(|_| base.into_owned()));
    }
    Err(invalid(format!(
        "{} is not an address of {}; a token goes only to {}",
        wanted.origin().ascii_serialization(),
        manifest.name,
        origins.join(", ")
    )))
}
