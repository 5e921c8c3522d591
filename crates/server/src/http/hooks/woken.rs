//! Calls of a hook that was made at the provider for one account, as its connector says. A call is proven with the
//! hook's own secret and only tells that something happened: the account is asked at once for what it was.

use axum::http::{HeaderMap, StatusCode};
use linchpin_connectors::webhook::Delivered;
use linchpin_domain::id::{CredentialId, ProjectId, WorkflowId};
use linchpin_store::hook_registrations::{self as registrations, State as Stand};
use secrecy::ExposeSecret;

use crate::hooks::Plan;
use crate::http::error::ApiError;
use crate::state::App;

/// A call, and the address that it came to.
pub struct Told<'a> {
    pub project_id: ProjectId,
    pub workflow_id: WorkflowId,
    pub credential_id: CredentialId,
    /// What the hook's address has of its own.
    pub address: &'a str,
    pub method: &'a str,
    pub headers: &'a HeaderMap,
    pub body: &'a [u8],
}

/// Takes a call of a hook of an account.
pub async fn receive(app: &App, told: &Told<'_>) -> Result<(), ApiError> {
    let gone = || ApiError::status(StatusCode::GONE, "hook_gone", "this hook is not wanted any more; remove it");
    let mut conn = app.store.read().await?;
    let row = registrations::of_address(&mut conn, told.project_id, told.workflow_id, told.address).await?;
    let row = row.filter(|row| row.account.is_some_and(|account| account.credential_id == told.credential_id));
    let row = row.ok_or_else(|| ApiError::not_found("webhook"))?;
    if !matches!(row.state, Stand::Registering | Stand::Registered) {
        return Err(gone());
    }
    let sealed = registrations::open(&mut conn, told.project_id, row.id).await?.ok_or_else(gone)?;
    drop(conn);
    let plan: Plan = serde_json::from_str(sealed.plan.expose_secret()).map_err(|_| gone())?;
    let registry = app.connections.known_registry_of(told.project_id);
    let rule = plan
        .hook
        .as_ref()
        .and_then(|hook| registry.find(&plan.connector)?.triggers.get(&hook.event)?.hook.as_ref())
        .ok_or_else(gone)?;
    let url = crate::hooks::url_of(&plan.base, told.address);
    let delivered = Delivered { method: told.method, url: &url, headers: told.headers, body: told.body };
    // One whose secret is not known yet proves nothing: what it tells is found by asking.
    let proven = sealed.secret.is_some_and(|secret| rule.proves(secret.expose_secret(), delivered, app.clock.now()));
    if !proven {
        return Err(ApiError::unauthorized("signature_invalid", "the call does not prove that the provider made it"));
    }
    app.wakes.wake(told.credential_id);
    Ok(())
}
