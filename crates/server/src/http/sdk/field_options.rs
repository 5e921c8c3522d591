//! What settings offer to choose from, read from the user's account at the provider.

use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use linchpin_connectors::Wanted;
use linchpin_domain::connector::ActionError;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::body;
use super::described::{
    Conflicting, Gateway, NotThere, ProjectPath, Refused, SdkFieldOptions, SdkOptions, Selecting, TooLarge, Unfit,
    Unreadable,
};
use super::shapes::{Selection, Snapshot};
use crate::http::auth::ConnectedUser;
use crate::http::error::ApiError;
use crate::state::App;

/// The largest body.
const MAX_BODY: usize = 64 * 1024;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Question {
    action: String,
    source_key: String,
    #[serde(default)]
    parameters: Vec<Parameter>,
    #[serde(default)]
    pagination_parameters: Pagination,
}

#[derive(Deserialize)]
struct Parameter {
    key: String,
    #[serde(default)]
    source: Source,
}

#[derive(Default, Deserialize)]
struct Source {
    #[serde(default)]
    value: Value,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Pagination {
    page_cursor: Value,
    search: Option<String>,
}

/// List what a setting offers (R19)
#[utoipa::path(post, path = "/projects/{projectId}/sdk/actions", tag = "sdk", operation_id = "sdk.fieldOptions", params(ProjectPath, Selecting), request_body = SdkFieldOptions, responses((status = 200, body = SdkOptions), Unreadable, NotThere, Conflicting, TooLarge, Unfit, Gateway, Refused), security(("userToken" = [])))]
pub(super) async fn list(
    user: ConnectedUser,
    State(app): State<App>,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<Value>, ApiError> {
    let bytes = body::read(&headers, body, MAX_BODY).await?;
    let question: Question = body::json(&bytes)?;
    let selection = Selection::of(&headers)?;
    let mut conn = app.store.read().await?;
    let snapshot = Snapshot::read(&mut conn, &user).await?;
    drop(conn);
    let integration = snapshot
        .integrations
        .iter()
        .find(|integration| integration.kind == question.action)
        .ok_or_else(|| ApiError::not_found("integration"))?;
    let account = match snapshot.account(integration.id, selection.credential.as_deref()) {
        Some(account) => account,
        None if selection.credential.is_some() => return Err(ApiError::not_found("credential")),
        None => return Err(ApiError::conflict("not_connected", "the user has not connected an account yet")),
    };
    let parameters: Map<String, Value> =
        question.parameters.into_iter().map(|parameter| (parameter.key, parameter.source.value)).collect();
    // The SDK says 0 for the first page.
    let page = match &question.pagination_parameters.page_cursor {
        Value::String(text) if !text.is_empty() => Some(text.clone()),
        Value::Number(number) if number.as_i64() != Some(0) => Some(number.to_string()),
        _ => None,
    };
    let wanted = Wanted {
        parameters: &parameters,
        page: page.as_deref(),
        search: question.pagination_parameters.search.as_deref(),
    };
    let choices =
        app.connections.options(user.project_id, account.id, &question.source_key, wanted).await.map_err(failed)?;
    let records: Vec<_> = choices
        .entries
        .into_iter()
        .map(|choice| {
            let mut record = json!({"value": choice.value, "label": choice.label});
            if let Some(subtitle) = choice.subtitle {
                record["subtitle"] = subtitle.into();
            }
            record
        })
        .collect();
    Ok(Json(json!({"output": {"records": records, "nextPageCursor": choices.next}})))
}

/// Never 401 or 403, which would sign the user out.
pub fn failed(error: ActionError) -> ApiError {
    match error {
        ActionError::Reauthorize { message, .. } => {
            ApiError::conflict("reconnect_needed", format!("the account must be connected again: {message}"))
        }
        ActionError::RateLimited { retry_after, provider, .. } => {
            ApiError::too_many(format!("{provider} asked us to slow down"), retry_after.as_secs().max(1))
        }
        ActionError::Rejected { code, message, .. } => {
            ApiError::status(StatusCode::UNPROCESSABLE_ENTITY, "request_refused", message).with("reason", code)
        }
        ActionError::Unreachable { provider, message, .. } => {
            ApiError::status(StatusCode::BAD_GATEWAY, "unreachable", format!("{provider} did not answer: {message}"))
        }
        ActionError::Invalid { message } => ApiError::bad_request("request_invalid", message),
    }
}
