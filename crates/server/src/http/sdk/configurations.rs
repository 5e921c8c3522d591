//! Several configurations on one account: each with its own settings, workflows and data of the customer's.

use axum::Json;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use linchpin_domain::id::{ConfigurationId, CredentialId, ProjectId};
use linchpin_store::configurations::{self, Configuration};
use linchpin_store::{Conn, enablements};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::body;
use super::described::{
    Conflicting, NotThere, ProjectPath, Refused, SdkCredential, SdkMetadata, SdkNewConfiguration, Selecting, TooLarge,
    Unfit, Unreadable,
};
use super::shapes::{Selection, Snapshot};
use crate::http::auth::ConnectedUser;
use crate::http::auth::user_token::Permission;
use crate::http::error::ApiError;
use crate::state::App;

/// The largest body, and the largest data of one configuration.
const MAX_BODY: usize = 64 * 1024;
/// Configurations that one account may have.
const MOST: usize = 1_000;
/// The longest label.
const MAX_LABEL: usize = 255;

#[derive(Deserialize)]
pub(super) struct Place {
    #[expect(dead_code, reason = "the user token says it")]
    project_id: ProjectId,
    credential: String,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct New {
    external_id: Option<String>,
}

#[derive(Deserialize)]
struct Update {
    meta: Map<String, Value>,
}

/// Add a configuration to an account (R16)
///
/// It begins like the account did: without settings, with the workflows on that are on by default. The answer is
/// the account with all its configurations.
#[utoipa::path(post, path = "/projects/{projectId}/sdk/credentials/{credential}/configurations", tag = "sdk", operation_id = "sdk.addConfiguration", params(ProjectPath, ("credential" = String, Path, description = "Its id, or `ext:` and its label")), request_body = SdkNewConfiguration, responses((status = 200, body = SdkCredential), Unreadable, NotThere, Conflicting, TooLarge, Unfit, Refused), security(("userToken" = [])))]
pub(super) async fn add(
    user: ConnectedUser,
    State(app): State<App>,
    Path(place): Path<Place>,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<Value>, ApiError> {
    let bytes = body::read(&headers, body, MAX_BODY).await?;
    let New { external_id } = if bytes.is_empty() { New::default() } else { body::json(&bytes)? };
    let external_id = external_id.filter(|label| !label.is_empty());
    if external_id.as_ref().is_some_and(|label| label.chars().count() > MAX_LABEL) {
        return Err(ApiError::invalid([("externalId", format!("a label has up to {MAX_LABEL} characters"))]));
    }
    let mut tx = app.store.begin().await?;
    let snapshot = Snapshot::read(&mut tx, &user).await?;
    let account = snapshot.named(&place.credential)?;
    snapshot.require(&user, Permission::ConfigurationWrite, account, None)?;
    let present: Vec<_> = snapshot.configurations_of(account).collect();
    if present.len() >= MOST {
        return Err(ApiError::conflict("too_many", format!("an account has up to {MOST} configurations")));
    }
    if let Some(label) = &external_id
        && present.iter().any(|configuration| configuration.external_id.as_ref() == Some(label))
    {
        let message = format!("another configuration of this account is labelled `{label}` already");
        return Err(ApiError::invalid([("externalId", message)]));
    }
    let configuration = Configuration {
        id: ConfigurationId::fresh(&*app.clock),
        project_id: user.project_id,
        credential_id: account.id,
        is_default: false,
        external_id,
        settings: Map::new(),
        meta: Map::new(),
        created_at: app.clock.now(),
    };
    configurations::add(&mut tx, user.id, &configuration).await?;
    enablements::switch_defaults_on(&mut tx, user.project_id, user.id, configuration.id, account.integration_id)
        .await?;
    let answer = shape(&mut tx, &user, account.id).await?;
    tx.commit().await?;
    Ok(answer)
}

/// Merge data of the customer's into a configuration (R17)
///
/// `X-Paragon-Configuration-Id` names it. Keys that are not named stay.
#[utoipa::path(patch, path = "/projects/{projectId}/sdk/credentials/{credential}/configurations", tag = "sdk", operation_id = "sdk.setConfiguration", params(ProjectPath, ("credential" = String, Path, description = "Its id, or `ext:` and its label"), Selecting), request_body = SdkMetadata, responses((status = 200, body = SdkCredential), Unreadable, NotThere, TooLarge, Unfit, Refused), security(("userToken" = [])))]
pub(super) async fn update(
    user: ConnectedUser,
    State(app): State<App>,
    Path(place): Path<Place>,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<Value>, ApiError> {
    let bytes = body::read(&headers, body, MAX_BODY).await?;
    let Update { meta } = body::json(&bytes)?;
    let mut tx = app.store.begin().await?;
    let snapshot = Snapshot::read(&mut tx, &user).await?;
    let (account, configuration) = named(&snapshot, &user, &place, &headers)?;
    let mut merged = configuration.meta.clone();
    merged.extend(meta);
    if Value::Object(merged.clone()).to_string().len() > MAX_BODY {
        return Err(ApiError::invalid([("meta", "the data of one configuration may have 64 KiB in all")]));
    }
    configurations::set_meta(&mut tx, user.project_id, user.id, configuration.id, &merged).await?;
    let answer = shape(&mut tx, &user, account).await?;
    tx.commit().await?;
    Ok(answer)
}

/// Remove a configuration (R18)
///
/// `X-Paragon-Configuration-Id` names it. The default one stays as long as the account. Runs that were accepted
/// before finish.
#[utoipa::path(delete, path = "/projects/{projectId}/sdk/credentials/{credential}/configurations", tag = "sdk", operation_id = "sdk.removeConfiguration", params(ProjectPath, ("credential" = String, Path, description = "Its id, or `ext:` and its label"), Selecting), responses((status = 200, body = Object), NotThere, Conflicting, Unfit, Refused), security(("userToken" = [])))]
pub(super) async fn remove(
    user: ConnectedUser,
    State(app): State<App>,
    Path(place): Path<Place>,
    headers: HeaderMap,
) -> Result<Json<Value>, ApiError> {
    let mut tx = app.store.begin().await?;
    let snapshot = Snapshot::read(&mut tx, &user).await?;
    let (_, configuration) = named(&snapshot, &user, &place, &headers)?;
    if configuration.is_default {
        return Err(ApiError::conflict(
            "default_configuration",
            "the default configuration stays as long as the account; disconnect the account instead",
        ));
    }
    configurations::remove(&mut tx, user.project_id, user.id, configuration.id).await?;
    tx.commit().await?;
    Ok(Json(json!({})))
}

/// The configuration that the address and the header name together.
fn named<'a>(
    snapshot: &'a Snapshot,
    user: &ConnectedUser,
    place: &Place,
    headers: &HeaderMap,
) -> Result<(CredentialId, &'a Configuration), ApiError> {
    let account = snapshot.named(&place.credential)?;
    let selection = Selection::of(headers)?;
    let selector = selection
        .configuration
        .ok_or_else(|| ApiError::invalid([("X-Paragon-Configuration-Id", "say which configuration is meant")]))?;
    let configuration =
        snapshot.configuration(account, Some(&selector)).ok_or_else(|| ApiError::not_found("configuration"))?;
    snapshot.require(user, Permission::ConfigurationWrite, account, Some(configuration))?;
    Ok((account.id, configuration))
}

async fn shape(conn: &mut Conn, user: &ConnectedUser, id: CredentialId) -> Result<Json<Value>, ApiError> {
    let written = Snapshot::read(conn, user).await?;
    let account = written.credentials.iter().find(|credential| credential.id == id);
    Ok(Json(written.credential_shape(account.ok_or_else(|| ApiError::not_found("credential"))?)))
}
