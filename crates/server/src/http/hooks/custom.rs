//! Webhooks that a workflow declares itself: one address for each connected account.

use std::collections::BTreeMap;

use axum::extract::{Path, Request, State};
use axum::http::{HeaderMap, HeaderValue, header};
use linchpin_connectors::webhook;
use linchpin_domain::id::{CredentialId, IntegrationId, ProjectId, ReceivedEventId, WorkflowId};
use linchpin_domain::webhook_trigger::Verify;
use linchpin_store::credentials;
use serde::Serialize;
use serde_json::{Map, Value, json};
use subtle::ConstantTimeEq;

use super::{id, refused};
use crate::http::error::ApiError;
use crate::http::extract::{self, Json};
use crate::state::App;

/// Headers that never stand in history.
const KEPT_OUT: [header::HeaderName; 3] = [header::AUTHORIZATION, header::COOKIE, header::PROXY_AUTHORIZATION];

/// What was recorded.
#[derive(Serialize, utoipa::ToSchema)]
pub(super) struct Recorded {
    #[schema(value_type = uuid::Uuid)]
    id: ReceivedEventId,
}

/// Take a call of a workflow's own webhook
///
/// The address is `getCustomWebhookUserManualUrl` of the client SDK; `id` names the connected account.
/// The workflow sees `trigger.body`, `trigger.headers` and `trigger.params`.
#[utoipa::path(post, path = "/triggers/connect/{projectId}/{integrationId}/custom-triggers/{triggerId}", tag = "hooks", operation_id = "hooks.receiveCustom", params(("projectId" = uuid::Uuid, Path, description = "The project."), ("integrationId" = uuid::Uuid, Path, description = "The integration."), ("triggerId" = uuid::Uuid, Path, description = "`customWebhookTriggerId` of the workflow."), ("id" = uuid::Uuid, Query, description = "The connected account.")), responses((status = 200, body = Recorded), (status = 401, description = "The call does not prove what the workflow asks for"), (status = 404, description = "There is no such webhook or no such account")), security(()))]
pub(super) async fn receive(
    State(app): State<App>,
    Path((project, integration, workflow)): Path<(String, String, String)>,
    request: Request,
) -> Result<Json<Recorded>, ApiError> {
    let project_id: ProjectId = id(&project, "webhook")?;
    let integration_id: IntegrationId = id(&integration, "webhook")?;
    let workflow_id: WorkflowId = id(&workflow, "webhook")?;
    let mut params: BTreeMap<String, String> =
        url::form_urlencoded::parse(request.uri().query().unwrap_or_default().as_bytes()).into_owned().collect();
    let account = params.remove("id").unwrap_or_default();
    let credential_id: CredentialId = id(&account, "account")?;
    let headers = request.headers().clone();
    let body = extract::body(request).await?;

    let found = app.engine.webhook(project_id, integration_id, workflow_id).await?;
    let (webhook, secret) = found.ok_or_else(|| ApiError::not_found("webhook"))?;
    let mut conn = app.store.read().await?;
    let credential = credentials::find(&mut conn, project_id, credential_id).await?;
    drop(conn);
    let credential = credential
        .filter(|credential| credential.integration_id == integration_id)
        .ok_or_else(|| ApiError::not_found("account"))?;
    if let Some(verify) = &webhook.verify
        && !proven(verify, secret.as_deref(), &headers, &body)
    {
        return Err(ApiError::unauthorized(
            "signature_invalid",
            format!("the header `{}` is missing or wrong", verify.header()),
        ));
    }
    let payload = json!({
        "body": read(&headers, &body),
        "headers": shown(&headers, webhook.verify.as_ref()),
        "params": params,
    });
    let accepted = app
        .engine
        .accept_webhook(
            project_id,
            credential.user_id,
            credential_id,
            workflow_id,
            webhook.name,
            payload.to_string().into(),
        )
        .await
        .map_err(refused)?;
    Ok(Json(Recorded { id: accepted.event_id }))
}

/// Whether the call proves what is asked for. A secret that the project does not have proves nothing.
fn proven(verify: &Verify, secret: Option<&str>, headers: &HeaderMap, body: &[u8]) -> bool {
    let Some(secret) = secret else { return false };
    let Some(given) = headers.get(verify.header()).map(HeaderValue::as_bytes) else { return false };
    match verify {
        Verify::Header(_) => bool::from(given.ct_eq(secret.as_bytes())),
        Verify::Hmac(check) => std::str::from_utf8(given)
            .ok()
            .and_then(|given| given.trim().strip_prefix(check.prefix.as_str()))
            .is_some_and(|given| webhook::is_mac(check.algorithm, check.encoding, secret.as_bytes(), body, given)),
    }
}

/// The body as the workflow sees it: JSON and forms as values, all else as text.
fn read(headers: &HeaderMap, body: &[u8]) -> Value {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if kind.starts_with("application/x-www-form-urlencoded") {
        let fields = url::form_urlencoded::parse(body).into_owned();
        return Value::Object(fields.map(|(name, value)| (name, Value::String(value))).collect());
    }
    if body.iter().all(u8::is_ascii_whitespace) {
        return Value::Null;
    }
    serde_json::from_slice(body).unwrap_or_else(|_| Value::String(String::from_utf8_lossy(body).into_owned()))
}

/// The headers as the workflow sees them, without those that hold secrets.
fn shown(headers: &HeaderMap, verify: Option<&Verify>) -> Map<String, Value> {
    let secret = |name: &str| matches!(verify, Some(Verify::Header(check)) if check.name.eq_ignore_ascii_case(name));
    let mut shown = Map::new();
    for name in headers.keys().filter(|name| !KEPT_OUT.contains(name) && !secret(name.as_str())) {
        let values: Vec<_> =
            headers.get_all(name).iter().map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned()).collect();
        shown.insert(name.as_str().to_owned(), Value::String(values.join(", ")));
    }
    shown
}
