//! Rows of one batch, as values of statements that are prepared once.
//!
//! The writer's own connection to SQLite takes them one by one: a step of a prepared statement is all that
//! a row costs there. A driver that is asked over a channel or a network takes them by the dozen: a
//! statement then has places for one of a few numbers of rows, and the places of rows that are not there
//! are null and are left out by the statement itself. Compared with rows in one JSON text, which the
//! database takes apart again column by column, this halves its work.

use std::borrow::Cow;
use std::fmt::Write;
use std::sync::{Arc, OnceLock};

use rusqlite::types::{ToSqlOutput, ValueRef};
use sqlx::any::{AnyArguments, AnyRow};
use sqlx::{AnyConnection, Arguments, AssertSqlSafe};

use crate::Dialect;
use crate::error::Result;

/// How many rows a statement has places for.
const SIZES: [usize; 7] = [1, 2, 4, 8, 16, 32, 64];
const MOST: usize = SIZES[SIZES.len() - 1];

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Number,
    Text,
}

/// A statement around `VALUES (…), (…)`, whose columns are `column1`, `column2`, …; the first is null in
/// rows that are not there.
pub struct Statement {
    head: &'static str,
    columns: &'static [Kind],
    tail: &'static str,
    /// The same for one row, as SQLite does it with least work.
    row: Option<&'static str>,
    texts: [OnceLock<[Arc<str>; SIZES.len()]>; 2],
}

impl Statement {
    pub const fn new(head: &'static str, columns: &'static [Kind], tail: &'static str) -> Self {
        Self { head, columns, tail, row: None, texts: [OnceLock::new(), OnceLock::new()] }
    }

    /// With a statement for one row, for [`Rows::execute_each`] and [`Rows::fetch_each`].
    pub const fn with_row(head: &'static str, columns: &'static [Kind], tail: &'static str, row: &'static str) -> Self {
        Self { head, columns, tail, row: Some(row), texts: [OnceLock::new(), OnceLock::new()] }
    }

    /// The text with places for this many rows.
    fn text(&self, dialect: Dialect, size: usize) -> Arc<str> {
        let texts = &self.texts[usize::from(dialect == Dialect::Postgres)];
        let texts = texts.get_or_init(|| SIZES.map(|rows| self.write(dialect, rows).into()));
        let at = SIZES.iter().position(|known| *known == size).expect("one of the sizes");
        Arc::clone(&texts[at])
    }

    fn write(&self, dialect: Dialect, rows: usize) -> String {
        let mut text = format!("{} (VALUES ", self.head);
        for row in 0..rows {
            text.push_str(if row == 0 { "(" } else { "), (" });
            for column in 0..self.columns.len() {
                if column > 0 {
                    text.push_str(", ");
                }
                match dialect {
                    // Without numbers: SQLite looks numbers up one by one, for every value that is bound.
                    Dialect::Sqlite => text.push('?'),
                    Dialect::Postgres => {
                        let _ = write!(text, "${}", row * self.columns.len() + column + 1);
                    }
                }
            }
        }
        text.push_str(")) ");
        text.push_str(self.tail);
        text
    }
}

/// One value of a row.
enum Cell<'a> {
    Null,
    Number(i64),
    Text(Cow<'a, str>),
}

/// Rows for a statement.
pub struct Rows<'a> {
    statement: &'static Statement,
    cells: Vec<Cell<'a>>,
}

/// One row, filled in from left to right.
pub struct Row<'r, 'a>(&'r mut Vec<Cell<'a>>);

impl<'a> Rows<'a> {
    pub fn of(statement: &'static Statement) -> Self {
        Self { statement, cells: Vec::new() }
    }

    /// One more row; whoever asks fills it in.
    pub fn add(&mut self) -> Row<'_, 'a> {
        debug_assert_eq!(self.cells.len() % self.width(), 0, "the row before is not filled in");
        Row(&mut self.cells)
    }

    fn width(&self) -> usize {
        self.statement.columns.len()
    }

    /// Runs the statement for all rows, many at once.
    pub async fn execute(self, connection: &mut AnyConnection, dialect: Dialect) -> Result<()> {
        for (text, values) in self.chunks(dialect) {
            sqlx::query_with(AssertSqlSafe(text), values).execute(&mut *connection).await?;
        }
        Ok(())
    }

    /// Runs the statement for all rows, many at once, and returns what it finds.
    pub async fn fetch(self, connection: &mut AnyConnection, dialect: Dialect) -> Result<Vec<AnyRow>> {
        let mut found = Vec::new();
        for (text, values) in self.chunks(dialect) {
            found.extend(sqlx::query_with(AssertSqlSafe(text), values).fetch_all(&mut *connection).await?);
        }
        Ok(found)
    }

    /// Runs the statement for each row.
    pub fn execute_each(self, connection: &rusqlite::Connection) -> Result<()> {
        if self.cells.is_empty() {
            return Ok(());
        }
        let mut statement = connection.prepare_cached(self.row())?;
        for row in self.cells.chunks(self.width()) {
            statement.execute(rusqlite::params_from_iter(row))?;
        }
        Ok(())
    }

    /// Runs the statement for each row, and returns what it finds, by `read`.
    pub fn fetch_each<T>(
        self,
        connection: &rusqlite::Connection,
        read: impl Fn(&rusqlite::Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Vec<T>> {
        let mut found = Vec::new();
        if self.cells.is_empty() {
            return Ok(found);
        }
        let mut statement = connection.prepare_cached(self.row())?;
        for row in self.cells.chunks(self.width()) {
            let mut rows = statement.query(rusqlite::params_from_iter(row))?;
            while let Some(row) = rows.next()? {
                found.push(read(row)?);
            }
        }
        Ok(found)
    }

    fn row(&self) -> &'static str {
        self.statement.row.expect("the statement has a text for one row")
    }

    fn chunks(&self, dialect: Dialect) -> impl Iterator<Item = (Arc<str>, AnyArguments)> {
        let statement = self.statement;
        self.cells.chunks(MOST * self.width()).map(move |cells| {
            let rows = cells.len() / statement.columns.len();
            let size = SIZES.into_iter().find(|size| *size >= rows).unwrap_or(MOST);
            (statement.text(dialect, size), bind(statement, cells, size))
        })
    }
}

/// The values of these rows, and nulls for those that are not there.
fn bind(statement: &Statement, cells: &[Cell<'_>], size: usize) -> AnyArguments {
    let mut values = AnyArguments::default();
    let missing = std::iter::repeat_n(&Cell::Null, size * statement.columns.len() - cells.len());
    for (cell, kind) in cells.iter().chain(missing).zip(statement.columns.iter().cycle()) {
        match (cell, kind) {
            (Cell::Number(number), _) => values.add(*number),
            (Cell::Text(text), _) => values.add(&**text),
            (Cell::Null, Kind::Number) => values.add(None::<i64>),
            (Cell::Null, Kind::Text) => values.add(None::<String>),
        }
        .expect("numbers and texts can be bound");
    }
    values
}

impl rusqlite::ToSql for Cell<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Self::Null => ValueRef::Null,
            Self::Number(number) => ValueRef::Integer(*number),
            Self::Text(text) => ValueRef::Text(text.as_bytes()),
        }))
    }
}

impl<'a> Row<'_, 'a> {
    pub fn number(self, value: i64) -> Self {
        self.put(Cell::Number(value))
    }

    pub fn maybe_number(self, value: Option<i64>) -> Self {
        self.put(value.map_or(Cell::Null, Cell::Number))
    }

    pub fn text(self, value: impl Into<Cow<'a, str>>) -> Self {
        self.put(Cell::Text(value.into()))
    }

    pub fn maybe_text(self, value: Option<impl Into<Cow<'a, str>>>) -> Self {
        self.put(value.map_or(Cell::Null, |value| Cell::Text(value.into())))
    }

    /// A value that writes itself.
    pub fn show(self, value: impl ToString) -> Self {
        self.put(Cell::Text(Cow::Owned(value.to_string())))
    }

    fn put(self, cell: Cell<'a>) -> Self {
        self.0.push(cell);
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    static STATEMENT: Statement = Statement::with_row(
        "INSERT INTO t SELECT * FROM",
        &[Kind::Number, Kind::Text],
        "AS v WHERE column1 IS NOT NULL",
        "INSERT INTO t VALUES (?, ?)",
    );
    static FIND: Statement = Statement::with_row("", &[Kind::Number], "", "SELECT x FROM t WHERE n = ?");

    #[test]
    fn a_statement_has_places_for_its_rows() {
        assert_eq!(
            &*STATEMENT.text(Dialect::Postgres, 2),
            "INSERT INTO t SELECT * FROM (VALUES ($1, $2), ($3, $4)) AS v WHERE column1 IS NOT NULL"
        );
        assert_eq!(
            &*STATEMENT.text(Dialect::Sqlite, 1),
            "INSERT INTO t SELECT * FROM (VALUES (?, ?)) AS v WHERE column1 IS NOT NULL"
        );
    }

    #[test]
    fn rows_that_are_not_there_are_null() {
        let mut rows = Rows::of(&STATEMENT);
        for number in 0..67 {
            rows.add().number(number).text("x");
        }
        let sizes: Vec<_> = rows.chunks(Dialect::Sqlite).map(|(_, values)| values.len() / 2).collect();
        assert_eq!(sizes, [64, 4]);
    }

    #[test]
    fn rows_are_taken_one_by_one() {
        let connection = rusqlite::Connection::open_in_memory().expect("a database");
        connection.execute_batch("CREATE TABLE t (n INTEGER, x TEXT)").expect("a table");
        let mut rows = Rows::of(&STATEMENT);
        rows.add().number(1).text("a\0b");
        rows.add().number(2).maybe_text(None::<&str>);
        rows.execute_each(&connection).expect("two rows");
        let mut wanted = Rows::of(&FIND);
        for number in 0..3 {
            wanted.add().number(number);
        }
        let found = wanted.fetch_each(&connection, |row| row.get::<_, Option<String>>(0)).expect("found");
        assert_eq!(found, [Some("a\0b".to_owned()), None]);
    }
}
