//! What a field of an action offers, read from a user's account.

use axum::extract::State;
use linchpin_connectors::Wanted;
use linchpin_domain::id::{ConnectedUserId, IntegrationId};
use linchpin_store::credentials::{self, Status};
use linchpin_store::integrations;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::simulators;
use crate::http::auth::ProjectAccess;
use crate::http::error::ApiError;
use crate::http::extract::{Id, Json};
use crate::http::page::ItemPath;
use crate::http::sdk::options_failed;
use crate::state::App;

/// What is asked for.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AskOptions {
    /// The connected user whose account is read.
    #[serde(default)]
    #[schema(value_type = Option<Uuid>)]
    user_id: Option<ConnectedUserId>,
    /// Read from the connector's simulator: no account is needed.
    #[serde(default)]
    simulated: bool,
    /// The source that the field names.
    source: String,
    /// What the source needs: inputs that were chosen before, by name.
    #[serde(default)]
    #[schema(value_type = Object)]
    parameters: Map<String, Value>,
    /// What was typed.
    #[serde(default)]
    search: Option<String>,
    /// `nextPage` of the page before.
    #[serde(default)]
    page: Option<String>,
}

/// A page of what there is to choose from.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = FieldOptions)]
pub struct Offered {
    items: Vec<Offer>,
    next_page: Option<String>,
}

/// One value.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = FieldOption)]
pub struct Offer {
    value: String,
    label: String,
    /// A second line.
    subtitle: Option<String>,
}

/// List what a field offers
///
/// Read from the account of a connected user, as the portal reads what its settings offer.
#[utoipa::path(post, path = "/api/v1/projects/{projectId}/integrations/{id}/options", tag = "integrations", operation_id = "integrations.options", params(ItemPath), request_body = AskOptions, responses((status = 200, body = Offered)))]
pub async fn list(
    State(app): State<App>,
    access: ProjectAccess,
    Id(id): Id<IntegrationId>,
    Json(body): Json<AskOptions>,
) -> Result<Json<Offered>, ApiError> {
    let mut conn = app.store.read().await?;
    let integration = integrations::find(&mut conn, access.id(), id).await?;
    let integration = integration.ok_or_else(|| ApiError::not_found("integration"))?;
    let wanted = Wanted { parameters: &body.parameters, page: body.page.as_deref(), search: body.search.as_deref() };
    let choices = if body.simulated {
        drop(conn);
        simulators::of(&app, &integration).await?.options(&body.source, wanted).await
    } else {
        let user_id = body.user_id.ok_or_else(|| {
            ApiError::invalid([("userId", "name the connected user whose account is read, or ask `simulated`")])
        })?;
        let accounts = credentials::list_of_user(&mut conn, access.id(), user_id).await?;
        drop(conn);
        let account = accounts
            .into_iter()
            .find(|account| account.integration_id == id && account.status == Status::Valid)
            .ok_or_else(|| {
                ApiError::conflict("not_connected", "the user has no working account of this integration")
            })?;
        app.connections.options(access.id(), account.id, &body.source, wanted).await
    };
    let choices = choices.map_err(options_failed)?;
    let items = choices.entries.into_iter().map(|choice| Offer {
        value: choice.value,
        label: choice.label,
        subtitle: choice.subtitle,
    });
    Ok(Json(Offered { items: items.collect(), next_page: choices.next }))
}
