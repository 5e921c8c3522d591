//! Events of a provider on their way to those who subscribe to them: into the outbox of each subscription, once.

use linchpin_connectors::manifest::Trigger;
use linchpin_domain::id::{CredentialId, ProjectId};
use linchpin_store::event_destinations::EventDestination;
use linchpin_store::{Store, trigger_subscriptions};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

/// An event of one account.
pub struct Happened<'a> {
    pub project_id: ProjectId,
    pub credential_id: CredentialId,
    /// The event, as the connector names it.
    pub event: &'a str,
    /// The same text is the same event.
    pub key: &'a str,
    pub payload: &'a Value,
}

/// Tells everybody who subscribes to an event that a webhook brought. Answers how many took it.
pub async fn deliver(
    store: &Store,
    happened: &Happened<'_>,
    trigger: &Trigger,
    raw: &Value,
) -> linchpin_store::Result<usize> {
    let mut conn = store.read().await?;
    let (project, credential) = (happened.project_id, happened.credential_id);
    let all = trigger_subscriptions::of_account(&mut conn, project, credential, happened.event).await?;
    drop(conn);
    let wanted = |one: &&EventDestination| one.subscription.as_ref().is_some_and(|to| trigger.wants(&to.inputs, raw));
    let all: Vec<_> = all.iter().filter(wanted).collect();
    if all.is_empty() {
        return Ok(0);
    }
    let mut tx = store.begin().await?;
    for one in &all {
        trigger_subscriptions::tell(&mut tx, one, &id(one, happened), &data(one, happened)).await?;
    }
    tx.commit().await?;
    Ok(all.len())
}

/// Tells one subscription of an event.
pub async fn tell(store: &Store, to: &EventDestination, happened: &Happened<'_>) -> linchpin_store::Result<()> {
    let mut tx = store.begin().await?;
    trigger_subscriptions::tell(&mut tx, to, &id(to, happened), &data(to, happened)).await?;
    tx.commit().await
}

/// The same event has the same id, however often it is found or told.
fn id(to: &EventDestination, happened: &Happened<'_>) -> String {
    let parts = json!([to.id, happened.event, happened.key]).to_string();
    format!("evt_{}", &hex::encode(Sha256::digest(parts.as_bytes()))[..40])
}

fn data(to: &EventDestination, happened: &Happened<'_>) -> Value {
    let integration = to.subscription.as_ref().map(|to| to.integration_id);
    json!({
        "subscription": {"id": to.id},
        "integration": {"id": integration},
        "credential": {"id": happened.credential_id},
        "trigger": happened.event,
        "payload": happened.payload,
    })
}
