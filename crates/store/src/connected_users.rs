//! Connected users: the customers of the host application. One appears with its first valid token.

use std::collections::HashSet;

use linchpin_domain::Timestamp;
use linchpin_domain::id::{ConnectedUserId, ProjectId};
use serde_json::{Map, Value};

use crate::conn::{Columns, Conn, Tx, to_json};
use crate::error::{Error, Result};
use crate::permissions::Review;
use crate::rows::{Kind, Rows, Statement};
use crate::{Change, hook_registrations};

/// A connected user.
#[derive(Debug, Clone, PartialEq)]
pub struct ConnectedUser {
    /// Its id.
    pub id: ConnectedUserId,
    /// The tenant.
    pub project_id: ProjectId,
    /// The id in the host application: `sub` of the user token. Unique in the project.
    pub external_id: String,
    /// What the host application says about the user.
    pub metadata: Map<String, Value>,
    /// A disabled user's tokens are refused and nothing runs.
    pub disabled: bool,
    /// Whether a token of the user was ever accepted (an imported user has sent none yet).
    pub token_seen: bool,
    /// When it was added.
    pub created_at: Timestamp,
    /// When a token of the user was last accepted, to the minute.
    pub last_seen_at: Option<Timestamp>,
}

/// One user.
pub async fn find(conn: &mut Conn, project_id: ProjectId, id: ConnectedUserId) -> Result<Option<ConnectedUser>> {
    let row = sqlx::query(
        "SELECT id, project_id, external_id, metadata, disabled, token_seen, created_at, last_seen_at
         FROM connected_users
         WHERE project_id = $1
           AND id = $2",
    )
    .bind(project_id.to_string())
    .bind(id.to_string())
    .fetch_optional(conn.raw())
    .await?;
    row.as_ref().map(read).transpose()
}

/// The user of this id in the host application.
pub async fn find_by_external_id(
    conn: &mut Conn,
    project_id: ProjectId,
    external_id: &str,
) -> Result<Option<ConnectedUser>> {
    let row = sqlx::query(
        "SELECT id, project_id, external_id, metadata, disabled, token_seen, created_at, last_seen_at
         FROM connected_users
         WHERE project_id = $1
           AND external_id = $2",
    )
    .bind(project_id.to_string())
    .bind(external_id.to_owned())
    .fetch_optional(conn.raw())
    .await?;
    row.as_ref().map(read).transpose()
}

/// Users of a project in the order of their external ids, after one of them; `search` is looked for in
/// external id and metadata, in any case.
pub async fn list(
    conn: &mut Conn,
    project_id: ProjectId,
    search: Option<&str>,
    after: Option<&str>,
    limit: i64,
) -> Result<Vec<ConnectedUser>> {
    let rows = sqlx::query(
        "SELECT id, project_id, external_id, metadata, disabled, token_seen, created_at, last_seen_at
         FROM connected_users
         WHERE project_id = $1
           AND external_id > $2
           AND ($3 = '' OR LOWER(external_id) LIKE $3 ESCAPE '!' OR LOWER(metadata) LIKE $3 ESCAPE '!')
         ORDER BY external_id
         LIMIT $4",
    )
    .bind(project_id.to_string())
    .bind(after.unwrap_or_default().to_owned())
    .bind(search.map(pattern).unwrap_or_default())
    .bind(limit)
    .fetch_all(conn.raw())
    .await?;
    rows.iter().map(read).collect()
}

/// How many users a project has.
pub async fn count(conn: &mut Conn, project_id: ProjectId) -> Result<i64> {
    let row = sqlx::query(
        "SELECT CAST(COUNT(*) AS BIGINT) AS users
         FROM connected_users
         WHERE project_id = $1",
    )
    .bind(project_id.to_string())
    .fetch_one(conn.raw())
    .await?;
    row.int("users")
}

/// Whether a token of any user of the project was ever accepted.
pub async fn any_token_seen(conn: &mut Conn, project_id: ProjectId) -> Result<bool> {
    let row = sqlx::query(
        "SELECT CASE WHEN EXISTS (SELECT 1 FROM connected_users WHERE project_id = $1 AND token_seen = 1)
                THEN 1 ELSE 0 END AS seen",
    )
    .bind(project_id.to_string())
    .fetch_one(conn.raw())
    .await?;
    row.flag("seen")
}

static MEET: Statement = Statement::new(
    "INSERT INTO connected_users (id, project_id, external_id, metadata, disabled, token_seen, created_at, last_seen_at)
     SELECT column1, column2, column3, '{}', 0, 1, column4, column4 FROM",
    &[Kind::Text, Kind::Text, Kind::Text, Kind::Number],
    "AS v
     WHERE column1 IS NOT NULL
     ON CONFLICT (project_id, external_id) DO UPDATE
     SET token_seen = 1, last_seen_at = excluded.last_seen_at
     RETURNING id, project_id, external_id, metadata, disabled, token_seen, created_at, last_seen_at",
);

/// The users of these external ids, added when they are new, in no order. A token is what proves each: `token_seen`
/// is set and `last_seen_at` is `now`. None may be there twice.
pub async fn meet_all(
    tx: &mut Tx,
    visits: impl IntoIterator<Item = (ProjectId, &str)>,
    now: Timestamp,
) -> Result<Vec<ConnectedUser>> {
    let mut rows = Rows::of(&MEET);
    let mut fresh = HashSet::new();
    for (project_id, external_id) in visits {
        let id = ConnectedUserId::fresh(&*tx.inner.clock);
        fresh.insert(id);
        rows.add().show(id).show(project_id).text(external_id).number(now.as_millis());
    }
    let dialect = tx.inner.dialect;
    let users: Vec<_> = rows.fetch(tx.raw(), dialect).await?.iter().map(read).collect::<Result<_>>()?;
    // Where two met a user at once, the second finds the row of the first.
    for user in users.iter().filter(|user| fresh.contains(&user.id)) {
        tx.changed(Change::User(user.project_id, user.id));
    }
    Ok(users)
}

/// The user of this external id; see [`meet_all`].
pub async fn meet(tx: &mut Tx, project_id: ProjectId, external_id: &str, now: Timestamp) -> Result<ConnectedUser> {
    let met = meet_all(tx, [(project_id, external_id)], now).await?;
    Ok(met.into_iter().next().expect("a row that is inserted or updated is returned"))
}

static SEEN: Statement = Statement::new(
    "UPDATE connected_users SET last_seen_at = v.column2 FROM",
    &[Kind::Text, Kind::Number],
    "AS v WHERE connected_users.id = v.column1",
);

/// Notes when tokens of these users were accepted. Who was removed meanwhile stays removed.
pub async fn seen(tx: &mut Tx, visits: impl IntoIterator<Item = (ConnectedUserId, Timestamp)>) -> Result<()> {
    let mut rows = Rows::of(&SEEN);
    for (id, at) in visits {
        rows.add().show(id).number(at.as_millis());
    }
    let dialect = tx.inner.dialect;
    rows.execute(tx.raw(), dialect).await
}

/// Adds a user who has sent no token yet (import).
pub async fn add(tx: &mut Tx, user: &ConnectedUser) -> Result<()> {
    sqlx::query(
        "INSERT INTO connected_users (id, project_id, external_id, metadata, disabled, token_seen, created_at, last_seen_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
    )
    .bind(user.id.to_string())
    .bind(user.project_id.to_string())
    .bind(user.external_id.clone())
    .bind(to_json(&user.metadata))
    .bind(i64::from(user.disabled))
    .bind(i64::from(user.token_seen))
    .bind(user.created_at.as_millis())
    .bind(user.last_seen_at.map(Timestamp::as_millis))
    .execute(tx.raw())
    .await
    .map_err(|error| Error::from(error).or_taken(|| format!("a connected user `{}`", user.external_id)))?;
    tx.changed(Change::User(user.project_id, user.id));
    Ok(())
}

/// Merges values into a user's metadata, objects in objects; returns the whole. `None` when there is
/// no such user.
pub async fn merge_metadata(
    tx: &mut Tx,
    project_id: ProjectId,
    id: ConnectedUserId,
    values: &Map<String, Value>,
) -> Result<Option<Map<String, Value>>> {
    let Some(mut user) = find(tx, project_id, id).await? else { return Ok(None) };
    merge(&mut user.metadata, values);
    set_metadata(tx, project_id, id, &user.metadata).await?;
    Ok(Some(user.metadata))
}

/// Replaces a user's metadata; answers whether there is such a user. Workflows that are on and not
/// permitted any more are switched off with the commit.
pub async fn set_metadata(
    tx: &mut Tx,
    project_id: ProjectId,
    id: ConnectedUserId,
    metadata: &Map<String, Value>,
) -> Result<bool> {
    let done = sqlx::query(
        "UPDATE connected_users
         SET metadata = $3
         WHERE project_id = $1
           AND id = $2",
    )
    .bind(project_id.to_string())
    .bind(id.to_string())
    .bind(to_json(metadata))
    .execute(tx.raw())
    .await?;
    tx.changed(Change::User(project_id, id));
    tx.review(Review::User(project_id, id));
    Ok(done.rows_affected() == 1)
}

/// Disables or enables a user; answers whether there is such a user.
pub async fn set_disabled(tx: &mut Tx, project_id: ProjectId, id: ConnectedUserId, disabled: bool) -> Result<bool> {
    let done = sqlx::query(
        "UPDATE connected_users
         SET disabled = $3
         WHERE project_id = $1
           AND id = $2",
    )
    .bind(project_id.to_string())
    .bind(id.to_string())
    .bind(i64::from(disabled))
    .execute(tx.raw())
    .await?;
    tx.changed(Change::User(project_id, id));
    Ok(done.rows_affected() == 1)
}

/// Removes a user with all accounts; answers whether there was one.
pub async fn remove(tx: &mut Tx, project_id: ProjectId, id: ConnectedUserId) -> Result<bool> {
    hook_registrations::keep_tokens(tx, project_id, hook_registrations::Going::User(id)).await?;
    let done = sqlx::query(
        "DELETE FROM connected_users
         WHERE project_id = $1
           AND id = $2",
    )
    .bind(project_id.to_string())
    .bind(id.to_string())
    .execute(tx.raw())
    .await?;
    tx.changed(Change::User(project_id, id));
    Ok(done.rows_affected() == 1)
}

fn merge(into: &mut Map<String, Value>, values: &Map<String, Value>) {
    for (key, value) in values {
        match (into.get_mut(key), value) {
            (Some(Value::Object(inner)), Value::Object(values)) => merge(inner, values),
            _ => {
                into.insert(key.clone(), value.clone());
            }
        }
    }
}

/// A `LIKE` pattern that looks for the text itself.
pub(crate) fn pattern(search: &str) -> String {
    let mut text = String::from("%");
    for c in search.to_lowercase().chars() {
        if matches!(c, '%' | '_' | '!') {
            text.push('!');
        }
        text.push(c);
    }
    text.push('%');
    text
}

fn read(row: &sqlx::any::AnyRow) -> Result<ConnectedUser> {
    Ok(ConnectedUser {
        id: row.id("id")?,
        project_id: row.id("project_id")?,
        external_id: row.text("external_id")?,
        metadata: row.json("metadata")?,
        disabled: row.flag("disabled")?,
        token_seen: row.flag("token_seen")?,
        created_at: row.time("created_at")?,
        last_seen_at: row.maybe_time("last_seen_at")?,
    })
}
