//! The processes of a run, and what Linux says each has used.

use std::fs;
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use clap::Args;
use http_body_util::{BodyExt, Empty};
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use serde::Serialize;

/// What is tried, and where.
#[derive(Args)]
pub struct Under {
    /// The binary under test
    #[arg(long)]
    pub linchpin: PathBuf,
    /// A folder on a real disk; emptied first
    #[arg(long)]
    pub scratch: PathBuf,
}

/// A started program. Dropping it kills and reaps it.
pub struct Process {
    child: Child,
    name: String,
}

/// A folder with nothing in it.
pub fn empty(folder: &Path) -> Result<()> {
    if folder.exists() {
        fs::remove_dir_all(folder)?;
    }
    Ok(fs::create_dir_all(folder)?)
}

/// Starts the target, which stands for the provider, and waits until it answers.
pub async fn target(scratch: &Path, options: &[&str]) -> Result<(Process, SocketAddr)> {
    let address = free_address()?;
    let log = scratch.join("target.log");
    let mut command = own();
    command.args(["target", "--listen", &address.to_string()]).args(options);
    let mut target = Process::start("the target", &mut command, &log)?;
    target.ready(&format!("http://{address}/_seen"), &log).await?;
    Ok((target, address))
}

/// What a process has used so far.
#[derive(Debug, Clone, Copy, Default, Serialize)]
pub struct Usage {
    pub cpu_micros: u64,
    pub written_bytes: u64,
    pub memory_bytes: u64,
    pub peak_memory_bytes: u64,
}

impl Process {
    /// Starts a program whose output goes to a file beside the data.
    pub fn start(name: &str, command: &mut Command, log: &Path) -> Result<Self> {
        let file = fs::File::create(log).with_context(|| format!("cannot write {}", log.display()))?;
        let child = command
            .stdin(Stdio::null())
            .stdout(file.try_clone()?)
            .stderr(file)
            .spawn()
            .with_context(|| format!("cannot start {name}"))?;
        Ok(Self { child, name: name.to_owned() })
    }

    /// Waits until an address answers below 400.
    pub async fn ready(&mut self, address: &str, log: &Path) -> Result<()> {
        let until = Instant::now() + Duration::from_secs(30);
        loop {
            if get(address).await.is_ok_and(|(status, _)| status < 400) {
                return Ok(());
            }
            if let Some(status) = self.child.try_wait()? {
                bail!("{} ended with {status}:\n{}", self.name, fs::read_to_string(log).unwrap_or_default());
            }
            if Instant::now() > until {
                bail!("{} was not ready after 30 s:\n{}", self.name, fs::read_to_string(log).unwrap_or_default());
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Ends it as a power cut would: no signal that it could handle.
    pub fn kill(mut self) -> Result<()> {
        self.child.kill()?;
        self.child.wait()?;
        Ok(())
    }

    pub fn usage(&self) -> Result<Usage> {
        let folder = format!("/proc/{}", self.child.id());
        let stat = fs::read_to_string(format!("{folder}/stat"))?;
        // The second field is the name in brackets and may hold spaces; user and system time are the 14th and 15th.
        let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
        let ticks = |index: usize| fields.get(index).and_then(|word| word.parse::<u64>().ok()).unwrap_or(0);
        let io = fs::read_to_string(format!("{folder}/io"))?;
        let status = fs::read_to_string(format!("{folder}/status"))?;
        Ok(Usage {
            // Linux counts in hundredths of a second towards user space, on every architecture we run on.
            cpu_micros: (ticks(11) + ticks(12)) * 10_000,
            written_bytes: number_after(&io, "write_bytes:"),
            memory_bytes: number_after(&status, "VmRSS:") * 1024,
            peak_memory_bytes: number_after(&status, "VmHWM:") * 1024,
        })
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

/// This program, for another of its roles.
pub fn own() -> Command {
    Command::new(std::env::current_exe().unwrap_or_else(|_| Path::new("linchpin-bench").to_owned()))
}

/// The program under test, which may call `target`.
pub fn program(linchpin: &Path, database: Option<&str>, target: SocketAddr) -> Command {
    let mut command = Command::new(linchpin);
    if let Some(url) = database {
        command.env("LINCHPIN_DATABASE_URL", url);
    }
    // The target is on loopback, where calls are refused unless the operator allows them.
    command.env("LINCHPIN_EGRESS_ALLOW", target.to_string());
    command
}

/// A loopback address that nobody listens on just now.
pub fn free_address() -> Result<SocketAddr> {
    Ok(TcpListener::bind(("127.0.0.1", 0))?.local_addr()?)
}

/// A small GET.
pub async fn get(address: &str) -> Result<(u16, Vec<u8>)> {
    call(http::Method::GET, address).await
}

/// A small DELETE.
pub async fn delete(address: &str) -> Result<(u16, Vec<u8>)> {
    call(http::Method::DELETE, address).await
}

/// A small PUT.
pub async fn put(address: &str) -> Result<(u16, Vec<u8>)> {
    call(http::Method::PUT, address).await
}

async fn call(method: http::Method, address: &str) -> Result<(u16, Vec<u8>)> {
    let client = Client::builder(TokioExecutor::new()).build_http::<Empty<bytes::Bytes>>();
    let request = http::Request::builder().method(method).uri(address).body(Empty::new())?;
    let answer = client.request(request).await?;
    let status = answer.status().as_u16();
    Ok((status, answer.into_body().collect().await?.to_bytes().to_vec()))
}

fn number_after(text: &str, label: &str) -> u64 {
    text.lines()
        .find_map(|line| line.strip_prefix(label))
        .and_then(|rest| rest.split_whitespace().next())
        .and_then(|word| word.parse().ok())
        .unwrap_or(0)
}
