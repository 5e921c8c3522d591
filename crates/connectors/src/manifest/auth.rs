//! The ways an account is connected: OAuth 2, client credentials, an API key, a name and a password,
//! or headers of the provider's own; and what is asked of the person who connects it.

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

use super::action::Choice;
use super::oauth2::{ClientCredentials, OAuth2};
use crate::answers::Asked;
use crate::shape::Pattern;

/// The name of the way that `auth` describes.
pub const DEFAULT: &str = "default";

/// One way to connect an account. It names exactly one of `oauth2`, `clientCredentials`, `apiKey`,
/// `basic`, `headers` and `open`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Method {
    /// What people call it where there are several, for example `API token`.
    #[serde(default)]
    pub title: Option<String>,
    /// One sentence for choosing among several.
    #[serde(default)]
    pub description: Option<String>,
    /// Asked before connecting.
    #[serde(default)]
    pub inputs: Vec<AccountInput>,
    /// Asked once the account is there; it is not used until they have values.
    #[serde(default)]
    pub later_inputs: Vec<AccountInput>,
    /// Signing in at the provider.
    #[serde(default)]
    pub oauth2: Option<OAuth2>,
    /// A client id and secret of the user's, exchanged for tokens.
    #[serde(default)]
    pub client_credentials: Option<ClientCredentials>,
    /// A key in a header or in the address.
    #[serde(default)]
    pub api_key: Option<ApiKey>,
    /// HTTP Basic.
    #[serde(default)]
    pub basic: Option<Basic>,
    /// Headers of the provider's own, by name, with inputs as placeholders.
    #[serde(default)]
    pub(crate) headers: IndexMap<String, Pattern>,
    /// Nothing: anybody may call.
    #[serde(default)]
    pub open: bool,
}

/// Something that is asked of the person who connects an account.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AccountInput {
    /// Its name in placeholders.
    pub name: String,
    /// Label.
    pub title: String,
    /// What it takes.
    #[serde(rename = "type", default)]
    pub kind: AccountInputKind,
    /// Whether the account can do without.
    #[serde(default)]
    pub optional: bool,
    /// Example shown in the empty field.
    #[serde(default)]
    pub placeholder: Option<String>,
    /// A sentence beside the field: where the value is found.
    #[serde(default)]
    pub help: Option<String>,
    /// What stands after the field, for example `.example.com`; taken off a value that ends in it.
    #[serde(default)]
    pub suffix: Option<String>,
    /// Values to choose from.
    #[serde(default)]
    pub options: Vec<Choice>,
}

/// What is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum AccountInputKind {
    /// A line of text.
    #[default]
    Text,
    /// A key or a password: hidden, never shown again.
    Secret,
    /// An e-mail address.
    Email,
    /// One part of a host name.
    Subdomain,
    /// A whole host name; see `hosts`.
    Host,
    /// A whole base address, a path included: `https://api.example.com/v2`; see `hosts`.
    Address,
    /// The name of a header.
    Header,
    /// One of some values.
    Enum,
}

/// A key in a header or in the address.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ApiKey {
    /// The input that holds the key.
    pub input: String,
    /// The header that carries it, with inputs as placeholders.
    #[serde(default)]
    pub(crate) header: Option<Pattern>,
    /// The query parameter that carries it, with inputs as placeholders.
    #[serde(default)]
    pub(crate) query: Option<Pattern>,
    /// What stands before it in the header, for example `Bearer ` with the space. One whose input has no value
    /// is left out.
    #[serde(default)]
    pub(crate) prefix: Pattern,
}

/// HTTP Basic.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Basic {
    /// The name, with inputs as placeholders.
    pub(crate) username: Pattern,
    /// The password; empty where the provider takes none.
    #[serde(default)]
    pub(crate) password: Pattern,
}

/// What the client SDK calls a way to connect.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Scheme {
    /// A consent page.
    Oauth,
    /// A form.
    Basic,
    /// A form with client id and secret.
    OauthClientCredential,
}

impl Scheme {
    /// As the client SDK writes it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Oauth => "oauth",
            Self::Basic => "basic",
            Self::OauthClientCredential => "oauth_client_credential",
        }
    }
}

impl Method {
    /// What the client SDK calls it.
    pub fn scheme(&self) -> Scheme {
        if self.oauth2.is_some() {
            Scheme::Oauth
        } else if self.client_credentials.is_some() {
            Scheme::OauthClientCredential
        } else {
            Scheme::Basic
        }
    }

    /// Whether it needs the project's own app at the provider.
    pub fn needs_app(&self) -> bool {
        self.oauth2.as_ref().is_some_and(|oauth2| !oauth2.user_app)
    }

    /// Whether the provider has an address at which a grant is revoked.
    pub fn has_revocation(&self) -> bool {
        self.oauth2.as_ref().is_some_and(|oauth2| oauth2.revoke_path.is_some())
    }

    /// How it is called in the manifest, of the six there are.
    pub(crate) fn kinds(&self) -> Vec<&'static str> {
        [
            ("oauth2", self.oauth2.is_some()),
            ("clientCredentials", self.client_credentials.is_some()),
            ("apiKey", self.api_key.is_some()),
            ("basic", self.basic.is_some()),
            ("headers", !self.headers.is_empty()),
            ("open", self.open),
        ]
        .into_iter()
        .filter_map(|(name, there)| there.then_some(name))
        .collect()
    }

    /// What is asked at this point.
    pub fn asked(&self, asked: Asked) -> &[AccountInput] {
        match asked {
            Asked::Before => &self.inputs,
            Asked::After => &self.later_inputs,
        }
    }

    /// What is asked, before and after.
    pub fn all_inputs(&self) -> impl Iterator<Item = &AccountInput> {
        self.inputs.iter().chain(&self.later_inputs)
    }
}

impl AccountInput {
    /// Whether its value is never shown.
    pub fn secret(&self) -> bool {
        self.kind == AccountInputKind::Secret
    }
}
