//! `linchpin apply`: a project file into a data directory, or into a server.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, Result};
use linchpin_connectors::Registry;
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;
use url::Url;

use super::{Usage, remote};
use crate::clock::SystemClock;
use crate::config::Config;
use crate::data_dir;
use crate::project_file::{self, Mode, Plan, Resolver};

/// Apply a project file: create or change a project to what the file says
#[derive(clap::Args)]
pub struct Options {
    /// The project file (YAML)
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Apply to a running server instead of a data directory
    #[arg(long, value_name = "URL")]
    pub server: Option<Url>,
    /// An API key of the project, for --server
    #[arg(long, value_name = "KEY", env = "LINCHPIN_API_KEY", hide_env_values = true)]
    api_key: Option<String>,
    /// Change nothing; print what would change
    #[arg(long)]
    dry_run: bool,
    /// Remove what the file does not mention (never connected users)
    #[arg(long)]
    prune: bool,
    /// Print the ids as JSON
    #[arg(long)]
    json: bool,
}

/// Reads, checks and applies.
pub async fn run(config: Result<Config, crate::config::ConfigError>, options: Options) -> Result<()> {
    let registry = Registry::builtin().map_err(|problem| anyhow::anyhow!("{problem}"))?;
    let plan = read(&options.file, &registry)?;
    let mode = Mode { dry_run: options.dry_run, prune: options.prune };
    let outcome = match &options.server {
        Some(server) => {
            let key = options.api_key.clone().filter(|key| !key.is_empty()).ok_or_else(|| {
                Usage("--server needs an API key of the project: --api-key KEY, or LINCHPIN_API_KEY".into())
            })?;
            remote::apply(server, &SecretString::from(key), &plan, mode).await?
        }
        None => {
            let store = data_dir::open(&config?, Arc::new(SystemClock)).await?;
            let outcome = project_file::apply(&store, &registry, &plan, mode, None).await;
            store.close().await;
            serde_json::to_value(outcome?)?
        }
    };
    print(&outcome, &options, plan.project())
}

/// Reads and checks a project file on this machine.
pub fn read(file: &Path, registry: &Registry) -> Result<Plan> {
    let text =
        std::fs::read_to_string(file).with_context(|| format!("cannot read the project file {}", file.display()))?;
    let folder = file.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    Ok(project_file::parse(&file.display().to_string(), &text, &Resolver::local(folder.to_owned()), registry)?)
}

fn print(outcome: &Value, options: &Options, project: &str) -> Result<()> {
    if options.json {
        let ids: serde_json::Map<String, Value> = ["projectId", "integrations", "workflows", "signingKeys"]
            .into_iter()
            .map(|key| (key.to_owned(), outcome[key].clone()))
            .collect();
        say!("{}", serde_json::to_string(&Value::Object(ids))?);
        return Ok(());
    }
    let changes = outcome["changes"].as_array().map(Vec::as_slice).unwrap_or_default();
    for change in changes {
        say!("{}", line(change));
    }
    for note in outcome["notes"].as_array().into_iter().flatten() {
        say!("note: {}", note.as_str().unwrap_or_default());
    }
    match (changes.len(), options.dry_run) {
        (0, _) => say!("{project}: nothing to change"),
        (count, true) => say!("{project}: {count} changes would be made (dry run: nothing was changed)"),
        (count, false) => {
            say!("{project}: {count} changes made (project {})", outcome["projectId"].as_str().unwrap_or_default());
        }
    }
    Ok(())
}

/// A change as it is shown.
pub(super) fn line(change: &Value) -> String {
    let sign = match change["action"].as_str() {
        Some("add") => '+',
        Some("remove") => '-',
        _ => '~',
    };
    let fields: Vec<&str> = change["fields"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    let fields = if fields.is_empty() { String::new() } else { format!(" ({})", fields.join(", ")) };
    format!(
        "{sign} {} {}{fields}",
        change["what"].as_str().unwrap_or_default(),
        change["name"].as_str().unwrap_or_default()
    )
}

/// For what sends the key.
pub fn bearer(key: &SecretString) -> String {
    format!("Bearer {}", key.expose_secret())
}
