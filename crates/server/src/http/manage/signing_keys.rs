//! Signing keys: public halves that user tokens are checked with.

use axum::extract::State;
use axum::http::StatusCode;
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};
use linchpin_domain::Timestamp;
use linchpin_domain::id::SigningKeyId;
use linchpin_store::signing_keys::{self, SigningKey};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use utoipa::ToSchema;

use super::fields::Findings;
use crate::http::auth::ProjectAccess;
use crate::http::error::ApiError;
use crate::http::extract::{Id, Json};
use crate::http::page::{ItemPath, Items, ProjectPath};
use crate::signing_key;
use crate::state::App;

/// A signing key's public half.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = SigningKey)]
pub struct SigningKeyView {
    #[schema(value_type = Uuid)]
    id: SigningKeyId,
    name: String,
    /// RFC 7638 thumbprint; put it into a token's header.
    kid: String,
    /// SHA-256 of the public key, to compare by eye.
    fingerprint: String,
    /// PEM.
    public_key: String,
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
    #[schema(value_type = Option<String>, format = DateTime)]
    last_used_at: Option<Timestamp>,
}

/// A new signing key.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct NewSigningKey {
    #[serde(flatten)]
    view: SigningKeyView,
    /// PKCS#8 PEM, when the key was made here. Shown once, stored nowhere.
    #[serde(skip_serializing_if = "Option::is_none")]
    private_key: Option<String>,
}

/// A signing key to make, or to take.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AddSigningKey {
    name: String,
    /// PEM of a public RSA key of your own; absent, a key is made.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    public_key: Option<SecretString>,
}

/// List signing keys
#[utoipa::path(get, path = "/api/v1/projects/{projectId}/signing-keys", tag = "signingKeys", operation_id = "signingKeys.list", params(ProjectPath), responses((status = 200, body = Items<SigningKeyView>)))]
pub async fn list(State(app): State<App>, access: ProjectAccess) -> Result<Json<Items<SigningKeyView>>, ApiError> {
    let mut conn = app.store.read().await?;
    let keys = signing_keys::list(&mut conn, access.id()).await?;
    Ok(Items::whole(keys.into_iter().map(SigningKeyView::from).collect()))
}

/// Add a signing key
///
/// Without `publicKey` an RSA key of 2048 bits is made: the answer holds the private half, once, and only
/// the public half is stored. With it, your own key is taken.
#[utoipa::path(post, path = "/api/v1/projects/{projectId}/signing-keys", tag = "signingKeys", operation_id = "signingKeys.add", params(ProjectPath), request_body = AddSigningKey, responses((status = 201, body = NewSigningKey)))]
pub async fn add(
    State(app): State<App>,
    access: ProjectAccess,
    Json(body): Json<AddSigningKey>,
) -> Result<(StatusCode, Json<NewSigningKey>), ApiError> {
    let mut findings = Findings::default();
    let name = findings.name("name", &body.name);
    let given = body.public_key.map(|pem| signing_key::public(pem.expose_secret()));
    if let Some(Err(problem)) = &given {
        findings.add("publicKey", problem.to_string());
    }
    findings.done()?;
    let (public, private) = match given {
        Some(Ok(public)) => (public, None),
        _ => {
            let made = tokio::task::spawn_blocking(signing_key::generate).await.expect("making a key does not panic");
            (made.public, Some(made.private_pem.expose_secret().to_owned()))
        }
    };
    let key = SigningKey {
        id: SigningKeyId::fresh(&*app.clock),
        project_id: access.id(),
        name,
        kid: public.kid,
        public_key: public.pem,
        created_at: app.clock.now(),
        last_used_at: None,
    };
    let mut tx = app.store.begin().await?;
    signing_keys::add(&mut tx, &key).await?;
    tx.about(key.id, &key.name);
    tx.commit().await?;
    Ok((StatusCode::CREATED, Json(NewSigningKey { view: key.into(), private_key: private })))
}

/// Remove a signing key
///
/// Tokens signed with it are refused from then on.
#[utoipa::path(delete, path = "/api/v1/projects/{projectId}/signing-keys/{id}", tag = "signingKeys", operation_id = "signingKeys.remove", params(ItemPath), responses((status = 204)))]
pub async fn remove(
    State(app): State<App>,
    access: ProjectAccess,
    Id(id): Id<SigningKeyId>,
) -> Result<StatusCode, ApiError> {
    let mut tx = app.store.begin().await?;
    if !signing_keys::remove(&mut tx, access.id(), id).await? {
        return Err(ApiError::not_found("signing key"));
    }
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}

/// SHA-256 of the key's DER, as ssh-keygen writes it.
fn fingerprint(pem: &str) -> String {
    let body: String = pem.lines().filter(|line| !line.starts_with("-----")).collect();
    let der = STANDARD.decode(body).unwrap_or_default();
    format!("SHA256:{}", STANDARD_NO_PAD.encode(Sha256::digest(der)))
}

impl From<SigningKey> for SigningKeyView {
    fn from(key: SigningKey) -> Self {
        Self {
            id: key.id,
            name: key.name,
            fingerprint: fingerprint(&key.public_key),
            kid: key.kid,
            public_key: key.public_key,
            created_at: key.created_at,
            last_used_at: key.last_used_at,
        }
    }
}
