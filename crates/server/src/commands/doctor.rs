//! `linchpin doctor`: prints the effective configuration and every finding; exit code 1 on a fault.

use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Result;
use linchpin_connectors::Registry;
use serde_json::json;

use crate::clock::SystemClock;
use crate::config::Config;
use crate::doctor::{self, Level};

/// Check configuration, keys, database, projects and clock, and say what to do
#[derive(clap::Args)]
pub struct Options {
    /// Print the findings as JSON
    #[arg(long)]
    json: bool,
}

/// Looks and prints.
pub async fn run(config: Config, options: Options) -> Result<ExitCode> {
    let registry = Registry::builtin().map_err(|problem| anyhow::anyhow!("{problem}"))?;
    let findings = doctor::examine(&config, Arc::new(SystemClock), &registry).await;
    let faults = findings.iter().filter(|finding| finding.level == Level::Fault).count();
    let warnings = findings.iter().filter(|finding| finding.level == Level::Warning).count();
    let effective = doctor::effective(&config);
    if options.json {
        let configuration: serde_json::Map<String, serde_json::Value> =
            effective.into_iter().map(|(key, value)| (key.to_owned(), value.into())).collect();
        say!("{}", serde_json::to_string_pretty(&json!({"configuration": configuration, "findings": findings}))?);
    } else {
        say!("Configuration");
        for (key, value) in effective {
            say!("  {key:<26}{value}");
        }
        say!("\nFindings");
        for finding in &findings {
            say!("{finding}");
        }
        say!("\n{faults} faults, {warnings} warnings");
    }
    Ok(if faults == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
