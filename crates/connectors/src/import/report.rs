//! What could not be carried over, where it stands, and what to do.

use std::fmt;

use linchpin_domain::source::Position;
use serde::Serialize;

use super::spec::{Node, Spec};

/// Places that the text names of one sort; JSON has all.
const SHOWN: usize = 3;

/// What it means for the manifest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// It is not in the manifest.
    LeftOut,
    /// It is, but not as the document has it.
    Changed,
    /// The document does not say it; the manifest has a guess that somebody should look at.
    Guessed,
}

impl Kind {
    fn text(self) -> &'static str {
        match self {
            Self::LeftOut => "left out",
            Self::Changed => "changed",
            Self::Guessed => "guessed",
        }
    }
}

/// One thing that could not be carried over as it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Finding {
    /// What it means for the manifest.
    pub kind: Kind,
    /// Stable name of the sort.
    pub code: String,
    /// Line in the document, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
    /// JSON pointer in the document.
    pub pointer: String,
    /// What it is, and what to do.
    pub message: String,
}

/// What came of an import.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    /// The document.
    pub file: String,
    /// Its title.
    pub title: String,
    /// Its own version.
    pub version: String,
    /// For example `OpenAPI 3.0.3`.
    pub format: String,
    /// Operations that it describes.
    pub operations: usize,
    /// Actions that were made.
    pub actions: usize,
    /// What could not be carried over.
    pub findings: Vec<Finding>,
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { title, format, operations, actions, .. } = self;
        writeln!(f, "{title} ({format}): {actions} actions of {operations} operations")?;
        let mut left: Vec<&Finding> = self.findings.iter().collect();
        while let Some(first) = left.first().copied() {
            let (same, other): (Vec<_>, Vec<_>) =
                left.into_iter().partition(|one| (one.kind, &one.code) == (first.kind, &first.code));
            left = other;
            for (index, one) in same.iter().take(SHOWN).enumerate() {
                let Finding { line, column, message, .. } = one;
                // What to do is the same for all of a sort: it is said once.
                let message = if index > 0 && one.message == first.message { "the same" } else { message };
                writeln!(f, "{}:{line}:{column}: {}: {message}", self.file, one.kind.text())?;
            }
            if same.len() > SHOWN {
                writeln!(
                    f,
                    "  … and {} more of this sort (`{}`); --json has them all",
                    same.len() - SHOWN,
                    first.code
                )?;
            }
        }
        Ok(())
    }
}

/// Findings as they come.
pub(super) struct Findings<'a> {
    spec: &'a Spec<'a>,
    found: Vec<Finding>,
}

impl<'a> Findings<'a> {
    pub(super) fn new(spec: &'a Spec<'a>) -> Self {
        Self { spec, found: Vec::new() }
    }

    pub(super) fn left_out(&mut self, code: &str, at: &Node<'_>, message: impl Into<String>) {
        self.add(Kind::LeftOut, code, &at.at, message.into());
    }

    pub(super) fn changed(&mut self, code: &str, at: &Node<'_>, message: impl Into<String>) {
        self.add(Kind::Changed, code, &at.at, message.into());
    }

    pub(super) fn guessed(&mut self, code: &str, at: &Node<'_>, message: impl Into<String>) {
        self.add(Kind::Guessed, code, &at.at, message.into());
    }

    fn add(&mut self, kind: Kind, code: &str, pointer: &str, message: String) {
        let Position { line, column } = self.spec.document.key_position(pointer);
        let finding = Finding { kind, code: code.to_owned(), line, column, pointer: pointer.to_owned(), message };
        // What several operations share is one finding.
        if !self.found.contains(&finding) {
            self.found.push(finding);
        }
    }

    pub(super) fn done(self) -> Vec<Finding> {
        let mut found = self.found;
        found.sort_by_key(|one| (one.kind, one.line, one.column));
        found
    }
}
