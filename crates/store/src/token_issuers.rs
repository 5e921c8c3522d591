//! Identity providers whose tokens a project takes as user tokens: Firebase, Auth0, or any other that
//! publishes its keys as a JWKS.

use linchpin_domain::Timestamp;
use linchpin_domain::id::{ProjectId, TokenIssuerId};

use crate::Change;
use crate::conn::{Columns, Conn, Tx};
use crate::error::{Error, Result};

/// An issuer of tokens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenIssuer {
    /// Its id.
    pub id: TokenIssuerId,
    /// The tenant.
    pub project_id: ProjectId,
    /// `iss` of its tokens, letter for letter. Unique in the project.
    pub issuer: String,
    /// What `aud` of its tokens must hold.
    pub audience: String,
    /// Where its keys are.
    pub jwks_url: String,
    /// When it was added.
    pub created_at: Timestamp,
}

/// The issuers of a project, oldest first.
pub async fn list(conn: &mut Conn, project_id: ProjectId) -> Result<Vec<TokenIssuer>> {
    let rows = sqlx::query(
        "SELECT id, project_id, issuer, audience, jwks_url, created_at
         FROM token_issuers
         WHERE project_id = $1
         ORDER BY created_at, id",
    )
    .bind(project_id.to_string())
    .fetch_all(conn.raw())
    .await?;
    rows.iter().map(read).collect()
}

/// Adds an issuer.
pub async fn add(tx: &mut Tx, issuer: &TokenIssuer) -> Result<()> {
    sqlx::query(
        "INSERT INTO token_issuers (id, project_id, issuer, audience, jwks_url, created_at)
         VALUES ($1, $2, $3, $4, $5, $6)",
    )
    .bind(issuer.id.to_string())
    .bind(issuer.project_id.to_string())
    .bind(issuer.issuer.clone())
    .bind(issuer.audience.clone())
    .bind(issuer.jwks_url.clone())
    .bind(issuer.created_at.as_millis())
    .execute(tx.raw())
    .await
    .map_err(|error| Error::from(error).or_taken(|| format!("the issuer `{}`", issuer.issuer)))?;
    tx.changed(Change::Project(issuer.project_id));
    Ok(())
}

/// Removes an issuer; answers whether there was one. Its tokens are refused from then on.
pub async fn remove(tx: &mut Tx, project_id: ProjectId, id: TokenIssuerId) -> Result<bool> {
    let done = sqlx::query(
        "DELETE FROM token_issuers
         WHERE project_id = $1
           AND id = $2",
    )
    .bind(project_id.to_string())
    .bind(id.to_string())
    .execute(tx.raw())
    .await?;
    tx.changed(Change::Project(project_id));
    Ok(done.rows_affected() == 1)
}

fn read(row: &sqlx::any::AnyRow) -> Result<TokenIssuer> {
    Ok(TokenIssuer {
        id: row.id("id")?,
        project_id: row.id("project_id")?,
        issuer: row.text("issuer")?,
        audience: row.text("audience")?,
        jwks_url: row.text("jwks_url")?,
        created_at: row.time("created_at")?,
    })
}
