//! Workflows that begin with a request.

use axum::Json;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::header::{
    ACCESS_CONTROL_ALLOW_CREDENTIALS, ACCESS_CONTROL_ALLOW_ORIGIN, CONTENT_SECURITY_POLICY, HeaderName, SET_COOKIE,
    STRICT_TRANSPORT_SECURITY, X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use linchpin_domain::Timestamp;
use linchpin_domain::id::{ProjectId, RunId, WorkflowId};
use linchpin_domain::run::State as RunState;
use linchpin_engine::{Accepted, Answer, Request, RequestError};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::described::{
    Busy, Conflicting, NotThere, ProjectPath, Refused, SdkLate, SdkRequested, Selecting, TooLarge, Unfit, Unreadable,
};
use super::shapes::Selection;
use super::{body, events, scoped, uploads};
use crate::http::auth::ConnectedUser;
use crate::http::auth::user_token::Permission;
use crate::http::error::ApiError;
use crate::state::App;

/// Headers that prove who is calling: workflows do not see them.
const HIDDEN: [&str; 4] = ["authorization", "proxy-authorization", "cookie", "idempotency-key"];

#[derive(Deserialize)]
pub(super) struct Place {
    #[expect(dead_code, reason = "the user token says it")]
    project_id: ProjectId,
    workflow_id: String,
}

/// Run a workflow by request (R5)
///
/// The workflow sees `trigger.body`, `trigger.headers` and `trigger.params`. One run is started: for the account
/// and configuration that the headers name, else for the first that has the workflow on. Without a Response step
/// the answer is 202, at once, when the run is durable; with one it is what that step says, or 542 after 55 seconds
/// while the run goes on. A body is JSON, a form, text, `multipart/form-data`, or a file: any other type. Files are
/// objects with `name`, `mimeType` and `data`.
#[utoipa::path(post, path = "/projects/{projectId}/sdk/triggers/{workflowId}", tag = "sdk", operation_id = "sdk.requestWorkflow", params(ProjectPath, ("workflowId" = String, Path, description = "The workflow"), ("Idempotency-Key" = Option<String>, Header, description = "1 to 255 visible characters; kept for 24 hours. A repetition starts nothing and is answered 202"), Selecting), request_body = Object, responses((status = 202, body = SdkRequested), (status = 542, description = "The Response step was not reached in time; the run goes on", body = SdkLate), Unreadable, NotThere, Conflicting, TooLarge, Unfit, Busy, Refused), security(("userToken" = [])))]
pub(super) async fn start(
    user: ConnectedUser,
    State(app): State<App>,
    Path(place): Path<Place>,
    uri: Uri,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, ApiError> {
    let submitted = app.clock.now();
    let workflow_id: WorkflowId = place.workflow_id.parse().map_err(|_| ApiError::not_found("workflow"))?;
    let bytes = body::read(&headers, body, app.config.limits.body).await?;
    let selection = Selection::of(&headers)?;
    let target = scoped::target(&app, &user, &selection, Permission::WorkflowRun, Some(workflow_id)).await?;
    let query = uri.query().unwrap_or_default();
    let asked = [workflow_id.to_string().into_bytes(), query.as_bytes().to_vec(), bytes.to_vec()];
    let idempotency = events::idempotency(&headers, &[&asked[0], &asked[1], &asked[2]], &selection)?;
    let request = Request {
        project_id: user.project_id,
        user_id: user.id,
        workflow_id,
        params: params(query),
        body: uploads::read(&headers, &bytes).await?,
        headers: shown(&headers),
        target,
        idempotency,
    };
    let (accepted, waiting) = app.engine.accept_request(request).await.map_err(refused)?;
    let Some(mut waiting) = waiting else { return Ok(begun(&accepted)) };
    Ok(match waiting.answer(app.config.limits.response).await {
        Some(Answer::Response(response)) => answered(response),
        Some(Answer::Ended { state: RunState::Succeeded, .. }) => begun(&accepted),
        Some(Answer::Ended { state, .. }) => ended(state, waiting.run_id()).into_response(),
        None => late(user.project_id, workflow_id, waiting.run_id(), submitted),
    })
}

fn begun(accepted: &Accepted) -> Response {
    let mut body = json!({"id": accepted.event_id});
    if let Some(run) = accepted.runs.first() {
        body["runId"] = json!(run);
    }
    (StatusCode::ACCEPTED, Json(body)).into_response()
}

/// What a workflow answers must not act on our origin when a browser is led to it.
fn answered(response: linchpin_engine::Response) -> Response {
    let mut answer = Response::new(Body::from(response.body));
    *answer.status_mut() = StatusCode::from_u16(response.status).unwrap_or(StatusCode::OK);
    for (name, value) in response.headers {
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
            answer.headers_mut().append(name, value);
        }
    }
    let headers = answer.headers_mut();
    // Neither cookies of ours nor policies for our origin are a workflow's to set.
    for name in [SET_COOKIE, STRICT_TRANSPORT_SECURITY, ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_ALLOW_CREDENTIALS] {
        headers.remove(name);
    }
    headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static("sandbox; default-src 'none'"));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    answer
}

fn ended(state: RunState, run: RunId) -> ApiError {
    let error = if state == RunState::Cancelled {
        ApiError::conflict("run_cancelled", "the run was cancelled before the workflow answered")
    } else {
        ApiError::status(
            StatusCode::INTERNAL_SERVER_ERROR,
            "run_failed",
            "the workflow failed before it answered; Task History shows why",
        )
    };
    error.with("runId", json!(run))
}

/// The body that clients of such systems know.
fn late(project: ProjectId, workflow: WorkflowId, run: RunId, submitted: Timestamp) -> Response {
    let status = StatusCode::from_u16(542).expect("three digits");
    let body = json!({
        "message": "The workflow did not answer in time. It goes on, and Task History shows its outcome.",
        "dateSubmitted": submitted,
        "projectId": project,
        "workflowId": workflow,
        "executionId": run,
    });
    (status, Json(body)).into_response()
}

pub(super) fn params(query: &str) -> Map<String, Value> {
    let mut params = Map::new();
    for (name, value) in url::form_urlencoded::parse(query.as_bytes()) {
        let value = Value::String(value.into_owned());
        match params.get_mut(name.as_ref()) {
            None => {
                params.insert(name.into_owned(), value);
            }
            Some(Value::Array(values)) => values.push(value),
            Some(first) => *first = json!([first.take(), value]),
        }
    }
    params
}

fn shown(headers: &HeaderMap) -> Map<String, Value> {
    let mut shown: Map<String, Value> = Map::new();
    for (name, value) in headers {
        if HIDDEN.contains(&name.as_str()) {
            continue;
        }
        let value = String::from_utf8_lossy(value.as_bytes());
        match shown.get_mut(name.as_str()) {
            Some(Value::String(before)) => before.push_str(&format!(", {value}")),
            _ => {
                shown.insert(name.as_str().to_owned(), Value::String(value.into_owned()));
            }
        }
    }
    shown
}

fn refused(error: RequestError) -> ApiError {
    match error {
        RequestError::NotDeployed => ApiError::not_found("workflow"),
        RequestError::OtherKind { kind } => ApiError::conflict(
            "not_a_request_workflow",
            format!("this workflow does not begin with a request (its trigger is `{}`)", kind.as_str()),
        ),
        RequestError::Invalid { findings } => ApiError::invalid(findings),
        RequestError::Accept(error) => events::refused(error),
    }
}
