//! `linchpin connector try`: every action of a manifest against its own simulator.

use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context, Result};
use linchpin_connectors::trial::{Outcome, Trial, Tried};
use serde_json::json;

use crate::clock::SystemClock;
use crate::project_file::Problems;

/// Tries it; fails when an action is not answered.
pub async fn run(file: &Path, as_json: bool) -> Result<ExitCode> {
    let text = std::fs::read_to_string(file).with_context(|| format!("cannot read the manifest {}", file.display()))?;
    let manifest = Arc::new(linchpin_connectors::check(&file.display().to_string(), &text).map_err(Problems)?);
    let trial = Trial::start(&manifest, Arc::new(SystemClock)).await.context("the simulator cannot be started")?;
    let mut failed = 0;
    let mut ways = Vec::new();
    for (name, method) in manifest.methods() {
        let access = match trial.connect(name, method).await {
            Ok(access) => access,
            Err(error) => {
                failed += 1;
                if !as_json {
                    say!("by `{name}`: an account cannot be connected: {error}");
                }
                ways.push(json!({"way": name, "connected": false, "message": error.to_string(), "actions": []}));
                continue;
            }
        };
        let tried = trial.run(&access).await.context("the simulator does not answer")?;
        let answered = tried.iter().filter(|one| one.outcome == Outcome::Answered).count();
        failed += tried.len() - answered;
        if !as_json {
            for one in &tried {
                match &one.outcome {
                    Outcome::Answered => {}
                    Outcome::NotModelled(message) => say!("{}: not modelled: {message}", one.action),
                    Outcome::Refused(code, message) => say!("{}: refused ({code}): {message}", one.action),
                }
            }
            say!("by `{name}`: {answered} of {} actions are answered by the simulator", tried.len());
        }
        let actions: Vec<_> = tried.iter().map(view).collect();
        ways.push(json!({"way": name, "connected": true, "answered": answered, "actions": actions}));
    }
    if as_json {
        say!("{}", serde_json::to_string_pretty(&json!({"kind": manifest.kind, "ways": ways}))?);
    }
    Ok(if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn view(tried: &Tried) -> serde_json::Value {
    let (outcome, message) = match &tried.outcome {
        Outcome::Answered => ("answered", None),
        Outcome::NotModelled(message) => ("not-modelled", Some(message.clone())),
        Outcome::Refused(code, message) => ("refused", Some(format!("{code}: {message}"))),
    };
    json!({"action": tried.action, "inputs": tried.inputs, "outcome": outcome, "message": message})
}
