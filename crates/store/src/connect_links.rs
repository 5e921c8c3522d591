//! Connect links: addresses by which somebody connects an account without the host application's page, from
//! an e-mail or by a redirect. A link is known by the hash of its secret part, works until an account is
//! connected with it, and expires.

use linchpin_domain::Timestamp;
use linchpin_domain::id::{ConnectedUserId, CredentialId, IntegrationId, ProjectId};
use serde_json::Value;

use crate::Store;
use crate::conn::{Columns, Conn, Tx, to_json};
use crate::error::{Error, Result};

/// A link.
#[derive(Debug, Clone, PartialEq)]
pub struct ConnectLink {
    /// Hash of the secret part, see [`hash`](crate::connect_sessions::hash).
    pub token_hash: String,
    /// The tenant.
    pub project_id: ProjectId,
    /// Whose account it becomes.
    pub user_id: ConnectedUserId,
    /// What is connected.
    pub integration_id: IntegrationId,
    /// What is wanted with the account.
    pub install_options: Value,
    /// Where the browser goes afterwards.
    pub return_url: Option<String>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it stops working.
    pub expires_at: Timestamp,
    /// When an account was connected with it.
    pub used_at: Option<Timestamp>,
    /// Which one. It may be gone.
    pub credential_id: Option<CredentialId>,
}

/// Records a link.
pub async fn add(tx: &mut Tx, link: &ConnectLink) -> Result<()> {
    sqlx::query(
        "INSERT INTO connect_links (token_hash, project_id, user_id, integration_id, install_options, return_url,
                                    created_at, expires_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
    )
    .bind(link.token_hash.clone())
    .bind(link.project_id.to_string())
    .bind(link.user_id.to_string())
    .bind(link.integration_id.to_string())
    .bind(to_json(&link.install_options))
    .bind(link.return_url.clone())
    .bind(link.created_at.as_millis())
    .bind(link.expires_at.as_millis())
    .execute(tx.raw())
    .await?;
    Ok(())
}

/// The link with this hash. Asked without a project: the link names it.
pub async fn find(conn: &mut Conn, token_hash: &str) -> Result<Option<ConnectLink>> {
    let row = sqlx::query(
        "SELECT token_hash, project_id, user_id, integration_id, install_options, return_url, created_at, expires_at,
                used_at, credential_id
         FROM connect_links
         WHERE token_hash = $1",
    )
    .bind(token_hash.to_owned())
    .fetch_optional(conn.raw())
    .await?;
    row.as_ref().map(read).transpose()
}

/// Uses a link up for an account; answers whether it was still unused.
pub async fn use_up(
    tx: &mut Tx,
    project_id: ProjectId,
    token_hash: &str,
    credential_id: CredentialId,
    now: Timestamp,
) -> Result<bool> {
    let done = sqlx::query(
        "UPDATE connect_links
         SET used_at = $3, credential_id = $4
         WHERE project_id = $1
           AND token_hash = $2
           AND used_at IS NULL",
    )
    .bind(project_id.to_string())
    .bind(token_hash.to_owned())
    .bind(now.as_millis())
    .bind(credential_id.to_string())
    .execute(tx.raw())
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Forgets links that have expired. Returns how many.
pub async fn remove_expired(store: &Store, now: Timestamp) -> Result<u64> {
    let mut tx = store.begin().await?;
    let done =
        sqlx::query("DELETE FROM connect_links WHERE expires_at <= $1").bind(now.as_millis()).execute(tx.raw()).await?;
    tx.commit().await?;
    Ok(done.rows_affected())
}

fn read(row: &sqlx::any::AnyRow) -> Result<ConnectLink> {
    Ok(ConnectLink {
        token_hash: row.text("token_hash")?,
        project_id: row.id("project_id")?,
        user_id: row.id("user_id")?,
        integration_id: row.id("integration_id")?,
        install_options: row.json("install_options")?,
        return_url: row.maybe_text("return_url")?,
        created_at: row.time("created_at")?,
        expires_at: row.time("expires_at")?,
        used_at: row.maybe_time("used_at")?,
        credential_id: row
            .maybe_text("credential_id")?
            .map(|text| text.parse().map_err(|error| Error::corrupt("connect_links.credential_id", error)))
            .transpose()?,
    })
}
