//! Identity providers whose tokens a project takes, as people name them: Firebase, Auth0, or any other by its
//! own addresses.

use serde::Deserialize;
use url::Url;
use utoipa::ToSchema;

/// Where Firebase publishes its keys, for all projects alike.
const FIREBASE_KEYS: &str = "https://www.googleapis.com/service_accounts/v1/jwk/securetoken@system.gserviceaccount.com";
/// The longest of the texts.
const LONGEST: usize = 2_000;

/// An issuer to add: Firebase, Auth0, or any other by its own addresses.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
#[schema(as = AddTokenIssuer)]
pub struct Described {
    /// The project's id at Firebase; the rest follows from it.
    pub firebase_project_id: Option<String>,
    /// The tenant's domain at Auth0, such as `acme.eu.auth0.com`; `audience` is needed with it.
    pub auth0_domain: Option<String>,
    /// `iss` of the tokens, for any other issuer.
    pub issuer: Option<String>,
    /// What `aud` of the tokens must hold: a client id, or the identifier of an API.
    pub audience: Option<String>,
    /// Where the keys are; `/.well-known/jwks.json` below the issuer when absent.
    pub jwks_url: Option<String>,
}

/// The names of [`Described`].
pub const NAMES: [&str; 5] = ["firebaseProjectId", "auth0Domain", "issuer", "audience", "jwksUrl"];

/// What it comes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Addresses {
    /// `iss` of its tokens, letter for letter.
    pub issuer: String,
    /// What `aud` of its tokens must hold.
    pub audience: String,
    /// Where its keys are.
    pub jwks_url: String,
}

impl Described {
    /// The issuer's addresses, or what is wrong with each field.
    pub fn addresses(&self) -> Result<Addresses, Vec<(&'static str, String)>> {
        let mut wrong: Vec<(&'static str, String)> = Vec::new();
        let named = [&self.firebase_project_id, &self.auth0_domain, &self.issuer];
        if named.into_iter().flatten().count() != 1 {
            wrong.push(("issuer", "name one of `firebaseProjectId`, `auth0Domain` and `issuer`".into()));
            return Err(wrong);
        }
        let mut name = |field: &'static str, text: &str| {
            let text = text.trim().to_owned();
            if text.is_empty() {
                wrong.push((field, "this must not be empty".into()));
            } else if text.chars().count() > LONGEST || text.chars().any(char::is_control) {
                wrong.push((field, format!("use one line of at most {LONGEST} characters")));
            }
            text
        };
        let audience = self.audience.as_deref().map(|text| name("audience", text));
        let (issuer, audience, jwks_url) = if let Some(id) = &self.firebase_project_id {
            let id = name("firebaseProjectId", id);
            (format!("https://securetoken.google.com/{id}"), Some(id), FIREBASE_KEYS.to_owned())
        } else if let Some(domain) = &self.auth0_domain {
            let issuer = format!("https://{}/", name("auth0Domain", domain));
            let keys = format!("{issuer}.well-known/jwks.json");
            (issuer, audience, keys)
        } else {
            let issuer = name("issuer", self.issuer.as_deref().unwrap_or_default());
            let keys = format!("{}/.well-known/jwks.json", issuer.trim_end_matches('/'));
            (issuer, audience, self.jwks_url.clone().unwrap_or(keys))
        };
        if audience.is_none() {
            wrong.push((
                "audience",
                "say what `aud` of the tokens must hold: without it, tokens of any other application would be taken"
                    .into(),
            ));
        }
        let address =
            Url::parse(&jwks_url).ok().filter(|url| matches!(url.scheme(), "https" | "http") && url.has_host());
        if address.is_none() && wrong.is_empty() {
            let message = "an address such as https://issuer.example/.well-known/jwks.json is expected";
            wrong.push(("jwksUrl", message.into()));
        }
        match audience {
            Some(audience) if wrong.is_empty() => Ok(Addresses { issuer, audience, jwks_url }),
            _ => Err(wrong),
        }
    }
}
