//! The rules of the repository that no compiler checks. Each names the file and what to do about it.

mod arrows;
mod files;
mod licences;
mod links;
mod migrations;

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Result, bail};

use crate::sh;

/// What was found: faults fail the task, notes are only printed.
#[derive(Default)]
pub struct Findings {
    faults: Vec<String>,
    notes: Vec<String>,
}

impl Findings {
    pub fn fault(&mut self, text: impl Into<String>) {
        self.faults.push(text.into());
    }

    pub fn note(&mut self, text: impl Into<String>) {
        self.notes.push(text.into());
    }
}

/// Runs every check and lists all that is wrong at once.
pub fn run() -> Result<()> {
    let mut findings = Findings::default();
    let files = tracked_files()?;
    arrows::check(sh::metadata()?, &mut findings);
    licences::check(sh::metadata()?, &mut findings);
    migrations::check(sh::root(), &mut findings)?;
    files::check(sh::root(), &files, &mut findings)?;
    links::check(sh::root(), &files, &mut findings)?;
    for note in &findings.notes {
        eprintln!("note: {note}");
    }
    for fault in &findings.faults {
        eprintln!("fault: {fault}");
    }
    if !findings.faults.is_empty() {
        bail!("{} faults against the rules of the repository", findings.faults.len());
    }
    eprintln!("{} files, no fault", files.len());
    Ok(())
}

/// The files that belong to the repository, relative to its root: tracked, or new and not ignored.
fn tracked_files() -> Result<Vec<PathBuf>> {
    let list = sh::output(Command::new("git").current_dir(sh::root()).args([
        "ls-files",
        "--cached",
        "--others",
        "--exclude-standard",
    ]))?;
    Ok(list.lines().map(PathBuf::from).filter(|path| sh::root().join(path).is_file()).collect())
}
