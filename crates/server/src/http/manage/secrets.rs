//! Environment secrets: written here, read by workflows alone.

use axum::extract::State;
use axum::http::StatusCode;
use linchpin_domain::Timestamp;
use linchpin_domain::id::{ProjectId, WorkflowId};
use linchpin_domain::workflow::Definition;
use linchpin_store::{Conn, secrets, workflow_versions, workflows};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::fields::Findings;
use crate::http::auth::ProjectAccess;
use crate::http::error::ApiError;
use crate::http::extract::{Json, Name};
use crate::http::page::{Items, NamePath, ProjectPath};
use crate::project_file::is_identifier;
use crate::state::App;

/// The longest value.
const MOST: usize = 64 * 1024;

/// A secret without its value, which nobody can read again.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Secret)]
pub struct SecretView {
    /// Workflows say `{{ secrets.NAME }}`.
    name: String,
    #[schema(value_type = String, format = DateTime)]
    updated_at: Timestamp,
    /// Workflows whose draft or deployed version names it.
    used_by: Vec<SecretUse>,
}

/// A workflow that names a secret.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SecretUse {
    #[schema(value_type = Uuid)]
    workflow_id: WorkflowId,
    name: String,
    /// Whether the deployed version names it, so that runs need it now.
    deployed: bool,
}

/// A secret's value.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SetSecret {
    #[schema(value_type = String)]
    value: SecretString,
}

/// List secrets
///
/// Names and where they are used; values cannot be read by anybody.
#[utoipa::path(get, path = "/api/v1/projects/{projectId}/secrets", tag = "secrets", operation_id = "secrets.list", params(ProjectPath), responses((status = 200, body = Items<SecretView>)))]
pub async fn list(State(app): State<App>, access: ProjectAccess) -> Result<Json<Items<SecretView>>, ApiError> {
    let mut conn = app.store.read().await?;
    let texts = texts(&mut conn, access.id()).await?;
    let items = secrets::list(&mut conn, access.id())
        .await?
        .into_iter()
        .map(|secret| SecretView {
            used_by: users(&texts, &secret.name),
            name: secret.name,
            updated_at: secret.updated_at,
        })
        .collect();
    Ok(Items::whole(items))
}

/// Write a secret
///
/// Adds it, or replaces its value. Runs use the new value from their next step on.
#[utoipa::path(put, path = "/api/v1/projects/{projectId}/secrets/{name}", tag = "secrets", operation_id = "secrets.set", params(NamePath), request_body = SetSecret, responses((status = 204)))]
pub async fn set(
    State(app): State<App>,
    access: ProjectAccess,
    Name(name): Name,
    Json(body): Json<SetSecret>,
) -> Result<StatusCode, ApiError> {
    let mut findings = Findings::default();
    if !is_identifier(&name) || name.len() > 100 {
        findings.add("name", "use letters, digits and `_`, and begin with a letter");
    }
    match body.value.expose_secret().len() {
        0 => findings.add("value", "give it a value"),
        length if length > MOST => findings.add("value", "use at most 64 KiB"),
        _ => {}
    }
    findings.done()?;
    let mut tx = app.store.begin().await?;
    secrets::set(&mut tx, access.id(), &name, &body.value, app.clock.now()).await?;
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Delete a secret
///
/// One that a deployed workflow names stays: its runs would fail.
#[utoipa::path(delete, path = "/api/v1/projects/{projectId}/secrets/{name}", tag = "secrets", operation_id = "secrets.remove", params(NamePath), responses((status = 204)))]
pub async fn remove(State(app): State<App>, access: ProjectAccess, Name(name): Name) -> Result<StatusCode, ApiError> {
    let mut tx = app.store.begin().await?;
    let texts = texts(&mut tx, access.id()).await?;
    let deployed: Vec<String> =
        users(&texts, &name).into_iter().filter(|user| user.deployed).map(|user| format!("`{}`", user.name)).collect();
    if !secrets::remove(&mut tx, access.id(), &name).await? {
        return Err(ApiError::not_found("secret"));
    }
    if !deployed.is_empty() {
        return Err(ApiError::conflict(
            "secret_in_use",
            format!("`{name}` cannot be deleted: {} is deployed and uses it", deployed.join(", ")),
        ));
    }
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}

/// A workflow with its definitions as text.
struct Text {
    id: WorkflowId,
    name: String,
    draft: String,
    deployed: String,
}

async fn texts(conn: &mut Conn, project_id: ProjectId) -> linchpin_store::Result<Vec<Text>> {
    let deployed = workflow_versions::list_deployed(conn, project_id).await?;
    let written = |definition: &Definition| serde_json::to_string(definition).unwrap_or_default();
    Ok(workflows::list(conn, project_id, None)
        .await?
        .into_iter()
        .map(|workflow| Text {
            draft: written(&workflow.draft),
            deployed: deployed
                .iter()
                .find(|version| version.workflow_id == workflow.id)
                .map(|version| written(&version.definition))
                .unwrap_or_default(),
            id: workflow.id,
            name: workflow.name,
        })
        .collect())
}

fn users(texts: &[Text], secret: &str) -> Vec<SecretUse> {
    texts
        .iter()
        .filter_map(|text| {
            let deployed = names(&text.deployed, secret);
            (deployed || names(&text.draft, secret)).then(|| SecretUse {
                workflow_id: text.id,
                name: text.name.clone(),
                deployed,
            })
        })
        .collect()
}

/// Whether an expression in the text names the secret: `secrets.NAME` or `secrets["NAME"]`, quoted for JSON.
fn names(text: &str, secret: &str) -> bool {
    let dotted = format!("secrets.{secret}");
    let is_whole = |at: usize| {
        let rest = &text[at + dotted.len()..];
        !rest.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_')
    };
    text.match_indices(&dotted).any(|(at, _)| is_whole(at))
        || [r#"secrets[\""#, "secrets['"].iter().any(|open| {
            text.match_indices(&format!("{open}{secret}"))
                .any(|(at, found)| text[at + found.len()..].starts_with(['\\', '\'']))
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_found_where_an_expression_names_it() {
        for (text, found) in [
            (r#"{"x":"{{ secrets.KEY }}"}"#, true),
            (r#"{"x":"{{ secrets.KEYS }} {{ secrets.KEY}}"}"#, true),
            (r#"{"x":"{{ secrets.KEYS }}"}"#, false),
            (r#"{"x":"{{ secrets[\"KEY\"] }}"}"#, true),
            (r#"{"x":"{{ secrets['KEY'] }}"}"#, true),
            (r#"{"x":"{{ secrets['KEY2'] }}"}"#, false),
            (r#"{"x":"KEY"}"#, false),
        ] {
            assert_eq!(names(text, "KEY"), found, "{text}");
        }
    }
}
