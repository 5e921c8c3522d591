//! Projects: the isolated workspaces of the installation. Whoever reads a project has its data key
//! opened in the vault.

use linchpin_domain::Timestamp;
use linchpin_domain::id::{MemberId, ProjectId};
use serde_json::{Map, Value};

use crate::Change;
use crate::conn::{Columns, Conn, Tx, to_json};
use crate::error::{Error, Result};
use crate::vault::MasterKey;

/// A project.
#[derive(Debug, Clone, PartialEq)]
pub struct Project {
    /// Its id.
    pub id: ProjectId,
    /// Unique in the installation.
    pub name: String,
    /// Pages that may open the portal or start OAuth; empty means any.
    pub allowed_origins: Vec<String>,
    /// The sample of user metadata that the variable menu offers.
    pub user_metadata: Map<String, Value>,
    /// When it was created.
    pub created_at: Timestamp,
}

/// One project.
pub async fn find(conn: &mut Conn, id: ProjectId) -> Result<Option<Project>> {
    let row = sqlx::query(
        "SELECT id, name, allowed_origins, user_metadata, sealed_data_key, created_at
         FROM projects
         WHERE id = $1",
    )
    .bind(id.to_string())
    .fetch_optional(conn.raw())
    .await?;
    row.map(|row| read(conn, &row)).transpose()
}

/// The project of this name.
pub async fn find_by_name(conn: &mut Conn, name: &str) -> Result<Option<Project>> {
    let row = sqlx::query(
        "SELECT id, name, allowed_origins, user_metadata, sealed_data_key, created_at
         FROM projects
         WHERE name = $1",
    )
    .bind(name.to_owned())
    .fetch_optional(conn.raw())
    .await?;
    row.map(|row| read(conn, &row)).transpose()
}

/// Every project of the installation, by name.
pub async fn list(conn: &mut Conn) -> Result<Vec<Project>> {
    let rows = sqlx::query(
        "SELECT id, name, allowed_origins, user_metadata, sealed_data_key, created_at
         FROM projects
         ORDER BY name, id",
    )
    .fetch_all(conn.raw())
    .await?;
    rows.iter().map(|row| read(conn, row)).collect()
}

/// The projects of a member, by name.
pub async fn list_of_member(conn: &mut Conn, member_id: MemberId) -> Result<Vec<Project>> {
    let rows = sqlx::query(
        "SELECT p.id, p.name, p.allowed_origins, p.user_metadata, p.sealed_data_key, p.created_at
         FROM projects AS p
         JOIN memberships AS m ON m.project_id = p.id
         WHERE m.member_id = $1
         ORDER BY p.name, p.id",
    )
    .bind(member_id.to_string())
    .fetch_all(conn.raw())
    .await?;
    rows.iter().map(|row| read(conn, row)).collect()
}

/// Adds a project and makes its data key.
pub async fn add(tx: &mut Tx, project: &Project) -> Result<()> {
    let sealed = tx.inner.vault.add_project(project.id);
    sqlx::query(
        "INSERT INTO projects (id, name, allowed_origins, user_metadata, sealed_data_key, created_at)
         VALUES ($1, $2, $3, $4, $5, $6)",
    )
    .bind(project.id.to_string())
    .bind(project.name.clone())
    .bind(to_json(&project.allowed_origins))
    .bind(to_json(&project.user_metadata))
    .bind(sealed)
    .bind(project.created_at.as_millis())
    .execute(tx.raw())
    .await
    .map_err(|error| taken(error.into(), &project.name))?;
    tx.changed(Change::Project(project.id));
    Ok(())
}

/// Writes name, allowed origins and the sample of user metadata.
pub async fn update(tx: &mut Tx, project: &Project) -> Result<()> {
    sqlx::query(
        "UPDATE projects
         SET name = $2, allowed_origins = $3, user_metadata = $4
         WHERE id = $1",
    )
    .bind(project.id.to_string())
    .bind(project.name.clone())
    .bind(to_json(&project.allowed_origins))
    .bind(to_json(&project.user_metadata))
    .execute(tx.raw())
    .await
    .map_err(|error| taken(error.into(), &project.name))?;
    tx.changed(Change::Project(project.id));
    Ok(())
}

/// Seals every project's data key by another master key; answers how many there are. Whoever holds the
/// old master key opens nothing after the commit.
pub async fn reseal(tx: &mut Tx, new: &MasterKey) -> Result<usize> {
    let rows = sqlx::query("SELECT id, sealed_data_key FROM projects").fetch_all(tx.raw()).await?;
    for row in &rows {
        let id: ProjectId = row.id("id")?;
        let sealed = tx.inner.vault.reseal(id, &row.text("sealed_data_key")?, new)?;
        sqlx::query("UPDATE projects SET sealed_data_key = $2 WHERE id = $1")
            .bind(id.to_string())
            .bind(sealed)
            .execute(tx.raw())
            .await?;
    }
    Ok(rows.len())
}

/// Opens a project's data key; `false` when there is no such project. Cheap once it is open.
pub async fn open(conn: &mut Conn, id: ProjectId) -> Result<bool> {
    if conn.inner.vault.knows(id) {
        return Ok(true);
    }
    Ok(find(conn, id).await?.is_some())
}

fn taken(error: Error, name: &str) -> Error {
    error.or_taken(|| format!("a project named `{name}`"))
}

fn read(conn: &Conn, row: &sqlx::any::AnyRow) -> Result<Project> {
    let id = row.id("id")?;
    conn.inner.vault.open_project(id, &row.text("sealed_data_key")?)?;
    Ok(Project {
        id,
        name: row.text("name")?,
        allowed_origins: row.json("allowed_origins")?,
        user_metadata: row.json("user_metadata")?,
        created_at: row.time("created_at")?,
    })
}
