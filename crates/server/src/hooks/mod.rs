//! Events of providers on their way in: told by webhooks, or found by asking.
//!
//! ```text
//! POST /hooks/… ─► signature ─► events ─► accounts ─► engine (runs, once per account and event)
//!                                            └─► inbox: nobody connected, nobody listens, reconnect
//! poll (a minute) ─► search since the cursor ─► engine ─► cursor
//!   ▲
//! hook of one account ─► proven ─► that account's time has come
//! ```

pub mod custom;
pub mod poll;
mod registering;
pub mod registrar;
pub mod subscriptions;
mod wakes;

pub use registering::{Plan, text_of, url_of};
pub use wakes::Wakes;

use std::sync::Arc;

use linchpin_connectors::Manifest;
use linchpin_connectors::webhook::HookEvent;
use linchpin_domain::id::{IntegrationId, ProjectId, RunId};
use linchpin_engine::{AcceptError, Engine, ProviderEvent, Reason};
use linchpin_store::{Store, credentials};

/// What became of an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivered {
    /// The runs it started now.
    pub runs: Vec<RunId>,
    /// Whether it started runs, now or earlier.
    pub taken: bool,
    /// Why it belongs into the inbox: somebody may want it later.
    pub kept: Option<String>,
}

/// Hands an event to every connected account that it is for. All that it starts is durable when this
/// returns; what it started earlier is not started again.
pub async fn deliver(
    store: &Store,
    engine: &Engine,
    project_id: ProjectId,
    integration_id: IntegrationId,
    manifest: &Arc<Manifest>,
    event: &HookEvent,
) -> Result<Delivered, AcceptError> {
    let nothing = |reason: &str| Delivered { runs: Vec::new(), taken: false, kept: Some(reason.to_owned()) };
    let Some(trigger) = event.trigger.clone() else { return Ok(nothing("unknown_event")) };
    let mut conn = store.read().await?;
    let accounts = credentials::list_of_provider(&mut conn, project_id, integration_id, &event.account).await?;
    drop(conn);
    if accounts.is_empty() {
        return Ok(nothing("no_account"));
    }
    let payload: Arc<str> = event.payload.to_string().into();
    let mut delivered = Delivered { runs: Vec::new(), taken: false, kept: None };
    let mut reasons = Vec::new();
    for (user_id, credential_id) in accounts {
        let (told, manifest) = (manifest, Arc::clone(manifest));
        let (name, raw) = (trigger.clone(), event.event.clone());
        let accepted = engine
            .accept_provider_event(ProviderEvent {
                project_id,
                integration_id,
                user_id,
                credential_id,
                event: trigger.clone(),
                payload: Arc::clone(&payload),
                key: event.key.clone(),
                only: None,
                wants: Arc::new(move |inputs| {
                    manifest.triggers.get(&name).is_some_and(|trigger| trigger.wants(inputs, &raw))
                }),
            })
            .await;
        let happened = subscriptions::Happened {
            project_id,
            credential_id,
            event: &trigger,
            key: &event.key,
            payload: &event.payload,
        };
        if let Some(rule) = told.triggers.get(&trigger)
            && subscriptions::deliver(store, &happened, rule, &event.event).await? > 0
        {
            delivered.taken = true;
        }
        match accepted {
            Ok(accepted) => {
                delivered.taken = true;
                delivered.runs.extend(accepted.runs);
            }
            Err(AcceptError::Nothing { reason }) => reasons.push(reason),
            Err(error) => return Err(error),
        }
    }
    // An account that must be reconnected missed it, also when another one got it.
    let reconnect = reasons.iter().find(|reason| **reason == Reason::ReconnectNeeded);
    let kept = reconnect.or_else(|| {
        let settled = delivered.taken || reasons.contains(&Reason::NotWanted);
        if settled { None } else { reasons.first() }
    });
    delivered.kept = kept.map(|reason| reason.as_str().replace(' ', "_"));
    metrics::counter!("linchpin_provider_events", "taken" => if delivered.taken { "yes" } else { "no" }).increment(1);
    Ok(delivered)
}
