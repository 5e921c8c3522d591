//! Finding runs: by what an index knows at once, by anything else within a window, so that no question
//! reads a million rows.

use std::fmt::Write;
use std::time::Duration;

use linchpin_domain::Timestamp;
use linchpin_domain::direct;
use linchpin_domain::id::{ConnectedUserId, IntegrationId, ProjectId, RunId, WorkflowId};
use linchpin_domain::run::State;
use sqlx::Any;
use sqlx::any::AnyArguments;
use sqlx::query::Query;

use super::{COLUMNS, LISTED, ListedRun, read_listed};
use crate::conn::{Columns, Conn};
use crate::connected_users::pattern;
use crate::dialect::Dialect;
use crate::error::Result;

/// Runs that one question looks through where no index answers it.
const WINDOW: i64 = 20_000;
/// A run is numbered in its commit, a moment after it was made.
const SAME_COMMIT: Duration = Duration::from_mins(1);

/// How near a moment is found by its number: the runs in between are looked at one by one.
const NEAR: i64 = 512;

/// What a list of runs is narrowed to.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Any of these states; every one when there is none.
    pub states: Vec<State>,
    /// One workflow.
    pub workflow_id: Option<WorkflowId>,
    /// The workflows of one integration.
    pub integration_id: Option<IntegrationId>,
    /// One connector's type.
    pub integration: Option<String>,
    /// Only runs that a workflow began.
    pub of_workflows: bool,
    /// One connected user.
    pub user_id: Option<ConnectedUserId>,
    /// One App Event's name.
    pub event: Option<String>,
    /// Stands, in any case, in the run's id, the event's name or payload, the user's id or metadata, the
    /// workflow's name or the reason why it failed.
    pub text: Option<String>,
    /// Created at or after.
    pub after: Option<Timestamp>,
    /// Created before.
    pub before: Option<Timestamp>,
}

/// What a search found.
#[derive(Debug, Clone)]
pub struct Found {
    /// The runs, newest first.
    pub runs: Vec<ListedRun>,
    /// Go on before this sequence number; `None` when nothing is left.
    pub next: Option<i64>,
    /// When the last run that was looked at was created, where the search stopped before it had found enough.
    pub searched_to: Option<Timestamp>,
}

/// Runs of a project, newest first, before a sequence number. Looks through a bounded number of runs: what it
/// found may be less than `limit` although [`Found::next`] says that there is more.
pub async fn search(
    conn: &mut Conn,
    project_id: ProjectId,
    filter: &Filter,
    before_seq: Option<i64>,
    limit: i64,
) -> Result<Found> {
    if before_seq.is_none()
        && let Some(run) = named(conn, project_id, filter).await?
    {
        return Ok(Found { runs: vec![run], next: None, searched_to: None });
    }
    let range = Range::of(conn, filter, before_seq).await?;
    let floor = if filter.is_indexed() { None } else { window(conn, project_id, filter, range).await? };
    let range = Range { from: floor.map_or(range.from, |(seq, _)| seq), ..range };
    let mut runs = select(conn, project_id, filter, range, limit + 1).await?;
    if runs.len() as i64 > limit {
        runs.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
        let next = runs.last().map(|last| last.run.seq);
        return Ok(Found { runs, next, searched_to: None });
    }
    Ok(Found { runs, next: floor.map(|(seq, _)| seq), searched_to: floor.map(|(_, at)| at) })
}

/// The run whose id the text is, however old it is.
async fn named(conn: &mut Conn, project_id: ProjectId, filter: &Filter) -> Result<Option<ListedRun>> {
    let Some(Ok(id)) = filter.text.as_deref().map(|text| text.trim().parse::<RunId>()) else { return Ok(None) };
    let mut question = Question::new(conn.inner.dialect, project_id, Range { from: 0, to: i64::MAX });
    question.everything(&Filter { text: None, ..filter.clone() });
    question.text("r.id = ", id.to_string());
    let statement = format!("SELECT {COLUMNS}, {LISTED} WHERE {}", question.conditions);
    question.ask(statement).fetch_optional(conn.raw()).await?.as_ref().map(read_listed).transpose()
}

/// The same without a bound on what is looked through.
pub async fn list(
    conn: &mut Conn,
    project_id: ProjectId,
    filter: &Filter,
    before_seq: Option<i64>,
    limit: i64,
) -> Result<Vec<ListedRun>> {
    let range = Range::of(conn, filter, before_seq).await?;
    select(conn, project_id, filter, range, limit).await
}

/// Which runs of a list come first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Order {
    /// The newest.
    #[default]
    Newest,
    /// The oldest.
    Oldest,
}

/// Runs of a project after a number of others: for a surface whose callers count pages.
pub async fn list_from(
    conn: &mut Conn,
    project_id: ProjectId,
    filter: &Filter,
    order: Order,
    offset: i64,
    limit: i64,
) -> Result<Vec<ListedRun>> {
    let range = Range::of(conn, filter, None).await?;
    let mut question = Question::new(conn.inner.dialect, project_id, range);
    question.everything(filter);
    let order = match order {
        Order::Newest => "DESC",
        Order::Oldest => "ASC",
    };
    let statement = format!(
        "SELECT {COLUMNS}, {LISTED} WHERE {} ORDER BY r.seq {order} LIMIT {limit} OFFSET {offset}",
        question.conditions
    );
    let rows = question.ask(statement).fetch_all(conn.raw()).await?;
    rows.iter().map(read_listed).collect()
}

/// How many runs of a project a filter finds, before a sequence number.
pub async fn count(conn: &mut Conn, project_id: ProjectId, filter: &Filter, before_seq: Option<i64>) -> Result<i64> {
    let range = Range::of(conn, filter, before_seq).await?;
    let mut question = Question::new(conn.inner.dialect, project_id, range);
    question.everything(filter);
    let joins = if filter.is_indexed() { "" } else { JOINS };
    let conditions = &question.conditions;
    let statement = format!("SELECT CAST(COUNT(*) AS BIGINT) AS count FROM runs AS r {joins} WHERE {conditions}");
    question.ask(statement).fetch_one(conn.raw()).await?.int("count")
}

/// What the conditions name beside the run itself.
/// Where no workflow began a run, it names its integration instead.
const JOINS: &str = "LEFT JOIN workflows AS w ON w.id = r.workflow_id
    LEFT JOIN integrations AS i ON i.id = COALESCE(w.integration_id, r.workflow_id)
    LEFT JOIN connected_users AS u ON u.id = r.user_id
    LEFT JOIN received_events AS e ON e.seq = r.event_seq";

async fn select(
    conn: &mut Conn,
    project_id: ProjectId,
    filter: &Filter,
    range: Range,
    limit: i64,
) -> Result<Vec<ListedRun>> {
    let (statement, question) = selection(conn.inner.dialect, project_id, filter, range, limit);
    let rows = question.ask(statement).fetch_all(conn.raw()).await?;
    rows.iter().map(read_listed).collect()
}

fn selection(dialect: Dialect, project_id: ProjectId, filter: &Filter, range: Range, limit: i64) -> (String, Question) {
    let mut question = Question::new(dialect, project_id, range);
    question.everything(filter);
    let statement =
        format!("SELECT {COLUMNS}, {LISTED} WHERE {} ORDER BY r.seq DESC LIMIT {limit}", question.conditions);
    (statement, question)
}

/// How the database would look for the first page, in its own words. PostgreSQL is kept from reading a small table
/// whole, so that what is seen is the plan for a large one.
#[cfg(feature = "testkit")]
pub async fn plan(conn: &mut Conn, project_id: ProjectId, filter: &Filter) -> Result<String> {
    let range = Range { from: 0, to: i64::MAX };
    let dialect = conn.inner.dialect;
    let (statement, question) = selection(dialect, project_id, filter, range, 50);
    sqlx::query(dialect.pick("SELECT 1", "SET enable_seqscan = off")).execute(conn.raw()).await?;
    let statement = format!("{} {statement}", dialect.pick("EXPLAIN QUERY PLAN", "EXPLAIN"));
    let rows = question.ask(statement).fetch_all(conn.raw()).await?;
    let column = match dialect {
        Dialect::Sqlite => 3,
        Dialect::Postgres => 0,
    };
    let lines: std::result::Result<Vec<String>, _> =
        rows.iter().map(|row| sqlx::Row::try_get::<String, _>(row, column)).collect();
    Ok(lines?.join("\n"))
}

/// The oldest of the next runs that are looked through, and when it was created; `None` when all of them are.
async fn window(
    conn: &mut Conn,
    project_id: ProjectId,
    filter: &Filter,
    range: Range,
) -> Result<Option<(i64, Timestamp)>> {
    let mut question = Question::new(conn.inner.dialect, project_id, range);
    question.indexed(filter);
    let statement = format!(
        "SELECT r.seq, r.created_at
         FROM runs AS r
         WHERE {}
         ORDER BY r.seq DESC
         LIMIT 1 OFFSET {WINDOW}",
        question.conditions
    );
    let row = question.ask(statement).fetch_optional(conn.raw()).await?;
    row.map(|row| Ok((row.int("seq")?, row.time("created_at")?))).transpose()
}

impl Filter {
    /// Whether an index finds exactly these, in order.
    fn is_indexed(&self) -> bool {
        let by_state = match self.states[..] {
            [] => true,
            [state] => state == State::Failed || !state.is_final(),
            _ => self.states.iter().all(|state| !state.is_final()),
        };
        by_state
            && self.event.is_none()
            && self.text.is_none()
            && self.integration_id.is_none()
            && self.integration.is_none()
    }
}

/// Sequence numbers from one to before another.
#[derive(Debug, Clone, Copy)]
struct Range {
    from: i64,
    to: i64,
}

impl Range {
    /// What the filter's times and the page come to. Runs are numbered in the order of time, but for a moment.
    async fn of(conn: &mut Conn, filter: &Filter, before_seq: Option<i64>) -> Result<Self> {
        let mut range = Self { from: 0, to: before_seq.unwrap_or(i64::MAX) };
        let moment = SAME_COMMIT.as_millis() as i64;
        if let Some(after) = filter.after {
            range.from = around(conn, after.as_millis().saturating_sub(moment)).await?.0;
        }
        if let Some(before) = filter.before {
            range.to = range.to.min(around(conn, before.as_millis().saturating_add(moment)).await?.1);
        }
        Ok(range)
    }
}

/// Between which numbers the first of what was created at a moment or later lies: before the one everything is
/// older, from the other on everything is not. Times grow evenly, more or less, so that guessing by them halves the
/// search most of the time; every second look halves it surely.
pub(super) async fn around(conn: &mut Conn, at: i64) -> Result<(i64, i64)> {
    let first = probe(conn, i64::MIN).await?;
    let last =
        sqlx::query("SELECT seq, created_at FROM runs ORDER BY seq DESC LIMIT 1").fetch_optional(conn.raw()).await?;
    let (Some((mut low, mut low_at)), Some(last)) = (first, last) else { return Ok((0, 0)) };
    let (mut high, mut high_at) = (last.int("seq")? + 1, last.int("created_at")?);
    if low_at >= at {
        return Ok((low, low));
    }
    if high_at < at {
        return Ok((high, high));
    }
    let mut guess = true;
    while high - low > NEAR {
        let middle = if guess {
            let share = i128::from(high - low) * i128::from(at - low_at) / i128::from((high_at - low_at).max(1));
            low.saturating_add(i64::try_from(share).unwrap_or(0))
        } else {
            low + (high - low) / 2
        };
        guess = !guess;
        // A guess at an end would look at what is known.
        let middle = middle.clamp(low + NEAR / 2, high - NEAR / 2);
        match probe(conn, middle).await? {
            Some((seq, seq_at)) if seq_at < at => (low, low_at) = (seq, seq_at),
            Some((_, seq_at)) => (high, high_at) = (middle, seq_at),
            None => high = middle,
        }
    }
    Ok((low, high))
}

/// The first run from a number on, and when it was created.
async fn probe(conn: &mut Conn, from: i64) -> Result<Option<(i64, i64)>> {
    let row = sqlx::query("SELECT seq, created_at FROM runs WHERE seq >= $1 ORDER BY seq LIMIT 1")
        .bind(from)
        .fetch_optional(conn.raw())
        .await?;
    row.map(|row| Ok((row.int("seq")?, row.int("created_at")?))).transpose()
}

/// Conditions and what stands for their places. PostgreSQL wants no number without a use.
struct Question {
    dialect: Dialect,
    conditions: String,
    values: Vec<Value>,
}

enum Value {
    Text(String),
    Number(i64),
}

impl Question {
    /// The tenant comes first, always.
    fn new(dialect: Dialect, project_id: ProjectId, range: Range) -> Self {
        let mut question = Self { dialect, conditions: String::new(), values: Vec::new() };
        question.conditions.push_str("r.project_id = $1");
        question.values.push(Value::Text(project_id.to_string()));
        question.number("r.seq >= ", range.from);
        question.number("r.seq < ", range.to);
        question
    }

    fn text(&mut self, condition: &str, value: String) {
        self.values.push(Value::Text(value));
        let _ = write!(self.conditions, " AND {condition}${}", self.values.len());
    }

    fn number(&mut self, condition: &str, value: i64) {
        self.values.push(Value::Number(value));
        let _ = write!(self.conditions, " AND {condition}${}", self.values.len());
    }

    fn plain(&mut self, condition: &str) {
        let _ = write!(self.conditions, " AND {condition}");
    }

    /// What an index answers.
    fn indexed(&mut self, filter: &Filter) {
        if filter.user_id.is_some() || filter.workflow_id.is_some() {
            // Without statistics SQLite cannot know that one user or workflow has fewer runs than the project; a
            // `+` keeps it from the project's index.
            let tenant = self.dialect.pick("+r.project_id", "r.project_id");
            self.conditions = self.conditions.replacen("r.project_id", tenant, 1);
        }
        if let Some(user_id) = filter.user_id {
            self.text("r.user_id = ", user_id.to_string());
        }
        if let Some(workflow_id) = filter.workflow_id {
            let other = filter.user_id.is_some();
            let column =
                if other { self.dialect.pick("+r.workflow_id = ", "r.workflow_id = ") } else { "r.workflow_id = " };
            self.text(column, workflow_id.to_string());
        }
        match filter.states[..] {
            // As the partial indexes have it: a value in its place would not be recognised.
            [State::Failed] => self.plain("r.state = 'failed'"),
            [_, ..] if filter.states.iter().all(|state| !state.is_final()) => self.plain("r.finished_at IS NULL"),
            _ => {}
        }
    }

    fn everything(&mut self, filter: &Filter) {
        self.indexed(filter);
        if !filter.states.is_empty() && filter.states[..] != [State::Failed] {
            // Names of our own, so that they may stand in the text.
            let names: Vec<String> = filter.states.iter().map(|state| format!("'{}'", state.as_str())).collect();
            self.plain(&format!("r.state IN ({})", names.join(", ")));
        }
        if filter.of_workflows {
            self.text("r.version_id <> ", direct::VERSION.to_string());
        }
        if let Some(integration) = &filter.integration {
            self.text("i.type = ", integration.clone());
        }
        if let Some(integration_id) = filter.integration_id {
            self.text("COALESCE(w.integration_id, r.workflow_id) = ", integration_id.to_string());
        }
        if let Some(event) = &filter.event {
            self.text("e.name = ", event.clone());
        }
        if let Some(text) = &filter.text {
            self.text("(r.id = ", text.trim().to_lowercase());
            self.values.push(Value::Text(pattern(text.trim())));
            let place = self.values.len();
            for column in ["e.payload", "e.name", "u.external_id", "u.metadata", "w.name", "r.fault"] {
                let _ = write!(self.conditions, " OR LOWER({column}) LIKE ${place} ESCAPE '!'");
            }
            self.conditions.push(')');
        }
        if let Some(after) = filter.after {
            self.number("r.created_at >= ", after.as_millis());
        }
        if let Some(before) = filter.before {
            self.number("r.created_at < ", before.as_millis());
        }
    }

    fn ask<'q>(self, statement: String) -> Query<'q, Any, AnyArguments> {
        let query = sqlx::query(sqlx::AssertSqlSafe(statement));
        self.values.into_iter().fold(query, |query, value| match value {
            Value::Text(text) => query.bind(text),
            Value::Number(number) => query.bind(number),
        })
    }
}
