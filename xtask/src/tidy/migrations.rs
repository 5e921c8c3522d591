//! Migrations are pairs: a file for SQLite and one of the same name for PostgreSQL.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

use super::Findings;

pub fn check(root: &Path, findings: &mut Findings) -> Result<()> {
    let folder = root.join("crates/store/migrations");
    let sqlite = names(&folder.join("sqlite"))?;
    let postgres = names(&folder.join("postgres"))?;
    for name in sqlite.symmetric_difference(&postgres) {
        let missing = if sqlite.contains(name) { "postgres" } else { "sqlite" };
        findings.fault(format!("the migration {name} has no counterpart in migrations/{missing}"));
    }
    Ok(())
}

fn names(folder: &Path) -> Result<BTreeSet<String>> {
    let entries = fs::read_dir(folder).with_context(|| format!("cannot list {}", folder.display()))?;
    let mut names = BTreeSet::new();
    for entry in entries {
        names.insert(entry?.file_name().to_string_lossy().into_owned());
    }
    Ok(names)
}
