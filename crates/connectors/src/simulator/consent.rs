//! OAuth 2 as the provider speaks it: consent page, token endpoint, introspection, revocation.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Bytes;
use axum::extract::{RawQuery, Request, State};
use axum::response::Response;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use http::header::{AUTHORIZATION, CONTENT_TYPE, LOCATION};
use http::{HeaderName, HeaderValue, StatusCode};
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};
use url::Url;
use url::form_urlencoded::parse;

use super::api::forced;
use super::faults::FaultKind;
use super::grants::{Grant, Issued};
use super::log::Entry;
use super::reply::{Refusal, escape, hang_up, html, json_reply, refuse};
use super::state::{LASTING, Shared};
use crate::manifest::{OAuth2, SimulatedAccount};

/// What the consent page was asked for.
struct Wanted {
    client_id: String,
    redirect_uri: Url,
    scopes: Vec<String>,
    state: Option<String>,
    challenge: Option<String>,
}

impl Wanted {
    /// Reads the query. A mistake is shown on a page and never redirects, as the address to redirect
    /// to cannot be trusted then.
    fn read(shared: &Shared, query: &str) -> Result<Self, String> {
        let values: HashMap<_, _> = parse(query.as_bytes()).into_owned().collect();
        let oauth2 = oauth2(shared).ok_or("There is no consent page.")?;
        let need = |name: &str| {
            values
                .get(name)
                .filter(|value| !value.trim().is_empty())
                .ok_or_else(|| format!("The parameter {name} is missing."))
        };
        let redirect_uri = Url::parse(need("redirect_uri")?)
            .ok()
            .filter(|url| matches!(url.scheme(), "http" | "https"))
            .ok_or("The redirect_uri is not an address.")?;
        let split = |text: &String| -> Vec<String> {
            text.split(oauth2.scope_separator.as_str()).filter(|one| !one.is_empty()).map(str::to_owned).collect()
        };
        // Where a provider has no scopes there is nothing to ask for.
        let mut scopes = if shared.manifest.scopes.is_empty() { Vec::new() } else { split(need("scope")?) };
        if let Some(optional) = oauth2.optional_scope_parameter.as_ref().and_then(|name| values.get(name)) {
            scopes.extend(split(optional));
        }
        if let Some(unknown) = scopes.iter().find(|scope| !shared.manifest.scopes.contains_key(*scope)) {
            return Err(format!("The scope {unknown} does not exist."));
        }
        let challenge = values.get("code_challenge").cloned();
        if challenge.is_some() && values.get("code_challenge_method").is_none_or(|method| method != "S256") {
            return Err("The code_challenge_method must be S256.".into());
        }
        Ok(Self {
            client_id: need("client_id")?.clone(),
            redirect_uri,
            scopes,
            state: values.get("state").cloned(),
            challenge,
        })
    }

    fn back(&self, pairs: &[(&str, &str)]) -> String {
        let mut url = self.redirect_uri.clone();
        {
            let mut query = url.query_pairs_mut();
            query.extend_pairs(pairs);
            if let Some(state) = &self.state {
                query.append_pair("state", state);
            }
        }
        url.into()
    }
}

/// The way that has a consent page. Several share it.
fn oauth2(shared: &Shared) -> Option<&OAuth2> {
    shared.manifest.methods().find_map(|(_, method)| method.oauth2.as_ref())
}

const DENIED: [(&str, &str); 2] = [("error", "access_denied"), ("error_description", "The user did not allow access.")];

/// The consent page.
pub(super) async fn show(State(shared): State<Arc<Shared>>, RawQuery(query): RawQuery) -> Response {
    let query = query.unwrap_or_default();
    let wanted = match Wanted::read(&shared, &query) {
        Ok(wanted) => wanted,
        Err(message) => return fault_page(&shared, &message),
    };
    let mut scopes = String::new();
    for scope in &wanted.scopes {
        let meaning = shared.manifest.scopes.get(scope).map_or("", String::as_str);
        // Writing to a String cannot fail.
        let _ = write!(scopes, "<li>{}<small>{}</small></li>", escape(meaning), escape(scope));
    }
    let mut accounts = String::new();
    for account in &shared.simulator.accounts {
        let (id, name) = (escape(&account.id), escape(&account.name));
        let _ = write!(accounts, "<option value=\"{id}\">{name} ({id})</option>");
    }
    let name = escape(&shared.manifest.name);
    let body = format!(
        "<h1>Connect an app to {name}</h1>\
         <p><code>{client}</code> at <strong>{host}</strong> would like to access your account.</p>\
         <form method=post><label>Account <select name=account>{accounts}</select></label>\
         {able}<ul>{scopes}</ul>\
         <div class=row><button type=submit>Allow access</button><a href=\"{cancel}\">Cancel</a></div></form>",
        able = if wanted.scopes.is_empty() { "" } else { "<p>It will be able to:</p>" },
        client = escape(&wanted.client_id),
        host = escape(wanted.redirect_uri.host_str().unwrap_or_default()),
        cancel = escape(&wanted.back(&DENIED)),
    );
    html(StatusCode::OK, frame(&shared, "Allow access", &body))
}

/// The button of the consent page.
pub(super) async fn decide(State(shared): State<Arc<Shared>>, RawQuery(query): RawQuery, body: Bytes) -> Response {
    let wanted = match Wanted::read(&shared, &query.unwrap_or_default()) {
        Ok(wanted) => wanted,
        Err(message) => return fault_page(&shared, &message),
    };
    let chosen = parse(&body).find(|(name, _)| name == "account").map(|(_, value)| value.into_owned());
    let account = match &chosen {
        None => Some(0),
        Some(id) => shared.simulator.accounts.iter().position(|account| &account.id == id),
    };
    let Some(account) = account else { return fault_page(&shared, "There is no such account.") };
    let mut state = shared.state.lock();
    let target = if state.faults.deny_consent {
        wanted.back(&DENIED)
    } else {
        let grant = Grant { account, client_id: wanted.client_id.clone(), scopes: Arc::from(wanted.scopes.as_slice()) };
        let redirect = wanted.redirect_uri.to_string();
        let code = state.grants.add_code(&*shared.clock, grant, redirect, wanted.challenge.clone());
        wanted.back(&[("code", &code)])
    };
    let mut response = Response::default();
    *response.status_mut() = StatusCode::SEE_OTHER;
    if let Ok(target) = HeaderValue::try_from(target) {
        response.headers_mut().insert(LOCATION, target);
    }
    response
}

fn fault_page(shared: &Shared, message: &str) -> Response {
    let body = format!("<h1>This app cannot be connected</h1><p role=alert>{}</p>", escape(message));
    html(StatusCode::BAD_REQUEST, frame(shared, "This app cannot be connected", &body))
}

fn frame(shared: &Shared, title: &str, body: &str) -> String {
    super::page::frame(shared, title, &format!("<main class=card>{body}</main>"))
}

/// The token endpoint.
pub(super) async fn token(State(shared): State<Arc<Shared>>, request: Request) -> Response {
    let path = request.uri().path().to_owned();
    let (struck, latency) = {
        let mut state = shared.state.lock();
        (state.faults.strike("POST", &path, false), state.faults.token_latency_ms)
    };
    if latency > 0 {
        tokio::time::sleep(Duration::from_millis(latency)).await;
    }
    let kind = struck.as_ref().map(|fault| fault.kind);
    let response = match (&struck, kind) {
        (Some(fault), Some(FaultKind::Status)) => {
            forced(&shared, fault.status.unwrap_or(500), fault.retry_after_seconds)
        }
        (_, Some(FaultKind::DropBefore)) => hang_up(),
        _ => match form(request).await {
            Ok(form) => match issue(&shared, &form) {
                Ok(issued) => tell(&shared, &issued),
                Err(refusal) => refuse(&shared, refusal, None),
            },
            Err(refusal) => refuse(&shared, refusal, None),
        },
    };
    let dropped = matches!(kind, Some(FaultKind::DropBefore | FaultKind::DropAfter));
    let entry = Entry {
        at: shared.clock.now(),
        method: "POST".into(),
        path: path.clone(),
        action: Some("token".into()),
        status: if dropped { 0 } else { response.status().as_u16() },
        account: None,
    };
    shared.state.lock().log.add(&format!("POST {path}"), entry);
    if kind == Some(FaultKind::DropAfter) { hang_up() } else { response }
}

type Form = HashMap<String, String>;

/// The form, with client id and secret in it wherever they came from.
async fn form(request: Request) -> Result<Form, Refusal> {
    let wrong = |reason: &str| Refusal::new("badRequest", json!({"reason": reason}));
    if request.uri().query().is_some_and(|query| query.contains("client_secret")) {
        return Err(wrong("all values belong in the body, never in the address"));
    }
    let json = header(&request, CONTENT_TYPE).starts_with("application/json");
    let basic = header(&request, AUTHORIZATION).strip_prefix("Basic ").and_then(|pair| STANDARD.decode(pair).ok());
    let body =
        axum::body::to_bytes(request.into_body(), 64 * 1024).await.map_err(|_| wrong("the body is too large"))?;
    let mut form: Form = if json {
        serde_json::from_slice(&body).map_err(|_| wrong("the body is no JSON object of texts"))?
    } else {
        parse(&body).into_owned().collect()
    };
    if let Some((id, secret)) = basic.as_deref().and_then(|pair| std::str::from_utf8(pair).ok()?.split_once(':')) {
        form.insert("client_id".into(), id.into());
        form.insert("client_secret".into(), secret.into());
    }
    Ok(form)
}

fn header(request: &Request, name: HeaderName) -> String {
    request.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned()
}

fn value<'a>(form: &'a Form, name: &str) -> Result<&'a str, Refusal> {
    form.get(name)
        .map(String::as_str)
        .filter(|value| !value.is_empty())
        .ok_or_else(|| Refusal::new("badRequest", json!({"reason": format!("missing {name}")})))
}

fn client<'a>(shared: &Shared, form: &'a Form) -> Result<&'a str, Refusal> {
    let bad = || Refusal::new("badClient", Value::Null);
    let id = value(form, "client_id").map_err(|_| bad())?;
    let secret = value(form, "client_secret").map_err(|_| bad())?;
    match &shared.state.lock().faults.client_secret {
        Some(right) if right != secret => Err(bad()),
        _ => Ok(id),
    }
}

fn issue(shared: &Shared, form: &Form) -> Result<Issued, Refusal> {
    let client_id = client(shared, form)?;
    let lifetime = shared.token_lifetime();
    let clock = &*shared.clock;
    let mut state = shared.state.lock();
    match value(form, "grant_type")? {
        "authorization_code" => {
            let bad = |reason: &str| Refusal::new("badCode", json!({"reason": reason}));
            let redirect = value(form, "redirect_uri")?;
            let code = state
                .grants
                .redeem(value(form, "code")?, clock.now())
                .ok_or_else(|| bad("missing or unknown auth code"))?;
            if code.grant.client_id != client_id {
                return Err(Refusal::new("badClient", Value::Null));
            }
            if Url::parse(redirect).is_ok_and(|url| url.as_str() != code.redirect_uri) {
                return Err(bad("redirect URI mismatch"));
            }
            if let Some(challenge) = &code.challenge {
                let verifier = form.get("code_verifier").map_or("", String::as_str);
                if &URL_SAFE_NO_PAD.encode(Sha256::digest(verifier.as_bytes())) != challenge {
                    return Err(bad("code verifier mismatch"));
                }
            }
            Ok(state.grants.issue(clock, code.grant, lifetime))
        }
        "refresh_token" => {
            let bad = || Refusal::new("badRefreshToken", Value::Null);
            let token = value(form, "refresh_token").map_err(|_| bad())?;
            match state.grants.refresh_grant(token) {
                None if shared.options.accept_any_token && !state.grants.trusted_revoked() => {
                    state.grants.add_refresh(token.to_owned(), shared.everything.clone());
                }
                None => return Err(bad()),
                // Tokens registered at the admin door belong to whatever app uses them first.
                Some(grant) if !grant.client_id.is_empty() && grant.client_id != client_id => {
                    return Err(Refusal::new("badClient", Value::Null));
                }
                Some(_) => {}
            }
            let rotate = state.faults.rotate_refresh_tokens;
            state.grants.renew(clock, token, lifetime, rotate).ok_or_else(bad)
        }
        "client_credentials" if shared.manifest.methods().any(|(_, method)| method.client_credentials.is_some()) => {
            let secret = form.get("client_secret").map_or("", String::as_str);
            let is = |account: &SimulatedAccount, name: &str, value: &str| {
                account.inputs.get(name).is_some_and(|held| held == value)
            };
            let account = shared
                .simulator
                .accounts
                .iter()
                .position(|account| is(account, "clientId", client_id) && is(account, "clientSecret", secret))
                .ok_or_else(|| Refusal::new("badClient", Value::Null))?;
            let scopes = Arc::clone(&shared.everything.scopes);
            Ok(state.grants.issue(clock, Grant { account, client_id: client_id.to_owned(), scopes }, lifetime))
        }
        other => {
            let reason = format!("the grant type {other} is not supported");
            Err(Refusal::new("badGrantType", json!({"reason": reason})))
        }
    }
}

/// The token answer.
pub(super) fn tell(shared: &Shared, issued: &Issued) -> Response {
    let mut values = shared.about(issued.grant.account);
    values.insert("accessToken".into(), issued.access.clone().into());
    values.insert("refreshToken".into(), issued.refresh.clone().into());
    let lifetime = shared.token_lifetime();
    if lifetime < LASTING {
        values.insert("expiresIn".into(), lifetime.as_secs().into());
    }
    values.insert("scopes".into(), json!(issued.grant.scopes));
    let separator = oauth2(shared).map_or(" ", |oauth2| oauth2.scope_separator.as_str());
    values.insert("scopeText".into(), issued.grant.scopes.join(separator).into());
    match &shared.simulator.token {
        Some(shape) => json_reply(200, &shape.fill(&values).unwrap_or_default()),
        None => json_reply(200, &json!({"access_token": issued.access, "token_type": "bearer"})),
    }
}

/// What a token is for.
pub(super) async fn introspect(State(shared): State<Arc<Shared>>, request: Request) -> Response {
    let form = match form(request).await {
        Ok(form) => form,
        Err(refusal) => return refuse(&shared, refusal, None),
    };
    if let Err(refusal) = client(&shared, &form) {
        return refuse(&shared, refusal, None);
    }
    let token = form.get("token").map_or("", String::as_str);
    let now = shared.clock.now();
    let state = shared.state.lock();
    let live = state.grants.access(token).filter(|access| now < access.expires_at);
    let (grant, kind, seconds) = match (live, state.grants.refresh_grant(token)) {
        (Some(access), _) => (&access.grant, "access_token", Some(access.expires_at.since(now).as_secs())),
        (None, Some(grant)) => (grant, "refresh_token", None),
        (None, None) => return json_reply(200, &json!({"active": false})),
    };
    let mut values: Map<String, Value> = shared.about(grant.account);
    values.insert("token".into(), token.into());
    values.insert("tokenUse".into(), kind.into());
    values.insert("clientId".into(), grant.client_id.clone().into());
    values.insert("scopes".into(), json!(grant.scopes));
    values.insert("expiresIn".into(), json!(seconds));
    let shape = shared.simulator.introspection.as_ref();
    json_reply(200, &shape.and_then(|shape| shape.fill(&values)).unwrap_or_default())
}

/// Forgets a refresh token. Access tokens already given live on, as at the provider.
pub(super) async fn revoke(State(shared): State<Arc<Shared>>, request: Request) -> Response {
    let form = match form(request).await {
        Ok(form) => form,
        Err(refusal) => return refuse(&shared, refusal, None),
    };
    if let Err(refusal) = client(&shared, &form) {
        return refuse(&shared, refusal, None);
    }
    if let Some(token) = form.get("token") {
        shared.state.lock().grants.revoke(token);
    }
    json_reply(200, &json!({}))
}
