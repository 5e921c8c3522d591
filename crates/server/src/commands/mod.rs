//! The command line. Each command has a file of its own.

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Integrations for your product's customers, self-hosted.
#[derive(Parser)]
#[command(name = "linchpin", version, about)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {}

/// Runs what the command line says. Exit codes: 0, 1 (failed), 2 (wrong usage).
pub fn run() -> ExitCode {
    match Cli::parse().command {}
}
