//! The API's description, made from the handlers.

mod errors;

use utoipa::openapi::security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::{Modify, OpenApi};

pub use errors::complete;

use super::{hooks, manage, mcp, sdk, task_history};

/// The whole description, as `/openapi.json` and `linchpin openapi` give it.
pub fn document() -> utoipa::openapi::OpenApi {
    let mut document = utoipa_axum::router::OpenApiRouter::<crate::state::App>::with_openapi(frame())
        .merge(manage::routes())
        .merge(task_history::routes())
        .split_for_parts()
        .1;
    complete(&mut document);
    document
}

/// The description without its operations.
pub fn frame() -> utoipa::openapi::OpenApi {
    let mut document = Frame::openapi();
    document.merge(sdk::Description::openapi());
    document.merge(hooks::Description::openapi());
    document.merge(mcp::Description::openapi());
    // Every method is passed on; one handler stands for all of them.
    for path in document.paths.paths.values_mut() {
        let Some(one) = path.get.clone().filter(|one| one.operation_id.as_deref() == Some("sdk.proxy.get")) else {
            continue;
        };
        let named = |method: &str| {
            let mut operation = one.clone();
            operation.operation_id = Some(format!("sdk.proxy.{method}"));
            operation
        };
        path.post = Some(named("post"));
        path.put = Some(named("put"));
        path.patch = Some(named("patch"));
        path.delete = Some(named("delete"));
    }
    document
}

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Linchpin",
        description = "Management API (`/api/v1`) for the dashboard, backends and the command line, Task History for backends (`/task-history`, which says execution where the rest says run), and the doors of the user token (`/projects/{projectId}/…`, the same below `/v2`) for the client SDK and backends. Errors are always `{message, code, status, meta: {requestId, fields?}}`. What belongs to another project is 404.",
        license(name = "Apache-2.0", identifier = "Apache-2.0")
    ),
    modifiers(&Doors),
    security(("apiKey" = []), ("session" = []))
)]
struct Frame;

struct Doors;

impl Modify for Doors {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        let components = document.components.get_or_insert_default();
        let key = HttpBuilder::new()
            .scheme(HttpAuthScheme::Bearer)
            .description(Some("An API key of the project, `lp_…`."))
            .build();
        components.add_security_scheme("apiKey", SecurityScheme::Http(key));
        let token = HttpBuilder::new()
            .scheme(HttpAuthScheme::Bearer)
            .bearer_format("JWT")
            .description(Some(
                "A user token: RS256, signed with a signing key of the project, with `sub`, `iat` and `exp`.",
            ))
            .build();
        components.add_security_scheme("userToken", SecurityScheme::Http(token));
        let cookie = ApiKeyValue::with_description(
            "linchpin_session",
            "The dashboard's session (`__Host-linchpin` on https). What changes anything also needs `X-Linchpin-CSRF`.",
        );
        components.add_security_scheme("session", SecurityScheme::ApiKey(ApiKey::Cookie(cookie)));
    }
}
