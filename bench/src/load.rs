//! Sends App Events over raw keep-alive connections, so that the generator takes as little of the machine as it can.
//!
//! Closed loop: each connection sends its next event when the last is answered. Open loop: events have their moment,
//! whether or not the server keeps up, and latency is counted from that moment (a server that stalls cannot hide it).

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::{Child, Command};
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use clap::Args;
use serde::{Deserialize, Serialize};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::clock;
use crate::measure::Quantiles;

#[derive(Args, Clone)]
pub struct Options {
    /// The server's address
    #[arg(long)]
    to: SocketAddr,
    #[arg(long)]
    project: String,
    /// User tokens, one a line; events go round them
    #[arg(long)]
    tokens: PathBuf,
    #[arg(long, default_value = "Contact Created")]
    event: String,
    #[arg(long, default_value_t = 128)]
    connections: usize,
    #[arg(long)]
    events: usize,
    /// Events a second; absent: as fast as the answers come
    #[arg(long)]
    rate: Option<f64>,
    /// Told apart from other runs by the addresses' first letters
    #[arg(long, default_value = "a")]
    label: String,
}

/// What the load saw. Times are microseconds.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Sent {
    pub accepted: u64,
    pub refused: u64,
    /// The first answer that was no 201, for the report.
    pub first_refusal: Option<String>,
    pub began_at: u64,
    pub took: u64,
    pub acknowledged: Quantiles,
}

/// A load in a process of its own, which is killed with this.
pub struct Running(Child);

impl Running {
    /// Starts it; its output must be piped.
    pub fn start(load: &mut Command) -> Result<Self> {
        Ok(Self(load.spawn().context("cannot start the load")?))
    }

    /// Waits for its end and what it saw.
    pub fn sent(mut self) -> Result<Sent> {
        let output = self.0.stdout.take().context("the load says nothing")?;
        serde_json::from_reader(output).context("the load failed")
    }

    pub fn is_over(&mut self) -> Result<bool> {
        Ok(self.0.try_wait()?.is_some())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.0.kill().ok();
        self.0.wait().ok();
    }
}

#[derive(Default)]
struct Share {
    latencies: Vec<u64>,
    refused: u64,
    first_refusal: Option<String>,
}

pub async fn main(options: Options) -> Result<()> {
    let sent = send(options).await?;
    println!("{}", serde_json::to_string(&sent)?);
    Ok(())
}

async fn send(options: Options) -> Result<Sent> {
    let tokens: Vec<String> = std::fs::read_to_string(&options.tokens)
        .with_context(|| format!("cannot read {}", options.tokens.display()))?
        .lines()
        .map(str::to_owned)
        .collect();
    if tokens.is_empty() {
        bail!("{} holds no token", options.tokens.display());
    }
    let tokens = Arc::new(tokens);
    let began_at = clock::micros();
    let began = Instant::now();
    let mut connections = tokio::task::JoinSet::new();
    for lane in 0..options.connections {
        connections.spawn(connection(options.clone(), Arc::clone(&tokens), lane, began));
    }
    let mut latencies = Vec::with_capacity(options.events);
    let (mut refused, mut first_refusal) = (0, None);
    while let Some(share) = connections.join_next().await {
        let share = share??;
        latencies.extend(share.latencies);
        refused += share.refused;
        first_refusal = first_refusal.or(share.first_refusal);
    }
    Ok(Sent {
        accepted: latencies.len() as u64,
        refused,
        first_refusal,
        began_at,
        took: began.elapsed().as_micros() as u64,
        acknowledged: Quantiles::of(latencies),
    })
}

async fn connection(options: Options, tokens: Arc<Vec<String>>, lane: usize, began: Instant) -> Result<Share> {
    let mut stream = TcpStream::connect(options.to).await.context("the server does not listen")?;
    stream.set_nodelay(true)?;
    let mut share = Share::default();
    let mut answer = Vec::with_capacity(4096);
    for number in (lane..options.events).step_by(options.connections) {
        let due = match options.rate {
            Some(rate) => {
                let due = began + Duration::from_secs_f64(number as f64 / rate);
                tokio::time::sleep_until(due.into()).await;
                due
            }
            None => Instant::now(),
        };
        let request = request(&options, &tokens[number % tokens.len()], number);
        stream.write_all(request.as_bytes()).await?;
        let status = read_answer(&mut stream, &mut answer).await?;
        if status == 201 {
            share.latencies.push(due.elapsed().as_micros() as u64);
        } else {
            share.refused += 1;
            if share.first_refusal.is_none() {
                share.first_refusal = Some(String::from_utf8_lossy(&answer).into_owned());
            }
        }
    }
    Ok(share)
}

fn request(options: &Options, token: &str, number: usize) -> String {
    let body = format!(
        r#"{{"name":"{}","payload":{{"first_name":"Buddha","last_name":"Samuel","email":"{}{number}.{}@example.com","company":"Acme","title":"Dog"}}}}"#,
        options.event,
        options.label,
        clock::micros(),
    );
    format!(
        "POST /projects/{}/sdk/events/trigger HTTP/1.1\r\nhost: {}\r\nauthorization: Bearer {token}\r\n\
         content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        options.project,
        options.to,
        body.len(),
    )
}

/// Reads one answer with a `Content-Length` into `answer` and returns its status.
async fn read_answer(stream: &mut TcpStream, answer: &mut Vec<u8>) -> Result<u16> {
    answer.clear();
    loop {
        if stream.read_buf(answer).await? == 0 {
            bail!("the server closed the connection");
        }
        let Some(end) = answer.windows(4).position(|bytes| bytes == b"\r\n\r\n") else { continue };
        let head = std::str::from_utf8(&answer[..end])?.to_ascii_lowercase();
        let length: usize = head
            .lines()
            .find_map(|line| line.strip_prefix("content-length:"))
            .context("the answer has no Content-Length")?
            .trim()
            .parse()?;
        while answer.len() < end + 4 + length {
            if stream.read_buf(answer).await? == 0 {
                bail!("the server closed the connection in the middle of an answer");
            }
        }
        return Ok(head.split(' ').nth(1).context("the answer has no status")?.parse()?);
    }
}
