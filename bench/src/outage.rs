//! The provider is down for long while events go on coming. How much memory the server takes meanwhile, how long it
//! takes to accept, and whether everything arrives once when the provider is back and what failed is replayed.

use std::collections::HashMap;
use std::fs;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use clap::Args;
use serde::Serialize;
use serde_json::{Value, json};

use crate::api::Api;
use crate::load::{Running, Sent};
use crate::process::{self, Process, Usage};
use crate::report::chart;
use crate::stage::{self, Stage};
use crate::{database, project};

#[derive(Args)]
pub struct Options {
    #[command(flatten)]
    under: process::Under,
    /// Seconds that the provider is down
    #[arg(long, default_value_t = 3_600)]
    seconds: u64,
    /// Events a second
    #[arg(long, default_value_t = 50.0)]
    rate: f64,
    /// Connected users; events go round them
    #[arg(long, default_value_t = 500)]
    users: usize,
    /// How long to wait, in seconds, until everything is done after the provider is back
    #[arg(long, default_value_t = 900)]
    patience: u64,
    /// Fails when the server took more memory than this, in MB
    #[arg(long, default_value_t = 256)]
    most_mb: u64,
}

/// Seconds of the load before the provider goes down and after it is back.
const AROUND: u64 = 10;
/// How many points a curve has.
const POINTS: u64 = 60;

/// How it is after some time.
#[derive(Debug, Clone, Copy, Serialize)]
#[serde(rename_all = "camelCase")]
struct Sample {
    seconds: f64,
    memory_bytes: u64,
    /// Runs that have not ended.
    open: i64,
    failed: i64,
}

pub async fn run(options: Options) -> Result<()> {
    let stage = Stage::set(&options.under, options.users, &[], None).await?;
    let server = stage.start().await?;
    let api = stage.api().await?;
    let pause = Duration::from_secs((options.seconds / POINTS).max(1));
    let mut watch = Watch { stage: &stage, server, began: Instant::now(), pause, samples: Vec::new() };

    let events = (options.rate * (options.seconds + 2 * AROUND) as f64) as usize;
    let mut load = stage.load("o", &project::tokens(&stage.key, options.users)?, events)?;
    load.args(["--connections", "16", "--rate", &options.rate.to_string()]);
    let mut load = Running::start(&mut load)?;

    watch.look_for(Duration::from_secs(AROUND)).await?;
    let down = format!("http://{}/_down", stage.target);
    process::put(&down).await?;
    watch.look_for(Duration::from_secs(options.seconds)).await?;
    process::delete(&down).await?;
    let open_at_end = stage::open(&stage.runs().await?);
    let came_back = Instant::now();
    while !load.is_over()? {
        watch.look_for(Duration::from_secs(1)).await?;
    }
    let sent = load.sent()?;
    let first = watch.settled(options.patience).await?;
    let back = came_back.elapsed();
    let began = Instant::now();
    let replayed = replay_all(&api, &stage.project).await?;
    let replaying = began.elapsed();
    let runs = watch.settled(options.patience).await?;
    let outcome = Outcome {
        options,
        sent,
        open_at_end,
        back,
        first,
        replayed,
        replaying,
        runs,
        seen: stage.seen().await?,
        usage: watch.server.usage()?,
        samples: watch.samples,
        database_bytes: database::bytes(&stage.data),
    };
    outcome.print()?;
    outcome.verdict()
}

struct Watch<'a> {
    stage: &'a Stage,
    server: Process,
    began: Instant,
    /// Between two samples.
    pause: Duration,
    samples: Vec<Sample>,
}

impl Watch<'_> {
    /// Lets time pass, and takes a sample whenever it is due.
    async fn look_for(&mut self, time: Duration) -> Result<()> {
        let until = Instant::now() + time;
        loop {
            let next = self.began + self.pause * u32::try_from(self.samples.len())?;
            tokio::time::sleep_until(next.min(until).into()).await;
            if next > until {
                return Ok(());
            }
            let runs = self.stage.runs().await?;
            self.samples.push(Sample {
                seconds: self.began.elapsed().as_secs_f64(),
                memory_bytes: self.server.usage()?.memory_bytes,
                open: stage::open(&runs),
                failed: runs.get("failed").copied().unwrap_or(0),
            });
        }
    }

    /// Waits until no run is open; the runs by state then.
    async fn settled(&mut self, patience: u64) -> Result<HashMap<String, i64>> {
        let began = Instant::now();
        loop {
            let runs = self.stage.runs().await?;
            if stage::open(&runs) == 0 {
                return Ok(runs);
            }
            if began.elapsed() > Duration::from_secs(patience) {
                bail!("after {patience} s there are still runs that have not ended: {runs:?}");
            }
            self.look_for(Duration::from_secs(1)).await?;
        }
    }
}

/// Replays whatever failed, from the step that failed; how many there were.
async fn replay_all(api: &Api, project: &str) -> Result<u64> {
    let (mut cursor, mut replayed) = (Value::Null, 0);
    loop {
        let asked = json!({"from": "failed", "cursor": cursor});
        let said = api.call("POST", &format!("/api/v1/projects/{project}/runs/replay"), Some(asked)).await?;
        if said["skipped"].as_array().is_some_and(|skipped| !skipped.is_empty()) {
            bail!("not replayed: {}", said["skipped"]);
        }
        replayed += said["replayed"].as_u64().unwrap_or(0);
        cursor = said["nextCursor"].clone();
        if cursor.is_null() {
            return Ok(replayed);
        }
    }
}

struct Outcome {
    options: Options,
    sent: Sent,
    samples: Vec<Sample>,
    open_at_end: i64,
    /// From the provider's return until no run was open, and the runs by state then.
    back: Duration,
    first: HashMap<String, i64>,
    replayed: u64,
    replaying: Duration,
    /// The runs by state at the end.
    runs: HashMap<String, i64>,
    seen: crate::target::Seen,
    usage: Usage,
    database_bytes: u64,
}

impl Outcome {
    fn lost(&self) -> u64 {
        self.sent.accepted.saturating_sub(self.seen.distinct)
    }

    fn print(&self) -> Result<()> {
        let ms = |micros: u64| format!("{:.1}", micros as f64 / 1_000.0);
        let states = |runs: &HashMap<String, i64>| {
            let mut all: Vec<String> = runs.iter().map(|(state, count)| format!("{count} {state}")).collect();
            all.sort();
            all.join(", ")
        };
        for (what, figure) in [
            ("seconds without the provider", self.options.seconds.to_string()),
            ("events accepted", self.sent.accepted.to_string()),
            ("events refused", self.sent.refused.to_string()),
            ("acknowledged, median ms", ms(self.sent.acknowledged.p50)),
            ("acknowledged, p99 ms", ms(self.sent.acknowledged.p99)),
            ("calls that the provider answered with 503", self.seen.refused.to_string()),
            ("runs waiting when it came back", self.open_at_end.to_string()),
            ("settled after s", format!("{:.0}", self.back.as_secs_f64())),
            ("runs then", states(&self.first)),
            ("replayed in bulk", self.replayed.to_string()),
            ("asking for that took s", format!("{:.0}", self.replaying.as_secs_f64())),
            ("runs at the end", states(&self.runs)),
            ("peak memory MB", format!("{:.1}", self.usage.peak_memory_bytes as f64 / 1e6)),
            ("database MB", format!("{:.0}", self.database_bytes as f64 / 1e6)),
            ("lost", self.lost().to_string()),
            ("doubled", self.seen.duplicated.to_string()),
        ] {
            println!("| {what} | {figure} |");
        }
        let last = self.samples.last().map_or(0.0, |last| last.seconds);
        let curve =
            |title, value: fn(&Sample) -> u64| println!("{}", chart(title, last, self.samples.iter().map(value)));
        curve("Memory of the server, MB", |sample| sample.memory_bytes / 1_000_000);
        curve("Runs that have not ended", |sample| sample.open.unsigned_abs());
        curve("Runs that failed, thousands", |sample| sample.failed.unsigned_abs() / 1_000);
        let json = self.options.under.scratch.join("outage.json");
        Ok(fs::write(json, serde_json::to_string_pretty(&self.samples)? + "\n")?)
    }

    fn verdict(&self) -> Result<()> {
        if self.lost() > 0 || self.seen.duplicated > 0 {
            bail!("{} lost, {} doubled", self.lost(), self.seen.duplicated);
        }
        if self.usage.peak_memory_bytes > self.options.most_mb * 1_000_000 {
            bail!("the server took {} MB", self.usage.peak_memory_bytes / 1_000_000);
        }
        Ok(())
    }
}
