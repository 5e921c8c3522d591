//! The first page of the OAuth window (R22). It ties the window's browser to the user who begins: a
//! cookie that the callback asks for. It tells the page that opened it to go on, or shows what is wrong.
//!
//! The cookie is sealed with the project's data key and holds user, integration and end. It is set for a
//! page of an allowed origin at once; where the project lists no origins, after a person has read which
//! application and which user this is for, so that nobody's account lands with a stranger unseen.

use std::time::Duration;

use axum::Json;
use axum::extract::{Form, OriginalUri, Query, State};
use axum::http::header::{COOKIE, ORIGIN};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use linchpin_domain::Timestamp;
use linchpin_domain::id::{ConnectedUserId, IntegrationId, ProjectId};
use linchpin_store::vault::Place;
use linchpin_store::{connect_sessions, projects};
use secrecy::ExposeSecret;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use url::Url;

use super::origins;
use super::page::{Page, escape, literal};
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
    Query(question): Query<Question>,
) -> Response {
    match begin(&app, uri.path(), &question).await {
        Err(error) => refused(&app, &error),
        Ok(begun) if begun.project.allowed_origins.is_empty() => ask(&app, &begun, &question),
        Ok(begun) => go_on(&app, &begun, &question),
    }
}

/// "Continue" on the page that asks.
pub(super) async fn confirm(
    State(app): State<App>,
    OriginalUri(uri): OriginalUri,
    headers: HeaderMap,
    Form(question): Form<Question>,
) -> Response {
    // The page that asks sends no referrer, so browsers say `null` for its origin; they still say that the
    // form is our own.
    let own = match headers.get("sec-fetch-site").and_then(|value| value.to_str().ok()) {
        Some(site) => site == "same-origin",
        None => {
            headers.get(ORIGIN).and_then(|value| value.to_str().ok())
                == Some(app.config.public_url.origin().ascii_serialization().as_str())
        }
    };
    if !own {
        return refused(&app, &ApiError::bad_request("foreign_form", "this form was not sent by our own page"));
    }
    match begin(&app, uri.path(), &question).await {
        Err(error) => refused(&app, &error),
        Ok(begun) => go_on(&app, &begun, &question),
    }
}

/// Why the sign-in that the window waits for could not begin; `{}` while nothing is wrong.
pub(super) async fn status(
    State(app): State<App>,
    OriginalUri(uri): OriginalUri,
    Query(question): Query<Question>,
) -> Result<Json<Value>, ApiError> {
    let project_id = project_of(uri.path()).ok_or_else(|| ApiError::not_found("project"))?;
    let user = app.tokens.verify(project_id, &question.user_token).await?;
    let integration = question.integration_id.parse().map_err(|_| ApiError::not_found("integration"))?;
    Ok(Json(match app.failures.find(user.id, integration) {
        Some(message) => json!({"message": message.as_ref()}),
        None => json!({}),
    }))
}

/// The cookie's name for an integration: two sign-ins at once do not disturb each other.
fn cookie_name(app: &App, integration: IntegrationId) -> String {
    let prefix = if app.config.public_url.scheme() == "https" { "__Host-" } else { "" };
    format!("{prefix}linchpin-oauth-{}", integration.0.simple())
}

fn cookie(app: &App, integration: IntegrationId, value: &str, lifetime: Duration) -> String {
    let secure = if app.config.public_url.scheme() == "https" { "; Secure" } else { "" };
    let name = cookie_name(app, integration);
    format!("{name}={value}; Path=/; Max-Age={}; HttpOnly; SameSite=Lax{secure}", lifetime.as_secs())
}

/// A cookie that makes the browser forget the nonce.
pub(super) fn forget(app: &App, integration: IntegrationId) -> String {
    cookie(app, integration, "", Duration::ZERO)
}

/// Whether the browser that came back from the provider is the one that began.
pub(super) fn agrees(app: &App, headers: &HeaderMap, session: &connect_sessions::ConnectSession) -> bool {
    let name = cookie_name(app, session.integration_id);
    headers
        .get_all(COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|cookies| cookies.split(';'))
        .filter_map(|cookie| cookie.trim().split_once('='))
        .filter(|(found, _)| *found == name)
        .any(|(_, value)| {
            let Some(nonce) = open(app, session.project_id, value) else { return false };
            nonce.user == session.user_id
                && nonce.integration == session.integration_id
                && nonce.until > app.clock.now().as_millis()
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
    if setup.app.is_none() {
        return Err(ApiError::conflict(
            "not_set_up",
            format!("{} has no client id and secret in this project yet", setup.manifest.name),
        ));
    }
    let mut conn = app.store.read().await?;
    let project = projects::find(&mut conn, project_id).await?.ok_or_else(|| ApiError::not_found("project"))?;
    let origin = allowed_origin(&project.allowed_origins, &question.origin_for_post_message)?;
    Ok(Begun { user, integration_id, provider: setup.manifest.name.clone(), project, origin })
}

/// The origin of the page that begins, if the project allows it.
pub(super) fn allowed_origin(patterns: &[String], text: &str) -> Result<Url, ApiError> {
    let origin = origins::parse(text).ok_or_else(|| {
        ApiError::invalid([("originForPostMessage", format!("`{text}` is not the origin of a web page"))])
    })?;
    if !patterns.is_empty() && !origins::allows(patterns, &origin) {
        let origin = origin.origin().ascii_serialization();
        return Err(ApiError::invalid([(
            "originForPostMessage",
            format!("{origin} is not among the project's allowed origins; add it in the dashboard under Settings"),
        )]));
    }
    Ok(origin)
}

fn refused(app: &App, error: &ApiError) -> Response {
    let page = Page::new(StatusCode::BAD_REQUEST, "This account cannot be connected", error.message())
        .html("<p class=\"quiet\">You can close this window.</p>");
    let mut response = page.answer(&*app.clock);
    *response.status_mut() = error.clone().into_response().status();
    response
}

/// Posts to the page that opened the window, then looks whether that page could begin.
fn go_on(app: &App, begun: &Begun, question: &Question) -> Response {
    let lifetime = connect_sessions::LIFETIME;
    let until: Timestamp = app.clock.now().plus(lifetime);
    let nonce = Nonce { user: begun.user.id, integration: begun.integration_id, until: until.as_millis() };
    let Some(sealed) = seal(app, begun.project.id, &nonce) else {
        return refused(app, &ApiError::unavailable("something went wrong on our side; try again"));
    };
    let query = url::form_urlencoded::Serializer::new(String::new())
        .append_pair("integrationId", &question.integration_id)
        .append_pair("userToken", &question.user_token)
        .finish();
    let settings = literal(&json!({
        "origin": begun.origin.origin().ascii_serialization(),
        "status": format!("/projects/{}/sdk/actions/oauth-nonce/status?{query}", begun.project.id),
    }));
    let script = format!(
        "const s={settings},t=document.getElementById('text');\
        if(window.opener){{window.opener.postMessage({{type:'oauth-nonce-loaded'}},s.origin);\
        let n=0;const ask=()=>fetch(s.status).then(r=>r.json()).then(b=>{{if(b.message)t.textContent=b.message;\
        else if(++n<40)setTimeout(ask,750)}}).catch(()=>{{if(++n<40)setTimeout(ask,1500)}});setTimeout(ask,750)}}\
        else t.textContent='This window was not opened by the application. Close it and try again from there.';"
    );
    Page::new(StatusCode::OK, &format!("Connecting {}", begun.provider), "One moment\u{2026}")
        .script(&script)
        .cookie(cookie(app, begun.integration_id, &sealed, lifetime))
        .answer(&*app.clock)
}

/// The project lists no origins, so a person decides.
fn ask(app: &App, begun: &Begun, question: &Question) -> Response {
    let field =
        |name: &str, value: &str| format!("<input type=\"hidden\" name=\"{name}\" value=\"{}\">", escape(value));
    let form = format!(
        "<p>It is connected for the user <strong>{}</strong>, asked for by <strong>{}</strong>. Continue only if you began this there.</p>\
        <form method=\"post\" action=\"/projects/{}/sdk/actions/oauth-nonce\">{}{}{}\
        <button class=\"main\" type=\"submit\">Continue</button><button type=\"button\" id=\"cancel\">Cancel</button></form>",
        escape(&begun.user.external_id),
        escape(&begun.origin.origin().ascii_serialization()),
        begun.project.id,
        field("integrationId", &question.integration_id),
        field("originForPostMessage", &question.origin_for_post_message),
        field("userToken", &question.user_token),
    );
    let text = format!("{} wants to connect your {} account.", begun.project.name, begun.provider);
    Page::new(StatusCode::OK, &format!("Connect {}?", begun.provider), &text)
        .html(&form)
        .script("document.getElementById('cancel').onclick=()=>window.close();")
        .with_form()
        .answer(&*app.clock)
}
