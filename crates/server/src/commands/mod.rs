//! The command line. Each command has a file of its own.
//!
//! Results go to standard output, everything else to standard error. Exit codes: 0, 1 (failed),
//! 2 (wrong usage). An error says what was wrong, where, and what to do.

/// Prints a line for whoever runs the command.
macro_rules! say {
    ($($text:tt)*) => { $crate::commands::out::line(format_args!($($text)*)) };
}

mod apply;
mod credentials;
mod database;
mod demo;
mod describe;
mod doctor;
mod export;
mod import_connector;
mod keys;
mod out;
mod remote;
mod serve;
mod simulate;
mod token;
mod try_connector;

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
    Demo(demo::Options),
    Serve(serve::Options),
    Simulate(simulate::Options),
    Apply(apply::Options),
    Export(export::Options),
    #[command(subcommand)]
    Credentials(credentials::Command),
    Token(token::Options),
    #[command(subcommand)]
    Keys(keys::Options),
    Doctor(doctor::Options),
    Backup(database::Backup),
    Restore(database::Restore),
    /// Bring the database's tables up to date (`serve` does so at its start)
    Migrate,
    /// Print the description of the HTTP API (OpenAPI)
    Openapi,
    #[command(subcommand)]
    Schema(describe::Schema),
    #[command(subcommand)]
    Connector(describe::Connector),
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
    let load = || Config::load(&flags);
    match command {
        Command::Serve(options) => done(serve::run(Config::load(&options.over(flags.clone()))?)),
        Command::Demo(options) => done(demo::run(flags.clone(), options)),
        Command::Simulate(options) => done(simulate::run(load()?, options)),
        Command::Apply(options) => {
            one_target(options.server.is_some(), &flags)?;
            done(apply::run(load(), options))
        }
        Command::Export(options) => {
            one_target(options.server.is_some(), &flags)?;
            done(export::run(load(), options))
        }
        Command::Credentials(credentials::Command::Import(options)) => {
            one_target(options.server.is_some(), &flags)?;
            done(credentials::import(load(), options))
        }
        Command::Token(options) => token::run(&options),
        Command::Keys(keys::Options::Generate { out, name }) => keys::generate(&out, name.as_deref()),
        Command::Keys(keys::Options::Rotate { new_key_file }) => done(keys::rotate(load()?, new_key_file)),
        Command::Doctor(options) => block_on(doctor::run(load()?, options)),
        Command::Backup(options) => done(database::backup(load()?, options)),
        Command::Restore(options) => done(database::restore(load()?, options)),
        Command::Migrate => done(database::migrate(load()?)),
        Command::Openapi => describe::openapi(),
        Command::Schema(which) => describe::schema(&which),
        Command::Connector(command) => block_on(async move { describe::connector(&command).await }),
    }
}

fn one_target(server: bool, flags: &Flags) -> Result<(), Usage> {
    if server && flags.data.is_some() {
        return Err(Usage("--server and --data exclude each other: name the one that is meant".into()));
    }
    Ok(())
}

fn done(command: impl Future<Output = anyhow::Result<()>>) -> anyhow::Result<ExitCode> {
    block_on(async { command.await.map(|()| ExitCode::SUCCESS) })
}

fn block_on(command: impl Future<Output = anyhow::Result<ExitCode>>) -> anyhow::Result<ExitCode> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let outcome = runtime.block_on(command);
    // Tasks that still hold on to something must not keep the process.
    runtime.shutdown_timeout(std::time::Duration::from_secs(1));
    outcome
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
