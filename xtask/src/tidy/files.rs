//! Rules on the text of single files.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Result;

use super::Findings;

/// Past this many lines one asks which second idea moved in.
const LONG: usize = 500;

pub fn check(root: &Path, files: &[PathBuf], findings: &mut Findings) -> Result<()> {
    for path in files {
        let name = path.to_string_lossy();
        let is_text = path.extension().is_some_and(|kind| {
            ["rs", "ts", "tsx", "mjs", "js", "css", "html", "md", "toml", "yaml", "yml", "sql", "svg"]
                .iter()
                .any(|text| kind == *text)
        });
        if !is_text || name.ends_with("generated.ts") {
            continue;
        }
        let text = fs::read_to_string(root.join(path))?;
        check_text(&name, &text, findings);
    }
    Ok(())
}

fn check_text(name: &str, text: &str, findings: &mut Findings) {
    let is_code = [".rs", ".ts", ".tsx", ".mjs"].iter().any(|kind| name.ends_with(kind));
    let lines = text.lines().count();
    if is_code && lines > LONG {
        findings.note(format!("{name} has {lines} lines: which second idea moved in?"));
    }
    // This file names what it looks for.
    if name == "xtask/src/tidy/files.rs" {
        return;
    }
    for (number, line) in text.lines().enumerate() {
        let at = format!("{name}:{}", number + 1);
        for path in ["/home/", "/Users/", "/root/", "/work/"] {
            if mentions_path(line, path) {
                findings.fault(format!("{at} names a path of one machine ({path}…)"));
            }
        }
        if is_code && line.contains("TODO") && !line.contains("TODO(#") {
            findings.fault(format!("{at} has a TODO without an issue number"));
        }
        if is_code && line.contains("dbg!(") {
            findings.fault(format!("{at} has a dbg!"));
        }
    }
}

/// Whether `path` begins a word of the line: an address such as `https://host/home/` is no path of a machine.
fn mentions_path(line: &str, path: &str) -> bool {
    line.match_indices(path).any(|(at, _)| {
        !line[..at].chars().next_back().is_some_and(|before| before.is_alphanumeric() || "./}_-*:".contains(before))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(name: &str, text: &str, faults: usize, notes: usize) {
        let mut findings = Findings::default();
        check_text(name, text, &mut findings);
        assert_eq!(findings.faults.len(), faults, "{:?}", findings.faults);
        assert_eq!(findings.notes.len(), notes, "{:?}", findings.notes);
    }

    #[test]
    fn paths_of_one_machine_are_found_and_addresses_are_not() {
        check("a.md", "see /home/ann/notes", 1, 0);
        check("a.md", "see `/work/x`", 1, 0);
        check("a.md", "see https://example.com/home/ and crates/work/x", 0, 0);
    }

    #[test]
    fn a_todo_needs_an_issue() {
        check("a.rs", "// TODO later", 1, 0);
        check("a.rs", "// TODO(#12) later", 0, 0);
    }

    #[test]
    fn long_code_is_noted_and_long_text_is_not() {
        check("a.ts", &"x\n".repeat(501), 0, 1);
        check("a.md", &"x\n".repeat(501), 0, 0);
    }
}
