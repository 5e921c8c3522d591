//! `linchpin connector import`: from an OpenAPI document to a manifest.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use linchpin_connectors::import::{self, Choice, MOST_ACTIONS, Wanted};
use serde_json::json;

use super::out;
use crate::project_file::{Problems, yaml};

/// Make a connector's manifest of an OpenAPI document
///
/// Reads OpenAPI 3.0 and 3.1 and Swagger 2.0, YAML or JSON. What a manifest has no word for is named in
/// the report, with where it stands and what to do.
#[derive(clap::Args)]
pub struct Options {
    /// The document
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Where the manifest is written; `-` prints it, and the report goes to standard error
    #[arg(long, short, value_name = "FILE", default_value = "connector.yaml")]
    out: PathBuf,
    /// Write over a manifest that is there
    #[arg(long)]
    force: bool,
    /// The connector's kind; made of the document's title otherwise
    #[arg(long, value_name = "KIND")]
    kind: Option<String>,
    /// What people call it; the document's title otherwise
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
    /// Under which licence the document may be used (SPDX), where it does not say
    #[arg(long, value_name = "SPDX")]
    licence: Option<String>,
    /// Where the API is, in place of the document's servers
    #[arg(long, value_name = "URL")]
    server: Option<String>,
    /// How an account proves itself, in place of what the document says: bearer, basic, header:NAME,
    /// query:NAME or open
    #[arg(long, value_name = "WAY")]
    auth: Option<Wanted>,
    /// Only operations with this tag; may be given several times
    #[arg(long, value_name = "TAG")]
    tag: Vec<String>,
    /// Only paths that begin so; may be given several times
    #[arg(long, value_name = "PATH")]
    path: Vec<String>,
    /// Only the operation with this id; may be given several times
    #[arg(long, value_name = "ID")]
    operation: Vec<String>,
    /// Take deprecated operations too
    #[arg(long)]
    deprecated: bool,
    /// How many actions are made at most
    #[arg(long, value_name = "N", default_value_t = MOST_ACTIONS)]
    limit: usize,
    /// Print the report as JSON
    #[arg(long)]
    json: bool,
}

/// Makes the manifest, writes it, and tells what could not be carried over.
pub fn run(options: &Options) -> Result<ExitCode> {
    let file = options.file.display().to_string();
    let text = std::fs::read_to_string(&options.file).with_context(|| format!("cannot read the document {file}"))?;
    let printed = options.out.as_os_str() == "-";
    if !printed && !options.force && options.out.exists() {
        bail!("{} is there already; write elsewhere with --out, or over it with --force", options.out.display());
    }
    let one = |problem| Problems(vec![problem]);
    let document = import::read(&file, &text).map_err(one)?;
    let choice = Choice {
        tags: options.tag.clone(),
        paths: options.path.clone(),
        operations: options.operation.clone(),
        deprecated: options.deprecated,
        most: Some(options.limit),
    };
    let asked = import::Options {
        kind: options.kind.clone(),
        name: options.name.clone(),
        licence: options.licence.clone(),
        server: options.server.clone(),
        auth: options.auth.clone(),
        choice,
    };
    let imported = import::import(&document, &asked).map_err(one)?;
    let manifest = yaml::write(&imported.manifest);
    // What was made must be what the checker takes: of a mistake here nobody should learn from a server.
    linchpin_connectors::check(&options.out.display().to_string(), &manifest).map_err(Problems)?;
    let report = if options.json {
        let out = (!printed).then(|| options.out.display().to_string());
        let mut report = json!(imported.report);
        report["manifest"] = json!(out);
        format!("{}\n", serde_json::to_string_pretty(&report)?)
    } else {
        imported.report.to_string()
    };
    if printed {
        out::text(format_args!("{manifest}"));
        eprint!("{report}");
        return Ok(ExitCode::SUCCESS);
    }
    std::fs::write(&options.out, &manifest).with_context(|| format!("cannot write {}", options.out.display()))?;
    out::text(format_args!("{report}"));
    if !options.json {
        let out = options.out.display();
        say!("{out} is written. Look at what was guessed, then: linchpin connector try {out}");
    }
    Ok(ExitCode::SUCCESS)
}
