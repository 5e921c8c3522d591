//! Configurations: settings and enablements on a credential. Each credential has exactly one default
//! configuration, which every list gives first.

use linchpin_domain::Timestamp;
use linchpin_domain::id::{ConfigurationId, ConnectedUserId, CredentialId, ProjectId};
use linchpin_domain::input::Input;
use serde_json::{Map, Value};

use crate::conn::{Columns, Conn, Tx, to_json};
use crate::error::Result;
use crate::{Change, sealed_settings};

/// A configuration.
#[derive(Debug, Clone, PartialEq)]
pub struct Configuration {
    /// Its id.
    pub id: ConfigurationId,
    /// The tenant.
    pub project_id: ProjectId,
    /// The account that it belongs to.
    pub credential_id: CredentialId,
    /// Exactly one of an account's is.
    pub is_default: bool,
    /// The customer's label.
    pub external_id: Option<String>,
    /// Values of the integration-level user settings.
    pub settings: Map<String, Value>,
    /// The customer's own data.
    pub meta: Map<String, Value>,
    /// When it was added.
    pub created_at: Timestamp,
}

/// The configurations of a user's accounts: by account, the default one first.
pub async fn list_of_user(
    conn: &mut Conn,
    project_id: ProjectId,
    user_id: ConnectedUserId,
) -> Result<Vec<Configuration>> {
    let rows = sqlx::query(
        "SELECT f.id, f.project_id, f.credential_id, f.is_default, f.external_id, f.settings, f.meta, f.created_at
         FROM configurations AS f
         JOIN credentials AS c ON c.id = f.credential_id
         WHERE c.project_id = $1
           AND c.user_id = $2
         ORDER BY c.created_at, c.id, f.is_default DESC, f.created_at, f.id",
    )
    .bind(project_id.to_string())
    .bind(user_id.to_string())
    .fetch_all(conn.raw())
    .await?;
    opened(conn, &rows).await
}

/// The configurations of an account, the default one first.
pub async fn list_of_credential(
    conn: &mut Conn,
    project_id: ProjectId,
    credential_id: CredentialId,
) -> Result<Vec<Configuration>> {
    let rows = sqlx::query(
        "SELECT id, project_id, credential_id, is_default, external_id, settings, meta, created_at
         FROM configurations
         WHERE project_id = $1
           AND credential_id = $2
         ORDER BY is_default DESC, created_at, id",
    )
    .bind(project_id.to_string())
    .bind(credential_id.to_string())
    .fetch_all(conn.raw())
    .await?;
    opened(conn, &rows).await
}

/// The configuration among some that a caller names: by its id, by `ext:` and its external id, or by
/// the external id alone.
pub fn select<'a>(among: &'a [Configuration], selector: &str) -> Option<&'a Configuration> {
    let label = selector.strip_prefix("ext:").unwrap_or(selector);
    among
        .iter()
        .find(|configuration| configuration.id.to_string().eq_ignore_ascii_case(selector))
        .or_else(|| among.iter().find(|configuration| configuration.external_id.as_deref() == Some(label)))
}

/// Adds a configuration to an account of the user.
pub async fn add(tx: &mut Tx, user_id: ConnectedUserId, configuration: &Configuration) -> Result<()> {
    let row = configuration.id.to_string();
    let inputs = inputs(tx, configuration.project_id, configuration.credential_id).await?;
    let settings = sealed_settings::seal(tx, configuration.project_id, &row, &inputs, &configuration.settings).await?;
    sqlx::query(
        "INSERT INTO configurations (id, project_id, credential_id, is_default, external_id, settings, meta, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
    )
    .bind(configuration.id.to_string())
    .bind(configuration.project_id.to_string())
    .bind(configuration.credential_id.to_string())
    .bind(i64::from(configuration.is_default))
    .bind(configuration.external_id.clone())
    .bind(to_json(&settings))
    .bind(to_json(&configuration.meta))
    .bind(configuration.created_at.as_millis())
    .execute(tx.raw())
    .await?;
    tx.changed(Change::User(configuration.project_id, user_id));
    Ok(())
}

/// Adds the default configuration of a new account.
pub async fn add_default(
    tx: &mut Tx,
    project_id: ProjectId,
    user_id: ConnectedUserId,
    credential_id: CredentialId,
    settings: Map<String, Value>,
    now: Timestamp,
) -> Result<Configuration> {
    let configuration = Configuration {
        id: ConfigurationId::fresh(&*tx.inner.clock),
        project_id,
        credential_id,
        is_default: true,
        external_id: None,
        settings,
        meta: Map::new(),
        created_at: now,
    };
    add(tx, user_id, &configuration).await?;
    Ok(configuration)
}

/// Replaces the values of the integration-level settings; answers whether there is such a configuration.
pub async fn set_settings(
    tx: &mut Tx,
    project_id: ProjectId,
    user_id: ConnectedUserId,
    id: ConfigurationId,
    settings: &Map<String, Value>,
) -> Result<bool> {
    let row = id.to_string();
    let found = sqlx::query("SELECT credential_id FROM configurations WHERE project_id = $1 AND id = $2")
        .bind(project_id.to_string())
        .bind(row.clone())
        .fetch_optional(tx.raw())
        .await?;
    let Some(found) = found else { return Ok(false) };
    let inputs = inputs(tx, project_id, found.id("credential_id")?).await?;
    let settings = sealed_settings::seal(tx, project_id, &row, &inputs, settings).await?;
    let done = sqlx::query(
        "UPDATE configurations
         SET settings = $3
         WHERE project_id = $1
           AND id = $2",
    )
    .bind(project_id.to_string())
    .bind(id.to_string())
    .bind(to_json(&settings))
    .execute(tx.raw())
    .await?;
    tx.changed(Change::User(project_id, user_id));
    Ok(done.rows_affected() == 1)
}

/// Replaces the customer's own data; answers whether there is such a configuration.
pub async fn set_meta(
    tx: &mut Tx,
    project_id: ProjectId,
    user_id: ConnectedUserId,
    id: ConfigurationId,
    meta: &Map<String, Value>,
) -> Result<bool> {
    let done = sqlx::query(
        "UPDATE configurations
         SET meta = $3
         WHERE project_id = $1
           AND id = $2",
    )
    .bind(project_id.to_string())
    .bind(id.to_string())
    .bind(to_json(meta))
    .execute(tx.raw())
    .await?;
    tx.changed(Change::User(project_id, user_id));
    Ok(done.rows_affected() == 1)
}

/// Removes a configuration with its enablements, never the default one; answers whether it did.
pub async fn remove(tx: &mut Tx, project_id: ProjectId, user_id: ConnectedUserId, id: ConfigurationId) -> Result<bool> {
    let done = sqlx::query(
        "DELETE FROM configurations
         WHERE project_id = $1
           AND id = $2
           AND is_default = 0",
    )
    .bind(project_id.to_string())
    .bind(id.to_string())
    .execute(tx.raw())
    .await?;
    tx.changed(Change::User(project_id, user_id));
    Ok(done.rows_affected() == 1)
}

/// The user settings of an account's integration.
async fn inputs(conn: &mut Conn, project_id: ProjectId, credential_id: CredentialId) -> Result<Vec<Input>> {
    let row = sqlx::query(
        "SELECT i.settings
         FROM credentials AS c
         JOIN integrations AS i ON i.id = c.integration_id
         WHERE c.project_id = $1
           AND c.id = $2",
    )
    .bind(project_id.to_string())
    .bind(credential_id.to_string())
    .fetch_optional(conn.raw())
    .await?;
    row.map_or_else(|| Ok(Vec::new()), |row| row.json("settings"))
}

async fn opened(conn: &mut Conn, rows: &[sqlx::any::AnyRow]) -> Result<Vec<Configuration>> {
    let mut found = Vec::with_capacity(rows.len());
    for row in rows {
        let mut configuration = read(row)?;
        let id = configuration.id.to_string();
        sealed_settings::open(conn, configuration.project_id, &id, &mut configuration.settings).await?;
        found.push(configuration);
    }
    Ok(found)
}

fn read(row: &sqlx::any::AnyRow) -> Result<Configuration> {
    Ok(Configuration {
        id: row.id("id")?,
        project_id: row.id("project_id")?,
        credential_id: row.id("credential_id")?,
        is_default: row.flag("is_default")?,
        external_id: row.maybe_text("external_id")?,
        settings: row.json("settings")?,
        meta: row.json("meta")?,
        created_at: row.time("created_at")?,
    })
}
