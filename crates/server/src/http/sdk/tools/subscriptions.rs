//! Subscriptions of agents and backends to what happens in a user's account. What is told goes through the outbox
//! of event destinations: signed, tried again with growing pauses, disabled when it fails too often.

use axum::Json;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use linchpin_connectors::manifest::{Field, Trigger};
use linchpin_domain::Timestamp;
use linchpin_domain::id::EventDestinationId;
use linchpin_store::event_destinations::{self, EventDestination, Subscription, Target};
use linchpin_store::{event_deliveries, trigger_subscriptions};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use url::Url;

use super::super::body;
use super::super::described::{Conflicting, NotThere, ProjectPath, Refused, Selecting, Unfit, Unreadable};
use super::super::shapes::Selection;
use super::catalogue::{Catalogue, Standing, broken, name, not_connected};
use crate::destinations::{MOST_FAILURES, is_secret};
use crate::http::auth::ConnectedUser;
use crate::http::error::ApiError;
use crate::state::App;

/// Subscriptions that one user may have.
const MOST: usize = 100;
/// The largest body.
const MAX_BODY: usize = 64 * 1024;
/// The longest address.
const LONGEST_URL: usize = 2_000;
/// Deliveries of one answer.
const SHOWN: i64 = 100;

/// What is subscribed to.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Wish {
    /// The trigger, such as `HUBSPOT_CONTACTS_CREATED`: the integration's type and the trigger's.
    trigger: String,
    /// The trigger's parameters: which events are meant.
    #[serde(default)]
    #[schema(value_type = Object)]
    parameters: Map<String, Value>,
    /// Where events are posted to: an https address.
    url: String,
    /// A secret of the caller's own to sign with, `whsec_` and 24 to 64 random bytes as base64. One is made when it is
    /// absent.
    secret: Option<String>,
}

/// What is changed.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Change {
    /// `true` enables it again: it begins anew, and its failures are forgotten. `false` drops what waits.
    enabled: Option<bool>,
    /// Another address.
    url: Option<String>,
}

/// A subscription.
#[derive(Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct TriggerSubscription {
    #[schema(value_type = uuid::Uuid)]
    id: EventDestinationId,
    trigger: String,
    /// The integration's type.
    integration: String,
    #[schema(value_type = uuid::Uuid)]
    credential_id: linchpin_domain::id::CredentialId,
    #[schema(value_type = Object)]
    parameters: Map<String, Value>,
    url: String,
    enabled: bool,
    /// Why it was disabled, when it was not by its owner.
    disabled_reason: Option<String>,
    /// Attempts that failed since the last one that succeeded.
    failures: i64,
    /// At so many it is disabled.
    disabled_after: i64,
    /// Events that wait to be told.
    pending: i64,
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
    /// What events are signed with; in the answer that makes it alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    secret: Option<String>,
}

/// The subscriptions of a user.
#[derive(Serialize, utoipa::ToSchema)]
pub struct TriggerSubscriptions {
    subscriptions: Vec<TriggerSubscription>,
}

/// An event that was told, or waits to be.
#[derive(Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct TriggerDelivery {
    /// As in the header `webhook-id`.
    id: String,
    /// `pending`, `delivered`, `failed` or `dropped`.
    state: &'static str,
    attempts: i64,
    /// The last answer's status.
    status: Option<i64>,
    error: Option<String>,
    #[schema(value_type = Option<String>, format = DateTime)]
    next_attempt_at: Option<Timestamp>,
    #[schema(value_type = String, format = DateTime)]
    happened_at: Timestamp,
}

/// The newest events of a subscription.
#[derive(Serialize, utoipa::ToSchema)]
pub struct TriggerDeliveries {
    deliveries: Vec<TriggerDelivery>,
}

/// A subscription's address.
#[derive(utoipa::IntoParams)]
#[into_params(parameter_in = Path)]
#[expect(dead_code, reason = "it is read by the API's description alone")]
pub struct One {
    /// The project.
    #[param(value_type = uuid::Uuid, rename = "projectId")]
    project_id: String,
    /// The subscription.
    #[param(value_type = uuid::Uuid)]
    id: String,
}

fn unknown() -> ApiError {
    ApiError::not_found("subscription")
}

fn invalid(field: &str, message: impl Into<String>) -> ApiError {
    ApiError::invalid([(field.to_owned(), message.into())])
}

/// Subscribe to a trigger
///
/// What happens in the user's account is posted to an address, signed as event destinations sign
/// (Standard Webhooks): `type` is `trigger.event`, `data.payload` is what a workflow would see. An event is told at
/// least once, under one id. The account can be named in a header where the user has several.
#[utoipa::path(post, path = "/projects/{projectId}/trigger-subscriptions", tag = "tools", operation_id = "triggerSubscriptions.add", params(ProjectPath, Selecting), request_body = Wish, responses((status = 201, body = TriggerSubscription), Unreadable, NotThere, Conflicting, Unfit, Refused), security(("userToken" = [])))]
pub async fn add(
    user: ConnectedUser,
    State(app): State<App>,
    headers: HeaderMap,
    sent: Body,
) -> Result<(StatusCode, Json<TriggerSubscription>), ApiError> {
    let wish: Wish = body::json(&body::read(&headers, sent, MAX_BODY).await?)?;
    let selection = Selection::of(&headers)?;
    let catalogue = Catalogue::read(&app, &user).await?;
    let shown = subscribe(&app, &user, &catalogue, wish, selection.credential.as_deref()).await?;
    Ok((StatusCode::CREATED, Json(shown)))
}

/// Subscribes a user; with the account that is named, where there are several.
pub(in crate::http) async fn subscribe(
    app: &App,
    user: &ConnectedUser,
    catalogue: &Catalogue,
    wish: Wish,
    credential: Option<&str>,
) -> Result<TriggerSubscription, ApiError> {
    let found = catalogue.integrations().find_map(|(integration, manifest)| {
        let is = |key: &str| name(&integration.kind, key).eq_ignore_ascii_case(wish.trigger.trim());
        let (key, trigger) = manifest.triggers.iter().find(|(key, _)| is(key))?;
        Some((integration, manifest, key, trigger))
    });
    let Some((integration, manifest, event, trigger)) = found else {
        let message = format!("there is no trigger `{}`; GET /triggers lists them", wish.trigger);
        return Err(ApiError::status(StatusCode::NOT_FOUND, "not_found", message));
    };
    let account = match catalogue.standing(integration, credential) {
        Some(Standing::Ready(account)) => account,
        Some(Standing::Broken(account)) => {
            return Err(ApiError::conflict("reconnect_needed", broken(&manifest.name, account)));
        }
        Some(Standing::NotConnected) => {
            let message = not_connected(&manifest.name);
            return Err(ApiError::status(StatusCode::NOT_FOUND, "not_connected", message));
        }
        None => return Err(ApiError::not_found("account")),
    };
    catalogue.require(user, account)?;
    let lacking: Vec<_> = trigger.scopes.iter().filter(|scope| !account.scopes.contains(scope)).collect();
    if !account.scopes.is_empty() && !lacking.is_empty() {
        let names: Vec<&str> = lacking.into_iter().map(String::as_str).collect();
        let message = format!("the account has not granted what the trigger needs: {}", names.join(", "));
        return Err(ApiError::status(StatusCode::UNPROCESSABLE_ENTITY, "missing_scope", message));
    }
    fits(trigger, &wish.parameters)?;
    let url = address(app, &wish.url)?;
    let secret = match wish.secret {
        None => app.destinations.fresh_secret(),
        Some(own) if is_secret(&own) => SecretString::from(own),
        Some(_) => {
            return Err(invalid("secret", "a secret is `whsec_` and 24 to 64 random bytes as base64"));
        }
    };
    let id = EventDestinationId::fresh(&*app.clock);
    let now = app.clock.now();
    let subscription = EventDestination {
        id,
        project_id: user.project_id,
        name: format!("subscription {id}"),
        target: Target::Webhook(url),
        kinds: Vec::new(),
        workflows: Vec::new(),
        header_names: Vec::new(),
        payload: None,
        enabled: true,
        disabled_reason: None,
        failures: 0,
        paused_until: None,
        created_at: now,
        updated_at: now,
        subscription: Some(Subscription {
            integration_id: integration.id,
            user_id: account.user_id,
            credential_id: account.id,
            event: event.clone(),
            inputs: wish.parameters,
        }),
    };
    let mut tx = app.store.begin().await?;
    if trigger_subscriptions::list(&mut tx, user.project_id, user.id).await?.len() >= MOST {
        let message = format!("a user has at most {MOST} subscriptions; remove one first");
        return Err(ApiError::conflict("too_many_subscriptions", message));
    }
    event_destinations::add(&mut tx, &subscription).await?;
    event_destinations::set_secret(&mut tx, user.project_id, id, &secret, now).await?;
    trigger_subscriptions::changed(&mut tx, user.project_id, user.id);
    tx.commit().await?;
    view(catalogue, subscription, 0, Some(secret.expose_secret().to_owned())).ok_or_else(unknown)
}

/// List subscriptions
///
/// Those of the user, oldest first.
#[utoipa::path(get, path = "/projects/{projectId}/trigger-subscriptions", tag = "tools", operation_id = "triggerSubscriptions.list", params(ProjectPath), responses((status = 200, body = TriggerSubscriptions), NotThere, Refused), security(("userToken" = [])))]
pub async fn list(user: ConnectedUser, State(app): State<App>) -> Result<Json<TriggerSubscriptions>, ApiError> {
    let subscriptions = all_of(&app, &user, &Catalogue::read(&app, &user).await?).await?;
    Ok(Json(TriggerSubscriptions { subscriptions }))
}

/// Those of a user that the token may touch.
pub(in crate::http) async fn all_of(
    app: &App,
    user: &ConnectedUser,
    catalogue: &Catalogue,
) -> Result<Vec<TriggerSubscription>, ApiError> {
    let mut conn = app.store.read().await?;
    let mut subscriptions = Vec::new();
    for one in trigger_subscriptions::list(&mut conn, user.project_id, user.id).await? {
        // What the token may not touch is not there for it.
        let account = one.subscription.as_ref().and_then(|to| catalogue.account(to.credential_id));
        if account.is_none_or(|account| catalogue.require(user, account).is_err()) {
            continue;
        }
        let pending = event_deliveries::count_pending(&mut conn, user.project_id, one.id).await?;
        subscriptions.extend(view(catalogue, one, pending, None));
    }
    Ok(subscriptions)
}

/// Change a subscription
///
/// Enabling one that was disabled begins anew: what happened in the meantime is not told.
#[utoipa::path(patch, path = "/projects/{projectId}/trigger-subscriptions/{id}", tag = "tools", operation_id = "triggerSubscriptions.update", params(One), request_body = Change, responses((status = 200, body = TriggerSubscription), Unreadable, NotThere, Unfit, Refused), security(("userToken" = [])))]
pub async fn update(
    user: ConnectedUser,
    State(app): State<App>,
    Path(path): Path<(String, String)>,
    headers: HeaderMap,
    sent: Body,
) -> Result<Json<TriggerSubscription>, ApiError> {
    let change: Change = body::json(&body::read(&headers, sent, MAX_BODY).await?)?;
    let catalogue = Catalogue::read(&app, &user).await?;
    let mut one = own(&app, &user, &catalogue, &path.1).await?;
    if let Some(url) = &change.url {
        one.target = Target::Webhook(address(&app, url)?);
    }
    let mut tx = app.store.begin().await?;
    match change.enabled {
        Some(true) if !one.enabled => {
            (one.enabled, one.disabled_reason, one.failures, one.paused_until) = (true, None, 0, None);
            trigger_subscriptions::set_cursor(&mut tx, one.project_id, one.id, None).await?;
        }
        Some(false) if one.enabled => {
            one.enabled = false;
            let reason = "the subscription was disabled";
            event_deliveries::drop_pending(&mut tx, one.project_id, one.id, reason).await?;
        }
        _ => {}
    }
    one.updated_at = app.clock.now();
    event_destinations::update(&mut tx, &one).await?;
    trigger_subscriptions::changed(&mut tx, user.project_id, user.id);
    let pending = event_deliveries::count_pending(&mut tx, one.project_id, one.id).await?;
    tx.commit().await?;
    view(&catalogue, one, pending, None).map(Json).ok_or_else(unknown)
}

/// Remove a subscription
///
/// What waits to be told goes with it.
#[utoipa::path(delete, path = "/projects/{projectId}/trigger-subscriptions/{id}", tag = "tools", operation_id = "triggerSubscriptions.remove", params(One), responses((status = 204, description = "It is gone"), NotThere, Refused), security(("userToken" = [])))]
pub async fn remove(
    user: ConnectedUser,
    State(app): State<App>,
    Path(path): Path<(String, String)>,
) -> Result<StatusCode, ApiError> {
    unsubscribe(&app, &user, &Catalogue::read(&app, &user).await?, &path.1).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Ends a subscription of a user.
pub(in crate::http) async fn unsubscribe(
    app: &App,
    user: &ConnectedUser,
    catalogue: &Catalogue,
    id: &str,
) -> Result<(), ApiError> {
    let one = own(app, user, catalogue, id).await?;
    let mut tx = app.store.begin().await?;
    event_destinations::remove(&mut tx, one.project_id, one.id).await?;
    trigger_subscriptions::changed(&mut tx, user.project_id, user.id);
    tx.commit().await?;
    Ok(())
}

/// List what was told
///
/// The newest hundred events of a subscription with what came of them, for 30 days.
#[utoipa::path(get, path = "/projects/{projectId}/trigger-subscriptions/{id}/deliveries", tag = "tools", operation_id = "triggerSubscriptions.deliveries", params(One), responses((status = 200, body = TriggerDeliveries), NotThere, Refused), security(("userToken" = [])))]
pub async fn deliveries(
    user: ConnectedUser,
    State(app): State<App>,
    Path(path): Path<(String, String)>,
) -> Result<Json<TriggerDeliveries>, ApiError> {
    let one = own(&app, &user, &Catalogue::read(&app, &user).await?, &path.1).await?;
    let mut conn = app.store.read().await?;
    let all = event_deliveries::list(&mut conn, one.project_id, one.id, None, None, SHOWN).await?;
    let shown = all.into_iter().map(|delivery| TriggerDelivery {
        id: delivery.event_id,
        state: delivery.state.as_str(),
        attempts: delivery.attempts,
        status: delivery.last.as_ref().and_then(|last| last.status),
        error: delivery.last.and_then(|last| last.error),
        next_attempt_at: delivery.due_at,
        happened_at: delivery.happened_at,
    });
    Ok(Json(TriggerDeliveries { deliveries: shown.collect() }))
}

/// One of the user's; 403 where the token may not run tools with its account.
async fn own(app: &App, user: &ConnectedUser, catalogue: &Catalogue, id: &str) -> Result<EventDestination, ApiError> {
    let id: EventDestinationId = id.parse().map_err(|_| unknown())?;
    let mut conn = app.store.read().await?;
    let all = trigger_subscriptions::list(&mut conn, user.project_id, user.id).await?;
    drop(conn);
    let one = all.into_iter().find(|one| one.id == id).ok_or_else(unknown)?;
    let account = one.subscription.as_ref().and_then(|to| catalogue.account(to.credential_id)).ok_or_else(unknown)?;
    catalogue.require(user, account)?;
    Ok(one)
}

/// 422 where the parameters are none of the trigger's.
fn fits(trigger: &Trigger, parameters: &Map<String, Value>) -> Result<(), ApiError> {
    let mut problems = trigger.input_problems(parameters);
    // Nothing is evaluated here: `{{ … }}` is a text like any other.
    let missing = |field: &&Field| field.required && parameters.get(&field.name).is_none_or(Value::is_null);
    for field in trigger.inputs.iter().filter(missing) {
        if !problems.iter().any(|(name, _)| *name == field.name) {
            problems.push((field.name.clone(), format!("`{}` is needed", field.name)));
        }
    }
    if problems.is_empty() {
        return Ok(());
    }
    Err(ApiError::invalid(problems.into_iter().map(|(name, message)| (format!("parameters.{name}"), message))))
}

fn address(app: &App, text: &str) -> Result<String, ApiError> {
    let text = text.trim();
    if text.len() > LONGEST_URL {
        return Err(invalid("url", format!("use at most {LONGEST_URL} characters")));
    }
    let url =
        Url::parse(text).map_err(|_| invalid("url", "an address such as https://example.com/events is expected"))?;
    app.destinations.client().may_post_for_user(&url).map_err(|error| invalid("url", error.to_string()))?;
    Ok(text.to_owned())
}

fn view(
    catalogue: &Catalogue,
    one: EventDestination,
    pending: i64,
    secret: Option<String>,
) -> Option<TriggerSubscription> {
    let to = one.subscription?;
    let Target::Webhook(url) = one.target else { return None };
    let kind = catalogue.kind_of(to.integration_id)?.to_owned();
    Some(TriggerSubscription {
        id: one.id,
        trigger: name(&kind, &to.event),
        integration: kind,
        credential_id: to.credential_id,
        parameters: to.inputs,
        url,
        enabled: one.enabled,
        disabled_reason: one.disabled_reason,
        failures: one.failures,
        disabled_after: MOST_FAILURES,
        pending,
        created_at: one.created_at,
        secret,
    })
}
