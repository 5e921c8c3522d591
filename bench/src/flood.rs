//! One user floods the server with events; another one sends a few. What the second one feels of the first, and how
//! much memory the server takes meanwhile, second by second.

use std::fs;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use clap::Args;
use serde::Serialize;

use crate::load::Sent;
use crate::measure::Quantiles;
use crate::process::{self, Process, own};
use crate::project;
use crate::target::Seen;

#[derive(Args)]
pub struct Options {
    #[command(flatten)]
    under: process::Under,
    /// Events of the one who floods
    #[arg(long, default_value_t = 100_000)]
    events: usize,
    /// Connections that send them, each its next one when the last is answered
    #[arg(long, default_value_t = 32)]
    connections: usize,
    /// Events a second of the other one
    #[arg(long, default_value_t = 5.0)]
    rate: f64,
    /// How long the target takes for each answer, so that the flood waits in line
    #[arg(long, default_value_t = 20)]
    target_latency_ms: u64,
    /// Fails when the other one's events take longer from sending to arrival, at the median
    #[arg(long, default_value_t = 50)]
    most_ms: u64,
}

const FLOOD: &str = "f";
const NEIGHBOUR: &str = "n";

/// How it is after some time. Times are microseconds.
#[derive(Debug, Clone, Copy, Serialize)]
#[serde(rename_all = "camelCase")]
struct Sample {
    seconds: f64,
    /// Of the flood: how many have arrived at the target.
    arrived: usize,
    memory_bytes: u64,
    /// Of the other one's events that arrived since the last sample, from sending to arrival.
    neighbour: Quantiles,
}

/// A load that is killed with this.
struct Load(Child);

impl Drop for Load {
    fn drop(&mut self) {
        self.0.kill().ok();
        self.0.wait().ok();
    }
}

pub async fn run(options: Options) -> Result<()> {
    process::empty(&options.under.scratch)?;
    let key = project::Key::generate()?;
    let tokens = project::tokens(&key, 2)?;
    let latency = options.target_latency_ms.to_string();
    let (_standing, target) = process::target(&options.under.scratch, &["--latency-ms", &latency]).await?;

    let file = options.under.scratch.join("project.yaml");
    project::write_file(&file, &key, &format!("http://{target}"), 2, 1)?;
    let data = options.under.scratch.join("data");
    fs::create_dir_all(&data)?;
    let project = project::apply(process::program(&options.under.linchpin, None, target), &file, &data)?;
    let listen = process::free_address()?;
    let log = options.under.scratch.join("serve.log");
    let address = listen.to_string();
    let mut server = Process::start(
        "linchpin serve",
        process::program(&options.under.linchpin, None, target)
            .args(["serve", "--listen", &address, "--public-url", &format!("http://{address}")])
            .arg("--data")
            .arg(&data),
        &log,
    )?;
    server.ready(&format!("http://{address}/readyz"), &log).await?;

    let load = |label: &str, token: &str, events: usize| -> Result<Command> {
        let file = options.under.scratch.join(format!("token-{label}"));
        fs::write(&file, format!("{token}\n"))?;
        let mut load = own();
        load.args(["load", "--to", &address, "--project", &project, "--label", label])
            .args(["--events", &events.to_string(), "--tokens"])
            .arg(file)
            .stdout(Stdio::piped());
        Ok(load)
    };
    let mut few = load(NEIGHBOUR, &tokens[1], 1_000_000)?;
    few.args(["--connections", "1", "--rate", &options.rate.to_string()]);
    let _few = Load(few.spawn().context("cannot start the load")?);
    // What it is like without a flood comes first.
    let began = Instant::now();
    let mut samples = Vec::new();
    let mut watch = Watch { target: format!("http://{target}"), server, began, heard: 0 };
    while began.elapsed() < Duration::from_secs(5) {
        samples.push(watch.sample().await?);
    }
    let alone = samples.len();
    let mut flood = load(FLOOD, &tokens[0], options.events)?;
    flood.args(["--connections", &options.connections.to_string()]);
    let mut flood = Load(flood.spawn().context("cannot start the load")?);
    let mut quiet = 0;
    while quiet < 20 {
        let sample = watch.sample().await?;
        let is_still = samples.last().is_some_and(|last| last.arrived == sample.arrived);
        quiet = if is_still { quiet + 1 } else { 0 };
        samples.push(sample);
        if sample.arrived >= options.events {
            break;
        }
    }
    let sent = flood.0.stdout.take().context("the load says nothing")?;
    let sent: Sent = serde_json::from_reader(sent)?;
    let (_, body) = process::get(&format!("{}/_seen", watch.target)).await?;
    let seen: Seen = serde_json::from_slice(&body)?;
    report(&options, &samples, alone, &sent, &seen, &watch)
}

struct Watch {
    target: String,
    server: Process,
    began: Instant,
    /// Times of the other one's events that are in a sample already.
    heard: usize,
}

impl Watch {
    async fn sample(&mut self) -> Result<Sample> {
        tokio::time::sleep(Duration::from_secs(1)).await;
        let arrived = self.times(FLOOD, usize::MAX).await?.0;
        let (heard, times) = self.times(NEIGHBOUR, self.heard).await?;
        self.heard = heard;
        Ok(Sample {
            seconds: self.began.elapsed().as_secs_f64(),
            arrived,
            memory_bytes: self.server.usage()?.memory_bytes,
            neighbour: Quantiles::of(times),
        })
    }

    /// How many of a label's events have arrived, and how long those after a number took.
    async fn times(&self, label: &str, from: usize) -> Result<(usize, Vec<u64>)> {
        let (_, body) = process::get(&format!("{}/_times/{label}/{from}", self.target)).await?;
        Ok(serde_json::from_slice(&body)?)
    }
}

fn report(options: &Options, samples: &[Sample], alone: usize, sent: &Sent, seen: &Seen, watch: &Watch) -> Result<()> {
    let usage = watch.server.usage()?;
    let arrived = samples.last().map_or(0, |last| last.arrived);
    let took = |samples: &[Sample]| {
        let medians: Vec<u64> =
            samples.iter().map(|sample| sample.neighbour.p50).filter(|micros| *micros > 0).collect();
        let worst = samples.iter().map(|sample| sample.neighbour.max).max().unwrap_or(0);
        (Quantiles::of(medians).p50, worst)
    };
    let (before, during) = (took(&samples[..alone]), took(&samples[alone..]));
    let ms = |micros: u64| format!("{:.1}", micros as f64 / 1_000.0);
    let last = samples.last().map_or(0.0, |last| last.seconds);
    for (what, figure) in [
        ("events of the flood", options.events.to_string()),
        ("accepted in s", format!("{:.1}", sent.took as f64 / 1e6)),
        ("done after s", format!("{:.1}", last - samples[alone - 1].seconds)),
        ("the other's, alone: median ms", ms(before.0)),
        ("the other's, alone: slowest ms", ms(before.1)),
        ("the other's, in the flood: median ms", ms(during.0)),
        ("the other's, in the flood: slowest ms", ms(during.1)),
        ("peak memory MB", format!("{:.1}", usage.peak_memory_bytes as f64 / 1e6)),
        ("refused by the limit of one user's calls", sent.refused.to_string()),
        ("lost", (sent.accepted as usize).saturating_sub(arrived).to_string()),
        ("doubled", seen.duplicated.to_string()),
    ] {
        println!("| {what} | {figure} |");
    }
    let each = samples.len().div_ceil(40);
    let some: Vec<&Sample> = samples.iter().step_by(each).collect();
    println!("{}", chart("Memory of the server, MB", last, some.iter().map(|sample| sample.memory_bytes / 1_000_000)));
    println!(
        "{}",
        chart("Arrived of the flood, thousands", last, some.iter().map(|sample| sample.arrived as u64 / 1_000))
    );
    println!(
        "{}",
        chart("The other's events, median ms", last, some.iter().map(|sample| sample.neighbour.p50 / 1_000))
    );
    fs::write(options.under.scratch.join("flood.json"), serde_json::to_string_pretty(samples)? + "\n")?;
    if let Some(refusal) = &sent.first_refusal {
        println!("\nThe first refusal:\n{refusal}");
    }
    if (sent.accepted as usize) > arrived || seen.duplicated > 0 {
        bail!("{} arrived of {}, {} doubled", arrived, sent.accepted, seen.duplicated);
    }
    if during.0 > options.most_ms * 1_000 {
        bail!("the other's events took {} ms at the median", ms(during.0));
    }
    Ok(())
}

/// A curve as text that Markdown draws.
fn chart(title: &str, seconds: f64, values: impl Iterator<Item = u64>) -> String {
    let values: Vec<String> = values.map(|value| value.to_string()).collect();
    format!(
        "\n```mermaid\nxychart-beta\n    title \"{title}\"\n    x-axis \"seconds\" 0 --> {seconds:.0}\n    line [{}]\n```",
        values.join(", ")
    )
}
