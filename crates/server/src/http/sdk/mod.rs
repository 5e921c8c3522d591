//! What a connected user may call through an SDK or a backend. Auth: user token (RS256).
//!
//! Addresses and shapes are those of the client SDK's contract, each handler names its row. 401 and 403
//! log the SDK's user out, so they are for the token alone; "not allowed on this object" is 404, 409 or
//! 422. Every address exists below `/projects/{id}` and below `/v2/projects/{id}`.

mod account;
mod asking;
pub(in crate::http) mod body;
mod configurations;
mod credentials;
mod deployed;
pub(in crate::http) mod described;
mod events;
mod field_options;
mod integrations;
mod me;
mod provider_triggers;
mod proxy;
mod requests;
mod resources;
mod scoped;
mod settings;
pub(in crate::http) mod shapes;
mod syncs;
pub(in crate::http) mod tools;
mod uninstall;
mod uploads;
mod workflows;

pub(in crate::http) use credentials::{by_sign_in, no_such_way, unfit};

use axum::Router;
use axum::routing::{any, delete, get, patch, post};
pub use field_options::failed as options_failed;
pub(in crate::http) use scoped::connectable;

use crate::http::below::Below;
use crate::http::portal;
use crate::state::App;

/// The routes of this door.
pub fn router() -> Router<App> {
    ["/projects/{project_id}", "/v2/projects/{project_id}"].map(project).into_iter().fold(Router::new(), Router::merge)
}

/// The doors' description. What answers "not supported yet" is not in it.
#[derive(utoipa::OpenApi)]
#[openapi(
    paths(
        me::show,
        me::update,
        integrations::list,
        integrations::metadata,
        uninstall::uninstall,
        events::trigger,
        workflows::enable,
        workflows::disable,
        requests::start,
        account::show,
        credentials::add,
        credentials::show,
        credentials::complete_setup,
        resources::connect,
        configurations::add,
        configurations::update,
        configurations::remove,
        provider_triggers::list,
        syncs::list,
        syncs::read,
        tools::list,
        tools::perform,
        tools::subscriptions::add,
        tools::subscriptions::list,
        tools::subscriptions::update,
        tools::subscriptions::remove,
        tools::subscriptions::deliveries,
        field_options::list,
        settings::update,
        proxy::pass_on,
        portal::start::build,
        portal::links::add,
        portal::activity::list,
        portal::session::show,
        portal::session::end
    ),
    components(schemas(described::ErrorBody))
)]
pub struct Description;

fn project(prefix: &'static str) -> Router<App> {
    portal::project_routes(Below::new(prefix))
        .route("/sdk/me", get(me::show).patch(me::update))
        .route("/sdk/integrations", get(integrations::list))
        .route("/sdk/integrations/{integration_id}", delete(uninstall::uninstall))
        .route("/sdk/metadata", get(integrations::metadata))
        .route("/sdk/events/trigger", post(events::trigger))
        .route("/sdk/workflows/{workflow_id}", post(workflows::enable).delete(workflows::disable))
        .route("/sdk/triggers/{workflow_id}", post(requests::start))
        .route("/sdk/credentials", get(account::show).post(credentials::add))
        .route("/sdk/credentials/{credential}", get(credentials::show).patch(settings::update))
        .route("/sdk/credentials/{credential}/complete-setup", post(credentials::complete_setup))
        .route(
            "/sdk/credentials/{credential}/configurations",
            post(configurations::add).patch(configurations::update).delete(configurations::remove),
        )
        .route("/sdk/actions", post(field_options::list))
        .route("/sdk/syncs", get(syncs::list))
        .route("/sdk/syncs/{sync_id}/records", get(syncs::read))
        .route("/triggers", get(provider_triggers::list))
        .route("/tools", get(tools::list).post(tools::perform))
        .route("/trigger-subscriptions", get(tools::subscriptions::list).post(tools::subscriptions::add))
        .route("/trigger-subscriptions/{id}", patch(tools::subscriptions::update).delete(tools::subscriptions::remove))
        .route("/trigger-subscriptions/{id}/deliveries", get(tools::subscriptions::deliveries))
        .route("/actions", get(tools::list).post(tools::perform))
        .route("/sdk/resources/{resource_id}/connect", post(resources::connect))
        .route("/sdk/proxy/{kind}", any(proxy::pass_on))
        .route("/sdk/proxy/{kind}/", any(proxy::pass_on))
        .route("/sdk/proxy/{kind}/{*path}", any(proxy::pass_on))
        .into()
}
