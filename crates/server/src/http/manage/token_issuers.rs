//! Identity providers whose tokens are taken as user tokens.

use axum::extract::State;
use axum::http::StatusCode;
use linchpin_domain::Timestamp;
use linchpin_domain::id::TokenIssuerId;
use linchpin_store::token_issuers::{self, TokenIssuer};
use serde::Serialize;
use utoipa::ToSchema;

use crate::http::auth::ProjectAccess;
use crate::http::error::ApiError;
use crate::http::extract::{Id, Json};
use crate::http::page::{ItemPath, Items, ProjectPath};
use crate::state::App;
use crate::token_issuer::{Addresses, Described};

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
#[utoipa::path(post, path = "/api/v1/projects/{projectId}/token-issuers", tag = "signingKeys", operation_id = "tokenIssuers.add", params(ProjectPath), request_body = Described, responses((status = 201, body = TokenIssuerView)))]
pub async fn add(
    State(app): State<App>,
    access: ProjectAccess,
    Json(body): Json<Described>,
) -> Result<(StatusCode, Json<TokenIssuerView>), ApiError> {
    let Addresses { issuer, audience, jwks_url } = body.addresses().map_err(ApiError::invalid)?;
    let issuer = TokenIssuer {
        id: TokenIssuerId::fresh(&*app.clock),
        project_id: access.id(),
        issuer,
        audience,
        jwks_url,
        created_at: app.clock.now(),
    };
    let mut tx = app.store.begin().await?;
    token_issuers::add(&mut tx, &issuer).await?;
    tx.about(issuer.id, &issuer.issuer);
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
