//! `linchpin export`: a project as a file that `linchpin apply` reads.

use std::path::PathBuf;
use std::sync::Arc;

use anyhow::{Context, Result, bail};
use linchpin_store::projects::{self, Project};
use secrecy::SecretString;
use url::Url;

use super::{Usage, remote};
use crate::clock::SystemClock;
use crate::config::{Config, ConfigError};
use crate::{data_dir, project_file};

/// Write a project as a project file; secrets stand as { env: NAME }
#[derive(clap::Args)]
pub struct Options {
    /// The project's name or id; not needed when there is only one
    #[arg(long, value_name = "NAME")]
    project: Option<String>,
    /// Ask a running server instead of a data directory
    #[arg(long, value_name = "URL")]
    pub server: Option<Url>,
    /// An API key of the project, for --server
    #[arg(long, value_name = "KEY", env = "LINCHPIN_API_KEY", hide_env_values = true)]
    api_key: Option<String>,
    /// Write to a file instead of standard output
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
}

/// Writes the file.
pub async fn run(config: Result<Config, ConfigError>, options: Options) -> Result<()> {
    let text = match &options.server {
        Some(server) => {
            let key = options.api_key.filter(|key| !key.is_empty()).ok_or_else(|| {
                Usage("--server needs an API key of the project: --api-key KEY, or LINCHPIN_API_KEY".into())
            })?;
            remote::export(server, &SecretString::from(key)).await?
        }
        None => {
            let store = data_dir::open_existing(&config?, Arc::new(SystemClock)).await?;
            let mut conn = store.read().await?;
            let project = choose(projects::list(&mut conn).await?, options.project.as_deref())?;
            let text = project_file::export(&mut conn, project.id).await?;
            drop(conn);
            store.close().await;
            text.context("the project was removed just now")?
        }
    };
    match options.output {
        Some(path) => {
            std::fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()))?;
            eprintln!("wrote {}", path.display());
        }
        None => super::out::text(format_args!("{text}")),
    }
    Ok(())
}

/// The project that is meant, among those of an installation.
pub(super) fn choose(projects: Vec<Project>, wanted: Option<&str>) -> Result<Project> {
    let names = projects.iter().map(|project| format!("`{}`", project.name)).collect::<Vec<_>>().join(", ");
    match wanted {
        Some(wanted) => projects
            .into_iter()
            .find(|project| project.name == wanted || project.id.to_string() == wanted)
            .with_context(|| format!("there is no project `{wanted}`; there are {names}")),
        None if projects.is_empty() => {
            bail!("there is no project yet; make one with `linchpin apply` or in the dashboard")
        }
        None if projects.len() > 1 => {
            Err(Usage(format!("there are several projects ({names}); choose one with --project NAME")).into())
        }
        None => Ok(projects.into_iter().next().expect("there is one")),
    }
}
