//! How far each account of a sync is. A row comes with the account and goes with it.

use linchpin_domain::Timestamp;
use linchpin_domain::id::{ConnectedUserId, CredentialId, ProjectId, SyncId};
use linchpin_domain::run::Fault;
use serde::{Deserialize, Serialize};

use crate::conn::{Columns, Conn, Tx, to_json};
use crate::error::Result;
use crate::syncs::{of_word, word};

/// What is read just now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Phase {
    /// Everything, for the first time.
    #[default]
    Load,
    /// What has changed.
    Follow,
    /// Everything again, to compare.
    Check,
}

/// What somebody wants the next pass to read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Asked {
    /// What has changed, as always.
    Changes,
    /// Everything, to compare.
    Check,
    /// Everything, as for the first time.
    Reload,
}

/// How far the reading of an account is. Kept page by page, so that it goes on there after a crash.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Progress {
    /// What is read.
    pub phase: Phase,
    /// The next page of it.
    pub page: Option<String>,
    /// When this reading of everything began.
    pub began_at: Option<Timestamp>,
    /// Counts the readings of everything.
    pub generation: i64,
    /// Changes are asked for from a little before here.
    pub newest_at: Timestamp,
    /// Records read so far by this reading of everything.
    pub read: u64,
    /// When everything had been read once.
    pub loaded_at: Option<Timestamp>,
    /// When it is asked next for what was deleted.
    pub deleted_due: Timestamp,
    /// When everything is compared next.
    pub check_due: Option<Timestamp>,
    /// What this comparison has found so far.
    pub checking: Drift,
    /// What the last one came to.
    pub checked: Option<Checked>,
    /// Conflicts so far.
    pub conflicts: u64,
}

/// How far what is held had drifted from the provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Drift {
    /// There, and not here.
    pub missing: u64,
    /// On both sides, and not the same.
    pub differing: u64,
    /// Here, and not there.
    pub surplus: u64,
}

/// A comparison of everything. What it finds it mends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Checked {
    /// When it was over.
    pub at: Timestamp,
    /// Records at the provider.
    pub records: u64,
    /// What was not the same.
    #[serde(flatten)]
    pub drift: Drift,
}

/// An account of a sync.
#[derive(Debug, Clone, PartialEq)]
pub struct SyncAccount {
    /// The sync.
    pub sync_id: SyncId,
    /// The account.
    pub credential_id: CredentialId,
    /// The tenant.
    pub project_id: ProjectId,
    /// Whose it is.
    pub user_id: ConnectedUserId,
    /// Whether somebody has stopped it.
    pub paused: bool,
    /// What the next pass is to read besides.
    pub asked: Option<Asked>,
    /// How far it is.
    pub progress: Progress,
    /// Why the last pass failed.
    pub fault: Option<Fault>,
    /// Passes that failed since the last that did not.
    pub failures: i64,
    /// When its next pass is.
    pub due_at: Timestamp,
    /// When the last one was over.
    pub passed_at: Option<Timestamp>,
}

/// Gives every working account of a project's syncs a row. Returns how many are new.
pub async fn enrol(tx: &mut Tx, now: Timestamp) -> Result<u64> {
    let done = sqlx::query(
        "INSERT INTO sync_accounts (sync_id, credential_id, project_id, user_id, paused, asked, progress, failures,
                                    due_at, created_at)
         SELECT s.id, c.id, s.project_id, c.user_id, 0, '', '{}', 0, $1, $1
         FROM syncs AS s
         JOIN credentials AS c ON c.project_id = s.project_id AND c.integration_id = s.integration_id
         WHERE s.enabled = 1
           AND c.status = 'VALID'
         ON CONFLICT DO NOTHING",
    )
    .bind(now.as_millis())
    .execute(tx.raw())
    .await?;
    Ok(done.rows_affected())
}

/// Accounts whose next pass is due, over all projects: only where sync, integration, user and account work.
pub async fn due(conn: &mut Conn, now: Timestamp, limit: i64) -> Result<Vec<SyncAccount>> {
    let rows = sqlx::query(
        "SELECT a.sync_id, a.credential_id, a.project_id, a.user_id, a.paused, a.asked, a.progress, a.fault, a.failures,
                a.due_at, a.passed_at
         FROM sync_accounts AS a
         JOIN syncs AS s ON s.id = a.sync_id
         JOIN integrations AS i ON i.id = s.integration_id
         JOIN credentials AS c ON c.id = a.credential_id
         JOIN connected_users AS u ON u.id = a.user_id
         WHERE a.due_at <= $1
           AND a.paused = 0
           AND s.enabled = 1
           AND i.active = 1
           AND c.status = 'VALID'
           AND u.disabled = 0
         ORDER BY a.due_at
         LIMIT $2",
    )
    .bind(now.as_millis())
    .bind(limit)
    .fetch_all(conn.raw())
    .await?;
    rows.iter().map(read).collect()
}

/// The accounts of a sync, of one user where one is named, by id.
pub async fn list(
    conn: &mut Conn,
    project_id: ProjectId,
    sync_id: SyncId,
    user_id: Option<ConnectedUserId>,
    after: Option<CredentialId>,
    limit: i64,
) -> Result<Vec<SyncAccount>> {
    let rows = sqlx::query(
        "SELECT sync_id, credential_id, project_id, user_id, paused, asked, progress, fault, failures, due_at, passed_at
         FROM sync_accounts
         WHERE project_id = $1
           AND sync_id = $2
           AND ($3 = '' OR user_id = $3)
           AND credential_id > $4
         ORDER BY credential_id
         LIMIT $5",
    )
    .bind(project_id.to_string())
    .bind(sync_id.to_string())
    .bind(user_id.map(|id| id.to_string()).unwrap_or_default())
    .bind(after.map(|id| id.to_string()).unwrap_or_default())
    .bind(limit)
    .fetch_all(conn.raw())
    .await?;
    rows.iter().map(read).collect()
}

/// One account of a sync.
pub async fn find(
    conn: &mut Conn,
    project_id: ProjectId,
    sync_id: SyncId,
    credential_id: CredentialId,
) -> Result<Option<SyncAccount>> {
    let row = sqlx::query(
        "SELECT sync_id, credential_id, project_id, user_id, paused, asked, progress, fault, failures, due_at, passed_at
         FROM sync_accounts
         WHERE project_id = $1
           AND sync_id = $2
           AND credential_id = $3",
    )
    .bind(project_id.to_string())
    .bind(sync_id.to_string())
    .bind(credential_id.to_string())
    .fetch_optional(conn.raw())
    .await?;
    row.as_ref().map(read).transpose()
}

/// Writes how far the reading is. Who has paused the account is not overwritten.
pub async fn set_progress(tx: &mut Tx, account: &SyncAccount) -> Result<()> {
    sqlx::query(
        "UPDATE sync_accounts
         SET progress = $4
         WHERE project_id = $1
           AND sync_id = $2
           AND credential_id = $3",
    )
    .bind(account.project_id.to_string())
    .bind(account.sync_id.to_string())
    .bind(account.credential_id.to_string())
    .bind(to_json(&account.progress))
    .execute(tx.raw())
    .await?;
    Ok(())
}

/// Writes what a pass came to. Somebody who asked for one meanwhile gets it: a time that is due sooner stays.
pub async fn set_passed(tx: &mut Tx, account: &SyncAccount, was_due: Timestamp) -> Result<()> {
    sqlx::query(
        "UPDATE sync_accounts
         SET progress = $4, fault = $5, failures = $6, passed_at = $7,
             due_at = CASE WHEN due_at <> $9 AND due_at < $8 THEN due_at ELSE $8 END
         WHERE project_id = $1
           AND sync_id = $2
           AND credential_id = $3",
    )
    .bind(account.project_id.to_string())
    .bind(account.sync_id.to_string())
    .bind(account.credential_id.to_string())
    .bind(to_json(&account.progress))
    .bind(account.fault.as_ref().map(to_json))
    .bind(account.failures)
    .bind(account.passed_at.map(Timestamp::as_millis))
    .bind(account.due_at.as_millis())
    .bind(was_due.as_millis())
    .execute(tx.raw())
    .await?;
    Ok(())
}

/// Has the next pass at a moment, and read more than what has changed where that is asked for.
pub async fn set_due(
    tx: &mut Tx,
    (project_id, sync_id, credential_id): (ProjectId, SyncId, CredentialId),
    due_at: Timestamp,
    asked: Option<Asked>,
) -> Result<bool> {
    let done = sqlx::query(
        "UPDATE sync_accounts
         SET due_at = $4, asked = CASE WHEN $5 = '' THEN asked ELSE $5 END
         WHERE project_id = $1
           AND sync_id = $2
           AND credential_id = $3",
    )
    .bind(project_id.to_string())
    .bind(sync_id.to_string())
    .bind(credential_id.to_string())
    .bind(due_at.as_millis())
    .bind(asked.as_ref().map(word).unwrap_or_default())
    .execute(tx.raw())
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Stops an account, or lets it go on.
pub async fn set_paused(
    tx: &mut Tx,
    (project_id, sync_id, credential_id): (ProjectId, SyncId, CredentialId),
    paused: bool,
) -> Result<bool> {
    let done = sqlx::query(
        "UPDATE sync_accounts
         SET paused = $4
         WHERE project_id = $1
           AND sync_id = $2
           AND credential_id = $3",
    )
    .bind(project_id.to_string())
    .bind(sync_id.to_string())
    .bind(credential_id.to_string())
    .bind(i64::from(paused))
    .execute(tx.raw())
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Notes that what was asked for is begun: written with the progress that says so.
pub async fn set_begun(tx: &mut Tx, account: &SyncAccount, asked: Asked) -> Result<()> {
    set_progress(tx, account).await?;
    sqlx::query(
        "UPDATE sync_accounts
         SET asked = ''
         WHERE project_id = $1
           AND sync_id = $2
           AND credential_id = $3
           AND asked = $4",
    )
    .bind(account.project_id.to_string())
    .bind(account.sync_id.to_string())
    .bind(account.credential_id.to_string())
    .bind(word(&asked))
    .execute(tx.raw())
    .await?;
    Ok(())
}

/// Has every account of a sync read everything anew, as when its fields were changed.
pub async fn start_over(tx: &mut Tx, project_id: ProjectId, sync_id: SyncId, now: Timestamp) -> Result<()> {
    sqlx::query(
        "UPDATE sync_accounts
         SET asked = $3, due_at = $4
         WHERE project_id = $1
           AND sync_id = $2",
    )
    .bind(project_id.to_string())
    .bind(sync_id.to_string())
    .bind(word(&Asked::Reload))
    .bind(now.as_millis())
    .execute(tx.raw())
    .await?;
    Ok(())
}

fn read(row: &sqlx::any::AnyRow) -> Result<SyncAccount> {
    Ok(SyncAccount {
        sync_id: row.id("sync_id")?,
        credential_id: row.id("credential_id")?,
        project_id: row.id("project_id")?,
        user_id: row.id("user_id")?,
        paused: row.flag("paused")?,
        asked: match row.text("asked")? {
            none if none.is_empty() => None,
            asked => Some(of_word("sync_accounts.asked", asked)?),
        },
        progress: row.json("progress")?,
        fault: row.maybe_text("fault")?.and_then(|text| serde_json::from_str(&text).ok()),
        failures: row.int("failures")?,
        due_at: row.time("due_at")?,
        passed_at: row.maybe_time("passed_at")?,
    })
}
