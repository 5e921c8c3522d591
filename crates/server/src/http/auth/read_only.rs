//! Projects that are changed by releases alone: which doors of theirs are closed.

use axum::http::Method;
use linchpin_domain::id::ProjectId;
use linchpin_store::{Conn, releases};

use crate::http::error::ApiError;

const PROJECT: &str = "/api/v1/projects/{projectId}/";

/// Whether a door changes what releases bring. An integration's own door is open: its app credentials, base URLs and
/// switch belong to the project, and its handler refuses the rest.
pub fn concerns(method: &Method, route: &str) -> bool {
    let Some(rest) = route.strip_prefix(PROJECT).filter(|_| !method.is_safe()) else { return false };
    let noun = rest.split('/').next().unwrap_or_default();
    match noun {
        // What is tried out changes nothing, nor does what a member pins for that; a copy is refused where it goes.
        "workflows" => !["/test", "/forecast", "/copy", "/pins/{name}"].iter().any(|end| rest.ends_with(end)),
        "app-events" | "custom-integrations" => true,
        // What is synced is brought; how far an account is and what stands in its records is not.
        "syncs" => matches!(rest, "syncs" | "syncs/{id}"),
        "integrations" => rest == "integrations" || (method == Method::DELETE && rest == "integrations/{id}"),
        _ => false,
    }
}

/// 409 where a project is changed by releases alone.
pub async fn refuse(conn: &mut Conn, project_id: ProjectId) -> Result<(), ApiError> {
    if !releases::is_read_only(conn, project_id).await? {
        return Ok(());
    }
    Err(ApiError::conflict(
        "read_only",
        "this project takes its workflows, integrations and App Events from releases alone; change them in the project that it is released from and release, or allow changes in Settings, Releases",
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_releases_bring_is_closed_and_the_rest_is_open() {
        let at = |method: Method, rest: &str| concerns(&method, &format!("{PROJECT}{rest}"));
        for (method, rest) in [
            (Method::PUT, "workflows/{id}/draft"),
            (Method::POST, "workflows/{id}/deploy"),
            (Method::DELETE, "workflows/{id}/rollout"),
            (Method::POST, "workflows"),
            (Method::PATCH, "app-events/{id}"),
            (Method::PUT, "custom-integrations/{id}"),
            (Method::POST, "integrations"),
            (Method::DELETE, "integrations/{id}"),
            (Method::PATCH, "syncs/{id}"),
        ] {
            assert!(at(method.clone(), rest), "{method} {rest}");
        }
        for (method, rest) in [
            (Method::GET, "workflows/{id}"),
            (Method::POST, "workflows/{id}/test"),
            (Method::POST, "workflows/{id}/copy"),
            (Method::PUT, "workflows/{id}/pins/{name}"),
            (Method::PATCH, "integrations/{id}"),
            (Method::PATCH, "integrations/{id}/simulator"),
            (Method::DELETE, "integrations/{id}/simulator"),
            (Method::POST, "integrations/{id}/options"),
            (Method::POST, "releases"),
            (Method::PATCH, "users/{id}"),
            (Method::PUT, "secrets/{name}"),
            (Method::PUT, "syncs/{id}/records"),
        ] {
            assert!(!at(method.clone(), rest), "{method} {rest}");
        }
    }
}
