//! The benchmark: the ceiling and the real server, one after the other, against the same target and the same load.

use std::fs;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use clap::Args;

use crate::load::Sent;
use crate::process::{self, Process, own};
use crate::report::{Figures, Report};
use crate::target::Seen;
use crate::{clock, database, project};

#[derive(Args)]
pub struct Options {
    #[command(flatten)]
    pub under: process::Under,
    /// Where to write the figures as JSON
    #[arg(long)]
    json: PathBuf,
    #[arg(long, default_value_t = 40_000)]
    pub events: usize,
    #[arg(long, default_value_t = 128)]
    pub connections: usize,
    /// Connected users; events go round them
    #[arg(long, default_value_t = 2_000)]
    pub users: usize,
    /// How often each is measured, in turn; the best of each counts
    #[arg(long, default_value_t = 2)]
    rounds: usize,
    /// Seconds of the run at a fixed rate; 0 leaves it out
    #[arg(long, default_value_t = 10)]
    steady_seconds: u64,
    /// The fixed rate as a share of what was delivered as fast as it goes
    #[arg(long, default_value_t = 0.7)]
    steady_share: f64,
    /// Steps of the workflow: the last creates a contact, those before it companies
    #[arg(long, default_value_t = 1)]
    pub steps: usize,
    /// Workflows that each user has switched on; those beside the measured one wait for another event
    #[arg(long, default_value_t = 1)]
    pub workflows: usize,
    /// A PostgreSQL server to run on, by the URL of a database from which others can be made, such as
    /// `postgres://postgres@localhost/postgres`; each server under test gets a fresh one. Absent: SQLite
    #[arg(long)]
    pub postgres: Option<String>,
    /// Milliseconds the target takes for an answer
    #[arg(long, default_value_t = 0)]
    pub target_latency_ms: u64,
}

/// One server under load and everything around it.
struct Bench<'a> {
    options: &'a Options,
    target: SocketAddr,
    tokens: PathBuf,
    key: project::Key,
}

/// How many events are sent before anything is counted: connections open, caches fill, pages are mapped.
const WARM_UP: usize = 2_000;

pub async fn run(options: Options) -> Result<()> {
    process::empty(&options.under.scratch)?;
    let key = project::Key::generate()?;
    let tokens = options.under.scratch.join("tokens");
    fs::write(&tokens, project::tokens(&key, options.users)?.join("\n") + "\n")?;

    let latency = options.target_latency_ms.to_string();
    let (standing, target) = process::target(&options.under.scratch, &["--latency-ms", &latency]).await?;

    let bench = Bench { options: &options, target, tokens, key };
    let mut report = Report::new(&options)?;
    for round in 1..=options.rounds {
        eprintln!("round {round} of {}: the ceiling", options.rounds);
        report.ceiling.push(bench.ceiling(round).await?);
        eprintln!("round {round} of {}: linchpin", options.rounds);
        let last = round == options.rounds;
        let (fast, steady) = bench.linchpin(round, last && options.steady_seconds > 0).await?;
        report.linchpin.push(fast);
        report.steady = steady;
    }
    drop(standing);
    fs::write(&options.json, serde_json::to_string_pretty(&report.json())? + "\n")?;
    println!("{}", report.table());
    report.verdict()
}

impl Bench<'_> {
    async fn ceiling(&self, round: usize) -> Result<Figures> {
        let data = self.folder(&format!("ceiling-{round}"))?;
        let listen = process::free_address()?;
        let log = data.join("ceiling.log");
        let mut command = own();
        command
            .args(["ceiling", "--listen", &listen.to_string(), "--target", &format!("http://{}", self.target)])
            .arg("--data")
            .arg(&data);
        if let Some(url) = self.fresh_database(&format!("linchpin_bench_ceiling_{round}")).await? {
            command.args(["--database", &url]);
        }
        let mut server = Process::start("the ceiling", &mut command, &log)?;
        server.ready(&format!("http://{listen}/ready"), &log).await?;
        self.as_fast_as_it_goes(&server, listen, "any").await
    }

    async fn linchpin(&self, round: usize, steady: bool) -> Result<(Figures, Option<Figures>)> {
        let data = self.folder(&format!("linchpin-{round}"))?;
        let listen = process::free_address()?;
        let file = self.options.under.scratch.join("project.yaml");
        project::write_file(
            &file,
            &self.key,
            &format!("http://{}", self.target),
            project::Size { users: self.options.users, steps: self.options.steps, workflows: self.options.workflows },
        )?;
        let database = self.fresh_database(&format!("linchpin_bench_{round}")).await?;
        let project = project::apply(self.program(database.as_deref()), &file, &data)?;

        let log = data.join("serve.log");
        let began = Instant::now();
        let mut server = Process::start(
            "linchpin serve",
            self.program(database.as_deref())
                .args(["serve", "--listen", &listen.to_string(), "--public-url", &format!("http://{listen}")])
                .arg("--data")
                .arg(&data),
            &log,
        )?;
        server.ready(&format!("http://{listen}/readyz"), &log).await?;
        let started = began.elapsed();
        let idle = server.usage()?.memory_bytes;
        let mut fast = self.as_fast_as_it_goes(&server, listen, &project).await?;
        fast.start_millis = Some(started.as_millis() as u64);
        fast.idle_memory_bytes = Some(idle);
        if !steady {
            return Ok((fast, None));
        }
        let rate = fast.delivered_per_second * self.options.steady_share;
        eprintln!("{rate:.0} events a second for {} s", self.options.steady_seconds);
        let events = (rate * self.options.steady_seconds as f64) as usize;
        let steady = self.measured(&server, listen, &project, events, Some(rate), "s").await?;
        Ok((fast, Some(steady)))
    }

    async fn as_fast_as_it_goes(&self, server: &Process, listen: SocketAddr, project: &str) -> Result<Figures> {
        self.measured(server, listen, project, WARM_UP, None, "w").await?;
        self.measured(server, listen, project, self.options.events, None, "f").await
    }

    async fn measured(
        &self,
        server: &Process,
        listen: SocketAddr,
        project: &str,
        events: usize,
        rate: Option<f64>,
        label: &str,
    ) -> Result<Figures> {
        process::delete(&format!("http://{}/_seen", self.target)).await?;
        let before = server.usage()?;
        let mut load = own();
        load.args(["load", "--to", &listen.to_string(), "--project", project, "--label", label])
            .args(["--events", &events.to_string(), "--connections", &self.options.connections.to_string()])
            .arg("--tokens")
            .arg(&self.tokens);
        if let Some(rate) = rate {
            load.args(["--rate", &rate.to_string()]);
        }
        let output = tokio::task::spawn_blocking(move || load.stderr(Stdio::inherit()).output()).await??;
        if !output.status.success() {
            bail!("the load failed ({})", output.status);
        }
        let sent: Sent = serde_json::from_slice(&output.stdout)?;
        let seen = self.drained(sent.accepted).await?;
        // Completions of the last calls are written a moment after the target has seen them.
        tokio::time::sleep(Duration::from_millis(300)).await;
        Ok(Figures::of(&sent, &seen, before, server.usage()?))
    }

    /// Waits until the target has seen what was accepted, or nothing new for a while.
    async fn drained(&self, accepted: u64) -> Result<Seen> {
        let mut last = (0, clock::micros());
        loop {
            let (_, body) = process::get(&format!("http://{}/_seen", self.target)).await?;
            let seen: Seen = serde_json::from_slice(&body)?;
            if seen.distinct >= accepted {
                return Ok(seen);
            }
            if seen.creates > last.0 {
                last = (seen.creates, clock::micros());
            } else if clock::micros() - last.1 > 15_000_000 {
                return Ok(seen);
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }

    fn program(&self, database: Option<&str>) -> Command {
        process::program(&self.options.under.linchpin, database, self.target)
    }

    async fn fresh_database(&self, name: &str) -> Result<Option<String>> {
        database::fresh(self.options.postgres.as_deref(), name).await
    }

    fn folder(&self, name: &str) -> Result<PathBuf> {
        let folder = self.options.under.scratch.join(name);
        fs::create_dir_all(&folder)?;
        Ok(folder)
    }
}
