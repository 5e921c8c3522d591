//! People who sign in to the dashboard.

use linchpin_domain::Timestamp;
use linchpin_domain::id::MemberId;

use crate::conn::{Columns, Conn, Tx};
use crate::error::{Error, Result};

/// A person who signs in.
#[derive(Debug, Clone)]
pub struct Member {
    /// Its id.
    pub id: MemberId,
    /// Signs in with it; lower case.
    pub email: String,
    /// Shown to others.
    pub name: String,
    /// PHC text of the password's hash.
    pub password_hash: String,
    /// When it was added.
    pub created_at: Timestamp,
}

/// Whether anybody can sign in at all.
pub async fn any(conn: &mut Conn) -> Result<bool> {
    Ok(sqlx::query("SELECT id FROM members LIMIT 1").fetch_optional(conn.raw()).await?.is_some())
}

/// Every member, oldest first.
pub async fn list(conn: &mut Conn) -> Result<Vec<Member>> {
    let rows = sqlx::query(
        "SELECT id, email, name, password_hash, created_at
         FROM members
         ORDER BY created_at, id",
    )
    .fetch_all(conn.raw())
    .await?;
    rows.iter().map(read).collect()
}

/// One member.
pub async fn find(conn: &mut Conn, id: MemberId) -> Result<Option<Member>> {
    let row = sqlx::query(
        "SELECT id, email, name, password_hash, created_at
         FROM members
         WHERE id = $1",
    )
    .bind(id.to_string())
    .fetch_optional(conn.raw())
    .await?;
    row.as_ref().map(read).transpose()
}

/// The member who signs in with this e-mail address, whatever its case.
pub async fn find_by_email(conn: &mut Conn, email: &str) -> Result<Option<Member>> {
    let row = sqlx::query(
        "SELECT id, email, name, password_hash, created_at
         FROM members
         WHERE email = $1",
    )
    .bind(email.trim().to_lowercase())
    .fetch_optional(conn.raw())
    .await?;
    row.as_ref().map(read).transpose()
}

/// Adds a member. The e-mail address is kept in lower case.
pub async fn add(tx: &mut Tx, member: &Member) -> Result<()> {
    sqlx::query(
        "INSERT INTO members (id, email, name, password_hash, created_at)
         VALUES ($1, $2, $3, $4, $5)",
    )
    .bind(member.id.to_string())
    .bind(member.email.trim().to_lowercase())
    .bind(member.name.clone())
    .bind(member.password_hash.clone())
    .bind(member.created_at.as_millis())
    .execute(tx.raw())
    .await
    .map_err(|error| Error::from(error).or_taken(|| format!("a member with the e-mail address {}", member.email)))?;
    Ok(())
}

pub(crate) fn read(row: &sqlx::any::AnyRow) -> Result<Member> {
    Ok(Member {
        id: row.id("id")?,
        email: row.text("email")?,
        name: row.text("name")?,
        password_hash: row.text("password_hash")?,
        created_at: row.time("created_at")?,
    })
}
