//! The ceiling: what no server with these guarantees can leave out, and nothing else.
//!
//! axum takes the event, one writer commits whatever has arrived (one row an event, SQLite in WAL mode with
//! `synchronous=FULL`, or PostgreSQL as it is set up, through the same driver as ours), the answer goes out, one HTTP call is made, and a completion
//! row rides in a later commit. No token, no workflow, no template, no history.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use clap::Args;
use http_body_util::{BodyExt, Full};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use serde::Deserialize;
use serde_json::value::RawValue;
use sqlx::any::AnyPoolOptions;
use sqlx::{Any, Pool};
use tokio::sync::{Semaphore, mpsc, oneshot};

#[derive(Args)]
pub struct Options {
    #[arg(long)]
    listen: SocketAddr,
    /// A folder for the database
    #[arg(long)]
    data: PathBuf,
    /// A PostgreSQL database to use instead
    #[arg(long)]
    database: Option<String>,
    /// The target's base address
    #[arg(long)]
    target: String,
}

/// How many rows one commit takes, and how many calls are under way at once: as in the real engine.
const BATCH: usize = 1024;
const CALLS: usize = 1024;

enum Command {
    Event { body: Bytes, committed: oneshot::Sender<()> },
    Done { seq: i64, status: u16 },
}

#[derive(Deserialize)]
struct Event<'a> {
    #[serde(borrow)]
    payload: &'a RawValue,
}

struct Caller {
    client: Client<HttpConnector, Full<Bytes>>,
    address: http::Uri,
    slots: Semaphore,
    writer: mpsc::Sender<Command>,
}

pub async fn serve(options: Options) -> anyhow::Result<()> {
    const TABLES: [&str; 2] = [
        "CREATE TABLE events (seq INTEGER PRIMARY KEY, body TEXT NOT NULL)",
        "CREATE TABLE done (seq INTEGER PRIMARY KEY, status INTEGER NOT NULL)",
    ];
    let file = options.data.join("ceiling.db");
    let database = match &options.database {
        Some(url) => {
            sqlx::any::install_default_drivers();
            let pool = AnyPoolOptions::new().max_connections(2).connect(url).await?;
            for table in TABLES {
                sqlx::query(table).execute(&pool).await?;
            }
            Database::Server(pool)
        }
        None => {
            let connection = open(&file)?;
            for table in TABLES {
                connection.execute_batch(table)?;
            }
            Database::File(connection)
        }
    };

    let (writer, commands) = mpsc::channel(8 * BATCH);
    let mut connector = HttpConnector::new();
    connector.set_nodelay(true);
    let caller = Arc::new(Caller {
        client: Client::builder(TokioExecutor::new()).pool_max_idle_per_host(CALLS).build(connector),
        address: format!("{}/crm/objects/2026-03/contacts", options.target).parse()?,
        slots: Semaphore::new(CALLS),
        writer: writer.clone(),
    });
    let checkpoints = options.database.is_none().then(|| tokio::task::spawn_blocking(move || checkpoint(&file)));
    let runtime = tokio::runtime::Handle::current();
    let writing = tokio::task::spawn_blocking(move || runtime.block_on(write(database, commands, caller)));

    let app = Router::new().fallback(accept).with_state(writer);
    let listener = tokio::net::TcpListener::bind(options.listen).await?;
    axum::serve(listener, app).await?;
    writing.await??;
    // It goes on until the process ends.
    drop(checkpoints);
    Ok(())
}

async fn accept(State(writer): State<mpsc::Sender<Command>>, body: Bytes) -> StatusCode {
    let (committed, answer) = oneshot::channel();
    if writer.send(Command::Event { body, committed }).await.is_err() || answer.await.is_err() {
        return StatusCode::SERVICE_UNAVAILABLE;
    }
    StatusCode::CREATED
}

/// Takes what has arrived, commits it, answers, and sets off the calls: one commit after another. SQLite is called in
/// this thread, as by the real writer.
async fn write(
    mut database: Database,
    mut commands: mpsc::Receiver<Command>,
    caller: Arc<Caller>,
) -> anyhow::Result<()> {
    let mut next = 1_i64;
    let mut batch = Vec::with_capacity(BATCH);
    while commands.recv_many(&mut batch, BATCH).await > 0 {
        let (mut events, mut done) = (Vec::new(), Vec::new());
        for command in batch.drain(..) {
            match command {
                Command::Event { body, committed } => {
                    events.push((next, body, committed));
                    next += 1;
                }
                Command::Done { seq, status } => done.push((seq, status)),
            }
        }
        database.commit(&events, &done).await?;
        for (seq, body, committed) in events {
            // A client that hung up is answered by nobody; its event is committed and goes on.
            committed.send(()).ok();
            tokio::spawn(call(Arc::clone(&caller), seq, body));
        }
    }
    Ok(())
}

enum Database {
    File(rusqlite::Connection),
    Server(Pool<Any>),
}

impl Database {
    async fn commit(
        &mut self,
        events: &[(i64, Bytes, oneshot::Sender<()>)],
        done: &[(i64, u16)],
    ) -> anyhow::Result<()> {
        match self {
            Self::File(connection) => {
                let transaction = connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
                {
                    let mut event = transaction.prepare_cached("INSERT INTO events VALUES (?, ?)")?;
                    for (seq, body, _) in events {
                        event.execute((seq, std::str::from_utf8(body)?))?;
                    }
                    let mut completion = transaction.prepare_cached("INSERT INTO done VALUES (?, ?)")?;
                    for row in done {
                        completion.execute(*row)?;
                    }
                }
                transaction.commit()?;
            }
            Self::Server(pool) => {
                let mut transaction = pool.begin().await?;
                if !events.is_empty() {
                    let rows: Vec<_> =
                        events.iter().map(|(seq, body, _)| (seq, String::from_utf8_lossy(body))).collect();
                    sqlx::query("INSERT INTO events SELECT (value ->> 0)::INTEGER, value ->> 1 FROM json_array_elements($1::json)")
                        .bind(serde_json::to_string(&rows)?)
                        .execute(&mut *transaction)
                        .await?;
                }
                if !done.is_empty() {
                    sqlx::query("INSERT INTO done SELECT (value ->> 0)::INTEGER, (value ->> 1)::INTEGER FROM json_array_elements($1::json)")
                        .bind(serde_json::to_string(done)?)
                        .execute(&mut *transaction)
                        .await?;
                }
                transaction.commit().await?;
            }
        }
        Ok(())
    }
}

async fn call(caller: Arc<Caller>, seq: i64, body: Bytes) {
    let slot = caller.slots.acquire().await.expect("the semaphore is never closed");
    let status = request(&caller, &body).await.unwrap_or(0);
    drop(slot);
    caller.writer.send(Command::Done { seq, status }).await.ok();
}

async fn request(caller: &Caller, body: &[u8]) -> anyhow::Result<u16> {
    let event: Event<'_> = serde_json::from_slice(body)?;
    let request = http::Request::post(&caller.address)
        .header("content-type", "application/json")
        .header("authorization", "Bearer bench")
        .body(Full::from(format!(r#"{{"properties":{}}}"#, event.payload)))?;
    let answer = caller.client.request(request).await?;
    let status = answer.status().as_u16();
    answer.into_body().collect().await?;
    Ok(status)
}

fn open(file: &Path) -> rusqlite::Result<rusqlite::Connection> {
    let connection = rusqlite::Connection::open(file)?;
    for pragma in ["journal_mode = WAL", "synchronous = FULL", "wal_autocheckpoint = 0", "busy_timeout = 5000"] {
        connection.execute_batch(&format!("PRAGMA {pragma}"))?;
    }
    Ok(connection)
}

/// Moves the log into the database beside the writer, as the real store does.
fn checkpoint(file: &Path) -> rusqlite::Result<()> {
    let connection = open(file)?;
    loop {
        std::thread::sleep(Duration::from_secs(1));
        connection.execute_batch("PRAGMA wal_checkpoint(PASSIVE)")?;
    }
}
