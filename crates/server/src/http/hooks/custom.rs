//! Webhooks that a workflow declares itself: one address for each connected account, or one for the app.

mod call;

use axum::extract::{Path, Request, State};
use axum::http::{Method, StatusCode};
use axum::response::{IntoResponse, Response};
use linchpin_domain::id::{CredentialId, IntegrationId, ProjectId, ReceivedEventId, WebhookDeliveryId, WorkflowId};
use linchpin_engine::{Listening, WebhookDelivery as Delivery, WebhookOf};
use linchpin_store::credentials;
use linchpin_store::hook_registrations::{self as registrations, HookRegistration, State as Stand};
use linchpin_store::webhook_deliveries::{self as inbox, WebhookDelivery};
use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;
use serde_json::{Value, json};

use self::call::Call;
use super::woken::{self, Told};
use super::{id, refused};
use crate::hooks::custom::{self, AppDelivery};
use crate::http::error::ApiError;
use crate::http::extract::Json;
use crate::state::App;

/// What was recorded.
#[derive(Serialize, utoipa::ToSchema)]
pub(super) struct Recorded {
    /// The event; absent where the call starts nothing.
    #[schema(value_type = Option<uuid::Uuid>)]
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<ReceivedEventId>,
}

/// A hook at the provider that a call comes from.
struct Hook {
    row: HookRegistration,
    secret: Option<SecretString>,
}

/// Take a call of a workflow's own webhook
///
/// The address is `getCustomWebhookUserManualUrl` of the client SDK; `id` names the connected account, `hook` the
/// hook that was made at the provider, if one was. The workflow sees `trigger.body`, `trigger.headers` and
/// `trigger.params`. A handshake is answered with the text that it holds.
#[utoipa::path(post, path = "/triggers/connect/{projectId}/{integrationId}/custom-triggers/{triggerId}", tag = "hooks", operation_id = "hooks.receiveCustom", params(("projectId" = uuid::Uuid, Path, description = "The project."), ("integrationId" = uuid::Uuid, Path, description = "The integration."), ("triggerId" = uuid::Uuid, Path, description = "`customWebhookTriggerId` of the workflow."), ("id" = uuid::Uuid, Query, description = "The connected account."), ("hook" = Option<String>, Query, description = "The hook at the provider.")), responses((status = 200, body = Recorded), (status = 401, description = "The call does not prove what the workflow asks for"), (status = 404, description = "There is no such webhook or no such account"), (status = 410, description = "The hook is not wanted any more")), security(()))]
pub(super) async fn receive(
    State(app): State<App>,
    Path((project, integration, workflow)): Path<(String, String, String)>,
    request: Request,
) -> Result<Response, ApiError> {
    let project_id: ProjectId = id(&project, "webhook")?;
    let integration_id: IntegrationId = id(&integration, "webhook")?;
    let workflow_id: WorkflowId = id(&workflow, "webhook")?;
    let mut call = Call::read(request).await?;
    let credential_id: CredentialId = id(&call.params.remove("id").unwrap_or_default(), "account")?;
    let address = call.params.remove("hook");

    let found = app.engine.listening(project_id, integration_id, WebhookOf::Workflow(workflow_id)).await?;
    let Some(listening) = found.into_iter().next() else {
        let address = address.ok_or_else(|| ApiError::not_found("webhook"))?;
        let (method, headers, body) = call.as_it_came();
        let address = address.as_str();
        let told = Told { project_id, workflow_id, credential_id, address, method, headers, body };
        woken::receive(&app, &told).await?;
        return Ok(Json(Recorded { id: None }).into_response());
    };
    let mut conn = app.store.read().await?;
    let credential = credentials::find(&mut conn, project_id, credential_id).await?;
    drop(conn);
    let credential = credential
        .filter(|credential| credential.integration_id == integration_id)
        .ok_or_else(|| ApiError::not_found("account"))?;
    let hook = hook(&app, project_id, &listening, address.as_deref()).await?;
    if hook.as_ref().is_some_and(|hook| hook.row.account.map(|account| account.credential_id) != Some(credential_id)) {
        return Err(ApiError::not_found("account"));
    }
    if let Some(answer) = shake_hands(&app, &listening, hook.as_ref(), &call).await? {
        return Ok(answer);
    }
    let webhook = values(hook.as_ref());
    call.prove(&listening, &webhook)?;
    if !call.holds(&listening, &listening.trigger.when, &webhook) {
        return Ok(Json(Recorded { id: None }).into_response());
    }
    let accepted = app
        .engine
        .accept_webhook(Delivery {
            project_id,
            user_id: credential.user_id,
            credential_id,
            workflow_id,
            name: listening.trigger.name.clone(),
            payload: call.payload(&listening).to_string().into(),
            once: custom::once(&listening, |place| call.find(place)),
            keep_without_runs: true,
        })
        .await
        .map_err(refused)?;
    Ok(Json(Recorded { id: Some(accepted.event_id) }).into_response())
}

/// Answer a handshake of a workflow's own webhook
///
/// Some providers ask by GET whether an address is ours before they send anything to it.
#[utoipa::path(get, path = "/triggers/connect/{projectId}/{integrationId}/custom-triggers/{triggerId}", tag = "hooks", operation_id = "hooks.answerCustom", params(("projectId" = uuid::Uuid, Path, description = "The project."), ("integrationId" = uuid::Uuid, Path, description = "The integration."), ("triggerId" = uuid::Uuid, Path, description = "`customWebhookTriggerId` of the workflow."), ("id" = uuid::Uuid, Query, description = "The connected account.")), responses((status = 200, description = "The text that was sent"), (status = 404, description = "There is no such webhook"), (status = 405, description = "It is no handshake")), security(()))]
pub(super) async fn answer(
    state: State<App>,
    path: Path<(String, String, String)>,
    request: Request,
) -> Result<Response, ApiError> {
    receive(state, path, request).await
}

/// Take a call of an app's own webhook
///
/// One address for all accounts of the app: each workflow that declares a webhook of this name takes the call for
/// the accounts whose id at the provider it holds. One that is for no connected account is kept in the inbox.
#[utoipa::path(post, path = "/triggers/connect/{projectId}/{integrationId}/app-triggers/{name}", tag = "hooks", operation_id = "hooks.receiveApp", params(("projectId" = uuid::Uuid, Path, description = "The project."), ("integrationId" = uuid::Uuid, Path, description = "The integration."), ("name" = String, Path, description = "The webhook's name."), ("hook" = Option<String>, Query, description = "The hook at the provider.")), responses((status = 200, body = Recorded), (status = 401, description = "The call does not prove what the workflows ask for"), (status = 404, description = "There is no such webhook"), (status = 410, description = "The hook is not wanted any more"), (status = 422, description = "The call does not say whose it is")), security(()))]
pub(super) async fn receive_app(
    State(app): State<App>,
    Path((project, integration, name)): Path<(String, String, String)>,
    request: Request,
) -> Result<Response, ApiError> {
    let project_id: ProjectId = id(&project, "webhook")?;
    let integration_id: IntegrationId = id(&integration, "webhook")?;
    let mut call = Call::read(request).await?;
    let address = call.params.remove("hook");
    let found = app.engine.listening(project_id, integration_id, WebhookOf::App(&name)).await?;
    if found.is_empty() {
        return Err(ApiError::not_found("webhook"));
    }
    // Each workflow asks for what it declares; a call is wrong when it is wrong for all of them.
    let (mut wrong, mut recorded, mut taken) = (None, None, false);
    for listening in &found {
        let hook = match hook(&app, project_id, listening, address.as_deref()).await {
            Ok(hook) => hook,
            Err(error) => {
                wrong.get_or_insert(error);
                continue;
            }
        };
        if let Some(answer) = shake_hands(&app, listening, hook.as_ref(), &call).await? {
            return Ok(answer);
        }
        let webhook = values(hook.as_ref());
        if let Err(error) = call.prove(listening, &webhook) {
            wrong.get_or_insert(error);
            continue;
        }
        if !call.holds(listening, &listening.trigger.when, &webhook) {
            taken = true;
            continue;
        }
        let Some(account) = listening.trigger.account.as_ref().and_then(|place| call.find(place)) else {
            let message = "the call does not hold the account's id where the workflow looks for it";
            wrong.get_or_insert_with(|| ApiError::invalid([("account", message)]));
            continue;
        };
        taken = true;
        let payload = call.payload(listening);
        let once = custom::once(listening, |place| call.find(place));
        let delivery = AppDelivery {
            project_id,
            integration_id,
            account: &account,
            payload: payload.to_string().into(),
            once: once.clone(),
            keep_without_runs: true,
        };
        let done = custom::deliver(&app.store, &app.engine, listening, &delivery).await.map_err(refused)?;
        recorded = recorded.or_else(|| done.accepted.first().map(|accepted| accepted.event_id));
        if !done.known {
            keep(&app, &delivery, &name, listening.workflow_id, &custom::kept(&payload, once.as_deref())).await?;
        }
    }
    match wrong {
        Some(error) if !taken => Err(error),
        _ => Ok(Json(Recorded { id: recorded }).into_response()),
    }
}

/// Answer a handshake of an app's own webhook
///
/// Some providers ask by GET whether an address is ours before they send anything to it.
#[utoipa::path(get, path = "/triggers/connect/{projectId}/{integrationId}/app-triggers/{name}", tag = "hooks", operation_id = "hooks.answerApp", params(("projectId" = uuid::Uuid, Path, description = "The project."), ("integrationId" = uuid::Uuid, Path, description = "The integration."), ("name" = String, Path, description = "The webhook's name.")), responses((status = 200, description = "The text that was sent"), (status = 404, description = "There is no such webhook"), (status = 405, description = "It is no handshake")), security(()))]
pub(super) async fn answer_app(
    state: State<App>,
    path: Path<(String, String, String)>,
    request: Request,
) -> Result<Response, ApiError> {
    receive_app(state, path, request).await
}

/// The hook that a call comes from, where hooks are made by us. Calls of others start nothing: they come
/// from hooks that were left behind, and many providers drop one that is answered 410.
async fn hook(
    app: &App,
    project_id: ProjectId,
    listening: &Listening,
    address: Option<&str>,
) -> Result<Option<Hook>, ApiError> {
    if listening.trigger.register.is_none() {
        return Ok(None);
    }
    let mut conn = app.store.read().await?;
    let address = address.unwrap_or_default();
    let row = registrations::of_address(&mut conn, project_id, listening.workflow_id, address).await?;
    let row = row.filter(|row| matches!(row.state, Stand::Registering | Stand::Registered));
    let Some(row) = row else {
        let message = "this hook is not wanted any more; remove it";
        return Err(ApiError::status(StatusCode::GONE, "hook_gone", message));
    };
    let sealed = registrations::open(&mut conn, project_id, row.id).await?;
    Ok(Some(Hook { row, secret: sealed.and_then(|sealed| sealed.secret) }))
}

/// What a workflow's texts see as `webhook`.
fn values(hook: Option<&Hook>) -> Value {
    let secret = hook.and_then(|hook| hook.secret.as_ref()).map(ExposeSecret::expose_secret);
    json!({"id": hook.and_then(|hook| hook.row.provider_id.as_ref()), "secret": secret})
}

/// The answer to a handshake, if a call is one. It proves nothing: it gets back what it brought.
async fn shake_hands(
    app: &App,
    listening: &Listening,
    hook: Option<&Hook>,
    call: &Call,
) -> Result<Option<Response>, ApiError> {
    let answer = call.handshake(listening, &values(hook));
    if answer.is_none() && call.method == Method::GET {
        return Err(ApiError::status(
            StatusCode::METHOD_NOT_ALLOWED,
            "method_not_allowed",
            "this is no handshake that the workflow declares; events come by POST",
        ));
    }
    let register = listening.trigger.register.as_ref().filter(|register| register.secret_in_handshake());
    if let (Some(_), Some(hook), Some(register)) = (&answer, hook, register)
        // While the hook is being made, and once: nobody may put another secret in its place later.
        && hook.row.state == Stand::Registering
        && hook.secret.is_none()
        && let Some(secret) = register.secret.as_ref().and_then(|secret| call.secret(secret))
    {
        let mut tx = app.store.begin().await?;
        registrations::set_secret(&mut tx, hook.row.project_id, hook.row.id, &secret).await?;
        tx.commit().await?;
    }
    Ok(answer)
}

/// Keeps a delivery that is for no connected account yet.
async fn keep(
    app: &App,
    delivery: &AppDelivery<'_>,
    name: &str,
    workflow_id: WorkflowId,
    event: &str,
) -> Result<(), ApiError> {
    let id = WebhookDeliveryId::fresh(&*app.clock);
    let which = delivery.once.clone().unwrap_or_else(|| id.to_string());
    let mut tx = app.store.begin().await?;
    inbox::add(
        &mut tx,
        &WebhookDelivery {
            id,
            project_id: delivery.project_id,
            integration_id: delivery.integration_id,
            event_key: format!("{}{workflow_id}/{which}", custom::IN_INBOX),
            account: delivery.account.to_owned(),
            kind: format!("{}{name}", custom::IN_INBOX),
            event: event.to_owned(),
            reason: "no_account".into(),
            received_at: app.clock.now(),
            replayed_at: None,
        },
    )
    .await?;
    inbox::trim(&mut tx, delivery.project_id).await?;
    tx.commit().await?;
    Ok(())
}
