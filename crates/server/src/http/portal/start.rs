//! Beginning a sign-in (R23): a one-time state for the provider's consent page.

use std::sync::Arc;

use axum::Json;
use axum::extract::{OriginalUri, Query, State};
use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;
use linchpin_connectors::manifest::DEFAULT_METHOD;
use linchpin_connectors::oauth2::{self, Way};
use linchpin_connectors::{Asked, answers};
use linchpin_domain::id::{IntegrationId, ProjectId, secret_text};
use linchpin_store::connect_sessions::{self, Carried, ConnectSession};
use linchpin_store::projects;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::nonce::allowed_origin;
use super::{allows_redirect, connect_refused, links};
use crate::credentials::Setup;
use crate::credentials::connect::{Options, Owner};
use crate::http::auth::ConnectedUser;
use crate::http::auth::user_token::project_of;
use crate::http::error::ApiError;
use crate::http::sdk::described::{Conflicting, NotThere, ProjectPath, Refused, SdkRedirect, Unfit};
use crate::http::sdk::{by_sign_in, connectable, unfit};
use crate::state::App;

/// The longest session key.
const MAX_KEY: usize = 128;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::http) struct Question {
    #[serde(default)]
    integration_id: String,
    #[serde(default)]
    user_token: String,
    #[serde(default)]
    origin_for_post_message: String,
    #[serde(default)]
    install_options: Option<String>,
    #[serde(default)]
    redirect_url: Option<String>,
    #[serde(default)]
    oauth_meta_key_id: String,
    #[serde(default)]
    end_user_supplied_values: Option<String>,
    /// The language of the window's last page; only our own SDK says it.
    #[serde(default)]
    lang: Option<String>,
}

/// Begin a sign-in (R23)
///
/// Answers the address of the provider's consent page. What keeps it from beginning is also shown by the
/// window that waits.
#[utoipa::path(get, path = "/projects/{projectId}/sdk/actions/build-oauth", tag = "sdk", operation_id = "sdk.beginOauth", params(ProjectPath, ("integrationId" = Uuid, Query), ("oauthMetaKeyId" = String, Query, description = "The key that the page polls with"), ("originForPostMessage" = String, Query, description = "Origin of the page that begins"), ("installOptions" = Option<String>, Query, description = "A JSON object"), ("redirectUrl" = Option<String>, Query, description = "Instead of the server's own")), responses((status = 200, body = SdkRedirect), NotThere, Conflicting, Unfit, Refused), security(("userToken" = [])))]
pub(in crate::http) async fn build(
    State(app): State<App>,
    OriginalUri(uri): OriginalUri,
    headers: HeaderMap,
    Query(question): Query<Question>,
) -> Result<Json<Value>, ApiError> {
    let project_id = project_of(uri.path()).ok_or_else(|| ApiError::not_found("project"))?;
    let header = headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok()?.split_once(' '));
    let token = header.map_or(question.user_token.as_str(), |(_, token)| token.trim());
    if token.is_empty() {
        return Err(ApiError::unauthorized("token_missing", "send the user token as `Authorization: Bearer <token>`"));
    }
    let user = app.tokens.verify(project_id, token).await?;
    app.rate_limits.user(project_id, user.id)?;
    let integration: Option<IntegrationId> = question.integration_id.parse().ok();
    let outcome = begin(&app, &user, integration, &question).await;
    if let Some(integration) = integration {
        match &outcome {
            Ok(url) => app.beginnings.ready(user.id, integration, url, &question.oauth_meta_key_id),
            Err(error) => app.beginnings.failed(user.id, integration, error),
        }
    }
    outcome.map(|url| Json(json!({"redirectUrl": url})))
}

/// What a sign-in was begun with. Sealed in its row: a user's own client secret may be in it.
#[derive(Deserialize, Serialize)]
pub(super) struct Begun {
    pub(super) method: String,
    pub(super) inputs: Map<String, Value>,
    /// The connect link that it began with, to lead back to it.
    #[serde(default)]
    pub(super) link: Option<String>,
}

impl Begun {
    /// The sign-in of a name, or the one there is, with what the user entered for it.
    pub(super) fn with(setup: &Setup, method: Option<&str>, values: &Map<String, Value>) -> Result<Self, ApiError> {
        let (name, method) = by_sign_in(&setup.manifest, method)?;
        let inputs = answers(&setup.manifest, method, Asked::Before, values).map_err(unfit)?;
        Ok(Self { method: name.to_owned(), inputs, link: None })
    }

    fn to_secret(&self) -> SecretString {
        SecretString::from(serde_json::to_string(self).expect("texts are JSON"))
    }

    pub(super) fn read(text: Option<&SecretString>) -> Self {
        text.and_then(|text| serde_json::from_str(text.expose_secret()).ok()).unwrap_or_else(|| Self {
            method: DEFAULT_METHOD.into(),
            inputs: Map::new(),
            link: None,
        })
    }
}

async fn begin(
    app: &App,
    user: &ConnectedUser,
    integration: Option<IntegrationId>,
    question: &Question,
) -> Result<String, ApiError> {
    let integration = integration.ok_or_else(|| ApiError::not_found("integration"))?;
    let setup = ready(app, user.project_id, integration).await?;
    if question.oauth_meta_key_id.is_empty() || question.oauth_meta_key_id.len() > MAX_KEY {
        return Err(ApiError::invalid([("oauthMetaKeyId", "a session key of 1 to 128 characters is needed")]));
    }
    let install_options: Value = match question.install_options.as_deref() {
        None | Some("") => json!({}),
        Some(text) => serde_json::from_str(text)
            .map_err(|error| ApiError::invalid([("installOptions", format!("is no JSON: {error}"))]))?,
    };
    let options: Options = serde_json::from_value(install_options)
        .map_err(|error| ApiError::invalid([("installOptions", error.to_string())]))?;
    let values: Map<String, Value> = match question.end_user_supplied_values.as_deref() {
        None | Some("") => Map::new(),
        Some(text) => serde_json::from_str(text)
            .map_err(|error| ApiError::invalid([("endUserSuppliedValues", format!("is no JSON object: {error}"))]))?,
    };
    let options = connectable(app, user, &setup, options).await?;
    let begun = Begun::with(&setup, options.method(), &values)?;
    let owner = Owner { project_id: user.project_id, user_id: user.id };
    app.connections.check(owner, &setup, &options).await.map_err(connect_refused)?;

    let mut conn = app.store.read().await?;
    let project = projects::find(&mut conn, user.project_id).await?.ok_or_else(|| ApiError::not_found("project"))?;
    drop(conn);
    let origin = allowed_origin(app, &project.allowed_origins, &question.origin_for_post_message)?;
    let redirect_url = match question.redirect_url.as_deref().filter(|url| !url.is_empty()) {
        None => format!("{}/oauth", app.config.public_base()),
        Some(url) => {
            allows_redirect(&project.allowed_origins, url)?;
            url.to_owned()
        }
    };
    let mut install_options = serde_json::to_value(&options).unwrap_or_default();
    if let Some(lang) = &question.lang {
        install_options[links::LANGUAGE] = lang.as_str().into();
    }
    let beginning = Beginning {
        owner,
        begun,
        session_key: question.oauth_meta_key_id.clone(),
        origin: origin.origin().ascii_serialization(),
        redirect_url,
        install_options,
    };
    authorize(app, &setup, beginning).await
}

/// An integration in which accounts can be connected by signing in there.
pub(super) async fn ready(
    app: &App,
    project_id: ProjectId,
    integration: IntegrationId,
) -> Result<Arc<Setup>, ApiError> {
    let setup = app.connections.setup(project_id, integration).await?;
    let setup = setup.ok_or_else(|| ApiError::not_found("integration"))?;
    let name = &setup.manifest.name;
    if !setup.active {
        return Err(ApiError::conflict("inactive", format!("{name} is switched off in this project")));
    }
    if setup.app.is_none() && setup.manifest.methods().all(|(_, method)| method.needs_app()) {
        return Err(ApiError::conflict(
            "not_set_up",
            format!("{name} has no client id and secret in this project yet"),
        ));
    }
    Ok(setup)
}

/// A sign-in that begins.
pub(super) struct Beginning {
    pub(super) owner: Owner,
    /// In which way, and what was asked for it.
    pub(super) begun: Begun,
    /// What the page polls with.
    pub(super) session_key: String,
    /// Where the page lives that waits for it.
    pub(super) origin: String,
    /// Where the provider sends the browser back to.
    pub(super) redirect_url: String,
    pub(super) install_options: Value,
}

/// Records a sign-in; the address of the provider's consent page.
pub(super) async fn authorize(app: &App, setup: &Setup, beginning: Beginning) -> Result<String, ApiError> {
    let name = &setup.manifest.name;
    let Beginning { owner, begun, session_key, origin, redirect_url, install_options } = beginning;
    let missing = |what: &str| ApiError::conflict("not_set_up", format!("{name} {what}"));
    let way = Way::of(&setup.manifest, &begun.method, &setup.endpoint, &begun.inputs)
        .ok_or_else(|| missing("is not connected in this way"))?;
    let oauth =
        way.app(setup.app.as_ref()).ok_or_else(|| missing("has no client id and secret in this project yet"))?;
    let state = secret_text(&*app.clock);
    let pkce = way.method.oauth2.as_ref().is_some_and(|oauth2| oauth2.pkce).then(|| oauth2::new_pkce(&*app.clock));
    let challenge = pkce.as_ref().map(|(_, challenge)| challenge.as_str());
    let url = oauth2::authorize_url(way, &oauth, &redirect_url, &state, challenge)
        .map_err(|error| ApiError::conflict("not_set_up", format!("{name}: {error}")))?;
    let session = ConnectSession {
        state_hash: connect_sessions::hash(&state),
        project_id: owner.project_id,
        user_id: owner.user_id,
        integration_id: setup.integration_id,
        session_key,
        origin,
        redirect_url,
        install_options,
        credential_id: None,
        error: None,
        created_at: app.clock.now(),
    };
    let carried = Carried { verifier: pkce.map(|(verifier, _)| verifier), inputs: Some(begun.to_secret()) };
    let mut tx = app.store.begin().await?;
    connect_sessions::add(&mut tx, &session, &carried).await?;
    tx.commit().await?;
    Ok(url.into())
}
