//! One batch: its rows as JSON texts, its statements, its answers.

use std::collections::HashMap;

use linchpin_domain::id::ReceivedEventId;
use serde::Serialize;
use sqlx::pool::PoolConnection;
use sqlx::{Any, AnyConnection, Connection, Row};
use tokio::sync::oneshot;

use super::{Append, Command, EventRow, Idempotency, Intake, Line, Taken, hold};
use crate::Store;
use crate::conn::to_json;
use crate::erasure::{NEWEST_EVENT, NEWEST_RUN};
use crate::error::{Error, Result};

/// Writes batches on one connection of its own.
pub struct Batches {
    store: Store,
    connection: Option<PoolConnection<Any>>,
    next_event: i64,
    next_run: i64,
}

/// A statement's rows: one JSON text.
#[derive(Serialize)]
struct EventJson<'a> {
    seq: i64,
    id: String,
    project_id: String,
    user_id: String,
    kind: &'static str,
    name: &'a str,
    // A text, never a JSON value: a `\u0000` inside poisons nobody, and it is kept as it came.
    payload: &'a str,
    runs: usize,
    note: Option<&'a str>,
    skipped: Option<String>,
    received_at: i64,
}

#[derive(Serialize)]
struct RunJson {
    seq: i64,
    id: String,
    project_id: String,
    workflow_id: String,
    version_id: String,
    user_id: String,
    credential_id: String,
    configuration_id: String,
    event_seq: i64,
    replay_of: Option<String>,
    created_at: i64,
}

#[derive(Serialize)]
struct KeyJson<'a> {
    project_id: String,
    user_id: String,
    key: &'a str,
    body_hash: &'a str,
    event_id: String,
    created_at: i64,
    kept_until: i64,
}

#[derive(Serialize)]
struct EntryJson<'a> {
    run_seq: i64,
    n: u32,
    step: &'a str,
    attempt: u32,
    at: i64,
    event: &'a str,
}

impl<'a> EntryJson<'a> {
    fn of(run_seq: i64, line: &'a Line) -> Self {
        let Line { n, step, attempt, at, event } = line;
        Self { run_seq, n: *n, step, attempt: *attempt, at: at.as_millis(), event }
    }
}

#[derive(Serialize)]
struct StateJson {
    seq: i64,
    state: &'static str,
    steps_done: u32,
    wake_at: Option<i64>,
    fault: Option<String>,
    started_at: Option<i64>,
    finished_at: Option<i64>,
}

/// What is known about a command after its statements, before the commit.
enum Outcome {
    Intake { taken: Taken, seqs: Vec<i64> },
    Append,
}

impl Batches {
    pub async fn open(store: Store) -> Result<Self> {
        let mut connection = store.inner().pool.acquire().await?;
        let next_event =
            next(&mut connection, "SELECT COALESCE(MAX(seq), 0) + 1 FROM received_events", NEWEST_EVENT).await?;
        let next_run = next(&mut connection, "SELECT COALESCE(MAX(seq), 0) + 1 FROM runs", NEWEST_RUN).await?;
        Ok(Self { store, connection: Some(connection), next_event, next_run })
    }

    /// Writes a batch and answers everybody in it.
    pub async fn write(&mut self, commands: Vec<Command>) {
        // Halving on a stack instead of by recursion: an async function cannot call itself cheaply.
        let mut pending = vec![commands];
        while let Some(mut commands) = pending.pop() {
            match self.try_write(&commands).await {
                Ok(outcomes) => answer(commands, outcomes),
                Err(error) => {
                    self.connection = None;
                    let alone = commands.len() == 1;
                    // A full disk or a lost connection is nobody's fault: halving would only repeat it.
                    if alone || !is_culprits_fault(&error) {
                        tracing::error!(
                            error = &error as &dyn std::error::Error,
                            commands = commands.len(),
                            "a batch could not be written"
                        );
                        fail(commands, error);
                        continue;
                    }
                    let second = commands.split_off(commands.len() / 2);
                    pending.push(second);
                    pending.push(commands);
                }
            }
        }
    }

    async fn try_write(&mut self, commands: &[Command]) -> Result<Vec<Outcome>> {
        let mut connection = match self.connection.take() {
            Some(connection) => connection,
            None => self.store.inner().pool.acquire().await?,
        };
        let dialect = self.store.dialect();
        let (mut next_event, mut next_run) = (self.next_event, self.next_run);
        let mut transaction = connection.begin_with(dialect.begin()).await?;
        let intakes: Vec<&Intake> = commands
            .iter()
            .filter_map(|command| if let Command::Intake(intake, _) = command { Some(intake) } else { None })
            .collect();
        let mut generation = 0;
        let mut seen = HashMap::new();
        if !intakes.is_empty() {
            let row = sqlx::query(dialect.held_generation()).fetch_one(&mut *transaction).await?;
            generation = row.try_get::<i64, _>(0)?.unsigned_abs();
            seen = known_keys(&mut transaction, &self.store, &intakes).await?;
        }

        let mut outcomes = Vec::with_capacity(commands.len());
        let (mut events, mut runs, mut keys, mut entries, mut states) =
            (Vec::new(), Vec::new(), Vec::new(), Vec::new(), Vec::new());
        for command in commands {
            match command {
                Command::Intake(intake, _) => {
                    let (taken, seqs) = take(
                        intake,
                        generation,
                        &mut seen,
                        &mut next_event,
                        &mut next_run,
                        &mut events,
                        &mut runs,
                        &mut keys,
                        &mut entries,
                    );
                    outcomes.push(Outcome::Intake { taken, seqs });
                }
                Command::Append(append, _) => {
                    collect(append, &mut entries, &mut states);
                    outcomes.push(Outcome::Append);
                }
            }
        }
        execute(&mut transaction, dialect.pick(INSERT_EVENTS_SQLITE, INSERT_EVENTS_POSTGRES), &events).await?;
        execute(&mut transaction, dialect.pick(INSERT_KEYS_SQLITE, INSERT_KEYS_POSTGRES), &keys).await?;
        execute(&mut transaction, dialect.pick(INSERT_RUNS_SQLITE, INSERT_RUNS_POSTGRES), &runs).await?;
        execute(&mut transaction, dialect.pick(INSERT_ENTRIES_SQLITE, INSERT_ENTRIES_POSTGRES), &entries).await?;
        execute(&mut transaction, dialect.pick(UPDATE_STATES_SQLITE, UPDATE_STATES_POSTGRES), &states).await?;
        hold::point("before");
        transaction.commit().await?;
        hold::point("after");
        (self.next_event, self.next_run) = (next_event, next_run);
        self.connection = Some(connection);
        Ok(outcomes)
    }
}

/// The number after the newest that was ever given, also where its row was erased with its user.
async fn next(connection: &mut AnyConnection, statement: &'static str, erased: &'static str) -> Result<i64> {
    let next: i64 = sqlx::query(statement).fetch_one(&mut *connection).await?.try_get(0)?;
    let erased = sqlx::query("SELECT CAST(value AS BIGINT) + 1 FROM installation WHERE name = $1")
        .bind(erased)
        .fetch_optional(connection)
        .await?;
    let erased = erased.map_or(Ok(0), |row| row.try_get::<i64, _>(0))?;
    Ok(next.max(erased))
}

/// The idempotency keys of this batch that are stored already.
type Seen = HashMap<(String, String, String), (String, ReceivedEventId)>;

async fn known_keys(connection: &mut AnyConnection, store: &Store, intakes: &[&Intake]) -> Result<Seen> {
    #[derive(Serialize)]
    struct Wanted<'a> {
        project_id: String,
        user_id: String,
        key: &'a str,
    }
    let wanted: Vec<_> = intakes
        .iter()
        .filter_map(|intake| {
            intake.idempotency.as_ref().map(|wanted| Wanted {
                project_id: intake.project_id.to_string(),
                user_id: intake.user_id.to_string(),
                key: &wanted.key,
            })
        })
        .collect();
    let mut seen = HashMap::new();
    if wanted.is_empty() {
        return Ok(seen);
    }
    let statement = store.dialect().pick(FIND_KEYS_SQLITE, FIND_KEYS_POSTGRES);
    for row in sqlx::query(statement).bind(to_json(&wanted)).fetch_all(connection).await? {
        use crate::conn::Columns;
        seen.insert(
            (row.text("project_id")?, row.text("user_id")?, row.text("key")?),
            (row.text("body_hash")?, row.id("event_id")?),
        );
    }
    Ok(seen)
}

#[expect(clippy::too_many_arguments, reason = "the columns of one batch, filled in one place")]
fn take<'a>(
    intake: &'a Intake,
    generation: u64,
    seen: &mut Seen,
    next_event: &mut i64,
    next_run: &mut i64,
    events: &mut Vec<EventJson<'a>>,
    runs: &mut Vec<RunJson>,
    keys: &mut Vec<KeyJson<'a>>,
    entries: &mut Vec<EntryJson<'a>>,
) -> (Taken, Vec<i64>) {
    if intake.generation != generation {
        return (Taken::Stale { generation }, Vec::new());
    }
    let (event_id, at) = match &intake.event {
        EventRow::Stored { id, .. } => (*id, intake.created_at),
        EventRow::New(event) => (event.id, event.received_at),
    };
    if let Some(Idempotency { key, body_hash, kept_until }) = &intake.idempotency {
        let name = (intake.project_id.to_string(), intake.user_id.to_string(), key.clone());
        match seen.get(&name) {
            Some((hash, event_id)) if hash == body_hash => return (Taken::Repeated(*event_id), Vec::new()),
            Some(_) => return (Taken::KeyReused, Vec::new()),
            None => {
                keys.push(KeyJson {
                    project_id: name.0.clone(),
                    user_id: name.1.clone(),
                    key,
                    body_hash,
                    event_id: event_id.to_string(),
                    created_at: at.as_millis(),
                    kept_until: kept_until.as_millis(),
                });
                seen.insert(name, (body_hash.clone(), event_id));
            }
        }
    }
    let event_seq = match &intake.event {
        EventRow::Stored { seq, .. } => *seq,
        EventRow::New(event) => {
            let seq = *next_event;
            *next_event += 1;
            events.push(EventJson {
                seq,
                id: event.id.to_string(),
                project_id: event.project_id.to_string(),
                user_id: event.user_id.to_string(),
                kind: event.kind.as_str(),
                name: &event.name,
                payload: &event.payload,
                runs: intake.runs.len(),
                note: event.note.as_deref(),
                skipped: (!event.skipped.is_empty()).then(|| to_json(&event.skipped)),
                received_at: event.received_at.as_millis(),
            });
            seq
        }
    };
    let mut seqs = Vec::with_capacity(intake.runs.len());
    for run in &intake.runs {
        let seq = *next_run;
        *next_run += 1;
        seqs.push(seq);
        entries.extend(run.lines.iter().map(|line| EntryJson::of(seq, line)));
        runs.push(RunJson {
            seq,
            id: run.id.to_string(),
            project_id: intake.project_id.to_string(),
            workflow_id: run.workflow_id.to_string(),
            version_id: run.version_id.to_string(),
            user_id: intake.user_id.to_string(),
            credential_id: run.credential_id.to_string(),
            configuration_id: run.configuration_id.to_string(),
            event_seq,
            replay_of: run.replay_of.map(|id| id.to_string()),
            created_at: intake.created_at.as_millis(),
        });
    }
    (Taken::Written, seqs)
}

fn collect<'a>(append: &'a Append, entries: &mut Vec<EntryJson<'a>>, states: &mut Vec<StateJson>) {
    entries.extend(append.lines.iter().map(|line| EntryJson::of(append.run_seq, line)));
    if let Some(change) = &append.change {
        let at = change.at.as_millis();
        // Two changes of one run in one batch: the later one stands.
        states.retain(|state| state.seq != append.run_seq);
        states.push(StateJson {
            seq: append.run_seq,
            state: change.state.as_str(),
            steps_done: change.steps_done,
            wake_at: change.wake_at.map(linchpin_domain::Timestamp::as_millis),
            fault: change.fault.as_ref().map(to_json),
            started_at: change.started_at.map(linchpin_domain::Timestamp::as_millis),
            finished_at: change.state.is_final().then_some(at),
        });
    }
}

async fn execute<T: Serialize>(connection: &mut AnyConnection, statement: &'static str, rows: &[T]) -> Result<()> {
    if !rows.is_empty() {
        sqlx::query(statement).bind(to_json(&rows)).execute(connection).await?;
    }
    Ok(())
}

fn answer(commands: Vec<Command>, outcomes: Vec<Outcome>) {
    for (command, outcome) in commands.into_iter().zip(outcomes) {
        match (command, outcome) {
            (Command::Intake(intake, reply), Outcome::Intake { taken, seqs }) => {
                if taken == Taken::Written {
                    (intake.hand_over)(&seqs);
                }
                send(reply, Ok(taken));
            }
            (Command::Append(_, reply), Outcome::Append) => send(reply, Ok(())),
            _ => unreachable!("outcomes stand in the order of the commands"),
        }
    }
}

fn fail(commands: Vec<Command>, error: Error) {
    let mut first = Some(error);
    for command in commands {
        // The error is not cloneable; the others learn that it may pass, which is what they decide by.
        let error = first.take().unwrap_or(Error::Statement { source: sqlx::Error::WorkerCrashed });
        match command {
            Command::Intake(_, reply) => send(reply, Err(error)),
            Command::Append(_, reply) => send(reply, Err(error)),
        }
    }
}

fn send<T>(reply: oneshot::Sender<T>, value: T) {
    // A sender that hung up does not want the answer; what was written stays written.
    let _ = reply.send(value);
}

/// Whether one row of the batch can be to blame (and not the disk or the connection).
fn is_culprits_fault(error: &Error) -> bool {
    match error {
        Error::Statement { source: sqlx::Error::Database(error) } => {
            let code = error.code().unwrap_or_default();
            // SQLite: 13 full, 10 I/O, 5 busy, 6 locked, 8 read-only. PostgreSQL: classes 53, 57, 58, 08.
            let passing = matches!(code.as_ref(), "13" | "10" | "5" | "6" | "8" | "517" | "1034" | "778")
                || (code.len() == 5 && ["53", "57", "58", "08"].iter().any(|class| code.starts_with(class)));
            !passing
        }
        _ => false,
    }
}

const INSERT_EVENTS_SQLITE: &str = "
    INSERT INTO received_events (seq, id, project_id, user_id, kind, name, payload, runs, note, skipped, received_at)
    SELECT value ->> 'seq', value ->> 'id', value ->> 'project_id', value ->> 'user_id', value ->> 'kind',
           value ->> 'name', value ->> 'payload', value ->> 'runs', value ->> 'note', value ->> 'skipped',
           value ->> 'received_at'
    FROM json_each($1)";
const INSERT_EVENTS_POSTGRES: &str = "
    INSERT INTO received_events (seq, id, project_id, user_id, kind, name, payload, runs, note, skipped, received_at)
    SELECT seq, id, project_id, user_id, kind, name, payload, runs, note, skipped, received_at
    FROM json_to_recordset($1::json)
      AS x (seq BIGINT, id TEXT, project_id TEXT, user_id TEXT, kind TEXT, name TEXT, payload TEXT, runs BIGINT,
            note TEXT, skipped TEXT, received_at BIGINT)";

const INSERT_RUNS_SQLITE: &str = "
    INSERT INTO runs (seq, id, project_id, workflow_id, version_id, user_id, credential_id, configuration_id,
                      event_seq, replay_of, state, steps_done, created_at)
    SELECT value ->> 'seq', value ->> 'id', value ->> 'project_id', value ->> 'workflow_id', value ->> 'version_id',
           value ->> 'user_id', value ->> 'credential_id', value ->> 'configuration_id',
           value ->> 'event_seq', value ->> 'replay_of', 'queued', 0, value ->> 'created_at'
    FROM json_each($1)";
const INSERT_RUNS_POSTGRES: &str = "
    INSERT INTO runs (seq, id, project_id, workflow_id, version_id, user_id, credential_id, configuration_id,
                      event_seq, replay_of, state, steps_done, created_at)
    SELECT seq, id, project_id, workflow_id, version_id, user_id, credential_id, configuration_id,
           event_seq, replay_of, 'queued', 0, created_at
    FROM json_to_recordset($1::json)
      AS x (seq BIGINT, id TEXT, project_id TEXT, workflow_id TEXT, version_id TEXT, user_id TEXT, credential_id TEXT,
            configuration_id TEXT, event_seq BIGINT, replay_of TEXT, created_at BIGINT)";

const FIND_KEYS_SQLITE: &str = "
    SELECT k.project_id, k.user_id, k.key, k.body_hash, k.event_id
    FROM json_each($1) AS w
    JOIN idempotency_keys AS k
      ON k.project_id = w.value ->> 'project_id' AND k.user_id = w.value ->> 'user_id' AND k.key = w.value ->> 'key'";
const FIND_KEYS_POSTGRES: &str = "
    SELECT k.project_id, k.user_id, k.key, k.body_hash, k.event_id
    FROM json_to_recordset($1::json) AS w (project_id TEXT, user_id TEXT, key TEXT)
    JOIN idempotency_keys AS k
      ON k.project_id = w.project_id AND k.user_id = w.user_id AND k.key = w.key";

const INSERT_KEYS_SQLITE: &str = "
    INSERT INTO idempotency_keys (project_id, user_id, key, body_hash, event_id, created_at, kept_until)
    SELECT value ->> 'project_id', value ->> 'user_id', value ->> 'key', value ->> 'body_hash', value ->> 'event_id',
           value ->> 'created_at', value ->> 'kept_until'
    FROM json_each($1)
    WHERE TRUE
    ON CONFLICT DO NOTHING";
const INSERT_KEYS_POSTGRES: &str = "
    INSERT INTO idempotency_keys (project_id, user_id, key, body_hash, event_id, created_at, kept_until)
    SELECT project_id, user_id, key, body_hash, event_id, created_at, kept_until
    FROM json_to_recordset($1::json)
      AS x (project_id TEXT, user_id TEXT, key TEXT, body_hash TEXT, event_id TEXT, created_at BIGINT, kept_until BIGINT)
    ON CONFLICT DO NOTHING";

// A late outcome of a run that was erased with its user is not kept.
const INSERT_ENTRIES_SQLITE: &str = "
    INSERT INTO journal (run_seq, n, step, attempt, at, event)
    SELECT value ->> 'run_seq', value ->> 'n', value ->> 'step', value ->> 'attempt', value ->> 'at', value ->> 'event'
    FROM json_each($1)
    WHERE EXISTS (SELECT 1 FROM runs WHERE runs.seq = value ->> 'run_seq')
    ON CONFLICT DO NOTHING";
const INSERT_ENTRIES_POSTGRES: &str = "
    INSERT INTO journal (run_seq, n, step, attempt, at, event)
    SELECT run_seq, n, step, attempt, at, event
    FROM json_to_recordset($1::json)
      AS x (run_seq BIGINT, n BIGINT, step TEXT, attempt BIGINT, at BIGINT, event TEXT)
    WHERE EXISTS (SELECT 1 FROM runs WHERE runs.seq = x.run_seq)
    ON CONFLICT DO NOTHING";

// A final state is never left, so that a late outcome cannot revive a cancelled run.
const UPDATE_STATES_SQLITE: &str = "
    UPDATE runs
    SET state = x.value ->> 'state', steps_done = x.value ->> 'steps_done', wake_at = x.value ->> 'wake_at',
        fault = x.value ->> 'fault', started_at = COALESCE(runs.started_at, x.value ->> 'started_at'),
        finished_at = x.value ->> 'finished_at'
    FROM json_each($1) AS x
    WHERE runs.seq = x.value ->> 'seq'
      AND runs.finished_at IS NULL";
const UPDATE_STATES_POSTGRES: &str = "
    UPDATE runs
    SET state = x.state, steps_done = x.steps_done, wake_at = x.wake_at,
        fault = x.fault, started_at = COALESCE(runs.started_at, x.started_at),
        finished_at = x.finished_at
    FROM json_to_recordset($1::json)
      AS x (seq BIGINT, state TEXT, steps_done BIGINT, wake_at BIGINT, fault TEXT, started_at BIGINT, finished_at BIGINT)
    WHERE runs.seq = x.seq
      AND runs.finished_at IS NULL";
