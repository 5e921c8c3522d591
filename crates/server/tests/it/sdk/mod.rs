//! The doors of the client SDK, against the provider's simulator.

mod accounts;
mod configurations;
mod events;
mod files;
mod forecasts;
mod hooks;
mod issuers;
mod mcp;
mod oauth;
mod offers;
mod options;
mod own_hooks;
mod passing_on;
mod permissions;
mod provider;
mod refresh;
mod requests;
mod rows;
mod scoped;
mod state;
mod subscriptions;
mod tokens;
mod told;
mod tools;
mod triggers;
mod ways;
pub mod world;
