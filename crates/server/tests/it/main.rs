//! Through HTTP only: a real router on a loopback port over SQLite in a temporary folder.

mod app;
mod app_events;
mod authorization;
mod cli;
mod destinations;
mod imports;
mod integrations;
mod keys;
mod limits;
mod markers;
mod project_file;
mod project_file_triggers;
mod receivers;
mod releases;
mod rollouts;
mod runs;
mod sdk;
mod session;
mod signing;
mod slow_clients;
mod task_history;
mod team;
mod team_tools;
mod users;
mod versions;
mod workflows;
