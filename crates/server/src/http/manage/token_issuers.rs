//! Identity providers whose tokens are taken as user tokens.

use axum::extract::State;
use axum::http::StatusCode;
use linchpin_domain::Timestamp;
use linchpin_domain::id::TokenIssuerId;
use linchpin_store::token_issuers::{self, TokenIssuer};
use serde::{Deserialize, Serialize};
use url::Url;
use utoipa::ToSchema;

use super::fields::Findings;
use crate::http::auth::ProjectAccess;
use crate::http::error::ApiError;
use crate::http::extract::{Id, Json};
use crate::http::page::{ItemPath, Items, ProjectPath};
use crate::state::App;

/// Where Firebase publishes its keys, for all projects alike.
const FIREBASE_KEYS: &str = "https://www.googleapis.com/service_accounts/v1/jwk/securetoken@system.gserviceaccount.com";

/// An issuer of tokens.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = TokenIssuer)]
pub struct TokenIssuerView {
    #[schema(value_type = Uuid)]
    id: TokenIssuerId,
    /// `iss` of its tokens.
    issuer: String,
    /// What `aud` of its tokens holds.
    audience: String,
    /// Where its keys are.
    jwks_url: String,
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
}

/// An issuer to add: Firebase, Auth0, or any other by its own addresses.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AddTokenIssuer {
    /// The project's id at Firebase; the rest follows from it.
    #[serde(default)]
    firebase_project_id: Option<String>,
    /// The tenant's domain at Auth0, such as `acme.eu.auth0.com`; `audience` is needed with it.
    #[serde(default)]
    auth0_domain: Option<String>,
    /// `iss` of the tokens, for any other issuer.
    #[serde(default)]
    issuer: Option<String>,
    /// What `aud` of the tokens must hold: a client id, or the identifier of an API.
    #[serde(default)]
    audience: Option<String>,
    /// Where the keys are; `/.well-known/jwks.json` below the issuer when absent.
    #[serde(default)]
    jwks_url: Option<String>,
}

/// List token issuers
#[utoipa::path(get, path = "/api/v1/projects/{projectId}/token-issuers", tag = "signingKeys", operation_id = "tokenIssuers.list", params(ProjectPath), responses((status = 200, body = Items<TokenIssuerView>)))]
pub async fn list(State(app): State<App>, access: ProjectAccess) -> Result<Json<Items<TokenIssuerView>>, ApiError> {
    let mut conn = app.store.read().await?;
    let issuers = token_issuers::list(&mut conn, access.id()).await?;
    Ok(Items::whole(issuers.into_iter().map(TokenIssuerView::from).collect()))
}

/// Add a token issuer
///
/// From then on its tokens (RS256, with this `iss` and `aud`) are taken as user tokens beside those that are signed
/// with a signing key. Its keys are fetched from the address and held for a while.
#[utoipa::path(post, path = "/api/v1/projects/{projectId}/token-issuers", tag = "signingKeys", operation_id = "tokenIssuers.add", params(ProjectPath), request_body = AddTokenIssuer, responses((status = 201, body = TokenIssuerView)))]
pub async fn add(
    State(app): State<App>,
    access: ProjectAccess,
    Json(body): Json<AddTokenIssuer>,
) -> Result<(StatusCode, Json<TokenIssuerView>), ApiError> {
    let mut findings = Findings::default();
    let named = [&body.firebase_project_id, &body.auth0_domain, &body.issuer];
    if named.into_iter().flatten().count() != 1 {
        findings.add("issuer", "name one of `firebaseProjectId`, `auth0Domain` and `issuer`");
    }
    let audience = body.audience.as_deref().map(|text| findings.name("audience", text));
    let (issuer, audience, jwks_url) = if let Some(id) = &body.firebase_project_id {
        let id = findings.name("firebaseProjectId", id);
        (format!("https://securetoken.google.com/{id}"), Some(id), FIREBASE_KEYS.to_owned())
    } else if let Some(domain) = &body.auth0_domain {
        let issuer = format!("https://{}/", findings.name("auth0Domain", domain));
        let keys = format!("{issuer}.well-known/jwks.json");
        (issuer, audience, keys)
    } else {
        let issuer = findings.name("issuer", body.issuer.as_deref().unwrap_or_default());
        let keys = format!("{}/.well-known/jwks.json", issuer.trim_end_matches('/'));
        (issuer, audience, body.jwks_url.clone().unwrap_or(keys))
    };
    if audience.is_none() {
        findings.add(
            "audience",
            "say what `aud` of the tokens must hold: without it, tokens of any other application would be taken",
        );
    }
    let address = Url::parse(&jwks_url).ok().filter(|url| matches!(url.scheme(), "https" | "http") && url.has_host());
    if address.is_none() {
        findings.add("jwksUrl", "an address such as https://issuer.example/.well-known/jwks.json is expected");
    }
    findings.done()?;
    let issuer = TokenIssuer {
        id: TokenIssuerId::fresh(&*app.clock),
        project_id: access.id(),
        issuer,
        audience: audience.unwrap_or_default(),
        jwks_url,
        created_at: app.clock.now(),
    };
    let mut tx = app.store.begin().await?;
    token_issuers::add(&mut tx, &issuer).await?;
    tx.commit().await?;
    Ok((StatusCode::CREATED, Json(issuer.into())))
}

/// Remove a token issuer
///
/// Its tokens are refused from then on.
#[utoipa::path(delete, path = "/api/v1/projects/{projectId}/token-issuers/{id}", tag = "signingKeys", operation_id = "tokenIssuers.remove", params(ItemPath), responses((status = 204)))]
pub async fn remove(
    State(app): State<App>,
    access: ProjectAccess,
    Id(id): Id<TokenIssuerId>,
) -> Result<StatusCode, ApiError> {
    let mut tx = app.store.begin().await?;
    if !token_issuers::remove(&mut tx, access.id(), id).await? {
        return Err(ApiError::not_found("token issuer"));
    }
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}

impl From<TokenIssuer> for TokenIssuerView {
    fn from(issuer: TokenIssuer) -> Self {
        let TokenIssuer { id, issuer, audience, jwks_url, created_at, .. } = issuer;
        Self { id, issuer, audience, jwks_url, created_at }
    }
}
