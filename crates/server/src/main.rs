//! The `linchpin` executable: parse the command line, dispatch.

mod clock;
mod commands;
mod config;
mod http;
mod state;

use std::process::ExitCode;

fn main() -> ExitCode {
    commands::run()
}
