//! The catalogue of connectors: what the manifests say, for forms and menus.

use axum::extract::{RawPathParams, State};
use indexmap::IndexMap;
use linchpin_connectors::Manifest;
use linchpin_connectors::manifest::{Action, Field, FieldKind, Trigger, TriggerModel};
use linchpin_domain::id::IntegrationId;
use linchpin_store::integrations;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::http::auth::{Caller, ProjectAccess};
use crate::http::error::ApiError;
use crate::http::extract::Json;
use crate::http::page::{Items, ProjectPath};
use crate::state::App;

/// A connector in a project's catalogue.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Card {
    r#type: String,
    name: String,
    description: String,
    brand_color: String,
    icon_url: String,
    /// The integration, when it is set up in the project.
    #[schema(value_type = Option<Uuid>)]
    integration_id: Option<IntegrationId>,
    state: CardState,
}

/// Whether a connector is set up in a project.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum CardState {
    /// Not in this project.
    NotSetUp,
    /// Set up, not switched on.
    Inactive,
    /// Users can connect.
    Active,
}

/// What a connector can do.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ConnectorView {
    r#type: String,
    name: String,
    description: String,
    /// Markdown.
    overview: String,
    brand_color: String,
    icon_url: String,
    api_versions: Vec<String>,
    default_api_version: String,
    /// Origins by name; an integration may replace them.
    #[schema(value_type = BTreeMap<String, String>)]
    base_urls: IndexMap<String, String>,
    scopes: Vec<ScopeView>,
    default_scopes: Vec<String>,
    /// The ways to connect an account.
    auth: Vec<WayView>,
    actions: Vec<ActionView>,
    /// The events that can start a workflow.
    triggers: Vec<TriggerView>,
    /// What settings can offer from the customer's account.
    setting_sources: Vec<SettingSource>,
    /// The records that syncs can keep the same.
    syncs: Vec<SyncObject>,
    /// Markdown: what is entered where at the provider so that it sends webhooks.
    #[serde(skip_serializing_if = "Option::is_none")]
    webhook_setup: Option<String>,
}

/// Something in the customer's account that a setting can offer, named as its `sourceType`.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SettingSource {
    name: String,
    title: String,
    kind: SettingSourceKind,
    /// Ids that settings beside it must have, whose values the list depends on.
    depends_on: Vec<String>,
}

/// Records that a sync can keep the same, named as its `object`.
#[derive(Serialize, ToSchema)]
pub struct SyncObject {
    name: String,
    title: String,
    description: String,
}

/// For which type of setting it is.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub enum SettingSourceKind {
    /// `DYNAMIC_ENUM`.
    List,
    /// `COMBO_INPUT`.
    Combination,
    /// `DYNAMIC_COMBO_INPUT`.
    DynamicCombination,
    /// `FIELD_MAPPER`.
    FieldMapping,
}

/// A way to connect an account.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = ConnectorAuth)]
pub struct WayView {
    /// `default`, or its name.
    name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    title: Option<String>,
    /// `oauth`, `basic` (a form) or `oauth_client_credential`.
    scheme: String,
    /// Whether the project's own app at the provider is needed.
    needs_app: bool,
    /// Titles of what users are asked.
    asks: Vec<String>,
}

/// An event that can start a workflow.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = ConnectorTrigger)]
pub struct TriggerView {
    /// `<resource>.<what happened>`.
    name: String,
    title: String,
    /// Heading in the trigger menu.
    group: String,
    description: String,
    /// `WEBHOOK`: the provider tells it. `POLLING`: the provider is asked every minute.
    #[schema(value_type = String)]
    model: TriggerModel,
    /// Scopes that the account must have granted.
    scopes: Vec<String>,
    fields: Vec<FieldView>,
    /// A sample of what the workflow gets as `trigger`.
    #[schema(value_type = Object)]
    example: Value,
}

/// A scope that may be asked for.
#[derive(Serialize, ToSchema)]
pub struct ScopeView {
    name: String,
    description: String,
}

/// An action and its form.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ActionView {
    /// `<resource>.<verb>`.
    name: String,
    title: String,
    /// Heading in the action menu.
    group: String,
    description: String,
    /// Whether it changes anything at the provider.
    writes: bool,
    /// Whether further fields are taken as one JSON object, `additionalFields`.
    additional_fields: bool,
    fields: Vec<FieldView>,
    /// A sample of the output, where the connector has one.
    #[serde(skip_serializing_if = "Value::is_null")]
    #[schema(value_type = Option<Object>)]
    example: Value,
}

/// A field of an action's form.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct FieldView {
    name: String,
    title: String,
    r#type: &'static str,
    required: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    placeholder: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    help: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    options: Vec<OptionView>,
    /// The source of `integrations.options` that offers values out of a user's account.
    #[serde(skip_serializing_if = "Option::is_none")]
    source: Option<SourceView>,
}

/// Where values out of a user's account come from.
#[derive(Serialize, ToSchema)]
#[schema(as = FieldSource)]
pub struct SourceView {
    name: String,
    /// Inputs that must be chosen before.
    parameters: Vec<String>,
}

/// A value to choose.
#[derive(Serialize, ToSchema)]
pub struct OptionView {
    value: String,
    label: String,
}

/// List connectors
///
/// Every connector of this server and the project's own, and whether it is set up in the project.
#[utoipa::path(get, path = "/api/v1/projects/{projectId}/connectors", tag = "connectors", operation_id = "connectors.list", params(ProjectPath), responses((status = 200, body = Items<Card>)))]
pub async fn list(State(app): State<App>, access: ProjectAccess) -> Result<Json<Items<Card>>, ApiError> {
    let registry = app.connections.registry_of(access.id()).await?;
    let mut conn = app.store.read().await?;
    let integrations = integrations::list(&mut conn, access.id()).await?;
    let cards = registry.list().map(|manifest| {
        let integration = integrations.iter().find(|one| one.kind == manifest.kind);
        Card {
            r#type: manifest.kind.clone(),
            name: manifest.name.clone(),
            description: manifest.description.clone(),
            brand_color: manifest.brand_color.clone(),
            icon_url: icon_url(&manifest.kind),
            integration_id: integration.map(|one| one.id),
            state: match integration {
                None => CardState::NotSetUp,
                Some(one) if one.active => CardState::Active,
                Some(_) => CardState::Inactive,
            },
        }
    });
    Ok(Items::whole(cards.collect()))
}

/// Read a connector
///
/// Its scopes, versions and actions with the fields of their forms.
#[utoipa::path(get, path = "/api/v1/connectors/{type}", tag = "connectors", operation_id = "connectors.find", params(("type" = String, Path, description = "The connector, for example `hubspot`.")), responses((status = 200, body = ConnectorView)))]
pub async fn find(
    State(app): State<App>,
    _caller: Caller,
    parameters: RawPathParams,
) -> Result<Json<ConnectorView>, ApiError> {
    let kind = parameters.iter().find(|(name, _)| *name == "type").map_or("", |(_, kind)| kind);
    let manifest = app.registry.find(kind).ok_or_else(|| ApiError::not_found("connector"))?;
    Ok(Json(view(manifest)))
}

/// Read a connector that a project can use
///
/// As `connectors.find`, for the project's own connectors too.
#[utoipa::path(get, path = "/api/v1/projects/{projectId}/connectors/{type}", tag = "connectors", operation_id = "connectors.findOfProject", params(ProjectPath, ("type" = String, Path, description = "The connector, for example `hubspot` or `custom.tasklab`.")), responses((status = 200, body = ConnectorView)))]
pub async fn find_of_project(
    State(app): State<App>,
    access: ProjectAccess,
    parameters: RawPathParams,
) -> Result<Json<ConnectorView>, ApiError> {
    let kind = parameters.iter().find(|(name, _)| *name == "type").map_or("", |(_, kind)| kind);
    let registry = app.connections.registry_of(access.id()).await?;
    let manifest = registry.find(kind).ok_or_else(|| ApiError::not_found("connector"))?;
    Ok(Json(view(manifest)))
}

pub(super) fn icon_url(kind: &str) -> String {
    format!("/integrations/{kind}.svg")
}

fn view(manifest: &Manifest) -> ConnectorView {
    ConnectorView {
        r#type: manifest.kind.clone(),
        name: manifest.name.clone(),
        description: manifest.description.clone(),
        overview: manifest.overview.clone(),
        brand_color: manifest.brand_color.clone(),
        icon_url: icon_url(&manifest.kind),
        api_versions: manifest.versions.offered.keys().cloned().collect(),
        default_api_version: manifest.versions.default.clone(),
        base_urls: manifest.base_urls.clone(),
        scopes: manifest
            .scopes
            .iter()
            .map(|(name, description)| ScopeView { name: name.clone(), description: description.clone() })
            .collect(),
        default_scopes: manifest.default_scopes.clone(),
        auth: manifest
            .methods()
            .map(|(name, method)| WayView {
                name: name.to_owned(),
                title: method.title.clone(),
                scheme: method.scheme().as_str().to_owned(),
                needs_app: method.needs_app(),
                asks: method.all_inputs().map(|input| input.title.clone()).collect(),
            })
            .collect(),
        actions: manifest.actions.iter().map(|(name, action)| action_view(name, action, manifest)).collect(),
        triggers: manifest.triggers.iter().map(|(name, trigger)| trigger_view(name, trigger, manifest)).collect(),
        setting_sources: setting_sources(manifest),
        syncs: manifest
            .syncs
            .iter()
            .map(|(name, sync)| SyncObject {
                name: name.clone(),
                title: sync.title.clone(),
                description: sync.description.clone(),
            })
            .collect(),
        webhook_setup: manifest.webhooks.as_ref().map(|webhooks| webhooks.setup.clone()),
    }
}

fn setting_sources(manifest: &Manifest) -> Vec<SettingSource> {
    let lists = manifest.data_sources.iter().map(|(name, source)| SettingSource {
        name: name.clone(),
        title: source.title.clone(),
        kind: SettingSourceKind::List,
        depends_on: source.parameters.clone(),
    });
    let combinations = manifest.combinations.iter().map(|(name, combination)| SettingSource {
        name: name.clone(),
        title: combination.title.clone(),
        kind: if combination.variable.is_some() {
            SettingSourceKind::DynamicCombination
        } else {
            SettingSourceKind::Combination
        },
        depends_on: Vec::new(),
    });
    let mappings = manifest.field_mappings.iter().map(|(name, mapping)| SettingSource {
        name: name.clone(),
        title: mapping.title.clone(),
        kind: SettingSourceKind::FieldMapping,
        depends_on: Vec::new(),
    });
    lists.chain(combinations).chain(mappings).collect()
}

fn trigger_view(name: &str, trigger: &Trigger, manifest: &Manifest) -> TriggerView {
    TriggerView {
        name: name.to_owned(),
        title: trigger.title.clone(),
        group: trigger.group.clone(),
        description: trigger.description.clone(),
        model: trigger.model(),
        scopes: trigger.scopes.clone(),
        fields: trigger.inputs.iter().map(|field| field_view(field, manifest)).collect(),
        example: trigger.example.clone(),
    }
}

fn action_view(name: &str, action: &Action, manifest: &Manifest) -> ActionView {
    ActionView {
        name: name.to_owned(),
        title: action.title.clone(),
        group: action.group.clone(),
        description: action.description.clone(),
        writes: !action.effect.reads_only(),
        additional_fields: action.additional_fields,
        fields: action
            .fields
            .values()
            .filter(|field| field.name != "additionalFields")
            .map(|field| field_view(field, manifest))
            .collect(),
        example: action.example.clone(),
    }
}

fn field_view(field: &Field, manifest: &Manifest) -> FieldView {
    FieldView {
        name: field.name.clone(),
        title: field.title.clone(),
        r#type: match field.kind {
            FieldKind::Text | FieldKind::Email | FieldKind::List | FieldKind::Time => "text",
            FieldKind::Textarea => "textarea",
            FieldKind::Number => "number",
            FieldKind::Boolean => "boolean",
            FieldKind::Enum => "enum",
            FieldKind::Json => "json",
        },
        required: field.required,
        placeholder: field.placeholder.clone(),
        help: field.help.clone(),
        options: field
            .options
            .iter()
            .map(|choice| OptionView { value: choice.value.clone(), label: choice.label.clone() })
            .collect(),
        source: field.source.as_ref().and_then(|name| {
            let source = manifest.data_sources.get(name)?;
            Some(SourceView { name: name.clone(), parameters: source.parameters.clone() })
        }),
    }
}
