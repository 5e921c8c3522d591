//! Which role opens which door of a project: one table. A new door that changes something asks for a member
//! unless it is named here, so that what is forgotten is closed rather than open.
//!
//! | what | support | member | admin |
//! |---|---|---|---|
//! | look at everything but the audit log | yes | yes | yes |
//! | connected users and their accounts; cancel, settle and replay runs and webhooks | yes | yes | yes |
//! | integrations, workflows, App Events, signing keys, the project | – | yes | yes |
//! | secrets, API keys, event destinations, whether releases alone change a project, team, audit log; apply a project file, which holds all of them | – | – | yes |

use axum::http::{Method, StatusCode};
use linchpin_store::memberships::Role;

use crate::http::error::ApiError;

const PROJECT: &str = "/api/v1/projects/{projectId}";

/// The least role that may call the door of this method and route.
pub fn needed(method: &Method, route: &str) -> Role {
    let Some(rest) = route.strip_prefix(PROJECT) else { return Role::Admin };
    let noun = rest.split('/').nth(1).unwrap_or_default();
    match noun {
        "audit-log" => Role::Admin,
        _ if method.is_safe() => Role::Support,
        "members" | "invitations" | "secrets" | "api-keys" | "event-destinations" | "project-file"
        | "release-settings" => Role::Admin,
        "users" | "runs" | "hooks" | "received-events" => Role::Support,
        _ => Role::Member,
    }
}

/// 403 when a role is less than what is needed. The session stays.
pub fn check(role: Role, needed: Role) -> Result<(), ApiError> {
    if role >= needed {
        return Ok(());
    }
    Err(ApiError::status(
        StatusCode::FORBIDDEN,
        "role_missing",
        format!(
            "this needs the role {}, and yours in this project is {}; an admin can change it in Settings, Team",
            title(needed),
            title(role)
        ),
    ))
}

/// The role's name on screen.
pub fn title(role: Role) -> &'static str {
    match role {
        Role::Support => "Support",
        Role::Member => "Member",
        Role::Admin => "Admin",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_door_asks_for_the_role_of_the_table() {
        let at = |method: Method, rest: &str| needed(&method, &format!("{PROJECT}{rest}"));
        assert_eq!(at(Method::GET, ""), Role::Support);
        assert_eq!(at(Method::GET, "/secrets"), Role::Support);
        assert_eq!(at(Method::GET, "/audit-log"), Role::Admin);
        assert_eq!(at(Method::POST, "/runs/{id}/replay"), Role::Support);
        assert_eq!(at(Method::PATCH, "/users/{id}"), Role::Support);
        assert_eq!(at(Method::PUT, "/workflows/{id}/draft"), Role::Member);
        assert_eq!(at(Method::PATCH, ""), Role::Member);
        assert_eq!(at(Method::GET, "/project-file"), Role::Support);
        assert_eq!(at(Method::PUT, "/project-file"), Role::Admin);
        assert_eq!(at(Method::POST, "/what-comes-tomorrow"), Role::Member);
        for noun in
            ["secrets/{name}", "api-keys", "members/{id}", "invitations", "event-destinations/{id}", "release-settings"]
        {
            assert_eq!(at(Method::POST, &format!("/{noun}")), Role::Admin, "{noun}");
        }
        assert_eq!(needed(&Method::GET, "/api/v1/elsewhere"), Role::Admin);
        assert!(check(Role::Support, Role::Member).is_err());
        assert!(check(Role::Admin, Role::Member).is_ok());
    }
}
