//! Refreshing: one process at a time per credential, by a claim that ends by itself.

use linchpin_domain::Timestamp;
use linchpin_domain::id::{CredentialId, ProjectId};

use super::{Credential, Grant, Status, seal};
use crate::Change;
use crate::conn::{Columns, Tx, to_json};
use crate::error::Result;

/// What came of asking for the right to refresh.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Claim {
    /// It is ours.
    Granted {
        /// An earlier claim was never given back: its process died while it refreshed.
        interrupted: bool,
    },
    /// Somebody else refreshes just now, or has done so: read again.
    Refused,
}

/// Asks for the right to refresh the tokens of this version until a moment.
///
/// The claim must hold longer than the call to the provider may take.
pub async fn claim_refresh(
    tx: &mut Tx,
    project_id: ProjectId,
    id: CredentialId,
    token_version: i64,
    owner: &str,
    now: Timestamp,
    until: Timestamp,
) -> Result<Claim> {
    let row = sqlx::query(
        "SELECT refresh_owner
         FROM credentials
         WHERE project_id = $1
           AND id = $2",
    )
    .bind(project_id.to_string())
    .bind(id.to_string())
    .fetch_optional(tx.raw())
    .await?;
    let Some(row) = row else { return Ok(Claim::Refused) };
    let earlier = row.maybe_text("refresh_owner")?;
    let done = sqlx::query(
        "UPDATE credentials
         SET refresh_owner = $4, refresh_until = $5
         WHERE project_id = $1
           AND id = $2
           AND token_version = $3
           AND (refresh_owner IS NULL OR refresh_owner = $4 OR refresh_until <= $6)",
    )
    .bind(project_id.to_string())
    .bind(id.to_string())
    .bind(token_version)
    .bind(owner.to_owned())
    .bind(until.as_millis())
    .bind(now.as_millis())
    .execute(tx.raw())
    .await?;
    Ok(if done.rows_affected() == 1 {
        Claim::Granted { interrupted: earlier.is_some_and(|earlier| earlier != owner) }
    } else {
        Claim::Refused
    })
}

/// Voids the claims of every other owner: at the start of a process that has the database to itself,
/// they are a dead process's. What they were for stays marked, so that a grant that was lost with that
/// process is told from one that was revoked.
pub async fn expire_claims(tx: &mut Tx, owner: &str, now: Timestamp) -> Result<u64> {
    let done = sqlx::query(
        "UPDATE credentials
         SET refresh_until = $2
         WHERE refresh_owner IS NOT NULL
           AND refresh_owner <> $1
           AND refresh_until > $2",
    )
    .bind(owner.to_owned())
    .bind(now.as_millis())
    .execute(tx.raw())
    .await?;
    Ok(done.rows_affected())
}

/// Writes refreshed tokens if nobody wrote others since `token_version`; answers whether it did.
pub async fn finish_refresh(
    tx: &mut Tx,
    credential: &Credential,
    owner: &str,
    grant: &Grant,
    now: Timestamp,
) -> Result<bool> {
    let sealed = seal(tx, credential.project_id, credential.id, &grant.tokens).await?;
    let done = sqlx::query(
        "UPDATE credentials
         SET sealed_tokens = $4, expires_at = $5, scopes = $6, token_version = token_version + 1,
             status = 'VALID', status_reason = NULL, refresh_owner = NULL, refresh_until = NULL, refresh_failures = 0,
             refreshed_at = $7, updated_at = $7
         WHERE project_id = $1
           AND id = $2
           AND token_version = $3
           AND refresh_owner = $8",
    )
    .bind(credential.project_id.to_string())
    .bind(credential.id.to_string())
    .bind(credential.token_version)
    .bind(sealed)
    .bind(grant.expires_at.map(Timestamp::as_millis))
    .bind(to_json(grant.scopes.as_ref().unwrap_or(&credential.scopes)))
    .bind(now.as_millis())
    .bind(owner.to_owned())
    .execute(tx.raw())
    .await?;
    if credential.status != Status::Valid {
        tx.changed(Change::User(credential.project_id, credential.user_id));
    }
    Ok(done.rows_affected() == 1)
}

/// Gives the right to refresh back after a failure that may pass, and counts it.
pub async fn release_refresh(tx: &mut Tx, project_id: ProjectId, id: CredentialId, owner: &str) -> Result<()> {
    sqlx::query(
        "UPDATE credentials
         SET refresh_owner = NULL, refresh_until = NULL, refresh_failures = refresh_failures + 1
         WHERE project_id = $1
           AND id = $2
           AND refresh_owner = $3",
    )
    .bind(project_id.to_string())
    .bind(id.to_string())
    .bind(owner.to_owned())
    .execute(tx.raw())
    .await?;
    Ok(())
}
