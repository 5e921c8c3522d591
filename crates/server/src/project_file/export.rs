//! A project as a file that `apply` reads. Secrets are never written: they stand as `{ env: NAME }`.
//! Connected users and their accounts are not part of it.

use std::collections::HashMap;

use linchpin_domain::id::ProjectId;
use linchpin_domain::source::Document;
use linchpin_domain::workflow::Definition;
use linchpin_store::event_destinations;
use linchpin_store::integrations::{self, Integration, Portal};
use linchpin_store::token_issuers::{self, TokenIssuer};
use linchpin_store::workflows::{self, Workflow};
use linchpin_store::{Conn, Result, app_events, projects, secrets, signing_keys, syncs, workflow_versions};
use serde_json::{Map, Value, json};

use super::yaml;
use crate::signing_key;

/// The text of a project's file; `None` when there is no such project.
pub async fn export(conn: &mut Conn, project_id: ProjectId) -> Result<Option<String>> {
    Ok(file(conn, project_id).await?.map(|file| yaml::write(&Value::Object(file))))
}

/// The same before it is written.
pub(super) async fn file(conn: &mut Conn, project_id: ProjectId) -> Result<Option<Map<String, Value>>> {
    let Some(project) = projects::find(conn, project_id).await? else { return Ok(None) };
    let mut file = Map::new();
    file.insert("project".into(), project.name.into());
    put(&mut file, "allowedOrigins", json!(project.allowed_origins));
    put(&mut file, "signingKeys", signing_keys(conn, project_id).await?);
    let issuers = token_issuers::list(conn, project_id).await?;
    let written = |one: TokenIssuer| json!({"issuer": one.issuer, "audience": one.audience, "jwksUrl": one.jwks_url});
    put(&mut file, "tokenIssuers", issuers.into_iter().map(written).collect());
    let secrets = secrets::list(conn, project_id).await?;
    put(
        &mut file,
        "secrets",
        object(secrets.into_iter().map(|secret| (secret.name.clone(), json!({"env": secret.name})))),
    );
    put(&mut file, "userMetadata", Value::Object(project.user_metadata));
    let events = app_events::list(conn, project_id).await?;
    put(&mut file, "appEvents", object(events.into_iter().map(|event| (event.name, Value::Object(event.example)))));
    let mut all = Map::new();
    for integration in integrations::list(conn, project_id).await? {
        all.insert(integration.kind.clone(), one_integration(conn, &integration).await?);
    }
    put(&mut file, "integrations", Value::Object(all));
    put(&mut file, "eventDestinations", destinations(conn, project_id).await?);
    Ok(Some(file))
}

async fn signing_keys(conn: &mut Conn, project_id: ProjectId) -> Result<Value> {
    let keys = signing_keys::list(conn, project_id).await?;
    Ok(keys
        .into_iter()
        .map(|key| {
            let own = signing_key::public(&key.public_key).is_ok_and(|public| public.kid == key.kid);
            let mut entry = Map::new();
            entry.insert("name".into(), key.name.into());
            entry.insert("publicKey".into(), key.public_key.into());
            if !own {
                entry.insert("kid".into(), key.kid.into());
            }
            Value::Object(entry)
        })
        .collect())
}

async fn destinations(conn: &mut Conn, project_id: ProjectId) -> Result<Value> {
    let names: HashMap<_, _> = workflows::list(conn, project_id, None)
        .await?
        .into_iter()
        .filter(|workflow| workflow.deployed_version_id.is_some())
        .map(|workflow| (workflow.id, workflow.name))
        .collect();
    let mut all = Map::new();
    for destination in event_destinations::list(conn, project_id).await? {
        let named: Vec<String> = destination.workflows.iter().filter_map(|id| names.get(id).cloned()).collect();
        if named.is_empty() && !destination.workflows.is_empty() {
            // Without its workflows it would be told of all.
            continue;
        }
        let entry = super::destinations::write(&destination, &named);
        all.insert(destination.name, entry);
    }
    Ok(Value::Object(all))
}

async fn one_integration(conn: &mut Conn, integration: &Integration) -> Result<Value> {
    let mut entry = Map::new();
    entry.insert("active".into(), integration.active.into());
    let mut app = Map::new();
    if let Some(id) = &integration.client_id {
        app.insert("clientId".into(), id.clone().into());
    }
    if integration.has_client_secret {
        let name: String = integration.kind.to_uppercase().replace(|c: char| !c.is_ascii_alphanumeric(), "_");
        app.insert("clientSecret".into(), json!({"env": format!("{name}_CLIENT_SECRET")}));
    }
    app.insert("scopes".into(), json!(integration.scopes));
    put(&mut app, "optionalScopes", json!(integration.optional_scopes));
    entry.insert("app".into(), Value::Object(app));
    if let Some(text) = &integration.manifest
        && let Ok(manifest) = Document::parse("connector", text)
    {
        entry.insert("connector".into(), manifest.value().clone());
    }
    if let Some(version) = &integration.api_version {
        entry.insert("apiVersion".into(), version.clone().into());
    }
    put(&mut entry, "baseUrls", json!(integration.base_urls));
    if integration.portal != Portal::default() {
        put(&mut entry, "portal", json!(integration.portal));
    }
    put(&mut entry, "settings", json!(integration.settings));
    let syncs = syncs::list(conn, integration.project_id).await?;
    let own = syncs.into_iter().filter(|sync| sync.integration_id == integration.id);
    put(&mut entry, "syncs", object(own.map(|sync| (sync.name.clone(), super::syncs::write(&sync)))));
    let mut all = Map::new();
    for workflow in workflows::list(conn, integration.project_id, Some(integration.id)).await? {
        // What is in the file is deployed when it is applied, so drafts stay out of it.
        let Some(version) = workflow.deployed_version_id else { continue };
        if let Some(version) = workflow_versions::find(conn, integration.project_id, version).await? {
            all.insert(workflow.name.clone(), one_workflow(&workflow, &version.definition));
        }
    }
    put(&mut entry, "workflows", Value::Object(all));
    Ok(Value::Object(entry))
}

fn one_workflow(workflow: &Workflow, definition: &Definition) -> Value {
    let mut entry = Map::new();
    put(&mut entry, "description", json!(workflow.description));
    if workflow.default_enabled {
        entry.insert("defaultEnabled".into(), true.into());
    }
    if workflow.hidden {
        entry.insert("hidden".into(), true.into());
    }
    if workflow.position != 0 {
        entry.insert("order".into(), workflow.position.into());
    }
    put(&mut entry, "permissions", json!(workflow.permissions));
    put(&mut entry, "settings", json!(workflow.settings));
    if let Some(trigger) = &definition.trigger {
        entry.insert("trigger".into(), super::trigger::write(trigger));
    }
    put(&mut entry, "fieldMapping", json!(definition.field_mapping));
    entry.insert("steps".into(), super::steps::write(&definition.steps));
    Value::Object(entry)
}

/// Leaves out what is empty.
pub(super) fn put(object: &mut Map<String, Value>, key: &str, value: Value) {
    let empty = match &value {
        Value::Object(inner) => inner.is_empty(),
        Value::Array(inner) => inner.is_empty(),
        Value::String(inner) => inner.is_empty(),
        Value::Null => true,
        _ => false,
    };
    if !empty {
        object.insert(key.to_owned(), value);
    }
}

fn object(entries: impl Iterator<Item = (String, Value)>) -> Value {
    Value::Object(entries.collect())
}
