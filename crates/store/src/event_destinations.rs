//! Event destinations: where a project's notices are sent. What is to be sent, and what came of it, is in
//! [`event_deliveries`](crate::event_deliveries).

use std::collections::BTreeMap;

use linchpin_domain::Timestamp;
use linchpin_domain::id::{ConnectedUserId, CredentialId, EventDestinationId, IntegrationId, ProjectId, WorkflowId};
use linchpin_domain::notice::Kind;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use zeroize::Zeroizing;

use crate::conn::{Columns, Conn, Tx, to_json};
use crate::error::{Error, Result};
use crate::projects;
use crate::vault::Place;

/// A destination, without its secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventDestination {
    /// Its id.
    pub id: EventDestinationId,
    /// The tenant.
    pub project_id: ProjectId,
    /// Unique in the project.
    pub name: String,
    /// Where it leads.
    pub target: Target,
    /// What is sent there; everything when empty.
    pub kinds: Vec<Kind>,
    /// Of which workflows; of all when empty. What is about no workflow is not narrowed.
    pub workflows: Vec<WorkflowId>,
    /// Names of the headers that a webhook carries besides its own; see [`headers`] for their values. Ignored on
    /// writing: see [`set_headers`].
    pub header_names: Vec<String>,
    /// What a webhook's body is made of, over `event`; the whole event when absent.
    pub payload: Option<Value>,
    /// Whether anything is sent there.
    pub enabled: bool,
    /// Why it was disabled, when it was not by a person.
    pub disabled_reason: Option<String>,
    /// Attempts that failed since the last one that succeeded.
    pub failures: i64,
    /// Nothing is sent there before.
    pub paused_until: Option<Timestamp>,
    /// When it was added.
    pub created_at: Timestamp,
    /// When it was last changed by a person.
    pub updated_at: Timestamp,
    /// What it is a subscription to; `None` for a destination of the project.
    pub subscription: Option<Subscription>,
}

/// What somebody subscribes to: events of a provider in one account. Serialized: the stored form, without the
/// account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Subscription {
    /// The integration.
    pub integration_id: IntegrationId,
    /// Whose account it is.
    pub user_id: ConnectedUserId,
    /// The account.
    pub credential_id: CredentialId,
    /// The event, as the connector names it.
    pub event: String,
    /// Which of them.
    pub inputs: Map<String, Value>,
}

/// Where a destination leads. Serialized: the stored form.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Target {
    /// A POST to this address.
    Webhook(String),
    /// An e-mail to these addresses.
    Email(Vec<String>),
}

/// The secrets that a webhook is signed with: the present one, and the one before while it still counts.
#[derive(Debug, Clone)]
pub struct Secrets {
    /// The present one.
    pub current: SecretString,
    /// The one before it.
    pub previous: Option<SecretString>,
}

const SECRET: &str = "event_destinations.sealed_secret";
const HEADERS: &str = "event_destinations.sealed_headers";

/// The destinations of a project, by name; no subscriptions.
pub async fn list(conn: &mut Conn, project_id: ProjectId) -> Result<Vec<EventDestination>> {
    let rows = sqlx::query(
        "SELECT id, project_id, name, target, kinds, workflows, header_names, payload, enabled, disabled_reason,
                failures, paused_until, created_at, updated_at, subscription, credential_id
         FROM event_destinations
         WHERE project_id = $1
           AND subscription IS NULL
         ORDER BY name",
    )
    .bind(project_id.to_string())
    .fetch_all(conn.raw())
    .await?;
    rows.iter().map(read).collect()
}

/// One destination of a project, or one subscription.
pub async fn find(conn: &mut Conn, project_id: ProjectId, id: EventDestinationId) -> Result<Option<EventDestination>> {
    let row = sqlx::query(
        "SELECT id, project_id, name, target, kinds, workflows, header_names, payload, enabled, disabled_reason,
                failures, paused_until, created_at, updated_at, subscription, credential_id
         FROM event_destinations
         WHERE project_id = $1
           AND id = $2",
    )
    .bind(project_id.to_string())
    .bind(id.to_string())
    .fetch_optional(conn.raw())
    .await?;
    row.as_ref().map(read).transpose()
}

/// The destinations of all projects that something waits for and that may be sent to now.
pub async fn waiting(conn: &mut Conn, now: Timestamp) -> Result<Vec<EventDestination>> {
    let rows = sqlx::query(
        "SELECT id, project_id, name, target, kinds, workflows, header_names, payload, enabled, disabled_reason,
                failures, paused_until, created_at, updated_at, subscription, credential_id
         FROM event_destinations
         WHERE id IN (SELECT destination_id FROM event_deliveries WHERE due_at IS NOT NULL AND due_at <= $1)
           AND enabled = 1
           AND (paused_until IS NULL OR paused_until <= $1)",
    )
    .bind(now.as_millis())
    .fetch_all(conn.raw())
    .await?;
    rows.iter().map(read).collect()
}

/// Adds a destination; a webhook's secret is set with [`set_secret`].
pub async fn add(tx: &mut Tx, destination: &EventDestination) -> Result<()> {
    sqlx::query(
        "INSERT INTO event_destinations (id, project_id, name, target, kinds, workflows, payload, enabled,
                                         disabled_reason, failures, paused_until, created_at, updated_at,
                                         subscription, credential_id)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)",
    )
    .bind(destination.id.to_string())
    .bind(destination.project_id.to_string())
    .bind(destination.name.clone())
    .bind(to_json(&destination.target))
    .bind(to_json(&destination.kinds))
    .bind(to_json(&destination.workflows))
    .bind(destination.payload.as_ref().map(to_json))
    .bind(i64::from(destination.enabled))
    .bind(destination.disabled_reason.clone())
    .bind(destination.failures)
    .bind(destination.paused_until.map(Timestamp::as_millis))
    .bind(destination.created_at.as_millis())
    .bind(destination.updated_at.as_millis())
    .bind(destination.subscription.as_ref().map(to_json))
    .bind(destination.subscription.as_ref().map(|one| one.credential_id.to_string()))
    .execute(tx.raw())
    .await
    .map_err(|error| taken(error.into(), &destination.name))?;
    Ok(())
}

/// Writes everything but the secret and the headers.
pub async fn update(tx: &mut Tx, destination: &EventDestination) -> Result<()> {
    sqlx::query(
        "UPDATE event_destinations
         SET name = $3, target = $4, kinds = $5, workflows = $6, payload = $7, enabled = $8, disabled_reason = $9,
             failures = $10, paused_until = $11, updated_at = $12
         WHERE project_id = $1
           AND id = $2",
    )
    .bind(destination.project_id.to_string())
    .bind(destination.id.to_string())
    .bind(destination.name.clone())
    .bind(to_json(&destination.target))
    .bind(to_json(&destination.kinds))
    .bind(to_json(&destination.workflows))
    .bind(destination.payload.as_ref().map(to_json))
    .bind(i64::from(destination.enabled))
    .bind(destination.disabled_reason.clone())
    .bind(destination.failures)
    .bind(destination.paused_until.map(Timestamp::as_millis))
    .bind(destination.updated_at.as_millis())
    .execute(tx.raw())
    .await
    .map_err(|error| taken(error.into(), &destination.name))?;
    Ok(())
}

/// Notes how sending goes: attempts that failed in a row, and until when nothing is sent.
pub async fn set_health(
    tx: &mut Tx,
    project_id: ProjectId,
    id: EventDestinationId,
    failures: i64,
    paused_until: Option<Timestamp>,
) -> Result<()> {
    sqlx::query("UPDATE event_destinations SET failures = $3, paused_until = $4 WHERE project_id = $1 AND id = $2")
        .bind(project_id.to_string())
        .bind(id.to_string())
        .bind(failures)
        .bind(paused_until.map(Timestamp::as_millis))
        .execute(tx.raw())
        .await?;
    Ok(())
}

/// Disables a destination because of its failures; answers whether it was enabled.
pub async fn disable(tx: &mut Tx, project_id: ProjectId, id: EventDestinationId, reason: &str) -> Result<bool> {
    let done = sqlx::query(
        "UPDATE event_destinations
         SET enabled = 0, disabled_reason = $3, paused_until = NULL
         WHERE project_id = $1
           AND id = $2
           AND enabled = 1",
    )
    .bind(project_id.to_string())
    .bind(id.to_string())
    .bind(reason.to_owned())
    .execute(tx.raw())
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Gives a destination another secret. The one before still counts until `previous_until`.
pub async fn set_secret(
    tx: &mut Tx,
    project_id: ProjectId,
    id: EventDestinationId,
    secret: &SecretString,
    previous_until: Timestamp,
) -> Result<()> {
    projects::open(tx, project_id).await?;
    let row = id.to_string();
    let sealed = tx.inner.vault.seal(project_id, Place { column: SECRET, row: &row }, secret.expose_secret())?;
    sqlx::query(
        "UPDATE event_destinations
         SET sealed_previous_secret = sealed_secret, previous_until = $4, sealed_secret = $3
         WHERE project_id = $1
           AND id = $2",
    )
    .bind(project_id.to_string())
    .bind(row)
    .bind(sealed)
    .bind(previous_until.as_millis())
    .execute(tx.raw())
    .await?;
    Ok(())
}

/// What a destination's webhooks are signed with at a moment; `None` where it has no secret.
pub async fn secrets(
    conn: &mut Conn,
    project_id: ProjectId,
    id: EventDestinationId,
    now: Timestamp,
) -> Result<Option<Secrets>> {
    let row = sqlx::query(
        "SELECT sealed_secret, sealed_previous_secret, previous_until
         FROM event_destinations
         WHERE project_id = $1
           AND id = $2",
    )
    .bind(project_id.to_string())
    .bind(id.to_string())
    .fetch_optional(conn.raw())
    .await?;
    let Some(row) = row else { return Ok(None) };
    let Some(sealed) = row.maybe_text("sealed_secret")? else { return Ok(None) };
    projects::open(conn, project_id).await?;
    let id = id.to_string();
    let place = Place { column: SECRET, row: &id };
    let current = conn.inner.vault.open(project_id, place, &sealed)?;
    let still = row.maybe_time("previous_until")?.is_some_and(|until| until > now);
    let previous = match row.maybe_text("sealed_previous_secret")?.filter(|_| still) {
        Some(sealed) => Some(conn.inner.vault.open(project_id, place, &sealed)?),
        None => None,
    };
    Ok(Some(Secrets { current, previous }))
}

/// Gives a webhook these headers, by their names, in the place of those that it had.
pub async fn set_headers(
    tx: &mut Tx,
    project_id: ProjectId,
    id: EventDestinationId,
    headers: &BTreeMap<String, SecretString>,
) -> Result<()> {
    projects::open(tx, project_id).await?;
    let row = id.to_string();
    let names: Vec<&String> = headers.keys().collect();
    let values: BTreeMap<&str, &str> =
        headers.iter().map(|(name, value)| (name.as_str(), value.expose_secret())).collect();
    let values = Zeroizing::new(to_json(&values));
    let place = Place { column: HEADERS, row: &row };
    let sealed = (!headers.is_empty()).then(|| tx.inner.vault.seal(project_id, place, &values)).transpose()?;
    sqlx::query(
        "UPDATE event_destinations SET header_names = $3, sealed_headers = $4 WHERE project_id = $1 AND id = $2",
    )
    .bind(project_id.to_string())
    .bind(row.clone())
    .bind(to_json(&names))
    .bind(sealed)
    .execute(tx.raw())
    .await?;
    Ok(())
}

/// The headers of a webhook, by their names.
pub async fn headers(
    conn: &mut Conn,
    project_id: ProjectId,
    id: EventDestinationId,
) -> Result<BTreeMap<String, SecretString>> {
    let row = sqlx::query("SELECT sealed_headers FROM event_destinations WHERE project_id = $1 AND id = $2")
        .bind(project_id.to_string())
        .bind(id.to_string())
        .fetch_optional(conn.raw())
        .await?;
    let sealed = row.map(|row| row.maybe_text("sealed_headers")).transpose()?.flatten();
    let Some(sealed) = sealed else { return Ok(BTreeMap::new()) };
    projects::open(conn, project_id).await?;
    let row = id.to_string();
    let opened = conn.inner.vault.open(project_id, Place { column: HEADERS, row: &row }, &sealed)?;
    let values: BTreeMap<String, String> = serde_json::from_str(opened.expose_secret()).map_err(|_| Error::Seal)?;
    Ok(values.into_iter().map(|(name, value)| (name, SecretString::from(value))).collect())
}

/// Removes a destination with its deliveries; answers whether there was one.
pub async fn remove(tx: &mut Tx, project_id: ProjectId, id: EventDestinationId) -> Result<bool> {
    let done = sqlx::query("DELETE FROM event_destinations WHERE project_id = $1 AND id = $2")
        .bind(project_id.to_string())
        .bind(id.to_string())
        .execute(tx.raw())
        .await?;
    Ok(done.rows_affected() == 1)
}

fn taken(error: Error, name: &str) -> Error {
    error.or_taken(|| format!("an event destination named `{name}`"))
}

fn subscription(text: &str) -> Result<Subscription> {
    serde_json::from_str(text).map_err(|error| Error::corrupt("event_destinations.subscription", error))
}

pub(crate) fn read(row: &sqlx::any::AnyRow) -> Result<EventDestination> {
    Ok(EventDestination {
        id: row.id("id")?,
        project_id: row.id("project_id")?,
        name: row.text("name")?,
        target: row.json("target")?,
        kinds: row.json("kinds")?,
        workflows: row.json("workflows")?,
        header_names: row.json("header_names")?,
        payload: row.maybe_text("payload")?.map(|_| row.json("payload")).transpose()?,
        enabled: row.flag("enabled")?,
        disabled_reason: row.maybe_text("disabled_reason")?,
        failures: row.int("failures")?,
        paused_until: row.maybe_time("paused_until")?,
        created_at: row.time("created_at")?,
        updated_at: row.time("updated_at")?,
        subscription: row.maybe_text("subscription")?.map(|text| subscription(&text)).transpose()?,
    })
}
