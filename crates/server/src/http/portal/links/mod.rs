//! Connect links: the way to an account without a window of the host application's page. A backend makes
//! one for an e-mail; the portal makes one where the browser opens no windows, and the whole tab goes there
//! and comes back. The page that a link opens is first-party, so it needs no third-party cookie.
//!
//! Opening a link changes nothing, since mail programs open links to look at them: a person reads which
//! application and which user it is for, says what is asked, and goes on ([`visit`]).

mod form;
mod visit;

use std::time::Duration;

use axum::Json;
use axum::extract::State;
use linchpin_connectors::manifest::Method;
use linchpin_domain::Timestamp;
use linchpin_domain::id::{IntegrationId, secret_text};
use linchpin_store::connect_links::{self, ConnectLink};
use linchpin_store::{connect_sessions, projects};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

pub(super) use self::visit::{go, show};
use super::words::Language;
use super::{allows_redirect, connect_refused, start};
use crate::credentials::Setup;
use crate::credentials::connect::{Options, Owner};
use crate::http::auth::ConnectedUser;
use crate::http::error::ApiError;
use crate::http::sdk::described::{Conflicting, NotThere, ProjectPath, Refused, Unfit, Unreadable};
use crate::http::sdk::{connectable, no_such_way};
use crate::state::App;

/// How long a link works that the user's own page asked for.
const OF_A_PAGE: Duration = Duration::from_mins(15);

/// Where a sign-in that began with a link keeps the language of its pages, and the link's hash.
pub(super) const LANGUAGE: &str = "lang";
const LINK: &str = "link";

/// A link.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Made {
    /// To be opened by the user. It works until an account was connected with it.
    url: String,
    #[schema(value_type = String, format = DateTime)]
    expires_at: Timestamp,
}

impl Made {
    /// The link alone.
    pub fn into_url(self) -> String {
        self.url
    }
}

/// What a page asks for.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(in crate::http) struct Wanted {
    #[schema(value_type = Uuid)]
    integration_id: String,
    /// Where the browser goes afterwards, with `linchpin=connected` or `linchpin=failed` in the query; of one of
    /// the project's allowed origins.
    return_url: Option<String>,
    #[serde(default)]
    allow_multiple_credentials: Option<bool>,
    /// Connect this account again, in place.
    #[serde(default)]
    selected_credential_id: Option<String>,
    /// The host application's label of the new account.
    #[serde(default)]
    external_id: Option<String>,
    /// By which of several ways; the link asks when absent.
    #[serde(default)]
    account_type: Option<String>,
}

/// What a link is made of.
pub struct NewLink {
    /// Whose account it becomes.
    pub owner: Owner,
    /// What is connected.
    pub integration_id: IntegrationId,
    /// What is wanted with the account.
    pub options: Options,
    /// Where the browser goes afterwards.
    pub return_url: Option<String>,
    /// How long it works.
    pub lifetime: Duration,
}

/// Make a connect link for the user's own page
///
/// For browsers that open no windows: send the whole tab to `url`. It works for a quarter of an hour.
#[utoipa::path(post, path = "/projects/{projectId}/sdk/connect-links", tag = "sdk", operation_id = "sdk.addConnectLink", params(ProjectPath), request_body = Wanted, responses((status = 200, body = Made), Unreadable, NotThere, Conflicting, Unfit, Refused), security(("userToken" = [])))]
pub(in crate::http) async fn add(
    user: ConnectedUser,
    State(app): State<App>,
    crate::http::extract::Json(wanted): crate::http::extract::Json<Wanted>,
) -> Result<Json<Made>, ApiError> {
    let integration_id = wanted.integration_id.parse().map_err(|_| ApiError::not_found("integration"))?;
    let setup = start::ready(&app, user.project_id, integration_id).await?;
    let options = Options {
        allow_multiple_credentials: wanted.allow_multiple_credentials,
        selected_credential_id: wanted.selected_credential_id,
        external_id: wanted.external_id,
        account_type: wanted.account_type.map(serde_json::Value::String),
    };
    let new = NewLink {
        owner: Owner { project_id: user.project_id, user_id: user.id },
        integration_id,
        options: connectable(&app, &user, &setup, options).await?,
        return_url: wanted.return_url,
        lifetime: OF_A_PAGE,
    };
    make(&app, new).await.map(Json)
}

/// Makes a link, if an account could be connected with it now.
pub async fn make(app: &App, new: NewLink) -> Result<Made, ApiError> {
    let setup = start::ready(app, new.owner.project_id, new.integration_id).await?;
    if ways(&setup, &new.options).is_empty() {
        return Err(no_such_way(&setup.manifest, &new.options.account_types().join("`, `")));
    }
    app.connections.check(new.owner, &setup, &new.options).await.map_err(connect_refused)?;
    let mut tx = app.store.begin().await?;
    let return_url = new.return_url.filter(|url| !url.is_empty());
    if let Some(url) = &return_url {
        let project = projects::find(&mut tx, new.owner.project_id).await?;
        let origins = project.ok_or_else(|| ApiError::not_found("project"))?.allowed_origins;
        allows_redirect(&origins, url)
            .map_err(|error| ApiError::invalid([("returnUrl", error.message().to_owned())]))?;
    }
    let token = secret_text(&*app.clock);
    let now = app.clock.now();
    let link = ConnectLink {
        token_hash: connect_sessions::hash(&token),
        project_id: new.owner.project_id,
        user_id: new.owner.user_id,
        integration_id: new.integration_id,
        install_options: serde_json::to_value(&new.options).unwrap_or_default(),
        return_url,
        created_at: now,
        expires_at: now.plus(new.lifetime),
        used_at: None,
        credential_id: None,
    };
    connect_links::add(&mut tx, &link).await?;
    tx.commit().await?;
    Ok(Made { url: format!("{}/connect/{token}", app.config.public_base()), expires_at: link.expires_at })
}

/// The ways that a link offers.
pub(super) fn ways<'a>(setup: &'a Setup, options: &Options) -> Vec<(&'a str, &'a Method)> {
    let ready = |method: &Method| setup.app.is_some() || !method.needs_app();
    setup.manifest.methods().filter(|(name, method)| options.allows(name) && ready(method)).collect()
}

/// Where a sign-in that began with a link leads back to.
pub(super) struct Return {
    /// The page that was asked for.
    url: Option<String>,
    /// The link itself.
    token: Option<String>,
}

impl Return {
    /// The page that was asked for, told what became of it.
    pub(super) fn with(&self, outcome: &str, what: &str) -> Option<String> {
        told_of(self.url.as_deref()?, outcome, what)
    }

    /// The link's own page, which asks for the rest.
    pub(super) fn to_the_rest(&self, app: &App, language: Language) -> Option<String> {
        let token = self.token.as_deref()?;
        Some(format!("{}/connect/{token}?lang={}", app.config.public_base(), language.tag()))
    }
}

/// A page's address with what became of it.
fn told_of(url: &str, outcome: &str, what: &str) -> Option<String> {
    let mut url = url::Url::parse(url).ok()?;
    let name = if outcome == "connected" { "integration" } else { "code" };
    url.query_pairs_mut().append_pair("linchpin", outcome).append_pair(name, what);
    Some(url.into())
}

/// Hash of the link that a sign-in began with, if it began with one.
pub(super) fn link_of(session: &connect_sessions::ConnectSession) -> Option<&str> {
    session.install_options.get(LINK).and_then(serde_json::Value::as_str)
}

/// Where a sign-in that began with a link leads back to. `token` is what it carried.
pub(super) async fn back(
    app: &App,
    session: &connect_sessions::ConnectSession,
    token: Option<String>,
) -> Result<Option<Return>, ApiError> {
    let Some(hash) = link_of(session) else { return Ok(None) };
    let mut conn = app.store.read().await?;
    let link = connect_links::find(&mut conn, hash).await?.filter(|link| link.project_id == session.project_id);
    Ok(Some(Return { url: link.and_then(|link| link.return_url), token }))
}
