//! Integrations: connectors set up in a project. The OAuth client's secret is sealed and can only be
//! opened by [`client_secret`].

use std::collections::BTreeMap;

use linchpin_domain::Timestamp;
use linchpin_domain::id::{IntegrationId, ProjectId};
use linchpin_domain::input::Input;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};

use crate::conn::{Columns, Conn, Tx, to_json};
use crate::error::{Error, Result};
use crate::vault::Place;
use crate::{Change, hook_registrations, projects};

/// A connector set up in a project.
#[derive(Debug, Clone, PartialEq)]
pub struct Integration {
    /// Its id.
    pub id: IntegrationId,
    /// The tenant.
    pub project_id: ProjectId,
    /// The connector's type, for example `hubspot`, or `custom.` and a name for a connector of the
    /// project's own. Unique in the project.
    pub kind: String,
    /// The manifest of a connector of the project's own, as YAML; absent where the binary brings it.
    pub manifest: Option<String>,
    /// Whether users can connect and workflows run.
    pub active: bool,
    /// The OAuth application's id at the provider.
    pub client_id: Option<String>,
    /// Whether the OAuth application's secret is set. Ignored on writing: see [`set_client_secret`].
    pub has_client_secret: bool,
    /// Scopes that users must grant.
    pub scopes: Vec<String>,
    /// Scopes that users may refuse.
    pub optional_scopes: Vec<String>,
    /// The provider's API version; the connector's default when absent.
    pub api_version: Option<String>,
    /// Addresses that replace the connector's own, by their names in its manifest.
    pub base_urls: BTreeMap<String, String>,
    /// How the Connect Portal shows it.
    pub portal: Portal,
    /// Integration-level user settings.
    pub settings: Vec<Input>,
    /// When it was added.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

/// How the Connect Portal shows an integration. Stored, sent, and a part of the project file.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct Portal {
    /// One line under the name; the connector's own when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Markdown of the overview tab; the connector's own when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub overview: Option<String>,
    /// `#rrggbb`; the provider's colour when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub accent_color: Option<String>,
    /// Light, dark or the user's choice.
    pub theme: Theme,
    /// Whether the portal says that it is made with Linchpin.
    pub branding: bool,
}

/// Light or dark.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Theme {
    /// As the user's system has it.
    #[default]
    System,
    /// Light.
    Light,
    /// Dark.
    Dark,
}

/// One integration.
pub async fn find(conn: &mut Conn, project_id: ProjectId, id: IntegrationId) -> Result<Option<Integration>> {
    let row = sqlx::query(
        "SELECT id, project_id, type, active, client_id,
                CASE WHEN sealed_client_secret IS NULL THEN 0 ELSE 1 END AS has_client_secret,
                scopes, optional_scopes, api_version, base_urls, portal, settings, manifest, created_at, updated_at
         FROM integrations
         WHERE project_id = $1
           AND id = $2",
    )
    .bind(project_id.to_string())
    .bind(id.to_string())
    .fetch_optional(conn.raw())
    .await?;
    row.as_ref().map(read).transpose()
}

/// The integration of a connector's type.
pub async fn find_by_type(conn: &mut Conn, project_id: ProjectId, kind: &str) -> Result<Option<Integration>> {
    let row = sqlx::query(
        "SELECT id, project_id, type, active, client_id,
                CASE WHEN sealed_client_secret IS NULL THEN 0 ELSE 1 END AS has_client_secret,
                scopes, optional_scopes, api_version, base_urls, portal, settings, manifest, created_at, updated_at
         FROM integrations
         WHERE project_id = $1
           AND type = $2",
    )
    .bind(project_id.to_string())
    .bind(kind.to_owned())
    .fetch_optional(conn.raw())
    .await?;
    row.as_ref().map(read).transpose()
}

/// The integrations of a project, by type.
pub async fn list(conn: &mut Conn, project_id: ProjectId) -> Result<Vec<Integration>> {
    let rows = sqlx::query(
        "SELECT id, project_id, type, active, client_id,
                CASE WHEN sealed_client_secret IS NULL THEN 0 ELSE 1 END AS has_client_secret,
                scopes, optional_scopes, api_version, base_urls, portal, settings, manifest, created_at, updated_at
         FROM integrations
         WHERE project_id = $1
         ORDER BY type",
    )
    .bind(project_id.to_string())
    .fetch_all(conn.raw())
    .await?;
    rows.iter().map(read).collect()
}

/// The OAuth application's secret, opened. `None` when it is not set.
pub async fn client_secret(conn: &mut Conn, project_id: ProjectId, id: IntegrationId) -> Result<Option<SecretString>> {
    let row = sqlx::query(
        "SELECT sealed_client_secret
         FROM integrations
         WHERE project_id = $1
           AND id = $2",
    )
    .bind(project_id.to_string())
    .bind(id.to_string())
    .fetch_optional(conn.raw())
    .await?;
    let Some(row) = row else { return Ok(None) };
    let Some(sealed) = row.maybe_text("sealed_client_secret")? else { return Ok(None) };
    projects::open(conn, project_id).await?;
    Ok(Some(conn.inner.vault.open(project_id, place(&id.to_string()), &sealed)?))
}

/// The connectors of their own that projects have, for those who keep them in memory.
pub async fn list_own(conn: &mut Conn) -> Result<Vec<Integration>> {
    let rows = sqlx::query(
        "SELECT id, project_id, type, active, client_id,
                CASE WHEN sealed_client_secret IS NULL THEN 0 ELSE 1 END AS has_client_secret,
                scopes, optional_scopes, api_version, base_urls, portal, settings, manifest, created_at, updated_at
         FROM integrations
         WHERE manifest IS NOT NULL
         ORDER BY project_id, type",
    )
    .fetch_all(conn.raw())
    .await?;
    rows.iter().map(read).collect()
}

/// Adds an integration, without a client secret.
pub async fn add(tx: &mut Tx, integration: &Integration) -> Result<()> {
    sqlx::query(
        "INSERT INTO integrations (id, project_id, type, active, client_id, sealed_client_secret, scopes,
                                   optional_scopes, api_version, base_urls, portal, settings, manifest, created_at,
                                   updated_at)
         VALUES ($1, $2, $3, $4, $5, NULL, $6, $7, $8, $9, $10, $11, $12, $13, $14)",
    )
    .bind(integration.id.to_string())
    .bind(integration.project_id.to_string())
    .bind(integration.kind.clone())
    .bind(i64::from(integration.active))
    .bind(integration.client_id.clone())
    .bind(to_json(&integration.scopes))
    .bind(to_json(&integration.optional_scopes))
    .bind(integration.api_version.clone())
    .bind(to_json(&integration.base_urls))
    .bind(to_json(&integration.portal))
    .bind(to_json(&integration.settings))
    .bind(integration.manifest.clone())
    .bind(integration.created_at.as_millis())
    .bind(integration.updated_at.as_millis())
    .execute(tx.raw())
    .await
    .map_err(|error| Error::from(error).or_taken(|| format!("an integration of type `{}`", integration.kind)))?;
    tx.changed(Change::Project(integration.project_id));
    Ok(())
}

/// Writes everything that can be changed except the client secret; `updated_at` is taken as given.
pub async fn update(tx: &mut Tx, integration: &Integration) -> Result<()> {
    sqlx::query(
        "UPDATE integrations
         SET active = $3, client_id = $4, scopes = $5, optional_scopes = $6, api_version = $7, base_urls = $8,
             portal = $9, settings = $10, manifest = $11, updated_at = $12
         WHERE project_id = $1
           AND id = $2",
    )
    .bind(integration.project_id.to_string())
    .bind(integration.id.to_string())
    .bind(i64::from(integration.active))
    .bind(integration.client_id.clone())
    .bind(to_json(&integration.scopes))
    .bind(to_json(&integration.optional_scopes))
    .bind(integration.api_version.clone())
    .bind(to_json(&integration.base_urls))
    .bind(to_json(&integration.portal))
    .bind(to_json(&integration.settings))
    .bind(integration.manifest.clone())
    .bind(integration.updated_at.as_millis())
    .execute(tx.raw())
    .await?;
    tx.changed(Change::Project(integration.project_id));
    Ok(())
}

/// Seals and writes the OAuth application's secret; `None` clears it.
pub async fn set_client_secret(
    tx: &mut Tx,
    project_id: ProjectId,
    id: IntegrationId,
    secret: Option<&SecretString>,
) -> Result<()> {
    projects::open(tx, project_id).await?;
    let row = id.to_string();
    let sealed =
        secret.map(|secret| tx.inner.vault.seal(project_id, place(&row), secret.expose_secret())).transpose()?;
    sqlx::query(
        "UPDATE integrations
         SET sealed_client_secret = $3
         WHERE project_id = $1
           AND id = $2",
    )
    .bind(project_id.to_string())
    .bind(row)
    .bind(sealed)
    .execute(tx.raw())
    .await?;
    tx.changed(Change::Project(project_id));
    Ok(())
}

/// Removes an integration with its workflows and its users' accounts; answers whether there was one.
pub async fn remove(tx: &mut Tx, project_id: ProjectId, id: IntegrationId) -> Result<bool> {
    hook_registrations::keep_tokens(tx, project_id, hook_registrations::Going::Integration(id)).await?;
    let done = sqlx::query(
        "DELETE FROM integrations
         WHERE project_id = $1
           AND id = $2",
    )
    .bind(project_id.to_string())
    .bind(id.to_string())
    .execute(tx.raw())
    .await?;
    // Any user may have had an account of it.
    tx.changed(Change::Everything);
    Ok(done.rows_affected() == 1)
}

/// How many connected users have an account of each integration.
pub async fn connected_users(conn: &mut Conn, project_id: ProjectId) -> Result<BTreeMap<IntegrationId, i64>> {
    let rows = sqlx::query(
        "SELECT integration_id, CAST(COUNT(DISTINCT user_id) AS BIGINT) AS users
         FROM credentials
         WHERE project_id = $1
         GROUP BY integration_id",
    )
    .bind(project_id.to_string())
    .fetch_all(conn.raw())
    .await?;
    rows.iter().map(|row| Ok((row.id("integration_id")?, row.int("users")?))).collect()
}

fn place(row: &str) -> Place<'_> {
    Place { column: "integrations.sealed_client_secret", row }
}

fn read(row: &sqlx::any::AnyRow) -> Result<Integration> {
    Ok(Integration {
        id: row.id("id")?,
        project_id: row.id("project_id")?,
        kind: row.text("type")?,
        active: row.flag("active")?,
        client_id: row.maybe_text("client_id")?,
        has_client_secret: row.flag("has_client_secret")?,
        scopes: row.json("scopes")?,
        optional_scopes: row.json("optional_scopes")?,
        api_version: row.maybe_text("api_version")?,
        base_urls: row.json("base_urls")?,
        portal: row.json("portal")?,
        settings: row.json("settings")?,
        manifest: row.maybe_text("manifest")?,
        created_at: row.time("created_at")?,
        updated_at: row.time("updated_at")?,
    })
}
