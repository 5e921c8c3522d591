//! The API's description, made from the handlers.

use utoipa::openapi::security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::{Modify, OpenApi};

use super::manage;

/// The whole description, as `/openapi.json` and `linchpin openapi` give it.
pub fn document() -> utoipa::openapi::OpenApi {
    utoipa_axum::router::OpenApiRouter::<crate::state::App>::with_openapi(frame())
        .merge(manage::routes())
        .split_for_parts()
        .1
}

/// The description without its operations.
pub fn frame() -> utoipa::openapi::OpenApi {
    Frame::openapi()
}

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Linchpin",
        description = "Management API for the dashboard, backends and the command line. Errors are always `{message, code, status, meta: {requestId, fields?}}`. What belongs to another project is 404.",
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
        let cookie = ApiKeyValue::with_description(
            "linchpin_session",
            "The dashboard's session (`__Host-linchpin` on https). What changes anything also needs `X-Linchpin-CSRF`.",
        );
        components.add_security_scheme("session", SecurityScheme::ApiKey(ApiKey::Cookie(cookie)));
    }
}
