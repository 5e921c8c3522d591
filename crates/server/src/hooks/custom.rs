//! Deliveries of an app's own webhook: for every account whose id at the provider they hold.

use std::sync::Arc;

use linchpin_domain::id::{IntegrationId, ProjectId, RunId};
use linchpin_domain::webhook_trigger::Place;
use linchpin_engine::{AcceptError, Accepted, Engine, Listening, WebhookDelivery};
use linchpin_store::{Store, credentials};
use serde_json::Value;

/// What stands before the name of an app's webhook in the inbox.
pub const IN_INBOX: &str = "webhook:";
/// What is kept of a text that names an event.
const NAME_KEPT: usize = 500;

/// A delivery of an app's webhook, proven.
pub struct AppDelivery<'a> {
    /// The tenant.
    pub project_id: ProjectId,
    /// The integration.
    pub integration_id: IntegrationId,
    /// The account's id at the provider.
    pub account: &'a str,
    /// What templates see as `trigger`.
    pub payload: Arc<str>,
    /// Which event it is, where the workflow says where that stands.
    pub once: Option<String>,
    /// Whether it is recorded also where it starts nothing.
    pub keep_without_runs: bool,
}

/// What became of it.
#[derive(Debug, Default)]
pub struct Taken {
    /// Whether there is such an account.
    pub known: bool,
    /// The runs that it started.
    pub runs: Vec<RunId>,
    /// What was recorded, for each account.
    pub accepted: Vec<Accepted>,
}

/// Which event a delivery is about, by what a workflow says.
pub fn once(listening: &Listening, find: impl FnOnce(&Place) -> Option<String>) -> Option<String> {
    listening.trigger.once.as_ref().and_then(find).map(|text| text.chars().take(NAME_KEPT).collect())
}

/// Hands a delivery to every connected account that it is for.
pub async fn deliver(
    store: &Store,
    engine: &Engine,
    listening: &Listening,
    delivery: &AppDelivery<'_>,
) -> Result<Taken, AcceptError> {
    let AppDelivery { project_id, integration_id, account, payload, once, keep_without_runs } = delivery;
    let mut conn = store.read().await?;
    let accounts = credentials::list_of_provider(&mut conn, *project_id, *integration_id, account).await?;
    drop(conn);
    let mut taken = Taken { known: !accounts.is_empty(), ..Taken::default() };
    let mut nothing = None;
    for (user_id, credential_id) in accounts {
        let outcome = engine
            .accept_webhook(WebhookDelivery {
                project_id: *project_id,
                user_id,
                credential_id,
                workflow_id: listening.workflow_id,
                name: listening.trigger.name.clone(),
                payload: Arc::clone(payload),
                once: once.clone(),
                keep_without_runs: *keep_without_runs,
            })
            .await;
        match outcome {
            Ok(accepted) => {
                taken.runs.extend(accepted.runs.iter().copied());
                taken.accepted.push(accepted);
            }
            Err(error @ AcceptError::Nothing { .. }) => nothing = Some(error),
            Err(error) => return Err(error),
        }
    }
    match nothing {
        Some(error) if taken.accepted.is_empty() => Err(error),
        _ => Ok(taken),
    }
}

/// The name of an app's webhook whose delivery is in the inbox under a type.
pub fn name_in_inbox(kind: &str) -> Option<&str> {
    kind.strip_prefix(IN_INBOX)
}

/// As the inbox keeps it: what steps would have seen, and which event it was.
pub fn kept(payload: &Value, once: Option<&str>) -> String {
    serde_json::json!({"payload": payload, "once": once}).to_string()
}
