//! Short lists of things: users, roles, accounts, keys, workers, settings.

use std::io;

use serde_json::{Map, Value};

use super::{Format, csv, table};
use crate::terminal::Terminal;

/// What a list shows.
pub(crate) struct List<'a> {
    /// The member that holds the items in JSON, for example `Users`.
    pub(crate) name: &'a str,
    /// Members of an item, in the order of the columns.
    pub(crate) columns: &'a [&'a str],
    pub(crate) items: &'a [Value],
}

/// Prints `list`: JSON with the names as they are, a table with headings made from them.
pub(crate) fn print_list(list: &List, format: Format, terminal: &mut Terminal) -> io::Result<()> {
    let out = &mut *terminal.out;
    match format {
        Format::Json => {
            let mut whole = Map::new();
            whole.insert(list.name.to_owned(), Value::from(list.items));
            writeln!(out, "{:#}", Value::from(whole))?;
        }
        Format::Jsonl => {
            for item in list.items {
                writeln!(out, "{item}")?;
            }
        }
        Format::Csv => {
            csv::line(list.columns, out)?;
            for item in list.items {
                csv::line(&cells(item, list.columns), out)?;
            }
        }
        Format::Table => {
            let headings: Vec<String> = list.columns.iter().map(|name| heading(name)).collect();
            let rows: Vec<_> = list.items.iter().map(|item| cells(item, list.columns)).collect();
            table::list(&headings, &rows, out)?;
        }
    }
    out.flush()
}

/// Prints the things that a reply holds, each under its name: JSON as it came, any other form as
/// one list of one item after the other.
pub(crate) fn print_reply(
    reply: &Value,
    parts: &[(&str, &[&str])],
    format: Format,
    terminal: &mut Terminal,
) -> io::Result<()> {
    match format {
        Format::Json => writeln!(terminal.out, "{reply:#}"),
        Format::Jsonl => writeln!(terminal.out, "{reply}"),
        Format::Csv | Format::Table => {
            for (name, columns) in parts {
                let items = std::slice::from_ref(&reply[*name]);
                print_list(&List { name, columns, items }, format, terminal)?;
            }
            Ok(())
        }
    }
}

fn cells(item: &Value, columns: &[&str]) -> Vec<String> {
    columns.iter().map(|column| cell(column, &item[*column])).collect()
}

fn cell(column: &str, value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Number(number) if is_time(column) => {
            let millis = number.as_f64().unwrap_or_default() * 1000.0;
            cairn_core::Timestamp::from_millis(millis as i64).to_string()
        }
        Value::Array(values) => {
            let texts: Vec<String> = values.iter().map(|value| cell(column, value)).collect();
            texts.join(" ")
        }
        other => other.to_string(),
    }
}

/// AWS JSON writes times as seconds since the epoch; these members hold one.
fn is_time(column: &str) -> bool {
    matches!(column, "CreateDate" | "LastRun")
}

/// `AccessKeyId` as `ACCESS KEY ID`.
fn heading(name: &str) -> String {
    let mut words = String::new();
    for character in name.chars() {
        if character.is_uppercase() && !words.is_empty() {
            words.push(' ');
        }
        words.extend(character.to_uppercase());
    }
    words
}
