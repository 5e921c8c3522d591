//! `linchpin credentials import`: accounts with their tokens, from another system.

use std::path::PathBuf;
use std::sync::Arc;

use anyhow::{Context, Result};
use linchpin_connectors::Registry;
use linchpin_store::projects;
use secrecy::SecretString;
use serde_json::Value;
use url::Url;

use super::{Usage, export, remote};
use crate::clock::SystemClock;
use crate::config::{Config, ConfigError};
use crate::data_dir;
use crate::project_file::import::{self, Format};

/// Connected accounts
#[derive(clap::Subcommand)]
pub enum Command {
    Import(Import),
}

/// Import accounts with their tokens from another system: CSV or JSON, all or nothing
#[derive(clap::Args)]
pub struct Import {
    /// The file; its name ends in .csv or .json, or --format says what it is
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// The project's name or id; not needed when there is only one
    #[arg(long, value_name = "NAME")]
    project: Option<String>,
    /// How the file is written
    #[arg(long, value_enum)]
    format: Option<Format>,
    /// Change nothing; print what would change
    #[arg(long)]
    dry_run: bool,
    /// Import to a running server instead of a data directory; into the project of the API key
    #[arg(long, value_name = "URL", conflicts_with = "project")]
    pub server: Option<Url>,
    /// An API key of the project, for --server
    #[arg(long, value_name = "KEY", env = "LINCHPIN_API_KEY", hide_env_values = true)]
    api_key: Option<String>,
    /// Print the outcome as JSON
    #[arg(long)]
    json: bool,
}

/// Reads, checks and imports.
pub async fn import(config: Result<Config, ConfigError>, options: Import) -> Result<()> {
    let extension = options.file.extension().and_then(|extension| extension.to_str()).map(str::to_ascii_lowercase);
    let format = match (options.format, extension.as_deref()) {
        (Some(format), _) => format,
        (None, Some("csv")) => Format::Csv,
        (None, Some("json")) => Format::Json,
        (None, _) => {
            return Err(Usage(
                "the file's name ends in neither .csv nor .json; say --format csv or --format json".into(),
            )
            .into());
        }
    };
    let text = std::fs::read_to_string(&options.file)
        .with_context(|| format!("cannot read the file {}", options.file.display()))?;
    // On this machine first: nothing is sent of a file that is wrong.
    let plan = import::read(&options.file.display().to_string(), &text, format)?;
    let outcome = match &options.server {
        Some(server) => {
            let key = options.api_key.clone().filter(|key| !key.is_empty()).ok_or_else(|| {
                Usage("--server needs an API key of the project: --api-key KEY, or LINCHPIN_API_KEY".into())
            })?;
            remote::import(server, &SecretString::from(key), text, format, options.dry_run).await?
        }
        None => {
            let registry = Registry::builtin().map_err(|problem| anyhow::anyhow!("{problem}"))?;
            let store = data_dir::open_existing(&config?, Arc::new(SystemClock)).await?;
            let mut conn = store.read().await?;
            let project = export::choose(projects::list(&mut conn).await?, options.project.as_deref())?;
            drop(conn);
            let outcome = import::import(&store, &registry, &plan, project.id, options.dry_run).await;
            store.close().await;
            serde_json::to_value(outcome?)?
        }
    };
    print(&outcome, &options);
    Ok(())
}

fn print(outcome: &Value, options: &Import) {
    if options.json {
        say!("{outcome}");
        return;
    }
    for change in outcome["changes"].as_array().into_iter().flatten() {
        say!("{}", super::apply::line(change));
    }
    let count = |name: &str| outcome[name].as_u64().unwrap_or_default();
    let note = if options.dry_run { " (dry run: nothing was changed)" } else { "" };
    say!(
        "{} accounts added, {} changed, {} as they were; {} users added{note}",
        count("added"),
        count("changed"),
        count("unchanged"),
        count("usersAdded")
    );
}
