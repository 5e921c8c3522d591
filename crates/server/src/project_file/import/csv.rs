//! CSV: the first line names the columns.

use std::collections::HashMap;

use linchpin_domain::source::Position;
use serde_json::{Map, Value};

use super::{FIELDS, NEEDED, Records, unknown};

/// The records, each with the line that it begins in. The error says where and what.
pub(super) fn records(text: &str) -> Result<Records, (Position, String)> {
    let text = text.trim_start_matches('\u{feff}');
    let head = text.lines().next().unwrap_or_default();
    // Spreadsheets of half the world write semicolons.
    let delimiter = if head.contains(';') && !head.contains(',') { b';' } else { b',' };
    let mut reader =
        csv::ReaderBuilder::new().has_headers(false).delimiter(delimiter).flexible(true).from_reader(text.as_bytes());
    let mut columns: Option<Vec<String>> = None;
    let (mut list, mut positions) = (Vec::new(), HashMap::new());
    let mut row = csv::StringRecord::new();
    loop {
        match reader.read_record(&mut row) {
            Ok(true) => {}
            Ok(false) => break,
            Err(error) => {
                let line = error.position().map_or(1, csv::Position::line);
                return Err((
                    at(line),
                    "this line cannot be read as CSV: is it UTF-8, and are its quotes closed?".into(),
                ));
            }
        }
        let line = row.position().map_or(1, csv::Position::line);
        let Some(columns) = &columns else {
            columns = Some(header(&row, line)?);
            continue;
        };
        if row.iter().all(|cell| cell.trim().is_empty()) {
            continue;
        }
        if row.len() > columns.len() {
            let message = format!(
                "this line has {} fields and the first one names {} columns; a field with a comma in it stands in quotes",
                row.len(),
                columns.len()
            );
            return Err((at(line), message));
        }
        let pointer = format!("/{}", list.len());
        positions.insert(pointer, at(line));
        let mut record = Map::new();
        for (column, cell) in columns.iter().zip(&row) {
            record.insert(column.clone(), Value::String(cell.to_owned()));
        }
        list.push(Value::Object(record));
    }
    if columns.is_none() {
        return Err((at(1), format!("the file is empty; its first line names the columns: {}", NEEDED.join(","))));
    }
    Ok(Records { value: Value::Array(list), positions })
}

/// The columns' names. Where there are none, the first line is an account, and is not repeated.
fn header(row: &csv::StringRecord, line: u64) -> Result<Vec<String>, (Position, String)> {
    let columns: Vec<String> = row.iter().map(|cell| cell.trim().to_owned()).collect();
    for needed in NEEDED {
        if !columns.iter().any(|column| column == needed) {
            let known = FIELDS.join(", ");
            return Err((
                at(line),
                format!("the first line must name the columns, `{needed}` among them; there are {known}"),
            ));
        }
    }
    for (index, column) in columns.iter().enumerate() {
        let number = index + 1;
        if !FIELDS.contains(&column.as_str()) {
            return Err((at(line), unknown(&format!("column {number} has an unknown name"), column)));
        }
        if columns[..index].contains(column) {
            return Err((at(line), format!("column {number} has the name of an earlier one")));
        }
    }
    Ok(columns)
}

fn at(line: u64) -> Position {
    Position { line: usize::try_from(line).unwrap_or(usize::MAX), column: 1 }
}
