//! Credentials: one connected account each. The tokens are one sealed JSON; every write of them names
//! the `token_version` that it replaces, so that two refreshes cannot overwrite each other.

mod refresh;

use std::fmt;

use linchpin_domain::Timestamp;
use linchpin_domain::id::{ConnectedUserId, CredentialId, IntegrationId, ProjectId};
use linchpin_domain::notice::Kind;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use zeroize::{Zeroize, Zeroizing};

pub use refresh::{Claim, claim_refresh, expire_claims, finish_refresh, release_refresh};

use crate::conn::{Columns, Conn, Tx, to_json};
use crate::error::{Error, Result};
use crate::vault::Place;
use crate::{Change, hook_registrations, notices, projects};

/// Where an account stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Status {
    /// It works.
    Valid,
    /// The user must connect it again.
    Invalid,
    /// Something is still asked of the user.
    Pending,
}

impl Status {
    /// As stored and sent.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Valid => "VALID",
            Self::Invalid => "INVALID",
            Self::Pending => "PENDING",
        }
    }
}

/// A connected account, without its tokens.
#[derive(Debug, Clone, PartialEq)]
pub struct Credential {
    /// Its id.
    pub id: CredentialId,
    /// The tenant.
    pub project_id: ProjectId,
    /// Whose account it is.
    pub user_id: ConnectedUserId,
    /// The integration.
    pub integration_id: IntegrationId,
    /// The customer's label; unique per user and integration.
    pub external_id: Option<String>,
    /// Where it stands.
    pub status: Status,
    /// Why it is not valid, for people.
    pub status_reason: Option<String>,
    /// The account's id at the provider.
    pub provider_id: Option<String>,
    /// What the provider says about the account; `label` is what people call it.
    pub provider_data: Map<String, Value>,
    /// Scopes that were granted.
    pub scopes: Vec<String>,
    /// When the access token expires.
    pub expires_at: Option<Timestamp>,
    /// Raised by every write of the tokens.
    pub token_version: i64,
    /// Refreshes that failed since the last good one.
    pub refresh_failures: i64,
    /// When the tokens were last refreshed.
    pub refreshed_at: Option<Timestamp>,
    /// When it was first connected.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

/// What an account is called with.
#[derive(Clone)]
pub struct Tokens {
    /// Sent with each call.
    pub access_token: SecretString,
    /// Gets the next access token; absent where the provider gives none.
    pub refresh_token: Option<SecretString>,
    /// Further values that belong to the account (API keys, domains).
    pub more: Map<String, Value>,
}

impl fmt::Debug for Tokens {
    /// Further values may be keys: only their names are shown.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let more: Vec<_> = self.more.keys().collect();
        f.debug_struct("Tokens").field("more", &more).finish_non_exhaustive()
    }
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct SealedTokens {
    access_token: String,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    refresh_token: Option<String>,
    #[serde(skip_serializing_if = "Map::is_empty", default)]
    more: Map<String, Value>,
}

impl Drop for SealedTokens {
    fn drop(&mut self) {
        self.access_token.zeroize();
        self.refresh_token.zeroize();
    }
}

/// A credential with its tokens opened, as the one who calls needs it.
#[derive(Debug, Clone)]
pub struct Opened {
    /// The row.
    pub credential: Credential,
    /// Its tokens; `None` where there never were any.
    pub tokens: Option<Tokens>,
    /// Who is refreshing it just now, and until when that claim holds.
    pub refresh: Option<(String, Timestamp)>,
}

/// What a successful sign-in or refresh wrote.
#[derive(Debug, Clone)]
pub struct Grant {
    /// The tokens.
    pub tokens: Tokens,
    /// When the access token expires.
    pub expires_at: Option<Timestamp>,
    /// Scopes; `None` keeps what is known.
    pub scopes: Option<Vec<String>>,
}

/// One credential.
pub async fn find(conn: &mut Conn, project_id: ProjectId, id: CredentialId) -> Result<Option<Credential>> {
    let row = sqlx::query(
        "SELECT id, project_id, user_id, integration_id, external_id, status, status_reason, provider_id, provider_data,
                scopes, expires_at, token_version, refresh_failures, refreshed_at, created_at, updated_at
         FROM credentials
         WHERE project_id = $1
           AND id = $2",
    )
    .bind(project_id.to_string())
    .bind(id.to_string())
    .fetch_optional(conn.raw())
    .await?;
    row.as_ref().map(read).transpose()
}

/// The accounts of a user, oldest first.
pub async fn list_of_user(conn: &mut Conn, project_id: ProjectId, user_id: ConnectedUserId) -> Result<Vec<Credential>> {
    let rows = sqlx::query(
        "SELECT id, project_id, user_id, integration_id, external_id, status, status_reason, provider_id, provider_data,
                scopes, expires_at, token_version, refresh_failures, refreshed_at, created_at, updated_at
         FROM credentials
         WHERE project_id = $1
           AND user_id = $2
         ORDER BY created_at, id",
    )
    .bind(project_id.to_string())
    .bind(user_id.to_string())
    .fetch_all(conn.raw())
    .await?;
    rows.iter().map(read).collect()
}

/// The accounts of an integration, over all users.
pub async fn list_of_integration(
    conn: &mut Conn,
    project_id: ProjectId,
    integration_id: IntegrationId,
) -> Result<Vec<Credential>> {
    let rows = sqlx::query(
        "SELECT id, project_id, user_id, integration_id, external_id, status, status_reason, provider_id, provider_data,
                scopes, expires_at, token_version, refresh_failures, refreshed_at, created_at, updated_at
         FROM credentials
         WHERE project_id = $1
           AND integration_id = $2
         ORDER BY created_at, id",
    )
    .bind(project_id.to_string())
    .bind(integration_id.to_string())
    .fetch_all(conn.raw())
    .await?;
    rows.iter().map(read).collect()
}

/// Whose accounts stand for an account at the provider: several users may have connected the same one.
pub async fn list_of_provider(
    conn: &mut Conn,
    project_id: ProjectId,
    integration_id: IntegrationId,
    provider_id: &str,
) -> Result<Vec<(ConnectedUserId, CredentialId)>> {
    let rows = sqlx::query(
        "SELECT user_id, id
         FROM credentials
         WHERE project_id = $1
           AND integration_id = $2
           AND provider_id = $3
         ORDER BY created_at, id",
    )
    .bind(project_id.to_string())
    .bind(integration_id.to_string())
    .bind(provider_id.to_owned())
    .fetch_all(conn.raw())
    .await?;
    rows.iter().map(|row| Ok((row.id("user_id")?, row.id("id")?))).collect()
}

/// The accounts of a user that a caller names: by an id, by `ext:` and an external id, or by the external
/// id alone. Accounts of several integrations may have one external id. Another user's are as good as none.
pub async fn resolve(
    conn: &mut Conn,
    project_id: ProjectId,
    user_id: ConnectedUserId,
    selector: &str,
) -> Result<Vec<Credential>> {
    let mut found = list_of_user(conn, project_id, user_id).await?;
    let named: Vec<CredentialId> = select(&found, selector).iter().map(|credential| credential.id).collect();
    found.retain(|credential| named.contains(&credential.id));
    Ok(found)
}

/// The accounts among some that a caller names.
pub fn select<'a>(among: &'a [Credential], selector: &str) -> Vec<&'a Credential> {
    let label = selector.strip_prefix("ext:");
    let by_id = among.iter().find(|credential| credential.id.to_string().eq_ignore_ascii_case(selector));
    match (label, by_id) {
        (None, Some(credential)) => vec![credential],
        _ => {
            let label = label.unwrap_or(selector);
            among.iter().filter(|credential| credential.external_id.as_deref() == Some(label)).collect()
        }
    }
}

/// A credential with its tokens.
pub async fn open(conn: &mut Conn, project_id: ProjectId, id: CredentialId) -> Result<Option<Opened>> {
    let row = sqlx::query(
        "SELECT id, project_id, user_id, integration_id, external_id, status, status_reason, provider_id, provider_data,
                scopes, expires_at, token_version, refresh_failures, refreshed_at, created_at, updated_at,
                sealed_tokens, refresh_owner, refresh_until
         FROM credentials
         WHERE project_id = $1
           AND id = $2",
    )
    .bind(project_id.to_string())
    .bind(id.to_string())
    .fetch_optional(conn.raw())
    .await?;
    let Some(row) = row else { return Ok(None) };
    let tokens = match row.maybe_text("sealed_tokens")? {
        None => None,
        Some(sealed) => {
            projects::open(conn, project_id).await?;
            let text = conn.inner.vault.open(project_id, place(&id.to_string()), &sealed)?;
            let mut tokens: SealedTokens = serde_json::from_str(text.expose_secret())
                .map_err(|_| Error::corrupt("credentials.sealed_tokens", "it is no JSON of tokens"))?;
            Some(Tokens {
                access_token: SecretString::from(std::mem::take(&mut tokens.access_token)),
                refresh_token: tokens.refresh_token.take().map(SecretString::from),
                more: std::mem::take(&mut tokens.more),
            })
        }
    };
    let refresh = row.maybe_text("refresh_owner")?.zip(row.maybe_time("refresh_until")?);
    Ok(Some(Opened { credential: read(&row)?, tokens, refresh }))
}

/// Adds an account. Its tokens may be absent while it is [`Status::Pending`].
pub async fn add(tx: &mut Tx, credential: &Credential, tokens: Option<&Tokens>) -> Result<()> {
    let sealed = match tokens {
        None => None,
        Some(tokens) => Some(seal(tx, credential.project_id, credential.id, tokens).await?),
    };
    sqlx::query(
        "INSERT INTO credentials (id, project_id, user_id, integration_id, external_id, status, status_reason, provider_id,
                                  provider_data, scopes, sealed_tokens, expires_at, token_version, refresh_failures,
                                  refreshed_at, created_at, updated_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)",
    )
    .bind(credential.id.to_string())
    .bind(credential.project_id.to_string())
    .bind(credential.user_id.to_string())
    .bind(credential.integration_id.to_string())
    .bind(credential.external_id.clone())
    .bind(credential.status.as_str())
    .bind(credential.status_reason.clone())
    .bind(credential.provider_id.clone())
    .bind(to_json(&credential.provider_data))
    .bind(to_json(&credential.scopes))
    .bind(sealed)
    .bind(credential.expires_at.map(Timestamp::as_millis))
    .bind(credential.token_version)
    .bind(credential.refresh_failures)
    .bind(credential.refreshed_at.map(Timestamp::as_millis))
    .bind(credential.created_at.as_millis())
    .bind(credential.updated_at.as_millis())
    .execute(tx.raw())
    .await
    .map_err(|error| {
        Error::from(error).or_taken(|| {
            format!("an account labelled `{}`", credential.external_id.as_deref().unwrap_or_default())
        })
    })?;
    tx.changed(Change::User(credential.project_id, credential.user_id));
    Ok(())
}

/// Writes what a new sign-in brought to an account that exists: valid again, with id, label,
/// configurations and enablements kept.
pub async fn reconnect(tx: &mut Tx, credential: &Credential, grant: &Grant, now: Timestamp) -> Result<()> {
    let sealed = seal(tx, credential.project_id, credential.id, &grant.tokens).await?;
    sqlx::query(
        "UPDATE credentials
         SET status = 'VALID', status_reason = NULL, provider_id = $3, provider_data = $4, scopes = $5,
             sealed_tokens = $6, expires_at = $7, token_version = token_version + 1,
             refresh_owner = NULL, refresh_until = NULL, refresh_failures = 0, refreshed_at = $8, updated_at = $8
         WHERE project_id = $1
           AND id = $2",
    )
    .bind(credential.project_id.to_string())
    .bind(credential.id.to_string())
    .bind(credential.provider_id.clone())
    .bind(to_json(&credential.provider_data))
    .bind(to_json(grant.scopes.as_ref().unwrap_or(&credential.scopes)))
    .bind(sealed)
    .bind(grant.expires_at.map(Timestamp::as_millis))
    .bind(now.as_millis())
    .execute(tx.raw())
    .await?;
    tx.changed(Change::User(credential.project_id, credential.user_id));
    Ok(())
}

/// Says that something is still asked of the user before the account is used.
pub async fn hold(tx: &mut Tx, credential: &Credential, reason: &str, now: Timestamp) -> Result<()> {
    sqlx::query(
        "UPDATE credentials
         SET status = 'PENDING', status_reason = $3, updated_at = $4
         WHERE project_id = $1
           AND id = $2",
    )
    .bind(credential.project_id.to_string())
    .bind(credential.id.to_string())
    .bind(reason.to_owned())
    .bind(now.as_millis())
    .execute(tx.raw())
    .await?;
    tx.changed(Change::User(credential.project_id, credential.user_id));
    Ok(())
}

/// Says that the user must connect the account again, if its tokens are still those of
/// `token_version`; answers whether it did.
pub async fn invalidate(tx: &mut Tx, credential: &Credential, reason: &str, now: Timestamp) -> Result<bool> {
    let done = sqlx::query(
        "UPDATE credentials
         SET status = 'INVALID', status_reason = $4, refresh_owner = NULL, refresh_until = NULL, updated_at = $5
         WHERE project_id = $1
           AND id = $2
           AND token_version = $3",
    )
    .bind(credential.project_id.to_string())
    .bind(credential.id.to_string())
    .bind(credential.token_version)
    .bind(reason.to_owned())
    .bind(now.as_millis())
    .execute(tx.raw())
    .await?;
    tx.changed(Change::User(credential.project_id, credential.user_id));
    let is_done = done.rows_affected() == 1;
    if is_done && credential.status != Status::Invalid {
        let more = json!({"status": Status::Invalid, "reason": reason});
        notices::about_credential(tx, Kind::CredentialInvalid, credential, more).await?;
    }
    Ok(is_done)
}

/// Removes an account of a user with its configurations; answers whether there was one.
pub async fn remove(tx: &mut Tx, project_id: ProjectId, user_id: ConnectedUserId, id: CredentialId) -> Result<bool> {
    let going = find(tx, project_id, id).await?.filter(|credential| credential.user_id == user_id);
    hook_registrations::keep_tokens(tx, project_id, hook_registrations::Going::Credential(id)).await?;
    let done = sqlx::query(
        "DELETE FROM credentials
         WHERE project_id = $1
           AND user_id = $2
           AND id = $3",
    )
    .bind(project_id.to_string())
    .bind(user_id.to_string())
    .bind(id.to_string())
    .execute(tx.raw())
    .await?;
    tx.changed(Change::User(project_id, user_id));
    if let Some(credential) = going {
        notices::about_credential(tx, Kind::IntegrationDisconnected, &credential, json!({})).await?;
    }
    Ok(done.rows_affected() == 1)
}

async fn seal(tx: &mut Tx, project_id: ProjectId, id: CredentialId, tokens: &Tokens) -> Result<String> {
    projects::open(tx, project_id).await?;
    let plain = SealedTokens {
        access_token: tokens.access_token.expose_secret().to_owned(),
        refresh_token: tokens.refresh_token.as_ref().map(|token| token.expose_secret().to_owned()),
        more: tokens.more.clone(),
    };
    let text = Zeroizing::new(to_json(&plain));
    tx.inner.vault.seal(project_id, place(&id.to_string()), &text)
}

fn place(row: &str) -> Place<'_> {
    Place { column: "credentials.sealed_tokens", row }
}

fn read(row: &sqlx::any::AnyRow) -> Result<Credential> {
    Ok(Credential {
        id: row.id("id")?,
        project_id: row.id("project_id")?,
        user_id: row.id("user_id")?,
        integration_id: row.id("integration_id")?,
        external_id: row.maybe_text("external_id")?,
        status: match row.text("status")?.as_str() {
            "VALID" => Status::Valid,
            "INVALID" => Status::Invalid,
            "PENDING" => Status::Pending,
            other => return Err(Error::corrupt("credentials.status", format!("`{other}` is no status"))),
        },
        status_reason: row.maybe_text("status_reason")?,
        provider_id: row.maybe_text("provider_id")?,
        provider_data: row.json("provider_data")?,
        scopes: row.json("scopes")?,
        expires_at: row.maybe_time("expires_at")?,
        token_version: row.int("token_version")?,
        refresh_failures: row.int("refresh_failures")?,
        refreshed_at: row.maybe_time("refreshed_at")?,
        created_at: row.time("created_at")?,
        updated_at: row.time("updated_at")?,
    })
}
