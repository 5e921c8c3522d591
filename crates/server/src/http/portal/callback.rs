//! Where the provider sends the user back to. The state names a row that is used once; the browser's
//! nonce cookie must agree with it. Success is learned by polling, so no token material passes through
//! the browser; a failure is posted to the page, which has no other way to learn of it.

use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use linchpin_connectors::oauth2::{self, Way};
use linchpin_domain::id::CredentialId;
use linchpin_store::connect_sessions::{self, Carried, ConnectSession};
use linchpin_store::connected_users;
use linchpin_store::credentials::{self, Status};
use serde::Deserialize;
use serde_json::json;

use super::page::{Page, escape, literal};
use super::start::Begun;
use super::words::Language;
use super::{connect_refused, token_refused};
use super::{links, nonce};
use crate::credentials::connect::{Connecting, Options, Owner};
use crate::http::error::ApiError;
use crate::state::App;

#[derive(Debug, Deserialize)]
pub(super) struct Answer {
    #[serde(default)]
    state: Option<String>,
    #[serde(default)]
    code: Option<String>,
    #[serde(default)]
    error: Option<String>,
    #[serde(default)]
    error_description: Option<String>,
}

/// The last page of the OAuth window
pub(super) async fn callback(State(app): State<App>, headers: HeaderMap, Query(answer): Query<Answer>) -> Response {
    let browser = Language::of(None, &headers);
    let words = browser.words();
    let Some(state) = answer.state.as_deref().filter(|state| !state.is_empty()) else {
        return lost(&app, browser, words.only_by_provider);
    };
    let taken = async {
        let mut tx = app.store.begin().await?;
        let taken = connect_sessions::take(&mut tx, state, app.clock.now()).await?;
        tx.commit().await?;
        Ok::<_, linchpin_store::Error>(taken)
    };
    let (session, carried) = match taken.await {
        Ok(Some(taken)) => taken,
        Ok(None) => {
            return lost(&app, browser, words.used_or_late);
        }
        Err(error) => {
            let error = ApiError::from(error);
            return lost(&app, browser, error.message());
        }
    };
    if !nonce::agrees(&app, &headers, &session) {
        tracing::warn!(project.id = %session.project_id, "a sign-in came back to another browser than the one that began it");
        // This browser may be anybody's: neither the page that began nor its poller is told anything.
        return lost(&app, browser, words.other_browser);
    }
    app.beginnings.forget(session.user_id, session.integration_id);
    let outcome = match &answer.error {
        Some(error) => Err(denied(error, answer.error_description.as_deref())),
        None => store(&app, &session, &carried, answer.code.as_deref()).await,
    };
    let token = Begun::read(carried.inputs.as_ref()).link;
    let back = match links::back(&app, &session, token).await {
        Ok(back) => back,
        Err(error) => return lost(&app, browser, error.message()),
    };
    let asked = session.install_options.get(links::LANGUAGE).and_then(serde_json::Value::as_str);
    let language = Language::of(asked, &headers);
    let words = language.words();
    match outcome {
        Ok((id, provider, kind)) => {
            note(&app, &session, Ok(id)).await;
            if let Some(back) = back {
                // What is asked afterwards is asked on the link's page; otherwise in the portal, by its page.
                let rest = if is_pending(&app, &session, id).await { back.to_the_rest(&app, language) } else { None };
                if let Some(address) = rest.or_else(|| back.with("connected", &kind)) {
                    return Redirect::to(&address).into_response();
                }
            }
            Page::new(StatusCode::OK, &(words.connected)(&provider), words.close)
                .language(language)
                .script("window.close();")
                .answer(&*app.clock)
        }
        Err(error) => {
            note(&app, &session, Err(error.message())).await;
            match back {
                Some(back) => failed_link(&app, language, &back, &error),
                None => failed(&app, language, &session, &error),
            }
        }
    }
}

async fn store(
    app: &App,
    session: &ConnectSession,
    carried: &Carried,
    code: Option<&str>,
) -> Result<(CredentialId, String, String), ApiError> {
    let code = code
        .filter(|code| !code.is_empty())
        .ok_or_else(|| ApiError::bad_request("code_missing", "the provider sent neither a code nor an error"))?;
    let mut conn = app.store.read().await?;
    let user = connected_users::find(&mut conn, session.project_id, session.user_id).await?;
    drop(conn);
    if user.is_none_or(|user| user.disabled) {
        return Err(ApiError::conflict("user_disabled", "this user is disabled in the project"));
    }
    let setup = app.connections.setup(session.project_id, session.integration_id).await?;
    let setup = setup.filter(|setup| setup.active).ok_or_else(|| ApiError::not_found("integration"))?;
    let name = setup.manifest.name.clone();
    let begun = Begun::read(carried.inputs.as_ref());
    let way = Way::of(&setup.manifest, &begun.method, &setup.endpoint, &begun.inputs)
        .ok_or_else(|| ApiError::conflict("not_set_up", format!("{name} is no longer connected in this way")))?;
    let oauth = way.app(setup.app.as_ref()).ok_or_else(|| {
        ApiError::conflict("not_set_up", format!("{name} has no client id and secret in this project any more"))
    })?;
    let tokens =
        oauth2::exchange(app.connections.client(), way, &oauth, code, &session.redirect_url, carried.verifier.as_ref())
            .await
            .map_err(|error| token_refused(&name, &error))?;
    let options: Options = serde_json::from_value(session.install_options.clone()).unwrap_or_default();
    let owner = Owner { project_id: session.project_id, user_id: session.user_id };
    let connecting = Connecting {
        method: begun.method,
        inputs: begun.inputs,
        tokens: Some(tokens),
        link: links::link_of(session).map(str::to_owned),
    };
    let id = app.connections.connect(owner, &setup, connecting, &options).await.map_err(connect_refused)?;
    Ok((id, name, setup.manifest.kind.clone()))
}

/// Whether something is still asked about an account.
async fn is_pending(app: &App, session: &ConnectSession, id: CredentialId) -> bool {
    let read = async {
        let mut conn = app.store.read().await?;
        credentials::find(&mut conn, session.project_id, id).await
    };
    matches!(read.await, Ok(Some(account)) if account.status == Status::Pending)
}

/// How the sentence about a consent that was refused begins.
pub(super) const DENIED: &str = "access was not granted";

fn denied(error: &str, description: Option<&str>) -> ApiError {
    let said: String = description.filter(|text| !text.is_empty()).unwrap_or(error).chars().take(500).collect();
    let message =
        if error == "access_denied" { format!("{DENIED} ({said})") } else { format!("the provider refused: {said}") };
    ApiError::conflict(if error == "access_denied" { "oauth_denied" } else { "oauth_failed" }, message)
}

async fn note(app: &App, session: &ConnectSession, outcome: Result<CredentialId, &str>) {
    let write = async {
        let mut tx = app.store.begin().await?;
        connect_sessions::finish(&mut tx, &session.state_hash, outcome).await?;
        tx.commit().await
    };
    if let Err(error) = write.await {
        tracing::error!(error = &error as &dyn std::error::Error, "the end of a sign-in was not noted");
    }
}

/// A page for somebody who did not come from where this was begun.
fn lost(app: &App, language: Language, text: &str) -> Response {
    let words = language.words();
    Page::new(StatusCode::BAD_REQUEST, words.nothing, text)
        .language(language)
        .html(&quiet(words.close))
        .answer(&*app.clock)
}

/// The sign-in began with a link: there is a page to go back to, or the link is opened again.
fn failed_link(app: &App, language: Language, back: &links::Return, error: &ApiError) -> Response {
    let words = language.words();
    let page = Page::new(StatusCode::OK, words.nothing, &words.told(error)).language(language);
    let page = match back.with("failed", error.code()) {
        Some(address) => page.html(&format!("<p><a href=\"{}\">{}</a></p>", escape(&address), words.back)),
        None => page.html(&quiet(words.open_again)),
    };
    page.answer(&*app.clock)
}

fn failed(app: &App, language: Language, session: &ConnectSession, error: &ApiError) -> Response {
    let message = literal(&json!({
        "type": "oauth_error_callback",
        "error": error.message(),
        "errorResponse": {"message": error.message(), "code": error.code()},
        "integrationId": session.integration_id,
    }));
    let origin = literal(&json!(session.origin));
    let words = language.words();
    Page::new(StatusCode::OK, words.nothing, &words.told(error))
        .language(language)
        .html(&quiet(words.close_and_again))
        .script(&format!("if(window.opener)window.opener.postMessage({message},{origin});"))
        .answer(&*app.clock)
}

fn quiet(text: &str) -> String {
    format!("<p class=\"quiet\">{text}</p>")
}
