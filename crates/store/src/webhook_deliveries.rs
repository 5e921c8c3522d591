//! The inbox of events of providers' webhooks that started no run: nobody has connected the account
//! yet, or nobody listens. Bounded per project, and kept for a while only.

use linchpin_domain::Timestamp;
use linchpin_domain::id::{IntegrationId, ProjectId, WebhookDeliveryId};

use crate::Store;
use crate::conn::{Columns, Conn, Tx};
use crate::error::Result;

/// Deliveries that a project keeps; the oldest give way.
const KEPT: i64 = 10_000;

/// An event that started no run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WebhookDelivery {
    /// Its id.
    pub id: WebhookDeliveryId,
    /// The tenant.
    pub project_id: ProjectId,
    /// The integration whose provider sent it.
    pub integration_id: IntegrationId,
    /// The same text is the same event.
    pub event_key: String,
    /// The account at the provider that it is about.
    pub account: String,
    /// The provider's name for what happened.
    pub kind: String,
    /// As it was sent: the text of a JSON value.
    pub event: String,
    /// Why it started no run.
    pub reason: String,
    /// When it came.
    pub received_at: Timestamp,
    /// When it was sent again and started a run.
    pub replayed_at: Option<Timestamp>,
}

/// Keeps an event; one that is kept already stays as it is.
pub async fn add(tx: &mut Tx, delivery: &WebhookDelivery) -> Result<()> {
    sqlx::query(
        "INSERT INTO webhook_deliveries (id, project_id, integration_id, event_key, account, type, event, reason, received_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
         ON CONFLICT DO NOTHING",
    )
    .bind(delivery.id.to_string())
    .bind(delivery.project_id.to_string())
    .bind(delivery.integration_id.to_string())
    .bind(delivery.event_key.clone())
    .bind(delivery.account.clone())
    .bind(delivery.kind.clone())
    .bind(delivery.event.clone())
    .bind(delivery.reason.clone())
    .bind(delivery.received_at.as_millis())
    .execute(tx.raw())
    .await?;
    Ok(())
}

/// Lets the oldest of a project give way to the newest. Returns how many.
pub async fn trim(tx: &mut Tx, project_id: ProjectId) -> Result<u64> {
    // Ids are in the order of time.
    let done = sqlx::query(
        "DELETE FROM webhook_deliveries
         WHERE project_id = $1
           AND id <= (SELECT id FROM webhook_deliveries WHERE project_id = $1 ORDER BY id DESC LIMIT 1 OFFSET $2)",
    )
    .bind(project_id.to_string())
    .bind(KEPT)
    .execute(tx.raw())
    .await?;
    Ok(done.rows_affected())
}

/// Those of a project, newest first, before an id.
pub async fn list(
    conn: &mut Conn,
    project_id: ProjectId,
    before: Option<WebhookDeliveryId>,
    limit: i64,
) -> Result<Vec<WebhookDelivery>> {
    let rows = sqlx::query(
        "SELECT id, project_id, integration_id, event_key, account, type, event, reason, received_at, replayed_at
         FROM webhook_deliveries
         WHERE project_id = $1
           AND ($2 = '' OR id < $2)
         ORDER BY id DESC
         LIMIT $3",
    )
    .bind(project_id.to_string())
    .bind(before.map(|id| id.to_string()).unwrap_or_default())
    .bind(limit)
    .fetch_all(conn.raw())
    .await?;
    rows.iter().map(read).collect()
}

/// One of a project.
pub async fn find(conn: &mut Conn, project_id: ProjectId, id: WebhookDeliveryId) -> Result<Option<WebhookDelivery>> {
    let row = sqlx::query(
        "SELECT id, project_id, integration_id, event_key, account, type, event, reason, received_at, replayed_at
         FROM webhook_deliveries
         WHERE project_id = $1
           AND id = $2",
    )
    .bind(project_id.to_string())
    .bind(id.to_string())
    .fetch_optional(conn.raw())
    .await?;
    row.as_ref().map(read).transpose()
}

/// Notes that an event was sent again and started a run.
pub async fn mark_replayed(tx: &mut Tx, project_id: ProjectId, id: WebhookDeliveryId, at: Timestamp) -> Result<()> {
    sqlx::query("UPDATE webhook_deliveries SET replayed_at = $3 WHERE project_id = $1 AND id = $2")
        .bind(project_id.to_string())
        .bind(id.to_string())
        .bind(at.as_millis())
        .execute(tx.raw())
        .await?;
    Ok(())
}

/// Notes why an event that was sent again still started no run.
pub async fn set_reason(tx: &mut Tx, project_id: ProjectId, id: WebhookDeliveryId, reason: &str) -> Result<()> {
    sqlx::query("UPDATE webhook_deliveries SET reason = $3 WHERE project_id = $1 AND id = $2")
        .bind(project_id.to_string())
        .bind(id.to_string())
        .bind(reason.to_owned())
        .execute(tx.raw())
        .await?;
    Ok(())
}

/// Forgets what came before a moment, over all projects. Returns how many.
pub async fn remove_older(store: &Store, before: Timestamp) -> Result<u64> {
    let mut tx = store.begin().await?;
    let done = sqlx::query("DELETE FROM webhook_deliveries WHERE received_at < $1")
        .bind(before.as_millis())
        .execute(tx.raw())
        .await?;
    tx.commit().await?;
    Ok(done.rows_affected())
}

fn read(row: &sqlx::any::AnyRow) -> Result<WebhookDelivery> {
    Ok(WebhookDelivery {
        id: row.id("id")?,
        project_id: row.id("project_id")?,
        integration_id: row.id("integration_id")?,
        event_key: row.text("event_key")?,
        account: row.text("account")?,
        kind: row.text("type")?,
        event: row.text("event")?,
        reason: row.text("reason")?,
        received_at: row.time("received_at")?,
        replayed_at: row.maybe_time("replayed_at")?,
    })
}
