//! Connect sessions: one attempt each to connect an account. `state` of the OAuth request names one;
//! it can be used once, within a quarter of an hour, and is kept as a hash. The page polls the attempt by
//! its session key.

use std::time::Duration;

use aws_lc_rs::digest::{SHA256, digest};
use linchpin_domain::Timestamp;
use linchpin_domain::id::{ConnectedUserId, CredentialId, IntegrationId, ProjectId};
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;

use crate::conn::{Columns, Conn, Tx, to_json};
use crate::error::{Error, Result};
use crate::vault::Place;
use crate::{Store, projects};

/// How long an attempt may take.
pub const LIFETIME: Duration = Duration::from_mins(15);

const VERIFIER: &str = "connect_sessions.sealed_verifier";
const INPUTS: &str = "connect_sessions.sealed_inputs";

/// One attempt to connect an account.
#[derive(Debug, Clone, PartialEq)]
pub struct ConnectSession {
    /// Hash of what the OAuth request carries, see [`hash`].
    pub state_hash: String,
    /// The tenant.
    pub project_id: ProjectId,
    /// Who connects.
    pub user_id: ConnectedUserId,
    /// What is connected.
    pub integration_id: IntegrationId,
    /// What the page polls with.
    pub session_key: String,
    /// Where the page that began it lives.
    pub origin: String,
    /// The redirect URL that the provider was given.
    pub redirect_url: String,
    /// The install options, as they came.
    pub install_options: Value,
    /// The account, once it is connected.
    pub credential_id: Option<CredentialId>,
    /// Why it failed.
    pub error: Option<String>,
    /// When it began.
    pub created_at: Timestamp,
}

/// How the random, secret `state` of an OAuth request is kept.
pub fn hash(state: &str) -> String {
    hex::encode(digest(&SHA256, state.as_bytes()))
}

/// The secret parts of an attempt.
#[derive(Debug, Clone, Default)]
pub struct Carried {
    /// The PKCE verifier.
    pub verifier: Option<SecretString>,
    /// What the user was asked before, as JSON.
    pub inputs: Option<SecretString>,
}

/// Records an attempt.
pub async fn add(tx: &mut Tx, session: &ConnectSession, carried: &Carried) -> Result<()> {
    projects::open(tx, session.project_id).await?;
    let verifier = seal(tx, session, VERIFIER, carried.verifier.as_ref())?;
    let inputs = seal(tx, session, INPUTS, carried.inputs.as_ref())?;
    sqlx::query(
        "INSERT INTO connect_sessions (state, project_id, user_id, integration_id, session_key, origin, redirect_url,
                                       sealed_verifier, sealed_inputs, install_options, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
    )
    .bind(session.state_hash.clone())
    .bind(session.project_id.to_string())
    .bind(session.user_id.to_string())
    .bind(session.integration_id.to_string())
    .bind(session.session_key.clone())
    .bind(session.origin.clone())
    .bind(session.redirect_url.clone())
    .bind(verifier)
    .bind(inputs)
    .bind(to_json(&session.install_options))
    .bind(session.created_at.as_millis())
    .execute(tx.raw())
    .await?;
    Ok(())
}

fn seal(
    tx: &Tx,
    session: &ConnectSession,
    column: &'static str,
    secret: Option<&SecretString>,
) -> Result<Option<String>> {
    let place = Place { column, row: &session.state_hash };
    secret.map(|secret| tx.inner.vault.seal(session.project_id, place, secret.expose_secret())).transpose()
}

/// Uses an attempt up: the row and its secret parts, once, while it is young. Commit before the
/// provider is called, so that a second use finds nothing.
pub async fn take(tx: &mut Tx, state: &str, now: Timestamp) -> Result<Option<(ConnectSession, Carried)>> {
    let row = sqlx::query(
        "UPDATE connect_sessions
         SET used_at = $2
         WHERE state = $1
           AND used_at IS NULL
           AND created_at > $3
         RETURNING state, project_id, user_id, integration_id, session_key, origin, redirect_url, sealed_verifier,
                   sealed_inputs, install_options, credential_id, error, created_at",
    )
    .bind(hash(state))
    .bind(now.as_millis())
    .bind(oldest(now))
    .fetch_optional(tx.raw())
    .await?;
    let Some(row) = row else { return Ok(None) };
    let session = read(&row)?;
    let (verifier, inputs) = (row.maybe_text("sealed_verifier")?, row.maybe_text("sealed_inputs")?);
    if verifier.is_some() || inputs.is_some() {
        projects::open(tx, session.project_id).await?;
    }
    let open = |column, sealed: Option<String>| {
        let place = Place { column, row: &session.state_hash };
        sealed.map(|sealed| tx.inner.vault.open(session.project_id, place, &sealed)).transpose()
    };
    let carried = Carried { verifier: open(VERIFIER, verifier)?, inputs: open(INPUTS, inputs)? };
    Ok(Some((session, carried)))
}

/// Says what came of an attempt.
pub async fn finish(tx: &mut Tx, state_hash: &str, outcome: std::result::Result<CredentialId, &str>) -> Result<()> {
    let (credential, error) = match outcome {
        Ok(id) => (Some(id.to_string()), None),
        Err(error) => (None, Some(error.to_owned())),
    };
    sqlx::query(
        "UPDATE connect_sessions
         SET credential_id = $2, error = $3
         WHERE state = $1",
    )
    .bind(state_hash.to_owned())
    .bind(credential)
    .bind(error)
    .execute(tx.raw())
    .await?;
    Ok(())
}

/// The newest attempt of a user with this session key.
pub async fn find_by_key(
    conn: &mut Conn,
    project_id: ProjectId,
    user_id: ConnectedUserId,
    session_key: &str,
) -> Result<Option<ConnectSession>> {
    let row = sqlx::query(
        "SELECT state, project_id, user_id, integration_id, session_key, origin, redirect_url, install_options,
                credential_id, error, created_at
         FROM connect_sessions
         WHERE project_id = $1
           AND session_key = $2
           AND user_id = $3
         ORDER BY created_at DESC
         LIMIT 1",
    )
    .bind(project_id.to_string())
    .bind(session_key.to_owned())
    .bind(user_id.to_string())
    .fetch_optional(conn.raw())
    .await?;
    row.as_ref().map(read).transpose()
}

/// Ends the polling: finished attempts with this session key are forgotten. One that is still at the
/// provider stays until it ends or ages, since the page may have given up before its user did.
pub async fn remove_by_key(
    tx: &mut Tx,
    project_id: ProjectId,
    user_id: ConnectedUserId,
    session_key: &str,
) -> Result<()> {
    sqlx::query(
        "DELETE FROM connect_sessions
         WHERE project_id = $1
           AND session_key = $2
           AND user_id = $3
           AND (credential_id IS NOT NULL OR error IS NOT NULL)",
    )
    .bind(project_id.to_string())
    .bind(session_key.to_owned())
    .bind(user_id.to_string())
    .execute(tx.raw())
    .await?;
    Ok(())
}

/// Forgets attempts that can no longer be used. Returns how many.
pub async fn remove_expired(store: &Store, now: Timestamp) -> Result<u64> {
    let mut tx = store.begin().await?;
    let done =
        sqlx::query("DELETE FROM connect_sessions WHERE created_at <= $1").bind(oldest(now)).execute(tx.raw()).await?;
    tx.commit().await?;
    Ok(done.rows_affected())
}

fn oldest(now: Timestamp) -> i64 {
    now.as_millis() - LIFETIME.as_millis() as i64
}

fn read(row: &sqlx::any::AnyRow) -> Result<ConnectSession> {
    Ok(ConnectSession {
        state_hash: row.text("state")?,
        project_id: row.id("project_id")?,
        user_id: row.id("user_id")?,
        integration_id: row.id("integration_id")?,
        session_key: row.text("session_key")?,
        origin: row.text("origin")?,
        redirect_url: row.text("redirect_url")?,
        install_options: row.json("install_options")?,
        credential_id: row
            .maybe_text("credential_id")?
            .map(|text| text.parse().map_err(|error| Error::corrupt("connect_sessions.credential_id", error)))
            .transpose()?,
        error: row.maybe_text("error")?,
        created_at: row.time("created_at")?,
    })
}
