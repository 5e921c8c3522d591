//! Tells event destinations what happened: a row in their outbox for each destination that wants it, in the
//! transaction of what happened. Where a project has no destination nothing is read or written but that.
//!
//! What ends runs is told by the writer, in its own batch.

use linchpin_domain::Timestamp;
use linchpin_domain::id::{ConnectedUserId, IntegrationId, ProjectId, WorkflowId, fresh};
use linchpin_domain::notice::Kind;
use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::conn::{Columns, Conn, Tx, to_json};
use crate::connected_users;
use crate::credentials::Credential;
use crate::error::Result;
use crate::sync_records::Place;
use crate::syncs::Sync;

/// What happened.
#[derive(Debug, Clone)]
pub(crate) struct Notice {
    pub project_id: ProjectId,
    pub kind: Kind,
    /// What it is about, for filters.
    pub workflow_id: Option<WorkflowId>,
    /// Whom it is about: it goes when the user is erased.
    pub user_id: Option<ConnectedUserId>,
    pub data: Value,
}

/// Whether a project has a destination that anything could be sent to.
pub(crate) async fn heard(conn: &mut Conn, project_id: ProjectId) -> Result<bool> {
    let row = sqlx::query(
        "SELECT 1 FROM event_destinations WHERE project_id = $1 AND enabled = 1 AND subscription IS NULL LIMIT 1",
    )
    .bind(project_id.to_string())
    .fetch_optional(conn.raw())
    .await?;
    Ok(row.is_some())
}

/// Puts a notice into the outbox of every destination that wants it.
pub(crate) async fn tell(tx: &mut Tx, notice: &Notice) -> Result<()> {
    let now = tx.inner.clock.now();
    let event_id = fresh(&*tx.inner.clock).to_string();
    sqlx::query(
        "INSERT INTO event_deliveries (project_id, destination_id, event_id, kind, user_id, data, happened_at, state,
                                       attempts, due_at)
         SELECT d.project_id, d.id, $2, $3, $4, $5, $6, 'pending', 0, $6
         FROM event_destinations AS d
         WHERE d.project_id = $1
           AND d.enabled = 1
           AND d.subscription IS NULL
           AND (d.kinds = '[]' OR d.kinds LIKE '%\"' || $3 || '\"%')
           AND ($7 = '' OR d.workflows = '[]' OR d.workflows LIKE '%\"' || $7 || '\"%')",
    )
    .bind(notice.project_id.to_string())
    .bind(event_id)
    .bind(notice.kind.as_str())
    .bind(notice.user_id.map(|id| id.to_string()))
    .bind(to_json(&notice.data))
    .bind(now.as_millis())
    .bind(notice.workflow_id.map(|id| id.to_string()).unwrap_or_default())
    .execute(tx.raw())
    .await?;
    Ok(())
}

/// Tells what happened to an account. `more` is added to what is said about it.
pub async fn about_credential(tx: &mut Tx, kind: Kind, credential: &Credential, more: Value) -> Result<()> {
    if !heard(tx, credential.project_id).await? {
        return Ok(());
    }
    let mut account = Map::new();
    account.insert("id".into(), credential.id.to_string().into());
    account.insert("externalId".into(), json!(credential.external_id));
    account.insert("label".into(), credential.provider_data.get("label").cloned().unwrap_or_default());
    if let Value::Object(more) = more {
        account.extend(more);
    }
    let data = json!({
        "integration": integration(tx, credential.project_id, credential.integration_id).await?,
        "user": user(tx, credential.project_id, credential.user_id).await?,
        "credential": account,
    });
    let notice =
        Notice { project_id: credential.project_id, kind, workflow_id: None, user_id: Some(credential.user_id), data };
    tell(tx, &notice).await
}

/// Tells that a workflow was switched on or off for a user.
pub(crate) async fn about_switch(
    tx: &mut Tx,
    project_id: ProjectId,
    user_id: ConnectedUserId,
    workflow_id: WorkflowId,
    enabled: bool,
) -> Result<()> {
    let data = json!({
        "workflow": workflow(tx, project_id, workflow_id).await?,
        "user": user(tx, project_id, user_id).await?,
    });
    let kind = if enabled { Kind::WorkflowEnabled } else { Kind::WorkflowDisabled };
    tell(tx, &Notice { project_id, kind, workflow_id: Some(workflow_id), user_id: Some(user_id), data }).await
}

/// Tells that a workflow was deployed or taken away.
pub(crate) async fn about_deployment(
    tx: &mut Tx,
    project_id: ProjectId,
    workflow_id: WorkflowId,
    deployed: bool,
) -> Result<()> {
    if !heard(tx, project_id).await? {
        return Ok(());
    }
    let data = json!({"workflow": workflow(tx, project_id, workflow_id).await?});
    let kind = if deployed { Kind::WorkflowDeployed } else { Kind::WorkflowUndeployed };
    tell(tx, &Notice { project_id, kind, workflow_id: Some(workflow_id), user_id: None, data }).await
}

/// Tells the other destinations that one was disabled.
pub async fn about_destination(tx: &mut Tx, project_id: ProjectId, destination: Value) -> Result<()> {
    let data = json!({"destination": destination});
    tell(tx, &Notice { project_id, kind: Kind::DestinationDisabled, workflow_id: None, user_id: None, data }).await
}

/// Tells what happened in an account of a sync. `more` is what is said besides whose it is.
pub async fn about_sync(tx: &mut Tx, kind: Kind, sync: &Sync, account: Place, more: Value) -> Result<()> {
    if !heard(tx, sync.project_id).await? {
        return Ok(());
    }
    let mut data = json!({
        "sync": {"id": sync.id, "name": sync.name, "object": sync.object},
        "integration": integration(tx, sync.project_id, sync.integration_id).await?,
        "user": user(tx, sync.project_id, account.user_id).await?,
        "credential": {"id": account.credential_id},
    });
    if let (Value::Object(data), Value::Object(more)) = (&mut data, more) {
        data.extend(more);
    }
    let user_id = Some(account.user_id);
    tell(tx, &Notice { project_id: sync.project_id, kind, workflow_id: None, user_id, data }).await
}

async fn user(conn: &mut Conn, project_id: ProjectId, id: ConnectedUserId) -> Result<Value> {
    let found = connected_users::find(conn, project_id, id).await?;
    Ok(json!({"id": id, "userId": found.map(|user| user.external_id)}))
}

async fn integration(conn: &mut Conn, project_id: ProjectId, id: IntegrationId) -> Result<Value> {
    let row = sqlx::query("SELECT type FROM integrations WHERE project_id = $1 AND id = $2")
        .bind(project_id.to_string())
        .bind(id.to_string())
        .fetch_optional(conn.raw())
        .await?;
    let kind = row.map(|row| row.text("type")).transpose()?;
    Ok(json!({"id": id, "type": kind}))
}

async fn workflow(conn: &mut Conn, project_id: ProjectId, id: WorkflowId) -> Result<Value> {
    let row = sqlx::query(
        "SELECT w.name, v.number, v.note, v.deployed_by
         FROM workflows AS w
         LEFT JOIN workflow_versions AS v ON v.id = w.deployed_version_id
         WHERE w.project_id = $1
           AND w.id = $2",
    )
    .bind(project_id.to_string())
    .bind(id.to_string())
    .fetch_optional(conn.raw())
    .await?;
    let Some(row) = row else { return Ok(json!({"id": id})) };
    Ok(json!({
        "id": id,
        "name": row.text("name")?,
        "version": row.maybe_int("number")?,
        "note": row.maybe_text("note")?,
        "deployedBy": row.maybe_text("deployed_by")?,
    }))
}

/// A run that came to a state which somebody must know of.
#[derive(Debug, Serialize)]
pub(crate) struct RunEnd {
    pub seq: i64,
    pub state: &'static str,
    pub kind: &'static str,
    /// With the run's id it makes the event's id: written twice, it is told once.
    pub suffix: String,
    pub at: i64,
    /// A fault's JSON as text.
    pub fault: Option<String>,
}

/// Tells of runs, given as a JSON list of [`RunEnd`], after their states are written: of one whose state was not
/// taken nothing is told.
pub(crate) const ABOUT_RUNS: (&str, &str) = (RUNS_SQLITE, RUNS_POSTGRES);

/// A run's end for the outbox; `None` for states that nobody is told of.
pub(crate) fn run_end(
    seq: i64,
    state: linchpin_domain::run::State,
    at: Timestamp,
    fault: Option<String>,
) -> Option<RunEnd> {
    use linchpin_domain::run::State;
    let (kind, suffix) = match state {
        // A run fails once, and may be in doubt several times.
        State::Failed => (Kind::RunFailed, "-failed".to_owned()),
        State::InDoubt => (Kind::RunInDoubt, format!("-doubt-{}", at.as_millis())),
        _ => return None,
    };
    Some(RunEnd { seq, state: state.as_str(), kind: kind.as_str(), suffix, at: at.as_millis(), fault })
}

const RUNS_SQLITE: &str = "
    INSERT INTO event_deliveries (project_id, destination_id, event_id, kind, user_id, data, happened_at, state,
                                  attempts, due_at)
    SELECT r.project_id, d.id, r.id || (x.value ->> 'suffix'), x.value ->> 'kind', r.user_id,
           json_object(
               'run', json_object('id', r.id, 'state', r.state, 'replayOf', r.replay_of),
               'workflow', json_object('id', r.workflow_id, 'name', w.name, 'version', v.number),
               'integration', json_object('id', w.integration_id, 'type', i.type),
               'user', json_object('id', r.user_id, 'userId', u.external_id),
               'error', json(x.value ->> 'fault')),
           x.value ->> 'at', 'pending', 0, x.value ->> 'at'
    FROM json_each($1) AS x
    JOIN runs AS r ON r.seq = (x.value ->> 'seq') AND r.state = (x.value ->> 'state')
    JOIN event_destinations AS d ON d.project_id = r.project_id AND d.enabled = 1 AND d.subscription IS NULL
    LEFT JOIN workflows AS w ON w.id = r.workflow_id
    LEFT JOIN workflow_versions AS v ON v.id = r.version_id
    LEFT JOIN integrations AS i ON i.id = w.integration_id
    LEFT JOIN connected_users AS u ON u.id = r.user_id
    WHERE (d.kinds = '[]' OR d.kinds LIKE '%\"' || (x.value ->> 'kind') || '\"%')
      AND (d.workflows = '[]' OR d.workflows LIKE '%\"' || r.workflow_id || '\"%')
    ON CONFLICT DO NOTHING";
const RUNS_POSTGRES: &str = "
    INSERT INTO event_deliveries (project_id, destination_id, event_id, kind, user_id, data, happened_at, state,
                                  attempts, due_at)
    SELECT r.project_id, d.id, r.id || x.suffix, x.kind, r.user_id,
           json_build_object(
               'run', json_build_object('id', r.id, 'state', r.state, 'replayOf', r.replay_of),
               'workflow', json_build_object('id', r.workflow_id, 'name', w.name, 'version', v.number),
               'integration', json_build_object('id', w.integration_id, 'type', i.type),
               'user', json_build_object('id', r.user_id, 'userId', u.external_id),
               'error', x.fault::json)::text,
           x.at, 'pending', 0, x.at
    FROM json_to_recordset($1::json)
      AS x (seq BIGINT, state TEXT, kind TEXT, suffix TEXT, at BIGINT, fault TEXT)
    JOIN runs AS r ON r.seq = x.seq AND r.state = x.state
    JOIN event_destinations AS d ON d.project_id = r.project_id AND d.enabled = 1 AND d.subscription IS NULL
    LEFT JOIN workflows AS w ON w.id = r.workflow_id
    LEFT JOIN workflow_versions AS v ON v.id = r.version_id
    LEFT JOIN integrations AS i ON i.id = w.integration_id
    LEFT JOIN connected_users AS u ON u.id = r.user_id
    WHERE (d.kinds = '[]' OR d.kinds LIKE '%\"' || x.kind || '\"%')
      AND (d.workflows = '[]' OR d.workflows LIKE '%\"' || r.workflow_id || '\"%')
    ON CONFLICT DO NOTHING";
