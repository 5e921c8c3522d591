//! What is sealed in a hook's row: how it is made and removed, what its provider signs with, and what an account
//! that is gone was called with.

use linchpin_domain::id::{ConnectedUserId, CredentialId, HookRegistrationId, IntegrationId, ProjectId};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Map, Value, json};

use crate::conn::{Columns, Conn, Tx};
use crate::credentials;
use crate::error::Result;
use crate::projects;
use crate::vault::Place;

/// Keeps what the provider signs with.
pub async fn set_secret(
    tx: &mut Tx,
    project_id: ProjectId,
    id: HookRegistrationId,
    secret: &SecretString,
) -> Result<()> {
    projects::open(tx, project_id).await?;
    let row = id.to_string();
    let sealed = tx.inner.vault.seal(project_id, place("sealed_secret", &row), secret.expose_secret())?;
    sqlx::query("UPDATE hook_registrations SET sealed_secret = $3 WHERE project_id = $1 AND id = $2")
        .bind(project_id.to_string())
        .bind(row)
        .bind(sealed)
        .execute(tx.raw())
        .await?;
    Ok(())
}

/// What is sealed in a row.
#[derive(Debug, Default)]
pub struct Sealed {
    /// How the hook is removed.
    pub plan: SecretString,
    /// What the provider signs with.
    pub secret: Option<SecretString>,
    /// What an account that is gone was called with.
    pub access: Option<KeptAccess>,
}

/// What an account that is gone was called with.
#[derive(Debug, Clone)]
pub struct KeptAccess {
    /// Its access token; empty where it was connected by a key.
    pub token: SecretString,
    /// Further values, keys among them.
    pub more: Map<String, Value>,
}

impl KeptAccess {
    fn seal(tokens: &credentials::Tokens) -> String {
        json!({"accessToken": tokens.access_token.expose_secret(), "more": tokens.more}).to_string()
    }

    /// Reads what [`KeptAccess::seal`] wrote; a token alone is what was kept before.
    fn open(text: &SecretString) -> Self {
        let read: Option<Value> = serde_json::from_str(text.expose_secret()).ok();
        let token = read.as_ref().and_then(|read| read["accessToken"].as_str());
        match token {
            None => Self { token: text.clone(), more: Map::new() },
            Some(token) => Self {
                token: SecretString::from(token),
                more: read.as_ref().and_then(|read| read["more"].as_object()).cloned().unwrap_or_default(),
            },
        }
    }
}

/// Opens what is sealed in a row.
pub async fn open(conn: &mut Conn, project_id: ProjectId, id: HookRegistrationId) -> Result<Option<Sealed>> {
    projects::open(conn, project_id).await?;
    let id = id.to_string();
    let row = sqlx::query(
        "SELECT sealed_plan, sealed_secret, sealed_tokens
         FROM hook_registrations
         WHERE project_id = $1
           AND id = $2",
    )
    .bind(project_id.to_string())
    .bind(id.clone())
    .fetch_optional(conn.raw())
    .await?;
    let Some(row) = row else { return Ok(None) };
    let vault = &conn.inner.vault;
    let open = |column: &'static str, sealed: String| vault.open(project_id, place(column, &id), &sealed);
    Ok(Some(Sealed {
        plan: open("sealed_plan", row.text("sealed_plan")?)?,
        secret: row.maybe_text("sealed_secret")?.map(|sealed| open("sealed_secret", sealed)).transpose()?,
        access: row
            .maybe_text("sealed_tokens")?
            .map(|sealed| open("sealed_tokens", sealed))
            .transpose()?
            .map(|text| KeptAccess::open(&text)),
    }))
}

/// Which accounts are about to go.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Going {
    Credential(CredentialId),
    User(ConnectedUserId),
    Integration(IntegrationId),
}

/// Keeps what accounts that are about to go are called with with their hooks: the hooks are removed
/// with them. Nothing is kept of an account without hooks, and no refresh token.
pub(crate) async fn keep_tokens(tx: &mut Tx, project_id: ProjectId, going: Going) -> Result<()> {
    let (credential, user, integration) = match going {
        Going::Credential(id) => (id.to_string(), String::new(), String::new()),
        Going::User(id) => (String::new(), id.to_string(), String::new()),
        Going::Integration(id) => (String::new(), String::new(), id.to_string()),
    };
    let rows = sqlx::query(
        "SELECT r.id, r.credential_id
         FROM hook_registrations AS r
         JOIN credentials AS c ON c.id = r.credential_id
         WHERE r.project_id = $1
           AND ($2 = '' OR c.id = $2)
           AND ($3 = '' OR c.user_id = $3)
           AND ($4 = '' OR c.integration_id = $4)",
    )
    .bind(project_id.to_string())
    .bind(credential)
    .bind(user)
    .bind(integration)
    .fetch_all(tx.raw())
    .await?;
    for row in rows {
        let (id, credential_id) = (row.text("id")?, row.id("credential_id")?);
        let opened = credentials::open(tx, project_id, credential_id).await?;
        let Some(tokens) = opened.and_then(|opened| opened.tokens) else { continue };
        let sealed = tx.inner.vault.seal(project_id, place("sealed_tokens", &id), &KeptAccess::seal(&tokens))?;
        sqlx::query("UPDATE hook_registrations SET sealed_tokens = $3 WHERE project_id = $1 AND id = $2")
            .bind(project_id.to_string())
            .bind(id)
            .bind(sealed)
            .execute(tx.raw())
            .await?;
    }
    Ok(())
}

pub(super) fn place<'a>(column: &'static str, row: &'a str) -> Place<'a> {
    let column = match column {
        "sealed_plan" => "hook_registrations.sealed_plan",
        "sealed_secret" => "hook_registrations.sealed_secret",
        _ => "hook_registrations.sealed_tokens",
    };
    Place { column, row }
}
