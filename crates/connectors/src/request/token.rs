//! Tokens by OAuth 2 client credentials (RFC 6749, section 4.4), kept until shortly before their end.

use std::collections::HashMap;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderValue};
use http::{HeaderMap, Method};
use linchpin_domain::connector::{ActionError, Sent};
use linchpin_domain::{Clock, Timestamp};
use parking_lot::Mutex;
use secrecy::SecretString;
use serde_json::Value;
use sha2::{Digest, Sha256};
use url::Url;
use url::form_urlencoded::Serializer;

use super::{host, invalid, sensitive};
use crate::client::{Answer, Call, Client, Failure};

/// Tokens held at most.
const HELD: usize = 1_000;
/// Lifetime of a token whose answer does not say.
const USUAL_LIFETIME: u64 = 300;
/// So long before its end a token is fetched anew.
const AHEAD: Duration = Duration::from_secs(30);

/// Who asks for a token, where, and for what.
#[derive(Clone, Copy)]
pub(super) struct Grant<'a> {
    pub token_url: &'a str,
    pub client_id: &'a str,
    pub client_secret: &'a str,
    pub scope: Option<&'a str>,
}

/// Tokens in memory. The key is a hash, so that no secret is held by it.
#[derive(Default)]
pub struct ClientTokens(Mutex<HashMap<[u8; 32], (SecretString, Timestamp)>>);

impl Grant<'_> {
    fn key(self) -> [u8; 32] {
        let mut hash = Sha256::new();
        for part in [self.token_url, self.client_id, self.client_secret, self.scope.unwrap_or_default()] {
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part);
        }
        hash.finalize().into()
    }

    fn form(self, with_client: bool) -> String {
        let mut form = Serializer::new(String::new());
        form.append_pair("grant_type", "client_credentials");
        if let Some(scope) = self.scope.filter(|scope| !scope.trim().is_empty()) {
            form.append_pair("scope", scope.trim());
        }
        if with_client {
            form.append_pair("client_id", self.client_id);
            form.append_pair("client_secret", self.client_secret);
        }
        form.finish()
    }
}

impl ClientTokens {
    pub(super) fn forget(&self, grant: Grant<'_>) {
        self.0.lock().remove(&grant.key());
    }

    pub(super) async fn token(
        &self,
        client: &Client,
        clock: &dyn Clock,
        grant: Grant<'_>,
    ) -> Result<SecretString, ActionError> {
        let key = grant.key();
        if let Some((token, until)) = self.0.lock().get(&key)
            && clock.now() < *until
        {
            return Ok(token.clone());
        }
        let url = Url::parse(grant.token_url)
            .map_err(|_| invalid(format!("the token URL `{}` is no address", grant.token_url)))?;
        let mut answer = ask(client, &url, grant, false).await?;
        // The standard is Basic; some servers read the form alone.
        if matches!(answer.status, 400 | 401) {
            answer = ask(client, &url, grant, true).await?;
        }
        let body: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
        let text = |name: &str| body.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
        let provider = host(&url);
        if !(200..300).contains(&answer.status) {
            let said = text("error_description").or_else(|| text("error")).unwrap_or("no reason given");
            let message = format!("it gave no token: {said}");
            let status = answer.status;
            return Err(if status >= 500 || status == 429 || status == 408 {
                ActionError::Unreachable { provider, sent: Sent::No, message, exchange: None }
            } else {
                ActionError::Rejected { provider, status, code: "no_token".into(), message, exchange: None }
            });
        }
        let Some(token) = text("access_token").map(SecretString::from) else {
            let message = "the token answer holds no access token".into();
            return Err(ActionError::Unreachable { provider, sent: Sent::No, message, exchange: None });
        };
        let lifetime = body.get("expires_in").and_then(|value| value.as_u64().or_else(|| value.as_str()?.parse().ok()));
        let lifetime = Duration::from_secs(lifetime.unwrap_or(USUAL_LIFETIME).min(86_400)).saturating_sub(AHEAD);
        let mut held = self.0.lock();
        if held.len() >= HELD {
            let now = clock.now();
            held.retain(|_, (_, until)| now < *until);
            if held.len() >= HELD {
                held.clear();
            }
        }
        held.insert(key, (token.clone(), clock.now().plus(lifetime)));
        Ok(token)
    }
}

/// Asks once. The step's own request has not been sent yet, whatever comes of this.
async fn ask(client: &Client, url: &Url, grant: Grant<'_>, in_form: bool) -> Result<Answer, ActionError> {
    let mut headers = HeaderMap::new();
    headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/x-www-form-urlencoded"));
    if !in_form {
        let encoded = |text: &str| url::form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
        let pair = format!("{}:{}", encoded(grant.client_id), encoded(grant.client_secret));
        headers.insert(AUTHORIZATION, sensitive(&format!("Basic {}", STANDARD.encode(pair))));
    }
    let body = Some(Bytes::from(grant.form(in_form)));
    let call = Call { method: Method::POST, url: url.clone(), set_by_administrator: false, headers, body };
    client.send_step(call).await.map_err(|failure| match failure {
        Failure::Refused(message) => ActionError::Rejected {
            provider: host(url),
            status: 0,
            code: "egress_refused".into(),
            message,
            exchange: None,
        },
        Failure::NoAnswer { message, .. } => {
            ActionError::Unreachable { provider: host(url), sent: Sent::No, message, exchange: None }
        }
    })
}
