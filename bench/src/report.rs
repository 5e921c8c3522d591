//! The figures of a run, as JSON and as a table.

use std::fmt::Write;
use std::fs;

use anyhow::{Result, bail};
use serde::Serialize;
use serde_json::{Value, json};

use crate::load::Sent;
use crate::measure::Quantiles;
use crate::process::Usage;
use crate::run;
use crate::target::Seen;

/// Under this share of the ceiling the design is at fault.
const LEAST_RATIO: f64 = 0.25;

/// One measurement of one server.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Figures {
    pub accepted: u64,
    pub refused: u64,
    pub first_refusal: Option<String>,
    pub accepted_per_second: f64,
    pub delivered_per_second: f64,
    pub acknowledged_micros: Quantiles,
    pub end_to_end_micros: Quantiles,
    pub cpu_micros_per_event: f64,
    pub written_bytes_per_event: f64,
    pub peak_memory_bytes: u64,
    pub lost: u64,
    pub duplicated: u64,
    pub other_calls: u64,
    pub start_millis: Option<u64>,
    pub idle_memory_bytes: Option<u64>,
}

impl Figures {
    pub fn of(sent: &Sent, seen: &Seen, before: Usage, after: Usage) -> Self {
        let accepted = sent.accepted.max(1) as f64;
        let delivering = seen.last_at.saturating_sub(sent.began_at).max(1) as f64;
        Self {
            accepted: sent.accepted,
            refused: sent.refused,
            first_refusal: sent.first_refusal.clone(),
            accepted_per_second: accepted * 1e6 / sent.took.max(1) as f64,
            delivered_per_second: seen.distinct as f64 * 1e6 / delivering,
            acknowledged_micros: sent.acknowledged,
            end_to_end_micros: seen.end_to_end,
            cpu_micros_per_event: (after.cpu_micros - before.cpu_micros) as f64 / accepted,
            written_bytes_per_event: (after.written_bytes - before.written_bytes) as f64 / accepted,
            peak_memory_bytes: after.peak_memory_bytes,
            lost: sent.accepted.saturating_sub(seen.distinct),
            duplicated: seen.duplicated,
            other_calls: seen.other_calls,
            start_millis: None,
            idle_memory_bytes: None,
        }
    }
}

/// Everything measured in one run.
pub struct Report {
    setting: Value,
    steps: usize,
    pub ceiling: Vec<Figures>,
    pub linchpin: Vec<Figures>,
    pub steady: Option<Figures>,
}

impl Report {
    pub fn new(options: &run::Options) -> Result<Self> {
        let cores = std::thread::available_parallelism()?.get();
        let setting = json!({
            "events": options.events, "connections": options.connections, "users": options.users,
            "steps": options.steps, "workflows": options.workflows, "targetLatencyMs": options.target_latency_ms,
            "database": if options.postgres.is_some() { "PostgreSQL" } else { "SQLite" },
            "cores": cores, "binaryBytes": fs::metadata(&options.under.linchpin)?.len(),
        });
        Ok(Self { setting, steps: options.steps, ceiling: Vec::new(), linchpin: Vec::new(), steady: None })
    }

    /// Delivered by the server for each one that the ceiling delivered.
    fn ratio(&self) -> f64 {
        best(&self.linchpin).map_or(0.0, |own| own.delivered_per_second)
            / best(&self.ceiling).map_or(f64::INFINITY, |ceiling| ceiling.delivered_per_second)
    }

    /// The same within each round: the host gives more and less from one to the next.
    fn ratios(&self) -> Vec<f64> {
        let pairs = self.linchpin.iter().zip(&self.ceiling);
        pairs.map(|(own, ceiling)| own.delivered_per_second / ceiling.delivered_per_second).collect()
    }

    pub fn json(&self) -> Value {
        json!({
            "setting": self.setting,
            "ratio": self.ratio(),
            "ratiosOfRounds": self.ratios(),
            "ceiling": self.ceiling,
            "linchpin": self.linchpin,
            "steady": self.steady,
        })
    }

    pub fn table(&self) -> String {
        let mut text = format!("\nsetting: {}\n\n", self.setting);
        let columns: Vec<(&str, &Figures)> = [
            ("ceiling", best(&self.ceiling)),
            ("linchpin", best(&self.linchpin)),
            ("at a steady rate", self.steady.as_ref()),
        ]
        .into_iter()
        .filter_map(|(name, figures)| Some((name, figures?)))
        .collect();
        let mut line = |name: &str, value: &dyn Fn(&Figures) -> String| {
            write!(text, "| {name:<28} |").ok();
            for (_, figures) in &columns {
                write!(text, " {:>18} |", value(figures)).ok();
            }
            text.push('\n');
        };
        let mut names = columns.iter().map(|(name, _)| *name).collect::<Vec<_>>().into_iter();
        let names = std::cell::RefCell::new(&mut names);
        line("", &|_| names.borrow_mut().next().unwrap_or_default().to_owned());
        line("---", &|_| "---:".to_owned());
        line("accepted/s", &|f| format!("{:.0}", f.accepted_per_second));
        line("delivered/s", &|f| format!("{:.0}", f.delivered_per_second));
        line("acknowledged p50 ms", &|f| millis(f.acknowledged_micros.p50));
        line("acknowledged p99 ms", &|f| millis(f.acknowledged_micros.p99));
        line("acknowledged p99.9 ms", &|f| millis(f.acknowledged_micros.p999));
        line("end to end p50 ms", &|f| millis(f.end_to_end_micros.p50));
        line("end to end p99 ms", &|f| millis(f.end_to_end_micros.p99));
        line("processor µs an event", &|f| format!("{:.0}", f.cpu_micros_per_event));
        line("bytes written an event", &|f| format!("{:.0}", f.written_bytes_per_event));
        line("peak memory MB", &|f| format!("{:.1}", f.peak_memory_bytes as f64 / 1e6));
        line("idle memory MB", &|f| {
            f.idle_memory_bytes.map_or_else(String::new, |bytes| format!("{:.1}", bytes as f64 / 1e6))
        });
        line("start to ready ms", &|f| f.start_millis.map_or_else(String::new, |millis| millis.to_string()));
        line("refused", &|f| f.refused.to_string());
        line("lost", &|f| f.lost.to_string());
        line("duplicated", &|f| f.duplicated.to_string());
        write!(text, "\nratio to the ceiling: {:.2}", self.ratio()).ok();
        let rounds: Vec<String> = self.ratios().iter().map(|ratio| format!("{ratio:.2}")).collect();
        write!(text, ", the best of each; within the rounds: {}", rounds.join(", ")).ok();
        text
    }

    /// An error when something was lost, doubled or refused, or the ratio is a fault of the design.
    pub fn verdict(&self) -> Result<()> {
        for figures in self.linchpin.iter().chain(&self.steady) {
            if let Some(refusal) = &figures.first_refusal {
                bail!("{} events were refused, the first with:\n{refusal}", figures.refused);
            }
            if figures.lost + figures.duplicated > 0 {
                bail!("{} lost, {} duplicated", figures.lost, figures.duplicated);
            }
        }
        // The ceiling makes one call: a longer workflow has another measure.
        if self.steps == 1 && self.ratio() < LEAST_RATIO {
            bail!("the ratio {:.2} is under {LEAST_RATIO}", self.ratio());
        }
        Ok(())
    }
}

fn best(figures: &[Figures]) -> Option<&Figures> {
    figures.iter().max_by(|a, b| a.delivered_per_second.total_cmp(&b.delivered_per_second))
}

fn millis(micros: u64) -> String {
    format!("{:.2}", micros as f64 / 1e3)
}

/// A curve as text that Markdown draws.
pub fn chart(title: &str, seconds: f64, values: impl Iterator<Item = u64>) -> String {
    let values: Vec<String> = values.map(|value| value.to_string()).collect();
    format!(
        "\n```mermaid\nxychart-beta\n    title \"{title}\"\n    x-axis \"seconds\" 0 --> {seconds:.0}\n    line [{}]\n```",
        values.join(", ")
    )
}
