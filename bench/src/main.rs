//! Measures the real `linchpin` binary, and in the same run a hand-made program that does only what cannot be left out.
//!
//! Four processes take part, so that each one's processor time is its own: the server under test, the target that
//! stands for the provider, the load, and this one, which starts the others and reads `/proc`.
//!
//! | subcommand | is |
//! |---|---|
//! | `run` | the whole benchmark: what `cargo xtask bench` calls |
//! | `crash` | kills the server at random moments under load and counts what is lost or doubled |
//! | `browse` | fills a database with very many runs and times what the dashboard asks of Task History |
//! | `flood` | one user floods the server, another feels it or not |
//! | `outage` | the provider is down for long while events go on coming; memory, and what happens when it is back |
//! | `target` | answers contact creates in HubSpot's form and counts them by e-mail address |
//! | `load` | sends App Events, in a closed loop or at a fixed rate |
//! | `ceiling` | intake, one row an event in group commits with the same fsync, one call, one completion row |

mod api;
mod browse;
mod ceiling;
mod clock;
mod crash;
mod database;
mod flood;
mod load;
mod measure;
mod outage;
mod process;
mod project;
mod report;
mod run;
mod stage;
mod target;

use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(name = "linchpin-bench", about = "Measures linchpin beside a hand-made ceiling")]
struct Cli {
    #[command(subcommand)]
    role: Role,
}

#[derive(Subcommand)]
enum Role {
    /// The whole benchmark
    Run(run::Options),
    /// Kill the server at random moments under load, and count
    Crash(crash::Options),
    /// Time Task History with very many runs
    Browse(browse::Options),
    /// One user floods the server; what another one feels of it
    Flood(flood::Options),
    /// The provider is down for long while events go on coming
    Outage(outage::Options),
    /// The provider's stand-in
    Target(target::Options),
    /// The load generator
    Load(load::Options),
    /// The hand-made ceiling
    Ceiling(ceiling::Options),
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    match Cli::parse().role {
        Role::Run(options) => run::run(options).await,
        Role::Crash(options) => crash::run(options).await,
        Role::Browse(options) => browse::run(options).await,
        Role::Flood(options) => flood::run(options).await,
        Role::Outage(options) => outage::run(options).await,
        Role::Target(options) => target::serve(options).await,
        Role::Load(options) => load::main(options).await,
        Role::Ceiling(options) => ceiling::serve(options).await,
    }
}
