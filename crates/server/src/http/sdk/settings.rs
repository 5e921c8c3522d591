//! Values of user settings.

use axum::Json;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use linchpin_domain::id::ProjectId;
use linchpin_domain::input::{self, Input};
use linchpin_store::credentials::Status;
use linchpin_store::{configurations, enablements};
use serde::Deserialize;
use serde_json::{Map, Value};

use super::body;
use super::described::{NotThere, ProjectPath, Refused, SdkCredential, SdkSettings, Selecting, TooLarge, Unreadable};
use super::shapes::{Selection, Snapshot};
use crate::http::auth::ConnectedUser;
use crate::http::auth::user_token::Permission;
use crate::http::error::ApiError;
use crate::state::App;

/// The largest set of values.
const MAX_SETTINGS: usize = 256 * 1024;

#[derive(Deserialize)]
pub(super) struct Place {
    #[expect(dead_code, reason = "the user token says it")]
    project_id: ProjectId,
    credential: String,
}

#[derive(Deserialize)]
struct Update {
    config: Values,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Values {
    #[serde(default)]
    shared_settings: Option<Map<String, Value>>,
    /// Backends know it as `configuredWorkflows`.
    #[serde(default, alias = "configuredWorkflows")]
    workflow_settings: Option<Map<String, Value>>,
}

#[derive(Deserialize)]
struct WorkflowValues {
    #[serde(default)]
    enabled: Option<bool>,
    #[serde(default)]
    settings: Option<Map<String, Value>>,
}

/// Store settings of an account (R15)
///
/// Values that do not validate are left as they were and named in `errors`, as are workflows that cannot be switched on.
#[utoipa::path(patch, path = "/projects/{projectId}/sdk/credentials/{credential}", tag = "sdk", operation_id = "sdk.setSettings", params(ProjectPath, ("credential" = String, Path, description = "Its id, or `ext:` and its label"), Selecting), request_body = SdkSettings, responses((status = 200, body = SdkCredential), Unreadable, NotThere, TooLarge, Refused), security(("userToken" = [])))]
pub(super) async fn update(
    user: ConnectedUser,
    State(app): State<App>,
    Path(place): Path<Place>,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<Value>, ApiError> {
    let bytes = body::read(&headers, body, MAX_SETTINGS).await?;
    let Update { config } = body::json(&bytes)?;
    let selection = Selection::of(&headers)?;
    let mut tx = app.store.begin().await?;
    let snapshot = Snapshot::read(&mut tx, &user).await?;
    let account = snapshot.named(&place.credential)?;
    let configuration = snapshot
        .configuration(account, selection.configuration.as_deref())
        .ok_or_else(|| ApiError::not_found("configuration"))?;
    snapshot.require(&user, Permission::ConfigurationWrite, account, Some(configuration))?;
    let integration = snapshot
        .integrations
        .iter()
        .find(|integration| integration.id == account.integration_id)
        .ok_or_else(|| ApiError::not_found("integration"))?;
    let mut errors = Vec::new();
    let mut shared = configuration.settings.clone();
    if let Some(values) = config.shared_settings {
        shared = accepted(&integration.settings, &shared, values, &mut errors);
        configurations::set_settings(&mut tx, user.project_id, user.id, configuration.id, &shared).await?;
    }
    for (id, value) in config.workflow_settings.into_iter().flatten() {
        let workflow = snapshot
            .workflows
            .iter()
            .chain(&snapshot.denied)
            .find(|workflow| workflow.id.to_string() == id && workflow.integration_id == integration.id)
            .ok_or_else(|| ApiError::not_found("workflow"))?;
        let values: WorkflowValues = serde_json::from_value(value).map_err(|error| body::not_json(&error))?;
        let (was_on, present) = snapshot.workflow_state(configuration.id, workflow.id);
        let settings = match values.settings {
            Some(values) => accepted(&workflow.settings, &present, values, &mut errors),
            None => present,
        };
        let mut enabled = values.enabled.unwrap_or(was_on);
        if enabled && snapshot.denied.iter().any(|denied| denied.id == workflow.id) {
            errors.push("a workflow is not available to the user and stays off".to_owned());
            enabled = false;
        }
        if enabled && !was_on {
            let needed = [missing(&integration.settings, &shared), missing(&workflow.settings, &settings)].concat();
            if !needed.is_empty() {
                errors.extend(needed.into_iter().map(|(_, wrong)| format!("{} stays off: {wrong}", workflow.name)));
                enabled = false;
            } else if account.status != Status::Valid {
                errors.push(format!("{} stays off: the account must be connected again", workflow.name));
                enabled = false;
            }
        }
        let enablement =
            enablements::Enablement { configuration_id: configuration.id, workflow_id: workflow.id, enabled, settings };
        enablements::set(&mut tx, user.project_id, user.id, &enablement).await?;
    }
    let (id, written) = (account.id, Snapshot::read(&mut tx, &user).await?);
    tx.commit().await?;
    let account = written.credentials.iter().find(|credential| credential.id == id);
    let mut shape = written.credential_shape(account.ok_or_else(|| ApiError::not_found("credential"))?);
    if !errors.is_empty() {
        shape["errors"] = errors.into();
    }
    Ok(Json(shape))
}

/// Required settings without a value, each with what is wrong.
pub(super) fn missing(inputs: &[Input], values: &Map<String, Value>) -> Vec<(String, String)> {
    input::missing(inputs, values)
        .into_iter()
        .map(|input| (input.id.clone(), format!("`{}` needs a value first", input.title)))
        .collect()
}

/// The values that are stored: those that validate, the present ones for the others. A password stays as it is
/// where the update does not name it, or names what stands for it in answers.
fn accepted(
    inputs: &[Input],
    present: &Map<String, Value>,
    values: Map<String, Value>,
    errors: &mut Vec<String>,
) -> Map<String, Value> {
    let mut settings = Map::new();
    let keep = |settings: &mut Map<String, Value>, id: &str| {
        if let Some(value) = present.get(id) {
            settings.insert(id.to_owned(), value.clone());
        }
    };
    for input in inputs.iter().filter(|input| input.is_secret()) {
        keep(&mut settings, &input.id);
    }
    for (id, value) in values {
        let Some(input) = inputs.iter().find(|input| input.id == id) else {
            errors.push(format!("there is no setting `{id}`"));
            continue;
        };
        if input.is_secret() && value.as_str() == Some(input::STORED_SECRET) {
            continue;
        }
        match input.problem(&value) {
            None => {
                settings.insert(id, value);
            }
            Some(wrong) => {
                errors.push(format!("{} {wrong}", input.title));
                keep(&mut settings, &id);
            }
        }
    }
    settings
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn object(value: &Value) -> Map<String, Value> {
        value.as_object().expect("an object").clone()
    }

    #[test]
    fn a_password_stays_unless_it_is_replaced_or_cleared() {
        let inputs: Vec<Input> = serde_json::from_value(json!([
            {"id": "key", "title": "Key", "type": "PASSWORD"}, {"id": "note", "title": "Note", "type": "TEXT_NO_VARS"}
        ]))
        .expect("inputs");
        let present = object(&json!({"key": "old", "note": "x"}));
        let check = |update: Value, stored: Value| {
            let mut errors = Vec::new();
            let settings = accepted(&inputs, &present, object(&update), &mut errors);
            assert_eq!((Value::Object(settings), errors), (stored, Vec::new()), "{update}");
        };
        check(json!({"key": input::STORED_SECRET, "note": "y"}), json!({"key": "old", "note": "y"}));
        check(json!({"note": "y"}), json!({"key": "old", "note": "y"}));
        check(json!({"key": "new"}), json!({"key": "new"}));
        check(json!({"key": null}), json!({"key": null}));
        check(json!({"key": ""}), json!({"key": ""}));
    }
}
