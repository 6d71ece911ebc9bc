//! Results, printed or written to a file.

use std::collections::HashSet;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use serde::ser::{Serialize, SerializeMap, Serializer};

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
            let rows: Vec<Document<'_>> = found.rows.iter().map(|row| Document(row)).collect();
            writeln!(out, "{}", serde_json::to_string_pretty(&rows)?)
        }
        Format::Jsonl => {
            for row in &found.rows {
                writeln!(out, "{}", serde_json::to_string(&Document(row))?)?;
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

/// A row, its members in the order of the columns. A second column of the same label has a number
/// behind its name.
struct Document<'a>(&'a [(String, Option<String>)]);

impl Serialize for Document<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut taken = HashSet::with_capacity(self.0.len());
        let mut members = serializer.serialize_map(Some(self.0.len()))?;
        for (label, text) in self.0 {
            let (mut name, mut number) = (label.clone(), 1);
            while taken.contains(&name) {
                number += 1;
                name = format!("{label}_{number}");
            }
            members.serialize_entry(&name, text)?;
            taken.insert(name);
        }
        members.end()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_stand_in_the_order_of_the_columns() {
        let row = ["z", "a", "z", "m"].map(|label| (label.to_owned(), Some(label.to_owned())));
        let mut row = row.to_vec();
        row[3].1 = None;
        let found = Rows { labels: Vec::new(), rows: vec![row] };
        let printed = |format| {
            let mut out = Vec::new();
            text(&found, format, &mut out).unwrap();
            String::from_utf8(out).unwrap()
        };
        assert_eq!(
            printed(Format::Jsonl),
            r#"{"z":"z","a":"a","z_2":"z","m":null}"#.to_owned() + "\n"
        );
        let members = [r#""z": "z""#, r#""a": "a""#, r#""z_2": "z""#, r#""m": null"#];
        let pretty = format!("[\n  {{\n    {}\n  }}\n]\n", members.join(",\n    "));
        assert_eq!(printed(Format::Json), pretty);
    }
}
