//! Results, printed or written to a file.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use serde_json::{Map, Value};

use crate::failure::Failure;
use crate::output::{Format, csv_line, table_of};
use crate::terminal::Terminal;

/// A result: labels, and rows of texts. What is null has none.
#[derive(Debug, Default)]
pub(crate) struct Rows {
    pub(crate) labels: Vec<String>,
    pub(crate) rows: Vec<Vec<(String, Option<String>)>>,
}

/// Where a result goes.
#[derive(Debug, Clone)]
pub(crate) enum Print {
    Text { format: Format, file: Option<PathBuf> },
    Parquet(PathBuf),
}

impl Print {
    pub(crate) fn print(&self, found: &Rows, terminal: &mut Terminal) -> Result<(), Failure> {
        match self {
            Self::Text { format, file: None } => {
                text(found, *format, &mut *terminal.out)?;
                Ok(terminal.out.flush()?)
            }
            Self::Text { format, file: Some(path) } => {
                let mut out = io::BufWriter::new(create(path)?);
                text(found, *format, &mut out)?;
                Ok(out.flush()?)
            }
            Self::Parquet(path) => {
                let out = io::BufWriter::new(create(path)?);
                cairn_lake::write_parquet(&found.labels, &found.rows, out)
                    .map_err(|error| Failure::Query(error.to_string()))
            }
        }
    }
}

/// What a user asks to be written is the user's: it is not synced.
fn create(path: &Path) -> io::Result<std::fs::File> {
    std::fs::OpenOptions::new().write(true).create(true).truncate(true).open(path)
}

fn text(found: &Rows, format: Format, out: &mut dyn Write) -> io::Result<()> {
    match format {
        Format::Table => {
            let cells = |row: &Vec<(String, Option<String>)>| {
                row.iter().map(|(_, text)| text.clone().unwrap_or_default()).collect()
            };
            let rows: Vec<Vec<String>> = found.rows.iter().map(cells).collect();
            table_of(&found.labels, &rows, out)
        }
        Format::Json => {
            let rows: Vec<Value> = found.rows.iter().map(|row| document(row)).collect();
            writeln!(out, "{:#}", Value::from(rows))
        }
        Format::Jsonl => {
            for row in &found.rows {
                writeln!(out, "{}", document(row))?;
            }
            Ok(())
        }
        Format::Csv => {
            csv_line(&found.labels, out)?;
            for row in &found.rows {
                let fields: Vec<&str> =
                    row.iter().map(|(_, text)| text.as_deref().unwrap_or_default()).collect();
                csv_line(&fields, out)?;
            }
            Ok(())
        }
    }
}

/// A second column of the same label has a number behind its name.
fn document(row: &[(String, Option<String>)]) -> Value {
    let mut members = Map::new();
    for (label, text) in row {
        let (mut name, mut number) = (label.clone(), 1);
        while members.contains_key(&name) {
            number += 1;
            name = format!("{label}_{number}");
        }
        members.insert(name, text.clone().into());
    }
    Value::Object(members)
}
