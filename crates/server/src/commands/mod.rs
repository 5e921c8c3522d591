//! The command line. Each command has a file of its own.
//!
//! Results go to standard output, everything else to standard error. Exit codes: 0, 1 (failed),
//! 2 (wrong usage). An error says what was wrong, where, and what to do.

mod serve;
mod token;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::config::{Config, Flags};

/// Integrations for your product's customers, self-hosted.
#[derive(Parser)]
#[command(name = "linchpin", version, about, propagate_version = true)]
struct Cli {
    #[command(flatten)]
    flags: Flags,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Serve(serve::Options),
    Token(token::Options),
}

/// Wrong usage that clap cannot see: exit code 2.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Usage(pub String);

/// Runs what the command line says.
pub fn run() -> ExitCode {
    let cli = Cli::parse();
    match dispatch(cli) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("error: {}", describe(&error));
            if error.is::<Usage>() { ExitCode::from(2) } else { ExitCode::FAILURE }
        }
    }
}

fn dispatch(Cli { flags, command }: Cli) -> anyhow::Result<ExitCode> {
    match command {
        Command::Serve(options) => {
            let config = Config::load(&options.over(flags))?;
            block_on(serve::run(config))
        }
        Command::Token(options) => token::run(&options),
    }
}

fn block_on(command: impl Future<Output = anyhow::Result<()>>) -> anyhow::Result<ExitCode> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let outcome = runtime.block_on(command);
    // Tasks that still hold on to something must not keep the process.
    runtime.shutdown_timeout(std::time::Duration::from_secs(1));
    outcome.map(|()| ExitCode::SUCCESS)
}

/// The error and what it came from, each once: many sources repeat what their error said.
fn describe(error: &anyhow::Error) -> String {
    let mut text = error.to_string();
    for source in error.chain().skip(1) {
        let source = source.to_string();
        if !text.contains(&source) {
            text.push_str(": ");
            text.push_str(&source);
        }
    }
    text
}
