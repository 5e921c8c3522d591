//! The ceiling: what no server with these guarantees can leave out, and nothing else.
//!
//! axum takes the event, one writer commits whatever has arrived (one row an event, SQLite in WAL mode with
//! `synchronous=FULL`, or PostgreSQL as it is set up, through the same driver as ours), the answer goes out, one HTTP call is made, and a completion
//! row rides in a later commit. No token, no workflow, no template, no history.

use std::net::SocketAddr;
use std::path::PathBuf;
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
use sqlx::{Any, Connection, Pool};
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
    sqlx::any::install_default_drivers();
    let sqlite = options.database.is_none();
    let address =
        options.database.unwrap_or_else(|| format!("sqlite://{}?mode=rwc", options.data.join("ceiling.db").display()));
    let pragmas: &[&str] = if sqlite {
        &["journal_mode = WAL", "synchronous = FULL", "wal_autocheckpoint = 0", "busy_timeout = 5000"]
    } else {
        &[]
    };
    let pool = AnyPoolOptions::new()
        .max_connections(2)
        .after_connect(move |connection, _| {
            Box::pin(async move {
                for pragma in pragmas {
                    sqlx::query(sqlx::AssertSqlSafe(format!("PRAGMA {pragma}"))).execute(&mut *connection).await?;
                }
                Ok(())
            })
        })
        .connect(&address)
        .await?;
    sqlx::query("CREATE TABLE events (seq INTEGER PRIMARY KEY, body TEXT NOT NULL)").execute(&pool).await?;
    sqlx::query("CREATE TABLE done (seq INTEGER PRIMARY KEY, status INTEGER NOT NULL)").execute(&pool).await?;

    let (writer, commands) = mpsc::channel(8 * BATCH);
    let mut connector = HttpConnector::new();
    connector.set_nodelay(true);
    let caller = Arc::new(Caller {
        client: Client::builder(TokioExecutor::new()).pool_max_idle_per_host(CALLS).build(connector),
        address: format!("{}/crm/objects/2026-03/contacts", options.target).parse()?,
        slots: Semaphore::new(CALLS),
        writer: writer.clone(),
    });
    let checkpoints = tokio::spawn(checkpoint(pool.clone(), sqlite));
    let writing = tokio::spawn(write(pool, sqlite, commands, caller));

    let app = Router::new().fallback(accept).with_state(writer);
    let listener = tokio::net::TcpListener::bind(options.listen).await?;
    axum::serve(listener, app).await?;
    checkpoints.abort();
    writing.await??;
    Ok(())
}

async fn accept(State(writer): State<mpsc::Sender<Command>>, body: Bytes) -> StatusCode {
    let (committed, answer) = oneshot::channel();
    if writer.send(Command::Event { body, committed }).await.is_err() || answer.await.is_err() {
        return StatusCode::SERVICE_UNAVAILABLE;
    }
    StatusCode::CREATED
}

async fn write(
    pool: Pool<Any>,
    sqlite: bool,
    mut commands: mpsc::Receiver<Command>,
    caller: Arc<Caller>,
) -> anyhow::Result<()> {
    let [begin, events_in, done_in] = if sqlite {
        [
            "BEGIN IMMEDIATE",
            "INSERT INTO events SELECT value ->> 0, value ->> 1 FROM json_each($1)",
            "INSERT INTO done SELECT value ->> 0, value ->> 1 FROM json_each($1)",
        ]
    } else {
        [
            "BEGIN",
            "INSERT INTO events SELECT (value ->> 0)::INTEGER, value ->> 1 FROM json_array_elements($1::json)",
            "INSERT INTO done SELECT (value ->> 0)::INTEGER, (value ->> 1)::INTEGER FROM json_array_elements($1::json)",
        ]
    };
    let mut connection = pool.acquire().await?;
    let mut next = 1_i64;
    let mut batch = Vec::with_capacity(BATCH);
    while commands.recv_many(&mut batch, BATCH).await > 0 {
        let (mut events, mut done) = (Vec::new(), Vec::new());
        let mut rows = Vec::new();
        for command in batch.drain(..) {
            match command {
                Command::Event { body, committed } => {
                    rows.push((next, String::from_utf8_lossy(&body).into_owned()));
                    events.push((next, body, committed));
                    next += 1;
                }
                Command::Done { seq, status } => done.push((seq, status)),
            }
        }
        let mut transaction = connection.begin_with(begin).await?;
        if !rows.is_empty() {
            sqlx::query(events_in).bind(serde_json::to_string(&rows)?).execute(&mut *transaction).await?;
        }
        if !done.is_empty() {
            sqlx::query(done_in).bind(serde_json::to_string(&done)?).execute(&mut *transaction).await?;
        }
        transaction.commit().await?;
        for (seq, body, committed) in events {
            // A client that hung up is answered by nobody; its event is committed and goes on.
            committed.send(()).ok();
            tokio::spawn(call(Arc::clone(&caller), seq, body));
        }
    }
    Ok(())
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

/// Moves the log into the database beside the writer, as the real store does.
async fn checkpoint(pool: Pool<Any>, sqlite: bool) -> anyhow::Result<()> {
    if !sqlite {
        return Ok(());
    }
    loop {
        tokio::time::sleep(Duration::from_secs(1)).await;
        sqlx::query("PRAGMA wal_checkpoint(PASSIVE)").execute(&pool).await?;
    }
}
