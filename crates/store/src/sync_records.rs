//! The records of syncs. Whoever writes some has taken their numbers first
//! ([`syncs::take_numbers`](crate::syncs::take_numbers)), which also keeps others from writing.

use linchpin_domain::Timestamp;
use linchpin_domain::id::{ConnectedUserId, CredentialId, ProjectId, SyncId, SyncRecordId};
use linchpin_domain::sync::Record;

use crate::conn::{Columns, Conn, Tx, to_json};
use crate::error::Result;
use crate::syncs::{of_word, word};
use crate::{Dialect, Store};

/// Where records are: an account of a sync.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// The tenant.
    pub project_id: ProjectId,
    /// The sync.
    pub sync_id: SyncId,
    /// The account.
    pub credential_id: CredentialId,
    /// Whose it is.
    pub user_id: ConnectedUserId,
}

/// A record as it is kept.
#[derive(Debug, Clone, PartialEq)]
pub struct Kept {
    /// What both sides say of it.
    pub record: Record,
    /// The account that it is in.
    pub place: Place,
    /// The number of its last change.
    pub seq: i64,
    /// The last reading of everything that found it.
    pub generation: i64,
    /// When that change was.
    pub changed_at: Timestamp,
}

/// Which records of a project are read.
#[derive(Debug, Clone, Copy, Default)]
pub struct Filter {
    /// Of one account.
    pub credential_id: Option<CredentialId>,
    /// Of one user.
    pub user_id: Option<ConnectedUserId>,
    /// After the change of this number.
    pub after: i64,
    /// Only those that wait to be sent, or were refused.
    pub pending: bool,
}

/// How many records an account has.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// That are not deleted.
    pub records: i64,
    /// That wait to be sent.
    pub pending: i64,
    /// Whose writes were refused.
    pub refused: i64,
}

/// The records of an account with these ids at the provider.
pub async fn of_provider(conn: &mut Conn, dialect: Dialect, place: Place, ids: &[String]) -> Result<Vec<Kept>> {
    let rows = sqlx::query(dialect.pick(OF_PROVIDER_SQLITE, OF_PROVIDER_POSTGRES))
        .bind(place.project_id.to_string())
        .bind(place.sync_id.to_string())
        .bind(place.credential_id.to_string())
        .bind(to_json(&ids))
        .fetch_all(conn.raw())
        .await?;
    rows.iter().map(read).collect()
}

/// Notes that a reading of everything has found these.
pub async fn found(tx: &mut Tx, dialect: Dialect, place: Place, ids: &[String], generation: i64) -> Result<()> {
    sqlx::query(dialect.pick(FOUND_SQLITE, FOUND_POSTGRES))
        .bind(place.project_id.to_string())
        .bind(place.sync_id.to_string())
        .bind(place.credential_id.to_string())
        .bind(to_json(&ids))
        .bind(generation)
        .execute(tx.raw())
        .await?;
    Ok(())
}

/// A question for whole records.
macro_rules! select {
    ($which:literal) => {
        concat!(
            "SELECT id, project_id, sync_id, credential_id, user_id, provider_id, external_id, fields, raw, modified_at,
                deleted_at, origin, pending, seq, generation, changed_at
             FROM sync_records ",
            $which
        )
    };
}

/// One record.
pub async fn find(conn: &mut Conn, project_id: ProjectId, sync_id: SyncId, id: SyncRecordId) -> Result<Option<Kept>> {
    let row = sqlx::query(select!(
        "WHERE project_id = $1
           AND sync_id = $2
           AND id = $3"
    ))
    .bind(project_id.to_string())
    .bind(sync_id.to_string())
    .bind(id.to_string())
    .fetch_optional(conn.raw())
    .await?;
    row.as_ref().map(read).transpose()
}

/// The record of an account that the application calls so.
pub async fn of_app(conn: &mut Conn, place: Place, external_id: &str) -> Result<Option<Kept>> {
    let row = sqlx::query(select!(
        "WHERE project_id = $1
           AND sync_id = $2
           AND credential_id = $3
           AND external_id = $4"
    ))
    .bind(place.project_id.to_string())
    .bind(place.sync_id.to_string())
    .bind(place.credential_id.to_string())
    .bind(external_id.to_owned())
    .fetch_optional(conn.raw())
    .await?;
    row.as_ref().map(read).transpose()
}

/// Records in the order of their last changes.
pub async fn page(
    conn: &mut Conn,
    project_id: ProjectId,
    sync_id: SyncId,
    filter: Filter,
    limit: i64,
) -> Result<Vec<Kept>> {
    let rows = sqlx::query(select!(
        "WHERE project_id = $1
           AND sync_id = $2
           AND seq > $3
           AND ($4 = '' OR credential_id = $4)
           AND ($5 = '' OR user_id = $5)
           AND ($6 = 0 OR pending IS NOT NULL)
         ORDER BY seq
         LIMIT $7"
    ))
    .bind(project_id.to_string())
    .bind(sync_id.to_string())
    .bind(filter.after)
    .bind(filter.credential_id.map(|id| id.to_string()).unwrap_or_default())
    .bind(filter.user_id.map(|id| id.to_string()).unwrap_or_default())
    .bind(i64::from(filter.pending))
    .bind(limit)
    .fetch_all(conn.raw())
    .await?;
    rows.iter().map(read).collect()
}

/// Records that an account's last reading of everything did not find, and that were there before it began.
pub async fn not_found(
    conn: &mut Conn,
    place: Place,
    generation: i64,
    before: Timestamp,
    limit: i64,
) -> Result<Vec<Kept>> {
    let rows = sqlx::query(select!(
        "WHERE project_id = $1
           AND sync_id = $2
           AND credential_id = $3
           AND provider_id IS NOT NULL
           AND deleted_at IS NULL
           AND generation < $4
           AND modified_at < $5
         ORDER BY id
         LIMIT $6"
    ))
    .bind(place.project_id.to_string())
    .bind(place.sync_id.to_string())
    .bind(place.credential_id.to_string())
    .bind(generation)
    .bind(before.as_millis())
    .bind(limit)
    .fetch_all(conn.raw())
    .await?;
    rows.iter().map(read).collect()
}

/// The record of an account with this value in a field.
pub async fn with_value(
    conn: &mut Conn,
    dialect: Dialect,
    place: Place,
    field: &str,
    value: &str,
) -> Result<Option<Kept>> {
    let row = sqlx::query(dialect.pick(WITH_VALUE_SQLITE, WITH_VALUE_POSTGRES))
        .bind(place.project_id.to_string())
        .bind(place.sync_id.to_string())
        .bind(place.credential_id.to_string())
        .bind(field.to_owned())
        .bind(value.trim().to_lowercase())
        .fetch_optional(conn.raw())
        .await?;
    row.as_ref().map(read).transpose()
}

/// How many records an account has.
pub async fn count(conn: &mut Conn, project_id: ProjectId, sync_id: SyncId, id: CredentialId) -> Result<Counts> {
    let row = sqlx::query(
        "SELECT CAST(COALESCE(SUM(CASE WHEN deleted_at IS NULL THEN 1 ELSE 0 END), 0) AS BIGINT) AS records,
                CAST(COALESCE(SUM(CASE WHEN pending IS NOT NULL AND pending NOT LIKE '%\"fault\":{%' THEN 1 ELSE 0 END), 0) AS BIGINT) AS pending,
                CAST(COALESCE(SUM(CASE WHEN pending LIKE '%\"fault\":{%' THEN 1 ELSE 0 END), 0) AS BIGINT) AS refused
         FROM sync_records
         WHERE project_id = $1
           AND sync_id = $2
           AND credential_id = $3",
    )
    .bind(project_id.to_string())
    .bind(sync_id.to_string())
    .bind(id.to_string())
    .fetch_one(conn.raw())
    .await?;
    Ok(Counts { records: row.int("records")?, pending: row.int("pending")?, refused: row.int("refused")? })
}

/// Writes a record, a new one or one that is there. Without a number it keeps the one that it has.
pub async fn write(tx: &mut Tx, place: Place, record: &Record, new_seq: i64, generation: i64) -> Result<()> {
    let now = tx.inner.clock.now();
    sqlx::query(
        "INSERT INTO sync_records (id, project_id, sync_id, credential_id, user_id, provider_id, external_id, fields,
                                   raw, modified_at, deleted_at, origin, pending, seq, generation, changed_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)
         ON CONFLICT (id) DO UPDATE
         SET provider_id = excluded.provider_id,
             external_id = excluded.external_id,
             fields = excluded.fields,
             raw = excluded.raw,
             modified_at = excluded.modified_at,
             deleted_at = excluded.deleted_at,
             origin = excluded.origin,
             pending = excluded.pending,
             seq = CASE WHEN excluded.seq > 0 THEN excluded.seq ELSE sync_records.seq END,
             generation = CASE WHEN excluded.generation > sync_records.generation
                               THEN excluded.generation ELSE sync_records.generation END,
             changed_at = CASE WHEN excluded.seq > 0 THEN excluded.changed_at ELSE sync_records.changed_at END",
    )
    .bind(record.id.to_string())
    .bind(place.project_id.to_string())
    .bind(place.sync_id.to_string())
    .bind(place.credential_id.to_string())
    .bind(place.user_id.to_string())
    .bind(record.provider_id.clone())
    .bind(record.external_id.clone())
    .bind(to_json(&record.fields))
    .bind(to_json(&record.raw))
    .bind(record.modified_at.map(Timestamp::as_millis))
    .bind(record.deleted_at.map(Timestamp::as_millis))
    .bind(word(&record.origin))
    .bind(record.pending.as_ref().map(to_json))
    .bind(new_seq)
    .bind(generation)
    .bind(now.as_millis())
    .execute(tx.raw())
    .await?;
    Ok(())
}

/// Takes a record out that turned out to be another one.
pub async fn remove(tx: &mut Tx, project_id: ProjectId, id: SyncRecordId) -> Result<()> {
    sqlx::query("DELETE FROM sync_records WHERE project_id = $1 AND id = $2")
        .bind(project_id.to_string())
        .bind(id.to_string())
        .execute(tx.raw())
        .await?;
    Ok(())
}

/// Removes what was deleted before a moment, for good.
pub async fn forget_deleted(store: &Store, before: Timestamp) -> Result<u64> {
    let mut tx = store.begin().await?;
    let done = sqlx::query("DELETE FROM sync_records WHERE deleted_at < $1 AND pending IS NULL")
        .bind(before.as_millis())
        .execute(tx.raw())
        .await?;
    tx.commit().await?;
    Ok(done.rows_affected())
}

const OF_PROVIDER_SQLITE: &str = select!(
    "WHERE project_id = $1
      AND sync_id = $2
      AND credential_id = $3
      AND provider_id IN (SELECT value FROM json_each($4))"
);
const OF_PROVIDER_POSTGRES: &str = select!(
    "WHERE project_id = $1
      AND sync_id = $2
      AND credential_id = $3
      AND provider_id IN (SELECT value FROM json_array_elements_text($4::json))"
);
const FOUND_SQLITE: &str = "
    UPDATE sync_records
    SET generation = $5
    WHERE project_id = $1
      AND sync_id = $2
      AND credential_id = $3
      AND provider_id IN (SELECT value FROM json_each($4))
      AND generation < $5";
const FOUND_POSTGRES: &str = "
    UPDATE sync_records
    SET generation = $5
    WHERE project_id = $1
      AND sync_id = $2
      AND credential_id = $3
      AND provider_id IN (SELECT value FROM json_array_elements_text($4::json))
      AND generation < $5";
const WITH_VALUE_SQLITE: &str = select!(
    "WHERE project_id = $1
      AND sync_id = $2
      AND credential_id = $3
      AND provider_id IS NOT NULL
      AND deleted_at IS NULL
      AND LOWER(fields ->> $4) = $5
    LIMIT 1"
);
const WITH_VALUE_POSTGRES: &str = select!(
    "WHERE project_id = $1
      AND sync_id = $2
      AND credential_id = $3
      AND provider_id IS NOT NULL
      AND deleted_at IS NULL
      AND LOWER(fields::json ->> $4) = $5
    LIMIT 1"
);

fn read(row: &sqlx::any::AnyRow) -> Result<Kept> {
    let pending = row.maybe_text("pending")?;
    Ok(Kept {
        record: Record {
            id: row.id("id")?,
            provider_id: row.maybe_text("provider_id")?,
            external_id: row.maybe_text("external_id")?,
            fields: row.json("fields")?,
            raw: row.json("raw")?,
            modified_at: row.maybe_time("modified_at")?,
            deleted_at: row.maybe_time("deleted_at")?,
            origin: of_word("sync_records.origin", row.text("origin")?)?,
            pending: pending
                .map(|text| serde_json::from_str(&text))
                .transpose()
                .map_err(|error| crate::Error::corrupt("sync_records.pending", error))?,
        },
        place: Place {
            project_id: row.id("project_id")?,
            sync_id: row.id("sync_id")?,
            credential_id: row.id("credential_id")?,
            user_id: row.id("user_id")?,
        },
        seq: row.int("seq")?,
        generation: row.int("generation")?,
        changed_at: row.time("changed_at")?,
    })
}
