//! `linchpin openapi`, `schema`, `connector`: what this binary knows about itself.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result};
use linchpin_connectors::Registry;

use super::{import_connector, try_connector};
use crate::project_file::{Problems, schema};

/// Print a JSON Schema
#[derive(clap::Subcommand)]
pub enum Schema {
    /// Of the project file that `linchpin apply` reads
    Project,
    /// Of a connector's manifest
    Connector,
}

/// Connectors
#[derive(clap::Subcommand)]
pub enum Connector {
    /// Check a connector's manifest
    Check {
        /// The manifest (connector.yaml)
        #[arg(value_name = "FILE")]
        file: PathBuf,
    },
    Import(Box<import_connector::Options>),
    /// Try every action of a manifest against its own simulator, over HTTP
    Try {
        /// The manifest (connector.yaml)
        #[arg(value_name = "FILE")]
        file: PathBuf,
        /// Print what became of each action as JSON
        #[arg(long)]
        json: bool,
    },
    /// List the connectors of this binary, and count their actions and triggers
    List,
}

/// Prints the API's description.
pub fn openapi() -> Result<ExitCode> {
    say!("{}", serde_json::to_string_pretty(&crate::http::openapi::document())?);
    Ok(ExitCode::SUCCESS)
}

/// Prints a schema.
pub fn schema(which: &Schema) -> Result<ExitCode> {
    let schema = match which {
        Schema::Project => schema::project(&registry()?),
        Schema::Connector => linchpin_connectors::manifest::schema(),
    };
    say!("{}", serde_json::to_string_pretty(&schema)?);
    Ok(ExitCode::SUCCESS)
}

/// Makes, checks, tries or lists manifests.
pub async fn connector(command: &Connector) -> Result<ExitCode> {
    match command {
        Connector::Check { file } => check(file),
        Connector::Import(options) => import_connector::run(options),
        Connector::Try { file, json } => try_connector::run(file, *json).await,
        Connector::List => {
            let registry = registry()?;
            for manifest in registry.list() {
                let ways: Vec<&str> = manifest.methods().map(|(_, method)| method.scheme().as_str()).collect();
                say!(
                    "{}\t{}\t{} actions\t{} triggers\t{}",
                    manifest.kind,
                    manifest.name,
                    manifest.actions.len(),
                    manifest.triggers.len(),
                    ways.join(", ")
                );
            }
            let [connectors, actions, triggers] = registry.counts();
            say!("{connectors} connectors, {actions} actions, {triggers} triggers");
            Ok(ExitCode::SUCCESS)
        }
    }
}

fn check(file: &Path) -> Result<ExitCode> {
    let text = std::fs::read_to_string(file).with_context(|| format!("cannot read the manifest {}", file.display()))?;
    let manifest = linchpin_connectors::check(&file.display().to_string(), &text).map_err(Problems)?;
    say!(
        "{}: {} with {} actions and {} triggers, nothing is wrong",
        file.display(),
        manifest.name,
        manifest.actions.len(),
        manifest.triggers.len()
    );
    Ok(ExitCode::SUCCESS)
}

fn registry() -> Result<Registry> {
    Registry::builtin().map_err(|problem| anyhow::anyhow!("{problem}"))
}
