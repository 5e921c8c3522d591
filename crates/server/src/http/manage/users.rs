//! Connected users: customers of the host application.

use std::collections::HashMap;

use axum::extract::State;
use linchpin_domain::Timestamp;
use linchpin_domain::id::{ConfigurationId, ConnectedUserId, CredentialId, IntegrationId, ProjectId, WorkflowId};
use linchpin_domain::input;
use linchpin_domain::permission::permit;
use linchpin_domain::run::{Fault, State as RunState};
use linchpin_store::configurations::{self, Configuration};
use linchpin_store::connected_users::{self, ConnectedUser};
use linchpin_store::credentials::{self, Credential};
use linchpin_store::enablements::{self, Enablement};
use linchpin_store::workflows::{self, Workflow};
use linchpin_store::{Conn, integrations, received_events, runs};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::user_ref::{UserPath, UserRef};
use crate::http::auth::ProjectAccess;
use crate::http::error::ApiError;
use crate::http::extract::{Json, Query};
use crate::http::metadata::metadata_fits;
use crate::http::page::{Items, Page, ProjectPath};
use crate::state::App;

/// Which users.
#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Filter {
    /// Looked for in ids and metadata.
    search: Option<String>,
}

/// A connected user in a list.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = User)]
pub struct UserView {
    #[serde(flatten)]
    head: UserHead,
    accounts: Vec<AccountView>,
}

/// A connected user without accounts.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct UserHead {
    #[schema(value_type = Uuid)]
    id: ConnectedUserId,
    /// The user's id in the host application (`sub`).
    user_id: String,
    /// From the metadata.
    name: Option<String>,
    /// From the metadata.
    email: Option<String>,
    disabled: bool,
    /// Workflows that are on.
    workflows_on: usize,
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
    #[schema(value_type = Option<String>, format = DateTime)]
    last_seen_at: Option<Timestamp>,
}

/// A connected account in a list.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AccountView {
    integration_type: String,
    /// `VALID`, `INVALID` or `PENDING`.
    status: &'static str,
    label: Option<String>,
    #[schema(value_type = Uuid)]
    credential_id: CredentialId,
}

/// A connected user with everything about them.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct UserDetail {
    #[serde(flatten)]
    head: UserHead,
    #[schema(value_type = Object)]
    metadata: Map<String, Value>,
    accounts: Vec<AccountDetail>,
    /// Why an event of this user does or does not arrive.
    why: Why,
}

/// A connected account.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AccountDetail {
    #[serde(flatten)]
    view: AccountView,
    #[schema(value_type = Uuid)]
    integration_id: IntegrationId,
    /// The customer's own name for it.
    external_id: Option<String>,
    /// The account's id at the provider.
    provider_id: Option<String>,
    /// Why it is not valid.
    #[serde(skip_serializing_if = "Option::is_none")]
    status_reason: Option<String>,
    scopes: Vec<String>,
    #[schema(value_type = String, format = DateTime)]
    connected_at: Timestamp,
    #[schema(value_type = Option<String>, format = DateTime)]
    refreshed_at: Option<Timestamp>,
    configurations: Vec<ConfigurationView>,
}

/// Settings and workflows on an account.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ConfigurationView {
    #[schema(value_type = Uuid)]
    id: ConfigurationId,
    is_default: bool,
    #[schema(value_type = Object)]
    settings: Map<String, Value>,
    workflows: Vec<SwitchView>,
}

/// A workflow on an account.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SwitchView {
    #[schema(value_type = Uuid)]
    workflow_id: WorkflowId,
    name: String,
    enabled: bool,
    /// Whether the user may have it.
    permitted: bool,
}

/// The way of an event, step by step.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Why {
    token_seen: bool,
    account_connected: bool,
    workflow_on: bool,
    event_received: bool,
    run_started: bool,
    run_succeeded: bool,
}

/// What is changed of a user.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UpdateUser {
    /// Disables or enables the user.
    disabled: Option<bool>,
    /// Replaces the metadata; 64 KiB at most.
    #[schema(value_type = Option<Object>)]
    metadata: Option<Map<String, Value>>,
}

/// List connected users
#[utoipa::path(get, path = "/api/v1/projects/{projectId}/users", tag = "users", operation_id = "users.list", params(ProjectPath), responses((status = 200, body = Items<UserView>)))]
pub async fn list(
    State(app): State<App>,
    access: ProjectAccess,
    Query(filter): Query<Filter>,
    Query(page): Query<Page>,
) -> Result<Json<Items<UserView>>, ApiError> {
    let limit = page.limit()?;
    let search = filter.search.as_deref().map(str::trim).filter(|search| !search.is_empty());
    let mut conn = app.store.read().await?;
    let mut found = connected_users::list(&mut conn, access.id(), search, page.cursor.as_deref(), limit + 1).await?;
    let next_cursor = Page::cut(&mut found, limit).map(|last| last.external_id.clone());
    let types = types(&mut conn, access.id()).await?;
    let mut items = Vec::with_capacity(found.len());
    for user in found {
        let accounts = credentials::list_of_user(&mut conn, access.id(), user.id).await?;
        let enablements = enablements::list_of_user(&mut conn, access.id(), user.id).await?;
        items.push(UserView {
            head: head(&user, &enablements),
            accounts: accounts.iter().map(|account| account_view(account, &types)).collect(),
        });
    }
    Ok(Json(Items { items, next_cursor }))
}

/// Read a connected user
///
/// With accounts, settings and workflows.
#[utoipa::path(get, path = "/api/v1/projects/{projectId}/users/{id}", tag = "users", operation_id = "users.find", params(UserPath), responses((status = 200, body = UserDetail)))]
pub async fn find(State(app): State<App>, access: ProjectAccess, user: UserRef) -> Result<Json<UserDetail>, ApiError> {
    let mut conn = app.store.read().await?;
    let user = user.find(&mut conn, access.id()).await?;
    detail(&mut conn, access.id(), user.id).await.map(Json)
}

/// Change a connected user
///
/// What is absent stays. A disabled user's tokens are refused (403 with the code `7210`), the Connect Portal does not
/// open, nothing begins, and unfinished runs are cancelled with that reason.
#[utoipa::path(patch, path = "/api/v1/projects/{projectId}/users/{id}", tag = "users", operation_id = "users.update", params(UserPath), request_body = UpdateUser, responses((status = 200, body = UserDetail)))]
pub async fn update(
    State(app): State<App>,
    access: ProjectAccess,
    user: UserRef,
    Json(body): Json<UpdateUser>,
) -> Result<Json<UserDetail>, ApiError> {
    let mut tx = app.store.begin().await?;
    let user = user.find(&mut tx, access.id()).await?;
    let id = user.id;
    tx.about(id, &user.external_id);
    if let Some(metadata) = &body.metadata {
        metadata_fits("metadata", metadata)?;
        connected_users::set_metadata(&mut tx, access.id(), id, metadata).await?;
    }
    if let Some(disabled) = body.disabled {
        connected_users::set_disabled(&mut tx, access.id(), id, disabled).await?;
    }
    tx.commit().await?;
    if body.disabled == Some(true) {
        let reason = Fault { code: "user_disabled".into(), message: "the user was disabled".into(), step: None };
        app.engine.cancel_runs(access.id(), id, None, reason).await?;
    }
    let mut conn = app.store.read().await?;
    detail(&mut conn, access.id(), id).await.map(Json)
}

fn unknown() -> ApiError {
    ApiError::not_found("connected user")
}

async fn types(conn: &mut Conn, project_id: ProjectId) -> Result<HashMap<IntegrationId, String>, ApiError> {
    Ok(integrations::list(conn, project_id).await?.into_iter().map(|one| (one.id, one.kind)).collect())
}

async fn detail(conn: &mut Conn, project_id: ProjectId, id: ConnectedUserId) -> Result<UserDetail, ApiError> {
    let user = connected_users::find(conn, project_id, id).await?.ok_or_else(unknown)?;
    let accounts = credentials::list_of_user(conn, project_id, id).await?;
    let mut configurations = configurations::list_of_user(conn, project_id, id).await?;
    let inputs = integrations::list(conn, project_id).await?;
    for configuration in &mut configurations {
        let account = accounts.iter().find(|account| account.id == configuration.credential_id);
        let integration = account.and_then(|account| inputs.iter().find(|one| one.id == account.integration_id));
        let settings = integration.map(|integration| integration.settings.as_slice()).unwrap_or_default();
        configuration.settings = input::shown(settings, &configuration.settings);
    }
    let enablements = enablements::list_of_user(conn, project_id, id).await?;
    let workflows = workflows::list(conn, project_id, None).await?;
    let types = types(conn, project_id).await?;
    let runs_of = |states| runs::Filter { user_id: Some(id), states, ..runs::Filter::default() };
    let any_run = !runs::list(conn, project_id, &runs_of(Vec::new()), None, 1).await?.is_empty();
    let succeeded = !runs::list(conn, project_id, &runs_of(vec![RunState::Succeeded]), None, 1).await?.is_empty();
    let why = Why {
        token_seen: user.token_seen,
        account_connected: accounts.iter().any(|account| account.status == credentials::Status::Valid),
        workflow_on: enablements.iter().any(|one| one.enabled),
        event_received: received_events::any_of_user(conn, project_id, id).await?,
        run_started: any_run,
        run_succeeded: succeeded,
    };
    Ok(UserDetail {
        head: head(&user, &enablements),
        accounts: accounts
            .iter()
            .map(|account| AccountDetail {
                view: account_view(account, &types),
                integration_id: account.integration_id,
                external_id: account.external_id.clone(),
                provider_id: account.provider_id.clone(),
                status_reason: account.status_reason.clone(),
                scopes: account.scopes.clone(),
                connected_at: account.created_at,
                refreshed_at: account.refreshed_at,
                configurations: configurations
                    .iter()
                    .filter(|configuration| configuration.credential_id == account.id)
                    .map(|configuration| configuration_view(configuration, account, &user, &enablements, &workflows))
                    .collect(),
            })
            .collect(),
        metadata: user.metadata,
        why,
    })
}

fn head(user: &ConnectedUser, enablements: &[Enablement]) -> UserHead {
    UserHead {
        id: user.id,
        user_id: user.external_id.clone(),
        name: metadata_text(&user.metadata, "name"),
        email: metadata_text(&user.metadata, "email"),
        disabled: user.disabled,
        workflows_on: enablements.iter().filter(|one| one.enabled).count(),
        created_at: user.created_at,
        last_seen_at: user.last_seen_at,
    }
}

fn account_view(account: &Credential, types: &HashMap<IntegrationId, String>) -> AccountView {
    AccountView {
        integration_type: types.get(&account.integration_id).cloned().unwrap_or_default(),
        status: account.status.as_str(),
        label: metadata_text(&account.provider_data, "label").or_else(|| account.external_id.clone()),
        credential_id: account.id,
    }
}

fn configuration_view(
    configuration: &Configuration,
    account: &Credential,
    user: &ConnectedUser,
    enablements: &[Enablement],
    workflows: &[Workflow],
) -> ConfigurationView {
    ConfigurationView {
        id: configuration.id,
        is_default: configuration.is_default,
        settings: configuration.settings.clone(),
        workflows: workflows
            .iter()
            .filter(|workflow| workflow.integration_id == account.integration_id)
            .map(|workflow| SwitchView {
                workflow_id: workflow.id,
                name: workflow.name.clone(),
                enabled: enablements.iter().any(|one| {
                    one.configuration_id == configuration.id && one.workflow_id == workflow.id && one.enabled
                }),
                permitted: permit(workflow.permissions.as_ref(), &user.external_id, &user.metadata),
            })
            .collect(),
    }
}

/// What people call a user: the name or e-mail address in the metadata, else the id.
pub(in crate::http) fn display_name(user: &ConnectedUser) -> String {
    let known = metadata_text(&user.metadata, "name").or_else(|| metadata_text(&user.metadata, "email"));
    known.unwrap_or_else(|| user.external_id.clone())
}

/// A text of the metadata by its name in any case: hosts write `Name`, `name`, `NAME`.
pub(super) fn metadata_text(metadata: &Map<String, Value>, name: &str) -> Option<String> {
    metadata
        .iter()
        .find(|(key, value)| key.eq_ignore_ascii_case(name) && value.as_str().is_some_and(|text| !text.is_empty()))
        .and_then(|(_, value)| value.as_str().map(str::to_owned))
}
