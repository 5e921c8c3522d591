//! Fetching a document that an administrator named, by the same client and under the same egress rules
//! as calls to providers.

use std::time::Duration;

use http::header::{ACCEPT, CACHE_CONTROL, HeaderValue};
use http::{HeaderMap, Method};
use serde_json::Value;
use url::Url;

use crate::client::{Call, Client, Failure};

/// A JSON document.
#[derive(Debug, Clone)]
pub struct Document {
    /// What it holds.
    pub body: Value,
    /// How long it may be kept, where its owner says so.
    pub max_age: Option<Duration>,
}

/// Fetches a JSON document. The error says why not, for people, without the address.
pub async fn fetch(client: &Client, url: &Url) -> Result<Document, String> {
    let mut headers = HeaderMap::with_capacity(1);
    headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
    let call = Call { method: Method::GET, url: url.clone(), set_by_administrator: true, headers, body: None };
    let answer = client.send(call).await.map_err(|failure| match failure {
        Failure::Refused(message) | Failure::NoAnswer { message, .. } => message,
    })?;
    if !(200..300).contains(&answer.status) {
        return Err(format!("it was answered {}", answer.status));
    }
    let body = serde_json::from_slice(&answer.body).map_err(|_| "the answer is no JSON".to_owned())?;
    Ok(Document { body, max_age: max_age(&answer.headers) })
}

fn max_age(headers: &HeaderMap) -> Option<Duration> {
    let text = headers.get(CACHE_CONTROL)?.to_str().ok()?;
    let seconds = text.split(',').find_map(|part| part.trim().strip_prefix("max-age="))?;
    seconds.parse().ok().map(Duration::from_secs)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn how_long_a_document_may_be_kept_is_read() {
        let of = |text: &str| {
            let headers = HeaderMap::from_iter([(CACHE_CONTROL, HeaderValue::from_str(text).expect("a header"))]);
            max_age(&headers).map(|age| age.as_secs())
        };
        assert_eq!(of("public, max-age=19302, must-revalidate"), Some(19_302));
        assert_eq!(of("no-store"), None);
    }
}
