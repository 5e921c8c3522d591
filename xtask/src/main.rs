//! `cargo xtask …`: everything a developer or CI does with this repository, as Rust instead of shell.
//!
//! `demo` and `test` are the two commands of the README. They work on a fresh machine that has Rust and Node: what else
//! they need they install, or they print the line to type.

mod api;
mod build;
mod generate;
mod machine;
mod npm;
mod phases;
mod sh;
mod test;
mod tidy;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Tasks of the Linchpin repository.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Cli {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Build everything and run the demo: Linchpin, a simulated HubSpot and a small host application
    Demo {
        /// Passed on to `linchpin demo`, for example `--port 5000`
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        args: Vec<String>,
    },
    /// Build the release binary `linchpin` with the web assets inside
    Build,
    /// Run every test: Rust, SDK, web, browser
    Test(test::Options),
    /// Measure the release binary beside a hand-made ceiling
    Bench {
        /// Passed on to `linchpin-bench run`, for example `--events 100000`
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        args: Vec<String>,
    },
    /// Regenerate what is generated and committed: openapi.json and the web's types
    Generate {
        /// Write nothing; fail when a generated file is out of date
        #[arg(long)]
        check: bool,
    },
    /// Check the rules of the repository that no compiler checks
    Tidy,
}

fn main() -> ExitCode {
    let outcome = match Cli::parse().task {
        Task::Demo { args } => build::demo(&args),
        Task::Build => build::release(),
        Task::Test(options) => test::run(&options),
        Task::Bench { args } => build::bench(&args),
        Task::Generate { check } => generate::run(check),
        Task::Tidy => tidy::run(),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("\nxtask: {error:#}");
            ExitCode::FAILURE
        }
    }
}
