//! What the doors of the user token take and answer, for the API's description. The answers themselves
//! are made in [`shapes`](super::shapes); nothing here is ever filled.
#![expect(dead_code, reason = "these types are read by the description alone")]

use serde_json::Value;
use utoipa::{IntoParams, IntoResponses, ToSchema};
use uuid::Uuid;

pub(in crate::http) use crate::http::page::ProjectPath;

/// The body of every error.
#[derive(ToSchema)]
pub(in crate::http) struct ErrorBody {
    /// For people.
    message: String,
    /// Stable; see `docs/errors.md`.
    code: String,
    status: u16,
    meta: ErrorMeta,
}

/// What belongs to an error.
#[derive(ToSchema)]
#[serde(rename_all = "camelCase")]
pub(in crate::http) struct ErrorMeta {
    request_id: String,
    /// What is wrong, by field.
    #[schema(value_type = Option<Object>)]
    fields: Option<Value>,
}

/// The account and configuration that are meant, where the user has several.
#[derive(IntoParams)]
#[into_params(parameter_in = Header)]
pub(in crate::http) struct Selecting {
    /// A credential: its id, or `ext:` and its label.
    #[param(rename = "X-Paragon-Credential")]
    credential: Option<String>,
    /// A configuration of it.
    #[param(rename = "X-Paragon-Configuration-Id")]
    configuration: Option<String>,
}

/// What every door of the user token may answer.
#[derive(IntoResponses)]
pub(in crate::http) enum Refused {
    /// The user token is missing, expired, or not signed by a key of this project
    #[response(status = 401)]
    Token(ErrorBody),
    /// The user is disabled, or the token's permissions do not hold this
    #[response(status = 403)]
    Disabled(ErrorBody),
    /// The database cannot be written just now; `Retry-After` says when to try again
    #[response(status = 503)]
    Unavailable(ErrorBody),
}

/// The request cannot be read.
#[derive(IntoResponses)]
pub(in crate::http) enum Unreadable {
    /// The request cannot be read
    #[response(status = 400)]
    Unreadable(ErrorBody),
}

/// What is named does not exist, or is not the user's.
#[derive(IntoResponses)]
pub(in crate::http) enum NotThere {
    /// There is no such thing, or it is not this user's
    #[response(status = 404)]
    NotThere(ErrorBody),
}

/// The present state does not allow it.
#[derive(IntoResponses)]
pub(in crate::http) enum Conflicting {
    /// The present state does not allow it
    #[response(status = 409)]
    Conflicting(ErrorBody),
}

/// More than the limit.
#[derive(IntoResponses)]
pub(in crate::http) enum TooLarge {
    /// The body is larger than the limit
    #[response(status = 413)]
    TooLarge(ErrorBody),
}

/// Values that do not validate.
#[derive(IntoResponses)]
pub(in crate::http) enum Unfit {
    /// Values do not validate; each is named in `meta.fields`
    #[response(status = 422)]
    Unfit(ErrorBody),
}

/// Slow down.
#[derive(IntoResponses)]
pub(in crate::http) enum Busy {
    /// Too many at once; `Retry-After` says when to try again
    #[response(status = 429)]
    Busy(ErrorBody),
}

/// What the provider is to blame for.
#[derive(IntoResponses)]
pub(in crate::http) enum Gateway {
    /// The provider asks to slow down
    #[response(status = 429)]
    Slower(ErrorBody),
    /// The provider did not answer
    #[response(status = 502)]
    Unreachable(ErrorBody),
}

/// An App Event.
#[derive(ToSchema)]
pub(in crate::http) struct SdkEvent {
    /// The App Event's name.
    name: String,
    /// Passed on as it is; not validated against the example.
    #[schema(value_type = Object)]
    payload: Value,
}

/// A recorded event.
#[derive(ToSchema)]
pub(in crate::http) struct SdkAccepted {
    id: Uuid,
}

/// Metadata of the user.
#[derive(ToSchema)]
pub(in crate::http) struct SdkMetadata {
    #[schema(value_type = Object)]
    meta: Value,
}

/// The user's state.
#[derive(ToSchema)]
#[serde(rename_all = "camelCase")]
pub(in crate::http) struct SdkUser {
    authenticated: bool,
    /// `sub` of the user token.
    user_id: String,
    #[schema(value_type = Object)]
    meta: Value,
    /// By type.
    integrations: std::collections::BTreeMap<String, SdkIntegrationState>,
    resources: Vec<Value>,
    #[schema(value_type = Object)]
    project: Value,
}

/// Where the user stands with an integration.
#[derive(ToSchema)]
#[serde(rename_all = "camelCase")]
pub(in crate::http) struct SdkIntegrationState {
    /// Whether a working account is connected.
    enabled: bool,
    credential_id: Option<Uuid>,
    credential_status: Option<String>,
    provider_id: Option<String>,
    #[schema(value_type = Option<Object>)]
    provider_data: Option<Value>,
    all_credentials: Vec<SdkCredential>,
}

/// A connected account.
#[derive(ToSchema)]
#[serde(rename_all = "camelCase")]
pub(in crate::http) struct SdkCredential {
    id: Uuid,
    integration_id: Uuid,
    project_id: Uuid,
    persona_id: Uuid,
    /// `VALID`, `INVALID` or `PENDING`.
    status: String,
    status_reason: Option<String>,
    /// In which way it was connected, of an account that is not `VALID`; `default` for the connector's first.
    account_type: Option<String>,
    external_id: Option<String>,
    provider_id: String,
    #[schema(value_type = Object)]
    provider_data: Value,
    /// The default one first.
    configurations: Vec<SdkConfiguration>,
    /// `configuredWorkflows` and `sharedSettings` of the default one.
    #[schema(value_type = Option<Object>)]
    config: Option<Value>,
    refresh_failure_count: i64,
    #[schema(format = DateTime)]
    date_created: String,
    #[schema(format = DateTime)]
    date_updated: String,
}

/// An integration with the account's data, or all accounts of the user.
#[derive(ToSchema)]
#[serde(untagged)]
pub(in crate::http) enum SdkAccounts {
    /// Where an integration was named.
    One(Box<SdkIntegration>),
    /// Where none was.
    All(Vec<SdkCredential>),
}

/// A configuration of an account.
#[derive(ToSchema)]
#[serde(rename_all = "camelCase")]
pub(in crate::http) struct SdkConfiguration {
    id: Uuid,
    connect_credential_id: Uuid,
    is_default: bool,
    external_id: Option<String>,
    /// By workflow: `{enabled, settings}`.
    #[schema(value_type = Object)]
    workflow_settings: Value,
    #[schema(value_type = Object)]
    shared_settings: Value,
    #[schema(value_type = Object)]
    config_meta: Value,
    #[schema(format = DateTime)]
    date_created: String,
}

/// Name and looks of an integration.
#[derive(ToSchema)]
#[serde(rename_all = "camelCase")]
pub(in crate::http) struct SdkIntegrationHead {
    r#type: String,
    name: String,
    brand_color: String,
    icon: String,
}

/// An integration as users see it.
#[derive(ToSchema)]
#[serde(rename_all = "camelCase")]
pub(in crate::http) struct SdkIntegration {
    id: Uuid,
    r#type: String,
    project_id: Uuid,
    name: String,
    brand_color: String,
    is_active: bool,
    /// `oauth`, `basic` (a form) or `oauth_client_credential`.
    authentication_type: String,
    /// Whether something is asked before connecting.
    need_pre_oauth_inputs: bool,
    has_credential: bool,
    #[schema(value_type = Vec<Object>)]
    configs: Vec<Value>,
    #[schema(value_type = Vec<Object>)]
    workflows: Vec<Value>,
    #[schema(value_type = Object)]
    sdk_integration_config: Value,
    /// The account's id at the provider, where one account was asked for.
    provider_id: Option<String>,
    #[schema(value_type = Option<Object>)]
    provider_data: Option<Value>,
}

/// What is asked once an account is there.
#[derive(ToSchema)]
pub(in crate::http) struct SdkCompletion {
    /// Values by input.
    #[schema(value_type = Option<Object>)]
    payload: Option<Value>,
}

/// An account to connect: by what the user was asked, or by an authorization code.
#[derive(ToSchema)]
#[serde(rename_all = "camelCase")]
pub(in crate::http) struct SdkNewCredential {
    integration_id: Uuid,
    /// What the user was asked, such as an API key, by input.
    #[schema(value_type = Option<Object>)]
    payload: Option<Value>,
    /// Options of `payload`: `externalId`, `selectedCredentialId`, `allowMultipleCredentials`, `accountType`.
    #[schema(value_type = Option<Object>)]
    install_options: Option<Value>,
    code: Option<String>,
    /// That of the authorization request; the server's own when absent.
    redirect_url: Option<String>,
    #[schema(value_type = Option<Object>)]
    integration_options: Option<Value>,
}

/// A further configuration.
#[derive(ToSchema)]
#[serde(rename_all = "camelCase")]
pub(in crate::http) struct SdkNewConfiguration {
    /// The customer's label; unique on the account.
    external_id: Option<String>,
}

/// A list that a setting offers.
#[derive(ToSchema)]
#[serde(rename_all = "camelCase")]
pub(in crate::http) struct SdkFieldOptions {
    /// The integration's type.
    action: String,
    /// Key of one of its data sources.
    source_key: String,
    /// What was chosen before: `{key, source: {type: "VALUE", value}}`.
    #[schema(value_type = Option<Vec<Object>>)]
    parameters: Option<Value>,
    /// `pageCursor` and `search`.
    #[schema(value_type = Option<Object>)]
    pagination_parameters: Option<Value>,
}

/// A page of such a list.
#[derive(ToSchema)]
pub(in crate::http) struct SdkOptions {
    /// `records`, each with `value` and `label`, and `nextPageCursor`.
    #[schema(value_type = Object)]
    output: Value,
}

/// Events of providers that can start workflows.
#[derive(ToSchema)]
pub(in crate::http) struct SdkTriggers {
    /// By the integration's type.
    #[schema(value_type = Object)]
    triggers: Value,
}

/// Values of user settings.
#[derive(ToSchema)]
pub(in crate::http) struct SdkSettings {
    config: SdkSettingsValues,
}

/// What is absent stays.
#[derive(ToSchema)]
#[serde(rename_all = "camelCase")]
pub(in crate::http) struct SdkSettingsValues {
    #[schema(value_type = Option<Object>)]
    shared_settings: Option<Value>,
    /// By workflow: `{enabled?, settings?}`.
    #[schema(value_type = Option<Object>)]
    workflow_settings: Option<Value>,
    /// The same under its older name.
    #[schema(value_type = Option<Object>)]
    configured_workflows: Option<Value>,
}

/// A workflow that was switched.
#[derive(ToSchema)]
pub(in crate::http) struct SdkSwitched {
    id: Uuid,
    enabled: bool,
}

/// A request that started a run.
#[derive(ToSchema)]
#[serde(rename_all = "camelCase")]
pub(in crate::http) struct SdkRequested {
    /// What was recorded.
    id: Uuid,
    /// The run; absent when the `Idempotency-Key` had been used before.
    run_id: Option<Uuid>,
}

/// A run whose Response step was not reached in time; the run goes on.
#[derive(ToSchema)]
#[serde(rename_all = "camelCase")]
pub(in crate::http) struct SdkLate {
    message: String,
    date_submitted: String,
    project_id: Uuid,
    workflow_id: Uuid,
    /// The run.
    execution_id: Uuid,
}

/// The provider's consent page.
#[derive(ToSchema)]
#[serde(rename_all = "camelCase")]
pub(in crate::http) struct SdkRedirect {
    redirect_url: String,
}

/// What came of a sign-in; empty while it goes on.
#[derive(ToSchema)]
#[serde(rename_all = "camelCase")]
pub(in crate::http) struct SdkOauthSession {
    connect_credential_id: Option<Uuid>,
    /// `alone` where the window went on without its page.
    window: Option<String>,
    #[schema(value_type = Option<Object>)]
    error: Option<Value>,
}
