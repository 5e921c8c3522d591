//! How long Task History takes with very many runs: fills a SQLite database with clones of runs that really happened,
//! starts the real server on it, and asks what the dashboard asks.
//!
//! The clones are spread evenly over thirty days and the users. One in fifty failed, one in twenty thousand waits, one
//! event in a thousand started nothing.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use clap::Args;
use serde_json::{Value, json};
use sqlx::{AnyConnection, AssertSqlSafe, Connection, Executor, Row};

use crate::api::{Api, text};
use crate::measure::Quantiles;
use crate::stage::Stage;
use crate::{clock, database, process, project};

#[derive(Args)]
pub struct Options {
    #[command(flatten)]
    under: process::Under,
    /// Runs in the database
    #[arg(long, default_value_t = 1_000_000)]
    runs: i64,
    /// Connected users that they are spread over
    #[arg(long, default_value_t = 500)]
    users: usize,
    /// How often each question is asked
    #[arg(long, default_value_t = 20)]
    times: usize,
    /// Fails when an answer took longer than this many milliseconds
    #[arg(long)]
    most_ms: Option<u64>,
}

/// Rows that one statement writes.
const CHUNK: i64 = 50_000;
const DAY_MS: i64 = 86_400_000;

pub async fn run(options: Options) -> Result<()> {
    let stage = Stage::set(&options.under, options.users, &[], None).await?;
    let running = stage.start().await?;
    let api = stage.api().await?;
    let place = format!("/api/v1/projects/{}", stage.project);
    let templates = Templates::make(&api, &place, &stage).await?;
    running.kill()?;

    let began = Instant::now();
    fill(&stage.data, &options, &templates).await?;
    let bytes = fs::metadata(stage.data.join("linchpin.db"))?.len();
    eprintln!("{} runs in {:.0} s, {} MB", options.runs, began.elapsed().as_secs_f64(), bytes >> 20);

    let began = Instant::now();
    let running = stage.start().await?;
    let (ready, usage) = (began.elapsed(), running.usage()?);
    println!("ready after {} ms, {:.1} MB of memory\n", ready.as_millis(), usage.memory_bytes as f64 / 1e6);
    let questions = questions(&api, &place, &templates, options.runs).await?;
    println!("| question | found | p50 ms | max ms |\n|---|---|---|---|");
    let mut slowest = 0;
    for (what, method, path, body) in questions {
        let (mut took, mut found) = (Vec::new(), String::new());
        for _ in 0..options.times {
            let began = Instant::now();
            let answer = api.call(method, &path, body.clone()).await.with_context(|| what.to_owned())?;
            took.push(u64::try_from(began.elapsed().as_micros())?);
            found = answer["items"].as_array().map_or_else(|| answer["found"].to_string(), |all| all.len().to_string());
        }
        let Quantiles { p50, max, .. } = Quantiles::of(took);
        slowest = slowest.max(max);
        println!(
            "| {what} | {} | {:.1} | {:.1} |",
            found.replace("null", "–"),
            p50 as f64 / 1000.0,
            max as f64 / 1000.0
        );
    }
    match options.most_ms {
        Some(most) if slowest > most * 1000 => bail!("the slowest answer took {} ms, more than {most}", slowest / 1000),
        _ => Ok(()),
    }
}

/// What the dashboard asks of Task History and beside it: a name, a method, an address, a body.
type Question = (&'static str, &'static str, String, Option<Value>);

async fn questions(api: &Api, place: &str, templates: &Templates, runs: i64) -> Result<Vec<Question>> {
    let failed = api.call("GET", &format!("{place}/runs?limit=50&state=failed"), None).await?;
    let cursor = |share: i64| runs * share / 100;
    let user = failed["items"][0]["user"]["id"].as_str().context("a run names its user")?;
    let days = |days: i64| {
        let at = jiff::Timestamp::from_millisecond(now_ms() - days * DAY_MS).unwrap_or_default();
        at.to_string()
    };
    let page = |query: String| format!("{place}/runs?limit=50{query}");
    let workflow = &templates.workflows[1];
    let Templates { integration, other_integration, .. } = templates;
    let middle = run_id(runs / 2);
    let get = |what, path| (what, "GET", path, None);
    Ok(vec![
        get("first page", page(String::new())),
        get("failed", page("&state=failed".into())),
        get("succeeded", page("&state=succeeded".into())),
        get("waiting", page("&state=waiting".into())),
        get("cancelled (there is none)", page("&state=cancelled".into())),
        get("one workflow", page(format!("&workflowId={workflow}"))),
        get("one workflow's failed", page(format!("&workflowId={workflow}&state=failed"))),
        get("one user", page(format!("&userId={user}"))),
        get("one user's failed", page(format!("&userId={user}&state=failed"))),
        get("one integration", page(format!("&integrationId={integration}"))),
        get("an integration without runs", page(format!("&integrationId={other_integration}"))),
        get("one event", page("&event=Contact%20Created".into())),
        get("an event that started nothing", page("&event=Nobody%20Listens".into())),
        get("last 24 hours", page(format!("&after={}", days(1)))),
        get("last 7 days, failed", page(format!("&after={}&state=failed", days(7)))),
        get("a day three weeks ago", page(format!("&after={}&before={}", days(21), days(20)))),
        get("text that is in a new run", page(format!("&text=browse.{}%40example.com", runs - 10))),
        get("text that is nowhere", page("&text=never-written".into())),
        get("a run's id as text", page(format!("&text={middle}"))),
        get("page in the middle", page(format!("&cursor={}", cursor(50)))),
        get("page near the end", page(format!("&cursor={}", cursor(1)))),
        get("failed, page near the end", page(format!("&state=failed&cursor={}", cursor(5)))),
        get("one run", format!("{place}/runs/{middle}")),
        get("events", format!("{place}/received-events?limit=50")),
        get("events that started nothing", format!("{place}/received-events?limit=50&unused=true")),
        get("events by name", format!("{place}/received-events?limit=50&name=Contact%20Created")),
        get("overview, 24 hours", format!("{place}/overview?period=24h")),
        get("overview, 7 days", format!("{place}/overview?period=7d")),
        get("overview, 30 days", format!("{place}/overview?period=30d")),
        get("users", format!("{place}/users?limit=50")),
        get("one user's page", format!("{place}/users/{user}")),
        ("how many a bulk replay would replay", "POST", format!("{place}/runs/replay"), Some(json!({"dryRun": true}))),
    ])
}

/// What the clones are copies of, and what they are spread over.
struct Templates {
    workflows: Vec<String>,
    integration: String,
    other_integration: String,
}

impl Templates {
    /// Three events through the whole server: one succeeds, one is refused by the provider, one nobody listens to.
    async fn make(api: &Api, place: &str, stage: &Stage) -> Result<Self> {
        let first = api.call("GET", &format!("{place}/workflows"), None).await?["items"][0].clone();
        let workflow = text(&first, "id")?;
        let mut workflows = vec![workflow.clone()];
        for _ in 0..2 {
            let path = format!("{place}/workflows/{workflow}/copy");
            workflows.push(text(&api.call("POST", &path, Some(json!({}))).await?, "id")?);
        }
        let slack = api.call("POST", &format!("{place}/integrations"), Some(json!({"type": "slack"}))).await?;
        let token = project::tokens(&stage.key, 1)?.pop().context("there is a user")?;
        let sender = Api::with_token(api.base.clone(), &token);
        let email = "browse.TEMPLATE@example.com";
        let whole =
            json!({"first_name": "Buddha", "last_name": "Samuel", "email": email, "company": "Acme", "title": "Dog"});
        for (name, payload) in
            [("Contact Created", whole), ("Contact Created", json!({})), ("Nobody Listens", json!({}))]
        {
            let event = json!({"name": name, "payload": payload});
            sender.call("POST", &format!("/projects/{}/sdk/events/trigger", stage.project), Some(event)).await?;
        }
        let until = Instant::now() + Duration::from_secs(30);
        loop {
            let runs = api.call("GET", &format!("{place}/runs"), None).await?;
            let states: Vec<_> =
                runs["items"].as_array().into_iter().flatten().map(|run| run["state"].as_str()).collect();
            if states == [Some("failed"), Some("succeeded")] {
                break;
            }
            if Instant::now() > until {
                bail!("the runs to copy came to {states:?}");
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        Ok(Self { workflows, integration: text(&first, "integrationId")?, other_integration: text(&slack, "id")? })
    }
}

/// The id of a clone: in order, as those that the server makes.
fn run_id(number: i64) -> String {
    format!("01900000-0000-7000-8000-{number:012x}")
}

/// Writes the clones. Events and runs are numbered alike, behind the three events and two runs that were copied.
async fn fill(data: &Path, options: &Options, templates: &Templates) -> Result<()> {
    sqlx::any::install_default_drivers();
    let mut db = AnyConnection::connect(&database::sqlite(data)).await?;
    for pragma in ["synchronous = OFF", "cache_size = -200000"] {
        db.execute(AssertSqlSafe(format!("PRAGMA {pragma}"))).await?;
    }
    db.execute(
        "CREATE TEMP TABLE people
             (n INTEGER PRIMARY KEY, user_id TEXT, credential_id TEXT, configuration_id TEXT)",
    )
    .await?;
    db.execute(
        "INSERT INTO people
         SELECT row_number() OVER (ORDER BY u.external_id) - 1, u.id, c.id, f.id
         FROM connected_users AS u
         JOIN credentials AS c ON c.user_id = u.id
         JOIN configurations AS f ON f.credential_id = c.id",
    )
    .await?;
    db.execute("CREATE TEMP TABLE flows (n INTEGER PRIMARY KEY, id TEXT)").await?;
    for (n, id) in templates.workflows.iter().enumerate() {
        db.execute(AssertSqlSafe(format!("INSERT INTO flows VALUES ({n}, '{id}')"))).await?;
    }
    let people: i64 = db.fetch_one("SELECT COUNT(*) FROM people").await?.try_get(0)?;
    let total = options.runs;
    let gap = (30 * DAY_MS) / total.max(1);
    let first = now_ms() - total * gap;
    // Runs are numbered in the order of time.
    for (table, column) in [("runs", "created_at"), ("received_events", "received_at")] {
        db.execute(AssertSqlSafe(format!("UPDATE {table} SET {column} = {first}"))).await?;
    }
    for from in (0..total).step_by(usize::try_from(CHUNK)?) {
        let to = (from + CHUNK).min(total) - 1;
        let numbers = format!("WITH RECURSIVE k(i) AS (SELECT {from} UNION ALL SELECT i + 1 FROM k WHERE i < {to})");
        let at = format!("{first} + i * {gap}");
        // Of the run with this number: whether it failed, waits, or its event started nothing.
        let (fails, waits, idle) = ("i % 50 = 7", "i % 20000 = 3", "i % 1000 = 5");
        let event = format!("CASE WHEN {idle} THEN 3 WHEN {fails} THEN 2 ELSE 1 END");
        let run = format!("CASE WHEN {fails} THEN 2 ELSE 1 END");
        let statements = [
            format!(
                "INSERT INTO received_events
                     (seq, id, project_id, user_id, name, payload, runs, note, received_at, kind, skipped)
                 {numbers}
                 SELECT i + 10, printf('01900000-0000-7000-9000-%012x', i), e.project_id, p.user_id, e.name,
                        replace(e.payload, 'TEMPLATE', i), e.runs, e.note, {at}, e.kind, NULL
                 FROM k
                 JOIN people AS p ON p.n = i % {people}
                 JOIN received_events AS e ON e.seq = {event}"
            ),
            format!(
                "INSERT INTO runs
                     (seq, id, project_id, workflow_id, version_id, user_id, credential_id, configuration_id, event_seq,
                      replay_of, state, steps_done, wake_at, fault, created_at, started_at, finished_at)
                 {numbers}
                 SELECT i + 10, printf('01900000-0000-7000-8000-%012x', i), r.project_id, f.id, r.version_id, p.user_id,
                        p.credential_id, p.configuration_id, i + 10, NULL,
                        CASE WHEN {waits} THEN 'waiting' ELSE r.state END, r.steps_done,
                        CASE WHEN {waits} THEN {at} + 365 * {DAY_MS} END, r.fault, {at}, {at} + 20,
                        CASE WHEN {waits} THEN NULL ELSE {at} + 60 + i % 400 END
                 FROM k
                 JOIN people AS p ON p.n = i % {people}
                 JOIN flows AS f ON f.n = i / 7 % 3
                 JOIN runs AS r ON r.seq = {run}
                 WHERE NOT ({idle})"
            ),
            format!(
                "INSERT INTO journal (run_seq, n, step, attempt, at, event)
                 {numbers}
                 SELECT i + 10, j.n, j.step, j.attempt, {at} + 20, replace(j.event, 'TEMPLATE', i)
                 FROM k
                 JOIN journal AS j ON j.run_seq = {run}
                 WHERE NOT ({idle})"
            ),
        ];
        let mut tx = db.begin().await?;
        for statement in statements {
            tx.execute(AssertSqlSafe(statement)).await?;
        }
        tx.commit().await?;
    }
    db.close().await?;
    Ok(())
}

fn now_ms() -> i64 {
    i64::try_from(clock::micros() / 1000).unwrap_or(i64::MAX)
}
