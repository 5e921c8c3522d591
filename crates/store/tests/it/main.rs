//! The contract of the store: each test runs on SQLite and on PostgreSQL.

mod database;
mod postgres;

mod accounts;
mod api_keys;
mod app_events;
mod audit_log;
mod erasure;
mod event_destinations;
mod hooks;
mod installation;
mod integrations;
mod left_log;
mod long_texts;
mod members;
mod migrations;
mod projects;
mod retention;
mod run_search;
mod secrets;
mod serving;
mod sessions;
mod settings;
mod signing_keys;
mod syncs;
mod token_issuers;
mod triggers;
mod workflows;
