//! Event destinations: where a project's notices are sent. Their log is in
//! [`event_deliveries`](super::event_deliveries).

mod checks;

use std::collections::BTreeMap;

use axum::extract::State;
use axum::http::StatusCode;
use linchpin_domain::Timestamp;
use linchpin_domain::id::{EventDestinationId, ProjectId, WorkflowId};
use linchpin_domain::notice::Kind;
use linchpin_store::event_destinations::{self, EventDestination, Target};
use linchpin_store::{Conn, event_deliveries};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use self::checks::{
    check_payload, check_workflows, checked_headers, distinct, email, refuse_for_email, sends_mail, webhook,
};
use super::fields::Findings;
use crate::destinations::MOST_FAILURES;
use crate::http::auth::ProjectAccess;
use crate::http::error::ApiError;
use crate::http::extract::{Id, Json, MaybeJson, present};
use crate::http::page::{ItemPath, Items, ProjectPath};
use crate::state::App;

/// An event destination.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = EventDestination)]
pub struct EventDestinationView {
    #[schema(value_type = Uuid)]
    id: EventDestinationId,
    name: String,
    /// `webhook` or `email`.
    kind: &'static str,
    /// Where webhooks are posted to.
    url: Option<String>,
    /// Who gets e-mail.
    to: Option<Vec<String>>,
    /// What is sent; everything when empty.
    #[schema(value_type = Vec<String>)]
    events: Vec<Kind>,
    /// Of which workflows; of all when empty. Events that are about no workflow are sent all the same.
    #[schema(value_type = Vec<Uuid>)]
    workflow_ids: Vec<WorkflowId>,
    /// Headers that a webhook carries besides ours, by name. Their values are not shown.
    headers: Vec<String>,
    /// What a webhook's body is made of; the whole event when absent.
    #[schema(value_type = Option<Object>)]
    payload: Option<Value>,
    enabled: bool,
    /// Why it was disabled, when it was not by a person.
    disabled_reason: Option<String>,
    /// Attempts that failed since the last one that succeeded.
    failures: i64,
    /// At so many it is disabled.
    disabled_after: i64,
    /// It failed, and is left alone until then.
    #[schema(value_type = Option<String>, format = DateTime)]
    paused_until: Option<Timestamp>,
    /// Deliveries that wait.
    pending: i64,
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
}

/// A destination with a new secret. The only answer that holds it.
#[derive(Serialize, ToSchema)]
pub struct NewEventDestination {
    #[serde(flatten)]
    view: EventDestinationView,
    /// What its webhooks are signed with, `whsec_…`; shown once. E-mail has none.
    secret: Option<String>,
}

/// A destination to add: `url` for a webhook, or `to` for e-mail.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AddEventDestination {
    name: String,
    /// An https address.
    #[serde(default)]
    url: Option<String>,
    /// E-mail addresses, at most 20.
    #[serde(default)]
    to: Option<Vec<String>>,
    /// What is sent, such as `run.failed`; everything when empty.
    #[serde(default)]
    #[schema(value_type = Vec<String>)]
    events: Vec<Kind>,
    /// Of which workflows; of all when empty.
    #[serde(default)]
    #[schema(value_type = Vec<Uuid>)]
    workflow_ids: Vec<WorkflowId>,
    /// Headers of a webhook by name, for example what proves to the receiver who calls. They are stored sealed and
    /// not shown again.
    #[serde(default)]
    #[schema(value_type = Object, write_only)]
    headers: BTreeMap<String, SecretString>,
    /// What a webhook's body is made of: JSON whose texts may hold `{{ … }}` over `event`, which is the body that is
    /// sent without one.
    #[serde(default)]
    #[schema(value_type = Option<Object>)]
    payload: Option<Value>,
}

/// What is changed of a destination. A webhook stays one, and so does e-mail.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct UpdateEventDestination {
    name: Option<String>,
    url: Option<String>,
    to: Option<Vec<String>>,
    #[schema(value_type = Option<Vec<String>>)]
    events: Option<Vec<Kind>>,
    #[schema(value_type = Option<Vec<Uuid>>)]
    workflow_ids: Option<Vec<WorkflowId>>,
    /// All headers by name; `null` as a value leaves that one as it is.
    #[schema(value_type = Option<Object>, write_only)]
    headers: Option<BTreeMap<String, Option<SecretString>>>,
    /// `null` sends the whole event again.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<Object>)]
    #[expect(clippy::option_option, reason = "absent leaves it as it is, null takes it away")]
    payload: Option<Option<Value>>,
    /// Enabling it forgets its failures; disabling it drops what waits.
    enabled: Option<bool>,
}

/// The sample that is sent.
#[derive(Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TestEventDestination {
    /// Of which kind; when absent, the first one that the destination wants.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    event: Option<Kind>,
}

/// What came of a sample.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct EventDestinationTest {
    /// Whether it was taken.
    ok: bool,
    #[schema(value_type = String)]
    event: Kind,
    /// The status of the answer to a webhook.
    status: Option<i64>,
    /// The beginning of the answer; for e-mail what the mail server said.
    answer: Option<String>,
    /// What went wrong.
    error: Option<String>,
    duration_ms: i64,
    /// The body that was posted.
    #[schema(value_type = Option<Object>)]
    sent: Option<Value>,
}

/// A secret that counts from now on.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct EventDestinationSecret {
    /// Shown once.
    secret: String,
    /// Until then webhooks are signed with the one before, too.
    #[schema(value_type = String, format = DateTime)]
    previous_until: Timestamp,
}

/// List event destinations
#[utoipa::path(get, path = "/api/v1/projects/{projectId}/event-destinations", tag = "event destinations", operation_id = "eventDestinations.list", params(ProjectPath), responses((status = 200, body = Items<EventDestinationView>)))]
pub async fn list(
    State(app): State<App>,
    access: ProjectAccess,
) -> Result<Json<Items<EventDestinationView>>, ApiError> {
    let mut conn = app.store.read().await?;
    let mut items = Vec::new();
    for destination in event_destinations::list(&mut conn, access.id()).await? {
        items.push(view(&mut conn, destination).await?);
    }
    Ok(Items::whole(items))
}

/// Read an event destination
#[utoipa::path(get, path = "/api/v1/projects/{projectId}/event-destinations/{id}", tag = "event destinations", operation_id = "eventDestinations.find", params(ItemPath), responses((status = 200, body = EventDestinationView)))]
pub async fn find(
    State(app): State<App>,
    access: ProjectAccess,
    Id(id): Id<EventDestinationId>,
) -> Result<Json<EventDestinationView>, ApiError> {
    let mut conn = app.store.read().await?;
    let destination = one(&mut conn, access.id(), id).await?;
    Ok(Json(view(&mut conn, destination).await?))
}

/// Add an event destination
///
/// From then on it is told what happens: by webhook, signed with the secret that this answer holds, or by e-mail.
/// Send it a sample with `eventDestinations.test`.
#[utoipa::path(post, path = "/api/v1/projects/{projectId}/event-destinations", tag = "event destinations", operation_id = "eventDestinations.add", params(ProjectPath), request_body = AddEventDestination, responses((status = 201, body = NewEventDestination)))]
pub async fn add(
    State(app): State<App>,
    access: ProjectAccess,
    Json(body): Json<AddEventDestination>,
) -> Result<(StatusCode, Json<NewEventDestination>), ApiError> {
    let mut findings = Findings::default();
    let name = findings.name("name", &body.name);
    let target = match (&body.url, &body.to) {
        (Some(url), None) => webhook(&app, url, &mut findings),
        (None, Some(to)) => email(to, &mut findings),
        _ => {
            findings.add("url", "name one of `url` (for a webhook) and `to` (for e-mail)");
            None
        }
    };
    let mut tx = app.store.begin().await?;
    check_workflows(&mut tx, access.id(), &body.workflow_ids, &mut findings).await?;
    let is_email = matches!(target, Some(Target::Email(_)));
    let given = body.headers.into_iter().map(|(name, value)| (name, Some(value))).collect();
    let headers = checked_headers(given, &BTreeMap::new(), &mut findings);
    check_payload(body.payload.as_ref(), &body.events, &mut findings);
    refuse_for_email(is_email, !headers.is_empty(), body.payload.is_some(), &mut findings);
    findings.done()?;
    let target = target.expect("what is missing was found");
    if matches!(target, Target::Email(_)) {
        sends_mail(&app)?;
    }
    let now = app.clock.now();
    let destination = EventDestination {
        id: EventDestinationId::fresh(&*app.clock),
        project_id: access.id(),
        name,
        target,
        kinds: distinct(body.events),
        workflows: distinct(body.workflow_ids),
        header_names: headers.keys().cloned().collect(),
        payload: body.payload.filter(|payload| !payload.is_null()),
        enabled: true,
        disabled_reason: None,
        failures: 0,
        paused_until: None,
        created_at: now,
        updated_at: now,
        subscription: None,
    };
    event_destinations::add(&mut tx, &destination).await?;
    tx.about(destination.id, &destination.name);
    event_destinations::set_headers(&mut tx, access.id(), destination.id, &headers).await?;
    let secret = match destination.target {
        Target::Email(_) => None,
        Target::Webhook(_) => {
            let secret = app.destinations.fresh_secret();
            event_destinations::set_secret(&mut tx, access.id(), destination.id, &secret, now).await?;
            Some(secret)
        }
    };
    let view = view(&mut tx, destination).await?;
    tx.commit().await?;
    let secret = secret.map(|secret: SecretString| secret.expose_secret().to_owned());
    Ok((StatusCode::CREATED, Json(NewEventDestination { view, secret })))
}

/// Change an event destination
#[utoipa::path(patch, path = "/api/v1/projects/{projectId}/event-destinations/{id}", tag = "event destinations", operation_id = "eventDestinations.update", params(ItemPath), request_body = UpdateEventDestination, responses((status = 200, body = EventDestinationView)))]
pub async fn update(
    State(app): State<App>,
    access: ProjectAccess,
    Id(id): Id<EventDestinationId>,
    Json(body): Json<UpdateEventDestination>,
) -> Result<Json<EventDestinationView>, ApiError> {
    let mut findings = Findings::default();
    let mut tx = app.store.begin().await?;
    let mut destination = one(&mut tx, access.id(), id).await?;
    if let Some(name) = &body.name {
        destination.name = findings.name("name", name);
    }
    let is_email = matches!(destination.target, Target::Email(_));
    for (field, wrong) in [("url", body.url.is_some() && is_email), ("to", body.to.is_some() && !is_email)] {
        if wrong {
            findings.add(field, "a webhook stays a webhook, and e-mail stays e-mail: add another destination");
        }
    }
    if let Some(target) = body.url.as_deref().and_then(|url| webhook(&app, url, &mut findings)) {
        destination.target = target;
    }
    if let Some(target) = body.to.as_deref().and_then(|to| email(to, &mut findings)) {
        destination.target = target;
    }
    if let Some(workflows) = body.workflow_ids {
        check_workflows(&mut tx, access.id(), &workflows, &mut findings).await?;
        destination.workflows = distinct(workflows);
    }
    if let Some(events) = body.events {
        destination.kinds = distinct(events);
    }
    if let Some(payload) = body.payload {
        destination.payload = payload;
    }
    // Another choice of events may not have what the template needs.
    check_payload(destination.payload.as_ref(), &destination.kinds, &mut findings);
    let headers = match body.headers {
        None => None,
        Some(given) => {
            let known = event_destinations::headers(&mut tx, access.id(), id).await?;
            Some(checked_headers(given, &known, &mut findings))
        }
    };
    let has_headers = headers.as_ref().is_some_and(|headers| !headers.is_empty());
    refuse_for_email(is_email, has_headers, destination.payload.is_some(), &mut findings);
    findings.done()?;
    match body.enabled {
        Some(true) if !destination.enabled => {
            if is_email {
                sends_mail(&app)?;
            }
            destination.enabled = true;
            destination.disabled_reason = None;
            destination.failures = 0;
            destination.paused_until = None;
        }
        Some(false) if destination.enabled => {
            destination.enabled = false;
            event_deliveries::drop_pending(&mut tx, access.id(), id, "the destination was disabled").await?;
        }
        _ => {}
    }
    destination.updated_at = app.clock.now();
    event_destinations::update(&mut tx, &destination).await?;
    tx.about(id, &destination.name);
    if let Some(headers) = headers {
        event_destinations::set_headers(&mut tx, access.id(), id, &headers).await?;
        destination.header_names = headers.into_keys().collect();
    }
    let view = view(&mut tx, destination).await?;
    tx.commit().await?;
    Ok(Json(view))
}

/// Remove an event destination
///
/// With its log, and what waits for it.
#[utoipa::path(delete, path = "/api/v1/projects/{projectId}/event-destinations/{id}", tag = "event destinations", operation_id = "eventDestinations.remove", params(ItemPath), responses((status = 204)))]
pub async fn remove(
    State(app): State<App>,
    access: ProjectAccess,
    Id(id): Id<EventDestinationId>,
) -> Result<StatusCode, ApiError> {
    let mut tx = app.store.begin().await?;
    if !event_destinations::remove(&mut tx, access.id(), id).await? {
        return Err(unknown());
    }
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Give a webhook another secret
///
/// For a day its webhooks are signed with both, so that the receiver can be changed without losing one.
#[utoipa::path(post, path = "/api/v1/projects/{projectId}/event-destinations/{id}/secret", tag = "event destinations", operation_id = "eventDestinations.setSecret", params(ItemPath), responses((status = 200, body = EventDestinationSecret)))]
pub async fn set_secret(
    State(app): State<App>,
    access: ProjectAccess,
    Id(id): Id<EventDestinationId>,
) -> Result<Json<EventDestinationSecret>, ApiError> {
    let mut tx = app.store.begin().await?;
    let destination = one(&mut tx, access.id(), id).await?;
    if matches!(destination.target, Target::Email(_)) {
        return Err(ApiError::conflict("no_secret", "e-mail is not signed; only webhooks have a secret"));
    }
    let secret = app.destinations.fresh_secret();
    let previous_until = app.destinations.overlap_ends();
    event_destinations::set_secret(&mut tx, access.id(), id, &secret, previous_until).await?;
    tx.about(id, &destination.name);
    tx.commit().await?;
    Ok(Json(EventDestinationSecret { secret: secret.expose_secret().to_owned(), previous_until }))
}

/// Test an event destination
///
/// Sends it a sample now, also while it is disabled, and answers with what came of it. The body of a webhook then
/// holds `"test": true`. The log does not hold it.
#[utoipa::path(post, path = "/api/v1/projects/{projectId}/event-destinations/{id}/test", tag = "event destinations", operation_id = "eventDestinations.test", params(ItemPath), request_body = TestEventDestination, responses((status = 200, body = EventDestinationTest)))]
pub async fn test(
    State(app): State<App>,
    access: ProjectAccess,
    Id(id): Id<EventDestinationId>,
    MaybeJson(body): MaybeJson<TestEventDestination>,
) -> Result<Json<EventDestinationTest>, ApiError> {
    let mut conn = app.store.read().await?;
    let destination = one(&mut conn, access.id(), id).await?;
    drop(conn);
    let event = body.event.or_else(|| destination.kinds.first().copied()).unwrap_or(Kind::RunFailed);
    let answered = app.destinations.test(&destination, event).await?;
    let attempt = answered.attempt;
    Ok(Json(EventDestinationTest {
        ok: answered.ok,
        event,
        status: attempt.status,
        answer: attempt.answer,
        error: attempt.error,
        duration_ms: attempt.duration_ms,
        sent: answered.sent,
    }))
}

pub(super) fn unknown() -> ApiError {
    ApiError::not_found("event destination")
}

pub(super) async fn one(
    conn: &mut Conn,
    project_id: ProjectId,
    id: EventDestinationId,
) -> Result<EventDestination, ApiError> {
    let found = event_destinations::find(conn, project_id, id).await?;
    found.filter(|destination| destination.subscription.is_none()).ok_or_else(unknown)
}

async fn view(conn: &mut Conn, destination: EventDestination) -> Result<EventDestinationView, ApiError> {
    let pending = event_deliveries::count_pending(conn, destination.project_id, destination.id).await?;
    let (kind, url, to) = match destination.target {
        Target::Webhook(url) => ("webhook", Some(url), None),
        Target::Email(to) => ("email", None, Some(to)),
    };
    Ok(EventDestinationView {
        id: destination.id,
        name: destination.name,
        kind,
        url,
        to,
        events: destination.kinds,
        workflow_ids: destination.workflows,
        headers: destination.header_names,
        payload: destination.payload,
        enabled: destination.enabled,
        disabled_reason: destination.disabled_reason,
        failures: destination.failures,
        disabled_after: MOST_FAILURES,
        // E-mail that is being gathered is no failure.
        paused_until: destination.paused_until.filter(|_| destination.failures > 0),
        pending,
        created_at: destination.created_at,
    })
}
