//! The first page of the OAuth window (R22). It ties the window's browser to the user who begins: a
//! cookie that the callback asks for. It tells the page that opened it to go on, or shows what is wrong.
//!
//! The cookie is sealed with the project's data key and holds user, integration and end. Whoever has a
//! user token of their own could open this page in somebody else's browser, to get that person's account;
//! so the cookie is set at once only where the browser says that a page of an allowed origin opened the
//! window (`Referer`). Where it does not say, or the project lists no origins, a person first reads which
//! application and which user this is for and goes on, so that nobody's account lands with a stranger
//! unseen.
//!
//! Where the SDK is given names of ours for each service, the page moves to the public one first: the
//! provider sends the window back there, and a cookie is of one name only.
//!
//! A window whose page has lost it is not sent on by that page: it fetches the address itself, which needs
//! the cookie, and works once.

use std::time::Duration;

use axum::Json;
use axum::extract::{Form, OriginalUri, Query, State};
use axum::http::header::{COOKIE, HOST, REFERER};
use axum::http::uri::{Authority, PathAndQuery};
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::{IntoResponse, Redirect, Response};
use linchpin_connectors::manifest::Method;
use linchpin_domain::Timestamp;
use linchpin_domain::id::{ConnectedUserId, IntegrationId, ProjectId};
use linchpin_store::vault::Place;
use linchpin_store::{connect_sessions, projects};
use secrecy::ExposeSecret;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use url::Url;

use super::origins;
use super::page::{Page, escape, is_own_form, literal};
use super::words::Language;
use crate::http::auth::ConnectedUser;
use crate::http::auth::user_token::project_of;
use crate::http::error::ApiError;
use crate::state::App;

/// What the window's address says.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Question {
    #[serde(default)]
    integration_id: String,
    #[serde(default)]
    origin_for_post_message: String,
    #[serde(default)]
    user_token: String,
    /// Our own SDK says which beginning the window belongs to.
    #[serde(default)]
    oauth_meta_key_id: String,
    /// The language of the page; the browser's when absent.
    #[serde(default)]
    lang: Option<String>,
    /// The window was sent here from another of our names.
    #[serde(default)]
    moved: bool,
}

/// Who begins what, and from where.
struct Begun {
    user: ConnectedUser,
    integration_id: IntegrationId,
    provider: String,
    project: projects::Project,
    origin: Url,
}

#[derive(Serialize, Deserialize)]
struct Nonce {
    user: ConnectedUserId,
    integration: IntegrationId,
    until: i64,
}

/// The first page of the OAuth window (R22)
pub(super) async fn show(
    State(app): State<App>,
    OriginalUri(uri): OriginalUri,
    headers: HeaderMap,
    Query(question): Query<Question>,
) -> Response {
    if let Some(there) = elsewhere(&app, &headers, &uri, &question) {
        return there;
    }
    let language = Language::of(question.lang.as_deref(), &headers);
    match begin(&app, uri.path(), &question).await {
        Err(error) => refused(&app, language, &error),
        Ok(begun) if begun.project.allowed_origins.is_empty() => ask(&app, language, &begun, &question),
        Ok(begun) => match opened_by(&app, &headers, &begun.project.allowed_origins) {
            Opener::Allowed => go_on(&app, language, &begun, &question),
            Opener::Unknown => ask(&app, language, &begun, &question),
            Opener::Other(origin) => {
                let said = (language.words().opened_by_other)(&origin);
                refused(&app, language, &ApiError::invalid([("originForPostMessage", said)]))
            }
        },
    }
}

/// The same page under the name that the provider sends the window back to: cookies belong to one name, and
/// the SDK opens the window at another where each service has its own.
fn elsewhere(app: &App, headers: &HeaderMap, uri: &Uri, question: &Question) -> Option<Response> {
    // HTTP/2 says it in the address.
    let host = match uri.host() {
        Some(host) => host.to_owned(),
        None => headers.get(HOST)?.to_str().ok()?.parse::<Authority>().ok()?.host().to_owned(),
    };
    let public = app.config.public_url.host_str().unwrap_or_default();
    // Once: a front that does not pass the name on would be sent there for ever.
    if question.moved || host.eq_ignore_ascii_case(public) {
        return None;
    }
    let address = uri.path_and_query().map_or("", PathAndQuery::as_str).trim_start_matches('/');
    Some(Redirect::temporary(&format!("{}/{address}&moved=true", app.config.public_base())).into_response())
}

/// Which page opened the window, as far as the browser says.
enum Opener {
    Allowed,
    Unknown,
    Other(String),
}

/// A page cannot choose what its browser says here; it can only have it say nothing. A client that does not
/// even say how the request came about is no browser of today, and holds no session of anybody's.
fn opened_by(app: &App, headers: &HeaderMap, allowed: &[String]) -> Opener {
    let referrer = headers.get(REFERER).and_then(|value| value.to_str().ok()).and_then(origins::parse);
    match referrer {
        Some(page) if origins::allows(allowed, &page) => Opener::Allowed,
        // The dashboard, where somebody of the team acts as the user: asked, since it is not the user's own page.
        Some(page) if page.origin() == app.config.public_url.origin() => Opener::Unknown,
        Some(page) => Opener::Other(page.origin().ascii_serialization()),
        None if headers.contains_key("sec-fetch-site") => Opener::Unknown,
        None => Opener::Allowed,
    }
}

/// "Continue" on the page that asks.
pub(super) async fn confirm(
    State(app): State<App>,
    OriginalUri(uri): OriginalUri,
    headers: HeaderMap,
    Form(question): Form<Question>,
) -> Response {
    let language = Language::of(question.lang.as_deref(), &headers);
    if !is_own_form(&app, &headers) {
        return refused(&app, language, &ApiError::bad_request("foreign_form", language.words().foreign_form));
    }
    match begin(&app, uri.path(), &question).await {
        Err(error) => refused(&app, language, &error),
        Ok(begun) => go_on(&app, language, &begun, &question),
    }
}

/// Why the sign-in that the window waits for could not begin; `{}` while nothing is wrong.
pub(super) async fn status(
    State(app): State<App>,
    OriginalUri(uri): OriginalUri,
    headers: HeaderMap,
    Query(question): Query<Question>,
) -> Result<Json<Value>, ApiError> {
    let words = Language::of(question.lang.as_deref(), &headers).words();
    let (user, integration) = asker(&app, uri.path(), &question).await?;
    Ok(Json(match app.beginnings.failure(user.id, integration) {
        Some(error) => json!({"message": words.told(&error)}),
        None => json!({}),
    }))
}

/// The consent page, for a window that its page cannot send there: once, to the browser that holds the
/// nonce of this user and integration. `{}` while there is nothing yet, `message` when it could not begin.
pub(super) async fn proceed(
    State(app): State<App>,
    OriginalUri(uri): OriginalUri,
    headers: HeaderMap,
    Form(question): Form<Question>,
) -> Result<Json<Value>, ApiError> {
    let words = Language::of(question.lang.as_deref(), &headers).words();
    let (user, integration) = asker(&app, uri.path(), &question).await?;
    if !holds_nonce(&app, &headers, user.project_id, user.id, integration) {
        return Err(ApiError::conflict("nonce_missing", words.no_cookie));
    }
    if let Some(error) = app.beginnings.failure(user.id, integration) {
        return Ok(Json(json!({"message": words.told(&error)})));
    }
    let key = Some(question.oauth_meta_key_id.as_str()).filter(|key| !key.is_empty());
    Ok(Json(match app.beginnings.take(user.id, integration, key) {
        Some(address) => json!({"redirectUrl": address.as_ref()}),
        None => json!({}),
    }))
}

async fn asker(app: &App, path: &str, question: &Question) -> Result<(ConnectedUser, IntegrationId), ApiError> {
    let project_id = project_of(path).ok_or_else(|| ApiError::not_found("project"))?;
    let user = app.tokens.verify(project_id, &question.user_token).await?;
    let integration = question.integration_id.parse().map_err(|_| ApiError::not_found("integration"))?;
    Ok((user, integration))
}

/// The cookie's name for a user and an integration: several sign-ins in one browser do not disturb each other.
fn cookie_name(app: &App, user: ConnectedUserId, integration: IntegrationId) -> String {
    let prefix = if app.config.public_url.scheme() == "https" { "__Host-" } else { "" };
    format!("{prefix}linchpin-oauth-{}-{}", integration.0.simple(), user.0.simple())
}

/// It stays until its end: another window of the same user may still be at the provider, and what a state is
/// good for is used up with the state.
fn cookie(app: &App, nonce: &Nonce, value: &str, lifetime: Duration) -> String {
    let secure = if app.config.public_url.scheme() == "https" { "; Secure" } else { "" };
    let name = cookie_name(app, nonce.user, nonce.integration);
    format!("{name}={value}; Path=/; Max-Age={}; HttpOnly; SameSite=Lax{secure}", lifetime.as_secs())
}

/// The cookie for a sign-in that begins in this browser now.
pub(super) fn fresh_cookie(
    app: &App,
    project: ProjectId,
    user: ConnectedUserId,
    integration: IntegrationId,
) -> Option<String> {
    let lifetime = connect_sessions::LIFETIME;
    let until: Timestamp = app.clock.now().plus(lifetime);
    let nonce = Nonce { user, integration, until: until.as_millis() };
    let sealed = seal(app, project, &nonce)?;
    Some(cookie(app, &nonce, &sealed, lifetime))
}

/// Whether the browser that came back from the provider is the one that began.
pub(super) fn agrees(app: &App, headers: &HeaderMap, session: &connect_sessions::ConnectSession) -> bool {
    holds_nonce(app, headers, session.project_id, session.user_id, session.integration_id)
}

fn holds_nonce(
    app: &App,
    headers: &HeaderMap,
    project: ProjectId,
    user: ConnectedUserId,
    integration: IntegrationId,
) -> bool {
    let name = cookie_name(app, user, integration);
    headers
        .get_all(COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|cookies| cookies.split(';'))
        .filter_map(|cookie| cookie.trim().split_once('='))
        .filter(|(found, _)| *found == name)
        .any(|(_, value)| {
            let Some(nonce) = open(app, project, value) else { return false };
            nonce.user == user && nonce.integration == integration && nonce.until > app.clock.now().as_millis()
        })
}

fn seal(app: &App, project: ProjectId, nonce: &Nonce) -> Option<String> {
    let text = serde_json::to_string(nonce).ok()?;
    app.store.vault().seal(project, PLACE, &text).ok()
}

fn open(app: &App, project: ProjectId, value: &str) -> Option<Nonce> {
    let text = app.store.vault().open(project, PLACE, value).ok()?;
    serde_json::from_str(text.expose_secret()).ok()
}

/// No column: the value travels in a cookie.
const PLACE: Place<'static> = Place { column: "oauth.nonce", row: "cookie" };

async fn begin(app: &App, path: &str, question: &Question) -> Result<Begun, ApiError> {
    let project_id = project_of(path).ok_or_else(|| ApiError::not_found("project"))?;
    if question.user_token.is_empty() {
        return Err(ApiError::unauthorized("token_missing", "the user token is missing"));
    }
    let user = app.tokens.verify(project_id, &question.user_token).await?;
    let integration_id: IntegrationId =
        question.integration_id.parse().map_err(|_| ApiError::not_found("integration"))?;
    let setup = app.connections.setup(project_id, integration_id).await?;
    let setup = setup.ok_or_else(|| ApiError::not_found("integration"))?;
    if !setup.active {
        return Err(ApiError::conflict("inactive", format!("{} is switched off in this project", setup.manifest.name)));
    }
    // Which way is meant is known when the sign-in begins; one of them must be ready.
    let ready = |(_, method): (&str, &Method)| {
        method.oauth2.as_ref().is_some_and(|oauth2| oauth2.user_app || setup.app.is_some())
    };
    if !setup.manifest.methods().any(ready) {
        return Err(ApiError::conflict(
            "not_set_up",
            format!("{} has no client id and secret in this project yet", setup.manifest.name),
        ));
    }
    let mut conn = app.store.read().await?;
    let project = projects::find(&mut conn, project_id).await?.ok_or_else(|| ApiError::not_found("project"))?;
    let origin = allowed_origin(app, &project.allowed_origins, &question.origin_for_post_message)?;
    Ok(Begun { user, integration_id, provider: setup.manifest.name.clone(), project, origin })
}

/// The origin of the page that begins, if the project allows it; the dashboard's always is.
pub(super) fn allowed_origin(app: &App, patterns: &[String], text: &str) -> Result<Url, ApiError> {
    let origin = origins::parse(text).ok_or_else(|| {
        ApiError::invalid([("originForPostMessage", format!("`{text}` is not the origin of a web page"))])
    })?;
    let own = origin.origin() == app.config.public_url.origin();
    if !own && !patterns.is_empty() && !origins::allows(patterns, &origin) {
        let origin = origin.origin().ascii_serialization();
        return Err(ApiError::invalid([(
            "originForPostMessage",
            format!("{origin} is not among the project's allowed origins; add it in the dashboard under Settings"),
        )]));
    }
    Ok(origin)
}

fn refused(app: &App, language: Language, error: &ApiError) -> Response {
    let words = language.words();
    let page = Page::new(StatusCode::BAD_REQUEST, words.cannot, &words.told(error))
        .language(language)
        .html(&format!("<p class=\"quiet\">{}</p>", words.close));
    let mut response = page.answer(&*app.clock);
    *response.status_mut() = error.clone().into_response().status();
    response
}

/// What the page does: see [`go_on`]. It asks for half a minute, and after three seconds no longer counts on
/// the page that opened it.
const SCRIPT: &str = "\
const text=document.getElementById('text');let n=0;\
const alone=()=>!window.opener||n>3;\
if(!alone())window.opener.postMessage({type:'oauth-nonce-loaded'},s.origin);\
const ask=()=>(alone()?fetch(s.status,{method:'POST',body:new URLSearchParams(s.query)}):fetch(s.status+'?'+s.query))\
.then(r=>r.json()).then(b=>{if(b.redirectUrl)location.replace(b.redirectUrl);else if(b.message)text.textContent=b.message;else again()},again);\
const again=()=>{if(++n<40)setTimeout(ask,750);else text.textContent=s.late};\
setTimeout(ask,alone()?0:750);";

/// Posts to the page that opened the window, which sends it on, and looks whether that page could begin. A
/// window that has lost its page goes on by itself.
fn go_on(app: &App, language: Language, begun: &Begun, question: &Question) -> Response {
    let words = language.words();
    let Some(cookie) = fresh_cookie(app, begun.project.id, begun.user.id, begun.integration_id) else {
        return refused(app, language, &ApiError::unavailable(words.our_side));
    };
    let query = url::form_urlencoded::Serializer::new(String::new())
        .append_pair("integrationId", &question.integration_id)
        .append_pair("userToken", &question.user_token)
        .append_pair("oauthMetaKeyId", &question.oauth_meta_key_id)
        .append_pair("lang", language.tag())
        .finish();
    let settings = literal(&json!({
        "origin": begun.origin.origin().ascii_serialization(),
        "status": format!("/projects/{}/sdk/actions/oauth-nonce/status", begun.project.id),
        "query": query,
        "late": words.did_not_go_on,
    }));
    Page::new(StatusCode::OK, &(words.connecting)(&begun.provider), words.one_moment)
        .language(language)
        .script(&format!("const s={settings};{SCRIPT}"))
        .cookie(cookie)
        .answer(&*app.clock)
}

/// Nobody vouches for the page that opened the window, so a person decides.
fn ask(app: &App, language: Language, begun: &Begun, question: &Question) -> Response {
    let words = language.words();
    let field =
        |name: &str, value: &str| format!("<input type=\"hidden\" name=\"{name}\" value=\"{}\">", escape(value));
    let form = format!(
        "<p>{}</p><form method=\"post\" action=\"/projects/{}/sdk/actions/oauth-nonce\">{}{}{}{}{}\
        <button class=\"main\" type=\"submit\">{}</button><button type=\"button\" id=\"cancel\">{}</button></form>",
        (words.asked_by)(&strong(&begun.user.external_id), &strong(&begun.origin.origin().ascii_serialization())),
        begun.project.id,
        field("integrationId", &question.integration_id),
        field("originForPostMessage", &question.origin_for_post_message),
        field("userToken", &question.user_token),
        field("oauthMetaKeyId", &question.oauth_meta_key_id),
        question.lang.as_deref().map_or_else(String::new, |lang| field("lang", lang)),
        words.go_on_here,
        words.cancel,
    );
    let text = (words.wants)(&begun.project.name, &begun.provider);
    Page::new(StatusCode::OK, &(words.connect)(&begun.provider), &text)
        .language(language)
        .html(&form)
        .script("document.getElementById('cancel').onclick=()=>window.close();")
        .with_form()
        .answer(&*app.clock)
}

fn strong(text: &str) -> String {
    format!("<strong>{}</strong>", escape(text))
}
