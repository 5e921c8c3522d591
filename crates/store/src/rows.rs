//! Rows of one batch, as the values of few statements that are prepared once.
//!
//! A statement has places for one of a few numbers of rows; the places of rows that are not there are
//! null and are left out by the statement itself. Compared with rows in one JSON text, which the database
//! takes apart again column by column, this halves its work.

use std::fmt::Write;
use std::sync::{Arc, OnceLock};

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
    pub head: &'static str,
    pub columns: &'static [Kind],
    pub tail: &'static str,
    texts: [OnceLock<[Arc<str>; SIZES.len()]>; 2],
}

impl Statement {
    pub const fn new(head: &'static str, columns: &'static [Kind], tail: &'static str) -> Self {
        Self { head, columns, tail, texts: [OnceLock::new(), OnceLock::new()] }
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

/// Rows for a statement.
pub struct Rows {
    statement: &'static Statement,
    /// At most [`MOST`] rows each.
    chunks: Vec<(usize, AnyArguments)>,
}

/// One row, filled in from left to right.
pub struct Row<'a>(&'a mut AnyArguments);

impl Rows {
    pub fn of(statement: &'static Statement) -> Self {
        Self { statement, chunks: Vec::new() }
    }

    /// One more row; whoever asks fills it in.
    pub fn add(&mut self) -> Row<'_> {
        if self.chunks.last().is_none_or(|(rows, _)| *rows == MOST) {
            self.chunks.push((0, AnyArguments::default()));
        }
        let (rows, values) = self.chunks.last_mut().expect("there is one now");
        debug_assert_eq!(values.len(), *rows * self.statement.columns.len(), "the row before is not filled in");
        *rows += 1;
        Row(values)
    }

    /// Runs the statement for all rows.
    pub async fn execute(self, connection: &mut AnyConnection, dialect: Dialect) -> Result<()> {
        let statement = self.statement;
        for (rows, values) in self.chunks {
            let (text, values) = fill_up(statement, dialect, rows, values);
            sqlx::query_with(AssertSqlSafe(text), values).execute(&mut *connection).await?;
        }
        Ok(())
    }

    /// Runs the statement for all rows, and returns what it finds.
    pub async fn fetch(self, connection: &mut AnyConnection, dialect: Dialect) -> Result<Vec<AnyRow>> {
        let statement = self.statement;
        let mut found = Vec::new();
        for (rows, values) in self.chunks {
            let (text, values) = fill_up(statement, dialect, rows, values);
            found.extend(sqlx::query_with(AssertSqlSafe(text), values).fetch_all(&mut *connection).await?);
        }
        Ok(found)
    }
}

fn fill_up(statement: &Statement, dialect: Dialect, rows: usize, mut values: AnyArguments) -> (Arc<str>, AnyArguments) {
    let size = SIZES.into_iter().find(|size| *size >= rows).unwrap_or(MOST);
    for _ in rows..size {
        let mut row = Row(&mut values);
        for kind in statement.columns {
            row = match kind {
                Kind::Number => row.maybe_number(None),
                Kind::Text => row.maybe_text(None),
            };
        }
    }
    (statement.text(dialect, size), values)
}

impl Row<'_> {
    pub fn number(self, value: i64) -> Self {
        self.put(value)
    }

    pub fn maybe_number(self, value: Option<i64>) -> Self {
        self.put(value)
    }

    pub fn text(self, value: &str) -> Self {
        self.put(value)
    }

    pub fn maybe_text(self, value: Option<&str>) -> Self {
        match value {
            Some(value) => self.put(value),
            None => self.put(None::<String>),
        }
    }

    /// A value that writes itself.
    pub fn show(self, value: impl ToString) -> Self {
        self.put(value.to_string())
    }

    fn put<'t, T: sqlx::Encode<'t, sqlx::Any> + sqlx::Type<sqlx::Any>>(self, value: T) -> Self {
        self.0.add(value).expect("numbers and texts can be bound");
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    static STATEMENT: Statement =
        Statement::new("INSERT INTO t SELECT * FROM", &[Kind::Number, Kind::Text], "AS v WHERE column1 IS NOT NULL");

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
        let sizes: Vec<_> = rows
            .chunks
            .into_iter()
            .map(|(count, values)| fill_up(&STATEMENT, Dialect::Sqlite, count, values).1.len() / 2)
            .collect();
        assert_eq!(sizes, [64, 4]);
    }
}
