//! Hooks that are made at providers for workflows' own webhooks: where each stands, and trying again.

use axum::extract::State;
use axum::http::StatusCode;
use linchpin_domain::Timestamp;
use linchpin_domain::id::{ConnectedUserId, CredentialId, HookRegistrationId, IntegrationId, WorkflowId};
use linchpin_store::hook_registrations::{self as rows, HookRegistration, State as Stand};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::http::auth::ProjectAccess;
use crate::http::error::ApiError;
use crate::http::extract::{Id, Json, Query};
use crate::http::page::{ItemPath, Items, Page, ProjectPath};
use crate::state::App;

/// A hook at a provider.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = HookRegistration)]
pub struct RegistrationView {
    #[schema(value_type = Uuid)]
    id: HookRegistrationId,
    #[schema(value_type = Uuid)]
    integration_id: IntegrationId,
    #[schema(value_type = Uuid)]
    workflow_id: WorkflowId,
    /// Whose it is; null for an app's.
    #[schema(value_type = Option<Uuid>)]
    user_id: Option<ConnectedUserId>,
    #[schema(value_type = Option<Uuid>)]
    credential_id: Option<CredentialId>,
    /// `registering`, `registered`, `removing`, or `left`: it could not be removed and a person must do it.
    state: &'static str,
    /// What the provider calls it.
    provider_id: Option<String>,
    /// Attempts that failed since the last that did not.
    attempts: i64,
    /// Why the last one failed.
    fault: Option<FaultView>,
    /// When it is tried again, or looked for.
    #[schema(value_type = Option<String>, format = DateTime)]
    next_attempt_at: Option<Timestamp>,
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
    #[schema(value_type = String, format = DateTime)]
    updated_at: Timestamp,
}

/// Why an attempt failed.
#[derive(Serialize, ToSchema)]
#[schema(as = HookFault)]
pub struct FaultView {
    code: String,
    message: String,
}

/// Which hooks.
#[derive(Deserialize, utoipa::IntoParams)]
#[serde(rename_all = "camelCase")]
#[into_params(parameter_in = Query)]
pub struct Filter {
    /// Of one workflow.
    #[param(value_type = Option<Uuid>)]
    workflow_id: Option<WorkflowId>,
}

/// List hooks at providers
///
/// Those that workflows with a `register` section have made, or are to make or to remove; newest first.
#[utoipa::path(get, path = "/api/v1/projects/{projectId}/hook-registrations", tag = "hooks", operation_id = "hookRegistrations.list", params(ProjectPath, Filter, Page), responses((status = 200, body = Items<RegistrationView>)))]
pub async fn list(
    State(app): State<App>,
    access: ProjectAccess,
    Query(filter): Query<Filter>,
    Query(page): Query<Page>,
) -> Result<Json<Items<RegistrationView>>, ApiError> {
    let limit = page.limit()?;
    let before = page
        .cursor
        .as_deref()
        .map(|cursor| cursor.parse().map_err(|_| ApiError::bad_request("wrong_query", "cursor: unknown cursor")))
        .transpose()?;
    let mut conn = app.store.read().await?;
    let mut found = rows::list(&mut conn, access.id(), filter.workflow_id, before, limit + 1).await?;
    let next_cursor = Page::cut(&mut found, limit).map(|last| last.id.to_string());
    Ok(Json(Items { items: found.into_iter().map(view).collect(), next_cursor }))
}

/// Try a hook again
///
/// At once, instead of at its time: making it, looking for it, or removing it.
#[utoipa::path(post, path = "/api/v1/projects/{projectId}/hook-registrations/{id}/retry", tag = "hooks", operation_id = "hookRegistrations.retry", params(ItemPath), responses((status = 202, body = RegistrationView)))]
pub async fn retry(
    State(app): State<App>,
    access: ProjectAccess,
    Id(id): Id<HookRegistrationId>,
) -> Result<(StatusCode, Json<RegistrationView>), ApiError> {
    let mut tx = app.store.begin().await?;
    let hook = rows::find(&mut tx, access.id(), id).await?.ok_or_else(|| ApiError::not_found("hook"))?;
    let now = app.clock.now();
    // What was left to a person is removed by us after all, if that works now.
    let state = if hook.state == Stand::Left { Stand::Removing } else { hook.state };
    let hook = HookRegistration { state, attempts: 0, due_at: Some(now), updated_at: now, ..hook };
    rows::update(&mut tx, &hook).await?;
    tx.commit().await?;
    Ok((StatusCode::ACCEPTED, Json(view(hook))))
}

/// Forget a hook that was left at its provider
///
/// When it was removed there by hand.
#[utoipa::path(delete, path = "/api/v1/projects/{projectId}/hook-registrations/{id}", tag = "hooks", operation_id = "hookRegistrations.remove", params(ItemPath), responses((status = 204, description = "It is forgotten"), (status = 409, description = "It is still looked after")))]
pub async fn remove(
    State(app): State<App>,
    access: ProjectAccess,
    Id(id): Id<HookRegistrationId>,
) -> Result<StatusCode, ApiError> {
    let mut tx = app.store.begin().await?;
    let hook = rows::find(&mut tx, access.id(), id).await?.ok_or_else(|| ApiError::not_found("hook"))?;
    if hook.state != Stand::Left {
        let message = "this hook is looked after: it goes when its workflow is switched off or undeployed, or its account disconnected";
        return Err(ApiError::conflict("hook_in_use", message));
    }
    rows::remove(&mut tx, access.id(), id).await?;
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}

fn view(hook: HookRegistration) -> RegistrationView {
    RegistrationView {
        id: hook.id,
        integration_id: hook.integration_id,
        workflow_id: hook.workflow_id,
        user_id: hook.account.map(|account| account.user_id),
        credential_id: hook.account.map(|account| account.credential_id),
        state: hook.state.as_str(),
        provider_id: hook.provider_id,
        attempts: hook.attempts,
        fault: hook.fault.map(|fault| FaultView { code: fault.code, message: fault.message }),
        next_attempt_at: hook.due_at,
        created_at: hook.created_at,
        updated_at: hook.updated_at,
    }
}
