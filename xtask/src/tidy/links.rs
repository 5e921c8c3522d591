//! What our documents link to is there.

use std::fs;
use std::path::{Component, Path, PathBuf};

use anyhow::Result;

use super::Findings;

pub fn check(root: &Path, files: &[PathBuf], findings: &mut Findings) -> Result<()> {
    for path in files.iter().filter(|path| path.extension().is_some_and(|kind| kind == "md")) {
        let text = fs::read_to_string(root.join(path))?;
        let folder = path.parent().unwrap_or(Path::new(""));
        for link in links(&text) {
            if !exists(root, folder, link) {
                findings.fault(format!("{} links to {link}, which is not there", path.display()));
            }
        }
        // Code spans with a slash that begin with a folder of the repository are promises too.
        for span in code_paths(&text) {
            if !root.join(span).exists() {
                findings.fault(format!("{} names {span}, which is not there", path.display()));
            }
        }
    }
    Ok(())
}

fn exists(root: &Path, folder: &Path, link: &str) -> bool {
    let target = link.split('#').next().unwrap_or_default();
    if target.is_empty() || target.contains("://") || target.starts_with("mailto:") {
        return true;
    }
    let path = folder.join(target);
    // A link that climbs out of the repository works on one machine only.
    let depth = path.components().try_fold(0_usize, |depth, part| match part {
        Component::ParentDir => depth.checked_sub(1),
        Component::CurDir => Some(depth),
        _ => Some(depth + 1),
    });
    depth.is_some() && root.join(path).exists()
}

/// The targets of `[text](target)`, outside fenced code.
fn links(text: &str) -> Vec<&str> {
    prose(text)
        .flat_map(|line| line.split("](").skip(1))
        .filter_map(|rest| rest.split(')').next())
        .filter_map(|target| target.split_whitespace().next())
        .collect()
}

/// Paths in code spans: `crates/…`, `web/…` and so on, without a wildcard or placeholder.
fn code_paths(text: &str) -> Vec<&str> {
    const FOLDERS: &[&str] = &["crates/", "web/src/", "sdk/js/", "e2e/", "xtask/src/", "bench/src/", "docs/"];
    prose(text)
        .flat_map(|line| line.split('`').skip(1).step_by(2))
        .map(|span| span.split("::").next().unwrap_or_default())
        .filter(|span| FOLDERS.iter().any(|folder| span.starts_with(folder)))
        .filter(|span| !span.contains(['*', '<', '{', '…', ' ', '$']))
        // What is built is not in a fresh clone.
        .filter(|span| !span.contains("/dist") && !span.contains("/screenshots"))
        .collect()
}

fn prose(text: &str) -> impl Iterator<Item = &str> {
    let mut fenced = false;
    text.lines().filter(move |line| {
        let is_fence = line.trim_start().starts_with("```");
        fenced ^= is_fence;
        !fenced && !is_fence
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_and_code_paths_are_found_outside_fences() {
        let text =
            "See [a](docs/a.md#x) and `crates/store/src/lib.rs` or `crates/*/src`.\n```\n[b](c)\n```\n[d](../e.md)";
        assert_eq!(links(text), ["docs/a.md#x", "../e.md"]);
        assert_eq!(code_paths(text), ["crates/store/src/lib.rs"]);
    }

    #[test]
    fn a_link_stays_inside_the_repository() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        assert!(exists(root, Path::new("src"), "../Cargo.toml"));
        assert!(exists(root, Path::new(""), "https://example.com"));
        assert!(!exists(root, Path::new("src"), "../../Cargo.toml"));
        assert!(!exists(root, Path::new(""), "nothing.md"));
    }
}
