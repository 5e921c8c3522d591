//! The server: HTTP doors, sign-in, the command line and the wiring of the other crates.
//!
//! This crate holds no SQL and nothing depends on it. The executable is `main.rs`; everything is here
//! so that the tests in `tests/it` start the same router.
//!
//! To add a route: a handler in the door it belongs to (`http/sdk`, `http/manage`, `http/portal`), its
//! line in that door's route table, its doc comment (the published text), its row in the authorization
//! test, a happy and an unhappy test.

pub mod clock;
pub mod commands;
pub mod config;
pub mod credentials;
pub mod data_dir;
pub mod demo;
pub mod destinations;
pub mod doctor;
pub mod hooks;
pub mod http;
pub mod lifecycle;
pub mod project_file;
pub mod retention;
pub mod server;
pub mod signing_key;
pub mod simulators;
pub mod state;
pub mod sync;
pub mod telemetry;
pub mod token_issuer;
