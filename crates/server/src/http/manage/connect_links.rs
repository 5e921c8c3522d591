//! Connect links: for an e-mail to somebody who shall connect an account.

use std::time::Duration;

use axum::extract::State;
use axum::http::StatusCode;
use linchpin_domain::id::ConnectedUserId;
use linchpin_store::connected_users::ConnectedUser;
use linchpin_store::{connected_users, integrations};
use serde::Deserialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use crate::credentials::connect::{Options, Owner};
use crate::http::auth::ProjectAccess;
use crate::http::error::ApiError;
use crate::http::extract::Json;
use crate::http::page::ProjectPath;
use crate::http::portal::links::{self, Made, NewLink};
use crate::state::App;

/// Seconds that a link works, where nothing is said: a week.
const USUAL: u64 = 7 * 24 * 3_600;
/// And at most: thirty days.
const MOST: u64 = 30 * 24 * 3_600;
/// The longest user id.
const MAX_USER: usize = 255;

/// Who shall connect what.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AddConnectLink {
    /// The user's id in the host application. A user who is not known yet is added.
    user_id: String,
    /// The integration's type, for example `hubspot`.
    integration: String,
    /// Seconds that the link works, 60 to 2,592,000; a week when absent.
    expires_in: Option<u64>,
    /// Where the browser goes afterwards; of one of the project's allowed origins.
    return_url: Option<String>,
    /// Your own label of the new account.
    external_id: Option<String>,
    /// Connect this account again, in place.
    credential_id: Option<String>,
    /// Connect a further account.
    allow_multiple_credentials: Option<bool>,
    /// By which of several ways: those that the page offers, one or more; all that there are when absent.
    account_types: Option<Vec<String>>,
}

/// Make a connect link
///
/// An address by which somebody connects an account without your page, for example from an e-mail. It opens a
/// page that says for whom the account is connected, works until an account was connected with it, and
/// expires. Whoever has the link can use it: send it to that user alone.
#[utoipa::path(post, path = "/api/v1/projects/{projectId}/connect-links", tag = "users", operation_id = "connectLinks.add", params(ProjectPath), request_body = AddConnectLink, responses((status = 201, body = Made)))]
pub async fn add(
    State(app): State<App>,
    access: ProjectAccess,
    Json(body): Json<AddConnectLink>,
) -> Result<(StatusCode, Json<Made>), ApiError> {
    let seconds = body.expires_in.unwrap_or(USUAL);
    if !(60..=MOST).contains(&seconds) {
        return Err(ApiError::invalid([("expiresIn", format!("give a number of seconds from 60 to {MOST}"))]));
    }
    let name = body.user_id.trim();
    if name.is_empty() || name.chars().count() > MAX_USER {
        return Err(ApiError::invalid([("userId", format!("give the user's id, up to {MAX_USER} characters"))]));
    }
    let mut tx = app.store.begin().await?;
    let found = integrations::list(&mut tx, access.id()).await?;
    let integration = found.iter().find(|one| one.kind == body.integration);
    let integration = integration.ok_or_else(|| ApiError::not_found("integration"))?;
    let user = match connected_users::find_by_external_id(&mut tx, access.id(), name).await? {
        Some(user) if user.disabled => {
            return Err(ApiError::conflict("user_disabled", "this user is disabled in the project"));
        }
        Some(user) => user,
        None => {
            let now = app.clock.now();
            let user = ConnectedUser {
                id: ConnectedUserId::fresh(&*app.clock),
                project_id: access.id(),
                external_id: name.to_owned(),
                metadata: Map::new(),
                disabled: false,
                token_seen: false,
                created_at: now,
                last_seen_at: None,
            };
            connected_users::add(&mut tx, &user).await?;
            user
        }
    };
    tx.commit().await?;
    let new = NewLink {
        owner: Owner { project_id: access.id(), user_id: user.id },
        integration_id: integration.id,
        options: Options {
            allow_multiple_credentials: body.allow_multiple_credentials,
            selected_credential_id: body.credential_id,
            external_id: body.external_id,
            account_type: body.account_types.map(Value::from),
        },
        return_url: body.return_url,
        lifetime: Duration::from_secs(seconds),
    };
    Ok((StatusCode::CREATED, Json(links::make(&app, new).await?)))
}
