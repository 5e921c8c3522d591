//! How an account is connected (OAuth 2), and how one account is told apart from another.

use indexmap::IndexMap;
use serde::Deserialize;

use super::action::Request;
use crate::shape::Pattern;

/// OAuth 2 with the authorization code grant.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Auth {
    /// Base URL that the consent page lies below.
    pub authorize_base: String,
    /// Path of the consent page.
    pub authorize_path: String,
    /// Path of the token endpoint, below `api`.
    pub(crate) token_path: Pattern,
    /// Other paths at which the provider takes the same requests; only the simulator serves them.
    #[serde(default)]
    pub also_token_paths: Vec<String>,
    /// Path of the revocation endpoint, below `api`.
    #[serde(default)]
    pub(crate) revoke_path: Option<Pattern>,
    /// Path of the introspection endpoint, below `api`.
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
    /// Whether PKCE is used.
    #[serde(default)]
    pub pkce: bool,
    /// JSON pointer to the granted scopes in the token answer, a list or a text.
    #[serde(default = "scope_pointer")]
    pub granted_scopes: String,
    /// Lifetime of an access token where the answer does not say.
    pub token_lifetime_seconds: u64,
    /// How long before expiry a token is renewed.
    pub refresh_ahead_seconds: u64,
    /// JSON pointers and texts in a refusal that mean, like `invalid_grant`, that the grant is gone.
    #[serde(default)]
    pub dead_grant: IndexMap<String, String>,
    /// Whether a refresh gives a new refresh token.
    #[serde(default)]
    pub rotation: Rotation,
}

impl Auth {
    /// Whether the provider has an address at which a grant is revoked.
    pub fn has_revocation(&self) -> bool {
        self.revoke_path.is_some()
    }
}

fn space() -> String {
    " ".into()
}

fn scope_pointer() -> String {
    "/scope".into()
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

/// How the connected account is identified. Pointers go into
/// `{"token": <token answer>, "account": <answer of the request>}`.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AccountRule {
    /// Asked once after connecting. Its refusal is no error: the token answer may be enough.
    #[serde(default)]
    pub request: Option<Request>,
    /// Facts by name: the first pointer that holds a value counts.
    pub data: IndexMap<String, Vec<String>>,
    /// The fact that is the account's id at the provider.
    pub provider_id: String,
    /// What people see, with facts as placeholders.
    pub(crate) label: Pattern,
}
