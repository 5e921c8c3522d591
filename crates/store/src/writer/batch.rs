//! One batch: its rows, its statements, its answers.

use std::collections::HashMap;

use linchpin_domain::Timestamp;
use linchpin_domain::id::ReceivedEventId;
use tokio::sync::oneshot;

use super::link::{Link, Transaction};
use super::{Append, Command, EventRow, Idempotency, Intake, Line, StateChange, Taken, hold};
use crate::Store;
use crate::conn::to_json;
use crate::erasure::{NEWEST_EVENT, NEWEST_RUN};
use crate::error::{Error, Result};
use crate::notices;
use crate::rows::{Kind, Rows, Statement};

/// Writes batches on one connection of its own.
pub struct Batches {
    store: Store,
    /// None after a failure: what is left of the connection's state is not known then.
    link: Option<Link>,
    next_event: i64,
    next_run: i64,
}

/// The rows of a batch, by table.
struct Tables<'a> {
    events: Rows<'a>,
    runs: Rows<'a>,
    keys: Rows<'a>,
    entries: Rows<'a>,
    states: Vec<(i64, &'a StateChange)>,
}

impl<'a> Tables<'a> {
    fn new() -> Self {
        Self {
            events: Rows::of(&INSERT_EVENTS),
            runs: Rows::of(&INSERT_RUNS),
            keys: Rows::of(&INSERT_KEYS),
            entries: Rows::of(&INSERT_ENTRIES),
            states: Vec::new(),
        }
    }

    async fn write(self, transaction: &mut Transaction<'_>) -> Result<()> {
        let Self { events, runs, keys, entries, states } = self;
        for rows in [events, keys, runs, entries] {
            transaction.execute(rows).await?;
        }
        // Two changes of one run in one batch: the later one stands.
        let last: HashMap<i64, usize> = states.iter().enumerate().map(|(at, (run_seq, _))| (*run_seq, at)).collect();
        let mut changes = Rows::of(&UPDATE_STATES);
        let mut ends = Vec::new();
        for (at, (run_seq, change)) in states.into_iter().enumerate() {
            if last[&run_seq] == at {
                let StateChange { state, steps_done, wake_at, fault, started_at, at } = change;
                let fault = fault.as_ref().map(to_json);
                ends.extend(notices::run_end(run_seq, *state, *at, fault.clone()));
                changes
                    .add()
                    .number(run_seq)
                    .text(state.as_str())
                    .number(i64::from(*steps_done))
                    .maybe_number(wake_at.map(Timestamp::as_millis))
                    .maybe_text(fault)
                    .maybe_number(started_at.map(Timestamp::as_millis))
                    .maybe_number(state.is_final().then_some(at.as_millis()));
            }
        }
        transaction.execute(changes).await?;
        if ends.is_empty() { Ok(()) } else { transaction.execute_with(notices::ABOUT_RUNS, &to_json(&ends)).await }
    }

    fn line(&mut self, run_seq: i64, line: &'a Line) {
        let Line { n, step, attempt, at, event } = line;
        self.entries
            .add()
            .number(run_seq)
            .number(i64::from(*n))
            .text(&**step)
            .number(i64::from(*attempt))
            .number(at.as_millis())
            .text(&**event);
    }

    fn append(&mut self, append: &'a Append) {
        for line in &append.lines {
            self.line(append.run_seq, line);
        }
        self.states.extend(append.change.as_ref().map(|change| (append.run_seq, change)));
    }
}

/// What is known about a command after its statements, before the commit.
enum Outcome {
    Intake { taken: Taken, seqs: Vec<i64> },
    Append,
}

impl Batches {
    pub async fn open(store: Store) -> Result<Self> {
        let mut link = Link::open(&store).await?;
        let mut transaction = link.begin().await?;
        let next_event =
            next(&mut transaction, "SELECT COALESCE(MAX(seq), 0) + 1 FROM received_events", NEWEST_EVENT).await?;
        let next_run = next(&mut transaction, "SELECT COALESCE(MAX(seq), 0) + 1 FROM runs", NEWEST_RUN).await?;
        transaction.commit().await?;
        Ok(Self { store, link: Some(link), next_event, next_run })
    }

    /// Writes a batch and answers everybody in it.
    pub async fn write(&mut self, commands: Vec<Command>) {
        // Halving on a stack instead of by recursion: an async function cannot call itself cheaply.
        let mut pending = vec![commands];
        while let Some(mut commands) = pending.pop() {
            match self.try_write(&commands).await {
                Ok(outcomes) => answer(commands, outcomes),
                Err(error) => {
                    self.link = None;
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
        let mut link = match self.link.take() {
            Some(link) => link,
            None => Link::open(&self.store).await?,
        };
        let dialect = self.store.dialect();
        let (mut next_event, mut next_run) = (self.next_event, self.next_run);
        let mut transaction = link.begin().await?;
        let intakes: Vec<&Intake> = commands
            .iter()
            .filter_map(|command| if let Command::Intake(intake, _) = command { Some(intake) } else { None })
            .collect();
        let mut generation = 0;
        let mut seen = HashMap::new();
        if !intakes.is_empty() {
            generation = transaction.number(dialect.held_generation(), &[]).await?.unwrap_or_default().unsigned_abs();
            seen = known_keys(&mut transaction, &intakes).await?;
        }

        let mut outcomes = Vec::with_capacity(commands.len());
        let mut tables = Tables::new();
        for command in commands {
            match command {
                Command::Intake(intake, _) => {
                    let (taken, seqs) =
                        take(intake, generation, &mut seen, &mut next_event, &mut next_run, &mut tables);
                    outcomes.push(Outcome::Intake { taken, seqs });
                }
                Command::Append(append, _) => {
                    tables.append(append);
                    outcomes.push(Outcome::Append);
                }
            }
        }
        tables.write(&mut transaction).await?;
        hold::point("before");
        transaction.commit().await?;
        hold::point("after");
        (self.next_event, self.next_run) = (next_event, next_run);
        self.link = Some(link);
        Ok(outcomes)
    }
}

/// The number after the newest that was ever given, also where its row was erased with its user.
async fn next(transaction: &mut Transaction<'_>, statement: &'static str, erased: &'static str) -> Result<i64> {
    let next = transaction.number(statement, &[]).await?.unwrap_or(1);
    let erased = transaction.number(ERASED, &[erased]).await?;
    Ok(next.max(erased.unwrap_or_default()))
}

const ERASED: &str = "SELECT CAST(value AS BIGINT) + 1 FROM installation WHERE name = $1";

/// The idempotency keys of this batch that are stored already.
type Seen = HashMap<(String, String, String), (String, ReceivedEventId)>;

async fn known_keys(transaction: &mut Transaction<'_>, intakes: &[&Intake]) -> Result<Seen> {
    let mut wanted = Rows::of(&FIND_KEYS);
    for intake in intakes {
        if let Some(idempotency) = &intake.idempotency {
            wanted.add().show(intake.project_id).show(intake.user_id).text(&idempotency.key);
        }
    }
    let found = transaction.fetch(wanted).await?.into_iter().map(|[project, user, key, hash, event]| {
        let event = uuid::Uuid::parse_str(&event).map_err(|error| Error::corrupt("event_id", error))?;
        Ok(((project, user, key), (hash, event.into())))
    });
    found.collect()
}

fn take<'a>(
    intake: &'a Intake,
    generation: u64,
    seen: &mut Seen,
    next_event: &mut i64,
    next_run: &mut i64,
    tables: &mut Tables<'a>,
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
                tables
                    .keys
                    .add()
                    .text(name.0.clone())
                    .text(name.1.clone())
                    .text(key)
                    .text(body_hash)
                    .show(event_id)
                    .number(at.as_millis())
                    .number(kept_until.as_millis());
                seen.insert(name, (body_hash.clone(), event_id));
            }
        }
    }
    let event_seq = match &intake.event {
        EventRow::Stored { seq, .. } => *seq,
        EventRow::New(event) => {
            let seq = *next_event;
            *next_event += 1;
            let skipped = (!event.skipped.is_empty()).then(|| to_json(&event.skipped));
            tables
                .events
                .add()
                .number(seq)
                .show(event.id)
                .show(event.project_id)
                .show(event.user_id)
                .text(event.kind.as_str())
                .text(&event.name)
                .text(&*event.payload)
                .number(intake.runs.len() as i64)
                .maybe_text(event.note.as_deref())
                .maybe_text(skipped)
                .number(event.received_at.as_millis());
            seq
        }
    };
    let mut seqs = Vec::with_capacity(intake.runs.len());
    for run in &intake.runs {
        let seq = *next_run;
        *next_run += 1;
        seqs.push(seq);
        for line in &run.lines {
            tables.line(seq, line);
        }
        tables
            .runs
            .add()
            .number(seq)
            .show(run.id)
            .show(intake.project_id)
            .show(run.workflow_id)
            .show(run.version_id)
            .show(intake.user_id)
            .show(run.credential_id)
            .show(run.configuration_id)
            .number(event_seq)
            .maybe_text(run.replay_of.map(|id| id.to_string()))
            .number(intake.created_at.as_millis());
    }
    (Taken::Written, seqs)
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
            // Classes of what ails the server or the way to it: resources, intervention, system, connection.
            !["53", "57", "58", "08"].iter().any(|class| code.starts_with(class))
        }
        Error::File { source: rusqlite::Error::SqliteFailure(error, _) } => {
            use rusqlite::ErrorCode::{
                CannotOpen, DatabaseBusy, DatabaseLocked, DiskFull, OutOfMemory, ReadOnly, SystemIoFailure,
            };
            !matches!(
                error.code,
                DiskFull | SystemIoFailure | DatabaseBusy | DatabaseLocked | ReadOnly | CannotOpen | OutOfMemory
            )
        }
        _ => false,
    }
}

use Kind::{Number, Text};

static INSERT_EVENTS: Statement = Statement::with_row(
    "INSERT INTO received_events (seq, id, project_id, user_id, kind, name, payload, runs, note, skipped, received_at)
     SELECT * FROM",
    &[Number, Text, Text, Text, Text, Text, Text, Number, Text, Text, Number],
    "AS x WHERE column1 IS NOT NULL",
    "INSERT INTO received_events (seq, id, project_id, user_id, kind, name, payload, runs, note, skipped, received_at)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
);

static INSERT_RUNS: Statement = Statement::with_row(
    "INSERT INTO runs (seq, id, project_id, workflow_id, version_id, user_id, credential_id, configuration_id,
                       event_seq, replay_of, created_at, state, steps_done)
     SELECT x.*, 'queued', 0 FROM",
    &[Number, Text, Text, Text, Text, Text, Text, Text, Number, Text, Number],
    "AS x WHERE column1 IS NOT NULL",
    "INSERT INTO runs (seq, id, project_id, workflow_id, version_id, user_id, credential_id, configuration_id,
                       event_seq, replay_of, created_at, state, steps_done)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'queued', 0)",
);

static FIND_KEYS: Statement = Statement::with_row(
    "SELECT k.project_id, k.user_id, k.key, k.body_hash, k.event_id FROM",
    &[Text, Text, Text],
    "AS x JOIN idempotency_keys AS k ON k.project_id = column1 AND k.user_id = column2 AND k.key = column3",
    "SELECT project_id, user_id, key, body_hash, event_id
     FROM idempotency_keys
     WHERE project_id = ?
       AND user_id = ?
       AND key = ?",
);

static INSERT_KEYS: Statement = Statement::with_row(
    "INSERT INTO idempotency_keys (project_id, user_id, key, body_hash, event_id, created_at, kept_until)
     SELECT * FROM",
    &[Text, Text, Text, Text, Text, Number, Number],
    "AS x WHERE column1 IS NOT NULL ON CONFLICT DO NOTHING",
    "INSERT INTO idempotency_keys (project_id, user_id, key, body_hash, event_id, created_at, kept_until)
     VALUES (?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT DO NOTHING",
);

// A late outcome of a run that was erased with its user is not kept.
static INSERT_ENTRIES: Statement = Statement::with_row(
    "INSERT INTO journal (run_seq, n, step, attempt, at, event)
     SELECT * FROM",
    &[Number, Number, Text, Number, Number, Text],
    "AS x WHERE EXISTS (SELECT 1 FROM runs WHERE runs.seq = column1) ON CONFLICT DO NOTHING",
    // Where a row could fail the statement, SQLite would copy every page that the statement changes.
    "INSERT OR IGNORE INTO journal (run_seq, n, step, attempt, at, event)
     SELECT ?1, ?2, ?3, ?4, ?5, ?6
     WHERE EXISTS (SELECT 1 FROM runs WHERE seq = ?1)",
);

// A final state is never left, so that a late outcome cannot revive a cancelled run.
static UPDATE_STATES: Statement = Statement::with_row(
    "WITH x (run_seq, state, steps_done, wake_at, fault, started_at, finished_at) AS",
    &[Number, Text, Number, Number, Text, Number, Number],
    "UPDATE runs
     SET state = x.state, steps_done = x.steps_done, wake_at = x.wake_at, fault = x.fault,
         started_at = COALESCE(runs.started_at, x.started_at), finished_at = x.finished_at
     FROM x
     WHERE runs.seq = x.run_seq AND runs.finished_at IS NULL",
    "UPDATE runs
     SET state = ?2, steps_done = ?3, wake_at = ?4, fault = ?5, started_at = COALESCE(started_at, ?6), finished_at = ?7
     WHERE seq = ?1
       AND finished_at IS NULL",
);
