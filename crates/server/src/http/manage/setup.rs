//! The first member.

use axum::extract::State;
use axum::http::StatusCode;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::fields::Findings;
use super::session::{self, SessionView};
use crate::http::auth::login_limit::Address;
use crate::http::auth::setup::{self, Person};
use crate::http::auth::{Session, password};
use crate::http::error::ApiError;
use crate::http::extract::Json;
use crate::state::App;

/// Whether set-up is still to be done.
#[derive(Serialize, ToSchema)]
pub struct SetupView {
    /// True while nobody can sign in.
    needed: bool,
}

/// Who sets this installation up.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UseLink {
    /// From the one-time link in the server's output.
    token: String,
    name: String,
    email: String,
    #[schema(value_type = String)]
    password: SecretString,
}

/// Ask whether set-up is needed
#[utoipa::path(get, path = "/api/v1/setup", tag = "setup", operation_id = "setup.find", security(()), responses((status = 200, body = SetupView)))]
pub async fn find(State(app): State<App>) -> Result<Json<SetupView>, ApiError> {
    let mut conn = app.store.read().await?;
    Ok(Json(SetupView { needed: !linchpin_store::members::any(&mut conn).await? }))
}

/// Become the first member
///
/// Uses the one-time link that the server prints while nobody can sign in, and signs in.
#[utoipa::path(post, path = "/api/v1/setup", tag = "setup", operation_id = "setup.use", security(()), request_body = UseLink, responses((status = 201, body = SessionView)))]
pub async fn use_link(
    State(app): State<App>,
    address: Address,
    session: tower_sessions::Session,
    Json(body): Json<UseLink>,
) -> Result<(StatusCode, Json<SessionView>), ApiError> {
    let mut findings = Findings::default();
    let name = findings.name("name", &body.name);
    let email = body.email.trim().to_lowercase();
    if !is_email(&email) {
        findings.add("email", "this is no e-mail address");
    }
    if let Some(problem) = password::problem(&body.password) {
        findings.add("password", problem);
    }
    findings.done()?;
    let names = address.0.map(|address| format!("setup:{address}")).into_iter().collect::<Vec<_>>();
    app.login_limit.begin(&names, app.clock.now()).map_err(session::too_many)?;
    let person = Person { name, email, password: body.password };
    let member = setup::first_member(&app.store, &body.token, person).await.map_err(|error| match error {
        setup::Error::Done => ApiError::conflict("set_up_already", error.to_string()),
        setup::Error::Token => ApiError::status(StatusCode::FORBIDDEN, "setup_token_wrong", error.to_string()),
        setup::Error::Store(error) => error.into(),
    })?;
    app.login_limit.succeeded(&names);
    let session = Session::begin(session, member, &app).await?;
    Ok((StatusCode::CREATED, Json(session::view(&app, &session).await?)))
}

pub(super) fn is_email(text: &str) -> bool {
    text.split_once('@').is_some_and(|(user, host)| {
        !user.is_empty() && !host.is_empty() && !host.contains('@') && !text.contains(char::is_whitespace)
    })
}
