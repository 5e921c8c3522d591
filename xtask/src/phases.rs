//! The parts of a long task: each prints its name, what it took, and how it ended; the next ones still run when one
//! fails, so that one look at the end of the log shows all there is to mend.

use std::time::{Duration, Instant};

use anyhow::{Result, bail};

/// What ran so far.
#[derive(Default)]
pub struct Phases {
    done: Vec<Phase>,
}

struct Phase {
    name: &'static str,
    took: Duration,
    failure: Option<String>,
}

impl Phases {
    /// Runs one part. Returns whether it went well, for parts that need it.
    pub fn run(&mut self, name: &'static str, part: impl FnOnce() -> Result<()>) -> bool {
        eprintln!("\n──── {name}");
        let begun = Instant::now();
        let failure = part().err().map(|error| format!("{error:#}"));
        let took = begun.elapsed();
        match &failure {
            None => eprintln!("──── {name}: done in {}", seconds(took)),
            Some(failure) => eprintln!("──── {name}: FAILED after {}: {failure}", seconds(took)),
        }
        let went_well = failure.is_none();
        self.done.push(Phase { name, took, failure });
        went_well
    }

    /// Notes a part that could not run because one it needs had failed.
    pub fn skip(&mut self, name: &'static str, why: &str) {
        eprintln!("\n──── {name}: not run: {why}");
        self.done.push(Phase { name, took: Duration::ZERO, failure: Some(format!("not run: {why}")) });
    }

    /// The table at the end; an error when any part failed.
    pub fn finish(self) -> Result<()> {
        eprintln!();
        for phase in &self.done {
            let mark = if phase.failure.is_none() { "ok    " } else { "FAILED" };
            eprintln!("{mark}  {:>8}  {}", seconds(phase.took), phase.name);
            if let Some(failure) = &phase.failure {
                eprintln!("                  {failure}");
            }
        }
        let failed = self.done.iter().filter(|phase| phase.failure.is_some()).count();
        let passed = self.done.len() - failed;
        eprintln!("\n{passed} phases passed, {failed} failed");
        if failed > 0 {
            bail!("{failed} of {} phases failed", passed + failed);
        }
        Ok(())
    }
}

fn seconds(duration: Duration) -> String {
    format!("{:.1} s", duration.as_secs_f64())
}
