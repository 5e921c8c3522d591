//! Connect links: the way to an account without a window of the host application's page. A backend makes
//! one for an e-mail; the portal makes one where the browser opens no windows, and the whole tab goes there
//! and comes back. The page that a link opens is first-party, so it needs no third-party cookie.
//!
//! Opening a link changes nothing, since mail programs open links to look at them: a person reads which
//! application and which user it is for, and goes on.

use std::time::Duration;

use axum::Json;
use axum::extract::{Path, Query, State};
use axum::http::header::ORIGIN;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use linchpin_domain::Timestamp;
use linchpin_domain::id::{IntegrationId, secret_text};
use linchpin_store::connect_links::{self, ConnectLink};
use linchpin_store::{connect_sessions, connected_users, projects};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use super::page::{Page, escape, literal};
use super::words::{Asked, Language, Words};
use super::{allows_redirect, connect_refused, nonce, start};
use crate::credentials::connect::{Options, Owner};
use crate::http::auth::ConnectedUser;
use crate::http::error::ApiError;
use crate::http::sdk::connectable;
use crate::http::sdk::described::{Conflicting, NotThere, ProjectPath, Refused, Unfit, Unreadable};
use crate::state::App;

/// How long a link works that the user's own page asked for.
const OF_A_PAGE: Duration = Duration::from_mins(15);

/// Where a sign-in that began with a link keeps the language of its pages.
pub(super) const LANGUAGE: &str = "lang";

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
    /// By which of several ways; one that signs in at the provider.
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
    };
    connect_links::add(&mut tx, &link).await?;
    tx.commit().await?;
    Ok(Made { url: format!("{}/connect/{token}", app.config.public_base()), expires_at: link.expires_at })
}

/// What a link's page is made of.
struct Opened {
    link: ConnectLink,
    provider: String,
    project: String,
    user: String,
}

/// The page that a link opens
pub(super) async fn show(
    State(app): State<App>,
    Path(token): Path<String>,
    Query(asked): Query<Asked>,
    headers: HeaderMap,
) -> Response {
    let language = Language::of(asked.lang.as_deref(), &headers);
    let words = language.words();
    match open(&app, &token, words).await {
        Err(error) => refused(&app, language, &error),
        Ok(opened) => {
            let user = format!("<strong>{}</strong>", escape(&opened.user));
            let form = format!(
                "<p>{}</p><form method=\"post\"><button class=\"main\" type=\"submit\">{}</button></form>",
                (words.for_user)(&user),
                escape(&(words.go_on)(&opened.provider)),
            );
            let text = (words.wants)(&opened.project, &opened.provider);
            Page::new(StatusCode::OK, &(words.connect)(&opened.provider), &text)
                .language(language)
                .html(&form)
                .with_form()
                .answer(&*app.clock)
        }
    }
}

/// "Continue" on that page.
pub(super) async fn go(
    State(app): State<App>,
    Path(token): Path<String>,
    Query(asked): Query<Asked>,
    headers: HeaderMap,
) -> Response {
    let language = Language::of(asked.lang.as_deref(), &headers);
    let words = language.words();
    let own = match headers.get("sec-fetch-site").and_then(|value| value.to_str().ok()) {
        Some(site) => site == "same-origin",
        None => {
            headers.get(ORIGIN).and_then(|value| value.to_str().ok())
                == Some(app.config.public_url.origin().ascii_serialization().as_str())
        }
    };
    if !own {
        return refused(&app, language, &ApiError::bad_request("foreign_form", words.foreign_form));
    }
    match begin(&app, &token, language).await {
        Err(error) => refused(&app, language, &error),
        Ok((opened, address)) => {
            let Some(cookie) =
                nonce::fresh_cookie(&app, opened.link.project_id, opened.link.user_id, opened.link.integration_id)
            else {
                return refused(&app, language, &ApiError::unavailable(words.our_side));
            };
            let on = (words.go_on)(&opened.provider);
            // By script: a form that is redirected to another site is stopped by its page's policy.
            Page::new(StatusCode::OK, &(words.connecting)(&opened.provider), words.one_moment)
                .language(language)
                .html(&format!("<p><a href=\"{}\">{}</a></p>", escape(&address), escape(&on)))
                .script(&format!("location.replace({});", literal(&json!(address))))
                .cookie(cookie)
                .answer(&*app.clock)
        }
    }
}

async fn begin(app: &App, token: &str, language: Language) -> Result<(Opened, String), ApiError> {
    let opened = open(app, token, language.words()).await?;
    let link = &opened.link;
    let setup = start::ready(app, link.project_id, link.integration_id).await?;
    let options: Options = serde_json::from_value(link.install_options.clone()).unwrap_or_default();
    let owner = Owner { project_id: link.project_id, user_id: link.user_id };
    app.connections.check(owner, &setup, &options).await.map_err(connect_refused)?;
    let mut install_options = link.install_options.clone();
    install_options["link"] = link.token_hash.clone().into();
    install_options[LANGUAGE] = language.tag().into();
    let begun = start::Begun::with(&setup, options.method(), &serde_json::Map::new())?;
    let beginning = start::Beginning {
        begun,
        owner,
        session_key: secret_text(&*app.clock)[..32].to_owned(),
        // Nobody waits for a message of this window.
        origin: app.config.public_url.origin().ascii_serialization(),
        redirect_url: format!("{}/oauth", app.config.public_base()),
        install_options,
    };
    let address = start::authorize(app, &setup, beginning).await?;
    Ok((opened, address))
}

async fn open(app: &App, token: &str, words: &Words) -> Result<Opened, ApiError> {
    let gone = |message: &str| ApiError::status(StatusCode::GONE, "link_gone", message);
    let mut conn = app.store.read().await?;
    let link = connect_links::find(&mut conn, &connect_sessions::hash(token)).await?;
    let link = link.ok_or_else(|| gone(words.link_unknown))?;
    if link.used_at.is_some() {
        return Err(gone(words.link_used));
    }
    if link.expires_at <= app.clock.now() {
        return Err(gone(words.link_expired));
    }
    let project = projects::find(&mut conn, link.project_id).await?.ok_or_else(|| ApiError::not_found("project"))?;
    let user = connected_users::find(&mut conn, link.project_id, link.user_id).await?;
    let user = user.filter(|user| !user.disabled).ok_or_else(|| gone(words.link_stopped))?;
    drop(conn);
    let setup = start::ready(app, link.project_id, link.integration_id).await?;
    Ok(Opened {
        provider: setup.manifest.name.clone(),
        project: project.name,
        user: crate::http::manage::display_name(&user),
        link,
    })
}

/// Where the browser goes after a sign-in that began with a link.
pub(super) struct Return(Option<String>);

impl Return {
    /// The address with what became of it.
    pub(super) fn with(&self, outcome: &str, what: &str) -> Option<String> {
        let mut url = url::Url::parse(self.0.as_deref()?).ok()?;
        let name = if outcome == "connected" { "integration" } else { "code" };
        url.query_pairs_mut().append_pair("linchpin", outcome).append_pair(name, what);
        Some(url.into())
    }
}

/// The end of a sign-in, where it began with a link: the link is used up if it succeeded.
pub(super) async fn finish(
    app: &App,
    session: &connect_sessions::ConnectSession,
    connected: bool,
) -> Result<Option<Return>, ApiError> {
    let Some(hash) = session.install_options.get("link").and_then(serde_json::Value::as_str) else { return Ok(None) };
    let mut tx = app.store.begin().await?;
    let link = connect_links::find(&mut tx, hash).await?.filter(|link| link.project_id == session.project_id);
    if connected {
        connect_links::use_up(&mut tx, session.project_id, hash, app.clock.now()).await?;
    }
    tx.commit().await?;
    Ok(Some(Return(link.and_then(|link| link.return_url))))
}

fn refused(app: &App, language: Language, error: &ApiError) -> Response {
    let page = Page::new(StatusCode::BAD_REQUEST, language.words().cannot, error.message());
    let mut response = page.language(language).answer(&*app.clock);
    *response.status_mut() = error.clone().into_response().status();
    response
}
