//! What the SDK reads: the user's state, integrations, credentials, configurations (contract §7).

use std::collections::{BTreeMap, BTreeSet};

use axum::http::HeaderMap;
use linchpin_connectors::Manifest;
use linchpin_domain::id::{ConfigurationId, CredentialId, IntegrationId, WorkflowId};
use linchpin_domain::input::{self, Input};
use linchpin_store::configurations::Configuration;
use linchpin_store::credentials::{Credential, Status};
use linchpin_store::enablements::Enablement;
use linchpin_store::integrations::Integration;
use linchpin_store::workflows::Workflow;
use linchpin_store::{Conn, configurations, credentials, enablements, integrations, workflow_versions};
use serde_json::{Map, Value, json};

use super::asking::Asking;
use super::deployed::{Deployed, deployed};
use crate::credentials::Held;
use crate::http::auth::ConnectedUser;
use crate::http::error::ApiError;

/// All features: none is sold separately.
pub(super) const FEATURES: [&str; 9] = [
    "byo",
    "dfm",
    "headless-cp",
    "th-api",
    "monitoring",
    "rbac",
    "user-metadata",
    "whitelabel",
    "workflow-permissions",
];

/// The account and configuration that a caller names in headers.
#[derive(Debug, Clone, Default)]
pub(super) struct Selection {
    pub(super) credential: Option<String>,
    pub(super) configuration: Option<String>,
}

impl Selection {
    pub(super) fn of(headers: &HeaderMap) -> Result<Self, ApiError> {
        let read = |name: &str| -> Result<Option<String>, ApiError> {
            let Some(value) = headers.get(name) else { return Ok(None) };
            let text = std::str::from_utf8(value.as_bytes())
                .map_err(|_| ApiError::bad_request("header_invalid", format!("`{name}` is not UTF-8")))?
                .trim();
            Ok((!text.is_empty()).then(|| text.to_owned()))
        };
        Ok(Self { credential: read("x-paragon-credential")?, configuration: read("x-paragon-configuration-id")? })
    }
}

/// Everything of a user that answers are made from, read in one go.
pub(in crate::http) struct Snapshot {
    pub(in crate::http) integrations: Vec<Integration>,
    pub(in crate::http) credentials: Vec<Credential>,
    pub(super) configurations: Vec<Configuration>,
    enablements: Vec<Enablement>,
    /// Deployed workflows that the user may have.
    pub(super) workflows: Vec<Workflow>,
    /// Those that begin when an account is connected: on from the start, and in no list.
    pub(super) onboarding: BTreeSet<WorkflowId>,
    /// Deployed workflows that the user may not have.
    pub(super) denied: Vec<Workflow>,
    /// In which of the connector's ways accounts were connected that need something of their user.
    ways: BTreeMap<CredentialId, String>,
}

impl Snapshot {
    pub(in crate::http) async fn read(conn: &mut Conn, user: &ConnectedUser) -> linchpin_store::Result<Self> {
        let (workflows, denied) = deployed(conn, user).await?;
        let credentials = credentials::list_of_user(conn, user.project_id, user.id).await?;
        let mut ways = BTreeMap::new();
        for credential in credentials.iter().filter(|credential| credential.status != Status::Valid) {
            let opened = credentials::open(conn, user.project_id, credential.id).await?;
            if let Some(tokens) = opened.and_then(|opened| opened.tokens) {
                ways.insert(credential.id, Held::of(&tokens).method);
            }
        }
        let all = Self {
            integrations: integrations::list(conn, user.project_id).await?,
            credentials,
            configurations: configurations::list_of_user(conn, user.project_id, user.id).await?,
            enablements: enablements::list_of_user(conn, user.project_id, user.id).await?,
            workflows,
            denied,
            ways,
            onboarding: workflow_versions::onboarding(conn, user.project_id).await?,
        };
        Ok(all.shown_to(user))
    }

    /// The accounts of an integration, in the order of their age.
    pub(super) fn accounts(&self, integration_id: IntegrationId) -> impl Iterator<Item = &Credential> {
        self.credentials.iter().filter(move |credential| credential.integration_id == integration_id)
    }

    /// The account that is meant where none is named: the first that works, else the first.
    pub(super) fn current(&self, integration_id: IntegrationId) -> Option<&Credential> {
        self.accounts(integration_id)
            .find(|credential| credential.status == Status::Valid)
            .or_else(|| self.accounts(integration_id).next())
    }

    /// The account of an integration that a caller names, or the current one.
    pub(in crate::http) fn account(
        &self,
        integration_id: IntegrationId,
        selector: Option<&str>,
    ) -> Option<&Credential> {
        let Some(selector) = selector else { return self.current(integration_id) };
        let mut named = credentials::select(&self.credentials, selector).into_iter();
        named.find(|credential| credential.integration_id == integration_id)
    }

    /// The one account that an address names.
    pub(super) fn named(&self, selector: &str) -> Result<&Credential, ApiError> {
        match credentials::select(&self.credentials, selector).as_slice() {
            [] => Err(ApiError::not_found("credential")),
            [one] => Ok(one),
            _ => {
                let label = selector.strip_prefix("ext:").unwrap_or(selector);
                let message = format!(
                    "accounts of several integrations are labelled `{label}`; name the one that is meant by its id"
                );
                Err(ApiError::conflict("ambiguous", message))
            }
        }
    }

    /// The configurations of an account, the default one first.
    pub(super) fn configurations_of<'a>(
        &'a self,
        credential: &'a Credential,
    ) -> impl Iterator<Item = &'a Configuration> {
        self.configurations.iter().filter(|configuration| configuration.credential_id == credential.id)
    }

    /// The configuration of an account that a caller names, or the default one.
    pub(super) fn configuration(&self, credential: &Credential, selector: Option<&str>) -> Option<&Configuration> {
        let own: Vec<_> = self.configurations_of(credential).cloned().collect();
        let id = match selector {
            None => own.first()?.id,
            Some(selector) => configurations::select(&own, selector)?.id,
        };
        self.configurations.iter().find(|configuration| configuration.id == id)
    }

    /// Whether a workflow is on in a configuration, and its settings there.
    pub(super) fn workflow_state(
        &self,
        configuration: ConfigurationId,
        workflow: WorkflowId,
    ) -> (bool, Map<String, Value>) {
        self.enablements
            .iter()
            .find(|one| one.configuration_id == configuration && one.workflow_id == workflow)
            .map_or_else(
                || (self.onboarding.contains(&workflow), Map::new()),
                |one| (one.enabled, one.settings.clone()),
            )
    }

    /// Values of integration-level settings, as they may be shown.
    fn shared_settings(&self, credential: &Credential, configuration: &Configuration) -> Value {
        let integration = self.integrations.iter().find(|one| one.id == credential.integration_id);
        let inputs = integration.map(|integration| integration.settings.as_slice()).unwrap_or_default();
        Value::Object(input::shown(inputs, &configuration.settings))
    }

    fn workflow_settings(&self, credential: &Credential, configuration: &Configuration) -> Value {
        let states = self.workflows.iter().filter(|workflow| workflow.integration_id == credential.integration_id);
        states
            .map(|workflow| {
                let (enabled, settings) = self.workflow_state(configuration.id, workflow.id);
                let settings = input::shown(&workflow.settings, &settings);
                (workflow.id.to_string(), json!({"enabled": enabled, "settings": settings}))
            })
            .collect::<Map<_, _>>()
            .into()
    }

    /// §7.4
    fn configuration_shape(&self, credential: &Credential, configuration: &Configuration) -> Value {
        let mut shape = json!({
            "id": configuration.id,
            "connectCredentialId": credential.id,
            "isDefault": configuration.is_default,
            "workflowSettings": self.workflow_settings(credential, configuration),
            "sharedSettings": self.shared_settings(credential, configuration),
            "configMeta": configuration.meta,
            "dateCreated": configuration.created_at,
        });
        set(&mut shape, "externalId", configuration.external_id.clone());
        shape
    }

    /// §7.3
    pub(super) fn credential_shape(&self, credential: &Credential) -> Value {
        let mut configurations: Vec<_> = self
            .configurations_of(credential)
            .map(|configuration| self.configuration_shape(credential, configuration))
            .collect();
        // A token that may not see the default one has the first that it may as its own.
        if let Some(first) = configurations.first_mut() {
            first["isDefault"] = true.into();
        }
        let mut shape = json!({
            "id": credential.id,
            "integrationId": credential.integration_id,
            "projectId": credential.project_id,
            "personaId": credential.user_id,
            "status": credential.status,
            "providerId": credential.provider_id.clone().unwrap_or_default(),
            "providerData": credential.provider_data,
            "scopes": credential.scopes,
            "configurations": configurations,
            "isPreviewCredential": false,
            "refreshFailureCount": credential.refresh_failures,
            "dateCreated": credential.created_at,
            "dateUpdated": credential.updated_at,
        });
        if let Some(configuration) = self.configuration(credential, None) {
            // What the default configuration was called before there were several.
            shape["config"] = json!({
                "configuredWorkflows": self.workflow_settings(credential, configuration),
                "sharedSettings": self.shared_settings(credential, configuration),
            });
        }
        set(&mut shape, "externalId", credential.external_id.clone());
        set(&mut shape, "accountType", self.ways.get(&credential.id).cloned());
        set(&mut shape, "statusReason", credential.status_reason.clone());
        set(&mut shape, "dateRefreshed", credential.refreshed_at.map(|at| at.to_string()));
        set(&mut shape, "dateValidUntil", credential.expires_at.map(|at| at.to_string()));
        shape
    }

    /// §7.1
    pub(super) fn state_shape(&self, integration: &Integration) -> Value {
        let all: Vec<_> = self.accounts(integration.id).map(|credential| self.credential_shape(credential)).collect();
        let mut shape = json!({"enabled": false, "allCredentials": all});
        let Some(current) = self.current(integration.id) else { return shape };
        let fields = shape.as_object_mut().expect("it was made as an object");
        fields.insert("enabled".into(), (current.status == Status::Valid).into());
        fields.insert("credentialId".into(), current.id.to_string().into());
        fields.insert("credentialStatus".into(), current.status.as_str().into());
        fields.insert("providerId".into(), current.provider_id.clone().unwrap_or_default().into());
        fields.insert("providerData".into(), current.provider_data.clone().into());
        if let Some(configuration) = self.configuration(current, None) {
            let settings = self.workflow_settings(current, configuration);
            fields.insert("credentialConfigId".into(), configuration.id.to_string().into());
            fields.insert("sharedSettings".into(), self.shared_settings(current, configuration));
            fields.insert("configuredWorkflows".into(), settings.clone());
            fields.insert("workflowSettings".into(), settings);
            fields.insert("configMeta".into(), configuration.meta.clone().into());
            if let Some(label) = &configuration.external_id {
                fields.insert("externalId".into(), label.clone().into());
            }
        }
        shape
    }
}

/// Settings as the SDK expects them (§7.7): without what is secret, and with what it looks for.
fn inputs(settings: &[Input]) -> Vec<Value> {
    settings
        .iter()
        .map(|setting| {
            let mut shape = serde_json::to_value(setting).unwrap_or_default();
            let Some(fields) = shape.as_object_mut() else { return shape };
            match setting.kind.as_str() {
                "PASSWORD" => {
                    fields.remove("defaultValue");
                }
                "CUSTOM_DROPDOWN" => {
                    // The SDK fills in the page's options only where there are some.
                    fields.entry("key").or_insert_with(|| setting.id.clone().into());
                    fields.entry("customDropdownOptions").or_insert_with(|| json!([]));
                }
                "FIELD_MAPPER" => {
                    fields.entry("savedFieldMappings").or_insert_with(|| json!([]));
                }
                _ => {}
            }
            shape
        })
        .collect()
}

/// What the app asks users to allow, in words.
fn scopes(integration: &Integration, manifest: Option<&Manifest>) -> Value {
    let asked = integration.scopes.iter().chain(&integration.optional_scopes);
    asked
        .map(|scope| {
            let words = manifest.and_then(|manifest| manifest.scopes.get(scope)).unwrap_or(scope);
            (scope.clone(), Value::String(words.clone()))
        })
        .collect::<Map<_, _>>()
        .into()
}

/// §7.2. A connector that this binary does not have is shown by its type.
pub(super) fn integration_shape(
    integration: &Integration,
    manifest: Option<&Manifest>,
    workflows: &[Workflow],
    hidden: &BTreeSet<WorkflowId>,
    denied: &[Workflow],
    deployed: &Deployed,
    connected: bool,
) -> Value {
    let Deployed { webhooks, needs } = deployed;
    let mine: Vec<_> = workflows
        .iter()
        .filter(|workflow| workflow.integration_id == integration.id && !hidden.contains(&workflow.id))
        .collect();
    let listed: Vec<_> = mine
        .iter()
        .map(|workflow| {
            let mut shape = json!({
                "id": workflow.id,
                "integrationId": integration.id,
                "projectId": integration.project_id,
                "description": workflow.name,
                "dateCreated": workflow.created_at,
                "dateUpdated": workflow.updated_at,
            });
            // The address of its webhook ends in it.
            set(&mut shape, "customWebhookTriggerId", webhooks.contains(&workflow.id).then(|| workflow.id.to_string()));
            shape
        })
        .collect();
    let meta: BTreeMap<String, Value> = mine
        .iter()
        .map(|workflow| {
            let mut meta = json!({
                "id": workflow.id,
                "description": workflow.name,
                "infoText": workflow.description,
                "inputs": inputs(&workflow.settings),
                "requiredScopes": needs.get(&workflow.id).cloned().unwrap_or_default(),
                "defaultEnabled": workflow.default_enabled,
                "hidden": workflow.hidden,
                "order": workflow.position,
            });
            if let Some(permissions) = &workflow.permissions {
                meta["permissions"] = permissions.to_contract();
            }
            (workflow.id.to_string(), meta)
        })
        .collect();
    // No more is said of what the user may not have than that it exists.
    let denied: Vec<WorkflowId> = denied
        .iter()
        .filter(|workflow| workflow.integration_id == integration.id)
        .map(|workflow| workflow.id)
        .collect();
    let asking = Asking::of(manifest, integration.manifest.is_some());
    let portal = &integration.portal;
    let text =
        |own: &Option<String>, common: Option<&String>| own.clone().or_else(|| common.cloned()).unwrap_or_default();
    let values = json!({
        "accentColor": text(&portal.accent_color, manifest.map(|manifest| &manifest.brand_color)),
        "paragonLink": portal.branding,
        "theme": portal.theme,
        "description": text(&portal.description, manifest.map(|manifest| &manifest.description)),
        "overview": text(&portal.overview, manifest.map(|manifest| &manifest.overview)),
        "workflowMeta": meta,
        "sharedMeta": {"inputs": inputs(&integration.settings)},
    });
    let mut shape = json!({
        "id": integration.id,
        "type": integration.kind,
        "projectId": integration.project_id,
        "name": manifest.map_or(integration.kind.as_str(), |manifest| manifest.name.as_str()),
        "brandColor": manifest.map_or("#666666", |manifest| manifest.brand_color.as_str()),
        "isActive": integration.active && manifest.is_some(),
        "authenticationType": asking.scheme,
        "needPreOauthInputs": asking.first,
        "hasCredential": connected,
        "connectedUserLimitOnDevCred": 0,
        "connectedUserLimitReached": false,
        "configs": [{
            "id": integration.id,
            "integrationId": integration.id,
            "values": values,
            "dateCreated": integration.created_at,
            "dateUpdated": integration.updated_at,
        }],
        "workflows": listed,
        "noPermissionWorkflows": denied,
        "sdkIntegrationConfig": {
            "accountTypes": asking.account_types,
            "oauthInputs": asking.before_sign_in,
            "authConfigInputs": asking.form,
            "postOauthInputs": asking.later,
            "laterInputs": asking.later_by_way,
            "dataSources": data_sources(manifest),
            "scopes": scopes(integration, manifest),
            "authSchemeOptions": {},
        },
        "dateCreated": integration.created_at,
        "dateUpdated": integration.updated_at,
    });
    if integration.manifest.is_some() {
        shape["customIntegrationId"] = integration.id.to_string().into();
        shape["customIntegration"] = json!({
            "id": integration.id,
            "slug": integration.kind,
            "name": shape["name"],
            "authenticationType": asking.scheme,
            "inputFields": asking.custom,
        });
    }
    shape
}

/// §7.6
fn data_sources(manifest: Option<&Manifest>) -> Value {
    let Some(manifest) = manifest else { return json!({}) };
    let list = |name: &String| {
        let source = manifest.data_sources.get(name)?;
        Some(json!({
            "type": "DYNAMIC_DATA_SOURCE",
            "title": source.title,
            "cacheKey": name,
            "refreshDependencies": source.parameters,
            "supportPagination": source.next_page.is_some(),
        }))
    };
    let lists = manifest.data_sources.keys().filter_map(|name| Some((name.clone(), list(name)?)));
    let combinations = manifest.combinations.iter().map(|(name, combination)| {
        let variable = combination.variable.as_ref().and_then(list);
        let kind = if variable.is_some() { "DYNAMIC_COMBO_INPUT_DATA_SOURCE" } else { "COMBO_INPUT_DATA_SOURCE" };
        let mut shape = json!({
            "type": kind,
            "id": name,
            "title": combination.title,
            "mainInputSource": list(&combination.main),
            "dependentInputSource": list(&combination.dependent),
        });
        if let Some(variable) = variable {
            shape["variableInputSource"] = variable;
        }
        (name.clone(), shape)
    });
    let mappings = manifest.field_mappings.iter().map(|(name, mapping)| {
        let shape = json!({
            "type": "FIELD_MAPPER_DATA_SOURCE",
            "id": name,
            "title": mapping.title,
            "recordSource": mapping.record.as_ref().and_then(list),
            "fieldSource": list(&mapping.fields),
        });
        (name.clone(), shape)
    });
    lists.chain(combinations).chain(mappings).collect::<Map<_, _>>().into()
}

fn set(shape: &mut Value, name: &str, value: Option<String>) {
    if let (Some(fields), Some(value)) = (shape.as_object_mut(), value) {
        fields.insert(name.to_owned(), Value::String(value));
    }
}
