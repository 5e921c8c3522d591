//! Kills the real server at random moments under load, again and again, and counts what came of it.
//!
//! Nothing that was accepted may be lost, and nothing may be done twice: the target stands in its own process, enforces
//! no unique address and loses some answers after having done what was asked. The moments come from a seed, which is
//! printed; the same seed gives the same moments, though not the same schedule of the threads.

use std::collections::HashMap;
use std::fs;
use std::net::SocketAddr;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use clap::Args;
use http_body_util::{BodyExt, Full};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use parking_lot::Mutex;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use serde_json::{Value, json};
use sqlx::Row;

use crate::stage::{self, Stage};
use crate::target::Seen;
use crate::{database, process, project};

#[derive(Args)]
pub struct Options {
    #[command(flatten)]
    under: process::Under,
    /// How often the server is killed
    #[arg(long, default_value_t = 100)]
    kills: u32,
    /// Chooses the moments; absent: a new one, which is printed
    #[arg(long)]
    seed: Option<u64>,
    /// The server is killed this long after it was ready, at most
    #[arg(long, default_value_t = 500)]
    longest_life_ms: u64,
    /// Callers that send one event after another
    #[arg(long, default_value_t = 32)]
    callers: usize,
    /// Connected users; events go round them
    #[arg(long, default_value_t = 50)]
    users: usize,
    /// The target loses the answer of every n-th create that it has done
    #[arg(long, default_value_t = 200)]
    lose_every: u64,
    /// A PostgreSQL server to run on, as for `run`. Absent: SQLite
    #[arg(long)]
    postgres: Option<String>,
    /// A command that kills and starts the PostgreSQL server, run with every fourth kill
    #[arg(long)]
    postgres_crash: Option<String>,
    /// How long to wait, in seconds, until what was accepted is done after the last kill
    #[arg(long, default_value_t = 300)]
    patience: u64,
}

/// What the callers know.
struct Callers {
    http: Client<HttpConnector, Full<bytes::Bytes>>,
    to: SocketAddr,
    project: String,
    tokens: Vec<String>,
    next: AtomicU64,
    /// Addresses that were accepted, with the number of answers that said so.
    accepted: Mutex<HashMap<String, u32>>,
    /// Sendings that got no answer and were repeated.
    unanswered: AtomicU64,
    stop: AtomicBool,
}

pub async fn run(options: Options) -> Result<()> {
    let seed = options.seed.unwrap_or_else(rand::random);
    eprintln!("seed {seed}");
    let mut random = StdRng::seed_from_u64(seed);
    let lose_every = options.lose_every.to_string();
    let target = ["--latency-ms", "3", "--lose-every", &lose_every];
    let stage = Stage::set(&options.under, options.users, &target, options.postgres.as_deref()).await?;
    let callers = callers(&options, &stage)?;
    let tasks: Vec<_> = (0..options.callers).map(|_| tokio::spawn(call(Arc::clone(&callers)))).collect();

    let began = Instant::now();
    for kill in 1..=options.kills {
        let running = stage.start().await.with_context(|| format!("after kill {}", kill - 1))?;
        let life = random.random_range(0..=options.longest_life_ms);
        tokio::time::sleep(Duration::from_millis(life)).await;
        running.kill()?;
        if let Some(command) = &options.postgres_crash
            && kill.is_multiple_of(4)
        {
            shell(command)?;
        }
        check_integrity(&stage).await.with_context(|| format!("after kill {kill}, seed {seed}"))?;
        if kill.is_multiple_of(50) || kill == options.kills {
            let accepted = callers.accepted.lock().len();
            eprintln!("{kill} kills, {accepted} events accepted, {:.0} s", began.elapsed().as_secs_f64());
        }
    }
    // The last life is long enough for all that is left.
    let _running = stage.start().await?;
    callers.stop.store(true, Ordering::SeqCst);
    for task in tasks {
        task.await??;
    }
    let accepted = callers.accepted.lock().len() as u64;
    let (seen, runs) = drained(&stage, accepted, Duration::from_secs(options.patience)).await?;
    let outcome = Outcome {
        seed,
        kills: options.kills,
        accepted,
        seen,
        runs,
        unanswered: callers.unanswered.load(Ordering::SeqCst),
    };
    println!("{}", outcome.table());
    outcome.verdict()
}

fn callers(options: &Options, stage: &Stage) -> Result<Arc<Callers>> {
    Ok(Arc::new(Callers {
        http: Client::builder(TokioExecutor::new()).build_http(),
        to: stage.listen,
        project: stage.project.clone(),
        tokens: project::tokens(&stage.key, options.users)?,
        next: AtomicU64::new(0),
        accepted: Mutex::default(),
        unanswered: AtomicU64::new(0),
        stop: AtomicBool::new(false),
    }))
}

/// The database file as the kill left it. On a copy, so that the server itself mends what there is to mend.
async fn check_integrity(stage: &Stage) -> Result<()> {
    if !stage.is_sqlite() {
        return Ok(());
    }
    let copy = stage.scratch.join("copy");
    fs::create_dir_all(&copy)?;
    for name in ["linchpin.db", "linchpin.db-wal"] {
        match fs::copy(stage.data.join(name), copy.join(name)) {
            Ok(_) => {}
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(error) => return Err(error).context("the database file cannot be copied"),
        }
    }
    let said = database::ask(&database::sqlite(&copy), "PRAGMA integrity_check").await?;
    fs::remove_dir_all(&copy)?;
    let said: Vec<String> = said.iter().map(|row| row.try_get(0)).collect::<Result<_, _>>()?;
    if said != ["ok"] {
        bail!("the database is damaged: {said:?}");
    }
    Ok(())
}

/// Waits until every run has ended or asks for a person; then what the target has seen, and the runs by state.
async fn drained(stage: &Stage, accepted: u64, patience: Duration) -> Result<(Seen, HashMap<String, i64>)> {
    let until = Instant::now() + patience;
    loop {
        let (seen, runs) = (stage.seen().await?, stage.runs().await?);
        if (stage::open(&runs) == 0 && seen.distinct >= accepted) || Instant::now() > until {
            return Ok((seen, runs));
        }
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
}

fn shell(command: &str) -> Result<()> {
    let status = Command::new("sh").args(["-c", command]).stdout(Stdio::null()).status()?;
    if !status.success() {
        bail!("`{command}` ended with {status}");
    }
    Ok(())
}

/// One caller: it does what a host application must, and sends again with the same key until it has an answer.
async fn call(callers: Arc<Callers>) -> Result<()> {
    while !callers.stop.load(Ordering::SeqCst) {
        let number = callers.next.fetch_add(1, Ordering::SeqCst);
        let email = format!("crash.{number}@example.com");
        let payload =
            json!({"first_name": "A", "last_name": number, "email": email, "company": "Acme", "title": "Dog"});
        let body = json!({"name": "Contact Created", "payload": payload}).to_string();
        loop {
            let token = &callers.tokens[number as usize % callers.tokens.len()];
            let request =
                http::Request::post(format!("http://{}/projects/{}/sdk/events/trigger", callers.to, callers.project))
                    .header("authorization", format!("Bearer {token}"))
                    .header("content-type", "application/json")
                    .header("idempotency-key", format!("crash-{number}"))
                    .body(Full::from(body.clone()))?;
            match answer(&callers, request).await {
                Ok((201, _)) => {
                    *callers.accepted.lock().entry(email.clone()).or_default() += 1;
                    break;
                }
                Ok((429 | 503, _)) | Err(_) => {
                    callers.unanswered.fetch_add(1, Ordering::SeqCst);
                    tokio::time::sleep(Duration::from_millis(20)).await;
                }
                Ok((status, said)) => bail!("an event was answered {status}: {said}"),
            }
        }
    }
    Ok(())
}

async fn answer(callers: &Callers, request: http::Request<Full<bytes::Bytes>>) -> Result<(u16, Value)> {
    let answer = callers.http.request(request).await?;
    let status = answer.status().as_u16();
    let body = answer.into_body().collect().await?.to_bytes();
    Ok((status, serde_json::from_slice(&body).unwrap_or_default()))
}

struct Outcome {
    seed: u64,
    kills: u32,
    accepted: u64,
    unanswered: u64,
    seen: Seen,
    runs: HashMap<String, i64>,
}

impl Outcome {
    fn lost(&self) -> u64 {
        self.accepted.saturating_sub(self.seen.distinct)
    }

    fn table(&self) -> String {
        let in_state = |state: &str| self.runs.get(state).copied().unwrap_or(0);
        let others: Vec<String> = self
            .runs
            .iter()
            .filter(|(state, _)| !["succeeded", "in_doubt"].contains(&state.as_str()))
            .map(|(state, count)| format!("{count} {state}"))
            .collect();
        [
            ("seed", self.seed.to_string()),
            ("kills", self.kills.to_string()),
            ("events accepted", self.accepted.to_string()),
            ("sent again for want of an answer", self.unanswered.to_string()),
            ("contacts created", self.seen.creates.to_string()),
            ("answers lost by the target", self.seen.lost_answers.to_string()),
            ("looked up to settle a doubt", self.seen.other_calls.to_string()),
            ("runs that succeeded", in_state("succeeded").to_string()),
            ("runs in doubt", in_state("in_doubt").to_string()),
            ("other runs", if others.is_empty() { "0".to_owned() } else { others.join(", ") }),
            ("lost", self.lost().to_string()),
            ("doubled", self.seen.duplicated.to_string()),
        ]
        .iter()
        .map(|(what, count)| format!("| {what} | {count} |"))
        .collect::<Vec<_>>()
        .join("\n")
    }

    fn verdict(&self) -> Result<()> {
        // An event that was written and whose answer was lost with the process is accepted by its repetition, so both
        // numbers are of the same events.
        if self.lost() > 0 || self.seen.duplicated > 0 {
            bail!("{} lost, {} doubled (seed {})", self.lost(), self.seen.duplicated, self.seed);
        }
        let ended: i64 = self.runs.get("succeeded").copied().unwrap_or(0);
        if ended as u64 != self.accepted {
            bail!("{} events were accepted and {ended} runs succeeded (seed {})", self.accepted, self.seed);
        }
        Ok(())
    }
}
