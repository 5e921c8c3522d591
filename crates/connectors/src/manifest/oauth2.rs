//! What a manifest says about OAuth 2: the consent page, the token endpoint, the tokens.

use indexmap::IndexMap;
use serde::Deserialize;

use crate::shape::Pattern;

/// OAuth 2 with the authorization code grant.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct OAuth2 {
    /// Base URL that the consent page lies below.
    pub authorize_base: String,
    /// Path of the consent page.
    pub authorize_path: String,
    /// Further query parameters of the consent page.
    #[serde(default)]
    pub authorize_parameters: IndexMap<String, String>,
    /// Base URL that the token endpoint lies below.
    #[serde(default = "api")]
    pub token_base: String,
    /// Path of the token endpoint.
    pub(crate) token_path: Pattern,
    /// Other paths at which the provider takes the same requests; only the simulator serves them.
    #[serde(default)]
    pub also_token_paths: Vec<String>,
    /// Path of the revocation endpoint.
    #[serde(default)]
    pub(crate) revoke_path: Option<Pattern>,
    /// Path of the introspection endpoint.
    #[serde(default)]
    pub(crate) introspect_path: Option<Pattern>,
    /// Between scopes in a query parameter.
    #[serde(default = "space")]
    pub scope_separator: String,
    /// Query parameter for scopes that are granted only where the account has them.
    #[serde(default)]
    pub optional_scope_parameter: Option<String>,
    /// How client id and secret travel to the token endpoint.
    #[serde(default)]
    pub client_authentication: ClientAuthentication,
    /// How the token endpoint is asked.
    #[serde(default)]
    pub token_body: TokenBody,
    /// Whether PKCE is used.
    #[serde(default)]
    pub pkce: bool,
    /// JSON pointer to the granted scopes in the token answer, a list or a text.
    #[serde(default = "scope_pointer")]
    pub granted_scopes: String,
    /// Lifetime of an access token where the answer does not say; without it such a token stays good.
    #[serde(default)]
    pub token_lifetime_seconds: Option<u64>,
    /// How long before expiry a token is renewed.
    #[serde(default)]
    pub refresh_ahead_seconds: u64,
    /// JSON pointers and texts in a refusal that mean, like `invalid_grant`, that the grant is gone.
    #[serde(default)]
    pub dead_grant: IndexMap<String, String>,
    /// Whether a refresh gives a new refresh token.
    #[serde(default)]
    pub rotation: Rotation,
    /// Whether each user brings an app of their own: its inputs `clientId` and `clientSecret`.
    #[serde(default)]
    pub user_app: bool,
    /// The header that carries the access token.
    #[serde(default = "authorization")]
    pub token_header: String,
    /// What stands before it there.
    #[serde(default = "bearer")]
    pub token_prefix: String,
}

/// OAuth 2 with the client credentials grant: client id and secret are the user's, in the inputs
/// `clientId` and `clientSecret`.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ClientCredentials {
    /// Base URL that the token endpoint lies below.
    #[serde(default = "api")]
    pub token_base: String,
    /// Path of the token endpoint.
    pub(crate) token_path: Pattern,
    /// How client id and secret travel.
    #[serde(default)]
    pub client_authentication: ClientAuthentication,
    /// How the token endpoint is asked.
    #[serde(default)]
    pub token_body: TokenBody,
    /// Scopes that are asked for.
    #[serde(default)]
    pub scopes: Vec<String>,
    /// Further values for the token endpoint, with inputs as placeholders.
    #[serde(default)]
    pub(crate) parameters: IndexMap<String, Pattern>,
    /// Lifetime of an access token where the answer does not say.
    pub token_lifetime_seconds: u64,
    /// The header that carries the access token.
    #[serde(default = "authorization")]
    pub token_header: String,
    /// What stands before it there.
    #[serde(default = "bearer")]
    pub token_prefix: String,
}

fn api() -> String {
    "api".into()
}

fn space() -> String {
    " ".into()
}

fn scope_pointer() -> String {
    "/scope".into()
}

fn authorization() -> String {
    "Authorization".into()
}

fn bearer() -> String {
    "Bearer ".into()
}

/// How client id and secret travel to the token endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ClientAuthentication {
    /// As form fields.
    #[default]
    Body,
    /// As HTTP Basic.
    Basic,
}

/// How the token endpoint is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TokenBody {
    /// With a form, as the standard says.
    #[default]
    Form,
    /// With a JSON object.
    Json,
}

/// Whether a refresh gives a new refresh token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Rotation {
    /// The refresh token stays; an answer may still bring a new one.
    #[default]
    Kept,
    /// Every refresh brings a new one and the old one dies.
    Rotates,
}
