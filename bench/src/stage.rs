//! One server under test and everything around it: the target, a project with connected users, a database.

use std::collections::HashMap;
use std::fs;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use anyhow::Result;
use serde_json::json;
use sqlx::Row;

use crate::api::{self, Api};
use crate::process::{self, Process, Under, own};
use crate::target::Seen;
use crate::{database, project};

/// A server can be started and killed as often as wanted: all starts are of the same data.
pub struct Stage {
    linchpin: PathBuf,
    pub scratch: PathBuf,
    pub data: PathBuf,
    /// The URL of a PostgreSQL database; `None` is SQLite.
    postgres: Option<String>,
    pub listen: SocketAddr,
    pub target: SocketAddr,
    pub project: String,
    pub key: project::Key,
    _standing: Process,
}

impl Stage {
    /// Empties the scratch folder, starts the target and makes the project. `postgres` is a server to run on, by the
    /// URL of another database there.
    pub async fn set(under: &Under, users: usize, target: &[&str], postgres: Option<&str>) -> Result<Self> {
        let scratch = under.scratch.clone();
        process::empty(&scratch)?;
        let data = scratch.join("data");
        fs::create_dir_all(&data)?;
        let (standing, target) = process::target(&scratch, target).await?;
        let key = project::Key::generate()?;
        let file = scratch.join("project.yaml");
        project::write_file(&file, &key, &format!("http://{target}"), project::Size::of(users))?;
        let postgres = database::fresh(postgres, "linchpin_bench").await?;
        let program = process::program(&under.linchpin, postgres.as_deref(), target);
        let project = project::apply(program, &file, &data)?;
        let listen = process::free_address()?;
        let linchpin = under.linchpin.clone();
        Ok(Self { linchpin, scratch, data, postgres, listen, target, project, key, _standing: standing })
    }

    pub fn base(&self) -> String {
        format!("http://{}", self.listen)
    }

    /// Starts the server and waits until it is ready.
    pub async fn start(&self) -> Result<Process> {
        let log = self.log();
        let mut running = Process::start(
            "linchpin serve",
            process::program(&self.linchpin, self.postgres.as_deref(), self.target)
                .args(["serve", "--listen", &self.listen.to_string(), "--public-url", &self.base()])
                .arg("--data")
                .arg(&self.data),
            &log,
        )?;
        running.ready(&format!("{}/readyz", self.base()), &log).await?;
        Ok(running)
    }

    /// The management API of a server that was just started for the first time.
    pub async fn api(&self) -> Result<Api> {
        let printed = fs::read_to_string(self.log())?;
        let member = Api::set_up(self.base(), &printed).await?;
        let keys = format!("/api/v1/projects/{}/api-keys", self.project);
        let made = member.call("POST", &keys, Some(json!({"name": "bench"}))).await?;
        Ok(Api::with_token(self.base(), &api::text(&made, "key")?))
    }

    /// A load of App Events, to be started.
    pub fn load(&self, label: &str, tokens: &[String], events: usize) -> Result<Command> {
        let file = self.scratch.join(format!("tokens-{label}"));
        fs::write(&file, tokens.join("\n") + "\n")?;
        let mut load = own();
        load.args(["load", "--to", &self.listen.to_string(), "--project", &self.project, "--label", label])
            .args(["--events", &events.to_string(), "--tokens"])
            .arg(file)
            .stdout(Stdio::piped());
        Ok(load)
    }

    /// What the target has seen.
    pub async fn seen(&self) -> Result<Seen> {
        let (_, body) = process::get(&format!("http://{}/_seen", self.target)).await?;
        Ok(serde_json::from_slice(&body)?)
    }

    /// How many runs there are in each state.
    pub async fn runs(&self) -> Result<HashMap<String, i64>> {
        let url = self.postgres.clone().unwrap_or_else(|| database::sqlite(&self.data));
        let rows = database::ask(&url, "SELECT state, CAST(COUNT(*) AS BIGINT) FROM runs GROUP BY state").await?;
        rows.iter().map(|row| Ok((row.try_get(0)?, row.try_get(1)?))).collect()
    }

    pub fn is_sqlite(&self) -> bool {
        self.postgres.is_none()
    }

    fn log(&self) -> PathBuf {
        self.scratch.join("serve.log")
    }
}

/// How many runs have not ended.
pub fn open(runs: &HashMap<String, i64>) -> i64 {
    ["queued", "running", "waiting"].iter().filter_map(|state| runs.get(*state)).sum()
}
