//! Accounts: one to show, and the ways to store one that do not go through the consent window.

use axum::Json;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use linchpin_connectors::manifest::Method;
use linchpin_connectors::oauth2::{self, Way};
use linchpin_connectors::{Asked, Manifest, Misfit, answers};
use linchpin_domain::id::{CredentialId, ProjectId};
use linchpin_store::projects;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::body;
use super::described::{
    Conflicting, Gateway, NotThere, ProjectPath, Refused, SdkCompletion, SdkCredential, SdkNewCredential, TooLarge,
    Unfit, Unreadable,
};
use super::scoped::connectable;
use super::shapes::Snapshot;
use crate::credentials::Setup;
use crate::credentials::connect::{CompleteError, Connecting, Options, Owner};
use crate::http::auth::ConnectedUser;
use crate::http::auth::user_token::Permission;
use crate::http::error::ApiError;
use crate::http::portal::{allows_redirect, connect_refused, token_refused};
use crate::state::App;

/// The largest body here.
const MAX_BODY: usize = 64 * 1024;

#[derive(Deserialize)]
pub(super) struct Place {
    #[expect(dead_code, reason = "the user token says it")]
    project_id: ProjectId,
    credential: String,
}

/// One account (R14)
#[utoipa::path(get, path = "/projects/{projectId}/sdk/credentials/{credential}", tag = "sdk", operation_id = "sdk.credential", params(ProjectPath, ("credential" = String, Path, description = "Its id, or `ext:` and its label")), responses((status = 200, body = SdkCredential), NotThere, Conflicting, Refused), security(("userToken" = [])))]
pub(super) async fn show(
    user: ConnectedUser,
    State(app): State<App>,
    Path(place): Path<Place>,
) -> Result<Json<Value>, ApiError> {
    let mut conn = app.store.read().await?;
    let snapshot = Snapshot::read(&mut conn, &user).await?;
    Ok(Json(snapshot.credential_shape(snapshot.named(&place.credential)?)))
}

/// Finish connecting (R11)
///
/// Takes what is asked once the account is there. The account is PENDING until then.
#[utoipa::path(post, path = "/projects/{projectId}/sdk/credentials/{credential}/complete-setup", tag = "sdk", operation_id = "sdk.completeSetup", params(ProjectPath, ("credential" = String, Path, description = "Its id, or `ext:` and its label")), request_body = SdkCompletion, responses((status = 200, body = SdkCredential), Unreadable, NotThere, Conflicting, TooLarge, Unfit, Refused), security(("userToken" = [])))]
pub(super) async fn complete_setup(
    user: ConnectedUser,
    State(app): State<App>,
    Path(place): Path<Place>,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<Value>, ApiError> {
    let bytes = body::read(&headers, body, MAX_BODY).await?;
    let given: Completion = if bytes.is_empty() { Completion::default() } else { body::json(&bytes)? };
    let mut conn = app.store.read().await?;
    let snapshot = Snapshot::read(&mut conn, &user).await?;
    drop(conn);
    let found = snapshot.named(&place.credential)?;
    snapshot.require(&user, Permission::CredentialWrite, found, None)?;
    let setup = app.connections.setup(user.project_id, found.integration_id).await?;
    let setup = setup.ok_or_else(|| ApiError::not_found("integration"))?;
    app.connections.complete(&setup, found, &values_of(given.payload)).await.map_err(|error| match error {
        CompleteError::Unfit(misfits) => unfit(misfits),
        CompleteError::Store(error) => error.into(),
    })?;
    shape(&app, &user, found.id).await
}

#[derive(Default, Deserialize)]
struct Completion {
    #[serde(default)]
    payload: Option<Map<String, Value>>,
}

/// What was entered, without what the SDK adds to it.
fn values_of(payload: Option<Map<String, Value>>) -> Map<String, Value> {
    let mut values = payload.unwrap_or_default();
    values.shift_remove("skipPostOAuthInputs");
    values
}

/// 422 for what was entered. People read the message: it has the titles, `meta.fields` the names.
pub(in crate::http) fn unfit(misfits: Vec<Misfit>) -> ApiError {
    let message: Vec<String> = misfits.iter().map(Misfit::to_string).collect();
    let fields: Map<String, Value> =
        misfits.iter().map(|misfit| (misfit.input.clone(), misfit.to_string().into())).collect();
    ApiError::status(StatusCode::UNPROCESSABLE_ENTITY, "invalid", message.join("; ")).with("fields", fields)
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct New {
    #[serde(default)]
    integration_id: Option<String>,
    #[serde(default)]
    code: Option<String>,
    #[serde(default)]
    redirect_url: Option<String>,
    #[serde(default)]
    integration_options: Option<Options>,
    /// What the user was asked, by input.
    #[serde(default)]
    payload: Option<Map<String, Value>>,
    #[serde(default)]
    install_options: Option<Options>,
}

/// Connect an account without a consent window (R10, R12)
///
/// By a `payload`: what the user was asked, such as an API key. The provider is asked whether it takes it,
/// and what it does not take is refused. Or by a `code`: an authorization code that the host application
/// received itself.
#[utoipa::path(post, path = "/projects/{projectId}/sdk/credentials", tag = "sdk", operation_id = "sdk.addCredential", params(ProjectPath), request_body = SdkNewCredential, responses((status = 200, body = SdkCredential), Unreadable, NotThere, Conflicting, TooLarge, Unfit, Gateway, Refused), security(("userToken" = [])))]
pub(super) async fn add(
    user: ConnectedUser,
    State(app): State<App>,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<Value>, ApiError> {
    let bytes = body::read(&headers, body, MAX_BODY).await?;
    let new: New = body::json(&bytes)?;
    let id = new.integration_id.as_deref().and_then(|id| id.parse().ok());
    let setup = match id {
        Some(id) => app.connections.setup(user.project_id, id).await?,
        None => None,
    };
    let setup = setup.filter(|setup| setup.active).ok_or_else(|| ApiError::not_found("integration"))?;
    let owner = Owner { project_id: user.project_id, user_id: user.id };
    let Some(code) = new.code.filter(|code| !code.is_empty()) else {
        let options = new.install_options.or(new.integration_options).unwrap_or_default();
        return connect_by_form(&app, &user, &setup, values_of(new.payload), options).await;
    };
    let options = new.integration_options.or(new.install_options).unwrap_or_default();
    let options = connectable(&app, &user, &setup, options).await?;
    let (name, method) = by_sign_in(&setup.manifest, options.method())?;
    let inputs = answers(&setup.manifest, method, Asked::Before, &values_of(new.payload)).map_err(unfit)?;
    let way = Way { manifest: &setup.manifest, method, endpoint: &setup.endpoint, inputs: &inputs };
    let oauth = way
        .app(setup.app.as_ref())
        .ok_or_else(|| ApiError::conflict("not_set_up", "the integration has no client id and secret yet"))?;
    let redirect_url = match new.redirect_url {
        None => format!("{}/oauth", app.config.public_base()),
        Some(url) => {
            let mut conn = app.store.read().await?;
            let project = projects::find(&mut conn, user.project_id).await?;
            let origins = project.map(|project| project.allowed_origins).unwrap_or_default();
            allows_redirect(&origins, &url)?;
            url
        }
    };
    app.connections.check(owner, &setup, &options).await.map_err(connect_refused)?;
    let tokens = oauth2::exchange(app.connections.client(), way, &oauth, &code, &redirect_url, None)
        .await
        .map_err(|error| token_refused(&setup.manifest.name, &error))?;
    let connecting = Connecting { method: name.to_owned(), inputs: inputs.clone(), tokens: Some(tokens), link: None };
    let id = app.connections.connect(owner, &setup, connecting, &options).await.map_err(connect_refused)?;
    shape(&app, &user, id).await
}

/// Connects an account by what its user entered.
pub(super) async fn connect_by_form(
    app: &App,
    user: &ConnectedUser,
    setup: &Setup,
    values: Map<String, Value>,
    options: Options,
) -> Result<Json<Value>, ApiError> {
    let options = connectable(app, user, setup, options).await?;
    let owner = Owner { project_id: user.project_id, user_id: user.id };
    let (name, method) = by_form(&setup.manifest, options.method(), &values)?;
    let inputs = answers(&setup.manifest, method, Asked::Before, &values).map_err(unfit)?;
    app.connections.check(owner, setup, &options).await.map_err(connect_refused)?;
    let connecting = Connecting { method: name.to_owned(), inputs, tokens: None, link: None };
    let id = app.connections.connect(owner, setup, connecting, &options).await.map_err(connect_refused)?;
    shape(app, user, id).await
}

/// The way that is meant by values that were entered: the one that is named, else the first whose inputs
/// are all there, else the first that has a form.
fn by_form<'a>(
    manifest: &'a Manifest,
    named: Option<&str>,
    values: &Map<String, Value>,
) -> Result<(&'a str, &'a Method), ApiError> {
    let forms = || manifest.methods().filter(|(_, method)| method.oauth2.is_none());
    if let Some(name) = named {
        return forms().find(|(known, _)| *known == name).ok_or_else(|| no_such_way(manifest, name));
    }
    let complete = |method: &Method| {
        method.inputs.iter().filter(|input| !input.optional).all(|input| values.contains_key(&input.name))
    };
    forms().find(|(_, method)| complete(method)).or_else(|| forms().next()).ok_or_else(|| {
        ApiError::conflict(
            "oauth_needed",
            format!("{} is connected by signing in there; open the Connect Portal, or send a `code`", manifest.name),
        )
    })
}

/// The way that goes through the provider's consent page.
pub(in crate::http) fn by_sign_in<'a>(
    manifest: &'a Manifest,
    named: Option<&str>,
) -> Result<(&'a str, &'a Method), ApiError> {
    let mut pages = manifest.methods().filter(|(_, method)| method.oauth2.is_some());
    match named {
        Some(name) => pages.find(|(known, _)| *known == name).ok_or_else(|| no_such_way(manifest, name)),
        None => pages.next().ok_or_else(|| {
            ApiError::conflict("no_oauth", format!("{} is not connected by signing in there", manifest.name))
        }),
    }
}

pub(in crate::http) fn no_such_way(manifest: &Manifest, name: &str) -> ApiError {
    let known: Vec<String> = manifest.methods().map(|(known, _)| format!("`{known}`")).collect();
    ApiError::invalid([(
        "accountType",
        format!("{} is not connected that way by `{name}`; there are {}", manifest.name, known.join(", ")),
    )])
}

async fn shape(app: &App, user: &ConnectedUser, id: CredentialId) -> Result<Json<Value>, ApiError> {
    let mut conn = app.store.read().await?;
    let snapshot = Snapshot::read(&mut conn, user).await?;
    let account = snapshot.credentials.iter().find(|credential| credential.id == id);
    Ok(Json(snapshot.credential_shape(account.ok_or_else(|| ApiError::not_found("credential"))?)))
}
