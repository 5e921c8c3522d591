//! OAuth 2: the consent page's address, the code exchange, client credentials, refresh and revocation.
//!
//! Forms are sent with our own client, so that egress rules, limits and the distinction between
//! "surely not sent" and "maybe sent" hold here as everywhere; a refresh whose answer was lost
//! must not pass for a revoked grant.

mod probe;

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use bytes::Bytes;
use http::HeaderMap;
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderValue};
use linchpin_domain::Clock;
use linchpin_domain::connector::Sent;
use linchpin_domain::id::secret_text;
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};
use url::Url;
use url::form_urlencoded::Serializer;

use crate::access::{Access, address, base};
use crate::call::Endpoint;
use crate::client::{Answer, Call, Client, Failure};
use crate::manifest::{ClientAuthentication, ClientCredentials, Manifest, Method, OAuth2, TokenBody};
use crate::shape::{Pattern, text_of};

pub use probe::{Probe, Verdict, probe};

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

/// By which of the manifest's ways an account is connected, and with what.
#[derive(Debug, Clone, Copy)]
pub struct Way<'a> {
    /// The connector.
    pub manifest: &'a Manifest,
    /// The way.
    pub method: &'a Method,
    /// Where the provider is.
    pub endpoint: &'a Endpoint,
    /// What was asked of the user: parts of addresses, or an app of the user's own.
    pub inputs: &'a Map<String, Value>,
}

impl<'a> Way<'a> {
    /// The way of a name; `None` when the manifest has none of it.
    pub fn of(
        manifest: &'a Manifest,
        name: &str,
        endpoint: &'a Endpoint,
        inputs: &'a Map<String, Value>,
    ) -> Option<Self> {
        Some(Self { manifest, method: manifest.method(name)?, endpoint, inputs })
    }

    /// The app at the provider: the project's, or the user's own where the way says so.
    pub fn app(&self, project: Option<&App>) -> Option<App> {
        let own = self.method.client_credentials.is_some()
            || self.method.oauth2.as_ref().is_some_and(|oauth2| oauth2.user_app);
        if !own {
            return project.cloned();
        }
        let text = |name: &str| self.inputs.get(name).map(|value| text_of(value).into_owned());
        Some(App {
            client_id: text("clientId")?,
            client_secret: SecretString::from(text("clientSecret")?),
            scopes: project.map_or_else(|| self.manifest.default_scopes.clone(), |app| app.scopes.clone()),
            optional_scopes: Vec::new(),
        })
    }

    fn access(&self) -> Access {
        Access { inputs: self.inputs.clone(), ..Access::bearer("") }
    }

    fn oauth2(&self) -> Result<&'a OAuth2, TokenError> {
        self.method.oauth2.as_ref().ok_or_else(|| TokenError::Rejected {
            message: format!("{} is not connected by signing in", self.manifest.name),
        })
    }
}

/// What the token endpoint of a way is.
struct TokenEndpoint<'a> {
    base: &'a str,
    path: &'a Pattern,
    authentication: ClientAuthentication,
    body: TokenBody,
    granted: &'a str,
    lifetime: Option<u64>,
}

impl<'a> TokenEndpoint<'a> {
    fn of(oauth2: &'a OAuth2) -> Self {
        Self {
            base: &oauth2.token_base,
            path: &oauth2.token_path,
            authentication: oauth2.client_authentication,
            body: oauth2.token_body,
            granted: &oauth2.granted_scopes,
            lifetime: oauth2.token_lifetime_seconds,
        }
    }

    fn of_credentials(grant: &'a ClientCredentials) -> Self {
        Self {
            base: &grant.token_base,
            path: &grant.token_path,
            authentication: grant.client_authentication,
            body: grant.token_body,
            granted: "/scope",
            lifetime: Some(grant.token_lifetime_seconds),
        }
    }
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
    way: Way<'_>,
    app: &App,
    redirect_uri: &str,
    state: &str,
    pkce_challenge: Option<&str>,
) -> Result<Url, TokenError> {
    let oauth2 = way.oauth2()?;
    let rejected = |error: linchpin_domain::connector::ActionError| TokenError::Rejected { message: error.to_string() };
    let (base, _) = base(way.manifest, way.endpoint, &way.access(), &oauth2.authorize_base).map_err(rejected)?;
    let mut url = Url::parse(&format!("{base}{}", oauth2.authorize_path))
        .map_err(|_| TokenError::Rejected { message: format!("the base URL `{base}` is no address") })?;
    {
        let mut query = url.query_pairs_mut();
        query.append_pair("client_id", &app.client_id);
        query.append_pair("redirect_uri", redirect_uri);
        if !app.scopes.is_empty() {
            query.append_pair("scope", &app.scopes.join(&oauth2.scope_separator));
        }
        if let (Some(parameter), false) = (&oauth2.optional_scope_parameter, app.optional_scopes.is_empty()) {
            query.append_pair(parameter, &app.optional_scopes.join(&oauth2.scope_separator));
        }
        query.append_pair("response_type", "code");
        query.append_pair("state", state);
        for (name, value) in &oauth2.authorize_parameters {
            query.append_pair(name, value);
        }
        if let (true, Some(challenge)) = (oauth2.pkce, pkce_challenge) {
            query.append_pair("code_challenge", challenge);
            query.append_pair("code_challenge_method", "S256");
        }
    }
    Ok(url)
}

/// Exchanges the code that came back from the consent page.
pub async fn exchange(
    client: &Client,
    way: Way<'_>,
    app: &App,
    code: &str,
    redirect_uri: &str,
    verifier: Option<&SecretString>,
) -> Result<Tokens, TokenError> {
    let oauth2 = way.oauth2()?;
    let mut form = vec![("grant_type", "authorization_code"), ("code", code), ("redirect_uri", redirect_uri)];
    if let (true, Some(verifier)) = (oauth2.pkce, verifier) {
        form.push(("code_verifier", verifier.expose_secret()));
    }
    token(client, way, app, &TokenEndpoint::of(oauth2), &form).await.map_err(|error| match error {
        // A code that is not taken says nothing about a grant.
        TokenError::Revoked { message } => TokenError::Rejected { message },
        other => other,
    })
}

/// Asks for a fresh access token.
pub async fn refresh(
    client: &Client,
    way: Way<'_>,
    app: &App,
    refresh_token: &SecretString,
) -> Result<Tokens, TokenError> {
    let form = [("grant_type", "refresh_token"), ("refresh_token", refresh_token.expose_secret())];
    token(client, way, app, &TokenEndpoint::of(way.oauth2()?), &form).await
}

/// Exchanges the user's own client id and secret for an access token.
pub async fn client_credentials(client: &Client, way: Way<'_>) -> Result<Tokens, TokenError> {
    let rejected = |message: String| TokenError::Rejected { message };
    let grant = way
        .method
        .client_credentials
        .as_ref()
        .ok_or_else(|| rejected(format!("{} takes no client credentials", way.manifest.name)))?;
    let app = way.app(None).ok_or_else(|| rejected("client id and secret are needed".into()))?;
    let scopes = grant.scopes.join(" ");
    let mut form = vec![("grant_type", "client_credentials")];
    if !scopes.is_empty() {
        form.push(("scope", &scopes));
    }
    let more: Vec<_> =
        grant.parameters.iter().filter_map(|(name, value)| Some((name, value.fill(way.inputs)?))).collect();
    form.extend(more.iter().map(|(name, value)| (name.as_str(), value.as_str())));
    token(client, way, &app, &TokenEndpoint::of_credentials(grant), &form).await
}

/// Tells the provider that a token is no longer wanted. Best effort: the caller forgets the
/// credential whatever comes of it.
pub async fn revoke(client: &Client, way: Way<'_>, app: &App, refresh_token: &SecretString) -> Result<(), TokenError> {
    let oauth2 = way.oauth2()?;
    let Some(path) = &oauth2.revoke_path else { return Ok(()) };
    let endpoint = TokenEndpoint { path, ..TokenEndpoint::of(oauth2) };
    let form = [("token", refresh_token.expose_secret()), ("token_type_hint", "refresh_token")];
    let answer = post(client, way, app, &endpoint, &form).await?;
    if answer.status < 300 { Ok(()) } else { Err(refusal(way.method, answer.status, &json_of(&answer))) }
}

async fn token(
    client: &Client,
    way: Way<'_>,
    app: &App,
    endpoint: &TokenEndpoint<'_>,
    form: &[(&str, &str)],
) -> Result<Tokens, TokenError> {
    let answer = post(client, way, app, endpoint, form).await?;
    let body = json_of(&answer);
    // Some providers refuse with 200.
    if answer.status >= 300 || (body.get("access_token").is_none() && body.get("error").is_some()) {
        return Err(refusal(way.method, answer.status, &body));
    }
    let unreadable =
        || TokenError::Unavailable { message: "the token answer holds no access token".into(), sent: Sent::Maybe };
    let granted = granted(endpoint.granted, &body);
    let Value::Object(mut extra) = body else { return Err(unreadable()) };
    let mut secret = |name: &str| match extra.shift_remove(name) {
        Some(Value::String(text)) if !text.is_empty() => Some(SecretString::from(text)),
        _ => None,
    };
    let access_token = secret("access_token").ok_or_else(unreadable)?;
    let refresh_token = secret("refresh_token");
    secret("id_token");
    let seconds = extra.get("expires_in").and_then(|value| value.as_u64().or_else(|| value.as_str()?.parse().ok()));
    let expires_in = seconds.or(endpoint.lifetime).map(Duration::from_secs);
    Ok(Tokens { access_token, refresh_token, expires_in, scopes: granted, extra })
}

fn granted(pointer: &str, body: &Value) -> Vec<String> {
    match body.pointer(pointer) {
        Some(Value::Array(list)) => list.iter().filter_map(|scope| scope.as_str().map(str::to_owned)).collect(),
        Some(Value::String(text)) => text.split([' ', ',']).filter(|one| !one.is_empty()).map(str::to_owned).collect(),
        _ => Vec::new(),
    }
}

/// What a refusal means: only a dead grant is revoked; a provider that is down is not.
fn refusal(method: &Method, status: u16, body: &Value) -> TokenError {
    let text = |pointer: &str| body.pointer(pointer).and_then(Value::as_str).filter(|text| !text.is_empty());
    let message = text("/error_description").or_else(|| text("/message")).or_else(|| text("/error"));
    let message = message.map_or_else(|| format!("status {status}"), str::to_owned);
    if status == 429 || status == 408 || status >= 500 {
        return TokenError::Unavailable { message: format!("it answered {status}: {message}"), sent: Sent::Maybe };
    }
    let dead = text("/error") == Some("invalid_grant")
        || method
            .oauth2
            .iter()
            .flat_map(|oauth2| &oauth2.dead_grant)
            .any(|(pointer, expected)| text(pointer) == Some(expected));
    if dead { TokenError::Revoked { message } } else { TokenError::Rejected { message } }
}

async fn post(
    client: &Client,
    way: Way<'_>,
    app: &App,
    endpoint: &TokenEndpoint<'_>,
    form: &[(&str, &str)],
) -> Result<Answer, TokenError> {
    let rejected = |message: String| TokenError::Rejected { message };
    let (url, set_by_administrator) = address(way.manifest, way.endpoint, &way.access(), endpoint.base, endpoint.path)
        .map_err(|error| rejected(error.to_string()))?;
    let mut headers = HeaderMap::with_capacity(4);
    let body = body_of(app, endpoint, form);
    if endpoint.authentication == ClientAuthentication::Basic {
        let pair = STANDARD.encode(format!("{}:{}", app.client_id, app.client_secret.expose_secret()));
        let mut value = HeaderValue::try_from(format!("Basic {pair}")).expect("base64 is a header value");
        value.set_sensitive(true);
        headers.insert(AUTHORIZATION, value);
    }
    headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
    let kind = match endpoint.body {
        TokenBody::Form => "application/x-www-form-urlencoded",
        TokenBody::Json => "application/json",
    };
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    let call = Call { method: http::Method::POST, url, set_by_administrator, headers, body: Some(Bytes::from(body)) };
    client.send(call).await.map_err(|failure| match failure {
        Failure::Refused(message) => rejected(message),
        Failure::NoAnswer { sent, message } => TokenError::Unavailable { message, sent },
    })
}

/// A function of its own: the serializer is not `Send` and must not live while anything is awaited.
fn body_of(app: &App, endpoint: &TokenEndpoint<'_>, form: &[(&str, &str)]) -> String {
    let mut pairs = form.to_vec();
    if endpoint.authentication == ClientAuthentication::Body {
        pairs.push(("client_id", &app.client_id));
        pairs.push(("client_secret", app.client_secret.expose_secret()));
    }
    match endpoint.body {
        TokenBody::Form => Serializer::new(String::new()).extend_pairs(pairs).finish(),
        TokenBody::Json => {
            let object: Map<String, Value> =
                pairs.into_iter().map(|(name, value)| (name.to_owned(), value.into())).collect();
            Value::Object(object).to_string()
        }
    }
}

fn json_of(answer: &Answer) -> Value {
    serde_json::from_slice(&answer.body).unwrap_or_default()
}
