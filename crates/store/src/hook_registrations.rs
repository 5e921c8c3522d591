//! Hooks that are made at providers by requests of ours, from the first attempt to make one until it is
//! known to be gone there.
//!
//! ```text
//!            made            wanted no longer
//! registering ──► registered ──────────────► removing ──► (no row)
//!      │    ▲         │ found missing            │ cannot be removed
//!      │    └─────────┘                          ▼
//!      └───────────────────────────────────────► left
//! ```
//!
//! A row outlives its workflow, user and account: what it takes to remove the hook is sealed in it, and
//! the account's tokens are kept with it when the account goes.

mod sealed;

use linchpin_domain::Timestamp;
use linchpin_domain::id::{
    ConfigurationId, ConnectedUserId, CredentialId, HookRegistrationId, IntegrationId, ProjectId, WorkflowId,
};
use linchpin_domain::workflow::Definition;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};

use crate::conn::{Columns, Conn, Tx, to_json};
use crate::error::{Error, Result};
use crate::projects;

use sealed::place;
pub(crate) use sealed::{Going, keep_tokens};
pub use sealed::{KeptAccess, Sealed, open, set_secret};

/// Where a hook stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// It is to be made at the provider.
    Registering,
    /// It is there.
    Registered,
    /// It is to be removed.
    Removing,
    /// It could not be removed: a person must do it at the provider.
    Left,
}

impl State {
    /// As stored and shown.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Registering => "registering",
            Self::Registered => "registered",
            Self::Removing => "removing",
            Self::Left => "left",
        }
    }

    fn parse(text: &str) -> Result<Self> {
        [Self::Registering, Self::Registered, Self::Removing, Self::Left]
            .into_iter()
            .find(|state| state.as_str() == text)
            .ok_or_else(|| Error::corrupt("hook_registrations.state", format!("`{text}` is no state")))
    }
}

/// Whose hook it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Account {
    /// The user.
    pub user_id: ConnectedUserId,
    /// The account.
    pub credential_id: CredentialId,
    /// The configuration whose settings it is made with.
    pub configuration_id: ConfigurationId,
}

/// A hook.
#[derive(Debug, Clone, PartialEq)]
pub struct HookRegistration {
    /// Its id.
    pub id: HookRegistrationId,
    /// The tenant.
    pub project_id: ProjectId,
    /// The integration.
    pub integration_id: IntegrationId,
    /// The workflow that declares it.
    pub workflow_id: WorkflowId,
    /// Whose it is; `None` for an app's.
    pub account: Option<Account>,
    /// What its address has of its own, so that a delivery tells which hook it comes from.
    pub address: String,
    /// Changes with everything that the hook depends on.
    pub fingerprint: String,
    /// Where it stands.
    pub state: State,
    /// What the provider calls it.
    pub provider_id: Option<String>,
    /// When the request that makes it was about to be sent; `None` when no request can be under way.
    pub sent_at: Option<Timestamp>,
    /// Attempts that failed since the last that did not.
    pub attempts: i64,
    /// Why the last one failed.
    pub fault: Option<Fault>,
    /// When something is to be done about it.
    pub due_at: Option<Timestamp>,
    /// When it was first wanted.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

/// Why an attempt failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fault {
    /// A stable code.
    pub code: String,
    /// For people; secrets masked.
    pub message: String,
}

/// A deployed workflow that declares a hook.
#[derive(Debug)]
pub struct Declared {
    /// The tenant.
    pub project_id: ProjectId,
    /// The workflow.
    pub workflow_id: WorkflowId,
    /// Its integration.
    pub integration_id: IntegrationId,
    /// What it does.
    pub definition: Definition,
}

/// An account that has a workflow on.
#[derive(Debug, Clone, Copy)]
pub struct Wanting {
    /// The account, with the first configuration that has it on.
    pub account: Account,
    /// Whether it can be called with just now.
    pub works: bool,
}

const COLUMNS: &str =
    "id, project_id, integration_id, workflow_id, user_id, credential_id, configuration_id, address, fingerprint,
                state, provider_id, sent_at, attempts, fault, due_at, created_at, updated_at";

/// The deployed workflows of active integrations that may want a hook: they declare one, or their provider's event may
/// have one. Over all projects.
pub async fn declared(conn: &mut Conn) -> Result<Vec<Declared>> {
    let rows = sqlx::query(
        "SELECT w.project_id, w.id AS workflow_id, w.integration_id, v.definition
         FROM workflows AS w
         JOIN workflow_versions AS v ON v.id = w.deployed_version_id
         JOIN integrations AS i ON i.id = w.integration_id
         WHERE i.active = 1
           AND (v.definition LIKE '%\"register\"%' OR v.definition LIKE '%\"provider\"%')
         ORDER BY w.id",
    )
    .fetch_all(conn.raw())
    .await?;
    rows.iter()
        .map(|row| {
            Ok(Declared {
                project_id: row.id("project_id")?,
                workflow_id: row.id("workflow_id")?,
                integration_id: row.id("integration_id")?,
                definition: row.json("definition")?,
            })
        })
        .collect()
}

/// The accounts that have a workflow on, each once.
pub async fn wanting(conn: &mut Conn, project_id: ProjectId, workflow_id: WorkflowId) -> Result<Vec<Wanting>> {
    let rows = sqlx::query(
        "SELECT c.user_id, f.credential_id, e.configuration_id,
                CASE WHEN c.status = 'VALID' AND u.disabled = 0 THEN 1 ELSE 0 END AS works
         FROM enablements AS e
         JOIN configurations AS f ON f.id = e.configuration_id
         JOIN credentials AS c ON c.id = f.credential_id
         JOIN connected_users AS u ON u.id = c.user_id
         WHERE e.project_id = $1
           AND e.workflow_id = $2
           AND e.enabled = 1
         ORDER BY f.credential_id, f.is_default DESC, f.created_at, f.id",
    )
    .bind(project_id.to_string())
    .bind(workflow_id.to_string())
    .fetch_all(conn.raw())
    .await?;
    let mut found: Vec<Wanting> = Vec::new();
    for row in &rows {
        let account = Account {
            user_id: row.id("user_id")?,
            credential_id: row.id("credential_id")?,
            configuration_id: row.id("configuration_id")?,
        };
        if found.last().is_none_or(|last| last.account.credential_id != account.credential_id) {
            found.push(Wanting { account, works: row.flag("works")? });
        }
    }
    Ok(found)
}

/// Every hook of every project.
pub async fn all(conn: &mut Conn) -> Result<Vec<HookRegistration>> {
    let statement = format!("SELECT {COLUMNS} FROM hook_registrations ORDER BY id");
    let rows = sqlx::query(sqlx::AssertSqlSafe(statement)).fetch_all(conn.raw()).await?;
    rows.iter().map(read).collect()
}

/// Those of all projects about which something is to be done, the longest due first. One that is to be
/// made waits for the first attempt to remove its predecessor.
pub async fn due(conn: &mut Conn, now: Timestamp, limit: i64) -> Result<Vec<HookRegistration>> {
    let statement = format!(
        "SELECT {COLUMNS}
         FROM hook_registrations AS r
         WHERE r.due_at <= $1
           AND NOT (r.state = 'registering' AND EXISTS (
             SELECT 1
             FROM hook_registrations AS o
             WHERE o.credential_id = r.credential_id
               AND o.workflow_id = r.workflow_id
               AND o.state = 'removing'
               AND o.attempts = 0))
         ORDER BY r.due_at, r.id
         LIMIT $2"
    );
    let rows =
        sqlx::query(sqlx::AssertSqlSafe(statement)).bind(now.as_millis()).bind(limit).fetch_all(conn.raw()).await?;
    rows.iter().map(read).collect()
}

/// Those of a project, newest first, before an id; of one workflow, or all.
pub async fn list(
    conn: &mut Conn,
    project_id: ProjectId,
    workflow_id: Option<WorkflowId>,
    before: Option<HookRegistrationId>,
    limit: i64,
) -> Result<Vec<HookRegistration>> {
    let statement = format!(
        "SELECT {COLUMNS}
         FROM hook_registrations
         WHERE project_id = $1
           AND ($2 = '' OR workflow_id = $2)
           AND ($3 = '' OR id < $3)
         ORDER BY id DESC
         LIMIT $4"
    );
    let rows = sqlx::query(sqlx::AssertSqlSafe(statement))
        .bind(project_id.to_string())
        .bind(workflow_id.map(|id| id.to_string()).unwrap_or_default())
        .bind(before.map(|id| id.to_string()).unwrap_or_default())
        .bind(limit)
        .fetch_all(conn.raw())
        .await?;
    rows.iter().map(read).collect()
}

/// One of a project.
pub async fn find(conn: &mut Conn, project_id: ProjectId, id: HookRegistrationId) -> Result<Option<HookRegistration>> {
    let statement = format!("SELECT {COLUMNS} FROM hook_registrations WHERE project_id = $1 AND id = $2");
    let row = sqlx::query(sqlx::AssertSqlSafe(statement))
        .bind(project_id.to_string())
        .bind(id.to_string())
        .fetch_optional(conn.raw())
        .await?;
    row.as_ref().map(read).transpose()
}

/// The one that a delivery comes from, of a project's workflow.
pub async fn of_address(
    conn: &mut Conn,
    project_id: ProjectId,
    workflow_id: WorkflowId,
    address: &str,
) -> Result<Option<HookRegistration>> {
    let statement = format!(
        "SELECT {COLUMNS}
         FROM hook_registrations
         WHERE project_id = $1
           AND workflow_id = $2
           AND address = $3"
    );
    let row = sqlx::query(sqlx::AssertSqlSafe(statement))
        .bind(project_id.to_string())
        .bind(workflow_id.to_string())
        .bind(address.to_owned())
        .fetch_optional(conn.raw())
        .await?;
    row.as_ref().map(read).transpose()
}

/// Adds one, with the sealed plan of how it is removed.
pub async fn add(tx: &mut Tx, hook: &HookRegistration, plan: &SecretString) -> Result<()> {
    projects::open(tx, hook.project_id).await?;
    let id = hook.id.to_string();
    let sealed = tx.inner.vault.seal(hook.project_id, place("sealed_plan", &id), plan.expose_secret())?;
    let (user, credential, configuration) = account_texts(hook.account);
    sqlx::query(
        "INSERT INTO hook_registrations (id, project_id, integration_id, workflow_id, user_id, credential_id, configuration_id,
                address, fingerprint, state, provider_id, sealed_plan, sent_at, attempts, fault, due_at, created_at, updated_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)",
    )
    .bind(id)
    .bind(hook.project_id.to_string())
    .bind(hook.integration_id.to_string())
    .bind(hook.workflow_id.to_string())
    .bind(user)
    .bind(credential)
    .bind(configuration)
    .bind(hook.address.clone())
    .bind(hook.fingerprint.clone())
    .bind(hook.state.as_str())
    .bind(hook.provider_id.clone())
    .bind(sealed)
    .bind(hook.sent_at.map(Timestamp::as_millis))
    .bind(hook.attempts)
    .bind(hook.fault.as_ref().map(to_json))
    .bind(hook.due_at.map(Timestamp::as_millis))
    .bind(hook.created_at.as_millis())
    .bind(hook.updated_at.as_millis())
    .execute(tx.raw())
    .await?;
    Ok(())
}

/// Writes where one stands; what it was declared with stays.
pub async fn update(tx: &mut Tx, hook: &HookRegistration) -> Result<()> {
    sqlx::query(
        "UPDATE hook_registrations
         SET address = $3, state = $4, provider_id = $5, sent_at = $6, attempts = $7, fault = $8, due_at = $9, updated_at = $10
         WHERE project_id = $1
           AND id = $2",
    )
    .bind(hook.project_id.to_string())
    .bind(hook.id.to_string())
    .bind(hook.address.clone())
    .bind(hook.state.as_str())
    .bind(hook.provider_id.clone())
    .bind(hook.sent_at.map(Timestamp::as_millis))
    .bind(hook.attempts)
    .bind(hook.fault.as_ref().map(to_json))
    .bind(hook.due_at.map(Timestamp::as_millis))
    .bind(hook.updated_at.as_millis())
    .execute(tx.raw())
    .await?;
    Ok(())
}

/// Forgets one; answers whether there was one.
pub async fn remove(tx: &mut Tx, project_id: ProjectId, id: HookRegistrationId) -> Result<bool> {
    let done = sqlx::query("DELETE FROM hook_registrations WHERE project_id = $1 AND id = $2")
        .bind(project_id.to_string())
        .bind(id.to_string())
        .execute(tx.raw())
        .await?;
    Ok(done.rows_affected() == 1)
}

fn account_texts(account: Option<Account>) -> (String, String, String) {
    account.map_or_else(Default::default, |account| {
        (account.user_id.to_string(), account.credential_id.to_string(), account.configuration_id.to_string())
    })
}

fn read(row: &sqlx::any::AnyRow) -> Result<HookRegistration> {
    let account = if row.text("credential_id")?.is_empty() {
        None
    } else {
        Some(Account {
            user_id: row.id("user_id")?,
            credential_id: row.id("credential_id")?,
            configuration_id: row.id("configuration_id")?,
        })
    };
    let fault = row.maybe_text("fault")?.map(|text| serde_json::from_str(&text)).transpose();
    Ok(HookRegistration {
        id: row.id("id")?,
        project_id: row.id("project_id")?,
        integration_id: row.id("integration_id")?,
        workflow_id: row.id("workflow_id")?,
        account,
        address: row.text("address")?,
        fingerprint: row.text("fingerprint")?,
        state: State::parse(&row.text("state")?)?,
        provider_id: row.maybe_text("provider_id")?,
        sent_at: row.maybe_time("sent_at")?,
        attempts: row.int("attempts")?,
        fault: fault.map_err(|error| Error::corrupt("hook_registrations.fault", error))?,
        due_at: row.maybe_time("due_at")?,
        created_at: row.time("created_at")?,
        updated_at: row.time("updated_at")?,
    })
}
