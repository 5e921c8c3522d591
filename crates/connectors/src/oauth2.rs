//! OAuth 2: the consent page's address, the code exchange, refresh and revocation.
//!
//! Forms are sent with our own client, so that egress rules, limits and the distinction between
//! "surely not sent" and "maybe sent" hold here as everywhere; a refresh whose answer was lost
//! must not pass for a revoked grant.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use bytes::Bytes;
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderValue};
use http::{HeaderMap, Method};
use linchpin_domain::Clock;
use linchpin_domain::connector::{ActionError, Sent};
use linchpin_domain::id::secret_text;
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};
use url::Url;
use url::form_urlencoded::Serializer;

use crate::call::{self, Endpoint};
use crate::client::{Answer, Call, Client, Failure};
use crate::manifest::{ClientAuthentication, Manifest};
use crate::shape::Pattern;

/// The project's own app at the provider.
#[derive(Debug, Clone)]
pub struct App {
    /// Client id.
    pub client_id: String,
    /// Client secret.
    pub client_secret: SecretString,
    /// Scopes asked for.
    pub scopes: Vec<String>,
    /// Scopes granted only where the account has them.
    pub optional_scopes: Vec<String>,
}

/// What a token answer brought.
#[derive(Debug, Clone)]
pub struct Tokens {
    /// The access token.
    pub access_token: SecretString,
    /// The refresh token, where one was given; store whichever the last answer held.
    pub refresh_token: Option<SecretString>,
    /// Lifetime of the access token; the manifest's where the answer did not say.
    pub expires_in: Option<Duration>,
    /// Granted scopes.
    pub scopes: Vec<String>,
    /// Everything else in the answer, without tokens.
    pub extra: Map<String, Value>,
}

/// Why there are no tokens.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// The grant is gone: the connected user must connect again.
    #[error("the grant is gone: {message}")]
    Revoked {
        /// What the provider said.
        message: String,
    },
    /// The app's credentials, the code or the request are wrong.
    #[error("the provider refused: {message}")]
    Rejected {
        /// What the provider said.
        message: String,
    },
    /// The provider did not answer usefully; try again later.
    #[error("the provider could not be asked: {message}")]
    Unavailable {
        /// What went wrong.
        message: String,
        /// Whether the request may have taken effect.
        sent: Sent,
    },
}

/// A PKCE verifier and its S256 challenge.
pub fn new_pkce(clock: &dyn Clock) -> (SecretString, String) {
    let verifier = secret_text(clock);
    let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(verifier.as_bytes()));
    (SecretString::from(verifier), challenge)
}

/// The consent page's address.
pub fn authorize_url(
    manifest: &Manifest,
    endpoint: &Endpoint,
    app: &App,
    redirect_uri: &str,
    state: &str,
    pkce_challenge: Option<&str>,
) -> Result<Url, TokenError> {
    let auth = &manifest.auth;
    let name = &auth.authorize_base;
    let (base, _) = endpoint
        .base(manifest, name)
        .ok_or_else(|| TokenError::Rejected { message: format!("there is no base URL `{name}`") })?;
    let mut url = Url::parse(&format!("{base}{}", auth.authorize_path))
        .map_err(|_| TokenError::Rejected { message: format!("the base URL `{base}` is no address") })?;
    {
        let mut query = url.query_pairs_mut();
        query.append_pair("client_id", &app.client_id);
        query.append_pair("redirect_uri", redirect_uri);
        query.append_pair("scope", &app.scopes.join(&auth.scope_separator));
        if let (Some(parameter), false) = (&auth.optional_scope_parameter, app.optional_scopes.is_empty()) {
            query.append_pair(parameter, &app.optional_scopes.join(&auth.scope_separator));
        }
        query.append_pair("response_type", "code");
        query.append_pair("state", state);
        if let (true, Some(challenge)) = (auth.pkce, pkce_challenge) {
            query.append_pair("code_challenge", challenge);
            query.append_pair("code_challenge_method", "S256");
        }
    }
    Ok(url)
}

/// Exchanges the code that came back from the consent page.
pub async fn exchange(
    client: &Client,
    manifest: &Manifest,
    endpoint: &Endpoint,
    app: &App,
    code: &str,
    redirect_uri: &str,
    verifier: Option<&SecretString>,
) -> Result<Tokens, TokenError> {
    let mut form = vec![("grant_type", "authorization_code"), ("code", code), ("redirect_uri", redirect_uri)];
    if let (true, Some(verifier)) = (manifest.auth.pkce, verifier) {
        form.push(("code_verifier", verifier.expose_secret()));
    }
    token(client, manifest, endpoint, app, &form).await.map_err(|error| match error {
        // A code that is not taken says nothing about a grant.
        TokenError::Revoked { message } => TokenError::Rejected { message },
        other => other,
    })
}

/// Asks for a fresh access token.
pub async fn refresh(
    client: &Client,
    manifest: &Manifest,
    endpoint: &Endpoint,
    app: &App,
    refresh_token: &SecretString,
) -> Result<Tokens, TokenError> {
    let form = [("grant_type", "refresh_token"), ("refresh_token", refresh_token.expose_secret())];
    token(client, manifest, endpoint, app, &form).await
}

/// Tells the provider that a token is no longer wanted. Best effort: the caller forgets the
/// credential whatever comes of it.
pub async fn revoke(
    client: &Client,
    manifest: &Manifest,
    endpoint: &Endpoint,
    app: &App,
    refresh_token: &SecretString,
) -> Result<(), TokenError> {
    let Some(path) = &manifest.auth.revoke_path else { return Ok(()) };
    let form = [("token", refresh_token.expose_secret()), ("token_type_hint", "refresh_token")];
    let answer = post(client, manifest, endpoint, app, path, &form).await?;
    if answer.status < 300 { Ok(()) } else { Err(refusal(manifest, answer.status, &json_of(&answer))) }
}

async fn token(
    client: &Client,
    manifest: &Manifest,
    endpoint: &Endpoint,
    app: &App,
    form: &[(&str, &str)],
) -> Result<Tokens, TokenError> {
    let answer = post(client, manifest, endpoint, app, &manifest.auth.token_path, form).await?;
    let body = json_of(&answer);
    if answer.status >= 300 {
        return Err(refusal(manifest, answer.status, &body));
    }
    let unreadable =
        || TokenError::Unavailable { message: "the token answer holds no access token".into(), sent: Sent::Maybe };
    let Value::Object(mut extra) = body else { return Err(unreadable()) };
    let granted = granted(manifest, &Value::Object(extra.clone()));
    let mut secret = |name: &str| match extra.shift_remove(name) {
        Some(Value::String(text)) if !text.is_empty() => Some(SecretString::from(text)),
        _ => None,
    };
    let access_token = secret("access_token").ok_or_else(unreadable)?;
    let refresh_token = secret("refresh_token");
    secret("id_token");
    let seconds = extra.get("expires_in").and_then(|value| value.as_u64().or_else(|| value.as_str()?.parse().ok()));
    let expires_in = Some(Duration::from_secs(seconds.unwrap_or(manifest.auth.token_lifetime_seconds)));
    Ok(Tokens { access_token, refresh_token, expires_in, scopes: granted, extra })
}

fn granted(manifest: &Manifest, body: &Value) -> Vec<String> {
    match body.pointer(&manifest.auth.granted_scopes) {
        Some(Value::Array(list)) => list.iter().filter_map(|scope| scope.as_str().map(str::to_owned)).collect(),
        Some(Value::String(text)) => text.split([' ', ',']).filter(|one| !one.is_empty()).map(str::to_owned).collect(),
        _ => Vec::new(),
    }
}

/// What a refusal means: only a dead grant is revoked; a provider that is down is not.
fn refusal(manifest: &Manifest, status: u16, body: &Value) -> TokenError {
    let text = |pointer: &str| body.pointer(pointer).and_then(Value::as_str).filter(|text| !text.is_empty());
    let message = text("/error_description").or_else(|| text("/message")).or_else(|| text("/error"));
    let message = message.map_or_else(|| format!("status {status}"), str::to_owned);
    if status == 429 || status == 408 || status >= 500 {
        return TokenError::Unavailable { message: format!("it answered {status}: {message}"), sent: Sent::Maybe };
    }
    let dead = text("/error") == Some("invalid_grant")
        || manifest.auth.dead_grant.iter().any(|(pointer, expected)| text(pointer) == Some(expected));
    if dead { TokenError::Revoked { message } } else { TokenError::Rejected { message } }
}

async fn post(
    client: &Client,
    manifest: &Manifest,
    endpoint: &Endpoint,
    app: &App,
    path: &Pattern,
    form: &[(&str, &str)],
) -> Result<Answer, TokenError> {
    let rejected = |message: String| TokenError::Rejected { message };
    let (base, set_by_administrator) =
        endpoint.base(manifest, "api").ok_or_else(|| rejected("there is no base URL `api`".into()))?;
    let mut url = base.to_owned();
    call::path(&mut url, manifest, endpoint, path, &Map::new())
        .map_err(|error: ActionError| rejected(error.to_string()))?;
    let url = Url::parse(&url).map_err(|_| rejected(format!("the base URL `{base}` is no address")))?;
    let mut headers = HeaderMap::with_capacity(4);
    let body = form_of(manifest, app, form);
    if manifest.auth.client_authentication == ClientAuthentication::Basic {
        let pair = STANDARD.encode(format!("{}:{}", app.client_id, app.client_secret.expose_secret()));
        let mut value = HeaderValue::try_from(format!("Basic {pair}")).expect("base64 is a header value");
        value.set_sensitive(true);
        headers.insert(AUTHORIZATION, value);
    }
    headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/x-www-form-urlencoded"));
    let call = Call { method: Method::POST, url, set_by_administrator, headers, body: Some(Bytes::from(body)) };
    client.send(call).await.map_err(|failure| match failure {
        Failure::Refused(message) => rejected(message),
        Failure::NoAnswer { sent, message } => TokenError::Unavailable { message, sent },
    })
}

/// A function of its own: the serializer is not `Send` and must not live while anything is awaited.
fn form_of(manifest: &Manifest, app: &App, form: &[(&str, &str)]) -> String {
    let mut body = Serializer::new(String::new());
    body.extend_pairs(form);
    if manifest.auth.client_authentication == ClientAuthentication::Body {
        body.append_pair("client_id", &app.client_id);
        body.append_pair("client_secret", app.client_secret.expose_secret());
    }
    body.finish()
}

fn json_of(answer: &Answer) -> Value {
    serde_json::from_slice(&answer.body).unwrap_or_default()
}
