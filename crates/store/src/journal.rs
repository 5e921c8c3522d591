//! Journals of runs. They are written by the [writer](crate::writer) only.

use std::collections::HashSet;

use linchpin_domain::journal::Entry;

use crate::conn::{Columns, Conn};
use crate::error::{Error, Result};
use crate::packed;
use crate::rows::{Kind, Rows, Statement};
use crate::writer::short;

/// Lines of a journal that are read at once.
const PAGE: usize = 1_000;

/// All lines of one run's journal, in order, read page by page so that no length needs much memory.
/// The run must have been found within its project.
pub async fn each(conn: &mut Conn, run_seq: i64, mut visit: impl FnMut(Entry)) -> Result<()> {
    let mut read = 0;
    loop {
        let page = page(conn, run_seq, read, PAGE).await?;
        read += page.len();
        let over = page.len() < PAGE;
        page.into_iter().for_each(&mut visit);
        if over {
            return Ok(());
        }
    }
}

/// Lines of one run's journal, in order: at most `most`, beginning with the `from`-th, counted from 0.
/// The run must have been found within its project.
pub async fn page(conn: &mut Conn, run_seq: i64, from: usize, most: usize) -> Result<Vec<Entry>> {
    let rows = sqlx::query(
        "SELECT step, attempt, at, event
         FROM journal
         WHERE run_seq = $1
           AND n >= $2
         ORDER BY n
         LIMIT $3",
    )
    .bind(run_seq)
    .bind(i64::try_from(from).unwrap_or(i64::MAX))
    .bind(i64::try_from(most).unwrap_or(i64::MAX))
    .fetch_all(conn.raw())
    .await?;
    rows.iter()
        .map(|row| {
            Ok(Entry {
                step: row.text("step")?,
                attempt: row.int("attempt")? as u32,
                at: row.time("at")?,
                event: short::read(&packed::unpack(row.text("event")?, "journal.event")?)
                    .map_err(|error| Error::corrupt("journal.event", error))?,
            })
        })
        .collect()
}

static BEGUN: Statement = Statement::new(
    "SELECT column1 AS run_seq FROM",
    &[Kind::Number],
    "AS x WHERE EXISTS (SELECT 1 FROM journal WHERE run_seq = column1)",
);

/// Which of these runs have a journal. They must have been found within their project.
pub async fn begun(conn: &mut Conn, run_seqs: impl IntoIterator<Item = i64>) -> Result<HashSet<i64>> {
    let mut wanted = Rows::of(&BEGUN);
    for run_seq in run_seqs {
        wanted.add().number(run_seq);
    }
    let dialect = conn.inner.dialect;
    wanted.fetch(conn.raw(), dialect).await?.iter().map(|row| row.int("run_seq")).collect()
}
