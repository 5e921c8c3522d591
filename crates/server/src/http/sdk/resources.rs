//! Resources: integrations that are connected by what their user enters, as the client SDK's
//! `connectAction` knows them. A resource's id is the integration's, its slug the integration's type.

use axum::Json;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use linchpin_connectors::Registry;
use linchpin_domain::id::{IntegrationId, ProjectId};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::body;
use super::credentials::connect_by_form;
use super::described::{
    Conflicting, Gateway, NotThere, ProjectPath, Refused, SdkCredential, TooLarge, Unfit, Unreadable,
};
use super::shapes::Snapshot;
use crate::credentials::connect::Options;
use crate::http::auth::ConnectedUser;
use crate::http::error::ApiError;
use crate::state::App;

/// The largest body here.
const MAX_BODY: usize = 64 * 1024;

/// What a user can connect by a form (contract 7.9).
pub(super) fn list(snapshot: &Snapshot, registry: &Registry) -> Vec<Value> {
    let by_form = |kind: &str| registry.find(kind).is_some_and(|manifest| manifest.auth.oauth2.is_none());
    let listed = snapshot.integrations.iter().filter(|integration| integration.active && by_form(&integration.kind));
    listed
        .map(|integration| {
            let mut shape = json!({"id": integration.id, "slug": integration.kind, "integrationId": integration.id});
            if let Some(account) = snapshot.current(integration.id) {
                shape["credentialId"] = account.id.to_string().into();
                shape["credentialStatus"] = account.status.as_str().into();
            }
            shape
        })
        .collect()
}

#[derive(Deserialize)]
pub(super) struct Place {
    #[expect(dead_code, reason = "the user token says it")]
    project_id: ProjectId,
    resource_id: String,
}

/// Connect a resource (R21)
///
/// The body is what the user entered, by input; the provider is asked whether it takes it.
#[utoipa::path(post, path = "/projects/{projectId}/sdk/resources/{resourceId}/connect", tag = "sdk", operation_id = "sdk.connectResource", params(ProjectPath, ("resourceId" = String, Path, description = "Its id in the user's state")), request_body = Object, responses((status = 200, body = SdkCredential), Unreadable, NotThere, Conflicting, TooLarge, Unfit, Gateway, Refused), security(("userToken" = [])))]
pub(super) async fn connect(
    user: ConnectedUser,
    State(app): State<App>,
    Path(place): Path<Place>,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<Value>, ApiError> {
    let bytes = body::read(&headers, body, MAX_BODY).await?;
    let values: Map<String, Value> = body::json(&bytes)?;
    let id: Option<IntegrationId> = place.resource_id.parse().ok();
    let setup = match id {
        Some(id) => app.connections.setup(user.project_id, id).await?,
        None => None,
    };
    let setup = setup
        .filter(|setup| setup.active && setup.manifest.auth.oauth2.is_none())
        .ok_or_else(|| ApiError::not_found("resource"))?;
    connect_by_form(&app, &user, &setup, values, Options::default()).await
}
