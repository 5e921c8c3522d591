//! One user floods the server with events; another one sends a few. What the second one feels of the first, and how
//! much memory the server takes meanwhile, second by second.

use std::fs;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use clap::Args;
use serde::Serialize;

use crate::load::{Running, Sent};
use crate::measure::Quantiles;
use crate::process::{self, Process};
use crate::project;
use crate::report::chart;
use crate::stage::Stage;
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

pub async fn run(options: Options) -> Result<()> {
    let latency = options.target_latency_ms.to_string();
    let stage = Stage::set(&options.under, 2, &["--latency-ms", &latency], None).await?;
    let tokens = project::tokens(&stage.key, 2)?;
    let server = stage.start().await?;

    let mut few = stage.load(NEIGHBOUR, &tokens[1..], 1_000_000)?;
    few.args(["--connections", "1", "--rate", &options.rate.to_string()]);
    let _few = Running::start(&mut few)?;
    // What it is like without a flood comes first.
    let began = Instant::now();
    let mut samples = Vec::new();
    let mut watch = Watch { stage: &stage, server, began, heard: 0 };
    while began.elapsed() < Duration::from_secs(5) {
        samples.push(watch.sample().await?);
    }
    let alone = samples.len();
    let mut flood = stage.load(FLOOD, &tokens[..1], options.events)?;
    flood.args(["--connections", &options.connections.to_string()]);
    let flood = Running::start(&mut flood)?;
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
    let sent = flood.sent()?;
    let seen = stage.seen().await?;
    report(&options, &samples, alone, &sent, &seen, &watch)
}

struct Watch<'a> {
    stage: &'a Stage,
    server: Process,
    began: Instant,
    /// Times of the other one's events that are in a sample already.
    heard: usize,
}

impl Watch<'_> {
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
        let (_, body) = process::get(&format!("http://{}/_times/{label}/{from}", self.stage.target)).await?;
        Ok(serde_json::from_slice(&body)?)
    }
}

fn report(
    options: &Options,
    samples: &[Sample],
    alone: usize,
    sent: &Sent,
    seen: &Seen,
    watch: &Watch<'_>,
) -> Result<()> {
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
