//! A connected user in an address: a backend knows its users by its own ids.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use linchpin_domain::id::{ConnectedUserId, ProjectId};
use linchpin_store::Conn;
use linchpin_store::connected_users::{self, ConnectedUser};
use utoipa::IntoParams;
use uuid::Uuid;

use crate::http::error::ApiError;
use crate::http::extract::path_parameter;

/// Which user an address names.
#[derive(Debug, Clone)]
pub struct UserRef(String);

impl UserRef {
    /// The user, who must be one of the project's.
    pub async fn find(&self, conn: &mut Conn, project_id: ProjectId) -> Result<ConnectedUser, ApiError> {
        let found = match (self.0.strip_prefix("ext:"), self.0.parse::<ConnectedUserId>()) {
            (Some(external_id), _) => connected_users::find_by_external_id(conn, project_id, external_id).await?,
            (None, Ok(id)) => connected_users::find(conn, project_id, id).await?,
            (None, Err(_)) => None,
        };
        found.ok_or_else(|| ApiError::not_found("connected user"))
    }
}

impl<S: Send + Sync> FromRequestParts<S> for UserRef {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        path_parameter(parts, "id").await.map(Self).ok_or_else(|| ApiError::not_found("connected user"))
    }
}

/// The project and the user in an address.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Path)]
#[expect(dead_code, reason = "it is read by the API's description alone")]
pub struct UserPath {
    /// The project.
    #[param(rename = "projectId")]
    project_id: Uuid,
    /// The connected user: the id here, or `ext:` and the user's id in the host application, as in `ext:ann`.
    id: String,
}
