//! What the dashboard, backends and the command line may call: `/api/v1`. Auth: session or API key.
//!
//! One file a noun. A handler takes [`ProjectAccess`](super::auth::ProjectAccess), which proves that the
//! caller may work in the project of the address; what belongs to another project is 404. Its doc
//! comment is the published text.

mod api_keys;
mod app_events;
mod app_tests;
mod apply;
mod audit_log;
mod checklist;
mod connect_links;
mod connectors;
mod copies;
mod custom_integrations;
mod event_deliveries;
mod event_destinations;
mod expressions;
mod fields;
mod forecasts;
mod hook_deliveries;
mod hook_registrations;
mod imports;
mod integrations;
mod invitations;
mod members;
mod options;
mod overview;
mod pins;
mod preview_tokens;
mod project_files;
mod projects;
mod quotas;
mod received_events;
mod releases;
mod replays;
mod rollouts;
mod run_queue;
pub(in crate::http) mod run_steps;
pub(in crate::http) mod runs;
mod secrets;
mod session;
mod setup;
mod signing_keys;
mod simulators;
mod skipped_events;
pub(in crate::http) mod sync_accounts;
pub(in crate::http) mod sync_records;
pub(crate) mod syncs;
mod token_issuers;
mod trials;
mod user_ref;
mod user_removal;
mod users;
mod versions;
mod workflow_views;
mod workflows;

use axum::middleware;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::audit;
use super::auth::session_store;
use super::layers;
use crate::state::App;
pub(super) use users::display_name;

/// The routes of this door.
pub fn router(app: &App) -> OpenApiRouter<App> {
    routes()
        .layer(middleware::from_fn_with_state(app.clone(), audit::record))
        .layer(session_store::layer(app.store.clone(), &app.config))
        .layer(middleware::from_fn(layers::protect))
}

/// The routes without the layers around them; enough for the API's description.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(apply::apply))
        .routes(routes!(apply::export))
        .routes(routes!(setup::find, setup::use_link))
        .routes(routes!(session::find, session::sign_in, session::sign_out))
        .routes(routes!(projects::list, projects::add))
        .routes(routes!(projects::find, projects::update))
        .routes(routes!(project_files::read, project_files::write))
        .routes(routes!(checklist::find))
        .routes(routes!(connect_links::add))
        .routes(routes!(connectors::list))
        .routes(routes!(connectors::find))
        .routes(routes!(connectors::find_of_project))
        .routes(routes!(custom_integrations::add))
        .routes(routes!(custom_integrations::check))
        .routes(routes!(custom_integrations::find, custom_integrations::update))
        .routes(routes!(integrations::list, integrations::add))
        .routes(routes!(integrations::find, integrations::update, integrations::remove))
        .routes(routes!(app_tests::test))
        .routes(routes!(simulators::show, simulators::update, simulators::reset))
        .routes(routes!(simulators::records))
        .routes(routes!(workflows::list, workflows::add))
        .routes(routes!(workflows::find, workflows::update, workflows::remove))
        .routes(routes!(workflows::save_draft))
        .routes(routes!(workflows::deploy))
        .routes(routes!(workflows::undeploy))
        .routes(routes!(rollouts::find, rollouts::set, rollouts::roll_back))
        .routes(routes!(rollouts::finish))
        .routes(routes!(copies::copy))
        .routes(routes!(pins::list))
        .routes(routes!(pins::set, pins::remove))
        .routes(routes!(quotas::list))
        .routes(routes!(trials::test))
        .routes(routes!(forecasts::forecast))
        .routes(routes!(expressions::evaluate))
        .routes(routes!(options::list))
        .routes(routes!(versions::list, versions::save))
        .routes(routes!(versions::find))
        .routes(routes!(versions::restore))
        .routes(routes!(app_events::list, app_events::add))
        .routes(routes!(app_events::update, app_events::remove))
        .routes(routes!(signing_keys::list, signing_keys::add))
        .routes(routes!(signing_keys::remove))
        .routes(routes!(token_issuers::list, token_issuers::add))
        .routes(routes!(token_issuers::remove))
        .routes(routes!(api_keys::list, api_keys::add))
        .routes(routes!(api_keys::remove))
        .routes(routes!(imports::import))
        .routes(routes!(users::list))
        .routes(routes!(users::find, users::update, user_removal::remove))
        .routes(routes!(preview_tokens::add))
        .routes(routes!(runs::list))
        .routes(routes!(runs::find))
        .routes(routes!(runs::cancel))
        .routes(routes!(replays::replay))
        .routes(routes!(replays::replay_all))
        .routes(routes!(runs::settle))
        .routes(routes!(received_events::list))
        .routes(routes!(skipped_events::replay))
        .routes(routes!(hook_deliveries::list))
        .routes(routes!(hook_deliveries::replay))
        .routes(routes!(hook_registrations::list))
        .routes(routes!(hook_registrations::retry))
        .routes(routes!(hook_registrations::remove))
        .routes(routes!(overview::find))
        .routes(routes!(secrets::list))
        .routes(routes!(secrets::set, secrets::remove))
        .routes(routes!(members::list))
        .routes(routes!(members::update, members::remove))
        .routes(routes!(invitations::list, invitations::add))
        .routes(routes!(invitations::remove))
        .routes(routes!(invitations::preview))
        .routes(routes!(invitations::accept))
        .routes(routes!(audit_log::list))
        .routes(routes!(releases::find_settings, releases::set_settings))
        .routes(routes!(releases::list, releases::add))
        .routes(routes!(releases::preview))
        .routes(routes!(releases::roll_back))
        .routes(routes!(event_destinations::list, event_destinations::add))
        .routes(routes!(event_destinations::find, event_destinations::update, event_destinations::remove))
        .routes(routes!(event_destinations::set_secret))
        .routes(routes!(event_destinations::test))
        .routes(routes!(syncs::list, syncs::add))
        .routes(routes!(syncs::find, syncs::update, syncs::remove))
        .routes(routes!(sync_accounts::list))
        .routes(routes!(sync_accounts::update))
        .routes(routes!(sync_records::list, sync_records::write))
        .routes(routes!(sync_records::find, sync_records::remove))
        .routes(routes!(event_deliveries::list))
        .routes(routes!(event_deliveries::redeliver))
}
