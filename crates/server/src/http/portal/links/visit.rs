//! The page of a connect link, one question at a time: which of several ways, what that way asks first, and
//! what is asked once the account is there. A way with a consent page then leads to the provider; another one
//! connects at once.

use std::sync::Arc;

use axum::extract::rejection::FormRejection;
use axum::extract::{Form as Entered, Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use linchpin_connectors::manifest::Method;
use linchpin_connectors::{Asked, Misfit, answers};
use linchpin_domain::id::secret_text;
use linchpin_store::connect_links::{self, ConnectLink};
use linchpin_store::credentials::{self, Credential, Status};
use linchpin_store::{connect_sessions, connected_users, projects};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::form::{Form, choice};
use super::{LANGUAGE, LINK, told_of, ways};
use crate::credentials::Setup;
use crate::credentials::connect::{CompleteError, ConnectError, Connecting, Options, Owner};
use crate::http::error::ApiError;
use crate::http::portal::page::{Page, escape, is_own_form, literal};
use crate::http::portal::words::{Language, Words};
use crate::http::portal::{connect_refused, nonce, start};
use crate::state::App;

/// What the page's address says.
#[derive(Debug, Default, Deserialize)]
pub(in crate::http::portal) struct Question {
    lang: Option<String>,
    way: Option<String>,
}

/// What the page of a link is made of.
struct Opened {
    token: String,
    link: ConnectLink,
    options: Options,
    setup: Arc<Setup>,
    project: String,
    user: String,
    /// The account that came of the link, while something is still asked about it.
    unfinished: Option<(Credential, String)>,
}

/// Where its visitor is.
enum Stage<'a> {
    /// One of several ways is to be chosen.
    Choosing,
    /// By this one, of several or not.
    Connecting { name: &'a str, method: &'a Method, several: bool },
    /// The account is there, and something is still asked.
    Finishing { account: &'a Credential, method: &'a Method },
}

/// What was entered, and what is wrong with it.
#[derive(Default)]
struct Tried {
    values: Map<String, Value>,
    misfits: Vec<Misfit>,
    trouble: Option<String>,
    status: StatusCode,
}

/// How a step ended.
enum Step {
    /// What was entered does not do.
    Again(Tried),
    /// To the provider's consent page.
    Provider(String),
    /// The account is there; something is still asked.
    Rest(Box<Opened>),
    Done,
}

/// The page that a link opens
pub(in crate::http::portal) async fn show(
    State(app): State<App>,
    Path(token): Path<String>,
    Query(question): Query<Question>,
    headers: HeaderMap,
) -> Response {
    let language = Language::of(question.lang.as_deref(), &headers);
    match open(&app, token, language.words()).await {
        Err(error) => refused(&app, language, &error),
        Ok(opened) => ask(&app, language, &opened, &question, &Tried::default()),
    }
}

/// The button on that page.
pub(in crate::http::portal) async fn go(
    State(app): State<App>,
    Path(token): Path<String>,
    Query(question): Query<Question>,
    headers: HeaderMap,
    entered: Result<Entered<Vec<(String, String)>>, FormRejection>,
) -> Response {
    let language = Language::of(question.lang.as_deref(), &headers);
    let words = language.words();
    if !is_own_form(&app, &headers) {
        return refused(&app, language, &ApiError::bad_request("foreign_form", words.foreign_form));
    }
    let opened = match open(&app, token, words).await {
        Ok(opened) => opened,
        Err(error) => return refused(&app, language, &error),
    };
    let values = entered.map(|Entered(pairs)| pairs).unwrap_or_default();
    let values = values.into_iter().map(|(name, value)| (name, Value::String(value))).collect();
    let provider = opened.setup.manifest.name.clone();
    match step(&app, language, &opened, &question, values).await {
        Err(error) => refused(&app, language, &error),
        Ok(Step::Again(tried)) => ask(&app, language, &opened, &question, &tried),
        Ok(Step::Rest(opened)) => ask(&app, language, &opened, &question, &Tried::default()),
        Ok(Step::Done) => done(&app, language, &opened),
        Ok(Step::Provider(address)) => {
            let ConnectLink { project_id, user_id, integration_id, .. } = opened.link;
            let Some(cookie) = nonce::fresh_cookie(&app, project_id, user_id, integration_id) else {
                return refused(&app, language, &ApiError::unavailable(words.our_side));
            };
            let title = (words.connecting)(&provider);
            let page = Page::new(StatusCode::OK, &title, words.one_moment).language(language).cookie(cookie);
            leaving(page, &address, &(words.go_on)(&provider)).answer(&*app.clock)
        }
    }
}

/// Sends the browser on. By script: a form that is redirected to another site is stopped by its page's policy.
fn leaving(page: Page, address: &str, label: &str) -> Page {
    page.html(&format!("<p><a href=\"{}\">{}</a></p>", escape(address), escape(label)))
        .script(&format!("location.replace({});", literal(&json!(address))))
}

/// What is asked now.
fn ask(app: &App, language: Language, opened: &Opened, question: &Question, tried: &Tried) -> Response {
    let words = language.words();
    let provider = opened.setup.manifest.name.as_str();
    let stage = opened.stage(question);
    let user = format!("<strong>{}</strong>", escape(&opened.user));
    let for_user = format!("<p>{}</p>", (words.for_user)(&user));
    let form = |method: &Method, asked: Asked, button: &str| {
        Form {
            words,
            inputs: method.asked(asked),
            values: &tried.values,
            misfits: &tried.misfits,
            trouble: tried.trouble.as_deref(),
            button,
        }
        .html()
    };
    let (title, text, html) = match stage {
        Stage::Choosing => {
            let kept: Vec<(&str, &str)> = question.lang.iter().map(|lang| (LANGUAGE, lang.as_str())).collect();
            let all = ways(&opened.setup, &opened.options);
            let html = format!("{for_user}{}", choice(words, &all, &kept));
            ((words.connect)(provider), (words.wants)(&opened.project, provider), html)
        }
        Stage::Connecting { method, several, .. } => {
            let button = if method.oauth2.is_some() { (words.go_on)(provider) } else { (words.connect_it)(provider) };
            let mut html = format!("{for_user}{}", form(method, Asked::Before, &button));
            if several {
                let lang = question.lang.as_deref().map_or_else(String::new, |lang| format!("lang={}", escape(lang)));
                html.push_str(&format!("<p><a href=\"?{lang}\">{}</a></p>", words.other_way));
            }
            ((words.connect)(provider), (words.wants)(&opened.project, provider), html)
        }
        Stage::Finishing { method, .. } => {
            let html = form(method, Asked::After, words.finish);
            ((words.one_more)(provider), (words.rest)(provider), html)
        }
    };
    Page::new(tried.status, &title, &text).language(language).html(&html).with_form().answer(&*app.clock)
}

/// All is said and done.
fn done(app: &App, language: Language, opened: &Opened) -> Response {
    let words = language.words();
    let manifest = &opened.setup.manifest;
    let page = Page::new(StatusCode::OK, &(words.connected)(&manifest.name), words.close).language(language);
    let back = opened.link.return_url.as_deref().and_then(|url| told_of(url, "connected", &manifest.kind));
    match back {
        Some(address) => leaving(page, &address, words.back).answer(&*app.clock),
        None => page.answer(&*app.clock),
    }
}

impl Opened {
    fn owner(&self) -> Owner {
        Owner { project_id: self.link.project_id, user_id: self.link.user_id }
    }

    fn stage(&self, question: &Question) -> Stage<'_> {
        let manifest = &self.setup.manifest;
        if let Some((account, way)) = &self.unfinished
            && let Some(method) = manifest.method(way)
        {
            return Stage::Finishing { account, method };
        }
        let all = ways(&self.setup, &self.options);
        let several = all.len() > 1;
        let wanted = question.way.as_deref();
        let chosen = match all.as_slice() {
            [one] => Some(*one),
            all => all.iter().copied().find(|(name, _)| Some(*name) == wanted),
        };
        match chosen {
            Some((name, method)) => Stage::Connecting { name, method, several },
            None => Stage::Choosing,
        }
    }
}

/// What comes of what was entered.
async fn step(
    app: &App,
    language: Language,
    opened: &Opened,
    question: &Question,
    values: Map<String, Value>,
) -> Result<Step, ApiError> {
    let words = language.words();
    app.rate_limits.user(opened.link.project_id, opened.link.user_id)?;
    let again = |values, misfits, trouble| {
        Step::Again(Tried { values, misfits, trouble, status: StatusCode::UNPROCESSABLE_ENTITY })
    };
    let setup = &opened.setup;
    let (name, method) = match opened.stage(question) {
        Stage::Choosing => return Ok(Step::Again(Tried::default())),
        Stage::Finishing { account, .. } => {
            return match app.connections.complete(setup, account, &values).await {
                Ok(()) => Ok(Step::Done),
                Err(CompleteError::Unfit(misfits)) => Ok(again(values, misfits, None)),
                Err(CompleteError::Store(error)) => Err(error.into()),
            };
        }
        Stage::Connecting { name, method, .. } => (name, method),
    };
    let inputs = match answers(&setup.manifest, method, Asked::Before, &values) {
        Ok(inputs) => inputs,
        Err(misfits) => return Ok(again(values, misfits, None)),
    };
    app.connections.check(opened.owner(), setup, &opened.options).await.map_err(connect_refused)?;
    if method.oauth2.is_some() {
        return sign_in(app, language, opened, name, inputs).await.map(Step::Provider);
    }
    let link = Some(opened.link.token_hash.clone());
    let connecting = Connecting { method: name.to_owned(), inputs, tokens: None, link };
    match app.connections.connect(opened.owner(), setup, connecting, &opened.options).await {
        Ok(_) => {}
        // What was entered, or the provider's side of it: can be tried again with the same link.
        Err(ConnectError::NotTaken { provider, message }) => {
            return Ok(again(values, Vec::new(), Some((words.not_taken)(&provider, &message))));
        }
        Err(error @ ConnectError::Identify(_)) => {
            let told = words.told(&connect_refused(error));
            return Ok(again(values, Vec::new(), Some(told)));
        }
        Err(error) => return Err(connect_refused(error)),
    }
    let asks = !method.later_inputs.is_empty();
    Ok(match open(app, opened.token.clone(), words).await {
        Ok(rest) if asks => Step::Rest(Box::new(rest)),
        _ => Step::Done,
    })
}

/// Begins a sign-in; the address of the provider's consent page.
async fn sign_in(
    app: &App,
    language: Language,
    opened: &Opened,
    method: &str,
    inputs: Map<String, Value>,
) -> Result<String, ApiError> {
    let mut install_options = opened.link.install_options.clone();
    install_options[LINK] = opened.link.token_hash.clone().into();
    install_options[LANGUAGE] = language.tag().into();
    let beginning = start::Beginning {
        begun: start::Begun { method: method.to_owned(), inputs, link: Some(opened.token.clone()) },
        owner: opened.owner(),
        session_key: secret_text(&*app.clock)[..32].to_owned(),
        // Nobody waits for a message of this window.
        origin: app.config.public_url.origin().ascii_serialization(),
        redirect_url: format!("{}/oauth", app.config.public_base()),
        install_options,
    };
    start::authorize(app, &opened.setup, beginning).await
}

async fn open(app: &App, token: String, words: &Words) -> Result<Opened, ApiError> {
    let gone = |message: &str| ApiError::status(StatusCode::GONE, "link_gone", message);
    let mut conn = app.store.read().await?;
    let link = connect_links::find(&mut conn, &connect_sessions::hash(&token)).await?;
    let link = link.ok_or_else(|| gone(words.link_unknown))?;
    let account = match link.credential_id {
        Some(id) if link.used_at.is_some() => credentials::find(&mut conn, link.project_id, id).await?,
        _ => None,
    };
    // A used link still asks for what its account cannot do without.
    let account = account.filter(|account| account.user_id == link.user_id && account.status == Status::Pending);
    if link.used_at.is_some() && account.is_none() {
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
    let unfinished = match account {
        Some(account) => app.connections.method_of(&account).await?.map(|way| (account, way)),
        None => None,
    };
    let options: Options = serde_json::from_value(link.install_options.clone()).unwrap_or_default();
    if ways(&setup, &options).is_empty() {
        return Err(ApiError::conflict(
            "not_set_up",
            format!("{} can no longer be connected in the way that this link is for", setup.manifest.name),
        ));
    }
    Ok(Opened {
        token,
        options,
        project: project.name,
        user: crate::http::manage::display_name(&user),
        setup,
        link,
        unfinished,
    })
}

fn refused(app: &App, language: Language, error: &ApiError) -> Response {
    let words = language.words();
    let page = Page::new(StatusCode::BAD_REQUEST, words.cannot, &words.told(error));
    let mut response = page.language(language).answer(&*app.clock);
    *response.status_mut() = error.clone().into_response().status();
    response
}
